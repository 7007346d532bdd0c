# ---
# jupyter:
#   course:
#     peak_mb: 1267
#     python: 3.11.7
#     seconds: 39.9
#     torch: 2.14.1
# ---

# %% [markdown]
# [![Open in Colab](https://colab.research.google.com/assets/colab-badge.svg)](https://colab.research.google.com/github/neural-notebooks/course/blob/main/notebooks/06_backprop.ipynb)

# %% [markdown]
# # 6. Backpropagation
#
# **The question of this lesson:** the loss is one number, made from a hundred
# thousand weights. How do you find out how it changes with each of them,
# without trying each of them?
#
# After this lesson you can
#
# - work out a neuron's gradients by hand, and read a computational graph;
# - write an engine that differentiates any formula, and say why the order of
#   its steps matters;
# - derive the gradients of a network with matrices, in both common layouts,
#   and write them in NumPy;
# - check a gradient numerically, with a step size you can justify;
# - use `zero_grad`, `detach` and `no_grad`, and recognize what happens when
#   one of them is missing or misplaced.
#
# **You need:** lessons [2](02_softmax_regression.ipynb),
# [3](03_mlp.ipynb) and [5](05_activations.ipynb), and the chain rule
# $\frac{d}{dx} f(g(x)) = f'(g(x))\, g'(x)$. **Time:** about 150 minutes, best
# in two sittings (the section on PyTorch's gradients is a good place to
# stop); all cells together run in about a minute.

# %% [markdown] tags=["author", "course-setup"]
# In Colab, run this cell first; elsewhere it does nothing.

# %% jupyter={"source_hidden": true} tags=["author", "course-setup"]
import os
import subprocess
import sys
from importlib.util import find_spec

if "google.colab" in sys.modules and not find_spec("course_utils"):
    home = "git+https://github.com/neural-notebooks/course"
    source = os.environ.get("COURSE_SOURCE", home)
    pip = [sys.executable, "-m", "pip", "install", "--quiet", source]
    if subprocess.run(pip).returncode:
        remedy = "Check the network, then run this cell again."
        raise RuntimeError(f"{source} could not be installed. {remedy}")

# %%
# ruff: noqa: E741  (the output layer is called O, as in the formulas)
import math
import random
import time
from dataclasses import dataclass

import matplotlib.pyplot as plt
import numpy as np
import torch
from torch import nn
from torch.autograd.functional import jacobian
from torch.nn import functional as F

from course_utils import checks, data, plotting, progress, training

plotting.use_style()
training.seed_everything(0)

# %% [markdown]
# ## The chain rule on one neuron
#
# Take one neuron with one input, a sigmoid, and the squared error as loss.
# Write it in steps so small that each does one thing:
#
# $$p = w x, \quad z = p + b, \quad h = \sigma(z), \quad e = h - y, \quad
#   L = e^2 .$$
#
# All are plain numbers: input $x = 2$ with target $y = 1$, weight $w = -1$,
# bias $b = 2$. Going forward, $p = -2$, $z = 0$, $h = 0.5$, $e = -0.5$ and
# $L = 0.25$.
#
# **Predict.** The output 0.5 is too small. Must $w$ grow or shrink? So which
# sign has $\partial L / \partial w$?
#
# Each step has a derivative of its own, its [**local
# derivative**](glossary.md#local-derivative), which needs only the numbers of
# that step. For the sigmoid it is $h(1 - h)$ (lesson 5). The [chain
# rule](glossary.md#chain-rule) multiplies the local derivatives along the way
# from $w$ to $L$:
#
# $$\frac{\partial L}{\partial w} =
#   \underbrace{\frac{\partial L}{\partial e}}_{2e}
#   \underbrace{\frac{\partial e}{\partial h}}_{1}
#   \underbrace{\frac{\partial h}{\partial z}}_{h(1-h)}
#   \underbrace{\frac{\partial z}{\partial p}}_{1}
#   \underbrace{\frac{\partial p}{\partial w}}_{x}
#   = (-1) \cdot 1 \cdot 0.25 \cdot 1 \cdot 2 = -0.5 .$$
#
# We multiply from the left, that is from the loss backward. Then each partial
# product is itself a derivative of $L$, and the next one uses it. In code,
# `dz` stands for $\partial L / \partial z$, and so on.

# %%
# NBVAL_CHECK_OUTPUT
w, x, b, y = -1.0, 2.0, 2.0, 1.0
p = w * x
z = p + b
h = 1 / (1 + math.exp(-z))
e = h - y
L = e**2

de = 2 * e
dh = 1 * de
dz = h * (1 - h) * dh
dp, db = 1 * dz, 1 * dz
dw, dx = x * dp, w * dp
print(f"dL/dw = {dw}, dL/db = {db}, dL/dx = {dx}")

# %% [markdown]
# $\partial L / \partial w$ is negative, so a larger $w$ lowers the loss. Note
# what was shared: `dz` was computed once and served `w`, `b` and `x`.
#
# Is it right? Move $w$ by 0.001 and look: the loss should change by
# $-0.5 \cdot 0.001$.


# %%
# NBVAL_CHECK_OUTPUT
def neuron_loss(w):
    return (1 / (1 + math.exp(-(w * x + b))) - y) ** 2


change = neuron_loss(w + 0.001) - neuron_loss(w)
print(f"change {change:.6f}, predicted {dw * 0.001:.6f}")

# %% [markdown]
# ## A computational graph
#
# The steps of a computation form a
# [**computational graph**](glossary.md#computational-graph): a box for each
# number, an arrow from each number to those computed from it. The small label
# on top of a box is the operation that made it. Gray boxes are given; nothing
# made them. We write two numbers into each box: its value (*data*) and
# $\partial L / \partial\,$*box* (*grad*).


# %%
@dataclass
class Node:
    name: str
    data: object
    grad: object = None
    op: str = ""
    parents: tuple = ()


n_w, n_x = Node("w", w, dw), Node("x", x, dx)
n_p, n_b = Node("p", p, dp, "×", (n_w, n_x)), Node("b", b, db)
n_z = Node("z", z, dz, "+", (n_p, n_b))
n_h, n_y = Node("h", h, dh, "sigmoid", (n_z,)), Node("y", y, -de)
n_e = Node("e", e, de, "−", (n_h, n_y))
plotting.show_graph(Node("L", L, 1.0, "square", (n_e,)))

# %% [markdown]
# Read it twice. The **forward pass** fills in the data from left to right.
# The **backward pass** fills in the gradients from right to left: it starts
# with $\partial L / \partial L = 1$, and each box receives the gradient of
# the box after it, times the local derivative of the arrow between. Together
# they are called [**backpropagation**](glossary.md#backpropagation).
#
# Two patterns are worth remembering. An addition hands its gradient on
# unchanged ($p$ and $b$ both get the $-0.25$ of $z$). A multiplication hands
# it on times the *other* factor ($w$ gets $-0.25 \cdot x$, and $x$ gets
# $-0.25 \cdot w$).

# %% [markdown]
# ## An autograd engine
#
# Nothing above needed thought, once the graph was there. So let the computer
# do it, for any formula. A program that does is called an
# [**autograd**](glossary.md#autograd) engine. It needs numbers that remember
# what they were computed from, and the local derivative for each arrow.


# %%
class Value:
    """A number that remembers how it was computed."""

    def __init__(self, data, parents=(), local_grads=(), op="", name=""):
        self.data = float(data)
        self.grad = 0.0
        self.parents = parents
        self.local_grads = local_grads  # d(self)/d(parent), for each parent
        self.op, self.name = op, name

    def arrows(self):
        """(parent, local derivative) for each arrow that comes in."""
        return zip(self.parents, self.local_grads, strict=True)

    def __repr__(self):
        return f"Value({self.data:.4g}, grad={self.grad:.4g})"


# %% [markdown]
# Now we teach the class one operation at a time. Each returns a new value
# with its result, its parents, and one local derivative for each parent.
# Python calls `Value.__add__` for a `+`, so that is where `add` goes;
# `__radd__` is for `2 + a`, where the value stands on the right.


# %%
def as_value(number):
    return number if isinstance(number, Value) else Value(number)


def add(a, b):
    a, b = as_value(a), as_value(b)
    return Value(a.data + b.data, (a, b), (1.0, 1.0), "+")


def multiply(a, b):
    a, b = as_value(a), as_value(b)
    return Value(a.data * b.data, (a, b), (b.data, a.data), "×")


def power(a, n):
    """a**n for a plain number n."""
    return Value(a.data**n, (a,), (n * a.data ** (n - 1),), f"power {n}")


Value.__add__ = Value.__radd__ = add
Value.__mul__ = Value.__rmul__ = multiply
Value.__pow__ = power

# %% [markdown]
# Subtraction and division need no rules of their own: $a - b = a + (-1) b$
# and $a / b = a \cdot b^{-1}$.

# %%
Value.__neg__ = lambda a: a * -1
Value.__sub__ = lambda a, b: a + -as_value(b)
Value.__rsub__ = lambda a, b: b + -a
Value.__truediv__ = lambda a, b: a * as_value(b) ** -1
Value.__rtruediv__ = lambda a, b: b * a**-1

# %% [markdown]
# Functions of one value come next. In each line you find the function and,
# beside it, the derivative you know from lesson 5.


# %%
def exp(a):
    result = math.exp(a.data)
    return Value(result, (a,), (result,), "exp")


def log(a):
    return Value(math.log(a.data), (a,), (1 / a.data,), "ln")


def tanh(a):
    result = math.tanh(a.data)
    return Value(result, (a,), (1 - result**2,), "tanh")


def relu(a):
    return Value(max(a.data, 0.0), (a,), (float(a.data > 0),), "ReLU")


def sigmoid(a):
    result = 0.5 * (1 + math.tanh(a.data / 2))  # never overflows
    return Value(result, (a,), (result * (1 - result),), "sigmoid")


for function in (exp, log, tanh, relu, sigmoid):
    setattr(Value, function.__name__, function)

# %% [markdown]
# The forward pass works already: values compute, and remember. What is left
# is the backward pass.
#
# ### Find the mistake: two backward passes that go wrong
#
# Here is the shortest that comes to mind: write the gradient into the box,
# then do the same for each parent, with the gradient times the local
# derivative.


# %%
# NBVAL_CHECK_OUTPUT
def backward_overwriting(value, grad=1.0):
    value.grad = grad
    for parent, local in value.arrows():
        backward_overwriting(parent, grad * local)


w, x, b = Value(-1, name="w"), Value(2, name="x"), Value(2, name="b")
L = ((w * x + b).sigmoid() - 1) ** 2
backward_overwriting(L)
print(w, x, b)

# %% [markdown]
# All three gradients are those we found by hand. But in that graph every
# value was used once. Now a value that is used twice:
#
# $$b = a + a, \qquad c = b + b .$$
#
# **Predict.** What is $\partial c / \partial a$, and what will the function
# say?

# %%
# NBVAL_CHECK_OUTPUT
a = Value(3)
b = a + a
c = b + b
backward_overwriting(c)
print("dc/da:", a.grad)

# %% [markdown]
# $c = 4a$, so the answer is 4. There are two arrows from $a$ to $b$, and two
# from $b$ to $c$, and each new arrow overwrote what the one before had
# brought. The chain rule for a value with several uses says: *add up*. If
# $u_1, u_2, \dots$ are computed from $a$ directly,
#
# $$\frac{\partial L}{\partial a} =
#   \sum_i \frac{\partial L}{\partial u_i} \frac{\partial u_i}{\partial a} .$$
#
# So replace `=` by `+=`. Then hand the gradient on, as before.
#
# **Predict.** Is it 4 now?


# %%
# NBVAL_CHECK_OUTPUT
def backward_too_early(value, grad=1.0):
    value.grad += grad
    for parent, local in value.arrows():
        backward_too_early(parent, value.grad * local)


a = Value(3)
b = a + a
c = b + b
backward_too_early(c)
print("dc/db:", b.grad, "  dc/da:", a.grad)

# %% [markdown]
# $b$ is right and $a$ is wrong. Follow the calls: $b$ receives 1 from its
# first arrow and hands 1 to $a$, twice. Then $b$ receives 1 from its second
# arrow, holds 2, and hands 2 to $a$, twice: $1 + 1 + 2 + 2 = 6$. The first
# contribution was handed on twice, because $b$ did not wait until its own
# gradient was complete.
#
# One could hand on only what has just arrived, `grad * local`. That sums over
# all *paths* from $c$ to $a$, which is correct. But count the paths in a
# chain of $n$ doublings: each doubling doubles them.


# %%
# NBVAL_CHECK_OUTPUT
def count_visits(value):
    return 1 + sum(count_visits(parent) for parent in value.parents)


for n in (2, 5, 10, 15):
    value = Value(3)
    for _ in range(n):
        value = value + value
    visits = count_visits(value)
    print(f"{n:2} doublings, {n + 1:2} values: {visits:6,} visits")

# %% [markdown]
# $2^{n+1} - 1$ visits for $n + 1$ values. A network is no better: with three
# hidden layers of 100 units, a million paths lead from one input to one
# output.
#
# ### Topological order
#
# The remedy cures both, the wrong result and the cost: visit every value
# *once*, and only after all values that use it. An order in which each value
# comes after its parents is called
# [**topological order**](glossary.md#topological-order); the backward pass
# walks it in reverse.
#
# The function keeps a list of what is still to do. A value first puts its
# parents on it, and enters the order when all of them are done.


# %%
def topological_order(root):
    """All values that `root` depends on, each after its parents."""
    order, seen, to_do = [], set(), [(root, False)]
    while to_do:
        value, parents_done = to_do.pop()
        if parents_done:
            order.append(value)
        elif value not in seen:
            seen.add(value)
            to_do.append((value, True))
            to_do += [(parent, False) for parent in value.parents]
    return order


# %% [markdown]
# The backward pass then needs no recursion. When it reaches a value, all its
# uses have been handled, so its gradient is complete and can be handed on.
# Values that were computed start afresh each time; leaves, which were given,
# keep adding from one call to the next. (PyTorch does the same. The last
# section shows when that is useful and when not.)


# %%
def backpropagate(root):
    """Add d(root)/d(leaf) to the grad of every leaf that root depends on."""
    order = topological_order(root)
    for value in order:
        if value.parents:
            value.grad = 0.0
    root.grad = 1.0
    for value in reversed(order):
        for parent, local in value.arrows():
            parent.grad += local * value.grad


Value.backward = backpropagate

# %% [markdown]
# That is the whole engine, in about a hundred lines. The case that went
# wrong twice:

# %%
a = Value(3, name="a")
b = a + a
c = b + b
b.name, c.name = "b", "c"
c.backward()
checks.expect_close(a.grad, 4, "dc/da")
plotting.show_graph(c)

# %% [markdown]
# $a$ has its 4. Each pair of arrows is one value used twice, and $b$ handed
# its gradient 2 on only after both arrows had brought theirs.

# %% [markdown]
# ## Does it agree with PyTorch?
#
# PyTorch's autograd does the same with tensors: every result remembers its
# parents and a function for the local derivatives. So a formula written for
# numbers that know `tanh`, `relu` and so on runs with our values and with
# PyTorch's tensors. Here is one that uses every operation, and most values
# more than once.


# %%
def formula(a, b):
    c = a * b + b**3
    d = (a - 2 * b).tanh() + c.relu() / (1 + a**2)
    e = (d * c).sigmoid() - (1 + b**2).log() * (-a).exp()
    return e**2 + 3 / (1 + c**2) - d


for _ in range(200):
    numbers = [random.gauss(0, 1), random.gauss(0, 1)]
    ours = [Value(number) for number in numbers]
    formula(*ours).backward()
    theirs = torch.tensor(numbers, dtype=torch.float64, requires_grad=True)
    formula(*theirs).backward()
    got = [value.grad for value in ours]
    checks.expect_close(got, theirs.grad, "gradient", rtol=1e-9, atol=1e-9)
print("200 random points: same gradients as PyTorch")

# %% [markdown]
# Two independent programs agree to nine digits at every point. The engine is
# also enough to train a network. Here is XOR from lesson 3, with four tanh
# units and a sigmoid. As in lesson 2, the loss is minus the logarithm of the
# probability of all right answers together, divided by their number.
#
# **Predict.** The network has $4 \cdot 3 + 5 = 17$ parameters. Where in this
# cell are their derivatives written down?


# %%
# NBVAL_CHECK_OUTPUT
def output(x1, x2):
    hidden = [(u * x1 + v * x2 + c).tanh() for u, v, c in units]
    return sum(
        (a * h for a, h in zip(weights, hidden, strict=True)), bias
    ).sigmoid()


rng = random.Random(0)
units = [[Value(rng.gauss(0, 1)) for _ in range(3)] for _ in range(4)]
weights, bias = [Value(rng.gauss(0, 1)) for _ in range(4)], Value(0)
parameters = [value for group in (*units, weights, [bias]) for value in group]
for step in range(101):
    outputs = [output(0, 0), output(0, 1), output(1, 0), output(1, 1)]
    h00, h01, h10, h11 = outputs
    loss = -((1 - h00) * h01 * h10 * (1 - h11)).log() / 4
    for parameter in parameters:
        parameter.grad = 0.0
    loss.backward()
    for parameter in parameters:
        parameter.data -= 1.0 * parameter.grad
    if step % 50 == 0:
        print(f"step {step:3}: loss {loss.data:.2f}", end="  outputs ")
        print(*[f"{value.data:.2f}" for value in outputs])

# %% [markdown]
# Nowhere: whatever can be computed from values can be trained. The outputs
# go to 0, 1, 1, 0. But our engine visits one number at a time, in Python. For
# real networks each box has to hold a whole matrix. Then the local
# derivatives become matrices, too.

# %% [markdown]
# ## From numbers to vectors: the Jacobian
#
# Let $z$ with $k$ entries be computed from $x$ with $p$ entries. Each output
# can depend on each input, so there are $k \cdot p$ local derivatives. The
# **[Jacobian](glossary.md#Jacobian) matrix** holds them, one row per output,
# one column per input:
#
# $$\frac{\partial z}{\partial x}\ (k \times p), \qquad
#   \left(\frac{\partial z}{\partial x}\right)_{ij} =
#   \frac{\partial z_i}{\partial x_j} .$$
#
# The objective $J$ is a single number, so its Jacobian has one row:
# $\delta = \partial J / \partial z$ is $1 \times k$. The chain rule is now a
# matrix product, and the shapes tell you the order of the factors:
#
# $$\underbrace{\frac{\partial J}{\partial x}}_{1 \times p} =
#   \underbrace{\frac{\partial J}{\partial z}}_{1 \times k}\;
#   \underbrace{\frac{\partial z}{\partial x}}_{k \times p} .$$
#
# For a linear layer there are two ways to write it down, and both are
# in use: books mostly make examples columns, programs make them rows.
#
# | | columns, $z = Wx$ | rows, $z = xW$ |
# | --- | --- | --- |
# | $x$ | $p \times 1$ | $1 \times p$ |
# | $W$ | $k \times p$ | $p \times k$ |
# | $z$ | $k \times 1$ | $1 \times k$ |
# | $\partial z / \partial x$, $k \times p$ | $W$ | $W^\top$ |
# | $\partial J / \partial x = \delta\, \partial z / \partial x$, $1 \times p$ | $\delta W$ | $\delta W^\top$ |
# | $\partial J / \partial W$, same shape as $W$ | $\delta^\top x^\top$ | $x^\top \delta$ |
#
# The last line is the one to derive, once in each layout.
#
# *Columns.* $z_i = \sum_j W_{ij} x_j$. The weight $W_{ij}$ occurs in $z_i$
# alone, with the factor $x_j$, so
# $\partial J / \partial W_{ij} = \delta_i x_j$. Row $i$, column $j$ of a
# $k \times p$ matrix is $\delta_i x_j$: that is the column $\delta^\top$
# $(k \times 1)$ times the row $x^\top$ $(1 \times p)$.
#
# *Rows.* $z_j = \sum_i x_i W_{ij}$, so
# $\partial J / \partial W_{ij} = x_i \delta_j$: the column $x^\top$
# $(p \times 1)$ times the row $\delta$ $(1 \times k)$.
#
# Each is the transpose of the other, as $W$ is. If a book writes
# $\delta x^\top$ for columns, it has made its $\delta$ a column as well; some
# call that the *gradient* layout and ours the *Jacobian* layout.
#
# `jacobian` of PyTorch computes every entry separately, without knowing any
# matrix formula. We use it as the referee, with $J = \sum_i z_i^3 / 3$, for
# which $\delta_i = z_i^2$.


# %%
def objective(z):
    return (z**3).sum() / 3


k, p = 3, 4
x, W = torch.randn(p, 1).double(), torch.randn(k, p).double()
z = W @ x
delta = (z**2).T
dz_dx = jacobian(lambda x: W @ x, x).reshape(k, p)
dJ_dx = jacobian(lambda x: objective(W @ x), x).reshape(1, p)
dJ_dW = jacobian(lambda W: objective(W @ x), W)
checks.expect_close(dz_dx, W, "columns: dz/dx")
checks.expect_close(dJ_dx, delta @ W, "columns: dJ/dx")
checks.expect_close(dJ_dW, delta.T @ x.T, "columns: dJ/dW")

# %% [markdown]
# The same with rows:

# %%
x, W = x.T, W.T
z = x @ W
delta = z**2
dz_dx = jacobian(lambda x: x @ W, x).reshape(k, p)
dJ_dx = jacobian(lambda x: objective(x @ W), x).reshape(1, p)
dJ_dW = jacobian(lambda W: objective(x @ W), W)
checks.expect_close(dz_dx, W.T, "rows: dz/dx")
checks.expect_close(dJ_dx, delta @ W.T, "rows: dJ/dx")
checks.expect_close(dJ_dW, x.T @ delta, "rows: dJ/dW")
print("x", tuple(x.shape), "W", tuple(W.shape), "delta", tuple(delta.shape))
print("x^T delta", tuple((x.T @ delta).shape))

# %% [markdown]
# All six formulas hold. From here on we use rows, as lesson 2 did: a
# minibatch (another word for batch) $X$ $(n \times p)$ is then $n$ examples,
# one below the other, and $X^\top \Delta$ adds up the $x^\top \delta$ of all
# of them, where $\Delta$ $(n \times k)$ holds one $\delta$ per row.
#
# `nn.Linear` mixes both: it stores $W$ as $k \times p$, as for columns, and
# takes examples as rows, $Z = X W^\top$. So its gradient is $\Delta^\top X$.

# %%
X, Delta = torch.randn(5, p).double(), torch.randn(5, k).double()
one_by_one = sum(X[i : i + 1].T @ Delta[i : i + 1] for i in range(5))
checks.expect_close(X.T @ Delta, one_by_one, "sum over the examples")

layer = nn.Linear(p, k, bias=False).double()
layer(X).backward(Delta)  # hand over dJ/dZ instead of starting from a loss
checks.expect_close(layer.weight.grad, Delta.T @ X, "gradient of nn.Linear")

# %% [markdown]
# ### What is never computed
#
# There is also the Jacobian of $z$ with respect to the *weights*. We stepped
# around it. How large would it be?

# %%
# NBVAL_CHECK_OUTPUT
full = jacobian(lambda W: x @ W, W).reshape(k, p * k)
print("dz/dW of the small layer:", tuple(full.shape))
print("entries that are not 0:", int((full != 0).sum()), "of", full.numel())
print(f"for a layer 784 -> 128: {128 * 784 * 128:,} entries")

# %% [markdown]
# Almost all entries are 0: for 128 units, 127 of 128. A backward pass never
# builds a Jacobian. It needs only $\delta$ *times* the Jacobian, a
# **[vector-Jacobian](glossary.md#vector-Jacobian-product) product**, and for
# a linear layer that product is $x^\top \delta$.

# %% [markdown]
# ## Elementwise functions are diagonal
#
# An activation function works on each entry alone: $h_i = \varphi(z_i)$ does
# not depend on $z_j$. So its Jacobian is diagonal,
#
# $$\frac{\partial h}{\partial z} = \operatorname{diag}(\varphi'(z)) .$$
#
# **Predict.** Softmax also turns $k$ numbers into $k$ numbers. Is its
# Jacobian diagonal?

# %%
z = torch.tensor([-1.0, -0.5, 0.25, 0.5, 1.0])
softmax_row = torch.nn.Softmax(dim=0)
named = {"tanh": torch.tanh, "ReLU": torch.relu, "softmax": softmax_row}
fig, axes = plt.subplots(1, 3, figsize=(plotting.WIDTH, 2.6))
for ax, (name, phi) in zip(axes, named.items(), strict=True):
    matrix = jacobian(phi, z)
    ax.imshow(matrix, cmap="RdBu_r", vmin=-1.5, vmax=1.5)
    for (i, j), entry in np.ndenumerate(matrix.numpy()):
        text = f"{entry:.2f}".replace("-", "−") if entry else "0"
        ax.text(j, i, text, ha="center", va="center", fontsize=8)
    ax.set(title=name, xticks=[], yticks=[], xlabel="input $z_j$")
    ax.spines[:].set_visible(False)
axes[0].set_ylabel("output $h_i$")
plotting.describe(
    fig,
    "Three Jacobian matrices 5 x 5 with their entries. Those of tanh and "
    "ReLU are 0 off the diagonal; that of softmax has no entry that is 0.",
)

# %% [markdown]
# tanh and ReLU are diagonal. Softmax is not: a larger logit takes
# probability away from all other classes, hence the negative entries.
#
# Multiplying a row by a diagonal matrix multiplies entry by entry, so nobody
# builds the matrix. With $\odot$ for the entrywise product,
#
# $$\frac{\partial J}{\partial z} =
#   \frac{\partial J}{\partial h} \operatorname{diag}(\varphi'(z)) =
#   \frac{\partial J}{\partial h} \odot \varphi'(z) .$$

# %%
dJ_dh = torch.randn(1, 5)
slope = 1 - torch.tanh(z) ** 2
checks.expect_close(dJ_dh @ torch.diag(slope), dJ_dh * slope)
checks.expect_close(jacobian(torch.tanh, z), torch.diag(slope))

y_hat = softmax_row(z)
by_formula = torch.diag(y_hat) - torch.outer(y_hat, y_hat)
checks.expect_close(jacobian(softmax_row, z), by_formula, "softmax")

# %% [markdown]
# The last line checks the Jacobian of softmax,
# $\operatorname{diag}(\hat y) - \hat y^\top \hat y$ for a row $\hat y$.
# Followed by cross-entropy it collapses to $\hat y - y$, as lesson 2 derived.

# %% [markdown]
# ## One hidden layer, forward
#
# Now everything together: the network of lesson 3 with a penalty on large
# weights. For one example, a row $x$, the computation runs
#
# $$x \to z \to h \to o \to L, \qquad J = L + s ,$$
#
# with the hidden layer $z = x W_1 + b_1$, $h = \varphi(z)$, the output
# $o = h W_2 + b_2$, the cross-entropy $L$ of softmax$(o)$, and the penalty
# $s$. For a minibatch, write the $n$ examples below one another, use capital
# letters, and let $L$ be the mean over the examples:
#
# | symbol | formula | shape |
# | --- | --- | --- |
# | $X$, $Y$ | images; one-hot targets | $n \times p$, $n \times k$ |
# | $Z$ | $X W_1 + b_1$, with $W_1$ $(p \times q)$ and $b_1$ $(q)$ | $n \times q$ |
# | $H$ | $\varphi(Z)$, here tanh | $n \times q$ |
# | $O$ | $H W_2 + b_2$, with $W_2$ $(q \times k)$ and $b_2$ $(k)$ | $n \times k$ |
# | $L$ | $-\frac{1}{n} \sum_{i,j} Y_{ij} \ln \hat Y_{ij}$, with $\hat Y = \operatorname{softmax}(O)$ | one number |
# | $s$ | $\frac{\lambda}{2} \left( \sum_{ij} (W_1)_{ij}^2 + \sum_{ij} (W_2)_{ij}^2 \right)$ | one number |
# | $J$ | $L + s$, the [**objective**](glossary.md#objective) | one number |
#
# The penalty is called [**L2**](glossary.md#L2); lesson 9 shows what it is
# good for. Here it matters because the weights enter $J$ in two places, so
# that two gradients have to be added.


# %%
def log_softmax(O):
    shifted = O - O.max(axis=1, keepdims=True)
    return shifted - np.log(np.exp(shifted).sum(axis=1, keepdims=True))


def forward(X, Y, W1, b1, W2, b2, lam):
    """The objective J, and the layers H (n, q) and O (n, k)."""
    Z = X @ W1 + b1
    H = np.tanh(Z)
    O = H @ W2 + b2
    L = -(Y * log_softmax(O)).sum() / len(X)
    s = lam / 2 * ((W1**2).sum() + (W2**2).sum())
    J = L + s
    return J, H, O


# %% [markdown]
# ## Back in four steps
#
# From now on, $\mathrm{d}A$ stands for $\partial J / \partial A$ and has the
# shape of $A$. Since $J = L + s$, both $\partial J / \partial L$ and
# $\partial J / \partial s$ are 1.
#
# **Step 1: loss.** Lesson 2 has done it; the mean gives the factor $1/n$:
#
# $$\mathrm{d}O = \frac{1}{n} (\hat Y - Y) .$$
#
# **Step 2: output layer.** A linear layer in rows, so take the formulas from
# the table of layouts. $W_2$ is used twice, in $O$ and in $s$, where
# $\partial s / \partial W_2 = \lambda W_2$: add. $b_2$ is added to every
# row, so its gradient is the sum of the rows:
#
# $$\mathrm{d}W_2 = H^\top \mathrm{d}O + \lambda W_2, \qquad
#   \mathrm{d}b_2 = \sum_i \mathrm{d}O_i, \qquad
#   \mathrm{d}H = \mathrm{d}O\, W_2^\top .$$
#
# **Step 3: activation.** Diagonal, so an entrywise product; for tanh,
# $\varphi'(Z) = 1 - H \odot H$:
#
# $$\mathrm{d}Z = \mathrm{d}H \odot \varphi'(Z) .$$
#
# **Step 4: hidden layer.** Linear again:
#
# $$\mathrm{d}W_1 = X^\top \mathrm{d}Z + \lambda W_1, \qquad
#   \mathrm{d}b_1 = \sum_i \mathrm{d}Z_i .$$
#
# We stop here: nobody needs $\mathrm{d}X$. In a deeper network,
# $\mathrm{d}X$ of one layer would be $\mathrm{d}H$ of the layer before, and
# steps 3 and 4 would repeat.
#
# **Predict.** Which results of the forward pass does the backward pass need
# again?


# %%
def backward(X, Y, W1, b1, W2, b2, lam, H, O):
    """Gradients of J for W1, b1, W2 and b2."""
    dO = (np.exp(log_softmax(O)) - Y) / len(X)  # step 1
    dW2, db2 = H.T @ dO + lam * W2, dO.sum(axis=0)  # step 2
    dH = dO @ W2.T
    dZ = dH * (1 - H**2)  # step 3
    dW1, db1 = X.T @ dZ + lam * W1, dZ.sum(axis=0)  # step 4
    return dW1, db1, dW2, db2


# %% [markdown]
# $X$, $H$ and $O$, and the weights. A training step has to keep the layers
# of all examples in memory until the backward pass has used them; that is the
# price, and why training takes more memory than prediction.
#
# Now try it on 32 images. The weights start as in lesson 5 (Xavier).

# %%
splits = data.normalize(data.load("mnist", valid_fraction=0.1, seed=0))
X_train = splits.train.images.flatten(1).numpy()
Y_train = np.eye(10, dtype=np.float32)[splits.train.labels]
X_valid = splits.valid.images.flatten(1).numpy()
y_valid = splits.valid.labels.numpy()


def init_parameters(p, q, k, seed, dtype=np.float32):
    """W1, b1, W2, b2 with Xavier weights and zero biases."""
    rng = np.random.default_rng(seed)
    W1 = rng.normal(size=(p, q)) * math.sqrt(2 / (p + q))
    W2 = rng.normal(size=(q, k)) * math.sqrt(2 / (q + k))
    parameters = W1, np.zeros(q), W2, np.zeros(k)
    return [parameter.astype(dtype) for parameter in parameters]


X, Y = X_train[:32].astype(float), Y_train[:32].astype(float)
parameters, lam = init_parameters(784, 20, 10, seed=0, dtype=float), 0.01
J, H, O = forward(X, Y, *parameters, lam)
gradients = backward(X, Y, *parameters, lam, H, O)
print(f"J = {J:.3f}")

# %% [markdown]
# The graph of this computation, now with a whole matrix in each box. In
# place of their entries it shows the shapes.

# %%
named = zip(("W1", "b1", "W2", "b2"), parameters, gradients, strict=True)
W1, b1, W2, b2 = (Node(*triple) for triple in named)
dO = (np.exp(log_softmax(O)) - Y) / len(X)
dH = dO @ parameters[2].T
Z = Node("Z", H, dH * (1 - H**2), "X W1 + b1", (Node("X", X), b1, W1))
output = Node(
    "O", O, dO, "H W2 + b2", (Node("H", H, dH, "tanh", (Z,)), b2, W2)
)
s = lam / 2 * sum((W.data**2).sum() for W in (W1, W2))
L = Node("L", J - s, 1.0, "cross-entropy", (output, Node("Y", Y)))
plotting.show_graph(
    Node("J", J, 1.0, "+", (L, Node("s", s, 1.0, "L2", (W2, W1))))
)

# %% [markdown]
# Every gradient has the shape of its data. The weights have two arrows
# each, one to their layer and one to the penalty; that is where the two terms
# of $\mathrm{d}W_1$ and $\mathrm{d}W_2$ come from.

# %% [markdown]
# ## Gradient check
#
# A derivation can be wrong, and so can a program. Lesson 2 compared three
# weights with [**central differences**](glossary.md#central-difference),
#
# $$\frac{\partial J}{\partial w} \approx
#   \frac{J(w + \varepsilon) - J(w - \varepsilon)}{2 \varepsilon} ,$$
#
# and took $\varepsilon = 10^{-5}$ without saying why. A derivative is the
# limit for $\varepsilon \to 0$.
#
# **Predict.** Is the result the better, the smaller $\varepsilon$ is?


# %%
def numeric_gradient(parameters, which, places, epsilon, forward_only=False):
    """dJ/dw for the entries of parameters[which] at `places`."""
    array, slopes = parameters[which], []
    X_, Y_ = X.astype(array.dtype), Y.astype(array.dtype)
    for place in places:
        kept, values = array[place], []
        for move in (epsilon, 0 if forward_only else -epsilon):
            array[place] = kept + move
            values.append(forward(X_, Y_, *parameters, lam)[0])
        array[place] = kept
        steps = 1 if forward_only else 2
        slopes.append((values[0] - values[1]) / (steps * epsilon))
    return np.array(slopes)


def relative_error(got, expected):
    return np.linalg.norm(got - expected) / np.linalg.norm(expected)


# %% [markdown]
# We take 30 random weights of the first layer, step sizes from 1 down to
# $10^{-13}$, and both 64-bit and 32-bit numbers. For comparison, we also
# try the difference to one side only,
# $(J(w + \varepsilon) - J(w)) / \varepsilon$.

# %%
rng = np.random.default_rng(0)
places = [(rng.integers(784), rng.integers(20)) for _ in range(30)]
exact = np.array([gradients[0][place] for place in places])
single = [parameter.astype(np.float32) for parameter in parameters]

epsilons = 10.0 ** np.arange(0, -13.5, -0.5)
errors = {"64 bits": [], "32 bits": [], "one-sided, 64 bits": []}
for epsilon in progress.track(epsilons, "step sizes"):
    for name, row in errors.items():
        numbers = single if name == "32 bits" else parameters
        got = numeric_gradient(numbers, 0, places, epsilon, "one" in name)
        row.append(relative_error(got, exact))

# %% [markdown]
# The error against the step size, both on logarithmic axes:

# %%
fig, ax = plt.subplots(figsize=(plotting.WIDTH * 0.85, 3.6))
looks = zip(errors.values(), ("o-", "s--", "^:"), (0, 1, 2), strict=True)
for row, style, i in looks:
    ax.loglog(epsilons, row, style, color=plotting.INKS[i], markersize=4)
ax.text(1e-10, 2, "32 bits", color=plotting.INKS[1])
ax.text(2e-4, 2e-9, "64 bits", color=plotting.INKS[0])
ax.text(2e-9, 1e-5, "one-sided,\n64 bits", color=plotting.INKS[2])
ax.set(xlabel=r"step size $\varepsilon$", ylabel="relative error")
ax.set(ylim=(1e-11, 1e2))
best = {name: epsilons[np.argmin(row)] for name, row in errors.items()}
plotting.describe(
    fig,
    "Relative error of numerical gradients against the step size, three "
    "V-shaped curves. Lowest points: "
    + ", ".join(f"{n}: {min(errors[n]):.0e} at {best[n]:.0e}" for n in best),
)

# %% [markdown]
# Each curve is a V, the sum of two errors. With $u$ for the relative distance
# between neighboring numbers of the computer, about
#
# $$\text{error} \approx \frac{\varepsilon^2}{6}\, |J^{(3)}|
#   + \frac{u\, |J|}{\varepsilon} .$$
#
# The first is the [**truncation error**](glossary.md#truncation-error): what
# the Taylor expansion leaves out. The second is the [**rounding
# error**](glossary.md#rounding-error): $J(w + \varepsilon)$ and $J(w -
# \varepsilon)$ agree in ever more leading digits, and the difference consists
# of what rounding has left. (The 32-bit curve ends at an error of 1: there,
# $w \pm \varepsilon$ no longer changes $J$ at all.) The one-sided difference
# has a first term with $\varepsilon$ in place of $\varepsilon^2$.
#
# The sum is smallest where both terms balance, for values near 1 at about
# $\varepsilon = u^{1/3}$, and $u^{1/2}$ for the one-sided difference.

# %%
u, u32 = np.finfo(float).eps, np.finfo(np.float32).eps
theory = dict(
    zip(errors, (u ** (1 / 3), u32 ** (1 / 3), u**0.5), strict=True)
)
for name, row in errors.items():
    print(f"{name:18} lowest error {min(row):.0e}", end=" ")
    print(f"at {best[name]:.0e}, by theory near {theory[name]:.0e}")
checks.expect(min(errors["64 bits"]) < 1e-8, "expected 64 bits to reach 1e-8")
checks.expect(min(errors["32 bits"]) > 1e-6, "expected 32 bits to do worse")

# %% [markdown]
# Check gradients with 64-bit numbers, central differences, and
# $\varepsilon$ near $10^{-5}$. In 32 bits, even the best step leaves an error
# that can hide a small mistake. Now all four gradients, and three mistakes
# that are made in practice.

# %%
dW1, db1, dW2, db2 = gradients
penalty1, penalty2 = lam * parameters[0], lam * parameters[2]
candidates = {
    "our W1": (0, dW1),
    "our b1": (1, db1),
    "our W2": (2, dW2),
    "our b2": (3, db2),
    "W1 without the penalty": (0, dW1 - penalty1),
    "W1 without the slope of tanh": (0, X.T @ dH + penalty1),
    "W2 without the factor 1/n": (2, len(X) * H.T @ dO + penalty2),
}
for name, (which, gradient) in candidates.items():
    shape = gradient.shape
    places = [tuple(rng.integers(size) for size in shape) for _ in range(30)]
    numeric = numeric_gradient(parameters, which, places, 1e-5)
    error = relative_error([gradient[place] for place in places], numeric)
    print(f"{name:28} relative error {error:.0e}")
    if name.startswith("our"):
        checks.expect(
            error < 1e-7, f"expected less than 1e-7, got {error:.0e}"
        )
    else:
        checks.expect(error > 1e-3, f"expected over 1e-3, got {error:.0e}")

# %% [markdown]
# There is no doubt which are right. All three mistakes have the right shape
# and would run without an error message. Check gradients before you train.

# %% [markdown]
# ## PyTorch's gradients
#
# The second independent check: the same network in PyTorch, with the same
# weights, and `backward()`. (Mind the transposed weights of `nn.Linear`.)

# %%
model = nn.Sequential(
    nn.Linear(784, 20), nn.Tanh(), nn.Linear(20, 10)
).double()
with torch.no_grad():
    for mine, theirs in zip(parameters, model.parameters(), strict=True):
        theirs.copy_(torch.from_numpy(mine.T))
L = F.cross_entropy(model(torch.from_numpy(X)), splits.train.labels[:32])
s = lam / 2 * sum((model[i].weight ** 2).sum() for i in (0, 2))
(L + s).backward()
largest = 0.0
for gradient, theirs in zip(gradients, model.parameters(), strict=True):
    checks.expect_close(gradient.T, theirs.grad, atol=1e-6, rtol=0)
    difference = np.abs(gradient.T - theirs.grad.numpy()).max()
    largest = max(largest, difference)
print(f"largest difference of any gradient: {largest:.0e}")

# %% [markdown]
# They agree but for rounding. What you have derived in four steps is what
# `loss.backward()` computes. This is a good place for a break.

# %% [markdown]
# ## A network on MNIST in NumPy
#
# With `forward` and `backward` checked, training is the loop of lesson 2:
# a minibatch, its gradients, a step against them. We take 128 tanh units.
# Settings were chosen on the validation images.


# %%
def train(parameters, lr, num_epochs, batch_size, lam, seed):
    """SGD in place; returns the validation accuracy after each epoch."""
    rng, accuracies = np.random.default_rng(seed), []
    num_batches = math.ceil(len(X_train) / batch_size)
    with progress.Progress(num_epochs * num_batches, "training") as bar:
        for _ in range(num_epochs):
            order = rng.permutation(len(X_train))
            for batch in np.array_split(order, num_batches):
                X, Y = X_train[batch], Y_train[batch]
                _, H, O = forward(X, Y, *parameters, lam)
                gradients = backward(X, Y, *parameters, lam, H, O)
                for parameter, gradient in zip(
                    parameters, gradients, strict=True
                ):
                    parameter -= lr * gradient
                bar.advance()
            accuracies.append(accuracy(parameters, X_valid, y_valid))
            bar.advance(0, f"validation accuracy {accuracies[-1]:.1%}")
    return accuracies


def accuracy(parameters, X, y):
    W1, b1, W2, b2 = parameters
    return ((np.tanh(X @ W1 + b1) @ W2 + b2).argmax(axis=1) == y).mean()


# %% [markdown]
# **Predict.** Softmax regression ended a little above 92.5 %. Where will this
# be after one epoch, and after six?

# %%
mlp = init_parameters(784, 128, 10, seed=0)
start = time.perf_counter()
accuracies = train(mlp, lr=0.1, num_epochs=6, batch_size=32, lam=1e-4, seed=0)
checks.expect_seconds(
    time.perf_counter() - start, at_most=20, name="training"
)
print("validation accuracy", *[f"{value:.1%}" for value in accuracies])
first, last = accuracies[0], accuracies[-1]
checks.expect(first > 0.925, f"expected more than 92.5 %, got {first:.1%}")
checks.expect(last > 0.96, f"expected more than 96 %, got {last:.1%}")

# %% [markdown]
# It passes softmax regression in the first epoch. No framework took part: a
# dozen lines of matrix algebra, each of which you can derive.

# %% [markdown]
# ## What it costs, and other ways to train
#
# Count the multiplications for one minibatch of $n = 32$. Almost all are in
# the matrix products.
#
# **Predict.** How many times as expensive as the forward pass is the backward
# pass?

# %%
# NBVAL_CHECK_OUTPUT
n, p, q, k = 32, 784, 128, 10
ahead = n * p * q + n * q * k  # X W1 and H W2
back = n * k * q + n * k * q + n * q * p  # H^T dO, dO W2^T, X^T dZ
N = p * q + q + q * k + k
print(f"multiplications forward {ahead:,}, backward {back:,}")
print(f"parameters N = {N:,}, {q + k} of them biases")
print(f"forward passes for central differences: 2 N = {2 * N:,}")

# %% [markdown]
# All 101,770 derivatives for about the price of *one* more forward pass (in a
# deep network two, since each layer needs its $\mathrm{d}X$ as well). Central
# differences, which we trusted for checking, need two forward passes for
# *each* parameter. In time:

# %%
X, Y = X_train[:n], Y_train[:n]
ahead_times, both_times = [], []
for _ in range(100):
    start = time.perf_counter()
    _, H, O = forward(X, Y, *mlp, 1e-4)
    middle = time.perf_counter()
    flat = backward(X, Y, *mlp, 1e-4, H, O)
    both_times.append(time.perf_counter() - start)
    ahead_times.append(middle - start)
one, both = np.median(ahead_times), np.median(both_times)
print(
    f"forward {1000 * one:.2f} ms, forward and backward {1000 * both:.2f} ms"
)
print(f"the same gradient by central differences: {2 * N * one:.0f} s")
checks.expect(2 * N * one > 1000 * both, "expected 1,000 times the cost")

# %% [markdown]
# Backpropagation is not the only way to train a network. *Finite
# differences* need $2N$ forward passes per step. *Forward-mode*
# differentiation carries derivatives along with the forward pass, exact and
# without storing layers, but in one direction of the parameter space at a
# time, so it needs $N$ passes. *Evolution strategies* and *random directions*
# do not try for the whole gradient: they measure how $J$ changes in $m$
# random directions and move along the better ones; that needs no derivative,
# works for objectives that have none, and runs on many machines at once.
# *Synthetic gradients* let a small second network guess $\delta$ for a layer,
# so that the layer need not wait for the backward pass; that second network
# learns from true gradients. How good is a gradient from $m$ random
# directions? Compare its direction with the true one.

# %%
rng = np.random.default_rng(0)
true = np.concatenate([gradient.ravel() for gradient in flat])
for m in (1, 10, 100):
    cosines = []
    for _ in range(10):
        directions = rng.standard_normal((m, N), dtype=np.float32)
        estimate = (directions @ true) @ directions / m
        lengths = np.linalg.norm(estimate) * np.linalg.norm(true)
        cosines.append(estimate @ true / lengths)
    print(f"m = {m:3}: cosine {np.mean(cosines):.3f}", end=", ")
    print(f"sqrt(m / N) = {math.sqrt(m / N):.3f}")

# %% [markdown]
# A cosine of 1 would be the right direction, 0 a right angle to it. With
# $m$ directions you get about $\sqrt{m / N}$: the more parameters, the worse.
# Backpropagation wins because the objective is *one* number and the
# parameters are many: one pass from the one to the many gives them all.

# %% [markdown]
# ## What biases add
#
# Of the 101,770 parameters, 138 are biases. Do they matter? Without them,
# every layer maps 0 to 0, so the network does, too. With ReLU there is more:
# $\operatorname{ReLU}(\alpha z) = \alpha \operatorname{ReLU}(z)$ for
# $\alpha \ge 0$, hence $f(\alpha x) = \alpha f(x)$ for the whole network. For
# one input that leaves two straight lines that meet at 0, whatever the number
# of units.
#
# **Predict.** Fit $1 + \sin 2x$ with 40 ReLU units, with and without biases.
# What will the second fit look like?

# %%
x = torch.linspace(-2, 2, 100)[:, None]
target = 1 + torch.sin(2 * x)
fits, losses = {}, {}
for with_bias in (True, False):
    training.seed_everything(0)
    layers = (
        nn.Linear(1, 40, bias=with_bias),
        nn.Linear(40, 1, bias=with_bias),
    )
    model = nn.Sequential(layers[0], nn.ReLU(), layers[1])
    optimizer = torch.optim.Adam(model.parameters(), lr=0.02)
    for _ in range(800):
        loss = F.mse_loss(model(x), target)
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
    fits[with_bias], losses[with_bias] = model(x).detach(), loss.item()

# %% [markdown]
# Both fits, over the target in gray:

# %%
fig, ax = plt.subplots(figsize=(plotting.WIDTH * 0.85, 3.2))
ax.plot(x, target, color=plotting.LIGHT, lw=5)
ax.plot(x, fits[True], color=plotting.INKS[0])
ax.plot(x, fits[False], "--", color=plotting.INKS[1])
ax.text(-1.0, 1.8, "with biases,\non the target", color=plotting.INKS[0])
ax.text(0.15, -0.05, "without biases", color=plotting.INKS[1])
ax.set(xlabel="$x$", ylabel="$f(x)$")
plotting.describe(
    fig,
    "With biases the fit lies on 1 + sin 2x; without, two lines meet at 0.",
)

# %% [markdown]
# With biases, each unit has its hinge at a place of its own, as in lesson 3.
# Without, all forty hinges sit at $x = 0$.

# %%
checks.expect(
    losses[True] < 0.01, f"expected a good fit, got {losses[True]:.3f}"
)
checks.expect(
    losses[False] > 0.1, f"expected a bad fit, got {losses[False]:.3f}"
)
print(f"mean squared error {losses[True]:.4f}, without {losses[False]:.4f}")

# %% [markdown]
# Biases are few and cheap: their gradient is $\delta$ itself, added up over
# the batch. They let a unit choose where it switches.

# %% [markdown]
# ## Three switches of autograd
#
# Autograd adds gradients up, follows every connection, and records
# everything. Each of the three habits is right most of the time, and each has
# a switch: `zero_grad`, `detach`, `no_grad`. You see what a switch is for
# when it is missing.
#
# ### Find the mistake: zero_grad forgotten
#
# Our engine's leaves kept adding, and so do PyTorch's. A loop without
# `zero_grad` therefore steps along the *sum* of all gradients so far. Here it
# minimizes $(w - 3)^2$ from $w = 0$.
#
# **Predict.** Will the loop without `zero_grad` arrive sooner, later, or
# never?


# %%
def descend(clear, num_steps=60):
    w = torch.zeros(1, requires_grad=True)
    optimizer, path = torch.optim.SGD([w], lr=0.1), []
    for _ in range(num_steps):
        path.append(w.item())
        if clear:
            optimizer.zero_grad()
        ((w - 3) ** 2).backward()
        optimizer.step()
    return path


fig, ax = plt.subplots(figsize=(plotting.WIDTH * 0.85, 2.8))
cleared, summed = descend(clear=True), descend(clear=False)
ax.plot(cleared, color=plotting.INKS[0])
ax.plot(summed, "--", color=plotting.INKS[1])
ends = {"zero_grad": (59, cleared[-1]), "without": (59, summed[-1])}
inks = {"zero_grad": plotting.INKS[0], "without": plotting.INKS[1]}
ax.set(xlabel="step", ylabel="$w$ (best: 3)")
plotting.direct_labels(ax, {n: (*end, inks[n]) for n, end in ends.items()})
plotting.describe(
    fig,
    "w against steps: with zero_grad it settles at 3; without, it swings "
    "between 0 and 6 without end.",
)

# %% [markdown]
# Never. Without `zero_grad`, old gradients keep pushing after they have
# stopped being true, and $w$ swings past the minimum again and again.
#
# Adding is right when you want it. If a batch does not fit into memory, add
# up the gradients of its parts, then step once. Only the mean has to be
# divided correctly.

# %%
checks.expect(abs(cleared[-1] - 3) < 0.01, "expected zero_grad to arrive")
checks.expect(max(summed[-15:]) - min(summed[-15:]) > 5, "expected a swing")

images, labels = splits.train.images[:64].flatten(1), splits.train.labels[:64]
whole, parts = nn.Linear(784, 10), nn.Linear(784, 10)
parts.load_state_dict(whole.state_dict())
F.cross_entropy(whole(images), labels).backward()
for part in (slice(0, 16), slice(16, 64)):
    loss = F.cross_entropy(parts(images[part]), labels[part])
    (loss * len(labels[part]) / 64).backward()
checks.expect_close(parts.weight.grad, whole.weight.grad, atol=1e-5)
print("two parts, one gradient: the same as the whole batch")

# %% [markdown]
# ### Find the mistake: detach missing, and detach too much
#
# `detach()` returns the same numbers without their history: gradients stop
# there. You need it where a tensor is meant as a *constant*. Say you divide a
# loss by its own size, so that two losses weigh the same.
#
# **Predict.** What is the gradient of `loss / loss`?

# %%
w = torch.tensor([1.0, 2.0], requires_grad=True)
for detached in (False, True):
    loss = (w**2).sum()
    divisor = loss.detach() if detached else loss
    (gradient,) = torch.autograd.grad(loss / divisor, w)
    numbers = [round(entry, 3) for entry in gradient.tolist()]
    print(f"divisor detached: {detached!s:5}  gradient {numbers}")
    expected = 2 * w / loss if detached else torch.zeros(2)
    checks.expect_close(gradient, expected, "gradient")

# %% [markdown]
# `loss / loss` is the constant 1: nothing to learn, and no error message.
# With `detach` the divisor counts as a number, and the gradient is that of
# the loss, divided by it.
#
# The opposite mistake cuts a connection that is needed. It happens with
# `detach`, and in the same way with `.item()`, `.numpy()` or
# `torch.tensor(h)` inside a forward pass.
#
# **Predict.** The hidden layer below is cut off. Will there be an error
# message? Will the loss fall?

# %%
training.seed_everything(0)
hidden, last = nn.Linear(784, 64), nn.Linear(64, 10)
optimizer = torch.optim.SGD(
    [*hidden.parameters(), *last.parameters()], lr=0.1
)
before = hidden.weight.clone()
losses = []
for images, labels in data.loaders(splits, batch_size=128, seed=0).train:
    h = torch.relu(hidden(images.flatten(1))).detach()
    loss = F.cross_entropy(last(h), labels)
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()
    losses.append(loss.item())
print(f"loss {losses[0]:.2f} -> {np.mean(losses[-20:]):.2f}")
print("gradient of the hidden layer:", hidden.weight.grad)
print("hidden weights changed:", not torch.equal(before, hidden.weight))
checks.expect(torch.equal(before, hidden.weight), "expected no change")

# %% [markdown]
# No message, and the loss falls: the last layer learns on random features
# while the hidden layer stays as it was. The sign is a gradient that is
# `None`. After the first `backward()` of a new model, look at
# `[name for name, p in model.named_parameters() if p.grad is None]`.

# %% [markdown]
# ### Find the mistake: no_grad missing
#
# Everything computed from a parameter is recorded, the update of the
# parameter included. Here are two ways to write the update, without
# `no_grad`.
#
# **Predict.** What goes wrong in each?

# %%
W = torch.ones(2, requires_grad=True)
(W**2).sum().backward()
try:
    W -= 0.1 * W.grad
except RuntimeError as error:
    print("W -= ...    ", error)

W = W - 0.1 * W.grad
(W**2).sum().backward()
print("W = W - ...  is a leaf:", W.is_leaf)

# %% [markdown]
# PyTorch refuses the first: it would have to differentiate through a change
# of the very number it differentiates for. The second runs, but the new $W$
# is a *result*. Only leaves of the graph, which were given and not computed,
# get a `grad`; that of the new $W$ stays `None`, and the next update fails.
# Write `with torch.no_grad(): W -= lr * W.grad`; optimizers do it inside
# `step()`.
#
# The other place for `no_grad` is evaluation. Without it nothing is wrong but
# the cost: every layer's input is kept for a backward pass that never comes.
# PyTorch can tell us how many bytes it keeps.


# %%
def saved_megabytes(model, images):
    saved = {}

    def note(tensor):
        saved[tensor.data_ptr()] = tensor.nbytes
        return tensor

    with torch.autograd.graph.saved_tensors_hooks(
        note, lambda tensor: tensor
    ):
        outputs = model(images)
    del outputs
    return sum(saved.values()) / 1e6


# %% [markdown]
# A network of two hidden layers, the 6,000 validation images:

# %%
model = nn.Sequential(
    nn.Flatten(), nn.Linear(784, 512), nn.ReLU(), nn.Linear(512, 512),
    nn.ReLU(), nn.Linear(512, 10),
)  # fmt: skip
images = splits.valid.images
recorded = saved_megabytes(model, images)
with torch.no_grad():
    unrecorded = saved_megabytes(model, images)
print(f"kept for 6,000 images: {recorded:.0f} MB")
print(f"kept under no_grad: {unrecorded:.0f} MB")
checks.expect(recorded > 20, f"expected over 20 MB, got {recorded:.0f}")
checks.expect(unrecorded == 0, f"expected nothing, got {unrecorded:.0f} MB")

# %% [markdown]
# If you keep the outputs, or a sum of losses as in lesson 4, these megabytes
# stay as well. `model.eval()` does not save them: it changes what dropout and
# batch normalization do, and records as before.
#
# | switch | autograd's habit | use it |
# | --- | --- | --- |
# | `optimizer.zero_grad()` | adds gradients up | before each `backward()` that starts a new step |
# | `t.detach()` | follows every connection | where a tensor is meant as a constant |
# | `torch.no_grad()` | records everything | in updates and in evaluation |

# %% [markdown]
# ## The final number
#
# All choices are made. The NumPy network meets the test images, once.

# %%
X_test = splits.test.images.flatten(1).numpy()
test_accuracy = accuracy(mlp, X_test, splits.test.labels.numpy())
print(f"NumPy network 784-128-10: {test_accuracy:.2%} of the test images")
checks.expect(
    test_accuracy >= 0.96, f"expected at least 96 %, got {test_accuracy:.2%}"
)

# %% [markdown]
# ## What we found
#
# - The gradient of a box is the sum, over its uses, of their gradients times
#   local derivatives. Visited in reverse topological order, each box is
#   handled once; handing gradients on too early gave 6 where 4 was right.
# - An engine of about a hundred lines gave PyTorch's gradients at 200 random
#   points and learned XOR.
# - For a linear layer, $\partial J / \partial W$ is $\delta^\top x^\top$ with
#   columns and $x^\top \delta$ with rows; for an activation, multiply by
#   $\varphi'(z)$ entry by entry.
# - Four steps give all gradients of a network with one hidden layer. They
#   agree with central differences and with `backward()`, and trained a NumPy
#   network to more than 96 % of the test images.
# - A gradient check has a best step size: truncation on one side, rounding on
#   the other. Use 64 bits and $\varepsilon \approx 10^{-5}$.
# - All derivatives together cost about as much as one or two forward passes;
#   finite differences would cost 203,540.
# - Autograd adds, follows and records, unless you say otherwise.
#
# ## Questions to check yourself
#
# <details><summary>In a graph, a value is used by three others. What does its
# gradient consist of?</summary>
#
# Of three terms, one for each use: the gradient of the user times the local
# derivative. They are added.
# </details>
#
# <details><summary>X is 64 × 784, W is 784 × 100, and dZ is known. Which
# shape has dZ, and what are dW and dX?</summary>
#
# dZ has the shape of Z = XW, 64 × 100. $\mathrm{d}W = X^\top \mathrm{d}Z$,
# 784 × 100, and $\mathrm{d}X = \mathrm{d}Z\, W^\top$, 64 × 784. No other
# order of the factors fits.
# </details>
#
# <details><summary>Your gradient check shows an error of 0.001 in 32 bits.
# Is the gradient wrong?</summary>
#
# You can't tell: with 32 bits rounding alone gives errors of that size.
# Repeat it in 64 bits, where a right gradient gives less than $10^{-7}$.
# </details>
#
# <details><summary>With ReLU, the check fails for two weights out of a
# hundred, by a lot. Why?</summary>
#
# Probably a unit's $z$ changes its sign between $w - \varepsilon$ and
# $w + \varepsilon$. There the function has a kink, and the difference mixes
# both slopes. Take a smaller $\varepsilon$, or another example.
# </details>
#
# <details><summary>A colleague's loss falls, but the first layer's weights
# are those of the start. What do you look for?</summary>
#
# A cut in the graph before that layer: `detach`, `.item()`, `.numpy()`, a
# `no_grad` block, or parameters that were not given to the optimizer.
# </details>
#
# ## Exercises and further reading
#
# Practice in [exercise set 6](../exercises/06_backprop.ipynb). Words to look
# up are in the [glossary](glossary.md). The paper that made the method known:
# D. Rumelhart, G. Hinton, R. Williams, "Learning representations by
# back-propagating errors", Nature 323 (1986). A survey of automatic
# differentiation: A. Baydin and others, JMLR 18 (2018). Other ways to train:
# T. Salimans and others, "Evolution strategies as a scalable alternative to
# reinforcement learning" (2017); M. Jaderberg and others, "Decoupled neural
# interfaces using synthetic gradients", ICML 2017.
#
# Next: [lesson 7](07_signals.ipynb), what becomes of a gradient on its way
# through thirty layers.

# ---
# jupyter:
#   course:
#     peak_mb: 1280
#     python: 3.11.7
#     seconds: 19.1
#     torch: 2.14.1
# ---

# %% [markdown]
# [![Open in Colab](https://colab.research.google.com/assets/colab-badge.svg)](https://colab.research.google.com/github/neural-notebooks/course/blob/clean/notebooks/06_backprop.ipynb)

# %% [markdown]
# # 6. Backpropagation
#
# **The question of this lesson:** the loss is one number, made from a hundred
# thousand weights. How do you find out how it changes with each of them,
# without trying each of them?
#
# A network 784-128-10 for MNIST has 101,770 parameters. You could move each
# of them a little up, then a little down, and look at the loss: that is
# 203,540 forward passes for one step of gradient descent. That takes tens of
# seconds, and a short training has ten thousand steps: days. Yet below, such
# a training takes less than a minute. Something in `loss.backward()` knows
# all 101,770 answers without trying. Here you write it yourself: first for
# single numbers, an engine of about forty lines that learns XOR, then for
# matrices, in NumPy, until it reads digits.
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
# **You need:** lessons [2](02_softmax_regression.ipynb) to
# [5](05_activations.ipynb), and the chain rule
# $\frac{d}{dx} f(g(x)) = f'(g(x))\, g'(x)$. **Time:** about 120 minutes, best
# in two sittings (the section on PyTorch's gradients is a good place to
# stop); all cells together run in under two minutes.

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

# %% jupyter={"source_hidden": true}
# ruff: noqa: E741  (the output layer is called O, as in the formulas)
import math
import random
import time

import matplotlib.pyplot as plt
import numpy as np
import torch
from torch import nn
from torch.autograd.functional import jacobian
from torch.nn import functional as F

from course_utils import checks, data, plotting, progress, training, widgets
from course_utils.uncertainty import accuracy_interval, mean_interval

plotting.use_style()
# A small network is quicker on one thread, and its times vary less.
torch.set_num_threads(1)
training.seed_everything(0)

# %% [markdown]
# ## Trying each weight
#
# First the slow way, on a batch of 32 images.

# %%
splits = data.normalize(data.load("mnist", valid_fraction=0.1, seed=0))
images, labels = splits.train.images[:32].flatten(1), splits.train.labels[:32]
model = nn.Sequential(nn.Linear(784, 128), nn.Tanh(), nn.Linear(128, 10))


def loss_of(model):
    return F.cross_entropy(model(images), labels)


# %% [markdown]
# `loss_of(model).backward()` finds all 101,770 slopes at once.

# %%
passes_guess = checks.predict(
    ..., "How many forward passes does one backward() cost?", tolerance=1
)


# %% [markdown]
# To try a weight, we move it up and down by 0.01 and divide the change of the
# loss by 0.02, as in lesson 2's check of a gradient. The code, which also
# measures the times (each the median of 50), is folded.


# %% jupyter={"source_hidden": true}
@torch.no_grad()
def slope_by_trying(weights, i, j, step=0.01):
    kept, losses = weights[i, j].item(), []
    for move in (step, -step):
        weights[i, j] = kept + move
        losses.append(loss_of(model).item())
    weights[i, j] = kept
    return (losses[0] - losses[1]) / (2 * step)


def median_seconds(task, times=50):
    seconds = []
    for _ in range(times):
        start = time.perf_counter()
        task()
        seconds.append(time.perf_counter() - start)
    return np.median(seconds)


one = median_seconds(lambda: loss_of(model))
both = median_seconds(lambda: loss_of(model).backward())
passes_guess.compare((both - one) / one)
print(f"all 101,770 slopes by backward: {1000 * both:.1f} ms")
print(f"all 101,770 slopes by trying:   {2 * 101_770 * one:.0f} s")
model.zero_grad()
loss_of(model).backward()
for i in range(5):
    tried = slope_by_trying(model[2].weight, i, 0)
    print(f"tried {tried:8.5f}, backward {model[2].weight.grad[i, 0]:8.5f}")

# %% jupyter={"outputs_hidden": true, "source_hidden": true} tags=["author"]
for i in range(5):
    tried = slope_by_trying(model[2].weight, i, 0)
    checks.expect_close(tried, model[2].weight.grad[i, 0], atol=1e-3)
checks.expect(2 * 101_770 * one > 1000 * both, "expected 1,000 times")

# %% [markdown]
# The same slopes but for the last digits, for the price of a few forward
# passes instead of 203,540.
# What follows is how. Take the smallest network first.

# %% [markdown]
# ## The chain rule on one neuron
#
# One neuron with one input, a sigmoid, and the squared error as loss, in
# steps so small that each does one thing:
#
# $$p = w x, \quad z = p + b, \quad h = \sigma(z), \quad e = h - y, \quad
#   L = e^2 .$$
#
# All are plain numbers: input $x = 2$ with target $y = 1$, weight $w = -1$,
# bias $b = 2$. Going forward, $p = -2$, $z = 0$, $h = 0.5$, $e = -0.5$ and
# $L = 0.25$. The output 0.5 is too small and should grow.
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
# It is negative: a larger $w$ lowers the loss. We multiply from the loss
# backward. Then each partial product is itself a derivative of $L$, and the
# next one uses it. In code, `dz` stands for $\partial L / \partial z$.

# %% tags=["nbval-check-output"]
x, h, e = 2.0, 0.5, -0.5  # from the forward pass
de = 2 * e
dh = 1 * de
dz = h * (1 - h) * dh
dp, db = 1 * dz, 1 * dz
dw = x * dp
print(f"dL/dz = {dz}, dL/db = {db}, dL/dw = {dw}")

# %% [markdown]
# `dz` was computed once and served both `b` and `w`.

# %% [markdown]
# ## A computational graph
#
# The steps of a computation form a
# [**computational graph**](glossary.md#computational-graph): a box (a *node*)
# for each number, an arrow from each number to those computed from it. Each
# box shows its value (*data*) and $\partial L / \partial\,$*box* (*grad*).

# %%
neuron = widgets.BackpropStepper(
    formula="p = w*x; z = p + b; h = sigmoid(z); e = h - y; e**2",
    values={"w": -1, "x": 2, "b": 2, "y": 1},
    position=14,
)
neuron

# %% [markdown]
# Read it twice. The **forward pass** fills in the data from left to right.
# The **backward pass** fills in the gradients from right to left: it starts
# with $\partial L / \partial L = 1$, and each box receives the gradient of
# the box after it, times the local derivative of the arrow between. Together
# they are called [**backpropagation**](glossary.md#backpropagation). (Press
# *Back* until the gradients are gone, then *Next*: each arrow says its local
# derivative and what comes in.)

# %% jupyter={"outputs_hidden": true, "source_hidden": true} tags=["author"]
by_graph = neuron.gradients
checks.expect_close([by_graph["w"], by_graph["b"]], [dw, db], "by hand")
checks.expect_close(by_graph["x"], 0.25, "dL/dx")

# %% [markdown]
# Two patterns are worth remembering. An addition hands its gradient on
# unchanged: $p$ and $b$ both get the $-0.25$ of $z$. A multiplication hands
# it on times the *other* factor: $w$ gets $-0.25 \cdot x$, and $x$ gets
# $-0.25 \cdot w$.

# %% [markdown]
# ## An autograd engine
#
# Nothing above needed thought, once the graph was there. A program that does
# it for any formula is called an [**autograd**](glossary.md#autograd) engine.
# It needs numbers that remember which numbers they were computed from, their
# *parents*, with the local derivative on each arrow. Here is one that can add
# and multiply. (Python calls `__add__` for a `+` and `__mul__` for a `*`.)


# %% tags=["slide"]
class Value:
    """A number, and arrows: pairs of a parent and the local derivative."""

    def __init__(self, data, arrows=()):
        self.data, self.grad, self.arrows = float(data), 0.0, arrows

    def __add__(self, other):
        return Value(self.data + other.data, [(self, 1), (other, 1)])

    def __mul__(self, other):
        arrows = [(self, other.data), (other, self.data)]
        return Value(self.data * other.data, arrows)


# %% [markdown]
# The forward pass works already. The shortest backward pass that comes to
# mind: write the gradient into the box, then do the same for each parent,
# with the gradient times the local derivative. For $wx + b$ it is right. But
# there each value is used once. Here two are used twice:
#
# $$b = a + a, \qquad c = b + b .$$


# %% tags=["nbval-check-output", "slide"]
def backward_overwriting(value, grad=1.0):
    value.grad = grad
    for parent, local in value.arrows:
        backward_overwriting(parent, grad * local)


a = Value(3)
b = a + a
c = b + b
backward_overwriting(c)
print("dc/da:", a.grad)

# %% jupyter={"outputs_hidden": true, "source_hidden": true} tags=["author"]
used_once = [Value(-1), Value(2), Value(2)]
backward_overwriting(used_once[0] * used_once[1] + used_once[2])
checks.expect_close([v.grad for v in used_once], [2, -1, 1], "used once")

# %% [markdown]
# $c = 4a$, so the answer is 4. There are two arrows from $a$ to $b$, and two
# from $b$ to $c$, and each new arrow overwrote what the one before had
# brought. The chain rule for a value with several uses says: *add up*. If
# $u_1, u_2, \dots$ are computed from $a$ directly,
#
# $$\frac{\partial L}{\partial a} =
#   \sum_i \frac{\partial L}{\partial u_i} \frac{\partial u_i}{\partial a} .$$
#
# So replace `=` by `+=`, and hand on what the box now holds.

# %%
sum_guess = checks.predict(
    ..., "With += instead of =, dc/da comes out as", tolerance=0.1
)


# %% tags=["nbval-check-output"]
def backward_too_early(value, grad=1.0):
    value.grad += grad
    for parent, local in value.arrows:
        backward_too_early(parent, value.grad * local)


a = Value(3)
b = a + a
c = b + b
backward_too_early(c)
sum_guess.compare(a.grad)
print("dc/db:", b.grad)

# %% [markdown]
# $b$ is right and $a$ is wrong, and nothing complains. $b$ receives 1 from
# its first arrow and hands 1 to $a$, twice. Then $b$ receives 1 from its
# second arrow, holds 2, and hands 2 to $a$, twice: $1 + 1 + 2 + 2 = 6$. It
# did not wait until its own gradient was complete.
#
# One could hand on only what has just arrived, `grad * local`. That sums over
# all *paths* from $c$ to $a$, which is correct. But $n$ doublings in a row
# have $2^n$ paths, and with three hidden layers of 100 units, a million paths
# lead from one input to one output.
#
# ### Topological order
#
# One remedy cures both, the wrong result and the cost: visit every value
# *once*, and only after all values that use it. An order in which each value
# comes after its parents is called
# [**topological order**](glossary.md#topological-order); the backward pass
# walks it in reverse. To find one, let each value enter it after its parents.


# %%
def topological_order(root):
    """All values that `root` depends on, each after its parents."""
    order, seen = [], set()

    def visit(value):
        if value not in seen:
            seen.add(value)
            for parent, _ in value.arrows:
                visit(parent)
            order.append(value)

    visit(root)
    return order


# %% [markdown]
# Here is a loss in which $h$ is used twice: $h = \mathrm{ReLU}(wx)$ and
# $L = (h - y)^2 + h$. **Try this first:** press *Next* and guess each time
# what the arrow brings. **Find out by moving:** step to the end, then let
# each node hand on *at the first arrival* and do it again: which gradients
# change, and which don't? Last, drag $w$ below 0: who is to blame for the
# loss then?

# %%
used_twice = {
    "formula": "h = relu(w*x); (h - y)**2 + h",
    "values": {"w": 1, "x": 2, "y": 3},
}
widgets.BackpropStepper(**used_twice)

# %% [markdown]
# Both orders to the end, computed in Python:

# %% jupyter={"source_hidden": true} tags=["nbval-check-output"]
for order in ("waits", "early"):
    stepper = widgets.BackpropStepper(**used_twice, order=order)
    print(f"{order:5}", stepper.gradients)

# %% jupyter={"outputs_hidden": true, "source_hidden": true} tags=["author"]
checks.expect(stepper.gradients == {"w": -4, "x": -2, "y": 2}, "too early")
stepper.order = "waits"
checks.expect(stepper.gradients == {"w": -2, "x": -1, "y": 2}, "in order")
stepper.values = {**stepper.values, "w": -1}
shut = stepper.gradients
checks.expect_close([shut["w"], shut["x"]], [0, 0], "behind a shut gate")

# %% [markdown]
# $h$ gets $2(h - y) = -2$ from the square and 1 from the sum, so it has $-1$
# to hand on. At the first arrival it hands on $-2$, and what comes later is
# lost: everything behind $h$ is twice too large, without an error. And with
# $w < 0$ ReLU's local derivative is 0: nobody behind it is to blame.
#
# ### The whole engine
#
# Now the class once more, complete, in 25 lines. New: `as_value` lets plain
# numbers into sums and products (`__radd__` and `__rmul__` are for `2 + a`,
# where the value stands on the right), `apply` makes a value from one other
# by a function with a known slope, and `backward` walks the order in reverse.


# %%
def as_value(number):
    return number if isinstance(number, Value) else Value(number)


# %% [markdown]
# And the class:


# %%
class Value:
    """A number, and arrows: pairs of a parent and the local derivative."""

    def __init__(self, data, arrows=()):
        self.data, self.grad, self.arrows = float(data), 0.0, arrows

    def __add__(self, other):
        other = as_value(other)
        return Value(self.data + other.data, [(self, 1), (other, 1)])

    def __mul__(self, other):
        other = as_value(other)
        arrows = [(self, other.data), (other, self.data)]
        return Value(self.data * other.data, arrows)

    __radd__, __rmul__ = __add__, __mul__

    def apply(self, f, slope):
        return Value(f(self.data), [(self, slope(self.data))])

    def backward(self):
        self.grad = 1.0
        for value in reversed(topological_order(self)):
            for parent, local in value.arrows:
                parent.grad += local * value.grad


# %% [markdown]
# When the loop in `backward` reaches a value, all its uses have been handled,
# so its gradient is complete. (Call it once per graph. A second call finds
# the old gradients inside.) A function needs its slope, as in lesson 5. And
# the case that went wrong twice:


# %% tags=["nbval-check-output"]
def tanh(a):
    return a.apply(math.tanh, lambda x: 1 - math.tanh(x) ** 2)


a = Value(3)
b = a + a
c = b + b
c.backward()
print("dc/db:", b.grad, "  dc/da:", a.grad)

# %% jupyter={"outputs_hidden": true, "source_hidden": true} tags=["author"]
checks.expect_close([b.grad, a.grad], [2, 4], "the doublings")

# %% [markdown]
# ## Does it agree with PyTorch?
#
# PyTorch's autograd does the same with tensors: every result remembers its
# parents and how to multiply by the local derivatives. So one formula runs
# with both. Here is one that uses every operation, and each of $a$, $b$, $c$
# and $d$ more than once.


# %%
def formula(a, b, tanh, relu, exp, log):
    c = a * b + b * b * b
    d = tanh(a + -2 * b) + relu(c) * exp(-1 * a * a)
    return d * c + log(1 + exp(d)) + 3 * tanh(c) * a


# %% [markdown]
# In the folded cell: `relu`, `exp` and `log` for our values, each a line like
# `tanh`, and both gradients at 200 random points.


# %% jupyter={"source_hidden": true}
def relu(a):
    return a.apply(lambda x: max(x, 0.0), lambda x: float(x > 0))


def exp(a):
    return a.apply(math.exp, math.exp)


def log(a):
    return a.apply(math.log, lambda x: 1 / x)


largest = 0.0
for _ in range(200):
    numbers = [random.gauss(0, 1), random.gauss(0, 1)]
    ours = [Value(number) for number in numbers]
    formula(*ours, tanh, relu, exp, log).backward()
    theirs = torch.tensor(numbers, dtype=torch.float64, requires_grad=True)
    with_torch = torch.tanh, torch.relu, torch.exp, torch.log
    formula(*theirs, *with_torch).backward()
    for value, expected in zip(ours, theirs.grad.tolist(), strict=True):
        gap = abs(value.grad - expected) / max(1, abs(expected))
        largest = max(largest, gap)
print(f"largest difference at 200 random points: {largest:.0e}")

# %% jupyter={"outputs_hidden": true, "source_hidden": true} tags=["author"]
checks.expect(largest < 1e-9, f"expected PyTorch's gradients: {largest:.0e}")

# %% [markdown]
# Two independent programs agree but for rounding.
#
# ### XOR, learned by our engine
#
# The engine is enough to train a network. Here is XOR from lesson 3, with
# three tanh units and a tanh at the end. The targets are −1 and 1, the loss
# is the mean squared error. `theta` is the list of the 13 parameters.


# %%
def new_theta(seed):
    """Three numbers for each hidden unit, three weights, and a bias."""
    rng = random.Random(seed)
    return [Value(rng.gauss(0, 1)) for _ in range(12)] + [Value(0)]


def network(theta, x1, x2):
    """The output of a network 2-3-1, between -1 and 1."""
    units = theta[0:3], theta[3:6], theta[6:9]
    hidden = [tanh(u * x1 + v * x2 + c) for u, v, c in units]
    votes = [a * h for a, h in zip(theta[9:12], hidden, strict=True)]
    return tanh(sum(votes) + theta[12])


# %% [markdown]
# One step is the loop you know. The gradients are cleared first, because
# `backward` adds.


# %%
corners = [(0, 0, -1), (0, 1, 1), (1, 0, 1), (1, 1, -1)]


def train_xor(theta, steps, lr=0.3):
    for _ in range(steps):
        errors = [network(theta, a, b) + -target for a, b, target in corners]
        loss = sum(error * error for error in errors) * 0.25
        for parameter in theta:
            parameter.grad = 0.0
        loss.backward()
        for parameter in theta:
            parameter.data -= lr * parameter.grad


theta = new_theta(seed=2)
train_xor(theta, 300)
outputs = [network(theta, a, b).data for a, b, _ in corners]
print("outputs:", *(f"{output:.2f}" for output in outputs))

# %% [markdown]
# It has learned XOR, and the derivatives of the 13 parameters are written
# down nowhere: what is computed from values can be differentiated. As the
# referee, PyTorch trains the same network from the same start (folded: the
# loop is lesson 4's). The last line is about other starts: seeds 0 to 9.

# %% jupyter={"source_hidden": true}
first = torch.tensor(
    [value.data for value in new_theta(seed=2)], dtype=torch.float64
)
theirs = nn.Sequential(
    nn.Linear(2, 3), nn.Tanh(), nn.Linear(3, 1), nn.Tanh()
).double()
with torch.no_grad():
    theirs[0].weight.copy_(first[:9].view(3, 3)[:, :2])
    theirs[0].bias.copy_(first[:9].view(3, 3)[:, 2])
    theirs[2].weight.copy_(first[9:12])
    theirs[2].bias.copy_(first[12])
table = torch.tensor(corners).double()
optimizer = torch.optim.SGD(theirs.parameters(), lr=0.3)
for _ in range(300):
    loss = F.mse_loss(theirs(table[:, :2]), table[:, 2:])
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()
asked = theirs(table[:, :2]).detach()[:, 0]
apart = (torch.tensor(outputs, dtype=torch.float64) - asked).abs().max()
print(f"outputs of ours and PyTorch's differ by at most {apart:.0e}")

learned = 0
for seed in range(10):
    tried = new_theta(seed)
    train_xor(tried, 300)
    signs = [network(tried, a, b).data * target for a, b, target in corners]
    learned += min(signs) > 0.5
print(f"starts that learn XOR: {learned} of 10")

# %% [markdown]
# What the network says at $41 \times 41$ points, at the start, after 20 steps
# and after 300. Squares have the target 1. Colors and solid line are ours,
# dots on the last panel are PyTorch's border.

# %% jupyter={"source_hidden": true} course={"alt": "XOR learned by our own engine, at steps 0, 20 and 300. At first two corners lie on the wrong side of the border, then one. At the end a band holds the corners 0 1 and 1 0, which are class 1, and PyTorch's border lies on ours."}
side, grown, done = np.linspace(-0.5, 1.5, 41), new_theta(seed=2), 0
fig, axes = plt.subplots(1, 3, figsize=(plotting.WIDTH, 2.75), sharey=True)
for ax, step in zip(axes, (0, 20, 300), strict=True):
    train_xor(grown, step - done)
    done = step
    plane = [[network(grown, x1, x2).data for x1 in side] for x2 in side]
    misses = [network(grown, a, b).data - target for a, b, target in corners]
    colors = [plotting.BLUE, plotting.ORANGE]
    ax.contourf(side, side, plane, [-2, 0, 2], colors=colors, alpha=0.25)
    ax.contour(side, side, plane, [0], colors="black", linewidths=1.5)
    for x1, x2, target in corners:
        ink, marker = plotting.INKS[int(target > 0)], "os"[target > 0]
        ax.scatter(x1, x2, s=60, color=ink, marker=marker, zorder=3)
    loss = np.square(misses).mean()
    ax.set(title=f"step {step}: loss {loss:.3f}", xlabel="$x_1$")
    ax.set(aspect="equal", xticks=[0, 1], yticks=[0, 1])
axes[0].set_ylabel("$x_2$")
points = torch.cartesian_prod(*[torch.from_numpy(side)] * 2)
asked = theirs(points).detach().view(41, 41).T
axes[2].contour(
    side, side, asked, [0], colors=plotting.PINK, linewidths=3.5,
    linestyles=":",
)
fig

# %% jupyter={"outputs_hidden": true, "source_hidden": true} tags=["author"]
checks.expect(apart < 1e-9, f"expected PyTorch's outputs, apart by {apart}")
checks.expect(learned == 8, f"expected 8 of 10 starts, got {learned}")
for stuck in (new_theta(seed=0), new_theta(seed=5)):
    train_xor(stuck, 300)
    sizes = sorted(abs(network(stuck, *xy).data) for *xy, _ in corners)
    checks.expect(sizes[1] < 0.1 < 0.8 < sizes[2], f"two in doubt: {sizes}")
early = new_theta(seed=2)
for steps, wrong in ((0, 2), (20, 1)):
    train_xor(early, steps)
    off = [network(early, *xy).data * side < 0 for *xy, side in corners]
    checks.expect(sum(off) == wrong, f"expected {wrong} wrong corners: {off}")

# %% [markdown]
# At the start two corners lie on the wrong side. At step 300 one band holds
# both squares, and PyTorch's border lies on ours. (Two of the ten
# starts end with two corners right and two in doubt; lesson 7 is about
# starting weights.) But our engine visits one number at a time, in Python.
# For real networks each box has to hold a whole matrix. Then the local
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
# What is minimized, the objective $J$, is a single number, so its Jacobian
# has one row:
# $\delta = \partial J / \partial z$ is $1 \times k$. The chain rule is now a
# matrix product, and the shapes tell you the order of the factors:
#
# $$\underbrace{\frac{\partial J}{\partial x}}_{1 \times p} =
#   \underbrace{\frac{\partial J}{\partial z}}_{1 \times k}\;
#   \underbrace{\frac{\partial z}{\partial x}}_{k \times p} .$$
#
# A linear layer is written in two ways, and both are in use: books mostly
# make examples columns, programs make them rows.
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
# Each is the transpose of the other, as $W$ is. The referee is PyTorch's
# `jacobian`, which asks autograd for one row after the other. We take
# $J = \sum_i z_i^3 / 3$, for which $\delta_i = z_i^2$.


# %%
def objective(z):
    return (z**3).sum() / 3


def compare(found, formula, what):
    gap = (found.reshape(formula.shape) - formula).abs().max()
    print(f"{what:14} {tuple(formula.shape)}  apart by {gap:.0e}")


k, p = 3, 4
x, W = torch.randn(p, 1).double(), torch.randn(k, p).double()
delta = ((W @ x) ** 2).T
compare(jacobian(lambda x: objective(W @ x), x), delta @ W, "columns, dJ/dx")
compare(jacobian(lambda W: objective(W @ x), W), delta.T @ x.T, "dJ/dW")
x, W = x.T, W.T
delta = (x @ W) ** 2
compare(jacobian(lambda x: objective(x @ W), x), delta @ W.T, "rows, dJ/dx")
compare(jacobian(lambda W: objective(x @ W), W), x.T @ delta, "dJ/dW")

# %% jupyter={"outputs_hidden": true, "source_hidden": true} tags=["author"]
checks.expect_close(jacobian(lambda x: x @ W, x).reshape(k, p), W.T, "dz/dx")
rows_dW = jacobian(lambda W: objective(x @ W), W)
checks.expect_close(rows_dW, x.T @ delta, "rows: dJ/dW")
checks.expect_close(
    jacobian(lambda W: objective(W @ x.T), W.T), delta.T @ x, "columns: dJ/dW"
)
five, deltas = torch.randn(5, p).double(), torch.randn(5, k).double()
one_by_one = sum(five[i : i + 1].T @ deltas[i : i + 1] for i in range(5))
checks.expect_close(five.T @ deltas, one_by_one, "sum over the examples")
layer = nn.Linear(p, k, bias=False).double()
layer(five).backward(deltas)
checks.expect_close(layer.weight.grad, deltas.T @ five, "nn.Linear")

# %% [markdown]
# The formulas hold. From here on we use rows, as lesson 2 did: a
# minibatch (another word for batch) $X$ $(n \times p)$ is then $n$ examples,
# one below the other, and $X^\top \Delta$ adds up the $x^\top \delta$ of all
# of them, where $\Delta$ $(n \times k)$ holds one $\delta$ per row.
# `nn.Linear` mixes both layouts: it stores $W$ as $k \times p$, as for
# columns, and takes examples as rows, $Z = X W^\top$. So its gradient is
# $\Delta^\top X$.
#
# ### What is never computed
#
# There is also the Jacobian of $z$ with respect to the *weights*: $k$ rows,
# and a column for each of the $p \cdot k$ weights. We stepped around it.

# %% tags=["nbval-check-output"]
full = jacobian(lambda W: x @ W, W).reshape(k, p * k)
print("small layer:", tuple(full.shape), "not 0:", int((full != 0).sum()))
print(f"for a layer 784 to 128: {128 * 784 * 128:,} entries")

# %% jupyter={"outputs_hidden": true, "source_hidden": true} tags=["author"]
checks.expect(int((full != 0).sum()) == p * k, "expected p k entries")

# %% [markdown]
# Each weight belongs to one unit, so in each column only one entry can differ
# from 0: of 128 units, one in 128. A backward pass never builds a Jacobian.
# It needs only $\delta$ *times* the Jacobian, a
# **[vector-Jacobian](glossary.md#vector-Jacobian-product) product**, and for
# a linear layer that product, in the shape of $W$, is $x^\top \delta$.

# %% [markdown]
# ## Elementwise functions are diagonal
#
# An activation function works on each entry alone: $h_i = \varphi(z_i)$ does
# not depend on $z_j$. So its Jacobian is diagonal,
#
# $$\frac{\partial h}{\partial z} = \operatorname{diag}(\varphi'(z)) .$$
#
# Softmax also turns $k$ numbers into $k$ numbers.

# %%
diagonal_guess = checks.predict(
    ..., "Is the Jacobian of softmax diagonal?", choices=("yes", "no")
)

# %% [markdown]
# Three Jacobians, computed by PyTorch at the same five numbers. Red is above
# 0, blue below.

# %% jupyter={"source_hidden": true} course={"alt": "Three Jacobian matrices, 5 by 5, with their entries. Those of tanh and ReLU are 0 off the diagonal; that of softmax is positive on the diagonal and negative everywhere else."}
z = torch.tensor([-1.0, -0.5, 0.25, 0.5, 1.0])
named = {"tanh": torch.tanh, "ReLU": torch.relu, "softmax": nn.Softmax(0)}
jacobians = {name: jacobian(phi, z) for name, phi in named.items()}
off = jacobians["softmax"] - torch.diag(jacobians["softmax"].diag())
diagonal_guess.compare("no" if off.any() else "yes")
fig, axes = plt.subplots(1, 3, figsize=(plotting.WIDTH, 2.6))
for ax, (name, matrix) in zip(axes, jacobians.items(), strict=True):
    ax.imshow(matrix, cmap="RdBu_r", vmin=-1.5, vmax=1.5)
    for (i, j), entry in np.ndenumerate(matrix.numpy()):
        text = f"{entry:.2f}".replace("-", "−") if entry else "0"
        ax.text(j, i, text, ha="center", va="center", fontsize=8)
    ax.set(title=name, xticks=[], yticks=[], xlabel="input $z_j$")
    ax.spines[:].set_visible(False)
axes[0].set_ylabel("output $h_i$")
fig

# %% jupyter={"outputs_hidden": true, "source_hidden": true} tags=["author"]
slope = 1 - torch.tanh(z) ** 2
checks.expect_close(jacobians["tanh"], torch.diag(slope), "tanh")
y_hat = torch.softmax(z, 0)
by_formula = torch.diag(y_hat) - torch.outer(y_hat, y_hat)
checks.expect_close(jacobians["softmax"], by_formula, "softmax")

# %% [markdown]
# tanh and ReLU are diagonal. Softmax is not: a larger logit takes
# probability away from all other classes, hence the negative entries. For a
# row $\hat y$ its Jacobian is
# $\operatorname{diag}(\hat y) - \hat y^\top \hat y$; followed by
# cross-entropy it collapses to $\hat y - y$, as lesson 2 derived.
#
# Multiplying a row by a diagonal matrix multiplies entry by entry, so nobody
# builds the matrix. With $\odot$ for the entrywise product,
#
# $$\frac{\partial J}{\partial z} =
#   \frac{\partial J}{\partial h} \operatorname{diag}(\varphi'(z)) =
#   \frac{\partial J}{\partial h} \odot \varphi'(z) .$$

# %% [markdown]
# ## One hidden layer, forward
#
# Now everything together: a network with one hidden layer, and a penalty on
# large weights, of strength $\lambda$. For $n$ examples, written below one
# another:
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
# good for. Here it matters because each weight is used twice, in its layer
# and in $s$: as for $h$ above, two gradients have to be added.


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
    return L + s, H, O


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
# Nobody needs $\mathrm{d}X$. In a deeper network, $\mathrm{d}X$ of one layer
# would be $\mathrm{d}H$ of the layer before, and steps 3 and 4 would repeat.
# In NumPy, with the same names:


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
# The backward pass needs $X$, $H$ and $O$ again, so a training step has to
# keep them: that is the price, and why training takes more memory than
# prediction. Now 32 images. The weights start with Xavier's spread,
# $\sqrt{2 / (p + q)}$, which lesson 7 derives.


# %%
def init_parameters(p, q, k, seed, dtype=np.float32):
    """W1, b1, W2, b2 with Xavier weights and zero biases."""
    rng = np.random.default_rng(seed)
    W1 = rng.normal(size=(p, q)) * math.sqrt(2 / (p + q))
    W2 = rng.normal(size=(q, k)) * math.sqrt(2 / (q + k))
    parameters = W1, np.zeros(q), W2, np.zeros(k)
    return [parameter.astype(dtype) for parameter in parameters]


X_train = splits.train.images.flatten(1).numpy()
Y_train = np.eye(10, dtype=np.float32)[splits.train.labels]
X_valid = splits.valid.images.flatten(1).numpy()
y_valid = splits.valid.labels.numpy()
X, Y = X_train[:32].astype(float), Y_train[:32].astype(float)
parameters, lam = init_parameters(784, 20, 10, seed=0, dtype=float), 0.01
J, H, O = forward(X, Y, *parameters, lam)
gradients = backward(X, Y, *parameters, lam, H, O)
print("gradients:", *(gradient.shape for gradient in gradients))

# %% [markdown]
# The shapes are right. Are the numbers?

# %% [markdown]
# ## Gradient check
#
# Lesson 2 compared one weight with [**central
# differences**](glossary.md#central-difference),
#
# $$\frac{\partial J}{\partial w} \approx
#   \frac{J(w + \varepsilon) - J(w - \varepsilon)}{2 \varepsilon} ,$$
#
# and didn't say why it took the step $\varepsilon$ that it took. In the first
# section of this lesson it was 0.01. A derivative is the limit for
# $\varepsilon \to 0$.

# %%
step_guess = checks.predict(
    ..., "In 64 bits, the best step size is 10 to which power?", tolerance=1
)


# %% [markdown]
# The error is relative: the length of the difference, divided by the length
# of what is expected.


# %%
def numeric_gradient(parameters, which, places, epsilon):
    """dJ/dw for the entries of parameters[which] at `places`."""
    array, slopes = parameters[which], []
    X_, Y_ = X.astype(array.dtype), Y.astype(array.dtype)
    for place in places:
        kept, values = array[place], []
        for move in (epsilon, -epsilon):
            array[place] = kept + move
            values.append(forward(X_, Y_, *parameters, lam)[0])
        array[place] = kept
        slopes.append((values[0] - values[1]) / (2 * epsilon))
    return np.array(slopes)


def relative_error(got, expected):
    return np.linalg.norm(got - expected) / np.linalg.norm(expected)


# %% [markdown]
# We take 30 random weights of the first layer, step sizes from 1 down to
# $10^{-13}$, and both 64-bit and 32-bit numbers.

# %%
rng = np.random.default_rng(0)
places = [(rng.integers(784), rng.integers(20)) for _ in range(30)]
exact = np.array([gradients[0][place] for place in places])
single = [parameter.astype(np.float32) for parameter in parameters]

powers = np.arange(0, -13.5, -0.5)
errors = {"64 bits": [], "32 bits": []}
for epsilon in progress.track(10**powers, "step sizes"):
    for name, numbers in zip(errors, (parameters, single), strict=True):
        numeric = numeric_gradient(numbers, 0, places, epsilon)
        errors[name].append(relative_error(numeric, exact))
best = {name: powers[np.argmin(row)] for name, row in errors.items()}
step_guess.compare(best["64 bits"])
for name, row in errors.items():
    print(f"{name}: lowest error {min(row):.0e} at 10^{best[name]}")

# %% [markdown]
# The error against the step size. Gray and dotted is what the theory below
# says of central differences in 64 bits.

# %% jupyter={"source_hidden": true} course={"alt": "Relative error of numerical gradients against the step size, two V-shaped curves. 64 bits go lowest, to below 10 to the minus 9, near 10 to the minus 5; 32 bits only to 10 to the minus 4, near 10 to the minus 2. A dotted V of the theory follows the 64-bit curve."}
fig, ax = plt.subplots(figsize=(plotting.WIDTH, 3.6))
looks = zip(errors.values(), ("o-", "s--"), (0, 1), strict=True)
for row, style, i in looks:
    ax.semilogy(powers, row, style, color=plotting.INKS[i], markersize=4)
third, far = [], 0.1  # third derivatives, from four values each
for place in places:
    kept, values = parameters[0][place], []
    for move in (2, 1, -1, -2):
        parameters[0][place] = kept + move * far
        values.append(forward(X, Y, *parameters, lam)[0])
    parameters[0][place] = kept
    third.append((values[0] - 2 * values[1] + 2 * values[2] - values[3]) / 2)
scale = np.linalg.norm(exact)
truncation = np.linalg.norm(third) / far**3 / 6 / scale
rounding = np.finfo(float).eps * J * math.sqrt(len(places)) / scale
theory = truncation * 100**powers + rounding / 10**powers
ax.semilogy(powers, theory, ":", color=plotting.GREY, lw=2, zorder=0)
ax.text(-10.3, 3, "32 bits", color=plotting.INKS[1])
ax.text(-3.6, 2e-9, "64 bits", color=plotting.INKS[0])
ax.set(xlabel=r"power of the step size, $\log_{10} \varepsilon$")
ax.set(ylabel="relative error", ylim=(1e-11, 1e2))
step_guess.draw(ax, axis="x")
fig

# %% jupyter={"outputs_hidden": true, "source_hidden": true} tags=["author"]
checks.expect(min(errors["64 bits"]) < 1e-8, "expected 64 bits to reach 1e-8")
checks.expect(min(errors["32 bits"]) > 1e-6, "expected 32 bits to do worse")
checks.expect(-6.5 <= best["64 bits"] <= -4, f"best step {best}")
apart = np.abs(np.log10(theory) - np.log10(errors["64 bits"]))[2:-2]
checks.expect(apart.max() < 1.5, f"theory apart by 10^{apart.max():.1f}")

# %% [markdown]
# Each curve is a V, the sum of two errors. With $u$ for the relative distance
# between neighboring numbers of the computer, the relative error is about
#
# $$\frac{\varepsilon^2}{6}\, \frac{|J'''|}{|J'|}
#   + \frac{u}{\varepsilon}\, \frac{|J|}{|J'|} ,$$
#
# with derivatives for the weight that is moved. The first is the
# [**truncation error**](glossary.md#truncation-error): what the Taylor
# expansion leaves out. The second is the [**rounding
# error**](glossary.md#rounding-error): $J(w + \varepsilon)$ and $J(w -
# \varepsilon)$ agree in ever more leading digits, and the difference consists
# of what rounding has left. (The 32-bit curve ends at an error of 1: there,
# $w \pm \varepsilon$ no longer changes $J$ at all.)
#
# The sum is smallest about where both terms balance: if $J$ and its
# derivatives are of similar size, near $u^{1/3} \approx 10^{-5}$ for 64 bits.
# In 32 bits, even the best step leaves an error that can hide a small
# mistake. So check gradients with 64 bits and $\varepsilon$ near $10^{-5}$. A
# folded cell does so for all four gradients, and for three mistakes that are
# made in practice.

# %% jupyter={"source_hidden": true}
dW1, db1, dW2, db2 = gradients
dO = (np.exp(log_softmax(O)) - Y) / len(X)
dH = dO @ parameters[2].T
penalty1, penalty2 = lam * parameters[0], lam * parameters[2]
candidates = {
    "our W1": (0, dW1), "our b1": (1, db1),
    "our W2": (2, dW2), "our b2": (3, db2),
    "W1 without the penalty": (0, dW1 - penalty1),
    "W1 without the slope of tanh": (0, X.T @ dH + penalty1),
    "W2 without the factor 1/n": (2, len(X) * H.T @ dO + penalty2),
}
found = {}
for name, (which, gradient) in candidates.items():
    places = [tuple(rng.integers(gradient.shape)) for _ in range(30)]
    numeric = numeric_gradient(parameters, which, places, 1e-5)
    ours = [gradient[place] for place in places]
    found[name] = relative_error(ours, numeric)
    print(f"{name:28} relative error {found[name]:.0e}")

# %% jupyter={"outputs_hidden": true, "source_hidden": true} tags=["author"]
for name in found:
    if name.startswith("our"):
        checks.expect(found[name] < 1e-7, f"{name}: {found[name]} > 1e-7")
    else:
        checks.expect(found[name] > 1e-3, f"{name}: {found[name]} < 1e-3")

# %% [markdown]
# There is no doubt which are right. All three mistakes have the right shape
# and would run without an error message. Check gradients before you train.

# %% [markdown]
# ## PyTorch's gradients
#
# The second independent check (folded): the same network in PyTorch, with the
# same weights (transposed, as `nn.Linear` stores them), and `backward()`.

# %% jupyter={"source_hidden": true}
theirs = nn.Sequential(
    nn.Linear(784, 20), nn.Tanh(), nn.Linear(20, 10)
).double()
with torch.no_grad():
    for mine, other in zip(parameters, theirs.parameters(), strict=True):
        other.copy_(torch.from_numpy(mine.T))
L = F.cross_entropy(theirs(torch.from_numpy(X)), labels)
s = lam / 2 * sum((theirs[i].weight ** 2).sum() for i in (0, 2))
(L + s).backward()
largest = max(
    np.abs(gradient.T - other.grad.numpy()).max()
    for gradient, other in zip(gradients, theirs.parameters(), strict=True)
)
print(f"largest difference of any gradient: {largest:.0e}")

# %% jupyter={"outputs_hidden": true, "source_hidden": true} tags=["author"]
checks.expect(largest < 1e-6, f"expected PyTorch's gradients: {largest:.0e}")

# %% [markdown]
# They agree but for rounding. What you have derived in four steps is what
# `loss.backward()` computes. This is a good place for a break.

# %% [markdown]
# ## A network on MNIST in NumPy
#
# With `forward` and `backward` checked, training is the loop of lesson 2:
# a minibatch, its gradients, a step against them. We take 128 tanh units.
# Rate, penalty and epochs were chosen on the validation images.


# %%
def train(parameters, lr, num_epochs, batch_size, lam, seed):
    """SGD in place; returns the validation accuracy after each epoch."""
    rng, accuracies = np.random.default_rng(seed), []
    num_batches = math.ceil(len(X_train) / batch_size)
    for _ in progress.track(range(num_epochs), "training"):
        order = rng.permutation(len(X_train))
        for batch in np.array_split(order, num_batches):
            X, Y = X_train[batch], Y_train[batch]
            _, H, O = forward(X, Y, *parameters, lam)
            gradients = backward(X, Y, *parameters, lam, H, O)
            for k in range(4):
                parameters[k] -= lr * gradients[k]
        accuracies.append(accuracy(parameters, X_valid, y_valid))
    return accuracies


def accuracy(parameters, X, y):
    W1, b1, W2, b2 = parameters
    return ((np.tanh(X @ W1 + b1) @ W2 + b2).argmax(axis=1) == y).mean()


# %% [markdown]
# Softmax regression read 92.0 % of the validation images (lesson 2).

# %%
mlp_guess = checks.predict(
    ..., "Validation accuracy after six epochs?", unit="%", tolerance=0.5
)

# %% [markdown]
# Six passes over the images:

# %%
mlp = init_parameters(784, 128, 10, seed=0)
start = time.perf_counter()
accuracies = train(mlp, lr=0.1, num_epochs=6, batch_size=32, lam=1e-4, seed=0)
seconds = time.perf_counter() - start
mlp_guess.compare(100 * accuracies[-1])
print("epochs:", *(f"{100 * value:.1f} %" for value in accuracies))
print(accuracy_interval(round(6000 * accuracies[-1]), 6000))

# %% jupyter={"outputs_hidden": true, "source_hidden": true} tags=["author"]
from course_tools.authoring.author_cells import expect_seconds

expect_seconds(seconds, at_most=20, name="training")
first, last = accuracies[0], accuracies[-1]
checks.expect(first > 0.925, f"expected more than 92.5 %, got {first:.1%}")
checks.expect(last > 0.96, f"expected more than 96 %, got {last:.1%}")

# %% [markdown]
# It passes softmax regression in the first epoch. No framework took part,
# only a dozen lines of matrix algebra, each of which you can derive.

# %% [markdown]
# ## What it costs, and other ways to train
#
# Why is the backward pass so cheap? Count the multiplications for one
# minibatch of 32 images. Almost all are in the matrix products.

# %% tags=["nbval-check-output"]
n, p, q, k = 32, 784, 128, 10
ahead = n * p * q + n * q * k  # X W1 and H W2
back = n * k * q + n * k * q + n * q * p  # H^T dO, dO W2^T, X^T dZ
N = p * q + q + q * k + k
print(f"multiplications forward {ahead:,}, backward {back:,}")
print(f"parameters N = {N:,}")

# %% [markdown]
# As many as *one* more forward pass (the clock in the first section said
# more; in a deep network it is two, since each layer needs its $\mathrm{d}X$
# as well). Backpropagation wins because the objective is *one* number and the
# parameters are many: one pass from the one to the many gives them all.
#
# There are other ways. *Differences* need a pass or two for each parameter.
# [**Forward mode**](glossary.md#forward-mode) carries derivatives along with
# the forward pass, exact and without storing layers, but in one direction of
# the parameter space at a time, so it needs $N$ passes. Here is one, for
# weights that move toward $V_1$ and $V_2$:


# %%
def forward_mode(X, Y, W1, b1, W2, b2, V1, V2):
    """The slope of L while W1 moves toward V1, and W2 toward V2."""
    H = np.tanh(X @ W1 + b1)
    H_slope = (1 - H**2) * (X @ V1)
    O = H @ W2 + b2
    O_slope = H @ V2 + H_slope @ W2
    return ((np.exp(log_softmax(O)) - Y) / len(X) * O_slope).sum()


# %% [markdown]
# Is it right, and what would the whole gradient cost by each of these ways?
# (Folded; $V_1$ and $V_2$ are random.)


# %% jupyter={"source_hidden": true}
def forward_and_back():
    _, H, O = forward(X, Y, *mlp, 0)
    return backward(X, Y, *mlp, 0, H, O)


X, Y = X_train[:n], Y_train[:n]
V1, _, V2, _ = init_parameters(784, 128, 10, seed=1)
dW1, db1, dW2, db2 = forward_and_back()
along = forward_mode(X, Y, *mlp, V1, V2)
expected = (dW1 * V1).sum() + (dW2 * V2).sum()
print(f"slope toward V: forward mode {along:.5f}, backward {expected:.5f}")

one = median_seconds(lambda: forward(X, Y, *mlp, 0))
both = median_seconds(forward_and_back)
one_slope = median_seconds(lambda: forward_mode(X, Y, *mlp, V1, V2))
print(f"backpropagation:               {1000 * both:9.1f} ms")
print(f"one-sided differences, N + 1:  {(N + 1) * one:9.1f} s")
print(f"forward mode, N passes:        {N * one_slope:9.1f} s")

# %% jupyter={"outputs_hidden": true, "source_hidden": true} tags=["author"]
checks.expect_close(along, expected, "slope in one direction", rtol=1e-3)
checks.expect(N * one > 1000 * both, "expected 1,000 times the cost")
checks.expect(N * one_slope > 1000 * both, "expected 1,000 times the cost")

# %% [markdown]
# It is right, and for the whole gradient no cheaper than differences.
#
# *Random directions* don't ask for the whole gradient. They measure the slope
# of $J$ along $m$ random directions and add these up, each times its slope.
# (*Evolution strategies* and *SPSA* do so with differences, which also works
# for objectives without derivatives, such as the score of a game.) How good
# is such a gradient? We compare its direction with the true one, ten draws
# each (folded): a cosine of 1 would be the right direction, 0 a right angle
# to it.

# %% jupyter={"source_hidden": true}
rng = np.random.default_rng(0)
true = np.concatenate([dW1.ravel(), db1, dW2.ravel(), db2])
for m in (1, 10, 100):
    cosines = []
    for _ in range(10):
        directions = rng.standard_normal((m, N), dtype=np.float32)
        estimate = (directions @ true) @ directions
        lengths = np.linalg.norm(estimate) * np.linalg.norm(true)
        cosines.append(estimate @ true / lengths)
    print(f"m = {m:3}: cosine {mean_interval(cosines)}", end=", ")
    print(f"sqrt(m / N) = {math.sqrt(m / N):.4f}")

# %% [markdown]
# With $m$ directions you get about $\sqrt{m / N}$: the more parameters, the
# worse. A hundred passes buy a direction that is nearly at a right angle to
# the gradient.

# %% [markdown]
# ## Three switches of autograd
#
# Autograd adds gradients up, follows every connection, and records
# everything. Each of the three habits has a switch: `zero_grad`, `detach`,
# `no_grad`.
#
# ### Find the mistake: zero_grad forgotten
#
# Our engine kept adding, and so does PyTorch. A loop without `zero_grad`
# therefore steps along the *sum* of all gradients so far. Here it minimizes
# $(w - 3)^2$ from $w = 0$, at the learning rate 0.1.

# %%
arrival_guess = checks.predict(
    ..., "Without zero_grad, w arrives at 3 and stays there",
    choices=("sooner", "later", "never"),
)


# %% [markdown]
# Both loops:


# %%
def descend(clear):
    w = torch.zeros(1, requires_grad=True)
    optimizer, path = torch.optim.SGD([w], lr=0.1), []
    for _ in range(60):
        path.append(w.item())
        if clear:
            optimizer.zero_grad()
        ((w - 3) ** 2).backward()
        optimizer.step()
    return path


cleared, summed = descend(clear=True), descend(clear=False)
swing = max(abs(w - 3) for w in summed[-15:])
arrival_guess.compare("never" if swing > 1 else "later")

# %% [markdown]
# Both paths in one figure:

# %% jupyter={"source_hidden": true} course={"alt": "w against steps: with zero_grad it settles at 3 within 20 steps; without, it swings between about 0 and 6 and the swings do not shrink."}
fig, ax = plt.subplots(figsize=(plotting.WIDTH, 2.7))
ax.plot(cleared, color=plotting.INKS[0])
ax.plot(summed, "o--", markersize=3, color=plotting.INKS[1])
ax.axhline(3, color=plotting.LIGHT, zorder=0)
ax.set(xlabel="step", ylabel="$w$ (best: 3)")
ends = {
    "zero_grad": (59, cleared[-1], plotting.INKS[0]),
    "without": (59, summed[-1], plotting.INKS[1]),
}
plotting.direct_labels(ax, ends)

# %% jupyter={"outputs_hidden": true, "source_hidden": true} tags=["author"]
checks.expect(abs(cleared[-1] - 3) < 0.01, "expected zero_grad to arrive")
checks.expect(max(summed[-15:]) - min(summed[-15:]) > 5, "expected a swing")

# %% [markdown]
# Old gradients keep pushing after they have stopped being true, and $w$
# swings past the minimum again and again, like a ball without friction.
# [Lesson 8](08_optimization.ipynb) starts from this figure: with a little
# friction the mistake becomes the best-known improvement of gradient descent.
#
# Adding is right when you want it. If a batch does not fit into memory, add
# up the gradients of its parts, each loss weighted by its part's share of the
# images, then step once.

# %% jupyter={"outputs_hidden": true, "source_hidden": true} tags=["author"]
whole, parts = nn.Linear(784, 10), nn.Linear(784, 10)
parts.load_state_dict(whole.state_dict())
F.cross_entropy(whole(images), labels).backward()
for part in (slice(0, 8), slice(8, 32)):
    loss = F.cross_entropy(parts(images[part]), labels[part])
    (loss * len(labels[part]) / 32).backward()
apart = (parts.weight.grad - whole.weight.grad).abs().max()
checks.expect(apart < 1e-5, f"expected one gradient, apart by {apart}")

# %% [markdown]
# ### Find the mistake: detach missing, and detach too much
#
# `detach()` returns the same numbers without their history: gradients stop
# there. You need it where a tensor is meant as a *constant*. Say you divide a
# loss by its own size, so that two losses weigh the same. With $w = (1, 2)$
# the loss $w_1^2 + w_2^2$ has the gradient $(2, 4)$.

# %%
w = torch.tensor([1.0, 2.0], requires_grad=True)
loss = (w**2).sum()
(missing,) = torch.autograd.grad(loss / loss, w, retain_graph=True)
(detached,) = torch.autograd.grad(loss / loss.detach(), w)
print("loss / loss:         ", missing)
print("loss / loss.detach():", detached)

# %% jupyter={"outputs_hidden": true, "source_hidden": true} tags=["author"]
checks.expect_close(missing, torch.zeros(2), "loss / loss")
checks.expect_close(detached, [0.4, 0.8], "detached")

# %% [markdown]
# `loss / loss` is the constant 1: nothing to learn, and no error message.
# With `detach` the divisor counts as a number.
#
# The opposite mistake cuts a connection that is needed, by `detach`, or by
# `.item()`, `.data` or `torch.tensor(h)` inside a forward pass. The hidden
# layer below is cut off.

# %%
cut_guess = checks.predict(
    ..., "What happens during one epoch?",
    choices=("an error message", "the loss stays", "the loss falls"),
)

# %% [markdown]
# One epoch of a network 784-64-10:

# %%
training.seed_everything(0)
hidden, last = nn.Linear(784, 64), nn.Linear(64, 10)
both_layers = [*hidden.parameters(), *last.parameters()]
optimizer, losses = torch.optim.SGD(both_layers, lr=0.1), []
for batch, targets in data.loaders(splits, batch_size=128, seed=0).train:
    h = torch.relu(hidden(batch.flatten(1))).detach()
    loss = F.cross_entropy(last(h), targets)
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()
    losses.append(loss.item())
lower = np.mean(losses[-20:]) < 0.7 * losses[0]
cut_guess.compare("the loss falls" if lower else "the loss stays")
print(f"loss {losses[0]:.2f} to {np.mean(losses[-20:]):.2f}")
print("gradient of the hidden layer:", hidden.weight.grad)

# %% jupyter={"outputs_hidden": true, "source_hidden": true} tags=["author"]
checks.expect(lower, "expected the loss to fall")
checks.expect(hidden.weight.grad is None, "expected no gradient")

# %% [markdown]
# The last layer learns on random features while the hidden layer stays as it
# was. The sign is a gradient that is `None`: look for it after the first
# `backward()` of a new model.

# %% [markdown]
# ### Find the mistake: no_grad missing
#
# Everything computed from a parameter is recorded, the update of the
# parameter included. Here are two ways to write the update, without
# `no_grad`. Both are wrong.

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
# PyTorch refuses the first: a parameter must not change while its changes are
# recorded. The second runs, but the new $W$ is a *result*. Only leaves of the
# graph, which were given and not computed, get a `grad`; that of the new $W$
# stays `None`, and the next update fails. Write
# `with torch.no_grad(): W -= lr * W.grad`; optimizers do it inside `step()`.
#
# The other place for `no_grad` is evaluation. Without it only the cost is
# wrong: what a backward pass would need is kept, and none comes. How much,
# for a network 784-512-512-10 and 6,000 validation images (folded)?

# %% jupyter={"source_hidden": true}
wide = nn.Sequential(
    nn.Flatten(), nn.Linear(784, 512), nn.ReLU(), nn.Linear(512, 512),
    nn.ReLU(), nn.Linear(512, 10),
)
kept = {True: {}, False: {}}
for recorded, saved in kept.items():

    def note(tensor, saved=saved):
        saved[tensor.data_ptr()] = tensor.nbytes
        return tensor

    hooks = torch.autograd.graph.saved_tensors_hooks(note, lambda t: t)
    with torch.set_grad_enabled(recorded), hooks:
        outputs = wide(splits.valid.images)
    how = "as usual" if recorded else "under no_grad"
    print(f"kept {how}: {sum(saved.values()) / 1e6:.0f} MB")

# %% jupyter={"outputs_hidden": true, "source_hidden": true} tags=["author"]
checks.expect(sum(kept[True].values()) > 20e6, "expected over 20 MB")
checks.expect(not kept[False], f"expected nothing to be kept, got {kept}")

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
X_test, y_test = splits.test.images.flatten(1).numpy(), splits.test.labels
correct = round(10_000 * accuracy(mlp, X_test, y_test.numpy()))
print("784-128-10 in NumPy:", accuracy_interval(correct, 10_000))

# %% jupyter={"outputs_hidden": true, "source_hidden": true} tags=["author"]
lowest = accuracy_interval(correct, 10_000).low
checks.expect(lowest >= 0.96, f"expected at least 96 %, from {lowest:.2%}")

# %% [markdown]
# The whole interval lies above 96 %. And how well did you predict?

# %%
checks.predictions()

# %% [markdown]
# ## What we found
#
# - The gradient of a box is the sum, over its uses, of their gradients times
#   local derivatives. Handed on too early it gave 6 where 4 was right, without
#   an error; in reverse topological order each box is handled once.
# - One class and a function for the order gave PyTorch's gradients at 200
#   random points, and PyTorch's border for XOR.
# - For a linear layer, $\partial J / \partial W$ is $\delta^\top x^\top$ with
#   columns and $x^\top \delta$ with rows; for an activation, multiply by
#   $\varphi'(z)$ entry by entry.
# - Four steps give all gradients of a network with one hidden layer. They
#   agree with central differences and with `backward()`, and trained a NumPy
#   network to more than 96 % of the test images.
# - A gradient check has a best step size: truncation on one side, rounding on
#   the other. Use 64 bits and $\varepsilon \approx 10^{-5}$.
# - All derivatives together take the multiplications of one or two forward
#   passes; differences take a pass for each parameter.
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
# <details><summary>A colleague's loss falls, but the first layer's weights
# are those of the start. What do you look for?</summary>
#
# A cut between that layer and the loss: `detach`, `.item()`, `.data`, a
# `no_grad` block, or parameters that were not given to the optimizer.
# </details>
#
# ## Exercises and further reading
#
# Practice in [exercise set 6](../exercises/06_backprop.ipynb). Words to look
# up are in the [glossary](glossary.md). The paper that made the method known:
# D. Rumelhart, G. Hinton, R. Williams, "Learning representations by
# back-propagating errors", Nature 323 (1986). A survey of automatic
# differentiation: A. Baydin and others, JMLR 18 (2018). An engine for single
# numbers to compare with yours: A. Karpathy, "micrograd" (2020). Other ways
# to train: T. Salimans and others, "Evolution strategies as a scalable
# alternative to reinforcement learning" (2017); A. Baydin and others,
# "Gradients without backpropagation" (2022).
#
# Next: [lesson 7](07_signals.ipynb), what becomes of a gradient on its way
# through thirty layers.

# %% [markdown]
# ## Appendix: what biases add
#
# Of the 101,770 parameters, 138 are biases. Do they matter? Without them, a
# layer of tanh or ReLU units maps 0 to 0, so the network does, too. With ReLU
# there is more:
# $\operatorname{ReLU}(\alpha z) = \alpha \operatorname{ReLU}(z)$ for
# $\alpha \ge 0$, hence $f(\alpha x) = \alpha f(x)$ for the whole network. For
# one input that leaves two straight lines that meet at 0, whatever the number
# of units. We fit $1 + \sin 2x$ with 40 ReLU units, with and without biases.

# %%
x = torch.linspace(-2, 2, 100)[:, None]
target = 1 + torch.sin(2 * x)
fits, losses = {}, {}
for with_bias in (True, False):
    training.seed_everything(0)
    first = nn.Linear(1, 40, bias=with_bias)
    last = nn.Linear(40, 1, bias=with_bias)
    curve = nn.Sequential(first, nn.ReLU(), last)
    optimizer = torch.optim.Adam(curve.parameters(), lr=0.02)
    for _ in range(800):
        loss = F.mse_loss(curve(x), target)
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
    fits[with_bias], losses[with_bias] = curve(x).detach(), loss.item()
print(f"mean squared error {losses[True]:.4f}, without {losses[False]:.4f}")

# %% [markdown]
# Both fits, over the target in gray:

# %% jupyter={"source_hidden": true} course={"alt": "With biases the fit lies on 1 + sin 2x; without, two straight lines meet at 0, far from the target."}
fig, ax = plt.subplots(figsize=(plotting.WIDTH, 3))
ax.plot(x, target, color=plotting.LIGHT, lw=5)
ax.plot(x, fits[True], color=plotting.INKS[0])
ax.plot(x, fits[False], "--", color=plotting.INKS[1])
ax.text(-1.0, 1.8, "with biases,\non the target", color=plotting.INKS[0])
ax.text(0.15, -0.05, "without biases", color=plotting.INKS[1])
ax.set(xlabel="$x$", ylabel="$f(x)$")
fig

# %% jupyter={"outputs_hidden": true, "source_hidden": true} tags=["author"]
checks.expect(losses[True] < 0.01, f"expected a good fit: {losses[True]:.3f}")
checks.expect(losses[False] > 0.1, f"expected a bad fit: {losses[False]:.3f}")

# %% [markdown]
# With biases, each unit has its hinge at a place of its own, as in lesson 3.
# Without, all forty hinges sit at $x = 0$. Biases are few and cheap: their
# gradient is $\delta$ itself, added up over the batch.

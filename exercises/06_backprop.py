# %% [markdown]
# [![Open in Colab](https://colab.research.google.com/assets/colab-badge.svg)](https://colab.research.google.com/github/neural-notebooks/course/blob/clean/exercises/06_backprop.ipynb)

# %% [markdown]
# # Exercises 6: Backpropagation
#
# Practice for [lesson 6](../notebooks/06_backprop.ipynb). You write the
# backward passes that a framework consists of: of a number, an activation, a
# linear layer, softmax and a whole graph, and two checks that find mistakes
# in them. In the end, what you wrote trains a network.
#
# - First run the two code cells below. Then write each answer into the cell
#   that starts with `# exercise:`, in place of `raise NotImplementedError`,
#   and run that cell.
# - Run the check cell below it. It says ✓ and your points or, in words, what
#   is wrong. Try as often as you like.
# - Each exercise has three hints. Each says more than the one before; the
#   third opens when a check has failed twice; of written answers, at once.
# - The last cell shows your points and what is still open. In a class, what
#   you hand in is checked once more, with other inputs.
#
# **Time:** about 105 minutes in all. None of the exercises needs the answer to
# another. As in the lesson, `dA` stands for $\partial J / \partial A$ and has
# the shape of `A`.

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
import math

import torch
from torch.nn import functional as F

from course_utils import checks
from course_utils.data import load

checks.begin(
    {
        "power": 1,
        "leaky_relu_backward": 1,
        "linear_backward": 2,
        "numeric_gradient": 3,
        "gradients": 3,
        "softmax_backward": 3,
        "test_backward": 3,
    },
    written={"explain_four_parts": 3},
)

# %% [markdown]
# ## 6.1 A new operation for the engine
#
# 1 point · ★☆☆ · about 5 minutes · practices
# [An autograd engine](../notebooks/06_backprop.ipynb#An-autograd-engine)
#
# The lesson's engine knows sums, products and functions of one value. Now a
# power $a^b$ is to be added. Its exponent is a value as well, so the box has
# two arrows. Write `power(a, b)` for what the engine needs to know.
#
# - `a`, `b`: numbers, `a` greater than 0; `b` need not be whole
# - returns `data, (da, db)`: the result $a^b$, and its local derivatives
#   $\partial a^b / \partial a$ and $\partial a^b / \partial b$
#
# `power(1.0, 5.0)` gives `(1.0, (5.0, 0.0))`. In the engine it would be used
# as `Value(data, [(a, da), (b, db)])`.
#
# <details><summary>Hint 1</summary>
#
# For each local derivative, one of the two numbers is a constant. Which
# functions of the other one do you then see?
# </details>
#
# <details><summary>Hint 2</summary>
#
# With $b$ constant it is a power of $a$. With $a$ constant it is an
# exponential: $a^b = e^{b \ln a}$.
# </details>
#
# <details><summary>Hint 3</summary>
#
# It opens after two failed checks. Then run `checks.hint("power")` in a cell of
# your own.
# </details>


# %% nbgrader={"grade": false, "grade_id": "power", "locked": false, "schema_version": 3, "solution": true, "task": false} tags=["raises-exception"]
# exercise: power
def power(a, b):
    """The data of a**b, and the local derivatives (for a, for b)."""
    # write your answer here, in place of the next line
    raise NotImplementedError


# %% nbgrader={"grade": true, "grade_id": "power-check", "locked": true, "points": 1, "schema_version": 3, "solution": false, "task": false} tags=["raises-exception"]
with checks.exercise("power"):
    result = power(2.0, 3.0)
    checks.expect(
        isinstance(result, tuple | list)
        and len(result) == 2
        and isinstance(result[1], tuple | list)
        and len(result[1]) == 2,
        "expected (data, (da, db)), a number and a tuple of the two "
        f"derivatives, got {checks.describe_value(result)}.",
    )
    data, (da, db) = result
    checks.expect(
        not isinstance(da, tuple | list) and not isinstance(db, tuple | list),
        "da and db are numbers, the derivatives alone, without a and b "
        "beside them.",
    )
    checks.expect_close(data, 8, "2 to the power of 3")
    checks.expect(
        not (math.isclose(db, 12) and math.isclose(da, 8 * math.log(2))),
        "the two derivatives have changed places: the one for a comes first.",
    )
    checks.expect_close(
        da, 12, "the derivative for a at a = 2, b = 3",
        hint="It is that of a power: b times a to the power of b - 1.",
    )  # fmt: skip
    checks.expect(
        db != 0,
        "your derivative for b is 0, as if b were a constant. It is a value "
        "that can change, too.",
    )
    checks.expect_close(
        db, 8 * math.log(2), "the derivative for b at a = 2, b = 3",
        hint="As a function of b this is an exponential, with the natural "
        "logarithm of a as a factor.",
    )  # fmt: skip
    data, (da, db) = power(2.0, 0.5)
    checks.expect_close(
        data, math.sqrt(2), "2 to the power of 0.5",
        hint="b need not be a whole number: `**` takes any.",
    )  # fmt: skip
    checks.expect_close(
        [da, db], [0.5 / math.sqrt(2), math.sqrt(2) * math.log(2)],
        "the derivatives at a = 2, b = 0.5",
    )  # fmt: skip

# %% [markdown]
# ## 6.2 Backward through a leaky ReLU
#
# 1 point · ★☆☆ · about 5 minutes · practices
# [Elementwise functions are diagonal](../notebooks/06_backprop.ipynb#Elementwise-functions-are-diagonal)
#
# The leaky ReLU of lesson 5 is $H = Z$ where $Z > 0$, and $H = s Z$
# elsewhere, with a small slope $s$. Write
# `leaky_relu_backward(Z, dH, slope=0.1)` without autograd (`backward`,
# `torch.autograd`, `torch.func`).
#
# - `Z` $(n \times q)$: what the activation received in the forward pass
# - `dH` $(n \times q)$: the gradient for its output; both stay as they are
# - `slope`: $s$, a number; it is also the derivative at exactly 0
# - returns `dZ` $(n \times q)$
#
# For `Z = [[-2, 3]]` and `dH = [[5, 5]]` it gives `[[0.5, 5]]`.
#
# <details><summary>Hint 1</summary>
#
# What is the derivative of one output for its own input, if that is
# positive, and if it is negative?
# </details>
#
# <details><summary>Hint 2</summary>
#
# The gradient that arrives is multiplied by that derivative, entry by entry.
# Whether a unit was on is decided by `Z`.
# </details>
#
# <details><summary>Hint 3</summary>
#
# It opens after two failed checks. Then run `checks.hint("leaky_relu_backward")` in a cell of
# your own.
# </details>


# %% nbgrader={"grade": false, "grade_id": "leaky_relu_backward", "locked": false, "schema_version": 3, "solution": true, "task": false} tags=["raises-exception"]
# exercise: leaky_relu_backward
def leaky_relu_backward(Z, dH, slope=0.1):
    """The gradient dZ (n, q) for the input Z of a leaky ReLU."""
    # write your answer here, in place of the next line
    raise NotImplementedError


# %% nbgrader={"grade": true, "grade_id": "leaky_relu_backward-check", "locked": true, "points": 1, "schema_version": 3, "solution": false, "task": false} tags=["raises-exception"]
with checks.exercise(
    "leaky_relu_backward",
    without=["autograd"],
    instead="the derivative and the gradient that arrives",
):
    Z = torch.tensor([[-2.0, 0.0, 3.0], [1.0, -1.0, 0.5]])
    dH = torch.tensor([[1.0, -2.0, -3.0], [10.0, 5.0, -1.0]])
    given = Z.clone(), dH.clone()
    dZ = leaky_relu_backward(*given)
    checks.expect_shape(dZ, (2, 3), "dZ for Z of shape 2 × 3")
    for i, (before, name) in enumerate([(Z, "Z"), (dH, "dH")]):
        checks.expect(
            checks.equal(given[i], before),
            f"your function changes {name}, which others may still need. "
            "Make a new tensor.",
        )
    truth = torch.tensor([[0.1, -0.2, -3.0], [10.0, 0.5, -1.0]])
    for mistake, message in [
        (torch.where(dH > 0, dH, 0.1 * dH), "you look at the sign of dH. "
         "Whether a unit was on is decided by its input Z."),
        (truth / dH, "these are the derivatives alone: multiply them by dH, "
         "the gradient that arrives."),
        (F.leaky_relu(Z, 0.1) * dH, "you multiply dH by the output of the "
         "activation; multiply it by its derivative."),
        (F.leaky_relu(Z, 0.1), "this is the forward pass, the output of the "
         "activation. Multiply dH by its derivative."),
        (torch.where(Z > 0, dH, 0.1), "where Z is negative this is the slope "
         "alone: multiply it by dH."),
        (torch.where(Z > 0, dH, 0.1 * Z), "where Z is negative this is the "
         "output, s Z. Its derivative is s: multiply dH by it."),
        (torch.where(Z > 0, dH, 0.1 * Z * dH), "where Z is negative you "
         "multiply dH by s Z, the output. Its derivative is s."),
        (torch.where(Z > 0, Z, 0.1) * dH, "where Z is positive you multiply "
         "dH by Z, the output. Its derivative is 1."),
        (torch.where(Z > 0, dH, 0 * dH), "this is the ReLU without a leak: "
         "where Z is negative the derivative is the slope, not 0."),
        (torch.where(Z < 0, 0.1 * dH, dH), "where Z is exactly 0 the "
         "derivative is to be the slope as well."),
        (torch.where(Z > 0, dH, -0.1 * dH), "where Z is negative you turn "
         "the sign of dH around. The line s Z rises there, too: its "
         "derivative is s, not -s."),
        (torch.where(Z > 0, 0.1 * dH, dH), "the two cases have changed "
         "places: the slope belongs to those Z that are not positive."),
    ]:  # fmt: skip
        checks.expect(not checks.same(dZ, mistake), message)
    checks.expect_close(dZ, truth, "dZ")
    dZ = leaky_relu_backward(Z, dH, 0.5)
    checks.expect(
        not checks.same(dZ, truth),
        "with slope=0.5 the result is that of 0.1: `slope` has no effect.",
    )
    checks.expect_close(
        dZ, [[0.5, -1, -3], [10, 2.5, -1]], "dZ with slope=0.5"
    )
    dZ = leaky_relu_backward(torch.tensor([[-2.0, 3]]), torch.ones(1, 2))
    checks.expect_close(dZ, [[0.1, 1]], "dZ for Z = [[-2, 3]], dH = [[1, 1]]")

# %% [markdown]
# ## 6.3 Backward through `nn.Linear`
#
# 2 points · ★★☆ · about 10 minutes · practices
# [From numbers to vectors: the Jacobian](../notebooks/06_backprop.ipynb#From-numbers-to-vectors:-the-Jacobian)
#
# `nn.Linear` takes examples as rows and stores its weights as $k \times p$:
# $Z = X W^\top + b$. Write `linear_backward(X, W, dZ)` for this layout,
# without autograd (`backward`, `torch.autograd`, `torch.func`).
#
# - `X` $(n \times p)$: what the layer received
# - `W` $(k \times p)$: its weights
# - `dZ` $(n \times k)$: the gradient for its output; all stay as they are
# - returns three tensors: `dX` $(n \times p)$, `dW` $(k \times p)$ and `db`
#   $(k,)$
#
# For `X = [[1, 2]]`, `W = [[3, 4]]` and `dZ = [[10]]` it gives `[[30, 40]]`,
# `[[10, 20]]` and `[10]`.
#
# <details><summary>Hint 1</summary>
#
# Each gradient has the shape of its tensor. Which products of `dZ`, `X`, `W`
# and their transposes have these shapes?
# </details>
#
# <details><summary>Hint 2</summary>
#
# Each example adds its share to `dW` and `db`, since it uses the same weights
# and biases. A matrix product adds up by itself; for `db` you have to.
# </details>
#
# <details><summary>Hint 3</summary>
#
# It opens after two failed checks. Then run `checks.hint("linear_backward")` in a cell of
# your own.
# </details>


# %% nbgrader={"grade": false, "grade_id": "linear_backward", "locked": false, "schema_version": 3, "solution": true, "task": false} tags=["raises-exception"]
# exercise: linear_backward
def linear_backward(X, W, dZ):
    """Gradients dX (n, p), dW (k, p), db (k,) of a layer Z = X W^T + b."""
    # write your answer here, in place of the next line
    raise NotImplementedError


# %% nbgrader={"grade": true, "grade_id": "linear_backward-check", "locked": true, "points": 2, "schema_version": 3, "solution": false, "task": false} tags=["raises-exception"]
with checks.exercise(
    "linear_backward", without=["autograd"], instead="products of matrices"
):
    X = torch.tensor([[1.0, 0, 2], [0, 1, -1], [3, 1, 0], [-1, 2, 1]])
    W = torch.tensor([[1.0, -1.0, 0.5], [2.0, 0.0, 1.0]])
    dZ = torch.tensor([[1.0, 0.0], [-1.0, 2.0], [0.5, 1.0], [2.0, -2.0]])
    given = X.clone(), W.clone(), dZ.clone()
    result = linear_backward(*given)
    checks.expect(
        isinstance(result, tuple | list) and len(result) == 3,
        f"expected three tensors, got {checks.describe_value(result)}.",
    )
    for i, (before, name) in enumerate([(X, "X"), (W, "W"), (dZ, "dZ")]):
        checks.expect(
            checks.equal(given[i], before),
            f"your function changes {name}. `+=` works in place, also on a "
            "row such as `dZ[0]`, which is no copy: make a new tensor.",
        )
    dX, dW, db = result
    shapes = [tuple(getattr(tensor, "shape", ())) for tensor in result]
    right = sorted(shapes) == [(2,), (2, 3), (4, 3)]
    order = "Return them in the order dX, dW, db." if right else ""
    small = linear_backward(X[2:3, :2], W[:1, :2], dZ[2:3, :1])
    with checks.part("for the input", 1):
        checks.expect_shape(dX, (4, 3), "dX", hint=order)
        truth = torch.tensor(
            [[1, -1, 0.5], [3, 1, 1.5], [2.5, -0.5, 1.25], [-2, -2, -1]]
        )
        checks.expect(
            not checks.same(4 * dX, truth),
            "your dX is divided by 4, the number of examples. A factor 1/n "
            "of the loss is already part of dZ.",
        )
        checks.expect_close(dX, truth, "dX")
        checks.expect_close(small[0], [[0.5, -0.5]], "dX with n=1, p=2, k=1")
    with checks.part("for weights and biases", 1):
        if shapes[1] == (3, 2):
            order = "It fits a W of p × k, but nn.Linear stores W as k × p."
        checks.expect_shape(dW, (2, 3), "dW", hint=order)
        checks.expect_shape(
            db, (2,), "db",
            hint="b is added to every row of Z, so its gradient is the sum of "
            "the rows of dZ.",
        )  # fmt: skip
        truth = torch.tensor([[0.5, 3.5, 5.0], [5.0, -1.0, -4.0]])
        checks.expect(
            not checks.same(4 * dW, truth),
            "your dW is a mean over the 4 examples. Their shares are added; a "
            "factor 1/n of the loss is already part of dZ.",
        )
        checks.expect_close(dW, truth, "dW")
        checks.expect(
            not checks.same(db, [1, 1]),
            "your db is the derivative of one output for its bias, which is "
            "1. Multiply by the gradient that arrives, dZ, and add up the "
            "rows.",
        )
        checks.expect_close(
            db, [2.5, 1], "db",
            hint="Add up the rows of dZ. A factor 1/n of the loss is already "
            "part of dZ.",
        )  # fmt: skip
        checks.expect_close(small[1], [[1.5, 0.5]], "dW with n=1, p=2, k=1")
        checks.expect_close(small[2], [0.5], "db with n=1, p=2, k=1")

# %% [markdown]
# ## 6.4 A numerical gradient
#
# 3 points · ★★☆ · about 15 minutes · practices
# [Gradient check](../notebooks/06_backprop.ipynb#Gradient-check)
#
# Write `numeric_gradient(W, X, y, epsilon=1e-5)`, the gradient of softmax
# regression's loss $J(W) =$ `F.cross_entropy(X @ W, y)` by central
# differences, without autograd (`backward`, `torch.autograd`, `torch.func`);
# `F.cross_entropy` is allowed:
#
# $$\frac{\partial J}{\partial W_{ij}} \approx
#   \frac{J(W + \varepsilon E_{ij}) - J(W - \varepsilon E_{ij})}
#        {2 \varepsilon},$$
#
# where $E_{ij}$ is 1 at row $i$, column $j$, and 0 elsewhere.
#
# - `W` $(p \times k)$: the weights, which stay as they are
# - `X` $(n \times p)$, `y` $(n,)$: inputs and labels
# - `epsilon`: the step size $\varepsilon$
# - returns the gradient $(p \times k)$, float64: all is computed with 64-bit
#   numbers, also where `W` and `X` have 32 bits
#
# <details><summary>Hint 1</summary>
#
# Two loops, over rows and columns, and in each round two losses. What has to
# happen to `W` before the next round?
# </details>
#
# <details><summary>Hint 2</summary>
#
# `.double()` turns a tensor into 64 bits, but a tensor of 64 bits it returns
# unchanged, without a copy. `W.double().clone()` is a copy in any case.
# </details>
#
# <details><summary>Hint 3</summary>
#
# It opens after two failed checks. Then run `checks.hint("numeric_gradient")` in a cell of
# your own.
# </details>


# %% nbgrader={"grade": false, "grade_id": "numeric_gradient", "locked": false, "schema_version": 3, "solution": true, "task": false} tags=["raises-exception"]
# exercise: numeric_gradient
def numeric_gradient(W, X, y, epsilon=1e-5):
    """Central differences (p, k), float64, of F.cross_entropy(X @ W, y)."""
    # write your answer here, in place of the next line
    raise NotImplementedError


# %% nbgrader={"grade": true, "grade_id": "numeric_gradient-check", "locked": true, "points": 3, "schema_version": 3, "solution": false, "task": false} tags=["raises-exception"]
with checks.exercise(
    "numeric_gradient",
    without=["autograd"],
    instead="differences of two losses",
):
    X = torch.tensor(
        [[1.0, 0, 2], [0, 1, -1], [3, 1, 0], [-1, 2, 1]]
    ).double()
    y = torch.tensor([0, 1, 1, 0])
    before = torch.tensor([[0.3, -0.6], [0.1, 0.7], [-0.2, 0.9]]).double()
    W = before.clone().requires_grad_()
    (truth,) = torch.autograd.grad(F.cross_entropy(X @ W, y), W)
    W = before.clone()
    found = numeric_gradient(W, X, y)
    checks.expect_shape(found, (3, 2), "the gradient")
    checks.expect(
        checks.equal(W, before),
        "your function changes W. Adding epsilon and subtracting it again is "
        "not enough, because of rounding: work on a copy.",
    )
    with checks.part("the differences", 2):
        checks.expect(
            found.dtype == torch.float64,
            f"your gradient is {found.dtype}: make it of torch.float64.",
        )
        for factor, message in [
            (2, "twice too large: W + ε and W - ε are 2 ε apart."),
            (4, "4 times too large, for 4 examples: J is the mean of their "
             "losses, not the sum."),
            (-1, "of the wrong sign: the loss at W - ε is subtracted."),
            (1 / 2, "half as large as it should be: one of the two losses is "
             "still taken at W itself."),
        ]:  # fmt: skip
            checks.expect(
                not checks.same(found, factor * truth, rtol=1e-4),
                f"your gradient is {message}",
            )
        checks.expect(
            found.abs().max() < 100
            and not checks.same(found, 1e-10 * truth, rtol=1e-3, atol=0),
            f"expected {truth[0, 0]:.3f} in the first place, got "
            f"{found[0, 0]:.3g}. Are there brackets around the difference, "
            "and around 2 * epsilon?",
        )
        zeros = (found.abs() < 1e-6).sum()
        checks.expect(
            zeros == 0,
            f"{zeros} of 6 entries of your gradient are 0. Do your loops "
            "reach them? Only one entry of W differs from its given value at "
            "a time: where a row moves as a whole, the loss stays the same.",
        )
        checks.expect_close(found, truth, "the gradient", rtol=1e-3)
        errors = (found - truth).abs()
        error = f"your gradient is close, but its error is {errors.max():.0e}"
        checks.expect(
            errors[0, 0] > 1e-8 or errors.max() < 1e-8,
            f"{error}, though the first entry is right: W has to have its "
            "old values again before the next round.",
        )
        checks.expect(
            errors.max() < 1e-8,
            f"{error} where central differences in 64 bits reach 1e-10: move "
            "W to both sides, by `epsilon`.",
        )
        found = numeric_gradient(before, X, y, 0.5)
        checks.expect(
            not checks.same(found, truth, rtol=1e-3),
            "with epsilon=0.5 differences are rough, but yours are as exact "
            "as before: either `epsilon` has no effect, or you use a formula.",
        )
        rough = [0.691743, -0.100486, -0.780171]
        checks.expect_close(
            found, [[slope, -slope] for slope in rough],
            "the gradient with epsilon=0.5", rtol=1e-4,
        )  # fmt: skip
        checks.expect_close(
            numeric_gradient(torch.zeros(2, 3).double(), X[:, :2], y),
            [[1 / 4, -1 / 2, 1 / 4], [-1 / 6, -1 / 6, 1 / 3]],
            "the gradient for W of shape 2 × 3",
        )
    with checks.part("inputs of 32 bits", 1):
        found = numeric_gradient(before.float(), X.float(), y)
        checks.expect_shape(found, (3, 2), "the gradient for 32-bit inputs")
        error = (found - truth).abs().max()
        checks.expect(
            found.dtype == torch.float64 and error < 1e-6,
            f"for 32-bit inputs your gradient is {found.dtype}, with an error "
            f"of {error:.0e}: turn W and X into 64-bit numbers before you "
            "take the difference of two losses.",
        )

# %% [markdown]
# ## 6.5 Find and mend: gradients of a graph
#
# 3 points · ★★★ · about 20 minutes · practices
# [Topological order](../notebooks/06_backprop.ipynb#Topological-order)
#
# A graph, written with numbers alone: `arrows[i]` lists, for node `i`, its
# parents and the local derivatives, as pairs `(parent, local)`. A node
# without parents is a leaf. This backward pass adds up, and visits each node
# once:
#
# ```python
# def gradients(arrows, root):
#     grads = [0.0] * len(arrows)
#     grads[root] = 1.0
#     waiting = [root]
#     for node in waiting:
#         for parent, local in arrows[node]:
#             grads[parent] += local * grads[node]
#             if parent not in waiting:
#                 waiting.append(parent)
#     return grads
# ```
#
# Here are two graphs. The first is the lesson's $b = a + a$, $c = b + b$. The
# second has a shortcut, as residual networks do: $u = 2a$, $v = 3u$,
# $L = u + v$, hence $L = 8a$.


# %%
def published_gradients(arrows, root):
    grads = [0.0] * len(arrows)
    grads[root] = 1.0
    waiting = [root]
    for node in waiting:
        for parent, local in arrows[node]:
            grads[parent] += local * grads[node]
            if parent not in waiting:
                waiting.append(parent)
    return grads


doublings = [[], [(0, 1.0), (0, 1.0)], [(1, 1.0), (1, 1.0)]]
shortcut = [[], [(0, 2.0)], [(1, 3.0)], [(1, 1.0), (2, 1.0)]]
print("doublings: a, b, c    =", published_gradients(doublings, 2))
print("shortcut:  a, u, v, L =", published_gradients(shortcut, 3))

# %% [markdown]
# The doublings are right. With the shortcut, $\partial L / \partial a$ is
# wrong, although each node is visited once. Find out why and write
# `gradients(arrows, root)`.
#
# - `arrows`: a list as above, which stays as it is; nodes are numbered in
#   *any* order, so that a parent may have a larger number than its child
# - `root`: the number of the node whose gradients are wanted; it need not be
#   the last, and other nodes may have been computed from it
# - returns a list of numbers: for each node, the derivative of the root; 1
#   for the root itself, and 0 for a node that it doesn't depend on
#
# <details><summary>Hint 1</summary>
#
# Follow the second graph. In which order are $L$, $u$ and $v$ visited, and
# when is the gradient of $u$ complete?
# </details>
#
# <details><summary>Hint 2</summary>
#
# A node may be visited only after *all* nodes that use it and that the root
# depends on. The function `topological_order` of the lesson finds a
# topological order; go through it backward. Here the parents of a node are in
# `arrows[node]`.
# </details>
#
# <details><summary>Hint 3</summary>
#
# It opens after two failed checks. Then run `checks.hint("gradients")` in a cell of
# your own.
# </details>


# %% nbgrader={"grade": false, "grade_id": "gradients", "locked": false, "schema_version": 3, "solution": true, "task": false} tags=["raises-exception"]
# exercise: gradients
def gradients(arrows, root):
    """For each node, the derivative of the node `root`."""
    # write your answer here, in place of the next line
    raise NotImplementedError


# %% nbgrader={"grade": true, "grade_id": "gradients-check", "locked": true, "points": 3, "schema_version": 3, "solution": false, "task": false} tags=["raises-exception"]
with checks.exercise("gradients"):
    doublings = [[], [(0, 1.0), (0, 1.0)], [(1, 1.0), (1, 1.0)]]
    given = [list(pairs) for pairs in doublings]
    found = gradients(given, 2)
    checks.expect(
        given == doublings,
        "your function changes `arrows`: go through its lists, and leave "
        "them as they are.",
    )
    checks.expect(
        isinstance(found, list) and len(found) == 3,
        "expected a list of 3 numbers for 3 nodes, got "
        f"{checks.describe_value(found)}.",
    )
    checks.expect(
        found[2] == 1,
        f"expected 1 for the root itself, got {found[2]}: dL/dL = 1.",
    )
    for wrong, why in [
        (0, "you go from the leaves to the root, and a is visited before "
         "anything has arrived. Go from the root."),
        (10, "along an arrow the chain rule multiplies, you add."),
        (1, "each arrow overwrites what the one before has brought. Add up."),
        (6, "b hands on its first share twice. Hand on a gradient once, when "
         "it is complete."),
    ]:  # fmt: skip
        checks.expect(
            found[0] != wrong,
            f"for c = b + b, b = a + a expected dc/da = 4, got {wrong}: {why}",
        )
    checks.expect_close(found, [4, 2, 1], "a, b, c of the doublings")
    for L in [[(1, 1.0), (2, 1.0)], [(2, 1.0), (1, 1.0)]]:
        shortcut = [[], [(0, 2.0)], [(1, 3.0)], L]
        what = f"with the arrows {L} of L"
        found = gradients(shortcut, 3)
        checks.expect(
            found[1] != 2,
            "for the shortcut expected dL/du = 4, got 2: v uses u with the "
            "local derivative 3. Multiply by it what v hands on.",
        )
        checks.expect(
            found[0] not in (2, 10),
            f"for the shortcut {what} expected dL/da = 8, got {found[0]:g}: "
            "u was visited before v had brought its share. Visit a node "
            "once, after all that use it.",
        )
        checks.expect_close(
            found, [8, 4, 1, 1], f"a, u, v, L of the shortcut {what},"
        )
    found = gradients(shortcut, 2)
    checks.expect(
        len(found) == 4,
        f"with root=2 expected one number for each of the 4 nodes, got "
        f"{len(found)}. A node that the root doesn't depend on has a 0.",
    )
    checks.expect(
        checks.same(found[2:], [1, 0]),
        "with root=2 expected 1 for v, the root, and 0 for L, got "
        f"{found[2:]}: the root need not be the last node.",
    )
    checks.expect_close(
        found, [6, 3, 1, 0],
        "the derivatives of v, root=2, in the graph with the shortcut",
        hint="v does not depend on L: of the users of u, only v counts.",
    )  # fmt: skip
    # The same graph, with the numbers L = 0, v = 1, u = 2, a = 3.
    found = gradients([[(2, 1.0), (1, 1.0)], [(2, 3.0)], [(3, 2.0)], []], 0)
    checks.expect_close(
        found, [1, 1, 4, 8],
        "the shortcut once more, with the numbers L = 0, v = 1, u = 2, a = 3,",
        hint="A parent may have a larger number than its child. Find the "
        "order from the arrows, not from the numbers.",
    )  # fmt: skip

# %% [markdown]
# ## 6.6 Backward through softmax
#
# 3 points · ★★★ · about 20 minutes · practices
# [Elementwise functions are diagonal](../notebooks/06_backprop.ipynb#Elementwise-functions-are-diagonal)
#
# Softmax is not elementwise. Where it stands inside a network, and not in
# front of the cross-entropy, its own backward pass is needed: the product of
# a gradient and the Jacobian, row by row,
#
# $$\mathrm{d}z = \mathrm{d}\hat y\,
#   \bigl(\operatorname{diag}(\hat y) - \hat y^\top \hat y\bigr).$$
#
# Write `softmax_backward(P, dP)` without autograd (`backward`,
# `torch.autograd`, `torch.func`). Multiply this out first: no matrix
# $k \times k$ is needed.
#
# - `P` $(n \times k)$: the probabilities that softmax has returned
# - `dP` $(n \times k)$: the gradient for them; both stay as they are
# - returns `dZ` $(n \times k)$, the gradient for the logits
#
# For `P = [[0.5, 0.5]]` and `dP = [[1, 0]]` it gives `[[0.25, -0.25]]`.
#
# <details><summary>Hint 1</summary>
#
# Take one row and multiply the bracket out. The first product is entrywise;
# in the second, $\mathrm{d}\hat y\, \hat y^\top$ is a single number. Which?
# </details>
#
# <details><summary>Hint 2</summary>
#
# $\mathrm{d}\hat y\, \hat y^\top = \sum_l \mathrm{d}\hat y_l\, \hat y_l$,
# one number for each row. In code, which product of `P` and `dP` has these
# terms, and along which dimension are they added up?
# </details>
#
# <details><summary>Hint 3</summary>
#
# It opens after two failed checks. Then run `checks.hint("softmax_backward")` in a cell of
# your own.
# </details>


# %% nbgrader={"grade": false, "grade_id": "softmax_backward", "locked": false, "schema_version": 3, "solution": true, "task": false} tags=["raises-exception"]
# exercise: softmax_backward
def softmax_backward(P, dP):
    """The gradient dZ (n, k) for the logits, from that for softmax's P."""
    # write your answer here, in place of the next line
    raise NotImplementedError


# %% nbgrader={"grade": true, "grade_id": "softmax_backward-check", "locked": true, "points": 3, "schema_version": 3, "solution": false, "task": false} tags=["raises-exception"]
with checks.exercise(
    "softmax_backward",
    without=["autograd", "softmax_backward_data"],
    instead="the product that you multiply out",
):
    P = torch.tensor([[0.5, 0.3, 0.2], [0.1, 0.1, 0.8]])
    dP = torch.tensor([[1.0, 0.0, 2.0], [-1.0, 3.0, 1.0]])
    truth = torch.tensor([[0.05, -0.27, 0.22], [-0.2, 0.2, 0.0]])
    square = torch.cat([P, P[:1].flip(1)])
    upstream = torch.cat([dP, dP[:1] - 1])
    checks.expect(
        not checks.same(
            softmax_backward(square.clone(), upstream.clone()),
            square * (upstream - (upstream * square).sum(dim=1)),
        ),
        "the sums of the rows are subtracted from the columns: a tensor "
        "of shape (n,) is matched with the last dimension. `keepdim=True` "
        "makes a column of it.",
    )
    given = P.clone(), dP.clone()
    dZ = softmax_backward(*given)
    checks.expect_shape(dZ, (2, 3), "dZ for 2 × 3 probabilities")
    for i, (before, name) in enumerate([(P, "P"), (dP, "dP")]):
        checks.expect(
            checks.equal(given[i], before),
            f"your function changes {name}, which it is given: `{name} -= …` "
            f"and `*=` work in place; `{name} - …` makes a new tensor.",
        )
    with checks.part("several rows", 1):
        again = torch.softmax(P, dim=1)
        for mistake, message in [
            (dP * P * (1 - P), "you use the diagonal of the Jacobian alone. A "
             "logit changes the probabilities of all classes, so the other "
             "entries count, too."),
            (P * (dP - (dP * P).sum(dim=0)), "you sum over the batch: the "
             "Jacobian belongs to one row, so sum over the classes, dim=1."),
            (P * (dP - (dP * P).sum()), "you sum over the whole batch: each "
             "row has a sum of its own."),
            (P * dP - dP @ P.T @ P, "`dP @ P.T` multiplies each row of dP by "
             "all rows of P, so the examples mix. Take row by row."),
            (again * (dP - (dP * again).sum(dim=1, keepdim=True)), "you apply "
             "softmax once more: P are probabilities already."),
            (truth / 2, "you divide by the number of rows. A mean over the "
             "batch is part of dP already."),
            (-truth, "the sign is wrong: it is dP minus the sum."),
            (truth / P, "the factor P in front of the bracket is missing."),
        ]:  # fmt: skip
            checks.expect(not checks.same(dZ, mistake, atol=1e-5), message)
        checks.expect_close(
            dZ.sum(dim=1), [0, 0], "the sum of each row of dZ",
            hint="Adding a number to all logits of a row changes nothing, so "
            "each row of dZ sums to 0.",
        )  # fmt: skip
        checks.expect_close(dZ, truth, "dZ", atol=1e-5)
        targets = torch.eye(3)[[0, 2]]
        checks.expect_close(
            softmax_backward(P, -targets / P / 2), (P - targets) / 2,
            "dZ behind cross-entropy",
            hint="There it is prediction minus target, divided by n.",
        )  # fmt: skip
    with checks.part("one row", 2):
        dz = softmax_backward(torch.full((1, 2), 0.5), torch.eye(2)[:1])
        checks.expect_close(dz, [[0.25, -0.25]], "dZ of the prompt's example")
        for i in range(2):
            dz = softmax_backward(P[i : i + 1], dP[i : i + 1])
            checks.expect_close(
                dz, truth[i : i + 1], f"dZ for {P[i].tolist()} alone",
                atol=1e-5,
            )  # fmt: skip

# %% [markdown]
# ## 6.7 Write the test: is it the gradient?
#
# 3 points · ★★★ · about 20 minutes · practices
# [Gradient check](../notebooks/06_backprop.ipynb#Gradient-check)
#
# A layer is given as a function: `layer(X, dH)` returns two tensors, its
# output $H$ and the gradient $\mathrm{d}X$ for its input, where `dH` is the
# gradient that arrives at the output. All four have the same shape
# $(n \times q)$. Nobody sees it when a backward pass is wrong: the network
# learns all the same, a little worse. Write `test_backward(layer)`, which
# calls the layer with `X` and `dH` of your choice, and raises an error if
# $\mathrm{d}X$ is not the gradient that belongs to $H$. `assert condition`
# does, where `condition` is false.
#
# - `layer` takes any $n$ and $q$, and computes with as many bits as `X` has.
#   You aren't told which layer it is: each number of its output may depend on
#   any numbers of `X`.
# - its outputs have no jumps; they may have a kink where a number of `X` is 0
# - `test_backward` returns nothing, uses no autograd (`backward`,
#   `torch.autograd`, `torch.func`), and complains about nothing that is right
#
# Your test is tried on right and on wrong layers. Here is one of each:


# %%
def mean_removed(X, dH):
    H = X - X.mean(dim=1, keepdim=True)
    return H, dH - dH.mean(dim=1, keepdim=True)


def mean_forgotten(X, dH):
    H = X - X.mean(dim=1, keepdim=True)
    return H, dH


X, dH = torch.tensor([[1.0, 2.0, 6.0]]), torch.tensor([[1.0, 0.0, 0.0]])
for layer in (mean_removed, mean_forgotten):
    H, dX = layer(X, dH)
    print(f"{layer.__name__}: H = {H.numpy()}, dX = {dX.numpy().round(3)}")

# %% [markdown]
# <details><summary>Hint 1</summary>
#
# If the output arrives at a loss $J$ with $\partial J / \partial H =$ `dH`, how
# much does $J$ change when the output changes by a little? So which number,
# made of `H` and `dH`, can take the place of the loss?
# </details>
#
# <details><summary>Hint 2</summary>
#
# The sum of all numbers of `dH * H`. Its derivative for each number of `X` is
# what $\mathrm{d}X$ has to be, and central differences tell it, one number of
# `X` at a time. Take 64 bits, and $\varepsilon = 10^{-5}$. If your test
# rejects what is right, print the largest difference between the two: about
# $10^{-10}$ is rounding, which an exact `==` does not allow; about $10^{-2}$
# is the rounding of 32 bits.
# </details>
#
# <details><summary>Hint 3</summary>
#
# It opens after two failed checks. Then run `checks.hint("test_backward")` in a cell of
# your own.
# </details>


# %% nbgrader={"grade": false, "grade_id": "test_backward", "locked": false, "schema_version": 3, "solution": true, "task": false} tags=["raises-exception"]
# exercise: test_backward
def test_backward(layer):
    """Raise an error unless `layer(X, dH)` returns the gradient for X."""
    # write your answer here, in place of the next line
    raise NotImplementedError


# %% nbgrader={"grade": true, "grade_id": "test_backward-check", "locked": true, "points": 3, "schema_version": 3, "solution": false, "task": false} tags=["raises-exception"]
with checks.exercise(
    "test_backward",
    without=["autograd"],
    instead="differences of two outputs",
    seconds=30,
):

    def softmax(X, dH):
        P = torch.softmax(X, dim=1)
        return P, P * (dH - (dH * P).sum(dim=1, keepdim=True))

    def tanh(X, dH):
        H = torch.tanh(X)
        return H, dH * (1 - H**2)

    def leaky(X, dH):
        slopes = torch.where(X > 0, 1.0, 0.1).to(X)
        return slopes * X, slopes * dH

    def linear(X, dH):
        q = X.shape[1]
        A = torch.arange(q * q).to(X).cos().view(q, q)
        return X @ A + 1, dH @ A.T

    def over_examples(X, dH):
        H = X - X.mean(dim=0)
        return H, dH - dH.mean(dim=0)

    def with_another(layer, change):
        # The same output, and a gradient that is changed.
        def changed(X, dH):
            H, dX = layer(X, dH)
            return H, change(X, dH, H, dX)

        return changed

    def named_alike(layer):
        # Its name tells no more than that of a wrong one.
        return with_another(layer, lambda X, dH, H, dX: dX)

    for right, what in [
        (softmax, "softmax"),
        (leaky, "a leaky ReLU"),
        (linear, "a linear layer"),
        (over_examples, "a layer that subtracts the mean of the examples"),
    ]:
        checks.expect_accepted(test_backward, named_alike(right), what)
    with checks.part("the formula", 1):
        for layer, change, what in [
            (tanh, lambda X, dH, H, dX: dH * (1 - H),
             "tanh with 1 - h in place of 1 - h²"),
            (softmax, lambda X, dH, H, dX: dH * H * (1 - H),
             "softmax with the diagonal of its Jacobian alone"),
            (linear, lambda X, dH, H, dX: dH @ (linear(0 * X, dH)[0] - 1),
             "a linear layer whose gradient is not that of its weights"),
            (leaky, lambda X, dH, H, dX: dH,
             "a leaky ReLU that hands on all, whatever the sign of its "
             "input"),
            (tanh, lambda X, dH, H, dX: -dX,
             "tanh whose gradient has the wrong sign"),
            (linear, lambda X, dH, H, dX: 1.05 * dX,
             "a linear layer whose gradient is 5 % too large"),
            (tanh, lambda X, dH, H, dX: dX + 0.02,
             "tanh whose gradients are all too large by 0.02"),
            (tanh, lambda X, dH, H, dX: dX - 0.02,
             "tanh whose gradients are all too small by 0.02"),
        ]:  # fmt: skip
            wrong = with_another(layer, change)
            checks.expect_rejected(test_backward, wrong, what)
    with checks.part("what arrives", 1):
        for layer, change, what in [
            (tanh, lambda X, dH, H, dX: 1 - H**2,
             "tanh that returns its slopes, whatever `dH` is"),
            (softmax, lambda X, dH, H, dX: 0 * X,
             "softmax whose gradient is 0, as if each row of `dH` were ones"),
        ]:  # fmt: skip
            wrong = with_another(layer, change)
            checks.expect_rejected(test_backward, wrong, what)
    with checks.part("rows and columns", 1):
        for layer, change, what in [
            (softmax, lambda X, dH, H, dX: H * (dH - (dH * H).sum(dim=0)),
             "softmax that sums over the examples"),
            (tanh, lambda X, dH, H, dX: dX / len(X),
             "tanh that divides by the number of examples"),
            (linear, lambda X, dH, H, dX: dX.flip(0),
             "a linear layer that gives the rows in reverse order"),
            (linear, lambda X, dH, H, dX: torch.cat(
                [dX.flatten()[:-1], torch.zeros(1)]).view_as(dX),
             "a linear layer whose gradient is 0 for the last number of the "
             "last row"),
        ]:  # fmt: skip
            wrong = with_another(layer, change)
            checks.expect_rejected(test_backward, wrong, what)

# %% [markdown]
# ## 6.8 Explain: four parts of one batch
#
# 3 points · ★★☆ · about 10 minutes · practices
# [Three switches of autograd](../notebooks/06_backprop.ipynb#Three-switches-of-autograd)
#
# A batch of 64 images no longer fits into memory. A colleague cuts it into
# four parts of 16 and writes
#
# ```python
# optimizer.zero_grad()
# for images, labels in parts:
#     loss = F.cross_entropy(model(images), labels)
#     loss.backward()
# optimizer.step()
# ```
#
# With SGD and the old learning rate of 0.3, which had worked with the whole
# batch, the loss now grows.
#
# - What has changed, exactly?
# - A neighbor advises to move `zero_grad` into the loop. What would that
#   do?
# - What would you change? Does it also hold for the last batch, whose 56
#   images are cut into parts of 16, 16, 16 and 8?
#
# <details><summary>Hint 1</summary>
#
# What does `backward` do with a gradient that is already there? And
# `F.cross_entropy` returns a mean: over how many images?
# </details>
#
# <details><summary>Hint 2</summary>
#
# Compare the sum of four means over 16 images with one mean over 64.
# </details>
#
# <details><summary>Hint 3</summary>
#
# In the mean over 56 images each image has the weight 1/56. Which weight has
# it in the mean over its part, and which factor turns one into the other?
# </details>

# %% [markdown] nbgrader={"grade": true, "grade_id": "explain_four_parts", "locked": false, "points": 3, "schema_version": 3, "solution": true, "task": false}
# *Write your answer here: two to five sentences.*

# %% [markdown]
# ## Put together
#
# Once `leaky_relu_backward`, `linear_backward` and `softmax_backward` pass, run
# this cell. A network with 64 hidden units learns 54,000 digits, and each of
# its gradients comes from your functions. Autograd is not asked.

# %%
if checks.passed(
    "leaky_relu_backward", "linear_backward", "softmax_backward"
):
    splits = load("mnist", valid_fraction=0.1, seed=0)
    X, y = splits.train.images.flatten(1), splits.train.labels
    X_valid, y_valid = splits.valid.images.flatten(1), splits.valid.labels
    generator = torch.Generator().manual_seed(0)
    W1 = torch.randn(64, 784, generator=generator) / 20
    W2 = torch.randn(10, 64, generator=generator) / 8
    b1, b2 = torch.zeros(64), torch.zeros(10)
    for step, batch in enumerate(torch.randperm(len(X)).split(100), start=1):
        Z1 = X[batch] @ W1.T + b1
        H = F.leaky_relu(Z1, 0.1)
        P = torch.softmax(H @ W2.T + b2, dim=1).clamp(min=1e-12)
        Y = F.one_hot(y[batch], 10)
        dZ2 = softmax_backward(P, -Y / P / len(batch))
        dH, dW2, db2 = linear_backward(H, W2, dZ2)
        dZ1 = leaky_relu_backward(Z1, dH, 0.1)
        _, dW1, db1 = linear_backward(X[batch], W1, dZ1)
        W1, b1 = W1 - 0.3 * dW1, b1 - 0.3 * db1
        W2, b2 = W2 - 0.3 * dW2, b2 - 0.3 * db2
        if step % 135 == 0:
            Z = F.leaky_relu(X_valid @ W1.T + b1, 0.1) @ W2.T + b2
            right = (Z.argmax(dim=1) == y_valid).double().mean()
            print(f"after {step} steps: {right:.1%} of 6,000 others right")
else:
    print("Nothing yet: the exercises named above have to pass first.")

# %% [markdown]
# ## Your points
#
# Run this cell at any time.

# %%
checks.scoreboard()

# %% [markdown]
# [![Open in Colab](https://colab.research.google.com/assets/colab-badge.svg)](https://colab.research.google.com/github/neural-notebooks/course/blob/main/solutions/05_activations.ipynb)

# %% [markdown]
# # Exercises 5: Activation functions (solutions)
#
# Practice for [lesson 5](../notebooks/05_activations.ipynb). You write
# activations that survive large numbers, count dead units, mend a sigmoid that
# pulls the wrong way, test slopes, and find out why networks are stuck.
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
# another. As in the lesson, $Z$ is what an activation receives and $H$ what it
# returns, and a layer computes $Z = XW + b$.

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

checks.begin(
    {
        "swish": 2,
        "dead_share": 2,
        "softplus": 2,
        "sigmoid_backward": 3,
        "test_slopes": 3,
        "learn": 3,
    },
    written={"explain_stuck_network": 3},
)

# %% [markdown]
# ## 5.1 Swish with a dial, and its slope
#
# 2 points · ★☆☆ · about 10 minutes · practices
# [Eleven functions by hand](../notebooks/05_activations.ipynb#Eleven-functions-by-hand)
#
# SiLU multiplies $z$ by a soft switch, $\sigma(z)$. Swish puts a dial on the
# switch: $h = z\,\sigma(\beta z)$. With $\beta = 1$ it is SiLU, with a large
# $\beta$ nearly ReLU. Derive the slope $\partial h / \partial z$ and write
# `swish(Z, beta)` without autograd (`backward`, `torch.autograd`, `torch.func`).
#
# - `Z`: a tensor of any shape, which stays as it is
# - `beta`: a positive number
# - returns two tensors of the shape of `Z`: the values and the slopes. All are
#   finite, also where $z$ is $\pm 1000$.
#
# `swish(torch.tensor([0.0]), 2.0)` gives `[0.0]` and `[0.5]`. You may use
# `torch.sigmoid`.
#
# <details><summary>Hint 1</summary>
#
# It is a product of two functions of $z$: which rule gives its slope?
# </details>
#
# <details><summary>Hint 2</summary>
#
# Switch plus $z$ times the slope of the switch. The switch is $\sigma$ of
# $\beta z$, so its slope for $z$ has a factor $\beta$, by the chain rule.
# </details>
#
# <details><summary>Hint 3</summary>
#
# The slope of $\sigma$ at $u$ is $\sigma(u)(1 - \sigma(u))$. Here $u$ is
# $\beta z$, so it gets a factor. At $z = 0$ the second term is 0, and the slope is
# the switch alone, 0.5.
# </details>


# %% nbgrader={"grade": false, "grade_id": "swish", "locked": false, "schema_version": 3, "solution": true, "task": false} tags=["raises-exception"]
# exercise: swish
def swish(Z, beta):
    """Values and slopes of z · sigmoid(beta · z), both of the shape of Z."""
    ### BEGIN SOLUTION
    s = torch.sigmoid(beta * Z)
    return Z * s, s + Z * beta * s * (1 - s)
    ### END SOLUTION


# %% nbgrader={"grade": true, "grade_id": "swish-check", "locked": true, "points": 2, "schema_version": 3, "solution": false, "task": false} tags=["raises-exception"]
with checks.exercise(
    "swish", without=["autograd"], instead="the formula that you derive"
):
    Z = torch.tensor([[-2.0, 0.0], [1.0, 3.0]])
    given = Z.clone()
    result = swish(given, 2.0)
    checks.expect(
        isinstance(result, tuple | list) and len(result) == 2,
        "expected two tensors, the values and the slopes, got "
        f"{checks.describe_value(result)}.",
    )
    H, slopes = result
    checks.expect_shape(H, (2, 2), "the values for Z of shape 2 × 2")
    checks.expect_shape(slopes, (2, 2), "the slopes for Z of shape 2 × 2")
    checks.expect(
        checks.equal(given, Z),
        "your function changes the tensor it is given: `Z *= …` works in "
        "place; `beta * Z` makes a new tensor.",
    )
    s = torch.sigmoid(2 * Z)
    with checks.part("values", 1):
        for mistake, message in [
            (s, "your values are the switch alone: multiply it by z."),
            (F.silu(Z), "beta has no effect on your values."),
            (2 * F.silu(Z), "you multiply the result by beta. The dial is "
             "inside the switch: sigmoid of beta times z."),
            (F.silu(2 * Z), "your values are those of SiLU at beta times z. "
             "Only the switch has the dial: the first factor is z itself."),
        ]:  # fmt: skip
            checks.expect(not checks.same(H, mistake, atol=1e-4), message)
        checks.expect_close(H, Z * s, "the values")
    with checks.part("slopes", 1):
        for mistake, message in [
            (s, "your slope is the switch alone. Product rule: the switch "
             "changes with z, too, and brings a second term."),
            (2 * s * (1 - s), "your slope is that of the switch alone. "
             "Product rule: the switch itself is the other term."),
            (s * (1 - s), "your slope is that of sigmoid. Product rule: the "
             "switch, plus z times the slope of the switch."),
            (s + Z * s * (1 - s), "your slope lacks a factor beta: the inner "
             "derivative of sigmoid(beta z)."),
        ]:  # fmt: skip
            checks.expect(not checks.same(slopes, mistake, atol=1e-4), message)
        truth = [[-0.052664, 0.5], [1.090784, 1.012326]]
        checks.expect_close(slopes, truth, "the slopes", atol=1e-5)
    far = torch.tensor([-1000.0, 1000.0])
    for what, got, expected in zip(
        ("value", "slope"), swish(far, 2.0), ([0, 1000], [0, 1]), strict=True
    ):
        with checks.part(f"{what}s"):
            checks.expect_close(
                got, expected, f"the {what} at z = -1000 and 1000",
                hint="Does an exponential overflow? torch.sigmoid is safe.",
            )  # fmt: skip
    ### BEGIN HIDDEN TESTS
    n, q = torch.randint(5, 15, (2,)).tolist()
    for beta in (0.3, 1.7):
        Z = 3 * torch.randn(n, q, dtype=torch.float64)
        Z.requires_grad_()
        expected = Z / (1 + torch.exp(-beta * Z))
        expected.sum().backward()
        H, slopes = swish(Z.detach(), beta)
        what = f"for {n} × {q} random numbers and beta={beta}"
        with checks.part("values"):
            checks.expect_close(H, expected, f"the values {what}")
        with checks.part("slopes"):
            checks.expect_close(slopes, Z.grad, f"the slopes {what}")
    ### END HIDDEN TESTS

# %% [markdown]
# ## 5.2 The share of dead units
#
# 2 points · ★★☆ · about 10 minutes · practices
# [Dead ReLUs, provoked and counted](../notebooks/05_activations.ipynb#Dead-ReLUs,-provoked-and-counted)
#
# A ReLU is dead if $z \le 0$ for *every* training image. The images come in
# batches, and no batch alone can tell. Write `dead_share(W, b, batches)` for a
# layer of $q$ ReLUs.
#
# - `W` $(p \times q)$, `b` $(q,)$: the layer, $Z = XW + b$
# - `batches`: a list of inputs $X$ $(m \times p)$; $m$ may differ from batch to
#   batch
# - returns the share of the $q$ units that are dead, a number from 0 to 1
#
# A unit that is silent for all images of one batch, and active for an image of
# another, is alive.
#
# <details><summary>Hint 1</summary>
#
# Keep a list of what is known about each unit: has it been active so far? What
# does another batch change in it?
# </details>
#
# <details><summary>Hint 2</summary>
#
# For one batch, `(Z > 0).any(dim=0)` $(q,)$ says for each unit whether some
# image makes it active. Two such tensors are joined with `|`, "or".
# </details>
#
# <details><summary>Hint 3</summary>
#
# Before the first batch no unit has been seen alive. A batch can make one
# alive, and nothing makes it dead again. Of the list at the end you want the
# share that is still False; `~` turns truth values around.
# </details>


# %% nbgrader={"grade": false, "grade_id": "dead_share", "locked": false, "schema_version": 3, "solution": true, "task": false} tags=["raises-exception"]
# exercise: dead_share
def dead_share(W, b, batches):
    """Share of the units that are at most 0 for every row of every batch."""
    ### BEGIN SOLUTION
    alive = torch.zeros(len(b), dtype=torch.bool)
    for X in batches:
        alive = alive | (X @ W + b > 0).any(dim=0)
    return (~alive).float().mean().item()
    ### END SOLUTION


# %% nbgrader={"grade": true, "grade_id": "dead_share-check", "locked": true, "points": 2, "schema_version": 3, "solution": false, "task": false} tags=["raises-exception"]
with checks.exercise("dead_share"):
    # Of these ten units three are dead. One of them is 0 for some images and
    # negative for the others.
    X = torch.tensor([[1.0, 0], [2, 1], [3, 0], [-1, 0], [-2, 0]])
    W = torch.zeros(2, 10)
    W[0] = torch.tensor([1.0, -1, 0, 0, 0, 1, 1, 0, -1, -1])
    W[1, 3] = -1
    b = torch.tensor([0, 0, -1, 0, 1, -1.5, -2.5, -2, -0.5, -0.5])
    share = dead_share(W, b, [X[:3], X[3:]])
    checks.expect(
        isinstance(share, float | int | torch.Tensor)
        and torch.as_tensor(share).numel() == 1,
        f"expected one number, got {checks.describe_value(share)}.",
    )
    share = round(float(share), 3)
    for mistake, message in [
        (0.66, "you count zeros in the outputs. Most of them belong to units "
         "that are active for another image."),
        (0.6, "you judge each batch by itself. A unit that is silent in one "
         "batch may be active in the next."),
        (0.9, "you count units that are silent for some image. A dead one is "
         "silent for all."),
        (0.7, "that is the share of units that are alive."),
        (0.2, "one dead unit is missing. Its z is exactly 0 for some images, "
         "and there ReLU returns 0 as well: dead means z <= 0."),
        (0.4, "a unit that its bias keeps active counts as dead: Z = XW + b."),
        (0.0, "look for units (columns of Z) that are silent for all images, "
         "not for images that silence all units: dim=0."),
        (3.0, "that is the number of dead units. Divide by the number of "
         "units."),
        (1.2, "you add up the silent units of all batches. One that is silent "
         "in each of them counts once, one that is active in any not at all."),
    ]:  # fmt: skip
        checks.expect(
            share != mistake, f"expected 0.3, got {share}: {message}"
        )
    checks.expect_close(share, 0.3, "the share of dead units")
    ### BEGIN HIDDEN TESTS
    n, p, q = torch.randint(20, 40, (3,)).tolist()
    X, W = torch.randn(n, p), torch.randn(p, q)
    b = -(X @ W).amax(dim=0) + torch.where(torch.arange(q) % 3 == 0, -1, 1)
    for size in (1, 7, n):
        checks.expect_close(
            dead_share(W, b, list(X.split(size))),
            len(range(0, q, 3)) / q,
            f"the share of dead units among {q}, with {n} random images in "
            f"batches of {size},",
        )
    ### END HIDDEN TESTS

# %% [markdown]
# ## 5.3 A softplus that never overflows
#
# 2 points · ★★☆ · about 15 minutes · practices
# [Find the mistake: a right value, and nan as its gradient](../notebooks/05_activations.ipynb#Find-the-mistake:-a-right-value,-and-nan-as-its-gradient)
#
# The lesson's Mish contains a softplus, and its exponential overflows. Write a
# safe one, with a dial for how sharp its bend is,
#
# $$h = \frac{1}{\beta} \ln\bigl(1 + e^{\beta z}\bigr),$$
#
# without `F.softplus`, `F.logsigmoid`, `F.mish` and `torch.logaddexp`; `exp`,
# `log1p` and `logsumexp` are allowed.
#
# - `Z`: a tensor of any shape, which stays as it is
# - `beta`: a positive number
# - returns a tensor of the shape of `Z`: finite and right to 4 digits for *any*
#   $z$, also in 32 bits. $z = 200$ gives 200, and $z = -20$ gives
#   $e^{-20} = 2.061 \cdot 10^{-9}$, both with $\beta = 1$.
#
# <details><summary>Hint 1</summary>
#
# For large $z$ the 1 hardly matters. Take $e^{\beta z}$ out of the bracket:
# what is left in it, and can that overflow?
# </details>
#
# <details><summary>Hint 2</summary>
#
# $\ln(1 + e^u) = u + \ln(1 + e^{-u})$. Use the left form where $u$ is negative,
# the right one where it is positive. Both are the same as
# $\max(0, u) + \ln(1 + e^{-|u|})$.
# </details>
#
# <details><summary>Hint 3</summary>
#
# In 32 bits, $1 + 2 \cdot 10^{-9}$ is rounded to 1, and its logarithm is 0.
# `torch.log1p(x)` computes $\ln(1 + x)$ without forming the sum.
# </details>


# %% nbgrader={"grade": false, "grade_id": "softplus", "locked": false, "schema_version": 3, "solution": true, "task": false} tags=["raises-exception"]
# exercise: softplus
def softplus(Z, beta=1.0):
    """ln(1 + exp(beta · z)) / beta, without overflow, of the shape of Z."""
    ### BEGIN SOLUTION
    U = beta * Z
    return (U.clamp(min=0) + torch.log1p(torch.exp(-U.abs()))) / beta
    ### END SOLUTION


# %% nbgrader={"grade": true, "grade_id": "softplus-check", "locked": true, "points": 2, "schema_version": 3, "solution": false, "task": false} tags=["raises-exception"]
with checks.exercise(
    "softplus",
    without=[
        "softplus", "logsigmoid", "log_sigmoid", "mish", "logaddexp",
        "logaddexp2", "numpy.logaddexp", "numpy.logaddexp2",
    ],
    instead="`exp` and `log1p`",
):  # fmt: skip
    Z = torch.tensor([-2.0, 0.0, 1.0])
    with checks.part("near zero", 1):
        H = softplus(Z.clone())
        checks.expect_shape(H, (3,), "softplus of 3 numbers")
        truth = torch.tensor([0.126928, 0.693147, 1.313262])
        checks.expect_close(H, truth, "softplus of -2, 0 and 1", atol=1e-5)
        given = Z.clone()
        H = softplus(given, 2.0)
        checks.expect(
            checks.equal(given, Z),
            "your function changes the tensor it is given: `Z *= …` works in "
            "place; `beta * Z` makes a new tensor.",
        )
        for mistake, message in [
            (truth, "beta has no effect."),
            (2 * F.softplus(Z, 2.0), "with beta = 2 your results are twice "
             "too large: divide by beta."),
            (truth / 2, "beta belongs into the exponential as well: exp(beta "
            "z)."),
        ]:  # fmt: skip
            checks.expect(not checks.same(H, mistake, atol=1e-4), message)
        truth = [0.009075, 0.346574, 1.063464]
        checks.expect_close(H, truth, "softplus with beta = 2", atol=1e-5)
    with checks.part("far from zero", 1):
        high, low = softplus(torch.tensor([200.0, -200.0])).tolist()
        checks.expect(
            math.isfinite(high),
            f"at z = 200 expected 200, got {high}: the exponential "
            "overflows. Take the exponential of -|z|, which is at most 1.",
        )
        checks.expect_close(
            high, 200, "softplus(200)",
            hint="A bound on z keeps the exponential finite and makes the "
            "result wrong: nothing may be cut off.",
        )  # fmt: skip
        checks.expect_close(low, 0, "softplus(-200)")
        checks.expect_close(
            softplus(torch.tensor([-20.0])), [2.0611537e-9], "softplus(-20)",
            rtol=1e-4, atol=0,
            hint="In 32 bits 1 + 2e-9 is rounded to 1. torch.log1p(x) "
            "computes ln(1 + x) without the sum.",
        )  # fmt: skip
    ### BEGIN HIDDEN TESTS
    n, q = torch.randint(15, 25, (2,)).tolist()
    for beta in (0.4, 1.0, 3.0):
        zero = torch.zeros((), dtype=torch.float64)
        for size, where in [(1, "near zero"), (8, "far from zero")]:
            Z = size * torch.randn(n, q, dtype=torch.float64)
            with checks.part(where):
                checks.expect_close(
                    softplus(Z, beta), torch.logaddexp(beta * Z, zero) / beta,
                    f"softplus of {n} × {q} random numbers with beta={beta}",
                    rtol=1e-4, atol=1e-12,
                )  # fmt: skip
    ### END HIDDEN TESTS

# %% [markdown]
# ## 5.4 Find and mend: a sigmoid that pulls the wrong way
#
# 3 points · ★★☆ · about 15 minutes · practices
# [Identities worth knowing](../notebooks/05_activations.ipynb#Identities-worth-knowing)
#
# Networks written from scratch often contain these functions, in this
# combination:
#
# ```python
# def sigmoid(z):
#     return torch.exp(z) / (1 + torch.exp(z))
#
# def sigmoid_prime(h):
#     return h * (1 - h)
#
# def sigmoid_backward(Z, dH):
#     H = sigmoid(Z)
#     dZ = dH * sigmoid_prime(Z)
#     return H, dZ
# ```
#
# `dH` is the gradient that arrives, $\partial L / \partial H$, and `dZ` the one
# that goes on, $\partial L / \partial Z$. Compare it with autograd, where `dH`
# is 1 everywhere:


# %%
def published_sigmoid(z):
    return torch.exp(z) / (1 + torch.exp(z))


def published_sigmoid_prime(h):
    return h * (1 - h)


def published_sigmoid_backward(Z, dH):
    H = published_sigmoid(Z)
    dZ = dH * published_sigmoid_prime(Z)
    return H, dZ


Z = torch.tensor([-100.0, -4.0, 0.0, 0.5, 4.0, 100.0], requires_grad=True)
torch.sigmoid(Z).sum().backward()
H, dZ = published_sigmoid_backward(Z.detach(), torch.ones(6))
print("     z      H        dZ    by autograd")
for row in zip(Z.tolist(), H.tolist(), dZ.tolist(), Z.grad, strict=True):
    print("{:6.1f} {:6.3f} {:9.2f}    {:.4f}".format(*row))

# %% [markdown]
# A slope of the sigmoid lies between 0 and 0.25, and one of the values is not
# even a number. Find the two mistakes and write `sigmoid_backward(Z, dH)`
# without autograd and without `torch.sigmoid`, `F.logsigmoid` or `F.silu`;
# `exp` and `tanh` are allowed.
#
# - `Z`: what the activation receives, a tensor of any shape
# - `dH`: the gradient for its output, of the same shape; both stay as they are
# - returns two tensors of this shape: `H` and `dZ`, finite for *any* $z$, and
#   exact, so that $H$ is $4.5 \cdot 10^{-5}$ at $z = -10$
#
# <details><summary>Hint 1</summary>
#
# The identity $\sigma' = h\,(1 - h)$ is right. Look at what the function is
# called with.
# </details>
#
# <details><summary>Hint 2</summary>
#
# At $z = 100$ the published sigmoid divides infinity by infinity. Divide
# numerator and denominator by $e^z$: what can still overflow then, and is the
# quotient right when it does?
# </details>
#
# <details><summary>Hint 3</summary>
#
# $e^{-z}$ in place of $e^{z}$: at $z = -1000$ it is infinite, and 1 divided by
# infinity is 0, as it should be. The identity needs what the sigmoid returned.
# What arrives from above is a factor.
# </details>


# %% nbgrader={"grade": false, "grade_id": "sigmoid_backward", "locked": false, "schema_version": 3, "solution": true, "task": false} tags=["raises-exception"]
# exercise: sigmoid_backward
def sigmoid_backward(Z, dH):
    """The sigmoid H of Z, and the gradient dZ, both of the shape of Z."""
    ### BEGIN SOLUTION
    H = 1 / (1 + torch.exp(-Z))
    return H, dH * H * (1 - H)
    ### END SOLUTION


# %% nbgrader={"grade": true, "grade_id": "sigmoid_backward-check", "locked": true, "points": 3, "schema_version": 3, "solution": false, "task": false} tags=["raises-exception"]
with checks.exercise(
    "sigmoid_backward",
    without=[
        "autograd", "sigmoid", "expit", "logsigmoid", "log_sigmoid", "silu",
        "sigmoid_backward", "scipy.special.expit", "scipy.special.log_expit",
    ],
    instead="`exp`, and the identity h (1 - h)",
):  # fmt: skip
    Z = torch.tensor([[-4.0, 0.0, 0.5], [4.0, -10.0, 2.0]])
    dH = torch.tensor([[100.0, -2.0, 3.0], [-50.0, 1000.0, 1.0]])
    given = Z.clone(), dH.clone()
    result = sigmoid_backward(*given)
    checks.expect(
        isinstance(result, tuple | list) and len(result) == 2,
        "expected two tensors, H and dZ, got "
        f"{checks.describe_value(result)}.",
    )
    H, dZ = result
    checks.expect_shape(H, (2, 3), "H for Z of shape 2 × 3")
    checks.expect_shape(dZ, (2, 3), "dZ for Z of shape 2 × 3")
    checks.expect(
        checks.equal(given[0], Z) and checks.equal(given[1], dH),
        "your function changes a tensor it is given: `dH *= …` and `clamp_` "
        "work in place.",
    )
    S = torch.sigmoid(Z)
    with checks.part("H", 1):
        checks.expect_close(
            H, S, "H", rtol=1e-4, atol=1e-9,
            hint="Cutting off z, or adding a small number, makes it inexact.",
        )  # fmt: skip
    with checks.part("dZ", 1):
        D = torch.sigmoid(S)
        for mistake, message in [
            (Z * (1 - Z), "h (1 - h) is still computed from the input Z. The "
             "identity needs the output."),
            (D * (1 - D), "you apply the sigmoid twice: h (1 - h) with "
             "h = sigmoid(H). H is the output already."),
            (1 - S**2, "1 - h² is the slope of tanh. The sigmoid's is h (1 - "
            "h)."),
            (S, "you multiply dH by the output; multiply it by the slope."),
        ]:  # fmt: skip
            wrong = checks.same(dZ, dH * mistake, atol=1e-4)
            checks.expect(not wrong, message)
        slope = S * (1 - S)
        checks.expect(
            not checks.same(dZ, slope, atol=1e-4),
            "these are the slopes alone: multiply them by dH, the gradient "
            "that arrives.",
        )
        checks.expect_close(dZ, dH * slope, "dZ", rtol=1e-3)
    with checks.part("far from zero", 1):
        far = torch.tensor([-1000.0, -100.0, 100.0, 1000.0])
        H, dZ = sigmoid_backward(far, torch.ones(4))
        hint = (
            "Infinity divided by infinity is nan, and 1 divided by infinity "
            "is 0. Which form of the sigmoid has only the second?"
        )
        truth = [0, 0, 1, 1]
        checks.expect_close(H, truth, "H at -1000, -100, 100, "
        "1000", hint=hint)
        truth = [0, 0, 0, 0]
        checks.expect_close(dZ, truth, "dZ at -1000, -100, 100, "
        "1000", hint=hint)
    ### BEGIN HIDDEN TESTS
    n, q = torch.randint(10, 20, (2,)).tolist()
    Z = 10 * torch.randn(n, q, dtype=torch.float64)
    dH = torch.randn(n, q, dtype=torch.float64)
    Z.requires_grad_()
    expected = torch.sigmoid(Z)
    expected.backward(dH)
    H, dZ = sigmoid_backward(Z.detach(), dH)
    what = f"for {n} × {q} random numbers of up to {Z.abs().max():.0f}"
    with checks.part("H"):
        checks.expect_close(H, expected, f"H {what}", atol=1e-15)
    with checks.part("dZ"):
        checks.expect_close(dZ, Z.grad, f"dZ {what}", atol=1e-12)
    ### END HIDDEN TESTS

# %% [markdown]
# ## 5.5 Write the test: is it the slope?
#
# 3 points · ★★☆ · about 20 minutes · practices
# [What a layer asks of its activation](../notebooks/05_activations.ipynb#What-a-layer-asks-of-its-activation)
#
# Functions like your `swish` return two tensors, the values $H$ of an
# activation and its slopes, both of the shape of `Z`. A wrong slope crashes
# nothing: the network learns a little, or not at all. Write
# `test_slopes(activation)` for any function of this kind: it calls
# `activation(Z)` with tensors `Z` of your choice, and raises an error if the
# slopes are not those of the values. `assert condition` does, where
# `condition` is false. You aren't told which activation it is, and don't
# need to know: the values themselves say how steep they are.
#
# - `activation(Z)` takes a tensor of any shape, and works on each number by
#   itself; it computes with as many bits as `Z` has
# - its values have no jumps; they may have a kink, but only at 0
# - `test_slopes` returns nothing, and complains about nothing that is right
#
# Your test is tried on right and on wrong functions. Here is one of each:


# %%
def tanh_with_slopes(Z):
    H = torch.tanh(Z)
    return H, 1 - H**2


def tanh_with_wrong_slopes(Z):
    H = torch.tanh(Z)
    return H, 1 - H


Z = torch.tensor([-1.0, 1.0])
for function in (tanh_with_slopes, tanh_with_wrong_slopes):
    H, slopes = function(Z)
    print(function.__name__, H.numpy().round(3), slopes.numpy().round(3))

# %% [markdown]
# <details><summary>Hint 1</summary>
#
# How much does the value change when $z$ grows by a small step $\varepsilon$?
# Compare with the slope times $\varepsilon$.
# </details>
#
# <details><summary>Hint 2</summary>
#
# $\bigl(h(z + \varepsilon) - h(z - \varepsilon)\bigr) / 2\varepsilon$ is the
# slope, up to an error that shrinks with $\varepsilon^2$. In 32 bits the
# difference is mostly rounding: take `Z` with 64 bits, and
# $\varepsilon = 10^{-4}$. Where do you have to look, if a slope may be wrong
# for some $z$ only?
# </details>
#
# <details><summary>Hint 3</summary>
#
# Look at many places at once, from $-20$ to 20, and leave out those within a
# step of the kink. Not every number of them should be compared as if it were
# large: a tolerance of $10^{-5}$ suits slopes near 1.
# </details>


# %% nbgrader={"grade": false, "grade_id": "test_slopes", "locked": false, "schema_version": 3, "solution": true, "task": false} tags=["raises-exception"]
# exercise: test_slopes
def test_slopes(activation):
    """Raise an error unless the slopes are those of the values."""
    ### BEGIN SOLUTION
    Z = torch.linspace(-20, 20, 400, dtype=torch.float64)
    epsilon = 1e-4
    _, slopes = activation(Z)
    higher, lower = activation(Z + epsilon)[0], activation(Z - epsilon)[0]
    expected = (higher - lower) / (2 * epsilon)
    assert (slopes - expected).abs().max() < 1e-5, "the slopes"
    ### END SOLUTION


# %% nbgrader={"grade": true, "grade_id": "test_slopes-check", "locked": true, "points": 3, "schema_version": 3, "solution": false, "task": false} tags=["raises-exception"]
with checks.exercise("test_slopes", seconds=30):

    def sigmoid(Z):
        H = 1 / (1 + torch.exp(-Z))
        return H, H * (1 - H)

    def leaky(Z):
        slopes = torch.where(Z > 0, 1.0, 0.1).to(Z)
        return Z * slopes, slopes

    def steep_tanh(Z):
        H = torch.tanh(2 * Z)
        return H, 2 * (1 - H**2)

    checks.expect_accepted(test_slopes, sigmoid, "sigmoid with its slopes")
    checks.expect_accepted(test_slopes, leaky, "a leaky ReLU with its slopes")
    checks.expect_accepted(test_slopes, steep_tanh, "tanh(2z) with its slopes")
    with checks.part("another formula", 1):
        for wrong, what in [
            (lambda Z: (sigmoid(Z)[0], Z * (1 - Z)), "sigmoid with z (1 - z)"),
            (lambda Z: (torch.tanh(Z), 1 - torch.tanh(Z)), "tanh with 1 - h"),
        ]:
            checks.expect_rejected(test_slopes, wrong, what)
    with checks.part("a factor or a sign", 1):
        for wrong, what in [
            (lambda Z: (torch.tanh(2 * Z), 1 - torch.tanh(2 * Z) ** 2),
             "tanh(2z) whose slope lacks the factor 2"),
            (lambda Z: (torch.exp(-Z * Z), 2 * Z * torch.exp(-Z * Z)),
             "exp(-z²) whose slope has the wrong sign"),
        ]:  # fmt: skip
            checks.expect_rejected(test_slopes, wrong, what)
    with checks.part("wrong in places", 1):
        for wrong, what in [
            (lambda Z: (leaky(Z)[0], torch.ones_like(Z)),
             "a leaky ReLU whose slope is 1 for negative z as well"),
            (lambda Z: (torch.relu(Z), torch.ones_like(Z) * (Z > -2)),
             "a ReLU whose slope is 1 from -2 on"),
        ]:  # fmt: skip
            checks.expect_rejected(test_slopes, wrong, what)
    ### BEGIN HIDDEN TESTS
    def silu(Z):
        s = sigmoid(Z)[0]
        return Z * s, s + Z * s * (1 - s)

    checks.expect_accepted(test_slopes, silu, "SiLU with its slopes")
    for part, wrong, what in [
        ("another formula", lambda Z: (silu(Z)[0], sigmoid(Z)[0]),
         "SiLU with the switch as its slope"),
        ("a factor or a sign", lambda Z: (sigmoid(Z)[0], 1.05 * sigmoid(Z)[1]),
         "sigmoid with slopes that are 5 % too large"),
        ("wrong in places", lambda Z: (Z, torch.ones_like(Z) * (Z < 6)),
         "the identity with a slope of 0 from 6 on"),
        ("wrong in places", lambda Z: (Z**2 / 9, 2 / 9 * Z.clamp(min=-8)),
         "a parabola whose slope is cut off below -8"),
    ]:  # fmt: skip
        with checks.part(part):
            checks.expect_rejected(test_slopes, wrong, what)
    checks.expect_accepted(test_slopes, sigmoid, "sigmoid with its slopes")
    ### END HIDDEN TESTS

# %% [markdown]
# ## 5.6 Diagnose: a network that falls silent
#
# 3 points · ★★★ · about 25 minutes · practices
# [Dead ReLUs, provoked and counted](../notebooks/05_activations.ipynb#Dead-ReLUs,-provoked-and-counted)
#
# This function trains a network with one hidden layer of ReLUs on two
# classes, 0 and 1. Its output $z$ is the logit of class 1: the probability of
# class 1 is $p = \sigma(z)$. Each step is meant to follow the gradient of the
# *mean* loss, and the log holds that loss before each step:
#
# ```python
# def learn(start, X, y, lr, num_steps):
#     weights = [w.clone().requires_grad_() for w in start]
#     W1, b1, w2, b2 = weights
#     log = []
#     for _ in range(num_steps):
#         H = torch.relu(X @ W1 + b1)
#         z = torch.relu(H @ w2 + b2)
#         p = torch.sigmoid(z)
#         losses = -(y * p.log() + (1 - y) * (1 - p).log())
#         grads = torch.autograd.grad(losses.sum(), weights)
#         with torch.no_grad():
#             for w, grad in zip(weights, grads, strict=True):
#                 w -= lr * grad
#         log.append(losses.mean().item())
#     return [w.detach() for w in weights], log
# ```
#
# Here it is to learn which of 200 points lie inside a circle.


# %%
def published_learn(start, X, y, lr, num_steps):
    weights = [w.clone().requires_grad_() for w in start]
    W1, b1, w2, b2 = weights
    log = []
    for _ in range(num_steps):
        H = torch.relu(X @ W1 + b1)
        z = torch.relu(H @ w2 + b2)
        p = torch.sigmoid(z)
        losses = -(y * p.log() + (1 - y) * (1 - p).log())
        grads = torch.autograd.grad(losses.sum(), weights)
        with torch.no_grad():
            for w, grad in zip(weights, grads, strict=True):
                w -= lr * grad
        log.append(losses.mean().item())
    return [w.detach() for w in weights], log


generator = torch.Generator().manual_seed(0)
X_circle = 2 * torch.rand(200, 2, generator=generator) - 1
y_circle = (X_circle.square().sum(dim=1) < 0.6).float()
start_circle = [
    torch.randn(2, 16, generator=generator), torch.zeros(16),
    torch.randn(16, generator=generator) / 4, torch.zeros(()),
]  # fmt: skip


def look_at(learn):
    """Train, and print the loss, the dead units and the answers."""
    weights, log = learn(start_circle, X_circle, y_circle, 0.5, 300)
    W1, b1, w2, b2 = (w.to(X_circle) for w in weights)
    Z = X_circle @ W1 + b1
    right = (torch.relu(Z) @ w2 + b2 > 0) == (y_circle == 1)
    losses = [f"{float(log[i]):.2f}" for i in (0, 1, 2, 99, 299)]
    print("loss before steps 1, 2, 3, 100 and 300:", *losses)
    print("dead units:", (Z <= 0).all(dim=0).sum().item(), "of 16")
    print(f"right: {right.double().mean():.0%}")


look_at(published_learn)

# %% [markdown]
# The loss stops at $0.69 = \ln 2$, which is that of $p = 0.5$ for every
# point, and half of the answers are wrong. Mended, the same call ends with a
# loss near 0.1 and 99 % right. There are three faults, none of which is in
# the rate or in the start, and each hides the next one. Change one thing at a
# time, call `look_at` with your function, and see what is left. Write
# `learn(start, X, y, lr, num_steps)`.
#
# - `start`: a list of `W1` $(p \times h)$, `b1` $(h,)$, `w2` $(h,)$, `b2`
#   $()$, which keep their values
# - `X` $(n \times p)$, `y` $(n,)$: points, and their classes, 0.0 or 1.0
# - returns the list of the four weights after `num_steps` steps, and the log,
#   a list of `num_steps` numbers; both are finite and right for *any* $z$: if
#   $z$ is 200 and the class 0, the loss of this point is 200
#
# <details><summary>Hint 1</summary>
#
# One fault is in the last layer, one in the loss, one in the size of the
# steps. Begin with the last layer: which $z$ can come out of it? Then the loss
# is no longer 0.69 but `nan`, and when it isn't, all units are dead.
# </details>
#
# <details><summary>Hint 2</summary>
#
# For the computer $0 \cdot \ln 0$ is `nan`; `F.softplus` and
# `F.binary_cross_entropy_with_logits` take $z$ and never form $p$. The
# gradient of a sum over 200 points is 200 times as long as that of their
# mean, and a step that is too long switches ReLUs off for good.
# </details>
#
# <details><summary>Hint 3</summary>
#
# For class 0 the loss is $-\ln(1 - \sigma(z))$, which is a softplus of $z$;
# for class 1 it is the same of $-z$. The last layer hands on what it
# computes, without an activation, since the sigmoid is one already. Step and
# log take one and the same number.
# </details>


# %% nbgrader={"grade": false, "grade_id": "learn", "locked": false, "schema_version": 3, "solution": true, "task": false} tags=["raises-exception"]
# exercise: learn
def learn(start, X, y, lr, num_steps):
    """The weights after the steps, and the mean loss before each of them."""
    ### BEGIN SOLUTION
    weights = [w.clone().requires_grad_() for w in start]
    W1, b1, w2, b2 = weights
    log = []
    for _ in range(num_steps):
        z = torch.relu(X @ W1 + b1) @ w2 + b2
        loss = (F.softplus(z) - y * z).mean()
        grads = torch.autograd.grad(loss, weights)
        with torch.no_grad():
            for w, grad in zip(weights, grads, strict=True):
                w -= lr * grad
        log.append(loss.item())
    return [w.detach() for w in weights], log
    ### END SOLUTION


# %% nbgrader={"grade": true, "grade_id": "learn-check", "locked": true, "points": 3, "schema_version": 3, "solution": false, "task": false} tags=["raises-exception"]
with checks.exercise("learn"):

    def by_hand(start, X, y, lr, num_steps, cut=False, summed=False):
        # `cut` and `summed` keep one fault, so that each counts by itself.
        W1, b1, w2, b2 = (w.double() for w in start)
        X, y, log = X.double(), y.double(), []
        for _ in range(num_steps):
            U = X @ W1 + b1
            H = U.clamp(min=0)
            z = H @ w2 + b2
            positive = z > 0
            z = z.clamp(min=0) if cut else z
            log.append((F.softplus(z) - y * z).mean().item())
            dz = torch.sigmoid(z) - y
            dz = dz * positive if cut else dz
            dz = dz if summed else dz / len(y)
            dU = torch.outer(dz, w2) * (U > 0)
            W1, b1 = W1 - lr * X.T @ dU, b1 - lr * dU.sum(dim=0)
            w2, b2 = w2 - lr * H.T @ dz, b2 - lr * dz.sum()
        return [W1, b1, w2, b2], log

    def alike(found, truth):
        return all(
            checks.same(f, t, rtol=1e-3, atol=1e-5)
            for f, t in zip(found, truth, strict=True)
        )

    faults = [(False, False), (False, True), (True, False), (True, True)]
    start = [
        torch.tensor([[1.0, -1.0, 0.5], [0.5, 1.0, -1.0]]), torch.zeros(3),
        torch.tensor([1.0, -1.0, 0.5]), torch.zeros(()),
    ]  # fmt: skip
    X = torch.tensor([[1.0, 0], [0, 1], [2, 1], [1, -1], [-1, 1]])
    y = torch.tensor([0.0, 1, 0, 1, 1])
    given = [w.clone() for w in start]
    result = learn(given, X, y, 0.1, 1)
    checks.expect(
        isinstance(result, tuple | list)
        and len(result) == 2
        and isinstance(result[0], tuple | list)
        and len(result[0]) == 4,
        "expected a list of four weights, and the log.",
    )
    checks.expect(
        all(map(checks.equal, given, start)),
        "your function changes the weights in `start`: work on copies.",
    )
    weights, log = learn(start, X, y, 0.1, 3)
    checks.expect(
        isinstance(log, tuple | list) and len(log) == 3,
        "expected one loss for each of 3 steps, got "
        f"{checks.describe_value(log)}.",
    )
    weights, _ = learn(start, X, y, 0.1, 1)
    truths = {f: by_hand(start, X, y, 0.1, 1, *f)[0] for f in faults}
    like = [fault for fault in faults if alike(weights, truths[fault])]
    wrong_step = (
        "the weights after one step of 0.1 are wrong, whatever the length of "
        "the steps: compare the gradient with one by hand."
    )
    with checks.part("the last layer", 1):
        checks.expect(like, wrong_step)
        checks.expect(
            not like[0][0],
            "after one step the weights are those of a network with a ReLU "
            "behind its last layer: z can't be negative, and no answer is "
            "surely 0.",
        )
    with checks.part("the steps", 1):
        checks.expect(like, wrong_step)
        checks.expect(
            not like[0][1],
            "for 5 points the step is 5 times too long: follow the gradient "
            "of the mean loss, not of the sum.",
        )
    with checks.part("far out", 1):
        far = [torch.eye(2), torch.zeros(2), torch.tensor([1.0, -1.0]),
               torch.zeros(())]  # fmt: skip
        X = torch.tensor([[200.0, 0.0], [0.0, 200.0]])
        for y in (torch.tensor([1.0, 0.0]), torch.tensor([0.0, 1.0])):
            weights, log = learn(far, X, y, 0.001, 1)
            loss = torch.as_tensor(log[0]).item()
            checks.expect(
                math.isfinite(loss),
                f"with z = 200 and z = -200 the loss is {loss}: p is rounded "
                "to 0 or 1, and the logarithm of 0 isn't finite.",
            )
            truths = [by_hand(far, X, y, 0.001, 1, *f) for f in faults]
            mean = truths[0][1][0]
            checks.expect(
                any(checks.same(loss, t[0], atol=1e-4) for _, t in truths),
                f"with z = 200 and z = -200 expected the loss {mean:g}, got "
                f"{loss:.4g}: a bound on p or z, or a small number added to "
                "it, makes the loss finite and wrong.",
            )
            checks.expect(
                any(alike(weights, w) for w, _ in truths),
                "with z = 200 and z = -200 the loss is right and the step is "
                "not: the gradient has to come from the loss, too.",
            )
    ### BEGIN HIDDEN TESTS
    p, h = torch.randint(3, 8, (2,)).tolist()
    n = torch.randint(12, 20, ()).item()
    start = [torch.randn(*shape).double() for shape in [(p, h), (h,), (h,)]]
    start.append(torch.randn(()).double())
    X, y = torch.randn(n, p).double(), (torch.rand(n) < 0.5).double()
    weights, log = learn(start, X, y, 0.01, 3)
    truths = {f: by_hand(start, X, y, 0.01, 3, *f) for f in faults}
    like = [f for f in faults if alike(weights, truths[f][0])]
    what = f"after 3 steps on {n} random points"
    with checks.part("the last layer"):
        checks.expect(
            like and not like[0][0], f"the weights {what} are wrong."
        )
    with checks.part("the steps"):
        checks.expect(
            like and not like[0][1], f"the weights {what} are wrong."
        )
    with checks.part("far out"):
        _, log = learn(start, 100 * X, y, 1e-5, 2)
        truths = [by_hand(start, 100 * X, y, 1e-5, 2, *f)[1] for f in faults]
        log = [torch.as_tensor(loss).item() for loss in log]
        checks.expect(
            any(checks.same(log, truth, rtol=1e-3) for truth in truths),
            f"the log of 2 steps on {n} random points far out is wrong.",
        )
    ### END HIDDEN TESTS

# %% [markdown]
# ## 5.7 Explain: a network that is said to be healthy
#
# 3 points · ★★☆ · about 10 minutes · practices
# [Two factors in every layer](../notebooks/05_activations.ipynb#Two-factors-in-every-layer)
#
# A colleague trains eight hidden layers of 100 sigmoids on ten classes, with
# PyTorch's default weights. Its accuracy stays at 10 %. She takes all outputs
# of the last hidden layer, of every unit for every image, and prints their mean,
# 0.51, and their standard deviation, 0.08. "Not one unit is saturated, and the
# outputs spread. Inside, all is well. I need a larger learning rate."
#
# - How can the outputs spread, with nothing about the image left in them? What
#   would you print, or paint, instead?
# - By about which factor does the gradient shrink from the last hidden layer to
#   the first? Give the number, and say what it is made of.
# - Would a larger rate help? Name a change that does, and what the factor is
#   after it.
#
# <details><summary>Hint 1</summary>
#
# A number of the layer belongs to a unit and to an image. The outputs can differ
# from unit to unit, from image to image, or both.
# </details>
#
# <details><summary>Hint 2</summary>
#
# Default weights have $c = 0.58$. Eight layers are joined by seven steps.
# </details>
#
# <details><summary>Hint 3</summary>
#
# In the lesson, ten layers were tried at three rates. What made them learn?
# </details>

# %% [markdown] nbgrader={"grade": true, "grade_id": "explain_stuck_network", "locked": false, "points": 3, "schema_version": 3, "solution": true, "task": false}
# ### BEGIN SOLUTION
# The spread is one between units: each unit has another bias and other weights,
# so each has its own output, but the same for every image. I would print the
# standard deviation of each unit over the images, which is the spread of
# $H - \bar H$, or paint units × images: rows without any change from left to
# right. Each layer multiplies by $c$ times the typical slope, $0.58 \cdot 0.25 =
# 0.14$. Seven steps make $0.14^7 \approx 10^{-6}$. A larger rate doesn't help,
# since what reaches the output layer is the same for all images. Tanh with
# $c = 1$ has a factor near 1, and ReLU with $c = \sqrt 2$, too; tanh alone, with
# the default weights, brings it to 0.58 only.
#
# **Rubric**
#
# - 1 point: the outputs differ from unit to unit and not from image to image;
#   look at each unit over the images (a standard deviation, or a picture).
#   "Print the histogram of all outputs" doesn't earn the point.
# - 1 point: $0.14^7$, about $10^{-6}$ (from $10^{-5}$ to $10^{-7}$ is fine), from
#   the weights' $c = 0.58$ and the slope of at most 1/4.
# - 1 point: no, and another function or start with its factor: tanh with $c = 1$
#   or ReLU with $c = \sqrt 2$, near 1; or tanh alone, 0.58. A sigmoid with
#   $c \approx 10$ earns the point if its saturated units are mentioned.
# ### END SOLUTION

# %% [markdown]
# ## Put together
#
# Once `swish`, `softplus` and `sigmoid_backward` pass, run this cell. It trains
# a network of 16 Swish units on the points of 5.6, without autograd: values
# and slopes come from your `swish`, probabilities from your
# `sigmoid_backward`, and the loss from your `softplus`. The dial turns Swish
# from something like a straight line to nearly a ReLU.

# %%
if checks.passed("swish", "softplus", "sigmoid_backward"):
    X, y = X_circle, y_circle
    for beta in (0.01, 1.0, 50.0):
        W1, b1, w2, b2 = start_circle
        for _ in range(500):
            H, slopes = (t.to(X) for t in swish(X @ W1 + b1, beta))
            z = H @ w2 + b2
            p, _ = sigmoid_backward(z, torch.ones(len(z)))
            dz = (p.to(X) - y) / len(y)
            dZ = torch.outer(dz, w2) * slopes
            W1, b1 = W1 - 0.5 * X.T @ dZ, b1 - 0.5 * dZ.sum(dim=0)
            w2, b2 = w2 - 0.5 * H.T @ dz, b2 - 0.5 * dz.sum()
        loss = (softplus(z) - y * z).mean()
        right = ((z > 0) == (y == 1)).double().mean()
        print(f"beta {beta:5}: loss {loss:.2f}, {right:.0%} right")
else:
    print("Nothing yet: the exercises named above have to pass first.")

# %% [markdown]
# ## Your points
#
# Run this cell at any time.

# %%
checks.scoreboard()

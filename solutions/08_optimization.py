# %% [markdown]
# [![Open in Colab](https://colab.research.google.com/assets/colab-badge.svg)](https://colab.research.google.com/github/neural-notebooks/course/blob/main/solutions/08_optimization.ipynb)

# %% [markdown]
# # Exercises 8: Optimization (solutions)
#
# Practice for [lesson 8](../notebooks/08_optimization.ipynb). You write what
# stands between a gradient and the next weights: schedules, momentum and
# Adam. You mend a training that goes in waves, and see how far ten thousand
# points take an optimizer of your own.
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
# **Time:** about 125 minutes in all. None of the exercises needs the answer to
# another.

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

from course_utils import checks, data


def spirals(n, generator, turn=0.0):
    """Points (n, 2) on two spirals, and on which of them they lie (n,)."""
    y = torch.randint(2, (n,), generator=generator)
    r = 0.1 + 0.9 * torch.rand(n, generator=generator)
    angle = 8 * r + math.pi * y + turn
    return (r * torch.stack([angle.cos(), angle.sin()])).T, y


checks.begin(
    {
        "stable_rate": 2,
        "momentum_step": 2,
        "one_cycle": 2,
        "smooth_losses": 3,
        "adam_step": 3,
        "train_averaged": 3,
        "optimize": 3,
    },
    written={"explain_large_batches": 3},
)

# %% [markdown]
# ## 8.1 The largest stable learning rate
#
# 2 points · ★☆☆ · about 10 minutes · practices
# [Why we normalize](../notebooks/08_optimization.ipynb#Why-we-normalize)
#
# The loss of a linear model with squared error and a penalty on its weights is
#
# $$J(w) = \frac{1}{2n} \lVert X w - y \rVert^2 +
#   \frac{\lambda}{2} \lVert w \rVert^2 .$$
#
# Its second derivatives do not depend on $w$ and $y$. Along a direction with
# the curvature $c$, one step of gradient descent with the learning rate $\eta$
# multiplies the distance to the minimum by $1 - \eta c$. Work the curvatures
# out and write `stable_rate(X, weight_decay=0.0)`.
#
# - `X` $(n \times p)$: inputs, with $n \ge p$
# - `weight_decay`: $\lambda$, a number
# - returns two numbers: the learning rate beyond which gradient descent
#   diverges, and the condition number (largest through smallest curvature)
#
# <details><summary>Hint 1</summary>
#
# Without the penalty the matrix of second derivatives is the lesson's
# $X^\top X / n$. What is the second derivative of the penalty in any direction?
# </details>
#
# <details><summary>Hint 2</summary>
#
# The penalty adds $\lambda$ to every curvature. The curvatures without it are
# the eigenvalues of $X^\top X / n$. The largest of all limits the rate.
# </details>
#
# <details><summary>Hint 3</summary>
#
# `torch.linalg.eigvalsh` returns the eigenvalues of a symmetric matrix from the
# smallest to the largest. A distance that a step multiplies by a number below
# $-1$ grows. For which $\eta$ is $1 - \eta c = -1$, and which of all curvatures
# comes there first?
# </details>


# %% nbgrader={"grade": false, "grade_id": "stable_rate", "locked": false, "schema_version": 3, "solution": true, "task": false} tags=["raises-exception"]
# exercise: stable_rate
def stable_rate(X, weight_decay=0.0):
    """The largest stable learning rate, and the condition number."""
    ### BEGIN SOLUTION
    curvatures = torch.linalg.eigvalsh(X.T @ X / len(X)) + weight_decay
    low, high = curvatures[0].item(), curvatures[-1].item()
    return 2 / high, high / low
    ### END SOLUTION


# %% nbgrader={"grade": true, "grade_id": "stable_rate-check", "locked": true, "points": 2, "schema_version": 3, "solution": false, "task": false} tags=["raises-exception"]
with checks.exercise("stable_rate"):
    # The curvatures are 16 and 4.
    X = torch.tensor([[4.0, 4.0], [4.0, 4.0], [2.0, -2.0], [2.0, -2.0]])
    result = stable_rate(X)
    checks.expect(
        isinstance(result, tuple | list) and len(result) == 2,
        "expected two numbers, a rate and a ratio, got "
        f"{checks.describe_value(result)}.",
    )
    limit, condition = (float(number) for number in result)
    limit_4, condition_4 = (float(number) for number in stable_rate(X, 4.0))
    # Three weights, with the curvatures 3, 12 and 0.75.
    three = stable_rate(torch.diag(torch.tensor([3.0, 6.0, 1.5])))
    limit_3, condition_3 = (float(number) for number in three)
    of_three = "for three weights with the curvatures 3, 12 and 0.75,"
    all_three = (
        "Take the largest and the smallest of all. `eigvalsh` sorts "
        "eigenvalues, `eigvals` doesn't."
    )
    with checks.part("the rate", 1):
        for mistake, message in [
            (2 / 64, "X.T @ X is still to be divided by the number of "
             "examples: the loss is a mean."),
            (2 / 8, "you use the singular values of X, or divide by the "
             "number of its entries. Curvatures are the squares of singular "
             "values, divided by the number of rows."),
            (1 / 16, "at 1 / λ one step ends in the middle; the limit is "
             "twice as far, at 2 / λ."),
            (2 / 4, "the steepest direction limits the rate, not the "
             "flattest."),
            (2 / 10, "you use the diagonal of X.T @ X / n alone. The steepest "
             "direction lies between the axes: its curvature is an "
             "eigenvalue."),
            (2 / 20, "you add up the curvatures of all directions. The "
             "steepest one alone limits the rate."),
            (2 / 272**0.5, "you use the length of the matrix (its Frobenius "
             "norm), which mixes all directions. The steepest one alone "
             "limits the rate."),
        ]:  # fmt: skip
            checks.expect(
                not math.isclose(limit, mistake, rel_tol=1e-3),
                f"expected the rate 0.125, got {limit:.4g}: {message}",
            )
        checks.expect_close(
            limit, 0.125, "the largest stable rate", rtol=1e-4
        )
        checks.expect(
            not math.isclose(condition_4, 6, rel_tol=1e-3),
            "with weight_decay=4 expected the condition number 2.5, got 6: "
            "you add λ to every entry of the matrix. It belongs to the "
            "diagonal: `torch.eye`, not ones.",
        )
        for mistake, message in [
            (2 / 16, "the penalty is curved as well. It has no effect in your "
             "answer."),
            (2 / 24, "the derivative of λ/2 · w² is λw, so its curvature is "
             "λ, not 2λ."),
            (2 / 18, "the second derivative of λ/2 · w² is λ, not λ/2."),
            (2 / 17, "you divide the penalty by n. The mean over the examples "
             "does not concern it."),
        ]:  # fmt: skip
            checks.expect(
                not math.isclose(limit_4, mistake, rel_tol=1e-3),
                f"with weight_decay=4 expected the rate 0.1, got "
                f"{limit_4:.4g}: {message}",
            )
        checks.expect_close(
            limit_4, 0.1, "the largest stable rate with weight_decay=4",
            rtol=1e-4,
        )  # fmt: skip
        checks.expect_close(
            limit_3, 1 / 6, f"the rate {of_three}", rtol=1e-4, hint=all_three
        )
    with checks.part("the condition number", 1):
        checks.expect(
            abs(condition) < 1e4,
            f"expected the condition number 4, got {condition:.1e}: X @ X.T "
            "has n curvatures, most of them 0. X.T @ X has one for each "
            "weight.",
        )
        checks.expect(
            not math.isclose(condition, 2, rel_tol=1e-3),
            "expected the condition number 4, got 2: that is the ratio of the "
            "singular values of X. Curvatures are their squares.",
        )
        checks.expect_close(
            condition, 4, "the condition number", rtol=1e-4,
            hint="It is the largest curvature divided by the smallest.",
        )  # fmt: skip
        checks.expect_close(
            condition_4, 2.5, "the condition number with weight_decay=4",
            rtol=1e-4, hint="The penalty lifts the smallest curvature, too.",
        )  # fmt: skip
        checks.expect_close(
            condition_3, 16, f"the condition number {of_three}", rtol=1e-4,
            hint=all_three,
        )  # fmt: skip
    ### BEGIN HIDDEN TESTS
    n, p = torch.randint(40, 60, ()).item(), torch.randint(4, 12, ()).item()
    X = torch.randn(n, p, dtype=torch.float64)
    for decay in (0.0, torch.rand(()).item() + 0.5):
        curvatures = torch.linalg.svdvals(X) ** 2 / n + decay
        limit, condition = stable_rate(X, decay)
        what = f"for {n} × {p} random inputs, weight_decay={decay:.2f}"
        with checks.part("the rate"):
            expected = 2 / curvatures.max()
            checks.expect_close(limit, expected, f"the rate {what}")
        with checks.part("the condition number"):
            expected = curvatures.max() / curvatures.min()
            checks.expect_close(
                condition, expected, f"the condition number {what}"
            )
    ### END HIDDEN TESTS

# %% [markdown]
# ## 8.2 Momentum, with a look ahead
#
# 2 points · ★★☆ · about 10 minutes · practices
# [Seven optimizers](../notebooks/08_optimization.ipynb#Seven-optimizers)
#
# Write one step of SGD with momentum,
# `momentum_step(w, g, v, lr, beta=0.9, nesterov=False)`. The state comes in and
# goes out as a value, so that nothing is hidden in a dictionary.
#
# - `w`, `g`, `v`: weights, their gradient and the velocity, three tensors of
#   the same shape; they stay as they are
# - `lr`, `beta`: learning rate $\eta$ and momentum $\beta$
# - `nesterov`: whether to look ahead
# - returns the new `w` and the new `v`, as `torch.optim.SGD` would have them.
#   The new velocity is $\beta v + g$, so the learning rate is not part of it.
#   The weights move against it, $\eta$ times; with Nesterov, against what the
#   velocity would be after one more step with the same gradient.
#
# <details><summary>Hint 1</summary>
#
# First the velocity, then the weights. Which of the two velocities does the
# step use?
# </details>
#
# <details><summary>Hint 2</summary>
#
# The velocity that goes out is the same in both cases; only the step differs.
# To look ahead, apply the velocity's rule once more, with the same gradient and
# the *new* velocity in place of the old one.
# </details>
#
# <details><summary>Hint 3</summary>
#
# With the new $v$ the step is $\eta v$, or, with Nesterov,
# $\eta\,(g + \beta v)$. What stands in the brackets moves the weights and is
# then forgotten; the velocity does not become it.
# </details>


# %% nbgrader={"grade": false, "grade_id": "momentum_step", "locked": false, "schema_version": 3, "solution": true, "task": false} tags=["raises-exception"]
# exercise: momentum_step
def momentum_step(w, g, v, lr, beta=0.9, nesterov=False):
    """New weights and new velocity after one step of SGD with momentum."""
    ### BEGIN SOLUTION
    v = beta * v + g
    step = g + beta * v if nesterov else v
    return w - lr * step, v
    ### END SOLUTION


# %% nbgrader={"grade": true, "grade_id": "momentum_step-check", "locked": true, "points": 2, "schema_version": 3, "solution": false, "task": false} tags=["raises-exception"]
with checks.exercise("momentum_step"):
    w = torch.tensor([1.0, -2.0])
    g, v = torch.tensor([0.5, 1.0]), torch.tensor([2.0, -1.0])
    given = w.clone(), g.clone(), v.clone()
    result = momentum_step(*given, 0.5)
    checks.expect(
        isinstance(result, tuple | list) and len(result) == 2,
        f"expected w and v, got {checks.describe_value(result)}.",
    )
    checks.expect(
        all(map(checks.equal, given, (w, g, v))),
        "your function changes a tensor it is given: `v *= …` and `w -= …` "
        "work in place; `w - …` makes a new tensor.",
    )
    for name, tensor in zip("wv", result, strict=True):
        checks.expect_shape(tensor, (2,), name)
    new_w, new_v = result
    speed = 0.9 * v + g
    checks.expect(
        not checks.same(new_w, speed),
        "the results have changed places: weights first, then velocity.",
    )
    fixed = "Is 0.9 written into your function?"
    with checks.part("momentum", 1):
        for mistake, message in [
            (0.9 * v + 0.1 * g, "you take a running mean. Momentum adds the "
             "whole gradient: βv + g."),
            (0.9 * v + 0.5 * g, "the learning rate is not part of the "
             "velocity: it multiplies the velocity when the weights move."),
            (0.9 * v - 0.5 * g, "the learning rate is not part of the "
             "velocity, and the minus belongs to the step."),
            (v + g, "beta has no effect: each step forgets a part of the old "
             "velocity."),
            (g, "your velocity is the gradient alone. A part of the old "
             "velocity stays: βv + g."),
            (v + 0.9 * g, "beta multiplies the old velocity, not the "
             "gradient."),
        ]:  # fmt: skip
            checks.expect(not checks.same(new_v, mistake), message)
        checks.expect_close(new_v, [2.3, 0.1], "the velocity")
        for mistake, message in [
            (w - 0.5 * v, "your step uses the old velocity. Update it first."),
            (w + 0.5 * speed, "your step goes uphill."),
            (w - 0.5 * g, "your step ignores the velocity."),
        ]:  # fmt: skip
            checks.expect(not checks.same(new_w, mistake), message)
        checks.expect_close(new_w, [-0.15, -2.05], "the weights")
        what = "with beta=0.5, nesterov=False,"
        new_w, new_v = momentum_step(w, g, v, 0.5, 0.5)
        checks.expect_close(
            new_v, [1.5, 0.5], f"the velocity {what}", hint=fixed
        )
        checks.expect_close(
            new_w, [0.25, -2.25], f"the weights {what}", hint=fixed
        )
    with checks.part("the look ahead", 1):
        new_w, new_v = momentum_step(w, g, v, 0.5, nesterov=True)
        checks.expect(
            not checks.same(new_w, w - 0.5 * speed),
            "nesterov=True changes nothing. The look ahead is g + βv with the "
            "new velocity; with the old one it is plain momentum.",
        )
        checks.expect(
            not checks.same(new_w, w - 0.5 * g - 0.9 * speed),
            "with nesterov=True the learning rate multiplies the whole step, "
            "g + βv, and not the gradient alone.",
        )
        checks.expect(
            not checks.same(new_w, w - 0.5 * (speed + 0.9 * speed)),
            "with nesterov=True you look ahead from the velocity: the "
            "gradient is counted twice. The step is g + βv with the new "
            "velocity.",
        )
        checks.expect(
            not checks.same(new_w, w - 0.5 * g + 0.9 * speed),
            "with nesterov=True βv is added to the weights: put brackets "
            "around the step, g + βv.",
        )
        checks.expect(
            not checks.same(new_w, w - 0.5 * 0.9 * speed),
            "with nesterov=True the gradient is missing in the step: it is "
            "g + βv with the new velocity.",
        )
        checks.expect_close(
            new_v, [2.3, 0.1], "the velocity with nesterov=True",
            hint="Only the step looks ahead; the velocity is βv + g in any "
            "case.",
        )  # fmt: skip
        checks.expect_close(
            new_w, [-0.285, -2.545], "the weights with nesterov=True"
        )
        what = "with beta=0.5, nesterov=True,"
        new_w, new_v = momentum_step(w, g, v, 0.5, 0.5, True)
        checks.expect_close(
            new_v, [1.5, 0.5], f"the velocity {what}", hint=fixed
        )
        checks.expect_close(
            new_w, [0.375, -2.625], f"the weights {what}", hint=fixed
        )
    ### BEGIN HIDDEN TESTS
    for nesterov in (False, True):
        q = torch.randint(3, 9, ()).item()
        beta = 0.5 + 0.3 * torch.rand(()).item()
        w = torch.randn(q, 2, dtype=torch.float64)
        theirs = w.clone().requires_grad_()
        sgd = torch.optim.SGD(
            [theirs], lr=0.1, momentum=beta, nesterov=nesterov
        )
        v = torch.zeros_like(w)
        for t in range(5):
            g = torch.randn_like(theirs)
            sgd.param_groups[0]["lr"] = lr = 0.3 / (t + 1)
            theirs.grad = g.clone()
            sgd.step()
            w, v = momentum_step(w, g, v, lr, beta, nesterov)
        with checks.part("the look ahead" if nesterov else "momentum"):
            checks.expect_close(
                w, theirs, "the weights after 5 random steps with "
                f"beta={beta:.2f}, nesterov={nesterov}",
            )  # fmt: skip
    ### END HIDDEN TESTS

# %% [markdown]
# ## 8.3 One cycle
#
# 2 points · ★★☆ · about 15 minutes · practices
# [Schedules](../notebooks/08_optimization.ipynb#Schedules)
#
# Write `one_cycle(step, total, warmup, max_lr)`, the learning rate of one step.
# It rises from `max_lr / 25` at step 0 to `max_lr` at step `warmup`, and falls
# to `max_lr / 250_000` at the last step, `total - 1`. Both parts follow half a
# cosine wave: slow at both ends, fast in the middle.
#
# - `step`: the number of the step, from 0 to `total - 1`
# - `total`, `warmup`: numbers of steps; `warmup` is at least 1 and less than
#   `total - 1`
# - `max_lr`: the largest rate
# - returns the rate, a number
#
# `one_cycle(0, 13, 4, 0.5)` gives `0.02`, step 4 gives `0.5`, and step 8, half
# way down, `0.250001`.
#
# <details><summary>Hint 1</summary>
#
# Write one part first. If $x$ runs from 0 to 1, $\cos \pi x$ runs from 1 to
# $-1$. How do you make a curve from $a$ to $b$ of it?
# </details>
#
# <details><summary>Hint 2</summary>
#
# $b + (a - b)\,(1 + \cos \pi x) / 2$ is $a$ at $x = 0$ and $b$ at $x = 1$. What
# is $x$ on the way up, and what on the way down?
# </details>
#
# <details><summary>Hint 3</summary>
#
# In both parts $x$ is the number of steps since the part began, divided by all
# that it has. The way up begins at step 0 and has `warmup` of them. Where does
# the way down begin, and how many are left from there to step `total - 1`?
# </details>


# %% nbgrader={"grade": false, "grade_id": "one_cycle", "locked": false, "schema_version": 3, "solution": true, "task": false} tags=["raises-exception"]
# exercise: one_cycle
def one_cycle(step, total, warmup, max_lr):
    """The learning rate of step `step` of `total`, highest at `warmup`."""
    ### BEGIN SOLUTION
    if step <= warmup:
        a, b, x = max_lr / 25, max_lr, step / warmup
    else:
        a, b = max_lr, max_lr / 250_000
        x = (step - warmup) / (total - 1 - warmup)
    return b + (a - b) * (1 + math.cos(math.pi * x)) / 2
    ### END SOLUTION


# %% nbgrader={"grade": true, "grade_id": "one_cycle-check", "locked": true, "points": 2, "schema_version": 3, "solution": false, "task": false} tags=["raises-exception"]
with checks.exercise("one_cycle"):
    rates = [one_cycle(step, 13, 4, 0.5) for step in range(13)]
    checks.expect(
        all(isinstance(rate, float | int | torch.Tensor) for rate in rates),
        "expected a number for each step, got "
        f"{checks.describe_value(rates[0])} for step 0.",
    )
    rates = [float(rate) for rate in rates]
    with checks.part("the rise", 1):
        checks.expect(
            abs(rates[0]) > 1e-6,
            "expected 0.02 at step 0, got 0: begin at max_lr / 25.",
        )
        checks.expect(
            abs(rates[0] - 0.5) > 1e-6,
            "expected 0.02 at step 0, got 0.5: your rise is upside down. At "
            "x = 0 a cosine wave is at its top.",
        )
        checks.expect_close(rates[0], 0.02, "the rate at step 0")
        checks.expect(
            abs(rates[4] - 0.4036304) > 1e-5,
            "expected 0.5 at step 4, got 0.404: `math.cos` takes radians, so "
            "half a wave is math.pi, not 180.",
        )
        checks.expect_close(
            rates[4], 0.5, "the rate at step 4 = warmup",
            hint="The rise ends at step `warmup`, with max_lr.",
        )  # fmt: skip
        checks.expect(
            abs(rates[1] - 0.02) > 1e-6,
            "the rate stays at 0.02 and jumps at step `warmup`: `//` rounds "
            "down. Divide with `/`.",
        )
        checks.expect(
            abs(rates[1] - 0.14) > 1e-3 or abs(rates[2] - 0.38) > 1e-3,
            "expected 0.0903 at step 1, got 0.14: your rise reaches max_lr "
            "one step early. On the way up x is step / warmup.",
        )
        for mistake, message in [
            (0.14, "your rise is a straight line. It follows half a cosine "
             "wave."),
            (0.203688, "your rise is fast at the beginning: a quarter of a "
             "wave. Half a wave is slow at both ends."),
            (0.056538, "your rise is fast at its end: a quarter of a wave. "
             "Half a wave is slow at both ends."),
        ]:  # fmt: skip
            checks.expect(
                abs(rates[1] - mistake) > 1e-5,
                f"expected 0.0903 at step 1, got {rates[1]:.3g}: {message}",
            )
        checks.expect_close(
            rates[1], 0.090294, "the rate at step 1", atol=1e-5
        )
    with checks.part("the fall", 1):
        checks.expect(
            abs(rates[8] - 2e-6) > 1e-3,
            "half way down the rate is at its end already: half a cosine wave "
            "is (1 + cos(πx)) / 2, with x from 0 to 1.",
        )
        for mistake, message in [
            (0.0, "it ends at max_lr / 250,000, not at 0."),
            (0.5 / 25, "it ends far below the rate at the beginning."),
            (0.5, "your fall is upside down. At x = 0 a cosine wave is at "
             "its top."),
            (0.1250015, "the way down has total - 1 - warmup steps: at the "
             "last one x must be 1."),
            (0.0150788, "the last step is total - 1: there x must be 1."),
            (0.5 / 10_000, "it ends at max_lr / 250,000, not / 10,000. In "
             "PyTorch 10,000 counts from the rate at the beginning."),
        ]:  # fmt: skip
            checks.expect(
                abs(rates[12] - mistake) > 1e-6,
                f"expected 2e-06 at the last step, got {rates[12]:.2g}: "
                f"{message}",
            )
        checks.expect(
            rates[12] > 0,
            f"expected 2e-06 at the last step, got {rates[12]:.2g}. A rate "
            "below 0 climbs.",
        )
        checks.expect_close(
            rates[12], 2e-6, "the rate at the last step", atol=1e-8
        )
        checks.expect(
            abs(rates[6] - 0.375) > 1e-3,
            "expected 0.4268 at step 6, got 0.375: your fall is a straight "
            "line. It follows half a cosine wave.",
        )
        checks.expect(
            abs(rates[6] - 0.250001) > 1e-4,
            "expected 0.4268 at step 6, got 0.25: the way down begins at step "
            "`warmup`. There x must be 0.",
        )
        checks.expect_close(
            rates[6], 0.426777, "the rate at step 6", atol=1e-5
        )
        checks.expect_close(
            rates[8], 0.250001, "the rate at step 8", atol=1e-6
        )
    ### BEGIN HIDDEN TESTS
    total = torch.randint(30, 60, ()).item()
    for warmup in (1, torch.randint(6, 20, ()).item()):
        max_lr = 0.1 + torch.rand(()).item()
        sgd = torch.optim.SGD([torch.zeros(1, requires_grad=True)], lr=1.0)
        cycle = torch.optim.lr_scheduler.OneCycleLR(
            sgd, max_lr, total_steps=total, pct_start=(warmup + 1) / total,
            cycle_momentum=False,
        )  # fmt: skip
        for step in range(total):
            with checks.part("the rise" if step <= warmup else "the fall"):
                checks.expect_close(
                    one_cycle(step, total, warmup, max_lr),
                    sgd.param_groups[0]["lr"],
                    f"the rate at step {step} of {total} with {warmup=}, "
                    f"max_lr={max_lr:.2f}", atol=1e-9,
                )  # fmt: skip
            if step < total - 1:
                sgd.step()
                cycle.step()
    ### END HIDDEN TESTS

# %% [markdown]
# ## 8.4 A range test that reads itself
#
# 3 points · ★★☆ · about 15 minutes · practices
# [Finding a learning rate](../notebooks/08_optimization.ipynb#Finding-a-learning-rate)
#
# The losses of a range test are noisy and end in numbers that are not finite.
# Write `smooth_losses(rates, losses, beta=0.9)`, which smooths them as Adam
# smooths gradients, and proposes a rate: with $m_0 = 0$ and the $t$-th loss
# $L_t$, $t = 1, 2, \dots$,
#
# $$m_t = \beta\, m_{t-1} + (1 - \beta) L_t, \qquad
#   \hat m_t = \frac{m_t}{1 - \beta^t} .$$
#
# - `rates`, `losses`: two lists of numbers of the same length
# - `beta`: how much of the past is kept
# - returns a list of the $\hat m_t$, up to the first loss that is infinite or
#   `nan`, which is left out with all that follow; and a tenth of the rate at
#   which $\hat m_t$ is lowest
#
# With `beta=0.5`, `smooth_losses([1.0, 2.0], [3.0, 6.0], 0.5)` gives
# `[3.0, 5.0]` and `0.1`.
#
# <details><summary>Hint 1</summary>
#
# Go through both lists together. What do you have to remember from one loss to
# the next: $m_t$, or $\hat m_t$?
# </details>
#
# <details><summary>Hint 2</summary>
#
# Keep `m` without the correction, and append the corrected value to the list.
# `math.isfinite(loss)` is False for `nan` and infinity; `break` leaves a loop.
# </details>
#
# <details><summary>Hint 3</summary>
#
# `enumerate` with `start=1` counts as $t$ does. What the next round begins
# with must not have been divided. The place of the lowest in a list is
# what its method `index` finds, and the same place in `rates` has the rate.
# </details>


# %% nbgrader={"grade": false, "grade_id": "smooth_losses", "locked": false, "schema_version": 3, "solution": true, "task": false} tags=["raises-exception"]
# exercise: smooth_losses
def smooth_losses(rates, losses, beta=0.9):
    """Bias-corrected running means of the losses, and a rate to start with."""
    ### BEGIN SOLUTION
    m, smooth = 0.0, []
    for t, new in enumerate(losses, start=1):
        if not math.isfinite(new):
            break
        m = beta * m + (1 - beta) * new
        smooth.append(m / (1 - beta**t))
    return smooth, rates[smooth.index(min(smooth))] / 10
    ### END SOLUTION


# %% nbgrader={"grade": true, "grade_id": "smooth_losses-check", "locked": true, "points": 3, "schema_version": 3, "solution": false, "task": false} tags=["raises-exception"]
with checks.exercise("smooth_losses"):
    # The second loss is low by luck; smoothed, the fifth is the lowest.
    rates = [0.01, 0.02, 0.04, 0.08, 0.16, 0.32, 0.64]
    losses = [4.0, 1.0, 3.0, 1.5, 1.2, 5.0, 9.0]
    result = smooth_losses(rates, losses, 0.5)
    checks.expect(
        isinstance(result, tuple | list)
        and len(result) == 2
        and hasattr(result[0], "__len__"),
        "expected a list of smoothed losses and a rate, got "
        f"{checks.describe_value(result)}.",
    )
    smooth, rate = result
    usual, usual_rate = smooth_losses(rates, losses)
    cut = {
        odd: smooth_losses(rates, [*losses[:5], odd, 0.5], 0.5)
        for odd in (math.nan, math.inf)
    }
    truth = [4, 2, 2.571429, 2, 1.587097, 3.320635, 6.182677]
    with checks.part("the smoothed losses", 2):
        checks.expect(
            len(smooth) == 7,
            f"expected 7 smoothed losses for 7 losses, got {len(smooth)}.",
        )
        start = float(smooth[0])
        checks.expect(
            abs(start - 2) > 1e-3,
            "the first smoothed loss must be the first loss, 4, but is half "
            "of it: m starts at 0 and is too small at first. Divide by "
            "1 - β^t.",
        )
        checks.expect_close(start, 4, "the first smoothed loss")
        second = float(smooth[1])
        for mistake, message in [
            (2.5, "you begin with m = 4 in place of the correction, so that "
             "the first loss counts too much."),
            (10 / 3, "m is to be kept without the correction. You correct it, "
             "and go on with the corrected value, or you begin with the first "
             "loss and correct that: m starts at 0."),
            (1.0, "that is the loss itself, not smoothed."),
            (3.0, "the exponent t stays 1: it counts the losses."),
        ]:  # fmt: skip
            checks.expect(
                abs(second - mistake) > 1e-3,
                f"expected 2 as the second smoothed loss, got {second:.4g}: "
                f"{message}",
            )
        checks.expect_close(smooth, truth, "the smoothed losses", atol=1e-5)
        checks.expect(
            not checks.same(usual, truth, rtol=1e-3),
            "without the argument `beta` it is 0.9; your result is that of "
            "0.5. Is a number written into your function?",
        )
        checks.expect(
            abs(float(usual[1]) - 6.6315789) > 1e-3
            and abs(float(usual[1]) - 1.2727273) > 1e-3,
            "with beta=0.9 expected 2.42105 as the second smoothed loss, got "
            f"{float(usual[1]):.6g}: beta is the share of the past that is "
            "kept. The new loss gets 1 - beta.",
        )
        checks.expect_close(
            [usual[1], usual[6]], [2.421053, 3.881528],
            "the second and the last smoothed loss, with beta=0.9,",
            atol=1e-5,
        )  # fmt: skip
        for odd, (smooth, _) in cut.items():
            checks.expect(
                len(smooth) == 5,
                f"for losses that end with {odd}, 0.5 expected 5 smoothed "
                f"ones, got {len(smooth)}: stop at the first that is not "
                "finite.",
            )
            checks.expect_close(smooth, truth[:5], "the smoothed losses")
    with checks.part("the rate", 1):
        for mistake, message in [
            (0.16, "propose a tenth of the rate with the lowest loss."),
            (0.002, "that belongs to the lowest of the raw losses, which is "
             "low by luck. Take the lowest smoothed one."),
            (1.587097, "that is the loss, not the rate."),
            (0.1587097, "that is a tenth of the loss, not of the rate."),
            (0.064, "that belongs to the highest smoothed loss. Take the "
             "lowest."),
        ]:  # fmt: skip
            checks.expect(
                abs(float(rate) - mistake) > 1e-5,
                f"expected the rate 0.016, got {float(rate):.4g}: {message}",
            )
        checks.expect_close(rate, 0.016, "the rate")
        checks.expect_close(usual_rate, 0.016, "the rate with beta=0.9")
        for odd, (_, rate) in cut.items():
            checks.expect_close(
                rate, 0.016, f"the rate for losses with {odd}"
            )
    ### BEGIN HIDDEN TESTS
    n, end = (
        torch.randint(30, 60, ()).item(),
        torch.randint(20, 30, ()).item(),
    )
    rates = torch.logspace(-4, 1, n).tolist()
    losses = (torch.rand(n) + torch.linspace(-2, 2, n) ** 2 + 0.1).tolist()
    losses[end] = math.inf
    for beta in (0.9, 0.6):
        smooth, rate = smooth_losses(rates, losses, beta)
        # A weighted mean: the weights fall by the factor beta into the past.
        expected = []
        for t in range(1, end + 1):
            weights = beta ** torch.arange(t).double().flip(0)
            past = torch.tensor(losses[:t], dtype=torch.float64)
            expected.append((weights @ past / weights.sum()).item())
        what = f"for {n} random losses and beta={beta}"
        with checks.part("the smoothed losses"):
            checks.expect_close(
                smooth, expected, f"the smoothed losses {what}"
            )
        best = min(range(end), key=lambda i: expected[i])
        with checks.part("the rate"):
            checks.expect_close(rate, rates[best] / 10, f"the rate {what}")
    ### END HIDDEN TESTS

# %% [markdown]
# ## 8.5 Find and mend: Adam that loses its memory
#
# 3 points · ★★★ · about 20 minutes · practices
# [Seven optimizers](../notebooks/08_optimization.ipynb#Seven-optimizers)
#
# This is Adam as some write it from scratch. The formulas look right:
#
# ```python
# def adam_step(w, g, m, s, t, lr, beta1=0.9, beta2=0.999, eps=1e-8):
#     m = beta1 * m + (1 - beta1) * g
#     s = beta2 * s + (1 - beta2) * g**2
#     m = m / (1 - beta1**t)
#     s = s / (1 - beta2**t)
#     w = w - lr * m / torch.sqrt(s + eps)
#     return w, m, s
# ```
#
# With a constant gradient both running means, corrected, are constant, too, and
# each step of Adam is as long as the learning rate, whether the gradient is
# large or small; beside a millionth, $\epsilon$ takes off one percent. Here `lr`
# is 0.1, and the gradient is first 1, then a millionth:


# %%
def published_adam_step(w, g, m, s, t, lr, beta1=0.9, beta2=0.999, eps=1e-8):
    m = beta1 * m + (1 - beta1) * g
    s = beta2 * s + (1 - beta2) * g**2
    m = m / (1 - beta1**t)
    s = s / (1 - beta2**t)
    w = w - lr * m / torch.sqrt(s + eps)
    return w, m, s


for size in (1.0, 1e-6):
    w = m = s = torch.zeros(())
    print(f"gradient {size:g}, length of the steps:", end="")
    for t in range(1, 7):
        before = w
        w, m, s = published_adam_step(w, torch.tensor(size), m, s, t, lr=0.1)
        print(f" {before - w:.4f}", end="")
    print()

# %% [markdown]
# Only the first step of the first row is right. Find the two mistakes, and
# write `adam_step` with the same arguments.
#
# - `w`, `g`, `m`, `s`: weights, gradient and the two running means, tensors of
#   the same shape; they stay as they are
# - `t`: the number of this step; the first is 1
# - `lr`, `beta1`, `beta2`: learning rate $\eta$, and the shares of the past in
#   both means
# - `eps`: $\epsilon$. A step is $\eta\, \hat m / (\sqrt{\hat s} + \epsilon)$
#   long, with the corrected means $\hat m$ and $\hat s$.
# - returns the new `w`, `m` and `s`; `m` and `s` are what the next step is to
#   be called with
#
# <details><summary>Hint 1</summary>
#
# Go through step 2 by hand, for a gradient of 1. What is `m` when the step
# begins, and what should it be?
# </details>
#
# <details><summary>Hint 2</summary>
#
# The correction is for this step only: the running means that are handed on
# must stay uncorrected. The second mistake shows where $s$ is much smaller than
# $\epsilon$: compare with the formula above, sign by sign.
# </details>
#
# <details><summary>Hint 3</summary>
#
# Print `m` after each of six steps with the gradient 1: uncorrected, it is 0.1,
# 0.19, 0.271 and so on; only what the step uses is 1 each time. So there are
# two of each mean, and they need names. For a gradient of a millionth, $s$ is
# $10^{-12}$: how large is its root, and how large is the root of $\epsilon$?
# </details>


# %% nbgrader={"grade": false, "grade_id": "adam_step", "locked": false, "schema_version": 3, "solution": true, "task": false} tags=["raises-exception"]
# exercise: adam_step
def adam_step(w, g, m, s, t, lr, beta1=0.9, beta2=0.999, eps=1e-8):
    """New weights and running means after step t of Adam."""
    ### BEGIN SOLUTION
    m = beta1 * m + (1 - beta1) * g
    s = beta2 * s + (1 - beta2) * g**2
    m_hat, s_hat = m / (1 - beta1**t), s / (1 - beta2**t)
    return w - lr * m_hat / (s_hat.sqrt() + eps), m, s
    ### END SOLUTION


# %% nbgrader={"grade": true, "grade_id": "adam_step-check", "locked": true, "points": 3, "schema_version": 3, "solution": false, "task": false} tags=["raises-exception"]
with checks.exercise("adam_step"):
    w, g = torch.tensor([1.0, -2.0]), torch.tensor([0.5, -3.0])
    m, s = torch.tensor([0.2, -0.1]), torch.tensor([0.04, 0.09])
    given = [tensor.clone() for tensor in (w, g, m, s)]
    result = adam_step(*given, t=3, lr=0.1)
    checks.expect(
        isinstance(result, tuple | list) and len(result) == 3,
        f"expected w, m and s, got {checks.describe_value(result)}.",
    )
    checks.expect(
        all(map(checks.equal, given, (w, g, m, s))),
        "your function changes a tensor it is given: `m *= …` works in place; "
        "`beta1 * m` makes a new tensor.",
    )
    for name, tensor in zip("wms", result, strict=True):
        checks.expect_shape(tensor, (2,), name)
    new_w, new_m, new_s = result
    mean, square = 0.9 * m + 0.1 * g, 0.999 * s + 0.001 * g**2
    m_hat, s_hat = mean / (1 - 0.9**3), square / (1 - 0.999**3)
    other = adam_step(w, g, m, s, 2, 0.1, 0.5, 0.75, 0.5)
    hint = "Is the usual number written into your function?"
    with checks.part("the running means", 2):
        for name, got, mistake in [("m", new_m, m_hat), ("s", new_s, s_hat)]:
            checks.expect(
                not checks.same(got, mistake, rtol=1e-4),
                f"the {name} you return is corrected. The next step takes it "
                "for the running mean itself: correct a copy, and return it "
                "as it was.",
            )
        for mistake, message in [
            (0.999 * m + 0.001 * g, "beta1 and beta2 have changed places."),
            (0.9 * m + g, "m is a running mean, not a sum: (1 - β₁) g."),
            (0.1 * m + 0.9 * g, "beta1 is the share of the past in m. The "
             "gradient gets 1 - beta1."),
        ]:  # fmt: skip
            checks.expect(not checks.same(new_m, mistake, rtol=1e-4), message)
        checks.expect_close(new_m, mean, "m")
        checks.expect(
            not checks.same(new_s, 0.999 * s + 0.001 * g, rtol=1e-4),
            "s is the running mean of squares: g**2.",
        )
        checks.expect(
            not checks.same(new_s, 0.999 * s + 0.001 * mean**2, rtol=1e-4),
            "s is the running mean of the squared gradients, not of m "
            "squared.",
        )
        checks.expect_close(new_s, square, "s")
        for mistake, message in [
            (-m_hat / s_hat.sqrt(), "your step goes uphill."),
            (mean / square.sqrt(), "the correction of the means is missing."),
            (m_hat / square.sqrt(), "the correction of s is missing."),
            (mean / s_hat.sqrt(), "the correction of m is missing."),
            (m_hat / s_hat, "you divide by s. Its root has the size of a "
             "gradient."),
            (m_hat / (square / (1 - 0.9**3)).sqrt(), "s is corrected with "
             "beta1; its own share of the past is beta2."),
            (g / s_hat.sqrt(), "your step follows the gradient, not its "
             "running mean."),
            (mean / (1 - 0.9**4) / (square / (1 - 0.999**4)).sqrt(), "the "
             "exponent of the correction is t, not t + 1: the first step is "
             "1."),
            (mean / (1 - 0.9**2) / (square / (1 - 0.999**2)).sqrt(), "the "
             "exponent of the correction is t, not t - 1: the first step is "
             "1."),
        ]:  # fmt: skip
            wrong = checks.same(w - new_w, 0.1 * mistake, rtol=1e-4)
            checks.expect(not wrong, f"w is wrong: {message}")
        expected = w - 0.1 * m_hat / s_hat.sqrt()
        checks.expect_close(new_w, expected, "w", rtol=1e-4)
        for name, got, expected in [
            ("m with beta1=0.5", other[1], 0.5 * (m + g)),
            ("s with beta2=0.75", other[2], 0.75 * s + 0.25 * g**2),
        ]:
            checks.expect_close(got, expected, f"{name},", hint=hint)
    with checks.part("epsilon", 1):
        zero, tiny = torch.zeros(1), torch.full((1,), 1e-6)
        step = -adam_step(zero, tiny, zero, zero, t=1, lr=0.1)[0].item()
        checks.expect(
            not 0.0005 < step < 0.002,
            "for a gradient of 1e-6 expected a step of 0.099, got "
            f"{step:.4f}: inside the root, eps = 1e-8 acts like 1e-4. Add it "
            "to the root.",
        )
        checks.expect(
            abs(step - 0.1) > 1e-4,
            "for a gradient of 1e-6 expected a step of 0.099, got 0.1: eps is "
            "missing, or outside of the denominator. It is (root + eps), in "
            "brackets.",
        )
        checks.expect_close(
            step, 0.0990099, "a step for the gradient 1e-6", rtol=1e-3,
            hint="The lesson adds eps to the root.",
        )  # fmt: skip
        checks.expect_close(
            other[0], [0.951379, -1.926231],
            "w with t=2, beta1=0.5, beta2=0.75, eps=0.5,", hint=hint,
        )  # fmt: skip
    ### BEGIN HIDDEN TESTS
    # Gradients beside which eps is nothing, and others of its size.
    betas = (0.6 + 0.2 * torch.rand(2)).tolist()
    for part, eps, size in [
        ("the running means", 1e-8, 1.0),
        ("epsilon", 1e-3, 1e-3),
    ]:
        q = torch.randint(3, 9, ()).item()
        w = torch.randn(q, dtype=torch.float64)
        theirs = w.clone().requires_grad_()
        adam = torch.optim.Adam([theirs], lr=0.05, betas=betas, eps=eps)
        m = s = torch.zeros_like(w)
        what = f"beta1={betas[0]:.2f}, beta2={betas[1]:.2f}, eps={eps:g}"
        with checks.part(part):
            for t in range(1, 21):
                g = size * 10 ** (2 * torch.rand_like(theirs))
                g = g * torch.randn_like(theirs)
                theirs.grad = g.clone()
                adam.step()
                w, m, s = adam_step(w, g, m, s, t, 0.05, *betas, eps)
                checks.expect_close(
                    w, theirs, f"w after {t} random steps with {what}"
                )
    ### END HIDDEN TESTS

# %% [markdown]
# ## 8.6 Diagnose: a training that falls in waves
#
# 3 points · ★★★ · about 25 minutes · practices
# [Schedules](../notebooks/08_optimization.ipynb#Schedules)
#
# This function trains a network with one hidden layer by momentum:
#
# - Each step makes the velocity of each tensor $v \leftarrow 0.9\, v + g$, and
#   moves the weights by $-\eta_t v$. At the start $v$ is 0.
# - The rate falls by half a cosine wave over the whole training. Of $T$ steps
#   in all, step $t = 0, 1, \dots, T - 1$ has $\eta_t = \eta\, (1 + \cos(\pi t /
#   T)) / 2$, where $\eta$ is `lr`.
# - Beside the weights it keeps their running mean $a$, which is less noisy. It
#   begins at the start; after each step $a \leftarrow a + s\, (w - a)$, where
#   $s$ is `share`. The training doesn't depend on it.
#
# ```python
# def train_averaged(start, batches, lr, num_epochs, share):
#     weights = list(start)
#     mean = weights
#     step, log = 0, []
#     for _ in range(num_epochs):
#         velocity = [torch.zeros_like(w) for w in weights]
#         losses = []
#         for X, y in batches:
#             rate = lr * (1 + math.cos(math.pi * step / num_epochs)) / 2
#             step += 1
#             given = [w.clone().requires_grad_() for w in weights]
#             W1, b1, W2, b2 = given
#             loss = F.cross_entropy(torch.relu(X @ W1 + b1) @ W2 + b2, y)
#             for i, g in enumerate(torch.autograd.grad(loss, given)):
#                 velocity[i] = 0.9 * velocity[i] + g
#                 weights[i] = weights[i] - rate * velocity[i]
#                 mean[i] = mean[i] + share * (weights[i] - mean[i])
#             losses.append(loss.item())
#         log.append(sum(losses) / len(losses))
#     return weights, mean, log
# ```
#
# Here it learns to which of two spirals a point belongs, from 400 points in
# 16 batches.


# %%
def published_averaged(start, batches, lr, num_epochs, share):
    weights = list(start)
    mean = weights
    step, log = 0, []
    for _ in range(num_epochs):
        velocity = [torch.zeros_like(w) for w in weights]
        losses = []
        for X, y in batches:
            rate = lr * (1 + math.cos(math.pi * step / num_epochs)) / 2
            step += 1
            given = [w.clone().requires_grad_() for w in weights]
            W1, b1, W2, b2 = given
            loss = F.cross_entropy(torch.relu(X @ W1 + b1) @ W2 + b2, y)
            for i, g in enumerate(torch.autograd.grad(loss, given)):
                velocity[i] = 0.9 * velocity[i] + g
                weights[i] = weights[i] - rate * velocity[i]
                mean[i] = mean[i] + share * (weights[i] - mean[i])
            losses.append(loss.item())
        log.append(sum(losses) / len(losses))
    return weights, mean, log


generator = torch.Generator().manual_seed(0)
X, y = spirals(400, generator)
batches = list(zip(X.split(25), y.split(25), strict=True))
start = [
    torch.randn(2, 64, generator=generator),
    torch.randn(64, generator=generator),
    torch.randn(64, 2, generator=generator) / 8,
    torch.zeros(2),
]
weights, mean, log = published_averaged(start, batches, 0.3, 40, 0.02)
for first in (0, 20):
    print("loss", *(f"{loss:.2f}" for loss in log[first : first + 20]))
apart = max((w - a).abs().max() for w, a in zip(weights, mean, strict=True))
print(f"weights and mean differ by up to {apart:.4f}")

# %% [markdown]
# The loss falls in waves, five epochs long, and weights and mean are the same
# numbers, as if nothing had been averaged. There are three faults: one makes
# the waves, one spoils the mean, and one costs speed in each epoch. Mended, the
# same call falls without waves to a loss of 0.02, and weights and mean differ
# by 0.007. Write `train_averaged(start, batches, lr, num_epochs, share)`.
#
# - `start`: a list of `W1` $(p \times h)$, `b1` $(h,)$, `W2` $(h \times k)$,
#   `b2` $(k,)$, which keep their values
# - `batches`: a list of pairs of inputs $(m \times p)$ and labels $(m,)$, all
#   of the same size
# - returns the list of the four weights after the last step, the list of their
#   means, and the log: for each epoch the mean of the batches' losses, each
#   measured just before its step
#
# <details><summary>Hint 1</summary>
#
# Print the rate of each step. After how many does it come back to where it
# was? And what does the velocity know when a new epoch begins?
# </details>
#
# <details><summary>Hint 2</summary>
#
# Try one thing at a time. With `share=1` the mean has to be the weights, and
# with `share=0` the start. With one batch, steps and epochs are the same
# number, so the rate is right; and with one epoch, the velocity is.
# </details>
#
# <details><summary>Hint 3</summary>
#
# `step` counts the batches of all epochs, `num_epochs` counts epochs. What is
# made inside of the outer loop is new in each epoch. And `mean = weights` makes
# a second name for the same list.
# </details>


# %% nbgrader={"grade": false, "grade_id": "train_averaged", "locked": false, "schema_version": 3, "solution": true, "task": false} tags=["raises-exception"]
# exercise: train_averaged
def train_averaged(start, batches, lr, num_epochs, share):
    """The last weights, their running means, the mean loss of each epoch."""
    ### BEGIN SOLUTION
    weights, mean = list(start), list(start)
    velocity = [torch.zeros_like(w) for w in start]
    step, num_steps, log = 0, num_epochs * len(batches), []
    for _ in range(num_epochs):
        losses = []
        for X, y in batches:
            rate = lr * (1 + math.cos(math.pi * step / num_steps)) / 2
            step += 1
            given = [w.clone().requires_grad_() for w in weights]
            W1, b1, W2, b2 = given
            loss = F.cross_entropy(torch.relu(X @ W1 + b1) @ W2 + b2, y)
            for i, g in enumerate(torch.autograd.grad(loss, given)):
                velocity[i] = 0.9 * velocity[i] + g
                weights[i] = weights[i] - rate * velocity[i]
                mean[i] = mean[i] + share * (weights[i] - mean[i])
            losses.append(loss.item())
        log.append(sum(losses) / len(losses))
    return weights, mean, log
    ### END SOLUTION


# %% nbgrader={"grade": true, "grade_id": "train_averaged-check", "locked": true, "points": 3, "schema_version": 3, "solution": false, "task": false} tags=["raises-exception"]
with checks.exercise("train_averaged"):

    def by_hand(start, batches, lr, num_epochs, share, schedule, anew):
        # `schedule` and `anew` keep a fault, so that each counts by itself.
        weights, mean = list(start), list(start)
        v, log = [torch.zeros_like(w) for w in start], []
        for step in range(num_epochs * len(batches)):
            epoch, place = divmod(step, len(batches))
            if place == 0:
                log.append(0.0)
                v = [0 * old for old in v] if anew else v
            X, y = batches[place]
            given = [w.clone().requires_grad_() for w in weights]
            Z = torch.relu(X @ given[0] + given[1]) @ given[2] + given[3]
            loss = F.cross_entropy(Z, y)
            loss.backward()
            log[epoch] += loss.item() / len(batches)
            rate = lr * (0.5 + 0.5 * math.cos(schedule(step) * math.pi))
            v = [0.9 * a + b.grad for a, b in zip(v, given, strict=True)]
            pairs = zip(weights, v, strict=True)
            weights = [w - rate * a for w, a in pairs]
            pairs = zip(mean, weights, strict=True)
            mean = [(1 - share) * a + share * w for a, w in pairs]
        return weights, mean, log

    def outcomes(start, batches, lr, n, share):
        # By the schedule, and by whether the velocity begins anew.
        k = len(batches)
        schedules = {
            "right": lambda t: t / (n * k),
            "by epochs": lambda t: t / n,
            "to the last": lambda t: t / (n * k - 1),
            "flat": lambda t: t // k / n,
            "rises again": lambda t: t / k,
            "begins again": lambda t: t % k / k,
        }
        call = start, batches, lr, n, share
        return {
            (name, anew): by_hand(*call, schedule, anew)
            for name, schedule in schedules.items()
            for anew in (False, True)
        }

    def alike(found, truth):
        return all(
            checks.same(f, t, rtol=1e-3, atol=1e-4)
            for f, t in zip(found, truth, strict=True)
        )

    start = [
        torch.tensor([[1.0, -1.0, 0.5], [0.5, 1.0, -1.0]]), torch.zeros(3),
        torch.tensor([[1.0, -1.0], [0.0, 1.0], [-1.0, 0.5]]), torch.zeros(2),
    ]  # fmt: skip
    X = torch.tensor([[1.0, 0], [0, 1], [2, 1], [1, -1], [-1, 1], [0, -2]])
    y = torch.tensor([0, 1, 0, 1, 1, 0])
    three = [(X[:2], y[:2]), (X[2:4], y[2:4]), (X[4:], y[4:])]
    given = [w.clone() for w in start]
    result = train_averaged(given, three, 0.5, 2, 0.3)
    checks.expect(
        isinstance(result, tuple | list)
        and len(result) == 3
        and all(isinstance(part, tuple | list) for part in result)
        and [len(part) for part in result] == [4, 4, 2],
        "expected a list of four weights, a list of four means, and the log "
        "of 2 epochs.",
    )
    checks.expect(
        all(map(checks.equal, given, start)),
        "your function changes the weights in `start`: work on copies.",
    )
    # The second loss is measured after one step, with the full rate.
    log = train_averaged(start, three[:2], 0.5, 1, 0.3)[2]
    truth = by_hand(start, three[:2], 0.5, 1, 0.3, lambda t: t / 2, False)
    checks.expect(
        alike(log, truth[2]),
        "after a single step, with the full rate, weights or log are wrong: "
        "it is w - lr * g, and the loss before the step.",
    )
    two = outcomes(start, three, 0.5, 2, 0.3)
    with checks.part("the schedule", 1):
        # In one epoch it doesn't matter whether the velocity begins anew.
        weights, _, log = train_averaged(start, three, 0.5, 1, 0.3)
        one = outcomes(start, three, 0.5, 1, 0.3)
        for name, message in [
            ("by epochs", "the rate of the second is 0: `step / num_epochs` "
             "divides steps by epochs."),
            ("to the last", "the rate of the last is 0: T is how many steps "
             "there are, not the number of the last."),
            ("flat", "the rate stays the same: it falls from step to step, "
             "not from epoch to epoch."),
        ]:  # fmt: skip
            checks.expect(
                not alike(weights, one[name, False][0]),
                f"in one epoch of three steps, {message}",
            )
        truth = one["right", False]
        for name, w, expected in zip(
            ("W1", "b1", "W2", "b2"), weights, truth[0], strict=True
        ):
            checks.expect_close(
                w, expected, f"{name} after three steps", rtol=1e-3, atol=1e-4
            )
        checks.expect_close(log, truth[2], "the log of one epoch", rtol=1e-3)
        weights = train_averaged(start, three, 0.5, 2, 0.3)[0]
        for name in ("rises again", "begins again"):
            checks.expect(
                not any(alike(weights, two[name, b][0]) for b in (0, 1)),
                f"in the second epoch the rate {name}: T is the number of "
                "steps of the whole training, epochs times batches.",
            )
    with checks.part("the momentum", 1):
        weights, _, log = train_averaged(start, three, 0.5, 2, 0.3)
        checks.expect(
            not any(alike(weights, two[key][0]) for key in two if key[1]),
            "after the first epoch the velocity begins at 0 again: it is to "
            "go on through all epochs.",
        )
        checks.expect(
            any(alike(weights, two[key][0]) for key in two if not key[1]),
            "in one epoch the weights may be right, after two they are not.",
        )
    with checks.part("the mean", 1):
        weights, mean, _ = train_averaged(start, three, 0.5, 2, 0.3)
        checks.expect(
            not alike(mean, weights),
            "the mean is the same as the weights. `mean = weights` makes no "
            "second list, but a second name for the first.",
        )
        checks.expect(
            any(alike(mean, truth[1]) for truth in two.values()),
            "the means are wrong: they begin at the start, and after each "
            "step a share of the difference to the weights is added.",
        )
    ### BEGIN HIDDEN TESTS
    p, h, k = torch.randint(3, 8, (3,)).tolist()
    start = [
        torch.randn(*shape).double() for shape in [(p, h), (h,), (h, k), (k,)]
    ]
    X, y = torch.randn(20, p).double(), torch.randint(k, (20,))
    four = list(zip(X.split(5), y.split(5), strict=True))
    call = (start, four, 0.05, 3, 0.2)
    found = outcomes(*call)
    weights, mean, log = train_averaged(*call)
    what = f"after 3 epochs of {p} random inputs, {h} units, {k} classes"
    with checks.part("the schedule"):
        right = [found["right", anew] for anew in (False, True)]
        checks.expect(
            any(alike(weights, truth[0]) for truth in right),
            f"the weights {what} are wrong.",
        )
        checks.expect(
            any(alike(log, truth[2]) for truth in right),
            f"the log {what} is wrong.",
        )
    with checks.part("the momentum"):
        checks.expect(
            any(alike(weights, found[key][0]) for key in found if not key[1]),
            f"the weights {what} are wrong.",
        )
    with checks.part("the mean"):
        checks.expect(
            any(alike(mean, truth[1]) for truth in found.values()),
            f"the means {what} are wrong.",
        )
    ### END HIDDEN TESTS

# %% [markdown]
# ## 8.7 Challenge: ten thousand points
#
# 3 points · ★★☆ · about 20 minutes · practices
# [Seven optimizers](../notebooks/08_optimization.ipynb#Seven-optimizers)
#
# An optimizer sees weights and gradients, and nothing else. Write one of your
# own, `optimize(gradient, start)`, for a network with two hidden layers that
# has to tell two spirals apart. How much do you make of a gradient?
#
# - `start`: the weights at the beginning, one vector $(d,)$
# - `gradient(w, m)` returns the gradient $(d,)$ of the mean loss at the weights
#   `w` $(d,)$, for `m` points drawn anew, a whole number. Many points make it
#   exact, few make it cheap.
# - returns the weights at the end $(d,)$
#
# **Budget:** 10,000 points in a call, then `gradient` stops with an error; in
# batches of any size. A call may take 10 seconds on one core. Everything else
# is yours: the batches, the steps, the schedule. The network is tried on 1,000
# other points, with two pairs of spirals, so your function is called twice;
# the check says in brackets how long both took. You get a point for each of
# 85 %, 92 % and 97 %, the mean of both. Gradient descent with batches of 25 and
# a rate of 0.1 gets between 60 and 85 %. What you hand in in a class is called
# twice more: the spirals are turned, the network has another size, and 3
# percentage points less are enough. All four calls are stopped after a minute.
#
# The next cell has what you need to try your ideas: in place of its loop, call
# your function, with `w = optimize(gradient, w)`. Other seeds make other
# spirals, and each problem can be used once.


# %%
def spiral_problem(seed, hidden=32, budget=10_000):
    """The gradient, the start (d,), and the accuracy (%) for weights."""
    generator = torch.Generator().manual_seed(seed)
    turn = 6.3 * torch.rand((), generator=generator)
    shapes = [(2, hidden), (hidden,), (hidden, hidden), (hidden,),
              (hidden, 2), (2,)]  # fmt: skip
    drawn = [torch.randn(shape, generator=generator) for shape in shapes]
    start = torch.cat([w.flatten() / len(w) ** 0.5 for w in drawn])
    used = 0

    def logits(w, X):
        pieces = w.split([math.prod(shape) for shape in shapes])
        pairs = zip(pieces, shapes, strict=True)
        W1, b1, W2, b2, W3, b3 = (piece.view(shape) for piece, shape in pairs)
        H = torch.tanh(torch.tanh(X @ W1 + b1) @ W2 + b2)
        return H @ W3 + b3

    def gradient(w, m):
        nonlocal used
        if m % 1:
            raise ValueError(f"{m} is no whole number of points: use //")
        m = int(m)
        X, y = spirals(m, generator, turn)
        used += m
        if used > budget:
            raise RuntimeError(f"the budget of {budget:,} points is used up")
        w = w.detach().float().requires_grad_()
        loss = F.cross_entropy(logits(w, X), y)
        return torch.autograd.grad(loss, w)[0]

    def accuracy(w):
        X, y = spirals(1000, generator, turn)
        answers = logits(w.detach().float(), X).argmax(dim=1)
        return 100 * (answers == y).double().mean().item()

    return gradient, start, accuracy


gradient, w, accuracy = spiral_problem(seed=0)
for _ in range(400):
    w = w - 0.1 * gradient(w, 25)
print(f"gradient descent: {accuracy(w):.1f} % right")

# %% [markdown]
# <details><summary>Hint 1</summary>
#
# With batches of 25 there are 400 steps, with batches of 100 only 100. What
# does momentum, or Adam, make of them? Each needs a rate of its own: try three,
# each three times the one before.
# </details>
#
# <details><summary>Hint 2</summary>
#
# At a large rate the weights get far and never come to rest. A rate that falls
# to 0 at the end has both, if it begins two or three times as high as the best
# constant one: falling, it leads half as far. You know how many steps there
# will be.
# </details>
#
# <details><summary>Hint 3</summary>
#
# All weights are one vector, so Adam is three lines, as in the lesson. Its
# usual rate of 0.001 is made for tens of thousands of steps; here there are a
# few hundred, so each has to go further, ten times and more.
# </details>


# %% nbgrader={"grade": false, "grade_id": "optimize", "locked": false, "schema_version": 3, "solution": true, "task": false} tags=["raises-exception"]
# exercise: optimize
def optimize(gradient, start):
    """Weights (d,) after gradients of 10,000 points in all."""
    ### BEGIN SOLUTION
    w, m, s = start, torch.zeros_like(start), torch.zeros_like(start)
    for t in range(1, 401):
        g = gradient(w, 25)
        m, s = 0.9 * m + 0.1 * g, 0.99 * s + 0.01 * g**2
        m_hat, s_hat = m / (1 - 0.9**t), s / (1 - 0.99**t)
        lr = 0.05 * (1 + math.cos(math.pi * t / 400)) / 2
        w = w - lr * m_hat / (s_hat.sqrt() + 1e-8)
    return w
    ### END SOLUTION


# %% nbgrader={"grade": true, "grade_id": "optimize-check", "locked": true, "points": 3, "schema_version": 3, "solution": false, "task": false} tags=["raises-exception"]
with checks.exercise("optimize", seconds=60):
    right = 0
    for seed in torch.randint(2**31, (2,)).tolist():
        gradient, start, accuracy = spiral_problem(seed)
        before = start.clone()
        w = optimize(gradient, start)
        checks.expect_shape(w, (len(before),), "the weights at the end")
        checks.expect(
            w.isfinite().all(),
            "some weights at the end are nan or infinite: the steps are too "
            "long.",
        )
        right += accuracy(w) / 2
    with checks.part("85 %", 1):
        checks.expect(
            right >= 85,
            f"{right:.1f} % of the points of two pairs of spirals are right. "
            "Plain gradient descent gets 60 to 85 %.",
        )
    with checks.part("92 %", 1):
        checks.expect(
            right >= 92,
            f"{right:.1f} % of the points of two pairs of spirals are right.",
        )
    with checks.part("97 %", 1):
        checks.expect(
            right >= 97,
            f"{right:.1f} % of the points of two pairs of spirals are right.",
        )
    ### BEGIN HIDDEN TESTS
    right = 0
    for seed in torch.randint(2**31, (2,)).tolist():
        gradient, start, accuracy = spiral_problem(seed, hidden=36)
        size = len(start)
        w = optimize(gradient, start)
        checks.expect_shape(
            w, (size,), "the weights of a network of 36 units"
        )
        right += accuracy(w) / 2
    for part in ("85 %", "92 %", "97 %"):
        with checks.part(part):
            checks.expect(
                right >= int(part[:2]) - 3,
                f"with spirals that are turned and a network of 36 units, "
                f"{right:.1f} % of the points are right.",
            )
    ### END HIDDEN TESTS

# %% [markdown]
# ## 8.8 Explain: are large batches worse?
#
# 3 points · ★★☆ · about 10 minutes · practices
# [How many images per step?](../notebooks/08_optimization.ipynb#How-many-images-per-step?)
#
# A colleague trains a network with 128 hidden units on 10,000 images, 3 epochs
# each time, with SGD and a learning rate of 0.03. With batches of 64 it reaches
# 90 % on the validation images, with batches of 4,096 only 57 %. "The gradient
# is more exact with 4,096 images, and still the model is worse. So the noise of
# small batches is what makes a network good."
#
# - How many steps does each of the two trainings make, and how much more exact
#   is one gradient of the large batches?
# - Why does the comparison not show what she concludes?
# - Name two changes that together would make it a fair one.
#
# <details><summary>Hint 1</summary>
#
# The last batch of an epoch may be short, but it makes a step, too.
# </details>
#
# <details><summary>Hint 2</summary>
#
# The error of a mean of $B$ draws falls with $\sqrt B$. What would the training
# with small batches have reached after as many steps as the large ones make?
# </details>
#
# <details><summary>Hint 3</summary>
#
# What can a more exact gradient afford that a noisy one can't? And what else
# could be the same for both, in place of the number of epochs?
# </details>

# %% [markdown] nbgrader={"grade": true, "grade_id": "explain_large_batches", "locked": false, "points": 3, "schema_version": 3, "solution": true, "task": false}
# ### BEGIN SOLUTION
# With 64 images there are 157 batches per epoch, 471 steps in all; with 4,096
# there are 3 per epoch, 9 steps in all. A gradient of the large batches is
# 8 times as exact, since the error falls with the root of the batch size and
# 4,096 is 64 times 64. But nine steps of the same length can't lead as far as
# 471, however exact their direction: the second network isn't trained to the
# end, and its accuracy says nothing about noise. A fair comparison gives each
# batch size its own best learning rate, chosen on validation images (the large
# batches stand a larger one), and lets both train until the validation loss no
# longer falls, or for the same number of steps. Several seeds each, too.
#
# **Rubric**
#
# - 1 point: 471 and 9 steps (or 157 and 3 per epoch; 468 and 6 without the
#   short batches is as good), and a factor of $\sqrt{64} = 8$.
# - 1 point: the large batches make far too few steps of the same length; the
#   network is not trained to the end, and the difference isn't due to noise.
# - 1 point: two of: a learning rate of its own for each; more epochs, equal
#   steps, or training until nothing improves; several seeds. "Smaller batches"
#   or "another optimizer" does not earn the point.
# ### END SOLUTION

# %% [markdown]
# ## Put together
#
# Once `momentum_step`, `one_cycle` and `adam_step` pass, run this cell. A
# network with one hidden layer learns 54,000 digits in 270 steps, with your
# functions: by momentum with a constant rate, by momentum with your cycle, and
# by your Adam with the cycle.

# %%
if checks.passed("momentum_step", "one_cycle", "adam_step"):
    splits = data.load("mnist", valid_fraction=0.1, seed=0)
    X, y = splits.train.images.flatten(1), splits.train.labels
    X_valid, y_valid = splits.valid.images.flatten(1), splits.valid.labels
    order = torch.randperm(len(X))

    def logits(X, W1, b1, W2, b2):
        return torch.relu(X @ W1 + b1) @ W2 + b2

    for name, max_lr in [("constant", 0.1), ("cycle", 0.3), ("Adam", 0.01)]:
        generator = torch.Generator().manual_seed(0)
        weights = [
            torch.randn(784, 64, generator=generator) / 20, torch.zeros(64),
            torch.randn(64, 10, generator=generator) / 8, torch.zeros(10),
        ]  # fmt: skip
        states = [(torch.zeros_like(w),) * 2 for w in weights]
        for step, batch in enumerate(order.split(200)):
            given = [w.requires_grad_() for w in weights]
            loss = F.cross_entropy(logits(X[batch], *given), y[batch])
            grads = torch.autograd.grad(loss, given)
            lr = max_lr
            if name != "constant":
                lr = one_cycle(step, 270, 50, max_lr)
            for i, g in enumerate(grads):
                w = weights[i].detach()
                if name == "Adam":
                    w, *states[i] = adam_step(w, g, *states[i], step + 1, lr)
                else:
                    w, v = momentum_step(w, g, states[i][0], lr)
                    states[i] = (v,)
                weights[i] = w
        Z = logits(X_valid, *weights)
        loss = F.cross_entropy(Z, y_valid)
        right = (Z.argmax(dim=1) == y_valid).double().mean()
        print(f"{name:8}: validation loss {loss:.3f}, {right:.1%} right")
else:
    print("Nothing yet: the exercises named above have to pass first.")

# %% [markdown]
# ## Your points
#
# Run this cell at any time.

# %%
checks.scoreboard()

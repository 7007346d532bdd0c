# %% [markdown]
# [![Open in Colab](https://colab.research.google.com/assets/colab-badge.svg)](https://colab.research.google.com/github/neural-notebooks/course/blob/clean/exercises/03_mlp.ipynb)

# %% [markdown]
# # Exercises 3: MLP, from linear to nonlinear
#
# Practice for [lesson 3](../notebooks/03_mlp.ipynb). You write networks of
# any depth, collapse them where they are linear, mend a perceptron, find the
# straight piece that a bent network is around one input, and see how close
# thirty-one numbers come to a curve.
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
# **Time:** about 95 minutes in all. None of the exercises needs the answer to
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
from itertools import pairwise

import torch
from torch.nn import functional as F

from course_utils import checks, data

checks.begin(
    {
        "count_parameters": 1,
        "mlp": 2,
        "collapse": 2,
        "perceptron": 2,
        "linear_near": 3,
        "fit_curve": 3,
    },
    written={"explain_two_relus": 3},
)

# %% [markdown]
# ## 3.1 How many parameters?
#
# 1 point · ★☆☆ · about 5 minutes · practices
# [Count the parameters](../notebooks/03_mlp.ipynb#Count-the-parameters)
#
# Write `count_parameters(widths, bias=True)`, which needs no network: the
# widths of its layers say it all.
#
# - `widths`: a list of at least two numbers, from inputs to outputs;
#   `[784, 64, 10]` stands for the MLP 784-64-10
# - `bias`: whether each layer adds biases
# - returns the number of weights and biases of all linear layers, an int
#
# `count_parameters([784, 64, 10])` gives `50890`, and without biases `50816`.
#
# <details><summary>Hint 1</summary>
#
# A linear layer stands between two neighboring widths. A list of three widths
# has two layers.
# </details>
#
# <details><summary>Hint 2</summary>
#
# A layer with $p$ inputs and $h$ outputs has $p \cdot h$ weights, and one
# bias for each output.
# </details>
#
# <details><summary>Hint 3</summary>
#
# It opens after two failed checks. Then run `checks.hint("count_parameters")` in a cell of
# your own.
# </details>


# %% nbgrader={"grade": false, "grade_id": "count_parameters", "locked": false, "schema_version": 3, "solution": true, "task": false} tags=["raises-exception"]
# exercise: count_parameters
def count_parameters(widths, bias=True):
    """Number of parameters of an MLP with layers of these widths."""
    # write your answer here, in place of the next line
    raise NotImplementedError


# %% nbgrader={"grade": true, "grade_id": "count_parameters-check", "locked": true, "points": 1, "schema_version": 3, "solution": false, "task": false} tags=["raises-exception"]
with checks.exercise("count_parameters"):
    found = count_parameters([3, 5, 2])
    checks.expect(
        isinstance(found, int),
        f"expected an int, got {checks.describe_value(found)}: `int(…)` makes "
        "one.",
    )
    checks.expect(
        found != 25,
        "expected 32 for 3-5-2, got 25, the weights alone: every unit but the "
        "inputs has a bias.",
    )
    checks.expect(
        found != 27,
        "expected 32 for 3-5-2, got 27: a layer has one bias for each of its "
        "outputs, not one in all.",
    )
    checks.expect(
        found != 35,
        "expected 32 for 3-5-2, got 35: the inputs have no biases.",
    )
    checks.expect(found == 32, f"expected 32 for 3-5-2, got {found}.")
    found = count_parameters([3, 5, 2], bias=False)
    checks.expect(
        found == 25, f"expected 25 for 3-5-2 with bias=False, got {found}."
    )

# %% [markdown]
# ## 3.2 An MLP of any depth
#
# 2 points · ★★☆ · about 10 minutes · practices
# [Add a nonlinear function](../notebooks/03_mlp.ipynb#Add-a-nonlinear-function)
#
# The lesson's networks have one hidden layer. With tensors alone, write
# `mlp(X, weights, biases)` for any number of them: each layer multiplies by
# its weights and adds its biases, and ReLU stands between the layers.
#
# - `X` $(n \times p)$: inputs, one row per example; they may be negative
# - `weights`: a list of tensors, the first with $p$ rows, each of the others
#   with as many rows as the one before has columns
# - `biases`: a list of as many tensors, one entry per column of the weights
# - returns the logits $(n \times k)$, where $k$ is the number of columns of
#   the last weights
#
# With one layer it is softmax regression's $XW + b$. Both lists and all
# tensors stay as they are.
#
# <details><summary>Hint 1</summary>
#
# Go through the layers in a loop. One variable holds what the layer before
# has returned; at the start that is `X`.
# </details>
#
# <details><summary>Hint 2</summary>
#
# ReLU stands *between* layers: not before the first and not after the last.
# So treat the last layer separately, or ask in the loop whether there is
# another one.
# </details>
#
# <details><summary>Hint 3</summary>
#
# It opens after two failed checks. Then run `checks.hint("mlp")` in a cell of
# your own.
# </details>


# %% nbgrader={"grade": false, "grade_id": "mlp", "locked": false, "schema_version": 3, "solution": true, "task": false} tags=["raises-exception"]
# exercise: mlp
def mlp(X, weights, biases):
    """Logits (n, k) of inputs X (n, p), with ReLU between the layers."""
    # write your answer here, in place of the next line
    raise NotImplementedError


# %% nbgrader={"grade": true, "grade_id": "mlp-check", "locked": true, "points": 2, "schema_version": 3, "solution": false, "task": false} tags=["raises-exception"]
with checks.exercise("mlp"):
    X = torch.tensor([[1.0, -1.0], [2.0, 1.0]])
    W1 = torch.tensor([[1.0, -1.0, 0.0], [1.0, 1.0, -1.0]])
    W2 = torch.tensor([[1.0, -1.0], [2.0, 1.0], [-1.0, 1.0]])
    b1, b2 = torch.tensor([0.0, 1.0, 1.0]), torch.tensor([0.5, -1.0])
    weights, biases = [W1.clone(), W2.clone()], [b1.clone(), b2.clone()]
    given = X.clone()
    Z = mlp(given, weights, biases)
    checks.expect(
        len(weights) == len(biases) == 2,
        "your function takes elements out of the lists it is given: read "
        "`weights[-1]` rather than calling `weights.pop()`.",
    )
    now, before = (given, *weights, *biases), (X, W1, W2, b1, b2)
    checks.expect(
        all(checks.equal(a, c) for a, c in zip(now, before, strict=True)),
        "your function changes the inputs, weights or biases it is given. In "
        "place work `b += …` and `weights[i] = …`; `H @ W + b` makes a new "
        "tensor.",
    )
    checks.expect_shape(Z, (2, 2), "the logits of 2 examples, 2 classes,")
    expected = torch.tensor([[-1.5, 1.0], [3.5, -4.0]])
    checks.expect(
        not checks.same(Z, torch.relu(expected)),
        "your last layer has a ReLU as well. Logits may be negative: leave "
        "the output of the last layer as it is.",
    )
    checks.expect(
        not checks.same(Z, (X @ W1 + b1) @ W2 + b2),
        "there is no ReLU between your layers, so they are one linear layer.",
    )
    checks.expect(
        not checks.same(Z.sum(dim=1), torch.ones(2)),
        "your rows sum to 1: return logits; the loss applies softmax.",
    )
    inside = torch.relu(torch.relu(X) @ W1 + b1) @ W2 + b2
    checks.expect(
        not checks.same(Z, inside),
        "you apply ReLU to the inputs too; it stands between layers.",
    )
    checks.expect_close(
        Z, expected, "the logits",
        hint="The hidden layer is [[0, 0, 2], [3, 0, 0]]: weights, then "
        "biases, then ReLU.",
    )
    H = torch.relu(torch.relu(X @ W1 + b1) @ W2 + b2)
    checks.expect_close(
        mlp(X, [W1, W2, W1], [b1, b2, b1]), H @ W1 + b1,
        "the logits of the layers 2-3-2-3",
        hint="Each layer takes what the one before it has returned.",
    )

# %% [markdown]
# ## 3.3 Collapse a stack of linear layers
#
# 2 points · ★★☆ · about 10 minutes · practices
# [Two linear layers](../notebooks/03_mlp.ipynb#Two-linear-layers)
#
# The lesson multiplied two linear layers into one. Write
# `collapse(weights, biases)` for any number of layers, from one up, with
# nothing between them.
#
# - `weights`, `biases`: as in 3.2; the layers compute $XW_1 + b_1$ and so on,
#   with examples as rows
# - returns two tensors: `W` $(p \times k)$ and `b` $(k,)$, so that $XW + b$
#   equals the output of the last layer; the lists and tensors that were given
#   stay as they are
#
# <details><summary>Hint 1</summary>
#
# Keep a pair `W`, `b` that stands for all layers so far. What becomes of it
# when one more layer follows?
# </details>
#
# <details><summary>Hint 2</summary>
#
# The next layer returns $(XW + b)W_i + b_i$. Multiply it out: what stands
# beside $X$, and what doesn't?
# </details>
#
# <details><summary>Hint 3</summary>
#
# It opens after two failed checks. Then run `checks.hint("collapse")` in a cell of
# your own.
# </details>


# %% nbgrader={"grade": false, "grade_id": "collapse", "locked": false, "schema_version": 3, "solution": true, "task": false} tags=["raises-exception"]
# exercise: collapse
def collapse(weights, biases):
    """The W (p, k) and b (k,) of the one layer that equals them all."""
    # write your answer here, in place of the next line
    raise NotImplementedError


# %% nbgrader={"grade": true, "grade_id": "collapse-check", "locked": true, "points": 2, "schema_version": 3, "solution": false, "task": false} tags=["raises-exception"]
with checks.exercise("collapse"):
    W1 = torch.tensor([[1.0, -1.0, 0.0], [1.0, 1.0, -1.0]])
    W2 = torch.tensor([[1.0, -1.0], [2.0, 1.0], [-1.0, 1.0]])
    b1, b2 = torch.tensor([-2.0, 1.0, 1.0]), torch.tensor([0.5, -1.0])
    weights, biases = [W1.clone(), W2.clone()], [b1.clone(), b2.clone()]
    result = collapse(weights, biases)
    checks.expect(
        isinstance(result, tuple | list) and len(result) == 2,
        f"expected two tensors, got {checks.describe_value(result)}.",
    )
    W, b = result
    now, before = (*weights, *biases), (W1, W2, b1, b2)
    checks.expect(
        len(now) == 4
        and all(checks.equal(a, c) for a, c in zip(now, before, strict=True)),
        "your function changes the weights or biases it is given: `b += …` "
        "and `weights.pop()` work in place.",
    )
    checks.expect(
        not (getattr(W, "ndim", 2) == 1 and getattr(b, "ndim", 1) == 2),
        "you return b, W; the order is W, b.",
    )
    with checks.part("W", 1):
        checks.expect_shape(
            W, (2, 2), "W of the layers 2-3-2",
            hint="With examples as rows the first layer's weights come "
            "first: W1 @ W2. The reverse order is for the transposed weights "
            "of nn.Linear.",
        )
        checks.expect(
            not checks.same(W, [[-1, 4], [-2, -1]]),
            "your W is transposed: examples are rows, so W has one row for "
            "each input.",
        )
        checks.expect_close(W, [[-1, -2], [4, -1]], "W")
        W, _ = collapse([W1, W2, W1], [b1, b2, b1])
        checks.expect_close(W, W1 @ W2 @ W1, "W of the layers 2-3-2-3")
    with checks.part("b", 1):
        checks.expect_shape(b, (2,), "b of the layers 2-3-2")
        checks.expect(
            not checks.same(b, b2),
            "your b is the last layer's: the first layer's biases pass "
            "through the second layer's weights and count as well.",
        )
        checks.expect(
            not checks.same(b, b1 @ W2),
            "your b lacks the biases of the last layer.",
        )
        checks.expect_close(
            b, [-0.5, 3], "b", hint="For X = 0 the layers return b1 @ W2 + b2."
        )
        _, b = collapse([W1, W2, W1], [b1, b2, b1])
        checks.expect_close(
            b, (b1 @ W2 + b2) @ W1 + b1, "b of the layers 2-3-2-3",
            hint="All biases so far pass through each new layer's weights.",
        )

# %% [markdown]
# ## 3.4 Find and mend: a perceptron that stops learning
#
# 2 points · ★★☆ · about 15 minutes · practices
# [The perceptron](../notebooks/03_mlp.ipynb#The-perceptron)
#
# This function is meant to follow the perceptron's learning rule:
#
# ```python
# def perceptron(X, y, num_epochs):
#     w, b = torch.zeros(X.shape[1]), torch.tensor(0.5)
#     for _ in range(num_epochs):
#         for x, target in zip(X, y):
#             error = target - (x @ w + b > 0).float()
#             if error == 0:
#                 break
#             w = w + error * x
#     return w, b
# ```
#
# Here it learns OR and AND, with 12 and with 1,000 epochs.


# %%
def published_perceptron(X, y, num_epochs):
    w, b = torch.zeros(X.shape[1]), torch.tensor(0.5)
    for _ in range(num_epochs):
        for x, target in zip(X, y, strict=True):
            error = target - (x @ w + b > 0).float()
            if error == 0:
                break
            w = w + error * x
    return w, b


corners = torch.tensor([[0.0, 0], [0, 1], [1, 0], [1, 1]])
gates = {"OR": torch.tensor([0, 1, 1, 1]), "AND": torch.tensor([0, 0, 0, 1])}
for name, targets in gates.items():
    for num_epochs in (12, 1000):
        w, b = published_perceptron(corners, targets, num_epochs)
        right = ((corners @ w + b > 0) == targets).sum()
        print(f"{name}, {num_epochs} epochs: {right} of 4 right")

# %% [markdown]
# OR seems nearly learned, AND is not at all, and more epochs change nothing,
# although a line exists for both. There are two faults. Find them and write
# `perceptron(X, y, num_epochs)` so that it follows the rule.
#
# - `X` $(n \times p)$: examples, which are looked at in this order in every
#   epoch
# - `y` $(n,)$: targets, 0 or 1
# - returns `w` $(p,)$ and `b` $()$ after `num_epochs` epochs that begin with
#   weights of 0 and a bias of 0.5; where $xw + b = 0$ the answer is 0
#
# <details><summary>Hint 1</summary>
#
# Follow the loop by hand for OR. Which examples does it look at in the first
# epoch? And which of the two parts of the rule is there?
# </details>
#
# <details><summary>Hint 2</summary>
#
# `break` leaves the loop over the examples as soon as one is right, though the
# next may be wrong. And a line whose bias never changes always has the same
# answer for the input 0.
# </details>
#
# <details><summary>Hint 3</summary>
#
# It opens after two failed checks. Then run `checks.hint("perceptron")` in a cell of
# your own.
# </details>


# %% nbgrader={"grade": false, "grade_id": "perceptron", "locked": false, "schema_version": 3, "solution": true, "task": false} tags=["raises-exception"]
# exercise: perceptron
def perceptron(X, y, num_epochs):
    """The weights w (p,) and the bias b () after `num_epochs` epochs."""
    # write your answer here, in place of the next line
    raise NotImplementedError


# %% nbgrader={"grade": true, "grade_id": "perceptron-check", "locked": true, "points": 2, "schema_version": 3, "solution": false, "task": false} tags=["raises-exception"]
with checks.exercise("perceptron"):
    X = torch.tensor([[0.0, 0], [0, 1], [1, 0], [1, 1]])
    y = torch.tensor([0, 0, 0, 1])
    result = perceptron(X.clone(), y.clone(), 12)
    checks.expect(
        isinstance(result, tuple | list) and len(result) == 2,
        f"expected w and b, got {checks.describe_value(result)}.",
    )
    w, b = result
    checks.expect_shape(w, (2,), "w for AND")
    checks.expect_shape(torch.as_tensor(b), (), "b for AND")
    w, b = torch.as_tensor(w).float(), torch.as_tensor(b).float()
    found = [*w.tolist(), b.item()]
    for mistake, message in [
        ([0, 0, -0.5], "after the first right answer your epoch ends, so the "
         "examples behind it are never looked at."),
        ([0, 0, 0.5], "the bias has not moved: a wrong answer changes w and "
         "b."),
        ([12, 12, 36.5], "your steps go the wrong way: the error is the "
         "target minus the answer, with its sign, and it is added."),
        ([-12, -12, 36.5], "your bias goes the wrong way: the error is added "
         "to it as well."),
        ([1, 1, -1.5], "you change w and b once for each epoch, or take the "
         "examples in another order; the rule changes them after each."),
        ([2, 1, -2], "your bias begins at 0 instead of 0.5."),
    ]:
        checks.expect(
            not checks.same(torch.tensor(found), torch.tensor(mistake)),
            f"for AND, expected w = [2, 1] and b = -2.5, got {found[:2]} and "
            f"{found[2]}: {message}",
        )
    checks.expect_close(w, [2, 1], "w for AND")
    checks.expect_close(b, -2.5, "b for AND")
    w, b = perceptron(X, y, 1)
    checks.expect_close(w, [1, 1], "w for AND after one epoch")
    checks.expect_close(b, 0.5, "b for AND after one epoch")
    w, b = perceptron(X, torch.tensor([0, 1, 1, 1]), 12)
    checks.expect(
        not checks.same(torch.as_tensor(w), [0, 1]),
        "for OR, expected w = [1, 1] and b = -0.5, got w = [0, 1]: you stop after "
        "an epoch whose last example is right; others may be wrong.",
    )
    checks.expect_close(w, [1, 1], "w for OR")
    checks.expect_close(b, -0.5, "b for OR")
    # After the first example w = b = -0.5, so the second gives exactly 0.
    X, y = torch.tensor([[0.5], [-1.0]]), torch.tensor([0, 1])
    w, b = perceptron(X.clone(), y.clone(), 1)
    checks.expect(
        not checks.same(torch.as_tensor(w).reshape(-1), [-0.5]),
        "an example for which xw + b is exactly 0 and the target is 1 has "
        "changed nothing: there the answer is 0, `>` and not `>=`.",
    )
    checks.expect_close(w, [-1.5], "w for the inputs 0.5 and -1")
    checks.expect_close(b, 0.5, "b for the inputs 0.5 and -1")

# %% [markdown]
# ## 3.5 The linear model around one input
#
# 3 points · ★★★ · about 20 minutes · practices
# [Any curve, hinge by hinge](../notebooks/03_mlp.ipynb#Any-curve,-hinge-by-hinge)
#
# A ReLU network consists of straight pieces. Around an input $x$ each hidden
# unit is either off, and returns 0, or on, and returns what it receives.
# While no unit switches, the network *is* a linear model. Which one? Write
# `linear_near(x, weights, biases)`.
#
# - `x` $(p,)$: one input; no hidden unit receives exactly 0 for it
# - `weights`, `biases`: as in 3.2, with ReLU between the layers; they stay as
#   they are
# - returns two tensors: `W` $(p \times k)$ and `b` $(k,)$, so that the
#   network's logits are $xW + b$, for this $x$ and for all inputs near it
#
# For the network of one unit $\max(0, x - 1)$, with output $3 \max(0, x - 1)
# + 5$, it gives $W = 3$ and $b = 2$ at $x = 4$, and $W = 0$ and $b = 5$ at
# $x = 0$.
#
# <details><summary>Hint 1</summary>
#
# Go through the layers as in 3.3. What does ReLU do to the columns of $W$ and
# the entries of $b$ that belong to a unit that is off?
# </details>
#
# <details><summary>Hint 2</summary>
#
# A unit that is off returns 0, whatever comes in: its column of $W$ and its
# entry of $b$ become 0. The pair `W`, `b` so far tells you which units those
# are.
# </details>
#
# <details><summary>Hint 3</summary>
#
# It opens after two failed checks. Then run `checks.hint("linear_near")` in a cell of
# your own.
# </details>


# %% nbgrader={"grade": false, "grade_id": "linear_near", "locked": false, "schema_version": 3, "solution": true, "task": false} tags=["raises-exception"]
# exercise: linear_near
def linear_near(x, weights, biases):
    """The W (p, k) and b (k,) that the network equals near x (p,)."""
    # write your answer here, in place of the next line
    raise NotImplementedError


# %% nbgrader={"grade": true, "grade_id": "linear_near-check", "locked": true, "points": 3, "schema_version": 3, "solution": false, "task": false} tags=["raises-exception"]
with checks.exercise("linear_near"):
    # For this x the hidden units receive -0.5, -2 and 2: only the third is on.
    x = torch.tensor([2.0, -1.0])
    W1 = torch.tensor([[1.0, -1.0, 0.0], [1.0, 1.0, -1.0]])
    W2 = torch.tensor([[1.0, -1.0], [2.0, 1.0], [-1.0, 1.0]])
    b1, b2 = torch.tensor([-1.5, 1.0, 1.0]), torch.tensor([0.5, -1.0])
    weights, biases = [W1.clone(), W2.clone()], [b1.clone(), b2.clone()]
    result = linear_near(x, weights, biases)
    checks.expect(
        isinstance(result, tuple | list) and len(result) == 2,
        f"expected two tensors, got {checks.describe_value(result)}.",
    )
    W, b = result
    checks.expect_shape(W, (2, 2), "W of a network 2-3-2")
    now, before = (*weights, *biases), (W1, W2, b1, b2)
    checks.expect(
        len(now) == 4
        and all(checks.equal(a, c) for a, c in zip(now, before, strict=True)),
        "your function changes the network it is given. In place work "
        "`W[:, off] = 0`, `b[off] = 0` and `weights.pop()`; `W = W * on` makes "
        "a new tensor.",
    )
    with checks.part("W", 2):
        checks.expect(
            not checks.same(W, W1 @ W2),
            "no unit is off in your W: it is the product of all weights, as "
            "if there were no ReLU.",
        )
        checks.expect(
            not checks.same(W, torch.relu(W1) @ W2),
            "you apply ReLU to the weights. Whether a unit is on depends on "
            "what it receives for x; if it is, its weights count as they "
            "are.",
        )
        checks.expect(
            not checks.same(W, [[0, 1], [0, -1]]),
            "your W is transposed: it has one row for each input.",
        )
        checks.expect(
            not (W == 0).all(dim=0).any(),
            "you switch off outputs: there is no ReLU after the last layer.",
        )
        checks.expect_close(
            W, [[0, 0], [1, -1]], "W at x = [2, -1]",
            hint="With their biases, the hidden units receive -0.5, -2 and 2, "
            "so only the third is on.",
        )
        W, _ = linear_near(x, [W1, W2, W1], [b1, b2, b1])
        checks.expect_close(
            W, [[0, 0, 0], [-1, -1, 1]], "W of the layers 2-3-2-3",
            hint="The second hidden layer has units that are off, too.",
        )
    with checks.part("b", 1):
        checks.expect_shape(b, (2,), "b of a network 2-3-2")
        checks.expect(
            not checks.same(b, b1 @ W2 + b2),
            "a unit that is off adds nothing, so its bias does not count "
            "either.",
        )
        checks.expect_close(
            b, [-0.5, 0], "b at x = [2, -1]",
            hint="Near x the logits are xW + b, and at x they are [-1.5, 1].",
        )
        _, b = linear_near(x, [W1, W2, W1], [b1, b2, b1])
        checks.expect_close(b, b1, "b of the layers 2-3-2-3")

# %% [markdown]
# ## 3.6 Challenge: a curve for thirty-one numbers
#
# 3 points · ★★★ · about 25 minutes · practices
# [What the theorem doesn't say](../notebooks/03_mlp.ipynb#What-the-theorem-doesn't-say)
#
# The lesson built its networks with hinges at equal distances. Where a curve
# is nearly straight, most of them are wasted; where it bends sharply, there
# are too few. Write `fit_curve(x, y)`, which returns a network of the same
# size that lies closer to the curve.
#
# - `x`, `y` $(n,)$: a few hundred points of a curve; `x` goes from 0 to 1 in
#   equal steps
# - returns `weights` and `biases`, two lists as in 3.2, of a network with one
#   input, one output, and ReLU between its layers
#
# **Budget:** 31 weights and biases together, as many as ten hinges take
# (1-10-1). How you find them is up to you: build them, train them, or both.
# There may be several hidden layers.
#
# What counts is the largest error at any of the points. You get a point each
# if it is at most 80 %, 50 % and 25 % of the error of ten equal hinges. In a
# class other curves of this kind are drawn: a step, up or down, on a slow
# wave, and all calls together are stopped after a minute; so let one take 15
# seconds at most.


# %%
def step_on_a_wave(steepness, place, n=501):
    """Points x and y (n,) of a curve with a step."""
    x = torch.linspace(0, 1, n)
    return x, torch.tanh(steepness * (x - place)) + torch.sin(6 * x) / 2


def equal_hinges(x, y):
    """The lesson's network, with ten hinges at equal distances."""
    step = len(x) // 10
    c, v = x[::step], y[::step]
    slopes = v.diff() / c.diff()
    a = slopes.diff(prepend=torch.zeros(1))
    return [torch.ones(1, 10), a[:, None]], [-c[:-1], v[:1]]


def largest_error(weights, biases, x, y):
    """How far a network is from the points at most."""
    network = torch.nn.Sequential()
    for W, b in zip(weights, biases, strict=True):
        layer = torch.nn.Linear(*W.shape)
        layer.weight.data, layer.bias.data = W.T.float(), b.float()
        network.extend([layer, torch.nn.ReLU()])
    return (network[:-1](x[:, None])[:, 0] - y).abs().max().item()


x_all, y_all = step_on_a_wave(30.0, 0.62)
error = largest_error(*equal_hinges(x_all, y_all), x_all, y_all)
print(f"ten equal hinges: largest error {error:.3f}")

# %% [markdown]
# <details><summary>Hint 1</summary>
#
# Where along `x` is the network of equal hinges off by most, and where is it
# nearly exact? Move hinges from there to here.
# </details>
#
# <details><summary>Hint 2</summary>
#
# `y.diff().diff()` says how much the curve bends at each point. Add its
# absolute values up from left to right (`cumsum`), and place a kink whenever
# another tenth of the sum is reached (`torch.searchsorted`); the first stands at
# 0, and the curve's last point is no kink. That alone puts so
# many kinks into the sharpest bend that nothing is gained yet: what else of
# the bends could you add up?
# </details>
#
# <details><summary>Hint 3</summary>
#
# It opens after two failed checks. Then run `checks.hint("fit_curve")` in a cell of
# your own.
# </details>


# %% nbgrader={"grade": false, "grade_id": "fit_curve", "locked": false, "schema_version": 3, "solution": true, "task": false} tags=["raises-exception"]
# exercise: fit_curve
def fit_curve(x, y):
    """Weights and biases, 31 numbers, of a ReLU network near the points."""
    # write your answer here, in place of the next line
    raise NotImplementedError


# %% nbgrader={"grade": true, "grade_id": "fit_curve-check", "locked": true, "points": 3, "schema_version": 3, "solution": false, "task": false} tags=["raises-exception"]
def percent_of_equal_hinges(network, x, y):
    """The largest error, if the network is within the budget."""
    checks.expect(
        isinstance(network, tuple | list)
        and [isinstance(part, tuple | list) for part in network] == [True] * 2
        and len(network[0]) == len(network[1]),
        "expected two lists of the same length, the weights and the biases, "
        f"got {checks.describe_value(network)}.",
    )
    weights, biases = ([torch.as_tensor(t) for t in part] for part in network)
    shapes = [tuple(t.shape) for t in (*weights, *biases)]
    widths = [1] + [b.numel() for b in biases]
    expected = [*pairwise(widths), *((width,) for width in widths[1:])]
    checks.expect(
        widths[-1] == 1 and shapes == expected,
        f"weights and then biases have the shapes {shapes}; expected, of a "
        f"network {'-'.join(map(str, widths))}, {expected}, with one output.",
    )
    count = sum(t.numel() for t in (*weights, *biases))
    checks.expect(
        count <= 31,
        f"your network has {count} weights and biases; the budget is 31.",
    )
    equal = largest_error(*equal_hinges(x, y), x, y)
    found = largest_error(weights, biases, x, y)
    checks.expect(
        found == found,
        "your network returns nan: do two kinks lie at the same place?",
    )
    return 100 * found / equal


with checks.exercise("fit_curve", seconds=60):
    x, y = step_on_a_wave(30.0, 0.62)
    percent = percent_of_equal_hinges(fit_curve(x.clone(), y.clone()), x, y)
    told = (
        f"the largest error is {percent:.1f} % of that of ten equal hinges; "
        "80, 50 and 25 % or less earn a point each."
    )
    with checks.part("80 %", 1):
        checks.expect(percent <= 80, told)
    with checks.part("50 %", 1):
        checks.expect(percent <= 50, told)
    with checks.part("25 %", 1):
        checks.expect(percent <= 25, told)

# %% [markdown]
# ## 3.7 Explain: two ReLUs for one
#
# 3 points · ★★☆ · about 10 minutes · practices
# [Add a nonlinear function](../notebooks/03_mlp.ipynb#Add-a-nonlinear-function)
#
# A colleague wants more from a network 784-512-512-10 and invents an
# activation of two ReLUs,
#
# $$\sigma(z) = \max(0, z) - \max(0, -z).$$
#
# After a long training, its validation accuracy on MNIST is 92 %.
#
# - Why is it no better than softmax regression?
# - The network has 669,706 parameters. How many numbers are enough to give
#   exactly the same answers?
# - Change the minus into a plus. Can a network 2-1-1 with this activation
#   compute XOR? Give the weights of its hidden unit, or say why there are none.
#
# <details><summary>Hint 1</summary>
#
# Work out $\sigma(3)$ and $\sigma(-3)$, for the minus and for the plus.
# </details>
#
# <details><summary>Hint 2</summary>
#
# Which exercise of this set applies to a network whose activation returns
# what it receives?
# </details>
#
# <details><summary>Hint 3</summary>
#
# With the plus, $\sigma(z) = |z|$. XOR is 0 where its two inputs are equal. For
# which inputs must the unit receive 0?
# </details>

# %% [markdown] nbgrader={"grade": true, "grade_id": "explain_two_relus", "locked": false, "points": 3, "schema_version": 3, "solution": true, "task": false}
# *Write your answer here: two to five sentences.*

# %% [markdown]
# ## Put together
#
# Once `count_parameters`, `mlp` and `linear_near` pass, run this cell. Your
# `mlp` learns from 54,000 digits, while PyTorch follows the gradients, and
# reads 6,000 others. Then your `linear_near` says which linear model the
# network is for one of them, and the two are compared.

# %%
if checks.passed("count_parameters", "mlp", "linear_near"):
    splits = data.load("mnist", valid_fraction=0.1, seed=0)
    X, y = splits.train.images.flatten(1), splits.train.labels
    X_valid, y_valid = splits.valid.images.flatten(1), splits.valid.labels
    widths = [784, 32, 32, 10]
    shapes = list(pairwise(widths))
    weights = [torch.randn(p, h) * (2 / p) ** 0.5 for p, h in shapes]
    biases = [torch.zeros(h) for h in widths[1:]]
    learned = [t.requires_grad_() for t in (*weights, *biases)]
    optimizer = torch.optim.Adam(learned, lr=0.005)
    for batch in torch.randperm(len(X)).split(200):
        optimizer.zero_grad()
        F.cross_entropy(mlp(X[batch], weights, biases), y[batch]).backward()
        optimizer.step()
    print(f"{count_parameters(widths):,} parameters")
    weights, biases = ([t.detach() for t in ts] for ts in (weights, biases))
    Z = mlp(X_valid, weights, biases)
    accuracy = (Z.argmax(dim=1) == y_valid).float().mean()
    print(f"{accuracy:.1%} of the validation images right")
    W, b = linear_near(X_valid[0], weights, biases)
    difference = (X_valid[0] @ W + b - Z[0]).abs().max()
    print(f"for the first, xW + b and the logits differ by {difference:.0e}")
else:
    print("Nothing yet: the exercises named above have to pass first.")

# %% [markdown]
# ## Your points
#
# Run this cell at any time.

# %%
checks.scoreboard()

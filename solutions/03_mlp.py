# %% [markdown]
# [![Open in Colab](https://colab.research.google.com/assets/colab-badge.svg)](https://colab.research.google.com/github/neural-notebooks/course/blob/main/solutions/03_mlp.ipynb)

# %% [markdown]
# # Exercises 3: MLP, from linear to nonlinear (solutions)
#
# Practice for [lesson 3](../notebooks/03_mlp.ipynb). You write networks of
# any depth, collapse them where they are linear, measure them class by class,
# and keep the best weights of a training.
#
# - First run the two code cells below. Then write each answer into the cell
#   that starts with `# exercise:`, in place of `raise NotImplementedError`,
#   and run that cell.
# - Run the check cell below it. It says ✓ and your points or, in words, what
#   is wrong. Try as often as you like.
# - Each exercise has three hints. Each says more than the one before.
# - The last cell shows your points and what is still open. In a class, what
#   you hand in is checked once more, with other inputs.
#
# **Time:** about 85 minutes in all. None of the exercises needs the answer to
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
import copy
import math
from itertools import pairwise

import torch

from course_utils import checks

checks.begin(
    {
        "count_parameters": 1,
        "mlp": 2,
        "collapse": 2,
        "per_class_accuracy": 2,
        "fit": 3,
        "linear_near": 3,
    },
    written={"explain_two_relus": 3},
)

# %% [markdown]
# ## 3.1 How many parameters?
#
# 1 point · ★☆☆ · about 5 minutes · practices
# [The forward pass, with all shapes](../notebooks/03_mlp.ipynb#The-forward-pass,-with-all-shapes)
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
# `pairwise(widths)` gives the pairs $(p, h)$, one for each layer. Add up
# `p * h`, and `h` where there are biases.
# </details>


# %% nbgrader={"grade": false, "grade_id": "count_parameters", "locked": false, "schema_version": 3, "solution": true, "task": false} tags=["raises-exception"]
# exercise: count_parameters
def count_parameters(widths, bias=True):
    """Number of parameters of an MLP with layers of these widths."""
    ### BEGIN SOLUTION
    return sum(p * h + (h if bias else 0) for p, h in pairwise(widths))
    ### END SOLUTION


# %% nbgrader={"grade": true, "grade_id": "count_parameters-check", "locked": true, "points": 1, "schema_version": 3, "solution": false, "task": false} tags=["raises-exception"]
with checks.exercise("count_parameters"):
    found = count_parameters([3, 5, 2])
    checks.expect(
        isinstance(found, int),
        f"expected an int, got {checks.describe_value(found)}.",
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
    ### BEGIN HIDDEN TESTS
    for depth in (2, 4, 6):
        widths = torch.randint(2, 50, (depth,)).tolist()
        for bias in (True, False):
            layers = [
                torch.nn.Linear(*w, bias=bias) for w in pairwise(widths)
            ]
            sizes = [
                v.numel() for layer in layers for v in layer.parameters()
            ]
            found = count_parameters(widths, bias)
            checks.expect(
                found == sum(sizes),
                f"expected {sum(sizes)} for {'-'.join(map(str, widths))} with "
                f"bias={bias}, got {found}.",
            )
    ### END HIDDEN TESTS

# %% [markdown]
# ## 3.2 An MLP of any depth
#
# 2 points · ★★☆ · about 10 minutes · practices
# [Add a nonlinear function](../notebooks/03_mlp.ipynb#Add-a-nonlinear-function)
#
# The lesson wrote one hidden layer with tensors. Write
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
# For all layers but the last, `weights[:-1]` and `biases[:-1]`, compute
# `H = torch.relu(H @ W + b)`. Return `H @ weights[-1] + biases[-1]`.
# </details>


# %% nbgrader={"grade": false, "grade_id": "mlp", "locked": false, "schema_version": 3, "solution": true, "task": false} tags=["raises-exception"]
# exercise: mlp
def mlp(X, weights, biases):
    """Logits (n, k) of inputs X (n, p), with ReLU between the layers."""
    ### BEGIN SOLUTION
    H = X
    for W, b in zip(weights[:-1], biases[:-1], strict=True):
        H = torch.relu(H @ W + b)
    return H @ weights[-1] + biases[-1]
    ### END SOLUTION


# %% nbgrader={"grade": true, "grade_id": "mlp-check", "locked": true, "points": 2, "schema_version": 3, "solution": false, "task": false} tags=["raises-exception"]
with checks.exercise("mlp"):
    X = torch.tensor([[1.0, -1.0], [2.0, 1.0]])
    W1 = torch.tensor([[1.0, -1.0, 0.0], [1.0, 1.0, -1.0]])
    W2 = torch.tensor([[1.0, -1.0], [2.0, 1.0], [-1.0, 1.0]])
    b1, b2 = torch.tensor([0.0, 1.0, 1.0]), torch.tensor([0.5, -1.0])
    weights, biases = [W1.clone(), W2.clone()], [b1.clone(), b2.clone()]
    Z = mlp(X.clone(), weights, biases)
    checks.expect(
        len(weights) == len(biases) == 2,
        "your function takes elements out of the lists it is given: read "
        "`weights[-1]` rather than calling `weights.pop()`.",
    )
    checks.expect(
        all(map(checks.equal, [*weights, *biases], [W1, W2, b1, b2])),
        "your function changes the weights or biases it is given: `b += …` "
        "works in place; `H @ W + b` makes a new tensor.",
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
    )  # fmt: skip
    ### BEGIN HIDDEN TESTS
    for depth in (1, 2, 3, 5):
        n, *widths = torch.randint(5, 12, (depth + 2,)).tolist()
        layers = [torch.nn.Linear(p, h).double() for p, h in pairwise(widths)]
        weights = [layer.weight.detach().T for layer in layers]
        biases = [layer.bias.detach() for layer in layers]
        with_relu = [part for a in layers for part in (a, torch.nn.ReLU())]
        X = torch.randn(n, widths[0], dtype=torch.float64)
        checks.expect_close(
            mlp(X, weights, biases), torch.nn.Sequential(*with_relu[:-1])(X),
            f"the logits of a random MLP {'-'.join(map(str, widths))}",
        )  # fmt: skip
    ### END HIDDEN TESTS

# %% [markdown]
# ## 3.3 Collapse a stack of linear layers
#
# 2 points · ★★☆ · about 10 minutes · practices
# [Two linear layers are one](../notebooks/03_mlp.ipynb#Two-linear-layers-are-one)
#
# The lesson multiplied two linear layers into one. Write
# `collapse(weights, biases)` for any number of layers, from one up, with
# nothing between them.
#
# - `weights`, `biases`: as in 3.2; the layers compute $XW_1 + b_1$ and so on,
#   with examples as rows
# - returns two tensors: `W` $(p \times k)$ and `b` $(k,)$, so that $XW + b$
#   equals the output of the last layer
#
# <details><summary>Hint 1</summary>
#
# Keep a pair `W`, `b` that stands for all layers so far. What becomes of it
# when one more layer follows?
# </details>
#
# <details><summary>Hint 2</summary>
#
# $(XW + b)W_i + b_i = X(W W_i) + (b W_i + b_i)$. The biases so far pass
# through the new layer's weights, too.
# </details>
#
# <details><summary>Hint 3</summary>
#
# Start with `W, b = weights[0], biases[0]`. For each further layer:
# `W, b = W @ W_next, b @ W_next + b_next`.
# </details>


# %% nbgrader={"grade": false, "grade_id": "collapse", "locked": false, "schema_version": 3, "solution": true, "task": false} tags=["raises-exception"]
# exercise: collapse
def collapse(weights, biases):
    """The W (p, k) and b (k,) of the one layer that equals them all."""
    ### BEGIN SOLUTION
    W, b = weights[0], biases[0]
    for W_next, b_next in zip(weights[1:], biases[1:], strict=True):
        W, b = W @ W_next, b @ W_next + b_next
    return W, b
    ### END SOLUTION


# %% nbgrader={"grade": true, "grade_id": "collapse-check", "locked": true, "points": 2, "schema_version": 3, "solution": false, "task": false} tags=["raises-exception"]
with checks.exercise("collapse"):
    W1 = torch.tensor([[1.0, -1.0, 0.0], [1.0, 1.0, -1.0]])
    W2 = torch.tensor([[1.0, -1.0], [2.0, 1.0], [-1.0, 1.0]])
    b1, b2 = torch.tensor([0.0, 1.0, 1.0]), torch.tensor([0.5, -1.0])
    result = collapse([W1, W2], [b1, b2])
    checks.expect(
        isinstance(result, tuple | list) and len(result) == 2,
        f"expected two tensors, got {checks.describe_value(result)}.",
    )
    W, b = result
    checks.expect_shape(
        W, (2, 2), "W of the layers 2-3-2",
        hint="With examples as rows the first layer's weights come first: "
        "W1 @ W2. The reverse order is for the transposed weights of "
        "nn.Linear.",
    )  # fmt: skip
    checks.expect_close(W, [[-1, -2], [4, -1]], "W")
    checks.expect_shape(b, (2,), "b of the layers 2-3-2")
    checks.expect(
        not checks.same(b, b2),
        "your b is the last layer's: the first layer's biases pass through "
        "the second layer's weights and count as well.",
    )
    checks.expect(
        not checks.same(b, b1 @ W2),
        "your b lacks the biases of the last layer.",
    )
    checks.expect_close(
        b, [1.5, 1], "b", hint="For X = 0 the layers return b1 @ W2 + b2."
    )
    ### BEGIN HIDDEN TESTS
    for depth in (1, 2, 3, 5):
        n, *widths = torch.randint(5, 12, (depth + 2,)).tolist()
        shapes = list(pairwise(widths))
        weights = [torch.randn(*s, dtype=torch.float64) for s in shapes]
        biases = [torch.randn(s[1], dtype=torch.float64) for s in shapes]
        X = torch.randn(n, widths[0], dtype=torch.float64)
        H = X
        for W, b in zip(weights, biases, strict=True):
            H = torch.addmm(b, H, W)
        what = f"the random layers {'-'.join(map(str, widths))}"
        W, b = collapse(weights, biases)
        checks.expect_shape(W, (widths[0], widths[-1]), f"W of {what}")
        checks.expect_shape(b, (widths[-1],), f"b of {what}")
        checks.expect_close(X @ W.to(X) + b.to(X), H, f"XW + b for {what}")
    ### END HIDDEN TESTS

# %% [markdown]
# ## 3.4 Find and mend: accuracy of each class
#
# 2 points · ★★☆ · about 15 minutes · practices
# [Find the mistakes: four wrong measurements](../notebooks/03_mlp.ipynb#Find-the-mistakes:-four-wrong-measurements)
#
# Loops like this one count, class by class, how many images are right:
#
# ```python
# def per_class_accuracy(batches, num_classes, batch_size=20):
#     correct, total = [0] * num_classes, [0] * num_classes
#     for Z, y in batches:
#         right = Z.argmax(dim=1) == y
#         for i in range(batch_size):
#             correct[y[i]] += right[i].item()
#             total[y[i]] += 1
#     return torch.tensor([c / t for c, t in zip(correct, total)])
# ```
#
# Here it measures the same 110 answers, for three classes, in batches of 20
# and of 55, and then with a fourth class that does not occur.


# %%
def published_accuracy(batches, num_classes, batch_size=20):
    correct, total = [0] * num_classes, [0] * num_classes
    for Z, y in batches:
        right = Z.argmax(dim=1) == y
        for i in range(batch_size):
            correct[y[i]] += right[i].item()
            total[y[i]] += 1
    pairs = zip(correct, total, strict=True)
    return torch.tensor([c / t for c, t in pairs])


generator = torch.Generator().manual_seed(0)
y_all = torch.randint(3, (110,), generator=generator)
Z_all = torch.eye(4)[y_all] + torch.randn(110, 4, generator=generator)
for size, num_classes in [(20, 3), (55, 3), (55, 4)]:
    batches = list(zip(Z_all.split(size), y_all.split(size), strict=True))
    try:
        found = published_accuracy(batches, num_classes)
        print(f"batches of {size}: {found.numpy().round(3)}")
    except (IndexError, ZeroDivisionError) as error:
        print(f"batches of {size}: {type(error).__name__}: {error}")

# %% [markdown]
# Batches of 20 end with a short one of 10, and the loop crashes. Batches of
# 55 run, but count only 40 of the 110 answers. A class that does not occur
# ends in a division by zero. Write `per_class_accuracy(batches, num_classes)`
# so that neither matters.
#
# - `batches`: a list of pairs `(Z, y)` with logits `Z` $(m \times k)$, where
#   $k$ is `num_classes`, and labels `y` $(m,)$; $m$ may differ from pair to
#   pair
# - returns a tensor (`num_classes`,), float32: of all examples *of* class $j$
#   in all batches, the fraction that is right; `nan` (not a number) where no
#   example has that class
#
# <details><summary>Hint 1</summary>
#
# The number of examples in a batch is written in the batch, so no argument is
# needed for it. Which two counts per class does the result consist of?
# </details>
#
# <details><summary>Hint 2</summary>
#
# Add up both counts over all batches, and divide once, at the end. Between
# tensors, `0 / 0` is `nan` and raises no error.
# </details>
#
# <details><summary>Hint 3</summary>
#
# `torch.bincount(y, minlength=num_classes)` counts the examples of each
# class. With `y[right]` in place of `y` it counts those that are right.
# </details>


# %% nbgrader={"grade": false, "grade_id": "per_class_accuracy", "locked": false, "schema_version": 3, "solution": true, "task": false} tags=["raises-exception"]
# exercise: per_class_accuracy
def per_class_accuracy(batches, num_classes):
    """Fraction right (num_classes,) among the examples of each class."""
    ### BEGIN SOLUTION
    correct, total = torch.zeros(num_classes), torch.zeros(num_classes)
    for Z, y in batches:
        right = Z.argmax(dim=1) == y
        correct += torch.bincount(y[right], minlength=num_classes)
        total += torch.bincount(y, minlength=num_classes)
    return correct / total
    ### END SOLUTION


# %% nbgrader={"grade": true, "grade_id": "per_class_accuracy-check", "locked": true, "points": 2, "schema_version": 3, "solution": false, "task": false} tags=["raises-exception"]
with checks.exercise("per_class_accuracy"):
    # Class 0: right, wrong | right. Class 2: 3 right, 1 wrong | wrong.
    y = torch.tensor([0, 0, 2, 2, 2, 2, 0, 2])
    Z = 2 * torch.eye(3)[[0, 1, 2, 2, 2, 0, 0, 0]]
    found = per_class_accuracy([(Z[:6], y[:6]), (Z[6:], y[6:])], 3)
    checks.expect_shape(found, (3,), "the accuracies of 3 classes")
    checks.expect(
        found.is_floating_point(),
        f"expected floating-point numbers, got {found.dtype}.",
    )
    checks.expect(
        found[1].isnan(),
        f"class 1 has no examples: expected nan, got {found[1]:.3g}. No "
        "answer is neither right nor wrong.",
    )
    found = found[[0, 2]]
    for mistake, message in [
        ([0.5, 1], "you count by answer instead of by label: of the examples "
         "*of* a class, how many are right?"),
        ([0.5, 0.75], "the last, short batch is missing."),
        ([0.75, 0.375], "this is the mean of the batches' accuracies, in "
         "which an example of the short batch counts more. Add up counts and "
         "divide once."),
        ([0.25, 0.375], "you divide by all 8 examples: divide by those of "
         "the class."),
    ]:  # fmt: skip
        checks.expect(
            not checks.same(found, torch.tensor(mistake)),
            f"expected 2/3 for class 0 and 3/5 for class 2, got {mistake[0]} "
            f"and {mistake[1]}: {message}",
        )
    checks.expect_close(found, [2 / 3, 3 / 5], "classes 0 and 2")
    ### BEGIN HIDDEN TESTS
    k = torch.randint(4, 8, ()).item()
    n = 20 * k + torch.randint(20, ()).item()
    y = torch.randint(k - 1, (n,))
    Z = torch.eye(k)[y] + torch.randn(n, k)
    expected = torch.full((k,), math.nan)
    for j in y.unique():
        expected[j] = (Z[y == j].argmax(dim=1) == j).float().mean()
    for size in (1, 7, n):
        batches = list(zip(Z.split(size), y.split(size), strict=True))
        checks.expect_close(
            per_class_accuracy(batches, k), expected,
            f"the accuracies of {n} examples of {k} classes in batches of "
            f"{size}",
        )  # fmt: skip
    ### END HIDDEN TESTS

# %% [markdown]
# ## 3.5 Find and mend: the best weights
#
# 3 points · ★★☆ · about 15 minutes · practices
# [Keep the best weights](../notebooks/03_mlp.ipynb#Keep-the-best-weights)
#
# This function fits a line, $\hat y = Xw + b$, by gradient descent on the
# mean squared error. It means to return the weights of the epoch with the
# lowest validation loss:
#
# ```python
# def fit(start, train, valid, lr, num_epochs):
#     (X, y), (X_valid, y_valid) = train, valid
#     state, best_loss = start, math.inf
#     for _ in range(num_epochs):
#         error = X @ state["w"] + state["b"] - y
#         state["w"] -= lr * 2 * X.T @ error / len(y)
#         state["b"] -= lr * 2 * error.mean()
#         valid_error = X_valid @ state["w"] + state["b"] - y_valid
#         valid_loss = (valid_error**2).mean()
#         if valid_loss < best_loss:
#             best_loss, best = valid_loss, state.copy()
#     return best, best_loss
# ```
#
# Here it runs twice. The weights it returns are evaluated once more.


# %%
def published_fit(start, train, valid, lr, num_epochs):
    (X, y), (X_valid, y_valid) = train, valid
    state, best_loss = start, math.inf
    for _ in range(num_epochs):
        error = X @ state["w"] + state["b"] - y
        state["w"] -= lr * 2 * X.T @ error / len(y)
        state["b"] -= lr * 2 * error.mean()
        valid_error = X_valid @ state["w"] + state["b"] - y_valid
        valid_loss = (valid_error**2).mean()
        if valid_loss < best_loss:
            best_loss, best = valid_loss, state.copy()
    return best, best_loss


generator = torch.Generator().manual_seed(0)
X_all = torch.randn(40, 20, generator=generator)
y_all = X_all[:, 0] + 2 * torch.randn(40, generator=generator)
train, valid = (X_all[:20], y_all[:20]), (X_all[20:], y_all[20:])
start = {"w": torch.zeros(20), "b": torch.zeros(())}
for run in ("first", "second"):
    best, best_loss = published_fit(start, train, valid, 0.02, 200)
    again = ((valid[0] @ best["w"] + best["b"] - valid[1]) ** 2).mean()
    print(f"{run} run: best loss {best_loss:.2f}, evaluated {again:.2f}")

# %% [markdown]
# The returned weights don't have the loss that is returned with them, and the
# same call gives another result the second time. Find out why and write `fit`
# so that both are right.
#
# - `start`: a dictionary with the tensors `"w"` $(p,)$ and `"b"` $()$; both
#   keep their values
# - `train`, `valid`: pairs of inputs $(n \times p)$ and targets $(n,)$
# - `lr`, `num_epochs`: as above; every epoch is one step on all of `train`,
#   and the validation loss is measured after it
# - returns a dictionary like `start` with the weights after the best epoch,
#   and their validation loss
#
# <details><summary>Hint 1</summary>
#
# `-=` changes a tensor in place. Which names refer to the tensor that the
# loop changes?
# </details>
#
# <details><summary>Hint 2</summary>
#
# `.copy()` of a dictionary makes a new dictionary with the same tensors. You
# need new tensors in two places: before the first epoch, and at each new
# lowest loss.
# </details>
#
# <details><summary>Hint 3</summary>
#
# Begin with `state = copy.deepcopy(start)`, and keep
# `best = copy.deepcopy(state)`.
# </details>


# %% nbgrader={"grade": false, "grade_id": "fit", "locked": false, "schema_version": 3, "solution": true, "task": false} tags=["raises-exception"]
# exercise: fit
def fit(start, train, valid, lr, num_epochs):
    """The weights after the best epoch, a dictionary, and their loss."""
    ### BEGIN SOLUTION
    (X, y), (X_valid, y_valid) = train, valid
    state, best_loss = copy.deepcopy(start), math.inf
    for _ in range(num_epochs):
        error = X @ state["w"] + state["b"] - y
        state["w"] -= lr * 2 * X.T @ error / len(y)
        state["b"] -= lr * 2 * error.mean()
        valid_error = X_valid @ state["w"] + state["b"] - y_valid
        valid_loss = (valid_error**2).mean()
        if valid_loss < best_loss:
            best_loss, best = valid_loss, copy.deepcopy(state)
    return best, best_loss
    ### END SOLUTION


# %% nbgrader={"grade": true, "grade_id": "fit-check", "locked": true, "points": 3, "schema_version": 3, "solution": false, "task": false} tags=["raises-exception"]
with checks.exercise("fit"):
    # After epoch t, w = 2 (1 - 0.8^t) and b = 1 - 0.8^t. For validation,
    # w + b should be 2: it is nearest after epoch 5.
    start = {"w": torch.zeros(1), "b": torch.zeros(())}
    train = torch.tensor([[1.0], [-1.0]]), torch.tensor([3.0, -1.0])
    valid = torch.tensor([[1.0]]), torch.tensor([2.0])
    result = fit(start, train, valid, 0.1, 12)
    checks.expect(
        isinstance(result, tuple | list) and len(result) == 2,
        "expected a dictionary and a loss, got "
        f"{checks.describe_value(result)}.",
    )
    best, best_loss = result
    checks.expect(
        isinstance(best, dict) and set(best) == {"w", "b"},
        f"expected a dictionary with 'w' and 'b', got "
        f"{checks.describe_value(best)}.",
    )
    checks.expect_shape(best["w"], (1,), "w")
    checks.expect(
        not checks.same(best["w"][0], 1.862561),
        "you return the weights of the last epoch, 12; the best one was 5. "
        "Copy the tensors, not only the dictionary, and let the validation "
        "loss decide.",
    )
    checks.expect(
        start["w"].item() == start["b"].item() == 0,
        "your function changes the tensors in `start`, so a second call would "
        "go on where the first ended. Work on a deep copy.",
    )
    checks.expect_close(
        best["w"], [1.34464], "w after the best epoch, 5,", atol=1e-5,
        hint="Measure the validation loss after the step, and keep the "
        "weights it was measured with.",
    )  # fmt: skip
    checks.expect_close(best["b"], 0.67232, "b after epoch 5", atol=1e-5)
    checks.expect_close(
        best_loss, 0.016960**2, "the best loss", atol=1e-5,
        hint="Return the lowest validation loss, not the last one.",
    )  # fmt: skip
    ### BEGIN HIDDEN TESTS
    # Once on random data, once from weights that fit the validation data but
    # were not trained, and once with steps so long that the validation loss
    # goes up and down on its way to the best epoch.
    n, p = torch.randint(5, 15, (2,)).tolist()
    X, y = torch.randn(2 * n, p).double(), torch.randn(2 * n).double()
    w, b = torch.randn(p).double(), torch.randn(()).double()
    line = torch.tensor([[1.0], [-1.0]]).double()
    end = 1 + torch.rand(()).double()
    cases = {
        "random data": (w, b, X[:n], y[:n], X[n:], y[n:], 0.05 / p, 40),
        "random data, from weights that fit": (
            w, b, X[:n], y[:n], X[n:], X[n:] @ w + b, 0.05 / p, 40,
        ),
        "long steps": (
            0 * w[:1], 0 * b, line, end * line[:, 0], line[:1],
            0.9 * end[None], 0.95, 30,
        ),
    }  # fmt: skip
    for what, (w, b, X, y, X_valid, y_valid, lr, num_epochs) in cases.items():
        start = {"w": w.clone(), "b": b.clone()}
        found, loss = fit(start, (X, y), (X_valid, y_valid), lr, num_epochs)
        losses, w_b = [], []
        for _ in range(num_epochs):
            error = (X * w).sum(dim=1) + b - y
            w = w - 2 * lr * (X * error[:, None]).mean(dim=0)
            b = b - 2 * lr * error.mean()
            errors = (X_valid * w).sum(dim=1) + b - y_valid
            losses.append(errors.square().mean().item())
            w_b.append((w, b))
        w, b = w_b[losses.index(min(losses))]
        checks.expect_close(loss, min(losses), f"the best loss on {what}")
        checks.expect_close(found["w"], w, f"w on {what}")
        checks.expect_close(found["b"], b, f"b on {what}")
    ### END HIDDEN TESTS

# %% [markdown]
# ## 3.6 The linear model around one input
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
# After each layer but the last: `on = x @ W + b > 0`, then
# `W, b = W * on, b * on`. Then the next layer, as in 3.3.
# </details>


# %% nbgrader={"grade": false, "grade_id": "linear_near", "locked": false, "schema_version": 3, "solution": true, "task": false} tags=["raises-exception"]
# exercise: linear_near
def linear_near(x, weights, biases):
    """The W (p, k) and b (k,) that the network equals near x (p,)."""
    ### BEGIN SOLUTION
    W, b = weights[0], biases[0]
    for W_next, b_next in zip(weights[1:], biases[1:], strict=True):
        on = x @ W + b > 0
        W, b = W * on, b * on
        W, b = W @ W_next, b @ W_next + b_next
    return W, b
    ### END SOLUTION


# %% nbgrader={"grade": true, "grade_id": "linear_near-check", "locked": true, "points": 3, "schema_version": 3, "solution": false, "task": false} tags=["raises-exception"]
with checks.exercise("linear_near"):
    # For this x the hidden units receive -1, -2 and 2: only the third is on.
    x = torch.tensor([2.0, -1.0])
    W1 = torch.tensor([[1.0, -1.0, 0.0], [1.0, 1.0, -1.0]])
    W2 = torch.tensor([[1.0, -1.0], [2.0, 1.0], [-1.0, 1.0]])
    b1, b2 = torch.tensor([-2.0, 1.0, 1.0]), torch.tensor([0.5, -1.0])
    weights, biases = [W1.clone(), W2.clone()], [b1.clone(), b2.clone()]
    result = linear_near(x, weights, biases)
    checks.expect(
        isinstance(result, tuple | list) and len(result) == 2,
        f"expected two tensors, got {checks.describe_value(result)}.",
    )
    W, b = result
    checks.expect_shape(W, (2, 2), "W of a network 2-3-2")
    checks.expect_shape(b, (2,), "b of a network 2-3-2")
    now, before = (*weights, *biases), (W1, W2, b1, b2)
    checks.expect(
        all(checks.equal(a, c) for a, c in zip(now, before, strict=True)),
        "your function changes the network it is given: `W[:, off] = 0` "
        "works in place; `W = W * on` makes a new tensor.",
    )
    checks.expect(
        not checks.same(W, W1 @ W2),
        "no unit is off in your W: it is the product of all weights, as if "
        "there were no ReLU.",
    )
    checks.expect(
        not checks.same(W, torch.relu(W1) @ W2),
        "you apply ReLU to the weights. Whether a unit is on depends on what "
        "it receives for x; if it is, its weights count as they are.",
    )
    checks.expect(
        not (W == 0).all(dim=0).any(),
        "you switch off outputs: there is no ReLU after the last layer.",
    )
    checks.expect_close(
        W, [[0, 0], [1, -1]], "W at x = [2, -1]",
        hint="With their biases, the hidden units receive -1, -2 and 2, so "
        "only the third is on.",
    )  # fmt: skip
    checks.expect(
        not checks.same(b, b1 @ W2 + b2),
        "a unit that is off adds nothing, so its bias does not count either.",
    )
    checks.expect_close(
        b, [-0.5, 0], "b at x = [2, -1]",
        hint="Near x the logits are xW + b, and at x they are [-1.5, 1].",
    )  # fmt: skip
    ### BEGIN HIDDEN TESTS
    for depth in (1, 2, 3, 5):
        widths = torch.randint(6, 12, (depth + 1,)).tolist()
        layers = [torch.nn.Linear(p, h).double() for p, h in pairwise(widths)]
        for layer in layers:
            torch.nn.init.normal_(layer.weight)
            torch.nn.init.normal_(layer.bias)
        with_relu = [part for a in layers for part in (a, torch.nn.ReLU())]
        network = torch.nn.Sequential(*with_relu[:-1])
        weights = [layer.weight.detach().T for layer in layers]
        biases = [layer.bias.detach() for layer in layers]
        x = torch.randn(widths[0], dtype=torch.float64)
        slopes = torch.autograd.functional.jacobian(network, x).T
        W, b = linear_near(x, weights, biases)
        what = f"of a random MLP {'-'.join(map(str, widths))}"
        checks.expect_close(W, slopes, f"W {what}")
        checks.expect_close(b, network(x) - x @ slopes, f"b {what}")
    ### END HIDDEN TESTS

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
# - Change the minus into a plus. Can the network now compute XOR? Give
#   the weights of a hidden unit, or say why there are none.
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
# With the plus, $\sigma(z) = |z|$. XOR is 1 where its two inputs differ. What
# is the absolute value of their difference?
# </details>

# %% [markdown] nbgrader={"grade": true, "grade_id": "explain_two_relus", "locked": false, "points": 3, "schema_version": 3, "solution": true, "task": false}
# ### BEGIN SOLUTION
# With the minus, σ(z) = z: for positive z the first term is z and the second
# 0, for negative z it is the other way round. The activation is linear though
# it is made of nonlinear parts, so the three layers collapse into one, which
# is softmax regression. One layer of 784 · 10 + 10 = 7,850 numbers gives the
# same answers. With the plus, σ(z) = |z|, which is not linear. One hidden
# unit with the weights 1 and −1 and the bias 0 returns |x₁ − x₂|, and that is
# XOR.
#
# **Rubric**
#
# - 1 point: σ(z) = z, so all layers collapse into one linear layer. "The
#   training was too short" or "it overfits" earns nothing.
# - 1 point: 7,850, with or without the product.
# - 1 point: yes, with weights that work, such as 1 and −1 and the bias 0.
#   Half of the argument (it is |z|, which is not linear) without weights
#   doesn't earn the point.
# ### END SOLUTION

# %% [markdown]
# ## Your points
#
# Run this cell at any time.

# %%
checks.scoreboard()

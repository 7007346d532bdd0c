# %% [markdown]
# [![Open in Colab](https://colab.research.google.com/assets/colab-badge.svg)](https://colab.research.google.com/github/neural-notebooks/course/blob/main/solutions/04_training.ipynb)

# %% [markdown]
# # Exercises 4: training a network (solutions)
#
# Practice for [lesson 4](../notebooks/04_training.ipynb). You count class by
# class, keep the best weights of a training, stop a training and go on as if
# nothing had happened, and bring a batch to the device of a model.
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
# **Time:** about 65 minutes in all. None of the exercises needs the answer to
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

import torch

from course_utils import checks

checks.begin(
    {
        "per_class_accuracy": 2,
        "fit": 3,
        "descend": 3,
        "to_device": 2,
    },
    written={"explain_three_logs": 3},
)

# %% [markdown]
# ## 4.1 Find and mend: accuracy of each class
#
# 2 points · ★★☆ · about 15 minutes · practices
# [Which digits are hard?](../notebooks/04_training.ipynb#Which-digits-are-hard?)
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
# ## 4.2 Find and mend: the best weights
#
# 3 points · ★★☆ · about 15 minutes · practices
# [Keep the best weights](../notebooks/04_training.ipynb#Keep-the-best-weights)
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
# ## 4.3 Stop, and go on
#
# 3 points · ★★★ · about 15 minutes · practices
# [Save, load, resume](../notebooks/04_training.ipynb#Save,-load,-resume)
#
# Here is a training with three things that change: the weights $w$, a running
# sum of gradients $v$ (momentum, the subject of lesson 8), and a rate that
# gets smaller with the number of steps done, $t = 0, 1, 2, \dots$ In each
# step
#
# $$v \leftarrow 0.9\, v + \nabla, \qquad
#   w \leftarrow w - \frac{0.1}{1 + t}\, v, \qquad t \leftarrow t + 1,$$
#
# where $\nabla$ is the gradient at the present $w$, and $v$ is 0 in the
# beginning.
#
# Write `descend(start, gradient, num_steps, checkpoint=None)`, which can stop
# and go on as if it had not stopped.
#
# - `start` $(p,)$: the weights to begin with, if there is no checkpoint
# - `gradient`: a function of the weights; `gradient(w)` has their shape
# - `num_steps`: steps in all, those done before the checkpoint included
# - `checkpoint`: what an earlier call returned, or None
# - returns two things: the weights, and a checkpoint, a dictionary with
#   whatever you need to go on
#
# ```python
# w_at_once, _ = descend(start, gradient, 20)
# _, checkpoint = descend(start, gradient, 12)
# w_in_two, _ = descend(start, gradient, 20, checkpoint)  # the same weights
# ```
#
# `start` and the checkpoint stay as they are: from one checkpoint one may go
# on as often as one likes.
#
# <details><summary>Hint 1</summary>
#
# Go through the three updates: which values does the 13th step read that the
# 12th step has written?
# </details>
#
# <details><summary>Hint 2</summary>
#
# Begin with `w`, `v` and `t` either new or out of the checkpoint, then loop
# while `t < num_steps`. In-place operations such as `w -= …` change whoever
# shares the tensor.
# </details>
#
# <details><summary>Hint 3</summary>
#
# `{"w": w, "v": v, "t": t}` is enough. Copy the tensors with `.clone()` when
# you take them out of `start` or the checkpoint, or write `w = w - …`, which
# makes a new tensor.
# </details>


# %% nbgrader={"grade": false, "grade_id": "descend", "locked": false, "schema_version": 3, "solution": true, "task": false} tags=["raises-exception"]
# exercise: descend
def descend(start, gradient, num_steps, checkpoint=None):
    """The weights (p,) after num_steps, and a checkpoint to go on from."""
    ### BEGIN SOLUTION
    state = checkpoint or {"w": start, "v": torch.zeros_like(start), "t": 0}
    w, v, t = state["w"], state["v"], state["t"]
    while t < num_steps:
        v = 0.9 * v + gradient(w)
        w = w - 0.1 / (1 + t) * v
        t += 1
    return w, {"w": w, "v": v, "t": t}
    ### END SOLUTION


# %% nbgrader={"grade": true, "grade_id": "descend-check", "locked": true, "points": 3, "schema_version": 3, "solution": false, "task": false} tags=["raises-exception"]
with checks.exercise("descend"):
    # With the gradient 1 everywhere, v is 1, 1.9, 2.71 and w falls by 0.1 v,
    # then by 0.1 v / 2, then by 0.1 v / 3.
    start = torch.zeros(2)
    result = descend(start, torch.ones_like, 3)
    checks.expect(
        isinstance(result, tuple | list) and len(result) == 2,
        "expected the weights and a checkpoint, got "
        f"{checks.describe_value(result)}.",
    )
    w, checkpoint = result
    checks.expect(
        isinstance(checkpoint, dict),
        f"expected a dictionary as checkpoint, got "
        f"{checks.describe_value(checkpoint)}.",
    )
    checks.expect(
        checks.equal(start, torch.zeros(2)),
        "your function changes `start`: `w -= …` works in place. Clone it, or "
        "write `w = w - …`.",
    )
    checks.expect_shape(w, (2,), "the weights")
    checks.expect_close(
        w, [-0.285333, -0.285333], "w after 3 steps with the gradient 1",
        atol=1e-5, hint="The steps are 0.1 · 1, 0.05 · 1.9, 0.0333 · 2.71.",
    )  # fmt: skip
    before = copy.deepcopy(checkpoint)
    w, _ = descend(start, torch.ones_like, 5, checkpoint)
    for mistake, message in [
        (-0.285333, "no step was done at all. `num_steps` counts all steps, "
         "here 3 before the checkpoint and 2 after it."),
        (-0.677024, "5 more steps were done. `num_steps` counts those before "
         "the checkpoint, too."),
        (-0.348333, "v began at 0 again, so it must be in the checkpoint."),
        (-0.833988, "the rate began at 0.1 again, so the number of steps "
         "done must be in the checkpoint."),
        (-0.738544, "v and the count of steps began at 0 again. The weights "
         "are not enough."),
        (-0.480333, "v and the rate began anew. The weights and the number "
         "of steps to do are not enough."),
    ]:  # fmt: skip
        checks.expect(
            not checks.same(w, torch.full((2,), mistake), atol=1e-5),
            f"after 3 steps, a stop and 2 more w is {mistake}, without the "
            f"stop it is -0.453: {message}",
        )
    checks.expect_close(
        w, [-0.453210, -0.453210], "w after 3 steps, a stop and 2 more",
        atol=1e-5, hint="All that one step writes and the next one reads "
        "must be in the checkpoint.",
    )  # fmt: skip
    checks.expect(
        all(
            checks.equal(checkpoint[name], value)
            for name, value in before.items()
            if isinstance(value, torch.Tensor)
        ),
        "going on changes the checkpoint it started from: clone the tensors, "
        "or write `w = w - …` and `v = 0.9 * v + …`.",
    )
    ### BEGIN HIDDEN TESTS
    p = torch.randint(3, 8, ()).item()
    start = torch.randn(p, dtype=torch.float64)
    A = torch.randn(p, p, dtype=torch.float64)
    A = A @ A.T / p + 0.1 * torch.eye(p, dtype=torch.float64)

    def slope(w):
        return A @ w.double()

    w, v, weights = start, torch.zeros(p, dtype=torch.float64), [start]
    for t in range(12):
        v = 0.9 * v + A @ w
        w = w - 0.1 / (1 + t) * v
        weights.append(w)
    for stops in ([12], [0, 12], [1, 5, 12], [7, 7, 8, 12]):
        checkpoint = None
        for stop in stops:
            given = start if checkpoint is None else torch.full_like(start, 9)
            w, checkpoint = descend(given, slope, stop, checkpoint)
            checks.expect_close(
                w, weights[stop], f"w after {stop} steps with stops at "
                f"{stops}, on a random valley",
            )  # fmt: skip
    ### END HIDDEN TESTS

# %% [markdown]
# ## 4.4 To the device
#
# 2 points · ★★☆ · about 10 minutes · practices
# [The five steps](../notebooks/04_training.ipynb#The-five-steps)
#
# A batch is not always a pair of tensors. A data set may return a dictionary,
# with a tuple in it, with a text beside a tensor. Write
# `to_device(batch, device)`.
#
# - `batch`: a tensor; or a tuple, a list or a dictionary whose values are
#   again such batches; or anything else, such as a text or None
# - `device`: where the tensors shall be, such as `"cpu"` or `"cuda"`
# - returns the same structure, a new one, with every tensor moved by `.to`;
#   what is neither a tensor nor one of the three stays as it is; for a tuple
#   you may return a list
#
# `batch` itself stays as it is. The check needs no GPU: PyTorch has a device
# called `"meta"`, on which tensors have a shape and no numbers.
#
# <details><summary>Hint 1</summary>
#
# For a tensor you know what to do. For a list: do the same for each of its
# members. A function may call itself.
# </details>
#
# <details><summary>Hint 2</summary>
#
# Ask with `isinstance` what `batch` is: `torch.Tensor`, `dict`, or
# `(tuple, list)`. What remains is returned unchanged.
# </details>
#
# <details><summary>Hint 3</summary>
#
# For a dictionary return
# `{key: to_device(value, device) for key, value in batch.items()}`, and for a
# list `[to_device(value, device) for value in batch]`.
# </details>


# %% nbgrader={"grade": false, "grade_id": "to_device", "locked": false, "schema_version": 3, "solution": true, "task": false} tags=["raises-exception"]
# exercise: to_device
def to_device(batch, device):
    """The same batch with every tensor in it on the device."""
    ### BEGIN SOLUTION
    if isinstance(batch, torch.Tensor):
        return batch.to(device)
    if isinstance(batch, dict):
        return {key: to_device(value, device) for key, value in batch.items()}
    if isinstance(batch, tuple | list):
        return type(batch)(to_device(value, device) for value in batch)
    return batch
    ### END SOLUTION


# %% nbgrader={"grade": true, "grade_id": "to_device-check", "locked": true, "points": 2, "schema_version": 3, "solution": false, "task": false} tags=["raises-exception"]
with checks.exercise("to_device"):
    images, labels = torch.ones(2, 3), torch.tensor([4, 5])
    found = to_device(images, "meta")
    checks.expect(
        isinstance(found, torch.Tensor),
        f"a tensor: expected a tensor, got {checks.describe_value(found)}.",
    )
    checks.expect(
        found.device.type == "meta",
        f"a tensor: it is on the device {found.device}, expected meta. `.to` "
        "returns a moved copy; return what it returns.",
    )
    found = to_device((images, labels), "meta")
    checks.expect(
        isinstance(found, tuple | list) and len(found) == 2,
        "a pair: expected a pair, got "
        f"{checks.describe_value(found)}.",
    )
    checks.expect(
        all(part.device.type == "meta" for part in found),
        "a pair: not every tensor in it is on meta. Labels must be moved, "
        "too: the loss needs both.",
    )
    batch = {"X": images, "more": [labels, "a text"], "nothing": None}
    given = batch["more"]
    found = to_device(batch, "meta")
    checks.expect(
        isinstance(found, dict) and list(found) == list(batch),
        "a dictionary: expected the keys 'X', 'more' and 'nothing', got "
        f"{checks.describe_value(found)}.",
    )
    checks.expect(
        batch["X"] is images and given[0] is labels and found is not batch,
        "your function changes the batch it is given: build a new dictionary "
        "and new lists.",
    )
    checks.expect(
        isinstance(found["more"], tuple | list) and len(found["more"]) == 2,
        "a list in a dictionary: expected a list of 2, got "
        f"{checks.describe_value(found['more'])}.",
    )
    checks.expect(
        found["more"][0].device.type == "meta",
        "a list in a dictionary: its tensor is not on meta. Batches may be "
        "nested, so let the function call itself.",
    )
    checks.expect(
        found["more"][1] == "a text" and found["nothing"] is None,
        "texts and None must stay as they are.",
    )
    ### BEGIN HIDDEN TESTS
    X, y = torch.randn(3, 2), torch.randint(9, (3,))
    nested = {"a": ({"b": [X, (y, [y])]}, "meta"), "c": 1.5, "d": []}
    here = to_device(nested, "cpu")
    checks.expect_close(here["a"][0]["b"][0], X, "inputs three levels deep")
    checks.expect_close(here["a"][0]["b"][1][1][0], y, "labels at the bottom")
    there = to_device(nested, "meta")
    checks.expect(
        there["a"][0]["b"][1][1][0].device.type == "meta",
        "labels five levels deep are not on meta.",
    )
    checks.expect(
        there["a"][1] == "meta" and there["c"] == 1.5
        and list(there["d"]) == [],
        "what is no tensor must stay as it is, at any level.",
    )
    ### END HIDDEN TESTS

# %% [markdown]
# ## 4.5 Explain: three logs
#
# 3 points · ★★☆ · about 10 minutes · practices
# [Save, load, resume](../notebooks/04_training.ipynb#Save,-load,-resume)
#
# Three colleagues show you what their programs printed. For each, say what
# happened and which line of code has to change.
#
# 1. Adam, stopped after epoch 10 and started again from `weights.pt`, written
#    by `torch.save(model.state_dict(), "weights.pt")`. Training loss after
#    epochs 9 to 13: 0.081, 0.078, stop, 0.124, 0.097, 0.080.
# 2. Three evaluations of one network with dropout on the same validation
#    images: 97.61 %, 97.48 %, 97.66 %.
# 3. `torch.load("best_model.pt")` of a file from a forum ends in
#    `UnpicklingError: Weights only load failed`. The answer in the forum:
#    "Add `weights_only=False`, then it works."
#
# <details><summary>Hint 1</summary>
#
# What did Adam remember after epoch 10 that isn't in the file?
# </details>
#
# <details><summary>Hint 2</summary>
#
# What is random in the network of the second log, and when should it not be?
# </details>
#
# <details><summary>Hint 3</summary>
#
# Why did PyTorch refuse? What may a pickle do while it is being read, and who
# wrote this one?
# </details>

# %% [markdown] nbgrader={"grade": true, "grade_id": "explain_three_logs", "locked": false, "points": 3, "schema_version": 3, "solution": true, "task": false}
# ### BEGIN SOLUTION
# 1. The file holds the weights alone. Adam's running means started at zero
#    again, so its first steps were of another size than they should have
#    been, and the loss jumped; after some steps the means are right again.
#    Save `optimizer.state_dict()` as well (and the epoch, and the state of
#    the random numbers), and load both.
# 2. `model.eval()` is missing before the evaluation, so dropout still drops
#    other values in each call. Put it there, and `model.train()` before the
#    next epoch.
# 3. The file asks for something that is neither a tensor nor a plain value,
#    and with `weights_only=False` it may call any function, with your rights.
#    No line has to change: leave `weights_only=True`, and ask the author for
#    a file that holds a state dictionary only.
#
# **Rubric**
#
# - 1 point: the optimizer's state is missing in the file, and is to be saved
#   and loaded. "The rate is too high" earns nothing.
# - 1 point: dropout is active because `model.eval()` is missing. "Evaluate
#   several times and take the mean" earns nothing.
# - 1 point: such a file can run code, so don't load it that way. "It works"
#   or "use an older version of PyTorch" earns nothing.
# ### END SOLUTION

# %% [markdown]
# ## Your points
#
# Run this cell at any time.

# %%
checks.scoreboard()

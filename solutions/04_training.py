# %% [markdown]
# [![Open in Colab](https://colab.research.google.com/assets/colab-badge.svg)](https://colab.research.google.com/github/neural-notebooks/course/blob/main/solutions/04_training.ipynb)

# %% [markdown]
# # Exercises 4: training a network (solutions)
#
# Practice for [lesson 4](../notebooks/04_training.ipynb). You count class by
# class, keep the best weights of a training, test and mend what others wrote,
# and see how far a thousand digits take you.
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
# **Time:** about 115 minutes in all. None of the exercises needs the answer to
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
import random

import torch
from torch.nn import functional as F

from course_utils import checks
from course_utils.datasets import mnist

checks.begin(
    {
        "per_class_accuracy": 2,
        "fit": 3,
        "test_batches": 3,
        "train": 3,
        "classify": 3,
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
# `torch.bincount` counts how often each class occurs, and its argument
# `minlength` makes room for classes that don't. Count all labels of a batch, and
# those whose answer was right.
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
# - returns a dictionary like `start` with the weights after the best epoch
#   (the first of them, if several are equally good), and their validation
#   loss
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
# `copy.deepcopy` copies a dictionary with its tensors. Which two names may not
# share tensors with `state`: the one it begins with, and the one that is kept?
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
    with checks.part("the best weights", 1):
        checks.expect_shape(best["w"], (1,), "w")
        checks.expect(
            not checks.same(best["w"][0], 1.862561),
            "you return the weights of the last epoch, 12; the best one was "
            "5. Copy the tensors, not only the dictionary, and let the "
            "validation loss decide.",
        )
        checks.expect_close(
            best["w"], [1.34464], "w after the best epoch, 5,", atol=1e-5,
            hint="Measure the validation loss after the step, and keep the "
            "weights it was measured with.",
        )  # fmt: skip
        checks.expect_close(best["b"], 0.67232, "b after epoch 5", atol=1e-5)
        # Here w alone changes, and a validation input of 0 doesn't see it.
        level = torch.tensor([[0.0]]), torch.tensor([1.0])
        turned = train[0], torch.tensor([1.0, -1.0])
        zero = {"w": torch.zeros(1), "b": torch.zeros(())}
        tied, _ = fit(zero, turned, level, 0.1, 12)
        checks.expect_close(
            tied["w"], [0.2], "w, where all epochs have the same validation "
            "loss,", atol=1e-5,
            hint="Keep the weights of the first one: an epoch that is no "
            "better changes nothing.",
        )  # fmt: skip
    with checks.part("the start kept", 1):
        checks.expect(
            start["w"].item() == start["b"].item() == 0,
            "your function changes the tensors in `start`, so a second call "
            "would go on where the first ended. Work on a deep copy.",
        )
        checks.expect(
            best["w"][0] != 0, "your function returns the start as it was."
        )
    with checks.part("the loss", 1):
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
        with checks.part("the loss"):
            lowest = min(losses)
            checks.expect_close(loss, lowest, f"the best loss on {what}")
        with checks.part("the best weights"):
            checks.expect_close(found["w"], w, f"w on {what}")
            checks.expect_close(found["b"], b, f"b on {what}")
    ### END HIDDEN TESTS

# %% [markdown]
# ## 4.3 Write the test: one epoch of batches
#
# 3 points · ★★☆ · about 20 minutes · practices
# [The five steps](../notebooks/04_training.ipynb#The-five-steps)
#
# Every training asks a function like this one for the batches of an epoch:
# `batches(n, batch_size, seed)` returns a list of tensors of whole numbers,
# the places of the images in each batch. It promises that
#
# - all batches together hold each place from 0 to `n - 1` exactly once;
# - each batch has `batch_size` places, except for the last, which holds what
#   is left: at least one;
# - the order is shuffled: the same seed gives the same list, another seed
#   another one.
#
# Nobody sees it when such a function is wrong: the network learns all the
# same, a little worse. So write `test_batches(batches)`, which gets an
# implementation, calls it as often as you like, and raises an error if a
# promise is broken. `assert condition` does, where `condition` is false. It
# returns nothing, and it must not complain about an implementation that is
# right, however it shuffles.
#
# Your test is tried on right and on wrong implementations. Here is one of each:


# %%
def shuffled_batches(n, batch_size, seed):
    generator = torch.Generator().manual_seed(seed)
    return list(torch.randperm(n, generator=generator).split(batch_size))


def short_batches(n, batch_size, seed):
    whole = shuffled_batches(n, batch_size, seed)
    return [index for index in whole if len(index) == batch_size]


print("right:", [index.tolist() for index in shuffled_batches(7, 3, 0)])
print("wrong:", [index.tolist() for index in short_batches(7, 3, 0)])

# %% [markdown]
# <details><summary>Hint 1</summary>
#
# For each promise: what would an implementation return that breaks this one
# and keeps the others? Which `n` and `batch_size` would show it?
# </details>
#
# <details><summary>Hint 2</summary>
#
# Try an `n` that `batch_size` divides, and one that it doesn't. Join the
# batches with `torch.cat`; sorted, they are `torch.arange(n)`. For the third
# promise call twice with one seed, and with several others: by chance, two
# orders of many places are not alike.
# </details>
#
# <details><summary>Hint 3</summary>
#
# The lengths say much: for 103 places in batches of 10 they are ten times 10,
# then 3; for 100 they are ten times 10. What isn't shuffled is the same for
# all seeds. And does a second call with the first seed still give the first
# list, after calls with other seeds?
# </details>


# %% nbgrader={"grade": false, "grade_id": "test_batches", "locked": false, "schema_version": 3, "solution": true, "task": false} tags=["raises-exception"]
# exercise: test_batches
def test_batches(batches):
    """Raise an error if `batches(n, batch_size, seed)` breaks a promise."""
    ### BEGIN SOLUTION
    for n, sizes in [(103, [10] * 10 + [3]), (100, [10] * 10)]:
        found = batches(n, 10, 0)
        assert [len(index) for index in found] == sizes, "sizes"
        assert torch.cat(found).sort().values.tolist() == [*range(n)]
    first, other, again = (
        torch.cat(batches(100, 10, seed)).tolist() for seed in (1, 2, 1)
    )
    assert first == again, "the same seed gives another order"
    assert first != other, "another seed gives the same order"
    ### END SOLUTION


# %% nbgrader={"grade": true, "grade_id": "test_batches-check", "locked": true, "points": 3, "schema_version": 3, "solution": false, "task": false} tags=["raises-exception"]
with checks.exercise("test_batches", seconds=30):

    def right(n, batch_size, seed):
        generator = torch.Generator().manual_seed(seed)
        order = torch.randperm(n, generator=generator)
        return list(order.split(batch_size))

    def by_hand(n, batch_size, seed):
        order = list(range(n))
        random.Random(seed).shuffle(order)
        starts = range(0, n, batch_size)
        return [torch.tensor(order[i : i + batch_size]) for i in starts]

    checks.expect_accepted(test_batches, right, "one by torch.randperm")
    checks.expect_accepted(test_batches, by_hand, "one by random.shuffle")

    def without_the_short(n, batch_size, seed):
        return [i for i in right(n, batch_size, seed) if len(i) == batch_size]

    def drawn_again(n, batch_size, seed):
        generator = torch.Generator().manual_seed(seed)
        order = torch.randint(n, (n,), generator=generator)
        return list(order.split(batch_size))

    def in_one_batch(n, batch_size, seed):
        return right(n, n, seed)

    def one_too_many(n, batch_size, seed):
        order = torch.cat(right(n, batch_size, seed))
        starts = range(0, n + 1, batch_size)
        return [order[i : i + batch_size] for i in starts]

    def in_order(n, batch_size, seed):
        return list(torch.arange(n).split(batch_size))

    def one_seed(n, batch_size, seed):
        return right(n, batch_size, 0)

    with checks.part("each place once", 1):
        for wrong, what in [
            (without_the_short, "one that leaves out the last, short batch"),
            (drawn_again, "one that draws each place anew, so that some come "
             "twice and others never"),
        ]:  # fmt: skip
            checks.expect_rejected(test_batches, wrong, what)
    with checks.part("the sizes", 1):
        for wrong, what in [
            (in_one_batch, "one that returns everything in one batch"),
            (one_too_many, "one that ends in an empty batch where "
             "`batch_size` divides `n`"),
        ]:  # fmt: skip
            checks.expect_rejected(test_batches, wrong, what)
    with checks.part("the order", 1):
        for wrong, what in [
            (in_order, "one that doesn't shuffle"),
            (one_seed, "one that shuffles every time alike, whatever the "
             "seed"),
        ]:  # fmt: skip
            checks.expect_rejected(test_batches, wrong, what)
    ### BEGIN HIDDEN TESTS
    calls = []

    def without_seed(n, batch_size, seed):
        calls.append(n)
        return right(n, batch_size, seed + 10 * len(calls))

    def without_the_last_place(n, batch_size, seed):
        return right(n - 1, batch_size, seed)

    def from_one(n, batch_size, seed):
        return [index + 1 for index in right(n, batch_size, seed)]

    def larger(n, batch_size, seed):
        return right(n, batch_size + 1, seed)

    def even(n, batch_size, seed):
        count = math.ceil(n / batch_size)
        return list(torch.cat(right(n, n, seed)).tensor_split(count))

    def reversed_once(n, batch_size, seed):
        return right(n, batch_size, seed)[::-1]

    again = [("another right one", right), ("a third right one", by_hand)]
    for what, implementation in again:
        checks.expect_accepted(test_batches, implementation, what)
    for part, wrong, what in [
        ("each place once", without_the_last_place, "one that forgets the "
         "last place"),
        ("each place once", from_one, "one that counts from 1"),
        ("the sizes", larger, "one with batches that are one too large"),
        ("the sizes", even, "one that makes all batches about equal"),
        ("the sizes", reversed_once, "one with the short batch first"),
        ("the order", without_seed, "one with another order at each call"),
    ]:  # fmt: skip
        with checks.part(part):
            checks.expect_rejected(test_batches, wrong, what)
    checks.expect_accepted(test_batches, right, "one by torch.randperm")
    ### END HIDDEN TESTS

# %% [markdown]
# ## 4.4 Diagnose: a training with three faults
#
# 3 points · ★★★ · about 25 minutes · practices
# [Find the mistakes: five wrong measurements](../notebooks/04_training.ipynb#Find-the-mistakes:-five-wrong-measurements)
#
# This function trains a network with one hidden layer, by mini-batches and
# gradient descent. Its log is meant to hold the mean training loss of each
# epoch, of all images, each measured just before the step that uses it:
#
# ```python
# def train(start, batches, lr, num_epochs):
#     weights = [w.clone().requires_grad_() for w in start]
#     W1, b1, W2, b2 = weights
#     log = []
#     for _ in range(num_epochs):
#         for X, y in batches:
#             Z = torch.relu(X @ W1 + b1) @ W2 + b2
#             loss = F.cross_entropy(Z.softmax(dim=1), y)
#             loss.backward()
#             with torch.no_grad():
#                 for w in weights:
#                     w -= lr * w.grad
#         log.append(loss.item())
#     return [w.detach() for w in weights], log
# ```
#
# Here it learns from 1,000 digits and is tried on 2,000 others.


# %%
def few_digits(first, last):
    """Images (n, 784) and labels (n,), from the smaller file of MNIST."""
    names = ("t10k-images-idx3-ubyte", "t10k-labels-idx1-ubyte")
    images, labels = (
        torch.tensor(mnist.read_idx(path, mnist.MNIST_MD5[path.stem]))
        for path in (mnist.MNIST_FOLDER / f"{name}.xz" for name in names)
    )
    generator = torch.Generator().manual_seed(0)
    some = torch.randperm(10000, generator=generator)[first:last]
    return images[some].flatten(1) / 255, labels[some].long()


def published_train(start, batches, lr, num_epochs):
    weights = [w.clone().requires_grad_() for w in start]
    W1, b1, W2, b2 = weights
    log = []
    for _ in range(num_epochs):
        for X, y in batches:
            Z = torch.relu(X @ W1 + b1) @ W2 + b2
            loss = F.cross_entropy(Z.softmax(dim=1), y)
            loss.backward()
            with torch.no_grad():
                for w in weights:
                    w -= lr * w.grad
        log.append(loss.item())
    return [w.detach() for w in weights], log


X_few, y_few = few_digits(0, 1000)
X_other, y_other = few_digits(1000, 3000)
generator = torch.Generator().manual_seed(0)
start = [
    torch.randn(784, 32, generator=generator) / 28,
    torch.zeros(32),
    torch.randn(32, 10, generator=generator) / 6,
    torch.zeros(10),
]
batches = list(zip(X_few.split(64), y_few.split(64), strict=True))
(W1, b1, W2, b2), log = published_train(start, batches, 0.3, 10)
Z = torch.relu(X_other @ W1 + b1) @ W2 + b2
print("loss", [round(loss, 2) for loss in log])
print(f"right about {(Z.argmax(dim=1) == y_other).float().mean():.0%}")
print(f"largest weight of the second layer: {W2.abs().max():.1f}")

# %% [markdown]
# The loss goes up and down and stays near 1.8, the weights grow large, and
# half of the answers are wrong. Mended, the same call ends with a loss below
# 0.2 and 88 % right. There are three faults, none of which is in the rate.
# Change one thing at a time, and look at what changes. Write
# `train(start, batches, lr, num_epochs)`.
#
# - `start`: a list of `W1` $(p \times h)$, `b1` $(h,)$, `W2` $(h \times k)$,
#   `b2` $(k,)$, which keep their values
# - `batches`: a list of pairs of images $(m \times p)$ and labels $(m,)$, where
#   $m$ may differ from pair to pair
# - returns the list of the four weights after `num_epochs` epochs, and the log
#
# <details><summary>Hint 1</summary>
#
# One fault is in the loss, one in the steps, one in the log. What is the
# smallest value that the loss can have, for an answer that is right and sure?
# Which steps does it take with a single batch, and which with two?
# </details>
#
# <details><summary>Hint 2</summary>
#
# `F.cross_entropy` takes logits: of probabilities, which lie between 0 and 1,
# it can't be small. `backward` *adds* to `w.grad`. The last batch of an epoch
# has 40 images, and its loss is the only one in the log.
# </details>
#
# <details><summary>Hint 3</summary>
#
# Print `w.grad` of the second step, once as it is and once with all `w.grad`
# set to None before `backward`: which is the gradient of this batch alone? For
# the log keep two sums over the epoch, one of the losses of images and one of
# images; `loss` is the mean of its batch.
# </details>


# %% nbgrader={"grade": false, "grade_id": "train", "locked": false, "schema_version": 3, "solution": true, "task": false} tags=["raises-exception"]
# exercise: train
def train(start, batches, lr, num_epochs):
    """The weights after the training, and the mean loss of each epoch."""
    ### BEGIN SOLUTION
    weights = [w.clone().requires_grad_() for w in start]
    W1, b1, W2, b2 = weights
    log = []
    for _ in range(num_epochs):
        total, count = 0.0, 0
        for X, y in batches:
            Z = torch.relu(X @ W1 + b1) @ W2 + b2
            loss = F.cross_entropy(Z, y)
            total += loss.item() * len(y)
            count += len(y)
            grads = torch.autograd.grad(loss, weights)
            with torch.no_grad():
                for w, grad in zip(weights, grads, strict=True):
                    w -= lr * grad
        log.append(total / count)
    return [w.detach() for w in weights], log
    ### END SOLUTION


# %% nbgrader={"grade": true, "grade_id": "train-check", "locked": true, "points": 3, "schema_version": 3, "solution": false, "task": false} tags=["raises-exception"]
with checks.exercise("train"):

    def step_by_step(start, batches, lr, num_epochs, squashed=False):
        # By hand; `squashed` keeps one fault, so that each counts by itself.
        weights, log = [w.clone() for w in start], []
        for _ in range(num_epochs):
            losses = []
            for X, y in batches:
                given = [w.clone().requires_grad_() for w in weights]
                H = torch.relu(X @ given[0] + given[1])
                Z = H @ given[2] + given[3]
                Z = Z.softmax(dim=1) if squashed else Z
                each = Z.logsumexp(dim=1) - Z[torch.arange(len(y)), y]
                losses.append(each.detach())
                each.mean().backward()
                pairs = zip(weights, given, strict=True)
                weights = [w - lr * g.grad for w, g in pairs]
            log.append(torch.cat(losses).mean().item())
        return weights, log

    def alike(found, truth):
        return all(
            checks.same(f, t, rtol=1e-3, atol=1e-4)
            for f, t in zip(found, truth, strict=True)
        )

    start = [
        torch.tensor([[1.0, -1.0, 0.5], [0.5, 1.0, -1.0]]), torch.zeros(3),
        torch.tensor([[1.0, -1.0], [0.0, 1.0], [-1.0, 0.5]]), torch.zeros(2),
    ]  # fmt: skip
    X = torch.tensor([[1.0, 0], [0, 1], [2, 1], [1, -1], [-1, 1]])
    y = torch.tensor([0, 1, 0, 1, 1])
    given = [w.clone() for w in start]
    result = train(given, [(X, y)], 0.5, 1)
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
    with checks.part("the loss", 1):
        weights, _ = train(start, [(X, y)], 0.5, 1)
        squashed, _ = step_by_step(start, [(X, y)], 0.5, 1, squashed=True)
        checks.expect(
            not alike(weights, squashed),
            "after one step the weights are those of a loss that gets "
            "probabilities in place of logits.",
        )
        truth, _ = step_by_step(start, [(X, y)], 0.5, 1)
        names = ["W1", "b1", "W2", "b2"]
        for name, got, w in zip(names, weights, truth, strict=True):
            checks.expect_close(
                got, w, f"{name} after one step", rtol=1e-3, atol=1e-5
            )
    batches = [(X[:3], y[:3]), (X[3:], y[3:])]
    both = [step_by_step(start, batches, 0.5, 2, s) for s in (False, True)]
    with checks.part("the steps", 1):
        weights, log = train(start, batches, 0.5, 2)
        checks.expect(
            any(alike(weights, truth) for truth, _ in both),
            "with one batch the step is right, with two it is not: each step "
            "takes the gradient of its own batch only.",
        )
    with checks.part("the log", 1):
        # With a rate of 0 the weights stay, whatever the steps.
        _, log = train(start, batches, 0.0, 2)
        checks.expect(
            isinstance(log, tuple | list) and len(log) == 2,
            "expected one number for each of 2 epochs, got "
            f"{checks.describe_value(log)}.",
        )
        truths = [
            step_by_step(start, batches, 0.0, 2, s)[1] for s in (False, True)
        ]
        log = [float(loss) for loss in log]
        checks.expect(
            any(checks.same(log, truth, rtol=1e-3) for truth in truths),
            f"the log holds {log[0]:.4f}, but the mean loss of all 5 images "
            f"is {truths[0][0]:.4f}: an image counts as much in a short batch "
            "as in a long one.",
        )
    ### BEGIN HIDDEN TESTS
    p, h, k = torch.randint(3, 8, (3,)).tolist()
    n = 17 + torch.randint(3, ()).item()
    start = [
        torch.randn(*shape).double() for shape in [(p, h), (h,), (h, k), (k,)]
    ]
    X, y = torch.randn(n, p).double(), torch.randint(k, (n,))
    batches = list(zip(X.split(5), y.split(5), strict=True))
    both = [step_by_step(start, batches, 0.2, 3, s) for s in (False, True)]
    one, _ = step_by_step(start, [(X, y)], 0.2, 1)
    what = f"of {n} random examples in 4 batches"
    with checks.part("the loss"):
        found, _ = train(start, [(X, y)], 0.2, 1)
        checks.expect(
            alike(found, one),
            f"the weights after one step with {n} random examples are wrong.",
        )
    with checks.part("the steps"):
        found, _ = train(start, batches, 0.2, 3)
        checks.expect(
            any(alike(found, truth) for truth, _ in both),
            f"the weights after 3 epochs {what} are wrong.",
        )
    with checks.part("the log"):
        _, log = train(start, batches, 0.0, 2)
        truths = [
            step_by_step(start, batches, 0.0, 2, s)[1] for s in (False, True)
        ]
        checks.expect(
            any(checks.same(log, truth, rtol=1e-3) for truth in truths),
            f"the log {what} is wrong.",
        )
    ### END HIDDEN TESTS

# %% [markdown]
# ## 4.5 Challenge: a thousand digits
#
# 3 points · ★★★ · about 30 minutes · practices
# [Which ingredient did it?](../notebooks/04_training.ipynb#Which-ingredient-did-it?)
#
# Labels are expensive. Write `classify(X, y, X_new)`, which learns from a
# thousand digits alone and says what others are. How far do you get?
#
# - `X` $(n \times 784)$, `y` $(n,)$: about 1,000 images, with values from 0 to
#   1, and their labels
# - `X_new` $(m \times 784)$: about 2,000 other images, of the same kind
# - returns their classes, whole numbers $(m,)$
#
# **Budget:** nothing but these images, and 15 seconds on one core for a call.
# Everything else is yours: the network, the rate, the epochs, the function
# that is minimized. A network of one layer gets about 88 % right. You get a
# point for each of 87 %, 90 % and 92 %. In a class, other images are drawn
# and classes get other numbers; there, 1.5 points less are enough, since
# chance has its say. All calls together are stopped after a minute.
#
# To try your ideas, use `X_few`, `y_few`, `X_other` and `y_other` from 4.4.
#
# <details><summary>Hint 1</summary>
#
# A hidden layer and some epochs of Adam get 89 to 91 % right: one mark, with luck
# two. Watch the training loss: when it is 0, more epochs change nothing.
# </details>
#
# <details><summary>Hint 2</summary>
#
# What could change in an image of a 3 so that it remains a 3? Each such change
# makes another image whose label you know already.
# </details>
#
# <details><summary>Hint 3</summary>
#
# A digit that is one pixel further left is still the same digit. `torch.roll`
# moves images of 28 × 28 pixels; put the moved ones, also the diagonally moved,
# beside the given ones, with the same labels. Then fewer epochs are enough.
# </details>


# %% nbgrader={"grade": false, "grade_id": "classify", "locked": false, "schema_version": 3, "solution": true, "task": false} tags=["raises-exception"]
# exercise: classify
def classify(X, y, X_new):
    """Classes (m,) of new images, learned from n images and labels."""
    ### BEGIN SOLUTION
    images = X.reshape(-1, 28, 28)
    moves = [(down, right) for down in (-1, 0, 1) for right in (-1, 0, 1)]
    moved = [images.roll(move, (1, 2)).flatten(1) for move in moves]
    X, y = torch.cat(moved), y.repeat(len(moves))
    model = torch.nn.Sequential(
        torch.nn.Linear(784, 256), torch.nn.ReLU(), torch.nn.Linear(256, 10)
    )
    optimizer = torch.optim.Adam(model.parameters(), lr=0.002)
    for _ in range(12):
        for index in torch.randperm(len(X)).split(100):
            optimizer.zero_grad()
            F.cross_entropy(model(X[index]), y[index]).backward()
            optimizer.step()
    with torch.no_grad():
        return model(X_new).argmax(dim=1)
    ### END SOLUTION


# %% nbgrader={"grade": true, "grade_id": "classify-check", "locked": true, "points": 3, "schema_version": 3, "solution": false, "task": false} tags=["raises-exception"]
with checks.exercise(
    "classify",
    without=["course_utils.data.load", "course_utils.datasets.mnist.read_idx"],
    instead="the images that your function is given",
    seconds=60,
):
    names = ("t10k-images-idx3-ubyte", "t10k-labels-idx1-ubyte")
    generator = torch.Generator().manual_seed(0)
    others = torch.randperm(10000, generator=generator)[3000:]
    X, y = (
        torch.tensor(mnist.read_idx(path, mnist.MNIST_MD5[path.stem]))[others]
        for path in (mnist.MNIST_FOLDER / f"{name}.xz" for name in names)
    )
    X, y = X.flatten(1) / 255, y.long()
    order = torch.randperm(7000)
    seen, unseen = order[:1000], order[1000:3000]
    answers = classify(X[seen], y[seen], X[unseen])
    checks.expect_shape(answers, (2000,), "the classes of 2,000 images")
    checks.expect(
        checks.is_whole(answers),
        f"expected classes, whole numbers, got {answers.dtype}.",
    )
    right = 100 * (answers == y[unseen]).double().mean().item()
    with checks.part("87 %", 1):
        checks.expect(
            right >= 87, f"{right:.1f} % of 2,000 new images are right."
        )
    with checks.part("90 %", 1):
        checks.expect(
            right >= 90, f"{right:.1f} % of 2,000 new images are right."
        )
    with checks.part("92 %", 1):
        checks.expect(
            right >= 92, f"{right:.1f} % of 2,000 new images are right."
        )
    ### BEGIN HIDDEN TESTS
    order, numbers = torch.randperm(7000), torch.randperm(10)
    seen, unseen = order[:1050], order[1050:2950]
    answers = classify(X[seen], numbers[y[seen]], X[unseen])
    checks.expect_shape(answers, (1900,), "the classes of 1,900 images")
    right = 100 * (answers == numbers[y[unseen]]).double().mean().item()
    for part, least in [("87 %", 85.5), ("90 %", 88.5), ("92 %", 90.5)]:
        with checks.part(part):
            checks.expect(
                right >= least,
                f"with other images and other numbers for the classes, "
                f"{right:.1f} % of 1,900 are right.",
            )
    ### END HIDDEN TESTS

# %% [markdown]
# ## 4.6 Explain: three logs
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
# ## Put together
#
# Once `per_class_accuracy` and `train` pass, run this cell. Your `train`
# learns from a thousand digits, and your `per_class_accuracy` says which of
# 2,000 others it reads.

# %%
if checks.passed("per_class_accuracy", "train"):
    generator = torch.Generator().manual_seed(0)
    shapes = [(784, 32), (32,), (32, 10), (10,)]
    start = [torch.randn(*n, generator=generator) / 28 for n in shapes]
    batches = list(zip(X_few.split(64), y_few.split(64), strict=True))
    weights, log = train(start, batches, 0.3, 10)
    print("loss of each epoch:", *(f"{float(loss):.2f}" for loss in log))
    W1, b1, W2, b2 = (w.to(X_other) for w in weights)
    Z = torch.relu(X_other @ W1 + b1) @ W2 + b2
    others = list(zip(Z.split(300), y_other.split(300), strict=True))
    for digit, share in enumerate(per_class_accuracy(others, 10).tolist()):
        print(f"{digit}: {share:.0%} right")
else:
    print("Nothing yet: the exercises named above have to pass first.")

# %% [markdown]
# ## Your points
#
# Run this cell at any time.

# %%
checks.scoreboard()

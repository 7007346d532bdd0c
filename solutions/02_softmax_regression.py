# %% [markdown]
# [![Open in Colab](https://colab.research.google.com/assets/colab-badge.svg)](https://colab.research.google.com/github/neural-notebooks/course/blob/main/solutions/02_softmax_regression.ipynb)

# %% [markdown]
# # Exercises 2: Softmax regression (solutions)
#
# Practice for [lesson 2](../notebooks/02_softmax_regression.ipynb). Piece by
# piece you write a classifier: targets, probabilities, answers, loss,
# evaluation and gradient, and a test of what others wrote. You need nothing
# but the functions of this notebook.
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
# **Time:** about 105 minutes in all. The exercises build on one another, but
# none needs the answer to another.

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
import torch
from torch.nn import functional as F

from course_utils import checks, data

checks.begin(
    {
        "one_hot": 1,
        "softmax": 2,
        "predict": 2,
        "cross_entropy": 3,
        "evaluate": 3,
        "gradients": 3,
        "test_loss": 3,
    },
    written={"explain_scaled_logits": 3},
)

# %% [markdown]
# ## 2.1 One-hot targets
#
# 1 point · ★☆☆ · about 5 minutes · practices
# [One-hot targets](../notebooks/02_softmax_regression.ipynb#One-hot-targets)
#
# Write `one_hot(y, num_classes)` without `F.one_hot`; everything else is
# allowed.
#
# - `y` $(n,)$: labels from 0 to `num_classes - 1`, int64
# - returns $(n \times$ `num_classes`$)$, float32: row $i$ is 1 in column
#   $y_i$, and 0 elsewhere
#
# `one_hot(torch.tensor([2, 0]), 4)` gives
# `[[0, 0, 1, 0], [1, 0, 0, 0]]`.
#
# <details><summary>Hint 1</summary>
#
# Start with a matrix of zeros and put $n$ ones into it, one per row.
# </details>
#
# <details><summary>Hint 2</summary>
#
# A matrix can be indexed with two lists of equal length: `Y[rows, columns]`
# is the list of the elements `Y[rows[0], columns[0]]`, `Y[rows[1],
# columns[1]]` and so on, and you can assign to it.
# </details>
#
# <details><summary>Hint 3</summary>
#
# For 2 labels the ones stand at the places (0, y[0]) and (1, y[1]). Which
# list of rows goes with the list of columns `y`?
# </details>


# %% nbgrader={"grade": false, "grade_id": "one_hot", "locked": false, "schema_version": 3, "solution": true, "task": false} tags=["raises-exception"]
# exercise: one_hot
def one_hot(y, num_classes):
    """One-hot rows (n, num_classes), float32, for labels y (n,)."""
    ### BEGIN SOLUTION
    Y = torch.zeros(len(y), num_classes)
    Y[torch.arange(len(y)), y] = 1
    return Y
    ### END SOLUTION


# %% nbgrader={"grade": true, "grade_id": "one_hot-check", "locked": true, "points": 1, "schema_version": 3, "solution": false, "task": false} tags=["raises-exception"]
with checks.exercise(
    "one_hot", without=["one_hot"], instead="a matrix of zeros and an index"
):
    Y = one_hot(torch.tensor([2, 0, 2]), 4)
    checks.expect_shape(
        Y, (3, 4), "one_hot of 3 labels, 4 classes,",
        hint="One row per label; one column per class, also for classes "
        "that do not occur.",
    )  # fmt: skip
    checks.expect(
        Y.is_floating_point(),
        f"expected float32, got {Y.dtype}: targets are compared with "
        "probabilities, so they are floating-point numbers as well.",
    )
    checks.expect(
        not checks.equal(Y, [[1, 0, 1, 0]] * 3),
        "`Y[:, y] = 1` writes into every row; pair each row with its own "
        "label.",
    )
    checks.expect_close(
        Y.sum(dim=1), [1, 1, 1], "the sum of each row",
        hint="Every row, the last included, has a single 1, in the column of "
        "its label.",
    )  # fmt: skip
    checks.expect_close(Y, [[0, 0, 1, 0], [1, 0, 0, 0], [0, 0, 1, 0]], "Y")
    Y = one_hot(torch.tensor([1, 0]), 3)
    checks.expect_shape(
        Y, (2, 3), "one_hot of 2 labels, 3 classes,",
        hint="Take the sizes from `y` and `num_classes`.",
    )  # fmt: skip
    checks.expect_close(Y, [[0, 1, 0], [1, 0, 0]], "one_hot of [1, 0]")
    ### BEGIN HIDDEN TESTS
    n, k = torch.randint(5, 20, (2,)).tolist()
    labels = torch.randint(k, (n,))
    checks.expect_close(
        one_hot(labels, k), torch.eye(k)[labels],
        f"one_hot of {n} labels, {k} classes",
    )  # fmt: skip
    ### END HIDDEN TESTS

# %% [markdown]
# ## 2.2 Softmax with a temperature
#
# 2 points · ★★☆ · about 10 minutes · practices
# [Softmax: from logits to probabilities](../notebooks/02_softmax_regression.ipynb#Softmax:-from-logits-to-probabilities)
#
# A **temperature** $T > 0$ makes a model more or less sure of itself, without
# training it again: divide all logits by $T$, then apply softmax,
#
# $$\hat y_{ij} = \frac{e^{z_{ij} / T}}{\sum_{l} e^{z_{il} / T}}.$$
#
# Write `softmax(Z, temperature=1.0)` without `torch.softmax`, `log_softmax` and
# the like: from `exp` and `sum`, or `logsumexp`.
#
# - `Z` $(n \times k)$: logits, one row per image, left as they are
# - `temperature`: a positive number
# - returns $(n \times k)$: probabilities; each row sums to 1, also for logits
#   of several thousand, positive or negative
#
# `softmax(torch.tensor([[0.0, 2.0]]), temperature=2.0)` gives
# `[[0.2689, 0.7311]]`.
#
# <details><summary>Hint 1</summary>
#
# Adding the same number to all logits of a row changes nothing. Which number
# keeps every exponential at or below 1?
# </details>
#
# <details><summary>Hint 2</summary>
#
# The largest logit of each row: subtracted from the row, it leaves none above
# 0. `Z.amax(dim=1)` gives one number per row. (`Z.max(dim=1)` returns values
# and places, two tensors.) Where does the temperature come in, before the
# exponential or after it?
# </details>
#
# <details><summary>Hint 3</summary>
#
# For the row [0, 1000] and T = 2: subtract 1000, which gives [-1000, 0];
# divide by 2, [-500, 0]; take the exponential, [0, 1]; divide by the sum of the
# row, 1. With `keepdim=True` the result of `amax` or `sum` has the shape
# $(n \times 1)$ and fits every column.
# </details>


# %% nbgrader={"grade": false, "grade_id": "softmax", "locked": false, "schema_version": 3, "solution": true, "task": false} tags=["raises-exception"]
# exercise: softmax
def softmax(Z, temperature=1.0):
    """Probabilities (n, k) from logits Z (n, k), without overflow."""
    ### BEGIN SOLUTION
    exp_Z = ((Z - Z.amax(dim=1, keepdim=True)) / temperature).exp()
    return exp_Z / exp_Z.sum(dim=1, keepdim=True)
    ### END SOLUTION


# %% nbgrader={"grade": true, "grade_id": "softmax-check", "locked": true, "points": 2, "schema_version": 3, "solution": false, "task": false} tags=["raises-exception"]
with checks.exercise(
    "softmax",
    without=[
        "softmax", "log_softmax", "softmin", "gumbel_softmax",
        "scaled_dot_product_attention", "scipy.special.softmax",
        "scipy.special.log_softmax",
    ],
    instead="`exp` and `sum`, or `logsumexp`",
):  # fmt: skip
    logits = torch.tensor([[0.0, 1.0, 2.0], [2.0, 2.0, 5.0]])
    given = logits.clone()
    softmax(given)
    softmax(given, temperature=2.0)
    checks.expect(
        checks.equal(given, logits),
        "your function changes the logits it is given: `Z -= …` and `Z /= …` "
        "work in place; `Z = Z - …` makes a new tensor.",
    )
    with checks.part("probabilities", 1):
        P = softmax(logits.clone())
        checks.expect_shape(P, (2, 3), "softmax of 2 × 3 logits")
        checks.expect(
            not checks.same(P.sum(dim=0), torch.ones(3)),
            "your probabilities sum to 1 over the batch, not over the "
            "classes: softmax runs along dim=1.",
        )
        expected = [[0.0900, 0.2447, 0.6652], [0.0453, 0.0453, 0.9094]]
        checks.expect(
            not checks.same(P.exp(), expected, atol=1e-4),
            "you return the logarithms of the probabilities; their "
            "exponentials are asked for.",
        )
        checks.expect_close(
            P.sum(dim=1), [1, 1], "the sum of each row",
            hint="Divide each row by its own sum, with keepdim=True.",
        )  # fmt: skip
        checks.expect_close(
            P, expected, "softmax(Z)", atol=1e-4,
            hint="What is subtracted must be one number for a whole row.",
        )  # fmt: skip
        hot = softmax(logits, temperature=2.0)
        checks.expect(
            not checks.same(hot, P, atol=1e-4),
            "the temperature has no effect.",
        )
        checks.expect_close(
            hot.sum(dim=1), [1, 1], "the sum of each row at temperature 2",
            hint="Divide the logits by the temperature, before the "
            "exponential.",
        )  # fmt: skip
        checks.expect(
            (hot.amax(dim=1) < P.amax(dim=1)).all(),
            "at temperature 2 the probabilities must be more even than at 1; "
            "yours are more extreme. Divide the logits by the temperature.",
        )
        expected = [[0.1863, 0.3072, 0.5065], [0.1543, 0.1543, 0.6914]]
        checks.expect_close(hot, expected, "softmax(Z, 2.0)", atol=1e-4)
    with checks.part("large logits", 1):
        large = softmax(torch.tensor([[0.0, 2000.0, 2001.0]]))
        checks.expect_close(
            large, [[0, 0.2689, 0.7311]], "softmax([[0, 2000, 2001]])",
            atol=1e-4,
            hint="The exponential of 2000 overflows: subtract the largest "
            "logit of the row first.",
        )  # fmt: skip
        apart = softmax(torch.tensor([[0.0, 1.0], [-900.0, -900.0]]))
        checks.expect_close(
            apart[1], [0.5, 0.5], "the second row of "
            "softmax([[0, 1], [-900, -900]])", atol=1e-4,
            hint="Subtract from each row its own largest logit, here -900.",
        )  # fmt: skip
        hot = softmax(torch.tensor([[1000.0, 1001.0]]), temperature=10.0)
        checks.expect_close(
            hot, [[0.4750, 0.5250]], "softmax([[1000, 1001]], 10.0)",
            atol=1e-4,
            hint="" if checks.same(hot, hot) else "Divided by 10 the largest "
            "logit is 100.1: subtract before you divide, or subtract that.",
        )  # fmt: skip
    ### BEGIN HIDDEN TESTS
    n, k = torch.randint(2, 20, (2,)).tolist()
    for scale, temperature, shift in [
        (1, 0.5, 0), (3, 1.0, 0), (2000, 3.0, 0), (2000, 3.0, 9000),
        (2000, 3.0, -9000),
    ]:  # fmt: skip
        logits = shift + scale * torch.randn(n, k, dtype=torch.float64)
        what = "large logits" if scale > 3 else "probabilities"
        with checks.part(what):
            checks.expect_close(
                softmax(logits, temperature),
                torch.softmax(logits / temperature, dim=1),
                f"softmax of {n} × {k} random logits of up to "
                f"{logits.abs().max():.0f} at temperature {temperature}",
            )
    ### END HIDDEN TESTS

# %% [markdown]
# ## 2.3 Answer, or say "I don't know"
#
# 2 points · ★☆☆ · about 10 minutes · practices
# [Is it calibrated?](../notebooks/02_softmax_regression.ipynb#Is-it-calibrated?)
#
# A bank that reads checks by machine would rather ask a person than book a
# wrong amount. Write `predict(Z, at_least=0.0)`, which answers only where the
# model is sure enough.
#
# - `Z` $(n \times k)$: logits
# - `at_least`: the probability that the answer must reach
# - returns $(n,)$, int64: the most probable class of each row, or −1 where its
#   probability is below `at_least`
#
# `predict(torch.tensor([[0.0, 2.0], [0.0, 0.5]]), at_least=0.8)` gives
# `[1, -1]`: the probabilities are 0.88 and 0.62. Use your `softmax`, or
# `torch.softmax`.
#
# <details><summary>Hint 1</summary>
#
# Two questions per row: which class has the largest probability, and how
# large is it?
# </details>
#
# <details><summary>Hint 2</summary>
#
# `amax` gives the largest value along a dimension, `argmax` its place. Both
# need `dim=1`.
# </details>
#
# <details><summary>Hint 3</summary>
#
# First all answers, as if the model were always sure. Then one truth value
# per row: is its largest *probability* below `at_least`? Where it is, the answer
# becomes -1; `torch.where`, or an index of truth values, does it.
# </details>


# %% nbgrader={"grade": false, "grade_id": "predict", "locked": false, "schema_version": 3, "solution": true, "task": false} tags=["raises-exception"]
# exercise: predict
def predict(Z, at_least=0.0):
    """Class (n,) of each row of logits Z (n, k), or -1 where it is unsure."""
    ### BEGIN SOLUTION
    answers = Z.argmax(dim=1)
    answers[softmax(Z).amax(dim=1) < at_least] = -1
    return answers
    ### END SOLUTION


# %% nbgrader={"grade": true, "grade_id": "predict-check", "locked": true, "points": 2, "schema_version": 3, "solution": false, "task": false} tags=["raises-exception"]
with checks.exercise("predict"):
    logits = torch.tensor([[0.0, 2, 0], [3, 0, 9], [-5, -8, -9]])
    answers = predict(logits[:2])
    checks.expect_shape(
        answers, (2,), "predict of 2 rows",
        hint="One answer per row: look along dim=1.",
    )  # fmt: skip
    checks.expect(
        checks.is_whole(answers),
        f"expected whole numbers, got {answers.dtype}: `argmax` gives the class, "
        "`amax` the probability.",
    )
    checks.expect_close(answers, [1, 2], "predict of 2 rows")
    answers = predict(logits, at_least=0.9)
    checks.expect(
        answers.tolist() != [1, 2, -1],
        "you compare `at_least` with a logit; compare it with a probability.",
    )
    checks.expect_close(
        answers, [-1, 2, 0], "predict of 3 rows, at_least=0.9,",
        hint="The largest probabilities are 0.79, 0.998 and 0.94; an unsure "
        "row stays, as -1.",
    )  # fmt: skip
    even = predict(torch.zeros(1, 2), at_least=0.5)
    checks.expect(
        even.tolist() == [0],
        f"expected [0], got {even.tolist()}: a probability of exactly 0.5 is "
        "not below at_least=0.5.",
    )
    ### BEGIN HIDDEN TESTS
    n, k = torch.randint(20, 40, (2,)).tolist()
    logits = 3 * torch.randn(n, k, dtype=torch.float64)
    for at_least in (0.3, 0.6, *torch.rand(3).tolist()):
        sure, best = torch.softmax(logits, dim=1).max(dim=1)
        checks.expect_close(
            predict(logits, at_least), torch.where(sure < at_least, -1, best),
            f"predict of {n} × {k} random logits, at_least={at_least:.2f},",
        )  # fmt: skip
    ### END HIDDEN TESTS

# %% [markdown]
# ## 2.4 Cross-entropy from logits
#
# 3 points · ★★☆ · about 15 minutes · practices
# [Cross-entropy: how wrong is a probability?](../notebooks/02_softmax_regression.ipynb#Cross-entropy:-how-wrong-is-a-probability?)
#
# The lesson's loss takes labels. Often a target is not certain: three of four
# people read a 4, one a 9. So write `cross_entropy(Z, Y)` for targets that are
# probabilities themselves,
#
# $$L = -\frac{1}{n} \sum_{i=1}^{n} \sum_{j=1}^{k} Y_{ij} \ln \hat y_{ij},$$
#
# without `F.cross_entropy`, `F.nll_loss` and `log_softmax`; `exp`, `log` and
# `logsumexp` are allowed.
#
# - `Z` $(n \times k)$: logits, left as they are
# - `Y` $(n \times k)$: targets, left as they are; each row sums to 1. One-hot
#   rows are the special case of certainty.
# - returns the loss, a tensor with one element and the shape `()`. It is
#   finite and exact also for logits of several thousand.
#
# `cross_entropy(torch.zeros(1, 4), torch.tensor([[0.0, 0.75, 0.25, 0.0]]))`
# gives $\ln 4 = 1.3863$.
#
# <details><summary>Hint 1</summary>
#
# Do not take the logarithm of a probability that may have been rounded to 0.
# Which formula gives $\ln \hat y_{ij}$ from the logits directly?
# </details>
#
# <details><summary>Hint 2</summary>
#
# $\ln \hat y_{ij} = z_{ij} - \ln \sum_l e^{z_{il}}$. With the row's largest
# logit subtracted from all logits of the row first, $z_{ij}$ included,
# nothing overflows, and the sum is at least 1.
# </details>
#
# <details><summary>Hint 3</summary>
#
# For the logits [0, 2000] the largest is 2000; subtracted, [-2000, 0]. The
# log-sum-exp of these is 0, so the logarithms of the probabilities are -2000 and
# 0, although the first probability is rounded to 0. Weight them with `Y`, and mind
# which of sum and mean goes along which dimension.
# </details>


# %% nbgrader={"grade": false, "grade_id": "cross_entropy", "locked": false, "schema_version": 3, "solution": true, "task": false} tags=["raises-exception"]
# exercise: cross_entropy
def cross_entropy(Z, Y):
    """Mean loss () of logits Z (n, k) for target probabilities Y (n, k)."""
    ### BEGIN SOLUTION
    shifted = Z - Z.amax(dim=1, keepdim=True)
    log_P = shifted - shifted.exp().sum(dim=1, keepdim=True).log()
    return -(Y * log_P).sum(dim=1).mean()
    ### END SOLUTION


# %% nbgrader={"grade": true, "grade_id": "cross_entropy-check", "locked": true, "points": 3, "schema_version": 3, "solution": false, "task": false} tags=["raises-exception"]
with checks.exercise(
    "cross_entropy",
    without=[
        "cross_entropy", "cross_entropy_loss", "log_softmax", "nll_loss",
        "scipy.special.log_softmax",
    ],
    instead="`exp`, `sum` and `log`, or `logsumexp`, on the logits",
):  # fmt: skip
    with checks.part("certain targets", 1):
        logits, Y = torch.zeros(5, 10), torch.eye(10)[[3, 0, 3, 9, 1]]
        loss = cross_entropy(logits, Y)
        checks.expect_shape(
            loss, (), "the loss", hint="It is one number for the whole batch."
        )
        checks.expect(
            not loss < 0,
            f"expected a positive loss, got {loss:.4g}: is a minus missing?",
        )
        once = "Sum over classes, mean over images: divide by n, once."
        hints = dict.fromkeys(["0.2303", "0.4605", "1.151", "11.51"], once)
        hints["1.609"] = "That is ln 5, for 5 images: sum over the classes."
        hints["1"] = hints["3.322"] = "Take the natural logarithm, `log`."
        checks.expect_close(
            loss, 2.302585, "the loss of 5 equal rows for 10 classes",
            hint=hints.get(f"{loss:.4g}", ""),
        )  # fmt: skip
        logits = torch.tensor([[6.0, 0.0, 0.0]])
        Y = torch.tensor([[1.0, 0.0, 0.0]])
        given = logits.clone(), Y.clone()
        loss = cross_entropy(*given)
        checks.expect(
            checks.equal(given[0], logits) and checks.equal(given[1], Y),
            "your function changes what it is given: `Z -= …` and `Y *= …` "
            "work in place; `Z - …` makes a new tensor.",
        )
        checks.expect(
            not checks.same(loss, 0.5546, atol=1e-3),
            "you apply softmax twice: its logarithm is taken of logits, not "
            "of probabilities.",
        )
        checks.expect(
            not checks.same(abs(loss - 0.0049), 6, atol=1e-3),
            f"the loss of a sure answer: expected 0.0049, got {loss:.4f}. It "
            "is off by 6, the largest logit: subtract that from z_ij and "
            "inside the sum, or add it back to the log-sum-exp.",
        )
        checks.expect_close(
            loss, 0.0049452, "the loss of a sure answer", atol=1e-5
        )
    with checks.part("uncertain targets", 1):
        logits = torch.tensor([[6.0, 0.0, 0.0]])
        loss = cross_entropy(logits, torch.tensor([[0.5, 0.3, 0.2]]))
        checks.expect_close(
            loss, 3.0049452, "the loss for the target [0.5, 0.3, 0.2]",
            hint="It is 0.5 · 0.005 + 0.3 · 6.005 + 0.2 · 6.005: every class "
            "counts with its share, not only the largest.",
        )  # fmt: skip
    with checks.part("large logits", 1):
        logits = torch.tensor([[0.0, 2000.0]])
        right = float(cross_entropy(logits, torch.tensor([[0.0, 1.0]])))
        wrong = float(cross_entropy(logits, torch.tensor([[1.0, 0.0]])))
        why = (
            "The exponential of 2000 overflows: subtract the largest logit "
            "of the row first."
            if wrong != wrong else
            "The probability is rounded to 0 before its logarithm is taken: "
            "use the log-sum-exp of the logits."
        )  # fmt: skip
        checks.expect(
            abs(right) + abs(wrong) < float("inf"),
            "logits of 0 and 2000: expected the losses 0 and 2000, got "
            f"{right:g} and {wrong:g}. {why}",
        )
        checks.expect_close(
            wrong, 2000, "the loss of a very wrong answer",
            hint="A small constant inside the logarithm hides how wrong it "
            "is: use the log-sum-exp." if 1 < wrong < 110 else "",
        )  # fmt: skip
        logits = torch.tensor([[0.0, 1.0], [-900.0, -900.0]])
        loss = float(cross_entropy(logits, torch.eye(2)))
        checks.expect_close(
            loss, 1.0032, "the loss of the logits [[0, 1], [-900, -900]]",
            atol=1e-3,
            hint="" if abs(loss) < 9 else "Subtract from each row its own "
            "largest logit, in the second -900.",
        )  # fmt: skip
    ### BEGIN HIDDEN TESTS
    n, k = torch.randint(3, 30, (2,)).tolist()
    for scale in (1, 10, 1000):
        logits = scale * torch.randn(n, k, dtype=torch.float64)
        Y = torch.rand(n, k, dtype=torch.float64)
        Y = Y / Y.sum(dim=1, keepdim=True)
        certain = torch.eye(k, dtype=torch.float64)[torch.randint(k, (n,))]
        for what, targets in [
            ("certain targets", certain), ("uncertain targets", Y)
        ]:  # fmt: skip
            with checks.part("large logits" if scale > 1 else what):
                checks.expect_close(
                    cross_entropy(logits, targets),
                    F.cross_entropy(logits, targets),
                    f"the loss of {n} × {k} random logits of up to "
                    f"{logits.abs().max():.0f} with {what}",
                )  # fmt: skip
    ### END HIDDEN TESTS

# %% [markdown]
# ## 2.5 Find and mend: three batch sizes, three results
#
# 3 points · ★★☆ · about 15 minutes · practices
# [Find the mistakes: counting in batches](../notebooks/02_softmax_regression.ipynb#Find-the-mistakes:-counting-in-batches)
#
# Evaluation loops like this one are found in many tutorials:
#
# ```python
# def evaluate(W, b, batches, batch_size):
#     loss_sum, correct = 0.0, 0
#     for X, y in batches:
#         Z = X @ W + b
#         loss_sum += F.cross_entropy(Z, y).item()
#         correct += (Z.argmax(dim=1) == y).sum().item()
#     loss = loss_sum / len(batches)
#     accuracy = correct / (len(batches) * batch_size)
#     return loss, accuracy
# ```
#
# Here it evaluates one model on the same 100 examples, in batches of 100, of
# 30 and of 7.


# %%
def published_evaluate(W, b, batches, batch_size):
    loss_sum, correct = 0.0, 0
    for X, y in batches:
        Z = X @ W + b
        loss_sum += F.cross_entropy(Z, y).item()
        correct += (Z.argmax(dim=1) == y).sum().item()
    loss = loss_sum / len(batches)
    accuracy = correct / (len(batches) * batch_size)
    return loss, accuracy


generator = torch.Generator().manual_seed(0)
X_all = torch.randn(100, 20, generator=generator)
W_all, b_all = torch.randn(20, 4, generator=generator), torch.zeros(4)
noise = 3 * torch.randn(100, 4, generator=generator)
y_all = (X_all @ W_all + noise).argmax(dim=1)
for batch_size in (100, 30, 7):
    batches = list(
        zip(X_all.split(batch_size), y_all.split(batch_size), strict=True)
    )
    loss, accuracy = published_evaluate(W_all, b_all, batches, batch_size)
    print(
        f"batches of {batch_size:3}: loss {loss:.3f}, accuracy {accuracy:.1%}"
    )

# %% [markdown]
# Neither the model nor the examples have changed, so neither may the results.
# Find the two mistakes and write `evaluate(W, b, batches)`, which doesn't need
# to be told the batch size.
#
# - `W` $(p \times k)$, `b` $(k,)$: the model, $Z = XW + b$
# - `batches`: a list of pairs `(X, y)` with `X` $(m \times p)$ and `y` $(m,)$;
#   $m$ may differ from pair to pair
# - returns two numbers, first the mean loss over all examples, then the
#   accuracy, a share between 0 and 1
#
# <details><summary>Hint 1</summary>
#
# How many examples do batches of 30 hold together, and what does the loop
# divide by? And how much does one example of the short batch count in the
# mean of the batch means?
# </details>
#
# <details><summary>Hint 2</summary>
#
# Keep three sums over all batches: of the losses of single examples, of right
# answers, and of examples.
# </details>
#
# <details><summary>Hint 3</summary>
#
# `F.cross_entropy(Z, y)` is the mean over a batch, so it is not what the first
# of the sums needs. How do you get the sum from a mean, or from
# `reduction="sum"`?
# </details>


# %% nbgrader={"grade": false, "grade_id": "evaluate", "locked": false, "schema_version": 3, "solution": true, "task": false} tags=["raises-exception"]
# exercise: evaluate
def evaluate(W, b, batches):
    """Mean loss and accuracy of Z = XW + b over all examples of all batches."""
    ### BEGIN SOLUTION
    loss_sum, correct, count = 0.0, 0, 0
    for X, y in batches:
        Z = X @ W + b
        loss_sum += F.cross_entropy(Z, y).item() * len(y)
        correct += (Z.argmax(dim=1) == y).sum().item()
        count += len(y)
    return loss_sum / count, correct / count
    ### END SOLUTION


# %% nbgrader={"grade": true, "grade_id": "evaluate-check", "locked": true, "points": 3, "schema_version": 3, "solution": false, "task": false} tags=["raises-exception"]
with checks.exercise("evaluate"):
    # In batches of 3, 2 and 5, of which 3, 1 and 2 examples are right.
    X = torch.tensor([
        [2.0, 0, 0], [0, 3, 0], [1, 0, 0], [0, 0, 1], [3, 0, 0],
        [2, 0, 1], [0, 1, 0], [4, 0, 0], [0, 2, 1], [0, 2, 0],
    ])  # fmt: skip
    labels = torch.tensor([0, 1, 0, 1, 1, 1, 1, 1, 0, 0])
    W, b = torch.tensor([[2.0, 0], [0, 1], [0, 3]]), torch.tensor([0, 1.5])
    sizes = [3, 2, 5]
    pairs = zip(X.split(sizes), labels.split(sizes), strict=True)
    result = evaluate(W, b, list(pairs))
    checks.expect(
        getattr(result, "shape", None) == (2,)
        or (isinstance(result, tuple | list) and len(result) == 2),
        f"expected two numbers, got {checks.describe_value(result)}.",
    )
    loss, accuracy = (float(number) for number in result)
    checks.expect(
        abs(loss - 0.6) > 0.001 or abs(accuracy - 2.2172) > 0.001,
        "first the loss, then the accuracy: yours come the other way round.",
    )
    no_bias = "That is the result without b: Z = XW + b."
    with checks.part("accuracy", 1):
        hints = {
            "0.667": "That is 6/9, for 3 batches of 3: count the examples.",
            "0.545": "That is 6/11, for batches of 3, 3 and 5: count the "
            "examples.",
            "0.633": "That is the mean of the accuracies of the batches: an "
            "example of a short one counts more in it.",
            "0.500": no_bias,
        }  # fmt: skip
        checks.expect_close(
            accuracy, 0.6, "the accuracy",
            hint=hints.get(
                f"{accuracy:.3f}",
                "It is 6/10: the batches hold 3, 2 and 5 examples, of which "
                "3, 1 and 2 are right.",
            ),
        )  # fmt: skip
    with checks.part("loss", 2):
        hints = {
            "1.955": "That is the mean of the batch means: an example of a "
            "short batch counts more in it.",
            "2.301": no_bias,
        }  # fmt: skip
        checks.expect_close(
            loss, 2.217178, "the loss", rtol=1e-4,
            hint=hints.get(
                f"{loss:.3f}",
                "It is the sum of the losses of all 10 examples, divided by "
                "10.",
            ),
        )  # fmt: skip
    ### BEGIN HIDDEN TESTS
    n, p, k = torch.randint(10, 30, (3,)).tolist()
    X, labels = torch.randn(n, p), torch.randint(k, (n,))
    W, b = torch.randn(p, k), torch.randn(k)
    logits = X @ W + b
    for size in (1, 4, 7, n):
        pairs = zip(X.split(size), labels.split(size), strict=True)
        loss, accuracy = evaluate(W, b, list(pairs))
        what = f"{n} random examples in batches of {size}"
        with checks.part("accuracy"):
            right = (logits.argmax(dim=1) == labels).double().mean()
            checks.expect_close(accuracy, right, f"the accuracy of {what}")
        with checks.part("loss"):
            mean = F.cross_entropy(logits, labels)
            checks.expect_close(loss, mean, f"the loss of {what}", rtol=1e-4)
    ### END HIDDEN TESTS

# %% [markdown]
# ## 2.6 The gradient, with weight decay
#
# 3 points · ★★★ · about 20 minutes · practices
# [The gradient](../notebooks/02_softmax_regression.ipynb#The-gradient)
#
# Weights can be kept small by adding a penalty to the loss,
#
# $$J = L + \frac{\lambda}{2} \sum_{i,j} W_{ij}^2,$$
#
# where $L$ is the mean cross-entropy of $Z = XW + b$. The biases are not
# penalized. Derive the gradients and write
# `gradients(X, Y, W, b, weight_decay)` without autograd (`backward`,
# `torch.autograd`, `torch.func`); every other function is allowed.
#
# - `X` $(n \times p)$: images
# - `Y` $(n \times k)$: one-hot targets
# - `W` $(p \times k)$, `b` $(k,)$: the parameters
# - `weight_decay`: $\lambda$, a number
# - all of these are left as they are
# - returns two tensors: $\partial J / \partial W$ $(p \times k)$ and
#   $\partial J / \partial b$ $(k,)$
#
# Use your `softmax`, or `torch.softmax`. The check compares with autograd.
#
# <details><summary>Hint 1</summary>
#
# Begin with the gradient for the logits, "prediction minus target". The loss
# is a mean over $n$ images; where does that appear?
# </details>
#
# <details><summary>Hint 2</summary>
#
# $\partial L / \partial Z = (\hat Y - Y) / n$ has the shape $(n \times k)$. Only
# one product with $X$ has the shape $(p \times k)$ of $W$. The penalty adds
# its own derivative, $\lambda W$.
# </details>
#
# <details><summary>Hint 3</summary>
#
# Check the shapes: `dZ` is $(n \times k)$, and from $X$ $(n \times p)$ it takes
# one transposition to $(p \times k)$. Each image has its own row of `dZ`, but the
# biases are shared by all images. The penalty knows nothing of images.
# </details>


# %% nbgrader={"grade": false, "grade_id": "gradients", "locked": false, "schema_version": 3, "solution": true, "task": false} tags=["raises-exception"]
# exercise: gradients
def gradients(X, Y, W, b, weight_decay):
    """Gradients of the penalized mean loss: for W (p, k) and for b (k,)."""
    ### BEGIN SOLUTION
    dZ = (softmax(X @ W + b) - Y) / len(X)
    return X.T @ dZ + weight_decay * W, dZ.sum(dim=0)
    ### END SOLUTION


# %% nbgrader={"grade": true, "grade_id": "gradients-check", "locked": true, "points": 3, "schema_version": 3, "solution": false, "task": false} tags=["raises-exception"]
with checks.exercise(
    "gradients", without=["autograd"], instead="the formula that you derive"
):
    X = torch.tensor([[1.0, 0.0], [0.0, 2.0], [1.0, 1.0], [3.0, -1.0]])
    Y = torch.eye(3)[[0, 2, 2, 1]]
    W = torch.tensor([[1.0, 0.0, -1.0], [0.5, 0.0, 2.0]], requires_grad=True)
    b = torch.tensor([0.0, 1.0, -1.0], requires_grad=True)
    loss = F.cross_entropy(X @ W + b, Y)
    dW_true, db_true = torch.autograd.grad(loss, (W, b))
    W, b = W.detach(), b.detach()

    given = [tensor.clone() for tensor in (X, Y, W, b)]
    result = gradients(*given, 0.5)
    checks.expect(
        isinstance(result, tuple | list) and len(result) == 2,
        f"expected two tensors, got {checks.describe_value(result)}.",
    )
    checks.expect(
        all(map(checks.equal, given, (X, Y, W, b))),
        "your function changes what it is given: `Y -= …` and `W *= …` work "
        "in place; `Y - …` makes a new tensor.",
    )
    decayed_dW, decayed_db = result
    dW, db = gradients(X, Y, W, b, 0.0)
    of_dZ = (
        "Is dZ prediction minus target, with softmax(XW + b) along dim=1, "
        "and divided by the n images, once?"
    )
    with checks.part("for W", 1):
        checks.expect_shape(dW, (2, 3), "the gradient for W")
        checks.expect(
            not checks.same(dW, -dW_true),
            "the sign is wrong: prediction minus target, not target minus "
            "prediction.",
        )
        checks.expect(
            not checks.same(dW, 4 * dW_true),
            "the gradient for W is 4 times as large as it should be, for 4 "
            "images: the loss is a mean, so divide by n.",
        )
        checks.expect_close(
            dW, dW_true, "the gradient for W", atol=1e-5,
            hint="That for b is right, so dZ is: what remains is its product "
            "with the transpose of X, and no second division by n."
            if checks.same(db, db_true, atol=1e-5) else of_dZ,
        )  # fmt: skip
    with checks.part("for b", 1):
        checks.expect_shape(
            db, (3,), "the gradient for b", hint="b is added to every row."
        )
        checks.expect_close(
            db, db_true, "the gradient for b", atol=1e-5,
            hint="Each image adds its share, so sum dZ over the images; the "
            "factor 1/n is part of dZ and appears once."
            if checks.same(dW, dW_true, atol=1e-5) else of_dZ,
        )  # fmt: skip

    with checks.part("weight decay", 1):
        checks.expect(
            checks.same(dW, dW_true, atol=1e-5)
            or checks.same(db, db_true, atol=1e-5),
            "before the penalty's gradient, at least that for W or that for b "
            "has to be right at weight_decay=0.",
        )
        checks.expect(
            not checks.same(decayed_dW - dW, W, atol=1e-5),
            "the penalty's gradient is twice as large as it should be: the "
            "derivative of λ/2 · W² is λW.",
        )
        checks.expect_close(
            decayed_dW - dW, 0.5 * W,
            "what weight_decay=0.5 adds to the gradient for W", atol=1e-5,
            hint="The derivative of λ/2 · W² is λW. The mean over the images "
            "does not concern the penalty.",
        )  # fmt: skip
        checks.expect_close(
            decayed_db, db, "the gradient for b at weight_decay=0.5",
            atol=1e-5,
            hint="Biases are not penalized: it is the same as without.",
        )  # fmt: skip
    ### BEGIN HIDDEN TESTS
    n, p, k = torch.randint(5, 12, (3,)).tolist()
    X = torch.randn(n, p, dtype=torch.float64)
    Y = torch.eye(k, dtype=torch.float64)[torch.randint(k, (n,))]
    W = torch.randn(p, k, dtype=torch.float64, requires_grad=True)
    b = torch.randn(k, dtype=torch.float64, requires_grad=True)
    decay = torch.rand(()).item()
    for value in (0.0, decay):
        J = F.cross_entropy(X @ W + b, Y) + value / 2 * (W**2).sum()
        truth = torch.autograd.grad(J, (W, b))
        found = gradients(X, Y, W.detach(), b.detach(), value)
        for name, got, expected in zip("Wb", found, truth, strict=True):
            with checks.part("weight decay" if value else f"for {name}"):
                checks.expect_close(
                    got, expected, f"the gradient for {name} of a random "
                    f"model with n={n}, p={p}, k={k}, "
                    f"weight_decay={value:.2f}",
                )  # fmt: skip
    ### END HIDDEN TESTS

# %% [markdown]
# ## 2.7 Write the test: a loss
#
# 3 points · ★★☆ · about 20 minutes · practices
# [Find the mistake: softmax twice](../notebooks/02_softmax_regression.ipynb#Find-the-mistake:-softmax-twice)
#
# A wrong loss raises no error. The model learns all the same, a little worse,
# and the number is believed. A function `loss(Z, y)` gets logits $Z$
# $(n \times k)$ and labels $y$ $(n,)$. It promises to return a tensor of the
# shape `()` and the type of `Z`: the mean of $-\ln \hat y_{i, y_i}$ over the
# $n$ images, where $\hat y_{i, y_i}$ is the probability that softmax gives to
# the label of image $i$. It keeps this promise
#
# - for every number of images and of classes;
# - for logits of several thousand, positive or negative, too.
#
# Write `test_loss(loss)`, which gets an implementation, calls it as often as
# you like, and raises an error if the promise is broken. `assert condition`
# does, where `condition` is false. It returns nothing, and it must not
# complain about an implementation that is right; the results of two right
# ones may differ in their last digits.
#
# You may compare with `F.cross_entropy`. It then depends on your inputs what
# can be seen. Your test is tried on right and on wrong implementations. Here
# is one of each:


# %%
def right_loss(Z, y):
    return F.cross_entropy(Z, y)


def summed_loss(Z, y):
    return F.cross_entropy(Z, y, reduction="sum")


Z_few, y_few = torch.tensor([[1.0, 2.0, 4.0]] * 2), torch.tensor([2, 0])
print(f"right: {right_loss(Z_few, y_few):.4f}")
print(f"wrong: {summed_loss(Z_few, y_few):.4f}")

# %% [markdown]
# <details><summary>Hint 1</summary>
#
# Which mistakes of this set and of the lesson give the right number for some
# inputs? For one image, sum and mean are the same.
# </details>
#
# <details><summary>Hint 2</summary>
#
# Take random logits of another number of images than of classes, with labels
# that are not the likeliest. Then a few large ones by hand. For a row
# [0, 2000] and the label 0 the loss is 2000.
# </details>
#
# <details><summary>Hint 3</summary>
#
# The exponential of 3000 overflows, and that of -3000 is rounded to 0: have a
# batch in which one row is far above 0, and *all* logits of another are far
# below. To compare, allow a difference of a ten-thousandth or so of the loss.
# </details>


# %% nbgrader={"grade": false, "grade_id": "test_loss", "locked": false, "schema_version": 3, "solution": true, "task": false} tags=["raises-exception"]
# exercise: test_loss
def test_loss(loss):
    """Raise an error if `loss(Z, y)` is not the mean cross-entropy."""
    ### BEGIN SOLUTION
    for n, k in [(7, 4), (3, 12)]:
        y = torch.randint(k, (n,))
        for scale, shift in [(3, 0), (2000, 0), (3, -9000)]:
            Z = shift + scale * torch.randn(n, k)
            truth = F.cross_entropy(Z, y)
            assert abs(loss(Z, y) - truth) <= 1e-3 * truth
    ### END SOLUTION


# %% nbgrader={"grade": true, "grade_id": "test_loss-check", "locked": true, "points": 3, "schema_version": 3, "solution": false, "task": false} tags=["raises-exception"]
with checks.exercise("test_loss"):

    def right(Z, y):
        return F.cross_entropy(Z, y)

    def by_hand(Z, y):
        shifted = Z.double() - Z.double().amax(dim=1, keepdim=True)
        chosen = shifted[torch.arange(len(y)), y]
        losses = shifted.exp().sum(dim=1).log() - chosen
        return losses.sum().to(Z.dtype) / len(y)

    checks.expect_accepted(test_loss, right, "`F.cross_entropy`")
    checks.expect_accepted(test_loss, by_hand, "one from `exp` and `log`")

    def summed(Z, y):
        return F.cross_entropy(Z, y, reduction="sum")

    def twice(Z, y):
        return F.cross_entropy(torch.softmax(Z, dim=1), y)

    def decimal(Z, y):
        return F.cross_entropy(Z, y) / 2.302585

    def likeliest(Z, y):
        return F.cross_entropy(Z, Z.argmax(dim=1))

    def by_classes(Z, y):
        return F.cross_entropy(Z, y, reduction="sum") / Z.shape[1]

    def over_the_batch(Z, y):
        rows = torch.arange(len(y))
        return -Z.log_softmax(dim=0)[rows, y].mean()

    def plain(Z, y):
        exp_Z = Z.exp()
        P = exp_Z / exp_Z.sum(dim=1, keepdim=True)
        return -P[torch.arange(len(y)), y].log().mean()

    def small_constant(Z, y):
        P = torch.softmax(Z, dim=1)
        return -(P[torch.arange(len(y)), y] + 1e-12).log().mean()

    def minus(largest, Z, y):
        log_P = Z - largest - (Z - largest).exp().sum(1, keepdim=True).log()
        return -log_P[torch.arange(len(y)), y].mean()

    def whole_batch(Z, y):
        return minus(Z.max(), Z, y)

    def never_below_zero(Z, y):
        return minus(Z.amax(dim=1, keepdim=True).clamp(min=0), Z, y)

    with checks.part("the formula", 1):
        for wrong, what in [
            (twice, "one that applies softmax twice"),
            (decimal, "one with the decimal logarithm"),
            (likeliest, "one that takes the likeliest class for the label"),
        ]:
            checks.expect_rejected(test_loss, wrong, what)
    with checks.part("the batch", 1):
        for wrong, what in [
            (summed, "one that adds the losses of the images up"),
            (by_classes, "one that divides by the number of classes"),
            (over_the_batch, "one whose softmax runs over the batch"),
        ]:
            checks.expect_rejected(test_loss, wrong, what)
    with checks.part("large logits", 1):
        for wrong, what in [
            (plain, "one whose exponentials overflow"),
            (small_constant, "one with a small constant in the logarithm, "
             "which never exceeds 28"),
            (never_below_zero, "one that is wrong where all logits of an "
             "image are far below 0"),
            (whole_batch, "one that subtracts the largest logit of the whole "
             "batch, so that rows far below it are lost"),
        ]:  # fmt: skip
            checks.expect_rejected(test_loss, wrong, what)
    ### BEGIN HIDDEN TESTS

    def no_logarithm(Z, y):
        P = torch.softmax(Z, dim=1)
        return 1 - P[torch.arange(len(y)), y].mean()

    def first_image(Z, y):
        return F.cross_entropy(Z[:1], y[:1])

    def without_the_last(Z, y):
        return F.cross_entropy(Z[:-1], y[:-1]) if len(y) > 1 else right(Z, y)

    def ten_classes(Z, y):
        return F.cross_entropy(Z[:, :10], y.clamp(max=9))

    def cut(Z, y):
        return F.cross_entropy(Z.clamp(-1000, 1000), y)

    checks.expect_accepted(test_loss, by_hand, "one that works in 64 bits")
    for part, wrong, what in [
        ("the formula", no_logarithm, "one without a logarithm"),
        ("the batch", first_image, "one that looks at the first image alone"),
        ("the batch", without_the_last, "one that forgets the last image"),
        ("the batch", ten_classes, "one that knows ten classes only"),
        ("large logits", cut, "one that cuts logits off at 1,000"),
    ]:  # fmt: skip
        with checks.part(part):
            checks.expect_rejected(test_loss, wrong, what)
    checks.expect_accepted(test_loss, right, "another right one")
    ### END HIDDEN TESTS

# %% [markdown]
# ## 2.8 Explain: ten times the logits
#
# 3 points · ★★☆ · about 10 minutes · practices
# [Is it calibrated?](../notebooks/02_softmax_regression.ipynb#Is-it-calibrated?)
#
# A colleague finds the lesson's model too hesitant and multiplies all its
# logits by 10 before softmax. The weights stay as they are. On the test
# images, what happens to
#
# - the accuracy,
# - the confidence of the answers, the right and the wrong ones,
# - the mean cross-entropy loss?
#
# Say in which direction each changes, or that it doesn't, and why.
#
# <details><summary>Hint 1</summary>
#
# Take one image with the logits 1, 2 and 4 and work out its probabilities
# before and after with your `softmax`. Which temperature is this?
# </details>
#
# <details><summary>Hint 2</summary>
#
# The accuracy depends only on which logit is the largest.
# </details>
#
# <details><summary>Hint 3</summary>
#
# An image that was already right has little loss to save. What does an image
# cost whose true class is 3 below the largest logit, before and after?
# </details>

# %% [markdown] nbgrader={"grade": true, "grade_id": "explain_scaled_logits", "locked": false, "points": 3, "schema_version": 3, "solution": true, "task": false}
# ### BEGIN SOLUTION
# The accuracy stays exactly the same: multiplying all logits by a positive
# number keeps their order, so the largest stays the largest. All answers
# become more confident, the wrong ones too, because softmax depends on the
# differences between logits, and those grow tenfold (a temperature of 0.1).
# The mean loss rises. A right answer can save at most the small loss it had,
# while an image whose true class was 3 below the largest logit cost about 3
# and now costs about 30. The model was calibrated before; now it is far more
# confident than it is accurate.
#
# **Rubric**
#
# - 1 point: the accuracy does not change, because the order of the logits
#   does not.
# - 1 point: the confidence grows for right and wrong answers, because the
#   differences between logits grow.
# - 1 point: the loss rises, because sure and wrong answers cost more than
#   right ones save. Naming overconfidence or lost calibration as the reason
#   earns the point; "the loss falls, because the model is surer" does not.
# ### END SOLUTION

# %% [markdown]
# ## Put together
#
# `one_hot`, `softmax`, `gradients` and `evaluate` are all it takes to learn.
# Once they pass, run this cell: your functions train a model on 54,000 digits,
# in 108 steps, and evaluate it on 6,000 others.

# %%
if checks.passed("one_hot", "softmax", "gradients", "evaluate"):
    splits = data.load("mnist", valid_fraction=0.1, seed=0)
    X, y = splits.train.images.flatten(1), splits.train.labels
    X_valid, y_valid = splits.valid.images.flatten(1), splits.valid.labels
    Y, W, b = one_hot(y, 10).float(), torch.zeros(784, 10), torch.zeros(10)
    for batch in torch.randperm(len(X)).split(500):
        dW, db = gradients(X[batch], Y[batch], W, b, 1e-4)
        W, b = W - 0.5 * dW, b - 0.5 * db
    loss, accuracy = evaluate(W, b, [(X_valid, y_valid)])
    print(f"validation loss {loss:.2f}, accuracy {accuracy:.1%}")
else:
    print("Nothing yet: the exercises named above have to pass first.")

# %% [markdown]
# ## Your points
#
# Run this cell at any time.

# %%
checks.scoreboard()

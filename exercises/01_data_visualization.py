# %% [markdown]
# [![Open in Colab](https://colab.research.google.com/assets/colab-badge.svg)](https://colab.research.google.com/github/neural-notebooks/course/blob/clean/exercises/01_data_visualization.ipynb)

# %% [markdown]
# # Exercises 1: Data visualization
#
# Practice for [lesson 1](../notebooks/01_data_visualization.ipynb). You write
# what stands before every training: counting, splitting, normalizing, cutting
# into batches, and the baselines that a model has to beat.
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
import math

import torch

from course_utils import checks, data

checks.begin(
    {
        "class_counts": 1,
        "batch_sizes": 2,
        "majority_baseline": 2,
        "normalize": 2,
        "nearest_mean": 3,
        "report": 2,
        "stratified_split": 3,
    },
    written={"explain_two_hospitals": 3},
)

# %% [markdown]
# ## 1.1 How often does each class occur?
#
# 1 point · ★☆☆ · about 5 minutes · practices
# [Are the classes balanced?](../notebooks/01_data_visualization.ipynb#Are-the-classes-balanced?)
#
# Write `class_counts(labels, num_classes)`.
#
# - `labels` $(n,)$: whole numbers from 0 to `num_classes - 1`, int64
# - returns `(num_classes,)`, int64: how often each class occurs, 0 for a class
#   that doesn't
#
# `class_counts(torch.tensor([1, 3, 1]), 5)` gives `[0, 2, 0, 1, 0]`.
#
# <details><summary>Hint 1</summary>
#
# You can count one class with a comparison and a sum. PyTorch also has a
# function that counts all of them at once; the lesson uses it.
# </details>
#
# <details><summary>Hint 2</summary>
#
# `torch.bincount(labels)` counts, but its result ends at the largest label
# that occurs.
# </details>
#
# <details><summary>Hint 3</summary>
#
# It opens after two failed checks. Then run `checks.hint("class_counts")` in a cell of
# your own.
# </details>


# %% nbgrader={"grade": false, "grade_id": "class_counts", "locked": false, "schema_version": 3, "solution": true, "task": false} tags=["raises-exception"]
# exercise: class_counts
def class_counts(labels, num_classes):
    """How often each class (num_classes,) occurs among labels (n,)."""
    # write your answer here, in place of the next line
    raise NotImplementedError


# %% nbgrader={"grade": true, "grade_id": "class_counts-check", "locked": true, "points": 1, "schema_version": 3, "solution": false, "task": false} tags=["raises-exception"]
with checks.exercise("class_counts"):
    counts = class_counts(torch.tensor([2, 0, 2, 5]), 7)
    checks.expect_shape(
        counts, (7,), "the counts of 7 classes",
        hint="Classes that do not occur are counted too, with 0.",
    )  # fmt: skip
    checks.expect(
        counts.sum() == 4,
        f"expected counts that sum to 4 for 4 labels, got {counts.sum():g}: "
        "the result holds numbers of images, not shares.",
    )
    checks.expect_close(counts, [1, 0, 2, 0, 0, 1, 0], "the counts")
    checks.expect(
        checks.is_whole(counts),
        f"expected whole numbers, got {counts.dtype}: each counts images.",
    )

# %% [markdown]
# ## 1.2 The batches of an epoch
#
# 2 points · ★☆☆ · about 10 minutes · practices
# [Batches, iterations, epochs](../notebooks/01_data_visualization.ipynb#Batches,-iterations,-epochs)
#
# Write `batch_sizes(n, batch_size, drop_last=False)`: how many images are in
# each batch of an epoch?
#
# - `n`: number of images, at least 1
# - `batch_size`: at least 1
# - `drop_last`: whether to leave out a last batch that is not full, as some
#   people do in training
# - returns a list of whole numbers, one per iteration
#
# `batch_sizes(10, 4)` gives `[4, 4, 2]`, and with `drop_last=True` `[4, 4]`.
#
# <details><summary>Hint 1</summary>
#
# How many batches are full, and how many images are left over?
# </details>
#
# <details><summary>Hint 2</summary>
#
# `n // batch_size` batches are full; `n % batch_size` images are left over.
# What if none are?
# </details>
#
# <details><summary>Hint 3</summary>
#
# It opens after two failed checks. Then run `checks.hint("batch_sizes")` in a cell of
# your own.
# </details>


# %% nbgrader={"grade": false, "grade_id": "batch_sizes", "locked": false, "schema_version": 3, "solution": true, "task": false} tags=["raises-exception"]
# exercise: batch_sizes
def batch_sizes(n, batch_size, drop_last=False):
    """Number of images in each batch of an epoch over n images, a list."""
    # write your answer here, in place of the next line
    raise NotImplementedError


# %% nbgrader={"grade": true, "grade_id": "batch_sizes-check", "locked": true, "points": 2, "schema_version": 3, "solution": false, "task": false} tags=["raises-exception"]
with checks.exercise("batch_sizes"):
    sizes = batch_sizes(10, 4)
    checks.expect(
        isinstance(sizes, list),
        f"expected a list, got {checks.describe_value(sizes)}.",
    )
    checks.expect(
        sum(sizes) == 10,
        f"batches of 4 for 10 images: got {sizes}, together {sum(sizes)} "
        "images. Every image is in exactly one batch; the last batch may be "
        "short.",
    )
    checks.expect(
        sizes == [4, 4, 2],
        f"batches of 4 for 10 images: expected [4, 4, 2], got {sizes}.",
    )
    sizes = batch_sizes(8, 4)
    checks.expect(
        sizes == [4, 4],
        f"batches of 4 for 8 images: expected [4, 4], got {sizes}. Nothing is "
        "left over, so there is no short batch.",
    )
    sizes = batch_sizes(3, 4)
    checks.expect(
        sizes == [3],
        f"batches of 4 for 3 images: expected [3], got {sizes}.",
    )
    sizes = batch_sizes(10, 4, drop_last=True)
    checks.expect(
        sizes == [4, 4],
        f"10 images, drop_last=True: expected [4, 4], got {sizes}.",
    )
    sizes = batch_sizes(8, 4, drop_last=True)
    checks.expect(
        sizes == [4, 4],
        f"8 images, drop_last=True: expected [4, 4], got {sizes}. Only a "
        "batch that is not full is left out.",
    )

# %% [markdown]
# ## 1.3 The baseline that never looks
#
# 2 points · ★★☆ · about 10 minutes · practices
# [Are the classes balanced?](../notebooks/01_data_visualization.ipynb#Are-the-classes-balanced?)
#
# A spam filter is right about 95 % of all mails. Is it good? That depends on
# what you get by always giving the same answer. Write
# `majority_baseline(train_labels, test_labels)`: a "model" that answers every
# image with the class that was the most frequent in training.
#
# - `train_labels` $(n,)$, `test_labels` $(m,)$: int64
# - returns two numbers: the answer it always gives, and its accuracy on the
#   test labels, from 0 to 1
#
# <details><summary>Hint 1</summary>
#
# Two steps: choose the answer with one of the two label lists, count how often
# it is right in the other. Which list may be used for which?
# </details>
#
# <details><summary>Hint 2</summary>
#
# `torch.bincount(train_labels)` counts the classes; you need the place of the
# largest count, not the count.
# </details>
#
# <details><summary>Hint 3</summary>
#
# It opens after two failed checks. Then run `checks.hint("majority_baseline")` in a cell of
# your own.
# </details>


# %% nbgrader={"grade": false, "grade_id": "majority_baseline", "locked": false, "schema_version": 3, "solution": true, "task": false} tags=["raises-exception"]
# exercise: majority_baseline
def majority_baseline(train_labels, test_labels):
    """The most frequent training class, and its accuracy on the test labels."""
    # write your answer here, in place of the next line
    raise NotImplementedError


# %% nbgrader={"grade": true, "grade_id": "majority_baseline-check", "locked": true, "points": 2, "schema_version": 3, "solution": false, "task": false} tags=["raises-exception"]
with checks.exercise("majority_baseline"):
    train_labels = torch.tensor([2, 2, 2, 4, 4, 0])
    test_labels = torch.tensor([4, 4, 4, 4, 2, 0, 0, 2])
    result = majority_baseline(train_labels, test_labels)
    checks.expect(
        isinstance(result, tuple | list) and len(result) == 2,
        f"expected two numbers, got {checks.describe_value(result)}.",
    )
    answer, accuracy = result
    checks.expect(
        answer != 3,
        "expected the answer 2, got 3: that is how often the class occurs, "
        "not which class it is.",
    )
    checks.expect(
        answer != 4,
        "expected the answer 2, got 4, the most frequent class of the test "
        "labels. Test labels may not influence any choice.",
    )
    checks.expect_close(answer, 2, "the answer")
    checks.expect(
        not math.isclose(accuracy, 0.5),
        "expected an accuracy of 2/8, got 1/2: that is the share of the class "
        "in the training labels.",
    )
    checks.expect_close(
        accuracy, 0.25, "the accuracy",
        hint="2 of the 8 test labels are a 2; the accuracy is from 0 to 1.",
    )  # fmt: skip

# %% [markdown]
# ## 1.4 Normalize, channel by channel
#
# 2 points · ★★☆ · about 10 minutes · practices
# [Normalization](../notebooks/01_data_visualization.ipynb#Normalization)
#
# Color images have three channels, and each has its own mean and spread. Write
# `normalize(train, test)`, so that each channel of the training images gets
# mean 0 and standard deviation 1.
#
# - `train` $(n, c, h, w)$, `test` $(m, c, h, w)$: images, left as they are
# - returns both, normalized: for each channel one mean and one standard
#   deviation, over all images and pixels
#
# Which images do the mean and the standard deviation come from? The check
# looks at that.
#
# <details><summary>Hint 1</summary>
#
# The test images may not influence anything. What is subtracted from them must
# be known without them.
# </details>
#
# <details><summary>Hint 2</summary>
#
# `mean` and `std` accept several dimensions at once. The channel is dimension
# 1; which are the other three?
# </details>
#
# <details><summary>Hint 3</summary>
#
# It opens after two failed checks. Then run `checks.hint("normalize")` in a cell of
# your own.
# </details>


# %% nbgrader={"grade": false, "grade_id": "normalize", "locked": false, "schema_version": 3, "solution": true, "task": false} tags=["raises-exception"]
# exercise: normalize
def normalize(train, test):
    """Both sets of images (n, c, h, w), with one mean and std per channel."""
    # write your answer here, in place of the next line
    raise NotImplementedError


# %% nbgrader={"grade": true, "grade_id": "normalize-check", "locked": true, "points": 2, "schema_version": 3, "solution": false, "task": false} tags=["raises-exception"]
with checks.exercise("normalize"):
    # Channel 0: mean 5, standard deviation 2; channel 1: mean -1, 0.5.
    train = torch.linspace(-1.7, 1.7, 1000).reshape(10, 1, 10, 10)
    train = torch.cat([5 + 2.04 * train, -1 + 0.51 * train], dim=1)
    test = train[:4] + 3
    train_before, test_before = train.clone(), test.clone()
    result = normalize(train, test)
    checks.expect(
        isinstance(result, tuple | list) and len(result) == 2,
        f"expected two tensors, got {checks.describe_value(result)}.",
    )
    checks.expect_shape(result[0], (10, 2, 10, 10), "train, normalized,")
    checks.expect_shape(result[1], (4, 2, 10, 10), "test, normalized,")
    checks.expect(
        checks.equal(train, train_before) and checks.equal(test, test_before),
        "your function changes the images it is given: `train -= …` works in "
        "place; `train - …` makes a new tensor.",
    )
    pixels = result[0].transpose(0, 1).flatten(1)
    checks.expect(
        (result[0].std(dim=0) - 1).abs().max() > 0.01,
        "you take a mean and a standard deviation for each pixel; one of each "
        "per channel is asked for. A pixel that is always 0 would give nan.",
    )
    checks.expect_close(
        pixels.mean(dim=1), [0, 0], "the means of both channels", atol=1e-3,
        hint="Each channel has its own mean, over dimensions 0, 2 and 3.",
    )  # fmt: skip
    checks.expect_close(
        pixels.std(dim=1), [1, 1], "the deviations of both channels",
        atol=1e-2, hint="After the mean is subtracted, divide by the "
        "standard deviation of the channel.",
    )  # fmt: skip
    checks.expect(
        result[1][:, 1].mean().abs() > 0.01,
        "the test images have mean 0: you normalize them with their own mean. "
        "Use the mean and the deviation of the training images for both.",
    )
    test_pixels = result[1].transpose(0, 1).flatten(1)
    expected = [(test[:, 0].mean() - 5) / 2, (test[:, 1].mean() + 1) / 0.5]
    checks.expect_close(
        test_pixels.mean(dim=1), expected, "the means of the test channels",
        rtol=0.01, atol=0.01,
        hint="Both sets are normalized with the mean and the deviation of the "
        "training images.",
    )  # fmt: skip

# %% [markdown]
# ## 1.5 The nearest mean image
#
# 3 points · ★★☆ · about 15 minutes · practices
# [A first baseline](../notebooks/01_data_visualization.ipynb#A-first-baseline)
#
# Write the lesson's baseline as one function that works for images of any
# size: `nearest_mean(train_images, train_labels, images)`.
#
# - `train_images` $(n, c, h, w)$, `train_labels` $(n,)$: every class from 0 to
#   the largest label occurs
# - `images` $(m, c, h, w)$: the images to classify
# - returns $(m,)$, int64: for each image the class whose mean image is the
#   nearest, measured by the Euclidean distance of all pixels
#
# <details><summary>Hint 1</summary>
#
# First one mean image per class, over the training images of that class. Then
# a table of distances with one row per image and one column per class.
# </details>
#
# <details><summary>Hint 2</summary>
#
# `train_images[train_labels == k].mean(dim=0)` is the mean image of class
# $k$. `torch.stack` puts several into one tensor. `torch.cdist` wants rows of
# numbers: `flatten(1)` makes them.
# </details>
#
# <details><summary>Hint 3</summary>
#
# It opens after two failed checks. Then run `checks.hint("nearest_mean")` in a cell of
# your own.
# </details>


# %% nbgrader={"grade": false, "grade_id": "nearest_mean", "locked": false, "schema_version": 3, "solution": true, "task": false} tags=["raises-exception"]
# exercise: nearest_mean
def nearest_mean(train_images, train_labels, images):
    """Class (m,) of each image (m, c, h, w): that of the nearest mean image."""
    # write your answer here, in place of the next line
    raise NotImplementedError


# %% nbgrader={"grade": true, "grade_id": "nearest_mean-check", "locked": true, "points": 3, "schema_version": 3, "solution": false, "task": false} tags=["raises-exception"]
with checks.exercise("nearest_mean"):
    # Images of 1 × 2 pixels. The means are (5, 0), (0, 8) and (9, 9).
    points = [[0, 0], [10, 0], [0, 6], [0, 8], [0, 10], [9, 9]]
    train_images = torch.tensor(points).float().reshape(6, 1, 1, 2)
    train_labels = torch.tensor([0, 0, 1, 1, 1, 2])
    points = [[6, 1], [1, 7], [8, 7], [5, 4]]
    images = torch.tensor(points).float().reshape(4, 1, 1, 2)
    answers = nearest_mean(train_images, train_labels, images)
    checks.expect_shape(answers, (4,), "the answers for 4 images")
    checks.expect(
        checks.is_whole(answers),
        f"expected classes, whole numbers, got {answers.dtype}: `argmin` gives the "
        "place of the smallest distance, `amin` the distance.",
    )
    answers = answers.tolist()
    checks.expect(
        answers != [0, 1, 2, 1],
        "expected [0, 1, 2, 0], got [0, 1, 2, 1]: you answer with the class "
        "of the nearest training image; take the nearest mean.",
    )
    checks.expect(
        answers != [1, 2, 1, 1],
        "expected [0, 1, 2, 0], got [1, 2, 1, 1]: these are the classes "
        "farthest away.",
    )
    checks.expect(
        answers == [0, 1, 2, 0],
        f"expected [0, 1, 2, 0], got {answers}. The mean images are (5, 0), "
        "(0, 8) and (9, 9); the distance is the root of the sum of squared "
        "differences.",
    )

# %% [markdown]
# Once it passes, run this cell: your function looks at 2,000 digits and then
# reads 500 others.

# %%
if checks.passed("nearest_mean"):
    digits = data.load("mnist", valid_fraction=0.1, seed=0)
    seen, unseen = digits.train, digits.valid
    answers = nearest_mean(
        seen.images[:2000], seen.labels[:2000], unseen.images[:500]
    )
    accuracy = (answers == unseen.labels[:500]).float().mean()
    print(f"right about {accuracy:.1%} of 500 digits")

# %% [markdown]
# ## 1.6 Find and mend: the best of a hundred epochs
#
# 2 points · ★★☆ · about 10 minutes · practices
# [Find the mistake: choosing on the test set](../notebooks/01_data_visualization.ipynb#Find-the-mistake:-choosing-on-the-test-set)
#
# Many tutorials train like this:
#
# ```python
# best_accuracy = 0
# for epoch in range(100):
#     train_one_epoch(model, train_loader)
#     accuracy = evaluate(model, test_loader)
#     if accuracy > best_accuracy:
#         best_accuracy = accuracy
#         torch.save(model.state_dict(), "best.pt")
# print(f"test accuracy {best_accuracy:.1%}")
# ```
#
# Reduced to its core: there is a table with a row per epoch and a column per
# test image, True where the model of that epoch was right, and the highest
# accuracy is reported. Here, the "model" guesses one of ten digits, in all
# hundred epochs, and no image is ever learned.


# %%
def published_report(test_right):
    accuracies = test_right.float().mean(dim=1)
    return accuracies.argmax().item(), accuracies.max().item()


generator = torch.Generator().manual_seed(0)
guessed = torch.rand(100, 200, generator=generator) < 0.1
best, accuracy = published_report(guessed)
print(f"kept: epoch {best}, reported test accuracy {accuracy:.1%}")

# %% [markdown]
# The honest number is 10 %. Write `report(valid_right, test_right)`, which has
# a second table, for validation images, and reports an accuracy that can be
# trusted.
#
# - `valid_right` $(e \times n)$, `test_right` $(e \times m)$, bool: a row per
#   epoch, a column per image
# - returns two numbers: the epoch whose model is kept, counted from 0, and the
#   test accuracy to report
#
# <details><summary>Hint 1</summary>
#
# There are two decisions in the published code: which epoch to keep, and which
# number to print. Which table may be used for which?
# </details>
#
# <details><summary>Hint 2</summary>
#
# The epoch is the one with the highest validation accuracy. The number is one
# single entry of the list of test accuracies.
# </details>
#
# <details><summary>Hint 3</summary>
#
# It opens after two failed checks. Then run `checks.hint("report")` in a cell of
# your own.
# </details>


# %% nbgrader={"grade": false, "grade_id": "report", "locked": false, "schema_version": 3, "solution": true, "task": false} tags=["raises-exception"]
# exercise: report
def report(valid_right, test_right):
    """The epoch to keep, and the test accuracy of its model."""
    # write your answer here, in place of the next line
    raise NotImplementedError


# %% nbgrader={"grade": true, "grade_id": "report-check", "locked": true, "points": 2, "schema_version": 3, "solution": false, "task": false} tags=["raises-exception"]
with checks.exercise("report"):
    # Accuracies of three epochs: validation 2/4, 3/4, 1/4; test 5/5, 2/5, 3/5.
    valid_right = torch.tensor(
        [[1, 1, 0, 0], [1, 1, 1, 0], [0, 0, 1, 0]]
    ).bool()
    test_right = torch.tensor(
        [[1, 1, 1, 1, 1], [1, 0, 0, 1, 0], [1, 1, 1, 0, 0]]
    ).bool()
    result = report(valid_right, test_right)
    checks.expect(
        isinstance(result, tuple | list) and len(result) == 2,
        f"expected two numbers, got {checks.describe_value(result)}.",
    )
    best, accuracy = result
    with checks.part("the epoch to keep", 1):
        checks.expect(
            best != 0,
            "expected epoch 1 to be kept, got epoch 0, the best on the test "
            "images. The choice may use the validation images only.",
        )
        checks.expect_close(best, 1, "the epoch to keep")
    with checks.part("the accuracy to report", 1):
        checks.expect(
            not math.isclose(accuracy, 0.75),
            "expected 2/5, got 3/4, the validation accuracy. The epoch was "
            "chosen by it, so it is too high; report the test accuracy.",
        )
        checks.expect(
            not math.isclose(accuracy, 1.0),
            "expected 2/5, got 5/5, the best test accuracy of any epoch. "
            "Report that of the model you keep.",
        )
        checks.expect_close(
            accuracy, 0.4, "the accuracy to report",
            hint="It is that of one epoch, on the test images.",
        )  # fmt: skip

# %% [markdown]
# ## 1.7 A stratified split into three parts
#
# 3 points · ★★★ · about 20 minutes · practices
# [Training, validation and test set](../notebooks/01_data_visualization.ipynb#Training,-validation-and-test-set)
#
# The lesson's split has two parts. For data that comes without a test set you
# need three. Write
# `stratified_split(labels, valid_fraction, test_fraction, seed)`.
#
# - `labels` $(n,)$: int64
# - `valid_fraction`, `test_fraction`: together below 1
# - `seed`: a whole number. The same seed gives the same split, another seed
#   another one.
# - returns three tensors of indices into `labels`, for training, validation
#   and test, in any order. Each image is in exactly one. Of a class with
#   $n_k$ images, `valid_fraction` times $n_k$ are for validation and
#   `test_fraction` times $n_k$ for testing, each rounded to the nearest whole
#   number.
#
# <details><summary>Hint 1</summary>
#
# For one class: list the indices of its members, shuffle them once, and cut
# the list at two places.
# </details>
#
# <details><summary>Hint 2</summary>
#
# `torch.nonzero(labels == k).squeeze(1)` are the members of class $k$.
# `torch.randperm(len(members), generator=generator)` gives positions among the
# members; `members[positions]` turns them into indices into `labels`.
# </details>
#
# <details><summary>Hint 3</summary>
#
# It opens after two failed checks. Then run `checks.hint("stratified_split")` in a cell of
# your own.
# </details>


# %% nbgrader={"grade": false, "grade_id": "stratified_split", "locked": false, "schema_version": 3, "solution": true, "task": false} tags=["raises-exception"]
# exercise: stratified_split
def stratified_split(labels, valid_fraction, test_fraction, seed):
    """Indices for training, validation and test, each class in proportion."""
    # write your answer here, in place of the next line
    raise NotImplementedError


# %% nbgrader={"grade": true, "grade_id": "stratified_split-check", "locked": true, "points": 3, "schema_version": 3, "solution": false, "task": false} tags=["raises-exception"]
with checks.exercise("stratified_split"):
    # 18 images of class 0, 9 of class 1 and 9 of class 2, mixed.
    labels = torch.tensor([0, 1, 0, 2] * 9)
    result = stratified_split(labels, 0.2, 0.1, 0)
    checks.expect(
        isinstance(result, tuple | list) and len(result) == 3,
        f"expected three tensors, got {checks.describe_value(result)}.",
    )
    with checks.part("each class in proportion", 2):
        found = torch.bincount(torch.cat(result), minlength=36)
        missing, double = (found == 0).sum().item(), (found > 1).sum().item()
        checks.expect(
            len(found) == 36 and missing == 0 and double == 0,
            f"of 36 images, {missing} are in no part and {double} are in "
            "several. Cut one shuffled list per class. Positions among the "
            "members of a class are not yet indices into `labels`.",
        )
        for part, name, counts in (
            (result[1], "validation", [4, 2, 2]),
            (result[2], "test", [2, 1, 1]),
            (result[0], "training", [12, 6, 6]),
        ):
            got = torch.bincount(labels[part], minlength=3).tolist()
            checks.expect(
                got == counts,
                f"the {name} part: expected {counts} images of the classes "
                f"0, 1, 2, got {got}. Split each class by itself, and round: "
                "0.2 · 18 = 3.6 gives 4.",
            )
    with checks.part("drawn by the seed", 1):
        chosen = [set(part.tolist()) for part in result]
        again = stratified_split(labels, 0.2, 0.1, 0)
        checks.expect(
            chosen == [set(part.tolist()) for part in again],
            "two calls with the same seed give different splits: give "
            "`torch.randperm` a generator made from the seed.",
        )
        others = [stratified_split(labels, 0.2, 0.1, seed) for seed in (1, 2, 3)]
        checks.expect(
            any(set(other[1].tolist()) != chosen[1] for other in others),
            "every seed gives the same split: shuffle the members of each "
            "class. Data is often stored in some order, so its first part is "
            "no fair sample.",
        )
        checks.expect(
            any(set(other[2].tolist()) != chosen[2] for other in others),
            "every seed gives the same test part: shuffle the members of a "
            "class before you cut any part off.",
        )

# %% [markdown]
# ## 1.8 Explain: two hospitals
#
# 3 points · ★★☆ · about 15 minutes · practices
# [What leakage looks like](../notebooks/01_data_visualization.ipynb#What-leakage-looks-like)
#
# A network is to find pneumonia on X-ray images of the chest. A hospital has
# 100,000 images of 30,000 patients. They are shuffled; 80,000 are for training,
# 10,000 for validation, 10,000 for testing. The test accuracy is 94 %. The
# network is installed in a second hospital, where it is right about 71 %.
#
# - What is wrong with the split, and why does it raise the accuracy?
# - How do you split instead?
# - Would the new test accuracy tell what to expect in the second hospital? If
#   not, what would?
#
# <details><summary>Hint 1</summary>
#
# How many images does a patient have on average? Where do they go?
# </details>
#
# <details><summary>Hint 2</summary>
#
# Compare with the copies shifted by one pixel in the lesson: what could the
# model recognize there, instead of the label?
# </details>
#
# <details><summary>Hint 3</summary>
#
# Two different things are at work: leakage from training to test, and a
# distribution shift between two hospitals. A better split mends one of them.
# </details>

# %% [markdown] nbgrader={"grade": true, "grade_id": "explain_two_hospitals", "locked": false, "points": 3, "schema_version": 3, "solution": true, "task": false}
# *Write your answer here: two to five sentences.*

# %% [markdown]
# ## Put together
#
# Everything around a training is yours now; the training itself comes in
# lesson 2. Once the functions named below pass, run this cell. It splits
# 12,000 digits in three and normalizes them with your functions, and trains a
# linear model in your batches. Your `report` chooses the epoch. Is the model
# better than both of your baselines?

# %%
if checks.passed(
    "batch_sizes", "majority_baseline", "normalize", "nearest_mean", "report",
    "stratified_split",
):  # fmt: skip
    digits = data.load("mnist", valid_fraction=0.1, seed=0).train
    images, labels = digits.images[:12000], digits.labels[:12000]
    parts = stratified_split(labels, 0.2, 0.2, seed=0)
    (X, X_valid, X_test), (y, y_valid, y_test) = (
        [values[part] for part in parts] for values in (images, labels)
    )
    _, constant = majority_baseline(y, y_test)
    nearest = (nearest_mean(X, y, X_test) == y_test).float().mean()
    (X, X_valid), (_, X_test) = normalize(X, X_valid), normalize(X, X_test)
    model = torch.nn.Sequential(torch.nn.Flatten(), torch.nn.Linear(784, 10))
    optimizer = torch.optim.SGD(model.parameters(), lr=0.01)
    loss_function = torch.nn.CrossEntropyLoss()
    right = [], []
    for _ in range(5):
        for batch in torch.randperm(len(X)).split(batch_sizes(len(X), 100)):
            optimizer.zero_grad()
            loss_function(model(X[batch]), y[batch]).backward()
            optimizer.step()
        for rows, new, truth in zip(
            right, (X_valid, X_test), (y_valid, y_test), strict=True
        ):
            rows.append(model(new).argmax(dim=1) == truth)
    epoch, accuracy = report(*map(torch.stack, right))
    print(f"always the same answer: {constant:.1%}, nearest: {nearest:.1%}")
    print(f"linear model, best epoch {epoch}: {accuracy:.1%}")
else:
    print("Nothing yet: the exercises named above have to pass first.")

# %% [markdown]
# ## Your points
#
# Run this cell at any time.

# %%
checks.scoreboard()

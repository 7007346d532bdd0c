# %% [markdown]
# [![Open in Colab](https://colab.research.google.com/assets/colab-badge.svg)](https://colab.research.google.com/github/neural-notebooks/course/blob/main/solutions/11_project.ipynb)

# %% [markdown]
# # Project: reading other people's digits (solutions)
#
# The milestones of the [project](../notebooks/11_project.ipynb): read its
# page first. You measure a drop, find its causes, mend them within a budget,
# and write half a page.
#
# - First run the code cells below. Then write each answer into the cell that
#   starts with `# exercise:`, in place of `raise NotImplementedError`, and
#   run that cell.
# - Run the check cell below it. It says ✓ and your points or, in words, what
#   is wrong; then it shows what your function finds in the two worlds.
# - Each milestone has three hints. Each says more than the one before.
# - Add as many cells of your own as you like. The last cell shows your
#   points. In a class, what you hand in is checked once more, on digits of
#   writers that these cells never show.
#
# **Time:** about 375 minutes in all, best in three or four sittings. A
# milestone may call what an earlier one has defined; none has to.

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
import itertools
import math

import torch
from sklearn.datasets import load_digits
from torch import nn
from torch.nn import functional as F

from course_utils import checks, data

checks.begin(
    {
        "to_frame": 3,
        "drop": 3,
        "measure": 2,
        "shares": 3,
        "read": 4,
        "better_read": 3,
        "best_read": 2,
    },
    written={"half_page": 8},
)

# %% [markdown]
# Two worlds, as on the page. `X`, `y` are the 10,000 images of MNIST that
# you may train on, `X_home`, `y_home` 2,000 of its test images. `X_away`,
# `y_away` are digits of other writers, for validation; `writers` says which
# of six or seven people wrote each. The rest of the thirteen are kept for the
# end.


# %%
def enlarge(images):
    """Images (n, 8, 8) of the other world in frames (n, 1, 28, 28)."""
    large = F.interpolate(images[:, None], size=28, mode="bilinear")
    return large.clamp(0, 1)


splits = data.load("mnist", valid_fraction=0.1, seed=0)
X, y = splits.train.images[:10_000], splits.train.labels[:10_000]
X_home, y_home = splits.test.images[:2000], splits.test.labels[:2000]
digits = load_digits()
first = [130, 256, 386, 516, 646, 776]  # where a new form begins
writers = torch.bucketize(torch.arange(915), torch.tensor(first), right=True)
X_away = enlarge(torch.tensor(digits.images[:915] / 16).float())
y_away = torch.tensor(digits.target[:915])
print(len(X), "to train on;", len(X_away), "of other writers to choose on")

# %% [markdown]
# `window` is a tool for what follows. It looks at each image through a square
# window and reads it out with as many pixels as you like. `width` is that of
# the window, 1 for the whole image; `right` and `down` say where its middle
# is, from $-1$ (left, upper edge) to $1$; each is a tensor $(n,)$ or a
# number. Outside of an image there is no ink.


# %%
def window(images, width, right, down, size=28):
    """Images (n, 1, size, size) seen through one window each."""
    look = torch.zeros(len(images), 2, 3)
    look[:, 0, 0] = look[:, 1, 1] = torch.as_tensor(width)
    look[:, 0, 2] = torch.as_tensor(right)
    look[:, 1, 2] = torch.as_tensor(down)
    shape = (len(images), 1, size, size)
    grid = F.affine_grid(look, shape, align_corners=False)
    return F.grid_sample(images, grid, align_corners=False)


# %% [markdown]
# ## 11.1 Into one frame
#
# 3 points · ★★☆ · about 40 minutes · practices
# [Why: look and measure](../notebooks/11_project.ipynb#Why:-look-and-measure)
#
# MNIST's makers scaled every digit to fit into 20 × 20 pixels and put its
# center of mass into the middle of a 28 × 28 frame. Do the same to any image:
# write `to_frame(images)`.
#
# - `images` $(n \times 1 \times s \times s)$: pixels in [0, 1]; ink is what
#   is above 0.2, and its *box* the rows and columns from the first to the
#   last with ink; $s$ may be any number
# - returns $(n \times 1 \times 28 \times 28)$, pixels in [0, 1]: the longer
#   side of the box has become 20 pixels (both sides scaled alike), and the
#   center of mass of all pixels lies in the middle of the frame
# - an image without ink stays empty
#
# <details><summary>Hint 1</summary>
#
# Two steps, and `window` does both: a window around the box whose width
# makes the longer side 20 of 28 pixels; then one of width 1 whose middle is
# the center of mass.
# </details>
#
# <details><summary>Hint 2</summary>
#
# `ink.any(dim=2)` says which rows of `ink` (n, s, s) hold some. The first is
# `torch.where(has, place, s).amin(dim=1)` with `place = torch.arange(s)`. An
# edge at pixel $e$ of $s$ lies at $2e/s - 1$.
# </details>
#
# <details><summary>Hint 3</summary>
#
# Step one: the window is 28/20 of the longer side wide, as a share of the
# image's side, and its middle is that of the box, on a scale from -1 to 1 over
# the image. Count `right` and `bottom` one past the last row and column.
# Step two: with `c` the 28 places of pixels on the same scale (13.5 is the
# middle), the center of mass is the sum of ink times `c`, over rows and over
# columns, divided by all ink.
# </details>


# %% nbgrader={"grade": false, "grade_id": "to_frame", "locked": false, "schema_version": 3, "solution": true, "task": false} tags=["raises-exception"]
# exercise: to_frame
def to_frame(images):
    """Images as MNIST has them (n, 1, 28, 28): in a box of 20, centered."""
    ### BEGIN SOLUTION
    s = images.shape[-1]
    ink, place = images[:, 0] > 0.2, torch.arange(s)
    rows, columns = ink.any(dim=2), ink.any(dim=1)
    top = torch.where(rows, place, s).amin(dim=1)
    bottom = torch.where(rows, place, -1).amax(dim=1) + 1
    left = torch.where(columns, place, s).amin(dim=1)
    right = torch.where(columns, place, -1).amax(dim=1) + 1
    longest = torch.maximum(bottom - top, right - left)
    boxed = window(
        images, longest * 28 / 20 / s, (left + right) / s - 1,
        (top + bottom) / s - 1,
    )  # fmt: skip
    c = (torch.arange(28) - 13.5) / 14
    mass = boxed.sum(dim=(1, 2, 3)).clamp(min=1e-6)
    to_right = (boxed.sum(dim=(1, 2)) * c).sum(dim=1) / mass
    to_bottom = (boxed.sum(dim=(1, 3)) * c).sum(dim=1) / mass
    return window(boxed, 1.0, to_right, to_bottom)
    ### END SOLUTION


# %% nbgrader={"grade": true, "grade_id": "to_frame-check", "locked": true, "points": 3, "schema_version": 3, "solution": false, "task": false} tags=["raises-exception"]
def frame_of(images):
    """Longer side of the box, and both distances from the middle."""
    ink, c = images[:, 0] > 0.2, torch.arange(28) - 13.5
    rows, columns = ink.any(dim=2).sum(dim=1), ink.any(dim=1).sum(dim=1)
    mass = images.sum(dim=(1, 2, 3))
    across = (images.sum(dim=(1, 2)) * c).sum(dim=1) / mass
    down = (images.sum(dim=(1, 3)) * c).sum(dim=1) / mass
    return torch.maximum(rows, columns), across, down


with checks.exercise("to_frame"):
    # An L of 12 rows and 6 columns in the upper left corner, and nothing.
    images = torch.zeros(2, 1, 40, 40)
    images[0, 0, 2:14, 3:5] = images[0, 0, 12:14, 3:9] = 0.9
    found = to_frame(images)
    checks.expect_shape(found, (2, 1, 28, 28), "two images of 40 × 40 pixels")
    checks.expect(
        found[1].abs().max() == 0,
        "an image without ink must stay empty; yours has other numbers (a "
        "division by zero gives nan).",
    )
    side, across, down = (part[0].item() for part in frame_of(found))
    checks.expect(
        19 <= side <= 22,
        f"a digit of 12 × 6 pixels: its longer side must become 20 pixels, "
        f"got {side}.",
    )
    columns = (found[0, 0] > 0.2).any(dim=0).sum().item()
    checks.expect(
        9 <= columns <= 12,
        f"a digit of 12 × 6 pixels must become 20 × 10, got {side} × "
        f"{columns}: scale both sides by the same factor.",
    )
    checks.expect(
        abs(across) < 0.3 and abs(down) < 0.3,
        f"the center of mass lies {across:+.1f} columns and {down:+.1f} rows "
        "off the middle of the frame: the middle of the box is not it.",
    )
    checks.expect(
        0.8 < found.max() <= 1, "the brightest pixel was 0.9; it is "
        f"{found.max():.2f} now."
    )  # fmt: skip
    ### BEGIN HIDDEN TESTS
    images = X_home[torch.randint(len(X_home), (40,))]
    images[::2] = images[::2].mT.clone()  # wide ones too
    width = 1 + torch.rand(40)
    spare = width - 1
    right, down = (
        spare * (torch.rand(40) - 0.5),
        spare * (torch.rand(40) - 0.5),
    )
    size = torch.randint(56, 80, ()).item()
    placed = window(images, width, right, down, size)
    what = f"digits placed at random in {size} × {size} pixels"
    found = to_frame(placed)
    checks.expect_shape(found, (40, 1, 28, 28), what)
    side, across, down = frame_of(found)
    checks.expect(
        bool((side >= 18).all() and (side <= 23).all()),
        f"{what}: the longer side must become 20, got {side.min()} to "
        f"{side.max()} pixels.",
    )
    off = torch.maximum(across.abs(), down.abs()).max()
    checks.expect(
        off < 0.5,
        f"{what}: a center of mass is {off:.1f} pixels off the middle.",
    )
    home = to_frame(images)
    change = (found - home).abs().mean()
    checks.expect(
        change < 0.04,
        f"{what}: the same digits without it look different, by {change:.3f} "
        "on average, in place of less than 0.04.",
    )
    ### END HIDDEN TESTS

# %% [markdown]
# ## 11.2 Find and mend: the interval of a drop
#
# 3 points · ★★☆ · about 40 minutes · practices
# [The drop](../notebooks/11_project.ipynb#The-drop)
#
# How much less accurate is a network away than at home, and how sure is that
# number? This function takes each image as a draw of its own:
#
# ```python
# def drop(right_home, right_away, writers):
#     p, q = right_home.mean(), right_away.mean()
#     variance = p * (1 - p) / len(right_home)
#     variance += q * (1 - q) / len(right_away)
#     half = 1.96 * variance.sqrt()
#     return p - q, p - q - half, p - q + half
# ```
#
# Here it meets 500 made-up worlds, in which we know the true drop. In each,
# thirteen people write 130 digits, and some are harder to read than others.


# %%
def published_drop(right_home, right_away, writers):
    p, q = right_home.mean(), right_away.mean()
    variance = p * (1 - p) / len(right_home)
    variance += q * (1 - q) / len(right_away)
    half = 1.96 * variance.sqrt()
    return p - q, p - q - half, p - q + half


def made_up(hard, generator):
    """Outcomes at home and away, and writers; the true drop is 0.2."""
    home = torch.rand(10_000, generator=generator) < 0.95
    share = 0.75 + hard * (torch.rand(13, generator=generator) - 0.5)
    by = torch.arange(13).repeat_interleave(130)
    away = torch.rand(1690, generator=generator) < share[by]
    return home.float(), away.float(), by


def coverage(function):
    """Share of 500 intervals of `function` that hold the true drop."""
    generator = torch.Generator().manual_seed(0)
    holds = 0
    for _ in range(500):
        _, low, high = function(*made_up(0.4, generator))
        holds += int(low <= 0.2 <= high)
    return holds / 500


print(f"intervals that hold the true drop: {coverage(published_drop):.0%}")

# %% [markdown]
# It should be 95 %. Ten digits of one hand tell less than ten digits of ten
# hands. Write `drop` so that writers are the draws. With $m$ writers and
# $n$ of their images, let $e_j$ be the sum of $r_i - q$ over the images of
# writer $j$, where $r_i$ is 1 for an image read right and $q$ is the accuracy
# away. Then the variance of $q$ is about
#
# $$\frac{m}{m - 1} \cdot \frac{e_1^2 + \dots + e_m^2}{n^2}.$$
#
# - `right_home` $(n_h,)$, `right_away` $(n,)$: 1 for an image read right,
#   else 0
# - `writers` $(n,)$: who wrote each image away; any whole numbers, in any
#   order, and not equally many images of each
# - `factor`: half of the interval is so many standard errors; 2.18 belongs to
#   thirteen writers (Student's t with 12 degrees of freedom), 2.45 to the
#   seven forms of `X_away`
# - returns the accuracy at home minus that away, and both ends of its
#   interval
#
# <details><summary>Hint 1</summary>
#
# Only the second of the two variances changes. What is the sum of $r_i - q$
# over the images of one writer?
# </details>
#
# <details><summary>Hint 2</summary>
#
# `writers.unique()` lists the writers; their numbers need not run from 0.
# Square each writer's sum, then add.
# </details>
#
# <details><summary>Hint 3</summary>
#
# Collect one sum for each `w` in `writers.unique()`, of the differences of that
# writer's images from q, in a tensor. The variance is the sum of their squares
# over n², times m over m - 1.
# </details>


# %% nbgrader={"grade": false, "grade_id": "drop", "locked": false, "schema_version": 3, "solution": true, "task": false} tags=["raises-exception"]
# exercise: drop
def drop(right_home, right_away, writers, factor=2.18):
    """Accuracy at home minus away, and both ends of its interval."""
    ### BEGIN SOLUTION
    p, q = right_home.mean(), right_away.mean()
    names, n = writers.unique(), len(right_away)
    sums = torch.stack([(right_away - q)[writers == w].sum() for w in names])
    m = len(names)
    variance = p * (1 - p) / len(right_home)
    variance = variance + m / (m - 1) * (sums**2).sum() / n**2
    half = factor * variance.sqrt()
    return p - q, p - q - half, p - q + half
    ### END SOLUTION


# %% nbgrader={"grade": true, "grade_id": "drop-check", "locked": true, "points": 3, "schema_version": 3, "solution": false, "task": false} tags=["raises-exception"]
with checks.exercise("drop"):
    # Away, writer 4 has 3 of 4 right, writer 9 has 0 of 2, writer 1 has both:
    # q = 5/8, sums 0.5, -1.25 and 0.75. At home 81 of 90 are right.
    home = torch.tensor([1.0] * 81 + [0.0] * 9)
    away = torch.tensor([1.0, 0, 1, 1, 0, 1, 0, 1])
    by = torch.tensor([4, 9, 1, 4, 9, 4, 4, 1])
    found = drop(home, away, by, 2.0)
    checks.expect(
        isinstance(found, tuple | list) and len(found) == 3,
        f"expected three numbers, got {checks.describe_value(found)}.",
    )
    checks.expect_close(
        found[0], 0.275, "the drop", hint="Accuracy at home minus that away.",
        atol=1e-4,
    )  # fmt: skip
    half = float(found[2] - found[1]) / 2
    for wrong, message in [
        (0.34812, "this takes each image for a draw of its own."),
        (0.39043, "the factor m / (m - 1) is missing."),
        (
            0.60424,
            "writers with few images count as much as those with many.",
        ),
        (0.47186, "the variance at home is missing."),
    ]:
        checks.expect(
            abs(half - wrong) > 0.0002,
            f"half of the interval should be 0.47608, got {half:.5f}: "
            f"{message}",
        )
    checks.expect_close(
        found, [0.275, -0.20108, 0.75108], "drop, low and high", atol=1e-4
    )
    ### BEGIN HIDDEN TESTS
    for m in (5, 13):
        names = torch.randperm(1000)[:m]
        by = names[torch.randint(m, (60 * m,))]
        share = torch.rand(1000)
        away = (torch.rand(60 * m) < share[by]).double()
        home = (torch.rand(777) < 0.8).double()
        factor = 1.5 + torch.rand(()).item()
        q, n = away.mean(), len(away)
        squares = sum(
            ((by == w).double() @ (away - q)) ** 2 for w in set(by.tolist())
        )
        k = len(set(by.tolist()))
        variance = k / (k - 1) * squares / n**2
        variance += home.mean() * (1 - home.mean()) / 777
        center, half = home.mean() - q, factor * variance.sqrt()
        checks.expect_close(
            drop(home, away, by, factor),
            torch.stack([center, center - half, center + half]),
            f"drop, low and high for {k} writers", rtol=1e-4, atol=1e-5,
        )  # fmt: skip
    ### END HIDDEN TESTS

# %% [markdown]
# What does your interval say of the made-up worlds?

# %% tags=["raises-exception"]
print(f"intervals that hold the true drop: {coverage(drop):.0%}")

# %% [markdown]
# ## 11.3 Measure, don't guess
#
# 2 points · ★★☆ · about 40 minutes · practices
# [Why: look and measure](../notebooks/11_project.ipynb#Why:-look-and-measure)
#
# The other digits look larger, thicker, blurred. By how much? Write
# `measure(images)`, which returns four numbers for each image $(n \times 1
# \times 28 \times 28)$, as a tensor $(n \times 4)$:
#
# 1. height: how many rows hold a pixel above 0.2
# 2. distance of the center of mass of all pixels from the middle of the
#    frame, in pixels
# 3. stroke width: $2A/P$, with the number $A$ of pixels above 0.5 and the
#    number $P$ of sides that such a pixel has in common with one that is not
#    above 0.5, or with the outside. (A bar that is $w$ wide and much longer
#    has an area of $w$ times its length, and two long sides.)
# 4. gray: of the pixels above 0.1, the share below 0.9; blur makes it large
#
# Every image here has pixels above 0.9.
#
# <details><summary>Hint 1</summary>
#
# Each of the four needs a comparison such as `images > 0.5` and sums over
# `dim=(1, 2, 3)`. For the center of mass, see the hints to `to_frame`.
# </details>
#
# <details><summary>Hint 2</summary>
#
# Sides: where does a pixel differ from its right neighbor, and where from the
# one below? Put a border of zeros around the image first, so that the outside
# counts.
# </details>
#
# <details><summary>Hint 3</summary>
#
# Pad the ink, as 0 and 1, by one pixel of 0 on all sides (`F.pad`). A side of
# the outline is where two neighbors differ: `diff` along one dimension, its size,
# and the sum over an image; then along the other. `torch.stack([...], dim=1)`
# puts the four columns together.
# </details>


# %% nbgrader={"grade": false, "grade_id": "measure", "locked": false, "schema_version": 3, "solution": true, "task": false} tags=["raises-exception"]
# exercise: measure
def measure(images):
    """Height, distance from the middle, stroke width, gray: (n, 4)."""
    ### BEGIN SOLUTION
    height = (images > 0.2).any(dim=3).sum(dim=(1, 2)).float()
    c, mass = torch.arange(28) - 13.5, images.sum(dim=(1, 2, 3))
    across = (images.sum(dim=(1, 2)) * c).sum(dim=1) / mass
    down = (images.sum(dim=(1, 3)) * c).sum(dim=1) / mass
    ink = F.pad((images > 0.5).float(), (1, 1, 1, 1))
    area = ink.sum(dim=(1, 2, 3))
    sides = ink.diff(dim=3).abs().sum(dim=(1, 2, 3))
    sides = sides + ink.diff(dim=2).abs().sum(dim=(1, 2, 3))
    some = images > 0.1
    gray = (some & (images < 0.9)).sum(dim=(1, 2, 3))
    gray = gray / some.sum(dim=(1, 2, 3))
    distance = (across**2 + down**2).sqrt()
    return torch.stack([height, distance, 2 * area / sides, gray], dim=1)
    ### END SOLUTION


# %% nbgrader={"grade": true, "grade_id": "measure-check", "locked": true, "points": 2, "schema_version": 3, "solution": false, "task": false} tags=["raises-exception"]
with checks.exercise("measure"):
    # A bar of 20 × 4 in the middle; a square of 6 in the upper left corner
    # with a gray row below it.
    images = torch.zeros(2, 1, 28, 28)
    images[0, 0, 4:24, 12:16] = 1
    images[1, 0, 0:6, 0:6] = 1
    images[1, 0, 6, 0:6] = 0.3
    found = measure(images)
    checks.expect_shape(found, (2, 4), "four numbers for each of two images")
    checks.expect_close(found[:, 0], [20, 7], "the heights")
    checks.expect_close(
        found[0, 1], 0, "a bar in the middle: distance", atol=1e-4,
        hint="The middle of 28 pixels lies between the numbers 13 and 14.",
    )  # fmt: skip
    checks.expect_close(
        found[1, 1], 15.43895, "the distance of a square in the corner",
        atol=1e-3, hint="Gray pixels count with their value.",
    )  # fmt: skip
    checks.expect(
        not checks.same(found[1, 2], 6.0),
        "the square touches the edge of the image; its sides there count, "
        "so its stroke width is 3, and yours is 6.",
    )
    checks.expect_close(
        found[:, 2], [2 * 80 / 48, 3], "the stroke widths",
        hint="Twice the area, divided by the number of sides.",
    )  # fmt: skip
    checks.expect_close(
        found[:, 3], [0, 6 / 42], "the shares of gray",
        hint="Divide by the number of pixels above 0.1.",
    )  # fmt: skip
    ### BEGIN HIDDEN TESTS
    images = torch.zeros(30, 1, 28, 28)
    for k in range(30):
        top, left = torch.randint(12, (2,)).tolist()
        rows, columns = torch.randint(3, 16, (2,)).tolist()
        # No value is next to 0.1, 0.2, 0.5 or 0.9.
        patch = ((torch.randint(100, (rows, columns)) + 0.5) / 100).sqrt()
        images[k, 0, top : top + rows, left : left + columns] = patch
    expected = []
    for image in images[:, 0].double():
        mass = image.sum()
        rows, columns = torch.meshgrid(
            torch.arange(28.0), torch.arange(28.0), indexing="ij"
        )
        off = [
            ((g * image).sum() / mass).item() - 13.5 for g in (rows, columns)
        ]
        dark, sides = image > 0.5, 0
        for r, c in dark.nonzero().tolist():
            for i, j in ((r - 1, c), (r + 1, c), (r, c - 1), (r, c + 1)):
                inside = 0 <= i < 28 and 0 <= j < 28
                sides += not (inside and dark[i, j].item())
        height = int((image.amax(dim=1) > 0.2).sum())
        gray = int(((image > 0.1) & (image < 0.9)).sum())
        expected.append(
            [
                height, math.hypot(*off), 2 * int(dark.sum()) / max(sides, 1),
                gray / int((image > 0.1).sum()),
            ]
        )  # fmt: skip
    checks.expect_close(
        measure(images), expected, "the four numbers of 30 random patches",
        rtol=1e-3, atol=1e-3,
    )  # fmt: skip
    ### END HIDDEN TESTS

# %% [markdown]
# The means in both worlds, and away once more in MNIST's frame (it calls your
# `to_frame`):

# %% tags=["raises-exception"]
print("             height  distance  stroke  gray")
worlds = {"home": X_home, "away": X_away, "away, framed": to_frame(X_away)}
for name, images in worlds.items():
    a, b, c, e = measure(images).mean(dim=0).tolist()
    print(f"{name:12} {a:6.1f} {b:9.2f} {c:7.2f} {e:5.0%}")

# %% [markdown]
# ## 11.4 What each cause costs
#
# 3 points · ★★★ · about 45 minutes · practices
# [Why: look and measure](../notebooks/11_project.ipynb#Why:-look-and-measure)
#
# Mend four causes, each alone or together with others: that makes 16
# accuracies. What is the share of one cause? It depends on what has been
# mended before: the right place helps little as long as the size is wrong. A
# fair answer is the mean over all orders of mending (Shapley, 1953): go
# through an order, and note for each cause by how much the accuracy changes
# when its turn comes.
#
# Write `shares(accuracy)`.
#
# - `accuracy`: a tensor of shape $(2, 2, \dots, 2)$, one axis for each of
#   $k$ causes, $2 \le k \le 5$; index 1 on an axis: this cause is mended. So
#   `accuracy[0, 0, 1, 0]` belongs to the third of four mended alone
# - returns a tensor $(k,)$: the share of each cause, the mean over all $k!$
#   orders
#
# <details><summary>Hint 1</summary>
#
# Take two causes on paper: two orders. In the first, cause 0 changes
# `accuracy[0, 0]` to `accuracy[1, 0]`; in the second, `accuracy[0, 1]` to
# `accuracy[1, 1]`.
# </details>
#
# <details><summary>Hint 2</summary>
#
# `itertools.permutations(range(k))` gives all orders. Keep a list `state` of
# $k$ zeros, and set one entry after the other to 1 in that order. The shares
# must add up to `accuracy[1, ..., 1] - accuracy[0, ..., 0]`.
# </details>
#
# <details><summary>Hint 3</summary>
#
# `accuracy[tuple(state)]` reads one entry. For each order, and each `cause`
# in it: the value before, `state[cause] = 1`, the value after; add their
# difference to `total[cause]`. Divide by `math.factorial(k)`.
# </details>


# %% nbgrader={"grade": false, "grade_id": "shares", "locked": false, "schema_version": 3, "solution": true, "task": false} tags=["raises-exception"]
# exercise: shares
def shares(accuracy):
    """What each of k causes costs, the mean over all orders of mending."""
    ### BEGIN SOLUTION
    k = accuracy.dim()
    total = torch.zeros(k)
    for order in itertools.permutations(range(k)):
        state = [0] * k
        for cause in order:
            before = accuracy[tuple(state)]
            state[cause] = 1
            total[cause] += accuracy[tuple(state)] - before
    return total / math.factorial(k)
    ### END SOLUTION


# %% nbgrader={"grade": true, "grade_id": "shares-check", "locked": true, "points": 3, "schema_version": 3, "solution": false, "task": false} tags=["raises-exception"]
with checks.exercise("shares"):
    # Cause 0 alone: +20 points, cause 1 alone: +4, both: +40.
    table = torch.tensor([[0.30, 0.34], [0.50, 0.70]])
    found = shares(table)
    checks.expect_shape(found, (2,), "the shares of two causes")
    for wrong, message in [
        ([0.20, 0.04], "you mend each cause alone; they add up to 24 points "
         "of 40."),
        ([0.36, 0.20], "you mend each cause last; they add up to 56 points "
         "of 40."),
        ([0.20, 0.20], "this is one order, cause 0 first. In the other, it "
         "comes second."),
        ([0.12, 0.28], "the axes are exchanged: axis 0 belongs to cause 0."),
    ]:  # fmt: skip
        checks.expect(
            not checks.same(found, torch.tensor(wrong), atol=1e-4),
            f"expected 0.28 and 0.12, got {wrong[0]} and {wrong[1]}: "
            f"{message}",
        )
    checks.expect_close(found, [0.28, 0.12], "the shares", atol=1e-4)
    ### BEGIN HIDDEN TESTS
    for k in (3, 4, 2):
        table = torch.rand((2,) * k).double()
        expected = []
        for cause in range(k):
            by_count = []
            gain = table.select(cause, 1) - table.select(cause, 0)
            index = torch.ones_like(gain).nonzero().sum(dim=1)
            for count in range(k):
                by_count.append(gain.flatten()[index == count].mean())
            expected.append(torch.stack(by_count).mean())
        checks.expect_close(
            shares(table), torch.stack(expected), f"the shares of {k} causes",
            atol=1e-5, hint="Mean over all orders, each counting the same.",
        )  # fmt: skip
    ### END HIDDEN TESTS

# %% [markdown]
# Now for the real causes. A network that was trained on `X` alone reads
# `X_away`, mended in 16 ways: size (20 pixels high), place (center of mass in
# the middle), stroke (thinner), blur (a steeper step from paper to ink).


# %% tags=["raises-exception"]
def mend(images, size, place, stroke, blur):
    """Images away with some of four causes mended."""
    if size:
        images = window(images, 28 / 20, 0.0, 0.0)
    if place:
        c, mass = (torch.arange(28) - 13.5) / 14, images.sum(dim=(1, 2, 3))
        across = (images.sum(dim=(1, 2)) * c).sum(dim=1) / mass
        down = (images.sum(dim=(1, 3)) * c).sum(dim=1) / mass
        images = window(images, 1.0, across, down)
    low = 0.25 if stroke else 0.0
    middle = (1 + low) / 2
    width = 0.5 * (1 - low) if blur else 1 - low
    return ((images - middle) / width + 0.5).clamp(0, 1)


def plain_network(epochs=6):
    """784-62-10 trained on MNIST as it is, and the answers of it."""
    torch.manual_seed(0)
    model = nn.Sequential(
        nn.Flatten(), nn.Linear(784, 62), nn.ReLU(), nn.Linear(62, 10)
    )
    optimizer = torch.optim.Adam(model.parameters())
    steps = epochs * math.ceil(len(X) / 64)
    schedule = torch.optim.lr_scheduler.OneCycleLR(optimizer, 5e-3, steps)
    for _ in range(epochs):
        for index in torch.randperm(len(X)).split(64):
            loss = F.cross_entropy(model((X[index] - 0.13) / 0.31), y[index])
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
            schedule.step()
    return lambda images: model((images - 0.13) / 0.31).argmax(dim=1)


# %% [markdown]
# What each costs, in points, and what none of them explains:

# %% tags=["raises-exception"]
shares(torch.zeros(2, 2))  # needs your function
answer = plain_network()
with torch.no_grad():
    table = torch.zeros(2, 2, 2, 2)
    for state in itertools.product((0, 1), repeat=4):
        answers = answer(mend(X_away, *state))
        table[state] = (answers == y_away).float().mean()
    right = (answer(X_home) == y_home).float()
causes = ("size", "place", "stroke", "blur")
for name, share in zip(causes, shares(table).tolist(), strict=True):
    print(f"{name:7} {100 * share:+5.1f} points")
print(f"home {right.mean():.1%}, away {table[0, 0, 0, 0]:.1%}", end=", ")
print(f"all four mended {table[1, 1, 1, 1]:.1%}, best {table.max():.1%}")

# %% [markdown]
# ## The readers: rules and budget
#
# A reader is a pair of functions, so that what it has learned can be counted:
#
# - `train(X, y)` gets 10,000 images of MNIST $(n \times 1 \times 28 \times
#   28)$ and their labels $(n,)$, and returns a list of tensors with what it
#   has learned: at most **50,000 numbers** in all. It takes at most **30
#   seconds** on two cores (a class's grader stops what takes far longer).
#   The check after you hand in also trains on fewer images, so count them by
#   `len(X)`.
# - `read(numbers, images)` gets this list and images $(m \times 1 \times 28
#   \times 28)$ of any world, and returns the digits that it reads there, a
#   tensor $(m,)$ of whole numbers.
#
# A reader must still read **85 %** of MNIST's test images. It trains on what
# `train` is given and on nothing else: no image of another world, neither
# with its label nor without; it must not call `load_digits`. Choose on
# `X_away`, as often as you like; that is what validation images are for, and
# why the final number comes from writers that you have not seen. On those the
# same accuracies are asked for, and, five points less, when the digits arrive
# smaller and anywhere in the frame.
#
# Three milestones ask for more and more. If one reader is good enough for
# several, write `better_train, better_read = train, read`.


# %%
def judge(train, read, least):
    """Check a reader on digits away; return what it has learned."""
    numbers = train(X, y)
    checks.expect(
        isinstance(numbers, tuple | list)
        and all(hasattr(part, "numel") for part in numbers),
        "training must return a list of tensors, got "
        f"{checks.describe_value(numbers)}.",
    )
    count = sum(part.numel() for part in numbers)
    checks.expect(
        count <= 50_000,
        f"{count:,} numbers are over the budget of 50,000.",
    )
    home = accuracy(read, numbers, X_home, y_home, "MNIST's test images")
    checks.expect(
        home >= 0.85,
        f"{home:.1%} at home: it must still read 85 % of MNIST.",
    )
    away = accuracy(read, numbers, X_away, y_away, "digits of other writers")
    checks.expect(
        away >= least,
        f"{away:.1%} away, after {home:.1%} at home; {least:.0%} are asked "
        "for. Which digits does it miss, and what do they look like?",
    )
    return numbers


def accuracy(read, numbers, images, labels, what):
    """Share of images that a reader reads right."""
    answers = read(numbers, images)
    checks.expect_shape(answers, (len(images),), f"the answers to {what}")
    return (torch.as_tensor(answers) == labels).float().mean().item()


# %% [markdown]
# ## 11.5 A reader that gets there
#
# 4 points · ★★☆ · about 60 minutes · practices
# [Mend it](../notebooks/11_project.ipynb#Mend-it)
#
# Write `train` and `read`, after the rules above, for at least **70 %** of
# the digits away. You may call `to_frame`.
#
# <details><summary>Hint 1</summary>
#
# Size and place cost the most. They can be mended before the network sees an
# image, while it reads and while it trains.
# </details>
#
# <details><summary>Hint 2</summary>
#
# A network of 784-62-10 has 49,300 parameters. `model.state_dict()` holds
# them by name, and `list(model.state_dict().values())` is what to return.
# </details>
#
# <details><summary>Hint 3</summary>
#
# In `read`, make the network once more, and fill it:
# `model.load_state_dict(dict(zip(model.state_dict(), numbers)))`. Both
# functions begin with `to_frame`.
# </details>


# %% nbgrader={"grade": false, "grade_id": "read", "locked": false, "schema_version": 3, "solution": true, "task": false} tags=["raises-exception"]
# exercise: read
def train(X, y):
    """A list of tensors, 50,000 numbers at most."""
    ### BEGIN SOLUTION
    torch.manual_seed(0)
    model, X = small_network(), (to_frame(X) - 0.2) / 0.35
    optimizer = torch.optim.Adam(model.parameters(), lr=2e-3)
    for _ in range(6):
        for index in torch.randperm(len(X)).split(64):
            loss = F.cross_entropy(model(X[index]), y[index])
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
    return list(model.state_dict().values())
    ### END SOLUTION


def read(numbers, images):
    """The digits in images (m, 1, 28, 28): whole numbers (m,)."""
    ### BEGIN SOLUTION
    model = small_network()
    model.load_state_dict(dict(zip(model.state_dict(), numbers, strict=True)))
    with torch.no_grad():
        return model((to_frame(images) - 0.2) / 0.35).argmax(dim=1)


def small_network():
    return nn.Sequential(
        nn.Flatten(), nn.Linear(784, 62), nn.ReLU(), nn.Linear(62, 10)
    )

    ### END SOLUTION


# %% nbgrader={"grade": true, "grade_id": "read-check", "locked": true, "points": 4, "schema_version": 3, "solution": false, "task": false} tags=["raises-exception"]
with checks.exercise(
    "read", without=["sklearn.datasets.load_digits"], seconds=120
):
    numbers = judge(train, read, 0.7)
    ### BEGIN HIDDEN TESTS
    images = enlarge(torch.tensor(digits.images[915:] / 16).float())
    labels = torch.tensor(digits.target[915:])
    final = accuracy(read, numbers, images, labels, "writers kept apart")
    checks.expect(
        final >= 0.7,
        f"{final:.1%} of the digits of the writers kept apart, in place of "
        "70%: what was chosen fits the others' hands only.",
    )
    width = 1 + 0.4 * torch.rand(len(images))
    across, down = (torch.rand(2, len(images)) - 0.5) * (width - 1)
    images = window(images, width, across, down)
    placed = accuracy(read, numbers, images, labels, "digits put elsewhere")
    checks.expect(
        placed >= 0.7 - 0.05,
        f"{placed:.1%} when their digits are smaller and anywhere in the "
        f"frame, after {final:.1%}.",
    )
    # Labels that mean something else: whoever learns from the arguments alone
    # learns them.
    turn = torch.randint(1, 10, ()).item()
    other = train(X[:2000], (y[:2000] + turn) % 10)
    turned = (y_home + turn) % 10
    home = accuracy(read, other, X_home, turned, "MNIST with other labels")
    checks.expect(
        home >= 0.5,
        f"trained with other labels, it reads {home:.1%} of them: it knows "
        "something that its arguments did not tell.",
    )
    ### END HIDDEN TESTS

# %% [markdown]
# ## 11.6 A good reader
#
# 3 points · ★★☆ · about 60 minutes · practices
# [Mend it](../notebooks/11_project.ipynb#Mend-it)
#
# Write `better_train` and `better_read`, after the same rules, for at least
# **80 %** of the digits away.
#
# <details><summary>Hint 1</summary>
#
# What remains after size and place? Their scanner counts ink in 8 × 8
# squares. MNIST can be sent through that scanner, but 28 × 28 pixels can't be
# got back from 8 × 8.
# </details>
#
# <details><summary>Hint 2</summary>
#
# Put the box of each image, in training and in reading, into 32 × 32 pixels
# that it fills, and take `F.avg_pool2d(..., 4)`. A network with 64 inputs has
# room for two hidden layers within the budget.
# </details>
#
# <details><summary>Hint 3</summary>
#
# And show it more hands than MNIST has: in each epoch, every training image a
# little rotated, sheared, stretched, at random (`F.affine_grid` with a
# matrix of each image's own, as in lesson 9), before the scanner.
# </details>


# %% nbgrader={"grade": false, "grade_id": "better_read", "locked": false, "schema_version": 3, "solution": true, "task": false} tags=["raises-exception"]
# exercise: better_read
def better_train(X, y):
    """A list of tensors, 50,000 numbers at most."""
    ### BEGIN SOLUTION
    torch.manual_seed(0)
    model, epochs = coarse_network(), 10
    optimizer = torch.optim.Adam(model.parameters())
    steps = epochs * math.ceil(len(X) / 64)
    schedule = torch.optim.lr_scheduler.OneCycleLR(optimizer, 5e-3, steps)
    for _ in range(epochs):
        images = (scanned(other_hands(X)) - 0.2) / 0.35
        for index in torch.randperm(len(X)).split(64):
            loss = F.cross_entropy(model(images[index]), y[index])
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
            schedule.step()
    return list(model.state_dict().values())
    ### END SOLUTION


def better_read(numbers, images):
    """The digits in images (m, 1, 28, 28): whole numbers (m,)."""
    ### BEGIN SOLUTION
    model = coarse_network()
    model.load_state_dict(dict(zip(model.state_dict(), numbers, strict=True)))
    with torch.no_grad():
        return model((scanned(images) - 0.2) / 0.35).argmax(dim=1)


def scanned(images):
    """What fills 32 × 32 pixels, counted in squares of 4: (n, 1, 8, 8)."""
    s = images.shape[-1]
    ink, place = images[:, 0] > 0.2, torch.arange(s)
    rows, columns = ink.any(dim=2), ink.any(dim=1)
    top = torch.where(rows, place, s).amin(dim=1)
    bottom = torch.where(rows, place, -1).amax(dim=1) + 1
    left = torch.where(columns, place, s).amin(dim=1)
    right = torch.where(columns, place, -1).amax(dim=1) + 1
    longest = torch.maximum(bottom - top, right - left).clamp(min=1)
    middle = (left + right) / s - 1, (top + bottom) / s - 1
    return F.avg_pool2d(window(images, longest / s, *middle, 32), 4)


def other_hands(images, angle=10, stretch=0.1, shear=0.15):
    """Images rotated, stretched and sheared, each by amounts of its own."""
    amounts = torch.rand(3, len(images)) * 2 - 1
    turn, factor = math.radians(angle) * amounts[0], stretch * amounts[1]
    factor = factor.exp()
    look = torch.zeros(len(images), 2, 3)
    look[:, 0, 0], look[:, 1, 1] = turn.cos() * factor, turn.cos() / factor
    look[:, 0, 1] = -turn.sin() + shear * amounts[2]
    look[:, 1, 0] = turn.sin()
    grid = F.affine_grid(look, images.shape, align_corners=False)
    return F.grid_sample(images, grid, align_corners=False)


def coarse_network():
    return nn.Sequential(
        nn.Flatten(), nn.Linear(64, 200), nn.ReLU(), nn.Linear(200, 150),
        nn.ReLU(), nn.Linear(150, 10),
    )  # fmt: skip

    ### END SOLUTION


# %% nbgrader={"grade": true, "grade_id": "better_read-check", "locked": true, "points": 3, "schema_version": 3, "solution": false, "task": false} tags=["raises-exception"]
with checks.exercise(
    "better_read", without=["sklearn.datasets.load_digits"], seconds=120
):
    numbers = judge(better_train, better_read, 0.8)
    ### BEGIN HIDDEN TESTS
    images = enlarge(torch.tensor(digits.images[915:] / 16).float())
    labels = torch.tensor(digits.target[915:])
    final = accuracy(
        better_read, numbers, images, labels, "writers kept apart"
    )
    checks.expect(
        final >= 0.8,
        f"{final:.1%} of the digits of the writers kept apart, in place of "
        "80%: what was chosen fits the others' hands only.",
    )
    width = 1 + 0.4 * torch.rand(len(images))
    across, down = (torch.rand(2, len(images)) - 0.5) * (width - 1)
    images = window(images, width, across, down)
    placed = accuracy(
        better_read, numbers, images, labels, "digits put elsewhere"
    )
    checks.expect(
        placed >= 0.8 - 0.05,
        f"{placed:.1%} when their digits are smaller and anywhere in the "
        f"frame, after {final:.1%}.",
    )
    # Labels that mean something else: whoever learns from the arguments alone
    # learns them.
    turn = torch.randint(1, 10, ()).item()
    other = better_train(X[:2000], (y[:2000] + turn) % 10)
    turned = (y_home + turn) % 10
    home = accuracy(
        better_read, other, X_home, turned, "MNIST with other labels"
    )
    checks.expect(
        home >= 0.5,
        f"trained with other labels, it reads {home:.1%} of them: it knows "
        "something that its arguments did not tell.",
    )
    ### END HIDDEN TESTS

# %% [markdown]
# ## 11.7 An excellent reader
#
# 2 points · ★★★ · about 60 minutes · practices
# [Mend it](../notebooks/11_project.ipynb#Mend-it)
#
# Write `best_train` and `best_read`, after the same rules, for at least
# **90 %** of the digits away.
#
# <details><summary>Hint 1</summary>
#
# Change one thing at a time, and note what it brings on `X_away`: kind of
# network, strength of the changes at random, epochs, rate.
# </details>
#
# <details><summary>Hint 2</summary>
#
# Convolutions share their weights, so that 50,000 go a long way: three layers
# of 24, 32 and 64 channels on 8 × 8 pixels, and two fully connected ones.
# </details>
#
# <details><summary>Hint 3</summary>
#
# Batch normalization after each convolution (its running statistics count
# toward the budget, and `model.eval()` comes before reading), one cycle up to
# 0.01 with Adam, and twice the strength of rotation and shear.
# </details>


# %% nbgrader={"grade": false, "grade_id": "best_read", "locked": false, "schema_version": 3, "solution": true, "task": false} tags=["raises-exception"]
# exercise: best_read
def best_train(X, y):
    """A list of tensors, 50,000 numbers at most."""
    ### BEGIN SOLUTION
    torch.manual_seed(0)
    model, epochs = convolutions(), 5
    optimizer = torch.optim.Adam(model.parameters())
    steps = epochs * math.ceil(len(X) / 64)
    schedule = torch.optim.lr_scheduler.OneCycleLR(optimizer, 1e-2, steps)
    for _ in range(epochs):
        # Hands more unlike than in the reader before.
        images = scan(other_hands(X, 15, 0.2, 0.3))
        for index in torch.randperm(len(X)).split(64):
            loss = F.cross_entropy(
                model(images[index]), y[index], label_smoothing=0.05
            )
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
            schedule.step()
    return list(model.state_dict().values())
    ### END SOLUTION


def best_read(numbers, images):
    """The digits in images (m, 1, 28, 28): whole numbers (m,)."""
    ### BEGIN SOLUTION
    model = convolutions()
    model.load_state_dict(dict(zip(model.state_dict(), numbers, strict=True)))
    with torch.no_grad():
        return model.eval()(scan(images)).argmax(dim=1)


def scan(images):
    """Images as the others' scanner sends them, normalized."""
    return (scanned(images) - 0.2) / 0.35


def convolutions():
    layers, before = [], 1
    for channels in (24, 32, 64):
        layers += [
            nn.Conv2d(before, channels, 3, padding=1, bias=False),
            nn.BatchNorm2d(channels), nn.ReLU(),
        ]  # fmt: skip
        layers += [nn.MaxPool2d(2)] if before > 1 else []
        before = channels
    head = nn.Flatten(), nn.Linear(256, 64), nn.ReLU(), nn.Linear(64, 10)
    return nn.Sequential(*layers, *head)

    ### END SOLUTION


# %% nbgrader={"grade": true, "grade_id": "best_read-check", "locked": true, "points": 2, "schema_version": 3, "solution": false, "task": false} tags=["raises-exception"]
with checks.exercise(
    "best_read", without=["sklearn.datasets.load_digits"], seconds=120
):
    numbers = judge(best_train, best_read, 0.9)
    ### BEGIN HIDDEN TESTS
    images = enlarge(torch.tensor(digits.images[915:] / 16).float())
    labels = torch.tensor(digits.target[915:])
    final = accuracy(best_read, numbers, images, labels, "writers kept apart")
    checks.expect(
        final >= 0.9,
        f"{final:.1%} of the digits of the writers kept apart, in place of "
        "90%: what was chosen fits the others' hands only.",
    )
    width = 1 + 0.4 * torch.rand(len(images))
    across, down = (torch.rand(2, len(images)) - 0.5) * (width - 1)
    images = window(images, width, across, down)
    placed = accuracy(
        best_read, numbers, images, labels, "digits put elsewhere"
    )
    checks.expect(
        placed >= 0.9 - 0.05,
        f"{placed:.1%} when their digits are smaller and anywhere in the "
        f"frame, after {final:.1%}.",
    )
    # Labels that mean something else: whoever learns from the arguments alone
    # learns them.
    turn = torch.randint(1, 10, ()).item()
    other = best_train(X[:2000], (y[:2000] + turn) % 10)
    turned = (y_home + turn) % 10
    home = accuracy(
        best_read, other, X_home, turned, "MNIST with other labels"
    )
    checks.expect(
        home >= 0.5,
        f"trained with other labels, it reads {home:.1%} of them: it knows "
        "something that its arguments did not tell.",
    )
    ### END HIDDEN TESTS

# %% [markdown]
# ## 11.8 Explain: half a page
#
# 8 points · ★★☆ · about 30 minutes · practices
# [Half a page](../notebooks/11_project.ipynb#Half-a-page)
#
# Write half a page, 150 to 300 words, for somebody who wants to use your
# reader and knows what a network is: how large the drop was, what caused it
# and how you know, what you changed, what the reader reaches now, on whose
# digits, how sure that is, and what it still gets wrong. Say where your own
# hand stands (ten digits on the pad of the page are enough).
#
# <details><summary>Hint 1</summary>
#
# Every number with its interval and with what it was measured on. Which of
# your numbers come from digits that you chose on?
# </details>
#
# <details><summary>Hint 2</summary>
#
# "Because the images are blurred" is a guess until blur alone has been mended
# and the accuracy read again. Which of your guesses turned out wrong?
# </details>
#
# <details><summary>Hint 3</summary>
#
# Count the mistakes of the last reader by digit, and draw twenty of them.
# What would help that no frame, blur or stroke width can give?
# </details>

# %% [markdown] nbgrader={"grade": true, "grade_id": "half_page", "locked": false, "points": 8, "schema_version": 3, "solution": true, "task": false}
# ### BEGIN SOLUTION
# **The drop.** A network of 784-62-10, trained on 10,000 images of MNIST,
# reads 94.9 % of its test images and 32.6 % of the digits of other writers
# (seven forms, validation): 62.3 points less (58.6 to 66.0, writers as
# draws).
#
# **Causes.** MNIST's own test images, sent through the others' scanner, are
# read at 35.7 %: most of the drop is no matter of hands. Of four mended
# causes, over all orders, size is worth 33.4 points, place 9.5, stroke width
# 2.7. Blur, my first guess, is worth −0.3: nothing that 915 digits could
# show.
#
# **Mending.** Every image goes through the others' scanner, in training and
# in reading, so that both worlds differ in hands alone. On validation digits:
# MNIST's frame, MLP 73.8 %; scanner, MLP, slightly distorted training images
# 83.9 %; three convolutions with batch normalization and stronger distortions
# 93.1 % (94.4 % with another seed). 43,141 numbers, 12 s on one core.
#
# **What it reaches.** On seven forms that chose nothing: 92.6 % (90.0 to
# 95.2, writers as draws), from 90.0 to 97.7 % by form; at home 98.4 %. The
# drop is now 5.8 points (3.2 to 8.4).
#
# **Limits.** MNIST through the scanner is read at 96.0 %: of the 5.8 points,
# about 2.4 are lost with the pixels, and 3.4 go to the hands. Sevens are
# taken for 8 (13 of 882 digits), fours for 6 (10), nines for 3 (8); drawn,
# many of the sevens are crossed, and many nines end in a hook. No frame can
# mend that; labeled digits of such hands might, which I have not tried. Of my
# own hand I have the pad's one 7: the first network calls it 0, this reader
# 7.
#
# Shorter pages of a pass and of a good project stand in
# `solutions/project_1_pass.py` and `solutions/project_2_good.py`.
#
# **Rubric**
#
# - 2 points: the drop with an interval that takes writers, not images, as
#   draws, and both worlds named. 1 point for the interval of single images.
# - 2 points: causes with measured shares, and at least one guess that was
#   tested and given up, or a cause that is too small to tell. 1 point for one
#   of the two. "The images are blurred" without an experiment earns nothing.
# - 2 points: what was changed, within which budget, and what each change
#   brought on validation digits. 1 point if only the final reader is
#   described.
# - 1 point: the final number is that of writers on whom nothing was chosen,
#   or the page says that it is not, and by how much it may be too high.
# - 1 point: the limits: which digits are still missed and why, or what the
#   own hand showed. "More data would help" earns nothing by itself.
# ### END SOLUTION

# %% [markdown]
# ## Your points
#
# Run this cell at any time.

# %%
checks.scoreboard()

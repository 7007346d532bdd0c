"""From strokes to the 28 × 28 numbers that a network gets, as in digit_image.js."""

import math
from collections.abc import Sequence

import numpy as np

from course_utils.widgets.seeded import normals

PAD = 280  # the pad is 280 × 280 points, ten for each pixel of the image
SIDE = 28
BOX = 20  # the side of MNIST's box
MARGIN = 60  # what turning may carry over the pad's edge, and centering brings back
ALL = PAD + 2 * MARGIN


def rasterize(
    strokes: Sequence[Sequence[float]], turn: float = 0.0, thickness: float = 24.0
) -> np.ndarray:
    """Ink in black and white: strokes turned about the middle of the pad.

    Args:
        strokes: lists [pen, x, y, x, y, …] in points from the upper left corner; pen
            is 1 for ink, 0 for the eraser, which is twice as wide.
        turn: degrees, clockwise.
        thickness: the width of the pen in points.

    Returns:
        A bool array (400, 400): the pad, and 60 points more on each side.
    """
    ink = np.zeros((ALL, ALL), bool)
    angle = math.radians(turn)
    c, s = math.cos(angle), math.sin(angle)
    for pen, *line in strokes:
        x, y = np.array(line, float).reshape(-1, 2).T - PAD / 2
        points = np.stack([c * x - s * y, s * x + c * y], axis=1)
        # To sixteenths: cosines that differ in their last bit give the same ink.
        points = np.floor(16 * points + 0.5) / 16 + ALL / 2
        radius = thickness / 2 * (1 if pen else 2)
        for a, b in zip(points[[0, *range(len(points) - 1)]], points, strict=True):
            _segment(ink, a, b, radius, bool(pen))
    return ink


def _segment(
    ink: np.ndarray, a: np.ndarray, b: np.ndarray, radius: float, value: bool
) -> None:
    """Set the points whose middle is within `radius` of the line from a to b."""
    low = np.maximum(np.floor(np.minimum(a, b) - radius), 0).astype(int)
    high = np.minimum(np.ceil(np.maximum(a, b) + radius) + 1, ALL).astype(int)
    if (low >= high).any():
        return
    x = np.arange(low[0], high[0])[None] + 0.5 - a[0]
    y = np.arange(low[1], high[1])[:, None] + 0.5 - a[1]
    dx, dy = b - a
    t = np.clip((x * dx + y * dy) / (dx * dx + dy * dy or 1), 0, 1)
    near = (x - t * dx) ** 2 + (y - t * dy) ** 2 <= radius * radius
    ink[low[1] : high[1], low[0] : high[0]][near] = value


def _cover(size: int, n: int) -> np.ndarray:
    """How much of each of `size` points lies in each of n equal cells, (n, size)."""
    width = size / n
    cells, points = np.arange(n)[:, None] * width, np.arange(size)[None]
    both = np.minimum(cells + width, points + 1) - np.maximum(cells, points)
    return np.maximum(both, 0) / width


def shrink(ink: np.ndarray, height: int, width: int) -> np.ndarray:
    """Average over the areas of height × width cells (anti-aliasing)."""
    return _cover(ink.shape[0], height) @ ink @ _cover(ink.shape[1], width).T


def centered(ink: np.ndarray) -> np.ndarray:
    """What MNIST's makers did (LeCun et al. 1998, section III.A).

    The digit comes into a box of 20 × 20 with its aspect kept, gray by anti-aliasing,
    and is moved by whole pixels so that its center of mass comes to pixel (14, 14).

    Args:
        ink: a bool array.

    Returns:
        The image, (28, 28), in [0, 1]; zeros without ink.
    """
    image = np.zeros((SIDE, SIDE))
    rows, columns = np.flatnonzero(ink.any(1)), np.flatnonzero(ink.any(0))
    if rows.size == 0:
        return image
    part = ink[rows[0] : rows[-1] + 1, columns[0] : columns[-1] + 1]
    height, width = (
        max(1, math.floor(BOX * v / max(part.shape) + 0.5)) for v in part.shape
    )
    small = shrink(part, height, width)
    down = np.arange(height) @ small.sum(1) / small.sum()
    across = np.arange(width) @ small.sum(0) / small.sum()
    top, left = (math.floor(SIDE // 2 - v + 0.5) for v in (down, across))
    # With a border of 28 on each side nothing of the digit falls off an edge.
    large = np.zeros((3 * SIDE, 3 * SIDE))
    large[SIDE + top : SIDE + top + height, SIDE + left : SIDE + left + width] = small
    return large[SIDE : 2 * SIDE, SIDE : 2 * SIDE]


def as_drawn(ink: np.ndarray) -> np.ndarray:
    """Without MNIST's centering: the pad as it is, 10 × 10 points a pixel."""
    return shrink(ink[MARGIN : MARGIN + PAD, MARGIN : MARGIN + PAD], SIDE, SIDE)


def shifted(image: np.ndarray, x: int, y: int) -> np.ndarray:
    """Moved by whole pixels, x to the right, y up; what leaves is lost, 0 comes in."""
    large = np.zeros((3 * SIDE, 3 * SIDE))
    rows, columns = slice(SIDE - y, 2 * SIDE - y), slice(SIDE + x, 2 * SIDE + x)
    large[rows, columns] = image
    return large[SIDE : 2 * SIDE, SIDE : 2 * SIDE]


def noisy(image: np.ndarray, noise: float, seed: int) -> np.ndarray:
    """With normal noise of standard deviation `noise`, cut to [0, 1]."""
    if noise == 0:
        return image
    return np.clip(image + noise * normals(seed, image.size).reshape(SIDE, SIDE), 0, 1)

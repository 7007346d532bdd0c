"""A generated set of color images: ten shapes, for machines without CIFAR-10.

Each image shows one shape at a random place, in a random size, orientation and
color, on a textured background that is clearly lighter or darker. Shapes are
given by signed distances: negative inside, positive outside, in units of the
shape's radius. The distance at a pixel's center tells how much of the pixel is
covered, which draws smooth edges.

Only sums, products, roots and comparisons are used, which every machine rounds
in the same way. So the same seed gives the same images everywhere.
"""

import math
from collections.abc import Callable

import numpy as np
import torch

from course_utils.datasets.base import RawData
from course_utils.progress import Progress

SIDE = 32
CHUNK = 100  # images drawn at once; small arrays stay in the processor's cache
RADIUS = (6.0, 13.0)  # smallest and largest, in pixels
TEXTURES = 64
TEXTURE_SIDE = 64
LUMA = np.float32([0.299, 0.587, 0.114])  # share of red, green, blue in brightness
CONTRAST = 0.2  # least difference of brightness between shape and background
TEXTURE_CONTRAST = (0.05, 0.2)  # and between the two colors of a background
NOISE = 20  # largest change of a pixel value by noise, of 255

Plane = np.ndarray  # one coordinate, or one distance, of every pixel: (n, 32, 32)


def _disk(u: Plane, v: Plane, radius: float) -> Plane:
    return np.sqrt(u * u + v * v) - radius


def _box(u: Plane, v: Plane, half_width: float, half_height: float) -> Plane:
    return np.maximum(np.abs(u) - half_width, np.abs(v) - half_height)


def _half_planes(u: Plane, v: Plane, count: int, distance: float) -> list[Plane]:
    """Distances from `count` lines around the center, evenly turned."""
    angles = [2 * math.pi * number / count for number in range(count)]
    return [math.cos(a) * u + math.sin(a) * v - distance for a in angles]


def _star(u: Plane, v: Plane) -> Plane:
    # Five lines make a pentagram. A point of the star may be beyond one of
    # them, but not beyond two: the second largest distance decides.
    lines = _half_planes(u, v, 5, math.cos(2 * math.pi / 5))
    return np.sort(lines, axis=0)[-2]


def _heart(u: Plane, v: Plane) -> Plane:
    # A square with a disk on two neighboring sides, moved out a little for a
    # notch that is still seen in the smallest hearts.
    square = _box(u + 0.14, v + 0.14, 0.53, 0.53)
    right, top = _disk(u - 0.46, v + 0.17, 0.5), _disk(u + 0.17, v - 0.46, 0.5)
    return np.minimum(square, np.minimum(right, top))


def _arrow(u: Plane, v: Plane) -> Plane:
    shaft = _box(u + 0.4, v, 0.55, 0.18)
    slope = np.float32(math.sqrt(0.5))
    side = slope * (u + np.abs(v)) - slope * np.float32(0.98)
    return np.minimum(shaft, np.maximum(side, 0.1 - u))


def _hourglass(u: Plane, v: Plane) -> Plane:
    width = (np.abs(u) - 0.8 * np.abs(v) - 0.04) * 0.78
    return np.maximum(width, np.abs(v) - 0.77)


SHAPES: dict[str, Callable[[Plane, Plane], Plane]] = {
    "circle": lambda u, v: _disk(u, v, 0.9),
    "ring": lambda u, v: np.abs(_disk(u, v, 0.75)) - 0.2,
    "square": lambda u, v: _box(u, v, 0.72, 0.72),
    "triangle": lambda u, v: np.maximum.reduce(_half_planes(u, v, 3, 0.5)),
    "star": _star,
    "cross": lambda u, v: np.minimum(_box(u, v, 0.95, 0.27), _box(u, v, 0.27, 0.95)),
    "heart": _heart,
    # A disk without the one that bites into it from the right.
    "crescent": lambda u, v: np.maximum(_disk(u, v, 0.95), -_disk(u - 0.45, v, 0.75)),
    "arrow": _arrow,
    "hourglass": _hourglass,
}


def load_shapes(seed: int = 0, train: int = 20_000, test: int = 4_000) -> RawData:
    """Generate the images, which takes two seconds.

    Args:
        seed: equal seeds give equal images.
        train, test: number of training and of test images, in tens.

    Returns:
        Images (train and test, 3, 32, 32), as many of each class, and labels.

    Raises:
        ValueError: a number of images that is not a positive multiple of 10.
    """
    for name, count in (("train", train), ("test", test)):
        if count < 1 or count % len(SHAPES):
            raise ValueError(
                f"{name} must be a positive multiple of {len(SHAPES)}, for as many "
                f"images of each class; got {count}."
            )
    with Progress(train + test, "Drawing shapes") as progress:
        arrays = [
            *_draw_set(np.random.default_rng([seed, 0]), train, progress),
            *_draw_set(np.random.default_rng([seed, 1]), test, progress),
        ]
    return RawData(*map(torch.from_numpy, arrays), classes=tuple(SHAPES))


def _draw_set(
    rng: np.random.Generator, count: int, progress: Progress
) -> tuple[np.ndarray, np.ndarray]:
    """Images (count, 3, 32, 32) uint8 and labels (count,) in random order."""
    labels = rng.permutation(np.arange(count, dtype=np.int64) % len(SHAPES))
    images = np.empty((count, 3, SIDE, SIDE), dtype=np.uint8)
    colors, textures = _colors(rng, count), _textures(rng)
    for label, distance in enumerate(SHAPES.values()):
        members = np.flatnonzero(labels == label)
        for start in range(0, len(members), CHUNK):
            chunk = members[start : start + CHUNK]
            cover = _cover(rng, distance, len(chunk))
            background = _crops(rng, textures, len(chunk))
            pixels = _blend(cover, background, colors[:, chunk])
            pixels += rng.integers(-NOISE, NOISE, pixels.shape, np.int8, endpoint=True)
            images[chunk] = np.rint(pixels, out=pixels).clip(0, 255, out=pixels)
            progress.advance(len(chunk))
    return images, labels


def _blend(cover: Plane, background: Plane, colors: np.ndarray) -> np.ndarray:
    """Pixels (n, 3, 32, 32) from 0 to 255, from shares and colors (3, n, 3)."""
    colors = colors[..., None, None] * np.float32(255)
    shape, first, second = colors
    pixels = first + background[:, None] * (second - first)
    pixels += cover[:, None] * (shape - pixels)
    return pixels


def _cover(
    rng: np.random.Generator, distance: Callable[[Plane, Plane], Plane], count: int
) -> Plane:
    """Share of each pixel that the shape covers, 0 to 1."""
    radius = _uniform(rng, *RADIUS, (count, 1, 1))
    # Far enough from the border for the whole shape.
    room = np.float32(SIDE / 2 - 0.5) - radius
    x_center = room * _uniform(rng, -1, 1, (count, 1, 1))
    y_center = room * _uniform(rng, -1, 1, (count, 1, 1))
    steps = np.arange(SIDE, dtype=np.float32) - np.float32((SIDE - 1) / 2)
    x = (steps[None, None, :] - x_center) / radius
    y = (steps[None, :, None] - y_center) / radius
    # A direction without a preferred angle: two normal numbers, scaled to length 1.
    direction = rng.standard_normal((2, count, 1, 1)).astype(np.float32)
    cos, sin = direction / np.sqrt(direction[0] ** 2 + direction[1] ** 2)
    pixels_inside = -radius * distance(cos * x + sin * y, cos * y - sin * x)
    return np.clip(pixels_inside + np.float32(0.5), 0, 1)


def _colors(rng: np.random.Generator, count: int) -> np.ndarray:
    """Colors (3, count, 3) in [0, 1]: of the shape and of its background, two.

    The two of the background differ a little in brightness, the shape from both
    a lot: drawn again until they do.
    """
    colors = np.empty((3, count, 3), dtype=np.float32)
    missing = np.arange(count)
    while len(missing):
        colors[:, missing] = rng.random((3, len(missing), 3), dtype=np.float32)
        weighted = colors[:, missing] * LUMA
        shape, first, second = weighted[..., 0] + weighted[..., 1] + weighted[..., 2]
        texture = np.abs(first - second)
        good = np.minimum(np.abs(shape - first), np.abs(shape - second)) >= CONTRAST
        good &= (texture >= TEXTURE_CONTRAST[0]) & (texture <= TEXTURE_CONTRAST[1])
        # Not with the shape between the two.
        good &= (shape < first) == (shape < second)
        missing = missing[~good]
    return colors


def _textures(rng: np.random.Generator) -> np.ndarray:
    """Gray images (64, 64, 64) in [0, 1] that backgrounds are cut from.

    Random values on a grid, interpolated in between: coarse and fine ones,
    some of them drawn out into streaks.
    """
    textures = np.empty((TEXTURES, TEXTURE_SIDE, TEXTURE_SIDE), dtype=np.float32)
    for texture in textures:
        texture[:] = 0
        for _ in range(2):
            rows, columns = rng.choice([5, 9, 17, 33], 2)
            grid = rng.random((rows, columns), dtype=np.float32)
            texture += _stretch(_stretch(grid).T).T
        texture -= texture.min()
        texture /= texture.max()
    return textures


def _stretch(grid: np.ndarray) -> np.ndarray:
    """Rows (n, m) interpolated to (64, m)."""
    place = np.linspace(0, len(grid) - 1, TEXTURE_SIDE, dtype=np.float32)
    below = np.minimum(place.astype(int), len(grid) - 2)
    share = (place - below.astype(np.float32))[:, None]
    return grid[below] + share * (grid[below + 1] - grid[below])


def _crops(rng: np.random.Generator, textures: np.ndarray, count: int) -> Plane:
    """Squares (count, 32, 32) cut from random places, half of them turned over."""
    which = rng.integers(0, len(textures), (count, 1, 1))
    top, left = rng.integers(0, TEXTURE_SIDE - SIDE, (2, count, 1, 1), endpoint=True)
    steps = np.arange(SIDE)
    rows, columns = top + steps[:, None], left + steps
    turned = rng.random((count, 1, 1)) < 0.5
    rows, columns = np.where(turned, columns, rows), np.where(turned, rows, columns)
    return textures[which, rows, columns]


def _uniform(
    rng: np.random.Generator, low: float, high: float, size: tuple[int, ...]
) -> np.ndarray:
    share = rng.random(size, dtype=np.float32)
    return np.float32(low) + share * np.float32(high - low)

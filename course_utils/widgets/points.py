"""Four sets of points that one line can't divide, as points.js gives them."""

import math

import numpy as np

from course_utils.widgets.seeded import Random

COUNT = 200  # points in a set, half of them of each class
NOISE = {"xor": 0.24, "moons": 0.13, "rings": 0.1, "spiral": 0.04}


def points_of(name: str) -> tuple[np.ndarray, np.ndarray]:
    """The points of a set, always the same.

    The generator is `Random(1)`. Point i is of class y = i % 2 and lies at
    t = (i − y) / 200 along its class. Each coordinate then gets normal noise,
    first x₁, then x₂, with the standard deviation NOISE.

    Args:
        name: "xor", "moons", "rings" or "spiral".

    Returns:
        X, of shape (200, 2), and y, of shape (200,), 0 or 1; classes in turn.

    Raises:
        KeyError: there is no such set.
    """
    random = Random(1)
    noise = NOISE[name]
    X = np.empty((COUNT, 2))
    y = np.arange(COUNT) % 2
    for i, k in enumerate(y):
        x1, x2 = _place(name, int(k), (i - k) / COUNT, i % 4 > 1)
        X[i] = x1 + random.normal(0, noise), x2 + random.normal(0, noise)
    return X, y


def _place(name: str, k: int, t: float, quarter: bool) -> tuple[float, float]:
    """Where a point of class k lies without noise."""
    if name == "xor":
        return 0.8 * (1 if quarter else -1), 0.8 * (1 if quarter != (k == 1) else -1)
    if name == "moons":
        c, s = math.cos(math.pi * t), math.sin(math.pi * t)
        return (0.5 - c, 0.25 - s) if k else (c - 0.5, s - 0.25)
    if name == "rings":
        radius, angle = 0.6 if k else 1.35, 2 * math.pi * t
    else:
        radius, angle = 0.15 + 1.35 * t, 2.5 * math.pi * t + math.pi * k
    return radius * math.cos(angle), radius * math.sin(angle)

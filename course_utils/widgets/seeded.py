"""The random generator of the explorables, so that Python has the same numbers."""

import math

import numpy as np

MASK = 0xFFFFFFFF


class Random:
    """Uniform and normal numbers as `random(seed)` in numbers.js gives them.

    Uniform numbers come from mulberry32 (Tommy Ettinger, public domain) and are the
    same bit for bit. Normal ones come from Box and Muller's formula; there the last
    bits may differ, as the logarithms and cosines of two languages do.

    Args:
        seed: an integer; its low 32 bits count.
    """

    def __init__(self, seed: int) -> None:
        self._counter = seed & MASK

    def uniform(self, low: float = 0.0, high: float = 1.0) -> float:
        """The next number in [low, high)."""
        self._counter = (self._counter + 0x6D2B79F5) & MASK
        t = self._counter
        t = ((t ^ (t >> 15)) * (t | 1)) & MASK
        t ^= (t + (t ^ (t >> 7)) * (t | 61)) & MASK
        return low + (high - low) * ((t ^ (t >> 14)) / 2**32)

    def normal(self, mean: float = 0.0, deviation: float = 1.0) -> float:
        """The next normal number; takes two uniform ones."""
        radius = math.sqrt(-2 * math.log(1 - self.uniform()))
        return mean + deviation * radius * math.cos(2 * math.pi * self.uniform())

    def integer(self, below: int) -> int:
        """The next integer in [0, below)."""
        return int(self.uniform() * below)

    def shuffled(self, values: list) -> list:
        """A shuffled copy of `values` (Fisher and Yates, from the end)."""
        result = list(values)
        for i in range(len(result) - 1, 0, -1):
            j = self.integer(i + 1)
            result[i], result[j] = result[j], result[i]
        return result


def normals(seed: int, n: int) -> np.ndarray:
    """The first n normal numbers of `Random(seed)`, computed all at once.

    The generator is a counter that is hashed, so each number can be had alone.
    """
    steps = np.arange(1, 2 * n + 1, dtype=np.uint64) * 0x6D2B79F5
    t = (steps + (seed & MASK)) & MASK
    t = ((t ^ (t >> 15)) * (t | 1)) & MASK
    t ^= (t + (((t ^ (t >> 7)) * (t | 61)) & MASK)) & MASK
    uniform = (t ^ (t >> 14)) / 2**32
    radius = np.sqrt(-2 * np.log(1 - uniform[::2]))
    return radius * np.cos(2 * math.pi * uniform[1::2])

"""The pictures of images.js, for stills and defaults."""

import base64
import re
from functools import cache

import numpy as np

from course_utils.widgets.bundle import FOLDER


@cache
def picture(name: str) -> np.ndarray:
    """The bytes of one constant of images.js as numbers in [0, 1].

    Args:
        name: "MEANS", of shape (10, 28, 28); "SEVEN", (28, 28); "PAVILION", (36, 36).

    Raises:
        KeyError: there is no such picture.
    """
    text = (FOLDER / "images.js").read_text(encoding="utf-8")
    found = re.search(rf"^export const {name} =([^;]*);", text, re.MULTILINE)
    if found is None:
        raise KeyError(f"images.js has no {name}; it has MEANS, SEVEN and PAVILION.")
    values = numbers("".join(re.findall(r'"([^"]*)"', found[1])), np.uint8) / 255
    side = 28 if name == "MEANS" else round(values.size**0.5)
    shape = (-1, side, side) if name == "MEANS" else (side, side)
    values = values.reshape(shape)
    values.flags.writeable = False
    return values


def numbers(text: str, dtype: type) -> np.ndarray:
    """The numbers, little-endian, that `packed` wrote."""
    kind = np.dtype(dtype).newbyteorder("<")
    return np.frombuffer(base64.b64decode(text), kind).astype(dtype)


def packed(values: np.ndarray, dtype: type) -> str:
    """An array in base64, little-endian, row by row."""
    kind = np.dtype(dtype).newbyteorder("<")
    return base64.b64encode(np.ascontiguousarray(values, kind).tobytes()).decode()

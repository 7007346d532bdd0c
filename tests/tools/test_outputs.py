"""Stored pictures: fewer bytes, the same pixels."""

import base64
import io

import numpy as np
import pytest
from nbformat.v4 import new_code_cell, new_notebook, new_output
from PIL import Image

from course_tools.authoring.outputs import shrink_pictures

RNG = np.random.default_rng(0)


def png(pixels):
    buffer = io.BytesIO()
    Image.fromarray(pixels).save(buffer, "PNG", compress_level=1)
    return base64.encodebytes(buffer.getvalue()).decode()


def shrunk(content):
    output = new_output("display_data", data={"image/png": content})
    shrink_pictures(new_notebook(cells=[new_code_cell("", outputs=[output])]))
    return output.data["image/png"]


def pixels(content):
    return np.asarray(Image.open(io.BytesIO(base64.b64decode(content))).convert("RGBA"))


def with_colors(count, alpha=255):
    table = RNG.integers(0, 256, (count, 4), dtype=np.uint8)
    table[:, 3] = alpha
    return table[RNG.integers(0, count, (90, 120))]


@pytest.mark.parametrize(
    "picture",
    [
        with_colors(200),
        with_colors(5000),
        with_colors(200, alpha=128),
        with_colors(200)[..., :3],
        with_colors(200)[..., 0],
    ],
    ids=["few colors", "many colors", "half transparent", "no alpha", "gray"],
)
def test_a_picture_keeps_its_pixels_and_grows_no_larger(picture):
    before = png(picture)
    after = shrunk(before)
    np.testing.assert_array_equal(pixels(after), pixels(before))
    assert len(after) <= len(before)


def test_few_colors_take_less_than_half_the_bytes():
    before = png(with_colors(200))
    assert len(shrunk(before)) < len(before) / 2


def test_what_is_no_picture_stays():
    assert shrunk("AAAA") == "AAAA"

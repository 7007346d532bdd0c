"""convolve: its numbers against PyTorch, its finds, its still."""

import numpy as np
import pytest
import torch
import traitlets
from harness import Try, run_node
from torch.nn import functional as F

from course_utils.datasets.mnist import load_mnist
from course_utils.widgets import Convolve
from course_utils.widgets.images import picture

TRY = Try(name="convolve", handle=".window", number=".window")


def cases(n=40):
    rng = np.random.default_rng(0)
    for i in range(n):
        k = 3 if i % 2 else 5
        image = rng.normal(size=rng.integers(7, 20, 2)).round(4)
        kernel = rng.normal(size=(k, k)).round(4)
        yield (
            image.tolist(),
            kernel.tolist(),
            int(rng.integers(1, 4)),
            int(rng.integers(3)),
        )


def reference(image, kernel, stride, padding):
    image, kernel = (
        torch.tensor(v, dtype=torch.float64)[None, None] for v in (image, kernel)
    )
    return F.conv2d(image, kernel, stride=stride, padding=padding)[0, 0].numpy()


def test_the_result_is_that_of_conv2d():
    given = [list(case) for case in cases()]
    for case, result in zip(
        given, run_node("convolve", "convolve", given), strict=True
    ):
        np.testing.assert_allclose(result, reference(*case), atol=1e-5)


def test_the_matrix_does_the_same():
    for image, kernel, stride, padding in cases(6):
        shape = np.shape(image)
        result = reference(image, kernel, stride, padding)
        rows = run_node(
            "convolve", "matrixRow",
            [[shape, kernel, stride, padding, i] for i in range(result.size)],
        )  # fmt: skip
        matrix = np.zeros((result.size, np.size(image)))
        for i, entries in enumerate(rows):
            for column, value in entries:
                matrix[i, column] = value
        np.testing.assert_allclose(matrix @ np.ravel(image), result.ravel(), atol=1e-5)


def test_the_window_holds_what_is_multiplied():
    for image, kernel, stride, padding in cases(6):
        result = reference(image, kernel, stride, padding)
        where = [result.shape[0] - 1, 0]
        [values] = run_node(
            "convolve", "patch", [[image, kernel, stride, padding, where]]
        )
        total = (np.array(values) * kernel).sum()
        np.testing.assert_allclose(total, result[tuple(where)], atol=1e-5)


@pytest.mark.parametrize(
    "state",
    [
        {},
        {"shift": [3, -2], "brightness": 0.3},
        {"picture": "seven", "stride": 2, "padding": 2, "shift": [-1, 4]},
        {"image": np.random.default_rng(0).random((1, 9, 12)), "shift": [2, 1]},
        {"kernel": np.ones((5, 5)) / 25, "stride": 3, "padding": 1},
    ],
)
def test_python_computes_the_same(state):
    explorable = Convolve(**state)
    args = explorable.args()
    if args["picture"] == "given":
        source, margin = args["image"], 0
    else:
        source = picture(args["picture"].upper()).tolist()
        margin = 4 if args["picture"] == "pavilion" else 0
    call = [source, margin, args["shift"], args["brightness"]]
    [pixels] = run_node("convolve", "seen", [call])
    np.testing.assert_allclose(explorable.pixels, pixels, atol=1e-12)
    kernel = [args[name] for name in ("kernel", "stride", "padding")]
    np.testing.assert_allclose(explorable.result, reference(pixels, *kernel), atol=1e-9)


def test_shift_the_image_and_the_result_shifts():
    before, after = Convolve().result, Convolve(shift=[2, 1]).result
    np.testing.assert_allclose(after[:-1, 2:], before[1:, :-2], atol=1e-12)
    call = [before.tolist(), after.tolist(), [2, 1]]
    assert run_node("convolve", "movedAlong", [call])[0] >= 25 * 24


def test_a_kernel_that_sums_to_0_is_blind_to_brightness():
    dark, bright = (Convolve(brightness=b).result for b in (0, 0.5))
    np.testing.assert_allclose(dark, bright, atol=1e-12)
    mean = np.full((3, 3), 1 / 9)
    dark, bright = (Convolve(kernel=mean, brightness=b).result for b in (0, 0.5))
    np.testing.assert_allclose(bright - dark, 0.5)


def test_the_stored_pictures_are_what_they_are_said_to_be():
    first = load_mnist().test_images[0].numpy().reshape(28, 28)
    np.testing.assert_allclose(picture("SEVEN"), first / 255)
    load_sample_image = pytest.importorskip("sklearn.datasets").load_sample_image
    china = load_sample_image("china.jpg")[:, 100:527] @ [0.299, 0.587, 0.114] / 255
    small = china[:396, :396].reshape(36, 11, 36, 11).mean((1, 3))
    np.testing.assert_allclose(picture("PAVILION"), small, atol=0.5001 / 255)
    with pytest.raises(KeyError, match="DOG"):
        picture("DOG")


@pytest.mark.parametrize(
    ("wrong", "kind"),
    [
        ({"image": np.zeros((3, 20))}, ValueError),
        ({"image": np.zeros((3, 20, 20))}, ValueError),
        ({"kernel": np.zeros((4, 4))}, ValueError),
        ({"picture": "given"}, ValueError),
        ({"kernel": np.full((3, 3), 10)}, traitlets.TraitError),
        ({"stride": 0}, traitlets.TraitError),
        ({"picture": "dog"}, traitlets.TraitError),
    ],
)
def test_what_cannot_be_is_refused(wrong, kind):
    with pytest.raises(kind):
        Convolve(**wrong)


def test_its_words_say_kernel_and_lit_pixel():
    image = np.arange(49).reshape(7, 7) / 49
    text = Convolve(image, window=[0, 0]).alternative()
    assert "-1, 0, 1; -2, 0, 2; -1, 0, 1" in text
    assert "5 × 5 pixels. The lit one, row 0, column 0, is 0.16" in text


@pytest.fixture
def page(browser, site):
    page = browser.open(site.page("convolve"), width=1200)
    page.wait_for_function("window.startedIn !== undefined")
    page.locator(".entry").first.wait_for()
    yield page
    page.close()


def test_a_kernel_entry_is_dragged_typed_and_stepped(page):
    entry = page.get_by_label("kernel, row 1, column 2")
    box = entry.bounding_box()
    x, y = box["x"] + box["width"] / 2, box["y"] + box["height"] / 2
    page.mouse.move(x, y)
    page.mouse.down()
    page.mouse.move(x, y - 50, steps=3)
    page.mouse.up()
    assert page.evaluate("model.get('kernel')[0]") == [-1, 2, 1]
    entry.fill("-1.5")
    entry.press("Enter")
    assert page.evaluate("model.get('kernel')[0]") == [-1, -1.5, 1]
    entry.press("ArrowUp")
    assert page.evaluate("model.get('kernel')[0]") == [-1, -1.4, 1]
    entry.fill("nonsense")
    entry.press("Enter")
    assert entry.input_value() == "−1.4"


def test_its_finds_are_found(page):
    page.get_by_role("slider", name="shift of the image").press("ArrowRight")
    page.get_by_role("slider", name="brightness").press("ArrowRight")
    for _ in range(7):
        page.get_by_role("slider", name="row of the matrix").press("ArrowUp")
    page.wait_for_function("document.querySelectorAll('.found').length === 3")

"""digit_pad: its image against NumPy and MNIST, its network against PyTorch."""

import numpy as np
import pytest
import torch
import traitlets
from harness import Try, run_node
from torch import nn

from course_utils.datasets.mnist import load_mnist
from course_utils.widgets import DigitPad, digit_image
from course_utils.widgets.images import packed, picture
from course_utils.widgets.seeded import Random, normals

TRY = Try(
    name="digit_pad",
    handle=".shift",
    number=".shift",
    drag=(-25, 0),
    key="ArrowLeft",
)


@pytest.fixture(scope="module")
def mnist():
    raw = load_mnist()
    return raw.train_images.numpy().reshape(-1, 28, 28) / 255, raw.train_labels.numpy()


def states(n=25):
    """Scribbles, some erased, turned, shifted and noisy."""
    rng = np.random.default_rng(0)
    for i in range(n):
        strokes = []
        for _ in range(rng.integers(1, 4)):
            points = rng.integers(0, 281, 2 * rng.integers(1, 9)).tolist()
            strokes.append([int(rng.random() < 0.8), *points])
        yield {
            "strokes": strokes,
            "turn": float(rng.uniform(-45, 45)),
            "thickness": float(rng.integers(8, 49)),
            "centering": bool(i % 2),
            "shift": rng.integers(-14, 15, 2).tolist() if i % 3 else [0, 0],
            "noise": float(rng.uniform(0, 0.5)) if i % 4 == 0 else 0.0,
            "seed": i,
        }


def network(*sizes):
    torch.manual_seed(len(sizes))
    layers = [nn.Flatten()]
    for inputs, outputs in zip((784, *sizes), (*sizes, 10), strict=True):
        layers += [nn.Linear(inputs, outputs), nn.ReLU(), nn.Dropout(0.5)]
    return nn.Sequential(*layers[:-2]).eval()


def test_the_image_is_that_of_numpy():
    given = list(states())
    images = run_node("digit_image", "digitImage", [[state] for state in given])
    for state, image in zip(given, images, strict=True):
        reference = DigitPad(**state).image
        assert reference.shape == (1, 28, 28) and reference.dtype == torch.float32
        np.testing.assert_allclose(image, reference.flatten(), atol=1e-5)


def test_a_centered_drawing_lies_as_every_digit_of_mnist_does(mnist):
    drawn = [DigitPad(**(s | {"centering": True, "shift": [0, 0], "noise": 0}))
             for s in states()]  # fmt: skip
    drawn = np.stack([pad.image[0].numpy() for pad in drawn if pad.image.any()])
    for images in (mnist[0], drawn):
        # Whole pixels: the center of mass is about half a pixel from (14, 14) at most.
        for axis in (1, 2):
            mass = images.sum(axis)
            centers = mass @ np.arange(28) / mass.sum(1)
            assert abs(centers - 14).max() < 0.521
            inked = images.any(axis)
            first, last = inked.argmax(1), 27 - inked[:, ::-1].argmax(1)
            assert (last - first).max() < 20


def test_an_image_is_averaged_over_areas():
    ink = np.random.default_rng(1).random((40, 60)) < 0.5
    whole = torch.nn.functional.avg_pool2d(
        torch.tensor(ink, dtype=torch.float64)[None], (2, 4)
    )
    np.testing.assert_allclose(digit_image.shrink(ink, 20, 15), whole[0], atol=1e-12)
    assert digit_image.shrink(ink, 7, 11).mean() == pytest.approx(ink.mean())


@pytest.mark.parametrize("sizes", [(), (32,), (20, 15)])
@pytest.mark.parametrize("weights", ["float32", "float16"])
def test_probabilities_are_those_of_pytorch(sizes, weights):
    model = network(*sizes)
    if weights == "float16":
        model.half().float()
    images = torch.rand(8, 1, 28, 28)
    pad = DigitPad(model, mean=0.13, std=0.31, weights=weights)
    [opened] = run_node("digit_image", "opened", [[pad.network]])
    given = [[opened, image.flatten().tolist()] for image in images]
    with torch.no_grad():
        hidden = (images - 0.13) / 0.31
        wanted = []
        for layer in model:
            hidden = layer(hidden)
            if isinstance(layer, nn.ReLU):
                wanted.append(hidden)
        wanted.append(hidden.softmax(1))
    for i, layers in enumerate(run_node("digit_image", "outputs", given)):
        assert len(layers) == len(wanted)
        for found, reference in zip(layers, wanted, strict=True):
            np.testing.assert_allclose(found, reference[i], atol=1e-5)


def test_distances_are_those_of_numpy(mnist):
    means = picture("MEANS").reshape(10, 784)
    given = [[x.ravel().tolist(), means.ravel().tolist()] for x in mnist[0][:20]]
    found = run_node("digit_image", "distances", given)
    wanted = np.linalg.norm(mnist[0][:20].reshape(20, 1, 784) - means, axis=2)
    np.testing.assert_allclose(found, wanted, atol=1e-5)


def test_python_answers_as_the_page_does():
    for model in (None, network(16)):
        pad = DigitPad(model)
        image = pad.image.flatten().tolist()
        if model is None:
            call = "distances", [[image, pad.mean_images.ravel().tolist()]]
            [found] = run_node("digit_image", *call)
        else:
            [opened] = run_node("digit_image", "opened", [[pad.network]])
            [[*_, found]] = run_node("digit_image", "outputs", [[opened, image]])
        np.testing.assert_allclose(found, pad.answers, atol=1e-5)


def test_the_stored_mean_images_are_those_of_mnist(mnist):
    images, labels = mnist
    means = np.stack([images[labels == k].mean(0) for k in range(10)])
    np.testing.assert_allclose(picture("MEANS"), means, atol=0.5001 / 255)


def test_the_7_it_opens_with_has_its_finds():
    assert DigitPad().answer == 5
    assert DigitPad(centering=True).answer == 7
    assert DigitPad(centering=True, shift=[-2, 0]).answer == 1
    assert DigitPad(strokes=[]).answer == 1


def test_few_digits_are_as_far_from_all_mean_images_as_a_scribble_must_be(mnist):
    x, means = mnist[0].reshape(-1, 784), picture("MEANS").reshape(10, 784)
    squares = (x**2).sum(1)[:, None] - 2 * x @ means.T + (means**2).sum(1)
    assert (np.sqrt(squares.min(1)) > 10).sum() == 29


def test_normal_numbers_come_all_at_once_too():
    one_by_one = Random(3)
    wanted = [one_by_one.normal() for _ in range(500)]
    np.testing.assert_allclose(normals(3, 500), wanted, atol=1e-12)


def test_means_may_be_given():
    means = torch.rand(10, 1, 28, 28)
    pad = DigitPad(means=means, strokes=[])
    np.testing.assert_allclose(pad.mean_images, means[:, 0], atol=0.5001 / 255)
    assert pad.answer == means.flatten(1).norm(dim=1).argmin()
    assert DigitPad(means=packed(np.zeros((10, 784)), np.uint8)).mean_images.max() == 0


@pytest.mark.parametrize(
    ("model", "kind", "says"),
    [
        (nn.Sequential(nn.Flatten(), nn.Linear(784, 10), nn.Tanh()), TypeError, "Tanh"),
        (nn.Sequential(nn.Conv2d(1, 4, 3)), TypeError, "Conv2d"),
        (nn.Sequential(nn.Linear(784, 5)), ValueError, "not 5"),
        (nn.Sequential(nn.Linear(100, 10)), ValueError, "gets 784"),
        (nn.Sequential(nn.Linear(784, 10), nn.ReLU()), ValueError, "end in a Linear"),
        (nn.Sequential(nn.Flatten()), ValueError, "end in a Linear"),
    ],
)
def test_a_network_that_the_page_cannot_run_is_refused(model, kind, says):
    with pytest.raises(kind, match=says):
        DigitPad(model)


@pytest.mark.parametrize(
    ("wrong", "kind"),
    [
        ({"means": np.zeros((3, 784))}, ValueError),
        ({"means": np.full((10, 784), 2.0)}, ValueError),
        ({"model": nn.Linear(784, 10), "std": 0}, ValueError),
        ({"model": nn.Linear(784, 10), "weights": "int8"}, ValueError),
        ({"shift": [20, 0]}, traitlets.TraitError),
        ({"noise": 2}, traitlets.TraitError),
    ],
)
def test_what_cannot_be_is_refused(wrong, kind):
    with pytest.raises(kind):
        DigitPad(**wrong)


def test_its_words_say_the_answer():
    assert "without MNIST's centering" in DigitPad().alternative()
    assert "The answer is 5, with distance 8.07" in DigitPad().alternative()


@pytest.fixture
def page(browser, site):
    pages = []

    def open_page(**args):
        page = browser.open(site.page("digit_pad", args), width=1200)
        page.wait_for_function("window.startedIn !== undefined")
        pages.append(page)
        return page

    yield open_page
    for page in pages:
        page.close()


def test_drawing_adds_a_stroke_and_the_answer_follows(page):
    opened = page(strokes=[])
    pad = opened.locator("svg[aria-label='Pad to draw on']")
    before = opened.locator(".answer").text_content()
    box = pad.bounding_box()
    opened.mouse.move(box["x"] + 60, box["y"] + 60)
    opened.mouse.down()
    opened.mouse.move(box["x"] + 200, box["y"] + 60, steps=5)
    opened.mouse.move(box["x"] + 100, box["y"] + 220, steps=8)
    opened.mouse.up()
    opened.wait_for_function("model.get('strokes').length === 1")
    assert opened.locator(".answer").text_content() != before
    opened.get_by_role("button", name="Clear").click()
    assert opened.evaluate("model.get('strokes')") == []


def test_keys_draw(page):
    opened = page(strokes=[])
    opened.get_by_role("slider", name="pen: arrow keys").focus()
    for key in ("Space", "ArrowRight", "ArrowUp", "Space"):
        opened.keyboard.press(key)
    assert opened.evaluate("model.get('strokes')") == [
        [1, 140, 140, 150, 140, 150, 130]
    ]


def test_its_finds_are_found(page):
    opened = page()
    opened.get_by_role("button", name="MNIST's centering").click()
    opened.locator(".shift").focus()
    for _ in range(2):
        opened.keyboard.press("ArrowLeft")
    opened.get_by_role("button", name="Clear").click()
    opened.wait_for_function("document.querySelectorAll('.found').length === 3")

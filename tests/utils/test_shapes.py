"""The generated shapes: the same each time, balanced, and told apart by their form."""

import hashlib
import itertools

import numpy as np
import pytest
import torch
from sklearn.linear_model import LogisticRegression

from course_utils.datasets import shapes
from course_utils.progress import Progress

# SHA-256 of the pixels and labels of 200 + 100 images from seed 0.
DIGEST = "4ec037b662671fa73c47bef668037ee6535b6e74d11bf87961372f1a71f746b6"


@pytest.fixture(scope="module")
def data():
    return shapes.load_shapes(train=2000, test=1000)


def same(first, second):
    return all(torch.equal(a, b) for a, b in zip(first[:4], second[:4], strict=True))


# --- what it delivers ---------------------------------------------------------------


def test_shapes_and_types(data):
    assert data.train_images.shape == (2000, 3, 32, 32)
    assert data.test_images.shape == (1000, 3, 32, 32)
    assert data.train_images.dtype == data.test_images.dtype == torch.uint8
    assert data.train_labels.dtype == data.test_labels.dtype == torch.int64
    assert len(data.classes) == len(set(data.classes)) == 10


def test_every_class_has_equally_many_images(data):
    assert data.train_labels.bincount().tolist() == [200] * 10
    assert data.test_labels.bincount().tolist() == [100] * 10


def test_the_order_of_the_labels_is_random(data):
    # As many repetitions as chance gives: 1 in 10.
    repeated = (data.train_labels[1:] == data.train_labels[:-1]).float().mean()
    assert 0.05 < repeated < 0.15


def test_pixels_use_the_whole_range(data):
    assert data.train_images.min() == 0
    assert data.train_images.max() == 255


def test_no_test_image_is_a_training_image(data):
    train = {image.numpy().tobytes() for image in data.train_images}
    assert len(train) == 2000
    assert not any(image.numpy().tobytes() in train for image in data.test_images)


@pytest.mark.parametrize("sizes", [(0, 10), (10, 0), (15, 10), (10, 15), (-10, 10)])
def test_a_size_that_cannot_be_balanced_is_refused(sizes):
    with pytest.raises(ValueError, match="multiple of 10"):
        shapes.load_shapes(0, *sizes)


# --- the same each time -------------------------------------------------------------


def test_the_same_seed_gives_the_same_images():
    first = shapes.load_shapes(3, 100, 50)
    second = shapes.load_shapes(3, 100, 50)
    assert same(first, second)


def test_another_seed_gives_other_images():
    first = shapes.load_shapes(0, 50, 50)
    second = shapes.load_shapes(1, 50, 50)
    assert not torch.equal(first.train_images, second.train_images)


def test_the_test_images_do_not_depend_on_the_number_of_training_images():
    first = shapes.load_shapes(0, 50, 50)
    second = shapes.load_shapes(0, 100, 50)
    assert torch.equal(first.test_images, second.test_images)


def test_the_images_are_the_same_on_every_machine():
    digest = hashlib.sha256()
    for part in shapes.load_shapes(0, 200, 100)[:4]:
        digest.update(part.numpy().tobytes())
    assert digest.hexdigest() == DIGEST


# --- told apart by their form, and by nothing else -----------------------------------


def masks(distance, radius, turns):
    """One shape in the middle, turned in steps: (turns, 32, 32), True inside."""
    steps = (np.arange(32, dtype=np.float32) - 15.5) / radius
    angles = 2 * np.pi * np.arange(turns)[:, None, None] / turns
    x, y = steps[None, None, :], steps[None, :, None]
    u = np.cos(angles) * x + np.sin(angles) * y
    v = np.cos(angles) * y - np.sin(angles) * x
    return distance(u.astype(np.float32), v.astype(np.float32)) < 0


@pytest.mark.parametrize("pair", list(itertools.combinations(shapes.SHAPES, 2)))
def test_no_shape_covers_another_whichever_way_it_is_turned(pair):
    # At the smallest size. Circle and square are the closest, with 0.86.
    first, second = (
        masks(shapes.SHAPES[name], shapes.RADIUS[0], 48).reshape(48, -1).astype(int)
        for name in pair
    )
    both = first[:1] @ second.T
    either = first[:1].sum(axis=1, keepdims=True) + second.sum(axis=1) - both
    assert (both / either).max() < 0.9


@pytest.mark.parametrize("name", shapes.SHAPES)
def test_a_shape_fits_into_its_circle_and_fills_a_part_of_it(name):
    steps = np.linspace(-1.5, 1.5, 301, dtype=np.float32)
    u, v = np.meshgrid(steps, steps)
    inside = shapes.SHAPES[name](u, v) < 0
    assert np.hypot(u, v)[inside].max() < 1.02
    assert 0.15 < inside.sum() * 0.01**2 / np.pi < 0.95


def test_the_shape_is_inside_the_image():
    rng = np.random.default_rng(0)
    for distance in shapes.SHAPES.values():
        cover = shapes._cover(rng, distance, 200)
        border = np.ones((32, 32), dtype=bool)
        border[1:-1, 1:-1] = False
        # Half of a border pixel, at most: the circle may touch its center.
        assert (cover[:, border] <= 0.55).all()
        assert (cover.max(axis=(1, 2)) == 1).all()


def test_shape_and_background_differ_in_brightness():
    colors = shapes._colors(np.random.default_rng(0), 500)
    shape, first, second = colors @ np.float32([0.299, 0.587, 0.114])
    assert (np.abs(shape - first) >= shapes.CONTRAST - 1e-6).all()
    assert (np.abs(shape - second) >= shapes.CONTRAST - 1e-6).all()
    assert ((shape < first) == (shape < second)).all()
    # Neither light shapes nor dark ones are the rule.
    assert 0.4 < (shape < first).mean() < 0.6


def test_color_does_not_tell_the_class(data):
    def colors(images):
        corners = images[:, :, ::31, ::31].float().mean(dim=(2, 3))
        return (torch.cat([images.float().mean(dim=(2, 3)), corners], 1) / 255).numpy()

    model = LogisticRegression(max_iter=1000)
    model.fit(colors(data.train_images), data.train_labels)
    score = model.score(colors(data.test_images), data.test_labels)
    assert score < 0.17  # chance is 0.10


def test_single_pixels_hardly_tell_the_class(data):
    train, test = (
        images.float().flatten(1).numpy() / 255
        for images in (data.train_images, data.test_images)
    )
    means = np.stack([train[data.train_labels == label].mean(0) for label in range(10)])
    distances = ((test[:, None] - means[None]) ** 2).sum(-1)
    accuracy = (distances.argmin(1) == data.test_labels.numpy()).mean()
    assert accuracy < 0.2


def test_drawing_shows_its_progress():
    progress = Progress(30, "Drawing", enabled=False)
    shapes._draw_set(np.random.default_rng(0), 30, progress)
    assert progress.done == 30

"""Splits and loaders: every example in its place, once, in a known order."""

import dataclasses
import sys
import types
import warnings

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch.utils.data import DataLoader, RandomSampler, SequentialSampler

from course_utils import data, training
from course_utils.data import DataError, ImageSet, Splits
from course_utils.datasets.base import RawData


def tiny_splits(train=20, valid=6, test=7, channels=1, seed=0):
    """Random images; the first pixel of each numbers it within its part."""
    generator = torch.Generator().manual_seed(seed)

    def part(n):
        images = torch.rand(n, channels, 3, 4, generator=generator)
        images[:, 0, 0, 0] = torch.arange(n)
        return ImageSet(images, torch.arange(n) % 5)

    return Splits(part(train), part(valid), part(test), tuple("abcde"), "tiny")


def numbers(batches):
    """Which images the batches hold, in order."""
    return [int(image[0, 0, 0]) for images, _ in batches for image in images]


def sizes(batches):
    return [len(labels) for _, labels in batches]


@pytest.fixture(scope="module")
def mnist():
    return data.load("mnist", valid_fraction=0.1, seed=0)


@pytest.fixture(scope="module")
def raw():
    return data.load_mnist()


# --- load ---------------------------------------------------------------------------


def test_mnist_is_split_into_three_parts(mnist):
    assert [len(s) for s in (mnist.train, mnist.valid, mnist.test)] == [
        54_000, 6_000, 10_000,
    ]  # fmt: skip
    assert mnist.train.images.shape == (54_000, 1, 28, 28)
    assert mnist.train.images.dtype == torch.float32
    assert mnist.train.labels.dtype == torch.int64
    assert (mnist.name, mnist.classes) == ("mnist", tuple("0123456789"))
    assert mnist.mean is None
    assert mnist.std is None


def test_pixels_lie_in_0_to_1_and_are_multiples_of_a_255th(mnist):
    images = mnist.test.images
    assert (images.min(), images.max()) == (0, 1)
    torch.testing.assert_close(255 * images, (255 * images).round(), rtol=0, atol=1e-4)


def test_no_training_image_is_lost_or_taken_twice(mnist, raw):
    def rows(images):
        return (255 * images).round().to(torch.uint8).flatten(1).numpy()

    found = np.concatenate([rows(mnist.train.images), rows(mnist.valid.images)])
    expected = raw.train_images.flatten(1).numpy()
    as_bytes = [np.sort(x.copy().view("V784").ravel()) for x in (found, expected)]
    np.testing.assert_array_equal(*as_bytes)


def test_images_keep_their_labels(mnist, raw):
    kept, held_out = data.stratified_split(raw.train_labels, 0.1, seed=0)
    for part, index in ((mnist.train, kept), (mnist.valid, held_out)):
        assert torch.equal(part.labels, raw.train_labels[index])
        assert torch.equal(part.images[:50], raw.train_images[index[:50]] / 255)


@pytest.mark.parametrize("name", ["minst", "MNIST", ""])
def test_an_unknown_data_set_is_named_with_those_there_are(name):
    with pytest.raises(ValueError, match=f"{name!r}; choose one of mnist, cifar10"):
        data.load(name)


def test_an_unknown_fallback_is_named_at_once():
    with pytest.raises(ValueError, match="'shape'"):
        data.load("mnist", fallback="shape")


@pytest.mark.parametrize("fraction", [1, -0.1, 1.5, float("nan")])
def test_a_share_for_validation_outside_0_to_1_is_named(fraction):
    with pytest.raises(ValueError, match=rf"valid_fraction.*below 1; got {fraction}"):
        data.load("mnist", valid_fraction=fraction)


@pytest.mark.parametrize("fraction", [0, 1, -0.1, 1.5, float("nan")])
def test_a_fraction_outside_0_to_1_is_named(fraction):
    with pytest.raises(
        ValueError, match=f"between 0 and 1, both excluded; got {fraction}"
    ):
        data.stratified_split(torch.arange(10) % 2, fraction)


def test_without_validation_all_images_are_for_training(raw):
    splits = data.load("mnist", valid_fraction=0)
    assert torch.equal(splits.train.labels, raw.train_labels)
    assert torch.equal(splits.train.images[-50:], raw.train_images[-50:] / 255)
    assert splits.valid.images.shape == (0, 1, 28, 28)
    assert len(splits.valid.labels) == 0


def offline(monkeypatch):
    """A data set that cannot be had, and a small one that can."""
    labels = torch.arange(40) % 4
    images = torch.randint(0, 256, (40, 3, 5, 5), dtype=torch.uint8)

    def refuse():
        raise DataError("no network:\n  first mirror: refused\nWhat you can do: wait.")

    cifar = types.SimpleNamespace(load_cifar10=refuse)
    shapes = types.SimpleNamespace(
        load_shapes=lambda: RawData(images, labels, images, labels, tuple("abcd"))
    )
    monkeypatch.setitem(sys.modules, "course_utils.datasets.cifar10", cifar)
    monkeypatch.setitem(sys.modules, "course_utils.datasets.shapes", shapes)


def test_the_fallback_is_used_with_a_warning_that_says_why(monkeypatch):
    offline(monkeypatch)
    with pytest.warns(
        UserWarning, match=r"^no network\. Using 'shapes' instead"
    ) as caught:
        splits = data.load("cifar10", valid_fraction=0.25, fallback="shapes")
    assert caught[0].filename == __file__
    assert "\n" not in str(caught[0].message)
    assert (splits.name, splits.classes) == ("shapes", tuple("abcd"))
    assert (len(splits.train), len(splits.valid), len(splits.test)) == (30, 10, 40)


def test_without_fallback_the_error_stays(monkeypatch):
    offline(monkeypatch)
    with pytest.raises(DataError, match=r"(?s)no network.*refused.*What you can do"):
        data.load("cifar10")


def test_the_fallback_is_not_used_when_there_is_no_need(monkeypatch):
    offline(monkeypatch)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        assert data.load("shapes", fallback="mnist").name == "shapes"


# --- stratified_split ------------------------------------------------------------------


@st.composite
def mixed_labels(draw):
    """Labels of 1 to 5 classes in any order, with 10 to 40 examples of each."""
    counts = draw(st.lists(st.integers(10, 40), min_size=1, max_size=5))
    labels = np.repeat(np.arange(len(counts)), counts)
    draw(st.randoms(use_true_random=False)).shuffle(labels)
    return torch.from_numpy(labels)


@given(mixed_labels(), st.floats(0.1, 0.9), st.integers(0, 2**32))
@settings(deadline=None)
def test_a_split_is_disjoint_complete_and_reproducible(labels, fraction, seed):
    first, second = data.stratified_split(labels, fraction, seed)
    together = torch.cat([first, second]).tolist()
    assert sorted(together) == list(range(len(labels)))
    assert first.tolist() == sorted(first.tolist())
    assert second.tolist() == sorted(second.tolist())
    again = data.stratified_split(labels, fraction, seed)
    assert torch.equal(first, again[0])
    assert torch.equal(second, again[1])


@given(mixed_labels(), st.floats(0.1, 0.9))
@settings(deadline=None)
def test_each_class_is_divided_in_proportion_within_one_image(labels, fraction):
    second = data.stratified_split(labels, fraction)[1]
    whole, part = labels.bincount(minlength=5), labels[second].bincount(minlength=5)
    assert ((part - fraction * whole).abs() <= 1).all()
    assert len(second) == round(fraction * len(labels))


@given(st.lists(st.integers(1, 30), min_size=1, max_size=5), st.floats(0.01, 0.99))
def test_a_split_is_refused_only_where_a_part_would_lack_a_class(counts, fraction):
    labels = torch.repeat_interleave(torch.arange(len(counts)), torch.tensor(counts))
    try:
        first, second = data.stratified_split(labels, fraction)
    except ValueError:
        # Rounding up or down leaves some class empty in one part.
        assert any(n * fraction < 1 or n * (1 - fraction) < 1 for n in counts)
    else:
        assert set(labels[first].tolist()) == set(labels[second].tolist())


def test_other_seeds_give_other_splits():
    labels = torch.arange(100) % 2
    splits = {
        tuple(data.stratified_split(labels, 0.5, s)[1].tolist()) for s in range(9)
    }
    assert len(splits) == 9


def test_a_split_neither_uses_nor_changes_the_global_random_numbers():
    labels = torch.arange(100) % 2
    torch.manual_seed(0)
    first = data.stratified_split(labels, 0.5, seed=3)[1]
    after = torch.rand(1)
    torch.manual_seed(0)
    assert torch.equal(torch.rand(1), after)
    assert torch.equal(data.stratified_split(labels, 0.5, seed=3)[1], first)


def test_a_class_too_small_to_split_is_named():
    labels = torch.tensor([0] * 50 + [7] * 2)
    with pytest.raises(
        ValueError, match=r"without class 7, which has 2 images.*Choose"
    ):
        data.stratified_split(labels, 0.1)


def test_no_labels_cannot_be_split():
    with pytest.raises(ValueError, match="empty"):
        data.stratified_split(torch.empty(0, dtype=torch.int64), 0.1)


# --- normalize -----------------------------------------------------------------------------


def test_normalize_uses_the_training_images_alone():
    splits = tiny_splits(channels=3)
    result = data.normalize(splits)
    pixels = splits.train.images.numpy().astype(np.float64)
    mean = pixels.mean(axis=(0, 2, 3), keepdims=True)
    std = pixels.std(axis=(0, 2, 3), ddof=1, keepdims=True)
    for part in ("train", "valid", "test"):
        before, after = getattr(splits, part), getattr(result, part)
        expected = (before.images.numpy() - mean) / std
        np.testing.assert_allclose(after.images, expected, rtol=1e-5, atol=1e-5)
        assert after.images.dtype == torch.float32
        assert torch.equal(after.labels, before.labels)
    np.testing.assert_allclose(result.mean, mean.ravel(), rtol=1e-6)
    np.testing.assert_allclose(result.std, std.ravel(), rtol=1e-6)
    assert (result.name, result.classes) == (splits.name, splits.classes)


def test_normalized_mnist_has_mean_0_and_standard_deviation_1(mnist):
    pixels = data.normalize(mnist).train.images.double()
    assert pixels.mean().item() == pytest.approx(0, abs=1e-5)
    assert pixels.std().item() == pytest.approx(1, abs=1e-5)


def test_normalize_leaves_its_input_alone():
    splits = tiny_splits()
    before = splits.train.images.clone()
    data.normalize(splits)
    assert torch.equal(splits.train.images, before)
    assert splits.mean is None


def test_normalizing_twice_is_refused():
    with pytest.raises(ValueError, match=r"normalized already.*data\.load"):
        data.normalize(data.normalize(tiny_splits()))


def test_a_constant_channel_cannot_be_normalized():
    splits = tiny_splits(channels=2)
    splits.train.images[:, 1] = 0.5
    with pytest.raises(ValueError, match=r"standard deviations \[.*0\.0\]"):
        data.normalize(splits)


# --- loaders ---------------------------------------------------------------------------------


@given(n=st.integers(1, 60), batch_size=st.integers(1, 70))
@settings(deadline=None)
def test_every_example_comes_once_per_epoch(n, batch_size):
    loader = data.loaders(tiny_splits(train=n), batch_size=batch_size).train
    for _ in range(2):
        batches = list(loader)
        assert sorted(numbers(batches)) == list(range(n))
        full, rest = divmod(n, batch_size)
        assert sizes(batches) == [batch_size] * full + [rest] * (rest > 0)
        assert len(loader) == len(batches)
        for images, labels in batches:
            assert torch.equal(labels, images[:, 0, 0, 0].long() % 5)


def test_loaders_are_data_loaders_of_torch():
    loaders = data.loaders(tiny_splits())
    assert all(isinstance(loader, DataLoader) for loader in loaders)
    assert type(loaders.train.sampler) is RandomSampler
    assert (
        type(loaders.valid.sampler) is type(loaders.test.sampler) is SequentialSampler
    )
    assert loaders.train.batch_size == 128


def test_a_batch_equals_what_the_usual_loader_delivers():
    """The fast path gives what image-by-image fetching and stacking give."""
    splits = tiny_splits()
    fast = data.loaders(splits, batch_size=8, seed=3)
    generator = torch.Generator().manual_seed(3)
    slow = DataLoader(splits.train, 8, shuffle=True, generator=generator)
    for loader, usual in (
        (fast.train, slow), (fast.train, slow), (fast.valid, DataLoader(splits.valid, 1000))
    ):  # fmt: skip
        for (images, labels), (X, y) in zip(loader, usual, strict=True):
            assert torch.equal(images, X)
            assert torch.equal(labels, y)
    # After two epochs, both have drawn the same random numbers.
    assert torch.equal(generator.get_state(), fast.train.generator.get_state())


@pytest.mark.parametrize("n", [999, 1000, 1001, 2500])
def test_validation_and_test_are_never_shuffled(n):
    loaders = data.loaders(tiny_splits(valid=n, test=n), batch_size=16)
    for loader in (loaders.valid, loaders.test):
        for _ in range(2):
            assert numbers(loader) == list(range(n))
        assert sizes(loader) == [1000] * (n // 1000) + [n % 1000] * (n % 1000 > 0)


def test_validation_batches_are_no_smaller_than_training_batches():
    loaders = data.loaders(tiny_splits(test=2500), batch_size=2000)
    assert sizes(loaders.test) == [2000, 500]


def test_the_order_follows_from_the_seed_and_is_new_in_every_epoch():
    def epochs(seed):
        loader = data.loaders(tiny_splits(), batch_size=6, seed=seed).train
        return [numbers(loader) for _ in range(3)]

    first = epochs(0)
    assert epochs(0) == first
    assert epochs(1) != first
    assert len({tuple(order) for order in first}) == 3


def test_the_order_neither_uses_nor_changes_the_global_random_numbers():
    def draw(seed):
        torch.manual_seed(seed)
        loaders = data.loaders(tiny_splits(), batch_size=6)
        orders = [numbers(loader) for loader in loaders]
        return orders, torch.rand(1).item()

    torch.manual_seed(1)
    untouched = torch.rand(1).item()
    assert draw(1)[1] == untouched
    assert draw(1)[0] == draw(2)[0]


def test_validation_does_not_change_the_order_of_the_training():
    loaders = data.loaders(tiny_splits())
    plain = data.loaders(tiny_splits())
    for _ in range(3):
        list(loaders.valid)
        assert numbers(loaders.train) == numbers(plain.train)


def test_augmentation_changes_training_batches_alone():
    splits = tiny_splits()
    kept = [getattr(splits, part).images.clone() for part in ("train", "valid", "test")]
    seen = []

    def negate(images):
        seen.append(tuple(images.shape))
        return images.neg_()

    loaders = data.loaders(splits, batch_size=8, augment=negate)
    parts = [torch.cat([images for images, _ in loader]) for loader in loaders]
    assert seen == [(8, 1, 3, 4), (8, 1, 3, 4), (4, 1, 3, 4)]
    assert (parts[0] <= 0).all()
    assert torch.equal(parts[1], kept[1])
    assert torch.equal(parts[2], kept[2])
    # Even an augmentation that works in place leaves the images themselves alone.
    assert torch.equal(splits.train.images, kept[0])


@pytest.mark.parametrize("batch_size", [0, -1, 2.5, 64.0, True, "64", None])
def test_a_batch_size_that_is_no_count_is_named(batch_size):
    with pytest.raises(ValueError, match=f"whole number from 1 on.*got {batch_size!r}"):
        data.loaders(tiny_splits(), batch_size=batch_size)


def test_a_numpy_integer_is_a_batch_size():
    loader = data.loaders(tiny_splits(), batch_size=np.int64(8)).train
    assert sizes(loader) == [8, 8, 4]


def test_without_validation_images_there_is_no_loader_of_them():
    splits = data.normalize(tiny_splits(valid=0))
    loaders = data.loaders(splits, batch_size=8, device="cpu")
    assert loaders.valid is None
    assert sum(sizes(loaders.train)) == 20
    model = torch.nn.Sequential(torch.nn.Flatten(), torch.nn.Linear(12, 5))
    optimizer = torch.optim.SGD(model.parameters(), lr=0.1)
    options = {"epochs": 1, "optimizer": optimizer, "progress": False}
    history = training.fit(model, loaders.train, loaders.valid, **options)
    assert "valid_loss" not in history.rows[0]
    with pytest.raises(ValueError, match=r"restore_best.*valid_fraction=0"):
        training.fit(model, loaders.train, loaders.valid, **options, restore_best=True)
    with pytest.raises(TypeError, match=r"evaluation data is None.*valid_fraction=0"):
        training.evaluate(model, loaders.valid)
    with pytest.raises(ValueError, match="evaluation data is empty"):
        training.evaluate(model, splits.valid)


@pytest.mark.parametrize("n", [1, 7, 8, 16, 20])
def test_the_last_batch_can_be_dropped_if_it_is_short(n):
    splits = tiny_splits(train=n)
    if n < 8:
        with pytest.raises(
            ValueError, match=f"drop_last=True.* {n} images.*batch_size"
        ):
            data.loaders(splits, batch_size=8, drop_last=True)
        return
    fast = data.loaders(splits, batch_size=8, seed=3, drop_last=True)
    generator = torch.Generator().manual_seed(3)
    usual = DataLoader(
        splits.train, 8, shuffle=True, generator=generator, drop_last=True
    )
    for _ in range(2):
        batches = list(fast.train)
        assert numbers(batches) == numbers(usual)
        assert sizes(batches) == [8] * (n // 8)
        assert len(fast.train) == len(batches)
    assert sum(sizes(fast.test)) == 7  # nothing is dropped there


def test_measuring_on_the_training_loader_takes_each_image_once_as_it_is():
    splits = tiny_splits()
    loaders = data.loaders(
        splits, batch_size=8, drop_last=True, augment=lambda images: images + 100
    )
    untouched = data.loaders(splits, batch_size=8, drop_last=True)
    model = torch.nn.Sequential(torch.nn.Flatten(), torch.nn.Linear(12, 5))
    result = training.evaluate(model, loaders.train)
    expected = training.evaluate(model, splits.train)
    assert result.loss == expected.loss
    assert torch.equal(result.outputs, expected.outputs)
    assert torch.equal(result.labels, splits.train.labels)
    # The order of the training goes on as if nothing had been measured.
    assert torch.equal(
        torch.cat([labels for _, labels in loaders.train]),
        torch.cat([labels for _, labels in untouched.train]),
    )


@pytest.mark.parametrize("part", ["train", "test"])
def test_an_empty_split_is_named(part):
    with pytest.raises(ValueError, match=f"the {part} split is empty.*larger share"):
        data.loaders(tiny_splits(**{part: 0}))


def test_images_move_to_the_device_once():
    loaders = data.loaders(tiny_splits(), device="meta")
    assert loaders.train.dataset.images.device.type == "meta"
    assert loaders.test.dataset.labels.device.type == "meta"


# --- ImageSet ------------------------------------------------------------------------------------


def test_an_image_set_works_in_a_plain_data_loader():
    images = tiny_splits().train
    batches = list(DataLoader(images, batch_size=8))
    assert torch.equal(torch.cat([X for X, _ in batches]), images.images)
    assert torch.equal(torch.cat([y for _, y in batches]), images.labels)
    image, label = images[3]
    assert image.shape == (1, 3, 4)
    assert label == 3


def test_a_subset_is_a_copy_of_the_chosen_images():
    images = tiny_splits().train
    subset = images.subset(torch.tensor([4, 2]))
    assert len(subset) == 2
    assert subset.labels.tolist() == [4, 2]
    subset.images.zero_()
    assert images.images[4, 0, 0, 0] == 4


def test_every_image_needs_one_label():
    with pytest.raises(ValueError, match="3 images but 2 labels"):
        ImageSet(torch.zeros(3, 1, 2, 2), torch.zeros(2, dtype=torch.int64))


def test_an_image_set_describes_itself(mnist):
    assert repr(mnist.train) == "ImageSet(54,000 images (1, 28, 28))"


def test_splits_cannot_be_changed_by_accident():
    with pytest.raises(dataclasses.FrozenInstanceError):
        tiny_splits().train = None


def test_the_best_device_is_one_that_works():
    device = data.best_device()
    assert torch.ones(2, device=device).sum() == 2

"""The built-in MNIST: the real thing, and never a damaged one."""

import hashlib
import lzma
import struct

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis.extra import numpy as arrays

from course_utils.datasets.base import DataError
from course_utils.datasets.mnist import MNIST_FOLDER, MNIST_MD5, load_mnist, read_idx

TEST_LABELS = "t10k-labels-idx1-ubyte"


@pytest.fixture(scope="module")
def mnist():
    return load_mnist()


def write_idx(path, values):
    """Write the IDX format from its description; returns the content's MD5."""
    header = struct.pack(f">BBBB{values.ndim}I", 0, 0, 8, values.ndim, *values.shape)
    path.write_bytes(lzma.compress(header + values.tobytes()))
    return hashlib.md5(header + values.tobytes()).hexdigest()


@pytest.mark.parametrize("name", MNIST_MD5)
def test_the_files_are_the_published_ones(name):
    content = lzma.decompress((MNIST_FOLDER / f"{name}.xz").read_bytes())
    assert hashlib.md5(content).hexdigest() == MNIST_MD5[name]


def test_sizes_and_types(mnist):
    assert mnist.train_images.shape == (60_000, 1, 28, 28)
    assert mnist.test_images.shape == (10_000, 1, 28, 28)
    assert mnist.train_images.dtype == mnist.test_images.dtype == torch.uint8
    assert mnist.train_labels.shape == (60_000,)
    assert mnist.test_labels.shape == (10_000,)
    assert mnist.train_labels.dtype == mnist.test_labels.dtype == torch.int64
    assert mnist.classes == tuple("0123456789")


def test_class_counts_are_the_published_ones(mnist):
    """As scikit-learn, Keras and the literature count them."""
    assert mnist.train_labels.bincount().tolist() == [
        5923, 6742, 5958, 6131, 5842, 5421, 5918, 6265, 5851, 5949,
    ]  # fmt: skip
    assert mnist.test_labels.bincount().tolist() == [
        980, 1135, 1032, 1010, 982, 892, 958, 1028, 974, 1009,
    ]  # fmt: skip


def test_pixel_statistics_are_the_published_ones(mnist):
    """Mean 0.1307 and standard deviation 0.3081, as in PyTorch's own example."""
    pixels = mnist.train_images.double() / 255
    assert pixels.mean().item() == pytest.approx(0.1307, abs=5e-5)
    assert pixels.std().item() == pytest.approx(0.3081, abs=5e-5)


def test_the_first_labels_are_the_published_ones(mnist):
    assert mnist.train_labels[:10].tolist() == [5, 0, 4, 1, 9, 2, 1, 3, 1, 4]
    assert mnist.test_labels[:10].tolist() == [7, 2, 1, 0, 4, 1, 4, 9, 5, 9]


@given(
    values=arrays.arrays(
        np.uint8, arrays.array_shapes(min_dims=1, max_dims=4, max_side=5)
    )
)
@settings(deadline=None)
def test_any_idx_file_is_read_back(values, tmp_path_factory):
    path = tmp_path_factory.mktemp("idx") / "values.xz"
    md5 = write_idx(path, values)
    np.testing.assert_array_equal(read_idx(path, md5), values)


@pytest.fixture
def labels_file(tmp_path):
    path = tmp_path / "labels.xz"
    path.write_bytes((MNIST_FOLDER / f"{TEST_LABELS}.xz").read_bytes())
    return path


def test_a_missing_file_is_named(tmp_path):
    with pytest.raises(DataError, match=r"nothing\.xz is missing.*git checkout"):
        read_idx(tmp_path / "nothing.xz", MNIST_MD5[TEST_LABELS])


@pytest.mark.parametrize("left", [0, 1, 100, -1])
def test_a_truncated_file_is_named(labels_file, left):
    content = labels_file.read_bytes()
    labels_file.write_bytes(content[:left])
    with pytest.raises(DataError, match=r"truncated or damaged.*reinstall"):
        read_idx(labels_file, MNIST_MD5[TEST_LABELS])


def test_a_damaged_byte_is_named(labels_file):
    content = bytearray(labels_file.read_bytes())
    content[len(content) // 2] ^= 0xFF
    labels_file.write_bytes(content)
    with pytest.raises(DataError, match="truncated or damaged"):
        read_idx(labels_file, MNIST_MD5[TEST_LABELS])


def test_an_altered_value_is_named_with_both_checksums(labels_file):
    content = bytearray(lzma.decompress(labels_file.read_bytes()))
    content[-1] ^= 1
    labels_file.write_bytes(lzma.compress(content))
    found = hashlib.md5(content).hexdigest()
    md5 = MNIST_MD5[TEST_LABELS]
    with pytest.raises(DataError, match=f"altered: MD5 {found}, not {md5}"):
        read_idx(labels_file, md5)


@pytest.mark.parametrize("name", ["train-images-idx3-ubyte", TEST_LABELS])
def test_mnist_is_not_loaded_with_one_file_missing_or_altered(tmp_path, name):
    for file in MNIST_FOLDER.glob("*.xz"):
        (tmp_path / file.name).symlink_to(file)
    path = tmp_path / f"{name}.xz"
    path.unlink()
    with pytest.raises(DataError, match=f"{name}.xz is missing"):
        load_mnist(tmp_path)
    write_idx(path, np.zeros(3, dtype=np.uint8))
    with pytest.raises(DataError, match=f"{name}.xz was altered"):
        load_mnist(tmp_path)

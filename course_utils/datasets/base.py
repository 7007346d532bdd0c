"""The form in which every source hands over its data."""

from typing import NamedTuple

from torch import Tensor


class DataError(RuntimeError):
    """A data set is unknown, missing, incomplete or altered."""


class RawData(NamedTuple):
    """What a source delivers, before it is split and scaled.

    Images are uint8 tensors (n, c, h, w); labels are int64 tensors (n,) that
    index into `classes`.
    """

    train_images: Tensor
    train_labels: Tensor
    test_images: Tensor
    test_labels: Tensor
    classes: tuple[str, ...]

"""Load images and labels, split them, and hand them out in batches."""

import warnings
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from typing import Any, NamedTuple, Self

import torch
from torch import Tensor
from torch.utils.data import DataLoader, Dataset

from course_utils.batches import check_count
from course_utils.datasets.base import DataError, RawData
from course_utils.datasets.mnist import load_mnist

NAMES = ("mnist", "cifar10", "shapes")
EVAL_BATCH_SIZE = 1000


class ImageSet(Dataset):
    """`images` (n, c, h, w) float32 and their `labels` (n,) int64, in memory.

    Raises:
        ValueError: not as many labels as images.
    """

    def __init__(self, images: Tensor, labels: Tensor):
        if len(images) != len(labels):
            raise ValueError(
                f"{len(images)} images but {len(labels)} labels: "
                "every image needs exactly one label."
            )
        self.images, self.labels = images, labels

    def __len__(self) -> int:
        return len(self.labels)

    def __getitem__(self, index: int) -> tuple[Tensor, Tensor]:
        return self.images[index], self.labels[index]

    def __repr__(self) -> str:
        return f"{type(self).__name__}({len(self):,} images {tuple(self.images.shape[1:])})"

    def subset(self, indices: Tensor) -> Self:
        """A copy that holds only the images at `indices`, (m,) int64."""
        return type(self)(self.images[indices], self.labels[indices])

    def to(self, device: torch.device | str) -> Self:
        """The same images and labels on `device`."""
        return type(self)(self.images.to(device), self.labels.to(device))


class BatchLoader(DataLoader):
    """A DataLoader that takes each batch from an ImageSet in one index operation.

    A plain DataLoader fetches image by image and stacks them. The batches are the
    same, in the same order for the same generator.

    Args:
        image_set, batch_size, shuffle, generator, drop_last: as for a DataLoader.
        augment: maps a batch of images (b, c, h, w) to a batch of the same shape.
    """

    def __init__(
        self,
        image_set: ImageSet,
        batch_size: int,
        *,
        shuffle: bool = False,
        generator: torch.Generator,
        augment: Callable[[Tensor], Tensor] | None = None,
        drop_last: bool = False,
    ):
        super().__init__(
            image_set, batch_size, shuffle, generator=generator, drop_last=drop_last
        )
        self.augment = augment

    def __iter__(self) -> Iterator[tuple[Tensor, Tensor]]:
        images, labels = self.dataset.images, self.dataset.labels
        # A plain DataLoader draws this number first, for its workers.
        torch.empty((), dtype=torch.int64).random_(generator=self.generator)
        order = torch.tensor(list(self.sampler), device=images.device)
        for index in order.split(self.batch_size):
            if self.drop_last and len(index) < self.batch_size:
                break
            batch = images.index_select(0, index)  # twice as fast as images[index]
            if self.augment is not None:
                batch = self.augment(batch)
            yield batch, labels.index_select(0, index)

    def for_measuring(self) -> Self:
        """A loader of the same images, each once, as they are and in their order."""
        size = max(self.batch_size, EVAL_BATCH_SIZE)
        return type(self)(self.dataset, size, generator=torch.Generator())


@dataclass(frozen=True)
class Splits:
    """Training, validation and test set of one data set.

    Attributes:
        train, valid, test: disjoint ImageSets; `valid` may be empty.
        classes: name of each class, in the order of the label values.
        name: which data set it is.
        mean, std: per channel (c,), what `normalize` subtracted and divided by;
            None while pixels are in [0, 1].
    """

    train: ImageSet
    valid: ImageSet
    test: ImageSet
    classes: tuple[str, ...]
    name: str
    mean: Tensor | None = None
    std: Tensor | None = None


class Loaders(NamedTuple):
    """One DataLoader for each split; only `train` is shuffled.

    `valid` is None where there are no validation images.
    """

    train: DataLoader
    valid: DataLoader | None
    test: DataLoader


def best_device() -> torch.device:
    """The fastest device of this machine: CUDA, else Apple's MPS, else the CPU."""
    if torch.cuda.is_available():
        return torch.device("cuda")
    if torch.backends.mps.is_available():
        return torch.device("mps")
    return torch.device("cpu")


def load(
    name: str,
    *,
    valid_fraction: float = 0.1,
    seed: int = 0,
    fallback: str | None = None,
) -> Splits:
    """Load a data set and split its training images into training and validation.

    Args:
        name: "mnist" (built in, 28 x 28, 60,000 + 10,000), "cifar10" (32 x 32
            in color, 50,000 + 10,000, downloaded where it is not on disk) or
            "shapes" (32 x 32 in color, generated).
        valid_fraction: share of every class kept for validation, from 0 (`valid` is
            empty, `train` in the order of the file) to below 1.
        seed: which images those are; equal seeds give equal splits.
        fallback: data set to load instead where `name` cannot be had, with a
            warning that says why; `Splits.name` tells which one it became.

    Returns:
        Splits with float32 images (n, c, h, w) in [0, 1] and int64 labels (n,).

    Raises:
        ValueError: unknown name, a fraction outside [0, 1), or one that would leave
            a part without some class.
        DataError: the data cannot be had, or a file is truncated or altered.
    """
    for value in (name, fallback):
        if value is not None and value not in NAMES:
            raise ValueError(
                f"there is no data set {value!r}; choose one of {', '.join(NAMES)}."
            )
    if not 0 <= valid_fraction < 1:
        raise ValueError(
            "valid_fraction must be 0, for no validation images, or a share below 1; "
            f"got {valid_fraction}."
        )
    try:
        raw = _read(name)
    except DataError as error:
        if fallback is None:
            raise
        # One sentence: the remedies in the error's other lines are many.
        reason = str(error).splitlines()[0].rstrip(".:")
        warnings.warn(
            f"{reason}. Using {fallback!r} instead; data.load({name!r}) alone says "
            "what to do.",
            stacklevel=2,
        )
        name, raw = fallback, _read(fallback)
    kept, held_out = torch.arange(len(raw.train_labels)), torch.arange(0)
    if valid_fraction > 0:
        kept, held_out = stratified_split(raw.train_labels, valid_fraction, seed)
    return Splits(
        train=_scaled(raw.train_images[kept], raw.train_labels[kept]),
        valid=_scaled(raw.train_images[held_out], raw.train_labels[held_out]),
        test=_scaled(raw.test_images, raw.test_labels),
        classes=raw.classes,
        name=name,
    )


def _read(name: str) -> RawData:
    if name == "mnist":
        return load_mnist()
    if name == "cifar10":
        from course_utils.datasets.cifar10 import load_cifar10

        return load_cifar10()
    from course_utils.datasets.shapes import load_shapes

    return load_shapes()


def _scaled(images: Tensor, labels: Tensor) -> ImageSet:
    return ImageSet(images.float().div_(255), labels)


def stratified_split(
    labels: Tensor, fraction: float, seed: int = 0
) -> tuple[Tensor, Tensor]:
    """Split indices in two so that each class is divided in the same proportion.

    Args:
        labels: class indices, (n,) int64.
        fraction: share of each class that goes to the second part, in (0, 1).
            Each count is rounded up or down, such that their sum is
            `round(fraction * n)`.
        seed: chooses the images; equal seeds give equal splits.

    Returns:
        Two sorted index tensors, disjoint, that together hold 0 to n - 1.

    Raises:
        ValueError: no labels, a fraction outside (0, 1), or one that would leave a
            part without some class.
    """
    if not 0 < fraction < 1:
        raise ValueError(
            f"the fraction must lie between 0 and 1, both excluded; got {fraction}."
        )
    if len(labels) == 0:
        raise ValueError("there are no labels to split: the tensor is empty.")
    classes, sizes = labels.unique(return_counts=True)
    counts = _shares(sizes, fraction)
    generator = torch.Generator().manual_seed(seed)
    first, second = [], []
    for label, size, count in zip(classes, sizes, counts, strict=True):
        if count in (0, size):
            raise ValueError(
                f"a split of {fraction} would leave one part without class "
                f"{int(label)}, which has {int(size)} images. Choose a fraction "
                "further from 0 and 1, or take more images."
            )
        members = torch.nonzero(labels == label).squeeze(1)
        shuffled = members[torch.randperm(len(members), generator=generator)]
        second.append(shuffled[:count])
        first.append(shuffled[count:])
    return torch.cat(first).sort().values, torch.cat(second).sort().values


def _shares(sizes: Tensor, fraction: float) -> Tensor:
    """Whole-number shares (k,) of `sizes` (k,): the largest remainders round up."""
    exact = fraction * sizes.double()
    shares = exact.floor().long()
    left_over = round(fraction * int(sizes.sum())) - int(shares.sum())
    round_up = (exact - shares).argsort(descending=True, stable=True)[:left_over]
    shares[round_up] += 1
    return shares


def normalize(splits: Splits) -> Splits:
    """Shift and scale pixels to mean 0 and standard deviation 1 per channel.

    Mean and standard deviation are those of the training images alone: what
    validation and test images look like must not influence the training.

    Returns:
        New Splits, with the statistics in `mean` and `std`, each (c,).

    Raises:
        ValueError: the splits are normalized already, or all training pixels of
            a channel are equal.
    """
    if splits.mean is not None:
        raise ValueError(
            "these splits are normalized already; start from data.load(...) again."
        )
    mean = splits.train.images.mean(dim=(0, 2, 3))
    std = splits.train.images.std(dim=(0, 2, 3))
    if not (std > 0).all():
        raise ValueError(
            f"the channels have the standard deviations {std.tolist()}; to divide by "
            "them, all must be above 0. Look at the training images."
        )
    parts = {}
    for name in Loaders._fields:
        part: ImageSet = getattr(splits, name)
        images = part.images - mean[:, None, None]
        parts[name] = ImageSet(images.div_(std[:, None, None]), part.labels)
    return replace(splits, **parts, mean=mean, std=std)


def loaders(
    splits: Splits,
    batch_size: int = 128,
    seed: int = 0,
    device: torch.device | str | None = None,
    augment: Callable[[Tensor], Tensor] | None = None,
    drop_last: bool = False,
) -> Loaders:
    """Make the DataLoaders of pairs (images (b, c, h, w), labels (b,)) for each split.

    Args:
        splits: from `load`.
        batch_size: images per training batch; the last one may be shorter.
            Validation and test use at least 1,000, for speed.
        seed: order of the training images, new in every epoch.
        device: where to keep the images; None leaves them where they are.
        augment: changes each training batch (b, c, h, w) at random, but no image
            that `training.evaluate` measures.
        drop_last: leave out the last training batch of an epoch if it is shorter,
            so that all steps weigh the same.

    Raises:
        ValueError: a batch size below 1, no training or test images, or fewer
            training images than one batch while the last one is dropped.
    """
    check_count("batch_size", batch_size)
    if drop_last and len(splits.train) < batch_size:
        raise ValueError(
            f"with drop_last=True no batch is left: the train split has "
            f"{len(splits.train)} images, fewer than batch_size={batch_size}."
        )
    for name in ("train", "test"):
        if len(getattr(splits, name)) == 0:
            raise ValueError(
                f"the {name} split is empty: there is nothing to make batches of. Load "
                "the data again with a larger share for it."
            )

    def serve(part: ImageSet, size: int, **options: Any) -> BatchLoader:
        part = part if device is None else part.to(device)
        # A generator of its own: what else draws random numbers does not change the
        # order of the batches.
        generator = torch.Generator().manual_seed(seed)
        return BatchLoader(part, size, generator=generator, **options)

    batch_size = int(batch_size)
    size = max(batch_size, EVAL_BATCH_SIZE)
    return Loaders(
        serve(
            splits.train, batch_size, shuffle=True, augment=augment, drop_last=drop_last
        ),
        serve(splits.valid, size) if len(splits.valid) else None,
        serve(splits.test, size),
    )

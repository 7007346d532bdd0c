"""Images and their labels in memory, and batches of them."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import torch
from torch import Tensor
from torch.utils.data import DataLoader, Dataset

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

    def subset(self, indices: Tensor) -> ImageSet:
        """A copy that holds only the images at `indices`, (m,) int64."""
        return ImageSet(self.images[indices], self.labels[indices])

    def to(self, device: torch.device | str) -> ImageSet:
        """The same images and labels on `device`."""
        return ImageSet(self.images.to(device), self.labels.to(device))


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

    def for_measuring(self) -> BatchLoader:
        """A loader of the same images, each once, as they are and in their order."""
        size = max(self.batch_size, EVAL_BATCH_SIZE)
        return BatchLoader(self.dataset, size, generator=torch.Generator())

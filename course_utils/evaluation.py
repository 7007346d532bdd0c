"""Measure a model on a data set, exactly."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor, nn
from torch.nn import functional as F
from torch.utils.data import DataLoader, Dataset, IterableDataset

LossFunction = Callable[[Tensor, Tensor], Tensor]


@dataclass(frozen=True)
class Result:
    """What `evaluate` found on n examples of k classes. All tensors are on the CPU.

    Attributes:
        loss: mean loss per example.
        accuracy: share of examples classified correctly, 0 to 1; nan where the
            targets are no class labels.
        per_class_accuracy: the same within each true class, (k,); nan for a
            class without examples.
        confusion: (k, k) int64; row i, column j counts the examples of class i
            that the model took for class j.
        predictions: class with the largest output, (n,) int64.
        labels: true classes, (n,) int64, in the order of the data.
        outputs: what the model returned, (n, k).
    """

    loss: float
    accuracy: float
    per_class_accuracy: Tensor
    confusion: Tensor
    predictions: Tensor
    labels: Tensor
    outputs: Tensor

    def __repr__(self) -> str:
        return f"Result(loss={self.loss:.4f}, accuracy={self.accuracy:.4f}, n={len(self.labels):,})"


class Tally:
    """Sums that give exact means over examples, whatever the batch sizes.

    Sums stay on the device: reading one back after every batch would make a
    GPU wait.
    """

    def __init__(self, device: torch.device):
        precise = torch.float32 if device.type == "mps" else torch.float64
        self.loss_sum = torch.zeros((), dtype=precise, device=device)
        self.correct = torch.zeros((), dtype=torch.int64, device=device)
        self.examples = 0
        self.labeled = True

    def add(self, mean_loss: Tensor, outputs: Tensor, targets: Tensor) -> None:
        """Count one batch: its mean loss, outputs (b, k) and targets (b,)."""
        self.loss_sum.add_(mean_loss.detach(), alpha=len(targets))
        self.examples += len(targets)
        self.labeled = is_classification(targets)
        if self.labeled:
            self.correct += (outputs.detach().argmax(dim=1) == targets).sum()

    @property
    def loss(self) -> float:
        return self.loss_sum.item() / self.examples

    @property
    def accuracy(self) -> float:
        return self.correct.item() / self.examples if self.labeled else float("nan")


def is_classification(targets: Tensor) -> bool:
    """Whether targets are class indices, as opposed to values to predict."""
    return not targets.is_floating_point()


def as_loader(
    data: DataLoader | Dataset,
    name: str,
    batch_size: int,
    shuffle: bool = False,
    generator: torch.Generator | None = None,
) -> DataLoader:
    """`data` itself if it is a DataLoader, else one that serves the Dataset.

    Raises:
        TypeError: it is neither.
        ValueError: it has no examples, or no batches.
    """
    if not isinstance(data, DataLoader | Dataset):
        raise TypeError(
            f"the {name} data must be a DataLoader or a Dataset of torch, not "
            f"{type(data).__name__}. From `loaders`, choose one, as loaders.train."
        )
    if length_of(data) == 0:
        raise ValueError(
            f"the {name} data is empty: there are no examples, or drop_last=True "
            "dropped the only batch. Use more data or smaller batches."
        )
    if isinstance(data, DataLoader):
        return data
    shuffle = shuffle and not isinstance(data, IterableDataset)
    return DataLoader(data, batch_size, shuffle, generator=generator)


def length_of(data: DataLoader | Dataset) -> int | None:
    """How many batches or examples there are; None where only iterating tells."""
    try:
        return len(data)
    except (TypeError, NotImplementedError):
        return None


def device_of(model: nn.Module) -> torch.device:
    """Where the model's parameters are; the CPU for a model without any."""
    parameter = next(model.parameters(), None)
    return torch.device("cpu") if parameter is None else parameter.device


@contextmanager
def modes_kept(model: nn.Module) -> Iterator[None]:
    """Put back every module's mode, training or evaluation, when the block ends.

    Each module gets back its own: a part that was frozen with `.eval()` does so
    again, whatever the rest does.
    """
    modes = [(module, module.training) for module in model.modules()]
    try:
        yield
    finally:
        for module, training in modes:
            module.training = training


def on_device(batch: Any, device: torch.device) -> tuple[Tensor, Tensor]:
    """The inputs and targets of a batch, on `device`.

    Raises:
        ValueError: the batch is not a pair of tensors.
    """
    if not (
        isinstance(batch, tuple | list)
        and len(batch) == 2
        and all(isinstance(part, Tensor) for part in batch)
    ):
        kind = type(batch).__name__
        size = f" of {len(batch)}" if isinstance(batch, tuple | list) else ""
        raise ValueError(
            f"a batch must be a pair of tensors (inputs, targets), not a {kind}{size}. "
            "Let the data set return one input and one target for each index."
        )
    inputs, targets = batch
    return inputs.to(device), targets.to(device)


def check_batch(outputs: Tensor, targets: Tensor) -> None:
    """Make sure that outputs fit the targets, before a loss hides that they don't.

    Raises:
        ValueError: the shapes do not belong together.
    """
    if is_classification(targets):
        if targets.ndim != 1 or outputs.ndim != 2 or len(outputs) != len(targets):
            raise ValueError(
                f"the model returned the shape {tuple(outputs.shape)} for labels of "
                f"shape {tuple(targets.shape)}; for class labels (batch,) it must "
                "return (batch, classes). Is a Flatten layer missing?"
            )
    elif outputs.shape != targets.shape:
        raise ValueError(
            f"the model returned the shape {tuple(outputs.shape)} for targets of shape "
            f"{tuple(targets.shape)}; to predict values, both must be the same."
        )


def check_labels(targets: Tensor, outputs: Tensor) -> None:
    """Make sure that class labels (b,) fit outputs (b, classes).

    Raises:
        ValueError: a label is outside 0 to classes - 1.
    """
    if not is_classification(targets) or len(targets) == 0:
        return
    classes = outputs.shape[1]
    low, high = (int(value) for value in targets.aminmax())
    if low < 0 or high >= classes:
        wrong = low if low < 0 else high
        raise ValueError(
            f"found the label {wrong}, but the model has {classes} outputs, for the "
            f"labels 0 to {classes - 1}. Give the last layer one output per class, "
            "and number the classes from 0."
        )


def mean_loss(loss_fn: LossFunction, outputs: Tensor, targets: Tensor) -> Tensor:
    """The loss of a batch, one number.

    Raises:
        ValueError: the loss function returned something else.
    """
    loss = loss_fn(outputs, targets)
    if loss.ndim != 0:
        raise ValueError(
            f"the loss function returned the shape {tuple(loss.shape)}; it must "
            'return one number, the mean over the batch: use reduction="mean".'
        )
    return loss


@torch.no_grad()
def evaluate(
    model: nn.Module,
    data: DataLoader | Dataset,
    *,
    loss_fn: LossFunction = F.cross_entropy,
) -> Result:
    """Measure loss and accuracy of `model` on every example of `data`, once each.

    Dropout and batch normalization work in evaluation mode meanwhile; every
    module's mode is put back afterwards.

    Args:
        model: maps inputs (b, ...) to outputs (b, k).
        data: a DataLoader, or a Dataset, of pairs (inputs, targets).
        loss_fn: mean loss of a batch from (outputs, targets).

    Returns:
        A Result.

    Raises:
        TypeError: `data` is neither a DataLoader nor a Dataset.
        ValueError: no examples, batches that are no pairs, outputs of the wrong
            shape, or labels outside the classes.
    """
    # A DataLoader draws a random number when it starts, shuffled or not. From a
    # generator of its own, measuring leaves the random numbers of others alone.
    loader = as_loader(data, "evaluation", 1000, generator=torch.Generator())
    device = device_of(model)
    tally = Tally(device)
    all_outputs, all_targets = [], []
    with modes_kept(model):
        model.eval()
        for batch in loader:
            inputs, targets = on_device(batch, device)
            outputs = model(inputs)
            check_batch(outputs, targets)
            check_labels(targets, outputs)
            tally.add(mean_loss(loss_fn, outputs, targets), outputs, targets)
            all_outputs.append(outputs)
            all_targets.append(targets)
    if not all_targets:
        raise ValueError("the evaluation loader yielded no batch: use more data.")
    outputs, targets = torch.cat(all_outputs).cpu(), torch.cat(all_targets).cpu()
    return Result(tally.loss, tally.accuracy, **_per_class(outputs, targets))


def _per_class(outputs: Tensor, targets: Tensor) -> dict[str, Any]:
    if not is_classification(targets):
        nothing = torch.empty(0)
        return {
            "per_class_accuracy": nothing,
            "confusion": nothing,
            "predictions": outputs,
            "labels": targets,
            "outputs": outputs,
        }
    classes = outputs.shape[1]
    predictions = outputs.argmax(dim=1)
    targets = targets.long()  # bytes would overflow in the next line
    pairs = torch.bincount(targets * classes + predictions, minlength=classes**2)
    confusion = pairs.reshape(classes, classes)
    return {
        "per_class_accuracy": confusion.diag() / confusion.sum(dim=1),
        "confusion": confusion,
        "predictions": predictions,
        "labels": targets,
        "outputs": outputs,
    }

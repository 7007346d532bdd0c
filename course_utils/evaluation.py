"""Measure a model on a data set, exactly."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor, nn
from torch.nn import functional as F
from torch.utils.data import DataLoader, Dataset

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
        self.loss_sum += mean_loss.detach() * len(targets)
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


def as_loader(data: DataLoader | Dataset, batch_size: int, shuffle: bool) -> DataLoader:
    """`data` itself if it is a DataLoader, else one that serves the Dataset."""
    if isinstance(data, DataLoader):
        return data
    return DataLoader(data, batch_size=batch_size, shuffle=shuffle)


def device_of(model: nn.Module) -> torch.device:
    """Where the model's parameters are; the CPU for a model without any."""
    parameter = next(model.parameters(), None)
    return torch.device("cpu") if parameter is None else parameter.device


@contextmanager
def evaluation_mode(model: nn.Module) -> Iterator[None]:
    """Switch dropout and batch normalization to evaluation, and back afterwards.

    Every module gets back its own mode, so that a part that was frozen with
    `.eval()` stays frozen.
    """
    modes = [(module, module.training) for module in model.modules()]
    model.eval()
    try:
        yield
    finally:
        for module, training in modes:
            module.training = training


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


def check_labels(labels: Tensor, classes: int) -> None:
    """Make sure that labels (b,) lie in 0 to classes - 1.

    Raises:
        ValueError: a label is outside.
    """
    if not is_classification(labels) or len(labels) == 0:
        return
    low, high = (int(value) for value in labels.aminmax())
    if low < 0 or high >= classes:
        wrong = low if low < 0 else high
        raise ValueError(
            f"found the label {wrong}, but the model has {classes} outputs, for the "
            f"labels 0 to {classes - 1}. Give the last layer one output per class, "
            "and number the classes from 0."
        )


def check_loader(loader: DataLoader, name: str) -> None:
    """Make sure that a loader yields at least one batch.

    Raises:
        ValueError: it is empty.
    """
    try:
        batches = len(loader)
    except TypeError:  # an IterableDataset need not know its length
        return
    if batches == 0:
        raise ValueError(
            f"the {name} loader is empty: its data set has no examples, or "
            "drop_last=True dropped its only batch. Use more data or smaller batches."
        )


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
        ValueError: no examples, outputs of the wrong shape, or labels outside
            the classes.
    """
    loader = as_loader(data, batch_size=1000, shuffle=False)
    check_loader(loader, "evaluation")
    device = device_of(model)
    tally = Tally(device)
    all_outputs, all_targets = [], []
    with evaluation_mode(model):
        for inputs, targets in loader:
            inputs, targets = inputs.to(device), targets.to(device)
            outputs = model(inputs)
            check_batch(outputs, targets)
            if is_classification(targets):
                check_labels(targets, outputs.shape[1])
            tally.add(loss_fn(outputs, targets), outputs, targets)
            all_outputs.append(outputs)
            all_targets.append(targets)
    if not all_targets:
        raise ValueError("the evaluation loader yielded no batch: use more data.")
    outputs, targets = torch.cat(all_outputs).cpu(), torch.cat(all_targets).cpu()
    return Result(tally.loss, tally.accuracy, **_per_class(outputs, targets))


def _per_class(outputs: Tensor, targets: Tensor) -> dict[str, Any]:
    found = {"labels": targets, "outputs": outputs}
    if not is_classification(targets):
        nothing = torch.empty(0)
        return found | {
            "predictions": outputs,
            "confusion": nothing,
            "per_class_accuracy": nothing,
        }
    classes = outputs.shape[1]
    predictions = outputs.argmax(dim=1)
    pairs = torch.bincount(targets * classes + predictions, minlength=classes**2)
    confusion = pairs.reshape(classes, classes)
    return found | {
        "predictions": predictions,
        "confusion": confusion,
        "per_class_accuracy": confusion.diag() / confusion.sum(dim=1),
    }

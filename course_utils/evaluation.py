"""Measure a model on a data set, exactly."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor, nn
from torch.nn import functional as F
from torch.utils.data import DataLoader, Dataset

from course_utils.batches import (
    LossFunction,
    as_loader,
    check_batch,
    check_labels,
    device_of,
    is_classification,
    mean_loss,
    on_device,
)


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

    Reading a number back from a GPU makes it wait. So the figures of a batch
    stay on its device until `loss` or `accuracy` is asked for.
    """

    def __init__(self) -> None:
        self.examples = 0
        self._loss_sum = self._correct_sum = 0.0
        self._batches: list[tuple[int, Tensor, Tensor | None]] = []

    def add(self, mean_loss: Tensor, outputs: Tensor, targets: Tensor) -> None:
        """Count one batch: its mean loss, outputs (b, k) and targets (b,)."""
        count = len(targets)
        correct = None
        if is_classification(targets):
            correct = (outputs.argmax(dim=1) == targets).sum()
        self.examples += count
        self._batches.append((count, mean_loss.detach(), correct))

    def _add_up(self) -> None:
        if not self._batches:
            return
        counts, losses, correct = zip(*self._batches, strict=True)
        self._batches.clear()
        weights = torch.tensor(counts, dtype=torch.float64)
        self._loss_sum += (torch.stack(losses).cpu().double() * weights).sum().item()
        if correct[0] is None:
            self._correct_sum = float("nan")
        else:
            self._correct_sum += torch.stack(correct).sum().item()

    @property
    def loss(self) -> float:
        """Mean loss per example."""
        self._add_up()
        return self._loss_sum / self.examples

    @property
    def accuracy(self) -> float:
        """Share of examples classified correctly; nan without class labels."""
        self._add_up()
        return self._correct_sum / self.examples


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
    tally = Tally()
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

"""Measure a model on a data set, exactly."""

import math
from collections.abc import Iterator, Sequence
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
    check_instance,
    check_loss_function,
    cross_entropy_options,
    device_of,
    is_classification,
    mean_loss,
    on_device,
)


@dataclass(frozen=True)
class Result:
    """What `evaluate` found on n examples of k classes. All tensors are on the CPU.

    Attributes:
        loss: that of all n examples at once: their mean, weighted if the loss is.
        accuracy: share of examples classified correctly, 0 to 1; nan where the
            targets are no class labels. Labels that the loss ignores do not count,
            here and in the next two.
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

    The mean of a class-weighted loss is divided by the weights of the examples, and
    labels that `loss_fn` ignores count nowhere, as in the loss of all at once.

    Reading a number back from a GPU makes it wait. So the figures of a batch
    stay on its device until `loss` or `accuracy` is asked for.
    """

    def __init__(self, loss_fn: LossFunction) -> None:
        self.class_weights, self.ignored = cross_entropy_options(loss_fn)
        self.examples = 0
        self._loss_sum = self._weight_sum = self._correct_sum = self._count = 0.0
        self._batches: list[tuple[Tensor, Tensor | int, Tensor | None, Any]] = []

    def add(self, mean_loss: Tensor, outputs: Tensor, targets: Tensor) -> None:
        """Count a batch: its loss (), outputs (b, k), labels (b,) or values (b, k)."""
        weight = count = len(targets)
        self.examples += count
        correct = None
        if is_classification(targets):
            correct = (outputs.argmax(dim=1) == targets).sum()
            if self.ignored is not None:
                counts = targets != self.ignored
                weight = count = counts.sum()
            if self.class_weights is not None:
                # What is ignored need not be a class.
                classes = targets.clamp(0, len(self.class_weights) - 1)
                weights = self.class_weights[classes]
                weight = (weights if self.ignored is None else weights * counts).sum()
        self._batches.append((mean_loss.detach(), weight, correct, count))

    def _add_up(self) -> None:
        if not self._batches:
            return
        losses, weights, correct, counts = zip(*self._batches, strict=True)
        self._batches.clear()
        weights = _together(weights)
        self._loss_sum += (_together(losses) * weights).sum().item()
        self._weight_sum += weights.sum().item()
        self._count += _together(counts).sum().item()
        values = correct[0] is None
        self._correct_sum += math.nan if values else _together(correct).sum().item()

    @property
    def loss(self) -> float:
        """Mean loss per example; nan if the loss has ignored all of them."""
        self._add_up()
        return self._loss_sum / self._weight_sum if self._weight_sum else math.nan

    @property
    def accuracy(self) -> float:
        """Share of examples classified correctly; nan without class labels."""
        self._add_up()
        return self._correct_sum / self._count if self._count else math.nan


def _together(numbers: Sequence[Tensor] | Sequence[int]) -> Tensor:
    """Numbers of all batches (n,) float64, on the CPU."""
    if isinstance(numbers[0], Tensor):
        return torch.stack(numbers).cpu().double()
    return torch.tensor(numbers, dtype=torch.float64)


@contextmanager
def modes_kept(model: nn.Module) -> Iterator[None]:
    """Put back each module's own mode, training or evaluation, when the block ends."""
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

    It is in evaluation mode meanwhile; every module's mode is put back afterwards.

    Args:
        model: maps inputs (b, ...) to outputs (b, k).
        data: a DataLoader, or a Dataset, of pairs (inputs, targets). Of a loader
            from `data.loaders`, augmented or not, the images are measured as they
            are, each once and in their order; any other loader as it serves them.
        loss_fn: mean loss from outputs (n, k) and targets (n,).

    Raises:
        TypeError: `data` is neither a DataLoader nor a Dataset, the model returns
            or the loss is something else than a tensor, or a class was passed
            instead of an object.
        ValueError: no examples, batches that are no pairs, outputs of the wrong
            shape, labels outside the classes, or a loss that is no mean.
    """
    if hasattr(data, "for_measuring"):
        data = data.for_measuring()
    # A DataLoader draws a random number when it starts, shuffled or not. From a
    # generator of its own, measuring leaves the random numbers of others alone.
    loader = as_loader(data, "evaluation", 1000, generator=torch.Generator())
    check_instance("model", model)
    check_loss_function(loss_fn)
    _, ignored = cross_entropy_options(loss_fn)
    device = device_of(model)
    all_outputs, all_targets = [], []
    with modes_kept(model):
        model.eval()
        for batch in loader:
            inputs, targets = on_device(batch, device)
            outputs = model(inputs)
            check_batch(outputs, targets, ignored)
            all_outputs.append(outputs)
            all_targets.append(targets)
    if not all_targets:
        raise ValueError("the evaluation loader yielded no batch: use more data.")
    outputs, targets = torch.cat(all_outputs), torch.cat(all_targets)
    # Of all examples at once: the mean of a class-weighted loss over batches would
    # depend on how large they are.
    loss = mean_loss(loss_fn, outputs, targets).item()
    return _compared(loss, outputs.cpu(), targets.cpu(), ignored)


def _compared(
    loss: float, outputs: Tensor, targets: Tensor, ignored: int | None
) -> Result:
    """The Result of a loss, outputs (n, k) and targets (n,) or (n, k)."""
    if not is_classification(targets):
        nothing = torch.empty(0)
        return Result(loss, math.nan, nothing, nothing, outputs, targets, outputs)
    classes = outputs.shape[1]
    predictions = outputs.argmax(dim=1)
    pairs = targets * classes + predictions
    if ignored is not None:
        pairs = pairs[targets != ignored]
    if len(pairs) == 0:
        raise ValueError(
            f"all {len(targets)} labels are {ignored}, which the loss ignores: there is "
            "nothing to measure."
        )
    confusion = pairs.bincount(minlength=classes**2).reshape(classes, classes)
    accuracy = confusion.trace().item() / len(pairs)
    per_class = confusion.diag() / confusion.sum(dim=1)
    return Result(loss, accuracy, per_class, confusion, predictions, targets, outputs)

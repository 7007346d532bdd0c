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
    if isinstance(batch, (tuple, list)) and len(batch) == 2:
        inputs, targets = batch
        if isinstance(inputs, Tensor) and isinstance(targets, Tensor):
            return inputs.to(device), targets.to(device)
    kind = type(batch).__name__
    size = f" of {len(batch)}" if isinstance(batch, (tuple, list)) else ""
    raise ValueError(
        f"a batch must be a pair of tensors (inputs, targets), not a {kind}{size}. "
        "Let the data set return one input and one target for each index."
    )


def check_batch(outputs: Tensor, targets: Tensor) -> None:
    """Make sure that outputs fit the targets, before a loss hides that they don't.

    Raises:
        ValueError: the shapes do not belong together.
    """
    if is_classification(targets):
        if outputs.ndim != 2 or outputs.shape[:1] != targets.shape:
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
    low, high = targets.aminmax()
    low, high = low.item(), high.item()
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

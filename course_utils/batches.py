"""What goes into a model and what comes out: loaders, batches, outputs, losses."""

from collections.abc import Callable
from numbers import Integral
from typing import Any

import torch
from torch import Tensor, nn
from torch.nn import functional as F
from torch.utils.data import DataLoader, Dataset, IterableDataset

LossFunction = Callable[[Tensor, Tensor], Tensor]


def as_loader(
    data: DataLoader | Dataset,
    name: str,
    batch_size: int,
    shuffle: bool = False,
    generator: torch.Generator | None = None,
) -> DataLoader:
    """`data` itself if it is a DataLoader, else one that serves the Dataset.

    Raises a TypeError if it is neither, a ValueError if it is empty; both call it the
    `name` data.
    """
    if data is None:
        raise TypeError(
            f"the {name} data is None. From data loaded with valid_fraction=0 there is "
            "no validation loader: load them with valid_fraction=0.1, say."
        )
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
    # A stream has an order of its own.
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


def is_classification(targets: Tensor) -> bool:
    """Whether targets are class indices (b,), whole numbers, or values to predict."""
    return not targets.is_floating_point()


def on_device(batch: Any, device: torch.device) -> tuple[Tensor, Tensor]:
    """Inputs (b, ...) and targets of a batch on `device`; labels become int64.

    Raises a ValueError if the batch is not a pair of tensors.
    """
    if isinstance(batch, (tuple, list)) and len(batch) == 2:
        inputs, targets = batch
        if isinstance(inputs, Tensor) and isinstance(targets, Tensor):
            if targets.dtype != torch.int64 and is_classification(targets):
                targets = targets.long()
            return inputs.to(device), targets.to(device)
    raise ValueError(
        f"a batch must be a pair of tensors (inputs, targets), not a {_kind(batch)}. "
        "Let the data set return one input and one target for each index."
    )


def _kind(value: object) -> str:
    """Such as "tuple of 2"."""
    size = f" of {len(value)}" if isinstance(value, (tuple, list)) else ""
    return f"{type(value).__name__}{size}"


def check_batch(outputs: Tensor, targets: Tensor, ignored: int | None = None) -> None:
    """Raise an error where outputs do not fit the targets, before a loss hides it.

    Labels are whole numbers (b,), from 0 to classes - 1 or `ignored`, for outputs
    (b, classes). Values to predict have the shape of the outputs.
    """
    if not isinstance(outputs, Tensor):
        raise TypeError(
            f"the model returned a {_kind(outputs)}, not a tensor. Let its forward "
            "return the outputs alone, such as the logits (batch, classes)."
        )
    got, wanted = tuple(outputs.shape), tuple(targets.shape)
    if not is_classification(targets):
        if got != wanted:
            raise ValueError(
                f"the model returned the shape {got} for targets of shape {wanted}; to "
                "predict values, both must be the same. If they are class labels, make "
                "whole numbers of them: labels.long()."
            )
        return
    if len(wanted) != 1:
        raise ValueError(
            f"the labels have the shape {wanted}, but must have (batch,): one whole "
            "number for each example, such as labels.squeeze(1)."
        )
    if len(got) != 2 or got[0] != wanted[0]:
        raise ValueError(
            f"the model returned the shape {got} for labels of shape {wanted}; for class "
            "labels (batch,) it must return (batch, classes). Is a Flatten layer missing?"
        )
    _check_labels(targets if ignored is None else targets[targets != ignored], got[1])


def _check_labels(labels: Tensor, classes: int) -> None:
    if len(labels) == 0:
        return
    low, high = (end.item() for end in labels.aminmax())
    if low < 0 or high >= classes:
        wrong = low if low < 0 else high
        raise ValueError(
            f"found the label {wrong}, but the model has {classes} outputs, for the "
            f"labels 0 to {classes - 1}. Give the last layer one output per class, "
            "and number the classes from 0. For a label that stands for none: "
            f"loss_fn=nn.CrossEntropyLoss(ignore_index={wrong})."
        )


def check_count(name: str, value: object) -> None:
    """Raise a ValueError unless the argument `name` is a whole number from 1 on."""
    whole = isinstance(value, Integral) and not isinstance(value, bool)
    if not whole or value < 1:
        raise ValueError(f"{name} must be a whole number from 1 on; got {value!r}.")


def check_instance(name: str, value: object) -> None:
    """Raise a TypeError if the argument `name` is a class, not an object of it."""
    if isinstance(value, type):
        raise TypeError(
            f"{name} is a class, {value.__name__}; it must be an object of that class: "
            f"{name}={value.__name__}(...)."
        )


def check_loss_function(loss_fn: LossFunction) -> None:
    """Raise an error if a loss function is a class, or says that it sums."""
    check_instance("loss_fn", loss_fn)
    keywords = getattr(loss_fn, "keywords", {})  # those of a functools.partial
    if "sum" in (getattr(loss_fn, "reduction", None), keywords.get("reduction")):
        raise ValueError(
            'a loss with reduction="sum" grows with the batch, and with it every step: '
            'use reduction="mean".'
        )


def cross_entropy_options(loss_fn: LossFunction) -> tuple[Tensor | None, int | None]:
    """The class weights (k,) and the label to ignore; None for what the loss has not.

    Seen through are torch's CrossEntropyLoss and NLLLoss, and functools.partial of
    F.cross_entropy and F.nll_loss.
    """
    if isinstance(loss_fn, nn.CrossEntropyLoss | nn.NLLLoss):
        return loss_fn.weight, loss_fn.ignore_index
    if getattr(loss_fn, "func", None) in (F.cross_entropy, F.nll_loss):
        return loss_fn.keywords.get("weight"), loss_fn.keywords.get("ignore_index")
    return None, None


def mean_loss(loss_fn: LossFunction, outputs: Tensor, targets: Tensor) -> Tensor:
    """The loss of a batch, a tensor () through which gradients can flow.

    Raises a TypeError if it is no tensor, a ValueError if it is not one number, or
    gradients, where they are recorded, cannot flow.
    """
    loss = loss_fn(outputs, targets)
    if not isinstance(loss, Tensor):
        raise TypeError(
            f"the loss function returned the {type(loss).__name__} {loss!r:.40}, not a "
            "tensor: no gradient can flow through it. Leave out .item() and float()."
        )
    if loss.ndim != 0:
        raise ValueError(
            f"the loss function returned the shape {tuple(loss.shape)}; it must "
            'return one number, the mean over the batch: use reduction="mean".'
        )
    if not loss.requires_grad and torch.is_grad_enabled():
        raise ValueError(
            "no gradient can flow from the loss to the weights: somewhere between them "
            "stands .detach(), .data, torch.no_grad() or a detour through NumPy."
        )
    return loss

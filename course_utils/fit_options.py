"""The checks that `fit` makes of its arguments before it trains."""

from __future__ import annotations

from numbers import Integral
from pathlib import Path
from typing import Any

import torch
from torch import nn
from torch.optim.lr_scheduler import ReduceLROnPlateau

from course_utils.batches import check_instance


def check_counts(**counts: int | None) -> None:
    """Make sure that counts are whole numbers from 1 on, or None where they may be.

    Args:
        counts: epochs and patience, of which patience may be None.

    Raises:
        ValueError: one is not; the message says which, and the value.
    """
    for name, value in counts.items():
        if name == "patience" and value is None:
            continue
        whole = isinstance(value, Integral) and not isinstance(value, bool)
        if not whole or value < 1:
            raise ValueError(f"{name} must be a whole number from 1 on; got {value!r}.")


def check_options(
    scheduler_step: str, monitor: str, max_grad_norm: float | None, progress: bool | str
) -> None:
    """Make sure that options of `fit` have one of their values.

    Raises:
        ValueError: one has not; the message says which, and the value.
    """
    if scheduler_step not in ("epoch", "batch"):
        raise ValueError(
            f'scheduler_step must be "epoch" or "batch"; got {scheduler_step!r}.'
        )
    if monitor not in ("valid_loss", "valid_accuracy"):
        raise ValueError(
            f'monitor must be "valid_loss" or "valid_accuracy"; got {monitor!r}.'
        )
    if max_grad_norm is not None and not max_grad_norm > 0:
        raise ValueError(f"max_grad_norm must be above 0; got {max_grad_norm}.")
    if not isinstance(progress, bool) and progress != "lines":
        raise ValueError(f'progress must be True, False or "lines"; got {progress!r}.')


def check_combination(
    valid: object,
    restore_best: bool,
    patience: int | None,
    checkpoint: str | Path | None,
    resume: bool,
) -> None:
    """Make sure that `fit` has what its options need: validation data, a file.

    Raises:
        ValueError: something is missing; the message says what.
    """
    if valid is None and (restore_best or patience is not None):
        raise ValueError(
            "restore_best and patience compare epochs on validation data: "
            "pass loaders.valid as the third argument. From data loaded with "
            "valid_fraction=0 there is none; then choose the epochs beforehand."
        )
    if resume and checkpoint is None:
        raise ValueError(
            "resume=True needs checkpoint=PATH: the file to continue from."
        )


def check_optimizer(model: nn.Module, optimizer: torch.optim.Optimizer) -> None:
    """Make sure that an optimizer trains something of the model.

    Raises:
        TypeError: it is a class.
        ValueError: it holds none of the model's trainable parameters.
    """
    check_instance("optimizer", optimizer)
    held = {id(p) for group in optimizer.param_groups for p in group["params"]}
    if not any(p.requires_grad and id(p) in held for p in model.parameters()):
        raise ValueError(
            "the optimizer holds no trainable parameter of this model. Create it "
            "after the model: torch.optim.Adam(model.parameters())."
        )


def check_scheduler(
    scheduler: Any, optimizer: torch.optim.Optimizer, step: str, figure: str
) -> None:
    """Make sure that a scheduler follows what it is given.

    Args:
        scheduler: of torch, or None.
        optimizer: whose rate it must change.
        step: "epoch" or "batch": when it is stepped.
        figure: the column of the history that ReduceLROnPlateau gets.

    Raises:
        TypeError: it is a class.
        ValueError: it belongs to another optimizer, or is a ReduceLROnPlateau that
            waits for the figure to go the wrong way or is stepped where there is none.
    """
    check_instance("scheduler", scheduler)
    if getattr(scheduler, "optimizer", optimizer) is not optimizer:
        raise ValueError(
            "the scheduler belongs to another optimizer. Create it from the one that "
            "fit is given."
        )
    if not isinstance(scheduler, ReduceLROnPlateau):
        return
    if step != "epoch":
        raise ValueError(
            f"ReduceLROnPlateau follows {figure}, which is known after each epoch: "
            'use scheduler_step="epoch".'
        )
    mode = "max" if figure == "valid_accuracy" else "min"
    if scheduler.mode != mode:
        better = "higher" if mode == "max" else "lower"
        raise ValueError(
            f"ReduceLROnPlateau is given {figure}, which is better when it is {better}, "
            f'but was created with mode="{scheduler.mode}". Create it with mode="{mode}"'
            ", or choose the figure with monitor."
        )

"""The checks that `fit` makes of its arguments before it trains.

Each error says what is wrong, and what to do; `fit` lists them.
"""

from pathlib import Path
from typing import Any

import torch
from torch import nn
from torch.optim.lr_scheduler import ReduceLROnPlateau

from course_utils.batches import check_count, check_instance


def check_options(
    *,
    valid: Any, epochs: int, scheduler_step: str, max_grad_norm: float | None,
    monitor: str, restore_best: bool, patience: int | None,
    checkpoint: str | Path | None, resume: bool,
) -> None:  # fmt: skip
    """Raise a ValueError if an option has none of its values, or not what it needs."""
    check_count("epochs", epochs)
    if patience is not None:
        check_count("patience", patience)
    _check_choice("scheduler_step", scheduler_step, "epoch", "batch")
    _check_choice("monitor", monitor, "valid_loss", "valid_accuracy")
    if max_grad_norm is not None and not max_grad_norm > 0:
        raise ValueError(f"max_grad_norm must be above 0; got {max_grad_norm}.")
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


def _check_choice(name: str, value: str, first: str, second: str) -> None:
    if value not in (first, second):
        raise ValueError(f'{name} must be "{first}" or "{second}"; got {value!r}.')


def check_optimizer(model: nn.Module, optimizer: torch.optim.Optimizer) -> None:
    """Raise an error if an optimizer is a class, or trains nothing of the model."""
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
    """Raise an error if a scheduler is a class, or cannot follow what it is given.

    That is its optimizer, and for ReduceLROnPlateau, after each epoch, the `figure`
    of the history, which must be better where the scheduler takes it to be.
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

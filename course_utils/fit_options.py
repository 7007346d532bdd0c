"""The checks that `fit` makes of its arguments before it trains."""

from __future__ import annotations

from numbers import Integral
from typing import Any

import torch
from torch import nn


def check_whole(name: str, value: object) -> None:
    whole = isinstance(value, Integral) and not isinstance(value, bool)
    if not whole or value < 1:
        raise ValueError(f"{name} must be a whole number from 1 on; got {value!r}.")


def check_options(
    scheduler_step: str, monitor: str, max_grad_norm: float | None
) -> None:
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


def check_optimizer(
    model: nn.Module, optimizer: torch.optim.Optimizer, scheduler: Any
) -> None:
    held = {id(p) for group in optimizer.param_groups for p in group["params"]}
    if not any(p.requires_grad and id(p) in held for p in model.parameters()):
        raise ValueError(
            "the optimizer holds no trainable parameter of this model. Create it "
            "after the model: torch.optim.Adam(model.parameters())."
        )
    if getattr(scheduler, "optimizer", optimizer) is not optimizer:
        raise ValueError(
            "the scheduler belongs to another optimizer. Create it from the one that "
            "fit is given."
        )

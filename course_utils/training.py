"""Train a model and keep a record of how it went."""

from __future__ import annotations

import copy
import math
import random
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import torch
from torch import Tensor, nn
from torch.nn import functional as F
from torch.utils.data import DataLoader, Dataset

from course_utils.checkpoints import (
    load_checkpoint,
    random_state,
    restore_random_state,
    save_checkpoint,
)
from course_utils.evaluation import (
    LossFunction,
    Result,
    Tally,
    as_loader,
    check_batch,
    check_labels,
    check_loader,
    device_of,
    evaluate,
)
from course_utils.progress import Progress

__all__ = [
    "History",
    "Result",
    "evaluate",
    "fit",
    "load_checkpoint",
    "save_checkpoint",
    "seed_everything",
]

# Reading the loss back makes a GPU wait, so its finiteness is checked only now
# and then; a sum that was not finite once stays so.
STEPS_BETWEEN_CHECKS = 50


def seed_everything(seed: int) -> None:
    """Seed the random numbers of Python, NumPy and PyTorch (CPU and GPU)."""
    random.seed(seed)
    np.random.seed(seed)  # noqa: NPY002
    torch.manual_seed(seed)


@dataclass
class History:
    """One row per finished epoch.

    Attributes:
        rows: dicts with epoch (from 1), train_loss, train_accuracy, valid_loss,
            valid_accuracy (the last two where there is validation data), lr at
            the end of the epoch, and seconds it took. Training figures are
            means over the epoch, while the weights changed.
        stopped: "finished", "early" (no improvement) or "interrupted".
        best_epoch: the epoch with the best validation figure, from 1; None
            without validation data.
    """

    rows: list[dict[str, float]] = field(default_factory=list)
    stopped: str = "finished"
    best_epoch: int | None = None

    def __len__(self) -> int:
        return len(self.rows)

    def __getitem__(self, column: str) -> list[float]:
        """One column as a list, such as `history["valid_loss"]`."""
        if self.rows and column not in self.rows[0]:
            raise KeyError(f"no column {column!r}; there are {', '.join(self.rows[0])}")
        return [row[column] for row in self.rows]

    @property
    def seconds(self) -> float:
        """Training time of all epochs, validation included."""
        return sum(row["seconds"] for row in self.rows)

    def frame(self) -> pd.DataFrame:
        """The rows as a pandas table, indexed by epoch."""
        return (
            pd.DataFrame(self.rows).set_index("epoch") if self.rows else pd.DataFrame()
        )

    def __repr__(self) -> str:
        if not self.rows:
            return f"History(no finished epoch, {self.stopped})"
        last = {key: round(value, 4) for key, value in self.rows[-1].items()}
        return f"History({self.stopped} after {len(self)} epochs, last: {last})"


def fit(
    model: nn.Module,
    train: DataLoader | Dataset,
    valid: DataLoader | Dataset | None = None,
    *,
    epochs: int,
    optimizer: torch.optim.Optimizer,
    loss_fn: LossFunction = F.cross_entropy,
    scheduler: Any = None,
    scheduler_step: str = "epoch",
    max_grad_norm: float | None = None,
    monitor: str = "valid_loss",
    restore_best: bool = False,
    patience: int | None = None,
    checkpoint: str | Path | None = None,
    resume: bool = False,
    on_epoch: Callable[[dict[str, float]], None] | None = None,
    progress: bool = True,
) -> History:
    """Train `model` and return the history of its training.

    Ctrl-C (or the stop button) ends the training after the current batch and
    returns the history of the epochs finished until then.

    Args:
        model: maps inputs (b, ...) to outputs (b, k); trained where it is, on
            its own device.
        train: DataLoader, or Dataset (batches of 128, shuffled), of pairs
            (inputs, targets).
        valid: the same for validation after every epoch, or None.
        epochs: how many passes over `train` in all, those of a resumed run
            included.
        optimizer: holds the parameters of `model`.
        loss_fn: mean loss of a batch from (outputs, targets).
        scheduler: a torch learning-rate scheduler, stepped once per
            `scheduler_step`, which is "epoch" or "batch".
        max_grad_norm: clip the gradient to this Euclidean norm; None does not.
        monitor: "valid_loss" or "valid_accuracy": what "best" means below.
        restore_best: end with the weights of the best epoch, not of the last.
        patience: stop after this many epochs in a row without improvement.
        checkpoint: file to write after every epoch.
        resume: continue from `checkpoint` if it exists, bit for bit as if the
            run had not stopped.
        on_epoch: called with each new row of the history.
        progress: show a progress bar.

    Returns:
        A History.

    Raises:
        ValueError: arguments that do not fit together, an empty loader, an
            optimizer of another model, outputs of the wrong shape, labels
            outside the classes.
        FloatingPointError: the loss became infinite or nan; the error's
            attribute `history` holds the epochs finished before.
    """
    _check_arguments(
        model, valid, epochs, optimizer, scheduler_step, monitor, restore_best, patience
    )
    if resume and checkpoint is None:
        raise ValueError(
            "resume=True needs checkpoint=PATH: the file to continue from."
        )
    train = as_loader(train, batch_size=128, shuffle=True)
    check_loader(train, "training")
    if valid is not None:
        valid = as_loader(valid, batch_size=1000, shuffle=False)
        check_loader(valid, "validation")

    run = _Run(model, optimizer, scheduler, train.generator, monitor)
    if resume and Path(checkpoint).exists():
        run.restore(load_checkpoint(checkpoint))
    history = run.history
    history.stopped = "finished"
    steps = len(train) * max(epochs - len(history), 0)
    try:
        with Progress(steps, "training", enabled=progress and steps > 0) as bar:
            while len(history) < epochs:
                if patience is not None and run.epochs_without_improvement >= patience:
                    history.stopped = "early"
                    break
                start = time.perf_counter()
                row = {"epoch": len(history) + 1}
                row |= _train_epoch(
                    run, train, loss_fn, scheduler_step, max_grad_norm, bar, epochs
                )
                if valid is not None:
                    result = evaluate(model, valid, loss_fn=loss_fn)
                    row["valid_loss"] = result.loss
                    row["valid_accuracy"] = result.accuracy
                if scheduler is not None and scheduler_step == "epoch":
                    scheduler.step()
                row["lr"] = optimizer.param_groups[0]["lr"]
                row["seconds"] = time.perf_counter() - start
                run.finish_epoch(row, keep_best=restore_best)
                bar.advance(0, note=_summary(row, epochs))
                if checkpoint is not None:
                    save_checkpoint(checkpoint, run.state())
                if on_epoch is not None:
                    on_epoch(row)
    except KeyboardInterrupt:
        history.stopped = "interrupted"
        print(f"Interrupted: the history has the {len(history)} finished epochs.")
    except FloatingPointError as error:
        error.history = history
        raise
    if restore_best and run.best_weights is not None:
        model.load_state_dict(run.best_weights)
    return history


class _Run:
    """Everything that changes during a training run, to be saved and restored."""

    def __init__(
        self,
        model: nn.Module,
        optimizer: torch.optim.Optimizer,
        scheduler: Any,
        generator: torch.Generator | None,
        monitor: str,
    ):
        self.model, self.optimizer, self.scheduler = model, optimizer, scheduler
        self.generator, self.monitor = generator, monitor
        self.device = device_of(model)
        self.history = History()
        self.best_value: float | None = None
        self.best_weights: dict[str, Tensor] | None = None

    @property
    def epochs_without_improvement(self) -> int:
        return len(self.history) - (self.history.best_epoch or len(self.history))

    def finish_epoch(self, row: dict[str, float], keep_best: bool) -> None:
        self.history.rows.append(row)
        value = row.get(self.monitor)
        if value is None:
            return
        sign = 1 if self.monitor == "valid_loss" else -1
        if self.best_value is None or sign * value < sign * self.best_value:
            self.best_value = value
            self.history.best_epoch = int(row["epoch"])
            if keep_best:
                # A copy: the weights themselves go on changing.
                self.best_weights = copy.deepcopy(self.model.state_dict())

    def state(self) -> dict[str, Any]:
        scheduler = self.scheduler and self.scheduler.state_dict()
        return {
            "model": self.model.state_dict(),
            "optimizer": self.optimizer.state_dict(),
            "scheduler": scheduler,
            "rows": self.history.rows,
            "best_epoch": self.history.best_epoch,
            "best_value": self.best_value,
            "best_weights": self.best_weights,
            "random": random_state(self.generator),
        }

    def restore(self, state: dict[str, Any]) -> None:
        try:
            self.model.load_state_dict(state["model"])
            self.optimizer.load_state_dict(state["optimizer"])
            if self.scheduler is not None:
                self.scheduler.load_state_dict(state["scheduler"])
        except (RuntimeError, ValueError, TypeError, AttributeError) as error:
            raise ValueError(
                "the checkpoint was written with another model, optimizer or "
                f"scheduler: {error} Use the same ones, or another file."
            ) from error
        self.history.rows = state["rows"]
        self.history.best_epoch = state["best_epoch"]
        self.best_value, self.best_weights = state["best_value"], state["best_weights"]
        restore_random_state(state["random"], self.generator)


def _train_epoch(
    run: _Run,
    loader: DataLoader,
    loss_fn: LossFunction,
    scheduler_step: str,
    max_grad_norm: float | None,
    bar: Progress,
    epochs: int,
) -> dict[str, float]:
    """One pass over the training data; returns its loss and accuracy."""
    model, optimizer, device = run.model, run.optimizer, run.device
    epoch = len(run.history) + 1
    tally = Tally(device)
    model.train()
    for step, (inputs, targets) in enumerate(loader, start=1):
        inputs, targets = inputs.to(device), targets.to(device)
        # 1. forward pass, 2. loss
        outputs = model(inputs)
        check_batch(outputs, targets)
        if epoch == 1 and outputs.ndim == 2:
            check_labels(targets, outputs.shape[1])
        loss = loss_fn(outputs, targets)
        # 3. clear old gradients, 4. backward pass
        optimizer.zero_grad()
        loss.backward()
        if max_grad_norm is not None:
            nn.utils.clip_grad_norm_(model.parameters(), max_grad_norm)
        # 5. update the weights
        optimizer.step()
        if run.scheduler is not None and scheduler_step == "batch":
            run.scheduler.step()
        tally.add(loss, outputs, targets)
        if step % STEPS_BETWEEN_CHECKS == 0 or step == 1:
            _check_finite(tally, epoch, step)
        bar.advance(1, note=f"epoch {epoch}/{epochs}" if epoch == 1 else "")
    if tally.examples == 0:
        raise ValueError("the training loader yielded no batch: use more data.")
    _check_finite(tally, epoch, step)
    return {"train_loss": tally.loss, "train_accuracy": tally.accuracy}


def _check_finite(tally: Tally, epoch: int, step: int) -> None:
    if not math.isfinite(tally.loss):
        raise FloatingPointError(
            f"the loss became {tally.loss} in epoch {epoch}, by batch {step}. "
            "Try a learning rate ten times smaller, clip the gradient "
            "(max_grad_norm=1.0), and look for nan in the inputs."
        )


def _summary(row: dict[str, float], epochs: int) -> str:
    kind = "valid" if "valid_loss" in row else "train"
    text = f"epoch {row['epoch']}/{epochs}, {kind} loss {row[f'{kind}_loss']:.3f}"
    accuracy = row[f"{kind}_accuracy"]
    return text if math.isnan(accuracy) else f"{text}, accuracy {accuracy:.1%}"


def _check_arguments(
    model: nn.Module,
    valid: object,
    epochs: int,
    optimizer: torch.optim.Optimizer,
    scheduler_step: str,
    monitor: str,
    restore_best: bool,
    patience: int | None,
) -> None:
    if int(epochs) != epochs or epochs < 1:
        raise ValueError(f"epochs must be a whole number from 1 on; got {epochs}.")
    if scheduler_step not in ("epoch", "batch"):
        raise ValueError(
            f'scheduler_step must be "epoch" or "batch"; got {scheduler_step!r}.'
        )
    if monitor not in ("valid_loss", "valid_accuracy"):
        raise ValueError(
            f'monitor must be "valid_loss" or "valid_accuracy"; got {monitor!r}.'
        )
    if patience is not None and patience < 1:
        raise ValueError(f"patience must be at least 1 epoch; got {patience}.")
    if valid is None and (restore_best or patience is not None):
        raise ValueError(
            "restore_best and patience compare epochs on validation data: "
            "pass loaders.valid as the third argument."
        )
    held = {id(p) for group in optimizer.param_groups for p in group["params"]}
    trainable = [p for p in model.parameters() if p.requires_grad]
    if trainable and not any(id(p) in held for p in trainable):
        raise ValueError(
            "the optimizer holds none of this model's parameters. Create it after "
            "the model: torch.optim.Adam(model.parameters())."
        )

"""Train a model and keep a record of how it went."""

import math
import random
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
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
    length_of,
    mean_loss,
    on_device,
)
from course_utils.checkpoints import RunState, load_checkpoint, save_checkpoint
from course_utils.evaluation import Tally, evaluate, modes_kept
from course_utils.fit_options import check_optimizer, check_options, check_scheduler
from course_utils.history import History, TrainingInterrupted
from course_utils.progress import Progress

# Reading the loss back makes a GPU wait, so its finiteness is checked only now
# and then; a sum that was not finite once stays so.
STEPS_BETWEEN_CHECKS = 50


def seed_everything(seed: int) -> None:
    """Seed the global random numbers of Python, NumPy and PyTorch (CPU and GPU).

    Raises:
        ValueError: the seed is not in 0 to 2**32 - 1.
    """
    random.seed(seed)
    np.random.seed(seed)  # noqa: NPY002
    torch.manual_seed(seed)


_latest: dict[str, History] = {}


def last_history() -> History:
    """The history of the training that ran last in this process, complete or not.

    Raises:
        LookupError: nothing has been trained yet.
    """
    if not _latest:
        raise LookupError("nothing has been trained yet: call training.fit first.")
    return _latest["history"]


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

    Ctrl-C (or the stop button) ends the training, and with it the cell or the loop
    around it: the error TrainingInterrupted says in a sentence what was kept. The
    model has the weights it had reached, or, with `restore_best`, those of the best
    epoch; `last_history()` returns the finished epochs.

    Args:
        model: maps inputs (b, ...) to outputs (b, k); trained on its own device, in
            training mode. Its modules get their own modes back at the end.
        train: DataLoader, or Dataset (batches of 128, shuffled), of pairs
            (inputs, targets).
        valid: the same for validation after every epoch, or None.
        epochs: how many passes over `train` in all, resumed ones included.
        optimizer: holds the parameters of `model`.
        loss_fn: mean loss of a batch from outputs (b, k) and targets (b,). Class
            weights and ignored labels of torch's cross-entropy count in the figures
            as in its mean over all examples.
        scheduler: a torch learning-rate scheduler, stepped once per
            `scheduler_step`, which is "epoch" or "batch". ReduceLROnPlateau is
            given the figure that `monitor` names, without `valid` the training loss;
            its mode must be "max" for an accuracy, "min" for a loss.
        max_grad_norm: clip the gradient of all that `optimizer` holds to this
            Euclidean norm; None does not.
        monitor: "valid_loss" or "valid_accuracy": what "best" means below.
        restore_best: end with the weights of the best epoch, not of the last,
            however the training ends.
        patience: stop after this many epochs in a row without improvement.
        checkpoint: file to write after every epoch. A sampler of your own then needs
            `state_dict` and `load_state_dict`.
        resume: continue from `checkpoint` if it exists, bit for bit as if the
            run had not stopped. This covers the global random numbers of Python,
            NumPy and PyTorch and the order of the training batches, not generators
            that a data set or an augmentation keeps to itself.
        on_epoch: called with each new row of the history.
        progress: show a progress bar.

    Raises:
        TypeError: data that is neither a DataLoader nor a Dataset, a class instead
            of an object, outputs or a loss that are no tensors.
        ValueError: arguments that do not fit together, no data, an optimizer of
            another model, outputs of the wrong shape, labels outside the
            classes, a checkpoint of another run, a sampler that no checkpoint
            can hold.
        FloatingPointError: the loss became infinite or nan; the error's
            attribute `history` holds the epochs finished before.
        TrainingInterrupted: a KeyboardInterrupt; has the same attribute.
    """
    check_options(
        valid=valid, epochs=epochs, scheduler_step=scheduler_step,
        max_grad_norm=max_grad_norm, monitor=monitor, restore_best=restore_best,
        patience=patience, checkpoint=checkpoint, resume=resume,
    )  # fmt: skip
    check_instance("model", model)
    check_loss_function(loss_fn)
    check_optimizer(model, optimizer)
    train = as_loader(train, "training", batch_size=128, shuffle=True)
    if valid is None:
        monitor = None
    else:
        valid = as_loader(valid, "validation", 1000, generator=torch.Generator())
    check_scheduler(scheduler, optimizer, scheduler_step, monitor or "train_loss")
    run = RunState(model, optimizer, scheduler, monitor)
    if checkpoint is not None:
        run.check_can_be_saved(train)
    if resume and Path(checkpoint).exists():
        run.restore(load_checkpoint(checkpoint), epochs)
    history = _latest["history"] = run.history
    batches = length_of(train)
    steps = batches and batches * (epochs - len(history))
    show = progress and len(history) < epochs
    try:
        with modes_kept(model), Progress(steps, "training", enabled=show) as bar:
            bar.advance(0, note=f"epoch {len(history) + 1}/{epochs}")
            while len(history) < epochs:
                if patience is not None and run.epochs_without_improvement >= patience:
                    history.stopped = "early"
                    break
                start = time.perf_counter()
                row = {"epoch": len(history) + 1}
                row |= _train_epoch(
                    run, train, loss_fn, scheduler_step, max_grad_norm, bar
                )
                if valid is not None:
                    row |= _validate(run, valid, loss_fn)
                row["lr"] = float(optimizer.param_groups[0]["lr"])
                if scheduler is not None and scheduler_step == "epoch":
                    run.step_scheduler(row)
                row["seconds"] = time.perf_counter() - start
                run.finish_epoch(row, keep_best=restore_best or checkpoint is not None)
                bar.advance(0, note=_summary(row, epochs))
                if on_epoch is not None:
                    on_epoch(row)
                # Last, so that a resumed run finds the random numbers as on_epoch
                # left them.
                if checkpoint is not None:
                    save_checkpoint(checkpoint, run.state())
    except KeyboardInterrupt:
        history.stopped = "interrupted"
        raise TrainingInterrupted(
            _what_is_kept(run, epochs, restore_best, checkpoint), history
        ) from None
    except FloatingPointError as error:
        error.history = history
        raise
    finally:
        if restore_best and run.best_weights is not None:
            model.load_state_dict(run.best_weights)
    return history


def _train_epoch(
    run: RunState,
    loader: DataLoader,
    loss_fn: LossFunction,
    scheduler_step: str,
    max_grad_norm: float | None,
    bar: Progress,
) -> dict[str, float]:
    """One pass over the training data; returns its loss and accuracy."""
    model, optimizer, device = run.model, run.optimizer, run.device
    epoch = len(run.history) + 1
    # Those of the model that the optimizer lacks keep old gradients, which
    # zero_grad never clears: they must not count when gradients are clipped.
    trained = [p for group in optimizer.param_groups for p in group["params"]]
    tally = Tally(loss_fn)
    model.train()
    for step, batch in enumerate(loader, start=1):
        inputs, targets = on_device(batch, device)
        # 1. forward pass, 2. loss
        outputs = _forward(model, inputs)
        if not run.data_checked:
            check_batch(outputs, targets, tally.ignored)
        loss = mean_loss(loss_fn, outputs, targets)
        # 3. clear old gradients, 4. backward pass
        optimizer.zero_grad()
        loss.backward()
        if max_grad_norm is not None:
            nn.utils.clip_grad_norm_(trained, max_grad_norm)
        # 5. update the weights
        optimizer.step()
        if run.scheduler is not None and scheduler_step == "batch":
            run.scheduler.step()
        tally.add(loss, outputs, targets)
        if step % STEPS_BETWEEN_CHECKS == 0 or step == 1:
            _check_finite(tally.loss, f"the loss of epoch {epoch}, by batch {step},")
        bar.advance()
    if tally.examples == 0:
        raise ValueError("the training data yielded no batch: use more data.")
    run.data_checked = True
    _check_finite(tally.loss, f"the loss of epoch {epoch}")
    return {"train_loss": tally.loss, "train_accuracy": tally.accuracy}


def _forward(model: nn.Module, inputs: Tensor) -> Tensor:
    try:
        return model(inputs)
    except ValueError as error:
        if len(inputs) == 1:
            error.add_note(
                "This batch holds one example; batch normalization needs two. Choose "
                "a batch size that leaves no single example, or drop_last=True."
            )
        raise


def _validate(
    run: RunState, loader: DataLoader, loss_fn: LossFunction
) -> dict[str, float]:
    """Loss and accuracy on the validation data."""
    result = evaluate(run.model, loader, loss_fn=loss_fn)
    _check_finite(result.loss, f"the validation loss of epoch {len(run.history) + 1}")
    if run.monitor == "valid_accuracy" and math.isnan(result.accuracy):
        raise ValueError(
            'there is no accuracy without class labels: use monitor="valid_loss".'
        )
    return {"valid_loss": result.loss, "valid_accuracy": result.accuracy}


def _what_is_kept(
    run: RunState, epochs: int, restore_best: bool, checkpoint: str | Path | None
) -> str:
    which = "the weights it has reached"
    if restore_best and run.best_weights is not None:
        which = f"the best weights, those of epoch {run.history.best_epoch}"
    again = "" if checkpoint is None else "; resume=True continues from the checkpoint"
    return (
        f"Training stopped after {len(run.history)} of {epochs} epochs. The model keeps "
        f"{which}{again}. The finished epochs: history = training.last_history()"
    )


def _check_finite(loss: float, what: str) -> None:
    if not math.isfinite(loss):
        raise FloatingPointError(
            f"{what} became {loss}. Try a learning rate ten times smaller, clip the "
            "gradient (max_grad_norm=1.0), and look for nan in the inputs and for batches "
            "in which the loss ignores every label."
        )


def _summary(row: dict[str, float], epochs: int) -> str:
    """One line about an epoch, with its figures on validation data if there are any."""
    kind = "valid" if "valid_loss" in row else "train"
    text = f"epoch {row['epoch']}/{epochs}, {kind} loss {row[f'{kind}_loss']:.3f}"
    accuracy = row[f"{kind}_accuracy"]
    return text if math.isnan(accuracy) else f"{text}, accuracy {accuracy:.1%}"

"""Files from which a training run continues as if it had never stopped."""

import copy
import random
from collections import Counter, OrderedDict
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn
from torch.optim.lr_scheduler import ReduceLROnPlateau
from torch.utils.data import DataLoader

from course_utils.batches import device_of
from course_utils.files import replacing
from course_utils.history import History

# What `load_checkpoint` reads back as it was, besides tensors.
LEAVES = (type(None), bool, int, float, complex, str, bytes)
TORCH_LEAVES = (Tensor, torch.Size, torch.dtype, torch.device)


def save_checkpoint(path: str | Path, state: dict[str, Any]) -> None:
    """Write `state` to `path`, entirely, or leave the old file as it is.

    Args:
        path: the file to write; its folder is created if need be.
        state: tensors, numbers, strings, and dicts, lists and tuples of them.
            NumPy's numbers become Python's in the file.

    Raises:
        ValueError: the state holds something else, which `load_checkpoint` would
            refuse; the message says where.
        OSError: the folder is read-only, or the disk is full.
    """
    path, state = Path(path), _plain(state, "")
    path.parent.mkdir(parents=True, exist_ok=True)
    with replacing(path) as file:
        torch.save(state, file)


def _plain(value: Any, place: str) -> Any:
    """`value` without NumPy's numbers; `place` is the keys that lead to it."""
    if isinstance(value, np.generic):
        value = value.item()
    kind = type(value)
    if isinstance(value, TORCH_LEAVES) or kind in LEAVES:
        return value
    if kind in (dict, OrderedDict, Counter):
        result = copy.copy(value)  # keeps what PyTorch notes on an OrderedDict
        result.clear()
        for key, item in value.items():
            key = _plain(key, f"{place}the key ")
            result[key] = _plain(item, f"{place}{key!r} → ")
        return result
    if kind in (list, tuple, set):
        return kind(_plain(item, f"{place}{i} → ") for i, item in enumerate(value))
    raise ValueError(
        f"a checkpoint holds tensors and plain values, because it must never run code; "
        f"at {place.removesuffix(' → ')} it would hold {value!r:.60} of type "
        f"{kind.__name__}. Store a number, a string or torch.as_tensor(...) instead."
    )


def load_checkpoint(path: str | Path) -> dict[str, Any]:
    """Read a checkpoint, from whomever: it holds tensors and plain values, never code.

    Args:
        path: a file that `save_checkpoint`, or `fit` with `checkpoint`, has written.

    Returns:
        The state, with all tensors on the CPU.

    Raises:
        FileNotFoundError: there is no such file.
        ValueError: the file is no checkpoint, or holds more than plain values.
    """
    path = Path(path)
    if not path.exists():
        raise FileNotFoundError(f"there is no checkpoint at {path}.")
    try:
        state = torch.load(path, map_location="cpu", weights_only=True)
    except OSError:
        raise
    # Damaged bytes can raise nearly anything. The error itself is left out: it
    # recommends to read the file without this protection.
    except Exception:
        state = None
    if not isinstance(state, dict):
        raise ValueError(
            f"{path} is no checkpoint of this course: it is damaged, or holds more "
            "than tensors and plain values, which could run code. Choose another "
            "file, or delete it and start the training afresh."
        )
    return state


def random_state(order: Sequence[Any] = ()) -> dict[str, Any]:
    """The state of all global random numbers, and of the `order` from `order_of`."""
    kind, keys, *rest = np.random.get_state()  # noqa: NPY002
    return {
        "torch": torch.get_rng_state(),
        "cuda": torch.cuda.get_rng_state_all(),
        "mps": torch.mps.get_rng_state() if torch.backends.mps.is_available() else None,
        "numpy": (kind, keys.tolist(), *rest),
        "python": random.getstate(),
        "order": [
            part.get_state() if isinstance(part, torch.Generator) else part.state_dict()
            for part in order
        ],
    }


def restore_random_state(state: dict[str, Any], order: Sequence[Any] = ()) -> None:
    """Put all random numbers back to where `random_state` found them.

    Raises a ValueError if the `order` is not of the kind that it was.
    """
    if len(state["order"]) != len(order):
        raise ValueError(
            "the checkpoint was written with another loader: what it holds of the "
            "order of the batches does not fit. Use the same kind of sampler and "
            "generator, or another file."
        )
    torch.set_rng_state(state["torch"])
    if torch.cuda.is_available():
        torch.cuda.set_rng_state_all(state["cuda"])
    if torch.backends.mps.is_available() and state["mps"] is not None:
        torch.mps.set_rng_state(state["mps"])
    np.random.set_state(state["numpy"])  # noqa: NPY002
    random.setstate(state["python"])
    for part, saved in zip(order, state["order"], strict=True):
        if isinstance(part, torch.Generator):
            part.set_state(saved)
        else:
            part.load_state_dict(saved)


def order_of(loader: DataLoader) -> list[Any]:
    """What decides the order of a loader's batches, besides global random numbers.

    That is generators of torch, and samplers with `state_dict` and `load_state_dict`.
    Raises a ValueError for other samplers, and for workers that live on: no one can
    see how far they are in their random numbers.
    """
    if loader.persistent_workers:
        raise ValueError(
            "with checkpoint, the training data needs persistent_workers=False: "
            "workers that live on keep random numbers that no checkpoint can hold."
        )
    found, parts = [loader.generator], [loader.batch_sampler, loader.sampler]
    while parts:
        part = parts.pop()
        if hasattr(part, "state_dict") and hasattr(part, "load_state_dict"):
            found.append(part)
        elif type(part).__module__.startswith("torch.utils.data."):
            found.append(getattr(part, "generator", None))
            parts.append(getattr(part, "sampler", None))  # that of a BatchSampler
        elif not isinstance(part, list | tuple | range | None):
            raise ValueError(
                f"no checkpoint can hold how far the sampler {type(part).__name__} is "
                "in its random numbers. Take one of torch, leave checkpoint out, or give "
                "it state_dict() and load_state_dict(state), which may return {} and do "
                "nothing if it draws from the global random numbers alone."
            )
    # The loader, its sampler and its batch sampler often share one generator.
    return list({id(part): part for part in found if part is not None}.values())


class RunState:
    """Everything that changes during a training run, to be saved and restored.

    Epochs are compared by the column `monitor` of the history, None without
    validation data.
    """

    def __init__(
        self,
        model: nn.Module,
        optimizer: torch.optim.Optimizer,
        scheduler: Any,
        monitor: str | None,
    ):
        self.model, self.optimizer, self.scheduler = model, optimizer, scheduler
        self.device, self.monitor = device_of(model), monitor
        self.order: list[Any] = []  # what decides that of the batches, to be saved
        self.history = History()
        self.data_checked = False  # after one epoch, every batch has been seen
        self.best_value: float | None = None
        self.best_weights: dict[str, Tensor] | None = None  # kept on the device

    @property
    def epochs_without_improvement(self) -> int:
        """How many epochs have passed since the best one."""
        return len(self.history) - (self.history.best_epoch or len(self.history))

    def step_scheduler(self, row: dict[str, float]) -> None:
        """Step the scheduler after an epoch whose figures are `row`."""
        if isinstance(self.scheduler, ReduceLROnPlateau):
            self.scheduler.step(row[self.monitor or "train_loss"])
        else:
            self.scheduler.step()

    def finish_epoch(self, row: dict[str, float], keep_best: bool) -> None:
        """Add the row of an epoch, and keep its weights if asked to and the best."""
        self.history.rows.append(row)
        if self.monitor is None:
            return
        value, sign = row[self.monitor], 1 if self.monitor == "valid_loss" else -1
        if self.best_value is None or sign * value < sign * self.best_value:
            self.best_value = value
            self.history.best_epoch = int(row["epoch"])
            if keep_best:
                # A copy: the weights themselves go on changing.
                self.best_weights = copy.deepcopy(self.model.state_dict())

    def check_can_be_saved(self, train: DataLoader) -> None:
        """Raise a ValueError now if no checkpoint can hold the state, or the order."""
        self.order = order_of(train)
        _plain(self.state(), "")

    def state(self) -> dict[str, Any]:
        """What a checkpoint holds: tensors and plain values."""
        return {
            "model": self.model.state_dict(),
            "optimizer": self.optimizer.state_dict(),
            "scheduler": self.scheduler and self.scheduler.state_dict(),
            "rows": self.history.rows,
            "monitor": self.monitor,
            "best_epoch": self.history.best_epoch,
            "best_value": self.best_value,
            "best_weights": self.best_weights,
            "random": random_state(self.order),
        }

    def restore(self, state: dict[str, Any], epochs: int) -> None:
        """Continue where `state` was saved, in a run of `epochs` epochs in all.

        Raises a ValueError if it has more epochs, or other parts, than this run.
        """
        if state.keys() != self.state().keys():
            raise ValueError(
                "the checkpoint was not written by fit: it holds "
                f"{', '.join(map(str, state))}. Choose another file."
            )
        done = len(state["rows"])
        if done > epochs:
            raise ValueError(
                f"the checkpoint holds {done} epochs already, more than epochs={epochs}. "
                "Ask for more epochs in all, or start afresh with another file."
            )
        if state["monitor"] != self.monitor:
            raise ValueError(
                f"the checkpoint compared epochs by {state['monitor']}, this run by "
                f"{self.monitor}. Pass the same validation data and monitor."
            )
        try:
            if (state["scheduler"] is None) != (self.scheduler is None):
                raise ValueError("one of the two runs has no scheduler.")
            self.model.load_state_dict(state["model"])
            self.optimizer.load_state_dict(state["optimizer"])
            if self.scheduler is not None:
                self.scheduler.load_state_dict(state["scheduler"])
        except (RuntimeError, ValueError, KeyError) as error:
            raise ValueError(
                "the checkpoint was written with another model, optimizer or "
                f"scheduler: {error} Use the same ones, or another file."
            ) from error
        self.history.rows, self.history.best_epoch = state["rows"], state["best_epoch"]
        self.best_value, self.best_weights = state["best_value"], state["best_weights"]
        restore_random_state(state["random"], self.order)

"""Files from which a training run continues as if it had never stopped."""

from __future__ import annotations

import random
from pathlib import Path
from typing import Any

import numpy as np
import torch

from course_utils.files import replacing


def save_checkpoint(path: str | Path, state: dict[str, Any]) -> None:
    """Write `state` to `path` so that a crash never leaves half a file there.

    The state goes to a temporary file in the same folder, which then takes the
    place of `path` in one step. Until that step the old file is untouched.

    Args:
        path: the file to write; its folder is created if need be.
        state: tensors, numbers, strings, and dicts, lists and tuples of them.
    """
    path = Path(path)
    path.parent.mkdir(parents=True, exist_ok=True)
    with replacing(path) as file:
        torch.save(state, file)


def load_checkpoint(path: str | Path) -> dict[str, Any]:
    """Read a checkpoint onto the CPU.

    The file is read with `weights_only=True`: it may hold tensors and plain
    values, never code, so a checkpoint from somebody else cannot run anything.

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


def random_state(generator: torch.Generator | None = None) -> dict[str, Any]:
    """The state of every random number generator that training draws from."""
    kind, keys, position, has_gauss, cached = np.random.get_state()  # noqa: NPY002
    version, numbers, gauss = random.getstate()
    return {
        "torch": torch.get_rng_state(),
        "cuda": torch.cuda.get_rng_state_all() if torch.cuda.is_available() else [],
        "mps": torch.mps.get_rng_state() if torch.backends.mps.is_available() else None,
        "numpy": [kind, torch.from_numpy(keys.copy()), position, has_gauss, cached],
        "python": [version, list(numbers), gauss],
        "loader": None if generator is None else generator.get_state(),
    }


def restore_random_state(
    state: dict[str, Any], generator: torch.Generator | None = None
) -> None:
    """Put every random number generator back to where `random_state` found it."""
    torch.set_rng_state(state["torch"])
    if torch.cuda.is_available() and state["cuda"]:
        torch.cuda.set_rng_state_all(state["cuda"])
    if torch.backends.mps.is_available() and state["mps"] is not None:
        torch.mps.set_rng_state(state["mps"])
    kind, keys, *rest = state["numpy"]
    np.random.set_state((kind, keys.numpy(), *rest))  # noqa: NPY002
    version, numbers, gauss = state["python"]
    random.setstate((version, tuple(numbers), gauss))
    if generator is not None and state["loader"] is not None:
        generator.set_state(state["loader"])

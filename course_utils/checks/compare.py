"""What check cells call: short comparisons that answer in words.

A failed check raises CheckFailed. In a notebook it shows its message alone,
without a stack trace through this file.
"""

from collections.abc import Sequence
from typing import Any

import numpy as np
import torch
from torch import Tensor

from course_utils.checks.exercises import CheckFailed, checks_hidden


def expect(condition: bool | Tensor, message: str) -> None:
    """Fail with `message` unless `condition` holds.

    Args:
        condition: a bool, or a tensor or array with one element.
        message: what was expected, what was found, and what to look at.
    """
    if not bool(condition):
        raise CheckFailed(message)


def expect_shape(
    value: Any, shape: Sequence[int], name: str = "the result", *, hint: str = ""
) -> None:
    """Fail unless `value` has the shape `shape`.

    Args:
        value: a torch tensor; a NumPy array fails, whatever its shape.
        shape: the expected size of each dimension; -1 admits any.
        name: what the value is called in the message.
        hint: the likely cause, added to the message.
    """
    if isinstance(value, np.ndarray):
        raise CheckFailed(
            f"{name.rstrip(',')}: expected a torch tensor, got a NumPy array. "
            "`torch.from_numpy` makes one of it."
        )
    found = getattr(value, "shape", None)
    wanted = tuple(shape)
    in_words = str(wanted).replace("-1", "any")
    if found is None:
        raise CheckFailed(
            f"{name} must be a tensor of shape {in_words}, "
            f"but it is {describe_value(value)}."
        )
    found = tuple(found)
    fits = len(found) == len(wanted) and all(
        w in (-1, f) for f, w in zip(found, wanted, strict=True)
    )
    if not fits:
        message = f"{name} must have the shape {in_words}, but has {found}."
        raise CheckFailed(f"{message} {hint}".rstrip())


def expect_close(
    got: Any,
    expected: Any,
    name: str = "the result",
    *,
    rtol: float = 1e-5,
    atol: float = 1e-6,
    hint: str = "",
) -> None:
    """Fail unless `got` equals `expected` up to rounding.

    Each element may differ by `atol + rtol * |expected|`.

    Args:
        got: number, array or tensor.
        expected: number, array or tensor of the same shape.
        name: what the value is called in the message.
        rtol, atol: relative and absolute tolerance.
        hint: the likely cause, added to the message.
    """
    got_values, expected_values = _numbers(got, name), _numbers(expected, "expected")
    if got_values.shape != expected_values.shape:
        message = f"{name} must have the shape {expected_values.shape}, but has {got_values.shape}."
        raise CheckFailed(f"{message} {hint}".rstrip())
    close = np.isclose(got_values, expected_values, rtol, atol, equal_nan=True)
    if close.all():
        return
    where = tuple(int(i) for i in np.argwhere(~close)[0])
    found = _difference(expected_values[where], got_values[where])
    if got_values.ndim > 0:
        n, place = (~close).sum(), where if len(where) > 1 else where[0]
        which = "s, that at" if n == 1 else ", the first at"
        found = f"{n:,} of {close.size:,} values differ{which} index {place}: {found}"
    # A name that is a clause ends with a comma, for "must have the shape".
    raise CheckFailed(f"{name.rstrip(',')}: {found}. {hint}".rstrip())


def expect_equal(
    got: Any, expected: Any, name: str = "the result", *, hint: str = ""
) -> None:
    """Fail unless `got` equals `expected` exactly, whatever the types of both.

    Args:
        got, expected, name, hint: as in `expect_close`.
    """
    expect_close(got, expected, name, rtol=0.0, atol=0.0, hint=hint)


def same(a: Any, b: Any, *, rtol: float = 1e-5, atol: float = 1e-8) -> bool:
    """Return whether two results agree up to rounding, whatever the types of both.

    Args:
        a, b: number, array or tensor.
        rtol, atol: as in `expect_close`; the defaults are those of torch.allclose.

    Raises:
        CheckFailed: one of them holds no numbers.
    """
    a, b = _numbers(a, "the result"), _numbers(b, "the result")
    return a.shape == b.shape and np.allclose(a, b, rtol, atol)


def equal(a: Any, b: Any) -> bool:
    """Return whether two results are equal, whatever the types of both.

    Args:
        a, b: number, array or tensor.

    Raises:
        CheckFailed: one of them holds no numbers.
    """
    return np.array_equal(_numbers(a, "the result"), _numbers(b, "the result"))


def is_whole(value: Any) -> bool:
    """Return whether a tensor holds whole numbers, of any number of bits."""
    kinds = {torch.int64, torch.int32, torch.int16, torch.int8, torch.uint8}
    return getattr(value, "dtype", None) in kinds


def _difference(expected: float, got: float) -> str:
    """Both numbers, with as many digits as it takes to tell them apart."""
    digits = 6 if f"{expected:.6g}" != f"{got:.6g}" else 17
    return f"expected {expected:.{digits}g}, got {got:.{digits}g}"


def describe_value(value: Any) -> str:
    """A few words for any value: short, even for a large tensor."""
    if value is None:
        return "None (does the function return something?)"
    if isinstance(value, Tensor | np.ndarray):
        return f"a {type(value).__name__} of shape {tuple(value.shape)}"
    if checks_hidden() and not isinstance(value, int | float):
        # Its text may tell what the answer was given.
        return f"a value of the type {type(value).__name__}"
    text = " ".join(repr(value).split())
    return f"{text if len(text) <= 60 else text[:57] + '...'} ({type(value).__name__})"


def _numbers(value: Any, name: str) -> np.ndarray:
    """Numbers from anywhere (list, GPU, autograd graph) as a float64 array."""
    if isinstance(value, list | tuple):
        value = [_numbers(item, name) for item in value]
    elif isinstance(value, Tensor):
        value = value.detach().cpu()
        # NumPy has no bfloat16.
        value = (value.double() if value.is_floating_point() else value).numpy()
    try:
        array = np.asarray(value)
    except ValueError:  # rows of different length
        array = np.asarray(None)
    if array.dtype.kind not in "biuf":
        raise CheckFailed(f"{name} must hold numbers, but is {describe_value(value)}.")
    return array.astype(np.float64)

"""Exercises as the learner meets them: passed with points, or a reason in words."""

from __future__ import annotations

import hashlib
import linecache
import random
import sys
import traceback
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from types import FrameType

import numpy as np
import torch

from course_utils.checks import bans


class CheckFailed(AssertionError):
    """A check failed; the message says what was expected and what was found."""

    def _render_traceback_(self) -> list[str]:
        # IPython shows these lines in place of the stack trace.
        return [f"✗ {self}"]


# Of the exercise set that runs in this process, by name of the exercise.
_possible: dict[str, int] = {}
_reached: dict[str, int] = {}
_written: set[str] = set()


def begin(autograded: dict[str, int], written: dict[str, int] | None = None) -> None:
    """Start an exercise set: its first cell names the exercises and their points.

    Args:
        autograded: points of each exercise that a check cell decides.
        written: points of each exercise that a person reads and grades.
    """
    written = written or {}
    for store in (_possible, _reached, _written):
        store.clear()
    _possible.update(autograded | written)
    _written.update(written)
    print(f"{len(_possible)} exercises, {sum(_possible.values())} points.")


# What the running check does without.
_without: tuple[str, ...] = ()
# Whether answers run in another process, which then has to watch them.
elsewhere = False
_cells: list[FrameType] = []  # of the check that runs
# Other draws of all random inputs, to measure how much marks depend on them.
draw = 0


def set_seeds(name: str) -> None:
    """Set the random numbers of torch, NumPy and Python.

    Args:
        name: of what is drawn; each draws numbers of its own, the same everywhere.
    """
    digest = hashlib.sha256(f"{draw} {name}".encode()).digest()
    seed = int.from_bytes(digest[:4], "big")
    torch.default_generator.manual_seed(seed)
    random.seed(seed)
    np.random.seed(seed)  # noqa: NPY002, the generator that an answer may use


@contextmanager
def seeded(name: str) -> Iterator[None]:
    """`set_seeds` as a `with` block; afterwards all is as if it had drawn none."""
    pythons, numpys = random.getstate(), np.random.get_state()  # noqa: NPY002
    with torch.random.fork_rng(devices=[]):
        set_seeds(name)
        try:
            yield
        finally:
            random.setstate(pythons)
            np.random.set_state(numpys)  # noqa: NPY002


@contextmanager
def exercise(
    name: str, without: Sequence[str] = (), instead: str = ""
) -> Iterator[None]:
    """The checks of one exercise, as a `with` block.

    Reaching the end of the block gives the points and says so. A failed check, an
    unanswered exercise, or an error in the answer gives none, and the message says
    which of the three it was, without a stack trace through the course's files.
    Inside, random numbers are those of the exercise, the same each time; outside,
    they go on as if the block had drawn none.

    Args:
        name: as in `begin`.
        without: what the answer must not call, as in `bans.Watch`.
        instead: what it is to use, for the message, such as "`exp` and `sum`".

    Raises:
        CheckFailed: the points were not reached.
    """
    global _without
    if name not in _possible:
        raise CheckFailed(
            f"{name}: this notebook has not been started. Run its first code cells "
            "(Run > Run All Above Selected Cell), then this cell again."
        )
    _reached.pop(name, None)
    cell = sys._getframe(2)  # above this one stands contextlib's
    _without = tuple(without)
    _cells.append(cell)
    reason = ""
    here = () if elsewhere else without
    try:
        with seeded(name), bans.watched(here, cell.f_globals, cell.f_code) as watch:
            yield
    except Exception as error:
        reason = _in_words(name, error)
        used = watch.used or (error.name if isinstance(error, bans.Used) else "")
        if used:
            reason = banned_in_words(used, instead)
    else:
        if watch.used:  # an answer may have kept the error to itself
            reason = banned_in_words(watch.used, instead)
    finally:
        _without = ()
        _cells.clear()  # a frame keeps all variables of the notebook alive
    if reason:
        if reason != NOT_ANSWERED:
            _reached[name] = 0
        raise CheckFailed(f"{name}: {reason}")
    _reached[name] = points = _possible[name]
    unit = "point" if points == 1 else "points"
    print(f"✓ {name}: passed, {points} of {points} {unit}.")


def does_without() -> tuple[str, ...]:
    """Return what the check that runs now does without, as given to `exercise`."""
    return _without


def banned_in_words(name: str, instead: str) -> str:
    """Say that an answer calls `name`, which its exercise does without."""
    used = name if name == "autograd" else f"`{name.rpartition('.')[2]}`"
    return f"your answer uses {used}, which this exercise does without. Use {instead}."


def _in_hidden_part(cell: str, line: int) -> bool:
    """Return whether a line of a check cell is one that students don't see."""
    # In parts, so that this file does not look like a key when it is bundled.
    mark = " ".join(("### BEGIN", "HIDDEN", "TESTS"))
    return any(mark in linecache.getline(cell, n) for n in range(1, line + 1))


def checks_hidden() -> bool:
    """Return whether the check that runs now is in its hidden part."""
    cell = _cells[-1] if _cells else None
    return bool(cell) and _in_hidden_part(cell.f_code.co_filename, cell.f_lineno)


def passed(*names: str) -> bool:
    """Return whether all these exercises have passed, to go on with their answers.

    Args:
        names: as in `begin`.
    """
    return all(_reached.get(name) for name in names)


NOT_ANSWERED = (
    "not answered yet. Write your answer in the cell above, in place of "
    "`raise NotImplementedError`, run it until it shows no error, then run this cell."
)
TITLE = "# exercise:"  # begins the first line of an answer cell


def _in_words(name: str, error: Exception) -> str:
    """Say why the block of the exercise `name` ended with `error`."""
    # What cells define lives in __main__. The first such frame is the check cell.
    frames = [
        (frame, line)
        for frame, line in traceback.walk_tb(error.__traceback__)
        if frame.f_globals.get("__name__") == "__main__"
    ]
    check_cell = frames[0][0].f_code.co_filename if frames else ""
    hidden = bool(frames) and _in_hidden_part(check_cell, frames[0][1])
    if isinstance(error, CheckFailed):
        return (hidden and getattr(error, "brief", "")) or str(error)
    own = [f for f in frames if f[0].f_code.co_filename != check_cell]
    what = type(error).__name__
    first_line = str(error).partition("\n")[0]
    # The text of an answer's error may tell what it was given.
    if first_line and not (hidden and own):
        what += f": {first_line.rstrip('.')}"
    if not own:
        if isinstance(error, NameError):
            return (
                f"{what}. Run the cell with your answer first; where it shows an "
                "error, mend that."
            )
        return (
            f"the check stopped with {what}. Compare what your function takes and "
            "returns with what the exercise asks for."
        )
    frame, number = own[-1]
    if isinstance(error, NotImplementedError) and not first_line:
        title = linecache.getline(frame.f_code.co_filename, 1)
        other = title.removeprefix(TITLE).strip()
        # A learner's own cell has no such title, and no name to give.
        if not title.startswith(TITLE) or other == name:
            return NOT_ANSWERED
        return f"your answer uses {other}, which is not answered yet."
    line = linecache.getline(frame.f_code.co_filename, number).strip()
    return (
        f"your code raised {what}, in {frame.f_code.co_name}, line {number} of its "
        f"cell: `{line}`"
    )


def scoreboard() -> None:
    """Print the points reached so far, and which exercises are open."""
    if not _possible:
        print("Run the first code cells of this notebook, then the check cells.")
        return
    width = max(map(len, _possible))
    graded = {n: p for n, p in _possible.items() if n not in _written}
    for name, points in _possible.items():
        if name in _written:
            print(f"– {name:{width}}  ? of {points}  written: a person reads it")
        elif name not in _reached:
            print(f"– {name:{width}}  0 of {points}  open")
        elif _reached[name]:
            print(f"✓ {name:{width}}  {points} of {points}  passed")
        else:
            print(f"✗ {name:{width}}  0 of {points}  not yet right")
    text = f"{sum(_reached.values())} of {sum(graded.values())} points"
    if by_hand := sum(_possible.values()) - sum(graded.values()):
        text += f", and up to {by_hand} more for written answers"
    left = len(graded) - sum(map(bool, _reached.values()))
    print(f"{text}. To do: {left}." if left else f"{text}. All checks pass.")

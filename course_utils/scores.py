"""Exercises as the learner meets them: passed with points, or a reason in words."""

from __future__ import annotations

import linecache
import traceback
from types import TracebackType


class CheckFailed(AssertionError):
    """A check failed; the message says what was expected and what was found."""

    def _render_traceback_(self) -> list[str]:
        # IPython shows these lines in place of the stack trace.
        return [f"✗ {self}"]


class _Board:
    """Points of one exercise set: what each exercise gives, and what was reached."""

    def __init__(self) -> None:
        self.possible: dict[str, int] = {}
        self.reached: dict[str, int] = {}
        self.written: set[str] = set()


_board = _Board()


def begin(autograded: dict[str, int], written: dict[str, int] | None = None) -> None:
    """Start an exercise set: its first cell names the exercises and their points.

    Args:
        autograded: points of each exercise that a check cell decides.
        written: points of each exercise that a person reads and grades.
    """
    written = written or {}
    _board.__init__()
    _board.possible = {**autograded, **written}
    _board.written = set(written)
    total = sum(_board.possible.values())
    print(f"{len(_board.possible)} exercises, {total} points. Good luck.")


class exercise:  # noqa: N801 - reads as a statement: with checks.exercise("softmax"):
    """The checks of one exercise, as a `with` block.

    Reaching the end of the block gives the points and says so. A failed check, an
    unanswered exercise, or an error in the answer gives none, and the message says
    which of the three it was, without a stack trace through the course's files.

    Args:
        name: as in `begin`.
    """

    def __init__(self, name: str):
        if name not in _board.possible:
            known = ", ".join(_board.possible) or "none yet"
            raise CheckFailed(
                f"there is no exercise {name!r} (known: {known}). Run the first "
                "code cell of this notebook, then this one again."
            )
        self.name = name

    def __enter__(self) -> exercise:
        _board.reached.pop(self.name, None)
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        points = _board.possible[self.name]
        if error is None:
            _board.reached[self.name] = points
            unit = "point" if points == 1 else "points"
            print(f"✓ {self.name}: passed, {points} of {points} {unit}.")
        elif isinstance(error, NotImplementedError):
            raise CheckFailed(
                f"{self.name}: not answered yet. Write your answer in the cell above, "
                "run it, then run this cell."
            ) from None
        elif isinstance(error, CheckFailed):
            _board.reached[self.name] = 0
            raise CheckFailed(f"{self.name}: {error}") from None
        elif isinstance(error, Exception):
            _board.reached[self.name] = 0
            raise CheckFailed(
                f"{self.name}: your code raised {_in_words(error, trace)}"
            ) from None


def _in_words(error: Exception, trace: TracebackType | None) -> str:
    """The error and the place in the learner's own code that it comes from."""
    message = str(error).split("\n", 1)[0]
    text = f"{type(error).__name__}: {message}" if message else type(error).__name__
    frames = [
        frame
        for frame in traceback.extract_tb(trace)[1:]
        if _is_learners(frame.filename)
    ]
    if not frames:
        if isinstance(error, NameError):
            text += ". Run the cell with your answer first"
        return f"{text}."
    last = frames[-1]
    line = (last.line or linecache.getline(last.filename, last.lineno or 0)).strip()
    place = f"in line {last.lineno} of its cell, inside {last.name}"
    return f"{text} ({place}: `{line}`)." if line else f"{text} ({place})."


def _is_learners(filename: str) -> bool:
    """Whether a file name is one that a notebook gives to a cell."""
    return "ipykernel" in filename or filename.startswith("<")


def scoreboard() -> None:
    """Print the points reached so far, and which exercises are open."""
    if not _board.possible:
        print("Run the first code cell of this notebook, then the check cells.")
        return
    width = max(map(len, _board.possible))
    for name, points in _board.possible.items():
        if name in _board.written:
            state, mark = "read and graded by a person", "–"
        elif name not in _board.reached:
            state, mark = "open", "–"
        elif _board.reached[name]:
            state, mark = "passed", "✓"
        else:
            state, mark = "not yet right", "✗"
        got = _board.reached.get(name, 0)
        print(f"{mark} {name:{width}}  {got} of {points}  {state}")
    graded = sum(p for n, p in _board.possible.items() if n not in _board.written)
    print(f"{sum(_board.reached.values())} of {graded} points", end="")
    by_hand = sum(_board.possible.values()) - graded
    print(f", and {by_hand} more for written answers." if by_hand else ".")

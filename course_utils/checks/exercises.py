"""Exercises as the learner meets them: passed with points, or a reason in words."""

from __future__ import annotations

import linecache
import traceback
from collections.abc import Iterator
from contextlib import contextmanager

import torch


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


@contextmanager
def exercise(name: str) -> Iterator[None]:
    """The checks of one exercise, as a `with` block.

    Reaching the end of the block gives the points and says so. A failed check, an
    unanswered exercise, or an error in the answer gives none, and the message says
    which of the three it was, without a stack trace through the course's files.
    Inside, torch's random numbers differ from run to run, whatever seed was set;
    outside, they go on as if the block had drawn none.

    Args:
        name: as in `begin`.

    Raises:
        CheckFailed: the points were not reached.
    """
    if name not in _possible:
        raise CheckFailed(
            f"{name}: this notebook has not been started. Run its first code cells "
            "(Run > Run All Above Selected Cell), then this cell again."
        )
    _reached.pop(name, None)
    try:
        with torch.random.fork_rng(devices=[]):
            torch.seed()
            yield
    except Exception as error:
        reason = _in_words(name, error)
        if reason != NOT_ANSWERED:
            _reached[name] = 0
        raise CheckFailed(f"{name}: {reason}") from None
    _reached[name] = points = _possible[name]
    unit = "point" if points == 1 else "points"
    print(f"✓ {name}: passed, {points} of {points} {unit}.")


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
    if isinstance(error, CheckFailed):
        return str(error)
    # What cells define lives in __main__. The first such frame is the check cell.
    frames = [
        (frame, line)
        for frame, line in traceback.walk_tb(error.__traceback__)
        if frame.f_globals.get("__name__") == "__main__"
    ]
    check_cell = frames[0][0].f_code.co_filename if frames else ""
    own = [f for f in frames if f[0].f_code.co_filename != check_cell]
    what = type(error).__name__
    if first_line := str(error).partition("\n")[0]:
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

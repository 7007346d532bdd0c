"""Exercises as the learner meets them: passed with points, or a reason in words."""

import hashlib
import linecache
import random
import sys
import time
import traceback
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from types import FrameType
from typing import Any

import numpy as np
import torch

from course_utils.checks import bans, hints
from course_utils.points import Part, first_failure, shell, tell_nbgrader


class CheckFailed(AssertionError):
    """A check failed; the message says what was expected and what was found.

    Attributes:
        more: what a notebook says in a line below it.
        hidden: whether students don't see the check.
    """

    more, hidden = "", False

    def _render_traceback_(self) -> list[str]:
        # IPython shows these lines in place of the stack trace.
        return [f"✗ {self}", *([self.more] if self.more else [])]


# Of the exercise set that runs in this process, by name of the exercise.
_possible: dict[str, int] = {}
_reached: dict[str, int] = {}
_parts: dict[str, dict[str, Part]] = {}
_written: set[str] = set()
_sources: dict[str, str] = {}  # the answer cells as they last ran
_open: dict[str, str] = {}  # by exercise, why its answer has no result any more


def begin(autograded: dict[str, int], written: dict[str, int] | None = None) -> None:
    """Start an exercise set: its first cell names the exercises and their points.

    Args:
        autograded: points of each exercise that a check cell decides.
        written: points of each exercise that a person reads and grades.
    """
    for store in (_possible, _reached, _parts, _written, _sources, _open):
        store.clear()
    _possible.update(autograded | (written or {}))
    hints.begin(_possible)
    _written.update(written or ())
    if (ipython := shell()) is not None:
        ipython.events.register("post_run_cell", _note_answer)
    print(f"{len(_possible)} exercises, {sum(_possible.values())} points.")


def _note_answer(result: Any) -> None:
    """After a cell has run: what holds of an answer ends when it changes or fails."""
    source = result.info.raw_cell
    name = source.partition("\n")[0].removeprefix(TITLE).strip()
    if not source.startswith(TITLE) or name not in _possible:
        return
    if result.success and source == _sources.get(name) and _open.get(name) != ENDED:
        return
    why = "changed since its check" if name in _reached else "open"
    _open[name] = why if result.success else ENDED
    _reached.pop(name, None)
    _sources[name] = source


# What the running check does without, as given to `exercise`.
does_without: tuple[str, ...] = ()
# Whether answers run in another process, which then has to watch them.
elsewhere = False
_cells: list[FrameType] = []  # of the check that runs
_running = ""  # the exercise whose check runs
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
    name: str, without: Sequence[str] = (), instead: str = "", seconds: float = 0
) -> Iterator[None]:
    """The checks of one exercise, as a `with` block.

    Reaching the end of the block gives the points and says so. A failed check, an
    unanswered exercise, or an error in the answer gives none, and the message says
    which of the three it was, without a stack trace through the course's files.
    Where the block has a `part` for each property, those that hold give theirs.
    Random numbers are those of the exercise, as in `seeded`.

    Args:
        name: as in `begin`.
        without: what the answer must not call, as in `bans.Watch`.
        instead: what it is to use, for the message, such as "`exp` and `sum`".
        seconds: what `course grade` allows for an answer that trains, in all; 0: what
            it allows for any. A notebook only says how long it took.

    Raises:
        CheckFailed: no points were reached.
    """
    global does_without, _running
    if name not in _possible:
        raise CheckFailed(
            f"{name}: this notebook has not been started. Run its first code cells "
            "(Run > Run All Above Selected Cell), then this cell again."
        )
    if _open.get(name) == ENDED:
        raise CheckFailed(f"{name}: {ENDED}. {NOT_RUN}")
    _reached.pop(name, None)
    _open.pop(name, None)
    parts = _parts[name] = {}
    cell = sys._getframe(2)  # above this one stands contextlib's
    does_without, _running = tuple(without), name
    _cells.append(cell)
    reason, hidden = "", False
    here = () if elsewhere else without
    started = time.perf_counter()
    try:
        with seeded(name), bans.watched(here, cell.f_globals, cell.f_code) as watch:
            yield
    except Exception as error:
        # What failed first is told, though here all points are lost.
        reason = first_failure(parts_of(name)) or _in_words(name, error)
        seen = [p for p in parts.values() if p.message and not p.hidden]
        hidden = stands_hidden(error) and not seen
        used = watch.used or (error.name if isinstance(error, bans.Used) else "")
        if used:
            reason = banned_in_words(used, instead)
    else:
        if watch.used:  # an answer may have kept the error to itself
            reason = banned_in_words(watch.used, instead)
    finally:
        does_without, _running = (), ""
        _cells.clear()  # a frame keeps all variables of the notebook alive
    if reason:
        parts.clear()
    took = f" ({time.perf_counter() - started:.1f} s)" if seconds else ""
    _decide(name, reason, hidden, took)


def _decide(name: str, reason: str, hidden: bool, took: str) -> None:
    """Give the points of an exercise, and say what is missing to all of them."""
    points, parts = _possible[name], parts_of(name)
    if parts and sum(part.points for part in parts) != points:
        raise ValueError(f"the parts of {name} don't have {points} points in all.")
    reached = sum(part.reached for part in parts) if parts else points
    if reason == NOT_ANSWERED:
        raise CheckFailed(f"{name}: {reason}")
    unit = "point" if points == 1 else "points"
    lines = [part.line for part in parts]
    if reason or not reached:
        _reached[name] = 0
        error = CheckFailed(f"{name}: {reason or first_failure(parts)}")
        error.hidden = hidden
        error.more = "" if str(error).endswith(NOT_RUN) else hints.failed(name)
        raise error
    _reached[name] = reached
    if reached == points:
        print(f"✓ {name}: passed, {points} of {points} {unit}.{took}")
        print(*lines, sep="\n", end="\n" if lines else "")
        return
    print(f"✗ {name}: {reached} of {points} points.{took}")
    more = hints.failed(name)
    print(*lines, *([more] if more else []), sep="\n")
    tell_nbgrader(reached)


@contextmanager
def part(name: str, points: int = 0) -> Iterator[None]:
    """One property, with points of its own, as a `with` block in that of an exercise.

    A check that fails in it costs its points and no others, and the parts below go on.
    What stands in the block of the exercise, outside of its parts, costs all points.

    Args:
        name: what holds if it is right, such as "large logits". Several blocks may have
            the same name, those of hidden checks for example: all have to hold.
        points: in the first of them.
    """
    if not _running:
        raise RuntimeError("a part stands inside `with checks.exercise(…):`.")
    found = _parts[_running].setdefault(name, Part(name, points))
    try:
        yield
    except bans.Used:
        raise
    except Exception as error:
        reason = _in_words(_running, error)
        if reason == NOT_ANSWERED:
            raise
        if not found.message:
            found.message, found.hidden = reason, stands_hidden(error)


def parts_of(name: str) -> tuple[Part, ...]:
    """Return what came of the parts of an exercise; nothing if it has none.

    Args:
        name: as in `begin`. A check that failed outside of all parts has none either.
    """
    return tuple(_parts.get(name, {}).values())


def banned_in_words(name: str, instead: str) -> str:
    """Say that an answer calls `name`, which its exercise does without."""
    # What the answer calls may hand on to a function of the same name with a _.
    used = name.rpartition(".")[2].removeprefix("_")
    used = name if name == "autograd" else f"`{used}`"
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
    return all(name in _reached and _reached[name] == _possible[name] for name in names)


NOT_ANSWERED = (
    "not answered yet. Write your answer in the cell above, in place of "
    "`raise NotImplementedError`, run it until it shows no error, then run this cell."
)
ENDED = "the cell with your answer ended with an error"
NOT_RUN = (
    "Run the cell with your answer and those above it first; where one shows an error, "
    "mend that."
)
TITLE = "# exercise:"  # begins the first line of an answer cell


def _own_frames(error: BaseException) -> list[tuple[FrameType, int]]:
    """The frames of cells that an error went through; the first is the check cell."""
    return [
        (frame, line)
        for frame, line in traceback.walk_tb(error.__traceback__)
        if frame.f_globals.get("__name__") == "__main__"
    ]


def stands_hidden(error: BaseException) -> bool:
    """Return whether the check that an error ended is one that students don't see."""
    frames = _own_frames(error)
    return bool(frames) and _in_hidden_part(
        frames[0][0].f_code.co_filename, frames[0][1]
    )


def _in_words(name: str, error: Exception) -> str:
    """Say why the block of the exercise `name` ended with `error`."""
    # What cells define lives in __main__.
    frames, hidden = _own_frames(error), stands_hidden(error)
    check_cell = frames[0][0].f_code.co_filename if frames else ""
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
            return f"{what}. {NOT_RUN}"
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
            print(f"– {name:{width}}  0 of {points}  {_open.get(name, 'open')}")
        elif _reached[name] == points:
            print(f"✓ {name:{width}}  {points} of {points}  passed")
        elif _reached[name]:
            open_ = ", ".join(part.name for part in parts_of(name) if part.message)
            print(f"✗ {name:{width}}  {_reached[name]} of {points}  not yet: {open_}")
        else:
            print(f"✗ {name:{width}}  0 of {points}  not yet right")
    text = f"{sum(_reached.values())} of {sum(graded.values())} points"
    if by_hand := sum(_possible.values()) - sum(graded.values()):
        text += f", and up to {by_hand} more for written answers"
    left = sum(not passed(name) for name in graded)
    print(f"{text}. To do: {left}." if left else f"{text}. All checks pass.")
    if used := hints.opened():
        print(f"Third hints that you opened: {used}. They cost no points.")

"""The cells of a key, as the checker runs them."""

import contextlib
import io
import linecache
from collections.abc import Sequence
from typing import Any, NamedTuple

import torch

from course_tools.grading.sandbox import serialization
from course_tools.grading.sandbox.proxies import SandboxEnded
from course_utils.checks import exercises
from course_utils.points import Part, first_failure

COPIED_BELOW = 1_000_000


def run_cell(source: str, namespace: dict, title: str) -> BaseException | None:
    """Execute a cell of the key; return what it raised, or None.

    Args:
        source: the cell.
        namespace: its variables.
        title: names the cell in messages.
    """
    filename = f"<{title}>"
    lines = source.splitlines(keepends=True)
    linecache.cache[filename] = (len(source), None, lines, filename)
    with contextlib.redirect_stdout(io.StringIO()):
        try:
            exec(compile(source, filename, "exec"), namespace)
        except (Exception, SandboxEnded) as error:
            return error
    return None


def copied(namespace: dict) -> dict:
    """Return variables for a check to use, so that nothing it changes stays so."""
    return {
        name: value.clone()
        if isinstance(value, torch.Tensor) and value.numel() < COPIED_BELOW
        else value
        for name, value in namespace.items()
    }


class Ran(NamedTuple):
    """What came of a check cell.

    Attributes:
        message: why it failed or a part of it, "" if it passed.
        hidden: whether students don't see the check that failed.
        parts: what came of its parts; none if it has failed as a whole.
    """

    message: str
    hidden: bool = False
    parts: tuple[Part, ...] = ()


class Checks:
    """The set-up and check cells of a key, in order, for one submission.

    Args:
        exercises: the autograded ones, as `Key.as_dict` gives them.
    """

    def __init__(self, exercises: Sequence[dict]):
        self.exercises = exercises
        self.namespace: dict[str, Any] = {"__name__": "__main__"}

    def set_up(self, exercise: dict) -> None:
        """Execute the cells before an exercise that neither answer nor check.

        One that needs an answer may fail; in a notebook it is marked as such.
        """
        for source in exercise["setup"]:
            run_cell(source, self.namespace, "set-up")
        with contextlib.redirect_stdout(io.StringIO()):
            exercises.begin({})

    def check(self, exercise: dict, cell: str, names: dict[str, Any]) -> Ran:
        """Run a check cell.

        Args:
            exercise: the one it belongs to.
            cell: "visible", without the hidden part, or "check".
            names: what the answers define.

        Raises:
            SandboxEnded: the answer didn't come back.
        """
        name = exercise["name"]
        namespace = copied(self.namespace) | names
        with contextlib.redirect_stdout(io.StringIO()):
            exercises.begin({name: exercise["points"]})
        error = run_cell(exercise[cell], namespace, f"check {name}")
        passed, parts = exercises.passed(name), exercises.parts_of(name)
        with contextlib.redirect_stdout(io.StringIO()):
            exercises.begin({})
        if isinstance(error, SandboxEnded):
            error.hidden = exercises.stands_hidden(error)
            raise error
        if error is None and passed:
            return Ran("", parts=parts)
        if message := first_failure(parts):
            return Ran(message, parts=parts)
        if error is None:
            # A check cell that runs through without its block decides nothing.
            return Ran("the check cell did not check anything.")
        # An answer may raise an error without any words; it has failed all the same.
        message = str(error).removeprefix(f"{name}: ") or "the check gave no reason."
        return Ran(message, getattr(error, "hidden", False))


def try_key(key: dict) -> dict:
    """Run the checks of a key with its own answers.

    Returns:
        `messages`, by exercise, "" for one that passes; and `changes_inputs`, the
        exercises whose answers are meant to change what they are given.
    """
    checks = Checks([e for e in key["exercises"] if e["autograded"]])
    messages, changing = {}, set()
    for exercise in checks.exercises:
        name = exercise["name"]
        checks.set_up(exercise)
        raised = run_cell(exercise["answer"], checks.namespace, f"answer {name}")
        watched = {
            n: _watched(checks.namespace[n], name, changing)
            for n in exercise["names"]
            if callable(checks.namespace.get(n))
        }
        message = checks.check(exercise, "check", watched).message
        messages[name] = f"its answer raised {raised!r}" if raised else message
    return {"messages": messages, "changes_inputs": sorted(changing)}


def _watched(function: Any, exercise: str, changing: set[str]) -> Any:
    def call(*arguments: Any, **named: Any) -> Any:
        encoder = serialization.Encoder(bytearray(), _no_handle)
        encoder.node([arguments, named])
        before = serialization.contents(encoder.objects, _no_handle)
        result = function(*arguments, **named)
        if serialization.contents(encoder.objects, _no_handle) != before:
            changing.add(exercise)
        return result

    return call


def _no_handle(value: Any) -> dict:
    return {"t": "handle", "h": id(value)}

"""What an answer raised, as an exception where the checks run."""

import builtins
import re
from typing import Any

from course_tools.grading.sandbox import protocol
from course_utils.checks import bans, exercises
from course_utils.checks.exercises import NOT_ANSWERED, CheckFailed

# How the words begin that the runner has for an error; see `exercises` and `worker`.
OWN_WORDS = (
    "your code raised ", "your answer uses ", "the check stopped with ",
    "what your code returned can't be checked: ", NOT_ANSWERED,
)  # fmt: skip
# Python takes these for the end of a loop, so that a check might end too early.
ENDS_LOOPS = (StopIteration, StopAsyncIteration)


class Raised(CheckFailed):
    """What an answer raised, told in the words that a notebook has for it.

    Attributes:
        words: the message of the check.
        brief: the same where nothing may be told of what the answer was given.
        kind: the name of the type.
        line: the line of the answer's cell; None if it is not known.
    """

    words = brief = kind = ""
    line: int | None = None

    def __str__(self) -> str:
        return self.words


def as_exception(error: dict, source: str = "") -> Exception:
    """Return an exception of the type that an answer raised, which says it in words.

    Args:
        error: as the sandbox describes it; nothing of it is believed.
        source: the answer, to show the line where it stopped.
    """
    if error.get("banned") in exercises.does_without:
        return bans.Used(error["banned"])
    kind, words = (protocol.clipped(str(error.get(part))) for part in ("type", "words"))
    message = protocol.clipped(str(error.get("message")))
    base = getattr(builtins, kind, None) if error.get("builtin") is True else None
    bases: tuple = (Raised,)
    if isinstance(base, type) and issubclass(base, Exception):
        bases = (Raised,) if issubclass(base, ENDS_LOOPS) else (Raised, base)
    try:
        made = type(kind, bases, {})(message)
    except TypeError:  # a type that can't be made from a message alone
        made = type(kind, (Raised,), {})(message)
    line = error.get("line")
    made.line = line if type(line) is int else None
    made.kind = kind
    # An answer can't speak as a check does.
    raised = (
        f"your code raised {kind}: {words}" if words else f"your code raised {kind}."
    )
    made.words = words if words.startswith(OWN_WORDS) else raised
    made.brief = f"your code raised {kind if base else 'an error'}"
    made.brief += _place(error.get("place"), source)
    return made


def _place(place: Any, source: str) -> str:
    """Say where an answer stopped; nothing that its source doesn't hold is believed."""
    lines = protocol.without_empty_lines(source).splitlines()
    match place:
        case [str(function), int(line)] if 0 < line <= len(lines):
            if re.search(rf"\b{re.escape(function)}\b", source):
                shown = lines[line - 1].strip()
                return f", in {function}, line {line} of its cell: `{shown}`"
    return ""

"""The third hint of an exercise: it opens after two failed checks, and is counted.

Hints 1 and 2 stand above the answer. `course exercises` takes the third out of the text
and puts it into hints.json.
"""

import json
from base64 import b64decode
from collections import Counter
from collections.abc import Collection
from functools import cache
from pathlib import Path

from course_utils.points import shell

FILE = Path(__file__).with_name("hints.json")
FAILURES = 2

# Of the exercise set that runs in this process.
_names: list[str] = []
_failures: Counter[str] = Counter()
_opened: set[str] = set()


def begin(names: Collection[str]) -> None:
    """Start a set: no check has failed, no hint is open.

    Args:
        names: of its exercises.
    """
    for store in (_names, _failures, _opened):
        store.clear()
    _names.extend(names)


@cache
def _stored() -> dict[str, dict[str, str]]:
    """By set and exercise, the third hints in base64, so that no search finds them."""
    return json.loads(FILE.read_text(encoding="utf-8")) if FILE.exists() else {}


def _text(name: str) -> str:
    """The third hint of an exercise of the set that runs, "" if it has none."""
    for hints in _stored().values():
        if name in hints and set(hints) <= set(_names):
            return b64decode(hints[name]).decode()
    return ""


def failed(name: str) -> str:
    """Note that a check has failed; return what to say about the third hint.

    Args:
        name: of the exercise.

    Returns:
        A sentence once there is a hint to open, else "".
    """
    _failures[name] += 1
    if _failures[name] < FAILURES or name in _opened or not _text(name):
        return ""
    return f'Stuck? `checks.hint("{name}")` in a cell of your own shows hint 3.'


def hint(name: str) -> None:
    """Show the third hint of an exercise, once its check has failed twice.

    Hints cost no points. `checks.scoreboard` says how many you have opened.

    Args:
        name: as in the first line of the answer cell.
    """
    text = _text(name)
    if name not in _names:
        names = ", ".join(_names) or "none: run the first code cells"
        print(f"There is no exercise {name}. Exercises of this notebook: {names}.")
    elif not text:
        print(f"{name} has no hint but those above its answer.")
    elif name not in _opened and _failures[name] < FAILURES:
        print(
            f"Hint 3 of {name} opens when its check has failed {FAILURES} times; so "
            f"far {_failures[name]}. Hints 1 and 2 stand above the answer."
        )
    else:
        _opened.add(name)
        _show(f"**Hint 3.** {text}")


def opened() -> int:
    """Return how many third hints have been opened."""
    return len(_opened)


def _show(text: str) -> None:
    if shell() is not None:
        from IPython.display import Markdown, display

        display(Markdown(text))
    else:
        print(text)

"""A notebook as a whole: which exercise set it is, and how much of it is answered."""

import re
from collections.abc import Sequence
from functools import cache
from pathlib import Path

from course_tools.grading.submissions.answers import Key, find_answers, read_key
from course_tools.grading.submissions.notebook import Cell, read_cells
from course_tools.project import UserError

TITLE = re.compile(r"^[ \t]*#[ \t]*exercise:[ \t]*([\w-]+)[ \t]*$", re.M | re.I)


def answers_in(key: Key, content: bytes, name: str) -> frozenset[tuple[str, str]]:
    """Return the exercises that a file answers, each with its answer.

    Args:
        key: the exercises.
        content: of the file.
        name: of the file.

    Raises:
        Unreadable: it is no notebook.
    """
    found = find_answers(key, read_cells(content, name))
    return frozenset((n, a.source) for n, a in found.items() if not a.problem)


def wrong_set(key: Key, folder: Path, cells: Sequence[Cell]) -> str:
    """Return what is wrong if a notebook is not the key's set; "" if it may be.

    Args:
        key: the set that was to be handed in.
        folder: of the keys.
        cells: of the notebook.
    """
    found = {c.grade_id.removesuffix("-check") for c in cells if c.grade_id}
    found |= {n for c in cells if c.kind == "code" for n in TITLE.findall(c.source)}
    own = {exercise.name for exercise in key.exercises}
    if found <= own:
        return ""
    others = _sets(folder)
    best = max(others, key=lambda name: len(found & others[name]), default=key.name)
    # Sets can share a name; a notebook can hold several sets.
    if best != key.name and len(found & others[best]) > 2 * len(found & own):
        return f"it is the set {best}, not {key.name}"
    if not found & own:
        listed = ", ".join(sorted(found)[:3])
        return f"none of its exercises ({listed}) are those of {key.name}"
    return ""


@cache
def _sets(folder: Path) -> dict[str, set[str]]:
    """By set, the names of its exercises."""
    sets = {}
    for path in sorted(folder.glob("*.py")):
        try:
            sets[path.stem] = {exercise.name for exercise in read_key(path).exercises}
        except UserError:
            continue  # it is no key
    return sets

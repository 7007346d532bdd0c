"""Exercises with numbers of each student's own.

`solutions/variants.toml` says for some exercises of the keys beside it which numbers
there are to draw from, and which words of the key become which others:

    [07_signals.rescale]
    numbers.std = [2, 3, 0.5]
    swap = [["of its $Z$ equal to 1.", "of its $Z$ equal to <<std>>."], …]

What stands in `<<…>>` is an expression of Jinja. A swap holds in the prompt, the answer
and the check of its exercise. Keys, and the sets that all have in common, stay as they
are.

Which numbers a student has follows from their id, the set and the exercise, and from
nothing else: no file has to be kept, and nobody is trusted to say which are right.
"""

from __future__ import annotations

import hashlib
import re
import tomllib
import unicodedata
from collections.abc import Callable, Mapping, Sequence
from copy import deepcopy
from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

from course_tools.grading.gradebook.sheets import read_sheet
from course_tools.keys import Exercise, Key
from course_tools.project import UserError, shown

if TYPE_CHECKING:  # grading needs neither, where all have the same numbers
    from jinja2 import Environment
    from nbformat import NotebookNode

FILE = "variants.toml"
# Of a notebook's metadata: whose numbers it holds.
METADATA = "course_variant"
HINT_3 = "It opens after two failed checks."
OWNER = "The numbers in some of these exercises are those of **{student}**."
ID_COLUMNS = ("student", "id", "student id")
# Platforms put a number of their own behind a name.
NUMBERED = re.compile(r"^(?P<name>.+) (?P<number>\d+)$")


@dataclass(frozen=True)
class Varied:
    """An exercise of which each student has other numbers.

    Attributes:
        name: of the exercise.
        numbers: by name, those that there are to draw from.
        swaps: words of the key, and a template of what becomes of them.
    """

    name: str
    numbers: Mapping[str, Sequence[float]]
    swaps: tuple[tuple[str, str], ...]

    def drawn(self, seed: str) -> dict[str, float]:
        """Return the numbers of a student, by name.

        Args:
            seed: what `seed_of` returned.
        """
        found = {}
        for name, values in self.numbers.items():
            text = f"{seed} {self.name} {name}".encode()
            place = int.from_bytes(hashlib.sha256(text).digest()[:8], "big")
            found[name] = values[place % len(values)]
        return found

    def swapped(self, numbers: Mapping[str, float]) -> Callable[[str], str]:
        """Return what puts numbers into a text, all at once.

        Args:
            numbers: by name.
        """
        made = {
            old: _templates().from_string(new).render(numbers)
            for old, new in self.swaps
        }
        longest_first = sorted(made, key=len, reverse=True)
        pattern = re.compile("|".join(map(re.escape, longest_first)))
        return lambda text: pattern.sub(lambda match: made[match[0]], text)


@cache
def _templates() -> Environment:
    from jinja2 import Environment, StrictUndefined

    return Environment(
        variable_start_string="<<",
        variable_end_string=">>",
        undefined=StrictUndefined,
        keep_trailing_newline=True,
        finalize=lambda value: f"{value:.7g}" if isinstance(value, float) else value,
    )


def seed_of(student: str, set_name: str) -> str:
    """Return what all numbers of a student in a set follow from.

    Args:
        student: their id. Case, spaces around it, and how accents are stored don't matter.
        set_name: such as "03_mlp".
    """
    return hashlib.sha256(f"{_plain(student)}\n{set_name}".encode()).hexdigest()[:16]


def _plain(name: str) -> str:
    return unicodedata.normalize("NFC", " ".join(name.split())).casefold()


def read_variants(key: Path) -> tuple[Varied, ...]:
    """Return the exercises of a set of which students have numbers of their own.

    Args:
        key: its file; variants.toml is looked for beside it.

    Raises:
        UserError: that file can't be read.
    """
    path = key.with_name(FILE)
    try:
        stored = tomllib.loads(path.read_text(encoding="utf-8"))
        return tuple(
            Varied(name, found["numbers"], tuple((o, n) for o, n in found["swap"]))
            for name, found in stored.get(key.stem, {}).items()
        )
    except FileNotFoundError:
        return ()
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise UserError(
            f"{shown(path)} can't be read: {type(error).__name__}: {error}. An exercise "
            "has `numbers.NAME = [...]` and `swap = [[OLD, NEW], ...]`."
        ) from None


def varied_key(key: Key, variants: Sequence[Varied], student: str) -> Key:
    """Return a key with the numbers of a student.

    Args:
        key: the one for all.
        variants: of its set.
        student: their id.
    """
    seed, by_name = seed_of(student, key.name), {v.name: v for v in variants}

    def own(exercise: Exercise) -> Exercise:
        if exercise.name not in by_name:
            return exercise
        varied = by_name[exercise.name]
        swap = varied.swapped(varied.drawn(seed))
        return replace(
            exercise,
            answer=swap(exercise.answer),
            visible=swap(exercise.visible),
            check=swap(exercise.check),
            setup=tuple(map(swap, exercise.setup)),
        )

    return replace(key, exercises=tuple(map(own, key.exercises)))


def varied_notebook(
    notebook: NotebookNode, set_name: str, variants: Sequence[Varied], student: str
) -> NotebookNode:
    """Return a set, or a key, with the numbers of a student.

    Args:
        notebook: the one for all; left as it is.
        set_name: such as "03_mlp".
        variants: of this set.
        student: their id.
    """
    notebook, seed = deepcopy(notebook), seed_of(student, set_name)
    for varied in variants:
        swap = varied.swapped(varied.drawn(seed))
        for cell in cells_of(notebook, varied.name):
            cell.source = swap(cell.source).replace(
                HINT_3, f"{HINT_3} It speaks of a set with other numbers than yours."
            )
    opening = next(c for c in notebook.cells if c.source.startswith("# "))
    opening.source += "\n\n" + OWNER.format(student=student)
    notebook.metadata[METADATA] = {"student": student, "seed": seed}
    return notebook


def cells_of(notebook: NotebookNode, exercise: str) -> list[NotebookNode]:
    """Return the cells of an exercise, from behind the one before it to its check.

    Args:
        notebook: a set or a key.
        exercise: its name.
    """
    ids = [c.metadata.get("nbgrader", {}).get("grade_id", "") for c in notebook.cells]
    if f"{exercise}-check" not in ids:
        return []
    answer, end = ids.index(exercise), ids.index(f"{exercise}-check") + 1
    start = max((n + 1 for n in range(answer) if ids[n]), default=0)
    return notebook.cells[start:end]


def problems(key: NotebookNode, path: Path) -> list[str]:
    """Say which swaps do not fit a key, a line for each.

    Args:
        key: what `read_source` returned.
        path: its file.
    """
    lines = []
    for varied in read_variants(path):
        place = f"{shown(path.with_name(FILE))}, {path.stem}.{varied.name}"
        text = "\0".join(cell.source for cell in cells_of(key, varied.name))
        lines += [
            f"{place}: {old!r} does not stand in this exercise. Bring it in step."
            for old, _ in varied.swaps
            if old not in text
        ]
        if not all(varied.numbers.values()):
            lines.append(f"{place}: there are no numbers to draw from.")
    return lines


# --- who has which --------------------------------------------------------------------


class Students:
    """The students of a class, who have numbers of their own.

    Args:
        path: a table in CSV with a row for each. The column `student` or `id`, or else
            the first, has the id that the numbers follow from. A submission is a
            student's if any column has its name.

    Raises:
        UserError: it can't be read, has nobody in it, or somebody twice.
    """

    def __init__(self, path: Path):
        self.path = path
        try:
            sheet = read_sheet(path, "export it again")
        except OSError as error:
            raise UserError(
                f"{shown(path)} can't be read: {error.strerror}. Give --variants the "
                "table of the students."
            ) from None
        names, rows = [_plain(name) for name in sheet.names], sheet.rows.values()
        column = next((names.index(n) for n in ID_COLUMNS if n in names), 0)
        self.ids = [row[column].strip() for row in rows]
        twice = {
            i for i in self.ids if [_plain(o) for o in self.ids].count(_plain(i)) > 1
        }
        if not self.ids or twice or "" in self.ids:
            found = f"{min(twice)!r} twice" if twice else "a row without an id"
            raise UserError(
                f"{shown(path)} has {found if self.ids else 'no students'}. Give a "
                "table with a heading and, in the first column, an id for each student."
            )
        self._rows = {
            i: {_plain(cell) for cell in row} - {""}
            for i, row in zip(self.ids, rows, strict=True)
        }

    def whose(self, name: str) -> str | None:
        """Return the id of the student that a submission is of; None if nobody's, or
        several students', it may be.

        Args:
            name: of the submission.
        """
        parts = NUMBERED.match(_plain(name))
        for wanted in (_plain(name), *(parts.groups() if parts else ())):
            found = [i for i, cells in self._rows.items() if wanted in cells]
            if len(found) == 1:
                return found[0]
        return None

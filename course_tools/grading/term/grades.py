"""What `course grade` has left of each set, as tables of shares, and their weights."""

import csv
import json
import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import pandas as pd

from course_tools.grading.gradebook.folder import Folder
from course_tools.grading.gradebook.rows import (
    GRADE,
    NAME,
    NOT_HANDED_IN,
    TOTAL,
    Row,
    number,
)
from course_tools.grading.grader import Limits, Outcome
from course_tools.grading.lms.roster import find_roster
from course_tools.grading.submissions.answers import Key, read_key
from course_tools.project import UserError, shown


@dataclass
class Graded:
    """The grades of one set.

    Attributes:
        name: of the set, as that of its key's file.
        key: its exercises, answers and checks.
        possible: by exercise, the points; written ones only if somebody has read some.
        shares: students by exercises, of the points that there are, 0 to 1; NaN where
            nothing has been graded, or a written answer has not been read yet.
        total: by student, the grade as a share of the points that count for them; NaN
            if nothing has been graded.
        results: by student and exercise, what the check found.
        names: by the name that the file was handed in under, the student.
        unread: how many written answers nobody has given points for.
        stale: how many rows are of an earlier key or earlier checks.
        files: by student, what was graded.
        excused: the students for whom the set does not count.
        absent: how many have not handed in, and have no points.
        attempts: which of several attempts counts, as `collect` takes it.
        called: returns the name that the roster has for that of a file.
    """

    name: str
    key: Key
    possible: dict[str, int]
    shares: pd.DataFrame
    total: pd.Series
    results: dict[str, dict[str, Outcome]]
    names: dict[str, str]
    unread: int
    stale: int
    files: dict[str, str]
    excused: frozenset[str]
    absent: int
    attempts: str | None = None
    called: Callable[[str], str] = str

    @property
    def label(self) -> str:
        """The set as pages name it, such as "2 softmax regression"."""
        first, _, rest = self.name.partition("_")
        return f"{first.lstrip('0')} {rest.replace('_', ' ')}"


def read_grades(folder: Path, keys: Path) -> Graded:
    """Read the grades of one set, what a person has entered included.

    This is the only place that knows how `course grade` keeps them.

    Args:
        folder: what `course grade --out` has named.
        keys: the folder of the keys.

    Raises:
        UserError: there are no grades, they can't be read, or their key is missing;
            nobody has been graded, or two students have the same name.
    """
    path = folder / "grades.json"
    try:
        stored = json.loads(path.read_text(encoding="utf-8"))
        name, mode, limits = stored["key"], stored["isolation"], stored["limits"]
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise UserError(
            f"{shown(path)} can't be read: {type(error).__name__}: {error}. Name a "
            "folder that `course grade` has written."
        ) from None
    key = read_key(keys / f"{name}.py")
    roster = find_roster(None, folder)
    called = roster.called if roster else str
    with Folder(folder, key, mode, Limits(**limits)) as opened:
        opened.load((), called)
        rows = opened.rows
    if not any(row.results for row in rows.values()):
        raise UserError(
            f"nobody has been graded in {shown(folder)}. Name a folder with results."
        )
    names = {s: row.notes.get(NAME, "").strip() or s for s, row in rows.items()}
    if twice := sorted(
        {n for n in names.values() if list(names.values()).count(n) > 1}
    ):
        raise UserError(
            f"two students of {shown(folder)} are called {twice[0]}. Give one of them "
            "another name in grades.csv."
        )
    graded = _table(key, {names[s]: row for s, row in rows.items()}, names)
    said = stored.get("about_the_class") or {}
    return replace(graded, attempts=said.get("attempts"), called=called)


def _table(key: Key, rows: dict[str, Row], names: dict[str, str]) -> Graded:
    """The grades of a set from its rows, by student."""
    written = [e.name for e in key.written]
    read = {name for name in written if any(row.points(name) for row in rows.values())}
    possible = {
        e.name: e.points for e in key.exercises if e.autograded or e.name in read
    }
    shares, total, unread = {}, {}, 0
    for student, row in rows.items():
        points = {name: row.points(name) for name in possible}
        waiting = row.unread()
        unread += len(waiting)
        graded = bool(row.results) or any(points.values())
        shares[student] = {
            name: number(points[name]) / possible[name]
            if graded and name not in waiting and not row.is_excused(name)
            else math.nan
            for name in possible
        }
        counted = sum(
            p for n, p in possible.items() if n not in waiting and not row.is_excused(n)
        )
        if GRADE in row.given:
            counted = row.possible(key)
        grade = row.grade(key) if counted else ""
        total[student] = number(grade) / counted if grade else math.nan
    return Graded(
        key.name,
        key,
        possible,
        pd.DataFrame.from_dict(shares, orient="index", columns=list(possible)),
        pd.Series(total, dtype=float),
        {student: row.results for student, row in rows.items()},
        names,
        unread,
        sum(row.stale for row in rows.values()),
        {student: row.file for student, row in rows.items()},
        frozenset(s for s, row in rows.items() if TOTAL in row.excused),
        sum(r.problem == NOT_HANDED_IN and not r.grade(key) for r in rows.values()),
    )


def read_weights(given: Sequence[str], sets: Sequence[str]) -> dict[str, float]:
    """Return the share that each set has in the term's total; they sum to 1.

    Args:
        given: "NAME=W" for each set, where NAME is the set, its number, or what
            follows the number; or one CSV file with the columns `set` and `weight`;
            nothing: all sets count the same.
        sets: their names.

    Raises:
        UserError: a name fits no set, or a set has no weight.
    """
    if not given:
        return {name: 1 / len(sets) for name in sets}
    pairs = [text.rpartition("=")[::2] for text in given]
    if len(given) == 1 and "=" not in given[0]:
        pairs = _weights_file(Path(given[0]))
    weights: dict[str, float] = {}
    for name, text in pairs:
        fits = [s for s in sets if name in (s, s[:2], s[:2].lstrip("0"), s[3:])]
        if len(fits) != 1:
            raise UserError(
                f"the weight {name}={text} fits none of the sets {', '.join(sets)}. "
                "Name a set by its name or number, for example 02=20."
            )
        try:
            weights[fits[0]] = float(text)
        except ValueError:
            weights[fits[0]] = math.nan
        if not 0 <= weights[fits[0]] < math.inf:
            raise UserError(f"the weight {name}={text} is no number from 0 up.")
    if missing := [name for name in sets if name not in weights]:
        raise UserError(
            f"--weights says nothing about {missing[0]}. Give it a weight; 0 leaves it "
            "out of the total."
        )
    if not any(weights.values()):
        raise UserError("all weights are 0. Give one of the sets more than that.")
    return {name: weights[name] / sum(weights.values()) for name in sets}


def _weights_file(path: Path) -> list[tuple[str, str]]:
    try:
        with open(path, encoding="utf-8-sig", newline="") as file:
            return [
                (line["set"].strip(), line["weight"] or "")
                for line in csv.DictReader(file)
            ]
    except (OSError, ValueError, KeyError, AttributeError, csv.Error) as error:
        raise UserError(
            f"the weights {shown(path)} can't be read: {type(error).__name__}: {error}. "
            "Give NAME=W for each set, or a CSV with the columns set and weight."
        ) from None

"""What a person has entered into grades.csv: read, kept by student, written back.

The last column of every line is its record: the student, and the points as this program
has written them. What differs from the record is a person's: points of written answers,
other points or another total than the checks', a name, comments, whole columns, whole
lines. Points go on to adjustments.csv, which decides from then on; the record of a cell
that shows points of that file says so, and a cell that a person has emptied since then
takes them away. All else stays here until that person takes it away.

As the record is in the line, it does not matter whether lines are sorted, students come
and go, the key changes, or a run is interrupted between two files.
"""

import csv
import io
import math
import re
import unicodedata
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import parse_qsl, urlencode

from course_tools.grading.gradebook.rows import (
    GRADE,
    NAME,
    TOTAL,
    Row,
    is_number,
    number,
)
from course_tools.grading.gradebook.sheets import read_sheet
from course_tools.grading.submissions.answers import Key
from course_tools.project import UserError, shown
from course_utils.files import replacing

FORMULA = re.compile(r"(^|; ?)(?=[=+\-@\uff1d\uff0b\uff0d\uff20])")
POINTS = re.compile(r"^(?P<name>[\w-]+) \((?P<what>\d+|\d+, by hand|not in the key)\)$")
COMMENT, RECORD = "comment", "record"
# In a record, before points that adjustments.csv has given.
BY_HAND = "by hand "
# Written anew each time; all other columns are a person's.
OURS = (NAME, "status", "file", "isolation", RECORD)


@dataclass
class Table:
    """What a person has entered.

    Attributes:
        lines: by student, a row with nothing but that.
        emptied: by student, the cells with points of adjustments.csv that a person
            has emptied.
        columns: those that a person has made, in their order.
    """

    lines: dict[str, Row] = field(default_factory=dict)
    emptied: dict[str, list[str]] = field(default_factory=dict)
    columns: list[str] = field(default_factory=list)


# --- writing --------------------------------------------------------------------------


def write_table(
    path: Path, key: Key, mode: str, rows: Collection[Row], columns: Collection[str]
) -> None:
    """Write grades.csv.

    Args:
        path: the file.
        key: what was graded.
        mode: how answers were isolated.
        rows: one per student.
        columns: those that a person has made, in their order.
    """
    autograded = [e.name for e in key.autograded]
    ours = {e.name: f"{e.name} ({e.points})" for e in key.autograded}
    ours[TOTAL] = f"{TOTAL} ({sum(e.points for e in key.autograded)})"
    ours |= {e.name: f"{e.name} ({e.points}, by hand)" for e in key.written}
    ours[GRADE] = f"{GRADE} ({sum(e.points for e in key.exercises)})"
    for row in rows:
        ours |= {n: f"{n} (not in the key)" for n in row.given if n not in ours}
    others = [COMMENT, *columns, *(column for row in rows for column in row.notes)]
    others = [c for c in dict.fromkeys(others) if c not in OURS]
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow([NAME, *ours.values(), *others, *OURS[1:]])
    for row in rows:
        cells = {name: row.points(name) for name in ours}
        cells |= {TOTAL: row.total(autograded), GRADE: row.grade(key)}
        texts = [plain_cell(text) for text in (row.status(key), row.file, mode)]
        writer.writerow([
            row.notes.get(NAME, plain_cell(row.student)), *cells.values(),
            *(row.notes.get(column, "") for column in others), *texts,
            _record(row, cells),
        ])  # fmt: skip
    with replacing(path) as file:
        # Spreadsheets need the mark at the start in order to see that this is UTF-8.
        file.write(text.getvalue().encode("utf-8-sig", "replace"))


def _record(row: Row, cells: Mapping[str, str]) -> str:
    """A student and points in one cell, in a form that spreadsheets leave alone."""
    kept = {
        name: f"{BY_HAND}{text}" if name in row.given else text
        for name, text in cells.items()
    }
    return urlencode([(NAME, row.student), *kept.items()])


def plain_cell(text: str) -> str:
    """Return text that no spreadsheet takes for a formula.

    Args:
        text: of a cell. In some languages, spreadsheets begin a new cell after ";".
    """
    return FORMULA.sub(r"\1'", " ".join(text.split()))


# --- reading --------------------------------------------------------------------------


def read_table(
    path: Path,
    key: Key,
    earlier: Mapping[str, Row],
    students: Collection[str] = (),
    *,
    moved: bool = False,
    called: Callable[[str], str] = str,
) -> Table:
    """Return what a person has entered into grades.csv.

    Args:
        path: the file; if there is none, nothing has been entered.
        key: what is graded.
        earlier: by student, the rows of the last run. A line without a record is
            compared with them.
        students: who else is known.
        moved: whether there is an adjustments.csv, which has what was entered before.
        called: returns the name that a student has now.

    Raises:
        UserError: the file can't be read, or it can't be told what belongs to whom.
    """
    try:
        sheet = read_sheet(path, "put back a table from backups/")
    except FileNotFoundError:
        return Table()
    names = sheet.names
    named = {name.strip() for name in names}
    names = [name.strip() or f"column {n}" for n, name in enumerate(names, 1)]
    known = {e.name for e in key.exercises} | {TOTAL, GRADE}
    known |= {name for row in earlier.values() for name in (*row.results, *row.written)}
    kinds = [_kind(name, known) for name in names]
    if twice := {kind[1] for kind in kinds if kinds.count(kind) > 1}:
        raise UserError(
            f"{shown(path)} has two columns for {', '.join(sorted(twice))}. Delete one "
            "of them, or rename it."
        )
    if ("ours", NAME) not in kinds:
        raise UserError(
            f"{shown(path)} has no column {NAME!r}, so it can't be told whose points "
            f"these are. Put it back: the table before is in backups/."
        )
    notes = [name for kind, name in kinds if kind == "notes" and name in named]
    table = Table(columns=notes)
    people = {*earlier, *students}
    for place, cells in sheet.rows.items():
        cells = dict(zip(kinds, cells, strict=True))
        line, emptied = _line(cells, earlier, people, key, moved)
        line.student = called(line.student)
        if not line.student:
            raise UserError(
                f"row {place} of {shown(path)} has no student. Enter one, or delete it."
            )
        if table.lines.setdefault(line.student, line) != line:
            raise UserError(
                f"{shown(path)} has two rows for {line.student}, and they differ. "
                "Keep one."
            )
        table.emptied[line.student] = emptied
    return table


def _kind(column: str, known: Collection[str]) -> tuple[str, str]:
    """What a column holds, and its name or that of the exercise."""
    match = POINTS.match(column)
    if match and (match["name"] in known or not match["what"].isdigit()):
        return "given", match["name"]
    return ("ours" if column in OURS else "notes"), column


def _line(
    cells: Mapping[tuple[str, str], str],
    earlier: Mapping[str, Row],
    people: Collection[str],
    key: Key,
    moved: bool,
) -> tuple[Row, list[str]]:
    """What a person has entered in one line of the table, and has emptied there."""
    name = cells["ours", NAME]
    record = parse_qsl(cells.get(("ours", RECORD), ""), keep_blank_values=True)
    if record and record[0][0] == NAME:
        line, written = Row(record[0][1], ""), dict(record[1:])
        if not same_student(name, line.student):
            line.notes[NAME] = name
    else:
        line = Row(whose(name, people), "")
        written = _written(earlier.get(line.student), key, moved)
    emptied = []
    for (kind, column), text in cells.items():
        before = written.get(column, "")
        if before.startswith(BY_HAND):
            before = before.removeprefix(BY_HAND) if moved else ""
            if kind == "given" and before and not text.strip():
                emptied.append(column)
        if kind == "given" and text.strip():
            if not before or not _same_points(text, before):
                line.given[column] = text
        elif kind == "notes" and text.strip():
            line.notes[column] = text
    return line, emptied


def _written(row: Row | None, key: Key, moved: bool) -> dict[str, str]:
    """What the table has shown for a row, apart from what a person has entered."""
    if row is None:
        return {}
    cells = {name: row.points(name) for name in row.results}
    cells |= {TOTAL: row.total(list(row.results)), GRADE: row.grade(key)}
    cells = {name: text for name, text in cells.items() if name not in row.given}
    given = {name: f"{BY_HAND}{text}" for name, text in row.given.items()}
    return cells | (given if moved else {})


def _same_points(text: str, other: str) -> bool:
    if is_number(text) and is_number(other):
        return number(text) == number(other)
    return text.strip() == other.strip()


def same_student(text: str, student: str) -> bool:
    """Return whether a cell still shows a student, also if a spreadsheet changed it.

    Args:
        text: of the cell.
        student: the name that was written there.
    """
    text = " ".join(unicodedata.normalize("NFC", text).split())
    if text in ("", student, plain_cell(student)):
        return True
    if not student.isdecimal():
        return False
    # It drops the zeros of 0012345, and makes 1.23E+11 of longer numbers.
    closeness = 1e-4 if "e" in text.lower() else 0.0
    return is_number(text) and math.isclose(
        number(text), float(student), rel_tol=closeness
    )


def whose(name: str, people: Collection[str]) -> str:
    """Return the student whom a line without a record belongs to.

    Args:
        name: in the line.
        people: who is known.

    Raises:
        UserError: it may be one of several.
    """
    name = " ".join(unicodedata.normalize("NFC", name).split())
    if name in people or not name:
        return name
    alike = [student for student in people if same_student(name, student)]
    if len(alike) > 1:
        raise UserError(
            f"it can't be told whether the row of {name} is that of "
            f"{' or '.join(sorted(alike))}. Write the name in full."
        )
    return alike[0] if alike else name

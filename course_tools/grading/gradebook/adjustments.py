"""adjustments.csv, which belongs to the instructor: what a person decides about points.

The program makes it once, and from then on only adds rows at its end: one for each
written answer that is to be read, and one for what has been entered into grades.csv.
Of a student's rows for an exercise, the last cell that is not empty counts, column by
column. So what has been decided can be read in the file itself, in its order.
"""

import csv
import io
from collections import defaultdict
from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import asdict, astuple, dataclass, fields
from pathlib import Path

from course_tools.files import write_atomically
from course_tools.grading.gradebook.entered import plain_cell, same_student, whose
from course_tools.grading.gradebook.rows import GRADE, TOTAL, Row, is_number
from course_tools.grading.gradebook.sheets import read_sheet
from course_tools.project import UserError, shown

AS_CHECKED = "as checked"
YES, NO = ("yes", "y", "true", "1", "x"), ("no", "n", "false", "0", "")


@dataclass(frozen=True)
class Entry:
    """A row of the file, as text.

    Attributes:
        student: who.
        exercise: its name; "total" for the points of all checks, "grade" for
            everything, "late" for being late; "" is "total".
        points: in place of those of the checks; "as checked" takes earlier ones back.
        bonus: points on top of the grade, for a penalty below 0.
        excused: "yes" if the exercise does not count; for "total" or "grade", none does.
        comment: for the student.
        reason: for those who grade.
        page: of feedback, by which a student is known whose number a spreadsheet has
            changed.
    """

    student: str
    exercise: str = ""
    points: str = ""
    bonus: str = ""
    excused: str = ""
    comment: str = ""
    reason: str = ""
    page: str = ""


COLUMNS = tuple(field.name for field in fields(Entry))


class Adjustments:
    """What the file says, and what is to be added to it.

    Args:
        path: of the file, which need not exist.
        people: who is known, with the name of their page.
        called: returns the name that a student has now.

    Attributes:
        exists: whether there was a file.
        waiting: rows that `write` will add.

    Raises:
        UserError: the file can't be read, or it can't be told what a row means.
    """

    def __init__(
        self,
        path: Path,
        people: Mapping[str, str],
        called: Callable[[str], str] = str,
    ):
        self.path, self.waiting = path, []
        self._by_student: dict[str, dict[str, dict[str, str]]] = defaultdict(
            lambda: defaultdict(dict)
        )
        self._columns, self._delimiter = list(COLUMNS), ","
        try:
            sheet = read_sheet(path, "put back one from backups/")
        except FileNotFoundError:
            self.exists = False
            return
        self.exists = True
        self._columns = [name.strip() for name in sheet.names]
        self._delimiter = sheet.delimiter
        missing = [n for n in COLUMNS[:3] if self._columns.count(n) != 1]
        if missing:
            raise UserError(
                f"{shown(path)} must have one column {missing[0]!r}. Put it back: the "
                "file before is in backups/."
            )
        pages = {page: student for student, page in people.items() if page}
        for place, cells in sheet.rows.items():
            known = zip(self._columns, cells, strict=True)
            texts = {n: cell.strip() for n, cell in known if n in COLUMNS}
            where = f"row {place} of {shown(path)}"
            student = _student(texts, where, people, pages)
            self._take(called(student), _checked(Entry(**texts), where))

    @property
    def students(self) -> list[str]:
        """Those about whom something has been decided, in the order of the file."""
        decided = COLUMNS[2:6]
        return [
            student
            for student in self._by_student
            if any(self._cells(student, column) for column in decided)
        ]

    def _take(self, student: str, entry: Entry) -> None:
        kept = self._by_student[student][entry.exercise or TOTAL]
        kept |= {name: text for name, text in asdict(entry).items() if text}

    def has(self, student: str, exercise: str) -> bool:
        """Return whether a student has a row for an exercise."""
        return exercise in self._by_student.get(student, {})

    def points(self, student: str) -> dict[str, str]:
        """By exercise, the points that a person has given to a student."""
        points = self._cells(student, "points")
        return {name: text for name, text in points.items() if text != AS_CHECKED}

    def _cells(self, student: str, column: str) -> dict[str, str]:
        rows = self._by_student.get(student, {}).items()
        return {name: row[column] for name, row in rows if row.get(column)}

    def apply(self, row: Row) -> None:
        """Make a row of results say what the file says about its student."""
        row.given = self.points(row.student)
        row.bonus = self._cells(row.student, "bonus")
        row.comments = self._cells(row.student, "comment")
        excused = self._cells(row.student, "excused").items()
        names = [name for name, text in excused if text.casefold() in YES]
        # What the grade is made of is everything.
        row.excused = [TOTAL if name == GRADE else name for name in names]

    def add(self, entry: Entry) -> None:
        """Take a row that is to be added at the end of the file."""
        self.waiting.append(entry)
        self._take(entry.student, entry)

    def take_entered(self, row: Row, points: Mapping[str, str], reason: str) -> None:
        """Add rows for points that a person has entered elsewhere, unless they are known.

        Args:
            row: of the student.
            points: by exercise; "as checked" for those that were taken away.
            reason: where they come from.
        """
        known = self.points(row.student)
        for name, text in points.items():
            # The cells of this file can't hold spaces at their ends.
            if known.get(name, AS_CHECKED) != text.strip():
                self.add(Entry(row.student, name, text.strip(), reason=reason))

    def restore(self, row: Row, points: Mapping[str, str]) -> None:
        """Add rows for what an earlier run knew by this file, which is gone.

        Args:
            row: of the student.
            points: by exercise, those that are not to be found elsewhere.
        """
        for name in {
            **points,
            **row.bonus,
            **row.comments,
            **dict.fromkeys(row.excused),
        }:
            self.add(
                Entry(
                    row.student, name, points.get(name, ""), row.bonus.get(name, ""),
                    "yes" if name in row.excused else "", row.comments.get(name, ""),
                    "kept in grades.json",
                )
            )  # fmt: skip

    def ask_for(self, row: Row, points: Mapping[str, int]) -> None:
        """Add a row for each written answer that nobody has read.

        Args:
            row: of the student.
            points: by written exercise, those that it can have.
        """
        for name in row.unread():
            if not self.has(row.student, name):
                reason = f"an answer to read: up to {points[name]} points"
                self.add(Entry(row.student, name, reason=reason))

    def write(self, pages: Mapping[str, str]) -> None:
        """Add the rows that are waiting; all that is in the file stays as it is.

        Args:
            pages: by student, the name of the page.

        Raises:
            OSError: the file can't be written; then it is as before.
        """
        if self.exists and not self.waiting:
            return
        before = self.path.read_bytes() if self.exists else b""
        newline = "\r\n" if b"\r\n" in before else "\n"
        text = io.StringIO()
        writer = csv.writer(text, delimiter=self._delimiter, lineterminator=newline)
        if not self.exists:
            writer.writerow(COLUMNS)
        elif before and not before.endswith((b"\n", b"\r")):
            text.write(newline)
        for entry in self.waiting:
            page = pages.get(entry.student, "")
            cells = dict(zip(COLUMNS, astuple(entry), strict=True)) | {"page": page}
            cells["student"] = plain_cell(entry.student)
            writer.writerow([cells.get(name, "") for name in self._columns])
        encoding = "utf-8" if self.exists else "utf-8-sig"
        added = text.getvalue().encode(encoding, "replace")
        write_atomically(self.path, before + added)
        self.exists, self.waiting = True, []


def _student(
    texts: Mapping[str, str],
    where: str,
    people: Collection[str],
    pages: Mapping[str, str],
) -> str:
    """Whose row it is: by the page, if that does not contradict the name."""
    name = texts["student"]
    by_page = pages.get(texts.get("page", ""))
    if by_page and (name == by_page or same_student(name, by_page)):
        return by_page
    if not name:
        raise UserError(f"{where} has no student. Enter one, or delete the row.")
    alike = [p for p in people if same_student(name, p)] if is_number(name) else []
    if len(alike) > 1:
        raise UserError(
            f"{where} may be that of {' or '.join(sorted(alike))}. Enter the page of "
            "one of them, as grades.json names it."
        )
    return whose(name, people)


def _checked(entry: Entry, where: str) -> Entry:
    """An entry of which every column can be understood."""
    if entry.bonus and not is_number(entry.bonus):
        raise UserError(
            f"{where} has the bonus {entry.bonus!r}. Enter a number of points, for a "
            "penalty one below 0."
        )
    if entry.excused.casefold() not in (*YES, *NO):
        raise UserError(f"{where} has excused {entry.excused!r}. Enter yes or no.")
    return entry


def lost(before: Iterable[Row], now: Adjustments) -> list[str]:
    """Return what an earlier run knew by this file and the file no longer has.

    Args:
        before: the rows of that run.
        now: the file.
    """
    return [
        f"{row.student} {name} {text}"
        for row in before
        for name, text in row.given.items()
        if not now.has(row.student, name)
    ]

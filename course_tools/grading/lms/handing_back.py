"""What goes back to Canvas and Moodle: grades and feedback, in the forms they import.

Canvas reads the columns of its own gradebook export, and recognizes a zip of feedback
by the names of the files as it gave them out. Moodle reads its own grading worksheet,
or any table with e-mail addresses, and a zip with a folder for each student, named as
in its download. Both leave alone who is not in a table, so those without a grade are
left out: what the platform has may be newer than the roster.
"""

import csv
import html
import io
import re
from collections.abc import Mapping
from pathlib import Path

from course_tools.files import write_atomically
from course_tools.grading.gradebook.folder import Folder, explained
from course_tools.grading.gradebook.rows import (
    GRADE,
    NOT_HANDED_IN,
    TOTAL,
    Row,
    is_number,
    number,
)
from course_tools.grading.lms.feedback_zips import write_zips
from course_tools.grading.lms.roster import CANVAS, KEPT, PLAIN, Roster
from course_tools.grading.submissions.answers import Key
from course_tools.project import UserError, shown

ASSIGNMENT = re.compile(r"^(?P<title>.+) \((?P<id>\d+)\)$")


def hand_back(
    folder: Folder, roster: Roster | None, assignment: str | None = None
) -> list[str]:
    """Write what platforms import into the folder of results.

    Args:
        folder: the results, saved.
        roster: who is in the class; None: only feedback is written.
        assignment: the column of Canvas; see `course grade --help`.

    Returns:
        What an instructor should know about it.

    Raises:
        UserError: there is no such column, or the files can't be written.
    """
    with explained(folder.path):
        told = write_zips(folder)
        if roster is None or roster.kind == PLAIN:
            return told
        write = _canvas if roster.kind == CANVAS else _moodle
        return [*told, *write(folder, roster, assignment)]


def keep_roster(folder: Folder, roster: Roster | None) -> None:
    """Keep a copy of the roster for later runs, also if this one is interrupted.

    Args:
        folder: the results.
        roster: None if there is none, or it has been taken back.

    Raises:
        UserError: the copy can't be written.
    """
    kept = folder.path / KEPT
    with explained(folder.path):
        if roster is None:
            kept.unlink(missing_ok=True)
        elif roster.path != kept:
            write_atomically(kept, roster.path.read_bytes())


def _canvas(folder: Folder, roster: Roster, assignment: str | None) -> list[str]:
    """Write grades-canvas.csv: who it is, and the one column that gets grades."""
    names = [name.strip() for name in roster.sheet.names]
    last = [name.casefold() for name in names].index("section")
    column = canvas_column(roster, folder.key, assignment)
    place = names.index(column) if column else None
    rows = roster.sheet.rows
    most = float(sum(e.points for e in folder.key.exercises))
    told = []
    if place is None:
        told.append(
            f"grades-canvas.csv: Canvas will ask whether {folder.key.name} is a new "
            "assignment. --assignment names the column of one that is there."
        )
    else:
        points = [c[place] for c in rows.values() if "Points Possible" in c[0]]
        most = (number(points[0]) if points else 0.0) or most
    table = [
        [*names[: last + 1], column or folder.key.name],
        ["    Points Possible", *[""] * last, _short(most)],
    ]
    grades = _Grades(folder, most)
    for key, person in roster.people.items():
        if grade := grades.of(key, excused="EX"):
            table.append([*rows[person.row][: last + 1], grade])
    _write(folder.path / "grades-canvas.csv", table)
    return [*told, *grades.told("grades-canvas.csv", "Canvas")]


def _moodle(folder: Folder, roster: Roster, _: str | None) -> list[str]:
    """Write grades-moodle.csv: the worksheet with grades, or a table with addresses."""
    names = [name.strip().casefold() for name in roster.sheet.names]
    header = list(roster.sheet.names)
    listed = "identifier" not in names
    if listed:
        header += [folder.key.name, f"{folder.key.name} (feedback)"]
        names += ["grade", "feedback comments"]
    most = float(sum(e.points for e in folder.key.exercises))
    table, grades = [header], _Grades(folder, most)
    for key, person in roster.people.items():
        cells = list(roster.sheet.rows[person.row])
        cells += ["", ""] if listed else []
        if "maximum grade" in names:
            grades.most = number(cells[names.index("maximum grade")]) or most
        grade = grades.of(key, beyond=listed)
        row = folder.rows.get(key)
        if row and row.comments and "feedback comments" in names:
            cells[names.index("feedback comments")] = _as_html(row.comments)
        if grade:
            cells[names.index("grade")] = grade
            table.append(cells)
    _write(folder.path / "grades-moodle.csv", table)
    return grades.told("grades-moodle.csv", "Moodle")


class _Grades:
    """Grades as a platform wants them.

    Args:
        folder: the results.
        most: the points that the platform has for the assignment.
    """

    def __init__(self, folder: Folder, most: float):
        self.folder, self.most = folder, most
        self._open: dict[str, int] = {}
        self._scaled = 0.0

    def of(self, key: str, excused: str = "", beyond: bool = True) -> str:
        """The grade of a student; "" if there is none yet.

        Args:
            key: who.
            excused: for whom all is excused.
            beyond: whether there can be more than all points.
        """
        row = self.folder.rows.get(key)
        if row and TOTAL in row.excused:
            return excused
        reason = _why_open(row, self.folder.key)
        possible = row.possible(self.folder.key) if row else 0
        if reason or not possible:
            reason = reason or "nothing that counts"
            self._open[reason] = self._open.get(reason, 0) + 1
            return ""
        self._scaled = self.most
        points = number(row.grade(self.folder.key)) * self.most / possible
        return _short(points if beyond else min(points, self.most))

    def told(self, name: str, platform: str) -> list[str]:
        """What an instructor should know about the file."""
        ours = sum(e.points for e in self.folder.key.exercises)
        scale = ""
        if self._scaled and self._scaled != ours:
            scale = f", {ours} points as {_short(self._scaled)}"
        lines = [f"{name}: to be imported into {platform}{scale}"]
        if self._open:
            reasons = ", ".join(f"{n} × {why}" for why, n in self._open.items())
            lines.append(
                f"  left out, for whom {platform} keeps what it has: {reasons}"
            )
        return lines


def _why_open(row: Row | None, key: Key) -> str:
    """Why there is no grade to be handed back; "" if there is one."""
    if row and row.unread():
        return "answers to read"
    if row is None or (row.problem == NOT_HANDED_IN and not row.given):
        return NOT_HANDED_IN
    given = row.given
    names = [TOTAL, *(e.name for e in key.exercises)]
    decided = [n for n in ([GRADE] if GRADE in given else names) if n in given]
    if not all(is_number(given[name]) for name in decided):
        return "points that are no number"
    checked = row.results or row.problem == NOT_HANDED_IN
    whole = {GRADE, TOTAL} & {*decided} or all(e.name in given for e in key.autograded)
    return "" if checked or whole else "not graded"


def canvas_column(roster: Roster, key: Key, assignment: str | None) -> str | None:
    """Return the column of Canvas that grades go to; None if there is none yet.

    Args:
        roster: who is in the class.
        key: what is graded.
        assignment: the column's name, with or without its number, or that number. None:
            it is found by the topic or the number in the key's name.

    Raises:
        UserError: there is no such column, or several.
    """
    if roster.kind != CANVAS:
        if assignment:
            raise UserError(
                f"--assignment {assignment!r} names a column of Canvas, and "
                f"{shown(roster.path)} is no gradebook of Canvas. Leave it out, or say "
                '--assignment "" if it is that of an earlier run.'
            )
        return None
    found = {
        name.strip(): ASSIGNMENT.match(name.strip()) for name in roster.sheet.names
    }
    titles = {name: match for name, match in found.items() if match}
    if assignment:
        wanted = assignment.casefold()
        fit = [
            name
            for name, match in titles.items()
            if wanted in (name.casefold(), match["title"].casefold(), match["id"])
        ]
    else:
        place, _, topic = key.name.partition("_")
        digits = rf"(?<!\d)0*{int(place)}(?!\d)" if place.isdecimal() else "$^"
        by_topic = [
            name
            for name, match in titles.items()
            if _letters(topic or key.name) in _letters(match["title"])
        ]
        by_number = [n for n, m in titles.items() if re.search(digits, m["title"])]
        fit = next((f for f in (by_topic, by_number) if len(f) == 1), [])
        fit = (
            fit or [*by_topic, *by_number] or (list(titles) if len(titles) == 1 else [])
        )
    if len(fit) > 1 or (assignment and not fit):
        raise UserError(
            f"{shown(roster.path)} has {len(fit) or 'no'} columns for "
            f"{assignment or key.name}. Give --assignment one of: "
            f"{', '.join(fit or titles) or 'there are none'}."
        )
    return fit[0] if fit else None


def _letters(text: str) -> str:
    return re.sub(r"[\W_]", "", text.casefold())


def _short(points: float) -> str:
    """Points with two decimals at most, as both platforms show them."""
    return f"{points:.2f}".rstrip("0").rstrip(".")


def _as_html(comments: Mapping[str, str]) -> str:
    """Comments for Moodle, whose field for them holds HTML."""
    lines = [
        html.escape(text if name == TOTAL else f"{name}: {text}")
        for name, text in comments.items()
    ]
    return "".join(f"<p>{line.replace(chr(10), '<br>')}</p>" for line in lines)


def _write(path: Path, table: list[list[str]]) -> None:
    text = io.StringIO()
    csv.writer(text, lineterminator="\n").writerows(table)
    write_atomically(path, text.getvalue())

"""What a run of `course grade` leaves: grades.csv, grades.json, and a summary."""

from __future__ import annotations

import csv
import hashlib
import io
import json
import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import asdict, dataclass, field
from functools import cache
from pathlib import Path
from statistics import mean

import course_tools
import course_utils
from course_tools.grading.grader import Limits, Result
from course_tools.grading.submissions.answers import Key, Submission
from course_tools.project import UserError, shown
from course_utils.files import write_atomically

PACKAGES = tuple(Path(p.__file__).parent for p in (course_tools, course_utils))
FORMULA = re.compile(r"(^|; ?)(?=[=+\-@\uff1d\uff0b\uff0d\uff20])")
# What the columns end with that a person fills in.
BY_HAND = ", by hand)"
BARS = 10
BAR_WIDTH = 40


@dataclass
class Row:
    """One student.

    Attributes:
        student: who.
        file: what was handed in.
        problem: why nothing could be graded; "" if it could.
        results: by autograded exercise.
        written: by written exercise, "answered" or why not.
        digest: of all that the results depend on.
        feedback: the name of the page.
    """

    student: str
    file: str
    problem: str = ""
    results: dict[str, Result] = field(default_factory=dict)
    written: dict[str, str] = field(default_factory=dict)
    digest: str = ""
    feedback: str = ""

    @property
    def total(self) -> int:
        """The points of all autograded exercises."""
        return sum(result.points for result in self.results.values())

    @property
    def status(self) -> str:
        """In a few words, what an instructor should know about this row."""
        if self.problem:
            return f"not graded: {self.problem}"
        counts = Counter(r.outcome for r in self.results.values())
        notable = [
            f"{n} {o}" for o in ("crashed", "timed out", "missing") if (n := counts[o])
        ]
        notes = [f"{name}: {r.note}" for name, r in self.results.items() if r.note]
        waiting = sum(state == "answered" for state in self.written.values())
        if waiting:
            notes.append(f"{waiting} written to read")
        return "; ".join(["graded", *notable, *notes])


def digest(key: Key, submission: Submission, mode: str, limits: Limits) -> str:
    """Return a checksum of all that the results of a submission depend on."""
    text = f"{code_digest(PACKAGES)} {key.digest} {submission.digest} {mode} {limits}"
    return hashlib.sha256(text.encode()).hexdigest()


@cache
def code_digest(packages: tuple[Path, ...]) -> str:
    """Return a checksum of Python files: what checks call, and what runs them.

    Args:
        packages: the folders that they lie in, at any depth.
    """
    whole = hashlib.sha256()
    for package in packages:
        for path in sorted(package.rglob("*.py")):
            content = hashlib.sha256(path.read_bytes()).hexdigest()
            whole.update(f"{path.relative_to(package.parent)} {content}\n".encode())
    return whole.hexdigest()


def read_rows(folder: Path, key: Key) -> dict[str, Row]:
    """Return the rows of an earlier run, by student; none if there was none.

    Args:
        folder: where results are.
        key: what is graded.

    Raises:
        UserError: the results are those of another exercise set.
    """
    try:
        stored = json.loads((folder / "grades.json").read_text(encoding="utf-8"))
        name, rows = stored["key"], {}
        for row in stored["students"]:
            results = {n: Result(**r) for n, r in row.pop("results").items()}
            for derived in ("total", "status"):
                row.pop(derived)
            rows[row["student"]] = Row(**row, results=results)
    except (OSError, ValueError, KeyError, TypeError):
        return {}
    if name != key.name:
        raise UserError(
            f"{shown(folder)} holds the grades of {name}. Give --out another folder "
            f"for those of {key.name}."
        )
    return rows


def read_points_by_hand(folder: Path) -> dict[tuple[str, str], str]:
    """Return what a person has entered into grades.csv, by student and column.

    Args:
        folder: where results are.

    Raises:
        UserError: the file is there, but can't be read.
    """
    try:
        text = (folder / "grades.csv").read_text(encoding="utf-8-sig")
    except FileNotFoundError:
        return {}
    except (OSError, ValueError) as error:
        raise UserError(
            f"{shown(folder / 'grades.csv')} can't be read, so points in it would be "
            f"lost: {error}. Save it as CSV in UTF-8, or move it."
        ) from None
    header = text.partition("\n")[0]
    # In some languages, spreadsheets save a table with semicolons.
    delimiter = max(",;\t", key=header.count)
    return {
        (row.get("student", ""), column): points
        for row in csv.DictReader(io.StringIO(text), delimiter=delimiter)
        for column, points in row.items()
        if column and column.endswith(BY_HAND) and points
    }


def write_grades(
    folder: Path, key: Key, mode: str, limits: Limits, rows: Sequence[Row]
) -> None:
    """Write grades.csv and grades.json; points entered into grades.csv by hand stay.

    Args:
        folder: where to.
        key: what was graded.
        mode: how answers were isolated.
        limits: of each answer.
        rows: one per student.
    """
    stored = {
        "key": key.name,
        "key_digest": key.digest,
        "isolation": mode,
        "limits": asdict(limits),
        "exercises": {e.name: e.points for e in key.autograded},
        "written": {e.name: e.points for e in key.written},
        "students": [
            asdict(row) | {"total": row.total, "status": row.status} for row in rows
        ],
    }
    text = json.dumps(stored, indent=1, ensure_ascii=False)
    write_atomically(folder / "grades.json", text + "\n")
    entered = read_points_by_hand(folder)
    by_hand = [f"{e.name} ({e.points}{BY_HAND}" for e in key.written]
    table = io.StringIO()
    writer = csv.writer(table, lineterminator="\n")
    possible = sum(e.points for e in key.autograded)
    by_checks = [f"{e.name} ({e.points})" for e in key.autograded]
    by_checks.append(f"total ({possible})")
    writer.writerow(["student", *by_checks, *by_hand, "status", "file", "isolation"])
    for row in rows:
        points = [
            row.results[e.name].points if e.name in row.results else ""
            for e in key.autograded
        ]
        total = "" if row.problem else row.total
        student = plain_cell(row.student)
        written = [entered.get((student, column), "") for column in by_hand]
        texts = [plain_cell(text) for text in (row.status, row.file, mode)]
        writer.writerow([student, *points, total, *written, *texts])
    # Spreadsheets need the mark at the start in order to see that this is UTF-8.
    write_atomically(folder / "grades.csv", "\ufeff" + table.getvalue())


def plain_cell(text: str) -> str:
    """Return text that no spreadsheet takes for a formula.

    Args:
        text: of a cell. In some languages, spreadsheets begin a new cell after ";".
    """
    return FORMULA.sub(r"\1'", " ".join(text.split()))


def summary(key: Key, rows: Sequence[Row]) -> list[str]:
    """Return lines for the terminal: means, what fails most and why, a histogram."""
    graded = [row for row in rows if not row.problem]
    lines = [f"not graded: {r.student}: {r.problem}" for r in rows if r.problem]
    if not graded:
        return lines
    possible = sum(e.points for e in key.autograded)
    width = max(len(e.name) for e in key.autograded)
    lines += ["", f"{'exercise':{width}}  mean of  passed  failed  other  missing"]
    for e in key.autograded:
        outcomes = Counter(row.results[e.name].outcome for row in graded)
        points = mean(row.results[e.name].points for row in graded)
        other = outcomes["crashed"] + outcomes["timed out"]
        lines.append(
            f"{e.name:{width}}  {points:4.2f} {e.points:2}  {outcomes['passed']:6}  "
            f"{outcomes['failed']:6}  {other:5}  {outcomes['missing']:7}"
        )
    totals = [row.total for row in graded]
    lines.append(
        f"{'total':{width}}  {mean(totals):4.1f} {possible:2}  "
        f"({len(graded)} students, from {min(totals)} to {max(totals)})"
    )
    for e in key.written:
        answered = sum(row.written.get(e.name) == "answered" for row in graded)
        lines.append(
            f"{e.name}: {answered} written answers to read, {e.points} points each"
        )
    lines += ["", *_most_failed(key, graded), "", *_histogram(totals, possible)]
    return lines


def _most_failed(key: Key, graded: Sequence[Row]) -> list[str]:
    failures = {
        e.name: Counter(
            _kind_of(row.results[e.name])
            for row in graded
            if row.results[e.name].outcome not in ("passed", "missing")
        )
        for e in key.autograded
    }
    worst = sorted(failures, key=lambda name: -failures[name].total())[:3]
    lines = []
    for name in worst:
        if not failures[name]:
            continue
        lines.append(f"{name}: {failures[name].total()} did not pass")
        for message, count in failures[name].most_common(3):
            short = message if len(message) <= 100 else message[:97] + "..."
            lines.append(f"  {count:3} × {short}")
    return lines or ["No check failed."]


def _kind_of(result: Result) -> str:
    """The message up to the numbers that differ from run to run."""
    if result.hidden and result.outcome == "failed":
        return "only the hidden checks failed"
    return " ".join(result.message.split())


def _histogram(totals: Sequence[int], possible: int) -> list[str]:
    step = max(1, -(-(possible + 1) // BARS))
    counts = [
        sum(start <= total < start + step for total in totals)
        for start in range(0, possible + 1, step)
    ]
    lines = ["points   students"]
    for index, count in enumerate(counts):
        start = index * step
        last = min(start + step - 1, possible)
        label = f"{start}" if last == start else f"{start}–{last}"
        bar = "█" * round(count * BAR_WIDTH / max(max(counts), BAR_WIDTH))
        lines.append(
            f"{label:>7}  {bar or ('▏' if count else '')} {count or ''}".rstrip()
        )
    return lines

"""The folder of results: one run at a time, every row in every save, copies of before."""

import errno
import json
from collections.abc import Callable, Collection, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import asdict, replace
from pathlib import Path
from types import MappingProxyType
from typing import Self

from filelock import FileLock, Timeout

from course_tools.files import write_atomically
from course_tools.grading.gradebook.adjustments import (
    AS_CHECKED,
    Adjustments,
    lost,
)
from course_tools.grading.gradebook.digest import rules_digest
from course_tools.grading.gradebook.entered import Table, read_table, write_table
from course_tools.grading.gradebook.feedback import file_names, page
from course_tools.grading.gradebook.rows import (
    GRADE,
    LATE,
    NOT_HANDED_IN,
    TOTAL,
    Row,
    number,
)
from course_tools.grading.grader import Limits, Outcome
from course_tools.grading.submissions.answers import Key, Submission
from course_tools.project import UserError, shown

REMEDIES = {
    errno.ENOSPC: "Free some space there",
    errno.EDQUOT: "Free some of your space there",
    errno.EFBIG: "Allow larger files there",
    errno.EROFS: "Name a folder that you can write to",
    errno.EACCES: "Name a folder that you can write to",
    errno.EPERM: "Name a folder that you can write to",
    errno.ENOENT: "Put the folder back",
    errno.ENOTDIR: "Name a folder",
    errno.EEXIST: "Name a folder",
    errno.ENAMETOOLONG: "Name a shorter one",
}


@contextmanager
def explained(folder: Path) -> Iterator[None]:
    """Turn an error of the file system into a sentence with a remedy.

    Args:
        folder: where results are written.

    Raises:
        UserError: in place of any `OSError`.
    """
    try:
        yield
    except OSError as error:
        where = Path(error.filename or folder)
        where = shown(folder if where.suffix == ".tmp" else where)
        remedy = REMEDIES.get(error.errno, "Mend that")
        raise UserError(
            f"{where} can't be read or written: {error.strerror or error}. {remedy}, "
            "and run the same command again; what was saved before is still there."
        ) from None


class Folder:
    """Where the results of one exercise set are kept; for a `with` block.

    Args:
        path: the folder; it is made if it does not exist.
        key: what is graded.
        mode: how answers are isolated.
        limits: of each answer.
        said: what options say about the class, to be kept for later runs.

    Attributes:
        rows: by student, all that there are, those of earlier runs included.
        notices: what an instructor should know about the table.

    Raises:
        UserError: the folder can't be used, or another run is using it.
    """

    def __init__(
        self,
        path: Path,
        key: Key,
        mode: str,
        limits: Limits,
        said: Mapping[str, str | None] = MappingProxyType({}),
    ):
        self.path, self.key, self.mode, self.limits = path, key, mode, limits
        self.said = said
        self.rows: dict[str, Row] = {}
        self.notices: list[str] = []
        self._table = path / "grades.csv"
        self._stored = path / "grades.json"
        self._by_hand = path / "adjustments.csv"
        self._called: Callable[[str], str] = str
        self._columns: list[str] = []
        self._seen: tuple[int, ...] = ()
        self._lock = FileLock(path / ".lock", timeout=0)

    def __enter__(self) -> Self:
        with explained(self.path):
            (self.path / "feedback").mkdir(parents=True, exist_ok=True)
            try:
                self._lock.acquire()
            except Timeout:
                raise UserError(
                    f"another `course grade` is writing to {shown(self.path)}. Wait "
                    "until it is done, or give --out another folder."
                ) from None
            # What a run has left that was killed while it wrote.
            for folder in (self.path, self.path / "feedback"):
                for left in folder.glob(".*.tmp"):
                    left.unlink(missing_ok=True)
        return self

    def __exit__(self, *_: object) -> None:
        self._lock.release()

    def load(
        self, students: Collection[str], called: Callable[[str], str] = str
    ) -> None:
        """Read the rows of earlier runs, and what a person has entered.

        Args:
            students: those who have handed in now.
            called: returns the name that a student of an earlier run has now.

        Raises:
            UserError: the results are another set's, or can't be read.
        """
        self._called = called
        with explained(self.path):
            points = self._load_rows()
            existed = self._table.exists()
            stored = [replace(row) for row in self.rows.values()]
            table = self._take_entered(students)
        missing = {row.student for row in stored} - set(table.lines)
        gone = sorted(missing, key=str.casefold)
        if gone and existed:
            self._notice(gone, "no longer in grades.csv", "They are back in it.")
        elif gone:
            self.notices.append("grades.csv was gone. It is made from grades.json.")
        known = {s for s, r in self.rows.items() if r.problem != NOT_HANDED_IN}
        new = set(self.rows) - {row.student for row in stored} - set(students)
        if new and stored:
            where = "first named in adjustments.csv or grades.csv"
            self._notice(sorted(new), where, "They have rows of their own now.")
        away = sorted(known - set(students), key=str.casefold)
        if away:
            self._notice(away, "not among these submissions", "Their rows stay.")
        if cells := lost(stored, self._adjustments):
            then = "They do not count any more; the file before is in backups/."
            self._notice(cells, "no longer in adjustments.csv", then)
        if count := len(self._adjustments.waiting):
            self.notices.append(
                f"entered in grades.csv: {count} points. They are in adjustments.csv "
                "now, which decides about them from here on."
            )
        now = {e.name: e.points for e in self.key.exercises}
        given = {name for row in self.rows.values() for name in row.given}
        for name in sorted(given - set(now) - {TOTAL, GRADE}):
            self.notices.append(
                f"the key has no exercise {name}. The points entered for it stay in a "
                "column of their own and do not count."
            )
        excused = {name for row in self.rows.values() for name in row.excused}
        for name in sorted(excused - set(now) - {TOTAL, LATE}):
            self.notices.append(
                f"the key has no exercise {name}, from which adjustments.csv excuses."
            )
        for name in sorted(now):
            count = sum(name in row.given for row in self.rows.values())
            if count and points.get(name, now[name]) != now[name]:
                self.notices.append(
                    f"{name} has {now[name]} points now and had {points[name]}. Look "
                    f"at the points entered for {count} students: they stay as they are."
                )

    def _notice(self, students: list[str], what: str, then: str) -> None:
        more = f" and {len(students) - 5} more" if len(students) > 5 else ""
        self.notices.append(f"{what}: {', '.join(students[:5])}{more}. {then}")

    def _load_rows(self) -> dict[str, int]:
        """Read grades.json; return the points that exercises had."""
        try:
            stored = json.loads(self._stored.read_text(encoding="utf-8"))
            name, rows = stored["key"], {}
            for row in stored["students"]:
                results = {n: Outcome(**r) for n, r in row.pop("results").items()}
                for derived in ("total", "status", "grade", "possible"):
                    row.pop(derived, None)
                row = Row(**row, results=results)
                row.student = self._called(row.student)
                before = rows.get(row.student)
                # Of two who are one by now, the row with results, or else a file.
                if not before or _has(row) > _has(before):
                    rows[row.student] = row
            points = stored["exercises"] | stored["written"]
        except FileNotFoundError:
            return {}
        except (ValueError, KeyError, TypeError, AttributeError) as error:
            raise UserError(
                f"{shown(self._stored)} can't be read: {type(error).__name__}: {error}. "
                "Put back the one in backups/, or delete it, and all are graded again."
            ) from None
        if name != self.key.name:
            raise UserError(
                f"{shown(self.path)} holds the grades of {name}. Give --out another "
                f"folder for those of {self.key.name}."
            )
        rules = rules_digest(self.key, self.mode, self.limits)
        for row in rows.values():
            row.stale = bool(row.digest) and not row.digest.startswith(rules)
        self.rows = rows
        return points

    def _take_entered(self, students: Collection[str] = ()) -> Table:
        """Read both files that a person writes in; adjustments.csv decides."""
        self._seen = self._signature()
        people = dict.fromkeys(students, "")
        people |= {student: row.feedback for student, row in self.rows.items()}
        entered = self._adjustments = Adjustments(self._by_hand, people, self._called)
        table = read_table(
            self._table, self.key, self.rows, people,
            moved=entered.exists, called=self._called,
        )  # fmt: skip
        if not entered.exists:
            for student, row in self.rows.items():
                entered.restore(row, {} if student in table.lines else row.given)
        for student in (*table.lines, *entered.students):
            unknown = Row(student, "", "checks have given no results")
            self.rows.setdefault(student, unknown)
        for student, line in table.lines.items():
            self.rows[student].notes = line.notes
            emptied = dict.fromkeys(table.emptied[student], AS_CHECKED)
            entered.take_entered(line, line.given | emptied, "entered in grades.csv")
        for row in self.rows.values():
            entered.apply(row)
        self._columns = table.columns
        return table

    def _signature(self) -> tuple[int, ...]:
        """Changes when somebody else writes one of both files."""
        found = []
        for path in (self._table, self._by_hand):
            try:
                status = path.stat()
            except FileNotFoundError:
                found.append(0)
            else:
                found += [status.st_ino, status.st_size, status.st_mtime_ns]
        return tuple(found)

    def begin(self, rows: Collection[Row]) -> None:
        """Give each row a page of its own, and keep a copy of the table as it is.

        Args:
            rows: those that are going to be put.
        """
        names = {s: row.feedback for s, row in self.rows.items() if row.feedback}
        names = file_names(sorted({*self.rows, *(row.student for row in rows)}), names)
        for row in (*self.rows.values(), *rows):
            row.feedback = names[row.student]
        with explained(self.path):
            self._keep_copy()
            self._adjustments.write(names)
            self._seen = self._signature()

    def _keep_copy(self) -> None:
        """Copy all files to the next number in backups/, unless the last are the same."""
        if not self._table.exists():
            return
        folder = self.path / "backups"
        folder.mkdir(exist_ok=True)
        kept = {int(p.stem[7:]): p for p in folder.glob("grades-[0-9]*.csv")}
        last = max(kept, default=0)
        table = self._table.read_bytes()
        by_hand = self._by_hand.read_bytes() if self._by_hand.exists() else b""
        kept_by_hand = folder / f"adjustments-{last}.csv"
        before = kept_by_hand.read_bytes() if kept_by_hand.exists() else b""
        if last and kept[last].read_bytes() == table and before == by_hand:
            return
        copy = folder / f"grades-{last + 1}.csv"
        write_atomically(folder / f"adjustments-{last + 1}.csv", by_hand)
        if self._stored.exists():
            write_atomically(copy.with_suffix(".json"), self._stored.read_bytes())
        write_atomically(copy, table)

    def put(self, row: Row, submission: Submission | None) -> None:
        """Take a row in place of an earlier one of its student, and write its page.

        Args:
            row: the results.
            submission: the answers; None if they could not be read.
        """
        row.take_entered(self.rows.get(row.student))
        self.rows[row.student] = row
        with explained(self.path):
            text = page(self.key, row, submission)
            write_atomically(self.path / "feedback" / row.feedback, text)

    def save(self) -> None:
        """Write every row; what a person has entered in the meantime is read first."""
        written = {e.name: e.points for e in self.key.written}
        with explained(self.path):
            try:
                if self._signature() != self._seen:
                    self._keep_copy()
                    self._take_entered()
                for row in self._sorted():
                    self._adjustments.ask_for(row, written)
                pages = {student: row.feedback for student, row in self.rows.items()}
                self._adjustments.write(pages)
            finally:
                # Also when the files are such that nothing may be written over them.
                self._write_rows()
            rows = self._sorted()
            write_table(self._table, self.key, self.mode, rows, self._columns)
            self._seen = self._signature()

    def _sorted(self) -> list[Row]:
        return sorted(self.rows.values(), key=lambda row: row.student.casefold())

    def _write_rows(self) -> None:
        names = [e.name for e in self.key.autograded]
        derived = {
            row.student: {
                "total": number(row.total(names)),
                "status": row.status(self.key),
                "grade": number(grade) if (grade := row.grade(self.key)) else None,
                "possible": row.possible(self.key),
            }
            for row in self.rows.values()
        }
        stored = {
            "key": self.key.name,
            "key_digest": self.key.digest,
            "isolation": self.mode,
            "limits": asdict(self.limits),
            "about_the_class": dict(self.said),
            "exercises": {e.name: e.points for e in self.key.autograded},
            "written": {e.name: e.points for e in self.key.written},
            "students": [asdict(r) | derived[r.student] for r in self._sorted()],
        }
        text = json.dumps(stored, indent=1, ensure_ascii=False) + "\n"
        write_atomically(self._stored, text.encode("utf-8", "replace"))


def _has(row: Row) -> tuple[bool, bool]:
    return bool(row.results), bool(row.file)

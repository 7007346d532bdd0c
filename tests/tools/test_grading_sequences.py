"""Whatever happens between the first marks and the last, what a person entered stays.

Each sequence grades a small class, enters points, other points, totals, names and
comments, in grades.csv or adjustments.csv, and goes on by chance: the key is broken,
mended, gets other points, loses an exercise; students come, go, are renamed, answer differently; runs are interrupted at
any moment, have no room, come two at a time, or grade another section into the same
folder. `COURSE_SEQUENCES=500` runs that many.
"""

import csv
import io
import os
import random
import signal
import sys
from pathlib import Path
from urllib.parse import parse_qsl

import pytest
from grading.standin import BROKEN, FAILS, Server, write_answers, write_key

from course_tools.grading.gradebook.feedback import file_names

SEQUENCES = int(os.environ.get("COURSE_SEQUENCES", "54"))
STEPS = 10
NAMES = ("Ada", "0012345", "12345", "=Eve", "Zoë Öz", "Bo; B", "x" * 90, "李雷")
EXERCISES = ("one", "two", "why")
PAGES = {page: student for student, page in file_names(NAMES).items()}
TEXTS = ("2", "0", "1,5", "3.25", "see me", "=A1+1", 'say "no"', "a\nb", "-")


@pytest.fixture(scope="module")
def server():
    """Forks runs of the command."""
    with Server() as started:
        yield started


def owner(file):
    """Who a row is of; a name that looks like a formula has a mark before it."""
    return Path(file.removeprefix("'")).stem


class Term:
    """A class over a term, and what its teacher has entered.

    Args:
        top: an empty folder.
        server: runs the command.
        seed: of all that happens.
    """

    def __init__(self, top, server, seed):
        self.top, self.server, self.chance = top, server, random.Random(seed)
        self.out, self.key = top / "out", top / "set.py"
        self.points = dict.fromkeys(EXERCISES, 2)
        self.broken = False
        self.sections = {"a": [*NAMES[:4]], "b": [*NAMES[4:6]]}
        self.entered = {}  # by student and column
        self.seen = set()  # all who have been in the table
        self.adjustments = b""  # the file as it was last
        self.write_key()
        for section, students in self.sections.items():
            (top / section).mkdir()
            for student in students:
                self.answer(section, student)

    # --- what happens -----------------------------------------------------------------

    def write_key(self):
        write_key(self.key, self.points, BROKEN if self.broken else "right")

    def answer(self, section, student, extra=""):
        values = {n: f"{self.chance.random()} {extra}" for n in EXERCISES[:2]}
        write_answers(self.top / section / f"{student}.py", **values)

    def somebody(self):
        section = self.chance.choice([s for s, who in self.sections.items() if who])
        return section, self.chance.choice(self.sections[section])

    def run(self, *sections, **fault):
        """Grade sections at the same time; return the statuses."""
        words = ["--key", self.key, "--out", self.out, "--jobs", 1]
        runs = [
            {"words": [str(w) for w in (self.top / section, *words)]} | fault
            for section in sections
        ]
        ended = self.server.run(*runs)
        for _, printed in ended:
            assert "Traceback" not in printed, printed
            assert "Error" not in printed.replace("OSError: a worker", ""), printed
        self.check()
        return [status for status, _ in ended], "".join(text for _, text in ended)

    def grade(self):
        section, _ = self.somebody()
        (status,), printed = self.run(section)
        self.expect(status, printed, section)

    def expect(self, status, printed, section):
        fails = any(
            FAILS in (self.top / section / f"{student}.py").read_text()
            for student in self.sections[section]
        )
        if status == 2:
            assert self.broken, printed
        else:
            assert status == fails, printed
            assert {*self.sections[section]} <= {*self.table()}

    def grade_two_at_once(self):
        sections = [self.chance.choice("ab") for _ in range(2)]
        if not all(self.sections[section] for section in sections):
            return
        statuses, printed = self.run(*sections)
        for status, section in zip(statuses, sections, strict=True):
            if status != 2:
                self.expect(status, printed, section)
        assert self.broken or min(statuses) < 2, printed

    def interrupt(self):
        section, _ = self.somebody()
        number = self.chance.choice([signal.SIGINT, signal.SIGTERM, signal.SIGKILL])
        moment = self.chance.choice(
            [{"event": self.chance.randint(1, 400)},
             {"seconds": self.chance.uniform(0.001, 0.06)}]
        )  # fmt: skip
        (status,), printed = self.run(section, signal=number, **moment)
        assert status in (0, 1, 2, 130, -signal.SIGKILL, -signal.SIGTERM), printed

    def fill_the_disk(self):
        section, _ = self.somebody()
        (status,), printed = self.run(section, room=self.chance.randint(0, 6_000))
        if status == 2 and not self.broken:
            assert "can't be read or written: File too large" in printed
            assert "Allow larger files there" in printed

    def break_or_mend_the_key(self):
        self.broken = not self.broken
        self.write_key()

    def change_points(self):
        name = self.chance.choice(EXERCISES)
        self.points[name] = self.chance.randint(1, 5)
        self.points = {n: self.points[n] for n in EXERCISES if n in self.points}
        self.write_key()

    def drop_an_exercise(self):
        self.points.pop(self.chance.choice(("two", "why")), None)
        self.write_key()

    def answer_again(self):
        section, student = self.somebody()
        extra = FAILS if self.chance.random() < 0.5 else ""
        self.answer(section, student, extra)

    def come(self):
        new = sorted(set(NAMES) - {s for who in self.sections.values() for s in who})
        if new:
            section = self.chance.choice("ab")
            student = self.chance.choice(new)
            self.sections[section].append(student)
            self.answer(section, student)

    def leave(self):
        section, student = self.somebody()
        if sum(map(len, self.sections.values())) > 2:
            self.sections[section].remove(student)
            (self.top / section / f"{student}.py").unlink()

    def rename(self):
        self.leave()
        self.come()

    def enter(self):
        """Fill in cells as a person does, and save as a spreadsheet does."""
        if not (self.out / "grades.csv").exists():
            return
        header, *rows = self.lines()
        if "late" not in header and self.chance.random() < 0.3:
            header.append("late")
            rows = [[*row, ""] for row in rows]
        for _ in range(self.chance.randint(1, 4)):
            row = self.chance.choice(rows)
            student = owner(row[header.index("file")])
            column = self.chance.choice(
                [n for n in range(len(header)) if header[n] not in OURS]
            )
            name = header[column].split(" (")[0]
            text = self.chance.choice(["", *TEXTS])
            if not text and name == "student":
                continue
            row[column] = text
            self.entered[student, name] = text
            # The same number as there was before is no change.
            written = dict(parse_qsl(row[header.index("record")]))
            if text.replace(",", ".") in ("", written.get(name)):
                del self.entered[student, name]
        self.chance.shuffle(rows)
        for row in rows:
            student = owner(row[header.index("file")])
            place = header.index("student")
            if row[place] == student == "0012345":
                row[place] = "12345"
        text = io.StringIO()
        delimiter = self.chance.choice(",;\t")
        csv.writer(text, delimiter=delimiter).writerows([header, *rows])
        mark = self.chance.choice(["", "\ufeff"])
        (self.out / "grades.csv").write_bytes((mark + text.getvalue()).encode())

    def adjust(self):
        """Fill in points in adjustments.csv, where the last row of an exercise counts."""
        path = self.out / "adjustments.csv"
        if self.broken:
            return
        self.grade()  # what was entered in grades.csv before is in the file
        header, *rows = self.lines("adjustments.csv")
        if not rows:
            return
        place = header.index("points")
        row = self.chance.choice(rows)
        row = [r for r in rows if r[:2] == row[:2] and r[-1] == row[-1]][-1]
        row[place] = self.chance.choice(TEXTS)
        student = PAGES[row[header.index("page")]]
        self.entered[student, row[header.index("exercise")]] = row[place]
        if row[0] == "0012345":
            row[0] = "12345"
        text = io.StringIO()
        delimiter = self.chance.choice(",;\t")
        csv.writer(text, delimiter=delimiter).writerows([header, *rows])
        path.write_bytes(text.getvalue().encode())
        self.adjustments = path.read_bytes()
        self.grade()

    # --- what has to hold -------------------------------------------------------------

    def lines(self, name="grades.csv"):
        text = (self.out / name).read_bytes().decode("utf-8-sig")
        delimiter = max(",;\t", key=text.partition("\n")[0].count)
        return list(csv.reader(io.StringIO(text, newline=""), delimiter=delimiter))

    def table(self):
        """By student, who is known by the file, the cells by the name of the column."""
        if not (self.out / "grades.csv").exists():
            return {}
        header, *rows = self.lines()
        names = [column.split(" (")[0] for column in header]
        assert len(set(names)) == len(names), names
        table = [dict(zip(names, row, strict=True)) for row in rows]
        by_student = {owner(row["file"]): row for row in table}
        assert len(by_student) == len(table), "a student is there twice"
        return by_student

    def check(self):
        table = self.table()
        assert self.seen <= set(table), "a student is lost"
        self.seen |= set(table)
        for (student, column), text in self.entered.items():
            assert table[student][column] == text, (student, column)
        path = self.out / "adjustments.csv"
        if path.exists():
            before, self.adjustments = self.adjustments, path.read_bytes()
            assert self.adjustments.startswith(before), "not only rows were added"

    def finish(self):
        """Grade all once more: the marks are those of a fresh folder, and what was
        entered."""
        self.broken = False
        self.points = dict.fromkeys(EXERCISES, 2)
        self.write_key()
        for section, students in self.sections.items():
            for student in students:
                self.answer(section, student)
        here = [section for section, students in self.sections.items() if students]
        for section in here:
            assert self.run(section)[0] == [0]
        grown, self.out = self.table(), self.top / "fresh"
        self.entered, entered, self.seen = {}, self.entered, set()
        self.adjustments = b""
        for section in here:
            self.run(section)
        for student, row in self.table().items():
            for name in (*EXERCISES, "student", "file"):
                wanted = entered.get((student, name), row[name])
                assert grown[student][name] == wanted


OURS = ("status", "file", "isolation", "record")
EVENTS = (
    Term.grade, Term.grade_two_at_once, Term.interrupt, Term.interrupt,
    Term.fill_the_disk, Term.break_or_mend_the_key, Term.change_points,
    Term.drop_an_exercise, Term.answer_again, Term.come, Term.leave, Term.rename,
    Term.enter, Term.enter, Term.adjust,
)  # fmt: skip


@pytest.mark.skipif(sys.platform != "linux", reason="processes are forked as on Linux")
@pytest.mark.parametrize("seed", range(SEQUENCES))
def test_what_a_person_entered_stays(tmp_path, server, seed):
    term = Term(tmp_path, server, seed)
    term.run("a")
    term.enter()
    for _ in range(STEPS):
        term.chance.choice(EVENTS)(term)
    term.finish()

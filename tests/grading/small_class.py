"""A small class with a grader that gives the points which an answer asks for."""

import csv
import io
import json
from concurrent.futures import Future

from course_tools.grading.grader import Outcome

from . import standin
from .standin import StandIn, write_answers, write_key

POINTS = {"one": 2, "two": 3, "why": 4}


def generous(self, submission):
    """In place of the grader: `one = 2` gets 2 points."""
    future, results = Future(), {}
    for exercise in self.key.autograded:
        source = submission.answers[exercise.name].source
        points = int(source.rpartition("=")[2] or 0)
        outcome = "passed" if points else "failed"
        results[exercise.name] = Outcome(outcome, points, "" if points else "a reason")
    future.set_result(results)
    return future


class SmallClass:
    """A key, a folder of submissions, and the folder of results.

    Args:
        top: an empty folder.
        monkeypatch: puts the generous grader in place.
    """

    def __init__(self, top, monkeypatch):
        monkeypatch.setattr(StandIn, "grade", generous)
        self.top, self.out, self.key = top, top / "out", top / "02_topic.py"
        write_key(self.key, POINTS)

    def hand_in(self, name, one=2, two=3):
        """Write a submission to a path below the folder; return it."""
        path = self.top / "in" / f"{name}.py"
        write_answers(path, one=one, two=two)
        return path

    def roster(self, text, name="class.csv"):
        """Write a roster; return the words that give it to the command."""
        (self.top / name).write_text(text, encoding="utf-8")
        return "--roster", self.top / name

    def grade(self, *options, source="in"):
        """Run the command; return its status."""
        words = ("--key", self.key, "--out", self.out, "--jobs", 1)
        return standin.grade(self.top / source, *words, *options)

    def table(self, name):
        """A file of results as a list of dictionaries."""
        text = (self.out / name).read_bytes().decode("utf-8-sig")
        return list(csv.DictReader(io.StringIO(text, newline="")))

    def rows(self):
        """By student, grades.csv by the first words of its columns."""
        return {
            row["student"]: {name.split(" (")[0]: row[name] for name in row}
            for row in self.table("grades.csv")
        }

    def stored(self):
        """By student, what is in grades.json."""
        text = (self.out / "grades.json").read_text("utf-8")
        return {row["student"]: row for row in json.loads(text)["students"]}

    def page(self, student):
        """A page of feedback."""
        return (self.out / "feedback" / f"{student}.html").read_text("utf-8")

    def adjust(self, *rows):
        """Add rows to adjustments.csv as a person does, each a dictionary."""
        path = self.out / "adjustments.csv"
        names = path.read_text("utf-8-sig").splitlines()[0].split(",")
        text = io.StringIO()
        csv.writer(text).writerows(
            [row.get(name, "") for name in names] for row in rows
        )
        with path.open("ab") as file:
            file.write(text.getvalue().encode())

    def enter(self, who, **cells):
        """Fill in cells of grades.csv as a person does."""
        rows = self.table("grades.csv")
        (row,) = [row for row in rows if row["student"] == who]
        for column in row:
            row[column] = cells.get(column.split(" (")[0], row[column])
        self.write(rows)

    def write(self, rows):
        """Write grades.csv."""
        text = io.StringIO()
        writer = csv.DictWriter(text, rows[0])
        writer.writeheader()
        writer.writerows(rows)
        (self.out / "grades.csv").write_text(text.getvalue(), encoding="utf-8")

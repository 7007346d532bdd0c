"""A row of the table: what checks gave a student, and what a person has entered."""

from __future__ import annotations

import math
from collections.abc import Collection
from dataclasses import dataclass, field

from course_tools.grading.grader import OUTCOMES, Outcome
from course_tools.grading.submissions.answers import Key

ANSWERED = "answered"
TOTAL = "total"
# Of `Row.notes`, the name to be shown in place of that of the submission.
NAME = "student"


@dataclass
class Row:
    """One student.

    Attributes:
        student: who.
        file: what was handed in.
        problem: why nothing could be graded; "" if it could.
        results: by autograded exercise.
        written: by written exercise, "answered" or why not.
        digest: of all that the results depend on; "" asks for grading.
        feedback: the name of the page.
        given: by exercise, or "total", the points that a person has entered.
        notes: by column, whatever else a person has entered, as it was entered.
        stale: whether the results are of an earlier key, answer or version of checks.
        remark: what else an instructor should know about what was handed in.
    """

    student: str
    file: str
    problem: str = ""
    results: dict[str, Outcome] = field(default_factory=dict)
    written: dict[str, str] = field(default_factory=dict)
    digest: str = ""
    feedback: str = ""
    given: dict[str, str] = field(default_factory=dict)
    notes: dict[str, str] = field(default_factory=dict)
    stale: bool = False
    remark: str = ""

    def take_entered(self, other: Row | None) -> None:
        """Take over what a person has entered in another row of the same student."""
        if other:
            self.given, self.notes = other.given, other.notes

    def points(self, exercise: str) -> str:
        """The points of an exercise as the table shows them; "" if there are none."""
        if exercise in self.given:
            return self.given[exercise]
        return f"{self.results[exercise].points}" if exercise in self.results else ""

    def total(self, autograded: Collection[str]) -> str:
        """The points of all autograded exercises; "" if there are none.

        Args:
            autograded: the names of these exercises.
        """
        if TOTAL in self.given:
            return self.given[TOTAL]
        points = [self.points(exercise) for exercise in autograded]
        return f"{sum(map(number, points)):g}" if any(points) else ""

    def status(self, key: Key) -> str:
        """In a few words, what an instructor should know about this row.

        Args:
            key: what was graded.
        """
        parts = [f"not graded: {self.problem}" if self.problem else "graded"]
        if self.stale:
            parts.append("before the answers, the key or the checks changed")
        parts += [self.remark] if self.remark else []
        parts += [
            f"partly: {name} ({', '.join(f'✗ {p.name}' for p in r.parts if p.message)})"
            for name, r in self.results.items()
            if r.outcome == "partly"
        ]
        for outcome in OUTCOMES[3:]:
            names = [n for n, r in self.results.items() if r.outcome == outcome]
            parts += [f"{outcome}: {', '.join(names)}"] if names else []
        answers = self.written.items()
        open_ = [name for name, state in answers if state != ANSWERED]
        parts += [f"not answered: {', '.join(open_)}"] if open_ else []
        parts += [f"{name}: {r.note}" for name, r in self.results.items() if r.note]
        unread = sum(s == ANSWERED and n not in self.given for n, s in answers)
        parts += [f"{unread} written to read"] if unread else []
        names = [*(e.name for e in key.autograded), TOTAL]
        changed = [f"{name} {self.given[name]}" for name in names if name in self.given]
        parts += [f"entered by hand: {', '.join(changed)}"] if changed else []
        odd = [text for text in self.given.values() if not is_number(text)]
        parts += [f"no numbers: {', '.join(odd)}"] if odd else []
        return "; ".join(parts)


def number(text: str) -> float:
    """Return the number that a person has entered, "2.5" or "2,5"; 0 for other text."""
    return _parsed(text) or 0.0


def is_number(text: str) -> bool:
    """Return whether a person has entered a number."""
    return _parsed(text) is not None


def _parsed(text: str) -> float | None:
    try:
        value = float(text.replace(",", "."))
    except ValueError:
        return None
    return value if math.isfinite(value) else None

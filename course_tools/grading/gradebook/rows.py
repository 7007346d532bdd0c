"""A row of the table: what checks gave a student, and what a person has entered."""

from __future__ import annotations

import math
from collections.abc import Collection
from dataclasses import dataclass, field

from course_tools.grading.grader import OUTCOMES, Outcome
from course_tools.grading.submissions.answers import Key

ANSWERED = "answered"
NOT_HANDED_IN = "not handed in"
# Beside the names of exercises: the points of the checks, those of everything, and what
# being late costs.
TOTAL, GRADE, LATE = "total", "grade", "late"
# Of `Row.clock`: it says only whether something was late.
CANVAS = "Canvas"
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
        given: by exercise, "total" or "grade", the points that a person has entered.
        notes: by column, whatever else a person has entered, as it was entered.
        stale: whether the results are of an earlier key, answer or version of checks.
        remark: what else an instructor should know about what was handed in.
        bonus: by exercise or "total", points on top of the grade; a penalty is below 0.
        comments: by exercise or "total", what a person tells the student.
        excused: exercises that do not count; "total": none does, "late": being late.
        submitted: when it was handed in, in local time, "2026-11-30 23:10"; "": unknown.
        clock: what says so.
        due: until when it was to be handed in, in the same form; "" if ever.
        late: the share of the points that being late costs, from 0 to 1.
        late_by: how late, in words; "" if it is in time.
        attempt: which of several this is, "2 of 3, the best"; "" if there is one.
        others: the other attempts, as far as they were graded: each with its `file`,
            `digest` and `results`.
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
    bonus: dict[str, str] = field(default_factory=dict)
    comments: dict[str, str] = field(default_factory=dict)
    excused: list[str] = field(default_factory=list)
    submitted: str = ""
    clock: str = ""
    due: str = ""
    late: float = 0.0
    late_by: str = ""
    attempt: str = ""
    others: list[dict] = field(default_factory=list)

    def take_entered(self, other: Row | None) -> None:
        """Take over what a person has entered in another row of the same student."""
        if other:
            self.given, self.notes = other.given, other.notes
            self.bonus, self.comments = other.bonus, other.comments
            self.excused = other.excused

    def is_excused(self, exercise: str) -> bool:
        """Return whether an exercise does not count."""
        return TOTAL in self.excused or exercise in self.excused

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
        counted = [name for name in autograded if not self.is_excused(name)]
        points = [self.points(exercise) for exercise in counted]
        return f"{sum(map(number, points)):g}" if any(points) else ""

    def possible(self, key: Key) -> int:
        """The points of all exercises that count for this student."""
        return sum(e.points for e in key.exercises if not self.is_excused(e.name))

    def unread(self) -> list[str]:
        """The written exercises whose answers a person has still to read."""
        return [
            name
            for name, state in self.written.items()
            if state == ANSWERED
            and name not in self.given
            and not self.is_excused(name)
        ]

    def deducted(self, key: Key) -> float:
        """The points that being late costs; a bonus may come on top of what is left."""
        if LATE in self.excused:
            return 0.0
        return max(0.0, min(self.late * self.possible(key), self._reached(key)))

    def grade(self, key: Key) -> str:
        """All points: checks, written answers, bonus and lateness; "" if none.

        Args:
            key: what was graded.
        """
        if GRADE in self.given:
            return self.given[GRADE]
        points = [self.total([e.name for e in key.autograded]), *self.bonus.values()]
        points += [self.points(e.name) for e in key.written]
        if TOTAL in self.excused or not any(points):
            return ""
        bonus = sum(map(number, self.bonus.values()))
        return (
            f"{round(max(0.0, self._reached(key) - self.deducted(key) + bonus), 2):g}"
        )

    def _reached(self, key: Key) -> float:
        written = [e.name for e in key.written if not self.is_excused(e.name)]
        total = self.total([e.name for e in key.autograded])
        return number(total) + sum(number(self.points(name)) for name in written)

    def status(self, key: Key) -> str:
        """In a few words, what an instructor should know about this row.

        Args:
            key: what was graded.
        """
        parts = [f"not graded: {self.problem}" if self.problem else "graded"]
        if self.problem == NOT_HANDED_IN:
            parts = [NOT_HANDED_IN]
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
        unread = len(self.unread())
        parts += [f"{unread} written to read"] if unread else []
        names = [*(e.name for e in key.autograded), TOTAL, GRADE]
        changed = [f"{name} {self.given[name]}" for name in names if name in self.given]
        parts += [f"entered by hand: {', '.join(changed)}"] if changed else []
        parts += [f"bonus: {', '.join(self.bonus.values())}"] if self.bonus else []
        parts += [f"excused: {', '.join(self.excused)}"] if self.excused else []
        parts += [f"attempt {self.attempt}"] if self.attempt else []
        if self.due and self.file:
            when = "late" if self.late_by else "in time"
            when = self.submitted or (when if self.clock == CANVAS else "unknown")
            parts.append(f"handed in: {when} (by {self.clock})")
        if self.late_by:
            cost = f": -{self.deducted(key):g} points" if self.late else ""
            parts.append(f"{self.late_by} late{cost}")
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

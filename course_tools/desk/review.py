"""`course review`: questions from lessons already worked through, spaced over days.

A question that was known comes back after longer and longer, one that was not comes
back the next day (S. Leitner, "So lernt man lernen", 1972).
"""

import argparse
import hashlib
import json
import re
import textwrap
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path

from course_tools.authoring.pairs import read_notebook
from course_tools.desk.delivery import FOLDER, OWN
from course_tools.desk.progress import progress
from course_tools.files import write_atomically
from course_tools.project import UserError, find_root

A_DAY = 5
# Days until a question returns that was known for the first, second, … time in a row.
INTERVALS = (1, 3, 7, 16, 35, 80)
SECTION = re.compile(r"^## Questions to check yourself$(.*?)(?=^## |\Z)", re.M | re.S)
QUESTION = re.compile(r"<details><summary>(.+?)</summary>(.+?)</details>", re.S)
WIDTH = 78
# Formulas as a terminal shows them.
SIGNS = (
    (re.compile(r"\\sqrt\{?(\\?\w+)\}"), r"√\1"),
    (re.compile(r"\\sqrt\{([^}]*)\}"), r"√(\1)"),
    (re.compile(r"\\sqrt\s*"), "√"),
    (re.compile(r"\\mathrm\{(\w+)\}"), r"\1"),
    (re.compile(r"\^\\top"), "ᵀ"),
    (re.compile(r"\^2\b"), "²"),
    (re.compile(r"\^\{(-?\w+)\}"), r"^\1"),
    (re.compile(r"\{,\}"), ","),
    *(
        (re.compile(rf"\\{name}\b *"), sign)
        for name, sign in {
            "cdot": "· ",
            "partial": "∂",
            "varphi": "φ",
            "kappa": "κ",
            "ln": "ln ",
        }.items()
    ),
    (re.compile(r"\\[,;]"), ""),
)


@dataclass(frozen=True)
class Question:
    """One question of a lesson, and its answer, as plain text with formulas."""

    lesson: str
    text: str
    answer: str

    @property
    def key(self) -> str:
        """What its history is kept by; another wording is another question."""
        return hashlib.sha256(self.text.encode()).hexdigest()[:12]


def questions(desk: Path) -> list[Question]:
    """Return the questions of all lessons that have been worked through, in order.

    Args:
        desk: the folder.
    """
    found = []
    for lesson in progress(desk):
        if not lesson.worked_through:
            continue
        cells = read_notebook(desk / lesson.lesson).cells
        text = "\n\n".join(c.source for c in cells if c.cell_type == "markdown")
        for section in SECTION.findall(text):
            found += [
                Question(lesson.title, _plain(question), _plain(answer))
                for question, answer in QUESTION.findall(section)
            ]
    return found


def _plain(text: str) -> str:
    text = re.sub(r"\[([^]]+)\]\([^)]*\)", r"\1", text).replace("**", "")
    paragraphs = [" ".join(part.split()) for part in text.strip().split("\n\n")]
    return "\n\n".join(part for part in paragraphs if part)


class Memory:
    """What is known of each question, in one file on the desk.

    Args:
        desk: the folder.
        today: the date.
    """

    def __init__(self, desk: Path, today: date):
        self.path, self.today = desk / OWN / "review.json", today
        try:
            stored = json.loads(self.path.read_text(encoding="utf-8"))
        except FileNotFoundError:
            stored = {}
        except ValueError:
            raise UserError(
                f"{self.path} is damaged. Delete it, and all questions start as new."
            ) from None
        self.known: dict[str, dict] = stored

    def due(self, asked: list[Question]) -> list[Question]:
        """Return what to ask today: the longest due first, then new ones.

        Args:
            asked: all questions there are.
        """
        today = self.today.isoformat()
        done = sum(entry["last"] == today for entry in self.known.values())
        waiting = [
            q
            for q in asked
            if q.key in self.known and self.known[q.key]["due"] <= today
        ]
        waiting.sort(key=lambda q: self.known[q.key]["due"])
        new = [q for q in asked if q.key not in self.known]
        return [*waiting, *new][: max(0, A_DAY - done)]

    def note(self, question: Question, was_known: bool) -> date:
        """Keep how a question went; return when it comes back."""
        times = self.known.get(question.key, {}).get("times", 0)
        days = INTERVALS[min(times, len(INTERVALS) - 1)] if was_known else 1
        due = self.today + timedelta(days=days)
        self.known[question.key] = {
            "times": times + 1 if was_known else 0,
            "last": self.today.isoformat(),
            "due": due.isoformat(),
        }
        self.path.parent.mkdir(parents=True, exist_ok=True)
        write_atomically(self.path, json.dumps(self.known, indent=0))
        return due


def ask(question: Question, answer: Callable[[str], str] = input) -> bool:
    """Put a question to the learner; return whether it was known.

    Args:
        question: what to ask.
        answer: asks for a line, as `input` does.
    """
    print(f"\nLesson {question.lesson}\n\n{_wrapped(question.text)}\n")
    answer("Say or write your answer, then press Enter. ")
    print(f"\n{_wrapped(question.answer)}\n")
    while True:
        said = answer("Did you know it? [y/n] ").strip().lower()
        if said in ("y", "yes", "n", "no"):
            return said[0] == "y"


def _signs(formula: re.Match) -> str:
    text = formula[1]
    for expression, sign in SIGNS:
        text = expression.sub(sign, text)
    return text


def _wrapped(text: str) -> str:
    text = re.sub(r"\$([^$]+)\$", _signs, text)
    return "\n\n".join(
        textwrap.fill(part, WIDTH, initial_indent="  ", subsequent_indent="  ")
        for part in text.split("\n\n")
    )


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """`course review` has no options."""


def command(arguments: argparse.Namespace) -> int:
    """Carry out `course review`."""
    desk = find_root() / FOLDER
    if not desk.exists():
        raise UserError(f"{desk} is not there yet. Start with `course lab`.")
    asked, memory = questions(desk), Memory(desk, date.today())
    due = memory.due(asked)
    if not asked:
        print("No lesson has been worked through yet: run its cells, and save it.")
    elif not due:
        print("Nothing more for today.")
    known = done = 0
    try:
        for question in due:
            was_known = ask(question)
            memory.note(question, was_known)
            known, done = known + was_known, done + 1
    except (EOFError, KeyboardInterrupt):
        print("\nStopped. What you have answered is kept.")
    if done:
        unit = "question" if done == 1 else "questions"
        rest = "" if known == done else " What you did not know comes back tomorrow."
        print(f"\n{done} {unit}, {known} known.{rest}")
    return 0

"""`course update`: newer lessons beside what the learner has; says what is new."""

import argparse
import re
from datetime import date
from pathlib import Path

from course_tools.desk.delivery import FOLDER, Delivery, deliver
from course_tools.desk.progress import progress
from course_tools.desk.review import Memory, questions
from course_tools.desk.welcome import news, write_welcome
from course_tools.project import find_root, shown


def bring(root: Path, desk: Path) -> list[Delivery]:
    """Bring the desk up to date, its welcome page too, and say what has changed.

    Args:
        root: the checkout.
        desk: the folder; made where it is missing.

    Returns:
        What became of each file.
    """
    is_new = not desk.exists()
    deliveries = deliver(root, desk)
    due = Memory(desk, date.today()).due(questions(desk))
    write_welcome(desk, progress(desk), deliveries, len(due))
    if is_new:
        print(f"Your desk is {shown(desk)}: lessons and exercises, yours to write in.")
    for paragraph in news(deliveries):
        print(re.sub(r"\[([^]]+)\]\([^)]*\)", r"\1", paragraph).lstrip("# "))
    return deliveries


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """`course update` has no options."""


def command(arguments: argparse.Namespace) -> int:
    """Carry out `course update`."""
    root = find_root()
    if all(d.done == "same" for d in bring(root, root / FOLDER)):
        print("Your desk has the newest lessons of this copy of the course.")
    return 0

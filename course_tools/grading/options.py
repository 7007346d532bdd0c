"""The options of `course grade`."""

import argparse
import json
import os
from pathlib import Path

from course_tools.grading.grader import Limits
from course_tools.grading.submissions.choose import ATTEMPTS

KEPT = ("due", "late", "attempts", "assignment", "variants")


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the options of `course grade`."""
    parser.epilog = (
        "Run it again to grade what is new or has changed: submissions, key or checks. "
        "What you decide by hand stands in adjustments.csv, and stays."
    )
    parser.add_argument(
        "submissions",
        type=Path,
        help="a folder of notebooks, or with a folder for each student, or the zip of "
        "Canvas or Moodle",
    )
    parser.add_argument(
        "--key",
        type=Path,
        required=True,
        metavar="FILE",
        help="the set with its answers, for example solutions/02_….py",
    )
    parser.add_argument(
        "--out",
        type=Path,
        metavar="FOLDER",
        default=Path("grades"),
        help="for grades.csv, adjustments.csv, grades.json and feedback/ (default: "
        "grades)",
    )
    parser.add_argument(
        "--jobs",
        type=int,
        metavar="N",
        default=os.cpu_count() or 1,
        help="submissions at a time (default: one per core)",
    )
    limits = Limits()
    parser.add_argument(
        "--seconds",
        type=float,
        default=limits.seconds,
        help="for each exercise (default: %(default)g)",
    )
    parser.add_argument(
        "--memory",
        type=int,
        metavar="MB",
        default=limits.memory_mb,
        help="for each submission (default: %(default)s)",
    )
    parser.add_argument(
        "--trusted",
        action="store_true",
        help="run the answers without isolation: they can do whatever you can",
    )
    parser.add_argument(
        "--nbgrader",
        type=Path,
        metavar="GRADEBOOK.db",
        help="put the marks into an nbgrader gradebook as well. For formgrader, call "
        "it gradebook.db, start `jupyter lab` in its folder, and choose Nbgrader > "
        "Formgrader",
    )
    parser.add_argument(
        "--scheduler",
        metavar="ADDRESS",
        help="grade on a Dask cluster, for example tcp://10.0.0.1:8786",
    )
    _add_class_arguments(parser.add_argument_group("the class"))


def _add_class_arguments(group: argparse._ArgumentGroup) -> None:
    """Declare what concerns the roster, the platform and the time."""
    group.description = (
        "What these say is kept for later runs into the same folder; an empty text, "
        'such as --late "", takes it back.'
    )
    group.add_argument(
        "--roster",
        type=Path,
        metavar="FILE",
        help="who is in the class: the gradebook that Canvas exports, the grading "
        "worksheet or the participants of Moodle, or a CSV with the columns id, name "
        "and email",
    )
    group.add_argument(
        "--variants",
        metavar="STUDENTS.csv",
        help="the students whose numbers are their own: the file that `course "
        "exercises --variants` was given",
    )
    group.add_argument(
        "--assignment",
        metavar="NAME",
        help="the column of Canvas that the grades go to (default: the one whose name "
        "holds that of the key, or its number)",
    )
    group.add_argument(
        "--due",
        metavar="TIME",
        help='until when it was to be handed in, such as "2026-11-30 23:59"',
    )
    group.add_argument(
        "--late",
        metavar="RULE",
        help='what it costs to be late, such as "10%% per day, at most 50%%" of the '
        "points that can be reached",
    )
    group.add_argument(
        "--attempts",
        choices=ATTEMPTS,
        help="of several notebooks of a student with the same name, numbered or in "
        "several folders, which counts (default: of numbered ones the latest; others "
        "are reported)",
    )


def about_the_class(arguments: argparse.Namespace) -> dict[str, str | None]:
    """Return what is said about the class, in these options or those of earlier runs.

    Args:
        arguments: the options.
    """
    try:
        text = (arguments.out / "grades.json").read_text(encoding="utf-8")
        before = dict(json.loads(text)["about_the_class"])
    except (OSError, ValueError, KeyError, TypeError):
        before = {}  # what is wrong with the file is said when results are read
    said = {name: getattr(arguments, name) for name in KEPT}
    if said["variants"]:  # later runs may start in another folder
        said["variants"] = str(Path(said["variants"]).resolve())
    if said["due"] == "":
        before.pop("late", None)
    return {
        name: before.get(name) if text is None else text for name, text in said.items()
    }

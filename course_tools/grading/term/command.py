"""`course report`: the term as pages and tables, for those who teach."""

import argparse
from collections.abc import Sequence
from dataclasses import replace
from functools import partial
from pathlib import Path

import pandas as pd

from course_tools.authoring.misconceptions import MISCONCEPTIONS, catalogue
from course_tools.files import write_atomically
from course_tools.grading.gradebook.entered import plain_cell
from course_tools.grading.gradebook.folder import explained
from course_tools.grading.submissions.answers import find_answers
from course_tools.grading.submissions.collect import collect
from course_tools.grading.submissions.notebook import Unreadable, read_cells
from course_tools.grading.submissions.sets import answers_in
from course_tools.grading.term import agreement, analysis, page
from course_tools.grading.term.codes import codes
from course_tools.grading.term.grades import Graded, read_grades, read_weights
from course_tools.project import UserError, find_root, shown
from course_utils.progress import track

PAGE, AGREEMENT = "index.html", "agreement.html"
TABLES = ("students", "exercises", "misconceptions", "messages", "hints", "agreement")
LETTER = "letter by letter"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the options of `course report`."""
    parser.add_argument(
        "grades",
        nargs="+",
        type=Path,
        metavar="FOLDER",
        help="what `course grade --out` has written, one folder for each set",
    )
    parser.add_argument(
        "--out",
        type=Path,
        metavar="FOLDER",
        default=Path("report"),
        help="for index.html and the tables (default: report)",
    )
    parser.add_argument(
        "--weights",
        nargs="+",
        metavar="NAME=W",
        default=[],
        help="what each set counts, by its name or number, for example 02=20 11=40; or "
        "a CSV file with the columns set and weight (default: all the same)",
    )
    parser.add_argument(
        "--anonymous",
        action="store_true",
        help="codes in place of names; whose they are stands in FOLDER-names/, beside "
        "the report",
    )
    parser.add_argument(
        "--submissions",
        nargs="+",
        type=Path,
        metavar="FOLDER",
        default=[],
        help="what was graded, folders or zips in the order of the grades: adds hints, "
        "and agreement.html on answers that agree",
    )
    parser.add_argument(
        "--keys",
        type=Path,
        metavar="FOLDER",
        help="of the keys (default: solutions/ of the course)",
    )


def command(arguments: argparse.Namespace) -> int:
    """Carry out `course report`."""
    root = find_root()
    keys = arguments.keys or root / MISCONCEPTIONS.parent
    if arguments.submissions and len(arguments.submissions) != len(arguments.grades):
        raise UserError(
            f"--submissions names {len(arguments.submissions)} folders for "
            f"{len(arguments.grades)} of grades. Name one for each, in the same order."
        )
    graded = [
        read_grades(folder, keys)
        for folder in track(arguments.grades, "reading grades")
    ]
    names = [one.name for one in graded]
    if twice := [name for name in names if names.count(name) > 1]:
        raise UserError(
            f"two of the folders hold grades of {twice[0]}. Grade its sections one "
            "after another into the same folder, and name that."
        )
    weights = read_weights(arguments.weights, names)
    handed = [
        _handed_in(one, folder)
        for one, folder in zip(graded, arguments.submissions, strict=False)
    ]
    if arguments.anonymous:
        graded, handed = _without_names(graded, handed, arguments.out)
    order = sorted(range(len(graded)), key=lambda number: names[number])
    sets = [graded[number] for number in order]
    students = analysis.students_table(sets, weights)
    mistakes, messages = analysis.misconceptions_table(sets, catalogue(root))
    tables = {
        "students": students,
        "exercises": analysis.exercises_table(sets),
        "misconceptions": mistakes,
        "messages": messages,
        "hints": analysis.hints_table(
            {names[n]: [h for h, _ in handed[n].values()] for n in order if handed}
        ),
    }
    pages = {PAGE: page.term_page(sets, weights, tables, _notices(sets))}
    if handed:
        pairs = _pairs(sets, [handed[number] for number in order])
        results = {one.name: one.results for one in sets}
        pages[AGREEMENT] = page.agreement_page(pairs, results)
        tables["agreement"] = _pairs_table(pairs)
    _write(arguments.out, pages, tables)
    print(
        f"{len(students)} students, {len(sets)} sets: "
        f"{', '.join(shown(arguments.out / name) for name in pages)}"
    )
    return 0


# By student, the hints that a notebook shows, and the answers in it.
Handed = dict[str, tuple[tuple[int | None, frozenset[str]], dict[str, str]]]


def _handed_in(graded: Graded, folder: Path) -> Handed:
    """What those who have been graded handed in, as text."""
    found: Handed = {}
    answered = partial(answers_in, graded.key)
    handed = list(
        collect(folder, graded.name, answered, graded.attempts, graded.called)
    )
    for one in track(handed, f"reading {graded.name}"):
        student = graded.names.get(one.student)
        if student is None:
            continue
        attempts = (one, *one.earlier)
        one = next((o for o in attempts if o.file == graded.files[student]), one)
        if one.problem or not graded.results[student]:
            continue
        try:
            answers = find_answers(graded.key, read_cells(one.content, one.file))
        except Unreadable:
            continue
        sources = {n: a.source for n, a in answers.items() if not a.problem}
        found[student] = analysis.hints_in(one.content), sources
    if not found:
        raise UserError(
            f"{shown(folder)} holds nothing of those who are graded for {graded.name}. "
            "Name the submissions in the order of the grades."
        )
    return found


def _without_names(
    graded: Sequence[Graded], handed: Sequence[Handed], out: Path
) -> tuple[list[Graded], list[Handed]]:
    """The same with codes, and names.csv in a folder beside the report."""
    everyone = {student for one in graded for student in one.results}
    with explained(out):
        made = codes(everyone, out.with_name(f"{out.resolve().name}-names"))
    return [
        replace(
            one,
            shares=one.shares.rename(index=made),
            total=one.total.rename(index=made),
            results={made[s]: results for s, results in one.results.items()},
            excused=frozenset(made[s] for s in one.excused),
            names={},
        )
        for one in graded
    ], [{made[s]: found for s, found in one.items()} for one in handed]


def _notices(sets: Sequence[Graded]) -> list[str]:
    """What a reader should know before anything else."""
    notices = []
    for one in sets:
        missing = one.total.drop(list(one.excused)).isna().sum() - one.absent
        for count, what in (
            (missing, "could not be graded"),
            (one.absent, "not handed in"),
            (len(one.excused), "excused"),
        ):
            if count:
                notices.append(f"Set {one.label}: {count} {what}.")
        if one.unread:
            notices.append(
                f"Set {one.label}: {one.unread} written answers have no points yet and "
                "count on neither side."
            )
        if one.stale:
            notices.append(
                f"Set {one.label}: {one.stale} results are of an earlier key or earlier "
                "checks. Grade it again."
            )
    everyone = {student for one in sets for student in one.results}
    some = sum(any(s not in one.results for one in sets) for s in everyone)
    if some:
        notices.append(
            f"{some} of {len(everyone)} students are not in every set. If names differ "
            "from set to set, grade with a class list, or correct them in grades.csv."
        )
    return notices


def _pairs(sets: Sequence[Graded], handed: Sequence[Handed]) -> list[agreement.Pair]:
    """The pairs whose answers agree, over all sets."""
    answers: dict[agreement.Group, dict[str, str]] = {}
    excluded, written = {}, set()
    for one, found in zip(sets, handed, strict=True):
        for exercise in one.key.exercises:
            group = one.name, exercise.name
            excluded[group] = agreement.given(exercise)
            written |= set() if exercise.autograded else {group}
            answers[group] = {
                student: sources[exercise.name]
                for student, (_, sources) in found.items()
                if exercise.name in sources
            }
    shared = agreement.shared_answers(answers, excluded, written)
    return agreement.pairs(shared, {g: sorted(found) for g, found in answers.items()})


def _pairs_table(pairs: Sequence[agreement.Pair]) -> pd.DataFrame:
    return pd.DataFrame(
        [
            {
                "student": pair.students[0], "other": pair.students[1],
                "exercises": "; ".join(a.group[1] for a in pair.shared),
                LETTER: sum(pair.students in a.letters for a in pair.shared),
                "bits": round(pair.surprise, 2), "by chance": round(pair.by_chance, 3),
            }
            for pair in pairs
        ],
        columns=["student", "other", "exercises", LETTER, "bits", "by chance"],
    )  # fmt: skip


def _write(out: Path, pages: dict[str, str], tables: dict[str, pd.DataFrame]) -> None:
    """Write pages and tables; what an earlier report has left is taken away."""
    with explained(out):
        out.mkdir(parents=True, exist_ok=True)
        for name in (PAGE, AGREEMENT, *(f"{name}.csv" for name in TABLES)):
            # It may hold names where this report has codes.
            if name not in pages and name.removesuffix(".csv") not in tables:
                (out / name).unlink(missing_ok=True)
        for name, text in pages.items():
            write_atomically(out / name, text.encode("utf-8", "replace"))
        for name, table in tables.items():
            table = table.reset_index() if table.index.name else table
            text = table.map(
                lambda v: plain_cell(v) if isinstance(v, str) else v
            ).to_csv(index=False, float_format="%.4f", lineterminator="\n")
            write_atomically(out / f"{name}.csv", text.encode("utf-8-sig", "replace"))

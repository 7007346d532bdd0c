"""`course grade`: from a folder or zip of notebooks to marks, reasons and feedback."""

from __future__ import annotations

import argparse
import os
import shutil
import time
from collections.abc import Callable, Iterable
from concurrent.futures import Future, ThreadPoolExecutor, as_completed
from contextlib import ExitStack
from importlib import import_module
from pathlib import Path
from types import ModuleType

from course_tools.grading.gradebook.feedback import file_names, write_page
from course_tools.grading.gradebook.table import (
    Row,
    digest,
    read_rows,
    summary,
    write_grades,
)
from course_tools.grading.grader import Grader, Limits, Result
from course_tools.grading.sandbox import launch
from course_tools.grading.submissions.answers import (
    Key,
    Submission,
    find_answers,
    find_names,
    read_key,
)
from course_tools.grading.submissions.collect import Handed, collect
from course_tools.grading.submissions.notebook import Unreadable, read_cells
from course_tools.project import UserError, shown
from course_utils.progress import Progress

SAVE_SECONDS = 5.0
# Takes a submission, returns what will be the results of its exercises.
Grade = Callable[[Submission], "Future[dict[str, Result]]"]


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the options of `course grade`."""
    parser.epilog = (
        "Run it again to grade what is new or has changed: submissions, key or checks. "
        "Points that you enter into grades.csv by hand stay."
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
        help="for grades.csv, grades.json and feedback/ (default: grades)",
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


def command(arguments: argparse.Namespace) -> int:
    """Carry out `course grade`."""
    key = read_key(arguments.key)
    if arguments.jobs < 1 or arguments.seconds <= 0 or arguments.memory < 1:
        raise UserError("--jobs, --seconds and --memory must be more than 0.")
    limits = Limits(arguments.seconds, arguments.memory)
    started = time.perf_counter()
    with ExitStack() as stack:
        if arguments.scheduler:
            cluster = _teaching("dask_cluster", "--scheduler")
            grade, mode = stack.enter_context(
                cluster.connected(arguments.scheduler, key, limits, arguments.trusted)
            )
        else:
            mode = launch.choose(arguments.trusted)
            if mode != "none":
                secrets = [arguments.key, arguments.submissions, arguments.out]
                launch.refuse_visible(secrets)
            grade = stack.enter_context(_Here(key, mode, limits, arguments.jobs))
        print(f"isolation: {mode} ({launch.MODES[mode]})", flush=True)
        run = Run(key, mode, limits, arguments.out)
        interrupted = run.grade_all(collect(arguments.submissions, key.name), grade)
    for line in summary(key, run.rows):
        print(line)
    seconds = time.perf_counter() - started
    print(
        f"\n{len(run.rows)} students, {run.kept} of them as graded before; "
        f"{seconds:.1f} s. Marks: {shown(arguments.out / 'grades.csv')}, pages: "
        f"{shown(arguments.out / 'feedback')}/"
    )
    if interrupted:
        print("Stopped. Run the same command again to grade the rest.")
        return 130
    if arguments.nbgrader:
        gradebook = _teaching("gradebook.nbgrader", "--nbgrader")
        gradebook.export(
            arguments.nbgrader, key, run.rows, run.submissions, arguments.key
        )
        print(f"gradebook: {shown(arguments.nbgrader)}")
    return 0


def _teaching(module: str, option: str) -> ModuleType:
    """Import a module that needs what only instructors install."""
    try:
        return import_module(f"course_tools.grading.{module}")
    except ImportError as error:
        raise UserError(
            f"{option} needs {error.name}, which is not installed. Run "
            "`pip install -e .[teach]` in the course's folder."
        ) from None


class _Here:
    """Grades on this machine, several submissions at a time; for a `with` block."""

    def __init__(self, key: Key, mode: str, limits: Limits, jobs: int):
        self._key, self._grader = key, Grader(mode, limits, key.modules)
        self._pool = ThreadPoolExecutor(jobs)

    def __enter__(self) -> Grade:
        # Nothing is started before there is something to grade.
        return lambda submission: self._pool.submit(
            self._grader.grade, self._key, submission
        )

    def __exit__(self, *_: object) -> None:
        self._pool.shutdown(wait=False, cancel_futures=True)
        self._grader.close()
        self._pool.shutdown()


class Run:
    """One run of the command.

    Args:
        key: what is graded.
        mode: how answers are isolated.
        limits: of each answer.
        out: where results go.

    Attributes:
        rows: one per student who has been dealt with.
        submissions: by student, what could be read.
        kept: how many rows an earlier run had graded.
    """

    def __init__(self, key: Key, mode: str, limits: Limits, out: Path):
        self.key, self.mode, self.limits, self.out = key, mode, limits, out
        self.rows: list[Row] = []
        self.submissions: dict[str, Submission] = {}
        self.kept = 0
        self._earlier = read_rows(out, key)
        self._saved = time.monotonic()

    def grade_all(self, handed: Iterable[Handed], grade: Grade) -> bool:
        """Grade what is new or changed; return whether it was interrupted.

        Args:
            handed: one per student.
            grade: starts the grading of one submission.
        """
        (self.out / "feedback").mkdir(parents=True, exist_ok=True)
        rows = [self._row(one) for one in handed]
        self._keep_table_of_others({row.student for row in rows})
        names = file_names([row.student for row in rows])
        waiting: dict[Future, Row] = {}
        try:
            with Progress(len(rows), "grading") as progress:
                for row in rows:
                    row.feedback = names[row.student]
                    earlier = self._earlier.get(row.student)
                    if row.problem:
                        self._finish(row)
                    elif earlier and earlier.digest == row.digest:
                        row.results, self.kept = earlier.results, self.kept + 1
                        self._finish(row)
                    else:
                        waiting[grade(self.submissions[row.student])] = row
                        continue
                    progress.advance()
                for future in as_completed(waiting):
                    row = waiting[future]
                    try:
                        row.results = future.result()
                    except UserError:
                        raise
                    except Exception as error:
                        # Whatever it was, the others are graded.
                        row.problem = (
                            f"grading it failed: {type(error).__name__}: {error}"
                        )
                    self._finish(row)
                    progress.advance(note=row.student[:20])
        except KeyboardInterrupt:
            return True
        finally:
            self._save()
        return False

    def _keep_table_of_others(self, students: set[str]) -> None:
        """Keep a copy of the earlier table if it has students who are not here now."""
        gone = sorted(set(self._earlier) - students, key=str.casefold)
        if gone and (self.out / "grades.csv").exists():
            kept = self.out / "grades-before.csv"
            shutil.copyfile(self.out / "grades.csv", kept)
            print(
                f"not among these submissions: {', '.join(gone[:5])}"
                f"{f' and {len(gone) - 5} more' if len(gone) > 5 else ''}, who were "
                f"graded before. The table with them is kept as {shown(kept)}."
            )

    def _row(self, handed: Handed) -> Row:
        row = Row(handed.student, handed.file, handed.problem)
        if handed.problem:
            return row
        try:
            cells = read_cells(handed.content, handed.file)
        except Unreadable as error:
            row.problem = str(error)
            return row
        answers = find_answers(self.key, cells)
        submission = Submission(handed.student, answers, find_names(cells))
        self.submissions[handed.student] = submission
        row.digest = digest(self.key, submission, self.mode, self.limits)
        for exercise in self.key.written:
            answer = submission.answers[exercise.name]
            row.written[exercise.name] = answer.problem or "answered"
        return row

    def _finish(self, row: Row) -> None:
        self.rows.append(row)
        submission = self.submissions.get(row.student)
        write_page(self.out / "feedback", self.key, row, submission)
        if time.monotonic() - self._saved > SAVE_SECONDS:
            self._save()

    def _save(self) -> None:
        self.rows.sort(key=lambda row: row.student.casefold())
        write_grades(self.out, self.key, self.mode, self.limits, self.rows)
        self._saved = time.monotonic()

"""`course grade`: from a folder or zip of notebooks to marks, reasons and feedback."""

from __future__ import annotations

import argparse
import os
import signal
import threading
import time
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor, as_completed
from contextlib import AbstractContextManager, contextmanager
from functools import partial
from importlib import import_module
from pathlib import Path
from types import ModuleType
from typing import Protocol

from course_tools.grading.gradebook.digest import digest
from course_tools.grading.gradebook.folder import Folder
from course_tools.grading.gradebook.rows import ANSWERED, Row
from course_tools.grading.gradebook.summary import summary
from course_tools.grading.grader import Grader, Limits, Outcome
from course_tools.grading.sandbox import launch
from course_tools.grading.submissions.answers import (
    Key,
    Submission,
    find_answers,
    find_helpers,
    read_key,
)
from course_tools.grading.submissions.collect import Handed, collect
from course_tools.grading.submissions.notebook import Unreadable, read_cells
from course_tools.grading.submissions.numbers import OwnNumbers
from course_tools.grading.submissions.sets import answers_in, wrong_set
from course_tools.project import UserError, shown
from course_utils.progress import Progress

SAVE_SECONDS = 5.0


class GradingBackend(Protocol):
    """What grades submissions, and where."""

    def check_key(self) -> None:
        """Make sure that the key passes its own checks, or raise a `UserError`."""

    def grade(self, submission: Submission) -> Future[dict[str, Outcome]]:
        """Start the grading of a submission; return what will be its results."""


# Takes the key, limits and arguments; for a `with` block, with what grades and how it
# isolates answers.
Connect = Callable[
    [Key, Limits, argparse.Namespace],
    AbstractContextManager[tuple[GradingBackend, str]],
]


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the options of `course grade`."""
    parser.epilog = (
        "Run it again to grade what is new or has changed: submissions, key or checks. "
        "What you enter into grades.csv by hand stays."
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
        "--variants",
        type=Path,
        metavar="STUDENTS.csv",
        help="the students whose numbers are their own: the file that `course "
        "exercises --variants` was given",
    )
    parser.add_argument(
        "--scheduler",
        metavar="ADDRESS",
        help="grade on a Dask cluster, for example tcp://10.0.0.1:8786",
    )


def command(arguments: argparse.Namespace) -> int:
    """Carry out `course grade`."""
    return carry_out(arguments, _connect)


def carry_out(arguments: argparse.Namespace, connect: Connect) -> int:
    """Carry out `course grade`.

    Args:
        arguments: those of `add_arguments`.
        connect: what to grade with.

    Returns:
        The exit status: 0 if all were graded, 1 if the grading of some failed, 130
        if it was stopped.
    """
    key = read_key(arguments.key)
    if arguments.jobs < 1 or arguments.seconds <= 0 or arguments.memory < 1:
        raise UserError("--jobs, --seconds and --memory must be more than 0.")
    limits = Limits(arguments.seconds, arguments.memory)
    started = time.perf_counter()
    handed = collect(arguments.submissions, key.name, partial(answers_in, key))
    with _stopped_by_sigterm(), connect(key, limits, arguments) as (grading, mode):
        print(f"isolation: {mode} ({launch.MODES[mode]})", flush=True)
        with Folder(arguments.out, key, mode, limits) as folder:
            own = OwnNumbers(key, arguments.key, arguments.variants)
            run = Run(key, folder, arguments.key.parent, own)
            interrupted = run.grade_all(handed, grading)
    for line in (*summary(key, run.done), *folder.notices):
        print(line)
    seconds = time.perf_counter() - started
    print(
        f"\n{len(run.done)} students, {run.kept} of them as graded before; "
        f"{seconds:.1f} s. Marks: {shown(arguments.out / 'grades.csv')}, pages: "
        f"{shown(arguments.out / 'feedback')}/"
    )
    if interrupted:
        print("Stopped. Run the same command again to grade the rest.")
        return 130
    if arguments.nbgrader:
        gradebook = _teaching("gradebook.nbgrader", "--nbgrader")
        gradebook.export(
            arguments.nbgrader, key, run.done, run.submissions, arguments.key
        )
        print(f"gradebook: {shown(arguments.nbgrader)}")
    if run.failed:
        print(
            f"The grading of {len(run.failed)} students failed: "
            f"{', '.join(run.failed[:5])}. Run the same command again to grade them."
        )
    return 1 if run.failed else 0


@contextmanager
def _connect(
    key: Key, limits: Limits, arguments: argparse.Namespace
) -> Iterator[tuple[GradingBackend, str]]:
    """What grades on this machine, or on a cluster."""
    if arguments.scheduler:
        cluster = _teaching("dask_cluster", "--scheduler")
        with cluster.connected(
            arguments.scheduler, key, limits, arguments.trusted
        ) as connected:
            yield connected
        return
    mode = launch.choose(arguments.trusted)
    if mode != "none":
        secrets = [arguments.key, arguments.submissions, arguments.out]
        launch.refuse_visible(secrets)
    with _Here(key, mode, limits, arguments.jobs) as here:
        yield here, mode


@contextmanager
def _stopped_by_sigterm() -> Iterator[None]:
    """What ends other programs stops this one as Ctrl-C does: results are saved."""
    if threading.current_thread() is not threading.main_thread():
        yield
        return

    def stop(*_: object) -> None:
        raise KeyboardInterrupt

    before = signal.signal(signal.SIGTERM, stop)
    try:
        yield
    finally:
        signal.signal(signal.SIGTERM, before)


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

    def check_key(self) -> None:
        # Nothing is started before there is something to grade.
        self._grader.check_key(self._key)

    def grade(self, submission: Submission) -> Future[dict[str, Outcome]]:
        return self._pool.submit(self._grader.grade, self._key, submission)

    def __enter__(self) -> _Here:
        return self

    def __exit__(self, *_: object) -> None:
        self._pool.shutdown(wait=False, cancel_futures=True)
        self._grader.close()
        self._pool.shutdown()


class Run:
    """One run of the command.

    Args:
        key: what is graded.
        folder: where results go.
        keys: the folder of the keys, to tell other sets by.
        own: says which numbers a student has.

    Attributes:
        done: the rows of the students who have been dealt with.
        submissions: by student, what could be read.
        kept: how many of the rows an earlier run had graded.
        failed: the students whose grading failed, which is not their fault.
    """

    def __init__(self, key: Key, folder: Folder, keys: Path, own: OwnNumbers):
        self.key, self.folder, self.keys, self.own = key, folder, keys, own
        self.done: list[Row] = []
        self.submissions: dict[str, Submission] = {}
        self.kept = 0
        self.failed: list[str] = []
        self._saved = time.monotonic()

    def grade_all(self, handed: Iterable[Handed], grading: GradingBackend) -> bool:
        """Grade what is new or changed; return whether it was interrupted.

        Args:
            handed: one per student.
            grading: what grades.
        """
        rows = [self._row(one) for one in handed]
        self.folder.load({row.student for row in rows})
        settled, due = [], []
        for row in rows:
            (settled if self._is_settled(row) else due).append(row)
        try:
            if due:
                grading.check_key()
            # Up to here, nothing has been written.
            self.folder.begin(rows)
        except KeyboardInterrupt:
            return True
        try:
            with Progress(len(rows), "grading") as progress:
                waiting = {
                    grading.grade(self.submissions[row.student]): row for row in due
                }
                for row in settled:
                    self._finish(row)
                    progress.advance()
                for future in as_completed(waiting):
                    row = waiting[future]
                    self._take(row, future)
                    self._finish(row)
                    progress.advance(note=row.student[:20])
        except KeyboardInterrupt:
            return True
        finally:
            self.done.sort(key=lambda row: row.student.casefold())
            self.folder.save()
        return False

    def _row(self, handed: Handed) -> Row:
        row = Row(handed.student, handed.file, handed.problem)
        if handed.problem:
            return row
        try:
            cells = read_cells(handed.content, handed.file)
        except Unreadable as error:
            row.problem = str(error)
            return row
        row.problem = wrong_set(self.key, self.keys, cells)
        if row.problem:
            return row
        key, row.problem, row.remark = self.own.key_of(handed)
        if row.problem:
            return row
        answers = find_answers(self.key, cells)
        helpers = find_helpers(key or self.key, cells, answers)
        submission = Submission(handed.student, answers, helpers, key)
        self.submissions[handed.student] = submission
        row.digest = digest(self.key, submission, self.folder.mode, self.folder.limits)
        for exercise in self.key.written:
            answer = submission.answers[exercise.name]
            row.written[exercise.name] = answer.problem or ANSWERED
        return row

    def _is_settled(self, row: Row) -> bool:
        """Whether a row needs no grading; if an earlier run has done it, take that."""
        earlier = self.folder.rows.get(row.student)
        if row.problem:
            return True
        if not earlier or earlier.digest != row.digest:
            if earlier and earlier.digest:
                earlier.stale = True
            return False
        row.results, self.kept = earlier.results, self.kept + 1
        return True

    def _take(self, row: Row, future: Future[dict[str, Outcome]]) -> None:
        try:
            row.results = future.result()
        except UserError:
            raise
        except Exception as error:
            # Whatever it was, the others are graded, and this one next time.
            row.problem = f"grading it failed: {type(error).__name__}: {error}"
            row.digest = ""
            self.failed.append(row.student)

    def _finish(self, row: Row) -> None:
        self.folder.put(row, self.submissions.get(row.student))
        self.done.append(row)
        if time.monotonic() - self._saved > SAVE_SECONDS:
            self.folder.save()
            self._saved = time.monotonic()

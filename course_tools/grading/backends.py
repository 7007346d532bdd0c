"""What grades: processes on this machine, or a cluster."""

import argparse
import signal
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import AbstractContextManager, contextmanager
from importlib import import_module
from types import ModuleType
from typing import Protocol, Self

from course_tools.grading.grader import Grader, Limits, Outcome
from course_tools.grading.sandbox import launch
from course_tools.grading.submissions.answers import Key, Submission
from course_tools.project import UserError


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


@contextmanager
def connected(
    key: Key, limits: Limits, arguments: argparse.Namespace
) -> Iterator[tuple[GradingBackend, str]]:
    """Start what grades on this machine, or connect to a cluster; for a `with` block.

    Args:
        key: what is graded.
        limits: of each answer.
        arguments: those of `course grade`.

    Raises:
        UserError: answers can't be isolated, or could read what they must not.
    """
    if arguments.scheduler:
        cluster = teaching("dask_cluster", "--scheduler")
        with cluster.connected(
            arguments.scheduler, key, limits, arguments.trusted
        ) as connected:
            yield connected
        return
    mode = launch.choose(arguments.trusted)
    if mode != "none":
        secrets = [arguments.key, arguments.submissions, arguments.out]
        launch.refuse_visible([*secrets, *filter(None, [arguments.roster])])
    with _Here(key, mode, limits, arguments.jobs) as here:
        yield here, mode


@contextmanager
def stopped_by_sigterm() -> Iterator[None]:
    """Have what ends other programs stop this one as Ctrl-C does: results are saved."""
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


def teaching(module: str, option: str) -> ModuleType:
    """Import a module that needs what only instructors install.

    Args:
        module: in `course_tools.grading`.
        option: that needs it.

    Raises:
        UserError: something is not installed.
    """
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

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._pool.shutdown(wait=False, cancel_futures=True)
        self._grader.close()
        self._pool.shutdown()

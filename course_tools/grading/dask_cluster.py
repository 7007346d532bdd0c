"""Grading on a Dask cluster: each worker isolates and grades what it is given.

Workers must have the course installed. What travels is text: the key, the answers, and
the results, in messages of Dask between the grader and machines that it trusts. No
answer runs outside a worker's sandbox.
"""

from __future__ import annotations

import atexit
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import Future
from contextlib import contextmanager
from dataclasses import asdict

from distributed import Client

from course_tools.grading.grader import Grader, Limits, Result
from course_tools.grading.sandbox import launch
from course_tools.grading.submissions.answers import (
    Answer,
    Key,
    Submission,
)
from course_tools.keys import key_from_dict
from course_tools.project import UserError

CONNECT_SECONDS = 20

# Of this worker: by limits, a grader that stays for the next submission.
_graders: dict[tuple, Grader] = {}
_starting = threading.Lock()


def worker_mode(trusted: bool) -> str:
    """Return how this worker isolates answers.

    Args:
        trusted: whether they may run without isolation.
    """
    return launch.choose(trusted)


def grade_on_worker(
    stored_key: dict,
    limits: dict,
    mode: str,
    student: str,
    answers: dict,
    elsewhere: list[str],
) -> dict[str, dict]:
    """Grade one submission on this worker.

    Args:
        stored_key: as `Key.as_dict` gives it.
        limits: those of `Limits`.
        mode: how to isolate.
        student: who.
        answers: by exercise, those of `Answer`.
        elsewhere: as in `Submission`.

    Returns:
        By exercise, those of `Result`.
    """
    key = key_from_dict(stored_key)
    name = (*limits.values(), mode, key.modules)
    with _starting:
        if name not in _graders:
            _graders[name] = Grader(mode, Limits(**limits), key.modules)
            atexit.register(_graders[name].close)
    given = {exercise: Answer(**answer) for exercise, answer in answers.items()}
    results = _graders[name].grade(
        key, Submission(student, given, frozenset(elsewhere))
    )
    return {exercise: asdict(result) for exercise, result in results.items()}


@contextmanager
def connected(
    address: str, key: Key, limits: Limits, trusted: bool
) -> Iterator[tuple[Callable[[Submission], Future], str]]:
    """Connect to a cluster.

    Args:
        address: of its scheduler.
        key: what is graded.
        limits: of each answer.
        trusted: whether answers may run without isolation.

    Yields:
        What starts the grading of a submission, and how the workers isolate.

    Raises:
        UserError: it can't be reached, has no workers, or can't isolate.
    """
    try:
        client = Client(address, timeout=CONNECT_SECONDS, set_as_default=False)
    except (OSError, ValueError) as error:
        raise UserError(
            f"no Dask scheduler answers at {address}: {error}. Check the address."
        ) from None
    with client:
        modes = set(client.run(worker_mode, trusted).values())
        if not modes:
            raise UserError(f"the cluster at {address} has no workers. Start some.")
        if len(modes) > 1:
            raise UserError(
                f"the workers isolate answers in different ways ({sorted(modes)}). Use "
                "workers that are set up alike."
            )
        (mode,) = modes
        (stored_key,) = client.scatter([key.as_dict()], broadcast=True)
        shared = (stored_key, asdict(limits), mode)

        def grade(submission: Submission) -> Future:
            answers = {n: asdict(a) for n, a in submission.answers.items()}
            task = client.submit(
                grade_on_worker,
                *shared,
                submission.student,
                answers,
                sorted(submission.elsewhere),
                pure=False,
            )
            return _as_future(task)

        yield grade, mode


def _as_future(task) -> Future:
    """The future of Dask as one of the standard library, with results in it."""
    future: Future = Future()
    future.set_running_or_notify_cancel()

    def done(finished) -> None:
        try:
            rows = finished.result()
            future.set_result({name: Result(**row) for name, row in rows.items()})
        except BaseException as error:
            future.set_exception(error)

    task.add_done_callback(done)
    # Dask forgets a task that nobody holds.
    future.task = task
    return future

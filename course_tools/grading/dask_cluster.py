"""Grading on a Dask cluster: each worker isolates and grades what it is given.

Workers must have the course installed. What travels is text: the key, the answers, and
the results, in messages of Dask between the grader and machines that it trusts. No
answer runs outside a worker's sandbox.

A submission whose worker is lost is graded by another, and a worker that comes late gets
its share. The key travels once to each worker, a submission as 10 to 60 kB of text.

What limits a hundred workers is not Dask. Each of them takes about three seconds and a
gigabyte to start, once, while it imports PyTorch for checks and for answers: a class has
to be larger than about 20 submissions for each worker before another one pays. And one
grader reads the submissions and writes a page for each, one after another: it can't be
faster than that, however many workers there are.
"""

import atexit
import threading
from collections.abc import Iterator
from concurrent.futures import CancelledError, Future
from contextlib import contextmanager
from dataclasses import asdict

from distributed import Client, KilledWorker

from course_tools.grading.grader import Grader, Limits, Outcome
from course_tools.grading.sandbox import launch
from course_tools.grading.submissions.answers import (
    Answer,
    Helper,
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


def check_key_on_worker(stored_key: dict, limits: dict, mode: str) -> None:
    """Make sure, on this worker, that a key passes its own checks.

    Args:
        stored_key: as `Key.as_dict` gives it.
        limits: those of `Limits`.
        mode: how to isolate.

    Raises:
        UserError: it does not.
    """
    key = key_from_dict(stored_key)
    _grader(key, limits, mode).check_key(key)


def _grader(key: Key, limits: dict, mode: str) -> Grader:
    name = (*limits.values(), mode, key.modules)
    with _starting:
        if name not in _graders:
            _graders[name] = Grader(mode, Limits(**limits), key.modules)
            atexit.register(_graders[name].close)
    return _graders[name]


def grade_on_worker(
    stored_key: dict,
    limits: dict,
    mode: str,
    student: str,
    answers: dict,
    helpers: list[dict],
    own_key: dict | None = None,
) -> dict[str, dict]:
    """Grade one submission on this worker.

    Args:
        stored_key: as `Key.as_dict` gives it.
        limits: those of `Limits`.
        mode: how to isolate.
        student: who.
        answers: by exercise, those of `Answer`.
        helpers: those of `Helper`.
        own_key: with the numbers of this student; None: that of the class.

    Returns:
        By exercise, those of `Outcome`.
    """
    key = key_from_dict(stored_key)
    grader = _grader(key, limits, mode)
    given = {exercise: Answer(**answer) for exercise, answer in answers.items()}
    own = tuple(
        Helper(**helper | {"names": tuple(helper["names"])}) for helper in helpers
    )
    varied = key_from_dict(own_key) if own_key else None
    results = grader.grade(key, Submission(student, given, own, varied))
    return {exercise: asdict(result) for exercise, result in results.items()}


class _Cluster:
    """Grades on the workers.

    Args:
        client: of Dask.
        shared: what all tasks have in common: key, limits, and how to isolate.
    """

    def __init__(self, client: Client, shared: tuple):
        self._client, self._shared = client, shared

    def check_key(self) -> None:
        task = self._client.submit(check_key_on_worker, *self._shared, pure=False)
        try:
            task.result()
        except (KilledWorker, CancelledError, OSError, RuntimeError) as error:
            raise UserError(
                f"the key could not be checked on the cluster: {error}. See to its "
                "workers, and run the same command again."
            ) from None

    def grade(self, submission: Submission) -> Future[dict[str, Outcome]]:
        answers = {n: asdict(a) for n, a in submission.answers.items()}
        task = self._client.submit(
            grade_on_worker,
            *self._shared,
            submission.student,
            answers,
            [asdict(helper) for helper in submission.helpers],
            submission.key.as_dict() if submission.key else None,
            pure=False,
        )
        return _as_future(task)


@contextmanager
def connected(
    address: str, key: Key, limits: Limits, trusted: bool
) -> Iterator[tuple[_Cluster, str]]:
    """Connect to a cluster.

    Args:
        address: of its scheduler.
        key: what is graded.
        limits: of each answer.
        trusted: whether answers may run without isolation.

    Yields:
        What grades on it, and how the workers isolate.

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
        # A task, which is done again elsewhere if the worker that holds it is lost;
        # what is scattered would be gone with the last worker that has a copy.
        stored_key = client.submit(Key.as_dict, key, pure=False)
        yield _Cluster(client, (stored_key, asdict(limits), mode)), mode


def _as_future(task) -> Future:
    """The future of Dask as one of the standard library, with results in it."""
    future: Future = Future()
    future.set_running_or_notify_cancel()

    def done(finished) -> None:
        try:
            rows = finished.result()
            future.set_result({name: Outcome(**row) for name, row in rows.items()})
        except BaseException as error:
            future.set_exception(error)

    task.add_done_callback(done)
    # Dask forgets a task that nobody holds.
    future.task = task
    return future

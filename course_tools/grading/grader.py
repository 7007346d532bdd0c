"""Grades submissions: starts the zygote and the checker, and asks both for work.

Both are started when the first submission is graded, and again if one should end.
"""

import re
import socket
import threading
import time
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import asdict, dataclass, field
from typing import Self

from course_tools.grading.sandbox import protocol
from course_tools.grading.sandbox.forkserver import STRETCH, ask, outcome
from course_tools.grading.sandbox.launch import Server
from course_tools.grading.submissions.answers import Answer, Key, Submission
from course_tools.keys import Exercise
from course_tools.project import UserError
from course_utils.points import Part

OUTCOMES = ("passed", "partly", "failed", "crashed", "timed out", "missing")
PATIENCE_SECONDS = 30.0
CHECKER_MB = 4_096
RETRIES = 2


@dataclass(frozen=True)
class Limits:
    """What an answer may use.

    Attributes:
        seconds: for each exercise, while its answer runs or sleeps, not while it waits
            for a processor; all of a submission have `checker.TOGETHER` times as many.
            One whose check says so has more.
        memory_mb: of each submission, on top of what PyTorch takes.
    """

    seconds: float = 10.0
    memory_mb: int = 2_048


@dataclass
class Outcome:
    """What came of one exercise.

    Attributes:
        outcome: one of `OUTCOMES`.
        points: reached.
        message: why it did not pass.
        hidden: whether a check that students don't see decided.
        seconds: what checking took.
        note: how the answer was found, if not in its place, and what it was checked
            with that is not its own.
        parts: the properties that the check tells apart, if it got to all of them.
    """

    outcome: str
    points: int = 0
    message: str = ""
    hidden: bool = False
    seconds: float = 0.0
    note: str = ""
    parts: list[Part] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.parts = [p if isinstance(p, Part) else Part(**p) for p in self.parts]


@dataclass
class Grader:
    """A zygote and a checker, and what they need.

    Attributes:
        mode: how answers are isolated, one of `isolation.MODES`.
        limits: of each answer.
        modules: what both import before they fork, so that nothing is imported later.
        restarts: how often a part had to be started again.
    """

    mode: str
    limits: Limits = field(default_factory=Limits)
    modules: Sequence[str] = ()
    restarts: int = -1
    _lock: threading.RLock = field(default_factory=threading.RLock)

    def __post_init__(self) -> None:
        self._zygote: Server | None = None
        self._checker: Server | None = None
        # By the digest of a key, the exercises whose answers change their inputs.
        self._tried: dict[str, list[str]] = {}
        self._closed = False
        self._waiting: set[socket.socket] = set()  # for what a checker says

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """End all processes; what is being graded does not get done."""
        self._closed = True
        # A process that was being forked just now may outlive both, and say nothing.
        for channel in tuple(self._waiting):
            with suppress(OSError):
                channel.shutdown(socket.SHUT_RDWR)
        self._stop()

    def _start(self) -> None:
        self._zygote = Server(
            "course_tools.grading.sandbox.worker", self.modules, self.mode
        )
        self._checker = Server(
            "course_tools.grading.sandbox.checker",
            ["--zygote", str(self._zygote.control.fileno()), *self.modules],
            keeps=[self._zygote.control.fileno()],
        )
        self.restarts += 1
        try:
            self._checker.wait_until_ready()
            self._zygote.wait_until_ready()
        except BaseException:
            self._stop()
            raise

    def _stop(self) -> None:
        servers = [server for server in (self._checker, self._zygote) if server]
        for server in servers:  # both end at the same time
            server.control.close()
        for server in servers:
            server.close()
        self._zygote = self._checker = None

    def _ensure_running(self) -> None:
        with self._lock:
            if self._closed:
                raise UserError("grading has been stopped.")
            parts = (self._zygote, self._checker)
            if not all(part and part.is_alive() for part in parts):
                self._stop()
                self._start()

    def _still_running(self, started: int) -> bool:
        """Return whether both parts are those that were there at a start."""
        with self._lock:
            parts = (self._zygote, self._checker)
            return started == self.restarts and all(p and p.is_alive() for p in parts)

    def _ask_checker(self, key: Key) -> tuple[socket.socket, socket.socket]:
        allowed = [self._seconds(e) + PATIENCE_SECONDS for e in key.autograded]
        cpu = int(sum(allowed))
        limits = {"memory_mb": CHECKER_MB, "cpu_seconds": cpu}
        with self._lock:  # another thread may be starting it again
            if self._checker is None:
                raise OSError("the checker has ended")
            return ask(self._checker.control, limits)

    def _seconds(self, exercise: Exercise) -> float:
        """What the answer to an exercise may take."""
        return max(self.limits.seconds, exercise.seconds)

    def _try_key(self, key: Key) -> list[str]:
        """Make sure that a key passes its own checks.

        Returns:
            The exercises whose answers are meant to change what they are given.

        Raises:
            UserError: it does not pass them.
        """
        channel, status = self._ask_checker(key)
        with channel:
            try:
                protocol.send(channel, {"key": key.as_dict(), "answers": None})
                found, _ = protocol.receive(channel)
            except protocol.Closed:
                how = outcome(status)
                raise UserError(
                    f"the key {key.name} could not be checked: the checker ended "
                    f"with status {how['code']}."
                ) from None
        status.close()
        wrong = {name: m for name, m in found["messages"].items() if m}
        for name, message in wrong.items():
            raise UserError(
                f"the key {key.name} does not pass its own check of {name}: "
                f"{message} Mend the key first."
            )
        return found["changes_inputs"]

    def check_key(self, key: Key) -> None:
        """Make sure that a key passes its own checks, once.

        Args:
            key: what is graded.

        Raises:
            UserError: it does not, or the parts of the grader could not be started.
        """
        self._ensure_running()
        with self._lock:
            if key.digest not in self._tried:
                self._tried[key.digest] = self._try_key(key)

    def grade(self, key: Key, submission: Submission) -> dict[str, Outcome]:
        """Return the result of every autograded exercise of a submission.

        Args:
            key: what is graded.
            submission: who, and what was answered.

        Raises:
            UserError: the key does not pass its own checks, or the parts of the
                grader could not be started.
        """
        self.check_key(key)
        key = submission.key or key
        answers = {
            e.name: submission.answers.get(e.name, Answer(problem="no answer."))
            for e in key.autograded
        }
        results: dict[str, Outcome] = {}
        undefined: set[str] = set()
        retries = RETRIES
        while len(results) < len(answers):
            self._ensure_running()
            before, started = len(results), self.restarts
            self._run_checks(key, submission, answers, results, undefined)
            if len(results) > before:
                continue
            if retries and not self._still_running(started):
                retries -= 1
                continue
            # Its process is gone; the others of this submission go on without it.
            name = next(n for n in answers if n not in results)
            results[name] = Outcome("crashed", message="its check did not come back.")
            undefined.add(name)
        points = {e.name: e.points for e in key.autograded}
        for name, result in results.items():
            if result.outcome == "passed":
                result.points = points[name]
            elif result.outcome == "partly":
                result.points = sum(part.reached for part in result.parts)
            notes = (answers[name].note, result.note)
            result.note = "; ".join(note for note in notes if note)
            own = {n for helper in submission.helpers for n in helper.names}
            undefined_name = re.search(r"name '(\w+)' is not defined", result.message)
            if undefined_name and undefined_name[1] in own:
                result.message += (
                    f" `{undefined_name[1]}` is defined in a cell of your own, which "
                    "stopped before it: run that cell again, and mend it."
                )
        return results

    def _run_checks(
        self,
        key: Key,
        submission: Submission,
        answers: dict[str, Answer],
        results: dict[str, Outcome],
        undefined: set[str],
    ) -> None:
        """Ask a checker for the exercises that have no result yet."""
        job = {
            "key": key.as_dict(),
            "answers": {
                name: {
                    "source": "" if name in undefined else answer.source,
                    "problem": answer.problem,
                }
                for name, answer in answers.items()
            },
            "helpers": [asdict(helper) for helper in submission.helpers],
            "decided": {name: result.outcome for name, result in results.items()},
            "seconds": self.limits.seconds,
            "memory_mb": self.limits.memory_mb,
            "changes_inputs": self._tried[key.digest],
        }
        try:
            channel, status = self._ask_checker(key)
        except OSError:
            return
        with channel, status:
            self._waiting.add(channel)
            try:
                if self._closed:  # before it was known whom to wake
                    return
                protocol.send(channel, job)
                for exercise in key.autograded:
                    name = exercise.name
                    patience = STRETCH * self._seconds(exercise) + PATIENCE_SECONDS
                    left = protocol.until(time.monotonic() + patience)
                    row, _ = protocol.receive(channel, left)
                    results.setdefault(
                        name,
                        Outcome(
                            row["outcome"], message=row["message"],
                            hidden=row["hidden"], seconds=row["seconds"],
                            note=_note(row), parts=row["parts"],
                        ),
                    )  # fmt: skip
            except TimeoutError:
                name = next(n for n in answers if n not in results)
                results[name] = Outcome("timed out", message="its check took too long.")
                undefined.add(name)
            except (protocol.Closed, protocol.WireError):
                with suppress(OSError):
                    status.settimeout(1.0)
                    status.recv(4096)
            finally:
                self._waiting.discard(channel)


def _note(row: dict) -> str:
    """What an instructor and a student may want to know about a result."""
    notes = []
    if row["helped"]:
        names = ", ".join(f"`{name}`" for name in row["helped"][:5])
        notes.append(f"taken together with {names} from cells outside of the answers")
    if row["note"]:
        notes.append(
            f"checked with the key's {row['note']} in place of the one handed in"
        )
    return "; ".join(notes)

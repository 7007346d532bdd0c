"""A grader without a sandbox, and a server that forks a real `course grade` with it.

    python tests/grading/standin.py

Each line of its input is a list of runs in JSON; they run at the same time, each in a
process of its own. When all have ended, their statuses and what they printed come back
as a line. A run can be told to stop itself at a moment of its own, or to have no room.
"""

import json
import os
import resource
import signal
import subprocess
import sys
import zlib
from concurrent.futures import Future
from contextlib import contextmanager
from pathlib import Path

from course_tools.__main__ import main
from course_tools.grading import command
from course_tools.grading.gradebook.digest import ROOTS, imported
from course_tools.grading.grader import OUTCOMES, Outcome
from course_tools.project import UserError

# Those in which all points or none are reached.
WHOLE = [outcome for outcome in OUTCOMES if outcome != "partly"]
BROKEN = "this check is broken"
FAILS = "# grading this fails"
ANSWER = """\
# %% nbgrader={{"grade_id": "{name}", "grade": false, "solution": true}}
# exercise: {name}
{name} = {value}
"""
CHECK = """\
### BEGIN SOLUTION
# %% nbgrader={{"grade_id": "{name}-check", "grade": true, "points": {points}}}
assert {name}  # {state}
"""
WRITTEN = """\
# %% [markdown] nbgrader={{"grade_id": "why", "grade": true, "solution": true, "points": {points}}}
# An answer.
"""


def write_key(path, points, state="right"):
    """Write a key with the exercises that have points; "why" is a written one."""
    cells = []
    for name, number in points.items():
        if name == "why":
            cells.append(WRITTEN.format(points=number))
        else:
            cells.append(ANSWER.format(name=name, value=1))
            cells.append(CHECK.format(name=name, points=number, state=state))
    path.write_text("\n".join(cells), encoding="utf-8")


def write_answers(path, **values):
    """Write what a student hands in; the written exercise is always answered."""
    cells = [ANSWER.format(name=name, value=value) for name, value in values.items()]
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text("\n".join([*cells, WRITTEN.format(points=2)]), encoding="utf-8")


class StandIn:
    """Decides by a checksum of answer and check, so that changes change marks."""

    def __init__(self, key):
        self.key = key

    def check_key(self):
        """As the real grader does, refuse a key that does not pass its checks."""
        if any(BROKEN in exercise.check for exercise in self.key.autograded):
            raise UserError("the key does not pass its own check. Mend the key first.")

    def grade(self, submission):
        """Return the results as a future that is done."""
        future = Future()
        answers = submission.answers
        if any(FAILS in answer.source for answer in answers.values()):
            future.set_exception(OSError("a worker was killed"))
            return future
        results = {}
        for exercise in self.key.autograded:
            text = answers[exercise.name].source + exercise.check
            outcome = WHOLE[zlib.crc32(text.encode()) % len(WHOLE)]
            points = exercise.points if outcome == "passed" else 0
            results[exercise.name] = Outcome(outcome, points, "a reason")
        future.set_result(results)
        return future


@contextmanager
def connect(key, limits, arguments):
    """What the command connects to, in place of a sandbox or a cluster."""
    yield StandIn(key), "none"


def grade(*words):
    """Run `course grade` with the stand-in in this process; return its status."""
    real = command.command
    command.command = lambda arguments: command.carry_out(arguments, connect)
    try:
        return main(["grade", *map(str, words)])
    finally:
        command.command = real


class Server:
    """Starts the server, and asks it for runs; for a `with` block."""

    def __enter__(self):
        self._process = subprocess.Popen(
            [sys.executable, __file__], stdin=subprocess.PIPE, stdout=subprocess.PIPE
        )
        return self

    def __exit__(self, *_):
        self._process.stdin.close()
        self._process.wait()
        self._process.stdout.close()

    def run(self, *runs):
        """Run at the same time; return the status and the output of each.

        Each run is a dictionary: `words` of the command line, and optionally `signal`
        with the `event` (a count) or the `seconds` at which it comes, or `room`, the
        bytes that a file can have.
        """
        self._process.stdin.write(json.dumps(runs).encode() + b"\n")
        self._process.stdin.flush()
        return json.loads(self._process.stdout.readline())


def _stop_yourself(run):
    number, count = run["signal"], 0

    def by_event(*_):
        nonlocal count
        count += 1
        if count == run["event"]:
            os.kill(os.getpid(), number)

    if "event" in run:
        sys.addaudithook(by_event)
    else:
        signal.signal(signal.SIGALRM, lambda *_: os.kill(os.getpid(), number))
        signal.setitimer(signal.ITIMER_REAL, run["seconds"])


def _carry_out(run, log):
    os.dup2(log, 1)
    os.dup2(log, 2)
    if "room" in run:
        resource.setrlimit(resource.RLIMIT_FSIZE, (run["room"], run["room"]))
    if "signal" in run:
        _stop_yourself(run)
    try:
        status = grade(*run["words"])
    except KeyboardInterrupt:  # before the command has begun
        status = 130
    sys.stdout.flush()
    return status


def _serve():
    imported(ROOTS)  # once for all runs
    "".encode("utf-8-sig")  # imports it: Python prints what interrupts an import
    os.fsync = lambda file: None  # no power fails here
    for line in sys.stdin:
        children = []
        for run in json.loads(line):
            log = os.memfd_create("log")
            process = os.fork()
            if not process:
                status = 99
                try:
                    status = _carry_out(run, log)
                except BaseException:
                    sys.excepthook(*sys.exc_info())
                finally:
                    os._exit(status)
            children.append((process, log))
        answers = []
        for process, log in children:
            _, status = os.waitpid(process, 0)
            printed = Path(f"/proc/self/fd/{log}").read_text()
            answers.append([os.waitstatus_to_exitcode(status), printed])
            os.close(log)
        print(json.dumps(answers), flush=True)


if __name__ == "__main__":
    signal.signal(signal.SIGINT, signal.default_int_handler)
    _serve()

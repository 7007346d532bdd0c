"""The checker: runs the check cells of a key, and never what a student wrote.

Started by `isolation.Server` with the names of modules to import. It imports PyTorch
once and forks for each submission, which comes with its key.
"""

from __future__ import annotations

import argparse
import contextlib
import importlib
import io
import linecache
import socket
import time
from collections.abc import Callable, Sequence
from contextlib import suppress
from typing import Any

import torch

from course_tools.grading.sandbox import protocol, serialization
from course_tools.grading.sandbox.forkserver import ForkServer
from course_tools.grading.sandbox.proxies import Raised, Remote, SandboxEnded
from course_utils.checks import exercises

COPIED_BELOW = 1_000_000
# Of the seconds for an exercise: how many times as long all of a submission may take,
# which part each of them keeps, whatever those before it took, and the least for a step.
TOGETHER, KEPT, LEAST = 4, 0.1, 0.05
# What a sandbox and all that it starts may use of the processor, beyond that.
EXTRA_CPU_SECONDS = 10


def run_cell(source: str, namespace: dict, title: str) -> BaseException | None:
    """Execute a cell of the key; return what it raised, or None.

    Args:
        source: the cell.
        namespace: its variables.
        title: names the cell in messages.
    """
    filename = f"<{title}>"
    lines = source.splitlines(keepends=True)
    linecache.cache[filename] = (len(source), None, lines, filename)
    with contextlib.redirect_stdout(io.StringIO()):
        try:
            exec(compile(source, filename, "exec"), namespace)
        except (Exception, SandboxEnded) as error:
            return error
    return None


def copied(namespace: dict) -> dict:
    """Return variables for a check to use, so that nothing it changes stays so."""
    return {
        name: value.clone()
        if isinstance(value, torch.Tensor) and value.numel() < COPIED_BELOW
        else value
        for name, value in namespace.items()
    }


class Checks:
    """The set-up and check cells of a key, in order, for one submission.

    Args:
        exercises: the autograded ones, as `Key.as_dict` gives them.
    """

    def __init__(self, exercises: Sequence[dict]):
        self.exercises = exercises
        self.namespace: dict[str, Any] = {"__name__": "__main__"}

    def set_up(self, exercise: dict) -> None:
        """Execute the cells before an exercise that neither answer nor check.

        One that needs an answer may fail; in a notebook it is marked as such.
        """
        for source in exercise["setup"]:
            run_cell(source, self.namespace, "set-up")
        with contextlib.redirect_stdout(io.StringIO()):
            exercises.begin({})

    def check(self, exercise: dict, cell: str, names: dict[str, Any]) -> str:
        """Run a check cell; return why it failed, "" if it passed.

        Args:
            exercise: the one it belongs to.
            cell: "visible", without the hidden part, or "check".
            names: what the answers define.

        Raises:
            SandboxEnded: the answer didn't come back.
        """
        name = exercise["name"]
        namespace = copied(self.namespace) | names
        with contextlib.redirect_stdout(io.StringIO()):
            exercises.begin({name: exercise["points"]})
        error = run_cell(exercise[cell], namespace, f"check {name}")
        passed = exercises.passed(name)
        with contextlib.redirect_stdout(io.StringIO()):
            exercises.begin({})
        if isinstance(error, SandboxEnded):
            raise error
        if error is None and passed:
            return ""
        if error is None:
            # A check cell that runs through without its block decides nothing.
            return "the check cell did not check anything."
        # An answer may raise an error without any words; it has failed all the same.
        return str(error).removeprefix(f"{name}: ") or "the check gave no reason."


class Grading:
    """The checks of one submission.

    Args:
        job: the key, as `Key.as_dict` gives it, the answers by exercise, the limits.
        zygote: the socket that asks for a sandbox.
    """

    def __init__(self, job: dict, zygote: socket.socket):
        self.exercises = [e for e in job["key"]["exercises"] if e["autograded"]]
        self.checks = Checks(self.exercises)
        self.zygote, self.job = zygote, job
        self.history: list[tuple[str, str]] = []
        self.remote: Remote | None = None
        self.spent = 0.0  # in sandboxes that have ended
        self.later = 0  # exercises after the one that is checked

    def results(self, report: Callable[[dict], None]) -> None:
        """Check every exercise, and report each as soon as it is decided."""
        defined: list[str] = []
        for number, exercise in enumerate(self.exercises, start=1):
            start = time.perf_counter()
            self.later = len(self.exercises) - number
            self.checks.set_up(exercise)
            self._set_up_sandbox(exercise)
            defined += exercise["names"]
            outcome, message, hidden = self._result(exercise, defined)
            report(
                {
                    "exercise": exercise["name"],
                    "outcome": outcome,
                    "message": protocol.clipped(message),
                    "hidden": hidden,
                    "seconds": round(time.perf_counter() - start, 3),
                }
            )
        if self.remote:
            self.remote.close()

    def _set_up_sandbox(self, exercise: dict) -> None:
        for source in exercise["setup"]:
            try:
                self._sandbox().execute("set-up", source)
            except SandboxEnded:
                continue
            except Raised:
                pass  # it needs an answer that is wrong or missing
            self.history.append(("set-up", source))

    def _sandbox(self) -> Remote:
        """The sandbox, or a new one where all that went well has been executed."""
        while self.remote is None or self.remote.ended:
            if self.remote:
                self.spent += self.remote.spent
            cpu = int(TOGETHER * self.job["seconds"]) + EXTRA_CPU_SECONDS
            self.remote = Remote(self.zygote, self.job["memory_mb"], cpu)
            self._allow_time()
            for index, (title, source) in enumerate(self.history):
                try:
                    self.remote.execute(title, source)
                except SandboxEnded:
                    del self.history[index]
                    break
                except Raised:
                    pass
        self._allow_time()
        return self.remote

    def _allow_time(self) -> None:
        """Give the sandbox the time for its next step, and leave some for later ones."""
        seconds, spent = self.job["seconds"], self.spent + self.remote.spent
        left = (TOGETHER - KEPT * self.later) * seconds - spent
        reason = f", all that was left of {TOGETHER * seconds:g} s for the submission"
        if left < seconds:
            self.remote.allow(max(left, LEAST * seconds), reason)
        else:
            self.remote.allow(seconds)

    def _result(self, exercise: dict, defined: list[str]) -> tuple[str, str, bool]:
        """The outcome, the message, and whether a hidden check decided."""
        name = exercise["name"]
        answer = self.job["answers"][name]
        if not answer["source"]:
            return "missing", answer["problem"], False
        only_define = answer["problem"] or name in self.job["decided"]
        cell, stopped = "visible", ""
        try:
            remote = self._sandbox()
            remote.exercise = name
            try:
                remote.execute(f"answer {name}", answer["source"])
            except Raised as error:
                where = f", line {error.line}" if error.line else ""
                stopped = f"the cell with the answer stopped with {error.kind}"
                stopped += f": {error.args[0]}" if error.args[0] else ""
                stopped += f"{where}. "
            self.history.append((f"answer {name}", answer["source"]))
            if only_define:
                return "missing", answer["problem"], False
            for cell in ("visible", "check"):
                if cell == "check" and exercise["check"] == exercise["visible"]:
                    break
                # Inputs that an answer spoils must not spoil what the hidden checks
                # compare with.
                remote.protected = (
                    cell == "check" and name not in self.job["changes_inputs"]
                )
                names = {n: v for n in defined for ok, v in [remote.find(n)] if ok}
                message = self.checks.check(exercise, cell, names)
                if message == exercises.NOT_ANSWERED:
                    return "missing", "not answered.", False
                if message:
                    if stopped and message.startswith("NameError"):
                        message = stopped.rstrip()
                    return "failed", message, cell == "check"
        except SandboxEnded as end:
            return end.result, end.message, cell == "check"
        return "passed", "", False


def try_key(key: dict) -> dict:
    """Run the checks of a key with its own answers.

    Returns:
        `messages`, by exercise, "" for one that passes; and `changes_inputs`, the
        exercises whose answers are meant to change what they are given.
    """
    checks = Checks([e for e in key["exercises"] if e["autograded"]])
    messages, changing = {}, set()
    for exercise in checks.exercises:
        name = exercise["name"]
        checks.set_up(exercise)
        raised = run_cell(exercise["answer"], checks.namespace, f"answer {name}")
        watched = {
            n: _watched(checks.namespace[n], name, changing)
            for n in exercise["names"]
            if callable(checks.namespace.get(n))
        }
        message = checks.check(exercise, "check", watched)
        messages[name] = f"its answer raised {raised!r}" if raised else message
    return {"messages": messages, "changes_inputs": sorted(changing)}


def _watched(function: Any, exercise: str, changing: set[str]) -> Any:
    def call(*arguments: Any, **named: Any) -> Any:
        encoder = serialization.Encoder(bytearray(), _no_handle)
        encoder.node([arguments, named])
        before = serialization.contents(encoder.objects, _no_handle)
        result = function(*arguments, **named)
        if serialization.contents(encoder.objects, _no_handle) != before:
            changing.add(exercise)
        return result

    return call


def _no_handle(value: Any) -> dict:
    return {"t": "handle", "h": id(value)}


def main() -> None:
    """Import, say that all is ready, and fork on request."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--control", type=int, required=True)
    parser.add_argument("--zygote", type=int, required=True)
    parser.add_argument("modules", nargs="*")
    arguments = parser.parse_args()
    torch.set_num_threads(1)
    for name in arguments.modules:
        with suppress(ImportError):
            importlib.import_module(name)

    def run(connection: socket.socket, _: dict) -> None:
        job, _ = protocol.receive(connection)
        if job["answers"] is None:
            protocol.send(connection, try_key(job["key"]))
            return
        zygote = socket.socket(fileno=arguments.zygote)
        Grading(job, zygote).results(lambda row: protocol.send(connection, row))
        zygote.detach()

    control = socket.socket(fileno=arguments.control)
    ForkServer(control, run, keep=[arguments.zygote]).serve()

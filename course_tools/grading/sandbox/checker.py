"""The checker: runs the check cells of a key, and never what a student wrote.

Started by `isolation.Server` with the names of modules to import. It imports PyTorch
once and forks for each submission, which comes with its key.
"""

import argparse
import importlib
import re
import socket
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import asdict, dataclass, replace
from typing import Any

import torch

from course_tools.grading.sandbox import protocol
from course_tools.grading.sandbox.checks import (
    Checks,
    Ran,
    copied,
    run_cell,
    try_key,
)
from course_tools.grading.sandbox.forkserver import ForkServer
from course_tools.grading.sandbox.proxies import Remote, SandboxEnded
from course_tools.grading.sandbox.raised import Raised
from course_utils.checks import exercises
from course_utils.points import Part

# Of the seconds for an exercise: how many times as long all of a submission may take,
# which part each of them keeps, whatever those before it took, and the least for a step.
TOGETHER, KEPT, LEAST = 4, 0.1, 0.05
# What a sandbox and all that it starts may use of the processor, beyond that.
EXTRA_CPU_SECONDS = 10


@dataclass(frozen=True)
class Verdict:
    """What came of an exercise.

    Attributes:
        outcome: one of `grader.OUTCOMES`.
        message: why it did not pass.
        hidden: whether a check that students don't see decided.
        parts: the properties that its check tells apart, if they were all looked at.
    """

    outcome: str
    message: str = ""
    hidden: bool = False
    parts: tuple[Part, ...] = ()

    @property
    def reached(self) -> int:
        """The points of its parts, of an exercise that has not passed."""
        return sum(part.reached for part in self.parts)


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
        # What a new sandbox has to execute: how, by which title, and the source.
        self.history: list[tuple[str, str, str]] = []
        self.helpers = list(job["helpers"])
        self.helped: dict[str, list[str]] = {}
        self.seconds_for_helpers = job["seconds"]
        self.ended: set[str] = set()  # names of answers that ended their process
        self.remote: Remote | None = None
        self.spent = 0.0  # in sandboxes that have ended
        self.later = 0  # exercises after the one that is checked
        # Of the one that is checked; and what longer ones get on top, up to this one.
        self.seconds, self.longer = job["seconds"], 0.0

    def results(self, report: Callable[[dict], None]) -> None:
        """Check every exercise, and report each as soon as it is decided."""
        defined: list[str] = []
        for number, exercise in enumerate(self.exercises, start=1):
            start = time.perf_counter()
            self.later = len(self.exercises) - number
            self.seconds = max(self.job["seconds"], exercise["seconds"])
            self.longer += self.seconds - self.job["seconds"]
            answer = self.job["answers"][exercise["name"]]
            self.checks.set_up(exercise)
            self._set_up_sandbox(exercise)
            defined += exercise["names"]
            # What has ended the process before would only take its time once more.
            blamed = self.ended & set(self._others(exercise, defined))
            result, note = self._result(exercise, defined, bool(blamed)), ""
            decided = answer["problem"] or exercise["name"] in self.job["decided"]
            if result.outcome != "passed" and answer["source"] and not decided:
                again, names = self._with_functions_of_the_key(exercise, defined)
                if (names or blamed) and again.reached >= result.reached:
                    result, note = again, names
            if result.outcome in ("crashed", "timed out"):
                self.ended.update(exercise["names"])
            parts = [
                replace(part, message=protocol.clipped(part.message))
                for part in result.parts
            ]
            report(
                {
                    "exercise": exercise["name"],
                    "outcome": result.outcome,
                    "message": protocol.clipped(result.message),
                    "hidden": result.hidden,
                    "parts": [asdict(part) for part in parts],
                    "note": note,
                    "helped": self.helped.get(exercise["name"], []),
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
            self.history.append(("execute", "set-up", source))

    def _sandbox(self) -> Remote:
        """The sandbox, or a new one where all that went well has been executed."""
        while self.remote is None or self.remote.ended:
            if self.remote:
                self.spent += self.remote.spent
            cpu = int(TOGETHER * self.job["seconds"] + self._all_longer())
            cpu += EXTRA_CPU_SECONDS
            self.remote = Remote(self.zygote, self.job["memory_mb"], cpu)
            self._allow_time()
            for index, (do, title, source) in enumerate(self.history):
                try:
                    self.remote.execute(title, source, do)
                except SandboxEnded:
                    del self.history[index]
                    break
                except Raised:
                    pass
        self._allow_time()
        return self.remote

    def _allow_time(self) -> None:
        """Give the sandbox the time for its next step, and leave some for later ones."""
        seconds, usual = self.seconds, self.job["seconds"]
        spent = self.spent + self.remote.spent
        left = (TOGETHER - KEPT * self.later) * usual + self.longer - spent
        whole = TOGETHER * usual + self._all_longer()
        reason = f", all that was left of {whole:g} s for the submission"
        if left < seconds:
            self.remote.allow(max(left, LEAST * seconds), reason)
        else:
            self.remote.allow(seconds)

    def _all_longer(self) -> float:
        """What exercises that train get on top, all together."""
        usual = self.job["seconds"]
        return sum(max(e["seconds"] - usual, 0) for e in self.exercises)

    def _result(self, exercise: dict, defined: list[str], only_define: bool) -> Verdict:
        """What comes of an exercise with the answer that was handed in."""
        name = exercise["name"]
        answer = self.job["answers"][name]
        if not answer["source"]:
            return Verdict("missing", answer["problem"])
        if answer["problem"] or name in self.job["decided"]:
            only_define = True
        try:
            self._execute_helpers(name, answer["source"])
            remote = self._sandbox()
            remote.exercise, remote.source = name, answer["source"]
            remote.seed()
            stopped = self._execute_answer(remote, name)
            self.history.append(("execute", f"answer {name}", answer["source"]))
            if only_define:
                return Verdict("missing", answer["problem"] or "not checked.")
            return self._checked(remote, exercise, defined, stopped)
        except SandboxEnded as end:
            return Verdict(end.result, end.message)

    def _execute_answer(self, remote: Remote, name: str) -> str:
        """Execute an answer; return what stopped it, "" if nothing did."""
        try:
            remote.execute(f"answer {name}", self.job["answers"][name]["source"])
        except Raised as error:
            where = f", line {error.line}" if error.line else ""
            text = f": {error.args[0]}" if error.args[0] else ""
            return f"the cell with the answer stopped with {error.kind}{text}{where}."
        return ""

    def _checked(
        self, remote: Remote, exercise: dict, defined: list[str], stopped: str
    ) -> Verdict:
        """What the checks of an answer that has been executed say.

        Inputs that it spoils must not spoil what the hidden checks compare with, so
        they are kept for those. If it has spoiled some, the checks that students see
        run once more, with what is left of the inputs, as in a notebook.
        """
        hides = exercise["check"] != exercise["visible"]
        keep = hides and exercise["name"] not in self.job["changes_inputs"]
        try:
            runs = [self._run(remote, exercise, "check", defined, keep)]
            if remote.spoiled:
                runs.insert(0, self._run(remote, exercise, "visible", defined, False))
        except SandboxEnded as end:
            return Verdict(end.result, end.message, end.hidden)
        failed: dict[str, Part] = {}
        for run in runs:
            if run.message == exercises.NOT_ANSWERED:
                return Verdict("missing", "not answered.")
            # What a student can see is told first.
            for part in sorted(run.parts, key=lambda part: part.hidden):
                if part.message:
                    failed.setdefault(part.name, part)
            if run.message and not run.parts:
                message = run.message
                if stopped and message.startswith("NameError"):
                    message = stopped
                hidden = run.hidden and all(part.hidden for part in failed.values())
                return Verdict("failed", message, hidden)
            if len(failed) == len(exercise["parts"]) > 0:
                break  # nothing is left to be reached
        parts = tuple(failed.get(n, Part(n, p)) for n, p in exercise["parts"])
        if not failed:
            return Verdict("passed", parts=parts)
        first = next(iter(failed.values()))
        outcome = "partly" if len(failed) < len(parts) else "failed"
        message = first.message
        if stopped and message.startswith("NameError"):
            message = stopped
        return Verdict(outcome, message, first.hidden, parts)

    def _run(
        self, remote: Remote, exercise: dict, cell: str, defined: list[str], keep: bool
    ) -> Ran:
        """Run a check cell once, inputs kept from the answer if they are to `keep`."""
        remote.protected, remote.spoiled = keep, False
        return self.checks.check(exercise, cell, remote.begin_check(defined))

    def _execute_helpers(self, exercise: str, source: str) -> None:
        """Execute the student's own cells that an answer leans on, in their order.

        One that fails costs what needs it; what all of them take together is limited.
        Of two cells that define a name, those above the answer count first.
        """
        if not self.helpers:
            return
        place = [e["name"] for e in self.exercises].index(exercise)
        todo, wanted = self._sandbox().needs(source), set()
        seen = set(todo)
        while todo:
            name = todo.pop()
            found = [
                index
                for index, helper in enumerate(self.helpers)
                if name in helper["names"] or "*" in helper["names"]
            ]
            above = [i for i in found if self.helpers[i]["place"] <= place]
            for index in above or found:
                if index not in wanted:
                    wanted.add(index)
                    new = self._sandbox().needs(self.helpers[index]["source"]) - seen
                    todo |= new
                    seen |= new
        for helper in [self.helpers[index] for index in sorted(wanted)]:
            self._execute_helper(exercise, helper)

    def _execute_helper(self, exercise: str, helper: dict) -> None:
        if self.seconds_for_helpers <= 0:
            return
        remote = self._sandbox()
        if self.seconds_for_helpers < remote.left:
            remote.allow(self.seconds_for_helpers)
        before = remote.spent
        try:
            remote.execute("your own cell", helper["source"], "help")
        except SandboxEnded:
            self.helpers.remove(helper)
            return
        except Raised:
            pass  # what it has defined until there may be enough
        finally:
            self.seconds_for_helpers -= remote.spent - before
        self.helpers.remove(helper)
        self.helped.setdefault(exercise, []).extend(helper["names"])
        self.history.append(("help", "your own cell", helper["source"]))

    def _with_functions_of_the_key(
        self, exercise: dict, defined: list[str]
    ) -> tuple[Verdict, str]:
        """Check an answer once more, if it calls others, which may be to blame.

        For those, functions of the key stand in: they run here, and the sandbox gets
        nothing of them but their results.

        Returns:
            What came of it, and the functions that were called, "" if none was.
        """
        name = exercise["name"]
        functions = self._functions_of_the_key(self._others(exercise, defined))
        if not functions:
            return Verdict("failed"), ""
        remote = self._sandbox()
        try:
            remote.exercise = name
            remote.source = self.job["answers"][name]["source"]
            remote.asked.clear()
            remote.stand_in(functions)
            remote.seed()
            stopped = self._execute_answer(remote, name)
            # What stands in is no answer, so no check gets it.
            mine = [n for n in defined if n not in functions]
            result = self._checked(remote, exercise, mine, stopped)
            if not remote.ended:
                remote.stand_in({})
        except SandboxEnded as end:
            result = Verdict(end.result, end.message)
        return result, " and ".join(f"`{n}`" for n in sorted(remote.asked))

    def _others(self, exercise: dict, defined: list[str]) -> list[str]:
        """The names of other answers that an answer, or a cell it needs, mentions."""
        sources = [self.job["answers"][exercise["name"]]["source"]]
        sources += [source for do, _, source in self.history if do == "help"]
        words = set(re.findall(r"\w+", "\n".join(sources)))
        return [n for n in defined if n in words and n not in exercise["names"]]

    def _functions_of_the_key(self, names: list[str]) -> dict[str, Any]:
        namespace = copied(self.checks.namespace)
        for exercise in self.exercises:
            run_cell(exercise["answer"], namespace, f"key {exercise['name']}")
        return {n: namespace[n] for n in names if callable(namespace.get(n))}


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
        exercises.elsewhere = True
        zygote = socket.socket(fileno=arguments.zygote)
        Grading(job, zygote).results(lambda row: protocol.send(connection, row))
        zygote.detach()

    control = socket.socket(fileno=arguments.control)
    ForkServer(control, run, keep=[arguments.zygote]).serve()

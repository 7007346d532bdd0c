"""The sandbox: a process that has imported PyTorch, and forks to run answers.

Started by `isolation.Server`, usually inside bubblewrap, with the names of modules to
import. Forked processes take requests from a checker: to execute a cell, to find what
a name means, to call a function. They send back values. All that is here may be changed
by what students write; nothing is believed because it is here.
"""

import argparse
import builtins
import importlib
import os
import socket
import sys
import traceback
import types
from collections.abc import Callable
from contextlib import suppress
from itertools import islice
from typing import Any

import torch

from course_tools.grading.sandbox import cells, protocol, serialization
from course_tools.grading.sandbox.forkserver import ForkServer
from course_utils.checks import bans
from course_utils.checks.exercises import _in_words, set_seeds

MAX_ITEMS = 100_000
# The frame of a check cell, which names the exercise in a notebook.
CALL = compile("result = function(*arguments, **named)", "<check>", "exec")


class Answers:
    """What one submission has defined so far, behind one connection.

    Args:
        connection: to the checker.
    """

    def __init__(self, connection: socket.socket):
        self.connection = connection
        self.module = types.ModuleType("__main__")
        sys.modules["__main__"] = self.module
        cells.prepare(self.module.__dict__)
        self.from_helpers: set[str] = set()
        self.put_aside: dict[str, Any] = {}
        self.handles: list[Any] = []
        self.numbers: dict[int, int] = {}

    def serve(self) -> None:
        """Carry out requests until the checker has no more."""
        while True:
            try:
                request, body = protocol.receive(self.connection)
            except protocol.Closed:
                return
            reply_body = bytearray()
            self.n = request["n"]
            try:
                reply = getattr(self, f"do_{request['do']}")(request, body, reply_body)
                protocol.send(self.connection, reply | {"n": request["n"]}, reply_body)
            except protocol.Closed:
                return
            except BaseException as error:
                told = self._described(error, request.get("exercise", ""))
                protocol.send(self.connection, {"error": told, "n": request["n"]})

    def do_execute(self, request: dict, _: bytes, __: bytearray) -> dict:
        """Execute a cell."""
        cells.execute(request["source"], f"<{request['title']}>", self.module.__dict__)
        return {}

    def do_help(self, request: dict, _: bytes, body: bytearray) -> dict:
        """Execute a cell of the student's own, which adds names and changes none."""
        variables = self.module.__dict__
        before = {n: v for n, v in variables.items() if n not in self.from_helpers}
        try:
            return self.do_execute(request, b"", body)
        finally:
            self.from_helpers |= variables.keys() - before.keys()
            variables.update(before)

    def do_needs(self, request: dict, _: bytes, __: bytearray) -> dict:
        """Tell which names a cell reads that nothing but such a cell gives."""
        known = self.module.__dict__.keys() - self.from_helpers
        found = cells.names_used(request["source"]) - known - set(dir(builtins))
        return {"names": sorted(found)}

    def do_seed(self, request: dict, _: bytes, __: bytearray) -> dict:
        """Let the answer of an exercise draw the same random numbers each time."""
        set_seeds(f"the answer to {request['exercise']}")
        return {}

    def do_stand_in(self, request: dict, _: bytes, __: bytearray) -> dict:
        """Put functions that the checker has in place of those of other answers."""
        variables = self.module.__dict__
        for name, value in self.put_aside.items():
            variables.pop(name, None)
            if value is not MISSING:
                variables[name] = value
        self.put_aside = {n: variables.get(n, MISSING) for n in request["names"]}
        variables.update({name: self._elsewhere(name) for name in self.put_aside})
        return {}

    def _elsewhere(self, name: str | int) -> Callable:
        """Return a function that asks the checker for its result."""

        def call(*arguments: Any, **named: Any) -> Any:
            body = bytearray()
            node = serialization.Encoder(body, _not_sent).node([arguments, named])
            protocol.send(
                self.connection, {"ask": name, "given": node, "n": self.n}, body
            )
            reply, body = protocol.receive(self.connection)
            if error := reply.get("error"):
                kind = getattr(builtins, reply.get("type", ""), None)
                known = isinstance(kind, type) and issubclass(kind, Exception)
                raise (kind if known else RuntimeError)(error)
            return serialization.Decoder(body, _not_sent).value(reply["value"])

        if isinstance(name, str):
            call.__name__ = call.__qualname__ = name
        return call

    def _given(self, node: dict) -> Any:
        """What an argument stands for that is no value."""
        return (
            self._elsewhere(node["ask"]) if "ask" in node else self.handles[node["h"]]
        )

    def do_find(self, request: dict, _: bytes, body: bytearray) -> dict:
        """Tell what names mean: a list of one value for each, empty without a meaning."""
        variables = self.module.__dict__
        return {
            "values": [
                [self._found(variables[name], body)] if name in variables else []
                for name in request["names"]
            ]
        }

    def _found(self, value: Any, body: bytearray) -> Any:
        try:
            return self._node(value, body)
        except protocol.WireError:  # too large to be sent, and perhaps not asked for
            return self._handle(value)

    def do_call(self, request: dict, body: bytes, reply_body: bytearray) -> dict:
        """Call a function; tell its result, and how its arguments have changed."""
        target = request["target"]
        function = (
            self.module.__dict__[target]
            if isinstance(target, str)
            else self.handles[target]
        )
        decoder = serialization.Decoder(body, self._given)
        arguments = decoder.value(request["arguments"])
        named = decoder.value(request["named"])
        known = list(decoder.objects)
        before = serialization.contents(known, self._handle)
        frame = {
            "__name__": "__main__",
            "function": function,
            "arguments": arguments,
            "named": named,
        }
        with bans.watched(request["without"], self.module.__dict__) as watch:
            exec(CALL, frame)
        if watch.used:  # an answer may have kept the error to itself
            raise bans.Used(watch.used)
        reply = {"value": self._node(frame["result"], reply_body)}
        after = serialization.contents(known, self._handle)
        changed = [n for n in range(len(known)) if before[n] != after[n]]
        encoder = serialization.Encoder(reply_body, self._handle, known)
        reply["changed"] = [[n, encoder.content(known[n])] for n in changed]
        return reply

    def do_ask(self, request: dict, _: bytes, body: bytearray) -> dict:
        """Tell something about an object that stays here."""
        value, what = self.handles[request["h"]], request["what"]
        if what == "attribute":
            result = getattr(value, request["name"])
        elif what == "items":
            result = list(islice(value, MAX_ITEMS))
        elif what == "item":
            result = value[serialization.Decoder(b"").value(request["index"])]
        else:
            result = len(value)
        return {"value": self._node(result, body)}

    def _node(self, value: Any, body: bytearray) -> Any:
        return serialization.Encoder(body, self._handle).node(value)

    def _handle(self, value: Any) -> dict:
        number = self.numbers.setdefault(id(value), len(self.handles))
        if number == len(self.handles):
            self.handles.append(value)
        try:
            text = repr(value)
        except Exception as error:
            text = f"<its text can't be made: {type(error).__name__}>"
        return {
            "t": "handle",
            "h": number,
            "type": protocol.clipped(type(value).__name__, 80),
            "text": protocol.clipped(text, 400),
            "callable": callable(value),
        }

    @staticmethod
    def _described(error: BaseException, exercise: str) -> dict:
        kind, first_line, line, place = type(error).__name__, "", None, ("", 0)
        with suppress(Exception):
            first_line = str(error).partition("\n")[0]
        words = f"your code raised {kind}."
        with suppress(Exception):
            words = _in_words(exercise, error)
            line = getattr(error, "lineno", None)
            for frame, number in traceback.walk_tb(error.__traceback__):
                if frame.f_globals.get("__name__") == "__main__":
                    line = line or number
                    if frame.f_code.co_filename == f"<answer {exercise}>":
                        place = (frame.f_code.co_name, number)
        if isinstance(error, protocol.WireError):
            words = f"what your code returned can't be checked: {error}."
        return {
            "type": protocol.clipped(kind, 80),
            "builtin": getattr(builtins, kind, None) is type(error),
            "message": protocol.clipped(first_line),
            "line": line if type(line) is int else None,
            "words": protocol.clipped(words),
            "place": place,
            "banned": error.name if isinstance(error, bans.Used) else "",
        }


MISSING = object()


def _not_sent(_: Any) -> Any:
    raise TypeError(
        "the key's function stands in here, and takes and returns nothing but numbers, "
        "tensors, and lists of them"
    )


def run(connection: socket.socket, _: dict) -> None:
    """What a forked process does, until the checker closes the connection."""
    nothing = os.open(os.devnull, os.O_RDWR)
    for stream in (0, 1, 2):
        os.dup2(nothing, stream)
    os.close(nothing)
    Answers(connection).serve()


def main() -> None:
    """Import, say that all is ready, and fork on request."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--control", type=int, required=True)
    parser.add_argument("--users", help="of sealed answers, as FIRST:END")
    parser.add_argument("modules", nargs="*")
    arguments = parser.parse_args()
    torch.set_num_threads(1)
    for name in arguments.modules:
        with suppress(ImportError):
            importlib.import_module(name)
    control = socket.socket(fileno=arguments.control)
    control.set_inheritable(False)
    sealed = arguments.users is not None
    users = range(*map(int, arguments.users.split(":"))) if sealed else range(1)
    ForkServer(control, run, sealed, users=users).serve()

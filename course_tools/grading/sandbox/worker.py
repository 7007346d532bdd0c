"""The sandbox: a process that has imported PyTorch, and forks to run answers.

Started by `isolation.Server`, usually inside bubblewrap, with the names of modules to
import. Forked processes take requests from a checker: to execute a cell, to find what
a name means, to call a function. They send back values. All that is here may be changed
by what students write; nothing is believed because it is here.
"""

from __future__ import annotations

import argparse
import builtins
import importlib
import linecache
import os
import random
import socket
import sys
import traceback
import types
from collections.abc import Sequence
from contextlib import suppress
from itertools import islice
from typing import Any

import numpy as np
import torch

from course_tools.grading.sandbox import protocol, serialization
from course_tools.grading.sandbox.forkserver import ForkServer
from course_utils.checks.exercises import _in_words

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
        source, title = request["source"], f"<{request['title']}>"
        lines = source.splitlines(keepends=True)
        linecache.cache[title] = (len(source), None, lines, title)
        try:
            code = compile(source, title, "exec")
        except SyntaxError:
            source = _without_magics(lines)
            code = compile(source, title, "exec")
        exec(code, self.module.__dict__)
        return {}

    def do_find(self, request: dict, _: bytes, body: bytearray) -> dict:
        """Tell what a name means."""
        if request["name"] not in self.module.__dict__:
            return {"missing": True}
        return {"value": self._node(self.module.__dict__[request["name"]], body)}

    def do_call(self, request: dict, body: bytes, reply_body: bytearray) -> dict:
        """Call a function; tell its result, and how its arguments have changed."""
        target = request["target"]
        function = (
            self.module.__dict__[target]
            if isinstance(target, str)
            else self.handles[target]
        )
        decoder = serialization.Decoder(body, lambda node: self.handles[node["h"]])
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
        exec(CALL, frame)
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
        kind, first_line, line = type(error).__name__, "", None
        with suppress(Exception):
            first_line = str(error).partition("\n")[0]
        words = f"your code raised {kind}."
        with suppress(Exception):
            words = _in_words(exercise, error)
            line = getattr(error, "lineno", None)
            for frame, number in traceback.walk_tb(error.__traceback__):
                if frame.f_globals.get("__name__") == "__main__":
                    line = line or number
        if isinstance(error, protocol.WireError):
            words = f"what your code returned can't be checked: {error}."
        return {
            "type": protocol.clipped(kind, 80),
            "builtin": getattr(builtins, kind, None) is type(error),
            "message": protocol.clipped(first_line),
            "line": line if type(line) is int else None,
            "words": protocol.clipped(words),
        }


def _without_magics(lines: Sequence[str]) -> str:
    """The lines of a cell, with those left empty that only a notebook understands."""
    return "".join(
        "\n" if line.lstrip().startswith(("%", "!")) else line for line in lines
    )


def run(connection: socket.socket, _: dict) -> None:
    """What a forked process does, until the checker closes the connection."""
    nothing = os.open(os.devnull, os.O_RDWR)
    for stream in (0, 1, 2):
        os.dup2(nothing, stream)
    os.close(nothing)
    torch.seed()
    random.seed()
    np.random.seed(None)  # noqa: NPY002, the generator that an answer may use
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

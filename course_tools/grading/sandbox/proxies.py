"""What stands in for an answer where the checks run.

A check calls `softmax(Z)` as it does in a notebook. Here `softmax` is a stand-in: it
sends `Z` to the sandbox as plain values, and returns what comes back as plain values.
What comes back is compared by the checker's own functions, so neither a changed
library nor an object that claims to equal everything makes a wrong answer right.
"""

from __future__ import annotations

import signal
import socket
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from types import FunctionType
from typing import Any

from course_tools.grading.sandbox import protocol, serialization
from course_tools.grading.sandbox.forkserver import STRETCH, ask, outcome, processor
from course_tools.grading.sandbox.raised import as_exception
from course_utils.checks import exercises

# What a reply raises here that is not as it has to be.
MALFORMED = (
    protocol.WireError,
    TypeError,
    ValueError,
    LookupError,
    AttributeError,
    RuntimeError,
)

LEAST_SECONDS = 0.01


class SandboxEnded(BaseException):
    """The sandbox is gone, so the exercise has an outcome without a check.

    It is no Exception, so that no check takes it for an answer's.

    Args:
        result: "crashed" or "timed out".
        message: what happened.

    Attributes:
        hidden: whether a check was running that students don't see.
    """

    def __init__(self, result: str, message: str):
        super().__init__(message)
        self.result, self.message, self.hidden = result, message, False


class Remote:
    """A sandbox process and the connection to it.

    Args:
        zygote: the socket that asks for one.
        memory_mb: on top of what PyTorch takes.
        cpu_seconds: of the processor, in all.

    Attributes:
        left: seconds that it still has; see `allow`.
        spent: seconds that it has used since it was started.
        source: the answer, to show the line where it stopped.
        stand_ins: functions of the key that the answer may call, by name.
        asked: the names of those that it has called.
        given: functions of a check that an answer gets as arguments, by number.
        protected: whether arguments stay as they are, whatever an answer does to them.
        spoiled: whether it would have changed one of those.
    """

    def __init__(self, zygote: socket.socket, memory_mb: int, cpu_seconds: int):
        self.memory_mb, self.cpu_seconds = memory_mb, cpu_seconds
        self.protected = self.spoiled = False
        self.exercise = ""
        self.source, self.stand_ins, self.asked = "", {}, set()
        self.given: list[FunctionType] = []
        limits = {"memory_mb": memory_mb, "cpu_seconds": cpu_seconds}
        self._started = time.monotonic()
        self.channel, self.status = ask(zygote, limits)
        self.spent = self._given_back = self._clock = 0.0
        self.allow(0.0)
        self._sent = 0
        self.ended = False

    def close(self) -> None:
        """End the sandbox process, and all that it has started."""
        self.ended = True
        self.channel.close()
        self.status.close()

    def allow(self, seconds: float, reason: str = "") -> None:
        """Give the sandbox so much time from now on, in which it runs or sleeps.

        Args:
            seconds: how much.
            reason: why it is not more.
        """
        self.left = seconds
        self._longest, self._passed = STRETCH * seconds, 0.0
        self._too_long = f"the answer took longer than {seconds:.3g} s{reason}."

    def _pass_time(self) -> None:
        now = time.monotonic()
        passed, self._clock = now - self._clock, now
        self.left -= passed
        self.spent += passed
        self._passed += passed

    def _left(self) -> float:
        """The seconds left; of those that have passed, waits are given back."""
        self._pass_time()
        if self.left <= 0:
            # Asked only now, for it takes a moment. So waits of earlier steps may be
            # given back to this one: in all, never more than there were.
            used, waited = processor(self.status)
            ran_or_slept = self._clock - self._started - waited
            of_others = waited - max(used - ran_or_slept, 0.0)
            back = min(of_others - self._given_back, self._passed)
            if self.left + back > LEAST_SECONDS:
                self.left, self.spent = self.left + back, self.spent - back
                self._given_back += back
        return min(self.left, self._longest - self._passed)

    def execute(self, title: str, source: str, do: str = "execute") -> None:
        """Execute a cell.

        Args:
            title: names it in messages.
            source: the cell.
            do: "help" for one of the student's own, which may change nothing.

        Raises:
            Raised: it raised something.
            SandboxEnded: it didn't come back.
        """
        self._request({"do": do, "title": title, "source": source})

    def needs(self, source: str) -> set[str]:
        """Return which names a cell reads that only other cells may define."""
        names = self._request({"do": "needs", "source": source})[0].get("names")
        with self._malformed_ends_it():
            if not isinstance(names, list):
                raise protocol.WireError("names are no list")
        return {name for name in names if isinstance(name, str)}

    def seed(self) -> None:
        """Let the exercise's answer draw what it draws each time."""
        self._request({"do": "seed"})

    def stand_in(self, functions: dict[str, Any]) -> None:
        """Put functions of the key in place of the student's, or those back.

        Args:
            functions: by name. They are called here, with what an answer sends; the
                sandbox gets their results, and never sees them.
        """
        self._request({"do": "stand_in", "names": list(functions)})
        self.stand_ins = functions

    def begin_check(self, names: list[str]) -> dict[str, Any]:
        """Let the answer draw what it draws each time; return what names mean.

        Args:
            names: that answers may have defined.

        Returns:
            By name, the value or what stands in for it; only names with a meaning.
        """
        self.seed()
        reply, body = self._request({"do": "find", "names": names})
        with self._malformed_ends_it():
            found = [
                (n, v)
                for n, vs in zip(names, reply["values"], strict=True)
                for v in vs[:1]
            ]
        return {name: self._value(node, body, name) for name, node in found}

    def call(self, target: str | int, arguments: tuple, named: dict) -> Any:
        """Call a function of the sandbox, given by its name or its handle's number."""
        body = bytearray()
        encoder = serialization.Encoder(body, self._argument_node)
        header = {
            "do": "call",
            "target": target,
            "arguments": encoder.node(arguments),
            "named": encoder.node(named),
            "without": exercises.does_without,
        }
        reply, reply_body = self._request(header, body)
        value = self._value(reply.get("value"), reply_body)
        changed = reply.get("changed", [])
        if self.protected:
            self.spoiled = self.spoiled or bool(changed)
        else:
            decoder = serialization.Decoder(reply_body, self._handle, encoder.objects)
            with self._malformed_ends_it():
                for number, node in changed:
                    decoder.update(number, node)
        return value

    def ask(self, handle: int, what: str, **details: Any) -> Any:
        """Ask for something of an object that stays in the sandbox."""
        reply, body = self._request({"do": "ask", "h": handle, "what": what} | details)
        return self._value(reply.get("value"), body)

    def _request(self, header: dict, body: bytes = b"") -> tuple[dict, bytearray]:
        if self.ended:
            raise SandboxEnded("crashed", "the answer's process has ended.")
        self._clock = time.monotonic()
        self._sent += 1
        header |= {"exercise": self.exercise, "n": self._sent}
        with self._malformed_ends_it():
            try:
                protocol.send(self.channel, header, body, self._left)
                reply, reply_body = protocol.receive(self.channel, self._left)
                while isinstance(reply, dict) and "ask" in reply:
                    self._call_back(reply, reply_body)
                    reply, reply_body = protocol.receive(self.channel, self._left)
            except TimeoutError:
                self.close()
                raise SandboxEnded("timed out", self._too_long) from None
            except protocol.Closed:
                raise SandboxEnded("crashed", self._how_it_ended()) from None
            finally:
                self._pass_time()
            if not isinstance(reply, dict):
                raise protocol.WireError("a reply is no object")
            if reply.get("n") != self._sent:
                raise protocol.WireError("a reply to something else")
            error = reply.get("error")
            if error is not None and not isinstance(error, dict):
                raise protocol.WireError("an error is no object")
        if error is not None:
            raise as_exception(error, self.source)
        return reply, reply_body

    def _argument_node(self, value: Any) -> dict:
        """What an answer gets of what can't be sent: a handle, or a way to call here."""
        if not isinstance(value, FunctionType):
            return _handle_node(value)
        if value not in self.given:
            self.given.append(value)
        return {"t": "handle", "ask": self.given.index(value)}

    def _call_back(self, asked: dict, body: bytearray) -> None:
        """Answer the call of a function of the key, or of one that a check has given."""
        match asked["ask"]:
            case str(name) if name in self.stand_ins:
                function = self.stand_ins[name]
                self.asked.add(name)
            case int(number) if 0 <= number < len(self.given):
                function = self.given[number]
            case _:
                raise protocol.WireError("a call of something else")
        given, named = serialization.Decoder(body, _no_handle).value(asked["given"])
        sent = bytearray()
        try:
            with _at_most(self._left()):
                result = function(*given, **named)
            reply = {"value": serialization.Encoder(sent, _handle_node).node(result)}
        except Exception as error:
            text = protocol.clipped(f"{type(error).__name__}: {error}", 200)
            reply = {"error": text, "type": type(error).__name__}
        protocol.send(self.channel, reply, sent, self._left)

    def _malformed_ends_it(self) -> _Malformed:
        return _Malformed(self)

    def _how_it_ended(self) -> str:
        self.ended = True
        self.channel.close()
        how = outcome(self.status)
        if how.get("used_up") == "memory":
            return f"the answer took more than {self.memory_mb:,} MB of memory."
        if how.get("used_up") == "processor":
            return (
                "the answer's processes took more than "
                f"{self.cpu_seconds:,} s of the processor."
            )
        code = how.get("code")
        if code in (-signal.SIGKILL, -signal.SIGXCPU):
            return "the answer's process was killed, for what it used or by itself."
        if isinstance(code, int) and code < 0:
            with suppress(ValueError):
                name = signal.Signals(-code).name
                return f"the answer's process was ended by the signal {name}."
        if code is None:
            return "the answer closed its connection to the checker."
        return f"the answer ended its process (exit status {code})."

    def _value(self, node: Any, body: bytearray, name: str = "") -> Any:
        with self._malformed_ends_it():
            value = serialization.Decoder(body, self._handle).value(node)
        if name and isinstance(value, Handle):
            object.__setattr__(value, "_target", name)
        return value

    def _handle(self, node: dict) -> Handle:
        number, kind, text = node["h"], node["type"], node["text"]
        if type(number) is not int or not isinstance(kind, str):
            raise protocol.WireError("a handle is malformed")
        base = Callable if node["callable"] is True else Handle
        # A message that names the type of a result names the student's.
        made = type(protocol.clipped(kind, 80) or "object", (base,), {})
        return made(self, number, protocol.clipped(str(text), 400))


class _Malformed:
    """Ends a sandbox that doesn't keep to the format, as a `with` block."""

    def __init__(self, remote: Remote):
        self.remote = remote

    def __enter__(self) -> None:
        pass

    def __exit__(self, kind: Any, error: Any, _: Any) -> None:
        if isinstance(error, MALFORMED):
            self.remote.close()
            message = f"the answer sent the checker what it can't read: {error}."
            raise SandboxEnded("crashed", protocol.clipped(message, 300)) from None


class Handle:
    """An object of the sandbox that can't be sent.

    It has the object's public attributes, its items and its length. It equals
    nothing but itself, and is neither true nor false.
    """

    def __init__(self, remote: Remote, number: int, text: str):
        self._remote, self._number, self._text = remote, number, text
        self._target: str | int = number

    def __getattr__(self, name: str) -> Any:
        if name.startswith("_"):
            raise AttributeError(name)
        return self._remote.ask(self._number, "attribute", name=name)

    def __iter__(self) -> Iterator:
        return iter(self._remote.ask(self._number, "items"))

    def __getitem__(self, index: Any) -> Any:
        node = serialization.Encoder(bytearray()).node(index)
        return self._remote.ask(self._number, "item", index=node)

    def __len__(self) -> int:
        return self._remote.ask(self._number, "length")

    def __bool__(self) -> bool:
        raise TypeError(f"{self._text} is neither true nor false")

    def __repr__(self) -> str:
        return self._text


class Callable(Handle):
    """A function, class or module of the sandbox."""

    def __call__(self, *arguments: Any, **named: Any) -> Any:
        return self._remote.call(self._target, arguments, named)


@contextmanager
def _at_most(seconds: float) -> Iterator[None]:
    """End what an answer has asked for when its time is over."""

    def stop(*_: Any) -> None:
        raise TimeoutError

    before = signal.signal(signal.SIGALRM, stop)
    signal.setitimer(signal.ITIMER_REAL, max(seconds, LEAST_SECONDS))
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, before)


def _handle_node(value: Any) -> dict:
    if not isinstance(value, Handle):
        raise TypeError(f"a {type(value).__name__} can't be given to an answer here")
    return {"t": "handle", "h": value._number}


def _no_handle(_: dict) -> Any:
    raise protocol.WireError("a function of the key takes nothing but values")

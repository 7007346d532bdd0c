"""Messages between the checker and a sandbox: JSON and raw bytes, never code.

A message is two lengths, a header in JSON, and a body of raw bytes that the header
points into (`values`). Nothing that is received can name a class or a function.
"""

import itertools
import json
import socket
import struct
import time
from collections.abc import Callable
from typing import Any

LENGTHS = struct.Struct("<IQ")
MAX_HEADER = 8 * 2**20
MAX_BODY = 64 * 2**20
MAX_TEXT = 2_000


class WireError(Exception):
    """A message or a value is not as it has to be, or too large."""


class Closed(Exception):
    """The other side has closed the connection."""


def clipped(text: str, limit: int = MAX_TEXT) -> str:
    """Return `text` fit to be stored and shown: no control characters, no excess."""
    text = text[:limit] + "…" if len(text) > limit else text
    if text.isascii() and text.isprintable():
        return text
    text = "".join(c if c.isprintable() or c == "\n" else "\ufffd" for c in text)
    return text.encode("utf-8", "replace").decode("utf-8")


def without_empty_lines(source: str) -> str:
    """Return a cell without empty lines above, as IPython counts its lines."""
    lines = source.splitlines(keepends=True)
    return "".join(itertools.dropwhile(lambda line: not line.strip(), lines))


def until(deadline: float) -> Callable[[], float]:
    """Return what tells the seconds left until a time on the clock `time.monotonic`."""
    return lambda: deadline - time.monotonic()


def send(
    connection: socket.socket,
    header: Any,
    body: bytes = b"",
    left: Callable[[], float] | None = None,
) -> None:
    """Send one message.

    Args:
        connection: a stream socket.
        header: anything JSON can hold.
        body: the bytes that the header points into.
        left: tells the seconds left, asked again whenever they have passed; None waits
            for ever.

    Raises:
        WireError: the message is larger than the other side accepts.
        Closed: the other side is gone.
        TimeoutError: no time is left.
    """
    text = json.dumps(header, separators=(",", ":")).encode("ascii")
    if len(text) > MAX_HEADER or len(body) > MAX_BODY:
        raise WireError(
            f"{(len(text) + len(body)) / 2**20:.0f} MB is more than can be sent"
        )
    for part in (LENGTHS.pack(len(text), len(body)) + text, body):
        rest = memoryview(part)
        while rest:
            rest = rest[_try(connection, connection.send, rest, left) or 0 :]


def receive(
    connection: socket.socket, left: Callable[[], float] | None = None
) -> tuple[Any, bytearray]:
    """Receive one message.

    Args:
        connection: a stream socket.
        left: as for `send`.

    Returns:
        The header, and the body.

    Raises:
        WireError: what arrived is no message, or too large.
        Closed: the other side is gone.
        TimeoutError: no time is left.
    """
    header_size, body_size = LENGTHS.unpack(_read(connection, LENGTHS.size, left))
    if header_size > MAX_HEADER or body_size > MAX_BODY:
        raise WireError(
            f"a message announces {header_size + body_size:,} bytes, more than the "
            f"{MAX_HEADER + MAX_BODY:,} that are accepted"
        )
    text = _read(connection, header_size, left)
    body = _read(connection, body_size, left)
    try:
        return json.loads(text.decode("utf-8")), body
    except (ValueError, RecursionError) as error:
        raise WireError(f"a message is no JSON: {error}") from None


def _read(
    connection: socket.socket, size: int, left: Callable[[], float] | None
) -> bytearray:
    # Filled as bytes arrive, so that an announced size costs nothing by itself.
    data = bytearray()
    while len(data) < size:
        piece = _try(connection, connection.recv, min(size - len(data), 2**20), left)
        if piece is not None:
            if not piece:
                raise Closed
            data += piece
    return data


def _try(
    connection: socket.socket,
    do: Callable[[Any], Any],
    what: Any,
    left: Callable[[], float] | None,
) -> Any:
    """Send or receive as long as there is time left; None if nothing happened."""
    seconds = left() if left else None
    if seconds is not None and seconds <= 0:
        raise TimeoutError
    connection.settimeout(seconds)
    try:
        return do(what)
    except TimeoutError:
        return None  # the next time, nothing may be left
    except ConnectionError:
        raise Closed from None

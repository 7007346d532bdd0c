"""A process that has imported PyTorch and forks, whenever it is asked, for one task.

Requests are packets on a socket, each with two descriptors: a channel for the child,
and a status socket. When the child ends, the status socket tells how. When the other
side closes the status socket, the child and all that it started are killed.
"""

from __future__ import annotations

import gc
import json
import os
import select
import signal
import socket
import sys
import time
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path

from course_tools.grading.sandbox import linux

WATCH_SECONDS = 0.2
PROCESSES = 32
READY = b"ready"
# Sockets that keep packets apart are unknown to macOS, so all requests are as long.
REQUEST_BYTES = 128
PACKETS = socket.SOCK_STREAM if sys.platform == "darwin" else socket.SOCK_SEQPACKET


@dataclass
class Child:
    """A child that runs: its status socket, and what it is told to stay below."""

    status: socket.socket
    memory_mb: int
    too_large: bool = False


class ForkServer:
    """The loop of such a process.

    Args:
        control: a socket of the kind `PACKETS`, where requests arrive.
        run: what a child does, given its channel and the request.
        sealed: whether each child gets namespaces of its own.
        keep: descriptors that children keep.
    """

    def __init__(
        self,
        control: socket.socket,
        run: Callable[[socket.socket, dict], None],
        sealed: bool = False,
        keep: Sequence[int] = (),
    ):
        self.control, self.run, self.sealed, self.keep = control, run, sealed, keep
        self.children: dict[int, Child] = {}
        self.count = 0
        self.base_mb = _resident_mb(os.getpid())
        if sealed:
            self.namespace = os.open("/proc/self/ns/pid", os.O_RDONLY | os.O_CLOEXEC)

    def serve(self) -> None:
        """Answer requests until the other side is gone."""
        gc.collect()
        gc.freeze()
        wake_read, wake_write = os.pipe()
        for end in (wake_read, wake_write):
            os.set_blocking(end, False)
        signal.set_wakeup_fd(wake_write, warn_on_full_buffer=False)
        signal.signal(signal.SIGCHLD, lambda *_: None)
        self.control.send(READY)
        watched = time.monotonic()
        while True:
            statuses = {c.status.fileno(): pid for pid, c in self.children.items()}
            readable, _, _ = select.select(
                [self.control.fileno(), wake_read, *statuses],
                [], [], WATCH_SECONDS if self.children else None,
            )  # fmt: skip
            if wake_read in readable:
                os.read(wake_read, 4096)
            self._reap()
            for end in readable:
                if statuses.get(end) in self.children:
                    self._kill(statuses[end])
            if self.control.fileno() in readable and not self._accept():
                break
            if time.monotonic() - watched > WATCH_SECONDS:
                self._watch_memory()
                watched = time.monotonic()
        for pid in self.children:
            self._kill(pid)

    def _accept(self) -> bool:
        """Fork for the next request; return False if there will be no more."""
        try:
            packet, fds, _, _ = socket.recv_fds(self.control, REQUEST_BYTES, 2)
        except ConnectionError:
            return False
        if not packet:
            return False
        channel, status = (socket.socket(fileno=fd) for fd in fds)
        request = json.loads(packet)
        self.count += 1
        # Until the child is shut off, nothing may interrupt it.
        try:
            pid = (
                linux.fork_into_namespace(self.namespace) if self.sealed else os.fork()
            )
        except OSError:
            # Too many processes, for now. The other side sees both sockets close.
            channel.close()
            status.close()
            return True
        if pid:
            channel.close()
            self.children[pid] = Child(status, request["memory_mb"])
            return True
        code = 1
        try:
            signal.set_wakeup_fd(-1)
            signal.signal(signal.SIGCHLD, signal.SIG_DFL)
            os.setsid()
            # What this process has open belongs to others.
            kept = {channel.fileno(), *self.keep}
            for child in self.children.values():
                child.status.detach()
            for connection in (status, self.control):
                connection.detach()
            for first, last in pairwise([2, *sorted(kept), 4096]):
                os.closerange(first + 1, last)
            linux.limit_resources(
                request["memory_mb"],
                request["cpu_seconds"],
                PROCESSES if self.sealed else 0,
            )
            if self.sealed:
                linux.seal(self.count)
            self.run(channel, request)
            code = 0
        except BaseException as error:
            with suppress(BaseException):
                print(f"{type(error).__name__}: {error}", file=sys.stderr, flush=True)
        finally:
            os._exit(code)

    def _reap(self) -> None:
        while self.children:
            try:
                pid, state = os.waitpid(-1, os.WNOHANG)
            except ChildProcessError:
                return
            if not pid:
                return
            child = self.children.pop(pid, None)
            if child is None:
                continue
            if not self.sealed:
                _kill_group(pid)
            code = os.waitstatus_to_exitcode(state)
            report = {"code": code, "too_large": child.too_large}
            with suppress(OSError):
                child.status.send(json.dumps(report).encode())
            child.status.close()

    def _kill(self, pid: int) -> None:
        # In a namespace, the end of the first process is the end of all.
        if not self.sealed:
            _kill_group(pid)
        with suppress(ProcessLookupError):
            os.kill(pid, signal.SIGKILL)

    def _watch_memory(self) -> None:
        limits = {pid: child.memory_mb for pid, child in self.children.items()}
        used = dict.fromkeys(limits, 0.0)
        parents = _parents()
        for pid in parents:
            ancestor = pid
            while ancestor and ancestor not in used:
                ancestor = parents.get(ancestor, 0)
            if ancestor:
                used[ancestor] += max(0.0, _resident_mb(pid) - self.base_mb)
        for pid, amount in used.items():
            if amount > limits[pid]:
                self.children[pid].too_large = True
                self._kill(pid)


def _kill_group(pid: int) -> None:
    with suppress(ProcessLookupError, PermissionError):
        os.killpg(pid, signal.SIGKILL)


def _parents() -> dict[int, int]:
    """The parent of every process that can be seen."""
    parents = {}
    for path in Path("/proc").glob("[0-9]*/stat"):
        with suppress(OSError, ValueError, IndexError):
            # The name, in parentheses, may hold anything.
            rest = path.read_text(errors="replace").rpartition(")")[2].split()
            parents[int(path.parent.name)] = int(rest[1])
    return parents


def _resident_mb(pid: int) -> float:
    """The memory of a process that is no file's, in MB; 0 where it can't be told."""
    with suppress(OSError, ValueError, IndexError):
        _, resident, shared = Path(f"/proc/{pid}/statm").read_text().split()[:3]
        return (int(resident) - int(shared)) * os.sysconf("SC_PAGE_SIZE") / 2**20
    return 0.0


def ask(control: socket.socket, request: dict) -> tuple[socket.socket, socket.socket]:
    """Ask a fork server for a child.

    Args:
        control: the other end of its socket.
        request: what `run` is given, with the limits `memory_mb` and `cpu_seconds`.

    Returns:
        The channel to the child, and its status socket.

    Raises:
        OSError: the server is gone.
    """
    channel, far_channel = socket.socketpair()
    status, far_status = socket.socketpair()
    with far_channel, far_status:
        socket.send_fds(
            control,
            [json.dumps(request).encode().ljust(REQUEST_BYTES)],
            [far_channel.fileno(), far_status.fileno()],
        )
    return channel, status


def outcome(status: socket.socket, seconds: float = 2.0) -> dict:
    """Return how a child ended, and close its status socket.

    Args:
        status: from `ask`.
        seconds: how long to wait for its end.

    Returns:
        `code`, as `os.waitstatus_to_exitcode` gives it, None if it is not known, and
        `too_large`, whether it was ended because of its memory.
    """
    with status:
        status.settimeout(seconds)
        try:
            return json.loads(status.recv(4096))
        except (OSError, ValueError):
            return {"code": None, "too_large": False}

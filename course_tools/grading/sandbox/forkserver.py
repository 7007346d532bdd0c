"""A process that has imported PyTorch and forks, whenever it is asked, for one task.

Requests are packets on a socket, each with two descriptors: a channel for the child,
and a status socket. When the child ends, the status socket tells how; before that, it
tells what the child has had of the processor, whenever it is asked. When the other
side closes the status socket, the child and all that it started are killed.
"""

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

from course_tools.grading.sandbox import linux, usage

WATCH_SECONDS = 0.2
# Many processes can take much in little time.
WATCH_MANY_SECONDS = 0.05
# With more processes and threads than these, an answer has kept itself waiting.
FEW_TASKS = 4
# An exercise's seconds are those in which its process ran or slept, or all its processes
# together ran. Others may have kept it waiting for so many times as long, not longer.
STRETCH = 20
READY = b"ready"
QUESTION = b"?"
# Sockets that keep packets apart are unknown to macOS, so all requests are as long.
REQUEST_BYTES = 128
PACKETS = socket.SOCK_STREAM if sys.platform == "darwin" else socket.SOCK_SEQPACKET


@dataclass
class Child:
    """A child that runs.

    Attributes:
        status: its status socket.
        memory_mb: what it and all that it starts must stay below.
        cpu_seconds: likewise, of the processor.
        used_up: which of both it did not, "memory" or "processor".
        tasks: how many processes and threads have been seen at a time.
    """

    status: socket.socket
    memory_mb: int
    cpu_seconds: int
    used_up: str = ""
    tasks: int = 1


class ForkServer:
    """The loop of such a process.

    Args:
        control: a socket of the kind `PACKETS`, where requests arrive.
        run: what a child does, given its channel and the request.
        sealed: whether each child gets namespaces of its own.
        keep: descriptors that children keep.
        users: where there are several, the children's users, in turns.
    """

    def __init__(
        self,
        control: socket.socket,
        run: Callable[[socket.socket, dict], None],
        sealed: bool = False,
        keep: Sequence[int] = (),
        users: range = range(1),
    ):
        self.control, self.run, self.sealed, self.keep = control, run, sealed, keep
        self.children: dict[int, Child] = {}
        self.users, self.count = users, 0
        self.base_mb = usage.resident_mb(os.getpid())
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
            many = any(child.tasks > 2 for child in self.children.values())
            pause = WATCH_MANY_SECONDS if many else WATCH_SECONDS
            readable, _, _ = select.select(
                [self.control.fileno(), wake_read, *statuses],
                [], [], pause if self.children else None,
            )  # fmt: skip
            if wake_read in readable:
                os.read(wake_read, 4096)
            self._reap()
            for end in readable:
                if statuses.get(end) in self.children:
                    self._answer(statuses[end])
            if self.control.fileno() in readable and not self._accept():
                break
            if time.monotonic() - watched > pause:
                self._watch()
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
            limits = request["memory_mb"], request["cpu_seconds"]
            self.children[pid] = Child(status, *limits)
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
            linux.limit_resources(request["memory_mb"], request["cpu_seconds"])
            if self.sealed:
                linux.seal(self.users[self.count % len(self.users)])
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
            self._tell(child, {"code": code, "used_up": child.used_up})
            child.status.close()

    def _answer(self, pid: int) -> None:
        """Answer a question about a child, or kill it if nobody will ask again."""
        child = self.children[pid]
        with suppress(OSError):
            if child.status.recv(1) == QUESTION:
                used = usage.usages([pid])[pid]
                child.tasks = max(child.tasks, used.tasks)
                few = child.tasks <= FEW_TASKS
                waited = usage.waited_seconds(pid) if few else 0.0
                self._tell(child, {"used": used.cpu_seconds, "waited": waited})
                return
        self._kill(pid)

    @staticmethod
    def _tell(child: Child, told: dict) -> None:
        with suppress(OSError):
            child.status.send(json.dumps(told).encode() + b"\n", socket.MSG_DONTWAIT)

    def _kill(self, pid: int) -> None:
        # In a namespace, the end of the first process is the end of all.
        if not self.sealed:
            _kill_group(pid)
        with suppress(ProcessLookupError):
            os.kill(pid, signal.SIGKILL)

    def _watch(self) -> None:
        for pid, used in usage.usages(self.children).items():
            child = self.children[pid]
            child.tasks = max(child.tasks, used.tasks)
            memory = usage.memory_mb(used.processes) - self.base_mb
            if memory > child.memory_mb:
                child.used_up = "memory"
            elif used.cpu_seconds > child.cpu_seconds:
                child.used_up = "processor"
            if child.used_up:
                self._kill(pid)
            elif self.sealed:
                usage.share_fairly(pid, used.tasks)


def _kill_group(pid: int) -> None:
    with suppress(ProcessLookupError, PermissionError):
        os.killpg(pid, signal.SIGKILL)


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


def processor(status: socket.socket, seconds: float = 60.0) -> tuple[float, float]:
    """Return what a child has had of the processor.

    Args:
        status: from `ask`.
        seconds: how long to wait for the answer.

    Returns:
        The seconds that it and all that it has started have used, and those for which
        it was ready to run and others kept it waiting; 0 and 0 if it has ended.
    """
    with suppress(OSError, ValueError, KeyError):
        status.settimeout(seconds)
        status.send(QUESTION)
        # How the child ended is left for `outcome`.
        line = status.recv(4096, socket.MSG_PEEK).partition(b"\n")[0]
        told = json.loads(line)
        used, waited = told["used"], told["waited"]
        status.recv(len(line) + 1)
        return used, waited
    return 0.0, 0.0


def outcome(status: socket.socket, seconds: float = 2.0) -> dict:
    """Return how a child ended, and close its status socket.

    Args:
        status: from `ask`.
        seconds: how long to wait for its end.

    Returns:
        `code`, as `os.waitstatus_to_exitcode` gives it, None if it is not known, and
        `used_up`, "memory" or "processor" if it was ended for that, else "".
    """
    with status:
        status.settimeout(seconds)
        try:
            return json.loads(status.recv(4096).strip().rpartition(b"\n")[2])
        except (OSError, ValueError):
            return {"code": None, "used_up": ""}

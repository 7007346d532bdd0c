"""Walls around a process, by system calls of Linux: what bubblewrap doesn't do.

bubblewrap puts the zygote into a file system that shows Python and nothing else. `seal`
then gives each process that the zygote forks namespaces of its own, so that two
submissions never meet, takes away every right to change them, and limits what the
process can use.
"""

import ctypes
import os
import re
import struct
import sys
from contextlib import suppress
from pathlib import Path

from course_tools.grading.sandbox.calls import filter_code

if sys.platform != "win32":
    import resource

NEWNS, NEWUTS, NEWIPC, NEWUSER, NEWPID, NEWNET = (
    0x00020000, 0x04000000, 0x08000000, 0x10000000, 0x20000000, 0x40000000,
)  # fmt: skip
RDONLY, NOSUID, NODEV, NOEXEC = 1, 2, 4, 8
BIND, MOVE, REC, PRIVATE = 0x1000, 0x2000, 0x4000, 0x40000
PR_SET_PDEATHSIG, PR_CAPBSET_DROP, PR_SET_NO_NEW_PRIVS = 1, 24, 38
PR_SET_SECCOMP, PR_CAP_AMBIENT, SECCOMP_FILTER, CLEAR_ALL = 22, 47, 2, 4
LAST_CAPABILITY = 63
SCRATCH, SHARED_MEMORY = "/tmp", "/dev/shm"
SCRATCH_MB, SHARED_MEMORY_MB = 64, 16
PROCESSES, DESCRIPTORS, SIGNALS = 32, 64, 64

_libc = ctypes.CDLL(None, use_errno=True) if sys.platform == "linux" else None


def _call(name: str, *arguments: object) -> int:
    result = getattr(_libc, name)(*arguments)
    if result < 0:
        number = ctypes.get_errno()
        raise OSError(number, f"{name}: {os.strerror(number)}")
    return result


def _mount(source: str, target: str, kind: str, flags: int, data: str = "") -> None:
    words = (word.encode() for word in (source, target, kind))
    _call("mount", *words, ctypes.c_ulong(flags), data.encode())


def fork_into_namespace(own: int) -> int:
    """Fork; the child is the first process of a new PID namespace.

    Args:
        own: a descriptor of /proc/self/ns/pid of this process.

    Returns:
        As `os.fork`.
    """
    _call("unshare", NEWPID)
    pid = -1
    try:
        pid = os.fork()
    finally:
        if pid:
            _call("setns", own, NEWPID)
    return pid


def seal(user: int) -> None:
    """Shut this process off from all others, for good.

    It gets mounts, a network without any interface, and message queues of its own; an
    empty /proc; a private scratch folder; a user that owns nothing; no capabilities.

    Args:
        user: a number that no other process on this machine has.
    """
    _call("unshare", NEWNS | NEWNET | NEWIPC | NEWUTS)
    _mount("none", "/", "", REC | PRIVATE)
    shown = _mount_points()
    _mount("tmpfs", "/proc", "tmpfs", RDONLY | NOSUID | NODEV | NOEXEC, "size=4k")
    _own_folder(SCRATCH, SCRATCH_MB, shown)
    _own_folder(SHARED_MEMORY, SHARED_MEMORY_MB, shown)
    os.chdir(SCRATCH)
    _give_up_rights(user)
    # Only now: a namespace for users, as the process may just have got, would hold the
    # limit against all processes of the user that made it.
    _set_limit(resource.RLIMIT_NPROC, PROCESSES)
    forbid_calls()


def _mount_points() -> list[Path]:
    """Where something is mounted, in the order in which it was."""
    lines = Path("/proc/self/mountinfo").read_text(encoding="utf-8").splitlines()
    octal = re.compile(r"\\([0-7]{3})")
    return [
        Path(octal.sub(lambda code: chr(int(code[1], 8)), line.split()[4]))
        for line in lines
    ]


def _own_folder(folder: str, size_mb: int, shown: list[Path]) -> None:
    """Lay an empty file system over a folder; what is mounted below it stays.

    Python or the course may lie there. Their mounts are repeated in the new file
    system, which is filled at another place, for it will hide them.
    """
    options = f"size={size_mb}m,nr_inodes=4k,mode=1777"
    kept = [point for point in shown if Path(folder) in point.parents]
    place = SHARED_MEMORY if folder == SCRATCH and kept else folder
    _mount("tmpfs", place, "tmpfs", NOSUID | NODEV, options)
    for point in kept if place != folder else ():
        target = Path(place, point.relative_to(folder))
        target.parent.mkdir(parents=True, exist_ok=True)
        target.mkdir() if point.is_dir() else target.touch()
        _mount(str(point), str(target), "", BIND)
    if place != folder:
        _mount(place, folder, "", MOVE)


def _give_up_rights(user: int) -> None:
    _drop_bounds()
    try:
        os.setgroups([])
        os.setresgid(user, user, user)
        os.setresuid(user, user, user)
    except OSError:
        # An ordinary user's sandbox knows one user only. In a namespace without any,
        # the process is nobody, and what it starts is counted by itself.
        _call("unshare", NEWUSER)
        _drop_bounds()
    header = struct.pack("<Ii", 0x20080522, 0)
    _call("capset", header, bytes(24))
    _call("prctl", PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0)
    _call("prctl", PR_SET_PDEATHSIG, 9, 0, 0, 0)


def _drop_bounds() -> None:
    for capability in range(LAST_CAPABILITY + 1):
        with suppress(OSError):  # the kernel may know fewer
            _call("prctl", PR_CAPBSET_DROP, capability, 0, 0, 0)
    with suppress(OSError):
        _call("prctl", PR_CAP_AMBIENT, CLEAR_ALL, 0, 0, 0)


def forbid_calls() -> None:
    """Refuse the system calls in `calls`, with "operation not permitted"."""
    code = filter_code()
    if code:
        buffer = ctypes.create_string_buffer(code)
        filters = struct.pack("@HP", len(code) // 8, ctypes.addressof(buffer))
        _call("prctl", PR_SET_SECCOMP, SECCOMP_FILTER, filters, 0, 0)


def _set_limit(kind: int, limit: int) -> None:
    hard = resource.getrlimit(kind)[1]
    limit = limit if hard == resource.RLIM_INFINITY else min(limit, hard)
    resource.setrlimit(kind, (limit, limit))


def limit_resources(memory_mb: int, cpu_seconds: int) -> None:
    """Limit what this process, and each that it starts, may use.

    Args:
        memory_mb: on top of what the process has now.
        cpu_seconds: from now on.
    """
    with suppress(OSError), open("/proc/self/oom_score_adj", "w") as file:
        file.write("1000")
    used = resource.getrusage(resource.RUSAGE_SELF)
    limits = {
        resource.RLIMIT_CPU: int(used.ru_utime + used.ru_stime) + cpu_seconds,
        resource.RLIMIT_CORE: 0,
        resource.RLIMIT_FSIZE: SCRATCH_MB * 2**20,
        resource.RLIMIT_NOFILE: DESCRIPTORS,
    }
    if sys.platform == "linux":
        pages = int(Path("/proc/self/statm").read_text().split()[0])
        limits[resource.RLIMIT_AS] = pages * resource.getpagesize() + memory_mb * 2**20
        limits[resource.RLIMIT_SIGPENDING] = SIGNALS
        for kind in ("MEMLOCK", "MSGQUEUE", "NICE", "RTPRIO"):
            limits[getattr(resource, f"RLIMIT_{kind}")] = 0
    for kind, limit in limits.items():
        _set_limit(kind, limit)


def try_out() -> None:
    """Seal a forked process, and fail unless everything that it needs is allowed."""
    own = os.open("/proc/self/ns/pid", os.O_RDONLY)
    pid = fork_into_namespace(own)
    if not pid:
        try:
            seal(65_533)
            # As the first process it sees no other, and it can't write outside.
            os._exit(0 if os.getpid() == 1 and not os.listdir("/proc") else 3)
        except OSError as error:
            print(error, file=sys.stderr, flush=True)
            os._exit(2)
    sys.exit(os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]))


if __name__ == "__main__":
    try_out()

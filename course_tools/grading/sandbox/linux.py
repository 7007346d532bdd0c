"""Walls around a process, by system calls of Linux: what bubblewrap doesn't do.

bubblewrap, or `enter_view` where there is none, puts the zygote into a file system
that shows Python and nothing else. `seal` then gives each process that the zygote
forks namespaces of its own, so that two submissions never meet, takes away every
right to change them, and limits what the process can use.
"""

from __future__ import annotations

import ctypes
import os
import platform
import struct
import sys
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path

if sys.platform != "win32":
    import resource

NEWNS, NEWUTS, NEWIPC, NEWUSER, NEWPID, NEWNET = (
    0x00020000, 0x04000000, 0x08000000, 0x10000000, 0x20000000, 0x40000000,
)  # fmt: skip
RDONLY, NOSUID, NODEV, NOEXEC, REMOUNT = 1, 2, 4, 8, 32
BIND, REC, PRIVATE = 0x1000, 0x4000, 0x40000
DETACH = 2
PR_SET_PDEATHSIG, PR_SET_DUMPABLE, PR_CAPBSET_DROP, PR_SET_NO_NEW_PRIVS = 1, 4, 24, 38
PR_SET_SECCOMP, PR_CAP_AMBIENT, SECCOMP_FILTER, CLEAR_ALL = 22, 47, 2, 4
LAST_CAPABILITY = 63
SCRATCH = "/tmp"
SCRATCH_MB = 64
FIRST_USER, USERS = 61_000, 1_000
DEVICES = ("null", "zero", "full", "random", "urandom")

_libc = ctypes.CDLL(None, use_errno=True) if sys.platform == "linux" else None

# By machine: how audit names it, and the numbers of the calls that answers to
# exercises have no use for, but which have let processes out of sandboxes before:
# new namespaces, mounts, other processes' memory, keys, sockets, new kernel features.
_DENIED = {
    "x86_64": (0xC000003E, (
        41, 101, 161, 165, 166, 155, 167, 169, 175, 176, 246, 248, 249, 250, 272, 298,
        303, 304, 308, 310, 311, 313, 320, 321, 323, 425, 426, 427, 428, 429, 430, 432,
        442,
    ), 56, 435),
    "aarch64": (0xC00000B7, (
        198, 117, 51, 40, 39, 41, 224, 142, 105, 106, 104, 217, 218, 219, 97, 241,
        264, 265, 268, 270, 271, 273, 294, 280, 282, 425, 426, 427, 428, 429, 430, 432,
        442,
    ), 220, 435),
}  # fmt: skip


def _call(name: str, *arguments: object) -> int:
    result = getattr(_libc, name)(*arguments)
    if result < 0:
        number = ctypes.get_errno()
        raise OSError(number, f"{name}: {os.strerror(number)}")
    return result


def _mount(source: str, target: str, kind: str, flags: int, data: str = "") -> None:
    words = (word.encode() for word in (source, target, kind))
    _call("mount", *words, ctypes.c_ulong(flags), data.encode())


def enter_view(visible: Sequence[str], scratch: str = SCRATCH) -> None:
    """Leave the machine's file system for one that shows a few folders, read-only.

    The process must be in a mount namespace of its own and be allowed to mount.

    Args:
        visible: the folders and files to be seen, at their own paths.
        scratch: a folder of the new file system that can be written to.
    """
    _mount("none", "/", "", REC | PRIVATE)
    root = "/tmp"
    _mount("tmpfs", root, "tmpfs", NOSUID | NODEV, "mode=755,size=1m")
    for path in visible:
        source, target = Path(path), Path(root + path)
        target.parent.mkdir(parents=True, exist_ok=True)
        if source.is_symlink():
            target.symlink_to(os.readlink(source))
            continue
        target.mkdir(exist_ok=True) if source.is_dir() else target.touch()
        _mount(path, str(target), "", BIND | REC)
        _mount(path, str(target), "", REMOUNT | BIND | RDONLY | NOSUID | NODEV)
    for folder in ("proc", "dev", scratch.strip("/"), "old"):
        os.makedirs(f"{root}/{folder}", exist_ok=True)
    for name in DEVICES:
        Path(f"{root}/dev/{name}").touch()
        _mount(f"/dev/{name}", f"{root}/dev/{name}", "", BIND)
    os.mkdir(f"{root}/dev/shm")
    _mount("proc", f"{root}/proc", "proc", NOSUID | NODEV | NOEXEC)
    _mount("tmpfs", root + scratch, "tmpfs", NOSUID | NODEV, "size=16m")
    os.chdir(root)
    _call("syscall", 155 if platform.machine() == "x86_64" else 41, b".", b"old")
    os.chdir("/")
    _call("umount2", b"/old", DETACH)
    os.rmdir("/old")
    _mount("none", "/", "", REMOUNT | BIND | RDONLY | NOSUID | NODEV)


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


def seal(number: int) -> None:
    """Shut this process off from all others, for good.

    It gets mounts, a network without any interface, and message queues of its own; an
    empty /proc; a private scratch folder; a user that owns nothing; no capabilities.

    Args:
        number: differs between processes that run at the same time.
    """
    _call("unshare", NEWNS | NEWNET | NEWIPC | NEWUTS)
    _mount("none", "/", "", REC | PRIVATE)
    _mount("tmpfs", "/proc", "tmpfs", RDONLY | NOSUID | NODEV | NOEXEC, "size=4k")
    options = f"size={SCRATCH_MB}m,nr_inodes=4k,mode=1777"
    _mount("tmpfs", SCRATCH, "tmpfs", NOSUID | NODEV, options)
    _mount("tmpfs", "/dev/shm", "tmpfs", NOSUID | NODEV | NOEXEC, options)
    os.chdir(SCRATCH)
    _give_up_rights(FIRST_USER + number % USERS)
    forbid_calls()


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
    """Refuse system calls that no answer needs, with "operation not permitted"."""
    if platform.machine() not in _DENIED:
        return
    audit, denied, clone, clone3 = _DENIED[platform.machine()]
    load, equal, at_least, any_bit, answer = 0x20, 0x15, 0x35, 0x45, 0x06
    refuse, not_there, allow, kill = 0x00050001, 0x00050026, 0x7FFF0000, 0x80000000
    program = [(load, 0, 0, 4), (equal, 1, 0, audit), (answer, 0, 0, kill)]
    # From here on the number of the call; from 0x40000000 on there is a second set.
    program += [(load, 0, 0, 0), (at_least, 0, 1, 0x40000000), (answer, 0, 0, kill)]
    for call in denied:
        program += [(equal, 0, 1, call), (answer, 0, 0, refuse)]
    # The flags of clone3 lie in memory, where a filter can't look; without it, the C
    # library falls back on clone. There, flags that make namespaces are refused.
    program += [(equal, 0, 1, clone3), (answer, 0, 0, not_there)]
    program += [(equal, 0, 3, clone), (load, 0, 0, 16), (any_bit, 0, 1, 0x7E020000)]
    program += [(answer, 0, 0, refuse), (answer, 0, 0, allow)]
    code = b"".join(struct.pack("<HBBI", *line) for line in program)
    buffer = ctypes.create_string_buffer(code)
    filters = struct.pack("@HP", len(program), ctypes.addressof(buffer))
    _call("prctl", PR_SET_SECCOMP, SECCOMP_FILTER, filters, 0, 0)


def limit_resources(memory_mb: int, cpu_seconds: int, processes: int = 0) -> None:
    """Limit what this process, and each that it starts, may use.

    Args:
        memory_mb: on top of what the process has now.
        cpu_seconds: from now on.
        processes: processes and threads of this user together; 0: no limit.
    """
    with suppress(OSError), open("/proc/self/oom_score_adj", "w") as file:
        file.write("1000")
    used = resource.getrusage(resource.RUSAGE_SELF)
    cpu = int(used.ru_utime + used.ru_stime) + cpu_seconds
    limits = {
        resource.RLIMIT_CPU: cpu,
        resource.RLIMIT_CORE: 0,
        resource.RLIMIT_FSIZE: SCRATCH_MB * 2**20,
        resource.RLIMIT_NOFILE: 256,
    }
    if sys.platform == "linux":
        pages = int(Path("/proc/self/statm").read_text().split()[0])
        limits[resource.RLIMIT_AS] = pages * resource.getpagesize() + memory_mb * 2**20
        if processes:
            limits[resource.RLIMIT_NPROC] = processes
        limits[resource.RLIMIT_MEMLOCK] = 0
        limits[resource.RLIMIT_MSGQUEUE] = 0
    for kind, limit in limits.items():
        hard = resource.getrlimit(kind)[1]
        if hard != resource.RLIM_INFINITY:
            limit = min(limit, hard)
        resource.setrlimit(kind, (limit, limit))


def try_out() -> None:
    """Seal a forked process, and fail unless everything that it needs is allowed."""
    own = os.open("/proc/self/ns/pid", os.O_RDONLY)
    pid = fork_into_namespace(own)
    if not pid:
        try:
            seal(0)
            # As the first process it sees no other, and it can't write outside.
            os._exit(0 if os.getpid() == 1 and not os.listdir("/proc") else 3)
        except OSError as error:
            print(error, file=sys.stderr, flush=True)
            os._exit(2)
    sys.exit(os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]))


if __name__ == "__main__":
    if sys.argv[1:]:
        enter_view(sys.argv[1:])
    try_out()

"""What a submission may try against the machine and the students graded beside it.

As in `attacks`: by name, the cell of an answer to `softmax` of set 2, the outcome that
it must have, and a pattern of its message.
"""

import platform

from course_tools.grading.sandbox import calls

WRONG = "def softmax(Z, temperature=1.0):\n    return torch.full_like(Z, 0.7)\n"
SEEN = "RuntimeError: seen nothing"
LATE = "failed|crashed|timed out"


def spy(body, before=""):
    """An attack that adds to `seen` what it should not have been able to do."""
    lines = "".join(f"    {line}\n" for line in body.splitlines())
    source = (
        f"import ctypes, fcntl, mmap, os, resource, signal, subprocess, time\n{before}"
        "def tried(name, act):\n"
        "    try:\n"
        "        act()\n"
        "        return [name]\n"
        "    except (OSError, ValueError):\n"
        "        return []\n"
        "def softmax(Z, temperature=1.0):\n"
        "    seen, libc = [], ctypes.CDLL(None, use_errno=True)\n"
        f"{lines}"
        "    raise RuntimeError(f'seen {seen or \"nothing\"}')\n"
    )
    return source, "failed", SEEN


def called(*names):
    """An attack that makes system calls, with arguments that may well be wrong.

    A call that is refused by the filter says EPERM (1) or ENOSYS (38); another error
    would say that the kernel has looked at the arguments.
    """
    column = 1 if platform.machine() == "aarch64" else 0
    numbers = {name: calls.DENIED[name][column] for name in names}
    return spy(
        f"for name, number in {numbers!r}.items():\n"
        "    if number is not None:\n"
        "        result = libc.syscall(number, 0, 0, 0, 0, 0, 0)\n"
        "        if result >= 0 or ctypes.get_errno() not in (1, 38):\n"
        "            seen.append(f'{name}: {result}, {ctypes.get_errno()}')"
    )


MEMORY = {
    "memory of files without a name": spy(
        "seen += tried('memfd', lambda: os.memfd_create('x'))"
    ),
    "memory of System V": called("shmget", "shmat", "semget", "msgget", "mq_open"),
    "memory without a file, shared": spy(
        "seen += tried('mmap', lambda: mmap.mmap(-1, 10**8))\n"
        "shared = mmap.MAP_ANONYMOUS | 3\n"
        "seen += tried('validated', lambda: mmap.mmap(-1, 10**8, flags=shared))"
    ),
    "memory of /dev/zero, shared": spy(
        "def act():\n"
        "    with open('/dev/zero', 'r+b') as file: mmap.mmap(file.fileno(), 10**8)\n"
        "seen += tried('zero', act)"
    ),
    "memory in pipes and on its way": called("vmsplice", "splice", "tee"),
    "memory in sockets": called("setsockopt", "socket"),
    "memory that stays locked": spy(
        "kept = mmap.mmap(-1, 10**6, flags=mmap.MAP_PRIVATE | mmap.MAP_ANONYMOUS)\n"
        "place = ctypes.addressof(ctypes.c_char.from_buffer(kept))\n"
        "seen += ['mlock'] * (libc.mlock(ctypes.c_void_p(place), 10**6) == 0)\n"
        "seen += ['mlockall'] * (libc.mlockall(3) == 0)"
    ),
    "shared memory, filled": (
        "def softmax(Z, temperature=1.0):\n"
        "    for n in range(100):\n"
        "        with open(f'/dev/shm/{n}', 'wb') as file: file.write(bytes(10**7))\n",
        "failed",
        "No space left",
    ),
    "a file of 100 GB with nothing in it": (
        "import os, signal\n"
        "signal.signal(signal.SIGXFSZ, signal.SIG_IGN)\n"
        "def softmax(Z, temperature=1.0):\n"
        "    with open('/tmp/x', 'wb') as file: file.truncate(10**11)\n",
        "failed",
        "File too large",
    ),
    "more files than there is room for": (
        "def softmax(Z, temperature=1.0):\n"
        "    for n in range(10_000): open(f'/tmp/{n}', 'w').close()\n",
        "failed",
        "No space left",
    ),
    "more open files than are allowed": (
        "import os\ndef softmax(Z, temperature=1.0):\n    while True: os.pipe()\n",
        "failed",
        "Too many open files",
    ),
    "memory shared at first, then written in many processes": (
        "import os, time\n"
        "def softmax(Z, temperature=1.0):\n"
        "    kept = bytearray(b'x') * 150_000_000\n"
        "    for _ in range(12):\n"
        "        if os.fork() == 0:\n"
        "            for at in range(0, len(kept), 4096): kept[at] = 7\n"
        "            time.sleep(100)\n"
        "    time.sleep(100)\n",
        "crashed",
        "memory",
    ),
    "memory of processes without a parent": (
        "import os, time\n"
        "def softmax(Z, temperature=1.0):\n"
        "    for _ in range(12):\n"
        "        if os.fork() == 0:\n"
        "            if os.fork(): os._exit(0)\n"
        "            kept = bytearray(b'x') * 80_000_000\n"
        "            time.sleep(100)\n"
        "    time.sleep(100)\n",
        "crashed",
        "memory",
    ),
    "memory in a file, mapped": (
        "import mmap\n"
        "def softmax(Z, temperature=1.0):\n"
        "    kept = []\n"
        "    for n in range(9):\n"
        "        file = open(f'/tmp/{n}', 'w+b')\n"
        "        file.truncate(30_000_000)\n"
        "        kept.append(mmap.mmap(file.fileno(), 30_000_000))\n"
        "        for at in range(0, 30_000_000, 4096): kept[-1][at] = 1\n",
        "crashed",
        "SIGBUS",
    ),
}

PROCESSOR = {
    "thirty-one children that spin": (
        "import os\n"
        "def softmax(Z, temperature=1.0):\n"
        "    for _ in range(31):\n"
        "        if os.fork() == 0: break\n"
        "    while True: pass\n",
        LATE,
        "",
    ),
    "children that spin, each in a session of its own": (
        "import os\n"
        "def softmax(Z, temperature=1.0):\n"
        "    for _ in range(31):\n"
        "        if os.fork() == 0:\n"
        "            for leave in (os.setsid, os.setpgrp):\n"
        "                try: leave()\n"
        "                except OSError: pass\n"
        "            break\n"
        "    while True: pass\n",
        LATE,
        "",
    ),
    "children that nobody counts, one after the other": (
        "import os, signal\n"
        "signal.signal(signal.SIGCHLD, signal.SIG_IGN)\n"
        "def softmax(Z, temperature=1.0):\n"
        "    while True:\n"
        "        try: pid = os.fork()\n"
        "        except OSError: continue\n"
        "        if pid == 0:\n"
        "            sum(range(10**5))\n"
        "            os._exit(0)\n",
        LATE,
        "",
    ),
    "children that have ended and are not fetched": (
        "import os\n"
        "def softmax(Z, temperature=1.0):\n"
        "    while True:\n"
        "        if os.fork() == 0: os._exit(0)\n",
        "failed",
        "BlockingIOError",
    ),
    "threads that spin": (
        "import threading\n"
        "def spin():\n"
        "    A = torch.randn(300, 300)\n"
        "    while True: A @ A\n"
        "def softmax(Z, temperature=1.0):\n"
        "    for _ in range(20): threading.Thread(target=spin, daemon=True).start()\n"
        "    spin()\n",
        LATE,
        "",
    ),
    "a session or group of its own": called("setsid", "setpgid"),
    "a higher priority": spy(
        "for name in ('SCHED_FIFO', 'SCHED_RR', 'SCHED_BATCH'):\n"
        "    how, parameter = getattr(os, name), os.sched_param(0 + (name[-1] != 'H'))\n"
        "    seen += tried(name, lambda: os.sched_setscheduler(0, how, parameter))\n"
        "seen += tried('nice', lambda: os.nice(-5))\n"
        "for kind in (os.PRIO_PROCESS, os.PRIO_PGRP, os.PRIO_USER):\n"
        "    seen += tried(kind, lambda: os.setpriority(kind, 0, -20))"
    ),
    "a disk that is always busy": called("sync", "syncfs", "io_setup"),
}

TALK = {
    "a terminal": spy(
        "seen += tried('pty', os.openpty)\n"
        "for place in ('/dev/ptmx', '/dev/pts/ptmx', '/dev/pts/0', '/dev/tty',\n"
        "              '/dev/console', '/dev/tty0'):\n"
        "    seen += tried(place, lambda: os.open(place, os.O_RDWR))\n"
        "seen += tried('TIOCSTI', lambda: fcntl.ioctl(0, 0x5412, b'x'))"
    ),
    "a lock on a file that all see": spy(
        "file = open(torch.__file__)\n"
        "for how in (fcntl.LOCK_SH, fcntl.LOCK_EX):\n"
        "    seen += tried('flock', lambda: fcntl.flock(file, how | fcntl.LOCK_NB))\n"
        "seen += tried('lockf', lambda: fcntl.lockf(file, fcntl.LOCK_SH))\n"
        "for number in (5, 6, 7, 36, 37, 38):\n"
        "    seen += tried(number, lambda: fcntl.fcntl(file, number, bytes(32)))"
    ),
    "a lease on a file that all see": spy(
        "file = open(torch.__file__)\n"
        "seen += tried('lease', lambda: fcntl.fcntl(file, 1024, fcntl.F_RDLCK))\n"
        "folder = os.open(os.path.dirname(torch.__file__), os.O_RDONLY)\n"
        "seen += tried('notify', lambda: fcntl.fcntl(folder, 1026, 1))"
    ),
    "a watch on a file that all see": called(
        "inotify_init", "inotify_init1", "inotify_add_watch", "fanotify_init"
    ),
    "what others have read of a file": called("mincore"),
    "marks on a file that all see": spy(
        "place = torch.__file__\n"
        "for name, act in {\n"
        "    'xattr': lambda: os.setxattr(place, 'user.note', b'0.5'),\n"
        "    'utime': lambda: os.utime(place),\n"
        "    'chmod': lambda: os.chmod(place, 0o600),\n"
        "    'link': lambda: os.link(place, '/tmp/link'),\n"
        "    'name': lambda: os.rename(place, place + '.old'),\n"
        "}.items(): seen += tried(name, act)"
    ),
    "the name of the machine": spy(
        "import socket\n"
        "seen += tried('host', lambda: socket.sethostname('half'))\n"
        "seen += ['domain'] * (libc.setdomainname(b'half', 4) == 0)"
    ),
    "keys that the kernel keeps": called("add_key", "request_key", "keyctl"),
    "the clock": spy(
        "seen += tried('set', lambda: time.clock_settime(time.CLOCK_REALTIME, 0))\n"
        "seen += ['stime'] * (libc.settimeofday(bytes(16), None) == 0)"
    ),
    "a message in the kernel's log": called("syslog"),
}

ATTACKS = MEMORY | PROCESSOR | TALK

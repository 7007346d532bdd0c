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

WALLS = {
    "system calls of namespaces and mounts": called(
        "unshare",
        "setns",
        "mount",
        "umount2",
        "pivot_root",
        "chroot",
        "open_tree",
        "move_mount",
        "fsopen",
        "fsconfig",
        "fsmount",
    ),
    "files by their numbers": called("name_to_handle_at", "open_by_handle_at"),
    "other processes, by system calls": called(
        "ptrace", "process_vm_readv", "process_vm_writev", "kcmp"
    ),
    "the kernel, by system calls": called(
        "init_module",
        "finit_module",
        "delete_module",
        "kexec_load",
        "kexec_file_load",
        "bpf",
        "perf_event_open",
        "userfaultfd",
        "reboot",
        "swapon",
        "modify_ldt",
        "io_uring_setup",
        "io_uring_enter",
        "io_uring_register",
    ),
    "system calls of later kernels": spy(
        f"for number in range({calls.FIRST_NEW}, 600):\n"
        "    if libc.syscall(number, 0, 0, 0, 0, 0, 0) >= 0 or (\n"
        "        ctypes.get_errno() != 38\n"
        "    ):\n"
        "        seen.append(number)"
    ),
    "a new process in namespaces of its own": spy(
        f"number = {calls.CLONE[platform.machine() == 'aarch64']}\n"
        "for flag in range(25, 31):\n"
        "    pid = libc.syscall(number, 1 << flag | 17, 0, 0, 0, 0)\n"
        "    if pid == 0: os._exit(0)\n"
        "    seen += [flag] * (pid > 0)"
    ),
    "a system call of another kind of processor": (
        "import ctypes, mmap\n"
        "def softmax(Z, temperature=1.0):\n"
        "    code = mmap.mmap(-1, 4096, flags=34, prot=7)\n"
        "    code.write(b'\\xb8\\x14\\x00\\x00\\x00\\xcd\\x80\\xc3')  # int 0x80\n"
        "    place = ctypes.addressof(ctypes.c_char.from_buffer(code))\n"
        "    ctypes.CFUNCTYPE(ctypes.c_int)(place)()\n",
        "crashed",
        "SIGSYS|SIGILL|SIGSEGV|SIGTRAP",
    ),
    "a system call of the second set": (
        "import ctypes\n"
        "def softmax(Z, temperature=1.0):\n"
        "    ctypes.CDLL(None).syscall(0x40000000 + 39)\n"
        "    raise RuntimeError('nothing happened')\n",
        "crashed",
        "SIGSYS",
    ),
    "rights that are left": spy(
        "seen += [n for n in range(41) if libc.prctl(23, n, 0, 0, 0) == 1]\n"
        "seen += ['new privileges'] * (libc.prctl(39, 0, 0, 0, 0) != 1)\n"
        "header = (ctypes.c_int * 2)(0x20080522, 0)\n"
        "rights = (ctypes.c_uint * 6)()\n"
        "libc.capget(header, rights)\n"
        "seen += ['rights'] * any(rights)\n"
        "rights[0] = rights[1] = 1 << 21\n"
        "seen += ['capset'] * (libc.capset(header, rights) == 0)"
    ),
    "programs that run as root": spy(
        "for words in (['su', '-c', 'true'], ['mount', '-t', 'proc', 'x', '/tmp'],\n"
        "              ['passwd', '-d', 'root'], ['unshare', '-r', 'true']):\n"
        "    def act():\n"
        "        done = subprocess.run(words, stdin=subprocess.DEVNULL, timeout=1,\n"
        "                              stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)\n"
        "        if done.returncode: raise OSError\n"
        "    seen += tried(words[0], act)"
    ),
    "a device of its own": spy(
        "import stat\n"
        "for number in ((1, 1), (1, 5), (5, 2), (8, 0), (254, 0)):\n"
        "    seen += tried(number, lambda: os.mknod(\n"
        "        '/tmp/device', stat.S_IFCHR | 0o666, os.makedev(*number)))"
    ),
    "links where the grader might write": (
        "import os\n"
        "def softmax(Z, temperature=1.0):\n"
        "    for folder in ('/tmp', '/dev/shm'):\n"
        "        for name in ('grades.csv', 'grades.json', 'results', 'mark', 'x'):\n"
        "            if not os.path.lexists(f'{folder}/{name}'):\n"
        "                os.symlink('MARK', f'{folder}/{name}')\n"
        "    return torch.full_like(Z, 0.7)\n",
        "failed",
        "2 of 2 values differ|expected 1, got",
    ),
    "a scratch folder that nobody can enter": (
        "import os\n"
        "def act(path):\n"
        "    try: os.chmod(path, 0)\n"
        "    except OSError: pass\n"
        "act('/tmp'), act('/dev/shm'), os.makedirs('/tmp/' + 'x/' * 60, exist_ok=True)\n"
        + WRONG,
        "failed|crashed|missing",
        "",
    ),
    "a core dump": (
        "import os\ndef softmax(Z, temperature=1.0): os.abort()\n",
        "crashed",
        "SIGABRT|SIGSEGV",
    ),
    "another program in its place": (
        "import os\n"
        "def softmax(Z, temperature=1.0): os.execv('/bin/sleep', ['sleep', '100'])\n",
        "crashed|timed out",
        "",
    ),
    "the network, by a library": spy(
        "import urllib.request\n"
        "for place in ('http://127.0.0.1:8888', 'http://example.org',\n"
        "              'http://169.254.169.254/'):\n"
        "    seen += tried(place, lambda: urllib.request.urlopen(place, timeout=1))"
    ),
}

CHANNEL = {
    "a child that answers in its place": (
        "import os, time\n"
        "def softmax(Z, temperature=1.0):\n"
        "    if os.fork(): time.sleep(1000)\n"
        "    return torch.full_like(Z, 0.7)\n",
        LATE,
        "",
    ),
    "two that answer at a time": (
        "import os\n"
        "def softmax(Z, temperature=1.0):\n"
        "    os.fork()\n"
        "    return torch.full_like(Z, 0.7)\n",
        LATE,
        "",
    ),
    "reading the next question ahead": (
        "import os, threading\n"
        "def read():\n"
        "    while True:\n"
        "        for fd in range(3, 20):\n"
        "            try: os.read(fd, 10**6)\n"
        "            except OSError: pass\n"
        "def softmax(Z, temperature=1.0):\n"
        "    threading.Thread(target=read, daemon=True).start()\n"
        "    return torch.full_like(Z, 0.7)\n",
        LATE,
        "",
    ),
    "a flood of bytes": (
        "import os\n"
        "def softmax(Z, temperature=1.0):\n"
        "    while True:\n"
        "        for fd in range(3, 20):\n"
        "            try: os.write(fd, bytes(10**6))\n"
        "            except OSError: pass\n",
        LATE,
        "",
    ),
    "a changed format": (
        "import json, struct\n"
        "said = json.dumps\n"
        "json.dumps = lambda *a, **k: said({'n': 1, 'value': True, 'changed': []})\n"
        + WRONG,
        LATE,
        "",
    ),
    "a number without end": (
        "def softmax(Z, temperature=1.0): return 1 << 10**7\n",
        "failed",
        "bits is too large",
    ),
    "a text of 100 MB": (
        "def softmax(Z, temperature=1.0): return 'x' * 10**8\n",
        "failed|crashed",
        "more than can be sent|too large",
    ),
    "a name of a million letters": (
        "def softmax(Z, temperature=1.0): raise type('X' * 10**6, (Exception,), {})()\n",
        "failed",
        "your code raised X",
    ),
    "keys that are all alike": (
        "def softmax(Z, temperature=1.0):\n"
        "    return {n * (2**61 - 1): 0 for n in range(2_000)} | {i: i for i in\n"
        "            range(200_000)}\n",
        "failed|crashed",
        "",
    ),
    "things without number": (
        "def softmax(Z, temperature=1.0): return [object() for _ in range(150_000)]\n",
        LATE,
        "",
    ),
    "an object whose type can't be asked": (
        "class Odd:\n"
        "    @property\n"
        "    def __class__(self): raise SystemExit\n"
        "    def __getattribute__(self, name): raise KeyboardInterrupt\n"
        "    def __repr__(self): raise GeneratorExit\n"
        "def softmax(Z, temperature=1.0): return Odd()\n",
        "failed|crashed",
        "",
    ),
    "every step of the runner traced": (
        "import sys, threading\n"
        "found = set()\n"
        "def trace(frame, event, argument):\n"
        "    found.update(k for k in frame.f_locals if k in ('expected', 'reference'))\n"
        "    return trace\n"
        "sys.settrace(trace), threading.settrace(trace)\n"
        "def softmax(Z, temperature=1.0):\n"
        "    raise RuntimeError(f'seen {found or \"nothing\"}')\n",
        "failed",
        SEEN,
    ),
    "an import that brings something else": (
        "import builtins, sys\n"
        "class Finder:\n"
        "    def find_spec(self, *a): raise ImportError\n"
        "sys.meta_path.insert(0, Finder())\n"
        "builtins.__import__ = lambda *a, **k: sys.modules['sys']\n" + WRONG,
        "failed|crashed",
        "",
    ),
}

ATTACKS = MEMORY | PROCESSOR | TALK | WALLS | CHANNEL

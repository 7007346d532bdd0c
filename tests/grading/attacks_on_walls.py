"""What a submission may try against the walls around it and the channel out of them.

As in `attacks`: by name, the cell of an answer to `softmax` of set 2, the outcome that
it must have, and a pattern of its message.
"""

import platform

from grading.attacks_on_others import LATE, SEEN, WRONG, called, spy

from course_tools.grading.sandbox import calls

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

ATTACKS = WALLS | CHANNEL

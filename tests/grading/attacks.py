"""What a submission may try: answers to `softmax` of set 2, all of them wrong.

ATTACKS[name] is the answer's cell, the outcome that the exercise must have, and a
pattern of its message. `SECRET`, `MARK` and `KEY` are replaced by paths of the test:
a folder with secrets, a file that must not come to exist, and the key. An answer that
spies raises an error which says what it has seen; the pattern says: nothing.
"""

WRONG = "def softmax(Z, temperature=1.0):\n    return torch.full_like(Z, 0.7)\n"
SEEN = "RuntimeError: seen nothing"
# Part of a hidden check of the key.
HIDDEN_TEXT = b"random logits of up"
# A reply to the request that is being answered, as the runner itself would send it.
FORGE = (
    "import json, os, struct, sys\n"
    "def forge(header, body=b''):\n"
    "    frame = sys._getframe()\n"
    "    while 'request' not in frame.f_locals: frame = frame.f_back\n"
    "    header['n'] = frame.f_locals['request']['n']\n"
    "    text = json.dumps(header).encode()\n"
    "    for fd in range(3, 20):\n"
    "        try: os.write(fd, struct.pack('<IQ', len(text), len(body)) + text + body)\n"
    "        except OSError: pass\n"
)

ATTACKS = {
    # --- changing what decides ---------------------------------------------------
    "torch.equal and allclose say yes": (
        "yes = lambda *a, **k: True\n"
        "torch.equal = torch.allclose = yes\n"
        "torch.isclose = lambda a, *b, **k: torch.ones_like(a, dtype=bool)\n"
        "torch.Tensor.__eq__ = torch.Tensor.allclose = yes\n" + WRONG,
        "failed",
        "expected 1, got",
    ),
    "numpy.isclose says yes": (
        "import numpy as np\n"
        "np.isclose = lambda a, *b, **k: np.ones_like(a, dtype=bool)\n"
        "np.allclose = np.array_equal = lambda *a, **k: True\n" + WRONG,
        "failed",
        "expected 1, got",
    ),
    "builtins say yes": (
        "import builtins\n"
        "for name in ('bool', 'all', 'any', 'isinstance', 'callable'):\n"
        "    setattr(builtins, name, lambda *a: True)\n" + WRONG,
        "crashed|failed",
        "",
    ),
    "the checks do nothing": (
        "from course_utils import checks\n"
        "from course_utils.checks import exercises as scores\n"
        "for name in ('expect', 'expect_close', 'expect_shape'):\n"
        "    setattr(checks, name, lambda *a, **k: None)\n"
        "scores._reached['softmax'] = 2\n"
        "scores.CheckFailed = ArithmeticError\n"
        "scores.passed = lambda *a: True\n" + WRONG,
        "failed",
        "expected 1, got",
    ),
    "torch.softmax is the wrong one": (
        WRONG + "torch.softmax = torch.Tensor.softmax = lambda Z, dim=1: softmax(Z)\n",
        "failed",
        "expected 1, got",
    ),
    "the runner's own modules": (
        "import sys\n"
        "for name, module in list(sys.modules.items()):\n"
        "    if name.startswith('course_tools.grading'):\n"
        "        for key, value in list(vars(module).items()):\n"
        "            if callable(value) and key not in ('receive', 'send'):\n"
        "                setattr(module, key, lambda *a, **k: True)\n" + WRONG,
        "crashed|failed",
        "",
    ),
    "PyTorch's own operators are the wrong ones": (
        "from torch.library import Library\n"
        "library = Library('aten', 'IMPL')\n"
        "for name in ('_softmax', 'eq.Tensor', 'allclose', 'equal', 'isclose'):\n"
        "    library.impl(name, lambda a, *b, **k: torch.ones_like(a), 'CPU')\n"
        + WRONG,
        "failed",
        "",
    ),
    "clock and random numbers stand still": (
        "import random, time\n"
        "import numpy as np\n"
        "for name in ('time', 'monotonic', 'perf_counter'):\n"
        "    setattr(time, name, lambda: 0.0)\n"
        "torch.manual_seed = torch.seed = lambda *a: torch.default_generator\n"
        "torch.randn = torch.rand = lambda *shape, **k: torch.zeros(*shape)\n"
        "random.seed = np.random.seed = lambda *a: None\n" + WRONG,
        "failed",
        "expected 1, got",
    ),
    "false modules in place of the course's": (
        "import sys, types\n"
        "class Yes(types.ModuleType):\n"
        "    def __getattr__(self, name): return lambda *a, **k: True\n"
        "for name in list(sys.modules):\n"
        "    if name.startswith(('course_', 'torch.testing', 'numpy.testing')):\n"
        "        sys.modules[name] = Yes(name)\n" + WRONG,
        "failed",
        "expected 1, got",
    ),
    # --- results that lie about themselves ---------------------------------------
    "an object that equals everything": (
        "class Yes:\n"
        "    shape = property(lambda self: torch.Size((2, 3)))\n"
        "    dtype = torch.float32\n"
        "    def __eq__(self, other): return True\n"
        "    __lt__ = __gt__ = __ne__ = __eq__\n"
        "    def __bool__(self): return True\n"
        "    def __getattr__(self, name): return lambda *a, **k: Yes()\n"
        "def softmax(Z, temperature=1.0): return Yes()\n",
        "failed",
        "",
    ),
    "a tensor that equals everything": (
        "class Yes(torch.Tensor):\n"
        "    @classmethod\n"
        "    def __torch_function__(cls, function, types, args=(), kwargs=None):\n"
        "        if function.__name__ in ('allclose', 'equal', 'isclose', 'eq'):\n"
        "            return True\n"
        "        return super().__torch_function__(function, types, args, kwargs or {})\n"
        "def softmax(Z, temperature=1.0):\n"
        "    return torch.full_like(Z, 0.7).as_subclass(Yes)\n",
        "failed",
        "",
    ),
    "an array that equals everything": (
        "import numpy as np\n"
        "class Yes(np.ndarray):\n"
        "    def __eq__(self, other): return np.True_\n"
        "    def __array_ufunc__(self, *a, **k): return True\n"
        "    def __array_function__(self, *a, **k): return True\n"
        "def softmax(Z, temperature=1.0):\n"
        "    return np.full(Z.shape, 0.5).view(Yes)\n",
        "failed",
        "",
    ),
    "a __reduce__ payload": (
        "import os\n"
        "class Payload:\n"
        "    def __reduce__(self): return (os.system, ('touch MARK',))\n"
        "    def __repr__(self): return 'payload'\n"
        "def softmax(Z, temperature=1.0): return Payload()\n",
        "failed",
        "payload",
    ),
    "inputs changed so that the reference agrees": (
        "def softmax(Z, temperature=1.0):\n"
        "    if Z.dtype == torch.float64:\n"
        "        Z.zero_()\n"
        "    Z = Z if Z.dtype == torch.float64 else Z / temperature\n"
        "    return (Z - Z.logsumexp(1, keepdim=True)).exp()\n",
        "failed",
        "random logits",
    ),
    "right for what can be seen": (
        "def softmax(Z, temperature=1.0):\n"
        "    Z = Z / temperature\n"
        "    P = (Z - Z.logsumexp(1, keepdim=True)).exp()\n"
        "    return P if Z.dtype == torch.float32 else P.flip(0) / 2\n",
        "failed",
        "random logits",
    ),
    "an endless iterator": (
        "import itertools\n"
        "class Endless:\n"
        "    def __iter__(self): return itertools.repeat(0.5)\n"
        "    def __len__(self): return 2**62\n"
        "    def __getitem__(self, index): return Endless()\n"
        "def softmax(Z, temperature=1.0): return Endless()\n",
        "failed|timed out|crashed",
        "",
    ),
    "NaN everywhere": (
        "def softmax(Z, temperature=1.0): return torch.full_like(Z, float('nan'))\n",
        "failed",
        "got nan",
    ),
    "a list that holds itself": (
        "def softmax(Z, temperature=1.0):\n"
        "    result = []\n"
        "    result += [result, result]\n"
        "    return result\n",
        "failed",
        "must be a tensor",
    ),
    "a short list that is endless when written out": (
        "def softmax(Z, temperature=1.0):\n"
        "    result = [0.5]\n"
        "    for _ in range(50): result = [result, result]\n"
        "    return result\n",
        "crashed",
        "more than 200,000 parts",
    ),
    "a range that never ends": (
        "def softmax(Z, temperature=1.0): return range(10**15)\n",
        "failed",
        "must be a tensor",
    ),
    "an object that says it is a tensor": (
        "class Liar:\n"
        "    __class__ = torch.Tensor\n"
        "    shape, dtype, layout = torch.Size((2, 3)), torch.float32, torch.strided\n"
        "    is_meta = requires_grad = False\n"
        "    def __eq__(self, other): return True\n"
        "    def __getattr__(self, name): return lambda *a, **k: Liar()\n"
        "def softmax(Z, temperature=1.0): return Liar()\n",
        "failed|crashed",
        "",
    ),
    "another answer each time it is looked at": (
        "class Changing:\n"
        "    looks = 0\n"
        "    @property\n"
        "    def shape(self):\n"
        "        Changing.looks += 1\n"
        "        return torch.Size((2, 3) if Changing.looks % 2 else (1, 2))\n"
        "    def __len__(self): return self.shape[0]\n"
        "    def __getitem__(self, index): return torch.full((3,), 1 / 3)[index]\n"
        "    def sum(self, dim): return torch.ones(2) * (1 + (Changing.looks > 3))\n"
        "def softmax(Z, temperature=1.0): return Changing()\n",
        "failed",
        "",
    ),
    "numbers that equal everything": (
        "class Number(float):\n"
        "    def __eq__(self, other): return True\n"
        "    __le__ = __ge__ = __lt__ = __gt__ = __eq__\n"
        "    def __sub__(self, other): return Number(0)\n"
        "    __rsub__ = __abs__ = __sub__\n"
        "class List(list):\n"
        "    shape = (2, 3)\n"
        "    def __eq__(self, other): return True\n"
        "def softmax(Z, temperature=1.0): return List([List([Number(7)] * 3)] * 2)\n",
        "failed",
        "must be a tensor",
    ),
    # --- looking for what is right -----------------------------------------------
    "frames of the callers": (
        "import sys\n"
        "def softmax(Z, temperature=1.0):\n"
        "    frame, seen = sys._getframe(), []\n"
        "    while frame:\n"
        "        seen += [k for k in {**frame.f_globals, **frame.f_locals}\n"
        "                 if k in ('expected', 'scores', 'apart', 'key')]\n"
        "        seen += [v for v in frame.f_locals.values()\n"
        "                 if isinstance(v, str) and 'HIDDEN' in v]\n"
        "        frame = frame.f_back\n"
        "    raise RuntimeError(f'seen {seen or \"nothing\"}')\n",
        "failed",
        SEEN,
    ),
    "objects of the garbage collector": (
        "import gc\n"
        "def softmax(Z, temperature=1.0):\n"
        "    gc.unfreeze()\n"
        "    mark = ' '.join(['random', 'logits', 'of', 'up'])\n"
        "    seen = [s for o in gc.get_objects() if isinstance(o, (dict, list, tuple))\n"
        "            for s in (o.values() if isinstance(o, dict) else o)\n"
        "            if isinstance(s, str) and mark in s and 'get_objects' not in s]\n"
        "    raise RuntimeError(f'seen {seen[:1] or \"nothing\"}')\n",
        "failed",
        SEEN,
    ),
    "memory of this and other processes": (
        "import os, re\n"
        "def softmax(Z, temperature=1.0):\n"
        "    seen = os.listdir('/proc')\n"
        "    for path in ('/proc/self/mem', '/proc/1/mem', '/proc/kcore', '/dev/mem'):\n"
        "        try:\n"
        "            seen.append(open(path, 'rb').read(1))\n"
        "        except OSError:\n"
        "            pass\n"
        "    raise RuntimeError(f'seen {seen or \"nothing\"}')\n",
        "failed",
        SEEN,
    ),
    "ptrace and process_vm_readv": (
        "import ctypes, os\n"
        "def softmax(Z, temperature=1.0):\n"
        "    libc, seen = ctypes.CDLL(None, use_errno=True), []\n"
        "    for pid in (0, 2, 3, 4, 5, os.getppid()):\n"
        "        if libc.ptrace(16, pid, 0, 0) == 0:\n"
        "            seen.append(pid)\n"
        "    here = (ctypes.c_size_t * 2)(ctypes.addressof(ctypes.c_long()), 8)\n"
        "    if libc.process_vm_readv(os.getpid(), here, 1, here, 1, 0) >= 0:\n"
        "        seen.append('own')\n"
        "    raise RuntimeError(f'seen {seen or \"nothing\"}')\n",
        "failed",
        SEEN,
    ),
    "the key on the disk": (
        "import os\n"
        "def softmax(Z, temperature=1.0):\n"
        "    seen = [p for p in ('KEY', 'SECRET', os.path.dirname('KEY'))\n"
        "            if os.path.exists(p)]\n"
        "    for top in ('/home', '/root', '/work', '/srv', '/mnt', '/tmp', '/var'):\n"
        "        for folder, _, files in os.walk(top):\n"
        "            if 'solutions' in folder.split('/')[-1:]:\n"
        "                seen.append(folder)\n"
        "    raise RuntimeError(f'seen {seen or \"nothing\"}')\n",
        "failed",
        SEEN,
    ),
    "other students' files": (
        "import glob\n"
        "def softmax(Z, temperature=1.0):\n"
        "    seen = glob.glob('SECRET/*') + glob.glob('SECRET/../*')\n"
        "    seen += glob.glob('/**/*.ipynb') + glob.glob('/*/*.db')\n"
        "    seen += glob.glob('/usr/local/share/*') + glob.glob('/var/*')\n"
        "    raise RuntimeError(f'seen {seen or \"nothing\"}')\n",
        "failed",
        SEEN,
    ),
    "memory around its own objects": (
        # Each byte one higher, so that the search does not find itself.
        "import ctypes, os\n"
        "higher = bytes((n + 1) % 256 for n in range(256))\n"
        f"mark = {bytes(n + 1 for n in HIDDEN_TEXT)!r}\n"
        "def softmax(Z, temperature=1.0):\n"
        "    libc = ctypes.CDLL(None)\n"
        "    libc.write.argtypes = (ctypes.c_int, ctypes.c_void_p, ctypes.c_size_t)\n"
        "    read, write = os.pipe()\n"
        "    size, seen = 2**16, []\n"
        "    for thing in (object(), [], os, torch, softmax, Z):\n"
        "        middle = id(thing) // size * size\n"
        "        for start in range(middle - 2**24, middle + 2**24, size):\n"
        "            # A system call says whether there is memory, and does not crash.\n"
        "            if (copied := libc.write(write, start, size)) > 0:\n"
        "                found = mark in os.read(read, copied).translate(higher)\n"
        "                seen += [hex(start)] * found\n"
        "    raise RuntimeError(f'seen {seen[:1] or \"nothing\"}')\n",
        "failed",
        SEEN,
    ),
    "how the runner was started": (
        "import os, sys\n"
        "def softmax(Z, temperature=1.0):\n"
        "    seen = [w for w in sys.argv + sys.orig_argv if 'KEY' in w or 'SECRET' in w]\n"
        "    seen += [p for p in sys.path if os.access(p, os.W_OK) and p]\n"
        "    raise RuntimeError(f'seen {seen or \"nothing\"}')\n",
        "failed",
        SEEN,
    ),
    "the environment": (
        "import os\n"
        "def softmax(Z, temperature=1.0):\n"
        "    seen = [k for k, v in os.environ.items() if 'hush' in v.lower()]\n"
        "    raise RuntimeError(f'seen {seen or \"nothing\"}')\n",
        "failed",
        SEEN,
    ),
    "what another submission left behind": (
        "import os\n"
        "def softmax(Z, temperature=1.0):\n"
        "    seen = [n for d in ('/tmp', '/dev/shm', '.') for n in os.listdir(d)]\n"
        "    for folder in ('/tmp', '/dev/shm'):\n"
        "        open(folder + '/note-for-a-friend', 'w').write('0.5')\n"
        "    if softmax.calls == 0:\n"
        "        softmax.calls += 1\n"
        "        raise RuntimeError(f'seen {seen or \"nothing\"}')\n"
        "softmax.calls = 0\n",
        "failed",
        SEEN,
    ),
    "open descriptors": (
        "import os, stat\n"
        "def softmax(Z, temperature=1.0):\n"
        "    seen = []\n"
        "    for fd in range(3, 256):\n"
        "        try:\n"
        "            mode = os.fstat(fd).st_mode\n"
        "        except OSError:\n"
        "            continue\n"
        "        seen.append('socket' if stat.S_ISSOCK(mode) else f'{fd}: {mode:o}')\n"
        "    seen.remove('socket')\n"
        "    raise RuntimeError(f'seen {seen or \"nothing\"}')\n",
        "failed",
        SEEN,
    ),
    # --- reaching out ------------------------------------------------------------
    "writing outside the scratch folder": (
        "import os\n"
        "def softmax(Z, temperature=1.0):\n"
        "    seen = []\n"
        "    places = ['MARK', '/mark', '/usr/mark', '/dev/mark', '/proc/sys/mark',\n"
        "              os.path.dirname(torch.__file__) + '/mark', '/etc/mark']\n"
        "    for place in places:\n"
        "        try:\n"
        "            open(place, 'w').write('x')\n"
        "            seen.append(place)\n"
        "        except OSError:\n"
        "            pass\n"
        "    raise RuntimeError(f'seen {seen or \"nothing\"}')\n",
        "failed",
        SEEN,
    ),
    "changing the course's own files": (
        "import course_utils.checks as c, os\n"
        "def softmax(Z, temperature=1.0):\n"
        "    seen = []\n"
        "    for act in (lambda: open(c.__file__, 'a'), lambda: os.remove(c.__file__),\n"
        "                lambda: os.rename(c.__file__, c.__file__ + '.old'),\n"
        "                lambda: os.chmod(c.__file__, 0o777)):\n"
        "        try:\n"
        "            act()\n"
        "            seen.append('changed')\n"
        "        except OSError:\n"
        "            pass\n"
        "    raise RuntimeError(f'seen {seen or \"nothing\"}')\n",
        "failed",
        SEEN,
    ),
    "sockets": (
        "import socket\n"
        "def softmax(Z, temperature=1.0):\n"
        "    seen = []\n"
        "    for family in (socket.AF_INET, socket.AF_INET6, socket.AF_UNIX,\n"
        "                   socket.AF_NETLINK, socket.AF_PACKET):\n"
        "        for kind in (socket.SOCK_STREAM, socket.SOCK_DGRAM, socket.SOCK_RAW):\n"
        "            try:\n"
        "                socket.socket(family, kind)\n"
        "                seen.append(family)\n"
        "            except OSError:\n"
        "                pass\n"
        "    raise RuntimeError(f'seen {seen or \"nothing\"}')\n",
        "failed",
        SEEN,
    ),
    "a new user namespace, mounts": (
        "import ctypes, os\n"
        "def softmax(Z, temperature=1.0):\n"
        "    libc, seen = ctypes.CDLL(None), []\n"
        "    if libc.unshare(0x10000000) == 0: seen.append('user namespace')\n"
        "    if libc.unshare(0x20000) == 0: seen.append('mount namespace')\n"
        "    if libc.umount2(b'/proc', 2) == 0: seen.append('proc')\n"
        "    if libc.mount(b'proc', b'/proc', b'proc', 0, None) == 0: seen.append('m')\n"
        "    try:\n"
        "        os.setuid(0)\n"
        "        seen += ['root'] * (os.getuid() == 0 and os.access('/root', os.W_OK))\n"
        "    except OSError:\n"
        "        pass\n"
        "    raise RuntimeError(f'seen {seen or \"nothing\"}')\n",
        "failed",
        SEEN,
    ),
    "higher limits": (
        "import resource\n"
        "def softmax(Z, temperature=1.0):\n"
        "    seen = []\n"
        "    for limit in (resource.RLIMIT_AS, resource.RLIMIT_CPU,\n"
        "                  resource.RLIMIT_NPROC, resource.RLIMIT_FSIZE):\n"
        "        try:\n"
        "            resource.setrlimit(limit, (-1, -1))\n"
        "            seen.append(limit)\n"
        "        except (ValueError, OSError):\n"
        "            pass\n"
        "    raise RuntimeError(f'seen {seen or \"nothing\"}')\n",
        "failed",
        SEEN,
    ),
    # --- ending early, or never --------------------------------------------------
    "os._exit": (
        "import os\ndef softmax(Z, temperature=1.0): os._exit(0)\n",
        "crashed",
        r"exit status 0",
    ),
    "os._exit while the cell runs": ("import os\nos._exit(7)\n", "crashed", "status 7"),
    "sys.exit": (
        "import sys\ndef softmax(Z, temperature=1.0): sys.exit(0)\n",
        "failed",
        "SystemExit",
    ),
    "KeyboardInterrupt": (
        "def softmax(Z, temperature=1.0): raise KeyboardInterrupt\n",
        "failed",
        "KeyboardInterrupt",
    ),
    "a signal to itself": (
        "import os, signal\n"
        "def softmax(Z, temperature=1.0):\n"
        "    for number in (signal.SIGKILL, signal.SIGSTOP, signal.SIGTERM):\n"
        "        os.kill(os.getpid(), number)\n"
        "    return torch.full_like(Z, 0.7)\n",
        "failed|crashed",
        "",
    ),
    "signals to everybody": (
        "import os\n"
        "def softmax(Z, temperature=1.0):\n"
        "    for pid in (-1, 0, os.getppid(), *range(2, 400)):\n"
        "        try:\n"
        "            os.kill(pid, 9)\n"
        "        except OSError:\n"
        "            pass\n"
        "    return torch.full_like(Z, 0.7)\n",
        "failed|crashed",
        "",
    ),
    "a segmentation fault": (
        "import ctypes\ndef softmax(Z, temperature=1.0): ctypes.string_at(0)\n",
        "crashed",
        "SIGSEGV",
    ),
    "endless recursion": (
        "def softmax(Z, temperature=1.0): return softmax(Z)\n",
        "failed",
        "RecursionError",
    ),
    "endless recursion, deeper than the stack": (
        "import sys\nsys.setrecursionlimit(10**9)\n"
        "def softmax(Z, temperature=1.0): return softmax(*[Z])\n",
        "crashed|failed|timed out",
        "",
    ),
    "an endless loop": (
        "def softmax(Z, temperature=1.0):\n    while True: pass\n",
        "timed out",
        "longer than 1.5 s",
    ),
    "an endless loop while the cell runs": (
        "while True: pass\n" + WRONG,
        "timed out",
        "longer",
    ),
    "an endless loop in C": (
        "def softmax(Z, temperature=1.0): return 7 ** (7 ** 20)\n",
        "timed out|crashed|failed",
        "",
    ),
    "a loop that ignores errors and signals": (
        "import signal, time\n"
        "for number in range(1, 65):\n"
        "    try: signal.signal(number, signal.SIG_IGN)\n"
        "    except (OSError, ValueError): pass\n"
        "def softmax(Z, temperature=1.0):\n"
        "    while True:\n"
        "        try:\n"
        "            while True: time.sleep(1)\n"
        "        except BaseException: pass\n",
        "timed out",
        "longer",
    ),
    "slow with hidden inputs only": (
        "import time\n"
        "def softmax(Z, temperature=1.0):\n"
        "    if Z.dtype == torch.float64: time.sleep(1000)\n"
        "    Z = Z / temperature\n"
        "    return (Z - Z.logsumexp(1, keepdim=True)).exp()\n",
        "timed out",
        "longer",
    ),
    "an error that can't be told": (
        "class Odd(Exception):\n"
        "    def __str__(self): raise self\n"
        "    __repr__ = __str__\n"
        "def softmax(Z, temperature=1.0): raise Odd()\n",
        "failed",
        "Odd",
    ),
    "an error that claims success": (
        "from course_utils.checks.exercises import CheckFailed\n"
        "def softmax(Z, temperature=1.0):\n"
        "    raise CheckFailed('softmax: passed, 2 of 2 points')\n",
        "failed",
        "",
    ),
    "an error without words": (
        "from course_utils.checks.exercises import CheckFailed\n"
        "def softmax(Z, temperature=1.0): raise CheckFailed('')\n",
        "failed",
        "your code raised CheckFailed",
    ),
    "an error without words, sent by a changed runner": (
        "import sys\n"
        "sys.modules['course_tools.grading.sandbox.worker']._in_words = lambda *a: ''\n"
        "def softmax(Z, temperature=1.0): raise ValueError\n",
        "failed",
        "your code raised ValueError",
    ),
    "an error in the words of the grader": (
        "from course_utils.checks.exercises import CheckFailed\n"
        "def softmax(Z, temperature=1.0):\n"
        "    raise CheckFailed('the check cell did not check anything.')\n",
        "failed",
        "^your code raised CheckFailed: the check cell did not",
    ),
    "an error that ends a loop": (
        "def softmax(Z, temperature=1.0): raise StopIteration\n",
        "failed",
        "your code raised StopIteration",
    ),
    # --- using up what others need -----------------------------------------------
    "8 GB at once": (
        "def softmax(Z, temperature=1.0): return torch.ones(2 * 10**9)\n",
        "failed|crashed",
        "memory|alloc",
    ),
    "memory bit by bit": (
        "kept = []\n"
        "def softmax(Z, temperature=1.0):\n"
        "    while True: kept.append(bytearray(20_000_000))\n",
        "failed|crashed",
        "emory",
    ),
    "memory in many processes": (
        "import os, time\n"
        "def softmax(Z, temperature=1.0):\n"
        "    for _ in range(6):\n"
        "        if os.fork() == 0:\n"
        "            kept = bytearray(b'x') * 250_000_000\n"
        "            time.sleep(100)\n"
        "    time.sleep(100)\n",
        "crashed|timed out",
        "memory|longer",
    ),
    "a fork bomb": (
        "import os\n"
        "def softmax(Z, temperature=1.0):\n"
        "    while True:\n"
        "        try: os.fork()\n"
        "        except OSError: pass\n",
        "timed out|crashed",
        "",
    ),
    "threads without end": (
        "import threading, time\n"
        "def softmax(Z, temperature=1.0):\n"
        "    while True: threading.Thread(target=time.sleep, args=(99,)).start()\n",
        "failed",
        "can't start new thread",
    ),
    "filling the disk": (
        "def softmax(Z, temperature=1.0):\n"
        "    for n in range(100):\n"
        "        with open(f'/tmp/{n}', 'wb') as file: file.write(bytes(20_000_000))\n",
        "failed|crashed",
        "No space left|File too large|SIGXFSZ",
    ),
    "200 MB of output": (
        "import sys\n"
        "def softmax(Z, temperature=1.0):\n"
        "    for _ in range(20):\n"
        "        print('x' * 10_000_000, file=sys.stderr)\n"
        "    return torch.full_like(Z, 0.7)\n",
        "failed",
        "expected 1, got",
    ),
    "a result of 400 MB": (
        "def softmax(Z, temperature=1.0): return torch.zeros(10**8)\n",
        "failed",
        "too large",
    ),
    "a result nested without end": (
        "def softmax(Z, temperature=1.0):\n"
        "    result = []\n"
        "    for _ in range(100_000): result = [result]\n"
        "    return result\n",
        "failed|crashed",
        "",
    ),
    # --- outliving the answer ----------------------------------------------------
    "a thread that goes on": (
        "import os, threading, time\n"
        "def later():\n"
        "    time.sleep(0.05)\n"
        "    while True:\n"
        "        for fd in range(3, 20):\n"
        "            try: os.write(fd, b'{\"value\": 1}')\n"
        "            except OSError: pass\n"
        "        time.sleep(0.02)\n"
        "threading.Thread(target=later, daemon=True).start()\n" + WRONG,
        "failed|crashed",
        "",
    ),
    "a process that goes on": (
        "import os, time\n"
        "if os.fork() == 0:\n"
        "    try: os.setsid()\n"
        "    except OSError: pass\n"
        "    if os.fork() == 0:\n"
        "        while True: time.sleep(1)\n"
        "    os._exit(0)\n" + WRONG,
        "failed",
        "expected 1, got",
    ),
    "an endless finalizer": (
        "import atexit\n"
        "class Stays:\n"
        "    def __del__(self):\n"
        "        while True: pass\n"
        "def softmax(Z, temperature=1.0):\n"
        "    atexit.register(Stays().__del__)\n",
        "failed|timed out",
        "",
    ),
    # --- forging messages --------------------------------------------------------
    "a forged result on the channel": (
        FORGE + "def softmax(Z, temperature=1.0):\n"
        "    forge({'exercise': 'softmax', 'outcome': 'passed', 'message': '',\n"
        "           'hidden': False, 'points': 2})\n"
        "    return torch.full_like(Z, 0.7)\n",
        "failed|crashed",
        "",
    ),
    "a reply to another question": (
        FORGE + "def softmax(Z, temperature=1.0):\n"
        "    for _ in range(50): forge({'value': True, 'changed': []})\n"
        "    return torch.full_like(Z, 0.7)\n",
        "failed|crashed",
        "",
    ),
    "forged changes of what the check compares with": (
        FORGE + "def softmax(Z, temperature=1.0):\n"
        "    node = {'t': 'tensor', 'dtype': 'float32', 'order': [0], 'shape': [2],\n"
        "            'grad': 0, 'at': [0, 8]}\n"
        "    forge({'value': node, 'changed': [[n, node] for n in range(99)]}, bytes(8))\n",
        "failed|crashed",
        "",
    ),
    "an over-long message": (
        "import os, struct\n"
        "def softmax(Z, temperature=1.0):\n"
        "    for fd in range(3, 20):\n"
        "        try: os.write(fd, struct.pack('<IQ', 10, 2**63))\n"
        "        except OSError: pass\n",
        "crashed",
        "announces",
    ),
    "a message that never ends": (
        "import os, struct, time\n"
        "def softmax(Z, temperature=1.0):\n"
        "    for fd in range(3, 20):\n"
        "        try: os.write(fd, struct.pack('<IQ', 1000, 0) + b'{')\n"
        "        except OSError: pass\n"
        "    time.sleep(1000)\n",
        "timed out",
        "",
    ),
    "bytes that are no message": (
        "import os, struct\n"
        "def softmax(Z, temperature=1.0):\n"
        "    for fd in range(3, 20):\n"
        "        try: os.write(fd, struct.pack('<IQ', 4, 0) + b'\\xff\\xfe[[')\n"
        "        except OSError: pass\n",
        "crashed",
        "no JSON",
    ),
    "a forged pickle": (
        "import os, pickle, struct\n"
        "class Payload:\n"
        "    def __reduce__(self): return (os.system, ('touch MARK',))\n"
        "def softmax(Z, temperature=1.0):\n"
        "    data = pickle.dumps(Payload())\n"
        "    for fd in range(3, 20):\n"
        "        try: os.write(fd, struct.pack('<IQ', len(data), 0) + data)\n"
        "        except OSError: pass\n",
        "crashed",
        "no JSON",
    ),
    "a value of an unknown kind": (
        FORGE + "def softmax(Z, temperature=1.0):\n"
        "    forge({'value': {'t': 'pickle', 'v': 'x', 'at': [0, 99]}})\n",
        "crashed",
        "unknown kind",
    ),
    "a shape that does not fit": (
        FORGE + "def softmax(Z, temperature=1.0):\n"
        "    forge({'value': {'t': 'tensor', 'dtype': 'float32', 'order': [0, 1],\n"
        "                     'shape': [2**40, 2**40], 'grad': 0, 'at': [0, 8]}}, bytes(8))\n",
        "crashed",
        "does not fit",
    ),
    "closing the channel": (
        "import os, time\n"
        "def softmax(Z, temperature=1.0):\n"
        "    os.closerange(0, 256)\n"
        "    time.sleep(1000)\n",
        "crashed|timed out",
        "",
    ),
    "text for the instructor's browser and terminal": (
        "def softmax(Z, temperature=1.0):\n"
        "    raise ValueError('</pre><script>alert(1)</script>\\x1b[2J\\udc80=1+1')\n",
        "failed",
        r"ValueError: </pre><script>alert\(1\)</script>",
    ),
}

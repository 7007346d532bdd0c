"""How the zygote is started: inside bubblewrap, or without walls."""

import importlib.util
import os
import shutil
import socket
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import course_tools
import course_utils
from course_tools.grading.sandbox import linux
from course_tools.grading.sandbox.forkserver import PACKETS
from course_tools.project import UserError

PACKAGES = [Path(p.__file__).resolve().parent for p in (course_tools, course_utils)]
HOMES = sorted({str(package.parent) for package in PACKAGES})
# Not all of /usr: nbgrader's exchange with other students' files is in /usr/local/share.
SYSTEM = (
    "/usr/bin", "/usr/lib", "/usr/lib32", "/usr/lib64", "/usr/share/zoneinfo",
    "/bin", "/lib", "/lib32", "/lib64", "/etc/ld.so.cache", "/etc/localtime",
)  # fmt: skip
PYTHON = ("bin", "lib", "lib64", "pyvenv.cfg")
THREADS = ("OMP_NUM_THREADS", "MKL_NUM_THREADS", "OPENBLAS_NUM_THREADS")
# What the zygote needs in order to shut off what it forks, to measure it (SYS_PTRACE)
# and to slow it down (SYS_NICE); the forked process has none.
CAPABILITIES = (
    "SYS_ADMIN", "SETUID", "SETGID", "SETPCAP", "KILL", "SYS_RESOURCE", "SYS_PTRACE",
    "SYS_NICE",
)  # fmt: skip
# No terminals, by which sandboxes could talk, and no memory without an owner (zero).
DEVICES = ("null", "full", "random", "urandom")
# Users of root's sandboxes: each grader on this machine claims as many as it may run
# submissions at a time. Below them are those of people, above is nobody.
FIRST_USER, USERS, LAST_USER = 61_000, 64, 65_000
CLAIMS = "/run/course-grading-users-{}.lock"
MODES = {
    "bubblewrap": "namespaces and a read-only file system, set up by bubblewrap",
    "none": "NO ISOLATION: answers can read and change all that you can; "
    "time and memory alone are limited",
}


def visible_paths() -> list[str]:
    """Return what the sandbox shows of the file system: Python, and the course."""
    homes = (sys.prefix, sys.base_prefix)
    wanted = [*SYSTEM, *(f"{home}/{part}" for home in homes for part in PYTHON)]
    wanted += map(str, PACKAGES)
    for name in ("torch", "numpy"):
        spec = importlib.util.find_spec(name)
        if spec and spec.origin:
            # They may lie elsewhere, and be links here.
            origins = Path(spec.origin), Path(spec.origin).resolve()
            wanted += [str(origin.parents[1]) for origin in origins]
    paths: list[str] = []
    for path in sorted(set(wanted)):
        inside = any(Path(path).is_relative_to(known) for known in paths)
        if os.path.exists(path) and not inside:
            paths.append(path)
    return paths


def refuse_visible(secrets: Sequence[Path]) -> None:
    """Fail if the sandbox would show what answers must not see.

    Args:
        secrets: the key, the submissions, the results.

    Raises:
        UserError: one of them lies inside a folder that the sandbox shows.
    """
    for secret in secrets:
        for path in visible_paths():
            if secret.resolve().is_relative_to(Path(path).resolve()):
                raise UserError(
                    f"{secret} lies inside {path}, which answers can read. Move it."
                )


def prefix(mode: str) -> list[str]:
    """Return the words before a command that start it inside the sandbox.

    Args:
        mode: one of `MODES`.
    """
    if mode != "bubblewrap":
        return []
    words = ["bwrap", "--die-with-parent", "--new-session", "--cap-drop", "ALL"]
    words += [f"--unshare-{kind}" for kind in ("pid", "net", "ipc", "uts")]
    # Root can give each submission a user of its own; others have but one.
    if os.geteuid() != 0:
        words += ["--unshare-user", "--uid", "0", "--gid", "0"]
    for name in CAPABILITIES:
        words += ["--cap-add", f"CAP_{name}"]
    words += ["--proc", "/proc", "--tmpfs", "/dev"]
    for name in DEVICES:
        words += ["--dev-bind", f"/dev/{name}", f"/dev/{name}"]
    words += ["--dir", linux.SHARED_MEMORY, "--tmpfs", linux.SCRATCH]
    # After these, because what is shown may lie below them.
    folders = {str(f) for path in visible_paths() for f in Path(path).parents}
    for folder in sorted(folders - {"/"}):
        words += ["--dir", folder]
    for path in visible_paths():
        words += ["--ro-bind", path, path]
    words += ["--remount-ro", "/dev", "--remount-ro", "/"]
    return [*words, "--chdir", "/", "--"]


def claim_users() -> tuple[int, int | None]:
    """Claim users for the sandboxes of one grader, while it lives.

    What a user's processes may use is counted on the whole machine, so no two graders
    may have the same.

    Returns:
        The first user, and the descriptor of a locked file, which frees them when it is
        closed. An ordinary user's sandboxes are counted each by itself: None.

    Raises:
        UserError: all are claimed, or can't be.
    """
    if os.geteuid() != 0:
        return FIRST_USER, None
    import fcntl

    for first in range(FIRST_USER, LAST_USER - USERS + 1, USERS):
        flags = os.O_RDWR | os.O_CREAT | os.O_NOFOLLOW | os.O_CLOEXEC
        try:
            claim = os.open(CLAIMS.format(first), flags, 0o600)
        except OSError as error:
            raise UserError(
                f"{error.filename} can't be opened ({error.strerror}). It keeps the "
                "users of your sandboxes apart from those of other graders: make "
                "/run writable, or grade as an ordinary user."
            ) from None
        try:
            fcntl.flock(claim, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            os.close(claim)
            continue
        return first, claim
    graders = (LAST_USER - FIRST_USER) // USERS
    raise UserError(f"{graders} graders run on this machine; wait until one is done.")


def environment() -> dict[str, str]:
    """Return the variables of the sandbox: none of yours, one thread."""
    return dict.fromkeys(THREADS, "1") | {
        "PATH": "/usr/bin:/bin",
        "HOME": "/tmp",
        "USER": "student",
        "LANG": "C.UTF-8",
        "MPLBACKEND": "Agg",
        "MPLCONFIGDIR": "/tmp",
        "PYTHONPATH": os.pathsep.join(HOMES),
        "PYTHONSAFEPATH": "1",
        "PYTHONDONTWRITEBYTECODE": "1",
    }


def checker_environment() -> dict[str, str]:
    """Return the variables of the checker: yours, one thread.

    The current folder may hold what students wrote, also a `random.py`. So Python does
    not look for modules there.
    """
    known = os.environ.get("PYTHONPATH")
    places = os.pathsep.join([*HOMES, *([known] if known else [])])
    own = {"PYTHONPATH": places, "PYTHONSAFEPATH": "1"}
    return os.environ | dict.fromkeys(THREADS, "1") | own


def why_not() -> str:
    """Return why answers can't be isolated on this machine, "" if they can."""
    if sys.platform != "linux" or not shutil.which("bwrap"):
        return "`bwrap` is not installed"
    tried = subprocess.run(
        [*prefix("bubblewrap"), sys.executable, "-m", linux.__name__],
        env=environment(), capture_output=True, text=True,
    )  # fmt: skip
    lines = tried.stderr.strip().splitlines() or [f"status {tried.returncode}"]
    return lines[-1] if tried.returncode else ""


def choose(trusted: bool) -> str:
    """Return the best kind of isolation there is.

    Args:
        trusted: whether the answers may run without any.

    Raises:
        UserError: there is none, and they may not; or this is Windows.
    """
    if not hasattr(os, "fork"):
        raise UserError(
            "`course grade` needs Linux, or with --trusted macOS. On Windows, run it "
            "in WSL (https://learn.microsoft.com/windows/wsl)."
        )
    if trusted:
        return "none"
    why = why_not()
    if not why:
        return "bubblewrap"
    raise UserError(
        f"answers can't be isolated on this machine ({why}). Install bubblewrap, or "
        "use --trusted if you trust everybody who wrote one with your files."
    )


# bubblewrap ends with the thread that started it; this one stays.
_starter = ThreadPoolExecutor(1, thread_name_prefix="start")


def _start(command: Sequence[str], **how: Any) -> subprocess.Popen:
    return _starter.submit(subprocess.Popen, command, **how).result()


class Server:
    """A fork server in a process of its own.

    Args:
        module: its `main` is what runs.
        words: its arguments.
        mode: one of `MODES`; "" for a process that runs no answers.
        keeps: descriptors that it inherits.

    Attributes:
        control: the socket for requests.
    """

    def __init__(
        self,
        module: str,
        words: Sequence[str],
        mode: str = "",
        keeps: Sequence[int] = (),
    ):
        self.control, far = socket.socketpair(socket.AF_UNIX, PACKETS)
        self._errors = tempfile.TemporaryFile()  # noqa: SIM115, closed in `close`
        first, self._claim = claim_users() if mode == "bubblewrap" else (0, None)
        # Not with `-m`: what is called `__main__` are the cells.
        start = f"from {module} import main; main()"
        command = [*prefix(mode), sys.executable, "-c", start]
        command += ["--control", str(far.fileno())]
        command += [f"--users={first}:{first + USERS}"] if mode == "bubblewrap" else []
        with far:
            self.process = _start(
                [*command, *words],
                stdin=subprocess.DEVNULL,
                stdout=subprocess.DEVNULL,
                stderr=self._errors,
                env=environment() if mode else checker_environment(),
                pass_fds=[far.fileno(), *keeps],
                start_new_session=True,
                cwd="/" if mode else None,
            )

    def wait_until_ready(self) -> None:
        """Wait until it has imported what it needs.

        Raises:
            UserError: it could not start.
        """
        try:
            ready = self.control.recv(64)
        except ConnectionError:
            ready = b""
        if not ready:
            self.process.wait()
            self._errors.seek(0)
            lines = self._errors.read().decode(errors="replace").strip().splitlines()
            raise UserError(
                "a part of the grader did not start: "
                f"{lines[-1] if lines else 'it gave no reason'}."
            )

    def is_alive(self) -> bool:
        """Return whether it still takes requests."""
        return self.process.poll() is None

    def close(self) -> None:
        """End it and all that it has forked."""
        self.control.close()
        try:
            self.process.wait(5)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()
        self._errors.close()
        if self._claim is not None:
            os.close(self._claim)
            self._claim = None

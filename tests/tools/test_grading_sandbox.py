"""The walls around answers: where they stand, what they count, what passes them."""

import os
import platform
import shutil
import struct
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import psutil
import pytest
from grading import attacks_on_others, attacks_on_walls, classes

from course_tools.grading.grader import Grader, Limits
from course_tools.grading.sandbox import calls, launch, usage
from course_tools.project import UserError

PASSED = {"passed"}


@pytest.fixture(scope="module")
def grader():
    """A grader whose limits an answer comes near."""
    limits = Limits(seconds=2, memory_mb=500)
    with Grader(classes.strong_mode(), limits, classes.key().modules) as made:
        yield made


def outcomes(results):
    return {r.outcome for r in results.values()}


def right(name, before=""):
    """The key's answer, with something before it in its cell."""
    return before + classes.right_answers()[name]


# --- where course and environment lie ---------------------------------------------------

GRADE_ONE = """
import sys
from grading import attacks, classes
from course_tools.grading.grader import Grader, Limits
from course_tools.grading.sandbox import launch
spy = attacks.ATTACKS["the key on the disk"][0].replace("KEY", str(classes.SET_2))
with Grader(launch.choose(False), Limits(30), classes.key().modules) as grader:
    honest = grader.grade(classes.key(), classes.submission())
    print(launch.PACKAGES[0], *(r.outcome for r in honest.values()))
    spy = classes.submission(softmax=spy.replace("SECRET", sys.argv[1]))
    print(grader.grade(classes.key(), spy)["softmax"].message)
"""


def test_course_and_environment_below_the_temporary_folder(tmp_path):
    classes.strong_mode()
    assert tmp_path.is_relative_to("/tmp")
    course, environment = tmp_path / "the course", tmp_path / "environment"
    for name in ("course_tools", "course_utils", "solutions"):
        leave_out = shutil.ignore_patterns("__pycache__")
        shutil.copytree(classes.ROOT / name, course / name, ignore=leave_out)
    for name in ("pyproject.toml", "tests"):
        (course / name).symlink_to(classes.ROOT / name)
    (environment / "bin").mkdir(parents=True)
    shutil.copy(Path(sys.prefix, "pyvenv.cfg"), environment)
    (environment / "bin" / "python").symlink_to(Path(sys.executable).resolve())
    (environment / "lib").symlink_to(Path(sys.prefix, "lib"))
    (tmp_path / "secret").write_text("the answers of another student")
    places = os.pathsep.join([str(course), str(course / "tests")])
    done = subprocess.run(
        [environment / "bin" / "python", "-c", GRADE_ONE, tmp_path / "secret"],
        env=os.environ | {"PYTHONPATH": places, "PYTHONDONTWRITEBYTECODE": "1"},
        cwd=tmp_path, capture_output=True, text=True,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    honest, spied, *_ = done.stdout.splitlines()
    assert honest == " ".join([str(course / "course_tools"), *["passed"] * 7])
    # What lies beside the course is not seen, the key above all.
    assert "RuntimeError: seen nothing" in spied


def test_what_is_below_a_folder_with_odd_letters_is_found_again():
    from course_tools.grading.sandbox import linux

    assert Path("/proc") in linux._mount_points()


# --- what is counted ----------------------------------------------------------------------


def children_of(pid):
    return usage.usages([pid])[pid]


def test_memory_is_that_of_all_processes_and_what_they_share_counts_once():
    read, write = os.pipe()
    kept = bytearray(b"x") * 60_000_000
    before = usage.memory_mb([os.getpid()])
    children = []
    for _ in range(2):
        pid = os.fork()
        if pid == 0:
            own = bytearray(b"y") * 40_000_000
            os.write(write, b"1")
            os.pause() if hasattr(os, "pause") else __import__("signal").pause()
            os._exit(len(own))
        children.append(pid)
    try:
        assert os.read(read, 1) + os.read(read, 1) == b"11"
        processes = [os.getpid(), *children]
        assert set(children) < set(children_of(os.getpid()).processes)
        together = usage.memory_mb(processes)
        assert 70 < together - before < 110, "40 MB in each child, and some for Python"
        assert len(kept) == 60_000_000
    finally:
        for pid in children:
            os.kill(pid, 9)
            os.waitpid(pid, 0)


@pytest.mark.parametrize("tasks", [1, 2, 3, 8, 31, 60])
def test_a_group_has_the_share_of_one(tasks, monkeypatch):
    steps = []
    monkeypatch.setattr(os, "setpriority", lambda *a: steps.append(a), raising=False)
    usage.share_fairly(123, tasks)
    if tasks <= 2:
        assert steps == []
    else:
        [(kind, group, step)] = steps
        assert (kind, group) == (os.PRIO_PGRP, 123)
        # The kernel's weights go down by a quarter from step to step.
        assert tasks * 1.25**-step <= 1.0 or step == usage.LAST_STEP


BUSY = (
    "import time\n"
    "end = time.process_time() + 1.2\n"
    "while time.process_time() < end: pass\n"
)


def test_what_others_take_of_the_processor_is_not_charged(grader):
    spinning = attacks_on_others.ATTACKS[
        "children that spin, each in a session of its own"
    ][0]
    # Each of them would do so in one exercise after the other.
    hostile = dict.fromkeys(("one_hot", "softmax", "predict", "evaluate"), spinning)
    # One such student has more children than the machine has processors.
    with ThreadPoolExecutor(1) as pool:
        attack = pool.submit(grader.grade, classes.key(), classes.submission(**hostile))
        busy = classes.submission(
            softmax=right("softmax", BUSY), evaluate=right("evaluate", BUSY)
        )
        assert outcomes(grader.grade(classes.key(), busy)) == PASSED
        assert attack.result()["softmax"].points == 0


def test_sleeping_below_each_limit_holds_no_job_for_long(grader):
    seconds = grader.limits.seconds
    nap = f"import time\ntime.sleep({0.9 * seconds})\n"
    sleepy = {
        e.name: right(e.name, nap).replace("\n    ", f"\n    {nap.splitlines()[1]}\n    ", 1)
        for e in classes.key().autograded
    }  # fmt: skip
    sleepy = {name: f"import time\n{source}" for name, source in sleepy.items()}
    results = grader.grade(classes.key(), classes.submission(**sleepy))
    late = [r.message for r in results.values() if r.outcome == "timed out"]
    assert any("all that was left of 8 s for the submission" in text for text in late)
    assert sum(r.seconds for r in results.values()) < 8 * seconds


def test_endless_loops_cost_no_right_answer_beside_them(grader):
    loop = "while True: pass\n"
    wrong = dict.fromkeys(("one_hot", "predict", "gradients"), loop)
    results = grader.grade(classes.key(), classes.submission(**wrong))
    late = {name for name, r in results.items() if r.outcome == "timed out"}
    assert late == set(wrong)
    assert outcomes({n: r for n, r in results.items() if n not in wrong}) == PASSED


# --- users ----------------------------------------------------------------------------------


def test_no_two_graders_have_the_same_users(tmp_path, monkeypatch):
    monkeypatch.setattr(launch, "CLAIMS", str(tmp_path / "{}.lock"))
    monkeypatch.setattr(os, "geteuid", lambda: 0)
    monkeypatch.setattr(launch, "LAST_USER", launch.FIRST_USER + 2 * launch.USERS)
    (first, one), (second, two) = launch.claim_users(), launch.claim_users()
    assert abs(first - second) >= launch.USERS
    with pytest.raises(UserError, match="2 graders run on this machine"):
        launch.claim_users()
    os.close(one)
    again, three = launch.claim_users()
    assert again == first
    for claim in (two, three):
        os.close(claim)


def test_a_claim_follows_no_link(tmp_path, monkeypatch):
    monkeypatch.setattr(launch, "CLAIMS", str(tmp_path / "{}.lock"))
    monkeypatch.setattr(os, "geteuid", lambda: 0)
    link = tmp_path / f"{launch.FIRST_USER}.lock"
    link.symlink_to(tmp_path / "elsewhere")
    with pytest.raises(UserError, match="can't be opened"):
        launch.claim_users()
    assert not (tmp_path / "elsewhere").exists()


MANY = (
    "import os, time\n"
    "for _ in range(28):\n"
    "    if os.fork() == 0:\n"
    "        time.sleep(0.5)\n"
    "        os._exit(0)\n"
)


def test_two_graders_at_once_share_no_limit_of_processes(grader):
    many = {"gradients": right("gradients", MANY)}
    with (
        Grader(grader.mode, Limits(30), grader.modules) as one,
        Grader(grader.mode, Limits(30), grader.modules) as other,
        ThreadPoolExecutor(4) as pool,
    ):
        graded = [
            pool.submit(each.grade, classes.key(), classes.submission(**many))
            for _ in range(4)
            for each in (one, other)
        ]
        for results in graded:
            assert outcomes(results.result()) == PASSED


def test_a_grader_outlives_the_thread_that_started_it(grader):
    with Grader(grader.mode, grader.limits, grader.modules) as other:
        for _ in range(2):
            with ThreadPoolExecutor(1) as pool:
                graded = pool.submit(other.grade, classes.key(), classes.submission())
                assert outcomes(graded.result()) == PASSED
        assert other.restarts == 0


# --- what passes ----------------------------------------------------------------------------

# Everything by which two processes on one machine may talk, tried for a while.
TALK = """
import ctypes, fcntl, os, signal, time

def softmax(Z, temperature=1.0):
    libc, heard = ctypes.CDLL(None, use_errno=True), set()
    own = {own!r}

    def attempt(name, act):
        try:
            if act() not in (None, False, -1):
                heard.add(name)
        except (OSError, ValueError):
            pass

    def left(folder):
        open(f"{{folder}}/{{own}}", "w").close()
        return bool(set(os.listdir(folder)) - {{own}})

    file = open(torch.__file__)
    for _ in range(15):
        attempt("pty", os.openpty)
        attempt("ptmx", lambda: os.open("/dev/ptmx", os.O_RDWR))
        attempt("pts", lambda: [os.open(f"/dev/pts/{{n}}", os.O_RDWR) for n in range(3)])
        attempt("flock", lambda: fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB) or 1)
        attempt("lock", lambda: fcntl.lockf(file, fcntl.LOCK_SH | fcntl.LOCK_NB) or 1)
        attempt("shm", lambda: libc.shmget(4711, 4096, 0o1666))
        attempt("msg", lambda: libc.msgget(4711, 0o1666))
        attempt("watch", lambda: libc.inotify_init())
        attempt("note", lambda: left("/tmp"))
        attempt("shared note", lambda: left("/dev/shm"))
        attempt("processes", lambda: bool(os.listdir("/proc")))
        attempt("signal", lambda: [os.kill(pid, 0) for pid in range(2, 50)])
        attempt("a socket", lambda: __import__("socket").socket(1).bind(b"\\0talk") or 1)
        time.sleep(0.03)
    raise RuntimeError(f"heard {{sorted(heard) or 'nothing'}}")
"""


def test_two_sandboxes_hear_nothing_of_each_other(grader):
    with ThreadPoolExecutor(2) as pool:
        talks = [
            pool.submit(
                grader.grade,
                classes.key(),
                classes.submission(softmax=TALK.format(own=own)),
            )
            for own in ("Ada", "Bob")
        ]
        for talk in talks:
            assert "RuntimeError: heard nothing" in talk.result()["softmax"].message


def test_the_grader_never_looks_into_a_folder_of_an_answer(grader):
    source, *_ = attacks_on_walls.ATTACKS["links where the grader might write"]
    grader.grade(classes.key(), classes.submission(softmax=source))
    classes.assert_nothing_is_left(grader)
    server = psutil.Process(grader._zygote.process.pid)
    for pid in [process.pid for process in server.children(recursive=True)]:
        assert os.listdir(f"/proc/{pid}/root/tmp") == []
        assert os.listdir(f"/proc/{pid}/root/dev/shm") == []


# --- the filter -----------------------------------------------------------------------------


def verdict(code, call, *arguments, audit):
    """What a filter answers: the program is interpreted as the kernel does it."""
    data = struct.pack("<IIQ6Q", call, audit, 0, *(arguments + (0,) * 6)[:6])
    lines = list(struct.iter_unpack("<HBBI", code))
    at, value = 0, 0
    while True:
        kind, then, other, k = lines[at]
        at += 1
        if kind == 0x20:
            value = struct.unpack_from("<I", data, k)[0]
        elif kind == 0x54:
            value &= k
        elif kind == 0x06:
            return {0x7FFF0000: "allowed", 0x80000000: "killed"}.get(k, k & 0xFFFF)
        else:
            holds = {0x15: value == k, 0x35: value >= k, 0x45: bool(value & k)}[kind]
            at += then if holds else other


@pytest.mark.parametrize("machine", calls.AUDIT)
def test_the_filter_refuses_what_it_names_and_no_more(machine):
    code, column = calls.filter_code(machine), list(calls.AUDIT).index(machine)
    audit = calls.AUDIT[machine]

    def told(call, *arguments):
        return verdict(code, call, *arguments, audit=audit)

    denied = {numbers[column] for numbers in calls.DENIED.values()} - {None}
    for call in range(600):
        if call in denied and call < calls.FIRST_NEW:
            assert told(call) == 1
        elif call >= calls.FIRST_NEW or call == calls.CLONE3[column]:
            assert told(call) == 38
        else:
            assert told(call) == "allowed"
    assert told(0x40000000) == "killed"
    assert verdict(code, 0, audit=0x40000003) == "killed"
    clone, mmap, fcntl = (c[column] for c in (calls.CLONE, calls.MMAP, calls.FCNTL))
    assert told(clone, 0x3D0F00) == "allowed", "a thread"
    assert told(clone, 0x10000011) == 1, "a process in a namespace for users"
    assert [told(mmap, 0, 0, 0, flags) for flags in (0x22, 0x01, 0x21, 0x23)] == [
        "allowed", "allowed", 1, 1,
    ]  # fmt: skip
    assert [told(fcntl, 3, how) for how in (1, 2, 6, 37, 1024)] == [
        "allowed", "allowed", 1, 1, 1,
    ]  # fmt: skip


def test_this_machine_is_known_to_the_filter():
    if platform.machine() in calls.AUDIT:
        assert calls.filter_code()
    assert calls.filter_code("a machine that is not known") == b""


def test_what_starts_the_parts_does_not_import_pytorch_itself():
    look = "import sys, course_tools.grading.command; print('torch' in sys.modules)"
    done = subprocess.run([sys.executable, "-c", look], capture_output=True, text=True)
    assert done.stdout == "False\n", "a third import would cost two seconds"


# --- no sandbox -----------------------------------------------------------------------------


def test_where_answers_cannot_be_isolated_ci_fails_and_others_skip(monkeypatch):
    monkeypatch.setattr(launch, "why_not", lambda: "not permitted")
    classes.strong_modes.cache_clear()
    try:
        monkeypatch.setenv("COURSE_CI", "1")
        with pytest.raises(pytest.fail.Exception, match="not permitted"):
            classes.strong_mode()
        monkeypatch.delenv("COURSE_CI")
        with pytest.raises(pytest.skip.Exception, match="not permitted"):
            classes.strong_mode()
    finally:
        classes.strong_modes.cache_clear()

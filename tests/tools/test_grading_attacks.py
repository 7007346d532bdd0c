"""Nothing that a submission tries gains a mark, harms the machine, or stops a batch."""

import re
import runpy
import time
from pathlib import Path

import psutil
import pytest
from grading import classes

from course_tools.grading.grader import Grader, Limits

HERE = Path(__file__).parents[1]
ATTACKS = runpy.run_path(str(HERE / "grading" / "attacks.py"))["ATTACKS"]
LIMITS = Limits(seconds=1.5, memory_mb=600)
# These spoil their own other answers, which is their own affair.
SELF_HARM = {
    "torch.equal and allclose say yes", "builtins say yes",
    "torch.softmax is the wrong one", "the runner's own modules",
    "numpy.isclose says yes", "threads without end", "a thread that goes on",
    "endless recursion, deeper than the stack",
    "PyTorch's own operators are the wrong ones",
}  # fmt: skip
# What is tried with every kind of isolation that the machine has.
ABOUT_WALLS = [
    "memory of this and other processes", "the key on the disk",
    "other students' files", "what another submission left behind",
    "writing outside the scratch folder", "changing the course's own files",
    "sockets", "a new user namespace, mounts", "signals to everybody",
    "open descriptors", "higher limits", "a process that goes on", "a fork bomb",
]  # fmt: skip


@pytest.fixture(scope="module")
def places(tmp_path_factory):
    """A folder with secrets, a file that must not come to exist, and the key."""
    secret = tmp_path_factory.mktemp("secret")
    (secret / "Bob.ipynb").write_text("the answers of another student")
    mark = tmp_path_factory.mktemp("outside") / "mark"
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("COURSE_TOKEN", "hush")
        yield {"SECRET": str(secret), "MARK": str(mark), "KEY": str(classes.SET_2)}
    assert not mark.exists()
    assert (secret / "Bob.ipynb").read_text() == "the answers of another student"


@pytest.fixture(scope="module")
def graders(places):
    """By kind of isolation, a grader that goes on from attack to attack."""
    made = {}
    yield lambda mode: made.setdefault(
        mode, Grader(mode, LIMITS, classes.key().modules)
    )
    for grader in made.values():
        grader.close()


class Table:
    """Shows what each attack got, at the end of pytest's output."""

    def __init__(self):
        self.rows = []

    def pytest_terminal_summary(self, terminalreporter):
        write = terminalreporter.write_line
        gained = sum(points for _, _, points, *_ in self.rows)
        terminalreporter.section(f"{len(self.rows)} attacks, {gained} points gained")
        for name, mode, points, outcome, seconds, message in self.rows:
            told = " ".join(message.split())[:50]
            write(
                f"{name[:46]:46}  {mode[:6]}  {points}  {outcome:9}  {seconds:4.1f} s  "
                f"{told}"
            )


@pytest.fixture(scope="module")
def table(request):
    """Collects what each attack got."""
    made = Table()
    request.config.pluginmanager.register(made)
    return made


def attempt(grader, name, places):
    source, outcome, pattern = ATTACKS[name]
    for word, place in places.items():
        source = source.replace(word, place)
    answers = {"cross_entropy": None, "predict": None, "gradients": None}
    start = time.perf_counter()
    results = grader.grade(classes.key(), classes.submission(softmax=source, **answers))
    return results, outcome, pattern, time.perf_counter() - start


def check(name, mode, grader, places, table):
    results, outcome, pattern, seconds = attempt(grader, name, places)
    found = results["softmax"]
    table.rows.append((name, mode, found.points, found.outcome, seconds, found.message))
    assert found.points == 0
    assert found.outcome in outcome.split("|"), found
    assert re.search(pattern, found.message), found
    assert results["one_hot"].outcome == "passed"
    if name not in SELF_HARM:
        assert results["evaluate"].outcome == "passed", results["evaluate"]
    assert grader.restarts == 0
    assert_nothing_is_left(grader)


def assert_nothing_is_left(grader):
    """Of what the zygote has started, nothing runs on."""
    started = psutil.Process(grader._zygote.process.pid).children(recursive=True)
    parents = {process.pid for process in started if is_python(process)}
    forked = [process for process in started if parents & set(ancestors(process))]
    assert not psutil.wait_procs(forked, timeout=5)[1]


def is_python(process):
    try:
        return process.name().startswith("python")
    except psutil.NoSuchProcess:
        return False


def ancestors(process):
    try:
        return [parent.pid for parent in process.parents()]
    except psutil.NoSuchProcess:
        return []


@pytest.mark.parametrize("name", ATTACKS)
def test_an_attack_gains_nothing(name, graders, places, table):
    mode = classes.strong_mode()
    check(name, mode, graders(mode), places, table)


@pytest.mark.parametrize("name", ABOUT_WALLS)
def test_the_other_kind_of_isolation_holds_too(name, graders, places, table):
    for mode in classes.strong_modes()[1:]:
        check(name, mode, graders(mode), places, table)


def test_after_all_attacks_an_honest_submission_gets_full_marks(graders):
    for mode in classes.strong_modes():
        results = graders(mode).grade(classes.key(), classes.submission())
        assert {r.outcome for r in results.values()} == {"passed"}
        assert sum(r.points for r in results.values()) == 14


def test_two_submissions_at_a_time_cannot_signal_or_see_each_other(graders, places):
    from concurrent.futures import ThreadPoolExecutor

    grader = graders(classes.strong_mode())
    with ThreadPoolExecutor(2) as pool:
        attack = pool.submit(attempt, grader, "signals to everybody", places)
        loop = pool.submit(attempt, grader, "a fork bomb", places)
        honest = pool.submit(grader.grade, classes.key(), classes.submission())
        assert {r.outcome for r in honest.result().values()} == {"passed"}
        assert attack.result()[0]["softmax"].points == 0
        assert loop.result()[0]["softmax"].points == 0

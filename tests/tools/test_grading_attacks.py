"""Nothing that a submission tries gains a mark, harms the machine, or stops a batch."""

import re
import time
from concurrent.futures import ThreadPoolExecutor

import pytest
from grading import attacks, attacks_on_others, attacks_on_walls, classes

from course_tools.grading.grader import Grader, Limits

ATTACKS = attacks.ATTACKS | attacks_on_others.ATTACKS | attacks_on_walls.ATTACKS
LIMITS = Limits(seconds=1.5, memory_mb=600)
# Enough to come to an end of its own also where much else runs on the machine.
PATIENT = Limits(seconds=30, memory_mb=500)
TAKE_TIME = {
    "the key on the disk", "memory around its own objects", "other students' files",
    "objects of the garbage collector", "memory bit by bit", "memory in many processes",
    "200 MB of output", "8 GB at once", "filling the disk", "threads without end",
    "the network, by a library", "programs that run as root",
    "system calls of later kernels", "a text of 100 MB", "every step of the runner traced",
    "children that have ended and are not fetched", "a result nested without end",
    "a file of 100 GB with nothing in it", "a name of a million letters",
    *attacks_on_others.MEMORY,
}  # fmt: skip
# These spoil their own other answers, which is their own affair.
SELF_HARM = {
    "torch.equal and allclose say yes", "builtins say yes",
    "torch.softmax is the wrong one", "the runner's own modules",
    "numpy.isclose says yes", "threads without end", "a thread that goes on",
    "endless recursion, deeper than the stack",
    "PyTorch's own operators are the wrong ones", "a changed format",
    "an import that brings something else", "children that have ended and are not fetched",
    "more open files than are allowed", "reading the next question ahead",
    "two that answer at a time", "a child that answers in its place",
}  # fmt: skip
# What is tried while an honest submission is graded.
BESIDE = [
    "a fork bomb", "threads without end", "memory in many processes",
    "signals to everybody", "filling the disk", "200 MB of output", "a flood of bytes",
    "memory shared at first, then written in many processes",
    "memory of processes without a parent", "more open files than are allowed",
    "thirty-one children that spin", "children that spin, each in a session of its own",
    "children that nobody counts, one after the other", "threads that spin",
    "links where the grader might write",
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
    """By limits, a grader that goes on from attack to attack."""
    made = {}
    yield lambda limits: made.setdefault(
        limits, Grader(classes.strong_mode(), limits, classes.key().modules)
    )
    for grader in made.values():
        grader.close()


class Table:
    """Shows what each attack got, at the end of pytest's output."""

    def __init__(self):
        self.rows = []

    def pytest_terminal_summary(self, terminalreporter):
        write = terminalreporter.write_line
        gained = sum(points for _, points, *_ in self.rows)
        terminalreporter.section(f"{len(self.rows)} attacks, {gained} points gained")
        for name, points, outcome, seconds, message in self.rows:
            told = " ".join(message.split())[:58]
            write(f"{name[:46]:46}  {points}  {outcome:9}  {seconds:4.1f} s  {told}")


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
    names = ("cross_entropy", "predict", "gradients", "test_loss")
    answers = dict.fromkeys(names)
    start = time.perf_counter()
    results = grader.grade(classes.key(), classes.submission(softmax=source, **answers))
    return results, outcome, pattern, time.perf_counter() - start


def check(name, grader, places, table):
    results, outcome, pattern, seconds = attempt(grader, name, places)
    found = results["softmax"]
    table.rows.append((name, found.points, found.outcome, seconds, found.message))
    assert found.points == 0
    assert found.outcome in outcome.split("|"), found
    assert re.search(pattern, found.message), found
    assert results["one_hot"].outcome == "passed"
    if name not in SELF_HARM:
        assert results["evaluate"].outcome == "passed", results["evaluate"]
    assert grader.restarts == 0
    classes.assert_nothing_is_left(grader)


@pytest.mark.parametrize("name", ATTACKS)
def test_an_attack_gains_nothing(name, graders, places, table):
    limits = PATIENT if name in TAKE_TIME else LIMITS
    check(name, graders(limits), places, table)


def test_there_are_many_attacks():
    assert len(ATTACKS) >= 120
    assert set(BESIDE) | SELF_HARM | TAKE_TIME <= set(ATTACKS)


@pytest.mark.parametrize("name", BESIDE)
def test_an_attack_costs_nobody_else_a_mark(name, graders, places):
    grader = graders(LIMITS)
    with ThreadPoolExecutor(3) as pool:
        hostile = [pool.submit(attempt, grader, name, places) for _ in range(2)]
        honest = pool.submit(grader.grade, classes.key(), classes.submission())
        assert {r.outcome for r in honest.result().values()} == {"passed"}
        for attack in hostile:
            assert attack.result()[0]["softmax"].points == 0
    classes.assert_nothing_is_left(grader)


def test_after_all_attacks_an_honest_submission_gets_full_marks(graders):
    results = graders(LIMITS).grade(classes.key(), classes.submission())
    assert {r.outcome for r in results.values()} == {"passed"}
    assert sum(r.points for r in results.values()) == 17

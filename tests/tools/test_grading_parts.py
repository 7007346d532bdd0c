"""Points for each property, longer exercises, and functions as arguments, in class."""

import csv
import json

import pytest
from grading import classes

from course_tools.grading.gradebook.entered import write_table
from course_tools.grading.gradebook.feedback import for_students, page
from course_tools.grading.gradebook.rows import Row
from course_tools.grading.gradebook.summary import summary
from course_tools.grading.grader import Grader, Limits, Outcome
from course_tools.grading.submissions.answers import Answer, Submission
from course_tools.keys import Cell, key_from_dict, parse_key

OVERFLOWS = """\
# exercise: softmax
def softmax(Z, temperature=1.0):
    exp_Z = (Z / temperature).exp()
    return exp_Z / exp_Z.sum(dim=1, keepdim=True)
"""
CHECK = """\
def right(x):
    return 2 * x

def wrong(x):
    return 2 * abs(x)

with checks.exercise("test_double", seconds={seconds}):
    checks.expect_accepted(test_double, right, "an implementation")
    with checks.part("negative", 1):
        checks.expect_rejected(test_double, wrong, "one that drops the sign")
    with checks.part("zero", 2):
        checks.expect_rejected(test_double, lambda x: x / (x / 2) * x, "one for 0")
    ### BEGIN HIDDEN TESTS
    with checks.part("zero"):
        checks.expect_rejected(test_double, lambda x: 2 * x + (x == 0), "1 for 0")
    ### END HIDDEN TESTS
"""
KEYED = """\
# exercise: test_double
def test_double(double):
    ### BEGIN SOLUTION
    assert double(-1) == -2
    assert double(0) == 0
    ### END SOLUTION
"""


def made_key(seconds=0, check=CHECK):
    """A key with one exercise."""
    return parse_key(
        [
            Cell("code", "from course_utils import checks\n"
                 "checks.begin({'test_double': 3})"),
            Cell("code", KEYED, "test_double", solution=True),
            Cell("code", check.replace("{seconds}", str(seconds)),
                 "test_double-check", grade=True, points=3),
        ],
        classes.ROOT / "solutions" / "99_made.py", f"{seconds} {check}",
    )  # fmt: skip


@pytest.fixture(scope="module")
def grader():
    mode = (classes.strong_modes() or ["none"])[0]
    with Grader(mode, Limits(seconds=3), classes.key().modules) as grader:
        yield grader


@pytest.fixture
def graded(grader):
    """Grade a test of `double`."""

    def graded(body, **options):
        source = f"# exercise: test_double\ndef test_double(double):\n    {body}\n"
        submission = Submission("Ada", {"test_double": Answer(source)})
        return grader.grade(made_key(**options), submission)["test_double"]

    return graded


# --- what students see, and what they don't --------------------------------------------

SCALED = """\
with checks.exercise("scaled"):
    x = torch.tensor([1.0, 2.0])
    checks.expect_close(scaled(x), 2 * x)
    ### BEGIN HIDDEN TESTS
    x = torch.tensor([3.0])
    checks.expect_close(scaled(x), 2 * x)
    ### END HIDDEN TESTS
"""


@pytest.mark.parametrize(
    ("body", "outcome", "hidden"),
    [
        ("return 2 * x", "passed", False),
        ("return x", "failed", False),
        ("return 2 * x if len(x) > 1 else x", "failed", True),
        # What the check compares with is spoiled: 0 is twice 0.
        ("return x.zero_().clone() if len(x) == 1 else 2 * x", "failed", True),
        ("return x.mul_(2).clone()", "failed", False),
        ("while len(x) == 1: pass\n    return 2 * x", "timed out", True),
        ("while len(x) > 1: pass\n    return 2 * x", "timed out", False),
    ],
)  # fmt: skip
def test_it_is_known_whether_students_see_the_check_that_failed(
    grader, body, outcome, hidden
):
    begin = "import torch\nfrom course_utils import checks\nchecks.begin({'scaled': 1})"
    head = "# exercise: scaled\ndef scaled(x):\n    "
    key = f"{head}### BEGIN SOLUTION\n    return 2 * x\n    ### END SOLUTION\n"
    cells = [
        Cell("code", begin),
        Cell("code", key, "scaled", solution=True),
        Cell("code", SCALED, "scaled-check", grade=True, points=1),
    ]
    made = parse_key(cells, classes.ROOT / "solutions" / "99_made.py", SCALED)
    handed = Submission("Ada", {"scaled": Answer(head + body)})
    result = grader.grade(made, handed)["scaled"]
    assert (result.outcome, result.hidden) == (outcome, hidden)


# --- parts ----------------------------------------------------------------------------


def told(result):
    return [(p.name, p.reached, bool(p.message), p.hidden) for p in result.parts]


def test_a_part_that_holds_gives_its_points(grader):
    result = grader.grade(classes.key(), classes.submission(softmax=OVERFLOWS))
    softmax = result["softmax"]
    assert (softmax.outcome, softmax.points, softmax.hidden) == ("partly", 1, False)
    assert told(softmax) == [
        ("probabilities", 1, False, False),
        ("large logits", 0, True, False),
    ]
    assert "The exponential of 2000 overflows" in softmax.message
    assert {r.outcome for n, r in result.items() if n != "softmax"} == {"passed"}


def test_a_part_may_fail_in_the_hidden_checks_alone(grader):
    answer = """def softmax(Z, temperature=1.0):
    Z = (Z - Z.amax(1, keepdim=True).clamp(max=2000)) / temperature
    return Z.exp() / Z.exp().sum(1, keepdim=True)
"""
    softmax = grader.grade(classes.key(), classes.submission(softmax=answer))["softmax"]
    assert (softmax.outcome, softmax.points, softmax.hidden) == ("partly", 1, True)
    text = for_students(softmax)
    assert "large logits: The checks that you see pass. A check with other" in text
    assert "expected" not in text


def partly():
    handed = classes.submission()
    handed.answers["softmax"] = Answer(OVERFLOWS)
    results = {
        e.name: Outcome("passed", e.points) for e in classes.key().autograded
    } | {
        "softmax": Outcome(
            "partly", 1, "overflows <b>.",
            parts=[
                {"name": "probabilities", "points": 1},
                {"name": "large logits", "points": 1, "message": "overflows <b>."},
            ],
        )
    }  # fmt: skip
    return Row("Ada", "Ada.ipynb", results=results), handed


def test_a_page_shows_the_parts():
    row, handed = partly()
    shown = page(classes.key(), row, handed)
    assert "✗ softmax: partly, 1 of 2" in shown
    assert "<td>✓</td><td>probabilities</td><td>1 of 1</td>" in shown
    assert "<td>✗</td><td>large logits</td><td>0 of 1</td>" in shown
    assert "Overflows &lt;b&gt;." in shown
    assert "16 of 17 points" in shown


def test_the_table_has_the_points_and_says_what_is_missing(tmp_path):
    row, _ = partly()
    write_table(tmp_path / "grades.csv", classes.key(), "none", [row], [])
    text = (tmp_path / "grades.csv").read_text("utf-8-sig")
    (line,) = csv.DictReader(text.splitlines())
    assert (line["softmax (2)"], line["total (17)"]) == ("1", "16")
    assert "partly: softmax (✗ large logits)" in line["status"]
    assert any("partly" in text for text in summary(classes.key(), [row]))


def test_results_keep_their_parts_in_json():
    row, _ = partly()
    stored = json.loads(json.dumps(row.results["softmax"], default=vars))
    assert Outcome(**stored) == row.results["softmax"]
    # Those of an earlier version have none.
    del stored["parts"]
    assert Outcome(**stored).parts == []


def test_a_key_keeps_its_parts():
    key = classes.key()
    again = key_from_dict(json.loads(json.dumps(key.as_dict())))
    assert again.exercises == key.exercises
    softmax = next(e for e in key.exercises if e.name == "softmax")
    assert softmax.parts == (("probabilities", 1), ("large logits", 1))


# --- a test that a learner writes ------------------------------------------------------


def test_a_test_that_tells_all_apart_passes(graded):
    result = graded("assert double(-1) == -2; assert double(0) == 0")
    assert (result.outcome, result.points, result.message) == ("passed", 3, "")


def test_a_test_that_accepts_something_wrong_loses_its_part(graded):
    result = graded("assert double(-1) == -2")
    assert (result.outcome, result.points) == ("partly", 1)
    assert result.message.startswith("your test accepts one for 0. Which inputs")


def test_a_test_that_rejects_what_is_right_gets_nothing(graded):
    result = graded("assert double(3) == 7, 'seven'")
    assert (result.outcome, result.points) == ("failed", 0)
    assert result.message == (
        "your test rejects an implementation, which is right. It said: seven"
    )


def test_a_test_that_stops_itself_is_not_said_to_reject(graded):
    result = graded("assert doubled(3) == 6")
    assert (result.outcome, result.points) == ("failed", 0)
    assert "your code raised NameError: name 'doubled' is not" in result.message


def test_a_test_may_catch_what_an_implementation_raises(graded):
    body = """assert double(-1) == -2
    try:
        assert double(0) == 0
    except ZeroDivisionError:
        raise ValueError('zero') from None"""
    assert graded(body).outcome == "passed"


def test_an_unwritten_test_is_not_answered(graded):
    assert graded("raise NotImplementedError").outcome == "missing"


def test_an_implementation_stays_in_the_checker(graded):
    """It has neither code nor variables to be read."""
    body = """import gc, types
    assert double.__closure__ is None or not any(
        'abs' in str(getattr(c.cell_contents, '__code__', '')) for c in double.__closure__
    )
    found = [f for f in gc.get_objects() if isinstance(f, types.FunctionType)
             and f.__name__ in ('right', 'wrong')]
    assert not found, 'found'
    assert double(-1) == -2; assert double(0) == 0"""
    assert graded(body).outcome == "passed"


def test_an_implementation_gets_nothing_but_values(graded):
    result = graded("double(print)")
    assert (result.outcome, result.points) == ("failed", 0)


ENDLESS = CHECK.replace(
    "    return 2 * x\n", "    while x == 9: pass\n    return 2 * x\n"
)


def test_an_implementation_that_does_not_come_back_is_stopped(graded):
    result = graded("double(9)", check=ENDLESS)
    assert (result.outcome in ("timed out", "failed"), result.points) == (True, 0)


def test_calls_without_end_are_stopped(graded):
    assert graded("while True: double(1)").outcome == "timed out"


FORGED = """
    import gc
    from course_tools.grading.sandbox import protocol
    for thing in gc.get_objects():
        if type(thing).__name__ == "Answers":
            protocol.send(thing.connection, {"ask": 7, "given": [], "n": 1})
            protocol.receive(thing.connection)
"""


def test_a_call_of_something_that_was_not_given_ends_the_sandbox(graded):
    result = graded(FORGED)
    assert (result.outcome, result.points) == ("crashed", 0)
    assert "a call of something else" in result.message


# --- longer exercises ------------------------------------------------------------------

# Once, however many implementations it is given.
SLEEPS = (
    "import time; time.sleep(0 if 'slept' in globals() else 4); globals()['slept'] = 1\n"
    "    assert double(-1) == -2; assert double(0) == 0"
)


def test_an_answer_that_trains_has_the_time_that_its_check_states(graded):
    assert graded(SLEEPS).outcome == "timed out"
    assert graded(SLEEPS, seconds=60).outcome == "passed"


def test_the_seconds_of_a_check_are_read_from_it():
    assert made_key(seconds=45).exercises[0].seconds == 45
    assert {e.seconds for e in classes.key().exercises} == {0}

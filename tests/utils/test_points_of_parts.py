"""Properties of an answer that count by themselves, and the third hint."""

import json
from base64 import b64encode

import nbformat
import pytest
from cells import run_cell
from nbclient import NotebookClient
from nbgrader.utils import determine_grade

from course_utils import checks
from course_utils.checks import exercises, hints

CHECK = """\
with checks.exercise("double"):
    checks.expect(callable(double), "no function")
    with checks.part("small numbers", 1):
        checks.expect_close(double(3), 6, "double(3)")
    with checks.part("negative numbers", 2):
        checks.expect_close(double(-1), -2, "double(-1)")
    ### BEGIN HIDDEN TESTS
    with checks.part("small numbers"):
        checks.expect_close(double(5), 10, "double(5)")
    ### END HIDDEN TESTS
"""
ABSOLUTE = "return 2 * abs(x)"


@pytest.fixture
def check(monkeypatch):
    """Answer `double` and check it; return what the check raised and printed."""
    texts = {"01_first": ("double", "Add $x$ to itself."), "02_next": ("other", "No.")}
    stored = {
        key: {name: b64encode(text.encode()).decode()}
        for key, (name, text) in texts.items()
    }
    monkeypatch.setattr(hints, "_stored", lambda: stored)
    exercises.begin({"double": 3}, written={"explain": 3})

    def check(body, source=CHECK):
        namespace = {"__name__": "__main__", "checks": checks}
        answer = f"# exercise: double\ndef double(x):\n    {body}\n"
        run_cell(answer, namespace, "answer double")
        return run_cell(source, namespace, "check double")

    yield check
    exercises.begin({})


def board(capsys):
    capsys.readouterr()
    checks.scoreboard()
    return capsys.readouterr().out.splitlines()


def test_all_parts_that_hold_are_named(check):
    raised, printed = check("return 2 * x")
    assert raised == ""
    assert printed.splitlines() == [
        "✓ double: passed, 3 of 3 points.",
        "  ✓ small numbers: 1 of 1",
        "  ✓ negative numbers: 2 of 2",
    ]
    assert checks.passed("double")


def test_a_part_that_fails_costs_its_own_points(check, capsys):
    raised, printed = check(ABSOLUTE)
    assert raised == ""
    assert printed.splitlines() == [
        "✗ double: 1 of 3 points.",
        "  ✓ small numbers: 1 of 1",
        "  ✗ negative numbers: 0 of 2. double(-1): expected -2, got 2.",
    ]
    assert not checks.passed("double")
    lines = board(capsys)
    assert lines[0] == "✗ double   1 of 3  not yet: negative numbers"
    assert lines[2].startswith("1 of 3 points, and up to 3 more")
    assert lines[2].endswith("To do: 1.")


def test_parts_after_one_that_fails_go_on(check):
    _, printed = check("return 2 * x if x < 0 else 0")
    assert printed.startswith("✗ double: 2 of 3 points.\n  ✗ small numbers: 0 of 1.")


def test_a_part_with_a_hidden_check_needs_both(check):
    _, printed = check("return 2 * x if x < 4 else 0")
    assert "✗ small numbers: 0 of 1. double(5): expected 10, got 0" in printed
    (small, negative) = exercises.parts_of("double")
    assert (small.hidden, negative.hidden) == (True, False)


def test_without_any_point_the_check_fails_as_any_other(check):
    raised, printed = check("return 7")
    assert raised == "CheckFailed: double: double(3): expected 6, got 7. "[:-1]
    assert printed == ""


def test_an_error_of_the_answer_fails_a_part(check):
    _, printed = check("return 2 * x if x > 0 else 1 / 0")
    assert "✗ negative numbers: 0 of 2. your code raised ZeroDivisionError" in printed


def test_what_stands_outside_of_the_parts_costs_all_points(check):
    source = CHECK.replace('callable(double), "no', 'double(0) == 0, "no')
    raised, _ = check("return 2 * x + (x == 0)", source)
    assert raised == "CheckFailed: double: no function"
    assert exercises.parts_of("double") == ()


def test_an_untouched_answer_is_not_answered(check):
    raised, _ = check("raise NotImplementedError")
    assert raised == f"CheckFailed: double: {exercises.NOT_ANSWERED}"


def test_a_ban_costs_all_points(check):
    source = "import torch\n" + CHECK.replace(
        '"double")', '"double", without=["abs"], instead="2 * x")'
    )
    body = "import torch; torch.abs(torch.tensor(x)); return 2 * x"
    raised, _ = check(body, source)
    assert "your answer uses `abs`" in raised


def test_parts_that_are_no_sum_are_the_authors_mistake(check):
    raised, _ = check("return 2 * x", CHECK.replace('numbers", 2', 'numbers", 1'))
    assert raised == "ValueError: the parts of double don't have 3 points in all."


def test_a_part_needs_an_exercise():
    with (
        pytest.raises(RuntimeError, match=r"with checks\.exercise"),
        checks.part("x", 1),
    ):
        pass


@pytest.mark.parametrize(
    ("body", "points"), [("return 2 * x", 3), (ABSOLUTE, 1), ("return 7", 0)]
)
def test_nbgrader_gives_the_points_of_the_parts(body, points):
    notebook = nbformat.v4.new_notebook()
    begin = "from course_utils import checks\nchecks.begin({'double': 3})"
    answer = f"# exercise: double\ndef double(x):\n    {body}\n"
    for source in (begin, answer, CHECK):
        cell = nbformat.v4.new_code_cell(source)
        cell.metadata["tags"] = ["raises-exception"]
        notebook.cells.append(cell)
    NotebookClient(notebook, kernel_name="python3", timeout=120).execute()
    check = notebook.cells[-1]
    check.metadata["nbgrader"] = {
        "grade": True, "solution": False, "points": 3, "grade_id": "double-check",
    }  # fmt: skip
    assert determine_grade(check) == (points, 3)


# --- the third hint -------------------------------------------------------------------


def shown(capsys, name="double"):
    capsys.readouterr()
    checks.hint(name)
    return capsys.readouterr().out


def test_the_third_hint_opens_after_two_failed_checks(check, capsys):
    assert "opens when its check has failed 2 times; so far 0" in shown(capsys)
    check("raise NotImplementedError")
    assert "so far 0" in shown(capsys)
    check("return 7", f"del double\n{CHECK}")  # as if its cell had not been run
    assert "so far 0" in shown(capsys)
    check("return 7")
    assert "so far 1" in shown(capsys)
    check(ABSOLUTE)
    assert shown(capsys) == "**Hint 3.** Add $x$ to itself.\n"


def test_the_scoreboard_counts_the_hints_that_were_opened(check, capsys):
    check("return 7")
    check("return 7")
    assert "hints" not in board(capsys)[-1]
    shown(capsys), shown(capsys)
    assert board(capsys)[-1] == "Third hints that you opened: 1. They cost no points."


def test_a_check_that_failed_twice_says_how_to_get_it(check):
    assert "Stuck?" not in check(ABSOLUTE)[1]
    printed = check(ABSOLUTE)[1]
    assert printed.splitlines()[-1] == (
        'Stuck? `checks.hint("double")` in a cell of your own shows hint 3.'
    )


def test_a_notebook_says_it_below_the_reason(check):
    error = exercises.CheckFailed("double: no")
    error.more = "Stuck?"
    assert error._render_traceback_() == ["✗ double: no", "Stuck?"]


def test_an_exercise_of_another_set_or_none_has_no_hint(check, capsys):
    assert "There is no exercise other. Exercises of this notebook" in shown(
        capsys, "other"
    )
    assert "has no hint but those above" in shown(capsys, "explain")


def test_every_exercise_that_a_check_decides_has_a_third_hint():
    for stem, texts in json.loads(hints.FILE.read_text(encoding="utf-8")).items():
        exercises.begin(dict.fromkeys(texts, 1))
        assert all(len(hints._text(name)) > 30 for name in texts), stem
    exercises.begin({})

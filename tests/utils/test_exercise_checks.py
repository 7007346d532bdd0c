"""What a learner reads when an exercise passes, fails, or isn't answered."""

import random
import re
from contextlib import suppress

import nbformat
import numpy as np
import pytest
import torch
from cells import run_cell
from IPython.core.interactiveshell import InteractiveShell
from nbclient import NotebookClient
from traitlets.config import Config

from course_utils import checks
from course_utils.checks import exercises

POINTS = {"double": 2, "halve": 1}


@pytest.fixture
def run(capsys):
    """Execute a cell in a notebook that has begun; return what it raised."""
    exercises.begin(POINTS, written={"explain": 3})
    namespace = {"__name__": "__main__", "checks": checks, "torch": torch}

    def cell(source, title="check"):
        raised, printed = run_cell(source, namespace, title)
        print(printed, end="")
        return raised

    yield cell
    exercises.begin({})


@pytest.fixture
def answer(run):
    """Execute the answer cell of the exercise `double`."""

    def define(body, name="double"):
        source = f"# exercise: {name}\ndef {name}(x):\n    {body}\n"
        assert run(source, f"answer {name}") == ""

    return define


CHECK = """\
with checks.exercise("double"):
    checks.expect_close(double(3), 6, "double(3)", hint="Add x to itself.")
"""


def board(capsys):
    capsys.readouterr()
    checks.scoreboard()
    return capsys.readouterr().out.splitlines()


def test_beginning_counts_exercises_and_points(capsys):
    exercises.begin(POINTS, written={"explain": 3})
    assert capsys.readouterr().out == "3 exercises, 6 points.\n"


def test_a_right_answer_gets_its_points(run, answer, capsys):
    answer("return 2 * x")
    assert run(CHECK) == ""
    assert capsys.readouterr().out.endswith("✓ double: passed, 2 of 2 points.\n")
    assert board(capsys)[0] == "✓ double   2 of 2  passed"


def test_one_point_is_not_called_points(run, capsys):
    assert run('with checks.exercise("halve"):\n    pass') == ""
    assert capsys.readouterr().out.endswith("passed, 1 of 1 point.\n")


def test_a_wrong_answer_gets_a_reason_and_no_points(run, answer, capsys):
    answer("return 3 * x")
    assert run(CHECK) == (
        "CheckFailed: double: double(3): expected 6, got 9. Add x to itself."
    )
    assert board(capsys)[0] == "✗ double   0 of 2  not yet right"


def test_an_unanswered_exercise_is_open(run, answer, capsys):
    answer("raise NotImplementedError")
    assert run(CHECK) == (
        "CheckFailed: double: not answered yet. Write your answer in the cell above, "
        "in place of `raise NotImplementedError`, run it until it shows no error, then "
        "run this cell."
    )
    assert board(capsys)[0] == "– double   0 of 2  open"


def test_an_answer_may_depend_on_another_that_is_still_open(run, answer):
    answer("raise NotImplementedError", name="halve")
    answer("return halve(4 * x)")
    assert run(CHECK) == (
        "CheckFailed: double: your answer uses halve, which is not answered yet."
    )


def test_a_learners_own_unfinished_function_is_no_other_exercise(run, answer, capsys):
    run("# sums\ndef my_sum(a, b):\n    raise NotImplementedError", "my own cell")
    answer("return my_sum(x, x)")
    assert run(CHECK) == f"CheckFailed: double: {exercises.NOT_ANSWERED}"
    assert board(capsys)[0] == "– double   0 of 2  open"


def test_a_feature_torch_lacks_is_no_missing_answer(run, answer):
    answer("raise NotImplementedError('no kernel for Half')")
    assert "your code raised NotImplementedError: no kernel for Half" in run(CHECK)


def test_an_error_is_located_in_the_learners_own_code(run, answer):
    answer("return torch.zeros(2, 3) @ torch.zeros(2, 3)")
    assert run(CHECK) == (
        "CheckFailed: double: your code raised RuntimeError: mat1 and mat2 shapes "
        "cannot be multiplied (2x3 and 2x3), in double, line 3 of its cell: "
        "`return torch.zeros(2, 3) @ torch.zeros(2, 3)`"
    )


def test_an_answer_that_was_not_run_is_recognized(run):
    assert run(CHECK) == (
        "CheckFailed: double: NameError: name 'double' is not defined. Run the cell "
        "with your answer and those above it first; where one shows an error, mend "
        "that."
    )


def test_a_function_with_other_parameters_is_recognized(run):
    run("# exercise: double\ndef double():\n    return 6", "answer")
    assert re.search(
        r"the check stopped with TypeError: double\(\) takes 0 positional arguments "
        r"but 1 was given\. Compare what your function takes",
        run(CHECK),
    )


def test_a_later_failure_takes_the_points_back(run, answer, capsys):
    answer("return 2 * x")
    run(CHECK)
    answer("return 3 * x")
    run(CHECK)
    assert board(capsys)[0].startswith("✗ double   0 of 2")


def test_without_the_first_cell_the_learner_is_sent_there(run):
    exercises.begin({})
    assert "Run its first code cells" in run(CHECK)


def test_an_interrupted_check_is_not_turned_into_a_mistake(run):
    with pytest.raises(KeyboardInterrupt), checks.exercise("double"):
        raise KeyboardInterrupt


def test_the_board_sums_up(run, answer, capsys):
    answer("return 2 * x")
    run(CHECK)
    assert board(capsys) == [
        "✓ double   2 of 2  passed",
        "– halve    0 of 1  open",
        "– explain  ? of 3  written: a person reads it",
        "2 of 3 points, and up to 3 more for written answers. To do: 1.",
    ]
    run('with checks.exercise("halve"):\n    pass')
    assert board(capsys)[-1] == (
        "3 of 3 points, and up to 3 more for written answers. All checks pass."
    )


def test_the_board_of_a_set_that_has_not_begun_says_so(capsys):
    exercises.begin({})
    assert "first code cells" in board(capsys)[0]


def test_passed_is_true_when_all_have_passed(run, answer):
    assert not checks.passed("double")
    answer("return 2 * x")
    run(CHECK)
    assert checks.passed("double")
    assert not checks.passed("double", "halve")


def drawn():
    numpys = np.random.rand(3).tolist()  # noqa: NPY002
    return torch.rand(3).tolist(), numpys, random.random()


def set_seeds(seed):
    torch.manual_seed(seed)
    np.random.seed(seed)  # noqa: NPY002
    random.seed(seed)


def test_an_exercise_draws_the_same_inputs_each_time_whatever_was_drawn_before(run):
    found = []
    for seed in (0, 1):
        set_seeds(seed)
        with checks.exercise("double"):
            found.append(drawn())
    assert found[0] == found[1]


def test_each_exercise_has_inputs_of_its_own(run):
    found = []
    for name in POINTS:
        with checks.exercise(name):
            found.append(drawn())
    assert found[0] != found[1]


@pytest.mark.parametrize("mistake", [None, checks.CheckFailed("wrong")])
def test_random_numbers_go_on_as_if_a_check_had_drawn_none(run, mistake):
    set_seeds(0)
    expected = drawn()
    set_seeds(0)
    with suppress(checks.CheckFailed), checks.exercise("double"):
        drawn()
        if mistake:
            raise mistake
    assert drawn() == expected


# --- what a hidden check was given ----------------------------------------------------

HIDDEN = """\
with checks.exercise("double"):
    checks.expect_close(double(3), 6, "double(3)")
    ### BEGIN HIDDEN TESTS
    checks.expect_close(double(47), 94, "double of a hidden number")
    ### END HIDDEN TESTS
"""


def test_an_answers_error_does_not_tell_what_a_hidden_check_gave_it(run, answer):
    answer("return 6 if x == 3 else int(f'given {x}')")
    told = run(HIDDEN)
    assert told.startswith(
        "CheckFailed: double: your code raised ValueError, in double"
    )
    assert "47" not in told


def test_a_result_does_not_tell_what_a_hidden_check_gave(run, answer):
    answer("return 6 if x == 3 else f'given {x}'")
    assert run(HIDDEN) == (
        "CheckFailed: double: double of a hidden number must hold numbers, but is a "
        "value of the type str."
    )


def test_an_answers_error_in_a_check_that_students_see_is_shown(run, answer):
    answer("return int(f'given {x}')")
    assert "'given 3'" in run(HIDDEN)


# --- in a live kernel -----------------------------------------------------------------


def test_a_live_kernel_shows_the_message_and_no_stack_trace():
    sources = [
        "from course_utils import checks\nchecks.begin({'double': 2})",
        "# exercise: double\ndef double(x):\n    raise NotImplementedError",
        CHECK,
        "# exercise: double\ndef double(x):\n    y = x + undefined\n    return y",
        CHECK,
        "# exercise: double\ndef double(x):\n    return x",
        CHECK,
        "# exercise: double\ndef double(x):\n    return x + x",
        CHECK,
    ]
    notebook = nbformat.v4.new_notebook()
    for source in sources:
        cell = nbformat.v4.new_code_cell(source)
        cell.metadata["tags"] = ["raises-exception"]
        notebook.cells.append(cell)
    NotebookClient(notebook, kernel_name="python3", timeout=120).execute()
    open_, raised, wrong, right = (
        notebook.cells[index].outputs for index in (2, 4, 6, 8)
    )
    assert [len(outputs) for outputs in (open_, raised, wrong, right)] == [1, 1, 1, 1]
    assert open_[0].traceback[0].startswith("✗ double: not answered yet.")
    assert raised[0].traceback == [
        "✗ double: your code raised NameError: name 'undefined' is not defined, in "
        "double, line 3 of its cell: `y = x + undefined`"
    ]
    assert wrong[0].traceback == [
        "✗ double: double(3): expected 6, got 3. Add x to itself."
    ]
    assert right[0].text == "✓ double: passed, 2 of 2 points.\n"


DOUBLES = "# exercise: double\ndef double(x):\n    return 2 * x"


@pytest.fixture
def shell(run, tmp_path, monkeypatch, capsys):
    """Execute cells in IPython, as a kernel does; return what they printed."""
    monkeypatch.setenv("IPYTHONDIR", str(tmp_path))
    ipython = InteractiveShell.instance(
        config=Config(HistoryManager={"enabled": False})
    )
    ipython.user_module.__name__ = "__main__"
    exercises.begin(POINTS)

    def execute(*sources):
        capsys.readouterr()
        for source in sources:
            ipython.run_cell(source)
        return capsys.readouterr().out

    yield execute
    InteractiveShell.clear_instance()


IMPORT = "from course_utils import checks"


@pytest.mark.parametrize(
    ("changed", "says"),
    [
        (DOUBLES + " + 1", "changed since its check"),
        (DOUBLES.replace(":\n", "\n"), "the cell with your answer ended with an error"),
        (DOUBLES + "\ndouble(None)", "the cell with your answer ended with an error"),
    ],
    ids=["another answer", "syntax error", "error"],
)
def test_an_answer_that_has_changed_is_to_be_checked_again(shell, changed, says):
    assert "✓ double: passed" in shell(IMPORT, DOUBLES, CHECK)
    shell(changed)
    assert not checks.passed("double")
    assert re.search(rf"– double +0 of 2 +{says}", shell("checks.scoreboard()"))


def test_an_answer_that_is_run_again_as_it_was_stays_right(shell):
    shell(IMPORT, DOUBLES, CHECK, DOUBLES)
    assert checks.passed("double")


def test_after_an_error_in_its_cell_the_answer_before_is_not_judged(shell):
    printed = shell(IMPORT, DOUBLES, DOUBLES.replace(":\n", "\n"), CHECK)
    assert "✗ double: the cell with your answer ended with an error" in printed
    assert "✓ double: passed" in shell(DOUBLES, CHECK)

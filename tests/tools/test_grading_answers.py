"""Honest answers of every kind grade as they do in a notebook."""

import html
import json
import re
import runpy

import cells
import nbformat
import pytest
from grading import classes
from grading.classes import KEYS
from nbclient import NotebookClient

from course_tools.grading.gradebook.feedback import page
from course_tools.grading.gradebook.rows import Row
from course_tools.grading.grader import Grader, Limits
from course_tools.grading.sandbox import launch
from course_tools.grading.submissions.answers import (
    Answer,
    Submission,
    find_answers,
    find_helpers,
)
from course_tools.grading.submissions.notebook import read_cells
from course_utils.checks import exercises

UNUSUAL = runpy.run_path(str(classes.ROOT / "tests" / "answers" / "unusual.py"))
BY_HAND, RIGHT = UNUSUAL["BY_HAND"], UNUSUAL["RIGHT"]
SCALE, SCALED = UNUSUAL["SCALE"], UNUSUAL["SCALED"]
# What returns none but whole numbers.
WHOLE_NUMBERS = {path.stem: set() for path in KEYS} | {
    "01_data_visualization": {
        "class_counts", "batch_sizes", "nearest_mean", "stratified_split",
    },
    "02_softmax_regression": {"predict", "test_loss"},
    "03_mlp": {"count_parameters"},
    "04_training": {"test_batches"},
    "05_activations": {"test_slopes"},
    "06_backprop": {"test_backward"},
    "09_regularization": {"early_stopping", "test_dropout"},
    "10_cifar": {"model_size", "predict"},
}  # fmt: skip
each_key = pytest.mark.parametrize("path", KEYS, ids=lambda path: path.stem)


@pytest.fixture(scope="module")
def grade():
    """Grades a submission for a key; all tests share what it has started."""
    mode = (classes.strong_modes() or ["none"])[0]
    modules = {name: 1 for path in KEYS for name in classes.key(path).modules}
    with Grader(mode, Limits(seconds=20), list(modules)) as grader:

        def grade(path=classes.SET_2, **changed):
            return grader.grade(classes.key(path), classes.submission(path, **changed))

        grade.grader = grader
        yield grade


@each_key
def test_the_key_gets_full_marks(path, grade):
    results = grade(path)
    assert {n: (r.outcome, r.message) for n, r in results.items()} == {
        e.name: ("passed", "") for e in classes.key(path).autograded
    }
    assert [r.points for r in results.values()] == [
        e.points for e in classes.key(path).autograded
    ]


def stub(exercise):
    """The answer cell of an exercise as students get it."""
    return re.sub(
        r"( *)### BEGIN SOLUTION.*?### END SOLUTION",
        r"\1raise NotImplementedError",
        exercise.answer,
        flags=re.S,
    )


@each_key
def test_answers_as_students_get_them_are_not_answered(path, grade):
    stubs = {e.name: stub(e) for e in classes.key(path).autograded}
    results = grade(path, **stubs)
    assert {(r.outcome, r.points) for r in results.values()} == {("missing", 0)}


def batches(answers):
    """Pairs of an exercise and an answer, in groups with one to an exercise."""
    groups = []
    for name, answer in answers:
        free = next((group for group in groups if name not in group), None)
        if free is None:
            groups.append(free := {})
        free[name] = answer
    return groups


def problem(found, mistake, pattern):
    """What is not as it should be with the result of a wrong answer; "" if nothing."""
    hidden = mistake.endswith("(hidden)")
    lost = found.outcome == "failed" and found.points == 0
    some = found.outcome == "partly" and found.points > 0
    if found.hidden != hidden or not (lost or some):
        return f"{mistake}: {found}"
    return "" if re.search(pattern, found.message) else f"{mistake}: {found.message}"


@each_key
def test_each_wrong_answer_fails_its_own_check_and_costs_no_other_exercise(path, grade):
    problems = []
    # What trains is not trained again beside each group.
    trains = {e.name: stub(e) for e in classes.key(path).autograded if e.seconds}
    answers = [
        (name, (mistake, source.strip(), pattern))
        for name, mistakes in classes.wrong_answers(path.stem).items()
        for mistake, (source, pattern) in mistakes.items()
    ]
    for group in batches(answers):
        wrong = trains | {
            n: f"# exercise: {n}\n{source}\n" for n, (_, source, _) in group.items()
        }
        results = grade(path, **wrong)
        problems += [
            problem(results[n], mistake, pattern)
            for n, (mistake, _, pattern) in group.items()
        ]
        problems += [
            f"{e.name} fails beside {group}: {results[e.name]}"
            for e in classes.key(path).autograded
            if e.name not in wrong and results[e.name].points != e.points
        ]
    assert [text for text in problems if text] == []


SPOILED = """
def spoiled(value):
    if isinstance(value, (list, tuple)):
        return type(value)(map(spoiled, value))
    if isinstance(value, dict):
        return {key: spoiled(part) for key, part in value.items()}
    if isinstance(value, torch.Tensor) and value.is_floating_point():
        return value * float("nan")
    return float("nan") if isinstance(value, float) else value
def spoil(function):
    return lambda *given, **named: spoiled(function(*given, **named))
"""


@each_key
def test_nothing_that_is_not_a_number_passes(path, grade):
    autograded = classes.key(path).autograded
    # What is judged by a threshold would train for long, to be told the same.
    measured = {e.name: stub(e) for e in autograded if e.seconds >= 60}
    answers = {
        e.name: f"{e.answer}\n{SPOILED}"
        + "".join(f"{name} = spoil({name})\n" for name in e.names)
        for e in autograded
    }
    results = grade(path, **answers | measured)
    passed = {name for name, r in results.items() if r.outcome == "passed"}
    assert passed == WHOLE_NUMBERS[path.stem]


def test_without_isolation_the_same_marks_are_given(tmp_path):
    with Grader("none", Limits(seconds=1.5), classes.key().modules) as grader:
        results = grader.grade(
            classes.key(),
            classes.submission(
                one_hot="def one_hot(y, num_classes):\n    while True: pass\n",
                evaluate="import os\nos._exit(0)\n",
            ),
        )
    outcomes = {name: r.outcome for name, r in results.items()}
    assert outcomes == {
        "one_hot": "timed out", "softmax": "passed", "predict": "passed",
        "cross_entropy": "passed", "evaluate": "crashed", "gradients": "passed",
        "test_loss": "passed",
    }  # fmt: skip


def test_without_isolation_nothing_runs_unless_it_is_trusted(monkeypatch):
    from course_tools.project import UserError

    monkeypatch.setattr(launch, "why_not", lambda: "not permitted")
    with pytest.raises(UserError, match=r"not permitted.*--trusted"):
        launch.choose(trusted=False)
    assert launch.choose(trusted=True) == "none"


ODD = {
    "an error": "# exercise: softmax\ndef softmax(Z, temperature=1.0):\n"
    "    return Z.expp()\n",
    "another signature": "def softmax(Z):\n    return torch.softmax(Z, 1)\n",
    "another name": "def soft_max(Z, temperature=1.0):\n    return Z\n",
    "nothing returned": "def softmax(Z, temperature=1.0):\n    print(Z)\n",
    "text": "def softmax(Z, temperature=1.0):\n    return 'P'\n",
    "a module": "def softmax(Z, temperature=1.0):\n    return torch.nn.Softmax\n",
    "an array": "def softmax(Z, temperature=1.0):\n    return Z.numpy()\n",
    "an untouched helper": "# exercise: softmax\ndef helper():\n"
    "    raise NotImplementedError\ndef softmax(Z, temperature=1.0):\n"
    "    return helper()\n",
    "a constant": "softmax = 5\n",
}
# None of the others calls `softmax`, so they may be handed in together.
SEEN = [("softmax", source) for source in ODD.values()] + [
    (name, f"# exercise: {name}\n{source.strip()}\n")
    for name, mistakes in classes.wrong_answers("02_softmax_regression").items()
    for mistake, (source, _) in mistakes.items()
    if "(hidden)" not in mistake and "softmax(" not in source
]


def test_messages_are_those_of_the_notebook(grade):
    for group in batches(SEEN):
        results = grade(**group)
        for name, source in group.items():
            in_notebook = cells.check_answer(classes.SET_2, name, source)
            told = results[name].message
            if results[name].outcome == "missing":
                told = exercises.NOT_ANSWERED
            assert f"CheckFailed: {name}: {told}" == in_notebook


def test_a_cell_that_does_not_run_is_named(grade):
    source = "def softmax(Z, temperature=1.0)\n    return Z\n"
    result = grade(softmax=source)["softmax"]
    assert (result.outcome, result.message) == (
        "failed",
        "the cell with the answer stopped with SyntaxError: expected ':' (<answer "
        "softmax>, line 1), line 1.",
    )


def with_own_cells(name, answer, own):
    """A set handed in with one answer, and cells of the student's own above it."""
    made = classes.solved(**{name: answer})
    at = next(
        index
        for index, cell in enumerate(made["cells"])
        if cell["metadata"].get("nbgrader", {}).get("grade_id") == name
    )
    made["cells"][at:at] = [code_cell(source) for source in own]
    return made


def code_cell(source):
    return {"cell_type": "code", "metadata": {}, "source": source}


def handed_in(made):
    """What is read of a notebook that was handed in."""
    found = read_cells(json.dumps(made).encode(), "Ada.ipynb")
    answers = find_answers(classes.key(), found)
    return Submission("Ada", answers, find_helpers(classes.key(), found, answers))


@pytest.mark.parametrize("unusual", RIGHT)
def test_an_unusual_right_answer_is_right(unusual, grade):
    submission = handed_in(with_own_cells(*RIGHT[unusual]))
    results = grade.grader.grade(classes.key(), submission)
    assert {n: r.message for n, r in results.items()} == dict.fromkeys(results, "")
    assert {r.outcome for r in results.values()} == {"passed"}


def test_an_unusual_right_answer_is_right_in_a_notebook():
    """All of them in one kernel, each followed by its check and by the key's answer."""
    key, setup = classes.key(), cells.key(classes.SET_2).cells
    notebook = nbformat.v4.new_notebook()
    exercises = {e.name: e for e in key.exercises}
    first = next(i for i, c in enumerate(setup) if "exercise: one_hot" in c.source)
    sources = [c.source for c in setup[:first] if c.cell_type == "code"]
    sources += [exercises["softmax"].answer]
    ends = {}
    for unusual, (name, answer, own) in RIGHT.items():
        sources += [*own, answer, exercises[name].check, exercises[name].answer]
        ends[len(sources) - 2] = unusual
    for source in sources:
        cell = nbformat.v4.new_code_cell(source)
        cell.metadata["tags"] = ["raises-exception"]
        notebook.cells.append(cell)
    NotebookClient(notebook, kernel_name="python3", timeout=120).execute()
    told = {
        unusual: "".join(
            out.get("text", "") or "\n".join(out.get("traceback", []))
            for out in notebook.cells[index].outputs
        )
        for index, unusual in ends.items()
    }
    assert [u for u, text in told.items() if not text.startswith("✓ ")] == [], told


def test_the_cell_may_stop_after_its_function(grade):
    answer = f"{BY_HAND}\nsoftmax(torch.ones(2), 0, 0)\n"
    results = grade(softmax=answer)
    assert {r.outcome for r in results.values()} == {"passed"}


# --- cells of the student's own -------------------------------------------------------


def graded_with(own, grade, name="softmax", answer=SCALED):
    submission = handed_in(with_own_cells(name, answer, own))
    return grade.grader.grade(classes.key(), submission)


def test_a_page_says_which_cells_of_the_students_own_counted(grade):
    results = graded_with([SCALE], grade)
    assert results["softmax"].note == (
        "taken together with `scaled` from cells outside of the answers"
    )
    assert results["one_hot"].note == ""


def test_a_cell_that_no_answer_needs_is_not_executed(grade):
    endless = "result = 0\nwhile True:\n    pass"
    results = graded_with([endless, SCALE], grade)
    assert {r.outcome for r in results.values()} == {"passed"}
    assert results["softmax"].seconds < 10


@pytest.mark.parametrize(
    ("own", "outcome"),
    [
        ("1 / 0\ndef scaled(Z, temperature):\n    return Z", "failed"),
        ("def scaled(Z, temperature:\n    return Z", "failed"),
        ("scaled = None\nimport os\nos._exit(1)", "failed"),
    ],
    ids=["stops", "does not parse", "ends the process"],
)
def test_a_helper_that_fails_costs_the_answer_that_needs_it(own, outcome, grade):
    results = graded_with([own], grade)
    assert results["softmax"].outcome == outcome
    assert "`scaled` is defined in a cell of your own, which" in (
        results["softmax"].message
    )
    assert sum(r.points for r in results.values()) == 15


def test_a_cell_of_the_students_own_changes_no_answer(grade):
    own = f"{SCALE}\ndef one_hot(y, num_classes):\n    return y\ntorch = F = None\n"
    results = graded_with([own], grade)
    assert {n: r.message for n, r in results.items()} == dict.fromkeys(results, "")


def test_an_attempt_outside_of_the_answer_is_no_helper():
    made = with_own_cells("softmax", BY_HAND, ["def softmax(Z):\n    return Z", SCALE])
    assert [h.names for h in handed_in(made).helpers] == [("scaled",)]


# --- answers that call others ---------------------------------------------------------


WRONG_SOFTMAX = "def softmax(Z, temperature=1.0):\n    return Z\n"
BROKEN = {
    "wrong": WRONG_SOFTMAX,
    "does not parse": "def softmax(Z, temperature=1.0)\n    return Z\n",
    "missing": None,
    "not answered": "def softmax(Z, temperature=1.0):\n    raise NotImplementedError\n",
    "ends its process": "def softmax(Z, temperature=1.0):\n    import os\n"
    "    os._exit(1)\n",
}
STOOD_IN = "checked with the key's `softmax` in place of the one handed in"


@pytest.mark.parametrize("answer", BROKEN.values(), ids=BROKEN)
def test_an_answer_is_not_charged_for_another_that_it_calls(answer, grade):
    results = grade(softmax=answer)
    assert {n for n, r in results.items() if r.outcome != "passed"} == {"softmax"}
    assert {n for n, r in results.items() if r.note} == {"predict", "gradients"}
    assert results["predict"].note == results["gradients"].note == STOOD_IN


def test_a_page_says_whose_function_stood_in_and_shows_nothing_of_it(grade):
    handed = classes.submission(softmax=WRONG_SOFTMAX)
    handed.answers["softmax"] = Answer(WRONG_SOFTMAX)
    row = Row("Ada", "Ada.ipynb", results=grade(softmax=WRONG_SOFTMAX))
    shown = page(classes.key(), row, handed)
    assert f"<p>Your answer was {html.escape(STOOD_IN)}.</p>" in shown
    assert "exp_Z" not in shown


def test_what_is_wrong_with_an_answer_itself_is_told_beside_the_keys_function(grade):
    wrong = "def predict(Z, at_least=0.0):\n    P = softmax(Z)\n"
    wrong += "    return torch.where(P.amax(1) <= at_least, -1, P.argmax(1))\n"
    result = grade(softmax=WRONG_SOFTMAX, predict=wrong)["predict"]
    assert (result.outcome, result.note) == ("failed", STOOD_IN)
    assert "a probability of exactly 0.5 is not below" in result.message


SEARCH = """
def predict(Z, at_least=0.0):
    import gc, linecache, types
    softmax(Z)
    wanted = "exp_Z / " + "exp_Z.sum"
    found = [line for _, _, lines, *_ in map(tuple, linecache.cache.values())
             for line in lines if wanted in line]
    for thing in gc.get_objects():
        if isinstance(thing, types.FunctionType) and "exp" + "_Z" in (
            thing.__code__.co_varnames
        ):
            found.append(thing.__code__.co_filename)
        if isinstance(thing, (list, dict)):
            parts = thing if isinstance(thing, list) else thing.values()
            found += [p for p in parts if isinstance(p, str) and wanted in p]
    raise ValueError(f"FOUND {found}")
"""


def test_nothing_of_the_keys_function_is_in_the_sandbox(grade):
    """The answer looks through all functions and texts that its process holds."""
    result = grade(softmax=WRONG_SOFTMAX, predict=SEARCH)["predict"]
    assert (result.outcome, result.note) == ("failed", STOOD_IN)
    assert "ValueError: FOUND []" in result.message


def test_a_float64_answer_costs_no_other_that_calls_it(grade):
    answer = BY_HAND.replace("    exp_Z = ((Z", "    Z = Z.double()\n    exp_Z = ((Z")
    results = grade(softmax=answer)
    assert {r.outcome for r in results.values()} == {"passed"}
    assert results["gradients"].note == STOOD_IN


# --- bans, and what hidden checks give ------------------------------------------------

EVASIONS = {
    "method": "def softmax(Z, temperature=1.0):\n    return (Z / temperature).softmax(1)\n",
    "alias": "from torch import softmax as sm\ndef softmax(Z, temperature=1.0):\n"
    "    return sm(Z / temperature, 1)\n",
    "ready-made": "softmax = F.softmax\n",
    "module": "class Layer(torch.nn.Softmax):\n"
    "    def forward(self, Z, temperature=1.0):\n"
    "        return super().forward(Z / temperature)\nsoftmax = Layer(dim=1)\n",
    "kept to itself": "def softmax(Z, temperature=1.0):\n    try:\n"
    "        torch.softmax(Z, 1)\n    except BaseException:\n        pass\n"
    "    exp_Z = ((Z - Z.amax(1, keepdim=True)) / temperature).exp()\n"
    "    return exp_Z / exp_Z.sum(1, keepdim=True)\n",
    "scipy": "def softmax(Z, temperature=1.0):\n    from scipy.special import softmax\n"
    "    return torch.from_numpy(softmax(Z.numpy() / temperature, axis=1))\n",
}


@pytest.mark.parametrize("answer", EVASIONS.values(), ids=EVASIONS)
def test_what_a_prompt_forbids_is_noticed_in_class_as_in_the_notebook(answer, grade):
    result = grade(softmax=answer)["softmax"]
    told = (
        "your answer uses `softmax`, which this exercise does without. Use `exp` and "
        "`sum`, or `logsumexp`."
    )
    assert (result.outcome, result.message) == ("failed", told)
    in_notebook = cells.check_answer(classes.SET_2, "softmax", answer)
    assert in_notebook == f"CheckFailed: softmax: {told}"


TELLTALE = """
class {name}(ValueError):
    pass
def one_hot(y, num_classes):
    if len(y) > 3:
        raise {name}(f"secret {{y.tolist()}}")
    return torch.eye(num_classes)[y]
"""


@pytest.mark.parametrize("name", ["ValueError_", "Secret"])
def test_an_error_does_not_tell_what_a_hidden_check_gave(name, grade):
    answer = TELLTALE.format(name=name)
    result = grade(one_hot=answer)["one_hot"]
    assert result.hidden
    assert "secret" not in result.message.replace('f"secret {y.tolist()}"', "")
    assert result.message.startswith("your code raised an error, in one_hot, line 5")


def test_the_same_answer_gets_the_same_result_each_time(grade):
    answer = "def one_hot(y, num_classes):\n    Y = torch.eye(num_classes)[y]\n"
    answer += "    return Y if torch.rand(()) < 0.7 else 0 * Y\n"
    results = [grade(one_hot=answer)["one_hot"] for _ in range(8)]
    assert len({(r.outcome, r.message) for r in results}) == 1


def test_a_missing_answer_costs_what_needs_it_and_nothing_else(grade):
    results = grade(one_hot=None)
    assert (results["one_hot"].outcome, results["one_hot"].message) == (
        "missing", "gone.",
    )  # fmt: skip
    assert sum(r.points for r in results.values()) == 16

"""Honest answers of every kind grade as they do in a notebook."""

import re

import cells
import pytest
from grading import classes
from grading.classes import KEYS

from course_tools.grading.grader import Grader, Limits
from course_tools.grading.sandbox import launch
from course_utils.checks import exercises

# What returns none but whole numbers.
WHOLE_NUMBERS = {path.stem: set() for path in KEYS} | {
    "01_data_visualization": {
        "class_counts", "batch_sizes", "nearest_mean", "stratified_split",
    },
    "03_mlp": {"count_parameters"},
    "07_regularization": {"early_stopping"},
    "08_cifar": {"model_size"},
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


@each_key
def test_answers_as_students_get_them_are_not_answered(path, grade):
    stubs = {
        e.name: re.sub(
            r"( *)### BEGIN SOLUTION.*### END SOLUTION",
            r"\1raise NotImplementedError",
            e.answer,
            flags=re.S,
        )
        for e in classes.key(path).autograded
    }
    results = grade(path, **stubs)
    assert {(r.outcome, r.points) for r in results.values()} == {("missing", 0)}


def uses(answer, names):
    """Whether an answer calls one of the functions of these names."""
    return any(re.search(rf"\b{name}\(", answer) for name in names)


def batches(path):
    """All wrong answers to a set, in groups in which none calls another."""
    groups = []
    for name, mistakes in classes.wrong_answers(path.stem).items():
        for mistake, (source, pattern) in mistakes.items():
            for group in groups:
                if name not in group and not any(
                    uses(source, [other]) or uses(group[other][1], [name])
                    for other in group
                ):
                    break
            else:
                groups.append(group := {})
            group[name] = (mistake, source.strip(), pattern)
    return groups


def problem(found, mistake, pattern):
    """What is not as it should be with the result of a wrong answer; "" if nothing."""
    hidden = mistake.endswith("(hidden)")
    if (found.outcome, found.hidden, found.points) != ("failed", hidden, 0):
        return f"{mistake}: {found}"
    return "" if re.search(pattern, found.message) else f"{mistake}: {found.message}"


@each_key
def test_each_wrong_answer_fails_its_own_check_and_costs_no_other_exercise(path, grade):
    problems = []
    for group in batches(path):
        wrong = {
            n: f"# exercise: {n}\n{source}\n" for n, (_, source, _) in group.items()
        }
        results = grade(path, **wrong)
        problems += [
            problem(results[n], mistake, pattern)
            for n, (mistake, _, pattern) in group.items()
        ]
        # Only an answer that calls a wrong one may fail with it.
        problems += [
            f"{e.name} fails beside {group}: {results[e.name]}"
            for e in classes.key(path).autograded
            if e.name not in wrong
            and not uses(e.answer, wrong)
            and results[e.name].points != e.points
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
    answers = {
        e.name: f"{e.answer}\n{SPOILED}"
        + "".join(f"{name} = spoil({name})\n" for name in e.names)
        for e in classes.key(path).autograded
    }
    results = grade(path, **answers)
    passed = {name for name, r in results.items() if r.outcome == "passed"}
    assert passed == WHOLE_NUMBERS[path.stem]


def test_without_isolation_the_same_marks_are_given(tmp_path):
    with Grader("none", Limits(seconds=3), classes.key().modules) as grader:
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
SEEN = [("softmax", source) for source in ODD.values()] + [
    (name, f"# exercise: {name}\n{source.strip()}\n")
    for name, mistakes in classes.wrong_answers("02_softmax_regression").items()
    for mistake, (source, _) in mistakes.items()
    if "(hidden)" not in mistake and "softmax(" not in source
]


def test_messages_are_those_of_the_notebook(grade):
    for name, source in SEEN:
        in_notebook = cells.check_answer(classes.SET_2, name, source)
        result = grade(**{name: source})[name]
        told = result.message
        if result.outcome == "missing":
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


@pytest.mark.parametrize(
    "source",
    [
        "import sys\nprint('loading', file=sys.stderr)\n"
        "def softmax(Z, temperature=1.0):\n"
        "    print('a warning', file=sys.stderr)\n"
        "    return torch.softmax(Z / temperature, 1)\n",
        "%%time\nimport warnings\n!pip --version\n"
        "def softmax(Z, temperature=1.0):\n"
        "    warnings.warn('slow')\n"
        "    return torch.softmax(Z / temperature, 1)\n",
        "softmax = lambda Z, temperature=1.0: torch.softmax(Z / temperature, 1)\n",
        "class softmax:\n"
        "    def __new__(cls, Z, temperature=1.0):\n"
        "        return torch.softmax(Z / temperature, 1)\n",
        "class Layer(torch.nn.Module):\n"
        "    def forward(self, Z, temperature=1.0):\n"
        "        return torch.softmax(Z / temperature, 1)\n"
        "softmax = Layer()\n",
        "def softmax(Z, temperature=1.0):\n"
        "    return torch.softmax(Z / temperature, 1)\n"
        "softmax(torch.ones(2), 0, 0)\n",
    ],
    ids=["writes to stderr", "magics and a warning", "lambda", "class", "module",
         "the cell stops after its function"],
)  # fmt: skip
def test_an_unusual_right_answer_is_right(source, grade):
    results = grade(softmax=source)
    assert results["softmax"].message == ""
    assert {r.outcome for r in results.values()} == {"passed"}


def test_a_missing_answer_costs_what_needs_it_and_nothing_else(grade):
    results = grade(one_hot=None)
    assert (results["one_hot"].outcome, results["one_hot"].message) == (
        "missing", "gone.",
    )  # fmt: skip
    assert sum(r.points for r in results.values()) == 13


def test_a_helper_outside_of_the_answers_is_named(grade):
    answer = "def one_hot(y, num_classes):\n    return scale(y)\n"
    key = classes.key()
    made = classes.submission(one_hot=answer)
    made.elsewhere = frozenset({"scale"})
    result = grade.grader.grade(key, made)["one_hot"]
    assert "NameError: name 'scale' is not defined" in result.message
    assert result.message.endswith(
        "`scale` is defined in a cell of your own, and only the cells with answers are "
        "graded: put it into them."
    )

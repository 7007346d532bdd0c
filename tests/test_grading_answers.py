"""Honest answers of every kind grade as they do in a notebook."""

import re

import pytest
from grading import classes
from grading.classes import KEYS

from course_utils.grading import isolation
from course_utils.grading.grader import Grader, Limits

each_key = pytest.mark.parametrize("path", KEYS, ids=lambda path: path.stem)


@pytest.fixture(scope="module")
def graders():
    """By key, a grader."""
    made = {}

    def grader(path):
        if path not in made:
            mode = (classes.strong_modes() or ["none"])[0]
            made[path] = Grader(classes.key(path), mode, Limits(seconds=20))
        return made[path]

    yield grader
    for one in made.values():
        one.close()


@each_key
def test_the_key_gets_full_marks(path, graders):
    results = graders(path).grade(classes.submission(path))
    assert {n: (r.outcome, r.message) for n, r in results.items()} == {
        e.name: ("passed", "") for e in classes.key(path).autograded
    }
    assert [r.points for r in results.values()] == [
        e.points for e in classes.key(path).autograded
    ]


@each_key
def test_answers_as_students_get_them_are_not_answered(path, graders):
    stubs = {
        e.name: re.sub(
            r"( *)### BEGIN SOLUTION.*### END SOLUTION",
            r"\1raise NotImplementedError",
            e.answer,
            flags=re.S,
        )
        for e in classes.key(path).autograded
    }
    results = graders(path).grade(classes.submission(path, **stubs))
    assert {(r.outcome, r.points) for r in results.values()} == {("missing", 0)}


def uses(answer, names):
    return any(re.search(rf"\b{name}\(", answer) for name in names)


@each_key
def test_each_wrong_answer_fails_its_own_check_with_its_message(path, graders):
    key, wrong = classes.key(path), classes.wrong_answers(path.stem)
    problems = []
    for exercise in key.autograded:
        for mistake, (source, pattern) in wrong[exercise.name].items():
            answer = f"# exercise: {exercise.name}\n{source.strip()}\n"
            results = graders(path).grade(
                classes.submission(path, **{exercise.name: answer})
            )
            found = results.pop(exercise.name)
            hidden = mistake.endswith("(hidden)")
            if (found.outcome, found.hidden) != ("failed", hidden):
                problems.append((exercise.name, mistake, found))
            elif not re.search(pattern, found.message):
                problems.append((exercise.name, mistake, found.message))
            # Only answers that call the wrong one may fail with it.
            problems += [
                (exercise.name, mistake, name, result)
                for name, result in results.items()
                for answer in [next(e.answer for e in key.autograded if e.name == name)]
                if result.outcome != "passed" and not uses(answer, exercise.names)
            ]
    assert not problems


def test_without_isolation_the_same_marks_are_given(tmp_path):
    with Grader(classes.key(), "none", Limits(seconds=3)) as grader:
        results = grader.grade(
            classes.submission(
                one_hot="def one_hot(y, num_classes):\n    while True: pass\n",
                evaluate="import os\nos._exit(0)\n",
            )
        )
    outcomes = {name: r.outcome for name, r in results.items()}
    assert outcomes == {
        "one_hot": "timed out", "softmax": "passed", "predict": "passed",
        "cross_entropy": "passed", "evaluate": "crashed", "gradients": "passed",
    }  # fmt: skip


def test_without_isolation_nothing_runs_unless_it_is_trusted(monkeypatch):
    from course_utils.project import UserError

    reasons = {"bubblewrap": "not installed", "unshare": "not permitted"}
    monkeypatch.setattr(isolation, "available", lambda: reasons)
    with pytest.raises(UserError, match=r"not permitted.*--trusted"):
        isolation.choose(trusted=False)
    assert isolation.choose(trusted=True) == "none"


@pytest.fixture(scope="module")
def grader(graders):
    return graders(classes.SET_2)


@pytest.mark.parametrize(
    ("source", "message"),
    [
        pytest.param(
            "# exercise: softmax\ndef softmax(Z, temperature=1.0):\n"
            "    return Z.expp()\n",
            "your code raised AttributeError: 'Tensor' object has no attribute 'expp', "
            "in softmax, line 3 of its cell: `return Z.expp()`",
            id="error",
        ),
        pytest.param(
            "def softmax(Z):\n    return torch.softmax(Z, 1)\n",
            "the check stopped with TypeError: softmax() got an unexpected keyword "
            "argument 'temperature'. Compare what your function takes and returns with "
            "what the exercise asks for.",
            id="signature",
        ),
        pytest.param(
            "def softmax(Z, temperature=1.0)\n    return Z\n",
            "the cell with the answer stopped with SyntaxError: expected ':' (<answer "
            "softmax>, line 1), line 1.",
            id="syntax",
        ),
        pytest.param(
            "def soft_max(Z, temperature=1.0):\n    return Z\n",
            "NameError: name 'softmax' is not defined. Run the cell with your answer "
            "first; where it shows an error, mend that.",
            id="another name",
        ),
        pytest.param(
            "def softmax(Z, temperature=1.0):\n    print(Z)\n",
            "softmax of 2 × 3 logits must be a tensor of shape (2, 3), but it is None "
            "(does the function return something?).",
            id="nothing returned",
        ),
    ],
)
def test_messages_are_those_of_the_notebook(source, message, grader):
    result = grader.grade(classes.submission(softmax=source))["softmax"]
    assert (result.outcome, result.message) == ("failed", message)


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
def test_an_unusual_right_answer_is_right(source, grader):
    results = grader.grade(classes.submission(softmax=source))
    assert results["softmax"].message == ""
    assert {r.outcome for r in results.values()} == {"passed"}


def test_a_missing_answer_costs_what_needs_it_and_nothing_else(grader):
    results = grader.grade(classes.submission(one_hot=None))
    assert (results["one_hot"].outcome, results["one_hot"].message) == (
        "missing", "gone.",
    )  # fmt: skip
    assert sum(r.points for r in results.values()) == 13

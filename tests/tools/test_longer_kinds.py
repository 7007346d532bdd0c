"""Challenges, tests that learners write, and diagnoses: unusual right answers."""

import runpy

import cells
import pytest
from grading import classes

from course_tools.grading.grader import Grader, Limits

RIGHT = runpy.run_path(str(classes.ROOT / "tests" / "answers" / "unusual_longer.py"))[
    "RIGHT"
]
PATHS = {path.stem: path for path in cells.KEYS}
each_right = pytest.mark.parametrize(
    ("stem", "name", "unusual"),
    [
        pytest.param(stem, name, unusual, id=f"{stem}-{name}-{unusual}")
        for stem, exercises in RIGHT.items()
        for name, answers in exercises.items()
        for unusual in answers
    ],
)


@pytest.fixture(scope="module")
def grader():
    mode = (classes.strong_modes() or ["none"])[0]
    modules = {name: 1 for stem in RIGHT for name in classes.key(PATHS[stem]).modules}
    with Grader(mode, Limits(seconds=20), list(modules)) as grader:
        yield grader


@each_right
def test_an_unusual_right_answer_passes_in_the_notebook(stem, name, unusual):
    source = f"# exercise: {name}\n{RIGHT[stem][name][unusual].strip()}\n"
    assert cells.check_answer(PATHS[stem], name, source) == ""


@pytest.mark.parametrize("stem", RIGHT)
def test_unusual_right_answers_get_full_marks_in_class(stem, grader):
    path = PATHS[stem]
    most = max(len(answers) for answers in RIGHT[stem].values())
    for number in range(most):
        changed = {
            name: f"# exercise: {name}\n{[*answers.values()][number].strip()}\n"
            for name, answers in RIGHT[stem].items()
            if number < len(answers)
        }
        results = grader.grade(classes.key(path), classes.submission(path, **changed))
        assert {n: r.message for n, r in results.items()} == dict.fromkeys(results, "")
        assert all(r.seconds < 60 for r in results.values())

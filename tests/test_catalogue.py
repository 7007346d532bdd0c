"""The catalogue of answers: what learners believe, odd ways to be right, mutants."""

import json
import sys
import warnings
from functools import cache

import cells
import pytest
from grading import classes

from course_tools.grading.grader import Grader, Limits
from course_tools.grading.submissions.answers import (
    Answer,
    Submission,
    find_answers,
    find_helpers,
)
from course_tools.grading.submissions.notebook import read_cells

sys.path.insert(0, str(classes.ROOT / "tests" / "benchmarks"))
import mutants

sys.path.pop(0)

# Sets whose answers are kept with beliefs, unusual answers and mutants.
STEMS = [p.stem for p in classes.KEYS if "BELIEFS" in classes.kept(p.stem)]
PATHS = {path.stem: path for path in classes.KEYS}
each_set = pytest.mark.parametrize("stem", STEMS)
UNUSUAL = [
    (stem, name, what)
    for stem in STEMS
    for name, kinds in classes.kept(stem)["UNUSUAL"].items()
    for what in kinds
]


def unusual(stem, name, what):
    """A right answer, and the cells of the learner's own that stand above it."""
    kept = classes.kept(stem)["UNUSUAL"][name][what]
    source, own = (kept, []) if isinstance(kept, str) else kept
    return f"# exercise: {name}\n{source.strip()}\n", own


# --- what learners believe ------------------------------------------------------------


@each_set
def test_each_wrong_answer_has_a_belief_of_its_own_words(stem):
    wrong, beliefs = classes.wrong_answers(stem), classes.kept(stem)["BELIEFS"]
    assert {n: list(m) for n, m in beliefs.items()} == {
        n: list(m) for n, m in wrong.items()
    }
    for name, mistakes in beliefs.items():
        texts = list(mistakes.values())
        assert len(set(texts)) == len(texts), name
        for text in texts:
            assert text[0].isupper() and text.endswith(".") and 25 < len(text) < 120


@each_set
def test_no_answer_is_kept_twice(stem):
    for name, mistakes in classes.wrong_answers(stem).items():
        sources = [source.strip() for source, _ in mistakes.values()]
        assert len(set(sources)) == len(sources), name


# --- odd ways to be right -------------------------------------------------------------


@each_set
def test_every_autograded_exercise_has_two_unusual_answers(stem):
    kept = classes.kept(stem)["UNUSUAL"]
    graded = {e.name for e in cells.exercises(PATHS[stem]) if e.autograded}
    assert set(kept) == graded
    assert min(map(len, kept.values())) >= 2


@pytest.mark.parametrize(("stem", "name", "what"), UNUSUAL)
def test_an_unusual_right_answer_passes_in_the_notebook(stem, name, what):
    source, own = unusual(stem, name, what)
    assert cells.check_answer(PATHS[stem], name, "\n\n".join([*own, source])) == ""


@cache
def handed_in(stem, name, what):
    """A set handed in with one unusual answer, and with the key's others."""
    source, own = unusual(stem, name, what)
    if not own:
        return classes.submission(PATHS[stem], **{name: source})
    made = classes.solved(PATHS[stem], **{name: source})
    at = next(
        index
        for index, cell in enumerate(made["cells"])
        if cell["metadata"].get("nbgrader", {}).get("grade_id") == name
    )
    made["cells"][at:at] = [
        {"cell_type": "code", "metadata": {}, "source": text} for text in own
    ]
    key = classes.key(PATHS[stem])
    found = read_cells(json.dumps(made).encode(), "Ada.ipynb")
    answers = find_answers(key, found)
    return Submission("Ada", answers, find_helpers(key, found, answers))


@pytest.fixture(scope="module")
def grader():
    """One grader for all sets."""
    mode = (classes.strong_modes() or ["none"])[0]
    modules = {name: 1 for s in STEMS for name in classes.key(PATHS[s]).modules}
    with Grader(mode, Limits(seconds=60), list(modules)) as grader:
        yield grader


@pytest.mark.sandbox
@each_set
def test_unusual_right_answers_get_full_marks(stem, grader):
    """One of each exercise at a time, as different students would hand them in."""
    problems = []
    kept = {n: list(k) for n, k in classes.kept(stem)["UNUSUAL"].items()}
    trains = {e.name for e in classes.key(PATHS[stem]).autograded if e.seconds}
    for number in range(max(map(len, kept.values()))):
        together, changed, alone = classes.submission(PATHS[stem]), set(), []
        for name, kinds in kept.items():
            if number >= len(kinds):
                continue
            source, own = unusual(stem, name, kinds[number])
            if own:
                alone.append((handed_in(stem, name, kinds[number]), {name}))
            else:
                together.answers[name] = Answer(source)
                changed.add(name)
        for submission, names in [(together, changed), *alone]:
            left_out = trains - names  # the key's, which other tests grade
            for name in left_out:
                submission.answers[name] = Answer(problem="gone.")
            results = grader.grade(classes.key(PATHS[stem]), submission)
            problems += [
                f"{number} {name}: {result.outcome}: {result.message}"
                for name, result in results.items()
                if name not in left_out and result.outcome != "passed"
            ]
    assert problems == []


# --- mutants --------------------------------------------------------------------------

ANSWER = '''
def share(x, axis=1):
    """The share of each entry."""
    if axis == 0:
        x = x.T
    total = x.abs().sum(dim=1, keepdim=True)
    return x / total, total
'''


def test_mutants_change_one_thing_each():
    found = mutants.mutants(ANSWER)
    for expected in (
        "if axis == 0: => if axis != 0:",
        "if axis == 0: => if not axis == 0:",
        "def share(x, axis=1): => def share(x, axis=2):",
        "x = x.T => x = x",
        "total = x.abs().sum(dim=1, keepdim=True) => total = x.sum(dim=1, keepdim=True)",
        "total = x.abs().sum(dim=1, keepdim=True) => total = x.abs().mean(dim=1, "
        "keepdim=True)",
        "total = x.abs().sum(dim=1, keepdim=True) => total = x.abs().sum(dim=1)",
        "return (x / total, total) => return (x * total, total)",
        "return (x / total, total) => return (total, x / total)",
        "return (x / total, total) =>",
    ):
        assert expected in found
    for what, source in found.items():
        compile(source, what, "exec")


def test_the_order_of_statements_that_share_no_name_is_no_mutant():
    source = "def f(a, b):\n    c = a + 1\n    d = b + 1\n    return c, d\n"
    assert not any("c = a + 1 / d" in what for what in mutants.mutants(source))
    dependent = source.replace("b + 1", "c + 1")
    assert any("c = a + 1 / d" in what for what in mutants.mutants(dependent))


def test_a_mutant_that_never_ends_is_caught(monkeypatch):
    monkeypatch.setattr(mutants, "SECONDS", 1)
    monkeypatch.setattr(mutants, "BYTES", mutants.resource.RLIM_INFINITY)
    endless = "def one_hot(y, num_classes):\n    while True:\n        pass\n"
    handler = mutants.signal.getsignal(mutants.signal.SIGPROF)
    mutants.signal.signal(mutants.signal.SIGPROF, mutants.too_long)
    try:
        said = mutants.told((classes.SET_2, "one_hot", endless))
    finally:
        mutants.signal.signal(mutants.signal.SIGPROF, handler)
    assert said == "takes more than 1 s"


@pytest.mark.notebook
@each_set
def test_nearly_all_mutants_are_caught(stem, capsys):
    """In a process forked from this one, where the key has been executed."""
    with warnings.catch_warnings():
        status = mutants.main([stem[:2]])
    printed = capsys.readouterr().out
    assert status == 0, printed
    assert "but kept as no change" not in printed


@each_set
def test_what_is_kept_as_no_change_is_a_mutant_of_the_key(stem):
    right = classes.right_answers(PATHS[stem])
    for name, changes in classes.kept(stem)["EQUIVALENT"].items():
        assert set(changes) <= set(mutants.mutants(right[name]))
        assert all(reason.endswith(".") for reason in changes.values())

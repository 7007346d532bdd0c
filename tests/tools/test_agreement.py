"""Answers that agree: what counts as the same, what counts as unusual, what is safe."""

import math

import pytest
from grading import classes, term

from course_tools.__main__ import main
from course_tools.grading.term import agreement

SOFTMAX = '''
# exercise: softmax
def softmax(Z: torch.Tensor, temperature=1.0) -> torch.Tensor:
    """Probabilities."""
    shift = Z.amax(dim=1, keepdim=True)  # for stability
    exp_Z = ((Z - shift) / temperature).exp()
    return exp_Z / exp_Z.sum(dim=1, keepdim=True)
'''
COPY = """
def softmax(z, t=1.):
    'mine'
    m = z.amax(dim = 1,
               keepdim = True)
    e = (((z - m) / t)).exp()

    return (e / e.sum(dim=1, keepdim=True))
"""
TEXT = "The model becomes surer of itself, and the loss of a wrong answer grows."
HOSTILE = {
    "brackets": "x = " + "(" * 100_000 + ")" * 100_000,
    "brackets that never close": "[" * 100_000,
    "minus signs": "x = " + "-" * 19_000 + "1",
    "attributes": "x = a" + ".a" * 9_000,
    "a sum": "x = 1" + " + 1" * 4_900,
    "calls": "f" + "()" * 9_000,
    "lambdas": "x = " + "lambda:" * 2_500 + "0",
    "conditions": "x = " + "1 if 1 else " * 1_600 + "1",
    "blocks": "".join(" " * n + "if 1:\n" for n in range(150)),
    "a NUL": "x = 1\0",
    "half a character": "x = '\ud800'",
    "a long number": "x = " + "9" * 19_000,
    "no Python": "def f(:",
}


def test_layout_comments_annotations_and_own_names_make_no_difference():
    assert agreement.normalized(SOFTMAX) == agreement.normalized(COPY) != ""


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("temperature=1.0", "temperature=2.0"),
        ("dim=1", "dim=0"),
        (".amax(", ".mean("),
        ("(Z - shift) / temperature", "Z / temperature - shift"),
        ("exp_Z.sum", "Z.sum"),
        ("torch", "numpy"),
    ],
)
def test_what_an_answer_computes_makes_a_difference(before, after):
    # An annotation computes nothing.
    source = SOFTMAX.replace("Z: torch.Tensor", "Z") + "torch.manual_seed(0)\n"
    other = source.replace(before, after)
    assert agreement.normalized(source) != agreement.normalized(other)


@pytest.mark.parametrize("kind", HOSTILE)
def test_hostile_text_is_no_answer_and_crashes_nothing(kind):
    assert agreement.normalized(HOSTILE[kind]) == ""


def answered(unusual, number=40):
    """A class in which everybody answers otherwise, but for `unusual`."""
    return {f"s{n:02}": unusual.get(n, f"x = {n}") for n in range(number)}


def test_only_what_few_wrote_counts_and_by_how_few():
    group = ("02_softmax_regression", "softmax")
    few = {1: SOFTMAX, 2: COPY}
    (found,) = agreement.shared_answers({group: answered(few)}, {})
    assert found.students == ("s01", "s02") and found.group == group
    assert found.surprise == pytest.approx(math.log2(40 / 2))
    assert not found.letters
    many = answered(dict.fromkeys(range(4), SOFTMAX))
    assert agreement.shared_answers({group: many}, {}) == []
    excluded = {group: {agreement.normalized(COPY)}}
    assert agreement.shared_answers({group: answered(few)}, excluded) == []


def test_written_answers_are_compared_by_their_words():
    group = ("02_softmax_regression", "explain")
    same = {3: TEXT, 4: TEXT.upper().replace(",", "\n-"), 5: "pass", 6: "pass"}
    (found,) = agreement.shared_answers({group: answered(same)}, {}, [group])
    assert found.students == ("s03", "s04")


def test_the_key_and_what_everyone_is_given_do_not_count():
    for exercise in classes.key().exercises:
        right = classes.right_answers()[exercise.name]
        read = agreement.normalized if exercise.autograded else agreement.words
        assert read(right) in agreement.given(exercise)


def test_a_pair_that_agrees_again_and_again_is_no_chance_and_others_are():
    # In each of six exercises five pairs agree, one of which is always the same.
    everyone = list(range(4, 60))
    answers = {}
    for exercise in range(6):
        others = everyone[exercise * 8 : exercise * 8 + 8]
        couples = [(1, 2), *zip(others[::2], others[1::2], strict=True)]
        unusual = {s: f"y = {c[0]}" for c in couples for s in c}
        answers["06_backprop", f"e{exercise}"] = answered(unusual, 60)
    classes_of = {group: sorted(found) for group, found in answers.items()}
    shared = agreement.shared_answers(answers, {})
    first, *rest = agreement.pairs(shared, classes_of)
    assert first.students == ("s01", "s02") and len(first.shared) == 6
    assert first.surprise == pytest.approx(6 * math.log2(30))
    assert first.by_chance < 0.05
    # Dealt anew, about as many pairs have one answer in common.
    assert {len(pair.shared) for pair in rest} == {1}
    assert all(25 < pair.by_chance <= 30 for pair in rest)


def test_the_page_names_who_copied_and_runs_nothing(tmp_path, monkeypatch):
    stem, folder = term.SETS[1], tmp_path / "in"
    monkeypatch.chdir(tmp_path)
    term.grade(tmp_path / "grades", stem, 24, notebooks=folder)
    hostile = {e.name: HOSTILE["brackets"] for e in classes.key(
        classes.ROOT / "solutions" / f"{stem}.py").autograded}  # fmt: skip
    path = classes.ROOT / "solutions" / f"{stem}.py"
    classes.write(folder / "Student 003.ipynb", classes.notebook(path, **hostile))
    ran = "open('ran', 'w').close()\n"
    for name in ("Student 014", "Student 015"):
        notebook = classes.notebook(
            path, power=ran + "def power(a, b):\n    return a\n"
        )
        classes.write(folder / f"{name}.ipynb", notebook)
    words = ["report", "grades", "--submissions", "in", "--out", "out"]
    assert main(words) == 0
    assert not (tmp_path / "ran").exists()
    pairs = (tmp_path / "out" / "agreement.csv").read_text(encoding="utf-8-sig")
    rows = [line.split(",") for line in pairs.splitlines()[1:]]
    copied = [[f"Student {n:03}" for n in sorted(pair)] for pair in term.COPIED.items()]
    assert sorted(row[:2] for row in rows[:3]) == sorted(copied)
    page = (tmp_path / "out" / "agreement.html").read_text(encoding="utf-8")
    assert all(name in page for pair in copied for name in pair)
    assert "reckon with an\ninnocent reason" in page
    index = (tmp_path / "out" / "index.html").read_text(encoding="utf-8")
    assert "agreement" not in index and "lower bound" in index

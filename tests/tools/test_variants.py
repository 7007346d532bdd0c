"""Exercises with numbers of each student's own: made, solved, copied, graded."""

import contextlib
import io
import json
import re
from functools import cache

import cells
import pytest
from grading import classes
from grading.small_class import SmallClass
from grading.standin import StandIn

from course_tools.__main__ import main
from course_tools.authoring import variants
from course_tools.authoring.exercises import student_version
from course_tools.grading.grader import Grader
from course_tools.grading.submissions.answers import read_key
from course_tools.grading.submissions.collect import Handed
from course_tools.grading.submissions.numbers import OwnNumbers
from course_tools.project import UserError
from course_utils.checks import exercises as state

STUDENTS = [f"student {number}" for number in range(40)]
VARIED = [
    (path, varied) for path in cells.KEYS for varied in variants.read_variants(path)
]
each_varied = pytest.mark.parametrize(
    ("path", "varied"), VARIED, ids=[f"{p.stem}-{v.name}" for p, v in VARIED]
)
SET_3 = next(path for path in cells.KEYS if path.stem == "03_mlp")


def key_of(path, student):
    return variants.varied_key(read_key(path), variants.read_variants(path), student)


def differing(path, varied, count=3):
    """Students of whom no two have the same numbers in an exercise."""
    found = {}
    for student in STUDENTS:
        numbers = varied.drawn(variants.seed_of(student, path.stem))
        found.setdefault(tuple(numbers.values()), student)
    assert len(found) >= count
    return list(found.values())[:count]


def exercise_of(key, name):
    return next(e for e in key.exercises if e.name == name)


@cache
def before(path, name):
    """All variables before an answer, without what other exercises show."""
    key = read_key(path)
    place = [e.name for e in key.exercises].index(name)
    sources = [*key.exercises[0].setup, *(e.answer for e in key.exercises[:place])]
    namespace = {"__name__": "__main__"}
    for source in [*sources, *(key.exercises[place].setup if place else ())]:
        raised, _ = cells.run_cell(source, namespace, "set-up")
        assert not raised
    return namespace


def points(path, exercise, answer, hidden=True):
    """What an answer gets by a check, all other answers being the key's."""
    namespace = cells.copied(before(path, exercise.name))
    with contextlib.redirect_stdout(io.StringIO()):
        state.begin({exercise.name: exercise.points})
    raised = cells.run_cell(answer, namespace, "answer")[0]
    check = exercise.check if hidden else exercise.visible
    raised = raised or cells.run_cell(check, namespace, "check")[0]
    print(raised)  # a test that fails shows it
    return state._reached.get(exercise.name, 0)


def test_ten_exercises_in_most_sets_have_numbers_to_draw_from():
    assert len(VARIED) >= 10
    assert len({path for path, _ in VARIED}) >= 7
    for _, varied in VARIED:
        assert all(len(set(n)) >= 8 for n in varied.numbers.values())


@pytest.mark.parametrize("path", cells.KEYS, ids=lambda path: path.stem)
def test_every_swap_fits_its_key(path):
    assert variants.problems(cells.key(path), path) == []


@each_varied
def test_each_student_has_to_use_their_own_numbers(path, varied):
    students = differing(path, varied)
    of_all = exercise_of(read_key(path), varied.name)
    own = [exercise_of(key_of(path, s), varied.name) for s in students]
    untouched = f"# exercise: {varied.name}\nraise NotImplementedError"
    for exercise in own:
        assert points(path, exercise, exercise.answer) == of_all.points
        assert points(path, exercise, exercise.answer, hidden=False) == of_all.points
        assert points(path, exercise, of_all.answer) == 0
        assert points(path, exercise, untouched) == 0
        for other in own:
            if other is not exercise:
                assert points(path, exercise, other.answer) == 0
                assert points(path, exercise, other.answer, hidden=False) == 0


@each_varied
def test_every_number_can_be_solved(path, varied):
    key = read_key(path)
    for choice in range(max(map(len, varied.numbers.values()))):
        numbers = {n: v[choice % len(v)] for n, v in varied.numbers.items()}
        swap = varied.swapped(numbers)
        exercise = exercise_of(key, varied.name)
        for text in (exercise.answer, exercise.check):
            assert swap(text) != text
            assert max(map(len, swap(text).splitlines())) <= 100
        check = variants.replace(exercise, check=swap(exercise.check))
        assert points(path, check, swap(exercise.answer)) == exercise.points, numbers


@each_varied
def test_a_set_states_the_numbers_of_its_student(path, varied):
    whole = student_version(cells.key(path), path)
    first, second = (
        variants.varied_notebook(whole, path.stem, variants.read_variants(path), s)
        for s in differing(path, varied, 2)
    )
    for kind in ("markdown", "code"):
        texts = [
            "".join(
                c.source
                for c in variants.cells_of(n, varied.name)
                if c.cell_type == kind
            )
            for n in (whole, first, second)
        ]
        assert len(set(texts)) == 3, kind
        assert not re.search("<<|>>|HIDDEN", texts[1])
    assert variants.METADATA not in whole.metadata
    # What students see is what they are graded by.
    for student, made in zip(differing(path, varied, 2), (first, second), strict=True):
        check = next(
            c.source
            for c in made.cells
            if c.metadata.get("nbgrader", {}).get("grade_id") == f"{varied.name}-check"
        )
        exercise = exercise_of(key_of(path, student), varied.name)
        assert check.strip() == exercise.visible.strip()


def test_numbers_follow_from_the_id_and_the_set_alone():
    seed = variants.seed_of("Zoe\u0308 Ko", "03_mlp")
    assert seed == variants.seed_of(" zoë  ko", "03_mlp") == "3f7470ad9b85d30b"
    assert seed != variants.seed_of("zoë ko", "05_activations")
    shares = [
        variants.read_variants(SET_3)[0].drawn(variants.seed_of(s, "03_mlp"))["n"]
        for s in STUDENTS
    ]
    assert len(set(shares)) == 8


# --- whose numbers --------------------------------------------------------------------


@pytest.fixture
def own_numbers(tmp_path):
    """Says whose numbers a submission has, in a class of two."""
    path = tmp_path / "class.csv"
    path.write_text("name,ID,sis\nAda L.,ada,77\nBen,ben,78\n", "utf-8")
    return OwnNumbers(read_key(SET_3), SET_3, path)


def handed(name, of=None):
    """A submission whose notebook says that it has somebody's numbers."""
    named = {"student": of, "seed": variants.seed_of(of or "", "03_mlp")}
    metadata = {variants.METADATA: named} if of else {}
    content = json.dumps({"cells": [], "metadata": metadata})
    return Handed(name, "x.ipynb", content.encode())


@pytest.mark.parametrize("name", ["ada", "ADA", "Ada L.", "adal 77", "Ada L. 12345"])
def test_a_submission_is_graded_with_the_numbers_of_its_student(own_numbers, name):
    expected = key_of(SET_3, "ada")
    assert own_numbers.key_of(handed(name, "ada")) == (expected, "", "")
    assert own_numbers.key_of(handed(name)) == (expected, "", "")


def test_what_a_notebook_says_of_its_numbers_is_not_trusted(own_numbers):
    key, problem, remark = own_numbers.key_of(handed("ada", "ben"))
    assert (key, problem) == (key_of(SET_3, "ada"), "")
    assert remark == "its notebook has the numbers of another student"


def test_who_is_not_in_the_class_is_told_so(own_numbers):
    key, problem, _ = own_numbers.key_of(handed("cy", "ada"))
    assert key is None
    assert "class.csv has no student of this name" in problem


def test_without_the_class_no_notebook_with_own_numbers_is_graded():
    numbers = OwnNumbers(read_key(SET_3), SET_3, None)
    assert numbers.key_of(handed("ada")) == (None, "", "")
    key, problem, _ = numbers.key_of(handed("ada", "ada"))
    assert key is None
    assert "give --variants" in problem


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("id\nada\nAda\n", "twice"), ("id\n", "no students"), ("", "no students"),
        ("id,n\n,x\n", "an id"), ("n,id\nx\n", "an id"), ("id\n\udce9\n", "UTF-8"),
    ],
)  # fmt: skip
def test_a_class_that_cannot_be_used_is_named(tmp_path, text, message):
    (tmp_path / "class.csv").write_text(text, "utf-8", "surrogateescape")
    with pytest.raises(UserError, match=message):
        variants.Students(tmp_path / "class.csv")


def test_a_class_that_a_spreadsheet_has_saved_is_the_same(tmp_path):
    path = tmp_path / "class.csv"
    for text in ('id,name\nada,"Lu,\n Ada"\n', 'id;name\r\nada;"Lu,\n Ada"\r\n'):
        path.write_bytes(text.encode("utf-8-sig"))
        assert variants.Students(path).ids == ["ada"]
    with pytest.raises(UserError, match="can't be read"):
        variants.Students(tmp_path / "none.csv")


@pytest.mark.sandbox
def test_the_command_grades_each_student_by_their_own_numbers(tmp_path, monkeypatch):
    varied = variants.read_variants(SET_3)
    ada, ben = differing(SET_3, varied[0], 2)
    whole = student_version(cells.key(SET_3), SET_3)

    def write(folder, numbers, answers):
        made = variants.varied_notebook(whole, SET_3.stem, varied, numbers)
        right = {e.name: e.answer for e in key_of(SET_3, answers).exercises}
        for cell in made.cells:
            graded = cell.metadata.get("nbgrader", {})
            if graded.get("solution"):
                cell.source = right[graded["grade_id"]]
        classes.write(tmp_path / "in" / folder / "03_mlp.ipynb", made)

    write(ada, ada, ada)
    write(ben, ada, ada)  # copied, with Ada's name in it
    (tmp_path / "class.csv").write_text(f"id\n{ada}\n{ben}\n", "utf-8")
    words = ["grade", str(tmp_path / "in"), "--key", str(SET_3)]
    words += ["--out", str(tmp_path / "out"), "--jobs", "1"]
    words += [] if classes.strong_modes() else ["--trusted"]
    own = ["--variants", str(tmp_path / "class.csv")]
    assert main([*words, *own]) == 0
    rows = json.loads((tmp_path / "out/grades.json").read_text("utf-8"))["students"]
    marks = {
        row["student"]: {n: r["points"] for n, r in row["results"].items()}
        for row in rows
    }
    full = {e.name: e.points for e in read_key(SET_3).autograded}
    assert marks[ada] == full
    assert marks[ben] == full | {"count_parameters": 0}
    status = {row["student"]: row["status"] for row in rows}
    assert "the numbers of another student" in status[ben]
    assert "another" not in status[ada]
    # Nothing has changed: nothing is graded again.
    monkeypatch.setattr(Grader, "grade", None)
    assert main([*words, *own]) == 0


def test_numbers_are_of_whom_the_roster_names_and_stay_in_later_runs(
    tmp_path, monkeypatch
):
    group, keys = SmallClass(tmp_path, monkeypatch), {}
    generous = StandIn.grade

    def grade(self, submission):
        keys[submission.student] = submission.key
        return generous(self, submission)

    monkeypatch.setattr(StandIn, "grade", grade)
    (tmp_path / "variants.toml").write_text(
        '[02_topic.one]\nnumbers.n = [5, 6, 7]\n'
        'swap = [["one = 1", "one = <<n>>"]]\n'
    )  # fmt: skip
    (tmp_path / "own.csv").write_text("id\ns1\ns2\n")
    words = group.roster("id,name,email\ns1,Ada Lu,ada@x.org\ns2,Ben Xu,b@x.org\n")
    group.hand_in("ada@x.org")
    group.hand_in("Ben Xu")
    assert group.grade(*words, "--variants", tmp_path / "own.csv") == 0
    expected = {
        "Ada Lu s1": key_of(group.key, "s1"),
        "Ben Xu s2": key_of(group.key, "s2"),
    }
    assert keys == expected
    # Whoever does not say it again gets the same numbers.
    keys.clear()
    group.hand_in("Ben Xu", one=1)
    assert group.grade() == 0
    assert keys == {"Ben Xu s2": expected["Ben Xu s2"]}
    assert group.grade("--variants", "") == 0
    assert keys == dict.fromkeys(expected)

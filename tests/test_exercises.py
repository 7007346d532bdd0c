"""Exercise sets: complete, solvable, and strict with wrong answers."""

import os
import re
import runpy
import sys
from copy import deepcopy
from pathlib import Path

import cells
import nbformat
import pytest
from cells import KEYS, ROOT
from nbgrader.api import Gradebook
from nbgrader.apps import NbGraderAPI

from course_tools.authoring.exercises import nbgrader_config, third_hints

each_set = pytest.mark.parametrize("path", KEYS, ids=lambda path: path.stem)
ANSWERS = {
    path.stem: runpy.run_path(str(path))["WRONG"]
    for path in sorted((ROOT / "tests" / "answers").glob("[0-9][0-9]_*.py"))
}
each_wrong_answer = pytest.mark.parametrize(
    ("path", "name", "mistake"),
    [
        pytest.param(path, name, mistake, id=f"{path.stem}-{name}-{mistake}")
        for path in KEYS
        for name, mistakes in ANSWERS.get(path.stem, {}).items()
        for mistake in mistakes
    ],
)
HEAD = re.compile(
    r"^## (?P<number>\d+\.\d+) (?P<title>.+)\n\n"
    r"(?P<points>\d+) points? · (?P<stars>★★★|★★☆|★☆☆) · "
    r"about (?P<minutes>\d+) minutes · practices\s"
    r"\[[^]]+\]\((?P<place>\S+)#(?P<anchor>\S+)\)$",
    re.MULTILINE,
)
HINT = r"<details><summary>Hint {}</summary>\n\n(.+?)\n</details>"


def graded_points(path):
    return {e.name: e.points for e in cells.exercises(path) if e.autograded}


def prompts(path):
    """By exercise, the markdown between the answer before it and its own answer."""
    texts, start, key = {}, 0, cells.key(path)
    for exercise in cells.exercises(path):
        end = cells.place(key, exercise.name)
        between = key.cells[start:end]
        text = "\n\n".join(c.source for c in between if c.cell_type == "markdown")
        texts[exercise.name] = text[text.index("## ") :]
        start = end + 1
    return texts


def anchors(lesson):
    """The anchors that JupyterLab gives to the headings of a lesson."""
    source = (ROOT / "notebooks" / lesson).with_suffix(".py").read_text("utf-8")
    headings = re.findall(r"^# #+ (.+)$", source, re.MULTILINE)
    return {heading.replace(" ", "-") for heading in headings}


# --- right and wrong answers ----------------------------------------------------------


@each_set
def test_the_key_scores_full_marks(path):
    run, points = cells.key_run(path), graded_points(path)
    assert run.messages == dict.fromkeys(points, "")
    for name in points:
        assert run.printed[name].startswith(f"✓ {name}: passed, {points[name]} of ")
    assert f"{sum(points.values())} of {sum(points.values())} points" in run.board


RETYPED = """
def _retyped(value):
    if isinstance(value, (list, tuple)):
        return type(value)(map(_retyped, value))
    if isinstance(value, dict):
        return {{key: _retyped(part) for key, part in value.items()}}
    if not isinstance(value, torch.Tensor):
        return value
    if value.dtype == torch.int64:
        return value.int()
    return value.{float}() if value.is_floating_point() else value

_answer = {name}

def {name}(*args, **kwargs):
    return _retyped(_answer(*args, **kwargs))
"""
# Its prompt asks for 64 bits, since 32 are too few for differences.
NEEDS_64_BITS = {("numeric_gradient", "float")}


@pytest.mark.parametrize("number", ["double", "float"])
@each_set
def test_a_result_may_be_of_another_type(path, number):
    for name in graded_points(path):
        exercise = next(e for e in cells.exercises(path) if e.name == name)
        answer = exercise.answer
        retyped = answer + RETYPED.format(name=name, float=number)
        if (name, number) not in NEEDS_64_BITS:
            assert cells.check_answer(path, name, retyped, trains=answer) == ""


@each_set
def test_several_results_may_come_as_a_list(path):
    for name in graded_points(path):
        exercise = next(e for e in cells.exercises(path) if e.name == name)
        answer = exercise.answer
        listed = f"""
_answer = {name}

def {name}(*args, **kwargs):
    result = _answer(*args, **kwargs)
    return list(result) if isinstance(result, tuple) else result
"""
        assert cells.check_answer(path, name, answer + listed, trains=answer) == ""


@each_wrong_answer
def test_a_wrong_answer_is_told_what_is_wrong(path, name, mistake):
    answer, pattern = ANSWERS[path.stem][name][mistake]
    source = f"# exercise: {name}\n{answer.strip()}\n"
    seen = cells.check_answer(path, name, source, hidden=False)
    complete = cells.check_answer(path, name, source)
    if mistake.endswith("(hidden)"):
        assert seen == ""
    else:
        assert re.search(pattern, seen), seen
    assert re.search(pattern, complete), complete
    assert complete.startswith(f"CheckFailed: {name}: ")
    assert len(complete) < 400
    assert "\n" not in complete


@each_set
def test_every_autograded_exercise_has_three_wrong_answers(path):
    counts = {n: len(m) for n, m in ANSWERS.get(path.stem, {}).items()}
    assert set(counts) == set(graded_points(path))
    assert min(counts.values()) >= 3


@each_set
def test_hidden_checks_catch_what_fits_the_visible_examples_only(path):
    for name, mistakes in ANSWERS[path.stem].items():
        assert any(mistake.endswith("(hidden)") for mistake in mistakes), name


# --- what a set consists of -----------------------------------------------------------


@each_set
def test_a_set_has_exercises_of_all_three_kinds(path):
    exercises = cells.exercises(path)
    assert len(exercises) >= 5
    assert sum(exercise.autograded for exercise in exercises) >= 3
    assert any(not exercise.autograded for exercise in exercises)
    titles = [HEAD.search(text)["title"] for text in prompts(path).values()]
    assert any(title.startswith("Find and mend") for title in titles)
    assert any(title.startswith("Explain") for title in titles)


@each_set
def test_every_exercise_states_points_difficulty_minutes_and_section(path):
    lesson = int(path.stem[:2])
    for number, exercise in enumerate(cells.exercises(path), start=1):
        head = HEAD.search(prompts(path)[exercise.name])
        assert head, exercise.name
        assert head["number"] == f"{lesson}.{number}"
        assert int(head["points"]) == exercise.points
        assert head["place"] == f"../notebooks/{path.stem}.ipynb"
        assert head["anchor"] in anchors(path.stem)


@each_set
def test_the_opening_gives_the_sum_of_the_minutes(path):
    minutes = [int(HEAD.search(text)["minutes"]) for text in prompts(path).values()]
    opening = cells.key(path).cells[1].source
    assert f"**Time:** about {sum(minutes)} minutes" in opening


@each_set
def test_every_exercise_has_three_hints_each_longer_than_a_phrase(path):
    for name, text in prompts(path).items():
        hints = [re.findall(HINT.format(n), text, re.DOTALL) for n in (1, 2, 3)]
        assert [len(found) for found in hints] == [1, 1, 1], name
        assert text.count("<details>") == text.count("</details>") == 3
        assert min(len(found[0]) for found in hints) > 30


@each_set
def test_the_third_hint_is_not_the_answer(path):
    answers = {e.name: e.answer for e in cells.exercises(path)}
    for name, hint in third_hints(cells.key(path)).items():
        lines = {"".join(line.split()) for line in answers[name].splitlines()}
        for code in re.findall(r"`([^`]+)`", hint):
            code = "".join(code.split())
            assert len(code) < 25 or not any(code in line for line in lines), code
            assert not any(len(line) > 15 and line in code for line in lines), code


@each_set
def test_check_and_answer_cells_are_as_nbgrader_wants_them(path):
    notebook = cells.key(path)
    for exercise in cells.exercises(path):
        answer = notebook.cells[cells.place(notebook, exercise.name)]
        assert "### BEGIN SOLUTION" in answer.source
        if not exercise.autograded:
            assert "\n**Rubric**\n" in answer.source
            continue
        check = notebook.cells[cells.place(notebook, f"{exercise.name}-check")]
        assert "### BEGIN HIDDEN TESTS" in check.source
        # Functions that only the check needs may stand above it.
        opening = rf'^with checks\.exercise\(\s*"{exercise.name}"[,)]'
        assert re.search(opening, check.source, re.MULTILINE)
        for cell in (answer, check):
            assert cell.metadata["tags"] == ["raises-exception"]
        assert (
            check.metadata["nbgrader"]["locked"],
            answer.metadata["nbgrader"]["locked"],
        ) == (True, False)


@each_set
def test_the_last_cell_shows_the_points(path):
    assert cells.key(path).cells[-1].source == "checks.scoreboard()"


# --- in nbgrader ----------------------------------------------------------------------

STUDENTS = ("untouched", "solved")
GRADED = KEYS[1]
uses_nbgrader = pytest.mark.filterwarnings("ignore::sqlalchemy.exc.SAWarning")


@pytest.fixture(scope="module")
def nbgrader_course(tmp_path_factory):
    """The folder of an nbgrader course, with an assignment made from each key.

    One of them is graded as well: the student "untouched" hands it in as it is
    stored, "solved" the same with the key's answers filled in.
    """
    course = tmp_path_factory.mktemp("course")

    def write(notebook, folder, path):
        target = course / folder / path.stem / f"{path.stem}.ipynb"
        target.parent.mkdir(parents=True, exist_ok=True)
        nbformat.write(notebook, target)

    for path in KEYS:
        key = nbformat.read(path.with_suffix(".ipynb"), as_version=4)
        write(key, "source", path)
    exercises = ROOT / "exercises" / f"{GRADED.stem}.ipynb"
    untouched = nbformat.read(exercises, as_version=4)
    solved = deepcopy(untouched)
    for exercise in cells.exercises(GRADED):
        place = cells.place(solved, exercise.name)
        solved.cells[place].source = exercise.answer
    write(untouched, "submitted/untouched", GRADED)
    write(solved, "submitted/solved", GRADED)

    config = nbgrader_config()
    config.CourseDirectory.root = str(course)
    config.Exchange.root = str(course / "exchange")
    api = NbGraderAPI(config=config)
    with pytest.MonkeyPatch.context() as patch:
        # nbgrader calls `alembic`, which is installed beside this Python.
        patch.setenv("PATH", str(Path(sys.executable).parent), prepend=os.pathsep)
        for path in KEYS:
            made = api.generate_assignment(path.stem)
            assert made["success"], made["log"]
        for student in STUDENTS:
            graded = api.autograde(GRADED.stem, student)
            assert graded["success"], graded["log"]
    return course


@pytest.fixture(scope="module")
def nbgrader_grades(nbgrader_course):
    """By student and cell: points, and of how many."""
    grades = {}
    with Gradebook(f"sqlite:///{nbgrader_course / 'gradebook.db'}") as gradebook:
        for student in STUDENTS:
            (notebook,) = gradebook.find_submission(GRADED.stem, student).notebooks
            grades[student] = {
                grade.name: (grade.auto_score, grade.max_score)
                for grade in notebook.grades
            }
    return grades


@uses_nbgrader
def test_nbgrader_gives_the_key_full_marks(nbgrader_grades):
    autograded = {f"{n}-check": (p, p) for n, p in graded_points(GRADED).items()}
    written = {
        exercise.name: (None, exercise.points)  # a person reads these
        for exercise in cells.exercises(GRADED)
        if not exercise.autograded
    }
    assert nbgrader_grades["solved"] == autograded | written


@uses_nbgrader
def test_nbgrader_gives_an_untouched_set_nothing(nbgrader_grades):
    assert {points for points, _ in nbgrader_grades["untouched"].values()} == {0}


@uses_nbgrader
@each_set
def test_nbgrader_itself_makes_the_same_set(path, nbgrader_course):
    def graded_cells(file):
        notebook = nbformat.read(file, as_version=4)
        return [c.source.rstrip() for c in notebook.cells if "nbgrader" in c.metadata]

    made = nbgrader_course / "release" / path.stem / f"{path.stem}.ipynb"
    exercises = ROOT / "exercises" / f"{path.stem}.ipynb"
    assert graded_cells(made) == graded_cells(exercises)

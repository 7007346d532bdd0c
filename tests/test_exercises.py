"""Exercise sets: complete, solvable, and strict with wrong answers."""

import re
import runpy

import cells
import pytest
from cells import KEYS, ROOT

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
    texts, start = {}, 0
    for exercise in cells.exercises(path):
        between = cells.key(path).cells[start : exercise.answer]
        text = "\n\n".join(c.source for c in between if c.cell_type == "markdown")
        texts[exercise.name] = text[text.index("## ") :]
        start = exercise.check + 1
    return texts


def anchors(lesson):
    """The anchors that JupyterLab gives to the headings of a lesson."""
    source = (ROOT / "notebooks" / lesson).with_suffix(".py").read_text("utf-8")
    headings = re.findall(r"^# #+ (.+)$", source, re.MULTILINE)
    return {heading.replace(" ", "-") for heading in headings}


# --- right, untouched and wrong answers -----------------------------------------------


@each_set
def test_the_key_scores_full_marks(path):
    run, points = cells.key_run(path), graded_points(path)
    assert run.messages == dict.fromkeys(points, "")
    for name in points:
        assert run.printed[name].startswith(f"✓ {name}: passed, {points[name]} of ")
    assert f"{sum(points.values())} of {sum(points.values())} points" in run.board


@each_set
def test_an_untouched_set_runs_through_and_scores_nothing(path):
    run, points = cells.execute(cells.untouched(path), path), graded_points(path)
    assert set(run.messages) == set(points)
    for name, message in run.messages.items():
        assert message.startswith(f"CheckFailed: {name}: not answered yet."), message
    assert f"0 of {sum(points.values())} points" in run.board


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
def test_check_and_answer_cells_are_as_nbgrader_wants_them(path):
    notebook = cells.key(path)
    for exercise in cells.exercises(path):
        answer, check = notebook.cells[exercise.answer], notebook.cells[exercise.check]
        assert "### BEGIN SOLUTION" in answer.source
        if not exercise.autograded:
            assert "\n**Rubric**\n" in answer.source
            continue
        assert "### BEGIN HIDDEN TESTS" in check.source
        assert check.source.startswith(f'with checks.exercise("{exercise.name}"):')
        for cell in (answer, check):
            assert cell.metadata["tags"] == ["raises-exception"]
        assert (
            check.metadata["nbgrader"]["locked"],
            answer.metadata["nbgrader"]["locked"],
        ) == (True, False)


@each_set
def test_the_last_cell_shows_the_points(path):
    assert cells.key(path).cells[-1].source == "checks.scoreboard()"

"""The project's three worked hand-ins: each earns what it says."""

import re
from pathlib import Path

import cells
import jupytext
import pytest

from course_tools.authoring.pairs import find_sources

ROOT = Path(__file__).parents[1]
KEY = ROOT / "solutions" / "11_project.py"
HAND_INS = sorted((ROOT / "solutions").glob("project_*.py"))

each_hand_in = pytest.mark.parametrize("path", HAND_INS, ids=lambda path: path.stem)


def answers(path):
    """By exercise, the answer cells of a hand-in."""
    notebook = jupytext.read(path, fmt="py:percent")
    return {
        cell.metadata["nbgrader"]["grade_id"]: cell.source
        for cell in notebook.cells
        if "nbgrader" in cell.metadata and cell.cell_type == "code"
    }


def earned(path):
    """Points of checks that a hand-in says it earns."""
    text = jupytext.read(path, fmt="py:percent").cells[-1].source
    if "All 20 points from checks" in text:
        return 20
    return int(re.search(r"= (\d+) of 20\s+points", text)[1])


def points():
    return {e.name: e.points for e in cells.exercises(KEY) if e.autograded}


def test_there_are_three_and_none_is_taken_for_a_key():
    assert [path.stem for path in HAND_INS] == [
        "project_1_pass", "project_2_good", "project_3_excellent"
    ]  # fmt: skip
    assert not set(HAND_INS) & set(find_sources(ROOT, ["solutions"]))


@each_hand_in
def test_a_hand_in_says_what_its_answers_earn(path):
    assert earned(path) == sum(points()[name] for name in answers(path))


@pytest.mark.notebook
@each_hand_in
def test_each_of_its_answers_passes(path):
    given = answers(path)
    for name, source in given.items():
        # A reader that is handed in twice is defined above.
        alias = re.search(r"= train, read$", source)
        trains = given["read"] if alias else source
        complete = f"{trains}\n\n{source}" if alias else source
        assert cells.check_answer(KEY, name, complete, trains=trains) == "", name

"""What is read of a key, by authors' tools and by the grader alike."""

import json
from pathlib import Path

import pytest

from course_tools.keys import (
    Cell,
    Key,
    cell_of,
    declared_points,
    key_from_dict,
    parse_key,
    require_key,
)
from course_tools.project import UserError

PATH = Path("solutions/01_first.py")
ANSWER = """\
# exercise: double
def double(x):
    ### BEGIN SOLUTION
    return x + x
    ### END SOLUTION"""
CHECK = """\
with checks.exercise("double", without=["torch.nn.functional.relu", "sum"]):
    assert double(3) == 6
    ### BEGIN HIDDEN TESTS
    assert double(-4) == -8
    ### END HIDDEN TESTS
"""
CELLS = [
    Cell("code", "import os\nimport sys", setup=True),
    Cell("markdown", "# 1. First"),
    Cell("code", "from torch import nn\n\nfactor = 2"),
    Cell("markdown", "## Double\n\nDouble a number.\n\n### Hints"),
    Cell("code", ANSWER, grade_id="double", solution=True),
    Cell("code", CHECK, grade_id="double-check", grade=True, points=2),
    Cell("markdown", "## Explain it"),
    Cell("markdown", "Because.", "explain", grade=True, solution=True, points=3),
]


def test_an_autograded_exercise_has_all_that_grading_needs():
    key = parse_key(CELLS, PATH, "abc")
    (double,) = key.autograded
    assert (key.name, key.digest) == ("01_first", "abc")
    assert (double.name, double.points) == ("double", 2)
    assert (double.answer, double.check) == (ANSWER, CHECK)
    assert double.visible == "".join(CHECK.splitlines(True)[:2])
    assert double.names == ("double",)
    assert double.setup == ("from torch import nn\n\nfactor = 2",)


def test_a_written_exercise_has_the_heading_above_it():
    (explain,) = parse_key(CELLS, PATH).written
    assert (explain.name, explain.points, explain.answer) == ("explain", 3, "Because.")
    assert (explain.heading, explain.check) == ("Explain it", "")


def test_modules_are_those_that_cells_import_or_watch():
    modules = parse_key(CELLS, PATH).modules
    assert {"os", "sys", "torch", "torch.nn", "torch.nn.functional"} == set(modules)


def test_a_key_survives_json():
    key = parse_key(CELLS, PATH, "abc")
    assert key_from_dict(json.loads(json.dumps(key.as_dict()))) == key


def test_a_key_is_told_from_the_students_version_and_from_a_lesson():
    key = parse_key(CELLS, PATH)
    assert require_key(key, PATH) is key
    with pytest.raises(UserError, match="students' version"):
        (double,) = key.autograded
        plain = [Cell("code", "double = 1", "double", solution=True),
                 Cell("code", double.visible, "double-check", grade=True)]  # fmt: skip
        require_key(parse_key(plain, PATH), PATH)
    with pytest.raises(UserError, match="no check cells"):
        require_key(Key("01_first", (), ()), PATH)


@pytest.mark.parametrize(
    ("left_out", "message"),
    [
        (4, "'double-check' has no answer cell 'double'"),
        (5, r"no check .*\['double'\]"),
    ],
)
def test_an_answer_and_its_check_belong_together(left_out, message):
    cells = CELLS[:left_out] + CELLS[left_out + 1 :]
    with pytest.raises(UserError, match=message):
        parse_key(cells, PATH)


def test_code_that_is_no_python_is_named_with_its_file():
    with pytest.raises(UserError, match=r"01_first\.py: .*line 1"):
        parse_key([Cell("code", "def :")], PATH)


def test_points_are_declared_for_both_kinds_together():
    begin = 'from course_utils import checks\nchecks.begin({"a": 2}, written={"b": 3})'
    assert declared_points([Cell("code", begin)]) == {"a": 2, "b": 3}
    assert declared_points(CELLS) == {}


@pytest.mark.parametrize("nbgrader", [None, [], {"grade_id": 5, "points": "2"}])
def test_metadata_of_any_kind_makes_a_cell(nbgrader):
    cell = cell_of("code", "\nx\n", nbgrader, ["course-setup"])
    assert cell == Cell("code", "x", setup=True)

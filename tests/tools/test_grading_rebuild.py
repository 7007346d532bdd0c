"""Reading what students hand in, whatever it is, and finding the answers in it."""

import json
import os
from dataclasses import asdict

import nbformat
import pytest
from grading import classes
from grading.classes import KEYS, ROOT

from course_tools.authoring.exercises import find_exercises, student_version
from course_tools.authoring.pairs import read_source
from course_tools.grading.submissions.answers import (
    find_answers,
    find_helpers,
    read_key,
)
from course_tools.grading.submissions.notebook import (
    MAX_BYTES,
    Unreadable,
    read_cells,
    read_file,
)
from course_tools.project import UserError

each_key = pytest.mark.parametrize("path", KEYS, ids=lambda path: path.stem)
KEY = classes.key()
ANSWERS = classes.right_answers()


def answers_of(made, name="Ada.ipynb"):
    """The answers of a notebook given as a dictionary, or of a text."""
    text = made if isinstance(made, str) else json.dumps(made)
    return find_answers(KEY, read_cells(text.encode(), name))


def sources_of(made, name="Ada.ipynb"):
    return {n: a.source for n, a in answers_of(made, name).items()}


# --- keys -----------------------------------------------------------------------------


@each_key
def test_a_key_is_read_as_the_rest_of_the_course_reads_it(path):
    key, notebook = classes.key(path), read_source(path)
    student = student_version(notebook, path)
    expected = find_exercises(notebook, path)
    assert [asdict(e) for e in key.exercises] == [asdict(e) for e in expected]
    grade_ids = [c.metadata.get("nbgrader", {}).get("grade_id") for c in student.cells]
    for exercise in key.autograded:
        check = student.cells[grade_ids.index(f"{exercise.name}-check")].source
        assert exercise.visible.strip() == check.strip()
        assert "HIDDEN" not in exercise.visible
        # With the functions that stand beside it in its cell.
        assert exercise.name in exercise.names


@each_key
def test_both_files_of_a_key_say_the_same(path):
    notebook, script = read_key(path.with_suffix(".ipynb")), classes.key(path)
    assert notebook.exercises == script.exercises
    assert notebook.modules == script.modules


def test_the_students_version_is_no_key():
    with pytest.raises(UserError, match=r"students' version.*solutions/"):
        read_key(ROOT / "exercises" / "02_softmax_regression.py")


def test_a_lesson_is_no_key():
    with pytest.raises(UserError, match="no check cells"):
        read_key(ROOT / "notebooks" / "02_softmax_regression.py")


# --- formats --------------------------------------------------------------------------


def test_a_notebook_is_read():
    assert sources_of(classes.solved()) == ANSWERS


def test_an_untouched_notebook_has_no_answers():
    found = answers_of(classes.notebook())
    assert {a.problem for a in found.values()} == {"not answered."}


def test_a_percent_script_is_read():
    text = classes.SET_2.read_text(encoding="utf-8")
    answers = {e.name: e.answer for e in KEY.exercises}
    assert sources_of(text, "Ada.py") == answers


def test_a_notebook_of_format_3_is_read():
    made = nbformat.reads(json.dumps(classes.solved()), as_version=4)
    old = nbformat.convert(made, 3)
    assert sources_of(nbformat.v3.writes_json(old)) == ANSWERS


def test_sources_as_lists_of_lines_and_other_line_ends_are_read():
    made = classes.solved()
    for cell in made["cells"]:
        text = "".join(cell["source"]).replace("\n", "\r\n")
        cell["source"] = text.splitlines(keepends=True)
    text = json.dumps(made)
    found = {n: s.replace("\r\n", "\n") for n, s in sources_of(text).items()}
    assert found == ANSWERS
    assert sources_of("\ufeff" + json.dumps(classes.solved())) == ANSWERS


def test_without_metadata_answers_are_found_by_their_comments():
    made = classes.solved()
    for cell in made["cells"]:
        cell["metadata"] = {}
    found = answers_of(made)
    for exercise in KEY.autograded:
        assert found[exercise.name].source == ANSWERS[exercise.name]
        assert found[exercise.name].note == "found by its comment"
    written = found["explain_scaled_logits"]
    assert written.source == ANSWERS["explain_scaled_logits"]
    assert written.note == "found by its heading"


def test_without_metadata_and_comments_answers_are_found_by_name():
    made = classes.solved()
    for cell in made["cells"]:
        cell["metadata"] = {"id": "colab"}
        lines = "".join(cell["source"]).splitlines(keepends=True)
        kept = [line for line in lines if not line.startswith("# exercise:")]
        cell["source"] = "".join(kept)
    found = answers_of(made)
    for exercise in KEY.autograded:
        without = ANSWERS[exercise.name].partition("\n")[2]
        assert found[exercise.name].source == without
        assert found[exercise.name].note == "found by the name it defines"


def test_a_script_without_cell_marks_is_read():
    text = "import torch\n\n" + "\n\n".join(
        e.answer + f'\n\nwith checks.exercise("{e.name}"):\n    {e.name}(1)\n'
        for e in KEY.autograded
    )
    found = sources_of(text, "colab_export.py")
    for exercise in KEY.autograded:
        assert found[exercise.name].strip() == exercise.answer.strip()


# --- answers --------------------------------------------------------------------------


def test_a_copy_of_an_answer_costs_nothing():
    made = classes.solved()
    for cell in list(made["cells"]):
        if cell["metadata"].get("nbgrader", {}).get("grade_id") == "softmax":
            made["cells"] += [cell, cell]
    found = answers_of(made)
    assert found["softmax"].source == ANSWERS["softmax"]
    assert found["softmax"].note == "several times"


def test_an_untouched_copy_beside_an_answer_costs_nothing():
    made, untouched = classes.solved(), classes.notebook()
    made["cells"] += untouched["cells"]
    assert sources_of(made) == ANSWERS


def test_two_different_answers_cost_that_exercise_alone():
    made = classes.solved()
    other = classes.solved(softmax="def softmax(Z, temperature=1.0):\n    return Z")
    made["cells"] += other["cells"]
    found = answers_of(made)
    assert found.pop("softmax").problem == (
        "2 cells answer this exercise, and they differ. Keep one."
    )
    assert {n: a.source for n, a in found.items()} == {
        n: s for n, s in ANSWERS.items() if n != "softmax"
    }


def test_deleted_check_cells_and_changed_points_change_nothing():
    made = classes.solved()
    made["cells"] = [
        c for c in made["cells"]
        if not c["metadata"].get("nbgrader", {}).get("locked", False)
    ]  # fmt: skip
    for cell in made["cells"]:
        if "nbgrader" in cell["metadata"]:
            cell["metadata"]["nbgrader"]["points"] = 10**6
    assert sources_of(made) == ANSWERS


def test_an_answer_in_a_new_cell_counts_when_its_own_is_untouched():
    made = classes.notebook()
    made["cells"].append(
        {"cell_type": "code", "metadata": {}, "source": ANSWERS["softmax"]}
    )
    assert answers_of(made)["softmax"].source == ANSWERS["softmax"]


def test_an_answer_turned_into_text_is_named():
    made = classes.solved()
    for cell in made["cells"]:
        if cell["metadata"].get("nbgrader", {}).get("grade_id") == "softmax":
            cell["cell_type"] = "markdown"
    assert answers_of(made)["softmax"].problem == "its cell is no longer a code cell."


def helpers_of(*sources, at=0):
    made = classes.solved()
    own = [{"cell_type": "code", "metadata": {}, "source": s} for s in sources]
    made["cells"][at:at] = own
    found = read_cells(json.dumps(made).encode(), "Ada.ipynb")
    return find_helpers(KEY, found, find_answers(KEY, found))


@pytest.mark.parametrize(
    ("source", "names"),
    [
        ("import numpy as np, os.path", ("np", "os")),
        ("from math import pi, tau as t", ("pi", "t")),
        ("from math import (\n    pi,\n    tau as t,\n)", ("pi", "t")),
        ("from math import *", ("*",)),
        ("try:\n    import fast\nexcept ImportError:\n    fast = 1", ("fast",)),
        ("a, b = 1, 2\nc: int = 3\nd == 4", ("a", "b", "c")),
        ("def scale(x):\n    inner = 2", ("scale",)),
        ("async def scale(x):\n    pass\nclass Part:\n    pass", ("scale", "Part")),
        ("files = !ls", ("files",)),
    ],
)
def test_what_a_cell_of_the_students_own_defines_is_known(source, names):
    (helper,) = helpers_of(source)
    assert (helper.source, helper.names) == (source, names)


def test_where_a_cell_of_the_students_own_stands_is_known():
    above, below = helpers_of("a = 1"), helpers_of("a = 1", at=1000)
    assert (above[0].place, below[0].place) == (0, len(KEY.autograded))


def test_cells_of_the_course_and_attempts_at_answers_are_no_helpers():
    assert helpers_of("softmax = 1", "print(3)", "# nothing") == ()


def test_enormous_cells_of_the_students_own_are_left_out():
    assert helpers_of("a = 1\n" * 100_000) == ()


def test_an_enormous_answer_costs_that_exercise_alone():
    found = answers_of(classes.solved(softmax="x = 1\n" * 100_000))
    assert "599,999 characters" in found["softmax"].problem
    assert found["one_hot"].source


# --- files that are none --------------------------------------------------------------


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (b"", "it is empty"),
        (b" \n ", "it is empty"),
        (b"%PDF-1.7 \xff\xfe", "not text in UTF-8"),
        (b"<html>", "its JSON is broken"),
        (b"[1, 2]", "holds something else"),
        (b"{}", "no list of cells"),
        (b'{"cells": []}', "no cells"),
        (b'{"cells": 7}', "no cells"),
        (b'{"cells": [' + b"{}," * 9_999 + b"{}]}", "10,000 cells; 5,000 are read"),
        (b'{"cells": [7, {"source": 7}, {"metadata": 7}]}', None),
        (b'{"cells": [{"cell_type": [], "source": [7, {}], "metadata": '
         b'{"nbgrader": {"grade_id": [], "points": "x"}}}]}', None),
        (b'{"cells": ' + b"[" * 200_000, "its JSON is broken"),
        (b'{"cells": [' + b"9" * 10_000 + b"]}", "its JSON is broken"),
    ],
)  # fmt: skip
def test_what_is_no_notebook_is_called_so(content, reason):
    if reason is None:
        found = find_answers(KEY, read_cells(content, "Ada.ipynb"))
        assert all(a.problem for a in found.values())
        return
    with pytest.raises(Unreadable, match=reason):
        read_cells(content, "Ada.ipynb")


def test_links_pipes_folders_and_large_files_are_not_read(tmp_path):
    (tmp_path / "file").write_text("x")
    (tmp_path / "link").symlink_to(tmp_path / "file")
    os.mkfifo(tmp_path / "pipe")
    with open(tmp_path / "large", "wb") as file:
        file.truncate(MAX_BYTES + 1)
    for name, reason in [
        ("link", "symbolic link"), ("pipe", "no regular file"),
        ("large", "20 MB are read"), ("none", "can't be opened: No such file"),
        (".", "can't be opened|no regular file"),
    ]:  # fmt: skip
        with pytest.raises(Unreadable, match=reason):
            read_file(tmp_path / name)
    assert read_file(tmp_path / "file") == b"x"

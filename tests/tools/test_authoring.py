"""Pairs: the .ipynb is made from the .py, reproducibly, and nobody's edits are lost."""

import json
import re

import jupytext
import nbformat
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook, new_output

from course_tools.__main__ import main
from course_tools.authoring import pairs
from course_tools.project import UserError

LESSON = """\
# %% [markdown]
# # Title

# %%
x = 1


# %%
def f():
    return x


print(f())

# %% [markdown]
# The end.
"""


def stored(path):
    return nbformat.read(path.with_suffix(".ipynb"), as_version=4)


def ids(path):
    return [cell.id for cell in stored(path).cells]


def give_outputs(path, *texts):
    """Store outputs for the code cells, as an execution would."""
    notebook = stored(path)
    code = [cell for cell in notebook.cells if cell.cell_type == "code"]
    for count, (cell, text) in enumerate(zip(code, texts, strict=True), start=1):
        cell.outputs = [new_output("stream", text=text)]
        cell.execution_count = count
    nbformat.write(notebook, path.with_suffix(".ipynb"))


def edit_notebook(path, index, source):
    """Edit one cell of the .ipynb, as JupyterLab or Colab would."""
    notebook = stored(path)
    notebook.cells[index].source = source
    nbformat.write(notebook, path.with_suffix(".ipynb"))


def test_the_notebook_has_the_cells_that_jupytext_reads(write_lesson):
    path = write_lesson(LESSON)
    pairs.rebuild(path)
    expected = jupytext.reads(LESSON, "py:percent")
    found = stored(path)
    nbformat.validate(found)
    assert found.nbformat_minor >= 5
    assert [(c.cell_type, c.source) for c in found.cells] == [
        (c.cell_type, c.source) for c in expected.cells
    ]


def test_layout_notes_of_the_script_stay_out_of_the_notebook(write_lesson):
    path = write_lesson("# %%\nx = 1\n# %%\ny = 2\n\n\n\n# %%\nz = 3\n")
    pairs.rebuild(path)
    assert [dict(cell.metadata) for cell in stored(path).cells] == [{}, {}, {}]


def test_making_a_notebook_again_changes_no_byte(write_lesson):
    path = write_lesson(LESSON)
    pairs.rebuild(path)
    first = path.with_suffix(".ipynb").read_bytes()
    assert pairs.rebuild(path) is False
    path.with_suffix(".ipynb").unlink()
    assert pairs.rebuild(path) is True
    assert path.with_suffix(".ipynb").read_bytes() == first


def test_an_edited_cell_changes_its_own_id_only(write_lesson):
    path = write_lesson(LESSON)
    pairs.rebuild(path)
    before = ids(path)
    path.write_text(LESSON.replace("x = 1", "x = 2"))
    pairs.rebuild(path)
    changed = [a != b for a, b in zip(before, ids(path), strict=True)]
    assert changed == [False, True, False, False]


def test_equal_cells_get_different_ids(write_lesson):
    path = write_lesson("# %%\nx = 1\n\n# %%\nx = 1\n\n# %% [markdown]\n# x = 1\n")
    pairs.rebuild(path)
    assert len(set(ids(path))) == 3


def test_a_graded_cell_is_named_by_its_grade_id(write_lesson):
    nbgrader = json.dumps({"grade": False, "grade_id": "softmax", "solution": True})
    path = write_lesson(f"# %% nbgrader={nbgrader}\ndef softmax():\n    ...\n")
    pairs.rebuild(path)
    assert ids(path) == ["softmax"]
    assert stored(path).cells[0].metadata.nbgrader.solution is True


@pytest.mark.parametrize(
    ("grade_ids", "says"),
    [
        (["a", "a"], "'a' occurs twice"),
        (["not valid"], "'not valid' is no valid"),
        (["x" * 65], "is no valid cell id"),
    ],
)
def test_impossible_grade_ids_are_reported_with_the_file(write_lesson, grade_ids, says):
    cells = [f'# %% nbgrader={{"grade_id": "{name}"}}\nx\n' for name in grade_ids]
    path = write_lesson("\n".join(cells))
    with pytest.raises(UserError, match=rf"^notebooks/01_first\.py.*{says}"):
        pairs.rebuild(path)


sources = st.text(st.characters(codec="utf-8", exclude_categories=["Cc", "Cs"]))
cells = st.lists(
    st.builds(new_code_cell, sources) | st.builds(new_markdown_cell, sources)
)


@settings(max_examples=60, deadline=None)
@given(cells=cells, place=st.integers(min_value=0))
def test_ids_are_valid_unique_and_do_not_depend_on_new_neighbors(cells, place):
    found = pairs.cell_ids(cells)
    assert len(set(found)) == len(cells)
    assert all(re.fullmatch("[a-zA-Z0-9_-]{1,64}", cell_id) for cell_id in found)
    place %= len(cells) + 1
    stranger = new_code_cell("a source\nthat no other cell has")
    with_stranger = pairs.cell_ids([*cells[:place], stranger, *cells[place:]])
    del with_stranger[place]
    assert with_stranger == found


def test_outputs_stay_with_unchanged_cells_wherever_they_move(write_lesson):
    path = write_lesson("# %%\nprint(1)\n\n# %%\nprint(2)\n\n# %%\nprint(3)\n")
    pairs.rebuild(path)
    give_outputs(path, "one", "two", "three")
    path.write_text("# %%\nprint(3)\n\n# %%\nprint(22)\n\n# %%\nprint(1)\n")
    pairs.rebuild(path)
    texts = [[o.text for o in cell.outputs] for cell in stored(path).cells]
    assert texts == [["three"], [], ["one"]]
    assert [cell.execution_count for cell in stored(path).cells] == [3, None, 1]


def test_equal_cells_keep_their_outputs_in_order(write_lesson):
    path = write_lesson("# %%\nstep()\n\n# %%\nstep()\n")
    pairs.rebuild(path)
    give_outputs(path, "first", "second")
    path.write_text("# %%\nnew()\n\n# %%\nstep()\n\n# %%\nstep()\n")
    pairs.rebuild(path)
    texts = [[o.text for o in cell.outputs] for cell in stored(path).cells]
    assert texts == [[], ["first"], ["second"]]


def test_the_header_of_the_script_goes_into_the_notebook(write_lesson):
    header = "# ---\n# jupyter:\n#   course:\n#     seconds: 1.5\n# ---\n\n"
    path = write_lesson(header + LESSON)
    pairs.rebuild(path)
    metadata = stored(path).metadata
    assert metadata.course.seconds == 1.5
    assert metadata.kernelspec.name == "python3"
    assert metadata.language_info == {"name": "python"}
    assert "jupytext" not in metadata


@pytest.mark.parametrize("text", [LESSON, LESSON.replace("\n\n\n", "\n")])
def test_writing_a_script_back_changes_no_byte(write_lesson, text):
    path = write_lesson(text)
    assert pairs.source_text(pairs.read_source(path), path) == text


def test_a_broken_header_is_reported(write_lesson):
    path = write_lesson("# ---\n# jupyter:\n#   course: [\n# ---\n\n# %%\nx = 1\n")
    with pytest.raises(UserError, match=r"01_first\.py cannot be read"):
        pairs.rebuild(path)


def test_pairs_makes_every_notebook_and_then_finds_them_in_step(write_lesson, capsys):
    paths = [
        write_lesson(LESSON),
        write_lesson(LESSON, "exercises/02_second.py"),
        write_lesson(LESSON, "solutions/02_second.py"),
    ]
    assert main(["pairs"]) == 0
    assert all(path.with_suffix(".ipynb").exists() for path in paths)
    assert main(["pairs", "--check"]) == 0
    assert "3 pairs are in step" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("old", "new", "names"),
    [
        ("x = 1", "x = 2", ["cell 2", "'x = 1'", "'x = 2'"]),
        ("# The end.", "# The  end.", ["cell 4", "'The end.'"]),
        ("# %%\nx", '# %% tags=["a"]\nx', ["cell 2", "metadata"]),
        ("# %%\nx = 1", "# %% [markdown]\n# x = 1", ["cell 2", "cell_type"]),
        ("# %% [markdown]\n# The end.\n", "", ["cell 4", "4 cells instead of 3"]),
    ],
)
def test_check_names_the_file_and_the_first_cell_that_differs(
    write_lesson, capsys, old, new, names
):
    path = write_lesson(LESSON)
    main(["pairs"])
    before = path.with_suffix(".ipynb").read_bytes()
    assert old in LESSON
    path.write_text(LESSON.replace(old, new))
    capsys.readouterr()
    assert main(["pairs", "--check"]) == 1
    report = capsys.readouterr().err
    for name in ["notebooks/01_first.ipynb", "course pairs", *names]:
        assert name in report
    assert path.with_suffix(".ipynb").read_bytes() == before


def test_check_notices_a_cell_id_that_an_editor_has_changed(write_lesson, capsys):
    path = write_lesson(LESSON)
    main(["pairs"])
    notebook = stored(path)
    notebook.cells[2].id = "other"
    nbformat.write(notebook, path.with_suffix(".ipynb"))
    assert main(["pairs", "--check"]) == 1
    assert "cell 3: id is 'other'" in capsys.readouterr().err


def test_check_names_half_a_pair(write_lesson, checkout, capsys):
    write_lesson(LESSON)
    nbformat.write(new_notebook(), checkout / "exercises/05_alone.ipynb")
    assert main(["pairs", "--check"]) == 1
    report = capsys.readouterr().err
    assert "notebooks/01_first.ipynb: missing" in report
    assert "exercises/05_alone.ipynb: there is no 05_alone.py" in report


def test_pairs_makes_the_missing_half_but_deletes_nothing(
    write_lesson, checkout, capsys
):
    path = write_lesson(LESSON)
    orphan = checkout / "exercises/05_alone.ipynb"
    nbformat.write(new_notebook(), orphan)
    assert main(["pairs"]) == 1
    assert path.with_suffix(".ipynb").exists()
    assert orphan.exists()


def test_a_learners_own_notebook_is_no_half_pair(write_lesson, checkout):
    write_lesson(LESSON)
    nbformat.write(new_notebook(), checkout / "notebooks/Untitled.ipynb")
    assert main(["pairs"]) == 0


def test_edits_made_in_the_notebook_are_not_overwritten(write_lesson, capsys):
    path = write_lesson(LESSON)
    main(["pairs"])
    edit_notebook(path, 1, "x = 'mine'")
    before = path.with_suffix(".ipynb").read_bytes()
    assert main(["pairs"]) == 2
    error = capsys.readouterr().err
    assert "01_first.ipynb was edited itself" in error
    assert "cell 2" in error
    assert "--discard-edits" in error
    assert path.with_suffix(".ipynb").read_bytes() == before


def test_edits_made_in_the_notebook_can_be_given_up(write_lesson):
    path = write_lesson(LESSON)
    main(["pairs"])
    edit_notebook(path, 1, "x = 'mine'")
    assert main(["pairs", "--discard-edits"]) == 0
    assert stored(path).cells[1].source == "x = 1"


def test_edits_that_are_in_the_script_as_well_are_no_obstacle(write_lesson):
    path = write_lesson(LESSON)
    main(["pairs"])
    edit_notebook(path, 1, "x = 'mine'")
    path.write_text(LESSON.replace("x = 1", "x = 'mine'"))
    assert main(["pairs"]) == 0


def test_an_unreadable_notebook_is_reported(write_lesson, capsys):
    path = write_lesson(LESSON)
    path.with_suffix(".ipynb").write_text("<<<<<<< HEAD\n{}")
    assert main(["pairs"]) == 2
    assert "01_first.ipynb is no readable notebook" in capsys.readouterr().err


def test_a_failed_write_leaves_the_old_notebook(write_lesson, checkout, monkeypatch):
    path = write_lesson(LESSON)
    pairs.rebuild(path)
    before = path.with_suffix(".ipynb").read_bytes()
    path.write_text(LESSON.replace("x = 1", "x = 2"))

    def full_disk(descriptor):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("os.fsync", full_disk)
    with pytest.raises(OSError, match="No space left"):
        pairs.rebuild(path)
    assert path.with_suffix(".ipynb").read_bytes() == before
    names = {p.name for p in (checkout / "notebooks").iterdir()}
    assert names == {"01_first.py", "01_first.ipynb"}

"""Cells for authors: run and stored with the lesson, absent where learners read."""

import inspect
import json
import re
import subprocess
import sys

import jupytext
import nbformat
import pytest
import test_pairs
from nbclient import NotebookClient

from course_tools.__main__ import main
from course_tools.authoring import clean, colab, pairs

PNG = b"\x89PNG\r\n\x1a\n".hex()
# A lesson as authors write them: the set-up and the imports folded away behind the
# first paragraph, the claim's assertion and the result in cells of their own, the text
# alternative and the mark for nbval in the first line of a cell.
LESSON = f"""\
# %% [markdown]
# # 1. First
#
# **The question of this lesson:** how many dots are there? You count them.
# **Time:** about 5 minutes.

# %% jupyter={{"source_hidden": true}}
from IPython.display import Image, display

from course_utils import checks

# %% [markdown]
# ## Dots
#
# A picture:

# %% course={{"alt": "Two dots beside each other."}}
display(Image(data=bytes.fromhex("{PNG}"), format="png"))

# %% [markdown]
# How many are there?

# %% tags=["nbval-check-output"]
dots = 1 + 1
shares = (dots / 2,
          1.0)
dots

# %% jupyter={{"outputs_hidden": true, "source_hidden": true}} tags=["author"]
from course_tools.authoring.author_cells import report

checks.expect(dots == 2, "expected two dots")
report("dots", shares[0], images=100, published="99 %")

# %% [markdown]
# There are two.
"""
RESULT = "| dots | 99 % | 100.00 % (96.3 to 100.0) | [1](notebooks/01_first.ipynb) |"


def stored(path):
    return nbformat.read(path.with_suffix(".ipynb"), as_version=4)


def outputs_of(path, text):
    (cell,) = [c for c in stored(path).cells if text in c.source]
    return cell.outputs


@pytest.fixture(scope="module")
def lesson(tmp_path_factory):
    """The lesson above, stamped and run in a checkout of its own."""
    with pytest.MonkeyPatch.context() as monkeypatch:
        root = tmp_path_factory.mktemp("course")
        for name in ("pyproject.toml", "notebooks/ruff.toml"):
            (root / name).parent.mkdir(exist_ok=True)
            (root / name).write_bytes((test_pairs.ROOT / name).read_bytes())
        path = root / "notebooks" / "01_first.py"
        path.write_text(LESSON, encoding="utf-8")
        monkeypatch.chdir(root)
        assert main(["stamp"]) == 0
        assert main(["run", "01"]) == 0
        yield path


# --- a lesson written in this manner --------------------------------------------------

OF_A_PAIR = {
    name: function
    for name, function in vars(test_pairs).items()
    if name.startswith("test_")
    and [*inspect.signature(function).parameters] == ["path"]
}
del OF_A_PAIR["test_exercises_and_solutions_are_stored_without_outputs"]


@pytest.mark.parametrize("name", OF_A_PAIR)
def test_it_is_stored_as_every_lesson(lesson, name):
    OF_A_PAIR[name](lesson)


def test_its_pair_is_in_step_and_its_setup_stamped(lesson):
    assert pairs.out_of_step(lesson.parents[1]) == []
    assert colab.unstamped(lesson.parents[1]) == []


def test_its_metadata_survives_in_the_script(lesson):
    script, notebook = jupytext.read(lesson, fmt="py:percent"), stored(lesson)
    found = [
        {name: cell.metadata[name] for name in ("tags", "jupyter", "course")
         if name in cell.metadata}
        for cell in script.cells
    ]  # fmt: skip
    assert found == [cell.metadata for cell in notebook.cells]
    folded = {"outputs_hidden": True, "source_hidden": True}
    assert {"tags": ["author"], "jupyter": folded} in found
    assert {"course": {"alt": "Two dots beside each other."}} in found
    assert {"tags": ["nbval-check-output"]} in found


def test_its_layout_is_the_authors_and_linted(lesson):
    ruff = [sys.executable, "-m", "ruff"]
    for arguments in (["format", "--check", "."], ["check", "notebooks"]):
        done = subprocess.run(
            [*ruff, *arguments], cwd=lesson.parents[1], capture_output=True, text=True
        )
        assert done.returncode == 0, done.stdout


def test_its_result_enters_readme(lesson):
    from course_tools.authoring import readme

    assert RESULT in readme.result_table(lesson.parents[1])


def test_nbval_compares_the_output_of_a_tagged_cell(lesson):
    stored_text = lesson.with_suffix(".ipynb").read_text(encoding="utf-8")
    assert stored_text.count('"2"') == 1
    other = lesson.with_name("99_other.ipynb")
    other.write_text(stored_text.replace('"2"', '"3"'), encoding="utf-8")
    pytest_line = [sys.executable, "-m", "pytest", "-n", "0", "-p", "no:cacheprovider"]
    done = subprocess.run(
        [*pytest_line, "--tb=no", "-rf", lesson.with_suffix(".ipynb"), other],
        cwd=lesson.parents[1],
        capture_output=True,
        text=True,
    )
    other.unlink()
    failed = re.findall(r"^FAILED (\S+)", done.stdout, re.MULTILINE)
    assert failed == ["notebooks/99_other.ipynb::Cell"], done.stdout
    assert "1 failed, 9 passed" in done.stdout


# --- text alternatives ----------------------------------------------------------------


def test_a_picture_is_stored_with_the_text_of_its_cell(lesson):
    (picture,) = outputs_of(lesson, "display(Image")
    assert picture.metadata["image/png"]["alt"] == "Two dots beside each other."


def test_a_text_changed_without_a_run_reaches_the_stored_picture(
    lesson, checkout, write_lesson
):
    path = write_lesson(lesson.read_text("utf-8").replace("Two dots", "A pair"))
    target = path.with_suffix(".ipynb")
    target.write_bytes(lesson.with_suffix(".ipynb").read_bytes())
    assert main(["pairs"]) == 0
    (picture,) = outputs_of(path, "display(Image")
    assert picture.metadata["image/png"]["alt"] == "A pair beside each other."


def test_several_pictures_have_a_list_of_texts(write_lesson):
    show = f'display(Image(data=bytes.fromhex("{PNG}"), format="png"))\n'
    texts = json.dumps({"alt": ["One.", "Two."]})
    path = write_lesson(
        f"# %%\nfrom IPython.display import Image, display\n\n# %% course={texts}\n"
        + 2 * show
    )
    assert main(["run", "01"]) == 0
    found = [o.metadata["image/png"]["alt"] for o in outputs_of(path, "display(Im")]
    assert found == ["One.", "Two."]


def test_a_text_without_a_picture_fails_the_run(write_lesson, capsys):
    path = write_lesson('# %% course={"alt": "A line."}\nprint(1)\n')
    assert main(["run", "01"]) == 1
    report = capsys.readouterr().err
    assert "cell 1 shows 0 pictures and has text alternatives for 1" in report
    assert not path.with_suffix(".ipynb").exists()


# --- what learners get ----------------------------------------------------------------


def test_learners_get_no_cell_for_authors_and_no_output(lesson):
    notebook = stored(lesson)
    before = nbformat.writes(notebook)
    learners = clean.learners_version(notebook)
    assert nbformat.writes(notebook) == before
    nbformat.validate(learners)
    text = nbformat.writes(learners)
    for hidden in ("author", "checks.expect", "google.colab", "In Colab", "peak_mb"):
        assert hidden in before
        assert hidden not in text
    code = [cell for cell in learners.cells if cell.cell_type == "code"]
    assert [(cell.outputs, cell.execution_count) for cell in code] == 3 * [([], None)]
    others = [c.source for c in notebook.cells if not clean.is_tagged(c, "author")]
    assert [cell.source for cell in learners.cells] == others


def test_in_colab_learners_get_the_setup_as_well(lesson):
    learners = clean.learners_version(stored(lesson), setup=True)
    sources = "\n".join(cell.source for cell in learners.cells)
    assert "google.colab" in sources and "In Colab, run this cell" in sources
    assert "checks.expect" not in sources


def test_the_learners_version_runs_without_the_cells_for_authors(lesson):
    learners = clean.learners_version(stored(lesson))
    NotebookClient(learners, extra_arguments=["--log-level=CRITICAL"]).execute()
    assert learners.cells[-2].outputs[0].data["text/plain"] == "2"


def test_for_readers_the_outputs_stay(lesson):
    readers = clean.without_author_cells(stored(lesson))
    pictures = [o for c in readers.cells for o in c.get("outputs", [])]
    assert any("image/png" in output.get("data", {}) for output in pictures)


def lesson_of(*cells):
    """A notebook of code cells; those that start with "author: " are for authors."""
    notebook = nbformat.v4.new_notebook()
    for text in cells:
        source = text.removeprefix("author: ")
        metadata = {"tags": ["author"]} if source != text else {}
        notebook.cells.append(nbformat.v4.new_code_cell(source, metadata=metadata))
    return notebook


@pytest.mark.parametrize(
    "lender",
    ["x = 1", "import x", "from a import b as x", "def x(): pass", "for x in 'ab': 0"],
)
def test_a_name_that_learners_need_from_an_authors_cell_is_named(lender):
    notebook = lesson_of(f"author: {lender}", "y = 1", "print(x, y)")
    (line,) = clean.borrowed_names(notebook)
    assert line == "cell 3 uses 'x', which cell 1, for authors, sets"


@pytest.mark.parametrize(
    "cells",
    [
        ("x = 1", "author: print(x)", "print(x)"),
        ("author: x = 1", "x = 2", "print(x)"),
        ("author: x = 1", "for x in range(3):\n    print(x)"),
        ("print(x)", "author: x = 1"),
        ("author: [x for x in range(3)]", "def f(x):\n    return x"),
        ("author: x = 1", "def f(x):\n    return x"),
    ],
)
def test_names_that_do_not_depend_on_an_authors_cell_are_none(cells):
    assert clean.borrowed_names(lesson_of(*cells)) == []

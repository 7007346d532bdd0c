"""Every notebook of the course as it is stored."""

import itertools
import json
from pathlib import Path

import jupytext
import nbformat
import pytest

from course_tools.authoring import clean, colab, pairs

ROOT = Path(__file__).parents[1]
LESSONS = pairs.find_sources(ROOT, ["notebooks"])
WITHOUT_OUTPUTS = pairs.find_sources(ROOT, ["exercises", "solutions"])


def named(path):
    return f"{path.parent.name}/{path.stem}"


each_pair = pytest.mark.parametrize("path", LESSONS + WITHOUT_OUTPUTS, ids=named)
each_lesson = pytest.mark.parametrize("path", LESSONS, ids=named)


def stored(path):
    return nbformat.read(path.with_suffix(".ipynb"), as_version=4)


def code_cells(path):
    return [cell for cell in stored(path).cells if cell.cell_type == "code"]


def all_outputs(path):
    return [output for cell in code_cells(path) for output in cell.outputs]


def test_the_lessons_are_there_each_with_its_number():
    numbers = [path.stem[:2] for path in LESSONS]
    assert numbers[:2] == ["01", "02"]
    assert len(set(numbers)) == len(numbers)


def test_every_pair_is_in_step():
    assert pairs.out_of_step(ROOT) == []


def test_every_badge_and_setup_cell_names_the_one_repository():
    assert colab.unstamped(ROOT) == []


@each_pair
def test_both_files_hold_the_same_cells(path):
    script, notebook = jupytext.read(path, fmt="py:percent"), stored(path)
    assert [(c.cell_type, c.source) for c in notebook.cells] == [
        (c.cell_type, c.source) for c in script.cells
    ]


@each_pair
def test_the_notebook_is_valid(path):
    content = json.loads(path.with_suffix(".ipynb").read_text(encoding="utf-8"))
    nbformat.validate(content)
    assert (content["nbformat"], content["nbformat_minor"]) >= (4, 5)


@each_pair
def test_cell_ids_are_unique(path):
    ids = [cell.id for cell in stored(path).cells]
    assert len(set(ids)) == len(ids)


@each_pair
def test_no_cell_needs_one_that_learners_do_not_get(path):
    assert clean.borrowed_names(stored(path)) == []


@each_pair
def test_the_notebook_is_smaller_than_1_mb(path):
    assert path.with_suffix(".ipynb").stat().st_size < 1_000_000


@each_lesson
def test_a_lesson_was_executed_once_from_top_to_bottom(path):
    counts = [cell.execution_count for cell in code_cells(path) if cell.source]
    assert counts == list(range(1, len(counts) + 1))
    assert all_outputs(path)


@each_lesson
def test_no_output_is_an_error(path):
    errors = [o.evalue for o in all_outputs(path) if o.output_type == "error"]
    assert errors == []


@each_lesson
def test_every_picture_has_a_text_alternative(path):
    pictures = [
        (mime, output.get("metadata", {}).get(mime, {}).get("alt", ""))
        for output in all_outputs(path)
        for mime in output.get("data", {})
        if mime.startswith("image/")
    ]
    assert pictures
    assert [mime for mime, alt in pictures if not alt.strip()] == []


@each_lesson
def test_a_lesson_says_what_its_run_took_in_both_files(path):
    course = dict(stored(path).metadata["course"])
    assert course["seconds"] > 0
    assert course["peak_mb"] > 0
    assert course["python"].startswith("3.")
    assert course["torch"][0].isdecimal()
    header = jupytext.read(path, fmt="py:percent").metadata["course"]
    assert header == {name: course[name] for name in header}
    assert set(course) - set(header) == {"made_from"}


@pytest.mark.parametrize("path", WITHOUT_OUTPUTS, ids=named)
def test_exercises_and_solutions_are_stored_without_outputs(path):
    cells = code_cells(path)
    assert list(itertools.chain(*(cell.outputs for cell in cells))) == []
    assert {cell.execution_count for cell in cells} <= {None}

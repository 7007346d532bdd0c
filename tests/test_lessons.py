"""What a learner reads in a lesson: no author's machinery, and a rhythm."""

from itertools import pairwise
from pathlib import Path

import nbformat
import pytest

from course_tools.authoring.clean import without_author_cells

LESSONS = [
    path
    for path in sorted((Path(__file__).parents[1] / "notebooks").glob("[0-9]*.ipynb"))
    if path.stem != "11_project"  # which has milestones in place of predictions
]
FOR_AUTHORS = ("checks.expect", "author_cells", "fmt: skip", "NBVAL", "describe(")

each_lesson = pytest.mark.parametrize("path", LESSONS, ids=lambda path: path.stem)


def cells(path):
    return without_author_cells(nbformat.read(path, 4)).cells


def is_folded(cell):
    return bool(cell.metadata.get("jupyter", {}).get("source_hidden"))


@each_lesson
def test_nothing_in_it_is_for_authors(path):
    code = [cell.source for cell in cells(path) if cell.cell_type == "code"]
    assert [w for w in FOR_AUTHORS for source in code if w in source] == []


@each_lesson
def test_a_cell_is_short_and_a_sentence_stands_between_two(path):
    shown = [cell for cell in cells(path) if not is_folded(cell)]
    assert all(
        len(cell.source.strip().splitlines()) <= 25
        for cell in shown
        if cell.cell_type == "code"
    )
    # A guess may stand right above the cell that answers it, and below what it needs.
    neighbors = [
        after.source[:60]
        for before, after in pairwise(shown)
        if before.cell_type == after.cell_type == "code"
        and "checks.predict(" not in before.source + after.source
    ]
    assert neighbors == []


@each_lesson
def test_it_asks_before_it_answers(path):
    source = "\n".join(cell.source for cell in cells(path))
    assert 6 <= source.count("checks.predict(") <= 12
    assert source.count(".compare(") >= source.count("checks.predict(")
    assert "checks.predictions()" in source
    assert source.index("checks.predict(") < source.index("checks.predictions()")


@each_lesson
def test_every_figure_has_a_text_alternative(path):
    for cell in cells(path):
        for output in cell.get("outputs", []):
            if "image/png" in output.get("data", {}):
                alternative = output.metadata["image/png"]["alt"]
                assert len(alternative) > 20, cell.source[:60]


@each_lesson
def test_it_is_small_and_quick_enough(path):
    taken = nbformat.read(path, 4).metadata["course"]
    assert path.stat().st_size < 1_000_000
    # Stored with what it is on CIFAR-10; on the shapes it is as quick as the others.
    on_photographs = path.stem == "10_cifar"
    compares_many = path.stem[:2] in ("08", "09")  # rates and draws of many methods
    assert taken["peak_mb"] * 10**6 <= (2.3 if on_photographs else 1.5) * 2**30
    assert taken["seconds"] <= (1200 if on_photographs else 120 + 60 * compares_many)

"""The minutes that a lesson takes, counted on its stored notebook."""

import re
from pathlib import Path

import nbformat
import pytest
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook, new_output

from course_tools.authoring.minutes import minutes, to_plan

LESSONS = Path(__file__).parents[2] / "notebooks"
# The lessons of two honest hours.
COUNTED = [*sorted(LESSONS.glob("0*.ipynb")), *LESSONS.glob("10_*.ipynb")]
FIGURE = new_output("display_data", data={"image/png": "", "text/plain": "figure"})
TEXT = new_output("stream", name="stdout", text="image/png\n")


def counted(*cells):
    return minutes(new_notebook(cells=list(cells)))[0]


@pytest.mark.parametrize(
    ("cell", "taken"),
    [
        (new_markdown_cell("word " * 50), 0.5),
        (new_markdown_cell("[two words](a-long/address.md#of-this), two more"), 0.04),
        (new_markdown_cell("a - b, with 5 — and *this*."), 0.06),
        (new_code_cell("x = 1\n\ny = 2  # the second\n"), 2 * 10 / 60),
        (new_code_cell("draw()", outputs=[FIGURE, TEXT, FIGURE]), 10 / 60 + 4),
        (new_code_cell('guess = checks.predict(..., "?")'), 10 / 60 + 2),
        (new_code_cell("x = 1", metadata={"jupyter": {"source_hidden": True}}), 0),
        (new_code_cell("x = 1", metadata={"tags": ["author"]}, outputs=[FIGURE]), 0),
    ],
)
def test_what_is_counted(cell, taken):
    assert counted(cell) == pytest.approx(taken)


def test_an_appendix_counts_apart_and_ends_with_the_next_section():
    cells = [
        new_markdown_cell("# Title\n\none"),
        new_markdown_cell("## Appendix: more\n\nof it"),
        new_markdown_cell("### Part\n\nof the appendix"),
        new_code_cell("x = 1"),
        new_markdown_cell("## What we found\n\nnothing"),
    ]
    main, appendix = minutes(new_notebook(cells=cells))
    assert main == pytest.approx(0.06)
    assert appendix == pytest.approx(0.08 + 10 / 60)


@pytest.mark.parametrize(
    ("taken", "planned"), [(0, 0), (0.1, 5), (5, 5), (115.2, 120), (120, 120)]
)
def test_times_are_rounded_up(taken, planned):
    assert to_plan(taken) == planned


@pytest.mark.parametrize("path", COUNTED, ids=lambda path: path.stem)
def test_a_lesson_takes_two_hours_at_most_and_says_what_it_takes(path):
    notebook = nbformat.read(path, 4)
    main, _ = minutes(notebook)
    opening = "\n".join(cell.source for cell in notebook.cells[:3])
    (stated,) = re.findall(r"\*\*Time:\*\*\s+about\s+(\d+)\s+minutes", opening)
    assert main <= 120
    assert int(stated) == to_plan(main)

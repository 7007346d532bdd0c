"""What screen readers need of the HTML that is made from the notebooks."""

import subprocess
import sys
from functools import cache
from pathlib import Path

import nbformat
import pytest
from bs4 import BeautifulSoup
from nbconvert.exporters import get_exporter
from nbformat.v4 import new_code_cell, new_notebook, new_output

from course_tools.authoring.html import CourseExporter
from course_tools.authoring.pairs import find_sources

ROOT = Path(__file__).parents[2]
NOTEBOOKS = [
    path.with_suffix(".ipynb")
    for path in find_sources(ROOT, ["notebooks", "exercises"])
]
PNG = (
    "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAQAAAC1HAwCAAAAC0lEQVR42mNk+A8AAQUBAScY42YAAAAA"
    "SUVORK5CYII="
)


@cache
def page(path):
    """The HTML made from a stored notebook."""
    return BeautifulSoup(CourseExporter().from_filename(str(path))[0], "html.parser")


def name(path):
    return f"{path.parent.name}/{path.stem}"


each_notebook = pytest.mark.parametrize("path", NOTEBOOKS, ids=name)


@each_notebook
def test_every_image_has_a_text_alternative(path):
    texts = [image.get("alt", "").strip() for image in page(path).find_all("img")]
    assert texts
    # nbconvert puts this where there is none.
    assert not {"", "No description has been provided for this image"} & set(texts)


@each_notebook
def test_the_text_alternatives_say_what_the_stored_ones_do(path):
    outputs = [
        output
        for cell in nbformat.read(path, as_version=4).cells
        for output in cell.get("outputs", [])
        if "image/png" in output.get("data", {})
    ]
    stored = [output.metadata["image/png"]["alt"] for output in outputs]
    figures = page(path).find_all("img", src=lambda src: src.startswith("data:"))
    assert [figure["alt"] for figure in figures] == stored


@each_notebook
def test_headings_go_down_one_level_at_a_time(path):
    headings = page(path).find_all(["h1", "h2", "h3", "h4", "h5", "h6"])
    levels = [int(heading.name[1]) for heading in headings]
    assert levels.count(1) == 1 and levels[0] == 1
    jumps = [
        after.get_text()
        for after, before, level in zip(headings[1:], levels, levels[1:], strict=False)
        if level > before + 1
    ]
    assert jumps == []
    assert all(heading.get_text().strip("¶ ") for heading in headings)


@each_notebook
def test_every_table_has_header_cells(path):
    for table in page(path).find_all("table"):
        assert table.find("tr").find_all("th"), table.get_text(" ")[:200]


@each_notebook
def test_every_link_says_where_it_leads(path):
    links = [a for a in page(path).find_all("a", href=True) if a["href"] != "#"]
    empty = [
        link["href"]
        for link in links
        if not link.get_text().strip() and not link.find("img", alt=True)
    ]
    assert empty == []


@each_notebook
def test_the_page_has_a_language_and_a_title(path):
    assert page(path).html["lang"] == "en"
    assert page(path).title.get_text().strip() == path.stem


def test_a_text_alternative_stays_text_whatever_it_says():
    text = 'a "curve" <b> & more'
    output = new_output(
        "display_data",
        {"image/png": PNG, "text/plain": "<Figure>"},
        metadata={"image/png": {"alt": text}},
    )
    notebook = new_notebook(cells=[new_code_cell("", outputs=[output])])
    before = nbformat.writes(notebook)
    html = BeautifulSoup(
        CourseExporter().from_notebook_node(notebook)[0], "html.parser"
    )
    (image,) = html.find_all("img")
    assert image["alt"] == text
    assert image["src"] == f"data:image/png;base64,{PNG}"
    assert html.find("b") is None
    assert nbformat.writes(notebook) == before


def test_nbconvert_and_jupyterlab_know_it_by_name():
    assert get_exporter("course") is CourseExporter
    assert CourseExporter.export_from_notebook == "HTML with figure descriptions"


def test_the_command_line_writes_it(tmp_path):
    path = NOTEBOOKS[0]
    command = [sys.executable, "-m", "nbconvert", "--to", "course"]
    command += ["--output-dir", str(tmp_path), str(path)]
    subprocess.run(command, cwd=ROOT, check=True, capture_output=True)
    html = (tmp_path / f"{path.stem}.html").read_text(encoding="utf-8")
    made = BeautifulSoup(html, "html.parser").find_all("img")
    assert [i["alt"] for i in made] == [i["alt"] for i in page(path).find_all("img")]

"""Notebooks as the site shows them: figures as files, explorables alive."""

import base64
import hashlib
import html
import io
import json
import re
from pathlib import Path

from nbformat import NotebookNode
from nbformat.v4 import new_output
from PIL import Image

from course_tools.authoring.clean import is_tagged, without_author_cells
from course_tools.authoring.pairs import read_notebook
from course_tools.project import NOTEBOOK_NAMES

EXPLORABLE = "application/vnd.course.explorable+json"
FIGURES = "_static/figures"
BADGE = "colab.research.google.com"
ANSWERS = re.compile(r"\.compare\(")


def digit_pad(root: Path) -> str:
    """Return the digit pad of the landing page, as its element takes it.

    Its network is the one that a lesson has trained and shown in a cell tagged
    `landing`; without such a cell the pad compares with mean images.

    Args:
        root: the checkout.
    """
    state: dict = {"name": "digit_pad", "args": {}}
    for path in sorted((root / "notebooks").glob(f"{NOTEBOOK_NAMES}.ipynb")):
        for cell in read_notebook(path).cells:
            for output in cell.get("outputs", []) if is_tagged(cell, "landing") else []:
                state = output.get("data", {}).get(EXPLORABLE, state)
    return html.escape(json.dumps(state), quote=True)


def page(notebook: NotebookNode, name: str, figures: Path) -> NotebookNode:
    """Return a notebook as the site's builder takes it.

    Figures become files, loaded when they come into sight, with their text
    alternatives. Outputs that answer a prediction are folded, and code that JupyterLab
    folds. What is for authors is left out.

    Args:
        notebook: as stored; left as it is.
        name: of the page, for the names of its figures.
        figures: the folder for them, which must exist.
    """
    notebook = without_author_cells(notebook)
    notebook.cells = [cell for cell in notebook.cells if BADGE not in cell.source]
    for cell in notebook.cells:
        if cell.cell_type != "code":
            continue
        tags = cell.metadata.setdefault("tags", [])
        if cell.metadata.get("jupyter", {}).get("source_hidden"):
            tags.append("hide-input")
        if ANSWERS.search(cell.source):
            tags.append("hide-output")
        cell.outputs = [_shown(output, name, figures) for output in cell.outputs]
    return notebook


def _shown(output: NotebookNode, name: str, figures: Path) -> NotebookNode:
    data = output.get("data", {})
    if "image/png" not in data:
        return output
    alternative = output.metadata.get("image/png", {}).get("alt", "")
    picture = _picture(data["image/png"], alternative, name, figures)
    if EXPLORABLE in data:
        state = html.escape(json.dumps(data[EXPLORABLE]), quote=True)
        picture = f'<div class="live" data-explorable="{state}">{picture}</div>'
    return new_output("display_data", data={"text/html": picture})


def _picture(content: str, alternative: str, name: str, figures: Path) -> str:
    """Store a figure; return the element that shows it."""
    png = base64.b64decode(content)
    file = f"{name}_{hashlib.sha256(png).hexdigest()[:10]}.png"
    (figures / file).write_bytes(png)
    width, height = Image.open(io.BytesIO(png)).size
    return (
        f'<img class="figure" loading="lazy" width="{width}" height="{height}" '
        f'src="../{FIGURES}/{file}" alt="{html.escape(alternative, quote=True)}">'
    )

"""HTML made from a notebook, with the text alternatives of its figures.

nbconvert's own HTML leaves out the `alt` that a figure's metadata holds. This
exporter puts it in: `jupyter nbconvert --to course NOTEBOOK`, and in JupyterLab
File > Save and Export Notebook As > HTML with figure descriptions.
"""

from __future__ import annotations

from copy import deepcopy
from html import escape

from nbconvert.exporters.html import HTMLExporter
from nbformat import NotebookNode

PNG = "image/png"


class CourseExporter(HTMLExporter):
    """nbconvert's HTML exporter, whose images say what they show."""

    export_from_notebook = "HTML with figure descriptions"

    def from_notebook_node(
        self, nb: NotebookNode, resources: dict | None = None, **kw: object
    ) -> tuple[str, dict]:
        """Return the HTML of a notebook.

        Args:
            nb: the notebook, left as it is.
            resources: what nbconvert's exporters hand on to one another.
            kw: handed on to nbconvert.

        Returns:
            The HTML and the resources.
        """
        return super().from_notebook_node(described(nb), resources, **kw)


def described(notebook: NotebookNode) -> NotebookNode:
    """Return a copy in which each PNG with a text alternative is HTML that has it.

    Args:
        notebook: a notebook with outputs, left as it is.
    """
    notebook = deepcopy(notebook)
    for cell in notebook.cells:
        for output in cell.get("outputs", []):
            text = output.get("metadata", {}).get(PNG, {}).get("alt")
            if text and PNG in output.get("data", {}):
                png = output.data.pop(PNG).replace("\n", "")
                output.data["text/html"] = (
                    f'<img alt="{escape(text)}" src="data:image/png;base64,{png}">'
                )
    return notebook

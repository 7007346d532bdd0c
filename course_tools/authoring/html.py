"""HTML made from a notebook, with the text alternatives of its figures.

nbconvert's own HTML leaves out the `alt` that a figure's metadata holds, sets some
code in colors too pale to read, and tells links from text by color alone. This
exporter mends that: `jupyter nbconvert --to course NOTEBOOK`, and in JupyterLab
File > Save and Export Notebook As > HTML with figure descriptions.
"""

from __future__ import annotations

from copy import deepcopy
from html import escape

from nbconvert.exporters.html import HTMLExporter
from nbformat import NotebookNode

PNG = "image/png"
# Contrast of at least 4.5 to 1, on white and on the grey behind code.
STYLE = """\
<style>
body {
  --jp-mirror-editor-comment-color: #2f6b6b;
  --jp-mirror-editor-number-color: #006b00;
  --jp-mirror-editor-operator-color: #8a00d4;
}
.jp-InputPrompt, .jp-OutputPrompt { color: #5f5f5f !important; opacity: 1 !important; }
.jp-RenderedHTMLCommon a:not(.anchor-link) { text-decoration: underline !important; }
</style>
"""


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
        html, resources = super().from_notebook_node(described(nb), resources, **kw)
        return html.replace("</head>", f"{STYLE}</head>", 1), resources


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

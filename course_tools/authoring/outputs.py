"""Stored outputs: the same after a rerun that printed the same, pictures described."""

import base64
import io

from nbformat import NotebookNode
from PIL import Image, UnidentifiedImageError

WIDGET = "application/vnd.jupyter.widget-view+json"


def normalize_outputs(notebook: NotebookNode) -> None:
    """Remove from stored outputs what only that one execution meant.

    Neighboring pieces of one stream become one; of a line that was redrawn with
    carriage returns, as progress bars do, only the last state stays. Execution
    counts run from 1. Execution times and live widgets, which mean nothing without
    the kernel that made them, are dropped; of a widget that also has a still picture
    or a form of its own for the web, those stay.

    Args:
        notebook: an executed notebook, changed in place.
    """
    notebook.metadata.pop("widgets", None)
    count = 0
    for cell in notebook.cells:
        if cell.cell_type != "code":
            continue
        cell.metadata.pop("execution", None)
        cell.outputs = _merged(cell.outputs)
        if cell.execution_count is not None:
            count += 1
            cell.execution_count = count
        for output in cell.outputs:
            if "execution_count" in output:
                output.execution_count = cell.execution_count


def describe_pictures(notebook: NotebookNode) -> list[str]:
    """Give pictures the text alternatives that their cells' metadata hold.

    In the .py they stand in the cell's first line: `# %% course={"alt": "..."}`, or a
    list of texts for several pictures. They take the place of what the figure itself
    came with.

    Args:
        notebook: an executed notebook, changed in place.

    Returns:
        A line for each cell, counted from 1, with other than as many texts as
        pictures, which is left as it was.
    """
    lines = []
    for number, cell in enumerate(notebook.cells, start=1):
        alt = cell.metadata.get("course", {}).get("alt", [])
        texts = [alt] if isinstance(alt, str) else alt
        pictures = [
            (output, [mime for mime in output.get("data", {}) if "image/" in mime])
            for output in cell.get("outputs", [])
        ]
        pictures = [(output, mimes) for output, mimes in pictures if mimes]
        if texts and len(texts) != len(pictures):
            lines.append(
                f"cell {number} shows {len(pictures)} pictures and has text "
                f"alternatives for {len(texts)}. Write one for each in its metadata."
            )
            continue
        for text, (output, mimes) in zip(texts, pictures, strict=False):
            for mime in mimes:
                output.metadata.setdefault(mime, NotebookNode())["alt"] = text
    return lines


def shrink_pictures(notebook: NotebookNode) -> None:
    """Store each PNG in as few bytes as it takes without changing a pixel.

    Args:
        notebook: an executed notebook, changed in place.
    """
    for cell in notebook.cells:
        for output in cell.get("outputs", []):
            if content := output.get("data", {}).get("image/png"):
                output.data["image/png"] = _shrunk(content)


def _shrunk(content: str) -> str:
    try:
        image = Image.open(io.BytesIO(base64.b64decode(content)))
    except UnidentifiedImageError:  # whatever a lesson shows under this name
        return content
    if image.mode == "RGBA" and image.getextrema()[3] == (255, 255):
        image = image.convert("RGB")
    colors = image.getcolors(256)
    if image.mode == "RGB" and colors:
        palette = image.convert("P", palette=Image.Palette.ADAPTIVE, colors=len(colors))
        if palette.convert("RGB").tobytes() == image.tobytes():
            image = palette
    buffer = io.BytesIO()
    image.save(buffer, "PNG", optimize=True)
    small = base64.b64encode(buffer.getvalue()).decode()
    return min(small, "".join(content.split()), key=len)


def _merged(outputs: list[NotebookNode]) -> list[NotebookNode]:
    """Return outputs with streams joined and redrawn lines settled."""
    merged: list[NotebookNode] = []
    for output in outputs:
        if WIDGET in output.get("data", {}):
            del output.data[WIDGET]
            if set(output.data) <= {"text/plain"}:
                continue
        last = merged[-1] if merged else None
        is_stream = output.output_type == "stream"
        if is_stream and last is not None and last.get("name") == output.name:
            last.text += output.text
        else:
            merged.append(output)
    for output in merged:
        if output.output_type == "stream":
            lines = output.text.replace("\r\n", "\n").split("\n")
            output.text = "\n".join(_last_state(line) for line in lines)
    return [
        output
        for output in merged
        if output.output_type != "stream" or output.text.strip()
    ]


def _last_state(line: str) -> str:
    """Return what a terminal shows of a line after its carriage returns."""
    if "\r" not in line:
        return line
    states = [state for state in line.split("\r") if state]
    return states[-1].rstrip() if states else ""

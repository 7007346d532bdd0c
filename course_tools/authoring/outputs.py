"""Stored outputs that are the same after a rerun that printed the same."""

from __future__ import annotations

from nbformat import NotebookNode

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

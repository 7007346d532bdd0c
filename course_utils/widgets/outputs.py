"""Outputs of explorables as a notebook keeps them."""

from __future__ import annotations

from collections.abc import MutableMapping
from typing import Any

WIDGET_VIEW = "application/vnd.jupyter.widget-view+json"


def keep_stills(notebook: MutableMapping[str, Any]) -> int:
    """Take the widget's view from every output that also has a still.

    Without the kernel that made it, a view is a dead reference: JupyterLab would show
    an error in its place. With the view gone it shows the still, and the live
    explorable as soon as the cell is run.

    Args:
        notebook: a notebook as nbformat reads it; changed in place.

    Returns:
        How many outputs were changed.
    """
    changed = 0
    for cell in notebook["cells"]:
        for output in cell.get("outputs", []):
            data = output.get("data", {})
            if WIDGET_VIEW in data and "image/png" in data:
                del data[WIDGET_VIEW]
                output.get("metadata", {}).pop(WIDGET_VIEW, None)
                changed += 1
    if changed:
        notebook["metadata"].pop("widgets", None)
    return changed

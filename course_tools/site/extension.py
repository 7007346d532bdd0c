"""What the site adds to Sphinx: JupyterLab's anchors, formulas without a script."""

from __future__ import annotations

import re
from typing import Any

from docutils import nodes
from sphinxcontrib import katex


def slug(title: str) -> str:
    """Return the anchor of a heading as JupyterLab makes it."""
    return re.sub(r"\s", "-", title)


def _inline(translator: Any, node: nodes.Node) -> None:
    formula = katex.render_latex(node.astext())
    translator.body.append(f'<span class="math">{formula}</span>')
    raise nodes.SkipNode


def _display(translator: Any, node: nodes.Node) -> None:
    formula = katex.render_latex(node.astext(), {"displayMode": True})
    translator.body.append(f'<div class="math" tabindex="0">{formula}</div>')
    raise nodes.SkipNode


def setup(app: Any) -> dict[str, Any]:
    """Formulas become markup when the site is built: no script, no other host."""
    app.add_html_math_renderer("katex", (_inline, None), (_display, None))
    return {"parallel_read_safe": True, "parallel_write_safe": True}

"""What the site adds to Sphinx: JupyterLab's anchors, formulas without a script."""

import html
import importlib.util
import json
import re
import shutil
import subprocess
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from docutils import nodes

from course_tools.project import UserError

KATEX = "sphinxcontrib.katex"  # the package that brings KaTeX's script
RENDER = """
const katex = require(process.argv[1]);
const formulas = JSON.parse(require("fs").readFileSync(0, "utf-8"));
const shown = ([text, displayMode]) => katex.renderToString(text, { displayMode });
process.stdout.write(JSON.stringify(formulas.map(shown)));
"""


def slug(title: str) -> str:
    """Return the anchor of a heading as JupyterLab makes it."""
    return re.sub(r"\s", "-", title)


def rendered(formulas: Sequence[tuple[str, bool]]) -> list[str]:
    """Return formulas as the markup that a browser shows.

    Args:
        formulas: each in LaTeX, and whether it stands on a line of its own.

    Raises:
        UserError: node or KaTeX is not installed, or KaTeX does not understand a formula.
    """
    node = shutil.which("node") or shutil.which("nodejs")
    if node is None:
        raise UserError("formulas need node: install nodejs, or see nodejs.org.")
    package = importlib.util.find_spec(KATEX)
    if package is None:
        raise UserError("formulas need KaTeX: `pip install sphinxcontrib-katex`.")
    script = Path(package.origin).with_name("katex.min.js")
    done = subprocess.run(
        [node, "-e", RENDER, str(script)],
        input=json.dumps(formulas), capture_output=True, text=True, encoding="utf-8",
    )  # fmt: skip
    if done.returncode:
        raise UserError(f"a formula can't be shown: {done.stderr.strip()}")
    return json.loads(done.stdout)


def _collect(app: Any, env: Any) -> None:
    """Render all formulas of the course at once; a process for each would take long."""
    kinds = nodes.math, nodes.math_block
    found = {
        (node.astext(), isinstance(node, nodes.math_block))
        for name in env.found_docs
        for node in env.get_doctree(name).findall(lambda n: isinstance(n, kinds))
    }
    in_order = sorted(found)
    env.course_formulas = dict(zip(in_order, rendered(in_order), strict=True))


def _inline(translator: Any, node: nodes.Node) -> None:
    formula = translator.builder.env.course_formulas[node.astext(), False]
    translator.body.append(f'<span class="math">{formula}</span>')
    raise nodes.SkipNode


def _display(translator: Any, node: nodes.Node) -> None:
    formula = translator.builder.env.course_formulas[node.astext(), True]
    translator.body.append(f'<div class="math" tabindex="0">{formula}</div>')
    raise nodes.SkipNode


def _describe(app: Any, name: str, _: str, context: dict, __: Any) -> None:
    """Add what search engines and link previews show."""
    settings = json.loads((Path(app.srcdir) / "settings.json").read_text("utf-8"))
    text = html.escape(settings["descriptions"].get(name, ""), quote=True)
    title = html.escape(re.sub(r"<[^>]*>", "", context.get("title", "")), quote=True)
    picture = f"{settings['address']}_static/overview.png"
    context.setdefault("metatags", "")
    tags = {"og:title": title, "og:image": picture, "og:type": "website"}
    if text:
        context["metatags"] += f'\n<meta name="description" content="{text}">'
        tags["og:description"] = text
    for key, value in tags.items():
        context["metatags"] += f'\n<meta property="{key}" content="{value}">'


def setup(app: Any) -> dict[str, Any]:
    """Formulas become markup when the site is built: no script, no other host."""
    app.add_html_math_renderer("katex", (_inline, None), (_display, None))
    app.connect("env-updated", _collect)
    app.connect("html-page-context", _describe)
    return {"parallel_read_safe": True, "parallel_write_safe": True}

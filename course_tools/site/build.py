"""`course site`: build the pages."""

from __future__ import annotations

import argparse
import shutil
import tempfile
from pathlib import Path

from course_tools.authoring.pairs import find_sources, notebook_text, read_notebook
from course_tools.project import UserError, find_root
from course_tools.site.pages import FIGURES, page

HERE = Path(__file__).parent


def prepare(root: Path, source: Path) -> None:
    """Write all that Sphinx reads."""
    figures = source / FIGURES
    figures.mkdir(parents=True)
    shutil.copytree(HERE / "static", source / "_static", dirs_exist_ok=True)
    shutil.copytree(
        root / "course_utils" / "widgets", source / "_static" / "widgets",
        ignore=lambda _, names: [n for n in names if not n.endswith(".js")],
    )  # fmt: skip
    shutil.copy(HERE / "conf.py", source)
    for path in find_sources(root, ["notebooks", "exercises"]):
        stored = path.with_suffix(".ipynb")
        target = source / path.parent.name / stored.name
        target.parent.mkdir(exist_ok=True)
        target.write_text(notebook_text(page(read_notebook(stored), path.stem, figures)))
    shutil.copy(root / "notebooks" / "glossary.md", source / "notebooks")
    shutil.copytree(HERE / "pages", source, dirs_exist_ok=True)


def build(root: Path, target: Path) -> None:
    from sphinx.cmd.build import build_main

    with tempfile.TemporaryDirectory() as folder:
        source = Path(folder) / "source"
        source.mkdir()
        prepare(root, source)
        status = build_main(["-T", "-q", "-b", "html", str(source), str(target)])
    if status:
        raise UserError("the site could not be built; what is above says why.")


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the options of `course site`."""


def command(arguments: argparse.Namespace) -> int:
    root = find_root()
    build(root, root / "build" / "site")
    return 0

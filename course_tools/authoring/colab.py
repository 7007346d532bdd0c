"""The Colab badge and the set-up cell of every notebook.

Both name the course's repository. It is set once, as `repository` in the section
`[tool.course]` of pyproject.toml; `course stamp` carries it into the notebooks. The
badges of lessons and exercises open notebooks without outputs, from the `branch` that
is set there too and that `course clean` fills.
"""

import argparse
import re
import sys
from copy import deepcopy
from itertools import pairwise
from pathlib import Path

import nbformat
from nbformat import NotebookNode

from course_tools.authoring.clean import is_tagged
from course_tools.authoring.pairs import (
    build,
    find_sources,
    protect_edits,
    read_source,
    rebuild,
    source_text,
)
from course_tools.files import write_atomically
from course_tools.project import (
    AUTHOR_TAG,
    SETUP_TAG,
    UserError,
    branch,
    find_root,
    repository,
    shown,
)

BADGE_IMAGE = "https://colab.research.google.com/assets/colab-badge.svg"
SETUP_SENTENCE = "In Colab, run this cell first; elsewhere it does nothing."


def address(name: str, place: str, branch: str = "main") -> str:
    """Return the address that opens a notebook in Colab.

    Args:
        name: the repository, `OWNER/NAME`.
        place: the .ipynb inside it, such as `notebooks/03_mlp.ipynb`.
        branch: where lessons and exercises are; solutions are on main.
    """
    branch = "main" if place.startswith("solutions/") else branch
    return f"https://colab.research.google.com/github/{name}/blob/{branch}/{place}"


def badge_text(address: str) -> str:
    """Return the first cell of a notebook: a badge that opens it in Colab."""
    return f"[![Open in Colab]({BADGE_IMAGE})]({address})"


def setup_text(name: str) -> str:
    """Return the set-up cell, which installs the course in Colab and nowhere else.

    COURSE_SOURCE, an environment variable, overrides where it is installed from.

    Args:
        name: the repository, `OWNER/NAME`.
    """
    return f"""\
import os
import subprocess
import sys
from importlib.util import find_spec

if "google.colab" in sys.modules and not find_spec("course_utils"):
    home = "git+https://github.com/{name}"
    source = os.environ.get("COURSE_SOURCE", home)
    pip = [sys.executable, "-m", "pip", "install", "--quiet", source]
    if subprocess.run(pip).returncode:
        remedy = "Check the network, then run this cell again."
        raise RuntimeError(f"{{source}} could not be installed. {{remedy}}")"""


def stamped(
    source: NotebookNode, name: str, place: str, branch: str = "main"
) -> NotebookNode:
    """Return a notebook with badge and set-up cell as they are to be.

    Where they exist they are rewritten in place, so a lesson may have its set-up
    wherever it suits, before the first cell that needs it. A missing badge becomes the
    first cell; a missing set-up cell goes behind the opening, the first markdown cell,
    with a sentence above it. Both have the tag for authors, and its code is folded
    away.

    Args:
        source: what `authoring.read_source` returned; left as it is.
        name: the repository, `OWNER/NAME`.
        place: the .ipynb inside it.
        branch: as in `address`.
    """
    source = deepcopy(source)
    cells = source.cells
    badge = badge_text(address(name, place, branch))
    if cells and BADGE_IMAGE in cells[0].source:
        cells[0].source = badge
    else:
        cells.insert(0, nbformat.v4.new_markdown_cell(badge))
    code = [cell.cell_type == "code" for cell in cells]
    setups = [is_tagged(cell, SETUP_TAG) for cell in cells]
    if not any(c and s for c, s in zip(code, setups, strict=True)):
        after = 2 if code[1:2] == [False] else 1
        tags = {"tags": [SETUP_TAG]}
        cells[after:after] = [
            nbformat.v4.new_markdown_cell(SETUP_SENTENCE, metadata=tags),
            nbformat.v4.new_code_cell("", metadata=tags),
        ]
    for before, cell in pairwise(cells):
        if cell.cell_type == "code" and is_tagged(cell, SETUP_TAG):
            cell.source = setup_text(name)
            # What it says when it fails stays in sight.
            cell.metadata["jupyter"] = {"source_hidden": True}
            cell.metadata.pop("tags")
            cell.metadata["tags"] = [AUTHOR_TAG, SETUP_TAG]
            if before.source == SETUP_SENTENCE:
                before.metadata["tags"] = [AUTHOR_TAG, SETUP_TAG]
    return source


def unstamped(root: Path) -> list[str]:
    """Say which notebooks name another repository, or none.

    Args:
        root: the checkout, whose pyproject.toml names the right one.

    Returns:
        A line for each such .py; empty when all agree.
    """
    name = repository(root)
    return [
        f"{shown(path)}: its badge or set-up cell is not that of {name}. "
        "Run `course stamp`."
        for path in find_sources(root)
        if _stamped_text(path, name, branch(root))
        != source_text(read_source(path), path)
    ]


def stamp(root: Path, name: str) -> list[Path]:
    """Write badge and set-up cell into every pair, and the name into pyproject.toml.

    Args:
        root: the checkout.
        name: the repository, `OWNER/NAME`.

    Returns:
        Each .py that has changed.

    Raises:
        UserError: `name` is not of that form, or an .ipynb has edits of its own; then
            nothing is changed.
    """
    if not re.fullmatch(r"[A-Za-z0-9-]+/[A-Za-z0-9._-]+", name):
        raise UserError(
            f"{name!r} names no repository. Give its owner and name, as in "
            "`course stamp neural-notebooks/course`."
        )
    sources = find_sources(root)
    for path in sources:
        protect_edits(build(read_source(path), path), path.with_suffix(".ipynb"))
    _set_repository(root / "pyproject.toml", name)
    changed = []
    for path in sources:
        text = _stamped_text(path, name, branch(root))
        if text != path.read_text(encoding="utf-8"):
            write_atomically(path, text)
            changed.append(path)
        rebuild(path)
    return changed


def _stamped_text(path: Path, name: str, branch: str) -> str:
    place = f"{path.parent.name}/{path.stem}.ipynb"
    return source_text(stamped(read_source(path), name, place, branch), path)


def _set_repository(path: Path, name: str) -> None:
    text = path.read_text(encoding="utf-8")
    setting = f'repository = "{name}"'
    section = re.search(r"^\[tool\.course\]\n(?:(?!\[).*\n)*", text, re.MULTILINE)
    assert section is not None  # find_root looks for it
    written, found = re.subn(
        r"^repository\s*=.*$", setting, section[0], flags=re.MULTILINE
    )
    if not found:
        written = section[0].replace("[tool.course]\n", f"[tool.course]\n{setting}\n")
    new_text = text.replace(section[0], written)
    if new_text != text:
        write_atomically(path, new_text)


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the options of `course stamp`."""
    choice = parser.add_mutually_exclusive_group()
    choice.add_argument(
        "repository",
        metavar="OWNER/NAME",
        nargs="?",
        help="the repository on GitHub; default: the one in pyproject.toml",
    )
    choice.add_argument(
        "--check",
        action="store_true",
        help="change nothing; name the notebooks that disagree with pyproject.toml",
    )


def command(arguments: argparse.Namespace) -> int:
    """Carry out `course stamp`."""
    root = find_root()
    if arguments.check:
        problems = unstamped(root)
        for line in problems:
            print(line, file=sys.stderr)
        if not problems:
            print(f"All notebooks name {repository(root)}.")
        return 1 if problems else 0
    name = arguments.repository or repository(root)
    for path in stamp(root, name):
        print(f"stamped {shown(path)}")
    print(f"All notebooks name {name}.")
    return 0

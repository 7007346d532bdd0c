"""Notebooks as learners get them: without outputs and without cells for authors.

A cell tagged `author` holds what only authors and CI need: assertions behind claims,
results for README.md, the set-up for Colab. In the .py it begins with

    # %% jupyter={"outputs_hidden": true, "source_hidden": true} tags=["author"]

which folds it away in JupyterLab. It runs with the lesson, and no other cell may need
it.

`course clean` writes them all into a folder, which a workflow pushes to the branch
that Colab's badges open.
"""

import argparse
import builtins
import shutil
import symtable
from copy import deepcopy
from pathlib import Path

from nbformat import NotebookNode

from course_tools.authoring.pairs import find_sources, notebook_text, read_notebook
from course_tools.files import write_atomically
from course_tools.project import AUTHOR_TAG, SETUP_TAG, UserError, find_root, shown


def is_tagged(cell: NotebookNode, tag: str) -> bool:
    """Return whether a cell has a tag."""
    return tag in cell.metadata.get("tags", [])


def without_author_cells(notebook: NotebookNode, setup: bool = False) -> NotebookNode:
    """Return a notebook without the cells for authors, outputs and all else kept.

    Args:
        notebook: left as it is.
        setup: keep the set-up for Colab, the cell itself and the sentence above it.
    """
    notebook = deepcopy(notebook)
    notebook.cells = [
        cell
        for cell in notebook.cells
        if not is_tagged(cell, AUTHOR_TAG) or (setup and is_tagged(cell, SETUP_TAG))
    ]
    return notebook


def learners_version(notebook: NotebookNode, setup: bool = False) -> NotebookNode:
    """Return a lesson or exercise set as a learner opens it.

    Args:
        notebook: as `pairs.build` or a stored .ipynb has it; left as it is.
        setup: keep the set-up for Colab.

    Returns:
        A notebook without cells for authors, outputs, counts, and notes on what the
        last run took.
    """
    notebook = without_author_cells(notebook, setup)
    notebook.metadata.pop("course", None)
    for cell in notebook.cells:
        cell.metadata.pop("course", None)
        if cell.cell_type == "code":
            cell.outputs, cell.execution_count = [], None
    return notebook


def borrowed_names(notebook: NotebookNode) -> list[str]:
    """Say what learners' cells would lack, or find changed, without the author's.

    A name that a cell for authors gives a value to, and that a later cell of the
    lesson uses before any such cell gives it another.

    Args:
        notebook: a lesson.

    Returns:
        A line for each name and cell, counted from 1; empty if there is none.
    """
    lent: dict[str, int] = {}
    lines = []
    for number, cell in enumerate(notebook.cells, start=1):
        if cell.cell_type != "code":
            continue
        used, given = _names(cell.source)
        if is_tagged(cell, AUTHOR_TAG):
            lent |= dict.fromkeys(given, number)
            continue
        lines += [
            f"cell {number} uses {name!r}, which cell {lent[name]}, for authors, sets"
            for name in sorted((used - given) & lent.keys())
        ]
        for name in given:
            lent.pop(name, None)
    return lines


def _names(source: str) -> tuple[set[str], set[str]]:
    """The names that a cell uses, and those that it gives a value."""
    cell = symtable.symtable(source, "cell", "exec")
    given = {
        symbol.get_name()
        for symbol in cell.get_symbols()
        if symbol.is_assigned() or symbol.is_imported() or symbol.is_namespace()
    }
    used = set()
    scopes = [cell]
    while scopes:
        scope = scopes.pop()
        scopes += scope.get_children()
        # What a function or comprehension gives a value itself is its own.
        used |= {
            symbol.get_name()
            for symbol in scope.get_symbols()
            if symbol.is_referenced() and (scope is cell or symbol.is_global())
        }
    return used - set(dir(builtins)), given


def write_all(root: Path, folder: Path) -> list[Path]:
    """Write lessons and exercise sets as learners open them in Colab.

    Args:
        root: the checkout.
        folder: where notebooks/ and exercises/ go; new or empty.

    Returns:
        The notebooks.

    Raises:
        UserError: the folder holds something, or a notebook was never made.
    """
    if folder.exists() and any(folder.iterdir()):
        raise UserError(f"{shown(folder)} is not empty. Name a new folder.")
    written = []
    for source in find_sources(root, ["notebooks", "exercises"]):
        stored = source.with_suffix(".ipynb")
        if not stored.exists():
            raise UserError(f"{shown(stored)} is missing. Run `course pairs`.")
        path = folder / stored.relative_to(root)
        path.parent.mkdir(parents=True, exist_ok=True)
        cleaned = learners_version(read_notebook(stored), setup=True)
        write_atomically(path, notebook_text(cleaned))
        written.append(path)
    shutil.copy(root / "notebooks" / "glossary.md", folder / "notebooks")
    shutil.copy(root / "LICENSE", folder)
    return written


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the options of `course clean`."""
    parser.add_argument("folder", type=Path, help="a new folder")


def command(arguments: argparse.Namespace) -> int:
    """Carry out `course clean`."""
    written = write_all(find_root(), arguments.folder)
    print(f"{len(written)} notebooks in {shown(arguments.folder)}.")
    return 0

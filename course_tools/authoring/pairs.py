"""Notebook pairs: a .py that authors edit, and the .ipynb that is made from it.

The .py is in jupytext's percent format. The .ipynb holds the same cells, the
outputs of their last execution, and ids derived from the cells' content, so that
making it again from the same .py gives the same file.
"""

import argparse
import hashlib
import re
import sys
from collections.abc import Sequence
from copy import deepcopy
from pathlib import Path

import jupytext
import nbformat
import yaml
from jupytext.config import load_jupytext_config
from nbformat import NotebookNode

from course_tools.authoring.outputs import describe_pictures
from course_tools.files import write_atomically
from course_tools.project import (
    NOTEBOOK_FOLDERS,
    NOTEBOOK_NAMES,
    SETUP_TAG,
    UserError,
    find_root,
    shown,
)

PERCENT = "py:percent"
KERNELSPEC = {
    "display_name": "Python 3 (ipykernel)",
    "language": "python",
    "name": "python3",
}
# What jupytext notes about the layout of the .py; it has no place in the .ipynb.
LAYOUT_METADATA = ("cell_marker", "lines_to_next_cell", "lines_to_end_of_cell_marker")


def find_sources(root: Path, folders: Sequence[str] = NOTEBOOK_FOLDERS) -> list[Path]:
    """Return the .py of every pair under `root`, in order of folder and name."""
    return [
        path
        for folder in folders
        for path in sorted((root / folder).glob(f"{NOTEBOOK_NAMES}.py"))
    ]


def find_orphans(root: Path) -> list[Path]:
    """Return each numbered .ipynb under `root` that has no .py beside it."""
    return [
        path
        for folder in NOTEBOOK_FOLDERS
        for path in sorted((root / folder).glob(f"{NOTEBOOK_NAMES}.ipynb"))
        if not path.with_suffix(".py").exists()
    ]


def read_source(path: Path) -> NotebookNode:
    """Read the .py of a pair.

    Args:
        path: a script in percent format.

    Returns:
        Its cells and metadata as jupytext gives them, layout notes included.

    Raises:
        UserError: the file is missing, or its header cannot be read.
    """
    try:
        text = path.read_text(encoding="utf-8")
        return jupytext.reads(text, PERCENT, config=load_jupytext_config(str(path)))
    except FileNotFoundError:
        raise UserError(f"{shown(path)} does not exist. Check the name.") from None
    except (ValueError, KeyError, yaml.YAMLError) as error:
        raise UserError(
            f"{shown(path)} cannot be read as a notebook: {error}. Mend its header, "
            "the lines between the first two `# ---`."
        ) from error


def source_text(source: NotebookNode, path: Path) -> str:
    """Return what the .py at `path` holds when it says what `source` says.

    The result is what JupyterLab writes when it saves the .py opened as a notebook.

    Args:
        source: a notebook from `read_source`, possibly changed.
        path: the .py; the jupytext settings that apply there are used.
    """
    config = load_jupytext_config(str(path))
    return jupytext.writes(deepcopy(source), PERCENT, config=config)


def cell_ids(cells: Sequence[NotebookNode]) -> list[str]:
    """Derive an id for each cell from its own content.

    A cell with an nbgrader `grade_id` has that as its id. Any other has the first
    8 hexadecimal digits of the SHA-256 of its type and source, with a counter from
    the second such cell on.

    Args:
        cells: all cells of a notebook, in order.

    Raises:
        UserError: a `grade_id` occurs twice, or is no valid id (nbformat 4.5: 1 to
            64 letters, digits, hyphens and underscores).
    """
    grade_ids = [cell.metadata.get("nbgrader", {}).get("grade_id") for cell in cells]
    used = set()
    for grade_id in filter(None, grade_ids):
        if grade_id in used:
            raise UserError(
                f"the grade_id {grade_id!r} occurs twice. Rename one of them."
            )
        if not re.fullmatch(r"[a-zA-Z0-9_-]{1,64}", grade_id):
            raise UserError(
                f"the grade_id {grade_id!r} is no valid cell id. Use 1 to 64 letters, "
                "digits, hyphens and underscores."
            )
        used.add(grade_id)
    ids = []
    for cell, grade_id in zip(cells, grade_ids, strict=True):
        content = f"{cell.cell_type}\n{cell.source}".encode()
        base = cell_id = grade_id or hashlib.sha256(content).hexdigest()[:8]
        counter = 2
        while not grade_id and cell_id in used:
            cell_id = f"{base}-{counter}"
            counter += 1
        used.add(cell_id)
        ids.append(cell_id)
    return ids


def digest(cells: Sequence[NotebookNode]) -> str:
    """Return a short checksum of all cells' types and sources."""
    content = "\0".join(f"{cell.cell_type}\n{cell.source}" for cell in cells)
    return hashlib.sha256(content.encode()).hexdigest()[:16]


def build(source: NotebookNode, path: Path) -> NotebookNode:
    """Make the notebook, without outputs, that belongs to a .py.

    Args:
        source: what `read_source` returned.
        path: the .py, for messages.

    Returns:
        A notebook in format 4.5. Its metadata has the `course` section of the .py's
        header and, as `made_from`, a checksum of the cells: whether someone has
        edited the .ipynb itself since can be told from it.

    Raises:
        UserError: see `cell_ids`.
    """
    cells = deepcopy(source.cells)
    try:
        ids = cell_ids(cells)
    except UserError as error:
        raise UserError(f"{shown(path)}: {error}") from None
    for cell, cell_id in zip(cells, ids, strict=True):
        cell.id = cell_id
        for name in LAYOUT_METADATA:
            cell.metadata.pop(name, None)
    course = dict(source.metadata.get("course", {}), made_from=digest(cells))
    return nbformat.v4.new_notebook(
        cells=cells,
        metadata={
            "course": course,
            "kernelspec": dict(KERNELSPEC),
            "language_info": {"name": "python"},
        },
    )


def keep_outputs(notebook: NotebookNode, stored: NotebookNode) -> None:
    """Give the cells of `notebook` the outputs that the same cells have in `stored`.

    Cells are the same when type and source are; equal cells are taken in order. The
    set-up cell counts as the same whatever it says, because it prints nothing.

    Args:
        notebook: a fresh notebook, changed in place.
        stored: the notebook it replaces.
    """
    executed: dict[str, list[NotebookNode]] = {}
    for cell in stored.cells:
        if cell.cell_type == "code":
            executed.setdefault(_output_key(cell), []).append(cell)
    for cell in notebook.cells:
        if cell.cell_type == "code" and executed.get(_output_key(cell)):
            old = executed[_output_key(cell)].pop(0)
            cell.outputs = deepcopy(old.outputs)
            cell.execution_count = old.execution_count


def _output_key(cell: NotebookNode) -> str:
    is_setup = SETUP_TAG in cell.metadata.get("tags", [])
    return SETUP_TAG if is_setup else cell.source


def read_notebook(path: Path) -> NotebookNode:
    """Read a stored .ipynb.

    Args:
        path: the .ipynb.

    Raises:
        UserError: the file is no notebook.
    """
    try:
        return nbformat.read(path, as_version=4)
    except (ValueError, AttributeError, nbformat.ValidationError) as error:
        raise UserError(
            f"{shown(path)} is no readable notebook: {error}. Delete it, then run "
            "`course pairs`."
        ) from error


def notebook_text(notebook: NotebookNode) -> str:
    """Return what the .ipynb of `notebook` holds; the notebook is validated."""
    nbformat.validate(notebook)
    return nbformat.writes(notebook) + "\n"


def first_difference(expected: NotebookNode, stored: NotebookNode) -> str | None:
    """Say where `stored` first differs from `expected`, outputs aside.

    Args:
        expected: the notebook as built from the .py.
        stored: the notebook in the .ipynb.

    Returns:
        A phrase that names the cell (counted from 1) and what differs; None where
        nothing does.
    """
    pairs = zip(expected.cells, stored.cells, strict=False)
    for number, (wanted, found) in enumerate(pairs, start=1):
        for what in ("cell_type", "source", "metadata", "id"):
            if wanted[what] != found.get(what):
                texts = _first_unequal_lines(str(wanted[what]), str(found.get(what)))
                return f"cell {number}: {what} is {texts[1]!r}, not {texts[0]!r}"
    if len(expected.cells) != len(stored.cells):
        number = min(len(expected.cells), len(stored.cells)) + 1
        return (
            f"cell {number}: {len(stored.cells)} cells instead of {len(expected.cells)}"
        )
    if expected.metadata != stored.metadata:
        return f"metadata is {dict(stored.metadata)}, not {dict(expected.metadata)}"
    return None


def _first_unequal_lines(left: str, right: str) -> tuple[str, str]:
    lines = zip([*left.split("\n"), ""], [*right.split("\n"), ""], strict=False)
    return next((pair for pair in lines if pair[0] != pair[1]), (left, right))


def protect_edits(notebook: NotebookNode, path: Path) -> None:
    """Raise if replacing the .ipynb at `path` would lose edits made in it.

    Args:
        notebook: what is about to replace it.
        path: the .ipynb, which need not exist.

    Raises:
        UserError: its cells are neither those it was made with nor those of
            `notebook`.
    """
    if not path.exists():
        return
    stored = read_notebook(path)
    made_from = stored.metadata.get("course", {}).get("made_from")
    if digest(stored.cells) not in (made_from, digest(notebook.cells)):
        source = path.with_suffix(".py").name
        raise UserError(
            f"{shown(path)} was edited itself, and the edits are not in {source} "
            f"({first_difference(notebook, stored)}). Copy them into {source}, or give "
            "them up with `course pairs --discard-edits`."
        )


def rebuild(path: Path, discard_edits: bool = False) -> bool:
    """Make the .ipynb of one pair again, with the outputs of unchanged cells.

    Args:
        path: the .py.
        discard_edits: overwrite even what someone edited in the .ipynb itself.

    Returns:
        Whether the .ipynb has changed.

    Raises:
        UserError: the .py cannot be read, or edits would be lost.
    """
    target = path.with_suffix(".ipynb")
    notebook = build(read_source(path), path)
    if not discard_edits:
        protect_edits(notebook, target)
    before = target.read_text(encoding="utf-8") if target.exists() else None
    if before is not None:
        keep_outputs(notebook, read_notebook(target))
        # Of a text that fits no picture the next run will tell.
        describe_pictures(notebook)
    text = notebook_text(notebook)
    if text == before:
        return False
    write_atomically(target, text)
    return True


def out_of_step(root: Path) -> list[str]:
    """Say which pairs under `root` are out of step, one line for each.

    Args:
        root: the checkout.

    Returns:
        Lines that name the .ipynb and the first cell that differs; empty when every
        pair is in step.
    """
    lines = [
        f"{shown(path)}: there is no {path.with_suffix('.py').name} beside it. Delete "
        "the .ipynb, or restore the .py."
        for path in find_orphans(root)
    ]
    for path in find_sources(root):
        target = path.with_suffix(".ipynb")
        if not target.exists():
            lines.append(f"{shown(target)}: missing. Run `course pairs`.")
            continue
        difference = first_difference(
            build(read_source(path), path), read_notebook(target)
        )
        if difference:
            lines.append(
                f"{shown(target)}: {difference}, as {path.name} says. "
                "Run `course pairs`."
            )
    return lines


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the options of `course pairs`."""
    choice = parser.add_mutually_exclusive_group()
    choice.add_argument(
        "--check",
        action="store_true",
        help="change nothing; name the pairs that are out of step",
    )
    choice.add_argument(
        "--discard-edits",
        action="store_true",
        help="overwrite even an .ipynb that was edited itself",
    )


def command(arguments: argparse.Namespace) -> int:
    """Carry out `course pairs`."""
    root = find_root()
    if not arguments.check:
        for path in find_sources(root):
            if rebuild(path, arguments.discard_edits):
                print(f"made {shown(path.with_suffix('.ipynb'))}")
    problems = out_of_step(root)
    for line in problems:
        print(line, file=sys.stderr)
    if not problems:
        print(f"{len(find_sources(root))} pairs are in step.")
    return 1 if problems else 0

"""The cells of a notebook or script that anyone may have written or changed.

A file is read as data, whatever it holds: nothing in it is executed, or parsed as
Python. Jupyter's format (versions 2 to 4), jupytext's percent format, and scripts as
notebook editors export them are understood.
"""

import json
import os
import re
import stat
from itertools import islice
from pathlib import Path
from typing import Any

from course_tools.keys import Cell, cell_of
from course_tools.project import SETUP_TAG

MAX_BYTES = 20 * 2**20
MAX_CELLS = 5_000
MARKER = re.compile(r"^# ?(?:%%|In ?\[[ \d]*\]:|<codecell>)(?P<rest>[^\n]*)$", re.M)
# Where a cell begins in a script that was exported without marks.
UNMARKED = re.compile(r"^(?=# exercise:|with checks\.exercise\(|\"\"\")", re.M)
METADATA = re.compile(r"\bnbgrader=(?P<json>\{)")


class Unreadable(Exception):
    """A file can't be read; the message says why."""


def read_file(path: Path, limit: int = MAX_BYTES) -> bytes:
    """Return what a file holds.

    Args:
        path: a regular file; nothing else is opened.
        limit: how many bytes are accepted.

    Raises:
        Unreadable: it is something else, too large, or may not be read.
    """
    try:
        if path.is_symlink():
            raise Unreadable("it is a symbolic link; only files are read")
        # Without O_NONBLOCK, opening a named pipe would wait for ever.
        flags = (
            os.O_RDONLY | getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_NONBLOCK", 0)
        )
        with open(os.open(path, flags), "rb") as file:
            status = os.fstat(file.fileno())
            if not stat.S_ISREG(status.st_mode):
                raise Unreadable("it is no regular file")
            if status.st_size > limit:
                raise Unreadable(
                    f"it has {status.st_size / 2**20:.0f} MB; {limit / 2**20:.0f} MB "
                    "are read at most"
                )
            return file.read(limit)
    except OSError as error:
        reason = error.strerror or type(error).__name__
        raise Unreadable(f"it can't be opened: {reason}") from None


def read_cells(content: bytes, name: str) -> list[Cell]:
    """Return the cells of a notebook or script.

    Args:
        content: of the file.
        name: of the file; it tells which of both it is.

    Raises:
        Unreadable: it is neither.
    """
    if not content.strip():
        raise Unreadable("it is empty")
    try:
        text = content.decode("utf-8-sig").replace("\r\n", "\n").replace("\r", "\n")
    except UnicodeDecodeError:
        raise Unreadable("it is not text in UTF-8") from None
    if name.lower().endswith(".py"):
        return _script_cells(text)
    try:
        notebook = json.loads(text)
    except (ValueError, RecursionError):
        raise Unreadable("it is not a notebook: its JSON is broken") from None
    cells = _notebook_cells(notebook)
    if not cells:
        raise Unreadable("it has no cells")
    return cells


def _notebook_cells(notebook: Any) -> list[Cell]:
    if not isinstance(notebook, dict):
        raise Unreadable("it is not a notebook: its JSON holds something else")
    found = notebook.get("cells")
    if found is None and isinstance(notebook.get("worksheets"), list):
        sheets = [sheet for sheet in notebook["worksheets"] if isinstance(sheet, dict)]
        found = [cell for sheet in sheets for cell in _list(sheet.get("cells"))]
    if found is None:
        raise Unreadable("it is not a notebook: it has no list of cells")
    if len(_list(found)) > MAX_CELLS:
        raise Unreadable(f"it has {len(found):,} cells; {MAX_CELLS:,} are read at most")
    cells = []
    for cell in _list(found):
        if not isinstance(cell, dict):
            continue
        # In format 3, the text of a code cell is its input.
        source = cell.get("source", cell.get("input", ""))
        if isinstance(source, list):
            source = "".join(line for line in source if isinstance(line, str))
        if not isinstance(source, str):
            source = ""
        metadata = cell.get("metadata")
        metadata = metadata if isinstance(metadata, dict) else {}
        kind = cell.get("cell_type")
        kind = kind if kind in ("code", "markdown") else "raw"
        tags = _list(metadata.get("tags"))
        cells.append(cell_of(kind, source, metadata.get("nbgrader"), tags))
    return cells


def _list(value: Any) -> list:
    return value if isinstance(value, list) else []


def _script_cells(text: str) -> list[Cell]:
    marks = list(islice(MARKER.finditer(text), MAX_CELLS))
    if not marks:
        pieces = UNMARKED.split(text)
        return [cell_of("code", piece, None, []) for piece in pieces if piece.strip()]
    cells = [cell_of("code", text[: marks[0].start()], None, [])]
    ends = [mark.start() for mark in marks[1:]] + [len(text)]
    for mark, end in zip(marks, ends, strict=True):
        rest, source = mark["rest"], text[mark.end() : end].strip("\n")
        kind = "markdown" if "[markdown]" in rest or "[md]" in rest else "code"
        kind = "raw" if "[raw]" in rest else kind
        if kind == "markdown":
            source = re.sub(r"^# ?", "", source, flags=re.M)
        nbgrader = None
        if found := METADATA.search(rest):
            try:
                nbgrader, _ = json.JSONDecoder().raw_decode(rest, found.start("json"))
            except (ValueError, RecursionError):
                nbgrader = None
        tags = [SETUP_TAG] if f'"{SETUP_TAG}"' in rest else []
        cells.append(cell_of(kind, source, nbgrader, tags))
    return cells

"""What lies on the desk: lessons and exercises, put there and brought up to date.

A file that a learner has touched is never written again. A newer version is put beside
it, and what is new in it is told section by section.
"""

import hashlib
import json
import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import nbformat
from filelock import FileLock
from nbformat import NotebookNode

from course_tools.authoring.clean import learners_version
from course_tools.authoring.pairs import notebook_text, read_notebook
from course_tools.files import write_atomically
from course_tools.project import NOTEBOOK_NAMES, UserError

FOLDER = "my-course"
OWN = ".course"  # what the desk needs for itself, inside the folder
# After the lesson in the list of files, and told apart by the first letters.
EXERCISES = "b_exercises.ipynb"
GLOSSARY = "glossary.md"
BADGE = "colab.research.google.com"
# What links in lessons, sets and the glossary are called on the desk, side by side.
LINKS = (
    (re.compile(r"\]\(\.\./exercises/(\d\d)_\w+\.ipynb"), rf"](\1{EXERCISES}"),
    (re.compile(r"\]\(\.\./notebooks/"), "]("),
)


@dataclass(frozen=True)
class Delivery:
    """What became of one file.

    Attributes:
        name: of the file on the desk.
        done: "new", "same", "replaced" (nobody had touched it), or "beside".
        beside: the file with the newer version, where the learner's own stays.
        sections: what is new or different, by heading; empty for a new file.
    """

    name: str
    done: str
    beside: str = ""
    sections: tuple[str, ...] = ()


def deliver(root: Path, desk: Path) -> list[Delivery]:
    """Put on the desk what is missing there, and newer versions of what is old.

    Whatever was interrupted is made up for the next time. A file that was moved away
    or deleted comes back as new.

    Args:
        root: the checkout.
        desk: the folder; made where it is missing.

    Returns:
        One entry for each file, in order.

    Raises:
        UserError: the folder can't be written, or the checkout has no lessons.
    """
    wanted = contents(root)
    if not wanted:
        raise UserError(f"{root / 'notebooks'} holds no lessons. Run `course pairs`.")
    try:
        (desk / OWN).mkdir(parents=True, exist_ok=True)
        with FileLock(desk / OWN / "lock"):
            return [_put(desk, name, text) for name, text in wanted.items()]
    except OSError as error:
        raise UserError(
            f"{desk} can't be written: {error.strerror or error}. Make room there, or "
            "move the course to a folder of your own."
        ) from error


def contents(root: Path) -> dict[str, str]:
    """Return what belongs on the desk: by file name, its text.

    Args:
        root: the checkout.
    """
    files = {}
    for folder in ("notebooks", "exercises"):
        for stored in (root / folder).glob(f"{NOTEBOOK_NAMES}.ipynb"):
            files[name_of(stored)] = notebook_text(_cleaned(read_notebook(stored)))
    glossary = root / "notebooks" / GLOSSARY
    if glossary.exists():
        files[GLOSSARY] = _relinked(glossary.read_text(encoding="utf-8"))
    return dict(sorted(files.items()))


def name_of(stored: Path) -> str:
    """Return what a notebook of the checkout is called on the desk."""
    is_set = stored.parent.name == "exercises"
    return stored.name[:2] + EXERCISES if is_set else stored.name


def _cleaned(notebook: NotebookNode) -> NotebookNode:
    notebook = learners_version(notebook)
    notebook.cells = [cell for cell in notebook.cells if BADGE not in cell.source]
    for cell in notebook.cells:
        if cell.cell_type == "markdown":
            cell.source = _relinked(cell.source)
    return notebook


def _relinked(text: str) -> str:
    for pattern, replacement in LINKS:
        text = pattern.sub(replacement, text)
    return text


def _put(desk: Path, name: str, text: str) -> Delivery:
    path, newest = desk / name, _parts(text)
    with _record(desk) as known:
        before = known.get(name, [])
        if not path.exists():
            write_atomically(path, text)
            known[name] = newest
            return Delivery(name, "new")
        # Also without a note of it, where a delivery was interrupted.
        if before == newest or _is_untouched(path, newest):
            known[name] = newest
            return Delivery(name, "same")
        sections = _different(before, newest)
        if _is_untouched(path, before):
            write_atomically(path, text)
            known[name] = newest
            return Delivery(name, "replaced", "", sections)
        beside = _place_beside(path, known, newest)
        write_atomically(beside, text)
        known[name] = known[beside.name] = newest
        return Delivery(name, "beside", beside.name, sections)


def _place_beside(path: Path, known: dict, newest: list) -> Path:
    """A name for a newer version: free, or of one that nobody has touched."""
    number = 2
    while True:
        beside = path.with_name(f"{path.stem}_new{number}{path.suffix}")
        theirs = known.get(beside.name, [])
        if not beside.exists() or any(
            _is_untouched(beside, p) for p in (theirs, newest)
        ):
            return beside
        number += 1


@contextmanager
def _record(desk: Path) -> Iterator[dict[str, list]]:
    """By file name, the parts of what was put there last; stored at the end."""
    path = desk / OWN / "delivered.json"
    try:
        known = json.loads(path.read_text(encoding="utf-8"))
    except (FileNotFoundError, ValueError):
        known = {}  # then every file counts as touched, unless it is as new
    before = json.dumps(known)
    yield known
    if json.dumps(known) != before:
        write_atomically(path, json.dumps(known, indent=0))


def _parts(text: str) -> list[list[str]]:
    """The cells, or paragraphs, of a file: each with the heading above it."""
    try:
        cells = [
            (cell.cell_type, cell.source) for cell in nbformat.reads(text, 4).cells
        ]
    except Exception:  # it is a page, or not what it was
        cells = [("markdown", part) for part in text.split("\n\n")]
    parts, heading = [], ""
    for kind, source in cells:
        if kind == "markdown" and (found := re.search(r"^#+ (.+)$", source, re.M)):
            heading = found[1]
        digest = hashlib.sha256(f"{kind}\n{source}".encode()).hexdigest()[:16]
        parts.append([heading, digest])
    return parts


def _different(before: list, newest: list) -> tuple[str, ...]:
    """The headings under which a newer version holds something else."""
    old, new = ({tuple(part) for part in parts} for parts in (before, newest))
    changed = {heading for heading, _ in old ^ new}
    in_order = dict.fromkeys(heading for heading, _ in [*newest, *before])
    return tuple(heading for heading in in_order if heading in changed)


def _is_untouched(path: Path, parts: list) -> bool:
    """Whether a file is as it was put there: same cells, none of them run."""
    try:
        text = path.read_text(encoding="utf-8")
        if _parts(text) != parts:
            return False
        if path.suffix != ".ipynb":
            return True
        cells = nbformat.reads(text, 4).cells
    except Exception:  # whatever it is, it is the learner's
        return False
    return not any(cell.get("outputs") or cell.get("execution_count") for cell in cells)

"""The submissions of a class, as learning platforms and file managers leave them.

A folder of notebooks, a folder per student, nbgrader's `submitted/` tree, and the zip
files of Canvas and Moodle are understood. What can't be read costs its own row.
"""

from __future__ import annotations

import hashlib
import stat
import zipfile
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import datetime
from functools import partial
from pathlib import Path, PurePosixPath

from course_tools.grading.sandbox.protocol import clipped
from course_tools.grading.submissions.choose import (
    CANVAS,
    MOODLE,
    NOTEBOOKS,
    Answers,
    Found,
    choose,
    mark_of,
    plain_name,
)
from course_tools.grading.submissions.notebook import MAX_BYTES, Unreadable, read_file
from course_tools.project import UserError, shown

FORM = "%Y-%m-%d %H:%M"
MAX_ENTRIES = 20_000
MAX_RATIO = 200
MAX_NAME = 120
MAX_LEVELS = 8
SKIPPED = {".ipynb_checkpoints", "__MACOSX", "__pycache__"}
# What stands beside nbgrader's `submitted/`.
NBGRADER = {"source", "release", "autograded", "feedback", "nbgrader_config.py"}


@dataclass(frozen=True)
class Handed:
    """What one student has handed in.

    Attributes:
        student: who; no two have the same.
        file: its name; "" if there is none.
        content: of the file; b"" if it can't be read.
        problem: why it can't be read; "" if it can.
        modified: when the file was changed last, "2026-11-30 23:10" in local time; ""
            if it comes from a platform, whose files have the time of the download.
        late: whether Canvas has marked it as late; None if it is not from there.
        attempts: how many there are.
        earlier: those before this, in their order, if the best is wanted.
        files: all that belong to the student.
    """

    student: str
    file: str
    content: bytes = b""
    problem: str = ""
    modified: str = ""
    late: bool | None = None
    attempts: int = 1
    earlier: tuple[Handed, ...] = ()
    files: tuple[str, ...] = ()


def collect(
    source: Path,
    key_name: str,
    answers: Answers | None = None,
    attempts: str | None = None,
    called: Callable[[str], str] = str,
) -> Iterator[Handed]:
    """Yield what each student has handed in, in the order of their names.

    Args:
        source: a folder, a .zip, or a single notebook.
        key_name: the name of the key's file, without extension; of several notebooks
            of a student, the one with this name counts.
        answers: returns what is answered in a file. Of several notebooks, the one in
            which all is that the others have counts; None: they are not compared.
        attempts: what is done with several attempts; see `choose`.
        called: returns who it is that files and folders call by a name.

    Raises:
        UserError: there is nothing to be found at all.
    """
    if not source.exists():
        raise UserError(f"{shown(source)} does not exist. Check the name.")
    if source.is_dir():
        found = list(_in_folder(source))
    elif source.suffix.lower() == ".zip":
        found = list(_in_zip(source))
    else:
        place = PurePosixPath(source.name)
        read = partial(read_file, source)
        found = [Found(source.stem, place, read, modified=_changed(source))]
    if not found:
        raise UserError(
            f"{shown(source)} holds no notebooks (.ipynb or .py). Give the folder or "
            "zip with the submissions."
        )
    by_student: dict[str, list[Found]] = {}
    for one in found:
        by_student.setdefault(called(named(one.student)), []).append(one)
    for student in sorted(by_student, key=str.casefold):
        files = by_student[student]
        places = tuple(clipped(f.place.as_posix()) for f in files)
        chosen = choose(files, key_name, answers, attempts)
        if isinstance(chosen, str):
            yield Handed(student, "", problem=clipped(chosen), files=places)
            continue
        wanted = chosen if attempts == "best" else chosen[-1:]
        *earlier, last = [_handed(student, one) for one in wanted]
        yield replace(last, earlier=tuple(earlier), attempts=len(chosen), files=places)


def named(student: str) -> str:
    """Return a name that can be shown and stored, and that no other student gets."""
    name = " ".join(plain_name(student).split())
    if name and name == clipped(name, MAX_NAME):
        return name
    mark = hashlib.sha256(name.encode("utf-8", "surrogatepass")).hexdigest()[:8]
    return f"{clipped(name, MAX_NAME - 10) or 'unnamed'} {mark}"


def _handed(student: str, chosen: Found) -> Handed:
    name = clipped(chosen.place.as_posix())
    mark = mark_of(chosen.place) if chosen.marked else None
    handed = Handed(
        student, name, problem=chosen.problem,
        modified="" if mark else chosen.modified,
        late=bool(mark["late"]) if mark and mark.re is CANVAS else None,
    )  # fmt: skip
    if chosen.problem:
        return handed
    try:
        return replace(handed, content=chosen.read())
    except Unreadable as error:
        return replace(handed, problem=str(error))


def _changed(path: Path) -> str:
    try:
        return datetime.fromtimestamp(path.lstat().st_mtime).strftime(FORM)
    except (OSError, OverflowError, ValueError):
        return ""


def _marked(place: PurePosixPath) -> str:
    """Who a platform says that a file belongs to; "" if none says it."""
    match = mark_of(place)
    return f"{match['name']} {match['id']}" if match else ""


def _owners(places: list[PurePosixPath]) -> dict[PurePosixPath, tuple[str, bool]]:
    """Who each file belongs to, by its place, and whether a platform's mark says so.

    A platform marks all files, wherever they lie. Where only some are marked, students
    may have done so: inside somebody's folder, such a mark counts for nothing.
    """
    inner = {place: _below_submitted(place) for place in places}
    notebooks = [p for p in inner.values() if p.suffix.lower() in NOTEBOOKS]
    everywhere = all(_marked(place) for place in notebooks)
    owners = {}
    for place, within in inner.items():
        parts = within.parts
        whole = everywhere or len(parts) == 1
        marked = _marked(within if whole else PurePosixPath(parts[0]))
        name = marked or (parts[0] if len(parts) > 1 else within.stem)
        owners[place] = name, bool(marked)
    return owners


def _below_submitted(place: PurePosixPath) -> PurePosixPath:
    """A place in nbgrader's tree as it would be without that tree."""
    nested = place.parts[0] == "submitted" and len(place.parts) > 1
    return PurePosixPath(*place.parts[1:]) if nested else place


def _is_skipped(place: PurePosixPath) -> bool:
    return any(part in SKIPPED or part.startswith(".") for part in place.parts)


def _is_wanted(place: PurePosixPath) -> bool:
    """Whether a file gets a row: a notebook, or what a platform says is someone's."""
    return (
        place.suffix.lower() in NOTEBOOKS
        or len(place.parts) > 1
        or bool(CANVAS.match(place.name) or MOODLE.match(place.name))
    )


# --- folders --------------------------------------------------------------------------


def _in_folder(folder: Path) -> Iterator[Found]:
    others = NBGRADER if (folder / "submitted").is_dir() else set()
    entries = []
    for path in _walk(folder, 0):
        place = PurePosixPath(path.relative_to(folder).as_posix())
        if place.parts and place.parts[0] in others:
            continue
        problem = ""
        if path.is_symlink():
            problem = "it is a symbolic link; only files are read"
        elif path.is_dir():
            problem = "the folder can't be read, or is too deep"
        if problem or _is_wanted(place):
            entries.append((path, place, problem))
    owners = _owners([place for _, place, _ in entries])
    for path, place, problem in entries:
        owned = not problem or place.suffix
        student, marked = owners[place]
        student = student if owned else _below_submitted(place).parts[0]
        read = partial(read_file, path)
        yield Found(student, place, read, problem, _changed(path), marked)


def _walk(folder: Path, level: int) -> Iterator[Path]:
    """Files and symbolic links below a folder, and folders that can't be entered."""
    try:
        entries = sorted(folder.iterdir())
    except OSError:
        yield folder
        return
    for path in entries:
        if _is_skipped(PurePosixPath(path.name)):
            continue
        if path.is_dir() and not path.is_symlink():
            if level == MAX_LEVELS:
                yield path
            else:
                yield from _walk(path, level + 1)
        else:
            yield path


# --- zip files ------------------------------------------------------------------------


def _in_zip(path: Path) -> Iterator[Found]:
    try:
        archive = zipfile.ZipFile(path)
    except (zipfile.BadZipFile, OSError) as error:
        raise UserError(f"{shown(path)} can't be opened as a zip: {error}.") from None
    if len(archive.infolist()) > MAX_ENTRIES:
        raise UserError(
            f"{shown(path)} has {len(archive.infolist()):,} entries; {MAX_ENTRIES:,} "
            "are read at most. Unpack it and grade the folder."
        )
    names = {entry: _entry_name(entry) for entry in archive.infolist()}
    entries = [
        (entry, PurePosixPath(name))
        for entry, name in names.items()
        if not name.endswith("/")
    ]
    entries = [(e, p) for e, p in entries if p.parts and not _is_skipped_entry(p)]
    one_top = _has_one_top([place for _, place in entries])
    inner = {
        place: PurePosixPath(*place.parts[1:])
        if one_top and len(place.parts) > 1
        else place
        for _, place in entries
    }
    problems = {entry: _entry_problem(entry, place) for entry, place in entries}
    owners = _owners([inner[place] for entry, place in entries if not problems[entry]])
    for entry, place in entries:
        if problem := problems[entry]:
            yield Found(_safe_student(place), place, _nothing, problem)
        elif _is_wanted(place):
            read = partial(_read_entry, archive, entry)
            packed = ""
            # Where no time was stored, it is that of 1980.
            if entry.date_time[0] > 1980:
                with suppress(ValueError):
                    packed = datetime(*entry.date_time[:5]).strftime(FORM)
            student, marked = owners[inner[place]]
            yield Found(student, place, read, modified=packed, marked=marked)


def _is_skipped_entry(place: PurePosixPath) -> bool:
    parts = [part for part in place.parts if part not in ("..", ".", "/")]
    return _is_skipped(PurePosixPath(*parts))


def _has_one_top(places: list[PurePosixPath]) -> bool:
    """Whether all that students sent lies in one folder, which is no student's."""
    notebooks = [p for p in places if p.suffix.lower() in NOTEBOOKS]
    if len({p.parts[0] for p in notebooks}) != 1 or MOODLE.match(notebooks[0].parts[0]):
        return False
    levels = min(len(p.parts) for p in notebooks)
    different = len({p.name for p in notebooks}) == len(notebooks) > 1
    return levels > 2 or (levels == 2 and different)


def _nothing() -> bytes:
    return b""


def _entry_name(entry: zipfile.ZipInfo) -> str:
    """The name of an entry; many programs write UTF-8 without saying so."""
    # Not `filename`, which ends at a NUL.
    name = entry.orig_filename
    if not entry.flag_bits & 0x800:
        with suppress(UnicodeError):
            name = name.encode("cp437").decode("utf-8")
    return name.replace("\\", "/")


def _entry_problem(entry: zipfile.ZipInfo, place: PurePosixPath) -> str:
    if place.is_absolute() or ".." in place.parts or ":" in place.parts[0]:
        return "its path leaves the folder of the submissions"
    if stat.S_ISLNK(entry.external_attr >> 16):
        return "it is a symbolic link; only files are read"
    if "\0" in place.as_posix():
        return "its name in the zip holds a NUL character"
    if entry.flag_bits & 0x1:
        return "it is encrypted"
    if entry.file_size > MAX_BYTES:
        return (
            f"it has {entry.file_size / 2**20:,.0f} MB; {MAX_BYTES / 2**20:.0f} MB are "
            "read at most"
        )
    if entry.file_size > MAX_RATIO * max(entry.compress_size, 1_000):
        return "it is packed so densely that it may be a zip bomb"
    return ""


def _safe_student(place: PurePosixPath) -> str:
    parts = [part for part in place.parts if part not in ("..", "/", ".")]
    place = PurePosixPath(*parts)
    return _owners([place])[place][0] if parts else "unnamed"


def _read_entry(archive: zipfile.ZipFile, entry: zipfile.ZipInfo) -> bytes:
    try:
        with archive.open(entry) as file:
            # The size that the zip states may be a lie.
            content = file.read(MAX_BYTES + 1)
    except (zipfile.BadZipFile, OSError, RuntimeError, NotImplementedError, EOFError,
            ValueError) as error:  # fmt: skip
        raise Unreadable(f"its entry in the zip is broken: {error}") from None
    except Exception as error:  # zlib, bz2 and lzma have errors of their own
        raise Unreadable(
            f"its entry in the zip is broken: {type(error).__name__}"
        ) from None
    if len(content) > MAX_BYTES:
        raise Unreadable(f"it has more than {MAX_BYTES / 2**20:.0f} MB")
    return content

"""Of all that a student has handed in, the files that count: one, or several attempts."""

import re
import unicodedata
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import PurePosixPath

from course_tools.grading.submissions.notebook import Unreadable

NOTEBOOKS = (".ipynb", ".py")
ATTEMPTS = ("latest", "best")
# Where the course, handed in whole, has other notebooks of the same names.
NOT_EXERCISES = {"notebooks", "solutions"}
# "doejane_LATE_123456_7890_02_softmax-1.ipynb": name, student and file numbers.
CANVAS = re.compile(
    r"^(?P<name>[^_/]+)_(?P<late>LATE_)?(?P<id>\d+)_(?P<number>\d+)_(?P<file>.+)$"
)
# "Jane Doe_123456_assignsubmission_file_/02_softmax.ipynb", or all in one name.
MOODLE = re.compile(
    r"^(?P<name>[^/]+?)_(?P<id>\d+)_assignsubmission_(?:file|onlinetext)(?:_|$)"
)
# How platforms and browsers number what is handed in or downloaded again.
ATTEMPT = re.compile(r"(?:[-_ ]?\((?P<a>\d{1,4})\)|-(?P<b>\d{1,4}))$")
# Of a file's content and name, what is answered in it.
Answers = Callable[[bytes, str], frozenset]


@dataclass(frozen=True)
class Found:
    """One file of a student.

    Attributes:
        student: who, as far as names tell.
        place: the file, inside the folder or zip.
        read: returns its content, or raises `Unreadable`.
        problem: why it is not to be read; "" if it is.
        modified: when it was changed last, as far as its folder or zip says, in local
            time, "2026-11-30 23:10"; "" if that says nothing.
        marked: whether a platform's mark says whose it is.
    """

    student: str
    place: PurePosixPath
    read: Callable[[], bytes]
    problem: str = ""
    modified: str = ""
    marked: bool = False


def mark_of(place: PurePosixPath) -> re.Match | None:
    """Return what a platform has written into a path; None if none has.

    What stands behind it in a file's name is the student's, and may look like another.
    """
    folders = (MOODLE.match(part) for part in place.parts[:-1])
    in_folders = next(filter(None, folders), None)
    return in_folders or CANVAS.match(place.name) or MOODLE.match(place.name)


def plain_name(name: str) -> str:
    """Return a name with accents in the shorter of the two forms that look alike."""
    return unicodedata.normalize("NFC", name)


def choose(
    files: Sequence[Found],
    key_name: str,
    answers: Answers | None = None,
    attempts: str | None = None,
) -> list[Found] | str:
    """Return the attempts of a student, the latest last, or why there is none.

    Args:
        files: all of the student's.
        key_name: the name that the notebook should have.
        answers: returns what is answered in a file; None: that is not looked at.
        attempts: one of `ATTEMPTS`. None: only those that are numbered are attempts.
    """
    notebooks = [f for f in files if f.place.suffix.lower() in NOTEBOOKS]
    if not notebooks:
        if files[0].problem:
            return [files[0]]
        return f"there is no notebook among its files ({_listed(files)})"
    wanted = plain_name(key_name).casefold()
    left = [f for f in notebooks if wanted in plain_name(f.place.name).casefold()]
    left = left or notebooks
    left = [f for f in left if not NOT_EXERCISES & set(f.place.parts[:-1])] or left
    # Of a pair, the notebook is what students edit.
    left = [f for f in left if f.place.suffix.lower() == ".ipynb"] or left
    answered = {}
    if answers and len(left) > 1:
        answered = {f.place: _answered(f, answers) for f in left}
        left = [f for f in left if answered[f.place]] or left
    numbers = {_number(f.place) for f in left}
    originals = {_original(f.place) for f in left}
    folders = {f.place.parent for f in left}
    numbered = len(originals) == len(folders) == 1 and len(numbers) == len(left)
    if numbered or (attempts and len(originals) == 1):
        return sorted(left, key=_order)
    if answered:
        fullest = max(left, key=lambda f: len(answered[f.place]))
        if all(answered[f.place] <= answered[fullest.place] for f in left):
            return [fullest]
    again = ", or say --attempts latest or best" if len(originals) == 1 else ""
    return f"there are {len(left)} notebooks ({_listed(left)}); keep one{again}"


def _listed(files: Sequence[Found]) -> str:
    places = sorted(f.place.as_posix() for f in files)
    return ", ".join([*places[:4], *(["…"] if len(places) > 4 else [])])


def _answered(file: Found, answers: Answers) -> frozenset:
    try:
        return frozenset() if file.problem else answers(file.read(), file.place.name)
    except Unreadable:
        return frozenset()


def _order(file: Found) -> tuple:
    """Attempts in the order in which they were made, by what tells it most surely."""
    folders = [_size(n) for n in re.findall(r"\d+", file.place.parent.as_posix())]
    canvas = CANVAS.match(file.place.name)
    number = _size(canvas["number"] if canvas else "")
    return folders, _number(file.place), number, file.modified, file.place


def _size(digits: str) -> tuple[int, str]:
    """What sorts as the number does, which may have more digits than `int` takes."""
    digits = digits.lstrip("0")
    return len(digits), digits


def _file_name(place: PurePosixPath) -> str:
    """The name that the student gave, without what platforms put before it."""
    match = CANVAS.match(place.name)
    stem = match["file"] if match else place.name
    return stem.rpartition(".")[0]


def _number(place: PurePosixPath) -> int:
    match = ATTEMPT.search(_file_name(place))
    return int(match["a"] or match["b"]) if match else 0


def _original(place: PurePosixPath) -> str:
    return ATTEMPT.sub("", _file_name(place)).casefold()

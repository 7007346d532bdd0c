"""The people of a class, from Canvas, Moodle or a plain table, and whose files are whose.

Columns are those of Canvas' gradebook export, of Moodle's grading worksheet (of an
assignment, or its list of participants), or `id`, `name` and `email` of a plain CSV.
"""

import re
import unicodedata
from collections import Counter, defaultdict
from dataclasses import dataclass, replace
from pathlib import Path

from course_tools.grading.gradebook.sheets import read_sheet
from course_tools.grading.submissions.collect import named
from course_tools.project import UserError, shown

CANVAS, MOODLE, PARTICIPANTS, PLAIN = "canvas", "moodle", "participants", "plain"
# In the folder of results, a copy of the roster.
KEPT = "roster.csv"
# By what is meant, the names of columns that may hold it, in lower case.
MEANT = {
    "id": ("id", "student id", "id number", "matriculation number"),
    "name": ("name", "full name", "student", "student name"),
    "email": ("email", "e-mail", "email address", "e-mail address"),
    "first": ("first name", "firstname", "given name"),
    "last": ("last name", "lastname", "surname", "family name"),
    "login": ("login", "username", "sis login id"),
    "other id": ("sis user id", "integration id"),
    "submitted": ("submitted", "last modified (submission)"),
}
# Rows of Canvas' export that are nobody's.
NOBODY = ("", "points possible", "student, test", "test student")


@dataclass(frozen=True)
class Person:
    """Somebody of the class.

    Attributes:
        key: by which the course calls this person, unlike all others.
        name: in the usual order.
        id: that of the platform, or of the plain table; "" if it has none.
        also: other texts that mean this person alone: e-mail, login, numbers.
        submitted: when this person has handed in, as the roster has it; "" if not.
        row: the number of the row.
    """

    key: str
    name: str
    id: str
    also: tuple[str, ...]
    submitted: str
    row: int


class Roster:
    """The people of a class.

    Args:
        path: the CSV file.

    Attributes:
        kind: `CANVAS`, `MOODLE` (the grading worksheet of an assignment),
            `PARTICIPANTS` (Moodle's list of them) or `PLAIN`.
        sheet: the file.
        people: by key, in the order of the file.

    Raises:
        UserError: it can't be read, has none of the columns, or has people twice.
    """

    def __init__(self, path: Path):
        self.path = path
        try:
            self.sheet = read_sheet(path, "export it again")
        except OSError as error:
            raise UserError(
                f"{shown(path)} can't be read: {error.strerror}. Give --roster the "
                "file that Canvas or Moodle has exported."
            ) from None
        columns = [name.strip().casefold() for name in self.sheet.names]
        self.kind = _kind(columns)
        self.people: dict[str, Person] = {}
        people = [
            person
            for row, cells in self.sheet.rows.items()
            if (person := self._person(row, columns, [cell.strip() for cell in cells]))
        ]
        if self.kind == MOODLE:
            people = _told_apart(people)
        for person in people:
            if person.key in self.people:
                raise UserError(
                    f"{shown(path)} has {person.key} in rows "
                    f"{self.people[person.key].row} and {person.row}. Delete one of "
                    "them, or give each an id."
                )
            self.people[person.key] = person
        if not self.people:
            raise UserError(
                f"{shown(path)} names nobody: its columns are "
                f"{', '.join(self.sheet.names[:6])}. Export it from Canvas or Moodle, "
                "or name the columns id, name and email."
            )
        self._meant: dict[str, set[str]] = defaultdict(set)
        for person in self.people.values():
            for text in _texts(person):
                self._meant[text].add(person.key)

    def _person(self, row: int, columns: list[str], cells: list[str]) -> Person | None:
        found = {
            what: next((cells[columns.index(n)] for n in names if n in columns), "")
            for what, names in MEANT.items()
        }
        lasting, also = found["id"], ""
        if self.kind == MOODLE:  # whose identifier is another for each assignment
            also = lasting
            identifier = cells[columns.index("identifier")]
            found["id"] = "".join(re.findall(r"\d+$", identifier))
        name = found["name"] or f"{found['first']} {found['last']}".strip()
        # Canvas writes a name that begins with "=" as ="=name".
        name = re.sub(r'^="(.*)"$', r"\1", name)
        if self.kind == CANVAS and name.casefold() in NOBODY:
            return None
        last, comma, first = name.partition(", ")
        if comma and "," not in first:
            name = f"{first} {last}"
        if not (name or found["id"] or found["email"]):
            return None
        others = (also, found["email"], found["login"], found["other id"])
        key = " ".join(filter(None, (name, lasting))) or found["email"]
        if self.kind == MOODLE and not name:
            key = f"Participant {found['id']}"
        return Person(
            named(key), name, found["id"], tuple(filter(None, others)),
            found["submitted"], row,
        )  # fmt: skip

    def called(self, student: str) -> str:
        """Return the key of whom a file, a folder or an earlier run calls a student.

        Args:
            student: the key, an id, an e-mail address or what stands before its @, or
                the name; Canvas and Moodle put their id after the name.

        Returns:
            `student` itself if that is nobody, or may be one of several.
        """
        if student in self.people:
            return student
        for text in _readings(student, self.kind):
            meant = self._meant.get(text, set())
            if len(meant) == 1:
                return next(iter(meant))
            if meant:  # several of that name
                return student
        return student


def _told_apart(people: list[Person]) -> list[Person]:
    """People whose keys differ: of one name, each has the address or a number in it."""
    counts = Counter(person.key for person in people)
    return [
        person
        if counts[person.key] == 1
        else replace(person, key=named(f"{person.key} {(*person.also, person.id)[0]}"))
        for person in people
    ]


def _kind(columns: list[str]) -> str:
    if "section" in columns and "id" in columns:
        return CANVAS
    if "identifier" in columns and "grade" in columns:
        return MOODLE
    listed = {"first name", "email address"} <= set(columns)
    return PARTICIPANTS if listed else PLAIN


def _plain(text: str) -> str:
    """Text without case, accents, spaces and punctuation."""
    text = unicodedata.normalize("NFKD", text.casefold())
    return "".join(c for c in text if c.isalnum())


def _number(text: str) -> str:
    """An id as a spreadsheet may show it, without zeros before it."""
    return f"number {text.lstrip('0')}" if text.isdecimal() else f"text {_plain(text)}"


def _texts(person: Person) -> set[str]:
    """All that means a person, in the form of `_readings`."""
    texts = {_number(person.id)} if person.id else set()
    for text in person.also:
        texts.add(_number(text))
        texts.add(f"{_plain(person.name)} {_number(text)}")
        local, at, _ = text.partition("@")
        texts |= {f"text {_plain(local)}"} if at else set()
    *first, last = person.name.split() or [""]
    if last:
        texts |= {
            f"text {_plain(person.name)}",
            f"text {_plain(last + ''.join(first))}",
        }
        if person.id:
            texts.add(f"{_plain(person.name)} {_number(person.id)}")
    texts.add(f"participant {_number(person.id)}")  # where Moodle hides names
    return texts


def _readings(student: str, kind: str) -> list[str]:
    """What the name of a file or folder may mean, what is surest first."""
    name, _, last = student.rpartition(" ")
    if name and last.isdecimal():
        # Canvas puts the number of a student there, Moodle that of a group if it is one's.
        by_id = f"{_plain(name)} {_number(last)}"
        if kind == CANVAS:  # whoever has another number is somebody else
            return [f"participant {_number(last)}", by_id, _number(student)]
        return [by_id, f"text {_plain(name)}", _number(student)]
    tokens = student.replace(",", " ").split()
    back = "".join(tokens[-1:] + tokens[:-1])
    return [_number(student), f"text {_plain(back)}"]


def find_roster(given: Path | None, out: Path) -> Roster | None:
    """Return the roster that is given, or the copy of it that an earlier run has kept.

    Args:
        given: the file; None if it is not given now, an empty path if the copy
            shall not be used any more.
        out: the folder of results.

    Raises:
        UserError: it can't be read; see `Roster`.
    """
    kept = out / KEPT
    if given == Path() or (given is None and not kept.exists()):
        return None
    return Roster(given or kept)

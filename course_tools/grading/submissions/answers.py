"""What a key asks for, and what a submission answers: by exercise, a cell's source.

Of a submission nothing counts but its answers, and the cells of the student's own that
they lean on. Set-up, checks and points are the key's, so a student who changes or
deletes those changes nothing.
"""

import hashlib
import json
import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

from course_tools.grading.submissions.notebook import (
    Cell,
    Unreadable,
    read_cells,
    read_file,
)
from course_tools.keys import Exercise, Key, heading_of, parse_key, require_key
from course_tools.project import UserError, shown

MAX_ANSWER = 200_000
MAX_HELPERS = 500_000  # all of a submission together
UNTOUCHED = re.compile(r"# write your answer here[^\n]*\n\s*raise NotImplementedError")
OWN_NAMES = re.compile(
    r"^(?:(?:async )?def|class)[ \t]+(?P<defined>\w+)"
    r"|^(?P<assigned>\w+(?:[ \t]*,[ \t]*\w+)*)[ \t]*(?::[^=\n]*)?=(?!=)"
    r"|^[ \t]*(?:from[ \t]+[\w.]+[ \t]+)?import[ \t]+"
    r"(?P<imported>\([^()]*\)|[^\n#;()]+)",
    re.MULTILINE,
)
WRITTEN_STUB = re.compile(r"^\*Write your answer here[^\n]*")


@dataclass
class Answer:
    """What a submission has for one exercise.

    Attributes:
        source: the answer; "" if there is none that could count. An untouched cell
            is kept, so that other answers that need it can say so.
        problem: why there is none, for the student to read; "" if there is one.
        note: what an instructor may want to know about how it was found.
    """

    source: str = ""
    problem: str = ""
    note: str = ""


@dataclass(frozen=True)
class Helper:
    """A cell of the student's own, neither answer nor check.

    Attributes:
        source: the cell.
        names: what it defines; "*" for whatever a module holds.
        place: how many answers of the key stand above it.
    """

    source: str
    names: tuple[str, ...]
    place: int


@dataclass
class Submission:
    """All answers of one student.

    Attributes:
        student: who.
        answers: by exercise.
        helpers: cells of the student's own, which answers may lean on.
        key: with the numbers of this student; None: that of the class.
        digest: changes when an answer changes, or this student's key.
    """

    student: str
    answers: dict[str, Answer] = field(default_factory=dict)
    helpers: tuple[Helper, ...] = ()
    key: Key | None = None

    @property
    def digest(self) -> str:
        """A checksum of the answers and of how they were found."""
        parts = [
            f"{name}\0{a.source}\0{a.problem}\0{a.note}"
            for name, a in sorted(self.answers.items())
        ]
        helpers = [f"{h.source}\0{h.place}" for h in self.helpers]
        own_key = [json.dumps(self.key.as_dict())] if self.key else []
        text = "\1".join([*parts, *helpers, *own_key])
        return hashlib.sha256(text.encode("utf-8", "replace")).hexdigest()


def read_key(path: Path) -> Key:
    """Read a key, `solutions/NN_topic.py` or the .ipynb made from it.

    Args:
        path: the file.

    Raises:
        UserError: it can't be read, or is no key; see `parse_key`.
    """
    try:
        content = read_file(path)
        cells = read_cells(content, path.name)
    except Unreadable as error:
        raise UserError(f"the key {shown(path)}: {error}.") from None
    digest = hashlib.sha256(content).hexdigest()
    return require_key(parse_key(cells, path, digest), path)


def find_answers(key: Key, cells: Sequence[Cell]) -> dict[str, Answer]:
    """Find the answer to each exercise of a key.

    A cell is found by its `grade_id`; failing that, by its comment `# exercise:`;
    failing that, because it defines what the key's answer defines. What has been
    written without code is found by the heading above it.

    Args:
        key: the exercises.
        cells: of the submission.
    """
    return {exercise.name: _find(exercise, cells) for exercise in key.exercises}


def find_helpers(
    key: Key, cells: Sequence[Cell], answers: dict[str, Answer]
) -> tuple[Helper, ...]:
    """Return the cells of the student's own that define anything, in their order.

    Args:
        key: what is graded. The names of its answers are no helper's.
        cells: of the submission.
        answers: found among them.
    """
    given = {_normalized(s) for e in key.exercises for s in (*e.setup, e.visible)}
    taken = {n for e in key.exercises for n in e.names}
    found = [answers[e.name].source for e in key.autograded if e.name in answers]
    sources = {_normalized(source) for source in found if source}
    helpers, place, size = [], 0, 0
    for cell in cells:
        text = _normalized(cell.source)
        if text in sources:
            sources.discard(text)
            place += 1
        elif cell.kind == "code" and not (cell.grade or cell.solution or cell.setup):
            names = tuple(n for n in _names(cell.source) if n not in taken)
            size += len(text) if names and text not in given else 0
            if names and text not in given and size <= MAX_HELPERS:
                helpers.append(Helper(cell.source, names, place))
    return tuple(helpers)


def _names(source: str) -> list[str]:
    """The names that a cell may define, as far as a pattern can tell."""
    names = []
    for match in OWN_NAMES.finditer(source):
        if match["defined"]:
            names.append(match["defined"])
        elif match["assigned"]:
            names += [part.strip() for part in match["assigned"].split(",")]
        else:
            parts = [p.split() for p in match["imported"].strip("() ").split(",")]
            names += [
                # `import a.b` defines a, `import a.b as c` defines c.
                part[-1] if len(part) > 1 else part[0].partition(".")[0]
                for part in parts
                if part
            ]
    return list(dict.fromkeys(names))


def _find(exercise: Exercise, cells: Sequence[Cell]) -> Answer:
    kind = "code" if exercise.autograded else "markdown"
    named = [c for c in cells if c.grade_id == exercise.name]
    ways = [("", [c.source for c in named if c.kind == kind])]
    if exercise.autograded:
        code = [c.source for c in cells if c.kind == "code" and not c.grade]
        title = re.compile(
            rf"^[ \t]*#[ \t]*exercise:[ \t]*{re.escape(exercise.name)}[ \t]*$",
            re.M | re.I,
        )
        ways.append(
            ("found by its comment", [s for s in code if title.search(s)]),
        )
        definitions = [s for s in code if _defines(s, exercise.names)]
        ways.append(("found by the name it defines", definitions))
    else:
        ways.append(("found by its heading", _below_heading(exercise.heading, cells)))
    untouched = ""
    for note, sources in ways:
        filled = [s for s in sources if s.strip() and not UNTOUCHED.search(s)]
        filled = [s for s in filled if WRITTEN_STUB.sub("", s).strip()]
        untouched = untouched or next((s for s in sources if s not in filled), "")
        different = {_normalized(s): s for s in filled}
        if len(different) > 1:
            return Answer(
                problem=f"{len(different)} cells answer this exercise, and they "
                "differ. Keep one."
            )
        if different:
            (source,) = different.values()
            if len(source) > MAX_ANSWER:
                return Answer(
                    problem=f"the answer has {len(source):,} characters; "
                    f"{MAX_ANSWER:,} are read at most."
                )
            if len(filled) > 1:
                note = f"{note}, several times".removeprefix(", ")
            return Answer(source, note=note)
    if untouched:
        return Answer(untouched[:MAX_ANSWER], problem="not answered.")
    if named:
        return Answer(problem=f"its cell is no longer a {kind} cell.")
    return Answer(problem="there is no cell with an answer.")


def _below_heading(heading: str, cells: Sequence[Cell]) -> list[str]:
    """The texts without metadata between a heading and the next, as one answer."""
    own, title = [], ""
    for cell in cells:
        found = heading_of(cell)
        if not found and title == heading != "" and cell.kind != "code":
            own += [] if cell.grade_id else [cell.source]
        title = found or title
    return ["\n\n".join(own)] if own else []


def _defines(source: str, names: Sequence[str]) -> bool:
    return any(
        re.search(
            rf"^(?:(?:async )?def|class)[ \t]+{name}\b|^{name}[ \t]*=", source, re.M
        )
        for name in names
    )


def _normalized(source: str) -> str:
    return "\n".join(line.rstrip() for line in source.strip().splitlines())

"""What a key asks for, and what a submission answers: by exercise, a cell's source.

Of a submission nothing counts but its answers. Set-up, checks and points are the
key's, so a student who changes or deletes those changes nothing.
"""

from __future__ import annotations

import ast
import hashlib
import re
from collections.abc import Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path

from course_tools.grading.submissions.notebook import (
    Cell,
    Unreadable,
    read_cells,
    read_file,
)
from course_tools.project import UserError, shown

MAX_ANSWER = 200_000
# With brackets, so that this file does not look like a key when it is bundled.
HIDDEN = re.compile(
    r"^[ \t]*### BEGIN[ ]HIDDEN[ ]TESTS.*?^[ \t]*### END[ ]HIDDEN[ ]TESTS[^\n]*\n?",
    re.DOTALL | re.MULTILINE,
)
# What PyTorch imports when it is first needed, which takes seconds: by what a key says.
LATE = {
    ".backward(": "torch.fx.experimental.symbolic_shapes",
    "optim.": "torch._dynamo",
}
UNTOUCHED = re.compile(r"# write your answer here[^\n]*\n\s*raise NotImplementedError")
OWN_NAMES = re.compile(
    r"^(?:(?:async )?def|class)[ \t]+(?P<defined>\w+)|^(?P<assigned>\w+)[ \t]*=(?!=)"
    r"|^(?:from[ \t]+[\w.]+[ \t]+)?import[ \t]+(?P<imported>[^\n#()]+)",
    re.MULTILINE,
)
WRITTEN_STUB = "*Write your answer here"


@dataclass(frozen=True)
class Exercise:
    """One exercise of a key.

    Attributes:
        name: its name.
        points: what it gives.
        autograded: whether a check decides, as opposed to a person.
        answer: the key's answer cell.
        visible: the check cell as students have it; "" for a written exercise.
        check: the check cell with its hidden part.
        names: what the answer defines, for a check to use.
        setup: the code cells between the answer before and this one.
    """

    name: str
    points: int
    autograded: bool
    answer: str
    visible: str = ""
    check: str = ""
    names: tuple[str, ...] = ()
    setup: tuple[str, ...] = ()


@dataclass(frozen=True)
class Key:
    """An exercise set with its answers and checks.

    Attributes:
        name: the name of its file, without extension.
        exercises: in their order.
        modules: what its cells import.
        digest: changes when anything above changes.
    """

    name: str
    exercises: tuple[Exercise, ...]
    modules: tuple[str, ...]
    digest: str

    @property
    def autograded(self) -> tuple[Exercise, ...]:
        """The exercises that checks decide."""
        return tuple(e for e in self.exercises if e.autograded)

    @property
    def written(self) -> tuple[Exercise, ...]:
        """The exercises that a person reads."""
        return tuple(e for e in self.exercises if not e.autograded)

    def as_dict(self) -> dict:
        """Return the key in a form that JSON can hold."""
        return asdict(self)


def key_from_dict(stored: dict) -> Key:
    """Return the key that `Key.as_dict` has stored."""
    exercises = [
        Exercise(**exercise | {n: tuple(exercise[n]) for n in ("names", "setup")})
        for exercise in stored["exercises"]
    ]
    modules = tuple(stored["modules"])
    return Key(**stored | {"exercises": tuple(exercises), "modules": modules})


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


@dataclass
class Submission:
    """All answers of one student.

    Attributes:
        student: who.
        answers: by exercise.
        elsewhere: names that cells of the student's own define, which don't count.
        digest: changes when an answer changes.
    """

    student: str
    answers: dict[str, Answer] = field(default_factory=dict)
    elsewhere: frozenset[str] = frozenset()

    @property
    def digest(self) -> str:
        """A checksum of the answers and of how they were found."""
        parts = [
            f"{name}\0{a.source}\0{a.problem}\0{a.note}"
            for name, a in sorted(self.answers.items())
        ]
        text = "\1".join([*parts, *sorted(self.elsewhere)])
        return hashlib.sha256(text.encode("utf-8", "replace")).hexdigest()


def read_key(path: Path) -> Key:
    """Read a key, `solutions/NN_topic.py` or the .ipynb made from it.

    Args:
        path: the file.

    Raises:
        UserError: it can't be read, or is no key.
    """
    try:
        content = read_file(path)
        cells = read_cells(content, path.name)
    except Unreadable as error:
        raise UserError(f"the key {shown(path)}: {error}.") from None
    exercises, setup, modules = [], [], {}
    answers: dict[str, str] = {}
    for cell in cells:
        if cell.kind == "code":
            modules |= dict.fromkeys(_imports(cell.source, path))
        if cell.solution and cell.grade:
            exercises.append(Exercise(cell.grade_id, cell.points, False, cell.source))
        elif cell.solution:
            answers[cell.grade_id] = cell.source
        elif cell.grade:
            name = cell.grade_id.removesuffix("-check")
            if name not in answers:
                raise UserError(
                    f"the key {shown(path)}: no answer cell {name!r} stands above the "
                    f"check cell {cell.grade_id!r}."
                )
            answer = answers.pop(name)
            exercises.append(
                Exercise(
                    name, cell.points, True, answer, HIDDEN.sub("", cell.source),
                    cell.source, _defined(answer, path), tuple(setup),
                )
            )  # fmt: skip
            setup = []
        elif cell.kind == "code" and cell.source.strip() and not cell.setup:
            setup.append(cell.source)
    if not any(e.autograded for e in exercises):
        raise UserError(
            f"{shown(path)} has no check cells, so it is no key. Keys are in solutions/."
        )
    if not any(e.check != e.visible or "### BEGIN" in e.answer for e in exercises):
        raise UserError(
            f"{shown(path)} has no hidden checks and no marked answers: it looks like "
            "the students' version. Take the file of that name in solutions/."
        )
    digest = hashlib.sha256(content).hexdigest()
    return Key(path.stem, tuple(exercises), tuple(modules), digest)


def _parsed(source: str, path: Path) -> ast.Module:
    try:
        return ast.parse(source)
    except SyntaxError as error:
        raise UserError(f"the key {shown(path)}: {error}.") from None


def _imports(source: str, path: Path) -> list[str]:
    """The modules that a cell of the key imports, those inside modules included."""
    names = []
    for node in ast.walk(_parsed(source, path)):
        if isinstance(node, ast.Import):
            names += [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
            inside = [f"{node.module}.{alias.name}" for alias in node.names]
            names += [node.module, *inside]
    return names + [module for text, module in LATE.items() if text in source]


def _defined(source: str, path: Path) -> tuple[str, ...]:
    """The names that the key's answer gives a meaning to."""
    names: list[str] = []
    for node in _parsed(source, path).body:
        if isinstance(node, ast.FunctionDef | ast.ClassDef):
            names.append(node.name)
        elif isinstance(node, ast.Assign):
            names += [
                part.id
                for target in node.targets
                for part in ast.walk(target)
                if isinstance(part, ast.Name)
            ]
    return tuple(names)


def find_answers(key: Key, cells: Sequence[Cell]) -> dict[str, Answer]:
    """Find the answer to each exercise of a key.

    A cell is found by its `grade_id`; failing that, by its comment `# exercise:`;
    failing that, because it defines what the key's answer defines.

    Args:
        key: the exercises.
        cells: of the submission.
    """
    return {exercise.name: _find(exercise, cells) for exercise in key.exercises}


def find_names(cells: Sequence[Cell]) -> frozenset[str]:
    """Return the names that cells define which neither answer nor check.

    Args:
        cells: of the submission.
    """
    names = []
    for cell in cells:
        if cell.kind != "code" or cell.solution or cell.grade:
            continue
        for match in OWN_NAMES.finditer(cell.source):
            if match["imported"] is None:
                names.append(match["defined"] or match["assigned"])
            else:
                names += [
                    part.split()[-1]
                    for part in match["imported"].split(",")
                    if part.split()
                ]
    return frozenset(names)


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
    untouched = ""
    for note, sources in ways:
        filled = [s for s in sources if s.strip() and not UNTOUCHED.search(s)]
        filled = [s for s in filled if not s.startswith(WRITTEN_STUB)]
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


def _defines(source: str, names: Sequence[str]) -> bool:
    return any(
        re.search(
            rf"^(?:(?:async )?def|class)[ \t]+{name}\b|^{name}[ \t]*=", source, re.M
        )
        for name in names
    )


def _normalized(source: str) -> str:
    return "\n".join(line.rstrip() for line in source.strip().splitlines())

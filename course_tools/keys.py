"""What an exercise set asks for: the one reading of a key and of a set made from it.

Cells are read as data. Nothing in them is executed.
"""

import ast
import re
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from course_tools.project import SETUP_TAG, UserError, shown

# With brackets, so that this file does not look like a key when it is bundled.
HIDDEN = re.compile(
    r"^[ \t]*### BEGIN[ ]HIDDEN[ ]TESTS.*?^[ \t]*### END[ ]HIDDEN[ ]TESTS[^\n]*\n?",
    re.DOTALL | re.MULTILINE,
)
HEADING = re.compile(r"^##? +(?P<text>[^\n]+?)\s*$", re.MULTILINE)
# What PyTorch imports when it is first needed, which takes seconds: by what a key says.
LATE = {
    ".backward(": "torch.fx.experimental.symbolic_shapes",
    "optim.": "torch._dynamo",
}


@dataclass(frozen=True)
class Cell:
    """One cell.

    Attributes:
        kind: "code", "markdown" or "raw".
        source: its text.
        grade_id: nbgrader's name of it; "" if it has none.
        grade: whether nbgrader gives points for it.
        solution: whether nbgrader expects an answer in it.
        points: what nbgrader gives for it.
        setup: whether it is the course's set-up cell.
    """

    kind: str
    source: str
    grade_id: str = ""
    grade: bool = False
    solution: bool = False
    points: int = 0
    setup: bool = False


def cell_of(kind: str, source: str, nbgrader: Any, tags: Sequence[Any]) -> Cell:
    """Return a cell, whatever anyone has written into its metadata.

    Args:
        kind: "code", "markdown" or "raw".
        source: its text.
        nbgrader: its metadata of that name.
        tags: its tags.
    """
    nbgrader = nbgrader if isinstance(nbgrader, dict) else {}
    grade_id, points = nbgrader.get("grade_id", ""), nbgrader.get("points", 0)
    return Cell(
        kind,
        source.strip("\n"),
        grade_id if isinstance(grade_id, str) else "",
        nbgrader.get("grade") is True,
        nbgrader.get("solution") is True,
        points if type(points) is int else 0,
        SETUP_TAG in tags,
    )


@dataclass(frozen=True)
class Exercise:
    """One exercise of a set.

    Attributes:
        name: its name, in `checks.begin` and in the first line of its answer cell.
        points: what it gives.
        autograded: whether a check decides, as opposed to a person.
        answer: the answer cell.
        visible: the check cell as students have it; "" for a written exercise.
        check: the check cell with its hidden part.
        names: what the answer defines, for a check to use.
        setup: the code cells between the answer before and this one.
        heading: of the text above a written exercise.
        parts: the properties that its check tells apart, and the points of each.
        seconds: what its check allows an answer that trains; 0 for any other.
    """

    name: str
    points: int
    autograded: bool
    answer: str
    visible: str = ""
    check: str = ""
    names: tuple[str, ...] = ()
    setup: tuple[str, ...] = ()
    heading: str = ""
    parts: tuple[tuple[str, int], ...] = ()
    seconds: float = 0


@dataclass(frozen=True)
class Key:
    """An exercise set with its answers and checks.

    Attributes:
        name: the name of its file, without extension.
        exercises: in their order.
        modules: what its cells import.
        digest: a checksum of its file; "" for cells that come from none.
    """

    name: str
    exercises: tuple[Exercise, ...]
    modules: tuple[str, ...]
    digest: str = ""

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


def key_from_dict(stored: dict[str, Any]) -> Key:
    """Return the key that `Key.as_dict` has stored."""
    exercises = []
    for exercise in stored["exercises"]:
        tuples = {n: tuple(exercise[n]) for n in ("names", "setup")}
        tuples["parts"] = tuple((name, points) for name, points in exercise["parts"])
        exercises.append(Exercise(**exercise | tuples))
    modules = tuple(stored["modules"])
    return Key(**stored | {"exercises": tuple(exercises), "modules": modules})


def parse_key(cells: Sequence[Cell], path: Path, digest: str = "") -> Key:
    """Find the exercises in the cells of a key, or of a set made from it.

    Args:
        cells: all cells, in order.
        path: the file they come from, for the key's name and for messages.
        digest: a checksum of that file.

    Raises:
        UserError: an answer without a check or a check without an answer, or code
            that is no Python.
    """
    exercises: list[Exercise] = []
    setup: list[str] = []
    modules: dict[str, None] = {}
    answers: dict[str, str] = {}
    heading = ""
    for cell in cells:
        name, heading = cell.grade_id, heading_of(cell) or heading
        if cell.kind == "code":
            modules |= dict.fromkeys(_imports(cell.source, path))
        if cell.solution and cell.grade:
            exercises.append(
                Exercise(name, cell.points, False, cell.source, heading=heading)
            )
        elif cell.solution:
            answers[name] = cell.source
        elif cell.grade:
            name = name.removesuffix("-check")
            if name not in answers:
                raise UserError(
                    f"{shown(path)}: the check cell {cell.grade_id!r} has no answer "
                    f"cell {name!r} above it. Name it after its answer, with `-check`."
                )
            answer = answers.pop(name)
            exercises.append(
                Exercise(
                    name,
                    cell.points,
                    True,
                    answer,
                    visible=HIDDEN.sub("", cell.source),
                    check=cell.source,
                    names=_defined(answer, path),
                    setup=tuple(setup),
                    parts=_parts(cell.source, path),
                    seconds=_seconds(cell.source, path),
                )
            )
            setup = []
        elif cell.kind == "code" and cell.source.strip() and not cell.setup:
            setup.append(cell.source)
    if answers:
        raise UserError(
            f"{shown(path)}: no check cell follows the answer cells {sorted(answers)}."
        )
    return Key(path.stem, tuple(exercises), tuple(modules), digest)


def heading_of(cell: Cell) -> str:
    """Return the heading that a text begins an exercise with; "" if there is none."""
    match = HEADING.search(cell.source) if cell.kind == "markdown" else None
    return match["text"] if match and not cell.grade_id else ""


def require_key(key: Key, path: Path) -> Key:
    """Return `key` if it decides something and is not the students' version.

    Args:
        key: what `parse_key` returned.
        path: its file, for messages.

    Raises:
        UserError: it has no check cells, or neither hidden checks nor marked answers.
    """
    if not key.autograded:
        raise UserError(
            f"{shown(path)} has no check cells, so it is no key. Keys are in solutions/."
        )
    if not any(e.check != e.visible or "### BEGIN" in e.answer for e in key.exercises):
        raise UserError(
            f"{shown(path)} has no hidden checks and no marked answers: it looks like "
            "the students' version. Take the file of that name in solutions/."
        )
    return key


def declared_points(cells: Sequence[Cell]) -> dict[str, int]:
    """Return the arguments of the call of `checks.begin`, of both kinds together.

    Args:
        cells: of a key or of a set made from it.
    """
    for cell in cells:
        if cell.kind != "code" or "checks.begin(" not in cell.source:
            continue
        for node in ast.walk(ast.parse(cell.source)):
            if isinstance(node, ast.Call) and ast.unparse(node.func) == "checks.begin":
                given = [*node.args, *(keyword.value for keyword in node.keywords)]
                points: dict[str, int] = {}
                for value in given:
                    points |= ast.literal_eval(value)
                return points
    return {}


def _parsed(source: str, path: Path) -> ast.Module:
    try:
        return ast.parse(source)
    except SyntaxError as error:
        raise UserError(f"the key {shown(path)}: {error}.") from None


def _calls(source: str, path: Path, function: str) -> list[dict[str, Any]]:
    """The constants that a cell calls a function with, by "0", "1", … or by name."""
    found = []
    for node in ast.walk(_parsed(source, path)):
        if isinstance(node, ast.Call) and ast.unparse(node.func) == function:
            given = {str(n): value for n, value in enumerate(node.args)}
            given |= {keyword.arg: keyword.value for keyword in node.keywords}
            found.append(
                {n: v.value for n, v in given.items() if isinstance(v, ast.Constant)}
            )
    return found


def _parts(check: str, path: Path) -> tuple[tuple[str, int], ...]:
    """The parts of a check, and the points of each, where it first says both."""
    parts: dict[str, int] = {}
    for call in _calls(check, path, "checks.part"):
        name = call.get("0", call.get("name"))
        if name is not None:  # further blocks may compute it
            parts.setdefault(name, call.get("1", call.get("points", 0)))
    return tuple(parts.items())


def _seconds(check: str, path: Path) -> float:
    """What a check allows its answer."""
    found = [c.get("seconds", 0) for c in _calls(check, path, "checks.exercise")]
    return max(found, default=0)


def _imports(source: str, path: Path) -> list[str]:
    """The modules that a cell imports, those inside modules included."""
    names = []
    for node in ast.walk(_parsed(source, path)):
        if isinstance(node, ast.Import):
            names += [alias.name for alias in node.names]
        elif isinstance(node, ast.keyword) and node.arg == "without":
            # What a check watches for is imported with the rest.
            texts = [n.value for n in ast.walk(node) if isinstance(n, ast.Constant)]
            names += [t.rpartition(".")[0] for t in texts if "." in str(t)]
        elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
            inside = [f"{node.module}.{alias.name}" for alias in node.names]
            names += [node.module, *inside]
    return names + [module for text, module in LATE.items() if text in source]


def _defined(source: str, path: Path) -> tuple[str, ...]:
    """The names that an answer gives a meaning to."""
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

"""How far a learner is, read from the notebooks on the desk as they were saved last."""

import re
from dataclasses import dataclass
from pathlib import Path

from nbformat import NotebookNode

from course_tools.authoring.pairs import read_notebook
from course_tools.desk.delivery import EXERCISES
from course_tools.project import NOTEBOOK_NAMES, UserError

# Passed, or right in parts.
REACHED = re.compile(r"^[✓✗] (\w+):(?: passed,)? (\d+) of \d+ points?\.", re.MULTILINE)
# A lesson counts as worked through when so much of its code has been run.
WORKED_THROUGH = 0.8


@dataclass(frozen=True)
class Standing:
    """How far one lesson and its exercises are.

    Attributes:
        lesson: file name on the desk.
        title: "2. Softmax regression".
        share: of the lesson's code cells that have been run.
        exercises: file name of its set; "" if there is none.
        points: reached in checks.
        possible: that checks can give.
        written: whether the set asks for written answers as well.
    """

    lesson: str
    title: str
    share: float
    exercises: str = ""
    points: int = 0
    possible: int = 0
    written: bool = False

    @property
    def worked_through(self) -> bool:
        """Whether most of the lesson has been run."""
        return self.share >= WORKED_THROUGH

    @property
    def finished(self) -> bool:
        """Whether the lesson has been worked through, and every check passes."""
        return self.worked_through and self.points == self.possible


def progress(desk: Path) -> list[Standing]:
    """Return how far each lesson on the desk is, in order.

    Args:
        desk: the folder.
    """
    found = []
    for path in sorted(desk.glob(f"{NOTEBOOK_NAMES}.ipynb")):
        if re.search(r"_new\d+$", path.stem):
            continue
        notebook = _read(path)
        code = [c for c in notebook.cells if c.cell_type == "code" and c.source.strip()]
        run = sum(cell.get("execution_count") is not None for cell in code)
        sets = path.with_name(path.name[:2] + EXERCISES)
        found.append(
            Standing(
                path.name,
                _title(notebook) or path.stem,
                run / len(code) if code else 0.0,
                *(_points(sets) if sets.exists() else ()),
            )
        )
    return found


def _read(path: Path) -> NotebookNode:
    try:
        return read_notebook(path)
    except UserError:
        return NotebookNode(cells=[])  # it is the learner's to mend


def _title(notebook: NotebookNode) -> str:
    for cell in notebook.cells:
        if found := re.search(r"^# (.+)$", cell.source, re.MULTILINE):
            return found[1]
    return ""


def _points(path: Path) -> tuple[str, int, int, bool]:
    """File name, points reached and possible, whether some answers are written."""
    reached: dict[str, int] = {}
    possible, written = 0, False
    for cell in _read(path).cells:
        graded = cell.metadata.get("nbgrader", {})
        if not graded.get("grade"):
            continue
        if cell.cell_type != "code":
            written = True
            continue
        possible += graded["points"]
        text = "".join(o.get("text", "") for o in cell.get("outputs", []))
        reached |= {name: int(points) for name, points in REACHED.findall(text)}
    return path.name, sum(reached.values()), possible, written

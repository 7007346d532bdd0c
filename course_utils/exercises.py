"""Exercise sets made from their key, with nbgrader's own preprocessors.

`solutions/NN_topic.py` is the one source: prompts, hints, answers, checks and
rubrics. `exercises/NN_topic` is what remains when answers, hidden checks and rubrics
are taken out.
"""

from __future__ import annotations

import argparse
import ast
import re
import sys
import zipfile
from copy import deepcopy
from dataclasses import dataclass
from pathlib import Path

from nbformat import NotebookNode
from nbgrader.nbgraderformat import MetadataValidator, ValidationError
from nbgrader.preprocessors import ClearHiddenTests, ClearSolutions
from traitlets.config import Config

from course_utils.authoring import (
    build,
    find_sources,
    notebook_text,
    read_source,
    source_text,
)
from course_utils.project import UserError, find_root, shown, write_atomically

STUB = "# write your answer here, in place of the next line\nraise NotImplementedError"
WRITTEN_STUB = "*Write your answer here: two to five sentences.*"
# What a class gets: everything but the key, the tests (which hold wrong answers and
# references), and the instructor's tools.
BUNDLED = (
    "README.md", "LICENSE", "Makefile", "pyproject.toml", "requirements.txt",
    "course_utils/**/*", "notebooks/*", "exercises/*",
)  # fmt: skip
SECRET = re.compile(r"(BEGIN|END) (SOLUTION|HIDDEN TESTS)|\*\*Rubric")


@dataclass(frozen=True)
class Exercise:
    """One exercise of a set.

    Attributes:
        name: its name in `checks.begin` and in the first line of its answer cell.
        points: what it gives.
        autograded: whether a check cell decides, as opposed to a person.
        answer: index of the cell with the answer.
        check: index of the check cell; that of the answer for a written one.
    """

    name: str
    points: int
    autograded: bool
    answer: int
    check: int


def find_exercises(notebook: NotebookNode, path: Path) -> list[Exercise]:
    """List the exercises of a key or of an exercise set.

    Args:
        notebook: as `read_source` returns it.
        path: its .py, for messages.

    Raises:
        UserError: an answer without a check, or names and points that do not agree
            with `checks.begin`.
    """
    answers: dict[str, int] = {}
    exercises = []
    for index, cell in enumerate(notebook.cells):
        nbgrader = cell.metadata.get("nbgrader", {})
        name = nbgrader.get("grade_id", "")
        if nbgrader.get("solution") and nbgrader.get("grade"):
            exercises.append(Exercise(name, nbgrader["points"], False, index, index))
        elif nbgrader.get("solution"):
            answers[name] = index
            if not cell.source.startswith(f"# exercise: {name}\n"):
                raise UserError(
                    f"{shown(path)}: the answer cell {name!r} must start with the "
                    f"line `# exercise: {name}`."
                )
        elif nbgrader.get("grade"):
            exercise = name.removesuffix("-check")
            if exercise not in answers:
                raise UserError(
                    f"{shown(path)}: the check cell {name!r} has no answer cell "
                    f"{exercise!r} above it. Name it after its answer, with `-check`."
                )
            points, answer = nbgrader["points"], answers.pop(exercise)
            exercises.append(Exercise(exercise, points, True, answer, index))
    if answers:
        raise UserError(
            f"{shown(path)}: no check cell follows the answer cells {sorted(answers)}."
        )
    declared = _declared_points(notebook)
    found = {exercise.name: exercise.points for exercise in exercises}
    if declared != found:
        raise UserError(
            f"{shown(path)}: checks.begin declares {declared}, but the cells' metadata "
            f"has {found}. Make both agree."
        )
    return exercises


def _declared_points(notebook: NotebookNode) -> dict[str, int]:
    """The arguments of the call of `checks.begin`, autograded and written together."""
    for cell in notebook.cells:
        if cell.cell_type != "code" or "checks.begin(" not in cell.source:
            continue
        for node in ast.walk(ast.parse(cell.source)):
            if isinstance(node, ast.Call) and ast.unparse(node.func) == "checks.begin":
                given = [*node.args, *(keyword.value for keyword in node.keywords)]
                points: dict[str, int] = {}
                for value in given:
                    points |= ast.literal_eval(value)
                return points
    return {}


def student_version(key: NotebookNode, path: Path) -> NotebookNode:
    """Take answers, hidden checks and rubrics out of a key.

    Args:
        key: what `read_source` returned for solutions/NN_topic.py.
        path: that file, for messages.

    Returns:
        A new notebook for exercises/NN_topic.

    Raises:
        UserError: the key's metadata or markers are not as nbgrader wants them.
    """
    config = Config()
    config.ClearSolutions.code_stub = {"python": STUB}
    config.ClearSolutions.text_stub = WRITTEN_STUB
    notebook = deepcopy(key)
    find_exercises(notebook, path)
    try:
        MetadataValidator().validate_nb(notebook)
        for preprocessor in (ClearSolutions, ClearHiddenTests):
            notebook, _ = preprocessor(config=config).preprocess(notebook, {})
    except (RuntimeError, ValidationError) as error:
        raise UserError(f"{shown(path)}: {error}") from error
    notebook.metadata.pop("course", None)
    for cell in notebook.cells:
        cell.source = cell.source.replace("(solutions)", "").rstrip()
        if SECRET.search(cell.source):
            raise UserError(
                f"{shown(path)}: a marker or rubric would reach the students, in the "
                f"cell that starts with {cell.source[:60]!r}. Put it between BEGIN and "
                "END markers of a cell with nbgrader metadata."
            )
    return notebook


def exercise_files(root: Path) -> dict[Path, str]:
    """Return what each file of exercises/ holds when it is made from the key.

    Args:
        root: the checkout.
    """
    files = {}
    for key in find_sources(root, ["solutions"]):
        path = root / "exercises" / key.name
        notebook = student_version(read_source(key), key)
        # In Colab each opens itself, not the key it was made from.
        for cell in notebook.cells:
            cell.source = cell.source.replace(
                f"/solutions/{key.stem}.ipynb", f"/exercises/{key.stem}.ipynb"
            )
        files[path] = source_text(notebook, path)
        files[path.with_suffix(".ipynb")] = notebook_text(build(notebook, path))
    return files


def out_of_date(root: Path) -> list[str]:
    """Say which files of exercises/ are not what the key generates.

    Args:
        root: the checkout.
    """
    wanted = exercise_files(root)
    lines = [
        f"{shown(path)}: not what solutions/{path.stem}.py generates. "
        "Run `course exercises`."
        for path, text in wanted.items()
        if not path.exists() or path.read_text(encoding="utf-8") != text
    ]
    stray = set((root / "exercises").glob("[0-9][0-9]_*")) - set(wanted)
    lines += [f"{shown(path)}: there is no key for it. Delete it." for path in stray]
    return sorted(lines)


def write_bundle(root: Path, target: Path) -> int:
    """Write a zip for a class: the course without solutions, hidden checks, rubrics.

    Args:
        root: the checkout, with exercises/ up to date.
        target: the zip.

    Returns:
        How many files it holds. The same files give the same bytes.

    Raises:
        UserError: exercises/ is out of date, or a file holds what must stay secret.
    """
    problems = out_of_date(root)
    if problems:
        raise UserError(problems[0])
    paths = sorted(
        path
        for pattern in BUNDLED
        for path in root.glob(pattern)
        if path.is_file()
        and "__pycache__" not in path.parts
        and ".ipynb_checkpoints" not in path.parts
    )
    with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as bundle:
        for path in paths:
            name = f"course/{path.relative_to(root).as_posix()}"
            entry = zipfile.ZipInfo(name, date_time=(2026, 1, 1, 0, 0, 0))
            entry.external_attr = 0o644 << 16
            entry.compress_type = zipfile.ZIP_DEFLATED
            bundle.writestr(entry, path.read_bytes())
    return len(paths)


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the options of `course exercises`."""
    choice = parser.add_mutually_exclusive_group()
    choice.add_argument(
        "--check",
        action="store_true",
        help="change nothing; fail if exercises/ is not what solutions/ generates",
    )
    choice.add_argument(
        "--student-bundle",
        metavar="FILE.zip",
        type=Path,
        help="write the course without solutions, hidden checks and rubrics",
    )


def command(arguments: argparse.Namespace) -> int:
    """Carry out `course exercises`."""
    root = find_root()
    if arguments.student_bundle:
        count = write_bundle(root, arguments.student_bundle)
        print(f"{arguments.student_bundle}: {count} files, none of them from the key.")
        return 0
    if arguments.check:
        problems = out_of_date(root)
        for line in problems:
            print(line, file=sys.stderr)
        if not problems:
            print("exercises/ is what solutions/ generates.")
        return 1 if problems else 0
    for path, text in exercise_files(root).items():
        if not path.exists() or path.read_text(encoding="utf-8") != text:
            write_atomically(path, text)
            print(f"made {shown(path)}")
    total = len(find_sources(root, ["solutions"]))
    print(f"{total} exercise sets are what their keys generate.")
    return 0

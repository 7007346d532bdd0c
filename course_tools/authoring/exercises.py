"""Exercise sets made from their key, with nbgrader's own preprocessors.

`solutions/NN_topic.py` is the one source: prompts, hints, answers, checks and
rubrics. `exercises/NN_topic` is what remains when answers, hidden checks and rubrics
are taken out.
"""

import argparse
import json
import re
import sys
from base64 import b64encode
from copy import deepcopy
from pathlib import Path

from nbformat import NotebookNode, reads
from nbgrader.nbgraderformat import (
    MetadataValidator,
    SchemaTooOldError,
    ValidationError,
)
from nbgrader.preprocessors import ClearHiddenTests, ClearSolutions
from traitlets.config import Config

from course_tools.authoring import variants
from course_tools.authoring.colab import stamped
from course_tools.authoring.misconceptions import MISCONCEPTIONS, misconceptions_text
from course_tools.authoring.pairs import (
    build,
    find_sources,
    notebook_text,
    protect_edits,
    read_source,
    source_text,
)
from course_tools.files import write_atomically
from course_tools.keys import Exercise, cell_of, declared_points, parse_key
from course_tools.project import (
    NOTEBOOK_NAMES,
    UserError,
    branch,
    find_root,
    repository,
    shown,
)

STUB = "# write your answer here, in place of the next line\nraise NotImplementedError"
WRITTEN_STUB = "*Write your answer here: two to five sentences.*"
HINT_3 = re.compile(
    r"<details><summary>Hint 3</summary>\n+(?P<text>.+?)\n+</details>", re.DOTALL
)
HINT_LATER = """<details><summary>Hint 3</summary>

It opens after two failed checks. Then run `checks.hint("{name}")` in a cell of
your own.
</details>"""
HINTS = Path("course_utils/checks/hints.json")
SECRET = re.compile(rb"(BEGIN|END) (SOLUTION|HIDDEN TESTS)|\*\*Rubric")


def find_exercises(notebook: NotebookNode, path: Path) -> tuple[Exercise, ...]:
    """List the exercises of a key or of an exercise set.

    Args:
        notebook: as `read_source` returns it.
        path: its .py, for messages.

    Raises:
        UserError: see `parse_key`; or an answer cell does not start with its name, or
            names and points do not agree with `checks.begin`, or the points of parts
            not with those of their exercise.
    """
    cells = [
        cell_of(
            cell.cell_type,
            cell.source,
            cell.metadata.get("nbgrader"),
            cell.metadata.get("tags", []),
        )
        for cell in notebook.cells
    ]
    exercises = parse_key(cells, path).exercises
    for exercise in exercises:
        first_line = f"# exercise: {exercise.name}\n"
        if exercise.autograded and not exercise.answer.startswith(first_line):
            raise UserError(
                f"{shown(path)}: the answer cell {exercise.name!r} must start with the "
                f"line `{first_line.strip()}`, outside the BEGIN and END markers."
            )
        if exercise.parts:
            _check_parts(exercise, path)
    declared = declared_points(cells)
    found = {exercise.name: exercise.points for exercise in exercises}
    if declared != found:
        raise UserError(
            f"{shown(path)}: checks.begin declares {declared}, but the cells' metadata "
            f"has {found}. Make both agree."
        )
    return exercises


def _check_parts(exercise: Exercise, path: Path) -> None:
    total = sum(points for _, points in exercise.parts)
    if total != exercise.points or not all(p > 0 for _, p in exercise.parts):
        raise UserError(
            f"{shown(path)}: the parts of {exercise.name} are {dict(exercise.parts)}, "
            f"but it has {exercise.points} points. Give each part its points where it "
            "is first named."
        )
    for name, _ in exercise.parts:
        if f'checks.part("{name}"' not in exercise.visible:
            raise UserError(
                f"{shown(path)}: students don't see the part {name!r} of "
                f"{exercise.name}. Begin it above the hidden checks, on one line."
            )


def third_hints(key: NotebookNode) -> dict[str, str]:
    """Return the third hints of a key, by exercise.

    Args:
        key: what `read_source` returned.
    """
    return _veil_hints(deepcopy(key))


def _veil_hints(notebook: NotebookNode) -> dict[str, str]:
    """Put a notice in place of each third hint; return the hints by exercise.

    Where a person decides, no check can fail, so all hints stay.
    """
    hints: dict[str, str] = {}
    prompt: list[NotebookNode] = []
    for cell in notebook.cells:
        graded = cell.metadata.get("nbgrader", {})
        if cell.cell_type == "markdown" and not graded:
            prompt.append(cell)
        if not graded.get("solution"):
            continue
        name = graded["grade_id"]
        for text in prompt if not graded["grade"] else ():
            if found := HINT_3.search(text.source):
                hints[name] = found["text"].strip()
                notice = HINT_LATER.format(name=name)
                text.source = text.source.replace(found[0], notice)
        prompt = []
    return hints


def nbgrader_config() -> Config:
    """Settings with which nbgrader itself makes the same sets from the keys."""
    config = Config()
    config.ClearSolutions.code_stub = {"python": STUB}
    config.ClearSolutions.text_stub = WRITTEN_STUB
    return config


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
    config = nbgrader_config()
    notebook = deepcopy(key)
    try:
        MetadataValidator().validate_nb(notebook)
        find_exercises(notebook, path)
        for preprocessor in (ClearSolutions, ClearHiddenTests):
            notebook, _ = preprocessor(config=config).preprocess(notebook, {})
    except (RuntimeError, SchemaTooOldError, ValidationError) as error:
        reason = getattr(error, "message", error)
        raise UserError(f"{shown(path)}: nbgrader says: {reason}") from error
    # An answer without markers has been taken out with its first line.
    find_exercises(notebook, path)
    _veil_hints(notebook)
    notebook.metadata.pop("course", None)
    for cell in notebook.cells:
        cell.source = cell.source.replace(" (solutions)", "").rstrip()
        if SECRET.search(cell.source.encode()):
            raise UserError(
                f"{shown(path)}: a marker or rubric would reach the students, in the "
                f"cell that starts with {cell.source[:60]!r}. Put it between BEGIN and "
                "END markers of a cell with nbgrader metadata."
            )
    return notebook


def exercise_files(key: Path, root: Path) -> dict[Path, str]:
    """Return what both files of an exercise set hold when they are made from the key.

    Args:
        key: solutions/NN_topic.py.
        root: the checkout.

    Raises:
        UserError: see `student_version`.
    """
    path = root / "exercises" / key.name
    notebook = student_version(read_source(key), key)
    # In Colab the set opens itself, not the key it was made from.
    place = f"exercises/{key.stem}.ipynb"
    notebook = stamped(notebook, repository(root), place, branch(root))
    return {
        path: source_text(notebook, path),
        path.with_suffix(".ipynb"): notebook_text(build(notebook, path)),
    }


def hints_text(root: Path) -> str:
    """Return what the file of third hints holds when it is made from the keys.

    They are written in base64, so that no one reads them by chance, in a search say.

    Args:
        root: the checkout.
    """
    hints = {}
    for key in find_keys(root):
        if found := third_hints(read_source(key)):
            hints[key.stem] = {
                name: b64encode(text.encode()).decode() for name, text in found.items()
            }
    return json.dumps(hints, indent=1) + "\n" if hints else ""


def common_files(root: Path) -> dict[Path, str]:
    """Return what is made from all keys together: third hints, what learners believe."""
    made = {HINTS: hints_text(root), MISCONCEPTIONS: misconceptions_text(root)}
    return {root / place: text for place, text in made.items() if text}


def find_keys(root: Path) -> list[Path]:
    """Return the .py of every key.

    Args:
        root: the checkout.

    Raises:
        UserError: there is none.
    """
    keys = find_sources(root, ["solutions"])
    if not keys:
        raise UserError(
            f"{shown(root / 'solutions')} holds no keys to make exercises from. A "
            "copy of the course for students has none; use the complete one."
        )
    return keys


def _is_current(path: Path, text: str) -> bool:
    return path.exists() and path.read_text(encoding="utf-8") == text


def out_of_date(root: Path) -> list[str]:
    """Say which files of exercises/ are not what the keys generate, a line for each.

    Args:
        root: the checkout.
    """
    keys, lines, files = find_keys(root), [], common_files(root)
    for key in keys:
        try:
            files |= exercise_files(key, root)
        except UserError as error:
            lines.append(str(error))
            continue
        lines += variants.problems(read_source(key), key)
    lines += [
        f"{shown(path)}: not what the keys generate. Run `course exercises`."
        for path, text in files.items()
        if not _is_current(path, text)
    ]
    stems = {key.stem for key in keys}
    lines += [
        f"{shown(path)}: there is no key for it. Delete it."
        for path in sorted((root / "exercises").glob(f"{NOTEBOOK_NAMES}.*"))
        if path.stem not in stems
    ]
    return lines


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
        help="write what a class gets: the course, and nothing that leads to a key",
    )
    parser.add_argument(
        "--variants",
        metavar="STUDENTS.csv",
        type=Path,
        help="with --student-bundle: sets with other numbers for each student, in "
        "archives of their own beside it",
    )
    parser.add_argument(
        "--repository",
        metavar="OWNER/NAME",
        default="",
        help="with --student-bundle: where it is published, for badges to Colab",
    )


def command(arguments: argparse.Namespace) -> int:
    """Carry out `course exercises`."""
    root = find_root()
    if arguments.student_bundle:
        if problems := out_of_date(root):
            raise UserError(problems[0])
        # Here, so that sets are made without what only bundles need.
        from course_tools.authoring.handout import write_bundle

        target, own = arguments.student_bundle, arguments.variants
        count = write_bundle(root, target, arguments.repository, own)
        print(f"{target}: {count} files, nothing from the keys.")
        if own:
            print(f"{target.with_suffix('')}/: an archive for each student.")
        return 0
    if arguments.variants or arguments.repository:
        raise UserError("--variants and --repository go with --student-bundle.")
    if not arguments.check:
        for key in find_keys(root):
            make(key, root)
        _write(common_files(root))
    problems = out_of_date(root)
    for line in problems:
        print(line, file=sys.stderr)
    if not problems:
        print(f"{len(find_keys(root))} exercise sets are what their keys generate.")
    return 1 if problems else 0


def make(key: Path, root: Path) -> None:
    """Write both files of an exercise set, unless they are up to date.

    A key with a mistake is left for `out_of_date` to report, so that one author's
    unfinished set does not keep another from making theirs.

    Args:
        key: solutions/NN_topic.py.
        root: the checkout.

    Raises:
        UserError: the .ipynb has edits of its own.
    """
    try:
        files = exercise_files(key, root)
    except UserError:
        return
    _, target = files
    protect_edits(reads(files[target], as_version=4), target)
    _write(files)


def _write(files: dict[Path, str]) -> None:
    """Write the files that are not up to date."""
    for path, text in files.items():
        if not _is_current(path, text):
            path.parent.mkdir(parents=True, exist_ok=True)
            write_atomically(path, text)
            print(f"made {shown(path)}")

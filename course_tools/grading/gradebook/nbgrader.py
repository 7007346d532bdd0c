"""Marks into an nbgrader gradebook, so that its formgrader can be used from there.

Beside the gradebook, `autograded/` gets a notebook for each student, made from the key
without its answers, with the student's answers and our messages in it. That is what
formgrader shows to the person who grades the written answers. `source/` gets the key,
because formgrader lists only assignments that are there. `submitted/` is not made:
from it, formgrader would run answers without a sandbox.
"""

import os
import re
import shutil
import sys
import warnings
from collections.abc import Mapping, Sequence
from pathlib import Path

import nbformat
from nbgrader.api import Gradebook
from sqlalchemy.exc import DatabaseError, SAWarning

from course_tools.files import write_atomically
from course_tools.grading.gradebook.feedback import for_students
from course_tools.grading.gradebook.folder import explained
from course_tools.grading.gradebook.rows import ANSWERED, Row
from course_tools.grading.submissions.answers import Exercise, Key, Submission
from course_tools.project import UserError, shown

MARKUP = re.compile(r"<|\](?:\(|:)")


def export(
    database: Path,
    key: Key,
    rows: Sequence[Row],
    submissions: Mapping[str, Submission],
    key_file: Path,
) -> None:
    """Put marks into a gradebook, and write the notebooks for formgrader.

    An assignment that has a notebook of the key's name is used; otherwise one of that
    name is made. Points that a person has given stay.

    Args:
        database: the gradebook; it is made if it does not exist.
        key: what was graded.
        rows: the marks.
        submissions: by student, the answers.
        key_file: where the key was read from.

    Raises:
        UserError: the gradebook does not fit the key, or can't be written.
    """
    try:
        with explained(database):
            _export(database, key, rows, submissions, key_file)
    except DatabaseError as error:
        raise UserError(
            f"{shown(database)} can't be read or written: {error.orig}. Close what else "
            "uses it, or name a gradebook that you can write to; the marks are in "
            "grades.csv."
        ) from None


def _export(
    database: Path,
    key: Key,
    rows: Sequence[Row],
    submissions: Mapping[str, Submission],
    key_file: Path,
) -> None:
    # nbgrader calls `alembic`, which is installed beside this Python.
    programs = str(Path(sys.executable).parent)
    os.environ["PATH"] = os.pathsep.join([programs, os.environ.get("PATH", "")])
    database = database.resolve()
    database.parent.mkdir(parents=True, exist_ok=True)
    with warnings.catch_warnings(), Gradebook(f"sqlite:///{database}") as gradebook:
        # nbgrader adds a submission in an order that SQLAlchemy remarks on.
        warnings.simplefilter("ignore", SAWarning)
        assignment = _declare(gradebook, key)
        _show(database.parent / "source" / assignment, key_file)
        for row in rows:
            if row.problem:
                continue
            student = Path(row.feedback).stem
            _write_notebook(
                database.parent / "autograded" / student / assignment,
                key, row, submissions[row.student],
            )  # fmt: skip
            gradebook.update_or_create_student(student)
            gradebook.update_or_create_submission(assignment, student)
            for exercise in key.exercises:
                _enter(gradebook, key.name, assignment, student, exercise, row)
        gradebook.db.commit()


def _declare(gradebook: Gradebook, key: Key) -> str:
    """Make sure that the gradebook knows the key's cells; return the assignment."""
    names = [
        assignment.name
        for assignment in gradebook.assignments
        if any(notebook.name == key.name for notebook in assignment.notebooks)
    ]
    assignment = names[0] if names else key.name
    gradebook.update_or_create_assignment(assignment)
    notebook = gradebook.update_or_create_notebook(key.name, assignment)
    wanted = {_graded(e): e for e in key.exercises}
    known = {cell.name for cell in notebook.grade_cells}
    if known and known != set(wanted):
        raise UserError(
            f"the gradebook's {assignment}/{key.name} has the cells {sorted(known)}, "
            f"but the key has {sorted(wanted)}. Generate the assignment again, or use "
            "another gradebook."
        )
    for name, exercise in wanted.items():
        kind = "code" if exercise.autograded else "markdown"
        place = (name, key.name, assignment)
        gradebook.update_or_create_grade_cell(
            *place, max_score=float(exercise.points), cell_type=kind
        )
        gradebook.update_or_create_solution_cell(exercise.name, key.name, assignment)
        source = exercise.visible if exercise.autograded else ""
        gradebook.update_or_create_source_cell(
            *place, cell_type=kind, source=source, locked=exercise.autograded
        )
    return assignment


def _show(folder: Path, key_file: Path) -> None:
    """Make the folder that lets formgrader list an assignment; one that is there stays."""
    if folder.exists():
        return
    folder.mkdir(parents=True)
    notebook = key_file.with_suffix(".ipynb")
    if notebook.exists():
        shutil.copyfile(notebook, folder / notebook.name)


def _graded(exercise: Exercise) -> str:
    return f"{exercise.name}-check" if exercise.autograded else exercise.name


def _enter(
    gradebook: Gradebook,
    notebook: str,
    assignment: str,
    student: str,
    exercise: Exercise,
    row: Row,
) -> None:
    grade = gradebook.find_grade(_graded(exercise), notebook, assignment, student)
    comment = gradebook.find_comment(exercise.name, notebook, assignment, student)
    if exercise.autograded:
        result = row.results[exercise.name]
        grade.auto_score = float(result.points)
        # Points that a person has given may have to be given anew.
        grade.needs_manual_grade = grade.manual_score is not None
        # Students read it when nbgrader makes their feedback.
        passed = result.outcome == "passed"
        comment.auto_comment = None if passed else _as_comment(for_students(result))
    elif row.written[exercise.name] == ANSWERED:
        grade.auto_score = None
        grade.needs_manual_grade = grade.manual_score is None
        comment.auto_comment = None
    else:
        grade.auto_score = 0.0
        grade.needs_manual_grade = False
        comment.auto_comment = "No response."


def _write_notebook(folder: Path, key: Key, row: Row, submission: Submission) -> None:
    cells = []
    for exercise in key.exercises:
        answer = submission.answers[exercise.name]
        if not exercise.autograded:
            # As a block of text: in formgrader, HTML in Markdown would be live.
            text = _as_text_block(answer.source or answer.problem)
            # No heading: its anchor would have the id of formgrader's field for points.
            cells.append(nbformat.v4.new_markdown_cell(f"**{exercise.name}**"))
            cells.append(nbformat.v4.new_markdown_cell(text))
            cells[-1].metadata["nbgrader"] = _metadata(exercise.name, True, True)
            cells[-1].metadata["nbgrader"]["points"] = exercise.points
            continue
        cells.append(nbformat.v4.new_code_cell(answer.source))
        cells[-1].metadata["nbgrader"] = _metadata(exercise.name, False, True)
        cells.append(nbformat.v4.new_code_cell(exercise.visible))
        cells[-1].metadata["nbgrader"] = _metadata(_graded(exercise), True, False)
        cells[-1].metadata["nbgrader"]["points"] = exercise.points
        result = row.results[exercise.name]
        told = f"{result.outcome}: {for_students(result)}"
        cells[-1].outputs = [nbformat.v4.new_output("stream", text=told)]
    notebook = nbformat.v4.new_notebook(cells=cells)
    notebook.metadata["kernelspec"] = {"name": "python3", "display_name": "Python 3"}
    folder.mkdir(parents=True, exist_ok=True)
    text = nbformat.writes(notebook)
    # Half of a pair of surrogates is no text, though Jupyter stores it.
    write_atomically(folder / f"{key.name}.ipynb", text.encode("utf-8", "replace"))


def _metadata(name: str, grade: bool, solution: bool) -> dict:
    return {
        "grade": grade,
        "grade_id": name,
        "locked": grade and not solution,
        "schema_version": 3,
        "solution": solution,
        "task": False,
    }


def _as_comment(text: str) -> str:
    """Text for nbgrader, in whose pages HTML and links in a comment would be live."""
    text = text.encode("utf-8", "replace").decode()
    return _as_text_block(text) if MARKUP.search(text) else text


def _as_text_block(text: str) -> str:
    longest = max(map(len, re.findall(r"`+", text)), default=0)
    fence = "`" * max(3, longest + 1)
    return f"{fence}text\n{text}\n{fence}"

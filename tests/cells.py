"""Run the cells of an exercise set in this process, as fast as plain functions."""

import ast
import contextlib
import io
import linecache
import sys
from copy import deepcopy
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path

import torch

from course_tools.authoring import pairs
from course_tools.authoring.exercises import find_exercises, student_version
from course_tools.keys import Exercise
from course_utils.checks import exercises as state
from course_utils.points import first_failure

ROOT = Path(__file__).parents[1]
KEYS = pairs.find_sources(ROOT, ["solutions"])


def run_cell(source, namespace, title):
    """Execute a cell; return what it raised, as text, and what it printed."""
    filename = f"<{title}>"
    lines = source.splitlines(keepends=True)
    linecache.cache[filename] = (len(source), None, lines, filename)
    printed = io.StringIO()
    with contextlib.redirect_stdout(printed):
        try:
            exec(compile(source, filename, "exec"), namespace)
        except Exception as error:
            return f"{type(error).__name__}: {error}", printed.getvalue()
    return "", printed.getvalue()


@dataclass
class Run:
    """What came of executing an exercise set from top to bottom.

    Attributes:
        messages: by exercise, what its check raised; "" if it passed.
        printed: by exercise, what its check printed.
        before: by exercise, a copy of all variables just before its answer cell.
        board: what the last cell printed.
        namespace: the variables.
        done: how many cells have been executed.
        noted: what `checks` had noted after the last of them.
    """

    messages: dict[str, str] = field(default_factory=dict)
    printed: dict[str, str] = field(default_factory=dict)
    before: dict[str, dict] = field(default_factory=dict)
    board: str = ""
    namespace: dict = field(default_factory=lambda: {"__name__": "__main__"})
    done: int = 0
    noted: dict[str, dict | set] = field(default_factory=dict)


def copied(namespace):
    """A copy in which a wrong answer can change small tensors without harm."""
    return {
        name: value.clone()
        if isinstance(value, torch.Tensor) and value.numel() < 100_000
        else value
        for name, value in namespace.items()
    }


# What trains a network in its check, by exercise.
TRAINS = {"read": "train", "better_read": "better_train", "best_read": "best_train"}
_trained = {}


def train_once(namespace, name, source):
    """Let an answer that trains a network do so once for the same code and data.

    Args:
        namespace: in which the answer has been executed.
        name: the exercise; most train nothing.
        source: the code that trains.
    """
    function = namespace.get(TRAINS.get(name))
    if not callable(function):
        return
    code = ast.unparse(ast.parse(source))

    def train(X, y):
        data = X.data_ptr(), tuple(X.shape), X.sum().item(), tuple(y.tolist())
        if (code, data) not in _trained:
            _trained[code, data] = function(X, y), torch.get_rng_state()
        result, randomness = _trained[code, data]
        torch.set_rng_state(randomness)
        return deepcopy(result)

    namespace[TRAINS[name]] = train


# What `checks` notes of the set that runs in this process.
NOTED = ("_possible", "_reached", "_parts", "_written")


def execute(run, notebook, path, end=None):
    """Execute the code cells of a key that are left, all of them or up to `end`.

    Other sets, or other answers, may have been checked since the cells before them.
    """
    exercises, namespace = find_exercises(notebook, path), run.namespace
    for name, noted in run.noted.items():
        store = getattr(state, name)
        store.clear()
        store.update(noted)
    answers = {e.name for e in exercises}
    checks = {f"{e.name}-check": e.name for e in exercises if e.autograded}
    for index, cell in list(enumerate(notebook.cells))[run.done : end]:
        run.done = index + 1
        if cell.cell_type != "code":
            continue
        grade_id = cell.metadata.get("nbgrader", {}).get("grade_id")
        if grade_id in answers:
            run.before[grade_id] = copied(namespace)
        raised, printed = run_cell(cell.source, namespace, f"{path.stem} {index}")
        if grade_id in answers:
            train_once(namespace, grade_id, cell.source)
        if grade_id in checks:
            run.messages[checks[grade_id]] = raised
            run.printed[checks[grade_id]] = printed
        else:
            assert not raised, f"{path.stem}, cell {index}: {raised}"
            run.board = printed
    run.noted = {name: getattr(state, name).copy() for name in NOTED}
    return run


def place(notebook, grade_id):
    """The index of the cell that nbgrader calls so."""
    ids = [c.metadata.get("nbgrader", {}).get("grade_id") for c in notebook.cells]
    return ids.index(grade_id)


@cache
def key(path):
    """A key as a notebook."""
    return pairs.read_source(path)


@cache
def untouched(path):
    """The exercise set made from a key."""
    return student_version(key(path), path)


@cache
def exercises(path) -> tuple[Exercise, ...]:
    """The exercises of a key."""
    return find_exercises(key(path), path)


@cache
def checked(path):
    """What comes of executing a key up to the answer to its last autograded exercise."""
    notebook = key(path)
    last = [e.name for e in exercises(path) if e.autograded][-1]
    return execute(Run(), notebook, path, place(notebook, last) + 1)


@cache
def key_run(path):
    """What comes of executing all of a key."""
    return execute(checked(path), key(path), path)


def check_answer(path, name, source, hidden=True, trains=None):
    """Check one answer to one exercise of a set, all others being right.

    Args:
        path: the key.
        name: the exercise.
        source: the answer cell.
        hidden: whether the hidden checks run as well.
        trains: the part of `source` that decides what training gives; all by default.

    Returns:
        What the check raised, or why the first part failed that did; "" if it passed.
    """
    exercise = next(e for e in exercises(path) if e.name == name)
    namespace = copied(checked(path).before[name])
    with contextlib.redirect_stdout(io.StringIO()):
        state.begin({name: exercise.points})
    deep = sys.getrecursionlimit()
    raised, _ = run_cell(source, namespace, f"answer {name}")
    assert not raised, raised
    train_once(namespace, name, trains or source)
    check = exercise.check if hidden else exercise.visible
    raised, _ = run_cell(check, namespace, f"check {name}")
    sys.setrecursionlimit(deep)  # an answer may have set another
    failed = first_failure(state.parts_of(name))
    return raised or (failed and f"CheckFailed: {name}: {failed}")

"""Keys, submissions and graders that several test files share."""

import json
import os
import re
import runpy
from copy import deepcopy
from functools import cache
from pathlib import Path

import psutil
import pytest

from course_tools.grading.sandbox import launch
from course_tools.grading.submissions.answers import Answer, Submission, read_key

ROOT = Path(__file__).parents[2]
KEYS = sorted((ROOT / "solutions").glob("[0-9][0-9]_*.py"))
SET_2 = ROOT / "solutions" / "02_softmax_regression.py"


@cache
def key(path=SET_2):
    """A key."""
    return read_key(path)


@cache
def kept(stem):
    """What is kept of answers to a set, by the names in its file."""
    return runpy.run_path(str(ROOT / "tests" / "answers" / f"{stem}.py"))


def wrong_answers(stem):
    """By exercise and mistake: the answer, and a pattern of the message."""
    return kept(stem)["WRONG"]


@cache
def strong_modes():
    """The kinds of isolation that this machine allows.

    Where COURSE_CI is set, as CI does, a machine without any fails the tests.
    """
    reason = launch.why_not()
    if reason and os.environ.get("COURSE_CI"):
        pytest.fail(f"answers can't be isolated: {reason}")
    return [] if reason else ["bubblewrap"]


def strong_mode():
    """The best of them; without any, what depends on it can't be tested."""
    if not strong_modes():
        pytest.skip(f"answers can't be isolated: {launch.why_not()}")
    return strong_modes()[0]


def submission(path=SET_2, student="Ada", **changed):
    """The key's answers; `changed` replaces some, None takes one out."""
    answers = {e.name: e.answer for e in key(path).exercises} | changed
    return Submission(
        student,
        {n: Answer(a) if a else Answer(problem="gone.") for n, a in answers.items()},
    )


def notebook(path=SET_2, folder="exercises", **changed):
    """A set as a dictionary; `changed` replaces the sources of answers."""
    file = ROOT / folder / f"{path.stem}.ipynb"
    made = deepcopy(json.loads(file.read_text(encoding="utf-8")))
    for cell in made["cells"]:
        nbgrader = cell["metadata"].get("nbgrader", {})
        if nbgrader.get("solution") and nbgrader["grade_id"] in changed:
            cell["source"] = changed[nbgrader["grade_id"]]
    return made


def right_answers(path=SET_2):
    """By exercise, the key's answers without its marks, as a student writes them."""
    marks = re.compile(r"^ *### (?:BEGIN|END)[ ]SOLUTION\n?", re.M)
    return {
        e.name: marks.sub("", e.answer).partition("**Rubric**")[0].rstrip()
        for e in key(path).exercises
    }


def solved(path=SET_2, **changed):
    """A set as a student hands it in who has answered everything right."""
    return notebook(path, **(right_answers(path) | changed))


def write(file, made):
    """Write a notebook and return its path."""
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(json.dumps(made), encoding="utf-8")
    return file


def assert_nothing_is_left(grader):
    """Of what the zygote has started, nothing runs on."""
    started = psutil.Process(grader._zygote.process.pid).children(recursive=True)
    parents = {process.pid for process in started if _is_python(process)}
    forked = [process for process in started if parents & set(_ancestors(process))]
    assert not psutil.wait_procs(forked, timeout=5)[1]


def _is_python(process):
    try:
        return process.name().startswith("python")
    except psutil.NoSuchProcess:
        return False


def _ancestors(process):
    try:
        return [parent.pid for parent in process.parents()]
    except psutil.NoSuchProcess:
        return []

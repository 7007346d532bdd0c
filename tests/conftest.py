"""What several test files share."""

import os
import shutil
from pathlib import Path

import matplotlib
import pytest
from hypothesis import settings

ROOT = Path(__file__).parents[1]

# What `make check` leaves to `make test`, and why it is slow.
SLOW = {
    "notebook": (
        "test_colab_run.py",
        "tools/test_author_cells.py",
        "tools/test_execute.py",
    ),
    "browser": (
        "test_browser.py",
        "test_formgrader.py",
        "site/test_site.py",
        "tools/test_lab.py",
        "widgets/test_in_jupyterlab.py",
        "widgets/test_on_a_page.py",
    ),
    "nbgrader": ("test_exercises.py", "tools/test_grading_teaching.py"),
    "sandbox": (
        "tools/test_grading_answers.py",
        "tools/test_grading_attacks.py",
        "tools/test_grading_command.py",
        "tools/test_grading_dask.py",
        "tools/test_grading_parts.py",
        "tools/test_grading_sandbox.py",
        "tools/test_grading_sequences.py",
        "tools/test_readme.py",
    ),
}

# A busy machine is no mistake.
settings.register_profile("course", deadline=None)
settings.load_profile("course")
# Lesson 10 would download CIFAR-10.
os.environ.setdefault("COURSE_OFFLINE", "1")


def pytest_collection_modifyitems(items):
    """Give each test of a slow file, or with a browser, the mark that says so."""
    marks = {ROOT / "tests" / name: mark for mark in SLOW for name in SLOW[mark]}
    for item in items:
        mark = "notebook" if item.path.suffix == ".ipynb" else marks.get(item.path)
        if mark:
            item.add_marker(mark)
        if "browser" in getattr(item, "fixturenames", ()):
            item.add_marker("browser")


@pytest.fixture(autouse=True, scope="session")
def no_windows():
    """Figures are drawn in memory, also where there is a display."""
    matplotlib.use("Agg")


@pytest.fixture
def checkout(tmp_path, monkeypatch):
    """An empty course with the real settings, as the current folder."""
    for folder in ("notebooks", "exercises", "solutions"):
        (tmp_path / folder).mkdir()
    shutil.copy(ROOT / "pyproject.toml", tmp_path)
    monkeypatch.chdir(tmp_path)
    return tmp_path


@pytest.fixture
def write_lesson(checkout):
    """Write a .py in percent format, by default notebooks/01_first.py."""

    def write(text, name="notebooks/01_first.py"):
        path = checkout / name
        path.write_text(text, encoding="utf-8")
        return path

    return write

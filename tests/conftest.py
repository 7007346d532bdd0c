"""What several test files share."""

import os
import shutil
from pathlib import Path

import matplotlib
import pytest

ROOT = Path(__file__).parents[1]

# Lesson 8 would download CIFAR-10.
os.environ.setdefault("COURSE_OFFLINE", "1")


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

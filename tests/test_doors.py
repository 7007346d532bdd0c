"""What other places open the course with: files in their forms, in step with it."""

import json
import re
import tomllib
from pathlib import Path

import pytest
import yaml

ROOT = Path(__file__).parents[1]
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))[
    "project"
]


def text(name):
    return (ROOT / name).read_text(encoding="utf-8")


def test_one_version_everywhere():
    assert yaml.safe_load(text("CITATION.cff"))["version"] == PROJECT["version"]
    newest = re.search(
        r"^## (\d+\.\d+\.\d+) \((\d{4}-\d\d-\d\d)\)", text("CHANGELOG.md"), re.M
    )
    assert newest[1] == PROJECT["version"]
    released = yaml.safe_load(text("CITATION.cff"))["date-released"]
    assert str(released) == newest[2]


def test_a_development_container_is_set_up_as_make_lab_does():
    container = json.loads(text(".devcontainer/devcontainer.json"))
    target = container["onCreateCommand"].removeprefix("make .venv/")
    assert f"$(VENV)/{target}:" in text("Makefile")
    python = container["image"].partition(":")[2]
    assert python.startswith(PROJECT["requires-python"].removeprefix(">="))


def test_binder_builds_from_the_same_requirements():
    assert "-r ../requirements.txt" in text(".binder/requirements.txt").splitlines()
    assert (ROOT / ".binder" / "postBuild").stat().st_mode & 0o100
    assert "urlpath=lab/tree/my-course/00_welcome.md" in text("README.md")


@pytest.mark.parametrize("name", ["mistake", "does-not-run", "grading"])
def test_an_issue_form_asks_and_github_can_read_it(name):
    form = yaml.safe_load(text(f".github/ISSUE_TEMPLATE/{name}.yml"))
    assert form["name"] and form["description"]
    asked = [field for field in form["body"] if field["type"] != "markdown"]
    assert any(field.get("validations", {}).get("required") for field in asked)
    names = [field["id"] for field in asked]
    assert len(set(names)) == len(names)
    for field in asked:
        assert field["type"] in ("input", "textarea", "dropdown", "checkboxes")
        assert field["attributes"]["label"]
        needs_options = field["type"] in ("dropdown", "checkboxes")
        assert needs_options == bool(field["attributes"].get("options"))


def test_every_data_set_has_a_card():
    cards = re.findall(r"^## (.+)$", text("notebooks/data_cards.md"), re.M)
    assert cards == ["MNIST", "CIFAR-10", "Shapes", "Digits of other writers"]
    from course_utils import data

    known = {card.lower().replace("-", "") for card in cards}
    assert set(data.NAMES) <= known

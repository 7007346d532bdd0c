"""Two packages, one direction, one home for each thing."""

import ast
from collections import defaultdict
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
MODULES = {
    path.relative_to(ROOT).as_posix(): path.read_text(encoding="utf-8")
    for package in ("course_utils", "course_tools")
    for path in sorted((ROOT / package).rglob("*.py"))
}
TREES = {name: ast.parse(text) for name, text in MODULES.items()}


def imported(node):
    """The modules that a statement imports."""
    if isinstance(node, ast.Import):
        return [alias.name for alias in node.names]
    if isinstance(node, ast.ImportFrom):
        return [node.module or ""]
    return []


@pytest.mark.parametrize("name", [n for n in MODULES if n.startswith("course_utils")])
def test_the_learners_package_never_imports_the_tools(name):
    names = {n for node in ast.walk(TREES[name]) for n in imported(node)}
    assert not {n for n in names if n.split(".")[0] == "course_tools"}


def test_no_two_public_classes_have_one_name():
    homes = defaultdict(list)
    for name, tree in TREES.items():
        for node in tree.body:
            if isinstance(node, ast.ClassDef) and not node.name.startswith("_"):
                homes[node.name].append(name)
    assert {n: places for n, places in homes.items() if len(places) > 1} == {}


@pytest.mark.parametrize("name", MODULES)
def test_a_module_can_be_read_in_one_sitting(name):
    assert MODULES[name].count("\n") <= 400


def test_the_learners_package_stays_small():
    helpers = {
        name: text.count("\n")
        for name, text in MODULES.items()
        if name.startswith("course_utils/") and "/widgets/" not in name
    }
    assert helpers
    assert sum(helpers.values()) <= 4500

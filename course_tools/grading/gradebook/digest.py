"""What decides marks, as a checksum: rows are graded again only if it changes."""

import ast
import hashlib
import json
import sys
from collections.abc import Iterable
from functools import cache
from importlib.metadata import version
from pathlib import Path

import course_tools
import course_utils
from course_tools.grading.grader import Limits
from course_tools.grading.submissions.answers import Key, Submission

PACKAGES = {p.__name__: Path(p.__file__).parent for p in (course_tools, course_utils)}
# What runs answers and checks, and what makes points of them.
ROOTS = (
    "course_tools.grading.grader",
    "course_tools.grading.sandbox.checker",
    "course_tools.grading.sandbox.worker",
)
LIBRARIES = ("torch", "numpy")


def digest(key: Key, submission: Submission, mode: str, limits: Limits) -> str:
    """Return a checksum of all that the results of a submission depend on.

    Args:
        key: what is graded.
        submission: the answers.
        mode: how they are isolated.
        limits: what each of them may use.
    """
    return f"{rules_digest(key, mode, limits)}-{submission.digest}"


@cache
def rules_digest(key: Key, mode: str, limits: Limits) -> str:
    """Return the part of `digest` that all submissions have in common."""
    whole = hashlib.sha256()
    # Not the key's file: its prose decides nothing.
    whole.update(json.dumps(key.as_dict() | {"digest": ""}).encode())
    versions = [sys.version_info[:2], *map(version, LIBRARIES)]
    whole.update(f"{mode} {limits} {versions}\n".encode())
    files = imported((*ROOTS, *key.modules))
    for module, path in sorted(files.items()):
        content = hashlib.sha256(path.read_bytes()).hexdigest()
        whole.update(f"{module} {content}\n".encode())
    return whole.hexdigest()


def imported(roots: Iterable[str]) -> dict[str, Path]:
    """Return the files of the course that modules are made of, by module.

    Args:
        roots: names of modules. Those that they import, anywhere in their text, and
            the packages that they lie in are followed; names of others are ignored.
    """
    found: dict[str, Path] = {}
    waiting = list(roots)
    while waiting:
        name = waiting.pop()
        path = _file(name)
        if path is None or name in found:
            continue
        found[name] = path
        waiting += [name.rpartition(".")[0], *_imports(path)]
    return found


@cache
def _imports(path: Path) -> list[str]:
    """All names in a file that a module can have which it imports."""
    names = []
    for node in ast.walk(ast.parse(path.read_bytes())):
        if isinstance(node, ast.Import):
            names += [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom) and node.module:
            names.append(node.module)
            names += [f"{node.module}.{alias.name}" for alias in node.names]
    return names


def _file(module: str) -> Path | None:
    top, *parts = module.split(".")
    if top not in PACKAGES:
        return None
    place = PACKAGES[top].joinpath(*parts)
    for path in (place / "__init__.py", place.with_name(f"{place.name}.py")):
        if path.is_file():
            return path
    return None

"""Where the course's checkout is, and what its settings say."""

import tomllib
from pathlib import Path

NOTEBOOK_FOLDERS = ("notebooks", "exercises", "solutions")
NOTEBOOK_NAMES = "[0-9][0-9]_*"
# Tags of cells: what installs the course in Colab, and what is for authors only.
SETUP_TAG = "course-setup"
AUTHOR_TAG = "author"


class UserError(Exception):
    """Something the user can mend; the message says what was found and what to do."""


def find_root(start: Path | None = None) -> Path:
    """Return the folder of the course's checkout.

    It is the nearest folder, from `start` upwards, whose pyproject.toml has a
    `[tool.course]` section; failing that, the checkout this package runs from.

    Args:
        start: where to begin; None: the current folder.

    Raises:
        UserError: there is no checkout.
    """
    start = (start or Path.cwd()).resolve()
    for folder in (start, *start.parents, Path(__file__).resolve().parents[1]):
        if "course" in _tool_settings(folder / "pyproject.toml"):
            return folder
    raise UserError(
        f"{start} is not inside the course: no folder above it has a pyproject.toml "
        "with a [tool.course] section. Change into your copy of the course first."
    )


def repository(root: Path) -> str:
    """Return the repository that badges and set-up cells name, `OWNER/NAME`.

    Args:
        root: the checkout.

    Raises:
        UserError: pyproject.toml has no such setting.
    """
    path = root / "pyproject.toml"
    name = _tool_settings(path).get("course", {}).get("repository")
    if not isinstance(name, str):
        raise UserError(
            f'{path} has no `repository = "OWNER/NAME"` in its [tool.course] section. '
            "Add it with `course stamp OWNER/NAME`."
        )
    return name


def branch(root: Path) -> str:
    """Return the branch whose notebooks badges open: those that `course clean` writes.

    Args:
        root: the checkout; `branch` in its [tool.course] section, "main" without one.
    """
    return (
        _tool_settings(root / "pyproject.toml").get("course", {}).get("branch", "main")
    )


def _tool_settings(path: Path) -> dict:
    if not path.is_file():
        return {}
    try:
        return tomllib.loads(path.read_text(encoding="utf-8")).get("tool", {})
    except tomllib.TOMLDecodeError as error:
        raise UserError(f"{path} is no valid TOML: {error}. Mend that line.") from None


def shown(path: Path) -> str:
    """Return `path` as messages name it: relative to the current folder if inside."""
    try:
        return path.resolve().relative_to(Path.cwd().resolve()).as_posix()
    except ValueError:
        return str(path)

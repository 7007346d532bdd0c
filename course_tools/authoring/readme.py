"""The parts of README.md that are made from the lessons: two tables and a picture."""

import argparse
import base64
import io
import re
import sys
from collections.abc import Callable
from pathlib import Path

from nbformat import NotebookNode
from PIL import Image

from course_tools.authoring.author_cells import RESULT, result_text
from course_tools.authoring.colab import address, badge_text
from course_tools.authoring.minutes import minutes, to_plan
from course_tools.authoring.pairs import find_sources, read_notebook, read_source
from course_tools.files import write_atomically
from course_tools.project import UserError, branch, find_root, repository

TIME = r"\*\*Time:\*\*\s+about\s+(\d+\s+minutes)"
PICTURE = "notebooks/overview.png"
PICTURE_WIDTH = 1200
# The two columns of the picture: lesson and beginning of each figure's text alternative.
COLUMNS = (
    (("01", "Four maps of the same"), ("03", "The rings at steps")),
    (
        ("06", "XOR learned by our own engine"),
        ("02", "Four rows of ten weight images"),
        ("07", "Growth of a gradient against"),
    ),
)


def lesson_table(root: Path) -> str:
    """Return a Markdown table of the lessons, from what each says of itself.

    Args:
        root: the checkout.

    Raises:
        UserError: a lesson's opening lacks its title or question.
    """
    name = repository(root)
    lines = [
        "| lesson | the question it answers | to work through | to run | exercises | |",
        "| --- | --- | --- | --- | --- | --- |",
    ]
    for path in find_sources(root, ["notebooks"]):
        source = read_source(path)
        place = f"notebooks/{path.stem}.ipynb"
        badge = badge_text(address(name, place, branch(root)))
        title = _stated(source, r"^# ([^\n]+)$", "title", path)
        question = _stated(
            source, r"\*\*The question of this lesson:\*\* (.+?\?)", "question", path
        )
        time = _time(path.with_suffix(".ipynb"))
        taken = source.metadata.get("course")
        run = "not yet run"
        if taken:
            run = f"{taken['seconds']:.0f} s, {taken['peak_mb'] / 1000:.1f} GB"
        lines.append(
            f"| [{title}]({place}) | {question[0].upper()}{question[1:]} | {time} "
            f"| {run} | {_exercises(root, path.stem)} | {badge} |"
        )
    return "\n".join(lines)


def _time(stored: Path) -> str:
    """What a lesson takes by the count of its stored notebook."""
    if not stored.exists():
        return "not yet run"
    main, appendix = map(to_plan, minutes(read_notebook(stored)))
    return f"{main} minutes" + (f", appendix {appendix}" if appendix else "")


def _exercises(root: Path, stem: str) -> str:
    """A link to the exercise set of a lesson, and its time; "" if there is none."""
    path = root / "exercises" / f"{stem}.py"
    if not path.exists():
        return ""
    time = _stated(read_source(path), TIME, "time", path)
    return f"[set {int(stem[:2])}](exercises/{stem}.ipynb), {time}"


def _stated(source: NotebookNode, pattern: str, what: str, path: Path) -> str:
    opening = "\n\n".join(
        c.source for c in source.cells[:3] if c.cell_type == "markdown"
    )
    found = re.search(pattern, opening, re.MULTILINE | re.DOTALL)
    if not found:
        raise UserError(
            f"{path.name} does not say its {what} in its opening. Write it as the "
            "other lessons do."
        )
    return " ".join(found[1].split())


def result_table(root: Path) -> str:
    """Return a Markdown table: published results beside those stored in the lessons.

    Args:
        root: the checkout.
    """
    lines = [
        "| task (MNIST unless it says otherwise) | published | here | lesson |",
        "| --- | --- | --- | --- |",
    ]
    for path in find_sources(root, ["notebooks"]):
        stored = path.with_suffix(".ipynb")
        link = f"[{int(path.stem[:2])}](notebooks/{stored.name})"
        lines += [
            f"| {result['task']} | {result['published']} | {result_text(result)} "
            f"| {link} |"
            for result in stored_results(stored)
        ]
    return "\n".join(lines)


def stored_results(path: Path) -> list[dict]:
    """Return what `author_cells.report` has noted in a stored notebook, in order.

    Args:
        path: the .ipynb, which need not exist.
    """
    found = [output.get("data", {}).get(RESULT) for output in _outputs(path)]
    return [result for result in found if result]


def picture(root: Path) -> Image.Image:
    """Return some stored figures of the lessons in one picture, in two columns.

    Args:
        root: the checkout.

    Raises:
        UserError: a lesson's stored outputs lack one of the figures.
    """
    gap = PICTURE_WIDTH // 40
    width = (PICTURE_WIDTH - gap) // 2
    columns = [
        [
            _resized(_figure(_stored(root, lesson), text), width)
            for lesson, text in column
        ]
        for column in COLUMNS
    ]
    heights = [sum(f.height + gap for f in column) - gap for column in columns]
    whole = Image.new("RGB", (PICTURE_WIDTH, max(heights)), "white")
    for left, column, height in zip((0, width + gap), columns, heights, strict=True):
        top = (whole.height - height) // 2
        for figure in column:
            whole.paste(figure, (left, top))
            top += figure.height + gap
    return whole


def _resized(image: Image.Image, width: int) -> Image.Image:
    return image.resize((width, round(width * image.height / image.width)))


def _stored(root: Path, lesson: str) -> Path:
    found = sorted((root / "notebooks").glob(f"{lesson}_*.ipynb"))
    if len(found) != 1:
        raise UserError(f"README.md draws on lesson {lesson}, and it is not there.")
    return found[0]


def _outputs(path: Path) -> list:
    cells = read_notebook(path).cells if path.exists() else []
    return [output for cell in cells for output in cell.get("outputs", [])]


def _figure(path: Path, beginning: str) -> Image.Image:
    for output in _outputs(path):
        alternative = output.get("metadata", {}).get("image/png", {}).get("alt", "")
        if alternative.startswith(beginning):
            content = base64.b64decode(output["data"]["image/png"])
            return Image.open(io.BytesIO(content)).convert("RGB")
    raise UserError(
        f"{path.name} has no figure whose text alternative begins with {beginning!r}."
    )


PARTS: dict[str, Callable[[Path], str]] = {
    "lessons": lesson_table,
    "results": result_table,
}


def begin(part: str) -> str:
    """Return the line of README.md after which a part begins."""
    return f"<!-- {part}: made by `course readme` -->"


def end(part: str) -> str:
    """Return the line of README.md before which a part ends."""
    return f"<!-- end of {part} -->"


def written(root: Path) -> str:
    """Return what README.md holds once its tables are up to date.

    Args:
        root: the checkout.

    Raises:
        UserError: README.md has no place for a table.
    """
    text = (root / "README.md").read_text(encoding="utf-8")
    for part, table in PARTS.items():
        before, first, rest = text.partition(begin(part))
        _, last, after = rest.partition(end(part))
        if not (first and last):
            raise UserError(
                f"README.md needs the lines {begin(part)} and {end(part)}, in this order."
            )
        text = f"{before}{first}\n\n{table(root)}\n\n{last}{after}"
    return text


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the options of `course readme`."""
    parser.add_argument(
        "--check", action="store_true", help="change nothing; fail if it is out of date"
    )


def command(arguments: argparse.Namespace) -> int:
    """Carry out `course readme`."""
    root = find_root()
    path = root / "README.md"
    text = written(root)
    current = text == path.read_text(encoding="utf-8")
    if arguments.check:
        if not current:
            print("README.md is out of date. Run `course readme`.", file=sys.stderr)
        return 0 if current else 1
    # 256 colors take less than half the bytes; some greens come out bluish.
    picture(root).quantize(256).save(root / PICTURE, optimize=True)
    if not current:
        write_atomically(path, text)
    print("README.md is up to date." if current else "README.md has new tables.")
    return 0

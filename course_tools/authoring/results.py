"""What the stored lessons show: measured results and pictures, for README.md."""

from __future__ import annotations

import base64
import io
import re
from dataclasses import dataclass
from pathlib import Path

import nbformat
from PIL import Image

from course_tools.project import UserError

PICTURE = "notebooks/overview.png"
PICTURE_WIDTH = 1200
# The two columns of the picture: lesson and beginning of each figure's text alternative.
COLUMNS = (
    (("01", "t-SNE map"), ("03", "noisy XOR: 100%")),
    (
        ("05", "Computational graph of 9"),
        ("02", "The weights of 10 units"),
        ("05", "Growth of a gradient"),
    ),
)


@dataclass(frozen=True)
class Result:
    """A published result, and the line in which a lesson prints ours.

    Attributes:
        task: what is trained, on what.
        published: accuracy on the test images, and the time where it is given.
        lesson: its number, in two digits.
        accuracy: pattern of the line; its group is our accuracy in percent.
        seconds: the same for the seconds of training; None if it prints none.
    """

    task: str
    published: str
    lesson: str
    accuracy: str
    seconds: str | None = None


def _row(network: str) -> dict[str, str]:
    """Patterns for a row of lesson 3's table: network, theirs, ours, theirs, ours."""
    start = rf"^{re.escape(network)}\s+[\d.]+\s+"
    return {
        "accuracy": rf"{start}([\d.]+)\s",
        "seconds": rf"{start}[\d.]+\s.*\s([\d.]+)$",
    }


def _line(network: str) -> dict[str, str]:
    """Patterns for a line of lesson 8's table, which ends "56.12%, 8 epochs, 98 s"."""
    start = rf"^{re.escape(network)}\s+[\d,]+\s.*"
    return {
        "accuracy": rf"{start}\s([\d.]+)%, \d+ epochs, \d+ s$",
        "seconds": rf"{start}, (\d+) s$",
    }


RESULTS = (
    Result(
        "softmax regression", "89.97 %", "02",
        r"^test accuracy ([\d.]+)%", r"^training: ([\d.]+) s",
    ),
    Result(
        "two linear layers, no activation", "92.32 %, 45 s", "03",
        **_row("two linear layers"),
    ),
    Result("784-16-10", "94 %, 50 s", "03", **_row("784-16-10")),
    Result("784-512-512-10", "97.64 %", "03", **_row("784-512-512-10")),
    Result(
        "784-512-256-128-64-10", "97.60 %, 71 s", "03", **_row("784-512-256-128-64-10")
    ),
    Result(
        "the same on 160 training images", "77.54 %", "07",
        r"^the same, 200 epochs\s+([\d.]+) ±",
    ),
    Result(
        "784-512-512-10 with everything in lesson 7", "–", "07",
        r"^final recipe, 54,000 images: ([\d.]+)%", r"^training: ([\d.]+) s",
    ),
    Result(
        "CIFAR-10, 3072-512-256-128-64-10", "54.84 %, 243 s", "08",
        **_line("published MLP"),
    ),
    Result("the same with flips and shifts", "–", "08", **_line("augmented")),
    Result("CIFAR-10, better MLP", "–", "08", **_line("better MLP")),
    Result("CIFAR-10, small CNN", "–", "08", **_line("CNN")),
)  # fmt: skip


def result_table(root: Path) -> str:
    """Return a Markdown table: published results beside those stored in the lessons.

    Args:
        root: the checkout.

    Raises:
        UserError: a lesson's stored outputs lack the line that holds a result.
    """
    lines = [
        "| task (MNIST unless it says otherwise) | published | here | lesson |",
        "| --- | --- | --- | --- |",
    ]
    printed: dict[Path, str] = {}
    for result in RESULTS:
        path = _stored(root, result.lesson)
        if path not in printed:
            printed[path] = _printed(path)
        ours = f"{_found(printed[path], result.accuracy, path)} %"
        if result.seconds:
            ours += f", {float(_found(printed[path], result.seconds, path)):.0f} s"
        link = f"[{int(result.lesson)}](notebooks/{path.name})"
        lines.append(f"| {result.task} | {result.published} | {ours} | {link} |")
    return "\n".join(lines)


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
    notebook = nbformat.read(path, as_version=4)
    return [output for cell in notebook.cells for output in cell.get("outputs", [])]


def _printed(path: Path) -> str:
    """All text that the stored notebook shows as output."""
    texts = (
        output.get("text") or output.get("data", {}).get("text/plain", "")
        for output in _outputs(path)
    )
    return "\n".join(texts)


def _found(text: str, pattern: str, path: Path) -> str:
    found = re.findall(pattern, text, re.MULTILINE)
    if not found:
        raise UserError(
            f"{path.name} prints no line that matches {pattern!r}. Run the lesson, or "
            "mend the pattern in course_utils/results.py."
        )
    return found[-1]


def _figure(path: Path, beginning: str) -> Image.Image:
    for output in _outputs(path):
        alternative = output.get("metadata", {}).get("image/png", {}).get("alt", "")
        if alternative.startswith(beginning):
            content = base64.b64decode(output["data"]["image/png"])
            return Image.open(io.BytesIO(content)).convert("RGB")
    raise UserError(
        f"{path.name} has no figure whose text alternative begins with {beginning!r}."
    )

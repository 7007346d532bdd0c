"""Zips of feedback that Canvas and Moodle give back to the right students.

Canvas ("Upload Submissions") knows whose a file is by the numbers in the name that it
gave the file in its download, and hands it on under the student's own name for it. So
the feedback on a notebook is a notebook. Moodle ("Upload multiple feedback files in a
zip") knows it by the folder, and takes any file.
"""

import io
import json
import re
import zipfile
from html import unescape
from pathlib import PurePosixPath

from course_tools.files import write_atomically
from course_tools.grading.gradebook.folder import Folder
from course_tools.grading.submissions.choose import CANVAS, mark_of

BODY = re.compile(r"<body>(.*)</body>", re.S)
STAMP = (2026, 1, 1, 0, 0, 0)  # the same content is the same file


def write_zips(folder: Folder) -> list[str]:
    """Write feedback-canvas.zip and feedback-moodle.zip, if files came from there.

    Args:
        folder: the results, with their pages.

    Returns:
        What an instructor should know about it.

    Raises:
        OSError: a page can't be read, or a zip can't be written.
    """
    canvas, moodle = {}, {}
    for row in folder.rows.values():
        path = folder.path / "feedback" / row.feedback
        if not row.file or not path.is_file():
            continue
        place = PurePosixPath(row.file)
        page = path.read_text(encoding="utf-8")
        mark = mark_of(place)
        if mark and mark.re is CANVAS:
            canvas[place.name] = _in_kind(page, place.suffix.lower())
        elif mark:
            moodle[_in_moodle(place, mark)] = page
    told = []
    for name, pages, how in (
        ("feedback-canvas.zip", canvas, "Canvas: Upload Submissions"),
        (
            "feedback-moodle.zip",
            moodle,
            "Moodle: Upload multiple feedback files in a zip",
        ),
    ):
        if pages:
            write_atomically(folder.path / name, _zipped(pages))
            told.append(f"{name}: {len(pages)} pages for {how}")
    return told


def _in_moodle(place: PurePosixPath, mark: re.Match) -> str:
    """The page's name in the zip: in the student's folder, or with its name before it."""
    between = "_" if mark.string == place.name else "/"
    return f"{mark[0].rstrip('_')}{between}feedback.html"


def _in_kind(page: str, suffix: str) -> str:
    """A page as a file of the kind that was handed in."""
    body = BODY.search(page)[1].strip()
    if suffix == ".ipynb":
        # An empty line would end the HTML in which it stands.
        source = re.sub(r"\n(?=\n)", "\n&#8203;", body)
        cell = {
            "cell_type": "markdown", "id": "feedback", "metadata": {}, "source": source,
        }  # fmt: skip
        made = {"cells": [cell], "metadata": {}, "nbformat": 4, "nbformat_minor": 5}
        return json.dumps(made, ensure_ascii=False, indent=1)
    text = unescape(re.sub(r"<[^>]+>", "", body))
    return "".join(f"# {line}".rstrip() + "\n" for line in text.splitlines())


def _zipped(pages: dict[str, str]) -> bytes:
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w") as archive:
        for name in sorted(pages):
            content = pages[name].encode("utf-8", "replace")
            entry = zipfile.ZipInfo(name, STAMP)
            archive.writestr(entry, content, zipfile.ZIP_DEFLATED)
    return file.getvalue()

"""Codes in place of names: the same in every report, and no way back without the key."""

import base64
import csv
import hashlib
import hmac
import io
import secrets
from collections.abc import Collection
from pathlib import Path

from course_tools.files import write_atomically
from course_tools.grading.gradebook.entered import plain_cell
from course_tools.project import UserError, shown

KEY_BYTES = 32


def codes(students: Collection[str], folder: Path) -> dict[str, str]:
    """Return a code for each student, and keep whose it is in a folder of its own.

    A code is a keyed hash (HMAC-SHA-256) of the name, eight letters and digits long.
    The folder gets the key, made at the first call, and names.csv.

    Args:
        students: their names.
        folder: for `secret.key` and `names.csv`, which only its owner may read.

    Raises:
        UserError: the key there is not one.
    """
    folder.mkdir(parents=True, exist_ok=True)
    folder.chmod(0o700)
    path = folder / "secret.key"
    if not path.exists():
        write_atomically(path, secrets.token_hex(KEY_BYTES) + "\n")
    try:
        key = bytes.fromhex(path.read_text(encoding="utf-8"))
    except ValueError:
        key = b""
    if len(key) != KEY_BYTES:
        raise UserError(
            f"{shown(path)} is no key. Put the right one back, or delete it: then "
            "students get other codes."
        )
    made = {student: _code(student, key) for student in students}
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(["code", "student"])
    for student in sorted(made, key=str.casefold):
        writer.writerow([made[student], plain_cell(student)])
    write_atomically(
        folder / "names.csv", text.getvalue().encode("utf-8-sig", "replace")
    )
    return made


def _code(student: str, key: bytes) -> str:
    name = student.encode("utf-8", "replace")
    text = base64.b32encode(hmac.digest(key, name, hashlib.sha256)).decode()
    return f"{text[:4]}-{text[4:8]}"

"""Whose numbers a submission is graded with, where students have their own.

They follow from who handed it in, by the file of students, never from the notebook. A
notebook that names somebody else is graded with the numbers of the student whose
submission it is, and the row says so. Without the file, such a notebook is not graded.
"""

import json
from collections.abc import Iterable
from contextlib import suppress
from pathlib import Path

from course_tools.authoring.variants import (
    METADATA,
    Students,
    read_variants,
    seed_of,
    varied_key,
)
from course_tools.grading.submissions.collect import Handed
from course_tools.keys import Key
from course_tools.project import UserError, shown


class OwnNumbers:
    """Which numbers a student has.

    Args:
        key: what is graded.
        path: its file.
        students: those who have numbers of their own; None: nobody has.

    Raises:
        UserError: the students can't be read, or the set is the same for all.
    """

    def __init__(self, key: Key, path: Path, students: str | Path | None):
        self._key, self._variants = key, read_variants(path)
        self._students = Students(Path(students)) if students else None
        if students and not self._variants:
            raise UserError(
                f"{key.name} is the same for all students. Leave out --variants."
            )

    def key_of(
        self, handed: Handed, also: Iterable[str] = ()
    ) -> tuple[Key | None, str, str]:
        """Return the key of a student, why there is none, and a remark.

        Args:
            handed: what they have handed in.
            also: what else the roster calls them.
        """
        named = _named_in(handed.content) if self._variants else {}
        if self._students is None:
            problem = "it has numbers of its own; give --variants with the students"
            return None, problem if named else "", ""
        found = {self._students.whose(name) for name in (handed.student, *also)}
        found.discard(None)
        if len(found) != 1:
            what = "several students" if found else "no student"
            problem = f"{shown(self._students.path)} has {what} of this name"
            return None, problem, ""
        (student,) = found
        key = varied_key(self._key, self._variants, student)
        other = named and named.get("seed") != seed_of(student, self._key.name)
        remark = "its notebook has the numbers of another student"
        return key, "", remark if other else ""


def _named_in(content: bytes) -> dict:
    """What a notebook says about whose numbers it has; anybody may have changed it."""
    with suppress(ValueError, RecursionError, AttributeError, KeyError, TypeError):
        named = json.loads(content)["metadata"].get(METADATA)
        return named if isinstance(named, dict) else {}
    return {}

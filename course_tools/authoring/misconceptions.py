"""What learners believe who answer wrongly, as a file beside the keys.

Wrong answers are kept in tests/answers/, with the words that a check must say to each
and the belief behind it. What instructors need of that is written into
solutions/misconceptions.json: it never reaches students, and no test is imported by
what reads it.
"""

import html
import json
import re
import runpy
from pathlib import Path
from typing import Any

from course_tools.authoring.pairs import find_sources, read_source
from course_tools.project import UserError, shown

MISCONCEPTIONS = Path("solutions/misconceptions.json")
SECTION = re.compile(r"practices\s+\[(?P<title>[^\]]+)\]\(")
HIDDEN = " (hidden)"
# By set and exercise, what learners get wrong there.
Catalogue = dict[str, dict[str, list[dict[str, Any]]]]


def catalogue(root: Path) -> Catalogue:
    """Return what learners get wrong, by set and exercise, in the order of the course.

    Each entry has

    - `what`: the mistake in a few words;
    - `belief`: a sentence on what a learner thinks who makes it; "" if none is kept;
    - `message`: a regular expression found in what the check says (`re.search`);
    - `hidden`: whether only a check says so that learners don't see;
    - `section`: the heading of the lesson's section that the exercise practices.

    Args:
        root: the checkout.

    Raises:
        UserError: the file is missing or broken.
    """
    path = root / MISCONCEPTIONS
    try:
        return json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise UserError(
            f"{shown(path)} can't be read: {error}. Make it with `course exercises`."
        ) from None


def misconceptions_text(root: Path) -> str:
    """Return what the file holds when it is made from keys and wrong answers.

    Args:
        root: the checkout. The files in its tests/answers/ are executed: they are
            the authors' own.

    Returns:
        JSON; "" if no wrong answers are kept.
    """
    made: Catalogue = {}
    for key in find_sources(root, ["solutions"]):
        path = root / "tests" / "answers" / key.name
        if not path.exists():
            continue
        kept, sections = runpy.run_path(str(path)), _sections(key)
        beliefs = kept.get("BELIEFS", {})
        made[key.stem] = {
            name: [
                {
                    "what": what.removesuffix(HIDDEN),
                    "belief": beliefs.get(name, {}).get(what, ""),
                    "message": message,
                    "hidden": what.endswith(HIDDEN),
                    "section": sections.get(name, ""),
                }
                for what, (_, message) in mistakes.items()
            ]
            for name, mistakes in kept["WRONG"].items()
        }
    return json.dumps(made, indent=1, ensure_ascii=False) + "\n" if made else ""


def _sections(key: Path) -> dict[str, str]:
    """By exercise, the heading that its prompt links to."""
    sections, title = {}, ""
    for cell in read_source(key).cells:
        graded = cell.metadata.get("nbgrader", {})
        if graded.get("solution"):
            sections[graded["grade_id"]] = title
        elif not graded and (found := SECTION.search(cell.source)):
            title = found["title"]
    return sections


def with_code(text: str) -> str:
    """Return words of a check or a belief as HTML, what stands in backticks as code."""
    return re.sub(r"`([^`]+)`", r"<code>\1</code>", html.escape(text))

"""What learners believe who answer wrongly: kept with the tests, read by instructors."""

from __future__ import annotations

import re
import runpy
from pathlib import Path

from course_tools.authoring.pairs import find_sources, read_source

SECTION = re.compile(r"practices\s+\[(?P<title>[^\]]+)\]\(")
HIDDEN = " (hidden)"
# By set and exercise, what learners get wrong there.
Catalogue = dict[str, dict[str, list[dict[str, str]]]]


def catalogue(root: Path) -> Catalogue:
    """Return what learners get wrong, by set and exercise, in the order of the course.

    Each entry has

    - `what`: the mistake in a few words;
    - `belief`: a sentence on what a learner thinks who makes it; "" if none is kept;
    - `message`: a regular expression found in what the check says (`re.search`);
    - `section`: the heading of the lesson's section that the exercise practices.

    Args:
        root: the checkout.
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
                    "section": sections.get(name, ""),
                }
                for what, (_, message) in mistakes.items()
            ]
            for name, mistakes in kept["WRONG"].items()
        }
    return made


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

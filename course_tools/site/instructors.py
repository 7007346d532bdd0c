"""Pages for instructors alone: what learners believe, and how each lesson goes."""

import re
from pathlib import Path

from course_tools.authoring.misconceptions import Catalogue, with_code
from course_tools.authoring.pairs import read_notebook
from course_tools.desk.review import QUESTION, SECTION
from course_tools.site.extension import slug
from course_tools.site.outline import unlinked

GAP = "…"
# What an expression leaves open, in the order in which it is replaced.
OPEN = (
    (re.compile(r"\((?:\?:)?([^()|]*)\|[^()]*\)"), r"\1"),  # the first of several
    (re.compile(r"(?<!\\)\|.*"), ""),
    (re.compile(r"\\[bBAZ]"), ""),
    (re.compile(r"(?:(?<!\\)\.|\\[dDsSwW]|(?<!\\)\[(?:\\.|[^]])*\])[*+]\??"), GAP),
    (re.compile(r"\\[dDsSwW]|(?<!\\)\[(?:\\.|[^]])*\]"), GAP),
    (re.compile(r"(?<!\\)[*+?^$()]"), ""),
    (re.compile(r"\\(.)"), r"\1"),
    (re.compile(rf"\s*{GAP}(?:[\s.]*{GAP})*\s*"), f" {GAP} "),
)
HEAD = "<tr><th>who believes this</th><th>writes</th><th>and is told</th></tr>"


def in_words(pattern: str) -> str:
    """Return the words of a message that a regular expression finds, with gaps.

    Args:
        pattern: as the catalogue has it.
    """
    for expression, replacement in OPEN:
        pattern = expression.sub(replacement, pattern)
    return pattern.strip()


def misconceptions(found: Catalogue, root: Path) -> str:
    """Return the catalogue of misconceptions as Markdown, without its title.

    Args:
        found: what `catalogue` returns; an entry without a belief is left out.
        root: the checkout.
    """
    parts, count = [], 0
    for stem, exercises in found.items():
        told = {
            name: [entry for entry in entries if entry["belief"]]
            for name, entries in exercises.items()
        }
        if not any(told.values()):
            continue
        heading = read_notebook(root / "exercises" / f"{stem}.ipynb").cells[1].source
        parts.append("## " + heading.partition("\n")[0].lstrip("# "))
        for name, entries in told.items():
            if entries:
                parts += _exercise(stem, name, entries)
                count += len(entries)
    return "\n\n".join([f"Here are {count} of them, by exercise.", *parts])


def _exercise(stem: str, name: str, entries: list[dict[str, str]]) -> list[str]:
    rows = (
        (entry["belief"], entry["what"], in_words(entry["message"]))
        for entry in entries
    )
    cells = ("".join(f"<td>{with_code(cell)}</td>" for cell in row) for row in rows)
    table = "\n".join([HEAD, *(f"<tr>{row}</tr>" for row in cells)])
    section = entries[0]["section"]
    place = f"notebooks/{stem}.ipynb"
    mended = f"[{section}](<{place}#{slug(section)}>)" if section else f"[]({place})"
    return [
        f"### `{name}`",
        f"Put right in: {mended}",
        f'<table class="table">\n{table}\n</table>',
    ]


def guide(text: str, root: Path) -> str:
    """Return the guide with the lessons' closing questions in their places.

    Args:
        text: Markdown, with `{questions NN}` where those of lesson NN go.
        root: the checkout.
    """

    def questions(found: re.Match) -> str:
        (path,) = (root / "notebooks").glob(f"{found[1]}_*.ipynb")
        cells = [c for c in read_notebook(path).cells if c.cell_type == "markdown"]
        section = SECTION.search("\n\n".join(cell.source for cell in cells))
        return "\n\n".join(
            f"<details><summary>{' '.join(ask.split())}</summary>\n\n"
            f"{unlinked(answer).strip()}\n\n</details>"
            for ask, answer in QUESTION.findall(section[1])
        )

    return re.sub(r"\{questions (\d\d)\}", questions, text)

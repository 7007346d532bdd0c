"""Words on the site that no notebook has: descriptions, downloads, meanings."""

import re

from nbformat import NotebookNode

from course_tools.site.extension import slug

DESCRIPTION = (
    "A course on neural networks in ten notebooks and a project, from the pixels of a "
    "digit to a network that reads photographs: everything built by hand once, on real "
    "data, on a laptop."
)
QUESTION = re.compile(r"\*\*The question of this lesson:\*\*\s+(.+?\?)", re.S)
WORD = re.compile(r"^## ?(.+?)\n+(.+?)(?=\n\n|\Z)", re.M | re.S)


def description(notebook: NotebookNode) -> str:
    """Return what search engines and previews say of a page: its question, or title.

    Args:
        notebook: a lesson or an exercise set.
    """
    opening = "\n".join(cell.source for cell in notebook.cells[:2])
    found = QUESTION.search(opening)
    text = plain(found[1]) if found else plain(opening.partition("\n")[0].lstrip("# "))
    return text[:1].upper() + text[1:]


def plain(text: str) -> str:
    """Return Markdown as plain text on one line."""
    text = re.sub(r"\[([^]]+)\]\([^)]*\)", r"\1", text)
    return " ".join(re.sub(r"[*$`\\]", "", text).split())


def meanings(glossary: str) -> dict[str, str]:
    """Return what each word means, by its anchor, as plain text.

    Args:
        glossary: the text of glossary.md.
    """
    return {slug(word): plain(words) for word, words in WORD.findall(glossary)}


def section(text: str, title: str) -> str:
    """Return a section of a Markdown file as a page of its own, without its heading.

    Args:
        text: the file.
        title: the heading, of the second level.
    """
    _, _, rest = text.partition(f"\n## {title}\n")
    return rest.partition("\n## ")[0].strip()


def with_links_to(text: str, place: str) -> str:
    """Return Markdown in which links to files lead to `place`, with a slash at the end."""
    return re.sub(r"(?<!!)\]\((?!https?:|#)", f"]({place}", text)


def without_badges(table: str) -> str:
    """Return README's table of lessons without its last column."""
    rows = table.splitlines()
    return "\n".join(row.rsplit("|", 2)[0].rstrip() + " |" for row in rows)


def add_downloads(
    notebook: NotebookNode, own: str, everything: str, colab: str
) -> None:
    """Put the ways to run a notebook below its title.

    Args:
        notebook: is changed.
        own: address of the notebook itself.
        everything: address of all of them.
        colab: address that opens it there.
    """
    first = notebook.cells[0]
    title, _, rest = first.source.partition("\n")
    ways = (
        f'<p class="downloads"><a href="{own}" download>Download this notebook</a> · '
        f'<a href="{everything}" download>all of them</a> · <a href="{colab}">open in '
        "Colab</a></p>"
    )
    first.source = f"{title}\n\n{ways}\n{rest}"

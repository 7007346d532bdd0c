"""How long a careful reader takes for a lesson, counted and not guessed.

The rates are those at which readers who tried each thing out went through the first
edition: it took them half as long again as its authors had thought, and more.
"""

import re

from nbformat import NotebookNode

from course_tools.authoring.clean import without_author_cells

WORDS_PER_MINUTE = 100
MINUTES_PER_LINE = 10 / 60
MINUTES_PER_STOP = 2  # a figure to read, or a guess to make
PREDICTION = "checks.predict("
PICTURES = {"image/png", "image/svg+xml"}
APPENDIX = re.compile(r"^## Appendix\b", re.MULTILINE)
SECTION = re.compile(r"^#{1,2} ", re.MULTILINE)
ADDRESS = re.compile(r"\]\([^)]*\)|<[^>]*>|https?://\S+")


def minutes(notebook: NotebookNode) -> tuple[float, float]:
    """Return the minutes that a lesson takes, and those of its appendix.

    Args:
        notebook: a lesson with its outputs. What learners do not see (cells for
            authors, folded code, not its figures) is not counted. An appendix begins with a heading
            `## Appendix` and ends with the next section.

    Returns:
        Minutes of the lesson without its appendix, and of the appendix alone.
    """
    main = appendix = 0.0
    in_appendix = False
    for cell in without_author_cells(notebook).cells:
        if cell.cell_type == "markdown" and SECTION.search(cell.source):
            in_appendix = bool(APPENDIX.search(cell.source))
        taken = _words(cell) if cell.cell_type == "markdown" else _code(cell)
        if in_appendix:
            appendix += taken
        else:
            main += taken
    return main, appendix


def to_plan(counted: float) -> int:
    """Return counted minutes as lessons and README.md state them: up to the next 5."""
    return 5 * -int(-counted // 5)


def _words(cell: NotebookNode) -> float:
    words = [w for w in ADDRESS.sub(" ", cell.source).split() if re.search(r"\w", w)]
    return len(words) / WORDS_PER_MINUTE


def _code(cell: NotebookNode) -> float:
    folded = cell.metadata.get("jupyter", {}).get("source_hidden")
    lines = [] if folded else [n for n in cell.source.splitlines() if n.strip()]
    stops = cell.source.count(PREDICTION)
    stops += sum(
        bool(PICTURES & output.get("data", {}).keys())
        for output in cell.get("outputs", [])
    )
    return MINUTES_PER_LINE * len(lines) + MINUTES_PER_STOP * stops

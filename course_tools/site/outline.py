"""A lesson as slides: which of it a class looks at, and what the presenter says to it.

What is on the slides follows from the lesson's structure. Each heading opens a slide
with the first sentence below it and its first formula; each figure, table and
explorable is on a slide, with the first sentence that reads it; each prediction is
asked, and answered when the presenter goes on. All of the text is in the notes.

Three tags of cells refine this: `slide` puts a cell on a slide that the rule leaves
out (the code of a code cell, the text of another), `notes` keeps a cell for the notes,
and `skip` leaves it out altogether.
"""

import ast
import re
from collections.abc import Iterator
from dataclasses import dataclass, field

from markdown_it import MarkdownIt
from mdit_py_plugins.dollarmath import dollarmath_plugin
from nbformat import NotebookNode

from course_tools.authoring.clean import is_tagged

SENTENCE = re.compile(
    r"(?<=[.?!])(?:\*\*|[\"”)])?(?<!\b[A-Z]\.)(?<!\be\.g\.)(?<!\bi\.e\.)\s+(?=[A-Z$*`\"“(])"
)
LINK = re.compile(r"(?<!!)\[([^][]+)\]\([^)]*\)")
DETAILS = re.compile(
    r"<details><summary>(?P<ask>.+?)</summary>(?P<answer>.+?)</details>", re.S
)
FIND = "**Find out by moving"
MISTAKE = "Find the mistake"  # in code, which therefore is shown
COMPARED = re.compile(r"\b(\w+)\.compare\(")
OWN_GUESSES = "checks.predictions()"  # which nobody has made
PROGRESS = re.compile(r"^.*\d+%.*\|.*$\n?", re.M)  # bars
END = ("Appendix", "Exercises and further reading", "Where to read on")
FOUND, QUESTIONS = "What we found", "Questions to check yourself"
LARGE = ("picture", "live", "table", "question", "output", "code", "list")
TO_A_SLIDE = 3  # findings, or questions
SHORT = 7  # words of a sentence that says little alone
FEW_WORDS = 24  # of several sentences
MOST_WORDS = 45  # of a list
MOST_LINES = 9  # of printed output, or of a table
MOST_CODE = 14  # lines
MOST_CHARACTERS = 78  # of such a line

PARSER = MarkdownIt("commonmark").enable("table").use(dollarmath_plugin)


@dataclass
class Slide:
    """One slide.

    Attributes:
        title: Markdown, on one line.
        parts: what is seen at once, as pairs of kind and content: "text", "list",
            "formula" and "question" are Markdown, "output" and "code" plain text,
            "picture", "live" and "table" HTML.
        later: what appears when the presenter goes on.
        notes: what the presenter says, in Markdown.
    """

    title: str
    parts: list[tuple[str, str]] = field(default_factory=list)
    later: list[tuple[str, str]] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)

    def has(self, *kinds: str) -> bool:
        """Return whether a part of one of these kinds is seen."""
        return any(kind in kinds for kind, _ in [*self.parts, *self.later])


def slides(lesson: NotebookNode) -> list[Slide]:
    """Return the slides of a lesson.

    Args:
        lesson: as `pages.page` returns it, with outputs.
    """
    return _Outline(lesson).slides


def opening(text: str) -> str:
    """Return the first sentence of a paragraph, and more where they are short."""
    first, *others = SENTENCE.split(" ".join(text.split()))
    for sentence in others:
        longer = f"{first} {sentence}"
        if len(first.split()) >= SHORT and len(longer.split()) > FEW_WORDS:
            break
        first = longer
    return first


def blocks(text: str) -> Iterator[tuple[str, str]]:
    """Yield the blocks of Markdown: kind (of markdown-it's token) and source."""
    lines = text.split("\n")
    for token in PARSER.parse(text):
        if token.level == 0 and token.nesting >= 0:
            first, last = token.map
            source = "\n".join(lines[first:last]).strip()
            yield token.type.removesuffix("_open"), source


def unlinked(text: str) -> str:
    """Return Markdown without links, which lead away from slides."""
    return LINK.sub(r"\1", text)


class _Outline:
    """Goes through a lesson from top to bottom; `slides` is what it has made."""

    def __init__(self, lesson: NotebookNode):
        self.slides: list[Slide] = []
        self._section = ""
        self._guesses: dict[str, tuple[Slide, str]] = {}
        # Parts of a slide whose figure or answer the text reads next.
        self._reads: list[tuple[str, str]] | None = None
        self._printed = ""
        for cell in lesson.cells:
            if is_tagged(cell, "skip"):
                continue
            if cell.cell_type == "code":
                self._code(cell)
            elif not self._text(cell):
                break
        self._finish_section()

    @property
    def _now(self) -> Slide:
        return self.slides[-1]

    def _new(self) -> Slide:
        """A further slide of the same section."""
        self.slides.append(Slide(self._section))
        return self._now

    # --- text ---------------------------------------------------------------------

    def _text(self, cell: NotebookNode) -> bool:
        """Take a text cell; return False where the slides end."""
        place = 0
        for found in [*DETAILS.finditer(cell.source), None]:
            before = cell.source[place : found.start() if found else None]
            for kind, source in blocks(unlinked(before)):
                if kind == "heading":
                    title = source.lstrip("# ")
                    if title.startswith(END):
                        return False
                    self._open(title)
                elif kind != "html_block":
                    self._block(kind, source, cell)
            if found:
                self._question(found["ask"], found["answer"])
                place = found.end()
        return True

    def _open(self, title: str) -> None:
        self._finish_section()
        self._section = title
        if self.slides and not self._now.parts:
            self._now.title = title  # a heading right below another
        else:
            self._new()
        self._reads, self._printed = None, ""

    def _finish_section(self) -> None:
        """A section without a picture shows what it has printed."""
        if self._printed and not self._now.has(*LARGE) and len(self._now.parts) == 1:
            self._now.parts.append(("output", self._printed))
        self._printed = ""

    def _block(self, kind: str, source: str, cell: NotebookNode) -> None:
        reads, self._reads = self._reads, None
        slide = self._now
        if self._section == FOUND and kind == "bullet_list":
            self._findings(source)
            return
        slide.notes.append(source)
        if is_tagged(cell, "notes"):
            self._reads = reads
            return
        is_open = not slide.has(*LARGE)
        if is_tagged(cell, "slide") and kind == "paragraph":
            slide.parts.append(("text", source))
        elif kind == "paragraph":
            said = source if len(self.slides) == 1 else opening(source)
            if reads is None and not slide.parts:
                slide.parts.append(("text", said))
            elif reads is not None and _reads_something(said):
                reads.append(("text", said))
        elif kind == "math_block" and is_open and not slide.has("formula"):
            slide.parts.append(("formula", source))
        elif (
            kind.endswith("_list")
            and is_open
            and (len(source.split()) <= MOST_WORDS or len(self.slides) == 1)
        ):
            if len(self.slides) == 1:
                self._section = "After this lesson you can"
                slide = self._new()
            slide.parts.append(("list", source))

    def _findings(self, source: str) -> None:
        items = re.split(r"\n(?=- )", source)
        for first in range(0, len(items), TO_A_SLIDE):
            slide = self._new() if first else self._now
            text = "\n".join(items[first : first + TO_A_SLIDE])
            slide.parts.append(("list", text))
            slide.notes.append(text)

    def _question(self, ask: str, answer: str) -> None:
        """One of those that close the lesson, or what an explorable has shown."""
        ask, answer = " ".join(ask.split()), unlinked(answer).strip()
        slide = self._now
        if self._section == QUESTIONS:
            if len(slide.parts) == TO_A_SLIDE:
                slide = self._new()
            slide.parts.append(("question", ask))
        slide.notes.append(f"**{ask}** {answer}")

    # --- code ---------------------------------------------------------------------

    def _code(self, cell: NotebookNode) -> None:
        if not self.slides or is_tagged(cell, "notes") or OWN_GUESSES in cell.source:
            return
        to_find = (
            self._section.startswith(MISTAKE)
            and "checks." not in cell.source
            and cell.source.count("\n") < MOST_CODE
            and not self._now.has(*LARGE)
        )
        if to_find or is_tagged(cell, "slide"):
            self._room("code").parts.append(("code", cell.source))
        if "checks.predict(" in cell.source:
            self._guess(cell.source)
        printed = "".join(
            output.get("text", "")
            for output in cell.outputs
            if output.output_type == "stream"
        )
        printed = PROGRESS.sub("", printed).strip("\n")
        printed = self._answer(cell.source, printed)
        if _fits(printed):
            self._printed = printed
        for output in cell.outputs:
            html = output.get("data", {}).get("text/html", "")
            if html.startswith('<div class="live"'):
                self._show("live", html)
            elif html.startswith('<img class="figure"'):
                self._show("picture", html)
            elif html and html.count("<tr") <= MOST_LINES:
                self._show("table", html)

    def _room(self, kind: str) -> Slide:
        """The slide for something large: this one, if it has but a sentence."""
        free = len(self._now.parts) <= 1 and not self._now.has(*LARGE)
        return self._now if free else self._new()

    def _show(self, kind: str, html: str) -> None:
        slide = self._room(kind)
        if kind == "live":
            slide.parts.clear()  # it has words of its own
        slide.parts.append((kind, html))
        self._reads = None if kind == "live" else slide.parts

    def _guess(self, source: str) -> None:
        for node in ast.walk(ast.parse(source)):
            match node:
                case ast.Assign(
                    targets=[ast.Name(name)],
                    value=ast.Call(args=[_, ast.Constant(ask)], keywords=options),
                ):
                    slide = self._room("question")
                    slide.parts.append(("question", ask))
                    for option in options:
                        if option.arg == "choices" and (
                            known := _choices(option.value)
                        ):
                            slide.parts.append(("text", known))
                    self._guesses[name] = slide, ask

    def _answer(self, source: str, printed: str) -> str:
        """Give guesses their answers; return what else was printed."""
        for name in COMPARED.findall(source):
            slide, ask = self._guesses.get(name, (None, ""))
            found = re.search(rf"^{re.escape(ask)} (.+)$\n?", printed, re.M)
            if slide is None or found is None:
                continue
            slide.later.append(("answer", found[1]))
            slide.notes.append(f"**Answer:** {found[1]}")
            self._reads = slide.later
            printed = printed.replace(found[0], "").strip("\n")
            if _fits(printed):
                slide.later.append(("output", printed))
                printed = ""
        return printed


def _reads_something(said: str) -> bool:
    """Whether a sentence may be about what stands above it."""
    return len(said.split()) > 3 and not said.endswith(":") and FIND not in said


def _fits(printed: str) -> bool:
    lines = printed.splitlines()
    return 0 < len(lines) <= MOST_LINES and max(map(len, lines)) <= MOST_CHARACTERS


def _choices(value: ast.expr) -> str:
    """The choices of a guess, as far as the source tells them."""
    known = [
        node.value
        for node in getattr(value, "elts", [])
        if isinstance(node, ast.Constant)
    ]
    complete = len(known) == len(getattr(value, "elts", []))
    return " · ".join(map(str, known)) if complete else ""

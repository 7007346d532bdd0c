"""`course slides`: lessons as slides with presenter's notes, in build/slides."""

import argparse
import html
import importlib.util
import shutil
from collections.abc import Sequence
from pathlib import Path

import jinja2
from markdown_it import MarkdownIt
from mdit_py_plugins.dollarmath import dollarmath_plugin

from course_tools.authoring.execute import find_lesson
from course_tools.authoring.pairs import find_sources, read_notebook
from course_tools.files import write_atomically
from course_tools.project import UserError, find_root, shown
from course_tools.site import build, outline, pages
from course_tools.site.extension import rendered
from course_utils.progress import track

HERE = Path(__file__).parent
TARGET = "build/slides"
REVEAL = "sphinx_revealjs"  # the package that brings reveal.js
PARTS_OF_REVEAL = (
    "LICENSE", "dist/reveal.css", "dist/reveal.esm.js", "plugin/notes/notes.esm.js",
)  # fmt: skip
PLAIN = ("output", "code")
ON_A_LINE = ("question", "answer")  # "3." would become a list
READY = ("picture", "live", "table")
MARK = "\x00{}\x00"  # where a formula will stand


class _Writer:
    """Makes HTML of Markdown; formulas are rendered all at once, at the end."""

    def __init__(self):
        self.formulas: list[tuple[str, bool]] = []
        self.parser = MarkdownIt("commonmark").enable("table")
        self.parser.use(dollarmath_plugin, renderer=self._formula)

    def _formula(self, source: str, options: dict) -> str:
        self.formulas.append((source, options["display_mode"]))
        return MARK.format(len(self.formulas) - 1)

    def part(self, kind: str, content: str) -> tuple[str, str]:
        """A part of a slide as the template takes it."""
        if kind in PLAIN:
            return kind, f"<pre>{html.escape(content)}</pre>"
        if kind in ON_A_LINE:
            return kind, self.parser.renderInline(content)
        return kind, content if kind in READY else self.parser.render(content)

    def slide(self, slide: outline.Slide) -> dict:
        """A slide as the template takes it."""
        return {
            "title": self.parser.renderInline(slide.title),
            "parts": [self.part(*part) for part in slide.parts],
            "later": [self.part(*part) for part in slide.later],
            "notes": self.parser.render("\n\n".join(slide.notes)),
        }

    def finished(self, text: str) -> str:
        """Put the formulas in."""
        for number, formula in enumerate(rendered(self.formulas)):
            text = text.replace(MARK.format(number), formula)
        return text


def write(root: Path, stems: Sequence[str], target: Path) -> dict[str, int]:
    """Write lessons as slides, with all that they need.

    Args:
        root: the checkout.
        stems: names of lessons without ending.
        target: the folder; what was in it is replaced.

    Returns:
        How many slides each has.

    Raises:
        UserError: reveal.js, node or KaTeX is not installed, or a lesson was never run.
    """
    package = importlib.util.find_spec(REVEAL)
    if package is None:
        raise UserError("slides need reveal.js: `pip install sphinx-revealjs`.")
    shutil.rmtree(target, ignore_errors=True)
    figures = target / pages.FIGURES
    figures.mkdir(parents=True)
    static = target / "_static"
    shutil.copytree(HERE / "static" / "katex", static / "katex")
    shutil.copytree(HERE / "presenter", static / "presenter")
    shutil.copy(HERE / "static" / "icon.svg", static)
    for folder in ("reveal", "widgets"):
        (static / folder).mkdir()
    for module in (root / "course_utils" / "widgets").glob("*.js"):
        shutil.copy(module, static / "widgets")
    for name in PARTS_OF_REVEAL:
        source = Path(package.origin).parent / "_static" / "revealjs" / name
        shutil.copy(source, static / "reveal")
    # Explorables have controls of their own, which these rules would hide.
    style = static / "reveal" / "reveal.css"
    rules = style.read_text(encoding="utf-8")
    style.write_text(rules.replace(".controls", ".reveal-controls"), encoding="utf-8")
    loader = jinja2.FileSystemLoader(HERE / "presenter")
    templates = jinja2.Environment(loader=loader, trim_blocks=True)
    (target / "lessons").mkdir()
    made = []
    for stem in track(stems, "slides"):
        stored = root / "notebooks" / f"{stem}.ipynb"
        if not stored.exists():
            raise UserError(f"{shown(stored)} is missing. Run `course pairs`.")
        slides = outline.slides(pages.page(read_notebook(stored), stem, figures))
        writer = _Writer()
        title = slides[0].title
        text = templates.get_template("lesson.html").render(
            title=title, slides=[writer.slide(slide) for slide in slides]
        )
        write_atomically(target / "lessons" / f"{stem}.html", writer.finished(text))
        made.append((stem, title, len(slides)))
    contents = templates.get_template("index.html").render(lessons=made)
    write_atomically(target / "index.html", contents)
    return {stem: count for stem, _, count in made}


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the options of `course slides`."""
    parser.add_argument("lessons", nargs="*", metavar="LESSON", help='"3" or "mlp"')
    parser.add_argument("--all", action="store_true", help="every lesson")
    parser.add_argument(
        "--open", action="store_true", help="open them in a browser when they are made"
    )


def command(arguments: argparse.Namespace) -> int:
    """Carry out `course slides`."""
    root = find_root()
    stems = [path.stem for path in find_sources(root, ["notebooks"])]
    if bool(arguments.lessons) == arguments.all:
        raise UserError("say which lessons, as in `course slides 03`, or --all.")
    wanted = [find_lesson(name, root).stem for name in arguments.lessons] or stems
    target = root / TARGET
    for stem, count in write(root, wanted, target).items():
        print(f"{shown(target / 'lessons' / f'{stem}.html')}: {count} slides")
    if arguments.open:
        first = f"lessons/{wanted[0]}.html"
        build.serve(target, first if len(wanted) == 1 else "")
    return 0

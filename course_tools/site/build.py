"""`course site`: the course as pages on the web, in build/site."""

import argparse
import functools
import http.server
import json
import re
import shutil
import tempfile
import webbrowser
import zipfile
from pathlib import Path
from urllib.parse import urlsplit

from course_tools.authoring import colab, readme
from course_tools.authoring.misconceptions import catalogue
from course_tools.authoring.pairs import find_sources, notebook_text, read_notebook
from course_tools.desk import delivery
from course_tools.files import write_atomically
from course_tools.project import UserError, branch, find_root, repository, shown
from course_tools.site import instructors, texts
from course_tools.site.pages import FIGURES, digit_pad, page

HERE = Path(__file__).parent
TARGET = "build/site"
DOWNLOADS = "downloads"
ZIP = "my-course.zip"
FOR_INSTRUCTORS = ("guide.md", "misconceptions.md")
TEACHING = "Teaching with it"  # a section of README
# Of tests/benchmarks, with what the pages hold.
REPORTS = {
    "report.md": "Speed and memory of the course's training loop beside nine others.",
    "report.png": "",
    "seeds.md": "What the final networks of lessons 9 and 10 reach from several seeds.",
}
# The theme's icons have 1.6 MB; `site.css` has the few that are used.
ICONS = re.compile(r"<(script|link)\b[^>]*fontawesome[^>]*>(</script>)?")


# Tables scroll on a phone, so keys must reach them; an empty corner heads nothing.
TABLE = re.compile(r"<table(?! tabindex)")
EMPTY_HEAD = re.compile(r"<th\b[^>]*>\s*(?:<p></p>)?\s*</th>")
# On a phone a figure scrolls as well.
FIGURE = re.compile(r'(<div class="output text_html)(">\s*<img class="figure")')
# A number stays with its unit, and both ends of a range together.
CELL = re.compile(r"(?<=<td>)<p>[^<]+(?=</p></td>)")
TOGETHER = re.compile(r"(?<=[\d≤≥]) (?=to \d|[\d%]|(?:s|ms|MB|GB)\b)|(?<=\d to) (?=\d)")
SIDEBAR = '<div id="pst-primary-sidebar"'


def address(root: Path) -> str:
    """Return where the site is published, with a slash at the end.

    Args:
        root: the checkout.
    """
    owner, _, name = repository(root).partition("/")
    return f"https://{owner.lower()}.github.io/{name}/"


def prepare(root: Path, source: Path) -> None:
    """Write all that Sphinx reads.

    Args:
        root: the checkout.
        source: an empty folder.
    """
    figures = source / FIGURES
    figures.mkdir(parents=True)
    static = source / "_static"
    shutil.copytree(HERE / "static", static, dirs_exist_ok=True)
    widgets = static / "widgets"
    widgets.mkdir()
    for module in (root / "course_utils" / "widgets").glob("*.js"):
        shutil.copy(module, widgets)
    shutil.copy(HERE / "conf.py", source)
    descriptions = {"index": texts.DESCRIPTION}
    for path in find_sources(root, ["notebooks", "exercises"]):
        stored = path.with_suffix(".ipynb")
        if not stored.exists():
            continue
        place = f"{path.parent.name}/{stored.name}"
        name = delivery.name_of(stored)
        notebook = page(read_notebook(stored), path.stem, figures)
        descriptions[place.removesuffix(".ipynb")] = texts.description(notebook)
        texts.add_downloads(
            notebook, f"../{DOWNLOADS}/{name}", f"../{DOWNLOADS}/{ZIP}",
            colab.address(repository(root), place, branch(root)),
        )  # fmt: skip
        (source / path.parent.name).mkdir(exist_ok=True)
        (source / place).write_text(notebook_text(notebook), encoding="utf-8")
    glossary = root / "notebooks" / "glossary.md"
    shutil.copy(glossary, source / "notebooks")
    shutil.copy(glossary.with_name("data_cards.md"), source / "notebooks")
    words = texts.meanings(glossary.read_text(encoding="utf-8"))
    (static / "glossary.json").write_text(
        json.dumps(words, ensure_ascii=False), encoding="utf-8"
    )
    descriptions["notebooks/data_cards"] = "What each data set is, and what it is not."
    descriptions["notebooks/glossary"] = f"{len(words)} words, one paragraph each."
    files = f"https://github.com/{repository(root)}/blob/main/"
    teaching = texts.section((root / "README.md").read_text("utf-8"), TEACHING)
    teaching = texts.with_links_to(teaching, files)
    descriptions["teaching"] = "Hand out, grade, give back, report: one command each."
    descriptions["guide"] = "How each lesson goes in 90 minutes, and what to expect."
    descriptions["misconceptions"] = "What learners believe who answer wrongly."
    beliefs = instructors.misconceptions(catalogue(root), root)
    (source / "benchmarks").mkdir()
    for name, description in REPORTS.items():
        report = root / "tests" / "benchmarks" / name
        if report.exists():
            shutil.copy(report, source / "benchmarks")
            if description:
                descriptions[f"benchmarks/{report.stem}"] = description
    for path in (HERE / "pages").glob("*.md"):
        text = path.read_text(encoding="utf-8")
        text = text.replace(
            "{lessons}", texts.without_badges(readme.lesson_table(root))
        )
        text = text.replace("{results}", readme.result_table(root))
        text = text.replace("{repository}", repository(root))
        text = text.replace("{teaching}", teaching)
        text = text.replace("{misconceptions}", beliefs)
        text = instructors.guide(text, root)
        text = text.replace("{digit_pad}", digit_pad(root))
        (source / path.name).write_text(text, encoding="utf-8")
    settings = {"address": address(root), "descriptions": descriptions}
    (source / "settings.json").write_text(json.dumps(settings), encoding="utf-8")


def sphinx(root: Path, target: Path, builder: str = "html") -> None:
    """Have Sphinx make pages; warnings are mistakes.

    Args:
        root: the checkout.
        target: a folder that does not exist.
        builder: "html", or "singlehtml" for one page.

    Raises:
        UserError: Sphinx is not installed, or could not make them.
    """
    try:
        from sphinx.cmd.build import build_main
    except ModuleNotFoundError:
        raise UserError(
            'Sphinx is not installed. Install it with `pip install -e ".[site]"`.'
        ) from None
    with tempfile.TemporaryDirectory() as folder:
        source = Path(folder)
        prepare(root, source)
        words = ["-q", "-W", "--keep-going", "-b", builder, str(source), str(target)]
        if builder != "html":
            # What is printed is for learners.
            words += ["-D", f"exclude_patterns={','.join(FOR_INSTRUCTORS)}"]
            words += ["-D", "suppress_warnings=toc"]
        if build_main(words):
            raise UserError("the site could not be built; what is above says why.")


def build(root: Path, target: Path) -> list[Path]:
    """Build the site.

    Args:
        root: the checkout.
        target: the folder for it; what was in it is replaced.

    Returns:
        The pages.

    Raises:
        UserError: Sphinx is not installed, or could not build it.
    """
    with tempfile.TemporaryDirectory() as folder:
        made = Path(folder) / "site"
        sphinx(root, made)
        _finish(root, made)
        shutil.rmtree(target, ignore_errors=True)
        target.parent.mkdir(parents=True, exist_ok=True)
        shutil.move(made, target)
    return sorted(target.rglob("*.html"))


def _finish(root: Path, site: Path) -> None:
    """Write what Sphinx does not: downloads, a map for search engines."""
    home = address(root)
    for folder in (".doctrees", "_sources"):
        shutil.rmtree(site / folder, ignore_errors=True)
    for part in (site / "_static").rglob("*webpack-macros.html"):
        part.unlink()  # pieces of the theme's templates, no pages
    pages = []
    for path in sorted(site.rglob("*.html")):
        text = ICONS.sub("", path.read_text(encoding="utf-8"))
        text = EMPTY_HEAD.sub("<td></td>", TABLE.sub('<table tabindex="0"', text))
        text = FIGURE.sub(r'\1 wide" tabindex="0\2', text)
        text = CELL.sub(lambda cell: TOGETHER.sub("\N{NO-BREAK SPACE}", cell[0]), text)
        text = text.replace(SIDEBAR, f'{SIDEBAR} role="region" aria-label="The course"')
        if path.name == "404.html":
            # Shown at whatever address was not found.
            text = text.replace(
                "<head>", f'<head><base href="{urlsplit(home).path}">', 1
            )
        else:
            pages.append(f"{home}{path.relative_to(site).as_posix()}")
        path.write_text(text, encoding="utf-8")
    entries = "".join(f"<url><loc>{page}</loc></url>\n" for page in pages)
    space = "http://www.sitemaps.org/schemas/sitemap/0.9"
    write_atomically(
        site / "sitemap.xml",
        f'<?xml version="1.0" encoding="UTF-8"?>\n<urlset xmlns="{space}">\n{entries}'
        "</urlset>\n",
    )
    write_atomically(site / "robots.txt", f"Sitemap: {home}sitemap.xml\n")
    shutil.copy(root / "notebooks" / "overview.png", site / "_static")
    (site / DOWNLOADS).mkdir()
    with zipfile.ZipFile(site / DOWNLOADS / ZIP, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, text in delivery.contents(root).items():
            archive.writestr(f"{delivery.FOLDER}/{name}", text)
            if name.endswith(".ipynb"):
                write_atomically(site / DOWNLOADS / name, text)


def serve(site: Path, page: str = "") -> None:
    """Show the site in a browser until Ctrl-C.

    Args:
        site: the folder.
        page: which of its pages to open; "" for the first.
    """
    handler = functools.partial(Quiet, directory=str(site))
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        place = f"http://127.0.0.1:{server.server_port}/{page}"
        print(f"This is shown at {place} until you press Ctrl-C here.", flush=True)
        webbrowser.open(place)
        server.serve_forever()


class Quiet(http.server.SimpleHTTPRequestHandler):
    """Serves a folder without a word about each request."""

    def log_message(self, *_: object) -> None:
        """Say nothing."""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the options of `course site`."""
    parser.add_argument(
        "--show", action="store_true", help="open it in a browser when it is built"
    )


def command(arguments: argparse.Namespace) -> int:
    """Carry out `course site`."""
    root = find_root()
    site = root / TARGET
    pages = build(root, site)
    print(f"{len(pages)} pages in {shown(site)}.")
    if arguments.show:
        serve(site)
    return 0

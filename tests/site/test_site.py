"""The course's pages on the web: links, weight, and how they behave in Chromium."""

import gzip
import importlib.resources
import json
import re
import sys
import threading
import zipfile
from http.server import ThreadingHTTPServer
from itertools import pairwise
from pathlib import Path
from urllib.parse import unquote, urljoin, urlsplit

import nbformat
import pytest
from bs4 import BeautifulSoup

sys.path.insert(0, str(Path(__file__).parents[1]))  # for browser.py

pytest.importorskip("sphinx", reason="Sphinx is not installed")

from course_tools.project import UserError
from course_tools.site import build, extension, pages, texts

ROOT = Path(__file__).parents[2]
LESSONS = sorted(path.stem for path in (ROOT / "notebooks").glob("[0-9]*.ipynb"))
SETS = sorted(path.stem for path in (ROOT / "exercises").glob("[0-9]*.ipynb"))
PAGES = [
    "index.html", "404.html", "search.html", "notebooks/glossary.html",
    "notebooks/data_cards.html", "teaching.html", "guide.html", "misconceptions.html",
    "benchmarks/report.html",
    *(f"notebooks/{name}.html" for name in LESSONS),
    *(f"exercises/{name}.html" for name in SETS),
]  # fmt: skip
PACKED = (".html", ".css", ".js", ".svg", ".json")  # what every server packs


@pytest.fixture(scope="module")
def site(tmp_path_factory):
    # In a folder as where it is published: "page not found" has addresses from the top.
    name = urlsplit(build.address(ROOT)).path.strip("/")
    folder = tmp_path_factory.mktemp("site") / name
    build.build(ROOT, folder)
    return folder


@pytest.fixture(scope="module")
def soups(site):
    return {
        path.relative_to(site).as_posix(): BeautifulSoup(
            path.read_text(encoding="utf-8"), "html.parser"
        )
        for path in site.rglob("*.html")
    }


def test_every_lesson_and_set_has_a_page(soups):
    assert set(PAGES) <= soups.keys()


def test_every_link_and_anchor_leads_somewhere(site, soups):
    anchors = {
        place: {tag["id"] for tag in soup.find_all(id=True)}
        for place, soup in soups.items()
    }
    lost = []
    for place, soup in soups.items():
        for link in soup.find_all("a", href=True):
            href = link["href"]
            if urlsplit(href).scheme or place == "404.html":
                continue
            target, _, anchor = urljoin(f"/{place}", href).lstrip("/").partition("#")
            file = unquote(target)
            if not (site / file).is_file() or (
                anchor and file in anchors and unquote(anchor) not in anchors[file]
            ):
                lost.append((place, href))
    assert lost == []


def test_nothing_is_fetched_from_another_host(soups):
    tags = {"script": "src", "img": "src", "link": "href", "source": "src"}
    others = [
        (place, tag[attribute])
        for place, soup in soups.items()
        for name, attribute in tags.items()
        for tag in soup.find_all(name, attrs={attribute: True})
        if urlsplit(tag[attribute]).netloc and tag.get("rel") != ["canonical"]
    ]
    assert others == []


def weight(site, place, soup):
    """Bytes of a page and all that it names, packed as servers do."""
    names = {tag["src"] for tag in soup.find_all(["script", "img"], src=True)}
    names |= {tag["href"] for tag in soup.find_all("link", rel="stylesheet")}
    files = {site / place}
    for name in names:
        if not name.startswith("data:"):
            files.add(
                site / unquote(urlsplit(urljoin(f"/{place}", name)).path.lstrip("/"))
            )
    total = 0
    for file in files:
        content = file.read_bytes()
        total += len(gzip.compress(content) if file.suffix in PACKED else content)
    return total


@pytest.mark.parametrize("place", PAGES)
def test_a_page_is_light(site, soups, place):
    limit = 400_000 if place == "index.html" else 1_500_000
    assert weight(site, place, soups[place]) < limit


def test_pages_say_what_they_are(soups):
    for place in PAGES[3:]:
        soup = soups[place]
        (said,) = soup.find_all("meta", attrs={"name": "description"})
        assert len(said["content"]) > 10, place
        assert soup.find("meta", property="og:title")["content"], place


@pytest.mark.parametrize("name", LESSONS)
def test_a_lesson_has_its_figures_with_alternatives_and_no_set_up(site, soups, name):
    soup = soups[f"notebooks/{name}.html"]
    stored = nbformat.read(ROOT / "notebooks" / f"{name}.ipynb", 4)
    images = soup.select("article img.figure")
    wanted = sum(
        "image/png" in output.get("data", {})
        for cell in stored.cells
        if "author" not in cell.metadata.get("tags", [])
        for output in cell.get("outputs", [])
    )
    assert len(images) == wanted > 0
    for image in images:
        assert len(image["alt"]) > 10
        file = urljoin(f"/notebooks/{name}.html", image["src"]).lstrip("/")
        assert (site / file).stat().st_size > 1000
    assert "google.colab" not in soup.get_text()


@pytest.mark.parametrize("place", PAGES)
def test_a_page_can_be_read_aloud(soups, place):
    soup = soups[place]
    assert soup.html["lang"] == "en"
    article = soup.find("article") or soup.find("main")
    headings = article.find_all(re.compile("^h[1-6]$"))
    levels = [int(heading.name[1]) for heading in headings]
    assert levels.count(1) == 1 and levels[0] == 1
    assert all(after <= before + 1 for before, after in pairwise(levels))
    assert all(heading.get_text().strip("# ") for heading in headings)
    for table in article.find_all("table"):
        assert table.find("tr").find_all("th"), table.get_text(" ")[:200]
    for link in article.find_all("a", href=True):
        named = link.get_text().strip() or link.find("img", alt=True)
        assert named or link.get("aria-label"), link


def test_outputs_that_answer_a_guess_are_folded():
    cell = nbformat.v4.new_code_cell("guess.compare(3)")
    other = nbformat.v4.new_code_cell("print(3)")
    folded = nbformat.v4.new_code_cell("import os")
    folded.metadata["jupyter"] = {"source_hidden": True}
    notebook = nbformat.v4.new_notebook(cells=[cell, other, folded])
    shown = pages.page(notebook, "name", Path())
    assert [c.metadata.tags for c in shown.cells] == [
        ["hide-output"],
        [],
        ["hide-input"],
    ]


def test_downloads_are_what_lies_on_the_desk(site):
    files = {path.name for path in (site / "downloads").iterdir()}
    assert len(files) == len(LESSONS) + len(SETS) + 1
    with zipfile.ZipFile(site / "downloads" / build.ZIP) as archive:
        names = archive.namelist()
    assert {n.removeprefix("my-course/") for n in names} >= files - {build.ZIP}


def test_search_engines_get_a_map(site):
    pages_named = re.findall("<loc>(.+?)</loc>", (site / "sitemap.xml").read_text())
    home = build.address(ROOT)
    assert home == "https://neural-notebooks.github.io/course/"
    assert {f"{home}{place}" for place in PAGES if place != "404.html"} <= set(
        pages_named
    )


@pytest.mark.parametrize(
    ("title", "anchor"),
    [
        ("From two classes to k", "From-two-classes-to-k"),
        ("What's left?", "What's-left?"),
        ('Find: "no gradient"', 'Find:-"no-gradient"'),
    ],
)
def test_anchors_are_jupyterlabs(title, anchor):
    assert extension.slug(title) == anchor


def test_a_formula_becomes_markup_and_a_wrong_one_is_named():
    (shown,) = extension.rendered([(r"\frac{1}{2}", False)])
    assert "katex" in shown and "mfrac" in shown
    with pytest.raises(UserError, match="undefined"):
        extension.rendered([(r"\undefined", True)])


def test_a_word_is_explained_in_plain_text():
    glossary = "# Glossary\n\nIntro.\n\n## two words\n\nA *thing* like [that](#that),\nof $n$.\n\nIntroduced in\n"
    assert texts.meanings(glossary) == {"two-words": "A thing like that, of n."}


def test_a_wide_figure_scrolls_on_a_phone_and_keys_reach_it(soups):
    figures = [f for s in soups.values() for f in s.select(".cell_output img.figure")]
    still = [figure for figure in figures if not figure.find_parent(class_="live")]
    assert len(still) > 50
    for figure in still:
        assert "wide" in figure.parent["class"] and figure.parent["tabindex"] == "0"


def test_a_number_stays_with_its_unit_and_a_range_on_one_line(soups):
    cells = [td.get_text() for td in soups["index.html"].find_all("td")]
    assert any("\N{NO-BREAK SPACE}to\N{NO-BREAK SPACE}" in cell for cell in cells)
    assert not any(re.search(r"\d (%|s\b|to \d)", cell) for cell in cells)


def test_code_in_the_misconceptions_is_code(soups):
    page = soups["misconceptions.html"].article
    assert page.select("td code") and "`" not in page.get_text()


# In Chromium.


@pytest.fixture(scope="module")
def browser():
    pytest.importorskip("playwright", reason="playwright is not installed")
    from browser import Browser, chromium

    chromium()
    browser = Browser()
    yield browser
    browser.close()


@pytest.fixture(scope="module")
def home(site):
    def handler(*arguments):
        return build.Quiet(*arguments, directory=str(site.parent))

    with ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}/{site.name}/"
        server.shutdown()


@pytest.fixture
def opened(browser, home):
    """Open a page; at the end, it must have said no error and asked no other host."""
    faults, opened_pages = [], []

    def open_page(place, width, dark=False):
        page = browser.open("about:blank", width=width)
        opened_pages.append(page)
        page.emulate_media(color_scheme="dark" if dark else "light")
        page.on("pageerror", lambda error: faults.append(str(error)))
        page.on("console", lambda m: m.type == "error" and faults.append(m.text))
        page.on(
            "request",
            lambda r: (
                r.url.startswith((home, "data:", "about:")) or faults.append(r.url)
            ),
        )
        page.goto(home + place)
        page.wait_for_load_state("networkidle")
        return page

    yield open_page
    for page in opened_pages:
        page.close()
    assert faults == []


AXE = (importlib.resources.files("axe_playwright_python") / "axe.min.js").read_text(
    encoding="utf-8"
)


# One page of each kind: what is dark, or wide, is the same on all.
KINDS = (
    "index.html", "404.html", "search.html", "notebooks/glossary.html",
    f"notebooks/{LESSONS[0]}.html", f"exercises/{SETS[0]}.html",
)  # fmt: skip
LIGHT = [(place, False) for place in PAGES]
DARK = [(place, True) for place in KINDS]


@pytest.mark.parametrize(("place", "dark"), [*LIGHT, *DARK])
def test_a_page_is_accessible_and_fits_a_phone(opened, place, dark):
    page = opened(place, 390, dark)
    page.add_script_tag(content=AXE)
    found = []
    for width in (390, 1300):
        page.set_viewport_size({"width": width, "height": 900})
        assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
        if width > 390 and (dark or place not in KINDS):
            continue
        result = page.evaluate(
            "kind => axe.run(document, {resultTypes: ['violations'], preload: false,"
            # It does not read the MathML of formulas; the next test does. Colors are
            # four fifths of its work, and come from one style sheet.
            " rules: {'empty-table-header': {enabled: false},"
            " 'color-contrast': {enabled: kind},"
            " 'link-in-text-block': {enabled: kind}}})",
            place in KINDS,
        )
        found += [
            f"{violation['id']} at {width}: {node['html'][:200]}"
            for violation in result["violations"]
            for node in violation["nodes"]
        ]
    assert found == []


def test_no_column_has_an_empty_heading(soups):
    empty = [
        (place, str(head))
        for place, soup in soups.items()
        for head in soup.find_all("th")
        if not head.get_text(strip=True)
    ]
    assert empty == []


@pytest.mark.parametrize("width", [390, 1300])
def test_three_explorables_run_on_the_first_page(opened, width):
    page = opened("index.html", width)
    names = page.eval_on_selector_all(
        "[data-explorable]",
        "all => all.map(el => JSON.parse(el.dataset.explorable).name)",
    )
    assert names == ["playground", "digit_pad", "descent"]
    playground = page.locator("[data-explorable]").first
    before = playground.inner_text()
    playground.get_by_role("button", name="Step").click()
    page.wait_for_timeout(300)
    assert playground.inner_text() != before
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")


def test_a_word_is_explained_on_focus_and_on_hover(opened):
    page = opened(f"notebooks/{LESSONS[0]}.html", 1300)
    link = page.locator("article a[href*='glossary.html#']").first
    link.scroll_into_view_if_needed()
    link.focus()
    box = page.get_by_role("tooltip")
    box.wait_for()
    assert len(box.inner_text()) > 30
    page.keyboard.press("Escape")
    assert box.count() == 0
    link.hover()
    box.wait_for()
    page.mouse.move(0, 0)


def test_an_explorable_in_a_lesson_comes_alive(opened, soups):
    place = next(
        place for place in PAGES if place.startswith("notebooks/")
        and soups[place].select("[data-explorable]")
    )  # fmt: skip
    page = opened(place, 390)
    live = page.locator("[data-explorable]").first
    live.scroll_into_view_if_needed()
    live.get_by_role("button", name="Reset").wait_for()


def test_the_search_finds_a_word(opened):
    page = opened("search.html?q=perplexity", 1300)
    page.locator("#search-results li a").first.wait_for(timeout=20_000)


def test_the_meanings_are_in_the_site(site):
    words = json.loads((site / "_static/glossary.json").read_text(encoding="utf-8"))
    assert len(words) > 100 and all(len(text) > 20 for text in words.values())


def test_on_paper_what_is_folded_is_open(opened):
    page = opened(f"notebooks/{LESSONS[1]}.html", 1300)
    closed = "document.querySelectorAll('article details:not([open])').length"
    before = page.evaluate(closed)
    assert before > 0
    page.evaluate("dispatchEvent(new Event('beforeprint'))")
    assert page.evaluate(closed) == 0
    page.evaluate("dispatchEvent(new Event('afterprint'))")
    assert page.evaluate(closed) == before

"""Lessons as slides, and the pages that go with them for instructors."""

import re
import sys
import threading
from http.server import ThreadingHTTPServer
from itertools import takewhile
from pathlib import Path

import pytest
from nbformat.v4 import (
    new_code_cell,
    new_markdown_cell,
    new_notebook,
    new_output,
)

pytest.importorskip("sphinx", reason="Sphinx is not installed")
sys.path.insert(0, str(Path(__file__).parents[1]))  # for browser.py

from course_tools.__main__ import main
from course_tools.authoring.misconceptions import catalogue
from course_tools.authoring.pairs import read_notebook
from course_tools.site import build, instructors, outline, pages, slides

ROOT = Path(__file__).parents[2]
LESSONS = sorted(path.stem for path in (ROOT / "notebooks").glob("[0-9]*.ipynb"))[:10]


@pytest.fixture(scope="module")
def lessons(tmp_path_factory):
    """Each lesson as the site shows it, and its slides."""
    figures = tmp_path_factory.mktemp("figures")
    shown = {
        name: pages.page(
            read_notebook(ROOT / "notebooks" / f"{name}.ipynb"), name, figures
        )
        for name in LESSONS
    }
    return {name: (page, outline.slides(page)) for name, page in shown.items()}


def without_appendix(page):
    return list(takewhile(lambda c: "## Appendix" not in c.source, page.cells))


@pytest.mark.parametrize("name", LESSONS)
def test_a_lesson_has_25_to_40_slides(lessons, name):
    made = lessons[name][1]
    assert 25 <= len(made) <= 40
    assert all(slide.title and slide.parts and slide.notes for slide in made)


@pytest.mark.parametrize("name", LESSONS)
def test_every_figure_and_explorable_is_on_one_slide(lessons, name):
    page, made = lessons[name]
    text = "".join(
        output.get("data", {}).get("text/html", "")
        for cell in without_appendix(page)
        for output in cell.get("outputs", [])
    )
    found = "".join(
        content
        for slide in made
        for kind, content in slide.parts
        if kind in slides.READY
    )
    for element in ('<img class="figure"', '<div class="live"'):
        assert found.count(element) == text.count(element)


@pytest.mark.parametrize("name", LESSONS)
def test_every_prediction_is_asked_before_it_is_answered(lessons, name):
    page, made = lessons[name]
    asked = sum(cell.source.count("checks.predict(") for cell in without_appendix(page))
    guesses = [s for s in made if any(kind == "answer" for kind, _ in s.later)]
    assert len(guesses) == asked > 0
    assert all(any(kind == "question" for kind, _ in s.parts) for s in guesses)
    for slide in guesses:
        (answer,) = (content for kind, content in slide.later if kind == "answer")
        assert f"**Answer:** {answer}" in slide.notes
        assert answer not in [content for _, content in slide.parts]


def lesson(*cells):
    top = new_markdown_cell("# 1. Title\n\nThe question?")
    return new_notebook(cells=[top, *cells])


def test_what_is_on_a_slide_follows_from_the_lesson():
    picture = new_output("display_data", {"text/html": '<img class="figure" alt="">'})
    made = outline.slides(
        lesson(
            new_markdown_cell(
                "## Part\n\nIn [one](a.md) way, D. Knuth says, long ago and with many "
                "more words than would be read on a slide: no. Second, "
                "however short it may be.\n\n$$a = b$$"
            ),
            new_code_cell("draw()", outputs=[picture]),
            new_markdown_cell("A line falls. It is red."),
            new_markdown_cell("## Appendix: more\n\nText."),
        )
    )
    assert [slide.title for slide in made] == ["1. Title", "Part", "Part"]
    text, formula = made[1].parts
    assert text[1].startswith("In one way, D. Knuth says") and text[1].endswith("no.")
    assert formula == ("formula", "$$a = b$$")
    assert [kind for kind, _ in made[2].parts] == ["picture", "text"]
    assert made[2].parts[1][1] == "A line falls. It is red."
    assert any("Second, " in note for note in made[1].notes)


def test_tags_put_cells_on_slides_or_take_them_off():
    def tagged(cell, tag):
        cell.metadata["tags"] = [tag]
        return cell

    made = outline.slides(
        lesson(
            new_markdown_cell("## One\n\nFirst."),
            tagged(new_code_cell("x = 1"), "slide"),
            tagged(new_markdown_cell("Said, not shown."), "notes"),
            tagged(new_markdown_cell("## Two\n\nNever seen."), "skip"),
        )
    )
    assert len(made) == 2
    assert ("code", "x = 1") in made[1].parts
    assert "Said, not shown." in made[1].notes
    assert "Said, not shown." not in [content for _, content in made[1].parts]


@pytest.mark.parametrize(
    ("pattern", "words"),
    [
        (r"got \[4, 2\]: you stop", "got [4, 2]: you stop"),
        (r"the (loss|accuracy) of \d+ examples\b", "the loss of … examples"),
        (r"db .*must be (?:one|two)|another", "db … must be one"),
        (r"type\(s\) for \^ \[34] z \(1 - z\)", "type(s) for ^ [34] z (1 - z)"),
    ],
)
def test_a_message_is_shown_in_words(pattern, words):
    assert instructors.in_words(pattern) == words


def test_the_page_of_misconceptions_has_a_row_for_each_belief():
    entry = {"what": "in < place", "message": "m", "section": "The gradient"}
    found = {
        LESSONS[1]: {
            "softmax": [entry | {"belief": "Believes *a*."}, entry | {"belief": ""}],
            "predict": [entry | {"belief": ""}],
        }
    }
    text = instructors.misconceptions(found, ROOT)
    assert text.count("<tr><td>") == 1 and "predict" not in text
    assert "<td>Believes *a*.</td><td>in &lt; place</td><td>m</td>" in text
    assert f"[The gradient](<notebooks/{LESSONS[1]}.ipynb#The-gradient>)" in text


def test_the_page_shows_every_belief_that_is_kept():
    found = catalogue(ROOT)
    kept = sum(
        bool(entry["belief"])
        for exercises in found.values()
        for entries in exercises.values()
        for entry in entries
    )
    text = instructors.misconceptions(found, ROOT)
    assert text.count("<tr><td>") == kept > 300


def test_each_lesson_of_the_guide_fills_90_minutes():
    text = (ROOT / "course_tools/site/pages/guide.md").read_text(encoding="utf-8")
    chapters = re.split(r"\n(?=## )", text)[1:]
    assert len(chapters) == len(LESSONS) + 1
    for chapter in chapters[:-1]:
        minutes = re.findall(r"^\| .+ \| (\d*) ?\| \d* ?\|$", chapter, re.M)
        assert sum(int(number or 0) for number in minutes) == 90
        assert "**Where they stumble.**" in chapter
    answered = instructors.guide(text, ROOT)
    assert answered.count("<details>") > 30 and "{questions" not in answered


def test_a_lesson_that_is_not_there_is_refused(capsys):
    assert main(["slides"]) == 2
    assert main(["slides", "77"]) == 2
    assert "'77' is no lesson" in capsys.readouterr().err


MEASURE = """async () => {
  const lost = [], all = [...document.querySelectorAll(".slides > section")];
  for (const [number, slide] of all.entries()) {
    location.hash = `#/${number}`;
    while (!slide.matches(".present") || slide.querySelector("[data-explorable]"))
      await new Promise(requestAnimationFrame);
    for (let picture = 0; picture < 3; picture++)
      await new Promise(requestAnimationFrame);
    const wide = [...slide.querySelectorAll(".formula, .output, .code, .table")];
    if (slide.scrollHeight > slide.clientHeight
        || wide.some((part) => part.scrollWidth > part.clientWidth)
        || parseFloat(slide.style.fontSize) < 0.7
        || [...slide.querySelectorAll(".picture")].some((p) => p.clientHeight < 200))
      lost.push(number + 1);
  }
  return [all.length, lost];
}"""


@pytest.mark.browser
def test_slides_fit_and_live_without_a_network(tmp_path):
    pytest.importorskip("playwright", reason="playwright is not installed")
    from browser import Browser

    (count,) = slides.write(ROOT, ["03_mlp"], tmp_path / "slides").values()

    def handler(*arguments):
        return build.Quiet(*arguments, directory=str(tmp_path / "slides"))

    faults, browser = [], Browser()
    with ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        home = f"http://127.0.0.1:{server.server_port}/"
        page = browser.open("about:blank", width=1280, height=720)
        page.on("pageerror", lambda error: faults.append(str(error)))
        page.on("console", lambda m: m.type == "error" and faults.append(m.text))
        page.on("request", lambda r: r.url.startswith(home) or faults.append(r.url))
        page.goto(f"{home}lessons/03_mlp.html")
        page.wait_for_selector("html[data-ready]")
        assert page.evaluate(MEASURE) == [count, []]
        number = page.locator(".slides > section").evaluate_all(
            "all => all.findIndex((slide) => slide.querySelector('.explorable'))"
        )
        page.evaluate(f"location.hash = '#/{number}'")
        explorable = page.locator(".present .explorable")
        before = explorable.inner_text()
        explorable.get_by_role("button", name="Step").click()
        page.wait_for_timeout(300)
        assert explorable.inner_text() != before
        assert page.evaluate("location.hash") == f"#/{number}"
        server.shutdown()
    browser.close()
    assert faults == []

"""Formgrader, in a browser, on what `course grade --nbgrader` has written."""

import os
import re
import secrets
import subprocess
import sys

import pytest

pytest.importorskip("playwright", reason="playwright is not installed")
pytest.importorskip("nbgrader", reason="nbgrader is not installed")

from browser import Browser, chromium, save
from grading import classes
from nbgrader.api import Gradebook
from playwright.sync_api import expect

NAME = classes.SET_2.stem
WRITTEN = "explain_scaled_logits"
EVIL = "<b>Surer</b>. <img src=x onerror=\"document.title='run'\">"
ZEROS = "def one_hot(y, num_classes):\n    return torch.zeros(len(y), num_classes)\n"
ADDRESS = re.compile(r"http://(localhost|127\.0\.0\.1):\d+")


@pytest.fixture(scope="module")
def course(tmp_path_factory):
    """A folder in which the command has graded two students."""
    chromium()
    folder = tmp_path_factory.mktemp("course")
    classes.write(folder / "in" / "Ada.ipynb", classes.solved(**{WRITTEN: EVIL}))
    classes.write(folder / "in" / "Søren Ærø.ipynb", classes.solved(one_hot=ZEROS))
    words = ["grade", "in", "--key", str(classes.SET_2), "--nbgrader", "gradebook.db"]
    words += [] if classes.strong_modes() else ["--trusted"]
    subprocess.run(
        [sys.executable, "-m", "course_tools", *words], cwd=folder, check=True
    )
    return folder


@pytest.fixture(scope="module")
def page(course):
    """Formgrader's first page, on a server started where the gradebook is."""
    own = ("JUPYTER_RUNTIME_DIR", "JUPYTER_CONFIG_DIR", "IPYTHONDIR")
    environment = os.environ | {name: str(course / ".jupyter") for name in own}
    environment["JUPYTER_TOKEN"] = token = secrets.token_hex(16)
    server = subprocess.Popen(
        [sys.executable, "-m", "jupyter_server", "--no-browser", "--allow-root",
         "--ServerApp.port=0"],
        cwd=course, env=environment, stderr=subprocess.PIPE, text=True,
    )  # fmt: skip
    browser = Browser()
    expect.set_options(timeout=30_000)
    try:
        lines = iter(server.stderr.readline, "")
        address = next(filter(None, map(ADDRESS.search, lines)))[0]
        page = browser.open("about:blank")
        page.set_extra_http_headers({"Authorization": f"token {token}"})
        page.goto(f"{address}/formgrader/gradebook")
        yield page
    finally:
        expect.set_options(timeout=5_000)
        browser.close()
        server.kill()
        server.communicate()


def rows(page):
    """The texts of the cells of formgrader's table, by row."""
    table = page.locator("#main-table")
    expect(table).not_to_contain_text("Loading")
    return [
        [cell.strip() for cell in row.split("\t") if cell.strip()]
        for row in table.locator("tr").all_inner_texts()
    ]


def open_link(page, name):
    page.get_by_role("link", name=name, exact=True).first.click()


def enter(page, field, text, kind):
    """Fill a field and leave it; wait until formgrader has stored it."""
    stored = re.compile(rf"/formgrader/api/{kind}/")
    with page.expect_response(stored) as response:
        field.fill(text)
        field.press("Tab")
    assert response.value.ok


def test_students_and_scores_are_listed_and_a_written_answer_gets_points(page, course):
    assert rows(page) == [[NAME, "None", "0", "16.5 / 20"]]
    save(page, "formgrader_assignments")
    open_link(page, "Manage Students")
    expect(page).to_have_url(re.compile("manage_students"))
    scores = {row[1]: row[-1] for row in rows(page)}
    assert scores == {"Ada": "17 / 20", "Søren Ærø": "16 / 20"}
    save(page, "formgrader_students")

    open_link(page, "Manual Grading")
    open_link(page, NAME)
    expect(page).to_have_url(re.compile(rf"gradebook/{NAME}$"))
    open_link(page, NAME)
    expect(page).to_have_url(re.compile(rf"gradebook/{NAME}/{NAME}$"))
    # Names are hidden until they are asked for.
    row = page.locator("#main-table tr", has=page.get_by_text("Ada", exact=True))
    row.locator(".reveal .name-hidden").click()
    save(page, "formgrader_submissions")
    row.locator("a.name-shown").click()

    answer = page.locator(".nbgrader_cell").last
    expect(answer).to_contain_text(EVIL)
    expect(page.get_by_text(WRITTEN, exact=True)).to_be_visible()
    assert page.title() == NAME
    points = answer.locator("input.score")
    expect(points).to_have_class(re.compile("needs_manual_grade"))
    enter(page, points, "2", "grade")
    enter(page, answer.locator("textarea"), "Why does the loss rise?", "comment")
    answer.scroll_into_view_if_needed()
    save(page, "formgrader_answer")
    with Gradebook(f"sqlite:///{course / 'gradebook.db'}") as book:
        assert book.find_submission(NAME, "Ada").score == 19
        comment = book.find_comment(WRITTEN, NAME, NAME, "Ada")
        assert comment.manual_comment == "Why does the loss rise?"

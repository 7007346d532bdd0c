"""JupyterLab as a learner sees it: from the address that `make lab` prints."""

import re
import shutil
import sys

import nbformat
import pytest

pytest.importorskip("playwright", reason="playwright is not installed")

from browser import ROOT, Browser, Lab, Notebook, chromium, save
from playwright.sync_api import expect

from course_tools.authoring.clean import without_author_cells

LESSON = "01_data_visualization.ipynb"
STORED = nbformat.read(ROOT / "notebooks" / LESSON, as_version=4)
CODE = [c for c in without_author_cells(STORED).cells if c.cell_type == "code"]
FIRST_FIGURE = next(
    number
    for number, cell in enumerate(CODE)
    if any("image/png" in output.get("data", {}) for output in cell.outputs)
)
EXERCISES = "02b_exercises.ipynb"
WRONG = """\
# exercise: one_hot
def one_hot(y, num_classes):
    Y = torch.zeros(len(y), num_classes)
    Y[:, y] = 1
    return Y
"""
RIGHT = WRONG.replace("Y[:, y]", "Y[torch.arange(len(y)), y]")

pytestmark = pytest.mark.skipif(
    sys.platform == "win32" or shutil.which("make") is None,
    reason="there is no make, so no `make lab`",
)


@pytest.fixture(scope="module")
def browser():
    chromium()
    browser = Browser()
    yield browser
    browser.close()


@pytest.fixture(scope="module")
def lab(tmp_path_factory):
    chromium()
    lab = Lab(tmp_path_factory.mktemp("course"))
    yield lab
    lab.stop()


@pytest.fixture(scope="module")
def exercises(browser, lab):
    """Exercise set 2, run down to the first answer."""
    page = browser.open(lab.address_of(EXERCISES))
    notebook = Notebook(page, lab.desk / EXERCISES)
    notebook.cell("# exercise: one_hot").locator(".cm-content").click()
    notebook.choose("Run", "Run All Above Selected Cell")
    begun = notebook.cell("checks.begin(").locator(".jp-OutputArea-output")
    expect(begun).to_have_text(re.compile("exercises, .* points"), timeout=60_000)
    yield notebook
    page.close()


def test_lesson_1_runs_from_the_printed_address(browser, lab):
    page = browser.open(lab.address)
    first = page.get_by_role("link", name="lesson 1. Data visualization")
    expect(first).to_be_visible(timeout=60_000)
    menus = page.locator(".lm-MenuBar-item").all_text_contents()
    assert menus == [
        "File",
        "Edit",
        "View",
        "Run",
        "Kernel",
        "Tabs",
        "Settings",
        "Help",
    ]
    expect(page.get_by_role("dialog")).to_have_count(0)
    save(page, "desk_first_screen")
    first.click()
    lesson = Notebook(page, lab.desk / LESSON)
    expect(lesson.panel.locator("h1")).to_contain_text("1. Data visualization")
    expect(lesson.panel.locator(".jp-RenderedImage")).to_have_count(0)
    lesson.screenshot("lesson_1_first_screen")
    # To its first figure; nbval runs it to its end.
    count = 1 + FIRST_FIGURE
    lesson.code.nth(count).locator(".cm-content").click()
    lesson.choose("Run", "Run All Above Selected Cell")
    figure = lesson.panel.locator(".jp-RenderedImage img").first
    expect(figure).to_be_visible(timeout=60_000)
    lesson.wait_until_idle()

    expect(lesson.panel.locator("[data-mime-type*=stderr]")).to_have_count(0)
    # Text contents: what is outside the window has no visible text.
    prompts = lesson.code.locator(".jp-InputPrompt").all_text_contents()[:count]
    # What is folded away has no number.
    folded = [c.metadata.get("jupyter", {}).get("source_hidden") for c in CODE]
    assert prompts == ["" if folded[n] else f"[{n + 1}]:" for n in range(count)]
    lesson.screenshot("lesson_1_first_figure", figure)
    assert figure.evaluate("image => image.naturalWidth") > 300
    page.close()


def test_a_folded_hint_opens(exercises):
    hint = exercises.panel.locator("details", has_text="Start with a matrix of zeros")
    text = hint.locator("p").first
    expect(text).to_be_hidden()
    hint.locator("summary").click()
    expect(text).to_be_visible()
    exercises.screenshot("exercise_hint")


def test_a_wrong_answer_is_explained_and_a_right_one_brings_its_points(exercises):
    answer = exercises.cell("# exercise: one_hot")
    check = exercises.cell("one_hot of 3 labels")
    board = exercises.cell("checks.scoreboard()")
    message = check.locator(".jp-OutputArea-output")
    points = board.locator(".jp-OutputArea-output")

    exercises.run(answer)
    exercises.run(check)
    expect(message).to_contain_text("one_hot: not answered yet")
    exercises.write(answer, WRONG)
    exercises.run(answer)
    exercises.run(check)
    expect(message).to_contain_text("pair each row with its own label")
    expect(message).not_to_contain_text("Traceback")
    exercises.screenshot("exercise_wrong_answer", message)
    exercises.run(board)
    expect(points).to_contain_text("0 of 17 points")

    exercises.write(answer, RIGHT)
    exercises.run(answer)
    exercises.run(check)
    expect(message).to_have_text(re.compile("✓ one_hot: passed, 1 of 1 point"))
    exercises.screenshot("exercise_right_answer", message)
    exercises.run(board)
    expect(points).to_contain_text("1 of 17 points")
    exercises.screenshot("exercise_points", points)

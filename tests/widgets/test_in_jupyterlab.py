"""Every explorable in JupyterLab: one notebook, opened and run once."""

import json
import re

import pytest
from harness import drag, names, settle, shown, try_of, watch
from lab import PlainLab, live_notebook, stored_notebook

pytest.importorskip("playwright", reason="playwright is not installed")
pytest.importorskip("jupyterlab", reason="JupyterLab is not installed")

from browser import Notebook
from nbformat.sign import NotebookNotary
from playwright.sync_api import expect

from course_tools.authoring.outputs import normalize_outputs


@pytest.fixture(scope="module")
def lab(tmp_path_factory, browser):
    folder = tmp_path_factory.mktemp("lab")
    (folder / ".jupyter").mkdir()
    arguments = {name: try_of(name).args or {} for name in names()}
    trusted = stored_notebook()
    normalize_outputs(trusted)
    NotebookNotary(data_dir=str(folder / ".jupyter")).sign(trusted)
    lab = PlainLab(
        folder,
        {
            "live": live_notebook(arguments),
            "untrusted": stored_notebook(),
            "trusted": trusted,
        },
    )
    yield lab
    lab.stop()


def opened(browser, lab, name):
    page = browser.open("about:blank", width=1280, height=1000)
    faults = watch(page)
    page.goto(lab.address_of(name))
    return Notebook(page, str(lab.folder / f"{name}.ipynb")), faults


@pytest.fixture(scope="module")
def live(browser, lab):
    """The notebook, run; and what went wrong on its page."""
    notebook, faults = opened(browser, lab, "live")
    notebook.choose("Run", "Run All Cells")
    expect(prompt(notebook, "# report")).to_have_text(
        re.compile(r"\[\d+\]:"), timeout=120_000
    )
    yield notebook, faults
    notebook.page.close()


@pytest.fixture(scope="module")
def stored(browser, lab):
    """Stored outputs: as the kernel wrote them, and in a trusted notebook as `course run` stores them."""
    kinds = ("untrusted", "trusted")
    notebooks = {kind: opened(browser, lab, kind)[0] for kind in kinds}
    yield notebooks
    for notebook in notebooks.values():
        notebook.page.close()


def prompt(notebook, text):
    return notebook.cell(text).locator(".jp-InputPrompt")


def state(notebook, name):
    """What Python knows of an explorable."""
    cell = notebook.cell("# report")
    notebook.run(cell)
    text = cell.locator(".jp-OutputArea-output").inner_text()
    return json.loads(text)[name]


@pytest.fixture
def cell(live, attempt):
    """The cell of an explorable, set back, in view."""
    notebook, _ = live
    cell = notebook.cell(f"shown['{attempt.name}'] =")
    cell.scroll_into_view_if_needed()
    cell.locator(attempt.handle).first.wait_for()
    cell.get_by_role("button", name="Reset").click()
    settle(notebook.page)
    return cell


def number(cell, attempt):
    return shown(cell, attempt.number)


def test_the_mouse_moves_it_and_python_knows(live, cell, attempt):
    notebook, _ = live
    text, before = number(cell, attempt), state(notebook, attempt.name)
    drag(notebook.page, cell.locator(attempt.handle).first, attempt.drag)
    settle(notebook.page)
    assert number(cell, attempt) != text
    assert state(notebook, attempt.name) != before


def test_keys_move_it_and_not_the_notebook(live, cell, attempt):
    notebook, _ = live
    text = number(cell, attempt)
    cell.locator(attempt.handle).first.focus()
    selected = notebook.panel.locator(".jp-Cell.jp-mod-active")
    active = selected.evaluate("(e) => [...e.parentElement.children].indexOf(e)")
    for _ in range(5):
        notebook.page.keyboard.press(attempt.key)
    settle(notebook.page)
    assert number(cell, attempt) != text
    now = selected.evaluate("(e) => [...e.parentElement.children].indexOf(e)")
    assert now == active


def test_arrow_keys_move_every_slider(live, cell, attempt):
    notebook, _ = live
    for slider in cell.locator("input[type=range]:visible").all():
        slider.focus()
        before = slider.input_value()
        highest = float(slider.get_attribute("max")) - float(before) < 1e-9
        notebook.page.keyboard.press("ArrowLeft" if highest else "ArrowRight")
        settle(notebook.page)
        assert slider.input_value() != before


def test_letters_do_not_reach_the_notebook(live, cell, attempt):
    """In command mode X would cut the cell, and B add one below."""
    notebook, _ = live
    count = notebook.code.count()
    cell.locator(attempt.handle).first.focus()
    for key in ("b", "x"):
        notebook.page.keyboard.press(key)
    settle(notebook.page)
    assert notebook.code.count() == count


def test_control_s_saves_the_notebook(live, cell, attempt):
    notebook, _ = live
    cell.locator(attempt.handle).first.focus()
    with notebook.page.expect_request(
        lambda r: r.method == "PUT" and "/contents/live.ipynb" in r.url
    ):
        notebook.page.keyboard.press("Control+s")


def test_it_takes_the_theme_of_the_notebook(live, cell, attempt):
    notebook, _ = live
    mode = "(e) => e.dataset.mode"
    root = cell.locator(".explorable")
    assert root.evaluate(mode) == "light"
    script = "(light) => { document.body.dataset.jpThemeLight = light }"
    notebook.page.evaluate(script, "false")
    settle(notebook.page)
    dark = root.evaluate(mode)
    notebook.page.evaluate(script, "true")
    assert dark == "dark"


def test_axe_finds_nothing(live, cell, attempt):
    from axe_playwright_python.sync_playwright import Axe

    notebook, _ = live
    cell.locator(".explorable").evaluate("(e) => { e.id = 'looked-at' }")
    found = Axe().run(notebook.page, context="#looked-at")
    cell.locator(".explorable").evaluate("(e) => { e.removeAttribute('id') }")
    assert found.response["violations"] == [], found.generate_report()


def test_the_page_reports_no_fault(live):
    """Comes last: whatever the tests above did, nothing failed or left the machine."""
    notebook, faults = live
    notebook.screenshot("explorables_in_jupyterlab")
    assert faults == []


@pytest.mark.parametrize("kind", ["untrusted", "trusted"])
def test_before_its_cell_is_run_the_still_is_shown(stored, attempt, kind):
    cell = stored[kind].cell(f"# {attempt.name}")
    cell.scroll_into_view_if_needed()
    still = cell.locator(".jp-RenderedImage img")
    still.wait_for()
    assert still.evaluate("(e) => e.naturalWidth") > 300
    assert cell.locator(".explorable").count() == 0

"""Every explorable on a plain page: mouse, keys, width, colors, accessibility."""

import json

import pytest
from harness import drag, explorable, javascript, settle, shown, watch

pytest.importorskip("playwright", reason="playwright is not installed")

AXE_RULES = {
    "runOnly": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]
}
TARGETS = """() => {
  const root = document.querySelector(".explorable");
  const all = root.querySelectorAll("button, select, input, [role=slider], [role=radio]");
  return [...all].filter((e) => e.checkVisibility()).map((e) => {
    const box = (e.closest("label") ?? e).getBoundingClientRect();
    return [e.getAttribute("aria-label") ?? e.textContent, box.width, box.height];
  });
}"""

# It is written a moment after the last change.
IMPORT = "import('/modules/page.js').then((m) => { window.toHash = m.toHash })"
ADDRESS_IS_WRITTEN = """(name) => {
  const start = model.get("start");
  const now = Object.keys(start).map((name) => [name, model.get(name)]);
  return location.hash === toHash(name, Object.fromEntries(now), start);
}"""


@pytest.fixture(scope="module")
def window(browser):
    """One window, where all pages are opened, each at an address of its own."""
    page = browser.open("about:blank")
    yield page
    page.close()


@pytest.fixture
def opened(window, site, attempt):
    """Open the explorable on a page; returns the page, and what went wrong on it."""

    def open_page(width=1200, theme="light", args=None, state="visible"):
        window.mouse.move(0, 0)
        window.set_viewport_size({"width": width, "height": 900})
        faults = watch(window)
        window.goto(site.page(attempt.name, args or attempt.args, theme))
        window.wait_for_function("window.startedIn !== undefined")
        window.locator(attempt.handle).first.wait_for(state=state)
        settle(window)
        return window, faults

    yield open_page
    window.goto("about:blank")


def test_the_mouse_moves_it(opened, attempt):
    page, faults = opened()
    before = shown(page, attempt.number)
    drag(page, page.locator(attempt.handle).first, attempt.drag)
    settle(page)
    assert shown(page, attempt.number) != before
    assert faults == []


def test_a_finger_on_a_phone_moves_it(opened, attempt):
    page, faults = opened(width=390)
    before = shown(page, attempt.number)
    handle = page.locator(attempt.handle).first
    handle.scroll_into_view_if_needed()
    box = handle.bounding_box()
    x, y = box["x"] + box["width"] / 2, box["y"] + box["height"] / 2
    touch = page.context.new_cdp_session(page)
    dx, dy = attempt.drag
    touch.send(
        "Emulation.setTouchEmulationEnabled", {"enabled": True, "maxTouchPoints": 1}
    )
    for kind, points in (
        ("touchStart", [{"x": x, "y": y}]),
        ("touchMove", [{"x": x + dx / 2, "y": y + dy / 2}]),
        ("touchMove", [{"x": x + dx, "y": y + dy}]),
        ("touchEnd", []),
    ):
        touch.send("Input.dispatchTouchEvent", {"type": kind, "touchPoints": points})
    settle(page)
    touch.detach()
    assert shown(page, attempt.number) != before
    assert faults == []


def test_keys_move_it_and_reset_brings_it_back(opened, attempt):
    page, faults = opened()
    before = shown(page, attempt.number)
    page.locator(attempt.handle).first.focus()
    for _ in range(5):
        page.keyboard.press(attempt.key)
    settle(page)
    assert shown(page, attempt.number) != before
    page.get_by_role("button", name="Reset").click()
    settle(page)
    assert shown(page, attempt.number) == before
    assert faults == []


def test_the_tab_key_reaches_the_handle(opened, attempt):
    page, _ = opened()
    script = "(e) => e.matches(':focus') || e.contains(document.activeElement)"
    for _ in range(60):
        page.keyboard.press("Tab")
        if page.locator(attempt.handle).first.evaluate(script):
            return
    raise AssertionError(f"60 times Tab did not lead to {attempt.handle}")


def test_the_state_is_in_the_address(opened, attempt):
    page, _ = opened()
    page.locator(attempt.handle).first.focus()
    for _ in range(3):
        page.keyboard.press(attempt.key)
    settle(page)
    page.evaluate(IMPORT)
    page.wait_for_function(ADDRESS_IS_WRITTEN, arg=attempt.name)
    after = shown(page, attempt.number)
    page.reload()
    page.wait_for_function("window.startedIn !== undefined")
    page.locator(attempt.handle).first.wait_for()
    settle(page)
    assert shown(page, attempt.number) == after


@pytest.mark.parametrize("theme", ["light", "dark"])
@pytest.mark.parametrize("width", [1200, 390])
def test_axe_finds_nothing(opened, attempt, width, theme):
    from axe_playwright_python.sync_playwright import Axe

    page, _ = opened(width=width, theme=theme)
    found = Axe().run(page, context=".explorable", options=AXE_RULES)
    assert found.response["violations"] == [], found.generate_report()


def test_on_a_phone_nothing_is_cut_off_and_targets_are_large(opened, attempt):
    page, _ = opened(width=390)
    too_wide = "(e) => e.scrollWidth - e.clientWidth"
    assert page.locator("html").evaluate(too_wide) <= 0
    assert page.locator(".explorable").evaluate(too_wide) <= 0
    small = [t for t in page.evaluate(TARGETS) if t[1] < 43.5 or t[2] < 43.5]
    assert small == []


def test_the_page_says_light_or_dark(opened, attempt):
    page, _ = opened(theme="dark")
    background = "(e) => getComputedStyle(e).backgroundColor"
    dark = page.locator(".explorable").evaluate(background)
    page.evaluate("document.documentElement.dataset.theme = 'light'")
    settle(page)
    light = page.locator(".explorable").evaluate(background)
    assert (dark, light) == ("rgb(21, 23, 27)", "rgb(255, 255, 255)")


def test_a_veil_asks_first(opened, attempt):
    args = (attempt.args or {}) | {"veil": "What will you see?"}
    page, _ = opened(args=args, state="hidden")
    assert not page.locator(attempt.handle).first.is_visible()
    page.get_by_label("Your guess").fill("a guess")
    page.get_by_role("button", name="Show").click()
    page.locator(attempt.handle).first.wait_for()
    assert page.evaluate("model.get('guess')") == "a guess"


def test_it_leaves_nothing_behind(opened, attempt):
    page, faults = opened()
    page.evaluate("endExplorable()")
    assert page.locator(".explorable").count() == 0
    page.evaluate(
        "for (const k of Object.keys(model.get('start'))) model.set(k, model.get('start')[k])"
    )
    settle(page)
    assert faults == []


def test_python_and_page_start_alike(attempt):
    defaults = javascript(attempt.name, "module.defaults")
    assert json.loads(json.dumps(explorable(attempt.name)().args())) == defaults

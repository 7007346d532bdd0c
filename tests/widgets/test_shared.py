"""What shared.js and page.js give every explorable, tried with a small one."""

import itertools
import json

import pytest
from harness import settle, watch

pytest.importorskip("playwright", reason="playwright is not installed")

# A square whose side is dragged, typed, chosen, toggled, and grown by a loop.
PROBE = """\
<!doctype html><html lang="en"><meta charset="utf-8"><title>Probe</title>
<link rel="icon" href="data:,"><div id="above"></div><div id="place"></div>
<script type="module">
import { button, choice, frame, handle, plot, slider, svg, toggle } from "/modules/shared.js";
import { standIn } from "/modules/page.js";
const start = { point: [1, 10], rate: 0.01, on: false, kind: "b" };
const saved = [];
const model = standIn({ ...start, start, veil: "", guess: "" }, (s) => saved.push({ ...s }));
let draws = 0;
const f = frame({ model, el: document.getElementById("place") }, {
  title: "Probe", tryFirst: "nothing.", finds: [{ ask: "Which?", found: "This." }], draw,
});
const p = plot(f, { label: "Plane", x: [0, 2], y: [1, 1000], log: "y", canvas: true });
const square = plot(f, { label: "Equal", x: [-1, 1], y: [-1, 1], equal: true, height: 150 });
const node = svg("g", {}, p.marks);
const grip = handle(f, node, {
  label: "point", step: [0.5, 1], value: () => f.get("point"), at: p.at,
  limits: () => [[0, 2], [1, 1000]], text: () => `at ${f.get("point")}`,
  move: (point) => f.set({ point }),
});
slider(f, "rate", { label: "rate", min: 0.001, max: 1, log: true, step: 0.5, format: (v) => v.toFixed(3) });
toggle(f, "on", { label: "on" });
choice(f, "kind", { label: "kind", options: [["a", "first"], ["b", "second"]] });
button(f, "find", () => f.found(0));
let steps = 0;
const animation = f.animate(() => steps++);
button(f, "play", () => animation.start());
function draw() {
  draws++;
  grip.place(p.x(f.get("point")[0]), p.y(f.get("point")[1]));
}
Object.assign(window, {
  model, f, p, square, animation, saved, counts: () => ({ draws, steps }), ready: true,
});
</script></html>
"""


@pytest.fixture
def probe(browser, site):
    page = browser.open("about:blank", width=1000, height=900)
    faults = watch(page)
    page.goto(site.add(PROBE))
    page.wait_for_function("window.ready")
    page.get_by_role("slider", name="point").wait_for()
    settle(page)
    yield page
    assert faults == []
    page.close()


def state(page, name):
    return page.evaluate("(name) => model.get(name)", name)


@pytest.mark.parametrize(
    ("keys", "point"),
    [
        (["ArrowRight"], [1.5, 10]),
        (["ArrowUp", "ArrowUp"], [1, 12]),
        (["Shift+ArrowUp"], [1, 20]),
        (["PageDown"], [1, 1]),
        (["Home"], [0, 10]),
        (["End", "ArrowRight"], [2, 10]),
    ],
)
def test_keys_move_a_handle_in_steps_within_its_limits(probe, keys, point):
    handle = probe.get_by_role("slider", name="point")
    handle.focus()
    for key in keys:
        probe.keyboard.press(key)
    settle(probe)
    assert state(probe, "point") == point
    assert handle.get_attribute("aria-valuetext") == f"at {point[0]},{point[1]}"
    assert float(handle.get_attribute("aria-valuenow")) == point[0]


def test_a_handle_stays_under_the_pointer_where_it_was_gripped(probe):
    handle = probe.get_by_role("slider", name="point")
    box = handle.bounding_box()
    x, y = box["x"] + box["width"] / 2, box["y"] + box["height"] / 2
    probe.mouse.move(x + 6, y + 6)
    probe.mouse.down()
    probe.mouse.move(x + 6, y + 5)
    assert state(probe, "point")[0] == 1
    width = probe.evaluate("p.box.width")
    probe.mouse.move(x + 6 + width / 2, y + 6)
    probe.mouse.up()
    assert state(probe, "point")[0] == 2
    probe.mouse.move(x, y)
    assert state(probe, "point")[0] == 2


def test_a_logarithmic_axis_places_powers_at_equal_distances(probe):
    ys = probe.evaluate("[1, 10, 100, 1000].map(p.y)")
    gaps = [a - b for a, b in itertools.pairwise(ys)]
    assert gaps == pytest.approx([gaps[0]] * 3)
    ticks = probe.locator(".plot").first.locator(".axis-text").all_text_contents()
    assert {"10⁰", "10¹", "10²", "10³"} <= set(ticks)


def test_equal_axes_have_units_of_one_length(probe):
    probe.wait_for_function("square.box.width > 1")
    across, down = probe.evaluate(
        "[square.x(1) - square.x(0), square.y(0) - square.y(1)]"
    )
    assert across == pytest.approx(down)


def test_controls_and_model_follow_each_other(probe):
    rate = probe.get_by_label("rate")
    rate.focus()
    probe.keyboard.press("ArrowRight")
    settle(probe)
    assert state(probe, "rate") == pytest.approx(10**-1.5, rel=1e-5)
    assert rate.get_attribute("aria-valuetext") == "0.032"
    probe.get_by_role("button", name="on", exact=True).click()
    probe.get_by_label("kind").select_option("first")
    assert (state(probe, "on"), state(probe, "kind")) == (True, "a")
    # As when Python changes it:
    probe.evaluate(
        "model.set('rate', 1); model.set('on', false); model.set('kind', 'b')"
    )
    settle(probe)
    assert rate.input_value() == "0"
    pressed = probe.get_by_role("button", name="on", exact=True)
    assert pressed.get_attribute("aria-pressed") == "false"
    assert probe.get_by_label("kind").input_value() == "second"


def test_a_value_between_two_steps_of_a_slider_is_shown_as_it_is(probe):
    probe.evaluate("model.set('rate', 0.02)")
    settle(probe)
    assert probe.locator("output").text_content() == "0.020"


def test_many_changes_are_drawn_once(probe):
    before = probe.evaluate("counts().draws")
    probe.evaluate(
        "for (let i = 0; i < 9; i++) f.set({ rate: 0.1 + i / 100, on: i % 2 === 0 })"
    )
    settle(probe)
    assert probe.evaluate("counts().draws") == before + 1


def test_what_a_find_means_shows_once_it_is_found(probe):
    item = probe.locator(".finds li")
    assert "This." not in item.text_content()
    probe.get_by_role("button", name="find").click()
    assert "This." in item.text_content()
    assert probe.locator("[aria-live]").text_content() in ("", "Found: This.")
    probe.wait_for_function(
        "document.querySelector('[aria-live]').textContent === 'Found: This.'"
    )


def test_an_animation_rests_out_of_sight_and_stops_on_reset(probe):
    probe.evaluate("animation.start()")
    probe.wait_for_function("counts().steps > 3")
    probe.evaluate("document.getElementById('above').style.height = '5000px'")
    rest = """new Promise((done) => {
      // Four pictures after the observer has seen it leave, nothing has moved on.
      let n = 0;
      let last;
      const wait = () => {
        if (n++ === 20) last = counts().steps;
        if (n > 24) return done(counts().steps - last);
        requestAnimationFrame(wait);
      };
      wait();
    })"""
    assert probe.evaluate(rest) == 0
    probe.evaluate("document.getElementById('above').style.height = '0'")
    before = probe.evaluate("counts().steps")
    probe.wait_for_function(f"counts().steps > {before}")
    probe.get_by_role("button", name="Reset").click()
    assert probe.evaluate("animation.running") is False


def test_an_animation_ends_with_the_explorable(probe):
    probe.evaluate("animation.start()")
    probe.wait_for_function("counts().steps > 3")
    probe.evaluate("f.root.remove()")
    probe.wait_for_function("!animation.running")


def test_with_reduced_motion_steps_go_on_and_pictures_are_few(probe):
    probe.emulate_media(reduced_motion="reduce")
    probe.evaluate("animation.start()")
    before = probe.evaluate("counts()")
    probe.wait_for_function(f"counts().steps > {before['steps'] + 20}")
    after = probe.evaluate("counts()")
    assert after["draws"] - before["draws"] < (after["steps"] - before["steps"]) / 4


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_a_page_that_says_nothing_follows_the_system(probe, scheme):
    probe.emulate_media(color_scheme=scheme)
    probe.wait_for_function(f"f.root.dataset.mode === '{scheme}'")


@pytest.mark.parametrize(
    ("script", "mode"),
    [
        ("document.body.dataset.jpThemeLight = 'false'", "dark"),
        ("document.documentElement.dataset.theme = 'dark'", "dark"),
        ("document.body.className = 'vscode-dark'", "dark"),
        ("document.documentElement.setAttribute('theme', 'dark')", "dark"),
        ("document.documentElement.dataset.theme = 'auto'", "light"),
    ],
)
def test_the_page_around_decides_the_mode(probe, script, mode):
    probe.evaluate(script)
    settle(probe)
    assert probe.evaluate("f.root.dataset.mode") == mode


def test_keys_are_kept_from_the_page_around_except_tab_and_shortcuts(probe):
    probe.evaluate(
        "window.heard = []; document.addEventListener('keydown', (e) => heard.push(e.key))"
    )
    probe.get_by_role("slider", name="point").focus()
    for key in ("ArrowUp", "x", "Control+k", "Tab"):
        probe.keyboard.press(key)
    assert probe.evaluate("heard") == ["Control", "k", "Tab"]


# ------------------------------------------------------------------------- page.js
MANY = """\
<!doctype html><html lang="en"><meta charset="utf-8"><title>Many</title>
<link rel="icon" href="data:,"><body>{places}
<script type="module">
import {{ mountAll }} from "/modules/page.js";
mountAll();
</script></body></html>
"""


def place(args, name="softmax_bars", height=0):
    state = json.dumps({"name": name, "args": args}).replace('"', "&quot;")
    return f'<div style="margin-top: {height}px" data-explorable="{state}">still</div>'


def test_stills_of_a_page_come_to_life_near_the_window(browser, site):
    html = MANY.format(places=place({}) + place({"temperature": 5}, height=9000))
    page = browser.open(site.add(html))
    first, second = page.locator("[data-explorable]").all()
    first.locator(".explorable").wait_for()
    assert second.text_content() == "still"
    second.scroll_into_view_if_needed()
    second.get_by_text("5.00").wait_for()
    page.close()


def test_of_two_alike_the_address_names_the_one_that_was_moved(browser, site):
    html = MANY.format(places=place({}) + place({}))
    page = browser.open(site.add(html))
    sliders = page.get_by_label("temperature T")
    sliders.nth(1).focus()
    page.keyboard.press("ArrowRight")
    page.wait_for_function("location.hash.includes('softmax_bars-2')")
    page.reload()
    sliders.nth(1).wait_for()
    settle(page)
    values = [sliders.nth(k).get_attribute("aria-valuetext") for k in (0, 1)]
    assert values == ["1.00", "1.12"]
    page.close()


@pytest.mark.parametrize(
    "address",
    [
        "#top",
        "#explorable=softmax_bars&logits=[1,",
        "#explorable=softmax_bars&logits=7&evil=1",
    ],
)
def test_an_address_that_fits_nothing_changes_nothing(browser, site, address):
    page = browser.open(site.page("softmax_bars") + address)
    page.wait_for_function("window.startedIn !== undefined")
    assert page.evaluate("model.get('logits')") == [4, 1, -1]
    assert page.evaluate("model.get('evil')") is None
    page.close()


def test_what_cannot_start_says_so(browser, site):
    page = browser.open(site.add(MANY.format(places=place({}, name="no_such_name"))))
    alert = page.get_by_role("alert")
    alert.wait_for()
    assert "could not start" in alert.text_content()
    assert "still" in page.locator("[data-explorable]").text_content()
    page.close()

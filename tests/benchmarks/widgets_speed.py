"""How soon does an explorable start, and how fast does it answer?

    python tests/benchmarks/widgets_speed.py [NAME …]

Chromium without a graphics card, on a page of 1200 pixels: median of five starts;
one drag of 40 steps, from pointer to picture; the pictures a second of its animation,
if it has one (at most 60, the rate of the screen).
"""

import statistics
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1] / "widgets"))

import harness

START_GOAL, ANSWER_GOAL, RATE_GOAL = 300, 50, 30  # ms, ms, pictures a second
STARTS = 5
STEPS = 40
# From the event to the end of the work for the picture that shows it.
ANSWERS = """() => {
  window.answers = [];
  addEventListener("pointermove", () => {
    const begun = performance.now();
    requestAnimationFrame(() => setTimeout(() => answers.push(performance.now() - begun)));
  }, { capture: true });
}"""
RATE = """(seconds) => new Promise((done) => {
  let pictures = 0;
  const begun = performance.now();
  const count = () => {
    pictures++;
    const passed = (performance.now() - begun) / 1000;
    if (passed > seconds) done(pictures / passed);
    else requestAnimationFrame(count);
  };
  requestAnimationFrame(count);
})"""


def measure(name, browser, site) -> dict[str, float | None]:
    """Start and answer in ms, animation in pictures a second, size in kB."""
    attempt = harness.try_of(name)
    starts = []
    for _ in range(STARTS):
        page = browser.open(site.page(name, attempt.args))
        page.wait_for_function("window.startedIn !== undefined")
        starts.append(page.evaluate("window.startedIn"))
        if len(starts) < STARTS:
            page.close()
    page.evaluate(ANSWERS)
    for _ in range(STEPS):
        harness.drag(page, page.locator(attempt.handle).first, (2, 2))
    answers = page.evaluate("answers")
    rate = None
    if attempt.play:
        page.get_by_role("button", name=attempt.play).click()
        rate = page.evaluate(RATE, 3)
    page.close()
    size = (harness.WIDGETS / f"{name}.js").stat().st_size / 1000
    return {
        "start": statistics.median(starts),
        "answer": statistics.median(answers),
        "rate": rate,
        "size": size,
    }


def main(names: list[str]) -> None:
    """Print a Markdown table; what misses its goal is marked."""
    from browser import Browser

    browser, site = Browser(), harness.Site()
    print("| explorable | start, ms | answer, ms | pictures a second | kB |")
    print("| --- | --- | --- | --- | --- |")
    for name in names or harness.names():
        one = measure(name, browser, site)
        start = f"{one['start']:.0f}" + " ✗" * (one["start"] > START_GOAL)
        answer = f"{one['answer']:.0f}" + " ✗" * (one["answer"] > ANSWER_GOAL)
        rate = "–"
        if one["rate"] is not None:
            rate = f"{one['rate']:.0f}" + " ✗" * (one["rate"] < RATE_GOAL)
        print(f"| {name} | {start} | {answer} | {rate} | {one['size']:.1f} |")
    browser.close()
    site.close()


if __name__ == "__main__":
    main(sys.argv[1:])

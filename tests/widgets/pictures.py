"""Pictures of explorables, to be looked at: pictures.py NAME [NAME …] [JSON args].

Writes artefacts/NAME_WIDTH_THEME.png for 1200 and 390 pixels, light and dark.
"""

import json
import sys

import harness  # first: it makes browser.py, in the folder above, importable
from browser import ARTEFACTS, Browser


def main(names, args):
    browser, site = Browser(), harness.Site()
    ARTEFACTS.mkdir(exist_ok=True)
    for name in names:
        for width in (1200, 390):
            for theme in ("light", "dark"):
                page = browser.open("about:blank", width=width, height=844)
                faults = harness.watch(page)
                page.goto(site.page(name, args, theme))
                page.wait_for_function("window.startedIn !== undefined")
                page.wait_for_timeout(300)
                path = ARTEFACTS / f"{name}_{width}_{theme}.png"
                page.screenshot(path=path, full_page=True)
                overflow = page.evaluate(
                    "document.documentElement.scrollWidth - document.documentElement.clientWidth"
                )
                started = page.evaluate("window.startedIn")
                print(
                    f"{path}: started in {started:.0f} ms, {overflow} px too wide",
                    *faults,
                )
                page.close()
    browser.close()
    site.close()


if __name__ == "__main__":
    given = sys.argv[1:]
    args = json.loads(given.pop()) if given[-1].startswith("{") else {}
    main(given, args)

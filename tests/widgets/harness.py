"""Explorables in node, on a plain page, and in JupyterLab."""

import functools
import http.server
import importlib
import json
import os
import re
import shutil
import subprocess
import sys
import tempfile
import threading
from dataclasses import dataclass
from pathlib import Path
from typing import ClassVar

import pytest

sys.path.insert(0, str(Path(__file__).parents[1]))  # for browser.py

WIDGETS = Path(__file__).parents[2] / "course_utils" / "widgets"

CALL = """\
import {{ readFileSync }} from "node:fs";
const module = await import({address});
const cases = JSON.parse(readFileSync(0, "utf-8"));
const plain = (key, value) => {{
  if (ArrayBuffer.isView(value)) return Array.from(value);
  if (typeof value === "number" && !Number.isFinite(value)) return {{ special: String(value) }};
  return value === undefined ? null : value;
}};
console.log(JSON.stringify(cases.map((args) => module[{function}](...args)), plain));
"""


def node():
    """The path of node; without it the tests are skipped, or fail where COURSE_CI is set."""
    found = shutil.which("node") or shutil.which("nodejs")
    if found is None:
        reason = "node is not installed: apt-get install nodejs"
        (pytest.fail if os.environ.get("COURSE_CI") else pytest.skip)(reason)
    return found


@functools.cache
def _modules():
    """A copy of the modules in a folder that node takes ES modules from."""
    folder = tempfile.TemporaryDirectory(prefix="widgets")
    for path in WIDGETS.glob("*.js"):
        shutil.copy(path, folder.name)
    Path(folder.name, "package.json").write_text('{"type": "module"}')
    return folder


def run_node(module, function, cases):
    """Call an exported function of `module`.js once for each list of arguments.

    Returns what each call returned, as JSON has it (a typed array as a list).
    """
    address = (Path(_modules().name) / f"{module}.js").as_uri()
    done = subprocess.run(
        [node(), "--input-type=module", "-e", _script(address, function)],
        input=json.dumps(cases),
        capture_output=True,
        text=True,
        timeout=120,
    )
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout, object_hook=_special)


def _script(address, function):
    return CALL.format(address=json.dumps(address), function=json.dumps(function))


def _special(value):
    return (
        float(value["special"].replace("Infinity", "inf"))
        if "special" in value
        else value
    )


def javascript(module, expression):
    """The value of an expression in which `module` is the module `module`.js."""
    address = (Path(_modules().name) / f"{module}.js").as_uri()
    code = f"const module = await import({json.dumps(address)});"
    code += f"console.log(JSON.stringify({expression}))"
    done = subprocess.run(
        [node(), "--input-type=module", "-e", code],
        capture_output=True,
        text=True,
        timeout=60,
    )
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


PAGE = """\
<!doctype html>
<html lang="en"{theme}>
<head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1">
<title>{name}</title><link rel="icon" href="data:,">
<style>body {{ margin: 8px }} [data-theme=dark] body {{ background: #121212 }}</style></head>
<body><main><div id="place"></div></main>
<script type="module">
import {{ mount }} from "/{folder}/page.js";
const begun = performance.now();
const {{ model, end }} = await mount(document.getElementById("place"), "{name}", {args}, {options});
window.model = model;
window.endExplorable = end;
requestAnimationFrame(() => (window.startedIn = performance.now() - begun));
</script></body></html>
"""


class Site:
    """A web server on this machine: pages that were added, and modules at /modules/."""

    def __init__(self):
        site = self

        class Handler(http.server.SimpleHTTPRequestHandler):
            extensions_map: ClassVar = {".js": "text/javascript"}

            def log_message(self, *_):
                pass

            def do_GET(self):
                if self.path.startswith("/modules/"):
                    self.path = self.path.removeprefix("/modules")
                    return super().do_GET()
                body = site.pages.get(self.path.partition("?")[0], "").encode()
                self.send_response(200 if body else 404)
                self.send_header("Content-Type", "text/html; charset=utf-8")
                self.end_headers()
                self.wfile.write(body)

        self.pages = {}
        handler = functools.partial(Handler, directory=str(WIDGETS))
        self._server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler)
        self.address = f"http://127.0.0.1:{self._server.server_port}"
        threading.Thread(target=self._server.serve_forever, daemon=True).start()

    def page(self, name, args=None, theme="", **options):
        """The address of a page that shows the explorable `name`."""
        theme = f' data-theme="{theme}"' if theme else ""
        text = PAGE.format(
            name=name, args=json.dumps(args or {}), options=json.dumps(options),
            theme=theme, folder="modules",
        )  # fmt: skip
        return self.add(text)

    def add(self, text):
        """The address of a page of your own."""
        place = f"/{len(self.pages)}"
        self.pages[place] = text
        return self.address + place

    def close(self):
        self._server.shutdown()
        self._server.server_close()


@dataclass
class Try:
    """What the common tests do with an explorable: one per `test_NAME.py`.

    name: the module.
    handle: CSS selector of what is moved, by mouse and with the arrow key `key`.
    drag: how far the mouse drags it, in pixels.
    number: CSS selector of the text or value that must change.
    args: the state to open it with.
    play: the name of the button that starts an animation, if there is one; its
        frame rate is measured by tests/benchmarks/widgets_speed.py.
    """

    name: str
    handle: str
    number: str
    drag: tuple[int, int] = (40, 0)
    key: str = "ArrowRight"
    args: dict | None = None
    play: str | None = None


def watch(page):
    """Collect what a page must not do: console errors, requests to other hosts."""
    faults = []
    page.on("console", lambda m: m.type == "error" and faults.append(m.text))
    page.on("pageerror", lambda error: faults.append(str(error)))
    outside = re.compile(r"^(https?|wss?)://(?!localhost|127\.0\.0\.1)")
    page.on("request", lambda r: outside.match(r.url) and faults.append(r.url))
    return faults


def drag(page, locator, by):
    """Move the mouse onto an element, press, move by (x, y) pixels, release."""
    locator.scroll_into_view_if_needed()
    settle(page)  # JupyterLab draws a cell that was out of sight a frame later.
    box = locator.bounding_box()
    x, y = box["x"] + box["width"] / 2, box["y"] + box["height"] / 2
    page.mouse.move(x, y)
    page.mouse.down()
    page.mouse.move(x + by[0] / 2, y + by[1] / 2)
    page.mouse.move(x + by[0], y + by[1])
    page.mouse.up()


def names():
    """The names of all explorables in the package."""
    from course_utils import widgets

    return list(widgets.MODULES.values())


def try_of(name):
    """What test_NAME.py says is to be tried with the explorable `name`."""
    path = Path(__file__).with_name(f"test_{name}.py")
    assert path.exists(), f"{name} has no {path.name}"
    return importlib.import_module(path.stem).TRY


def explorable(name):
    """The class of an explorable."""
    from course_utils import widgets

    classes = {module: cls for cls, module in widgets.MODULES.items()}
    return getattr(widgets, classes[name])


def settle(page):
    """Wait until what was moved has been drawn, and the address written."""
    page.evaluate(
        "new Promise((done) => requestAnimationFrame(() => setTimeout(done, 0)))"
    )


def shown(page, selector):
    """The text of an element, or else the value that is spoken."""
    element = page.locator(selector).first
    return element.get_attribute("aria-valuetext") or element.text_content()

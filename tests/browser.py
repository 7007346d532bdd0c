"""Chromium, and the JupyterLab of `make lab`, for tests that look at pages."""

import os
import re
import shutil
import signal
import subprocess
import sys
from pathlib import Path

import nbformat
import pytest
from playwright.sync_api import Page, expect, sync_playwright

from course_tools.desk import delivery

ROOT = Path(__file__).parents[1]
# Screenshots, to be looked at after a run.
ARTEFACTS = Path(os.environ.get("COURSE_ARTEFACTS", ROOT / "artefacts"))
NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
FLAGS = [
    *("--no-sandbox", "--disable-gpu", "--disable-quic", "--disable-sync"),
    *("--disable-background-networking", "--disable-component-update"),
]


def chromium():
    """The path of Chromium or Chrome; without one the tests are skipped.

    Where COURSE_CI is set, as CI does, they fail instead.
    """
    found = next(filter(None, map(shutil.which, NAMES)), None)
    if found is None:
        reason = f"none of {', '.join(NAMES)} is installed: apt-get install chromium"
        (pytest.fail if os.environ.get("COURSE_CI") else pytest.skip)(reason)
    return found


def save(page: Page, name):
    """Keep what the window shows as a picture."""
    ARTEFACTS.mkdir(exist_ok=True)
    page.screenshot(path=ARTEFACTS / f"{name}.png")


class Browser:
    """A headless Chromium that reaches this machine only."""

    def __init__(self):
        self._playwright = sync_playwright().start()
        self._browser = self._playwright.chromium.launch(
            executable_path=chromium(), args=FLAGS
        )

    def open(self, address, width=1280, height=900) -> Page:
        page = self._browser.new_page(viewport={"width": width, "height": height})
        outside = re.compile(r"^https?://(?!localhost|127\.0\.0\.1)")
        page.route(outside, lambda route: route.abort())
        page.goto(address)
        return page

    def close(self):
        self._browser.close()
        self._playwright.stop()


class Lab:
    """What `make lab` starts, on a copy of the course."""

    def __init__(self, folder):
        self.folder, self.desk = folder, folder / delivery.FOLDER
        for name in ("notebooks", "exercises"):
            shutil.copytree(ROOT / name, folder / name)
        for name in ("Makefile", "pyproject.toml", "requirements.txt"):
            shutil.copy(ROOT / name, folder)
        without = ("DISPLAY", "WAYLAND_DISPLAY", "MAKEFLAGS", "MAKELEVEL")
        environment = {k: v for k, v in os.environ.items() if k not in without}
        own = ("JUPYTER_RUNTIME_DIR", "JUPYTER_CONFIG_DIR", "IPYTHONDIR")
        own += ("JUPYTERLAB_SETTINGS_DIR", "JUPYTERLAB_WORKSPACES_DIR")
        environment |= {name: str(folder / "jupyter") for name in own}
        # The packages that run this test are the ones `make lab` has installed.
        ready = f"{sys.prefix}/ready"
        self._process = subprocess.Popen(
            ["make", "--old-file", ready, "lab", f"VENV={sys.prefix}"],
            cwd=folder,
            env=environment,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            start_new_session=True,
        )
        self.printed = ""
        for line in self._process.stdout:
            self.printed += line
            if "Ctrl-C" in line:
                break
        found = re.search(r"^ +(http\S+)$", self.printed, re.MULTILINE)
        assert found, self.printed
        self.address = found[1]

    def address_of(self, place):
        """The printed address, with another file of the desk in place of its first."""
        return re.sub(r"/tree/[^?]+", f"/tree/{place}", self.address)

    def stop(self):
        os.killpg(self._process.pid, signal.SIGTERM)
        self._process.communicate()


class Notebook:
    """A notebook that is open in JupyterLab; `place` is its file."""

    def __init__(self, page: Page, place):
        self.page, self.place = page, place
        self.panel = page.locator(".jp-NotebookPanel:not(.lm-mod-hidden)")
        self.code = self.panel.locator(".jp-CodeCell")
        cells = nbformat.read(place, as_version=4).cells
        count = sum(cell.cell_type == "code" for cell in cells)
        expect(self.code).to_have_count(count, timeout=60_000)
        self.wait_until_idle()

    def wait_until_idle(self):
        """Wait until the kernel has started, and has nothing left to do."""
        status = self.page.get_by_text(re.compile(r"\(ipykernel\) \| Idle"))
        expect(status).to_be_visible(timeout=60_000)

    def choose(self, menu, entry):
        """Choose an entry of JupyterLab's menu bar."""
        self.page.locator(".lm-MenuBar-item", has_text=re.compile(f"^{menu}$")).click()
        self.page.locator(".lm-Menu-item", has_text=re.compile(f"^{entry}")).click()

    def cell(self, text):
        """The code cell whose source holds `text`."""
        source = self.page.locator(".jp-Editor", has_text=text)
        return self.code.filter(has=source)

    def run(self, cell, timeout=60_000):
        """Run a cell, as a click into it and Ctrl-Enter do; wait for its end."""
        prompt = cell.locator(".jp-InputPrompt")
        before = prompt.text_content()
        cell.locator(".cm-content").click()
        self.page.keyboard.press("Control+Enter")
        done = re.compile(rf"^(?!{re.escape(before)}$)\[\d+\]:$")
        expect(prompt).to_have_text(done, timeout=timeout)

    def write(self, cell, source):
        """Replace what a code cell says."""
        cell.locator(".cm-content").click()
        self.page.keyboard.press("Control+A")
        self.page.keyboard.insert_text(source)

    def screenshot(self, name, of=None):
        """Keep a picture; scroll first to what it is to show."""
        if of is not None:
            of.scroll_into_view_if_needed()
        save(self.page, name)

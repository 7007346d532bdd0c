"""`course pdf`: the whole course as one file to print, with figures and contents."""

import argparse
import shutil
import tempfile
from pathlib import Path

from course_tools.project import UserError, find_root, shown
from course_tools.site.build import sphinx

TARGET = "build/course.pdf"
BROWSERS = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
MARGIN = {"top": "18mm", "bottom": "18mm", "left": "16mm", "right": "16mm"}
PAGE_NUMBER = (
    '<div style="font-size: 8px; width: 100%; text-align: center">'
    '<span class="pageNumber"></span></div>'
)


def make(root: Path, target: Path) -> None:
    """Print all pages of the site into one PDF.

    Args:
        root: the checkout.
        target: the file.

    Raises:
        UserError: Sphinx, Playwright or a browser is not installed.
    """
    try:
        from playwright.sync_api import sync_playwright
    except ModuleNotFoundError:
        raise UserError(
            "Playwright is not installed. Install it with `pip install playwright`."
        ) from None
    browser = next(filter(None, map(shutil.which, BROWSERS)), None)
    if browser is None:
        raise UserError(f"none of {', '.join(BROWSERS)} is installed. Install one.")
    target.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as folder, sync_playwright() as playwright:
        site = Path(folder) / "site"
        sphinx(root, site, "singlehtml")
        chromium = playwright.chromium.launch(
            executable_path=browser, args=["--no-sandbox"]
        )
        page = chromium.new_page()
        page.goto((site / "index.html").as_uri(), wait_until="load")
        # Figures wait until they come into sight, which on paper they never do.
        page.evaluate(
            "async () => { const all = [...document.images];"
            "for (const image of all) image.loading = 'eager';"
            "for (const part of document.querySelectorAll('details')) part.open = true;"
            "await Promise.all(all.map(image => image.decode().catch(() => {}))); }"
        )
        page.pdf(
            path=target, format="A4", margin=MARGIN, outline=True, tagged=True,
            display_header_footer=True, header_template="<span></span>",
            footer_template=PAGE_NUMBER,
        )  # fmt: skip
        chromium.close()


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """`course pdf` has no options."""


def command(arguments: argparse.Namespace) -> int:
    """Carry out `course pdf`."""
    root = find_root()
    target = root / TARGET
    make(root, target)
    print(f"{shown(target)}: {target.stat().st_size / 1e6:.0f} MB.")
    return 0

"""The moving picture at the top of README.md: film.py writes notebooks/playground.gif.

The playground as a reader finds it, with two units; then a third unit is given, it
trains until the ring is closed, and the hidden space is turned.
"""

import io

import harness  # first: it makes browser.py, in the folder above, importable
from browser import ROOT, Browser
from PIL import Image

PATH = ROOT / "notebooks" / "playground.gif"
WIDTH, COLORS = 1000, 40
MILLISECONDS = 140  # that a picture stays; the first and the last longer
# What is set before each picture.
STORY = [
    {},
    {"units": 3, "steps": 0},
    *({"steps": n} for n in (2, 5, 10, 20, 30, 45, 60, 80, 100, 125, 150, 180, 220)),
    *({"steps": n} for n in (260, 310, 370, 440, 520, 600)),
    *({"turn": angle} for angle in range(40, 145, 15)),
]


def main():
    browser, site = Browser(), harness.Site()
    page = browser.open("about:blank", width=WIDTH, height=600)
    page.goto(site.page("playground", {}, "light"))
    page.wait_for_function("window.startedIn !== undefined")
    pictures = []
    below = page.get_by_label("hidden layers").bounding_box()["y"]
    for values in STORY:
        page.evaluate(
            "values => Object.entries(values).forEach(([k, v]) => model.set(k, v))",
            values,
        )
        page.wait_for_timeout(150)
        shot = page.locator(".explorable").screenshot()
        pictures.append(Image.open(io.BytesIO(shot)).convert("RGB"))
    browser.close()
    site.close()
    last = pictures[-1].quantize(COLORS)
    top = (0, 0, last.width, round(below) - 16)  # the picture, without what is below
    frames = [
        p.crop(top).quantize(palette=last, dither=Image.Dither.NONE) for p in pictures
    ]
    stay = [12 * MILLISECONDS, *(len(frames) - 2) * [MILLISECONDS], 12 * MILLISECONDS]
    frames[0].save(PATH, save_all=True, append_images=frames[1:], duration=stay, loop=0)
    print(f"{PATH}: {len(frames)} pictures, {PATH.stat().st_size / 1000:.0f} kB")


if __name__ == "__main__":
    main()

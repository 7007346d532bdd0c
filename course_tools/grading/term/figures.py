"""The figures of the report, as SVG that takes the page's own colors."""

import io
import re
from collections.abc import Sequence
from html import escape

import matplotlib as mpl
import numpy as np
import pandas as pd
from matplotlib.figure import Figure

# Stands for the color of the page's text, which is light or dark.
TEXT = "#123456"
# Seen on white as well as on black (contrast above 3.5 to 1).
BLUE, ORANGE = "#2a8acb", "#c8701a"
SIZE = (4.8, 3.0)  # inches; letters can be read where a phone shows it smaller
STYLE = {
    "svg.fonttype": "none",
    "svg.hashsalt": "course report",
    "font.family": "sans-serif",
    "font.size": 10,
    "axes.spines.top": False,
    "axes.spines.right": False,
    **dict.fromkeys(
        (
            "text.color",
            "axes.labelcolor",
            "axes.edgecolor",
            "xtick.color",
            "ytick.color",
        ),
        TEXT,
    ),
}


def totals(total: pd.Series) -> str:
    """Return how many students have reached which share of the term, as SVG.

    Args:
        total: by student, 0 to 1.
    """
    counts, edges = np.histogram(total.clip(0, 1), bins=20, range=(0, 1))
    middle = total.median()

    def draw(axes) -> str:
        axes.bar(100 * edges[:-1], counts, width=4.6, align="edge", color=BLUE)
        axes.axvline(100 * middle, color=ORANGE, lw=2)
        side, space = ("left", 1) if middle < 0.5 else ("right", -1)
        place = 100 * middle + space, 1.02 * counts.max()
        axes.text(*place, "median", ha=side, va="bottom")
        axes.set(xlim=(0, 100), xlabel="total (%)", ylabel="students")
        return (
            f"Histogram of the totals of {len(total)} students: the middle one has "
            f"{middle:.0%}, a quarter at most {total.quantile(0.25):.0%}, a quarter at "
            f"least {total.quantile(0.75):.0%}."
        )

    return _svg("totals", draw)


def progress(shares: pd.DataFrame, labels: Sequence[str]) -> str:
    """Return the shares of each set, as boxes in the order of the course, as SVG.

    Args:
        shares: students by sets, 0 to 1; NaN where nothing was graded.
        labels: of the sets.
    """
    columns = [100 * shares[name].dropna() for name in shares]

    def draw(axes) -> str:
        axes.boxplot(
            columns, whis=(5, 95), showfliers=False, widths=0.5, patch_artist=True,
            boxprops={"facecolor": BLUE, "edgecolor": TEXT},
            medianprops={"color": ORANGE, "linewidth": 3},
            whiskerprops={"color": TEXT}, capprops={"color": TEXT},
        )  # fmt: skip
        axes.set_xticks(range(1, len(labels) + 1), [one.split()[0] for one in labels])
        axes.set(ylim=(-3, 103), xlabel="set", ylabel="share of its points (%)")
        told = [
            f"{label}: {column.median():.0f} % in the middle of {len(column)} students"
            for label, column in zip(labels, columns, strict=True)
        ]
        return (
            "Box for each set from the lower to the upper quarter, lines to the 5th and "
            f"95th percentile. {'; '.join(told)}."
        )

    return _svg("progress", draw)


def exercises(table: pd.DataFrame, numbered: Sequence[int]) -> str:
    """Return difficulty against discrimination, as SVG.

    Args:
        table: what `exercises_table` returns.
        numbered: the rows that get a number, from 1 on; others are grey dots.
    """
    known = table.dropna(subset="discrimination")
    x, y = 100 * known["mean"], known["discrimination"]

    def draw(axes) -> str:
        rest = ~known.index.isin(numbered)
        axes.plot(x[rest], y[rest], "o", ms=5, color=BLUE)
        places: dict[tuple[float, float], list[str]] = {}
        for number, row in enumerate(numbered, 1):
            if row in known.index:
                axes.plot(x[row], y[row], "s", ms=7, color=ORANGE)
                # Where marks lie on one another, they share a label.
                close = [
                    (px, py)
                    for px, py in places
                    if abs(px - x[row]) < 5 and abs(py - y[row]) < 0.07
                ]
                place = (*close, (x[row], y[row]))[0]
                places.setdefault(place, []).append(f"{number}")
        for place, numbers in places.items():
            axes.annotate(
                ", ".join(numbers), place, (5, 5), textcoords="offset points",
                fontweight="bold",
            )  # fmt: skip
        axes.axhline(0, color=TEXT, lw=0.8)
        low = min(-0.1, y.min() - 0.05) if len(y) else -0.1
        axes.set(xlim=(0, 103), ylim=(low, 1))
        axes.set(xlabel="mean share of the points (%)", ylabel="discrimination")
        return (
            f"{len(known)} exercises by mean share, from {x.min():.0f} to {x.max():.0f} "
            f"%, and by correlation with the rest of their set, from {y.min():.2f} to "
            f"{y.max():.2f}."
            if len(known)
            else "No exercise has enough students."
        )

    return _svg("exercises", draw)


def sparkline(shares: Sequence[float]) -> str:
    """Return a student's shares as a line of 60 by 16 pixels, as SVG.

    Args:
        shares: one per set, 0 to 1 or NaN, which leaves a gap.
    """
    step = 56 / max(1, len(shares) - 1)
    runs: list[list[str]] = [[]]
    for number, share in enumerate(shares):
        if np.isnan(share):
            runs.append([])
        else:
            height = 14 - 12 * min(1.0, max(0.0, share))
            runs[-1].append(f"{2 + number * step:.1f},{height:.1f}")
    lines = [f'<polyline points="{" ".join(run)}"/>' for run in runs if run]
    dots = [
        f'<circle r="1.8" cx="{x}" cy="{y}"/>'
        for run in runs
        for x, y in (point.split(",") for point in run)
    ]
    return (
        '<svg class="spark" aria-hidden="true" viewBox="0 0 60 16" width="60" '
        f'height="16">{"".join(lines + dots)}</svg>'
    )


def _svg(name: str, draw) -> str:
    """An SVG for the inside of a page; `draw` returns its text alternative."""
    with mpl.rc_context(STYLE):
        figure = Figure(figsize=SIZE, layout="constrained")
        figure.patch.set_alpha(0)
        axes = figure.add_subplot()
        axes.patch.set_alpha(0)
        text = draw(axes)
        file = io.StringIO()
        figure.savefig(file, format="svg", metadata={"Date": None})
    svg = file.getvalue()
    svg = svg[svg.index("<svg") :].replace(TEXT, "currentColor")
    svg = re.sub(r"<metadata>.*?</metadata>|<style.*?</style>", "", svg, flags=re.S)
    # Several figures stand on one page.
    svg = re.sub(r'(\bid="|url\(#|href="#)', rf"\g<1>{name}-", svg)
    box = re.search(r'viewBox="[^"]+"', svg)[0]
    opening = f'<svg role="img" aria-label="{escape(text)}" {box}>'
    return re.sub(r"<svg[^>]*>", lambda _: opening, svg, count=1)

"""Figures made of lines and areas: histories and bars."""

import math
from collections.abc import Mapping, Sequence

import matplotlib.pyplot as plt
import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import MaxNLocator
from torch import Tensor

from course_utils.plotting.style import (
    BLUE,
    GREY,
    INKS,
    LIGHT,
    ORANGE,
    WIDTH,
    describe,
    plain,
)
from course_utils.training import History

LABEL_GAP = 11  # points between two labels, one above the other


def show_history(history: History) -> Figure:
    """Draw loss (left) and accuracy over the epochs, for training and validation.

    The dotted line marks the best validation epoch, where there is one.

    Raises:
        ValueError: the history has no finished epoch.
    """
    if not history.rows:
        raise ValueError(
            "this history has no finished epoch: there is nothing to draw."
        )
    kinds = ["loss"]
    if not math.isnan(history["train_accuracy"][0]):
        kinds.append("accuracy")
    # The names of the curves stand to the right of each panel and need some room.
    figure, axes = plt.subplots(
        1, len(kinds), figsize=(WIDTH, 2.9), squeeze=False, gridspec_kw={"wspace": 0.1}
    )
    texts = [
        _history_axes(ax, history, kind)
        for ax, kind in zip(axes[0], kinds, strict=True)
    ]
    best = history.best_epoch
    chosen = f" Epoch {best} is marked as the best on validation data." if best else ""
    count = f"{len(history)} epoch{'s' if len(history) > 1 else ''}"
    return describe(figure, f"Training over {count}. {' '.join(texts)}{chosen}")


def _history_axes(ax: Axes, history: History, kind: str) -> str:
    """Draw one figure of a history, "loss" or "accuracy"; returns what it shows."""
    looks = {"training": (BLUE, "--", INKS[0]), "validation": (ORANGE, "-", INKS[1])}
    scale, unit = (100, " %") if kind == "accuracy" else (1, "")
    epochs, ends, said = history["epoch"], {}, []
    for part, (color, style, ink) in looks.items():
        column = f"{part[:5]}_{kind}"
        if column not in history.rows[0]:
            continue
        values = scale * np.array(history[column])
        marker = "o" if len(epochs) < 25 else None
        ax.plot(epochs, values, style, color=color, marker=marker, markersize=4)
        ends[part] = (epochs[-1], values[-1], ink)
        said.append(f"{part} from {values[0]:.3g}{unit} to {values[-1]:.3g}{unit}")
    if history.best_epoch is not None:
        ax.axvline(history.best_epoch, color=GREY, linestyle=":", linewidth=1, zorder=0)
        # Beside the line where the names of the curves stand on the other side.
        side = "right" if history.best_epoch == epochs[-1] else "center"
        ax.annotate(
            "best", (history.best_epoch, 1), (0, 2), xycoords=("data", "axes fraction"),
            textcoords="offset points", ha=side, color=GREY, fontsize=9,
        )  # fmt: skip
    ax.set(xlabel="epoch", ylabel="mean loss" if kind == "loss" else "accuracy (%)")
    ax.xaxis.set_major_locator(
        MaxNLocator(6, steps=[1, 2, 5, 10], integer=True, min_n_ticks=1)
    )
    direct_labels(ax, ends)
    return f"{kind.capitalize()}: {', '.join(said)}."


def direct_labels(ax: Axes, lines: Mapping[str, tuple[float, float, str]]) -> None:
    """Write each name beside the end of its line; labels never cover one another.

    Call it last: where the labels go depends on the limits of the axes.

    Args:
        lines: name to (x, y, color) of the line's end.
    """
    ax.figure.draw_without_rendering()  # so that the layout is known
    points_per_pixel = 72 / ax.figure.dpi
    heights = {
        name: points_per_pixel * ax.transData.transform((x, y))[1]
        for name, (x, y, _) in lines.items()
        if math.isfinite(y)
    }
    lowest_free = -math.inf
    for name in sorted(heights, key=heights.__getitem__):
        x, y, color = lines[name]
        height = max(heights[name], lowest_free)
        lowest_free = height + LABEL_GAP
        ax.annotate(
            name, (x, y), (6, height - heights[name]), textcoords="offset points",
            color=color, va="center", fontsize=9, annotation_clip=False,
        )  # fmt: skip


def show_bars(
    values: Sequence[float] | Tensor,
    names: Sequence[str],
    *,
    xlabel: str,
    highlight: Sequence[int] = (),
    percent: bool = False,
    ax: Axes | None = None,
) -> Figure | Axes:
    """Draw one labeled bar per class, with its value written at its end.

    Args:
        values: (k,) numbers; nan, as for a class without examples, gets no bar.
        names: k class names.
        xlabel: what the values are, with their unit.
        highlight: indices of the bars to draw in color; the others are gray.
        percent: write values in 0 to 1 as percentages.
        ax: where to draw; None makes a new figure.

    Raises:
        ValueError: no values, or not as many names as values.
    """
    values = plain(values).double().numpy()
    if values.ndim != 1 or len(values) == 0 or len(values) != len(names):
        raise ValueError(
            f"values of shape {values.shape} and {len(names)} names: show_bars draws "
            "one value (k,) for each of k names, and at least one."
        )
    if percent:
        values = 100 * values
    axes = ax
    if axes is None:
        _, axes = plt.subplots(figsize=(WIDTH, 0.28 * len(values) + 0.6))
    colors = [ORANGE if i in highlight else LIGHT for i in range(len(values))]
    bars = axes.barh(range(len(values)), np.nan_to_num(values), color=colors)
    texts = [_number(value, percent) for value in values]
    axes.bar_label(bars, texts, padding=4, fontsize=9)
    axes.set_yticks(range(len(values)), names)
    axes.tick_params(axis="y", length=0)
    axes.invert_yaxis()
    axes.set_xlabel(xlabel)
    axes.xaxis.set_major_formatter(lambda value, _: f"{value:,g}")
    axes.margins(x=0.1)
    pairs = [f"{name}: {text}" for name, text in zip(names, texts, strict=True)]
    text = f"Bars of {xlabel}: {'; '.join(pairs)}."
    if ax is None:
        return describe(axes.figure, text)
    # The text joins those of the figure's other axes.
    describe(axes.figure, f"{getattr(axes.figure, 'text_alternative', '')} {text}")
    return axes


def _number(value: float, percent: bool) -> str:
    if math.isnan(value):
        return "no value"
    if percent:
        return f"{value:.1f}"
    return f"{value:,.0f}" if value.is_integer() else f"{value:,.4g}"

"""Figures made of lines and areas: histories, bars, decision boundaries."""

import math
from collections.abc import Callable, Mapping, Sequence

import matplotlib.pyplot as plt
import numpy as np
import torch
from matplotlib.axes import Axes
from matplotlib.colors import to_rgb
from matplotlib.figure import Figure
from matplotlib.ticker import MaxNLocator
from torch import Tensor, nn

from course_utils.batches import device_of
from course_utils.evaluation import modes_kept
from course_utils.plotting.style import (
    BLUE,
    GREY,
    INKS,
    LIGHT,
    ORANGE,
    PALETTE,
    WIDTH,
    describe,
    finished,
    new_axes,
    plain,
)
from course_utils.training import History

MARKERS = "osD^vPX*<>"
RESOLUTION = 200  # points in each direction at which a model is asked for its class
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
    axes = new_axes(ax, (WIDTH, 0.28 * len(values) + 0.6))
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
    return finished(
        axes, f"Bars of {xlabel}: {'; '.join(pairs)}.", own_figure=ax is None
    )


def _number(value: float, percent: bool) -> str:
    if math.isnan(value):
        return "no value"
    if percent:
        return f"{value:.1f}"
    return f"{value:,.0f}" if value.is_integer() else f"{value:,.4g}"


def show_decision_boundary(
    predict: Callable[[Tensor], Tensor],
    X: Tensor,
    y: Tensor,
    *,
    title: str = "",
    ax: Axes | None = None,
) -> Figure | Axes:
    """Color the plane by the class that `predict` finds there, with the data on top.

    Args:
        predict: maps points (m, 2) to classes (m,), or to logits (m, k), or to
            one logit (m, 1) of class 1 against class 0. A module is asked in
            evaluation mode, on its own device.
        X: points (n, 2).
        y: their classes (n,), 0 to 9; each has its own color and marker.
        title: drawn above.
        ax: where to draw; None makes a new figure, with a key to the markers.

    Raises:
        ValueError: the points are not in the plane, or classes are not in 0 to 9.
    """
    X, y = plain(X).float(), plain(y)
    if X.ndim != 2 or X.shape[1] != 2 or len(X) == 0 or y.shape != (len(X),):
        raise ValueError(
            "points in the plane have the shape (n, 2) and their classes (n,); got "
            f"{tuple(X.shape)} and {tuple(y.shape)}."
        )
    y = _as_classes(y)
    low, high = X.min(dim=0).values, X.max(dim=0).values
    margin = (0.15 * (high - low)).clamp(min=1e-3)
    xs, ys = (
        torch.linspace(float(a), float(b), RESOLUTION)
        for a, b in zip(low - margin, high + margin, strict=True)
    )
    region = _classify(predict, torch.cartesian_prod(xs, ys))
    region = region.reshape(RESOLUTION, RESOLUTION).T
    right = (_classify(predict, X) == y).float().mean()

    axes = new_axes(ax, (0.66 * WIDTH, 0.55 * WIDTH))
    for c in region.unique().tolist():
        # One class at a time: contours of all would draw class 1 between 0 and 2.
        axes.contourf(xs, ys, region == c, [0.5, 1.5], colors=[_pale(PALETTE[c])])
    classes = y.unique().tolist()
    for c in classes:
        axes.scatter(
            *X[y == c].T, s=22, color=PALETTE[c], marker=MARKERS[c], edgecolor="white",
            linewidth=0.5, label=f"class {c}",
        )  # fmt: skip
    axes.set(xlabel="$x_1$", ylabel="$x_2$", title=title)
    if ax is None:
        axes.legend(loc="upper left", bbox_to_anchor=(1, 1), handletextpad=0)
    text = (
        f"{title + ': ' if title else ''}{len(X)} points of {len(classes)} classes over "
        f"the regions that the model assigns to each; {right:.0%} of the points lie in "
        "the region of their class."
    )
    return finished(axes, text, own_figure=ax is None)


@torch.no_grad()
def _classify(predict: Callable[[Tensor], Tensor], points: Tensor) -> Tensor:
    """The class (m,) that `predict` finds at each of the points (m, 2)."""
    if not isinstance(predict, nn.Module):
        return _as_classes(plain(predict(points)))
    with modes_kept(predict):
        predict.eval()
        return _as_classes(plain(predict(points.to(device_of(predict)))))


def _as_classes(predicted: Tensor) -> Tensor:
    """Classes (m,) or logits (m, k) or one logit (m, 1) to classes (m,) int64."""
    if predicted.ndim == 2 and predicted.shape[1] == 1:
        predicted = predicted[:, 0] > 0
    elif predicted.ndim == 2:
        predicted = predicted.argmax(dim=1)
    classes = predicted.long()
    outside = (classes != predicted) | (classes < 0) | (classes >= len(MARKERS))
    if outside.any():
        raise ValueError(
            f"classes are whole numbers from 0 to {len(MARKERS) - 1}; got "
            f"{predicted[outside][0].item():g}. One logit for two classes has the "
            "shape (m, 1)."
        )
    return classes


def _pale(color: str) -> list[float]:
    """The color mixed with white, as ground for points in the color itself."""
    return [0.25 * part + 0.75 for part in to_rgb(color)]

"""Figures made of lines and areas: histories, bars, decision boundaries."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence

import matplotlib.pyplot as plt
import numpy as np
import torch
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from torch import Tensor

from course_utils.plotting.style import (
    BLUE,
    GREY,
    LIGHT,
    ORANGE,
    PALETTE,
    WIDTH,
    describe,
    new_axes,
)
from course_utils.training import History

MARKERS = "osD^vPX*<>"


def show_history(history: History) -> Figure:
    """Draw loss and accuracy over the epochs, for training and validation.

    The dotted line marks the best validation epoch, where there is one.

    Args:
        history: from `training.fit`.

    Returns:
        The figure: loss left, accuracy right.

    Raises:
        ValueError: the history has no finished epoch.
    """
    if not history.rows:
        raise ValueError(
            "this history has no finished epoch: there is nothing to draw."
        )
    epochs = history["epoch"]
    with_valid = "valid_loss" in history.rows[0]
    with_accuracy = not math.isnan(history["train_accuracy"][0])
    kinds = ["loss", "accuracy"] if with_accuracy else ["loss"]
    figure, axes = plt.subplots(1, len(kinds), figsize=(WIDTH, 3), squeeze=False)
    for ax, kind in zip(axes[0], kinds, strict=True):
        scale = 100 if kind == "accuracy" else 1
        _labeled_line(
            ax, epochs, history[f"train_{kind}"], "training", BLUE, "--", scale
        )
        if with_valid:
            values = history[f"valid_{kind}"]
            _labeled_line(ax, epochs, values, "validation", ORANGE, "-", scale)
            ax.axvline(history.best_epoch, color=GREY, linestyle=":", zorder=0)
        ax.set_xlabel("epoch")
        ax.set_ylabel("cross-entropy loss" if kind == "loss" else "accuracy (%)")
        if kind == "loss" and not with_accuracy:
            ax.set_ylabel("loss")
        ax.xaxis.get_major_locator().set_params(integer=True)
        _legend_by_the_lines(ax)
    last = history.rows[-1]
    text = (
        f"Training over {len(history)} epochs: loss {last['train_loss']:.3f} at the end"
    )
    if with_valid:
        text += f", validation loss {last['valid_loss']:.3f}"
        text += f", lowest in epoch {int(np.argmin(history['valid_loss'])) + 1}"
    return describe(figure, text + ".")


def _labeled_line(
    ax: Axes,
    x: Sequence[float],
    y: Sequence[float],
    label: str,
    color: str,
    style: str,
    scale: float = 1,
) -> None:
    marker = "o" if len(x) < 25 else None
    values = np.asarray(y) * scale
    ax.plot(x, values, style, color=color, label=label, marker=marker, markersize=4)


def _legend_by_the_lines(ax: Axes) -> None:
    """Two lines that end close together can't both be labeled there."""
    if len(ax.get_lines()) > 1:
        ax.legend(loc="best", handlelength=2.5)


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
        values: (k,) numbers.
        names: k class names.
        xlabel: what the values are, with their unit.
        highlight: indices of the bars to draw in color; the others are gray.
        percent: write values in 0 to 1 as percentages.
        ax: where to draw; None makes a new figure.

    Returns:
        The figure, or `ax` if it was given.
    """
    values = np.asarray(torch.as_tensor(values).cpu(), dtype=float)
    if len(values) != len(names):
        raise ValueError(f"{len(values)} values but {len(names)} names.")
    if percent:
        values = 100 * values
    figure, axes = new_axes(ax, (WIDTH, 0.28 * len(values) + 0.6))
    colors = [ORANGE if i in highlight else LIGHT for i in range(len(values))]
    bars = axes.barh(range(len(values)), values, color=colors)
    texts = [f"{v:.1f}" if percent else f"{v:,.4g}" for v in values]
    axes.bar_label(bars, texts, padding=3, fontsize=9)
    axes.set_yticks(range(len(values)), names)
    axes.invert_yaxis()
    axes.set_xlabel(xlabel)
    axes.margins(x=0.1)
    listed = ", ".join(
        f"{name} {text}" for name, text in zip(names, texts, strict=True)
    )
    describe(figure, f"Bars of {xlabel}: {listed}.")
    return axes if ax is not None else figure


def show_decision_boundary(
    predict: Callable[[Tensor], Tensor],
    X: Tensor,
    y: Tensor,
    *,
    resolution: int = 200,
    title: str = "",
    ax: Axes | None = None,
) -> Figure | Axes:
    """Color the plane by the class that `predict` finds there, with the data on top.

    Args:
        predict: maps points (m, 2) to classes (m,), or to logits (m, k), or to
            one logit (m, 1) of class 1 against class 0.
        X: points (n, 2).
        y: their classes (n,), 0 to 9; each has its own color and marker.
        resolution: grid points in each direction.
        title: drawn above.
        ax: where to draw; None makes a new figure.

    Returns:
        The figure, or `ax` if it was given.

    Raises:
        ValueError: the points are not in the plane.
    """
    X, y = torch.as_tensor(X).float().cpu(), torch.as_tensor(y).cpu()
    if X.ndim != 2 or X.shape[1] != 2:
        raise ValueError(
            f"points in the plane have the shape (n, 2); got {tuple(X.shape)}."
        )
    low, high = X.min(dim=0).values, X.max(dim=0).values
    margin = 0.15 * (high - low)
    xs = torch.linspace(*(low - margin)[:1], *(high + margin)[:1], resolution)
    ys = torch.linspace(*(low - margin)[1:], *(high + margin)[1:], resolution)
    plane = torch.cartesian_prod(xs, ys)
    with torch.no_grad():
        region = _as_classes(predict(plane)).reshape(resolution, resolution).T
    figure, axes = new_axes(ax, (WIDTH * 0.6, WIDTH * 0.55))
    classes = [int(c) for c in y.unique()]
    levels = np.arange(max(classes) + 2) - 0.5
    axes.contourf(xs, ys, region, levels, colors=PALETTE, alpha=0.25)
    for c in classes:
        axes.scatter(
            *X[y == c].T, s=22, color=PALETTE[c], marker=MARKERS[c], edgecolor="white",
            linewidth=0.5, label=f"class {c}",
        )  # fmt: skip
    axes.set(xlabel="$x_1$", ylabel="$x_2$", title=title)
    right = (_as_classes(predict(X)) == y).float().mean()
    describe(
        figure,
        f"{title + ': ' if title else ''}{len(X)} points of {len(classes)} classes over "
        f"the regions that the model assigns to each; {right:.0%} of the points lie in "
        "the region of their class.",
    )
    return axes if ax is not None else figure


def _as_classes(predicted: Tensor) -> Tensor:
    predicted = torch.as_tensor(predicted).detach().cpu()
    if predicted.ndim == 1:
        return predicted.long()
    if predicted.shape[1] == 1:
        return (predicted[:, 0] > 0).long()
    return predicted.argmax(dim=1)


def direct_labels(ax: Axes, lines: Mapping[str, tuple[float, float, str]]) -> None:
    """Write each name beside the end of its line.

    Args:
        ax: where.
        lines: name to (x, y, color) of the line's end.
    """
    for name, (x, y, color) in lines.items():
        ax.annotate(
            name,
            (x, y),
            xytext=(5, 0),
            textcoords="offset points",
            color=color,
            va="center",
        )

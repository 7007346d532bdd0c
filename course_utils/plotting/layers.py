"""What happens from layer to layer: histograms of activations or gradients."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import matplotlib.pyplot as plt
import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import MaxNLocator
from torch import Tensor

from course_utils.plotting.style import BLUE, GREY, LIGHT, WIDTH, describe, plain

BINS = 48
TAIL = 0.001  # share of the values at each end that may lie outside the axis
ROW_HEIGHT = 0.6  # inches
TEXT_ROOM = 1.75  # height of the axis in units of the highest bar


def show_layer_histograms(
    values: Mapping[str, Sequence[Tensor]], *, xlabel: str, log: bool = False
) -> Figure:
    """Draw a histogram for each layer of each network, all on the same scale.

    Every histogram is as high as its panel allows; the number above it is the
    standard deviation of its values.

    Args:
        values: name of a network to its layers' values, first layer first; each
            a tensor of any shape. Every network has as many layers.
        xlabel: what the values are.
        log: draw the sizes |value| on a logarithmic axis. Values that are exactly
            0 have no place there; their share is written in the panel.

    Returns:
        The figure: one row per network, one column per layer.

    Raises:
        ValueError: nothing to draw, networks of different depth, or values that
            are not finite.
    """
    rows = _rows(values)
    depth = len(next(iter(rows.values())))
    figure, grid = plt.subplots(
        len(rows), depth, figsize=(WIDTH, ROW_HEIGHT * len(rows) + 0.7),
        squeeze=False, sharex=True,
    )  # fmt: skip
    low, high = _limits(rows, log)
    for axes, (name, layers) in zip(grid, rows.items(), strict=True):
        axes[0].set_ylabel(name, rotation=0, ha="right", va="center", labelpad=6)
        for ax, layer in zip(axes, layers, strict=True):
            _panel(ax, layer, np.linspace(low, high, BINS + 1), log)
    for number, ax in enumerate(grid[0], start=1):
        ax.set_title(f"layer {number}", fontweight="normal", fontsize=10)
    for ax in grid[-1]:
        ax.set_xlim(low, high)
        ax.xaxis.set_major_locator(MaxNLocator(3, integer=log))
        if log:
            ax.xaxis.set_major_formatter(lambda x, _: f"$10^{{{x:g}}}$")
    figure.supxlabel(xlabel, fontsize=10)
    spreads = [
        f"{name} {_spread(layers[0])} to {_spread(layers[-1])}"
        for name, layers in rows.items()
    ]
    return describe(
        figure,
        f"Histograms of {xlabel} in {depth} layers, one row for each of "
        f"{len(rows)} networks. Standard deviation in the first and in the last "
        f"layer: {'; '.join(spreads)}.",
    )


def _rows(values: Mapping[str, Sequence[Tensor]]) -> dict[str, list[np.ndarray]]:
    """The values of every layer as a flat array of 64-bit numbers."""
    rows = {
        name: [plain(layer).double().flatten().numpy() for layer in layers]
        for name, layers in values.items()
    }
    depths = {name: len(layers) for name, layers in rows.items()}
    if len(set(depths.values())) != 1 or 0 in depths.values():
        raise ValueError(
            "every network needs the same number of layers, at least one; got "
            f"{depths or 'no network'}."
        )
    for name, layers in rows.items():
        for number, layer in enumerate(layers, start=1):
            if layer.size == 0 or not np.isfinite(layer).all():
                raise ValueError(
                    f"layer {number} of {name!r} holds no values, or some that are "
                    "infinite or nan. Draw fewer layers, or smaller weights."
                )
    return rows


def _limits(rows: Mapping[str, list[np.ndarray]], log: bool) -> tuple[float, float]:
    """An x axis for all panels, which leaves out only the far ends."""
    shown = [_shown(layer, log) for layers in rows.values() for layer in layers]
    shown = [part for part in shown if part.size]
    if not shown:
        return -1.0, 1.0
    low = min(np.quantile(part, TAIL, method="lower") for part in shown)
    high = max(np.quantile(part, 1 - TAIL, method="higher") for part in shown)
    if log:
        return np.floor(low), np.floor(high) + 1
    low, high = min(low, 0.0), max(high, 0.0)
    margin = 0.05 * (high - low) or 1.0
    return low - margin, high + margin


def _shown(layer: np.ndarray, log: bool) -> np.ndarray:
    """What the axis can show: the values, or the exponents of those that have one."""
    return np.log10(np.abs(layer[layer != 0])) if log else layer


def _panel(ax: Axes, layer: np.ndarray, edges: np.ndarray, log: bool) -> None:
    counts, _ = np.histogram(_shown(layer, log), edges)
    peak = counts.max() or 1
    if not log:
        ax.axvline(0, color=LIGHT, linewidth=1, zorder=0)
    ax.stairs(counts / peak, edges, fill=True, color=BLUE)
    ax.set(ylim=(0, TEXT_ROOM), yticks=[])
    ax.spines["left"].set_visible(False)
    zeros = np.mean(layer == 0)
    text = _spread(layer)
    if log and zeros == 1:
        text = "all 0"
    elif log and zeros >= 0.005:
        text += f", {zeros:.0%} are 0"
    ax.text(
        0.98, 0.97, text, transform=ax.transAxes, ha="right", va="top",
        fontsize=8, color=GREY,
    )  # fmt: skip


def _spread(layer: np.ndarray) -> str:
    return f"{layer.std():.2g}"

"""Computational graphs: boxes with data and gradient, layered from left to right."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from itertools import pairwise
from typing import Any, Protocol

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.patches import FancyArrowPatch, FancyBboxPatch
from matplotlib.path import Path
from sklearn.isotonic import isotonic_regression

from course_utils.plotting.style import GREY, INKS, LIGHT, WIDTH, finished, new_axes

MOST_LAYERS = MOST_ROWS = 12  # more can't be read in one figure
ROW_HEIGHT = 0.95  # inches, with the gap to the next row
LAYER_WIDTH = 1.5  # inches at most, with the gap to the next layer
BOX_WIDTH, BOX_HEIGHT = 0.74, 0.68  # as a share of a layer, and of a row
LANE = 0.4  # height of an edge that passes a layer, as a share of a row


class GraphNode(Protocol):
    """What `show_graph` draws: a value that knows what it was computed from.

    `grad`, `op` and `name` may be missing; then nothing is written for them.
    """

    data: Any
    parents: Sequence[GraphNode]


@dataclass(eq=False)
class Box:
    """One place of the drawing: a node, or where a long edge passes a layer."""

    node: Any = None
    layer: int = 0
    y: float = 0.0
    before: list[Box] = field(default_factory=list)
    after: list[Box] = field(default_factory=list)

    @property
    def height(self) -> float:
        return LANE if self.node is None else 1.0


def show_graph(
    root: GraphNode, *, title: str = "", ax: Axes | None = None
) -> Figure | Axes:
    """Draw everything that `root` was computed from, with data and gradients.

    Data flows from left to right. Each node stands to the left of all that use
    it; a node that is used twice by the same operation has two arrows.

    Args:
        root: any object with `data` and `parents`, and where there are, `grad`,
            `op` and `name`. Numbers are written with three digits, of arrays
            and tensors the shape.
        title: drawn above.
        ax: where to draw; None makes a new figure.

    Returns:
        The figure, or `ax` if it was given.

    Raises:
        TypeError: an object without `data` or `parents`.
        ValueError: the values form a cycle, or are too many to be read.
    """
    nodes = _in_order(root)
    layers = _place(nodes)
    boxes = [box for layer in layers for box in layer]
    low = min(box.y - box.height / 2 for box in boxes)
    high = max(box.y + box.height / 2 for box in boxes)
    width = min(WIDTH, LAYER_WIDTH * len(layers))
    axes = new_axes(ax, (width, ROW_HEIGHT * (high - low) + (0.3 if title else 0)))
    axes.set(xlim=(-0.5, len(layers) - 0.5), ylim=(high, low), title=title)
    axes.set_axis_off()
    _draw_edges(axes, boxes)
    size = _font_size(axes, nodes, len(layers))
    for box in boxes:
        if box.node is not None:
            _draw_box(axes, box, size)
    return finished(axes, _sentence(nodes, title), own_figure=ax is None)


def _in_order(root: Any) -> list[Any]:
    """The nodes of the graph, each after its parents."""
    order, state, stack = [], {}, [(root, False)]
    while stack:
        node, parents_done = stack.pop()
        if parents_done:
            order.append(node)
            state[id(node)] = "done"
        elif id(node) not in state:
            if not hasattr(node, "data") or not hasattr(node, "parents"):
                raise TypeError(
                    "show_graph draws objects that have data and parents; got a "
                    f"{type(node).__name__}."
                )
            state[id(node)] = "open"
            stack.append((node, True))
            stack.extend((parent, False) for parent in reversed(node.parents))
        elif state[id(node)] == "open":
            raise ValueError(
                f"{_name(node) or 'a value'} depends on itself: a computational graph "
                "has no cycles. Look at the parents."
            )
    return order


def _place(nodes: Sequence[Any]) -> list[list[Box]]:
    """Boxes for the nodes and for their long edges, layer by layer, with heights."""
    boxes = {id(node): Box(node, layer) for node, layer in _layer_numbers(nodes)}
    layers: list[list[Box]] = [[] for _ in range(boxes[id(nodes[-1])].layer + 1)]
    _check_size(nodes, len(layers), MOST_LAYERS, "layers")
    for node in nodes:
        layers[boxes[id(node)].layer].append(boxes[id(node)])
        for parent in node.parents:
            _connect(boxes[id(parent)], boxes[id(node)], layers)
    rows = max(sum(box.height for box in layer) for layer in layers)
    _check_size(nodes, round(rows), MOST_ROWS, "rows")
    _order(layers)
    _settle(layers)
    return layers


def _layer_numbers(nodes: Sequence[Any]) -> Iterator[tuple[Any, int]]:
    """Each node with its layer: as far right as the nodes that use it allow."""
    depth: dict[int, int] = {}
    for node in nodes:
        depth[id(node)] = max((depth[id(p)] + 1 for p in node.parents), default=0)
    layer = {id(nodes[-1]): depth[id(nodes[-1])]}
    for node in reversed(nodes):
        yield node, layer[id(node)]
        for parent in node.parents:
            nearest = layer.get(id(parent), len(nodes))
            layer[id(parent)] = min(nearest, layer[id(node)] - 1)


def _check_size(nodes: Sequence[Any], size: int, most: int, what: str) -> None:
    if size > most:
        raise ValueError(
            f"this graph has {len(nodes)} nodes in {size} {what}, too many to be read; "
            f"up to {most} {what} can be drawn. Draw a part of it: show_graph(a value "
            "inside)."
        )


def _connect(start: Box, end: Box, layers: list[list[Box]]) -> None:
    """Join two boxes by an edge, with a lane in each layer between them."""
    for layer in range(start.layer + 1, end.layer):
        lane = Box(layer=layer)
        layers[layer].append(lane)
        start.after.append(lane)
        lane.before.append(start)
        start = lane
    start.after.append(end)
    end.before.append(start)


def _order(layers: list[list[Box]]) -> None:
    """Sort each layer so that few edges cross: the barycenter heuristic."""
    best, fewest = [list(layer) for layer in layers], _crossings(layers)
    for sweep in range(8):
        rightward = sweep % 2 == 0
        for layer in layers if rightward else reversed(layers):
            middles = {id(box): _middle(box, rightward, layers) for box in layer}
            layer.sort(key=lambda box, middles=middles: middles[id(box)])
        crossings = _crossings(layers)
        if crossings < fewest:
            best, fewest = [list(layer) for layer in layers], crossings
    for layer, boxes in zip(layers, best, strict=True):
        layer[:] = boxes


def _middle(box: Box, rightward: bool, layers: list[list[Box]]) -> float:
    """Mean rank of the neighbors of a box; its own rank where it has none."""
    near = box.before if rightward else box.after
    ranks = [layers[other.layer].index(other) for other in near]
    return float(np.mean(ranks)) if ranks else layers[box.layer].index(box)


def _crossings(layers: list[list[Box]]) -> int:
    count = 0
    for layer, following in pairwise(layers):
        edges = [
            (i, following.index(end))
            for i, box in enumerate(layer)
            for end in box.after
        ]
        count += sum(
            (a - c) * (b - d) < 0
            for k, (a, b) in enumerate(edges)
            for c, d in edges[:k]
        )
    return count


def _settle(layers: list[list[Box]]) -> None:
    """Choose heights near those of the neighbors, without overlaps."""
    for layer in layers:
        _stack(layer, np.zeros(len(layer)))
    for _ in range(10):
        for layer in (*layers, *reversed(layers)):
            wanted = [
                np.mean([other.y for other in (*box.before, *box.after)] or [box.y])
                for box in layer
            ]
            _stack(layer, np.array(wanted))


def _stack(layer: list[Box], wanted: np.ndarray) -> None:
    """Heights closest to the wanted ones with all boxes in order and apart."""
    heights = np.array([box.height for box in layer])
    apart = np.cumsum(heights) - heights / 2
    for box, y in zip(layer, isotonic_regression(wanted - apart) + apart, strict=True):
        box.y = float(y)


def _draw_edges(axes: Axes, boxes: Sequence[Box]) -> None:
    reach = BOX_WIDTH / 2
    for box in boxes:
        if box.node is None and box.before:  # straight through its layer
            axes.plot(
                [box.layer - reach, box.layer + reach], [box.y] * 2, color=GREY, lw=1
            )
        for k, end in enumerate(box.after):
            twin = box.after[:k].count(end)
            x0, y0 = box.layer + reach, _port(box, box.after, end, twin)
            x1, y1 = end.layer - reach, _port(end, end.before, box, twin)
            bend = (x1 - x0) / 2
            points = [(x0, y0), (x0 + bend, y0), (x1 - bend, y1), (x1, y1)]
            path = Path(points, [Path.MOVETO] + 3 * [Path.CURVE4])
            arrow = FancyArrowPatch(
                path=path, color=GREY, lw=1, shrinkA=0, shrinkB=0, mutation_scale=9,
                arrowstyle="-" if end.node is None else "-|>",
            )  # fmt: skip
            axes.add_patch(arrow)


def _port(box: Box, neighbors: Sequence[Box], other: Box, twin: int) -> float:
    """Height at which the edge to `other` meets the box."""
    if box.node is None:
        return box.y
    ranked = sorted(neighbors, key=lambda neighbor: neighbor.y)
    rank = ranked.index(other) + twin
    return box.y + 0.16 * (rank - (len(ranked) - 1) / 2)


def _draw_box(axes: Axes, box: Box, size: float) -> None:
    node, x, y = box.node, box.layer, box.y
    leaf = not node.parents
    shape = FancyBboxPatch(
        (x - BOX_WIDTH / 2, y - BOX_HEIGHT / 2), BOX_WIDTH, BOX_HEIGHT,
        boxstyle="round,pad=0,rounding_size=0.06", facecolor="#f2f2f2" if leaf else "white",
        edgecolor=LIGHT if leaf else GREY, lw=1,
    )  # fmt: skip
    axes.add_patch(shape)
    left, right = x - BOX_WIDTH / 2 + 0.05, x + BOX_WIDTH / 2 - 0.05
    lines = [("data", _number(node.data), INKS[0])]
    if getattr(node, "grad", None) is not None:
        lines.append(("grad", _number(node.grad), INKS[3]))
    if _name(node):
        lines.insert(0, (_name(node), "", "black"))
    for i, (label, number, color) in enumerate(lines):
        height = y + BOX_HEIGHT * (0.08 + 0.26 * (i - (len(lines) - 1) / 2))
        is_name = not number
        axes.text(
            x if is_name else left, height, label, ha="center" if is_name else "left",
            va="center", fontsize=size + is_name, color="black" if is_name else GREY,
            fontweight="bold" if is_name else "normal",
        )  # fmt: skip
        axes.text(
            right, height, number, ha="right", va="center", fontsize=size, color=color
        )
    if getattr(node, "op", ""):
        axes.text(
            x, y - BOX_HEIGHT / 2 - 0.04, node.op, ha="center", va="center", fontsize=size,
            bbox={"boxstyle": "round,pad=0.25", "fc": "white", "ec": GREY, "lw": 0.8},
        )  # fmt: skip


def _font_size(axes: Axes, nodes: Sequence[Any], layers: int) -> float:
    """The largest size, up to 9 points, at which every line fits into its box."""
    axes.figure.draw_without_rendering()  # so that the layout is known
    pitch = 72 * axes.get_window_extent().width / axes.figure.dpi / layers
    longest = max(
        len(_number(value))
        for node in nodes
        for value in (node.data, getattr(node, "grad", None))
        if value is not None
    )
    # A letter is about 0.62 times as wide as the font is high; "data " are five.
    return min(9.0, (BOX_WIDTH - 0.1) * pitch / (0.62 * (longest + 5)))


def _number(value: Any) -> str:
    """Three digits of a number, the shape of an array, any other value as it is."""
    shape = tuple(getattr(value, "shape", ()))
    if shape:
        return "×".join(map(str, shape))
    if isinstance(value, str):
        return value
    text = f"{float(value):.3g}"
    return "0" if text == "-0" else text.replace("-", "−")


def _name(node: Any) -> str:
    return getattr(node, "name", "") or ""


def _sentence(nodes: Sequence[Any], title: str) -> str:
    """All nodes in words, from the leaves to the root."""
    names = {id(node): _name(node) or f"value {i}" for i, node in enumerate(nodes, 1)}
    parts = []
    for node in nodes:
        sources = " and ".join(names[id(parent)] for parent in node.parents)
        made = (
            f" = {getattr(node, 'op', '') or 'function'} of {sources}"
            if sources
            else ""
        )
        grad = getattr(node, "grad", None)
        slope = "" if grad is None else f", grad {_number(grad)}"
        parts.append(f"{names[id(node)]}{made} (data {_number(node.data)}{slope})")
    heading = f"{title}. " if title else ""
    return f"{heading}Computational graph of {len(nodes)} nodes: {'; '.join(parts)}."

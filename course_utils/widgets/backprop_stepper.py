"""A formula's graph: data forward, gradients back, one arrow at a time."""

from collections import Counter
from itertools import pairwise
from typing import Any, ClassVar

import traitlets
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.patches import FancyArrowPatch, FancyBboxPatch
from matplotlib.path import Path

from course_utils.plotting.style import GREY, INKS, LIGHT, WIDTH
from course_utils.widgets.base import Explorable
from course_utils.widgets.formula import Node, backward, forward, parse

FORMULA = "h = relu(w*x); (h - y)**2 + h"
FIRST = (1.0, 2.0, 3.0, -1.0, 0.5, -2.0)  # values of leaves that are given none
BOX = (0.78, 0.74)  # a box's sides in the still, in layers and rows


class BackpropStepper(Explorable):
    """The computational graph of a formula, to be stepped through in both directions.

    Args:
        formula: statements with ; between, of names, numbers, + - * / **, tanh, relu,
            exp, sigmoid and log.
        values: for each leaf its value, between -5 and 5.
        order: "waits", each node hands its gradient on after all that use it; or
            "early", at the first arrival, which is wrong.
        position: how many steps have been taken: one for each computed node, one
            for the loss's own gradient, one for each arrow back. None means that
            all data are there, and the gradient of the loss.

    Raises:
        ValueError: the formula can't be read, or `values` has a name it lacks.
        traitlets.TraitError: a value is out of its range, or there is no such order.
    """

    name: ClassVar[str] = "backprop_stepper"
    figsize: ClassVar[tuple[float, float]] = (WIDTH, 3.2)

    formula = traitlets.Unicode(FORMULA).tag(sync=True)
    values = traitlets.Dict(
        value_trait=traitlets.Float(min=-5, max=5),
        key_trait=traitlets.Unicode(),
        default_value={"w": 1.0, "x": 2.0, "y": 3.0},
    ).tag(sync=True)
    order = traitlets.Enum(["waits", "early"], "waits").tag(sync=True)
    position = traitlets.Int(6, min=0).tag(sync=True)

    def __init__(self, **state: Any) -> None:
        nodes = parse(state.get("formula", FORMULA))
        names = [node.name for node in nodes if node.kind == "leaf"]
        given = state.get("values", {})
        if unknown := given.keys() - set(names):
            raise ValueError(
                f"the formula has no {', '.join(sorted(unknown))}; its leaves are "
                f"{', '.join(names)}."
            )
        if state.get("position") is None:
            state["position"] = sum(node.kind != "leaf" for node in nodes) + 1
        state["values"] = {
            name: given.get(name, FIRST[k % len(FIRST)]) for k, name in enumerate(names)
        }
        super().__init__(**state)

    def graph(self) -> list[Node]:
        """All nodes, the result last, with data and the gradients of this position."""
        nodes = parse(self.formula)
        forward(nodes, self.values)
        seeded = sum(node.kind != "leaf" for node in nodes) + 1
        if self.position >= seeded:
            backward(nodes, self.order, self.position - seeded)
        return nodes

    @property
    def loss(self) -> float:
        """What the formula gives."""
        return self.graph()[-1].data

    @property
    def gradients(self) -> dict[str, float]:
        """The loss's derivative by each leaf, in the order chosen."""
        nodes = parse(self.formula)
        forward(nodes, self.values)
        backward(nodes, self.order)
        return {node.name: node.grad for node in nodes if node.kind == "leaf"}

    def draw(self, figure: Figure) -> None:
        """The graph with data, and the gradients that have arrived."""
        nodes = self.graph()
        nodes[-1].name = nodes[-1].name or "loss"
        places, routes = arrange(nodes)
        layers = 1 + max(x for x, _ in places.values())
        heights = [y for _, y in places.values()]
        low, high = min(heights) - 0.6, max(heights) + 0.5
        width = min(WIDTH, 1.6 * layers)
        figure.set_size_inches(width, 0.95 * (high - low) + 0.3)
        ax = figure.subplots()
        early = "   (handed on too early)" if self.order == "early" else ""
        ax.set(title=self.formula + early)
        ax.set(xlim=(-0.5, layers - 0.5), ylim=(high, low))
        ax.set_axis_off()
        for route in routes:
            _draw_arrow(ax, route)
        size = min(9.0, 7.4 * width / layers)
        for node in nodes:
            _draw_box(ax, node, *places[node], size)

    def alternative(self) -> str:
        nodes = self.graph()
        leaves = [node for node in nodes if node.kind == "leaf"]
        given = ", ".join(f"{node.name} = {node.data:g}" for node in leaves)
        text = (
            f"The computational graph of {self.formula}, for {given}; "
            f"the loss is {self.loss:.2f}."
        )
        arrived = [f"{n.name} {n.grad:.2f}" for n in leaves if n.grad is not None]
        if arrived:
            text += f" Gradients that have arrived: {', '.join(arrived)}."
        if self.order == "early":
            text += " Each node hands on as soon as a first gradient arrives."
        return text


def arrange(
    nodes: list[Node],
) -> tuple[dict[Node, tuple[int, float]], list[list[tuple[float, float]]]]:
    """Place the nodes of a graph, as layers.js does.

    Args:
        nodes: what `parse` returned.

    Returns:
        For each node its layer and height; for each arrow the points it runs through,
        of which those inside are in layers that it passes.
    """
    layer: dict[Any, int] = {}
    for node in nodes:
        layer[node] = 1 + max((layer[parent] for parent in node.parents), default=-1)
    for leaf in (node for node in nodes if not node.parents):
        layer[leaf] = min(layer[user] for user in nodes if leaf in user.parents) - 1
    near: dict[Any, list] = {node: [] for node in nodes}
    ways = []
    for user in nodes:
        for parent, twins in Counter(user.parents).items():
            between = range(layer[parent] + 1, layer[user])
            way = [parent, *(object() for _ in between), user]
            layer |= dict(zip(way[1:-1], between, strict=True))
            for left, right in pairwise(way):
                near.setdefault(left, []).append(right)
                near.setdefault(right, []).append(left)
            ways.append((way, twins))
    rows = [[s for s in near if layer[s] == k] for k in range(layer[nodes[-1]] + 1)]
    height = {
        spot: k - (len(row) - 1) / 2 for row in rows for k, spot in enumerate(row)
    }
    for sweep in range(8):  # each row in the order of its neighbors: few crossings
        for row in rows if sweep % 2 else reversed(rows):
            wish = {s: sum(height[t] for t in near[s]) / len(near[s]) for s in row}
            row.sort(key=wish.__getitem__)
            height |= {s: k - (len(row) - 1) / 2 for k, s in enumerate(row)}
    places = {node: (layer[node], height[node]) for node in nodes}
    routes = []
    for way, twins in ways:
        # Arrows from different nodes enter a box where they come from.
        fall = min(max(height[way[-2]] - height[way[-1]], -1), 1)
        enter = fall * BOX[1] / 4 if twins == 1 else 0.0
        for copy in range(twins):
            shift = 0.16 * (copy - (twins - 1) / 2)
            route = [(layer[spot], height[spot] + shift) for spot in way]
            route[-1] = (route[-1][0], route[-1][1] + enter)
            routes.append(route)
    return places, routes


def _draw_arrow(ax: Axes, route: list[tuple[float, float]]) -> None:
    """Draw a curve from one box to another, level in each layer that it passes."""
    reach = BOX[0] / 2
    (x, y), *others = route
    points, codes = [(x + reach, y)], [Path.MOVETO]
    for x1, y1 in others:
        x0, y0 = points[-1]
        middle = (x0 + x1 - reach) / 2
        points += [(middle, y0), (middle, y1), (x1 - reach, y1)]
        codes += [Path.CURVE4] * 3
        if (x1, y1) != route[-1]:
            points.append((x1 + reach, y1))
            codes.append(Path.LINETO)
    ax.add_patch(
        FancyArrowPatch(
            path=Path(points, codes), color=GREY, lw=1, shrinkA=0, shrinkB=0,
            mutation_scale=9, arrowstyle="-|>",
        )
    )  # fmt: skip


def _draw_box(ax: Axes, node: Node, x: float, y: float, size: float) -> None:
    """Draw a node: its name, data and gradient, and its operation on top."""
    (wide, high), leaf = BOX, node.kind == "leaf"
    box = FancyBboxPatch(
        (x - wide / 2, y - high / 2), wide, high, lw=1,
        boxstyle="round,pad=0,rounding_size=0.06", fc="#f2f2f2" if leaf else "white",
        ec=LIGHT if leaf else GREY,
    )  # fmt: skip
    ax.add_patch(box)
    lines = [("data", node.data, INKS[0]), ("grad", node.grad, INKS[3])]
    lines = [line for line in lines if line[1] is not None]
    top = y - 0.11 * (len(lines) - (0 if node.name else 1)) + 0.05
    if node.name:
        ax.text(x, top, node.name, ha="center", va="center", weight="bold", size=size)
    for k, (label, number, ink) in enumerate(lines, start=bool(node.name)):
        at = {"y": top + 0.21 * k, "va": "center", "size": size}
        text = f"{number:.3g}".replace("-", "−")
        ax.text(x - wide / 2 + 0.05, s=label, color=GREY, **at)
        ax.text(x + wide / 2 - 0.05, s=text, color=ink, ha="right", **at)
    if node.op:
        frame = {"boxstyle": "round,pad=0.2", "fc": "white", "ec": GREY, "lw": 0.8}
        ax.text(
            x, y - high / 2 - 0.02, {"*": "×", "-": "−"}.get(node.op, node.op),
            ha="center", va="center", size=size, bbox=frame,
        )  # fmt: skip

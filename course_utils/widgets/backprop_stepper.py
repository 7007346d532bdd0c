"""A formula's graph: data forward, gradients back, one arrow at a time."""

from __future__ import annotations

from typing import Any, ClassVar

import traitlets
from matplotlib.figure import Figure

from course_utils.plotting.style import WIDTH
from course_utils.widgets.base import Explorable
from course_utils.widgets.formula import Node, backward, forward, parse

FORMULA = "h = relu(w*x); (h - y)**2 + h"
FIRST = (1.0, 2.0, 3.0, -1.0, 0.5, -2.0)  # values of leaves that are given none


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
        # scikit-learn, which places the boxes, takes a second to import.
        from course_utils.plotting.graph import show_graph

        nodes = self.graph()
        nodes[-1].name = nodes[-1].name or "loss"
        title = self.formula
        if self.order == "early":
            title += "   (handed on too early)"
        show_graph(nodes[-1], title=title, ax=figure.subplots())

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

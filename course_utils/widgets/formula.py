"""Formulas as computational graphs, read and differentiated as formula.js does."""

from __future__ import annotations

import ast
import math
from collections.abc import Callable
from dataclasses import dataclass, field

MOST_NODES = 16


def _relu(a: float) -> float:
    return max(a, 0.0)


def _sigmoid(a: float) -> float:
    return 1 / (1 + math.exp(-a))


# What each operation gives, and its local derivatives, for arguments and result.
OPERATIONS: dict[str, tuple[Callable, ...]] = {
    "neg": (lambda a: -a, lambda a, v: -1.0),
    "tanh": (math.tanh, lambda a, v: 1 - v * v),
    "relu": (_relu, lambda a, v: float(a > 0)),
    "exp": (math.exp, lambda a, v: v),
    "sigmoid": (_sigmoid, lambda a, v: v * (1 - v)),
    "log": (math.log, lambda a, v: 1 / a),
    "+": (lambda a, b: a + b, lambda a, b, v: 1.0, lambda a, b, v: 1.0),
    "-": (lambda a, b: a - b, lambda a, b, v: 1.0, lambda a, b, v: -1.0),
    "*": (lambda a, b: a * b, lambda a, b, v: b, lambda a, b, v: a),
    "/": (lambda a, b: a / b, lambda a, b, v: 1 / b, lambda a, b, v: -a / (b * b)),
    "**": (
        lambda a, b: float(a**b),
        lambda a, b, v: b * a ** (b - 1),
        lambda a, b, v: v * math.log(a),
    ),
}
FUNCTIONS = ("tanh", "relu", "exp", "sigmoid", "log")
_BINARY = {ast.Add: "+", ast.Sub: "-", ast.Mult: "*", ast.Div: "/", ast.Pow: "**"}


@dataclass(eq=False)
class Node:
    """A value of the graph.

    `arguments` are nodes and plain numbers; `parents` are the nodes among them.
    `grad` is None as long as no gradient has arrived.
    """

    kind: str
    arguments: list[Node | float] = field(default_factory=list)
    name: str = ""
    data: float = math.nan
    grad: float | None = None

    @property
    def parents(self) -> list[Node]:
        return [a for a in self.arguments if isinstance(a, Node)]

    @property
    def op(self) -> str:
        """The operation as it is written in the node's box."""
        number = next((a for a in self.arguments if not isinstance(a, Node)), None)
        if self.kind == "leaf" or number is None:
            return "" if self.kind == "leaf" else self.kind
        if self.arguments[0] is number:
            return f"{number:g} {self.kind}"
        return f"{self.kind} {number:g}"

    def arrows(self) -> list[tuple[Node, float]]:
        """Each node this one was computed from, with the local derivative."""
        given = [a.data if isinstance(a, Node) else a for a in self.arguments]
        locals_ = OPERATIONS[self.kind][1:] if self.arguments else ()
        return [
            (argument, _safe(local, *given, self.data))
            for argument, local in zip(self.arguments, locals_, strict=True)
            if isinstance(argument, Node)
        ]


def parse(text: str) -> list[Node]:
    """The nodes of a formula, each after those it was computed from; the result last.

    Args:
        text: statements with ; between, as in "h = w*x; h**2 + h".

    Raises:
        ValueError: the text is no formula; the message says why.
    """
    try:
        statements = ast.parse(text.strip()).body
    except SyntaxError as error:
        raise ValueError(f"{text!r} can't be read: {error.msg}.") from None
    nodes: list[Node] = []
    names: dict[str, Node | float] = {}
    result: Node | float | None = None
    for statement in statements:
        result = _statement(statement, nodes, names)
    if not isinstance(result, Node) or result.kind == "leaf":
        raise ValueError(
            f"{text!r} computes nothing: write a formula such as (w*x + b)**2."
        )
    return _reached(nodes, result)


def _statement(statement: ast.stmt, nodes: list, names: dict) -> Node | float:
    if isinstance(statement, ast.Expr):
        return _value(statement.value, nodes, names)
    if (
        not isinstance(statement, ast.Assign)
        or len(statement.targets) != 1
        or not isinstance(statement.targets[0], ast.Name)
    ):
        raise ValueError(f"{ast.unparse(statement)!r}: write name = formula.")
    name = statement.targets[0].id
    if name in FUNCTIONS or name in names:
        raise ValueError(f"{name!r} can't be given a value: choose a new name.")
    result = _value(statement.value, nodes, names)
    if isinstance(result, Node) and not result.name:
        result.name = name
    # A name used in its own formula has become a leaf.
    names[name] = result
    return result


def _value(tree: ast.expr, nodes: list, names: dict) -> Node | float:
    match tree:
        case ast.Constant(value=int() | float() as number):
            return float(number)
        case ast.Name(id=name):
            if name not in names:
                names[name] = Node("leaf", name=name)
                nodes.append(names[name])
            return names[name]
        case ast.UnaryOp(op=ast.UAdd(), operand=inner):
            return _value(inner, nodes, names)
        case ast.UnaryOp(op=ast.USub(), operand=inner):
            return _made("neg", [inner], nodes, names)
        case ast.BinOp(op=op, left=left, right=right) if type(op) in _BINARY:
            return _made(_BINARY[type(op)], [left, right], nodes, names)
        case ast.Call(func=ast.Name(id=name), args=[inner], keywords=[]) if (
            name in FUNCTIONS
        ):
            return _made(name, [inner], nodes, names)
    raise ValueError(
        f"{ast.unparse(tree)!r} can't be read: use + - * / ** ( ), names, numbers and "
        f"{', '.join(FUNCTIONS)}."
    )


def _made(kind: str, trees: list[ast.expr], nodes: list, names: dict) -> Node | float:
    arguments = [_value(tree, nodes, names) for tree in trees]
    if not any(isinstance(a, Node) for a in arguments):
        return _safe(OPERATIONS[kind][0], *arguments)
    nodes.append(Node(kind, arguments))
    return nodes[-1]


def _reached(nodes: list[Node], result: Node) -> list[Node]:
    needed = {id(result)}
    for node in reversed(nodes):
        if id(node) in needed:
            needed |= {id(parent) for parent in node.parents}
    kept = [node for node in nodes if id(node) in needed]
    if len(kept) > MOST_NODES:
        raise ValueError(
            f"{len(kept)} nodes are too many to be read: at most {MOST_NODES}."
        )
    return kept


def _safe(function: Callable, *arguments: float) -> float:
    """NaN or infinity where JavaScript gives one and Python raises an error."""
    try:
        result = function(*arguments)
    except OverflowError:
        return math.inf
    except (ValueError, ZeroDivisionError):
        return math.nan
    return math.nan if isinstance(result, complex) else result


def forward(nodes: list[Node], values: dict[str, float]) -> float:
    """Fill in the data of all nodes, for the leaves' values; returns the result's."""
    for node in nodes:
        given = [a.data if isinstance(a, Node) else a for a in node.arguments]
        node.data = (
            float(values[node.name])
            if node.kind == "leaf"
            else _safe(OPERATIONS[node.kind][0], *given)
        )
    return nodes[-1].data


def backward(nodes: list[Node], order: str = "waits", arrows: int | None = None) -> int:
    """Fill in gradients along the first `arrows` arrows, or all of them.

    Args:
        nodes: what `parse` returned, with data.
        order: "waits": a node hands on once, after all nodes that use it. "early",
            which is wrong: once, as soon as a first gradient has arrived.
        arrows: how many arrows are followed; None means all.

    Returns:
        How many were followed.
    """
    for node in nodes:
        node.grad = None
    nodes[-1].grad = 1.0
    path = _waiting(nodes) if order == "waits" else _early(nodes[-1], set())
    followed = path[:arrows]
    for user, parent, local in followed:
        parent.grad = (parent.grad or 0.0) + local * user.grad
    return len(followed)


def _waiting(nodes: list[Node]) -> list[tuple[Node, Node, float]]:
    return [
        (node, parent, local)
        for node in reversed(nodes)
        for parent, local in node.arrows()
    ]


def _early(node: Node, seen: set[int]) -> list[tuple[Node, Node, float]]:
    seen.add(id(node))
    path = []
    for parent, local in node.arrows():
        path.append((node, parent, local))
        if id(parent) not in seen:
            path += _early(parent, seen)
    return path

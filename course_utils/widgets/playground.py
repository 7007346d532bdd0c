"""A small network that learns to divide points, and bends the plane to do so."""

from functools import lru_cache
from typing import Any, ClassVar

import numpy as np
import traitlets
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from course_utils.plotting.style import BLUE, GREY, INKS, ORANGE, WIDTH
from course_utils.widgets.base import Explorable
from course_utils.widgets.network import ACTIVATIONS, Network, training
from course_utils.widgets.points import NOISE, points_of

NAMES = {"xor": "XOR", "relu": "ReLU"}
SETTINGS = ("data", "layers", "units", "activation", "rate", "batch", "decay", "seed")
EVERY = 5  # steps from one point of the loss curve to the next
REACH = 2.0  # the plane is shown from -2 to 2


class Playground(Explorable):
    """A network that trains in the page; the border, and the plane of its hidden units.

    The same arguments give the same network, here and in the page. `accuracy` and
    `weights` are those of the network last seen at rest.

    Args:
        data: "xor", "moons", "rings" or "spiral", 200 points each.
        layers: how many hidden layers, 1 to 3.
        units: units in each of them, 1 to 8.
        activation: "linear", "tanh", "relu" or "sigmoid".
        rate: the learning rate of AdamW.
        batch: how many points a step looks at.
        decay: the weight decay of AdamW.
        seed: of the starting weights and of the order of the points.
        steps: how far training has come, 0 to 20,000.
        turn: degrees by which the space of three hidden units is turned.

    Raises:
        traitlets.TraitError: an argument is out of its range.
    """

    name: ClassVar[str] = "playground"
    figsize: ClassVar[tuple[float, float]] = (WIDTH, 3.6)

    data = traitlets.Enum(list(NOISE), "rings").tag(sync=True)
    layers = traitlets.Int(1, min=1, max=3).tag(sync=True)
    units = traitlets.Int(2, min=1, max=8).tag(sync=True)
    activation = traitlets.Enum(list(ACTIVATIONS), "tanh").tag(sync=True)
    rate = traitlets.Float(0.03, min=0.0001, max=10.0).tag(sync=True)
    batch = traitlets.Int(20, min=1, max=200).tag(sync=True)
    decay = traitlets.Float(0.0, min=0.0, max=10.0).tag(sync=True)
    seed = traitlets.Int(1, min=0).tag(sync=True)
    steps = traitlets.Int(250, min=0, max=20000).tag(sync=True)
    turn = traitlets.Float(30.0, min=0.0, max=360.0).tag(sync=True)

    # What training reached; the page writes it when the network rests.
    accuracy = traitlets.Float().tag(sync=True)
    weights = traitlets.List().tag(sync=True)

    @traitlets.default("accuracy")
    def _accuracy_at_first(self) -> float:
        return self.network().accuracy(*points_of(self.data))

    @traitlets.default("weights")
    def _weights_at_first(self) -> list[dict]:
        return self.network().tables()

    @classmethod
    def argument_names(cls) -> list[str]:
        """The names of the traits that make up the state."""
        results = {"accuracy", "weights"}
        return [name for name in super().argument_names() if name not in results]

    def network(self) -> Network:
        """The network after `steps` steps, trained here with NumPy."""
        return self._trained()[0]

    def _trained(self) -> tuple[Network, np.ndarray]:
        settings = {name: getattr(self, name) for name in SETTINGS}
        return _trained(steps=self.steps, **settings)

    def draw(self, figure: Figure) -> None:
        """The plane of the inputs; beside it the hidden units, or the loss so far."""
        network = self.network()
        X, y = points_of(self.data)
        if self.units == 2:
            left, right = figure.subplots(1, 2)
            self._draw_hidden(right, network, X, y)
        elif self.units == 3:
            grid = figure.add_gridspec(1, 2)
            left = figure.add_subplot(grid[0])
            right = figure.add_subplot(grid[1], projection="3d")
            self._draw_space(right, network, X, y)
        else:
            left, right = figure.subplots(1, 2)
            self._draw_curve(right)
        self._draw_inputs(left, network, X, y)

    def _draw_inputs(self, ax: Axes, network: Network, X, y) -> None:
        along = np.linspace(-REACH, REACH, 121)
        plane = np.stack(np.meshgrid(along, along), axis=-1)
        z = network.logits(plane.reshape(-1, 2)).reshape(121, 121)
        ax.contourf(along, along, z, [-1e9, 0, 1e9], colors=[BLUE, ORANGE], alpha=0.2)
        if z.min() < 0 < z.max():
            ax.contour(along, along, z, [0], colors="black", linewidths=2.5)
        for j, (w, b) in enumerate(zip(*network.parameters[:2], strict=True)):
            _line(ax, w, b, linewidth=1, linestyle=(0, (3 + 2 * j, 2)))
        _scatter(ax, X, y)
        ax.set(xlim=(-REACH, REACH), ylim=(-REACH, REACH), aspect="equal")
        share = 100 * network.accuracy(X, y)
        ax.set(xlabel="$x_1$", ylabel="$x_2$", title=f"inputs: {share:.1f} % right")

    def _draw_hidden(self, ax: Axes, network: Network, X, y) -> None:
        for line in _grid():
            ax.plot(*network.outputs(line)[-2].T, color=GREY, lw=0.7, alpha=0.6)
        H = network.outputs(X)[-2]
        _scatter(ax, H, y)
        w, b = network.parameters[-2][0], network.parameters[-1][0]
        _line(ax, w, b, linewidth=2.5)
        reach = _reach(H, self.activation)
        low = -0.1 * reach if self.activation in ("relu", "sigmoid") else -reach
        ax.set(xlim=(low, reach), ylim=(low, reach), aspect="equal")
        ax.set(xlabel="$h_1$", ylabel="$h_2$", title="hidden units: the same grid")

    def _draw_space(self, ax: Axes, network: Network, X, y) -> None:
        for line in _grid():
            ax.plot(*network.outputs(line)[-2].T, color=GREY, lw=0.6, alpha=0.6)
        H = network.outputs(X)[-2]
        _scatter(ax, H, y)
        reach = _reach(H, self.activation)
        w, b = network.parameters[-2][0], network.parameters[-1][0]
        axis = int(np.argmax(np.abs(w)))
        others = [k for k in range(3) if k != axis]
        plane = np.meshgrid(*[np.linspace(-reach, reach, 25)] * 2)
        parts = sum(w[k] * p for k, p in zip(others, plane, strict=True))
        depth = -(b + parts) / w[axis]
        depth[np.abs(depth) > reach] = np.nan
        surface: list = [None] * 3
        surface[axis] = depth
        for k, part in zip(others, plane, strict=True):
            surface[k] = part
        ax.plot_surface(*surface, color="black", alpha=0.25, linewidth=0)
        ax.set(xlabel="$h_1$", ylabel="$h_2$", zlabel="$h_3$", title="hidden units")
        ax.view_init(elev=24, azim=self.turn - 90)

    def _draw_curve(self, ax: Axes) -> None:
        _, losses = self._trained()
        ax.plot(EVERY * np.arange(len(losses)), losses, color=BLUE)
        ax.set(yscale="log", xlabel="step", title="loss")

    def alternative(self) -> str:
        network = self.network()
        X, y = points_of(self.data)
        activation = NAMES.get(self.activation, self.activation)
        plural = "s" if self.layers > 1 else ""
        text = (
            f"Points of two classes ({NAMES.get(self.data, self.data)}) and the border "
            f"that a network with {self.layers} hidden layer{plural} of {self.units} "
            f"{activation} units has drawn after {self.steps} steps: "
            f"{100 * network.accuracy(X, y):.1f} % of the points on the right side, "
            f"loss {network.loss(X, y):.2f}."
        )
        if self.units in (2, 3):
            kind = "line" if self.units == 2 else "plane"
            text += (
                " Beside it the hidden units: the same points and the same grid, bent, "
                f"divided by a straight {kind}."
            )
        return text


@lru_cache(maxsize=16)
def _trained(
    *, data: str, layers: int, units: int, **settings: Any
) -> tuple[Network, np.ndarray]:
    """The network, and its loss before training and after every 5 steps."""
    X, y = points_of(data)
    losses = []
    for step, network in enumerate(
        training(X, y, [2, *[units] * layers, 1], **settings)
    ):
        if step % EVERY == 0:
            losses.append(network.loss(X, y))
    return network, np.array(losses)


def _scatter(ax: Axes, points: np.ndarray, y: np.ndarray) -> None:
    for k, (marker, color) in enumerate((("o", INKS[0]), ("s", INKS[1]))):
        ax.scatter(
            *points[y == k].T,
            s=14,
            marker=marker,
            color=color,
            edgecolor="white",
            lw=0.5,
        )


def _line(ax: Axes, w: np.ndarray, b: float, **look: Any) -> None:
    """The line w·x + b = 0."""
    if np.hypot(*w) > 0:
        near = -b * w / (w @ w)
        ax.axline(near, [near[0] - w[1], near[1] + w[0]], color="black", **look)


def _grid() -> list[np.ndarray]:
    """The lines of a grid over the inputs, each of shape (60, 2)."""
    along = np.linspace(-REACH, REACH, 60)
    lines = []
    for v in np.linspace(-REACH, REACH, 17):
        across = np.full_like(along, v)
        lines += [np.stack([across, along], 1), np.stack([along, across], 1)]
    return lines


def _reach(H: np.ndarray, activation: str) -> float:
    """How far the hidden axes are shown."""
    if activation in ("tanh", "sigmoid"):
        return 1.1
    return 1.1 * 2 ** float(np.ceil(np.log2(max(0.5, np.abs(H).max()))))

"""Why momentum is so much faster: paths, and the map of rate and momentum."""

from typing import ClassVar

import matplotlib as mpl
import numpy as np
import traitlets
from matplotlib.figure import Figure

from course_utils.plotting.style import BLUE, GREY, INKS, LIGHT
from course_utils.widgets.base import Explorable

STEPS = 200  # drawn
FAR = 1e6  # who is farther out has flown away
BETA2, EPSILON = 0.999, 1e-8  # Adam's others, as PyTorch has them
LIMITS = {
    "valley": ((-3, 3), (-1.6, 1.6)),
    "saddle": ((-1.8, 1.8), (-1, 1)),
    "Rosenbrock": ((-1.9, 1.9), (-0.7, 1.9)),
}


def convergence(rate: np.ndarray, momentum: np.ndarray, kappa: float) -> np.ndarray:
    """The factor by which momentum shrinks the distance at each step, in a valley.

    The larger |z| of z² − (1 + β − rate · λ) z + β = 0, for curvatures λ = 1 / κ and
    1, whichever is slower (Goh 2017, "Why Momentum Really Works").

    Args:
        rate, momentum: numbers or arrays that broadcast.
        kappa: the ratio of the largest to the smallest curvature.

    Returns:
        Factors, as many as rates and momenta; above 1 it flies away.
    """
    factors = []
    for curvature in (1 / kappa, 1.0):
        half = (1 + momentum - rate * curvature) / 2
        rest = np.emath.sqrt(half**2 - momentum)
        factors.append(np.maximum(abs(half + rest), abs(half - rest)))
    return np.maximum(*factors)


class Descent(Explorable):
    """Plain descent, momentum or Adam on a surface with two parameters.

    Momentum is v = β v + g, w − rate · v, as torch.optim.SGD has it; Adam's β₁ is the
    momentum, β₂ is 0.999. The valley is (x² / κ + y²) / 2, the saddle
    0.1 (x² − 1)² / 4 + y² / 2, Rosenbrock's ((1 − x)² + 10 (y − x²)²) / 100.

    Args:
        surface: "valley", "saddle" or "Rosenbrock".
        method: "plain", "momentum" or "Adam".
        kappa: κ of the valley, 1 to 1000.
        rate: 0.01 to 4.
        momentum: β, 0 to 0.99; plain descent takes none.
        point: where it starts, [x, y].

    Raises:
        traitlets.TraitError: a number is out of its range, or a name isn't known.
    """

    name: ClassVar[str] = "descent"

    surface = traitlets.Enum(list(LIMITS), "valley").tag(sync=True)
    method = traitlets.Enum(["plain", "momentum", "Adam"], "momentum").tag(sync=True)
    kappa = traitlets.Float(50.0, min=1.0, max=1000.0).tag(sync=True)
    rate = traitlets.Float(1.8, min=0.01, max=4.0).tag(sync=True)
    momentum = traitlets.Float(0.0, min=0.0, max=0.99).tag(sync=True)
    point = traitlets.List(
        traitlets.Float(min=-3, max=3), [-2.5, 1.0], minlen=2, maxlen=2
    ).tag(sync=True)

    def loss(self, x: np.ndarray, y: np.ndarray) -> np.ndarray:
        """The height of the surface, 0 at its lowest."""
        if self.surface == "valley":
            return (x**2 / self.kappa + y**2) / 2
        if self.surface == "saddle":
            return 0.1 * (x**2 - 1) ** 2 / 4 + y**2 / 2
        return ((1 - x) ** 2 + 10 * (y - x**2) ** 2) / 100

    def gradient(self, x: float, y: float) -> np.ndarray:
        """The slope of the loss along x and y."""
        if self.surface == "valley":
            return np.array([x / self.kappa, y])
        if self.surface == "saddle":
            return np.array([0.1 * x * (x**2 - 1), y])
        across = y - x**2
        return np.array([-2 * (1 - x) - 40 * x * across, 20 * across]) / 100

    @property
    def path(self) -> np.ndarray:
        """Where it is after 0 to 200 steps, (steps + 1, 2); fewer if it flies away."""
        beta = 0.0 if self.method == "plain" else self.momentum
        w = np.array(self.point, dtype=float)
        v, s = np.zeros(2), np.zeros(2)
        points = [w]
        for n in range(1, STEPS + 1):
            g = self.gradient(*w)
            if self.method == "Adam":
                v = beta * v + (1 - beta) * g
                s = BETA2 * s + (1 - BETA2) * g**2
                size = np.sqrt(s / (1 - BETA2**n)) + EPSILON
                w = w - self.rate * v / (1 - beta**n) / size
            else:
                v = beta * v + g
                w = w - self.rate * v
            points.append(w)
            if not (abs(w) < FAR).all():
                break
        return np.array(points)

    @property
    def losses(self) -> np.ndarray:
        """The loss at each point of the path."""
        return self.loss(*self.path.T)

    @property
    def factor(self) -> float:
        """What a step multiplies the distance by, in the long run.

        In a valley it is computed for plain descent and momentum; else it is
        measured, (last loss / first loss)^(1 / 2 steps), inf if it flies away.
        """
        if self.surface == "valley" and self.method != "Adam":
            beta = 0.0 if self.method == "plain" else self.momentum
            return float(convergence(self.rate, beta, self.kappa))
        losses = self.losses
        if len(losses) <= STEPS or losses[0] == 0:
            return 0.0 if losses[0] == 0 else float("inf")
        return float(max(losses[-1] / losses[0], 1e-300) ** (1 / (2 * STEPS)))

    def draw(self, figure: Figure) -> None:
        """The path on level lines; the loss; in a valley the map, too."""
        valley = self.surface == "valley" and self.method != "Adam"
        axes = figure.subplot_mosaic(
            [["path", "map"], ["path", "loss"]] if valley else [["path", "loss"]],
            width_ratios=(1.7, 1),
        )
        (left, right), (low, high) = LIMITS[self.surface]
        x, y = np.meshgrid(np.linspace(left, right, 200), np.linspace(low, high, 150))
        ax, path = axes["path"], self.path
        levels = 2.0 / 3.0 ** np.arange(7, -1, -1)
        ax.contour(x, y, self.loss(x, y), levels=levels, colors=LIGHT, linewidths=0.8)
        ax.plot(*path.T, "o-", color=BLUE, markersize=2.5, linewidth=1)
        ax.plot(*self.point, "o", color="black", markersize=7, fillstyle="none")
        ax.set(xlim=(left, right), ylim=(low, high), aspect="equal")
        ax.set_title(f"{self.method} on the {self.surface}".replace("the R", "R"))
        axes["loss"].semilogy(np.maximum(self.losses, 1e-12), color=BLUE)
        axes["loss"].set(
            xlabel="step", ylabel="loss", xlim=(0, STEPS), ylim=(1e-10, 1e2)
        )
        if not valley:
            return
        rates, momenta = np.meshgrid(np.linspace(0.01, 4, 160), np.linspace(0, 1, 100))
        factors = convergence(rates, momenta, self.kappa)
        levels = np.array([1e9, 128, 64, 32, 16, 8, 4])
        levels = np.append(0, np.exp(-np.log(10) / levels)[::-1])
        ax = axes["map"]
        shades = mpl.colormaps["Blues"](np.linspace(0.85, 0.1, len(levels) - 1))
        ax.contourf(rates, momenta, factors, levels=levels, colors=shades)
        ax.plot([2, 4], [0, 1], "--", color=INKS[3])
        beta = 0.0 if self.method == "plain" else self.momentum
        ax.plot(self.rate, beta, "D", color="white", markeredgecolor="black")
        ax.text(3.9, 0.06, "flies away", ha="right", color=GREY, fontsize=8)
        ax.set(xlabel="rate", ylabel="momentum β", title=f"× {self.factor:.3f} a step")

    def alternative(self) -> str:
        losses = self.losses
        kappa = f" with κ = {self.kappa:g}" if self.surface == "valley" else ""
        momentum = "" if self.method == "plain" else f", momentum {self.momentum:g}"
        end = (
            f"the loss goes from {losses[0]:.2g} to {losses[-1]:.2g} in {STEPS} steps"
            if len(losses) > STEPS
            else "it flies away"
        )
        return (
            f"The path of {self.method} descent on a surface, {self.surface}{kappa}, "
            f"rate {self.rate:g}{momentum}, from ({self.point[0]:g}, {self.point[1]:g}): "
            f"{end}. Beside it the loss against the step, on a log scale."
        )

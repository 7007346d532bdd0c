"""Why L1 gives zeros: level lines of a loss, the ball of a penalty, the solution."""

from typing import ClassVar

import numpy as np
import traitlets
from matplotlib.figure import Figure

from course_utils.plotting.style import BLUE, GREY, INKS, ORANGE
from course_utils.widgets.base import Explorable

# The curvature H of the loss ½ (w − ŵ)ᵀ H (w − ŵ).
CURVATURES = {
    "round": ((1.0, 0.0), (0.0, 1.0)),
    "long": ((1.0, 0.0), (0.0, 0.25)),
    "tilted": ((1.0, 0.8), (0.8, 1.0)),
}
# How much of λ goes to |w₁| + |w₂|, and how much to ½ (w₁² + w₂²).
SHARES = {"L1": (1.0, 0.0), "L2": (0.0, 1.0), "both": (0.5, 0.5)}
REACH = 2


class Shrinkage(Explorable):
    """A quadratic loss of two weights, and a penalty that pulls them to 0.

    The loss is ½ (w − ŵ)ᵀ H (w − ŵ); added is λ times |w₁| + |w₂| (L1),
    ½ (w₁² + w₂²) (L2), or half of each (both).

    Args:
        optimum: ŵ, where the loss is least, each weight from −2 to 2.
        strength: λ, 0.01 to 100.
        penalty: "L1", "L2" or "both".
        loss: "round" (H is the identity), "long" (flatter along w₂) or "tilted".

    Raises:
        traitlets.TraitError: a number is out of its range, or a name isn't known.
    """

    name: ClassVar[str] = "shrinkage"

    optimum = traitlets.List(
        traitlets.Float(min=-REACH, max=REACH), [1.6, 0.7], minlen=2, maxlen=2
    ).tag(sync=True)
    strength = traitlets.Float(1.0, min=0.01, max=100.0).tag(sync=True)
    penalty = traitlets.Enum(list(SHARES), "L2").tag(sync=True)
    loss = traitlets.Enum(list(CURVATURES), "round").tag(sync=True)

    def solution(self, strength: float | None = None) -> np.ndarray:
        """The best weights, (2,), at `strength`, or else at the one set.

        L2 in closed form, (H + λ I) w = H ŵ; else by coordinate descent until no
        weight changes (Friedman et al. 2010).
        """
        strength = self.strength if strength is None else strength
        H, best = np.array(CURVATURES[self.loss]), np.array(self.optimum)
        l1, l2 = strength * np.array(SHARES[self.penalty])
        b = H @ best
        if l1 == 0:
            return np.linalg.solve(H + l2 * np.eye(2), b)
        w, change = best.astype(float), 1.0
        while change > 1e-13:
            old = w.copy()
            for j in (0, 1):
                z = b[j] - H[j, 1 - j] * w[1 - j]
                w[j] = np.sign(z) * max(abs(z) - l1, 0) / (H[j, j] + l2)
            change = abs(w - old).max()
        return w

    def penalty_at(self, w: np.ndarray) -> np.ndarray:
        """The penalty without λ, for weights of shape (2, …)."""
        s1, s2 = SHARES[self.penalty]
        return s1 * abs(w).sum(0) + s2 * (w**2).sum(0) / 2

    def loss_at(self, w: np.ndarray) -> np.ndarray:
        """The loss, for weights of shape (2, …)."""
        d = np.moveaxis(w, 0, -1) - self.optimum
        return ((d @ np.array(CURVATURES[self.loss])) * d).sum(-1) / 2

    def draw(self, figure: Figure) -> None:
        """Level lines, ball and solution path; the weights against the strength."""
        plane, ways = figure.subplots(1, 2, width_ratios=(1.2, 1))
        w = self.solution()
        grid = np.array(np.meshgrid(*2 * [np.linspace(-REACH, REACH, 301)]))
        strengths = np.geomspace(0.01, 100, 101)
        path = np.array([self.solution(s) for s in strengths])
        losses, penalties = self.loss_at(grid), self.penalty_at(grid)
        size = self.penalty_at(w)
        plane.contour(
            *grid, losses, levels=[0.05, 0.2, 0.45, 0.8, 1.25, 1.8, 3.2],
            colors=BLUE, alpha=0.4, linewidths=0.8,
        )  # fmt: skip
        if self.loss_at(w) > 0:
            plane.contour(*grid, losses, levels=[self.loss_at(w)], colors=BLUE)
        if size > 0:
            plane.contourf(
                *grid, penalties, levels=[-1, size], colors=ORANGE, alpha=0.3
            )
        plane.axhline(0, color=GREY, linewidth=0.8)
        plane.axvline(0, color=GREY, linewidth=0.8)
        plane.plot(*path.T, ":", color="black")
        plane.plot(*self.optimum, "P", color=BLUE, markersize=9)
        plane.plot(*w, "s", color="black")
        plane.set(xlabel="w₁", ylabel="w₂", aspect="equal")
        plane.set_title(f"{self.penalty}, λ = {self.strength:.3g}")
        ways.axhline(0, color=GREY, linewidth=0.8)
        for k, style in enumerate(("-", "--")):
            color = INKS[(2, 4)[k]]
            ways.semilogx(
                strengths, path[:, k], style, color=color, label="w₁w₂"[2 * k :][:2]
            )
        ways.axvline(self.strength, color="black", linewidth=0.8)
        ways.legend()
        ways.set(xlabel="strength λ", title="weights as the strength grows")

    def alternative(self) -> str:
        w = self.solution()
        zeros = int((w == 0).sum())
        none = ("no weight is", "one weight is exactly", "both weights are exactly")
        return (
            f"Level lines of a {self.loss} loss around its optimum "
            f"({self.optimum[0]:g}, {self.optimum[1]:g}) and the ball of the penalty, "
            f"{self.penalty}, that touches them at the solution for λ = "
            f"{self.strength:.3g}: w = ({w[0]:.2g}, {w[1]:.2g}), {none[zeros]} 0. "
            "Beside it both weights as the strength grows."
        )

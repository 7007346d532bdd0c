"""A curve fitted by hinges: straight pieces that bend at kinks."""

from typing import Any, ClassVar

import numpy as np
import traitlets
from matplotlib.figure import Figure

from course_utils.plotting.style import BLUE, GREY, INKS, LIGHT, WIDTH
from course_utils.widgets.base import Explorable

CURVES = {
    "waves": lambda x: np.sin(2 * np.pi * x) + 0.5 * np.sin(5 * np.pi * x),
    "bump": lambda x: 2 * np.exp(-(((x - 0.5) / 0.13) ** 2)) - 0.8,
    "steep": lambda x: 1.2 * np.tanh(14 * (x - 0.4)),
}
MOST = 32


def evenly(curve: str, n: int) -> tuple[list[list[float]], float]:
    """n hinges, evenly placed: the chain through the curve at 0, 1/n, …, 1.

    Args:
        curve: "waves", "bump" or "steep".
        n: how many hinges.

    Returns:
        The hinges, [w, b, a] each, and the bias, as the explorable takes them.
    """
    heights = CURVES[curve](np.linspace(0, 1, n + 1))
    slopes = np.diff(heights) * n
    bends = np.diff(slopes, prepend=0.0)
    # As many digits as the page keeps.
    hinges = [[1.0, float(f"{-k / n:.7g}"), float(f"{bends[k]:.7g}")] for k in range(n)]
    return hinges, float(f"{heights[0]:.7g}")


class Hinges(Explorable):
    """Kinks to drag, or to be slid by Adam: bias + Σ a max(0, w x + b) fits a curve.

    Args:
        units: instead of `hinges`, how many to place evenly, 1 to 32.
        curve: "waves", "bump" or "steep", on 0 to 1.
        hinges: [w, b, a] each; the kink is at −b / w. At most 32.
        bias: the height where all hinges are 0.
        data: [low, high]: where there are data for Adam, 80 points of the curve.

    Raises:
        ValueError: `units` out of range, or `data` closer than 0.1.
        traitlets.TraitError: no such curve, or something is not a list of numbers.
    """

    name: ClassVar[str] = "hinges"
    figsize: ClassVar[tuple[float, float]] = (WIDTH, 3.6)

    curve = traitlets.Enum(list(CURVES), "waves").tag(sync=True)
    hinges = traitlets.List(
        traitlets.List(traitlets.Float(), minlen=3, maxlen=3),
        evenly("waves", 6)[0],
        minlen=1,
        maxlen=MOST,
    ).tag(sync=True)
    bias = traitlets.Float(0.0).tag(sync=True)
    data = traitlets.List(
        traitlets.Float(min=0, max=1), [0.0, 0.75], minlen=2, maxlen=2
    ).tag(sync=True)

    def __init__(self, *, units: int | None = None, **state: Any) -> None:
        curve = state.get("curve", "waves")
        if units is None and "hinges" not in state:
            units = 6
        if units is not None and curve in CURVES:
            if not 1 <= units <= MOST:
                raise ValueError(f"units={units}, but 1 to {MOST} can be shown.")
            hinges, bias = evenly(curve, units)
            state = {"hinges": hinges, "bias": bias} | state
        super().__init__(**state)
        if self.data[1] - self.data[0] < 0.1:
            raise ValueError(f"data={self.data}: from low to high, 0.1 or more apart.")

    @property
    def kinks(self) -> list[float]:
        """Where each hinge bends."""
        return [-b / w for w, b, _ in self.hinges]

    def predict(self, x: np.ndarray) -> np.ndarray:
        """The sum of the hinges at `x`, in the same shape."""
        w, b, a = np.array(self.hinges).T
        return self.bias + np.maximum(0, np.asarray(x)[..., None] * w + b) @ a

    @property
    def error(self) -> float:
        """The largest distance between curve and sum on 0 to 1."""
        x = np.linspace(0, 1, 401)
        return float(np.abs(self.predict(x) - CURVES[self.curve](x)).max())

    @property
    def dead(self) -> list[bool]:
        """For each hinge whether no data lie on its open side."""
        return [all(w * end + b <= 0 for end in self.data) for w, b, _ in self.hinges]

    def draw(self, figure: Figure) -> None:
        """Curve, sum, kinks and each hinge; below the error."""
        top, bottom = figure.subplots(2, 1, sharex=True, height_ratios=(3, 1))
        x = np.linspace(0, 1, 401)
        y = CURVES[self.curve](x)
        top.plot(x, y, color=LIGHT, linewidth=7, solid_capstyle="round")
        for w, b, a in self.hinges:
            top.plot(x, a * np.maximum(0, w * x + b), color=INKS[4], lw=0.8, alpha=0.7)
        fine = np.union1d(x, [k for k in self.kinks if 0 <= k <= 1])
        top.plot(fine, self.predict(fine), color=BLUE, linewidth=2.2)
        for kink, dead in zip(self.kinks, self.dead, strict=True):
            look = {"marker": "x", "mew": 2.5, "color": INKS[3]}
            if not dead:
                look = {"marker": "o", "mew": 2, "color": BLUE, "mfc": "white"}
            top.plot([kink], self.predict(np.array([kink])), ms=7, **look)
        low, high = self.data
        for start, end in ((0, low), (high, 1)):
            if end > start:
                top.axvspan(start, end, color=GREY, alpha=0.15, linewidth=0)
                top.text((start + end) / 2, 1.65, "no data", ha="center", color=GREY)
        top.set(xlim=(-0.04, 1.04), ylim=(-1.9, 1.9))
        top.set_title("curve, sum, and each hinge; ✗ has no data")
        bottom.axhline(0, color=GREY, linewidth=0.8)
        bottom.plot(x, self.predict(x) - y, color=INKS[3])
        bottom.set(xlabel="x", ylabel="error")

    def alternative(self) -> str:
        kinks = ", ".join(f"{kink:.2f}" for kink in self.kinks)
        dead = sum(self.dead)
        return (
            f"A curve and the chain of {len(self.hinges)} hinges that is to follow it, "
            f"bent at x = {kinks}. The largest error is {self.error:.3f}. "
            f"Data reach from {self.data[0]:g} to {self.data[1]:g}; hinges without "
            f"data on their open side: {dead}."
        )

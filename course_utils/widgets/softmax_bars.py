"""From logits to probabilities and loss."""

from typing import ClassVar

import numpy as np
import traitlets
from matplotlib.figure import Figure

from course_utils.plotting.style import BLUE, GREEN, GREY, INKS, LIGHT
from course_utils.widgets.base import Explorable


class SoftmaxBars(Explorable):
    """Logits to drag; probabilities, loss and ŷ − y answer.

    Args:
        logits: C numbers between -20 and 20.
        labels: the names of the C classes.
        true_class: the index of the true class.
        temperature: T, between 0.1 and 10; ŷ = softmax(z / T).

    Raises:
        traitlets.TraitError: there are not as many labels as logits, no class
            `true_class`, or a number is out of its range.
    """

    name: ClassVar[str] = "softmax_bars"

    logits = traitlets.List(traitlets.Float(min=-20, max=20), [4.0, 1.0, -1.0]).tag(
        sync=True
    )
    labels = traitlets.List(traitlets.Unicode(), ["3", "5", "8"]).tag(sync=True)
    true_class = traitlets.Int(2, min=0).tag(sync=True)
    temperature = traitlets.Float(1.0, min=0.1, max=10.0).tag(sync=True)

    def __init__(self, **state) -> None:
        if "logits" in state and "labels" not in state:
            state["labels"] = [str(k) for k in range(len(state["logits"]))]
        super().__init__(**state)
        if len(self.logits) != len(self.labels):
            raise traitlets.TraitError(
                f"{len(self.logits)} logits need as many labels, not {len(self.labels)}."
            )
        if self.true_class >= len(self.logits):
            raise traitlets.TraitError(
                f"true_class={self.true_class}, but there are {len(self.logits)} classes, "
                f"0 to {len(self.logits) - 1}."
            )

    @property
    def probabilities(self) -> np.ndarray:
        """ŷ, of shape (C,)."""
        scaled = np.array(self.logits) / self.temperature
        powers = np.exp(scaled - scaled.max())
        return powers / powers.sum()

    @property
    def loss(self) -> float:
        """−ln ŷ of the true class."""
        scaled = np.array(self.logits) / self.temperature
        return float(np.logaddexp.reduce(scaled) - scaled[self.true_class])

    def draw(self, figure: Figure) -> None:
        """Logits with their arrows at the left, probabilities at the right."""
        left, right = figure.subplots(1, 2, sharey=True, width_ratios=(3, 2))
        rows = np.arange(len(self.logits))
        truth = rows == self.true_class
        left.axvline(0, color=GREY, linewidth=0.8)
        left.barh(rows, self.logits, height=0.4, color=BLUE)
        arrows = self.probabilities - truth
        for row, (z, arrow) in enumerate(zip(self.logits, arrows, strict=True)):
            if abs(arrow) > 0.02:
                left.annotate(
                    "",
                    xy=(z + 1.5 * arrow, row + 0.33),
                    xytext=(z, row + 0.33),
                    arrowprops={"arrowstyle": "-|>", "color": INKS[1], "linewidth": 2},
                )
        names = [
            f"✓ {name}" if t else name
            for name, t in zip(self.labels, truth, strict=True)
        ]
        left.set_yticks(rows, names)
        left.set_ylim(len(rows) - 0.4, -0.6)
        left.set_xlim(min(-6, *self.logits) - 1.5, max(6, *self.logits) + 1.5)
        left.set(xlabel="z", title="logit z, and the arrow ŷ − y")
        colors = [GREEN if t else LIGHT for t in truth]
        right.barh(rows, self.probabilities, height=0.5, color=colors)
        for row, p in enumerate(self.probabilities):
            right.text(p + 0.02, row, f"{p:.2f}", va="center")
        right.set_xlim(0, 1.15)
        right.set(xlabel="ŷ", title=f"probability ŷ; loss −ln ŷ = {self.loss:.2f}")

    def alternative(self) -> str:
        parts = ", ".join(
            f"{name} {z:g} and {p:.2f}"
            for name, z, p in zip(
                self.labels, self.logits, self.probabilities, strict=True
            )
        )
        true = self.labels[self.true_class]
        heat = "" if self.temperature == 1 else f" at temperature {self.temperature:g}"
        return (
            f"Logits and their softmax probabilities{heat}, one row for each class: {parts}. "
            f"The true class is {true}, so the loss is {self.loss:.2f}."
        )

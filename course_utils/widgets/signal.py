"""Where the signal dies: spreads through a deep network with random weights."""

import math
from typing import ClassVar, NamedTuple

import numpy as np
import traitlets
from matplotlib.figure import Figure
from matplotlib.ticker import MaxNLocator

from course_utils.plotting.style import BLUE, GREY, INKS, LIGHT
from course_utils.widgets.base import Explorable
from course_utils.widgets.seeded import normals

INPUTS = 16  # how many inputs go through
ALIVE = (0.1, 10.0)


class Passed(NamedTuple):
    """What went through the layers: each of shape (depth, inputs, units)."""

    layers: np.ndarray
    slopes: np.ndarray
    gradients: np.ndarray


def _normal_share(z: np.ndarray) -> np.ndarray:
    return 0.5 * (1 + np.vectorize(math.erf)(z / math.sqrt(2)))


def _sigmoid(z: np.ndarray) -> np.ndarray:
    return 0.5 * (1 + np.tanh(z / 2))


# φ, φ′ given z and φ(z), and the largest φ′.
ACTIVATIONS = {
    "ReLU": (lambda z: np.maximum(z, 0), lambda z, a: (z > 0) * 1.0, 1.0),
    "tanh": (np.tanh, lambda z, a: 1 - a * a, 1.0),
    "sigmoid": (_sigmoid, lambda z, a: a * (1 - a), 0.25),
    "linear": (lambda z: z, lambda z, a: np.ones_like(z), 1.0),
    "GELU": (
        lambda z: z * _normal_share(z),
        lambda z, a: _normal_share(z) + z * np.exp(-z * z / 2) / math.sqrt(2 * math.pi),
        1.129,
    ),
}


class Signal(Explorable):
    """Spread of activations forward and of gradients backward, layer by layer.

    Sixteen inputs with normal numbers go through layers z = W h, h = φ(z) without
    biases; entries of W are normal with standard deviation scale / √width. Backward
    goes a gradient of normal numbers.

    Args:
        activation: "ReLU", "tanh", "sigmoid", "linear" or "GELU".
        scale: of the weights, 0.1 to 15.85.
        depth: how many layers, 2 to 40.
        width: units in each layer, 10 to 100.
        seed: of inputs, weights and the last gradient.
        layer: the layer whose histograms are shown, from 1.

    Raises:
        traitlets.TraitError: a number is out of its range.
    """

    name: ClassVar[str] = "signal"

    activation = traitlets.Enum(list(ACTIVATIONS), "ReLU").tag(sync=True)
    scale = traitlets.Float(1.0, min=0.1, max=15.85).tag(sync=True)
    depth = traitlets.Int(20, min=2, max=40).tag(sync=True)
    width = traitlets.Int(100, min=10, max=100).tag(sync=True)
    seed = traitlets.Int(0).tag(sync=True)
    layer = traitlets.Int(10, min=1, max=40).tag(sync=True)

    def passed(self) -> Passed:
        """Send inputs forward and a gradient backward."""
        n, size = self.width, INPUTS * self.width
        phi, slope, _ = ACTIVATIONS[self.activation]
        values = normals(self.seed, 2 * size + self.depth * n * n)
        h, last = values[: 2 * size].reshape(2, INPUTS, n)
        weights = values[2 * size :].reshape(self.depth, n, n) * self.scale / n**0.5
        layers, slopes = [], []
        for W in weights:
            z = h @ W.T
            h = phi(z)
            layers.append(h)
            slopes.append(slope(z, h))
        gradients = [last]
        for W, steep in zip(weights[:0:-1], slopes[:0:-1], strict=True):
            gradients.insert(0, (gradients[0] * steep) @ W)
        return Passed(*map(np.array, (layers, slopes, gradients)))

    @property
    def spreads(self) -> np.ndarray:
        """Standard deviation of each layer's activations, (depth,)."""
        return self.passed().layers.std((1, 2))

    @property
    def gradients(self) -> np.ndarray:
        """Standard deviation of the gradient at each layer's output, (depth,)."""
        return self.passed().gradients.std((1, 2))

    @property
    def asleep(self) -> np.ndarray:
        """Share of units in each layer with a slope under 1/20 of its largest."""
        low = ACTIVATIONS[self.activation][2] / 20
        return (abs(self.passed().slopes) < low).mean((1, 2))

    def draw(self, figure: Figure) -> None:
        """Both spreads against the layer; the histogram of one layer."""
        left, right = figure.subplots(1, 2, width_ratios=(2, 1))
        passed = self.passed()
        x = np.arange(1, self.depth + 1)
        left.axhspan(*ALIVE, color=LIGHT, alpha=0.5)
        kinds = (("activations →", passed.layers, "o-", BLUE), ("← gradients", passed.gradients, "s--", INKS[1]))  # fmt: skip
        for name, values, style, color in kinds:
            left.plot(
                x, values.std((1, 2)), style, color=color, markersize=4, label=name
            )
        left.set_yscale("log")
        low, high = left.get_ylim()
        left.set_ylim(min(low, 0.01), max(high, 100))
        left.xaxis.set_major_locator(MaxNLocator(integer=True))
        right.xaxis.set_major_locator(MaxNLocator(4))
        left.legend()
        left.set(xlabel="layer", ylabel="spread", title=f"{self.activation}, weight scale {self.scale:.3g} / √{self.width}")  # fmt: skip
        layer = min(self.layer, self.depth)
        left.axvline(layer, color=GREY, linewidth=0.8)
        right.hist(passed.layers[layer - 1].ravel(), bins=41, color=BLUE)
        right.set(yticks=[], title=f"activations of layer {layer}")

    def alternative(self) -> str:
        spreads, gradients = self.spreads, self.gradients
        return (
            f"Spread of activations and gradients in {self.depth} layers of {self.width} "
            f"{self.activation} units, weights with standard deviation "
            f"{self.scale:.3g} / √{self.width}. From the first layer to the last, "
            f"activations change by a factor of {spreads[-1] / spreads[0]:.2g}; from the "
            f"last to the first, gradients by {gradients[0] / gradients[-1]:.2g}."
        )

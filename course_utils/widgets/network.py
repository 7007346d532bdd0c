"""A small network of linear layers in NumPy, as network.js trains it."""

import math
from collections.abc import Callable, Iterator
from itertools import pairwise

import numpy as np

from course_utils.widgets.seeded import Random

# Each activation, and its slope as a function of its output.
ACTIVATIONS: dict[str, tuple[Callable, Callable]] = {
    "linear": (lambda z: z, np.ones_like),
    "tanh": (np.tanh, lambda h: 1 - h * h),
    "relu": (lambda z: np.maximum(z, 0), lambda h: (h > 0).astype(float)),
    "sigmoid": (lambda z: 1 / (1 + np.exp(-z)), lambda h: h * (1 - h)),
}


class Network:
    """Linear layers with an activation between, one logit at the end.

    Args:
        sizes: how many inputs, units of each hidden layer, and outputs (1).
        activation: a key of ACTIVATIONS.
        generator: what the parameters are drawn from, uniform in ± 1/√inputs as
            nn.Linear draws them: for each layer W (out × in, row by row), then b.
    """

    def __init__(self, sizes: list[int], activation: str, generator: Random) -> None:
        self.activation = activation
        self.parameters: list[np.ndarray] = []  # W, b, W, b, …
        for before, after in pairwise(sizes):
            bound = 1 / math.sqrt(before)
            for shape in ((after, before), (after,)):
                count = math.prod(shape)
                values = [generator.uniform(-bound, bound) for _ in range(count)]
                self.parameters.append(np.array(values).reshape(shape))
        self._first = [np.zeros_like(p) for p in self.parameters]
        self._second = [np.zeros_like(p) for p in self.parameters]
        self._steps = 0

    def outputs(self, X: np.ndarray) -> list[np.ndarray]:
        """X, then what each layer gives: (n, units) each, the logits last, (n, 1)."""
        act, _ = ACTIVATIONS[self.activation]
        result = [X]
        pairs = list(zip(self.parameters[::2], self.parameters[1::2], strict=True))
        for W, b in pairs[:-1]:
            result.append(act(result[-1] @ W.T + b))
        W, b = pairs[-1]
        return [*result, result[-1] @ W.T + b]

    def logits(self, X: np.ndarray) -> np.ndarray:
        """One logit for each row of X, of shape (n,)."""
        return self.outputs(X)[-1][:, 0]

    def loss(self, X: np.ndarray, y: np.ndarray) -> float:
        """The mean of −ln of the probability given to the true class, y, 0 or 1."""
        z = self.logits(X)
        return float(np.mean(np.logaddexp(0, z) - z * y))

    def accuracy(self, X: np.ndarray, y: np.ndarray) -> float:
        """The share of points on the right side of the border."""
        return float(np.mean((self.logits(X) > 0) == (y == 1)))

    def gradients(self, X: np.ndarray, y: np.ndarray) -> list[np.ndarray]:
        """The gradients of the mean loss, in the shapes of `parameters`."""
        _, slope = ACTIVATIONS[self.activation]
        outputs = self.outputs(X)
        delta = (1 / (1 + np.exp(-outputs[-1])) - y[:, None]) / len(X)
        result: list[np.ndarray] = []
        for layer in range(len(outputs) - 2, -1, -1):
            result[:0] = [delta.T @ outputs[layer], delta.sum(axis=0)]
            if layer:
                delta = delta @ self.parameters[2 * layer] * slope(outputs[layer])
        return result

    def step(self, gradients: list[np.ndarray], rate: float, decay: float) -> None:
        """One step of AdamW (Loshchilov and Hutter 2019; Adam if decay = 0)."""
        self._steps += 1
        a, b = 1 - 0.9**self._steps, 1 - 0.999**self._steps
        for p, g, m, v in zip(
            self.parameters, gradients, self._first, self._second, strict=True
        ):
            m += 0.1 * (g - m)
            v += 0.001 * (g * g - v)
            p -= rate * decay * p
            p -= rate * m / a / (np.sqrt(v / b) + 1e-8)

    def tables(self) -> list[dict[str, list]]:
        """For each layer {"weight": rows, "bias": numbers}, as nn.Linear has them."""
        W, b = self.parameters[::2], self.parameters[1::2]
        return [
            {"weight": w.tolist(), "bias": v.tolist()}
            for w, v in zip(W, b, strict=True)
        ]


def training(
    X: np.ndarray,
    y: np.ndarray,
    sizes: list[int],
    activation: str,
    *,
    rate: float,
    batch: int,
    decay: float,
    seed: int,
    steps: int,
) -> Iterator[Network]:
    """Train a network with the same numbers as the page: the same seed, the same run.

    Args:
        X, y: points, of shape (n, 2), and their classes, (n,).
        sizes, activation: as `Network` takes them.
        rate, decay: of AdamW.
        batch: points in a batch; the last one of an epoch may be smaller.
        seed: of the weights, then of the order of the points in each epoch.
        steps: how many batches.

    Yields:
        The network at its start and after each step, always the same object.
    """
    generator = Random(seed)
    network = Network(sizes, activation, generator)
    yield network
    order: list[int] = []
    for _ in range(steps):
        order = order or generator.shuffled(list(range(len(X))))
        now, order = order[:batch], order[batch:]
        network.step(network.gradients(X[now], y[now]), rate, decay)
        yield network

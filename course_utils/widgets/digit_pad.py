"""What a network, or ten mean images, get to see of a drawn digit."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING, Any, ClassVar

import numpy as np
import traitlets
from matplotlib.figure import Figure

from course_utils.plotting.style import GREEN, LIGHT
from course_utils.widgets import digit_image as di
from course_utils.widgets.base import Explorable
from course_utils.widgets.images import numbers, packed, picture

if TYPE_CHECKING:
    import torch
    from torch import nn

PIXELS = di.SIDE**2


class DigitPad(Explorable):
    """A pad to draw a digit on; its 28 × 28 numbers, and ten answers, live.

    Without `model` the answers are Euclidean distances to ten mean images; with one
    they are its probabilities, and hidden units show as brightness.

    Args:
        model: an nn.Sequential of Flatten, Linear, ReLU and Dropout layers, from 784
            inputs to 10 logits.
        mean, std: what images were normalized with before they went into `model`.
        weights: "float32" or "float16", as which weights go to the page.
        means: ten images in [0, 1], (10, 784) or (10, 28, 28); MNIST's by default.
        strokes: lists [pen, x, y, x, y, …] on a pad of 280 × 280 points from the upper
            left corner; pen is 1 for ink, 0 for the eraser.
        turn: degrees, clockwise, -45 to 45.
        thickness: the width of the pen in points, 8 to 48.
        centering: whether the drawing is scaled and centered as MNIST was.
        shift: pixels [to the right, up], -14 to 14, after centering.
        noise: standard deviation of normal noise, 0 to 0.5, drawn from `seed`.

    Raises:
        TypeError: `model` has a layer that the page can't compute.
        ValueError: `model` or `means` has a wrong shape.
        traitlets.TraitError: a number is out of its range.
    """

    name: ClassVar[str] = "digit_pad"
    figsize: ClassVar[tuple[float, float]] = (7.2, 3.0)

    strokes = traitlets.List(
        traitlets.List(traitlets.Float()),
        [[1, 30, 46, 60, 44, 140, 40, 120, 100, 100, 150, 84, 210]],
    ).tag(sync=True)
    turn = traitlets.Float(0.0, min=-45, max=45).tag(sync=True)
    thickness = traitlets.Float(24.0, min=8, max=48).tag(sync=True)
    centering = traitlets.Bool(False).tag(sync=True)
    shift = traitlets.List(
        traitlets.Int(min=-14, max=14), [0, 0], minlen=2, maxlen=2
    ).tag(sync=True)
    noise = traitlets.Float(0.0, min=0, max=0.5).tag(sync=True)
    seed = traitlets.Int(1).tag(sync=True)
    means = traitlets.Unicode("").tag(sync=True)
    network = traitlets.Dict().tag(sync=True)

    def __init__(
        self,
        model: nn.Module | None = None,
        *,
        mean: float = 0.0,
        std: float = 1.0,
        weights: str = "float32",
        means: Any = "",
        **state: Any,
    ) -> None:
        if model is not None:
            state["network"] = pack_network(model, mean, std, weights)
        if not isinstance(means, str):
            means = _pack_means(means)
        super().__init__(means=means, **state)

    @property
    def image(self) -> torch.Tensor | np.ndarray:
        """What the drawing has become: a float tensor (1, 28, 28) in [0, 1].

        A NumPy array where PyTorch isn't installed.
        """
        image = self._image()[None].astype(np.float32)
        try:
            import torch
        except ModuleNotFoundError:
            return image
        return torch.from_numpy(image)

    def _image(self) -> np.ndarray:
        ink = di.rasterize(self.strokes, self.turn, self.thickness)
        image = di.centered(ink) if self.centering else di.as_drawn(ink)
        return di.noisy(di.shifted(image, *self.shift), self.noise, self.seed)

    @property
    def mean_images(self) -> np.ndarray:
        """The ten images that the drawing is compared with, (10, 28, 28)."""
        if not self.means:
            return picture("MEANS")
        return numbers(self.means, np.uint8).reshape(10, di.SIDE, di.SIDE) / 255

    @property
    def answers(self) -> np.ndarray:
        """Ten distances to mean images, or a network's ten probabilities."""
        x = self._image().ravel()
        if not self.network:
            return np.linalg.norm(self.mean_images.reshape(10, -1) - x, axis=1)
        x = (x - self.network["mean"]) / self.network["std"]
        dtype = np.dtype(self.network["type"])
        for layer in self.network["layers"]:
            bias = numbers(layer["bias"], dtype).astype(float)
            weight = numbers(layer["weight"], dtype).astype(float)
            x = weight.reshape(bias.size, -1) @ x + bias
            x = np.maximum(x, 0) if layer["relu"] else x
        powers = np.exp(x - x.max())
        return powers / powers.sum()

    @property
    def answer(self) -> int:
        """The digit with the smallest distance, or the largest probability."""
        answers = self.answers
        return int(answers.argmax() if self.network else answers.argmin())

    def draw(self, figure: Figure) -> None:
        """The drawing, the image, and ten bars."""
        pad, grid, bars = figure.subplots(1, 3, width_ratios=(1, 1, 1.2))
        ink = di.rasterize(self.strokes, self.turn, self.thickness)
        inner = slice(di.MARGIN, di.MARGIN + di.PAD)
        pad.imshow(ink[inner, inner], vmin=0, vmax=1)
        pad.set_title("drawing")
        grid.imshow(self._image(), vmin=0, vmax=1)
        grid.set_title("28 × 28 numbers")
        for ax in (pad, grid):
            ax.set(xticks=[], yticks=[])
        answers, best = self.answers, self.answer
        colors = [GREEN if k == best else LIGHT for k in range(10)]
        bars.barh(range(10), answers, color=colors)
        for k, value in enumerate(answers):
            mark = " ◀" if k == best else ""
            bars.text(value, k, f" {value:.2f}{mark}", va="center", fontsize=8)
        bars.set(yticks=range(10), ylim=(9.6, -0.6), xlim=(0, 1.35 * answers.max()))
        bars.set_title("probability" if self.network else "distance to mean image")

    def alternative(self) -> str:
        what = "probability" if self.network else "distance"
        centering = "with" if self.centering else "without"
        return (
            f"A drawn digit, the 28 × 28 gray pixels it becomes {centering} MNIST's "
            f"centering, and ten bars. The answer is {self.answer}, with {what} "
            f"{self.answers[self.answer]:.2f}."
        )


def _pack_means(means: Any) -> str:
    values = np.asarray(means, dtype=float)
    if values.size != 10 * PIXELS or values.shape[0] != 10:
        raise ValueError(
            f"means has the shape {values.shape}; it takes ten images, (10, 784)."
        )
    if values.min() < 0 or values.max() > 1:
        raise ValueError(
            f"means has values from {values.min():g} to {values.max():g}; they must "
            "be in [0, 1]. Give mean images of pixels before they are normalized."
        )
    return packed(np.floor(255 * values + 0.5), np.uint8)


def pack_network(
    model: nn.Module, mean: float = 0.0, std: float = 1.0, weights: str = "float32"
) -> dict[str, Any]:
    """A network as the page takes it: JSON, with weights in base64.

    Args:
        model: an nn.Sequential of Flatten, Linear, ReLU and Dropout layers.
        mean, std: what images were normalized with.
        weights: "float32", or "float16" for half the size.

    Raises:
        TypeError: the model has another layer.
        ValueError: it doesn't lead from 784 inputs to 10 outputs, or std is 0.
    """
    from torch import nn

    if weights not in ("float32", "float16"):
        raise ValueError(f'weights={weights!r}; it takes "float32" or "float16".')
    if std == 0:
        raise ValueError("std=0; give the standard deviation of the training pixels.")
    dtype = np.dtype(weights)
    layers: list[dict[str, Any]] = []
    size = PIXELS
    for layer in _leaves(model):
        if isinstance(layer, nn.Linear):
            if layer.in_features != size:
                raise ValueError(
                    f"{layer} gets {size} numbers, not {layer.in_features}."
                )
            bias = (
                layer.bias
                if layer.bias is not None
                else layer.weight.new_zeros(layer.out_features)
            )
            weight, bias = (v.detach().cpu().numpy() for v in (layer.weight, bias))
            layers.append({"weight": packed(weight, dtype), "bias": packed(bias, dtype), "relu": False})  # fmt: skip
            size = layer.out_features
        elif isinstance(layer, nn.ReLU):
            if not layers:
                raise ValueError("a ReLU before the first Linear; take it out.")
            layers[-1]["relu"] = True
        elif not isinstance(layer, (nn.Flatten, nn.Dropout, nn.Identity)):
            raise TypeError(
                f"{layer} can't run in the page; give an nn.Sequential of Flatten, "
                "Linear, ReLU and Dropout layers."
            )
    if size != 10 or layers[-1]["relu"]:
        raise ValueError(
            f"the network must end in a Linear with 10 outputs, not {size}."
        )
    return {"mean": float(mean), "std": float(std), "type": weights, "layers": layers}


def _leaves(model: nn.Module) -> Iterable[nn.Module]:
    from torch import nn

    if isinstance(model, nn.Sequential):
        for child in model:
            yield from _leaves(child)
    else:
        yield model

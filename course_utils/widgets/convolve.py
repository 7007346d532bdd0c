"""What a kernel sees: convolution, by hand and as a sparse matrix."""

from typing import Any, ClassVar

import numpy as np
import traitlets
from matplotlib.figure import Figure
from matplotlib.patches import Rectangle

from course_utils.plotting.style import ORANGE
from course_utils.widgets.base import Explorable
from course_utils.widgets.images import picture

MARGIN = 4  # of the pavilion beyond what is seen, so that it can be shifted
SMALLEST, LARGEST = 7, 48


class Convolve(Explorable):
    """A kernel to pull at, the window that slides over an image, and the result.

    Args:
        image: gray values, (H, W) or (1, H, W), 7 to 48 pixels high and wide; then
            `picture` is "given".
        picture: "pavilion", 28 × 28 of a photograph; "seven", a digit of MNIST.
        kernel: 3 × 3 or 5 × 5 numbers between -9 and 9.
        stride: 1, 2 or 3.
        padding: rows of zeros around the image, 0 to 2.
        window: [row, column] of the output pixel that is lit.
        shift: pixels [to the right, up] that the image is shifted by, -4 to 4.
        brightness: what is added to all pixels, -0.5 to 0.5.

    Raises:
        ValueError: image or kernel have another shape.
        traitlets.TraitError: a number is out of its range.
    """

    name: ClassVar[str] = "convolve"
    figsize: ClassVar[tuple[float, float]] = (7.2, 2.9)

    picture = traitlets.Enum(["pavilion", "seven", "given"], "pavilion").tag(sync=True)
    image = traitlets.List(traitlets.List(traitlets.Float())).tag(sync=True)
    kernel = traitlets.List(
        traitlets.List(traitlets.Float(min=-9, max=9)),
        [[-1, 0, 1], [-2, 0, 2], [-1, 0, 1]],
    ).tag(sync=True)
    stride = traitlets.Int(1, min=1, max=3).tag(sync=True)
    padding = traitlets.Int(0, min=0, max=2).tag(sync=True)
    window = traitlets.List(traitlets.Int(min=0), [13, 14], minlen=2, maxlen=2).tag(
        sync=True
    )
    shift = traitlets.List(
        traitlets.Int(min=-4, max=4), [0, 0], minlen=2, maxlen=2
    ).tag(sync=True)
    brightness = traitlets.Float(0.0, min=-0.5, max=0.5).tag(sync=True)

    def __init__(self, image: Any = None, **state: Any) -> None:
        if image is not None and len(image):
            state["image"] = _checked(image).tolist()
            state.setdefault("picture", "given")
        if "kernel" in state:
            state["kernel"] = np.asarray(state["kernel"], float).tolist()
        super().__init__(**state)
        k = len(self.kernel)
        if k not in (3, 5) or any(len(row) != k for row in self.kernel):
            raise ValueError(
                f"the kernel has {k} rows of {[len(row) for row in self.kernel]} "
                "numbers; it takes 3 × 3 or 5 × 5."
            )
        if self.picture == "given" and not self.image:
            raise ValueError('picture="given" needs an image=.')

    @property
    def pixels(self) -> np.ndarray:
        """The image as it is shown, (H, W)."""
        if self.picture == "given":
            source, margin = np.array(self.image), 0
        else:
            source = picture(self.picture.upper())
            margin = MARGIN if self.picture == "pavilion" else 0
        height, width = (n - 2 * margin for n in source.shape)
        x, y = self.shift
        rows = np.clip(np.arange(height) + margin + y, 0, len(source) - 1)
        columns = np.clip(np.arange(width) + margin - x, 0, source.shape[1] - 1)
        return source[np.ix_(rows, columns)] + self.brightness

    @property
    def result(self) -> np.ndarray:
        """The convolution of `pixels`, as torch's conv2d computes it."""
        padded = np.pad(self.pixels, self.padding)
        kernel = np.array(self.kernel)
        windows = np.lib.stride_tricks.sliding_window_view(padded, kernel.shape)
        return np.einsum("ijkl,kl->ij", windows[:: self.stride, :: self.stride], kernel)

    @property
    def lit(self) -> tuple[int, int]:
        """Row and column of the output pixel under the window."""
        rows, columns = self.result.shape
        return min(self.window[0], rows - 1), min(self.window[1], columns - 1)

    def draw(self, figure: Figure) -> None:
        """Image with its window, kernel, and result with the lit pixel."""
        left, middle, right = figure.subplots(1, 3)
        k, p = len(self.kernel), self.padding
        row, column = self.lit
        left.imshow(np.pad(self.pixels, p), vmin=0, vmax=1)
        corner = (column * self.stride - 0.5, row * self.stride - 0.5)
        look = {"fill": False, "edgecolor": ORANGE, "linewidth": 2}
        left.add_patch(Rectangle(corner, k, k, **look))
        left.set_title("image and window")
        kernel = np.array(self.kernel)
        most = max(1, abs(kernel).max())
        middle.imshow(kernel, cmap="PuOr_r", vmin=-2 * most, vmax=2 * most)
        for (i, j), v in np.ndenumerate(kernel):
            middle.text(j, i, f"{v:.2g}", ha="center", va="center")
        middle.set_title("kernel")
        result = self.result
        most = max(1, abs(result).max()) if result.min() >= 0 else abs(result).max()
        right.imshow(result, vmin=-most if result.min() < 0 else 0, vmax=most)
        right.add_patch(Rectangle((column - 0.5, row - 0.5), 1, 1, **look))
        right.set_title(f"result; lit: {result[row, column]:.2f}")
        for ax in (left, middle, right):
            ax.set(xticks=[], yticks=[])

    def alternative(self) -> str:
        names = {
            "pavilion": "A photograph of a pavilion",
            "seven": "A 7 of MNIST",
            "given": "An image",
        }
        k, result = len(self.kernel), self.result
        row, column = self.lit
        return (
            f"{names[self.picture]} with a {k} × {k} window, the kernel with rows "
            f"{'; '.join(', '.join(f'{v:.2g}' for v in line) for line in self.kernel)}, "
            f"and the result, {result.shape[0]} × {result.shape[1]} pixels. The lit one, "
            f"row {row}, column {column}, is {result[row, column]:.2f}."
        )


def _checked(image: Any) -> np.ndarray:
    values = np.asarray(image, float)
    if values.ndim == 3 and len(values) == 1:
        values = values[0]
    if values.ndim != 2 or min(values.shape) < SMALLEST or max(values.shape) > LARGEST:
        raise ValueError(
            f"the image has the shape {values.shape}; it takes gray values, (H, W), "
            f"{SMALLEST} to {LARGEST} pixels high and wide."
        )
    return values

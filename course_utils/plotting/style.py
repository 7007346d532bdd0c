"""The look of the course's figures, and their text alternatives."""

from io import BytesIO

import matplotlib as mpl
import matplotlib.pyplot as plt
import seaborn as sns
import torch
from matplotlib.figure import Figure
from torch import Tensor

# seaborn's colorblind palette; the order is part of the look.
PALETTE = sns.color_palette("colorblind").as_hex()
BLUE, ORANGE, GREEN, RED, PINK = PALETTE[:5]
# The palette again, dark enough for letters and thin marks on white.
INKS = [
    "#0169a3", "#9a6200", "#00735c", "#b34700", "#a34a97",
    "#8a5a2b", "#c2477f", "#616161", "#716c00", "#2576a6",
]  # fmt: skip
GREY = "#6b6b6b"
LIGHT = "#d9d9d9"
# For text and marks, dark enough on white (contrast above 4.5 to 1).
GOOD, BAD = "#00735c", "#b34700"
CHECK, CROSS = "✓", "✗"

WIDTH = 7.2  # inches; at 110 dots per inch a figure fills a notebook column
DPI = 110


def use_style() -> None:
    """Give all following figures the course's look.

    In a notebook it also gives every figure a text alternative, which screen
    readers read aloud: the one set with `describe`, else one made of titles and
    axis labels.
    """
    set_look()
    _register_notebook_formatter()


def set_look() -> None:
    """Set the look alone; `matplotlib.rc_context` takes it back."""
    sns.set_theme(
        style="ticks",
        palette="colorblind",
        # Comes with matplotlib, so figures look the same everywhere, and has
        # ✓ and ✗, which Arial lacks.
        font="DejaVu Sans",
        rc={
            "figure.figsize": (WIDTH, 3.6),
            "figure.dpi": DPI,
            "figure.constrained_layout.use": True,
            **{f"axes.spines.{side}": False for side in ("top", "right")},
            "axes.titlesize": 11,
            "axes.titleweight": "bold",
            "axes.linewidth": 0.8,
            "axes.labelsize": 10,
            "font.size": 10,
            **{f"{axis}tick.labelsize": 9 for axis in "xy"},
            **{f"{axis}tick.major.width": 0.8 for axis in "xy"},
            **{f"{axis}tick.major.size": 4 for axis in "xy"},
            "legend.fontsize": 9,
            "legend.frameon": False,
            "image.interpolation": "nearest",
            "image.cmap": "gray",
        },
    )


def describe(figure: Figure, text: str) -> Figure:
    """Give `figure` a text alternative, one or two sentences, and return the figure.

    Raises:
        ValueError: the text is empty.
    """
    if not text.strip():
        raise ValueError("a text alternative must say what the figure shows.")
    figure.text_alternative = " ".join(text.split())
    return figure


def text_alternative(figure: Figure) -> str:
    """What `describe` set, else a sentence made of titles and axis labels."""
    described = getattr(figure, "text_alternative", None)
    if described:
        return described
    parts = []
    for ax in figure.axes:
        axes = " against ".join(filter(None, (ax.get_ylabel(), ax.get_xlabel())))
        parts.append(": ".join(filter(None, (ax.get_title(), axes))))
    return "Figure. " + "; ".join(filter(None, parts))


def plain(values: object) -> Tensor:
    """Numbers from anywhere (list, array, GPU, autograd graph) as a CPU tensor."""
    return torch.as_tensor(values).detach().cpu()


def _register_notebook_formatter() -> None:
    try:
        from IPython import get_ipython
    except ImportError:
        return
    shell = get_ipython()
    if shell is None or not hasattr(shell, "kernel"):
        return
    # The inline backend registers its own formatter when pyplot is first used
    # in a notebook. Let it, so that ours stays in place.
    mpl.get_backend()
    shell.enable_matplotlib("inline")
    shell.display_formatter.formatters["image/png"].for_type(Figure, _as_png)


def _as_png(figure: Figure) -> tuple[bytes, dict[str, str]]:
    buffer = BytesIO()
    figure.savefig(buffer, format="png", dpi=DPI, bbox_inches="tight")
    # Closed once shown: a figure that a cell both draws and returns would
    # otherwise appear twice.
    plt.close(figure)
    return buffer.getvalue(), {"alt": text_alternative(figure)}

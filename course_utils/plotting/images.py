"""Figures made of images: digits, weights, predictions, confusion matrices."""

from __future__ import annotations

from collections.abc import Sequence

import matplotlib.pyplot as plt
import numpy as np
import torch
from matplotlib.axes import Axes
from matplotlib.colors import LogNorm
from matplotlib.figure import Figure
from torch import Tensor

from course_utils.plotting.style import (
    BAD,
    CHECK,
    CROSS,
    GOOD,
    GREY,
    WIDTH,
    describe,
    new_axes,
)


def _grid(count: int, columns: int, title_room: float) -> tuple[Figure, list[Axes]]:
    columns = min(columns, count)
    rows = -(-count // columns)
    side = WIDTH / max(columns, 5)
    figure, axes = plt.subplots(
        rows,
        columns,
        figsize=(side * columns, (side + title_room) * rows),
        squeeze=False,
    )
    for ax in axes.flat:
        ax.axis("off")
    return figure, list(axes.flat[:count])


def _displayable(image: Tensor | np.ndarray) -> np.ndarray:
    """(c, h, w) or (h, w) to what imshow takes: (h, w) or (h, w, 3)."""
    image = torch.as_tensor(image).detach().cpu()
    if image.ndim == 3:
        image = image.squeeze(0) if len(image) == 1 else image.permute(1, 2, 0)
    if image.ndim not in (2, 3):
        raise ValueError(
            f"an image has the shape (h, w) or (c, h, w); got {tuple(image.shape)}."
        )
    return image.numpy()


def _limits(images: Tensor) -> dict[str, float]:
    """The gray scale that all images of a figure share."""
    return {"vmin": float(images.min()), "vmax": float(images.max())}


def _check_counts(images: Sequence, titles: Sequence, what: str) -> None:
    if len(images) != len(titles):
        raise ValueError(f"{len(images)} images but {len(titles)} {what}.")
    if len(images) == 0:
        raise ValueError("there is no image to show.")


def show_images(
    images: Tensor,
    titles: Sequence[object] | None = None,
    *,
    columns: int = 10,
    alt: str | None = None,
) -> Figure:
    """Draw images in a grid, all on the same scale.

    Args:
        images: (n, c, h, w) with c = 1 or 3, or (n, h, w).
        titles: n labels or captions, drawn above; None draws none.
        columns: images in a row.
        alt: text alternative; None makes one of the titles.

    Returns:
        The figure.

    Raises:
        ValueError: no images, not as many titles as images, or shapes that are
            no images.
    """
    images = torch.as_tensor(images)
    captions = [""] * len(images) if titles is None else [_caption(t) for t in titles]
    _check_counts(images, captions, "titles")
    figure, axes = _grid(
        len(images), columns, title_room=0.25 if titles is not None else 0
    )
    for ax, image, caption in zip(axes, images, captions, strict=True):
        ax.imshow(_displayable(image), **_limits(images))
        ax.set_title(caption, fontsize=10, fontweight="normal", pad=3)
    listed = f": {', '.join(captions)}" if titles is not None else ""
    return describe(figure, alt or f"A grid of {len(images)} images{listed}.")


def _caption(title: object) -> str:
    return str(title.item()) if isinstance(title, Tensor) else str(title)


def show_pixels(image: Tensor, *, ax: Axes | None = None) -> Figure | Axes:
    """Draw one gray image large, with the value of every pixel written in it.

    Args:
        image: (1, h, w) or (h, w); floats in [0, 1] are written without the
            leading zero ("." followed by two digits), integers as they are.
        ax: where to draw; None makes a new figure.

    Returns:
        The figure, or `ax` if it was given.
    """
    pixels = _displayable(image)
    if pixels.ndim != 2:
        raise ValueError(f"show_pixels draws one gray image; got {tuple(image.shape)}.")
    whole = np.issubdtype(pixels.dtype, np.integer)
    height, width = pixels.shape
    figure, axes = new_axes(ax, (WIDTH * 1.25, WIDTH * 1.25 * height / width))
    axes.imshow(pixels)
    middle = (float(pixels.max()) + float(pixels.min())) / 2
    for row in range(height):
        for column in range(width):
            value = pixels[row, column]
            text = str(value) if whole else f"{value:.2f}".removeprefix("0")
            axes.text(
                column,
                row,
                "0" if value == 0 else text,
                ha="center",
                va="center",
                fontsize=6.5,
                color="#000000" if value > middle else "#b8b8b8" if value == 0 else "w",
            )
    axes.set(xlabel="column", ylabel="row")
    describe(
        figure,
        f"One image of {height} by {width} pixels, drawn large, with the value of "
        f"each pixel written in it, from {pixels.min():.3g} to {pixels.max():.3g}.",
    )
    return axes if ax is not None else figure


def show_predictions(
    images: Tensor,
    labels: Tensor,
    predictions: Tensor,
    *,
    classes: Sequence[str] | None = None,
    confidences: Tensor | None = None,
    columns: int = 8,
) -> Figure:
    """Draw images with what the model took them for: ✓ if right, ✗ if wrong.

    Args:
        images: (n, c, h, w).
        labels: true classes, (n,).
        predictions: predicted classes, (n,).
        classes: class names; None writes the class indices.
        confidences: probability of each prediction, (n,), written below.
        columns: images in a row.

    Returns:
        The figure.
    """
    _check_counts(images, labels, "labels")
    _check_counts(images, predictions, "predictions")
    name = str if classes is None else classes.__getitem__
    figure, axes = _grid(len(images), columns, title_room=0.4)
    for i, ax in enumerate(axes):
        true, predicted = int(labels[i]), int(predictions[i])
        right = true == predicted
        text = f"{CHECK} {name(true)}" if right else f"{CROSS} {name(predicted)}"
        ax.imshow(_displayable(images[i]), **_limits(images))
        ax.set_title(text, fontsize=10, color=GOOD if right else BAD, pad=3)
        below = [] if right else [f"is {name(true)}"]
        if confidences is not None:
            below.append(f"{float(confidences[i]):.0%}")
        ax.text(
            0.5, -0.04, ", ".join(below), transform=ax.transAxes, ha="center", va="top",
            fontsize=8, color=GREY,
        )  # fmt: skip
    wrong = int((torch.as_tensor(labels) != torch.as_tensor(predictions)).sum())
    return describe(
        figure,
        f"{len(images)} images with the model's predictions: {len(images) - wrong} "
        f"marked right, {wrong} marked wrong with the true class below.",
    )


def show_weights(
    weights: Tensor,
    titles: Sequence[object] | None = None,
    *,
    shape: tuple[int, int] = (28, 28),
    columns: int = 5,
) -> Figure:
    """Draw rows of weights as images: blue negative, white zero, red positive.

    Args:
        weights: (units, h * w), one row per unit, as in `nn.Linear.weight`.
        titles: a caption for each unit; None draws none.
        shape: (h, w) of an input image.
        columns: images in a row.

    Returns:
        The figure, with one color scale for all images.
    """
    weights = torch.as_tensor(weights).detach().cpu()
    captions = [""] * len(weights) if titles is None else [_caption(t) for t in titles]
    _check_counts(weights, captions, "titles")
    limit = float(weights.abs().max())
    figure, axes = _grid(
        len(weights), columns, title_room=0.25 if titles is not None else 0
    )
    for ax, row, caption in zip(axes, weights, captions, strict=True):
        drawn = ax.imshow(row.reshape(shape), cmap="RdBu_r", vmin=-limit, vmax=limit)
        ax.set_title(caption, fontsize=10, fontweight="normal", pad=3)
    figure.colorbar(drawn, ax=axes, shrink=0.8, label="weight")
    return describe(
        figure,
        f"The weights of {len(weights)} units, each drawn as an image of its inputs, "
        f"on one color scale from -{limit:.2g} (blue) over 0 (white) to {limit:.2g} (red).",
    )


def show_confusion(
    confusion: Tensor, classes: Sequence[str] | None = None, *, ax: Axes | None = None
) -> Figure | Axes:
    """Draw a confusion matrix with its counts; color marks the mistakes alone.

    Args:
        confusion: (k, k) counts; rows are true classes, columns predictions.
        classes: class names; None writes the class indices.
        ax: where to draw; None makes a new figure.

    Returns:
        The figure, or `ax` if it was given.
    """
    counts = torch.as_tensor(confusion).numpy()
    names = [str(i) for i in range(len(counts))] if classes is None else list(classes)
    mistakes = np.ma.masked_equal(np.where(np.eye(len(counts)), 0, counts), 0)
    figure, axes = new_axes(ax, (WIDTH * 0.85, WIDTH * 0.8))
    top = max(int(mistakes.max()) if mistakes.count() else 1, 2)
    axes.imshow(mistakes, cmap="Oranges", norm=LogNorm(1, top * 1.5))
    for row, column in np.ndindex(*counts.shape):
        if counts[row, column]:
            diagonal = row == column
            axes.text(
                column, row, counts[row, column], ha="center", va="center", fontsize=9,
                color=GREY if diagonal else "black",
                fontweight="normal" if diagonal else "bold",
            )  # fmt: skip
    ticks = np.arange(len(names))
    axes.set_xticks(ticks, names, rotation=0 if max(map(len, names)) < 3 else 60)
    axes.set_yticks(ticks, names)
    axes.set(xlabel="predicted class", ylabel="true class")
    row, column = np.unravel_index(np.argmax(mistakes.filled(0)), counts.shape)
    describe(
        figure,
        f"Confusion matrix of {counts.sum()} examples, {int(counts.trace())} of them on "
        f"the diagonal, that is right. The most frequent mistake: {names[row]} taken "
        f"for {names[column]}, {counts[row, column]} times.",
    )
    return axes if ax is not None else figure

"""Figures made of images: digits, predictions, confusion matrices."""

from collections.abc import Sequence

import matplotlib.pyplot as plt
import numpy as np
from matplotlib.axes import Axes
from matplotlib.colors import LinearSegmentedColormap
from matplotlib.figure import Figure
from matplotlib.patches import Rectangle
from torch import Tensor

from course_utils.plotting.style import (
    BAD,
    CHECK,
    CROSS,
    GOOD,
    GREY,
    LIGHT,
    ORANGE,
    WIDTH,
    describe,
    plain,
)

BACKGROUND_TEXT = "#8a8a8a"  # on black: readable, and quieter than the digit
CAPTION_ROOM = 0.25  # inches, for one line of text above or below an image


def show_images(
    images: Tensor,
    titles: Sequence[object] | None = None,
    *,
    columns: int = 10,
    alt: str | None = None,
) -> Figure:
    """Draw images in a grid, all on the same scale.

    Args:
        images: (n, c, h, w) with c = 1 or 3, or (n, h, w); a single image is
            images[None].
        titles: n labels or captions, drawn above; None draws none.
        columns: images in a row.
        alt: text alternative; None makes one of the titles.

    Raises:
        ValueError: no images, not as many titles as images, or shapes that are
            no images.
    """
    pictures = _pictures(images, titles)
    captions = _captions(titles, len(pictures))
    figure, _ = _grid(pictures, captions, columns, **_scale(pictures))
    listed = f": {', '.join(captions)}" if titles is not None else ""
    return describe(figure, alt or f"A grid of {len(pictures)} images{listed}.")


def show_pixels(image: Tensor) -> Figure:
    """Draw one gray image large, with the value of every pixel written in it.

    Args:
        image: (1, h, w) or (h, w); floats are written with two digits and
            without a leading zero (".53"), integers as they are.

    Raises:
        ValueError: not one gray image.
    """
    pixels = plain(image).numpy()
    if pixels.ndim == 3 and len(pixels) == 1:
        pixels = pixels[0]
    if pixels.ndim != 2 or pixels.size == 0:
        raise ValueError(
            "show_pixels draws one gray image of shape (1, h, w) or (h, w); "
            f"got {pixels.shape}."
        )
    height, width = pixels.shape
    figure, axes = plt.subplots(figsize=(1.25 * WIDTH, 1.25 * WIDTH * height / width))
    axes.imshow(pixels, interpolation="nearest", **_scale(pixels))
    axes.spines[:].set_visible(False)
    axes.set(xlabel="column", ylabel="row")
    texts = {place: _short(value) for place, value in np.ndenumerate(pixels)}
    figure.draw_without_rendering()  # so that the layout is known
    cell = 72 * axes.get_window_extent().width / figure.dpi / width
    # A digit is about 0.64 times as wide as the font is high.
    size = min(0.85 * cell / (0.64 * max(map(len, texts.values()))), 14)
    middle = (pixels.max() / 2) + (pixels.min() / 2)
    for (row, column), text in texts.items():
        value = pixels[row, column]
        dark = "white" if value > pixels.min() else BACKGROUND_TEXT
        axes.text(
            column, row, text, ha="center", va="center", fontsize=size,
            color="black" if value > middle else dark,
        )  # fmt: skip
    return describe(
        figure,
        f"One image of {height} by {width} pixels, drawn large, with the value of each "
        f"pixel written in it, from {_short(pixels.min())} to {_short(pixels.max())}.",
    )


def show_predictions(
    images: Tensor,
    labels: Tensor,
    predictions: Tensor,
    *,
    classes: Sequence[str] | None = None,
    confidences: Tensor | None = None,
) -> Figure:
    """Draw images with what the model took them for: ✓ if right, else ✗ and the truth.

    Args:
        images: (n, c, h, w) or (n, h, w).
        labels, predictions: true and predicted classes, (n,).
        classes: class names; None writes the class indices.
        confidences: probability of each prediction, (n,), written beside it.

    Raises:
        ValueError: no images, not as many labels, predictions or confidences as
            images, or a class without a name.
    """
    pictures = _pictures(images, labels)
    labels, predictions = plain(labels).tolist(), plain(predictions).tolist()
    _check_count(labels, len(pictures), "labels")
    _check_count(predictions, len(pictures), "predictions")
    if confidences is not None:
        confidences = plain(confidences).tolist()
        _check_count(confidences, len(pictures), "confidences")
    names = _class_names(classes, labels + predictions)
    long_names = max(map(len, names)) > 2
    lines = 2 if long_names and confidences is not None else 1
    wrong = sum(a != b for a, b in zip(labels, predictions, strict=True))
    captions = []
    for i, (label, predicted) in enumerate(zip(labels, predictions, strict=True)):
        caption = f"{CHECK if label == predicted else CROSS} {names[predicted]}"
        if confidences is not None:
            caption += ("\n" if long_names else "  ") + _percent(confidences[i])
        captions.append(caption)
    figure, axes = _grid(
        pictures, captions, columns=8, lines=lines, below=CAPTION_ROOM if wrong else 0,
        **_scale(pictures),
    )  # fmt: skip
    size = 9 if confidences or long_names else 10
    for i, ax in enumerate(axes):
        ax.title.set(color=GOOD, fontsize=size)
        if labels[i] != predictions[i]:
            ax.title.set(color=BAD, fontweight="bold")
            ax.set_xlabel(f"is {names[labels[i]]}", fontsize=9, color=GREY, labelpad=3)
    return describe(
        figure,
        f"{len(pictures)} images with the model's predictions: "
        f"{len(pictures) - wrong} marked right, {wrong} marked wrong"
        f"{' with the true class below' if wrong else ''}.",
    )


def show_confusion(confusion: Tensor, classes: Sequence[str] | None = None) -> Figure:
    """Draw a confusion matrix with its counts; color marks the mistakes alone.

    Args:
        confusion: (k, k) counts; rows are true classes, columns predictions.
        classes: class names; None writes the class indices.

    Raises:
        ValueError: the matrix is not square, or not as many names as classes.
    """
    counts = plain(confusion).numpy()
    if counts.ndim != 2 or len(counts) == 0 or len(counts) != counts.shape[1]:
        raise ValueError(f"a confusion matrix is square, (k, k); got {counts.shape}.")
    names = [str(k) for k in range(len(counts))] if classes is None else list(classes)
    if len(names) != len(counts):
        raise ValueError(f"{len(counts)} classes but {len(names)} class names.")
    mistakes = np.where(np.eye(len(counts)), 0, counts)
    figure, axes = plt.subplots(figsize=(0.85 * WIDTH, 0.8 * WIDTH))
    _color_cells(axes, mistakes)
    for (row, column), count in np.ndenumerate(counts):
        if count:
            color = GREY if row == column else "black"
            axes.text(column, row, count, ha="center", va="center", color=color)
    ticks = np.arange(len(names))
    short = max(map(len, names)) <= 2
    axes.set_xticks(
        ticks, names, rotation=0 if short else 40, rotation_mode="anchor",
        ha="center" if short else "right",
    )  # fmt: skip
    axes.set_yticks(ticks, names)
    axes.tick_params(length=0)
    axes.set(xlabel="predicted class", ylabel="true class")
    text = (
        f"Confusion matrix of {counts.sum():,} examples, {counts.trace():,} of them on "
        "the diagonal, that is right."
    )
    if mistakes.any():
        row, column = np.unravel_index(mistakes.argmax(), mistakes.shape)
        text += (
            f" The most frequent mistake: {names[row]} taken for {names[column]}, "
            f"{mistakes[row, column]:,} times."
        )
    return describe(figure, text)


def _color_cells(axes: Axes, mistakes: np.ndarray) -> None:
    """White to orange by the number of mistakes, light gray on the diagonal."""
    k = len(mistakes)
    edges = np.arange(k + 1) - 0.5
    # Not darker than orange: black text must stay readable.
    white_to_orange = LinearSegmentedColormap.from_list("", ["white", ORANGE])
    axes.imshow(
        mistakes, cmap=white_to_orange, vmin=0, vmax=max(mistakes.max(), 1),
        interpolation="nearest",
    )  # fmt: skip
    for edge in edges[:-1]:
        axes.add_patch(Rectangle((edge, edge), 1, 1, color=LIGHT, alpha=0.5))
    axes.hlines(edges, -0.5, k - 0.5, LIGHT, linewidth=0.5)
    axes.vlines(edges, -0.5, k - 0.5, LIGHT, linewidth=0.5)
    axes.spines[:].set_visible(False)


def _grid(
    pictures: np.ndarray,
    captions: Sequence[str],
    columns: int,
    *,
    lines: int = 1,
    below: float = 0,
    **scale: object,
) -> tuple[Figure, list[Axes]]:
    """A figure of square pictures with captions of so many `lines`, if any, above.

    `below` are inches for text below each, `scale` is for imshow.
    """
    columns = min(columns, len(pictures))
    rows = -(-len(pictures) // columns)
    side = WIDTH / max(columns, 5)
    above = CAPTION_ROOM * lines if any(captions) else 0
    size = (side * columns, (side + above + below) * rows)
    figure, axes = plt.subplots(rows, columns, figsize=size, squeeze=False)
    for ax in axes.flat:
        # Not axis("off"): that would hide the text below, too.
        ax.set(xticks=[], yticks=[])
        ax.spines[:].set_visible(False)
    axes = list(axes.flat[: len(pictures)])
    for ax, picture, caption in zip(axes, pictures, captions, strict=True):
        ax.imshow(picture, interpolation="nearest", **scale)
        ax.set_title(caption, fontsize=10, fontweight="normal", pad=3)
    return figure, axes


def _pictures(images: Tensor, captions: Sequence[object] | None) -> np.ndarray:
    """Images as imshow takes them: (n, h, w), or (n, h, w, 3) with colors in [0, 1]."""
    images = plain(images)
    shape = tuple(images.shape)
    if images.ndim == 2:
        raise ValueError(
            f"{shape} is one image, and this draws several: pass images[None]. To see "
            "its values, use show_pixels."
        )
    as_many = captions is not None and len(captions) == len(images)
    if images.ndim == 3 and len(images) == 3 and not as_many:
        raise ValueError(
            f"{shape} may be one color image or three gray ones. Pass images[None] for "
            "one, images[:, None] for three."
        )
    if images.ndim == 4 and images.shape[1] == 1:
        images = images[:, 0]
    elif images.ndim == 4 and images.shape[1] == 3:
        images = images.movedim(1, -1)
        low, high = images.min(), images.max()
        if images.is_floating_point() and (low < 0 or high > 1):
            images = (images - low) / (high - low)
    elif images.ndim != 3:
        raise ValueError(
            "images have the shape (n, h, w), (n, 1, h, w) or (n, 3, h, w); got "
            f"{shape}."
        )
    if images.numel() == 0:
        raise ValueError("there is no image to show.")
    return images.numpy()


def _scale(pictures: np.ndarray) -> dict[str, object]:
    """How imshow draws gray images: black is their least value, white their greatest."""
    low, high = pictures.min(), pictures.max()
    return {"cmap": "gray", "vmin": low, "vmax": high}


def _class_names(classes: Sequence[str] | None, used: list[int]) -> list[str]:
    """A name for every class that is used; None stands for the class indices."""
    low, high = min(used), max(used)
    names = [str(k) for k in range(high + 1)] if classes is None else list(classes)
    if low < 0:
        raise ValueError(f"found the class {low}; classes are numbered from 0.")
    if high >= len(names):
        raise ValueError(
            f"found the class {high}, but there are only {len(names)} class names, for "
            f"0 to {len(names) - 1}. Pass all of them, as splits.classes."
        )
    return names


def _captions(titles: Sequence[object] | None, count: int) -> list[str]:
    if titles is None:
        return [""] * count
    captions = [str(t.item() if isinstance(t, Tensor) else t) for t in titles]
    _check_count(captions, count, "titles")
    return captions


def _check_count(values: Sequence[object], count: int, what: str) -> None:
    if len(values) != count:
        raise ValueError(f"{count} images but {len(values)} {what}.")


def _short(value: np.number) -> str:
    """A pixel value in at most four characters, where it lies in [0, 1]."""
    if isinstance(value, np.integer) or value in (0, 1):
        return str(int(value))
    text = f"{value:.2f}"
    return text.replace("0.", ".", 1) if text.lstrip("-").startswith("0.") else text


def _percent(share: float) -> str:
    """A share as a percentage that says 100 % only of what is certain."""
    return ">99%" if 0.995 <= share < 1 else f"{share:.0%}"

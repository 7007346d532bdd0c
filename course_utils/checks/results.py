"""What a lesson measured, noted so that README.md can be made from it."""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np

# `course readme` finds results under this MIME type in stored outputs.
RESULT = "application/vnd.course.result+json"
Z = 1.959964  # 95 % of a normal distribution lie within so many standard deviations


def wilson_interval(accuracy: float, images: int) -> tuple[float, float]:
    """Return the 95 % interval of an accuracy measured on independent images.

    E. B. Wilson, "Probable Inference, the Law of Succession, and Statistical
    Inference", Journal of the American Statistical Association 22 (1927).

    Args:
        accuracy: share of right answers, 0 to 1.
        images: how many were judged.

    Raises:
        ValueError: an accuracy outside 0 to 1, or no images.
    """
    if not 0 <= accuracy <= 1:
        raise ValueError(f"accuracy must be a share from 0 to 1; got {accuracy}.")
    if images < 1:
        raise ValueError(f"images must be at least 1; got {images}.")
    spread = Z**2 / images
    center = (accuracy + spread / 2) / (1 + spread)
    variance = accuracy * (1 - accuracy) / images + spread / (4 * images)
    half = Z * math.sqrt(variance) / (1 + spread)
    return max(0.0, center - half), min(1.0, center + half)


def mean_interval(values: Sequence[float]) -> tuple[float, float]:
    """Return the 95 % interval of a mean, by Student's t distribution.

    Args:
        values: of independent trainings, at least two.

    Raises:
        ValueError: fewer than two values.
    """
    if len(values) < 2:
        raise ValueError(f"an interval of a mean needs 2 values; got {len(values)}.")
    from scipy import stats  # takes a third of a second

    mean, error = np.mean(values), stats.sem(values)
    half = stats.t.ppf(0.975, len(values) - 1) * error
    return float(mean - half), float(mean + half)


def report(
    task: str,
    accuracy: float | Sequence[float],
    *,
    images: int | None = None,
    seconds: float | None = None,
    published: str = "–",
) -> None:
    """Note a result of this lesson for the table in README.md.

    In a notebook it is an output with a line of text and, for `course readme`, the
    numbers as JSON.

    Args:
        task: what was trained, on what.
        accuracy: share of right answers on the test images, 0 to 1; of several
            trainings that differ by chance, all of them.
        images: how many test images, for Wilson's interval of one accuracy. Of
            several accuracies, the interval is that of their mean.
        seconds: of the training.
        published: what others report, as text.

    Raises:
        ValueError: one accuracy without `images`; see also `wilson_interval` and
            `mean_interval`.
    """
    if isinstance(accuracy, Sequence):
        share, interval = float(np.mean(accuracy)), mean_interval(accuracy)
    elif images is None:
        raise ValueError("say on how many test images the accuracy was measured.")
    else:
        share, interval = float(accuracy), wilson_interval(accuracy, images)
    result = {
        "task": task,
        "published": published,
        "accuracy": round(share, 6),
        "interval": [round(bound, 6) for bound in interval],
        "images": images,
        "seconds": None if seconds is None else round(float(seconds), 1),
    }
    from IPython.display import display

    text = f"{task}: {result_text(result)}"
    display({RESULT: result, "text/plain": text}, raw=True)


def result_text(result: dict) -> str:
    """Return a result in words: accuracy, interval, seconds, where they are known.

    Args:
        result: as `report` stores it.
    """
    # One image more or less is a hundredth of a percent of 10,000.
    digits = 2 if result["images"] else 1
    text = f"{100 * result['accuracy']:.{digits}f} %"
    if result["interval"]:
        low, high = (100 * bound for bound in result["interval"])
        text += f" ({low:.1f} to {high:.1f})"
    if result["seconds"] is not None:
        text += f", {result['seconds']:.0f} s"
    return text

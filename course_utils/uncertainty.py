"""How far to trust an accuracy, or the difference of two."""

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

# SciPy is imported where it is used: most lessons need none of it.

CONFIDENCE = 0.95  # of all intervals
RESAMPLES = 10_000  # how often a bootstrap draws n images


@dataclass(frozen=True)
class Interval:
    """An estimate, and the values around it that fit the data as well.

    In 95 % of all experiments such an interval holds the truth. Of a difference, `0 in interval` says that it is a tie.

    Attributes:
        value: the estimate itself.
        low, high: the ends of the interval.
        n: how many images, or seeds, it rests on.
        unit: "%" of shares, 0 to 1; "points" of differences of shares; "" of numbers
            that are shown as they are.
    """

    value: float
    low: float
    high: float
    n: int
    unit: str = ""

    def __contains__(self, value: float) -> bool:
        return self.low <= value <= self.high

    def __repr__(self) -> str:
        scale = 100 if self.unit else 1
        value, low, high = (scale * v for v in (self.value, self.low, self.high))
        if self.unit == "%":
            return f"{value:.2f} % ({low:.1f} to {high:.1f})"
        if self.unit == "points":
            return f"{value:+.2f} points ({low:+.2f} to {high:+.2f})"
        # Two digits of what is uncertain are enough.
        width = high - low
        digits = 1 - math.floor(math.log10(width / 2)) if 0 < width < math.inf else 2
        value, low, high = (f"{v:.{max(digits, 0)}f}" for v in (value, low, high))
        return f"{value} ({low} to {high}), n = {self.n}"


@dataclass(frozen=True)
class McNemar:
    """How two models disagree on the same images.

    Attributes:
        first_only, second_only: images that only this one got right.
        p_value: the probability of a disagreement at least as one-sided between
            models that are equally good.
    """

    first_only: int
    second_only: int
    p_value: float

    def __repr__(self) -> str:
        p = "p < 0.001" if self.p_value < 0.001 else f"p = {self.p_value:.3f}"
        return (
            f"only the first right: {self.first_only:,}, "
            f"only the second right: {self.second_only:,}, {p}"
        )


def accuracy_interval(correct: int, total: int) -> Interval:
    """The accuracy on `total` images, with Wilson's interval.

    Args:
        correct, total: how many of how many images, at least 1, were classified
            correctly.

    Returns:
        An Interval of shares, 0 to 1, shown in percent: `92.70 % (92.2 to 93.2)`.

    Raises:
        ValueError: numbers that are no such counts.

    Source: E. B. Wilson, Probable inference, the law of succession, and statistical
        inference, Journal of the American Statistical Association 22 (1927).
    """
    from scipy.stats import binomtest

    if total < 1 or not 0 <= correct <= total or correct != int(correct):
        raise ValueError(
            f"{correct} correct of {total} images is no accuracy: pass the number of "
            "correct images, from 0 to total, then the number of all, from 1 on."
        )
    correct, total = int(correct), int(total)
    ends = binomtest(correct, total).proportion_ci(CONFIDENCE, method="wilson")
    low, high = float(ends.low), float(ends.high)
    return Interval(correct / total, low, high, total, "%")


def difference_interval(first: ArrayLike, second: ArrayLike) -> Interval:
    """How much more accurate the first of two models is, by a paired bootstrap.

    Images are drawn again with replacement, each with what both models made of it;
    the ends are percentiles of the differences found. Equal answers give equal ones.

    Args:
        first: whether the first model classified each image correctly, (n,) of bool
            or of 0 and 1, such as `result.predictions == result.labels`.
        second: the same images in the same order, by the second model.

    Returns:
        An Interval of shares, -1 to 1, accuracy of the first minus that of the second,
        shown in points: `+0.35 points (-0.02 to +0.71)`.

    Raises:
        ValueError: not as many answers of one as of the other, none at all, or other
            values than 0 and 1.

    Source: B. Efron and R. J. Tibshirani, An Introduction to the Bootstrap (1993),
        chapter 13.
    """
    first_only, second_only, n = _disagreements(first, second)
    # Drawing images asks only which of three kinds each one is: so many times only
    # the first, only the second, or both alike.
    shares = np.array([first_only, second_only, n - first_only - second_only]) / n
    draws = np.random.default_rng(0).multinomial(n, shares, size=RESAMPLES)
    differences = (draws[:, 0] - draws[:, 1]) / n
    tail = (1 - CONFIDENCE) / 2
    low, high = np.quantile(differences, [tail, 1 - tail])
    value = (first_only - second_only) / n
    return Interval(value, float(low), float(high), n, "points")


def mcnemar(first: ArrayLike, second: ArrayLike) -> McNemar:
    """Whether two models disagree more one-sidedly than chance: McNemar's exact test.

    Args:
        first, second: as for `difference_interval`.

    Returns:
        A McNemar with both counts and the two-sided p-value, 1 if they never disagree.

    Raises:
        ValueError: as there.

    Source: Q. McNemar, Note on the sampling error of the difference between
        correlated proportions or percentages, Psychometrika 12 (1947); exact, as
        the sign test of the images on which the two disagree.
    """
    from scipy.stats import binomtest

    first_only, second_only, _ = _disagreements(first, second)
    n = first_only + second_only
    p_value = float(binomtest(first_only, n, 0.5).pvalue) if n else 1.0
    return McNemar(first_only, second_only, p_value)


def mean_interval(differences: Sequence[float]) -> Interval:
    """The mean of paired differences, one for each seed, with Student's t interval.

    Args:
        differences: n numbers, at least 2, such as the accuracy of one method minus
            that of another with the same seed.

    Returns:
        An Interval in the unit of the differences: `0.41 (0.12 to 0.70), n = 5`.

    Raises:
        ValueError: fewer than two differences, or one that is not finite.

    Source: Student, The probable error of a mean, Biometrika 6 (1908).
    """
    from scipy.special import stdtrit  # the quantiles of the t distribution

    values = np.asarray(differences, dtype=np.float64)
    n = values.size
    if values.ndim != 1 or n < 2:
        raise ValueError(
            f"an interval needs at least two differences (n,); got the shape "
            f"{values.shape}. Train with more seeds."
        )
    if not np.isfinite(values).all():
        raise ValueError(f"all differences must be finite; got {values.tolist()}.")
    mean = float(values.mean())
    t = float(stdtrit(n - 1, (1 + CONFIDENCE) / 2))
    half = t * float(values.std(ddof=1)) / math.sqrt(n)
    return Interval(mean, mean - half, mean + half, n)


def _disagreements(first: ArrayLike, second: ArrayLike) -> tuple[int, int, int]:
    """Images that only the first got right, only the second, and all."""
    a, b = np.asarray(first), np.asarray(second)
    if a.ndim != 1 or a.shape != b.shape or a.size == 0:
        raise ValueError(
            "both models need one answer, right or wrong, for each of the same images: "
            f"got the shapes {a.shape} and {b.shape}."
        )
    values = np.concatenate([a, b])
    wrong = ~np.isin(values, [0, 1])
    if wrong.any():
        raise ValueError(
            f"right is True or 1, wrong is False or 0; found {values[wrong][0]}. Pass "
            "predictions == labels."
        )
    a, b = a.astype(bool), b.astype(bool)
    return int((a & ~b).sum()), int((b & ~a).sum()), a.size

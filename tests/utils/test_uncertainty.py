"""Intervals: against SciPy, closed forms and plain resampling."""

import math
import subprocess
import sys

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats

from course_utils.uncertainty import (
    Interval,
    accuracy_interval,
    difference_interval,
    mcnemar,
    mean_interval,
)


def answers(both, first_only, second_only, neither):
    """Right and wrong answers of two models, with these counts, in mixed order."""
    pairs = [(1, 1)] * both + [(1, 0)] * first_only
    pairs += [(0, 1)] * second_only + [(0, 0)] * neither
    mixed = np.random.default_rng(0).permutation(np.array(pairs, dtype=bool))
    return mixed[:, 0], mixed[:, 1]


# --- one accuracy ----------------------------------------------------------------------


@given(st.integers(1, 100_000), st.floats(0, 1))
def test_an_accuracy_has_wilsons_interval(total, share):
    correct = round(share * total)
    found = accuracy_interval(correct, total)
    expected = stats.binomtest(correct, total).proportion_ci(0.95, "wilson")
    assert found.value == correct / total
    assert found.low == pytest.approx(expected.low, abs=1e-12)
    assert found.high == pytest.approx(expected.high, abs=1e-12)
    assert found.n == total
    assert 0 <= found.low <= found.value <= found.high <= 1


def test_an_accuracy_is_read_in_percent():
    assert repr(accuracy_interval(9270, 10_000)) == "92.70 % (92.2 to 93.2)"


@pytest.mark.parametrize(("correct", "total"), [(-1, 5), (6, 5), (0, 0)])
def test_what_is_no_accuracy_is_named(correct, total):
    with pytest.raises(ValueError, match=f"{correct} correct of {total} images"):
        accuracy_interval(correct, total)


# --- two models on the same images --------------------------------------------------------


def test_the_difference_of_two_models_is_resampled_image_by_image():
    first, second = answers(150, 30, 15, 5)
    found = difference_interval(first, second)
    rng = np.random.default_rng(1)
    index = rng.integers(0, 200, (20_000, 200))
    differences = first[index].mean(axis=1) - second[index].mean(axis=1)
    assert found.value == pytest.approx(first.mean() - second.mean())
    np.testing.assert_allclose(
        [found.low, found.high], np.quantile(differences, [0.025, 0.975]), atol=0.006
    )
    assert found.n == 200


def test_the_difference_of_two_models_agrees_with_its_normal_approximation():
    first, second = answers(9000, 300, 220, 480)
    found = difference_interval(first, second)
    d = first.astype(float) - second
    half = stats.norm.ppf(0.975) * d.std() / math.sqrt(len(d))
    assert found.low == pytest.approx(d.mean() - half, abs=2e-4)
    assert found.high == pytest.approx(d.mean() + half, abs=2e-4)


def test_the_order_of_the_models_gives_the_sign():
    first, second = answers(900, 60, 20, 20)
    assert difference_interval(first, second).low > 0
    assert difference_interval(second, first).high < 0


def test_equal_answers_give_equal_intervals():
    first, second = answers(900, 60, 20, 20)
    assert difference_interval(first, second) == difference_interval(first, second)


def test_a_difference_is_read_in_points():
    first, second = answers(9270, 85, 50, 595)
    found = difference_interval(first, second)
    low, high = 100 * found.low, 100 * found.high
    assert repr(found) == f"+0.35 points ({low:+.2f} to {high:+.2f})"


def test_models_that_never_disagree_are_a_tie():
    first, _ = answers(90, 0, 0, 10)
    assert 0 in difference_interval(first, first)
    assert difference_interval(first, first).high == 0
    assert mcnemar(first, first).p_value == 1


@given(st.integers(0, 40), st.integers(0, 40))
@settings(deadline=None)
def test_mcnemar_counts_coins(first_only, second_only):
    """Twice the probability that fair coins fall at least as one-sidedly."""
    found = mcnemar(*answers(3, first_only, second_only, 2))
    n, k = first_only + second_only, min(first_only, second_only)
    tail = sum(math.comb(n, i) for i in range(k + 1)) / 2**n
    assert (found.first_only, found.second_only) == (first_only, second_only)
    assert found.p_value == pytest.approx(min(1, 2 * tail))


def test_mcnemar_agrees_with_scipys_test_of_a_binomial_share():
    expected = stats.binomtest(250, 250 + 320, 0.5).pvalue
    found = mcnemar(*answers(9000, 320, 250, 430))
    assert found.p_value == pytest.approx(expected)


def test_mcnemar_is_read_in_a_line():
    found = mcnemar(*answers(900, 25, 41, 34))
    assert repr(found) == (
        f"only the first right: 25, only the second right: 41, p = {found.p_value:.3f}"
    )
    assert repr(mcnemar(*answers(0, 30, 0, 0))).endswith("p < 0.001")


def test_tensors_are_answers_too():
    first, second = answers(50, 9, 4, 5)
    tensors = [torch.from_numpy(a) for a in (first, second)]
    assert mcnemar(*tensors) == mcnemar(first, second)
    assert difference_interval(*tensors) == difference_interval(first, second)


@pytest.mark.parametrize("compare", [mcnemar, difference_interval])
@pytest.mark.parametrize(
    ("first", "second", "message"),
    [
        ([1, 0], [1, 0, 1], r"\(2,\) and \(3,\)"),
        ([], [], r"\(0,\)"),
        ([[1, 0]], [[1, 0]], r"\(1, 2\)"),
        ([1, 0, 7], [1, 0, 1], "found 7.*predictions == labels"),
        ([1, 0, 1], [1, 0.5, 1], "found 0.5"),
    ],
)
def test_what_are_no_answers_to_the_same_images_is_named(
    compare, first, second, message
):
    with pytest.raises(ValueError, match=message):
        compare(first, second)


# --- seeds -----------------------------------------------------------------------------------


@given(
    st.lists(st.floats(-100, 100, width=32), min_size=2, max_size=20).filter(
        lambda values: np.std(values) > 1e-3
    ),
)
def test_a_mean_has_students_interval(values):
    found = mean_interval(values)
    expected = stats.ttest_1samp(values, 0).confidence_interval(0.95)
    assert found.value == pytest.approx(np.mean(values), abs=1e-9)
    assert found.low == pytest.approx(expected.low, rel=1e-6, abs=1e-9)
    assert found.high == pytest.approx(expected.high, rel=1e-6, abs=1e-9)
    assert found.n == len(values)


@pytest.mark.parametrize(
    ("interval", "text"),
    [
        (Interval(0.4123, 0.1181, 0.7065, n=5), "0.41 (0.12 to 0.71), n = 5"),
        (Interval(0.00412, 0.00118, 0.00707, n=3), "0.0041 (0.0012 to 0.0071), n = 3"),
        (Interval(412.3, 118.1, 706.5, n=4), "412 (118 to 706), n = 4"),
        (Interval(0.5, 0.5, 0.5, n=4), "0.50 (0.50 to 0.50), n = 4"),
    ],
)
def test_a_mean_is_read_with_as_many_digits_as_it_deserves(interval, text):
    assert repr(interval) == text


def test_an_interval_around_zero_is_a_tie():
    assert 0 in mean_interval([0.3, -0.2, 0.1])
    assert 0 not in mean_interval([0.3, 0.2, 0.25])


@pytest.mark.parametrize(
    ("values", "message"),
    [
        ([0.3], r"at least two.*\(1,\)"),
        ([[0.1, 0.2]], r"at least two.*\(1, 2\)"),
        ([0.1, math.nan], "finite.*nan"),
    ],
)
def test_what_has_no_mean_interval_is_named(values, message):
    with pytest.raises(ValueError, match=message):
        mean_interval(values)


# --- the module --------------------------------------------------------------------------------


def test_uncertainty_needs_no_pytorch():
    code = "import sys, course_utils.uncertainty; sys.exit('torch' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0

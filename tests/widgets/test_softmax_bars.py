"""softmax_bars: its numbers against PyTorch, its finds, its still."""

import numpy as np
import pytest
import torch
import traitlets
from harness import Try, run_node
from torch.nn import functional as F

from course_utils.widgets import SoftmaxBars

TRY = Try(
    name="softmax_bars",
    handle="[role=slider][aria-label='logit of class 8']",
    number=".loss",
)


def cases(n=60):
    rng = np.random.default_rng(1)
    for _ in range(n):
        count = int(rng.integers(2, 11))
        logits = rng.normal(0, 8, count)
        yield logits.tolist(), int(rng.integers(count)), float(10 ** rng.uniform(-1, 1))


def test_numbers_are_those_of_pytorch():
    given = [list(case) for case in cases()]
    losses = run_node("softmax_bars", "loss", given)
    arrows = run_node("softmax_bars", "arrows", given)
    shares = run_node("softmax_bars", "probabilities", [[z, T] for z, _, T in given])
    for (z, y, T), loss, arrow, share in zip(
        given, losses, arrows, shares, strict=True
    ):
        scaled = (torch.tensor(z, dtype=torch.float64) / T).requires_grad_()
        reference = F.cross_entropy(scaled[None], torch.tensor([y]))
        reference.backward()
        np.testing.assert_allclose(loss, reference.item(), rtol=1e-5, atol=1e-5)
        np.testing.assert_allclose(arrow, scaled.grad, atol=1e-5)
        np.testing.assert_allclose(share, scaled.softmax(0).detach(), atol=1e-5)


def test_adding_the_same_to_all_changes_no_probability():
    given = [[z, T] for z, _, T in cases()]
    moved = [[[v + 7.5 for v in z], T] for z, T in given]
    before, after = (
        run_node("softmax_bars", "probabilities", c) for c in (given, moved)
    )
    for p, q in zip(before, after, strict=True):
        np.testing.assert_allclose(p, q, atol=1e-12)


def test_arrows_sum_to_zero_and_none_is_longer_than_1():
    for arrow in run_node("softmax_bars", "arrows", [list(case) for case in cases()]):
        assert abs(sum(arrow)) < 1e-12
        assert max(map(abs, arrow)) <= 1


def test_the_curve_is_the_loss_with_one_logit_changed():
    [curve] = run_node("softmax_bars", "lossAlong", [[[-2, 3], [4, 1, -1], 1, 2, 2]])
    for z, value in zip((-2.0, 3.0), curve, strict=True):
        reference = F.cross_entropy(torch.tensor([[4, z, -1]]) / 2, torch.tensor([2]))
        np.testing.assert_allclose(value, reference.item(), rtol=1e-5)


def test_python_computes_the_same():
    for z, y, T in cases(10):
        z = np.clip(z, -20, 20).tolist()
        bars = SoftmaxBars(logits=z, true_class=y, temperature=T)
        [loss] = run_node("softmax_bars", "loss", [[z, y, T]])
        np.testing.assert_allclose(bars.loss, loss, rtol=1e-9, atol=1e-12)
        np.testing.assert_allclose(bars.probabilities.sum(), 1)


def test_its_words_say_logits_probabilities_and_loss():
    text = SoftmaxBars(logits=[0, 0], labels=["cat", "dog"], true_class=1).alternative()
    assert "cat 0 and 0.50, dog 0 and 0.50" in text
    assert "true class is dog, so the loss is 0.69" in text


@pytest.mark.parametrize(
    "wrong",
    [
        {"logits": [1, 2], "labels": ["a"]},
        {"true_class": 3},
        {"logits": [99]},
        {"temperature": 0},
    ],
)
def test_what_cannot_be_is_refused(wrong):
    with pytest.raises(traitlets.TraitError):
        SoftmaxBars(**wrong)

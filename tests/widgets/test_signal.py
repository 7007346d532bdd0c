"""signal: its numbers against PyTorch and theory, its finds, its still."""

import numpy as np
import pytest
import torch
import traitlets
from harness import Try, run_node

from course_utils.widgets import Signal

TRY = Try(name="signal", handle=".depth", number=".readout")
TORCH = {
    "ReLU": torch.relu,
    "tanh": torch.tanh,
    "sigmoid": torch.sigmoid,
    "linear": lambda z: z,
    "GELU": torch.nn.functional.gelu,
}


@pytest.mark.parametrize("activation", TORCH)
def test_activations_and_gradients_are_those_of_pytorch(activation):
    rng = np.random.default_rng(0)
    for _ in range(6):
        n, inputs, depth = rng.integers(2, 9), rng.integers(1, 5), rng.integers(1, 7)
        x, last = rng.normal(size=(2, inputs, n))
        weights = rng.normal(size=(depth, n, n))
        factor = float(rng.uniform(0.2, 2))
        flat = [w.ravel().tolist() for w in weights]
        call = [x.ravel().tolist(), flat, int(n), factor, activation]
        [page] = run_node("signal", "forward", [call])
        call = [last.ravel().tolist(), flat, int(n), factor, page["slopes"]]
        [gradients] = run_node("signal", "backward", [call])

        h, layers = torch.tensor(x), []
        for w in torch.tensor(weights):
            h = TORCH[activation](factor * h @ w.T).requires_grad_()
            h.retain_grad()
            layers.append(h)
        (h * torch.tensor(last)).sum().backward()
        for layer, found, gradient in zip(
            layers, page["layers"], gradients, strict=True
        ):
            np.testing.assert_allclose(
                found, layer.detach().ravel(), rtol=1e-5, atol=1e-5
            )
            np.testing.assert_allclose(
                gradient, layer.grad.ravel(), rtol=1e-5, atol=1e-5
            )


@pytest.mark.parametrize("activation", TORCH)
def test_python_computes_the_same(activation):
    state = {"activation": activation, "scale": 1.3, "depth": 7, "width": 20, "seed": 5}
    [page] = run_node("signal", "signal", [[state]])
    explorable = Signal(**state)
    np.testing.assert_allclose(page["spreads"], explorable.spreads, rtol=1e-5)
    np.testing.assert_allclose(page["steepness"], explorable.gradients, rtol=1e-5)
    np.testing.assert_allclose(page["asleep"], explorable.asleep, atol=1e-12)


@pytest.mark.parametrize("scale", [0.8, 1.0, 1.4])
def test_a_linear_layer_multiplies_the_spread_by_the_scale(scale):
    """The variance of Σ w h is n · (scale² / n) · var h, forward and backward."""
    nets = [Signal(activation="linear", scale=scale, depth=6, width=60, seed=s) for s in range(40)]  # fmt: skip
    squares = np.mean([net.spreads**2 for net in nets], 0)
    np.testing.assert_allclose(squares, scale ** (2 * np.arange(1, 7)), rtol=0.12)
    squares = np.mean([net.gradients**2 for net in nets], 0)
    np.testing.assert_allclose(squares, scale ** (2 * np.arange(5, -1, -1)), rtol=0.12)


@pytest.mark.parametrize("scale", [1.0, 2**0.5, 1.8])
def test_relu_halves_the_variance(scale):
    """He et al. 2015: mean squares change by scale² / 2 from layer to layer."""
    nets = [Signal(scale=scale, depth=6, width=100, seed=s).passed() for s in range(40)]
    squares = np.mean([(net.layers**2).mean((1, 2)) for net in nets], 0)
    wanted = (scale**2 / 2) ** np.arange(1, 7)
    np.testing.assert_allclose(squares, wanted, rtol=0.15)
    squares = np.mean([(net.gradients**2).mean((1, 2)) for net in nets], 0)
    wanted = (scale**2 / 2) ** np.arange(5, -1, -1)
    np.testing.assert_allclose(squares, wanted, rtol=0.15)


def factors(**state):
    """How activations changed from first to last, gradients from last to first."""
    nets = [Signal(depth=20, seed=seed, **state) for seed in range(5)]
    forward = [net.spreads[-1] / net.spreads[0] for net in nets]
    backward = [net.gradients[0] / net.gradients[-1] for net in nets]
    return np.exp(np.log(forward).mean()), np.exp(np.log(backward).mean())


def alive(pair):
    return all(0.1 < factor < 10 for factor in pair)


def test_each_activation_has_its_scale():
    for activation, scale in (("ReLU", 2**0.5), ("tanh", 1.0), ("linear", 1.0)):
        assert alive(factors(activation=activation, scale=scale))
        assert not alive(factors(activation=activation, scale=scale / 1.5))
    assert not alive(factors(activation="ReLU", scale=1.0))


def test_the_sigmoid_lives_only_where_half_of_it_sleeps():
    for scale in (0.5, 1, 2, 4):
        forward, backward = factors(activation="sigmoid", scale=scale)
        assert 0.1 < forward < 10 and backward < 1e-3
    assert alive(factors(activation="sigmoid", scale=10))
    asleep = Signal(activation="sigmoid", scale=10).asleep
    assert 0.4 < asleep.mean() < 0.6


def test_twice_the_depth_squares_the_fault():
    for scale in (0.8, 1.2):
        nets = [Signal(activation="linear", scale=scale, depth=20, seed=s) for s in range(5)]  # fmt: skip
        # The mean of logarithms: from the input, whose spread is 1.
        logs = np.mean([np.log(net.spreads) for net in nets], 0)
        assert logs[19] == pytest.approx(2 * logs[9], abs=0.6)


def test_a_histogram_counts_every_value():
    values = [-1, -0.5, 0, 0.25, 1, 1, 3]
    [counts] = run_node("signal", "histogram", [[values, -1, 1, 4]])
    assert counts == [1, 1, 2, 3]


def test_its_words_say_both_factors():
    text = Signal(activation="tanh", depth=5).alternative()
    assert "5 layers of 100 tanh units" in text
    assert "gradients by" in text


@pytest.mark.parametrize(
    "wrong", [{"activation": "step"}, {"scale": 0}, {"depth": 1}, {"width": 1000}]
)
def test_what_cannot_be_is_refused(wrong):
    with pytest.raises(traitlets.TraitError):
        Signal(**wrong)


def test_its_finds_are_found(browser, site):
    page = browser.open(site.page("signal"), width=1200)
    page.wait_for_function("window.startedIn !== undefined")
    page.locator(".depth").wait_for()

    def to(**state):
        for name, value in state.items():
            page.evaluate("([n, v]) => model.set(n, v)", [name, value])
        page.evaluate("new Promise((done) => requestAnimationFrame(done))")

    to(depth=10)
    to(depth=20)
    to(scale=1.4142)
    to(activation="linear", scale=1)
    to(activation="sigmoid", scale=10)
    page.wait_for_function("document.querySelectorAll('.found').length === 4")
    page.close()

"""descent: its steps against PyTorch, its map against what is measured, its finds."""

import numpy as np
import pytest
import torch
import traitlets
from harness import Try, run_node

from course_utils.widgets import Descent
from course_utils.widgets.descent import convergence

TRY = Try(name="descent", handle=".map-point", number=".readout", play="Play")

LOSSES = {
    "valley": lambda x, y, kappa: (x**2 / kappa + y**2) / 2,
    "saddle": lambda x, y, kappa: 0.1 * (x**2 - 1) ** 2 / 4 + y**2 / 2,
    "Rosenbrock": lambda x, y, kappa: ((1 - x) ** 2 + 10 * (y - x**2) ** 2) / 100,
}


def pytorch_path(state, steps):
    """The path of PyTorch's optimizer, in float64."""
    w = torch.tensor(state["point"], dtype=torch.float64, requires_grad=True)
    beta = 0 if state["method"] == "plain" else state["momentum"]
    if state["method"] == "Adam":
        optimizer = torch.optim.Adam([w], lr=state["rate"], betas=(beta, 0.999))
    else:
        optimizer = torch.optim.SGD([w], lr=state["rate"], momentum=beta)
    points = [w.tolist()]
    for _ in range(steps):
        optimizer.zero_grad()
        LOSSES[state["surface"]](*w, state["kappa"]).backward()
        optimizer.step()
        points.append(w.tolist())
    return np.array(points)


@pytest.mark.parametrize("surface", LOSSES)
@pytest.mark.parametrize("method", ["plain", "momentum", "Adam"])
def test_each_step_is_pytorchs(surface, method):
    rng = np.random.default_rng(0)
    for _ in range(4):
        state = {
            "surface": surface,
            "method": method,
            "kappa": float(10 ** rng.uniform(0, 3)),
            "rate": float(rng.uniform(0.01, 0.6)),
            "momentum": float(rng.uniform(0, 0.95)),
            "point": rng.uniform(-1, 1, 2).tolist(),
        }
        [page] = run_node("descent", "pathOf", [[state]])
        wanted = pytorch_path(state, 200)
        np.testing.assert_allclose(page, wanted, rtol=1e-5, atol=1e-5)
        np.testing.assert_allclose(Descent(**state).path, wanted, rtol=1e-5, atol=1e-5)


def test_the_map_is_the_spectral_radius_of_the_iteration():
    rng = np.random.default_rng(1)
    cases, wanted = [], []
    for _ in range(50):
        rate, beta, kappa = (
            rng.uniform(0, 4),
            rng.uniform(0, 0.99),
            10 ** rng.uniform(0, 3),
        )
        cases.append([rate, beta, kappa])
        radii = []
        for curvature in (1, 1 / kappa):
            # (v, w) becomes (β v + λ w, w − rate (β v + λ w)).
            step = [[beta, curvature], [-rate * beta, 1 - rate * curvature]]
            radii.append(abs(np.linalg.eigvals(step)).max())
        wanted.append(max(radii))
    np.testing.assert_allclose(run_node("descent", "convergence", cases), wanted, rtol=1e-6)  # fmt: skip
    python = [convergence(*case) for case in cases]
    np.testing.assert_allclose(python, wanted, rtol=1e-6)


@pytest.mark.parametrize(
    ("rate", "momentum"), [(1.8, 0), (1.0, 0.5), (2.5, 0.7), (3.0, 0.3), (2.2, 0)]
)
def test_the_path_converges_as_the_map_says(rate, momentum):
    """The distance over 100 steps; √β turns in a circle, so within a few percent."""
    state = {"surface": "valley", "method": "momentum", "kappa": 20.0, "rate": rate, "momentum": momentum, "point": [1.0, 1.0]}  # fmt: skip
    [points] = run_node("descent", "pathOf", [[state]])
    far = np.linalg.norm(points, axis=1)
    n = min(len(far) - 1, 60)
    measured = (far[n // 2 : n + 1].max() / far[: n // 2].max()) ** (2 / n)
    assert measured == pytest.approx(convergence(rate, momentum, 20), rel=0.05)


@pytest.mark.parametrize("kappa", [4.0, 50.0, 900.0])
def test_the_best_of_the_map_is_at_polyaks_place(kappa):
    [top] = run_node("descent", "best", [[kappa]])
    there = convergence(top["rate"], top["momentum"], kappa)
    # At the tip two roots meet, so the root of a rounding error is left.
    assert there == pytest.approx(top["factor"], abs=1e-6)
    rng = np.random.default_rng(2)
    near = [top["rate"], top["momentum"]] + 0.02 * rng.normal(size=(5000, 2))
    rates, momenta = np.vstack([near, rng.uniform([0, 0], [4, 1], (5000, 2))]).T
    factors = convergence(rates, np.clip(momenta, 0, 1), kappa)
    assert factors.min() >= top["factor"] - 1e-9


def test_steps_grow_with_the_root_of_kappa():
    def needed(kappa, rate, momentum):
        state = {"surface": "valley", "method": "momentum", "kappa": kappa, "rate": rate, "momentum": momentum, "point": [-2.5, 1.0]}  # fmt: skip
        return run_node("descent", "stepsNeeded", [[state]])[0]

    def fastest(kappa):
        [top] = run_node("descent", "best", [[kappa]])
        return needed(kappa, top["rate"], top["momentum"])

    # Sixteen times the κ: about four times the steps, not sixteen.
    assert 3 < fastest(800.0) / fastest(50.0) < 5
    plain = [needed(kappa, 2 / (1 + 1 / kappa), 0.0) for kappa in (50.0, 800.0)]
    assert 13 < plain[1] / plain[0] < 19


@pytest.mark.parametrize(("rate", "flies"), [(1.99, False), (2.01, True)])
def test_past_two_over_the_curvature_it_flies(rate, flies):
    explorable = Descent(rate=rate, method="plain")
    assert (explorable.factor > 1) is flies
    assert bool(abs(explorable.path[-1, 1]) > 1) is flies


def test_adams_first_step_is_the_rate_wherever_it_starts():
    for point in ([-2.5, 1.0], [0.3, -0.2], [2.0, 1.5]):
        path = Descent(method="Adam", rate=0.1, momentum=0.9, point=point).path
        np.testing.assert_allclose(abs(path[1] - path[0]), 0.1, rtol=1e-5)


def test_what_flies_away_ends_in_numbers():
    for state in (
        {"rate": 4.0, "momentum": 0.1},
        {"surface": "Rosenbrock", "rate": 4.0},
        {"surface": "saddle", "rate": 4.0, "point": [1.5, 1.0]},
    ):
        explorable = Descent(**state)
        assert np.isfinite(explorable.path).all()
        assert "nan" not in explorable.alternative()
        assert explorable.still().startswith(b"\x89PNG")


def test_its_words_say_path_and_loss():
    text = Descent(method="plain").alternative()
    assert "plain descent" in text
    assert "κ = 50" in text


@pytest.mark.parametrize(
    "wrong", [{"surface": "hill"}, {"rate": 5}, {"momentum": 1}, {"kappa": 0}]
)
def test_what_cannot_be_is_refused(wrong):
    with pytest.raises(traitlets.TraitError):
        Descent(**wrong)


def test_its_finds_are_found_and_no_text_is_nan(browser, site):
    page = browser.open(site.page("descent"), width=1200)
    page.wait_for_function("window.startedIn !== undefined")
    page.locator(".map-point").wait_for()

    def to(**state):
        for name, value in state.items():
            page.evaluate("([n, v]) => model.set(n, v)", [name, value])
        page.evaluate("new Promise((done) => requestAnimationFrame(done))")
        content = page.locator(".explorable").inner_html()
        assert "NaN" not in content
        assert "undefined" not in content

    to(rate=2.5)
    assert "flies away" in page.locator(".readout").text_content()
    to(kappa=10, rate=2.3, momentum=0.28)
    to(kappa=200, rate=3.5, momentum=0.76)
    to(surface="Rosenbrock", rate=4, point=[-1.9, -0.7])
    to(surface="saddle", rate=4)
    to(surface="valley", method="Adam", rate=0.1, momentum=0.9)
    to(point=[1.5, -0.5])
    page.wait_for_function("document.querySelectorAll('.found').length === 4")
    page.close()

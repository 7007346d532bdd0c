"""shrinkage: its solutions against scikit-learn, its finds, its still."""

import numpy as np
import pytest
import traitlets
from harness import Try, run_node
from sklearn.linear_model import ElasticNet, Lasso, Ridge

from course_utils.widgets import Shrinkage
from course_utils.widgets.shrinkage import CURVATURES, SHARES

TRY = Try(name="shrinkage", handle=".optimum", number=".readout", drag=(-60, 30), key="ArrowLeft")  # fmt: skip


def scikit_learn(state):
    """The weights of a regression whose loss has the curvature H and the optimum ŵ.

    With n = 2 rows X = √2 Lᵀ, H = L Lᵀ, and y = X ŵ, ‖y − X w‖² / (2 n) is the loss.
    """
    X = np.sqrt(2) * np.linalg.cholesky(CURVATURES[state["loss"]]).T
    y = X @ state["optimum"]
    strength = state["strength"]
    exact = {"fit_intercept": False, "tol": 1e-14}
    model = {
        "L1": Lasso(strength, max_iter=100_000, **exact),
        "L2": Ridge(2 * strength, fit_intercept=False),  # its loss isn't divided by n
        "both": ElasticNet(strength, l1_ratio=0.5, max_iter=100_000, **exact),
    }[state["penalty"]]
    return model.fit(X, y).coef_


@pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")
@pytest.mark.parametrize("penalty", SHARES)
@pytest.mark.parametrize("loss", CURVATURES)
def test_the_solution_is_scikit_learns(penalty, loss):
    rng = np.random.default_rng(0)
    states = [
        {
            "optimum": rng.uniform(-2, 2, 2).tolist(),
            "strength": float(10 ** rng.uniform(-2, 1)),
            "penalty": penalty,
            "loss": loss,
        }
        for _ in range(30)
    ]
    page = run_node("shrinkage", "solution", [[state] for state in states])
    wanted = [scikit_learn(state) for state in states]
    np.testing.assert_allclose(page, wanted, atol=1e-5)
    python = [Shrinkage(**state).solution() for state in states]
    np.testing.assert_allclose(python, wanted, atol=1e-5)


@pytest.mark.parametrize("penalty", SHARES)
def test_the_ball_touches_the_level_line_at_the_solution(penalty):
    """On the ball's edge the loss is nowhere less than at the solution."""
    for loss in CURVATURES:
        state = {"optimum": [1.7, 0.9], "strength": 0.6, "penalty": penalty, "loss": loss}  # fmt: skip
        [w] = run_node("shrinkage", "solution", [[state]])
        [size] = run_node("shrinkage", "penaltyOf", [[w, penalty]])
        [edge] = run_node("shrinkage", "ball", [[size, penalty, 720]])
        explorable = Shrinkage(**state)
        sizes = explorable.penalty_at(np.array(edge).T)
        np.testing.assert_allclose(sizes, size, rtol=1e-9)
        losses = explorable.loss_at(np.array(edge).T)
        least = explorable.loss_at(np.array(w))
        assert losses.min() >= least - 1e-9
        assert losses.min() == pytest.approx(least, abs=1e-3)
        [line] = run_node("shrinkage", "level", [[float(least), state]])
        np.testing.assert_allclose(explorable.loss_at(np.array(line).T), least, rtol=1e-9)  # fmt: skip


def test_l1_gives_exact_zeros_where_l2_never_does():
    for strength in (1.0, 10.0, 100.0):
        assert Shrinkage(penalty="L1", strength=strength).solution()[1] == 0
        assert (Shrinkage(penalty="L2", strength=strength).solution() > 0).all()


def test_on_a_round_loss_l2_divides_and_l1_subtracts():
    optimum = np.array([1.6, 0.7])
    for strength in (0.1, 0.5, 2.0):
        l2 = Shrinkage(penalty="L2", strength=strength).solution()
        np.testing.assert_allclose(l2, optimum / (1 + strength))
        l1 = Shrinkage(penalty="L1", strength=strength).solution()
        np.testing.assert_allclose(l1, np.maximum(optimum - strength, 0), atol=1e-12)


def test_on_a_tilted_loss_a_weight_can_grow():
    w = Shrinkage(optimum=[2.0, 0.5], loss="tilted", strength=1.0).solution()
    assert w[1] > 0.6


def test_its_words_say_which_are_zero():
    assert "no weight is 0" in Shrinkage().alternative()
    text = Shrinkage(penalty="L1").alternative()
    assert "one weight is exactly 0" in text


@pytest.mark.parametrize("penalty", SHARES)
def test_it_draws_even_where_nothing_is_left(penalty):
    for optimum in ([0.0, 0.0], [2.0, -2.0]):
        explorable = Shrinkage(penalty=penalty, strength=100, optimum=optimum)
        assert explorable.still().startswith(b"\x89PNG")


@pytest.mark.parametrize(
    "wrong",
    [{"penalty": "L0"}, {"strength": 0}, {"optimum": [3, 0]}, {"loss": "cubic"}],
)
def test_what_cannot_be_is_refused(wrong):
    with pytest.raises(traitlets.TraitError):
        Shrinkage(**wrong)


def test_its_finds_are_found(browser, site):
    page = browser.open(site.page("shrinkage"), width=1200)
    page.wait_for_function("window.startedIn !== undefined")
    page.locator(".optimum").wait_for()

    def to(**state):
        for name, value in state.items():
            page.evaluate("([n, v]) => model.set(n, v)", [name, value])
        page.evaluate("new Promise((done) => requestAnimationFrame(done))")
        content = page.locator(".explorable").inner_html()
        assert "NaN" not in content

    to(strength=100)
    to(penalty="L1", strength=1)
    assert "One weight is exactly 0" in page.locator(".readout").text_content()
    to(optimum=[0, 0])
    to(optimum=[1.9, 0.4], loss="tilted", penalty="L2")
    page.wait_for_function("document.querySelectorAll('.found').length === 4")
    page.close()


def test_the_strength_is_dragged_along_its_axis(browser, site):
    page = browser.open(site.page("shrinkage"), width=1200)
    page.wait_for_function("window.startedIn !== undefined")
    page.locator(".strength").focus()
    before = page.evaluate("model.get('strength')")
    page.keyboard.press("PageUp")
    assert page.evaluate("model.get('strength')") == pytest.approx(
        before * 10**0.2, rel=1e-5
    )
    page.close()

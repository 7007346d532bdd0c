"""playground: the same numbers as PyTorch, what it learns, its finds, its still."""

from itertools import pairwise

import numpy as np
import pytest
import torch
import traitlets
from harness import Try, drag, javascript, run_node, settle
from torch import nn

from course_utils.widgets import Playground
from course_utils.widgets.points import points_of

TRY = Try(
    name="playground",
    handle="input[type=range]",
    number=".accuracy",
    drag=(60, 0),
    play="Play",
)
KINDS = {
    "linear": nn.Identity,
    "tanh": nn.Tanh,
    "relu": nn.ReLU,
    "sigmoid": nn.Sigmoid,
}


def model_and_parameters(sizes, activation, seed):
    torch.manual_seed(seed)
    parts = []
    for before, after in pairwise(sizes):
        parts += [nn.Linear(before, after), KINDS[activation]()]
    model = nn.Sequential(*parts[:-1]).double()
    return model, nn.utils.parameters_to_vector(model.parameters()).tolist()


def cases(n=24):
    rng = np.random.default_rng(2)
    for i in range(n):
        activation = list(KINDS)[i % 4]
        sizes = [2, *[int(rng.integers(1, 9))] * int(rng.integers(1, 4)), 1]
        X, y = rng.normal(size=(30, 2)), rng.integers(0, 2, 30)
        yield sizes, activation, X.tolist(), y.tolist()


def loss_of(model, X, y):
    X, y = (torch.tensor(values, dtype=torch.float64) for values in (X, y))
    return nn.functional.binary_cross_entropy_with_logits(model(X)[:, 0], y)


def flat(tensors):
    return nn.utils.parameters_to_vector(tensors).tolist()


def test_forward_and_gradients_are_those_of_pytorch():
    given, expected = [], []
    for i, (sizes, activation, X, y) in enumerate(cases()):
        model, parameters = model_and_parameters(sizes, activation, i)
        given.append([sizes, activation, parameters, X, y])
        loss = loss_of(model, X, y)
        gradients = torch.autograd.grad(loss, list(model.parameters()))
        logits = model(torch.tensor(X, dtype=torch.float64))[:, 0].tolist()
        expected.append((logits, loss.item(), flat(gradients)))
    for got, (logits, loss, gradient) in zip(
        run_node("network", "numbers", given), expected, strict=True
    ):
        np.testing.assert_allclose(got["logits"], logits, atol=1e-10)
        np.testing.assert_allclose(got["loss"], loss, atol=1e-10)
        np.testing.assert_allclose(got["gradient"], gradient, atol=1e-10)


def test_weights_after_200_steps_are_those_of_adamw():
    rng = np.random.default_rng(3)
    given, expected = [], []
    for i, (sizes, activation, X, y) in enumerate(cases(12)):
        model, parameters = model_and_parameters(sizes, activation, i)
        batches = [rng.permutation(30)[:7].tolist() for _ in range(200)]
        rate, decay = float(10 ** rng.uniform(-3, -1)), float(rng.choice([0, 0.1]))
        given.append([sizes, activation, parameters, X, y, batches, rate, decay])
        optimizer = torch.optim.AdamW(model.parameters(), lr=rate, weight_decay=decay)
        for batch in batches:
            optimizer.zero_grad()
            loss_of(
                model, np.array(X)[batch].tolist(), np.array(y)[batch].tolist()
            ).backward()
            optimizer.step()
        expected.append(flat(model.parameters()))
    for got, parameters in zip(
        run_node("network", "trained", given), expected, strict=True
    ):
        np.testing.assert_allclose(got, parameters, rtol=1e-5, atol=1e-5)


@pytest.mark.parametrize("name", ["xor", "moons", "rings", "spiral"])
def test_python_has_the_same_points(name):
    X, y = points_of(name)
    [points] = run_node("points", "pointsOf", [[name]])
    np.testing.assert_allclose([p["x"] for p in points], X, atol=1e-12)
    assert [p["y"] for p in points] == y.tolist()
    assert np.abs(X).max() < 2, "a point lies outside the picture"


@pytest.mark.parametrize(
    "state",
    [
        {},
        {"units": 3, "steps": 120},
        {"data": "moons", "activation": "relu", "layers": 2, "units": 5, "steps": 60},
        {"data": "spiral", "activation": "sigmoid", "batch": 200, "decay": 0.1},
    ],
)
def test_python_trains_the_same_network(state):
    here = Playground(**state)
    [there] = run_node("training_run", "outcome", [[here.args()]])
    assert here.accuracy == there["accuracy"]
    for ours, theirs in zip(here.weights, there["weights"], strict=True):
        np.testing.assert_allclose(ours["weight"], theirs["weight"], atol=1e-5)
        np.testing.assert_allclose(ours["bias"], theirs["bias"], atol=1e-5)


def accuracies(seeds=range(8), **state):
    full = javascript("playground", "module.defaults") | state
    outcomes = run_node(
        "training_run", "outcome", [[full | {"seed": s}] for s in seeds]
    )
    return [outcome["accuracy"] for outcome in outcomes]


@pytest.mark.parametrize("data", ["xor", "moons", "rings"])
def test_eight_units_learn_what_the_lesson_s_network_learns(data):
    assert np.median(accuracies(data=data, units=8, steps=600)) >= 0.97


def test_two_layers_learn_the_spiral():
    assert np.median(accuracies(data="spiral", layers=2, units=8, steps=1500)) >= 0.97


@pytest.mark.parametrize("activation", ["tanh", "relu", "sigmoid"])
def test_two_units_cannot_close_a_ring_and_three_can(activation):
    assert max(accuracies(activation=activation, units=2, steps=2000)) < 0.9
    assert max(accuracies(activation=activation, units=3, steps=2000)) >= 0.97


def test_with_linear_units_layers_change_nothing():
    """Whatever the number of layers, training ends at the best straight line."""
    full = javascript("playground", "module.defaults")
    full |= {"activation": "linear", "units": 4, "batch": 200, "steps": 1500}
    for data in ("xor", "moons", "rings"):
        given = [[full | {"data": data, "layers": n}] for n in (1, 2, 3)]
        outcomes = run_node("training_run", "outcome", given)
        losses = [outcome["loss"] for outcome in outcomes]
        np.testing.assert_allclose(losses, losses[0], atol=1e-3)
        assert max(outcome["accuracy"] for outcome in outcomes) < 0.95


def test_the_border_is_where_the_logit_is_zero():
    """On a plane whose zero is a known line, the contour lies on that line."""
    along = np.linspace(-2, 2, 21)
    values = (3 * along[None, :] - along[:, None] + 0.5).ravel().tolist()
    xs = along.tolist()
    [segments] = run_node("geometry", "contour", [[values, xs, xs]])
    points = np.array(segments).reshape(-1, 2)
    assert len(points) > 20
    np.testing.assert_allclose(3 * points[:, 0] - points[:, 1] + 0.5, 0, atol=1e-12)


def test_a_plane_cut_by_the_cube_is_its_convex_section():
    rng = np.random.default_rng(5)
    given = [[rng.normal(size=3).tolist(), float(rng.normal()), 1.1] for _ in range(50)]
    for (w, b, reach), corners in zip(
        given, run_node("geometry", "planeInCube", given), strict=True
    ):
        if not corners:
            cube = np.array(np.meshgrid(*[[-reach, reach]] * 3)).reshape(3, -1)
            sides = np.sign(w @ cube + b)
            assert abs(sides.sum()) == 8, "the plane meets the cube"
            continue
        corners = np.array(corners)
        np.testing.assert_allclose(corners @ w + b, 0, atol=1e-9)
        edges = np.diff(corners, axis=0, append=corners[:1])
        turns = np.cross(edges, np.roll(edges, -1, axis=0)) @ w
        assert (turns > -1e-9).all() or (turns < 1e-9).all()


@pytest.mark.parametrize("data", ["xor", "moons", "rings"])
def test_played_in_a_page_it_learns_and_python_is_told(browser, site, data):
    page = browser.open("about:blank")
    page.goto(site.page("playground", {"data": data, "units": 8, "steps": 0}))
    page.get_by_role("button", name="Play").click()
    reached = page.wait_for_function(
        """() => parseFloat(document.querySelector('.accuracy').textContent) >= 97
          && document.querySelector('.steps').textContent""",
        timeout=60_000,
    ).json_value()
    assert 0 < int(reached.split()[1].strip(",")) <= 1000
    page.get_by_role("button", name="Pause").click()
    page.wait_for_function("model.get('steps') > 0 && model.get('accuracy') > 0")
    shown = float(page.locator(".accuracy").inner_text().split()[0])
    assert abs(100 * page.evaluate("model.get('accuracy')") - shown) < 0.06
    assert len(page.evaluate("model.get('weights')[0].weight")) == 8
    page.close()


def test_the_space_of_three_units_can_be_turned(browser, site):
    page = browser.open("about:blank")
    page.goto(site.page("playground", {"units": 3}))
    handle = page.get_by_role("slider", name="turn of the hidden space")
    drag(page, handle, (60, 0))
    settle(page)
    turned = page.evaluate("model.get('turn')")
    assert turned > 30
    page.keyboard.press("ArrowLeft")
    assert page.evaluate("model.get('turn')") == turned - 3
    page.close()


def test_its_words_say_border_and_hidden_plane():
    text = Playground().alternative()
    assert "rings" in text
    assert f"{100 * Playground().accuracy:.1f} % of the points" in text
    assert "straight line" in text


@pytest.mark.parametrize("units", [1, 2, 3, 8])
def test_it_has_a_still_for_any_number_of_units(units):
    assert Playground(units=units, steps=20).still().startswith(b"\x89PNG")


@pytest.mark.parametrize(
    "wrong", [{"data": "stars"}, {"units": 9}, {"rate": 0}, {"steps": -1}]
)
def test_what_cannot_be_is_refused(wrong):
    with pytest.raises(traitlets.TraitError):
        Playground(**wrong)


def test_results_are_not_arguments():
    with pytest.raises(TypeError, match="accuracy"):
        Playground(accuracy=1.0)

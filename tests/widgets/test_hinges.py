"""hinges: its numbers against PyTorch, its finds, its still."""

import numpy as np
import pytest
import torch
import traitlets
from harness import Try, drag, javascript, run_node, settle, watch

from course_utils.widgets import Hinges
from course_utils.widgets.hinges import CURVES, evenly

TRY = Try(
    name="hinges",
    handle="[role=slider][aria-label='kink 2']",
    number=".error",
    drag=(20, 60),
    play="Let Adam do it",
)


def cases(n=12):
    """Random networks, and the same as PyTorch modules."""
    rng = np.random.default_rng(6)
    for _ in range(n):
        count = int(rng.integers(1, 13))
        hinges, bias = rng.normal(size=(count, 3)), float(rng.normal())
        model = torch.nn.Sequential(
            torch.nn.Linear(1, count), torch.nn.ReLU(), torch.nn.Linear(count, 1)
        ).double()
        values = (hinges[:, :1], hinges[:, 1], hinges[None, :, 2], np.array([bias]))
        with torch.no_grad():
            for parameter, value in zip(model.parameters(), values, strict=True):
                parameter.copy_(torch.tensor(value))
        yield hinges.tolist(), bias, model


def data(curve, low, high):
    [points] = run_node("hinge_sums", "dataOf", [[curve, [low, high]]])
    return points, torch.tensor(points, dtype=torch.float64)


def as_hinges(w, b, a, bias):
    return torch.stack([w[:, 0], b, a[0]], dim=1), bias


def test_data_are_points_of_the_curve():
    for curve, function in CURVES.items():
        _, points = data(curve, 0.1, 0.9)
        np.testing.assert_allclose(points[:, 1], function(points[:, 0].numpy()))
        assert (points[0, 0].item(), points[-1, 0].item()) == (0.1, 0.9)


def test_gradients_and_steps_of_adam_are_those_of_pytorch():
    points, tensor = data("waves", 0, 0.75)
    X, y = tensor[:, :1], tensor[:, 1:]
    for steps in (0, 1, 150):
        given, expected = [], []
        for hinges, bias, model in cases():
            given.append([hinges, bias, points, steps, 0.01])
            optimizer = torch.optim.Adam(model.parameters(), lr=0.01)
            for _ in range(steps + 1):
                optimizer.zero_grad()
                loss = torch.nn.functional.mse_loss(model(X), y)
                loss.backward()
                state = [p.detach().clone() for p in model.parameters()]
                optimizer.step()
            w, b, a, bias = (p.grad for p in model.parameters())
            gradient = torch.cat([w[:, 0], b, a[0], bias])
            expected.append((*as_hinges(*state), loss.item(), gradient))
        results = run_node("hinge_sums", "trained", given)
        for got, (hinges, bias, loss, gradient) in zip(results, expected, strict=True):
            np.testing.assert_allclose(got["hinges"], hinges, rtol=1e-5, atol=1e-5)
            np.testing.assert_allclose(got["bias"], bias.item(), rtol=1e-5, atol=1e-5)
            np.testing.assert_allclose(got["loss"], loss, rtol=1e-5, atol=1e-5)
            np.testing.assert_allclose(got["gradient"], gradient, rtol=1e-4, atol=1e-5)


def test_python_computes_the_same():
    for hinges, bias, _ in cases():
        here = Hinges(hinges=hinges, bias=bias, curve="bump")
        [there] = run_node("hinge_sums", "largestError", [["bump", hinges, bias]])
        np.testing.assert_allclose(here.error, there)
        [dead] = run_node("hinge_sums", "isDead", [[hinges[0], here.data]])
        assert here.dead[0] == dead


@pytest.mark.parametrize("curve", list(CURVES))
def test_even_hinges_meet_the_curve_at_every_kink(curve):
    for n in (1, 5, 20):
        here = Hinges(units=n, curve=curve)
        [there] = run_node("hinge_sums", "evenly", [[curve, n]])
        np.testing.assert_allclose(here.hinges, there["hinges"], rtol=1e-6, atol=1e-9)
        places = np.append(here.kinks, 1)
        np.testing.assert_allclose(
            here.predict(places), CURVES[curve](places), atol=1e-4
        )


@pytest.mark.parametrize("curve", list(CURVES))
def test_twice_the_hinges_about_a_quarter_of_the_error(curve):
    errors = [Hinges(units=n, curve=curve).error for n in (16, 32)]
    assert 3 < errors[0] / errors[1] < 5


def test_a_hinge_without_data_does_not_move_and_others_do():
    [start] = javascript("hinges", "[module.defaults]")
    points, _ = data("waves", *start["data"])
    [after] = run_node(
        "hinge_sums", "trained", [[start["hinges"], start["bias"], points, 300]]
    )
    before = np.array(start["hinges"])
    moved = np.abs(np.array(after["hinges"]) - before).max(axis=1)
    dead = Hinges().dead
    assert dead == [False] * 5 + [True]
    assert (moved[~np.array(dead)] > 0.01).all()
    assert (moved[np.array(dead)] == 0).all()


def test_adam_finds_better_places_than_even_ones():
    hinges, bias = evenly("waves", 6)
    points, _ = data("waves", 0, 1)
    before, after = (
        run_node("hinge_sums", "trained", [[hinges, bias, points, steps]])[0]["loss"]
        for steps in (0, 1000)
    )
    assert after < before / 2


def test_a_dragged_kink_goes_where_it_is_put_and_the_others_keep_their_height():
    rng = np.random.default_rng(8)
    for n in (1, 2, 6, 12):
        start = Hinges(units=n)
        j = int(rng.integers(n))
        x = float(np.clip(start.kinks[j] + rng.uniform(0, 0.5 / n), 0.001, 1))
        [moved] = run_node(
            "hinge_sums", "dragged", [[start.hinges, start.bias, j, x, 0.9]]
        )
        end = Hinges(hinges=moved["hinges"], bias=moved["bias"])
        np.testing.assert_allclose(end.kinks[j], x, rtol=1e-5)
        np.testing.assert_allclose(end.predict(np.array(x)), 0.9, atol=1e-3)
        others = np.append(np.delete(start.kinks, j), 1)
        np.testing.assert_allclose(
            end.predict(others), start.predict(others), atol=1e-3
        )


def test_adam_slides_kinks_in_the_page_and_python_is_told(browser, site):
    page = browser.open("about:blank")
    page.goto(site.page("hinges"))
    page.get_by_role("button", name="Let Adam do it").click()
    page.locator(".finds li.found", has_text="It is dead").wait_for()
    page.get_by_role("button", name="Pause").click()
    settle(page)
    hinges = page.evaluate("model.get('hinges')")
    assert hinges[1] != Hinges().hinges[1]
    assert hinges[5] == Hinges().hinges[5]
    page.get_by_role("button", name="Let Adam do it").click()
    page.get_by_role("button", name="Reset").click()
    settle(page)
    assert page.locator(".error").inner_text() == f"largest error {Hinges().error:.3f}"
    page.close()


def test_data_wake_a_dead_hinge(browser, site):
    page = browser.open("about:blank")
    page.goto(site.page("hinges"))
    page.get_by_role("button", name="Let Adam do it").click()
    page.locator(".finds li.found", has_text="It is dead").wait_for()
    drag(page, page.get_by_role("slider", name="where the data end"), (200, 0))
    page.locator(".finds li.found", has_text="Give it data").wait_for()
    assert page.evaluate("model.get('data')") == [0, 1]
    page.close()


def test_the_law_of_a_quarter_is_found_with_twice_the_hinges(browser, site):
    page = browser.open("about:blank")
    page.goto(site.page("hinges"))
    slider = page.get_by_role("slider", name="hinges", exact=True)
    slider.focus()
    for _ in range(6):
        page.keyboard.press("ArrowRight")
        settle(page)
    page.locator(".finds li.found", has_text="about a quarter").wait_for()
    assert page.evaluate("model.get('hinges').length") == 12
    page.close()


def test_with_fewer_hinges_the_others_are_gone(browser, site):
    page = browser.open("about:blank")
    faults = watch(page)
    page.goto(site.page("hinges"))
    page.get_by_role("slider", name="hinges", exact=True).focus()
    for key, count in (("Home", 1), ("End", 32), ("ArrowLeft", 31)):
        page.keyboard.press(key)
        settle(page)
        assert page.get_by_role("slider", name="kink").count() == count
    assert faults == []
    page.close()


def test_its_words_say_kinks_error_and_dead_hinges():
    text = Hinges().alternative()
    assert "0.00, 0.17, 0.33, 0.50, 0.67, 0.83" in text
    assert "largest error is 0.427" in text
    assert text.endswith("open side: 1.")


def test_it_has_a_still():
    assert Hinges(units=32, curve="steep").still().startswith(b"\x89PNG")


def test_what_cannot_be_is_refused():
    with pytest.raises(ValueError, match="units=40"):
        Hinges(units=40)
    with pytest.raises(ValueError, match="apart"):
        Hinges(data=[0.5, 0.4])
    with pytest.raises(traitlets.TraitError):
        Hinges(curve="circle")
    with pytest.raises(traitlets.TraitError):
        Hinges(hinges=[[1, 2]])

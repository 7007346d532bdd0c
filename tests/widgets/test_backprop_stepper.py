"""backprop_stepper: gradients against autograd, its parser, its finds, its still."""

import json
import math
import random

import numpy as np
import pytest
import torch
import traitlets
from harness import Try, drag, javascript, run_node, settle

from course_utils.widgets import BackpropStepper
from course_utils.widgets.backprop_stepper import arrange
from course_utils.widgets.formula import parse

TRY = Try(
    name="backprop_stepper",
    handle="[role=slider][aria-label='value of w']",
    number=".result",
    drag=(20, 0),
    args={"values": {"w": 1, "x": 1, "y": 3}},
)


def _of_numbers_too(function):
    return lambda value: function(torch.as_tensor(value, dtype=torch.float64))


TORCH = {
    name: _of_numbers_too(getattr(torch, name))
    for name in ("tanh", "relu", "exp", "sigmoid", "log")
}


def random_formula(rng):
    """A formula with names used more than once, and values where it is finite."""
    names = ["a", "b", "c"]

    def expression(depth):
        kind = rng.random()
        if depth == 0 or kind < 0.15:
            return rng.choice([*names, str(rng.choice([2, 0.5, 3]))])
        inner = expression(depth - 1)
        if kind < 0.45:
            function = rng.choice(["tanh", "relu", "sigmoid", "exp", "log"])
            return {
                "exp": f"exp(tanh({inner}))",
                "log": f"log(1.5 + ({inner})**2)",
            }.get(function, f"{function}({inner})")
        if kind < 0.55:
            return f"-({inner})"
        if kind < 0.65:
            return f"({inner})**{rng.choice([2, 3])}"
        other = expression(depth - 1)
        if kind < 0.75:
            return f"({inner})/(1 + ({other})**2)"
        return f"({inner}) {rng.choice('+-*')} ({other})"

    text = f"h = {expression(2)} + a; g = {expression(1)} * h; h*g + {expression(1)}"
    return text, {name: round(rng.uniform(-2, 2), 2) for name in names}


def cases(n=120):
    rng = random.Random(4)
    found = []
    while len(found) < n:
        text, values = random_formula(rng)
        try:
            leaves = [node.name for node in parse(text) if node.kind == "leaf"]
        except ValueError:  # too many nodes
            continue
        found.append((text, {name: values[name] for name in leaves}))
    return found


def by_autograd(text, values):
    tensors = {
        name: torch.tensor(value, dtype=torch.float64, requires_grad=True)
        for name, value in values.items()
    }
    scope = dict(tensors)
    *definitions, last = text.split(";")
    for definition in definitions:
        name, _, formula = definition.partition("=")
        scope[name.strip()] = eval(formula.strip(), TORCH, scope)
    result = eval(last.strip(), TORCH, scope)
    found = torch.autograd.grad(result, list(tensors.values()), allow_unused=True)
    pairs = zip(tensors, found, strict=True)
    return result.item(), {k: 0.0 if g is None else g.item() for k, g in pairs}


def test_gradients_are_those_of_autograd():
    given = cases()
    losses = run_node("formula", "value", [list(case) for case in given])
    gradients = run_node("formula", "gradients", [list(case) for case in given])
    for (text, values), loss, gradient in zip(given, losses, gradients, strict=True):
        expected, slopes = by_autograd(text, values)
        np.testing.assert_allclose(loss, expected, rtol=1e-9, err_msg=text)
        assert gradient.keys() == slopes.keys()
        for name, slope in slopes.items():
            np.testing.assert_allclose(
                gradient[name], slope, rtol=1e-9, atol=1e-9, err_msg=text
            )


@pytest.mark.parametrize("order", ["waits", "early"])
def test_python_computes_the_same(order):
    given = cases(40)
    there = run_node("formula", "gradients", [[*case, order] for case in given])
    for (text, values), gradients in zip(given, there, strict=True):
        here = BackpropStepper(formula=text, values=values, order=order).gradients
        assert here.keys() == gradients.keys()
        for name, value in gradients.items():
            np.testing.assert_allclose(here[name], value, rtol=1e-9, atol=1e-12)


def test_too_early_a_path_is_lost_and_nothing_complains():
    text, values = "h = relu(w*x); (h - y)**2 + h", {"w": 1, "x": 2, "y": 3}
    right, wrong = run_node(
        "formula", "gradients", [[text, values], [text, values, "early"]]
    )
    assert right == {"w": -2, "x": -1, "y": 2}
    assert wrong == {"w": -4, "x": -2, "y": 2}


def test_a_shut_gate_stops_the_blame():
    values = {"w": -1, "x": 2, "y": 3}
    [found] = run_node(
        "formula", "gradients", [["h = relu(w*x); (h - y)**2 + h", values]]
    )
    assert (found["w"], found["x"], found["y"]) == (0, 0, 6)


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("-w**2", -9),
        ("2**w - 2**-w", 8 - 1 / 8),
        ("w**2**0.5", 3**2**0.5),
        ("1 - w - 1", -3),
        ("12/w/2", 2),
        ("-(w + 1)*2", -8),
        (".5*w + 1e1", 11.5),
        ("b = 2; a = b*w; a + a", 12),
        ("log(w - 4)", math.nan),
    ],
)
def test_precedence_is_that_of_python(text, value):
    [there] = run_node("formula", "value", [[text, {"w": 3}]])
    np.testing.assert_allclose(there, value)
    np.testing.assert_allclose(
        BackpropStepper(formula=text, values={"w": 3}).loss, value
    )


@pytest.mark.parametrize(
    "text",
    [
        "",
        "3 + 4",
        "w",
        "w*",
        "(w*x",
        "w*x)",
        "w x",
        "w^2",
        "w % 2",
        "sin(w)",
        "tanh",
        "tanh = w; w*w",
        "h = w*w; h = w; h",
        "1 = w",
        "import os",
        "w.real * 2",
        "w[0] * 2",
        "'a' * w",
        "__import__('os')",
        "+".join(f"x{i}" for i in range(12)),
    ],
)
def test_what_is_no_formula_is_refused_with_a_reason(text):
    attempt = (
        f"try {{ module.parse({json.dumps(text)}) }} catch (e) {{ return e.message }}"
    )
    assert str(javascript("formula", f"(() => {{ {attempt} }})()")).endswith(".")
    with pytest.raises(ValueError, match=r"\.$"):
        parse(text)


def test_no_two_boxes_share_a_place_and_arrows_run_forward():
    texts = [text for text, _ in cases(60)]
    graphs = run_node("formula", "parse", [[text] for text in texts])
    plans = run_node("layers", "arrange", [[graph] for graph in graphs])
    for graph, plan in zip(graphs, plans, strict=True):
        places = [(spot["layer"], spot["at"]) for spot in plan["spots"]]
        assert len(set(places)) == len(places)
        for user, node in enumerate(graph["nodes"]):
            for argument in node["args"]:
                if isinstance(argument, int):
                    assert places[argument][0] < places[user][0]


def test_the_still_places_boxes_where_the_page_does():
    texts = [text for text, _ in cases(60)]
    graphs = run_node("formula", "parse", [[text] for text in texts])
    plans = run_node("layers", "arrange", [[graph] for graph in graphs])
    for text, plan in zip(texts, plans, strict=True):
        nodes = parse(text)
        places, routes = arrange(nodes)
        spots = [(spot["layer"], spot["at"]) for spot in plan["spots"]]
        assert [places[node] for node in nodes] == spots[: len(nodes)], text
        assert len(routes) == sum(len(node.parents) for node in nodes)


def opened(browser, site, args=None):
    page = browser.open("about:blank")
    page.goto(site.page("backprop_stepper", args or {}))
    page.wait_for_function("window.startedIn !== undefined")
    return page


def test_next_steps_until_the_end_and_tells_local_times_incoming(browser, site):
    page = opened(browser, site)
    for _ in range(2):
        page.get_by_role("button", name="Next").click()
    settle(page)
    assert page.locator(".tale").inner_text() == (
        "loss → h: local 1.00 × incoming 1.00 = 1.00."
    )
    page.get_by_role("button", name="To the end").click()
    settle(page)
    assert page.get_by_role("button", name="Next").is_disabled()
    assert page.locator(".finds .found").count() == 1
    page.close()


def test_dragging_a_leaf_shuts_the_gate(browser, site):
    page = opened(browser, site, {"position": 99})
    drag(page, page.get_by_role("slider", name="value of w"), (-40, 0))
    settle(page)
    assert page.evaluate("model.get('values').w") < 0
    assert "Nobody behind the gate" in page.locator(".finds").inner_text()
    page.close()


def test_a_formula_can_be_typed_and_a_wrong_one_is_explained(browser, site):
    page = opened(browser, site)
    field = page.get_by_label("formula")
    field.fill("w^2")
    field.press("Enter")
    alert = page.get_by_role("alert")
    assert "write **" in alert.inner_text()
    field.fill("(w*k)**2")
    field.press("Enter")
    settle(page)
    assert alert.inner_text() == ""
    assert page.evaluate("model.get('values')") == {"w": 1, "k": 2}
    assert page.get_by_role("slider", name="value of k").is_visible()
    page.close()


def test_its_words_say_formula_values_and_loss():
    text = BackpropStepper(formula="(w*x)**2", values={"w": 2, "x": 3}).alternative()
    assert "(w*x)**2, for w = 2, x = 3; the loss is 36.00" in text
    early = BackpropStepper(order="early", position=50)
    assert "w -4.00" in early.alternative()


def test_it_has_a_still_at_any_position():
    for position in (0, 3, 6, 50):
        assert BackpropStepper(position=position).still().startswith(b"\x89PNG")


def test_what_cannot_be_is_refused():
    with pytest.raises(ValueError, match="no z"):
        BackpropStepper(values={"z": 1})
    with pytest.raises(traitlets.TraitError):
        BackpropStepper(values={"w": 50})
    with pytest.raises(traitlets.TraitError):
        BackpropStepper(order="random")

"""The drawing of computational graphs: places, arrows, words."""

from types import SimpleNamespace

import matplotlib.pyplot as plt
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from matplotlib.patches import FancyArrowPatch, FancyBboxPatch

from course_utils import plotting


@pytest.fixture(autouse=True)
def closed_figures():
    yield
    plt.close("all")


def value(data, *parents, grad=0.0, op="", name=""):
    return SimpleNamespace(data=data, parents=parents, grad=grad, op=op, name=name)


def drawn(root):
    """Rectangles of the nodes by the data written in them, and the arrows' ends."""
    axes = plotting.show_graph(root).axes[0]
    numbers = [t for t in axes.texts if t.get_text().isdecimal()]
    boxes = {}
    for patch in axes.patches:
        if isinstance(patch, FancyBboxPatch):
            box = patch.get_bbox()
            inside = [t for t in numbers if box.contains(*t.get_position())]
            boxes[int(inside[0].get_text())] = box
    arrows = [
        max(patch.get_path().vertices.tolist())
        for patch in axes.patches
        if isinstance(patch, FancyArrowPatch)
        and "Filled" in str(patch.get_arrowstyle())
    ]
    return boxes, arrows


@st.composite
def graphs(draw):
    """Up to nine values, each but the first made of one or two earlier ones."""
    values = [value(1, grad=None)]
    for data in range(2, draw(st.integers(2, 9)) + 1):
        parents = draw(st.lists(st.sampled_from(values), max_size=2))
        values.append(value(data, *parents, grad=None))
    leftovers = [v for v in values if not any(v in w.parents for w in values)]
    return value(99, *leftovers, grad=None), values


@settings(max_examples=25, deadline=None)
@given(graphs())
def test_nodes_stand_right_of_their_parents_and_apart(graph):
    root, values = graph
    boxes, _ = drawn(root)
    assert set(boxes) == {v.data for v in values} | {99}
    for node in [*values, root]:
        for parent in node.parents:
            assert boxes[parent.data].x1 < boxes[node.data].x0
    places = list(boxes.values())
    for i, box in enumerate(places):
        assert not any(box.overlaps(other) for other in places[:i])
    plt.close("all")


def test_a_value_used_twice_has_two_arrows_that_arrive_apart():
    a = value(3, grad=None)
    boxes, arrows = drawn(value(6, a, a, grad=None))
    assert len(boxes) == 2
    assert len(arrows) == 2
    assert abs(arrows[0][1] - arrows[1][1]) > 0.1


def test_a_long_edge_runs_beside_the_boxes_between():
    x = value(1, grad=None)
    middle = value(2, x, grad=None)
    root = value(4, value(3, middle, grad=None), x, grad=None)
    boxes, _ = drawn(root)
    axes = plt.gcf().axes[0]
    for lane in axes.lines:
        start, end = lane.get_xydata()
        for box in boxes.values():
            assert not (box.y0 < start[1] < box.y1 and box.x0 < end[0] < box.x1 + 0.1)
    assert len(axes.lines) == 2


def test_edges_that_need_not_cross_do_not_cross():
    leaves = [value(i, grad=None) for i in range(1, 7)]
    far, near = value(7, *leaves[3:], grad=None), value(8, *leaves[:3], grad=None)
    boxes, _ = drawn(value(9, near, far, grad=None))
    first = [boxes[i].y0 for i in (1, 2, 3)]
    second = [boxes[i].y0 for i in (4, 5, 6)]
    assert max(first) < min(second) or max(second) < min(first)
    assert (boxes[8].y0 < boxes[7].y0) == (max(first) < min(second))


def test_the_text_alternative_says_what_every_node_holds():
    w, x = value(-1.0, grad=-0.5, name="w"), value(2.0, grad=0.25, name="x")
    figure = plotting.show_graph(value(-2.0, w, x, grad=1.0, op="×", name="p"))
    assert plotting.text_alternative(figure) == (
        "Computational graph of 3 nodes: w (data −1, grad −0.5); x (data 2, grad 0.25); "
        "p = × of w and x (data −2, grad 1)."
    )


def test_arrays_are_shown_by_their_shape_and_missing_attributes_are_left_out():
    leaf = SimpleNamespace(data=torch.zeros(64, 784), parents=())
    figure = plotting.show_graph(SimpleNamespace(data=-0.0, parents=[leaf], op="sum"))
    assert plotting.text_alternative(figure) == (
        "Computational graph of 2 nodes: value 1 (data 64×784); "
        "value 2 = sum of value 1 (data 0)."
    )


def test_long_numbers_stay_inside_their_boxes():
    node = value(-1.23e-17)
    for _ in range(9):
        node = value(-1.23e-17, node, value(torch.zeros(1000, 28, 28)), name="abc")
    figure = plotting.show_graph(node)
    axes = figure.axes[0]
    figure.draw_without_rendering()
    edges = [
        (box.x0, box.x1)
        for box in (
            patch.get_window_extent()
            for patch in axes.patches
            if isinstance(patch, FancyBboxPatch)
        )
    ]
    for text in axes.texts:
        if text.get_text():
            extent = text.get_window_extent()
            assert any(x0 <= extent.x0 and extent.x1 <= x1 for x0, x1 in edges)


def test_given_axes_are_drawn_on_and_returned():
    _, ax = plt.subplots()
    assert plotting.show_graph(value(1.0, name="a"), ax=ax, title="alone") is ax
    assert ax.get_title() == "alone"


def test_a_cycle_is_named():
    a = value(1.0, name="a")
    a.parents = (value(2.0, a),)
    with pytest.raises(ValueError, match="a depends on itself"):
        plotting.show_graph(a)


def test_an_object_without_data_is_refused():
    with pytest.raises(TypeError, match="have data and parents; got a float"):
        plotting.show_graph(value(1.0, 2.0))


@pytest.mark.parametrize("shape", ["deep", "wide"])
def test_a_graph_too_large_to_read_is_refused(shape):
    node = value(0.0)
    if shape == "wide":
        node = value(0.0, *[value(1.0) for _ in range(30)])
    else:
        for _ in range(5000):
            node = value(0.0, node)
    with pytest.raises(ValueError, match="too many to be read"):
        plotting.show_graph(node)

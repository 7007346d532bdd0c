"""Histograms layer by layer: what is counted, and what is written."""

import matplotlib.pyplot as plt
import pytest
import torch

from course_utils import plotting


@pytest.fixture(autouse=True)
def closed_figures():
    yield
    plt.close("all")


def normal(scale, n=20_000):
    return scale * torch.randn(n, generator=torch.Generator().manual_seed(0))


def bars(ax):
    """Heights and edges of the histogram in `ax`."""
    (stairs,) = ax.patches
    heights, edges, _ = stairs.get_data()
    return torch.as_tensor(heights), torch.as_tensor(edges)


def written(ax):
    return [text.get_text() for text in ax.texts]


def test_one_row_per_network_and_one_column_per_layer():
    values = {"tanh": [normal(1), normal(2)], "ReLU": [normal(1), normal(0.5)]}
    figure = plotting.show_layer_histograms(values, xlabel="activation")
    assert [ax.get_ylabel() for ax in figure.axes] == ["tanh", "", "ReLU", ""]
    assert [ax.get_title() for ax in figure.axes[:2]] == ["layer 1", "layer 2"]


def test_bars_have_the_shape_of_the_counts():
    layer = normal(1)
    figure = plotting.show_layer_histograms({"net": [layer]}, xlabel="activation")
    heights, edges = bars(figure.axes[0])
    counts = torch.histogram(layer.double(), edges.double()).hist
    torch.testing.assert_close(heights.double(), counts / counts.max())


def test_all_panels_share_one_scale_that_holds_nearly_all_values():
    values = {"small": [normal(0.1)], "large": [normal(3)]}
    figure = plotting.show_layer_histograms(values, xlabel="activation")
    small, large = (bars(ax)[1] for ax in figure.axes)
    torch.testing.assert_close(small, large)
    outside = (values["large"][0] < large[0]) | (values["large"][0] > large[-1])
    assert outside.float().mean() < 0.003


def test_the_standard_deviation_is_written_in_the_panel_and_the_alternative():
    layer = torch.tensor([-0.25, 0.25])
    figure = plotting.show_layer_histograms(
        {"net": [layer, 2 * layer]}, xlabel="activation"
    )
    assert written(figure.axes[0]) == ["0.25"]
    assert "net 0.25 to 0.5" in plotting.text_alternative(figure)


def test_a_logarithmic_axis_shows_sizes():
    layer = torch.tensor([1e-3, -1e-3, -1e-3, 1e-6])
    figure = plotting.show_layer_histograms(
        {"net": [layer]}, xlabel="gradient", log=True
    )
    heights, edges = bars(figure.axes[0])
    middles = (edges[1:] + edges[:-1]) / 2
    drawn = middles[heights > 0]
    torch.testing.assert_close(
        drawn, torch.tensor([-6.0, -3.0]).to(drawn), atol=0.1, rtol=0
    )
    assert heights[heights > 0].tolist() == pytest.approx([1 / 3, 1])


def test_zeros_are_counted_where_a_logarithmic_axis_has_no_place_for_them():
    half = torch.cat([torch.zeros(50), torch.ones(50)])
    values = {"half": [half], "dead": [torch.zeros(10)]}
    figure = plotting.show_layer_histograms(values, xlabel="gradient", log=True)
    assert written(figure.axes[0]) == ["0.5, 50% are 0"]
    assert written(figure.axes[1]) == ["all 0"]


@pytest.mark.parametrize("log", [False, True])
def test_zeros_alone_can_be_drawn(log):
    plotting.show_layer_histograms(
        {"dead": [torch.zeros(10)]}, xlabel="gradient", log=log
    ).draw_without_rendering()


def test_gradients_and_matrices_are_accepted():
    weight = torch.ones(3, 4, requires_grad=True)
    plotting.show_layer_histograms({"net": [weight]}, xlabel="weight")


@pytest.mark.parametrize("values", [{}, {"a": []}, {"a": [normal(1)], "b": []}])
def test_networks_of_different_depth_are_refused(values):
    with pytest.raises(ValueError, match="same number of layers"):
        plotting.show_layer_histograms(values, xlabel="activation")


@pytest.mark.parametrize("bad", [[1.0, float("nan")], [float("inf")], []])
def test_values_that_cannot_be_drawn_are_named(bad):
    with pytest.raises(ValueError, match="layer 2 of 'net'"):
        plotting.show_layer_histograms(
            {"net": [normal(1), torch.tensor(bad)]}, xlabel="activation"
        )

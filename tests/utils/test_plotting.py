"""Figures: what they show is in the data, and in the text alternative."""

import base64
import subprocess
import sys
from io import BytesIO
from itertools import pairwise

import matplotlib as mpl
import matplotlib.pyplot as plt
import nbformat
import numpy as np
import pytest
import torch
from matplotlib.colors import to_hex
from matplotlib.figure import Figure
from nbclient import NotebookClient

from course_utils import plotting
from course_utils.training import History


@pytest.fixture(autouse=True)
def style():
    with mpl.rc_context():
        plotting.use_style()
        yield
        plt.close("all")


def alt(drawn):
    figure = drawn if isinstance(drawn, Figure) else drawn.figure
    return plotting.text_alternative(figure)


def digits(n=6, channels=1, size=4):
    return torch.rand(
        n, channels, size, size, generator=torch.Generator().manual_seed(0)
    )


def rows(n=3, valid=True, accuracy=True):
    """A history whose validation loss is lowest in epoch 2."""
    history = []
    for epoch in range(1, n + 1):
        row = {
            "epoch": epoch,
            "train_loss": 1 / epoch,
            "train_accuracy": 1 - 0.5 / epoch,
        }
        if valid:
            row |= {"valid_loss": 0.5 + (epoch - 2) ** 2, "valid_accuracy": 0.75}
        if not accuracy:
            row |= {key: float("nan") for key in row if "accuracy" in key}
        history.append(row | {"lr": 0.1, "seconds": 1.0})
    return history


def make_history(n=3, valid=True, accuracy=True):
    best = min(n, 2) if valid else None
    return History(rows(n, valid, accuracy), best_epoch=best)


CONFUSION = torch.tensor([[50, 2, 0], [7, 40, 1], [0, 0, 1000]])


# Every function, called with tensors that need a gradient wherever one may.
CALLS = {
    "show_images": lambda: plotting.show_images(digits().requires_grad_()),
    "show_pixels": lambda: plotting.show_pixels(digits()[0].requires_grad_()),
    "show_predictions": lambda: plotting.show_predictions(
        digits().requires_grad_(),
        torch.arange(6),
        torch.arange(6),
        confidences=torch.full((6,), 0.5, requires_grad=True),
    ),
    "show_confusion": lambda: plotting.show_confusion(CONFUSION),
    "show_history": lambda: plotting.show_history(make_history()),
    "show_bars": lambda **k: plotting.show_bars(
        torch.tensor([1.0, 2.0], requires_grad=True), ["a", "b"], xlabel="height", **k
    ),
}


def test_every_function_for_images_and_curves_is_tried_here():
    modules = (plotting.images, plotting.curves)
    assert set(CALLS) == {n for m in modules for n in vars(m) if n.startswith("show_")}
    assert set(CALLS) <= set(vars(plotting))


@pytest.mark.filterwarnings("error")
@pytest.mark.parametrize("name", CALLS)
def test_each_returns_one_new_described_figure_that_can_be_drawn(name):
    figure = CALLS[name]()
    assert isinstance(figure, Figure)
    assert plt.get_fignums() == [figure.number]
    assert alt(figure) == figure.text_alternative
    figure.canvas.draw()


def test_bars_are_drawn_where_they_are_told():
    figure, (left, right) = plt.subplots(1, 2)
    assert CALLS["show_bars"](ax=right) is right
    assert plt.get_fignums() == [figure.number]
    assert not left.has_data()
    assert right.has_data()


def test_the_text_of_a_figure_of_several_tells_of_each():
    figure, axes = plt.subplots(1, 2)
    for ax, value in zip(axes, [1.5, 2.5], strict=True):
        plotting.show_bars([value], ["a"], xlabel="height", ax=ax)
    assert alt(figure) == "Bars of height: a: 1.5. Bars of height: a: 2.5."


@pytest.mark.parametrize("name", CALLS)
def test_nothing_needs_the_style_to_have_been_set(name):
    with mpl.rc_context():
        mpl.rcdefaults()
        figure = CALLS[name]()
        for ax in figure.axes:
            for image in ax.images:
                assert image.get_interpolation() == "nearest"


# --- show_images ----------------------------------------------------------------------


def shown(figure):
    """The axes with an image, and their pixels."""
    return [
        (ax, np.asarray(ax.images[0].get_array())) for ax in figure.axes if ax.images
    ]


@pytest.mark.parametrize("shape", [(5, 1, 3, 4), (5, 3, 3, 4), (5, 3, 4)])
def test_images_are_shown_in_order_with_their_titles(shape):
    images = torch.rand(shape)
    figure = plotting.show_images(images, torch.arange(5), columns=2)
    drawn = shown(figure)
    assert [ax.get_title() for ax, _ in drawn] == list("01234")
    for image, (_, pixels) in zip(images, drawn, strict=True):
        expected = image.movedim(0, -1).squeeze() if image.ndim == 3 else image
        np.testing.assert_array_equal(pixels, expected)
    assert alt(figure) == "A grid of 5 images: 0, 1, 2, 3, 4."


def test_images_share_one_gray_scale():
    images = torch.stack([torch.zeros(2, 2), torch.eye(2) / 2, torch.eye(2)])[:, None]
    limits = {ax.images[0].get_clim() for ax, _ in shown(plotting.show_images(images))}
    assert limits == {(0, 1)}


def test_normalized_color_images_are_brought_back_into_range():
    images = torch.randn(4, 3, 5, 5)
    pixels = np.stack([p for _, p in shown(plotting.show_images(images))])
    assert (pixels.min(), pixels.max()) == (0, 1)
    expected = images.movedim(1, -1).numpy()
    scale = expected.max() - expected.min()
    np.testing.assert_allclose(pixels, (expected - expected.min()) / scale, atol=1e-6)


def test_whole_numbers_from_0_to_255_are_colors_too():
    images = torch.randint(0, 256, (2, 3, 4, 4), dtype=torch.uint8)
    for image, (_, pixels) in zip(
        images, shown(plotting.show_images(images)), strict=True
    ):
        np.testing.assert_array_equal(pixels, image.movedim(0, -1))


def test_an_own_text_alternative():
    assert alt(plotting.show_images(digits(2), alt="Two digits.")) == "Two digits."


@pytest.mark.parametrize(
    ("images", "titles", "message"),
    [
        (digits(3), ["a", "b"], "3 images but 2 titles"),
        (torch.zeros(0, 1, 4, 4), None, "no image to show"),
        (torch.zeros(4, 4), None, r"\(4, 4\) is one image.*images\[None\]"),
        (torch.zeros(4), None, r"\(n, 1, h, w\).* got \(4,\)"),
        (torch.zeros(3, 4, 4), None, r"\(3, 4, 4\).*one color.*images\[None\]"),
        (torch.zeros(3, 4, 4), ["cat"], r"three gray.*images\[:, None\]"),
        (torch.zeros(2, 2, 4, 4), None, r"got \(2, 2, 4, 4\)"),
    ],
)
def test_what_are_no_images_is_named(images, titles, message):
    with pytest.raises(ValueError, match=message):
        plotting.show_images(images, titles)


def test_three_titles_make_three_gray_images():
    drawn = shown(plotting.show_images(torch.rand(3, 4, 5), ["a", "b", "c"]))
    assert [pixels.shape for _, pixels in drawn] == [(4, 5)] * 3


# --- show_pixels ------------------------------------------------------------------------


def pixel_texts(figure):
    """Text at each (row, column)."""
    texts = figure.axes[0].texts
    return {tuple(reversed(t.get_position())): t.get_text() for t in texts}


@pytest.mark.parametrize(
    ("values", "texts"),
    [
        ([0.0, 0.004, 0.53, 1.0], ["0", ".00", ".53", "1"]),
        ([0.0, -0.42, 2.8, 10.25], ["0", "-.42", "2.80", "10.25"]),
    ],
)
def test_each_pixel_has_its_value(values, texts):
    figure = plotting.show_pixels(torch.tensor(values).reshape(2, 2))
    assert list(pixel_texts(figure).values()) == texts


def test_whole_numbers_are_written_as_they_are():
    image = torch.tensor([[[0, 7], [128, 255]]], dtype=torch.uint8)
    figure = plotting.show_pixels(image)
    assert pixel_texts(figure) == {
        (0, 0): "0", (0, 1): "7", (1, 0): "128", (1, 1): "255",
    }  # fmt: skip
    assert "2 by 2 pixels" in alt(figure)
    assert alt(figure).endswith("from 0 to 255.")


def test_pixel_values_fit_into_their_cells():
    figure = plotting.show_pixels(torch.rand(28, 28))
    figure.canvas.draw()
    ax = figure.axes[0]
    cell = ax.get_window_extent().width / 28
    assert max(text.get_window_extent().width for text in ax.texts) <= cell


def test_pixel_values_stand_out_from_their_cells():
    figure = plotting.show_pixels(torch.linspace(0, 1, 11).reshape(1, 11))
    for text in figure.axes[0].texts:
        ground = text.get_position()[0] / 10
        ink = mpl.colors.to_rgb(text.get_color())[0]
        assert abs(ink - ground) >= 0.4


@pytest.mark.parametrize("shape", [(3, 4, 4), (2, 1, 4, 4), (4,), (0, 4)])
def test_what_is_not_one_gray_image_is_named(shape):
    with pytest.raises(ValueError, match="one gray image") as caught:
        plotting.show_pixels(torch.zeros(shape))
    assert str(shape) in str(caught.value)


# --- show_predictions ----------------------------------------------------------------------


def test_right_and_wrong_are_marked_by_more_than_color():
    figure = plotting.show_predictions(
        digits(3), torch.tensor([1, 2, 3]), torch.tensor([1, 5, 3])
    )
    axes = [ax for ax, _ in shown(figure)]
    assert [ax.get_title() for ax in axes] == ["✓ 1", "✗ 5", "✓ 3"]
    assert [ax.get_xlabel() for ax in axes] == ["", "is 2", ""]
    assert len({ax.title.get_color() for ax in axes}) == 2
    assert "3 images" in alt(figure)
    assert "2 marked right, 1 marked wrong" in alt(figure)


def test_names_and_confidences():
    figure = plotting.show_predictions(
        digits(3),
        [0, 1, 1],
        np.array([0, 0, 1]),
        classes=["cat", "dog"],
        confidences=torch.tensor([0.5, 0.9999, 1.0]),
    )
    axes = [ax for ax, _ in shown(figure)]
    titles = [ax.get_title() for ax in axes]
    assert titles == ["✓ cat\n50%", "✗ cat\n>99%", "✓ dog\n100%"]
    assert axes[1].get_xlabel() == "is dog"


def test_marks_are_in_the_font():
    """Arial, which seaborn prefers, has no ✓."""
    figure = plotting.show_predictions(digits(2), [0, 1], [0, 0])
    fonts = {ax.title.get_fontname() for ax, _ in shown(figure)}
    assert fonts == {"DejaVu Sans"}


@pytest.mark.parametrize(
    ("labels", "predictions", "options", "message"),
    [
        ([1, 2], [1, 2, 3], {}, "3 images but 2 labels"),
        ([1, 2, 3], [1], {}, "3 images but 1 predictions"),
        ([1, 2, 3], [1, 2, 3], {"confidences": [0.5]}, "3 images but 1 confidences"),
        (
            [0, 1, 1],
            [0, 2, 1],
            {"classes": ["a", "b"]},
            "class 2, but there are only 2",
        ),
        (
            [0, 3, 1],
            [0, 1, 1],
            {"classes": ["a", "b"]},
            "class 3, but there are only 2",
        ),
        ([0, -1, 1], [0, 1, 1], {}, "class -1.*from 0"),
        ([0, 1, 1], [0, -100, 1], {"classes": ["a", "b"]}, "class -100.*from 0"),
    ],
)
def test_counts_that_do_not_match_are_named(labels, predictions, options, message):
    with pytest.raises(ValueError, match=message):
        plotting.show_predictions(digits(3), labels, predictions, **options)


# --- show_confusion ---------------------------------------------------------------------------


def test_a_confusion_matrix_shows_its_counts():
    figure = plotting.show_confusion(CONFUSION, ["cat", "dog", "cow"])
    ax = figure.axes[0]
    texts = {tuple(reversed(t.get_position())): t.get_text() for t in ax.texts}
    assert texts == {
        (i, j): str(int(CONFUSION[i, j]))
        for i in range(3)
        for j in range(3)
        if CONFUSION[i, j]
    }
    assert [t.get_text() for t in ax.get_yticklabels()] == ["cat", "dog", "cow"]
    assert (ax.get_ylabel(), ax.get_xlabel()) == ("true class", "predicted class")
    assert alt(figure) == (
        "Confusion matrix of 1,100 examples, 1,090 of them on the diagonal, that is "
        "right. The most frequent mistake: dog taken for cat, 7 times."
    )


def test_color_marks_the_mistakes_alone():
    image = plotting.show_confusion(CONFUSION).axes[0].images[0]
    np.testing.assert_array_equal(
        image.get_array(), CONFUSION - torch.diag(CONFUSION.diag())
    )
    assert image.get_clim() == (0, 7)


def test_a_matrix_without_mistakes_claims_none():
    figure = plotting.show_confusion(3 * torch.eye(4, dtype=torch.int64))
    assert alt(figure) == (
        "Confusion matrix of 12 examples, 12 of them on the diagonal, that is right."
    )


@pytest.mark.parametrize("shape", [(2, 3), (4,), (0, 0)])
def test_what_is_no_confusion_matrix_is_named(shape):
    with pytest.raises(ValueError, match=r"square, \(k, k\)") as caught:
        plotting.show_confusion(torch.zeros(shape, dtype=torch.int64))
    assert str(shape) in str(caught.value)


def test_each_class_needs_a_name():
    with pytest.raises(ValueError, match="3 classes but 2 class names"):
        plotting.show_confusion(CONFUSION, ["cat", "dog"])


# --- show_history -----------------------------------------------------------------------------


def lines_of(ax):
    return {
        line.get_color(): (list(line.get_xdata()), list(line.get_ydata()))
        for line in ax.get_lines()
        if len(line.get_xdata()) > 2
    }


def words_of(ax):
    return [text.get_text() for text in ax.texts]


def test_a_history_shows_loss_and_accuracy_of_both_parts():
    history = make_history()
    loss, accuracy = plotting.show_history(history).axes
    assert lines_of(loss) == {
        plotting.BLUE: ([1, 2, 3], history["train_loss"]),
        plotting.ORANGE: ([1, 2, 3], history["valid_loss"]),
    }
    percent = [y for _, y in lines_of(accuracy).values()]
    assert percent == [[50, 75, pytest.approx(100 * 2.5 / 3)], [75] * 3]
    assert loss.get_ylabel() == "mean loss"
    assert accuracy.get_ylabel() == "accuracy (%)"
    for ax in (loss, accuracy):
        assert sorted(words_of(ax)) == ["best", "training", "validation"]
        styles = {line.get_linestyle() for line in ax.get_lines()}
        assert styles == {"--", "-", ":"}


def test_a_history_is_told_in_words():
    assert alt(plotting.show_history(make_history())) == (
        "Training over 3 epochs. "
        "Loss: training from 1 to 0.333, validation from 1.5 to 1.5. "
        "Accuracy: training from 50 % to 83.3 %, validation from 75 % to 75 %. "
        "Epoch 2 is marked as the best on validation data."
    )


def test_a_history_without_validation():
    figure = plotting.show_history(make_history(valid=False))
    assert [words_of(ax) for ax in figure.axes] == [["training"]] * 2
    assert "valid" not in alt(figure)


def test_a_history_without_accuracy():
    figure = plotting.show_history(make_history(accuracy=False))
    assert len(figure.axes) == 1
    assert "ccuracy" not in alt(figure)


@pytest.mark.parametrize("n", [1, 2, 200])
def test_epochs_are_whole_numbers(n):
    figure = plotting.show_history(make_history(n))
    figure.canvas.draw()
    for ax in figure.axes:
        low, high = ax.get_xlim()
        ticks = [tick for tick in ax.get_xticks() if low <= tick <= high]
        assert ticks
        assert all(tick == int(tick) for tick in ticks)


def test_an_empty_history_is_refused():
    with pytest.raises(ValueError, match="no finished epoch"):
        plotting.show_history(History())


def test_labels_of_lines_that_end_together_do_not_cover_one_another():
    figure, ax = plt.subplots()
    ax.plot([0, 1], [0, 100])
    plotting.direct_labels(
        ax, {name: (1, 50 + i / 10, "black") for i, name in enumerate("abcd")}
    )
    figure.canvas.draw()
    boxes = sorted((t.get_window_extent() for t in ax.texts), key=lambda box: box.y0)
    assert all(lower.y1 <= upper.y0 + 1 for lower, upper in pairwise(boxes))


# --- show_bars -----------------------------------------------------------------------------------


def test_bars_have_their_values_at_their_ends():
    figure = plotting.show_bars(
        torch.tensor([5923, 6742]), ["zero", "one"], xlabel="images", highlight=[1]
    )
    ax = figure.axes[0]
    assert [bar.get_width() for bar in ax.patches] == [5923, 6742]
    assert words_of(ax) == ["5,923", "6,742"]
    assert [t.get_text() for t in ax.get_yticklabels()] == ["zero", "one"]
    colors = [to_hex(bar.get_facecolor()) for bar in ax.patches]
    assert colors == [plotting.LIGHT, plotting.ORANGE]
    assert alt(figure) == "Bars of images: zero: 5,923; one: 6,742."


def test_shares_can_be_percentages():
    figure = plotting.show_bars([0.925, 1.0], "ab", xlabel="accuracy (%)", percent=True)
    assert words_of(figure.axes[0]) == ["92.5", "100.0"]


def test_a_missing_value_has_no_bar():
    figure = plotting.show_bars([0.5, float("nan")], "ab", xlabel="accuracy")
    assert [bar.get_width() for bar in figure.axes[0].patches] == [0.5, 0]
    assert alt(figure) == "Bars of accuracy: a: 0.5; b: no value."


@pytest.mark.parametrize(("values", "names"), [([1, 2], "abc"), ([], ""), ([[1]], "a")])
def test_bars_need_one_name_each(values, names):
    with pytest.raises(ValueError, match="one value"):
        plotting.show_bars(values, names, xlabel="x")


# --- text alternatives and the style ------------------------------------------------------------------


def test_describe_replaces_the_text_and_returns_the_figure():
    figure, ax = plt.subplots()
    plotting.show_bars([1], ["a"], xlabel="height", ax=ax)
    assert plotting.describe(figure, "  One\n   bar. ") is figure
    assert alt(figure) == "One bar."


def test_an_empty_description_is_refused():
    with pytest.raises(ValueError, match="must say what"):
        plotting.describe(plt.figure(), " \n")


def test_a_figure_without_a_description_is_told_by_its_labels():
    figure, (left, right) = plt.subplots(1, 2)
    left.set(title="Speed", xlabel="time (s)", ylabel="v (m/s)")
    right.set(xlabel="x")
    assert alt(figure) == "Figure. Speed: v (m/s) against time (s); x"


def test_nothing_is_drawn_on_import():
    code = (
        "import matplotlib; matplotlib.use('agg'); before = dict(matplotlib.rcParams)\n"
        "from course_utils import plotting; import matplotlib.pyplot as plt\n"
        "assert plt.get_fignums() == [] and dict(matplotlib.rcParams) == before"
    )
    subprocess.run([sys.executable, "-c", code], check=True)


@pytest.mark.parametrize("name", ["GOOD", "BAD", "GREY"])
def test_text_colors_are_readable_on_white(name):
    assert contrast(getattr(plotting, name)) >= 4.5


@pytest.mark.parametrize("ink", plotting.INKS)
def test_inks_are_readable_on_white(ink):
    assert contrast(ink) >= 4.5


def contrast(color):
    """Contrast with white by the formula of WCAG 2."""
    rgb = np.array(mpl.colors.to_rgb(color))
    linear = np.where(rgb <= 0.04045, rgb / 12.92, ((rgb + 0.055) / 1.055) ** 2.4)
    return 1.05 / (linear @ [0.2126, 0.7152, 0.0722] + 0.05)


# --- in a notebook ----------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def notebook(tmp_path_factory):
    """A notebook with figures, executed; the outputs of its cells."""
    cells = [
        "import matplotlib.pyplot as plt\nfrom course_utils import plotting\nplotting.use_style()",
        "plotting.show_bars([1, 2], 'ab', xlabel='height')",
        "plotting.show_bars([1, 2], 'ab', xlabel='height');",
        "fig, ax = plt.subplots()\n_ = ax.set(xlabel='x', ylabel='y')",
        "fig, ax = plt.subplots()\nplotting.show_bars([3], 'c', xlabel='h', ax=ax)\nfig",
        "for _ in range(2):\n    plotting.show_bars([1], 'a', xlabel='height')",
        "print(plt.get_fignums())",
    ]
    book = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell(c) for c in cells])
    book.metadata.kernelspec = {"name": "python3", "display_name": "Python 3"}
    folder = tmp_path_factory.mktemp("notebook")
    NotebookClient(book, resources={"metadata": {"path": folder}}).execute()
    return [cell.outputs for cell in book.cells]


def pictures(outputs):
    return [output for output in outputs if "image/png" in output.get("data", {})]


def alternatives(outputs):
    return [output.metadata["image/png"]["alt"] for output in pictures(outputs)]


BARS = "Bars of height: a: 1; b: 2."


@pytest.mark.parametrize(
    ("cell", "expected"),
    [
        (1, [BARS]),
        (2, [BARS]),
        (3, ["Figure. y against x"]),
        (4, ["Bars of h: c: 3."]),
        (5, ["Bars of height: a: 1."] * 2),
    ],
    ids=["returned", "semicolon", "built by hand", "drawn and returned", "in a loop"],
)
def test_each_figure_appears_once_with_its_text(notebook, cell, expected):
    assert alternatives(notebook[cell]) == expected


def test_setting_the_style_prints_nothing_and_figures_are_closed(notebook):
    assert notebook[0] == []
    assert notebook[6][0].text == "[]\n"


def test_pictures_are_about_as_wide_as_a_notebook_column(notebook):
    for output in pictures(notebook[1]):
        png = base64.b64decode(output.data["image/png"])
        _, width, _ = plt.imread(BytesIO(png)).shape
        assert 600 <= width <= 1100

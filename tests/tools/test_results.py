"""What cells for authors call: results and their intervals, seconds."""

import contextlib
import io

import pytest
from IPython.core.interactiveshell import InteractiveShell
from IPython.utils.capture import capture_output
from scipy import stats

from course_tools.authoring.author_cells import (
    RESULT,
    STRICT_TIMES,
    expect_seconds,
    report,
)
from course_utils.checks import CheckFailed


def shown(**arguments):
    """The only output of a call of `report` in a notebook."""
    InteractiveShell.instance()
    try:
        with capture_output() as captured:
            report(**arguments)
    finally:
        InteractiveShell.clear_instance()
    (output,) = captured.outputs
    return output.data


def test_a_result_is_an_output_with_a_line_and_its_numbers():
    data = shown(task="a", accuracy=0.927, images=10_000, seconds=2.46, published="1 %")
    result = data[RESULT]
    low, high = stats.binomtest(9270, 10_000).proportion_ci(method="wilson")
    assert result.pop("interval") == pytest.approx([low, high], abs=1e-6)
    assert result == {
        "task": "a",
        "published": "1 %",
        "accuracy": 0.927,
        "images": 10_000,
        "seconds": 2.5,
    }
    assert data["text/plain"] == "a: 92.70 % (92.2 to 93.2), 2 s"


@pytest.mark.parametrize(("accuracy", "images"), [(92.7, 100), (-0.5, 5), (0.5, 0)])
def test_what_is_no_accuracy_is_refused(accuracy, images):
    with pytest.raises(ValueError, match="is no accuracy"):
        report("a", accuracy, images=images)


def test_of_several_trainings_the_mean_and_its_interval_are_noted():
    data = shown(task="a", accuracy=[0.9, 0.92, 0.94])
    assert data[RESULT]["accuracy"] == 0.92
    assert data[RESULT]["interval"] == pytest.approx([0.870317, 0.969683], abs=1e-6)
    assert data["text/plain"] == "a: 92.0 % (87.0 to 97.0)"


def test_outside_a_notebook_the_line_is_printed():
    with contextlib.redirect_stdout(io.StringIO()) as printed:
        report("a", 0.5, images=100)
    assert "a: 50.00 % (40.4 to 59.6)" in printed.getvalue()


def test_an_accuracy_without_the_number_of_images_is_refused():
    with pytest.raises(ValueError, match="how many test images"):
        report("a", 0.5)


def test_a_slow_computer_is_no_mistake(capsys, monkeypatch):
    monkeypatch.delenv(STRICT_TIMES, raising=False)
    expect_seconds(99, 10, "training")
    assert capsys.readouterr().out == (
        "training: 99.0 s (promised on two CPU cores: at most 10 s)\n"
    )


def test_on_a_fast_machine_slowness_fails(capsys, monkeypatch):
    monkeypatch.setenv(STRICT_TIMES, "1")
    expect_seconds(9, 10, "training")
    assert "9.0 s" in capsys.readouterr().out
    with pytest.raises(CheckFailed, match=r"99\.0 s"):
        expect_seconds(99, 10, "training")

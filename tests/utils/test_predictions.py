"""Predictions: made or skipped, compared with what came out."""

import math
import re

import matplotlib.pyplot as plt
import pytest

from course_utils import checks
from course_utils.checks import guesses

QUESTION = "Share of test images that are read correctly?"


@pytest.fixture(autouse=True)
def a_new_lesson(monkeypatch):
    monkeypatch.setattr(guesses, "_made", {})


def printed(capsys):
    return capsys.readouterr().out.strip()


def test_without_a_guess_the_truth_stands_alone(capsys):
    checks.predict(..., QUESTION, unit="%").compare(81.94)
    assert printed(capsys) == f"{QUESTION} 81.94 %."


@pytest.mark.parametrize(
    ("guess", "tolerance", "mark"),
    [(80, 2, "✓"), (79, 2, "✗"), (75, None, "✓"), (73, None, "✗"), (82, 0, "✓")],
)
def test_a_number_is_right_within_the_tolerance(guess, tolerance, mark, capsys):
    made = checks.predict(guess, QUESTION, unit="%", tolerance=tolerance)
    made.compare(82)
    assert made.right is (mark == "✓")
    assert printed(capsys) == f"{mark} {QUESTION} You said {guess} %; it is 82 %."


@pytest.mark.parametrize(("guess", "mark"), [("5", "✓"), ("8", "✗")])
def test_a_choice_is_right_or_wrong(guess, mark, capsys):
    made = checks.predict(guess, "Hardest digit?", choices=("5", "8"))
    made.compare("5")
    assert printed(capsys) == f"{mark} Hardest digit? You said {guess}; it is 5."


@pytest.mark.parametrize("guess", ["much", None, True, math.nan, math.inf])
def test_what_is_no_number_is_refused(guess):
    with pytest.raises(ValueError, match=r"is no number\. Write one, such as"):
        checks.predict(guess, QUESTION)


def test_what_is_no_choice_is_refused_by_naming_the_choices():
    said = r"'7' is none .* '5', '8', or \.\.\. to skip"
    with pytest.raises(ValueError, match=said) as refused:
        checks.predict("7", "Hardest digit?", choices=("5", "8"))
    (line,) = refused.value._render_traceback_()  # what a notebook shows
    assert re.search(f"^✗ {said}", line)


def test_a_truth_that_could_not_be_chosen_is_an_authors_mistake():
    made = checks.predict(..., "Hardest digit?", choices=("5", "8"))
    with pytest.raises(ValueError, match="'3' is none of the choices"):
        made.compare("3")


@pytest.mark.parametrize("axis", ["x", "y"])
def test_a_guess_is_marked_in_a_figure(axis):
    _, ax = plt.subplots()
    checks.predict(80, QUESTION).draw(ax, axis)
    (line,) = ax.lines
    assert set(line.get_xdata() if axis == "x" else line.get_ydata()) == {80}
    assert [text.get_text() for text in ax.texts] == ["your guess"]


def test_without_a_guess_nothing_is_drawn():
    _, ax = plt.subplots()
    checks.predict(..., QUESTION).draw(ax)
    assert not ax.lines and not ax.texts


def test_a_lesson_ends_with_how_well_one_predicted(capsys):
    checks.predict(80, "First?").compare(81)
    checks.predict(20, "Second?").compare(81)
    checks.predict(..., "Third?").compare(81)
    capsys.readouterr()
    checks.predictions()
    assert printed(capsys) == "You made 2 of 3 predictions, and were right once."


def test_a_cell_run_twice_counts_once(capsys):
    for guess in (20, 80):
        checks.predict(guess, "First?").compare(81)
    capsys.readouterr()
    checks.predictions()
    assert printed(capsys) == "You made 1 of 1 predictions, and were right once."


def test_without_any_guess_the_last_line_says_how_to_make_one(capsys):
    checks.predict(..., "First?").compare(81)
    capsys.readouterr()
    checks.predictions()
    assert "You made none of 1 predictions" in printed(capsys)

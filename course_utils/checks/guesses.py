"""Predictions that a learner makes before a cell answers them."""

import math
from collections.abc import Sequence
from dataclasses import dataclass, field
from numbers import Real
from types import EllipsisType
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from matplotlib.axes import Axes

# Of the lesson that runs in this process, by question.
_made: dict[str, "Prediction"] = {}


class GuessError(ValueError):
    """A guess that is no answer; a notebook shows no traceback of it."""

    def _render_traceback_(self) -> list[str]:
        return [f"✗ {self}"]


@dataclass
class Prediction:
    """A guess, and how it fared.

    Attributes:
        question: what was asked.
        value: the guess, a number or one of `choices`; None where none was made.
        unit: of a number, such as "%"; "" for none.
        choices: what could be chosen; empty where a number was asked for.
        tolerance: how far off a number counts as right, in its unit; None: a tenth
            of the truth.
        truth: what came out; None until `compare` has been called.
    """

    question: str
    value: float | str | None = None
    unit: str = ""
    choices: tuple[str, ...] = ()
    tolerance: float | None = None
    truth: float | str | None = field(default=None, repr=False)

    @property
    def right(self) -> bool | None:
        """Whether the guess was right; None before both guess and truth are known."""
        if self.value is None or self.truth is None:
            return None
        if self.choices:
            return self.value == self.truth
        allowed = abs(self.truth) / 10 if self.tolerance is None else self.tolerance
        return abs(self.value - self.truth) <= allowed

    def compare(self, truth: float | str) -> None:
        """Print the truth, and the guess beside it if one was made.

        Args:
            truth: a number in the unit of the question, or one of its choices.

        Raises:
            ValueError: a choice was asked for, and `truth` is none of them.
        """
        if self.choices and truth not in self.choices:
            raise ValueError(f"{truth!r} is none of the choices {self.choices}.")
        self.truth = truth if self.choices else float(truth)
        if self.value is None:
            print(f"{self.question} {self._text(self.truth)}.")
            return
        mark = "✓" if self.right else "✗"
        print(
            f"{mark} {self.question} You said {self._text(self.value)}; "
            f"it is {self._text(self.truth)}."
        )

    def draw(self, ax: "Axes", axis: str = "y") -> None:
        """Mark the guess in a figure by a dashed line; draw nothing without one.

        Args:
            ax: the axes whose `axis` has the unit of the question.
            axis: "x" or "y".

        Raises:
            ValueError: another axis, or a guess that is no number.
        """
        if axis not in ("x", "y"):
            raise ValueError(f'axis must be "x" or "y"; got {axis!r}.')
        if self.choices:
            raise ValueError("only a number can be marked on an axis.")
        if self.value is None:
            return
        draw_line, at, offset, side = {
            "x": (ax.axvline, (self.value, 1), (0, 3), "center"),
            "y": (ax.axhline, (1, self.value), (-4, 3), "right"),
        }[axis]
        draw_line(self.value, color="black", linestyle="--", linewidth=1, zorder=0)
        place = getattr(ax, f"get_{axis}axis_transform")()
        ax.annotate(
            "your guess", at, offset, xycoords=place, textcoords="offset points",
            ha=side, fontsize=9,
        )  # fmt: skip

    def _text(self, value: float | str) -> str:
        return value if isinstance(value, str) else f"{value:.4g} {self.unit}".rstrip()


def predict(
    guess: float | str | EllipsisType,
    question: str,
    *,
    unit: str = "",
    choices: Sequence[str] = (),
    tolerance: float | None = None,
) -> Prediction:
    """Note what a learner expects before the next cells show it.

    Args:
        guess: a number or one of `choices`; `...` skips the question, so that a
            notebook runs without anyone there.
        question: what is asked, one sentence.
        unit: of the number, such as "%" or "s".
        choices: the answers to choose from; none: a number is asked for.
        tolerance: how far off a number counts as right, in its unit; None: a tenth
            of the truth.

    Returns:
        The prediction: `compare(truth)` prints both, `draw(ax)` marks a number in
        a figure.

    Raises:
        GuessError: it is neither `...`, nor a finite number, nor one of the choices.
    """
    value = None if guess is ... else guess
    if choices and guess is not ... and guess not in choices:
        raise GuessError(
            f"{guess!r} is none of the answers. Write one of "
            f"{', '.join(map(repr, choices))}, or ... to skip the question."
        )
    if not choices and guess is not ...:
        number = isinstance(guess, Real) and not isinstance(guess, bool)
        if not number or not math.isfinite(guess):
            raise GuessError(
                f"{guess!r} is no number. Write one, such as 12.5, or ... to skip "
                "the question."
            )
        value = float(guess)
    _made[question] = Prediction(question, value, unit, tuple(choices), tolerance)
    return _made[question]


def predictions() -> None:
    """Print how well one predicted in this lesson, in one line."""
    asked = len(_made)
    judged = [p for p in _made.values() if p.right is not None]
    if not judged:
        print(f"You made none of {asked} predictions. To predict, replace a `...`.")
        return
    right = sum(bool(p.right) for p in judged)
    times = "once" if right == 1 else f"{right} times"
    print(f"You made {len(judged)} of {asked} predictions, and were right {times}.")

"""Properties of an answer that count by themselves; apart from checks, which load PyTorch."""

import sys
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any


@dataclass
class Part:
    """One property of an answer.

    Attributes:
        name: what is right if it holds, such as "large logits".
        points: what it gives.
        message: of its first check that failed; "" if none has.
        hidden: whether students don't see that check.
    """

    name: str
    points: int
    message: str = ""
    hidden: bool = False

    @property
    def reached(self) -> int:
        """The points that count."""
        return 0 if self.message else self.points

    @property
    def line(self) -> str:
        """The property, whether it holds, and why not."""
        symbol = "✗" if self.message else "✓"
        line = f"  {symbol} {self.name}: {self.reached} of {self.points}"
        return f"{line}. {self.message}" if self.message else line


def first_failure(parts: Sequence[Part]) -> str:
    """Return why a part failed, first of those that students can see; "" if all hold."""
    failed = sorted((p for p in parts if p.message), key=lambda part: part.hidden)
    return failed[0].message if failed else ""


def shell() -> Any:
    """Return the IPython that runs this process, None where none does."""
    module = sys.modules.get("IPython")
    return module.get_ipython() if module else None


class Score(float):
    """Points as the value of a cell, which is where nbgrader looks for a part of all."""

    def __repr__(self) -> str:
        return f"{float(self):g}"

    def _repr_html_(self) -> str:
        # The lines above it say the same in words.
        return ""


def tell_nbgrader(points: int) -> None:
    """Make points the value of the cell that runs, if it runs in a notebook.

    A cell without a value that raises no error gets full marks from nbgrader.

    Args:
        points: reached.
    """
    if (ipython := shell()) is not None:
        ipython.displayhook(Score(points))

"""A property of an answer that counts by itself; apart from checks, which load PyTorch."""

from dataclasses import dataclass


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

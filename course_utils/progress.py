"""One progress bar for everything that takes longer than a moment.

In a terminal or a notebook it is tqdm's bar. In a log file a bar would leave
thousands of half-drawn lines, so there it is one plain line every few seconds.
"""

import sys
import time
from collections.abc import Iterable, Iterator, Sized
from typing import Self, TypeVar

from tqdm import tqdm

T = TypeVar("T")

LOG_SECONDS = 10.0
BAR = "{desc} {percentage:3.0f}% |{bar}| {elapsed}<{remaining}{postfix}"
BAR_WITHOUT_TOTAL = "{desc} {n_fmt} steps, {elapsed}{postfix}"


def _is_live() -> bool:
    """Whether what stdout shows can be redrawn: a terminal or a notebook."""
    in_notebook = type(sys.stdout).__module__.startswith("ipykernel")
    return in_notebook or sys.stdout.isatty()


class Progress:
    """A progress bar that also reads well in a log file.

    Args:
        total: number of steps; None, if it is not known, shows a count.
        label: what is going on, shown before the bar.
        enabled: False shows nothing.
    """

    def __init__(self, total: int | None, label: str, enabled: bool = True):
        self.total, self.label, self.done = total, label, 0
        self._note, self._bar = "", None
        self._log = enabled and not _is_live()
        if enabled and not self._log:
            self._bar = tqdm(
                total=total,
                desc=label,
                file=sys.stdout,
                bar_format=BAR if total else BAR_WITHOUT_TOTAL,
                ncols=78,
                position=0,  # also after one that an interrupt left behind
                mininterval=0.2,
            )
        self._start = self._last_line = time.perf_counter()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *exception: object) -> None:
        self.close()

    def advance(self, steps: int = 1, note: str = "") -> None:
        """Count `steps` more as done; a `note` replaces the one shown last."""
        self.done += steps
        self._note = note or self._note
        if self._bar is not None:
            if note:
                self._bar.set_postfix_str(note, refresh=False)
            self._bar.update(steps)
        elif self._log and time.perf_counter() - self._last_line > LOG_SECONDS:
            self._write_line()

    def close(self) -> None:
        """Draw the last state and end the line."""
        if self._bar is not None:
            self._bar.close()
            self._bar = None
        elif self._log:
            self._write_line()
            self._log = False

    def _write_line(self) -> None:
        self._last_line = time.perf_counter()
        n, seconds = self.done, self._last_line - self._start
        done = f"{100 * n // self.total}%" if self.total else f"{n} steps"
        line = f"{self.label}: {done} after {seconds:.1f} s {self._note}"
        print(line.rstrip(), flush=True)


def track(items: Iterable[T], label: str, total: int | None = None) -> Iterator[T]:
    """Yield `items` while a progress bar with a `label` counts them.

    `total` is their number, where `len(items)` does not tell.
    """
    if total is None and isinstance(items, Sized):
        total = len(items)
    with Progress(total, label) as progress:
        for item in items:
            yield item
            progress.advance()

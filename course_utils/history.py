"""The record of a training run."""

from dataclasses import dataclass, field


@dataclass
class History:
    """One row per finished epoch.

    Attributes:
        rows: dicts with epoch (from 1), train_loss and train_accuracy (means over
            the epoch, while the weights changed), valid_loss and valid_accuracy (with
            validation data), lr (the learning rate at its end) and seconds it took.
            An accuracy is nan where the targets are no class labels.
        stopped: "finished", "early" (no improvement) or "interrupted".
        best_epoch: the epoch with the best validation figure, from 1; None
            without validation data.
    """

    rows: list[dict[str, float]] = field(default_factory=list)
    stopped: str = "finished"
    best_epoch: int | None = None

    def __len__(self) -> int:
        return len(self.rows)

    def __getitem__(self, column: str) -> list[float]:
        """One column as a list, such as `history["valid_loss"]`.

        Raises:
            KeyError: there is no such column; the message says which there are.
        """
        if self.rows and column not in self.rows[0]:
            raise KeyError(f"no column {column!r}; there are {', '.join(self.rows[0])}")
        return [row[column] for row in self.rows]

    @property
    def seconds(self) -> float:
        """Training time of all epochs in seconds, validation included."""
        return sum(row["seconds"] for row in self.rows)

    def __repr__(self) -> str:
        if not self.rows:
            return f"History(no finished epoch, {self.stopped})"
        last = {key: round(value, 4) for key, value in self.rows[-1].items()}
        count = f"{len(self)} epoch{'s' if len(self) > 1 else ''}"
        return f"History({self.stopped} after {count}, last: {last})"


class TrainingInterrupted(KeyboardInterrupt):
    """Ctrl-C, or the stop button, in `fit`; `history` holds the finished epochs."""

    def __init__(self, message: str, history: History):
        super().__init__(message)
        self.history = history

    def _render_traceback_(self) -> list[str]:
        """What a notebook shows: nothing has gone wrong, so no traceback."""
        return [str(self)]

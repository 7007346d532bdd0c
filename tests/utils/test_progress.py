"""Progress: a live bar where it can be redrawn, plain lines where it cannot."""

import io
from contextlib import redirect_stdout

import pytest

from course_utils import progress
from course_utils.progress import Progress, track


class Terminal(io.StringIO):
    def isatty(self):
        return True


class Clock:
    """Time that passes only when told."""

    def __init__(self):
        self.now = 100.0

    def __call__(self):
        return self.now


@pytest.fixture
def clock(monkeypatch):
    fake = Clock()
    monkeypatch.setattr(progress.time, "perf_counter", fake)
    return fake


def test_after_an_interrupt_the_next_bar_keeps_to_one_line():
    screen = Terminal()
    with redirect_stdout(screen):
        stopped = track(range(3), "stopped")  # its traceback keeps it
        next(stopped)
        for _ in track(range(3), "again"):
            pass
    again = screen.getvalue().partition("again")[2]
    assert "\x1b[A" not in again
    assert again.count("\n") == 1


def test_a_log_gets_one_line_at_the_end_of_a_short_task(capsys, clock):
    with Progress(4, "training") as bar:
        for _ in range(4):
            clock.now += 1
            bar.advance(note="epoch 1/1")
    assert capsys.readouterr().out == "training: 100% after 4.0 s epoch 1/1\n"


def test_a_log_gets_a_line_every_ten_seconds(capsys, clock):
    with Progress(50, "training") as bar:
        for _ in range(50):
            clock.now += 1
            bar.advance()
    lines = capsys.readouterr().out.splitlines()
    assert lines == [
        "training: 22% after 11.0 s",
        "training: 44% after 22.0 s",
        "training: 66% after 33.0 s",
        "training: 88% after 44.0 s",
        "training: 100% after 50.0 s",
    ]


def test_a_task_that_stops_early_does_not_claim_to_be_complete(capsys, clock):
    with pytest.raises(KeyboardInterrupt), Progress(4, "training") as bar:
        bar.advance()
        raise KeyboardInterrupt
    assert capsys.readouterr().out == "training: 25% after 0.0 s\n"


def test_without_a_total_a_log_counts_steps(capsys, clock):
    with Progress(None, "reading") as bar:
        bar.advance(7)
    assert capsys.readouterr().out == "reading: 7 steps after 0.0 s\n"


def test_a_log_line_holds_no_control_characters(capsys):
    with Progress(3, "training") as bar:
        bar.advance(3)
    assert capsys.readouterr().out.rstrip("\n").isprintable()


def test_a_terminal_gets_a_bar_that_is_redrawn():
    with redirect_stdout(Terminal()) as terminal, Progress(4, "training") as bar:
        bar.advance(4, note="epoch 1/1")
    out = terminal.getvalue()
    assert out.count("\n") == 1
    assert "\r" in out
    last = out.rstrip("\n").rsplit("\r", 1)[-1]
    assert last.startswith("training 100% |")
    assert last.endswith("epoch 1/1")
    assert len(last) <= 78


def test_a_terminal_without_a_total_gets_a_count():
    with redirect_stdout(Terminal()) as terminal, Progress(None, "reading") as bar:
        bar.advance(7, note="file 2")
    last = terminal.getvalue().rstrip("\n").rsplit("\r", 1)[-1]
    assert last.startswith("reading 7 steps")
    assert last.endswith("file 2")


def test_a_note_stays_until_the_next(capsys, clock):
    with Progress(3, "training") as bar:
        bar.advance(note="one")
        bar.advance()
        bar.advance(note="two")
        bar.advance()
    assert capsys.readouterr().out.endswith(" two\n")


@pytest.mark.parametrize("total", [3, None])
def test_nothing_is_shown_when_disabled(capsys, total):
    with Progress(total, "training", enabled=False) as bar:
        bar.advance(3, note="note")
    assert capsys.readouterr() == ("", "")


def test_nothing_is_shown_when_disabled_in_a_terminal():
    with (
        redirect_stdout(Terminal()) as terminal,
        Progress(3, "x", enabled=False) as bar,
    ):
        bar.advance(3)
    assert terminal.getvalue() == ""


def test_closing_twice_writes_once(capsys):
    with Progress(1, "training") as bar:
        bar.close()
    assert capsys.readouterr().out.count("\n") == 1


def test_track_yields_everything_and_counts_it(capsys):
    assert list(track([3, 1, 2], "sorting")) == [3, 1, 2]
    assert capsys.readouterr().out.startswith("sorting: 100%")


def test_track_takes_what_has_no_length(capsys):
    assert list(track((i for i in range(3)), "counting")) == [0, 1, 2]
    assert list(track((i for i in range(3)), "counting", total=6)) == [0, 1, 2]
    lines = capsys.readouterr().out.splitlines()
    assert lines[0].startswith("counting: 3 steps")
    assert lines[1].startswith("counting: 50%")


def test_track_left_early_closes_its_bar(capsys):
    items = track(range(10), "looking")
    for item in items:
        if item == 4:
            break
    items.close()
    assert capsys.readouterr().out.startswith("looking: 40%")


def test_an_error_in_the_loop_passes_through(capsys):
    with pytest.raises(ZeroDivisionError):
        for item in track([1, 0], "dividing"):
            1 / item

"""Lessons executed from top to bottom in a fresh kernel, with time and memory.

`course run` stores the outputs of a lesson in its .ipynb, and what the run took in
both files of the pair. Exercises and solutions are executed, and nothing is stored.
"""

import argparse
import importlib.metadata
import platform
import re
import sys
import time
from dataclasses import dataclass
from pathlib import Path

import jupyter_client
import nbformat
from ipykernel.kernelspec import get_kernel_dict
from jupyter_client.kernelspec import KernelSpec, KernelSpecManager
from nbclient import NotebookClient
from nbclient.exceptions import CellExecutionError, CellTimeoutError, DeadKernelError
from nbformat import NotebookNode

from course_tools.authoring.outputs import (
    describe_pictures,
    normalize_outputs,
    shrink_pictures,
)
from course_tools.authoring.pairs import (
    build,
    find_sources,
    notebook_text,
    protect_edits,
    read_source,
    source_text,
)
from course_tools.files import write_atomically
from course_tools.project import UserError, find_root, shown
from course_utils.progress import Progress

LESSON_FOLDER = "notebooks"
TIME_LIMIT = 900
CELL_ERRORS = (CellExecutionError, CellTimeoutError, DeadKernelError)
PEAK_MEMORY = (
    "__import__('course_tools.authoring.memory').authoring.memory.peak_megabytes()"
)


class LessonFailed(Exception):
    """A cell raised, took too long, or took the kernel down; the message is a report."""


@dataclass(frozen=True)
class Execution:
    """What executing one lesson took.

    Attributes:
        path: the .py.
        notebook: the notebook with outputs.
        seconds: from the start of the kernel to the end of the last cell.
        peak_mb: largest resident memory of the kernel's process, in units of 10**6
            bytes.
    """

    path: Path
    notebook: NotebookNode
    seconds: float
    peak_mb: int

    def row(self) -> tuple[str, ...]:
        """Return the lesson's line in the table that `course run` prints."""
        cells = sum(cell.cell_type == "code" for cell in self.notebook.cells)
        size = len(notebook_text(self.notebook).encode()) / 1000
        name = self.path.stem
        return name, str(cells), f"{self.seconds:.1f}", str(self.peak_mb), f"{size:.0f}"


class CurrentPython(KernelSpecManager):
    """Starts kernels in the Python that runs this, whatever is registered."""

    def get_kernel_spec(self, kernel_name: str) -> KernelSpec:
        """Return ipykernel's own specification, whatever the name."""
        return KernelSpec(resource_dir="", **get_kernel_dict())


def find_lesson(name: str, root: Path) -> Path:
    """Return the .py that a name on the command line means.

    Args:
        name: a lesson's number ("3", "03"), part of its name ("mlp"), or a path to
            the .py or .ipynb of any pair.
        root: the checkout.

    Raises:
        UserError: no lesson matches, or several do.
    """
    path = Path(name).with_suffix(".py") if name else Path()
    for candidate in (path, root / path, root / LESSON_FOLDER / path):
        if candidate.is_file():
            return candidate.resolve()
    lessons = find_sources(root, [LESSON_FOLDER])
    if name.isdecimal():
        found = [path for path in lessons if int(path.stem.split("_")[0]) == int(name)]
    else:
        topics = {path: path.stem.split("_", 1)[1] for path in lessons}
        found = [path for path, topic in topics.items() if topic == name]
        found = found or [path for path, topic in topics.items() if name in topic]
    if len(found) != 1:
        names = ", ".join(path.stem for path in found or lessons) or "none"
        problem = "means several lessons" if found else "is no lesson"
        raise UserError(f"{name!r} {problem}. Choose one of: {names}.")
    return found[0]


def execute(path: Path, time_limit: int = TIME_LIMIT) -> Execution:
    """Execute a .py from top to bottom in a fresh kernel of the current Python.

    Args:
        path: the .py of a pair; its folder is the working folder of the kernel.
        time_limit: longest time that one cell may take, in seconds.

    Returns:
        The notebook with normalized outputs, and what the run took.

    Raises:
        LessonFailed: a cell without the tag `raises-exception` raised, a cell took
            too long, the kernel died, or a cell has other than as many text
            alternatives as pictures.
    """
    notebook = build(read_source(path), path)
    client = NotebookClient(
        notebook,
        km=jupyter_client.AsyncKernelManager(kernel_spec_manager=CurrentPython()),
        timeout=time_limit,
        startup_timeout=120,
        record_timing=False,
        extra_arguments=["--log-level=CRITICAL"],
        store_widget_state=False,
        resources={"metadata": {"path": str(path.parent)}},
    )
    code = [i for i, cell in enumerate(notebook.cells) if cell.cell_type == "code"]
    start = time.perf_counter()
    with (
        Progress(len(code), path.stem) as progress,
        client.setup_kernel(cleanup_kc=True),
    ):
        for index in code:
            try:
                client.execute_cell(notebook.cells[index], index)
            except BaseException as error:
                client.shutdown_kernel = "immediate"  # the cell may not let go
                if isinstance(error, CELL_ERRORS):
                    report = failure(path, notebook, index, error)
                    raise LessonFailed(report) from None
                raise
            progress.advance(note=f"cell {index + 1} of {len(notebook.cells)}")
        seconds = round(time.perf_counter() - start, 1)
        peak_mb = _peak_memory(client)
    normalize_outputs(notebook)
    shrink_pictures(notebook)
    if problems := describe_pictures(notebook):
        raise LessonFailed(f"{shown(path)}, {problems[0]}")
    return Execution(path, notebook, seconds, peak_mb)


def _peak_memory(client: NotebookClient) -> int:
    """Ask the kernel for its peak memory, through a cell that is not kept."""
    cells = client.nb.cells
    cells.append(nbformat.v4.new_code_cell(PEAK_MEMORY))
    client.execute_cell(cells[-1], len(cells) - 1, store_history=False)
    return int(cells.pop().outputs[-1].data["text/plain"])


def failure(path: Path, notebook: NotebookNode, index: int, error: Exception) -> str:
    """Report where and why a lesson stopped.

    Args:
        path: the .py.
        notebook: its cells.
        index: place of the cell that stopped it, from 0.
        error: what nbclient raised.

    Returns:
        The place, the error, the cell's source with the line marked, and the calls
        that the error came through.
    """
    trace = re.sub(r"\x1b\[[0-9;]*m", "", getattr(error, "traceback", ""))
    frames = re.findall(r"^ *((?:File|Cell In).*)$", trace, flags=re.MULTILINE)
    # The first frame is this cell; a later one may be a function it defines.
    here = frames[0].split(",")[0] if frames else ""
    in_cell = [re.search(r"line (\d+)", f) for f in frames if f.startswith(here)]
    line = int(in_cell[-1][1]) if in_cell and in_cell[-1] else 0
    lines = notebook.cells[index].source.splitlines()
    place = f"{shown(path)}, cell {index + 1}"
    starts = cell_starts(path.read_text(encoding="utf-8"))
    if len(starts) == len(notebook.cells):
        place += f", line {starts[index] + line}"
    source = [
        f"{'>' if number == line else ' '} {text}"
        for number, text in enumerate(lines, start=1)
    ]
    report = [f"{place}: {_reason(error)}", "", *source]
    if len(frames) > 1:
        report += ["", "The error came through", *(f"  {frame}" for frame in frames)]
    return "\n".join(report)


def _reason(error: Exception) -> str:
    if isinstance(error, CellExecutionError):
        return f"{error.ename}: {error.evalue}"
    if isinstance(error, CellTimeoutError):
        return "the cell took longer than the time limit. Raise it with --time-limit."
    return "the kernel died. The machine may have run out of memory."


def cell_starts(text: str) -> list[int]:
    """Return the line number, from 1, of each cell marker in a .py."""
    lines = enumerate(text.splitlines(), start=1)
    return [number for number, line in lines if re.match(r"# %%(\s|$)", line)]


def store(run: Execution, text_before: str) -> None:
    """Write a run's outputs and measurements into its pair.

    Args:
        run: an executed lesson.
        text_before: the .py's text when the run started.

    Raises:
        UserError: the .py has changed since.
    """
    if run.path.read_text(encoding="utf-8") != text_before:
        raise UserError(
            f"{shown(run.path)} was edited while it ran, so its outputs were not "
            "stored. Run it again."
        )
    source = read_source(run.path)
    source.metadata["course"] = {
        "seconds": run.seconds,
        "peak_mb": run.peak_mb,
        "python": platform.python_version(),
        "torch": importlib.metadata.version("torch"),
    }
    run.notebook.metadata["course"].update(source.metadata["course"])
    target = run.path.with_suffix(".ipynb")
    text = source_text(source, run.path)
    write_atomically(target, notebook_text(run.notebook))
    write_atomically(run.path, text)


def print_table(runs: list[Execution]) -> None:
    """Print what each run took, one line for each lesson."""
    rows = [("lesson", "cells", "seconds", "peak MB", "size kB")]
    rows += [run.row() for run in runs]
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    for name, *numbers in rows:
        columns = [n.rjust(w) for n, w in zip(numbers, widths[1:], strict=True)]
        print("  ".join([name.ljust(widths[0]), *columns]))


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the options of `course run`."""
    parser.add_argument(
        "lessons",
        metavar="LESSON",
        nargs="*",
        help='"3", "mlp", or a file; all lessons if none is given',
    )
    parser.add_argument(
        "--time-limit",
        metavar="SECONDS",
        type=int,
        default=TIME_LIMIT,
        help=f"for each cell (default: {TIME_LIMIT})",
    )
    parser.add_argument(
        "--check", action="store_true", help="execute and measure, store nothing"
    )


def command(arguments: argparse.Namespace) -> int:
    """Carry out `course run`."""
    root = find_root()
    if arguments.time_limit <= 0:
        raise UserError(
            f"--time-limit is {arguments.time_limit}. Give a number of seconds above 0."
        )
    paths = [find_lesson(name, root) for name in arguments.lessons]
    paths = paths or find_sources(root, [LESSON_FOLDER])
    runs: list[Execution] = []
    failure_report = ""
    for path in paths:
        keeps_outputs = path.parent == root / LESSON_FOLDER and not arguments.check
        text = path.read_text(encoding="utf-8")
        if keeps_outputs:
            protect_edits(build(read_source(path), path), path.with_suffix(".ipynb"))
        try:
            runs.append(execute(path, arguments.time_limit))
        except LessonFailed as error:
            failure_report = str(error)
            break
        if keeps_outputs:
            store(runs[-1], text)
    if runs:
        print_table(runs)
    if failure_report:
        print(failure_report, file=sys.stderr)
    return 1 if failure_report else 0

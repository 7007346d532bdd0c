"""All measurements of speed and memory in one run: a report with its goals.

    make bench

This writes report.md and report.png beside this file. It takes about half an hour on
two cores; leave the machine alone meanwhile.
"""

import argparse
import os
import platform
import statistics
from dataclasses import dataclass
from importlib import metadata
from pathlib import Path

import accuracy_speed
import fit_speed
import import_speed
import matplotlib.pyplot as plt
import nbformat
import psutil
import torch
from contenders import Net
from fit_speed import BARE, FIT, JAX, ONE_THREAD, PEERS, Table
from matplotlib import ticker
from PIL import Image

from course_utils import data, plotting

HERE = Path(__file__).parent
LESSONS = HERE.parents[1] / "notebooks"
TICKS = (1 / 8, 1 / 4, 1 / 2, 1, 2, 4, 8, 16, 32)
PUBLISHED, SCIKIT = "published loop", "scikit-learn"


@dataclass(frozen=True)
class Goal:
    """What was to be reached, what was measured, and how they compare.

    Attributes:
        what: the goal in words.
        limit: the value to reach.
        measured: the value found.
        at_least: whether `measured` must be no smaller, or no larger, than `limit`.
        unit: written behind both.
    """

    what: str
    limit: float
    measured: float
    at_least: bool
    unit: str = ""

    def row(self) -> str:
        """A line of a Markdown table."""
        over = self.measured - self.limit
        met = over >= 0 if self.at_least else over <= 0
        verdict = "met" if met else f"**missed by {abs(over) / self.limit:.0%}**"
        sign = "≥" if self.at_least else "≤"
        unit = f" {self.unit}" if self.unit else ""
        digits = ",.0f" if self.measured >= 100 else ".3g"
        return (
            f"| {self.what} | {sign} {self.limit:,.4g}{unit} "
            f"| {self.measured:{digits}}{unit} | {verdict} |"
        )


def speed_goals(tables: dict[Net, Table]) -> list[Goal]:
    """Goals that concern `fit` beside the others."""
    goals = []
    for net, table in tables.items():
        fit = table[FIT]
        ratio = statistics.median(fit.over(table[BARE]))
        goals.append(Goal(f"{net}: fit over the bare loop", 1.1, ratio, False))
        factors = {
            name: statistics.median(runs.over(fit)) for name, runs in table.items()
        }
        least = 4 if net.batch_size < 64 else 8 if net.batch_size == 256 else None
        if least:
            goal = f"{net}: published loop over fit"
            goals.append(Goal(goal, least, factors[PUBLISHED], True))
        peers = {name: factors[name] for name in PEERS if name in factors}
        for name, factor in peers.items():
            goals.append(Goal(f"{net}: {name} over fit", 1, factor, True))
        if net.batch_size >= 128:
            goals.append(Goal(f"{net}: {SCIKIT} over fit", 1, factors[SCIKIT], True))
    return goals


def memory_goals(imports: dict[str, dict]) -> list[Goal]:
    """Goals that concern memory and imports."""
    goals = []
    for path in sorted(LESSONS.glob("*.ipynb")):
        lesson = nbformat.read(path, as_version=4)
        # The stored run of the last lesson is one on CIFAR-10.
        limit = 3000 if path.stem == "10_cifar" else 2000
        peak = lesson.metadata["course"]["peak_mb"]
        goals.append(Goal(f"lesson {path.stem}: peak memory", limit, peak, False, "MB"))
    milliseconds = imports["course_utils"]["ms"]
    goals.append(Goal("import course_utils", 50, milliseconds, False, "ms"))
    added = imports["course_utils.training"]["ms"] / imports["torch"]["ms"]
    goal = "import course_utils.training: added to the time of torch's"
    goals.append(Goal(goal, 5, 100 * added, False, "%"))
    return goals


def limit_text(tables: dict[Net, Table]) -> str:
    """How far the bare loop is from a compiled epoch, and why."""
    shares = {
        net: statistics.median(table[JAX].over(table[BARE]))
        for net, table in tables.items()
        if JAX in table
    }
    if not shares:
        return f"{JAX}: not installed."
    listed = "; ".join(f"{net}: {share:.2f}" for net, share in shares.items())
    return (
        "Whoever wants speed alone has the whole epoch compiled into one program. JAX "
        "(jit and scan, with Optax's Adam; compiling is not counted) takes this share "
        f"of the bare loop's time: {listed}. In a loop of PyTorch every operation of "
        "every step is called from Python and dispatched by itself; the smaller the "
        'network and the batch, the more of a step that is. "What does a step cost?" '
        "in lesson 8 takes one apart. In return each line of the loop can be stopped "
        "at, printed and changed, which is what a course needs."
    )


def threads_text(tables: dict[Net, Table]) -> str:
    """What a second core brings, and that no loader starts processes of its own."""
    lines = [
        "| | 1 thread | all | times as fast |",
        "| --- | --- | --- | --- |",
    ]
    for net, table in tables.items():
        one, several = table[FIT + ONE_THREAD], table[FIT]
        gain = statistics.median(one.over(several))
        lines.append(
            f"| {net} | {statistics.median(one.seconds):.2f} s "
            f"| {statistics.median(several.seconds):.2f} s | {gain:.2f} |"
        )
    loaders = data.loaders(data.load("mnist"), batch_size=128)
    list(loaders.valid)
    workers = max(loader.num_workers for loader in loaders)
    children = len(psutil.Process().children())
    lines += [
        "",
        f"Worker processes of the course's loaders: {workers}; child processes after "
        f"a pass over one: {children}.",
    ]
    return "\n".join(lines)


def draw(tables: dict[Net, Table]) -> plt.Figure:
    """Every contender's seconds for an epoch, over those of the bare loop."""
    figure, panels = plt.subplots(
        len(tables),
        1,
        figsize=(8, 2.3 * len(tables)),
        layout="constrained",
        sharex=True,
    )
    for axes, (net, table) in zip(panels, tables.items(), strict=True):
        names = [name for name in table if not name.endswith(ONE_THREAD)]
        for place, name in enumerate(reversed(names)):
            ratios = table[name].over(table[BARE])
            middle = statistics.median(ratios)
            color = plotting.ORANGE if name == FIT else plotting.BLUE
            axes.plot([min(ratios), max(ratios)], [place] * 2, color=color, lw=1)
            axes.plot(middle, place, "o", color=color)
            axes.text(1.06 * max(ratios), place, f"{middle:.2f}", va="center")
        axes.set_yticks(range(len(names)), reversed(names))
        axes.set_title(str(net))
        axes.set_xscale("log")
        axes.grid(axis="x", color=plotting.LIGHT)
        axes.xaxis.set_major_locator(ticker.FixedLocator(TICKS))
        axes.xaxis.set_major_formatter(ticker.ScalarFormatter())
        axes.xaxis.set_minor_locator(ticker.NullLocator())
    panels[-1].set_xlabel(
        "time for an epoch over that of the bare loop: median and range (log scale)"
    )
    return figure


def machine() -> str:
    """What this was measured on, in a sentence."""
    packages = [
        "torch",
        "jax",
        "keras",
        "lightning",
        "skorch",
        "fastai",
        "scikit-learn",
    ]
    versions = []
    for name in packages:
        try:
            versions.append(f"{name} {metadata.version(name)}")
        except metadata.PackageNotFoundError:
            versions.append(f"{name} is not installed")
    gigabytes = psutil.virtual_memory().total / 1e9
    return (
        f"{platform.system()}, {os.cpu_count()} cores, {gigabytes:.0f} GB, Python "
        f"{platform.python_version()}, {torch.get_num_threads()} threads; "
        f"{', '.join(versions)}."
    )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--rounds", type=int, default=9)
    parser.add_argument("--out", type=Path, default=HERE, metavar="FOLDER")
    options = parser.parse_args()
    names, absent = fit_speed.installed()
    if absent:
        print(f"Not installed and left out: {', '.join(absent)}.")
    imports = import_speed.measure()
    tables, color = fit_speed.measure(
        list(fit_speed.NETS), [*names, FIT + ONE_THREAD], options.rounds
    )
    curves = accuracy_speed.measure()
    goals = [*speed_goals(tables), *memory_goals(imports)]
    sections = [
        "# Speed and memory, measured",
        f"Written by `make bench`. {machine()} The network with 3,072 inputs was "
        f"trained on {color}, the others on MNIST.",
        "## Goals",
        "\n".join(
            ["| goal | limit | measured | |", "| --- | --- | --- | --- |"]
            + [goal.row() for goal in goals]
        ),
        "## One epoch",
        "![The time of each contender over that of the bare loop, for each network.](report.png)",
        "The loss is that on 10,000 training images after the epoch, the mean over "
        "the rounds: equal losses, equal work.",
        *(fit_speed.as_text(net, table) for net, table in tables.items()),
        "## The limit",
        limit_text(tables),
        "## Seconds to an accuracy",
        "On the validation images, taken after each epoch.",
        accuracy_speed.as_text(curves),
        "## Threads",
        threads_text(tables),
        "## Imports",
        import_speed.as_text(imports),
    ]
    options.out.mkdir(parents=True, exist_ok=True)
    (options.out / "report.md").write_text("\n\n".join(sections) + "\n", "utf-8")
    plotting.use_style()
    picture = options.out / "report.png"
    draw(tables).savefig(picture, dpi=110)
    # It has few colors; written down as a palette they take a quarter of the bytes.
    Image.open(picture).convert("RGB").quantize(32).save(picture, optimize=True)
    print("\n\n".join(sections[:4]))
    print(f"\nThe report: {options.out / 'report.md'}")


if __name__ == "__main__":
    main()

"""The networks that lessons 9 and 10 end with, trained once more from several seeds.

    COURSE_DATA=… python tests/benchmarks/seeds.py [--seeds 3] [NAME …]

A lesson trains each of them once, in the time a reader has. Here the cells that it
tags `recipe` are executed, and its own functions train from each seed; what they
reach on the test images goes into seeds.md beside this file. It takes about an hour
on two cores, so leave the machine alone meanwhile. Rows whose data isn't on disk,
or which were not named, stay as they are.
"""

import argparse
import contextlib
import json
import os
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import jupytext
import matplotlib
import torch

from course_utils import uncertainty
from course_utils.progress import track

HERE = Path(__file__).parent
LESSONS = HERE.parents[1] / "notebooks"
FOUND = HERE / "seeds.json"


@dataclass(frozen=True)
class Goal:
    """A network of a lesson, and what it is to reach on the test images.

    Attributes:
        name: what it is.
        lesson: the lesson whose cells define how it is trained.
        function: of these cells; takes a seed.
        least: accuracy to reach.
        most: seconds to take, on two cores.
        options: further arguments of the function.
    """

    name: str
    lesson: str
    function: str
    least: float
    most: float
    options: tuple[tuple[str, int], ...] = ()


GOALS = (
    Goal("mnist", "09_regularization", "final_run", 0.993, 1e9, (("num_epochs", 60),)),
    Goal("cifar-mlp", "10_cifar", "better_run", 0.63, 240),
    Goal("cifar-cnn", "10_cifar", "final_run", 0.82, 300),
)


def recipe(lesson: str) -> dict[str, Callable]:
    """Execute the cells of a lesson that are tagged `recipe`; return their names."""
    names = {"__name__": "__main__"}
    for cell in jupytext.read(LESSONS / f"{lesson}.py").cells:
        if cell.cell_type == "code" and "recipe" in cell.metadata.get("tags", []):
            exec(compile(cell.source, lesson, "exec"), names)
    return names


def report(found: dict[str, list[dict]]) -> str:
    """The page with what was found, as Markdown."""
    lines = [
        "# The final networks, from several seeds",
        "",
        "Written by `python tests/benchmarks/seeds.py`. Accuracies on the test images;",
        "the mean stands with its t interval (95 %) over the seeds.",
        "",
        "| network | parameters | seconds | seeds | mean | to reach | |",
        "| --- | --- | --- | --- | --- | --- | --- |",
    ]
    for goal in GOALS:
        if not (runs := found.get(goal.name)):
            continue
        accuracies = [run["accuracy"] for run in runs]
        slowest = max(run["seconds"] for run in runs)
        mean = uncertainty.mean_interval([100 * accuracy for accuracy in accuracies])
        over = mean.value - 100 * goal.least
        met = over >= 0 and slowest <= goal.most
        missed = f"**missed: {over:+.2f} points, {slowest:.0f} s**"
        limit = f", {goal.most:.0f} s" if goal.most < 1e9 else ""
        each = ", ".join(f"{100 * a:.2f}" for a in accuracies)
        lines.append(
            f"| {goal.name}, lesson {int(goal.lesson[:2])} | {runs[0]['parameters']:,} "
            f"| {slowest:.0f} | {each} | {mean.value:.2f} % ({mean.low:.2f} to "
            f"{mean.high:.2f}) | {100 * goal.least:.1f} %{limit} "
            f"| {'met' if met else missed} |"
        )
    where = sorted({run["where"] for runs in found.values() for run in runs})
    return "\n".join([*lines, "", *(f"- {text}" for text in where), ""])


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--seeds", type=int, default=3, help="at least 2")
    parser.add_argument("names", nargs="*", default=[goal.name for goal in GOALS])
    asked = parser.parse_args()
    matplotlib.use("agg")
    found = json.loads(FOUND.read_text()) if FOUND.exists() else {}
    threads = torch.get_num_threads()
    for goal in GOALS:
        if goal.name not in asked.names:
            continue
        torch.set_num_threads(threads)  # lesson 9 takes one
        with contextlib.redirect_stdout(None):
            names = recipe(goal.lesson)
        where = (
            f"{goal.name}: {names.get('data_used', 'MNIST')}; {os.cpu_count()} cores, "
            f"PyTorch {torch.__version__}"
        )
        runs = []
        for seed in track(range(asked.seeds), goal.name):
            runs.append(names[goal.function](seed, **dict(goal.options)))
            runs[-1]["where"] = where
            # After each, so that an interruption loses only one.
            FOUND.write_text(json.dumps(found | {goal.name: runs}, indent=1) + "\n")
        found[goal.name] = runs
    page = report(found)
    (HERE / "seeds.md").write_text(page, encoding="utf-8")
    print(page)


if __name__ == "__main__":
    main()

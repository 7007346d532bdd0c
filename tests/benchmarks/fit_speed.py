"""How fast is `training.fit`, beside the barest loop and beside its peers?

    python tests/benchmarks/fit_speed.py [--rounds 9] [--nets 1 2] [--quick]

Every contender of contenders.py waits in a process of its own. In each round they
train one after the other, one epoch each, and each is divided by the bare loop of the
same round: what else the machine does then hits all of them alike. Reported are the
medians over the rounds, and each contender's loss on 10,000 training images after its
epoch, which shows that all did the same work. Peers that are not installed
(tests/benchmarks/requirements.txt) are left out and named.
"""

import argparse
import json
import os
import statistics
import subprocess
import sys
import tempfile
from contextlib import ExitStack
from dataclasses import dataclass, field
from importlib.util import find_spec
from pathlib import Path
from typing import Self

import numpy as np
import torch
from contenders import CONTENDERS, Net

from course_utils.datasets.base import DataError
from course_utils.datasets.cifar10 import load_cifar10
from course_utils.datasets.mnist import load_mnist
from course_utils.datasets.shapes import load_shapes
from course_utils.progress import Progress

NETS = (
    Net((784, 16, 10), 20),
    Net((784, 256, 10), 256),
    Net((784, 512, 512, 10), 128),
    Net((784, 512, 256, 128, 64, 10), 64),
    Net((3072, 512, 256, 128, 64, 10), 128),
)
BARE, FIT = "bare loop", "training.fit"
PEERS = {
    "Lightning": "lightning", "skorch": "skorch", "fastai": "fastai", "Keras": "keras",
}  # fmt: skip
JAX = "JAX, compiled"  # the limit, and no peer: it has no loop to look into
NEEDS = PEERS | {JAX: "optax"}
SLOW_ROUNDS = 3  # rounds in which others than the bare loop and fit take part
ONE_THREAD = ", 1 thread"


@dataclass
class Runs:
    """What one contender took for one network, round by round."""

    seconds: list[float] = field(default_factory=list)
    losses: list[float] = field(default_factory=list)

    def over(self, other: Self) -> list[float]:
        """Its seconds divided by those of `other`, in the rounds that both ran."""
        return [a / b for a, b in zip(self.seconds, other.seconds, strict=False)]


Table = dict[str, Runs]


class Worker:
    """A contender in its own process, warmed up."""

    def __init__(self, name: str, net: Net, folder: Path, threads: int):
        if name.endswith(ONE_THREAD):
            name, threads = name.removesuffix(ONE_THREAD), 1
        sizes = "-".join(map(str, net.sizes))
        script = Path(__file__).with_name("contenders.py")
        words = [name, sizes, str(net.batch_size), str(folder), str(threads)]
        self.log = (folder / f"{name}.log").open("w+")
        self.process = subprocess.Popen(
            [sys.executable, str(script), *words],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=self.log,
            text=True,
            env=os.environ | {"OMP_NUM_THREADS": str(threads)},
        )
        self.name = name
        self.read()

    def read(self) -> str:
        """The next line it writes."""
        line = self.process.stdout.readline()
        if not line:
            self.log.seek(0)
            raise SystemExit(f"{self.name} failed:\n{self.log.read()[-2000:]}")
        return line

    def train(self, seed: int) -> dict[str, float]:
        """One epoch: its seconds and the loss after it."""
        self.process.stdin.write(f"{seed}\n")
        self.process.stdin.flush()
        return json.loads(self.read())

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *exception: object) -> None:
        self.process.kill()
        self.process.wait()
        self.log.close()


def race(net: Net, names: list[str], rounds: int, folder: Path, threads: int) -> Table:
    """Let the contenders train `net` in turns."""
    table = {name: Runs() for name in names}
    turns = [
        (number, name)
        for number in range(rounds)
        for name in names
        if number < SLOW_ROUNDS or name in (BARE, FIT)
    ]
    with ExitStack() as stack, Progress(len(names) + len(turns), str(net)) as bar:
        workers = {}
        for name in names:
            bar.advance(note=f"{name} warms up")
            worker = Worker(name, net, folder, threads)
            workers[name] = stack.enter_context(worker)
        for number, name in turns:
            bar.advance(note=f"round {number + 1}, {name}")
            found = workers[name].train(seed=number)
            table[name].seconds.append(found["seconds"])
            table[name].losses.append(found["loss"])
    if table[FIT].losses != table[BARE].losses:
        raise SystemExit(f"{net}: fit and the bare loop end with different losses.")
    return table


def as_text(net: Net, table: Table) -> str:
    """A Markdown table."""
    lines = [
        f"### {net}",
        "",
        "| | seconds for an epoch | over the bare loop | from round to round | loss |",
        "| --- | --- | --- | --- | --- |",
    ]
    for name, runs in table.items():
        ratios = runs.over(table[BARE])
        lines.append(
            f"| {name} | {statistics.median(runs.seconds):.2f} "
            f"| {statistics.median(ratios):.2f} "
            f"| {min(ratios):.2f} to {max(ratios):.2f} "
            f"| {statistics.mean(runs.losses):.3f} |"
        )
    return "\n".join(lines)


def write_arrays(folder: Path) -> str:
    """Store the training images for all processes; return the name of the color set."""
    try:
        color, name = load_cifar10(download=False), "CIFAR-10"
    except DataError:
        color, name = load_shapes(), "the built-in shapes"
    for part, raw in (("gray", load_mnist()), ("color", color)):
        images = raw.train_images
        np.save(folder / f"{part}-images.npy", (images.float() / 255).numpy())
        np.save(folder / f"{part}-labels.npy", raw.train_labels.numpy())
        # As Pillow wants them: gray without channel, color with the channel last.
        pixels = images[:, 0] if part == "gray" else images.movedim(1, -1).contiguous()
        np.save(folder / f"{part}-pixels.npy", pixels.numpy())
    return name


def installed() -> tuple[list[str], list[str]]:
    """The contenders that can take part, and those that can't."""
    absent = [name for name, package in NEEDS.items() if not find_spec(package)]
    return [name for name in CONTENDERS if name not in absent], absent


def measure(nets: list[Net], names: list[str], rounds: int) -> tuple[dict, str]:
    """Race for race, the table of each network; and which color images were used."""
    threads = torch.get_num_threads()
    with tempfile.TemporaryDirectory() as place:
        folder = Path(place)
        color = write_arrays(folder)
        return {net: race(net, names, rounds, folder, threads) for net in nets}, color


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--rounds", type=int, default=9)
    parser.add_argument(
        "--nets", type=int, nargs="+", default=range(1, len(NETS) + 1), metavar="N"
    )
    parser.add_argument(
        "--quick", action="store_true", help="compare fit and the bare loop alone"
    )
    options = parser.parse_args()
    names, absent = installed()
    print(f"Not installed: {', '.join(absent) or 'none'}.")
    if options.quick:
        names = [BARE, FIT]
    nets = [NETS[number - 1] for number in options.nets]
    tables, _ = measure(nets, names, options.rounds)
    for net, table in tables.items():
        print(f"\n{as_text(net, table)}")


if __name__ == "__main__":
    main()

"""How fast is `training.fit`? Ratios to the barest loop that computes the same.

    python tests/benchmarks/fit_speed.py [--rounds 7] [--threads 2] [--images 60000]
                                         [--quick]

Every contender trains the same network on the same digits. In each round
they run one after the other, and each is divided by the bare loop of the same
round: what else the machine does then hits all of them alike. Reported are the
medians over the rounds. Keras, skorch and Lightning take part where they are
installed. On a busy machine, measure with one thread: two wait for each other.
"""

from __future__ import annotations

import argparse
import lzma
import os
import statistics
import tempfile
import time
import warnings
from collections.abc import Callable
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path

os.environ.setdefault("KERAS_BACKEND", "torch")

import torch
from torch import nn
from torch.nn import functional as F
from torch.utils.data import DataLoader, Subset
from torchvision import datasets, transforms

from course_utils import data, training
from course_utils.progress import Progress
from course_utils.sources import MNIST_FOLDER, MNIST_MD5, load_mnist

SLOW_ROUNDS = 3  # rounds in which contenders other than fit and the bare loop run


@dataclass(frozen=True)
class Task:
    """A network 784-hidden-10 with ReLU, and the size of its batches."""

    hidden: int
    batch_size: int

    def __str__(self) -> str:
        return f"784-{self.hidden}-10, batches of {self.batch_size}"

    def model(self) -> nn.Module:
        torch.manual_seed(0)
        return nn.Sequential(
            nn.Flatten(),
            nn.Linear(784, self.hidden),
            nn.ReLU(),
            nn.Linear(self.hidden, 10),
        )


TASKS = (Task(256, 256), Task(16, 20))


def adam(model: nn.Module) -> torch.optim.Optimizer:
    return torch.optim.Adam(model.parameters(), lr=1e-3, fused=True)


class Contenders:
    """Each method trains one epoch and returns its seconds, preparation excluded."""

    def __init__(self, folder: Path, count: int):
        raw = load_mnist()
        images = raw.train_images[:count].float() / 255
        chosen = data.ImageSet(images, raw.train_labels[:count])
        test = chosen.subset(torch.arange(100))
        self.splits = data.Splits(chosen, test, test, raw.classes, "mnist")
        published = datasets.MNIST(folder, transform=transforms.ToTensor())
        self.published = Subset(published, range(count))

    def order(self, seed: int) -> torch.Tensor:
        """The order in which the DataLoader with this seed draws the images."""
        generator = torch.Generator().manual_seed(seed)
        torch.empty((), dtype=torch.int64).random_(generator=generator)
        return torch.randperm(len(self.splits.train), generator=generator)

    def bare_loop(self, task: Task, seed: int) -> tuple[float, nn.Module]:
        """The same batches, losses and counts, and nothing else."""
        model = task.model()
        optimizer = adam(model)
        images, labels = self.splits.train.images, self.splits.train.labels
        order = self.order(seed)
        start = time.perf_counter()
        loss_sum, correct = torch.zeros(()), torch.zeros((), dtype=torch.int64)
        for index in order.split(task.batch_size):
            X, y = images.index_select(0, index), labels.index_select(0, index)
            logits = model(X)
            loss = F.cross_entropy(logits, y)
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
            loss_sum += loss.detach() * len(y)
            correct += (logits.argmax(dim=1) == y).sum()
        loss_sum.item(), correct.item()
        return time.perf_counter() - start, model

    def fit(self, task: Task, seed: int) -> tuple[float, nn.Module]:
        """training.fit on the course's loader."""
        model = task.model()
        optimizer = adam(model)
        loader = data.loaders(self.splits, task.batch_size, seed).train
        start = time.perf_counter()
        training.fit(model, loader, epochs=1, optimizer=optimizer, progress=False)
        return time.perf_counter() - start, model

    def fit_on_usual_loader(self, task: Task, seed: int) -> tuple[float, nn.Module]:
        """training.fit on torchvision's MNIST with ToTensor, image by image."""
        model = task.model()
        loader = DataLoader(self.published, task.batch_size, shuffle=True)
        start = time.perf_counter()
        training.fit(model, loader, epochs=1, optimizer=adam(model), progress=False)
        return time.perf_counter() - start, model

    def published_loop(self, task: Task, seed: int) -> tuple[float, nn.Module]:
        """The loop of most tutorials: ToTensor image by image, .item() per batch."""
        model = task.model()
        optimizer = torch.optim.Adam(model.parameters(), lr=1e-3)
        loader = DataLoader(self.published, task.batch_size, shuffle=True)
        start = time.perf_counter()
        loss_sum = correct = 0
        for X, y in loader:
            optimizer.zero_grad()
            logits = model(X)
            loss = F.cross_entropy(logits, y)
            loss.backward()
            optimizer.step()
            loss_sum += loss.item() * len(y)
            correct += (logits.argmax(dim=1) == y).sum().item()
        return time.perf_counter() - start, model

    def scikit_learn(self, task: Task, seed: int) -> tuple[float, None]:
        """MLPClassifier."""
        from sklearn.neural_network import MLPClassifier

        model = MLPClassifier(
            (task.hidden,), batch_size=task.batch_size, max_iter=1, random_state=seed
        )
        X, y = self.splits.train.images.flatten(1).numpy(), self.splits.train.labels
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # it has not converged: one epoch
            start = time.perf_counter()
            model.fit(X, y.numpy())
        return time.perf_counter() - start, None

    def keras(self, task: Task, seed: int) -> tuple[float, None]:
        """Keras on the PyTorch backend."""
        import keras

        model = keras.Sequential(
            [
                keras.Input((784,)),
                keras.layers.Dense(task.hidden, activation="relu"),
                keras.layers.Dense(10),
            ]
        )
        loss = keras.losses.SparseCategoricalCrossentropy(from_logits=True)
        model.compile("adam", loss, metrics=["accuracy"])
        X = self.splits.train.images.flatten(1).numpy()
        y = self.splits.train.labels.numpy()
        # The first step builds the functions; it is no part of an epoch.
        model.train_on_batch(X[: task.batch_size], y[: task.batch_size])
        start = time.perf_counter()
        model.fit(X, y, batch_size=task.batch_size, epochs=1, verbose=0)
        return time.perf_counter() - start, None

    def skorch(self, task: Task, seed: int) -> tuple[float, None]:
        """skorch's NeuralNetClassifier."""
        from skorch import NeuralNetClassifier

        net = NeuralNetClassifier(
            task.model(), nn.CrossEntropyLoss, optimizer=torch.optim.Adam, lr=1e-3,
            max_epochs=1, batch_size=task.batch_size, train_split=None, verbose=0,
            iterator_train__shuffle=True,
        ).initialize()  # fmt: skip
        X, y = self.splits.train.images, self.splits.train.labels
        start = time.perf_counter()
        net.partial_fit(X, y)
        return time.perf_counter() - start, None

    def lightning(self, task: Task, seed: int) -> tuple[float, None]:
        """Lightning's Trainer, without logger, bar and checkpoint."""
        import lightning as L

        class Module(L.LightningModule):
            def __init__(self) -> None:
                super().__init__()
                self.model = task.model()

            def training_step(self, batch, index):
                return F.cross_entropy(self.model(batch[0]), batch[1])

            def configure_optimizers(self):
                return torch.optim.Adam(self.parameters(), lr=1e-3)

        trainer = L.Trainer(
            max_epochs=1, accelerator="cpu", logger=False, barebones=True
        )
        module = Module()
        loader = data.loaders(self.splits, task.batch_size, seed).train
        start = time.perf_counter()
        trainer.fit(module, loader)
        return time.perf_counter() - start, None


NAMES: dict[str, Callable] = {
    "bare loop": Contenders.bare_loop,
    "fit": Contenders.fit,
    "scikit-learn": Contenders.scikit_learn,
    "Keras": Contenders.keras,
    "skorch": Contenders.skorch,
    "Lightning": Contenders.lightning,
    "fit, ToTensor": Contenders.fit_on_usual_loader,
    "published loop": Contenders.published_loop,
}
OPTIONAL = {"Keras": "keras", "skorch": "skorch", "Lightning": "lightning"}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--rounds", type=int, default=7)
    parser.add_argument("--threads", type=int, default=torch.get_num_threads())
    parser.add_argument("--images", type=int, default=60_000)
    parser.add_argument(
        "--quick", action="store_true", help="compare fit and the bare loop alone"
    )
    options = parser.parse_args()
    names = [n for n in NAMES if find_spec(OPTIONAL.get(n, "torch"))]
    absent = [name for name in NAMES if name not in names]
    if options.quick:
        names = names[:2]
    torch.set_num_threads(options.threads)
    print(
        f"One epoch of {options.images:,} images, {options.threads} threads, PyTorch "
        f"{torch.__version__}. Not installed: {', '.join(absent) or 'none'}."
    )
    with tempfile.TemporaryDirectory() as folder:
        write_idx_files(Path(folder))
        contenders = Contenders(Path(folder), options.images)
        for task in TASKS:
            report(task, race(contenders, task, names, options.rounds))


def race(
    contenders: Contenders, task: Task, names: list[str], rounds: int
) -> dict[str, list[float]]:
    """Seconds of each contender, round by round."""
    warm_up(contenders, task)
    seconds: dict[str, list[float]] = {name: [] for name in names}
    turns = [
        (turn, name)
        for turn in range(rounds)
        for name in names
        if turn < SLOW_ROUNDS or name in ("bare loop", "fit")
    ]
    with Progress(len(turns), str(task)) as bar:
        for turn, name in turns:
            taken, _ = NAMES[name](contenders, task, seed=turn)
            seconds[name].append(taken)
            bar.advance(note=name)
    return seconds


def warm_up(contenders: Contenders, task: Task) -> None:
    """Run both loops once, and make sure that they compute the same."""
    _, expected = contenders.bare_loop(task, seed=0)
    _, got = contenders.fit(task, seed=0)
    pairs = zip(expected.parameters(), got.parameters(), strict=True)
    if not all(torch.equal(a, b) for a, b in pairs):
        raise SystemExit("fit and the bare loop end with different weights.")


def report(task: Task, seconds: dict[str, list[float]]) -> None:
    print(f"\n{task}\n{'':16}{'seconds':>9}{'ratio':>8}   lowest and highest ratio")
    for name, times in seconds.items():
        # Each round by itself; those who ran less often meet the first rounds.
        ratios = [a / b for a, b in zip(times, seconds["bare loop"], strict=False)]
        print(
            f"{name:16}{statistics.median(times):9.2f}"
            f"{statistics.median(ratios):8.2f}   {min(ratios):.2f} to {max(ratios):.2f}"
        )


def write_idx_files(folder: Path) -> None:
    """The built-in files where torchvision looks for them."""
    raw = folder / "MNIST" / "raw"
    raw.mkdir(parents=True)
    for name in MNIST_MD5:
        content = lzma.decompress((MNIST_FOLDER / f"{name}.xz").read_bytes())
        (raw / name).write_bytes(content)


if __name__ == "__main__":
    main()

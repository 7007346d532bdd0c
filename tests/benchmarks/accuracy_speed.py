"""How long until a network is right about 97 % of the digits, or 55 % of the photos?

    python tests/benchmarks/accuracy_speed.py

Published recipes with the loop they are published with, and those of lessons 3 and 10
on the same network. After each epoch the accuracy on the validation images is taken;
the published recipes' clock stands still meanwhile, `fit`'s runs on. CIFAR-10 takes
part where it is on disk.
"""

import itertools
import time
from collections.abc import Callable
from dataclasses import dataclass

import torch
from contenders import Decoded
from torch import Tensor, nn
from torch.nn import functional as F
from torch.utils.data import DataLoader

from course_utils import data, training
from course_utils.progress import Progress

TARGETS = {"mnist": (0.97, 0.98), "cifar10": (0.55,)}
# Seconds so far and accuracy on the validation images, after each epoch.
Curve = list[tuple[float, float]]


@dataclass(frozen=True)
class Recipe:
    """A way to train a network on a data set.

    Attributes:
        name: who trains what.
        data: "mnist" or "cifar10".
        run: trains on the Splits, and returns the Curve.
    """

    name: str
    data: str
    run: Callable[[data.Splits], Curve]


def mlp(*sizes: int, dropout: float = 0.0) -> nn.Module:
    """Layers of these sizes, ReLU and dropout between them."""
    torch.manual_seed(0)
    layers: list[nn.Module] = [nn.Flatten()]
    for p, h in itertools.pairwise(sizes):
        layers += [nn.Linear(p, h), nn.ReLU(), nn.Dropout(dropout)]
    return nn.Sequential(*layers[:-2])


def published(
    model: nn.Module,
    optimizer: torch.optim.Optimizer,
    splits: data.Splits,
    batch_size: int,
    epochs: int,
) -> Curve:
    """The loop of most tutorials: ToTensor image by image, .item() per batch."""
    images = splits.train.images
    pixels = (images * 255).round().byte()
    pixels = pixels[:, 0] if images.shape[1] == 1 else pixels.movedim(1, -1)
    decoded = Decoded(pixels.contiguous().numpy(), splits.train.labels)
    loader = DataLoader(decoded, batch_size, shuffle=True)
    highest = TARGETS[splits.name][-1]
    curve, seconds = [], 0.0
    with Progress(epochs * len(loader), "published loop") as bar:
        for _ in range(epochs):
            start = time.perf_counter()
            loss_sum = 0
            for X, y in loader:
                optimizer.zero_grad()
                loss = F.cross_entropy(model(X), y)
                loss.backward()
                optimizer.step()
                loss_sum += loss.item() * len(y)
                bar.advance()
            seconds += time.perf_counter() - start
            curve.append((seconds, training.evaluate(model, splits.valid).accuracy))
            if curve[-1][1] >= highest:
                break
    return curve


def one_cycle(
    model: nn.Module,
    loaders: data.Loaders,
    epochs: int,
    lr: float,
    weight_decay: float = 0.01,
) -> Curve:
    """AdamW with a one-cycle schedule, as lessons 3 and 10 train."""
    optimizer = torch.optim.AdamW(
        model.parameters(), lr=lr, weight_decay=weight_decay, fused=True
    )
    scheduler = torch.optim.lr_scheduler.OneCycleLR(
        optimizer, lr, total_steps=epochs * len(loaders.train)
    )
    history = training.fit(
        model, loaders.train, loaders.valid, epochs=epochs,
        optimizer=optimizer, scheduler=scheduler, scheduler_step="batch",
    )  # fmt: skip
    seconds = itertools.accumulate(history["seconds"])
    return list(zip(seconds, history["valid_accuracy"], strict=True))


def shift(images: Tensor) -> Tensor:
    """Lesson 3's: move all images (n, 1, 28, 28) of a batch by up to one pixel."""
    rows, columns = torch.randint(-1, 2, (2,)).tolist()
    return images.roll((rows, columns), dims=(2, 3))


DEEP = (784, 512, 256, 128, 64, 10)
COLOR = (3072, 512, 256, 128, 64, 10)


def published_mnist(splits: data.Splits) -> Curve:
    model = mlp(*DEEP)
    optimizer = torch.optim.SGD(model.parameters(), lr=0.01, momentum=0.5)
    return published(model, optimizer, splits, batch_size=64, epochs=10)


def lesson_3(splits: data.Splits) -> Curve:
    training.seed_everything(0)
    loaders = data.loaders(splits, batch_size=256, seed=0, augment=shift)
    return one_cycle(mlp(*DEEP, dropout=0.1), loaders, epochs=8, lr=2e-3)


def published_cifar(splits: data.Splits) -> Curve:
    model = mlp(*COLOR)
    optimizer = torch.optim.Adam(model.parameters())
    return published(model, optimizer, splits, batch_size=128, epochs=20)


def lesson_8(splits: data.Splits) -> Curve:
    loaders = data.loaders(data.normalize(splits), batch_size=128, seed=0)
    return one_cycle(mlp(*COLOR), loaders, epochs=8, lr=1e-3, weight_decay=0.05)


RECIPES = (
    Recipe("published: 784-512-256-128-64-10, SGD", "mnist", published_mnist),
    Recipe("lesson 3: the same network", "mnist", lesson_3),
    Recipe("published: 3072-512-256-128-64-10, Adam", "cifar10", published_cifar),
    Recipe("lesson 10: the same network", "cifar10", lesson_8),
)


def reached(curve: Curve, target: float) -> float | None:
    """Seconds until the accuracy was `target` for the first time; None if never."""
    return next((seconds for seconds, accuracy in curve if accuracy >= target), None)


def as_row(recipe: Recipe, curve: Curve) -> str:
    """A line of a Markdown table."""
    times = []
    for target in TARGETS[recipe.data]:
        seconds = reached(curve, target)
        text = (
            f"not within {len(curve)} epochs" if seconds is None else f"{seconds:.1f} s"
        )
        times.append(f"{target:.0%}: {text}")
    best = max(accuracy for _, accuracy in curve)
    return f"| {recipe.name} | {', '.join(times)} | {best:.2%} |"


def measure() -> dict[Recipe, Curve]:
    """Train every recipe whose data is there."""
    curves = {}
    for name, recipes in itertools.groupby(RECIPES, lambda recipe: recipe.data):
        try:
            splits = data.load(name)
        except data.DataError:
            print(f"{name} is not on disk: its recipes are left out.")
            continue
        for recipe in recipes:
            print(recipe.name)
            curves[recipe] = recipe.run(splits)
    return curves


def as_text(curves: dict[Recipe, Curve]) -> str:
    """A Markdown table."""
    lines = ["| recipe | time to accuracy | highest |", "| --- | --- | --- |"]
    return "\n".join(lines + [as_row(*item) for item in curves.items()])


if __name__ == "__main__":
    print(as_text(measure()))

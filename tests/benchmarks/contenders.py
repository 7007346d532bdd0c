"""One contender of the race in fit_speed.py, in a process of its own.

Each contender trains the same network for one epoch on the same images, with Adam at
its usual rate, from the same weights, and is timed without the preparation. Where a
library lets its users choose, it gets the faster part: the course's loader, and Adam
in one fused operation.

The process answers every line of stdin, a seed, with a line of JSON on stdout.
"""

from __future__ import annotations

import io
import itertools
import json
import os
import sys
import time
import warnings
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache, partial
from pathlib import Path

os.environ.setdefault("KERAS_BACKEND", "torch")
os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")

import numpy as np
import torch
from PIL import Image
from torch import Tensor, nn
from torch.nn import functional as F
from torch.utils.data import DataLoader, Dataset, TensorDataset
from torchvision import datasets, transforms

from course_utils import data, training

LR = 1e-3
WARM_UP = 2000  # images that are trained on before anything is timed
JUDGED = 10_000  # images whose loss, after the epoch, is compared


@dataclass(frozen=True)
class Net:
    """A network with ReLU between its layers, and the size of its batches."""

    sizes: tuple[int, ...]
    batch_size: int

    def __str__(self) -> str:
        return f"{'-'.join(map(str, self.sizes))}, batch {self.batch_size}"

    def model(self) -> nn.Module:
        """The network, with the same weights every time."""
        torch.manual_seed(0)
        layers: list[nn.Module] = [nn.Flatten()]
        for p, h in itertools.pairwise(self.sizes):
            layers += [nn.Linear(p, h), nn.ReLU()]
        return nn.Sequential(*layers[:-1])

    def first_weights(self) -> list[list[np.ndarray]]:
        """The same for libraries that multiply from the left: W (p, h) and b (h,)."""
        return [
            [layer.weight.detach().numpy().T, layer.bias.detach().numpy()]
            for layer in self.model()
            if isinstance(layer, nn.Linear)
        ]


class Decoded(datasets.MNIST):
    """torchvision's MNIST with ToTensor, or its CIFAR10 where there are colors."""

    def __init__(self, pixels: np.ndarray, labels: Tensor):
        self.gray = pixels.ndim == 3
        self.data = torch.from_numpy(pixels) if self.gray else pixels
        self.targets = labels if self.gray else labels.tolist()
        self.transform, self.target_transform = transforms.ToTensor(), None

    def __getitem__(self, index: int) -> tuple[Tensor, int]:
        if self.gray:
            return super().__getitem__(index)
        # CIFAR10 has no tensors to take the image and its label from.
        return self.transform(Image.fromarray(self.data[index])), self.targets[index]


@dataclass(frozen=True)
class Task:
    """A network and what it is trained on.

    Attributes:
        net: the network.
        images: float32 (n, c, h, w) in [0, 1].
        labels: int64 (n,).
        pixels: the same images as bytes, (n, h, w) or (n, h, w, c).
    """

    net: Net
    images: Tensor
    labels: Tensor
    pixels: np.ndarray

    @classmethod
    def read(cls, net: Net, folder: Path) -> Task:
        """The arrays that fit_speed.py has written; all processes share the memory."""
        part = "gray" if net.sizes[0] == 784 else "color"
        images, labels, pixels = (
            np.load(folder / f"{part}-{kind}.npy", mmap_mode="c")
            for kind in ("images", "labels", "pixels")
        )
        return cls(net, torch.from_numpy(images), torch.from_numpy(labels), pixels)

    def first(self, count: int) -> Task:
        """The same with fewer images."""
        return Task(
            self.net, self.images[:count], self.labels[:count], self.pixels[:count]
        )

    def loader(self, seed: int) -> DataLoader:
        """The course's training loader."""
        train = data.ImageSet(self.images, self.labels)
        few = data.ImageSet(self.images[:1], self.labels[:1])
        splits = data.Splits(train, few, few, tuple("0123456789"), "benchmark")
        return data.loaders(splits, self.net.batch_size, seed).train


# What a contender returns: seconds, and the trained network as a function from
# images (m, c, h, w) to logits (m, 10).
Outcome = tuple[float, Callable[[Tensor], Tensor]]


class Screen(io.StringIO):
    """A terminal that a progress bar is drawn on."""

    def isatty(self) -> bool:
        return True


def fused_adam(model: nn.Module) -> torch.optim.Optimizer:
    return torch.optim.Adam(model.parameters(), lr=LR, fused=True)


def published_loop(task: Task, seed: int) -> Outcome:
    """The loop of most tutorials: ToTensor image by image, .item() per batch."""
    model = task.net.model()
    optimizer = torch.optim.Adam(model.parameters(), lr=LR)
    return usual_loop(task, Decoded(task.pixels, task.labels), model, optimizer)


def tensor_dataset(task: Task, seed: int) -> Outcome:
    """The same loop on tensors in memory: TensorDataset and DataLoader."""
    model = task.net.model()
    images = TensorDataset(task.images, task.labels)
    return usual_loop(task, images, model, fused_adam(model))


def usual_loop(
    task: Task, images: Dataset, model: nn.Module, optimizer: torch.optim.Optimizer
) -> Outcome:
    """Batches from a plain DataLoader; loss and accuracy summed with .item()."""
    loader = DataLoader(images, task.net.batch_size, shuffle=True)
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


def bare_loop(task: Task, seed: int) -> Outcome:
    """The batches, losses and counts of `fit`, and nothing else."""
    model = task.net.model()
    optimizer = fused_adam(model)
    images, labels = task.images, task.labels
    # The order in which a DataLoader with this seed draws the images.
    generator = torch.Generator().manual_seed(seed)
    torch.empty((), dtype=torch.int64).random_(generator=generator)
    order = torch.randperm(len(images), generator=generator)
    start = time.perf_counter()
    loss_sum, correct = torch.zeros(()), torch.zeros((), dtype=torch.int64)
    for index in order.split(task.net.batch_size):
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


def fit(task: Task, seed: int) -> Outcome:
    """training.fit on the course's loader, with its progress bar."""
    model = task.net.model()
    optimizer, loader = fused_adam(model), task.loader(seed)
    stdout, sys.stdout = sys.stdout, Screen()
    start = time.perf_counter()
    training.fit(model, loader, epochs=1, optimizer=optimizer)
    seconds = time.perf_counter() - start
    sys.stdout = stdout
    return seconds, model


def lightning(task: Task, seed: int) -> Outcome:
    """Lightning's Trainer on the course's loader, without logger, bar, checkpoint."""
    import lightning as L

    class Module(L.LightningModule):
        def __init__(self) -> None:
            super().__init__()
            self.model = task.net.model()

        def training_step(self, batch, index):
            return F.cross_entropy(self.model(batch[0]), batch[1])

        def configure_optimizers(self):
            return fused_adam(self)

    trainer = L.Trainer(max_epochs=1, accelerator="cpu", logger=False, barebones=True)
    module, loader = Module(), task.loader(seed)
    start = time.perf_counter()
    trainer.fit(module, loader)
    return time.perf_counter() - start, module.model


def skorch(task: Task, seed: int) -> Outcome:
    """skorch's NeuralNetClassifier."""
    from skorch import NeuralNetClassifier

    net = NeuralNetClassifier(
        task.net.model(), criterion=nn.CrossEntropyLoss, lr=LR, max_epochs=1,
        optimizer=torch.optim.Adam, optimizer__fused=True, batch_size=task.net.batch_size,
        train_split=None, verbose=0, iterator_train__shuffle=True,
    ).initialize()  # fmt: skip
    start = time.perf_counter()
    net.partial_fit(task.images, task.labels)
    return time.perf_counter() - start, net.module_


def fastai(task: Task, seed: int) -> Outcome:
    """fastai's Learner on the course's loader, without bar and log."""
    from fastai.data.core import DataLoaders
    from fastai.learner import Learner
    from fastai.optimizer import OptimWrapper

    optimizer = partial(OptimWrapper, opt=torch.optim.Adam, fused=True)
    loader, one = task.loader(seed), task.first(1).loader(seed)
    learner = Learner(
        DataLoaders(loader, one),
        task.net.model(),
        loss_func=F.cross_entropy,
        opt_func=optimizer,
    )
    with learner.no_logging():
        start = time.perf_counter()
        learner.fit(1, lr=LR)
        return time.perf_counter() - start, learner.model


def keras(task: Task, seed: int) -> Outcome:
    """Keras on the PyTorch backend."""
    import keras

    keras.utils.set_random_seed(seed)  # the order of the images
    *hidden, classes = task.net.sizes[1:]
    model = keras.Sequential(
        [keras.Input((task.net.sizes[0],))]
        + [keras.layers.Dense(size, activation="relu") for size in hidden]
        + [keras.layers.Dense(classes)]
    )
    for layer, weights in zip(model.layers, task.net.first_weights(), strict=True):
        layer.set_weights(weights)
    loss = keras.losses.SparseCategoricalCrossentropy(from_logits=True)
    optimizer = keras.optimizers.Adam(LR, epsilon=1e-8)
    model.compile(optimizer, loss, metrics=["accuracy"])
    X, y = task.images.flatten(1).numpy(), task.labels.numpy()
    start = time.perf_counter()
    model.fit(X, y, batch_size=task.net.batch_size, epochs=1, verbose=0)
    seconds = time.perf_counter() - start
    return seconds, lambda images: model(images.flatten(1)).cpu()


def scikit_learn(task: Task, seed: int) -> Outcome:
    """MLPClassifier."""
    from sklearn.neural_network import MLPClassifier

    model = MLPClassifier(
        task.net.sizes[1:-1], batch_size=task.net.batch_size, learning_rate_init=LR,
        alpha=0, max_iter=1, random_state=seed, warm_start=True,
    )  # fmt: skip
    X, y = task.images.flatten(1).numpy(), task.labels.numpy()
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # it has not converged: one epoch
        # It makes its weights when it is first fitted, and a warm start keeps them.
        model.fit(X[:WARM_UP], y[:WARM_UP])
        for number, (weight, bias) in enumerate(task.net.first_weights()):
            model.coefs_[number][:], model.intercepts_[number][:] = weight, bias
        start = time.perf_counter()
        model.fit(X, y)
        seconds = time.perf_counter() - start
    # Its probabilities are the softmax of its logits; so their logarithms are logits.
    return seconds, lambda images: torch.from_numpy(
        model.predict_log_proba(images.flatten(1).numpy())
    )


@cache
def compiled_epoch(sizes: tuple[int, ...], batch_size: int, n: int) -> Callable:
    """An epoch over `n` images as one program: scan over the batches, then the rest."""
    import jax
    import optax
    from jax import numpy as jnp

    adam = optax.adam(LR)

    def logits(weights, X):
        for W, b in weights[:-1]:
            X = jax.nn.relu(X @ W + b)
        W, b = weights[-1]
        return X @ W + b

    def loss(weights, X, y):
        found = logits(weights, X)
        losses = optax.softmax_cross_entropy_with_integer_labels(found, y)
        return losses.mean(), (found.argmax(axis=1) == y).sum()

    def step(state, index):
        (weights, moments), (images, labels) = state
        X, y = images[index], labels[index]
        found, gradients = jax.value_and_grad(loss, has_aux=True)(weights, X, y)
        updates, moments = adam.update(gradients, moments, weights)
        return ((optax.apply_updates(weights, updates), moments), state[1]), found

    def epoch(weights, images, labels, order):
        state = ((weights, adam.init(weights)), (images, labels))
        whole = len(order) // batch_size * batch_size
        state, found = jax.lax.scan(step, state, order[:whole].reshape(-1, batch_size))
        if whole < len(order):
            state, _ = step(state, order[whole:])
        return state[0][0], found

    layers = [(jnp.zeros((p, h)), jnp.zeros(h)) for p, h in itertools.pairwise(sizes)]
    shapes = jnp.zeros((n, sizes[0])), jnp.zeros(n, int), jnp.zeros(n, int)
    return jax.jit(epoch).lower(layers, *shapes).compile(), jax.jit(logits)


def jax_compiled(task: Task, seed: int) -> Outcome:
    """JAX with Optax, the whole epoch compiled beforehand: no step waits for Python."""
    import jax
    from jax import numpy as jnp

    net, n = task.net, len(task.labels)
    epoch, logits = compiled_epoch(net.sizes, net.batch_size, n)
    weights = [tuple(map(jnp.asarray, layer)) for layer in net.first_weights()]
    images = jnp.asarray(task.images.flatten(1).numpy())
    labels = jnp.asarray(task.labels.numpy())
    start = time.perf_counter()
    order = jnp.asarray(np.random.default_rng(seed).permutation(n))
    weights, _ = jax.block_until_ready(epoch(weights, images, labels, order))
    seconds = time.perf_counter() - start
    return seconds, lambda images: torch.from_numpy(
        np.array(logits(weights, jnp.asarray(images.flatten(1).numpy())))
    )


CONTENDERS: dict[str, Callable[[Task, int], Outcome]] = {
    "bare loop": bare_loop,
    "training.fit": fit,
    "JAX, compiled": jax_compiled,
    "scikit-learn": scikit_learn,
    "TensorDataset": tensor_dataset,
    "Lightning": lightning,
    "skorch": skorch,
    "fastai": fastai,
    "Keras": keras,
    "published loop": published_loop,
}


def answer(name: str, net: Net, folder: Path) -> None:
    """Train once for every seed on stdin, and say how it went."""
    channel = os.fdopen(os.dup(1), "w", buffering=1)
    os.dup2(2, 1)  # what the libraries print is not for the race
    run, task = CONTENDERS[name], Task.read(net, folder)
    run(task.first(WARM_UP), 0)
    print("ready", file=channel)
    judged = task.first(JUDGED)
    for line in sys.stdin:
        seconds, predict = run(task, int(line))
        with torch.no_grad():
            loss = F.cross_entropy(predict(judged.images), judged.labels).item()
        print(json.dumps({"seconds": seconds, "loss": loss}), file=channel)


if __name__ == "__main__":
    name, sizes, batch_size, folder, threads = sys.argv[1:]
    torch.set_num_threads(int(threads))
    net = Net(tuple(map(int, sizes.split("-"))), int(batch_size))
    answer(name, net, Path(folder))

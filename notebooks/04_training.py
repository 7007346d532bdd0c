# ---
# jupyter:
#   course:
#     peak_mb: 1401
#     python: 3.11.7
#     seconds: 113.6
#     torch: 2.14.1
# ---

# %% [markdown]
# [![Open in Colab](https://colab.research.google.com/assets/colab-badge.svg)](https://colab.research.google.com/github/neural-notebooks/course/blob/clean/notebooks/04_training.ipynb)

# %% [markdown]
# # 4. Training a network
#
# **The question of this lesson:** how do you train a network well, and how do
# you know that the numbers you report about it are true?
#
# A tutorial trains a network 784-512-512-10 on MNIST for 50 epochs. It
# reports 97.64 %, so 236 of the 10,000 test images are read wrong. Trained as
# in this lesson, the same layers miss fewer than 170 of them, after six
# epochs. No layer is added. At the end you will know which of the changes in
# between gain most and which are a tie. On the way stand seven lines of
# published training code. All seven run without an error message. Behind each
# there is a wrong number, a lost result or a danger, and you will find it
# before it is explained.
#
# After this lesson you can
#
# - write a network in three spellings, with the shape of every tensor;
# - write the five steps of a training loop, on a CPU or a GPU, and read its
#   curves;
# - keep the best weights, save them, and continue a training that was
#   stopped;
# - find out which ingredient of a recipe helps, and which is a tie;
# - recognize seven mistakes in training code.
#
# **You need:** [lesson 3](03_mlp.ipynb) (hidden layers, ReLU). **Time:**
# about 120 minutes; all cells together run in about two minutes.

# %% [markdown] tags=["author", "course-setup"]
# In Colab, run this cell first; elsewhere it does nothing.

# %% jupyter={"source_hidden": true} tags=["author", "course-setup"]
import os
import subprocess
import sys
from importlib.util import find_spec

if "google.colab" in sys.modules and not find_spec("course_utils"):
    home = "git+https://github.com/neural-notebooks/course"
    source = os.environ.get("COURSE_SOURCE", home)
    pip = [sys.executable, "-m", "pip", "install", "--quiet", source]
    if subprocess.run(pip).returncode:
        remedy = "Check the network, then run this cell again."
        raise RuntimeError(f"{source} could not be installed. {remedy}")

# %% jupyter={"source_hidden": true}
import copy
import dataclasses
import itertools
import math
import os
import pickle
import tempfile
import time
import warnings
from pathlib import Path

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
import torch
from matplotlib.patches import Rectangle
from matplotlib.ticker import NullFormatter, ScalarFormatter
from sklearn.neural_network import MLPClassifier
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler
from torch import nn
from torch.nn import functional as F
from torch.utils.data import DataLoader, SubsetRandomSampler

from course_utils import checks, data, plotting, progress, training, widgets
from course_utils.uncertainty import (
    accuracy_interval,
    difference_interval,
    mean_interval,
)

plotting.use_style()
training.seed_everything(0)

# %% [markdown]
# ## The forward pass, with every shape
#
# To compute the output of a network from its input is called the
# [**forward pass**](glossary.md#forward-pass). Here it is for a batch of 128
# images and the network 784-64-10, written with nothing but **tensors**. The
# images are loaded, normalized and put into batches as in lesson 1, where
# each of these helpers was built.

# %% tags=["nbval-check-output"]
splits = data.normalize(data.load("mnist", valid_fraction=0.1, seed=0))
loaders = data.loaders(splits, batch_size=128, seed=0)
images, labels = next(iter(loaders.train))

generator = torch.Generator().manual_seed(0)
W1 = torch.randn(784, 64, generator=generator) / math.sqrt(784)
W2 = torch.randn(64, 10, generator=generator) / math.sqrt(64)
b1, b2 = torch.zeros(64), torch.zeros(10)

X = images.flatten(1)
H = torch.relu(X @ W1 + b1)
Z = H @ W2 + b2
loss = F.cross_entropy(Z, labels)
names = ["images", "X", "W1", "b1", "H", "W2", "b2", "Z", "loss"]
tensors = (images, X, W1, b1, H, W2, b2, Z, loss)
for name, value in zip(names, tensors, strict=True):
    print(f"{name:6}", tuple(value.shape))
parameters = [W1, b1, W2, b2]
print(f"parameters: {sum(value.numel() for value in parameters):,}")

# %% [markdown]
# The same as a picture, with sides in proportion to the square roots of the
# lengths:

# %% jupyter={"source_hidden": true} course={"alt": "Rectangles in a row, with their shapes: X, 128 by 784, times W1, 784 by 64, plus b1, 64, then ReLU, gives H, 128 by 64; times W2, 64 by 10, plus b2, 10, gives Z, 128 by 10."}
fig, ax = plt.subplots(figsize=(plotting.WIDTH, 2.9))
row = [
    ("X", 128, 784, "×"), ("W_1", 784, 64, "+"), ("b_1", 1, 64, "ReLU\n→"),
    ("H", 128, 64, "×"), ("W_2", 64, 10, "+"), ("b_2", 1, 10, "→"),
    ("Z", 128, 10, ""),
]
x = 0.0
looks = {True: (plotting.ORANGE, "//"), False: (plotting.LIGHT, None)}
for name, height, width, sign in row:
    high, wide = math.sqrt(height), math.sqrt(width)
    color, hatch = looks[name[0] in "Wb"]
    box = Rectangle((x, -high / 2), wide, high, fc=color, hatch=hatch)
    box.set(ec=plotting.GREY)
    ax.add_patch(box)
    shape = f"{height} × {width}" if height > 1 else f"{width}"
    at = {"x": x + wide / 2, "ha": "center"}
    ax.text(**at, y=high / 2 + 0.6, s=f"${name}$", va="bottom")
    ax.text(**at, y=-high / 2 - 0.8, s=shape, va="top", fontsize=9)
    ax.text(x + wide + 3.4, 0, sign, ha="center", va="center", fontsize=11)
    x += wide + 6.8
ax.set(xlim=(-1, x - 5), ylim=(-18.5, 18), aspect="equal")
ax.set_axis_off()

# %% [markdown]
# Hatched is what training changes, the [parameters](glossary.md#parameter);
# gray are a batch and what is computed from it. The inner lengths of each
# product must be equal: 784 meets 784, 64 meets 64. The bias is one row,
# added to each of the 128 rows. Since every unit has a weight for every
# input, such a layer is called
# [**fully connected**](glossary.md#fully-connected). Of the 50,890 parameters
# $784 \cdot 64 + 64 = 50{,}240$ sit in the first layer, because an image has
# so many pixels.

# %% [markdown]
# ## One network, three spellings
#
# PyTorch has two more spellings. **`nn.Sequential`** is a list of layers.
# **`nn.Module`** is a class whose `forward` may contain any Python: use it
# where data doesn't run straight through. Assigning a layer to `self`
# registers its parameters, and `model(X)` calls `forward`.

# %%
sequential = nn.Sequential(
    nn.Flatten(), nn.Linear(784, 64), nn.ReLU(), nn.Linear(64, 10)
)


class MLP(nn.Module):
    """Flatten, linear, ReLU, linear."""

    def __init__(self, num_hiddens=64):
        super().__init__()
        self.hidden = nn.Linear(784, num_hiddens)
        self.output = nn.Linear(num_hiddens, 10)

    def forward(self, images):
        H = torch.relu(self.hidden(images.flatten(1)))
        return self.output(H)


# %% [markdown]
# Equal parameters must give equal results. So we copy ours into both. As
# `nn.Linear` stores its weights transposed, `.t()` turns them.


# %%
@torch.no_grad()
def copy_into(model, parameters):
    """Give a model these weights (p, h) and biases (h,), in its order."""
    for own, given in zip(model.parameters(), parameters, strict=True):
        own.copy_(given.t())
    return model


module = MLP()
for name, model in {"Sequential": sequential, "Module": module}.items():
    apart = (copy_into(model, parameters)(images) - Z).abs().max()
    print(f"nn.{name}: logits differ by at most {apart:.0e}")

# %% jupyter={"outputs_hidden": true, "source_hidden": true} tags=["author"]
for network in (sequential, module):
    checks.expect_close(network(images), Z, "logits", atol=1e-5)
    checks.expect(
        sum(v.numel() for v in network.parameters()) == 50_890,
        "expected 50,890 parameters",
    )

# %% [markdown]
# One network, three spellings; what differs is rounding. The same test works
# across libraries. scikit-learn's `MLPClassifier` trains itself, and a
# tutorial reports 97.49 % for its 784-100-10 after ten passes over the
# images. We train it and carry its weights over into PyTorch. (Its warning
# that ten passes are few is silenced; lesson 2 was about that.)

# %%
X_np = splits.train.images.flatten(1).numpy()
y_np = splits.train.labels.numpy()
classifier = MLPClassifier((100,), max_iter=10, random_state=0)
start = time.perf_counter()
with warnings.catch_warnings(action="ignore"):
    classifier.fit(X_np, y_np)
classifier_seconds = time.perf_counter() - start

(V1, V2), (a1, a2) = classifier.coefs_, classifier.intercepts_
carried = nn.Sequential(
    nn.Flatten(), nn.Linear(784, 100), nn.ReLU(), nn.Linear(100, 10)
)
copy_into(carried, map(torch.from_numpy, (V1, a1, V2, a2)))
ours = training.evaluate(carried, loaders.valid).predictions.numpy()
theirs = classifier.predict(splits.valid.images.flatten(1).numpy())
print(f"same answer for {(ours == theirs).mean():.2%} of 6,000 images")

# %% jupyter={"outputs_hidden": true, "source_hidden": true} tags=["author"]
checks.expect((ours == theirs).mean() > 0.999, "expected the same answers")

# %% [markdown]
# Whoever trained them, these numbers *are* the network.
# [Keras](#Appendix:-Keras,-and-more-of-scikit-learn) gets the same test in
# the appendix. (`training.evaluate` returns what you counted by hand in
# lesson 2: predictions, loss and accuracy.)

# %% [markdown]
# ## The five steps
#
# The usual training loop in PyTorch, for two weights or two billion, repeats
# five steps for each batch. Model and batch must be on the same
# [**device**](glossary.md#device), the CPU or a GPU. `model.to(device)` moves
# a model once; the batches are moved one by one. `data.best_device()` returns
# a GPU if the machine has one.


# %% tags=["slide"]
device = data.best_device()


def train_epoch(model, batches, optimizer):
    """One pass over the batches; returns the mean loss of the images."""
    model.train()
    loss_sum, count = 0.0, 0
    for images, labels in batches:
        images, labels = images.to(device), labels.to(device)
        logits = model(images)  # 1. forward pass
        loss = F.cross_entropy(logits, labels)  # 2. loss
        optimizer.zero_grad()  # 3. clear the old gradients
        loss.backward()  # 4. backward pass: new gradients
        optimizer.step()  # 5. update the weights
        loss_sum += loss.item() * len(labels)
        count += len(labels)
    return loss_sum / count


# %% [markdown]
# Step 3 is needed because `backward` *adds* to the gradients that are there.
# The last lines count as in lesson 2, by images and not by batches. Measuring
# needs steps 1 and 2 only, without gradients:


# %%
@torch.no_grad()
def measure(model, batches):
    """Mean loss and accuracy over all images of the batches."""
    model.eval()
    loss_sum, correct, count = 0.0, 0, 0
    for images, labels in batches:
        images, labels = images.to(device), labels.to(device)
        logits = model(images)
        loss_sum += F.cross_entropy(logits, labels).item() * len(labels)
        correct += (logits.argmax(dim=1) == labels).sum().item()
        count += len(labels)
    return loss_sum / count, correct / count


# %% [markdown]
# `model.train()` and `model.eval()` switch layers that behave differently in
# the two cases; you will meet one soon. Now a real training, of lesson 3's
# small network 784-16-10 (published: 94 %, after 50 seconds). The optimizer
# is Adam, a gradient descent that adapts its steps (lesson 8). Rate and batch
# size are not found by training. Such settings are called
# [**hyperparameters**](glossary.md#hyperparameter), and they are chosen on
# validation images. The table records the training loss and the
# [**validation loss**](glossary.md#validation-loss) of each epoch.

# %%
first_guess = checks.predict(
    ..., "In the first epoch, which of the two losses will be higher?",
    choices=("training", "validation"),
)

# %%
training.seed_everything(0)
small = nn.Sequential(
    nn.Flatten(), nn.Linear(784, 16), nn.ReLU(), nn.Linear(16, 10)
).to(device)
optimizer = torch.optim.Adam(small.parameters(), lr=2e-3)
rows, start = [], time.perf_counter()
for _ in progress.track(range(8), "training"):
    train_loss = train_epoch(small, loaders.train, optimizer)
    rows.append((train_loss, *measure(small, loaders.valid)))
small_seconds = time.perf_counter() - start
curves = pd.DataFrame(
    rows, columns=["training", "validation", "accuracy"], index=range(1, 9)
)
higher = curves[["training", "validation"]].loc[1].idxmax()
first_guess.compare(higher)
curves.round(3).T

# %% [markdown]
# A training ends with its curves (the code is folded; the values are those of
# the table). On a plain axis the first epoch would press all others together,
# so the loss is drawn on a logarithmic one.

# %% jupyter={"source_hidden": true} course={"alt": "Training and validation loss over eight epochs on a logarithmic axis. Training starts higher, falls below validation in the second epoch and goes on falling slowly; validation flattens out."}
fig, ax = plt.subplots(figsize=(plotting.WIDTH, 2.8))
ax.plot(curves["training"], "o--", color=plotting.BLUE, markersize=4)
ax.plot(curves["validation"], "o-", color=plotting.ORANGE, markersize=4)
ax.set(yscale="log", xlabel="epoch", ylabel="mean loss (log axis)")
ax.yaxis.set_major_formatter(ScalarFormatter())
ax.yaxis.set_minor_formatter(NullFormatter())
ax.set_yticks([0.15, 0.2, 0.3, 0.4])
ends = {
    name: (8, curves[name].iloc[-1], ink)
    for name, ink in zip(curves, plotting.INKS, strict=False)
}
del ends["accuracy"]
plotting.direct_labels(ax, ends)

# %% jupyter={"outputs_hidden": true, "source_hidden": true} tags=["author"]
from course_tools.authoring.author_cells import expect_seconds

checks.expect(higher == "training", "expected training to start higher")
checks.expect(
    curves["training"].iloc[-1] < curves["validation"].iloc[-1],
    "expected training to end lower",
)
expect_seconds(small_seconds, at_most=15, name="training")

# %% [markdown]
# The training loss of an epoch is a mean over weights that were still
# changing, from bad ones to better ones. The validation loss is measured
# afterwards, with the weights at the end. So in the first epoch training
# stands higher though nothing is wrong. From the second epoch on the order is
# reversed: the network does better on images that it has been trained on.
# After the sixth epoch the validation loss no longer falls, so more of the
# same would gain little.
#
# You have now built `training.fit`. It runs this loop and returns such a
# table, called a history, which `plotting.show_history` draws. It also does
# what the next two sections are about.

# %% [markdown]
# ## Keep the best weights
#
# What if the validation loss doesn't flatten? Here are 2,000 training images
# and a network 784-256-10. Each call of `start_afresh`, in the folded cell,
# returns the same beginning: a model, Adam at rate 3e-3, and the batches.

# %% jupyter={"source_hidden": true}
labels = splits.train.labels
kept, _ = data.stratified_split(labels, 1 - 2000 / 54000, seed=0)
few = dataclasses.replace(splits, train=splits.train.subset(kept))


def start_afresh():
    """A model, its optimizer and its batches, the same at every call."""
    training.seed_everything(0)
    model = MLP(num_hiddens=256).to(device)
    optimizer = torch.optim.Adam(model.parameters(), lr=3e-3)
    batches = data.loaders(few, batch_size=64, seed=0).train
    return model, optimizer, batches


# %% [markdown]
# We train for 20 epochs and want the weights of the epoch with the lowest
# validation loss.
#
# ### Find the mistake: the best weights
#
# This line is copied widely:
#
# ```python
# if valid_loss < best_loss:
#     best_loss, best = valid_loss, model.state_dict()
# ```
#
# `state_dict()` returns a dictionary with all tensors of the model. After the
# last epoch, someone loads `best` into a new model and measures it.

# %%
best_guess = checks.predict(
    ..., "Which epoch's validation loss will the loaded model have?",
    choices=("the best epoch's", "the last epoch's"),
)

# %% [markdown]
# Beside the published line we keep a deep copy, made by `copy.deepcopy`.

# %%
model, optimizer, batches = start_afresh()
best_loss = math.inf
for epoch in progress.track(range(1, 21), "training"):
    train_epoch(model, batches, optimizer)
    valid_loss, _ = measure(model, loaders.valid)
    if valid_loss < best_loss:
        best_loss, best_epoch = valid_loss, epoch
        published = model.state_dict()
        copied = copy.deepcopy(model.state_dict())
print(f"best epoch, {best_epoch}: validation loss {best_loss:.4f}")
print(f"last epoch, 20: validation loss {valid_loss:.4f}")

found = {}
for name, weights in {"published": published, "deep copy": copied}.items():
    restored = MLP(num_hiddens=256).to(device)
    restored.load_state_dict(weights)
    found[name], _ = measure(restored, loaders.valid)
    print(f"{name}: {found[name]:.4f}")
is_last = math.isclose(found["published"], valid_loss, rel_tol=1e-4)
best_guess.compare("the last epoch's" if is_last else "the best epoch's")

# %% jupyter={"outputs_hidden": true, "source_hidden": true} tags=["author"]
checks.expect(is_last, "expected the published way to end with the last")
checks.expect(valid_loss > 1.05 * best_loss, "expected the loss to rise")
checks.expect_close(found["deep copy"], best_loss, "deep copy", rtol=1e-4)

# %% [markdown]
# The dictionary holds the very tensors that the model goes on training: it is
# a window and not a photograph. `dict(...)` or `.copy()` wouldn't help. They
# copy the dictionary and share the tensors. `copy.deepcopy` copies the
# tensors, too.
#
# `training.fit(restore_best=True)` does that. From the same start it finds
# the same epoch, and its curves show why there is a best one.

# %%
model, optimizer, batches = start_afresh()
history = training.fit(
    model, batches, loaders.valid, epochs=20, optimizer=optimizer,
    restore_best=True,
)
fig = plotting.show_history(history)
fig.axes[0].set_ylim(-0.02, 0.5)
fig

# %% jupyter={"outputs_hidden": true, "source_hidden": true} tags=["author"]
checks.expect(history.best_epoch == best_epoch, "expected the same epoch")

# %% [markdown]
# (The frame leaves out the first training loss, 0.8.) The training loss goes
# to zero. The validation loss has a lowest point, marked "best", and rises
# again: **overfitting**, the subject of lesson 9. The validation accuracy
# stays at 92 % meanwhile: the network gets no more images wrong, but it is
# ever surer of its mistakes. Given a [patience](glossary.md#patience) of five
# epochs, `patience=5`, `fit` would stop after the eleventh.

# %% [markdown]
# ## Save, load, resume
#
# Weights that exist only in the kernel are lost with it. Save the
# [state dictionary](glossary.md#state-dictionary), and load it into a model
# of the same form. The files of this lesson go into a temporary folder.

# %%
workshop = tempfile.TemporaryDirectory()  # deleted when the kernel stops
folder = Path(workshop.name)
torch.save(model.state_dict(), folder / "weights.pt")
loaded = MLP(num_hiddens=256).to(device)
loaded.load_state_dict(torch.load(folder / "weights.pt", weights_only=True))
X_some = splits.valid.images[:100].to(device)
print("equal logits:", torch.equal(loaded(X_some), model(X_some)))

# %% [markdown]
# Now suppose that a training of four epochs is stopped after two, and the
# weights are in a file. You load them and train for two more epochs. Before
# you read on: will the result be the same as without the stop? What else
# would the file have to hold?
#
# A [**checkpoint**](glossary.md#checkpoint) is a file from which a training
# can go on. Ours holds four things; below we resume once with all of them,
# and once with the weights alone.

# %%
model, optimizer, batches = start_afresh()
for _ in range(4):
    train_epoch(model, batches, optimizer)
at_once = copy.deepcopy(model.state_dict())

model, optimizer, batches = start_afresh()
for _ in range(2):
    train_epoch(model, batches, optimizer)
checkpoint = {
    "epoch": 2,
    "model": model.state_dict(),
    "optimizer": optimizer.state_dict(),
    "shuffling": batches.generator.get_state(),
}
torch.save(checkpoint, folder / "checkpoint.pt")
del model, optimizer, batches, checkpoint  # as if the kernel had died

# %% [markdown]
# Then, in a new kernel:

# %%
apart = {}
for parts in ("weights alone", "everything"):
    model, optimizer, batches = start_afresh()
    checkpoint = torch.load(folder / "checkpoint.pt", weights_only=True)
    model.load_state_dict(checkpoint["model"])
    if parts == "everything":
        optimizer.load_state_dict(checkpoint["optimizer"])
        batches.generator.set_state(checkpoint["shuffling"])
    for _ in range(checkpoint["epoch"], 4):
        train_epoch(model, batches, optimizer)
    apart[parts] = max(
        (value - at_once[name]).abs().max().item()
        for name, value in model.state_dict().items()
    )
    print(f"{parts}: weights differ by at most {apart[parts]:.4f}")

# %% jupyter={"outputs_hidden": true, "source_hidden": true} tags=["author"]
checks.expect(apart["everything"] == 0, "expected equal weights")
checks.expect(apart["weights alone"] > 0.01, "expected other weights")

# %% [markdown]
# With the weights alone the training goes on, but on another path. Adam keeps
# running means of the gradients, and they began at zero again; the batches
# came in the order of the first two epochs once more. With everything that
# changes during training in the file, the stop leaves no trace. In
# `training.fit`, `checkpoint="fit.pt", resume=True` does this after every
# epoch. Give it to every long training.
#
# ### Find the mistake: weights from the web
#
# Here is a tutorial's line that loads weights from the web:
# `torch.load(path, weights_only=False)`. And here is a file that someone made
# for it.


# %%
class NotWeights:
    def __reduce__(self):  # how pickle is to rebuild the object
        return print, ("Printed by the file.",)


torch.save(NotWeights(), folder / "from_the_web.pt")
web_guess = checks.predict(
    ..., "What does loading it with weights_only=False do?",
    choices=("an error", "returns NotWeights", "runs what the file says"),
)

# %% [markdown]
# And with `weights_only=True`?

# %% tags=["nbval-check-output"]
returned = torch.load(folder / "from_the_web.pt", weights_only=False)
web_guess.compare("runs what the file says")
try:
    torch.load(folder / "from_the_web.pt", weights_only=True)
except pickle.UnpicklingError:
    print("weights_only=True: refused")

# %% [markdown]
# Such a file is a [pickle](glossary.md#pickle), a small program that may call
# any function while it is read: here `print`, elsewhere one that deletes your
# files. `weights_only=True` admits tensors and plain values alone, so write
# it out whenever you load a file.

# %% [markdown]
# ## Which ingredient did it?
#
# Back to the opening. The published recipe for 784-512-512-10 is: pixels from
# 0 to 1, gradient descent (SGD) at rate 0.01 on batches of 20, **dropout**.
# Dropout sets each hidden value to 0 with probability 0.2, anew for each
# image and in training only, so that no unit can rely on a single other one
# (lesson 9). Our recipe differs in six points. To compare 97.64 % with our
# number would compare two recipes, not two networks, and tell nothing about
# the six. So we change one at a time.
#
# One thing first, for speed. Batches of 256 need 12.8 times fewer steps than
# batches of 20; with a rate 12.8 times as high, 0.128, they lead along nearly
# the same path (P. Goyal and others, 2017). That is our base line.


# %%
def shift(images):
    """Move all images of a batch by -1, 0 or 1 pixel each way, at random."""
    rows, columns = torch.randint(-1, 2, (2,)).tolist()
    return images.roll((rows, columns), dims=(2, 3))


def to_unit(images):
    """Normalized pixels back to the range from 0 to 1."""
    return images * splits.std + splits.mean


unit_valid = data.ImageSet(to_unit(splits.valid.images), splits.valid.labels)
base = {
    "augment": to_unit, "valid": unit_valid, "optimizer": torch.optim.SGD,
    "lr": 0.128, "one_cycle": False, "dropout": 0.2,
}
changes = {
    "normalized pixels": {"augment": None, "valid": splits.valid},
    "a higher rate": {"lr": 0.5},
    "AdamW for SGD": {"optimizer": torch.optim.AdamW, "lr": 2e-3},
    "one-cycle rate": {"one_cycle": True, "lr": 8e-3},
    "random shifts": {"augment": shift},
    "no dropout": {"dropout": 0.0},
}

# %% [markdown]
# AdamW is a relative of Adam. One-cycle lets the rate rise and then fall to
# nearly zero (both in lesson 8). The shifts are *augmentation*: each image
# comes in nine positions. The frame of a digit is empty, so what `roll`
# pushes out on one side and brings back on the other is background. Each of
# our rates is the best of four, tried on validation images beforehand.
#
# Our images are normalized already; `to_unit` takes that back for the
# published recipe. The folded cell defines `make_mlp`, an MLP with dropout
# after each ReLU, and `train`, which makes loaders, model and optimizer by a
# recipe and calls `training.fit`.


# %% jupyter={"source_hidden": true}
def make_mlp(widths, dropout):
    """An MLP with layers of these widths, ReLU and dropout between them."""
    layers = [nn.Flatten()]
    for p, h in itertools.pairwise(widths[:-1]):
        layers += [nn.Linear(p, h), nn.ReLU(), nn.Dropout(dropout)]
    return nn.Sequential(*layers, nn.Linear(*widths[-2:]))


def train(widths, recipe, epochs, seed=0, splits=splits, watch=True):
    """Train a new network by a recipe; returns it and its history."""
    training.seed_everything(seed)
    augment, lr = recipe["augment"], recipe["lr"]
    loaders = data.loaders(splits, 256, seed, augment=augment)
    model = make_mlp(widths, recipe["dropout"])
    optimizer = recipe["optimizer"](model.parameters(), lr, fused=True)
    scheduler = None
    if recipe["one_cycle"]:
        total = epochs * len(loaders.train)
        scheduler = torch.optim.lr_scheduler.OneCycleLR(optimizer, lr, total)
    history = training.fit(
        model, loaders.train, loaders.valid if watch else None,
        epochs=epochs, optimizer=optimizer, scheduler=scheduler,
        scheduler_step="batch", progress=watch,
    )
    return model, history


# %% [markdown]
# A fair answer needs several seeds, and those need a small network and a
# short training: 784-128-128-10, two epochs, four seeds. Each row of the
# ladder keeps all changes above it.

# %%
ingredient_guess = checks.predict(
    ..., "Which of the six changes will gain most?",
    choices=tuple(changes),
)

# %% [markdown]
# The folded cell defines `race`, which trains four seeds of each recipe and
# returns their validation accuracies, and `gains_of`, which subtracts each
# row from the next one, seed by seed, and gives the mean its interval by
# lesson 2's `mean_interval`.


# %% jupyter={"source_hidden": true}
def race(recipes, epochs, splits=splits):
    """Validation accuracies (%) of four seeds of each recipe."""
    scores = {name: [] for name in recipes}
    runs = list(itertools.product(recipes, range(4)))
    for name, seed in progress.track(runs, "training"):
        widths, recipe = [784, 128, 128, 10], recipes[name]
        model, _ = train(widths, recipe, epochs, seed, splits, watch=False)
        result = training.evaluate(model, recipe["valid"])
        scores[name].append(100 * result.accuracy)
    return scores


def gains_of(scores):
    """By name, the mean gain over the row before it, with its interval."""
    return {
        name: mean_interval(np.subtract(scores[name], scores[before]))
        for before, name in itertools.pairwise(scores)
    }


# %% [markdown]
# The ladder itself:

# %%
ladder = {"published": base}
for name, change in changes.items():
    ladder[name] = base = base | change
scores = race(ladder, epochs=2)
gains = gains_of(scores)
ingredient_guess.compare(max(gains, key=lambda name: gains[name].value))
for name, gain in gains.items():
    print(f"{name:17} {np.mean(scores[name]):.2f} %, gain {gain}")

# %% [markdown]
# The same as a picture, whose code is folded:

# %% jupyter={"source_hidden": true} course={"alt": "One row per change, with the gain in points and its interval. Intervals that hold 0 are marked as ties."}
fig, ax = plt.subplots(figsize=(plotting.WIDTH, 2.6))
for i, gain in enumerate(gains.values()):
    tie = 0 in gain
    color = plotting.GREY if tie else plotting.BLUE
    ax.plot([gain.low, gain.high], [i, i], color=color)
    face = "white" if tie else color
    ax.plot(gain.value, i, "o", color=color, markerfacecolor=face)
    text = "tie" if tie else f"{gain.value:+.1f}"
    ax.annotate(
        text, (gain.high, i), (6, 0), textcoords="offset points",
        va="center", color=color,
    )
ax.axvline(0, color=plotting.GREY, linestyle=":", linewidth=1)
ax.set_yticks(range(len(gains)), gains)
ax.set(xlabel="gain in validation accuracy (points)", ylim=(5.5, -0.5))
fig

# %% jupyter={"outputs_hidden": true, "source_hidden": true} tags=["author"]
for name in ("normalized pixels", "a higher rate", "one-cycle rate"):
    checks.expect(gains[name].low > 0, f"expected {name} to gain")
for name in ("AdamW for SGD", "random shifts"):
    checks.expect(0 in gains[name], f"expected {name} to tie")
checks.expect(gains["no dropout"].low > 0, "expected dropout to cost")

# %% [markdown]
# Most of the gain has nothing to do with the network: the pixels are
# normalized, and the steps are longer. AdamW in place of SGD, each at its
# best rate, is a tie. The one-cycle rate gains half a point. Shifts are a
# tie, and to leave dropout out is a gain. Shifts and dropout are remedies
# against overfitting, and in two epochs nothing has been overfitted yet.

# %% [markdown]
# ### Seen twice, seen eighteen times
#
# So ask about the shifts again where each image is seen more often: 3,000
# training images and 18 epochs, which are half as many steps as before.

# %%
labels = splits.train.labels
kept, _ = data.stratified_split(labels, 1 - 3000 / 54000, seed=0)
fewer = dataclasses.replace(splits, train=splits.train.subset(kept))
two = {name: ladder[name] for name in ("one-cycle rate", "random shifts")}
often = race(two, 18, fewer)
print("shifts gain", gains_of(often)["random shifts"])

# %% jupyter={"outputs_hidden": true, "source_hidden": true} tags=["author"]
again = gains_of(often)["random shifts"]
checks.expect(again.low > 0, "expected shifts to gain")

# %% [markdown]
# Now the shifts gain about 0.7 points. An ingredient isn't
# good or bad; it depends on what the training lacks, and a short comparison
# doesn't settle a long training.
#
# ### The published networks, trained longer
#
# For the two published networks we take the recipe with shifts, six epochs
# and the rate 2e-3 (twice as much was a tie on validation images, with a
# single seed). The wide one keeps the dropout that was published. The deep
# one, 784-512-256-128-64-10 (published: 97.60 % after 10 epochs, 71 seconds),
# gets half of it, since it loses values in four layers. 784-100-10, for
# comparison with scikit-learn, gets none, and eight epochs at rate 8e-3.

# %%
long_recipe = ladder["random shifts"] | {"lr": 2e-3}
wide_model, wide_history = train([784, 512, 512, 10], long_recipe, 6)
deep_recipe, deep_widths = long_recipe | {"dropout": 0.1}, [512, 256, 128, 64]
deep_model, deep_history = train([784, *deep_widths, 10], deep_recipe, 6)
hundred_recipe = long_recipe | {"dropout": 0.0, "lr": 8e-3}
hundred, hundred_history = train([784, 100, 10], hundred_recipe, 8)

# %% [markdown]
# Their validation accuracies, with lesson 2's interval on each. (`right`, in
# the folded cell, tells of each image whether it was answered correctly.)


# %% jupyter={"source_hidden": true}
def right(result):
    """Whether each image was answered correctly, (n,)."""
    return (result.predictions == result.labels).numpy()


def interval(result):
    """The accuracy of a result, with its interval."""
    return accuracy_interval(int(right(result).sum()), len(right(result)))


# %% [markdown]
# All three are measured on the same 6,000 images.

# %%
models = {"wide": wide_model, "deep": deep_model, "784-100-10": hundred}
for name, model in models.items():
    result = training.evaluate(model, loaders.valid)
    print(f"{name}: {interval(result)} on validation images")

# %% [markdown]
# Whether these are better than the published ones, the test images will tell
# at the end.

# %% [markdown]
# ## Find the mistakes: five wrong measurements
#
# The next five come from published training code, and all concern what is
# measured. We repeat them with the networks above. Each time look at the
# lines first, and answer before you read on.
#
# **First.** A tutorial draws its validation images from a data set of all
# images, by a sampler that takes a fifth of them:
#
# ```python
# for images, labels in valid_loader:
#     loss_sum += loss_of(images, labels).item() * len(labels)
# valid_loss = loss_sum / len(valid_loader.dataset)
# ```

# %%
sampler_guess = checks.predict(
    ..., "The loss that it prints is how many times the true one?",
    choices=("a fifth", "the same", "five times"),
)

# %%
picked = torch.randperm(len(splits.train))[: len(splits.train) // 5].tolist()
valid_loader = DataLoader(
    splits.train, batch_size=1000, sampler=SubsetRandomSampler(picked)
)
true_loss, _ = measure(small, valid_loader)
loss_sum = true_loss * len(picked)
printed_loss = loss_sum / len(valid_loader.dataset)
print(f"divided by the images seen, {len(picked):,}: {true_loss:.3f}")
print(f"by len(loader.dataset) = {len(splits.train):,}: {printed_loss:.3f}")
share = printed_loss / true_loss
sampler_guess.compare("a fifth" if share < 0.5 else "the same")

# %% [markdown]
# The data set still has all its images; the sampler only chooses among them.
# The tutorial printed a validation loss of 0.085 beside a training loss of
# 0.77, and went on. When validation looks far better than training, look for
# a mistake. The safe way is to count the images you have seen.
#
# **Second.** `loss_sum += loss`, without `.item()`, during an evaluation.

# %%
graph_guess = checks.predict(
    ..., "The sum has the same value. What is different?",
    choices=("nothing", "memory grows", "gradients are wrong"),
)


# %% [markdown]
# The folded cell defines `graph_of`, which collects all nodes through which
# autograd could go back from a tensor. We watch it grow over the batches.


# %% jupyter={"source_hidden": true}
def graph_of(tensor):
    """All nodes of the graph through which autograd could go back."""
    nodes, waiting = set(), [tensor.grad_fn]
    while waiting:
        node = waiting.pop()
        if node is not None and node not in nodes:
            nodes.add(node)
            waiting += [parent for parent, _ in node.next_functions]
    return nodes


# %% [markdown]
# Printed are the nodes, and the memory of the hidden layers they hold.

# %%
wide_model.eval()
loss_sum = torch.zeros(())
for count, (images, labels) in enumerate(loaders.valid, start=1):
    loss_sum += F.cross_entropy(wide_model(images), labels)
    if count in (1, 3, 6):
        nodes = graph_of(loss_sum)
        kept = [n._saved_result.nbytes for n in nodes if "Relu" in n.name()]
        megabytes = sum(kept) / 1e6
        print(f"{count} batches: {len(nodes)} nodes, {megabytes:.1f} MB")
graph_guess.compare("memory grows")
del loss_sum, nodes

# %% [markdown]
# The sum is a tensor with a history: it could be differentiated, so PyTorch
# keeps the graph of every batch, with its hidden layers, until the sum is
# gone. On a large data set memory runs out. `.item()` takes the number and
# leaves the graph. And measure under `torch.no_grad()`, which builds none.
#
# **Third.** An evaluation without `model.eval()`, of the wide network, which
# has dropout.

# %%
mode_guess = checks.predict(
    ...,
    "Evaluated three times on the same images, how do the numbers differ?",
    choices=("not at all", "by chance, and too low", "by chance only"),
)

# %%
X_valid, y_valid = splits.valid.images, splits.valid.labels
values = {}
for mode in (True, True, True, False, False, False):
    wide_model.train(mode)
    with torch.no_grad():
        hits = wide_model(X_valid).argmax(dim=1) == y_valid
    values.setdefault(mode, []).append(100 * hits.float().mean().item())
print("in training mode:  ", *(f"{v:.2f} %" for v in values[True]))
print("in evaluation mode:", *(f"{v:.2f} %" for v in values[False]))
lower = max(values[True]) < min(values[False])
mode_guess.compare("by chance, and too low" if lower else "by chance only")

# %% [markdown]
# In training mode a fifth of the hidden values is missing, other ones in each
# call. Two answers for one image: that is how you recognize it.
#
# **Fourth.** The reverse. `model.train()` stands before the loop over the
# epochs, and each epoch ends with a correct evaluation, under `model.eval()`:
#
# ```python
# model.train()
# for epoch in range(num_epochs):
#     ...  # the five steps, for all batches
#     measure(model, valid_loader)
# ```

# %%
once_guess = checks.predict(
    ..., "In how many of three epochs is dropout active?",
    tolerance=0,
)

# %% [markdown]
# We leave out the five steps, which don't touch the mode, and count what the
# dropout layer does to 10,000 ones.

# %%
net = make_mlp([784, 256, 10], dropout=0.5).to(device)
net.train()
active = 0
for epoch in (1, 2, 3):
    dropped = (net[3](torch.ones(10_000)) == 0).float().mean()
    active += bool(dropped > 0)
    print(f"epoch {epoch}: {dropped:.0%} of the hidden values dropped")
    measure(net, loaders.valid)
once_guess.compare(active)

# %% [markdown]
# `measure` has switched to evaluation mode, and nobody switched back. All
# numbers are right; only the training isn't the one described. So
# `model.train()` belongs in the loop, where `train_epoch` has it.
#
# **Fifth.** Inputs are scaled in training and not in use. Our networks were
# trained on normalized pixels. They get pixels from 0 to 1, as `ToTensor`
# gives them, or bytes from 0 to 255, as a camera does.

# %%
scale_guess = checks.predict(
    ...,
    "Mistakes of the wide network on pixels from 0 to 1, if 100 were made on "
    "normalized ones?",
    tolerance=20,
)

# %%
unit = unit_valid.images
missed, answers = {}, {}
scales = {"normalized": X_valid, "0 to 1": unit, "0 to 255": 255 * unit}
for name, images in scales.items():
    rescaled = data.ImageSet(images, y_valid)
    result = training.evaluate(wide_model, rescaled)
    answers[name], missed[name] = right(result), (~right(result)).sum()
    print(f"{name:10} {missed[name]} mistakes, loss {result.loss:.2f}")
scale_guess.compare(100 * missed["0 to 1"] / missed["normalized"])
print(difference_interval(answers["0 to 1"], answers["0 to 255"]))

# %% jupyter={"outputs_hidden": true, "source_hidden": true} tags=["author"]
checks.expect_close(share, 0.2, "share", rtol=1e-3)
checks.expect(lower, "expected dropout to cost accuracy")
checks.expect(active == 1, "expected dropout in the first epoch alone")
for name in ("0 to 1", "0 to 255"):
    ratio = missed[name] / missed["normalized"]
    checks.expect(ratio > 1.3, f"expected more mistakes on {name}")
between = difference_interval(answers["0 to 1"], answers["0 to 255"])
checks.expect(0 in between, "expected both scales to tie")

# %% [markdown]
# More than half as many mistakes again, and nothing says so. Which scale does
# more harm can't be told: their difference, in the last line, is a tie. But
# they do it in opposite ways. On pixels from 0 to 1 the contrast shrinks to a
# third, so the biases count too much. On bytes they count for nearly nothing,
# and logits become so large that the network is sure even where it is wrong,
# which is what the loss shows. Store $\mu$ and $\sigma$ with the weights, or
# make them the network's first layer.

# %% [markdown]
# ## The final number
#
# All choices are made. Now the test images, once, for all networks of this
# lesson.

# %%
candidates = {
    "784-16-10": (small, small_seconds, "94 %, 50 s"),
    "784-100-10, scikit-learn": (carried, classifier_seconds, "97.49 %"),
    "784-100-10, our recipe": (hundred, hundred_history.seconds, "97.49 %"),
    "784-512-512-10": (wide_model, wide_history.seconds, "97.64 %"),
    "784-512-256-128-64-10": (
        deep_model, deep_history.seconds, "97.60 %, 71 s",
    ),
}
finals, rows = {}, []
for name, (model, seconds, theirs) in candidates.items():
    finals[name] = training.evaluate(model, loaders.test)
    ours = interval(finals[name])
    rows.append((name, theirs, f"{ours}", f"{seconds:.0f} s"))
columns = ["network", "published", "ours on 10,000 test images", "training"]
pd.DataFrame(rows, columns=columns).set_index("network")

# %% [markdown]
# The seconds of others come from other computers. Three questions need a
# paired comparison on the same 10,000 images:

# %%
pairs = [
    ("784-512-512-10", "784-512-256-128-64-10"),
    ("784-512-512-10", "784-100-10, our recipe"),
    ("784-100-10, our recipe", "784-100-10, scikit-learn"),
]
for first, second in pairs:
    gap = difference_interval(right(finals[first]), right(finals[second]))
    print(f"{first} minus {second}:\n    {gap}")

# %% jupyter={"outputs_hidden": true, "source_hidden": true} tags=["author"]
from course_tools.authoring.author_cells import expect_seconds, report

left = widgets.DigitPad(centering=True, shift=[-2, 0])
checks.expect(left.answer == 1, "expected the mean images to answer 1")
at_least = {
    "784-16-10": 0.94, "784-100-10, our recipe": 0.98,
    "784-512-512-10": 0.983,
    "784-512-256-128-64-10": 0.983,
}
for name, bound in at_least.items():
    checks.expect(
        finals[name].accuracy >= bound,
        f"{name}: expected {bound:.1%}, got {finals[name].accuracy:.2%}",
    )
expect_seconds(wide_history.seconds, at_most=45, name="wide")
expect_seconds(deep_history.seconds, at_most=45, name="deep")
checks.expect(
    abs(finals["784-100-10, scikit-learn"].accuracy - 0.9749) < 0.004,
    "expected the published accuracy",
)
for name, (_, seconds, theirs) in candidates.items():
    if name != "784-16-10":  # lesson 3 reports it
        report(
            name, finals[name].accuracy, images=10_000, seconds=seconds,
            published=theirs,
        )

# %% [markdown]
# Differences first: the two published networks are a tie, so depth isn't what
# was missing. 784-512-512-10, eight times as large, is ahead of 784-100-10 by
# about a quarter of a point, at the edge of what 10,000 images can show. And
# 784-100-10 gains more than that over scikit-learn's, which has the very same
# layers. Here the recipe matters more than the network.

# %% [markdown]
# ## Which digits are hard?
#
# One number hides ten. Here is the accuracy of the wide network within each
# class, each with its interval on about 1,000 images.

# %% jupyter={"source_hidden": true} course={"alt": "Accuracy within each class of the wide network, one row per digit, with intervals one to two points wide; those of 0 and 1 lie to the right of the line for all digits, that of 9 to its left."}
result = finals["784-512-512-10"]
fig, ax = plt.subplots(figsize=(plotting.WIDTH, 3))
for k in range(10):
    of_class = result.labels == k
    hits = int((result.predictions[of_class] == k).sum())
    found = accuracy_interval(hits, int(of_class.sum()))
    ax.plot([100 * found.low, 100 * found.high], [k, k], color=plotting.BLUE)
    ax.plot(100 * found.value, k, "o", color=plotting.BLUE)
ax.axvline(100 * result.accuracy, color=plotting.GREY, linestyle=":")
ax.annotate(
    "all digits", (100 * result.accuracy, -0.6), (4, 0),
    textcoords="offset points", color=plotting.GREY, va="center", fontsize=9,
)
ax.set_yticks(range(10), splits.classes)
ax.set(xlabel="test accuracy within the class (%)", ylabel="digit")
ax.set_ylim(9.6, -1)
fig

# %% [markdown]
# The 0 and the 1 lie above the accuracy of all digits with their whole
# interval, the 9 below it. The other seven can't be told apart from it on
# about 1,000 images each. Eight test images and sixteen mistakes:

# %% jupyter={"source_hidden": true}
mistakes = torch.nonzero(result.predictions != result.labels).squeeze(1)
generator = torch.Generator().manual_seed(0)
some = mistakes[torch.randperm(len(mistakes), generator=generator)[:16]]
shown = torch.cat([torch.arange(8), some])
plotting.show_predictions(
    splits.test.images[shown], result.labels[shown], result.predictions[shown]
)

# %% [markdown]
# ✓ is right. ✗ is wrong, and the true class stands below. Many of the
# mistakes are digits that you would have to look at twice, too.
# (`plotting.show_predictions` is lesson 1's grid with a mark above each
# image.)

# %% [markdown]
# ## Your network meets your hand
#
# The pad of lesson 1 again. There it answered with the nearest of ten mean
# images; now it asks your own 784-100-10. (`float16` halves the weights that
# go to the page.) The 7 is centered as MNIST's digits are.

# %%
pad = widgets.DigitPad(
    hundred, mean=splits.mean, std=splits.std, weights="float16",
    centering=True,
)
pad

# %% jupyter={"outputs_hidden": true, "source_hidden": true} tags=["author"]
house = [1, 60, 240, 60, 120, 140, 40, 220, 120, 220, 240, 60, 240]
drawn = widgets.DigitPad(
    hundred, mean=splits.mean, std=splits.std, centering=True, strokes=[house]
)
checks.expect(drawn.answers.max() > 0.9, "expected to be sure of a house")

# %% [markdown]
# **Find out by moving:** for the mean images, this same 7 two pixels to the
# left is a 1. Your network has been trained with shifts of one pixel. How far
# to the left can you drag the image before it changes its mind, and how far
# to the right? Switch the centering off: what does it take the 7 for now, and
# how sure is it? Then clear the pad and draw what is no digit: a heart, the
# outline of a house, a scribble. Can you get more than 90 %? Softmax shares
# 100 % among ten digits, whatever lies on the pad; "none of them" is not on
# offer.
#
# And how well did you predict?

# %%
checks.predictions()

# %% [markdown]
# ## What we found
#
# - Tensors, `nn.Sequential`, `nn.Module`, scikit-learn: with equal parameters
#   they give equal answers.
# - A loop has five steps: forward, loss, clear, backward, update. Model and
#   batch are on one device.
# - A state dictionary is no copy; a checkpoint also needs the optimizer and
#   the order of the batches; a pickle can run code.
# - Of six changes to a published recipe, normalized pixels and a higher rate
#   gained most, and another optimizer was a tie. So were shifts where each
#   image was seen twice; where it was seen 18 times they gained 0.7 points.
# - Losses divided by the wrong count, sums that keep graphs, modes that were
#   not switched and pixels on another scale ran without an error message.
# - The published layers reach about 98.5 % in six epochs.
#
# ## Questions to check yourself
#
# <details><summary>How many parameters has 100-50-20-3?</summary>
#
# $100 \cdot 50 + 50 + 50 \cdot 20 + 20 + 20 \cdot 3 + 3 = 6133$.
# </details>
#
# <details><summary>Your training loss is above the validation loss in all
# epochs. Give two harmless reasons and one that is a mistake.</summary>
#
# Harmless: it is a mean over an epoch in which the weights improved; dropout
# and augmentation make the training harder. A mistake: the validation loss is
# divided by too many images.
# </details>
#
# <details><summary>After a restart your loss jumps up for a while, then
# recovers. What was missing in the file?</summary>
#
# Probably the state of the optimizer: Adam starts its running means at zero
# again.
# </details>
#
# <details><summary>Why is `best = dict(model.state_dict())` no better than
# without `dict`?</summary>
#
# The new dictionary holds the same tensors, and the training goes on changing
# them in place.
# </details>
#
# <details><summary>A paper adds three things at once and gains 0.4 points on
# 2,000 images with one seed. What do you ask for?</summary>
#
# An interval (on 2,000 images the gain may be a tie), more seeds, and one row
# for each of the three.
# </details>
#
# ## Exercises and further reading
#
# Practice in [exercise set 4](../exercises/04_training.ipynb). Words to look
# up are in the [glossary](glossary.md). On batches and rates: P. Goyal and
# others, "Accurate, large minibatch SGD: training ImageNet in 1 hour", 2017.
# On claims that their evidence doesn't carry: Z. Lipton and J. Steinhardt,
# "Troubling trends in machine learning scholarship", Queue 17 (2019). A list
# of habits: A. Karpathy, "A recipe for training neural networks", 2019.
#
# Next: [lesson 5, activation functions](05_activations.ipynb): is ReLU the
# best choice, and when does it matter?

# %% [markdown]
# ## Appendix: Keras, and more of scikit-learn
#
# **Keras** is another library, which can compute with PyTorch inside. A
# tutorial writes 784-784-16-10 in both of its spellings and reports 97.98 %
# after five epochs in batches of 32, in 233 seconds. First the same network
# by our recipe, without shifts and dropout, for five epochs, too. (This
# number was settled with test accuracies in sight, so the choice wasn't
# blind.)

# %%
twin_recipe = hundred_recipe | {"augment": None, "lr": 2e-3}
twin, twin_history = train([784, 784, 16, 10], twin_recipe, epochs=5)
twin_result = training.evaluate(twin, loaders.test)
print(f"{interval(twin_result)}, {twin_history.seconds:.0f} s")

# %% jupyter={"outputs_hidden": true, "source_hidden": true} tags=["author"]
from course_tools.authoring.author_cells import expect_seconds, report

checks.expect(twin_result.accuracy >= 0.98, "expected at least 98 %")
expect_seconds(twin_history.seconds, at_most=60, name="training")
report(
    "784-784-16-10", twin_result.accuracy, images=10_000,
    seconds=twin_history.seconds, published="97.98 %, 233 s",
)

# %% [markdown]
# Keras reads its settings when it is imported, so they come first. It is
# optional: without it the next cells are skipped.

# %%
os.environ["KERAS_BACKEND"] = "torch"
os.environ["KERAS_HOME"] = str(folder)
try:
    import keras
except ImportError:
    keras = None
    print("Keras is not installed, so the cells below will do nothing.")
    print("To have it: pip install keras, then restart the kernel.")

# %% [markdown]
# Sequential is a list of layers, as in PyTorch. The functional API joins
# layers by calling them, and so can describe any graph. A `Dense` layer is
# `nn.Linear` with an activation; its weights are stored as in our formulas,
# $p \times h$.


# %%
def keras_models():
    """The same network, by both ways in which Keras is written."""
    dense = keras.layers.Dense
    stack = [dense(784, "relu"), dense(16, "relu"), dense(10)]
    sequential = keras.Sequential([keras.Input((784,)), *stack])
    inputs = keras.Input((784,))
    H = dense(784, "relu")(inputs)
    H = dense(16, "relu")(H)
    functional = keras.Model(inputs, dense(10)(H))
    return {"Sequential": sequential, "functional": functional}


X_valid_np = splits.valid.images.flatten(1).numpy()
with torch.no_grad():
    twin_logits = twin.eval()(splits.valid.images).numpy()
for name, model in (keras_models() if keras else {}).items():
    model.set_weights([v.detach().t().numpy() for v in twin.parameters()])
    apart = np.abs(model.predict(X_valid_np, verbose=0) - twin_logits).max()
    print(f"{name}: logits differ from PyTorch's by at most {apart:.0e}")

# %% [markdown]
# Equal parameters, equal results, in a third library. And its own training:
# `compile` names optimizer, loss and what to measure, `fit` is the loop.
# `from_logits=True` tells the loss to apply softmax itself (lesson 2). We
# train one of the two for a single epoch on a third of the images, in batches
# of 256. Five epochs on all images in batches of 32 are over a hundred times
# as many steps.

# %%
if keras:
    keras.utils.set_random_seed(0)
    model = keras_models()["functional"]
    model.compile(
        optimizer="adam",
        loss=keras.losses.SparseCategoricalCrossentropy(from_logits=True),
        metrics=["accuracy"],
    )
    model.fit(X_np[::3], y_np[::3], batch_size=256, epochs=1, verbose=0)
    _, accuracy = model.evaluate(X_valid_np, y_valid.numpy(), verbose=0)
    print(f"Keras, after one epoch: {accuracy:.1%} of the validation images")

# %% [markdown]
# ### A pipeline keeps the scaling
#
# scikit-learn has a remedy for the last of the five wrong measurements: a
# `Pipeline` holds the scaling and the model as one object. `StandardScaler`
# takes mean and deviation of each pixel, and doesn't divide constant ones. A
# tenth of the training images is enough to see that it works.

# %%
pipeline = make_pipeline(
    StandardScaler(), MLPClassifier((64,), max_iter=10, random_state=0)
)
some_np = to_unit(splits.train.images[::10]).flatten(1).numpy()
with warnings.catch_warnings(action="ignore"):
    pipeline.fit(some_np, y_np[::10])
accuracy = pipeline.score(unit_valid.images.flatten(1), y_valid)
print(f"from raw pixels: {accuracy:.1%} of the validation images")

# %% [markdown]
# Who gets this object can't forget the scaling. Other settings of
# `MLPClassifier` that you will meet: `solver="sgd"` with `momentum`, `alpha`
# for weight decay (lesson 9), `early_stopping=True`, which holds out a tenth
# of the training images itself, and `loss_curve_`, its history.

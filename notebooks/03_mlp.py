# ---
# jupyter:
#   course:
#     peak_mb: 1414
#     python: 3.11.7
#     seconds: 113.7
#     torch: 2.14.1
# ---

# %% [markdown]
# [![Open in Colab](https://colab.research.google.com/assets/colab-badge.svg)](https://colab.research.google.com/github/neural-notebooks/course/blob/main/notebooks/03_mlp.ipynb)

# %% [markdown]
# # 3. MLP: from linear to nonlinear
#
# **The question of this lesson:** what can a network do that a linear model
# can't, and which part of it makes the difference?
#
# After this lesson you can
#
# - show why one line, and any stack of linear layers, can't compute XOR, and
#   why a nonlinear function between the layers can;
# - say what "universal approximation" promises and what it doesn't;
# - write an MLP in five ways, with the shape of every tensor;
# - write the five steps of a training loop, read its curves, keep the best
#   weights, save them, and continue a training that was stopped;
# - find seven mistakes in training code, all of them from published
#   tutorials.
#
# **You need:** [lesson 2](02_softmax_regression.ipynb) (softmax,
# cross-entropy, gradient descent). **Time:** about 150 minutes, best in two
# sittings; all cells together run in under three minutes.

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

# %%
import copy
import dataclasses
import itertools
import math
import os
import pickle
import tempfile
import time
from pathlib import Path

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
import torch
from sklearn.datasets import make_circles, make_moons
from sklearn.kernel_ridge import KernelRidge
from sklearn.neural_network import MLPClassifier
from torch import nn
from torch.nn import functional as F
from torch.utils.data import DataLoader, SubsetRandomSampler

from course_utils import checks, data, plotting, progress, training

plotting.use_style()
training.seed_everything(0)

# %% [markdown]
# ## The perceptron
#
# The first neuron that learned was F. Rosenblatt's
# [**perceptron**](glossary.md#perceptron) (1958). It is lesson 2's neuron
# with a hard decision at the end, the [**unit step**](glossary.md#unit-step):
#
# $$\hat y = \operatorname{step}(x w + b), \qquad
#   \operatorname{step}(z) = 1 \text{ if } z > 0, \text{ else } 0,$$
#
# with the input $x$ $(1 \times p)$, weights $w$ ($p$ entries) and bias $b$.
# Its learning rule looks at one example at a time, with the target $y$ (0 or
# 1):
#
# $$w \leftarrow w + (y - \hat y)\, x, \qquad b \leftarrow b + (y - \hat y).$$
#
# A right answer changes nothing. A wrong one moves the line so that this
# example comes closer to the right side.


# %%
def step(z):
    return (z > 0).float()


def perceptron(X, y, num_epochs=20):
    """Weights, bias, and the mistakes made in each epoch."""
    w, b, mistakes = torch.zeros(X.shape[1]), torch.zeros(()), []
    for _ in range(num_epochs):
        errors = []
        for x, target in zip(X, y, strict=True):
            error = target - step(x @ w + b)
            w += error * x
            b += error
            errors.append(error.abs())
        mistakes.append(int(sum(errors)))
    return w, b, mistakes


# %% [markdown]
# Let it learn three logic functions of two bits: AND (both are 1), OR (at
# least one is 1) and XOR (exactly one is 1).
#
# **Predict.** Which of the three will it learn?

# %%
# NBVAL_CHECK_OUTPUT
corners = torch.tensor([[0.0, 0], [0, 1], [1, 0], [1, 1]])
gates = {"AND": [0, 0, 0, 1], "OR": [0, 1, 1, 1], "XOR": [0, 1, 1, 0]}
gates = {name: torch.tensor(target) for name, target in gates.items()}
learned = {name: perceptron(corners, y) for name, y in gates.items()}
for name, (_, _, mistakes) in learned.items():
    print(f"{name:3} mistakes in each epoch:", *mistakes)

# %% [markdown]
# AND and OR are learned after a few epochs: no more mistakes, no more change.
# XOR never is. Draw what each perceptron answers everywhere in the plane.

# %%
fig, axes = plt.subplots(1, 3, figsize=(plotting.WIDTH, 2.7))
for ax, (name, (w, b, _)) in zip(axes, learned.items(), strict=True):
    plotting.show_decision_boundary(
        lambda points, w=w, b=b: step(points @ w + b),
        corners, gates[name], title=name, ax=ax,
    )  # fmt: skip
fig

# %% [markdown]
# The border between the answers is always a straight line, the points where
# $xw + b = 0$. For AND and OR a line separates circles (0) from squares (1).
# For XOR no line can, and that needs no experiment. XOR demands
#
# $$b \le 0, \quad w_1 + b > 0, \quad w_2 + b > 0, \quad
#   w_1 + w_2 + b \le 0.$$
#
# Add the two in the middle: $w_1 + w_2 + 2b > 0$. Add the outer two: $w_1 +
# w_2 + 2b \le 0$. Both can't be true. M. Minsky and S. Papert made this
# argument famous in 1969.

# %% [markdown]
# ## What one line can't do
#
# [XOR](glossary.md#XOR) is not an odd exception. Here are three sets of
# points in the plane: a noisy XOR, two moons, and two concentric rings. Where
# a model changes its answer runs its
# [decision boundary](glossary.md#decision-boundary).

# %%
generator = torch.Generator().manual_seed(0)
noisy = corners.repeat(75, 1) + 0.15 * torch.randn(
    300, 2, generator=generator
)
moons = make_moons(300, noise=0.15, random_state=0)
rings = make_circles(300, noise=0.08, factor=0.45, random_state=0)
point_sets = {
    "noisy XOR": (noisy, gates["XOR"].repeat(75)),
    "two moons": (
        torch.from_numpy(moons[0]).float(),
        torch.from_numpy(moons[1]),
    ),
    "rings": (torch.from_numpy(rings[0]).float(), torch.from_numpy(rings[1])),
}

# %% [markdown]
# ### The five steps of training
#
# We train softmax regression on each. From now on autograd computes the
# gradients, and an optimizer updates the weights. Every training loop in
# PyTorch, for two weights or two billion, has the same **five steps**:


# %%
def train_epoch(model, batches, optimizer):
    """One pass over the `batches`, pairs (X, y); returns the mean loss."""
    loss_sum, num_examples = 0.0, 0
    model.train()
    for X, y in batches:
        logits = model(X)  # 1. forward pass
        loss = F.cross_entropy(logits, y)  # 2. loss
        optimizer.zero_grad()  # 3. clear the old gradients
        loss.backward()  # 4. backward pass: new gradients
        optimizer.step()  # 5. update the weights
        loss_sum += loss.item() * len(y)
        num_examples += len(y)
    return loss_sum / num_examples


# %% [markdown]
# Step 3 is needed because `backward` *adds* to the gradients that are there
# (lesson 6). The last two lines count as in lesson 2: by images, not by
# batches. Here all 300 points make one batch. The optimizer is Adam, a
# gradient descent that adapts its steps (lesson 8).
#
# **Predict.** What accuracy will softmax regression reach on each set?


# %%
def train_on_points(make_model):
    """Train a new model on each set; draw all. Returns the accuracies."""
    fig, axes = plt.subplots(1, 3, figsize=(plotting.WIDTH, 2.7))
    accuracies = {}
    for ax, (name, (X, y)) in zip(axes, point_sets.items(), strict=True):
        training.seed_everything(0)
        model = make_model()
        optimizer = torch.optim.Adam(model.parameters(), lr=0.05)
        for _ in range(300):
            train_epoch(model, [(X, y)], optimizer)
        right = model(X).argmax(dim=1) == y
        accuracies[name] = right.float().mean().item()
        title = f"{name}: {accuracies[name]:.0%}"
        plotting.show_decision_boundary(model, X, y, title=title, ax=ax)
    return fig, accuracies


fig, by_line = train_on_points(lambda: nn.Linear(2, 2))
checks.expect(
    by_line["two moons"] < 0.92, "expected a line to fail on the moons"
)
checks.expect(by_line["rings"] < 0.75, "expected a line to fail on the rings")
fig

# %% [markdown]
# A line cuts the tips off both moons, and on XOR and the rings the model is
# no better than a coin. (On XOR a line can get three of the four clouds
# right, and never all. Cross-entropy rather stays undecided about each.) More
# data or more training won't help: the model can't *express* the right
# border. If one layer isn't enough, are two?

# %% [markdown]
# ## Two linear layers are one
#
# Send the output of one linear layer through a second one. With $n$ inputs
# $X$ $(n \times p)$, a hidden layer of $h$ units and $k$ classes:
#
# $$H = X W_1 + b_1, \qquad Z = H W_2 + b_2,$$
#
# where $W_1$ is $p \times h$, $b_1$ has $h$ entries, $W_2$ is $h \times k$,
# $b_2$ has $k$. Now insert the first into the second and multiply out:
#
# $$Z = (X W_1 + b_1) W_2 + b_2
#     = X \underbrace{W_1 W_2}_{W\;(p \times k)}
#     + \underbrace{b_1 W_2 + b_2}_{b\;(k)}.$$
#
# That is $XW + b$: a single linear layer. Check it in numbers. `nn.Linear`
# stores its weights transposed, so the product is in the reverse order.


# %%
@torch.no_grad()
def collapse(first, second):
    """The one nn.Linear that computes second(first(x))."""
    one = nn.Linear(first.in_features, second.out_features)
    one.weight.copy_(second.weight @ first.weight)
    one.bias.copy_(second.weight @ first.bias + second.bias)
    return one


first, second = nn.Linear(784, 64), nn.Linear(64, 10)
one = collapse(first, second)
X = torch.randn(5, 784)
checks.expect_close(one(X), second(first(X)), "logits", atol=1e-5)
print(f"largest difference: {(one(X) - second(first(X))).abs().max():.0e}")

# %% [markdown]
# The two agree but for rounding, and so would ten linear layers.
#
# ### Find the mistake: a "two-layer network"
#
# One tutorial defines its first neural network as `nn.Linear(784, h)`
# followed by `nn.Linear(h, 10)`, trains it for 11 epochs and reports 92.32 %
# on MNIST. The code has no error. What is wrong?
#
# Let us train that network, and softmax regression beside it, from three
# seeds each. Pixels are normalized as in lesson 1.

# %%
splits = data.normalize(data.load("mnist", valid_fraction=0.1, seed=0))
loaders = data.loaders(splits, batch_size=256, seed=0)


def train_briefly(make_model, seed):
    """Three epochs of Adam; returns the model and its validation accuracy."""
    training.seed_everything(seed)
    loaders = data.loaders(splits, batch_size=256, seed=seed)
    model = make_model()
    optimizer = torch.optim.Adam(model.parameters(), lr=1e-3)
    history = training.fit(
        model, loaders.train, loaders.valid, epochs=3, optimizer=optimizer,
        progress=False,
    )  # fmt: skip
    return model, history


# %% [markdown]
# `training.fit` runs the five steps for every batch, as in lesson 2.
#
# **Predict.** The two layers have 50,890 parameters, the one layer 7,850. How
# much better will they be?

# %%
nets = {
    "one linear layer": lambda: nn.Sequential(
        nn.Flatten(), nn.Linear(784, 10)
    ),
    "two linear layers": lambda: nn.Sequential(
        nn.Flatten(), nn.Linear(784, 64), nn.Linear(64, 10)
    ),
}
runs = {
    (name, seed): train_briefly(nets[name], seed)
    for name, seed in progress.track(
        list(itertools.product(nets, range(3))), "training"
    )
}
for (name, seed), (_, history) in runs.items():
    print(f"{name}, seed {seed}: {history['valid_accuracy'][-1]:.1%}")

# %% [markdown]
# No better. The second layer has added parameters and nothing that one layer
# couldn't do. Now the strongest evidence: multiply the trained weights, and
# throw the network away.

# %%
linear_model, linear_history = runs["two linear layers", 0]
_, first, second = linear_model
collapsed = nn.Sequential(nn.Flatten(), collapse(first, second))
before = training.evaluate(linear_model, loaders.valid)
after = training.evaluate(collapsed, loaders.valid)
same = (before.predictions == after.predictions).float().mean().item()
print(f"two layers {before.accuracy:.2%}, one layer {after.accuracy:.2%}")
print(f"same answer for {same:.2%} of the images")
checks.expect(same > 0.999, f"expected the same answers, got {same:.2%}")

# %% [markdown]
# 7,850 numbers give the same answers as 50,890. What was presented as a
# network is softmax regression, and 92 % is where softmax regression stops
# (lesson 2).

# %% [markdown]
# ## Add a nonlinear function
#
# The collapse needed one thing: nothing stood between the two products. So
# put a function there that isn't linear. The most used one is the **rectified
# linear unit**, [ReLU](glossary.md#ReLU),
# $\operatorname{ReLU}(z) = \max(0, z)$, applied to each number by itself:
#
# $$H = \sigma(X W_1 + b_1), \qquad Z = H W_2 + b_2, \qquad
#   \sigma(z) = \max(0, z).$$
#
# $\sigma$ stands for any such
# [**activation function**](glossary.md#activation-function); lesson 5
# compares eleven. An
# [artificial neural network](glossary.md#artificial-neural-network) of this
# form is called a [**multilayer perceptron**](glossary.md#MLP) (MLP). $H$ is
# its [**hidden layer**](glossary.md#hidden-layer), and each column of $H$ a
# [unit](glossary.md#unit). In $\max(0, x W_1 + b_1)\, W_2$ the brackets can't
# be multiplied out any more.
#
# **Predict.** Two hidden units are enough for XOR. Take the hidden units
# $h_1 = \max(0, x_1 + x_2)$ and $h_2 = \max(0, x_1 + x_2 - 1)$ and the output
# $z = h_1 - 2 h_2$. What is $z$ for the four inputs?

# %%
# NBVAL_CHECK_OUTPUT
W1, b1 = torch.tensor([[1.0, 1.0], [1.0, 1.0]]), torch.tensor([0.0, -1.0])
w2 = torch.tensor([1.0, -2.0])
H = torch.relu(corners @ W1 + b1)
z = H @ w2
for x, h, out in zip(corners, H, z, strict=True):
    print("x =", x.tolist(), " h =", h.tolist(), " z =", out.item())

# %% [markdown]
# Exactly XOR. Look at the hidden layer: (0, 1) and (1, 0) have become the
# same point (1, 0), and in the plane of $h$ one line separates it from (0, 0)
# and (2, 1). This is what a hidden layer is for: it moves the points to where
# a linear layer can separate them.
#
# Nobody has to find such weights by hand. Same three sets, same training, a
# hidden layer of 32 ReLU units.

# %%
fig, by_mlp = train_on_points(
    lambda: nn.Sequential(nn.Linear(2, 32), nn.ReLU(), nn.Linear(32, 2))
)
for name, accuracy in by_mlp.items():
    checks.expect(
        accuracy > 0.95, f"expected over 95 % on {name}, got {accuracy:.0%}"
    )
fig

# %% [markdown]
# The borders now bend around the points. Look closely: they are made of
# straight pieces, since ReLU itself is. And on MNIST? One line is added to
# the "two-layer network".
#
# **Predict.** Softmax regression had 92 %. Where is the MLP after the same
# three epochs?

# %%
nets["two layers, ReLU between"] = lambda: nn.Sequential(
    nn.Flatten(), nn.Linear(784, 64), nn.ReLU(), nn.Linear(64, 10)
)
name = "two layers, ReLU between"
for seed in progress.track(range(3), "training"):
    runs[name, seed] = train_briefly(nets[name], seed)

accuracies = {
    name: [100 * runs[name, s][1]["valid_accuracy"][-1] for s in range(3)]
    for name in nets
}
gain = min(accuracies[name]) - max(accuracies["two linear layers"])
checks.expect(
    gain > 2, f"expected ReLU to gain over 2 points, got {gain:.1f}"
)

# %% [markdown]
# Each dot of the figure is one seed.

# %%
fig, ax = plt.subplots(figsize=(plotting.WIDTH, 2))
for row, (name, values) in enumerate(accuracies.items()):
    color = plotting.BLUE if "ReLU" in name else plotting.GREY
    ax.plot(values, [row] * 3, "o", color=color, alpha=0.7)
    ax.annotate(
        f"mean {np.mean(values):.1f}", (max(values), row), (10, 0),
        textcoords="offset points", va="center", color=plotting.GREY,
    )  # fmt: skip
ax.set_yticks(range(3), list(accuracies))
ax.set(xlabel="validation accuracy after 3 epochs (%)", ylim=(2.5, -0.5))
ax.margins(x=0.1)
means = [f"{name} {np.mean(v):.1f} %" for name, v in accuracies.items()]
plotting.describe(
    fig,
    f"Validation accuracy of three seeds each. Means: {'; '.join(means)}.",
)

# %% [markdown]
# One and two linear layers share their place. The ReLU, which has no
# parameters at all, gains several points, and the gain is many times larger
# than the spread over the seeds. So the nonlinearity makes the difference.

# %% [markdown]
# ## The forward pass, with all shapes
#
# To compute the output from the input is called the
# [forward pass](glossary.md#forward-pass). Follow a batch of 128 images
# through this network. In the notation 784-64-10 each number is the width of
# a [layer](glossary.md#layer).

# %%
fig, ax = plt.subplots(figsize=(plotting.WIDTH, 2.6))
columns = [("$X$\n128 × 784", 6), ("$H$\n128 × 64", 4), ("$Z$\n128 × 10", 3)]
places = []
for x, (name, units) in enumerate(columns):
    heights = np.linspace(-1, 1, units) * (units / 6)
    places.append([(x, height) for height in heights])
    ax.plot([x] * units, heights, "o", ms=13, color=plotting.BLUE, zorder=2)
    ax.text(x, -1.3, name, ha="center", va="top")
for left, right in itertools.pairwise(places):
    for start, end in itertools.product(left, right):
        ax.plot(*zip(start, end, strict=True), color=plotting.LIGHT, zorder=1)
labels = [
    "$W_1$: 784 × 64,  $b_1$: 64\nthen ReLU",
    "$W_2$: 64 × 10,  $b_2$: 10",
]
for x, label in enumerate(labels):
    ax.text(x + 0.5, 1.15, label, ha="center", va="bottom")
ax.set(xticks=[], yticks=[], ylim=(-1.9, 1.5))
ax.spines[:].set_visible(False)
plotting.describe(
    fig,
    "An MLP as a graph: every input is joined to every hidden unit, every "
    "hidden unit to every output. Only some of the units are drawn.",
)

# %% [markdown]
# Each circle is a number, each line a weight (of the 784, 64 and 10 units
# only a few are drawn). Every unit of a layer is joined to every unit of the
# next, hence the name [**fully connected**](glossary.md#fully-connected)
# layer.
#
# **Predict.** How many parameters does it have?

# %%
# NBVAL_CHECK_OUTPUT
p, num_hiddens, k = 784, 64, 10
X, W1, b1 = torch.zeros(128, p), torch.zeros(p, num_hiddens), torch.zeros(64)
W2, b2 = torch.zeros(num_hiddens, k), torch.zeros(k)
H = torch.relu(X @ W1 + b1)
Z = H @ W2 + b2
for name, value in {
    "X": X,
    "W1": W1,
    "b1": b1,
    "H": H,
    "W2": W2,
    "Z": Z,
}.items():
    print(f"{name:2}", tuple(value.shape))
num_parameters = sum(value.numel() for value in (W1, b1, W2, b2))
print("parameters:", p * num_hiddens + num_hiddens + num_hiddens * k + k)
checks.expect(
    num_parameters == 50_890, f"expected 50890, got {num_parameters}"
)

# %% [markdown]
# $784 \cdot 64 + 64 + 64 \cdot 10 + 10 = 50{,}890$. Most sit in the first
# layer, because an image has so many pixels. The bias, with one entry per
# unit, is added to each of the 128 rows.

# %% [markdown]
# ## Any curve, hinge by hinge
#
# How much can one hidden layer do? Take a single input $x$. A hidden unit
# $\max(0, x - c)$ is a **hinge**: zero up to $c$, a straight ramp after it. A
# network with $h$ hidden units adds $h$ hinges,
#
# $$\hat f(x) = b_2 + \sum_{j=1}^{h} a_j \max(0, x - c_j),$$
#
# and each lets the line bend once, by $a_j$, at $c_j$. So we can build a
# network that follows a given curve $f$, without any training: choose the
# places $c_j$, and let $a_j$ be the change of slope that is needed there.


# %%
def f(x):
    return torch.sin(2 * torch.pi * x) + 0.5 * torch.sin(5 * torch.pi * x)


@torch.no_grad()
def build_network(num_hiddens):
    """A ReLU network through points of f, at equal distances in 0 to 1."""
    c = torch.linspace(0, 1, num_hiddens + 1)
    slopes = f(c).diff() / c.diff()
    a = slopes.diff(prepend=torch.zeros(1))
    network = nn.Sequential(
        nn.Linear(1, num_hiddens), nn.ReLU(), nn.Linear(num_hiddens, 1)
    )
    network[0].weight.fill_(1.0)
    network[0].bias.copy_(-c[:-1])
    network[2].weight.copy_(a[None])
    network[2].bias.copy_(f(c[:1]))
    return network


# %% [markdown]
# **Predict.** With twice as many hinges, how much smaller will the largest
# error be: half, a quarter?

# %%
x = torch.linspace(0, 1, 513)[:, None]
fig, axes = plt.subplots(1, 3, figsize=(plotting.WIDTH, 2.6), sharey=True)
errors = {
    h: (build_network(h)(x) - f(x)).abs().max().item()
    for h in (5, 10, 20, 40)
}
for ax, h in zip(axes, errors, strict=False):
    network = build_network(h)
    ax.plot(x, f(x), color=plotting.LIGHT, linewidth=5)
    ax.plot(x, network(x).detach(), color=plotting.BLUE)
    c = -network[0].bias.detach()[:, None]
    ax.plot(c, network(c).detach(), "o", color=plotting.BLUE, markersize=4)
    ax.set(title=f"{h} hinges: {errors[h]:.2f}", xlabel="$x$")
axes[0].set_ylabel("$f(x)$")
for h, error in errors.items():
    print(f"{h:2} hinges: largest error {error:.3f}")
checks.expect(
    errors[40] < errors[20] / 3, "expected about a quarter of the error"
)
plotting.describe(
    fig,
    "A wavy curve in gray and, on top, a chain of straight pieces with a dot "
    "at each hinge: coarse with 5 pieces, close to the curve with 20.",
)

# %% [markdown]
# Gray is the target, blue the network, each dot a hinge; the title gives the
# largest error. From 20 to 40 hinges it falls to about a quarter. With enough
# of them, it gets as small as you like. This holds for every continuous
# function on a bounded region, with any number of inputs and with any
# activation that is not a polynomial: the
# **[universal approximation](glossary.md#universal-approximation) theorem**
# (G. Cybenko 1989; K. Hornik 1991; M. Leshno and others 1993).
#
# ### What the theorem doesn't say
#
# It says that good weights *exist*. Let us see if training finds them: 20
# hidden units, as above, trained on 513 points of the curve.
#
# **Predict.** Will training do better or worse than our construction?

# %%
trained_errors = []
for seed in progress.track(range(3), "training"):
    training.seed_everything(seed)
    trained = nn.Sequential(nn.Linear(1, 20), nn.ReLU(), nn.Linear(20, 1))
    optimizer = torch.optim.Adam(trained.parameters(), lr=0.01)
    for _ in range(1500):
        loss = F.mse_loss(trained(x), f(x))
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
    trained_errors.append((trained(x) - f(x)).abs().max().item())
print("trained:", *(f"{error:.2f}" for error in trained_errors))
print(f"built:   {errors[20]:.2f}")
checks.expect(
    min(trained_errors) > errors[20], "expected training to miss it"
)

# %% [markdown]
# Training finds much worse weights of the same network, and other ones from
# each seed. The theorem doesn't promise that gradient descent finds the
# weights, nor how many units you need, nor anything about new data. It also
# ends where the region ends. Nor are networks alone in this: polynomials
# (K. Weierstrass 1885) and Gaussian kernels approximate every continuous
# function on a bounded region, too.
#
# **Predict.** All three fit the curve on 0 to 1. What do they answer up to
# 1.3?

# %%
x_np, f_np = x.numpy(), f(x).numpy().ravel()
network = build_network(80)
polynomial = np.polynomial.Chebyshev.fit(x_np.ravel(), f_np, deg=15)
kernel = KernelRidge(kernel="rbf", gamma=50, alpha=1e-4).fit(x_np, f_np)

x_wide = torch.linspace(0.5, 1.3, 321)[:, None]
fits = {
    "ReLU network": network(x_wide).detach().numpy().ravel(),
    "polynomial": polynomial(x_wide.numpy().ravel()),
    "Gaussian kernel": kernel.predict(x_wide.numpy()),
}
target = f(x_wide).numpy().ravel()
inside = x_wide.numpy().ravel() <= 1
for name, values in fits.items():
    error = np.abs(values - target)
    worst = error[inside].max(), error[~inside].max()
    print(f"{name:15} up to 1: {worst[0]:.3f}   beyond: {worst[1]:,.1f}")
    checks.expect(worst[0] < 0.02, f"expected {name} to fit inside")
    checks.expect(worst[1] > 1, f"expected {name} to fail outside")

# %% [markdown]
# The largest errors, inside and outside. As a picture:

# %%
fig, ax = plt.subplots(figsize=(plotting.WIDTH, 2.6))
ax.plot(x_wide, target, color=plotting.LIGHT, linewidth=5)
ends = {"the curve": (1.3, target[-1], plotting.GREY)}
for i, (name, style) in enumerate(zip(fits, ("-", "--", "-."), strict=True)):
    drawn = np.abs(fits[name]) < 2
    places, values = x_wide.numpy()[drawn, 0], fits[name][drawn]
    ax.plot(places, values, style, color=plotting.PALETTE[i])
    ends[name] = (places[-1], values[-1], plotting.INKS[i])
ax.axvline(1, color=plotting.GREY, linestyle=":", linewidth=1)
ax.set(xlabel="$x$", ylabel="$f(x)$", xlim=(0.5, 1.3))
plotting.direct_labels(ax, ends)
plotting.describe(
    fig,
    "The curve and three fits. Up to 1 they coincide. Beyond 1 the network "
    "goes on straight, the polynomial shoots away, the kernel falls to 0.",
)

# %% [markdown]
# All are excellent inside and useless outside. So universal approximation is
# not what sets networks apart. What does, the rest of the course will show:
# they can be trained with hundreds of inputs, and their layers can be
# stacked.

# %% [markdown]
# ### Width against depth
#
# [Width](glossary.md#width) is the number of units in a layer,
# [depth](glossary.md#depth) the number of layers. One hidden layer with $h$
# units on one input has at most $h + 1$ straight pieces. Depth can do better.
# The tent $t(x) = 2 \max(0, x) - 4 \max(0, x - \tfrac12)$ needs two units and
# folds the interval 0 to 1 in half. Apply it to its own output, and each fold
# folds all earlier ones.
#
# **Predict.** Five layers, ten units in all. How many pieces?

# %%
x_fine = torch.linspace(0, 1, 1025)
folded, fig = x_fine, plt.figure(figsize=(plotting.WIDTH, 1.9))
axes = dict(zip((1, 3, 5), fig.subplots(1, 3, sharey=True), strict=True))
for depth in range(1, 6):
    folded = 2 * torch.relu(folded) - 4 * torch.relu(folded - 0.5)
    pieces = 1 + (folded.diff().sign().diff() != 0).sum().item()
    checks.expect(
        pieces == 2**depth, f"expected {2**depth} pieces, got {pieces}"
    )
    if depth in axes:
        axes[depth].plot(x_fine, folded, color=plotting.BLUE)
        title = f"{2 * depth} units, {pieces} pieces"
        axes[depth].set(title=title, xlabel="$x$")
plotting.describe(
    fig,
    "The tent folded once, three times and five times: zigzags of 2, 8 and "
    "32 straight pieces.",
)

# %% [markdown]
# Ten units in five layers make 32 pieces; ten units in one layer make at most
# 11. With every layer the number of pieces doubles, so for *some* functions
# depth saves units exponentially (M. Telgarsky 2016). It doesn't follow that
# deeper is better on your data. That is a question for the validation set.

# %% [markdown]
# ## One network, five ways
#
# Back to MNIST and 784-64-10. You will meet this network in many spellings.
# Here are five, each trained for two epochs with plain SGD and a learning
# rate of 0.1. First with nothing but **tensors**, so that every step is
# visible. The weights start as small random numbers (lesson 5 tells which).

# %%
loaders = data.loaders(splits, batch_size=128, seed=0)
generator = torch.Generator().manual_seed(0)
W1 = torch.randn(784, 64, generator=generator) / math.sqrt(784)
W2 = torch.randn(64, 10, generator=generator) / math.sqrt(64)
parameters = [W1, torch.zeros(64), W2, torch.zeros(10)]
start_values = [value.clone() for value in parameters]
for value in parameters:
    value.requires_grad_()


def mlp(images):
    """Logits (n, 10) of images (n, 1, 28, 28)."""
    W1, b1, W2, b2 = parameters
    H = torch.relu(images.flatten(1) @ W1 + b1)
    return H @ W2 + b2


# %% [markdown]
# The five steps again. Steps 3 and 5 are what `optimizer.zero_grad()` and
# `optimizer.step()` do. The update itself must not become part of the next
# gradient, hence `no_grad`.

# %%
start = time.perf_counter()
for _ in range(2):
    for images, labels in loaders.train:
        logits = mlp(images)  # 1. forward pass
        loss = F.cross_entropy(logits, labels)  # 2. loss
        for value in parameters:
            value.grad = None  # 3. clear the old gradients
        loss.backward()  # 4. backward pass: new gradients
        with torch.no_grad():
            for value in parameters:
                value -= 0.1 * value.grad  # 5. update the weights
seconds = time.perf_counter() - start

ways = []
with torch.no_grad():
    by_hand = mlp(splits.valid.images)
right = (by_hand.argmax(dim=1) == splits.valid.labels).float().mean().item()
size = sum(value.numel() for value in parameters)
ways.append(("tensors by hand", size, 100 * right, seconds))
print(f"validation accuracy {right:.1%}")

# %% [markdown]
# Next `nn.Sequential`, a list of layers, and **`nn.Module`**, a class whose
# `forward` may contain any Python. Use the first while the data runs straight
# through, the second for everything else.


# %%
class MLP(nn.Module):
    """Flatten, linear, ReLU, linear."""

    def __init__(self, num_hiddens=64):
        super().__init__()
        self.hidden = nn.Linear(784, num_hiddens)
        self.output = nn.Linear(num_hiddens, 10)

    def forward(self, X):
        H = torch.relu(self.hidden(X.flatten(1)))
        return self.output(H)


sequential = nn.Sequential(
    nn.Flatten(), nn.Linear(784, 64), nn.ReLU(), nn.Linear(64, 10)
)

# %% [markdown]
# Assigning a layer to `self` registers its parameters; `forward` is called
# through `model(X)`. We give both the start values of the first, and the same
# batches in the same order.
#
# **Predict.** For how many of the 6,000 validation images will they give the
# same answer as the tensors?

# %%
for name, model in {"nn.Sequential": sequential, "nn.Module": MLP()}.items():
    with torch.no_grad():
        for value, given in zip(
            model.parameters(), start_values, strict=True
        ):
            value.copy_(given.t())  # nn.Linear stores W transposed
    loaders = data.loaders(splits, batch_size=128, seed=0)
    optimizer = torch.optim.SGD(model.parameters(), lr=0.1)
    history = training.fit(
        model, loaders.train, epochs=2, optimizer=optimizer
    )
    result = training.evaluate(model, loaders.valid)
    same = (result.predictions == by_hand.argmax(dim=1)).float().mean()
    print(f"{name}: the same answer for {same:.1%} of the images")
    checks.expect(same > 0.98, f"expected the same answers, got {same:.1%}")
    size = sum(value.numel() for value in model.parameters())
    ways.append((name, size, 100 * result.accuracy, history.seconds))

# %% [markdown]
# Three spellings, one network. They would agree completely, but for rounding:
# each adds up its products in another order. Once in a while a hidden unit is
# so close to zero that ReLU lets it through in one and not in the other, and
# from there the weights part by a little.
#
# Fourth, **Keras**, another library, which can compute with PyTorch inside.
# It has two spellings of its own: Sequential, a list of layers, and the
# functional API, which joins layers by calling them and so can describe any
# graph. Keras reads its settings when it is imported, so they come first.

# %%
workshop = tempfile.TemporaryDirectory()  # deleted when the kernel stops
folder = Path(workshop.name)
os.environ["KERAS_BACKEND"] = "torch"
os.environ["KERAS_HOME"] = str(folder)
try:
    import keras
except ImportError:
    keras = None
    print("Keras is not installed, so the next cell will be skipped.")
    print("To have it: pip install keras, then restart the kernel.")

# %% [markdown]
# A `Dense` layer is `nn.Linear` with an activation; its weights are stored as
# in our formulas, $p \times h$. `from_logits=True` tells the loss to apply
# softmax itself (lesson 2).


# %%
def keras_models():
    """The same network, by Keras's two ways of writing."""
    relu = {"units": 64, "activation": "relu"}
    layers = [
        keras.Input((784,)),
        keras.layers.Dense(**relu),
        keras.layers.Dense(10),
    ]
    inputs = keras.Input((784,))
    H = keras.layers.Dense(**relu)(inputs)
    functional = keras.Model(inputs, keras.layers.Dense(10)(H))
    return {
        "Keras, Sequential": keras.Sequential(layers),
        "Keras, functional": functional,
    }


def as_numpy(part):
    return part.images.flatten(1).numpy(), part.labels.numpy()


# %% [markdown]
# Both get our start values too. Before training, all logits must agree.

# %%
X_np, y_np = as_numpy(splits.train)
X_valid_np, y_valid_np = as_numpy(splits.valid)
for name, model in (keras_models() if keras else {}).items():
    keras.utils.set_random_seed(0)
    model.set_weights([value.numpy() for value in start_values])
    logits = X_valid_np[:100] @ start_values[0].numpy()
    logits = np.maximum(logits, 0) @ start_values[2].numpy()
    checks.expect_close(
        model.predict(X_valid_np[:100], verbose=0), logits, name, atol=1e-4
    )
    model.compile(
        optimizer=keras.optimizers.SGD(0.1),
        loss=keras.losses.SparseCategoricalCrossentropy(from_logits=True),
        metrics=["accuracy"],
    )
    start = time.perf_counter()
    model.fit(X_np, y_np, batch_size=128, epochs=2, verbose=0)
    seconds = time.perf_counter() - start
    _, accuracy = model.evaluate(X_valid_np, y_valid_np, 1000, verbose=0)
    ways.append((name, model.count_params(), 100 * accuracy, seconds))
    print(f"{name}: validation accuracy {accuracy:.1%}")

# %% [markdown]
# Keras shuffles in its own order, so the result after training is close and
# not the same. Fifth, scikit-learn's `MLPClassifier`. It chooses its own
# start values; each call of `partial_fit` is one epoch.

# %%
classifier = MLPClassifier(
    (64,), solver="sgd", learning_rate_init=0.1, momentum=0, alpha=0,
    batch_size=128, random_state=0,
)  # fmt: skip
start = time.perf_counter()
for _ in range(2):
    classifier.partial_fit(X_np, y_np, classes=np.arange(10))
seconds = time.perf_counter() - start
size = sum(a.size for a in classifier.coefs_ + classifier.intercepts_)
accuracy = classifier.score(X_valid_np, y_valid_np)
ways.append(("scikit-learn", size, 100 * accuracy, seconds))
columns = ["written with", "parameters", "valid. accuracy (%)", "seconds"]
table = pd.DataFrame(ways, columns=columns).set_index("written with")
checks.expect(table["parameters"].nunique() == 1, "expected equal sizes")
spread = np.ptp(table["valid. accuracy (%)"])
checks.expect(spread < 1.5, f"expected comparable results, got {spread:.1f}")
table.round(1)

# %% [markdown]
# The same number of parameters, and accuracies within 1.5 points. What
# differs is the overhead per batch. The course goes on with `nn.Sequential`
# or `nn.Module` and `training.fit`.

# %% [markdown]
# ## Watching a training
#
# Now a real training of a small network, 784-16-10. A published tutorial
# reports 94 % for it, after five epochs in batches of 20, in 50 seconds. We
# take larger batches, the optimizer AdamW, and a learning rate that first
# rises and then falls to zero, called one-cycle (both in lesson 8). These
# settings, which training itself doesn't find, are
# [hyperparameters](glossary.md#hyperparameter); they were chosen on the
# validation set.


# %%
def train_one_cycle(model, loaders, epochs, max_lr):
    """Train with AdamW and a one-cycle schedule; returns the history."""
    optimizer = torch.optim.AdamW(model.parameters(), lr=max_lr, fused=True)
    scheduler = torch.optim.lr_scheduler.OneCycleLR(
        optimizer, max_lr, total_steps=epochs * len(loaders.train)
    )
    return training.fit(
        model, loaders.train, loaders.valid, epochs=epochs,
        optimizer=optimizer, scheduler=scheduler, scheduler_step="batch",
    )  # fmt: skip


training.seed_everything(0)
loaders = data.loaders(splits, batch_size=256, seed=0)
small_model = nn.Sequential(
    nn.Flatten(), nn.Linear(784, 16), nn.ReLU(), nn.Linear(16, 10)
)
small_history = train_one_cycle(small_model, loaders, epochs=8, max_lr=0.01)
checks.expect_seconds(small_history.seconds, at_most=15, name="training")
plotting.show_history(small_history)

# %% [markdown]
# While it runs, the progress bar tells epoch,
# [validation loss](glossary.md#validation-loss) and accuracy. Afterwards the
# curves tell more. Both losses fall and flatten: the training is done. The
# training loss ends below the validation loss: the network does better on
# images it has seen, a gap to keep an eye on.

# %% [markdown]
# ## Keep the best weights
#
# Give a larger network few images and the gap opens. Here are 2,000 training
# images and 784-256-10.
#
# **Predict.** What will the validation loss do over 20 epochs?

# %%
kept, _ = data.stratified_split(splits.train.labels, 1 - 2000 / 54000, seed=0)
few = dataclasses.replace(splits, train=splits.train.subset(kept))


def start_afresh():
    """A model, its optimizer and its batches, the same at every call."""
    training.seed_everything(0)
    model = MLP(num_hiddens=256)
    optimizer = torch.optim.Adam(model.parameters(), lr=3e-3)
    batches = data.loaders(few, batch_size=64, seed=0).train
    return model, optimizer, batches


# %% [markdown]
# We keep the weights of the epoch with the lowest validation loss. A widely
# copied line for that is `best = model.state_dict()`.
#
# ### Find the mistake: best weights that keep training
#
# The loop keeps them in two ways, as published and with a deep copy.

# %%
model, optimizer, batches = start_afresh()
best_loss = math.inf
for epoch in progress.track(range(1, 21), "training"):
    train_epoch(model, batches, optimizer)
    valid_loss = training.evaluate(model, loaders.valid).loss
    if valid_loss < best_loss:
        best_loss, best_epoch = valid_loss, epoch
        published = model.state_dict()
        copied = copy.deepcopy(model.state_dict())
print(f"best epoch {best_epoch}: validation loss {best_loss:.4f}")
print(f"last epoch 20: validation loss {valid_loss:.4f}")

for name, weights in {"published": published, "deep copy": copied}.items():
    restored = MLP(num_hiddens=256)
    restored.load_state_dict(weights)
    print(f"{name}: {training.evaluate(restored, loaders.valid).loss:.4f}")
checks.expect(
    valid_loss > 1.05 * best_loss, "expected the loss to rise again"
)
checks.expect(
    torch.equal(published["hidden.weight"], model.hidden.weight),
    "expected the published way to end with the last weights",
)

# %% [markdown]
# "Published" is the loss of the *last* epoch. `state_dict()` returns a
# dictionary of the very tensors that the model goes on training; it is a view
# and not a photograph. `dict(...)` or `.copy()` wouldn't help: they copy the
# dictionary and share the tensors. `copy.deepcopy` copies the tensors, too.
#
# `training.fit(restore_best=True)` does that, and `patience` stops a training
# whose validation loss no longer improves. From the same start it must find
# the same epoch.

# %%
model, optimizer, batches = start_afresh()
history = training.fit(
    model, batches, loaders.valid, epochs=20, optimizer=optimizer,
    restore_best=True,
)  # fmt: skip
checks.expect(
    history.best_epoch == best_epoch, "expected the same best epoch"
)
checks.expect_close(
    training.evaluate(model, loaders.valid).loss, best_loss, rtol=1e-4
)
plotting.show_history(history)

# %% [markdown]
# The training loss goes to zero while the validation loss has a lowest point,
# here marked "best", and rises again: **overfitting**, the subject of lesson
# 9. The accuracy hardly notices. The network still gets the same images right
# and becomes too sure of those it gets wrong.

# %% [markdown]
# ## Save, load, resume
#
# Weights that exist only in the kernel are lost with it. Save the state
# dictionary, and load it into a model of the same form. Files of this lesson
# go into a temporary folder.

# %%
path = folder / "weights.pt"
torch.save(model.state_dict(), path)
loaded = MLP(num_hiddens=256)
loaded.load_state_dict(torch.load(path, weights_only=True))
X = splits.valid.images[:100]
checks.expect(torch.equal(loaded(X), model(X)), "expected the same logits")
print(f"{path.stat().st_size / 1e6:.1f} MB, logits are equal")

# %% [markdown]
# $203{,}530$ parameters of 4 bytes are 0.8 MB. To *continue* a training,
# weights are not enough. What else did the training remember at that moment?
#
# **Predict.** Write down what has to be in the file before you read on.
#
# A [**checkpoint**](glossary.md#checkpoint) holds all that changes during
# training: the weights, the state of the optimizer (Adam keeps running means
# of the gradients), the number of epochs done, and the state of the random
# numbers that shuffle the batches. We train four epochs at once, and then
# again with a stop after two.

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
# Now resume, once with everything in the file, once with the weights alone.

# %%
for parts in (["model", "optimizer", "shuffling"], ["model"]):
    model, optimizer, batches = start_afresh()
    checkpoint = torch.load(folder / "checkpoint.pt", weights_only=True)
    model.load_state_dict(checkpoint["model"])
    if "optimizer" in parts:
        optimizer.load_state_dict(checkpoint["optimizer"])
        batches.generator.set_state(checkpoint["shuffling"])
    for _ in range(checkpoint["epoch"], 4):
        train_epoch(model, batches, optimizer)
    difference = max(
        (value - at_once[name]).abs().max().item()
        for name, value in model.state_dict().items()
    )
    print(f"{' + '.join(parts)}: weights differ by at most {difference:.4f}")
    if "optimizer" in parts:
        checks.expect(
            difference == 0, "expected the same weights, bit for bit"
        )

# %% [markdown]
# With the full checkpoint the stop has left no trace, bit for bit. With the
# weights alone the training goes on, on another path.
#
# `training.save_checkpoint` adds one thing to `torch.save`: it writes to a
# temporary file first and then renames it, so a crash while writing never
# destroys the last good checkpoint. `fit` uses it after every epoch:

# %%
path = folder / "fit.pt"
for epochs in (2, 4):
    model, optimizer, batches = start_afresh()
    history = training.fit(
        model, batches, loaders.valid, epochs=epochs, optimizer=optimizer,
        checkpoint=path, resume=True,
    )  # fmt: skip
print("epochs in the history:", history["epoch"])
print("in the file:", *training.load_checkpoint(path))
checks.expect(
    torch.equal(model.hidden.weight, at_once["hidden.weight"]),
    "expected fit to resume bit for bit, too",
)

# %% [markdown]
# The second call found two epochs in the file and ran two more. The file
# holds what ours held, and the best weights besides. Give every long training
# a checkpoint from the beginning.

# %% [markdown]
# ### Find the mistake: a file that runs code
#
# Many tutorials load weights from the web with
# `torch.load(path, weights_only=False)`, or did so by default before PyTorch
# 2.6. What can happen?
#
# Such a file is a **pickle**, and a pickle is a small program: it may name
# any function to be called while it is read. Ours calls `print`.


# %%
# NBVAL_CHECK_OUTPUT
class NotWeights:
    def __reduce__(self):  # tells pickle how to rebuild the object
        return print, (
            "This text was printed by the file while it was loaded.",
        )


path = folder / "from_the_web.pt"
torch.save(NotWeights(), path)
torch.load(path, weights_only=False)
try:
    torch.load(path, weights_only=True)
except pickle.UnpicklingError:
    print("weights_only=True: refused")

# %% [markdown]
# The file could have called any other function as well: delete files, send
# passwords. `weights_only=True` admits tensors and plain values, and refuses
# the rest. Write it out: older releases default to `False`.

# %% [markdown]
# ## Two published networks
#
# Two larger networks are found in many tutorials: 784-512-512-10 (97.64 %
# after 50 epochs) and 784-512-256-128-64-10 (97.60 % after 10 epochs, 71
# seconds). We want 98.3 % from each, in 45 seconds at most. Three things
# help:
#
# - one-cycle AdamW on batches of 256, as above;
# - **dropout** after each hidden layer: in training, each hidden value is set
#   to 0 with a small probability, here 0.2 or 0.1, so that no unit can rely
#   on a single other one (lesson 9);
# - **augmentation**: each training batch is moved by up to one pixel in each
#   direction, at random. Lesson 1 showed what shifts do to a model that has
#   never seen any. The frame of a digit is empty, so what `roll` pushes out
#   on one side and brings back on the other is background.


# %%
def shift(images):
    """Move all images (n, 1, 28, 28) of a batch by -1, 0 or 1 pixel."""
    rows, columns = torch.randint(-1, 2, (2,)).tolist()
    return images.roll((rows, columns), dims=(2, 3))


def make_mlp(widths, dropout):
    """An MLP with layers of these widths, ReLU and dropout between them."""
    layers = [nn.Flatten()]
    for p, h in itertools.pairwise(widths[:-1]):
        layers += [nn.Linear(p, h), nn.ReLU(), nn.Dropout(dropout)]
    return nn.Sequential(*layers, nn.Linear(*widths[-2:]))


def count_parameters(model):
    return sum(value.numel() for value in model.parameters())


# %% [markdown]
# First the wide one.
#
# **Predict.** Dropout and shifts are active in training only. Which curve
# will be higher, training or validation accuracy?

# %%
training.seed_everything(0)
loaders = data.loaders(splits, batch_size=256, seed=0, augment=shift)
wide_model = make_mlp([784, 512, 512, 10], dropout=0.2)
print(f"{count_parameters(wide_model):,} parameters")
wide_history = train_one_cycle(wide_model, loaders, epochs=8, max_lr=2e-3)
checks.expect_seconds(wide_history.seconds, at_most=45, name="training")
plotting.show_history(wide_history)

# %% [markdown]
# For most of the time validation lies *above* training. Nothing is wrong: the
# training figures are measured under dropout and shifts, on a harder task.
# Now the deep one, with dropout 0.1, since it loses values in four layers.

# %%
training.seed_everything(0)
deep_model = make_mlp([784, 512, 256, 128, 64, 10], dropout=0.1)
print(f"{count_parameters(deep_model):,} parameters")
deep_history = train_one_cycle(deep_model, loaders, epochs=8, max_lr=2e-3)
checks.expect_seconds(deep_history.seconds, at_most=45, name="training")
for name, history in {"wide": wide_history, "deep": deep_history}.items():
    print(f"{name}: validation accuracy {history['valid_accuracy'][-1]:.2%}")

# %% [markdown]
# The deep network does about as well as the wide one. On this task, depth
# isn't what is missing.

# %% [markdown]
# ## Find the mistakes: four wrong measurements
#
# The next four come from published training code, and all concern what is
# reported. We repeat them on validation images with the networks above.
#
# **First.** One tutorial draws its validation images with a sampler that
# takes 20 % of a data set, and divides by `len(loader.dataset)`.
#
# **Predict.** What is wrong with the loss it prints?

# %%
picked = torch.randperm(len(splits.train))[: len(splits.train) // 5].tolist()
sampler = SubsetRandomSampler(picked)
loader = DataLoader(splits.train, batch_size=1000, sampler=sampler)
loss_sum = 0.0
small_model.eval()
with torch.no_grad():
    for images, labels in loader:
        loss = F.cross_entropy(small_model(images), labels)
        loss_sum += loss.item() * len(labels)
for name, count in {
    "len(loader.dataset)": len(loader.dataset),
    "len(sampler)": len(sampler),
}.items():
    print(f"divided by {name} = {count:,}: {loss_sum / count:.3f}")
honest = training.evaluate(
    small_model, splits.train.subset(torch.tensor(picked))
)
checks.expect_close(loss_sum / len(sampler), honest.loss, "loss", rtol=1e-4)

# %% [markdown]
# It is five times too small, since the data set still has all its images and
# the sampler only chooses among them. The tutorial printed a validation loss
# of 0.085 beside a training loss of 0.77 and went on. When validation looks
# far *better* than training, and there is no dropout to explain it, look for
# a mistake. The safe way is to count the examples you have seen.

# %% [markdown]
# **Second.** `loss_sum += loss` without `.item()`.
#
# **Predict.** Both sums have the same value. What is the difference?


# %%
def graph_of(tensor):
    """All nodes of the graph through which autograd could go back."""
    nodes, waiting = set(), [tensor.grad_fn]
    while waiting:
        node = waiting.pop()
        if node is not None and node not in nodes:
            nodes.add(node)
            waiting += [parent for parent, _ in node.next_functions]
    return nodes


wide_model.eval()
tensor_sum, number_sum = torch.zeros(()), 0.0
for count, (images, labels) in enumerate(loaders.valid, start=1):
    loss = F.cross_entropy(wide_model(images), labels)
    tensor_sum += loss
    number_sum += loss.item()
    if count in (1, 3, 6):
        nodes = graph_of(tensor_sum)
        hidden = [n._saved_result.nbytes for n in nodes if "Relu" in n.name()]
        print(f"{count} batches: {len(nodes):3} nodes, "
              f"hidden layers {sum(hidden) / 1e6:.1f} MB")  # fmt: skip
del tensor_sum, nodes

# %% [markdown]
# The sum is a tensor with a history: it could be differentiated, so PyTorch
# keeps the graph of *every* batch, with its hidden layers, until the sum is
# gone. On a large data set the memory runs out. `.item()` takes the number
# and leaves the graph. (After `backward()` the hidden layers are freed and
# only the nodes stay; then the leak is slower.) And measure under
# `torch.no_grad()`, which builds no graph at all.

# %% [markdown]
# **Third.** Evaluation without `model.eval()`. The wide network has dropout.
#
# **Predict.** Higher or lower accuracy? And the same number twice?


# %%
@torch.no_grad()
def accuracy_of(model, images):
    right = model(images).argmax(dim=1) == splits.valid.labels
    return right.float().mean().item()


X_valid = splits.valid.images
wide_model.train()
forgotten = [accuracy_of(wide_model, X_valid) for _ in range(3)]
wide_model.eval()
print("train():", *(f"{value:.2%}" for value in forgotten))
evaluated = [accuracy_of(wide_model, X_valid) for _ in range(3)]
print("eval(): ", *(f"{value:.2%}" for value in evaluated))
checks.expect(
    len(set(evaluated)) == 1, "expected the same number three times"
)
checks.expect(
    max(forgotten) < evaluated[0], "expected dropout to cost accuracy"
)

# %% [markdown]
# In training mode a fifth of the hidden values is dropped at random, so the
# number is too low and changes from call to call. Two answers for one image:
# that is how you recognize it. `training.evaluate` switches to evaluation
# mode and back.

# %% [markdown]
# **Fourth.** Inputs scaled in training and unscaled in use. Our networks were
# trained on normalized pixels. Feed them pixels from 0 to 1, and bytes from 0
# to 255, as a camera or a file gives them.
#
# **Predict.** Nothing crashes. How much is lost?

# %%
unit = X_valid * splits.std + splits.mean
scales = {"normalized": X_valid, "0 to 1": unit, "0 to 255": 255 * unit}
missed = {}
for name, images in scales.items():
    rescaled = data.ImageSet(images, splits.valid.labels)
    result = training.evaluate(wide_model, rescaled)
    missed[name] = (result.predictions != result.labels).sum().item()
    print(f"{name:10} {missed[name]:3} mistakes, loss {result.loss:.2f}")
for name in ("0 to 1", "0 to 255"):
    worse = missed[name] / missed["normalized"]
    checks.expect(worse > 1.2, f"expected more mistakes, got {worse:.2f} x")

# %% [markdown]
# Almost half as many mistakes again, and with bytes the loss explodes: logits
# grow with the pixels, so the network is certain of every mistake. Nothing
# tells you so. Whatever is done to the training images must be done to every
# image ever after. Store $\mu$ and $\sigma$ with the weights, or make them
# the network's first layer.

# %% [markdown]
# ## More parameters than images
#
# The wide network has $669{,}706 / 54{,}000 = 12.4$ parameters for each
# training image. Statistics courses warn of that. A **parametric** model has
# a fixed number of parameters, however many examples there are: softmax
# regression, any MLP. A **nonparametric** one grows with the data: lesson 1's
# nearest neighbor keeps every image. An
# [**overparametrized**](glossary.md#overparametrized) network stands between
# the two: its size is fixed, but it has room enough to learn each example by
# heart.
#
# We train networks of growing width on 1,000 images, three seeds each.
#
# **Predict.** When training accuracy has reached 100 %, and the network grows
# further, what does the validation accuracy do?

# %%
widths = [1, 2, 4, 8, 16, 32, 64, 128]
kept, _ = data.stratified_split(splits.train.labels, 1 - 1000 / 54000, 1)
thousand = splits.train.subset(kept)
batch = [(thousand.images, thousand.labels)]
scores = torch.zeros(2, len(widths), 3)
grid = list(itertools.product(enumerate(widths), range(3)))
for (i, num_hiddens), seed in progress.track(grid, "training"):
    training.seed_everything(seed)
    model = MLP(num_hiddens)
    optimizer = torch.optim.Adam(model.parameters(), lr=0.01)
    for _ in range(150):
        train_epoch(model, batch, optimizer)
    for part, images in enumerate((thousand, loaders.valid)):
        result = training.evaluate(model, images)
        scores[part, i, seed] = 100 * result.accuracy
sizes = [count_parameters(MLP(width)) for width in widths]
checks.expect(scores[0, -1].min() > 99.9, "expected all images to be learned")

# %% [markdown]
# Dots are seeds, lines their means.

# %%
fig, ax = plt.subplots(figsize=(plotting.WIDTH, 3))
looks = {
    "training": (plotting.BLUE, "--", 0),
    "validation": (plotting.ORANGE, "-", 1),
}
ends = {}
for part, (name, (color, style, ink)) in enumerate(looks.items()):
    ax.plot(sizes, scores[part].mean(dim=1), style, color=color)
    ax.plot(sizes, scores[part], ".", color=color, alpha=0.6)
    ends[name] = (
        sizes[-1],
        scores[part, -1].mean().item(),
        plotting.INKS[ink],
    )
ax.axvline(1000, color=plotting.GREY, linestyle=":", linewidth=1)
ax.text(1050, 60, "1,000 images", color=plotting.GREY, fontsize=9)
ax.set(xscale="log", xlabel="parameters", ylabel="accuracy (%)")
plotting.direct_labels(ax, ends)
narrow, widest = scores[1].mean(dim=1)[[4, -1]].tolist()
checks.expect(widest > narrow, f"expected a rise, got {narrow} to {widest}")
plotting.describe(
    fig,
    "Accuracy against parameters, from 800 to 100,000. Training rises to "
    "100 % at 6,000 and stays; validation goes on rising to nearly 90 %.",
)

# %% [markdown]
# From about 6,000 parameters on, every network learns the 1,000 images by
# heart. One might expect that larger ones then do worse on new images. They
# do better: validation accuracy goes on rising up to 100 parameters for each
# image. So counting parameters doesn't tell whether a network generalizes;
# the validation set does. Lesson 9 comes back to it.

# %% [markdown]
# ## The final number
#
# All choices are made. Now the test images, once, for the four networks of
# the published table.

# %%
published = [  # network, model, history, published accuracy and seconds
    ("two linear layers", linear_model, linear_history, 92.32, "45"),
    ("784-16-10", small_model, small_history, 94, "50"),
    ("784-512-512-10", wide_model, wide_history, 97.64, "not given"),
    ("784-512-256-128-64-10", deep_model, deep_history, 97.60, "71"),
]
results, rows = {}, []
for name, model, history, accuracy, seconds in published:
    results[name] = training.evaluate(model, loaders.test)
    ours = round(100 * results[name].accuracy, 2)
    rows.append((name, accuracy, ours, seconds, round(history.seconds, 1)))
columns = [
    "network",
    "published (%)",
    "ours (%)",
    "published (s)",
    "ours (s)",
]
pd.DataFrame(rows, columns=columns).set_index("network")

# %% [markdown]
# The seconds of others come from other computers, so compare them with care.
# The accuracies are on the same 10,000 images:

# %%
linear, small, wide, deep = (result.accuracy for result in results.values())
checks.expect(0.91 < linear < 0.935, f"expected about 92 %, got {linear:.2%}")
checks.expect(small >= 0.94, f"expected at least 94 %, got {small:.2%}")
checks.expect(wide >= 0.983, f"expected at least 98.3 %, got {wide:.2%}")
checks.expect(deep >= 0.983, f"expected at least 98.3 %, got {deep:.2%}")
print("all four as promised")

# %% jupyter={"outputs_hidden": true, "source_hidden": true} tags=["author"]
theirs = ("92.32 %, 45 s", "94 %, 50 s", "97.64 %", "97.60 %, 71 s")
for (name, _, history, *_), text in zip(published, theirs, strict=True):
    checks.report(
        name.replace("layers", "layers, no activation"),
        results[name].accuracy,
        images=len(results[name].labels),
        seconds=history.seconds,
        published=text,
    )

# %% [markdown]
# Without a nonlinearity 92 %, as published. Sixteen ReLU units pass 94 %, and
# the two larger networks pass 98.3 %. Which digits are hard for the wide one?

# %%
result = results["784-512-512-10"]
missed = 1 - result.per_class_accuracy
checks.expect(missed.max() < 0.04, f"expected under 4 %, got {missed.max()}")
plotting.show_bars(
    missed, splits.classes, percent=True,
    xlabel="test images missed (%)", highlight=[missed.argmax().item()],
)  # fmt: skip

# %% [markdown]
# Of every digit more than 96 % are right. Eight test images and sixteen
# mistakes:

# %%
mistakes = torch.nonzero(result.predictions != result.labels).squeeze(1)
generator = torch.Generator().manual_seed(0)
some = mistakes[torch.randperm(len(mistakes), generator=generator)[:16]]
shown = torch.cat([torch.arange(8), some])
plotting.show_predictions(
    splits.test.images[shown], result.labels[shown], result.predictions[shown]
)

# %% [markdown]
# Green with ✓ is right; red with ✗ is wrong, with the true class below. Many
# of the mistakes are digits that you would have to look at twice, too.
#
# What do hidden units look for? For the small network we can see all 16: the
# first layer has one weight per pixel.
#
# **Predict.** Will they look like digits, as in lesson 2?

# %%
plotting.show_weights(small_model[1].weight, columns=8)

# %% [markdown]
# No longer digits. A unit looks for strokes and edges in certain places (red:
# ink wanted, blue: ink unwanted), each useful for several digits, and the
# second layer combines them. Around them lies a frame of one pale shade:
# those pixels are the same in nearly all images, so their weights get nearly
# the same gradients and together act like one more bias.

# %% [markdown]
# ## What we found
#
# - A perceptron draws one straight line; XOR, moons and rings need more.
# - Two linear layers are one linear layer, in algebra and after training: the
#   collapsed network gave the same answers. A ReLU between them gained
#   several points.
# - A hidden layer of hinges can follow any curve. That good weights exist
#   doesn't mean that training finds them, or that they hold outside.
# - Five spellings of one network gave equal sizes and comparable results.
# - The training loop has five steps: forward, loss, clear, backward, update.
# - A state dictionary is no copy; a checkpoint needs the optimizer and the
#   random numbers; a pickle can run code.
# - Losses divided by the wrong count, sums that keep graphs, forgotten
#   `eval()` and forgotten scaling all ran without an error message.
# - The published networks passed 94 % and 98.3 % of the test images.
#
# ## Questions to check yourself
#
# <details><summary>A colleague stacks five linear layers because "deep
# networks are stronger". What do you answer?</summary>
#
# Their product is one linear layer. Without a nonlinear function between
# them, depth adds parameters and no new borders.
# </details>
#
# <details><summary>How many parameters has 100-50-20-3?</summary>
#
# $100 \cdot 50 + 50 + 50 \cdot 20 + 20 + 20 \cdot 3 + 3 = 6133$.
# </details>
#
# <details><summary>The theorem says one hidden layer is enough. Why does
# anyone use more?</summary>
#
# It says that enough units exist, not how many, and not that training finds
# their weights. Some functions need exponentially fewer units in a deep
# network.
# </details>
#
# <details><summary>Your validation accuracy changes each time you evaluate
# the same model. Where do you look?</summary>
#
# At a forgotten `model.eval()`: dropout is still active. Or at augmentation
# applied to validation images.
# </details>
#
# <details><summary>After a restart your loss jumps up for a while, then
# recovers. What was missing in the file?</summary>
#
# Probably the optimizer's state: Adam starts its running means at zero again.
# </details>
#
# ## Exercises and further reading
#
# Practice in [exercise set 3](../exercises/03_mlp.ipynb). Words to look up
# are in the [glossary](glossary.md). On networks as approximators: A. Pinkus,
# "Approximation theory of the MLP model in neural networks", Acta Numerica 8
# (1999). On depth: M. Telgarsky, "Benefits of depth in neural networks", COLT
# 2016. On overparametrized models: M. Belkin and others, "Reconciling modern
# machine-learning practice and the classical bias-variance trade-off", PNAS
# 116 (2019).
#
# Next: [lesson 5, activation functions](05_activations.ipynb): is
# ReLU the best choice for $\sigma$, and when does it matter?

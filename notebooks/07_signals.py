# ---
# jupyter:
#   course:
#     peak_mb: 1241
#     python: 3.11.7
#     seconds: 59.3
#     torch: 2.14.1
# ---

# %% [markdown]
# [![Open in Colab](https://colab.research.google.com/assets/colab-badge.svg)](https://colab.research.google.com/github/neural-notebooks/course/blob/clean/notebooks/07_signals.ipynb)

# %% [markdown]
# # 7. Signals in deep networks
#
# **The question of this lesson:** why does a network of thirty layers not
# learn, and what lets it?
#
# In 2015, K. He and others trained plain networks of 20 and of 56 layers on
# small color photographs. The deeper one did worse, not on new images alone
# but on the very images it was trained on. It could have copied the shallow
# one and passed the result on through 36 idle layers; training did not find
# even that. The same authors then changed one line of code and trained 152
# layers. This lesson breaks a deep network too, more thoroughly, finds out
# where the signal gets lost, and adds the same line.
#
# After this lesson you can
#
# - follow activations and gradients through the layers of a network;
# - choose starting weights for an activation, and say what they keep level;
# - predict from depth, activation and weights whether gradients vanish or
#   explode, as a product of matrices;
# - clip gradients, and say what clipping can't do;
# - write a skip connection, and show the 1 it puts into every factor.
#
# **You need:** lessons [5](05_activations.ipynb) (activations and their
# slopes) and [6](06_backprop.ipynb) (Jacobians, the chain rule with
# matrices). **Time:** about 115 minutes; all cells together run in under two
# minutes. Cells that do nothing but draw are folded; a click opens them.

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
import math
from itertools import pairwise

import matplotlib.pyplot as plt
import numpy as np
import torch
from torch import nn
from torch.nn import functional as F

from course_utils import checks, data, plotting, progress, training, widgets
from course_utils.uncertainty import mean_interval

plotting.use_style()
# Two threads add numbers in another order, and deep networks make much of it.
torch.set_num_threads(1)
training.seed_everything(0)

# %% [markdown]
# ## Thirty layers that don't learn
#
# The network: `depth` hidden layers of 64 ReLU units, weights as
# PyTorch's `nn.Linear` draws them. With $z^{(1)}$ the result of the first
# layer, written as a column, each further one computes
# $z^{(l)} = W^{(l)} \varphi(z^{(l-1)}) + b^{(l)}$, where $\varphi$ (phi) is
# ReLU. (Lesson 6 applied $\varphi$ last; we apply it first, which will make
# our one line of code shorter.) `states` returns all the $z^{(l)}$, so that
# we can look at them.


# %%
class Deep(nn.Module):
    def __init__(self, depth, seed, width=64):
        super().__init__()
        training.seed_everything(seed)
        self.first = nn.Linear(784, width)
        self.hidden = nn.ModuleList(
            nn.Linear(width, width) for _ in range(depth - 1)
        )
        self.last = nn.Linear(width, 10)

    def states(self, X):
        """z of each hidden layer: a list of (n, width)."""
        z = [self.first(X)]
        for layer in self.hidden:
            z.append(layer(torch.relu(z[-1])))
        return z

    def forward(self, X):
        return self.last(torch.relu(self.states(X)[-1]))


# %% [markdown]
# The training: 10,000 digits, three epochs in batches of 128, and Adam, the
# optimizer that lesson 8 takes apart. It is short, because we compare
# networks and set no record. All accuracies in this lesson are on the 6,000
# validation images; the test images stay unread, since no model comes out.

# %%
splits = data.normalize(data.load("mnist", valid_fraction=0.1, seed=0))
X = splits.train.images[:10_000].flatten(1)
y = splits.train.labels[:10_000]
X_valid, y_valid = splits.valid.images.flatten(1), splits.valid.labels


def train(model, lr, seed, epochs=3):
    """Train in place; returns the validation accuracy in percent."""
    generator = torch.Generator().manual_seed(seed)
    optimizer = torch.optim.Adam(model.parameters(), lr=lr, fused=True)
    for _ in range(epochs):
        for batch in torch.randperm(len(X), generator=generator).split(128):
            loss = F.cross_entropy(model(X[batch]), y[batch])
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
    with torch.no_grad():
        right = model(X_valid).argmax(dim=1) == y_valid
    return 100 * right.float().mean().item()


# %% [markdown]
# A network of three hidden layers and one of thirty, each at four learning
# rates:

# %%
RATES = [3e-4, 1e-3, 3e-3, 1e-2]


def search(make_model):
    """Accuracy at each rate, with a seed that is used for nothing else."""
    return {rate: train(make_model(100), rate, 100) for rate in RATES}


shallow = search(lambda seed: Deep(3, seed))
thirty = search(lambda seed: Deep(30, seed))
for name, found in ((" 3 layers", shallow), ("30 layers", thirty)):
    print(name, *(f"  rate {r:g}: {a:.1f} %" for r, a in found.items()))

# %% [markdown]
# Three layers learn at each of the rates. Thirty learn at none: 11.2 % is, as
# in lesson 5, the share of the ones, and the network gives that answer to
# every image. (An accuracy on 6,000 images is known to about ± 0.8 points
# here.)

# %% [markdown]
# ## Where the signal gets lost
#
# Before any training, send two images through thirty layers, a 3 and a 7.
# Each row of the picture is a layer, each column one of 24 units; red is
# positive, blue negative. So that small numbers can be seen, each row is
# divided by the largest entry of its layer.


# %% jupyter={"source_hidden": true}
def draw_states(scaled):
    """The states (layers, 2, units) of a 3 and a 7, and their difference."""
    _, axes = plt.subplots(1, 3, figsize=(plotting.WIDTH, 3.6), sharey=True)
    panels = {
        "a 3": scaled[:, 0],
        "a 7": scaled[:, 1],
        "3 minus 7": scaled[:, 0] - scaled[:, 1],
    }
    for ax, (title, rows) in zip(axes, panels.items(), strict=True):
        ax.imshow(
            rows[:, :24], cmap="RdBu_r", vmin=-1, vmax=1, aspect="auto",
            extent=(0.5, 24.5, 30.5, 0.5),
        )
        ax.set(title=title, xlabel="unit")
    axes[0].set_ylabel("layer")

# %% [markdown]
# The panel at the right shows the difference of the other two.

# %% course={"alt": "Three heat maps of 30 layers by 24 units: for a 3, for a 7, and their difference. The first rows of the two images differ. From about layer 6 on both show the same pattern, and the difference is blank."}
pair = torch.stack([X[y == 3][0], X[y == 7][0]])
with torch.no_grad():
    states = torch.stack(Deep(30, seed=0).states(pair))  # (30, 2, 64)
scaled = states / states.abs().amax(dim=(1, 2), keepdim=True)
draw_states(scaled)

# %% [markdown]
# The first rows differ, as they should. A few layers down the two pictures
# are the same: what is left comes from the biases, and the biases don't know
# which image came in. The last layer can't tell a 3 from a 7, because nothing
# that tells them apart reaches it.
#
# And backward? The gradient of the loss with respect to each $z^{(l)}$ starts
# at layer 30.

# %%
lost_guess = checks.predict(
    ...,
    "The gradient in layer 1 is 10 to which power times that in layer 30?",
    tolerance=2,
)


# %%
def gradients(model):
    """Norm of dL/dz in each hidden layer, for 256 images."""
    z = model.states(X[:256])
    loss = F.cross_entropy(model.last(torch.relu(z[-1])), y[:256])
    return [g.norm().item() for g in torch.autograd.grad(loss, z)]


norms = gradients(Deep(30, seed=0))
gaps = (states[:, 0] - states[:, 1]).norm(dim=1).tolist()
print("layer   distance of 3 and 7   gradient")
for layer in (1, 6, 11, 16, 30):
    print(f"{layer:5} {gaps[layer - 1]:21.1e} {norms[layer - 1]:10.1e}")
lost_guess.compare(math.log10(norms[0] / norms[-1]))

# %% [markdown]
# Both die, in opposite directions, and both by a factor of about a hundred
# every five layers, until rounding is all that is left of the distance. That
# is the pattern to explain: **each layer multiplies by about the same
# number**, and the number is smaller than 1. A gradient that gets lost on its
# way back is said to [**vanish**](glossary.md#vanishing-gradient). Layer 1
# has no way to learn what to change.
#
# Lesson 5 measured this number in ten layers, 0.42 for ReLU with these
# weights, and took it apart: a factor $c$ from the weights, times the slope
# of the function. Now we derive both. Begin with the weights.

# %% [markdown]
# ## How to start: initialization
#
# [**Initialization**](glossary.md#initialization) is the choice of the
# weights before training. Two questions: why not zeros, and how large?
#
# ### Zeros: nothing breaks the symmetry
#
# Softmax regression could start from zeros (lesson 2). A hidden layer can't:
# something has to [break the symmetry](glossary.md#symmetry-breaking). We
# train one hidden layer of 64 units three times: from zeros, with all
# parameters at 0.01, and from random weights. How many of its units differ in
# the end?

# %%
different = {}
for start in (0.0, 0.01, "random"):
    model = Deep(1, seed=0)
    if start != "random":
        for parameter in model.parameters():
            nn.init.constant_(parameter, start)
    accuracy = train(model, 1e-3, seed=0)
    different[start] = len(model.first.weight.unique(dim=0))
    print(f"{start!s:7} {different[start]:2} different units", end="")
    print(f", accuracy {accuracy:.1f} %")

# %% [markdown]
# Units with equal weights, in and out, compute the same, get the same
# gradient, and stay equal forever: sixty-four of them are worth one. From
# zeros not even that one learns: the gradient of the first layer contains the
# factor $W = 0$ of the last, and that of the last contains the hidden
# activations, which are 0. Only the output biases move. Random weights break
# the symmetry. Biases may start at 0.

# %% [markdown]
# ### How large?
#
# Let the weights have mean 0 and variance $\operatorname{Var}(w)$. A unit
# adds $n_\text{in}$ products, $z = \sum_i w_i h_i$. If weights and inputs are
# independent, the variances of the products add up:
#
# $$\operatorname{Var}(z) = n_\text{in} \operatorname{Var}(w)\,
#   \operatorname{E}[h^2].$$
#
# Here $n_\text{in}$ is the number of inputs and $\operatorname{E}[h^2]$ the
# mean square of an input. To keep $\operatorname{Var}(z)$ the same from layer
# to layer:
#
# - **tanh** is close to $h = z$ near 0. Then
#   $\operatorname{E}[h^2] \approx \operatorname{Var}(z)$ of the layer before,
#   so $\operatorname{Var}(w) = 1 / n_\text{in}$. For the gradient, which goes
#   the other way, the same argument asks for $1 / n_\text{out}$. X. Glorot's
#   compromise, known by his first name as
#   [**Xavier initialization**](glossary.md#Xavier-initialization), is
#   $2 / (n_\text{in} + n_\text{out})$.
# - **ReLU** sets half of a symmetric $z$ to 0, so
#   $\operatorname{E}[h^2] = \operatorname{Var}(z) / 2$.
#   [**He initialization**](glossary.md#He-initialization) makes up for the
#   half: $\operatorname{Var}(w) = 2 / n_\text{in}$.
#
# For layers of equal width $n$ the standard deviation of the weights is
# $g / \sqrt n$ in all cases. The number $g$, lesson 5's $c$, is the
# [**gain**](glossary.md#gain): 1 for Xavier, $\sqrt 2$ for He. What does
# PyTorch draw if you don't ask, and what does it recommend?

# %% tags=["nbval-check-output"]
Z = torch.randn(1_000_000, generator=torch.Generator().manual_seed(0))
half = (F.relu(Z) ** 2).mean() / Z.var()
print(f"E[ReLU(z)**2] / Var(z) = {half:.2f}")
training.seed_everything(0)
default = nn.Linear(1000, 1000).weight.std() * math.sqrt(1000)
print(f"gain of nn.Linear      = {default:.2f}")
for name in ("linear", "relu", "tanh", "sigmoid"):
    print(f"calculate_gain: {name:8} {nn.init.calculate_gain(name):.3f}")

# %% [markdown]
# The half is right. `nn.Linear` draws its weights with a gain of
# $0.58 = \sqrt{1/3}$, too small for any of these functions: that is what
# killed our thirty layers. `nn.init.calculate_gain` knows He's $\sqrt 2$ for
# ReLU. For tanh it says $5/3$, not the 1 of our argument. Who is right?
#
# ### Twenty layers, five initializations
#
# Twenty layers of 256 units without biases, tanh or ReLU. We follow the
# standard deviation of the activations $H$ forward and the size of the
# gradient $\partial L / \partial H$ backward, in 64-bit numbers, because some
# of these are very small. The biases are for later.


# %%
def follow(phi, std, bias_std=0.0, seed=0, depth=20, width=256):
    """Std of H and norm of its gradient in each layer, as two lists."""
    generator = torch.Generator().manual_seed(seed)
    H, layers, n_in = X[:256].double(), [], 784
    for n_out in [width] * depth + [10]:
        W = torch.randn(n_in, n_out, generator=generator).double()
        b = torch.randn(n_out, generator=generator).double()
        Z = H @ (std(n_in, n_out) * W).requires_grad_() + bias_std * b
        H, n_in = phi(Z), n_out
        H.retain_grad()
        layers.append(H)
    F.cross_entropy(Z, y[:256]).backward()  # the last Z are the logits
    spreads = [H.std().item() for H in layers[:-1]]
    return spreads, [H.grad.norm().item() for H in layers[:-1]]


inits = {  # the standard deviation of the weights
    "too small": lambda n_in, n_out: 0.01,
    "too large": lambda n_in, n_out: 0.2,
    "Xavier": lambda n_in, n_out: math.sqrt(2 / (n_in + n_out)),
    "He": lambda n_in, n_out: math.sqrt(2 / n_in),
    "gain 5/3": lambda n_in, n_out: 5 / 3 * math.sqrt(2 / (n_in + n_out)),
}

# %% [markdown]
# Xavier's argument for tanh took $\tanh z$ for $z$. In the first layer, the
# activations come out with a standard deviation of about 0.7.

# %%
xavier_guess = checks.predict(
    ...,
    "tanh with Xavier: the standard deviation in layer 20 (layer 1: 0.68)?",
    tolerance=0.1,
)

# %%
followed = {
    (phi.__name__, init): follow(phi, std)
    for phi in (torch.tanh, torch.relu)
    for init, std in inits.items()
}
print("             activation, layer 1 and 20   gradient, 20 and 1")
for (phi, init), (H, G) in followed.items():
    print(f"{phi} {init:9} {H[0]:10.2f} -> {H[-1]:7.1e}", end="")
    print(f" {G[-1]:15.2f} -> {G[0]:7.1e}")
xavier_guess.compare(followed["tanh", "Xavier"][0][-1])

# %% [markdown]
# All layers between the first and the last, on a logarithmic axis. The lower
# panels run the way the gradient goes, from layer 20 back to layer 1.


# %% jupyter={"source_hidden": true}
def draw_layers(followed):
    """Activations forward and gradients backward, for tanh and ReLU."""
    looks = dict(zip(inits, ("--v", "-.s", "-o", "-D", ":^"), strict=True))
    _, axes = plt.subplots(2, 2, figsize=(plotting.WIDTH, 6), sharey="row")
    for (phi, init), both in followed.items():
        for row, values in enumerate(both):
            i, column = [*inits].index(init), ["tanh", "relu"].index(phi)
            axes[row, column].plot(
                range(1, 21), values, looks[init], color=plotting.INKS[i],
                markersize=5, markevery=(3, 5), label=init,
            )
            axes[row, column].set(yscale="log", xticks=[1, 5, 10, 15, 20])
            axes[row, column].set_ylim([(1e-4, 1e4), (1e-5, 1e3)][row])
    for ax in axes[1]:
        ax.invert_xaxis()
        ax.set_xlabel("layer, backward →")
    for ax, name in zip(axes[0], ("tanh", "ReLU"), strict=True):
        ax.set(title=name, xlabel="layer, forward →")
    axes[0, 0].set_ylabel("standard deviation of $H$")
    axes[1, 0].set_ylabel(r"norm of $\partial L / \partial H$")
    axes[0, 0].legend(loc="upper left", ncols=2)

# %% [markdown]
# Six of the twenty lines leave the picture.

# %% course={"alt": "Four panels with logarithmic axes: activations and gradients through 20 layers, for tanh and ReLU, with five initializations. Nearly all lines are straight; those of tanh with Xavier bend. Too small falls out of every panel. Too large explodes for ReLU both ways, for tanh backward only. For tanh, Xavier falls a little both ways, He and gain 5/3 are level forward and rise backward. For ReLU, He is level, Xavier falls, gain 5/3 rises."}
draw_layers(followed)

# %% [markdown]
# Straight on a logarithmic axis means that each layer multiplies by about the
# same factor, and nearly all lines are.
#
# - **Too small:** nothing is left in either direction.
# - **Too large:** with ReLU everything explodes. With tanh the spread of the
#   activations looks healthy, since they can't exceed 1, and the gradient
#   explodes all the same. Look at both directions before you judge an
#   initialization.
# - **ReLU:** He holds it level both ways. Xavier is too small by
#   $\sqrt{1/2}$ in each layer, which leaves a thousandth; $5/3$ is too large.
# - **tanh:** Xavier loses three quarters of the spread. The argument took
#   $\tanh z$ for $z$, but tanh bends, and every layer loses a little. He's
#   weights, made for ReLU, hold tanh better (0.71 to 0.55), and the $5/3$ of
#   `calculate_gain` better still. The price stands in the lower panel: the
#   gradient grows, about twofold and fivefold. None of the three keeps both
#   level.
#
# In code: `nn.init.kaiming_normal_(W, nonlinearity="relu")` is He's, named
# after Kaiming He; `nn.init.xavier_normal_(W, gain=5 / 3)` is Xavier's with
# a gain. GELU, SiLU and Mish are usually started like ReLU.

# %% jupyter={"outputs_hidden": true, "source_hidden": true} tags=["author"]
checks.expect(max(thirty.values()) < 12, "expected thirty layers to fail")
checks.expect(max(shallow.values()) > 88, "expected three layers to learn")
late = (scaled[7:, 0] - scaled[7:, 1]).abs().max()
checks.expect(late < 0.1, f"expected equal rows, got {late:.2f}")
checks.expect(norms[0] < 1e-8 * norms[-1], "expected gradients to vanish")
checks.expect_close(half, 0.5, "the half", atol=0.01)
checks.expect_close(default, math.sqrt(1 / 3), "default gain", atol=0.01)
checks.expect(different[0.0] == different[0.01] == 1, "expected equal units")
tanh = {init: followed["tanh", init] for init in inits}
checks.expect(0.66 < tanh["Xavier"][0][0] < 0.7, "expected 0.68 at first")
checks.expect(0.13 < tanh["Xavier"][0][-1] < 0.2, "expected Xavier to fall")
checks.expect(0.5 < tanh["He"][0][-1] < 0.6, "expected He to hold tanh")
checks.expect(0.6 < tanh["gain 5/3"][0][-1] < 0.7, "expected 5/3 to hold")
for init, low, high in (("He", 1.6, 2.6), ("gain 5/3", 4, 7)):
    rise = tanh[init][1][0] / tanh[init][1][-1]
    checks.expect(low < rise < high, f"{init}: gradient grows {rise:.1f}")
checks.expect(0.3 < followed["relu", "He"][0][-1] < 3, "expected He level")
checks.expect(followed["relu", "Xavier"][0][-1] < 0.003, "expected a fall")

# %% [markdown]
# ### Try it: what does twice the depth do?
#
# Lesson 5's picture again: twenty layers of ReLU with weights of standard
# deviation $g / \sqrt n$, and $g$ is 1. First write down a guess.

# %%
signal = widgets.Signal(activation="ReLU", scale=1.0, depth=20)
power = math.log10(signal.gradients[0] / signal.gradients[-1])
print(f"through 20 layers gradients shrink to 10 to the power {power:.1f}")
depth_guess = checks.predict(
    ..., "And through 40 layers: to 10 to which power?", tolerance=0.5
)

# %% [markdown]
# Now drag the depth to 40, then look for the scale at which the depth no
# longer matters. **The question for your hand:** between which two scales do
# both lines stay inside the gray band (a factor of ten) through 10, 20 and 40
# layers?

# %%
signal

# %% [markdown]
# Now the answers, first to your guess:

# %%
twice = widgets.Signal(activation="ReLU", scale=1.0, depth=40)
depth_guess.compare(math.log10(twice.gradients[0] / twice.gradients[-1]))
window = {}
for depth in (10, 20, 40):
    alive = []
    for scale in np.geomspace(1, 2, 26):
        tried = widgets.Signal(activation="ReLU", scale=scale, depth=depth)
        both = [*tried.spreads, *tried.gradients]
        if min(both) > 0.1 and max(both) < 10:
            alive.append(scale)
    low, high = window[depth] = min(alive), max(alive)
    print(f"{depth} layers: alive from {low:.2f} to {high:.2f}")

# %% [markdown]
# Doubling the depth doubles the exponent: it squares the fault (roughly, for
# the weights are random). So the window of scales that keep ten layers of
# ReLU alive is wide, and it closes around $\sqrt 2$ as the depth grows: a
# fault of 10 % per layer doubles a gradient in seven layers and is a factor
# of 17 in thirty. A shallow network forgives a careless start, a deep one
# doesn't.

# %% [markdown]
# ## Vanishing and exploding: a product of matrices
#
# The chain rule says what the factor is made of. Take $L$ layers
# $z^{(l)} = W^{(l)} \varphi(z^{(l-1)})$ of $n$ units ($L$ is their number
# here, not the loss; columns, no biases). The Jacobian of one layer is
# $W^{(l)} D^{(l)}$, with the slopes on a diagonal,
# $D^{(l)} = \operatorname{diag}\bigl(\varphi'(z^{(l-1)})\bigr)$. From the
# first layer to the last lies a product of $L - 1$ matrices, each
# $n \times n$:
#
# $$\frac{\partial z^{(L)}}{\partial z^{(1)}} =
#   W^{(L)} D^{(L)} \; W^{(L-1)} D^{(L-1)} \cdots W^{(2)} D^{(2)} .$$
#
# A product of many factors behaves like compound interest. If each shrinks a
# gradient by half, 30 layers leave $2^{-29} \approx 2 \cdot 10^{-9}$ of it;
# if each doubles it, it [**explodes**](glossary.md#exploding-gradient).
#
# We measure the product itself, without loss or data: multiply the matrices
# up, layer by layer, and compute by what factor the product changes the
# length of a random gradient on average: the root of the sum of its squared
# entries (its Frobenius norm) divided by $\sqrt n$. The weights have the
# standard deviation $g / \sqrt n$. For the last section of this lesson the
# function can also add $z^{(l-1)}$; ignore `skip` until then.

# %%
slopes = {
    "sigmoid": (torch.sigmoid, lambda z: z.sigmoid() * (1 - z.sigmoid())),
    "tanh": (torch.tanh, lambda z: 1 - z.tanh() ** 2),
    "ReLU": (torch.relu, lambda z: (z > 0).double()),
}


def products(name, gain, depth, seed, skip=0.0, n=100):
    """The product (n, n) of 1, 2, ..., depth - 1 Jacobians."""
    phi, slope = slopes[name]
    generator = torch.Generator().manual_seed(seed)
    one = torch.eye(n).double()
    z, product = torch.randn(n, generator=generator).double(), one
    for _ in range(depth - 1):
        W = torch.randn(n, n, generator=generator).double()
        W *= gain / math.sqrt(n)
        factor = W * slope(z) + skip * one  # W D: columns times slopes
        z = W @ phi(z) + skip * z
        product = factor @ product
        yield product


def growth(*args, **options):
    """How much longer a gradient gets through 1, 2, ... layers."""
    return [p.norm().item() / 10 for p in products(*args, **options)]


# %% [markdown]
# For three activations and five gains, among them PyTorch's 0.58, eight
# random networks each:


# %% jupyter={"source_hidden": true}
def draw_growth(measured):
    """Mean and spread of the growth against depth, in powers of 10."""
    styles = dict(zip(gains, [":", "-", "--", "-", "-."], strict=True))
    _, axes = plt.subplots(1, 3, figsize=(plotting.WIDTH, 3.6), sharey=True)
    for ax, name in zip(axes, slopes, strict=True):
        ends = {}
        for i, label in enumerate(gains):
            mean = measured[name, label].mean(axis=0)
            spread = measured[name, label].std(axis=0)
            ax.plot(range(2, 31), mean, styles[label], color=plotting.INKS[i])
            ax.fill_between(
                range(2, 31), mean - spread, mean + spread, alpha=0.3,
                color=plotting.PALETTE[i],
            )
            ends[label] = (30, mean[-1], plotting.INKS[i])
        ax.axhline(0, color=plotting.LIGHT, zorder=0)
        ax.set(title=name, xlabel="depth $L$ (layers)", ylim=(-28, 6))
        plotting.direct_labels(ax, ends)
    axes[0].set_ylabel("growth of the gradient (powers of 10)")

# %% [markdown]
# Before you look at the figure: half of ReLU's slopes are 0, half are 1. At
# which gain should its line be level?

# %% course={"alt": "Growth of a gradient against depth, for three activations and five gains, logarithmic; all lines are nearly straight. Sigmoid: all fall steeply. tanh: nearly level at gain 1, falling at 0.58, rising slowly above 1. ReLU: level at He's gain \u221a2, falling below, rising at 2."}
gains = {"0.5": 0.5, "0.58": 3**-0.5, "1": 1.0, "√2": 2**0.5, "2": 2.0}
measured = {
    (name, label): np.log10(
        [growth(name, gain, 30, seed) for seed in range(8)]
    )
    for name in slopes
    for label, gain in gains.items()
}
draw_growth(measured)

# %% [markdown]
# Each line is the mean of the eight networks, the band their spread; the
# label is the gain. ReLU's factor per layer can be computed: half of all
# units are off, so a layer multiplies squared lengths by $g^2 / 2$, lengths
# by $g / \sqrt 2$.

# %%
ends = {key: runs.mean(axis=0)[-1] for key, runs in measured.items()}
per_layer = {key: 10 ** (end / 29) for key, end in ends.items()}
print("gain        " + "".join(f"{label:>8}" for label in gains))
for name in slopes:
    row = [per_layer[name, label] for label in gains]
    print(f"{name:12}" + "".join(f"{factor:8.2f}" for factor in row))
theory = [gain / math.sqrt(2) for gain in gains.values()]
print("ReLU, theory" + "".join(f"{factor:8.2f}" for factor in theory))

# %% jupyter={"outputs_hidden": true, "source_hidden": true} tags=["author"]
for label, expected in zip(gains, theory, strict=True):
    got = per_layer["ReLU", label]
    checks.expect_close(got, expected, f"ReLU, gain {label}", rtol=0.05)
sigmoids = [per_layer["sigmoid", label] for label in gains]
checks.expect(max(sigmoids) < 0.5, "expected every sigmoid to lose half")
checks.expect(0.9 < per_layer["tanh", "1"] < 1, "expected tanh near 1")
checks.expect(1 < per_layer["tanh", "2"] < 1.25, "expected tanh to be tame")
checks.expect(1.7 < depth_guess.truth / power < 2.3, "expected the square")
for shallower, deeper in pairwise(window.values()):
    inside = shallower[0] < deeper[0] < math.sqrt(2) < deeper[1]
    checks.expect(inside and deeper[1] < shallower[1], "expected narrower")

# %% [markdown]
# PyTorch's default keeps 0.41 of a gradient per layer of ReLU units. To the
# power 29 that is about $10^{-11}$: here is what our thirty layers lost. ReLU
# keeps gradients at He's gain and at no other. tanh is tamer: at gain 1 it
# loses about 6 % per layer, and with larger weights it saturates, which
# limits the growth. For the sigmoid none of these gains helps: each layer
# takes more than half away.
#
# So look at depth, activation and initialization together: what counts is one
# factor, raised to the power $L - 1$.

# %% [markdown]
# ### Find the mistake: "tanh has no vanishing gradient"
#
# Lesson 5 met this sentence, and default weights refuted it. But the slope of
# tanh reaches 1, that of the sigmoid only $1/4$, and at gain 1 the line of
# tanh was nearly level. Is the sentence right if the weights are good?
#
# We follow twenty layers again, with good weights (gain 1 for tanh, He's for
# ReLU), and change one thing: the biases, drawn with standard deviation 0 to
# 4. Biases push the units away from $z = 0$, as training may do. Will tanh
# mind more than ReLU?

# %%
cases = {
    "tanh": (torch.tanh, lambda n_in, _: math.sqrt(1 / n_in)),
    "ReLU": (torch.relu, lambda n_in, _: math.sqrt(2 / n_in)),
}
kept = {}
for name, case in cases.items():
    for bias_std in range(5):
        runs = [follow(*case, bias_std, seed)[1] for seed in range(3)]
        kept[name, bias_std] = np.median([G[0] / G[-1] for G in runs])
    print(name, *(f"{kept[name, bias_std]:9.1e}" for bias_std in range(5)))

# %% [markdown]
# From left to right: gradient in layer 1 divided by that in layer 20 for
# biases of standard deviation 0, 1, 2, 3, 4, the median of three seeds. With
# ReLU the biases make little difference. With tanh the gradient falls by
# a factor of ten or more with every column, though the weights are good. The
# slope 1 is reached at one point, $z = 0$; at $z = 3$ it is 0.01, and in
# twenty layers the factors multiply. What is true: **tanh loses little while
# its units stay near 0, and nearly everything where they don't.** A vanishing
# gradient isn't a property of a function alone.

# %% jupyter={"outputs_hidden": true, "source_hidden": true} tags=["author"]
checks.expect(kept["tanh", 0] > 0.1, "expected little loss without biases")
checks.expect(kept["tanh", 3] < 1e-4, "expected tanh to vanish")
for a, b in pairwise(kept["tanh", i] for i in range(5)):
    checks.expect(b < a / 10, "expected a power of ten per column")
relus = [kept["ReLU", bias_std] for bias_std in range(5)]
checks.expect(0.3 < min(relus) < max(relus) < 3, "expected ReLU to hold")

# %% [markdown]
# ## When it explodes: clipping
#
# A gradient that is too long can be cut.
# [**Clipping**](glossary.md#gradient-clipping) limits its length and keeps
# its direction. With $v$ for all gradients of the network, written as one
# long vector, and a limit $c$:
#
# $$v \leftarrow v \cdot \min\left(1, \frac{c}{\lVert v \rVert}\right) .$$


# %%
def clip_gradients(parameters, max_norm):
    """Scale all gradients so that their joint norm is at most max_norm."""
    norm = sum((parameter.grad**2).sum() for parameter in parameters).sqrt()
    for parameter in parameters:
        parameter.grad *= min(1.0, max_norm / norm.item())
    return norm


# %% [markdown]
# PyTorch has the same as `nn.utils.clip_grad_norm_`. We try it on our network
# with eight layers whose weights start too large, at gain 2. By the table, a
# gradient grows by 1.4 per layer, and so does the activation.


# %%
def start_with(model, gain):
    """Hidden layers with the given gain, biases 0; returns the model."""
    for layer in (model.first, *model.hidden):
        n_in = layer.weight.shape[1]
        nn.init.normal_(layer.weight, std=gain / math.sqrt(n_in))
        nn.init.zeros_(layer.bias)
    return model


def train_clipped(gain, max_norm, lr, steps=150):
    """Loss and gradient norm of each step; ends where one is not finite."""
    model, watched = start_with(Deep(8, seed=0), gain), []
    generator = torch.Generator().manual_seed(0)
    parameters = list(model.parameters())
    while len(watched) < steps and np.isfinite(watched).all():
        batch = torch.randint(len(X), (128,), generator=generator)
        loss = F.cross_entropy(model(X[batch]), y[batch])
        model.zero_grad()
        loss.backward()
        norm = clip_gradients(parameters, max_norm)
        watched.append((loss.item(), norm.item()))
        with torch.no_grad():
            for parameter in parameters:
                parameter -= lr * parameter.grad
    return np.array(watched)


# %% [markdown]
# Three runs: gain 2 as it is, at a rate of 0.1; gain 2 clipped to norm 1, and
# He's gain without clipping, both at the best of three rates.

# %%
clip_guess = checks.predict(
    ...,
    "Which has the lowest loss after 150 steps?",
    choices=["gain 2", "gain 2, clipped", "He"],
)

# %%
runs = {"gain 2": train_clipped(2.0, math.inf, lr=0.1)}
exploding = runs["gain 2"][:, 0]
print("gain 2, the first losses:", *(f"{loss:.0e}" for loss in exploding))
cases = {
    "gain 2, clipped": (2.0, 1.0, (0.1, 0.3, 0.6)),
    "He": (math.sqrt(2), math.inf, (0.03, 0.1, 0.3)),
}
last_20 = {}  # the mean loss of the last 20 steps
for name, (gain, max_norm, rates) in cases.items():
    tried = {lr: train_clipped(gain, max_norm, lr) for lr in rates}
    found = {lr: watched[-20:, 0].mean() for lr, watched in tried.items()}
    best = min(found, key=found.get)
    runs[name], last_20[name] = tried[best], found[best]
    print(name, *(f"  rate {lr:g}: {loss:.2f}" for lr, loss in found.items()))
clip_guess.compare(min(last_20, key=last_20.get))

# %% [markdown]
# How did they get there?


# %% jupyter={"source_hidden": true}
def draw_runs(runs):
    """Loss and gradient norm of each run, step by step."""
    _, axes = plt.subplots(1, 2, figsize=(plotting.WIDTH, 3.4), sharex=True)
    looks = zip((1, 0, 2), ("-o", "-", "--"), runs.items(), strict=True)
    for i, style, (name, watched) in looks:
        for ax, values in zip(axes, watched.T, strict=True):
            steps = range(1, len(values) + 1)
            ax.plot(steps, values, style, color=plotting.INKS[i], label=name)
    axes[1].axhline(1, color=plotting.GREY, lw=1, ls=":")
    axes[1].text(1, 0.5, "limit of the clipping", color=plotting.GREY)
    axes[0].set(ylabel="loss of the batch", xscale="log", ylim=(0.1, 1e6))
    axes[1].set(ylabel="norm of the gradient", ylim=(0.3, 1e6))
    for ax in axes:
        ax.set(xlabel="step", yscale="log")
    axes[0].legend()

# %% [markdown]
# Step by step, on logarithmic axes:

# %% course={"alt": "Loss and gradient norm against the step, both axes logarithmic. Gain 2 without clipping starts near a loss of 10 and leaves the figure upward within a few steps. Gain 2 clipped falls from the same start while its gradient stays above the limit of 1. He's gain starts near 2.5 and ends lowest, with gradient norms between 1 and 10."}
draw_runs(runs)

# %% [markdown]
# Without clipping the first huge step makes the next gradient larger still,
# and after a few steps its norm is too large for a number in 32 bits. With
# clipping the same network trains, although its gradient exceeds the limit at
# every step. He's weights, without any clipping, start lower and end lower.
# So clipping keeps a training alive; it does not mend what makes the
# gradients long. Nor does it help against vanishing: it never makes a
# gradient longer. `training.fit` clips if you pass `max_grad_norm`.

# %% jupyter={"outputs_hidden": true, "source_hidden": true} tags=["author"]
checks.expect(len(runs["gain 2"]) < 20, "expected gain 2 to end early")
over = (runs["gain 2, clipped"][:, 1] > 1).mean()
checks.expect(over > 0.9, f"expected long gradients, got {over:.0%}")
checks.expect(last_20["gain 2, clipped"] < 1, "expected clipping to save it")
checks.expect(last_20["He"] < last_20["gain 2, clipped"], "expected He best")
layer, same = nn.Linear(20, 5), nn.Linear(20, 5)
for each in (layer, same):
    each(10 * torch.ones(3, 20)).sum().backward()
clip_gradients(list(layer.parameters()), max_norm=1.0)
nn.utils.clip_grad_norm_(same.parameters(), max_norm=1.0)
checks.expect_close(layer.weight.grad, same.weight.grad, "clipped gradient")
checks.expect_close(layer.bias.grad, same.bias.grad, "clipped gradient")

# %% [markdown]
# ## Is a good start enough?
#
# He's weights keep the factor near 1. So do thirty layers learn with them?
# Three came to 91 %.

# %%
he_guess = checks.predict(
    ...,
    "Thirty layers with He's weights: the accuracy at the best rate?",
    unit="%",
    tolerance=3,
)


# %%
def he(depth, seed):
    return start_with(Deep(depth, seed), math.sqrt(2))


he_thirty = search(lambda seed: he(30, seed))
print(*(f"rate {r:g}: {a:.1f} %  " for r, a in he_thirty.items()))
he_guess.compare(max(he_thirty.values()))

# %% [markdown]
# Much better, and still well behind three layers; besides, two of the four
# rates do badly. Something else gets lost. The spread of the activations says
# how large they are, not whether two images are still different. So measure
# that: the cosine between the states of two images, 1 if they point the same
# way, averaged over pairs of images.


# %%
def alike(model, n=200):
    """Mean cosine between the states of different images, by layer."""
    with torch.no_grad():
        z = F.normalize(torch.stack(model.states(X[:n])), dim=2)
    cosines = z @ z.transpose(1, 2)
    return (cosines.sum(dim=(1, 2)) - n) / (n * (n - 1))


print("layer             1     5    10    20    30")
for name, model in (("default", Deep(30, seed=0)), ("He", he(30, seed=0))):
    chosen = alike(model)[[0, 4, 9, 19, 29]].tolist()
    print(f"{name:12}", *(f"{c:5.2f}" for c in chosen))

# %% [markdown]
# With He's weights the images keep their length and lose their differences:
# in the last layer all of them point nearly the same way. On average each
# ReLU turns two vectors a little toward each other, because its outputs are
# never negative. A good start holds the *size* of the signal. It takes
# another idea to hold the signal.

# %% [markdown]
# ## Skip connections: a 1 in every factor
#
# Here is the line of code. A
# [**skip connection**](glossary.md#skip-connection) adds what came in to what
# goes out:
#
# $$z^{(l)} = z^{(l-1)} + W^{(l)} \varphi(z^{(l-1)}) + b^{(l)} .$$
#
# The layer now has to learn only the difference between its output and its
# input, the [**residual**](glossary.md#residual); networks made of such
# blocks are called residual networks. With $W$ and $b$ at 0 such a layer is
# idle, and passes its input on: exactly what the 56 layers of the beginning
# could not find.


# %%
class Skipping(Deep):
    def states(self, X):
        z = [self.first(X)]
        for layer in self.hidden:
            z.append(z[-1] + layer(torch.relu(z[-1])))
        return z


# %% [markdown]
# Nothing else differs: the same parameters, and with the same seed the same
# starting weights. The derivative of $z^{(l-1)}$ with respect to itself is
# the identity matrix $I$, so the factor of one layer becomes
# $I + W^{(l)} D^{(l)}$: **a 1 at every place of the diagonal.** Multiply the
# product out, and one of its terms is $I$ itself, a way back to the first
# layer that passes no weight:
#
# $$(I + W D)(I + W' D') = I + W D + W' D' + W D\, W' D' .$$
#
# Look at such products, with PyTorch's default gain.


# %% jupyter={"source_hidden": true}
def draw_products(plain, skips):
    """Corners of the products after 1, 9 and 29 factors, (100, 100) each."""
    fig, axes = plt.subplots(2, 3, figsize=(plotting.WIDTH, 4.9))
    for row, multiplied in zip(axes, (plain, skips), strict=True):
        for ax, number in zip(row, (1, 9, 29), strict=True):
            shown = multiplied[number - 1]
            picture = ax.imshow(
                shown[:25, :25], cmap="RdBu_r", vmin=-1, vmax=1
            )
            size = shown.norm().item() / 10
            ax.set(title=f"after {number}: ×{size:.2g}", xticks=[], yticks=[])
    axes[0, 0].set_ylabel("without skips")
    axes[1, 0].set_ylabel("with skips")
    fig.colorbar(picture, ax=axes, shrink=0.6, label="entry")


# %% [markdown]
# The picture shows 25 of 100 rows and columns after 1, 9 and 29 factors; all
# six panels have the same color scale.

# %% course={"alt": "Six matrices of 25 by 25 entries. Upper row, without skips: faint noise after one factor, then white. Lower row, with skips: a red diagonal on a white ground after one factor, the diagonal in faint noise after 9, and noise as strong as the diagonal after 29."}
both = (
    [*products("ReLU", 3**-0.5, 30, seed=0, skip=skip)] for skip in (0, 1)
)
draw_products(*both)

# %% [markdown]
# The number above each panel is the growth of a gradient. Without skips
# nothing is left after nine factors that this scale could show. With skips
# the diagonal of ones stays, and what the layers add piles up around it,
# until in the last panel it is as large and nearly hides it. (A column white
# but for its 1 belongs to a unit that stayed off.)
#
# Now along the depth.


# %% jupyter={"source_hidden": true}
def draw_along(along):
    """Growth of a gradient against depth, a line for each network."""
    _, ax = plt.subplots(figsize=(plotting.WIDTH, 3.4))
    ends = {}
    for i, (name, mean) in enumerate(along.items()):
        style = "-" if name.startswith("skip") else "--"
        ax.plot(range(2, 31), mean, style, color=plotting.INKS[i])
        ends[name] = (30, mean[-1], plotting.INKS[i])
    ax.axhline(1, color=plotting.LIGHT, zorder=0)
    ax.set(yscale="log", xlabel="depth (layers)")
    ax.set_ylabel("growth of the gradient")
    plotting.direct_labels(ax, ends)

# %% [markdown]
# Without and with skips, at two gains:

# %% course={"alt": "Growth of a gradient along 30 layers of ReLU units, logarithmic. Plain at PyTorch's gain falls below 1e-11; plain at He's gain stays near 1; with skips at PyTorch's gain it rises to about 10; with skips at He's gain it rises above 10,000."}
kinds = [(skip, label) for skip in (0.0, 1.0) for label in ("0.58", "√2")]
along = {}
for skip, label in kinds:
    lengths = [
        growth("ReLU", gains[label], 30, seed, skip=skip) for seed in range(8)
    ]
    name = f"{'skip' if skip else 'plain'}, gain {label}"
    along[name] = 10 ** np.log10(lengths).mean(axis=0)
    print(f"{name:15} per layer {along[name][-1] ** (1 / 29):.2f}")
draw_along(along)

# %% [markdown]
# $W$ has mean 0, so what $W D$ adds to a vector is on average at right angles
# to it, and squared lengths add: a layer multiplies squared lengths by
# $1 + g^2 / 2$. That is more than 1 for every gain. With random weights a
# gradient no longer vanishes, but it grows: by 1.08 per layer at PyTorch's
# gain, a factor of ten in thirty layers, and by 1.41 at He's, which explodes.
# The two remedies are one too many: with skips, start *small*. Residual
# networks divide what is added by $\sqrt L$, or start it at 0, or normalize.
#
# And the images, do they stay apart? The same instruments on our thirty
# layers, before training:

# %%
skipping = Skipping(30, seed=0)
norms = gradients(skipping)
ratio = norms[0] / norms[-1]
print(f"the gradient in layer 1 is {ratio:.1f} times that in layer 30")
cosines = [alike(Skipping(30, seed))[-1].item() for seed in range(5)]
print("cosines in layer 30, five seeds:", *(f"{c:.2f}" for c in cosines))

# %% [markdown]
# Layer 1 gets a gradient, and in layer 30 the images still point in different
# directions: most of these cosines are smaller than those in layer 5 of the
# other two networks.

# %% jupyter={"outputs_hidden": true, "source_hidden": true} tags=["author"]
best_he = max(he_thirty.values())
checks.expect(50 < best_he < max(shallow.values()) - 4, "expected He behind")
checks.expect(alike(he(30, seed=0))[-1] > 0.95, "expected images alike")
for (skip, label), mean in zip(kinds, along.values(), strict=True):
    theory = math.sqrt(skip + gains[label] ** 2 / 2)
    checks.expect_close(mean[-1] ** (1 / 29), theory, "factor", rtol=0.05)

# %% [markdown]
# ## Thirty layers that learn
#
# Now the trial. Four networks: three layers; thirty as they are; thirty with
# He's weights; thirty with skips and PyTorch's weights. Each gets its own
# best rate of the four, found with one seed, and is then trained with five
# other seeds.

# %%
skip_guess = checks.predict(
    ..., "Thirty layers with skips: the mean accuracy?", unit="%", tolerance=2
)

# %%
networks = {
    "3 layers": (lambda seed: Deep(3, seed), shallow),
    "30 layers": (lambda seed: Deep(30, seed), thirty),
    "30, He": (lambda seed: he(30, seed), he_thirty),
    "30, skips": (
        lambda seed: Skipping(30, seed),
        search(lambda seed: Skipping(30, seed)),
    ),
}
accuracy = {}
for name, (make, found) in progress.track(networks.items(), "training"):
    rate = max(found, key=found.get)
    accuracy[name] = [train(make(seed), rate, seed) for seed in range(5)]
for name, values in accuracy.items():
    print(f"{name:9} accuracy in %: {mean_interval(values)}")

# %% [markdown]
# In the brackets stands the 95 % interval of the mean, from five seeds. The
# differences that matter, seed by seed:


# %%
def difference(first, second):
    """Interval of the mean difference, seed by seed."""
    pairs = zip(accuracy[first], accuracy[second], strict=True)
    return mean_interval([a - b for a, b in pairs])


skip_guess.compare(np.mean(accuracy["30, skips"]))
print("points, skips - He:      ", difference("30, skips", "30, He"))
three = difference("30, skips", "3 layers")
print("points, skips - 3 layers:", three)

# %% [markdown]
# Thirty plain layers stay at the share of one digit, with every seed. He's
# weights let them learn, but skips do better by more than three points, says
# the interval. With the skips, thirty layers come to within about a point of
# three, and no closer: the interval lies below 0, if only just. For these
# digits depth buys nothing, and no one needs thirty layers to read them. What
# the skips buy is that so many layers learn nearly as well.

# %% jupyter={"outputs_hidden": true, "source_hidden": true} tags=["author"]
checks.expect(np.mean(accuracy["30 layers"]) < 12, "expected a failure")
checks.expect(min(accuracy["30, skips"]) > 88, "expected skips to train")
checks.expect(difference("30, skips", "30, He").low > 0, "expected a lead")
checks.expect(-3 < three.value < -0.3, f"expected a point, got {three}")
checks.expect(three.high < 0.5, f"expected little above 0, got {three}")
for name in ("3 layers", "30, He", "30, skips"):
    found = networks[name][1]
    inside = max(found, key=found.get) in RATES[1:-1]
    checks.expect(inside, f"{name}: the best rate is at the edge: {found}")

# %% [markdown]
# ## Normalization layers
#
# There is another way to keep the size of a signal: measure it in every
# layer, and divide it out. A
# [**layer normalization**](glossary.md#layer-normalization) makes the units
# of each example have mean 0 and standard deviation 1, then multiplies and
# shifts by learned numbers, which start at 1 and 0. Batch normalization
# (lesson 9) does the same for each unit over the examples of a batch.
# RMSNorm, used in many language models, leaves out the mean and divides by
# the root of the mean square.

# %% tags=["nbval-check-output"]
Z = 5 + 3 * torch.randn(4, 64, generator=torch.Generator().manual_seed(0))
by_hand = Z - Z.mean(dim=1, keepdim=True)
by_hand /= by_hand.pow(2).mean(dim=1, keepdim=True).sqrt()
norm = nn.LayerNorm(64)
print("as nn.LayerNorm:", torch.allclose(by_hand, norm(Z), atol=1e-4))
print("of 100 Z the same:", torch.allclose(norm(100 * Z), norm(Z), atol=1e-4))

# %% [markdown]
# The second line is why it helps: weights a hundred times as large give the
# same output, so the size of the start hardly matters any more. Does it also
# replace the skips? Put an `nn.LayerNorm(64)` before each ReLU of `Deep`,
# train at several rates, 0.0001 among them, and see. Transformers have both
# around every block.

# %% [markdown]
# ## What we found
#
# - Thirty ReLU layers with PyTorch's default weights read 11 % of the digits,
#   at each of four rates. Differences between images died on the way forward,
#   gradients on the way back, each by a constant factor per layer.
# - Equal weights keep all units of a layer equal. With random weights of
#   standard deviation $g / \sqrt n$, He's $g = \sqrt 2$ holds ReLU level both
#   ways. For tanh, Xavier's 1 lets the activations fall from 0.68 to 0.16 in
#   twenty layers; $\sqrt 2$ and the $5/3$ of `calculate_gain` hold them, and
#   the gradient grows.
# - A gradient passes a product of $L - 1$ matrices. Doubling the depth
#   squares the fault; ReLU multiplies lengths by $g / \sqrt 2$ per layer.
#   tanh does have a vanishing gradient where its units leave 0.
# - Clipping keeps an exploding training alive and mends neither its cause nor
#   a vanishing gradient.
# - A good start holds the size of a signal, not the differences between
#   images. A skip connection puts $I$ into every factor: thirty layers then
#   learned, to within about a point of what three do.

# %%
checks.predictions()

# %% [markdown]
# ## Questions to check yourself
#
# <details><summary>A layer has 400 inputs and 100 units. Which standard
# deviation do Xavier and He give its weights?</summary>
#
# Xavier: $\sqrt{2 / 500} = 0.063$. He: $\sqrt{2 / 400} = 0.071$.
# </details>
#
# <details><summary>A friend starts all weights at 0.5, "so that all units
# have the same chance". What happens?</summary>
#
# All units of a layer stay equal, and the layer is worth one unit. Equal
# chances are the problem: something has to make them different.
# </details>
#
# <details><summary>Through 10 layers a gradient shrinks to a hundredth. How
# much is left after 40?</summary>
#
# About $10^{-8}$: twice doubled, the fault is squared twice.
# </details>
#
# <details><summary>A network of 50 tanh layers does not train; the gradients
# of the first layers are 1e-12. Would clipping help?</summary>
#
# No. Clipping shortens gradients that are too long. Start with better
# weights, add skips, normalize.
# </details>
#
# <details><summary>The spread of the activations of a deep tanh network looks
# healthy in every layer. Is it well started?</summary>
#
# Not by that: tanh can't exceed 1, so weights that are too large show only in
# the gradient, which explodes. Look at both directions.
# </details>
#
# <details><summary>What keeps the gradient from vanishing in
# $z + W \varphi(z)$?</summary>
#
# The Jacobian is $I + W D$, so the product over all layers contains the term
# $I$, whatever the weights are. Others could cancel it; random ones don't.
# But the gradient can grow.
# </details>
#
# ## Exercises and further reading
#
# Practice in [exercise set 7](../exercises/07_signals.ipynb). Words to look
# up are in the [glossary](glossary.md). The sources: X. Glorot, Y. Bengio,
# "Understanding the difficulty of training deep feedforward neural networks",
# AISTATS 2010 (Xavier); K. He and others, "Delving deep into rectifiers",
# ICCV 2015 (He), and "Deep residual learning for image recognition", CVPR
# 2016 (20, 56 and 152 layers); "Identity mappings in deep residual networks",
# ECCV 2016 (our order, $\varphi$ first); R. Pascanu, T. Mikolov, Y. Bengio,
# "On the difficulty of training recurrent neural networks", ICML 2013
# (clipping); J. L. Ba and others, "Layer normalization", 2016; B. Zhang, R.
# Sennrich, "Root mean square layer normalization", NeurIPS 2019; S. De,
# S. Smith, "Batch normalization biases residual blocks towards the identity
# function in deep networks", NeurIPS 2020 (why start small).
#
# Next: [lesson 8](08_optimization.ipynb), what to do with a gradient once it
# arrives.

# ---
# jupyter:
#   course:
#     peak_mb: 1191
#     python: 3.11.7
#     seconds: 75.2
#     torch: 2.14.1
# ---

# %% [markdown]
# [![Open in Colab](https://colab.research.google.com/assets/colab-badge.svg)](https://colab.research.google.com/github/neural-notebooks/course/blob/clean/notebooks/05_activations.ipynb)

# %% [markdown]
# # 5. Activation functions
#
# **The question of this lesson:** which function should stand between two
# layers, and when does the choice matter?
#
# Here is a case. A network with two hidden layers of sigmoids learns to read
# digits in about a second. Its author adds eight more layers of the same
# kind, and the network reads 11 % right: as many as someone who always
# answers 1. There is no error message, and no bug. In this lesson you find
# out what is wrong, with three instruments that work on any network, and mend
# it step by step.
#
# After this lesson you can
#
# - look into a network that does not learn: images of units, distributions
#   of all layers in one figure, gradients beside weights;
# - compute by which factor a layer shrinks what passes, and set it to 1;
# - provoke saturation and dead units, and count them;
# - read off a curve and its slope what a function will do to a network;
# - compare activation functions fairly, and say when there is no difference.
#
# **You need:** [lesson 3](03_mlp.ipynb) (hidden layers, ReLU),
# [lesson 4](04_training.ipynb) (the five steps of training) and derivatives
# of one variable. **Time:** about 120 minutes; all cells together run in
# under two minutes.

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
import math
import time
from functools import partial

import matplotlib.pyplot as plt
import pandas as pd
import torch
from torch import nn
from torch.nn import functional as F

from course_utils import checks, data, plotting, progress, training, widgets
from course_utils.uncertainty import mean_interval

plotting.use_style()
# Enough for small networks, and other numbers of threads round differently.
torch.set_num_threads(1)
training.seed_everything(0)

# %% [markdown]
# ## A network that does not learn
#
# We will train more than 200 networks, so they have to be quick: 10,000 of
# the training images, and each image made smaller, 14 × 14 pixels, by taking
# the mean of every 2 × 2. `X` is $(10{,}000 \times 196)$.

# %%
splits = data.normalize(data.load("mnist", valid_fraction=0.1, seed=0))
chosen = torch.randperm(54_000, generator=torch.Generator().manual_seed(0))


def small(part, index):
    """Images as rows of 14 × 14 = 196 numbers, and their labels."""
    images = F.avg_pool2d(part.images[index], kernel_size=2)
    return images.flatten(1), part.labels[index]


X, y = small(splits.train, chosen[:10_000])
X_valid, y_valid = small(splits.valid, slice(None))

# %% [markdown]
# The network has hidden layers of 64 units each. The same seed gives the same
# starting weights, whatever the activation.

# %%
MODULES = {"sigmoid": nn.Sigmoid, "tanh": nn.Tanh, "ReLU": nn.ReLU}


def network(name, depth, seed=0, width=64):
    """`depth` hidden layers with the activation `name`, then 10 logits."""
    training.seed_everything(seed)
    layers, p = [], 196
    for _ in range(depth):
        layers += [nn.Linear(p, width), MODULES[name]()]
        p = layers[-1](torch.zeros(1, width)).shape[1]  # how many come out
    return nn.Sequential(*layers, nn.Linear(p, 10))


# %% [markdown]
# `train(model, lr)` takes the five steps of lesson 4, two times through the
# images, with Adam and a rate that falls to 0 in a straight line, and returns
# the accuracy on 6,000 validation images. Its argument `watch` is a function
# that is called in each step with the loss, after `backward`. The code is
# folded.


# %% jupyter={"source_hidden": true}
def accuracy(model):
    model.eval()
    with torch.no_grad():
        right = model(X_valid).argmax(dim=1) == y_valid
    return 100 * right.float().mean().item()


def train(model, lr, seed=0, num_epochs=2, watch=lambda loss: None):
    """Train in place; returns the validation accuracy in percent."""
    generator = torch.Generator().manual_seed(seed)
    optimizer = torch.optim.Adam(model.parameters(), lr=lr, fused=True)
    num_steps = num_epochs * len(X) // 125
    model.train()
    for _ in range(num_epochs):
        for batch in torch.randperm(len(X), generator=generator).split(125):
            loss = F.cross_entropy(model(X[batch]), y[batch])
            optimizer.zero_grad()
            loss.backward()
            watch(loss.item())
            optimizer.step()
            optimizer.param_groups[0]["lr"] -= lr / num_steps
    return accuracy(model)


# %% [markdown]
# Two sigmoid layers beside ten, from the same code, at the same rate.

# %% course={"alt": "Loss over 160 iterations. With two hidden layers it falls from 2.3 to about 0.3. With ten it stays at 2.3, the dotted line ln 10, from beginning to end."}
fig, ax = plt.subplots(figsize=(plotting.WIDTH, 3))
ends = {}
for i, depth in enumerate((2, 10)):
    losses = []
    reached = train(network("sigmoid", depth), 1e-2, watch=losses.append)
    ax.plot(losses, "-" if i == 0 else "--", color=plotting.PALETTE[i])
    label = f"{depth} layers: {reached:.1f} % right"
    ends[label] = (160, losses[-1], plotting.INKS[i])
ax.plot([0, 160], [math.log(10)] * 2, ":", color="black", linewidth=1)
ax.set(xlabel="iteration", ylabel="loss", xlim=(0, 225), ylim=(0, 2.6))
ax.set_xticks(range(0, 151, 50))
plotting.direct_labels(ax, ends)

# %% [markdown]
# The dotted line is $\ln 10$, the loss of someone who gives all digits the
# same probability. The deep network does not get below it. The code is the
# same, the images are the same, so the first suspect is the learning rate.

# %%
rate_guess = checks.predict(
    ...,
    "Ten sigmoid layers: the best accuracy with rates from 0.0003 to 0.03?",
    unit="%",
    tolerance=5,
)

# %% tags=["nbval-check-output"]
stuck = [train(network("sigmoid", 10), lr) for lr in (3e-4, 3e-3, 3e-2)]
rate_guess.compare(max(stuck))
print("at the three rates:", [round(a, 1) for a in stuck])

# %% jupyter={"outputs_hidden": true, "source_hidden": true} tags=["author"]
checks.expect(max(stuck) < 13, f"expected all rates to fail: {stuck}")

# %% [markdown]
# A hundred times the rate, and nothing changes: each time it is the share of
# the most frequent digit. The rate has an alibi. We have to look inside.

# %% [markdown]
# ## What a layer asks of its activation
#
# Write $\varphi$ (phi) for any activation, and $\sigma$ for the sigmoid. For
# a batch of $n$ images, a layer with $p$ inputs and $q$ units computes
#
# $$Z = X W + b, \qquad H = \varphi(Z),$$
#
# with $X$ $(n \times p)$, $W$ $(p \times q)$, $b$ $(q)$, and $Z$ and $H$
# $(n \times q)$. In training, the gradient of the loss $L$ comes back through
# the same place. By the chain rule, entry by entry,
#
# $$\frac{\partial L}{\partial Z} =
#   \frac{\partial L}{\partial H} \odot \varphi'(Z),$$
#
# where $\odot$ multiplies two matrices of the same shape entry by entry
# (lesson 6 takes the chain rule apart). So $\varphi$ decides what goes
# forward, and its slope $\varphi'$ which share of the gradient comes back.
# The function below keeps both for every hidden layer. It works on a copy
# with 64-bit numbers, because 32 bits would round away small differences.

# %%
images = y[:256].argsort()  # 256 images, sorted by digit


def look_inside(model):
    """Z, H and dL/dZ, (256, q), of each hidden layer, as three lists."""
    H, all_Z, all_H = X[images].double(), [], []
    for layer in copy.deepcopy(model).double():
        H = layer(H)
        if isinstance(layer, nn.Linear):
            H.retain_grad()  # autograd keeps no such gradient unasked
            all_Z.append(H)
        else:
            all_H.append(H.detach())
    F.cross_entropy(H, y[images]).backward()
    hidden = all_Z[:-1]  # the last Z are the logits
    return [Z.detach() for Z in hidden], all_H, [Z.grad for Z in hidden]


# %% [markdown]
# ## Instrument 1: units and images
#
# Paint $H$ of a layer as it is, 0 black and 1 white: a row for each unit, a
# column for each image. The columns are sorted, first the zeros, then the
# ones, up to the nines. A unit that tells digits apart changes its gray from
# left to right.


# %% course={"alt": "H of the layers 1, 4 and 10, 64 units by 256 images. Layer 1: grain, different from image to image. Layers 4 and 10: level stripes, each unit has one shade for all images."}
def show_units(ax, H, low, high):
    ax.imshow(H.T, vmin=low, vmax=high, aspect="auto")
    ax.set(xticks=[0, 255], yticks=[0, 63])
    ax.set(xticklabels=["0s", "9s"], yticklabels=["1", "64"])


_, all_H, _ = look_inside(network("sigmoid", depth=10))
fig, axes = plt.subplots(1, 3, figsize=(plotting.WIDTH, 2.6))
axes[0].set_ylabel("unit")
for ax, layer in zip(axes, (1, 4, 10), strict=True):
    show_units(ax, all_H[layer - 1], 0, 1)
    ax.set(title=f"layer {layer}", xlabel="256 images")

# %% [markdown]
# In layer 1 the units flicker from image to image. From layer 4 on, as far as
# the eye can see, every row has one shade: each unit says the same about
# every image. Layer 10 is all that the output layer gets to see. It cannot
# tell a 3 from an 8, because it is given the same 64 numbers for both. All
# that it can learn is how frequent each digit is.
#
# How equal are they? Take from each number the mean of its unit over the
# images, $H - \bar H$. What remains is what the layer says about *this*
# image.

# %%
faint_guess = checks.predict(
    ...,
    "From layer 1 to 10: by how many powers of ten does H - mean shrink?",
    tolerance=1,
)


# %%
def about_the_image(H):
    return H - H.mean(dim=0)


first, last = (about_the_image(all_H[i]).std().item() for i in (0, -1))
faint_guess.compare(math.log10(first / last))
print(f"standard deviation in layer 1: {first:.1e}, in layer 10: {last:.1e}")

# %% [markdown]
# Is all of that lost at one place, or on the way?

# %% [markdown]
# ## Instrument 2: all layers in one figure
#
# One histogram per layer, drawn as lines over one another, shows what ten
# small figures would hide. On the left what goes forward, $H - \bar H$, on
# the right what comes back, $\partial L / \partial Z$. To the right, the
# numbers get larger, by powers of ten; dark is the first layer, light the
# last.


# %%
def overlay(ax, layers, xlabel):
    """A line for each layer: how often a size |value| occurs."""
    edges = torch.linspace(-14, 1, 76)
    for number, values in enumerate(layers, start=1):
        color = plt.cm.viridis(0.09 * (number - 1))
        sizes = values[values != 0].abs().log10().float()
        share = torch.histogram(sizes, edges).hist / values.numel()
        ax.plot(edges[:-1] + 0.1, share, color=color)
        if number in (1, 4, 7, 10):
            top = share.argmax()
            ax.text(edges[top], share[top], number, color=color)
    ax.set(xlabel=xlabel, yticks=[], xticks=[-12, -8, -4, 0])
    ax.xaxis.set_major_formatter("$10^{{{x:.0f}}}$")


def overlays(model):
    _, all_H, all_G = look_inside(model)
    _, axes = plt.subplots(1, 2, figsize=(plotting.WIDTH, 2.6), sharey=True)
    from_image = [about_the_image(H) for H in all_H]
    overlay(axes[0], from_image, "forward: size of H minus its mean")
    overlay(axes[1], all_G, "backward: size of the gradient")
    axes[0].set_ylabel("share of the numbers")


# %% [markdown]
# The number beside a line is that of its layer.

# %% course={"alt": "Ten histograms over one another, twice. Forward, they move left in equal steps from layer 1, around 0.1, to layer 10, around 1e-9. Backward, they move left in equal steps from layer 10, around 1e-4, to layer 1, around 1e-12."}
overlays(network("sigmoid", depth=10))

# %% [markdown]
# On a logarithmic axis equal steps are equal factors. Forward, every layer
# moves the curve to the left by the same step. Backward it is the same story
# in the other direction: what leaves layer 10 arrives in layer 1 more than
# seven powers of ten smaller. Nothing breaks at any one place. **Each layer
# takes a large share, of the signal and of the gradient alike.**

# %% [markdown]
# ## Instrument 3: gradient and weight, during training
#
# A gradient is small or large only beside what it is to change. So note, in
# each step of training, the length of each layer's gradient (the root of the
# sum of its squares) divided by the length of its weights,
# $\lVert \partial L / \partial W \rVert / \lVert W \rVert$: the
# [gradient-to-weight ratio](glossary.md#gradient-to-weight-ratio). The
# two-layer network, which learns, tells us what is normal.


# %%
def ratios(model, lr):
    """Gradient-to-weight ratio, (steps, layers), during a training."""
    weights = [layer.weight for layer in model[::2]]
    rows = []

    def note(loss):
        rows.append([(W.grad.norm() / W.norm()).item() for W in weights])

    train(model, lr, watch=note)
    return torch.tensor(rows)


# %% [markdown]
# The figure shows it for both networks, with the same axes. The code that
# draws is folded.

# %% jupyter={"source_hidden": true} course={"alt": "Gradient-to-weight ratio over 160 iterations. Two layers: both between 0.001 and 0.1. Ten layers: layer 10 near 0.003, layer 7 near 1e-6, layer 4 near 1e-9, layer 1 near 1e-10."}
LINES = ["-", "--", "-.", ":"]
fig, axes = plt.subplots(1, 2, figsize=(plotting.WIDTH, 3), sharey=True)
axes[0].set_ylabel("gradient / weight")
lines = {ax: {} for ax in axes}
for ax, depth, step in zip(axes, (2, 10), (1, 3), strict=True):
    ratio, ends = ratios(network("sigmoid", depth), 1e-2), lines[ax]
    for i, layer in enumerate(range(1, depth + 1, step)):
        values = ratio[:, layer - 1]
        ax.plot(values, LINES[i], color=plotting.PALETTE[i])
        ends[f"layer {layer}"] = (160, values[-1].item(), plotting.INKS[i])
    ax.set(yscale="log", xlim=(0, 225), xticks=[0, 50, 100, 150])
    ax.set(title=f"{depth} layers", xlabel="iteration")
for ax, ends in lines.items():  # once both have their limits
    plotting.direct_labels(ax, ends)

# %% [markdown]
# In the network that learns, the gradient is two thousandths to two
# hundredths of the weights. Of the four lines of the deep one only that of
# layer 10 is near it; in layer 1 it is a billionth, and less. Training does
# not mend it: the lines sink. (Adam enlarges small gradients, but only down
# to about $10^{-8}$, and what it enlarges here says next to nothing about the
# images.)

# %% [markdown]
# ## Two factors in every layer
#
# What does a layer do to a small difference between two images? Let $\delta$
# $(1 \times n_\text{in})$ be the difference in $H$ that comes in. What goes
# out is, to a good approximation,
#
# $$\delta_\text{out} = (\delta\, W) \odot \varphi'(Z).$$
#
# Each entry of $\delta W$ is a sum of $n_\text{in}$ products. If weights and
# differences are independent with mean 0, its size is that of $\delta$
# multiplied by $c = \sqrt{n_\text{in}} \cdot \operatorname{std}(W)$. Then
# comes the slope. So a layer multiplies by
#
# $$f = c \cdot \text{typical slope}, \qquad
#   \text{typical slope} = \sqrt{\operatorname{mean}\, \varphi'(Z)^2}.$$
#
# On the way back the gradient is multiplied by $W^\top$ and by the same
# slopes, hence by about the same $f$ where layers are equally wide. Ten
# layers have nine such steps: $f^9$. We compute $f$ by this formula, and
# measure the factor per step forward and backward.


# %%
def factors(model):
    """c, typical slope, their product; factor measured forward, backward."""
    all_Z, all_H, all_G = look_inside(model)
    W, Z = model[10].weight, all_Z[5].requires_grad_()  # of layer 6
    (slopes,) = torch.autograd.grad(model[11](Z).sum(), Z)
    c = math.sqrt(W.shape[1]) * W.std().item()
    slope = (slopes**2).mean().sqrt().item()
    sizes = [about_the_image(H).std().item() for H in all_H]
    forward = (sizes[-1] / sizes[0]) ** (1 / 9)
    sizes = [G.norm().item() for G in all_G]
    backward = (sizes[0] / sizes[-1]) ** (1 / 9)
    return [c, slope, c * slope, forward, backward]


columns = ["c", "typical slope", "product", "forward", "backward"]
rows = {"sigmoid": factors(network("sigmoid", depth=10))}
pd.DataFrame(rows, index=columns).T.round(3)

# %% [markdown]
# The formula says 0.14, and so does the measurement, in both directions. And
# there are two culprits. The slope of the sigmoid is a quarter at best:
# this is the function's part. PyTorch's default weights have $c = 0.58$, and
# shrink by nearly a half what they pass on: this is the start's part.
#
# Now replace the sigmoid by tanh, which has the slope 1 at 0, and leave the
# weights as they are.

# %%
factor_guess = checks.predict(
    ...,
    "tanh, default weights: by what does a layer multiply its gradient?",
    tolerance=0.05,
)

# %%
for name in ("tanh", "ReLU"):
    rows[name] = factors(network(name, depth=10))
factor_guess.compare(rows["tanh"][-1])
pd.DataFrame(rows, index=columns).T.round(3)

# %% [markdown]
# Tanh gives back nearly everything, and the default weights still take their
# part. Nine steps leave about half a percent: with tanh, too, the gradient
# vanishes, only slower than with the sigmoid. ReLU has the slope 1
# for about half of the numbers and 0 for the others, which makes
# $\sqrt{1/2} = 0.71$.

# %% [markdown]
# ## Remedies, one by one
#
# The factor has to become 1. There are two screws: the function, and the
# start.
#
# ### Another function
#
# With tanh the factor is four times that of the sigmoid. Is that enough? The
# rate is tuned for each network: we try four on one seed, and use the best
# for training from five other seeds.


# %%
def tuned(make_model, rates):
    """Accuracies at the rates (seed 100), the best rate, five runs at it."""
    search = [train(make_model(100), lr, seed=100) for lr in rates]
    best = rates[search.index(max(search))]
    runs = [train(make_model(seed), best, seed) for seed in range(5)]
    return search, best, runs


# %% [markdown]
# Three functions, four rates each. `partial(network, name, 10)` is the
# function `network` whose first two arguments are given.

# %%
relu_guess = checks.predict(
    ...,
    "Ten layers of ReLU, default weights: accuracy at the best rate?",
    unit="%",
    tolerance=5,
)

# %%
deep_rates = [1e-3, 3e-3, 1e-2, 3e-2]
deep = {}
for name in ("sigmoid", "tanh", "ReLU"):
    search, best, runs = tuned(partial(network, name, 10), deep_rates)
    deep[f"{name}, default"] = search, best, runs
    print(f"{name:8} at the four rates", [f"{a:.0f}" for a in search], end="")
    print(f", five runs at {best:g}: {mean_interval(runs).value:.1f} %")
relu_guess.compare(sum(deep["ReLU, default"][2]) / 5)

# %% [markdown]
# Another function brings the network to life, and no more than that: two
# layers of sigmoids did better.

# %% [markdown]
# ### Another start
#
# The other screw is $c$. Let us draw all weights from a normal distribution
# with standard deviation $c / \sqrt{n_\text{in}}$, and start biases at 0.


# %%
def restart(model, c):
    """Draw the weights again, with the scale c; returns the model."""
    for layer in model[::2]:
        nn.init.normal_(layer.weight, std=c / math.sqrt(layer.in_features))
        nn.init.zeros_(layer.bias)
    return model


def restarted(name, depth, c, seed=0, width=64):
    return restart(network(name, depth, seed, width), c)


# %% [markdown]
# Before you compute which $c$ is right, find it by hand. The picture sends 16
# random inputs through 20 layers, and a gradient back. "Asleep" is a unit
# whose slope, for that input, is under a twentieth of its largest; the gray
# band is for signals that stay within a factor of ten.

# %%
widgets.Signal()

# %% [markdown]
# **Find out by moving:** which scale $c$ makes both lines level for linear
# units, and which for ReLU? How are the two related, and where is tanh? With
# a scale that is a little too small, double the depth: what happens to what
# is left? And the hardest one: is there a scale at which ten layers of
# sigmoids pass signals on, and what are its units doing there?
#
# <details><summary>What there is to find</summary>
#
# Near $c = 1$ for linear units and near $\sqrt 2$ for ReLU, which makes up for
# the half that it sets to 0. Tanh is linear near 0 and takes a little more
# than 1. Twice the depth squares the fault. The sigmoid needs a scale of
# about 10, and then half of its units are asleep.
# </details>
#
# These starts have names. $c = \sqrt 2$ is
# [He initialization](glossary.md#He-initialization); $c = 1$, the usual one for
# tanh, is [Xavier initialization](glossary.md#Xavier-initialization) where all
# layers are equally wide. [Lesson 7](07_signals.ipynb) derives them. The
# factors are now:

# %%
starts = {"sigmoid": 10, "tanh": 1, "ReLU": math.sqrt(2)}
for name, c in starts.items():
    rows[f"{name}, c = {c:.3g}"] = factors(restarted(name, 10, c))
pd.DataFrame(rows, index=columns).T.round(3)

# %% [markdown]
# With a fitting $c$ the measured factors are between 0.86 and 0.98; over nine
# steps a quarter or more is left. The formula is least exact for the sigmoid:
# with such weights two images differ by so much that the slope at one place
# says little.

# %% [markdown]
# ### Saturation, provoked and counted
#
# The sigmoid pays for its large weights. A unit is
# [**saturated**](glossary.md#saturation) for an image if its $z$ lies on a
# flat part of the curve. Hardly any gradient comes back, so the unit learns
# hardly anything from that image. We count it where the slope, for the
# sigmoid $h\,(1 - h)$, is below 5 % of its largest value 0.25, and paint
# saturated pairs black.


# %% course={"alt": "Saturated pairs of 64 units and 256 images, black, for sigmoids with c = 10. Layer 1: grain, 62 %. Layer 5: 41 %. Layer 10: 50 %, in many rows from end to end."}
def saturated(model):
    """For each layer, which of its sigmoids are flat, (256, q)."""
    return [4 * H * (1 - H) < 0.05 for H in look_inside(model)[1]]


with_10 = saturated(restarted("sigmoid", depth=10, c=10))
fig, axes = plt.subplots(1, 3, figsize=(plotting.WIDTH, 2.7), sharey=True)
axes[0].set_ylabel("unit")
for ax, layer in zip(axes, (1, 5, 10), strict=True):
    flat = with_10[layer - 1].double()
    show_units(ax, 1 - flat, 0, 1)
    share = f"{100 * flat.mean():.0f} %"
    ax.set(title=f"layer {layer}: {share} black", xlabel="256 images")
by_default = saturated(network("sigmoid", depth=10))
counts = [flat.sum().item() for flat in by_default]
print("saturated pairs with default weights:", counts)

# %% jupyter={"outputs_hidden": true, "source_hidden": true} tags=["author"]
checks.expect(sum(counts) == 0, f"expected none saturated: {counts}")

# %% [markdown]
# About half of all pairs are black. In layer 10 many rows are black from end
# to end: those units are saturated for all 256 images. With default weights
# not one pair was. So the two ways in which a sigmoid fails exclude each
# other: with small weights it works where it is steepest, and a quarter is
# not enough; with large weights the signal lives, and half of the units
# sleep.

# %% [markdown]
# ### Both, measured
#
# Now the fitting starts, trained like the others.

# %%
for name, c in progress.track(starts.items(), "training"):
    make_model = partial(restarted, name, 10, c)
    deep[f"{name}, c = {c:.3g}"] = tuned(make_model, deep_rates)

# %% [markdown]
# A dot for each of the five runs, a line for their mean; the numbers are the
# mean and its t interval. The code that draws is folded.

# %% jupyter={"source_hidden": true} course={"alt": "Accuracy of ten layers, five runs each. Default weights: sigmoid 11 %, tanh 73 %, ReLU 61 %, widely scattered. Sigmoid with c = 10: 70 %. Tanh with c = 1: 91 %. ReLU with c = 1.41: 89 %, close together."}
fig, ax = plt.subplots(figsize=(plotting.WIDTH, 3))
for row, (_, _, runs) in enumerate(deep.values()):
    ax.plot(runs, [row] * 5, "o", color=plotting.BLUE, alpha=0.6)
    ax.plot(sum(runs) / 5, row, "|", color="black", markersize=14)
    found = mean_interval(runs)
    text = f"{found.value:.1f} ({found.low:.1f} to {found.high:.1f})"
    ax.text(101, row, text, va="center")
ax.set_yticks(range(len(deep)), list(deep))
ax.set(xlim=(0, 100), xlabel="validation accuracy of ten layers (%)")
ax.invert_yaxis()
relu_guess.draw(ax, axis="x")

# %% jupyter={"outputs_hidden": true, "source_hidden": true} tags=["author"]
means = {each: sum(runs) / 5 for each, (_, _, runs) in deep.items()}
print({each: (round(m, 1), deep[each][1]) for each, m in means.items()})
checks.expect(means["sigmoid, default"] < 12, f"expected stuck: {means}")
checks.expect(means["tanh, c = 1"] > means["tanh, default"] + 10, f"{means}")
checks.expect(means["ReLU, c = 1.41"] > means["ReLU, default"] + 15, "start")
checks.expect(60 < means["sigmoid, c = 10"] < 80, f"expected slow: {means}")
for each in list(means)[1:]:
    chosen_rate = deep[each][1]
    inside = deep_rates[0] < chosen_rate < deep_rates[-1]
    checks.expect(inside, f"{each}: best rate at an edge")

# %% [markdown]
# Neither remedy suffices alone. With another function the seeds scatter
# widely, around 61 and 73 %; large weights bring the sigmoid from 11 to about
# 70 %. Function and start together reach 91 % with tanh and 89 % with ReLU,
# about as much as the two layers at the beginning, and the five seeds lie
# close together.
#
# Look once more with the first instrument, at layer 10 of the network with
# tanh and $c = 1$, before and after its training.

# %% course={"alt": "Layer 10 of the mended network, 64 units by 256 images sorted by digit. Before training: fine grain with little order. After training: ten blocks of columns, one for each digit, in which most units keep one shade."}
mended = restarted("tanh", depth=10, c=1)
fig, axes = plt.subplots(1, 2, figsize=(plotting.WIDTH, 2.7), sharey=True)
axes[0].set_ylabel("unit")
for ax, when in zip(axes, ("before training", "after training"), strict=True):
    show_units(ax, look_inside(mended)[1][9], -1, 1)
    ax.set(title=f"layer 10, {when}", xlabel="256 images, sorted by digit")
    if when == "before training":
        train(mended, 3e-3)

# %% [markdown]
# Before training, something arrives in layer 10: it differs from image to
# image. Training makes ten blocks of it, one for each digit, and the output
# layer has something to read. The case is closed.

# %% [markdown]
# ## Eleven functions and a gate
#
# Many other functions have been proposed. With what you know about factors,
# you can read off a curve and its slope what each will do. Here $\Phi(z)$ is
# the share of a standard normal distribution below $z$.
#
# | name | $\varphi(z)$ | meant for |
# | --- | --- | --- |
# | step | 1 if $z > 0$, else 0 | the perceptron |
# | sigmoid | $\sigma(z) = 1 / (1 + e^{-z})$ | probabilities |
# | [tanh](glossary.md#tanh) | $2\,\sigma(2z) - 1$ | outputs around 0 |
# | ReLU | $\max(0, z)$ | slope 1 on the right |
# | [leaky ReLU](glossary.md#leaky-ReLU) | $z$ if $z > 0$, else $0.01 z$ | no unit without a slope |
# | [PReLU](glossary.md#PReLU) | $z$ if $z > 0$, else $a z$ | $a$ is learned, from 0.25 on |
# | [ELU](glossary.md#ELU) | $z$ if $z > 0$, else $e^z - 1$ | negative outputs, no corner |
# | [SELU](glossary.md#SELU) | $1.051\, z$ if $z > 0$, else $1.758\,(e^z - 1)$ | keeping mean 0 and spread 1 |
# | [GELU](glossary.md#GELU) | $z\,\Phi(z)$; in its tanh form $z\,(1 + \tanh u) / 2$ with $u = \sqrt{2/\pi}\,(z + 0.044715\,z^3)$ | a soft switch, usual in transformers |
# | [SiLU](glossary.md#SiLU) or Swish | $z\,\sigma(z)$ | a soft switch |
# | [Mish](glossary.md#Mish) | $z \tanh(\ln(1 + e^z))$ | a soft switch |
#
# And one that is no curve: the [**gated unit**](glossary.md#gated-unit) of
# today's transformers. It takes *two* weighted sums of the same inputs, a
# value $z$ and a gate $g$, and returns $z\,\sigma(g)$: this is GLU; with SiLU
# in place of $\sigma$ it is SwiGLU. If value and gate were the same sum, GLU
# would be SiLU.

# %%
MODULES |= {
    "leaky ReLU": nn.LeakyReLU,
    "PReLU": nn.PReLU,
    "ELU": nn.ELU,
    "SELU": nn.SELU,
    "GELU": nn.GELU,
    "SiLU": nn.SiLU,
    "Mish": nn.Mish,
    "GLU": nn.GLU,  # half of the sums are values, the others gates
}

# %% [markdown]
# PyTorch has them all. Your guess is one of the names, in quotes.

# %%
steep_guess = checks.predict(
    ...,
    "Whose slope is the largest anywhere?",
    choices=("tanh", "ReLU", "ELU", "SELU", "GELU", "SiLU", "Mish"),
)

# %% [markdown]
# In the figure the solid line is the function, the dashed one its slope, as
# autograd finds it. (The step has the slope 0 wherever it has one.) The gated
# unit is drawn for three gates.


# %%
def slope_of(f, z):
    """The slope of f at each place z, by autograd."""
    z = z.clone().requires_grad_()
    return torch.autograd.grad(f(z).sum(), z)[0]


z = torch.linspace(-4.5, 4.5, 901)
curves = {name: make() for name, make in MODULES.items() if name != "GLU"}
slopes = {name: slope_of(f, z) for name, f in curves.items()}
largest = {name: slopes[name].max().item() for name in steep_guess.choices}
steep_guess.compare(max(largest, key=largest.get))

# %% [markdown] tags=["notes"]
# The code that draws is folded.

# %% jupyter={"source_hidden": true} course={"alt": "Twelve panels, each with a function and, dashed, its slope. Step: slope 0. Sigmoid and tanh: flat at both ends, slopes up to 0.25 and 1. ReLU, leaky ReLU, PReLU, ELU, SELU: straight on the right. GELU, SiLU and Mish: smooth, with a dip on the left. GLU: straight lines through 0 that are steeper the larger the gate."}
fig, axes = plt.subplots(
    4, 3, figsize=(plotting.WIDTH, 7.6), sharex=True, sharey=True
)
for ax, name in zip(axes.flat[1:11], curves, strict=False):
    ax.plot(z, curves[name](z).detach(), color=plotting.BLUE)
    ax.plot(z, slopes[name], "--", color=plotting.ORANGE)
    ax.set(title=name, ylim=(-2, 2.6))
axes[0, 0].plot(z, (z > 0).float(), color=plotting.BLUE)
axes[0, 0].plot(z, 0 * z, "--", color=plotting.ORANGE)
axes[0, 0].set(title="step")
for gate, x, height in ((2, -0.1, 1.9), (0, 2.6, 0.7), (-2, 2.6, -0.3)):
    line = z * torch.tensor(gate).sigmoid()
    axes[3, 2].plot(z, line, color=plotting.BLUE)
    axes[3, 2].text(x, height, f"g = {gate}", color=plotting.INKS[0])
axes[3, 2].set(title="GLU")
tanh_form = F.gelu(z[::60], approximate="tanh")
axes[2, 2].plot(z[::60], tanh_form, ".", color="black", label="tanh form")
axes[2, 2].legend(loc="lower right")
axes[0, 1].text(-4.3, 1.3, r"function $\varphi$", color=plotting.INKS[0])
axes[0, 1].text(-4.3, 0.5, r"slope $\varphi'$", color=plotting.INKS[1])
_ = fig.supxlabel("$z$", fontsize=10)

# %% jupyter={"outputs_hidden": true, "source_hidden": true} tags=["author"]
checks.expect(1.7 < largest["SELU"] < 1.76, f"{largest}")
least = min(largest[each] for each in ("GELU", "SiLU", "Mish"))
checks.expect(least > 1.05, f"expected slopes above 1: {largest}")

# %% [markdown]
# Read the dashed curves first. The step hands back nothing: no layer before
# it can learn. The sigmoid hands back a quarter at most, tanh nearly all of
# it near 0, and both nothing at the ends. ReLU, leaky ReLU, PReLU and ELU
# hand back everything on the right, and differ on the left. SELU has its
# steepest place just left of 0. GELU, SiLU and Mish look like ReLU with the
# corner rounded; on the left they dip below 0, with a negative slope up to the
# lowest point, and on the right their slope goes a little above 1. The two
# forms of GELU cannot be told apart by eye. GLU is a straight line whose
# slope its own inputs choose: nearly shut at $g = -2$, nearly open at 2.
#
# The [appendix](#Appendix:-by-hand,-properties,-cost) writes the eleven by
# hand, lists their properties, and measures what they cost.

# %% [markdown]
# ## Dead ReLUs, provoked and counted
#
# ReLU pays for its slope of 1: left of 0 it is flat. A ReLU whose $z$ is
# negative for *every* training image is [**dead**](glossary.md#dead-unit). It
# outputs 0 for all of them, no gradient comes back, and its weights never
# change again. (This holds exactly for a first hidden layer, whose inputs are
# fixed, and for plain SGD: momentum moves weights without a gradient, too.)
#
# Units die when a step throws them too far. So take SGD with a rate that is
# too large, and watch 120 iterations.


# %%
WATCHED = [0, 2, 5, 10, 20, 40, 80, 120]


def watch_silent(activation, lr):
    """Train with SGD; accuracy, and who was silent when, (times, 256)."""
    training.seed_everything(0)
    model = nn.Sequential(nn.Linear(196, 256), activation, nn.Linear(256, 10))
    optimizer = torch.optim.SGD(model.parameters(), lr=lr)
    silent = []
    for iteration in range(121):
        if iteration in WATCHED:
            with torch.no_grad():  # z <= 0 for every training image
                silent.append((model[0](X) <= 0).all(dim=0))
        batch = torch.randint(len(X), (128,))
        loss = F.cross_entropy(model(X[batch]), y[batch])
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
    return accuracy(model), torch.stack(silent)


# %% [markdown]
# We try the rates 0.5, 1 and 2 with ReLU, and 2 with leaky ReLU, whose units
# can fall silent as well, but keep a slope of 0.01.

# %%
dead_guess = checks.predict(
    ..., "ReLU, rate 2: how many of 256 units will be dead?", tolerance=30
)

# %% course={"alt": "Silent units over 120 iterations. ReLU at rate 0.5: none. At rate 1: about 25 from the second iteration on. At rate 2: 87 after two iterations, 190 at the end. Leaky ReLU at rate 2: still more."}
fig, ax = plt.subplots(figsize=(plotting.WIDTH, 3.2))
ends = {}
settings = [("ReLU", 0.5), ("ReLU", 1.0), ("ReLU", 2.0), ("leaky ReLU", 2.0)]
for i, (name, lr) in enumerate(settings):
    reached, silent = watch_silent(MODULES[name](), lr)
    counts = silent.sum(dim=1)
    ax.plot(WATCHED, counts, "osDv"[i] + "-", color=plotting.PALETTE[i])
    label = f"{name}, rate {lr:g}: {reached:.0f} % right"
    ends[label] = (120, counts[-1].item(), plotting.INKS[i])
    returned = (silent[:-1] & ~silent[1:]).sum().item()
    print(f"{name}, rate {lr:g}: {counts[-1]} silent, {returned} came back")
    if (name, lr) == ("ReLU", 2.0):
        dead_guess.compare(counts[-1].item())
dead_guess.draw(ax)
ax.set(xlabel="iteration", ylabel="silent units of 256", xlim=(-2, 205))
ax.set_xticks(range(0, 121, 20))
plotting.direct_labels(ax, ends)

# %% [markdown]
# At rate 1 about a tenth of the units dies, most of them in the first two
# steps, and the network reads as well as at 0.5, where none dies: it has
# units to spare. At rate 2 far more are gone, not one comes back, and a good
# part of the accuracy goes with them. Leaky units do come back, some of
# them; others fall silent in their place, and the accuracy is no better. The
# rate was the fault, and the dead units its symptom. So count them when a
# ReLU network learns badly, and mend the cause. A leaky slope is no cure.

# %% [markdown]
# ## Which one? A fair comparison
#
# Back to the question of the beginning. A comparison is fair if every
# function gets what it needs:
#
# - **its own rate**, chosen on one seed, with the best inside the grid;
# - **a start**: $c = 1$ for none, sigmoid, tanh and SELU, $c = \sqrt 2$ for
#   ReLU and all others;
# - **the same five seeds**. A seed gives all functions the same batches and,
#   up to the factor $c$, the same weights (but for GLU, whose width is
#   another). So we look at five *paired* differences from ReLU, and their t
#   interval.
#
# A layer of GLU takes 72 sums for 36 outputs, which makes its network about
# as large as the others. "None" is no function at all. We begin with two
# layers.

# %%
lead_guess = checks.predict(
    ...,
    "Two layers: how far ahead of ReLU is the best of the others?",
    unit="points",
    tolerance=0.3,
)

# %%
MODULES["none"] = nn.Identity
rates = [3e-3, 1e-2, 3e-2, 1e-1]


def contestant(name, depth):
    """A function that makes the network for a seed."""
    c = 1 if name in ("none", "sigmoid", "tanh", "SELU") else math.sqrt(2)
    width = 72 if name == "GLU" else 64
    return partial(restarted, name, depth, c, width=width)


shallow = {
    name: tuned(contestant(name, 2), rates)
    for name in progress.track(MODULES, "training")
}
table = pd.DataFrame([search for search, _, _ in shallow.values()])
table = table.set_axis(list(shallow)).set_axis(rates, axis=1).round(1)
table["best rate"] = [best for _, best, _ in shallow.values()]
table

# %% jupyter={"outputs_hidden": true, "source_hidden": true} tags=["author"]
for each, (_, chosen_rate, _) in shallow.items():
    checks.expect(rates[0] < chosen_rate < rates[-1], f"{each}: at an edge")

# %% [markdown]
# Each row is one seed at four rates. Every best rate lies inside the grid.
# Look at a column instead: at 0.003 the sigmoid is ten points behind ReLU,
# with each at its own rate 0.3 points. Who compares at one rate compares
# rates. And a wrong rate can cost more than any of the functions: ReLU loses
# eight points at 0.1, having no function at all three.

# %% [markdown]
# And ten layers deep, with some of them. Tanh and ReLU we have already.

# %%
deeper = {"tanh": deep["tanh, c = 1"], "ReLU": deep["ReLU, c = 1.41"]}
others = ["leaky ReLU", "SELU", "GELU", "SiLU"]
for name in progress.track(others, "training"):
    deeper[name] = tuned(contestant(name, 10), deep_rates)


def differences(results):
    """Name to the mean of the paired differences from ReLU, with interval."""
    found = {}
    for name, (_, _, runs) in results.items():
        if name in MODULES and name != "ReLU":
            pairs = zip(runs, results["ReLU"][2], strict=True)
            found[name] = mean_interval([ours - relu for ours, relu in pairs])
    return found


# %% jupyter={"outputs_hidden": true, "source_hidden": true} tags=["author"]
for each in ("tanh", "ReLU", *others):
    chosen_rate = deeper[each][1]
    inside = deep_rates[0] < chosen_rate < deep_rates[-1]
    checks.expect(inside, f"{each}: best rate at an edge")

# %% [markdown]
# A blue diamond marks a difference whose interval leaves out 0, a gray circle
# a tie. The code that draws is folded.

# %%
two, ten = differences(shallow), differences(deeper)
names = sorted(two, key=lambda name: two[name].value)
lead_guess.compare(two[names[-1]].value)

# %% jupyter={"source_hidden": true} course={"alt": "Differences from ReLU with intervals. Two layers: SiLU, GLU, Mish and GELU ahead by 0.4 to 0.7 points; ELU, leaky ReLU, tanh, SELU and PReLU tie; sigmoid 0.9 behind, none 3 behind. Ten layers: SELU, SiLU, tanh and GELU ahead by 1.5 to 2.7 points, leaky ReLU ties."}
fig, axes = plt.subplots(1, 2, figsize=(plotting.WIDTH, 3.6), sharey=True)
for ax, found in zip(axes, (two, ten), strict=True):
    ax.axvline(0, color=plotting.LIGHT)
    for row, name in enumerate(names):
        if name in found:
            d = found[name]
            color, mark = plotting.BLUE, "D"
            if 0 in d:
                color, mark = plotting.GREY, "o"
            ax.plot([d.low, d.high], [row, row], color=color)
            ax.plot(d.value, row, mark, color=color)
    depth = "two layers" if found is two else "ten layers"
    ax.set_xlabel(f"points ahead of ReLU, {depth}")
axes[0].set_yticks(range(len(names)), names)
lead_guess.draw(axes[0], axis="x")

# %% jupyter={"outputs_hidden": true, "source_hidden": true} tags=["author"]
print(two, ten, sep="\n")
for each in ("tanh", "leaky ReLU", "PReLU", "ELU", "SELU"):
    checks.expect(0 in two[each], f"{each} and two layers: no tie")
for each in ("GELU", "SiLU", "Mish", "GLU"):
    checks.expect(two[each].low > 0, f"{each} and two layers: not ahead")
for each in ("tanh", "SELU", "GELU", "SiLU"):
    checks.expect(ten[each].low > 0, f"{each} and ten layers: not ahead")
checks.expect(0 in ten["leaky ReLU"], "leaky ReLU and ten layers: no tie")

# %% [markdown]
# With two layers, **no difference from ReLU is seen** for tanh, leaky ReLU,
# PReLU, ELU and SELU. GELU, SiLU, Mish and GLU are ahead, by about half a
# point: small, and hardly chance. The sigmoid is one point behind, no
# function at all three.
#
# With ten layers, of the five tried there, all but leaky ReLU are ahead of
# ReLU, by one and a half to nearly three points. Even tanh is two points
# ahead, once it is well started.
#
# Two warnings. Of many intervals at 95 %, about one in twenty misses the
# truth. And they speak of this case: small images, two epochs, five seeds.
# They contain the chance of the training, not that of the 6,000 validation
# images, which are the same for all. (No model comes out of this lesson, so
# the test images stay unread.)

# %%
checks.predictions()

# %% [markdown]
# ## A plain answer
#
# When does the choice of activation matter?
#
# - **Always between some and none.** Without a function, or with the step,
#   hidden layers are useless or cannot learn.
# - **In deep networks, together with the start.** A fitting start was worth
#   about 20 to 30 points to tanh and ReLU, another function among the well
#   started ones less than three. The sigmoid stayed at about 70 %.
# - **Little in shallow ones.** There even the sigmoid costs only a point, and
#   a wrong rate costs more.
#
# So take GELU or SiLU, which were ahead of ReLU at both depths, or the cheap
# ReLU; with He's weights, and a tuned rate. Use the sigmoid where a
# number has to be a probability or a gate, tanh where it has to lie between
# $-1$ and 1. On another task another function may win: then measure as we
# did.
#
# ## What we found
#
# - Ten layers of sigmoids with default weights are stuck at 11 %, at every
#   rate we tried. Each layer passes on 0.14 of the signal and of the gradient.
# - The factor is $c$, from the weights, times the typical slope, from the
#   function. Tanh with $c = 1$ and ReLU with $c = \sqrt 2$ bring it close to
#   1, and ten layers learn.
# - A sigmoid with $c = 10$ passes signals on, but half of its units are
#   saturated: 70 %.
# - A rate that is too large killed 190 of 256 ReLUs, and none came back.
# - Each at its own rate, with two layers: five functions tie with ReLU, four
#   are half a point ahead. With ten: tanh, SELU, GELU and SiLU are one and a
#   half to three points ahead.
#
# ## Questions to check yourself
#
# <details><summary>Weights with standard deviation 0.03, 400 inputs, ReLU: by
# what does such a layer multiply?</summary>
#
# $c = \sqrt{400} \cdot 0.03 = 0.6$, times $\sqrt{1/2}$: 0.42.
# </details>
#
# <details><summary>A friend prints mean and standard deviation of all outputs of
# the last hidden layer, 0.5 and 0.1, and says that the signal is alive. Is it?
# </summary>
#
# That can't be told: the spread may be one between units, the same for every
# image. Look at the spread of each unit over the images.
# </details>
#
# <details><summary>A paper reports that a new function beats ReLU by 0.2 points
# on MNIST, one run each, at the same rate. What do you ask?</summary>
#
# For several seeds and the interval of the paired difference, and for a rate
# and a start of its own for each.
# </details>
#
# ## Exercises and further reading
#
# Practice in [exercise set 5](../exercises/05_activations.ipynb). Words to
# look up are in the [glossary](glossary.md). The instruments follow A.
# Karpathy, "makemore", part 3 (2022). The functions: A. Maas and others,
# "Rectifier nonlinearities improve neural network acoustic models", ICML 2013
# workshop (leaky ReLU); K. He and others, "Delving deep into rectifiers",
# ICCV 2015 (PReLU); D.-A. Clevert and others, "Fast and accurate deep network
# learning by exponential linear units", ICLR 2016 (ELU); G. Klambauer and
# others, "Self-normalizing neural networks", NIPS 2017 (SELU); D. Hendrycks,
# K. Gimpel, "Gaussian error linear units", 2016 (GELU, SiLU); P. Ramachandran
# and others, "Searching for activation functions", 2017 (Swish); D. Misra,
# "Mish", BMVC 2020; Y. Dauphin and others, "Language modeling with gated
# convolutional networks", ICML 2017 (GLU); N. Shazeer, "GLU variants improve
# transformer", 2020 (SwiGLU).
#
# Next: [lesson 6](06_backprop.ipynb) opens the box that this lesson has used
# all along: how `backward` finds the gradient of every weight.

# %% [markdown]
# ## Appendix: by hand, properties, cost
#
# ### Eleven functions by hand
#
# In the lesson we took PyTorch's modules. A line is enough to write each of
# the eleven; GELU has two forms, which makes twelve lines.

# %%
A, B = 1.0507009873554805, 1.7580993408473766  # SELU's constants


def u(z):
    return math.sqrt(2 / math.pi) * (z + 0.044715 * z**3)


BY_HAND = {
    "step": lambda z: (z > 0).to(z.dtype),
    "sigmoid": lambda z: 1 / (1 + torch.exp(-z)),
    "tanh": lambda z: 2 / (1 + torch.exp(-2 * z)) - 1,
    "ReLU": lambda z: torch.where(z > 0, z, 0),
    "leaky ReLU": lambda z: torch.where(z > 0, z, 0.01 * z),
    "PReLU": lambda z: torch.where(z > 0, z, 0.25 * z),
    "ELU": lambda z: torch.where(z > 0, z, torch.exp(z) - 1),
    "SELU": lambda z: torch.where(z > 0, A * z, B * (torch.exp(z) - 1)),
    "GELU": lambda z: z * (1 + torch.erf(z / math.sqrt(2))) / 2,
    "GELU (tanh)": lambda z: z * (1 + torch.tanh(u(z))) / 2,
    "SiLU": lambda z: z / (1 + torch.exp(-z)),
    "Mish": lambda z: z * torch.tanh(torch.log(1 + torch.exp(z))),
}

# %% [markdown]
# Compare values with PyTorch's modules, and the slopes that autograd finds,
# at 1,000 places, in 64-bit numbers. (PyTorch has no step.)

# %% tags=["nbval-check-output"]
z = torch.linspace(-8, 8, 1000, dtype=torch.double)
MODULES["GELU (tanh)"] = lambda: nn.GELU(approximate="tanh")
for name in list(BY_HAND)[1:]:
    ours, theirs = BY_HAND[name], MODULES[name]().double()
    torch.testing.assert_close(ours(z), theirs(z))
    torch.testing.assert_close(slope_of(ours, z), slope_of(theirs, z))
print(len(BY_HAND) - 1, "agree with PyTorch, in values and in slopes")

# %% [markdown]
# ### Find the mistake: a right value, and nan as its gradient
#
# The check has passed. Yet some of the twelve, the way we wrote them, can
# ruin a training. Let autograd differentiate *our* code at $z = \pm 100$, in
# the 32-bit numbers that networks use. Before that, read the code: what
# happens in each line at 100 and at $-100$?

# %%
nan_guess = checks.predict(
    ..., "How many of the twelve return nan as a gradient?", tolerance=0
)

# %% tags=["nbval-check-output"]
z = torch.tensor([-100.0, 100.0])
ruined = []
for name, f in list(BY_HAND.items())[1:]:  # the step has no gradient
    gradient = slope_of(f, z)
    if gradient.isnan().any():
        ruined.append(name)
        values = [round(v) for v in f(z).tolist()]
        print(f"{name:8} values {values}, nan", gradient.isnan().tolist())
nan_guess.compare(len(ruined))

# %% [markdown]
# All values are right, and in each row one gradient is `nan`, "not a number".
# In ELU, `torch.where` picks $z$ at 100, but autograd walks back through
# *both* branches and multiplies the one not taken by 0. That branch has the
# slope $e^{100}$, which is infinite in 32 bits, and $0 \cdot \infty$ is
# `nan`. The others contain the same product. One `nan` spoils a weight in the
# next update, and then everything that depends on it. The remedy is lesson
# 2's: never let the exponential overflow, not even where its result is thrown
# away.


# %%
def safe_elu(z):
    return torch.where(z > 0, z, torch.exp(z.clamp(max=0)) - 1)


print("slopes at -100 and 100:", slope_of(safe_elu, z).round().tolist())

# %% [markdown]
# Our check missed this because it ended at $\pm 8$: a check is as good as its
# inputs. In networks, use PyTorch's modules.
#
# ### Identities worth knowing
#
# Several slopes can be computed from the *output* alone. For the sigmoid,
#
# $$\sigma'(z) = \frac{e^{-z}}{(1 + e^{-z})^2}
#   = \frac{1}{1 + e^{-z}} \cdot \frac{e^{-z}}{1 + e^{-z}}
#   = \sigma(z)\,\bigl(1 - \sigma(z)\bigr).$$
#
# So a sigmoid unit with the output 0.9 has the slope $0.9 \cdot 0.1 = 0.09$,
# whatever its $z$, and no sigmoid has a larger one than
# $0.5 \cdot 0.5 = 0.25$. Each line below compares two sides; slopes come from
# autograd.

# %% tags=["nbval-check-output"]
z = torch.linspace(-8, 8, 1000, dtype=torch.double)
s, t, e = torch.sigmoid(z), torch.tanh(z), F.elu(z)
identities = {
    "sigmoid'(z) = h (1 - h)": (slope_of(torch.sigmoid, z), s * (1 - s)),
    "tanh'(z) = 1 - h**2": (slope_of(torch.tanh, z), 1 - t**2),
    "ELU'(z) = min(h, 0) + 1": (slope_of(F.elu, z), e.clamp(max=0) + 1),
    "tanh(z) = 2 sigmoid(2z) - 1": (t, 2 * torch.sigmoid(2 * z) - 1),
    "sigmoid(-z) = 1 - sigmoid(z)": (torch.sigmoid(-z), 1 - s),
    "ReLU(z) - ReLU(-z) = z": (F.relu(z) - F.relu(-z), z),
    "GELU(z) - GELU(-z) = z": (F.gelu(z) - F.gelu(-z), z),
    "SiLU(z) - SiLU(-z) = z": (F.silu(z) - F.silu(-z), z),
}
for name, (left, right) in identities.items():
    torch.testing.assert_close(left, right)
    print(plotting.CHECK, name)

# %% [markdown]
# That the output suffices saves memory: for the backward pass sigmoid, tanh,
# ReLU and ELU need only $H$, which is kept for the next layer anyway. GELU,
# SiLU and Mish go down and up again, so one output belongs to two inputs, and
# $Z$ has to be kept as well.
#
# ### Properties, computed
#
# A table of properties is easily copied together with its mistakes, so we
# compute it: smallest and largest value and slope between $-20$ and 20; the
# mean output for inputs from a standard normal distribution; and on which
# side the function saturates: its slope is below $10^{-6}$ at $-20$, or at
# 20.

# %% tags=["nbval-check-output"]
z = torch.linspace(-20, 20, 40_001, dtype=torch.double)
density = torch.exp(-(z**2) / 2) / math.sqrt(2 * math.pi)
properties = {}
for name, f in BY_HAND.items():
    h = f(z)
    slope = 0 * z if name == "step" else slope_of(f, z)
    mean = torch.trapezoid(h * density, z)
    numbers = [h.min(), h.max(), slope.min(), slope.max(), mean]
    flat = slope[[0, -1]].abs() < 1e-6
    sides = {(True, True): "both sides", (True, False): "left"}
    properties[name] = [
        *(f"{round(v.item(), 2) + 0.0:.2f}" for v in numbers),
        sides.get(tuple(flat.tolist()), "nowhere"),
    ]
columns = ["lowest", "highest", "lowest slope", "highest slope"]
columns += ["mean output", "saturates"]
pd.DataFrame(properties, index=columns).T

# %% [markdown]
# The values of ReLU and its relatives go on beyond 20. Leaky ReLU and PReLU
# never saturate; step, sigmoid and tanh do on both sides, all others on the
# left. Two have the mean 0: tanh, for every symmetric input, and SELU, whose
# constants were chosen for it.
#
# ### Why zero-centered?
#
# A function is [zero-centered](glossary.md#zero-centered) if its outputs lie
# around 0. The gradient of the weights after a layer is the layer's output
# times what comes back: for one image,
# $\partial L / \partial W = h^\top \, \partial L / \partial z$, with $h$
# $(1 \times q)$ and $\partial L / \partial z$ $(1 \times 10)$. If no entry of
# $h$ is negative, all weights into one unit get gradients of the same sign.
# Count it for the ten output units and one image.

# %% tags=["nbval-check-output"]
for name in ("sigmoid", "ReLU", "tanh"):
    model = network(name, depth=1)
    F.cross_entropy(model(X[:1]), y[:1]).backward()
    G = model[2].weight.grad  # (10, 64), one row for each unit
    one_sign = (G >= 0).all(dim=1) | (G <= 0).all(dim=1)
    print(f"{name}: all of one sign in {one_sign.sum()} of 10 units")

# %% [markdown]
# With sigmoid and ReLU every unit is bound that way, with tanh none. It bends
# the path of gradient descent, and it is not fatal: other images pull in
# other directions. It is also a reason to normalize the input, which is the
# $h$ of the first layer.
#
# ### What does each cost?
#
# We measure forward and backward of PyTorch's modules on 256 × 512 numbers,
# and divide by ReLU's time. Each gets 40 turns, one after the other in
# rounds, and the fastest counts, since other programs can only slow a turn
# down. For scale, a linear layer from 512 to 512 units takes part.

# %%
training.seed_everything(0)
racers = {name: MODULES[name]() for name in list(BY_HAND)[1:]}
racers["linear layer"] = nn.Linear(512, 512)
Z, G = torch.randn(256, 512, requires_grad=True), torch.randn(256, 512)
times = {name: [] for name in racers}
for _ in range(40):
    for name, module in racers.items():
        start = time.perf_counter()
        module(Z).backward(G)
        times[name].append(time.perf_counter() - start)
fastest = {name: min(values) for name, values in times.items()}
for name in sorted(fastest, key=fastest.get):
    print(f"{name:13} {fastest[name] / fastest['ReLU']:5.1f}")

# %% [markdown]
# The numbers are from the machine that ran this page last, and differ from
# one to the next. What costs are exponentials and logarithms, and in PReLU
# the gradient of $a$. But an activation handles $n \cdot q$ numbers once,
# while the product before it takes $n \cdot p \cdot q$ multiplications: even
# Mish costs less than the linear layer. Between the others, cost is seldom
# the reason to choose.
#
# ### SwiGLU in a plain stack
#
# SwiGLU multiplies two sums. Halve its inputs, and about a quarter comes out.
# In a stack of such layers no single factor fits: what is a little too small
# gets smaller ever faster, and what is too large grows. Ten layers, three
# starts:


# %%
class SwiGLU(nn.Module):
    def forward(self, Z):
        value, gate = Z.chunk(2, dim=1)
        return value * F.silu(gate)


MODULES["SwiGLU"] = SwiGLU
for c in (1, 1.41, 2):
    model = restarted("SwiGLU", depth=10, c=c, width=72)
    print(f"c = {c}: {train(model, 3e-3):.0f} %")

# %% [markdown]
# At this rate none of them learns. In transformers SwiGLU stands behind a
# normalization layer, which sets the size of what comes in, and beside a skip
# connection, which carries the signal past it ([lesson 7](07_signals.ipynb)).

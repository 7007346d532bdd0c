# ---
# jupyter:
#   course:
#     peak_mb: 1360
#     python: 3.11.7
#     seconds: 138.0
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
# A published tutorial trains its first neural network, two layers with 50,890
# numbers to learn, for eleven epochs. It reads 92.32 % of MNIST's test
# images: no more than lesson 2's softmax regression with its 7,850 numbers.
# The code has no error. Yet one function is missing, and that function has
# nothing to learn at all. In this lesson you find out which, put it in, and
# watch it bend the plane.
#
# After this lesson you can
#
# - show why one line, and any stack of linear layers, can't compute XOR, and
#   why a nonlinear function between the layers can;
# - read a hidden layer as a change of place: points, bent grid, straight
#   border;
# - follow an image through a network, number by number;
# - say what "universal approximation" promises and what it doesn't;
# - tell what a count of parameters says about a network, and what it doesn't.
#
# **You need:** [lesson 2](02_softmax_regression.ipynb) (softmax,
# cross-entropy, gradient descent). **Time:** about 120 minutes; all cells
# together run in under two minutes.

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

import matplotlib.pyplot as plt
import numpy as np
import torch
from sklearn.kernel_ridge import KernelRidge
from torch import nn
from torch.nn import functional as F

from course_utils import checks, data, plotting, progress, training, widgets
from course_utils.uncertainty import (
    accuracy_interval,
    difference_interval,
    mean_interval,
)
from course_utils.widgets.points import points_of

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
# A right answer changes nothing. A wrong one shifts $xw + b$ for this example
# towards the right side. We start with $b = \tfrac12$: with inputs 0 and 1
# every change is a whole number, so $xw + b$ can never be exactly 0, and no
# point ever lies on the line.


# %%
def step(z):
    return (z > 0).float()


def perceptron(X, y, num_epochs=12):
    """The weights and bias after each epoch, and its mistakes."""
    w, b = torch.zeros(X.shape[1]), torch.tensor(0.5)
    lines, mistakes = [], []
    for _ in range(num_epochs):
        mistakes.append(0)
        for x, target in zip(X, y, strict=True):
            error = target - step(x @ w + b)
            w, b = w + error * x, b + error
            mistakes[-1] += int(error.abs())
        lines.append((w, b))
    return lines, mistakes


# %% [markdown]
# Let it learn three logic functions of two bits: AND (both are 1), OR (at
# least one is 1) and XOR (exactly one is 1). Before you run the last of the
# next three cells, guess. Replace the `...` by your answer, or leave it to
# skip.

# %%
corners = torch.tensor([[0.0, 0], [0, 1], [1, 0], [1, 1]])
gates = {"AND": [0, 0, 0, 1], "OR": [0, 1, 1, 1], "XOR": [0, 1, 1, 0]}
gates = {name: torch.tensor(target) for name, target in gates.items()}

# %% [markdown]
# The question has four possible answers.

# %%
never_guess = checks.predict(
    ...,
    "Which one will the perceptron never learn?",
    choices=(*gates, "it learns all"),
)

# %% [markdown]
# "Learned" means: an epoch without a mistake.

# %% tags=["nbval-check-output"]
learned = {name: perceptron(corners, y) for name, y in gates.items()}
never = [name for name, (_, mistakes) in learned.items() if mistakes[-1]]
never_guess.compare(never[0] if never else "it learns all")
for name, (_, mistakes) in learned.items():
    print(f"{name:3} mistakes in each epoch:", *mistakes)

# %% [markdown]
# AND and OR are learned after a few epochs: no more mistakes, no more change.
# XOR makes four mistakes in every epoch, and would forever. Draw what each
# perceptron answers everywhere in the plane, and in gray the line after each
# of its epochs.

# %% course={"alt": "Three squares with the four corners 0 0, 0 1, 1 0 and 1 1. For AND and OR a straight border separates circles from squares, and gray lines show how it got there. For XOR two corners lie on the wrong side."}
fig, axes = plt.subplots(1, 3, figsize=(plotting.WIDTH, 2.7))
for ax, (name, (lines, _)) in zip(axes, learned.items(), strict=True):
    w, b = lines[-1]
    plotting.show_decision_boundary(
        lambda x, w=w, b=b: step(x @ w + b), corners, gates[name], ax=ax
    )
    ax.set(title=name, xlim=ax.get_xlim(), ylim=ax.get_ylim())
    for w, b in lines:
        near = -b * w / (w @ w)
        far = near + torch.stack([-w[1], w[0]])
        ax.axline(near, far, color=plotting.GREY, lw=0.8, ls=":")

# %% [markdown]
# The border is always a straight line, the points where $xw + b = 0$. For AND
# and OR a line separates circles (0) from squares (1). For XOR the line keeps
# moving, and that no line can do it needs no experiment. XOR demands
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
# [XOR](glossary.md#XOR) is not an odd exception. Here are three sets of 200
# points in the plane, each of two classes. Where a model changes its answer
# runs its [decision boundary](glossary.md#decision-boundary), its border.

# %%
names = {"xor": "noisy XOR", "moons": "two moons", "rings": "rings"}
point_sets = {}
for name, title in names.items():
    X, y = points_of(name)
    point_sets[title] = torch.from_numpy(X).float(), torch.from_numpy(y)


def train(network, X, y, num_steps=500, keep=()):
    """Train on all points at once; copies of the network at steps `keep`."""
    optimizer = torch.optim.Adam(network.parameters(), lr=0.05)
    copies = {}
    for i in range(num_steps + 1):
        if i in keep:
            copies[i] = copy.deepcopy(network)
        z = network(X)[:, 0]
        loss = F.binary_cross_entropy_with_logits(z, y.float())
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
    return copies


# %% [markdown]
# The loss is lesson 2's $-\ln$ of the probability of the true class. Autograd
# computes its gradients, and Adam takes the steps: gradient descent that
# chooses each step's length by itself (lesson 8). Lesson 4 takes such a loop
# apart, line by line. To measure, we switch the gradients off, and set the
# network to evaluation mode; for these networks that changes nothing, but it
# is a habit worth having.


# %%
@torch.no_grad()
def share_right(network, X, y):
    """Share of the points on the right side of the network's border."""
    network.eval()
    return ((network(X)[:, 0] > 0) == (y == 1)).float().mean().item()


line_guess = checks.predict(
    ..., "How many of the rings' points does the best line get right?",
    unit="%", tolerance=5,
)

# %% [markdown]
# One line is what `nn.Linear(2, 1)` has: two weights and a bias.

# %% course={"alt": "Noisy XOR, two moons and rings, each divided by one straight line. The line cuts the tips off both moons, and is of no use for XOR and the rings."}
fig, axes = plt.subplots(1, 3, figsize=(plotting.WIDTH, 2.8))
by_line = {}
for ax, (name, (X, y)) in zip(axes, point_sets.items(), strict=True):
    training.seed_everything(0)
    line = nn.Linear(2, 1)
    train(line, X, y)
    by_line[name] = share_right(line, X, y)
    title = f"{name}: {by_line[name]:.0%}"
    plotting.show_decision_boundary(line, X, y, title=title, ax=ax)
line_guess.compare(100 * by_line["rings"])

# %% jupyter={"outputs_hidden": true, "source_hidden": true} tags=["author"]
checks.expect(by_line["two moons"] < 0.92, f"a line fails: {by_line}")
checks.expect(by_line["rings"] < 0.7, f"a line fails: {by_line}")
checks.expect(by_line["noisy XOR"] < 0.8, f"a line fails: {by_line}")

# %% [markdown]
# A line cuts the tips off both moons. On the rings no line can be much better
# than a coin. On XOR a line can have three of the four clouds on its right
# sides, and never all. More points or more training won't help: the model
# can't *express* the right border. If one layer isn't enough, are two?

# %% [markdown]
# ## Two linear layers are one
#
# Send the output of one linear layer through a second one. With $n$ inputs
# $X$ $(n \times p)$, a hidden layer of $h$ units and $k$ classes:
#
# $$H = X W_1 + b_1, \qquad Z = H W_2 + b_2,$$
#
# where $W_1$ is $p \times h$, $b_1$ has $h$ entries, $W_2$ is $h \times k$,
# $b_2$ has $k$. That is the tutorial's network, with $p = 784$ and $k = 10$;
# for $h$ we take 64. Train it as the tutorial did, for 11 epochs.

# %%
splits = data.normalize(data.load("mnist", valid_fraction=0.1, seed=0))


def train_digits(*layers, epochs, batch_size):
    """A network of these layers, trained with Adam; and its history."""
    network = nn.Sequential(nn.Flatten(), *layers)
    loaders = data.loaders(splits, batch_size=batch_size, seed=0)
    optimizer = torch.optim.Adam(network.parameters(), lr=1e-3, fused=True)
    history = training.fit(
        network, loaders.train, loaders.valid,
        epochs=epochs, optimizer=optimizer,
    )
    return network, history


training.seed_everything(0)
two_layers, two_history = train_digits(
    nn.Linear(784, 64), nn.Linear(64, 10), epochs=11, batch_size=256
)
count = sum(value.numel() for value in two_layers.parameters())
print(f"{count:,} parameters, {two_history.seconds:.0f} seconds")

# %% [markdown]
# And softmax regression, in the same way: 7,850 parameters. To compare two
# models on the same 6,000 validation images, we use lesson 2's interval on
# the difference.

# %%
second_guess = checks.predict(
    ...,
    "How much more of the validation images do two layers get right?",
    unit="points",
    tolerance=0.5,
)


# %% [markdown]
# `right` says of each image whether a network reads it correctly.


# %%
def right(network, images=splits.valid):
    result = training.evaluate(network, images)
    return (result.predictions == result.labels).numpy()


training.seed_everything(0)
one_layer, _ = train_digits(nn.Linear(784, 10), epochs=11, batch_size=256)
for name, network in {"one": one_layer, "two": two_layers}.items():
    correct = right(network)
    print(name, accuracy_interval(correct.sum(), len(correct)))
difference = difference_interval(right(two_layers), right(one_layer))
second_guess.compare(100 * difference.value)
print("two layers minus one:", difference)

# %% jupyter={"outputs_hidden": true, "source_hidden": true} tags=["author"]
checks.expect(0 in difference, f"expected a tie, got {difference}")

# %% [markdown]
# A tie: the interval holds 0. The second layer has added 43,040 parameters
# and nothing to show for them. To see why, insert the first equation into the
# second and multiply out:
#
# $$Z = (X W_1 + b_1) W_2 + b_2
#     = X \underbrace{W_1 W_2}_{W\;(p \times k)}
#     + \underbrace{b_1 W_2 + b_2}_{b\;(k)}.$$
#
# That is $XW + b$: a single linear layer. So multiply the trained weights,
# and throw the network away. `nn.Linear` stores its weights transposed,
# therefore the product is in the reverse order.


# %%
@torch.no_grad()
def collapse(first, second):
    """The one nn.Linear that computes second(first(x))."""
    one = nn.Linear(first.in_features, second.out_features)
    one.weight.copy_(second.weight @ first.weight)
    one.bias.copy_(second.weight @ first.bias + second.bias)
    return one


_, first, second = two_layers
collapsed = nn.Sequential(nn.Flatten(), collapse(first, second))
answers = [
    training.evaluate(network, splits.valid)
    for network in (two_layers, collapsed)
]
same = answers[0].predictions == answers[1].predictions
gap = (answers[0].outputs - answers[1].outputs).abs().max()
print(f"the same answer for {same.sum():,} of {len(same):,} images")
print(f"largest difference of two logits: {gap:.0e}")

# %% jupyter={"outputs_hidden": true, "source_hidden": true} tags=["author"]
checks.expect(same.float().mean() > 0.999, f"the same answers: {same.sum()}")

# %% [markdown]
# 7,850 numbers do what 50,890 did, but for rounding. Ten linear layers would
# collapse in the same way. What was presented as a network is softmax
# regression, and 92 % is where softmax regression stops (lesson 2).

# %% [markdown]
# ## Add a nonlinear function
#
# The collapse needed one thing: nothing stood between the two products. So
# put a function there that isn't linear. The most used one is the **rectified
# linear unit**, [ReLU](glossary.md#ReLU), $\max(0, z)$, applied to each
# number by itself:
#
# $$H = \sigma(X W_1 + b_1), \qquad Z = H W_2 + b_2, \qquad
#   \sigma(z) = \max(0, z).$$
#
# $\sigma$ stands for any such
# [**activation function**](glossary.md#activation-function); lesson 5
# compares them. An
# [artificial neural network](glossary.md#artificial-neural-network) of this
# form is a [**multilayer perceptron**](glossary.md#MLP) (MLP). $H$ is its
# [**hidden layer**](glossary.md#hidden-layer), and each column of $H$ a
# [unit](glossary.md#unit). In $\max(0, x W_1 + b_1)\, W_2$ the brackets can't
# be multiplied out any more.
#
# Put it between the tutorial's two [layers](glossary.md#layer), and change
# nothing else.

# %%
relu_guess = checks.predict(
    ...,
    "How much more of the validation images does it get right with ReLU?",
    unit="points",
    tolerance=1,
)

# %% [markdown]
# The same epochs, the same batches, as many parameters as before.

# %%
training.seed_everything(0)
with_relu, relu_history = train_digits(
    nn.Linear(784, 64), nn.ReLU(), nn.Linear(64, 10),
    epochs=11, batch_size=256,
)
correct = right(with_relu)
print("with ReLU:", accuracy_interval(correct.sum(), len(correct)))
gain = difference_interval(correct, right(two_layers))
relu_guess.compare(100 * gain.value)
print("ReLU minus none:", gain)

# %% jupyter={"outputs_hidden": true, "source_hidden": true} tags=["author"]
checks.expect(gain.low > 0.04, f"expected over 4 points, got {gain}")

# %% [markdown]
# The function that has nothing to learn is worth more than five points, far
# beyond the interval. (The interval is about these images; another start would
# move the number by some tenths.) What does it do?

# %% [markdown]
# ## The plane that bends
#
# Two hidden units can be drawn: $h_1$ to the right, $h_2$ upwards. So we can
# draw what a hidden layer does: it takes every point $x$ of one plane to a
# point $h$ of another. Here is a network for XOR with weights found by hand:
#
# $$h_1 = \max(0,\, 3 x_1 - 2 x_2), \qquad h_2 = \max(0,\, 3 x_2 - 2 x_1),
#   \qquad z = h_1 + h_2 - 2.5,$$
#
# and the answer is 1 where $z > 0$.

# %%
z_guess = checks.predict(
    ..., "What is z for the input (1, 1)?", tolerance=0
)

# %% tags=["nbval-check-output"]
by_hand = nn.Sequential(nn.Linear(2, 2), nn.ReLU(), nn.Linear(2, 1))
with torch.no_grad():
    by_hand[0].weight.copy_(torch.tensor([[3.0, -2], [-2, 3]]))
    by_hand[0].bias.zero_()
    by_hand[2].weight.fill_(1)
    by_hand[2].bias.fill_(-2.5)
    H, z = by_hand[:2](corners), by_hand(corners)[:, 0]
z_guess.compare(z[3].item())
for x, h, out in zip(corners.tolist(), H.tolist(), z.tolist(), strict=True):
    print("x =", x, " h =", h, " z =", out)

# %% [markdown]
# Exactly XOR: $z$ is positive for (0, 1) and (1, 0) alone. Now draw both
# planes. The function below (unfold it if you like) draws points and a grid
# where a network's layers have moved them, and colors the plane by the answer
# that the rest of the network gives there.


# %% jupyter={"source_hidden": true}
@torch.no_grad()
def draw_plane(ax, move, answer, X, y, low, high):
    """Points X and a grid, moved; and the answer in the moved plane."""
    along = torch.linspace(min(low, -2), max(high, 2), 241)
    for v in along[::15]:
        across = torch.full_like(along, v)
        for line in ((across, along), (along, across)):
            moved = move(torch.stack(line, dim=1))
            ax.plot(*moved.T, color=plotting.GREY, lw=0.7, alpha=0.6)
    side = torch.linspace(low, high, 201)
    z = answer(torch.cartesian_prod(side, side)).reshape(201, 201).T
    colors = [plotting.BLUE, plotting.ORANGE]
    ax.contourf(side, side, z, [-1e9, 0, 1e9], colors=colors, alpha=0.2)
    if z.min() < 0 < z.max():
        ax.contour(side, side, z, [0], colors="black", linewidths=2)
    for k, marker in enumerate("os"):
        ax.scatter(
            *move(X[y == k]).T, s=60 if len(X) < 9 else 12, marker=marker,
            color=plotting.INKS[k], edgecolor="white", lw=0.5, zorder=3,
        )
    ax.set(xlim=(low, high), ylim=(low, high), aspect="equal")


# %% course={"alt": "Left the plane of the inputs with a square grid: the four corners, and a border in two bent pieces. Right the plane of the hidden units: 0 0 and 1 1 lie below a straight border, 0 1 and 1 0 above it; most of the grid is folded onto the two axes."}
fig, axes = plt.subplots(1, 2, figsize=(plotting.WIDTH, 3.5))
y = gates["XOR"]
draw_plane(axes[0], lambda x: x, by_hand, corners, y, -0.5, 1.5)
draw_plane(axes[1], by_hand[:2], by_hand[2], corners, y, -0.3, 3.6)
axes[0].set(title="inputs", xlabel="$x_1$", ylabel="$x_2$")
axes[1].set(title="hidden units", xlabel="$h_1$", ylabel="$h_2$")
for x, h in zip(corners.tolist(), H.tolist(), strict=True):
    text = f"({x[0]:.0f}, {x[1]:.0f})"
    for ax, place in zip(axes, (x, h), strict=True):
        ax.annotate(text, place, (7, 6), textcoords="offset points")

# %% [markdown]
# Left, the grid is square and the border is bent. Right, the same grid and
# the same four points, as the hidden layer sees them. The plane has been
# folded: whatever made both units negative lies on the origin, and large parts
# lie on the two axes. Only the wedge around the diagonal is still a plane, and
# stretched. In the folded plane a **straight** line does the rest.
#
# This is what a hidden layer is for: it moves the points to where a linear
# layer can divide them.
#
# ### Bent by training
#
# Nobody has to find such weights. Here is a network 2-2-1 while it learns the
# noisy XOR. Its activation is tanh, a smooth step from −1 to 1, so that the
# grid bends instead of folding. Each column is one step of one training: the
# plane of the inputs above, the plane of the hidden units below.

# %% course={"alt": "Noisy XOR at steps 0, 50, 100 and 400, inputs above and hidden units below. At first the grid of the hidden units is nearly flat and its border separates nothing. Then the grid is bent until a straight line divides the classes."}
training.seed_everything(5)
X, y = point_sets["noisy XOR"]
network = nn.Sequential(nn.Linear(2, 2), nn.Tanh(), nn.Linear(2, 1))
stills = train(network, X, y, keep=(0, 50, 100, 400))
size = (plotting.WIDTH, 4.2)
fig, axes = plt.subplots(2, 4, figsize=size, sharex="row", sharey="row")
for (i, still), (above, below) in zip(stills.items(), axes.T, strict=True):
    draw_plane(above, lambda x: x, still, X, y, -2, 2)
    draw_plane(below, still[:2], still[2], X, y, -1.1, 1.1)
    above.set_title(f"step {i}: {share_right(still, X, y):.0%}")
axes[0, 0].set_ylabel("inputs: $x_2$")
axes[1, 0].set_ylabel("hidden units: $h_2$")
for top, bottom in axes.T:
    top.set_xlabel("$x_1$")
    bottom.set_xlabel("$h_1$")

# %% [markdown]
# Look at the lower row. Two opposite clouds are pulled into one corner, the
# two others go apart; when that is done, one straight line has all of them on
# the right side. In the upper row the same line is the bent border.
#
# ### How many units close a ring?
#
# The rings need a border that is closed.

# %%
ring_guess = checks.predict(
    ...,
    "With one hidden layer, how few units do the rings need?",
    tolerance=0,
)

# %% [markdown]
# A training can get stuck, so we try each number of units from six starts, and
# print the share of the points that each gets right.

# %%
X, y = point_sets["rings"]
best = {}
for units in (1, 2, 3):
    found = []
    for seed in range(6):
        training.seed_everything(seed)
        network = nn.Sequential(
            nn.Linear(2, units), nn.Tanh(), nn.Linear(units, 1)
        )
        train(network, X, y)
        found.append(share_right(network, X, y))
    best[units] = max(found)
    print(units, "units:", *(f"{share:.1%}" for share in sorted(found)))
ring_guess.compare(min(units for units in best if best[units] > 0.97))

# %% jupyter={"outputs_hidden": true, "source_hidden": true} tags=["author"]
checks.expect(best[2] < 0.85 < 0.99 < best[3], f"two can't, three can: {best}")

# %% [markdown]
# Two units can't, whatever the start. The hidden plane tells why: all $h$ lie
# inside a square, from −1 to 1, and the points far out in the input plane come
# to lie along its edge. A straight line can't cut a piece off a square without
# cutting its edge, so the border runs off to infinity somewhere.
#
# With three units the hidden space is a cube, and the bent plane hangs in it
# like a cloth. A flat plane can cut off the bulge in its middle. Here is the
# cloth seen along that flat plane, which therefore appears as a line.


# %% jupyter={"source_hidden": true}
@torch.no_grad()
def draw_side(ax, hidden, output, X, y):
    """The hidden space seen from the side, along the border of `output`."""
    w, b = output.weight[0], output.bias[0]
    up = w / w.norm()
    H = hidden(X)
    flat = H - torch.outer(H @ up, up)
    side = torch.pca_lowrank(flat, q=1, niter=10)[2][:, 0]
    for v in torch.linspace(-2, 2, 17):
        along = torch.linspace(-2, 2, 121)
        across = torch.full_like(along, v)
        for line in ((across, along), (along, across)):
            h = hidden(torch.stack(line, dim=1))
            ax.plot(h @ side, h @ up, color=plotting.GREY, lw=0.7, alpha=0.6)
    for k, marker in enumerate("os"):
        h = H[y == k]
        ax.scatter(
            h @ side, h @ up, s=12, marker=marker, color=plotting.INKS[k],
            edgecolor="white", lw=0.5, zorder=3,
        )
    ax.axhline(-b / w.norm(), color="black", lw=2)
    ax.set(xlim=(-1.8, 1.8), ylim=(-1.8, 1.8), aspect="equal")


# %% course={"alt": "The rings at steps 0, 100, 200 and 500 for a network with three hidden units, inputs above. Below, the hidden space seen from the side: the grid becomes a bulging cloth, and a straight line cuts off the bulge with the inner ring."}
training.seed_everything(1)
network = nn.Sequential(nn.Linear(2, 3), nn.Tanh(), nn.Linear(3, 1))
stills = train(network, X, y, keep=(0, 100, 200, 500))
fig, axes = plt.subplots(2, 4, figsize=size, sharex="row", sharey="row")
for (i, still), (above, below) in zip(stills.items(), axes.T, strict=True):
    draw_plane(above, lambda x: x, still, X, y, -2, 2)
    draw_side(below, still[:2], still[2], X, y)
    above.set(title=f"step {i}: {share_right(still, X, y):.0%}")
    above.set_xlabel("$x_1$")
    below.set_xlabel("along the border")
axes[0, 0].set_ylabel("inputs: $x_2$")
axes[1, 0].set_ylabel("across the border")

# %% [markdown]
# At step 100 the border still has two open ends, and four of five points are
# right, as with two units. Then the bulge forms, and the line cuts it off. The
# border above is a triangle with round corners: one side for each unit.
#
# Now bend a plane yourself. The playground trains a network in the page, on
# these points.

# %%
playground = widgets.Playground()
playground

# %% [markdown]
# **Find out by moving:** this network of two units is stuck at 82 %. Add a
# third and press Play. Then choose **linear** units and add layers: what does
# each further layer add to the border? And is there any setting at all in
# which the border of the *hidden* plane is not straight?

# %% [markdown]
# ## A digit flows through
#
# A hidden layer for digits does the same in more dimensions: 784 pixels go to
# $h$ hidden values, and those to 10 logits. With $h = 16$ we can look at every
# number. In the notation 784-16-10 each number is the [width](glossary.md#width)
# of a layer. Such a network is the second of the published ones: ReLU, Adam,
# 5 epochs, batches of 20 images, 94 % after 50 seconds.

# %%
training.seed_everything(0)
small, small_history = train_digits(
    nn.Linear(784, 16), nn.ReLU(), nn.Linear(16, 10), epochs=5, batch_size=20
)
correct = right(small)
print("validation:", accuracy_interval(correct.sum(), len(correct)))
sizes = [tuple(value.shape) for value in small.parameters()]
print("parameters:", *sizes, "=", sum(v.numel() for v in small.parameters()))

# %% jupyter={"outputs_hidden": true, "source_hidden": true} tags=["author"]
checks.expect_seconds(small_history.seconds, at_most=15, name="training")

# %% [markdown]
# ### Count the parameters
#
# Each layer has one weight for each pair of an input and a unit, and one bias
# for each unit: $784 \cdot 16 + 16 + 16 \cdot 10 + 10 = 12{,}730$. Most sit in
# the first layer, because an image has so many pixels.
#
# ### Number by number
#
# Send one validation image through, layer by layer: the
# [forward pass](glossary.md#forward-pass) in slow motion.

# %%
on_guess = checks.predict(
    ...,
    "How many of the 16 hidden values are above 0 for this digit?",
    tolerance=2,
)

# %%
image = splits.valid.images[3]
with torch.no_grad():
    h = small[:3](image[None])[0]  # flatten, linear, ReLU: 16 numbers
    W2, b2 = small[3].weight, small[3].bias  # (10, 16) and (10,)
    votes = W2 * h  # what each unit gives to each logit
    logits = votes.sum(dim=1) + b2
    probabilities = torch.softmax(logits, dim=0)
on_guess.compare((h > 0).sum().item())
print("logits       ", *(f"{z:5.1f}" for z in logits))
print("probabilities", *(f"{p:5.2f}" for p in probabilities))

# %% [markdown]
# Each logit is a sum of 16 votes and a bias, and a vote is a hidden value times
# a weight. Draw them all.

# %% course={"alt": "From left to right: the image of a digit; 16 bars, its hidden values, several of them 0; a table of 16 by 10 colored votes; below the table the ten logits and the ten probabilities, one of which is nearly 1."}
fig = plt.figure(figsize=(plotting.WIDTH, 5.2))
areas = fig.subplot_mosaic(
    [["image", "h", "votes"], [".", ".", "z"], [".", ".", "p"]],
    width_ratios=(1.2, 1, 1.8), height_ratios=(3, 1, 1),
)
areas["image"].imshow(image[0])
areas["image"].set(title="image", xlabel="784 pixels", xticks=[], yticks=[])
areas["h"].barh(range(16), h, color=plotting.BLUE)
areas["h"].set(title="hidden", ylabel="unit", xlabel="$h$", ylim=(15.5, -0.5))
areas["h"].set_yticks(range(0, 16, 5))
most = votes.abs().max()
areas["votes"].imshow(
    votes.T, cmap="RdBu_r", vmin=-most, vmax=most, aspect="auto"
)
areas["votes"].set(title="votes: red for, blue against", yticks=[])
areas["z"].bar(range(10), logits, color=plotting.BLUE)
areas["z"].axhline(0, color=plotting.GREY, lw=0.8)
areas["z"].set(ylabel="logit", xlim=(-0.5, 9.5))
areas["p"].bar(range(10), probabilities, color=plotting.ORANGE)
areas["p"].set(ylabel="probability", xlabel="digit", xlim=(-0.5, 9.5))
for name in ("votes", "z", "p"):
    areas[name].set_xticks(range(10))

# %% [markdown]
# Read it from left to right. Units without a bar are off: ReLU made them 0,
# and their rows of votes are white. The others vote for some digits and
# against others; no unit decides alone. Down each column of the table the votes
# add up to a logit, and softmax makes probabilities of the ten. The runner-up
# is the 4: look at the image again, and see why.
#
# ### What does a hidden unit look for?
#
# Two ways to ask. Its 784 incoming weights can be drawn as an image, as in
# lesson 2: red pixels switch it on, blue ones off. And we can look for the
# images, among all 6,000 for validation, that make it largest.

# %% course={"alt": "For each of the 16 hidden units its weights as a red and blue image, and below it the two validation images that make it largest. The weights show strokes and blobs, not digits."}
with torch.no_grad():
    H = small[:3](splits.valid.images)
top = H.topk(2, dim=0).indices
fig, axes = plt.subplots(6, 8, figsize=(plotting.WIDTH, 5.9))
most = small[1].weight.abs().max().item()
for unit in range(16):
    rows = axes[3 * (unit // 8) : 3 * (unit // 8) + 3, unit % 8]
    weights = small[1].weight[unit].detach().reshape(28, 28)
    rows[0].imshow(weights, cmap="RdBu_r", vmin=-most, vmax=most)
    rows[0].set_title(f"{unit}: {h[unit]:.1f}", fontweight="normal")
    for ax, i in zip(rows[1:], top[:, unit], strict=True):
        ax.imshow(splits.valid.images[i, 0])
for ax in axes.flat:
    ax.axis("off")

# %% [markdown]
# Above each unit stand its number and its value for our digit. The weights are
# no longer digits, as in lesson 2. They are strokes and blobs in certain
# places, each of use for several digits. The second layer combines them.

# %% [markdown]
# ## Any curve, hinge by hinge
#
# How much can one hidden layer do? Take a single input $x$. A hidden unit
# $\max(0, x - c)$ is a **hinge**: zero up to its kink $c$, a straight ramp
# after it. A network with $h$ hidden units adds $h$ hinges,
#
# $$\hat f(x) = b_2 + \sum_{j=1}^{h} a_j \max(0, x - c_j),$$
#
# and each lets the line bend once, by $a_j$, at $c_j$. So we can build a
# network that follows a given curve $f$, without any training: choose the
# kinks $c_j$, and let $a_j$ be the change of slope that is needed there.


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
# From 20 to 40 hinges: how much smaller will the largest error be?

# %%
factor_guess = checks.predict(
    ...,
    "Twice as many hinges divide the largest error by",
    tolerance=0.5,
)

# %% course={"alt": "A wavy curve in gray and, on top, a chain of straight pieces with a dot at each kink: coarse with 5 hinges, close to the curve with 20."}
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
factor_guess.compare(errors[20] / errors[40])

# %% jupyter={"outputs_hidden": true, "source_hidden": true} tags=["author"]
checks.expect(3 < errors[20] / errors[40] < 5, f"about a quarter: {errors}")

# %% [markdown]
# Gray is the target, blue the network, each dot a kink; the title gives the
# largest error. Pieces half as long lie about four times closer to a smooth
# curve, so the error gets as small as you like. This holds for every continuous
# function on a bounded region, with any number of inputs, and with any
# activation that is not a polynomial: the
# **[universal approximation](glossary.md#universal-approximation) theorem**
# (G. Cybenko 1989; K. Hornik 1991; M. Leshno and others 1993).
#
# ### What the theorem doesn't say
#
# It says that good weights *exist*. Does training find them? Take 20 hidden
# units and 513 points of the curve. Training minimizes the mean square of the
# error, so that is what we compare (its root, in the unit of the curve): from
# three of PyTorch's random starts, and from the network that we built.


# %%
def root_mean_square(network):
    return (network(x) - f(x)).square().mean().sqrt().item()


def fit_curve(network, lr):
    """Train on the curve; count the kinks that lie in 0 to 1 before it."""
    kinks = -network[0].bias / network[0].weight[:, 0]
    inside = ((kinks >= 0) & (kinks < 1)).sum().item()
    before = root_mean_square(network)
    optimizer = torch.optim.Adam(network.parameters(), lr=lr)
    for _ in range(1500):
        loss = F.mse_loss(network(x), f(x))
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
    after = root_mean_square(network)
    print(f"{inside:2} kinks inside, error {before:.3f} -> {after:.3f}")
    return after


random_starts = []
for seed in range(3):
    training.seed_everything(seed)
    start = nn.Sequential(nn.Linear(1, 20), nn.ReLU(), nn.Linear(20, 1))
    random_starts.append(fit_curve(start, lr=0.01))
from_built = fit_curve(build_network(20), lr=0.001)

# %% jupyter={"outputs_hidden": true, "source_hidden": true} tags=["author"]
built_error = root_mean_square(build_network(20))
checks.expect(min(random_starts) > 5 * built_error, f"{random_starts}")
checks.expect(from_built < built_error / 2, f"better: {from_built}")

# %% [markdown]
# From the random starts, training ends far behind the construction. From the
# construction, it makes the same network better still. So the weights are
# there, and descent does its work; whether it arrives depends on where it
# starts. The first column says what was wrong with the random starts: most of
# their kinks lie outside 0 to 1, where there are no data, and there a hinge is
# straight line or zero, and no bend. (Lesson 7 is about good starts.)

# %%
hinges = widgets.Hinges()
hinges

# %% [markdown]
# **Find out by moving:** let Adam train. One kink, marked ✗, stays where it
# was. Why that one, and how can you bring it back to life? Then place the
# hinges evenly, and let Adam slide them: where does it want more of them?
#
# The theorem doesn't say, either, how many units you need, or what happens
# where there are no data. Nor are networks alone in it: polynomials (K.
# Weierstrass 1885) and sums of Gaussian bumps, called a
# [kernel](glossary.md#kernel) method, approximate every continuous function on
# a bounded region, too. We fit all three on 0 to 1 and ask them up to 1.3.

# %% course={"alt": "The curve and three fits. Up to 1 they coincide. Beyond 1 the network goes on straight, the polynomial shoots away, and the Gaussian kernel falls to 0."}
network = build_network(80)
known, values = x.numpy(), f(x).numpy()
polynomial = np.polynomial.Chebyshev.fit(known[:, 0], values[:, 0], deg=15)
kernel = KernelRidge(kernel="rbf", gamma=50, alpha=1e-4).fit(known, values)
wide = torch.linspace(0.5, 1.3, 321)[:, None]
fits = {
    "ReLU network": (network(wide).detach().numpy()[:, 0], "-"),
    "polynomial": (polynomial(wide.numpy()[:, 0]), "--"),
    "Gaussian kernel": (kernel.predict(wide.numpy())[:, 0], "-."),
}
target, places = f(wide).numpy()[:, 0], wide.numpy()[:, 0]
fig, ax = plt.subplots(figsize=(plotting.WIDTH, 2.7))
ax.plot(places, target, color=plotting.LIGHT, linewidth=5)
ends = {"the curve": (1.3, target[-1], plotting.GREY)}
for i, (name, (fit, style)) in enumerate(fits.items()):
    shown = np.abs(fit) < 2
    ax.plot(places[shown], fit[shown], style, color=plotting.PALETTE[i])
    ends[name] = places[shown][-1], fit[shown][-1], plotting.INKS[i]
    worst = np.abs(fit - target)[places <= 1].max()
    print(f"{name}: largest error from 0.5 to 1: {worst:.3f}")
ax.axvline(1, color=plotting.GREY, linestyle=":", linewidth=1)
ax.set(xlabel="$x$", ylabel="$f(x)$", xlim=(0.5, 1.3))
plotting.direct_labels(ax, ends)

# %% [markdown]
# All are excellent where there were data and useless beyond. So universal
# approximation is not what sets networks apart. What does, the rest of the
# course will show: they can be trained with hundreds of inputs, and their
# layers can be stacked.

# %% [markdown]
# ## Width against depth
#
# [Width](glossary.md#width) is the number of units in a layer,
# [depth](glossary.md#depth) the number of layers. One hidden layer with $h$
# units on one input has at most $h + 1$ straight pieces. Depth can do better.
# The tent $t(x) = 2 \max(0, x) - 4 \max(0, x - \tfrac12)$ needs two units and
# folds the interval 0 to 1 in half. Apply it to its own output, and each fold
# folds all earlier ones.

# %%
pieces_guess = checks.predict(
    ..., "Five layers of two units. How many straight pieces?", tolerance=0
)

# %% course={"alt": "The tent folded once, three times and five times: zigzags of 2, 8 and 32 straight pieces."}
x_fine = torch.linspace(0, 1, 1025)
fig, axes = plt.subplots(1, 3, figsize=(plotting.WIDTH, 2), sharey=True)
axes = dict(zip((1, 3, 5), axes, strict=True))
folded = x_fine
for depth in range(1, 6):
    folded = 2 * torch.relu(folded) - 4 * torch.relu(folded - 0.5)
    pieces = 1 + (folded.diff().sign().diff() != 0).sum().item()
    if depth in axes:
        axes[depth].plot(x_fine, folded, color=plotting.BLUE)
        title = f"{2 * depth} units, {pieces} pieces"
        axes[depth].set(title=title, xlabel="$x$")
axes[1].set_ylabel("output")
pieces_guess.compare(pieces)

# %% jupyter={"outputs_hidden": true, "source_hidden": true} tags=["author"]
checks.expect(pieces == 32, f"expected 32 pieces, got {pieces}")

# %% [markdown]
# Ten units in five layers make 32 pieces; ten units in one layer make at most
# 11. With every layer the number of pieces doubles, so for *some* functions
# depth saves units exponentially (M. Telgarsky 2016). It doesn't follow that
# deeper is better on your data. That is a question for the validation set.

# %% [markdown]
# ## More parameters than images
#
# A **parametric** model has a fixed number of parameters, however many examples
# there are: softmax regression, any MLP. A **nonparametric** one grows with
# the data: lesson 1's nearest neighbor keeps every image. A network with more
# parameters than examples, called
# [**overparametrized**](glossary.md#overparametrized), stands between the two:
# its size is fixed, but it may have room enough to learn each example by heart.
#
# Statistics courses warn of that. We try it with 1,000 training images and
# networks of growing width, three starts each.

# %%
grow_guess = checks.predict(
    ...,
    "All 1,000 images are learned. The network grows: new images are read",
    choices=("better", "worse", "no difference"),
)

# %%
widths = [2, 4, 8, 16, 32, 64, 128]
kept, _ = data.stratified_split(splits.train.labels, 1 - 1000 / 54000, 1)
thousand = splits.train.subset(kept)
batch, y = thousand.images.flatten(1), thousand.labels
scores = torch.zeros(2, len(widths), 3)
all_off = torch.zeros(len(widths), 3, dtype=torch.bool)
sizes = []
for i, width in enumerate(progress.track(widths, "training")):
    for seed in range(3):
        training.seed_everything(seed)
        network = nn.Sequential(
            nn.Flatten(), nn.Linear(784, width), nn.ReLU(),
            nn.Linear(width, 10),
        )
        optimizer = torch.optim.Adam(network.parameters(), lr=0.01)
        for _ in range(150):
            loss = F.cross_entropy(network(batch), y)
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
        scores[0, i, seed] = 100 * right(network, thousand).mean()
        scores[1, i, seed] = 100 * right(network).mean()
        all_off[i, seed] = (network[:3](batch) == 0).all()
    sizes.append(sum(value.numel() for value in network.parameters()))

# %% [markdown]
# Each dot is one training; the lines join the means. A ✗ marks a training in
# which every hidden unit ended at 0 for every image: it failed because it died
# (lesson 5), not because it was too small, so the means leave it out.

# %% course={"alt": "Accuracy against the number of parameters, from 1,600 to 100,000. Training accuracy reaches 100 % and stays there; validation accuracy goes on rising to nearly 90 %."}
fig, ax = plt.subplots(figsize=(plotting.WIDTH, 3))
looks = {"training": ("--", 0), "validation": ("-", 1)}
ends = {}
alive = scores.masked_fill(all_off, torch.nan)
for part, (name, (style, ink)) in enumerate(looks.items()):
    color = plotting.INKS[ink]
    mean = alive[part].nanmean(dim=1)
    ax.plot(sizes, mean, style, color=color)
    ax.plot(sizes, alive[part], ".", color=color, alpha=0.6)
    ends[name] = sizes[-1], mean[-1].item(), color
dead = torch.nonzero(all_off)
for i, seed in dead.tolist():
    ax.plot(sizes[i], scores[1, i, seed], "x", color="black")
ax.set(xscale="log", xlabel="parameters", ylabel="accuracy (%)")
plotting.direct_labels(ax, ends)
learned = [w for w, s in zip(widths, scores[0], strict=True) if s.min() == 100]
rise = scores[1, -1] - scores[1, widths.index(learned[0])]
grow_guess.compare("better" if mean_interval(rise).low > 0 else "no difference")
print("all images learned from all starts: widths", *learned)
print(f"validation, width 128 minus {learned[0]}:", mean_interval(rise))

# %% jupyter={"outputs_hidden": true, "source_hidden": true} tags=["author"]
checks.expect(learned[0] <= 32, f"expected all learned: {learned}")
checks.expect(mean_interval(rise).low > 0, f"expected a rise: {rise}")

# %% [markdown]
# Every network of width 16 or more has learned all 1,000 images by heart. One
# might expect the larger ones to do worse on new images. They do better, by
# points, up to 100 parameters for each image. So counting parameters doesn't
# tell whether a network generalizes; the validation set does. Lesson 9 comes
# back to it.

# %% [markdown]
# ## The final number
#
# All choices are made. Now, once, the 10,000 test images.

# %%
seconds = {"linear": two_history.seconds, "small": small_history.seconds}
tested = {
    "two linear layers (published: 92.32 %)": two_layers,
    "the same with ReLU between": with_relu,
    "784-16-10 with ReLU (published: 94 %)": small,
}
test_right = {name: right(net, splits.test) for name, net in tested.items()}
for name, correct in test_right.items():
    print(f"{name}: {accuracy_interval(correct.sum(), len(correct))}")

# %% jupyter={"outputs_hidden": true, "source_hidden": true} tags=["author"]
linear, relu, sixteen = (correct.mean() for correct in test_right.values())
checks.expect(0.915 < linear < 0.93, f"expected about 92.3 %: {linear:.2%}")
checks.expect(relu > 0.965, f"expected over 96.5 %: {relu:.2%}")
checks.expect(sixteen >= 0.94, f"expected at least 94 %: {sixteen:.2%}")
checks.report(
    "two linear layers, no activation", linear, images=10_000,
    seconds=two_history.seconds, published="92.32 %, 45 s",
)
checks.report(
    "784-16-10", sixteen, images=10_000,
    seconds=small_history.seconds, published="94 %, 50 s",
)

# %% [markdown]
# Both published numbers lie inside our intervals: they are reproduced. And the
# first is explained: it is what one linear layer reaches, whatever it is
# called. With a ReLU the same 50,890 numbers read five more of every hundred
# digits; sixteen units, with a quarter of the numbers, read two more. How well
# did *you* predict?

# %%
checks.predictions()

# %% [markdown]
# ## What we found
#
# - A perceptron draws one straight line; XOR, moons and rings need more.
# - Two linear layers are one linear layer, in algebra and after training: the
#   collapsed network gave the same answers. A ReLU between them gained more
#   than five points.
# - A hidden layer bends the plane until a straight border is enough. Two units
#   can't close a ring; three can.
# - In a network for digits each hidden unit votes for and against all ten
#   classes, and the votes add up to logits.
# - A hidden layer of hinges can follow any curve. That good weights exist
#   doesn't mean that training finds them from any start, or that they hold
#   where there were no data.
# - Networks with 100 parameters for each image read new images better than
#   small ones that had also learned every image.
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
# <details><summary>In the plane of the hidden units the border is always
# straight. Why?</summary>
#
# The last layer is linear. It sees nothing but the hidden values, so its answer
# changes where $h w + b = 0$, and that is a line.
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
# <details><summary>A network has 50 parameters for every training image and
# reads all of them correctly. Will it fail on new ones?</summary>
#
# You can't tell from that. In our experiment such networks did better than
# smaller ones. Ask the validation set.
# </details>
#
# ## Exercises and further reading
#
# Practice in [exercise set 3](../exercises/03_mlp.ipynb). Words to look up
# are in the [glossary](glossary.md). On bent planes: C. Olah, "Neural networks,
# manifolds, and topology" (2014). On hinges: M. Nielsen, "Neural Networks and
# Deep Learning", chapter 4 (2015). On networks as approximators: A. Pinkus,
# "Approximation theory of the MLP model in neural networks", Acta Numerica 8
# (1999). On depth: M. Telgarsky, "Benefits of depth in neural networks", COLT
# 2016. On overparametrized models: M. Belkin and others, "Reconciling modern
# machine-learning practice and the classical bias-variance trade-off", PNAS
# 116 (2019).
#
# Next: [lesson 4, training a network](04_training.ipynb), where the loop
# behind `training.fit` is taken apart.

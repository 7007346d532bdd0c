# ---
# jupyter:
#   course:
#     peak_mb: 1347
#     python: 3.11.7
#     seconds: 54.6
#     torch: 2.14.1
# ---

# %% [markdown]
# [![Open in Colab](https://colab.research.google.com/assets/colab-badge.svg)](https://colab.research.google.com/github/neural-notebooks/course/blob/clean/notebooks/03_mlp.ipynb)

# %% [markdown]
# # 3. MLP: from linear to nonlinear
#
# **The question of this lesson:** what can a network do that a linear model
# can't, and which part of it makes the difference?
#
# A published tutorial trains its first neural network, two layers, for eleven
# epochs. It reads 92.32 % of MNIST's test images. The code has no error. Yet
# one function is missing. It has nothing to learn, and it makes the
# difference. In this lesson you find out which it is, put it in, and watch it
# bend the plane.
#
# After this lesson you can
#
# - show what one line can't do, and what a nonlinear function between two
#   layers changes;
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
# One of the first neurons that learned was F. Rosenblatt's
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
    """Weights, bias, and the mistakes made in each epoch."""
    w, b = torch.zeros(X.shape[1]), torch.tensor(0.5)
    mistakes = [0] * num_epochs
    for epoch in range(num_epochs):
        for x, target in zip(X, y, strict=True):
            error = target - step(x @ w + b)
            w += error * x
            b += error
            mistakes[epoch] += int(error.abs())
    return w, b, mistakes


# %% [markdown]
# Let it learn three logic functions of two bits: AND (both are 1), OR (at
# least one is 1) and XOR (exactly one is 1). Before you run the cell after
# the next, guess. Replace the `...` by your answer, or leave it to skip.

# %%
corners = torch.tensor([[0.0, 0], [0, 1], [1, 0], [1, 1]])
gates = {"AND": [0, 0, 0, 1], "OR": [0, 1, 1, 1], "XOR": [0, 1, 1, 0]}
never_guess = checks.predict(
    ...,
    "Which one will the perceptron never learn?",
    choices=(*gates, "it learns all"),
)

# %% [markdown]
# Learned means: an epoch without a mistake.

# %% tags=["nbval-check-output"]
gates = {name: torch.tensor(target) for name, target in gates.items()}
learned = {name: perceptron(corners, y) for name, y in gates.items()}
never = [name for name in gates if learned[name][2][-1] > 0]
never_guess.compare(never[0] if never else "it learns all")
for name, (_, _, mistakes) in learned.items():
    print(f"{name:3} mistakes in each epoch:", *mistakes)

# %% [markdown]
# AND and OR are learned after a few epochs: no more mistakes, no more change.
# XOR goes round in a circle, soon with four mistakes in every epoch. To see
# why, ask each perceptron at every point of a fine grid.

# %%
def draw_answers(ax, predict, X, y, title):
    """Color the plane by the answer at each of 200 x 200 points, X on top."""
    low, high = X.min(dim=0).values - 0.3, X.max(dim=0).values + 0.3
    (x0, y0), (x1, y1) = low, high
    xs, ys = torch.linspace(x0, x1, 200), torch.linspace(y0, y1, 200)
    answers = predict(torch.cartesian_prod(xs, ys)).reshape(200, 200).T
    colors = plotting.PALETTE[:2]
    ax.contourf(xs, ys, answers, [-0.5, 0.5, 1.5], colors=colors, alpha=0.25)
    for k, marker in enumerate("os"):
        style = {"color": colors[k], "marker": marker, "edgecolor": "white"}
        ax.scatter(*X[y == k].T, s=22, linewidth=0.5, **style)
    ax.set(xlabel="$x_1$", ylabel="$x_2$", title=title)


# %% [markdown]
# Its border is where the two colors meet.

# %% course={"alt": "Three squares with the four corners 0 0, 0 1, 1 0 and 1 1. For AND and OR a straight border separates circles from squares. For XOR two corners lie on the wrong side."}
fig, axes = plt.subplots(1, 3, figsize=(plotting.WIDTH, 2.7))
for ax, (name, (w, b, _)) in zip(axes, learned.items(), strict=True):
    draw_answers(
        ax, lambda x, w=w, b=b: step(x @ w + b), corners, gates[name], name
    )

# %% [markdown]
# The border is always a straight line, the points where $xw + b = 0$. For AND
# and OR a line separates circles (0) from squares (1). For XOR two corners
# are on the wrong side, and that no line can do it needs no experiment. XOR
# demands
#
# $$b \le 0, \quad w_1 + b > 0, \quad w_2 + b > 0, \quad
#   w_1 + w_2 + b \le 0.$$
#
# Add the two in the middle: $w_1 + w_2 + 2b > 0$. Add the outer two: $w_1 +
# w_2 + 2b \le 0$. Both can't be true. M. Minsky and S. Papert made such
# limits famous in 1969.

# %% [markdown]
# ## What one line can't do
#
# [XOR](glossary.md#XOR) is not an odd exception. Here are three sets of 200
# points in the plane, each of two classes. Where a model changes its answer
# runs its [decision boundary](glossary.md#decision-boundary), its border.

# %%
def surprise(z, y):
    """Mean of -ln of the probability of the true class, y, 0 or 1."""
    return F.binary_cross_entropy_with_logits(z[:, 0], y.float())


def train(network, X, y, loss_fn=surprise, lr=0.05, num_steps=500, keep=()):
    """Train on all of X at once; copies of the network at steps `keep`."""
    optimizer = torch.optim.Adam(network.parameters(), lr=lr)
    copies = {}
    for i in range(num_steps + 1):
        if i in keep:
            copies[i] = copy.deepcopy(network)
        loss = loss_fn(network(X), y)
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
    return copies


# %% [markdown]
# The loss is lesson 2's surprise. Autograd computes its gradients and Adam
# takes the steps, as there; lesson 4 takes such a loop apart. The folded cell
# makes the points, and `share_right` gives the share of them on the right
# side of the border.

# %% jupyter={"source_hidden": true}
names = {"xor": "noisy XOR", "moons": "two moons", "rings": "rings"}
point_sets = {}
for name, title in names.items():
    X, y = points_of(name)
    point_sets[title] = torch.from_numpy(X).float(), torch.from_numpy(y)


@torch.no_grad()
def share_right(network, X, y):
    """Share of the points on the right side of the network's border."""
    network.eval()
    return ((network(X)[:, 0] > 0) == (y == 1)).float().mean().item()


# %% [markdown]
# We train one line, `nn.Linear(2, 1)`, on each set.

# %% course={"alt": "Noisy XOR, two moons and rings, each divided by one straight line. The line cuts the tips off both moons, and is of no use for XOR and the rings."}
fig, axes = plt.subplots(1, 3, figsize=(plotting.WIDTH, 2.5))
by_line = {}
for ax, (name, (X, y)) in zip(axes, point_sets.items(), strict=True):
    training.seed_everything(0)
    line = nn.Linear(2, 1)
    train(line, X, y)
    by_line[name] = share_right(line, X, y)
    title = f"{name}: {by_line[name]:.0%}"
    draw_answers(ax, lambda x, line=line: line(x)[:, 0] > 0, X, y, title)

# %% jupyter={"outputs_hidden": true, "source_hidden": true} tags=["author"]
checks.expect(by_line["two moons"] < 0.92, f"a line fails: {by_line}")
checks.expect(by_line["rings"] < 0.7, f"a line fails: {by_line}")
checks.expect(by_line["noisy XOR"] < 0.8, f"a line fails: {by_line}")

# %% [markdown]
# The line cuts the tips off both moons. On XOR and the rings it is hardly
# better than a coin. (Another line gets three of the four clouds. No line
# gets all.) More points or more training won't help: the model can't
# *express* the right border. If one layer isn't enough, are two?

# %% [markdown]
# ## Two linear layers
#
# Send the output of one linear layer through a second one. With $n$ inputs
# $X$ $(n \times p)$, $h$ numbers between the layers and $k$ classes:
#
# $$H = X W_1 + b_1, \qquad Z = H W_2 + b_2,$$
#
# where $W_1$ is $p \times h$, $b_1$ has $h$ entries, $W_2$ is $h \times k$,
# $b_2$ has $k$. That is the tutorial's network, with $p = 784$ and $k = 10$;
# for $h$ we take 64. Train it as the tutorial did, for 11 epochs.
# (`fused=True` only makes Adam faster.)

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
print("parameters:", sum(v.numel() for v in two_layers.parameters()))

# %% [markdown]
# And softmax regression in the same way: 7,850 parameters. We compare the two
# on the same 6,000 validation images, with lesson 2's interval.

# %%
second_guess = checks.predict(
    ..., "By how much do two layers beat one?", unit="points", tolerance=0.5
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
# A tie: the interval holds 0. The network of two layers has 43,040 parameters
# more and nothing to show for them. To see why, insert the first equation
# into the second and multiply out:
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
two = training.evaluate(two_layers, splits.valid)
one = training.evaluate(collapsed, splits.valid)
same = two.predictions == one.predictions
gap = (two.outputs - one.outputs).abs().max()
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
# put a function there that isn't linear. A common one is the **rectified
# linear unit**, [ReLU](glossary.md#ReLU), $\max(0, z)$, applied to each
# number by itself:
#
# $$H = \sigma(X W_1 + b_1), \qquad Z = H W_2 + b_2, \qquad
#   \sigma(z) = \max(0, z).$$
#
# $\sigma$ stands for any such
# [**activation function**](glossary.md#activation-function), of which lesson
# 2's sigmoid is another; lesson 5 compares them. An
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
    ..., "By how much does ReLU improve it?", unit="points", tolerance=1
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
# The function that has nothing to learn is worth about five points, and the
# interval is far from 0. (It is about these images; other starts are not in
# it.) What does the function do?

# %% [markdown]
# ## The plane that bends
#
# Two hidden units can be drawn: $h_1$ to the right, $h_2$ upwards. So we can
# draw what a hidden layer does: it takes every point $x$ of one plane to a
# point $h$ of another, the [hidden space](glossary.md#hidden-space). Here is
# a network for XOR with weights found by hand:
#
# $$h_1 = \max(0,\, 3 x_1 - 2 x_2), \qquad h_2 = \max(0,\, 3 x_2 - 2 x_1),
#   \qquad z = h_1 + h_2 - 2.5,$$
#
# and the answer is 1 where $z > 0$.

# %% tags=["nbval-check-output"]
by_hand = nn.Sequential(nn.Linear(2, 2), nn.ReLU(), nn.Linear(2, 1))
with torch.no_grad():
    by_hand[0].weight.copy_(torch.tensor([[3.0, -2], [-2, 3]]))
    by_hand[0].bias.zero_()
    by_hand[2].weight.fill_(1)
    by_hand[2].bias.fill_(-2.5)
    H, z = by_hand[:2](corners), by_hand(corners)[:, 0]
for x, h, out in zip(corners.tolist(), H.tolist(), z.tolist(), strict=True):
    print("x =", x, " h =", h, " z =", out)

# %% [markdown]
# Exactly XOR: $z$ is positive for (0, 1) and (1, 0) alone. Now draw both
# planes. The function below (unfold it if you like) draws points and a grid
# where a network's layers have moved them, and colors the plane by the answer
# that the rest of the network gives there.


# %% jupyter={"source_hidden": true}
@torch.no_grad()
def draw_plane(ax, move, answer, X, y, low=-1.1, high=1.1):
    """Points X and a grid, moved; and the answer in the moved plane."""
    along = torch.linspace(min(low, -2), max(high, 2), 241)
    for v in along[::20]:
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
            *move(X[y == k]).T, s=60 if len(X) < 9 else 9, marker=marker,
            color=plotting.INKS[k], lw=0, zorder=3,
        )
    ax.set(xlim=(low, high), ylim=(low, high), aspect="equal")


# %% [markdown]
# The second names the corners.


# %% jupyter={"source_hidden": true}
def draw_corners(network, y):
    """Both planes of a network for the four corners."""
    _, (left, right) = plt.subplots(1, 2, figsize=(plotting.WIDTH, 3.5))
    hidden = network[:2]
    draw_plane(left, lambda x: x, network, corners, y, -0.5, 1.5)
    draw_plane(right, hidden, network[2], corners, y, -0.7, 3.9)
    left.set(title="inputs", xlabel="$x_1$", ylabel="$x_2$")
    right.set(title="hidden units", xlabel="$h_1$", ylabel="$h_2$")
    up, beside, below = (8, 6), (-40, 6), (-18, -18)
    for i, (a, b) in enumerate(corners.int().tolist()):
        look = {"text": f"({a}, {b})", "textcoords": "offset points"}
        offset = (up, beside, up, below)[i]
        left.annotate(xy=corners[i], xytext=offset, **look)
        place = hidden(corners).detach()[i]
        right.annotate(xy=place, xytext=below if i == 3 else up, **look)


# %% [markdown]
# Each corner is labeled with its input.

# %% course={"alt": "Left the plane of the inputs with a square grid: the four corners, and a border of three straight pieces. Right the plane of the hidden units: 0 0 and 1 1 lie below a straight border, 0 1 and 1 0 above it; most of the grid is folded onto the two axes."}
draw_corners(by_hand, gates["XOR"])

# %% [markdown]
# Left, the grid is square and the border is bent. Right, the same grid and
# the same four points, as the hidden layer sees them. The plane has been
# folded: points for which both sums are negative now lie on the origin, and
# large parts lie on the two axes. Only a wedge around the diagonal is still a
# plane, and stretched. In the folded plane a **straight** line does the rest.
#
# A hidden layer moves the points to where a linear layer can divide them.
#
# ### Bent by training
#
# Nobody has to find such weights. Here is a network 2-2-1 while it learns the
# noisy XOR. Its activation is tanh, a smooth step from −1 to 1, so that the
# grid bends instead of folding. Each column is one step of one training: the
# plane of the inputs above, the plane of the hidden units below.

# %% jupyter={"source_hidden": true}
def draw_stills(stills, X, y, draw_hidden, labels):
    """Inputs above, hidden units below, a column for each step."""
    size = (plotting.WIDTH, 4)
    _, axes = plt.subplots(2, 4, figsize=size, sharex="row", sharey="row")
    for (i, still), (above, below) in zip(
        stills.items(), axes.T, strict=True
    ):
        draw_plane(above, lambda x: x, still, X, y, -2, 2)
        draw_hidden(below, still[:2], still[2], X, y)
        title = f"step {i}: {share_right(still, X, y):.0%}"
        above.set(title=title, xlabel="$x_1$")
        below.set(xlabel=labels[0])
    axes[0, 0].set(ylabel="inputs: $x_2$")
    axes[1, 0].set(ylabel=labels[1])


# %% [markdown]
# We keep copies at four steps. The start (seed 5) is one that succeeds; you
# will meet others.

# %% course={"alt": "Noisy XOR at steps 0, 50, 100 and 400, inputs above and hidden units below. At first the grid of the hidden units is curved and its border separates nothing. Then the grid is bent around a corner until a straight line divides the classes."}
training.seed_everything(5)
X, y = point_sets["noisy XOR"]
network = nn.Sequential(nn.Linear(2, 2), nn.Tanh(), nn.Linear(2, 1))
stills = train(network, X, y, keep=(0, 50, 100, 400))
draw_stills(stills, X, y, draw_plane, ("$h_1$", "hidden: $h_2$"))

# %% [markdown]
# Look at the lower row. The plane is bent around a corner: the circles are
# pulled towards it, the squares pushed to the two ends. When that is done,
# one straight line has nearly all points on the right side. In the upper row
# the same line is a border of two pieces.
#
# ### How many units close a ring?
#
# The rings need a border that is closed.

# %%
ring_guess = checks.predict(
    ..., "How few hidden units do the rings need?", tolerance=0
)

# %% [markdown]
# A training can get stuck, so we try each number of units from six starts,
# and print the share of the points that each gets right, in order.

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
    print(f"units {units}:", *(f"{share:.1%}" for share in sorted(found)))
ring_guess.compare(min(units for units in best if best[units] > 0.97))

# %% jupyter={"outputs_hidden": true, "source_hidden": true} tags=["author"]
checks.expect(best[2] < 0.85 < 0.99 < best[3], f"two or three: {best}")

# %% [markdown]
# Two units can't, from any of the six. The hidden plane tells why: all of it
# lies inside a square, from −1 to 1, and the points far out in the input
# plane come to lie along its edge. A straight line can't cut a piece off a
# square without cutting its edge, so the border runs off to infinity
# somewhere.
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
    for v in torch.linspace(-2, 2, 13):
        along = torch.linspace(-2, 2, 121)
        across = torch.full_like(along, v)
        for line in ((across, along), (along, across)):
            h = hidden(torch.stack(line, dim=1))
            ax.plot(h @ side, h @ up, color=plotting.GREY, lw=0.7, alpha=0.6)
    for k, marker in enumerate("os"):
        h = H[y == k]
        ax.scatter(
            h @ side, h @ up, s=9, marker=marker, color=plotting.INKS[k],
            lw=0, zorder=3,
        )
    ax.axhline(-b / w.norm(), color="black", lw=2)
    ax.set(xlim=(-1.8, 1.8), ylim=(-1.8, 1.8), aspect="equal")


# %% [markdown]
# Again four steps of one training, for 2-3-1.

# %% course={"alt": "The rings at steps 0, 100, 200 and 500 for a network with three hidden units, inputs above. Below, the hidden space seen from the side: the grid becomes a bulging cloth, and a straight line cuts off the bulge with the inner ring."}
training.seed_everything(1)
network = nn.Sequential(nn.Linear(2, 3), nn.Tanh(), nn.Linear(3, 1))
stills = train(network, X, y, keep=(0, 100, 200, 500))
draw_stills(stills, X, y, draw_side, ("along the line", "across the line"))

# %% [markdown]
# At step 100 the border is still a strip, open at both ends, and about four
# of five points are right, as with two units. Then the bulge forms, and the
# line cuts it off. The border becomes a triangle with round corners: one side
# for each unit.
#
# Now bend a plane yourself. The playground trains a network in the page, on
# these points. On a dashed line one unit receives 0.

# %%
playground = widgets.Playground()
playground

# %% [markdown]
# **Find out by moving:** after 250 steps this network of two units has 81.5 %
# of the points right. Add a third unit and press Play. Then choose **linear**
# units and add layers: what does each further layer add to the border? And is
# there any setting at all in which the border of the *hidden* plane is not
# straight?

# %% [markdown]
# ## A digit flows through
#
# A hidden layer for digits does the same in more dimensions: 784 pixels go to
# $h$ hidden values, and those to 10 logits. With $h = 16$ we can look at
# every number. In the notation 784-16-10 each number is the
# [width](glossary.md#width) of a layer. Such a network is another of the
# published ones: ReLU, Adam, 5 epochs, batches of 20 images, 94 % after 50
# seconds.

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
from course_tools.authoring.author_cells import expect_seconds

expect_seconds(small_history.seconds, at_most=15, name="training")

# %% jupyter={"outputs_hidden": true, "source_hidden": true} tags=["author", "landing"]
# On the site's first page readers draw digits for this network.
widgets.DigitPad(
    small, mean=splits.mean, std=splits.std, weights="float16", centering=True
)

# %% [markdown]
# ### Count the parameters
#
# Each layer has one weight for each pair of an input and a unit, and one bias
# for each unit: $784 \cdot 16 + 16 + 16 \cdot 10 + 10 = 12{,}730$. Most sit
# in the first layer, because an image has so many pixels.
#
# ### Number by number
#
# Send one validation image through, layer by layer: the
# [forward pass](glossary.md#forward-pass) in slow motion.

# %%
on_guess = checks.predict(
    ..., "How many of the 16 hidden values are above 0?", tolerance=2
)

# %% [markdown]
# Each logit is a sum of 16 votes and a bias, and a vote is a hidden value
# times a weight.

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
# Draw them all.


# %% jupyter={"source_hidden": true}
def draw_flow(image, h, votes, logits, probabilities):
    """An image, its hidden values, votes, logits and probabilities."""
    fig = plt.figure(figsize=(1.05 * plotting.WIDTH, 3.8))
    areas = fig.subplot_mosaic(
        [["image", "h", ".", "."], ["image", "votes", "z", "p"]],
        width_ratios=(1.5, 2.6, 1, 1), height_ratios=(1, 2.2),
    )
    areas["image"].imshow(image[0])
    areas["image"].set(title="784 pixels", xticks=[], yticks=[])
    areas["h"].bar(range(16), h, color=plotting.BLUE)
    areas["h"].set(title="16 hidden values", xlim=(-0.5, 15.5), ylabel="$h$")
    for name in ("h", "votes"):
        areas[name].set_xticks(range(0, 16, 5))
    most = votes.abs().max()
    look = {"cmap": "RdBu_r", "vmin": -most, "vmax": most, "aspect": "auto"}
    areas["votes"].imshow(votes, **look)
    areas["votes"].set(xlabel="unit (red for, blue against)", ylabel="digit")
    areas["z"].barh(range(10), logits, color=plotting.BLUE)
    areas["z"].axvline(0, color=plotting.GREY, lw=0.8)
    areas["z"].set(title="logits", xlabel="$z$")
    areas["p"].barh(range(10), probabilities, color=plotting.ORANGE)
    areas["p"].set(title="softmax", xlabel="$p$", xlim=(0, 1))
    for name in ("votes", "z", "p"):
        areas[name].set(ylim=(9.5, -0.5), yticks=range(10))


# %% [markdown]
# The way goes from the image up to the hidden values, down through their
# votes, and to the right.

# %% course={"alt": "Left the image of a 9. In the middle 16 bars, its hidden values, several of them 0, above a table of colored votes, 10 digits by 16 units. Right of the table the ten logits and the ten probabilities; that of the 9 is by far the largest."}
draw_flow(image, h, votes, logits, probabilities)

# %% jupyter={"outputs_hidden": true, "source_hidden": true} tags=["author"]
checks.expect(votes.abs().argmax() == votes.argmin(), "against")
checks.expect(logits.topk(3).indices.tolist() == [9, 4, 8], f"{logits}")


# %% [markdown]
# Units without a bar are off: ReLU made them 0, and their column of votes is
# white. The others vote for some digits and against others, and the three
# strongest votes are votes *against*. Along each row votes and a bias add up
# to a logit, and softmax makes probabilities of the ten. Next to the 9 come
# the 4 and the 8: look at the image again, and see why.
#
# ### What does a hidden unit look for?
#
# Two ways to ask. Its 784 incoming weights can be drawn as an image, as in
# lesson 2: red pixels switch it on, blue ones off. And we can look for the
# images, among all 6,000 for validation, that make it largest.

# %% jupyter={"source_hidden": true}
def draw_units(weights, best, titles):
    """For each unit its weights, and below two images (2, 16, 28, 28)."""
    _, axes = plt.subplots(6, 8, figsize=(0.72 * plotting.WIDTH, 4.3))
    most = 0.6 * weights.abs().max().item()  # a few are cut off
    for unit, title in enumerate(titles):
        first = 3 * (unit // 8)
        rows = axes[first : first + 3, unit % 8]
        picture = weights[unit].detach().reshape(28, 28)
        rows[0].imshow(picture, cmap="RdBu_r", vmin=-most, vmax=most)
        rows[0].set_title(title, fontweight="normal", fontsize=9)
        for ax, image in zip(rows[1:], best[:, unit], strict=True):
            ax.imshow(image)
    for ax in axes.flat:
        ax.axis("off")


# %% [markdown]
# Above each unit stand its number and its value for our digit.

# %% course={"alt": "For each of the 16 hidden units its weights as a red and blue image, and below it the two validation images that make it largest. The weights show strokes and blobs, not digits."}
with torch.no_grad():
    top = small[:3](splits.valid.images).topk(2, dim=0).indices
titles = [f"{unit}: {value:.1f}" for unit, value in enumerate(h)]
draw_units(small[1].weight, splits.valid.images[top][:, :, 0], titles)

# %% [markdown]
# The weights are no longer digits, as in lesson 2, but strokes and blobs in
# certain places. In some pairs both images show one digit, in others two
# digits that share a stroke. The second layer combines them.

# %% [markdown]
# ## Any curve, hinge by hinge
#
# How much can one hidden layer do? Take a single input $x$. A hidden unit
# $\max(0, x - c)$ is a [**hinge**](glossary.md#hinge): zero up to its kink
# $c$, a straight ramp after it. A network with $h$ hidden units adds $h$
# hinges,
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
# Build it with 5, 10 and 20 hinges.


# %% jupyter={"source_hidden": true}
@torch.no_grad()
def draw_chain(ax, network, title):
    """The curve, and the network with a dot at each of its kinks."""
    kinks = -network[0].bias[:, None]
    ax.plot(x, f(x), color=plotting.LIGHT, linewidth=5)
    ax.plot(x, network(x), color=plotting.BLUE)
    ax.plot(kinks, network(kinks), "o", color=plotting.BLUE, ms=4)
    ax.set(title=title, xlabel="$x$")


# %% [markdown]
# The title gives the largest error.

# %% course={"alt": "A wavy curve in gray and, on top, a chain of straight pieces with a dot at each kink: coarse with 5 hinges, close to the curve with 20."}
x = torch.linspace(0, 1, 513)[:, None]
errors = {}
fig, axes = plt.subplots(1, 3, figsize=(plotting.WIDTH, 2.4), sharey=True)
axes[0].set_ylabel("$f(x)$")
for ax, number in zip(axes, (5, 10, 20), strict=True):
    network = build_network(number)
    errors[number] = (network(x) - f(x)).abs().max().item()
    draw_chain(ax, network, f"{number} hinges: {errors[number]:.2f}")

# %% jupyter={"outputs_hidden": true, "source_hidden": true} tags=["author"]
checks.expect(3 < errors[10] / errors[20] < 5, f"about a quarter: {errors}")

# %% [markdown]
# Gray is the target, blue the network, each dot a kink. From 10 to 20 hinges
# the error falls to about a third; in the end, pieces half as long lie four
# times closer to a smooth curve. So it gets as small as you like. This holds
# for every continuous function on a closed, bounded region, with any number
# of inputs, and with any continuous activation that is not a polynomial: the
# **[universal approximation](glossary.md#universal-approximation) theorem**
# (G. Cybenko 1989; K. Hornik 1991; M. Leshno and others 1993).
#
# ### What the theorem doesn't say
#
# It says that good weights *exist*. Does training find them? Take 20 hidden
# units and 513 points of the curve. Training minimizes the mean square of the
# error, so that is what we compare (its root, in the unit of the curve): from
# three of PyTorch's random starts, from the same with all kinks moved into 0
# to 1, and from the network that we built.


# %%
@torch.no_grad()
def root_mean_square(network):
    return (network(x) - f(x)).square().mean().sqrt().item()


def fit_curve(network):
    """Train on the curve; count the kinks that lie in 0 to 1 before it."""
    kinks = -network[0].bias / network[0].weight[:, 0]
    inside = ((kinks >= 0) & (kinks <= 1)).sum().item()
    before = root_mean_square(network)
    train(network, x, f(x), F.mse_loss, lr=0.01, num_steps=1500)
    after = root_mean_square(network)
    print(f"{inside:2} kinks inside, error {before:.3f} -> {after:.3f}")
    return after


random_ends = []
for moved in (False, True):
    for seed in range(3):
        training.seed_everything(seed)
        start = nn.Sequential(nn.Linear(1, 20), nn.ReLU(), nn.Linear(20, 1))
        if moved:  # all kinks to random places from 0 to 1
            start[0].bias.data = -torch.rand(20) * start[0].weight.data[:, 0]
        random_ends.append(fit_curve(start))
built_end = fit_curve(build_network(20))

# %% jupyter={"outputs_hidden": true, "source_hidden": true} tags=["author"]
built_error = root_mean_square(build_network(20))
checks.expect(min(random_ends) > 5 * built_error, f"{random_ends}")
checks.expect(np.mean(random_ends[3:]) < np.mean(random_ends[:3]), "inside")
checks.expect(built_end < built_error / 2, f"better: {built_end}")

# %% [markdown]
# PyTorch's starts put most kinks outside 0 to 1, where there are no data and
# a kink bends nothing. With all kinks moved inside (the second three), each
# gets further than its twin, and still ends far behind the construction. From
# the construction, it makes the same network better still. So good weights
# are there, and descent goes downhill; where it ends depends on where it
# starts. (Lesson 7 is about good starts.)

# %%
hinges = widgets.Hinges()
hinges


# %% [markdown]
# **Find out by moving:** here the data end at 0.75. Let Adam train. One kink,
# marked ✗, stays where it was. Why that one, and how can you revive it? Then
# place the hinges evenly, and let Adam slide them: where does it want more of
# them?
#
# The theorem doesn't say, either, how many units you need, or what happens
# where there are no data. Nor are networks alone in it: polynomials (K.
# Weierstrass 1885) and sums of Gaussian bumps, called a kernel method, can
# follow all these functions, too. We build a network of 80 hinges, fit the
# other two on 0 to 1, and ask all three up to 1.3.

# %% jupyter={"source_hidden": true}
def draw_fits(places, target, fits):
    """The curve and each fit, as far as it stays between -2 and 2."""
    _, ax = plt.subplots(figsize=(plotting.WIDTH, 2.7))
    ax.plot(places, target, color=plotting.LIGHT, linewidth=5)
    ends = {"the curve": (places[-1], target[-1], plotting.GREY)}
    for i, (name, fit) in enumerate(fits.items()):
        shown = np.abs(fit) < 2
        style = ("-", "--", "-.")[i]
        ax.plot(places[shown], fit[shown], style, color=plotting.PALETTE[i])
        ends[name] = places[shown][-1], fit[shown][-1], plotting.INKS[i]
    ax.axvline(1, color=plotting.GREY, linestyle=":", linewidth=1)
    ax.set(xlabel="$x$", ylabel="$f(x)$", xlim=(0.5, 1.3))
    plotting.direct_labels(ax, ends)


# %% [markdown]
# The data end at the dotted line.

# %% course={"alt": "The curve and three fits. Up to 1 they coincide. Beyond 1 the network goes on straight, the polynomial shoots away, and the Gaussian kernel levels off at 0."}
known, values = x.numpy(), f(x).numpy()
polynomial = np.polynomial.Chebyshev.fit(known[:, 0], values[:, 0], deg=15)
kernel = KernelRidge(kernel="rbf", gamma=50, alpha=1e-4).fit(known, values)
wide = torch.linspace(0.5, 1.3, 321)[:, None]
places, target = wide.numpy()[:, 0], f(wide).numpy()[:, 0]
with torch.no_grad():
    fits = {"ReLU network": build_network(80)(wide).numpy()[:, 0]}
fits["polynomial"] = polynomial(places)
fits["Gaussian kernel"] = kernel.predict(wide.numpy())[:, 0]
draw_fits(places, target, fits)
worst = [np.abs(fit - target)[places <= 1].max() for fit in fits.values()]
print(f"largest error of all three, from 0.5 to 1: {max(worst):.3f}")

# %% [markdown]
# All are excellent where there were data, and soon useless beyond. So
# universal approximation is not what sets networks apart; layers that can be
# stacked, and learn together, are.

# %% [markdown]
# ## Width against depth
#
# [Width](glossary.md#width) is the number of units in a layer,
# [depth](glossary.md#depth) the number of layers. One hidden layer with $h$
# units on one input has at most $h + 1$ straight pieces. Depth can do better.
# The tent $t(x) = 2 \max(0, x) - 4 \max(0, x - \tfrac12)$ needs two units and
# folds the interval 0 to 1 in half. Apply it to its own output, and each fold
# folds all earlier ones. Before you look: how many pieces do five layers
# make?

# %% course={"alt": "The tent folded once, three times and five times: zigzags of 2, 8 and 32 straight pieces."}
x_fine = folded = torch.linspace(0, 1, 1025)
fig, axes = plt.subplots(1, 3, figsize=(plotting.WIDTH, 1.7), sharey=True)
axes[0].set_ylabel("output")
for depth in range(1, 6):
    folded = 2 * torch.relu(folded) - 4 * torch.relu(folded - 0.5)
    pieces = 1 + (folded.diff().sign().diff() != 0).sum().item()
    if depth % 2 == 1:
        ax = axes[depth // 2]
        ax.plot(x_fine, folded, color=plotting.BLUE)
        ax.set(title=f"{2 * depth} units, {pieces} pieces", xlabel="$x$")

# %% jupyter={"outputs_hidden": true, "source_hidden": true} tags=["author"]
checks.expect(pieces == 32, f"expected 32 pieces, got {pieces}")

# %% [markdown]
# Ten units in five layers make 32 pieces; ten units in one layer make at most
# 11. With every layer the number of pieces doubles, so for *some* functions
# depth saves units exponentially (M. Telgarsky 2016). Whether deeper is
# better on your data is a question for the validation set.

# %% [markdown]
# ## More parameters than images
#
# A [**parametric**](glossary.md#parametric) model has a fixed number of
# parameters, however many examples there are: softmax regression, any MLP. A
# [**nonparametric**](glossary.md#nonparametric) one grows with the data:
# lesson 1's nearest neighbor keeps every image. A network with more
# parameters than examples, called
# [**overparametrized**](glossary.md#overparametrized), stands between the
# two: its size is fixed, but it may have room enough to learn each example by
# heart.
#
# Statistics courses warn of that. We try it with 1,000 training images and
# networks of growing width, three starts each.

# %%
grow_guess = checks.predict(
    ...,
    "All 1,000 images are learned. A larger network reads new ones:",
    choices=("better", "worse", "no difference"),
)

# %% [markdown]
# `train` is the function from above, with cross-entropy for its loss.

# %%
widths = [4, 8, 16, 32, 64, 128]
kept, _ = data.stratified_split(splits.train.labels, 1 - 1000 / 54000, 1)
few = splits.train.subset(kept)
scores = np.zeros((2, len(widths), 3))
for i, width in enumerate(progress.track(widths, "training")):
    for seed in range(3):
        training.seed_everything(seed)
        network = nn.Sequential(
            nn.Flatten(), nn.Linear(784, width), nn.ReLU(),
            nn.Linear(width, 10),
        )
        train(network, few.images, few.labels, F.cross_entropy, 0.01, 150)
        for part, images in enumerate((few, splits.valid)):
            scores[part, i, seed] = 100 * right(network, images).mean()


# %% [markdown]
# Each dot is one training; the lines join the means.


# %% jupyter={"source_hidden": true}
def draw_growth(sizes, scores):
    """Training and validation accuracy against the number of parameters."""
    _, ax = plt.subplots(figsize=(plotting.WIDTH, 3))
    looks = {"training": ("--", "o", 0), "validation": ("-", "s", 1)}
    ends = {}
    for part, (name, (style, marker, ink)) in enumerate(looks.items()):
        color = plotting.INKS[ink]
        ax.plot(sizes, scores[part].mean(axis=1), style, color=color)
        ax.plot(sizes, scores[part], marker, color=color, alpha=0.6, ms=4)
        ends[name] = sizes[-1], scores[part, -1].mean(), color
    ax.set(xscale="log", xlabel="parameters", ylabel="accuracy (%)")
    ticks = [3_000, 10_000, 30_000, 100_000]
    ax.set_xticks(ticks, [f"{tick:,}" for tick in ticks])
    plotting.direct_labels(ax, ends)


# %% [markdown]
# With $h$ hidden units there are $785 h + 10 (h + 1)$ parameters. For
# repeated starts `mean_interval` takes their differences (here three) and
# gives the mean with its 95 % interval, Student's $t$.

# %% course={"alt": "Accuracy against the number of parameters, from 3,200 to 100,000. Training accuracy reaches 100 % and stays there; validation accuracy goes on rising to nearly 90 %."}
sizes = [785 * width + 10 * (width + 1) for width in widths]
draw_growth(sizes, scores)
complete = (scores[0] == 100).all(axis=1)
print("all 1,000 learned from all starts:", *np.array(widths)[complete])
rise = mean_interval(scores[1, -1] - scores[1, complete.argmax()])
grow_guess.compare("better" if rise.low > 0 else "no difference")
print("validation, widest minus first of these, in points:", rise)

# %% jupyter={"outputs_hidden": true, "source_hidden": true} tags=["author"]
checks.expect(complete.tolist() == [False] * 2 + [True] * 4, f"{scores[0]}")
checks.expect(rise.low > 0, f"expected a rise: {rise}")

# %% [markdown]
# Every network of width 16 or more has learned all 1,000 images by heart. The
# widest, with 100 parameters for each image, reads new ones better than the
# narrowest of these, by about three points (the interval is wide, but 0 is
# not in it). So a count of parameters doesn't tell how a network reads new
# images; the validation set does (lesson 9).

# %% [markdown]
# ## The final number
#
# All choices are made. Now, once, the 10,000 test images.

# %%
tested = {
    "two linear layers (published: 92.32 %)": two_layers,
    "the same with ReLU between": with_relu,
    "784-16-10 with ReLU (published: 94 %)": small,
}
test_right = {name: right(net, splits.test) for name, net in tested.items()}
for name, correct in test_right.items():
    print(f"{name}: {accuracy_interval(correct.sum(), len(correct))}")

# %% jupyter={"outputs_hidden": true, "source_hidden": true} tags=["author"]
from course_tools.authoring.author_cells import report

linear, relu, sixteen = (correct.mean() for correct in test_right.values())
checks.expect(0.915 < linear < 0.93, f"expected about 92.3 %: {linear:.2%}")
checks.expect(relu > 0.965, f"expected over 96.5 %: {relu:.2%}")
checks.expect(sixteen >= 0.94, f"expected at least 94 %: {sixteen:.2%}")
n = 10_000
for accuracy, theirs in ((linear, 0.9232), (sixteen, 0.94)):
    interval = accuracy_interval(round(n * accuracy), n)
    checks.expect(theirs in interval, f"{theirs} is not in {interval}")
report(
    "two linear layers, no activation", linear, images=10_000,
    seconds=two_history.seconds, published="92.32 %, 45 s",
)
report(
    "784-16-10", sixteen, images=10_000,
    seconds=small_history.seconds, published="94 %, 50 s",
)

# %% [markdown]
# Both published numbers lie inside our intervals: they are reproduced. And
# the first is explained: it is what one linear layer reaches, whatever it is
# called. With a ReLU the same 50,890 numbers read five more of every hundred
# digits; sixteen units, with a quarter of the numbers, read two more. (All
# three do better here than on the validation images, which other people
# wrote: lesson 1.) How well did *you* predict?

# %%
checks.predictions()

# %% [markdown]
# ## What we found
#
# - A perceptron draws one straight line; XOR, moons and rings need more.
# - Two linear layers are one, in algebra and after training: the collapsed
#   network gave the same answers. A ReLU between them gained about five
#   points.
# - A hidden layer bends the plane until a straight border is enough. Two
#   units can't close a ring; three can.
# - In a network for digits each hidden unit that is on votes for some digits
#   and against others, and the votes add up to logits.
# - A hidden layer of hinges can follow any continuous curve. That good
#   weights exist doesn't mean that training finds them from any start, or
#   that they hold where there were no data.
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
# <details><summary>In the plane of the hidden units the border is always
# straight. Why?</summary>
#
# The last layer is linear. It sees nothing but the hidden values, so its
# answer changes where $h w + b = 0$, and that is a line.
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
# ## Exercises and further reading
#
# Practice in [exercise set 3](../exercises/03_mlp.ipynb). Words to look up
# are in the [glossary](glossary.md). On bent planes: C. Olah, "Neural
# networks, manifolds, and topology" (2014). On hinges: M. Nielsen, "Neural
# Networks and Deep Learning", chapter 4 (2015). On networks as approximators:
# A. Pinkus, "Approximation theory of the MLP model in neural networks", Acta
# Numerica 8 (1999). On depth: M. Telgarsky, "Benefits of depth in neural
# networks", COLT 2016. On overparametrized models: M. Belkin and others,
# "Reconciling modern machine-learning practice and the classical
# bias-variance trade-off", PNAS 116 (2019).
#
# Next: [lesson 4, training a network](04_training.ipynb), where the loop
# behind `training.fit` is taken apart.

# ---
# jupyter:
#   course:
#     peak_mb: 1468
#     python: 3.11.7
#     seconds: 107.9
#     torch: 2.14.1
# ---

# %% [markdown]
# [![Open in Colab](https://colab.research.google.com/assets/colab-badge.svg)](https://colab.research.google.com/github/neural-notebooks/course/blob/main/notebooks/08_optimization.ipynb)

# %% [markdown]
# # 8. Optimization
#
# **The question of this lesson:** backpropagation gives the gradient; how
# should the weights follow it, and how fast?
#
# After this lesson you can
#
# - say why one learning rate is too small, one right, and one too large, and
#   what normalization has to do with it;
# - choose a batch size, knowing what noise and what time it costs;
# - write SGD, momentum, Nesterov, Adagrad, Adadelta, RMSprop, Adam and AdamW
#   from their equations, and show that PyTorch takes the same steps;
# - find a learning rate with a range test, and use a schedule;
# - compare optimizers fairly, each at its own learning rate.
#
# **You need:** lessons [6](06_backprop.ipynb) and
# [7](07_signals.ipynb). **Time:** about 90 minutes; all
# cells together run in about two minutes.

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
import dataclasses
import math
import time

import matplotlib.pyplot as plt
import torch
from torch import nn
from torch.nn import functional as F

from course_utils import checks, data, plotting, training
from course_utils.progress import Progress, track

plotting.use_style()
training.seed_everything(0)

# %% [markdown]
# The data is MNIST, normalized as in lesson 1. Many experiments below need
# only a sample, so we also take 10,000 of the training images.

# %%
raw = data.load("mnist", valid_fraction=0.1, seed=0)
splits = data.normalize(raw)
generator = torch.Generator().manual_seed(0)
sample = torch.randperm(len(splits.train), generator=generator)[:10_000]
small = dataclasses.replace(splits, train=splits.train.subset(sample))


def make_model(seed, num_hiddens=128):
    """A fresh MLP 784-num_hiddens-10; equal seeds give equal weights."""
    training.seed_everything(seed)
    return nn.Sequential(
        nn.Flatten(),
        nn.Linear(784, num_hiddens),
        nn.ReLU(),
        nn.Linear(num_hiddens, 10),
    )


# %% [markdown]
# ## Downhill in two dimensions
#
# A network has thousands of weights, and nobody can draw its loss. Start with
# two weights $w = (w_1, w_2)$ and a valley that is 20 times steeper in one
# direction than in the other:
#
# $$L(w) = \tfrac12 \left(w_1^2 + 20\, w_2^2\right), \qquad
#   \nabla L(w) = (w_1,\; 20\, w_2).$$
#
# **Gradient descent** with the **learning rate** $\eta$ repeats
# $w \leftarrow w - \eta \nabla L(w)$. Here that multiplies $w_1$ by
# $1 - \eta$ and $w_2$ by $1 - 20 \eta$ in every step.
#
# **Predict.** For which $\eta$ does $w_2$ grow instead of shrinking?


# %%
def L(w):
    return 0.5 * (w[0] ** 2 + 20 * w[1] ** 2)


def grad_L(w):
    return torch.stack([w[0], 20 * w[1]])


def descend(step, lr, num_steps=40, start=(-4.0, 1.2)):
    """The path (num_steps + 1, 2) that an optimizer takes on L."""
    w, state = torch.tensor(start, dtype=torch.float64), {}
    path = [w]
    for _ in range(num_steps):
        w = step(w, grad_L(w), state, lr)
        path.append(w)
    return torch.stack(path)


def sgd(w, g, state, lr):
    return w - lr * g


# %% [markdown]
# Every optimizer of this lesson will be a function like `sgd`: it takes the
# weights, their gradient and a dictionary for what it wants to remember, and
# returns the new weights. Now three learning rates:


# %%
def draw_path(ax, path, title):
    """Draw a path (n, 2) over the level lines of L; mark start and end."""
    w1, w2 = torch.meshgrid(
        torch.linspace(-5, 3, 100), torch.linspace(-2, 2, 80), indexing="ij"
    )
    levels = [0.1, 1, 4, 10, 20, 40]
    ax.contour(w1, w2, L((w1, w2)), levels, colors=plotting.LIGHT)
    ax.plot(*path.T, ".-", color=plotting.BLUE, markersize=4, linewidth=1)
    ax.plot(*path[0], "s", color=plotting.GREY)
    ax.plot(*path[-1], "*", color=plotting.RED, markersize=10)
    ax.set(xlim=(-5, 3), ylim=(-2, 2), xticks=[], yticks=[])
    ax.set_title(f"{title}\nloss {L(path[-1]):.2g}", fontsize=9)


rates = {"too small": 0.005, "right": 0.09, "too large": 0.101}
fig, axes = plt.subplots(1, 3, figsize=(plotting.WIDTH, 2.3))
ends = {}
for ax, (name, lr) in zip(axes, rates.items(), strict=True):
    path = descend(sgd, lr)
    ends[name] = L(path[-1]).item()
    draw_path(ax, path, f"{name}: {lr}")
plotting.describe(
    fig,
    "Three paths of 40 steps in an elongated valley, from the square to the "
    "star: one creeps, one reaches the middle, one jumps from wall to wall.",
)

# %% [markdown]
# From the square to the star, 40 steps each. With 0.005 the path creeps along
# the floor of the valley. With 0.101 it jumps from wall to wall, and each
# jump is wider than the last, since $|1 - 20 \cdot 0.101| > 1$. In general
# the limit is $2 / \lambda$, where $\lambda$ is the
# [curvature](glossary.md#curvature) (second derivative) in the steepest
# direction; here $2 / 20 = 0.1$.

# %%
checks.expect(ends["too small"] > 4, "expected the small rate to be slow")
checks.expect(ends["right"] < 0.01, "expected the middle rate to arrive")
checks.expect(
    ends["too large"] > L(torch.tensor([-4.0, 1.2])), "expected growth"
)

# %% [markdown]
# So the steepest direction limits the learning rate, and the flattest one
# then takes $20$ times as many steps. The ratio of the two curvatures is
# called the [**condition number**](glossary.md#condition-number). All tricks
# of this lesson are answers to it.

# %% [markdown]
# ## Why we normalize
# For a linear model with squared error, the matrix of second derivatives is
# $X^\top X / n$. Its eigenvalues are the curvatures in all directions.
# Compute them for pixels as bytes from 0 to 255, scaled to 0 to 1, and
# normalized. The flattest directions of the first two have curvature 0, since
# some pixels are 0 in every image, so we compare the steepest with the 50th
# steepest.
#
# **Predict.** By what factor does the largest stable learning rate change
# from bytes to numbers between 0 and 1?

# %%
X = raw.train.images.flatten(1)
inputs = {
    "bytes": 255 * X,
    "0 to 1": X,
    "normalized": splits.train.images.flatten(1),
}
limits = {}
for name, Z in inputs.items():
    curvatures = torch.linalg.eigvalsh(Z.T @ Z / len(Z)).flip(0)
    limits[name] = 2 / curvatures[0].item()
    ratio = curvatures[0] / curvatures[49]
    print(
        f"{name:10}  largest stable rate {limits[name]:.1e},  "
        f"steepest / 50th steepest direction {ratio:.0f}"
    )
del inputs, Z

# %% [markdown]
# Scaling inputs by 255 scales curvatures by $255^2 = 65{,}025$. So with
# bytes, none of the learning rates that people use works: they would all
# diverge. Subtracting the mean removes a part of the steepest direction (all
# pixels brighter at once) and brings the curvatures closer together. The same
# happens in a network. One epoch with the same optimizer:

# %%
scaled = raw.train.images[sample]
final = {}
for name, images in (
    ("bytes", 255 * scaled),
    ("0 to 1", scaled),
    ("normalized", small.train.images),
):
    model = make_model(seed=0)
    optimizer = torch.optim.SGD(model.parameters(), lr=0.1)
    for batch in torch.arange(10_000).split(128):
        loss = F.cross_entropy(
            model(images[batch]), small.train.labels[batch]
        )
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
    final[name] = F.cross_entropy(model(images), small.train.labels).item()
    print(f"{name:10}  loss after one epoch {final[name]:.2f}")
checks.expect(not final["bytes"] < 1, "expected bytes to fail")
checks.expect(
    final["normalized"] < final["0 to 1"], "expected normalized first"
)

# %% [markdown]
# With bytes the first steps are far too long, and the network does not
# recover. Normalized inputs get furthest in the same number of steps.

# %% [markdown]
# ## Where does it stop?
#
# ### Find the mistake: "gradient descent reaches the global maximum"
#
# This sentence stands in a widely read post. Two words are wrong. Gradient
# descent goes *down*, toward a minimum; and it knows only the slope where it
# stands, so it stops wherever the slope is zero. Take a curve with two
# valleys and start on either side.

# %%
w_axis = torch.linspace(-1.6, 1.5, 200)


def two_valleys(w):
    return w**4 - 2 * w**2 + 0.5 * w


fig, ax = plt.subplots(figsize=(plotting.WIDTH, 2.6))
ax.plot(w_axis, two_valleys(w_axis), color=plotting.GREY)
arrivals = []
for start, marker, color in (
    (-1.5, "o", plotting.BLUE),
    (1.4, "s", plotting.RED),
):
    path = [start]
    for _ in range(50):
        path.append(
            path[-1] - 0.03 * (4 * path[-1] ** 3 - 4 * path[-1] + 0.5)
        )
    arrivals.append(path[-1])
    path = torch.tensor(path)
    ax.plot(path, two_valleys(path), marker, color=color, markersize=4)
    ax.annotate(f"start {start}", (start, two_valleys(start)), (8, 0),
                textcoords="offset points")  # fmt: skip
ax.set(xlabel="weight $w$", ylabel="loss")
plotting.describe(
    fig,
    "A curve with two valleys. From the left start the steps end in the deeper "
    "valley, from the right start in the shallower one.",
)

# %% [markdown]
# The circles roll into the deeper valley, the squares into the shallower one,
# and there both stay. In numbers:

# %%
low, high = (two_valleys(w) for w in arrivals)
print(f"from the left: loss {low:.2f}; from the right: loss {high:.2f}")
checks.expect(high > low + 0.5, "expected two different minima")

# %% [markdown]
# The right start ends in a local minimum. For networks this is less of a
# problem than it looks: with thousands of weights, most points where the
# gradient vanishes are [saddles](glossary.md#saddle), which lead down in some
# direction, and the noise of small batches helps to leave them. But no one
# guarantees a global minimum.

# %% [markdown]
# ## How many images per step?
#
# The gradient of the loss is a mean over all training images. A batch of $B$
# random images, a [minibatch](glossary.md#minibatch), gives an estimate of
# it, with an error that shrinks like $1 / \sqrt{B}$, as for every mean of
# random draws.
#
# **Predict.** A batch of 1,024 images is 64 times as large as one of 16. How
# many times longer does its gradient take to compute?


# %%
def gradient(model, images, labels):
    """All gradients of the mean loss, as one vector."""
    loss = F.cross_entropy(model(images), labels)
    grads = torch.autograd.grad(loss, list(model.parameters()))
    return torch.cat([g.flatten() for g in grads])


model = make_model(seed=0)
full = gradient(model, small.train.images, small.train.labels)
sizes, errors, milliseconds = [1, 4, 16, 64, 256, 1024], [], []
for size in track(sizes, "measuring"):
    squared, times = 0.0, []
    for _ in range(30):
        batch = torch.randint(10_000, (size,))
        images, labels = small.train.images[batch], small.train.labels[batch]
        start = time.perf_counter()
        g = gradient(model, images, labels)
        times.append(time.perf_counter() - start)
        squared += ((g - full).norm() / full.norm()).item() ** 2 / 30
    errors.append(squared**0.5)
    milliseconds.append(1000 * sorted(times)[15])

# %% [markdown]
# Both against the batch size, on logarithmic axes; dotted, what
# $1 / \sqrt{B}$ would give:

# %%
fig, (left, right) = plt.subplots(1, 2, figsize=(plotting.WIDTH, 2.8))
left.loglog(sizes, errors, "o-", color=plotting.BLUE)
left.loglog(
    sizes, [errors[0] / b**0.5 for b in sizes], ":", color=plotting.GREY
)
left.set(xlabel="batch size", ylabel="relative error of the gradient")
right.loglog(sizes, milliseconds, "s-", color=plotting.RED)
right.set(xlabel="batch size", ylabel="time for a gradient (ms)")
slope = errors[0] / errors[-1]
plotting.describe(
    fig,
    f"Left: from batch size 1 to 1,024 the error falls by a factor {slope:.0f}, "
    "along the line of one over the square root. Right: the time per gradient "
    "hardly grows at first, then in proportion.",
)

# %% [markdown]
# On the left the dots follow the dotted line. On the right the time hardly
# grows for the small batches: 1,024 images take a few times as long as 16,
# not 64 times. From one image to 1,024:

# %%
checks.expect(16 < slope < 64, f"expected a factor near 32, got {slope:.0f}")
print(f"1 to 1,024 images: error / {slope:.0f}, ", end="")
print(f"time x {milliseconds[-1] / milliseconds[0]:.0f}")

# %% [markdown]
# The error follows $1 / \sqrt{B}$: 1,024 images give a gradient about 32
# times as exact as one image. Small batches are *not* proportionally cheaper,
# because every step has a fixed cost. So a batch of one is wasteful, and a
# batch of all images is wasteful too: 100 times the work for 10 times the
# accuracy.
#
# What batch size is best if you can afford a fixed number of epochs? Larger
# batches mean fewer steps. To be fair, each size gets the best of three
# learning rates, chosen on validation images.

# %%
found = {}
with Progress(5 * 3, "batch sizes") as progress:
    for batch_size in (16, 64, 256, 1024, 4096):
        trials = []
        for lr in (0.01, 0.03, 0.1):
            model = make_model(seed=0)
            optimizer = torch.optim.SGD(
                model.parameters(), lr=lr, momentum=0.9
            )
            loaders = data.loaders(small, batch_size=batch_size, seed=0)
            history = training.fit(
                model, loaders.train, loaders.valid, epochs=3,
                optimizer=optimizer, progress=False,
            )  # fmt: skip
            trials.append(
                (history["valid_accuracy"][-1], lr, history.seconds)
            )
            progress.advance()
        found[batch_size] = max(trials)
for batch_size, (accuracy, lr, seconds) in found.items():
    print(
        f"batch size {batch_size:4}: {3 * -(-10_000 // batch_size):5} steps, "
        f"rate {lr}, {seconds:.1f} s, validation accuracy {accuracy:.1%}"
    )
checks.expect(
    found[64][0] > found[4096][0] + 0.02, "expected few steps to hurt"
)

# %% [markdown]
# At the same number of epochs, very large batches fall behind: they make too
# few steps. Very small ones cost more time. Between 64 and 256 you lose
# little of either, and that is why batch sizes of this order are so common.

# %% [markdown]
# ## Seven optimizers
#
# A rule that turns gradients into steps is an
# [optimizer](glossary.md#optimizer). All seven start from SGD and change one
# thing. In the formulas, $g$ is the gradient at the current step; squares,
# roots and quotients are taken for each weight on its own.
#
# [**Momentum**](glossary.md#momentum) lets a ball roll: the velocity $v$ adds
# up past gradients, each step forgetting a tenth ($\beta = 0.9$). Directions
# that keep their sign gain speed, those that alternate cancel.
#
# $$v \leftarrow \beta v + g, \qquad w \leftarrow w - \eta v .$$
#
# [**Nesterov** momentum](glossary.md#Nesterov-momentum) looks ahead: it uses
# the velocity as it will be after the next update, $g + \beta v$.


# %%
def momentum(w, g, state, lr, beta=0.9):
    v = state["v"] = beta * state.get("v", 0) + g
    return w - lr * v


def nesterov(w, g, state, lr, beta=0.9):
    v = state["v"] = beta * state.get("v", 0) + g
    return w - lr * (g + beta * v)


# %% [markdown]
# The next three divide the step of each weight by the size of its past
# gradients, so that steep and flat directions move at a similar pace: a
# direct answer to the condition number. [**Adagrad**](glossary.md#Adagrad)
# adds up all squares $s$; its steps shrink forever.
# [**RMSprop**](glossary.md#RMSprop) takes a running mean of the squares
# instead. [**Adadelta**](glossary.md#Adadelta) does so, too, and keeps a
# running mean $d$ of its own squared steps, whose root takes the place of the
# learning rate. $\alpha$ and $\rho$, below 1, say how much of a mean is kept
# in each step; a tiny $\varepsilon$ avoids a division by 0.
#
# $$\text{Adagrad: } s \leftarrow s + g^2 \qquad
#   \text{RMSprop: } s \leftarrow \alpha s + (1 - \alpha) g^2 \qquad
#   w \leftarrow w - \eta \frac{g}{\sqrt{s} + \varepsilon}$$
#
# $$\text{Adadelta: } s \leftarrow \rho s + (1 - \rho) g^2 \qquad
#   \Delta = \sqrt{\frac{d + \varepsilon}{s + \varepsilon}}\; g \qquad
#   d \leftarrow \rho d + (1 - \rho) \Delta^2 \qquad
#   w \leftarrow w - \eta \Delta .$$


# %%
def adagrad(w, g, state, lr, eps=1e-10):
    s = state["s"] = state.get("s", 0) + g**2
    return w - lr * g / (s.sqrt() + eps)


def rmsprop(w, g, state, lr, alpha=0.99, eps=1e-8):
    s = state["s"] = alpha * state.get("s", 0) + (1 - alpha) * g**2
    return w - lr * g / (s.sqrt() + eps)


def adadelta(w, g, state, lr, rho=0.9, eps=1e-6):
    s = state["s"] = rho * state.get("s", 0) + (1 - rho) * g**2
    d = state.get("d", torch.zeros_like(w))
    delta = ((d + eps) / (s + eps)).sqrt() * g
    state["d"] = rho * d + (1 - rho) * delta**2
    return w - lr * delta


# %% [markdown]
# [**Adam**](glossary.md#Adam) joins both ideas: a running mean $m$ of the
# gradients (momentum) and a running mean $s$ of their squares (RMSprop). Both
# start at 0 and are too small at first; dividing by $1 - \beta^t$ after $t$
# steps corrects that.
#
# $$m \leftarrow \beta_1 m + (1 - \beta_1) g, \qquad
#   s \leftarrow \beta_2 s + (1 - \beta_2) g^2, \qquad
#   w \leftarrow w - \eta\,
#   \frac{m / (1 - \beta_1^t)}{\sqrt{s / (1 - \beta_2^t)} + \varepsilon} .$$
#
# [**AdamW**](glossary.md#AdamW) shrinks the weights a little before each
# step, which keeps them from growing. Lesson 9 explains why this is not the
# same as adding a penalty to the loss.


# %%
def adam(w, g, state, lr, beta1=0.9, beta2=0.999, eps=1e-8):
    t = state["t"] = state.get("t", 0) + 1
    m = state["m"] = beta1 * state.get("m", 0) + (1 - beta1) * g
    s = state["s"] = beta2 * state.get("s", 0) + (1 - beta2) * g**2
    m_hat, s_hat = m / (1 - beta1**t), s / (1 - beta2**t)
    return w - lr * m_hat / (s_hat.sqrt() + eps)


def adamw(w, g, state, lr, weight_decay=0.01):
    return adam((1 - lr * weight_decay) * w, g, state, lr)


# %% [markdown]
# ### Are they right?
#
# PyTorch has all of them. Start both at the same point on the same problem
# (20 weights, random curvatures, a random gradient added in each step) and
# compare after *every* one of 100 steps.

# %%
optim = torch.optim
pairs = {
    "SGD": (sgd, optim.SGD, 0.1, {}),
    "momentum": (momentum, optim.SGD, 0.02, {"momentum": 0.9}),
    "Nesterov": (
        nesterov, optim.SGD, 0.02, {"momentum": 0.9, "nesterov": True},
    ),
    "Adagrad": (adagrad, optim.Adagrad, 0.5, {}),
    "Adadelta": (adadelta, optim.Adadelta, 30.0, {}),
    "RMSprop": (rmsprop, optim.RMSprop, 0.05, {}),
    "Adam": (adam, optim.Adam, 0.3, {}),
    "AdamW": (adamw, optim.AdamW, 0.3, {}),
}  # fmt: skip
curvature = torch.rand(20, dtype=torch.float64)
noise = 0.1 * torch.randn(100, 20, dtype=torch.float64)
start = torch.randn(20, dtype=torch.float64)

# %% [markdown]
# Each row of `pairs` holds our function, PyTorch's class, a learning rate
# that suits the valley above, and PyTorch's further settings.

# %%
for name, (step, optimizer_class, lr, settings) in pairs.items():
    ours, state = start.clone(), {}
    theirs = start.clone().requires_grad_()
    optimizer = optimizer_class([theirs], lr=lr, **settings)
    largest = 0.0
    for t in range(100):
        ours = step(ours, curvature * ours + noise[t], state, lr)
        theirs.grad = (curvature * theirs + noise[t]).detach()
        optimizer.step()
        largest = max(largest, (ours - theirs).abs().max().item())
    print(f"{name:9} largest difference in 100 steps {largest:.0e}")
    checks.expect(largest < 1e-6, f"{name} differs from PyTorch by {largest}")

# %% [markdown]
# All agree to far better than one millionth in every step. Now watch them on
# the valley, 40 steps each.
#
# **Predict.** Which of them will head straight for the middle, and which will
# first run down the steep wall?

# %%
fig, axes = plt.subplots(2, 4, figsize=(plotting.WIDTH, 3.9))
valley = {}
for ax, (name, (step, _, lr, _)) in zip(
    axes.flat, pairs.items(), strict=True
):
    path = descend(step, 0.04 if name == "SGD" else lr)
    valley[name] = L(path[-1]).item()
    draw_path(ax, path, name)
plotting.describe(
    fig,
    "Eight paths in the same valley. SGD runs down the wall, then along the "
    "floor; momentum and Nesterov swing through; Adagrad, RMSprop, Adadelta and "
    "the two Adams head diagonally for the middle.",
)

# %% [markdown]
# SGD and the two with momentum follow the gradient, down the steep wall
# first. The five that divide by the size of the gradient move in both
# directions at the same pace and go diagonally. Nobody wins here for good:
# the rates were chosen to make the paths visible. A fair comparison needs a
# tuned rate for each and a real problem.

# %% [markdown]
# ## Finding a learning rate
#
# The most important setting is the learning rate, and there is a quick way to
# find its order of magnitude: start tiny, raise it by a constant factor in
# every step, and watch the loss (a **range test** or
# [learning-rate finder](glossary.md#learning-rate-finder), L. Smith 2017).

# %%
lr_low, lr_high, num_steps = 1e-4, 10.0, 150
model = make_model(seed=0)
optimizer = torch.optim.SGD(model.parameters(), lr=lr_low, momentum=0.9)
loader = data.loaders(splits, batch_size=128, seed=0).train
rates_tried, losses, smooth = [], [], None
for step, (images, labels) in zip(range(num_steps), loader, strict=False):
    lr = lr_low * (lr_high / lr_low) ** (step / num_steps)
    optimizer.param_groups[0]["lr"] = lr
    loss = F.cross_entropy(model(images), labels)
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()
    value = loss.item()
    smooth = value if smooth is None else 0.9 * smooth + 0.1 * value
    rates_tried.append(lr)
    losses.append(smooth)
    if smooth > 4 * min(losses):
        break

# %% [markdown]
# The losses are smoothed with a running mean, as the optimizers do it.

# %%
lowest = rates_tried[losses.index(min(losses))]
suggested = lowest / 10
fig, ax = plt.subplots(figsize=(plotting.WIDTH, 2.8))
ax.semilogx(rates_tried, losses, color=plotting.BLUE)
for lr, text in ((lowest, "lowest loss"), (suggested, "a tenth of it")):
    ax.axvline(lr, color=plotting.GREY, linestyle=":")
    ax.annotate(text, (lr, max(losses)), (4, -8), textcoords="offset points")
ax.set(xlabel="learning rate", ylabel="smoothed loss")
plotting.describe(
    fig,
    "Loss against a learning rate that grows from step to step: flat at first, "
    f"then falling, lowest near {lowest:.2g}, then rising steeply.",
)

# %% [markdown]
# On the left the steps are too small to matter. In the middle the loss falls
# fastest. Where it turns upward, the steps are too long. A rate about ten
# times below the lowest point is a safe start:

# %%
print(f"lowest loss near {lowest:.2g}; a tenth of that is {suggested:.2g}")
checks.expect(
    3e-3 < suggested < 0.1, f"expected about 0.02, got {suggested:.2g}"
)

# %% [markdown]
# ## Schedules
#
# Early on, long steps save time. Near the end, they keep the weights jumping
# around the minimum. So let the rate fall, along a
# [schedule](glossary.md#learning-rate-schedule). Three usual shapes:
# [**step decay**](glossary.md#step-decay) divides it by ten from time to
# time; [**cosine**](glossary.md#cosine-schedule) follows half a cosine wave
# to zero; [**one-cycle**](glossary.md#one-cycle) first warms up, then falls
# to almost zero.

# %%
num_epochs, steps_per_epoch = 6, -(-len(small.train) // 128)
total = num_epochs * steps_per_epoch
schedulers = optim.lr_scheduler
schedules = {
    "constant": lambda o: schedulers.ConstantLR(o, factor=1.0),
    "step": lambda o: schedulers.StepLR(o, step_size=total // 3, gamma=0.1),
    "cosine": lambda o: schedulers.CosineAnnealingLR(o, T_max=total),
    "one-cycle": lambda o: schedulers.OneCycleLR(
        o, max_lr=0.1, total_steps=total + 1
    ),
}
fig, ax = plt.subplots(figsize=(plotting.WIDTH, 2.6))
styles = ("-", "--", "-.", ":")
for (name, make), style in zip(schedules.items(), styles, strict=True):
    optimizer = optim.SGD(
        make_model(seed=0).parameters(), lr=0.1, momentum=0.9
    )
    scheduler, rates_used = make(optimizer), []
    for _ in range(total):
        rates_used.append(optimizer.param_groups[0]["lr"])
        optimizer.step()
        scheduler.step()
    ax.plot(rates_used, style, label=name)
ax.legend(loc="upper right", bbox_to_anchor=(1.28, 1))
ax.set(xlabel="step", ylabel="learning rate")
plotting.describe(
    fig,
    "Four learning rates over the steps: constant at 0.1; in three stairs; "
    "falling along a cosine; rising to 0.1 in the first third and falling.",
)

# %% [markdown]
# Do they help? The same network and optimizer, 10,000 images, six epochs,
# three seeds each.
#
# **Predict.** Which will have the lowest validation loss at the end?

# %%
ended = {name: [] for name in schedules}
with Progress(3 * len(schedules), "schedules") as progress:
    for seed in range(3):
        for name, make in schedules.items():
            model = make_model(seed)
            optimizer = optim.SGD(model.parameters(), lr=0.1, momentum=0.9)
            loaders = data.loaders(small, batch_size=128, seed=seed)
            history = training.fit(
                model, loaders.train, loaders.valid, epochs=num_epochs,
                optimizer=optimizer, scheduler=make(optimizer),
                scheduler_step="batch", progress=False,
            )  # fmt: skip
            ended[name].append(history["valid_loss"][-1])
            progress.advance()
for name, values in ended.items():
    losses = "  ".join(f"{value:.3f}" for value in values)
    print(f"{name:10} validation loss, three seeds: {losses}")
worst_falling = max(max(v) for k, v in ended.items() if k != "constant")
checks.expect(
    worst_falling < min(ended["constant"]), "expected every schedule to help"
)

# %% [markdown]
# All three that fall end with a lower loss than the constant rate, whatever
# the seed. The choice among them matters less than having one.

# %% [markdown]
# ## The race to 97 %
#
# How many epochs and seconds does each optimizer need until the network
# 784-256-10 is right about 97 % of the validation images? The comparison is
# fair only if each runs at its own learning rate. So first each tries three,
# on the sample, and keeps the one with the lowest validation loss after two
# epochs. Short trials favor long steps; so the rates on offer end where
# longer trainings become unsteady. `fused=True` asks PyTorch for its fastest
# version of a step, which all but two of the optimizers have.


# %%
def make_optimizer(name, model, lr):
    _, optimizer_class, _, settings = pairs[name]
    if name not in ("Adadelta", "RMSprop"):
        settings = {**settings, "fused": True}
    return optimizer_class(model.parameters(), lr=lr, **settings)


candidates = {
    "SGD": (0.03, 0.1, 0.3),
    "momentum": (0.003, 0.01, 0.03),
    "Nesterov": (0.003, 0.01, 0.03),
    "Adagrad": (0.003, 0.01, 0.03),
    "Adadelta": (0.3, 1.0, 3.0),
    "RMSprop": (1e-4, 3e-4, 1e-3),
    "Adam": (1e-4, 3e-4, 1e-3),
    "AdamW": (1e-4, 3e-4, 1e-3),
}

# %% [markdown]
# The tuning takes 24 short trainings. It prints the rate that each keeps:

# %%
tuned = {}
with Progress(3 * len(candidates), "tuning") as progress:
    for name, rates in candidates.items():
        trials = []
        for lr in rates:
            model = make_model(seed=0, num_hiddens=256)
            optimizer = make_optimizer(name, model, lr)
            loaders = data.loaders(small, batch_size=128, seed=0)
            history = training.fit(
                model, loaders.train, loaders.valid, epochs=2,
                optimizer=optimizer, progress=False,
            )  # fmt: skip
            trials.append((history["valid_loss"][-1], lr))
            progress.advance()
        tuned[name] = min(trials)[1]
print(tuned)

# %% [markdown]
# Now the race, on all 54,000 training images, with two seeds. Every 100 steps
# the clock stops and the validation images are read; whoever has 97 % of them
# right is there. After eight epochs a run is stopped.
#
# **Predict.** Adam is the most popular of them. Will it win?


# %%
def race(name, seed, target=0.97, most_epochs=8):
    """Epochs and seconds until the validation accuracy reaches the target."""
    model = make_model(seed, num_hiddens=256)
    optimizer = make_optimizer(name, model, tuned[name])
    loaders = data.loaders(splits, batch_size=128, seed=seed)
    step, seconds, start = 0, 0.0, time.perf_counter()
    for _ in range(most_epochs):
        for images, labels in loaders.train:
            loss = F.cross_entropy(model(images), labels)
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
            step += 1
            if step % 100 == 0:
                seconds += time.perf_counter() - start
                result = training.evaluate(model, loaders.valid)
                if result.accuracy >= target:
                    return step / len(loaders.train), seconds
                start = time.perf_counter()
    return math.inf, seconds


# %% [markdown]
# Sixteen runs, the eight optimizers one after the other, and then once more:

# %%
results = {name: [] for name in tuned}
with Progress(2 * len(tuned), "racing") as progress:
    for seed in range(2):
        for name in tuned:
            results[name].append(race(name, seed))
            progress.advance(note=name)

# %% [markdown]
# Each dot is one run; the seconds are the mean of the two.

# %%
order = sorted(results, key=lambda name: sum(e for e, _ in results[name]))
fig, ax = plt.subplots(figsize=(plotting.WIDTH, 3.2))
for row, name in enumerate(order):
    epochs = [min(e, 8.5) for e, _ in results[name]]
    offsets = [row - 0.12, row + 0.12]
    ax.plot(epochs, offsets, "o", color=plotting.BLUE, markersize=5)
    seconds = sum(s for _, s in results[name]) / 2
    ax.text(9.2, row, f"rate {tuned[name]:g}, {seconds:.1f} s", va="center")
ax.set_yticks(range(len(order)), order)
ax.invert_yaxis()
ax.set(xlabel="epochs until 97 % (more than 8: at the edge)", xlim=(0, 9))
plotting.describe(
    fig,
    "Epochs that each optimizer needed in two runs, fewest first: "
    + "; ".join(
        f"{n} {', '.join(f'{e:.1f}' for e, _ in results[n])}" for n in order
    ),
)

# %% [markdown]
# The same in figures, and the widest gap between two runs of one optimizer:

# %%
for name in order:
    print(f"{name:9}", *(f" {e:.1f} epochs" for e, _ in results[name]))
there = [(a, b) for (a, _), (b, _) in results.values() if a + b < math.inf]
gap = max(abs(a - b) for a, b in there)
print(f"widest gap between two seeds: {gap:.1f} epochs")
best = max(epochs for epochs, _ in results[order[0]])
checks.expect(best <= 5, f"expected 97 % within 5 epochs, got {best:.1f}")
checks.expect(len(there) >= 6, f"expected most to arrive, got {len(there)}")

# %% [markdown]
# At their own rates all but Adagrad need about two to four epochs, and plain
# SGD is among them. The gap between two seeds of one optimizer is larger than
# that between neighbors in the list, so the list is no ranking. A step of
# Adam costs more than one of SGD, because it keeps two running means for
# every weight; that shows in the seconds per epoch.
#
# So the popular optimizers are popular for another reason than speed: Adam's
# usual rate, 0.001, works tolerably for very different networks, while the
# best rate of SGD differs widely. A schedule, which helped SGD with momentum
# above, is still missing from the race.

# %% [markdown]
# ## What we found
#
# - The steepest direction limits the learning rate to $2 / \lambda$; the ratio
#   of curvatures decides how slow the flat directions are. Normalized inputs
#   improve both.
# - Gradient descent goes down to *a* minimum: which one depends on the start.
# - The error of a gradient falls with the square root of the batch size; its
#   cost hardly grows at first. Batches of 64 to 256 are a good bargain.
# - Seven optimizers, written in a few lines each, agree with PyTorch in every
#   step to better than $10^{-6}$.
# - A range test finds the order of magnitude of a learning rate; a rate that
#   falls during training helps. Each at its own rate, all optimizers but one
#   needed about equally many epochs.
#
# ## Questions to check yourself
#
# <details><summary>The loss goes up and down from step to step and does not
# fall. What do you try first?</summary>
#
# A learning rate ten times smaller. If the loss falls then, it was too large.
# </details>
#
# <details><summary>You make the batches four times larger and keep the number
# of epochs. What else would you change?</summary>
#
# There are four times fewer steps, each with half the noise. A larger
# learning rate (two to four times) makes up for part of it; so do more
# epochs.
# </details>
#
# <details><summary>Why does Adam divide by $1 - \beta^t$?</summary>
#
# Its running means start at 0. After one step, $m = (1 - \beta_1) g$, only a
# tenth of the gradient. Dividing by $1 - \beta_1$ gives $g$.
# </details>
#
# <details><summary>Adagrad's steps shrink even if the gradient stays the same.
# Why, and how does RMSprop avoid it?</summary>
#
# Its sum of squares only grows, so the quotient falls like $1 / \sqrt{t}$.
# RMSprop takes a running mean, which stays constant for a constant gradient.
# </details>
#
# ## Exercises and further reading
#
# Practice in [exercise set 8](../exercises/08_optimization.ipynb). Words to
# look up are in the [glossary](glossary.md). D. Kingma and J. Ba, "Adam: a
# method for stochastic optimization", ICLR 2015. I. Loshchilov and F. Hutter,
# "Decoupled weight decay regularization", ICLR 2019. L. Smith, "Cyclical
# learning rates for training neural networks", WACV 2017. G. Goh, "Why
# momentum really works", Distill (2017).
#
# Next: [lesson 9](09_regularization.ipynb), on networks that learn too much.

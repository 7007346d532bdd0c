# ---
# jupyter:
#   course:
#     peak_mb: 1439
#     python: 3.11.7
#     seconds: 77.5
#     torch: 2.14.1
# ---

# %% [markdown]
# [![Open in Colab](https://colab.research.google.com/assets/colab-badge.svg)](https://colab.research.google.com/github/neural-notebooks/course/blob/clean/notebooks/08_optimization.ipynb)

# %% [markdown]
# # 8. Optimization
#
# **The question of this lesson:** backpropagation gives the gradient. How
# should the weights follow it, and how fast?
#
# In lesson 6 someone forgot `zero_grad`, and the weight swung past its goal
# and back forever. This lesson starts from that mistake. Keep a little less
# than everything, and it turns into the best-known trick of the trade: in the
# long valley below, forty steps of plain gradient descent bring the loss from
# 22 to 0.007, and forty steps with the mended mistake to a number that is
# seven hundred million times smaller. You will see where the factor comes
# from, what else has been tried against long valleys, and how much of it
# remains in the training of a network.
#
# After this lesson you can
#
# - say which learning rate is too large, and measure the curvature that
#   decides it, in a valley and in a network;
# - explain what momentum is for, and by how much it can help;
# - write eight optimizers from their equations, and show that PyTorch takes
#   the same steps;
# - choose a batch size, a learning rate and a schedule;
# - compare optimizers fairly, each at its own best rate.
#
# **You need:** lessons [6](06_backprop.ipynb) and [7](07_signals.ipynb).
# **Time:** about 120 minutes; all cells together run in under two minutes.
# Cells that draw, and helpers that are not the point, are folded; a click
# opens them.

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
import time
from collections import deque

import matplotlib.pyplot as plt
import numpy as np
import torch
from torch import nn, optim
from torch.nn import functional as F

from course_utils import checks, data, plotting, progress, training, widgets
from course_utils.uncertainty import mean_interval

plotting.use_style()
# Enough for small networks, and other numbers of threads round differently.
torch.set_num_threads(1)
training.seed_everything(0)

# %% [markdown]
# ## A forgotten line
#
# Lesson 6's example again: $L(w) = (w - 3)^2$, from $w = 0$, with the
# learning rate 0.1. `backward` *adds* its gradient to the one that is there.
# `zero_grad` keeps nothing of the old one; forgetting it keeps everything.
# Between the two lies a number, the share $\beta$ that is kept.


# %%
def follow(keep, num_steps=60):
    """The path of w, if a share `keep` of the old gradient stays."""
    w = torch.zeros(1, requires_grad=True)
    optimizer, path = optim.SGD([w], lr=0.1), [0.0]
    for _ in range(num_steps):
        if w.grad is not None:
            w.grad *= keep  # where zero_grad would stand
        ((w - 3) ** 2).backward()
        optimizer.step()
        path.append(w.item())
    return path


# %% [markdown]
# You know two of the paths: with a share of 0, $w$ is within 0.001 of its
# goal after 36 steps; with a share of 1 it never arrives.

# %%
share_guess = checks.predict(
    ...,
    "Keep 0.9 of the old gradient. After 60 steps the distance to 3 is",
    choices=("under 0.001", "between 0.001 and 1", "over 1"),
)

# %% jupyter={"source_hidden": true} course={"alt": "The weight over 60 steps for four shares. With 0 it rises to 3 without passing it; with 0.3 it does so sooner; with 0.9 it swings around 3, less and less; with 1 it swings between 0 and 6 to the end."}
paths = {keep: follow(keep) for keep in (0.0, 0.3, 0.9, 1.0)}
_, ax = plt.subplots(figsize=(plotting.WIDTH, 3))
names = ("0 (zero_grad)", "0.3", "0.9", "1 (forgotten)")
ends = {}
for i, (name, path) in enumerate(zip(names, paths.values(), strict=True)):
    ax.plot(path, ("-", "-.", "-", "--")[i], color=plotting.INKS[i])
    ends[name] = (60, path[-1], plotting.INKS[i])
ax.hlines(3, 0, 60, color=plotting.LIGHT, zorder=0)
ax.set(xlabel="step", ylabel="$w$ (best: 3)")
plotting.direct_labels(ax, ends)

# %% [markdown]
# The paths for four shares are above. Your guess:

# %%
left = abs(paths[0.9][-1] - 3)
print(f"distance to 3 after 60 steps: {left:.3f}")
share_guess.compare("between 0.001 and 1")

# %% [markdown]
# With a share of 1 the swing never dies. With 0.9 it dies slowly, and with
# 0.3 the weight arrives sooner than with `zero_grad`. Write $g$ for the new
# gradient and $v$, like a velocity, for what lies in `w.grad`:
#
# $$v \leftarrow \beta v + g, \qquad w \leftarrow w - \eta v .$$
#
# This is [**momentum**](glossary.md#momentum), in the form in which PyTorch
# has it. So `zero_grad` forgotten should be the same as
# `SGD(..., momentum=1)` with `zero_grad` in its place. Is it? The folded cell
# defines `roll`: the loop above with `zero_grad`, and with the share as
# PyTorch's `momentum`.


# %% jupyter={"source_hidden": true}
def roll(beta, num_steps=60):
    """The path of w with PyTorch's momentum."""
    w = torch.zeros(1, requires_grad=True)
    optimizer, path = optim.SGD([w], lr=0.1, momentum=beta), [0.0]
    for _ in range(num_steps):
        optimizer.zero_grad()
        ((w - 3) ** 2).backward()
        optimizer.step()
        path.append(w.item())
    return path


# %% [markdown]
# The largest difference between the two paths:

# %% tags=["nbval-check-output"]
for keep, path in paths.items():
    apart = np.abs(np.subtract(path, roll(keep))).max()
    print(f"share {keep:3}: largest difference in 60 steps {apart:.0e}")

# %% [markdown]
# Identical, bit for bit. The mistake was momentum with nothing to brake it.
# Still, why would anyone keep old gradients? Here a larger learning rate
# would do as well: with 0.5 plain descent arrives in *one* step. One weight
# is never the problem. Two are.

# %% jupyter={"outputs_hidden": true, "source_hidden": true} tags=["author"]
checks.expect(abs(paths[0.0][36] - 3) < 0.001, "expected to be there")
checks.expect(1e-3 < left < 1, f"expected 0.9 in the middle, got {left}")
checks.expect(abs(paths[0.3][20] - 3) < 1e-3, "expected 0.3 to be quick")
checks.expect(abs(paths[0.0][20] - 3) > 0.01, "expected 0 to be slower")
swing = max(paths[1.0][-15:]) - min(paths[1.0][-15:])
checks.expect(swing > 5, f"expected a swing without end, got {swing}")
for keep, path in paths.items():
    checks.expect_equal(path, roll(keep), f"the path with a share of {keep}")

# %% [markdown]
# ## Downhill in two dimensions
#
# Take two weights $w = (w_1, w_2)$ and a valley that is 20 times as curved
# across as along:
#
# $$L(w) = \tfrac12 \left(w_1^2 + \kappa\, w_2^2\right), \qquad
#   \nabla L(w) = (w_1,\; \kappa\, w_2), \qquad \kappa = 20 .$$
#
# The second derivative in a direction is the
# [**curvature**](glossary.md#curvature) there, 1 along and 20 across. Their
# ratio $\kappa$ (kappa) is the
# [**condition number**](glossary.md#condition-number).
#
# Every optimizer of this lesson is a function like `sgd`: it takes weights,
# gradient, a dictionary for what it wants to remember, and the learning rate
# $\eta$; it returns new weights.


# %%
def sgd(w, g, state, lr):
    return w - lr * g


def momentum(w, g, state, lr, beta=0.9):
    v = state["v"] = beta * state.get("v", 0) + g
    return w - lr * v


# %% [markdown]
# In the folded cell, `descend` lets such a function take 40 steps in the
# valley, and `valley` computes the loss.


# %% jupyter={"source_hidden": true}
def descend(step, lr, num_steps=40, start=(-4.0, 1.2), **options):
    """The path of an optimizer in the valley, (num_steps + 1, ..., 2)."""
    curvature = torch.tensor([1.0, 20.0], dtype=torch.float64)
    w, state = torch.as_tensor(start, dtype=torch.float64), {}
    path = [w]
    for _ in range(num_steps):
        w = step(w, curvature * w, state, lr, **options)
        path.append(w)
    return torch.stack(path)


def valley(w):
    """The loss at w (..., 2)."""
    return 0.5 * (w[..., 0] ** 2 + 20 * w[..., 1] ** 2)


# %% [markdown]
# Plain descent multiplies $w_1$ by $1 - \eta$ and $w_2$ by $1 - 20 \eta$ in
# each step. Three rates, 40 steps each, from the square to the star. Both
# axes have the same scale, so each step meets the level line it starts from
# at a right angle.


# %% jupyter={"source_hidden": true}
def draw_path(ax, path, title):
    """A path (n, 2) over the level lines of the valley, on equal axes."""
    across, up = torch.linspace(-5, 3, 120), torch.linspace(-2.8, 2.8, 112)
    x, y = torch.meshgrid(across, up, indexing="xy")
    heights = valley(torch.stack([x, y], dim=-1))
    levels = [0.1, 1, 4, 10, 20, 40]
    ax.contour(x, y, heights, levels, colors="#bdbdbd", linewidths=0.9)
    ax.plot(*path.T, ".-", color=plotting.BLUE, markersize=4, linewidth=1)
    ax.plot(*path[0], "s", color="black", markersize=5)
    ax.plot(*path[-1], "*", color=plotting.INKS[3], markersize=11)
    ax.set(xlim=(-5, 3), ylim=(-2.8, 2.8), aspect="equal", xlabel="$w_1$")
    ax.set_title(f"{title}\nloss {valley(path[-1]):.1e}", fontsize=9)


# %% [markdown]
# The same start each time:

# %% jupyter={"source_hidden": true} course={"alt": "Three paths of 40 steps over elongated level lines, on equal axes. Rate 0.005 creeps along the floor and stays far from the middle; 0.09 zigzags at first and reaches the middle; 0.101 jumps from wall to wall, wider each time."}
_, axes = plt.subplots(1, 3, figsize=(plotting.WIDTH, 2.5), sharey=True)
rates = {"too small": 0.005, "right": 0.09, "too large": 0.101}
for ax, (name, lr) in zip(axes, rates.items(), strict=True):
    draw_path(ax, descend(sgd, lr), f"{name}: {lr}")
    if ax is axes[0]:
        ax.set_ylabel("$w_2$")

# %% [markdown]
# With 0.005 the path creeps along the floor. With 0.101 it jumps from wall to
# wall, and each jump is wider than the last, because
# $|1 - 20 \cdot 0.101| > 1$. In a direction of curvature $\lambda$ a step
# multiplies the distance by $1 - \eta \lambda$, so descent is stable as long
# as
#
# $$\eta < \frac{2}{\lambda} \quad\text{for the largest curvature } \lambda .$$
#
# **The steepest direction sets the limit, and the flattest one has to live
# with it.** The best rate is a compromise: along, the factor is $1 - \eta$,
# across $1 - 20\eta$; they are equally large at $\eta = 2 / (1 + \kappa)$,
# and there both have the size $(\kappa - 1) / (\kappa + 1) = 19 / 21$. For
# large $\kappa$ that is about $1 - 2 / \kappa$: *twice the condition number,
# twice the steps.* This lesson is about ways around this sentence.

# %% jupyter={"outputs_hidden": true, "source_hidden": true} tags=["author"]
ended = {name: valley(descend(sgd, lr)[-1]) for name, lr in rates.items()}
checks.expect(ended["too small"] > 4, "expected the small rate to be slow")
checks.expect(ended["right"] < 0.01, "expected the middle rate to arrive")
first = valley(descend(sgd, 0.1)[0])
checks.expect(ended["too large"] > first, "expected it to grow")

# %% [markdown]
# ## Momentum, and a square root
#
# Now keep a share $\beta$ of the old gradient. In one direction of curvature
# $\lambda$, a step turns the pair $(v, w)$ into another one, linearly:
#
# $$\begin{pmatrix} v \\ w \end{pmatrix} \leftarrow
#   \begin{pmatrix} \beta & \lambda \\ -\eta\beta & 1 - \eta\lambda
#   \end{pmatrix} \begin{pmatrix} v \\ w \end{pmatrix} .$$
#
# How fast it shrinks depends on the two eigenvalues of this matrix. Their
# product is its determinant, which is $\beta$, whatever $\lambda$ and $\eta$.
# So the larger one has at least the size $\sqrt\beta$, and exactly that when
# the two are a complex pair (the path swings), and that is the case if
#
# $$\left(1 - \sqrt\beta\right)^2 < \eta\lambda <
#   \left(1 + \sqrt\beta\right)^2 .$$
#
# Inside this window **every direction shrinks at the same pace, however
# curved it is.** Make the window just wide enough for both curvatures, 1 and
# $\kappa$, and you get B. Polyak's best choice (1964):
#
# $$\sqrt{\beta} = \frac{\sqrt\kappa - 1}{\sqrt\kappa + 1}, \qquad
#   \eta = \left(\frac{2}{1 + \sqrt\kappa}\right)^2 .$$
#
# It is the factor of plain descent with $\sqrt\kappa$ in the place of
# $\kappa$. In our valley:

# %%
root = math.sqrt(20)
best_plain = 2 / (1 + 20)
best_rate = (2 / (1 + root)) ** 2
best_beta = ((root - 1) / (root + 1)) ** 2
print(f"momentum: rate {best_rate:.3f}, beta {best_beta:.3f}")
print("a step multiplies the distance by")
for lam in (1.0, 5.0, 20.0):
    matrix = torch.tensor([
        [best_beta, lam], [-best_rate * best_beta, 1 - best_rate * lam]
    ])
    factor = torch.linalg.eigvals(matrix).abs().max()
    plain = abs(1 - best_plain * lam)
    print(f"curvature {lam:2.0f}: {plain:.3f} plain, {factor:.3f} momentum")

# %% [markdown]
# Without momentum the direction in the middle is quick and the two extreme
# ones hold it up; with momentum all shrink alike. Now both, for 40 steps:


# %% jupyter={"source_hidden": true}
def draw_contest(paths):
    """Two paths in the valley, and their losses step by step."""
    fig = plt.figure(figsize=(plotting.WIDTH, 5))
    axes = fig.subplot_mosaic([["a", "b"], ["c", "c"]])
    ends = {}
    for i, (ax, name) in enumerate(zip("ab", paths, strict=True)):
        draw_path(axes[ax], paths[name], name)
        losses = valley(paths[name])
        ink = plotting.INKS[i]
        axes["c"].semilogy(losses, ("-", "--")[i], color=ink)
        ends[name] = (40, losses[-1].item(), ink)
    axes["a"].set_ylabel("$w_2$")
    axes["c"].set(xlabel="step", ylabel="loss (log axis)")
    plotting.direct_labels(axes["c"], ends)


# %% [markdown]
# Each at its best rate:

# %% jupyter={"source_hidden": true} course={"alt": "Above, two paths on equal axes: both zigzag along the valley, momentum with wider swings at first and then quickly to the middle. Below, the loss against the step on a logarithmic axis: plain descent falls along a straight line to about 0.007 after 40 steps; momentum rises at first, then falls four times as steeply, to about 1e-11."}
contest = {
    "plain": descend(sgd, best_plain),
    "momentum": descend(momentum, best_rate, beta=best_beta),
}
draw_contest(contest)
final = {name: valley(path[-1]).item() for name, path in contest.items()}
for name, loss in final.items():
    print(f"{name:8} loss after 40 steps {loss:.1e}")
ratio = final["plain"] / final["momentum"]
print(f"a ratio of 10 to the power {math.log10(ratio):.1f}")

# %% [markdown]
# On this axis a straight line means a constant factor per step. Plain descent
# has it from the start. Momentum takes wider swings at first, and its loss
# even rises; then its factor tells. After forty steps the gap is nine orders
# of magnitude.
#
# Is Polyak's choice really the best place? The map shows the loss after 40
# steps for 160 rates and 100 momenta; the functions above take all of them at
# once.


# %% jupyter={"source_hidden": true}
def draw_map(rates, betas, losses):
    """The loss after 40 steps against rate and momentum."""
    fig, ax = plt.subplots(figsize=(plotting.WIDTH * 0.9, 3.8))
    powers = losses.clamp(1e-16, 1e3).log10()
    levels = [-16, -12, -9, -6, -4, -2, 0, 1.35]
    shades = plt.get_cmap("Blues")(np.linspace(0.9, 0.1, len(levels) - 1))
    drawn = ax.contourf(rates, betas, powers, levels=levels, colors=shades)
    ax.plot(best_rate, best_beta, "*", color="white", markersize=15, mec="k")
    ax.plot(best_plain, 0, "s", color="white", mec="k", clip_on=False)
    ax.plot([0.1, 0.2], [0, 1], "--", color=plotting.INKS[3])
    box = {"fc": "white", "ec": "none", "alpha": 0.85, "pad": 1.5}
    ax.text(0.139, 0.385, "Polyak", fontsize=9, bbox=box)
    ax.text(0.103, 0.035, "best plain", fontsize=9, bbox=box)
    ax.text(0.16, 0.2, "flies away", color=plotting.GREY)
    ax.set(xlabel="learning rate", ylabel=r"momentum $\beta$", ylim=(0, 1))
    bar = fig.colorbar(drawn, label="loss after 40 steps", ticks=levels[:-1])
    bar.ax.set_yticklabels([f"$10^{{{level}}}$" for level in levels[:-1]])


# %% [markdown]
# The darker, the lower; white is no better than the start.

# %% jupyter={"source_hidden": true} course={"alt": "Map of learning rate, 0 to 0.2, and momentum, 0 to 1, shaded by the loss after 40 steps. A dark ridge starts at the best plain rate on the lower edge and runs up to the right, darkest near Polyak's choice at 0.134 and 0.40. Beyond a dashed line from (0.1, 0) to (0.2, 1) it is white."}
map_rates = torch.linspace(0.001, 0.2, 160, dtype=torch.float64)
map_betas = torch.linspace(0, 0.99, 100, dtype=torch.float64)
start = torch.tensor([-4.0, 1.2]).expand(100, 160, 2)
path = descend(
    momentum, map_rates[:, None], start=start, beta=map_betas[:, None, None]
)
losses = valley(path[-1])
draw_map(map_rates, map_betas, losses)
print(f"lowest on the map: {losses.min():.0e}", end="")
row, column = divmod(losses.argmin().item(), 160)
print(f", at rate {map_rates[column]:.3f}, beta {map_betas[row]:.2f}")

# %% [markdown]
# The lower edge is plain descent. The ridge of low losses runs up and to the
# *right*: rate and momentum have to rise together. Past the dashed line,
# $\eta = 2 (1 + \beta) / \kappa$, everything flies away. With much more
# momentum than it needs ($\beta = 0.9$ here) the path swings too long, as in
# the first figure. The teeth on the slope come from swings that pass the
# middle just at step 40. After so few steps a place with a little more
# momentum is even lower than Polyak's; in the long run his choice is best.
#
# Now make the valley longer. We count the steps until the loss is a millionth
# of what it was, each method at its best rate for that $\kappa$.

# %%
root_guess = checks.predict(
    ...,
    "From kappa = 100 to 10,000 plain descent takes about 100 times as many "
    "steps. And momentum, how many times?",
    tolerance=4,
)

# %% [markdown]
# The folded cell counts, for seven valleys.


# %% jupyter={"source_hidden": true}
def steps_needed(kappa, lr, beta=0.0):
    """Steps from (1, 1) until the loss is a millionth of the first."""
    (x, y), (vx, vy), steps = (1.0, 1.0), (0.0, 0.0), 0
    while x * x + kappa * y * y > 1e-6 * (1 + kappa):
        vx, vy = beta * vx + x, beta * vy + kappa * y
        x, y, steps = x - lr * vx, y - lr * vy, steps + 1
    return steps


kappas = [10, 31.6, 100, 316, 1000, 3160, 10_000]
needed = {"plain": [], "momentum": []}
for kappa in kappas:
    root = math.sqrt(kappa)
    beta = ((root - 1) / (root + 1)) ** 2
    needed["plain"].append(steps_needed(kappa, 2 / (1 + kappa)))
    rate = (2 / (1 + root)) ** 2
    needed["momentum"].append(steps_needed(kappa, rate, beta))

# %% [markdown]
# First the answer to your guess:

# %%
root_guess.compare(needed["momentum"][-1] / needed["momentum"][2])

# %% [markdown]
# All seven valleys on logarithmic axes:

# %% jupyter={"source_hidden": true} course={"alt": "Steps needed against the condition number, both logarithmic. Plain descent is a straight line of slope 1, from about 35 to 35,000; momentum a straight line of slope one half, from about 15 to 700."}
_, ax = plt.subplots(figsize=(plotting.WIDTH * 0.85, 3))
ends = {}
for i, (name, counts) in enumerate(needed.items()):
    ax.loglog(kappas, counts, "os"[i] + "-", color=plotting.INKS[i])
    slope = math.log10(counts[-1] / counts[2]) / 2
    label = f"{name}: slope {slope:.2f}"
    ends[label] = (kappas[-1], counts[-1], plotting.INKS[i])
ax.set(xlabel=r"condition number $\kappa$", ylabel="steps needed")
plotting.direct_labels(ax, ends)

# %% [markdown]
# On such axes a power is a straight line with the power as its slope: steps
# grow with $\kappa$ for plain descent, and about with $\sqrt\kappa$ for
# momentum. (The slope is a little above one half: in a long valley momentum
# first picks up speed and swings wide before the factor $\sqrt\beta$ takes
# over.) At $\kappa = 10{,}000$ it needs nearly fifty times fewer steps.

# %% jupyter={"outputs_hidden": true, "source_hidden": true} tags=["author"]
checks.expect(5e-3 < final["plain"] < 9e-3, "expected 0.007")
checks.expect(final["momentum"] < 1e-10, "expected 1e-11")
checks.expect(8 < math.log10(ratio) < 10, f"expected nine, got {ratio}")
checks.expect(losses.min() <= final["momentum"], "expected a lower place")
times = needed["momentum"][-1] / needed["momentum"][2]
checks.expect(9 < times < 14, f"expected a dozen, got {times:.1f}")
times = needed["plain"][-1] / needed["plain"][2]
checks.expect(95 < times < 105, f"expected 100 times, got {times:.1f}")
gain = needed["plain"][-1] / needed["momentum"][-1]
checks.expect(45 < gain < 52, f"expected nearly fifty, got {gain:.0f}")

# %% [markdown]
# ### Try it: the ridge
#
# The same valley under your hand, with the steeper curvature at 1 and the
# flatter at $1 / \kappa$: dividing both by $\kappa$ multiplies the rates by
# $\kappa$, so plain descent flies away at a rate of 2. At $\kappa = 50$ the
# best momentum is 0.57.

# %%
ridge_guess = checks.predict(
    ..., "At kappa = 200, the best momentum?", tolerance=0.05
)

# %% [markdown]
# **The question for your hand:** drag the diamond on the map up the ridge to
# the place where a loss 10,000 times smaller takes the fewest steps; then set
# $\kappa$ to 200 and find that place again. Where has it moved? And what does
# a little too much momentum cost, against a little too much rate?

# %%
widgets.Descent(kappa=50.0, rate=1.8, momentum=0.0)

# %% [markdown]
# By Polyak's formula:

# %%
longer = (math.sqrt(200) - 1) / (math.sqrt(200) + 1)
ridge_guess.compare(longer**2)

# %% [markdown]
# The longer the valley, the more momentum, and the closer the best place lies
# to the border. Too much momentum costs some steps; too much rate costs
# everything. The usual 0.9 is Polyak's $\beta$ for $\kappa \approx 1{,}400$;
# in shorter valleys it costs some steps.

# %% [markdown]
# ## Many networks at once
#
# How much of this holds for networks? To find out we will train hundreds of
# small ones. Three measures keep that short: images are halved to 14 × 14
# (means of 2 × 2 pixels), most experiments use 10,000 of them, and all
# networks of an experiment are trained *at once*. For that each weight matrix
# gets two more dimensions in front, seed and learning rate, which `@` leaves
# alone. The functions above take a tensor of rates as gladly as a number.
#
# The folded cells prepare images and weights. Start and batches are the same
# for all rates, and differ between seeds: what sets two rates, or two
# optimizers, apart is not a luckier start.


# %% jupyter={"source_hidden": true}
def halved(images):
    """Images (n, 1, 28, 28) as rows of 14 * 14 means."""
    return F.avg_pool2d(images, 2).flatten(1)


raw = data.load("mnist", valid_fraction=0.1, seed=0)
X_all, X_valid = halved(raw.train.images), halved(raw.valid.images)
mean, std = X_all.mean(), X_all.std()
X_all, X_valid = (X_all - mean) / std, (X_valid - mean) / std
y_all, y_valid = raw.train.labels, raw.valid.labels
X, y = X_all[:10_000], y_all[:10_000]
pixels = ((raw.train.images[:10_000] - mean) / std).flatten(1)  # 28 × 28
del raw  # 200 MB


def start_weights(seeds, copies, num_hiddens):
    """W and b of two layers, each (seeds, copies, n_in or 1, n_out)."""
    weights = []
    generators = [torch.Generator().manual_seed(seed) for seed in seeds]
    for n_in, n_out in ((196, num_hiddens), (num_hiddens, 10)):
        W = [torch.randn(n_in, n_out, generator=g) for g in generators]
        W = math.sqrt(2 / n_in) * torch.stack(W)[:, None]  # He
        weights += [W.repeat(1, copies, 1, 1)]
        weights += [torch.zeros(len(seeds), copies, 1, n_out)]
    return weights


# %% jupyter={"source_hidden": true}
def logits(weights, X):
    W1, b1, W2, b2 = weights
    return torch.relu(X @ W1 + b1) @ W2 + b2


def shuffled(n, seeds, batch_size):
    """Batches of indices (seeds, batch_size), epoch after epoch."""
    generators = [torch.Generator().manual_seed(seed) for seed in seeds]
    while True:
        order = [torch.randperm(n, generator=g) for g in generators]
        yield from torch.stack(order).split(batch_size, dim=1)


@torch.no_grad()
def accuracies(weights, X_valid=X_valid):
    """Validation accuracy in percent, (seeds, rates)."""
    parts = X_valid.split(1000)  # all at once takes much memory
    found = [logits(weights, part).argmax(dim=-1) for part in parts]
    right = torch.cat(found, dim=-1) == y_valid
    return 100 * right.float().mean(dim=-1)


# %% [markdown]
# The loop has lesson 4's steps. Each network has its own mean loss, and the
# gradient of their *sum* with respect to one network's weights is that
# network's gradient, since no other loss contains them. The loop hands out
# weights and losses after every step, so that whoever calls it may look and
# stop. A `plan`, for later, changes rate and momentum from step to step.


# %%
def train(step, rates, seeds, num_steps, X=X, y=y, batch_size=128,
          num_hiddens=64, plan=None):
    """Train len(seeds) * len(rates) networks; yields weights and losses."""
    lr = torch.tensor(rates)[:, None, None]
    weights = start_weights(seeds, len(rates), num_hiddens)
    states = [{} for _ in weights]
    batches = shuffled(len(X), seeds, batch_size)
    for t, batch in zip(range(num_steps), batches, strict=False):
        factor, options = plan[t] if plan else (1.0, {})
        weights = [w.requires_grad_() for w in weights]
        Z = logits(weights, X[batch][:, None])  # (seeds, rates, batch, 10)
        labels = y[batch][:, None].expand(Z.shape[:-1])
        loss = F.cross_entropy(
            Z.flatten(0, 2), labels.flatten(), reduction="none"
        ).view(labels.shape).mean(dim=-1)
        gradients = torch.autograd.grad(loss.sum(), weights)
        with torch.no_grad():
            weights = [
                step(w, g, state, factor * lr, **options)
                for w, g, state in zip(
                    weights, gradients, states, strict=True
                )
            ]
        yield weights, loss.detach()


# %% [markdown]
# The experiments below follow one pattern. Three seeds try a grid of rates,
# and the best one counts only if it lies *inside* the grid: at the edge, a
# better one may lie outside. Then ten seeds that have chosen nothing give
# the accuracies to compare. `trial`, in the folded cell, does both, and
# returns the best rate, where it lies, and the ten accuracies in percent.


# %% jupyter={"source_hidden": true}
def last(items):
    """The last of what a generator yields."""
    return deque(items, maxlen=1)[0]


def trial(step, rates, num_steps, X_valid=X_valid, **options):
    """The best rate, whether it lies inside, ten accuracies (%) at it."""
    weights, _ = last(train(step, rates, (0, 1, 2), num_steps, **options))
    i = accuracies(weights, X_valid).mean(dim=0).argmax().item()
    where = "inside" if 0 < i < len(rates) - 1 else "at the EDGE"
    fresh = train(step, [rates[i]], range(10, 20), num_steps, **options)
    weights, _ = last(fresh)
    return rates[i], where, accuracies(weights, X_valid)[:, 0].numpy()


# %% [markdown]
# ## Why we normalize
#
# The matrix of all second derivatives is called
# [**Hessian**](glossary.md#Hessian), and its eigenvalues are the curvatures.
# For a linear model and half the squared error it is $X^\top X / n$, whatever
# the weights; the rows of $X$ are the $n$ images. We compute its eigenvalues
# for pixels as bytes from 0 to 255, as numbers from 0 to 1, and normalized.
# (The flattest directions have curvature 0, because some pixels are 0 in
# every image; so we compare the steepest with the 50th.) To normalize, we
# subtract the mean and divide by the standard deviation, which is 0.28 here.

# %%
stable_guess = checks.predict(
    ...,
    "From pixels in 0 to 1 to normalized ones, the largest stable rate",
    choices=("rises", "stays", "falls"),
)

# %%
inputs = {"bytes": (255 * std, 255 * mean), "0 to 1": (std, mean),
          "normalized": (torch.tensor(1.0), torch.tensor(0.0))}
limits = {}
for name, (scale, shift) in inputs.items():
    Z = X * scale + shift
    curvatures = torch.linalg.eigvalsh(Z.T @ Z / len(Z)).flip(0)
    limits[name] = 2 / curvatures[0].item()
    ratio = curvatures[0] / curvatures[49]
    print(f"{name:10}  largest stable rate {limits[name]:.1e}", end="")
    print(f"   steepest / 50th {ratio:.0f}")
fell = limits["normalized"] < limits["0 to 1"]
stable_guess.compare("falls" if fell else "rises")

# %% [markdown]
# Dividing the inputs by $c$ divides all curvatures by $c^2$ and multiplies
# the stable rate by $c^2$: in this model bytes ask for $255^2 = 65{,}025$
# times smaller rates than pixels in 0 to 1. Dividing by the standard
# deviation, a number below 1, goes the other way, and the stable rate falls.
# That is no loss and no gain, only another unit: weights for inputs $c$ times
# smaller have $c$ times as far to go. What counts is the *ratio*, and it has
# become smaller, because subtracting the mean takes away a part of the
# steepest direction (all pixels brighter at once). Even so it is close to
# 200, and many directions are flatter than the 50th: a long valley.
#
# Does that matter for a network? One epoch of plain descent, each kind of
# input with seven rates of its own:

# %% jupyter={"source_hidden": true}
middle = {"bytes": 1e-4, "0 to 1": 0.1, "normalized": 0.1}
after_epoch = {}
for name, (scale, shift) in progress.track(inputs.items(), "training"):
    after_epoch[name] = trial(
        sgd, (middle[name] * np.logspace(-1.5, 1.5, 7)).tolist(), 157,
        X_valid * scale + shift, X=X * scale + shift, batch_size=64,
    )
for name, (rate, where, values) in after_epoch.items():
    print(f"{name:10}  best rate {rate:.1e} ({where})", end="")
    print(f"   accuracy {mean_interval(values)}")
for name in ("bytes", "0 to 1"):
    ahead = after_epoch["normalized"][2] - after_epoch[name][2]
    print(f"normalized - {name}: {mean_interval(ahead)}")

# %% [markdown]
# Each at its best rate, normalized inputs get further in one epoch: some four
# points against pixels in 0 to 1, eight against bytes; both intervals exclude
# 0. (Not all of it need be the valley's doing: He's weights are made for
# inputs of size 1, and bytes make the first activations tens of times too
# large. And a network is no linear model: for bytes the best rate is 300
# times smaller than for 0 to 1, not 65,025 times.)

# %% [markdown]
# ## Curvature while a network learns
#
# In a valley the curvature is fixed. In a network it changes with every step.
# A Hessian of 7,690 weights has 59 million entries; but to find its largest
# eigenvalue, the network's [**sharpness**](glossary.md#sharpness), we never
# need to write it down. Multiply almost any vector by a matrix again and
# again, and it turns toward the eigenvector whose eigenvalue is largest in
# size (*power iteration*). And a Hessian times a vector $v$ is the gradient
# of the number $\nabla L \cdot v$, which autograd computes.


# %%
def sharpness(loss, parameters, v, rounds=5):
    """Largest eigenvalue of the Hessian, and its vector, from a guess v."""
    gradient = torch.autograd.grad(loss, parameters, create_graph=True)
    for _ in range(rounds):
        number = sum((g * a).sum() for g, a in zip(gradient, v, strict=True))
        Hv = torch.autograd.grad(number, parameters, retain_graph=True)
        size = math.sqrt(sum((h**2).sum().item() for h in Hv))
        v = [h / size for h in Hv]
    return size, v


w = torch.tensor([-4.0, 1.2], requires_grad=True)
print(f"valley: {sharpness(valley(w), [w], [torch.ones(2)])[0]:.3f}")

# %% [markdown]
# It finds the 20 of our valley. Now a network 196-32-32-10 with tanh on 500
# images, trained by plain descent on *all* 500 in every step, with half the
# squared error. There is no noise here. At the start its sharpness is about
# 6. The stable limits $2 / \eta$ of the rates 0.15, 0.3 and 0.6 are 13.3, 6.7
# and 3.3. Every ten steps `watch` (folded) measures the sharpness, beginning
# with the vector found before.

# %%
edge_guess = checks.predict(
    ..., "With rate 0.15 (limit 13.3): the sharpness after 1,000 steps?",
    tolerance=2,
)


# %% jupyter={"source_hidden": true}
def watch(lr, num_steps=1000):
    """Loss and sharpness every ten steps, of descent on 500 images."""
    training.seed_everything(0)
    model = nn.Sequential(nn.Linear(196, 32), nn.Tanh(), nn.Linear(32, 32),
                          nn.Tanh(), nn.Linear(32, 10))
    inputs, targets = std * X[:500] + mean, F.one_hot(y[:500], 10).float()
    parameters, rows = list(model.parameters()), []
    v = [torch.randn_like(p) for p in parameters]
    for t in range(num_steps + 1):
        loss = ((model(inputs) - targets) ** 2).sum(dim=1).mean() / 2
        if t % 10 == 0:
            size, v = sharpness(loss, parameters, v, 5 if t else 50)
            rows.append((loss.item(), size))
        gradients = torch.autograd.grad(loss, parameters)
        with torch.no_grad():
            for parameter, g in zip(parameters, gradients, strict=True):
                parameter -= lr * g
    return np.array(rows)


# %% [markdown]
# Three trainings:

# %%
watched = {}
for lr in progress.track((0.15, 0.3, 0.6), "descent"):
    watched[lr] = watch(lr)
edge_guess.compare(watched[0.15][-10:, 1].mean())

# %% [markdown]
# Loss and sharpness of the three; dotted, the limit $2 / \eta$ of each rate:

# %% jupyter={"source_hidden": true} course={"alt": "Above, sharpness over 1,000 steps for three rates. At rate 0.15 it rises from 6 to 15, drops, and stays at its dotted limit 13.3; at 0.3 it stays close to 6.7, at 0.6 it drops from 6 and stays close to 3.3, both mostly a little above the dotted line. Below, the three losses on a logarithmic axis, all falling in the long run, the largest rate lowest; that of 0.15 is smooth until its sharpness drops, and jagged from there."}
_, axes = plt.subplots(2, 1, figsize=(plotting.WIDTH, 5), sharex=True)
ends = {}
for i, (lr, rows) in enumerate(watched.items()):
    steps, ink = np.arange(0, 1001, 10), plotting.INKS[i]
    for ax, column in zip(axes, (1, 0), strict=True):
        ax.plot(steps, rows[:, column], ("-", "--", "-.")[i], color=ink)
    axes[0].hlines(2 / lr, 0, 1000, color=ink, linestyle=":", linewidth=1.2)
    ends[f"rate {lr}"] = (1000, rows[-1, 1], ink)
axes[0].set(ylabel="sharpness", ylim=(0, 16))
edge_guess.draw(axes[0])
axes[1].set(xlabel="step", ylabel="loss (log axis)", yscale="log")
axes[1].set_yticks([0.05, 0.1, 0.2, 0.5], ["0.05", "0.1", "0.2", "0.5"])
axes[1].minorticks_off()
plotting.direct_labels(axes[0], ends)

# %% [markdown]
# At first all goes well with a rate of 0.15: the limit is far above the
# sharpness. But descent leads into ever steeper places, past the limit, until
# the loss jumps up; then the sharpness drops, and stays near the limit. The
# loss goes up and down, and still falls in the long run. With the larger
# rates the sharpness is near or above the limit from the start; with 0.6 the
# first steps jump out of places that are too steep. So $2 / \eta$ is here
# less a wall than a place where training settles: **the rate chooses the
# curvature of the region in which the network ends.** J. Cohen and others,
# who found this in 2021, call it the *edge of stability*. So the sharpness
# before training does not tell which rate will do: here it is 6, for a limit
# of 0.33, and 0.6 got furthest.

# %% jupyter={"outputs_hidden": true, "source_hidden": true} tags=["author"]
size = sharpness(valley(w), [w], [torch.ones(2)], 20)[0]
checks.expect_close(size, 20.0, "the sharpness of the valley", rtol=1e-3)
for lr in (0.3, 0.6):
    late = watched[lr][50:, 1].mean()
    checks.expect(0.9 < late * lr / 2 < 1.2, f"rate {lr}: late {late:.1f}")
edge = watched[0.15][-10:, 1].mean()
checks.expect(11.5 < edge < 14.5, f"expected about 13, got {edge:.1f}")
checks.expect(fell, "expected the stable rate to fall")

# %% [markdown]
# ## Where does it stop?
#
# ### Find the mistake: "gradient descent reaches the global maximum"
#
# Two words of this sentence are wrong. The curve $w^4 - 2 w^2 + w / 2$ has two
# valleys; here descent starts in each of them. Which two words?


# %% tags=["nbval-check-output"]
def two_valleys(w):
    return w**4 - 2 * w**2 + 0.5 * w


for start in (-1.5, 1.4):
    w = start
    for _ in range(50):
        w -= 0.03 * (4 * w**3 - 4 * w + 0.5)
    print(f"from {start:4}: loss {two_valleys(start):5.2f}, after 50 steps "
          f"{two_valleys(w):5.2f} at w = {w:5.2f}")

# %% [markdown]
# Descent goes *down*, so it is a minimum; and it knows only the slope where
# it stands, so it is the [minimum](glossary.md#minimum) of the valley it
# started in: the second run ends in the higher one, a local minimum.
#
# ### A saddle
#
# Where the gradient is 0, it need not be a minimum either. A
# [**saddle**](glossary.md#saddle) leads up in some directions and down in
# others, like a mountain pass. Among thousands of directions it is rare that
# *all* lead up, so in networks most such points should be saddles. (You met
# one in lesson 7: the network that started from zeros stood on it, and
# stayed.) This one lies at 0, with minima at $w_1 = \pm 1$:
#
# $$L(w) = \tfrac{1}{40} (w_1^2 - 1)^2 + \tfrac12 w_2^2 .$$
#
# We start near the ridge that leads down into it, a millionth beside it, and
# then exactly on it. "Noise" adds random numbers of standard deviation 0.01
# to each gradient, as small batches do. Who leaves soonest, and who stays?


# %% jupyter={"source_hidden": true}
def leave(step, start, noise=0.0, lr=0.5, num_steps=600, **options):
    """The path from a start near the saddle, (num_steps + 1, 2)."""
    generator = torch.Generator().manual_seed(0)
    w, state = torch.tensor(start, dtype=torch.float64), {}
    path = [w]
    for _ in range(num_steps):
        g = torch.stack([0.1 * w[0] * (w[0] ** 2 - 1), w[1]])
        g = g + noise * torch.randn(2, generator=generator)
        w = step(w, g, state, lr, **options)
        path.append(w)
    return torch.stack(path)


walkers = {
    "plain": (sgd, {}), "momentum 0.9": (momentum, {"beta": 0.9}),
    "plain, noise": (sgd, {"noise": 0.01}),
}
near, gone = {}, {}
for name, (step, options) in walkers.items():
    near[name] = leave(step, (1e-6, 0.4), **options)
    for beside, path in ((1e-6, near[name]),
                         (0.0, leave(step, (0.0, 0.4), **options))):
        far = (path[:, 0].abs() > 0.5).nonzero()
        gone[name, beside] = far[0].item() if len(far) else None
        print(f"{name:12} start {beside:5.0e} beside the ridge: ", end="")
        print("left after", gone[name, beside], "steps")

# %% [markdown]
# The paths from a millionth beside the ridge, on equal axes, and the loss:

# %% jupyter={"source_hidden": true} course={"alt": "Above, level lines of a saddle between two minima, on equal axes. Three paths come straight down to the saddle and turn right into the minimum at 1; momentum swings beyond both. Below, the loss against the step: all three fall to 0.025; noise leaves it after some 40 steps, momentum after some 65, plain descent after some 240, and all go on to 0."}
fig = plt.figure(figsize=(plotting.WIDTH, 4.8))
axes = fig.subplot_mosaic([["a"], ["b"]])
x, y2 = np.meshgrid(np.linspace(-1.6, 1.6, 160), np.linspace(-0.5, 0.6, 90))
heights = (x**2 - 1) ** 2 / 40 + y2**2 / 2
levels = [0.002, 0.01, 0.025, 0.06, 0.12, 0.25, 0.4]
axes["a"].contour(x, y2, heights, levels, colors="#bdbdbd", linewidths=0.9)
ends = {}
for i, (name, path) in enumerate(near.items()):
    style, ink = ("o-", "s--", "^-.")[i], plotting.INKS[i]
    axes["a"].plot(*path.T, style, color=ink, markersize=2.5, linewidth=1)
    height = (path[:, 0] ** 2 - 1) ** 2 / 40 + path[:, 1] ** 2 / 2
    axes["b"].plot(height[:401], style[1:], color=ink, label=name)
axes["a"].plot(0, 0, "x", color="black", markersize=8)
axes["a"].set(xlim=(-1.6, 1.6), ylim=(-0.5, 0.6), aspect="equal",
              xlabel="$w_1$", ylabel="$w_2$")
axes["b"].legend()
_ = axes["b"].set(xlabel="step", ylabel="loss", ylim=(-0.001, 0.05))

# %% [markdown]
# All three come down the ridge to where the gradient is nearly 0. There,
# plain descent multiplies the distance from the ridge by 1.05 in each step,
# and from a millionth that takes long. Momentum adds the small pushes up and
# grows by 1.2 per step. Noise puts the weights beside the ridge at once.
# Started exactly on it, plain descent and momentum stay forever, since the
# gradient along $w_1$ is exactly 0; only noise leaves. A loss that has
# stopped falling may be sitting on a saddle, and the noise of small batches
# comes free of charge.

# %% jupyter={"outputs_hidden": true, "source_hidden": true} tags=["author"]
checks.expect(gone["plain", 0.0] is None, "expected plain to stay")
checks.expect(gone["momentum 0.9", 0.0] is None, "expected it to stay")
order = [gone[name, 1e-6] for name in ("plain, noise", "momentum 0.9", "plain")]
checks.expect(order == sorted(order), f"expected noise first, got {order}")

# %% [markdown]
# ## Seven optimizers
#
# Momentum answers long valleys by remembering. The other answer is to let
# each weight go at its own pace, so that steep and flat directions move
# alike. A rule that turns gradients into steps is an
# [optimizer](glossary.md#optimizer). Seven of them have names of their own
# beside plain SGD; in the formulas, squares, roots and quotients are taken
# for each weight on its own.
#
# [**Nesterov** momentum](glossary.md#Nesterov-momentum) looks ahead: its step
# uses $g + \beta v$ with the new $v$, the velocity as it will be after one
# more such gradient. [**Adagrad**](glossary.md#Adagrad) divides by the root
# of the sum $s$ of all squared gradients; so its rates only shrink.
# [**RMSprop**](glossary.md#RMSprop) takes a running mean instead of the sum.
# $\alpha$, below 1, is the share that is kept in each step; a tiny
# $\varepsilon$ avoids a division by 0.
#
# $$\text{Adagrad: } s \leftarrow s + g^2 \qquad
#   \text{RMSprop: } s \leftarrow \alpha s + (1 - \alpha) g^2 \qquad
#   w \leftarrow w - \eta \frac{g}{\sqrt{s} + \varepsilon}$$


# %%
def nesterov(w, g, state, lr, beta=0.9):
    v = state["v"] = beta * state.get("v", 0) + g
    return w - lr * (g + beta * v)


def adagrad(w, g, state, lr, eps=1e-10):
    s = state["s"] = state.get("s", 0) + g**2
    return w - lr * g / (s.sqrt() + eps)


def rmsprop(w, g, state, lr, alpha=0.99, eps=1e-8):
    s = state["s"] = alpha * state.get("s", 0) + (1 - alpha) * g**2
    return w - lr * g / (s.sqrt() + eps)


# %% [markdown]
# [**Adadelta**](glossary.md#Adadelta) also keeps a running mean $d$ of its
# own squared steps $\Delta$. Its root over that of $s$ has the unit of a
# weight over a gradient, as a rate should. With $\rho$ for the share that is
# kept:
#
# $$s \leftarrow \rho s + (1 - \rho) g^2 \qquad
#   \Delta = \sqrt{\frac{d + \varepsilon}{s + \varepsilon}}\; g \qquad
#   d \leftarrow \rho d + (1 - \rho) \Delta^2 \qquad
#   w \leftarrow w - \eta \Delta .$$
#
# [**Adam**](glossary.md#Adam) joins the two answers: a running mean $m$ of
# the gradients (momentum) over the root of one of their squares (RMSprop).
# The shares they keep are $\beta_1$ and $\beta_2$. Both start at 0 and are
# too small at first; after $t$ steps, dividing by $1 - \beta^t$ corrects
# that.
#
# $$m \leftarrow \beta_1 m + (1 - \beta_1) g, \qquad
#   s \leftarrow \beta_2 s + (1 - \beta_2) g^2, \qquad
#   w \leftarrow w - \eta\,
#   \frac{m / (1 - \beta_1^t)}{\sqrt{s / (1 - \beta_2^t)} + \varepsilon} .$$
#
# [**AdamW**](glossary.md#AdamW) first shrinks the weights by a factor
# $1 - 0.01\,\eta$. Lesson 9 shows why this is not the same as a penalty in
# the loss.


# %%
def adadelta(w, g, state, lr, rho=0.9, eps=1e-6):
    s = state["s"] = rho * state.get("s", 0) + (1 - rho) * g**2
    d = state.get("d", torch.zeros_like(w))
    delta = ((d + eps) / (s + eps)).sqrt() * g
    state["d"] = rho * d + (1 - rho) * delta**2
    return w - lr * delta


def adam(w, g, state, lr, beta1=0.9, beta2=0.999, eps=1e-8, correct=True):
    t = state["t"] = state.get("t", 0) + 1
    m = state["m"] = beta1 * state.get("m", 0) + (1 - beta1) * g
    s = state["s"] = beta2 * state.get("s", 0) + (1 - beta2) * g**2
    if correct:
        m, s = m / (1 - beta1**t), s / (1 - beta2**t)
    return w - lr * m / (s.sqrt() + eps)


def adamw(w, g, state, lr, weight_decay=0.01):
    return adam((1 - lr * weight_decay) * w, g, state, lr)


# %% [markdown]
# ### Are they right?
#
# PyTorch has all of them. Both start at the same point of the same problem
# (20 weights, random curvatures, a random gradient added in each step), and
# we compare after *every* one of 100 steps. The folded cell holds the table
# `both`: our function, PyTorch's class, a rate, PyTorch's further settings.

# %% jupyter={"source_hidden": true}
both = {  # ours, PyTorch's, a rate, and PyTorch's further settings
    "SGD": (sgd, optim.SGD, 0.1, {}),
    "momentum": (momentum, optim.SGD, 0.02, {"momentum": 0.9}),
    "Nesterov": (
        nesterov, optim.SGD, 0.02, {"momentum": 0.9, "nesterov": True}
    ),
    "Adagrad": (adagrad, optim.Adagrad, 0.5, {}),
    "Adadelta": (adadelta, optim.Adadelta, 1.0, {}),
    "RMSprop": (rmsprop, optim.RMSprop, 0.05, {}),
    "Adam": (adam, optim.Adam, 0.1, {}),
    "AdamW": (adamw, optim.AdamW, 0.1, {}),
}
generator = torch.Generator().manual_seed(0)
curvature = torch.rand(20, generator=generator).double()
noise = 0.1 * torch.randn(100, 20, generator=generator).double()
origin = torch.randn(20, generator=generator).double()

# %% [markdown]
# Here is the comparison:

# %%
largest = {}
for name, (step, optimizer_class, lr, settings) in both.items():
    ours, state = origin.clone(), {}
    theirs = origin.clone().requires_grad_()
    optimizer = optimizer_class([theirs], lr=lr, **settings)
    apart = []
    for t in range(100):
        ours = step(ours, curvature * ours + noise[t], state, lr)
        theirs.grad = (curvature * theirs + noise[t]).detach()
        optimizer.step()
        apart.append((ours - theirs).abs().max().item())
    largest[name] = max(apart)
    print(f"{name:9} largest difference in 100 steps {largest[name]:.0e}")

# %% jupyter={"outputs_hidden": true, "source_hidden": true} tags=["author"]
for name, difference in largest.items():
    checks.expect(difference < 1e-12, f"{name} differs: {difference}")

# %% [markdown]
# What differs is rounding in the fifteenth digit.
#
# ### Adam's first steps
#
# Why bother with $1 - \beta^t$? Give Adam a gradient that is always 1. Its
# means should then be 1, and each step $\eta$ long. Without the correction,
# the first $m$ is 0.1 and the first $s$ is 0.001.

# %%
first_guess = checks.predict(
    ..., "Without correction: how many η long is Adam's first step?"
)

# %%
lengths = {True: [], False: []}
for correct, steps in lengths.items():
    w, state = torch.zeros(1), {}
    for _ in range(3000):
        after = adam(w, torch.ones(1), state, lr=1.0, correct=correct)
        steps.append(-after.item())  # from w = 0 each time
first_guess.compare(lengths[False][0])

# %% [markdown]
# Later steps, in units of $\eta$:

# %% jupyter={"source_hidden": true}
times = (1, 2, 5, 10, 30, 100, 1000, 3000)
print("step        ", *(f"{t:6}" for t in times))
for correct, steps in lengths.items():
    word = "corrected" if correct else "uncorrected"
    print(f"{word:12}", *(f"{steps[t - 1]:6.2f}" for t in times))

# %% [markdown]
# Both means are too small, but the root of the second stands below the line:
# uncorrected steps are too *long*, three times at first, more than six times
# around the tenth, and still too long after hundreds. The corrected ones have
# length $\eta$ from the first on, and would have it for any constant
# gradient, small or large: with Adam, $\eta$ is not a factor of the gradient
# but a length for steps (a gradient that changes its sign gets shorter ones).

# %% jupyter={"outputs_hidden": true, "source_hidden": true} tags=["author"]
short = lengths[False]
checks.expect_close(short[0], 0.1 / math.sqrt(0.001), "first", rtol=1e-3)
checks.expect(6 < max(short) < 7, f"expected over six, got {max(short)}")
checks.expect(7 < np.argmax(short) + 1 < 16, "expected the tenth or so")
checks.expect(short[299] > 1.5, "expected it too long after hundreds")

# %% [markdown]
# ## How many images per step?
#
# The gradient of the loss is a mean over all training images. A
# [minibatch](glossary.md#minibatch) of $B$ random ones gives an estimate of
# it. We measure how far off it is, as a share of the full gradient's length,
# and how long it takes, on one network 784-128-10 before training, with
# PyTorch's own layers.

# %% jupyter={"source_hidden": true}
def gradient(model, images, labels):
    """All gradients of the mean loss, as one vector."""
    loss = F.cross_entropy(model(images), labels)
    grads = torch.autograd.grad(loss, list(model.parameters()))
    return torch.cat([g.flatten() for g in grads])


model = nn.Sequential(nn.Linear(784, 128), nn.ReLU(), nn.Linear(128, 10))
full = gradient(model, pixels, y)
sizes, off, ms = [1, 4, 16, 64, 256, 1024], [], []
for size in progress.track(sizes, "measuring"):
    squared, taken = [], []
    for _ in range(40):
        batch = torch.randint(10_000, (size,))
        images, labels = pixels[batch], y[batch]
        begin = time.perf_counter()
        g = gradient(model, images, labels)
        taken.append(1000 * (time.perf_counter() - begin))
        squared.append(((g - full).norm() / full.norm()).item() ** 2)
    off.append(math.sqrt(np.mean(squared)))
    ms.append(min(taken))  # the others were disturbed

# %% [markdown]
# Both against the batch size, on logarithmic axes:

# %% jupyter={"source_hidden": true} course={"alt": "Two panels with logarithmic axes against batch sizes 1 to 1,024. Left, the relative error of the gradient falls along a dotted line of slope minus one half. Right, the time for an epoch of 10,000 images falls steeply up to batches of about 100, and no further from about 250 on."}
_, (left_ax, right_ax) = plt.subplots(1, 2, figsize=(plotting.WIDTH, 2.8))
left_ax.loglog(sizes, off, "o-", color=plotting.BLUE)
line = [off[0] / b**0.5 for b in sizes]
left_ax.loglog(sizes, line, ":", color=plotting.GREY)
left_ax.text(20, line[2] * 1.3, r"dotted: $1/\sqrt{B}$", color=plotting.GREY)
left_ax.set(xlabel="batch size $B$", ylabel="error / length of the gradient")
epoch_seconds = [10 * m / b for m, b in zip(ms, sizes, strict=True)]
right_ax.loglog(sizes, epoch_seconds, "s-", color=plotting.INKS[3])
right_ax.set(xlabel="batch size $B$", ylabel="seconds for 10,000 images")
for ax, ticks in ((left_ax, (0.3, 1, 3, 10)), (right_ax, (0.1, 0.3, 1, 3))):
    ax.set_yticks(ticks, [str(tick) for tick in ticks])
    ax.minorticks_off()

# %% [markdown]
# On the left the dots follow the dotted line: 1,024 images give a gradient
# about 32 times as exact as one image does. (Up to 64 images the error is
# longer than the gradient itself, and training works all the same.) On the
# right, an epoch in larger batches is quicker, because every step has a fixed
# cost, but only up to a few hundred images. From there on a step with four
# times the batch takes about four times as long, and is twice as exact.
#
# How far do two epochs lead, then? Momentum, 10,000 images, and each batch
# size at its own best rate of seven. The last size is all images:
# not stochastic at all.

# %% jupyter={"source_hidden": true}
rates = np.logspace(-2.5, 0.5, 7).tolist()
by_size = {}
for size in progress.track((16, 128, 1024, 10_000), "training"):
    steps = 2 * math.ceil(10_000 / size)
    by_size[size] = steps, *trial(momentum, rates, steps, batch_size=size)
for size, (steps, rate, where, values) in by_size.items():
    print(f"{size:6} images: {steps:4} steps, rate {rate:5.3f} ({where}), "
          f"accuracy {mean_interval(values)}")
print("16 - 128:", mean_interval(by_size[16][3] - by_size[128][3]))

# %% [markdown]
# An epoch of large batches has few steps, and a better gradient does not make
# up for them: with 20 steps the best rate of seven stays four points behind,
# with 2 half of the images are wrong. The larger batch has the larger best
# rate, at first about in proportion (0.01, then 0.1), later not. Between 16
# and 128 the interval holds 0, a tie; but batches of 128 take less time, as
# the figure says. Sizes around a hundred lose little of either.

# %% jupyter={"outputs_hidden": true, "source_hidden": true} tags=["author"]
checks.expect(16 < off[0] / off[-1] < 64, f"expected 32, got {off}")
for size, (_, _, where, _) in by_size.items():
    checks.expect(where == "inside", f"batches of {size}: rate at the edge")

# %% [markdown]
# ## Finding a learning rate
#
# A quick way to a rate: start tiny, raise it by a constant factor in every
# step, and watch the loss (a **range test** or
# [learning-rate finder](glossary.md#learning-rate-finder), L. Smith 2017).
# The losses of single batches are noisy, so we smooth them with a running
# mean, corrected like Adam's.

# %% jupyter={"source_hidden": true}
tried = np.geomspace(1e-4, 10, 200)
plan = [(rate, {}) for rate in tried]
smooth, m = [], 0.0
for t, (_, loss) in enumerate(
    train(momentum, [1.0], [0], 200, X_all, y_all, plan=plan), start=1
):
    m = 0.9 * m + 0.1 * loss.item()
    smooth.append(m / (1 - 0.9**t))
    if smooth[-1] > 2 * smooth[0]:
        break
lowest = tried[np.argmin(smooth)]
suggested = lowest / 10
print(f"lowest near {lowest:.2g}; a tenth of it: {suggested:.2g}")

# %% [markdown]
# The curve, with both rates:

# %% jupyter={"source_hidden": true} course={"alt": "Smoothed loss against a learning rate that grows from step to step: level at first, falling from 0.001 on, lowest near 0.3, then rising steeply. Dotted lines mark the lowest place and a tenth of it."}
_, ax = plt.subplots(figsize=(plotting.WIDTH * 0.85, 2.6))
ax.semilogx(tried[: len(smooth)], smooth, color=plotting.BLUE)
for rate, text in ((lowest, "lowest loss"), (suggested, "a tenth of it")):
    ax.axvline(rate, color=plotting.GREY, linestyle=":")
    ax.text(rate * 0.93, smooth[0] * 1.2, text, ha="right", fontsize=9)
ax.set(xlabel="learning rate", ylabel="smoothed loss")
_ = ax.set_ylim(0, 1.4 * smooth[0])

# %% [markdown]
# On the left the steps are too short to matter; in the middle the loss falls;
# where it turns upward, the steps are too long. The lowest place is rather
# far right, since it takes a while until the harm shows. A rate some ten
# times smaller is a start; whether it is the best, the next section tells.

# %% [markdown]
# ## Schedules
#
# Long steps save time early on. Near the end the noise of the batches keeps
# the weights jumping around, the more, the longer the steps. So let the rate
# fall, by a [schedule](glossary.md#learning-rate-schedule):
# [**step decay**](glossary.md#step-decay) divides it by ten from time to
# time, [**cosine**](glossary.md#cosine-schedule) follows half a cosine wave
# to zero, [**one-cycle**](glossary.md#one-cycle) first rises, then falls to
# almost zero. We ask PyTorch's schedulers for rate and momentum of each step:


# %%
TOTAL = 4 * 79  # four epochs of 10,000 images in batches of 128
schedulers = optim.lr_scheduler
schedules = {
    "constant": lambda o: schedulers.ConstantLR(o, factor=1.0),
    "step": lambda o: schedulers.MultiStepLR(o, [TOTAL // 2, TOTAL * 3 // 4]),
    "cosine": lambda o: schedulers.CosineAnnealingLR(o, TOTAL),
    "one-cycle": lambda o: schedulers.OneCycleLR(o, 1.0, TOTAL),
    "one-cycle, beta fixed": lambda o: schedulers.OneCycleLR(
        o, 1.0, TOTAL, cycle_momentum=False
    ),
}

# %% [markdown]
# The folded cell lets each of them run along with an optimizer of rate 1, and
# notes rate and momentum in a plan. It also looks at AdamW's $\beta_1$:

# %% jupyter={"source_hidden": true}
plans = {}
for name, make in schedules.items():
    optimizer = optim.SGD([torch.zeros(1)], lr=1.0, momentum=0.9)
    scheduler, plans[name] = make(optimizer), []
    group = optimizer.param_groups[0]
    for t in range(TOTAL):
        plans[name].append((group["lr"], {"beta": group["momentum"]}))
        optimizer.step()
        if t < TOTAL - 1:
            scheduler.step()

optimizer = optim.AdamW([torch.zeros(1)])
scheduler, betas = schedules["one-cycle"](optimizer), []
for _ in range(TOTAL - 1):
    betas.append(optimizer.param_groups[0]["betas"][0])
    optimizer.step()
    scheduler.step()
print(f"AdamW under one-cycle: beta1 {max(betas):.2f} to {min(betas):.2f}")

# %% [markdown]
# What they do, for a highest rate of 1:

# %% jupyter={"source_hidden": true} course={"alt": "Rate and momentum over 316 steps. Rates: constant at 1; step decay in three stairs; cosine falling to 0; one-cycle rising to 1 in the first third and falling to 0. Momentum: 0.9 throughout for the first three; for one-cycle it falls from 0.95 to 0.85 while the rate rises, and returns."}
_, axes = plt.subplots(1, 2, figsize=(plotting.WIDTH, 2.6))
for i, name in enumerate([*plans][:4]):
    style, ink = ("-", "--", "-.", ":")[i], plotting.INKS[i]
    thick = 2.2 if name == "one-cycle" else 1.5
    axes[0].plot([f for f, _ in plans[name]], style, color=ink, lw=thick)
    axes[1].plot([o["beta"] for _, o in plans[name]], style, color=ink,
                 lw=thick, label=name)
axes[0].set(xlabel="step", ylabel="rate / highest rate")
axes[1].set(xlabel="step", ylabel=r"momentum $\beta$", ylim=(0.84, 0.98))
_ = axes[1].legend(ncols=2, loc="upper center")

# %% [markdown]
# The right panel shows what is easily overlooked: PyTorch's `OneCycleLR`
# changes the *momentum*, too (and $\beta_1$ of Adam and AdamW), from 0.95
# down to 0.85 and back, unless you forbid it. So a comparison of one-cycle
# with a constant rate compares two changes. We run it both ways. And the
# constant rate gets its own best rate, from the same grid as the others.

# %%
rates = np.logspace(-5 / 3, -1 / 3, 5).tolist()
ended = {}
for name, plan in progress.track(plans.items(), "schedules"):
    ended[name] = trial(momentum, rates, TOTAL, plan=plan)
for name, (rate, where, values) in ended.items():
    print(f"{name:21} rate {rate:.3f} ({where}): {mean_interval(values)}")

# %% [markdown]
# Accuracies in percent. The differences, seed by seed, with 95 % intervals:

# %% jupyter={"source_hidden": true}
gains = {}
for first, second in (
    ("step", "constant"), ("cosine", "constant"), ("one-cycle", "constant"),
    ("one-cycle", "cosine"), ("one-cycle", "one-cycle, beta fixed"),
):
    gains[first, second] = mean_interval(ended[first][2] - ended[second][2])
    print(f"{first} - {second}: {gains[first, second]}")

# %% [markdown]
# Cosine and one-cycle end ahead of the constant rate by about half a point:
# their intervals exclude 0. Against each other they are a tie, and so are
# step decay, with its two drops, and the constant rate. Changing the
# momentum is no help here: with $\beta$ fixed, one-cycle does better, by a
# third of a point. (Against a constant rate ten times too large any schedule
# would look splendid; this one is the best of five, three times what the
# finder proposed.)

# %% jupyter={"outputs_hidden": true, "source_hidden": true} tags=["author"]
for name, (_, where, _) in ended.items():
    checks.expect(where == "inside", f"{name}: rate at the edge")

# %% [markdown]
# ## The race to 97 %
#
# How many epochs does each optimizer need until a network 196-128-10 reads
# 97 % of the validation images? Such a comparison is worth what its learning
# rates are worth. So each optimizer first tries seven rates over three orders
# of magnitude, with three seeds, for one epoch of 27,000 images. We measure a
# running mean of the weights (`averaged`, folded), not the weights
# themselves: that takes most of the jumping out of a constant rate, for all
# eight alike.


# %% jupyter={"source_hidden": true}
def averaged(new, *args, **options):
    """Like train, with 128 hidden units; yields a running mean of weights.

    `new` is the share of the newest weights in it.
    """
    mean = None
    for weights, _ in train(*args, num_hiddens=128, **options):
        mean = mean or [w.detach().clone() for w in weights]
        for m, w in zip(mean, weights, strict=True):
            m.lerp_(w.detach(), new)
        yield mean


# the middle of each grid, as a power of ten
centers = {"SGD": -0.5, "momentum": -1.5, "Nesterov": -1.5, "Adagrad": -1.5,
           "Adadelta": 0.5, "RMSprop": -2.5, "Adam": -2.5, "AdamW": -2.5}
half_epoch = {"X": X_all[:27_000], "y": y_all[:27_000]}
basins = {}
for name, center in progress.track(centers.items(), "56 rates"):
    rates = np.logspace(center - 1.5, center + 1.5, 7)
    mean_weights = last(averaged(
        0.03, both[name][0], rates.tolist(), (0, 1, 2), 211, **half_epoch
    ))
    basins[name] = rates, accuracies(mean_weights).mean(dim=0).numpy()

# %% [markdown]
# Before you look: will Adam win?

# %%
race_guess = checks.predict(
    ...,
    "Adam against momentum, each at its best rate: epochs until 97 %:",
    choices=("Adam needs fewer", "momentum needs fewer", "a tie"),
)

# %% [markdown]
# Accuracy against rate for each. Shaded is the **basin**: the rates that lose
# less than two points against the best one.


# %% jupyter={"source_hidden": true}
def width(rates, scores, loss=2.0):
    """Ends of the range of rates within `loss` points of the best."""
    fine = np.linspace(np.log10(rates[0]), np.log10(rates[-1]), 2001)
    level = np.interp(fine, np.log10(rates), scores)
    good = fine[level > scores.max() - loss]
    return 10 ** good.min(), 10 ** good.max()


# %% [markdown]
# The eight optimizers, three seeds each:

# %% jupyter={"source_hidden": true} course={"alt": "Accuracy against learning rate for eight optimizers, each over three powers of ten. All eight are hills that rise slowly from the left and fall off more steeply on the right, with a star at the best rate and a shaded range of about one power of ten around it."}
_, axes = plt.subplots(2, 4, figsize=(plotting.WIDTH, 4.2), sharey=True)
for ax, name in zip(axes.flat, basins, strict=True):
    rates, scores = basins[name]
    low, high = width(rates, scores)
    ax.axvspan(low, high, color=plotting.LIGHT, alpha=0.7)
    ax.semilogx(rates, scores, "o-", color=plotting.BLUE, markersize=3.5)
    ax.plot(rates[scores.argmax()], scores.max(), "*", color=plotting.INKS[3],
            markersize=11)
    ax.set_title(f"{name}\nbasin × {high / low:.0f}", fontsize=9)
    ax.set(ylim=(60, 100), xticks=10.0 ** np.arange(
        math.ceil(np.log10(rates[0])), np.log10(rates[-1]) + 0.1, 2))
    ax.minorticks_off()
for ax in axes[:, 0]:
    ax.set_ylabel("accuracy (%)")
for ax in axes[1]:
    ax.set_xlabel("learning rate")

# %% [markdown]
# The eight hills are about equally high. On the left all fall slowly: a rate
# ten times too small costs two to six points. On the right there are two
# kinds. SGD, momentum and Nesterov fall off a cliff: their steps are in
# proportion to the gradient, and past the stable limit they explode. Adagrad,
# RMSprop, Adam and AdamW walk down a slope, because their steps don't grow
# with the gradient; Adadelta is in between. In numbers:

# %% jupyter={"source_hidden": true}
best_rates = {}
for name, (rates, scores) in basins.items():
    i = scores.argmax()
    best_rates[name] = rates[i].item()
    where = "inside" if 0 < i < 6 else "at the EDGE"
    low, high = width(rates, scores)
    print(f"{name:9} best {rates[i]:7.2g} ({where}, {scores[i]:.1f} %)  "
          f"basin {low:.2g} to {high:.2g}, a factor of {high / low:.0f}")

# %% [markdown]
# Now the race, with all 54,000 images, each optimizer at its best rate, and
# three seeds that have chosen nothing. After an epoch and a half, and then six
# times an epoch, the validation images are read (by the mean of the last
# hundred weights or so). Who has 97 % of them right is there; after four
# epochs the race is over.

# %% jupyter={"source_hidden": true}
EPOCH = math.ceil(54_000 / 128)
arrived = {}
for name in progress.track(best_rates, "racing"):
    epochs, runs = np.full(3, np.inf), averaged(
        0.01, both[name][0], [best_rates[name]], (3, 4, 5), 4 * EPOCH,
        X=X_all, y=y_all,
    )
    for t, mean_weights in enumerate(runs, start=1):
        if t > 600 and t % 70 == 0:  # no one is there before
            there = accuracies(mean_weights)[:, 0].numpy() >= 97
            epochs[there] = np.minimum(epochs[there], t / EPOCH)
            if np.isfinite(epochs).all():
                break
    arrived[name] = epochs

# %% [markdown]
# Epochs of the three seeds, and the differences from momentum, seed by seed,
# with their 95 % intervals:

# %% jupyter={"source_hidden": true}
order = sorted(arrived, key=lambda name: arrived[name].mean())
behind = {}
for name in order:
    shown = "  ".join(
        f"{e:4.1f}" if np.isfinite(e) else " > 4" for e in arrived[name]
    )
    print(f"{name:9} {shown}", end="   ")
    difference = arrived[name] - arrived["momentum"]
    if name == "momentum":
        print()
    elif np.isfinite(difference).all():
        behind[name] = mean_interval(difference)
        word = "a tie" if 0 in behind[name] else "a difference"
        print(f"{behind[name]}: {word}")
    else:
        print(f"{np.isfinite(difference).sum()} of 3 arrived")

# %% [markdown]
# And your guess:

# %%
adam_behind = behind["Adam"]
faster = "Adam" if adam_behind.value < 0 else "momentum"
tie = 0 in adam_behind
race_guess.compare("a tie" if tie else f"{faster} needs fewer")

# %% [markdown]
# Six of the eight arrive, after two to three and a half epochs. All their
# intervals hold 0: a tie, and whoever ranks them by their means ranks luck.
# (With three seeds only a lead of one to three epochs would show, as the
# widths of the intervals say.) Plain SGD and Adagrad look slower: after four
# epochs one of three runs is there, and none. One warning about the method:
# short trials favor long steps, so a rate chosen in half an epoch of these
# images may be too large for four.
#
# What remains of the nine orders of magnitude, then? Momentum arrives in
# three runs of three, plain descent in one; RMSprop, with a pace of its own
# for each weight, in three, too. Among the six, speed at the best rate is no
# reason to choose. But no one knows the best rate. Ten times too large a rate
# takes momentum over its cliff, below 60 %; Adam's hill is as high, and loses
# ten points there.

# %% jupyter={"outputs_hidden": true, "source_hidden": true} tags=["author"]
for name, (_, scores) in basins.items():
    checks.expect(0 < scores.argmax() < 6, f"{name}: best rate at the edge")

# %% [markdown]
# ## What does a step cost?
#
# The race counted epochs. What does a step cost on the clock? We take
# PyTorch's loop apart, for a network 784-128-10, and time each part of a step
# with small batches and with large ones (the tenth quickest of 100, since
# other programs disturb).


# %% jupyter={"source_hidden": true}
def take_apart(batch_size, make_optimizer, num_steps=100):
    """Milliseconds of each part of a step, undisturbed."""
    model = nn.Sequential(nn.Linear(784, 128), nn.ReLU(), nn.Linear(128, 10))
    optimizer, marks = make_optimizer(model.parameters()), []
    clock = time.perf_counter
    for _ in range(num_steps):
        marks.append([clock()])
        batch = torch.randint(10_000, (batch_size,))
        images, labels = pixels[batch], y[batch]
        marks[-1].append(clock())
        loss = F.cross_entropy(model(images), labels)
        marks[-1].append(clock())
        optimizer.zero_grad()
        loss.backward()
        marks[-1].append(clock())
        optimizer.step()
        marks[-1].append(clock())
    return 1000 * np.quantile(np.diff(marks, axis=1), 0.1, axis=0)


# %% [markdown]
# For comparison, the bare arithmetic: the five matrix products of forward and
# backward pass, each timed by itself, and nothing else.


# %% jupyter={"source_hidden": true}
def arithmetic(batch_size, num_steps=100):
    """Milliseconds of the matrix products of one step."""
    A, H, G = (torch.randn(batch_size, n) for n in (784, 128, 10))
    W1, W2 = torch.randn(128, 784), torch.randn(10, 128)
    products = [
        (A, W1.T), (H, W2.T),  # forward
        (G.T, H), (G, W2), (H.T, A),  # backward
    ]
    total = 0.0
    for first, second in products:
        taken = []
        for _ in range(num_steps):
            begin = time.perf_counter()
            first @ second
            taken.append(1000 * (time.perf_counter() - begin))
        total += np.quantile(taken, 0.1)
    return total


print("ms per step     batch  forward  backward  optimizer    sum  products")
costs = {}
for name, make in {
    "SGD": lambda p: optim.SGD(p, lr=0.01),
    "momentum": lambda p: optim.SGD(p, lr=0.01, momentum=0.9),
    "Adam": lambda p: optim.Adam(p),
    "Adam, fused": lambda p: optim.Adam(p, fused=True),
}.items():
    for size in (20, 1000):
        parts = costs[name, size] = take_apart(size, make)
        bare = arithmetic(size)
        print(f"{name:11} {size:4}" + "".join(f"{p:9.2f}" for p in parts)
              + f"{parts.sum():9.2f}{bare:9.2f}")

# %% [markdown]
# With batches of 20, the matrix products are at most some fifth of the step.
# Most of the rest is overhead, a fixed price for each of dozens of
# operations: Python calls PyTorch, which checks, takes memory, records the
# graph. That is why our small networks were trained together: they share the
# overhead. With batches of 1,000 the products have a larger share. Adam's
# step costs more than SGD's, since it keeps two means for each of 101,770
# weights; `fused=True` computes them in one go.

# %% [markdown]
# ## What we found
#
# - `zero_grad` forgotten is momentum with $\beta = 1$, bit for bit. With a
#   share below 1 the swing dies down.
# - Plain descent is stable below $2 / \lambda$, and its steps grow with the
#   condition number $\kappa$; those of momentum about with $\sqrt\kappa$,
#   because all directions shrink by $\sqrt\beta$. At $\kappa = 20$ that made
#   nine orders of magnitude in forty steps.
# - Normalizing lowered the largest stable rate, which is a matter of units,
#   and brought the curvatures closer together. At its own best rate each,
#   normalized inputs were four points ahead of pixels in 0 to 1.
# - The sharpness of a network went to $2 / \eta$ and stayed near it.
# - Descent stays on a saddle; noise leaves it. The noise of a batch falls with
#   $1 / \sqrt B$; beyond a few hundred images each halving of it costs four
#   times the time.
# - Eight optimizers of a few lines each agree with PyTorch's to the last
#   digits. Without its correction Adam's tenth step is 6.5 times too long.
# - A rate that falls to 0 (cosine, one-cycle) gained half a point over the
#   best constant rate; one-cycle's change of momentum cost some of it.
# - At their own best rates momentum, Nesterov, Adadelta, RMSprop, Adam and
#   AdamW were a tie. They differ in what too large a rate does.
# - Most of a step on a small batch is overhead, not arithmetic.

# %%
checks.predictions()

# %% [markdown]
# ## Questions to check yourself
#
# <details><summary>The largest curvature of a loss is 50. Which rates are too
# large for plain descent?</summary>
#
# Those above $2 / 50 = 0.04$.
# </details>
#
# <details><summary>A valley has the condition number 400. About how many
# times fewer steps does momentum need, at best?</summary>
#
# About $\sqrt{400} = 20$ times in the long run: the factor $1 - 2/\kappa$
# becomes about $1 - 2/\sqrt\kappa$. (To a millionth of the loss it is about
# 11 times, because of the wide first swings.)
# </details>
#
# <details><summary>You make the batches four times larger and keep the number
# of epochs. What else would you change?</summary>
#
# There are four times fewer steps, each with half the noise. Search the rate
# anew, upward; if that does not make up for it, do more epochs.
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
# look up are in the [glossary](glossary.md). B. Polyak, "Some methods of
# speeding up the convergence of iteration methods", 1964. G. Goh, "Why
# momentum really works", Distill (2017). D. Kingma and J. Ba, "Adam: a method
# for stochastic optimization", ICLR 2015. I. Loshchilov and F. Hutter,
# "Decoupled weight decay regularization", ICLR 2019. L. Smith, "Cyclical
# learning rates for training neural networks", WACV 2017. J. Cohen and
# others, "Gradient descent on neural networks typically occurs at the edge of
# stability", ICLR 2021. R. Schmidt and others, "Descending through a crowded
# valley", ICML 2021 (fifteen optimizers, compared as here, on larger tasks).
#
# Next: [lesson 9](09_regularization.ipynb), on networks that learn too much.

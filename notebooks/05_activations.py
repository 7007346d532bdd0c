# ---
# jupyter:
#   course:
#     peak_mb: 1415
#     python: 3.11.7
#     seconds: 86.2
#     torch: 2.14.1
# ---

# %% [markdown]
# [![Open in Colab](https://colab.research.google.com/assets/colab-badge.svg)](https://colab.research.google.com/github/neural-notebooks/course/blob/main/notebooks/05_activations.ipynb)

# %% [markdown]
# # 5. Activation functions
#
# **The question of this lesson:** which function should stand between two
# layers, and when does the choice matter?
#
# After this lesson you can
#
# - write eleven activation functions and their derivatives, and check them;
# - read off a curve and its slope what the function will do to a network;
# - provoke saturation and dead units, and count them;
# - follow activations and gradients through the layers of a network;
# - choose starting weights that keep both alive through 20 layers, and say
#   why zeros don't work;
# - compare activations fairly, with the spread over seeds and the cost.
#
# **You need:** [lesson 3](03_mlp.ipynb) (hidden layers, ReLU, the five steps
# of training) and derivatives of one variable. **Time:** about 120 minutes,
# best in two sittings; all cells together run in under two minutes.

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
import math
import time
from dataclasses import replace
from functools import partial

import matplotlib.pyplot as plt
import pandas as pd
import torch
from torch import nn
from torch.nn import functional as F

from course_utils import checks, data, plotting, progress, training

plotting.use_style()
training.seed_everything(0)

# %% [markdown]
# ## What a layer asks of its activation
#
# Lesson 3 put a function between two linear layers, and the network could do
# more than a line. There $\sigma$ stood for any such function. From here on
# $\sigma$ is the sigmoid, as in lesson 2, and $\varphi$ (phi) any activation.
# For a batch of $n$ images, a layer of $q$ units computes
#
# $$Z = X W + b, \qquad H = \varphi(Z),$$
#
# with $X$ $(n \times p)$, $W$ $(p \times q)$, $b$ $(q)$, and $Z$ and $H$ both
# $n \times q$: $\varphi$ works on each number by itself. In training, the
# gradient of the loss $L$ comes back through the same place. The chain rule
# gives, entry by entry,
#
# $$\frac{\partial L}{\partial Z} =
#   \frac{\partial L}{\partial H} \odot \varphi'(Z),$$
#
# where $\odot$ multiplies two matrices of the same shape entry by entry
# (lesson 6 takes the chain rule apart). So $\varphi$ decides what goes
# forward, and its slope $\varphi'$ which share of the gradient comes back.
# **Look at both.** Autograd confirms the second formula. Here the gradient
# that arrives is 5 everywhere, and $\varphi$ is tanh, whose slope is
# $1 - \tanh^2 z$:

# %%
# NBVAL_CHECK_OUTPUT
Z = torch.tensor([-3.0, -1.0, 0.0, 0.5], requires_grad=True)
H = torch.tanh(Z)
H.retain_grad()  # autograd keeps no gradient of intermediate values unasked
(5 * H).sum().backward()  # a stand-in for a loss
slope = 1 - H.detach() ** 2
product = (H.grad * slope).tolist()
print("gradient of H:            ", H.grad.tolist())
print("gradient of H times slope:", [round(v, 3) for v in product])
print("gradient of Z:            ", [round(v, 3) for v in Z.grad.tolist()])

# %% [markdown]
# ## Eleven functions by hand
#
# We write each function and its slope in a line or two. First the old ones.
#
# | name | $\varphi(z)$ | $\varphi'(z)$ |
# | --- | --- | --- |
# | step | $1$ if $z > 0$, else $0$ | $0$ |
# | sigmoid | $\sigma(z) = 1 / (1 + e^{-z})$ | $\sigma(z)\,(1 - \sigma(z))$ |
# | [tanh](glossary.md#tanh) | $\dfrac{e^z - e^{-z}}{e^z + e^{-z}} = 2\,\sigma(2z) - 1$ | $1 - \tanh^2 z$ |
#
# The step is lesson 3's perceptron. At $z = 0$ it jumps and has no slope; the
# convention is 0 there too.


# %%
def step(z):
    return (z > 0).to(z.dtype)


def d_step(z):
    return torch.zeros_like(z)


def sigmoid(z):
    return 1 / (1 + torch.exp(-z))


def d_sigmoid(z):
    return sigmoid(z) * (1 - sigmoid(z))


def tanh(z):
    return 2 * sigmoid(2 * z) - 1


def d_tanh(z):
    return 1 - tanh(z) ** 2


# %% [markdown]
# Second, ReLU and its relatives. They agree for $z > 0$ and differ in what
# they do on the left.
#
# | name | $\varphi(z)$ | $\varphi'(z)$ |
# | --- | --- | --- |
# | ReLU | $\max(0, z)$ | $1$ if $z > 0$, else $0$ |
# | [leaky ReLU](glossary.md#leaky-ReLU) | $z$ if $z > 0$, else $a z$ with $a = 0.01$ | $1$ or $a$ |
# | [PReLU](glossary.md#PReLU) | the same, but $a$ is learned; it starts at $0.25$ | $1$ or $a$ |
# | [ELU](glossary.md#ELU) | $z$ if $z > 0$, else $\alpha (e^z - 1)$ with $\alpha = 1$ | $1$ or $\alpha e^z$ |
#
# The first three have a corner at 0. Software has to choose a slope there;
# PyTorch takes the one from the left, and so do we.


# %%
def relu(z):
    return torch.where(z > 0, z, 0.0)


def d_relu(z):
    return torch.where(z > 0, 1.0, torch.zeros_like(z))


def leaky_relu(z, a=0.01):
    return torch.where(z > 0, z, a * z)


def d_leaky_relu(z, a=0.01):
    return torch.where(z > 0, 1.0, torch.full_like(z, a))


def elu(z, alpha=1.0):
    return torch.where(z > 0, z, alpha * (torch.exp(z) - 1))


def d_elu(z, alpha=1.0):
    return torch.where(z > 0, 1.0, alpha * torch.exp(z))


# %% [markdown]
# Third, the smooth ones. Each is $z$ times a soft switch between 0 and 1.
#
# | name | $\varphi(z)$ | switch |
# | --- | --- | --- |
# | [GELU](glossary.md#GELU) | $z\,\Phi(z)$ | $\Phi(z) = \frac{1}{2}\bigl(1 + \operatorname{erf}(z / \sqrt 2)\bigr)$, the share of a standard normal distribution below $z$ |
# | GELU, tanh form | $z \cdot \frac{1}{2}(1 + \tanh u)$ | $u = \sqrt{2/\pi}\,(z + 0.044715\, z^3)$, an approximation without erf |
# | [SiLU](glossary.md#SiLU) or Swish | $z\,\sigma(z)$ | sigmoid |
# | [Mish](glossary.md#Mish) | $z \tanh(s)$ | $s = \ln(1 + e^z)$, which is called softplus |
#
# Their slopes follow from the product rule, switch plus $z$ times the slope
# of the switch. The slope of $\Phi$ is the normal density
# $e^{-z^2/2} / \sqrt{2\pi}$, that of softplus is $\sigma(z)$.


# %%
def gelu(z):
    return z * 0.5 * (1 + torch.erf(z / math.sqrt(2)))


def d_gelu(z):
    density = torch.exp(-(z**2) / 2) / math.sqrt(2 * math.pi)
    return 0.5 * (1 + torch.erf(z / math.sqrt(2))) + z * density


def gelu_tanh(z):
    u = math.sqrt(2 / math.pi) * (z + 0.044715 * z**3)
    return z * 0.5 * (1 + tanh(u))


def d_gelu_tanh(z):
    u = math.sqrt(2 / math.pi) * (z + 0.044715 * z**3)
    d_u = math.sqrt(2 / math.pi) * (1 + 3 * 0.044715 * z**2)
    return 0.5 * (1 + tanh(u)) + z * 0.5 * d_tanh(u) * d_u


# %% [markdown]
# The tanh form needs the chain rule once, for $u$, and Mish for softplus.


# %%
def silu(z):
    return z * sigmoid(z)


def d_silu(z):
    return sigmoid(z) + z * d_sigmoid(z)


def mish(z):
    return z * tanh(torch.log(1 + torch.exp(z)))


def d_mish(z):
    softplus = torch.log(1 + torch.exp(z))
    return tanh(softplus) + z * d_tanh(softplus) * sigmoid(z)


# %% [markdown]
# Now collect them, and beside each the same function as a PyTorch module.
# PyTorch has none for the step, so we make one from the sign of $z$, whose
# slope autograd knows to be 0. (It gives $1/2$ at exactly $z = 0$.)


# %%
class Step(nn.Module):
    def forward(self, Z):
        return (1 + torch.sign(Z)) / 2


activations = {  # name: function, slope, PyTorch's module
    "step": (step, d_step, Step),
    "sigmoid": (sigmoid, d_sigmoid, nn.Sigmoid),
    "tanh": (tanh, d_tanh, nn.Tanh),
    "ReLU": (relu, d_relu, nn.ReLU),
    "leaky ReLU": (leaky_relu, d_leaky_relu, nn.LeakyReLU),
    "PReLU": (
        partial(leaky_relu, a=0.25),
        partial(d_leaky_relu, a=0.25),
        nn.PReLU,
    ),
    "ELU": (elu, d_elu, nn.ELU),
    "GELU": (gelu, d_gelu, nn.GELU),
    "GELU (tanh)": (gelu_tanh, d_gelu_tanh, partial(nn.GELU, "tanh")),
    "SiLU": (silu, d_silu, nn.SiLU),
    "Mish": (mish, d_mish, nn.Mish),
}

# %% [markdown]
# A derivative worked out by hand can be wrong, and a wrong one still trains,
# only worse. So compare all eleven with PyTorch: the value with the module,
# the slope with what autograd finds for the module, at 1,000 places, in
# 64-bit numbers.

# %%
# NBVAL_CHECK_OUTPUT
z = torch.linspace(-8, 8, 1000, dtype=torch.double, requires_grad=True)
for name, (f, slope, module) in activations.items():
    h = module().double()(z)
    (by_autograd,) = torch.autograd.grad(h.sum(), z)
    close = {"rtol": 1e-9, "atol": 1e-12}
    checks.expect_close(f(z), h, name, **close)
    checks.expect_close(slope(z), by_autograd, f"slope of {name}", **close)
print(len(activations), "functions and slopes agree with PyTorch")

# %% [markdown]
# In PReLU the slope $a$ is a parameter like the weights, so it needs a
# gradient as well: $\partial \varphi / \partial a = z$ for $z \le 0$, else 0.
# For the inputs below that sums to $-2 - 1 = -3$.

# %%
# NBVAL_CHECK_OUTPUT
prelu = nn.PReLU()
prelu(torch.tensor([-2.0, -1.0, 3.0])).sum().backward()
print(
    "a =", prelu.weight.item(), " gradient of a =", prelu.weight.grad.item()
)

# %% [markdown]
# ## Function and slope in one picture
#
# **Predict.** Whose slope is the largest anywhere? Which of the functions go
# down somewhere, so that their slope is negative?

# %%
z = torch.linspace(-4.5, 4.5, 901)
fig, axes = plt.subplots(
    4, 3, figsize=(plotting.WIDTH, 7.6), sharex=True, sharey=True
)
for ax, (name, (f, slope, _)) in zip(
    axes.flat, activations.items(), strict=False
):
    ax.axhline(0, color=plotting.LIGHT, linewidth=1)
    ax.axvline(0, color=plotting.LIGHT, linewidth=1)
    ax.plot(z, f(z), color=plotting.BLUE)
    ax.plot(z, slope(z), "--", color=plotting.ORANGE)
    ax.set(title=name, ylim=(-1.3, 2.6))
key = axes[-1, -1]
key.plot([-4, -2.3], [1.2, 1.2], color=plotting.BLUE)
key.text(-1.9, 1.2, r"function $\varphi(z)$", color=plotting.INKS[0])
key.plot([-4, -2.3], [0.3, 0.3], "--", color=plotting.ORANGE)
key.text(-1.9, 0.3, r"slope $\varphi'(z)$", color=plotting.INKS[1])
key.set_axis_off()
fig.supxlabel("$z$", fontsize=10)
plotting.describe(
    fig,
    "Eleven functions and their slopes. Step: slope 0. Sigmoid and tanh: "
    "flat at both ends. ReLU family: slope 1 on the right, a corner at 0 but "
    "for ELU. GELU, SiLU and Mish: smooth, with a dip on the left.",
)

# %% [markdown]
# Read the dashed curves first. The step's slope is 0 wherever it is defined:
# no gradient ever comes back. The sigmoid returns at most a quarter, tanh at
# most all of it, and both nothing at the ends. ReLU and its relatives return
# everything on the right. GELU, SiLU and Mish look like a ReLU with a rounded
# corner; they dip below zero on the left, where their slope is negative, and
# their slope exceeds 1 a little on the right. The two GELUs can't be told
# apart by eye.

# %% [markdown]
# ### Find the mistake: a right value, and nan as its gradient
#
# Our check passed. Yet six of the functions above, the way we wrote them, can
# ruin a training. Let autograd differentiate *our* code, in 32-bit numbers,
# at $z = \pm 100$.
#
# **Predict.** ELU takes $z$ itself where $z > 0$. What can go wrong at 100?

# %%
# NBVAL_CHECK_OUTPUT
z = torch.tensor([-100.0, 100.0], requires_grad=True)
for name, (f, _, _) in activations.items():
    h = f(z)
    if h.requires_grad:  # not the step: autograd has lost its track there
        (gradient,) = torch.autograd.grad(h.sum(), z)
        if gradient.isnan().any():
            print(f"{name:12} values {h[0]:4.0f} {h[1]:4.0f}", end="   ")
            print(f"gradients {gradient[0]:4.0f} {gradient[1]:4.0f}")

# %% [markdown]
# All values are right (a minus before 0 is rounding), and in each row one of
# the gradients is `nan`. In ELU, `torch.where` picks $z$, but autograd walks
# back through *both* branches and multiplies the one not taken by 0. That
# branch has the slope $e^{100}$, which is infinite in 32 bits, and
# $0 \cdot \infty$ is `nan`. The others contain the same product of 0 and
# infinity. One `nan` in a gradient spoils a weight in the next update, and
# from there everything that depends on it.
#
# The remedy is lesson 2's: never let the exponential overflow, not even where
# its result is thrown away.


# %%
# NBVAL_CHECK_OUTPUT
def safe_elu(z, alpha=1.0):
    return torch.where(z > 0, z, alpha * (torch.exp(z.clamp(max=0)) - 1))


h = safe_elu(z)
(gradient,) = torch.autograd.grad(h.sum(), z)
print(f"safe ELU     values {h[0]:4.0f} {h[1]:4.0f}", end="   ")
print(f"gradients {gradient[0]:4.0f} {gradient[1]:4.0f}")

# %% [markdown]
# Our check missed this because it ended at $\pm 8$: a check is as good as its
# inputs. In networks, use PyTorch's modules. They are safe here, and faster.

# %% [markdown]
# ## Identities worth knowing
#
# Several slopes can be computed from the *output* alone. For the sigmoid,
#
# $$\sigma'(z) = \frac{e^{-z}}{(1 + e^{-z})^2}
#   = \frac{1}{1 + e^{-z}} \cdot \frac{e^{-z}}{1 + e^{-z}}
#   = \sigma(z)\,\bigl(1 - \sigma(z)\bigr).$$
#
# **Predict.** A sigmoid unit has the output 0.9. You don't know its $z$. What
# is its slope? And what is the largest value that $h(1 - h)$ can have?
#
# Each line below compares two sides. The left ones come from PyTorch, slopes
# from autograd.


# %%
# NBVAL_CHECK_OUTPUT
z = torch.linspace(-8, 8, 1000, dtype=torch.double, requires_grad=True)


def slope_of(f):
    return torch.autograd.grad(f(z).sum(), z)[0]


s, t, e = torch.sigmoid(z), torch.tanh(z), F.elu(z)
identities = {
    "sigmoid'(z) = h (1 - h)": (slope_of(torch.sigmoid), s * (1 - s)),
    "tanh'(z) = 1 - h**2": (slope_of(torch.tanh), 1 - t**2),
    "ELU'(z) = min(h, 0) + 1": (slope_of(F.elu), e.clamp(max=0) + 1),
    "tanh(z) = 2 sigmoid(2z) - 1": (t, 2 * torch.sigmoid(2 * z) - 1),
    "sigmoid(-z) = 1 - sigmoid(z)": (torch.sigmoid(-z), 1 - s),
    "ReLU(z) - ReLU(-z) = z": (F.relu(z) - F.relu(-z), z),
    "GELU(z) - GELU(-z) = z": (F.gelu(z) - F.gelu(-z), z),
    "SiLU(z) - SiLU(-z) = z": (F.silu(z) - F.silu(-z), z),
}
for name, (left, right) in identities.items():
    checks.expect_close(left, right, name, rtol=1e-9, atol=1e-12)
    print(plotting.CHECK, name)

# %% [markdown]
# The slope at the output 0.9 is $0.9 \cdot 0.1 = 0.09$; the largest is
# $0.5 \cdot 0.5 = 0.25$, at $z = 0$. So a sigmoid can never hand back more
# than a quarter of a gradient.
#
# That the output suffices saves memory: in the backward pass sigmoid, tanh,
# ReLU and ELU need only $H$, which is kept for the next layer anyway. GELU,
# SiLU and Mish go down and up again, so the same output belongs to two
# inputs, and $Z$ has to be kept as well.
#
# How good is the tanh form of GELU?

# %%
# NBVAL_CHECK_OUTPUT
difference = (F.gelu(z) - F.gelu(z, approximate="tanh")).abs()
print(f"largest difference {difference.max():.5f}")
print(f"at z = {z[difference.argmax()].abs():.1f} or its negative")

# %% [markdown]
# Half a thousandth. Use either, but the one that a network was trained with.

# %% [markdown]
# ## Properties, computed
#
# A table of properties is easily copied together with its mistakes. We
# compute ours from the functions themselves:
#
# - **range**: smallest and largest value between $-50$ and $50$; infinite if
#   it still changes beyond;
# - **zero-centered**: the mean output for inputs from a standard normal
#   distribution, $\int \varphi(z)\, e^{-z^2/2} / \sqrt{2\pi}\; dz$, is 0;
# - **saturating**: the slope is below $10^{-6}$ at $z = -20$ (left) or at
#   $z = 20$ (right);
# - **smooth**: neither the function nor its slope jumps by more than 0.005
#   between neighboring points that are 0.001 apart.
#
# **Predict.** How many of the eleven are zero-centered?


# %%
def properties(f, slope):
    """One row of the table."""
    z = torch.linspace(-50, 50, 100_001, dtype=torch.double)
    ends, h, d = torch.tensor([-100.0, 100.0]).double(), f(z), slope(z)
    density = torch.exp(-(z**2) / 2) / math.sqrt(2 * math.pi)
    mean = torch.trapezoid(h * density, z).item()
    low, high = (f"{round(v.item(), 2) + 0.0:g}" for v in (h.min(), h.max()))
    left, right = slope(torch.tensor([-20.0, 20.0]).double()).abs() < 1e-6
    sides = {(True, True): "both sides", (True, False): "left"}
    jump = max(h.diff().abs().max(), d.diff().abs().max())
    return {
        "lowest": "-∞" if f(ends)[0] < h.min() - 0.1 else low,
        "highest": "∞" if f(ends)[1] > h.max() + 0.1 else high,
        "mean output": f"{round(mean, 2) + 0.0:.2f}",
        "zero-centered": "yes" if abs(mean) < 0.005 else "no",
        "saturates": sides.get((bool(left), bool(right)), "no"),
        "smooth": "yes" if jump < 0.005 else "no",
        "lowest slope": f"{round(d.min().item(), 2) + 0.0:g}",
        "highest slope": f"{round(d.max().item(), 2):g}",
    }


# %% [markdown]
# Apply it to all eleven. Rows are functions, columns properties.

# %%
# NBVAL_CHECK_OUTPUT
table = pd.DataFrame(
    {
        name: properties(f, slope)
        for name, (f, slope, _) in activations.items()
    }
).T
table

# %% [markdown]
# Only tanh is zero-centered. Four are not smooth: the step jumps, ReLU, leaky
# ReLU and PReLU have a corner. (ELU's slope has no jump, but a corner of its
# own.) The step, sigmoid and tanh saturate on both sides. ReLU, ELU and the
# four smooth ones saturate on the left alone, and for ReLU the flat part
# begins right at 0. Leaky ReLU and PReLU never saturate.

# %% [markdown]
# ### Why zero-centered?
#
# A function is [zero-centered](glossary.md#zero-centered) if its outputs lie
# around 0. The gradient of the weights after a layer is the layer's output
# times what comes back: for one image,
# $\partial L / \partial W = h^\top \, \partial L / \partial z$, with $h$
# $(1 \times q)$ and $\partial L / \partial z$ $(1 \times 10)$. If no entry of
# $h$ is negative, all weights into one unit get gradients of the same sign:
# they can only go up together or down together. Count it for the ten output
# units and one image.

# %%
splits = data.normalize(data.load("mnist", valid_fraction=0.1, seed=0))
image, label = splits.train.images[:1], splits.train.labels[:1]
for name in ("sigmoid", "ReLU", "tanh"):
    training.seed_everything(0)
    hidden, phi = nn.Linear(784, 64), activations[name][2]()
    output = nn.Linear(64, 10)
    logits = output(phi(hidden(image.flatten(1))))
    F.cross_entropy(logits, label).backward()
    G = output.weight.grad  # (10, 64), one row for each unit
    one_sign = (G >= 0).all(dim=1) | (G <= 0).all(dim=1)
    print(f"{name}: all of one sign in {one_sign.sum()} of 10 units")
    wanted = 0 if name == "tanh" else 10
    checks.expect(one_sign.sum() == wanted, f"expected {wanted} units")

# %% [markdown]
# With sigmoid and ReLU every unit is bound that way, with tanh none. It makes
# the path of gradient descent a zigzag, and it isn't fatal: other images pull
# in other directions, and lesson 3's networks learned well with ReLU. It is
# also a reason to normalize the input, which is the $h$ of the first layer.

# %% [markdown]
# ## What does each cost?
#
# The last property is the price. We measure forward and backward of PyTorch's
# modules on 256 × 512 numbers, and divide by ReLU's time. A single
# measurement says little while other programs run, so each function gets 60
# turns, one after the other in rounds, and the fastest counts. For scale, a
# linear layer from 512 to 512 units takes part.
#
# **Predict.** How many times the cost of ReLU is the most expensive one? And
# the linear layer?

# %%
training.seed_everything(0)
contestants = {name: module() for name, (_, _, module) in activations.items()}
contestants["linear layer"] = nn.Linear(512, 512)
Z = torch.randn(256, 512, requires_grad=True)
G = torch.randn(256, 512)
forward = {name: [] for name in contestants}
backward = {name: [] for name in contestants}
for _ in progress.track(range(60), "timing"):
    for name, module in contestants.items():
        start = time.perf_counter()
        H = module(Z)
        middle = time.perf_counter()
        H.backward(G)
        forward[name].append(middle - start)
        backward[name].append(time.perf_counter() - middle)
cost = {
    name: [min(t[name]) / min(t["ReLU"]) for t in (forward, backward)]
    for name in contestants
}

# %% [markdown]
# Each row of the figure has two marks, a circle for forward and a triangle
# for backward. The axis is logarithmic.

# %%
order = sorted(cost, key=lambda name: sum(cost[name]))
fig, ax = plt.subplots(figsize=(plotting.WIDTH, 3.9))
ax.axvline(1, color=plotting.LIGHT)
for row, name in enumerate(order):
    ax.hlines(row, *sorted(cost[name]), color=plotting.LIGHT, linewidth=2)
    ax.plot(cost[name][0], row, "o", color=plotting.BLUE)
    ax.plot(cost[name][1], row, "^", color=plotting.ORANGE, markersize=7)
    ax.annotate(
        "{:.1f} / {:.1f}".format(*cost[name]), (1.01, row), va="center",
        xycoords=("axes fraction", "data"), fontsize=9, color=plotting.GREY,
    )  # fmt: skip
ax.set_yticks(range(len(order)), order)
ax.set(xscale="log", xlabel="time, ReLU = 1   (● forward, ▲ backward)")
ax.xaxis.set_major_formatter("{x:g}")
ax.set_title(
    "forward / backward", loc="right", fontsize=9, fontweight="normal"
)
plotting.describe(
    fig,
    "Time of each function as a multiple of ReLU's, forward and backward: "
    + ", ".join("{} {:.1f} / {:.1f}".format(n, *cost[n]) for n in order),
)

# %% [markdown]
# The numbers differ from machine to machine; the ones you see are from the
# machine that ran this page last. What costs are exponentials and logarithms,
# and PReLU's extra gradient for $a$. (Our step is put together from three
# operations.) But an activation handles $n \cdot q$ numbers once, while the
# product before it takes $n \cdot p \cdot q$ multiplications. What remains of
# the difference in a whole network?

# %%
images, labels = splits.train.images[:256], splits.train.labels[:256]
step_times = {"ReLU": [], "GELU": [], "Mish": []}
nets = {
    name: nn.Sequential(
        nn.Flatten(), nn.Linear(784, 512), activations[name][2](),
        nn.Linear(512, 512), activations[name][2](), nn.Linear(512, 10),
    )
    for name in step_times
}  # fmt: skip
for _ in progress.track(range(40), "timing"):
    for name, net in nets.items():
        start = time.perf_counter()
        F.cross_entropy(net(images), labels).backward()
        step_times[name].append(time.perf_counter() - start)
print("forward and backward of a whole network, ReLU = 1:")
for name in ("GELU", "Mish"):
    print(f"{name} {min(step_times[name]) / min(step_times['ReLU']):.2f}")

# %% [markdown]
# Ratios of several times have shrunk to a fraction, because the products take
# most of the time, and the wider the layers, the smaller it gets. Mish has to
# earn its price; between the others, cost is seldom the reason to choose.

# %% [markdown]
# ## Saturation, provoked and counted
#
# A unit is [**saturated**](glossary.md#saturation) for an input when that
# input lies on a flat part of its function. No gradient comes back, so the
# unit learns nothing from that example. We count a unit as saturated where
# its slope is below 1 % of the function's largest slope.
#
# A common way to get there is an input on the wrong scale. Take one fresh
# layer and give it the same 1,000 images three times: normalized, with pixels
# from 0 to 1, and as bytes from 0 to 255, as they come from a file.
#
# **Predict.** Which share of the units is saturated for bytes?

# %%
normalized = splits.train.images[:1000].flatten(1)
from_0_to_1 = normalized * splits.std + splits.mean
scales = {
    "normalized": normalized,
    "0 to 1": from_0_to_1,
    "0 to 255": 255 * from_0_to_1,
}
training.seed_everything(0)
layer = nn.Linear(784, 256)
share = {}
for scale, X in scales.items():
    Z = layer(X).detach()
    for name, largest in [("sigmoid", 0.25), ("tanh", 1.0)]:
        flat = activations[name][1](Z) < 0.01 * largest
        share[name, scale] = flat.float().mean().item()
    print(f"{scale:10}  standard deviation of z {Z.std():5.2f}", end="")
    for name in ("sigmoid", "tanh"):
        print(f", {name} saturated {share[name, scale]:.0%}", end="")
    print()
checks.expect(share["tanh", "0 to 255"] > 0.8, "expected saturation by bytes")
checks.expect(share["tanh", "normalized"] < 0.01, "expected none, normalized")

# %% [markdown]
# One forgotten division by 255, and nine of ten units are stuck, before the
# first step of training. What does it cost? Here is the training that we will
# use for the rest of this lesson: 10,000 images, Adam, a learning rate that
# falls to 0 along a cosine. It returns the validation accuracy.

# %%
chosen = torch.randperm(54_000, generator=torch.Generator().manual_seed(0))
small = replace(splits, train=splits.train.subset(chosen[:10_000]))


def train(model, lr, seed, num_epochs=2, splits=small):
    """Train `model` in place; returns the validation accuracy in percent."""
    loaders = data.loaders(splits, batch_size=128, seed=seed)
    optimizer = torch.optim.Adam(model.parameters(), lr=lr, fused=True)
    scheduler = torch.optim.lr_scheduler.CosineAnnealingLR(
        optimizer, T_max=num_epochs * len(loaders.train)
    )
    training.fit(
        model, loaders.train, epochs=num_epochs, optimizer=optimizer,
        scheduler=scheduler, scheduler_step="batch", progress=False,
    )  # fmt: skip
    return 100 * training.evaluate(model, loaders.valid).accuracy


# %% [markdown]
# And here is the network: two hidden layers, if we don't ask for more. The
# same seed gives the same starting weights, whatever the activation.


# %%
def mlp(name, seed, depth=2, width=64):
    """`depth` hidden layers with the activation `name`, then 10 logits."""
    training.seed_everything(seed)
    layers, p = [nn.Flatten()], 784
    for _ in range(depth):
        layers += [nn.Linear(p, width), activations[name][2]()]
        p = width
    return nn.Sequential(*layers, nn.Linear(p, 10))


# %% [markdown]
# Now one epoch on normalized pixels and on bytes, with three seeds each.


# %%
def as_bytes(part):
    """The same images with pixels from 0 to 255."""
    pixels = 255 * (part.images * splits.std + splits.mean)
    return data.ImageSet(pixels, part.labels)


inputs = {
    "normalized": small,
    "bytes": replace(
        small, train=as_bytes(small.train), valid=as_bytes(small.valid)
    ),
}
scaled = {}
with progress.Progress(12, "training") as bar:
    for name in ("tanh", "ReLU"):
        for kind, part in inputs.items():
            scaled[name, kind] = [
                train(mlp(name, seed), 1e-3, seed, 1, part)
                for seed in range(3)
            ]
            bar.advance(3)
for (name, kind), accuracies in scaled.items():
    print(f"{name} on {kind}:", *(f"{a:.1f} %" for a in accuracies))
loss = min(scaled["tanh", "normalized"]) - max(scaled["tanh", "bytes"])
checks.expect(loss > 2, f"expected bytes to cost tanh, got {loss:.1f} points")

# %% [markdown]
# With tanh, bytes cost many points, with ReLU far fewer: it has no flat part
# on the right. So saturation is not a property of a function alone. It takes
# a flat part, and inputs that get there: through unscaled data, through
# weights that are too large, or through biases that drift.

# %% [markdown]
# ## Dead ReLUs, provoked and counted
#
# ReLU's flat part begins right at 0. A ReLU whose $z$ is negative for *every*
# training image is called [**dead**](glossary.md#dead-unit): it outputs 0 for
# all of them, no gradient comes back, and so its weights never change again.
# (This holds exactly for the first hidden layer, whose inputs are fixed, and
# for plain SGD. Momentum and weight decay move weights even without a
# gradient.)
#
# Units die when a step throws them too far. So take a learning rate that is
# too large, and watch the first 120 iterations.


# %%
train_X, train_y = small.train.images.flatten(1), small.train.labels
WATCHED = [0, 2, 5, 10, 20, 40, 80, 120]


def watch(activation, lr):
    """Train with SGD; returns the model and who was silent, and when."""
    training.seed_everything(0)
    model = nn.Sequential(nn.Linear(784, 256), activation, nn.Linear(256, 10))
    optimizer = torch.optim.SGD(model.parameters(), lr=lr)
    silent = []
    for iteration in range(121):
        if iteration in WATCHED:
            with torch.no_grad():  # z <= 0 for every training image
                silent.append((model[0](train_X) <= 0).all(dim=0))
        batch = torch.randint(len(train_X), (128,))
        loss = F.cross_entropy(model(train_X[batch]), train_y[batch])
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
    return model, torch.stack(silent)


# %% [markdown]
# **Predict.** How many of 256 units will be dead at learning rates 0.1, 0.5
# and 1? Will any of them come back?

# %%
watched = {
    lr: watch(nn.ReLU(), lr)
    for lr in progress.track((0.1, 0.5, 1.0), "training")
}
fig, ax = plt.subplots(figsize=(plotting.WIDTH, 3.2))
ends = {}
for i, (lr, (_, silent)) in enumerate(watched.items()):
    counts = silent.sum(dim=1)
    ax.plot(WATCHED, counts, "osD"[i] + "-", color=plotting.PALETTE[i])
    ends[f"learning rate {lr:g}"] = (120, counts[-1].item(), plotting.INKS[i])
ax.set(xlabel="iteration", ylabel="dead units of 256", xlim=(-2, 160))
ax.set_xticks(range(0, 121, 20))
plotting.direct_labels(ax, ends)
plotting.describe(
    fig,
    "Dead units over 120 iterations. After the last: "
    + ", ".join(f"{name} {count}" for name, (_, count, _) in ends.items()),
)

# %% [markdown]
# At 0.1 all units live. At 1 most are gone within twenty iterations, and the
# curve only rises. Check the two claims of the definition: no gradient, and
# no return.

# %%
model, silent = watched[1.0]
dead = silent[-1]
model.zero_grad()
F.cross_entropy(model(train_X), train_y).backward()
gradient = model[0].weight.grad[dead].abs().max().item()
print(f"{dead.sum()} dead units; their largest gradient is {gradient}")
returned = (silent[:-1] & ~silent[1:]).sum().item()
print(f"units that came back: {returned}")
checks.expect(dead.sum() > 100, f"expected many dead units, got {dead.sum()}")
checks.expect(gradient == 0, "expected no gradient for dead units")
checks.expect(returned == 0, "expected no unit to come back")
alive = watched[0.1][1][-1].sum()
checks.expect(alive < 5, f"expected no dead units at 0.1, got {alive}")

# %% [markdown]
# Now leaky ReLU, at the same learning rate of 1. Its units can fall silent on
# the left as well, but a slope of 0.01 remains.
#
# **Predict.** Will it save units? Will it save the accuracy?

# %%
X_valid, y_valid = small.valid.images.flatten(1), small.valid.labels
for name, lr in [("ReLU", 0.1), ("ReLU", 1.0), ("leaky ReLU", 1.0)]:
    model, silent = watch(activations[name][2](), lr)
    returned = (silent[:-1] & ~silent[1:]).sum().item()
    with torch.no_grad():
        right = model(X_valid).argmax(dim=1) == y_valid
    print(
        f"{name:10} lr {lr:g}: silent at the end {silent[-1].sum():3}, came "
        f"back {returned:3}, accuracy {right.float().mean():.0%}"
    )
checks.expect(returned > 0, "expected some leaky units to come back")

# %% [markdown]
# With a slope on the left, units do come back, though others fall silent in
# their place. And the training does badly with both: the learning rate was
# too large, and the dead units were its symptom. Count them when a ReLU
# network learns badly, and mend the cause first: a smaller learning rate,
# normalized inputs, better starting weights. A leaky slope is a safety net.

# %% [markdown]
# ## Layer by layer
#
# Saturation in one layer is easy to see. What happens through several? We
# build a network of five hidden layers with 128 units for each of the eleven
# functions, all with the same starting weights (PyTorch's default), send the
# same 256 images through, and keep two things per hidden layer: its
# activations $H$ and the gradient that comes back to it,
# $\partial L / \partial Z$.

# %%
X, y = splits.train.images[:256], splits.train.labels[:256]


def look_inside(model):
    """H and dL/dZ of each hidden layer, for the images X."""
    H, all_Z, all_H = X, [], []
    for layer in model:
        H = layer(H)
        if isinstance(layer, nn.Linear):
            H.retain_grad()
            all_Z.append(H)
        elif all_Z:  # an activation
            all_H.append(H.detach())
    F.cross_entropy(H, y).backward()
    return all_H, [Z.grad for Z in all_Z[:-1]]  # the last Z are the logits


inside = {
    name: look_inside(mlp(name, seed=0, depth=5, width=128))
    for name in activations
}

# %% [markdown]
# First the activations. All panels have the same axis; the number is the
# standard deviation.
#
# **Predict.** The weights are the same in all eleven networks. Will the
# histograms become wider or narrower from layer to layer?

# %%
plotting.show_layer_histograms(
    {name: H for name, (H, _) in inside.items()}, xlabel="activation"
)

# %% [markdown]
# Every row but the step's gets narrower. Sigmoids crowd around 0.5, the
# others around 0: the deeper the layer, the less one image differs from
# another. The step can't shrink, since it knows only 0 and 1.
#
# Now the gradients. They differ by orders of magnitude, so the axis shows
# their size $|\partial L / \partial Z|$ on a logarithmic scale. Gradients of
# exactly 0 have no place on it; their share is written beside the standard
# deviation.
#
# **Predict.** Which row will lean to the left most? Which will be empty?

# %%
plotting.show_layer_histograms(
    {name: G for name, (_, G) in inside.items()},
    xlabel=r"size of the gradient of $Z$", log=True,
)  # fmt: skip

# %% [markdown]
# Read each row from right to left, the way the gradient travels. The step's
# row is empty: not one of its hidden units can learn. ReLU sets about half of
# the gradients to 0 in every layer. The sigmoid's shrink the fastest, since
# its slope is at most a quarter. But all others shrink as well, ReLU among
# them. In numbers: how much of the fifth layer's gradient is left in the
# first?

# %%
left = {
    name: (G[0].norm() / G[4].norm()).item()
    for name, (_, G) in inside.items()
    if name != "step"
}
for name in sorted(left, key=left.get):
    print(f"{name:12} {left[name]:.4f}")
checks.expect(left["sigmoid"] < 0.002, "expected sigmoid to lose most")
checks.expect(max(left.values()) < 0.3, "expected every gradient to shrink")

# %% [markdown]
# ReLU hands on every gradient where it is active, and still loses nearly all
# of it in four layers. So the function is only half of the story. The other
# half is the weights, which we have left at their default.

# %% [markdown]
# ## How to start: initialization
#
# [**Initialization**](glossary.md#initialization) is the choice of the
# weights before training. Three questions: why not zeros, how large, and for
# which activation?
#
# ### Zeros: nothing breaks the symmetry
#
# Softmax regression could start from zeros (lesson 2). A hidden layer can't:
# something has to [break the symmetry](glossary.md#symmetry-breaking). If all
# its units have equal weights, they compute the same, get the same
# gradient, and stay equal for ever. We train a network three times: from
# zeros, from a constant, and from random weights.
#
# **Predict.** After training, how many different units does the hidden layer
# of 64 have in each case?

# %%
units, accuracy = {}, {}
for start in (0.0, 0.01, None):
    model = mlp("tanh", seed=0, depth=1)
    if start is not None:
        for parameter in model.parameters():
            nn.init.constant_(parameter, start)
    kind = "random" if start is None else f"all {start:g}"
    accuracy[kind] = train(model, 3e-3, seed=0, num_epochs=1)
    units[kind] = len(model[1].weight.unique(dim=0))
    print(
        f"{kind:8}  different units {units[kind]:2}, "
        f"accuracy {accuracy[kind]:.1f} %"
    )
checks.expect(units["all 0"] == 1, "expected equal units to stay equal")
checks.expect(units["all 0.01"] == 1, "expected equal units to stay equal")
checks.expect(units["random"] == 64, "expected 64 different units")
checks.expect(accuracy["all 0.01"] < 40, "expected one unit to do badly")

# %% [markdown]
# 64 equal units are worth one. From zeros not even that one learns: the
# gradient of $W_1$ contains the factor $W_2 = 0$ and the gradient of $W_2$
# the factor $H = \tanh 0 = 0$, so only the output biases move, and the
# network ends at the share of the most frequent digit. Random weights break
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
# - **tanh**, which is close to $h = z$ near 0:
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
# Is the half right? And what does PyTorch do by default?

# %%
Z = torch.randn(1_000_000, generator=torch.Generator().manual_seed(0))
half = (F.relu(Z) ** 2).mean() / Z.var()
print(f"E[ReLU(z)**2] / Var(z) = {half:.3f}")
checks.expect_close(half, 0.5, "the share", atol=0.01)

training.seed_everything(0)
default = nn.Linear(256, 256).weight.var()
print(f"default Var(w) x n_in  = {256 * default:.3f}")
checks.expect_close(256 * default, 1 / 3, "n_in Var(w)", atol=0.01)

# %% [markdown]
# PyTorch's `nn.Linear` draws weights of variance $1 / (3 n_\text{in})$: a
# third of what tanh asks for, a sixth of what ReLU does. That is why all rows
# of the histograms shrank.

# %% [markdown]
# ### Twenty layers, five initializations
#
# Twenty layers of 256 units without biases, tanh or ReLU, and five standard
# deviations for the weights: zeros, 0.01 (too small), 0.2 (too large),
# Xavier and He. We follow the standard deviation of the activations forward,
# and the size of the gradient $\partial L / \partial H$ backward. In 64-bit
# numbers, because some of these are very small.


# %%
inits = {
    "zeros": lambda n_in, n_out: 0.0,
    "too small": lambda n_in, n_out: 0.01,
    "too large": lambda n_in, n_out: 0.2,
    "Xavier": lambda n_in, n_out: math.sqrt(2 / (n_in + n_out)),
    "He": lambda n_in, n_out: math.sqrt(2 / n_in),
}

# %% [markdown]
# Each entry gives the standard deviation for a layer. The function below
# builds the twenty layers, sends 256 images forward and the gradient back.


# %%
def follow(phi, std, depth=20, width=256):
    """Std of H and norm of its gradient in each layer, as two lists."""
    generator = torch.Generator().manual_seed(0)
    H, layers, n_in = X.flatten(1).double(), [], 784
    for n_out in [width] * depth + [10]:
        W = torch.randn(n_in, n_out, generator=generator).double()
        Z = H @ (std(n_in, n_out) * W).requires_grad_()
        H, n_in = phi(Z), n_out
        H.retain_grad()
        layers.append(H)
    F.cross_entropy(Z, y).backward()  # the last Z are the logits
    spreads = [H.std().item() for H in layers[:-1]]
    return spreads, [H.grad.norm().item() for H in layers[:-1]]


followed = {
    (phi.__name__, init): follow(phi, std)
    for phi in (torch.tanh, torch.relu)
    for init, std in inits.items()
}

# %% [markdown]
# **Predict.** Which of the five keeps tanh alive through twenty layers, and
# which keeps ReLU alive? What will "too large" do to tanh, which can't exceed
# 1?


# %%
looks = {"too small": "--v", "too large": "-.s", "Xavier": "-o", "He": "-D"}


def draw_layers(ax, phi, backward):
    """Follow one activation; the x axis runs the way the numbers travel."""
    ends = {}
    for i, (init, look) in enumerate(looks.items()):
        values = followed[phi, init][backward]
        ax.plot(
            range(1, 21), values, look, color=plotting.PALETTE[i],
            markersize=5, markevery=(3, 5),
        )  # fmt: skip
        end = (1, values[0]) if backward else (20, values[-1])
        ends[init] = (*end, plotting.INKS[i])
    ax.set(yscale="log", xticks=[1, 5, 10, 15, 20])
    ax.set_xlim((20.5, -8) if backward else (0.5, 29))
    ax.set_xlabel("layer, backward →" if backward else "layer, forward →")
    plotting.direct_labels(ax, ends)


# %% [markdown]
# Zeros can't be drawn on a logarithmic axis, so there are four lines.

# %%
fig, axes = plt.subplots(2, 2, figsize=(plotting.WIDTH, 6), sharey="row")
for column, phi in enumerate(["tanh", "relu"]):
    draw_layers(axes[0, column], phi, backward=False)
    draw_layers(axes[1, column], phi, backward=True)
axes[0, 0].set(title="tanh", ylabel="standard deviation of $H$")
axes[0, 1].set_title("ReLU")
axes[1, 0].set_ylabel(r"norm of $\partial L / \partial H$")
plotting.describe(
    fig,
    "Activations and gradients through 20 layers for four initializations. "
    "Too small: both vanish. Too large: gradients explode with both "
    "functions, activations only with ReLU. Xavier is nearly level for tanh "
    "and falls for ReLU; He is level for ReLU.",
)

# %% [markdown]
# The upper panels follow the activations from layer 1 to 20, the lower ones
# the gradient on its way back, from layer 20 to 1. Every line is nearly
# straight on a logarithmic axis: each layer multiplies by about the same
# factor. First and last layer in numbers:


# %%
def first_and_last(phi, init):
    H, G = followed[phi, init]
    return H[0], H[-1], G[0], G[-1]


for phi in ("tanh", "relu"):
    for init in inits:
        first, last, g_first, g_last = first_and_last(phi, init)
        print(
            f"{phi} {init:10} H {first:7.1e} -> {last:7.1e}, "
            f"gradient {g_last:7.1e} -> {g_first:7.1e}"
        )

# %% [markdown]
# What we are going to say about these numbers, as checks:

# %%
_, relu_by_he, _, _ = first_and_last("relu", "He")
_, relu_by_xavier, _, _ = first_and_last("relu", "Xavier")
_, tanh_by_xavier, _, _ = first_and_last("tanh", "Xavier")
checks.expect(0.3 < relu_by_he < 3, "expected He to hold ReLU")
checks.expect(relu_by_xavier < 0.01, "expected Xavier to fail ReLU")
checks.expect(tanh_by_xavier > 0.05, "expected Xavier to hold tanh")
for phi in ("tanh", "relu"):
    _, _, g_first, _ = first_and_last(phi, "too small")
    checks.expect(g_first < 1e-12, "expected the gradient to vanish")
    _, _, g_first, g_last = first_and_last(phi, "too large")
    checks.expect(g_first > 100 * g_last, "expected it to explode")

# %% [markdown]
# - **Zeros:** nothing goes forward, nothing comes back.
# - **Too small:** after twenty layers nothing is left in either direction.
# - **Too large:** with ReLU the activations explode. With tanh they look
#   healthy, since they can't exceed 1, and the gradient explodes all the
#   same. Look at both directions before you judge an initialization.
# - **Xavier** holds tanh well, and is too small for ReLU by the factor
#   $\sqrt{1/2}$ in each layer, which makes $2^{-10}$ in twenty.
# - **He** keeps ReLU level in both directions.
#
# GELU, SiLU and Mish are usually started like ReLU, whose shape they nearly
# have.

# %% [markdown]
# ## Find the mistake: "tanh has no vanishing gradient"
#
# So says a widely read post. There is something to it: the slope of tanh
# reaches 1, that of the sigmoid only $1/4$, and in the last figure tanh with
# Xavier lost little. Is the sentence right?
#
# We build twenty layers again and change one thing: the biases, drawn from a
# normal distribution with standard deviation 0 to 4. Biases push the units
# away from $z = 0$, as training may do. For tanh, for the sigmoid, and for no
# activation at all, which serves as a control, the weights have the variance
# $1 / n_\text{in}$, Xavier's for layers of equal width. For ReLU they have
# He's. We compare the gradient in layer 1 with that in layer 20, over three
# seeds.
#
# **Predict.** What will the biases do to the gradient of the four?


# %%
def gradient_kept(phi, gain, bias_std, seed, depth=20, width=256):
    """Norm of dL/dZ in the first layer, divided by that in the last."""
    generator = torch.Generator().manual_seed(seed)
    H, kept = X.flatten(1).double(), []
    for _ in range(depth):
        shape = H.shape[1], width
        W = torch.randn(shape, generator=generator).double()
        b = bias_std * torch.randn(width, generator=generator).double()
        Z = (H @ W * gain / math.sqrt(shape[0]) + b).requires_grad_()
        Z.retain_grad()
        kept.append(Z)
        H = phi(Z)
    W = torch.randn(width, 10, generator=generator).double()
    F.cross_entropy(H @ W / math.sqrt(width), y).backward()
    return (kept[0].grad.norm() / kept[-1].grad.norm()).item()


bias_stds = [0, 1, 2, 3, 4]
cases = {
    "no activation": (lambda Z: Z, 1.0),
    "ReLU": (torch.relu, math.sqrt(2)),
    "tanh": (torch.tanh, 1.0),
    "sigmoid": (torch.sigmoid, 1.0),
}

# %% [markdown]
# The seed sets the same weights and biases for all four.

# %%
kept = {
    name: torch.tensor(
        [
            [gradient_kept(*case, std, s) for std in bias_stds]
            for s in range(3)
        ]
    )
    for name, case in progress.track(cases.items(), "following", total=4)
}
for name, values in kept.items():
    print(f"{name:13}", *(f"{v:7.1e}" for v in values.median(dim=0).values))
checks.expect(kept["tanh"][:, 0].min() > 0.02, "expected little loss at 0")
checks.expect(kept["tanh"][:, 3].max() < 1e-4, "expected tanh to vanish")
checks.expect(kept["sigmoid"].max() < 1e-8, "expected sigmoid to vanish")
checks.expect(kept["ReLU"].min() > 0.05, "expected ReLU to keep its gradient")

# %% [markdown]
# Each row gives the median of three seeds, from biases of 0 to biases with
# standard deviation 4. As a figure, with a point for every seed:

# %%
fig, ax = plt.subplots(figsize=(plotting.WIDTH, 3.6))
ends, looks = {}, ["--x", "-o", "-s", "-^"]
for i, (name, look) in enumerate(zip(kept, looks, strict=True)):
    color = plotting.GREY if i == 0 else plotting.PALETTE[i - 1]
    ink = plotting.GREY if i == 0 else plotting.INKS[i - 1]
    middle = kept[name].median(dim=0).values
    ax.plot(bias_stds, middle, look.strip("xos^"), color=color)
    ax.plot(bias_stds, kept[name].T, look[-1], color=color, markersize=5)
    ends[name] = (4, middle[-1].item(), ink)
ax.set(yscale="log", xlim=(-0.1, 5), ylim=(None, 1e3), xticks=bias_stds)
ax.set_xlabel("standard deviation of the biases")
ax.set_ylabel("gradient, layer 1 / layer 20")
plotting.direct_labels(ax, ends)
tanh_ends = kept["tanh"].median(dim=0).values[[0, -1]].tolist()
plotting.describe(
    fig,
    "Gradient in layer 1 divided by that in layer 20, against the spread of "
    "the biases. Without activation and with ReLU it stays near 1. With tanh "
    "it falls from {:.0e} to {:.0e}; ".format(*tanh_ends)
    + "with sigmoid it is below 1e-11 from the start.",
)

# %% [markdown]
# Without an activation, and with ReLU, the biases make no difference: the
# points lie on a level line. With tanh the gradient falls by orders of
# magnitude with every step to the right.
#
# The weights are good, the gradient is gone, and the control shows that
# tanh is to blame. The slope 1 is reached at one point, $z = 0$. Everywhere
# else it is smaller, at $z = 3$ it is $0.01$, and in twenty layers the
# factors multiply. What is true: **tanh loses less gradient than the sigmoid;
# it loses little while its units stay near 0, and orders of magnitude where
# they don't.** A vanishing gradient isn't a property of a function alone,
# either: with PyTorch's default weights it shrank in our histograms even with
# ReLU.

# %% [markdown]
# ## Which one? A fair comparison
#
# Now the question of the beginning. We train the same network with each of
# the eleven, and once without any activation as a control. To be fair to all:
#
# - Each may need another learning rate. We try three, and take the best on
#   the validation images.
# - One run is chance. With the chosen rate we train five more times, from
#   other seeds, and report all five.
# - Same images, same epochs, same schedule for all.
#
# The numbers are validation accuracies of short trainings on 10,000 images;
# they compare functions and set no record. No model comes out of this lesson,
# so the test images stay unread.

# %%
activations["none"] = (None, None, nn.Identity)


def compare(make_model, names, lrs, num_seeds, label):
    """Validation accuracies (%): of the search, and of the chosen rate."""
    search, results = {}, {}
    total = len(names) * (len(lrs) + num_seeds)
    with progress.Progress(total, label) as bar:
        for name in names:
            for lr in lrs:
                search[name, lr] = train(make_model(name, 100), lr, seed=100)
                bar.advance(note=name)
            best = max(lrs, key=lambda lr, name=name: search[name, lr])
            results[name] = []
            for seed in range(num_seeds):
                results[name].append(
                    train(make_model(name, seed), best, seed)
                )
                bar.advance()
    return search, results


# %% [markdown]
# First a network with two hidden layers of 64 units.
#
# **Predict.** How far will the best and the fifth best be apart?

# %%
rates = [3e-3, 1e-2, 3e-2]
search, shallow = compare(mlp, list(activations), rates, 5, "two layers")


# %% [markdown]
# We draw every seed as a dot and their mean as a line, and write mean ±
# standard deviation beside them.


# %%
def show_runs(ax, results, low, high):
    """A row of dots for each name; mean ± standard deviation beside it."""
    for row, values in enumerate(map(torch.tensor, results.values())):
        shown = values[values >= low]
        ax.plot(
            shown, [row] * len(shown), "o", color=plotting.BLUE, alpha=0.6
        )
        if len(shown):
            ax.plot(values.mean(), row, "|", color="black", markersize=14)
        else:
            ax.text(low, row, " ◀ off the scale", va="center", fontsize=9)
        ax.annotate(
            f"{values.mean():.1f} ± {values.std():.1f}", (1.02, row),
            xycoords=("axes fraction", "data"), va="center", fontsize=9,
            color=plotting.GREY,
        )  # fmt: skip
    ax.set_yticks(range(len(results)), list(results))
    ax.set(xlim=(low, high), ylim=(-0.6, len(results) - 0.4))
    ax.set_xlabel("validation accuracy (%)")


# %% [markdown]
# Rows are sorted by their mean.

# %%
means = {name: sum(values) / 5 for name, values in shallow.items()}
ranked = {name: shallow[name] for name in sorted(means, key=means.get)}
fig, ax = plt.subplots(figsize=(plotting.WIDTH, 4))
show_runs(ax, ranked, 88, 96)
plotting.describe(
    fig,
    "Validation accuracy of two hidden layers, five seeds each. Means: "
    + ", ".join(f"{name} {means[name]:.1f} %" for name in ranked),
)

# %% [markdown]
# The functions fall into groups. What do the differences amount to?

# %%
relatives = [name for name in shallow if means[name] > means["tanh"]]
print("ahead of tanh:", ", ".join(relatives))
top = [means[name] for name in relatives]
width = max(max(shallow[name]) - min(shallow[name]) for name in relatives)
print(f"their means: {min(top):.1f} to {max(top):.1f} %")
print(f"widest range of five seeds of one function: {width:.1f} points")
by_rate = [search["ReLU", lr] for lr in rates]
print("ReLU at three rates:", *(f"{a:.1f} %" for a in by_rate))
checks.expect(len(relatives) == 8, "expected ReLU and its seven relatives")
checks.expect(max(top) - min(top) < 1.2, "expected relatives to be close")
checks.expect(min(top) > means["sigmoid"] + 1, "expected sigmoid behind")
checks.expect(min(top) > means["none"] + 1.5, "expected none behind")
checks.expect(means["step"] < 80, "expected step to fail")
checks.expect(max(by_rate) - min(by_rate) > 1, "expected the rate to matter")

# %% [markdown]
# ReLU and its seven relatives lie within a point, about as far apart as two
# seeds of the same function. (The two forms of GELU show how much is chance:
# they are the same function.) ELU's lead over ReLU may be real, and it is
# small: the wrong one of three learning rates costs ReLU more. Tanh comes
# after them, then the sigmoid, which in so short a training is hardly better
# than no activation. The step is the worst by far: its hidden layers keep
# their random weights, and only the last layer learns.

# %% [markdown]
# ### The same, ten layers deep
#
# Now ten hidden layers, with four of the functions: once with PyTorch's
# default weights, once with the initialization that fits (Xavier for sigmoid
# and tanh, He for the others), biases 0.
#
# **Predict.** Which combinations will fail?


# %%
def deep(name, seed):
    return mlp(name, seed, depth=10)


def deep_initialized(name, seed):
    model = deep(name, seed)
    hidden = [layer for layer in model if isinstance(layer, nn.Linear)][:-1]
    for layer in hidden:
        if name in ("sigmoid", "tanh"):
            nn.init.xavier_normal_(layer.weight)
        else:
            nn.init.kaiming_normal_(layer.weight, nonlinearity="relu")
        nn.init.zeros_(layer.bias)
    return model


few = ["sigmoid", "tanh", "ReLU", "GELU"]
rates = [1e-3, 3e-3, 1e-2]
_, by_default = compare(deep, few, rates, 3, "ten layers, default weights")
_, fitting = compare(deep_initialized, few, rates, 3, "ten layers, fitting")

# %% [markdown]
# `kaiming_normal_` is PyTorch's name for He initialization, after Kaiming He.

# %%
fig, axes = plt.subplots(
    1, 2, figsize=(plotting.WIDTH, 2.6), sharey=True, sharex=True
)
for ax, results in zip(axes, (by_default, fitting), strict=True):
    show_runs(ax, results, 0, 100)
axes[0].set_title("default weights")
axes[1].set_title("fitting weights")
means_of = [
    f"{name} {sum(by_default[name]) / 3:.0f} % and "
    f"{sum(fitting[name]) / 3:.0f} %"
    for name in few
]
plotting.describe(
    fig,
    "Validation accuracy of ten hidden layers, three seeds each, with "
    "default and with fitting weights: " + ", ".join(means_of),
)

# %% [markdown]
# How much does the start matter? We compare the worst seed with fitting
# weights and the best seed with default weights.

# %%
for name in few[1:]:
    gain = min(fitting[name]) - max(by_default[name])
    print(f"{name:4} worst fitting - best default: {gain:.1f} points")
    checks.expect(min(fitting[name]) > 85, f"expected {name} to train")
    checks.expect(
        sum(fitting[name]) > sum(by_default[name]), "expected a better start"
    )
checks.expect(max(by_default["sigmoid"]) < 30, "expected sigmoid to fail")
checks.expect(max(fitting["sigmoid"]) < 50, "expected sigmoid to fail")

# %% [markdown]
# With default weights not one function trains well, and the seeds scatter
# widely. With fitting weights all but the sigmoid come within about three
# points of the two-layer network, and the scatter is gone. The sigmoid fails
# both times: Xavier's weights don't make up for a slope of at most a quarter,
# ten times over.

# %% [markdown]
# ## A plain answer
#
# When does the choice of activation matter?
#
# - **Always,** between three kinds: none and step (a hidden layer is useless
#   or can't learn), saturating on both sides (sigmoid, tanh), and ReLU with
#   its relatives.
# - **In deep networks,** together with the initialization. There the weights
#   decide more than the function, as long as it isn't the sigmoid.
# - **Hardly ever** among ReLU and its relatives, in networks like ours. A
#   better learning rate gains more.
#
# So start with ReLU and He initialization. If many units die, try a leaky
# slope or GELU. Use sigmoid where the output has to be a probability, tanh
# where it has to lie between $-1$ and 1. Others may win on other tasks; then
# measure as we did: rates tuned for each, several seeds, the spread shown.

# %% [markdown]
# ## What we found
#
# - Eleven functions and their slopes, written by hand, agree with PyTorch.
#   Six of our versions gave `nan` gradients at $\pm 100$ although every value
#   was right.
# - Of the eleven, only tanh is zero-centered, and only leaky ReLU and PReLU
#   never saturate. All of them cost less than the linear layer before them.
# - Bytes instead of normalized pixels saturated nine of ten tanh units; a
#   learning rate of 1 killed more than 100 of 256 ReLUs, and none came back.
# - Equal weights keep all units of a layer equal. Too small or too large
#   weights make activations or gradients vanish or explode within 20 layers.
#   Xavier holds tanh, He holds ReLU.
# - Tanh does have a vanishing gradient where its units leave 0.
# - With two hidden layers, ReLU and its seven relatives came out within a
#   point of each other. With ten, fitting weights made the difference, and
#   the sigmoid failed.
#
# ## Questions to check yourself
#
# <details><summary>A tanh unit has the output −0.8. What is its slope? What
# would you have to know for a GELU unit?</summary>
#
# $1 - 0.8^2 = 0.36$. For GELU the output isn't enough: on the left, two
# inputs have the same output. You need $z$.
# </details>
#
# <details><summary>Half of the units of a ReLU layer output 0 for a certain
# image. Are they dead?</summary>
#
# Not by that. About half is what you expect of any single image. A unit is
# dead if it outputs 0 for every training image.
# </details>
#
# <details><summary>A friend starts all weights at 0.5, "so that all units
# have the same chance". What happens?</summary>
#
# All units of a layer stay equal, and the layer is worth one unit. Equal
# chances are the problem: something has to make them different.
# </details>
#
# <details><summary>A layer has 400 inputs and 100 units. Which standard
# deviation do Xavier and He give its weights?</summary>
#
# Xavier: $\sqrt{2 / 500} = 0.063$. He: $\sqrt{2 / 400} = 0.071$.
# </details>
#
# <details><summary>A paper reports that a new activation beats ReLU by 0.2
# points on MNIST, one run each. What do you ask?</summary>
#
# How far apart two seeds of the same function are (in our comparison, about
# as far), and whether both had a learning rate of their own.
# </details>
#
# ## Exercises and further reading
#
# Practice in [exercise set 5](../exercises/05_activations.ipynb). Words to
# look up are in the [glossary](glossary.md). The sources: X. Glorot, Y.
# Bengio, "Understanding the difficulty of training deep feedforward neural
# networks", AISTATS 2010 (Xavier); K. He and others, "Delving deep into
# rectifiers", ICCV 2015 (PReLU, He); D.-A. Clevert and others, "Fast and
# accurate deep network learning by exponential linear units", ICLR 2016
# (ELU); D. Hendrycks, K. Gimpel, "Gaussian error linear units", 2016 (GELU
# and its tanh form, SiLU); P. Ramachandran and others, "Searching for
# activation functions", 2017 (Swish); D. Misra, "Mish", BMVC 2020; A. Maas
# and others, "Rectifier nonlinearities improve neural network acoustic
# models", ICML 2013 workshop (leaky ReLU).
#
# Next: [lesson 6](06_backprop.ipynb) opens the box that this lesson has used
# all along: how `backward` finds the gradient of every weight.

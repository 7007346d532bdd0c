# ---
# jupyter:
#   course:
#     peak_mb: 2561
#     python: 3.11.7
#     seconds: 529.1
#     torch: 2.14.1
# ---

# %% [markdown]
# [![Open in Colab](https://colab.research.google.com/assets/colab-badge.svg)](https://colab.research.google.com/github/neural-notebooks/course/blob/main/notebooks/10_cifar.ipynb)

# %% [markdown]
# # 10. CIFAR-10
#
# **The question of this lesson:** why does a network that reads digits so
# well do so badly on small photographs, and what has to change?
#
# After this lesson you can
#
# - read and normalize color images, and recognize a wrong normalization;
# - tell from two curves that a network overfits, and do something about it;
# - show that an MLP does not know which pixels are neighbors;
# - write a convolution by hand, count its weights, and build a small
#   convolutional network that beats a thirty times larger MLP;
# - run the same code on a CPU or a GPU, use `channels_last` and mixed
#   precision, and say what they change and what not.
#
# **You need:** lessons 1 to 3, optimizers and schedules from [lesson
# 8](08_optimization.ipynb), and dropout, batch normalization and augmentation
# from [lesson 9](09_regularization.ipynb). **Time:** about 90 minutes. All
# cells together run for about ten minutes on two CPU cores, and for about
# two with the generated images.

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
import time
from dataclasses import replace
from types import SimpleNamespace

import matplotlib.pyplot as plt
import torch
from torch import nn
from torch.nn import functional as F

from course_utils import checks, data, plotting, progress, training
from course_utils.datasets import cifar10

plotting.use_style()
training.seed_everything(0)
device = data.best_device()

# %% [markdown]
# ## Which images?
#
# CIFAR-10 is a set of 60,000 color photographs of ten kinds of things, scaled
# down to 32 × 32 pixels. Alex Krizhevsky published it in 2009. It may not be
# passed on with a course, so the next cell looks for it on your disk and
# otherwise downloads it once (170 MB). Without a network it takes `shapes`
# instead: 16,000 generated images of ten colored shapes.

# %%
splits = data.load("cifar10", fallback="shapes")
if splits.name == "shapes":
    data_used = "generated shapes (not CIFAR-10)"
    # As many as two minutes of training allow.
    splits = replace(splits, train=splits.train.subset(torch.arange(10_000)))
elif cifar10.is_official(cifar10.locate()):
    data_used = "CIFAR-10, the official files"
else:
    data_used = "a re-encoded copy of CIFAR-10 (JPEG, slightly other pixels)"
print("This lesson runs on", data_used)
for name in ("train", "valid", "test"):
    print(f"{name:5}", getattr(splits, name))

# %% [markdown]
# The outputs stored with this lesson come from a copy of CIFAR-10 that was
# stored as JPEG in between. Its pixels differ slightly from those of the
# official files, and so do the accuracies.
#
# The two data sets need different settings. They all stand in this table; the
# code further down is the same for both. `better_gain` and the last three
# rows say what the networks have to reach: the gain of the better MLP on
# validation images, and accuracies on the test images.

# %%
columns = ("cifar10", "shapes")
table = {
    "published_epochs": (8, 9),
    "augmented_epochs": (12, 7),
    "better_epochs": (15, 6),
    "cnn_epochs": (5, 3),
    "few_images": (6000, 3000),
    "few_epochs_mlp": (6, 9),
    "few_epochs_cnn": (4, 3),
    "better_gain": (0.01, -0.10),
    "published_at_least": (0.56, 0.30),
    "better_at_least": (0.60, 0.30),
    "cnn_at_least": (0.75, 0.93),
}
column = columns.index(splits.name)
settings = SimpleNamespace(**{k: row[column] for k, row in table.items()})

# %% [markdown]
# Look at the data before anything else, as always.

# %%
X, y, classes = splits.train.images, splits.train.labels, splits.classes
plotting.show_images(X[:14], [classes[k] for k in y[:14]], columns=7)

# %% [markdown]
# Unlike a digit, none of these things has a fixed place, size, color or
# background. On CIFAR-10 one bird stands there whole, of another you see only
# the head.

# %% [markdown]
# ## A color image is three gray ones
#
# A color image has three **[channels](glossary.md#channel)**: how much red,
# green and blue light each pixel sends out. Its tensor of shape $(c, h, w)$
# is $3 \times 32 \times 32$. These are 3,072 numbers, four times as many as a
# digit of MNIST has.
#
# **Predict.** We draw each channel of one image as a gray image. How
# different will the three look?

# %%
image = X[1].clone()
channels = [image[c].expand(3, 32, 32) for c in range(3)]
plotting.show_images(
    torch.stack([image, *channels]), ["image", "red", "green", "blue"],
    alt="One color image, and its red, green and blue channels in gray.",
)  # fmt: skip

# %% [markdown]
# Each channel alone shows the whole scene. In numbers, over 1,000 images:

# %%
flat = X[:1000].transpose(0, 1).flatten(1)
correlation = torch.corrcoef(flat)
for c, d, pair in [(0, 1, "red, green"), (0, 2, "red, blue")]:
    print(f"correlation of {pair}: {correlation[c, d]:.2f}")

# %% [markdown]
# In photographs the channels are nearly the same: light and shade move all
# three together, and color is a small difference between them. (The generated
# shapes have random colors, so their channels agree less.)

# %% [markdown]
# ## Channel statistics
#
# Lesson 1 normalized gray images with one mean and one standard deviation. A
# color image gets one of each per channel. With $n$ training images $x^{(i)}$
# of $h \times w$ pixels,
#
# $$\mu_c = \frac{1}{n h w} \sum_{i, u, v} x^{(i)}_{c, u, v}, \qquad
#   \sigma_c^2 = \frac{1}{n h w} \sum_{i, u, v}
#   \bigl(x^{(i)}_{c, u, v} - \mu_c\bigr)^2, \qquad
#   x'_c = \frac{x_c - \mu_c}{\sigma_c}.$$
#
# Both $\mu$ and $\sigma$ have the shape $(3)$.
#
# **Predict.** Will one channel be darker than the others? Think of sky, grass
# and fur.

# %%
mu, sigma = X.mean(dim=(0, 2, 3)), X.std(dim=(0, 2, 3))
names = ("red", "green", "blue")
colors = (plotting.RED, plotting.GREEN, plotting.BLUE)
fig, axes = plt.subplots(1, 3, figsize=(plotting.WIDTH, 2.3), sharey=True)
for c, ax in enumerate(axes):
    values = X[:5000, c].flatten()
    counts = torch.histc(values, bins=64, min=0, max=1)
    share = 100 * counts / counts.sum()
    ax.stairs(share, torch.linspace(0, 1, 65), fill=True, color=colors[c])
    ax.set(title=names[c], xlabel="pixel value")
    ax.axvline(mu[c].item(), color="black", linestyle=":", linewidth=1)
axes[0].set_ylabel("share of pixels (%)")
said = [f"{n} {m:.2f}" for n, m in zip(names, mu, strict=True)]
plotting.describe(
    fig,
    "Histograms of the red, green and blue pixel values. They cover the "
    f"whole range; dotted lines mark the means: {', '.join(said)}.",
)

# %% [markdown]
# No channel is mostly 0, as the background of MNIST was: every pixel of a
# photograph says something. The dotted lines are the means. In numbers:

# %%
for c in range(3):
    print(
        f"{names[c]:5}  mean {mu[c]:.3f}  standard deviation {sigma[c]:.3f}"
    )

# %% [markdown]
# On CIFAR-10 blue is the darkest channel, with the widest spread.
#
# ### Find the mistake: a standard deviation that is none
#
# Many training scripts for CIFAR-10 contain the numbers 0.2023, 0.1994 and
# 0.2010 as standard deviations. Ours are larger, although the data are the
# same. Where do theirs come from?

# %%
per_image = X.std(dim=(2, 3)).mean(dim=0)
print(
    "mean of the images' own deviations:",
    [round(s.item(), 3) for s in per_image],
)
print(
    "deviation of all pixels:           ", [round(s.item(), 3) for s in sigma]
)
checks.expect(
    (per_image < sigma).all(), "expected the mean of deviations to be smaller"
)

# %% [markdown]
# Somebody took the standard deviation within each image and averaged those.
# It leaves out that some images are bright and others dark, so it is always
# too small, and the "normalized" pixels have a deviation of more than 1.
# Nothing breaks: the inputs are 20 to 30 % too large. But a number that is
# copied and never computed stays wrong for years. `data.normalize` computes
# it, from the training images alone:

# %%
splits = data.normalize(splits)
X, y = splits.train.images, splits.train.labels
checks.expect_close(splits.mean, mu, "the mean")
checks.expect_close(X.mean(dim=(0, 2, 3)), torch.zeros(3), "mean", atol=1e-3)
checks.expect_close(X.std(dim=(0, 2, 3)), torch.ones(3), "std", rtol=1e-3)


def visible(images):
    """Undo the normalization, so that images can be drawn."""
    return (images * sigma[:, None, None] + mu[:, None, None]).clamp(0, 1)


# %% [markdown]
# The checks are silent: all three channels now have mean 0 and standard
# deviation 1.

# %% [markdown]
# ## The published network
#
# A widely read tutorial puts an MLP on CIFAR-10: the image as a row of 3,072
# numbers, then layers of 512, 256, 128 and 64 units with ReLU, and 10 logits.
# It reports 54.84 % of the test images after 20 epochs and 243 seconds.
#
# **Predict.** How many parameters has this network per training image?


# %%
def published_mlp():
    return nn.Sequential(
        nn.Flatten(),
        nn.Linear(3072, 512), nn.ReLU(),
        nn.Linear(512, 256), nn.ReLU(),
        nn.Linear(256, 128), nn.ReLU(),
        nn.Linear(128, 64), nn.ReLU(),
        nn.Linear(64, 10),
    )  # fmt: skip


def count_parameters(model):
    return sum(p.numel() for p in model.parameters())


n_published = count_parameters(published_mlp())
first = published_mlp()[1].weight.numel()
print(f"{n_published:,} parameters, {n_published / len(X):.0f} per image")
print(f"{first / n_published:.0%} of them are weights of the first layer")

# %% [markdown]
# We train every network of this lesson in the same way, with AdamW and the
# one-cycle schedule from lesson 8. `device` is the fastest one of your
# machine, which may be the CPU; more about that further down.


# %%
def train(model, loaders, num_epochs, lr, progress=True):
    """Train `model` with AdamW and a one-cycle schedule."""
    optimizer = torch.optim.AdamW(
        model.parameters(), lr=lr, weight_decay=0.05, fused=True
    )
    scheduler = torch.optim.lr_scheduler.OneCycleLR(
        optimizer, max_lr=lr, total_steps=num_epochs * len(loaders.train)
    )
    return training.fit(
        model, loaders.train, loaders.valid, epochs=num_epochs,
        optimizer=optimizer, scheduler=scheduler, scheduler_step="batch",
        progress=progress,
    )  # fmt: skip


# %% [markdown]
# **Predict.** The same kind of network reached more than 98 % on MNIST. Where
# will training and validation accuracy end here?

# %%
training.seed_everything(0)
loaders = data.loaders(splits, batch_size=128, seed=0, device=device)
published = published_mlp().to(device)
published_history = train(
    published, loaders, settings.published_epochs, lr=1e-3
)
checks.expect_seconds(published_history.seconds, at_most=240, name="training")
plotting.show_history(published_history)

# %% [markdown]
# Start with the accuracies, in the right panel. At first training and
# validation rise together. Then training goes on rising and validation stays
# behind. In the left panel the validation loss stops falling while the
# training loss goes on. This is **[overfitting](glossary.md#overfitting)**,
# as in lesson 9: the network learns things that are true of its training
# images only.

# %%
last = published_history.rows[-1]
gap = last["train_accuracy"] - last["valid_accuracy"]
print(f"training   {last['train_accuracy']:.1%}")
print(f"validation {last['valid_accuracy']:.1%}")
print(f"gap        {100 * gap:.0f} points")
checks.expect(gap > 0.08, f"expected a gap of over 8 points, got {gap:.1%}")

# %% [markdown]
# ## Why it overfits
#
# Why does this happen here and hardly on MNIST? Look at what the first layer
# has learned. Each of its units has 3,072 weights, one for each number of the
# image, so we can draw them as color images (gray is 0).

# %%
units = published[1].weight.detach().cpu().unflatten(1, (3, 32, 32))
units = units[units.flatten(1).norm(dim=1).argsort(descending=True)[:10]]
limit = units.abs().flatten(1).amax(dim=1)[:, None, None, None]
plotting.show_images(
    0.5 + 0.5 * units / limit,
    alt="First-layer weights of 10 units as color images.",
)

# %% [markdown]
# Broad patches of color appear under a lot of noise. Every weight belongs to
# one pixel at one place. What the network learns about a cat in the upper
# left corner says nothing about a cat in the middle: it has to be learned
# again, from other images, with other weights. There are far too few images
# for that, and enough parameters to learn the noise of those there are.

# %% [markdown]
# ## Which classes are hard?
#
# One number for ten classes hides a lot (lesson 2).
#
# **Predict.** Which two classes of your data will be confused most often?

# %%
result = training.evaluate(published, loaders.valid)
per_class = result.per_class_accuracy
plotting.show_bars(
    per_class, classes, percent=True, xlabel="validation accuracy (%)",
    highlight=[per_class.argmin().item(), per_class.argmax().item()],
)  # fmt: skip

# %% [markdown]
# Between the easiest and the hardest class (orange) lie more than 20 points
# on CIFAR-10. What are the hard ones taken for?

# %%
plotting.show_confusion(result.confusion, classes)

# %% [markdown]
# Rows are what the image shows, columns what the network says. On CIFAR-10
# the mistakes stay in the family: animals are taken for animals, above all
# cats for dogs and dogs for cats, and vehicles for vehicles. Backgrounds seem
# to play a part, too: airplanes and ships, both often before plain blue, are
# taken for each other.

# %% [markdown]
# ## The same network on more images
#
# The best remedy for overfitting is more images. If there are no more, we
# make some: lesson 9 called this
# **[augmentation](glossary.md#augmentation)**. For color images we use two
# changes that keep the class. We mirror an image left to right, and shift it
# by up to 2 pixels. Each image of a batch gets its own random choice, but all
# are changed by a few tensor operations, without a loop.
#
# To shift, we pad every image with a frame of 0 (after normalization: the
# mean color) and cut a window of 32 × 32 out at another place. `rows` and
# `columns` say, for each image, which rows and columns of the padded image it
# takes. Indexing with them puts the channels last, and `movedim` puts them
# back.


# %%
def shift(images, down, right):
    """Move each image (b, c, h, w) down and right by its own pixels (b,)."""
    b, _, h, w = images.shape
    most = int(torch.stack([down, right]).abs().max())
    padded = F.pad(images, (most,) * 4)
    rows = most - down[:, None] + torch.arange(h, device=images.device)
    columns = most - right[:, None] + torch.arange(w, device=images.device)
    number = torch.arange(b, device=images.device)[:, None, None]
    cut = padded[number, :, rows[:, :, None], columns[:, None, :]]
    return cut.movedim(-1, 1)


def augment(images):
    """Mirror half of the images (b, c, h, w); shift each by up to 2."""
    b = len(images)
    mirror = torch.rand(b, device=images.device) < 0.5
    images = torch.where(mirror[:, None, None, None], images.flip(3), images)
    down, right = torch.randint(-2, 3, (2, b), device=images.device)
    return shift(images, down, right)


# %% [markdown]
# Look at what an augmentation does before you train with it. The first column
# is the image itself.

# %%
rows = []
for i in (3, 8):
    rows += [X[i : i + 1], augment(X[i].repeat(6, 1, 1, 1))]
plotting.show_images(
    visible(torch.cat(rows)), columns=7,
    alt="Two images, each with six copies that are mirrored or shifted.",
)  # fmt: skip

# %% [markdown]
# The gray strips are the padding. You would give every copy the label of its
# original; that is the condition for an augmentation. (Mirroring would not do
# for digits or letters.)
#
# **Predict.** The same network, the same optimizer, but each image now comes
# in $2 \cdot 5 \cdot 5 = 50$ forms, and on CIFAR-10 the training takes 12
# epochs instead of 8. What happens to the training accuracy, what to
# validation?

# %%
training.seed_everything(0)
augmented = data.loaders(
    splits, batch_size=128, seed=0, device=device, augment=augment
)
same = published_mlp().to(device)
same_history = train(same, augmented, settings.augmented_epochs, lr=1e-3)
checks.expect_seconds(same_history.seconds, at_most=240, name="training")
plotting.show_history(same_history)

# %% [markdown]
# The two curves stay together. (Validation is even ahead at first: it is
# measured after the epoch, on images that are not changed.) The network has
# as many parameters as it had. What counts is not their number alone, but how
# hard it is to learn the training images by heart.

# %%
same_last = same_history.rows[-1]
same_gap = same_last["train_accuracy"] - same_last["valid_accuracy"]
for name, row in [("original", last), ("augmented", same_last)]:
    print(
        f"{name:9}  training {row['train_accuracy']:.1%}  "
        f"validation {row['valid_accuracy']:.1%}"
    )
checks.expect(
    same_gap < gap - 0.03, f"expected a smaller gap, got {same_gap:.1%}"
)

# %% [markdown]
# The gap has closed, but for a point or two. Now the network is too small and
# trained too briefly rather than too free, and that calls for the opposite
# remedy.

# %% [markdown]
# ## A better plain MLP
#
# With augmentation we can afford more: wider layers, [batch
# normalization](glossary.md#batch-normalization) (lesson 9) behind each, and
# more epochs. There is no dropout in it: as long as training and validation
# stay together, it has nothing to mend.
#
# **Predict.** This network has twice as many parameters. Will it overfit?


# %%
def better_mlp():
    layers, width = [nn.Flatten()], 3072
    for num_hiddens in (1024, 512, 256):
        layers += [
            nn.Linear(width, num_hiddens, bias=False),
            nn.BatchNorm1d(num_hiddens),
            nn.ReLU(),
        ]
        width = num_hiddens
    return nn.Sequential(*layers, nn.Linear(width, 10))


training.seed_everything(0)
better = better_mlp().to(device)
better_history = train(better, augmented, settings.better_epochs, lr=1e-3)
checks.expect_seconds(better_history.seconds, at_most=240, name="training")

# %% [markdown]
# (The linear layers have no bias: batch normalization would subtract it
# again.) Beside the published network with augmentation:

# %%
better_last = better_history.rows[-1]
better_gain = better_last["valid_accuracy"] - same_last["valid_accuracy"]
for name, row in [("published", same_last), ("better", better_last)]:
    print(
        f"{name:9}  training {row['train_accuracy']:.1%}  "
        f"validation {row['valid_accuracy']:.1%}"
    )
checks.expect(
    better_gain > settings.better_gain,
    f"expected a gain of over {settings.better_gain}, got {better_gain:.3f}",
)

# %% [markdown]
# On CIFAR-10 these are about five points more, for twice the parameters and
# more epochs, and training and validation stay close. (On the generated
# shapes, in as few epochs as we have time for, the wider network gains
# nothing: what is good for one data set need not be for another.) We could go
# on like this and would gain little. The next section shows what is wrong
# with any MLP here.

# %% [markdown]
# ## What an MLP can't see
#
# Put the 1,024 places of an image in a random order, once, and move the
# pixels of every image to their new places, the same for all images. This is
# a **fixed shuffle**, or **[permutation](glossary.md#permutation)**, of the
# pixels. No information is lost.
#
# **Predict.** Can you still tell the classes apart? Can an MLP?

# %%
generator = torch.Generator().manual_seed(0)
order = torch.randperm(32 * 32, generator=generator)


def shuffle_pixels(images):
    """Move the pixels of images (b, c, 32, 32), all in the same way."""
    new_places = order.to(images.device)
    return images.flatten(2)[:, :, new_places].unflatten(2, (32, 32))


both = torch.cat([X[:4], shuffle_pixels(X[:4])])
names = [classes[k] for k in y[:4]] * 2
plotting.show_images(
    visible(both), names, columns=4,
    alt="Four images, and below them the same with shuffled pixels: noise.",
)  # fmt: skip

# %% [markdown]
# Nobody can read the lower row. For an MLP nothing has changed. Its first
# layer computes $z = xW + b$ from an image $x$ $(1 \times 3072)$ with weights
# $W$ $(3072 \times 512)$. Each unit is a sum over pixels, and a sum does not
# depend on the order of its terms. With a permutation matrix $P$
# $(3072 \times 3072)$ the shuffled image is $xP$, and the weights
# $P^\top W$ give
#
# $$(xP)(P^\top W) = xW, \qquad \text{because } P P^\top = I.$$
#
# So for every MLP on the original images there is one on the shuffled images
# that gives the same answers: the same weights in another order. We can make
# it.

# %%
moved = published_mlp().to(device)
moved.load_state_dict(published.state_dict())
with torch.no_grad():
    W = published[1].weight.unflatten(1, (3, 32, 32))
    moved[1].weight.copy_(shuffle_pixels(W).flatten(1))
    x = splits.valid.images[:500].to(device)
    difference = (moved(shuffle_pixels(x)) - published(x)).abs().max().item()
print(f"largest difference of the logits: {difference:.0e}")
checks.expect(difference < 1e-3, f"expected the same logits, {difference}")

# %% [markdown]
# And training finds it as well as the other: the initial weights are drawn
# independently, so no order of them is more likely than another. An MLP does
# not know which pixels are neighbors. It would have to learn from data what
# you take for granted: that the world is made of things that hang together,
# and that a thing is the same wherever it stands.

# %% [markdown]
# ## Convolution
#
# A network for images should have two properties built in:
#
# - **local**: a unit looks at a small window of neighboring pixels;
# - [**shared weights**](glossary.md#weight-sharing): the same weights are
#   used at every place, so what is learned in one place is known everywhere.
#
# A **[convolution](glossary.md#convolution)** is a linear layer with these
# two properties. A small block of weights, the
# **[kernel](glossary.md#kernel)** (or filter), slides over the image. At each
# place it is multiplied with the window below it, and the products are added
# up. The results, arranged as an image, are called a **[feature
# map](glossary.md#feature-map)**. Several kernels give several feature maps:
# they are the channels of the output.
#
# $$z_{o, i, j} = b_o + \sum_{c=1}^{c_\text{in}} \sum_{u=0}^{k-1}
#   \sum_{v=0}^{k-1} W_{o, c, u, v} \; x_{c,\, i+u,\, j+v}$$
#
# | symbol | meaning | shape |
# | --- | --- | --- |
# | $x$ | input image | $c_\text{in} \times h \times w$ |
# | $W$ | kernels of size $k \times k$ | $c_\text{out} \times c_\text{in} \times k \times k$ |
# | $b$ | biases, one per kernel | $c_\text{out}$ |
# | $z$ | feature maps | $c_\text{out} \times (h - k + 1) \times (w - k + 1)$ |
#
# The index $o$ counts the kernels and $c$ the channels of the input; $(i, j)$
# is a place in the feature map, $(u, v)$ one in the window.
#
# (Mathematicians call this a cross-correlation. Their convolution flips the
# kernel first. The weights are learned, so it makes no difference.)


# %%
def convolve(x, W, b):
    """Feature maps (c_out, h - k + 1, w - k + 1) of an image (c_in, h, w)."""
    c_out, _, k, _ = W.shape
    height, width = x.shape[1] - k + 1, x.shape[2] - k + 1
    z = torch.empty(c_out, height, width)
    for i in range(height):
        for j in range(width):
            window = x[:, i : i + k, j : j + k]  # (c_in, k, k)
            z[:, i, j] = (W * window).sum(dim=(1, 2, 3)) + b
    return z


x = torch.rand(3, 32, 32)
W, b = torch.randn(8, 3, 5, 5), torch.randn(8)
ours, theirs = convolve(x, W, b), F.conv2d(x[None], W, b)[0]
checks.expect_shape(ours, (8, 28, 28), "the feature maps")
checks.expect_close(ours, theirs, "our convolution", rtol=1e-4, atol=1e-4)
print("same as F.conv2d:", tuple(x.shape), "->", tuple(ours.shape))

# %% [markdown]
# Our two loops agree with `F.conv2d`, which is much faster. The output is 4
# pixels smaller than the input, because the window has to fit in.
# **[Padding](glossary.md#padding)** the input with a frame of zeros keeps the
# size: one pixel all around for $k = 3$.
#
# What can a single kernel find out? Here are two kernels written by hand. The
# left column of the first is negative and the right one positive: it responds
# where the image gets brighter from left to right. The second does the same
# from top to bottom.

# %%
left_right = torch.tensor([[-1.0, 0, 1], [-2, 0, 2], [-1, 0, 1]])
kernels = torch.stack([left_right, left_right.T])[:, None]
photo = visible(X[1]).mean(dim=0, keepdim=True)
maps = convolve(F.pad(photo, (1, 1, 1, 1)), kernels, torch.zeros(2))
maps = 0.5 + 0.5 * maps / maps.abs().max()
plotting.show_images(
    torch.cat([photo, maps]), ["gray image", "left-right", "top-bottom"],
    columns=3, alt="A gray image and two feature maps that show its edges.",
)  # fmt: skip

# %% [markdown]
# Middle gray is 0; white and black are edges in one direction and in the
# other. (The line along the border comes from the padding.) A feature map
# says *where* something is. A convolutional network learns kernels such as
# these by itself, and the next layer learns kernels over their feature maps.
#
# **Predict.** If the image moves by 3 pixels, what does its feature map do?

# %%
x = torch.rand(1, 3, 32, 32)
z = F.conv2d(x, W, b)
z_moved = F.conv2d(x.roll(3, dims=3), W, b)
checks.expect_close(
    z_moved[..., 3:], z[..., :-3], "moved map", rtol=1e-4, atol=1e-4
)

# %% [markdown]
# The check is silent: it moves by 3 pixels, too (apart from the pixels that
# came in at the border). This is called
# **[equivariance](glossary.md#equivariance)**. It follows from the shared
# weights, and no training is needed for it.
#
# How many weights does that save? Compare 32 kernels of $3 \times 3$ with a
# linear layer that produces as many numbers, $32 \times 32 \times 32$.

# %%
# NBVAL_CHECK_OUTPUT
convolution = nn.Conv2d(3, 32, kernel_size=3, padding=1)
n_dense = 3072 * 32 * 32 * 32 + 32 * 32 * 32
n_convolution = sum(p.numel() for p in convolution.parameters())
print(f"linear layer {n_dense:,} parameters, convolution {n_convolution}")

# %% [markdown]
# A convolution *is* that linear layer, with most weights set to 0 and the
# others tied together. It can do less, and what it can't do is what you don't
# want for images.

# %% [markdown]
# ## A small convolutional network
#
# Three convolutions with 32, 64 and 128 kernels. Behind each, **[max
# pooling](glossary.md#max-pooling)** keeps the largest of each 2 × 2 pixels:
# the maps get smaller, and each later kernel sees a larger part of the image.
# Then batch normalization (here with one mean and one standard deviation per
# channel) and ReLU. At the end the 128 maps have 4 × 4 pixels; one linear
# layer makes logits of these 2,048 numbers. Such a network is called a
# **[convolutional neural
# network](glossary.md#convolutional-neural-network)**, or **CNN**.
#
# [Pooling](glossary.md#pooling) stands directly behind the convolution, so
# that what follows has only a quarter of the pixels to work on.
# `channels_last` is explained below; it changes the speed and nothing else.


# %%
def block(c_in, c_out):
    return nn.Sequential(
        nn.Conv2d(c_in, c_out, kernel_size=3, padding=1, bias=False),
        nn.MaxPool2d(2),
        nn.BatchNorm2d(c_out),
        nn.ReLU(),
    )


def small_cnn(width=32):
    model = nn.Sequential(
        block(3, width),
        block(width, 2 * width),
        block(2 * width, 4 * width),
        nn.Flatten(),
        nn.Linear(4 * width * 4 * 4, 10),
    )
    return model.to(memory_format=torch.channels_last)


# %% [markdown]
# Follow one image through it, and count.
#
# **Predict.** The better MLP has 3.8 million parameters. How many has this?

# %%
# NBVAL_CHECK_OUTPUT
cnn, maps = small_cnn().eval(), torch.zeros(1, 3, 32, 32)
for layer in cnn:
    maps = layer(maps)
    name = type(layer).__name__.replace("Sequential", "block")
    count = sum(p.numel() for p in layer.parameters())
    print(f"{name:18} {tuple(maps.shape)!s:17} {count:7,} parameters")
n_better = sum(p.numel() for p in better_mlp().parameters())
n_cnn = sum(p.numel() for p in cnn.parameters())
print(f"CNN {n_cnn:,} in all, better MLP {n_better:,}: {n_better // n_cnn} x")
checks.expect(n_cnn < n_published, "expected fewer than the published MLP")

# %% [markdown]
# The better MLP has over thirty times as many, the published one fifteen
# times. But every kernel of the CNN is used at $32 \cdot 32$, $16 \cdot 16$
# or $8 \cdot 8$ places, so one pass takes longer.
#
# **Predict.** Better or worse than the better MLP? By how much?

# %%
training.seed_everything(0)
cnn = small_cnn().to(device)
cnn_history = train(cnn, augmented, settings.cnn_epochs, lr=1e-2)
checks.expect_seconds(cnn_history.seconds, at_most=300, name="training")
plotting.show_history(cnn_history)

# %% [markdown]
# After two epochs the CNN has passed both MLPs, and training and validation
# stay close together. With fewer parameters and the same training images, it
# is much better, because it does not have to learn what a neighbor is.

# %%
cnn_last = cnn_history.rows[-1]
lead = cnn_last["valid_accuracy"] - better_last["valid_accuracy"]
print(
    f"validation: {cnn_last['valid_accuracy']:.1%}, "
    f"a lead of {100 * lead:.0f} points"
)
checks.expect(
    lead > 0.1, f"expected a lead of over 10 points, got {lead:.1%}"
)

# %% [markdown]
# ## Shuffle the pixels, for both
#
# Is this explanation right? The fixed shuffle puts it to the test. We train
# both networks on original and on shuffled images, three times each, from
# different seeds. To save time these are short trainings on a part of the
# images, without augmentation, and the CNN (`narrow_cnn`) has half as many
# kernels in each layer. So the accuracies are lower than above, and only the
# comparison counts.
#
# **Predict.** Put the four kinds of training in order, the best first. Which
# come out equal?

# %%
few, _ = data.stratified_split(
    splits.train.labels, 1 - settings.few_images / len(X), seed=0
)
few = replace(splits, train=splits.train.subset(few))


def shuffled(image_set):
    return data.ImageSet(shuffle_pixels(image_set.images), image_set.labels)


few_shuffled = replace(
    few, train=shuffled(few.train), valid=shuffled(few.valid)
)
print(few.train)


# %% [markdown]
# The same training for all; only the model, the images and the seed differ.


# %%
def short_training(make, num_epochs, lr, some_splits, seed):
    """The model and its validation accuracy after a few epochs."""
    training.seed_everything(seed)
    model = make().to(device)
    loaders = data.loaders(some_splits, 64, seed=seed, device=device)
    history = train(model, loaders, num_epochs, lr, progress=False)
    return model, history["valid_accuracy"][-1]


def narrow_cnn():
    return small_cnn(width=16)


# %% [markdown]
# Three seeds for each of the four kinds make twelve trainings.

# %%
reached, short_models = {}, {}
with progress.Progress(12, "12 short trainings") as bar:
    for kind, make, num_epochs, lr in [
        ("MLP", published_mlp, settings.few_epochs_mlp, 1e-3),
        ("CNN", narrow_cnn, settings.few_epochs_cnn, 1e-2),
    ]:
        for images, some in [("original", few), ("shuffled", few_shuffled)]:
            for seed in range(3):
                model, accuracy = short_training(
                    make, num_epochs, lr, some, seed
                )
                reached.setdefault((kind, images), []).append(accuracy)
                short_models[kind, images] = model
                bar.advance()

# %% [markdown]
# Each point of the figure is one training.

# %%
fig, ax = plt.subplots(figsize=(plotting.WIDTH, 2.4))
for row, ((_, images), values) in enumerate(reached.items()):
    color = plotting.BLUE if images == "original" else plotting.ORANGE
    marker = "o" if images == "original" else "s"
    percent = [100 * v for v in values]
    ax.plot(percent, [row] * 3, marker, color=color, alpha=0.8)
ax.axvline(10, color=plotting.GREY, linestyle=":")
ax.text(10, -0.7, "chance", color=plotting.GREY, ha="center", va="bottom")
labels = [f"{kind}, {images}" for kind, images in reached]
ax.set_yticks(range(4), labels)
ax.set(xlim=(0, 100), ylim=(3.6, -0.6), xlabel="validation accuracy (%)")
means = {k: sum(v) / len(v) for k, v in reached.items()}
said = [f"{a}, {b}: {means[a, b]:.0%}" for a, b in means]
plotting.describe(
    fig,
    "Validation accuracy of three short trainings each: " + "; ".join(said),
)

# %% [markdown]
# The two rows of the MLP show nearly the same accuracy. The CNN loses its
# whole lead. In numbers, mean and range of three seeds:

# %%
for (kind, images), values in reached.items():
    low, high = min(values), max(values)
    mean = means[kind, images]
    print(f"{kind} {images:8} {mean:.1%}  ({low:.1%} to {high:.1%})")
change = {
    kind: means[kind, "shuffled"] - means[kind, "original"]
    for kind in ("MLP", "CNN")
}
checks.expect(
    abs(change["MLP"]) < 0.05, f"MLP changed by {change['MLP']:.1%}"
)
checks.expect(change["CNN"] < -0.10, f"CNN changed by {change['CNN']:.1%}")

# %% [markdown]
# So the CNN's lead does not come from being a "better" network as such. It
# comes from an assumption about the data: neighboring pixels belong together.
# Where that is true, it is worth more than millions of parameters. Where it
# is false, as here by force, the assumption does harm. Tables of
# measurements, whose columns have no order, are such a case.

# %% [markdown]
# ## On a GPU
#
# A **[GPU](glossary.md#GPU)** does thousands of multiplications at once,
# which suits matrix products and convolutions. Code for it differs in three
# places from code for the CPU: the device, the order of the numbers in
# memory, and their precision.
#
# ### Device
#
# Every tensor lives on one **[device](glossary.md#device)**, and an operation
# works on tensors of one device. `data.best_device()` returns CUDA (NVIDIA,
# and AMD with ROCm) if there is one, else MPS (Apple), else the CPU. Move the
# model there with `model.to(device)` **before** you make the optimizer, and
# each batch, too. `data.loaders(..., device=device)` moves all images once,
# which is faster where they fit into the GPU's memory: CIFAR-10 takes about
# 0.7 GB.

# %%
print("device:", device, "| PyTorch", torch.__version__)
print("weights on", next(cnn.parameters()).device.type, end=", ")
print("images on", augmented.train.dataset.images.device.type)

# %% [markdown]
# A GPU works on while Python goes on with the next line. `.item()`, `print`
# and `.cpu()` wait for it. So don't call `loss.item()` in every iteration,
# and before you stop a clock, read a number back.
#
# ### Channels last
#
# A batch has the shape $(n, c, h, w)$, but memory is one long line. Usually
# all red values of an image come first, then all green, then all blue. In the
# format [`channels_last`](glossary.md#channels-last) the three values of one
# pixel stand side by side. Convolutions read all channels of a window
# together, so many processors and GPUs are faster with it. The
# **[strides](glossary.md#stride)** tell how far to step in memory for the
# next index of each dimension.
#
# **Predict.** The usual strides of $3 \times 32 \times 32$ images are 3072,
# 1024, 32 and 1. What are they in `channels_last`?

# %%
# NBVAL_CHECK_OUTPUT
images = torch.rand(2, 3, 32, 32)
images_last = images.to(memory_format=torch.channels_last)
print("contiguous   ", tuple(images.shape), images.stride())
print("channels_last", tuple(images_last.shape), images_last.stride())
print("equal:", torch.equal(images, images_last))

# %% [markdown]
# The step from channel to channel is now 1, from pixel to pixel 3, and from
# row to row $32 \cdot 3 = 96$. Shape, indices and values are the same; only
# the speed may differ.
#
# ### Mixed precision
#
# A 32-bit number (float32) has about seven digits. Training needs fewer in
# most places. There are two 16-bit formats:

# %%
# NBVAL_CHECK_OUTPUT
for dtype in (torch.float32, torch.bfloat16, torch.float16):
    i = torch.finfo(dtype)
    print(
        f"{str(dtype)[6:]:8}  largest {i.max:.1e}  "
        f"smallest normal {i.tiny:.1e}  step at 1: {i.eps:.1e}"
    )

# %% [markdown]
# [bfloat16](glossary.md#bfloat16) has the range of float32 and fewer than
# three digits; float16 has more digits and a small range. They need half the
# memory, and where the processor has circuits for them they are several times
# faster.
#
# **[Mixed precision](glossary.md#mixed-precision)** uses them where it does
# no harm. Inside [`torch.autocast`](glossary.md#autocast), PyTorch computes
# linear layers and convolutions in 16 bits, and keeps sums, losses and the
# weights themselves in 32. Updates of the weights are small compared with the
# weights, and 16 bits would lose them:

# %%
# NBVAL_CHECK_OUTPUT
weight, update = 1.0, 0.001
for dtype in (torch.float32, torch.bfloat16):
    new = torch.tensor(weight, dtype=dtype) + update
    print(f"{str(dtype)[6:]:8} 1 + 0.001 = {new.item():.4f}")

# %% [markdown]
# In float16 there is a second danger. Gradients are often smaller than its
# smallest numbers and become 0. [`GradScaler`](glossary.md#GradScaler)
# multiplies the loss, and so all gradients, by a large number, and divides
# before the update. bfloat16 has the range of float32 and does not need that.

# %%
# NBVAL_CHECK_OUTPUT
gradient = torch.tensor(1e-8)
lost = gradient.half()
kept = (gradient * 65536).half().float() / 65536
print(f"1e-8 in float16: {lost.item():.1e}, scaled: {kept.item():.1e}")

# %% [markdown]
# Now the five steps of a training loop (lesson 4) once more, for any device
# and precision. What is new: the forward pass runs inside `autocast`, and the
# scaler stands between the loss and the optimizer. Where it is not needed,
# `enabled=False` makes it pass everything through.


# %%
def training_step(model, images, labels, optimizer, dtype, scaler):
    mixed = dtype != torch.float32
    with torch.autocast(device.type, dtype=dtype, enabled=mixed):
        outputs = model(images)
        loss = F.cross_entropy(outputs, labels)
    optimizer.zero_grad()
    scaler.scale(loss).backward()
    scaler.step(optimizer)
    scaler.update()
    return outputs, loss


def half_precision():
    """The 16-bit format for this device."""
    if device.type != "cuda" or torch.cuda.is_bf16_supported(
        including_emulation=False
    ):
        return torch.bfloat16
    return torch.float16  # older GPUs, such as Colab's T4


# %% [markdown]
# **Predict.** Which of the four combinations is the fastest on your machine?
# By what factor?


# %%
def speed(dtype, memory_format):
    """Images per second in training; first outputs and loss; the model."""
    training.seed_everything(0)
    model = small_cnn().to(device, memory_format=memory_format)
    optimizer = torch.optim.AdamW(model.parameters(), lr=1e-3)
    scaler = torch.amp.GradScaler(device.type, enabled=dtype == torch.float16)
    images, labels = X[:256].to(device), y[:256].to(device)
    images = images.to(memory_format=memory_format)
    times, results = [], []
    for _ in range(5):
        start = time.perf_counter()
        results.append(
            training_step(model, images, labels, optimizer, dtype, scaler)
        )
        next(model.parameters()).sum().item()  # wait for the device
        times.append(time.perf_counter() - start)
    return 256 / sorted(times)[2], *results[0], model


# %% [markdown]
# `speed` takes the median of five steps. The first one is always slow:
# memory is allocated, and programs for the device are chosen.

# %%
formats = {
    "contiguous": torch.contiguous_format,
    "channels_last": torch.channels_last,
}
measured = {}
for dtype in (torch.float32, half_precision()):
    for name, memory_format in formats.items():
        key = (str(dtype)[6:], name)
        measured[key] = speed(dtype, memory_format)
        print(f"{key[0]:8} {key[1]:13} {measured[key][0]:8,.0f} images/s")

# %% [markdown]
# These are the figures of this machine. On a CPU, 16 bits pay only where the
# processor has instructions for them, and may be slower than 32 otherwise. On
# a GPU of recent years both changes together usually pay most, and the more,
# the larger the network.
#
# What did *not* change? Compare the outputs of the first step, which all four
# made with the same weights, and the types.

# %%
reference = measured["float32", "contiguous"]
for key, (_, outputs, loss, model) in measured.items():
    difference = (outputs.float() - reference[1]).abs().max().item()
    weights = next(model.parameters()).dtype
    print(
        f"{key[0]:8} {key[1]:13} loss {loss.item():.3f}  largest difference "
        f"{difference:.0e}  weights {str(weights)[6:]}"
    )
    checks.expect(
        weights == torch.float32, f"expected float32, got {weights}"
    )
    checks.expect(
        abs(loss.item() - reference[2].item()) < 0.02,
        f"expected nearly the same loss, got {loss.item():.3f}",
    )

# %% [markdown]
# `channels_last` gives the same numbers up to rounding in the last digits. In
# 16 bits each output is off by its own rounding error, two hundredths at most
# here. In the loss, a mean over 256 images, the errors nearly cancel. The
# weights are float32 in all cases, and so are the files you save. The
# accuracy of whole trainings stays as well: the paper that introduced mixed
# precision (at the end of this lesson) compared it for many large networks.
#
# | | changes | stays |
# | --- | --- | --- |
# | device | speed; the order of sums, so the last digits | code, shapes, accuracy |
# | `channels_last` | strides, speed of convolutions | shape, values, results |
# | mixed precision | speed, memory, digits of activations | weights in float32, accuracy |
#
# A GPU doesn't mend a wrong model: the MLP stays at its limit, it only gets
# there sooner.

# %% [markdown]
# ## The final numbers
#
# All choices were made on validation images. Now the test images.

# %%
loaders = data.loaders(splits, device=device)
models = {
    "published MLP": published,
    "augmented": same,
    "better MLP": better,
    "CNN": cnn,
}
results = {k: training.evaluate(m, loaders.test) for k, m in models.items()}
print("Test images of", data_used)
for name, result in results.items():
    print(f"{name:14} {result.accuracy:.2%}")
goals = {
    "augmented": settings.published_at_least,
    "better MLP": settings.better_at_least,
    "CNN": settings.cnn_at_least,
}
for name, at_least in goals.items():
    accuracy = results[name].accuracy
    checks.expect(
        accuracy >= at_least,
        f"{name}: expected at least {at_least:.0%}, got {accuracy:.2%}",
    )

# %% [markdown]
# On CIFAR-10 the cell insists on 56 % for the published network with
# augmentation, 60 % for the better MLP and 75 % for the CNN. Beside what the
# tutorial reports:

# %%
histories = (published_history, same_history, better_history, cnn_history)
theirs = {"published MLP": "54.84%, 20 epochs, 243 s"}
print(f"{'':14}{'parameters':>10}  {'reported on CIFAR-10':25} ours")
for (name, model), history in zip(models.items(), histories, strict=True):
    ours = f"{results[name].accuracy:.2%}, {len(history)} epochs"
    print(
        f"{name:14}{count_parameters(model):10,}  {theirs.get(name, '-'):25} "
        f"{ours}, {history.seconds:.0f} s"
    )

# %% jupyter={"outputs_hidden": true, "source_hidden": true} tags=["author"]
tasks = {
    "published MLP": "CIFAR-10, 3072-512-256-128-64-10",
    "augmented": "the same with flips and shifts",
    "better MLP": "CIFAR-10, better MLP",
    "CNN": "CIFAR-10, small CNN",
}
for (name, task), history in zip(tasks.items(), histories, strict=True):
    if splits.name == "cifar10":  # not on the generated images
        checks.report(
            task,
            results[name].accuracy,
            images=len(results[name].labels),
            seconds=history.seconds,
            published="54.84 %, 243 s" if name == "published MLP" else "–",
        )

# %% [markdown]
# How exact are such numbers? With $n$ test images and the true accuracy $p$,
# the measured one has a standard deviation of $\sqrt{p (1 - p) / n}$: with
# 10,000 images and 60 %, half a point. A difference of 0.3 points between two
# networks tells nothing.
#
# Where does the CNN gain? Each line is one class; the arrow leads from the
# better MLP to the CNN.

# %%
before = 100 * results["better MLP"].per_class_accuracy
after = 100 * results["CNN"].per_class_accuracy
fig, ax = plt.subplots(figsize=(plotting.WIDTH, 3.4))
for k in range(10):
    ax.annotate(
        "", (after[k], k), (before[k], k),
        arrowprops={"arrowstyle": "->", "color": plotting.GREY},
    )  # fmt: skip
ax.plot(before, range(10), "s", color=plotting.ORANGE)
ax.plot(after, range(10), "o", color=plotting.BLUE)
ax.text(before[0], -0.7, "MLP", color=plotting.INKS[1], ha="center")
ax.text(after[0], -0.7, "CNN", color=plotting.INKS[0], ha="center")
ax.set_yticks(range(10), classes)
ax.set(xlabel="test accuracy (%)", ylim=(9.6, -1.4))
gains = after - before
plotting.describe(
    fig,
    "Test accuracy of each class, better MLP and CNN. The largest gain: "
    f"{classes[gains.argmax()]}, {gains.max():.0f} points.",
)

# %% [markdown]
# On CIFAR-10 every class gains around 10 points or more. Birds, deer and dogs
# gain most; cats gain less and are now the hardest class. What is still
# confused? The five most frequent mistakes:

# %%
mistakes = results["CNN"].confusion.clone().fill_diagonal_(0)
for place in mistakes.flatten().argsort(descending=True)[:5].tolist():
    shown, said = divmod(place, 10)
    count = mistakes[shown, said].item()
    print(f"{classes[shown]:10} taken for {classes[said]:10} {count:3} times")

# %% [markdown]
# On CIFAR-10 cats and dogs stay the hardest pair. Here are the first eight
# test images with the CNN's answers and how sure it is.

# %%
answers = results["CNN"]
confidence = answers.outputs.softmax(dim=1).amax(dim=1)
plotting.show_predictions(
    visible(splits.test.images[:8]), answers.labels[:8],
    answers.predictions[:8], classes=classes, confidences=confidence[:8],
)  # fmt: skip

# %% [markdown]
# The mistakes (✗) on CIFAR-10 are animals taken for other animals, and the
# CNN is less sure of them than of most of its right answers.
#
# ## Shift the test images
#
# In lesson 1 a shift by 4 pixels ruined the nearest mean image. We shift
# 2,000 test images to the right, by 0 to 8 pixels, and fill the gap with the
# mean color. Better MLP and CNN have seen shifts of up to 2 pixels in
# training; the published MLP and a CNN of the short trainings have not.
#
# **Predict.** Which of the four loses most?


# %%
few_test = splits.test.subset(torch.arange(2000))


def shifted_right(pixels):
    offset = torch.full((2000,), pixels)
    moved = shift(few_test.images, 0 * offset, offset).contiguous()
    return data.ImageSet(moved, few_test.labels)


compared = {
    "better MLP": better,
    "CNN": cnn,
    "published MLP": published,
    "CNN, no shifts": short_models["CNN", "original"],
}
shifts = range(0, 9, 2)
curves = {name: [] for name in compared}
for pixels in progress.track(shifts, "shifting"):
    moved = shifted_right(pixels)
    for name, model in compared.items():
        accuracy = training.evaluate(model, moved).accuracy
        curves[name].append(100 * accuracy)

# %% [markdown]
# The absolute accuracies differ anyway, so we draw what is left of each.

# %%
fig, ax = plt.subplots(figsize=(plotting.WIDTH, 3.2))
ends = {}
looks = zip(
    curves.items(), ["s-", "o-", "s--", "o--"], [1, 0, 1, 0], strict=True
)
for (name, values), style, c in looks:
    kept = [100 * v / values[0] for v in values]
    color = plotting.PALETTE[c]
    ax.plot(shifts, kept, style, color=color, markersize=5, clip_on=False)
    ends[name] = (8, kept[-1], plotting.INKS[c])
ax.set(xlabel="shift to the right (pixels)", ylabel="accuracy kept (%)")
ax.set(ylim=(0, 105), xlim=(0, 8))
plotting.direct_labels(ax, ends)
said = [f"{name} {end[1]:.0f} %" for name, end in ends.items()]
plotting.describe(
    fig,
    "Share of the accuracy that is left when test images are shifted. At 8 "
    f"pixels: {', '.join(said)}.",
)

# %% [markdown]
# The dashed lines belong to the two networks that saw no shifts in training.
# In numbers, for shifts by 0, 2, 4, 6 and 8 pixels:

# %%
for name, values in curves.items():
    print(f"{name:15}", "  ".join(f"{v:4.1f} %" for v in values))
kept_at_4 = {name: values[2] / values[0] for name, values in curves.items()}
for ours, theirs in [
    ("better MLP", "published MLP"),
    ("CNN", "better MLP"),
    ("CNN, no shifts", "published MLP"),
]:
    checks.expect(
        kept_at_4[ours] > kept_at_4[theirs],
        f"expected {ours} to keep more than {theirs}: {kept_at_4}",
    )

# %% [markdown]
# Compare the dashed lines. At a shift of 4 pixels the MLP keeps about three
# quarters of its accuracy on CIFAR-10, because every weight belongs to one
# place. The CNN keeps about nine tenths, without ever having been told about
# shifts: its feature maps move with the image. It does lose something,
# for three reasons: the last layer has a weight for each of the 4 × 4 places,
# pooling works on a fixed grid, and at the border a part of the image is cut
# off.
#
# Augmentation teaches an MLP the same, but by examples, and it costs
# capacity: it has to learn every shift with other weights.

# %% [markdown]
# ## Find the mistake: the best of twenty epochs
#
# Many published training loops on CIFAR-10 print the test accuracy after
# every epoch, and the highest of them goes into the title. Lesson 1 said what
# is wrong with choosing on the test set. How much is it here?
#
# Suppose the network is exactly as good after each of the last 20 epochs: it
# is right with probability 0.6. We measure 20 times on 10,000 images.

# %%
# NBVAL_CHECK_OUTPUT
generator = torch.Generator().manual_seed(0)
right = torch.rand(20, 10_000, generator=generator) < 0.6
accuracies = right.float().mean(dim=1)
print(f"last epoch {accuracies[-1]:.1%}, best epoch {accuracies.max():.1%}")
print(f"standard deviation {accuracies.std():.1%}")

# %% [markdown]
# The best epoch looks a point better than the truth, and nothing was learned.
# (Real epochs make many of the same mistakes, so the effect is smaller, but
# always in the same direction.) Choose the epoch on validation images, or
# take the last one, as we did.

# %% [markdown]
# ## What we found
#
# - A color image has three channels, and each is normalized with its own mean
#   and deviation, computed over all pixels of all training images.
# - The published MLP overfits: it has tens of parameters per image, and most
#   belong to one pixel. Augmentation closes the gap; width, batch
#   normalization and more epochs gain about five points on CIFAR-10.
# - An MLP can't see which pixels are neighbors: shuffled pixels leave its
#   accuracy as it is.
# - A convolution is local and uses the same weights everywhere. A CNN with a
#   thirtieth of the parameters is far better, until the pixels are shuffled.
# - Convolution follows a shift by itself; an MLP has to learn each one.
# - A GPU, `channels_last` and mixed precision change speed and the last
#   digits, not what a network can learn.
#
# ## Questions to check yourself
#
# <details><summary>How many parameters has a convolution of 64 kernels of
# size 5 × 5 on 32 channels, with biases?</summary>
#
# $64 \cdot 32 \cdot 5 \cdot 5 + 64 = 51{,}264$, whatever the size of the
# image.
# </details>
#
# <details><summary>You exchange the red and the blue channel of every image,
# in training and test. Does the CNN's accuracy change? And if you do it in
# the test images alone?</summary>
#
# In both: no. A convolution adds over its input channels, so their order does
# not matter, as the order of pixels does not for an MLP. In the test images
# alone: yes, that is a [distribution shift](glossary.md#distribution-shift).
# </details>
#
# <details><summary>With GradScaler you clip the gradient to norm 1. What do
# you have to do before?</summary>
#
# `scaler.unscale_(optimizer)`: until then the gradients are too large by the
# scaler's factor, and clipping would shrink them all to almost nothing.
# </details>
#
# <details><summary>Your CNN is as good on shuffled pixels as on original
# ones. What do you suspect?</summary>
#
# That it does not use the neighborhood: kernels of size 1 × 1, say, or
# classes that can be told by the colors alone. Or that the shuffle was not
# applied.
# </details>
#
# <details><summary>A model reaches 75.4 %, another 75.1 %, both on 10,000
# test images. Which is better?</summary>
#
# You can't tell from this. The standard deviation of each number is
# $\sqrt{0.75 \cdot 0.25 / 10{,}000} = 0.4$ points, and other seeds would add
# more.
# </details>
#
# ## Exercises and further reading
#
# Practice in [exercise set 10](../exercises/10_cifar.ipynb). Words to look up
# are in the [glossary](glossary.md). The data: A. Krizhevsky, "Learning
# multiple layers of features from tiny images", technical report, University
# of Toronto (2009). Convolutional networks: Y. LeCun, L. Bottou, Y. Bengio,
# P. Haffner, "Gradient-based learning applied to document recognition",
# Proceedings of the IEEE 86 (1998). Mixed precision: P. Micikevicius and
# others, "Mixed precision training", ICLR 2018.
#
# This was the last lesson. You have gone from looking at pixels to a network
# that assumes the right things about them. What comes next builds on it:
# deeper convolutional networks with residual connections, and attention.

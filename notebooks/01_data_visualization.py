# ---
# jupyter:
#   course:
#     peak_mb: 1376
#     python: 3.11.7
#     seconds: 31.1
#     torch: 2.14.1
# ---

# %% [markdown]
# [![Open in Colab](https://colab.research.google.com/assets/colab-badge.svg)](https://colab.research.google.com/github/neural-notebooks/course/blob/main/notebooks/01_data_visualization.ipynb)

# %% [markdown]
# # 1. Data visualization
#
# **The question of this lesson:** what exactly does a network get to see, and
# how do you find out what is in a data set before you train anything on it?
#
# After this lesson you can
#
# - say what shape, type and range an image tensor has, and draw it;
# - check class balance, typical images and pixel values of a data set;
# - say what the training, validation and test set may each be used for, split
#   in fixed proportions, and recognize leakage;
# - show what a distribution shift does to accuracy;
# - explain batch, iteration and epoch, and normalize images;
# - give a baseline that every later model has to beat.
#
# **You need:** Python, and some practice with NumPy arrays or PyTorch
# tensors. **Time:** about 60 minutes; all cells together run in under a
# minute.

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
import matplotlib.pyplot as plt
import numpy as np
import torch
from sklearn.decomposition import PCA
from sklearn.manifold import TSNE

from course_utils import checks, data, plotting, progress
from course_utils.training import seed_everything

plotting.use_style()
seed_everything(0)

# %% [markdown]
# ## An image is a tensor
#
# An image is stored as a [tensor](glossary.md#tensor): an array of numbers
# with any number of axes. MNIST is a set of 70,000 handwritten digits. Census
# workers and high-school students wrote them; the American institute NIST
# scanned the forms; LeCun, Cortes and Burges scaled and centered each digit.
# It comes with the course.
#
# `data.load` returns three parts, whose purpose is the subject of a later
# section; until then we look only at the part for training.

# %%
# NBVAL_CHECK_OUTPUT
splits = data.load("mnist", valid_fraction=0.1, seed=0)
X, y = splits.train.images, splits.train.labels
print("images", tuple(X.shape), X.dtype)
print("labels", tuple(y.shape), y.dtype)
print("pixels from", X.min().item(), "to", X.max().item())

# %% [markdown]
# Read the shape from left to right: 54,000 images, 1 channel (gray; a color
# image has 3), 28 rows, 28 columns. PyTorch always uses this order, written
# $(n, c, h, w)$. Pixels are 32-bit floating-point numbers from 0 (background)
# to 1 (ink). Labels are whole numbers, one per image.
#
# A network sees nothing but these numbers. So let us see them too. The file
# stores each pixel as one byte, from 0 to 255; we go back to bytes to read
# them more comfortably.
#
# **Predict.** Here is the first training image. Do you expect many values
# between 0 and 255, or mostly the two extremes?

# %%
image = (255 * X[0]).round().to(torch.uint8)
plotting.show_pixels(image)

# %% [markdown]
# The background is exactly 0, the middle of a stroke is close to 255, and the
# gray values in between are one or two pixels wide: they are the soft edge of
# the pen stroke. The digit fills about 20 × 20 pixels in the middle; the
# frame around it is empty. We will meet that empty frame again.
#
# One image tells you little about 54,000. So look at twenty.

# %%
plotting.show_images(X[:20], y[:20])

# %% [markdown]
# The number above each image is its label. Check a few: does each match what
# you read? Note how differently the same digit is written.
#
# A common tutorial snippet for such a grid no longer runs. It gets a batch
# with `iter(loader).next()`, which PyTorch removed, and asks for `20/2`
# columns of subplots, which is the decimal number 10.0 and not accepted as a
# count. Write `next(iter(loader))` and `20 // 2`.

# %% [markdown]
# ## Are the classes balanced?
#
# Suppose 90 % of the images were ones. Then a "model" that always answers 1
# would reach 90 % [accuracy](glossary.md#accuracy). Before you trust any
# accuracy, you have to know how often each class occurs: its
# [class balance](glossary.md#class-balance).
#
# **Predict.** Ten digits, so each should make up about 10 %. How far from
# 10 % will the rarest and the most frequent be?

# %%
counts = torch.bincount(y, minlength=10)
share = counts / counts.sum()
rarest, commonest = share.argmin().item(), share.argmax().item()
plotting.show_bars(
    share, splits.classes, percent=True, highlight=[rarest, commonest],
    xlabel="share of the training images (%)",
)  # fmt: skip

# %% [markdown]
# The bars are of nearly equal length. What would two "models" reach that do
# not look at the image at all?

# %%
# NBVAL_CHECK_OUTPUT
print(f"always answer {commonest}: right in {share[commonest]:.1%}")
print(f"guess one of ten at random: right in {(share / 10).sum():.1%}")

# %% [markdown]
# The digit 5 is the rarest with 9.0 %, the digit 1 the most frequent with
# 11.2 %. With classes this balanced, accuracy is a fair measure, and 11.2 %
# is the lowest bar: a model that does not pass it has learned nothing.

# %% [markdown]
# ## What does a typical digit look like?
#
# The [**mean image**](glossary.md#mean-image) of a class is the mean of each
# pixel over all its images. With $n_k$ images $X^{(i)}$ of class $k$, each
# $28 \times 28$:
#
# $$M_k = \frac{1}{n_k} \sum_{i:\, y_i = k} X^{(i)}.$$
#
# The **standard deviation** of each pixel tells where the images of the class
# differ from one another.
#
# **Predict.** Which digit will have the sharpest mean image?

# %%
means = torch.stack([X[y == k].mean(dim=0) for k in range(10)])
spreads = torch.stack([X[y == k].std(dim=0) for k in range(10)])
titles = [f"mean {k}" for k in range(10)] + [f"std {k}" for k in range(10)]
plotting.show_images(torch.cat([means, spreads]), titles)

# %% [markdown]
# Every mean is a blurred but readable digit. The lower row is bright where
# writers disagree: the 1 shows a fan, because some lean left and others
# right. How sharp a mean is can be read off its brightest pixel, where the
# most writers agree.

# %%
# NBVAL_CHECK_OUTPUT
brightest = means.flatten(1).amax(dim=1)
for k in brightest.argsort(descending=True).tolist():
    print(f"{k}: {brightest[k]:.2f}", end="   ")

# %% [markdown]
# The 1 has the sharpest mean, the 2 and the 5 the most blurred. A model that
# expects each pixel to have one fixed value per class will have the most
# trouble with the blurred ones.

# %% [markdown]
# ## How are the pixel values distributed?
#
# **Predict.** What share of all pixels is background, exactly 0?

# %%
fig, ax = plt.subplots(figsize=(plotting.WIDTH, 2.6))
shares, edges = np.histogram(X.numpy(), bins=32, range=(0, 1))
ax.stairs(100 * shares / X.numel(), edges, fill=True, color=plotting.BLUE)
ax.set(yscale="log", xlabel="pixel value", ylabel="share of pixels (%)")
ax.yaxis.set_major_formatter("{x:g}")
plotting.describe(
    fig,
    "Histogram of pixel values on a logarithmic axis: over 80 % of all pixels "
    "are near 0, a few percent near 1, and less than 1 % in each bin between.",
)

# %% [markdown]
# Mind the logarithmic axis: the bar at the left stands for over 80 % of all
# pixels, and each bar between the two ends for less than 1 %. Counted
# exactly:

# %%
# NBVAL_CHECK_OUTPUT
print(f"exactly 0: {(X == 0).float().mean():.1%} of all pixels")
never_used = (X.amax(dim=0) == 0).sum()
print(f"0 in every training image: {never_used} of 784 pixels")

# %% [markdown]
# Four of five pixels are background. Some pixels are 0 in all 54,000 images.
# No model can learn anything from those, and dividing by their standard
# deviation, which is 0, would give `nan`. That is why we will normalize with
# one mean and one standard deviation for the whole image, not one for each
# pixel.

# %% [markdown]
# ## A map of the digits
#
# Each image is a point in a space of 784 dimensions, one per pixel. To draw
# that space on paper we need two numbers per image. **Principal component
# analysis** ([PCA](glossary.md#PCA)) finds the two directions along which the
# images differ most, and projects every image onto them.
#
# **Predict.** Will the ten digits form ten separate clouds?

# %%
subset = torch.randperm(len(X), generator=torch.Generator().manual_seed(0))
subset = subset[:1500]
points = X[subset].flatten(1).numpy()
digits = y[subset].numpy()

pca = PCA(n_components=50, random_state=0).fit(points)
reduced = pca.transform(points)
kept = pca.explained_variance_ratio_
print(
    f"2 directions keep {kept[:2].sum():.0%} of the variance, 50 {kept.sum():.0%}"
)


# %% [markdown]
# We draw each image as its own digit, so the map can be read without color.


# %%
def draw_map(places, title):
    """Draw each image at its place (n, 2), as the digit it shows."""
    fig, ax = plt.subplots(figsize=(plotting.WIDTH, plotting.WIDTH * 0.8))
    for k in range(10):
        ax.scatter(
            *places[digits == k].T, marker=f"${k}$", s=22, linewidth=0.3,
            color=plotting.INKS[k],
        )  # fmt: skip
    ax.set(xticks=[], yticks=[], title=title)
    ax.spines[:].set_visible(False)
    return plotting.describe(
        fig, f"{title} of 1,500 digits, each drawn as itself."
    )


draw_map(reduced[:, :2], "PCA map")

# %% [markdown]
# The zeros lie at one end and the ones at the other, but most digits overlap:
# two straight directions keep only 17 % of the variance, too little.
#
# [**t-SNE**](glossary.md#t-SNE) bends the space. It places the points so that
# neighbors in 784 dimensions stay neighbors on paper, and gives up all larger
# distances. We start from the 50 PCA numbers, which removes noise and saves
# time. The next cell takes some seconds.

# %%
tsne = TSNE(init="pca", perplexity=30, random_state=0, n_jobs=2)
fig = draw_map(tsne.fit_transform(reduced), "t-SNE map")
fig

# %% [markdown]
# Now the digits form islands. So images of one digit *are* close to each
# other in pixel space, and a classifier has something to hold on to. The 4s
# and 9s share one island: expect every model to confuse them. Read such a map
# with care: the size of an island, and the distance between two islands, mean
# nothing in t-SNE.

# %% [markdown]
# ## Training, validation and test set
#
# We want to know how a model will do on images that nobody has seen yet. An
# accuracy is an honest answer only if the images that gave it had no part in
# making the model. Hence three sets:
#
# | set | images | used for | how often |
# | --- | --- | --- | --- |
# | [training](glossary.md#training-set) | 54,000 | fitting the weights | all the time |
# | [validation](glossary.md#validation-set) | 6,000 | every choice: model, learning rate, when to stop | after every epoch |
# | [test](glossary.md#test-set) | 10,000 | one final number | once, at the end |
#
# A split by pure chance can miss a rare class. A
# [**stratified**](glossary.md#stratified-split) split divides
# every class in the same proportion. Here it is in a few lines: for each
# class, shuffle its members and take the first tenth.


# %%
def stratified_split(labels, fraction, generator):
    """Indices of the part kept and of the part held out."""
    kept, held_out = [], []
    for k in labels.unique():
        members = torch.nonzero(labels == k).squeeze(1)
        order = torch.randperm(len(members), generator=generator)
        n_held_out = round(fraction * len(members))
        held_out.append(members[order[:n_held_out]])
        kept.append(members[order[n_held_out:]])
    return torch.cat(kept), torch.cat(held_out)


# %% [markdown]
# To see the difference, take a small sample: 200 images, of which 10 % are
# held out, a thousand times.
#
# **Predict.** Twenty images are held out. How often will a digit be missing
# among them if they are drawn by chance?

# %%
generator = torch.Generator().manual_seed(0)
small = y[:200]
missing = {"random": 0, "stratified": 0}
for _ in progress.track(range(1000), "splitting"):
    by_chance = torch.randperm(200, generator=generator)[:20]
    _, held_out = stratified_split(small, 0.1, generator)
    missing["random"] += len(small[by_chance].unique()) < 10
    missing["stratified"] += len(small[held_out].unique()) < 10
for kind, times in missing.items():
    print(f"{kind}: a digit is missing in {times / 10:.0f} % of the splits")
checks.expect(missing["random"] > 500, "expected chance to miss digits often")
checks.expect(missing["stratified"] == 0, "expected no digit to be missing")

# %% [markdown]
# With so few images, chance leaves some digit out in most splits, and the
# accuracy measured on such a set says nothing about that digit. The
# stratified split never does. `data.load` has used one, and has rounded so
# that exactly 6,000 images are held out:

# %%
# NBVAL_CHECK_OUTPUT
for part in (splits.train, splits.valid, splits.test):
    part_share = torch.bincount(part.labels) / len(part)
    print(f"{len(part):6,}", " ".join(f"{100 * s:4.1f}" for s in part_share))

# %% [markdown]
# Each row gives the number of images and the share of the digits 0 to 9 in
# percent. Training and validation set agree to a tenth of a percent. The test
# set, written by other people, differs a little more.

# %% [markdown]
# ## What leakage looks like
#
# [**Leakage**](glossary.md#leakage) means that information about the held-out
# images has reached the model. It makes results look better than they are,
# and nothing crashes. The most frequent form is the same thing being on both
# sides of the split: several photos of one patient, frames of one video, an
# image and its augmented copy.
#
# Let us provoke it where we know the honest answer. We give 1,000 images
# *random* labels. Nothing can be learned from those: no honest accuracy can
# be above 10 %, but for chance. Then we add a copy of each image, shifted by
# one pixel, with the same label, and only then split. The model answers with
# the label of the nearest training image.
#
# **Predict.** What validation accuracy will it show?

# %%
generator = torch.Generator().manual_seed(1)
originals = X[:1000].flatten(2).reshape(1000, 28, 28)
copies = originals.roll(shifts=1, dims=2)
random_labels = torch.randint(10, (1000,), generator=generator)


def nearest_neighbor_accuracy(train_X, train_y, test_X, test_y):
    distances = torch.cdist(test_X.flatten(1), train_X.flatten(1))
    return (train_y[distances.argmin(dim=1)] == test_y).float().mean().item()


both = torch.cat([originals, copies])
both_labels = random_labels.repeat(2)
order = torch.randperm(2000, generator=generator)
train, valid = order[:1600], order[1600:]
leaked = nearest_neighbor_accuracy(
    both[train], both_labels[train], both[valid], both_labels[valid]
)
print(f"copied first, split afterwards: {leaked:.1%}")
checks.expect(leaked > 0.3, f"expected leakage to show, got {leaked:.1%}")

# %% [markdown]
# This is far above chance, on labels without any meaning: the model
# recognizes copies. The remedy is the order of the two steps. Split first,
# and make copies only of what is on the training side.

# %%
train, valid = order[order < 1000][:800], order[order < 1000][800:]
honest = nearest_neighbor_accuracy(
    torch.cat([originals[train], copies[train]]), random_labels[train].repeat(2),
    originals[valid], random_labels[valid],
)  # fmt: skip
print(f"split first, copied afterwards: {honest:.1%}")
checks.expect(honest < 0.2, f"expected chance level, got {honest:.1%}")

# %% [markdown]
# ### Find the mistake: choosing on the test set
#
# A widely read tutorial draws its validation images from the test files;
# others pass the test loader as validation data, keep the weights with the
# best "validation" accuracy, and report that accuracy as the test result.
# What is wrong with that, if the images are never trained on?
#
# Here is the same procedure without any learning. One hundred "models" guess
# at random. We keep the one that does best on 100 test images.

# %%
generator = torch.Generator().manual_seed(0)
guesses = torch.randint(10, (100, 10_000), generator=generator)
right = (guesses == splits.test.labels).float()
accuracy_on_100 = right[:, :100].mean(dim=1)
best = accuracy_on_100.argmax()
selected, fresh = accuracy_on_100[best], right[best, 100:].mean()
print(f"best of 100, on the images it was chosen by: {selected:.1%}")
print(f"the same guesser on 9,900 other images:      {fresh:.1%}")
checks.expect(
    selected > 0.15, f"expected a lucky guesser, got {selected:.1%}"
)
checks.expect(fresh < 0.12, f"expected chance level, got {fresh:.1%}")

# %% [markdown]
# The winner was chosen *because* it was lucky on these images, so its score
# there is too high. The same happens, less drastically, whenever you choose
# the best epoch, learning rate or architecture by test accuracy. Choose on
# validation images; the test images then give an honest number, once.

# %% [markdown]
# ## A first baseline
#
# What accuracy can be had without any learning algorithm? Such a number is a
# [baseline](glossary.md#baseline) for all that follow. Compare an image
# with the ten mean images and answer with the nearest. For an image $x$ and
# the means $M_k$, both with 784 pixels:
#
# $$\hat y = \arg\min_k \lVert x - M_k \rVert_2 .$$
#
# **Predict.** Better or worse than 50 %?


# %%
def nearest_mean(images):
    """Predicted digit (n,) of images (n, 1, 28, 28)."""
    distances = torch.cdist(images.flatten(1), means.flatten(1))
    return distances.argmin(dim=1)


def accuracy(images, labels):
    return (nearest_mean(images) == labels).float().mean().item()


baseline = accuracy(splits.valid.images, splits.valid.labels)
print(f"nearest mean image: {baseline:.1%} of the validation images")
checks.expect(
    0.78 < baseline < 0.85, f"expected about 81 %, got {baseline:.1%}"
)

# %% [markdown]
# Four of five, from nothing but ten averages. This is the number that a
# trained model has to beat; one that reaches 85 % after an hour of training
# has added very little. Which digits does it miss?

# %%
predictions = nearest_mean(splits.valid.images[:16])
plotting.show_predictions(
    splits.valid.images[:16], splits.valid.labels[:16], predictions
)

# %% [markdown]
# ✓ marks a right answer, ✗ a wrong one with the true label below. Two of the
# five mistakes are slim 5s taken for a 1: the mean image of the 5 is too
# blurred to be near them.

# %% [markdown]
# ## When the world changes: distribution shift
#
# Training and test images of MNIST were scanned, centered and scaled in the
# same way. In use, images are not so kind. A
# [**distribution shift**](glossary.md#distribution-shift) is any difference
# between the images a model was made from and those it meets.
#
# We keep the baseline as it is and change the validation images: once by
# moving them to the right, once by adding noise to every pixel.
#
# **Predict.** You read a digit that is moved by 4 pixels as well as before.
# How much accuracy does the baseline lose?

# %%
clean, labels = splits.valid.images, splits.valid.labels
generator = torch.Generator().manual_seed(0)
noise = torch.randn(clean.shape, generator=generator)
shifts, levels = range(9), [0.0, 0.2, 0.4, 0.6, 0.8, 1.0, 1.2]
by_shift = [100 * accuracy(clean.roll(s, dims=3), labels) for s in shifts]
by_noise = [100 * accuracy(clean + a * noise, labels) for a in levels]

fig, (left, right) = plt.subplots(
    1, 2, figsize=(plotting.WIDTH, 3), sharey=True
)
left.plot(shifts, by_shift, "o-", color=plotting.BLUE)
right.plot(levels, by_noise, "s-", color=plotting.BLUE)
left.set(
    xlabel="shift to the right (pixels)", ylabel="accuracy (%)", ylim=(0, 100)
)
right.set(xlabel="standard deviation of the noise")
for ax in (left, right):
    ax.axhline(10, color=plotting.GREY, linestyle=":")
left.text(0, 12, "chance", color=plotting.GREY)
plotting.describe(
    fig,
    f"Accuracy of the nearest mean image: from {by_shift[0]:.0f} % it falls to "
    f"{by_shift[4]:.0f} % at a shift of 4 pixels, but only to {by_noise[-1]:.0f} % "
    "under the strongest noise.",
)

# %% [markdown]
# A shift of 4 pixels takes most of the baseline's accuracy, one of 6 pixels
# all of it. Noise costs it far less. Here are the three kinds of image (the
# noisy one clipped to the range that can be drawn):

# %%
examples = [clean[:1], clean[:1].roll(4, dims=3), clean[:1] + 0.4 * noise[:1]]
plotting.show_images(
    torch.cat(examples).clamp(0, 1),
    ["clean", "shift 4", "noise 0.4"],
    columns=3,
)

# %% [markdown]
# You read all three without effort, the shifted one most of all. The baseline
# in numbers:

# %%
checks.expect(by_shift[4] < 0.5 * by_shift[0], "expected the shift to hurt")
checks.expect(
    by_noise[2] > 0.9 * by_noise[0], "expected the noise to hurt little"
)
print(f"clean     {by_shift[0]:.0f} %")
print(f"shift 4   {by_shift[4]:.0f} %")
print(f"noise 0.4 {by_noise[2]:.0f} %")

# %% [markdown]
# For you the shift is the smaller change. For a model that compares pixel by
# pixel it is the other way round: noise averages out over 784 pixels, while a
# shift of 4 pixels moves the stroke to where the mean image has none. A high
# accuracy holds for the distribution it was measured on, and says little
# about another.

# %% [markdown]
# ## Normalization
#
# Training works best when the inputs have mean 0 and standard deviation 1;
# lesson 8 shows why. Bringing them there is called
# [normalization](glossary.md#normalization). With the mean $\mu$ and the
# standard deviation $\sigma$ of all training pixels,
#
# $$x' = \frac{x - \mu}{\sigma}.$$
#
# The statistics come from the training set alone. To compute them on all
# images would be a small leak: validation images would influence the model.

# %%
# NBVAL_CHECK_OUTPUT
mu, sigma = X.mean(), X.std()
print(f"mu = {mu:.4f}, sigma = {sigma:.4f}")
normalized = data.normalize(splits)
for name in ("train", "valid", "test"):
    images = getattr(normalized, name).images
    mean = round(images.mean().item(), 3) + 0.0  # no minus sign before zero
    print(f"{name:5} mean {mean:.3f}  std {images.std():.3f}")

# %% [markdown]
# The training pixels now have mean 0 and standard deviation 1 exactly. The
# other two sets come close, as they should if they follow the same
# distribution, and are off by a little, as they should if they had no say.

# %% [markdown]
# ## Batches, iterations, epochs
#
# Networks are trained on small groups of images. A
# [**batch**](glossary.md#batch) is such a group; one update of the weights
# with one batch is an [**iteration**](glossary.md#iteration); one pass over
# all training images is an [**epoch**](glossary.md#epoch). How many images a
# batch has is the [batch size](glossary.md#batch-size).
#
# **Predict.** 54,000 images in batches of 128: how many iterations make an
# epoch, and how many images are in the last batch?

# %%
# NBVAL_CHECK_OUTPUT
loaders = data.loaders(splits, batch_size=128, seed=0)
sizes = [len(batch_labels) for _, batch_labels in loaders.train]
print(len(sizes), "iterations per epoch; batch sizes", set(sizes))
print("last batch:", sizes[-1], "images; total", f"{sum(sizes):,}")

# %% [markdown]
# $54{,}000 / 128 = 421.9$, so there are 421 full batches and a short one.
# That short batch is the source of several mistakes that you will find in the
# next two lessons. `loaders.train` is an ordinary PyTorch
# [`DataLoader`](glossary.md#DataLoader): it shuffles the images anew in every
# epoch. Validation and test loaders never shuffle.

# %% [markdown]
# ## The final number
#
# All choices are made (there was one: the nearest mean). Now, once, the test
# images.

# %%
test_accuracy = accuracy(splits.test.images, splits.test.labels)
print(f"nearest mean image: {test_accuracy:.2%} of the 10,000 test images")
checks.expect(
    0.80 < test_accuracy < 0.84,
    f"expected about 82 %, got {test_accuracy:.2%}",
)

# %% [markdown]
# ## What we found
#
# - An image is a tensor $(1, 28, 28)$ of numbers from 0 to 1; four of five of
#   them are 0.
# - The ten classes are nearly balanced, so accuracy is a fair measure, and
#   always answering 1 gives 11.2 %.
# - Stratified splits keep every class in every part. Leakage, and choosing on
#   the test set, give numbers that look good and mean nothing.
# - A model holds for the distribution it was made from: a shift by 4 pixels
#   costs the nearest mean image more than half of its accuracy.
# - The baseline without learning is about 82 % on the test images. Lesson 2
#   has to beat it.
#
# ## Questions to check yourself
#
# <details><summary>Why is the validation set not enough? Why keep a test set as
# well?</summary>
#
# Every choice made on validation images makes their accuracy a little too
# high: the chosen model is also the one that was lucky on them. The test
# images had no part in any choice.
# </details>
#
# <details><summary>Your data set has 99 % healthy and 1 % ill patients. A model
# reaches 99 % accuracy. Is it good?</summary>
#
# You can't tell: always answering "healthy" gives 99 % too. Look at the
# accuracy within each class.
# </details>
#
# <details><summary>Why is the mean for normalization not computed on all 70,000
# images?</summary>
#
# Then validation and test images would have influenced what the model sees in
# training. Here the effect is tiny; with other preprocessing steps, such as
# selecting features by their correlation with the label, it can be large.
# </details>
#
# <details><summary>An epoch of 1,000 images in batches of 64: how many
# iterations, and how long is the last batch?</summary>
#
# $1000 / 64 = 15.6$: 16 iterations, the last with $1000 - 15 \cdot 64 = 40$
# images.
# </details>
#
# ## Exercises and further reading
#
# Practice in [exercise set 1](../exercises/01_data_visualization.ipynb).
# Words to look up are in the [glossary](glossary.md). The original
# description of the data: Y. LeCun, L. Bottou, Y. Bengio, P. Haffner,
# "Gradient-based learning applied to document recognition", Proceedings of
# the IEEE 86 (1998). How to read t-SNE maps: M. Wattenberg, F. Viégas, I.
# Johnson, "How to use t-SNE effectively", Distill (2016).
#
# Next: [lesson 2, softmax regression](02_softmax_regression.ipynb), the first
# model that learns.

# ---
# jupyter:
#   course:
#     peak_mb: 1290
#     python: 3.11.7
#     seconds: 86.2
#     torch: 2.14.1
# ---

# %% [markdown]
# [![Open in Colab](https://colab.research.google.com/assets/colab-badge.svg)](https://colab.research.google.com/github/neural-notebooks/course/blob/clean/notebooks/01_data_visualization.ipynb)

# %% [markdown]
# # 1. Data visualization
#
# **The question of this lesson:** what exactly does a network get to see, and
# how do you find out what is in a data set before you train anything on it?
#
# Thirteen people wrote 1,797 digits. You would read most of them at a glance.
# A model that we make in this lesson reads 42 of 100, although it does far
# better on the images that we check it with. Nothing in its code is wrong.
# The trouble lies in the data, where no error message points. So we begin by
# looking.
#
# After this lesson you can
#
# - say what shape, type and range an image tensor has, and draw it;
# - check class balance, typical images and pixel values of a data set;
# - say what the training, validation and test set may each be used for, split
#   in fixed proportions, and recognize leakage;
# - write a `Dataset`, cut it into batches, and normalize it;
# - give a baseline that every later model has to beat;
# - tell covariate shift from label shift, and measure what each costs.
#
# **You need:** Python, and some practice with NumPy arrays or PyTorch
# tensors. **Time:** about 120 minutes; all cells together run in about a
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

# %% [markdown]
# The next cell, folded, imports what we use. Run it first.

# %% jupyter={"source_hidden": true}
import matplotlib.pyplot as plt
import numpy as np
import torch
from sklearn.datasets import load_digits
from sklearn.decomposition import PCA
from sklearn.manifold import TSNE
from torch.nn import functional as F
from torch.utils.data import DataLoader, Dataset

from course_utils import checks, data, plotting, widgets
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

# %% tags=["nbval-check-output"]
splits = data.load("mnist", valid_fraction=0.1, seed=0)
X, y = splits.train.images, splits.train.labels
print("images", tuple(X.shape), X.dtype)
print("labels", tuple(y.shape), y.dtype)
print("pixels from", X.min().item(), "to", X.max().item())

# %% [markdown]
# Read the shape from left to right: 54,000 images, 1 channel (gray; a color
# image has 3), 28 rows, 28 columns. PyTorch expects images in this order,
# written $(n, c, h, w)$ for number, channels, height and width. Pixels are
# 32-bit floating-point numbers from 0 (background) to 1 (ink). Labels are
# whole numbers, one per image.
#
# `imshow` paints each number of a matrix as a small square. It wants rows and
# columns alone, so we take channel 0 of the first image.

# %% course={"alt": "A white handwritten 5 on black, drawn as 28 by 28 squares, with row and column numbers at the edges. Gray squares line its strokes."}
fig, ax = plt.subplots(figsize=(3.2, 3.2))
ax.imshow(X[0, 0], cmap="gray", interpolation="nearest")
ax.set(title=f"label {y[0]}", xlabel="column", ylabel="row")
fig

# %% [markdown]
# A network sees no picture, only the numbers. Before you see them too, guess.
# Replace the `...` by your answer and run the cell; leave it to skip.

# %%
gray_guess = checks.predict(
    ..., "Share of its pixels neither 0 nor 1?", unit="%", tolerance=5
)

# %% [markdown]
# The next cell counts, and shows all 784 numbers.

# %%
gray = (X[0] > 0) & (X[0] < 1)
gray_guess.compare(100 * gray.float().mean().item())
image = (255 * X[0]).round().to(torch.uint8)
plotting.show_pixels(image)

# %% jupyter={"outputs_hidden": true, "source_hidden": true} tags=["author"]
checks.expect((image == 255).sum() == 1, "expected one pixel of 255")
checks.expect((image == 253).sum() > 40, "expected strokes of 253")

# %% [markdown] tags=["notes"]
# `plotting.show_pixels` is `imshow` with each number written into its square.
# The file stores a pixel as one byte, from 0 to 255; we went back to bytes
# because they are shorter to read.
#
# The background is exactly 0. The middle of the stroke is 253 and not 255, so
# most of it counts as "neither 0 nor 1"; one single pixel is exactly 1. The
# grays that you see are its soft edge, mostly one or two pixels wide. The
# digit fills 20 × 20 pixels; the frame around it is empty. We will meet that
# empty frame again.
#
# One image tells you little about 54,000. So look at twenty: a grid of axes,
# and one `imshow` in each.

# %% course={"alt": "Two rows of ten handwritten digits, white on black, each with its label above. The same digit looks different from writer to writer."}
fig, axes = plt.subplots(2, 10, figsize=(plotting.WIDTH, 1.9))
for ax, pixels, label in zip(axes.flat, X, y, strict=False):
    ax.imshow(pixels[0], cmap="gray", interpolation="nearest")
    ax.set_title(label.item())
    ax.axis("off")

# %% [markdown]
# The number above each image is its label. Check a few: does each match what
# you read? Note how differently the same digit is written. From here on
# `plotting.show_images(X[:20], y[:20])` draws such a grid.

# %% [markdown]
# ## Are the classes balanced?
#
# The [accuracy](glossary.md#accuracy) of a model is the share of images that
# it reads correctly. Suppose 90 % of the images were ones. Then a "model" that
# always answers 1 would reach 90 %. Before you trust any accuracy, you have to
# know how often each class occurs: the
# [class balance](glossary.md#class-balance).

# %%
rarest_guess = checks.predict(
    ..., "Share of the rarest of the ten digits?", unit="%", tolerance=0.5
)

# %% [markdown]
# Count the labels, and draw one bar for each class.

# %%
counts = torch.bincount(y, minlength=10)
share = counts / counts.sum()
rarest, commonest = share.argmin().item(), share.argmax().item()
rarest_guess.compare(100 * share[rarest].item())
fig = plotting.show_bars(
    share, splits.classes, percent=True, highlight=[rarest, commonest],
    xlabel="share of the training images (%)",
)
rarest_guess.draw(fig.axes[0], "x")
fig

# %% [markdown]
# No class is far from 10 %. What would two "models" reach that do not look at
# the image at all?

# %% tags=["nbval-check-output"]
print(f"always answer {commonest}: right in {share[commonest]:.1%}")
print(f"guess one of ten at random: right in {(share / 10).sum():.1%}")

# %% [markdown]
# The digit 5 is the rarest with 9.0 %, the digit 1 the most frequent with
# 11.2 %. With classes this balanced, accuracy is a fair measure, and 11.2 %
# is the least to pass: a model below it does worse than not looking.

# %% [markdown]
# ## What does a typical digit look like?
#
# The [**mean image**](glossary.md#mean-image) of a class is the mean of each
# pixel over all its images. Let $y_i$ be the label of image $X^{(i)}$
# ($28 \times 28$), and $n_k$ the number of images of class $k$:
#
# $$M_k = \frac{1}{n_k} \sum_{i:\, y_i = k} X^{(i)}.$$
#
# The **standard deviation** of each pixel tells where the images of the class
# differ from one another.

# %%
sharpest_guess = checks.predict(
    ..., "Which digit has the sharpest mean image?", choices=splits.classes
)

# %% [markdown]
# Both, for each of the ten classes, the deviations drawn twice as bright:

# %% course={"alt": "Above, the ten mean images: blurred digits, all readable. Below, the ten images of standard deviations: bright bands along the strokes; that of the 1 is an hourglass."}
means = torch.stack([X[y == k].mean(dim=0) for k in range(10)])
spreads = torch.stack([X[y == k].std(dim=0) for k in range(10)])
titles = [f"mean {k}" for k in range(10)] + [f"std {k}" for k in range(10)]
plotting.show_images(torch.cat([means, 2 * spreads]), titles)

# %% [markdown]
# Every mean is a blurred but readable digit. The lower row is bright where
# writers disagree: the 1 shows an hourglass, because its ends go left with
# some and right with others. How sharp a mean is can be read off its brightest
# pixel, where the most writers agree.

# %% tags=["nbval-check-output"]
brightest = means.flatten(1).amax(dim=1)
sharpest_guess.compare(str(brightest.argmax().item()))
for k in brightest.argsort(descending=True).tolist():
    print(f"{k}: {brightest[k]:.2f}", end="   ")

# %% [markdown]
# The 1 has the sharpest mean by this measure, the 5 and the 2 the most
# blurred. Whether a blurred mean also makes a digit hard to recognize is a
# question of its own; we will ask it of a model.

# %% [markdown]
# ## How are the pixel values distributed?
#
# We sort the pixels of all training images into three kinds: background,
# nearly full ink (above 31/32), and gray, between the two.

# %%
background_guess = checks.predict(
    ..., "Share of all pixels that are 0?", unit="%", tolerance=3
)

# %% [markdown]
# In a histogram the zeros would dwarf all others. So the one at the right
# leaves them out; it has 32 bins for all that isn't 0.

# %% course={"alt": "Left, bars: 80.9 % of all pixels are 0, 11.6 % are gray, 7.5 % nearly 1. Right, histogram of the pixels above 0: nearly 40 % in the last bin, at 1, and 1 to 3 % in each other bin."}
pixels = X.numpy().ravel()
inked = pixels[pixels > 0]
zeros, full = len(pixels) - len(inked), (inked > 31 / 32).sum()
kinds = np.array([zeros, len(inked) - full, full]) / len(pixels)
background_guess.compare(100 * kinds[0])
fig, (bars, histogram) = plt.subplots(1, 2, figsize=(plotting.WIDTH, 2.4))
names = ["0", "gray", "nearly 1"]
plotting.show_bars(
    kinds, names, percent=True, ax=bars, xlabel="share of all pixels (%)"
)
background_guess.draw(bars, "x")
heights, edges = np.histogram(inked, bins=32, range=(0, 1))
histogram.stairs(100 * heights / heights.sum(), edges, fill=True)
histogram.set(xlabel="value of a pixel above 0", ylabel="share of these (%)")
fig

# %% [markdown]
# Four of five pixels are background. Of the others, two in five fall into the
# last bin, the middle of the strokes; the rest is spread over all grays,
# their edges.

# %% tags=["nbval-check-output"]
unused = X.amax(dim=0)[0] == 0
print(f"0 in every training image: {unused.sum()} of 784 pixels,")
print(f"{unused[4:24, 4:24].sum()} of them in the middle 20 × 20")

# %% [markdown]
# Here is the empty frame again. No model can learn anything from a pixel that
# never changes, and dividing 0 by its standard deviation, 0, would give `nan`.
# So when we scale the pixels, in a later section, we will use one standard
# deviation for all of them, not one for each.

# %% [markdown]
# ## A map of the digits
#
# Each image is a point in a space of 784 dimensions, one per pixel. To draw
# that space on paper we need two numbers per image. **Principal component
# analysis** ([PCA](glossary.md#PCA)) finds the directions along which the
# images differ most, and projects every image onto them.

# %%
subset = torch.randperm(len(X), generator=torch.Generator().manual_seed(0))
subset = subset[:1000]
pca = PCA(n_components=50, random_state=0)
reduced = pca.fit_transform(X[subset].flatten(1).numpy())
kept = pca.explained_variance_ratio_
print(f"the first 2 directions keep {kept[:2].sum():.0%} of the variance,")
print(f"the first 50 keep {kept.sum():.0%}")

# %% [markdown]
# Two straight directions keep little of how the images differ.
# [**t-SNE**](glossary.md#t-SNE) bends the space. It places the points so that
# neighbors in 784 dimensions stay neighbors on paper, and gives up all larger
# distances. Its [**perplexity**](glossary.md#perplexity) says how many
# neighbors each point tries to keep, roughly.
#
# We give t-SNE the 50 PCA numbers of each image, which keep most of the
# differences, and compare three perplexities. Each image is drawn as its own
# digit, so the maps can be read without color. The next cell takes ten to
# thirty seconds.

# %% course={"alt": "Four maps of the same 1,000 digits. PCA: zeros at one end, ones at the other, most others overlap. t-SNE with perplexity 3: many small crumbs. With 30: islands, most of one digit; fours and nines share one. With 300: the islands have moved together."}
maps = {"PCA, two directions": reduced[:, :2]}
for p in (3, 30, 300):
    tsne = TSNE(perplexity=p, init="pca", random_state=0, n_jobs=2)
    maps[f"t-SNE, perplexity {p}"] = tsne.fit_transform(reduced)
fig, axes = plt.subplots(2, 2, figsize=(plotting.WIDTH, 6.4))
for ax, (title, places) in zip(axes.flat, maps.items(), strict=True):
    for k, ink in enumerate(plotting.INKS):
        at = places[y[subset].numpy() == k].T
        ax.scatter(*at, marker=f"${k}$", s=22, lw=0.2, color=ink)
    ax.set(xticks=[], yticks=[], title=title)
    ax.spines[:].set_visible(False)

# %% [markdown]
# In the PCA map the zeros lie at one end and the ones at the other, but most
# digits overlap. With 30 neighbors they form islands: images of one digit
# *are* close to each other in pixel space, and a model has something to hold
# on to. With 3 the islands fall into crumbs, though the images are the same;
# with 300 they move together. So the size of an island, the gap between two,
# and even their number depend on a setting. Trust only what all the maps
# show: 4s lie beside or among the 9s, so expect models to confuse the two.

# %% [markdown]
# ## Training, validation and test set
#
# We want to know how a model will do on images that nobody has seen yet. An
# accuracy is an honest answer only if the images that gave it had no part in
# making the model. Hence three sets:
#
# | set | images | used for | how often |
# | --- | --- | --- | --- |
# | [training](glossary.md#training-set) | 54,000 | making the model | all the time |
# | [validation](glossary.md#validation-set) | 6,000 | every choice: which model, which settings, when to stop training | again and again |
# | [test](glossary.md#test-set) | 10,000 | one final number | once, at the end |
#
# A split by pure chance can miss a rare class. A
# [**stratified**](glossary.md#stratified-split) split divides every class in
# the same proportion: for each class, shuffle its members and hold out the
# first tenth.


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
# To see the difference, take a small sample: 200 images, of which 20 are held
# out, a thousand times.

# %%
missing_guess = checks.predict(
    ..., "How often do 20 random images lack a digit?", unit="%", tolerance=10
)

# %% [markdown]
# Both ways, from the same 200 labels:

# %%
generator = torch.Generator().manual_seed(0)
small = y[:200]
missing = {"random": 0, "stratified": 0}
for _ in range(1000):
    by_chance = torch.randperm(200, generator=generator)[:20]
    _, held_out = stratified_split(small, 0.1, generator)
    missing["random"] += len(small[by_chance].unique()) < 10
    missing["stratified"] += len(small[held_out].unique()) < 10
missing_guess.compare(missing["random"] / 10)
print(f"stratified: {missing['stratified'] / 10:.0f} % of the draws")

# %% jupyter={"outputs_hidden": true, "source_hidden": true} tags=["author"]
checks.expect(missing["random"] > 700, "expected chance to miss digits often")
checks.expect(missing["stratified"] == 0, "expected no digit to be missing")

# %% [markdown]
# With so few images, chance leaves some digit out in most draws, and the
# accuracy measured on such a set says nothing about that digit. The
# stratified split never does. `data.load` has used one, and has rounded so
# that exactly 6,000 images are held out:

# %% tags=["nbval-check-output"]
for part in (splits.train, splits.valid, splits.test):
    part_share = torch.bincount(part.labels) / len(part)
    print(f"{len(part):6,}", " ".join(f"{100 * s:4.1f}" for s in part_share))

# %% [markdown]
# Each row gives the number of images and the share of the digits 0 to 9 in
# percent. Training and validation set agree to a tenth of a percent. The test
# set, by other writers, differs a little more.

# %% [markdown]
# ## What leakage looks like
#
# [**Leakage**](glossary.md#leakage) means that information about the held-out
# images has reached the model. It makes results look better than they are,
# and nothing crashes. A common form is the same thing being on both sides of
# the split: several photos of one patient, frames of one video, an image and
# its altered copy.
#
# Let us provoke it where we know the honest answer. We give 1,000 images
# *random* labels. Nothing can be learned from those: no honest accuracy can
# be above 10 %, but for chance. Then we add a copy of each image, shifted by
# one pixel, with the same label, and only then split. The model answers with
# the label of the [nearest](glossary.md#nearest-neighbor) training image.

# %%
leak_guess = checks.predict(
    ..., "Accuracy, copied before the split?", unit="%", tolerance=5
)

# %% [markdown]
# Of the 2,000 images, 1,600 are for training and 400 are held out.


# %%
def nearest(train_X, test_X):
    """Index (m,) of the training image nearest to each test image."""
    distances = torch.cdist(test_X.flatten(1), train_X.flatten(1))
    return distances.argmin(dim=1)


generator = torch.Generator().manual_seed(1)
originals = X[:1000, 0]
copies = originals.roll(shifts=1, dims=2)
both = torch.cat([originals, copies])
random_labels = torch.randint(10, (1000,), generator=generator).repeat(2)
order = torch.randperm(2000, generator=generator)
train, held = order[:1600], order[1600:]
found = train[nearest(both[train], both[held])]
leaked = (random_labels[found] == random_labels[held]).float().mean().item()
leak_guess.compare(100 * leaked)

# %% [markdown]
# This is far above chance, on labels without any meaning. Where does it come
# from? Image $i$ and image $i + 1000$ are twins. Count them:

# %%
twin = (held + 1000) % 2000
in_training = torch.isin(twin, train).float().mean()
is_nearest = (found == twin).float().mean()
print(f"the twin is in the training part: {in_training:.0%}")
print(f"the twin is the nearest image:    {is_nearest:.0%}")

# %% [markdown]
# Most held-out images have their twin on the other side. It is the nearest
# image for about half of those, which is where the accuracy comes from; the
# rest is chance. The remedy is the order of the two steps: split first, and
# make copies only of what is on the training side.

# %%
train, held = order[order < 1000][:800], order[order < 1000][800:]
train = torch.cat([train, train + 1000])
found = train[nearest(both[train], both[held])]
honest = (random_labels[found] == random_labels[held]).float().mean().item()
print(f"split first, copied afterwards: {honest:.1%}")

# %% jupyter={"outputs_hidden": true, "source_hidden": true} tags=["author"]
checks.expect(leaked > 0.3, f"expected leakage to show, got {leaked:.1%}")
checks.expect(honest < 0.2, f"expected chance level, got {honest:.1%}")
checks.expect(0.4 < is_nearest / in_training < 0.6, "expected about a half")

# %% [markdown]
# That is guessing again, give or take some luck with 200 images.

# %% [markdown]
# ### Leakage by writer
#
# Copies are easy to spot. This is not: scikit-learn brings 1,797 other digits,
# 8 × 8 pixels, which thirteen people wrote on forms (Alpaydin and Kaynak,
# 1998). Nothing says who wrote which. But at fourteen places the labels run
# from 0 to 9 in order, two or three times, as at the top of a new form. We
# take what lies between two such places for the work of one person (one of
# them, it seems, did two).
#
# We hold out one of fourteen parts at a time and ask for the nearest image
# among the rest: first after shuffling, so that the writers of what is held
# out are also in training; then form by form.

# %%
others = load_digits()
D = torch.tensor(others.images, dtype=torch.float32) / 16
d = torch.tensor(others.target)
count = list(range(10))
runs = [i for i in range(1788) if d[i : i + 10].tolist() == count]
starts = [i for i in runs if not any(i - 50 < j < i for j in runs)]
form = torch.bucketize(torch.arange(1797), torch.tensor(starts), right=True)
shuffled = form[torch.randperm(1797, generator=generator)]
for name, part in {"shuffled": shuffled, "form by form": form}.items():
    wrong = 0
    for k in part.unique():
        train, held = D[part != k], D[part == k]
        answers = d[part != k][nearest(train, held)]
        wrong += (answers != d[part == k]).sum().item()
    print(f"{name}: {wrong} of 1,797 read wrong, {len(part.unique())} parts")

# %% jupyter={"outputs_hidden": true, "source_hidden": true} tags=["author"]
checks.expect(len(starts) == 14, f"expected 14 forms, got {len(starts)}")
checks.expect(wrong > 60, f"expected 64 mistakes form by form, got {wrong}")

# %% [markdown]
# The images and the model are the same. Who wrote them decides: when the
# writer is new, there are about three times as many mistakes. Which number
# is honest depends on the question. A phone that reads its owner's hand may
# know the writer; a scanner in a post office doesn't. (MNIST's files don't
# say who wrote what, so our own validation images share their writers with
# the training images. The test images don't.)

# %% [markdown]
# ### Find the mistake: choosing on the test set
#
# A widely read tutorial draws its validation images from the test files;
# others take the test images as validation data, keep the version of the
# model with the best "validation" accuracy, and report that accuracy as the
# test result. The images are never trained on. What is wrong?
#
# Here is the same procedure without any learning. One hundred "models" guess
# at random. We keep the one that does best on 100 test images.

# %%
lucky_guess = checks.predict(
    ..., "The winner's accuracy on those 100 images?", unit="%", tolerance=3
)

# %% [markdown]
# And how does the winner do on images that did not choose it?

# %%
generator = torch.Generator().manual_seed(0)
guesses = torch.randint(10, (100, 10_000), generator=generator)
right = (guesses == splits.test.labels).float()
best = right[:, :100].mean(dim=1).argmax()
selected, fresh = right[best, :100].mean(), right[best, 100:].mean()
lucky_guess.compare(100 * selected.item())
print(f"the same guesser on 9,900 other images: {fresh:.1%}")

# %% jupyter={"outputs_hidden": true, "source_hidden": true} tags=["author"]
checks.expect(selected > 0.15, f"expected a lucky guesser: {selected:.1%}")
checks.expect(fresh < 0.12, f"expected chance level, got {fresh:.1%}")

# %% [markdown]
# The winner was chosen *because* it was lucky on these images, so its score
# there is too high. The same happens, less drastically, whenever you choose
# between models or settings by test accuracy. Choose on validation images;
# the test images then give an honest number, once.

# %% [markdown]
# ## Normalization
#
# Networks are usually trained on inputs with mean 0 and standard deviation 1;
# the lesson on optimization shows what that changes. Bringing them there is
# called
# [normalization](glossary.md#normalization). With the mean $\mu$ and the
# standard deviation $\sigma$ of all training pixels, a pixel $x$ becomes
#
# $$x' = \frac{x - \mu}{\sigma}.$$
#
# The statistics come from the training set alone. To compute them on all
# images would be a small leak: validation images would influence the model.

# %% tags=["nbval-check-output"]
mu, sigma = X.mean(), X.std()
print(f"mu = {mu:.4f}, sigma = {sigma:.4f}")
for name in ("train", "valid", "test"):
    images = getattr(splits, name).images - mu
    images /= sigma
    mean = round(images.mean().item(), 3) + 0.0  # no minus sign before zero
    print(f"{name:5} mean {mean:.3f}  std {images.std():.3f}")

# %% [markdown]
# The training pixels now have mean 0 and standard deviation 1. The validation
# images agree to three decimals; the test images are off by a little. From the
# next lesson on, `data.normalize(splits)` does this.

# %% [markdown]
# ## Batches, iterations, epochs
#
# Networks are trained on small groups of images. A
# [**batch**](glossary.md#batch) is such a group; one update of the weights
# with one batch is an [**iteration**](glossary.md#iteration); one pass over
# all training images is an [**epoch**](glossary.md#epoch). How many images a
# batch has is the [batch size](glossary.md#batch-size).
#
# In PyTorch a [`Dataset`](glossary.md#Dataset) says how many examples there
# are, and returns the one with a given number. Two methods are enough:


# %%
class Digits(Dataset):
    def __init__(self, images, labels):
        self.images, self.labels = images, labels

    def __len__(self):
        return len(self.labels)

    def __getitem__(self, i):
        return self.images[i], self.labels[i]


train_set = Digits(X, y)
image, label = train_set[3]
print(len(train_set), "examples; number 3:", tuple(image.shape), label)

# %% [markdown]
# A loader cuts the data set into batches, in a new order for each epoch.


# %%
def batches(dataset, batch_size, generator):
    order = torch.randperm(len(dataset), generator=generator)
    for index in order.split(batch_size):
        yield dataset[index]


for images, labels in batches(train_set, 128, generator):
    print("the first batch:", tuple(images.shape), tuple(labels.shape))
    break

# %% [markdown]
# A whole epoch has 54,000 images.

# %%
short_guess = checks.predict(
    ..., "Batches of 128: how many images are in the last?", tolerance=0
)

# %% [markdown]
# PyTorch's [`DataLoader`](glossary.md#DataLoader) does what `batches` does,
# for any data set. It asks for one image after the other and stacks them.

# %% tags=["nbval-check-output"]
loader = DataLoader(train_set, batch_size=128, shuffle=True)
sizes = [len(labels) for _, labels in loader]
short_guess.compare(sizes[-1])
print(len(sizes), "iterations per epoch; total", f"{sum(sizes):,}")

# %% [markdown]
# $54{,}000 / 128 = 421.9$, so there are 421 full batches and a short one.
# That short batch is the source of several mistakes that you will find in the
# next lessons.
#
# Last, a batch has to be where the network is: on a GPU if there is one. Its
# [device](glossary.md#device) says where a tensor is; `to` copies it.

# %%
device = torch.device("cuda" if torch.cuda.is_available() else "cpu")
images, labels = next(iter(loader))
images, labels = images.to(device), labels.to(device)
print("a batch of", len(images), "images on", images.device)

# %% [markdown]
# Old tutorials write `iter(loader).next()`, which PyTorch removed; it is
# `next(iter(loader))`. From here on `data.loaders(splits)` makes three loaders,
# for training, validation and test. They take a batch in one step, as ours
# does, which is faster, and shuffle training images alone.

# %% [markdown]
# ## A first baseline
#
# What accuracy can be had without any learning algorithm? Such a number is a
# [baseline](glossary.md#baseline) for all that follow. Compare an image
# with the ten mean images and answer with the nearest. For an image $x$ and
# the means $M_k$, both with 784 pixels, the answer $\hat y$ is the $k$ with
# the smallest distance:
#
# $$\hat y = \arg\min_k \lVert x - M_k \rVert .$$
#
# $\lVert v \rVert$, the length of $v$, is the square root of the sum of its
# squared entries.

# %%
baseline_guess = checks.predict(
    ..., "Accuracy of the nearest mean image?", unit="%", tolerance=5
)

# %% [markdown]
# `nearest` from above does it, with the ten means in place of training images.

# %%
predicted = nearest(means, splits.valid.images)
labels = splits.valid.labels
baseline = (predicted == labels).float().mean().item()
baseline_guess.compare(100 * baseline)

# %% [markdown]
# Four of five, from nothing but ten averages. This is the number that a
# trained model has to beat; one that reaches 85 % after an hour of training
# has added very little. Which digits does it miss?

# %%
class_accuracy = torch.stack(
    [(predicted[labels == k] == k).float().mean() for k in range(10)]
)
plotting.show_bars(
    class_accuracy, splits.classes, percent=True,
    highlight=class_accuracy.argsort()[:2].tolist(),
    xlabel="share of its validation images read correctly (%)",
)

# %% [markdown]
# The 5 is read worst, then the 8. A blurred mean is not the whole story: the
# 2, about as blurred as the 5, is read right over ten points more often. What
# are the missed 5s taken for, and how much ink do they have (the sum of their
# pixels)?

# %% tags=["nbval-check-output"]
fives = labels == 5
ink = splits.valid.images.flatten(1).sum(dim=1)
for k in (5, 3, 1):
    these = fives & (predicted == k)
    print(f"{these.sum():3} read as {k}, ink {ink[these].mean():4.0f}")
norms = means.flatten(1).norm(dim=1)
print("lengths of the means", [round(n, 1) for n in norms.tolist()])

# %% [markdown]
# Many are taken for a 3, and many for a 1. The latter have little ink, 65
# against 101: they are thin. Why are they near the 1? Multiply out the square
# of the distance, with $x \cdot M_k$ for the sum of products, pixel by pixel:
#
# $$\lVert x - M_k \rVert^2 = \lVert x \rVert^2 - 2\, x \cdot M_k + \lVert M_k \rVert^2 .$$
#
# The last term is a handicap of class $k$, whatever the image; the 1 has the
# smallest, $5.4^2$. With little ink in $x$, the overlap $x \cdot M_k$ with
# another mean can't make up for it. So the mean 1 attracts thin digits.
#
# Now meet this model in person. Draw your own digit over the 7, or leave the
# 7, and watch the ten distances.

# %%
pad = widgets.DigitPad(means=means[:, 0])
pad

# %% [markdown]
# As it stands the 7 is read as a 5. **Find out by moving:** switch on MNIST's
# centering. What is the 7 read as now? Then drag the image two pixels to the
# left. How far can you drag it to the right before the answer changes, too? In
# a live notebook, `pad.image` holds your drawing as a tensor.
#
# <details><summary>What moving shows</summary>
#
# Centered, it is read as a 7. Two pixels to the left it is a 1; to the right
# it stays a 7 for three pixels, and is a 5 at four. The long stroke lies to the
# right of the mean 1's; two pixels to the left lay it over that, and away from
# the mean 7's. To you the shifted 7 is the same; to the model it is another
# point of the 784 dimensions.
# </details>

# %% jupyter={"outputs_hidden": true, "source_hidden": true} tags=["author"]
answers = [
    widgets.DigitPad(means=means[:, 0], centering=True, shift=[s, 0]).answer
    for s in range(-2, 5)
]
checks.expect(pad.answer == 5, f"expected a 5 at first, got {pad.answer}")
checks.expect(answers == [1, 7, 7, 7, 7, 7, 5], f"expected others: {answers}")
order = class_accuracy.argsort().tolist()
checks.expect(order[:2] == [5, 8], f"expected 5 and 8 as worst, got {order}")

# %% [markdown]
# ## The final number
#
# All choices are made (there was one: the nearest mean). Now, once, the test
# images.

# %%
test_right = nearest(means, splits.test.images) == splits.test.labels
print(f"nearest mean image: {test_right.float().mean():.2%} of 10,000")

# %% jupyter={"outputs_hidden": true, "source_hidden": true} tags=["author"]
test_accuracy = test_right.float().mean().item()
checks.expect(
    0.80 < test_accuracy < 0.84,
    f"expected about 82 %, got {test_accuracy:.2%}",
)

# %% [markdown]
# That is *more* than on the validation images, by more than a point. Should
# images that nobody has looked at not be harder, if anything? Hold on to that
# question.

# %% [markdown]
# ## When the world changes: distribution shift
#
# A [**distribution shift**](glossary.md#distribution-shift) is any difference
# between the images a model was made from and those it meets. If the images
# of a class look different, it is
# [**covariate shift**](glossary.md#covariate-shift); if the classes occur in
# other proportions, [**label shift**](glossary.md#label-shift).
#
# You do not have to invent one. MNIST's own web page says that the first
# 5,000 test images come from another collection than the last 5,000, and that
# the first are "cleaner and easier".

# %%
half_guess = checks.predict(
    ..., "Which half will be read better?", choices=("first", "last")
)

# %% [markdown]
# The digits of the thirteen other writers make a third world. Enlarged to
# 20 × 20 pixels and set into a frame of 28 × 28, they look like this:

# %% course={"alt": "Above, ten digits of MNIST; below, the digits 0 to 9 of other writers, more blurred. All can be read."}
enlarged = F.interpolate(D[:, None], size=(20, 20), mode="bilinear")
framed = F.pad(enlarged, (4, 4, 4, 4))
plotting.show_images(torch.cat([X[:10], framed[:10]]), [*y[:10], *d[:10]])

# %% [markdown]
# Above MNIST, below the others: you read both rows. And the baseline? We also
# move the validation images by two pixels to the right.

# %%
moved = nearest(means, splits.valid.images.roll(2, dims=3))
worlds = {
    "validation": predicted == labels,
    "test, first 5,000": test_right[:5000],
    "test, last 5,000": test_right[5000:],
    "validation, 2 pixels right": moved == labels,
    "13 other writers": nearest(means, framed) == d,
}
worlds = {name: r.float().mean().item() for name, r in worlds.items()}
last_is_better = worlds["test, last 5,000"] > worlds["test, first 5,000"]
half_guess.compare("last" if last_is_better else "first")
plotting.show_bars(
    list(worlds.values()), list(worlds), percent=True, highlight=[1, 2],
    xlabel="accuracy (%)",
)

# %% jupyter={"outputs_hidden": true, "source_hidden": true} tags=["author"]
first, last = worlds["test, first 5,000"], worlds["test, last 5,000"]
checks.expect(last > first + 0.08, "expected the last half to be easier")
checks.expect(
    0.415 < worlds["13 other writers"] < 0.425,
    f"the opening says 42 of 100, got {worlds['13 other writers']:.1%}",
)

# %% [markdown]
# The sentence on the web page is wrong for this model, by nine points: the
# last 5,000 images are the easier ones. A test set can hold two worlds, and
# its one number is their mean. It also answers our question: the test images
# are not the validation images drawn once more. Other people wrote them, so
# the final number of a model may well lie above its validation accuracy.
#
# On the thirteen writers' digits the model loses nearly half of its accuracy.
# How much of that is their hands, how much the coarse scan of 8 × 8 pixels,
# and how much the place in our frame, this figure can't tell. Place matters:
# two pixels to the right cost twenty points, and you would hardly notice them.
# All this is covariate shift. For label shift no image has to change:

# %% tags=["nbval-check-output"]
mostly_1 = torch.tensor([0.05] + [0.55] + [0.05] * 8)
mostly_5 = torch.tensor([0.05] * 5 + [0.55] + [0.05] * 4)
print(f"if 55 % of the digits were ones:  {class_accuracy @ mostly_1:.1%}")
print(f"if 55 % of the digits were fives: {class_accuracy @ mostly_5:.1%}")

# %% [markdown]
# The accuracy is the mean of the accuracies of the classes, weighted by how
# often each occurs. A high accuracy holds for the distribution it was measured
# on, and says little about another.
#
# How sure is each of these numbers? Lesson 2 gives them intervals. And how
# well did *you* predict?

# %%
checks.predictions()

# %% [markdown]
# ## What we found
#
# - An image is a tensor $(1, 28, 28)$ of numbers from 0 to 1; four of five of
#   them are 0.
# - The ten classes are nearly balanced, so accuracy is a fair measure, and
#   always answering 1 gives 11.2 %.
# - Stratified splits keep every class in every part. Leakage, by copies or by
#   writers, and choosing on the test set give numbers that look good and
#   mislead.
# - The baseline without learning is about 82 % on the test images. Lesson 2
#   has to beat it.
# - A model holds for the distribution it was made from. The two halves of the
#   test file differ by nine points; digits from another collection cost nearly
#   half of the accuracy.
#
# ## Questions to check yourself
#
# <details><summary>Why is the validation set not enough? Why keep a test set as
# well?</summary>
#
# Choices made on validation images tend to make their accuracy a little too
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
# <details><summary>A hospital buys a new scanner; a flood brings more broken
# legs. Which is covariate shift, which label shift?</summary>
#
# The scanner changes what images of each class look like: covariate shift.
# The flood changes how often a class occurs: label shift.
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
# the IEEE 86 (1998); its web page: yann.lecun.com/exdb/mnist. The digits of
# the other writers: E. Alpaydin, C. Kaynak, "Optical recognition of
# handwritten digits", UCI repository (1998). How to read t-SNE maps: M.
# Wattenberg, F. Viégas, I. Johnson, "How to use t-SNE effectively", Distill
# (2016). Shift between hospitals, measured: J. Zech and
# others, "Variable generalization performance of a deep learning model to
# detect pneumonia in chest radiographs", PLoS Medicine 15 (2018).
#
# Next: [lesson 2, softmax regression](02_softmax_regression.ipynb), the first
# model that learns.

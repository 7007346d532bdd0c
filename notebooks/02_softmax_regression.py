# ---
# jupyter:
#   course:
#     peak_mb: 1353
#     python: 3.11.7
#     seconds: 43.4
#     torch: 2.14.1
# ---

# %% [markdown]
# [![Open in Colab](https://colab.research.google.com/assets/colab-badge.svg)](https://colab.research.google.com/github/neural-notebooks/course/blob/main/notebooks/02_softmax_regression.ipynb)

# %% [markdown]
# # 2. Softmax regression
#
# **The question of this lesson:** how can a model learn to tell ten digits
# apart, and how do you know that the number it reports is right?
#
# After this lesson you can
#
# - write softmax and cross-entropy so that they never overflow;
# - derive the gradient of the loss, and check it numerically;
# - train a model with a loop of your own, then with the course's helper, and
#   show that both do the same;
# - check a result against an independent program;
# - read weights, per-class accuracy, a confusion matrix and a calibration
#   curve, and find five mistakes that are common in training code.
#
# **You need:** [lesson 1](01_data_visualization.ipynb), matrix products, and
# the derivative of $e^x$ and $\ln x$. **Time:** about 90 minutes; all cells
# together run in under a minute.

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

import matplotlib.pyplot as plt
import torch
from sklearn.linear_model import LogisticRegression
from torch import nn
from torch.nn import functional as F

from course_utils import checks, data, plotting, training

plotting.use_style()
training.seed_everything(0)

# %% [markdown]
# The same data and the same split as in lesson 1. A linear model takes a list
# of numbers, so each image becomes a row of $p = 784$ pixels.

# %%
# NBVAL_CHECK_OUTPUT
splits = data.load("mnist", valid_fraction=0.1, seed=0)
X, y = splits.train.images.flatten(1), splits.train.labels
X_valid, y_valid = splits.valid.images.flatten(1), splits.valid.labels
print(tuple(X.shape), tuple(y.shape))

# %% [markdown]
# ## One neuron, two classes
#
# Start with two classes: is it a 1 or a 0?
# [**Logistic regression**](glossary.md#logistic-regression) weighs every
# pixel and adds a constant, which gives one number, the
# [**logit**](glossary.md#logit)
#
# $$z = x w + b,$$
#
# with the image $x$ $(1 \times 784)$, the [weights](glossary.md#weight) $w$
# $(784 \times 1)$ and the [**bias**](glossary.md#bias) $b$. The
# [**sigmoid**](glossary.md#sigmoid) turns the logit into a probability,
#
# $$P(\text{one} \mid x) = \sigma(z) = \frac{1}{1 + e^{-z}}.$$
#
# A weighted sum, a bias and a function on top: this is one
# [**neuron**](glossary.md#neuron). Large $z$ means "one", very negative $z$
# means "zero", $z = 0$ means "no idea".
#
# **Predict.** What does $\sigma(0)$ equal, and $\sigma(z) + \sigma(-z)$?

# %%
# NBVAL_CHECK_OUTPUT
z = torch.tensor([-4.0, -1.0, 0.0, 1.0, 4.0])
print(torch.sigmoid(z))
print(torch.sigmoid(z) + torch.sigmoid(-z))

# %% [markdown]
# $\sigma(0) = 0.5$, and the probabilities of the two classes sum to 1.

# %% [markdown]
# ## From two classes to k
#
# For $k$ classes we use $k$ neurons side by side, one logit per class; this
# is [softmax regression](glossary.md#softmax-regression). Stack their weights
# as columns of a matrix:
#
# $$Z = X W + b$$
#
# | symbol | meaning | shape | here |
# | --- | --- | --- | --- |
# | $X$ | images of a batch, one per row | $n \times p$ | 54,000 × 784 |
# | $W$ | weights, one column per class | $p \times k$ | 784 × 10 |
# | $b$ | biases, one per class | $k$ | 10 |
# | $Z$ | logits | $n \times k$ | 54,000 × 10 |
#
# "Multi-class" means more than two classes. It doesn't mean more than ten, as
# one tutorial has it; this formula is the same for three classes and for a
# thousand.
#
# **Predict.** How many numbers, its [parameters](glossary.md#parameter), does
# this model have to learn?

# %%
# NBVAL_CHECK_OUTPUT
p, k = 784, 10
W, b = torch.zeros(p, k), torch.zeros(k)
print(
    W.numel() + b.numel(), "parameters; logits", tuple((X[:5] @ W + b).shape)
)

# %% [markdown]
# ## One-hot targets
#
# The label 3 is a name, not a quantity: a 3 is not "more" than a 2. As a
# target we write it as a row with a 1 in its place and 0 elsewhere, which is
# the probability distribution of someone who is certain. This is called
# [**one-hot** encoding](glossary.md#one-hot-encoding).

# %%
# NBVAL_CHECK_OUTPUT
print(y[:3])
print(F.one_hot(y[:3], num_classes=10))

# %% [markdown]
# ## Softmax: from logits to probabilities
#
# Ten logits are to become ten probabilities: none negative, sum 1, and the
# largest logit the most probable class. [**Softmax**](glossary.md#softmax)
# does that:
#
# $$\hat y_j = \frac{e^{z_j}}{\sum_{l=1}^{k} e^{z_l}}.$$
#
# The exponential makes everything positive, the division makes the sum 1. In
# a batch, this happens in each row, that is along `dim=1`.


# %%
def naive_softmax(Z):
    """Probabilities (n, k) from logits (n, k)."""
    exp_Z = Z.exp()
    return exp_Z / exp_Z.sum(dim=1, keepdim=True)


# %% [markdown]
# Adding the same constant to all logits multiplies numerator and denominator
# by the same factor, so it changes nothing. Only differences between logits
# matter.
#
# **Predict.** Both rows below have the same differences. What comes out?

# %%
# NBVAL_CHECK_OUTPUT
Z = torch.tensor([[1.0, 2.0, 3.0], [101.0, 102.0, 103.0]])
print(naive_softmax(Z))

# %% [markdown]
# The second row is `nan`: $e^{101}$ is larger than the largest 32-bit number
# (about $3.4 \cdot 10^{38}$), so it becomes infinite, and infinity divided by
# infinity is not a number. But we may subtract any constant. Subtract the
# largest logit: then the largest exponent is 0, and nothing can overflow.


# %%
# NBVAL_CHECK_OUTPUT
def softmax(Z):
    """Probabilities (n, k) from logits (n, k), without overflow."""
    exp_Z = (Z - Z.amax(dim=1, keepdim=True)).exp()
    return exp_Z / exp_Z.sum(dim=1, keepdim=True)


print(softmax(Z))
checks.expect_close(softmax(Z), torch.softmax(Z, dim=1), "softmax")

# %% [markdown]
# For two classes softmax is the sigmoid of the difference of the logits, so
# logistic regression is the special case $k = 2$:

# %%
two = torch.randn(5, 2)
checks.expect_close(softmax(two)[:, 1], torch.sigmoid(two[:, 1] - two[:, 0]))

# %% [markdown]
# The check is silent: both sides agree. So softmax extends the sigmoid.

# %% [markdown]
# ## Cross-entropy: how wrong is a probability?
#
# The model should give the true class a high probability. If the images are
# independent, the probability of all true labels together is the product of
# theirs. A product of 54,000 small numbers is zero on any computer, so we
# take the logarithm, which turns it into a sum, and change the sign, so that
# small is good. Divided by $n$ this is the
# **[cross-entropy](glossary.md#cross-entropy)
# [loss](glossary.md#loss-function)**, also called negative log-likelihood:
#
# $$L = -\frac{1}{n} \sum_{i=1}^{n} \ln \hat y_{i, y_i}
#     = -\frac{1}{n} \sum_{i=1}^{n} \sum_{j=1}^{k} Y_{ij} \ln \hat y_{ij},$$
#
# where $Y$ $(n \times k)$ holds the one-hot targets. Only the probability of
# the true class counts.
#
# With the formula of softmax, the logarithm of the probability is
#
# $$\ln \hat y_j = z_j - \ln \sum_l e^{z_l}.$$
#
# The last term is the [**log-sum-exp**](glossary.md#log-sum-exp) of the
# logits. Subtract the maximum there as well, and neither step can overflow or
# take the logarithm of 0.


# %%
def log_softmax(Z):
    """Log-probabilities (n, k) from logits (n, k)."""
    shifted = Z - Z.amax(dim=1, keepdim=True)
    return shifted - shifted.exp().sum(dim=1, keepdim=True).log()


def cross_entropy(Z, y):
    """Mean loss of logits (n, k) for labels (n,)."""
    return -log_softmax(Z)[torch.arange(len(y)), y].mean()


Z = 200 * torch.randn(100, 10)  # logits of up to several hundred
checks.expect_close(cross_entropy(Z, y[:100]), F.cross_entropy(Z, y[:100]))

# %% [markdown]
# Before any training, the weights are zero, so all ten classes get the same
# probability 0.1.
#
# **Predict.** How large is the loss then?

# %%
# NBVAL_CHECK_OUTPUT
initial_loss = cross_entropy(X @ W + b, y)
print(f"initial loss {initial_loss:.4f}, ln 10 = {math.log(10):.4f}")

# %% [markdown]
# It is $-\ln 0.1 = \ln 10 \approx 2.30$. Remember this number. A classifier
# of ten classes that starts far above 2.3 has a mistake, or weights that are
# too large at the start.

# %% [markdown]
# ## The gradient
#
# To improve the weights we need to know how the loss changes with each logit.
# Take one image with logits $z$ and the true class $t$:
#
# $$L = -z_t + \ln \sum_l e^{z_l}.$$
#
# Differentiate with respect to $z_j$. The first term gives $-1$ if $j = t$
# and 0 otherwise, which is $-Y_j$. The second gives
# $e^{z_j} / \sum_l e^{z_l} = \hat y_j$. Together
#
# $$\frac{\partial L}{\partial z_j} = \hat y_j - Y_j .$$
#
# Prediction minus target: that is all. A class that got too much probability
# is pushed down, the true class up, each by exactly its error. For a batch
# with the mean loss there is a factor $1/n$, and the chain rule through
# $Z = XW + b$ gives
#
# $$\frac{\partial L}{\partial Z} = \frac{1}{n} (\hat Y - Y), \qquad
#   \frac{\partial L}{\partial W} = X^\top \frac{\partial L}{\partial Z}, \qquad
#   \frac{\partial L}{\partial b} = \sum_i \frac{\partial L}{\partial Z_{i}}.$$
#
# The shapes confirm it: $(p \times n)(n \times k) = p \times k$, as $W$.


# %%
def gradients(X, y, W, b):
    """Gradients of the mean loss: for W (p, k) and for b (k,)."""
    error = softmax(X @ W + b) - F.one_hot(y, W.shape[1])
    dZ = error / len(y)
    return X.T @ dZ, dZ.sum(dim=0)


# %% [markdown]
# A derivation can be wrong. Check it with the definition of a derivative (a
# [gradient check](glossary.md#gradient-check)):
# change one weight by $\pm\varepsilon$ and see how the loss changes,
#
# $$\frac{\partial L}{\partial W_{ij}} \approx
#   \frac{L(W_{ij} + \varepsilon) - L(W_{ij} - \varepsilon)}{2 \varepsilon}.$$
#
# In 64-bit numbers, with $\varepsilon = 10^{-5}$, both should agree to about
# nine decimal places.

# %%
X_few, y_few = X[:50].double(), y[:50]
W_try, b_try = 0.1 * torch.randn(p, k).double(), torch.zeros(k).double()
dW, _ = gradients(X_few, y_few, W_try, b_try)

epsilon = 1e-5
for i, j in [(350, 3), (405, 0), (440, 9)]:
    losses = []
    for sign in (1, -1):
        W_moved = W_try.clone()
        W_moved[i, j] += sign * epsilon
        losses.append(cross_entropy(X_few @ W_moved + b_try, y_few))
    numeric = (losses[0] - losses[1]) / (2 * epsilon)
    print(f"W[{i}, {j}]: formula {dW[i, j]:.9f}, numeric {numeric:.9f}")
    checks.expect_close(dW[i, j], numeric, rtol=1e-6, atol=1e-9)

# %% [markdown]
# ### Why not squared error?
#
# We could also minimize $\sum_j (\hat y_j - Y_j)^2$. Compare the
# [gradients](glossary.md#gradient) for one image of class 1 in the two-class
# case, where $z$ is the logit of class 1: cross-entropy gives
# $\sigma(z) - 1$; the squared error of this one probability,
# $(\sigma(z) - 1)^2$, gives $2(\sigma(z) - 1)\,\sigma(z)(1 - \sigma(z))$.
#
# **Predict.** At $z = -6$ the model is sure of the wrong class. Which loss
# pushes harder?

# %%
z = torch.linspace(-8, 8, 200)
s = torch.sigmoid(z)
fig, ax = plt.subplots(figsize=(plotting.WIDTH, 3))
ax.plot(z, s - 1, color=plotting.BLUE)
ax.plot(z, 2 * (s - 1) * s * (1 - s), "--", color=plotting.ORANGE)
ax.text(-7.8, -0.9, "cross-entropy", color=plotting.INKS[0])
ax.text(-7.8, -0.11, "squared error", color=plotting.INKS[1])
ax.set(xlabel="logit $z$ of the true class", ylabel="gradient of the loss")
plotting.describe(
    fig,
    "Two gradients against the logit. Far left, where the model is sure and "
    "wrong, cross-entropy has the gradient -1, squared error almost 0.",
)

# %% [markdown]
# Where the model is sure and wrong, squared error hardly pushes at all: the
# factor $\sigma(z)(1 - \sigma(z))$ is nearly 0 there. Cross-entropy pushes
# with full strength. That is why classifiers are trained with it.

# %% [markdown]
# ## Training, by hand
#
# [**Gradient descent**](glossary.md#gradient-descent) moves every parameter a
# small step against its gradient; with a
# [**learning rate**](glossary.md#learning-rate) $\eta$,
#
# $$W \leftarrow W - \eta \frac{\partial L}{\partial W}.$$
#
# We compute the gradient on one batch at a time, which is called stochastic
# gradient descent ([SGD](glossary.md#SGD)). After each epoch we look at the
# validation set.
#
# The loop below counts what it reports: losses are weighted with the size of
# their batch. Why that matters comes further down. Their mean over an epoch
# is the [training loss](glossary.md#training-loss).


# %%
def train(W, b, lr, num_epochs, batch_size, seed):
    """Train in place by SGD; print losses and validation accuracy."""
    generator = torch.Generator().manual_seed(seed)
    for epoch in range(1, num_epochs + 1):
        loss_sum = 0.0
        order = torch.randperm(len(X), generator=generator)
        for batch in order.split(batch_size):
            X_batch, y_batch = X[batch], y[batch]
            loss = cross_entropy(X_batch @ W + b, y_batch)
            dW, db = gradients(X_batch, y_batch, W, b)
            W -= lr * dW
            b -= lr * db
            loss_sum += loss.item() * len(batch)
        right = (X_valid @ W + b).argmax(dim=1) == y_valid
        print(
            f"epoch {epoch}: training loss {loss_sum / len(X):.3f}, "
            f"validation accuracy {right.float().mean():.1%}"
        )


# %% [markdown]
# **Predict.** The nearest mean image had 81 % on the validation images. Where
# will this model be after one epoch?

# %%
train(W, b, lr=0.3, num_epochs=3, batch_size=128, seed=0)
by_hand = ((X_valid @ W + b).argmax(dim=1) == y_valid).float().mean()
checks.expect(by_hand > 0.90, f"expected more than 90 %, got {by_hand:.1%}")

# %% [markdown]
# One pass over the data beats the baseline by far, with 7,850 numbers learned
# from nothing but "prediction minus target".

# %% [markdown]
# ## The same in a few lines
#
# PyTorch has all parts ready. `nn.Linear` holds $W$ and $b$ (it stores $W$
# transposed, $k \times p$), `F.cross_entropy` works on logits, the gradients
# come from [autograd](glossary.md#autograd), which differentiates by itself
# (lesson 6), and an optimizer does the update. `training.fit` runs the loop
# you have seen above.
#
# To see that nothing else happens, first run one epoch of both from the same
# start, on the same batches.

# %%
loaders = data.loaders(splits, batch_size=128, seed=0)
model = nn.Sequential(nn.Flatten(), nn.Linear(784, 10))
nn.init.zeros_(model[1].weight)
nn.init.zeros_(model[1].bias)
optimizer = torch.optim.SGD(model.parameters(), lr=0.3)
training.fit(model, loaders.train, epochs=1, optimizer=optimizer)

W, b = torch.zeros(p, k), torch.zeros(k)
for images, labels in data.loaders(splits, batch_size=128, seed=0).train:
    dW, db = gradients(images.flatten(1), labels, W, b)
    W -= 0.3 * dW
    b -= 0.3 * db
checks.expect_close(model[1].weight.T, W, "the weights", rtol=1e-3, atol=1e-4)
print(f"largest difference: {(model[1].weight.T - W).abs().max():.0e}")

# %% [markdown]
# After 422 updates the weights agree but for rounding. The helper does what
# your loop does, and adds a progress bar, a record of every epoch, and, when
# asked, the weights of the best epoch.
#
# Now a full training. We normalize the pixels, take the optimizer Adam, which
# adapts the step of each weight (lesson 8), and let the learning rate fall to
# zero along half a cosine. `weight_decay` keeps weights small (lesson 9);
# `fused=True` asks for the fastest version of the update. These settings were
# chosen on the validation set.

# %%
training.seed_everything(0)
normalized = data.normalize(splits)
del splits, X, X_valid  # their memory is needed for the copy
loaders = data.loaders(normalized, batch_size=256, seed=0)
model = nn.Sequential(nn.Flatten(), nn.Linear(784, 10))
weight_decay = 3e-4
optimizer = torch.optim.Adam(
    model.parameters(), lr=4e-3, weight_decay=weight_decay, fused=True
)
scheduler = torch.optim.lr_scheduler.CosineAnnealingLR(optimizer, T_max=10)
history = training.fit(
    model, loaders.train, loaders.valid, epochs=10,
    optimizer=optimizer, scheduler=scheduler,
)  # fmt: skip
checks.expect_seconds(history.seconds, at_most=10, name="training")
plotting.show_history(history)

# %% [markdown]
# After two epochs the validation curves hardly move. The training loss goes
# on falling a little, which is the part that the model learns by heart; with
# 7,850 parameters for 54,000 images that part is small. So what limits this
# model is not the number of images. Lesson 3 will find out what it is.

# %% [markdown]
# ## Is this number right? An independent check
#
# `LogisticRegression` of scikit-learn is the same model, written by other
# people and minimized by another algorithm (L-BFGS, which uses all images in
# every step). If both agree, a mistake in either is unlikely. Its penalty on
# large weights is our `weight_decay` if
# $C = 1 / (n \cdot \text{weight decay})$.
#
# ### Find the mistake: a solver that was stopped early
#
# One tutorial reports 89.97 % for softmax regression on MNIST. It calls
# scikit-learn's solver `sag` with `tol=0.1`. What did it measure?
#
# A solver stops as soon as some quantity is smaller than the tolerance. For
# L-BFGS that is the largest entry of the gradient, which is zero at the
# minimum. We run it with the same loose tolerance and with a strict one; the
# strict run takes about half a minute.

# %%
X_n, X_n_valid = (
    part.images.flatten(1) for part in (normalized.train, normalized.valid)
)
C = 1 / (len(y) * weight_decay)
for tol in (0.1, 3e-4):
    start = time.perf_counter()
    solver = LogisticRegression(C=C, tol=tol, max_iter=1000)
    solver.fit(X_n.numpy(), y.numpy())
    W_sk = torch.from_numpy(solver.coef_.T).float()
    b_sk = torch.from_numpy(solver.intercept_).float()
    Z_valid = X_n_valid @ W_sk + b_sk
    right = (Z_valid.argmax(dim=1) == y_valid).float().mean()
    print(
        f"tol={tol}: {solver.n_iter_[0]} iterations, "
        f"{time.perf_counter() - start:.0f} s, validation loss "
        f"{cross_entropy(Z_valid, y_valid):.3f}, accuracy {right:.1%}"
    )

# %% [markdown]
# With the loose tolerance the solver gives up after a few steps, and what it
# returns is not the minimum. The number says something about the solver's
# patience and nothing about the model. Before you report a result of an
# optimizer, ask whether it has arrived. Our own formula for the gradient can
# answer: at the minimum, gradient and penalty cancel.

# %%
dW, _ = gradients(X_n, y, W_sk, b_sk)
rest = dW + weight_decay * W_sk
print(f"largest entry of the gradient {dW.abs().max():.4f}")
print(f"the same with the penalty     {rest.abs().max():.4f}")
checks.expect(
    rest.abs().max() < 1e-3, "expected scikit-learn to have arrived"
)

# %% [markdown]
# It has arrived. Now compare the two programs.

# %%
ours = training.evaluate(model, loaders.valid)
same = (ours.predictions == Z_valid.argmax(dim=1)).float().mean()
loss_sk = cross_entropy(Z_valid, y_valid).item()
loss_sk_train = cross_entropy(X_n @ W_sk + b_sk, y).item()
loss_train = training.evaluate(model, normalized.train).loss
print(
    f"training loss:   ours {loss_train:.3f}, scikit-learn {loss_sk_train:.3f}"
)
print(f"validation loss: ours {ours.loss:.3f}, scikit-learn {loss_sk:.3f}")
print(f"both give the same answer for {same:.1%} of the images")
checks.expect_close(ours.loss, loss_sk, "validation loss", atol=0.02)
checks.expect(same > 0.97, f"expected the same answers, got {same:.1%}")

# %% [markdown]
# Two independent programs, nearly the same loss, and the same answer for
# almost every image. scikit-learn went to the very minimum of the training
# loss; our ten epochs stopped a little above it, and lost nothing on images
# they had not seen. Whoever reports 90 % for this model has stopped far too
# early; whoever reports 97 % has measured something else.

# %% [markdown]
# ## What has it learned?
#
# Each class has 784 weights, one per pixel, so they can be drawn as an image.
# Red pixels speak for the class, blue ones against it.
#
# **Predict.** What will the weights of the 0 look like in the middle?

# %%
plotting.show_weights(model[1].weight, normalized.classes)

# %% [markdown]
# The 0 has a blue center: ink there speaks against a 0. The images resemble
# digits only in part. Each class weighs the pixels *against* the nine others,
# and the darkest spots are pixels that rarely carry ink, and only for one
# digit. One template per class is all this model can have. It can't say "a 7
# with or without a bar".

# %% [markdown]
# ## Find the mistakes: counting in batches
#
# The next three come from published training loops. Each counts correct
# answers or losses over batches and forgets that the last batch is short.
# Here are validation batches of 128, for which
# $6000 = 46 \cdot 128 + 112$.

# %%
batches = list(zip(X_n_valid.split(128), y_valid.split(128), strict=True))
W_m, b_m = model[1].weight.detach().T, model[1].bias.detach()
print(len(batches), "batches; the last has", len(batches[-1][1]), "images")

# %% [markdown]
# **First.** Epoch accuracy, divided by `len(loader) * batch_size`.
#
# **Predict.** Is the result too high or too low?

# %%
correct = sum(
    ((X_b @ W_m + b_m).argmax(dim=1) == y_b).sum().item()
    for X_b, y_b in batches
)
wrong_accuracy = correct / (len(batches) * 128)
print(f"divided by 47 x 128 = {47 * 128}: {wrong_accuracy:.2%}")
print(f"divided by the number of images: {correct / len(y_valid):.2%}")
checks.expect_close(correct / len(y_valid), ours.accuracy, "accuracy")

# %% [markdown]
# Too low: it counts 16 images that don't exist, all of them as wrong. Divide
# by the number of images you have seen.
#
# **Second.** The mean of the batch means, for batches of different size. The
# effect shows best with a last batch that is very short and unusual. We use
# batches of 1,000 and add one batch of only the 50 hardest images.

# %%
losses = F.cross_entropy(ours.outputs, y_valid, reduction="none")
in_order = losses.sort().values
parts = (*in_order[:-50].split(1000), in_order[-50:])
mean_of_means = torch.stack([part.mean() for part in parts]).mean()
weighted = sum(part.sum() for part in parts) / len(y_valid)
print(
    f"mean of batch means {mean_of_means:.3f}, mean over images {weighted:.3f}"
)
checks.expect_close(weighted, ours.loss, "weighted mean", rtol=1e-4)

# %% [markdown]
# The 50 images in the short batch count as much as 1,000 others. Multiply
# every batch mean by the size of its batch, add up, and divide by the number
# of images, as our training loop does.
#
# **Third.** Accuracy for each class, counted with
# `for i in range(batch_size)`.

# %%
hits = torch.zeros(10)
try:
    for X_b, y_b in batches:
        right = (X_b @ W_m + b_m).argmax(dim=1) == y_b
        for i in range(128):
            hits[y_b[i]] += right[i]
except IndexError as error:
    print("IndexError:", error)

# %% [markdown]
# It crashes in the last batch, at image 112. Some tutorials avoid the crash
# by dropping the last batch, and then their counts are wrong. No loop is
# needed:

# %%
right = ours.predictions == y_valid
hits = torch.bincount(y_valid[right], minlength=10)
per_class = hits / torch.bincount(y_valid, minlength=10)
checks.expect_close(per_class, ours.per_class_accuracy, "per-class accuracy")
plotting.show_bars(
    per_class, normalized.classes, percent=True, xlabel="validation accuracy (%)",
    highlight=[per_class.argmin().item()],
)  # fmt: skip

# %% [markdown]
# Some ten points lie between the 3s and the 1s. One number for all classes
# hides that.

# %% [markdown]
# ## Find the mistake: softmax twice
#
# `F.cross_entropy` and `nn.CrossEntropyLoss` take logits and apply softmax
# themselves. Many networks on the web end in a softmax layer and use this
# loss all the same. Nothing crashes.
#
# **Predict.** What is the smallest loss such a network can reach, when it is
# right about every image and completely sure?

# %%
perfect = torch.zeros(1, 10)
perfect[0, 3] = 1.0  # the output of a softmax layer that is sure of class 3
floor = F.cross_entropy(perfect, torch.tensor([3])).item()
print(f"loss of a perfect answer: {floor:.3f}")
checks.expect_close(floor, math.log(math.e + 9) - 1, "floor")

# %% [markdown]
# Softmax of numbers between 0 and 1 is almost uniform: the second softmax
# turns certainty into a probability of $e / (e + 9) = 23$ %. The loss can't
# fall below 1.46, and its gradient is small. Train it to see:

# %%
training.seed_everything(0)
twice = nn.Sequential(nn.Flatten(), nn.Linear(784, 10), nn.Softmax(dim=1))
optimizer = torch.optim.Adam(twice.parameters(), lr=4e-3, fused=True)
history_twice = training.fit(
    twice, loaders.train, loaders.valid, epochs=3, optimizer=optimizer
)
print(f"softmax once:  loss {history['valid_loss'][2]:.2f}")
print(f"softmax twice: loss {history_twice['valid_loss'][2]:.2f}")
checks.expect(
    history_twice["valid_loss"][2] > floor, "expected the floor to hold"
)

# %% [markdown]
# The accuracy looks tolerable, which is why the mistake survives. The loss
# gives it away: it stays above 1.46. End a network with `nn.Linear`, and
# apply softmax only to look at probabilities.

# %% [markdown]
# ## The final number
#
# All choices are made. Now the test images, once.

# %%
result = training.evaluate(model, loaders.test)
print(f"test accuracy {result.accuracy:.2%}, loss {result.loss:.3f}")
checks.expect(
    result.accuracy >= 0.925,
    f"expected at least 92.5 %, got {result.accuracy:.2%}",
)

# %% jupyter={"outputs_hidden": true, "source_hidden": true} tags=["author"]
checks.report(
    "softmax regression",
    result.accuracy,
    images=len(result.labels),
    seconds=history.seconds,
    published="89.97 %",
)

# %% [markdown]
# More than 92.5 %, against 82 % for the nearest mean image. The loss on the
# test images is called the [test loss](glossary.md#test-loss). Which digits
# are confused? The [confusion matrix](glossary.md#confusion-matrix) tells:

# %%
plotting.show_confusion(result.confusion, normalized.classes)

# %% [markdown]
# Rows are what the digit is, columns what the model says. The diagonal, in
# gray, is right. The darkest fields are the most frequent mistakes: 2 taken
# for 8, 5 for 3 or 8, 4 and 7 for 9. Lesson 1's map showed the 4s and 9s on
# one island.
#
# Now the mistakes of which the model was most certain.

# %%
probabilities = softmax(result.outputs)
confidence = probabilities.amax(dim=1)
mistakes = torch.nonzero(result.predictions != result.labels).squeeze(1)
worst = mistakes[confidence[mistakes].argsort(descending=True)[:16]]
plotting.show_predictions(
    normalized.test.images[worst], result.labels[worst], result.predictions[worst],
    confidences=confidence[worst],
)  # fmt: skip

# %% [markdown]
# Some of these are hard to read for anyone. Others are clear to you and wrong
# for the model with more than 99 % confidence. So a sentence found in one
# post, that softmax regression "cannot be wrong by more than its confidence",
# is not true: the probability is the model's opinion, and it can be very sure
# of a wrong one.

# %% [markdown]
# ## Is it calibrated?
#
# A model is **calibrated** if, among all answers given with 80 % confidence,
# 80 % are right. Single images can't show that, but groups can: sort the test
# images by confidence into ten equal groups, and compare in each group the
# mean confidence with the accuracy. Their difference, averaged over the
# groups, is called the expected [calibration](glossary.md#calibration) error.

# %%
order = confidence.argsort()
right = (result.predictions == result.labels).float()
groups = order.chunk(10)
stated = torch.stack([confidence[g].mean() for g in groups])
actual = torch.stack([right[g].mean() for g in groups])

fig, ax = plt.subplots(figsize=(plotting.WIDTH * 0.6, plotting.WIDTH * 0.55))
ax.plot([30, 100], [30, 100], ":", color=plotting.GREY)
ax.plot(100 * stated, 100 * actual, "o-", color=plotting.BLUE)
ax.text(34, 42, "calibrated", rotation=45, color=plotting.GREY)
ax.set(xlabel="mean confidence (%)", ylabel="accuracy (%)")
ece = (stated - actual).abs().mean()
plotting.describe(
    fig,
    "Accuracy against confidence in ten groups of test images: the points lie "
    f"close to the diagonal, on average {100 * ece:.1f} points away from it.",
)

# %% [markdown]
# The points lie near the diagonal. Most of them crowd in the upper right
# corner, because the model is sure of most images. In one number:

# %%
print(f"expected calibration error: {ece:.1%}")
checks.expect(ece < 0.03, f"expected less than 3 %, got {ece:.1%}")

# %% [markdown]
# As a group, the confidences can be taken at their word on these images. That
# need not hold for other images (think of lesson 1's shifted digits), nor for
# the larger networks to come.

# %% [markdown]
# ## What we found
#
# - Softmax turns logits into probabilities; subtracting the largest logit
#   keeps it from overflowing. The loss before training is $\ln 10 = 2.30$.
# - The gradient of the loss is prediction minus target; a numerical check
#   agreed to six digits and more.
# - A loop by hand and `training.fit` gave the same weights, and scikit-learn's
#   solver the same loss. Stopped early, it gave a much lower accuracy.
# - Softmax regression reaches more than 92.5 % of the test images, the
#   baseline 82 %. Some of its mistakes are made with high confidence.
# - Divide by the number of images, never by batches times batch size; give
#   cross-entropy the logits.
#
# ## Questions to check yourself
#
# <details><summary>A classifier of 100 classes starts with a loss of 9. What do
# you think?</summary>
#
# Something is wrong: equal probabilities would give $\ln 100 = 4.6$. Perhaps
# the weights are too large at the start, or the inputs are not normalized.
# </details>
#
# <details><summary>You add 5 to every entry of b. What changes?</summary>
#
# Nothing. All logits grow by 5, and softmax depends on differences alone.
# </details>
#
# <details><summary>Your training loss stays at 1.46 while the accuracy is
# fine. What do you look for?</summary>
#
# A softmax before a loss that applies softmax itself; with ten classes its
# floor is 1.46.
# </details>
#
# <details><summary>Why is $\partial L / \partial W$ zero for a pixel that is 0
# in every image?</summary>
#
# It is $X^\top \partial L / \partial Z$, and that column of $X$ is zero. With
# normalized pixels it is a constant instead, and its weight acts like a bias.
# </details>
#
# ## Exercises and further reading
#
# Practice in [exercise set 2](../exercises/02_softmax_regression.ipynb).
# Words to look up are in the [glossary](glossary.md). More on the
# maximum-likelihood view: C. Bishop, "Pattern Recognition and Machine
# Learning", section 4.3. On calibration: C. Guo and others, "On calibration
# of modern neural networks", ICML 2017.
#
# Next: [lesson 3](03_mlp.ipynb), where straight lines are not enough.

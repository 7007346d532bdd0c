# %% [markdown]
# # Project: a minimal pass
#
# A hand-in that reaches what a pass asks for. It holds the answers alone, as
# `course grade` finds them: `jupytext --to ipynb` makes the notebook.

# %% nbgrader={"grade": false, "grade_id": "to_frame", "locked": false, "schema_version": 3, "solution": true, "task": false}
# exercise: to_frame
def to_frame(images):
    """Images as MNIST has them (n, 1, 28, 28): in a box of 20, centered."""
    s = images.shape[-1]
    ink, place = images[:, 0] > 0.2, torch.arange(s)
    rows, columns = ink.any(dim=2), ink.any(dim=1)
    top = torch.where(rows, place, s).amin(dim=1)
    bottom = torch.where(rows, place, -1).amax(dim=1) + 1
    left = torch.where(columns, place, s).amin(dim=1)
    right = torch.where(columns, place, -1).amax(dim=1) + 1
    longest = torch.maximum(bottom - top, right - left)
    boxed = window(
        images, longest * 28 / 20 / s, (left + right) / s - 1,
        (top + bottom) / s - 1,
    )  # fmt: skip
    c = (torch.arange(28) - 13.5) / 14
    mass = boxed.sum(dim=(1, 2, 3)).clamp(min=1e-6)
    to_right = (boxed.sum(dim=(1, 2)) * c).sum(dim=1) / mass
    to_bottom = (boxed.sum(dim=(1, 3)) * c).sum(dim=1) / mass
    return window(boxed, 1.0, to_right, to_bottom)


# %% nbgrader={"grade": false, "grade_id": "drop", "locked": false, "schema_version": 3, "solution": true, "task": false}
# exercise: drop
def drop(right_home, right_away, writers, factor=2.18):
    """Accuracy at home minus away, and both ends of its interval."""
    p, q = right_home.mean(), right_away.mean()
    names, n = writers.unique(), len(right_away)
    sums = torch.stack([(right_away - q)[writers == w].sum() for w in names])
    m = len(names)
    variance = p * (1 - p) / len(right_home)
    variance = variance + m / (m - 1) * (sums**2).sum() / n**2
    half = factor * variance.sqrt()
    return p - q, p - q - half, p - q + half


# %% nbgrader={"grade": false, "grade_id": "read", "locked": false, "schema_version": 3, "solution": true, "task": false}
# exercise: read
def train(X, y):
    """A list of tensors, 50,000 numbers at most."""
    torch.manual_seed(0)
    model, X = small_network(), (to_frame(X) - 0.2) / 0.35
    optimizer = torch.optim.Adam(model.parameters(), lr=2e-3)
    for _ in range(6):
        for index in torch.randperm(len(X)).split(64):
            loss = F.cross_entropy(model(X[index]), y[index])
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
    return list(model.state_dict().values())


def read(numbers, images):
    """The digits in images (m, 1, 28, 28): whole numbers (m,)."""
    model = small_network()
    model.load_state_dict(dict(zip(model.state_dict(), numbers, strict=True)))
    with torch.no_grad():
        return model((to_frame(images) - 0.2) / 0.35).argmax(dim=1)


def small_network():
    return nn.Sequential(
        nn.Flatten(), nn.Linear(784, 62), nn.ReLU(), nn.Linear(62, 10)
    )

# %% [markdown] nbgrader={"grade": true, "grade_id": "half_page", "locked": false, "points": 8, "schema_version": 3, "solution": true, "task": false}
# The network of lesson 3 (784-62-10, 49,300 numbers, trained on 10,000
# images) reads 94.9 % of MNIST's test images and 32.6 % of the other writers'
# digits (validation, seven forms): a drop of 62.3 points, 58.6 to 66.0 if
# writers are the draws.
#
# The digits of the others fill the whole frame of 28 rows; MNIST's fill 20. I
# bring every image into MNIST's frame before the network sees it, in training
# and in reading: the box of the ink is scaled to 20 pixels and the center of
# mass put into the middle. Then the same network reads 73.8 % of the
# validation digits and 94.3 % at home. It took 4 seconds on one core.
#
# On the seven forms kept apart it reads 76.5 % (72.6 to 80.5, writers as
# draws). It reads 34 of 100 nines and 43 of 100 ones; I did not find out why.

# %% [markdown]
# **What it earns.** 3 + 3 + 4 = 10 of 20 points from checks. The page: 2
# (drop with writers as draws), 0 (one cause is named, none is measured
# alone), 1 (the final reader is described), 1 (final number on unseen
# writers), 0 (no reason for what is missed): 4 of 8. Together 14 of 28.

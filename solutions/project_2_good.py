# %% [markdown]
# # Project: a good one
#
# A hand-in with one reader for two milestones. It holds the answers alone, as
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


# %% nbgrader={"grade": false, "grade_id": "measure", "locked": false, "schema_version": 3, "solution": true, "task": false}
# exercise: measure
def measure(images):
    """Height, distance from the middle, stroke width, gray: (n, 4)."""
    height = (images > 0.2).any(dim=3).sum(dim=(1, 2)).float()
    c, mass = torch.arange(28) - 13.5, images.sum(dim=(1, 2, 3))
    across = (images.sum(dim=(1, 2)) * c).sum(dim=1) / mass
    down = (images.sum(dim=(1, 3)) * c).sum(dim=1) / mass
    ink = F.pad((images > 0.5).float(), (1, 1, 1, 1))
    area = ink.sum(dim=(1, 2, 3))
    sides = ink.diff(dim=3).abs().sum(dim=(1, 2, 3))
    sides = sides + ink.diff(dim=2).abs().sum(dim=(1, 2, 3))
    some = images > 0.1
    gray = (some & (images < 0.9)).sum(dim=(1, 2, 3))
    gray = gray / some.sum(dim=(1, 2, 3))
    distance = (across**2 + down**2).sqrt()
    return torch.stack([height, distance, 2 * area / sides, gray], dim=1)


# %% nbgrader={"grade": false, "grade_id": "shares", "locked": false, "schema_version": 3, "solution": true, "task": false}
# exercise: shares
def shares(accuracy):
    """What each of k causes costs, the mean over all orders of mending."""
    k = accuracy.dim()
    total = torch.zeros(k)
    for order in itertools.permutations(range(k)):
        state = [0] * k
        for cause in order:
            before = accuracy[tuple(state)]
            state[cause] = 1
            total[cause] += accuracy[tuple(state)] - before
    return total / math.factorial(k)


# %% nbgrader={"grade": false, "grade_id": "read", "locked": false, "schema_version": 3, "solution": true, "task": false}
# exercise: read
def train(X, y):
    """A list of tensors, 50,000 numbers at most."""
    torch.manual_seed(0)
    model, epochs = coarse_network(), 10
    optimizer = torch.optim.Adam(model.parameters())
    steps = epochs * math.ceil(len(X) / 64)
    schedule = torch.optim.lr_scheduler.OneCycleLR(optimizer, 5e-3, steps)
    for _ in range(epochs):
        images = (scanned(other_hands(X)) - 0.2) / 0.35
        for index in torch.randperm(len(X)).split(64):
            loss = F.cross_entropy(model(images[index]), y[index])
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
            schedule.step()
    return list(model.state_dict().values())


def read(numbers, images):
    """The digits in images (m, 1, 28, 28): whole numbers (m,)."""
    model = coarse_network()
    model.load_state_dict(dict(zip(model.state_dict(), numbers, strict=True)))
    with torch.no_grad():
        return model((scanned(images) - 0.2) / 0.35).argmax(dim=1)


def scanned(images):
    """What fills 32 × 32 pixels, counted in squares of 4: (n, 1, 8, 8)."""
    s = images.shape[-1]
    ink, place = images[:, 0] > 0.2, torch.arange(s)
    rows, columns = ink.any(dim=2), ink.any(dim=1)
    top = torch.where(rows, place, s).amin(dim=1)
    bottom = torch.where(rows, place, -1).amax(dim=1) + 1
    left = torch.where(columns, place, s).amin(dim=1)
    right = torch.where(columns, place, -1).amax(dim=1) + 1
    longest = torch.maximum(bottom - top, right - left).clamp(min=1)
    middle = (left + right) / s - 1, (top + bottom) / s - 1
    return F.avg_pool2d(window(images, longest / s, *middle, 32), 4)


def other_hands(images, angle=10, stretch=0.1, shear=0.15):
    """Images rotated, stretched and sheared, each by amounts of its own."""
    amounts = torch.rand(3, len(images)) * 2 - 1
    turn, factor = math.radians(angle) * amounts[0], stretch * amounts[1]
    factor = factor.exp()
    look = torch.zeros(len(images), 2, 3)
    look[:, 0, 0], look[:, 1, 1] = turn.cos() * factor, turn.cos() / factor
    look[:, 0, 1] = -turn.sin() + shear * amounts[2]
    look[:, 1, 0] = turn.sin()
    grid = F.affine_grid(look, images.shape, align_corners=False)
    return F.grid_sample(images, grid, align_corners=False)


def coarse_network():
    return nn.Sequential(
        nn.Flatten(), nn.Linear(64, 200), nn.ReLU(), nn.Linear(200, 150),
        nn.ReLU(), nn.Linear(150, 10),
    )  # fmt: skip


# %% nbgrader={"grade": false, "grade_id": "better_read", "locked": false, "schema_version": 3, "solution": true, "task": false}
# exercise: better_read
better_train, better_read = train, read

# %% [markdown] nbgrader={"grade": true, "grade_id": "half_page", "locked": false, "points": 8, "schema_version": 3, "solution": true, "task": false}
# A network trained on 10,000 images of MNIST reads 94.9 % of its test images
# and 32.6 % of the other writers' digits (seven forms, validation): a drop of
# 62.3 points (58.6 to 66.0, writers as draws).
#
# I mended four suspects, alone and together, on the validation digits. Of the
# 45 points that all four bring, size has 33.4, place 9.5, stroke width 2.7,
# and blur −0.3: my first guess was blur, and it was wrong; making the images
# sharper brings nothing. On average the others' strokes are 4.2 pixels wide,
# at home 1.9; in MNIST's frame still 3.1.
#
# So I sent MNIST through the others' scanner: the box of each digit fills 32
# × 32 pixels, counted in squares of 4, and the network sees 8 × 8 numbers, in
# both worlds. With small rotations, stretches and shears of the training
# images, 64-200-150-10 (44,660 numbers, 10 epochs, 8 s on one core) reads
# 83.9 % on validation, in place of 73.8 % with MNIST's frame alone.
#
# On the seven forms kept apart it reads 83.2 % (78.9 to 87.5, writers as
# draws), at home 97.1 %. It still misses half of the ones and a third of the
# fours and nines.

# %% [markdown]
# **What it earns.** 3 + 3 + 2 + 3 + 4 + 3 = 18 of 20 points from checks. The
# page: 2, 2, 1 (what rotation, stretch and shear bring is not told apart from
# the scanner), 1, 0 (what is missed is counted, but nobody looked why; no
# word of the own hand): 6 of 8. Together 24 of 28.

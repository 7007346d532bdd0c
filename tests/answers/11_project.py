"""Wrong answers to the project's milestones, and what a learner is told.

WRONG[exercise][mistake] is the answer cell and a pattern of the check's message. A
mistake whose name ends in "(hidden)" passes the checks that learners see.
"""

FRAME = """
def to_frame(images):
    s = images.shape[-1]
    ink, place = images[:, 0] > 0.2, torch.arange(s)
    rows, columns = ink.any(dim=2), ink.any(dim=1)
    top = torch.where(rows, place, s).amin(dim=1)
    bottom = torch.where(rows, place, -1).amax(dim=1) + 1
    left = torch.where(columns, place, s).amin(dim=1)
    right = torch.where(columns, place, -1).amax(dim=1) + 1
    longest = torch.maximum(bottom - top, right - left)
    middle = (left + right) / s - 1, (top + bottom) / s - 1
    boxed = window(images, WIDTH, *middle)
    c = (torch.arange(28) - 13.5) / 14
    mass = boxed.sum(dim=(1, 2, 3)).clamp(min=1e-6)
    to_right = (boxed.sum(dim=(1, 2)) * c).sum(dim=1) / mass
    to_bottom = (boxed.sum(dim=(1, 3)) * c).sum(dim=1) / mass
    return RESULT
"""
SCALED = "longest * 28 / 20 / s"
CENTERED = "window(boxed, 1.0, to_right, to_bottom)"


def frame(width=SCALED, result=CENTERED):
    """The answer `to_frame`, with another width or another result."""
    return FRAME.replace("WIDTH", width).replace("RESULT", result)


# A reader that needs no training worth its name: ten mean images of 8 x 8 or 28 x 28.
MEANS = """
def {train}(X, y):
    X = {seen}
    return [torch.stack([X[y == k].mean(dim=0) for k in range(10)])]


def {read}(numbers, images):
    (means,) = numbers
    images = images.float()
    distances = torch.cdist({view}, means)
    return distances.argmin(dim=1)
"""
NETWORK = """
def {train}(X, y):
    torch.manual_seed(0)
    X = {seen}
    model = nn.Sequential(nn.Linear({inputs}, {width}), nn.ReLU(),
                          nn.Linear({width}, 10))
    optimizer = torch.optim.Adam(model.parameters(), lr=5e-3)
    for _ in range({epochs}):
        for index in torch.randperm(len(X)).split(100):
            loss = F.cross_entropy(model(X[index]), y[index])
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
    return list(model.state_dict().values())


def {read}(numbers, images):
    a, b, c, d = numbers
    X = images
    return (F.relu({seen} @ a.T + b) @ c.T + d).argmax(dim=1)
"""
AS_IT_IS = "X.flatten(1)"


def network(train, read, width=60, epochs=4):
    """A reader of one hidden layer."""
    return NETWORK.format(
        train=train, read=read, seen=AS_IT_IS, width=width, inputs=784, epochs=epochs
    )


def readers(train, read, percent):
    """Wrong readers that are the same for each milestone.

    Args:
        train, read: the names of the two functions.
        percent: asked for.
    """
    means = MEANS.format(
        train=train, read=read, seen="X.flatten(1)", view="images.flatten(1)"
    )
    return {
        "over the budget": (
            network(train, read, width=64, epochs=1),
            r"50,890 numbers are over the budget of 50,000",
        ),
        "only means": (means, r"% at home: it must still read 85 %"),
        "as it is": (
            network(train, read),
            rf"% away, after 9\d\.\d% at home; {percent}% are asked",
        ),
        "no list": (
            f"def {train}(X, y):\n    return 3\n\n\n"
            f"def {read}(numbers, images):\n    return images[:, 0, 0, 0] + numbers\n",
            r"must return a list of tensors, got 3",
        ),
        "logits": (
            network(train, read, epochs=1).replace(".argmax(dim=1)\n", "\n"),
            r"the answers to MNIST's test images must have the shape",
        ),
        "knows the labels by heart (hidden)": (
            ORACLE.format(train=train, read=read),
            r"trained with other labels, it reads \d+\.\d% of them",
        ),
    }


# Trains on global variables, so its arguments decide nothing.
ORACLE = """
def {train}(given, labels):
    return best_reader


def {read}(numbers, images):
    return answers_of(best_reader, images)


def box(images):
    s = images.shape[-1]
    ink, place = images[:, 0] > 0.2, torch.arange(s)
    rows, columns = ink.any(dim=2), ink.any(dim=1)
    top = torch.where(rows, place, s).amin(dim=1)
    bottom = torch.where(rows, place, -1).amax(dim=1) + 1
    left = torch.where(columns, place, s).amin(dim=1)
    right = torch.where(columns, place, -1).amax(dim=1) + 1
    longest = torch.maximum(bottom - top, right - left).clamp(min=1)
    middle = (left + right) / s - 1, (top + bottom) / s - 1
    seen = window(images, longest / s, *middle, 32)
    return F.avg_pool2d(seen, 4).flatten(1)


def answers_of(numbers, images):
    a, b, c, d = numbers
    return (F.relu(box(images) @ a.T + b) @ c.T + d).argmax(dim=1)


# Also on digits away, with all their labels, which the rules forbid.
everything = enlarge(torch.tensor(digits.images / 16).float())
pictures = torch.cat([box(X), box(everything).repeat(3, 1)])
answers = torch.cat([y, torch.tensor(digits.target).repeat(3)])
torch.manual_seed(0)
model = nn.Sequential(nn.Linear(64, 120), nn.ReLU(), nn.Linear(120, 10))
optimizer = torch.optim.Adam(model.parameters(), lr=5e-3)
for _ in range(4):
    for index in torch.randperm(len(pictures)).split(100):
        loss = F.cross_entropy(model(pictures[index]), answers[index])
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
best_reader = list(model.state_dict().values())
"""

WRONG = {
    "to_frame": {
        "box in the middle": (
            frame(result="boxed"),
            r"the middle of the box is not it",
        ),
        "not scaled": (
            frame(width="1.0"),
            r"its longer side must become 20 pixels, got \d\.",
        ),
        "fills the frame": (
            frame(width="longest / s"),
            r"must become 20 pixels, got 2[3-8]",
        ),
        "the shorter side": (
            frame().replace("torch.maximum(", "torch.minimum("),
            r"must become 20 pixels, got 28",
        ),
        "stretched": (
            frame(result=CENTERED).replace(
                "    c = (torch",
                "    boxed = F.interpolate(boxed[..., 9:19], size=(28, 20))\n"
                "    boxed = F.pad(boxed, (4, 4))\n"
                "    c = (torch",
            ),
            r"scale both sides by the same factor",
        ),
        "nan for an empty image": (
            frame().replace(".clamp(min=1e-6)", ""),
            r"an image without ink must stay empty",
        ),
        "brightened": (
            frame(result="(1.1 * " + CENTERED + ").clamp(max=2)").replace("1.1", "1.4"),
            r"the brightest pixel was 0\.9; it is 1\.",
        ),
        "of 40 pixels always (hidden)": (
            frame().replace(
                "s = images.shape[-1]",
                "s = 40; images = F.interpolate(images[..., :40, :40], size=40)",
            ),
            r"placed at random",
        ),
        "on its long side only (hidden)": (
            frame().replace(
                "torch.maximum(bottom - top, right - left)", "bottom - top"
            ),
            r"placed at random",
        ),
    },
    "drop": {
        "each image a draw": (
            """
def drop(right_home, right_away, writers, factor=2.18):
    p, q = right_home.mean(), right_away.mean()
    variance = p * (1 - p) / len(right_home)
    variance += q * (1 - q) / len(right_away)
    half = factor * variance.sqrt()
    return p - q, p - q - half, p - q + half
""",
            r"takes each image for a draw of its own",
        ),
        "no m / (m - 1)": (
            """
def drop(right_home, right_away, writers, factor=2.18):
    p, q = right_home.mean(), right_away.mean()
    sums = [(right_away - q)[writers == w].sum() for w in writers.unique()]
    variance = p * (1 - p) / len(right_home)
    variance += (torch.stack(sums) ** 2).sum() / len(right_away) ** 2
    half = factor * variance.sqrt()
    return p - q, p - q - half, p - q + half
""",
            r"the factor m / \(m - 1\) is missing",
        ),
        "mean of the writers' accuracies": (
            """
def drop(right_home, right_away, writers, factor=2.18):
    p, q = right_home.mean(), right_away.mean()
    means = [right_away[writers == w].mean() for w in writers.unique()]
    variance = p * (1 - p) / len(right_home)
    variance += torch.stack(means).var() / len(means)
    half = factor * variance.sqrt()
    return p - q, p - q - half, p - q + half
""",
            r"count as much as those with many",
        ),
        "home is certain": (
            """
def drop(right_home, right_away, writers, factor=2.18):
    p, q = right_home.mean(), right_away.mean()
    sums = [(right_away - q)[writers == w].sum() for w in writers.unique()]
    m = len(sums)
    variance = (torch.stack(sums) ** 2).sum() / len(right_away) ** 2
    half = factor * (m / (m - 1) * variance).sqrt()
    return p - q, p - q - half, p - q + half
""",
            r"the variance at home is missing",
        ),
        "away minus home": (
            """
def drop(right_home, right_away, writers, factor=2.18):
    d = right_away.mean() - right_home.mean()
    return d, d - 0.1, d + 0.1
""",
            r"the drop: expected 0.275, got -0.275",
        ),
        "always 2.18 (hidden)": (
            """
def drop(right_home, right_away, writers, factor=2.18):
    factor = 2.0
    p, q = right_home.mean(), right_away.mean()
    sums = [(right_away - q)[writers == w].sum() for w in writers.unique()]
    m = len(sums)
    variance = p * (1 - p) / len(right_home)
    variance += m / (m - 1) * (torch.stack(sums) ** 2).sum() / len(right_away) ** 2
    half = factor * variance.sqrt()
    return p - q, p - q - half, p - q + half
""",
            r"drop, low and high for \d+ writers",
        ),
        "writers below ten (hidden)": (
            """
def drop(right_home, right_away, writers, factor=2.18):
    p, q = right_home.mean(), right_away.mean()
    names = [w for w in range(10) if (writers == w).any()] or [0, 1]
    sums = [(right_away - q)[writers == w].sum() for w in names]
    m = len(sums)
    variance = p * (1 - p) / len(right_home)
    variance += m / (m - 1) * (torch.stack(sums) ** 2).sum() / len(right_away) ** 2
    half = factor * variance.sqrt()
    return p - q, p - q - half, p - q + half
""",
            r"drop, low and high for \d+ writers",
        ),
    },
}

MEASURE = """
def measure(images):
    height = HEIGHT.float()
    c, mass = torch.arange(28) - MIDDLE, images.sum(dim=(1, 2, 3))
    across = (images.sum(dim=(1, 2)) * c).sum(dim=1) / mass
    down = (images.sum(dim=(1, 3)) * c).sum(dim=1) / mass
    ink = F.pad((images > 0.5).float(), (PAD, PAD, PAD, PAD))
    area = ink.sum(dim=(1, 2, 3))
    sides = ink.diff(dim=3).abs().sum(dim=(1, 2, 3))
    sides = sides + ink.diff(dim=2).abs().sum(dim=(1, 2, 3))
    some = images > 0.1
    gray = (some & (images < 0.9)).sum(dim=(1, 2, 3)) / DIVISOR
    distance = (across**2 + down**2).sqrt()
    return torch.stack([height, distance, 2 * area / sides, gray], dim=1)
"""


def measured(**changes):
    """The answer `measure` with some of its parts exchanged."""
    parts = {
        "HEIGHT": "(images > 0.2).any(dim=3).sum(dim=(1, 2))",
        "MIDDLE": "13.5",
        "PAD": "1",
        "DIVISOR": "some.sum(dim=(1, 2, 3))",
    }
    text = MEASURE
    for name, part in (parts | changes).items():
        text = text.replace(name, part)
    return text


WRONG["measure"] = {
    "columns": (
        measured(HEIGHT="(images > 0.2).any(dim=2).sum(dim=(1, 2))"),
        r"the heights: .*expected 20, got 4",
    ),
    "middle at 14": (
        measured(MIDDLE="14"),
        r"lies between the numbers 13 and 14",
    ),
    "no border": (measured(PAD="0"), r"is 3, and yours is 6"),
    "of all pixels": (measured(DIVISOR="784"), r"the number of pixels above 0.1"),
    "a square has no neighbors below": (
        measured().replace(
            "    sides = sides + ink.diff(dim=2).abs().sum(dim=(1, 2, 3))\n", ""
        ),
        r"yours is 6|the stroke widths",
    ),
    "gray up to 1 (hidden)": (
        measured().replace("images < 0.9", "images < 1"),
        r"30 random patches",
    ),
}

WRONG["shares"] = {
    "each alone": (
        """
def shares(accuracy):
    k, zero = accuracy.dim(), accuracy.flatten()[0]
    alone = [tuple(int(i == j) for j in range(k)) for i in range(k)]
    return torch.stack([accuracy[state] - zero for state in alone])
""",
        r"you mend each cause alone",
    ),
    "each last": (
        """
def shares(accuracy):
    k, full = accuracy.dim(), accuracy.flatten()[-1]
    without = [tuple(int(i != j) for j in range(k)) for i in range(k)]
    return torch.stack([full - accuracy[state] for state in without])
""",
        r"you mend each cause last",
    ),
    "one order": (
        """
def shares(accuracy):
    k = accuracy.dim()
    states = [tuple(int(j < i) for j in range(k)) for i in range(k + 1)]
    values = torch.stack([accuracy[state] for state in states])
    return values.diff()
""",
        r"this is one order, cause 0 first",
    ),
    "axes exchanged": (
        """
def shares(accuracy):
    k = accuracy.dim()
    total = torch.zeros(k)
    for order in itertools.permutations(range(k)):
        state = [0] * k
        for cause in order:
            before = accuracy[tuple(state)]
            state[cause] = 1
            total[k - 1 - cause] += accuracy[tuple(state)] - before
    return total / math.factorial(k)
""",
        r"the axes are exchanged",
    ),
    "a single number": (
        "def shares(accuracy):\n    return accuracy.mean()\n",
        r"the shares of two causes must be a tensor of shape|must have the shape",
    ),
    "first and last only (hidden)": (
        """
def shares(accuracy):
    k, zero = accuracy.dim(), accuracy.flatten()[0]
    full = accuracy.flatten()[-1]
    alone = [tuple(int(i == j) for j in range(k)) for i in range(k)]
    first = torch.stack([accuracy[s] - zero for s in alone])
    last = torch.stack([full - accuracy[tuple(1 - i for i in s)] for s in alone])
    return (first + last) / 2
""",
        r"the shares of [34] causes",
    ),
    "mean gain over all states (hidden)": (
        """
def shares(accuracy):
    k = accuracy.dim()
    gains = [accuracy.select(i, 1) - accuracy.select(i, 0) for i in range(k)]
    return torch.stack([gain.mean() for gain in gains])
""",
        r"the shares of [34] causes",
    ),
}
WRONG["read"] = readers("train", "read", 70)
WRONG["better_read"] = readers("better_train", "better_read", 80)
WRONG["best_read"] = readers("best_train", "best_read", 90)

"""Wrong answers to exercise set 3: what a learner may write, and what it is told.

WRONG[exercise][mistake] is the answer cell and a pattern of the check's message. A
mistake whose name ends in "(hidden)" passes the checks that learners see.
BELIEFS[exercise][mistake] is what a learner thinks who writes it.

UNUSUAL[exercise][what] is a right answer that looks unlike the key's: the answer cell,
or a pair of it and of cells of the learner's own that stand above it.

EQUIVALENT[exercise][change] says why a change of the key's answer that
`tests/benchmarks/mutants.py` makes leaves the answer right.
"""

COLLAPSE = """
def collapse(weights, biases):
    W, b = weights[0], biases[0]
    for W_next, b_next in zip(weights[1:], biases[1:]):
        W, b = W @ W_next, b @ W_next + b_next
    return W, b
"""
NEAR = """
def linear_near(x, weights, biases):
    W, b = weights[0], biases[0]
    for W_next, b_next in zip(weights[1:], biases[1:]):
        on = x @ W + b > 0
        W, b = W * on, b * on
        W, b = W @ W_next, b @ W_next + b_next
    return W, b
"""
WRONG = {
    "count_parameters": {
        "weights alone": (
            """
def count_parameters(widths, bias=True):
    return sum(p * h for p, h in pairwise(widths))
""",
            r"got 25, the weights alone",
        ),
        "one bias per layer": (
            """
def count_parameters(widths, bias=True):
    return sum(p * h + bias for p, h in pairwise(widths))
""",
            r"got 27: .*one bias for each of its outputs",
        ),
        "biases of the inputs": (
            """
def count_parameters(widths, bias=True):
    weights = sum(p * h for p, h in pairwise(widths))
    return weights + (sum(widths) if bias else 0)
""",
            r"got 35: the inputs have no biases",
        ),
        "always with biases": (
            """
def count_parameters(widths, bias=True):
    return sum(p * h + h for p, h in pairwise(widths))
""",
            r"expected 25 for 3-5-2 with bias=False, got 32",
        ),
        "one hidden layer only (hidden)": (
            """
def count_parameters(widths, bias=True):
    p, h, k = widths[0], widths[1], widths[-1]
    return p * h + h * k + (h + k if bias else 0)
""",
            r"expected \d+ for [\d-]+ with bias=True, got \d+",
        ),
    },
    "mlp": {
        "biases overwritten": (
            """
def mlp(X, weights, biases):
    H = X
    for i, W in enumerate(weights):
        biases[i] = H @ W + biases[i]
        H = biases[i].relu() if i + 1 < len(weights) else biases[i]
    return H
""",
            r"changes the inputs, weights or biases it is given",
        ),
        "ReLU after the last layer": (
            """
def mlp(X, weights, biases):
    for W, b in zip(weights, biases):
        X = torch.relu(X @ W + b)
    return X
""",
            r"last layer has a ReLU as well",
        ),
        "no ReLU": (
            """
def mlp(X, weights, biases):
    for W, b in zip(weights, biases):
        X = X @ W + b
    return X
""",
            r"no ReLU between your layers",
        ),
        "ReLU before every layer": (
            """
def mlp(X, weights, biases):
    for W, b in zip(weights, biases):
        X = torch.relu(X) @ W + b
    return X
""",
            r"apply ReLU to the inputs too",
        ),
        "ReLU before the biases": (
            """
def mlp(X, weights, biases):
    for W, b in zip(weights[:-1], biases[:-1]):
        X = torch.relu(X @ W) + b
    return X @ weights[-1] + biases[-1]
""",
            r"the logits: .*weights, then biases, then ReLU",
        ),
        "probabilities": (
            """
def mlp(X, weights, biases):
    for W, b in zip(weights[:-1], biases[:-1]):
        X = torch.relu(X @ W + b)
    return torch.softmax(X @ weights[-1] + biases[-1], dim=1)
""",
            r"rows sum to 1: return logits",
        ),
        "lists emptied": (
            """
def mlp(X, weights, biases):
    W_last, b_last = weights.pop(), biases.pop()
    for W, b in zip(weights, biases):
        X = torch.relu(X @ W + b)
    return X @ W_last + b_last
""",
            r"takes elements out of the lists",
        ),
        "one hidden layer only": (
            """
def mlp(X, weights, biases):
    H = torch.relu(X @ weights[0] + biases[0])
    return H @ weights[-1] + biases[-1]
""",
            r"raised RuntimeError",
        ),
        "inputs into every layer": (
            """
def mlp(X, weights, biases):
    H = X
    for W, b in zip(weights[:-1], biases[:-1]):
        H = torch.relu(X @ W + b)
    return H @ weights[-1] + biases[-1]
""",
            r"raised RuntimeError",
        ),
        "inputs reused as hidden units": (
            """
def mlp(X, weights, biases):
    X.clamp_(min=-1.0)
    Z = X @ weights[0] + biases[0]
    for W, b in zip(weights[1:], biases[1:]):
        Z = Z.relu() @ W + b
    X.zero_()
    return Z
""",
            r"changes the inputs, weights or biases it is given",
        ),
        "three layers at most (hidden)": (
            """
def mlp(X, weights, biases):
    H = torch.relu(X @ weights[0] + biases[0])
    if len(weights) == 3:
        H = torch.relu(H @ weights[1] + biases[1])
    return H @ weights[-1] + biases[-1]
""",
            r"raised RuntimeError|logits of a random MLP",
        ),
    },
    "collapse": {
        "the order of nn.Linear": (
            COLLAPSE.replace("W @ W_next,", "W_next @ W,"),
            r"must have the shape \(2, 2\), but has \(3, 3\).*W1 @ W2",
        ),
        "the last biases alone": (
            """
def collapse(weights, biases):
    W = weights[0]
    for W_next in weights[1:]:
        W = W @ W_next
    return W, biases[-1]
""",
            r"your b is the last layer's",
        ),
        "without the last biases": (
            """
def collapse(weights, biases):
    W, b = weights[0], biases[0]
    for W_next in weights[1:]:
        W, b = W @ W_next, b @ W_next
    return W, b
""",
            r"lacks the biases of the last layer",
        ),
        "weights alone": (
            """
def collapse(weights, biases):
    W = weights[0]
    for W_next in weights[1:]:
        W = W @ W_next
    return W
""",
            r"expected two tensors, got a Tensor of shape \(2, 2\)",
        ),
        "biases pass through one layer only": (
            """
def collapse(weights, biases):
    W, b = weights[0], biases[-1]
    for W_next, b_before in zip(weights[1:], biases[:-1]):
        if len(b_before) == len(W_next):
            b_through = b_before @ W_next
        W = W @ W_next
    if len(weights) > 1:
        b = b + b_through
    return W, b
""",
            r"b of the layers 2-3-2-3",
        ),
        "two layers only": (
            """
def collapse(weights, biases):
    (W1, W2), (b1, b2) = weights, biases
    return W1 @ W2, b1 @ W2 + b2
""",
            r"your code raised ValueError: too many values",
        ),
        "ReLU on the biases": (
            COLLAPSE.replace("b @ W_next + b_next", "torch.relu(b) @ W_next + b_next"),
            r"b: 2 of 2 values differ",
        ),
        "b before W": (
            COLLAPSE.replace("return W, b", "return b, W"),
            r"the order is W, b",
        ),
        "transposed, as in nn.Linear": (
            """
def collapse(weights, biases):
    W, b = weights[0].T, biases[0]
    for W_next, b_next in zip(weights[1:], biases[1:]):
        W, b = W_next.T @ W, b @ W_next + b_next
    return W, b
""",
            r"your W is transposed",
        ),
        "takes the layers out": (
            """
def collapse(weights, biases):
    W, b = weights.pop(0), biases.pop(0)
    while weights:
        factor = weights.pop(0)
        W, b = W @ factor, b @ factor + biases.pop(0)
    return W, b
""",
            r"changes the weights or biases it is given",
        ),
        "three layers at most (hidden)": (
            """
def collapse(weights, biases):
    W, b = weights[0], biases[0]
    for W_next, b_next in list(zip(weights, biases))[1:3]:
        W, b = W @ W_next, b @ W_next + b_next
    return W, b
""",
            r"for the random layers",
        ),
    },
    "perceptron": {
        "as published": (
            """
def perceptron(X, y, num_epochs):
    w, b = torch.zeros(X.shape[1]), torch.tensor(0.5)
    for _ in range(num_epochs):
        for x, target in zip(X, y):
            error = target - (x @ w + b > 0).float()
            if error == 0:
                break
            w = w + error * x
    return w, b
""",
            r"the bias has not moved",
        ),
        "only the bias mended": (
            """
def perceptron(X, y, num_epochs):
    w, b = torch.zeros(X.shape[1]), torch.tensor(0.5)
    for _ in range(num_epochs):
        for x, target in zip(X, y):
            error = target - (x @ w + b > 0).float()
            if error == 0:
                break
            w = w + error * x
            b = b + error
    return w, b
""",
            r"the examples behind it are never looked at",
        ),
        "only the order mended": (
            """
def perceptron(X, y, num_epochs):
    w, b = torch.zeros(X.shape[1]), torch.tensor(0.5)
    for _ in range(num_epochs):
        for x, target in zip(X, y):
            error = target - (x @ w + b > 0).float()
            if error == 0:
                continue
            w = w + error * x
    return w, b
""",
            r"the bias has not moved",
        ),
        "the wrong way": (
            """
def perceptron(X, y, num_epochs):
    w, b = torch.zeros(X.shape[1]), torch.tensor(0.5)
    for _ in range(num_epochs):
        for x, target in zip(X, y):
            error = (x @ w + b > 0).float() - target
            w = w + error * x
            b = b + error
    return w, b
""",
            r"your steps go the wrong way",
        ),
        "once for each epoch": (
            """
def perceptron(X, y, num_epochs):
    w, b = torch.zeros(X.shape[1]), torch.tensor(0.5)
    for _ in range(num_epochs):
        error = y - (X @ w + b > 0).float()
        w = w + error @ X
        b = b + error.sum()
    return w, b
""",
            r"once for each epoch",
        ),
        "begins at 0": (
            """
def perceptron(X, y, num_epochs):
    w, b = torch.zeros(X.shape[1]), 0.0
    for _ in range(num_epochs):
        for x, target in zip(X, y):
            error = target - (x @ w + b > 0).float()
            w = w + error * x
            b = b + error
    return w, b
""",
            r"bias begins at 0 instead of 0.5",
        ),
        "on the line": (
            """
def perceptron(X, y, num_epochs):
    w, b = torch.zeros(X.shape[1]), torch.tensor(0.5)
    for _ in range(num_epochs):
        for x, target in zip(X, y):
            error = target - (x @ w + b >= 0).float()
            w = w + error * x
            b = b + error
    return w, b
""",
            r"there the answer is 0, `>` and not `>=`",
        ),
        "stops after four epochs": (
            """
def perceptron(X, y, num_epochs):
    w, b = torch.zeros(X.shape[1]), torch.tensor(0.5)
    for epoch in range(num_epochs):
        for x, target in zip(X, y):
            error = target - (x @ w + b > 0).float()
            w = w + error * x
            b = b + error
        if epoch == 3:
            break
    return w, b
""",
            r"w for AND",
        ),
        "two epochs for more than four examples (hidden)": (
            """
def perceptron(X, y, num_epochs):
    w, b = torch.zeros(X.shape[1], dtype=X.dtype), torch.tensor(0.5)
    for epoch in range(min(num_epochs, 2) if len(X) > 4 else num_epochs):
        for x, target in zip(X, y):
            error = target - (x @ w + b > 0).float()
            w = w + error * x
            b = b + error
    return w, b
""",
            r"[wb] of \d+ random examples after \d+ epochs",
        ),
        "stops after the last example": (
            """
def perceptron(X, y, num_epochs):
    w, b = torch.zeros(X.shape[1], dtype=X.dtype), torch.tensor(0.5)
    for _ in range(num_epochs):
        for x, target in zip(X, y):
            error = target - (x @ w + b > 0).float()
            w, b = w + error * x, b + error
        if error == 0:
            break
    return w, b
""",
            r"stop after an epoch whose last example is right",
        ),
        "bias the other way": (
            """
def perceptron(X, y, num_epochs):
    w, b = torch.zeros(X.shape[1], dtype=X.dtype), torch.tensor(0.5)
    for _ in range(num_epochs):
        for x, target in zip(X, y):
            error = target - (x @ w + b > 0).float()
            w, b = w + error * x, b - error
    return w, b
""",
            r"your bias goes the wrong way",
        ),
    },
    "linear_near": {
        "no unit off": (
            """
def linear_near(x, weights, biases):
    W, b = weights[0], biases[0]
    for W_next, b_next in zip(weights[1:], biases[1:]):
        W, b = W @ W_next, b @ W_next + b_next
    return W, b
""",
            r"no unit is off in your W",
        ),
        "biases of units that are off": (
            """
def linear_near(x, weights, biases):
    W, b = weights[0], biases[0]
    for W_next, b_next in zip(weights[1:], biases[1:]):
        W = W * (x @ W + b > 0)
        W, b = W @ W_next, b @ W_next + b_next
    return W, b
""",
            r"its bias does not count either",
        ),
        "ReLU of the weights": (
            """
def linear_near(x, weights, biases):
    W, b = weights[0], biases[0]
    for W_next, b_next in zip(weights[1:], biases[1:]):
        W, b = torch.relu(W), torch.relu(b)
        W, b = W @ W_next, b @ W_next + b_next
    return W, b
""",
            r"you apply ReLU to the weights",
        ),
        "outputs switched off": (
            """
def linear_near(x, weights, biases):
    W, b = torch.eye(len(x)), torch.zeros(len(x))
    for W_next, b_next in zip(weights, biases):
        W, b = W @ W_next, b @ W_next + b_next
        on = x @ W + b > 0
        W, b = W * on, b * on
    return W, b
""",
            r"you switch off outputs",
        ),
        "network changed": (
            """
def linear_near(x, weights, biases):
    W, b = weights[0], biases[0]
    for W_next, b_next in zip(weights[1:], biases[1:]):
        off = x @ W + b <= 0
        W[:, off] = 0
        b[off] = 0
        W, b = W @ W_next, b @ W_next + b_next
    return W, b
""",
            r"changes the network it is given.*In place",
        ),
        "decided without biases": (
            """
def linear_near(x, weights, biases):
    W, b = weights[0], biases[0]
    for W_next, b_next in zip(weights[1:], biases[1:]):
        on = x @ W > 0
        W, b = W * on, b * on
        W, b = W @ W_next, b @ W_next + b_next
    return W, b
""",
            r"W at x = \[2, -1\].*only the third is on",
        ),
        "first hidden layer only": (
            """
def linear_near(x, weights, biases):
    W, b = weights[0], biases[0]
    if len(weights) > 1:
        on = x @ W + b > 0
        W, b = W * on, b * on
    for W_next, b_next in zip(weights[1:], biases[1:]):
        W, b = W @ W_next, b @ W_next + b_next
    return W, b
""",
            r"W of the layers 2-3-2-3",
        ),
        "inputs rectified": (
            NEAR.replace("on = x @", "on = x.relu() @"),
            r"W at x = \[2, -1\]",
        ),
        "transposed, one row for each output": (
            NEAR.replace("return W, b", "return W.T, b"),
            r"your W is transposed",
        ),
        "three layers at most (hidden)": (
            """
def linear_near(x, weights, biases):
    W, b = weights[0], biases[0]
    for W_next, b_next in list(zip(weights, biases))[1:3]:
        on = x @ W + b > 0
        W, b = (W * on) @ W_next, (b * on) @ W_next + b_next
    return W, b
""",
            r"[Wb] of a random MLP",
        ),
    },
    "fit_curve": {
        "equal distances": (
            """
def fit_curve(x, y):
    return equal_hinges(x, y)
""",
            r"the largest error is 100\.0 % of that of ten equal hinges",
        ),
        "where it is steep": (
            """
def fit_curve(x, y):
    rise = y.diff().abs().cumsum(dim=0)
    kinks = torch.searchsorted(rise, torch.linspace(0, 1, 11) * rise[-1])
    c, v = x[kinks], y[kinks]
    slopes = v.diff() / c.diff()
    a = slopes.diff(prepend=torch.zeros(1))
    return [torch.ones(1, 10), a[:, None]], [-c[:-1], v[:1]]
""",
            r"the largest error is [3-9]\d\.\d % of that",
        ),
        "by the bend itself": (
            """
def fit_curve(x, y):
    bends = y.diff().diff().abs().cumsum(dim=0)
    kinks = torch.searchsorted(bends, torch.linspace(0, 1, 11) * bends[-1])
    c, v = x[kinks], y[kinks]
    slopes = v.diff() / c.diff()
    a = slopes.diff(prepend=torch.zeros(1))
    return [torch.ones(1, 10), a[:, None]], [-c[:-1], v[:1]]
""",
            r"the largest error is [\d.]+ % of that",
        ),
        "trained from PyTorch's start": (
            """
def fit_curve(x, y):
    network = torch.nn.Sequential(
        torch.nn.Linear(1, 10), torch.nn.ReLU(), torch.nn.Linear(10, 1)
    )
    optimizer = torch.optim.Adam(network.parameters(), lr=0.02)
    for _ in range(150):
        optimizer.zero_grad()
        F.mse_loss(network(x[:, None])[:, 0], y).backward()
        optimizer.step()
    first, _, last = network
    weights = [first.weight.T.detach(), last.weight.T.detach()]
    return weights, [first.bias.detach(), last.bias.detach()]
""",
            r"the largest error is \d\d\d+\.\d % of that",
        ),
        "the order of nn.Linear": (
            """
def fit_curve(x, y):
    weights, biases = equal_hinges(x, y)
    return [W.T for W in weights], biases
""",
            r"have the shapes \[\(10, 1\), \(1, 10\), .*network 1-10-1",
        ),
        "a hinge for every point": (
            """
def fit_curve(x, y):
    slopes = y.diff() / x.diff()
    a = slopes.diff(prepend=torch.zeros(1))
    return [torch.ones(1, len(a)), a[:, None]], [-x[:-1], y[:1]]
""",
            r"has 1501 weights and biases; the budget is 31",
        ),
        "slopes for changes of slope": (
            """
def fit_curve(x, y):
    c, v = x[::50], y[::50]
    slopes = v.diff() / c.diff()
    return [torch.ones(1, 10), slopes[:, None]], [-c[:-1], v[:1]]
""",
            r"the largest error is \d\d\d+\.\d % of that",
        ),
        "weights alone": (
            """
def fit_curve(x, y):
    return equal_hinges(x, y)[0][0]
""",
            r"expected two lists of the same length, the weights",
        ),
        "kinks of the example (hidden)": (
            """
def fit_curve(x, y):
    kinks = torch.tensor([0, 92, 186, 270, 289, 300, 320, 331, 350, 420, 500])
    kinks = kinks * (len(x) - 1) // 500
    c, v = x[kinks], y[kinks]
    slopes = v.diff() / c.diff()
    a = slopes.diff(prepend=torch.zeros(1))
    return [torch.ones(1, 10), a[:, None]], [-c[:-1], v[:1]]
""",
            r"on another curve the largest error is \d+ % of that",
        ),
        "two kinks at one place": (
            """
def fit_curve(x, y):
    c = torch.tensor([0, 0, 50, 100, 150, 200, 250, 300, 350, 400, 450])
    c, v = x[c], y[c]
    a = (v.diff() / c.diff()).diff(prepend=torch.zeros(1))
    return [torch.ones(1, 10), a[:, None]], [-c[:-1], v[:1]]
""",
            r"returns nan: do two kinks lie at the same place",
        ),
        "a bias too few": (
            """
def fit_curve(x, y):
    weights, biases = equal_hinges(x, y)
    return weights, biases[:1]
""",
            r"two lists of the same length",
        ),
    },
}

BELIEFS = {
    "count_parameters": {
        "weights alone": "Believes that parameters are weights, and forgets biases.",
        "one bias per layer": "Believes that a layer adds one number to all its units.",
        "biases of the inputs": (
            "Believes that every unit that is drawn has a bias, the inputs as well."
        ),
        "always with biases": "Believes that a default is never changed.",
        "one hidden layer only (hidden)": (
            "Believes that every MLP has one hidden layer, like those of the lesson."
        ),
    },
    "mlp": {
        "biases overwritten": (
            "Believes that a list that was given may serve as a notepad."
        ),
        "ReLU after the last layer": (
            "Believes that an activation belongs to every layer, the last one too."
        ),
        "no ReLU": "Believes that several layers are nonlinear by themselves.",
        "ReLU before every layer": (
            "Believes that the activation comes before a layer, also the first."
        ),
        "ReLU before the biases": (
            "Believes that the bias is added to what the activation returns."
        ),
        "probabilities": "Believes that a classifier's network ends in softmax.",
        "lists emptied": "Believes that `pop` only reads the last element.",
        "one hidden layer only": (
            "Takes the network of the example for the only kind there is."
        ),
        "inputs into every layer": ("Believes that every layer sees the inputs."),
        "inputs reused as hidden units": (
            "Believes that an argument belongs to the function."
        ),
        "three layers at most (hidden)": (
            "Believes that the depths of the examples are all there are."
        ),
    },
    "collapse": {
        "the order of nn.Linear": (
            "Multiplies in the order of the transposed weights that nn.Linear stores."
        ),
        "the last biases alone": (
            "Believes that biases of earlier layers do not reach the output."
        ),
        "without the last biases": (
            "Believes that each layer only hands on what came before it."
        ),
        "weights alone": "Believes that a linear layer is its matrix.",
        "biases pass through one layer only": (
            "Believes that a bias passes through the next layer and no further."
        ),
        "two layers only": (
            "Believes that two layers, as in the lesson, are all there is to collapse."
        ),
        "ReLU on the biases": (
            "Believes that ReLU stands between layers even where none is asked for."
        ),
        "b before W": ("Believes that names travel with what is returned."),
        "transposed, as in nn.Linear": (
            "Believes that weights are always stored as nn.Linear stores them."
        ),
        "takes the layers out": ("Believes that a list that was given may be used up."),
        "three layers at most (hidden)": (
            "Believes that the depths of the examples are all there are."
        ),
    },
    "perceptron": {
        "as published": "Believes that published code that nearly works is right.",
        "only the bias mended": (
            "Believes that a right answer ends the work of an epoch."
        ),
        "only the order mended": (
            "Believes that a line can be found by turning it, without moving it."
        ),
        "the wrong way": (
            "Believes that an error is the answer minus the target and is still added."
        ),
        "once for each epoch": (
            "Believes that the perceptron sums its errors, as gradient descent does."
        ),
        "begins at 0": "Believes that a start does not matter, and begins at zero.",
        "on the line": "Believes that 0 counts as positive.",
        "stops after four epochs": (
            "Believes that a few epochs are enough, however many are asked for."
        ),
        "two epochs for more than four examples (hidden)": (
            "Believes that more examples need fewer epochs."
        ),
        "stops after the last example": (
            "Believes that the last error speaks for the whole epoch."
        ),
        "bias the other way": (
            "Believes that the bias is a threshold, which falls when the answer has to rise."
        ),
    },
    "linear_near": {
        "no unit off": (
            "Believes that a network is one linear model, the same for all inputs."
        ),
        "biases of units that are off": (
            "Believes that a unit that is off still adds its bias."
        ),
        "ReLU of the weights": (
            "Believes that ReLU sets negative weights to 0, not negative sums."
        ),
        "outputs switched off": (
            "Believes that the outputs have a ReLU like all other units."
        ),
        "network changed": "Believes that a column taken from a matrix is a copy.",
        "decided without biases": (
            "Believes that the weights alone decide whether a unit is on."
        ),
        "first hidden layer only": (
            "Believes that only the units that see the input can be off."
        ),
        "inputs rectified": (
            "Believes that ReLU comes before the first layer as well."
        ),
        "transposed, one row for each output": (
            "Believes that a Jacobian, one row for each output, is what multiplies the inputs."
        ),
        "three layers at most (hidden)": (
            "Believes that the depths of the examples are all there are."
        ),
    },
    "fit_curve": {
        "equal distances": (
            "Believes that equal distances are best because they favor no place."
        ),
        "where it is steep": (
            "Believes that a steep piece needs more hinges than a flat one."
        ),
        "by the bend itself": (
            "Believes that twice the bend needs twice as many hinges."
        ),
        "trained from PyTorch's start": (
            "Believes that training finds good weights wherever it starts."
        ),
        "the order of nn.Linear": (
            "Believes that weights always have as many rows as outputs."
        ),
        "a hinge for every point": (
            "Believes that the smallest error counts, whatever it costs."
        ),
        "slopes for changes of slope": (
            "Believes that a hinge replaces the slope of those before it."
        ),
        "weights alone": "Believes that the kinks are in the weights.",
        "kinks of the example (hidden)": (
            "Believes that what was tuned on one curve holds for others."
        ),
        "two kinks at one place": (
            "Believes that two kinks at one place make one sharper kink."
        ),
        "a bias too few": (
            "Believes that an output without an activation has no bias."
        ),
    },
}

UNUSUAL = {
    "count_parameters": {
        "recursion": """
def count_parameters(widths, bias=True):
    if len(widths) < 2:
        return 0
    p, h, *rest = widths
    return (p + bool(bias)) * h + count_parameters([h, *rest], bias)
""",
        "PyTorch counts": """
def count_parameters(widths, bias=True):
    layers = [torch.nn.Linear(p, h, bias) for p, h in pairwise(widths)]
    return sum(w.numel() for layer in layers for w in layer.parameters())
""",
        "a product of tensors": """
class Counter:
    def __call__(self, widths, bias=True):
        widths = torch.tensor(widths)
        weights = torch.dot(widths[:-1], widths[1:])
        return int(weights + (widths[1:].sum() if bias else 0))

count_parameters = Counter()
""",
    },
    "mlp": {
        "recursion": """
def mlp(X, weights, biases):
    Z = X @ weights[0] + biases[0]
    return mlp(Z.clamp(min=0), weights[1:], biases[1:]) if weights[1:] else Z
""",
        "NumPy": """
import numpy as np

def mlp(X, weights, biases):
    H = X.numpy()
    for i, (W, b) in enumerate(zip(weights, biases)):
        H = (np.maximum(H, 0) if i else H) @ W.numpy() + b.numpy()
    return torch.from_numpy(H)
""",
        "einsum and float64": """
def mlp(X, weights, biases):
    H, last = X.double(), len(weights) - 1
    for i, (W, b) in enumerate(zip(weights, biases)):
        H = torch.einsum("np,ph->nh", H, W.double()) + b[None]
        H = H * (H > 0) if i < last else H
    return H
""",
        "nn.Sequential": """
def mlp(X, weights, biases):
    parts = []
    for W, b in zip(weights, biases):
        layer = torch.nn.Linear(*W.shape, dtype=W.dtype)
        layer.load_state_dict({"weight": W.T, "bias": b})
        parts += [layer, torch.nn.ReLU()]
    return torch.nn.Sequential(*parts[:-1])(X)
""",
        "a helper in another cell": (
            """
def mlp(X, weights, biases):
    *hidden, last = list(zip(weights, biases))
    for layer in hidden:
        X = torch.relu(affine(X, *layer))
    return affine(X, *last)
""",
            ["def affine(X, W, b):\n    return torch.addmm(b, X, W)"],
        ),
    },
    "collapse": {
        "asks the stack itself": """
def collapse(weights, biases):
    def stack(H):
        for W, b in zip(weights, biases):
            H = H @ W + b
        return H

    p = len(weights[0])
    b = stack(torch.zeros(1, p).to(weights[0]))
    return stack(torch.eye(p).to(weights[0])) - b, b[0]
""",
        "from the last layer": """
def collapse(weights, biases):
    W, b = weights[-1], biases[-1]
    for W_before, b_before in zip(weights[-2::-1], biases[-2::-1]):
        W, b = W_before @ W, b_before @ W + b
    return W, b
""",
        "one larger matrix per layer": """
def collapse(weights, biases):
    M = None
    for W, b in zip(weights, biases):
        row = torch.cat([torch.zeros(len(W)).to(W), torch.ones(1).to(W)])
        layer = torch.cat([torch.cat([W, b[None]]), row[:, None]], dim=1)
        M = layer if M is None else M @ layer
    return M[:-1, :-1], M[-1, :-1]
""",
    },
    "perceptron": {
        "plain Python": """
def perceptron(X, y, num_epochs):
    w, b = [0.0] * X.shape[1], 0.5
    for x, target in list(zip(X.tolist(), y.tolist())) * num_epochs:
        answer = sum(a * c for a, c in zip(x, w)) + b > 0
        w = [c + (target - answer) * a for a, c in zip(x, w)]
        b += target - answer
    return torch.tensor(w), torch.tensor(b)
""",
        "an input that is always 1": """
def perceptron(X, y, num_epochs):
    X = torch.cat([X, torch.ones(len(X), 1)], dim=1).double()
    w = torch.zeros(X.shape[1], dtype=torch.float64)
    w[-1] = 0.5
    for _ in range(num_epochs):
        for i in range(len(X)):
            right = (X[i] @ w > 0) == bool(y[i])
            if not right:
                w += X[i] if y[i] else -X[i]
    return w[:-1], w[-1]
""",
        "recursion": """
def perceptron(X, y, num_epochs):
    if num_epochs == 0:
        return torch.zeros(X.shape[1]).to(X), torch.tensor(0.5)
    w, b = perceptron(X, y, num_epochs - 1)
    for x, target in zip(X, y):
        error = int(target) - int(torch.dot(x, w) + b > 0)
        w, b = w + error * x, b + error
    return w, b
""",
    },
    "linear_near": {
        "the gradient": """
def linear_near(x, weights, biases):
    def network(x):
        for W, b in zip(weights[:-1], biases[:-1]):
            x = torch.relu(x @ W + b)
        return x @ weights[-1] + biases[-1]

    W = torch.autograd.functional.jacobian(network, x).T
    return W, network(x) - x @ W
""",
        "weights switched off, then one product": """
def linear_near(x, weights, biases):
    H, on, pairs = x, torch.ones(len(x)).to(x), []
    for W, b in zip(weights, biases):
        pairs.append((W * on[:, None], b))
        Z = H @ W + b
        on = (Z > 0).to(x)
        H = Z * on
    W, b = torch.eye(len(x)).to(x), torch.zeros(len(x)).to(x)
    for W_on, b_on in pairs:
        W, b = W @ W_on, b @ W_on + b_on
    return W, b
""",
        "recursion from the output": """
def linear_near(x, weights, biases):
    Z = x @ weights[0] + biases[0]
    if len(weights) == 1:
        return weights[0], biases[0]
    W, b = linear_near(Z.clamp(min=0), weights[1:], biases[1:])
    on = torch.diag((Z > 0).to(x))
    return weights[0] @ on @ W, biases[0] @ on @ W + b
""",
    },
    "fit_curve": {
        "a kink wherever it is worst": """
import numpy as np

def fit_curve(x, y):
    x, y = x.double().numpy(), y.double().numpy()
    kinks = [0, len(x) - 1]
    while len(kinks) < 11:
        error = np.abs(np.interp(x, x[kinks], y[kinks]) - y)
        kinks = sorted([*kinks, int(error.argmax())])
    slopes = np.diff(y[kinks]) / np.diff(x[kinks])
    a = np.diff(slopes, prepend=0)
    weights = [torch.ones(1, 10), torch.tensor(a)[:, None]]
    return weights, [-torch.tensor(x[kinks[:-1]]), torch.tensor(y[:1])]
""",
        "mended by the mean square": """
def fit_curve(x, y):
    x, y = x.double(), y.double()
    share = (y.diff().diff().abs() + 1e-6).pow(0.4).cumsum(dim=0)
    kinks = [
        x[int((share < i / 10 * share[-1]).sum())].item() for i in range(10)
    ]
    ramps = torch.stack([(x - c).clamp(min=0) for c in kinks], dim=1)
    inputs = torch.cat([ramps, torch.ones(len(x), 1).double()], dim=1)
    a = torch.linalg.lstsq(inputs, y[:, None]).solution
    biases = [-torch.tensor(kinks), a[-1]]
    return (torch.ones(1, 10), a[:-1]), tuple(biases)
""",
        "from right to left, in two layers": """
def fit_curve(x, y):
    bends = y.flip(0).diff().diff().abs().sqrt().cumsum(dim=0)
    shares = torch.arange(10) / 9 * bends[-1]
    kinks = torch.searchsorted(bends, shares)
    c, v = x.flip(0)[kinks], y.flip(0)[kinks]
    slopes = v.diff() / -c.diff()
    a = slopes.diff(prepend=torch.zeros(1))
    shift = v.min() - 1
    weights = [-torch.ones(1, 9), a[:, None], torch.ones(1, 1)]
    return weights, [c[:-1], v[:1] - shift, shift[None]]
""",
    },
}

EQUIVALENT = {
    "mlp": {
        "for W, b in zip(weights[:-1], biases[:-1], strict=True): => for W, b in zip(weights[:-1], biases[:-1]):": (
            "The lists are equally long."
        ),
        "for W, b in zip(weights[:-1], biases[:-1], strict=True): => for W, b in zip(weights[:-1], biases[:-1], strict=False):": (
            "The lists are equally long."
        ),
    },
    "collapse": {
        "for W_next, b_next in zip(weights[1:], biases[1:], strict=True): => for W_next, b_next in zip(weights[1:], biases[1:]):": (
            "The lists are equally long."
        ),
        "for W_next, b_next in zip(weights[1:], biases[1:], strict=True): => for W_next, b_next in zip(weights[1:], biases[1:], strict=False):": (
            "The lists are equally long."
        ),
    },
    "perceptron": {
        "w, b = (torch.zeros(X.shape[1], dtype=X.dtype), torch.tensor(0.5)) => w, b = (torch.zeros(X.shape[1], dtype=X.dtype), 0.5)": (
            "A bias that is a number is one, too."
        ),
        "for x, target in zip(X, y, strict=True): => for x, target in zip(X, y):": (
            "The lists are equally long."
        ),
        "for x, target in zip(X, y, strict=True): => for x, target in zip(X, y, strict=False):": (
            "The lists are equally long."
        ),
        "w, b = (torch.zeros(X.shape[1], dtype=X.dtype), torch.tensor(0.5)) => w, b = (torch.zeros(X.shape[-1], dtype=X.dtype), torch.tensor(0.5))": (
            "X has two dimensions, so 1 and -1 are the same one."
        ),
    },
    "linear_near": {
        "for W_next, b_next in zip(weights[1:], biases[1:], strict=True): => for W_next, b_next in zip(weights[1:], biases[1:]):": (
            "The lists are equally long."
        ),
        "for W_next, b_next in zip(weights[1:], biases[1:], strict=True): => for W_next, b_next in zip(weights[1:], biases[1:], strict=False):": (
            "The lists are equally long."
        ),
        "on = x @ W + b > 0 => on = x @ W + b >= 0": (
            "The prompt says that no hidden unit receives exactly 0."
        ),
    },
    "fit_curve": {
        "bends = y.diff().diff().abs().sqrt().cumsum(dim=0) => bends = y.diff().diff().abs().sqrt().cumsum(dim=-1)": (
            "y has one dimension, so 0 and -1 are the same one."
        ),
        "shares = torch.linspace(0, 1, 11) * bends[-1] => shares = torch.linspace(0, 1, 11) * bends[-2]": (
            "The last kink lies one point before the end."
        ),
    },
}

"""Wrong answers to exercise set 3: what a learner may write, and what it is told.

WRONG[exercise][mistake] is the answer cell and a pattern of the check's message. A
mistake whose name ends in "(hidden)" passes the checks that learners see.
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
            r"changes the weights or biases it is given",
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
        "one hidden layer only (hidden)": (
            """
def mlp(X, weights, biases):
    H = torch.relu(X @ weights[0] + biases[0])
    return H @ weights[-1] + biases[-1]
""",
            r"raised RuntimeError|logits of a random MLP",
        ),
    },
    "collapse": {
        "the order of nn.Linear": (
            """
def collapse(weights, biases):
    W, b = weights[0], biases[0]
    for W_next, b_next in zip(weights[1:], biases[1:]):
        W, b = W_next @ W, b @ W_next + b_next
    return W, b
""",
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
        "biases pass through one layer only (hidden)": (
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
            r"b for the random layers",
        ),
        "two layers only (hidden)": (
            """
def collapse(weights, biases):
    (W1, W2), (b1, b2) = weights, biases
    return W1 @ W2, b1 @ W2 + b2
""",
            r"your code raised ValueError, in collapse, line 3",
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
            r"changes the network it is given.*in place",
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
        "first hidden layer only (hidden)": (
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
            r"[Wb] of a random MLP",
        ),
    },
}

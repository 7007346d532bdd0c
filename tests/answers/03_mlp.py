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
            r"XW \+ b for the random layers",
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
    "per_class_accuracy": {
        "length of the first batch": (
            """
def per_class_accuracy(batches, num_classes):
    correct, total = torch.zeros(num_classes), torch.zeros(num_classes)
    for Z, y in batches:
        right = Z.argmax(dim=1) == y
        for i in range(len(batches[0][1])):
            correct[y[i]] += right[i]
            total[y[i]] += 1
    return correct / total
""",
            r"your code raised IndexError",
        ),
        "drops the short batch": (
            """
def per_class_accuracy(batches, num_classes):
    correct, total = torch.zeros(num_classes), torch.zeros(num_classes)
    for Z, y in batches:
        if len(y) < len(batches[0][1]):
            continue
        right = Z.argmax(dim=1) == y
        correct += torch.bincount(y[right], minlength=num_classes)
        total += torch.bincount(y, minlength=num_classes)
    return correct / total
""",
            r"got 0.5 and 0.75: the last, short batch is missing",
        ),
        "by answer": (
            """
def per_class_accuracy(batches, num_classes):
    Z, y = (torch.cat(parts) for parts in zip(*batches))
    answers = Z.argmax(dim=1)
    right = torch.bincount(y[answers == y], minlength=num_classes)
    total = torch.bincount(answers, minlength=num_classes)
    return torch.where(torch.bincount(y, minlength=num_classes) > 0,
                       right / total, torch.nan)
""",
            r"count by answer instead of by label",
        ),
        "mean of the batches": (
            """
def per_class_accuracy(batches, num_classes):
    rows = []
    for Z, y in batches:
        right = Z.argmax(dim=1) == y
        correct = torch.bincount(y[right], minlength=num_classes)
        rows.append(correct / torch.bincount(y, minlength=num_classes))
    return torch.stack(rows).nanmean(dim=0)
""",
            r"got 0.75 and 0.375: this is the mean of the batches",
        ),
        "divided by all examples": (
            """
def per_class_accuracy(batches, num_classes):
    Z, y = (torch.cat(parts) for parts in zip(*batches))
    right = torch.bincount(y[Z.argmax(dim=1) == y], minlength=num_classes)
    accuracy = right / len(y)
    accuracy[torch.bincount(y, minlength=num_classes) == 0] = torch.nan
    return accuracy
""",
            r"you divide by all 8 examples",
        ),
        "zero for an absent class": (
            """
def per_class_accuracy(batches, num_classes):
    Z, y = (torch.cat(parts) for parts in zip(*batches))
    right = torch.bincount(y[Z.argmax(dim=1) == y], minlength=num_classes)
    total = torch.bincount(y, minlength=num_classes)
    return right / total.clamp(min=1)
""",
            r"class 1 has no examples: expected nan, got 0",
        ),
        "a list": (
            """
def per_class_accuracy(batches, num_classes):
    Z, y = (torch.cat(parts) for parts in zip(*batches))
    right = (Z.argmax(dim=1) == y).float()
    return [right[y == j].mean().item() for j in range(num_classes)]
""",
            r"must be a tensor of shape \(3,\)",
        ),
        "classes up to the largest label (hidden)": (
            """
def per_class_accuracy(batches, num_classes):
    Z, y = (torch.cat(parts) for parts in zip(*batches))
    right = (Z.argmax(dim=1) == y).float()
    classes = range(int(y.max()) + 1)
    return torch.stack([right[y == j].mean() for j in classes])
""",
            r"examples of \d classes in batches of 1 must have the shape",
        ),
    },
    "fit": {
        "the start may win (hidden)": (
            """
def fit(start, train, valid, lr, num_epochs):
    (X, y), (X_valid, y_valid) = train, valid
    state = copy.deepcopy(start)
    best = copy.deepcopy(start)
    best_loss = ((X_valid @ state["w"] + state["b"] - y_valid) ** 2).mean()
    for _ in range(num_epochs):
        error = X @ state["w"] + state["b"] - y
        state["w"] -= lr * 2 * X.T @ error / len(y)
        state["b"] -= lr * 2 * error.mean()
        loss = ((X_valid @ state["w"] + state["b"] - y_valid) ** 2).mean()
        if loss < best_loss:
            best_loss, best = loss, copy.deepcopy(state)
    return best, best_loss
""",
            r"random data, from weights that fit",
        ),
        "shallow copies": (
            """
def fit(start, train, valid, lr, num_epochs):
    (X, y), (X_valid, y_valid) = train, valid
    state, best_loss = start.copy(), math.inf
    for _ in range(num_epochs):
        error = X @ state["w"] + state["b"] - y
        state["w"] -= lr * 2 * X.T @ error / len(y)
        state["b"] -= lr * 2 * error.mean()
        valid_error = X_valid @ state["w"] + state["b"] - y_valid
        valid_loss = (valid_error**2).mean()
        if valid_loss < best_loss:
            best_loss, best = valid_loss, dict(state)
    return best, best_loss
""",
            r"weights of the last epoch, 12; .*Copy the tensors",
        ),
        "start changed": (
            """
def fit(start, train, valid, lr, num_epochs):
    (X, y), (X_valid, y_valid) = train, valid
    state, best_loss = start, math.inf
    for _ in range(num_epochs):
        error = X @ state["w"] + state["b"] - y
        state["w"] -= lr * 2 * X.T @ error / len(y)
        state["b"] -= lr * 2 * error.mean()
        valid_error = X_valid @ state["w"] + state["b"] - y_valid
        valid_loss = (valid_error**2).mean()
        if valid_loss < best_loss:
            best_loss, best = valid_loss, copy.deepcopy(state)
    return best, best_loss
""",
            r"changes the tensors in `start`.*deep copy",
        ),
        "training loss decides": (
            """
def fit(start, train, valid, lr, num_epochs):
    (X, y), (X_valid, y_valid) = train, valid
    state, best_loss = copy.deepcopy(start), math.inf
    for _ in range(num_epochs):
        error = X @ state["w"] + state["b"] - y
        state["w"] -= lr * 2 * X.T @ error / len(y)
        state["b"] -= lr * 2 * error.mean()
        loss = ((X @ state["w"] + state["b"] - y) ** 2).mean()
        if loss < best_loss:
            best_loss, best = loss, copy.deepcopy(state)
    return best, best_loss
""",
            r"weights of the last epoch.*let the validation loss decide",
        ),
        "loss measured before the step": (
            """
def fit(start, train, valid, lr, num_epochs):
    (X, y), (X_valid, y_valid) = train, valid
    state, best_loss = copy.deepcopy(start), math.inf
    for _ in range(num_epochs):
        valid_error = X_valid @ state["w"] + state["b"] - y_valid
        valid_loss = (valid_error**2).mean()
        error = X @ state["w"] + state["b"] - y
        state["w"] -= lr * 2 * X.T @ error / len(y)
        state["b"] -= lr * 2 * error.mean()
        if valid_loss < best_loss:
            best_loss, best = valid_loss, copy.deepcopy(state)
    return best, best_loss
""",
            r"w after the best epoch, 5: .*keep the weights it was measured with",
        ),
        "last loss": (
            """
def fit(start, train, valid, lr, num_epochs):
    (X, y), (X_valid, y_valid) = train, valid
    state, best_loss = copy.deepcopy(start), math.inf
    for _ in range(num_epochs):
        error = X @ state["w"] + state["b"] - y
        state["w"] -= lr * 2 * X.T @ error / len(y)
        state["b"] -= lr * 2 * error.mean()
        valid_error = X_valid @ state["w"] + state["b"] - y_valid
        valid_loss = (valid_error**2).mean()
        if valid_loss < best_loss:
            best_loss, best = valid_loss, copy.deepcopy(state)
    return best, valid_loss
""",
            r"the best loss: .*not the last one",
        ),
        "weights alone": (
            """
def fit(start, train, valid, lr, num_epochs):
    return copy.deepcopy(start)
""",
            r"expected a dictionary and a loss, got",
        ),
        "stops at the first rise (hidden)": (
            """
def fit(start, train, valid, lr, num_epochs):
    (X, y), (X_valid, y_valid) = train, valid
    state, best_loss = copy.deepcopy(start), math.inf
    for _ in range(num_epochs):
        error = X @ state["w"] + state["b"] - y
        state["w"] -= lr * 2 * X.T @ error / len(y)
        state["b"] -= lr * 2 * error.mean()
        valid_error = X_valid @ state["w"] + state["b"] - y_valid
        valid_loss = (valid_error**2).mean()
        if valid_loss > best_loss:
            break
        best_loss, best = valid_loss, copy.deepcopy(state)
    return best, best_loss
""",
            r"the best loss on (random data|long steps)",
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

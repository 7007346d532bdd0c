"""Wrong answers to exercise set 4: what a learner may write, and what it is told.

WRONG[exercise][mistake] is the answer cell and a pattern of the check's message. A
mistake whose name ends in "(hidden)" passes the checks that learners see.
"""

WRONG = {
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
            r"w on (random data|long steps)",
        ),
    },
}

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
            r"the best loss on (random data|long steps)",
        ),
    },
    "descend": {
        "no momentum kept": (
            """
def descend(start, gradient, num_steps, checkpoint=None):
    state = checkpoint or {"w": start, "t": 0}
    w, v, t = state["w"], torch.zeros_like(start), state["t"]
    while t < num_steps:
        v = 0.9 * v + gradient(w)
        w = w - 0.1 / (1 + t) * v
        t += 1
    return w, {"w": w, "t": t}
""",
            r"v began at 0 again, so it must be in the checkpoint",
        ),
        "rate begins again": (
            """
def descend(start, gradient, num_steps, checkpoint=None):
    state = checkpoint or {"w": start, "v": torch.zeros_like(start), "done": 0}
    w, v = state["w"], state["v"]
    for t in range(num_steps - state["done"]):
        v = 0.9 * v + gradient(w)
        w = w - 0.1 / (1 + t) * v
    return w, {"w": w, "v": v, "done": num_steps}
""",
            r"rate began at 0.1 again, so the number of steps",
        ),
        "as many steps again": (
            """
def descend(start, gradient, num_steps, checkpoint=None):
    state = checkpoint or {"w": start, "v": torch.zeros_like(start), "t": 0}
    w, v, t = state["w"], state["v"], state["t"]
    for _ in range(num_steps):
        v = 0.9 * v + gradient(w)
        w = w - 0.1 / (1 + t) * v
        t += 1
    return w, {"w": w, "v": v, "t": t}
""",
            r"5 more steps were done",
        ),
        "weights alone": (
            """
def descend(start, gradient, num_steps, checkpoint=None):
    w = start if checkpoint is None else checkpoint["w"]
    v = torch.zeros_like(w)
    for t in range(num_steps):
        v = 0.9 * v + gradient(w)
        w = w - 0.1 / (1 + t) * v
    return w, {"w": w}
""",
            r"The weights are not enough",
        ),
        "weights and steps to do": (
            """
def descend(start, gradient, num_steps, checkpoint=None):
    w, done = start, 0
    if checkpoint is not None:
        w, done = checkpoint["w"], checkpoint["t"]
    v = torch.zeros_like(w)
    for t in range(num_steps - done):
        v = 0.9 * v + gradient(w)
        w = w - 0.1 / (1 + t) * v
    return w, {"w": w, "t": num_steps}
""",
            r"v and the rate began anew",
        ),
        "returns the checkpoint's weights": (
            """
def descend(start, gradient, num_steps, checkpoint=None):
    if checkpoint is not None:
        return checkpoint["w"], checkpoint
    w, v = start, torch.zeros_like(start)
    for t in range(num_steps):
        v = 0.9 * v + gradient(w)
        w = w - 0.1 / (1 + t) * v
    return w, {"w": w, "v": v, "t": num_steps}
""",
            r"no step was done at all",
        ),
        "start changed": (
            """
def descend(start, gradient, num_steps, checkpoint=None):
    state = checkpoint or {"w": start, "v": torch.zeros_like(start), "t": 0}
    w, v, t = state["w"], state["v"], state["t"]
    while t < num_steps:
        v = 0.9 * v + gradient(w)
        w -= 0.1 / (1 + t) * v
        t += 1
    return w, {"w": w, "v": v, "t": t}
""",
            r"changes `start`: .*in place",
        ),
        "checkpoint changed": (
            """
def descend(start, gradient, num_steps, checkpoint=None):
    if checkpoint is None:
        checkpoint = {"w": start.clone(), "v": torch.zeros_like(start), "t": 0}
    w, v, t = checkpoint["w"], checkpoint["v"], checkpoint["t"]
    while t < num_steps:
        v *= 0.9
        v += gradient(w)
        w -= 0.1 / (1 + t) * v
        t += 1
    return w, {"w": w, "v": v, "t": t}
""",
            r"changes the checkpoint it started from",
        ),
        "momentum the other way": (
            """
def descend(start, gradient, num_steps, checkpoint=None):
    state = checkpoint or {"w": start, "v": torch.zeros_like(start), "t": 0}
    w, v, t = state["w"], state["v"], state["t"]
    while t < num_steps:
        w = w - 0.1 / (1 + t) * v
        v = 0.9 * v + gradient(w)
        t += 1
    return w, {"w": w, "v": v, "t": t}
""",
            r"w after 3 steps with the gradient 1: .*0.05 · 1.9",
        ),
        "weights alone as a result": (
            """
def descend(start, gradient, num_steps, checkpoint=None):
    w, v = start, torch.zeros_like(start)
    for t in range(num_steps):
        v = 0.9 * v + gradient(w)
        w = w - 0.1 / (1 + t) * v
    return {"w": w}
""",
            r"expected the weights and a checkpoint, got",
        ),
        "gradient at the start (hidden)": (
            """
def descend(start, gradient, num_steps, checkpoint=None):
    state = checkpoint or {
        "w": start, "v": torch.zeros_like(start), "t": 0, "g": gradient(start)
    }
    w, v, t, g = state["w"], state["v"], state["t"], state["g"]
    while t < num_steps:
        v = 0.9 * v + g
        w = w - 0.1 / (1 + t) * v
        t += 1
    return w, {"w": w, "v": v, "t": t, "g": g}
""",
            r"w after 12 steps with stops at \[12\], on a random valley",
        ),
        "goes on from start (hidden)": (
            """
def descend(start, gradient, num_steps, checkpoint=None):
    w, v, t = start, torch.zeros_like(start), 0
    while t < num_steps:
        v = 0.9 * v + gradient(w)
        w = w - 0.1 / (1 + t) * v
        t += 1
    return w, {"t": t}
""",
            r"on a random valley",
        ),
    },
    "to_device": {
        "result not returned": (
            """
def to_device(batch, device):
    if isinstance(batch, torch.Tensor):
        batch.to(device)
    return batch
""",
            r"it is on the device cpu, expected meta. `.to` returns",
        ),
        "pairs only": (
            """
def to_device(batch, device):
    if isinstance(batch, (tuple, list)):
        return [part.to(device) for part in batch]
    return batch.to(device)
""",
            r"your code raised AttributeError",
        ),
        "inputs only": (
            """
def to_device(batch, device):
    if isinstance(batch, torch.Tensor):
        return batch.to(device)
    X, y = batch
    return X.to(device), y
""",
            r"Labels must be moved, too",
        ),
        "in place": (
            """
def to_device(batch, device):
    if isinstance(batch, torch.Tensor):
        return batch.to(device)
    if isinstance(batch, dict):
        for key, value in batch.items():
            batch[key] = to_device(value, device)
    elif isinstance(batch, list):
        batch[:] = [to_device(value, device) for value in batch]
    elif isinstance(batch, tuple):
        return tuple(to_device(value, device) for value in batch)
    return batch
""",
            r"changes the batch it is given",
        ),
        "one level": (
            """
def to_device(batch, device):
    def moved(value):
        return value.to(device) if isinstance(value, torch.Tensor) else value
    if isinstance(batch, dict):
        return {key: moved(value) for key, value in batch.items()}
    if isinstance(batch, (tuple, list)):
        return [moved(value) for value in batch]
    return moved(batch)
""",
            r"its tensor is not on meta. Batches may be nested",
        ),
        "texts as lists": (
            """
def to_device(batch, device):
    if isinstance(batch, torch.Tensor):
        return batch.to(device)
    if isinstance(batch, dict):
        return {key: to_device(value, device) for key, value in batch.items()}
    if isinstance(batch, (tuple, list)):
        return [to_device(value, device) for value in batch]
    return str(batch)
""",
            r"texts and None must stay as they are",
        ),
        "two levels (hidden)": (
            """
def to_device(batch, device, depth=0):
    if isinstance(batch, torch.Tensor):
        return batch.to(device)
    if depth == 2:
        return batch
    if isinstance(batch, dict):
        return {k: to_device(v, device, depth + 1) for k, v in batch.items()}
    if isinstance(batch, (tuple, list)):
        return [to_device(value, device, depth + 1) for value in batch]
    return batch
""",
            r"labels five levels deep are not on meta",
        ),
    },
}

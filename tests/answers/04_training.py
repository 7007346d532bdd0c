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
    "test_batches": {
        "no condition at all": (
            """
def test_batches(batches):
    batches(103, 10, 0)
""",
            r"your test accepts one that leaves out the last, short batch\. Which inputs",
        ),
        "returns whether it is right": (
            """
def test_batches(batches):
    found = batches(103, 10, 0)
    return len(torch.cat(found)) == 103
""",
            r"your test accepts one that leaves out the last, short batch",
        ),
        "wants torch.randperm's order": (
            """
def test_batches(batches):
    generator = torch.Generator().manual_seed(0)
    order = torch.randperm(103, generator=generator)
    assert torch.equal(torch.cat(batches(103, 10, 0)), order), "another order"
""",
            r"your test rejects one by random.shuffle, which is right\. It said: another",
        ),
        "wants whole batches": (
            """
def test_batches(batches):
    assert all(len(index) == 10 for index in batches(103, 10, 0))
""",
            r"your test rejects one by torch.randperm, which is right",
        ),
        "only an n that the size divides": (
            """
def test_batches(batches):
    found = batches(100, 10, 0)
    assert [len(index) for index in found] == [10] * 10
    assert torch.cat(found).sort().values.tolist() == [*range(100)]
    assert torch.cat(found).tolist() != [*range(100)]
    orders = [torch.cat(batches(100, 10, seed)).tolist() for seed in (1, 2, 1)]
    assert orders[0] == orders[2] != orders[1]
""",
            r"your test accepts one that leaves out the last, short batch",
        ),
        "counts the places": (
            """
def test_batches(batches):
    for n in (100, 103):
        found = batches(n, 10, 0)
        assert sum(len(index) for index in found) == n
        assert 0 < len(found[-1]) <= len(found[0]) == 10
        assert torch.cat(found).tolist() != [*range(n)]
    orders = [torch.cat(batches(100, 10, seed)).tolist() for seed in (1, 2, 1)]
    assert orders[0] == orders[2] != orders[1]
""",
            r"your test accepts one that draws each place anew",
        ),
        "one seed": (
            """
def test_batches(batches):
    for n, sizes in [(103, [10] * 10 + [3]), (100, [10] * 10)]:
        found = batches(n, 10, 0)
        assert [len(index) for index in found] == sizes
        assert torch.cat(found).sort().values.tolist() == [*range(n)]
        assert torch.cat(found).tolist() != [*range(n)]
""",
            r"your test accepts one that shuffles every time alike",
        ),
        "the same seed is not tried twice (hidden)": (
            """
def test_batches(batches):
    for n, sizes in [(103, [10] * 10 + [3]), (100, [10] * 10)]:
        found = batches(n, 10, 0)
        assert [len(index) for index in found] == sizes
        assert torch.cat(found).sort().values.tolist() == [*range(n)]
        assert torch.cat(found).tolist() != [*range(n)]
    assert not torch.equal(torch.cat(batches(100, 10, 1)), torch.cat(found))
""",
            r"your test accepts one with another order at each call",
        ),
        "different places, whichever (hidden)": (
            """
def test_batches(batches):
    for n, sizes in [(103, [10] * 10 + [3]), (100, [10] * 10)]:
        found = batches(n, 10, 0)
        assert [len(index) for index in found] == sizes
        assert len(set(torch.cat(found).tolist())) == n
    orders = [torch.cat(batches(100, 10, seed)).tolist() for seed in (1, 2, 1)]
    assert orders[0] == orders[2] != orders[1]
    assert orders[0] != [*range(100)]
""",
            r"your test accepts one that counts from 1",
        ),
    },
    "train": {
        "as published": (
            """
def train(start, batches, lr, num_epochs):
    return published_train(start, batches, lr, num_epochs)
""",
            r"those of a loss that gets probabilities in place of logits",
        ),
        "probabilities": (
            """
def train(start, batches, lr, num_epochs):
    weights, log = [w.clone().requires_grad_() for w in start], []
    for _ in range(num_epochs):
        losses = []
        for X, y in batches:
            H = torch.relu(X @ weights[0] + weights[1])
            P = (H @ weights[2] + weights[3]).softmax(dim=1)
            losses.append(F.cross_entropy(P, y, reduction="none"))
            grads = torch.autograd.grad(losses[-1].mean(), weights)
            with torch.no_grad():
                for w, grad in zip(weights, grads):
                    w -= lr * grad
        log.append(torch.cat(losses).mean().item())
    return [w.detach() for w in weights], log
""",
            r"those of a loss that gets probabilities in place of logits",
        ),
        "gradients add up": (
            """
def train(start, batches, lr, num_epochs):
    weights, log = [w.clone().requires_grad_() for w in start], []
    for _ in range(num_epochs):
        losses = []
        for X, y in batches:
            H = torch.relu(X @ weights[0] + weights[1])
            Z = H @ weights[2] + weights[3]
            losses.append(F.cross_entropy(Z, y, reduction="none"))
            losses[-1].mean().backward()
            with torch.no_grad():
                for w in weights:
                    w -= lr * w.grad
        log.append(torch.cat(losses).mean().item())
    return [w.detach() for w in weights], log
""",
            r"with one batch the step is right, with two it is not",
        ),
        "zeroed once an epoch": (
            """
def train(start, batches, lr, num_epochs):
    weights, log = [w.clone().requires_grad_() for w in start], []
    for _ in range(num_epochs):
        for w in weights:
            w.grad = None
        losses = []
        for X, y in batches:
            H = torch.relu(X @ weights[0] + weights[1])
            Z = H @ weights[2] + weights[3]
            losses.append(F.cross_entropy(Z, y, reduction="none"))
            losses[-1].mean().backward()
            with torch.no_grad():
                for w in weights:
                    w -= lr * w.grad
        log.append(torch.cat(losses).mean().item())
    return [w.detach() for w in weights], log
""",
            r"with one batch the step is right, with two it is not",
        ),
        "zeroed before the step": (
            """
def train(start, batches, lr, num_epochs):
    weights, log = [w.clone().requires_grad_() for w in start], []
    for _ in range(num_epochs):
        losses = []
        for X, y in batches:
            H = torch.relu(X @ weights[0] + weights[1])
            Z = H @ weights[2] + weights[3]
            losses.append(F.cross_entropy(Z, y, reduction="none"))
            losses[-1].mean().backward()
            with torch.no_grad():
                for w in weights:
                    w.grad.zero_()
                    w -= lr * w.grad
        log.append(torch.cat(losses).mean().item())
    return [w.detach() for w in weights], log
""",
            r"W1 after one step",
        ),
        "the mean of the batches": (
            """
def train(start, batches, lr, num_epochs):
    weights, log = [w.clone().requires_grad_() for w in start], []
    for _ in range(num_epochs):
        losses = []
        for X, y in batches:
            H = torch.relu(X @ weights[0] + weights[1])
            loss = F.cross_entropy(H @ weights[2] + weights[3], y)
            losses.append(loss.item())
            grads = torch.autograd.grad(loss, weights)
            with torch.no_grad():
                for w, grad in zip(weights, grads):
                    w -= lr * grad
        log.append(sum(losses) / len(losses))
    return [w.detach() for w in weights], log
""",
            r"an image counts as much in a short batch as in a long one",
        ),
        "the start itself": (
            """
def train(start, batches, lr, num_epochs):
    weights, log = [w.requires_grad_() for w in start], []
    for X, y in batches:
        H = torch.relu(X @ weights[0] + weights[1])
        loss = F.cross_entropy(H @ weights[2] + weights[3], y)
        grads = torch.autograd.grad(loss, weights)
        with torch.no_grad():
            for w, grad in zip(weights, grads):
                w -= lr * grad
    return [w.detach() for w in weights], [loss.item()]
""",
            r"your function changes the weights in `start`: work on copies",
        ),
        "weights alone": (
            """
def train(start, batches, lr, num_epochs):
    return published_train(start, batches, lr, num_epochs)[0]
""",
            r"expected a list of four weights, and the log",
        ),
        "two classes (hidden)": (
            """
def train(start, batches, lr, num_epochs):
    weights, log = [w.clone().requires_grad_() for w in start], []
    for _ in range(num_epochs):
        losses = []
        for X, y in batches:
            H = torch.relu(X @ weights[0] + weights[1])
            Z = H @ weights[2] + weights[3]
            losses.append(F.softplus((1 - 2 * y) * (Z[:, 1] - Z[:, 0])))
            grads = torch.autograd.grad(losses[-1].mean(), weights)
            with torch.no_grad():
                for w, grad in zip(weights, grads):
                    w -= lr * grad
        log.append(torch.cat(losses).mean().item())
    return [w.detach() for w in weights], log
""",
            r"the weights after one step with \d+ random examples are wrong",
        ),
    },
    "classify": {
        "the nearest mean": (
            """
def classify(X, y, X_new):
    means = torch.stack([X[y == k].mean(dim=0) for k in range(10)])
    return torch.cdist(X_new, means).argmin(dim=1)
""",
            r"(7|8)\d\.\d % of 2,000 new images are right",
        ),
        "one layer": (
            """
def classify(X, y, X_new):
    W, b, Y = torch.zeros(784, 10), torch.zeros(10), torch.eye(10)[y]
    for _ in range(150):
        dZ = ((X @ W + b).softmax(dim=1) - Y) / len(X)
        W, b = W - 0.3 * X.T @ dZ, b - 0.3 * dZ.sum(dim=0)
    return (X_new @ W + b).argmax(dim=1)
""",
            r"8\d\.\d % of 2,000 new images are right",
        ),
        "all the same": (
            """
def classify(X, y, X_new):
    return torch.full((len(X_new),), y.mode().values.item())
""",
            r"1\d\.\d % of 2,000 new images are right",
        ),
        "logits": (
            """
def classify(X, y, X_new):
    means = torch.stack([X[y == k].mean(dim=0) for k in range(10)])
    return -torch.cdist(X_new, means)
""",
            r"must have the shape \(2000,\), but has \(2000, 10\)",
        ),
        "distances in place of classes": (
            """
def classify(X, y, X_new):
    means = torch.stack([X[y == k].mean(dim=0) for k in range(10)])
    return torch.cdist(X_new, means).amin(dim=1)
""",
            r"expected classes, whole numbers",
        ),
        "more images than the budget": (
            """
def classify(X, y, X_new):
    X, y = few_digits(0, 10000)
    return y[torch.cdist(X_new, X).argmin(dim=1)]
""",
            r"your answer uses `read_idx`.*the images that you are given|"
            r"your answer uses `read_idx`",
        ),
        "2,000 new images (hidden)": (
            """
def classify(X, y, X_new):
    many = torch.cat([X.reshape(-1, 28, 28).roll(m, (1, 2)).flatten(1)
                      for m in [(0, 0), (1, 0), (-1, 0), (0, 1), (0, -1)]])
    near = torch.cdist(X_new, many).topk(3, largest=False).indices
    votes = y.repeat(5)[near]
    answers = torch.zeros(2000, dtype=torch.int64)
    answers[: len(X_new)] = votes.mode(dim=1).values
    return answers
""",
            r"the classes of 1,900 images must have the shape",
        ),
    },
}

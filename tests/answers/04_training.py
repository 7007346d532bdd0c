"""Wrong answers to exercise set 4: what a learner may write, and what it is told.

WRONG[exercise][mistake] is the answer cell and a pattern of the check's message. A
mistake whose name ends in "(hidden)" passes the checks that learners see.
BELIEFS[exercise][mistake] is what a learner thinks who writes it.

UNUSUAL[exercise][what] is a right answer that looks unlike the key's: the answer cell,
or a pair of it and of cells of the learner's own that stand above it.

EQUIVALENT[exercise][change] says why a change of the key's answer that
`tests/benchmarks/mutants.py` makes leaves the answer right.
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
        "the start may win": (
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
            r"w, where all epochs have the same .*: expected 0\.2, got 0\.",
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
        "the last of equal epochs": (
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
        if valid_loss <= best_loss:
            best_loss, best = valid_loss, copy.deepcopy(state)
    return best, best_loss
""",
            r"the same validation loss: .*an epoch that is no better changes nothing",
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
        if valid_loss >= best_loss:
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
    alike = lambda A: torch.exp(-(torch.cdist(A, X) ** 2) / 40)
    K = alike(X) + 0.05 * torch.eye(len(X))
    weights = torch.linalg.solve(K, torch.eye(10)[y])
    answers = torch.zeros(2000, dtype=torch.int64)
    answers[: len(X_new)] = (alike(X_new) @ weights).argmax(dim=1)
    return answers
""",
            r"the classes of 1,900 images must have the shape",
        ),
    },
}

BELIEFS = {
    "per_class_accuracy": {
        "length of the first batch": (
            "Believes that all batches are as long as the first one."
        ),
        "drops the short batch": "Believes that a few images at the end don't matter.",
        "by answer": (
            "Mixes up the share of a class's images with the share of its answers."
        ),
        "mean of the batches": (
            "Believes that shares of batches can be averaged to the share of all."
        ),
        "divided by all examples": (
            "Believes that every class's share is one of all the images."
        ),
        "zero for an absent class": (
            "Believes that no image of a class means none of them right."
        ),
        "a list": "Believes that any container with the right numbers will do.",
        "classes up to the largest label (hidden)": (
            "Believes that the labels at hand name all classes."
        ),
    },
    "fit": {
        "the start may win": "Believes that the start counts as an epoch, number 0.",
        "shallow copies": (
            "Believes that a copy of a dictionary is a copy of what is in it."
        ),
        "start changed": "Believes that `-=` makes a new tensor.",
        "training loss decides": (
            "Believes that the epoch that fits the training data best is the best."
        ),
        "loss measured before the step": (
            "Believes that it makes no difference on which side of a step one measures."
        ),
        "last loss": (
            "Believes that a variable of the loop still belongs to the best epoch."
        ),
        "weights alone": "Believes that the loss can be computed again later.",
        "the last of equal epochs": (
            "Believes that among equal epochs the one that trained longest is better."
        ),
        "stops at the first rise (hidden)": (
            "Believes that a validation loss that has risen once never falls again."
        ),
    },
    "test_batches": {
        "no condition at all": (
            "Believes that a function that runs without an error is right."
        ),
        "returns whether it is right": (
            "Believes that a test reports what is wrong by what it returns."
        ),
        "wants torch.randperm's order": (
            "Believes that there is one right way to shuffle: the one in the example."
        ),
        "wants whole batches": "Believes that a batch always has the same size.",
        "only an n that the size divides": (
            "Believes that a round example shows all that can go wrong."
        ),
        "counts the places": (
            "Believes that as many places as images are one place for each image."
        ),
        "one seed": "Believes that an order that looks shuffled depends on the seed.",
        "the same seed is not tried twice (hidden)": (
            "Believes that whoever takes a seed also uses it."
        ),
        "different places, whichever (hidden)": (
            "Believes that n different numbers are those from 0 to n - 1."
        ),
    },
    "train": {
        "as published": (
            "Believes that code that runs and has a plausible loss needs other numbers."
        ),
        "probabilities": "Believes that a loss of a classifier is given probabilities.",
        "gradients add up": (
            "Believes that backward replaces the gradient of the batch before."
        ),
        "zeroed once an epoch": (
            "Believes that a gradient belongs to an epoch and not to a batch."
        ),
        "zeroed before the step": (
            "Knows that gradients must be set to zero, and not when."
        ),
        "the mean of the batches": (
            "Believes that the mean of means is the mean of all images."
        ),
        "the start itself": "Believes that a list of tensors is copied with its list.",
        "weights alone": "Believes that the log is for printing and nobody needs it.",
        "two classes (hidden)": (
            "Believes that there are as many classes as in the example."
        ),
    },
    "classify": {
        "the nearest mean": "Believes that a digit looks like the mean of its class.",
        "one layer": "Believes that a longer training of one layer gets anywhere.",
        "all the same": "Believes that the most frequent class is a fair guess.",
        "logits": "Believes that the caller picks the class with the largest number.",
        "distances in place of classes": (
            "Mixes up the smallest distance with the class that it belongs to."
        ),
        "more images than the budget": (
            "Believes that a target may be reached by any means at hand."
        ),
        "2,000 new images (hidden)": (
            "Believes that there are as many new images as in the example."
        ),
    },
}

UNUSUAL = {
    "per_class_accuracy": {
        "loops over lists": """
def per_class_accuracy(batches, num_classes):
    results = {j: [] for j in range(num_classes)}
    for Z, y in batches:
        for z, label in zip(Z.tolist(), y.tolist()):
            results[label].append(z.index(max(z)) == label)
    shares = [sum(r) / len(r) if r else math.nan for r in results.values()]
    return torch.tensor(shares)
""",
        "a confusion matrix, in 64 bits": """
class PerClass:
    def __call__(self, batches, num_classes):
        confusion = torch.zeros(num_classes, num_classes, dtype=torch.float64)
        for Z, y in batches:
            answers = F.one_hot(Z.argmax(dim=1), num_classes).double()
            labels = F.one_hot(y, num_classes).double()
            confusion += torch.einsum("ni,nj->ij", labels, answers)
        return confusion.diagonal() / confusion.sum(dim=1)


per_class_accuracy = PerClass()
""",
        "NumPy, and a helper in another cell": (
            """
import numpy as np

def per_class_accuracy(batches, num_classes):
    y, right = joined(batches)
    with np.errstate(invalid="ignore"):
        shares = np.bincount(y, right, num_classes) / np.bincount(
            y, minlength=num_classes
        )
    return torch.from_numpy(shares.astype(np.float32))
""",
            [
                """
def joined(batches):
    Z = torch.cat([Z for Z, _ in batches]).numpy()
    y = torch.cat([y for _, y in batches]).numpy()
    return y, Z.argmax(axis=1) == y
""",
            ],
        ),
    },
    "fit": {
        "a history of all epochs": """
def fit(start, train, valid, lr, num_epochs):
    (X, y), (X_valid, y_valid) = train, valid
    w, b, history = start["w"], start["b"], []
    for _ in range(num_epochs):
        error = torch.einsum("np,p->n", X, w) + b - y
        w = w - lr * 2 * torch.einsum("np,n->p", X, error) / len(y)
        b = b - lr * 2 * error.sum() / len(y)
        loss = F.mse_loss(X_valid @ w + b, y_valid).item()
        history.append((loss, {"w": w, "b": b}))
    loss, best = min(history, key=lambda epoch: epoch[0])
    return [best, loss]
""",
        "autograd and an optimizer": """
def fit(start, train, valid, lr, num_epochs):
    state = {k: v.clone().requires_grad_() for k, v in start.items()}
    optimizer = torch.optim.SGD(state.values(), lr=lr)

    def loss_on(data):
        return ((data[0] @ state["w"] + state["b"] - data[1]) ** 2).mean()

    best, best_loss = None, None
    for _ in range(num_epochs):
        optimizer.zero_grad()
        loss_on(train).backward()
        optimizer.step()
        with torch.no_grad():
            loss = loss_on(valid)
        if best_loss is None or loss < best_loss:
            best = {k: v.detach().clone() for k, v in state.items()}
            best_loss = loss
    return best, best_loss
""",
        "recursion, in NumPy": """
import numpy as np

def fit(start, train, valid, lr, num_epochs):
    (X, y), (X_valid, y_valid) = [(a.numpy(), b.numpy()) for a, b in (train, valid)]

    def go_on(w, b, epochs):
        if epochs == 0:
            return math.inf, w, b
        error = X @ w + b - y
        w, b = w - 2 * lr * (error @ X) / len(y), b - 2 * lr * error.mean()
        loss = np.square(X_valid @ w + b - y_valid).mean()
        later = go_on(w, b, epochs - 1)
        return later if later[0] < loss else (loss, w, b)

    loss, w, b = go_on(start["w"].numpy(), start["b"].numpy(), num_epochs)
    return {"b": torch.tensor(b), "w": torch.tensor(w)}, float(loss)
""",
    },
    "test_batches": {
        "raises errors of its own": """
def test_batches(batches):
    def places(n, size, seed):
        return [int(i) for index in batches(n, size, seed) for i in index]

    for n in range(95, 106):
        lengths = [len(index) for index in batches(n, 10, 1)]
        if any(k != 10 for k in lengths[:-1]) or not 0 < lengths[-1] <= 10:
            raise ValueError(f"lengths {lengths}")
        if sorted(places(n, 10, 1)) != list(range(n)):
            raise KeyError(n)
    first = places(99, 7, 4)
    if first in (sorted(first), places(99, 7, 5)) or first != places(99, 7, 4):
        raise RuntimeError("order")
""",
        "compares with nothing but itself": """
class Test:
    def __call__(self, batches):
        for n in (50, 57):
            a, b, c = (batches(n, 25, seed) for seed in (7, 8, 7))
            assert len(a) == -(-n // 25)
            assert {len(part) for part in a[:-1]} == {25}
            assert len(a[-1]) == (n - 1) % 25 + 1
            a, b, c = (torch.cat(tuple(x)) for x in (a, b, c))
            assert a.equal(c) and not a.equal(b)
            assert (a.bincount(minlength=n) == 1).all() and a.max() == n - 1
            assert (a[1:] < a[:-1]).any()

test_batches = Test()
""",
    },
    "train": {
        "an optimizer": """
def train(start, batches, lr, num_epochs):
    weights = [torch.nn.Parameter(w.detach().clone()) for w in start]
    optimizer, log = torch.optim.SGD(weights, lr=lr), []
    for _ in range(num_epochs):
        losses = []
        for X, y in batches:
            optimizer.zero_grad()
            Z = torch.relu(X @ weights[0] + weights[1]) @ weights[2] + weights[3]
            each = F.cross_entropy(Z, y, reduction="none")
            each.mean().backward()
            optimizer.step()
            losses += each.tolist()
        log += [math.fsum(losses) / len(losses)]
    return weights, log
""",
        "gradients by hand, and a log of tensors": """
def train(start, batches, lr, num_epochs):
    W1, b1, W2, b2 = start
    log = []
    for _ in range(num_epochs):
        total, n = 0, sum(len(y) for _, y in batches)
        for X, y in batches:
            H = (X @ W1 + b1).clamp(min=0)
            log_P = (H @ W2 + b2).log_softmax(dim=1)
            total = total - log_P.gather(1, y[:, None]).sum()
            dZ = (log_P.exp() - torch.eye(len(b2)).to(X)[y]) / len(y)
            dH = (dZ @ W2.T) * (H > 0)
            W2, b2 = W2 - lr * H.T @ dZ, b2 - lr * dZ.sum(0)
            W1, b1 = W1 - lr * X.T @ dH, b1 - lr * dH.sum(0)
        log.append(total / n)
    return (W1, b1, W2, b2), tuple(log)
""",
    },
    "classify": {
        "no network at all": """
def blurred(X):
    return F.avg_pool2d(X.reshape(-1, 1, 28, 28), 3, 1, 1)[:, 0]


def classify(X, y, X_new):
    moves = [(a, b) for a in (-1, 0, 1) for b in (-1, 0, 1)]
    many = torch.cat([blurred(X).roll(move, (1, 2)).flatten(1) for move in moves])
    near = torch.cdist(blurred(X_new).flatten(1), many).topk(5, largest=False)
    return y.repeat(len(moves))[near.indices].mode(dim=1).values.int()
""",
        "a linear system, by likeness to the given images": """
class Likeness:
    def __call__(self, X, y, X_new):
        def alike(A, B):
            return torch.exp(-(torch.cdist(A.double(), B.double()) ** 2) / 40)

        K = alike(X, X) + 0.05 * torch.eye(len(X))
        weights = torch.linalg.solve(K, torch.eye(10).double()[y])
        return (alike(X_new, X) @ weights).argmax(dim=1)


classify = Likeness()
""",
    },
}

EQUIVALENT = {
    "per_class_accuracy": {
        "correct += torch.bincount(y[right], minlength=num_classes) / total += torch.bincount(y, minlength=num_classes) => total += torch.bincount(y, minlength=num_classes) / correct += torch.bincount(y[right], minlength=num_classes)": (
            "The two counts have nothing to do with each other."
        ),
        "right = Z.argmax(dim=1) == y => right = Z.argmax(dim=-1) == y": (
            "Z has two dimensions, so 1 and -1 are the same one."
        ),
    },
    "fit": {
        "state['w'] -= lr * 2 * X.T @ error / len(y) / state['b'] -= lr * 2 * error.mean() => state['b'] -= lr * 2 * error.mean() / state['w'] -= lr * 2 * X.T @ error / len(y)": (
            "Both steps take the error that was measured before either."
        ),
    },
    "test_batches": {
        "for n, sizes in [(103, [10] * 10 + [3]), (100, [10] * 10)]: / found = batches(n, 10, 0) / assert [len(index) for index in found] == sizes, 'sizes' / assert torch.cat(found).sort().values.tolist() == [*range(n)] / first, other, again = (torch.cat(batches(100, 10, seed)).tolist() for seed in (1, 2, 1)) => first, other, again = (torch.cat(batches(100, 10, seed)).tolist() for seed in (1, 2, 1)) / for n, sizes in [(103, [10] * 10 + [3]), (100, [10] * 10)]: / found = batches(n, 10, 0) / assert [len(index) for index in found] == sizes, 'sizes' / assert torch.cat(found).sort().values.tolist() == [*range(n)]": (
            "The order of conditions that don't depend on each other says nothing."
        ),
        "assert first == again, 'the same seed gives another order' / assert first != other, 'another seed gives the same order' => assert first != other, 'another seed gives the same order' / assert first == again, 'the same seed gives another order'": (
            "Either condition is looked at, whichever comes first."
        ),
        "assert [len(index) for index in found] == sizes, 'sizes' / assert torch.cat(found).sort().values.tolist() == [*range(n)] => assert torch.cat(found).sort().values.tolist() == [*range(n)] / assert [len(index) for index in found] == sizes, 'sizes'": (
            "Either condition is looked at, whichever comes first."
        ),
        "found = batches(n, 10, 0) => found = batches(n, 10, 1)": (
            "One seed shows the sizes and places as well as another."
        ),
        "found = batches(n, 10, 0) => found = batches(n, 10, -1)": (
            "One seed shows the sizes and places as well as another."
        ),
        "first, other, again = (torch.cat(batches(100, 10, seed)).tolist() for seed in (1, 2, 1)) => first, other, again = (torch.cat(batches(100, 10, seed)).tolist() for seed in (1, 3, 1))": (
            "Another seed tells as much."
        ),
        "first, other, again = (torch.cat(batches(100, 10, seed)).tolist() for seed in (1, 2, 1)) => first, other, again = (torch.cat(batches(100, 10, seed)).tolist() for seed in (1, -2, 1))": (
            "Another seed tells as much."
        ),
        "first, other, again = (torch.cat(batches(100, 10, seed)).tolist() for seed in (1, 2, 1)) => first, other, again = (torch.cat(batches(10, 100, seed)).tolist() for seed in (1, 2, 1))": (
            "The order of 10 places tells seeds apart as well, but for one time in millions."
        ),
        "first, other, again = (torch.cat(batches(100, 10, seed)).tolist() for seed in (1, 2, 1)) => first, other, again = (torch.cat(batches(101, 10, seed)).tolist() for seed in (1, 2, 1))": (
            "Another number of places, or of places in a batch, tells as much."
        ),
        "first, other, again = (torch.cat(batches(100, 10, seed)).tolist() for seed in (1, 2, 1)) => first, other, again = (torch.cat(batches(99, 10, seed)).tolist() for seed in (1, 2, 1))": (
            "Another number of places, or of places in a batch, tells as much."
        ),
        "first, other, again = (torch.cat(batches(100, 10, seed)).tolist() for seed in (1, 2, 1)) => first, other, again = (torch.cat(batches(100, 11, seed)).tolist() for seed in (1, 2, 1))": (
            "Another number of places, or of places in a batch, tells as much."
        ),
        "first, other, again = (torch.cat(batches(100, 10, seed)).tolist() for seed in (1, 2, 1)) => first, other, again = (torch.cat(batches(100, 9, seed)).tolist() for seed in (1, 2, 1))": (
            "Another number of places, or of places in a batch, tells as much."
        ),
    },
    "train": {
        "total, count = (0.0, 0) => total, count = (0, 0.0)": (
            "A sum may begin with a zero of either type."
        ),
        "total += loss.item() * len(y) / count += len(y) => count += len(y) / total += loss.item() * len(y)": (
            "The two sums have nothing to do with each other."
        ),
        "count += len(y) / grads = torch.autograd.grad(loss, weights) => grads = torch.autograd.grad(loss, weights) / count += len(y)": (
            "The count has nothing to do with the gradients."
        ),
        "return ([w.detach() for w in weights], log) => return ([w for w in weights], log)": (
            "Weights that require a gradient are weights all the same."
        ),
        "total += loss.item() * len(y) => total += loss * len(y)": (
            "A tensor with one number is a number as well."
        ),
        "for w, grad in zip(weights, grads, strict=True): => for w, grad in zip(weights, grads):": (
            "There are as many gradients as weights."
        ),
        "for w, grad in zip(weights, grads, strict=True): => for w, grad in zip(weights, grads, strict=False):": (
            "There are as many gradients as weights."
        ),
    },
}

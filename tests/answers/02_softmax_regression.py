"""Wrong answers to exercise set 2: what a learner may write, and what it is told.

WRONG[exercise][mistake] is the answer cell and a pattern of the check's message. A
mistake whose name ends in "(hidden)" passes the checks that learners see.
"""

WRONG = {
    "one_hot": {
        "ready-made": (
            """
def one_hot(y, num_classes):
    return F.one_hot(y, num_classes).float()
""",
            r"uses `one_hot`, which this exercise does without",
        ),
        "as many columns as classes occur": (
            """
def one_hot(y, num_classes):
    return torch.eye(int(y.max()) + 1)[y]
""",
            r"must have the shape \(3, 4\), but has \(3, 3\).*also for classes that do",
        ),
        "rows and columns swapped": (
            """
def one_hot(y, num_classes):
    Y = torch.zeros(num_classes, len(y))
    Y[y, torch.arange(len(y))] = 1
    return Y
""",
            r"but has \(4, 3\)\. One row per label",
        ),
        "all columns in every row": (
            """
def one_hot(y, num_classes):
    Y = torch.zeros(len(y), num_classes)
    Y[:, y] = 1
    return Y
""",
            r"sum of each row.*writes into every row",
        ),
        "integers": (
            """
def one_hot(y, num_classes):
    return (y[:, None] == torch.arange(num_classes)).long()
""",
            r"expected float32, got torch.int64",
        ),
        "a NumPy array": (
            """
def one_hot(y, num_classes):
    return torch.eye(num_classes)[y].numpy()
""",
            r"expected a torch tensor, got a NumPy array",
        ),
        "counted from 1": (
            """
def one_hot(y, num_classes):
    return (y[:, None] == 1 + torch.arange(num_classes)).float()
""",
            r"sum of each row",
        ),
        "ten rows at most (hidden)": (
            """
def one_hot(y, num_classes):
    Y = torch.zeros(len(y), num_classes)
    for i in range(min(4, len(y))):
        Y[i, y[i]] = 1
    return Y
""",
            r"one_hot of \d+ labels, \d+ classes",
        ),
    },
    "softmax": {
        "temperature at the end of the logits only (hidden)": (
            """
def softmax(Z, temperature=1.0):
    shift = Z.amax(dim=1, keepdim=True)
    exp_Z = (Z / temperature - shift).exp()
    return exp_Z / exp_Z.sum(dim=1, keepdim=True)
""",
            r"random logits of up to",
        ),
        "ready-made": (
            """
def softmax(Z, temperature=1.0):
    return torch.nn.Softmax(dim=1)(Z / temperature)
""",
            r"uses `softmax`, which this exercise does without. Use `exp` and `sum`",
        ),
        "along the batch": (
            """
def softmax(Z, temperature=1.0):
    exp_Z = ((Z - Z.amax(dim=0)) / temperature).exp()
    return exp_Z / exp_Z.sum(dim=0)
""",
            r"sum to 1 over the batch, not over the classes.*dim=1",
        ),
        "divided by the sum of everything": (
            """
def softmax(Z, temperature=1.0):
    exp_Z = ((Z - Z.amax(dim=1, keepdim=True)) / temperature).exp()
    return exp_Z / exp_Z.sum()
""",
            r"the sum of each row: .* expected 1, got",
        ),
        "not stable": (
            """
def softmax(Z, temperature=1.0):
    exp_Z = (Z / temperature).exp()
    return exp_Z / exp_Z.sum(dim=1, keepdim=True)
""",
            r"1000 overflows: subtract the largest",
        ),
        "one maximum for the batch": (
            """
def softmax(Z, temperature=1.0):
    exp_Z = ((Z - Z.max()) / temperature).exp()
    return exp_Z / exp_Z.sum(dim=1, keepdim=True)
""",
            r"its own largest logit, not the largest of the whole batch",
        ),
        "in place": (
            """
def softmax(Z, temperature=1.0):
    Z -= Z.amax(dim=1, keepdim=True)
    exp_Z = (Z / temperature).exp()
    return exp_Z / exp_Z.sum(dim=1, keepdim=True)
""",
            r"changes the logits it is given.*in place",
        ),
        "temperature ignored": (
            """
def softmax(Z, temperature=1.0):
    exp_Z = (Z - Z.amax(dim=1, keepdim=True)).exp()
    return exp_Z / exp_Z.sum(dim=1, keepdim=True)
""",
            r"temperature has no effect",
        ),
        "multiplied by the temperature": (
            """
def softmax(Z, temperature=1.0):
    Z = Z * temperature
    exp_Z = (Z - Z.amax(dim=1, keepdim=True)).exp()
    return exp_Z / exp_Z.sum(dim=1, keepdim=True)
""",
            r"must be more even than at 1; yours are more extreme",
        ),
        "temperature after the exponential": (
            """
def softmax(Z, temperature=1.0):
    exp_Z = (Z - Z.amax(dim=1, keepdim=True)).exp()
    return exp_Z / exp_Z.sum(dim=1, keepdim=True) / temperature
""",
            r"at temperature 2: .*before the exponential",
        ),
        "temperature rounded (hidden)": (
            """
def softmax(Z, temperature=1.0):
    Z = Z / max(1, int(temperature))
    exp_Z = (Z - Z.amax(dim=1, keepdim=True)).exp()
    return exp_Z / exp_Z.sum(dim=1, keepdim=True)
""",
            r"random logits of up to \d+ at temperature 0.5",
        ),
    },
    "predict": {
        "along the batch": (
            """
def predict(Z, at_least=0.0):
    answers = Z.argmax(dim=0)
    answers[softmax(Z).amax(dim=0) < at_least] = -1
    return answers
""",
            r"must have the shape \(2,\), but has \(3,\).*dim=1",
        ),
        "probabilities instead of classes": (
            """
def predict(Z, at_least=0.0):
    answers = softmax(Z).amax(dim=1)
    answers[answers < at_least] = -1
    return answers
""",
            r"got torch.float32: `argmax` gives the class",
        ),
        "threshold on the logit": (
            """
def predict(Z, at_least=0.0):
    largest, answers = Z.max(dim=1)
    return torch.where(largest >= at_least, answers, -1)
""",
            r"compare `at_least` with a logit",
        ),
        "never unsure": (
            """
def predict(Z, at_least=0.0):
    return Z.argmax(dim=1)
""",
            r"3 rows, at_least=0.9",
        ),
        "unsure on the boundary": (
            """
def predict(Z, at_least=0.0):
    largest, answers = softmax(Z).max(dim=1)
    return torch.where(largest > at_least, answers, -1)
""",
            r"exactly 0.5 is not below",
        ),
        "threshold of the example (hidden)": (
            """
def predict(Z, at_least=0.0):
    largest, answers = softmax(Z).max(dim=1)
    return torch.where((largest < 0.9) & (at_least > 0.5), -1, answers)
""",
            r"random logits, at_least=0\.\d\d",
        ),
    },
    "cross_entropy": {
        "logits changed in place": (
            """
def cross_entropy(Z, Y):
    Z -= Z.logsumexp(dim=1, keepdim=True)
    return -(Y * Z).sum(dim=1).mean()
""",
            r"changes the logits it is given",
        ),
        "ready-made": (
            """
def cross_entropy(Z, Y):
    return torch.nn.CrossEntropyLoss()(Z, Y)
""",
            r"uses `cross_entropy`, which this exercise does without",
        ),
        "log_softmax": (
            """
def cross_entropy(Z, Y):
    return -(Y * Z.log_softmax(dim=1)).sum(dim=1).mean()
""",
            r"uses `log_softmax`, which this exercise does without",
        ),
        "sum over the batch": (
            """
def cross_entropy(Z, Y):
    return -(Y * (Z - Z.logsumexp(dim=1, keepdim=True))).sum()
""",
            r"expected 2.3\d*, got 11.5.*divide by n, once",
        ),
        "mean over all entries": (
            """
def cross_entropy(Z, Y):
    return -(Y * (Z - Z.logsumexp(dim=1, keepdim=True))).mean()
""",
            r"expected 2.3\d*, got 0.23.*divide by n, once",
        ),
        "one loss per image": (
            """
def cross_entropy(Z, Y):
    return -(Y * (Z - Z.logsumexp(dim=1, keepdim=True))).sum(dim=1)
""",
            r"must have the shape \(\), but has \(5,\).*one number",
        ),
        "no minus": (
            """
def cross_entropy(Z, Y):
    return (Y * (Z - Z.logsumexp(dim=1, keepdim=True))).sum(dim=1).mean()
""",
            r"expected a positive loss, got -2.3",
        ),
        "logarithm of softmax": (
            """
def cross_entropy(Z, Y):
    return -(Y * softmax(Z).log()).sum(dim=1).mean()
""",
            r"0 and 2000: .*rounded to 0 before its logarithm",
        ),
        "small constant in the logarithm": (
            """
def cross_entropy(Z, Y):
    return -(Y * (softmax(Z) + 1e-12).log()).sum(dim=1).mean()
""",
            r"expected 2000, got 27.*small constant",
        ),
        "softmax twice": (
            """
def cross_entropy(Z, Y):
    P = softmax(Z)
    return -(Y * (P - P.logsumexp(dim=1, keepdim=True))).sum(dim=1).mean()
""",
            r"you apply softmax twice",
        ),
        "only the likeliest class": (
            """
def cross_entropy(Z, Y):
    Y = torch.eye(Z.shape[1])[Y.argmax(dim=1)]
    return (Z.logsumexp(dim=1) - (Y * Z).sum(dim=1)).mean()
""",
            r"target \[0.5, 0.3, 0.2\].*not only the largest",
        ),
        "one maximum for the batch (hidden)": (
            """
def cross_entropy(Z, Y):
    shifted = (Z - Z.max()).float()
    log_P = shifted - shifted.exp().sum(dim=1, keepdim=True).log()
    return -(Y * log_P).sum(dim=1).mean()
""",
            r"the loss of \d+ × \d+ random logits",
        ),
    },
    "evaluate": {
        "batches times batch size": (
            """
def evaluate(W, b, batches):
    loss_sum, correct = 0.0, 0
    for X, y in batches:
        Z = X @ W + b
        loss_sum += F.cross_entropy(Z, y, reduction="sum").item()
        correct += (Z.argmax(dim=1) == y).sum().item()
    count = len(batches) * len(batches[0][1])
    return loss_sum / count, correct / count
""",
            r"4/5, got 4/6: .*last batch is shorter",
        ),
        "mean of the batch losses": (
            """
def evaluate(W, b, batches):
    loss_sum, correct, count = 0.0, 0, 0
    for X, y in batches:
        Z = X @ W + b
        loss_sum += F.cross_entropy(Z, y).item()
        correct += (Z.argmax(dim=1) == y).sum().item()
        count += len(y)
    return loss_sum / len(batches), correct / count
""",
            r"got 2.1568, the mean of the batch means",
        ),
        "mean of the batch accuracies": (
            """
def evaluate(W, b, batches):
    loss_sum, right, count = 0.0, 0.0, 0
    for X, y in batches:
        Z = X @ W + b
        loss_sum += F.cross_entropy(Z, y).item() * len(y)
        right += (Z.argmax(dim=1) == y).float().mean().item()
        count += len(y)
    return loss_sum / count, right / len(batches)
""",
            r"4/5, got 3/4, the mean of the accuracies",
        ),
        "drops the short batch": (
            """
def evaluate(W, b, batches):
    full = [pair for pair in batches if len(pair[1]) == len(batches[0][1])]
    X, y = (torch.cat(parts) for parts in zip(*full))
    Z = X @ W + b
    accuracy = (Z.argmax(dim=1) == y).float().mean().item()
    return F.cross_entropy(Z, y).item(), accuracy
""",
            r"expected 0.8, got 1.*the last batch included",
        ),
        "sum of the batch means over the examples": (
            """
def evaluate(W, b, batches):
    loss_sum, correct, count = 0.0, 0, 0
    for X, y in batches:
        Z = X @ W + b
        loss_sum += F.cross_entropy(Z, y).item()
        correct += (Z.argmax(dim=1) == y).sum().item()
        count += len(y)
    return loss_sum / count, correct / count
""",
            r"the loss: expected 1.78\d*, got 0.86.*sum of the losses of all 5",
        ),
        "nothing returned": (
            """
def evaluate(W, b, batches):
    for X, y in batches:
        Z = X @ W + b
""",
            r"expected two numbers, got None",
        ),
        "the bias is forgotten (hidden)": (
            """
def evaluate(W, b, batches):
    X, y = (torch.cat(parts) for parts in zip(*batches))
    Z = X @ W
    accuracy = (Z.argmax(dim=1) == y).float().mean().item()
    return F.cross_entropy(Z, y).item(), accuracy
""",
            r"the (loss|accuracy) of \d+ random examples in batches of 1\b",
        ),
    },
    "gradients": {
        "autograd": (
            """
def gradients(X, Y, W, b, weight_decay):
    W, b = W.clone().requires_grad_(), b.clone().requires_grad_()
    loss = F.cross_entropy(X @ W + b, Y) + weight_decay / 2 * (W**2).sum()
    loss.backward()
    return W.grad, b.grad
""",
            r"uses autograd, which this exercise does without",
        ),
        "target minus prediction": (
            """
def gradients(X, Y, W, b, weight_decay):
    dZ = (Y - softmax(X @ W + b)) / len(X)
    return X.T @ dZ + weight_decay * W, dZ.sum(dim=0)
""",
            r"sign is wrong",
        ),
        "not divided by n": (
            """
def gradients(X, Y, W, b, weight_decay):
    dZ = softmax(X @ W + b) - Y
    return X.T @ dZ + weight_decay * W, dZ.sum(dim=0)
""",
            r"4 times too large, for 4 images",
        ),
        "transposed": (
            """
def gradients(X, Y, W, b, weight_decay):
    dZ = (softmax(X @ W + b) - Y) / len(X)
    return dZ.T @ X, dZ.sum(dim=0)
""",
            r"must have the shape \(2, 3\), but has \(3, 2\)",
        ),
        "divided by n twice for b": (
            """
def gradients(X, Y, W, b, weight_decay):
    dZ = (softmax(X @ W + b) - Y) / len(X)
    return X.T @ dZ + weight_decay * W, dZ.mean(dim=0)
""",
            r"gradient for b: .*1/n is part of dZ and appears once",
        ),
        "sum over the classes for b": (
            """
def gradients(X, Y, W, b, weight_decay):
    dZ = (softmax(X @ W + b) - Y) / len(X)
    return X.T @ dZ + weight_decay * W, dZ.sum(dim=1)
""",
            r"gradient for b must have the shape \(3,\), but has \(4,\)",
        ),
        "penalty twice": (
            """
def gradients(X, Y, W, b, weight_decay):
    dZ = (softmax(X @ W + b) - Y) / len(X)
    return X.T @ dZ + 2 * weight_decay * W, dZ.sum(dim=0)
""",
            r"penalty's gradient is twice too large",
        ),
        "penalty divided by n": (
            """
def gradients(X, Y, W, b, weight_decay):
    dZ = softmax(X @ W + b) - Y
    return (X.T @ dZ + weight_decay * W) / len(X), dZ.sum(dim=0) / len(X)
""",
            r"weight_decay=0.5 adds.*does not concern the penalty",
        ),
        "bias penalized": (
            """
def gradients(X, Y, W, b, weight_decay):
    dZ = (softmax(X @ W + b) - Y) / len(X)
    return X.T @ dZ + weight_decay * W, dZ.sum(dim=0) + weight_decay * b
""",
            r"Biases are not penalized",
        ),
        "four images taken for granted (hidden)": (
            """
def gradients(X, Y, W, b, weight_decay):
    dZ = (softmax(X @ W + b) - Y) / 4
    return X.T @ dZ + weight_decay * W, dZ.sum(dim=0)
""",
            r"gradient for W of a random model",
        ),
    },
}

"""Wrong answers to exercise set 2: what a learner may write, and what it is told.

WRONG[exercise][mistake] is the answer cell and a pattern of the check's message. A
mistake whose name ends in "(hidden)" passes the checks that learners see.
BELIEFS[exercise][mistake] is what a learner thinks who writes it.

UNUSUAL[exercise][what] is a right answer that looks unlike the key's: the answer cell,
or a pair of it and of cells of the learner's own that stand above it.

EQUIVALENT[exercise][change] says why a change of the key's answer that
`tests/benchmarks/mutants.py` makes leaves the answer right.
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
            r"`Y\[:, y\] = 1` writes into every row",
        ),
        "integers": (
            """
def one_hot(y, num_classes):
    return (y[:, None] == torch.arange(num_classes)).long()
""",
            r"expected float32, got torch.int64",
        ),
        "four columns, as in the example": (
            """
def one_hot(y, num_classes):
    Y = torch.zeros(len(y), 4)
    Y[torch.arange(len(y)), y] = 1
    return Y
""",
            r"but has \(2, 4\)\. Take the sizes from",
        ),
        "returns inside the loop": (
            """
def one_hot(y, num_classes):
    Y = torch.zeros(len(y), num_classes)
    for i, label in enumerate(y):
        Y[i, label] = 1
        return Y
""",
            r"sum of each row: 2 of 3 .*Every row, the last included",
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
        "maximum not divided by the temperature": (
            """
def softmax(Z, temperature=1.0):
    shift = Z.amax(dim=1, keepdim=True)
    exp_Z = (Z / temperature - shift).exp()
    return exp_Z / exp_Z.sum(dim=1, keepdim=True)
""",
            r"softmax\(\[\[1000, 1001\]\], 10.0\).*subtract before you divide",
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
            r"2000 overflows: subtract the largest",
        ),
        "one maximum for the batch": (
            """
def softmax(Z, temperature=1.0):
    exp_Z = ((Z - Z.max()) / temperature).exp()
    return exp_Z / exp_Z.sum(dim=1, keepdim=True)
""",
            r"second row of .*its own largest logit, here -900",
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
        "divided in place": (
            """
def softmax(Z, temperature=1.0):
    Z /= temperature
    exp_Z = (Z - Z.amax(dim=1, keepdim=True)).exp()
    return exp_Z / exp_Z.sum(dim=1, keepdim=True)
""",
            r"changes the logits it is given.*`Z /= …` work in place",
        ),
        "mean subtracted": (
            """
def softmax(Z, temperature=1.0):
    exp_Z = ((Z - Z.mean(dim=1, keepdim=True)) / temperature).exp()
    return exp_Z / exp_Z.sum(dim=1, keepdim=True)
""",
            r"2000 overflows: subtract the largest logit of the row",
        ),
        "maximum of each column": (
            """
def softmax(Z, temperature=1.0):
    exp_Z = ((Z - Z.amax(dim=0)) / temperature).exp()
    return exp_Z / exp_Z.sum(dim=1, keepdim=True)
""",
            r"softmax\(Z\): .*one number for a whole row",
        ),
        "logarithms": (
            """
def softmax(Z, temperature=1.0):
    Z = Z / temperature
    return Z - Z.logsumexp(dim=1, keepdim=True)
""",
            r"you return the logarithms of the probabilities",
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
        "margin to the second": (
            """
def predict(Z, at_least=0.0):
    best, answers = softmax(Z).topk(2, dim=1)
    return torch.where(best[:, 0] - best[:, 1] < at_least, -1, answers[:, 0])
""",
            r"expected 0, got -1\. The largest probabilities are",
        ),
        "unsure rows dropped": (
            """
def predict(Z, at_least=0.0):
    largest, answers = softmax(Z).max(dim=1)
    return answers[largest >= at_least]
""",
            r"but has \(2,\)\..*an unsure row stays, as -1",
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
            r"changes what it is given: `Z -= …`",
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
            r"expected a positive loss, got -2.303: is a minus missing",
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
        "one maximum for the batch": (
            """
def cross_entropy(Z, Y):
    shifted = Z - Z.max()
    log_P = shifted - shifted.exp().sum(dim=1, keepdim=True).log()
    return -(Y * log_P).sum(dim=1).mean()
""",
            r"\[-900, -900\]\]: .*got nan\. Subtract from each row its own largest",
        ),
        "maximum never below 0": (
            """
def cross_entropy(Z, Y):
    shifted = Z - Z.amax(dim=1, keepdim=True).clamp(min=0)
    log_P = shifted - shifted.exp().sum(dim=1, keepdim=True).log()
    return -(Y * log_P).sum(dim=1).mean()
""",
            r"\[-900, -900\]\]: .*its own largest logit, in the second -900",
        ),
        "maximum subtracted in the sum only": (
            """
def cross_entropy(Z, Y):
    shifted = Z - Z.amax(dim=1, keepdim=True)
    log_P = Z - shifted.exp().sum(dim=1, keepdim=True).log()
    return -(Y * log_P).sum(dim=1).mean()
""",
            r"off by 6, the largest logit: subtract that from z_ij",
        ),
        "exponentials of the logits": (
            """
def cross_entropy(Z, Y):
    log_P = Z - Z.exp().sum(dim=1, keepdim=True).log()
    return -(Y * log_P).sum(dim=1).mean()
""",
            r"got nan and nan\. The exponential of 2000 overflows",
        ),
        "log-sum-exp over the batch": (
            """
def cross_entropy(Z, Y):
    return -(Y * (Z - Z.logsumexp(dim=0))).sum(dim=1).mean()
""",
            r"got 1.6\d*\. That is ln 5, for 5 images: sum over the classes",
        ),
        "decimal logarithm": (
            """
def cross_entropy(Z, Y):
    shifted = Z - Z.amax(dim=1, keepdim=True)
    log_P = (shifted.exp() / shifted.exp().sum(dim=1, keepdim=True)).log10()
    return -(Y * log_P).sum(dim=1).mean()
""",
            r"got 1\. Take the natural logarithm",
        ),
        "targets changed in place": (
            """
def cross_entropy(Z, Y):
    Y *= Z - Z.logsumexp(dim=1, keepdim=True)
    return -Y.sum(dim=1).mean()
""",
            r"changes what it is given: .*`Y \*= …` work in place",
        ),
        "whole logits (hidden)": (
            """
def cross_entropy(Z, Y):
    Z = Z.round()
    return -(Y * (Z - Z.logsumexp(dim=1, keepdim=True))).sum(dim=1).mean()
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
            r"expected 0.6, got 0.66\d*\. That is 6/9.*count the examples",
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
            r"got 1.95\d*\. That is the mean of the batch means",
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
            r"got 0.63\d*\. That is the mean of the accuracies",
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
            r"expected 0.6, got 1\. It is 6/10: the batches hold 3, 2 and 5",
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
            r"the loss: expected 2.21\d*, got 0.58.*sum of the losses of all 10",
        ),
        "nothing returned": (
            """
def evaluate(W, b, batches):
    for X, y in batches:
        Z = X @ W + b
""",
            r"expected two numbers, got None",
        ),
        "the bias is forgotten": (
            """
def evaluate(W, b, batches):
    X, y = (torch.cat(parts) for parts in zip(*batches))
    Z = X @ W
    accuracy = (Z.argmax(dim=1) == y).float().mean().item()
    return F.cross_entropy(Z, y).item(), accuracy
""",
            r"expected 0.6, got 0.5\. That is the result without b",
        ),
        "only the last batch may be shorter": (
            """
def evaluate(W, b, batches):
    loss_sum, correct = 0.0, 0
    for X, y in batches:
        Z = X @ W + b
        loss_sum += F.cross_entropy(Z, y, reduction="sum").item()
        correct += (Z.argmax(dim=1) == y).sum().item()
    count = (len(batches) - 1) * len(batches[0][1]) + len(y)
    return loss_sum / count, correct / count
""",
            r"got 0.54\d*\. That is 6/11",
        ),
        "first the accuracy": (
            """
def evaluate(W, b, batches):
    X, y = (torch.cat(parts) for parts in zip(*batches))
    Z = X @ W + b
    accuracy = (Z.argmax(dim=1) == y).float().mean().item()
    return accuracy, F.cross_entropy(Z, y).item()
""",
            r"first the loss, then the accuracy",
        ),
        "two classes (hidden)": (
            """
def evaluate(W, b, batches):
    X, y = (torch.cat(parts) for parts in zip(*batches))
    Z, rows = X @ W + b, torch.arange(len(y))
    losses = F.softplus(Z[rows, 1 - y] - Z[rows, y])
    accuracy = (Z.argmax(dim=1) == y).float().mean().item()
    return losses.mean().item(), accuracy
""",
            r"the loss of \d+ random examples in batches of 1\b",
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
            r"4 times as large as it should be, for 4 images",
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
            r"penalty's gradient is twice as large as it should be",
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
        "the bias is forgotten": (
            """
def gradients(X, Y, W, b, weight_decay):
    dZ = (softmax(X @ W) - Y) / len(X)
    return X.T @ dZ + weight_decay * W, dZ.sum(dim=0)
""",
            r"got 0.7457\. Is dZ prediction minus target, with softmax\(XW \+ b\)",
        ),
        "targets changed in place": (
            """
def gradients(X, Y, W, b, weight_decay):
    Y -= softmax(X @ W + b)
    return -X.T @ Y / len(X) + weight_decay * W, -Y.mean(dim=0)
""",
            r"changes what it is given: `Y -= …`",
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
    "test_loss": {
        "a verdict in place of an error": (
            """
def test_loss(loss):
    Z, y = torch.randn(7, 4), torch.arange(7) % 4
    return torch.allclose(loss(Z, y), F.cross_entropy(Z, y))
""",
            r"accepts one that applies softmax twice.*Raise an error",
        ),
        "printed": (
            """
def test_loss(loss):
    Z, y = torch.randn(7, 4), torch.arange(7) % 4
    if not torch.isclose(loss(Z, y), F.cross_entropy(Z, y)):
        print("wrong")
""",
            r"accepts one that applies softmax twice.*Raise an error",
        ),
        "only its sign": (
            """
def test_loss(loss):
    Z, y = torch.randn(7, 4), torch.arange(7) % 4
    assert loss(Z, y) >= 0
""",
            r"accepts one that applies softmax twice",
        ),
        "equal logits": (
            """
def test_loss(loss):
    assert abs(loss(torch.zeros(3, 4), torch.tensor([0, 1, 2])) - 1.3863) < 1e-3
""",
            r"accepts one that applies softmax twice",
        ),
        "one image": (
            """
def test_loss(loss):
    for k in (2, 5):
        Z, y = 3 * torch.randn(1, k), torch.tensor([0])
        assert abs(loss(Z, y) - F.cross_entropy(Z, y)) < 1e-4
    large = torch.tensor([[0.0, 2000.0]])
    assert abs(loss(large, torch.tensor([0])) - 2000) < 1
    assert abs(loss(-large, torch.tensor([1])) - 2000) < 1
""",
            r"accepts one that (adds the losses|takes the likeliest)",
        ),
        "as many images as classes": (
            """
def test_loss(loss):
    Z, y = 3 * torch.randn(6, 6), torch.tensor([3, 1, 0, 5, 2, 2])
    for scale in (1, 1000):
        expected = F.cross_entropy(scale * Z, y)
        assert abs(loss(scale * Z, y) - expected) < 1e-3 * expected
""",
            r"accepts one that divides by the number of classes",
        ),
        "labels that are the likeliest": (
            """
def test_loss(loss):
    for scale in (1, 1000):
        Z = scale * torch.randn(7, 4)
        y = Z.argmax(dim=1)
        assert abs(loss(Z, y) - F.cross_entropy(Z, y)) < 1e-4
""",
            r"accepts one that takes the likeliest class",
        ),
        "small logits only": (
            """
def test_loss(loss):
    Z, y = torch.randn(7, 4), torch.arange(7) % 4
    assert abs(loss(Z, y) - F.cross_entropy(Z, y)) < 1e-4
""",
            r"accepts one whose exponentials overflow",
        ),
        "that it is finite": (
            """
def test_loss(loss):
    Z, y = torch.randn(7, 4), torch.arange(7) % 4
    assert abs(loss(Z, y) - F.cross_entropy(Z, y)) < 1e-4
    assert loss(1000 * Z, y).isfinite()
""",
            r"accepts one with a small constant in the logarithm",
        ),
        "equal to the last digit": (
            """
def test_loss(loss):
    for scale in (1, 3, 10, 30, 100, 1000):
        Z, y = scale * torch.randn(99, 4), torch.arange(99) % 4
        assert loss(Z, y) == F.cross_entropy(Z, y), "another number"
""",
            r"rejects one from `exp` and `log`, which is right. It said: another",
        ),
        "a sum expected": (
            """
def test_loss(loss):
    Z, y = torch.randn(7, 4), torch.arange(7) % 4
    expected = (Z.logsumexp(dim=1) - Z[torch.arange(7), y]).sum()
    assert abs(loss(Z, y) - expected) < 1e-4
""",
            r"rejects `F.cross_entropy`, which is right",
        ),
        "large logits on one side": (
            """
def test_loss(loss):
    for n, k in ((7, 4), (3, 12)):
        Z, y = torch.randn(n, k), k - 1 - torch.arange(n) % k
        assert abs(loss(Z, y) - F.cross_entropy(Z, y)) < 1e-4
    Z = torch.tensor([[0.0, 2000.0], [3000.0, 0.0]])
    assert abs(loss(Z, torch.tensor([0, 1])) - 2500) < 1
""",
            r"accepts one that is wrong where all logits of an image are far below",
        ),
        "large logits one image at a time": (
            """
def test_loss(loss):
    for n, k in ((7, 4), (3, 12)):
        Z, y = torch.randn(n, k), k - 1 - torch.arange(n) % k
        assert abs(loss(Z, y) - F.cross_entropy(Z, y)) < 1e-4
    y = torch.tensor([0])
    assert abs(loss(torch.tensor([[0.0, 2000.0]]), y) - 2000) < 1
    assert abs(loss(torch.full((1, 4), -3000.0), y) - 1.3863) < 1e-2
""",
            r"accepts one that subtracts the largest logit of the whole batch",
        ),
        "four classes (hidden)": (
            """
def test_loss(loss):
    large = [[0.0, 2000.0, 0.0, 0.0], [-3000.0, -3005.0, -3001.0, -3002.0]]
    for Z in (3 * torch.randn(7, 4), torch.tensor(large)):
        y = torch.arange(len(Z)) % 4
        expected = F.cross_entropy(Z, y)
        assert abs(loss(Z, y) - expected) < 1e-3 * expected
""",
            r"accepts one that knows ten classes only",
        ),
    },
}

BELIEFS = {
    "one_hot": {
        "ready-made": "Believes that a function of the library is always welcome.",
        "as many columns as classes occur": (
            "Believes that the labels of a batch tell how many classes there are."
        ),
        "rows and columns swapped": "Believes that classes are rows, examples columns.",
        "all columns in every row": (
            "Believes that `:` and a list of columns pair row and column."
        ),
        "integers": "Believes that a 1 is a 1, whatever its type.",
        "four columns, as in the example": (
            "Believes that the example's sizes are those of every call."
        ),
        "returns inside the loop": "Believes that a loop goes on after `return`.",
        "a NumPy array": "Believes that arrays and tensors are the same thing.",
        "counted from 1": "Believes that the first class has the number 1.",
        "ten rows at most (hidden)": "Believes that a batch is as small as the example.",
    },
    "softmax": {
        "maximum not divided by the temperature": (
            "Believes that any large number subtracted prevents overflow."
        ),
        "ready-made": "Believes that a layer is not the function it applies.",
        "along the batch": "Believes that dimension 0 runs over the classes.",
        "divided by the sum of everything": (
            "Believes that the probabilities of a whole batch sum to 1."
        ),
        "not stable": "Believes that a formula that is right on paper always computes.",
        "one maximum for the batch": (
            "Believes that one number subtracted from all rows keeps each row stable."
        ),
        "in place": "Believes that `-=` makes a new tensor.",
        "divided in place": "Believes that `/=` changes a copy of the argument.",
        "mean subtracted": "Believes that logits around 0 have small exponentials.",
        "maximum of each column": (
            "Believes that whatever is subtracted before the exponential cancels."
        ),
        "logarithms": "Believes that the logarithm of a probability will do as well.",
        "temperature ignored": (
            "Believes that a factor on all logits cancels, as an added number does."
        ),
        "multiplied by the temperature": (
            "Believes that a higher temperature makes the answers more extreme."
        ),
        "temperature after the exponential": (
            "Believes that dividing probabilities is the same as dividing logits."
        ),
        "temperature rounded (hidden)": "Believes that a temperature is a whole number.",
    },
    "predict": {
        "along the batch": "Believes that dimension 0 runs over the classes.",
        "probabilities instead of classes": (
            "Believes that the answer is how large the maximum is, not where."
        ),
        "threshold on the logit": "Believes that logits are already probabilities.",
        "never unsure": "Believes that a classifier always has to answer.",
        "margin to the second": (
            "Believes that being sure means being far ahead of the second class."
        ),
        "unsure rows dropped": "Believes that a row without an answer has no place.",
        "unsure on the boundary": "Believes that below and not above are the same.",
        "threshold of the example (hidden)": (
            "Believes that there is one threshold, that of the example."
        ),
    },
    "cross_entropy": {
        "logits changed in place": "Believes that nobody needs the logits any more.",
        "ready-made": "Believes that a class of the library is not its function.",
        "log_softmax": "Believes that only functions with a similar name are excluded.",
        "sum over the batch": "Believes that the loss of a batch is the sum of its losses.",
        "mean over all entries": (
            "Believes that `mean` of a matrix is the mean over its rows."
        ),
        "one loss per image": "Believes that a loss has one number for each image.",
        "no minus": "Believes that logarithms of probabilities are positive.",
        "logarithm of softmax": (
            "Believes that a stable softmax makes its logarithm stable, too."
        ),
        "small constant in the logarithm": (
            "Believes that a tiny constant keeps infinity away at no cost."
        ),
        "softmax twice": "Believes that the formula expects probabilities, not logits.",
        "only the likeliest class": "Believes that a target is always one class.",
        "one maximum for the batch": "Believes that one maximum serves all rows.",
        "maximum never below 0": "Believes that only positive logits are dangerous.",
        "maximum subtracted in the sum only": (
            "Believes that what is subtracted inside a logarithm cancels by itself."
        ),
        "exponentials of the logits": (
            "Believes that the logarithm takes back what the exponential overflowed."
        ),
        "log-sum-exp over the batch": "Believes that dimension 0 runs over the classes.",
        "decimal logarithm": "Believes that all logarithms are the same.",
        "targets changed in place": "Believes that `Y *= …` leaves the caller's Y alone.",
        "whole logits (hidden)": (
            "Believes that logits are whole numbers, as in the examples."
        ),
    },
    "evaluate": {
        "batches times batch size": "Believes that all batches are as long as the first.",
        "mean of the batch losses": (
            "Believes that a mean of means is the mean of everything."
        ),
        "mean of the batch accuracies": (
            "Believes that every batch counts alike, however short it is."
        ),
        "drops the short batch": (
            "Believes that a batch that is not full spoils the result."
        ),
        "sum of the batch means over the examples": (
            "Believes that `F.cross_entropy` returns a sum."
        ),
        "nothing returned": "Believes that a loop leaves its results behind.",
        "the bias is forgotten": "Believes that a linear model is its matrix.",
        "only the last batch may be shorter": (
            "Believes that all batches but the last have one size."
        ),
        "first the accuracy": "Believes that the order of two results does not matter.",
        "two classes (hidden)": "Believes that there are two classes, as in the example.",
    },
    "gradients": {
        "autograd": "Believes that any way to the right numbers will do.",
        "target minus prediction": (
            "Believes that the gradient points to where the loss falls."
        ),
        "not divided by n": "Believes that a gradient sums over the batch.",
        "transposed": "Believes that gradients have a row for each class.",
        "divided by n twice for b": (
            "Believes that each gradient needs a mean of its own."
        ),
        "sum over the classes for b": (
            "Mixes up which dimension counts examples and which counts classes."
        ),
        "penalty twice": "Overlooks that the half in front cancels the exponent 2.",
        "penalty divided by n": "Believes that the penalty belongs to each image.",
        "bias penalized": "Believes that weight decay acts on every parameter.",
        "the bias is forgotten": "Believes that the biases cancel in softmax.",
        "targets changed in place": "Believes that nobody needs the targets again.",
        "four images taken for granted (hidden)": (
            "Takes a number of the example for a constant of the formula."
        ),
    },
    "test_loss": {
        "a verdict in place of an error": (
            "Believes that a test returns whether it has passed."
        ),
        "printed": "Believes that a test is read by a person who watches it.",
        "only its sign": "Believes that a loss that is positive is a loss.",
        "equal logits": ("Believes that one example with a known result is enough."),
        "one image": "Believes that a batch is many times the same.",
        "as many images as classes": (
            "Believes that square inputs are as good as any others."
        ),
        "labels that are the likeliest": (
            "Tests with a model that is right, and never with a wrong answer."
        ),
        "small logits only": "Believes that what holds for small logits holds for large.",
        "that it is finite": "Believes that a finite number is a right number.",
        "equal to the last digit": (
            "Believes that two right programs return the same digits."
        ),
        "a sum expected": "Believes that the loss of a batch is a sum.",
        "large logits on one side": (
            "Believes that only large positive logits are dangerous."
        ),
        "large logits one image at a time": (
            "Believes that what holds for each image alone holds for a batch."
        ),
        "four classes (hidden)": "Believes that one number of classes stands for all.",
    },
}

UNUSUAL = {
    "one_hot": {
        "loops": """
def one_hot(y, num_classes):
    return torch.tensor(
        [[float(label == k) for k in range(num_classes)] for label in y.tolist()]
    )
""",
        "a comparison, in 64 bits": """
def one_hot(y, num_classes):
    return torch.eq(y.unsqueeze(-1), torch.arange(num_classes)).double()
""",
        "scatter": """
def one_hot(y, num_classes):
    return torch.zeros(len(y), num_classes).scatter_(1, y[:, None], 1.0)
""",
        "class": """
class OneHot:
    def __call__(self, y, num_classes):
        return torch.eye(num_classes).index_select(0, y)

one_hot = OneHot()
""",
    },
    "softmax": {
        "NumPy": """
import numpy as np

def softmax(Z, temperature=1.0):
    exp_Z = np.exp((Z.numpy() - Z.numpy().max(axis=1, keepdims=True)) / temperature)
    return torch.from_numpy(exp_Z / exp_Z.sum(axis=1, keepdims=True))
""",
        "loops": """
import math

def softmax(Z, temperature=1.0):
    P = []
    for row in Z.tolist():
        e = [math.exp((z - max(row)) / temperature) for z in row]
        P.append([x / sum(e) for x in e])
    return torch.tensor(P)
""",
        "float64": """
def softmax(Z, temperature=1.0):
    Z = Z.double()
    exp_Z = ((Z - Z.amax(dim=1, keepdim=True)) / temperature).exp()
    return exp_Z / exp_Z.sum(dim=1, keepdim=True)
""",
        "module": """
class Layer(torch.nn.Module):
    def forward(self, Z, temperature=1.0):
        Z = Z / temperature
        return (Z - Z.logsumexp(1, keepdim=True)).exp()
softmax = Layer()
""",
        "class": """
class softmax:
    def __new__(cls, Z, temperature=1.0):
        Z = Z / temperature
        return (Z - Z.logsumexp(1, keepdim=True)).exp()
""",
        "lambda": """
softmax = lambda Z, temperature=1.0: (
    (Z / temperature) - (Z / temperature).logsumexp(1, keepdim=True)).exp()
""",
        "recursion": """
def softmax(Z, temperature=1.0):
    if len(Z) > 1:
        return torch.cat([softmax(row[None], temperature) for row in Z])
    return (Z / temperature - torch.logsumexp(Z / temperature, dim=1)).exp()
""",
        "by the differences of logits": """
def softmax(Z, temperature=1.0):
    Z = Z.double() / temperature
    return 1 / (Z[:, None, :] - Z[:, :, None]).exp().sum(dim=2)
""",
    },
    "predict": {
        "classes of 32 bits": """
def predict(Z, at_least=0.0):
    P = torch.softmax(Z, 1)
    answers = torch.where(P.amax(1) < at_least, -1, P.argmax(1))
    return answers.int()
""",
        "loops": """
def predict(Z, at_least=0.0):
    answers = []
    for row in Z:
        P = torch.softmax(row, dim=0)
        answers += [int(P.argmax()) if P.max() >= at_least else -1]
    return torch.tensor(answers)
""",
        "NumPy": """
import numpy as np

def predict(Z, at_least=0.0):
    P = softmax(Z).numpy()
    best = P.argmax(axis=1)
    sure = np.take_along_axis(P, best[:, None], 1)[:, 0] >= at_least
    return torch.from_numpy(best * sure - ~sure * 1)
""",
    },
    "cross_entropy": {
        "loops": """
import math

def cross_entropy(Z, Y):
    total = 0.0
    for z, y in zip(Z.tolist(), Y.tolist()):
        top = max(z)
        log_sum = top + math.log(sum(math.exp(a - top) for a in z))
        total += sum(share * (log_sum - a) for share, a in zip(y, z))
    return torch.tensor(total / len(Z))
""",
        "einsum and float64": """
def cross_entropy(Z, Y):
    Z, Y = Z.double(), Y.double()
    log_P = Z - Z.logsumexp(1, keepdim=True)
    return -torch.einsum("ij,ij->", Y, log_P) / Z.size(0)
""",
        "a helper in another cell": (
            """
def cross_entropy(Z, Y):
    return (log_sum(Z) - (Y * Z).sum(dim=1)).mean()
""",
            ["def log_sum(Z):\n    return torch.logsumexp(Z, dim=1)"],
        ),
    },
    "evaluate": {
        "all examples at once": """
def evaluate(W, b, batches):
    X, y = (torch.cat(parts) for parts in zip(*batches))
    Z = torch.addmm(b, X, W)
    return F.cross_entropy(Z, y), (Z.argmax(1) == y).double().mean()
""",
        "both in one tensor": """
def evaluate(W, b, batches):
    Z, y = (torch.cat(parts) for parts in zip(*[(X @ W + b, y) for X, y in batches]))
    right = (Z.argmax(1) == y).float()
    return torch.stack([F.cross_entropy(Z, y), right.mean()])
""",
        "a running mean, recursively": """
def evaluate(W, b, batches):
    (X, y), *others = batches
    losses = F.cross_entropy(X @ W + b, y, reduction="none").double()
    right = ((X @ W + b).argmax(dim=1) == y).double()
    if not others:
        return losses.mean().item(), right.mean().item()
    loss, accuracy = evaluate(W, b, others)
    share = len(y) / (len(y) + sum(len(labels) for _, labels in others))
    return (
        share * losses.mean().item() + (1 - share) * loss,
        share * right.mean().item() + (1 - share) * accuracy,
    )
""",
    },
    "gradients": {
        "einsum": """
def gradients(X, Y, W, b, weight_decay):
    Z = torch.einsum('np,pk->nk', X, W) + b
    dZ = ((Z - Z.logsumexp(1, keepdim=True)).exp() - Y) / len(X)
    return torch.einsum('np,nk->pk', X, dZ) + weight_decay * W, dZ.sum(0)
""",
        "loops over the images": """
def gradients(X, Y, W, b, weight_decay):
    dW, db = weight_decay * W.clone(), torch.zeros_like(b)
    for x, y in zip(X, Y):
        error = (torch.softmax(x @ W + b, dim=0) - y) / len(X)
        dW += torch.outer(x, error)
        db += error
    return dW, db
""",
    },
    "test_loss": {
        "errors of its own, by plain Python": """
import math

def test_loss(loss):
    def truth(rows, labels):
        total = 0.0
        for row, label in zip(rows, labels):
            total += math.log(sum(math.exp(z - max(row)) for z in row))
            total += max(row) - row[label]
        return total / len(rows)

    for rows, labels in [
        ([[1.0, 2.5, -1.0], [0.5, 0.0, 3.0]], [2, 0]),
        ([[float(j * i % 7) for j in range(13)] for i in range(4)], [12, 3, 7, 1]),
        ([[0.0, 4000.0, 1.0], [-4000.0, -4004.0, -4001.0]], [2, 1]),
    ]:
        found = float(loss(torch.tensor(rows), torch.tensor(labels)))
        if not math.isclose(found, truth(rows, labels), rel_tol=1e-3):
            raise ValueError(f"{found} for {rows}")
""",
        "a class that asks torch.testing": """
class Test:
    shapes = [(5, 3), (2, 20), (1, 2)]

    def __call__(self, loss):
        for n, k in self.shapes:
            y = torch.randint(k, (n,))
            for scale, shift in [(1, 0), (2000, 0), (4, 9000), (4, -9000)]:
                Z = scale * torch.randn(n, k) + shift
                torch.testing.assert_close(
                    loss(Z, y), F.cross_entropy(Z, y),
                    rtol=1e-3, atol=1e-3, check_dtype=False,
                )

test_loss = Test()
""",
    },
}

EQUIVALENT = {
    "softmax": {
        "return exp_Z / exp_Z.sum(dim=1, keepdim=True) => return exp_Z / exp_Z.sum(dim=-1, keepdim=True)": (
            "exp_Z has two dimensions, so 1 and -1 are the same one."
        ),
        "exp_Z = ((Z - Z.amax(dim=1, keepdim=True)) / temperature).exp() => exp_Z = ((Z - Z.amax(dim=-1, keepdim=True)) / temperature).exp()": (
            "Z has two dimensions, so 1 and -1 are the same one."
        ),
    },
    "predict": {
        "def predict(Z, at_least=0.0): => def predict(Z, at_least=-1.0):": (
            "No probability is below 0, and none below -1."
        ),
        "answers = Z.argmax(dim=1) => answers = Z.argmax(dim=-1)": (
            "Z has two dimensions, so 1 and -1 are the same one."
        ),
        "answers[softmax(Z).amax(dim=1) < at_least] = -1 => answers[softmax(Z).amax(dim=-1) < at_least] = -1": (
            "The probabilities have two dimensions, so 1 and -1 are the same one."
        ),
    },
    "cross_entropy": {
        "shifted = Z - Z.amax(dim=1, keepdim=True) => shifted = Z - Z.amax(dim=-1, keepdim=True)": (
            "Z has two dimensions, so 1 and -1 are the same one."
        ),
        "log_P = shifted - shifted.exp().sum(dim=1, keepdim=True).log() => log_P = shifted - shifted.exp().sum(dim=-1, keepdim=True).log()": (
            "The exponentials have two dimensions, so 1 and -1 are the same one."
        ),
        "return -(Y * log_P).sum(dim=1).mean() => return -(Y * log_P).sum(dim=-1).mean()": (
            "The products have two dimensions, so 1 and -1 are the same one."
        ),
    },
    "evaluate": {
        "loss_sum, correct, count = (0.0, 0, 0) => loss_sum, correct, count = (0, 0.0, 0)": (
            "A sum may begin with 0 or 0.0."
        ),
        "loss_sum += F.cross_entropy(Z, y).item() * len(y) / correct += (Z.argmax(dim=1) == y).sum().item() => correct += (Z.argmax(dim=1) == y).sum().item() / loss_sum += F.cross_entropy(Z, y).item() * len(y)": (
            "The two sums have nothing to do with each other."
        ),
        "correct += (Z.argmax(dim=1) == y).sum().item() / count += len(y) => count += len(y) / correct += (Z.argmax(dim=1) == y).sum().item()": (
            "The two sums have nothing to do with each other."
        ),
        "correct += (Z.argmax(dim=1) == y).sum().item() => correct += (Z.argmax(dim=1) == y).sum()": (
            "A tensor with one number is a number."
        ),
        "loss_sum += F.cross_entropy(Z, y).item() * len(y) => loss_sum += F.cross_entropy(Z, y) * len(y)": (
            "A tensor with one number is a number."
        ),
        "correct += (Z.argmax(dim=1) == y).sum().item() => correct += (Z.argmax(dim=-1) == y).sum().item()": (
            "Z has two dimensions, so 1 and -1 are the same one."
        ),
    },
}

# Inputs of the same kind show the same mistakes.
SHAPES = "for n, k in [(7, 4), (3, 12)]:"
SCALES = "for scale, shift in [(3, 0), (2000, 0), (3, -9000)]:"
EQUIVALENT["test_loss"] = {
    f"{line} => {line.replace(old, new)}": "Other inputs of the same kind will do."
    for line, old, others in (
        (SHAPES, "(7, 4)", ["(4, 7)", "(8, 4)", "(6, 4)", "(7, 5)", "(7, 3)"]),
        (SHAPES, "(3, 12)", ["(4, 12)", "(2, 12)", "(3, 13)", "(3, 11)"]),
        (
            SCALES,
            "(3, 0)",
            ["(0, 3)", "(4, 0)", "(2, 0)", "(-3, 0)", "(3, 1)", "(3, -1)"],
        ),
        (
            SCALES,
            "(2000, 0)",
            ["(2001, 0)", "(1999, 0)", "(-2000, 0)", "(2000, 1)", "(2000, -1)"],
        ),
        (
            SCALES,
            "(3, -9000)",
            [
                "(4, -9000)",
                "(2, -9000)",
                "(-3, -9000)",
                "(3, -9001)",
                "(3, -8999)",
            ],
        ),
    )
    for new in others
} | {
    "Z = shift + scale * torch.randn(n, k) => Z = shift - scale * torch.randn(n, k)": (
        "Normal random numbers are as often negative as positive."
    ),
    "assert abs(loss(Z, y) - truth) <= 0.001 * truth => assert abs(loss(Z, y) - truth) < 0.001 * truth": (
        "No difference is exactly as large as the tolerance."
    ),
    "assert abs(loss(Z, y) - truth) <= 0.001 * truth => assert abs(loss(Z, y) - truth) <= 0.001": (
        "Right implementations differ by less than that here."
    ),
}

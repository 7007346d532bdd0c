"""Right answers that are not the key's, to the longer exercises.

RIGHT[set][exercise][what is unusual] is the answer cell. All of them have to get full
marks, in the notebook and in class.
"""

RIGHT = {
    "05_activations": {
        "test_slopes": {
            "number by number, by Python": """
def test_slopes(activation):
    value = lambda z: float(activation(torch.tensor([z], dtype=torch.float64))[0])
    for step in range(-40, 41):
        z, e = step / 3 + 0.003, 1e-5
        slope = float(activation(torch.tensor([z], dtype=torch.float64))[1])
        rise = (value(z + e) - value(z - e)) / (2 * e)
        if not math.isclose(slope, rise, rel_tol=1e-3, abs_tol=1e-5):
            raise ValueError(f"{z}: {slope} instead of {rise}")
""",
            "adds the slopes up": """
def test_slopes(activation):
    Z = torch.linspace(-15, 15, 60001, dtype=torch.float64)
    H, slopes = activation(Z)
    area = torch.cumulative_trapezoid(slopes + 0 * Z, Z)
    assert (area - (H[1:] - H[0])).abs().max() < 1e-3
""",
        },
    },
    "04_training": {
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
def classify(X, y, X_new):
    images = X.reshape(-1, 28, 28)
    moves = [(a, b) for a in (-1, 0, 1) for b in (-1, 0, 1)]
    many = torch.cat([images.roll(move, (1, 2)).flatten(1) for move in moves])
    near = torch.cdist(X_new, many).argmin(dim=1)
    return y.repeat(len(moves))[near].int()
""",
        },
    },
}

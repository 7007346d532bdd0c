"""Wrong answers to exercise set 8: what a learner may write, and what it is told.

WRONG[exercise][mistake] is the answer cell and a pattern of the check's message. A
mistake whose name ends in "(hidden)" passes the checks that learners see.
BELIEFS[exercise][mistake] is what a learner thinks who writes it.

UNUSUAL[exercise][what] is a right answer that looks unlike the key's: the answer cell,
or a pair of it and of cells of the learner's own that stand above it.

EQUIVALENT[exercise][change] says why a change of the key's answer that
`tests/benchmarks/mutants.py` makes leaves the answer right.
"""

AVERAGED = """
def train_averaged(start, batches, lr, num_epochs, share):
    weights, mean = list(start), list(start)
    velocity = [torch.zeros_like(w) for w in start]
    step, num_steps, log = 0, num_epochs * len(batches), []
    for epoch in range(num_epochs):
        losses = []
        for X, y in batches:
            rate = lr * (1 + math.cos(math.pi * step / num_steps)) / 2
            step += 1
            given = [w.clone().requires_grad_() for w in weights]
            W1, b1, W2, b2 = given
            loss = F.cross_entropy(torch.relu(X @ W1 + b1) @ W2 + b2, y)
            for i, g in enumerate(torch.autograd.grad(loss, given)):
                velocity[i] = 0.9 * velocity[i] + g
                weights[i] = weights[i] - rate * velocity[i]
                mean[i] = mean[i] + share * (weights[i] - mean[i])
            losses.append(loss.item())
        log.append(sum(losses) / len(losses))
    return weights, mean, log
"""
CYCLE = """
def one_cycle(step, total, warmup, max_lr):
    if step <= warmup:
        a, b, x = max_lr / 25, max_lr, step / warmup
        return b + (a - b) * (1 + math.cos(math.pi * x)) / 2
    a, b = max_lr, max_lr / 250_000
    x = (step - warmup) / (total - 1 - warmup)
    return b + (a - b) * (1 + math.cos(math.pi * x)) / 2
"""
ADAM = """
def optimize(gradient, start):
    w, m, s = start, torch.zeros_like(start), torch.zeros_like(start)
    for t in range(1, 401):
        g = gradient(w, 25)
        m, s = 0.9 * m + 0.1 * g, 0.99 * s + 0.01 * g**2
        m_hat, s_hat = m / (1 - 0.9**t), s / (1 - 0.99**t)
        lr = 0.05 * (1 - t / 400)
        w = w - lr * m_hat / (s_hat.sqrt() + 1e-8)
    return w
"""


def changed(answer, *changes):
    """An answer in which some words are others."""
    for old, new in changes:
        assert answer.count(old) == 1, old
        answer = answer.replace(old, new)
    return answer


MEAN = "mean[i] + share * (weights[i] - mean[i])"

WRONG = {
    "stable_rate": {
        "a sum in place of the mean": (
            """
def stable_rate(X, weight_decay=0.0):
    curvatures = torch.linalg.eigvalsh(X.T @ X) + weight_decay
    return (2 / curvatures[-1]).item(), (curvatures[-1] / curvatures[0]).item()
""",
            r"divided by the number of examples",
        ),
        "singular values": (
            """
def stable_rate(X, weight_decay=0.0):
    s = torch.linalg.svdvals(X) + weight_decay
    return (2 / s[0]).item(), (s[0] / s[-1]).item()
""",
            r"you use the singular values of X, or",
        ),
        "one in place of two": (
            """
def stable_rate(X, weight_decay=0.0):
    curvatures = torch.linalg.eigvalsh(X.T @ X / len(X)) + weight_decay
    return (1 / curvatures[-1]).item(), (curvatures[-1] / curvatures[0]).item()
""",
            r"at 1 / λ one step ends in the middle",
        ),
        "the flattest direction": (
            """
def stable_rate(X, weight_decay=0.0):
    curvatures = torch.linalg.eigvalsh(X.T @ X / len(X)) + weight_decay
    return (2 / curvatures[0]).item(), (curvatures[0] / curvatures[-1]).item()
""",
            r"steepest direction limits the rate, not the flattest",
        ),
        "the diagonal": (
            """
def stable_rate(X, weight_decay=0.0):
    curvatures = (X.T @ X / len(X)).diagonal() + weight_decay
    return (2 / curvatures.max()).item(), (
        curvatures.max() / curvatures.min()
    ).item()
""",
            r"diagonal of X\.T @ X / n alone",
        ),
        "transposed": (
            """
def stable_rate(X, weight_decay=0.0):
    curvatures = torch.linalg.eigvalsh(X @ X.T / len(X)) + weight_decay
    low = curvatures[0].abs().clamp(min=1e-12)
    return (2 / curvatures[-1]).item(), (curvatures[-1] / low).item()
""",
            r"X @ X\.T has n curvatures, most of them 0",
        ),
        "upside down": (
            """
def stable_rate(X, weight_decay=0.0):
    curvatures = torch.linalg.eigvalsh(X.T @ X / len(X)) + weight_decay
    return (2 / curvatures[-1]).item(), (curvatures[0] / curvatures[-1]).item()
""",
            r"condition number: expected 4, got 0.25.*largest curvature divided",
        ),
        "penalty ignored": (
            """
def stable_rate(X, weight_decay=0.0):
    curvatures = torch.linalg.eigvalsh(X.T @ X / len(X))
    return (2 / curvatures[-1]).item(), (curvatures[-1] / curvatures[0]).item()
""",
            r"the penalty is curved as well",
        ),
        "penalty twice": (
            """
def stable_rate(X, weight_decay=0.0):
    curvatures = torch.linalg.eigvalsh(X.T @ X / len(X)) + 2 * weight_decay
    return (2 / curvatures[-1]).item(), (curvatures[-1] / curvatures[0]).item()
""",
            r"its curvature is λ, not 2λ",
        ),
        "penalty divided by n": (
            """
def stable_rate(X, weight_decay=0.0):
    A = X.T @ X + weight_decay * torch.eye(X.shape[1])
    curvatures = torch.linalg.eigvalsh(A / len(X))
    return (2 / curvatures[-1]).item(), (curvatures[-1] / curvatures[0]).item()
""",
            r"you divide the penalty by n",
        ),
        "penalty on the steepest alone": (
            """
def stable_rate(X, weight_decay=0.0):
    curvatures = torch.linalg.eigvalsh(X.T @ X / len(X))
    high = curvatures[-1] + weight_decay
    return (2 / high).item(), (high / curvatures[0]).item()
""",
            r"expected 2.5, got 5.*lifts the smallest curvature, too",
        ),
        "two inputs taken for granted": (
            """
def stable_rate(X, weight_decay=0.0):
    curvatures = torch.linalg.eigvalsh(X.T @ X / len(X)) + weight_decay
    return (2 / curvatures[1]).item(), (curvatures[1] / curvatures[0]).item()
""",
            r"three weights with the curvatures 3, 12 and 0.75: .*largest and the smallest of all",
        ),
        "eigenvalues as they come": (
            """
def stable_rate(X, weight_decay=0.0):
    curvatures = torch.linalg.eigvals(X.T @ X / len(X)).real + weight_decay
    low, high = sorted([curvatures[0].item(), curvatures[-1].item()])
    return 2 / high, high / low
""",
            r"`eigvalsh` sorts eigenvalues, `eigvals` doesn't",
        ),
        "all curvatures added": (
            """
def stable_rate(X, weight_decay=0.0):
    curvatures = torch.linalg.eigvalsh(X.T @ X / len(X)) + weight_decay
    return 2 / curvatures.sum().item(), (curvatures[-1] / curvatures[0]).item()
""",
            r"got 0.1: you add up the curvatures of all directions",
        ),
        "length of the matrix": (
            """
def stable_rate(X, weight_decay=0.0):
    A = X.T @ X / len(X) + weight_decay * torch.eye(X.shape[1])
    return 2 / A.norm().item(), torch.linalg.cond(A).item()
""",
            r"length of the matrix \(its Frobenius norm\)",
        ),
        "condition of the inputs": (
            """
def stable_rate(X, weight_decay=0.0):
    curvatures = torch.linalg.eigvalsh(X.T @ X / len(X)) + weight_decay
    return (2 / curvatures[-1]).item(), torch.linalg.cond(X).item()
""",
            r"got 2: that is the ratio of the singular values",
        ),
        "ten steps of the power method (hidden)": (
            """
def stable_rate(X, weight_decay=0.0):
    A = X.T @ X / len(X) + weight_decay * torch.eye(X.shape[1], dtype=X.dtype)

    def largest(M):
        v = torch.arange(1, len(M) + 1, dtype=M.dtype)
        for _ in range(10):
            v = M @ v
            v = v / v.norm()
        return (v @ M @ v).item()

    high, low = largest(A), 1 / largest(torch.linalg.inv(A))
    return 2 / high, high / low
""",
            r"the (rate|condition number) for \d+ × \d+ random inputs",
        ),
        "ones in place of the identity": (
            """
def stable_rate(X, weight_decay=0.0):
    A = X.T @ X / len(X) + weight_decay * torch.ones(X.shape[1], X.shape[1])
    curvatures = torch.linalg.eigvalsh(A)
    return (2 / curvatures[-1]).item(), (curvatures[-1] / curvatures[0]).item()
""",
            r"you add λ to every entry of the matrix",
        ),
        "half of the penalty": (
            """
def stable_rate(X, weight_decay=0.0):
    A = X.T @ X / len(X) + weight_decay / 2 * torch.eye(X.shape[1])
    curvatures = torch.linalg.eigvalsh(A)
    return (2 / curvatures[-1]).item(), (curvatures[-1] / curvatures[0]).item()
""",
            r"second derivative of λ/2 · w² is λ, not λ/2",
        ),
        "a mean over all entries": (
            """
def stable_rate(X, weight_decay=0.0):
    curvatures = torch.linalg.eigvalsh(X.T @ X / X.numel()) + weight_decay
    return (2 / curvatures[-1]).item(), (curvatures[-1] / curvatures[0]).item()
""",
            r"or divide by the number of its entries",
        ),
    },
    "momentum_step": {
        "a running mean": (
            """
def momentum_step(w, g, v, lr, beta=0.9, nesterov=False):
    v = beta * v + (1 - beta) * g
    return w - lr * (g + beta * v if nesterov else v), v
""",
            r"you take a running mean",
        ),
        "learning rate in the velocity": (
            """
def momentum_step(w, g, v, lr, beta=0.9, nesterov=False):
    v = beta * v + lr * g
    return w - (lr * g + beta * v if nesterov else v), v
""",
            r"learning rate is not part of the velocity: it multiplies",
        ),
        "velocity downhill": (
            """
def momentum_step(w, g, v, lr, beta=0.9, nesterov=False):
    v = beta * v - lr * g
    return w + (beta * v - lr * g if nesterov else v), v
""",
            r"the minus belongs to the step",
        ),
        "nothing forgotten": (
            """
def momentum_step(w, g, v, lr, beta=0.9, nesterov=False):
    v = v + g
    return w - lr * (g + beta * v if nesterov else v), v
""",
            r"beta has no effect",
        ),
        "old velocity": (
            """
def momentum_step(w, g, v, lr, beta=0.9, nesterov=False):
    return w - lr * v, beta * v + g
""",
            r"your step uses the old velocity",
        ),
        "uphill": (
            """
def momentum_step(w, g, v, lr, beta=0.9, nesterov=False):
    v = beta * v + g
    return w + lr * (g + beta * v if nesterov else v), v
""",
            r"your step goes uphill",
        ),
        "no momentum": (
            """
def momentum_step(w, g, v, lr, beta=0.9, nesterov=False):
    return w - lr * g, beta * v + g
""",
            r"your step ignores the velocity",
        ),
        "Nesterov with the old velocity": (
            """
def momentum_step(w, g, v, lr, beta=0.9, nesterov=False):
    new = beta * v + g
    return w - lr * (g + beta * v if nesterov else new), new
""",
            r"nesterov=True changes nothing\. .*with the old one",
        ),
        "the look ahead is kept": (
            """
def momentum_step(w, g, v, lr, beta=0.9, nesterov=False):
    v = beta * v + g
    if nesterov:
        v = g + beta * v
    return w - lr * v, v
""",
            r"the velocity with nesterov=True: .*Only the step looks ahead",
        ),
        "in place": (
            """
def momentum_step(w, g, v, lr, beta=0.9, nesterov=False):
    v *= beta
    v += g
    return w - lr * (g + beta * v if nesterov else v), v
""",
            r"changes a tensor it is given",
        ),
        "results swapped": (
            """
def momentum_step(w, g, v, lr, beta=0.9, nesterov=False):
    v = beta * v + g
    return v, w - lr * (g + beta * v if nesterov else v)
""",
            r"have changed places: weights first",
        ),
        "beta fixed": (
            """
def momentum_step(w, g, v, lr, beta=0.9, nesterov=False):
    v = 0.9 * v + g
    return w - lr * (g + 0.9 * v if nesterov else v), v
""",
            r"the velocity with beta=0.5, nesterov=False: .*Is 0.9 written",
        ),
        "no memory": (
            """
def momentum_step(w, g, v, lr, beta=0.9, nesterov=False):
    v = g
    return w - lr * (g + beta * v if nesterov else v), v
""",
            r"your velocity is the gradient alone",
        ),
        "beta on the gradient": (
            """
def momentum_step(w, g, v, lr, beta=0.9, nesterov=False):
    v = v + beta * g
    return w - lr * (g + beta * v if nesterov else v), v
""",
            r"beta multiplies the old velocity, not the gradient",
        ),
        "rate on the gradient alone": (
            """
def momentum_step(w, g, v, lr, beta=0.9, nesterov=False):
    v = beta * v + g
    if nesterov:
        return w - lr * g - beta * v, v
    return w - lr * v, v
""",
            r"learning rate multiplies the whole step, g \+ βv",
        ),
        "gradient counted twice": (
            """
def momentum_step(w, g, v, lr, beta=0.9, nesterov=False):
    v = beta * v + g
    return w - lr * (v + beta * v if nesterov else v), v
""",
            r"look ahead from the velocity: the gradient is counted twice",
        ),
        "weights alone": (
            """
def momentum_step(w, g, v, lr, beta=0.9, nesterov=False):
    v = beta * v + g
    return w - lr * (g + beta * v if nesterov else v)
""",
            r"expected w and v, got a Tensor of shape \(2,\)",
        ),
        "two weights taken for granted (hidden)": (
            """
def momentum_step(w, g, v, lr, beta=0.9, nesterov=False):
    v = torch.stack([beta * v[i] + g[i] for i in range(2)])
    return w - lr * (g + beta * v if nesterov else v), v
""",
            r"the check stopped with RuntimeError|your code raised RuntimeError|weights after 5 random steps",
        ),
        "a look ahead without brackets": (
            """
def momentum_step(w, g, v, lr, beta=0.9, nesterov=False):
    v = beta * v + g
    if nesterov:
        return w - lr * g + beta * v, v
    return w - lr * v, v
""",
            r"put brackets around the step",
        ),
        "a look ahead without the gradient": (
            """
def momentum_step(w, g, v, lr, beta=0.9, nesterov=False):
    v = beta * v + g
    if nesterov:
        return w - lr * beta * v, v
    return w - lr * v, v
""",
            r"the gradient is missing in the step",
        ),
    },
    "one_cycle": {
        "straight rise": (
            """
def one_cycle(step, total, warmup, max_lr):
    low, end = max_lr / 25, max_lr / 250_000
    if step <= warmup:
        return low + (max_lr - low) * step / warmup
    x = (step - warmup) / (total - 1 - warmup)
    return end + (max_lr - end) * (1 + math.cos(math.pi * x)) / 2
""",
            r"your rise is a straight line",
        ),
        "straight fall": (
            """
def one_cycle(step, total, warmup, max_lr):
    if step <= warmup:
        a, b, x = max_lr / 25, max_lr, step / warmup
        return b + (a - b) * (1 + math.cos(math.pi * x)) / 2
    x = (step - warmup) / (total - 1 - warmup)
    return max_lr + (max_lr / 250_000 - max_lr) * x
""",
            r"your fall is a straight line",
        ),
        "the last step is total": (
            """
def one_cycle(step, total, warmup, max_lr):
    if step <= warmup:
        a, b, x = max_lr / 25, max_lr, step / warmup
    else:
        a, b = max_lr, max_lr / 250_000
        x = (step - warmup) / (total - warmup)
    return b + (a - b) * (1 + math.cos(math.pi * x)) / 2
""",
            r"the last step is total - 1: there x must be 1",
        ),
        "a whole wave": (
            """
def one_cycle(step, total, warmup, max_lr):
    if step <= warmup:
        a, b, x = max_lr / 25, max_lr, step / warmup
    else:
        a, b = max_lr, max_lr / 250_000
        x = 2 * (step - warmup) / (total - 1 - warmup)
    return b + (a - b) * (1 + math.cos(math.pi * x)) / 2
""",
            r"half way down the rate is at its end already",
        ),
        "from 0": (
            """
def one_cycle(step, total, warmup, max_lr):
    if step <= warmup:
        a, b, x = 0.0, max_lr, step / warmup
    else:
        a, b = max_lr, max_lr / 250_000
        x = (step - warmup) / (total - 1 - warmup)
    return b + (a - b) * (1 + math.cos(math.pi * x)) / 2
""",
            r"expected 0.02 at step 0, got 0",
        ),
        "to 0": (
            """
def one_cycle(step, total, warmup, max_lr):
    if step <= warmup:
        a, b, x = max_lr / 25, max_lr, step / warmup
    else:
        a, b = max_lr, 0.0
        x = (step - warmup) / (total - 1 - warmup)
    return b + (a - b) * (1 + math.cos(math.pi * x)) / 2
""",
            r"it ends at max_lr / 250,000, not at 0",
        ),
        "back to the beginning": (
            """
def one_cycle(step, total, warmup, max_lr):
    if step <= warmup:
        a, b, x = max_lr / 25, max_lr, step / warmup
    else:
        a, b = max_lr, max_lr / 25
        x = (step - warmup) / (total - 1 - warmup)
    return b + (a - b) * (1 + math.cos(math.pi * x)) / 2
""",
            r"far below the rate at the beginning",
        ),
        "no half": (
            """
def one_cycle(step, total, warmup, max_lr):
    if step <= warmup:
        a, b, x = max_lr / 25, max_lr, step / warmup
        return b + (a - b) * (1 + math.cos(math.pi * x)) / 2
    x = (step - warmup) / (total - 1 - warmup)
    return max_lr * math.cos(math.pi * x)
""",
            r"half a cosine wave is \(1 \+ cos\(πx\)\) / 2",
        ),
        "the peak comes one step late": (
            """
def one_cycle(step, total, warmup, max_lr):
    if step <= warmup:
        a, b, x = max_lr / 25, max_lr, step / (warmup + 1)
    else:
        a, b = max_lr, max_lr / 250_000
        x = (step - warmup - 1) / (total - 2 - warmup)
    return b + (a - b) * (1 + math.cos(math.pi * x)) / 2
""",
            r"the rate at step 4 = warmup.*The rise ends at step `warmup`",
        ),
        "the example's length (hidden)": (
            """
def one_cycle(step, total, warmup, max_lr):
    if step <= warmup:
        a, b, x = max_lr / 25, max_lr, step / warmup
    else:
        a, b = max_lr, max_lr / 250_000
        x = (step - warmup) / 8
    return b + (a - b) * (1 + math.cos(math.pi * x)) / 2
""",
            r"the rate at step \d+ of \d+ with warmup=1",
        ),
        "degrees": (
            """
def one_cycle(step, total, warmup, max_lr):
    if step <= warmup:
        a, b, x = max_lr / 25, max_lr, step / warmup
    else:
        a, b = max_lr, max_lr / 250_000
        x = (step - warmup) / (total - 1 - warmup)
    return b + (a - b) * (1 + math.cos(180 * x)) / 2
""",
            r"`math.cos` takes radians",
        ),
        "rounded down": (
            """
def one_cycle(step, total, warmup, max_lr):
    if step <= warmup:
        a, b, x = max_lr / 25, max_lr, step // warmup
    else:
        a, b = max_lr, max_lr / 250_000
        x = (step - warmup) / (total - 1 - warmup)
    return b + (a - b) * (1 + math.cos(math.pi * x)) / 2
""",
            r"stays at 0.02 and jumps at step `warmup`: `//` rounds down",
        ),
        "rise upside down": (
            """
def one_cycle(step, total, warmup, max_lr):
    if step <= warmup:
        a, b, x = max_lr, max_lr / 25, step / warmup
    else:
        a, b = max_lr, max_lr / 250_000
        x = (step - warmup) / (total - 1 - warmup)
    return b + (a - b) * (1 + math.cos(math.pi * x)) / 2
""",
            r"expected 0.02 at step 0, got 0.5: your rise is upside down",
        ),
        "PyTorch's divisor": (
            """
def one_cycle(step, total, warmup, max_lr):
    if step <= warmup:
        a, b, x = max_lr / 25, max_lr, step / warmup
    else:
        a, b = max_lr, max_lr / 10_000
        x = (step - warmup) / (total - 1 - warmup)
    return b + (a - b) * (1 + math.cos(math.pi * x)) / 2
""",
            r"max_lr / 250,000, not / 10,000",
        ),
        "at the top one step early": (
            changed(
                CYCLE,
                ("step <= warmup", "step < warmup"),
                ("step / warmup", "step / (warmup - 1)"),
            ),
            r"reaches max_lr one step early",
        ),
        "a quarter of a wave": (
            changed(
                CYCLE,
                (
                    "return b + (a - b) * (1 + math.cos(math.pi * x)) / 2\n    a",
                    "return a + (b - a) * math.sin(math.pi / 2 * x)\n    a",
                ),
            ),
            r"fast at the beginning: a quarter of a wave",
        ),
        "a quarter of a wave from its top": (
            changed(
                CYCLE,
                (
                    "(1 + math.cos(math.pi * x)) / 2\n    a",
                    "math.cos(math.pi / 2 * x)\n    a",
                ),
            ),
            r"fast at its end: a quarter of a wave",
        ),
        "the fall upside down": (
            changed(
                CYCLE,
                (
                    "warmup)\n    return b + (a - b) * (1 +",
                    "warmup)\n    return b + (a - b) * (1 -",
                ),
            ),
            r"got 0\.5: your fall is upside down",
        ),
        "a way down of all steps": (
            changed(CYCLE, ("(total - 1 - warmup)", "(total - 1)")),
            r"the way down has total - 1 - warmup steps",
        ),
        "a way down from the first step": (
            changed(
                CYCLE, ("(step - warmup) / (total - 1 - warmup)", "step / (total - 1)")
            ),
            r"the way down begins at step `warmup`",
        ),
    },
    "smooth_losses": {
        "no correction": (
            """
def smooth_losses(rates, losses, beta=0.9):
    m, smooth = 0.0, []
    for loss in losses:
        if not math.isfinite(loss):
            break
        m = beta * m + (1 - beta) * loss
        smooth.append(m)
    return smooth, rates[smooth.index(min(smooth))] / 10
""",
            r"m starts at 0 and is too small at first",
        ),
        "begins with the first loss": (
            """
def smooth_losses(rates, losses, beta=0.9):
    m, smooth = losses[0], []
    for loss in losses:
        if not math.isfinite(loss):
            break
        m = beta * m + (1 - beta) * loss
        smooth.append(m)
    return smooth, rates[smooth.index(min(smooth))] / 10
""",
            r"m = 4 in place of the correction",
        ),
        "corrected mean kept": (
            """
def smooth_losses(rates, losses, beta=0.9):
    m, smooth = 0.0, []
    for t, loss in enumerate(losses, start=1):
        if not math.isfinite(loss):
            break
        m = (beta * m + (1 - beta) * loss) / (1 - beta**t)
        smooth.append(m)
    return smooth, rates[smooth.index(min(smooth))] / 10
""",
            r"got 3\.333: m is to be kept",
        ),
        "exponent stays 1": (
            """
def smooth_losses(rates, losses, beta=0.9):
    m, smooth = 0.0, []
    for loss in losses:
        if not math.isfinite(loss):
            break
        m = beta * m + (1 - beta) * loss
        smooth.append(m / (1 - beta))
    return smooth, rates[smooth.index(min(smooth))] / 10
""",
            r"got 3: the exponent t stays 1",
        ),
        "raw losses": (
            """
def smooth_losses(rates, losses, beta=0.9):
    smooth = [loss for loss in losses if math.isfinite(loss)]
    return smooth, rates[smooth.index(min(smooth))] / 10
""",
            r"got 1: that is the loss itself",
        ),
        "lowest of the raw losses": (
            """
def smooth_losses(rates, losses, beta=0.9):
    m, smooth = 0.0, []
    for t, loss in enumerate(losses, start=1):
        if not math.isfinite(loss):
            break
        m = beta * m + (1 - beta) * loss
        smooth.append(m / (1 - beta**t))
    return smooth, rates[losses.index(min(losses))] / 10
""",
            r"got 0.002: that belongs to the lowest of the raw losses",
        ),
        "not a tenth": (
            """
def smooth_losses(rates, losses, beta=0.9):
    m, smooth = 0.0, []
    for t, loss in enumerate(losses, start=1):
        if not math.isfinite(loss):
            break
        m = beta * m + (1 - beta) * loss
        smooth.append(m / (1 - beta**t))
    return smooth, rates[smooth.index(min(smooth))]
""",
            r"got 0.16: propose a tenth",
        ),
        "a tenth of the loss": (
            """
def smooth_losses(rates, losses, beta=0.9):
    m, smooth = 0.0, []
    for t, loss in enumerate(losses, start=1):
        if not math.isfinite(loss):
            break
        m = beta * m + (1 - beta) * loss
        smooth.append(m / (1 - beta**t))
    return smooth, min(smooth) / 10
""",
            r"tenth of the loss, not of the rate",
        ),
        "goes on behind nan": (
            """
def smooth_losses(rates, losses, beta=0.9):
    m, smooth = 0.0, []
    for t, loss in enumerate(losses, start=1):
        if not math.isfinite(loss):
            continue
        m = beta * m + (1 - beta) * loss
        smooth.append(m / (1 - beta**t))
    return smooth, rates[smooth.index(min(smooth))] / 10
""",
            r"end with nan, 0.5 expected 5 smoothed ones, got 6",
        ),
        "stops at nan alone": (
            """
def smooth_losses(rates, losses, beta=0.9):
    m, smooth = 0.0, []
    for t, loss in enumerate(losses, start=1):
        if math.isnan(loss):
            break
        m = beta * m + (1 - beta) * loss
        smooth.append(m / (1 - beta**t))
    return smooth, rates[smooth.index(min(smooth))] / 10
""",
            r"end with inf, 0.5 expected 5 smoothed ones, got 7",
        ),
        "the rate alone": (
            """
def smooth_losses(rates, losses, beta=0.9):
    m, smooth = 0.0, []
    for t, loss in enumerate(losses, start=1):
        if not math.isfinite(loss):
            break
        m = beta * m + (1 - beta) * loss
        smooth.append(m / (1 - beta**t))
    return rates[smooth.index(min(smooth))] / 10
""",
            r"expected a list of smoothed losses and a rate, got 0.016 \(float\)",
        ),
        "beta of the example": (
            """
def smooth_losses(rates, losses, beta=0.9):
    m, smooth = 0.0, []
    for t, loss in enumerate(losses, start=1):
        if not math.isfinite(loss):
            break
        m = 0.5 * m + 0.5 * loss
        smooth.append(m / (1 - 0.5**t))
    return smooth, rates[smooth.index(min(smooth))] / 10
""",
            r"without the argument `beta` it is 0.9; your result is that of 0.5",
        ),
        "beta for the new loss": (
            """
def smooth_losses(rates, losses, beta=0.9):
    m, smooth = 0.0, []
    for t, loss in enumerate(losses, start=1):
        if not math.isfinite(loss):
            break
        m = (1 - beta) * m + beta * loss
        smooth.append(m / (1 - (1 - beta) ** t))
    return smooth, rates[smooth.index(min(smooth))] / 10
""",
            r"beta is the share of the past that is kept",
        ),
        "highest loss": (
            """
def smooth_losses(rates, losses, beta=0.9):
    m, smooth = 0.0, []
    for t, loss in enumerate(losses, start=1):
        if not math.isfinite(loss):
            break
        m = beta * m + (1 - beta) * loss
        smooth.append(m / (1 - beta**t))
    return smooth, rates[smooth.index(max(smooth))] / 10
""",
            r"got 0.064: that belongs to the highest smoothed loss",
        ),
        "first loss not smoothed in": (
            """
def smooth_losses(rates, losses, beta=0.9):
    m, smooth = 0.0, []
    for t, loss in enumerate(losses):
        if not math.isfinite(loss):
            break
        m = beta * m + (1 - beta) * loss
        smooth.append(m / (1 - beta**t))
    return smooth, rates[smooth.index(min(smooth))] / 10
""",
            r"ZeroDivisionError",
        ),
        "infinity kept": (
            """
def smooth_losses(rates, losses, beta=0.9):
    m, smooth = 0.0, []
    for t, loss in enumerate(losses, start=1):
        m = beta * m + (1 - beta) * loss
        smooth.append(m / (1 - beta**t))
        if not math.isfinite(loss):
            break
    return smooth, rates[smooth.index(min(smooth))] / 10
""",
            r"expected 5 smoothed ones, got 6: stop at the first",
        ),
        "length of the example (hidden)": (
            """
def smooth_losses(rates, losses, beta=0.9):
    m, smooth = 0.0, []
    for t, loss in enumerate(losses[:7], start=1):
        if not math.isfinite(loss):
            break
        m = beta * m + (1 - beta) * loss
        smooth.append(m / (1 - beta**t))
    return smooth, rates[smooth.index(min(smooth))] / 10
""",
            r"the smoothed losses for \d+ random losses",
        ),
    },
    "adam_step": {
        "as published": (
            """
def adam_step(w, g, m, s, t, lr, beta1=0.9, beta2=0.999, eps=1e-8):
    m = beta1 * m + (1 - beta1) * g
    s = beta2 * s + (1 - beta2) * g**2
    m = m / (1 - beta1**t)
    s = s / (1 - beta2**t)
    w = w - lr * m / torch.sqrt(s + eps)
    return w, m, s
""",
            r"the m you return is corrected",
        ),
        "one of two means mended": (
            """
def adam_step(w, g, m, s, t, lr, beta1=0.9, beta2=0.999, eps=1e-8):
    m = beta1 * m + (1 - beta1) * g
    s = beta2 * s + (1 - beta2) * g**2
    m_hat = m / (1 - beta1**t)
    s = s / (1 - beta2**t)
    return w - lr * m_hat / (s.sqrt() + eps), m, s
""",
            r"the s you return is corrected",
        ),
        "eps inside the root": (
            """
def adam_step(w, g, m, s, t, lr, beta1=0.9, beta2=0.999, eps=1e-8):
    m = beta1 * m + (1 - beta1) * g
    s = beta2 * s + (1 - beta2) * g**2
    m_hat, s_hat = m / (1 - beta1**t), s / (1 - beta2**t)
    return w - lr * m_hat / torch.sqrt(s_hat + eps), m, s
""",
            r"expected a step of 0.099, got 0.0010: inside the root",
        ),
        "no correction": (
            """
def adam_step(w, g, m, s, t, lr, beta1=0.9, beta2=0.999, eps=1e-8):
    m = beta1 * m + (1 - beta1) * g
    s = beta2 * s + (1 - beta2) * g**2
    return w - lr * m / (s.sqrt() + eps), m, s
""",
            r"the correction of the means is missing",
        ),
        "no correction of s": (
            """
def adam_step(w, g, m, s, t, lr, beta1=0.9, beta2=0.999, eps=1e-8):
    m = beta1 * m + (1 - beta1) * g
    s = beta2 * s + (1 - beta2) * g**2
    return w - lr * m / (1 - beta1**t) / (s.sqrt() + eps), m, s
""",
            r"the correction of s is missing",
        ),
        "one step ahead": (
            """
def adam_step(w, g, m, s, t, lr, beta1=0.9, beta2=0.999, eps=1e-8):
    m = beta1 * m + (1 - beta1) * g
    s = beta2 * s + (1 - beta2) * g**2
    t = t + 1
    m_hat, s_hat = m / (1 - beta1**t), s / (1 - beta2**t)
    return w - lr * m_hat / (s_hat.sqrt() + eps), m, s
""",
            r"exponent of the correction is t, not t \+ 1",
        ),
        "no root": (
            """
def adam_step(w, g, m, s, t, lr, beta1=0.9, beta2=0.999, eps=1e-8):
    m = beta1 * m + (1 - beta1) * g
    s = beta2 * s + (1 - beta2) * g**2
    m_hat, s_hat = m / (1 - beta1**t), s / (1 - beta2**t)
    return w - lr * m_hat / (s_hat + eps), m, s
""",
            r"you divide by s\. Its root",
        ),
        "gradient not squared": (
            """
def adam_step(w, g, m, s, t, lr, beta1=0.9, beta2=0.999, eps=1e-8):
    m = beta1 * m + (1 - beta1) * g
    s = beta2 * s + (1 - beta2) * g
    m_hat, s_hat = m / (1 - beta1**t), s / (1 - beta2**t)
    return w - lr * m_hat / (s_hat.sqrt() + eps), m, s
""",
            r"running mean of squares: g\*\*2",
        ),
        "betas swapped": (
            """
def adam_step(w, g, m, s, t, lr, beta1=0.9, beta2=0.999, eps=1e-8):
    m = beta2 * m + (1 - beta2) * g
    s = beta1 * s + (1 - beta1) * g**2
    m_hat, s_hat = m / (1 - beta2**t), s / (1 - beta1**t)
    return w - lr * m_hat / (s_hat.sqrt() + eps), m, s
""",
            r"beta1 and beta2 have changed places",
        ),
        "a sum of gradients": (
            """
def adam_step(w, g, m, s, t, lr, beta1=0.9, beta2=0.999, eps=1e-8):
    m = beta1 * m + g
    s = beta2 * s + g**2
    return w - lr * m / (s.sqrt() + eps), m, s
""",
            r"m is a running mean, not a sum",
        ),
        "in place": (
            """
def adam_step(w, g, m, s, t, lr, beta1=0.9, beta2=0.999, eps=1e-8):
    m.mul_(beta1).add_((1 - beta1) * g)
    s.mul_(beta2).add_((1 - beta2) * g**2)
    m_hat, s_hat = m / (1 - beta1**t), s / (1 - beta2**t)
    return w - lr * m_hat / (s_hat.sqrt() + eps), m, s
""",
            r"changes a tensor it is given",
        ),
        "state not returned": (
            """
def adam_step(w, g, m, s, t, lr, beta1=0.9, beta2=0.999, eps=1e-8):
    m = beta1 * m + (1 - beta1) * g
    s = beta2 * s + (1 - beta2) * g**2
    m_hat, s_hat = m / (1 - beta1**t), s / (1 - beta2**t)
    return w - lr * m_hat / (s_hat.sqrt() + eps)
""",
            r"expected w, m and s, got a Tensor of shape \(2,\)",
        ),
        "usual betas": (
            """
def adam_step(w, g, m, s, t, lr, beta1=0.9, beta2=0.999, eps=1e-8):
    m = 0.9 * m + 0.1 * g
    s = 0.999 * s + 0.001 * g**2
    m_hat, s_hat = m / (1 - 0.9**t), s / (1 - 0.999**t)
    return w - lr * m_hat / (s_hat.sqrt() + eps), m, s
""",
            r"m with beta1=0.5: .*Is the usual number written",
        ),
        "eps taken for nothing": (
            """
def adam_step(w, g, m, s, t, lr, beta1=0.9, beta2=0.999, eps=1e-8):
    m = beta1 * m + (1 - beta1) * g
    s = beta2 * s + (1 - beta2) * g**2
    m_hat, s_hat = m / (1 - beta1**t), s / (1 - beta2**t)
    return w - lr * m_hat / (s_hat.sqrt() + 1e-8), m, s
""",
            r"w with t=2, beta1=0.5, beta2=0.75, eps=0.5: .*usual number written",
        ),
        "one step behind": (
            """
def adam_step(w, g, m, s, t, lr, beta1=0.9, beta2=0.999, eps=1e-8):
    m = beta1 * m + (1 - beta1) * g
    s = beta2 * s + (1 - beta2) * g**2
    m_hat = m / (1 - beta1 ** (t - 1))
    s_hat = s / (1 - beta2 ** (t - 1))
    return w - lr * m_hat / (s_hat.sqrt() + eps), m, s
""",
            r"exponent of the correction is t, not t - 1",
        ),
        "beta for the gradient": (
            """
def adam_step(w, g, m, s, t, lr, beta1=0.9, beta2=0.999, eps=1e-8):
    m = (1 - beta1) * m + beta1 * g
    s = (1 - beta2) * s + beta2 * g**2
    m_hat, s_hat = m / (1 - beta1**t), s / (1 - beta2**t)
    return w - lr * m_hat / (s_hat.sqrt() + eps), m, s
""",
            r"beta1 is the share of the past in m",
        ),
        "square of the mean": (
            """
def adam_step(w, g, m, s, t, lr, beta1=0.9, beta2=0.999, eps=1e-8):
    m = beta1 * m + (1 - beta1) * g
    s = beta2 * s + (1 - beta2) * m**2
    m_hat, s_hat = m / (1 - beta1**t), s / (1 - beta2**t)
    return w - lr * m_hat / (s_hat.sqrt() + eps), m, s
""",
            r"squared gradients, not of m squared",
        ),
        "one beta for both corrections": (
            """
def adam_step(w, g, m, s, t, lr, beta1=0.9, beta2=0.999, eps=1e-8):
    m = beta1 * m + (1 - beta1) * g
    s = beta2 * s + (1 - beta2) * g**2
    m_hat, s_hat = m / (1 - beta1**t), s / (1 - beta1**t)
    return w - lr * m_hat / (s_hat.sqrt() + eps), m, s
""",
            r"s is corrected with beta1",
        ),
        "no momentum in the step": (
            """
def adam_step(w, g, m, s, t, lr, beta1=0.9, beta2=0.999, eps=1e-8):
    m = beta1 * m + (1 - beta1) * g
    s = beta2 * s + (1 - beta2) * g**2
    return w - lr * g / ((s / (1 - beta2**t)).sqrt() + eps), m, s
""",
            r"follows the gradient, not its running mean",
        ),
        "two weights taken for granted (hidden)": (
            """
def adam_step(w, g, m, s, t, lr, beta1=0.9, beta2=0.999, eps=1e-8):
    m = beta1 * m + (1 - beta1) * g
    s = beta2 * s + (1 - beta2) * g**2
    m_hat, s_hat = m / (1 - beta1**t), s / (1 - beta2**t)
    new = w.clone()
    for i in range(min(2, len(w))):
        new[i] -= lr * m_hat[i] / (s_hat[i].sqrt() + eps)
    return new, m, s
""",
            r"w after \d+ random steps",
        ),
        "eps outside of the brackets": (
            """
def adam_step(w, g, m, s, t, lr, beta1=0.9, beta2=0.999, eps=1e-8):
    m = beta1 * m + (1 - beta1) * g
    s = beta2 * s + (1 - beta2) * g**2
    m_hat, s_hat = m / (1 - beta1**t), s / (1 - beta2**t)
    return w - lr * m_hat / s_hat.sqrt() + eps, m, s
""",
            r"eps is missing, or outside of the denominator",
        ),
        "no eps": (
            """
def adam_step(w, g, m, s, t, lr, beta1=0.9, beta2=0.999, eps=1e-8):
    m = beta1 * m + (1 - beta1) * g
    s = beta2 * s + (1 - beta2) * g**2
    m_hat, s_hat = m / (1 - beta1**t), s / (1 - beta2**t)
    return w - lr * m_hat / s_hat.sqrt(), m, s
""",
            r"eps is missing, or outside of the denominator",
        ),
    },
    "train_averaged": {
        "as published": (
            """
def train_averaged(start, batches, lr, num_epochs, share):
    return published_averaged(start, batches, lr, num_epochs, share)
""",
            r"the rate of the second is 0: `step / num_epochs` divides steps by",
        ),
        "steps through epochs": (
            changed(AVERAGED, ("step / num_steps", "step / num_epochs")),
            r"the rate of the second is 0: `step / num_epochs` divides steps by",
        ),
        "one rate for an epoch": (
            changed(AVERAGED, ("step / num_steps", "epoch / num_epochs")),
            r"the rate stays the same: it falls from step to step",
        ),
        "steps of one epoch": (
            changed(
                AVERAGED,
                ("step / num_steps", "step / len(batches)"),
                ("losses = []", "losses, step = [], 0"),
            ),
            r"in the second epoch the rate begins again: T is the number of steps",
        ),
        "velocity anew in each epoch": (
            changed(
                AVERAGED,
                (
                    "losses = []",
                    "losses, velocity = [], [torch.zeros_like(w) for w in start]",
                ),
            ),
            r"after the first epoch the velocity begins at 0 again",
        ),
        "no velocity at all": (
            changed(AVERAGED, ("0.9 * velocity[i] + g", "g")),
            r"W1 after three steps",
        ),
        "a second name": (
            changed(
                AVERAGED,
                ("weights, mean = list(start), list(start)", "mean = list(start)"),
                ("velocity = [torch", "weights = mean\n    velocity = [torch"),
            ),
            r"the mean is the same as the weights\. `mean = weights` makes no",
        ),
        "mean from zero": (
            changed(
                AVERAGED,
                ("= list(start), list(start)", "= list(start), [0 * w for w in start]"),
            ),
            r"the means are wrong: they begin at the start",
        ),
        "share of the past": (
            changed(AVERAGED, (MEAN, "share * mean[i] + (1 - share) * weights[i]")),
            r"the means are wrong: they begin at the start",
        ),
        "mean once an epoch": (
            changed(
                AVERAGED,
                (f"                mean[i] = {MEAN}\n", ""),
                (
                    "        log.append",
                    f"        for i in range(4):\n            mean[i] = {MEAN}\n"
                    "        log.append",
                ),
            ),
            r"the means are wrong: they begin at the start",
        ),
        "training goes on from the mean": (
            changed(AVERAGED, (f"mean[i] = {MEAN}", f"weights[i] = mean[i] = {MEAN}")),
            r"after a single step, with the full rate, weights or log are wrong",
        ),
        "start changed": (
            changed(AVERAGED, ("weights[i] = weights[i] - rate", "weights[i] -= rate")),
            r"your function changes the weights in `start`: work on copies",
        ),
        "weights and means alone": (
            changed(AVERAGED, ("return weights, mean, log", "return weights, mean")),
            r"expected a list of four weights, a list of four means, and the log",
        ),
        "three batches taken for granted (hidden)": (
            changed(AVERAGED, ("num_epochs * len(batches)", "num_epochs * 3")),
            r"the weights after 3 epochs of \d random inputs",
        ),
        "steps through those of an epoch": (
            changed(AVERAGED, ("step / num_steps", "step / len(batches)")),
            r"in the second epoch the rate rises again: T is the number of steps of",
        ),
        "to the number of the last step": (
            changed(
                AVERAGED, ("num_epochs * len(batches)", "num_epochs * len(batches) - 1")
            ),
            r"the rate of the last is 0: T is how many steps there are",
        ),
    },
    "optimize": {
        "the start as it is": (
            """
def optimize(gradient, start):
    return start
""",
            r"\d\d\.\d % of the points of two pairs of spirals are right",
        ),
        "exact gradients": (
            """
def optimize(gradient, start):
    w = start
    for _ in range(10):
        w = w - 0.3 * gradient(w, 1000)
    return w
""",
            r"\d\d\.\d % of the points of two pairs of spirals are right",
        ),
        "uphill": (
            """
def optimize(gradient, start):
    w = start
    for _ in range(20):
        w = w + 0.1 * gradient(w, 500)
    return w
""",
            r"\d\d\.\d % of the points of two pairs of spirals are right",
        ),
        "Adam at its usual rate": (
            changed(
                ADAM,
                ("0.05 * (1 - t / 400)", "0.001"),
                ("401", "101"),
                ("gradient(w, 25)", "gradient(w, 100)"),
            ),
            r"\d\d\.\d % of the points of two pairs of spirals are right",
        ),
        "more than the budget": (
            """
def optimize(gradient, start):
    w = start
    for _ in range(400):
        w = w - 0.1 * gradient(w, 2500)
    return w
""",
            r"the budget of 10,000 points is used up",
        ),
        "steps without limit": (
            """
def optimize(gradient, start):
    return start / gradient(start, 10).sub(1e30).mul(0)
""",
            r"some weights at the end are nan or infinite",
        ),
        "a log as well": (
            """
def optimize(gradient, start):
    return start - gradient(start, 10_000), [0.0]
""",
            r"the weights at the end must be a tensor of shape",
        ),
        "the accuracy": (
            """
def optimize(gradient, start):
    w = start - gradient(start, 10_000)
    return (w - start).norm()
""",
            r"the weights at the end must have the shape \(\d+,\)",
        ),
        "1,218 weights (hidden)": (
            changed(
                ADAM,
                (
                    "start, torch.zeros_like(start), torch.zeros_like(start)",
                    "start, torch.zeros(1218), torch.zeros(1218)",
                ),
            ),
            r"your code raised RuntimeError",
        ),
    },
}

BELIEFS = {
    "stable_rate": {
        "a sum in place of the mean": (
            "Believes that the number of examples has no say in the curvature."
        ),
        "singular values": (
            "Takes the matrix of inputs for the matrix of second derivatives."
        ),
        "one in place of two": (
            "Takes the best rate for one direction for the largest stable one."
        ),
        "the flattest direction": (
            "Believes that the direction that learns slowest sets the limit."
        ),
        "the diagonal": (
            "Believes that each weight has a curvature of its own, whatever the "
            "others do."
        ),
        "transposed": (
            "Multiplies in the wrong order, so that examples take the part of weights."
        ),
        "upside down": "Believes that a condition number is smallest through largest.",
        "penalty ignored": (
            "Believes that a penalty changes the minimum, and not the curvature."
        ),
        "penalty twice": (
            "Takes the derivative of the square and overlooks the half in front of it."
        ),
        "penalty divided by n": (
            "Believes that everything in the loss is averaged over the examples."
        ),
        "penalty on the steepest alone": (
            "Believes that the penalty acts in the steepest direction only."
        ),
        "two inputs taken for granted": (
            "Believes that there are as many curvatures as in the example."
        ),
        "eigenvalues as they come": (
            "Believes that every routine returns eigenvalues in order of size."
        ),
        "all curvatures added": (
            "Believes that the curvatures of all directions act together."
        ),
        "length of the matrix": (
            "Takes the norm that PyTorch computes by default for the largest "
            "eigenvalue."
        ),
        "condition of the inputs": (
            "Believes that the inputs are as badly conditioned as the loss."
        ),
        "ten steps of the power method (hidden)": (
            "Believes that what has converged on small examples always has."
        ),
        "ones in place of the identity": (
            "Believes that a number added to a matrix is added to its eigenvalues."
        ),
        "half of the penalty": (
            "Takes the factor in front of a square for its second derivative."
        ),
        "a mean over all entries": (
            "Believes that a mean is taken over all numbers of a matrix."
        ),
    },
    "momentum_step": {
        "a running mean": (
            "Takes the velocity of momentum for the running mean of Adam."
        ),
        "learning rate in the velocity": (
            "Knows the older form, in which the velocity is already a step."
        ),
        "velocity downhill": (
            "Believes that the velocity points the way the weights move."
        ),
        "nothing forgotten": "Believes that the velocity is the sum of all gradients.",
        "old velocity": (
            "Believes that the weights move before the velocity is updated."
        ),
        "uphill": "Believes that the gradient points to where the loss falls.",
        "no momentum": (
            "Updates the velocity and forgets that it is what moves the weights."
        ),
        "Nesterov with the old velocity": (
            "Believes that looking ahead means using the velocity that came in."
        ),
        "the look ahead is kept": (
            "Believes that the look ahead becomes part of the velocity."
        ),
        "in place": (
            "Believes that the velocity belongs to the function and may be changed."
        ),
        "results swapped": "Returns first what was computed first.",
        "beta fixed": "Takes the usual momentum for part of the formula.",
        "no memory": "Believes that the velocity starts anew at each step.",
        "beta on the gradient": (
            "Believes that beta damps what is new and keeps what is old."
        ),
        "rate on the gradient alone": (
            "Believes that the velocity in the look ahead is a step already."
        ),
        "gradient counted twice": (
            "Believes that looking ahead adds a part of the velocity to the usual step."
        ),
        "weights alone": (
            "Believes that a function remembers its variables until the next call."
        ),
        "two weights taken for granted (hidden)": (
            "Believes that there are as many weights as in the example."
        ),
        "a look ahead without brackets": (
            "Believes that a minus reaches to the end of the line."
        ),
        "a look ahead without the gradient": (
            "Believes that the new velocity, a step later, is only smaller."
        ),
    },
    "one_cycle": {
        "straight rise": "Believes that a warm-up is always a straight line.",
        "straight fall": "Knows cosine for the rise and lets the rate fall evenly.",
        "the last step is total": (
            "Counts steps from 1, so that the last one would be number `total`."
        ),
        "a whole wave": "Believes that a cosine falls over a whole wave.",
        "from 0": "Believes that a warm-up begins at a rate of 0.",
        "to 0": "Believes that a schedule ends at a rate of 0.",
        "back to the beginning": "Believes that a cycle ends where it began.",
        "no half": (
            "Takes the cosine itself, which runs from 1 to -1, for the share of "
            "the way."
        ),
        "the peak comes one step late": "Counts the steps of the rise from 1.",
        "the example's length (hidden)": (
            "Takes a number of the example for a constant of the formula."
        ),
        "degrees": "Believes that angles are given in degrees.",
        "rounded down": "Believes that whole numbers are divided with two slashes.",
        "rise upside down": "Believes that a cosine starts low and rises.",
        "PyTorch's divisor": (
            "Knows `final_div_factor` and takes it for a part of the largest rate."
        ),
        "at the top one step early": (
            "Believes that a part of so many steps ends at the last of them."
        ),
        "a quarter of a wave": (
            "Believes that any piece of a wave from low to high will do."
        ),
        "a quarter of a wave from its top": (
            "Believes that a cosine falls to its lowest within a quarter of a wave."
        ),
        "the fall upside down": ("Believes that a way down needs the other sign."),
        "a way down of all steps": ("Believes that each part is as long as the whole."),
        "a way down from the first step": (
            "Believes that both parts count from the same step."
        ),
    },
    "smooth_losses": {
        "no correction": (
            "Believes that a running mean that starts at 0 is a mean from the "
            "first step on."
        ),
        "begins with the first loss": (
            "Believes that the first value is the natural start of a running mean."
        ),
        "corrected mean kept": (
            "Believes that a corrected mean is the better one to go on with."
        ),
        "exponent stays 1": "Believes that the correction is the same at each step.",
        "raw losses": (
            "Believes that leaving out what is not finite is smoothing enough."
        ),
        "lowest of the raw losses": (
            "Trusts the lowest loss, although a single loss may be low by luck."
        ),
        "not a tenth": (
            "Proposes the rate at which the loss is lowest, which is close to the edge."
        ),
        "a tenth of the loss": (
            "Mixes up the list that is searched with the list that is read."
        ),
        "goes on behind nan": (
            "Believes that a training recovers from a loss that is not finite."
        ),
        "stops at nan alone": "Believes that an infinite loss is just a large number.",
        "the rate alone": (
            "Returns what is wanted in the end and not what it was found with."
        ),
        "beta of the example": (
            "Takes a number of the example for a constant of the formula."
        ),
        "beta for the new loss": (
            "Believes that beta is the weight of the newest value."
        ),
        "highest loss": (
            "Believes that the largest value is the best, as with accuracies."
        ),
        "first loss not smoothed in": (
            "Believes that t is the index of the list, which counts from 0."
        ),
        "infinity kept": (
            "Believes that the loss at which one stops still belongs to the list."
        ),
        "length of the example (hidden)": (
            "Believes that a range test is as long as in the example."
        ),
    },
    "adam_step": {
        "as published": "Believes that a corrected mean is the better one to hand on.",
        "one of two means mended": (
            "Finds the mistake in one mean and overlooks its twin."
        ),
        "eps inside the root": (
            "Believes that it makes no difference on which side of the root eps stands."
        ),
        "no correction": (
            "Believes that running means that start at 0 need no correction."
        ),
        "no correction of s": (
            "Believes that only the mean of the gradients starts too small."
        ),
        "one step ahead": (
            "Believes that steps are counted from 0, so that the first needs t + 1."
        ),
        "no root": "Believes that the mean square has the size of a gradient.",
        "gradient not squared": (
            "Believes that the second mean is of gradients as well, only slower."
        ),
        "betas swapped": "Believes that the mean of the gradients is the slower one.",
        "a sum of gradients": "Takes Adam's mean for the velocity of momentum.",
        "in place": (
            "Believes that running means belong to the function and may be changed."
        ),
        "state not returned": (
            "Believes that a function remembers its variables until the next call."
        ),
        "usual betas": "Takes the usual betas for part of the formula.",
        "eps taken for nothing": "Takes the usual eps for part of the formula.",
        "one step behind": "Believes that only the steps before this one count.",
        "beta for the gradient": (
            "Believes that beta is the weight of the newest gradient."
        ),
        "square of the mean": (
            "Believes that the mean of the squares is the square of the mean."
        ),
        "one beta for both corrections": (
            "Believes that both means start equally small."
        ),
        "no momentum in the step": (
            "Knows RMSprop, in which the gradient itself is divided."
        ),
        "two weights taken for granted (hidden)": (
            "Believes that there are as many weights as in the example."
        ),
        "eps outside of the brackets": (
            "Believes that a fraction line reaches as far on paper as in code."
        ),
        "no eps": ("Believes that so small a number has no effect."),
    },
    "train_averaged": {
        "as published": "Believes that a function which runs needs no repair.",
        "steps through epochs": (
            "Believes that a schedule counts the same thing above and below the line."
        ),
        "one rate for an epoch": (
            "Believes that a schedule changes the rate once an epoch."
        ),
        "steps of one epoch": "Believes that each epoch is a training of its own.",
        "velocity anew in each epoch": (
            "Believes that an epoch is a beginning for the optimizer, too."
        ),
        "no velocity at all": "Believes that the gradient of a batch says it all.",
        "a second name": "Believes that a list with another name is another list.",
        "mean from zero": "Believes that every running mean begins at 0.",
        "share of the past": (
            "Believes that a share is always what is kept, as beta is in momentum."
        ),
        "mean once an epoch": (
            "Believes that weights are averaged when an epoch is over."
        ),
        "training goes on from the mean": (
            "Believes that what is less noisy is the better place to go on from."
        ),
        "start changed": "Believes that `-=` makes a new tensor.",
        "weights and means alone": "Believes that the log was only for looking.",
        "three batches taken for granted (hidden)": (
            "Believes that an epoch has as many batches as in the example."
        ),
        "steps through those of an epoch": (
            "Believes that the wave of a schedule is as long as an epoch."
        ),
        "to the number of the last step": (
            "Believes that every schedule ends at 0 with the last step."
        ),
    },
    "optimize": {
        "the start as it is": "Believes that random weights are a fair beginning.",
        "exact gradients": (
            "Believes that an exact gradient is worth more than many steps."
        ),
        "uphill": "Believes that the gradient points to where the loss is low.",
        "Adam at its usual rate": (
            "Believes that the rate which libraries suggest suits any training."
        ),
        "more than the budget": "Believes that a budget is counted in steps.",
        "steps without limit": "Believes that a longer step always gets further.",
        "a log as well": "Believes that every training returns a log.",
        "the accuracy": "Believes that an optimizer reports how well it did.",
        "1,218 weights (hidden)": (
            "Believes that an optimizer may know the size of its network."
        ),
    },
}

UNUSUAL = {
    "stable_rate": {
        "singular values, squared": """
def stable_rate(X, weight_decay=0.0):
    s = torch.linalg.svdvals(X.double())
    curvatures = s**2 / X.shape[0] + weight_decay
    return 2 / curvatures.max(), curvatures.max() / curvatures.min()
""",
        "the whole Hessian, unsorted": """
def stable_rate(X, weight_decay=0.0):
    n, p = X.shape
    H = X.T.matmul(X).div(n) + weight_decay * torch.eye(p, dtype=X.dtype)
    found = sorted(z.real for z in torch.linalg.eigvals(H).tolist())
    return [2 / found[-1], found[-1] / found[0]]
""",
        "NumPy": """
import numpy as np

def stable_rate(X, weight_decay=0.0):
    X = X.numpy().astype(float)
    H = np.einsum("ni,nj->ij", X, X) / len(X) + weight_decay * np.eye(X.shape[1])
    return 2 / np.linalg.norm(H, 2), np.linalg.cond(H)
""",
        "the Hessian of autograd": """
def stable_rate(X, weight_decay=0.0):
    def loss(w):
        return (X @ w).square().mean() / 2 + weight_decay * w.square().sum() / 2

    H = torch.autograd.functional.hessian(loss, torch.zeros(X.shape[1], dtype=X.dtype))
    curvatures = torch.linalg.eigvalsh(H)
    return 2 / float(curvatures[-1]), float(curvatures[-1] / curvatures[0])
""",
    },
    "momentum_step": {
        "torch.optim": """
def momentum_step(w, g, v, lr, beta=0.9, nesterov=False):
    p = torch.nn.Parameter(w.clone())
    p.grad = g.clone()
    sgd = torch.optim.SGD([p], lr=lr, momentum=beta, nesterov=nesterov)
    sgd.state[p]["momentum_buffer"] = v.clone()
    sgd.step()
    return p.detach(), sgd.state[p]["momentum_buffer"]
""",
        "copies that are changed, in 64 bits": """
def momentum_step(w, g, v, lr, beta=0.9, nesterov=False):
    w, v = w.double().clone(), v.double().clone()
    v.mul_(beta).add_(g)
    w.sub_(v, alpha=lr * (beta if nesterov else 1))
    if nesterov:
        w.sub_(g, alpha=lr)
    return w, v
""",
        "lerp and a helper in another cell": (
            """
def momentum_step(w, g, v, lr, beta=0.9, nesterov=False):
    new_v = faded(v, g, beta)
    return torch.lerp(w, w - (faded(new_v, g, beta) if nesterov else new_v), lr), new_v
""",
            [
                """
def faded(velocity, gradient, beta):
    return torch.add(gradient, velocity, alpha=beta)
""",
            ],
        ),
    },
    "one_cycle": {
        "sines": """
def one_cycle(step, total, warmup, max_lr):
    low, end = max_lr / 25, max_lr / 25 / 10_000
    if step < warmup:
        return low + (max_lr - low) * math.sin(math.pi / 2 * step / warmup) ** 2
    x = (total - 1 - step) / (total - 1 - warmup)
    return end + (max_lr - end) * math.sin(math.pi / 2 * x) ** 2
""",
        "a tensor": """
def one_cycle(step, total, warmup, max_lr):
    def between(a, b, x):
        return a + (b - a) * (1 - torch.cos(torch.pi * x)) / 2

    t = torch.tensor(float(step), dtype=torch.float64)
    up = between(max_lr / 25, max_lr, t / warmup)
    down = between(max_lr, max_lr / 250_000, (t - warmup) / (total - 1 - warmup))
    return torch.where(t <= warmup, up, down)
""",
        "a class": """
class Cycle:
    LOW, END = 1 / 25, 1 / 250_000

    def __call__(self, step, total, warmup, max_lr):
        rising = step <= warmup
        x = step / warmup if rising else 1 - (step - warmup) / (total - 1 - warmup)
        bottom = self.LOW if rising else self.END
        return max_lr * (bottom + (1 - bottom) * (1 - math.cos(x * math.pi)) / 2)


one_cycle = Cycle()
""",
    },
    "smooth_losses": {
        "recursion": """
def smooth_losses(rates, losses, beta=0.9):
    def means(m, t, rest):
        if not rest or not math.isfinite(rest[0]):
            return []
        m = m * beta + rest[0] * (1 - beta)
        return [m / (1 - beta ** (t + 1)), *means(m, t + 1, rest[1:])]

    smooth = means(0.0, 0, list(losses))
    _, rate = min(zip(smooth, rates))
    return smooth, 0.1 * rate
""",
        "weighted sums": """
def smooth_losses(rates, losses, beta=0.9):
    L = torch.tensor(losses, dtype=torch.float64)
    bad = (~L.isfinite()).nonzero().flatten().tolist()
    L = L[: bad[0]] if bad else L
    age = torch.arange(len(L))[:, None] - torch.arange(len(L))
    weights = torch.where(age >= 0, beta ** age.double(), 0.0)
    smooth = weights @ L / weights.sum(dim=1)
    return smooth, rates[smooth.argmin()] / 10
""",
        "numerator and denominator": """
def smooth_losses(rates, losses, beta=0.9):
    total = count = 0.0
    smooth, best = [], (math.inf, None)
    for rate, loss in zip(rates, losses):
        if loss != loss or abs(loss) == math.inf:
            break
        total, count = beta * total + loss, beta * count + 1
        smooth.append(total / count)
        best = min(best, (smooth[-1], rate), key=lambda pair: pair[0])
    return smooth, best[1] / 10
""",
    },
    "adam_step": {
        "torch.optim": """
def adam_step(w, g, m, s, t, lr, beta1=0.9, beta2=0.999, eps=1e-8):
    p = torch.nn.Parameter(w.clone())
    p.grad = g.clone()
    adam = torch.optim.Adam([p], lr=lr, betas=(beta1, beta2), eps=eps)
    adam.state[p] = {
        "step": torch.tensor(t - 1.0), "exp_avg": m.clone(), "exp_avg_sq": s.clone()
    }
    adam.step()
    return p.detach(), adam.state[p]["exp_avg"], adam.state[p]["exp_avg_sq"]
""",
        "as in the paper's efficient form": """
def adam_step(w, g, m, s, t, lr, beta1=0.9, beta2=0.999, eps=1e-8):
    m = m + (1 - beta1) * (g - m)
    s = s + (1 - beta2) * (g * g - s)
    root = (1 - beta2**t) ** 0.5
    rate = lr * root / (1 - beta1**t)
    return w - rate * m / (s**0.5 + eps * root), m, s
""",
        "a helper in another cell, in 64 bits": (
            """
def adam_step(w, g, m, s, t, lr, beta1=0.9, beta2=0.999, eps=1e-8):
    g = g.double()
    m, m_hat = running(m, g, beta1, t)
    s, s_hat = running(s, g.square(), beta2, t)
    return [w - lr * m_hat / (torch.sqrt(s_hat) + eps), m, s]
""",
            [
                """
def running(mean, new, beta, t):
    mean = torch.lerp(new, mean.to(new.dtype), beta)
    return mean, mean / (1 - beta**t)
""",
            ],
        ),
    },
    "train_averaged": {
        "an optimizer and a scheduler": """
def train_averaged(start, batches, lr, num_epochs, share):
    weights = [torch.nn.Parameter(w.detach().clone()) for w in start]
    mean = [w.detach().clone() for w in start]
    optimizer = torch.optim.SGD(weights, lr=lr, momentum=0.9)
    steps = num_epochs * len(batches)
    schedule = torch.optim.lr_scheduler.CosineAnnealingLR(optimizer, steps)
    log = torch.zeros(num_epochs)
    for epoch in range(num_epochs):
        for X, y in batches:
            optimizer.zero_grad()
            Z = torch.relu(X @ weights[0] + weights[1]) @ weights[2] + weights[3]
            loss = F.cross_entropy(Z, y)
            log[epoch] += loss.item() / len(batches)
            loss.backward()
            optimizer.step()
            schedule.step()
            with torch.no_grad():
                for a, w in zip(mean, weights):
                    a.lerp_(w, share)
    return [w.detach() for w in weights], mean, log.tolist()
""",
        "gradients by hand, and all rates at once": """
def train_averaged(start, batches, lr, num_epochs, share):
    T = num_epochs * len(batches)
    rates = iter(lr * (1 + torch.cos(torch.pi * torch.arange(T) / T)) / 2)
    W = tuple(start)
    V, A, log = [0.0] * 4, W, []
    for _ in range(num_epochs):
        log += [0.0]
        for X, y in batches:
            rate = next(rates).item()
            H = (X @ W[0] + W[1]).clamp(min=0)
            log_P = (H @ W[2] + W[3]).log_softmax(dim=1)
            log[-1] -= log_P[range(len(y)), y].mean().item() / len(batches)
            dZ = (log_P.exp() - torch.eye(len(W[3])).to(X)[y]) / len(y)
            dH = (dZ @ W[2].T) * (H > 0)
            G = X.T @ dH, dH.sum(0), H.T @ dZ, dZ.sum(0)
            V = [0.9 * v + g for v, g in zip(V, G)]
            W = tuple(w - rate * v for w, v in zip(W, V))
            A = [(1 - share) * a + share * w for a, w in zip(A, W)]
    return list(W), A, log
""",
    },
    "optimize": {
        "PyTorch's Adam, and one cycle": """
def optimize(gradient, start):
    w = torch.nn.Parameter(start.clone())
    optimizer = torch.optim.Adam([w], betas=(0.9, 0.99))
    cycle = torch.optim.lr_scheduler.OneCycleLR(
        optimizer, 0.05, total_steps=400, cycle_momentum=False
    )
    for _ in range(400):
        w.grad = gradient(w.detach(), 25)
        optimizer.step()
        cycle.step()
    return w.detach()
""",
        "a class that keeps its state, in 64 bits": """
class Moments:
    def __init__(self, rate):
        self.rate = rate

    def __call__(self, gradient, start):
        w, self.m, self.s = start.double(), 0.0, 0.0
        for left in range(500, 0, -1):
            w = w - self.rate * left / 500 * self.direction(gradient(w.float(), 20))
        return w

    def direction(self, g):
        self.m = self.m + (g.double() - self.m) / 10
        self.s = self.s + (g.double().square() - self.s) / 100
        return self.m / (self.s.sqrt() + 1e-8)


optimize = Moments(0.05)
""",
    },
}

EQUIVALENT = {
    "stable_rate": {
        "low, high = (curvatures[0].item(), curvatures[-1].item()) => low, high = (curvatures[0], curvatures[-1].item())": (
            "A tensor with one number is a number."
        ),
        "low, high = (curvatures[0].item(), curvatures[-1].item()) => low, high = (curvatures[0].item(), curvatures[-1])": (
            "A tensor with one number is a number."
        ),
    },
    "one_cycle": {
        "if step <= warmup: => if step < warmup:": (
            "At the peak both parts have the same rate."
        ),
        "a, b = (max_lr, max_lr / 250000) => a, b = (max_lr, max_lr / 250001)": (
            "The difference is smaller than the rounding errors of 32-bit numbers."
        ),
        "a, b = (max_lr, max_lr / 250000) => a, b = (max_lr, max_lr / 249999)": (
            "The difference is smaller than the rounding errors of 32-bit numbers."
        ),
    },
    "smooth_losses": {
        "if not math.isfinite(new): / break / m = beta * m + (1 - beta) * new => m = beta * m + (1 - beta) * new / if not math.isfinite(new): / break": (
            "After the loop m is not used any more."
        ),
    },
    "train_averaged": {
        "step += 1 / given = [w.clone().requires_grad_() for w in weights] => given = [w.clone().requires_grad_() for w in weights] / step += 1": (
            "The weights are copied without a look at the number of the step."
        ),
        "for i, g in enumerate(torch.autograd.grad(loss, given)): / velocity[i] = 0.9 * velocity[i] + g / weights[i] = weights[i] - rate * velocity[i] / mean[i] = mean[i] + share * (weights[i] - mean[i]) / losses.append(loss.item()) => losses.append(loss.item()) / for i, g in enumerate(torch.autograd.grad(loss, given)): / velocity[i] = 0.9 * velocity[i] + g / weights[i] = weights[i] - rate * velocity[i] / mean[i] = mean[i] + share * (weights[i] - mean[i])": (
            "The loss is a number already when the weights move."
        ),
        "step += 1 => step -= 1": (
            "The cosine of a negative angle is that of the positive one."
        ),
        "step += 1 => step += -1": (
            "The cosine of a negative angle is that of the positive one."
        ),
        "losses.append(loss.item()) => losses.append(loss)": (
            "A tensor with one number is a number."
        ),
    },
}

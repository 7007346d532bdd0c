"""Wrong answers to exercise set 8: what a learner may write, and what it is told.

WRONG[exercise][mistake] is the answer cell and a pattern of the check's message. A
mistake whose name ends in "(hidden)" passes the checks that learners see.
BELIEFS[exercise][mistake] is what a learner thinks who writes it.

UNUSUAL[exercise][what] is a right answer that looks unlike the key's: the answer cell,
or a pair of it and of cells of the learner's own that stand above it.

EQUIVALENT[exercise][change] says why a change of the key's answer that
`tests/benchmarks/mutants.py` makes leaves the answer right.
"""

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
            r"singular values of X\. Curvatures are their squares",
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
            r"limit and condition number for \d+ × \d+ random inputs",
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
}

"""Wrong answers to exercise set 8: what a learner may write, and what it is told.

WRONG[exercise][mistake] is the answer cell and a pattern of the check's message. A
mistake whose name ends in "(hidden)" passes the checks that learners see.
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
        "two inputs taken for granted (hidden)": (
            """
def stable_rate(X, weight_decay=0.0):
    curvatures = torch.linalg.eigvalsh(X.T @ X / len(X)) + weight_decay
    return (2 / curvatures[1]).item(), (curvatures[1] / curvatures[0]).item()
""",
            r"limit and condition number for \d+ × \d+ random inputs",
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
        "beta fixed (hidden)": (
            """
def momentum_step(w, g, v, lr, beta=0.9, nesterov=False):
    v = 0.9 * v + g
    return w - lr * (g + 0.9 * v if nesterov else v), v
""",
            r"the weights after 5 random steps with beta=0\.\d\d, nesterov=False",
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
        "beta of the example (hidden)": (
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
            r"the smoothed losses for \d+ random losses and beta=0.9",
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
        "usual betas (hidden)": (
            """
def adam_step(w, g, m, s, t, lr, beta1=0.9, beta2=0.999, eps=1e-8):
    m = 0.9 * m + 0.1 * g
    s = 0.999 * s + 0.001 * g**2
    m_hat, s_hat = m / (1 - 0.9**t), s / (1 - 0.999**t)
    return w - lr * m_hat / (s_hat.sqrt() + eps), m, s
""",
            r"w after \d+ random steps with beta1=0\.\d\d",
        ),
        "eps taken for nothing (hidden)": (
            """
def adam_step(w, g, m, s, t, lr, beta1=0.9, beta2=0.999, eps=1e-8):
    m = beta1 * m + (1 - beta1) * g
    s = beta2 * s + (1 - beta2) * g**2
    m_hat, s_hat = m / (1 - beta1**t), s / (1 - beta2**t)
    return w - lr * m_hat / (s_hat.sqrt() + 1e-8), m, s
""",
            r"w after \d+ random steps with beta1=0\.\d\d",
        ),
    },
}

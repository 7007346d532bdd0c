"""Wrong answers to exercise set 9: what a learner may write, and what it is told.

WRONG[exercise][mistake] is the answer cell and a pattern of the check's message. A
mistake whose name ends in "(hidden)" passes the checks that learners see.
"""

WRONG = {
    "early_stopping": {
        "counted from 0": (
            """
def early_stopping(losses, patience, min_gain=0.0):
    best, best_loss = 0, float("inf")
    for epoch, loss in enumerate(losses):
        if best_loss - loss > min_gain:
            best, best_loss = epoch, loss
        elif epoch - best == patience:
            return epoch, best
    return len(losses), best
""",
            r"expected \(5, 2\), got \(4, 1\): epochs are counted from 1",
        ),
        "compared with the epoch before": (
            """
def early_stopping(losses, patience, min_gain=0.0):
    best = 1
    for epoch in range(2, len(losses) + 1):
        if losses[epoch - 2] - losses[epoch - 1] > min_gain:
            best = epoch
        elif epoch - best == patience:
            return epoch, best
    return len(losses), best
""",
            r"got \(7, 7\).*not with the loss of the epoch before",
        ),
        "one epoch too long": (
            """
def early_stopping(losses, patience, min_gain=0.0):
    best, best_loss = 0, float("inf")
    for epoch, loss in enumerate(losses, start=1):
        if best_loss - loss > min_gain:
            best, best_loss = epoch, loss
        elif epoch - best > patience:
            return epoch, best
    return len(losses), best
""",
            r"got \(6, 2\): you wait one epoch too long",
        ),
        "one epoch too early": (
            """
def early_stopping(losses, patience, min_gain=0.0):
    best, best_loss = 0, float("inf")
    for epoch, loss in enumerate(losses, start=1):
        if best_loss - loss > min_gain:
            best, best_loss = epoch, loss
        elif epoch - best == patience - 1:
            return epoch, best
    return len(losses), best
""",
            r"got \(4, 2\): you stop one epoch too early",
        ),
        "best and stop swapped": (
            """
def early_stopping(losses, patience, min_gain=0.0):
    best, best_loss = 0, float("inf")
    for epoch, loss in enumerate(losses, start=1):
        if best_loss - loss > min_gain:
            best, best_loss = epoch, loss
        elif epoch - best == patience:
            return best, epoch
    return best, len(losses)
""",
            r"the order is \(stop, best\)",
        ),
        "lowest of all losses": (
            """
def early_stopping(losses, patience, min_gain=0.0):
    best = min(range(len(losses)), key=losses.__getitem__) + 1
    return min(best + patience, len(losses)), best
""",
            r"got \(7, 7\): after epochs 3, 4 and 5 training has stopped",
        ),
        "count never starts anew": (
            """
def early_stopping(losses, patience, min_gain=0.0):
    best, best_loss, waited = 0, float("inf"), 0
    for epoch, loss in enumerate(losses, start=1):
        if best_loss - loss > min_gain:
            best, best_loss = epoch, loss
        else:
            waited += 1
            if waited == patience:
                return epoch, best
    return len(losses), best
""",
            r"got \(4, 3\): an improvement starts the count anew",
        ),
        "nothing returned at the end": (
            """
def early_stopping(losses, patience, min_gain=0.0):
    best, best_loss = 0, float("inf")
    for epoch, loss in enumerate(losses, start=1):
        if best_loss - loss > min_gain:
            best, best_loss = epoch, loss
        elif epoch - best == patience:
            return epoch, best
""",
            r"expected \(stop, best\), got None.*never runs out, return after the loop",
        ),
        "equal losses improve": (
            """
def early_stopping(losses, patience, min_gain=0.0):
    best, best_loss = 0, float("inf")
    for epoch, loss in enumerate(losses, start=1):
        if best_loss - loss >= min_gain:
            best, best_loss = epoch, loss
        elif epoch - best == patience:
            return epoch, best
    return len(losses), best
""",
            r"an equal loss is no improvement",
        ),
        "gain ignored": (
            """
def early_stopping(losses, patience, min_gain=0.0):
    best, best_loss = 0, float("inf")
    for epoch, loss in enumerate(losses, start=1):
        if loss < best_loss:
            best, best_loss = epoch, loss
        elif epoch - best == patience:
            return epoch, best
    return len(losses), best
""",
            r"got \(4, 4\): `min_gain` has no effect",
        ),
        "best loss moves without an improvement": (
            """
def early_stopping(losses, patience, min_gain=0.0):
    best, best_loss = 0, float("inf")
    for epoch, loss in enumerate(losses, start=1):
        if best_loss - loss > min_gain:
            best = epoch
        elif epoch - best == patience:
            return epoch, best
        best_loss = min(best_loss, loss)
    return len(losses), best
""",
            r"got \(3, 1\).*You compare with 0.94",
        ),
        "losses below 10 only (hidden)": (
            """
def early_stopping(losses, patience, min_gain=0.0):
    best, best_loss = 0, 10.0
    for epoch, loss in enumerate(losses, start=1):
        if best_loss - loss > min_gain:
            best, best_loss = epoch, loss
        elif epoch - best == patience:
            return epoch, best
    return len(losses), best
""",
            r"random losses around 30 with patience=1",
        ),
    },
    "penalty": {
        "every second parameter (hidden)": (
            """
def penalty(parameters, l1, l2):
    weights = parameters[::2]
    return sum(l1 * w.abs().sum() + l2 / 2 * w.square().sum() for w in weights)
""",
            r"penalty of a random network with a convolution",
        ),
        "a number made into a tensor": (
            """
def penalty(parameters, l1, l2):
    weights = [p for p in parameters if p.ndim > 1]
    return torch.tensor(
        sum(l1 * w.abs().sum().item() + l2 / 2 * (w**2).sum().item() for w in weights)
    )
""",
            r"no gradient flows through your penalty",
        ),
        "no gradient": (
            """
def penalty(parameters, l1, l2):
    weights = [p.detach() for p in parameters if p.ndim > 1]
    return sum(l1 * w.abs().sum() + l2 / 2 * w.square().sum() for w in weights)
""",
            r"no gradient flows through your penalty",
        ),
        "biases counted": (
            """
def penalty(parameters, l1, l2):
    sizes = sum(p.abs().sum() for p in parameters)
    squares = sum(p.square().sum() for p in parameters)
    return l1 * sizes + l2 / 2 * squares
""",
            r"got 3.25: the biases are counted",
        ),
        "sizes without the absolute value": (
            """
def penalty(parameters, l1, l2):
    weights = [p for p in parameters if p.ndim > 1]
    return sum(l1 * w.sum() + l2 / 2 * w.square().sum() for w in weights)
""",
            r"got 0.15: negative weights must not cancel",
        ),
        "first layer only": (
            """
def penalty(parameters, l1, l2):
    w = parameters[0]
    return l1 * w.abs().sum() + l2 / 2 * w.square().sum()
""",
            r"got 0.6: only the first layer",
        ),
        "mean": (
            """
def penalty(parameters, l1, l2):
    w = torch.cat([p.flatten() for p in parameters if p.ndim > 1])
    return l1 * w.abs().mean() + l2 / 2 * w.square().mean()
""",
            r"got 0.125: it is a sum over all weights, not a mean",
        ),
        "one per tensor": (
            """
def penalty(parameters, l1, l2):
    weights = [p for p in parameters if p.ndim > 1]
    return torch.stack(
        [l1 * w.abs().sum() + l2 / 2 * w.square().sum() for w in weights]
    )
""",
            r"must have the shape \(\), but has \(2,\)\. It is one number",
        ),
        "without the half": (
            """
def penalty(parameters, l1, l2):
    weights = [p for p in parameters if p.ndim > 1]
    return sum(l1 * w.abs().sum() + l2 * w.square().sum() for w in weights)
""",
            r"got 3.05: the factor 1/2 is missing",
        ),
        "length of the vector": (
            """
def penalty(parameters, l1, l2):
    w = torch.cat([p.flatten() for p in parameters if p.ndim > 1])
    return l1 * w.abs().sum() + l2 / 2 * w.norm()
""",
            r"got 0.39.*Leave out the root",
        ),
        "either of them": (
            """
def penalty(parameters, l1, l2):
    weights = [p for p in parameters if p.ndim > 1]
    if l1:
        return l1 * sum(w.abs().sum() for w in weights)
    return l2 / 2 * sum(w.square().sum() for w in weights)
""",
            r"penalty for l1=0.1, l2=0.2: .*Both penalties are added",
        ),
        "in place": (
            """
def penalty(parameters, l1, l2):
    weights = [p for p in parameters if p.ndim > 1]
    return sum(l1 * w.abs_().sum() + l2 / 2 * w.square().sum() for w in weights)
""",
            r"changes the parameters it is given: `abs_\(\)`",
        ),
        "matrices only (hidden)": (
            """
def penalty(parameters, l1, l2):
    weights = [p for p in parameters if p.ndim == 2]
    return sum(l1 * w.abs().sum() + l2 / 2 * w.square().sum() for w in weights)
""",
            r"penalty of a random network with a convolution",
        ),
    },
    "dropout": {
        "ready-made": (
            """
def dropout(H, p, training, seed):
    torch.manual_seed(seed)
    return torch.nn.functional.dropout(H, p, training)
""",
            r"uses `dropout`, which this exercise does without",
        ),
        "not scaled": (
            """
def dropout(H, p, training, seed):
    if not training:
        return H
    generator = torch.Generator().manual_seed(seed)
    return H * (torch.rand(H.shape, generator=generator) >= p)
""",
            r"yours 1.0: values that stay are not divided by 1 - p",
        ),
        "kept with probability p": (
            """
def dropout(H, p, training, seed):
    if not training:
        return H
    generator = torch.Generator().manual_seed(seed)
    return H * (torch.rand(H.shape, generator=generator) < p) / p
""",
            r"you drop 80% of the values: p is the probability of being dropped",
        ),
        "divided by p": (
            """
def dropout(H, p, training, seed):
    if not training:
        return H
    generator = torch.Generator().manual_seed(seed)
    return H * (torch.rand(H.shape, generator=generator) >= p) / p
""",
            r"yours 5.0: you divide by p instead of 1 - p",
        ),
        "multiplied": (
            """
def dropout(H, p, training, seed):
    if not training:
        return H
    generator = torch.Generator().manual_seed(seed)
    return H * (torch.rand(H.shape, generator=generator) >= p) * (1 - p)
""",
            r"yours 0.8: values that stay are divided by 1 - p, not multiplied",
        ),
        "one mask for all images": (
            """
def dropout(H, p, training, seed):
    if not training:
        return H
    generator = torch.Generator().manual_seed(seed)
    keep = torch.rand(H.shape[1:], generator=generator) >= p
    return H * keep / (1 - p)
""",
            r"all images lose the same units",
        ),
        "whole images": (
            """
def dropout(H, p, training, seed):
    if not training:
        return H
    generator = torch.Generator().manual_seed(seed)
    keep = torch.rand(len(H), 1, generator=generator) >= p
    return H * keep / (1 - p)
""",
            r"you drop whole images",
        ),
        "also in evaluation": (
            """
def dropout(H, p, training, seed):
    if p == 1:
        return torch.zeros_like(H)
    generator = torch.Generator().manual_seed(seed)
    keep = torch.rand(H.shape, generator=generator) >= p
    return H * keep / (1 - p)
""",
            r"in evaluation \(training=False\) you drop values",
        ),
        "scaled once more in evaluation": (
            """
def dropout(H, p, training, seed):
    if not training:
        return H * (1 - p)
    generator = torch.Generator().manual_seed(seed)
    keep = torch.rand(H.shape, generator=generator) >= p
    return H * keep / (1 - p)
""",
            r"dropout in evaluation: .*so evaluation returns H as it is",
        ),
        "seed ignored": (
            """
def dropout(H, p, training, seed):
    if not training:
        return H
    return H * (torch.rand(H.shape) >= p) / (1 - p)
""",
            r"the same seed gives another result",
        ),
        "one seed for all": (
            """
def dropout(H, p, training, seed):
    if not training:
        return H
    generator = torch.Generator().manual_seed(0)
    return H * (torch.rand(H.shape, generator=generator) >= p) / (1 - p)
""",
            r"seeds 1 and 2 give the same result",
        ),
        "0 by 0": (
            """
def dropout(H, p, training, seed):
    if not training:
        return H
    generator = torch.Generator().manual_seed(seed)
    return H * (torch.rand(H.shape, generator=generator) >= p) / (1 - p)
""",
            r"dropout with p=1: .*0 divided by 0 is not a number",
        ),
        "in place": (
            """
def dropout(H, p, training, seed):
    if training and p < 1:
        generator = torch.Generator().manual_seed(seed)
        H[torch.rand(H.shape, generator=generator) < p] = 0
        return H / (1 - p)
    return H * (not training)
""",
            r"changes the values it is given",
        ),
        "matrices only (hidden)": (
            """
def dropout(H, p, training, seed):
    if not training:
        return H
    if p == 1:
        return 0 * H
    n, q = H.shape
    generator = torch.Generator().manual_seed(seed)
    return H * (torch.rand(n, q, generator=generator) >= p) / (1 - p)
""",
            r"your code raised ValueError, in dropout, line 7",
        ),
        "negative values cut off (hidden)": (
            """
def dropout(H, p, training, seed):
    if not training:
        return H
    if p == 1:
        return torch.zeros_like(H)
    generator = torch.Generator().manual_seed(seed)
    keep = torch.rand(H.shape, generator=generator) >= p
    return H.relu() * keep / (1 - p)
""",
            r"dropout of 5000 values with p=[\d.]+: [\d.]+% of the values were dropped",
        ),
    },
    "gains": {
        "spread of the scores": (
            """
def gains(scores, base):
    mean = statistics.mean(scores[base])
    return {
        name: (statistics.mean(v) - mean, statistics.stdev(v))
        for name, v in scores.items()
    }
""",
            r"got 5.57: this is the spread of its scores",
        ),
        "difference of spreads": (
            """
def gains(scores, base):
    mean, std = statistics.mean(scores[base]), statistics.stdev(scores[base])
    return {
        name: (statistics.mean(v) - mean, statistics.stdev(v) - std)
        for name, v in scores.items()
    }
""",
            r"got 0.568: you subtract two spreads",
        ),
        "spreads added": (
            """
def gains(scores, base):
    mean, std = statistics.mean(scores[base]), statistics.stdev(scores[base])
    return {
        name: (
            statistics.mean(v) - mean,
            (statistics.stdev(v) ** 2 + std**2) ** 0.5,
        )
        for name, v in scores.items()
    }
""",
            r"got 7.48: you add the spreads of two rows",
        ),
        "divided by n": (
            """
def gains(scores, base):
    result = {}
    for name, values in scores.items():
        d = [a - b for a, b in zip(values, scores[base], strict=True)]
        result[name] = statistics.mean(d), statistics.pstdev(d)
    return result
""",
            r"got 0.816: you divide by n; divide by n - 1",
        ),
        "error of the mean": (
            """
def gains(scores, base):
    result = {}
    for name, values in scores.items():
        d = [a - b for a, b in zip(values, scores[base], strict=True)]
        result[name] = statistics.mean(d), statistics.stdev(d) / len(d) ** 0.5
    return result
""",
            r"got 0.577: this is the error of the mean",
        ),
        "base minus row": (
            """
def gains(scores, base):
    result = {}
    for name, values in scores.items():
        d = [b - a for a, b in zip(values, scores[base], strict=True)]
        result[name] = statistics.mean(d), statistics.stdev(d)
    return result
""",
            r"got -3: the sign is wrong",
        ),
        "mean of the scores": (
            """
def gains(scores, base):
    return {n: (statistics.mean(v), statistics.stdev(v)) for n, v in scores.items()}
""",
            r"got 78: this is the mean of the scores",
        ),
        "base left out": (
            """
def gains(scores, base):
    result = {}
    for name, values in scores.items():
        if name != base:
            d = [a - b for a, b in zip(values, scores[base], strict=True)]
            result[name] = statistics.mean(d), statistics.stdev(d)
    return result
""",
            r"with the names base, dropout and decay",
        ),
        "means alone": (
            """
def gains(scores, base):
    result = {}
    for name, values in scores.items():
        d = [a - b for a, b in zip(values, scores[base], strict=True)]
        result[name] = statistics.mean(d)
    return result
""",
            r"expected \(mean, std\) for each name, got",
        ),
        'always the row "base" (hidden)': (
            """
def gains(scores, base):
    result = {}
    for name, values in scores.items():
        d = [a - b for a, b in zip(values, scores["base"], strict=True)]
        result[name] = statistics.mean(d), statistics.stdev(d)
    return result
""",
            r"your code raised KeyError, in gains, line 5",
        ),
        "three seeds (hidden)": (
            """
def gains(scores, base):
    result = {}
    for name, values in scores.items():
        d = [values[i] - scores[base][i] for i in range(3)]
        result[name] = statistics.mean(d), statistics.stdev(d)
    return result
""",
            r"mean and std of row 1 of 4 random rows",
        ),
    },
    "adamw_step": {
        "as published": (
            """
def adamw_step(w, g, m, s, t, lr=0.001, weight_decay=0.01):
    g = g + weight_decay * w
    m = 0.9 * m + 0.1 * g
    s = 0.999 * s + 0.001 * g**2
    m_hat, s_hat = m / (1 - 0.9**t), s / (1 - 0.999**t)
    return w - lr * m_hat / (s_hat.sqrt() + 1e-8), m, s
""",
            r"m after the first step: .*alone, without the decay",
        ),
        "decay left in the squares": (
            """
def adamw_step(w, g, m, s, t, lr=0.001, weight_decay=0.01):
    m = 0.9 * m + 0.1 * g
    s = 0.999 * s + 0.001 * (g + weight_decay * w) ** 2
    m_hat, s_hat = m / (1 - 0.9**t), s / (1 - 0.999**t)
    w = (1 - lr * weight_decay) * w
    return w - lr * m_hat / (s_hat.sqrt() + 1e-8), m, s
""",
            r"s after the first step: .*of the gradient alone",
        ),
        "no decay at all": (
            """
def adamw_step(w, g, m, s, t, lr=0.001, weight_decay=0.01):
    m = 0.9 * m + 0.1 * g
    s = 0.999 * s + 0.001 * g**2
    m_hat, s_hat = m / (1 - 0.9**t), s / (1 - 0.999**t)
    return w - lr * m_hat / (s_hat.sqrt() + 1e-8), m, s
""",
            r"the weights don't decay",
        ),
        "without the learning rate": (
            """
def adamw_step(w, g, m, s, t, lr=0.001, weight_decay=0.01):
    m = 0.9 * m + 0.1 * g
    s = 0.999 * s + 0.001 * g**2
    m_hat, s_hat = m / (1 - 0.9**t), s / (1 - 0.999**t)
    w = (1 - weight_decay) * w
    return w - lr * m_hat / (s_hat.sqrt() + 1e-8), m, s
""",
            r"shrink by the factor 1 - 0.5; the decay is multiplied by the learning",
        ),
        "growth": (
            """
def adamw_step(w, g, m, s, t, lr=0.001, weight_decay=0.01):
    m = 0.9 * m + 0.1 * g
    s = 0.999 * s + 0.001 * g**2
    m_hat, s_hat = m / (1 - 0.9**t), s / (1 - 0.999**t)
    w = (1 + lr * weight_decay) * w
    return w - lr * m_hat / (s_hat.sqrt() + 1e-8), m, s
""",
            r"the weights grow",
        ),
        "decay after the step": (
            """
def adamw_step(w, g, m, s, t, lr=0.001, weight_decay=0.01):
    m = 0.9 * m + 0.1 * g
    s = 0.999 * s + 0.001 * g**2
    m_hat, s_hat = m / (1 - 0.9**t), s / (1 - 0.999**t)
    w = w - lr * m_hat / (s_hat.sqrt() + 1e-8)
    return (1 - lr * weight_decay) * w, m, s
""",
            r"you shrink the step as well",
        ),
        "in place": (
            """
def adamw_step(w, g, m, s, t, lr=0.001, weight_decay=0.01):
    m = 0.9 * m + 0.1 * g
    s = 0.999 * s + 0.001 * g**2
    m_hat, s_hat = m / (1 - 0.9**t), s / (1 - 0.999**t)
    w *= 1 - lr * weight_decay
    return w - lr * m_hat / (s_hat.sqrt() + 1e-8), m, s
""",
            r"changes a tensor it is given: `w \*= …`",
        ),
        "weights alone": (
            """
def adamw_step(w, g, m, s, t, lr=0.001, weight_decay=0.01):
    m = 0.9 * m + 0.1 * g
    s = 0.999 * s + 0.001 * g**2
    m_hat, s_hat = m / (1 - 0.9**t), s / (1 - 0.999**t)
    w = (1 - lr * weight_decay) * w
    return w - lr * m_hat / (s_hat.sqrt() + 1e-8)
""",
            r"expected w, m and s, got",
        ),
        "first step only (hidden)": (
            """
def adamw_step(w, g, m, s, t, lr=0.001, weight_decay=0.01):
    m = 0.9 * m + 0.1 * g
    s = 0.999 * s + 0.001 * g**2
    w = (1 - lr * weight_decay) * w
    return w - lr * (m / 0.1) / ((s / 0.001).sqrt() + 1e-8), m, s
""",
            r"random weights after step 2 with",
        ),
    },
    "random_shift": {
        "rounded shifts (hidden)": (
            """
def random_shift(images, most, seed):
    n, _, h, w = images.shape
    generator = torch.Generator().manual_seed(seed)
    shifts = (2 * torch.rand(n, 2, generator=generator) - 1) * most
    padded = F.pad(images, [most] * 4)
    result = torch.zeros_like(images)
    for i, (down, right) in enumerate(shifts.round().long().tolist()):
        top, left = most - down, most - right
        result[i] = padded[i, :, top : top + h, left : left + w]
    return result
""",
            r"of the shifts are as far as possible",
        ),
        "rolled": (
            """
def random_shift(images, most, seed):
    generator = torch.Generator().manual_seed(seed)
    shifts = torch.randint(-most, most + 1, (len(images), 2), generator=generator)
    return torch.stack(
        [x.roll(tuple(s.tolist()), (1, 2)) for x, s in zip(images, shifts)]
    )
""",
            r"comes back in on the other: roll does that",
        ),
        "all alike": (
            """
def random_shift(images, most, seed):
    h, w = images.shape[2:]
    generator = torch.Generator().manual_seed(seed)
    top, left = torch.randint(2 * most + 1, (2,), generator=generator)
    padded = F.pad(images, [most] * 4)
    return padded[:, :, top : top + h, left : left + w]
""",
            r"all images are shifted alike",
        ),
        "one number for both": (
            """
def random_shift(images, most, seed):
    h, w = images.shape[2:]
    generator = torch.Generator().manual_seed(seed)
    shifts = torch.randint(2 * most + 1, (len(images),), generator=generator)
    padded = F.pad(images, [most] * 4)
    return torch.stack(
        [x[:, a : a + h, a : a + w] for x, a in zip(padded, shifts.tolist())]
    )
""",
            r"as far to the right as down: draw two numbers",
        ),
        "upper end left out": (
            """
def random_shift(images, most, seed):
    h, w = images.shape[2:]
    generator = torch.Generator().manual_seed(seed)
    shape = len(images), 2
    shifts = torch.randint(-most, max(most, 1), shape, generator=generator)
    padded = F.pad(images, [most] * 4)
    return torch.stack([
        x[:, most - a : most - a + h, most - b : most - b + w]
        for x, (a, b) in zip(padded, shifts.tolist())
    ])
""",
            r"are \[-2, -1, 0, 1\]: both ends.*leaves out its upper limit",
        ),
        "one way only": (
            """
def random_shift(images, most, seed):
    h, w = images.shape[2:]
    generator = torch.Generator().manual_seed(seed)
    shifts = torch.randint(most + 1, (len(images), 2), generator=generator)
    padded = F.pad(images, [most] * 4)
    return torch.stack([
        x[:, most - a : most - a + h, most - b : most - b + w]
        for x, (a, b) in zip(padded, shifts.tolist())
    ])
""",
            r"shifts down are \[0, 1, 2\]: images move both ways",
        ),
        "larger images": (
            """
def random_shift(images, most, seed):
    return F.pad(images, [most] * 4)
""",
            r"must have the shape \(300, 1, 7, 6\), but has \(300, 1, 11, 10\)",
        ),
        "corners only": (
            """
def random_shift(images, most, seed):
    h, w = images.shape[2:]
    generator = torch.Generator().manual_seed(seed)
    shifts = 2 * most * torch.randint(2, (len(images), 2), generator=generator)
    padded = F.pad(images, [most] * 4)
    return torch.stack([
        x[:, a : a + h, b : b + w] for x, (a, b) in zip(padded, shifts.tolist())
    ])
""",
            r"expected shifts down from -2 to 2, got \[-2, 2\]",
        ),
        "seed ignored": (
            """
def random_shift(images, most, seed):
    h, w = images.shape[2:]
    shifts = torch.randint(2 * most + 1, (len(images), 2))
    padded = F.pad(images, [most] * 4)
    return torch.stack([
        x[:, a : a + h, b : b + w] for x, (a, b) in zip(padded, shifts.tolist())
    ])
""",
            r"the same seed gives another result",
        ),
        "one seed for all": (
            """
def random_shift(images, most, seed):
    h, w = images.shape[2:]
    generator = torch.Generator().manual_seed(0)
    shifts = torch.randint(2 * most + 1, (len(images), 2), generator=generator)
    padded = F.pad(images, [most] * 4)
    return torch.stack([
        x[:, a : a + h, b : b + w] for x, (a, b) in zip(padded, shifts.tolist())
    ])
""",
            r"seeds 3 and 4 give the same result",
        ),
        "edge repeated": (
            """
def random_shift(images, most, seed):
    h, w = images.shape[2:]
    generator = torch.Generator().manual_seed(seed)
    shifts = torch.randint(2 * most + 1, (len(images), 2), generator=generator)
    padded = F.pad(images, [most] * 4, mode="replicate")
    return torch.stack([
        x[:, a : a + h, b : b + w] for x, (a, b) in zip(padded, shifts.tolist())
    ])
""",
            r"image \d+ of the result is no shifted copy of image \d+ with zeros",
        ),
        "in place": (
            """
def random_shift(images, most, seed):
    h, w = images.shape[2:]
    generator = torch.Generator().manual_seed(seed)
    shifts = torch.randint(2 * most + 1, (len(images), 2), generator=generator)
    padded = F.pad(images, [most] * 4)
    for i, (a, b) in enumerate(shifts.tolist()):
        images[i] = padded[i, :, a : a + h, b : b + w]
    return images
""",
            r"changes the images it is given",
        ),
        "one channel (hidden)": (
            """
def random_shift(images, most, seed):
    h, w = images.shape[2:]
    generator = torch.Generator().manual_seed(seed)
    shifts = torch.randint(2 * most + 1, (len(images), 2), generator=generator)
    padded = F.pad(images, [most] * 4)
    return torch.stack([
        x[:1, a : a + h, b : b + w] for x, (a, b) in zip(padded, shifts.tolist())
    ])
""",
            r"color images .*must have the shape \(500, 3, \d+, \d+\)",
        ),
        "each channel on its own (hidden)": (
            """
def random_shift(images, most, seed):
    n, c, h, w = images.shape
    generator = torch.Generator().manual_seed(seed)
    shifts = torch.randint(2 * most + 1, (n * c, 2), generator=generator)
    padded = F.pad(images, [most] * 4).flatten(0, 1)
    moved = torch.stack([
        x[a : a + h, b : b + w] for x, (a, b) in zip(padded, shifts.tolist())
    ])
    return moved.view(n, c, h, w)
""",
            r"\d+ are not copies of their originals.*alike in all channels",
        ),
    },
    "batch_norm": {
        "ready-made": (
            """
def batch_norm(Z, gamma, beta, mean, var, training, momentum=0.1, eps=1e-5):
    mean, var = mean.clone(), var.clone()
    H = torch.nn.functional.batch_norm(
        Z, mean, var, gamma, beta, training, momentum, eps
    )
    return H, mean, var
""",
            r"uses `batch_norm`, which this exercise does without",
        ),
        "running statistics in training": (
            """
def batch_norm(Z, gamma, beta, mean, var, training, momentum=0.1, eps=1e-5):
    out = (Z - mean[:, None, None]) / (var[:, None, None] + eps).sqrt()
    if training:
        mean = (1 - momentum) * mean + momentum * Z.mean(dim=(0, 2, 3))
        var = (1 - momentum) * var + momentum * Z.var(dim=(0, 2, 3))
    return gamma[:, None, None] * out + beta[:, None, None], mean, var
""",
            r"in training the statistics of the batch are used",
        ),
        "each place on its own": (
            """
def batch_norm(Z, gamma, beta, mean, var, training, momentum=0.1, eps=1e-5):
    m, v = mean[:, None, None], var[:, None, None]
    if training:
        m, v = Z.mean(dim=0), Z.var(dim=0, correction=0)
        mean = (1 - momentum) * mean + momentum * Z.mean(dim=(0, 2, 3))
        var = (1 - momentum) * var + momentum * Z.var(dim=(0, 2, 3))
    out = (Z - m) / (v + eps).sqrt()
    return gamma[:, None, None] * out + beta[:, None, None], mean, var
""",
            r"you normalize each place on its own",
        ),
        "statistics of each place": (
            """
def batch_norm(Z, gamma, beta, mean, var, training, momentum=0.1, eps=1e-5):
    m, v = Z.mean(dim=0), Z.var(dim=0, correction=0)
    out = (Z - m) / (v + eps).sqrt()
    mean = 0.9 * mean[:, None, None] + 0.1 * m
    var = 0.9 * var[:, None, None] + 0.1 * v
    return gamma[:, None, None] * out + beta[:, None, None], mean, var
""",
            r"running mean must have the shape \(3,\).*over images, rows and columns",
        ),
        "each image on its own": (
            """
def batch_norm(Z, gamma, beta, mean, var, training, momentum=0.1, eps=1e-5):
    m, v = mean[:, None, None], var[:, None, None]
    if training:
        m = Z.mean(dim=(2, 3), keepdim=True)
        v = Z.var(dim=(2, 3), keepdim=True, correction=0)
        mean = (1 - momentum) * mean + momentum * Z.mean(dim=(0, 2, 3))
        var = (1 - momentum) * var + momentum * Z.var(dim=(0, 2, 3))
    out = (Z - m) / (v + eps).sqrt()
    return gamma[:, None, None] * out + beta[:, None, None], mean, var
""",
            r"you normalize each image on its own",
        ),
        "one mean for all channels": (
            """
def batch_norm(Z, gamma, beta, mean, var, training, momentum=0.1, eps=1e-5):
    m, v = mean[:, None, None], var[:, None, None]
    if training:
        m, v = Z.mean(), Z.var(correction=0)
        mean = (1 - momentum) * mean + momentum * Z.mean(dim=(0, 2, 3))
        var = (1 - momentum) * var + momentum * Z.var(dim=(0, 2, 3))
    out = (Z - m) / (v + eps).sqrt()
    return gamma[:, None, None] * out + beta[:, None, None], mean, var
""",
            r"you use one mean for everything",
        ),
        "unbiased variance in front": (
            """
def batch_norm(Z, gamma, beta, mean, var, training, momentum=0.1, eps=1e-5):
    m, v = mean, var
    if training:
        m, v = Z.mean(dim=(0, 2, 3)), Z.var(dim=(0, 2, 3))
        mean = (1 - momentum) * mean + momentum * m
        var = (1 - momentum) * var + momentum * v
    out = (Z - m[:, None, None]) / (v[:, None, None] + eps).sqrt()
    return gamma[:, None, None] * out + beta[:, None, None], mean, var
""",
            r"variance that normalizes divides by m, the number of values",
        ),
        "biased variance kept": (
            """
def batch_norm(Z, gamma, beta, mean, var, training, momentum=0.1, eps=1e-5):
    m, v = mean, var
    if training:
        m, v = Z.mean(dim=(0, 2, 3)), Z.var(dim=(0, 2, 3), correction=0)
        mean = (1 - momentum) * mean + momentum * m
        var = (1 - momentum) * var + momentum * v
    out = (Z - m[:, None, None]) / (v[:, None, None] + eps).sqrt()
    return gamma[:, None, None] * out + beta[:, None, None], mean, var
""",
            r"running variance is to take the variance that divides by m - 1",
        ),
        "no gamma and beta": (
            """
def batch_norm(Z, gamma, beta, mean, var, training, momentum=0.1, eps=1e-5):
    m, v = mean, var
    if training:
        m, v = Z.mean(dim=(0, 2, 3)), Z.var(dim=(0, 2, 3), correction=0)
        mean = (1 - momentum) * mean + momentum * m
        var = (1 - momentum) * var + momentum * Z.var(dim=(0, 2, 3))
    return (Z - m[:, None, None]) / (v[:, None, None] + eps).sqrt(), mean, var
""",
            r"gamma and beta are missing",
        ),
        "eps outside the root": (
            """
def batch_norm(Z, gamma, beta, mean, var, training, momentum=0.1, eps=1e-5):
    m, v = mean, var
    if training:
        m, v = Z.mean(dim=(0, 2, 3)), Z.var(dim=(0, 2, 3), correction=0)
        mean = (1 - momentum) * mean + momentum * m
        var = (1 - momentum) * var + momentum * Z.var(dim=(0, 2, 3))
    out = (Z - m[:, None, None]) / (v[:, None, None].sqrt() + eps)
    return gamma[:, None, None] * out + beta[:, None, None], mean, var
""",
            r"the output in training: .*eps belongs under the root",
        ),
        "momentum the wrong way round": (
            """
def batch_norm(Z, gamma, beta, mean, var, training, momentum=0.1, eps=1e-5):
    m, v = mean, var
    if training:
        m, v = Z.mean(dim=(0, 2, 3)), Z.var(dim=(0, 2, 3), correction=0)
        mean = momentum * mean + (1 - momentum) * m
        var = momentum * var + (1 - momentum) * Z.var(dim=(0, 2, 3))
    out = (Z - m[:, None, None]) / (v[:, None, None] + eps).sqrt()
    return gamma[:, None, None] * out + beta[:, None, None], mean, var
""",
            r"keep a tenth and take nine tenths: it is the other way round",
        ),
        "running statistics never move": (
            """
def batch_norm(Z, gamma, beta, mean, var, training, momentum=0.1, eps=1e-5):
    m, v = mean, var
    if training:
        m, v = Z.mean(dim=(0, 2, 3)), Z.var(dim=(0, 2, 3), correction=0)
    out = (Z - m[:, None, None]) / (v[:, None, None] + eps).sqrt()
    return gamma[:, None, None] * out + beta[:, None, None], mean, var
""",
            r"the running mean has not moved",
        ),
        "statistics of the batch in evaluation": (
            """
def batch_norm(Z, gamma, beta, mean, var, training, momentum=0.1, eps=1e-5):
    m, v = Z.mean(dim=(0, 2, 3)), Z.var(dim=(0, 2, 3), correction=0)
    if training:
        mean = (1 - momentum) * mean + momentum * m
        var = (1 - momentum) * var + momentum * Z.var(dim=(0, 2, 3))
    out = (Z - m[:, None, None]) / (v[:, None, None] + eps).sqrt()
    return gamma[:, None, None] * out + beta[:, None, None], mean, var
""",
            r"in evaluation you use the statistics of the batch",
        ),
        "statistics move in evaluation": (
            """
def batch_norm(Z, gamma, beta, mean, var, training, momentum=0.1, eps=1e-5):
    m, v = Z.mean(dim=(0, 2, 3)), Z.var(dim=(0, 2, 3), correction=0)
    if not training:
        m, v = mean, var
    mean = (1 - momentum) * mean + momentum * Z.mean(dim=(0, 2, 3))
    var = (1 - momentum) * var + momentum * Z.var(dim=(0, 2, 3))
    out = (Z - m[:, None, None]) / (v[:, None, None] + eps).sqrt()
    return gamma[:, None, None] * out + beta[:, None, None], mean, var
""",
            r"in evaluation the running statistics must stay",
        ),
        "in place": (
            """
def batch_norm(Z, gamma, beta, mean, var, training, momentum=0.1, eps=1e-5):
    m, v = mean, var
    if training:
        m, v = Z.mean(dim=(0, 2, 3)), Z.var(dim=(0, 2, 3), correction=0)
        mean.lerp_(m, momentum)
        var.lerp_(Z.var(dim=(0, 2, 3)), momentum)
    out = (Z - m[:, None, None]) / (v[:, None, None] + eps).sqrt()
    return gamma[:, None, None] * out + beta[:, None, None], mean, var
""",
            r"changes a tensor it is given: return new running statistics",
        ),
        "momentum of 0.1 always (hidden)": (
            """
def batch_norm(Z, gamma, beta, mean, var, training, momentum=0.1, eps=1e-5):
    m, v = mean, var
    if training:
        m, v = Z.mean(dim=(0, 2, 3)), Z.var(dim=(0, 2, 3), correction=0)
        mean = 0.9 * mean + 0.1 * m
        var = 0.9 * var + 0.1 * Z.var(dim=(0, 2, 3))
    out = (Z - m[:, None, None]) / (v[:, None, None] + eps).sqrt()
    return gamma[:, None, None] * out + beta[:, None, None], mean, var
""",
            r"running mean of \d+ × .* values with training=True",
        ),
    },
}

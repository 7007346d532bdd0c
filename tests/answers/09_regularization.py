"""Wrong answers to exercise set 9: what a learner may write, and what it is told.

WRONG[exercise][mistake] is the answer cell and a pattern of the check's message. A
mistake whose name ends in "(hidden)" passes the checks that learners see.
BELIEFS[exercise][mistake] is what a learner thinks who writes it.

UNUSUAL[exercise][what] is a right answer that looks unlike the key's: the answer cell,
or a pair of it and of cells of the learner's own that stand above it.

EQUIVALENT[exercise][change] says why a change of the key's answer that
`tests/benchmarks/mutants.py` makes leaves the answer right.
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
            r"expected \(3, 1\), got \(3, 0\): epochs are counted from 1",
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
        "larger is better": (
            """
def early_stopping(losses, patience, min_gain=0.0):
    best, best_loss = 0, -float("inf")
    for epoch, loss in enumerate(losses, start=1):
        if loss - best_loss > min_gain:
            best, best_loss = epoch, loss
        elif epoch - best == patience:
            return epoch, best
    return len(losses), best
""",
            r"got \(3, 3\): a loss is to be small",
        ),
        "patience taken for the last epoch": (
            """
def early_stopping(losses, patience, min_gain=0.0):
    best, best_loss = 0, float("inf")
    for epoch, loss in enumerate(losses[:patience], start=1):
        if best_loss - loss > min_gain:
            best, best_loss = epoch, loss
    return min(patience, len(losses)), best
""",
            r"got \(3, 2\): the patience is not the number of the last epoch",
        ),
        "the last epoch twice": (
            """
def early_stopping(losses, patience, min_gain=0.0):
    best, best_loss = 0, float("inf")
    for epoch, loss in enumerate(losses, start=1):
        if best_loss - loss > min_gain:
            best, best_loss = epoch, loss
        elif epoch - best == patience:
            return epoch, epoch
    return len(losses), best
""",
            r"got \(5, 5\): the second number is the epoch of the last improvement",
        ),
    },
    "penalty": {
        "every second parameter": (
            """
def penalty(parameters, l1, l2):
    weights = parameters[::2]
    return sum(l1 * w.abs().sum() + l2 / 2 * w.square().sum() for w in weights)
""",
            r"first without a bias.*Not every second tensor is a bias",
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
        "matrices only": (
            """
def penalty(parameters, l1, l2):
    weights = [p for p in parameters if p.ndim == 2]
    return sum(l1 * w.abs().sum() + l2 / 2 * w.square().sum() for w in weights)
""",
            r"shape \(1, 1, 2, 2\).*those of a convolution have four",
        ),
        "strengths exchanged": (
            """
def penalty(parameters, l1, l2):
    weights = [p for p in parameters if p.ndim > 1]
    return sum(l2 * w.abs().sum() + l1 / 2 * w.square().sum() for w in weights)
""",
            r"l1 and l2 have changed places",
        ),
        "half of everything": (
            """
def penalty(parameters, l1, l2):
    weights = [p for p in parameters if p.ndim > 1]
    return sum(l1 * w.abs().sum() + l2 * w.square().sum() for w in weights) / 2
""",
            r"factor 1/2 belongs to the squares alone",
        ),
        "lengths of the layers": (
            """
def penalty(parameters, l1, l2):
    weights = [p for p in parameters if p.ndim > 1]
    return sum(l1 * w.abs().sum() + l2 / 2 * w.norm() for w in weights)
""",
            r"got 0.486: these are the lengths of the layers' weights",
        ),
        "subtracted": (
            """
def penalty(parameters, l1, l2):
    weights = [p for p in parameters if p.ndim > 1]
    return -sum(l1 * w.abs().sum() + l2 / 2 * w.square().sum() for w in weights)
""",
            r"added to the loss, so it is positive",
        ),
        "three tensors taken for granted (hidden)": (
            """
def penalty(parameters, l1, l2):
    weights = [p for p in parameters[:3] if p.ndim > 1]
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
        "negative values cut off": (
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
            r"dropout of -1 .*depends on the seed, not on the values",
        ),
        "nothing left in evaluation with p=1": (
            """
def dropout(H, p, training, seed):
    if p == 1:
        return torch.zeros_like(H)
    if not training:
        return H
    generator = torch.Generator().manual_seed(seed)
    return H * (torch.rand(H.shape, generator=generator) >= p) / (1 - p)
""",
            r"p=1 in evaluation: .*nothing is dropped, whatever p is",
        ),
        "an exact number": (
            """
def dropout(H, p, training, seed):
    if not training:
        return H
    if p == 1:
        return torch.zeros_like(H)
    generator = torch.Generator().manual_seed(seed)
    order = torch.randperm(H.numel(), generator=generator).view(H.shape)
    return torch.where(order < p * H.numel(), 0.0, H / (1 - p))
""",
            r"you drop exactly 20 % of the values each time",
        ),
        "the mask itself": (
            """
def dropout(H, p, training, seed):
    if not training:
        return H
    if p == 1:
        return torch.zeros_like(H)
    generator = torch.Generator().manual_seed(seed)
    return (torch.rand(H.shape, generator=generator) >= p) / (1 - p)
""",
            r"dropout of -1 with seed=1",
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
        'always the row "base"': (
            """
def gains(scores, base):
    result = {}
    for name, values in scores.items():
        d = [a - b for a, b in zip(values, scores["base"], strict=True)]
        result[name] = statistics.mean(d), statistics.stdev(d)
    return result
""",
            r"with the row called .base., whatever `base` is",
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
        "in percent of the base": (
            """
def gains(scores, base):
    result = {}
    for name, values in scores.items():
        d = [100 * (a / b - 1) for a, b in zip(values, scores[base], strict=True)]
        result[name] = statistics.mean(d), statistics.stdev(d)
    return result
""",
            r"got 3.98.*a gain in points is a difference",
        ),
        "sorted scores": (
            """
def gains(scores, base):
    result = {}
    for name, values in scores.items():
        pairs = zip(sorted(values), sorted(scores[base]), strict=True)
        d = [a - b for a, b in pairs]
        result[name] = statistics.mean(d), statistics.stdev(d)
    return result
""",
            r"got 0: you sort the scores",
        ),
        "a list": (
            """
def gains(scores, base):
    result = []
    for values in scores.values():
        d = [a - b for a, b in zip(values, scores[base], strict=True)]
        result.append((statistics.mean(d), statistics.stdev(d)))
    return result
""",
            r"expected a dictionary with the names base, dropout and decay",
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
        "first step only": (
            """
def adamw_step(w, g, m, s, t, lr=0.001, weight_decay=0.01):
    m = 0.9 * m + 0.1 * g
    s = 0.999 * s + 0.001 * g**2
    w = (1 - lr * weight_decay) * w
    return w - lr * (m / 0.1) / ((s / 0.001).sqrt() + 1e-8), m, s
""",
            r"w after a second step, t=2: .*the correction depends on t",
        ),
        "no correction": (
            """
def adamw_step(w, g, m, s, t, lr=0.001, weight_decay=0.01):
    m = 0.9 * m + 0.1 * g
    s = 0.999 * s + 0.001 * g**2
    w = (1 - lr * weight_decay) * w
    return w - lr * m / (s.sqrt() + 1e-8), m, s
""",
            r"the running means are not corrected",
        ),
        "eps inside the root": (
            """
def adamw_step(w, g, m, s, t, lr=0.001, weight_decay=0.01):
    m = 0.9 * m + 0.1 * g
    s = 0.999 * s + 0.001 * g**2
    m_hat, s_hat = m / (1 - 0.9**t), s / (1 - 0.999**t)
    w = (1 - lr * weight_decay) * w
    return w - lr * m_hat / torch.sqrt(s_hat + 1e-8), m, s
""",
            r"a step for the gradient 1e-8: .*added to the root, not under it",
        ),
        "the same from every weight": (
            """
def adamw_step(w, g, m, s, t, lr=0.001, weight_decay=0.01):
    m = 0.9 * m + 0.1 * g
    s = 0.999 * s + 0.001 * g**2
    m_hat, s_hat = m / (1 - 0.9**t), s / (1 - 0.999**t)
    return w - lr * weight_decay - lr * m_hat / (s_hat.sqrt() + 1e-8), m, s
""",
            r"takes the same from every weight, as L1 does",
        ),
        "past and present exchanged": (
            """
def adamw_step(w, g, m, s, t, lr=0.001, weight_decay=0.01):
    m = 0.1 * m + 0.9 * g
    s = 0.001 * s + 0.999 * g**2
    m_hat, s_hat = m / (1 - 0.9**t), s / (1 - 0.999**t)
    w = (1 - lr * weight_decay) * w
    return w - lr * m_hat / (s_hat.sqrt() + 1e-8), m, s
""",
            r"m keeps nine tenths of the past",
        ),
        "three weights taken for granted (hidden)": (
            """
def adamw_step(w, g, m, s, t, lr=0.001, weight_decay=0.01):
    m = 0.9 * m + 0.1 * g
    s = 0.999 * s + 0.001 * g**2
    m_hat, s_hat = m / (1 - 0.9**t), s / (1 - 0.999**t)
    new = (1 - lr * weight_decay) * w
    for i in range(min(3, w.shape[-1])):
        new[..., i] -= lr * m_hat[..., i] / (s_hat[..., i].sqrt() + 1e-8)
    return new, m, s
""",
            r"random weights after step 1 with",
        ),
    },
    "random_shift": {
        "rounded shifts": (
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
            r"of your shifts are -2 or 2.*reach the ends half as often",
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
            r"must have the shape \(300, 2, 7, 6\), but has \(300, 2, 11, 10\)",
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
        "one channel": (
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
            r"must have the shape \(300, 2, 7, 6\), but has \(300, 1, 7, 6\)",
        ),
        "each channel on its own": (
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
            r"each channel moves on its own",
        ),
        "cut off to whole numbers": (
            """
def random_shift(images, most, seed):
    n, _, h, w = images.shape
    generator = torch.Generator().manual_seed(seed)
    shifts = ((2 * torch.rand(n, 2, generator=generator) - 1) * most).int()
    padded = F.pad(images, [most] * 4)
    return torch.stack([
        x[:, most - a : most - a + h, most - b : most - b + w]
        for x, (a, b) in zip(padded, shifts.tolist())
    ])
""",
            r"expected shifts down from -2 to 2, got \[-1, 0, 1\]",
        ),
        "seeded in the loop": (
            """
def random_shift(images, most, seed):
    h, w = images.shape[2:]
    moved = []
    for x in F.pad(images, [most] * 4):
        generator = torch.Generator().manual_seed(seed)
        a, b = torch.randint(2 * most + 1, (2,), generator=generator).tolist()
        moved.append(x[:, a : a + h, b : b + w])
    return torch.stack(moved)
""",
            r"all images are shifted alike",
        ),
        "to the right alone": (
            """
def random_shift(images, most, seed):
    w = images.shape[3]
    generator = torch.Generator().manual_seed(seed)
    lefts = torch.randint(2 * most + 1, (len(images),), generator=generator)
    padded = F.pad(images, [most, most, 0, 0])
    return torch.stack([x[:, :, b : b + w] for x, b in zip(padded, lefts.tolist())])
""",
            r"all images are shifted by the same down",
        ),
        "two pixels always": (
            """
def random_shift(images, most, seed):
    h, w = images.shape[2:]
    most = min(most, 1) * 2
    generator = torch.Generator().manual_seed(seed)
    shifts = torch.randint(2 * most + 1, (len(images), 2), generator=generator)
    padded = F.pad(images, [most] * 4)
    return torch.stack([
        x[:, a : a + h, b : b + w] for x, (a, b) in zip(padded, shifts.tolist())
    ])
""",
            r"with most=1 some images move further",
        ),
        "size of the example (hidden)": (
            """
def random_shift(images, most, seed):
    generator = torch.Generator().manual_seed(seed)
    shifts = torch.randint(2 * most + 1, (len(images), 2), generator=generator)
    padded = F.pad(images, [most] * 4)
    return torch.stack([
        x[:, a : a + 7, b : b + 6] for x, (a, b) in zip(padded, shifts.tolist())
    ])
""",
            r"500 random color images .* must have the shape",
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
        "momentum of 0.1 always": (
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
            r"running mean with momentum=0.5: .*is 0.1 written",
        ),
        "channels matched with the width": (
            """
def batch_norm(Z, gamma, beta, mean, var, training, momentum=0.1, eps=1e-5):
    m, v = mean, var
    if training:
        m, v = Z.mean(dim=(0, 2, 3)), Z.var(dim=(0, 2, 3), correction=0)
        mean = (1 - momentum) * mean + momentum * m
        var = (1 - momentum) * var + momentum * Z.var(dim=(0, 2, 3))
    return gamma * (Z - m) / (v + eps).sqrt() + beta, mean, var
""",
            r"matched with the last dimension, the width",
        ),
        "beta scaled too": (
            """
def batch_norm(Z, gamma, beta, mean, var, training, momentum=0.1, eps=1e-5):
    m, v = mean, var
    if training:
        m, v = Z.mean(dim=(0, 2, 3)), Z.var(dim=(0, 2, 3), correction=0)
        mean = (1 - momentum) * mean + momentum * m
        var = (1 - momentum) * var + momentum * Z.var(dim=(0, 2, 3))
    out = (Z - m[:, None, None]) / (v[:, None, None] + eps).sqrt()
    return gamma[:, None, None] * (out + beta[:, None, None]), mean, var
""",
            r"beta is added after the scaling with gamma",
        ),
        "variance in place of its root": (
            """
def batch_norm(Z, gamma, beta, mean, var, training, momentum=0.1, eps=1e-5):
    m, v = mean, var
    if training:
        m, v = Z.mean(dim=(0, 2, 3)), Z.var(dim=(0, 2, 3), correction=0)
        mean = (1 - momentum) * mean + momentum * m
        var = (1 - momentum) * var + momentum * Z.var(dim=(0, 2, 3))
    out = (Z - m[:, None, None]) / (v[:, None, None] + eps)
    return gamma[:, None, None] * out + beta[:, None, None], mean, var
""",
            r"the output in training: .*Divide by the root",
        ),
        "eps of 1e-5 always (hidden)": (
            """
def batch_norm(Z, gamma, beta, mean, var, training, momentum=0.1, eps=1e-5):
    m, v = mean, var
    if training:
        m, v = Z.mean(dim=(0, 2, 3)), Z.var(dim=(0, 2, 3), correction=0)
        mean = (1 - momentum) * mean + momentum * m
        var = (1 - momentum) * var + momentum * Z.var(dim=(0, 2, 3))
    out = (Z - m[:, None, None]) / (v[:, None, None] + 1e-5).sqrt()
    return gamma[:, None, None] * out + beta[:, None, None], mean, var
""",
            r"the output of \d+ × .* values with training=True",
        ),
        "running statistics that have moved": (
            """
def batch_norm(Z, gamma, beta, mean, var, training, momentum=0.1, eps=1e-5):
    if training:
        mean = (1 - momentum) * mean + momentum * Z.mean(dim=(0, 2, 3))
        var = (1 - momentum) * var + momentum * Z.var(dim=(0, 2, 3))
    out = (Z - mean[:, None, None]) / (var[:, None, None] + eps).sqrt()
    return gamma[:, None, None] * out + beta[:, None, None], mean, var
""",
            r"not the running ones that have just moved",
        ),
    },
    "test_dropout": {
        "no condition at all": (
            """
def test_dropout(dropout):
    dropout(torch.ones(10, 10), 0.5, True)
""",
            r"your test accepts one that doesn't divide what stays by 1 - p\. Which",
        ),
        "returns whether it is right": (
            """
def test_dropout(dropout):
    out = dropout(torch.ones(100, 100), 0.2, True)
    return torch.isin(out, torch.tensor([0, 1.25])).all().item()
""",
            r"your test accepts one that doesn't divide what stays by 1 - p",
        ),
        "exactly p of the values": (
            """
def test_dropout(dropout):
    out = dropout(torch.ones(100, 100), 0.2, True)
    assert (out == 0).sum() == 2000, "not 2,000 zeros"
""",
            r"rejects one by torch\.rand, which is right\. It said: not 2,000 zeros",
        ),
        "the same random numbers": (
            """
def test_dropout(dropout):
    H = torch.rand(100, 100)
    torch.manual_seed(0)
    out = dropout(H, 0.2, True)
    torch.manual_seed(0)
    assert out.allclose(H * (torch.rand(H.shape) > 0.2) / 0.8), "other numbers"
""",
            r"your test rejects one by .*, which is right\. It said: other numbers",
        ),
        "p is one half": (
            """
def test_dropout(dropout):
    H = torch.ones(100, 100)
    out = dropout(H, 0.5, True)
    for dim in (0, 1):
        shares = (out == 0).double().mean(dim=dim)
        assert ((shares - 0.5).abs() < 0.3).all()
    assert torch.isin(out, torch.tensor([0.0, 2.0])).all()
    assert not out.equal(dropout(H, 0.5, True))
    assert dropout(H, 0.5, False).equal(H)
""",
            r"your test accepts one that divides what stays by p",
        ),
        "the mean alone": (
            """
def test_dropout(dropout):
    H = torch.ones(300, 300)
    out = dropout(H, 0.2, True)
    assert 0.9 < out.mean() < 1.1
    assert 0.1 < (out == 0).double().mean() < 0.3
    assert not out.equal(dropout(H, 0.2, True))
""",
            r"your test accepts one that drops values in evaluation, too",
        ),
        "shares of rows alone": (
            """
def test_dropout(dropout):
    H = torch.rand(100, 100)
    out = dropout(H, 0.2, True)
    assert ((out == 0).double().mean(dim=1) - 0.2).abs().max() < 0.3
    assert out[out != 0].allclose(H[out != 0] / 0.8)
    assert dropout(H, 0.2, False).equal(H)
    assert not out.equal(dropout(H, 0.2, True))
""",
            r"your test accepts one that drops the same columns in all rows",
        ),
        "one call in training": (
            """
def test_dropout(dropout):
    H = torch.rand(100, 100)
    for p in (0.2, 0.7):
        out = dropout(H, p, True)
        for dim in (0, 1):
            shares = (out == 0).double().mean(dim=dim)
            assert ((shares - p).abs() < 0.3).all()
        assert out[out != 0].allclose(H[out != 0] / (1 - p))
        assert dropout(H, p, False).equal(H)
""",
            r"your test accepts one that drops the same values in every call",
        ),
        "ones alone (hidden)": (
            """
def test_dropout(dropout):
    H = torch.ones(100, 100)
    for p in (0.2, 0.7):
        out = dropout(H, p, True)
        for dim in (0, 1):
            shares = (out == 0).double().mean(dim=dim)
            assert ((shares - p).abs() < 0.3).all()
        assert out[out != 0].allclose(torch.tensor(1 / (1 - p)))
        assert not out.equal(dropout(H, p, True))
        assert dropout(H, p, False).equal(H)
""",
            r"your test accepts one that returns the zeros and ones alone",
        ),
        "one p (hidden)": (
            """
def test_dropout(dropout):
    H = torch.rand(100, 100)
    out = dropout(H, 0.4, True)
    for dim in (0, 1):
        shares = (out == 0).double().mean(dim=dim)
        assert ((shares - 0.4).abs() < 0.5).all()
    assert 0.25 < shares.mean() < 0.55
    assert out[out != 0].allclose(H[out != 0] / 0.6)
    assert not out.equal(dropout(H, 0.4, True))
    assert dropout(H, 0.4, False).equal(H)
""",
            r"your test accepts one that drops half, whatever p is",
        ),
    },
    "recognize": {
        "the nearest image": (
            """
def recognize(X, y, X_new):
    return y[torch.cdist(X_new.flatten(1), X.flatten(1)).argmin(dim=1)]
""",
            r"(7|8)\d\.\d % of 2,000 new images are right",
        ),
        "the nearest mean": (
            """
def recognize(X, y, X_new):
    means = torch.stack([X[y == k].mean(dim=0).flatten() for k in range(10)])
    return torch.cdist(X_new.flatten(1), means).argmin(dim=1)
""",
            r"7\d\.\d % of 2,000 new images are right",
        ),
        "a network without a remedy": (
            """
def recognize(X, y, X_new):
    model = nn.Sequential(
        nn.Flatten(), nn.Linear(784, 64), nn.ReLU(), nn.Linear(64, 10)
    )
    optimizer = torch.optim.Adam(model.parameters(), lr=0.003)
    for _ in range(60):
        optimizer.zero_grad()
        F.cross_entropy(model(X), y).backward()
        optimizer.step()
    return model(X_new).argmax(dim=1)
""",
            r"(7|8)\d\.\d % of 2,000 new images are right",
        ),
        "logits": (
            """
def recognize(X, y, X_new):
    means = torch.stack([X[y == k].mean(dim=0).flatten() for k in range(10)])
    return -torch.cdist(X_new.flatten(1), means)
""",
            r"must have the shape \(2000,\), but has \(2000, 10\)",
        ),
        "distances in place of classes": (
            """
def recognize(X, y, X_new):
    return torch.cdist(X_new.flatten(1), X.flatten(1)).amin(dim=1)
""",
            r"expected classes, whole numbers",
        ),
        "the place in place of the class": (
            """
def recognize(X, y, X_new):
    return torch.cdist(X_new.flatten(1), X.flatten(1)).argmin(dim=1)
""",
            r"\b\d\.\d % of 2,000 new images are right",
        ),
        "more images than the budget": (
            """
def recognize(X, y, X_new):
    X, y = digits(0, 10000)
    near = torch.cdist(X_new.flatten(1), X.flatten(1)).argmin(dim=1)
    return y[near]
""",
            r"your answer uses `read_idx`",
        ),
        "the images to try ideas on (hidden)": (
            """
def recognize(X, y, X_new):
    known = X_other.flatten(1)
    return y_other[torch.cdist(X_new.flatten(1), known).argmin(dim=1)]
""",
            r"with other images and other numbers for the classes",
        ),
    },
}

BELIEFS = {
    "early_stopping": {
        "counted from 0": "Believes that epochs are counted as lists are, from 0.",
        "compared with the epoch before": (
            "Believes that any fall is an improvement, also after a rise."
        ),
        "one epoch too long": "Believes that the patience has to be exceeded.",
        "one epoch too early": (
            "Counts the epoch of the best loss as a first one without improvement."
        ),
        "best and stop swapped": "Returns what matters most first.",
        "lowest of all losses": (
            "Believes that one may look at losses that come after the stop."
        ),
        "count never starts anew": (
            "Believes that the patience is for the whole training."
        ),
        "nothing returned at the end": "Believes that the patience always runs out.",
        "equal losses improve": (
            "Believes that a loss that is no worse is an improvement."
        ),
        "gain ignored": "Believes that every fall counts, however small.",
        "best loss moves without an improvement": (
            "Believes that the best loss is the lowest, also where it was no "
            "improvement."
        ),
        "losses below 10 only (hidden)": (
            "Believes that a loss never is as large as ten."
        ),
        "larger is better": (
            "Treats losses as accuracies, of which the larger one is better."
        ),
        "patience taken for the last epoch": (
            "Believes that the patience is how long one trains."
        ),
        "the last epoch twice": "Believes that the last network is the one to keep.",
    },
    "penalty": {
        "every second parameter": "Believes that weights and biases always take turns.",
        "a number made into a tensor": (
            "Believes that a tensor around a number carries gradients again."
        ),
        "no gradient": "Believes that a penalty needs only a value.",
        "biases counted": "Believes that biases are weights like all others.",
        "sizes without the absolute value": (
            "Believes that the sum of the weights measures their size."
        ),
        "first layer only": "Believes that a model has one matrix of weights.",
        "mean": (
            "Believes that sums over weights are averaged, like losses over examples."
        ),
        "one per tensor": "Believes that each layer has a penalty of its own.",
        "without the half": "Knows weight decay written without the factor 1/2.",
        "length of the vector": (
            "Takes the L2 norm for the L2 penalty, which is its square."
        ),
        "either of them": "Believes that one chooses one of the two penalties.",
        "in place": "Overlooks that a trailing underscore changes the tensor itself.",
        "matrices only": "Believes that weights are always matrices.",
        "strengths exchanged": "Takes L1 for the penalty with squares.",
        "half of everything": "Believes that the factor 1/2 belongs to both terms.",
        "lengths of the layers": "Adds up L2 norms, as L1 adds up sizes.",
        "subtracted": (
            "Believes that a penalty lowers the loss, since it lowers the weights."
        ),
        "three tensors taken for granted (hidden)": (
            "Believes that a model is as deep as in the example."
        ),
    },
    "dropout": {
        "ready-made": "Believes that any way to the right numbers will do.",
        "not scaled": "Believes that dropout does no more than set values to zero.",
        "kept with probability p": (
            "Takes p for the probability of being kept, as in the first paper."
        ),
        "divided by p": (
            "Divides by the probability at hand in place of that of staying."
        ),
        "multiplied": "Makes up for the missing values in the wrong direction.",
        "one mask for all images": "Believes that one draw serves the whole batch.",
        "whole images": "Believes that dropout leaves out examples.",
        "also in evaluation": (
            "Believes that a network drops values whenever it is used."
        ),
        "scaled once more in evaluation": (
            "Mixes plain dropout, which scales in evaluation, with the inverted one."
        ),
        "seed ignored": "Believes that an argument named seed acts by itself.",
        "one seed for all": "Believes that repeatable means always the same.",
        "0 by 0": (
            "Overlooks that the general formula divides by zero at the end of its "
            "range."
        ),
        "in place": (
            "Believes that the values belong to the function and may be changed."
        ),
        "matrices only (hidden)": "Believes that values always come as a matrix.",
        "negative values cut off": (
            "Believes that dropout stands behind a ReLU, so that values are positive."
        ),
        "nothing left in evaluation with p=1": (
            "Treats the special case first, and forgets that it holds in training only."
        ),
        "an exact number": (
            "Believes that a probability of 20 % means exactly 20 of 100."
        ),
        "the mask itself": (
            "Returns what the values are multiplied with, which looks right for ones."
        ),
    },
    "gains": {
        "spread of the scores": (
            "Believes that the spread of a row is that of its gain."
        ),
        "difference of spreads": "Believes that spreads are subtracted as means are.",
        "spreads added": "Treats paired runs as if they were independent.",
        "divided by n": (
            "Believes that a standard deviation divides by the number of values."
        ),
        "error of the mean": (
            "Mixes up the spread of the gains with the error of their mean."
        ),
        "base minus row": "Subtracts in the order in which the rows are read.",
        "mean of the scores": (
            "Believes that the comparison is made by the reader, from two means."
        ),
        "base left out": "Believes that the base needs no row, since its gain is 0.",
        "means alone": "Believes that a mean says all about a gain.",
        'always the row "base"': (
            "Takes the value of an argument in the example for its name."
        ),
        "three seeds (hidden)": (
            "Believes that there are as many seeds as in the example."
        ),
        "in percent of the base": "Takes a gain for a share of what was there before.",
        "sorted scores": "Believes that the order of the scores has no meaning.",
        "a list": "Believes that the order of a list tells which row is which.",
    },
    "adamw_step": {
        "as published": (
            "Believes that weight decay and an L2 penalty are the same for every "
            "optimizer."
        ),
        "decay left in the squares": (
            "Takes the decay out of one running mean and overlooks the other."
        ),
        "no decay at all": (
            "Removes the line with the mistake and puts nothing in its place."
        ),
        "without the learning rate": (
            "Believes that the decay acts on its own, whatever the learning rate."
        ),
        "growth": "Adds the decay, since the gradient of the penalty is added.",
        "decay after the step": (
            "Believes that the order of step and decay makes no difference."
        ),
        "in place": "Believes that `*=` makes a new tensor.",
        "weights alone": (
            "Believes that a function remembers its variables until the next call."
        ),
        "first step only": (
            "Takes the correction of the first step for that of every step."
        ),
        "no correction": (
            "Believes that running means that start at 0 need no correction."
        ),
        "eps inside the root": (
            "Believes that it makes no difference on which side of the root eps stands."
        ),
        "the same from every weight": (
            "Believes that decay is a subtraction of a fixed amount."
        ),
        "past and present exchanged": (
            "Believes that 0.9 is the weight of the newest gradient."
        ),
        "three weights taken for granted (hidden)": (
            "Believes that there are as many weights as in the example."
        ),
    },
    "random_shift": {
        "rounded shifts": (
            "Believes that rounding random numbers gives all whole numbers equally "
            "often."
        ),
        "rolled": "Believes that rolling an image is shifting it.",
        "all alike": "Believes that one draw serves the whole batch.",
        "one number for both": (
            "Believes that one random number can serve both directions."
        ),
        "upper end left out": "Believes that randint includes its upper limit.",
        "one way only": "Believes that a shift is a positive number.",
        "larger images": "Believes that a frame of zeros is the shift.",
        "corners only": "Believes that a shift by at most two is a shift by two.",
        "seed ignored": "Believes that an argument named seed acts by itself.",
        "one seed for all": "Believes that repeatable means always the same.",
        "edge repeated": (
            "Believes that what comes in should look like the border of the image."
        ),
        "in place": (
            "Believes that the images belong to the function and may be changed."
        ),
        "one channel": "Believes that an image has one channel.",
        "each channel on its own": "Believes that each channel is an image of its own.",
        "cut off to whole numbers": (
            "Believes that int rounds to the nearest whole number."
        ),
        "seeded in the loop": "Believes that a seed has to be set before each draw.",
        "to the right alone": (
            "Believes that padding and shifting concern the last dimension."
        ),
        "two pixels always": (
            "Takes a number of the example for a constant of the formula."
        ),
        "size of the example (hidden)": (
            "Believes that images have the size of the example."
        ),
    },
    "batch_norm": {
        "ready-made": "Believes that any way to the right numbers will do.",
        "running statistics in training": (
            "Believes that the running statistics are what normalizes, always."
        ),
        "each place on its own": (
            "Believes that batch normalization averages over the batch alone, as "
            "for vectors."
        ),
        "statistics of each place": (
            "Believes that each pixel has running statistics of its own."
        ),
        "each image on its own": (
            "Believes that an image is normalized by itself, as instance "
            "normalization does."
        ),
        "one mean for all channels": "Believes that one mean serves all channels.",
        "unbiased variance in front": (
            "Believes that there is one variance, with n - 1."
        ),
        "biased variance kept": "Believes that there is one variance, with n.",
        "no gamma and beta": (
            "Believes that normalized means mean 0 and deviation 1, to the end."
        ),
        "eps outside the root": (
            "Believes that it makes no difference on which side of the root eps stands."
        ),
        "momentum the wrong way round": (
            "Takes momentum for the share of the past, as in SGD."
        ),
        "running statistics never move": (
            "Believes that the running statistics are learned like weights."
        ),
        "statistics of the batch in evaluation": (
            "Believes that training and evaluation compute the same."
        ),
        "statistics move in evaluation": (
            "Believes that the running statistics take in everything they see."
        ),
        "in place": (
            "Believes that the running statistics belong to the function and may "
            "be changed."
        ),
        "momentum of 0.1 always": "Takes the usual momentum for part of the formula.",
        "channels matched with the width": (
            "Believes that a vector of channels finds its dimension by itself."
        ),
        "beta scaled too": "Believes that scale and shift may change places.",
        "variance in place of its root": (
            "Believes that dividing by the variance gives the deviation 1."
        ),
        "eps of 1e-5 always (hidden)": "Takes the usual eps for part of the formula.",
        "running statistics that have moved": (
            "Believes that the running statistics, once updated, are those of the "
            "batch."
        ),
    },
    "test_dropout": {
        "no condition at all": "Believes that a wrong function stops by itself.",
        "returns whether it is right": (
            "Believes that a test says what it found by what it returns."
        ),
        "exactly p of the values": (
            "Takes a probability for a share that is met exactly."
        ),
        "the same random numbers": (
            "Believes that there is one right way to draw the zeros."
        ),
        "p is one half": (
            "Overlooks that p and 1 - p are the same where p is one half."
        ),
        "the mean alone": (
            "Tests what dropout is for, and not what it does in evaluation."
        ),
        "shares of rows alone": (
            "Believes that a right share in each image shows independent values."
        ),
        "one call in training": "Overlooks that a promise speaks of two calls.",
        "ones alone (hidden)": "Believes that what holds for ones holds for all.",
        "one p (hidden)": "Believes that one probability stands for all.",
    },
    "recognize": {
        "the nearest image": "Believes that with few images there is nothing to learn.",
        "the nearest mean": "Believes that one typical image says all of a class.",
        "a network without a remedy": (
            "Believes that a training loss of 0 is all that can be reached."
        ),
        "logits": "Takes the scores of classes for the classes.",
        "distances in place of classes": "Takes the smallest value for its place.",
        "the place in place of the class": (
            "Forgets to look up the label of the image that was found."
        ),
        "more images than the budget": (
            "Believes that what lies on the disk may be used as well."
        ),
        "the images to try ideas on (hidden)": (
            "Believes that images in the notebook belong to those that are given."
        ),
    },
}

UNUSUAL = {
    "early_stopping": {
        "a counter and a break": """
def early_stopping(losses, patience, min_gain=0.0):
    best, waited, epoch = 1, 0, 1
    for epoch in range(2, len(losses) + 1):
        if losses[epoch - 1] < losses[best - 1] - min_gain:
            best, waited = epoch, 0
        else:
            waited += 1
        if waited == patience:
            break
    return epoch, best
""",
        "recursion": """
def early_stopping(losses, patience, min_gain=0.0):
    def go_on(epoch, best):
        if epoch == len(losses) or epoch - best == patience:
            return [epoch, best]
        new = losses[best - 1] - losses[epoch] > min_gain
        return go_on(epoch + 1, epoch + 1 if new else best)

    return go_on(1, 1)
""",
        "a class": """
class Stopper:
    def __init__(self, patience, min_gain):
        self.patience, self.min_gain = patience, min_gain
        self.epoch, self.best, self.loss = 0, 0, None

    def stops(self, loss):
        self.epoch += 1
        if self.loss is None or self.loss - loss > self.min_gain:
            self.best, self.loss = self.epoch, loss
        return self.epoch >= self.best + self.patience


def early_stopping(losses, patience, min_gain=0.0):
    stopper = Stopper(patience, min_gain)
    any(stopper.stops(loss) for loss in losses)
    return stopper.epoch, stopper.best
""",
    },
    "penalty": {
        "norms of one long vector": """
def penalty(parameters, l1, l2):
    flat = torch.cat([p.reshape(-1) for p in parameters if p.dim() >= 2])
    return l1 * torch.linalg.vector_norm(flat, 1) + 0.5 * l2 * (flat @ flat)
""",
        "a loop that adds up": """
def penalty(parameters, l1, l2):
    total = torch.zeros((), dtype=parameters[0].dtype)
    for p in parameters:
        if len(p.shape) == 1:
            continue
        total = total + (l1 * p * p.sign() + l2 * p**2 / 2).sum()
    return total
""",
        "einsum, in 64 bits": """
def penalty(parameters, l1, l2):
    rows = [p.double().flatten() for p in parameters if p.ndim != 1]
    sizes = sum(torch.max(w, -w).sum() for w in rows)
    return l2 * sum(torch.einsum("i,i->", w, w) for w in rows) / 2 + sizes * l1
""",
    },
    "dropout": {
        "bernoulli": """
def dropout(H, p, training, seed):
    if not training or p == 0:
        return H
    generator = torch.Generator().manual_seed(seed)
    keep = torch.empty(H.shape).bernoulli_(1 - p, generator=generator).bool()
    return torch.where(keep, H / (1 - p), 0.0) if p < 1 else H * 0
""",
        "a copy with a mask": """
def dropout(H, p, training, seed):
    out = H.clone()
    if training:
        generator = torch.Generator()
        generator.manual_seed(seed)
        gone = torch.rand(H.shape, generator=generator, dtype=torch.float64) < p
        out[gone] = 0
        out[~gone] /= 1 - p
    return out
""",
        "value by value": """
def dropout(H, p, training, seed):
    generator = torch.Generator().manual_seed(seed)
    coins = torch.rand(H.numel(), generator=generator).tolist()
    values = [
        h if not training else 0.0 if coin < p else h / (1 - p)
        for h, coin in zip(H.flatten().tolist(), coins)
    ]
    return torch.tensor(values, dtype=H.dtype).reshape(H.shape)
""",
    },
    "gains": {
        "NumPy": """
import numpy as np

def gains(scores, base):
    table = {name: np.subtract(row, scores[base]) for name, row in scores.items()}
    return {name: (d.mean(), d.std(ddof=1)) for name, d in table.items()}
""",
        "one tensor for all rows": """
def gains(scores, base):
    rows = torch.tensor(list(scores.values()), dtype=torch.float64)
    d = rows - torch.tensor(scores[base], dtype=torch.float64)
    return dict(zip(scores, torch.stack([d.mean(1), d.std(1)], 1).tolist()))
""",
        "by hand, with a helper in another cell": (
            """
def gains(scores, base):
    return {
        name: mean_and_std([a - b for a, b in zip(row, scores[base])])
        for name, row in scores.items()
    }
""",
            [
                """
def mean_and_std(values):
    mean = sum(values) / len(values)
    variance = sum((v - mean) ** 2 for v in values) / (len(values) - 1)
    return mean, variance**0.5
""",
            ],
        ),
    },
    "adamw_step": {
        "torch.optim": """
def adamw_step(w, g, m, s, t, lr=0.001, weight_decay=0.01):
    p = nn.Parameter(w.clone())
    p.grad = g.clone()
    adam = torch.optim.AdamW([p], lr=lr, weight_decay=weight_decay)
    adam.state[p] = {
        "step": torch.tensor(t - 1.0), "exp_avg": m.clone(), "exp_avg_sq": s.clone()
    }
    adam.step()
    return p.detach(), adam.state[p]["exp_avg"], adam.state[p]["exp_avg_sq"]
""",
        "one formula, in 64 bits": """
def adamw_step(w, g, m, s, t, lr=0.001, weight_decay=0.01):
    g = g.double()
    m = m + 0.1 * (g - m)
    s = s + 0.001 * (g.square() - s)
    step = m / (1 - 0.9**t) / ((s / (1 - 0.999**t)) ** 0.5 + 1e-8)
    return [w - lr * (step + weight_decay * w), m, s]
""",
        "lerp and addcdiv": """
def adamw_step(w, g, m, s, t, lr=0.001, weight_decay=0.01):
    m, s = torch.lerp(g, m, 0.9), torch.lerp(g * g, s, 0.999)
    root = (s / (1 - 0.999**t)).sqrt() + 1e-8
    decayed = w * (1 - lr * weight_decay)
    return torch.addcdiv(decayed, m, root, value=-lr / (1 - 0.9**t)), m, s
""",
    },
    "random_shift": {
        "slices of both": """
def random_shift(images, most, seed):
    n, _, h, w = images.shape
    generator = torch.Generator().manual_seed(seed)
    result = torch.zeros_like(images)
    for i in range(n):
        down = int(torch.randint(-most, most + 1, (), generator=generator))
        right = int(torch.randint(-most, most + 1, (), generator=generator))
        rows = slice(max(down, 0), h + min(down, 0))
        columns = slice(max(right, 0), w + min(right, 0))
        from_rows = slice(max(-down, 0), h + min(-down, 0))
        from_columns = slice(max(-right, 0), w + min(-right, 0))
        result[i, :, rows, columns] = images[i, :, from_rows, from_columns]
    return result
""",
        "gather, without a loop": """
def random_shift(images, most, seed):
    n, c, h, w = images.shape
    generator = torch.Generator().manual_seed(seed)
    top, left = torch.randint(0, 2 * most + 1, (2, n, 1, 1), generator=generator)
    padded = F.pad(images, (most, most, most, most))
    rows = top + torch.arange(h)[:, None]
    columns = left + torch.arange(w)
    number = torch.arange(n)[:, None, None]
    return padded[number, :, rows, columns].permute(0, 3, 1, 2)
""",
        "roll, with what comes back erased": """
def random_shift(images, most, seed):
    g = torch.Generator()
    g.manual_seed(seed)
    h, w = images.shape[-2:]
    moved = []
    for image in images.double():
        down, right = (torch.randint(2 * most + 1, (2,), generator=g) - most).tolist()
        new = image.roll((down, right), (1, 2))
        rows, columns = torch.arange(h) - down, torch.arange(w) - right
        new[:, (rows < 0) | (rows >= h)] = 0
        new[:, :, (columns < 0) | (columns >= w)] = 0
        moved.append(new)
    return torch.stack(moved).to(images.dtype)
""",
    },
    "batch_norm": {
        "channels as rows": """
def batch_norm(Z, gamma, beta, mean, var, training, momentum=0.1, eps=1e-5):
    rows = Z.transpose(0, 1).flatten(1)
    m, v = mean, var
    if training:
        size = rows.shape[1]
        m = rows.sum(1) / size
        v = ((rows - m[:, None]) ** 2).sum(1) / size
        mean = torch.lerp(mean, m, momentum)
        var = torch.lerp(var, v * size / (size - 1), momentum)
    rows = (rows - m[:, None]) / torch.sqrt(v + eps)[:, None]
    rows = rows * gamma[:, None] + beta[:, None]
    n, c, h, w = Z.shape
    return rows.view(c, n, h, w).transpose(0, 1), mean, var
""",
        "mean of the squares, in 64 bits": """
def batch_norm(Z, gamma, beta, mean, var, training, momentum=0.1, eps=1e-5):
    Z = Z.double()
    m, v = mean, var
    if training:
        m = torch.einsum("nchw->c", Z) / Z[:, 0].numel()
        v = torch.einsum("nchw,nchw->c", Z, Z) / Z[:, 0].numel() - m**2
        size = Z[:, 0].numel()
        mean = mean + momentum * (m - mean)
        var = var + momentum * (v * size / (size - 1) - var)
    shape = (1, -1, 1, 1)
    out = (Z - m.view(shape)) * torch.rsqrt(v + eps).view(shape)
    return [out * gamma.view(shape) + beta.view(shape), mean, var]
""",
        "a loop over the channels": """
def batch_norm(Z, gamma, beta, mean, var, training, momentum=0.1, eps=1e-5):
    out = torch.empty_like(Z)
    mean, var = mean.clone(), var.clone()
    for c in range(Z.shape[1]):
        channel = Z[:, c]
        m, v = mean[c].clone(), var[c].clone()
        if training:
            m, v = channel.mean(), channel.var(correction=0)
            mean[c] = (1 - momentum) * mean[c] + momentum * m
            var[c] = (1 - momentum) * var[c] + momentum * channel.var()
        out[:, c] = gamma[c] * (channel - m) / (v + eps).sqrt() + beta[c]
    return out, mean, var
""",
    },
    "test_dropout": {
        "raises errors of its own": """
def test_dropout(dropout):
    H = torch.linspace(1, 2, 40_000, dtype=torch.float64).view(200, 200)
    for p in [0.1, 0.25, 0.9]:
        first, second = (dropout(H, p, True) for _ in range(2))
        if torch.equal(first, second):
            raise RuntimeError("twice the same")
        ratio = first / H * (1 - p)
        if not ((ratio.abs() < 1e-4) | ((ratio - 1).abs() < 1e-4)).all():
            raise ValueError("neither 0 nor divided by 1 - p")
        for rows in (ratio, ratio.T):
            counts = rows.round().sum(dim=1)
            if (counts - 200 * (1 - p)).abs().max() > 45:
                raise ValueError(f"{counts} of 200 stay")
        if (dropout(H, p, False) != H).any():
            raise KeyError("evaluation")
""",
        "value by value": """
class Test:
    def __call__(self, dropout):
        H = torch.tensor([[1.0, -2.0, 3.0], [4.0, 5.0, -6.0]])
        assert dropout(H, 0.3, training=False).tolist() == H.tolist()
        for p in (0.1, 0.8):
            seen = [dropout(H, p, training=True).tolist() for _ in range(60)]
            zeros = [[[v == 0 for v in row] for row in one] for one in seen]
            assert len({str(one) for one in zeros}) > 5
            assert any(one[0][0] != one[0][1] for one in zeros)
            assert any(one[0][0] != one[1][0] for one in zeros)
            for i in range(2):
                for j in range(3):
                    share = sum(one[i][j] for one in zeros) / len(zeros)
                    assert abs(share - p) < 0.3
                    kept = H[i, j].item() / (1 - p)
                    values = [one[i][j] for one in seen]
                    assert all(v == 0 or abs(v - kept) < 1e-3 for v in values)

test_dropout = Test()
""",
    },
    "recognize": {
        "a convolution, shifts, and whole numbers of 32 bits": """
def recognize(X, y, X_new):
    moves = [(a, b) for a in range(-2, 3) for b in range(-2, 3)]
    many = torch.cat([X.roll(move, (2, 3)) for move in moves])
    labels = y.repeat(len(moves))
    model = nn.Sequential(
        nn.AvgPool2d(2), nn.Conv2d(1, 16, 3), nn.ReLU(), nn.MaxPool2d(2),
        nn.Conv2d(16, 32, 3), nn.ReLU(), nn.MaxPool2d(2), nn.Flatten(),
        nn.Linear(128, 10),
    )
    optimizer = torch.optim.AdamW(model.parameters(), lr=0.01)
    for _ in range(180):
        index = torch.randint(len(many), (80,))
        loss = F.cross_entropy(model(many[index]), labels[index])
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
    return model(X_new).argmax(dim=1).int()
""",
        "gradients by hand": """
def recognize(X, y, X_new):
    parameters = [
        torch.randn(784, 128) / 28, torch.zeros(128),
        torch.randn(128, 10) / 12, torch.zeros(10),
    ]
    speeds, Y = [torch.zeros_like(w) for w in parameters], torch.eye(10)[y]
    for step in range(200):
        A = torch.eye(2, 3) + 0.12 * torch.randn(len(X), 2, 3)
        grid = F.affine_grid(A, X.shape, align_corners=False)
        Z = F.grid_sample(X, grid, align_corners=False).flatten(1)
        W, b, V, c = parameters
        H = (Z @ W + b).relu()
        D = ((H @ V + c).softmax(dim=1) - Y) / len(Y)
        E = D @ V.T * (H > 0)
        gradients = [Z.T @ E, E.sum(dim=0), H.T @ D, D.sum(dim=0)]
        for w, v, g in zip(parameters, speeds, gradients):
            v.mul_(0.9).add_(g)
            w.sub_(0.1 * v)
    W, b, V, c = parameters
    return ((X_new.flatten(1) @ W + b).relu() @ V + c).argmax(dim=1)
""",
    },
}

EQUIVALENT = {
    "early_stopping": {
        "best, best_loss = (0, float('inf')) => best, best_loss = (1, float('inf'))": (
            "The first epoch always is an improvement and sets it."
        ),
        "best, best_loss = (0, float('inf')) => best, best_loss = (-1, float('inf'))": (
            "The first epoch always is an improvement and sets it."
        ),
    },
    "dropout": {
        "if p == 1: / return torch.zeros_like(H) / generator = torch.Generator().manual_seed(seed) => generator = torch.Generator().manual_seed(seed) / if p == 1: / return torch.zeros_like(H)": (
            "A generator that is not used changes nothing."
        ),
        "keep = torch.rand(H.shape, generator=generator) >= p => keep = torch.rand(H.shape, generator=generator) > p": (
            "It differs where a random number equals p exactly, once in 16 million."
        ),
    },
    "gains": {
        "pairs = zip(values, scores[base], strict=True) => pairs = zip(values, scores[base])": (
            "All rows have equally many seeds."
        ),
        "pairs = zip(values, scores[base], strict=True) => pairs = zip(values, scores[base], strict=False)": (
            "All rows have equally many seeds."
        ),
    },
    "random_shift": {
        "return torch.stack([image[:, top:top + h, left:left + w] for image, (top, left) in zip(padded, shifts.tolist(), strict=True)]) => return torch.stack([image[:, top:top + h, left:left + w] for image, (top, left) in zip(padded, shifts.tolist())])": (
            "There is one pair of shifts for each image."
        ),
        "return torch.stack([image[:, top:top + h, left:left + w] for image, (top, left) in zip(padded, shifts.tolist(), strict=True)]) => return torch.stack([image[:, top:top + h, left:left + w] for image, (top, left) in zip(padded, shifts.tolist(), strict=False)])": (
            "There is one pair of shifts for each image."
        ),
        "return torch.stack([image[:, top:top + h, left:left + w] for image, (top, left) in zip(padded, shifts.tolist(), strict=True)]) => return torch.stack([image[:, top:top + h, left:left + w] for image, (top, left) in zip(padded, shifts, strict=True)])": (
            "Tensors with one number can bound a slice."
        ),
    },
    "batch_norm": {
        "dims = (0, 2, 3) => dims = (2, 0, 3)": (
            "The order of dimensions in a mean says nothing."
        ),
        "dims = (0, 2, 3) => dims = (0, 3, 2)": (
            "The order of dimensions in a mean says nothing."
        ),
        "dims = (0, 2, 3) => dims = (0, -2, 3)": (
            "Z has four dimensions, so 2 and -2 are the same one."
        ),
    },
    "test_dropout": {
        "H = torch.rand(100, 100) => H = torch.rand(101, 100)": (
            "A few values more or fewer test the same."
        ),
        "H = torch.rand(100, 100) => H = torch.rand(99, 100)": (
            "A few values more or fewer test the same."
        ),
        "H = torch.rand(100, 100) => H = torch.rand(100, 101)": (
            "A few values more or fewer test the same."
        ),
        "H = torch.rand(100, 100) => H = torch.rand(100, 99)": (
            "A few values more or fewer test the same."
        ),
        "H = torch.rand(100, 100) => H = torch.randn(100, 100)": (
            "Values of both signs test the same."
        ),
        "for p in (0.2, 0.7): => for p in (0.7, 0.2):": (
            "The order in which properties are tested says nothing."
        ),
        "for dim in (0, 1): => for dim in (1, 0):": (
            "The order in which properties are tested says nothing."
        ),
        "for dim in (0, 1): => for dim in (0, -1):": (
            "A matrix has two dimensions, so 1 and -1 are the same one."
        ),
        "for dim in (0, 1): / shares = zeros.double().mean(dim=dim) / assert (shares - p).abs().max() < 0.3, 'the share of zeros' / expected = (H / (1 - p))[~zeros] => expected = (H / (1 - p))[~zeros] / for dim in (0, 1): / shares = zeros.double().mean(dim=dim) / assert (shares - p).abs().max() < 0.3, 'the share of zeros'": (
            "The order in which properties are tested says nothing."
        ),
        "assert torch.allclose(out[~zeros], expected), 'what stays' / assert not out.equal(dropout(H, p, True)), 'the same zeros again' => assert not out.equal(dropout(H, p, True)), 'the same zeros again' / assert torch.allclose(out[~zeros], expected), 'what stays'": (
            "The order in which properties are tested says nothing."
        ),
        "assert not out.equal(dropout(H, p, True)), 'the same zeros again' / assert dropout(H, p, False).equal(H), 'evaluation' => assert dropout(H, p, False).equal(H), 'evaluation' / assert not out.equal(dropout(H, p, True)), 'the same zeros again'": (
            "The order in which properties are tested says nothing."
        ),
        "assert torch.allclose(out[~zeros], expected), 'what stays' => assert torch.allclose(expected, out[~zeros]), 'what stays'": (
            "Two tensors are as close as exchanged."
        ),
        "assert (shares - p).abs().max() < 0.3, 'the share of zeros' => assert (shares - p).abs().max() <= 0.3, 'the share of zeros'": (
            "Only a share 0.3 from p exactly, six deviations away, tells them apart."
        ),
    },
}

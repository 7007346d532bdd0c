"""Wrong answers to exercise set 5: what a learner may write, and what it is told.

WRONG[exercise][mistake] is the answer cell and a pattern of the check's message. A
mistake whose name ends in "(hidden)" passes the checks that learners see.
BELIEFS[exercise][mistake] is what a learner thinks who writes it.

UNUSUAL[exercise][what] is a right answer that looks unlike the key's: the answer cell,
or a pair of it and of cells of the learner's own that stand above it.

EQUIVALENT[exercise][change] says why a change of the key's answer that
`tests/benchmarks/mutants.py` makes leaves the answer right.
"""

WRONG = {
    "swish": {
        "autograd": (
            """
def swish(Z, beta):
    Z = Z.clone().requires_grad_()
    H = Z * torch.sigmoid(beta * Z)
    H.sum().backward()
    return H.detach(), Z.grad
""",
            r"uses autograd, which this exercise does without",
        ),
        "beta ignored": (
            """
def swish(Z, beta):
    s = torch.sigmoid(Z)
    return Z * s, s + Z * s * (1 - s)
""",
            r"beta has no effect on your values",
        ),
        "the switch alone": (
            """
def swish(Z, beta):
    s = torch.sigmoid(beta * Z)
    return s, beta * s * (1 - s)
""",
            r"values are the switch alone",
        ),
        "beta in both factors": (
            """
def swish(Z, beta):
    s = torch.sigmoid(beta * Z)
    return beta * Z * s, s + beta * Z * s * (1 - s)
""",
            r"SiLU at beta times z",
        ),
        "beta in front": (
            """
def swish(Z, beta):
    s = torch.sigmoid(Z)
    return beta * Z * s, beta * (s + Z * s * (1 - s))
""",
            r"multiply the result by beta\. The dial is inside",
        ),
        "no product rule": (
            """
def swish(Z, beta):
    s = torch.sigmoid(beta * Z)
    return Z * s, s
""",
            r"slope is the switch alone\. Product rule",
        ),
        "slope of the switch alone": (
            """
def swish(Z, beta):
    s = torch.sigmoid(beta * Z)
    return Z * s, beta * s * (1 - s)
""",
            r"slope is that of the switch alone",
        ),
        "slope of sigmoid": (
            """
def swish(Z, beta):
    s = torch.sigmoid(beta * Z)
    return Z * s, s * (1 - s)
""",
            r"slope is that of sigmoid\. Product rule",
        ),
        "inner derivative forgotten": (
            """
def swish(Z, beta):
    s = torch.sigmoid(beta * Z)
    return Z * s, s + Z * s * (1 - s)
""",
            r"lacks a factor beta: the inner derivative",
        ),
        "values alone": (
            """
def swish(Z, beta):
    return Z * torch.sigmoid(beta * Z)
""",
            r"expected two tensors.*got a Tensor of shape \(2, 2\)",
        ),
        "not stable": (
            """
def swish(Z, beta):
    s = torch.exp(beta * Z) / (1 + torch.exp(beta * Z))
    return Z * s, s + Z * beta * s * (1 - s)
""",
            r"the value at z = -1000 and 1000: .* got nan\. Does an exponential",
        ),
        "in place": (
            """
def swish(Z, beta):
    s = torch.sigmoid(beta * Z)
    slopes = s + Z * beta * s * (1 - s)
    Z *= s
    return Z, slopes
""",
            r"changes the tensor it is given: `Z \*= …`",
        ),
        "beta rounded (hidden)": (
            """
def swish(Z, beta):
    beta = max(1, int(beta))
    s = torch.sigmoid(beta * Z)
    return Z * s, s + Z * beta * s * (1 - s)
""",
            r"the values for \d+ × \d+ random numbers and beta=0.3",
        ),
    },
    "dead_share": {
        "zeros in the outputs": (
            """
def dead_share(W, b, batches):
    H = torch.relu(torch.cat(batches) @ W + b)
    return (H == 0).float().mean().item()
""",
            r"got 0.66: you count zeros in the outputs",
        ),
        "mean over the batches": (
            """
def dead_share(W, b, batches):
    shares = [(X @ W + b <= 0).all(dim=0).float().mean() for X in batches]
    return (sum(shares) / len(batches)).item()
""",
            r"got 0.6: you judge each batch by itself",
        ),
        "the last batch alone": (
            """
def dead_share(W, b, batches):
    for X in batches:
        dead = (X @ W + b <= 0).all(dim=0)
    return dead.float().mean().item()
""",
            r"got 0.6: you judge each batch by itself",
        ),
        "silent for some image": (
            """
def dead_share(W, b, batches):
    Z = torch.cat(batches) @ W + b
    return (Z <= 0).any(dim=0).float().mean().item()
""",
            r"got 0.9: you count units that are silent for some image",
        ),
        "zero counts as active": (
            """
def dead_share(W, b, batches):
    Z = torch.cat(batches) @ W + b
    return (Z < 0).all(dim=0).float().mean().item()
""",
            r"got 0.2: one dead unit is missing\. Its z is exactly 0",
        ),
        "the bias is forgotten": (
            """
def dead_share(W, b, batches):
    Z = torch.cat(batches) @ W
    return (Z <= 0).all(dim=0).float().mean().item()
""",
            r"got 0.4: a unit that its bias keeps active",
        ),
        "along the units": (
            """
def dead_share(W, b, batches):
    Z = torch.cat(batches) @ W + b
    return (Z <= 0).all(dim=1).float().mean().item()
""",
            r"got 0.0: .*not for images that silence all units: dim=0",
        ),
        "those that live": (
            """
def dead_share(W, b, batches):
    Z = torch.cat(batches) @ W + b
    return (Z > 0).any(dim=0).float().mean().item()
""",
            r"got 0.7: that is the share of units that are alive",
        ),
        "a number of units": (
            """
def dead_share(W, b, batches):
    Z = torch.cat(batches) @ W + b
    return (Z <= 0).all(dim=0).sum().item()
""",
            r"got 3.0: that is the number of dead units",
        ),
        "batches added up": (
            """
def dead_share(W, b, batches):
    silent = sum((X @ W + b <= 0).all(dim=0).sum() for X in batches)
    return silent / len(b)
""",
            r"got 1.2: you add up the silent units of all batches",
        ),
        "a mask": (
            """
def dead_share(W, b, batches):
    return (torch.cat(batches) @ W + b <= 0).all(dim=0)
""",
            r"expected one number, got a Tensor of shape \(10,\)",
        ),
        "ten units taken for granted (hidden)": (
            """
def dead_share(W, b, batches):
    Z = torch.cat(batches) @ W + b
    return (Z <= 0).all(dim=0).sum().item() / 10
""",
            r"the share of dead units among \d+, with \d+ random images",
        ),
        "two batches taken for granted (hidden)": (
            """
def dead_share(W, b, batches):
    silent = [(X @ W + b <= 0).all(dim=0) for X in (batches[0], batches[-1])]
    return (silent[0] & silent[1]).float().mean().item()
""",
            r"the share of dead units among \d+, with \d+ random images",
        ),
    },
    "softplus": {
        "through NumPy": (
            """
import numpy as np

def softplus(Z, beta=1.0):
    return torch.from_numpy(np.logaddexp(0, beta * Z.numpy())) / beta
""",
            r"uses `logaddexp`, which this exercise does without",
        ),
        "ready-made": (
            """
softplus = F.softplus
""",
            r"uses `softplus`, which this exercise does without",
        ),
        "as the formula says": (
            """
def softplus(Z, beta=1.0):
    return torch.log(1 + torch.exp(beta * Z)) / beta
""",
            r"expected 200, got inf: the exponential overflows",
        ),
        "beta ignored": (
            """
def softplus(Z, beta=1.0):
    return Z.clamp(min=0) + torch.log1p(torch.exp(-Z.abs()))
""",
            r"beta has no effect",
        ),
        "not divided by beta": (
            """
def softplus(Z, beta=1.0):
    U = beta * Z
    return U.clamp(min=0) + torch.log1p(torch.exp(-U.abs()))
""",
            r"twice too large: divide by beta",
        ),
        "beta outside alone": (
            """
def softplus(Z, beta=1.0):
    return (Z.clamp(min=0) + torch.log1p(torch.exp(-Z.abs()))) / beta
""",
            r"beta belongs into the exponential",
        ),
        "cut off": (
            """
def softplus(Z, beta=1.0):
    return torch.log1p(torch.exp((beta * Z).clamp(max=80))) / beta
""",
            r"softplus\(200\): expected 200, got 80.*nothing may be cut off",
        ),
        "nan replaced": (
            """
def softplus(Z, beta=1.0):
    H = torch.log1p(torch.exp(beta * Z)) / beta
    return torch.where(H.isfinite(), H, 0.0)
""",
            r"softplus\(200\): expected 200, got 0",
        ),
        "sum rounded to 1": (
            """
def softplus(Z, beta=1.0):
    U = beta * Z
    return (U.clamp(min=0) + torch.log(1 + torch.exp(-U.abs()))) / beta
""",
            r"softplus\(-20\): .* got 0\. In 32 bits .*log1p",
        ),
        "in place": (
            """
def softplus(Z, beta=1.0):
    Z *= beta
    return (Z.clamp(min=0) + torch.log1p(torch.exp(-Z.abs()))) / beta
""",
            r"changes the tensor it is given: `Z \*= …`",
        ),
        "a straight line from 5 on (hidden)": (
            """
def softplus(Z, beta=1.0):
    U = beta * Z
    return torch.where(U > 5, U, torch.log1p(torch.exp(U))) / beta
""",
            r"softplus of \d+ × \d+ random numbers with beta=",
        ),
    },
    "sigmoid_backward": {
        "ready-made": (
            """
def sigmoid_backward(Z, dH):
    H = Z.sigmoid()
    return H, dH * H * (1 - H)
""",
            r"uses `sigmoid`, which this exercise does without",
        ),
        "as published": (
            """
def sigmoid_backward(Z, dH):
    return torch.exp(Z) / (1 + torch.exp(Z)), dH * Z * (1 - Z)
""",
            r"still computed from the input Z",
        ),
        "one mistake of two": (
            """
def sigmoid_backward(Z, dH):
    H = torch.exp(Z) / (1 + torch.exp(Z))
    return H, dH * H * (1 - H)
""",
            r"H at -1000, .* got nan\. Infinity divided by infinity",
        ),
        "the other mistake of two": (
            """
def sigmoid_backward(Z, dH):
    return 1 / (1 + torch.exp(-Z)), dH * Z * (1 - Z)
""",
            r"still computed from the input Z",
        ),
        "sigmoid twice": (
            """
def sigmoid_backward(Z, dH):
    H = 1 / (1 + torch.exp(-Z))
    again = 1 / (1 + torch.exp(-H))
    return H, dH * again * (1 - again)
""",
            r"you apply the sigmoid twice",
        ),
        "slopes alone": (
            """
def sigmoid_backward(Z, dH):
    H = 1 / (1 + torch.exp(-Z))
    return H, H * (1 - H)
""",
            r"slopes alone: multiply them by dH",
        ),
        "times the output": (
            """
def sigmoid_backward(Z, dH):
    H = 1 / (1 + torch.exp(-Z))
    return H, dH * H
""",
            r"multiply dH by the output",
        ),
        "slope of tanh": (
            """
def sigmoid_backward(Z, dH):
    H = 1 / (1 + torch.exp(-Z))
    return H, dH * (1 - H**2)
""",
            r"the slope of tanh",
        ),
        "cut off early": (
            """
def sigmoid_backward(Z, dH):
    H = 1 / (1 + torch.exp(-Z.clamp(-8, 8)))
    return H, dH * H * (1 - H)
""",
            r"H: .*Cutting off z",
        ),
        "a small number against nan": (
            """
def sigmoid_backward(Z, dH):
    H = torch.exp(Z) / (1 + torch.exp(Z) + 1e-3)
    return H, dH * H * (1 - H)
""",
            r"H: .*adding a small number",
        ),
        "in place": (
            """
def sigmoid_backward(Z, dH):
    H = 1 / (1 + torch.exp(-Z))
    dH *= H * (1 - H)
    return H, dH
""",
            r"changes a tensor it is given",
        ),
        "cut off at 20 (hidden)": (
            """
def sigmoid_backward(Z, dH):
    H = 1 / (1 + torch.exp(-Z.clamp(-20, 20)))
    return H, dH * H * (1 - H)
""",
            r"(H|dZ) for \d+ × \d+ random numbers of up to \d+",
        ),
    },
    "test_slopes": {
        "no condition": (
            """
def test_slopes(activation):
    activation(torch.randn(5))
""",
            r"your test accepts sigmoid with z \(1 - z\)\. Which inputs",
        ),
        "knows one function": (
            """
def test_slopes(activation):
    H, slopes = activation(torch.linspace(-3, 3, 7).double())
    assert torch.allclose(slopes, 1 - H**2), "not 1 - h²"
""",
            r"your test rejects sigmoid with its slopes, which is right\. It said: not",
        ),
        "returns a truth value": (
            """
def test_slopes(activation):
    Z = torch.linspace(-20, 20, 400).double()
    change = activation(Z + 1e-4)[0] - activation(Z - 1e-4)[0]
    return torch.allclose(activation(Z)[1], change / 2e-4, atol=1e-5)
""",
            r"your test accepts sigmoid with z \(1 - z\)",
        ),
        "in 32 bits": (
            """
def test_slopes(activation):
    Z = torch.linspace(-20, 20, 400)
    change = activation(Z + 1e-4)[0] - activation(Z - 1e-4)[0]
    assert torch.allclose(activation(Z)[1], change / 2e-4, atol=1e-5), "slopes"
""",
            r"your test rejects sigmoid with its slopes, which is right",
        ),
        "across the kink": (
            """
def test_slopes(activation):
    Z = torch.linspace(-20, 20, 401).double()
    change = activation(Z + 1e-4)[0] - activation(Z - 1e-4)[0]
    assert torch.allclose(activation(Z)[1], change / 2e-4, atol=1e-5), "slopes"
""",
            r"your test rejects a leaky ReLU with its slopes, which is right",
        ),
        "half of the numbers": (
            """
def test_slopes(activation):
    Z = torch.linspace(0.1, 20, 400).double()
    change = activation(Z + 1e-4)[0] - activation(Z - 1e-4)[0]
    assert torch.allclose(activation(Z)[1], change / 2e-4, atol=1e-5), "slopes"
""",
            r"your test accepts a leaky ReLU whose slope is 1 for negative z as well",
        ),
        "the sign alone": (
            """
def test_slopes(activation):
    Z = torch.linspace(-3, 3, 100).double()
    change = activation(Z + 1e-4)[0] - activation(Z - 1e-4)[0]
    assert (activation(Z)[1] * change >= 0).all()
""",
            r"your test accepts tanh with 1 - h",
        ),
        "near zero only (hidden)": (
            """
def test_slopes(activation):
    Z = torch.linspace(-3, 3, 100).double()
    change = activation(Z + 1e-4)[0] - activation(Z - 1e-4)[0]
    assert torch.allclose(activation(Z)[1], change / 2e-4, atol=1e-5), "slopes"
""",
            r"your test accepts the identity with a slope of 0 from 6 on",
        ),
        "a wide tolerance (hidden)": (
            """
def test_slopes(activation):
    Z = torch.linspace(-20, 20, 400).double()
    change = activation(Z + 1e-4)[0] - activation(Z - 1e-4)[0]
    assert (activation(Z)[1] - change / 2e-4).abs().max() < 0.1, "slopes"
""",
            r"your test accepts sigmoid with slopes that are 5 % too large",
        ),
    },
    "learn": {
        "as published": (
            """
def learn(start, X, y, lr, num_steps):
    return published_learn(start, X, y, lr, num_steps)
""",
            r"those of a network with a ReLU behind its last layer",
        ),
        "a ReLU behind the last layer": (
            """
def learn(start, X, y, lr, num_steps):
    weights, log = [w.clone().requires_grad_() for w in start], []
    W1, b1, w2, b2 = weights
    for _ in range(num_steps):
        z = torch.relu(torch.relu(X @ W1 + b1) @ w2 + b2)
        loss = (F.softplus(z) - y * z).mean()
        grads = torch.autograd.grad(loss, weights)
        with torch.no_grad():
            for w, grad in zip(weights, grads):
                w -= lr * grad
        log.append(loss.item())
    return [w.detach() for w in weights], log
""",
            r"z can't be negative, and no answer is surely 0",
        ),
        "the gradient of the sum": (
            """
def learn(start, X, y, lr, num_steps):
    weights, log = [w.clone().requires_grad_() for w in start], []
    W1, b1, w2, b2 = weights
    for _ in range(num_steps):
        z = torch.relu(X @ W1 + b1) @ w2 + b2
        loss = (F.softplus(z) - y * z).sum()
        grads = torch.autograd.grad(loss, weights)
        with torch.no_grad():
            for w, grad in zip(weights, grads):
                w -= lr * grad
        log.append(loss.item() / len(y))
    return [w.detach() for w in weights], log
""",
            r"for 5 points the step is 5 times too long",
        ),
        "through the probabilities": (
            """
def learn(start, X, y, lr, num_steps):
    weights, log = [w.clone().requires_grad_() for w in start], []
    W1, b1, w2, b2 = weights
    for _ in range(num_steps):
        z = torch.relu(X @ W1 + b1) @ w2 + b2
        p = torch.sigmoid(z)
        loss = -(y * p.log() + (1 - y) * (1 - p).log()).mean()
        grads = torch.autograd.grad(loss, weights)
        with torch.no_grad():
            for w, grad in zip(weights, grads):
                w -= lr * grad
        log.append(loss.item())
    return [w.detach() for w in weights], log
""",
            r"the loss is nan: p is rounded to 0 or 1",
        ),
        "probabilities with a bound": (
            """
def learn(start, X, y, lr, num_steps):
    weights, log = [w.clone().requires_grad_() for w in start], []
    W1, b1, w2, b2 = weights
    for _ in range(num_steps):
        z = torch.relu(X @ W1 + b1) @ w2 + b2
        p = torch.sigmoid(z).clamp(1e-7, 1 - 1e-7)
        loss = -(y * p.log() + (1 - y) * (1 - p).log()).mean()
        grads = torch.autograd.grad(loss, weights)
        with torch.no_grad():
            for w, grad in zip(weights, grads):
                w -= lr * grad
        log.append(loss.item())
    return [w.detach() for w in weights], log
""",
            r"expected the loss 200, got 1\d\.?\d*: a bound on p",
        ),
        "a small number added": (
            """
def learn(start, X, y, lr, num_steps):
    weights, log = [w.clone().requires_grad_() for w in start], []
    W1, b1, w2, b2 = weights
    for _ in range(num_steps):
        z = torch.relu(X @ W1 + b1) @ w2 + b2
        p = torch.sigmoid(z)
        log_p, log_q = (p + 1e-9).log(), (1 - p + 1e-9).log()
        loss = -(y * log_p + (1 - y) * log_q).mean()
        grads = torch.autograd.grad(loss, weights)
        with torch.no_grad():
            for w, grad in zip(weights, grads):
                w -= lr * grad
        log.append(loss.item())
    return [w.detach() for w in weights], log
""",
            r"expected the loss 200, got 20\.?\d*: a bound on p",
        ),
        "an overflow behind a condition": (
            """
def learn(start, X, y, lr, num_steps):
    weights, log = [w.clone().requires_grad_() for w in start], []
    W1, b1, w2, b2 = weights
    for _ in range(num_steps):
        z = torch.relu(X @ W1 + b1) @ w2 + b2
        safe = torch.where(z > 20, z, torch.log(1 + torch.exp(z)))
        loss = (safe - y * z).mean()
        grads = torch.autograd.grad(loss, weights)
        with torch.no_grad():
            for w, grad in zip(weights, grads):
                w -= lr * grad
        log.append(loss.item())
    return [w.detach() for w in weights], log
""",
            r"the loss is right and the step is not",
        ),
        "the sigmoid twice": (
            """
def learn(start, X, y, lr, num_steps):
    weights, log = [w.clone().requires_grad_() for w in start], []
    W1, b1, w2, b2 = weights
    for _ in range(num_steps):
        z = torch.relu(X @ W1 + b1) @ w2 + b2
        p = torch.sigmoid(z)
        loss = F.binary_cross_entropy_with_logits(p, y)
        grads = torch.autograd.grad(loss, weights)
        with torch.no_grad():
            for w, grad in zip(weights, grads):
                w -= lr * grad
        log.append(loss.item())
    return [w.detach() for w in weights], log
""",
            r"the weights after one step of 0\.1 are wrong",
        ),
        "classes mixed up": (
            """
def learn(start, X, y, lr, num_steps):
    weights, log = [w.clone().requires_grad_() for w in start], []
    W1, b1, w2, b2 = weights
    for _ in range(num_steps):
        z = torch.relu(X @ W1 + b1) @ w2 + b2
        loss = (F.softplus(-z) + y * z).mean()
        grads = torch.autograd.grad(loss, weights)
        with torch.no_grad():
            for w, grad in zip(weights, grads):
                w -= lr * grad
        log.append(loss.item())
    return [w.detach() for w in weights], log
""",
            r"the weights after one step of 0\.1 are wrong",
        ),
        "the start itself": (
            """
def learn(start, X, y, lr, num_steps):
    weights, log = [w.requires_grad_() for w in start], []
    W1, b1, w2, b2 = weights
    for _ in range(num_steps):
        z = torch.relu(X @ W1 + b1) @ w2 + b2
        loss = (F.softplus(z) - y * z).mean()
        grads = torch.autograd.grad(loss, weights)
        with torch.no_grad():
            for w, grad in zip(weights, grads):
                w -= lr * grad
        log.append(loss.item())
    return [w.detach() for w in weights], log
""",
            r"changes the weights in `start`: work on copies",
        ),
        "weights alone": (
            """
def learn(start, X, y, lr, num_steps):
    return published_learn(start, X, y, lr, num_steps)[0]
""",
            r"expected a list of four weights, and the log",
        ),
        "the last loss alone": (
            """
def learn(start, X, y, lr, num_steps):
    weights, log = [w.clone().requires_grad_() for w in start], []
    W1, b1, w2, b2 = weights
    for _ in range(num_steps):
        z = torch.relu(X @ W1 + b1) @ w2 + b2
        loss = (F.softplus(z) - y * z).mean()
        grads = torch.autograd.grad(loss, weights)
        with torch.no_grad():
            for w, grad in zip(weights, grads):
                w -= lr * grad
        log = [loss.item()]
    return [w.detach() for w in weights], log
""",
            r"expected one loss for each of 3 steps",
        ),
        "two inputs taken for granted (hidden)": (
            """
def learn(start, X, y, lr, num_steps):
    weights, log = [w.clone().requires_grad_() for w in start], []
    W1, b1, w2, b2 = weights
    for _ in range(num_steps):
        U = X[:, :1] * W1[0] + X[:, 1:2] * W1[1] + b1
        z = torch.relu(U) @ w2 + b2
        loss = (F.softplus(z) - y * z).mean()
        grads = torch.autograd.grad(loss, weights)
        with torch.no_grad():
            for w, grad in zip(weights, grads):
                w -= lr * grad
        log.append(loss.item())
    return [w.detach() for w in weights], log
""",
            r"the weights after 3 steps on \d+ random points are wrong",
        ),
    },
}

BELIEFS = {
    "swish": {
        "autograd": "Believes that any way to the right numbers will do.",
        "beta ignored": "Knows SiLU and believes that Swish is another name of it.",
        "the switch alone": "Believes that a gate is all there is to the activation.",
        "beta in both factors": (
            "Believes that the dial replaces z by beta times z wherever it stands."
        ),
        "beta in front": "Believes that the dial scales the result.",
        "no product rule": (
            "Believes that a factor that depends on z as well can be held fixed."
        ),
        "slope of the switch alone": (
            "Believes that the slope of a product is that of its second factor."
        ),
        "slope of sigmoid": (
            "Takes over the slope of the sigmoid, since one stands in the formula."
        ),
        "inner derivative forgotten": (
            "Applies the product rule and forgets the chain rule inside the switch."
        ),
        "values alone": "Believes that autograd gets the slopes from the values anyway.",
        "not stable": "Believes that both ways to write a sigmoid are the same for bits.",
        "in place": "Believes that `*=` makes a new tensor.",
        "beta rounded (hidden)": "Believes that a dial has whole numbers.",
    },
    "dead_share": {
        "zeros in the outputs": (
            "Believes that a zero in the output is a dead unit, for whichever image."
        ),
        "mean over the batches": (
            "Believes that shares of batches can be averaged to the share of all."
        ),
        "the last batch alone": (
            "Believes that a variable keeps what it held in earlier rounds of a loop."
        ),
        "silent for some image": "Mixes up `any` and `all`: silent once, or always.",
        "zero counts as active": (
            "Believes that a ReLU passes a gradient back where z is exactly 0."
        ),
        "the bias is forgotten": "Believes that the weights decide which units are dead.",
        "along the units": (
            "Mixes up which dimension counts images and which counts units."
        ),
        "those that live": "Counts the units with a property and forgets to turn it around.",
        "a number of units": "Believes that a share is a count.",
        "batches added up": (
            "Believes that units found silent in several batches can be added up."
        ),
        "a mask": "Believes that a truth value for each unit is as good as their share.",
        "ten units taken for granted (hidden)": (
            "Believes that a layer has as many units as that of the example."
        ),
        "two batches taken for granted (hidden)": (
            "Believes that there are as many batches as in the example."
        ),
    },
    "softplus": {
        "through NumPy": "Believes that another library's function is one's own.",
        "ready-made": "Believes that PyTorch's function may stand for one's own.",
        "as the formula says": (
            "Believes that a formula that is right on paper is right in 32 bits."
        ),
        "beta ignored": "Takes the default for the only sharpness there is.",
        "not divided by beta": (
            "Believes that the dial belongs into the exponential and nowhere else."
        ),
        "beta outside alone": "Believes that the dial only divides the result.",
        "cut off": "Believes that far from 0 nobody looks at the exact value.",
        "nan replaced": "Believes that what isn't finite may be replaced by 0.",
        "sum rounded to 1": (
            "Believes that a computer adds a tiny number to 1 without loss."
        ),
        "in place": "Believes that `*=` makes a new tensor.",
        "a straight line from 5 on (hidden)": (
            "Believes that softplus is its straight line soon after the bend."
        ),
    },
    "sigmoid_backward": {
        "ready-made": "Believes that PyTorch's function may stand for one's own.",
        "as published": (
            "Believes that h in the identity h (1 - h) is what goes into the sigmoid."
        ),
        "one mistake of two": "Stops at the first mistake, and looks at no far numbers.",
        "the other mistake of two": (
            "Mends what isn't a number, and believes that the rest is right."
        ),
        "sigmoid twice": (
            "Believes that the slope function applies the sigmoid to what it is given."
        ),
        "slopes alone": "Believes that the backward pass of a layer is its derivative.",
        "times the output": (
            "Believes that the backward pass multiplies by what the layer returned."
        ),
        "slope of tanh": "Mixes up the identities of tanh and of the sigmoid.",
        "cut off early": "Believes that beyond 8 a sigmoid is exactly 0 or 1.",
        "a small number against nan": (
            "Believes that a small number in the denominator changes nothing else."
        ),
        "in place": "Believes that nobody needs the incoming gradient any more.",
        "cut off at 20 (hidden)": (
            "Believes that a slope of a billionth is as good as none."
        ),
    },
    "test_slopes": {
        "no condition": "Believes that a function that runs without an error is right.",
        "knows one function": (
            "Believes that the function under test is the one of the example."
        ),
        "returns a truth value": (
            "Believes that a test reports what is wrong by what it returns."
        ),
        "in 32 bits": "Believes that a smaller step always gives a better slope.",
        "across the kink": (
            "Believes that a difference quotient is a slope at a kink as well."
        ),
        "half of the numbers": (
            "Believes that a function that is right for positive z is right."
        ),
        "the sign alone": "Believes that a slope is right if it points the right way.",
        "near zero only (hidden)": (
            "Believes that nothing happens to an activation beyond 3."
        ),
        "a wide tolerance (hidden)": (
            "Believes that a tolerance of a tenth is small beside any slope."
        ),
    },
    "learn": {
        "as published": (
            "Believes that code that runs and has a plausible loss needs other numbers."
        ),
        "a ReLU behind the last layer": "Believes that every layer ends in a ReLU.",
        "the gradient of the sum": (
            "Believes that sum and mean differ in the log, and not in the training."
        ),
        "through the probabilities": (
            "Believes that a logarithm of a probability is finite in practice."
        ),
        "probabilities with a bound": (
            "Believes that a bound on the probability changes the loss a little only."
        ),
        "a small number added": (
            "Believes that a small number inside a logarithm does no harm."
        ),
        "an overflow behind a condition": (
            "Believes that what torch.where doesn't choose has no gradient."
        ),
        "the sigmoid twice": (
            "Believes that a loss with logits in its name is given probabilities."
        ),
        "classes mixed up": "Believes that z is the logit of class 0.",
        "the start itself": "Believes that a list of tensors is copied with its list.",
        "weights alone": "Believes that the log is for printing and nobody needs it.",
        "the last loss alone": "Believes that the final loss says how a training went.",
        "two inputs taken for granted (hidden)": (
            "Believes that points have as many numbers as those of the example."
        ),
    },
}

UNUSUAL = {
    "swish": {
        "loops over numbers": """
def swish(Z, beta):
    values, slopes = [], []
    for z in Z.flatten().tolist():
        u = beta * z
        s = 1 / (1 + math.exp(-u)) if u > -700 else 0.0
        values.append(z * s)
        slopes.append(s * (1 + u * (1 - s)))
    return [torch.tensor(x).reshape(Z.shape) for x in (values, slopes)]
""",
        "through tanh, in 64 bits": """
class Swish:
    def __call__(self, Z, beta):
        t = torch.tanh(beta * Z.double() / 2)
        switch, change = (1 + t) / 2, beta * (1 - t * t) / 4
        return torch.mul(Z, switch), torch.addcmul(switch, Z.double(), change)


swish = Swish()
""",
        "NumPy, and a helper in another cell": (
            """
import numpy as np

def swish(Z, beta):
    z = Z.numpy().astype(np.float64)
    s = switch(beta * z)
    return torch.from_numpy(z * s), torch.from_numpy(s + beta * z * s * (1 - s))
""",
            [
                """
def switch(u):
    e = np.exp(-np.abs(u))
    return np.where(u >= 0, 1, e) / (1 + e)
""",
                "import numpy as np",
            ],
        ),
    },
    "dead_share": {
        "sets of units": """
def dead_share(W, b, batches):
    silent = set(range(W.shape[1]))
    for X in batches:
        for z in (X @ W + b).tolist():
            silent -= {j for j, number in enumerate(z) if number > 0}
    return len(silent) / W.shape[1]
""",
        "the largest Z of each unit": """
def dead_share(W, b, batches):
    tops = [torch.einsum("mp,pq->mq", X, W).add(b).amax(dim=0) for X in batches]
    return (torch.stack(tops).amax(dim=0) <= 0).double().mean()
""",
        "recursion over the batches": """
def dead_share(W, b, batches, silent=None):
    silent = torch.ones_like(b, dtype=torch.bool) if silent is None else silent
    if len(batches) == 0:
        return int(silent.sum()) / len(silent)
    H = F.relu(batches[0] @ W + b)
    return dead_share(W, b, batches[1:], silent & (H.sum(dim=0) == 0))
""",
    },
    "softplus": {
        "logsumexp": """
def softplus(Z, beta=1.0):
    U = beta * Z
    both = torch.stack([U, torch.zeros_like(U)]).double()
    far = torch.exp(U.double())
    return torch.where(U < -5, torch.log1p(far), both.logsumexp(dim=0)) / beta
""",
        "number by number": """
def softplus(Z, beta=1.0):
    def one(u):
        return u + math.log1p(math.exp(-u)) if u > 0 else math.log1p(math.exp(u))

    numbers = [one(beta * z) / beta for z in Z.double().flatten().tolist()]
    return torch.tensor(numbers, dtype=torch.float64).reshape(Z.shape)
""",
        "two formulas, each where it is safe": """
def softplus(Z, beta=1.0):
    U = beta * Z
    H = torch.empty_like(U)
    low = U <= 0
    H[low] = U[low].exp().log1p()
    H[~low] = U[~low] + torch.log1p(torch.exp(-U[~low]))
    return H / beta
""",
    },
    "sigmoid_backward": {
        "through tanh, in 64 bits": """
def sigmoid_backward(Z, dH):
    u = (-Z.double()).exp()
    H = 1 / (1 + u)
    slope = 1 / torch.cosh(Z.double() / 2) ** 2 / 4
    return H, dH * slope
""",
        "powers of e": """
def sigmoid_backward(Z, dH):
    e = torch.exp(-Z.abs())
    H = torch.where(Z < 0, e, torch.ones_like(e)).div(1 + e)
    return H, torch.mul(dH, e).div((1 + e).square())
""",
        "NumPy, in a class": """
import numpy as np

class Sigmoid:
    def __call__(self, Z, dH):
        with np.errstate(over="ignore"):
            H = np.reciprocal(1 + np.exp(-Z.numpy()))
        return [torch.from_numpy(x) for x in (H, dH.numpy() * H * (1 - H))]


sigmoid_backward = Sigmoid()
""",
    },
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
    "learn": {
        "an optimizer, and PyTorch's loss": """
def learn(start, X, y, lr, num_steps):
    weights = [torch.nn.Parameter(w.detach().clone()) for w in start]
    optimizer, log = torch.optim.SGD(weights, lr), []
    for _ in range(num_steps):
        H = F.relu(torch.addmm(weights[1], X, weights[0]))
        z = torch.mv(H, weights[2]) + weights[3]
        log.append(F.binary_cross_entropy_with_logits(z, y))
        optimizer.zero_grad()
        log[-1].backward()
        optimizer.step()
    return weights, log
""",
        "gradients by hand, in 64 bits": """
def learn(start, X, y, lr, num_steps):
    W1, b1, w2, b2 = (w.double() for w in start)
    X, sign, log = X.double(), 1 - 2 * y.double(), []
    for _ in range(num_steps):
        H = (X @ W1 + b1).clamp(min=0)
        z = H @ w2 + b2
        log.append(F.softplus(sign * z, threshold=1000).mean().item())
        dz = sign * torch.sigmoid(sign * z) / len(y)
        dU = torch.einsum("n,h,nh->nh", dz, w2, (H > 0).double())
        W1, b1 = W1 - lr * torch.einsum("np,nh->ph", X, dU), b1 - lr * dU.sum(0)
        w2, b2 = w2 - lr * torch.einsum("nh,n->h", H, dz), b2 - lr * dz.sum()
    return (W1, b1, w2, b2), tuple(log)
""",
        "two logits, of which one is 0": """
def learn(start, X, y, lr, num_steps):
    if num_steps == 0:
        return [w.clone() for w in start], []
    W1, b1, w2, b2 = weights = [w.clone().requires_grad_() for w in start]
    z = torch.relu(X @ W1 + b1) @ w2 + b2
    loss = F.cross_entropy(torch.stack([torch.zeros_like(z), z], dim=1), y.long())
    loss.backward()
    after = [w.detach() - lr * w.grad for w in weights]
    last, log = learn(after, X, y, lr, num_steps - 1)
    return last, [loss.item(), *log]
""",
    },
}

EQUIVALENT = {
    "dead_share": {
        "return (~alive).float().mean().item() => return (~alive).float().mean()": (
            "A tensor with one number is a number as well."
        ),
    },
    "test_slopes": {
        "epsilon = 0.0001 => epsilon = -0.0001": (
            "A central difference with -epsilon is the same as with epsilon."
        ),
        "assert (slopes - expected).abs().max() < 1e-05, 'the slopes' => assert (slopes - expected).abs().max() <= 1e-05, 'the slopes'": (
            "No difference is exactly as large as the tolerance."
        ),
        "Z = torch.linspace(-20, 20, 400, dtype=torch.float64) => Z = torch.linspace(20, -20, 400, dtype=torch.float64)": (
            "The same places in another order."
        ),
        "Z = torch.linspace(-20, 20, 400, dtype=torch.float64) => Z = torch.linspace(-20, 21, 400, dtype=torch.float64)": (
            "Other places, which lie as close."
        ),
        "Z = torch.linspace(-20, 20, 400, dtype=torch.float64) => Z = torch.linspace(-20, 19, 400, dtype=torch.float64)": (
            "Other places, which lie as close."
        ),
        "Z = torch.linspace(-20, 20, 400, dtype=torch.float64) => Z = torch.linspace(-21, 20, 400, dtype=torch.float64)": (
            "Other places, which lie as close."
        ),
        "Z = torch.linspace(-20, 20, 400, dtype=torch.float64) => Z = torch.linspace(-19, 20, 400, dtype=torch.float64)": (
            "Other places, which lie as close."
        ),
    },
    "learn": {
        "for w, grad in zip(weights, grads, strict=True): => for w, grad in zip(weights, grads):": (
            "There are as many gradients as weights."
        ),
        "for w, grad in zip(weights, grads, strict=True): => for w, grad in zip(weights, grads, strict=False):": (
            "There are as many gradients as weights."
        ),
        "return ([w.detach() for w in weights], log) => return ([w for w in weights], log)": (
            "Weights that require a gradient are weights all the same."
        ),
        "with torch.no_grad(): / for w, grad in zip(weights, grads, strict=True): / w -= lr * grad / log.append(loss.item()) => log.append(loss.item()) / with torch.no_grad(): / for w, grad in zip(weights, grads, strict=True): / w -= lr * grad": (
            "The loss was computed before the step either way."
        ),
        "log.append(loss.item()) => log.append(loss)": (
            "A tensor with one number is a number as well."
        ),
    },
}

"""Wrong answers to exercise set 6: what a learner may write, and what it is told.

WRONG[exercise][mistake] is the answer cell and a pattern of the check's message. A
mistake whose name ends in "(hidden)" passes the checks that learners see.
BELIEFS[exercise][mistake] is what a learner thinks who writes it.

UNUSUAL[exercise][what] is a right answer that looks unlike the key's: the answer cell,
or a pair of it and of cells of the learner's own that stand above it.

EQUIVALENT[exercise][change] says why a change of the key's answer that
`tests/benchmarks/mutants.py` makes leaves the answer right.
"""

WALK = """
def gradients(arrows, root):
    order, seen = [], set()
    def visit(node):
        if node not in seen:
            seen.add(node)
            for parent, _ in arrows[node]:
                visit(parent)
            order.append(node)
    visit(root)
    grads = [0.0] * len(arrows)
    grads[root] = 1.0
    for node in reversed(order):
        for parent, local in arrows[node]:
            grads[parent] += local * grads[node]
    return grads
"""
WRONG = {
    "power": {
        "exponent taken as a constant": (
            """
def power(a, b):
    return a**b, (b * a ** (b - 1), 0.0)
""",
            r"derivative for b is 0, as if b were a constant",
        ),
        "no logarithm": (
            """
def power(a, b):
    return a**b, (b * a ** (b - 1), a**b)
""",
            r"derivative for b .*natural logarithm",
        ),
        "logarithm of the exponent": (
            """
def power(a, b):
    return a**b, (b * a ** (b - 1), a**b * math.log(b))
""",
            r"derivative for b .*natural logarithm of a",
        ),
        "exponent not lowered": (
            """
def power(a, b):
    return a**b, (b * a**b, a**b * math.log(a))
""",
            r"derivative for a .*to the power of b - 1",
        ),
        "places changed": (
            """
def power(a, b):
    return a**b, (a**b * math.log(a), b * a ** (b - 1))
""",
            r"have changed places",
        ),
        "three numbers": (
            """
def power(a, b):
    return a**b, b * a ** (b - 1), a**b * math.log(a)
""",
            r"expected \(data, \(da, db\)\)",
        ),
        "whole exponents only": (
            """
def power(a, b):
    data = math.prod([a] * int(b))
    return data, (b * data / a, data * math.log(a))
""",
            r"2 to the power of 0.5: .*need not be a whole number",
        ),
        "caret": (
            """
def power(a, b):
    data = a ^ b
    return data, (b * a ^ (b - 1), data * math.log(a))
""",
            r"unsupported operand type\(s\) for \^",
        ),
        "decimal logarithm": (
            """
def power(a, b):
    return a**b, (b * a ** (b - 1), a**b * math.log10(a))
""",
            r"derivative for b .*with the natural logarithm of a",
        ),
        "one derivative": (
            """
def power(a, b):
    data = a**b
    return data, b * a ** (b - 1) + data * math.log(a)
""",
            r"expected \(data, \(da, db\)\)",
        ),
        "logarithm of the example (hidden)": (
            """
def power(a, b):
    data = a**b
    return data, (b * a ** (b - 1), data * math.log(2))
""",
            r"the derivatives for a = [\d.]+, b = [\d.]+",
        ),
        "pairs as in the engine": (
            """
def power(a, b):
    data = a**b
    return data, [(a, b * a ** (b - 1)), (b, data * math.log(a))]
""",
            r"derivatives alone, without a and b beside them",
        ),
    },
    "leaky_relu_backward": {
        "sign of the gradient": (
            """
def leaky_relu_backward(Z, dH, slope=0.1):
    return torch.where(dH > 0, dH, slope * dH)
""",
            r"look at the sign of dH",
        ),
        "derivative alone": (
            """
def leaky_relu_backward(Z, dH, slope=0.1):
    return torch.where(Z > 0, 1.0, slope)
""",
            r"derivatives alone: multiply them by dH",
        ),
        "output in place of the derivative": (
            """
def leaky_relu_backward(Z, dH, slope=0.1):
    return F.leaky_relu(Z, slope) * dH
""",
            r"by the output of the activation",
        ),
        "no leak": (
            """
def leaky_relu_backward(Z, dH, slope=0.1):
    return dH * (Z > 0)
""",
            r"ReLU without a leak",
        ),
        "one at zero": (
            """
def leaky_relu_backward(Z, dH, slope=0.1):
    return torch.where(Z >= 0, dH, slope * dH)
""",
            r"where Z is exactly 0",
        ),
        "in place": (
            """
def leaky_relu_backward(Z, dH, slope=0.1):
    dH[Z <= 0] *= slope
    return dH
""",
            r"changes dH, which others may still need",
        ),
        "slope of the example": (
            """
def leaky_relu_backward(Z, dH, slope=0.1):
    return torch.where(Z > 0, dH, 0.1 * dH)
""",
            r"slope=0.5 the result is that of 0.1: `slope` has no effect",
        ),
        "sign turned around": (
            """
def leaky_relu_backward(Z, dH, slope=0.1):
    return torch.where(Z > 0, dH, -slope * dH)
""",
            r"turn the sign of dH around",
        ),
        "cases exchanged": (
            """
def leaky_relu_backward(Z, dH, slope=0.1):
    return torch.where(Z > 0, slope * dH, dH)
""",
            r"the two cases have changed places",
        ),
        "size of the example (hidden)": (
            """
def leaky_relu_backward(Z, dH, slope=0.1):
    dZ = dH.clone()
    for i in range(min(2, len(Z))):
        for j in range(min(3, Z.shape[1])):
            if Z[i, j] <= 0:
                dZ[i, j] *= slope
    return dZ
""",
            r"random numbers with slope 0.01",
        ),
        "forward pass": (
            """
def leaky_relu_backward(Z, dH, slope=0.1):
    return F.leaky_relu(Z, slope)
""",
            r"this is the forward pass",
        ),
        "slope not multiplied": (
            """
def leaky_relu_backward(Z, dH, slope=0.1):
    return torch.where(Z > 0, dH, slope)
""",
            r"this is the slope alone",
        ),
        "output where off": (
            """
def leaky_relu_backward(Z, dH, slope=0.1):
    return torch.where(Z > 0, dH, slope * Z)
""",
            r"this is the output, s Z",
        ),
        "autograd": (
            """
def leaky_relu_backward(Z, dH, slope=0.1):
    Z = Z.clone().requires_grad_()
    F.leaky_relu(Z, slope).backward(dH)
    return Z.grad
""",
            r"uses autograd, which this exercise does without",
        ),
        "slopes written into Z": (
            """
def leaky_relu_backward(Z, dH, slope=0.1):
    off = Z <= 0
    Z[~off] = 1.0
    Z[off] = slope
    return Z * dH
""",
            r"changes Z, which others may still need",
        ),
    },
    "linear_backward": {
        "weights in rows": (
            """
def linear_backward(X, W, dZ):
    return dZ @ W, X.T @ dZ, dZ.sum(dim=0)
""",
            r"dW must have the shape \(2, 3\), but has \(3, 2\).*stores W as k × p",
        ),
        "bias not summed": (
            """
def linear_backward(X, W, dZ):
    return dZ @ W, dZ.T @ X, dZ
""",
            r"db must have the shape \(2,\), but has \(4, 2\).*sum of the rows",
        ),
        "bias summed over the units": (
            """
def linear_backward(X, W, dZ):
    return dZ @ W, dZ.T @ X, dZ.sum(dim=1)
""",
            r"db must have the shape \(2,\), but has \(4,\)",
        ),
        "mean over the examples": (
            """
def linear_backward(X, W, dZ):
    return dZ @ W, dZ.T @ X / len(X), dZ.mean(dim=0)
""",
            r"dW is a mean over the 4 examples",
        ),
        "mean for the bias": (
            """
def linear_backward(X, W, dZ):
    return dZ @ W, dZ.T @ X, dZ.mean(dim=0)
""",
            r"db: .*Add up the rows of dZ",
        ),
        "no gradient for the input": (
            """
def linear_backward(X, W, dZ):
    return dZ.T @ X, dZ.sum(dim=0)
""",
            r"expected three tensors",
        ),
        "transposed weights": (
            """
def linear_backward(X, W, dZ):
    return dZ @ W.T, dZ.T @ X, dZ.sum(dim=0)
""",
            r"your code raised RuntimeError: mat1 and mat2",
        ),
        "four examples taken for granted (hidden)": (
            """
def linear_backward(X, W, dZ):
    dW = sum(torch.outer(dZ[i], X[i]) for i in range(min(4, len(X))))
    return dZ @ W, dW, dZ.sum(dim=0)
""",
            r"dW of a random layer",
        ),
        "results in another order": (
            """
def linear_backward(X, W, dZ):
    return dZ.T @ X, dZ @ W, dZ.sum(dim=0)
""",
            r"dX must have .* but has \(2, 3\).*in the order dX, dW, db",
        ),
        "bias as a row": (
            """
def linear_backward(X, W, dZ):
    return dZ @ W, dZ.T @ X, dZ.sum(dim=0, keepdim=True)
""",
            r"db must have the shape \(2,\), but has \(1, 2\)",
        ),
        "ones for the bias": (
            """
def linear_backward(X, W, dZ):
    return dZ @ W, dZ.T @ X, torch.ones(W.shape[0])
""",
            r"derivative of one output for its bias, which is 1",
        ),
        "autograd": (
            """
def linear_backward(X, W, dZ):
    X, W = X.clone().requires_grad_(), W.clone().requires_grad_()
    b = torch.zeros(len(W), dtype=W.dtype, requires_grad=True)
    F.linear(X, W, b).backward(dZ)
    return X.grad, W.grad, b.grad
""",
            r"uses autograd, which this exercise does without",
        ),
        "a row taken for a copy": (
            """
def linear_backward(X, W, dZ):
    dX, dW = dZ @ W, dZ.T @ X
    db = dZ[0]
    for row in dZ[1:]:
        db += row
    return dX, dW, db
""",
            r"changes dZ\. `\+=` works in place, also on a row",
        ),
        "mean for the input": (
            """
def linear_backward(X, W, dZ):
    return dZ @ W / len(X), dZ.T @ X, dZ.sum(dim=0)
""",
            r"dX is divided by 4, the number of examples",
        ),
        "biases before weights": (
            """
def linear_backward(X, W, dZ):
    return dZ @ W, dZ.sum(dim=0), dZ.T @ X
""",
            r"dW must have .* but has \(2,\)\. Return them in the order",
        ),
    },
    "numeric_gradient": {
        "to one side": (
            """
def numeric_gradient(W, X, y, epsilon=1e-5):
    W, X = W.double(), X.double()
    here, gradient = F.cross_entropy(X @ W, y), torch.zeros_like(W)
    for i in range(len(W)):
        for j in range(W.shape[1]):
            moved = W.clone()
            moved[i, j] += epsilon
            gradient[i, j] = (F.cross_entropy(X @ moved, y) - here) / epsilon
    return gradient
""",
            r"close, but its error is \de-0[67].*move W to both sides",
        ),
        "divided by epsilon": (
            """
def numeric_gradient(W, X, y, epsilon=1e-5):
    W, X = W.double(), X.double()
    gradient = torch.zeros_like(W)
    for i in range(len(W)):
        for j in range(W.shape[1]):
            move = torch.zeros_like(W)
            move[i, j] = epsilon
            above = F.cross_entropy(X @ (W + move), y)
            below = F.cross_entropy(X @ (W - move), y)
            gradient[i, j] = (above - below) / epsilon
    return gradient
""",
            r"twice too large: W \+ ε and W - ε are 2 ε apart",
        ),
        "one side divided by two steps": (
            """
def numeric_gradient(W, X, y, epsilon=1e-5):
    W, X = W.double(), X.double()
    gradient = torch.zeros_like(W)
    for i in range(len(W)):
        for j in range(W.shape[1]):
            move = torch.zeros_like(W)
            move[i, j] = epsilon
            above = F.cross_entropy(X @ (W + move), y)
            gradient[i, j] = (above - F.cross_entropy(X @ W, y)) / (2 * epsilon)
    return gradient
""",
            r"half as large",
        ),
        "weights moved back by a sum": (
            """
def numeric_gradient(W, X, y, epsilon=1e-5):
    W, X = W.double(), X.double()
    gradient = torch.zeros_like(W)
    for i in range(len(W)):
        for j in range(W.shape[1]):
            W[i, j] += epsilon
            above = F.cross_entropy(X @ W, y)
            W[i, j] -= 2 * epsilon
            gradient[i, j] = (above - F.cross_entropy(X @ W, y)) / (2 * epsilon)
            W[i, j] += epsilon
    return gradient
""",
            r"changes W.*because of rounding: work on a copy",
        ),
        "all entries moved at once": (
            """
def numeric_gradient(W, X, y, epsilon=1e-5):
    W, X = W.double(), X.double()
    above = F.cross_entropy(X @ (W + epsilon), y)
    below = F.cross_entropy(X @ (W - epsilon), y)
    return torch.full_like(W, (above - below) / (2 * epsilon))
""",
            r"Only one entry of W differs",
        ),
        "32 bits": (
            """
def numeric_gradient(W, X, y, epsilon=1e-5):
    gradient = torch.zeros_like(W)
    for i in range(len(W)):
        for j in range(W.shape[1]):
            move = torch.zeros_like(W)
            move[i, j] = epsilon
            above = F.cross_entropy(X @ (W + move), y)
            below = F.cross_entropy(X @ (W - move), y)
            gradient[i, j] = (above - below) / (2 * epsilon)
    return gradient
""",
            r"is torch.float32, with an error of .*before you take the difference",
        ),
        "64 bits too late": (
            """
def numeric_gradient(W, X, y, epsilon=1e-5):
    gradient = torch.zeros_like(W).double()
    for i in range(len(W)):
        for j in range(W.shape[1]):
            move = torch.zeros_like(W)
            move[i, j] = epsilon
            above = F.cross_entropy(X @ (W + move), y).double()
            below = F.cross_entropy(X @ (W - move), y).double()
            gradient[i, j] = (above - below) / (2 * epsilon)
    return gradient
""",
            r"is torch.float64, with an error of .*before you take the difference",
        ),
        "step size of the lesson": (
            """
def numeric_gradient(W, X, y, epsilon=1e-5):
    W, X = W.double(), X.double()
    gradient = torch.zeros_like(W)
    for i in range(len(W)):
        for j in range(W.shape[1]):
            move = torch.zeros_like(W)
            move[i, j] = 1e-5
            above = F.cross_entropy(X @ (W + move), y)
            below = F.cross_entropy(X @ (W - move), y)
            gradient[i, j] = (above - below) / 2e-5
    return gradient
""",
            r"either `epsilon` has no effect, or you use a formula",
        ),
        "autograd": (
            """
def numeric_gradient(W, X, y, epsilon=1e-5):
    W = W.double().clone().requires_grad_()
    F.cross_entropy(X.double() @ W, y).backward()
    return W.grad
""",
            r"uses autograd, which this exercise does without",
        ),
        "by the formula": (
            """
def numeric_gradient(W, X, y, epsilon=1e-5):
    W, X = W.double(), X.double()
    P = torch.softmax(X @ W, dim=1)
    return X.T @ (P - torch.eye(W.shape[1])[y]) / len(y)
""",
            r"either `epsilon` has no effect, or you use a formula",
        ),
        "sum of the losses": (
            """
def numeric_gradient(W, X, y, epsilon=1e-5):
    W, X = W.double(), X.double()
    gradient = torch.zeros_like(W)
    for i in range(len(W)):
        for j in range(W.shape[1]):
            move = torch.zeros_like(W)
            move[i, j] = epsilon
            above = F.cross_entropy(X @ (W + move), y, reduction="sum")
            below = F.cross_entropy(X @ (W - move), y, reduction="sum")
            gradient[i, j] = (above - below) / (2 * epsilon)
    return gradient
""",
            r"4 times too large, for 4 examples: J is the mean",
        ),
        "moves pile up": (
            """
def numeric_gradient(W, X, y, epsilon=1e-5):
    W, X = W.double(), X.double()
    gradient, move = torch.zeros_like(W), torch.zeros_like(W)
    for i in range(len(W)):
        for j in range(W.shape[1]):
            move[i, j] = epsilon
            above = F.cross_entropy(X @ (W + move), y)
            below = F.cross_entropy(X @ (W - move), y)
            gradient[i, j] = (above - below) / (2 * epsilon)
    return gradient
""",
            r"Only one entry of W differs from its given value at a time",
        ),
        "a row at a time": (
            """
def numeric_gradient(W, X, y, epsilon=1e-5):
    W, X = W.double(), X.double()
    gradient = torch.zeros_like(W)
    for i in range(len(W)):
        move = torch.zeros_like(W)
        move[i] = epsilon
        above = F.cross_entropy(X @ (W + move), y)
        below = F.cross_entropy(X @ (W - move), y)
        gradient[i] = (above - below) / (2 * epsilon)
    return gradient
""",
            r"Only one entry of W differs",
        ),
        "below minus above": (
            """
def numeric_gradient(W, X, y, epsilon=1e-5):
    W, X = W.double(), X.double()
    gradient = torch.zeros_like(W)
    for i in range(len(W)):
        for j in range(W.shape[1]):
            move = torch.zeros_like(W)
            move[i, j] = epsilon
            above = F.cross_entropy(X @ (W + move), y)
            below = F.cross_entropy(X @ (W - move), y)
            gradient[i, j] = (below - above) / (2 * epsilon)
    return gradient
""",
            r"wrong sign: the loss at W - ε is subtracted",
        ),
        "size of the example (hidden)": (
            """
def numeric_gradient(W, X, y, epsilon=1e-5):
    W, X = W.double(), X.double()
    gradient = torch.zeros_like(W)
    for i in range(min(3, len(W))):
        for j in range(min(3, W.shape[1])):
            move = torch.zeros_like(W)
            move[i, j] = epsilon
            above = F.cross_entropy(X @ (W + move), y)
            below = F.cross_entropy(X @ (W - move), y)
            gradient[i, j] = (above - below) / (2 * epsilon)
    return gradient
""",
            r"the gradient for \d × \d random weights",
        ),
        "not moved back": (
            """
def numeric_gradient(W, X, y, epsilon=1e-5):
    W, X = W.double().clone(), X.double()
    gradient = torch.zeros_like(W)
    for i in range(len(W)):
        for j in range(W.shape[1]):
            W[i, j] += epsilon
            above = F.cross_entropy(X @ W, y)
            W[i, j] -= 2 * epsilon
            below = F.cross_entropy(X @ W, y)
            gradient[i, j] = (above - below) / (2 * epsilon)
    return gradient
""",
            r"though the first entry is right: W has to have its old",
        ),
        "a gradient of 32 bits": (
            """
def numeric_gradient(W, X, y, epsilon=1e-5):
    W, X = W.double().clone(), X.double()
    gradient = torch.zeros(W.shape)
    for i in range(len(W)):
        for j in range(W.shape[1]):
            W[i, j] += epsilon
            above = F.cross_entropy(X @ W, y)
            W[i, j] -= 2 * epsilon
            below = F.cross_entropy(X @ W, y)
            gradient[i, j] = (above - below) / (2 * epsilon)
            W[i, j] += epsilon
    return gradient
""",
            r"your gradient is torch\.float32: make it of torch\.float64",
        ),
        "no brackets": (
            """
def numeric_gradient(W, X, y, epsilon=1e-5):
    W, X = W.double().clone(), X.double()
    gradient = torch.zeros_like(W)
    for i in range(len(W)):
        for j in range(W.shape[1]):
            W[i, j] += epsilon
            above = F.cross_entropy(X @ W, y)
            W[i, j] -= 2 * epsilon
            below = F.cross_entropy(X @ W, y)
            gradient[i, j] = (above - below) / 2 * epsilon
            W[i, j] += epsilon
    return gradient
""",
            r"got 7.*brackets around the difference, and around 2",
        ),
        "the last row left out": (
            """
def numeric_gradient(W, X, y, epsilon=1e-5):
    W, X = W.double().clone(), X.double()
    gradient = torch.zeros_like(W)
    for i in range(len(W) - 1):
        for j in range(W.shape[1]):
            W[i, j] += epsilon
            above = F.cross_entropy(X @ W, y)
            W[i, j] -= 2 * epsilon
            below = F.cross_entropy(X @ W, y)
            gradient[i, j] = (above - below) / (2 * epsilon)
            W[i, j] += epsilon
    return gradient
""",
            r"2 of 6 entries of your gradient are 0",
        ),
    },
    "gradients": {
        "as published": (
            """
def gradients(arrows, root):
    grads = [0.0] * len(arrows)
    grads[root] = 1.0
    waiting = [root]
    for node in waiting:
        for parent, local in arrows[node]:
            grads[parent] += local * grads[node]
            if parent not in waiting:
                waiting.append(parent)
    return grads
""",
            r"dL/da = 8, got 2: u was visited before v",
        ),
        "overwritten": (
            """
def gradients(arrows, root):
    grads = [0.0] * len(arrows)

    def hand_on(node, grad):
        grads[node] = grad
        for parent, local in arrows[node]:
            hand_on(parent, local * grad)

    hand_on(root, 1.0)
    return grads
""",
            r"dc/da = 4, got 1: each arrow overwrites",
        ),
        "handed on too early": (
            """
def gradients(arrows, root):
    grads = [0.0] * len(arrows)

    def hand_on(node, grad):
        grads[node] += grad
        for parent, local in arrows[node]:
            hand_on(parent, local * grads[node])

    hand_on(root, 1.0)
    return grads
""",
            r"dc/da = 4, got 6: b hands on its first share twice",
        ),
        "root not started": (
            """
def gradients(arrows, root):
    grads = [0.0] * len(arrows)
    for node in reversed(range(len(arrows))):
        for parent, local in arrows[node]:
            grads[parent] += local * grads[node]
    return grads
""",
            r"expected 1 for the root itself, got 0",
        ),
        "the last node is the root": (
            """
def gradients(arrows, root):
    grads = [0.0] * len(arrows)
    grads[-1] = 1.0
    for node in reversed(range(len(arrows))):
        for parent, local in arrows[node]:
            grads[parent] += local * grads[node]
    return grads
""",
            r"and 0 for L, got \[1\.0, 1\.0\]: the root need not be the last node",
        ),
        "a dictionary": (
            """
def gradients(arrows, root):
    grads = {node: 0.0 for node in range(len(arrows))}
    grads[root] = 1.0
    for node in reversed(range(len(arrows))):
        for parent, local in arrows[node]:
            grads[parent] += local * grads[node]
    return grads
""",
            r"expected a list of 3 numbers",
        ),
        "numbers taken for the order": (
            """
def gradients(arrows, root):
    grads = [0.0] * len(arrows)
    grads[root] = 1.0
    for node in reversed(range(len(arrows))):
        for parent, local in arrows[node]:
            grads[parent] += local * grads[node]
    return grads
""",
            r"the order from the arrows, not from the numbers",
        ),
        "from the leaves": (
            """
def gradients(arrows, root):
    grads = [0.0] * len(arrows)
    grads[root] = 1.0
    for node in range(len(arrows)):
        for parent, local in arrows[node]:
            grads[parent] += local * grads[node]
    return grads
""",
            r"got 0: you go from the leaves to the root",
        ),
        "derivatives added": (
            """
def gradients(arrows, root):
    grads = [0.0] * len(arrows)
    grads[root] = 1.0
    for node in reversed(range(len(arrows))):
        for parent, local in arrows[node]:
            grads[parent] += local + grads[node]
    return grads
""",
            r"got 10: along an arrow the chain rule multiplies",
        ),
        "second arrow skipped": (
            """
def gradients(arrows, root):
    grads, seen = [0.0] * len(arrows), {root}
    grads[root] = 1.0
    for node in reversed(range(len(arrows))):
        for parent, local in arrows[node]:
            if parent not in seen:
                seen.add(parent)
                grads[parent] += local * grads[node]
    return grads
""",
            r"expected dc/da = 4, got 1: .*Add up",
        ),
        "three rounds taken for enough (hidden)": (
            """
def gradients(arrows, root):
    grads = [0.0] * len(arrows)
    for _ in range(4):
        new = [0.0] * len(arrows)
        new[root] = 1.0
        for node in range(len(arrows)):
            for parent, local in arrows[node]:
                new[parent] += local * grads[node]
        grads = new
    return grads
""",
            r"random graph of \d+ nodes",
        ),
        "as published, from a stack": (
            """
def gradients(arrows, root):
    grads = [0.0] * len(arrows)
    grads[root] = 1.0
    waiting = [root]
    while waiting:
        node = waiting.pop()
        for parent, local in arrows[node]:
            grads[parent] += local * grads[node]
            if parent not in waiting:
                waiting.append(parent)
    return grads
""",
            r"dL/da = 8, got 10: u was visited before v",
        ),
        "users of all nodes counted": (
            """
def gradients(arrows, root):
    uses = [0] * len(arrows)
    for ps in arrows:
        for p, _ in ps:
            uses[p] += 1
    grads = [0.0] * len(arrows)
    grads[root] = 1.0
    ready = [root]
    while ready:
        node = ready.pop()
        for p, local in arrows[node]:
            grads[p] += local * grads[node]
            uses[p] -= 1
            if uses[p] == 0:
                ready.append(p)
    return grads
""",
            r"expected 6, got 0.*only v counts",
        ),
        "local derivative left out": (
            WALK.replace("local * grads[node]", "grads[node]"),
            r"dL/du = 4, got 2: v uses u with the local derivative",
        ),
        "arrows used up": (
            WALK.replace(
                "for parent, local in arrows[node]:",
                "while arrows[node]:\n            parent, local = arrows[node].pop()",
            ),
            r"your function changes `arrows`",
        ),
    },
    "softmax_backward": {
        "autograd": (
            """
def softmax_backward(P, dP):
    Z = P.log().requires_grad_()
    (dZ,) = torch.autograd.grad(torch.softmax(Z, dim=1), Z, dP)
    return dZ
""",
            r"uses autograd, which this exercise does without",
        ),
        "diagonal alone": (
            """
def softmax_backward(P, dP):
    return dP * P * (1 - P)
""",
            r"diagonal of the Jacobian alone",
        ),
        "sum over the batch": (
            """
def softmax_backward(P, dP):
    return P * (dP - (dP * P).sum(dim=0))
""",
            r"you sum over the batch",
        ),
        "sum over everything": (
            """
def softmax_backward(P, dP):
    return P * (dP - (dP * P).sum())
""",
            r"over the whole batch: each row has a sum of its own",
        ),
        "second term forgotten": (
            """
def softmax_backward(P, dP):
    return P * dP
""",
            r"the sum of each row of dZ.*sums to 0",
        ),
        "plain sum of the gradient": (
            """
def softmax_backward(P, dP):
    return P * (dP - dP.sum(dim=1, keepdim=True))
""",
            r"the sum of each row of dZ",
        ),
        "prediction minus target": (
            """
def softmax_backward(P, dP):
    return (P - F.one_hot(dP.argmin(dim=1), P.shape[1])) / len(P)
""",
            r"dZ: \d of 6 values differ",
        ),
        "in place": (
            """
def softmax_backward(P, dP):
    dP -= (dP * P).sum(dim=1, keepdim=True)
    return P * dP
""",
            r"changes dP, which it is given.*in place",
        ),
        "two rows taken for granted (hidden)": (
            """
def softmax_backward(P, dP):
    dZ = torch.zeros_like(P)
    for i in range(min(2, len(P))):
        dZ[i] = dP[i] @ (torch.diag(P[i]) - torch.outer(P[i], P[i]))
    return dZ
""",
            r"dZ for \d+ × \d+ random probabilities",
        ),
        "no column": (
            """
def softmax_backward(P, dP):
    return P * (dP - (dP * P).sum(dim=1))
""",
            r"sums of the rows are subtracted from the columns",
        ),
        "softmax once more": (
            """
def softmax_backward(P, dP):
    P = torch.softmax(P, dim=1)
    return P * (dP - (dP * P).sum(dim=1, keepdim=True))
""",
            r"softmax once more: P are probabilities already",
        ),
        "mean in place of the sum": (
            """
def softmax_backward(P, dP):
    return P * (dP - (dP * P).mean(dim=1, keepdim=True))
""",
            r"the sum of each row of dZ",
        ),
        "divided by the batch": (
            """
def softmax_backward(P, dP):
    return P * (dP - (dP * P).sum(dim=1, keepdim=True)) / len(P)
""",
            r"divide by the number of rows",
        ),
        "no factor in front": (
            """
def softmax_backward(P, dP):
    return dP - (dP * P).sum(dim=1, keepdim=True)
""",
            r"the sum of each row of dZ|factor P in front",
        ),
        "rows mixed": (
            """
def softmax_backward(P, dP):
    return P * dP - dP @ P.T @ P
""",
            r"so the examples mix",
        ),
    },
    "test_backward": {
        "no condition at all": (
            """
def test_backward(layer):
    layer(torch.randn(3, 4).double(), torch.randn(3, 4).double())
""",
            r"your test accepts tanh with 1 - h in place of 1 - h²",
        ),
        "only the shape": (
            """
def test_backward(layer):
    X = torch.randn(3, 4).double()
    H, dX = layer(X, torch.ones_like(X))
    assert H.shape == dX.shape == X.shape
""",
            r"your test accepts tanh with 1 - h in place of 1 - h²",
        ),
        "returns whether it is right": (
            """
def test_backward(layer):
    X, dH = torch.randn(2, 3, 4).double()
    return torch.allclose(layer(X, dH)[1], differences(layer, X, dH))

def differences(layer, X, dH, epsilon=1e-5):
    expected = torch.zeros_like(X)
    for k in range(X.numel()):
        move = torch.zeros_like(X)
        move.view(-1)[k] = epsilon
        change = layer(X + move, dH)[0] - layer(X - move, dH)[0]
        expected.view(-1)[k] = (dH * change).sum() / (2 * epsilon)
    return expected

""",
            r"your test accepts tanh with 1 - h in place of 1 - h²",
        ),
        "ones arrive": (
            """
def test_backward(layer):
    X = torch.randn(3, 4).double()
    dH = torch.ones_like(X)
    dX = layer(X, dH)[1]
    assert torch.allclose(dX, differences(layer, X, dH), atol=1e-6)

def differences(layer, X, dH, epsilon=1e-5):
    expected = torch.zeros_like(X)
    for k in range(X.numel()):
        move = torch.zeros_like(X)
        move.view(-1)[k] = epsilon
        change = layer(X + move, dH)[0] - layer(X - move, dH)[0]
        expected.view(-1)[k] = (dH * change).sum() / (2 * epsilon)
    return expected

""",
            r"your test accepts (softmax with the diagonal|tanh that returns its slopes)",
        ),
        "one row": (
            """
def test_backward(layer):
    X, dH = torch.randn(2, 1, 6).double()
    X[0, 0] = -1.0
    dX = layer(X, dH)[1]
    assert torch.allclose(dX, differences(layer, X, dH), atol=1e-6)

def differences(layer, X, dH, epsilon=1e-5):
    expected = torch.zeros_like(X)
    for k in range(X.numel()):
        move = torch.zeros_like(X)
        move.view(-1)[k] = epsilon
        change = layer(X + move, dH)[0] - layer(X - move, dH)[0]
        expected.view(-1)[k] = (dH * change).sum() / (2 * epsilon)
    return expected

""",
            r"your test accepts tanh that divides by the number of examples",
        ),
        "positive inputs": (
            """
def test_backward(layer):
    X, dH = torch.rand(3, 4).double() + 0.1, torch.randn(3, 4).double()
    dX = layer(X, dH)[1]
    assert torch.allclose(dX, differences(layer, X, dH), atol=1e-6)

def differences(layer, X, dH, epsilon=1e-5):
    expected = torch.zeros_like(X)
    for k in range(X.numel()):
        move = torch.zeros_like(X)
        move.view(-1)[k] = epsilon
        change = layer(X + move, dH)[0] - layer(X - move, dH)[0]
        expected.view(-1)[k] = (dH * change).sum() / (2 * epsilon)
    return expected

""",
            r"your test accepts a leaky ReLU that hands on all",
        ),
        "each output from its own input": (
            """
def test_backward(layer):
    X, dH = torch.randn(2, 3, 4).double()
    higher, lower = layer(X + 1e-5, dH)[0], layer(X - 1e-5, dH)[0]
    expected = dH * (higher - lower) / 2e-5
    assert torch.allclose(layer(X, dH)[1], expected, atol=1e-6)
""",
            r"your test rejects softmax, which is right",
        ),
        "32 bits": (
            """
def test_backward(layer):
    X, dH = torch.randn(2, 3, 4)
    dX = layer(X, dH)[1]
    assert torch.allclose(dX, differences(layer, X, dH), atol=1e-6)

def differences(layer, X, dH, epsilon=1e-5):
    expected = torch.zeros_like(X)
    for k in range(X.numel()):
        move = torch.zeros_like(X)
        move.view(-1)[k] = epsilon
        change = layer(X + move, dH)[0] - layer(X - move, dH)[0]
        expected.view(-1)[k] = (dH * change).sum() / (2 * epsilon)
    return expected

""",
            r"your test rejects softmax, which is right",
        ),
        "autograd": (
            """
def test_backward(layer):
    X, dH = torch.randn(2, 3, 4).double()
    X.requires_grad_()
    H, dX = layer(X, dH)
    assert torch.allclose(dX, torch.autograd.grad((dH * H).sum(), X)[0])
""",
            r"your answer uses autograd, which this exercise does without",
        ),
        "a known list of layers": (
            """
def test_backward(layer):
    X, dH = torch.randn(2, 3, 4).double()
    H, dX = layer(X, dH)
    P = torch.softmax(X, dim=1)
    if torch.allclose(H, P):
        assert torch.allclose(dX, P * (dH - (dH * P).sum(1, keepdim=True)))
    elif torch.allclose(H, torch.tanh(X)):
        assert torch.allclose(dX, dH * (1 - H**2))
    else:
        assert torch.allclose(dX, torch.where(X > 0, dH, 0.1 * dH))
""",
            r"your test rejects a linear layer, which is right",
        ),
        "positive gradients (hidden)": (
            """
def test_backward(layer):
    X, dH = torch.randn(3, 4).double(), torch.rand(3, 4).double() + 0.1
    dX = layer(X, dH)[1]
    assert torch.allclose(dX, differences(layer, X, dH), atol=1e-6)

def differences(layer, X, dH, epsilon=1e-5):
    expected = torch.zeros_like(X)
    for k in range(X.numel()):
        move = torch.zeros_like(X)
        move.view(-1)[k] = epsilon
        change = layer(X + move, dH)[0] - layer(X - move, dH)[0]
        expected.view(-1)[k] = (dH * change).sum() / (2 * epsilon)
    return expected

""",
            r"your test accepts a linear layer that loses the signs of `dH`",
        ),
        "the first row alone": (
            """
def test_backward(layer):
    X, dH = torch.randn(2, 3, 8).double()
    X[0, 0], X[0, 1] = -1.0, 1.0
    dX = layer(X, dH)[1]
    assert torch.allclose(dX[0], differences(layer, X, dH)[0], atol=1e-6)

def differences(layer, X, dH, epsilon=1e-5):
    expected = torch.zeros_like(X)
    for k in range(X.numel()):
        move = torch.zeros_like(X)
        move.view(-1)[k] = epsilon
        change = layer(X + move, dH)[0] - layer(X - move, dH)[0]
        expected.view(-1)[k] = (dH * change).sum() / (2 * epsilon)
    return expected

""",
            r"your test accepts a linear layer .* 0 for the last number",
        ),
        "a wide tolerance": (
            """
def test_backward(layer):
    X, dH = torch.randn(2, 6, 8).double()
    dX, expected = layer(X, dH)[1], differences(layer, X, dH)
    assert (dX - expected).norm() < 0.08 * expected.norm() + 1e-9

def differences(layer, X, dH, epsilon=1e-5):
    expected = torch.zeros_like(X)
    for k in range(X.numel()):
        move = torch.zeros_like(X)
        move.view(-1)[k] = epsilon
        change = layer(X + move, dH)[0] - layer(X - move, dH)[0]
        expected.view(-1)[k] = (dH * change).sum() / (2 * epsilon)
    return expected

""",
            r"your test accepts a linear layer whose gradient is 5 % too large",
        ),
        "difference without a sign": (
            """
def test_backward(layer):
    X, dH = torch.randn(2, 3, 4).double()
    dX = layer(X, dH)[1]
    G = torch.zeros_like(X)
    for i in range(3):
        for j in range(4):
            E = torch.zeros_like(X)
            E[i, j] = 1e-5
            G[i, j] = (dH * (layer(X + E, dH)[0] - layer(X - E, dH)[0])).sum() / 2e-5
    assert torch.allclose(G.abs(), dX.abs())
""",
            r"your test accepts tanh whose gradient has the wrong sign",
        ),
        "one direction only": (
            """
def test_backward(layer):
    X, dH = torch.randn(2, 3, 4).double()
    dX = layer(X, dH)[1]
    G = torch.zeros_like(X)
    for i in range(3):
        for j in range(4):
            E = torch.zeros_like(X)
            E[i, j] = 1e-5
            G[i, j] = (dH * (layer(X + E, dH)[0] - layer(X - E, dH)[0])).sum() / 2e-5
    assert (G - dX).max() < 1e-6
""",
            r"your test accepts tanh whose gradients are all too large",
        ),
        "sums over the examples": (
            """
def test_backward(layer):
    X, dH = torch.randn(2, 3, 4).double()
    dX = layer(X, dH)[1]
    G = torch.zeros_like(X)
    for i in range(3):
        for j in range(4):
            E = torch.zeros_like(X)
            E[i, j] = 1e-5
            G[i, j] = (dH * (layer(X + E, dH)[0] - layer(X - E, dH)[0])).sum() / 2e-5
    assert torch.allclose(G.sum(dim=0), dX.sum(dim=0))
""",
            r"that gives the rows in reverse order",
        ),
        "by the name": (
            """
def test_backward(layer):
    assert layer.__name__ not in ("wrong", "mean_forgotten")
""",
            r"your test accepts tanh with 1 - h in place of 1 - h²",
        ),
    },
}

BELIEFS = {
    "power": {
        "exponent taken as a constant": (
            "Believes that an exponent is always fixed, so that nothing flows back "
            "to it."
        ),
        "no logarithm": (
            "Takes the rule of e to the x, which is its own derivative, for that "
            "of every exponential."
        ),
        "logarithm of the exponent": (
            "Believes that the number in the logarithm is the one that is moved."
        ),
        "exponent not lowered": (
            "Knows the factor b of the power rule, and forgets the other half of it."
        ),
        "places changed": (
            "Believes that the order of the derivatives does not matter, or starts "
            "with the exponent."
        ),
        "three numbers": (
            "Believes that all results are returned side by side, without a pair "
            "for the parents."
        ),
        "whole exponents only": "Takes a power for a repeated product.",
        "caret": "Writes a power as on paper or in other languages, with a caret.",
        "decimal logarithm": "Believes that any logarithm will do.",
        "one derivative": (
            "Believes that a function has one derivative, the sum of the partial ones."
        ),
        "logarithm of the example (hidden)": (
            "Takes a number of the example for a constant of the formula."
        ),
        "pairs as in the engine": "Copies the arrows of the engine, in which parents and derivatives are pairs.",
    },
    "leaky_relu_backward": {
        "sign of the gradient": (
            "Believes that the backward pass applies the activation to the "
            "gradient that arrives."
        ),
        "derivative alone": (
            "Believes that the gradient of a layer is its derivative, whatever "
            "comes behind it."
        ),
        "output in place of the derivative": (
            "Believes that the backward pass repeats the forward pass."
        ),
        "no leak": (
            "Uses the rule of the plain ReLU, for which negative inputs pass "
            "nothing back."
        ),
        "one at zero": "Believes that zero counts as positive.",
        "in place": "Believes that nobody needs the incoming gradient any more.",
        "slope of the example": "Takes the default for the only slope there is.",
        "sign turned around": (
            "Believes that negative inputs have a negative slope, as with the "
            "absolute value."
        ),
        "cases exchanged": "Believes that torch.where names the value for False first.",
        "size of the example (hidden)": (
            "Believes that a batch has the size of the example."
        ),
        "forward pass": "Believes that going backward means to apply the function once more.",
        "slope not multiplied": "Believes that a negative input has its slope as the gradient.",
        "output where off": "Replaces the first case of the forward pass and copies the second.",
        "autograd": "Believes that any way to the right numbers will do.",
        "slopes written into Z": "Believes that the input has served once its sign is known.",
    },
    "linear_backward": {
        "weights in rows": (
            "Uses the formula for Z = X W and overlooks that nn.Linear stores W "
            "the other way round."
        ),
        "bias not summed": "Believes that a bias has one gradient for each example.",
        "bias summed over the units": (
            "Mixes up which dimension counts examples and which counts units."
        ),
        "mean over the examples": (
            "Believes that every gradient of a batch is a mean, also behind a loss "
            "that is one already."
        ),
        "mean for the bias": (
            "Believes that a bias, shared by all examples, gets their mean."
        ),
        "no gradient for the input": (
            "Believes that only parameters need a gradient, and forgets the layers "
            "below."
        ),
        "transposed weights": "Transposes W out of habit, since the forward pass does.",
        "four examples taken for granted (hidden)": (
            "Believes that a batch has the size of the example."
        ),
        "results in another order": (
            "Believes that the weights' gradient comes first, since it is what "
            "training needs."
        ),
        "bias as a row": "Believes that a bias is a matrix with one row.",
        "ones for the bias": (
            "Stops at the local derivative and forgets the chain rule."
        ),
        "autograd": "Believes that any way to the right numbers will do.",
        "a row taken for a copy": "Believes that a row taken from a tensor is a copy.",
        "mean for the input": "Believes that the gradient for an input is shared among the examples.",
        "biases before weights": "Believes that three tensors of different shape need no order.",
    },
    "numeric_gradient": {
        "to one side": (
            "Believes that a difference to one side is as good as a central one."
        ),
        "divided by epsilon": (
            "Believes that the two points are epsilon apart, as on one side."
        ),
        "one side divided by two steps": (
            "Mixes the formulas of the one-sided and of the central difference."
        ),
        "weights moved back by a sum": (
            "Believes that adding and subtracting a number of the computer cancel "
            "exactly."
        ),
        "all entries moved at once": (
            "Believes that one step in all directions tells each partial derivative."
        ),
        "32 bits": (
            "Believes that 32 bits are enough for a difference of nearly equal numbers."
        ),
        "64 bits too late": (
            "Believes that digits come back when a number is turned into 64 bits."
        ),
        "step size of the lesson": "Takes the default for the only step size there is.",
        "autograd": "Believes that any way to the right numbers will do.",
        "by the formula": (
            "Believes that the exact gradient is a better answer than what was "
            "asked for."
        ),
        "sum of the losses": (
            "Believes that the loss of a batch is the sum over its examples."
        ),
        "moves pile up": "Believes that a tensor starts anew in each round of a loop.",
        "a row at a time": (
            "Believes that the entries of a row can share one difference."
        ),
        "below minus above": "Thinks of the direction in which the loss falls.",
        "size of the example (hidden)": (
            "Believes that weights have the size of the example."
        ),
        "not moved back": "Believes that a step this small need not be undone.",
        "a gradient of 32 bits": "Believes that a tensor gets the bits of what is written into it.",
        "no brackets": "Believes that `/ 2 * epsilon` divides by both.",
        "the last row left out": "Believes that range includes its end, as counting from 1 does.",
    },
    "gradients": {
        "as published": (
            "Believes that visiting each node once, nearest first, is enough."
        ),
        "overwritten": "Believes that a node is reached along one path only.",
        "handed on too early": (
            "Believes that a node may hand on its gradient each time something arrives."
        ),
        "root not started": (
            "Believes that the gradients come out of the graph by themselves."
        ),
        "the last node is the root": (
            "Believes that the derivative wanted is always that of the last node."
        ),
        "a dictionary": "Believes that any container with the right numbers will do.",
        "numbers taken for the order": (
            "Believes that a node is always numbered after its parents."
        ),
        "from the leaves": (
            "Believes that the backward pass goes through the nodes in the order "
            "of the forward pass."
        ),
        "derivatives added": "Believes that derivatives along a path add up.",
        "second arrow skipped": (
            "Believes that a node that has got a gradient needs no more."
        ),
        "three rounds taken for enough (hidden)": (
            "Believes that a graph is as deep as those of the examples."
        ),
        "as published, from a stack": "Believes that another order of visits mends what one example shows.",
        "users of all nodes counted": "Believes that all users of a node have to be waited for, whatever the root.",
        "local derivative left out": "Believes that a node hands on its gradient unchanged, as a sum does.",
        "arrows used up": "Believes that a list that was given belongs to the function.",
    },
    "softmax_backward": {
        "autograd": "Believes that any way to the right numbers will do.",
        "diagonal alone": "Believes that softmax acts entry by entry, as sigmoid does.",
        "sum over the batch": (
            "Mixes up which dimension counts examples and which counts classes."
        ),
        "sum over everything": "Believes that one number belongs to the whole batch.",
        "second term forgotten": (
            "Believes that a probability depends on its own logit alone."
        ),
        "plain sum of the gradient": (
            "Believes that all classes count alike in the sum."
        ),
        "prediction minus target": (
            "Believes that softmax always stands in front of the cross-entropy."
        ),
        "in place": "Believes that `-=` makes a new tensor.",
        "two rows taken for granted (hidden)": (
            "Believes that a batch has the size of the example."
        ),
        "no column": (
            "Believes that a row of sums is matched with the rows of a matrix by "
            "itself."
        ),
        "softmax once more": (
            "Believes that a backward pass is given what went into the forward pass."
        ),
        "mean in place of the sum": (
            "Believes that the mean gradient is subtracted, as when numbers are "
            "centered."
        ),
        "divided by the batch": (
            "Believes that every gradient of a batch is divided by its size."
        ),
        "no factor in front": (
            "Multiplies the bracket out and loses the factor that both terms share."
        ),
        "rows mixed": "Believes that a formula for one row holds for a batch as it stands.",
    },
    "test_backward": {
        "no condition at all": (
            "Believes that what runs without an error has been tested."
        ),
        "only the shape": (
            "Believes that a gradient of the right shape is the right one."
        ),
        "returns whether it is right": (
            "Believes that a test tells by what it returns."
        ),
        "ones arrive": (
            "Believes that a gradient of ones stands for any that may arrive."
        ),
        "one row": "Believes that what holds for one example holds for a batch.",
        "positive inputs": (
            "Believes that a layer treats all inputs alike, whatever their sign."
        ),
        "each output from its own input": (
            "Believes that every layer works on each number by itself."
        ),
        "32 bits": (
            "Believes that 32 bits are enough for a difference of nearly equal numbers."
        ),
        "autograd": "Believes that autograd sees through any function it is given.",
        "a known list of layers": (
            "Believes that a test has to know what it tests by name."
        ),
        "positive gradients (hidden)": (
            "Believes that gradients which arrive are positive, as probabilities are."
        ),
        "the first row alone": (
            "Believes that one example of a batch speaks for the others."
        ),
        "a wide tolerance": (
            "Believes that a gradient which is nearly right is right."
        ),
        "difference without a sign": "Believes that sizes tell whether two gradients agree.",
        "one direction only": "Believes that a small largest difference leaves no other sign.",
        "sums over the examples": "Believes that equal sums have equal terms.",
        "by the name": "Believes that what is wrong is called so.",
    },
}

UNUSUAL = {
    "power": {
        "through logarithms": """
def power(a, b):
    log_a = math.log(a)
    data = math.exp(b * log_a)
    return data, (data * b / a, data * log_a)
""",
        "a class and a list": """
class Power:
    def __call__(self, a, b):
        data = math.pow(a, b)
        return [data, [b * math.pow(a, b - 1), math.log(a) * data]]


power = Power()
""",
        "NumPy": """
import numpy as np

def power(a, b):
    a, b = np.float64(a), np.float64(b)
    return np.power(a, b), np.array([b, a * np.log(a)]).dot(
        np.power(a, b - 1) * np.eye(2)
    ).tolist()
""",
    },
    "leaky_relu_backward": {
        "loops": """
def leaky_relu_backward(Z, dH, slope=0.1):
    rows = []
    for z_row, h_row in zip(Z.tolist(), dH.tolist()):
        rows.append([h if z > 0 else slope * h for z, h in zip(z_row, h_row)])
    return torch.tensor(rows)
""",
        "a mask as a number": """
def leaky_relu_backward(Z, dH, slope=0.1):
    on = (Z > 0).to(dH.dtype)
    return (on + slope * (1 - on)) * dH
""",
        "a copy that is changed": """
def leaky_relu_backward(Z, dH, slope=0.1):
    dZ = dH.clone()
    dZ[Z <= 0] *= slope
    return dZ
""",
        "NumPy": """
import numpy as np

leaky_relu_backward = lambda Z, dH, slope=0.1: torch.as_tensor(
    np.where(Z.numpy() > 0, 1.0, slope) * dH.numpy()
)
""",
    },
    "linear_backward": {
        "einsum": """
def linear_backward(X, W, dZ):
    return (
        torch.einsum("nk,kp->np", dZ, W),
        torch.einsum("nk,np->kp", dZ, X),
        torch.einsum("nk->k", dZ),
    )
""",
        "example by example": """
def linear_backward(X, W, dZ):
    dX = torch.zeros_like(X)
    dW = torch.zeros_like(W)
    db = torch.zeros(len(W), dtype=W.dtype)
    for i, (x, dz) in enumerate(zip(X, dZ)):
        dX[i] = (dz[:, None] * W).sum(0)
        dW += dz[:, None] * x
        db += dz
    return [dX, dW, db]
""",
    },
    "numeric_gradient": {
        "a flat loop": """
def numeric_gradient(W, X, y, epsilon=1e-5):
    X = X.double()

    def loss(flat):
        return F.cross_entropy(X @ flat.view(W.shape), y).item()

    start = W.double().flatten()
    differences = []
    for i in range(W.numel()):
        above, below = start.clone(), start.clone()
        above[i] += epsilon
        below[i] -= epsilon
        differences.append((loss(above) - loss(below)) / epsilon / 2)
    return torch.tensor(differences, dtype=torch.float64).view_as(W)
""",
        "all moves at once": """
def numeric_gradient(W, X, y, epsilon=1e-5):
    W, X = W.double(), X.double()
    moves = epsilon * torch.eye(W.numel(), dtype=torch.float64).view(-1, *W.shape)

    def losses(Ws):
        Z = X @ Ws
        picked = Z[:, torch.arange(len(y)), y]
        return (Z.logsumexp(dim=2) - picked).mean(dim=1)

    return ((losses(W + moves) - losses(W - moves)) / (2 * epsilon)).view(W.shape)
""",
        "a copy and a helper in another cell": (
            """
def numeric_gradient(W, X, y, epsilon=1e-5):
    W, X = W.double().clone(), X.double()
    gradient = torch.empty_like(W)
    for i in range(W.shape[0]):
        for j in range(W.shape[1]):
            keep = W[i, j].item()
            W[i, j] = keep + epsilon
            above = loss_of(W, X, y)
            W[i, j] = keep - epsilon
            gradient[i, j] = (above - loss_of(W, X, y)) / (2 * epsilon)
            W[i, j] = keep
    return gradient
""",
            [
                """
def loss_of(W, X, y):
    return F.nll_loss(F.log_softmax(X @ W, dim=1), y)
""",
            ],
        ),
    },
    "gradients": {
        "sum over all paths": """
def gradients(arrows, root):
    def derivative(start, end):
        if start == end:
            return 1.0
        return sum(local * derivative(p, end) for p, local in arrows[start])

    return [float(derivative(root, node)) for node in range(len(arrows))]
""",
        "a linear system": """
def gradients(arrows, root):
    A = torch.eye(len(arrows), dtype=torch.float64)
    for node, parents in enumerate(arrows):
        for parent, local in parents:
            A[parent, node] -= local
    e = torch.zeros(len(arrows), dtype=torch.float64)
    e[root] = 1
    return torch.linalg.solve(A, e).tolist()
""",
        "counting what is still to come": """
from collections import Counter, deque

def gradients(arrows, root):
    needed, stack = {root}, [root]
    while stack:
        for parent, _ in arrows[stack.pop()]:
            if parent not in needed:
                needed.add(parent)
                stack.append(parent)
    open_arrows = Counter(p for node in needed for p, _ in arrows[node])
    grads, ready = [0.0] * len(arrows), deque([root])
    grads[root] = 1.0
    while ready:
        node = ready.popleft()
        for parent, local in arrows[node]:
            grads[parent] += local * grads[node]
            open_arrows[parent] -= 1
            if open_arrows[parent] == 0:
                ready.append(parent)
    return grads
""",
        "as many rounds as nodes": """
def gradients(arrows, root):
    total = [0.0] * len(arrows)
    now = {root: 1.0}
    while now:
        after = {}
        for node, grad in now.items():
            total[node] += grad
            for parent, local in arrows[node]:
                after[parent] = after.get(parent, 0.0) + local * grad
        now = after
    return total
""",
    },
    "softmax_backward": {
        "the Jacobian of each row": """
def softmax_backward(P, dP):
    return torch.stack(
        [dp @ (torch.diag(p) - torch.outer(p, p)) for p, dp in zip(P, dP)]
    )
""",
        "einsum": """
def softmax_backward(P, dP):
    J = torch.diag_embed(P) - torch.einsum("nk,nl->nkl", P, P)
    return torch.einsum("nk,nkl->nl", dP, J)
""",
        "multiplied out, in 64 bits": """
def softmax_backward(P, dP):
    P, dP = P.double(), dP.double()
    product = P * dP
    return product - P * product.sum(1)[:, None]
""",
        "loops over lists": """
def softmax_backward(P, dP):
    rows = []
    for p, dp in zip(P.tolist(), dP.tolist()):
        s = sum(a * b for a, b in zip(p, dp))
        rows.append([a * (b - s) for a, b in zip(p, dp)])
    return torch.tensor(rows)
""",
    },
    "test_backward": {
        "along random directions": """
def test_backward(layer):
    for seed in range(12):
        generator = torch.Generator().manual_seed(seed)
        X, dH, D = torch.randn(3, 4, 5, generator=generator).double()
        dX, e = layer(X, dH)[1], 1e-5
        rise = layer(X + e * D, dH)[0] - layer(X - e * D, dH)[0]
        slope = (dH * rise).sum().item() / (2 * e)
        if not math.isclose((dX * D).sum().item(), slope, rel_tol=1e-5, abs_tol=1e-5):
            raise ValueError(f"seed {seed}: {slope}")
""",
        "the whole Jacobian, in a class": """
class Test:
    def jacobian(self, layer, X, dH, e=1e-5):
        columns = []
        for k in range(X.numel()):
            move = (torch.arange(X.numel()) == k).view_as(X) * e
            columns.append((layer(X + move, dH)[0] - layer(X - move, dH)[0]).flatten())
        return torch.stack(columns) / (2 * e)

    def __call__(self, layer):
        X = torch.tensor([[0.3, -1.2, 0.8], [-0.4, 1.5, -0.7]], dtype=torch.float64)
        dH = torch.tensor([[1.0, -2.0, 0.5], [-0.3, 0.7, 1.1]], dtype=torch.float64)
        found = self.jacobian(layer, X, dH) @ dH.flatten()
        assert torch.allclose(found, layer(X, dH)[1].flatten(), atol=1e-6)


test_backward = Test()
""",
        "one output at a time, in 32 bits": """
def test_backward(layer):
    X = torch.tensor([[0.5, -1.0, 0.75], [-0.25, 1.25, -0.5]])
    for k in range(6):
        dH = -torch.eye(6)[k].view(2, 3) - 0.25 * (torch.arange(6).view(2, 3) == 2)
        dX = layer(X, dH)[1]
        assert dX.shape == (2, 3)
        for i in range(2):
            for j in range(3):
                move = torch.zeros(2, 3)
                move[i, j] = 2.0**-7
                rise = layer(X + move, dH)[0] - layer(X - move, dH)[0]
                slope = (dH * rise).sum() * 2.0**6
                assert abs(dX[i, j] - slope) < 2e-3
""",
    },
}

EQUIVALENT = {
    "numeric_gradient": {
        "def numeric_gradient(W, X, y, epsilon=1e-05): => def numeric_gradient(W, X, y, epsilon=-1e-05):": (
            "A central difference with -epsilon is the same as with epsilon."
        ),
        "gradient = torch.zeros_like(W) => gradient = torch.ones_like(W)": (
            "Every entry is overwritten."
        ),
        "for j in range(W.shape[1]): => for j in range(W.shape[-1]):": (
            "W has two dimensions, so 1 and -1 are the same one."
        ),
    },
    "gradients": {
        "visit(root) / grads = [0.0] * len(arrows) => grads = [0.0] * len(arrows) / visit(root)": (
            "The two statements have nothing to do with each other."
        ),
        "seen.add(node) / for parent, _ in arrows[node]: / visit(parent) => for parent, _ in arrows[node]: / visit(parent) / seen.add(node)": (
            "In a graph without cycles no visit to a parent leads back to the node."
        ),
    },
    "softmax_backward": {
        "return P * (dP - (dP * P).sum(dim=1, keepdim=True)) => return P * (dP - (dP * P).sum(dim=-1, keepdim=True))": (
            "dP has two dimensions, so 1 and -1 are the same one."
        ),
    },
    "test_backward": {
        "assert dX.shape == X.shape, 'the shape' / for i in range(3): / for j in range(4): / move = torch.zeros_like(X) / move[i, j] = 1e-05 / change = layer(X + move, dH)[0] - layer(X - move, dH)[0] / expected = (dH * change).sum() / 2e-05 / assert abs(dX[i, j] - expected) < 1e-05, f'row {i}, column {j}' => for i in range(3): / for j in range(4): / move = torch.zeros_like(X) / move[i, j] = 1e-05 / change = layer(X + move, dH)[0] - layer(X - move, dH)[0] / expected = (dH * change).sum() / 2e-05 / assert abs(dX[i, j] - expected) < 1e-05, f'row {i}, column {j}' / assert dX.shape == X.shape, 'the shape'": (
            "What has too many rows is looked at in vain first, and refused in the end."
        ),
        "generator = torch.Generator().manual_seed(0) => generator = torch.Generator()": (
            "Any random numbers will do."
        ),
        "generator = torch.Generator().manual_seed(0) => generator = torch.Generator().manual_seed(1)": (
            "Any random numbers will do."
        ),
        "generator = torch.Generator().manual_seed(0) => generator = torch.Generator().manual_seed(-1)": (
            "Any random numbers will do."
        ),
        "X, dH = torch.randn(2, 3, 4, generator=generator).double() => X, dH = torch.randn(2, 3, 4).double()": (
            "Any random numbers will do."
        ),
        "assert abs(dX[i, j] - expected) < 1e-05, f'row {i}, column {j}' => assert abs(dX[i, j] - expected) <= 1e-05, f'row {i}, column {j}'": (
            "No difference is exactly as large as the tolerance."
        ),
    },
}

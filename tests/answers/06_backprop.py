"""Wrong answers to exercise set 6: what a learner may write, and what it is told.

WRONG[exercise][mistake] is the answer cell and a pattern of the check's message. A
mistake whose name ends in "(hidden)" passes the checks that learners see.
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
        "whole exponents only (hidden)": (
            """
def power(a, b):
    data = math.prod([a] * int(b))
    return data, (b * data / a, data * math.log(a))
""",
            r"the data for a = [\d.]+, b = [\d.]+",
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
            r"changes the gradient it is given",
        ),
        "slope of the example (hidden)": (
            """
def leaky_relu_backward(Z, dH, slope=0.1):
    return torch.where(Z > 0, dH, 0.1 * dH)
""",
            r"random numbers with slope 0.01",
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
    dW = sum(torch.outer(dZ[i], X[i]) for i in range(4))
    return dZ @ W, dW, dZ.sum(dim=0)
""",
            r"dW of a random layer",
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
        "step size of the lesson (hidden)": (
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
            r"random weights with epsilon=0.5",
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
        "by the formula (hidden)": (
            """
def numeric_gradient(W, X, y, epsilon=1e-5):
    W, X = W.double(), X.double()
    P = torch.softmax(X @ W, dim=1)
    return X.T @ (P - torch.eye(W.shape[1])[y]) / len(y)
""",
            r"random weights with epsilon=0.5",
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
            r"the derivatives of u, root=1.*does not depend on v and L",
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
        "numbers taken for the order (hidden)": (
            """
def gradients(arrows, root):
    grads = [0.0] * len(arrows)
    grads[root] = 1.0
    for node in reversed(range(len(arrows))):
        for parent, local in arrows[node]:
            grads[parent] += local * grads[node]
    return grads
""",
            r"random graph of \d+ nodes",
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
            r"changes a tensor it is given.*in place",
        ),
        "two rows taken for granted (hidden)": (
            """
def softmax_backward(P, dP):
    dZ = torch.zeros_like(P)
    for i in range(2):
        dZ[i] = dP[i] @ (torch.diag(P[i]) - torch.outer(P[i], P[i]))
    return dZ
""",
            r"dZ for \d+ × \d+ random probabilities",
        ),
    },
}

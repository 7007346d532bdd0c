"""Wrong answers to exercise set 5: what a learner may write, and what it is told.

WRONG[exercise][mistake] is the answer cell and a pattern of the check's message. A
mistake whose name ends in "(hidden)" passes the checks that learners see.
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
}

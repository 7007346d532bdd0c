"""Wrong answers to exercise set 7: what a learner may write, and what it is told.

WRONG[exercise][mistake] is the answer cell and a pattern of the check's message. A
mistake whose name ends in "(hidden)" passes the checks that learners see.
"""

WRONG = {
    "initialize": {
        "one column, repeated": (
            """
def initialize(n_in, n_out, slope, seed):
    generator = torch.Generator().manual_seed(seed)
    a = math.sqrt(6 / ((1 + slope**2) * n_in))
    return a * (2 * torch.rand(n_in, 1, generator=generator) - 1).repeat(1, n_out)
""",
            r"every unit has the same weights",
        ),
        "the bound is the standard deviation": (
            """
def initialize(n_in, n_out, slope, seed):
    generator = torch.Generator().manual_seed(seed)
    W = 2 * torch.rand(n_in, n_out, generator=generator) - 1
    return math.sqrt(2 / ((1 + slope**2) * n_in)) * W
""",
            r"got 0\.66\d*: the bound a is not the standard deviation",
        ),
        "Xavier": (
            """
def initialize(n_in, n_out, slope, seed):
    generator = torch.Generator().manual_seed(seed)
    W = 2 * torch.rand(n_in, n_out, generator=generator) - 1
    return math.sqrt(6 / (n_in + n_out)) * W
""",
            r"got 1\.59: this is Xavier's",
        ),
        "units in place of inputs": (
            """
def initialize(n_in, n_out, slope, seed):
    generator = torch.Generator().manual_seed(seed)
    W = 2 * torch.rand(n_in, n_out, generator=generator) - 1
    return math.sqrt(6 / ((1 + slope**2) * n_out)) * W
""",
            r"divide by the number of units instead of that of inputs",
        ),
        "no half": (
            """
def initialize(n_in, n_out, slope, seed):
    generator = torch.Generator().manual_seed(seed)
    W = 2 * torch.rand(n_in, n_out, generator=generator) - 1
    return math.sqrt(3 / n_in) * W
""",
            r"variance for no activation",
        ),
        "no square root": (
            """
def initialize(n_in, n_out, slope, seed):
    generator = torch.Generator().manual_seed(seed)
    W = 2 * torch.rand(n_in, n_out, generator=generator) - 1
    return 6 / ((1 + slope**2) * n_in) * W
""",
            r"variance where its square root belongs",
        ),
        "PyTorch's default": (
            """
def initialize(n_in, n_out, slope, seed):
    torch.manual_seed(seed)
    return torch.nn.Linear(n_in, n_out).weight.detach().T
""",
            r"this is PyTorch's default",
        ),
        "positive weights": (
            """
def initialize(n_in, n_out, slope, seed):
    generator = torch.Generator().manual_seed(seed)
    W = torch.rand(n_in, n_out, generator=generator)
    return math.sqrt(6 / ((1 + slope**2) * n_in)) * W
""",
            r"weights with mean 0.*draws from 0 to 1",
        ),
        "transposed": (
            """
def initialize(n_in, n_out, slope, seed):
    generator = torch.Generator().manual_seed(seed)
    W = 2 * torch.rand(n_out, n_in, generator=generator) - 1
    return math.sqrt(6 / ((1 + slope**2) * n_in)) * W
""",
            r"must have the shape \(400, 100\), but has \(100, 400\)",
        ),
        "normal": (
            """
def initialize(n_in, n_out, slope, seed):
    generator = torch.Generator().manual_seed(seed)
    W = torch.randn(n_in, n_out, generator=generator)
    return math.sqrt(2 / ((1 + slope**2) * n_in)) * W
""",
            r"variance is right, but the largest weight.*torch.rand, not torch.randn",
        ),
        "slope ignored": (
            """
def initialize(n_in, n_out, slope, seed):
    generator = torch.Generator().manual_seed(seed)
    W = 2 * torch.rand(n_in, n_out, generator=generator) - 1
    return math.sqrt(6 / n_in) * W
""",
            r"the slope has no effect",
        ),
        "slope not squared": (
            """
def initialize(n_in, n_out, slope, seed):
    generator = torch.Generator().manual_seed(seed)
    W = 2 * torch.rand(n_in, n_out, generator=generator) - 1
    return math.sqrt(6 / ((1 + slope) * n_in)) * W
""",
            r"you use 1 \+ s\. .*multiplied by s²",
        ),
        "multiplied in place of divided": (
            """
def initialize(n_in, n_out, slope, seed):
    generator = torch.Generator().manual_seed(seed)
    W = 2 * torch.rand(n_in, n_out, generator=generator) - 1
    return math.sqrt(6 * (1 + slope**2) / n_in) * W
""",
            r"a leak lets more pass",
        ),
        "no seed": (
            """
def initialize(n_in, n_out, slope, seed):
    W = 2 * torch.rand(n_in, n_out) - 1
    return math.sqrt(6 / ((1 + slope**2) * n_in)) * W
""",
            r"the same seed gives other weights",
        ),
        "always seed 0": (
            """
def initialize(n_in, n_out, slope, seed):
    generator = torch.Generator().manual_seed(0)
    W = 2 * torch.rand(n_in, n_out, generator=generator) - 1
    return math.sqrt(6 / ((1 + slope**2) * n_in)) * W
""",
            r"seed 1 gives the same weights",
        ),
        "a line through the examples (hidden)": (
            """
def initialize(n_in, n_out, slope, seed):
    generator = torch.Generator().manual_seed(seed)
    W = 2 * torch.rand(n_in, n_out, generator=generator) - 1
    return math.sqrt(3 * (2 - 0.8 * slope) / n_in) * W
""",
            r"n_in Var\(w\) for \d+ inputs, \d+ units and slope=",
        ),
    },
    "rescale": {
        "measured with the old weights": (
            """
def rescale(X, weights):
    H, rescaled = X, []
    for W in weights:
        Z = H @ W
        rescaled.append(W / Z.std())
        H = torch.relu(Z)
    return rescaled
""",
            r"first layer is right\. .*go on with the rescaled ones",
        ),
        "no ReLU": (
            """
def rescale(X, weights):
    H, rescaled = X, []
    for W in weights:
        rescaled.append(W / (H @ W).std())
        H = H @ rescaled[-1]
    return rescaled
""",
            r"there is no ReLU between your layers",
        ),
        "variance": (
            """
def rescale(X, weights):
    H, rescaled = X, []
    for W in weights:
        rescaled.append(W / (H @ W).var())
        H = torch.relu(H @ rescaled[-1])
    return rescaled
""",
            r"you divide by the variance",
        ),
        "behind the ReLU": (
            """
def rescale(X, weights):
    H, rescaled = X, []
    for W in weights:
        rescaled.append(W / torch.relu(H @ W).std())
        H = torch.relu(H @ rescaled[-1])
    return rescaled
""",
            r"standard deviation of H is 1; that of Z, before the ReLU",
        ),
        "a factor for each unit": (
            """
def rescale(X, weights):
    H, rescaled = X, []
    for W in weights:
        rescaled.append(W / (H @ W).std(dim=0))
        H = torch.relu(H @ rescaled[-1])
    return rescaled
""",
            r"layer 1 must be one multiple.*one standard deviation over all entries",
        ),
        "the weights themselves": (
            """
def rescale(X, weights):
    return [W / W.std() for W in weights]
""",
            r"standard deviation of the weights is 1",
        ),
        "in place": (
            """
def rescale(X, weights):
    H = X
    for W in weights:
        W /= (H @ W).std()
        H = torch.relu(H @ W)
    return weights
""",
            r"changes the weights it is given",
        ),
        "no first layer": (
            """
def rescale(X, weights):
    H, rescaled = X, []
    for W in weights[1:]:
        rescaled.append(W / (H @ W).std())
        H = torch.relu(H @ rescaled[-1])
    return rescaled
""",
            r"your code raised RuntimeError: mat1 and mat2",
        ),
        "unchanged": (
            """
def rescale(X, weights):
    return list(weights)
""",
            r"returned unchanged",
        ),
        "three layers taken for granted (hidden)": (
            """
def rescale(X, weights):
    H, rescaled = X, []
    for i in range(3):
        rescaled.append(weights[i] / (H @ weights[i]).std())
        H = torch.relu(H @ rescaled[-1])
    return rescaled
""",
            r"expected \d matrices for \d layers, got 3",
        ),
    },
    "clip": {
        "ready-made": (
            """
from torch.nn.utils import clip_grad_norm_

def clip(grads, max_norm):
    parameters = [torch.zeros_like(g) for g in grads]
    for parameter, g in zip(parameters, grads, strict=True):
        parameter.grad = g.clone()
    norm = clip_grad_norm_(parameters, max_norm)
    return [parameter.grad for parameter in parameters], norm
""",
            r"uses `clip_grad_norm_`, which this exercise does without",
        ),
        "each tensor by itself": (
            """
def clip(grads, max_norm):
    norm = torch.cat([g.flatten() for g in grads]).norm().item()
    clipped = [g * min(1, max_norm / max(g.norm(), 1e-9)) for g in grads]
    return clipped, norm
""",
            r"limit each tensor by itself",
        ),
        "each number by itself": (
            """
def clip(grads, max_norm):
    norm = torch.cat([g.flatten() for g in grads]).norm().item()
    return [g.clamp(-max_norm, max_norm) for g in grads], norm
""",
            r"limit each number by itself",
        ),
        "sum of norms": (
            """
def clip(grads, max_norm):
    norm = sum(g.norm().item() for g in grads)
    factor = max_norm / norm if norm > max_norm else 1.0
    return [factor * g for g in grads], norm
""",
            r"expected the norm 7, got 8.708: the norms of parts don't add up",
        ),
        "no root": (
            """
def clip(grads, max_norm):
    norm = sum((g**2).sum().item() for g in grads)
    factor = max_norm / norm if norm > max_norm else 1.0
    return [factor * g for g in grads], norm
""",
            r"got 49: that is its square",
        ),
        "the norm afterward": (
            """
def clip(grads, max_norm):
    norm = torch.cat([g.flatten() for g in grads]).norm().item()
    factor = max_norm / norm if norm > max_norm else 1.0
    return [factor * g for g in grads], factor * norm
""",
            r"got 3.5: that is the norm after clipping",
        ),
        "short gradients lengthened": (
            """
def clip(grads, max_norm):
    norm = torch.cat([g.flatten() for g in grads]).norm().item()
    return [g * max_norm / (norm + 1e-9) for g in grads], norm
""",
            r"below the limit of 10, and you scale it up",
        ),
        "in place": (
            """
def clip(grads, max_norm):
    norm = torch.cat([g.flatten() for g in grads]).norm().item()
    for g in grads:
        g *= max_norm / norm if norm > max_norm else 1.0
    return grads, norm
""",
            r"changes the gradients it is given",
        ),
        "the norm is forgotten": (
            """
def clip(grads, max_norm):
    norm = torch.cat([g.flatten() for g in grads]).norm().item()
    return [g * min(1, max_norm / norm) for g in grads]
""",
            r"expected a list of 2 tensors and a number",
        ),
        "0 divided by 0": (
            """
def clip(grads, max_norm):
    norm = torch.cat([g.flatten() for g in grads]).norm()
    return [g * (max_norm / norm).clamp(max=1) * norm / norm for g in grads], norm
""",
            r"a gradient of zeros: .*got nan\. Its norm is 0",
        ),
        "two tensors taken for granted (hidden)": (
            """
def clip(grads, max_norm):
    norm = math.sqrt(sum((g**2).sum().item() for g in grads[:2]))
    factor = max_norm / norm if norm > max_norm else 1.0
    return [factor * g for g in grads], norm
""",
            r"the norm of 7 random gradients",
        ),
    },
    "skipping": {
        "as handed in": (
            """
def skipping(Z, weights):
    for W in weights:
        Z = torch.relu(Z)
        Z = Z + Z @ W / len(weights)
    return Z
""",
            r"not behind the ReLU",
        ),
        "one mistake of two": (
            """
def skipping(Z, weights):
    for W in weights:
        Z = Z + torch.relu(Z) @ W / len(weights)
    return Z
""",
            r"by L = 4, not by √L = 2",
        ),
        "the other mistake of two": (
            """
def skipping(Z, weights):
    for W in weights:
        Z = torch.relu(Z)
        Z = Z + Z @ W / math.sqrt(len(weights))
    return Z
""",
            r"not behind the ReLU",
        ),
        "no skip": (
            """
def skipping(Z, weights):
    for W in weights:
        Z = torch.relu(Z) @ W / math.sqrt(len(weights))
    return Z
""",
            r"Z itself is not in the sum",
        ),
        "not divided": (
            """
def skipping(Z, weights):
    for W in weights:
        Z = Z + torch.relu(Z) @ W
    return Z
""",
            r"is not divided by √L",
        ),
        "no ReLU": (
            """
def skipping(Z, weights):
    for W in weights:
        Z = Z + Z @ W / math.sqrt(len(weights))
    return Z
""",
            r"there is no ReLU in what is added",
        ),
        "in place": (
            """
def skipping(Z, weights):
    for W in weights:
        Z += torch.relu(Z) @ W / math.sqrt(len(weights))
    return Z
""",
            r"changes the tensor it is given",
        ),
        "weights transposed (hidden)": (
            """
def skipping(Z, weights):
    for W in weights:
        Z = Z + torch.relu(Z) @ W.T / math.sqrt(len(weights))
    return Z
""",
            r"Z after \d layers of \d units with random weights",
        ),
    },
}

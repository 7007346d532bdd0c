"""Wrong answers to exercise set 7: what a learner may write, and what it is told.

WRONG[exercise][mistake] is the answer cell and a pattern of the check's message. A
mistake whose name ends in "(hidden)" passes the checks that learners see.
BELIEFS[exercise][mistake] is what a learner thinks who writes it.

UNUSUAL[exercise][what] is a right answer that looks unlike the key's: the answer cell,
or a pair of it and of cells of the learner's own that stand above it.

EQUIVALENT[exercise][change] says why a change of the key's answer that
`tests/benchmarks/mutants.py` makes leaves the answer right.
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
            r"neither 1 \+ s nor .*multiplied by s²",
        ),
        "the negative half in full": (
            """
def initialize(n_in, n_out, slope, seed):
    generator = torch.Generator().manual_seed(seed)
    W = 2 * torch.rand(n_in, n_out, generator=generator) - 1
    return math.sqrt(3 / ((0.5 + slope**2) * n_in)) * W
""",
            r"nor 1/2 \+ s² is right",
        ),
        "the square of the sum": (
            """
def initialize(n_in, n_out, slope, seed):
    generator = torch.Generator().manual_seed(seed)
    W = 2 * torch.rand(n_in, n_out, generator=generator) - 1
    return math.sqrt(6 / n_in) / (1 + slope) * W
""",
            r"Add the squares, not the numbers",
        ),
        "half the range": (
            """
def initialize(n_in, n_out, slope, seed):
    generator = torch.Generator().manual_seed(seed)
    W = torch.rand(n_in, n_out, generator=generator) - 0.5
    return math.sqrt(6 / ((1 + slope**2) * n_in)) * W
""",
            r"got 0\.49\d*: your weights reach half as far",
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
        "multiplied in place of divided": (
            """
def rescale(X, weights):
    H, rescaled = X, []
    for W in weights:
        rescaled.append(W * (H @ W).std())
        H = torch.relu(H @ rescaled[-1])
    return rescaled
""",
            r"you multiply by the standard deviation",
        ),
        "a ReLU before the first layer": (
            """
def rescale(X, weights):
    Z, rescaled = X, []
    for W in weights:
        H = torch.relu(Z)
        rescaled.append(W / (H @ W).std())
        Z = H @ rescaled[-1]
    return rescaled
""",
            r"no ReLU in front of the first layer",
        ),
        "the mean not subtracted": (
            """
def rescale(X, weights):
    H, rescaled = X, []
    for W in weights:
        rescaled.append(W / ((H @ W) ** 2).mean().sqrt())
        H = torch.relu(H @ rescaled[-1])
    return rescaled
""",
            r"the root of the mean square of Z is 1",
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
        "PyTorch's other name": (
            """
def clip(grads, max_norm):
    norm = torch.nn.utils.get_total_norm(grads)
    return [g * min(1, max_norm / norm) for g in grads], norm
""",
            r"your answer uses `get_total_norm`",
        ),
        "the norm of a matrix": (
            """
def clip(grads, max_norm):
    norm = sum(torch.linalg.norm(g, 2).item() ** 2 for g in grads) ** 0.5
    factor = max_norm / norm if norm > max_norm else 1.0
    return [factor * g for g in grads], norm
""",
            r"of a matrix is another norm",
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
        "the whole sum divided": (
            """
def skipping(Z, weights):
    for W in weights:
        Z = (Z + torch.relu(Z) @ W) / math.sqrt(len(weights))
    return Z
""",
            r"divide only what is added",
        ),
        "divided by the width": (
            """
def skipping(Z, weights):
    for W in weights:
        Z = Z + torch.relu(Z) @ W / math.sqrt(Z.shape[1])
    return Z
""",
            r"root of the width, 2",
        ),
        "always added to the first": (
            """
def skipping(Z, weights):
    first = Z
    for W in weights:
        Z = first + torch.relu(Z) @ W / math.sqrt(len(weights))
    return Z
""",
            r"yours add to the first one",
        ),
        "ReLU behind the product": (
            """
def skipping(Z, weights):
    for W in weights:
        Z = Z + torch.relu(Z @ W) / math.sqrt(len(weights))
    return Z
""",
            r"the ReLU stands before the product",
        ),
        "four layers taken for granted (hidden)": (
            """
def skipping(Z, weights):
    for W in weights:
        Z = Z + torch.relu(Z) @ W / 2
    return Z
""",
            r"Z after \d layers of \d units with random weights",
        ),
        "weights transposed": (
            """
def skipping(Z, weights):
    for W in weights:
        Z = Z + torch.relu(Z) @ W.T / math.sqrt(len(weights))
    return Z
""",
            r"multiply by W\.T, where the formula has W",
        ),
    },
    "train_deep": {
        "PyTorch's weights": (
            """
def train_deep(X, y):
    widths = [196] + [32] * 19 + [10]
    modules = [torch.nn.Linear(p, q) for p, q in zip(widths, widths[1:])]
    parameters = [p for layer in modules for p in layer.parameters()]
    optimizer = torch.optim.Adam(parameters, lr=0.003)
    for index in torch.randperm(len(X)).split(50):
        layers = [(layer.weight.T, layer.bias) for layer in modules]
        optimizer.zero_grad()
        F.cross_entropy(deep_network(X[index], layers), y[index]).backward()
        optimizer.step()
    return [(layer.weight.detach().T, layer.bias.detach()) for layer in modules]
""",
            r"1?\d\.\d % of 2,000 new images are right: print the loss of each",
        ),
        "all zeros": (
            """
def train_deep(X, y):
    widths = [196] + [32] * 19 + [10]
    pairs = zip(widths, widths[1:])
    return [(torch.zeros(p, q), torch.zeros(q)) for p, q in pairs]
""",
            r"1?\d\.\d % of 2,000 new images are right: print the loss of each",
        ),
        "He's weights, not trained": (
            """
def train_deep(X, y):
    widths = [196] + [32] * 19 + [10]
    pairs = zip(widths, widths[1:])
    return [(torch.randn(p, q) * (2 / p) ** 0.5, torch.zeros(q)) for p, q in pairs]
""",
            r"[12]?\d\.\d % of 2,000 new images are right: print the loss of each",
        ),
        "the nearest mean, passed on": (
            """
def train_deep(X, y):
    means = torch.stack([X[y == k].mean(dim=0) for k in range(10)])
    first = means.T, 5 - (means**2).sum(dim=1) / 2
    return [first] + [(torch.eye(10), torch.zeros(10))] * 19
""",
            r"(7|8)\d\.\d % of 2,000 new images are right\.$",
        ),
        "three layers": (
            """
def train_deep(X, y):
    widths = [196, 32, 32, 10]
    pairs = zip(widths, widths[1:])
    return [(torch.randn(p, q) * (2 / p) ** 0.5, torch.zeros(q)) for p, q in pairs]
""",
            r"expected at least 20 layers, got 3",
        ),
        "the weights in one list": (
            """
def train_deep(X, y):
    return [torch.zeros(196, 10)] + [torch.eye(10)] * 19
""",
            r"expected a list of pairs \(W, b\)",
        ),
        "a row for each unit": (
            """
def train_deep(X, y):
    widths = [196] + [32] * 19 + [10]
    modules = [torch.nn.Linear(p, q) for p, q in zip(widths, widths[1:])]
    return [(layer.weight.detach(), layer.bias.detach()) for layer in modules]
""",
            r"W of layer 1 must have the shape \(196, any\), but has \(32, 196\)",
        ),
        "too wide": (
            """
def train_deep(X, y):
    widths = [196] + [64] * 19 + [10]
    pairs = zip(widths, widths[1:])
    return [(torch.randn(p, q) * (2 / p) ** 0.5, torch.zeros(q)) for p, q in pairs]
""",
            r"your layers have 88,138 weights and biases; the budget is 30,000",
        ),
        "no last layer": (
            """
def train_deep(X, y):
    return [(torch.zeros(p, 32), torch.zeros(32)) for p in [196] + [32] * 19]
""",
            r"the last layer has 32 units",
        ),
        "steps too long": (
            """
def train_deep(X, y):
    widths = [196] + [32] * 19 + [10]
    layers = []
    for p, q in zip(widths, widths[1:]):
        layers.append((torch.randn(p, q) * (8 / p) ** 0.5, torch.zeros(q)))
    parameters = [p.requires_grad_() for layer in layers for p in layer]
    for _ in range(3):
        loss = F.cross_entropy(deep_network(X[:50], layers), y[:50])
        grads = torch.autograd.grad(loss, parameters)
        with torch.no_grad():
            for p, grad in zip(parameters, grads):
                p -= 0.1 * grad
    return [(W.detach(), b.detach()) for W, b in layers]
""",
            r"some weights are nan or infinite\. Are the steps too long",
        ),
        "images centered in place": (
            """
def train_deep(X, y):
    X -= X.mean(dim=0)
    return [(torch.zeros(196, 10), torch.zeros(10))] * 20
""",
            r"changes the images or the labels it is given",
        ),
        "more images than the budget": (
            """
def train_deep(X, y):
    X, y = small_digits(0, 10000)
    return [(torch.zeros(196, 10), torch.zeros(10))] * 20
""",
            r"your answer uses `read_idx`",
        ),
        "1,000 images taken for granted (hidden)": (
            """
def train_deep(X, y):
    layers = [(torch.randn(196, 32) / 10, torch.zeros(32))]
    layers += [(torch.randn(32, 10) / 4, torch.zeros(10))]
    parameters = [p.requires_grad_() for layer in layers for p in layer]
    optimizer, Y = torch.optim.Adam(parameters, lr=0.01), torch.zeros(1000, 10)
    Y[torch.arange(1000), y] = 1
    for _ in range(20):
        for index in torch.randperm(1000).split(100):
            optimizer.zero_grad()
            F.cross_entropy(deep_network(X[index], layers), Y[index]).backward()
            optimizer.step()
    first, last = [(W.detach(), b.detach()) for W, b in layers]
    return [first] + [(torch.eye(32), torch.zeros(32))] * 18 + [last]
""",
            r"your code raised .*, in train_deep",
        ),
    },
}

BELIEFS = {
    "initialize": {
        "one column, repeated": (
            "Believes that training makes units differ that start with the same weights."
        ),
        "the bound is the standard deviation": (
            "Takes the end of a uniform distribution for its standard deviation."
        ),
        "Xavier": "Believes that one formula for the weights suits every activation.",
        "units in place of inputs": (
            "Mixes up how many numbers a unit adds up with how many units there are."
        ),
        "no half": (
            "Forgets that a ReLU removes half of the numbers, and half of the squares."
        ),
        "no square root": "Mixes up the variance of the weights with their size.",
        "PyTorch's default": (
            "Believes that a library's default is chosen for this network."
        ),
        "positive weights": "Believes that torch.rand draws numbers on both sides of 0.",
        "transposed": "Stores a row for each unit, as nn.Linear does.",
        "normal": (
            "Believes that the variance says all there is to say about a distribution."
        ),
        "slope ignored": "Believes that a leak is too small to matter.",
        "slope not squared": (
            "Believes that a variance is multiplied by the factor of the numbers."
        ),
        "the negative half in full": (
            "Halves what passes and forgets that what leaks is a half as well."
        ),
        "the square of the sum": "Believes that squares of a sum are added up.",
        "half the range": (
            "Makes random numbers symmetric and forgets that the range was 1, not 2."
        ),
        "multiplied in place of divided": (
            "Believes that a layer that lets more pass needs larger weights."
        ),
        "no seed": "Believes that random weights need no seed.",
        "always seed 0": (
            "Believes that a fixed seed inside makes a function reproducible enough."
        ),
        "a line through the examples (hidden)": (
            "Reads a rule off the two examples: a straight line between them."
        ),
    },
    "rescale": {
        "measured with the old weights": (
            "Believes that layers can be measured all at once, before any is changed."
        ),
        "no ReLU": "Believes that the spread of a signal depends on the weights alone.",
        "variance": (
            "Believes that dividing numbers by their variance makes their spread 1."
        ),
        "behind the ReLU": (
            "Mixes up what an activation receives, Z, with what it returns, H."
        ),
        "a factor for each unit": (
            "Believes that every unit has to have the standard deviation 1."
        ),
        "the weights themselves": (
            "Believes that weights of standard deviation 1 give signals of that size."
        ),
        "in place": "Believes that `/=` makes a new tensor.",
        "multiplied in place of divided": (
            "Believes that a scale is reached by multiplying with what was measured."
        ),
        "a ReLU before the first layer": (
            "Believes that each layer begins with a ReLU, even the first."
        ),
        "the mean not subtracted": (
            "Believes that every signal has the mean 0, even behind ReLUs."
        ),
        "no first layer": "Believes that the inputs are what the first layer returns.",
        "unchanged": "Believes that a good list of weights needs no change.",
        "three layers taken for granted (hidden)": (
            "Believes that a network is as deep as that of the example."
        ),
    },
    "clip": {
        "ready-made": "Believes that a library's function may stand for one's own.",
        "each tensor by itself": (
            "Believes that each parameter has a gradient with a limit of its own."
        ),
        "each number by itself": (
            "Believes that clipping means cutting off each number at the limit."
        ),
        "sum of norms": "Believes that the norms of parts add up to that of the whole.",
        "PyTorch's other name": (
            "Believes that what is forbidden is one function, not a way around."
        ),
        "the norm of a matrix": (
            "Believes that the 2-norm of a matrix is the root of its squares."
        ),
        "no root": "Believes that a norm is the sum of the squares.",
        "the norm afterward": "Believes that the norm that counts is the new one.",
        "short gradients lengthened": (
            "Believes that clipping gives every gradient the same length."
        ),
        "in place": "Believes that nobody needs the gradients as they were.",
        "the norm is forgotten": (
            "Believes that the norm is only a step on the way and nobody asks for it."
        ),
        "0 divided by 0": "Believes that 0 times 0 divided by 0 is 0.",
        "two tensors taken for granted (hidden)": (
            "Believes that a model has as many parameters as the example."
        ),
    },
    "skipping": {
        "as handed in": "Believes that a skip may begin anywhere before the sum.",
        "one mistake of two": "Stops at the first mistake that explains what was seen.",
        "the other mistake of two": (
            "Compares the divisor with the formula, but not what is added to what."
        ),
        "no skip": "Believes that scaling by the depth is what keeps a signal alive.",
        "not divided": "Believes that with a skip the depth no longer matters.",
        "no ReLU": "Believes that the sum makes an activation needless.",
        "in place": "Believes that `+=` makes a new tensor.",
        "the whole sum divided": (
            "Believes that the division belongs to the sum, not to what is added."
        ),
        "divided by the width": (
            "Takes the root in the formula for that of an initialization."
        ),
        "always added to the first": (
            "Believes that a skip leads back to the input of the network."
        ),
        "ReLU behind the product": (
            "Believes that an activation always follows the weights."
        ),
        "four layers taken for granted (hidden)": (
            "Believes that networks are as deep as that of the example."
        ),
        "weights transposed": (
            "Transposes W as nn.Linear does, which square matrices don't tell."
        ),
    },
    "train_deep": {
        "PyTorch's weights": (
            "Believes that a network's defaults are right for any depth."
        ),
        "all zeros": "Believes that the training finds weights from anywhere.",
        "He's weights, not trained": (
            "Believes that a level signal is already a network that reads."
        ),
        "the nearest mean, passed on": (
            "Believes that one layer that reads fairly well is all one can get."
        ),
        "three layers": "Believes that the accuracy is all that counts.",
        "the weights in one list": (
            "Believes that biases that are 0 can be left out of a network."
        ),
        "a row for each unit": "Hands on weights as nn.Linear stores them.",
        "too wide": "Believes that more units are the way out, whatever the budget.",
        "no last layer": "Counts the hidden layers and forgets the one for the classes.",
        "steps too long": (
            "Believes that larger weights and longer steps bring a signal through."
        ),
        "images centered in place": "Believes that `-=` makes a new tensor.",
        "more images than the budget": (
            "Believes that a target may be reached by any means at hand."
        ),
        "1,000 images taken for granted (hidden)": (
            "Believes that there are always as many images as in the example."
        ),
    },
}

UNUSUAL = {
    "initialize": {
        "PyTorch's own function, with a gain": """
def initialize(n_in, n_out, slope, seed):
    W = torch.empty(n_out, n_in)
    generator = torch.Generator().manual_seed(seed)
    torch.nn.init.kaiming_uniform_(W, a=slope, generator=generator)
    return W.T
""",
        "NumPy, in 64 bits": """
import numpy as np

def initialize(n_in, n_out, slope, seed):
    a = np.sqrt(6 / n_in / (1 + slope * slope))
    drawn = np.random.default_rng(seed).uniform(-a, a, size=(n_in, n_out))
    return torch.from_numpy(drawn)
""",
        "row by row, by Python's random numbers": """
import random

def initialize(n_in, n_out, slope, seed):
    dice = random.Random(seed)
    a = (6 / (n_in * (1 + slope**2))) ** 0.5
    rows = [[dice.uniform(-a, a) for _ in range(n_out)] for _ in range(n_in)]
    return torch.tensor(rows)
""",
    },
    "rescale": {
        "from the last layer's point of view": """
def rescale(X, weights):
    if not weights:
        return []
    *before, W = weights
    scaled = rescale(X, before)
    H = X
    for V in scaled:
        H = torch.relu(H @ V)
    return [*scaled, W / torch.std(H @ W)]
""",
        "ratios of the old spreads": """
def rescale(X, weights):
    H, spreads = X.double(), [1.0]
    for W in weights:
        Z = H @ W.double()
        spreads.append(Z.flatten().std().item())
        H = Z.clamp(min=0)
    return [W * (a / b) for W, a, b in zip(weights, spreads, spreads[1:])]
""",
        "NumPy": """
import numpy as np

def rescale(X, weights):
    H, found = X.numpy(), []
    for W in weights:
        new = W.numpy() / np.std(H @ W.numpy(), ddof=1)
        found.append(torch.from_numpy(new))
        H = np.maximum(H @ new, 0)
    return tuple(found)
""",
    },
    "clip": {
        "one long vector": """
def clip(grads, max_norm):
    v = torch.cat([g.reshape(-1) for g in grads])
    norm = v.norm()
    if norm > max_norm:
        v = v * (max_norm / norm)
    parts = v.split([g.numel() for g in grads])
    return [part.view(g.shape) for part, g in zip(parts, grads)], norm
""",
        "loops over numbers": """
def clip(grads, max_norm):
    norm = 0.0
    for g in grads:
        for number in g.flatten().tolist():
            norm = math.hypot(norm, number)
    scale = min(1.0, max_norm / norm) if norm else 1.0
    return tuple(g.clone().mul_(scale) for g in grads), norm
""",
        "einsum, and a helper in another cell": (
            """
def clip(grads, max_norm):
    norm = sum(map(squares, grads)) ** 0.5
    return [g / max(1.0, norm / max_norm) for g in grads], norm
""",
            [
                """
def squares(g):
    flat = g.flatten().double()
    return torch.einsum("i,i->", flat, flat).item()
""",
            ],
        ),
    },
    "skipping": {
        "recursion": """
def skipping(Z, weights, depth=None):
    depth = depth or len(weights)
    if not weights:
        return Z
    first, *others = weights
    return skipping(Z + torch.relu(Z) @ first / depth**0.5, others, depth)
""",
        "einsum, in place on a copy": """
def skipping(Z, weights):
    Z = Z.clone()
    for W in weights:
        added = torch.einsum("np,pq->nq", torch.clamp(Z, min=0), W)
        Z += added.div(math.sqrt(len(weights)))
    return Z
""",
        "a module": """
class Skipping(torch.nn.Module):
    def forward(self, Z, weights):
        scale = len(weights) ** -0.5 if weights else 0
        for W in weights:
            Z = torch.addmm(Z, Z * (Z > 0), W, alpha=scale)
        return Z


skipping = Skipping()
""",
    },
    "train_deep": {
        "two layers that learn, eighteen that pass on": """
class Copied:
    def __call__(self, X, y):
        learning = [torch.nn.Linear(196, 32), torch.nn.Linear(32, 10)]
        model = torch.nn.Sequential(learning[0], torch.nn.ReLU(), learning[1])
        optimizer = torch.optim.Adam(model.parameters(), lr=0.01)
        for _ in range(20):
            for index in torch.randperm(len(X)).split(50):
                optimizer.zero_grad()
                F.cross_entropy(model(X[index]), y[index]).backward()
                optimizer.step()
        first, last = [(layer.weight.detach().T, layer.bias) for layer in learning]
        idle = torch.eye(32), torch.zeros(32)
        return (first, *[idle] * 18, last)


train_deep = Copied()
""",
        "learned as differences from idle layers, with momentum": """
def train_deep(X, y):
    X, Y = X.double(), torch.eye(10).double()[y]
    V = torch.zeros(18, 32, 32).double()
    first = torch.randn(196, 32).double() / 10
    last = torch.randn(32, 10).double() / 4
    biases = torch.zeros(19, 32).double()
    learned = [first, V, last, biases]
    moves = [torch.zeros_like(p) for p in learned]

    def layers():
        hidden = torch.eye(32) + learned[1] / 18**0.5
        weights = [learned[0], *hidden, learned[2]]
        return list(zip(weights, [*learned[3], torch.zeros(10).double()]))

    for step in range(300):
        index = torch.randint(len(X), (50,))
        for p in learned:
            p.requires_grad_()
        log_P = F.log_softmax(deep_network(X[index], layers()), dim=1)
        grads = torch.autograd.grad(-(Y[index] * log_P).sum() / 50, learned)
        rate = 0.03 * (1 - step / 300)
        moves = [0.9 * m + g for m, g in zip(moves, grads)]
        learned[:] = [p.detach() - rate * m for p, m in zip(learned, moves)]
    return layers()
""",
    },
}

EQUIVALENT = {
    "clip": {
        "factor = max_norm / norm if norm > max_norm else 1.0 => factor = max_norm / norm if norm >= max_norm else 1.0": (
            "Where norm and limit are equal, the factor is 1 either way."
        ),
        "norm = math.sqrt(sum(((g ** 2).sum().item() for g in grads))) => norm = math.sqrt(sum(((g ** 2).sum() for g in grads)))": (
            "math.sqrt takes a tensor with one number as well."
        ),
    },
}

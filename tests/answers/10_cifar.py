"""Wrong answers to exercise set 10: what a learner may write, and what it is told.

WRONG[exercise][mistake] is the answer cell and a pattern of the check's message. A
mistake whose name ends in "(hidden)" passes the checks that learners see.
BELIEFS[exercise][mistake] is what a learner thinks who writes it.

UNUSUAL[exercise][what] is a right answer that looks unlike the key's: the answer cell,
or a pair of it and of cells of the learner's own that stand above it.

EQUIVALENT[exercise][change] says why a change of the key's answer that
`tests/benchmarks/mutants.py` makes leaves the answer right.
"""

WRONG = {
    "random_flip": {
        "one coin for all": (
            """
def random_flip(images, coins, p=0.5):
    if coins[0] < p:
        return images.flip(3)
    return images
""",
            r"no image has changed.*a coin of its own",
        ),
        "upside down": (
            """
def random_flip(images, coins, p=0.5):
    mirror = (coins < p)[:, None, None, None]
    return torch.where(mirror, images.flip(2), images)
""",
            r"upside down: its rows are in reverse order",
        ),
        "turned": (
            """
def random_flip(images, coins, p=0.5):
    mirror = (coins < p)[:, None, None, None]
    return torch.where(mirror, images.flip((2, 3)), images)
""",
            r"turned by 180 degrees",
        ),
        "channels reversed": (
            """
def random_flip(images, coins, p=0.5):
    mirror = (coins < p)[:, None, None, None]
    return torch.where(mirror, images.flip(1), images)
""",
            r"in other colors: its channels are in reverse order",
        ),
        "in place": (
            """
def random_flip(images, coins, p=0.5):
    images[coins < p] = images[coins < p].flip(3)
    return images
""",
            r"changes the images it is given",
        ),
        "the others": (
            """
def random_flip(images, coins, p=0.5):
    mirror = (coins >= p)[:, None, None, None]
    return torch.where(mirror, images.flip(3), images)
""",
            r"wrong images are mirrored: those with a coin of p or more",
        ),
        "batch reversed": (
            """
def random_flip(images, coins, p=0.5):
    mirror = (coins < p)[:, None, None, None]
    return torch.where(mirror, images.flip(0, 3), images)
""",
            r"the last image: .*stay where it is in the batch",
        ),
        "mirrored ones only": (
            """
def random_flip(images, coins, p=0.5):
    return images[coins < p].flip(3)
""",
            r"the batch must have the shape \(3, 2, 2, 3\), but has \(1, 2, 2, 3\)",
        ),
        "always one half": (
            """
def random_flip(images, coins, p=0.5):
    mirror = (coins < 0.5)[:, None, None, None]
    return torch.where(mirror, images.flip(3), images)
""",
            r"with p=0.95 all three images .*is 0.5 written",
        ),
        "equal coins as well": (
            """
def random_flip(images, coins, p=0.5):
    mirror = (coins <= p)[:, None, None, None]
    return torch.where(mirror, images.flip(3), images)
""",
            r"image whose coin is 0.6 is mirrored; only a coin \*below\* p",
        ),
        "all of them": (
            """
def random_flip(images, coins, p=0.5):
    return images.flip(3)
""",
            r"expected only the last image to change, got \[0, 1, 2\]",
        ),
        "rows and columns exchanged": (
            """
def random_flip(images, coins, p=0.5):
    mirror = (coins < p)[:, None, None, None]
    return torch.where(mirror, images.transpose(2, 3), images)
""",
            r"RuntimeError: The size of tensor",
        ),
        "three images taken for granted (hidden)": (
            """
def random_flip(images, coins, p=0.5):
    result = images.clone()
    for i in range(3):
        if coins[i] < p:
            result[i] = images[i].flip(2)
    return result
""",
            r"random images of \d × \d, p=0.2",
        ),
    },
    "channel_statistics": {
        "mean of the batch means": (
            """
def channel_statistics(batches):
    mus = torch.stack([X.mean(dim=(0, 2, 3)) for X in batches])
    sigmas = torch.stack([X.std(dim=(0, 2, 3)) for X in batches])
    return mus.mean(dim=0), sigmas.mean(dim=0)
""",
            r"mean of the batch means: an image of the short batch",
        ),
        "deviation within the images": (
            """
def channel_statistics(batches):
    X = torch.cat(batches)
    return X.mean(dim=(0, 2, 3)), X.std(dim=(2, 3)).mean(dim=0)
""",
            r"mean of the images' own deviations",
        ),
        "within the images, divided by n": (
            """
def channel_statistics(batches):
    X = torch.cat(batches)
    return X.mean(dim=(0, 2, 3)), X.std(dim=(2, 3), correction=0).mean(dim=0)
""",
            r"mean of the images' own deviations",
        ),
        "one number for all channels": (
            """
def channel_statistics(batches):
    X = torch.cat(batches)
    return X.mean(), X.std(correction=0)
""",
            r"the mean must have the shape \(2,\), but has \(\)\. One number per channel",
        ),
        "one number per pixel": (
            """
def channel_statistics(batches):
    X = torch.cat(batches)
    return X.mean(dim=0), X.std(dim=0)
""",
            r"shape \(2,\), but has \(2, 1, 2\)\. One number per channel",
        ),
        "variance": (
            """
def channel_statistics(batches):
    X = torch.cat(batches)
    return X.mean(dim=(0, 2, 3)), X.var(dim=(0, 2, 3), correction=0)
""",
            r"variance: take its square root",
        ),
        "divided by n - 1": (
            """
def channel_statistics(batches):
    X = torch.cat(batches)
    return X.mean(dim=(0, 2, 3)), X.std(dim=(0, 2, 3))
""",
            r"number of pixels minus 1",
        ),
        "mean of the batches' deviations": (
            """
def channel_statistics(batches):
    n = sum(len(X) for X in batches)
    mu = sum(X.mean(dim=(0, 2, 3)) * len(X) for X in batches) / n
    sigmas = [X.std(dim=(0, 2, 3), correction=0) * len(X) for X in batches]
    return mu, sum(sigmas) / n
""",
            r"the deviation: .*not a mean of the batches' deviations",
        ),
        "height left out": (
            """
def channel_statistics(batches):
    count = sum(len(X) * X.shape[3] for X in batches)
    mu = sum(X.sum(dim=(0, 2, 3)) for X in batches) / count
    squares = sum((X**2).sum(dim=(0, 2, 3)) for X in batches) / count
    return mu, (squares - mu**2).sqrt()
""",
            r"mean of a gray image of 2 × 1 pixels: .*height times width",
        ),
        "mean not subtracted": (
            """
def channel_statistics(batches):
    total, squares, count = 0.0, 0.0, 0
    for X in batches:
        total = total + X.sum(dim=(0, 2, 3))
        squares = squares + (X**2).sum(dim=(0, 2, 3))
        count += X[:, 0].numel()
    return total / count, (squares / count).sqrt()
""",
            r"root of the mean square: subtract mu\*\*2",
        ),
        "mean distance": (
            """
def channel_statistics(batches):
    X = torch.cat(batches)
    mu = X.mean(dim=(0, 2, 3))
    return mu, (X - mu[:, None, None]).abs().mean(dim=(0, 2, 3))
""",
            r"mean distance from the mean",
        ),
        "divided by the images": (
            """
def channel_statistics(batches):
    total, squares, count = 0.0, 0.0, 0
    for X in batches:
        total = total + X.sum(dim=(0, 2, 3))
        squares = squares + (X**2).sum(dim=(0, 2, 3))
        count += len(X)
    mu = total / count
    return mu, (squares / count - mu**2).sqrt()
""",
            r"you divide by the number of images",
        ),
        "pixels of all channels": (
            """
def channel_statistics(batches):
    total, squares, count = 0.0, 0.0, 0
    for X in batches:
        total = total + X.sum(dim=(0, 2, 3))
        squares = squares + (X**2).sum(dim=(0, 2, 3))
        count += X.numel()
    mu = total / count
    return mu, (squares / count - mu**2).sqrt()
""",
            r"you divide by the pixels of all channels",
        ),
        "two batches taken for granted (hidden)": (
            """
def channel_statistics(batches):
    X = torch.cat([batches[0], batches[-1]]) if len(batches) > 1 else batches[0]
    return X.mean(dim=(0, 2, 3)), X.std(dim=(0, 2, 3), correction=0)
""",
            r"the mean of \d channels of \d × \d pixels",
        ),
    },
    "unshuffle": {
        "shuffled again": (
            """
def unshuffle(images, order):
    return images.flatten(2)[:, :, order].reshape(images.shape)
""",
            r"shuffled the pixels once more",
        ),
        "nothing done": (
            """
def unshuffle(images, order):
    return images.flatten(2)[:, :, order.sort().values].reshape(images.shape)
""",
            r"as shuffled as they went in",
        ),
        "in place": (
            """
def unshuffle(images, order):
    flat = images.flatten(2).clone()
    for place, origin in enumerate(order):
        images.view(flat.shape)[:, :, origin] = flat[:, :, place]
    return images
""",
            r"changes the images it is given",
        ),
        "width before height": (
            """
def unshuffle(images, order):
    b, c, h, w = images.shape
    return images.flatten(2)[:, :, order.argsort()].reshape(b, c, w, h)
""",
            r"\(2, 2, 2, 3\), but has \(2, 2, 3, 2\)\. Give it the shape of the images",
        ),
        "reversed": (
            """
def unshuffle(images, order):
    return images.flatten(2)[:, :, order.flip(0)].reshape(images.shape)
""",
            r"the unshuffled images: \d+ of 24 values differ",
        ),
        "left flat": (
            """
def unshuffle(images, order):
    return images.flatten(2)[:, :, order.argsort()]
""",
            r"\(2, 2, 2, 3\), but has \(2, 2, 6\)",
        ),
        "size of the example (hidden)": (
            """
def unshuffle(images, order):
    flat = images.flatten(2)[:, :, order.argsort()]
    return flat.unflatten(2, (2, 3))
""",
            r"raised RuntimeError|random images of \d",
        ),
        "sorted twice": (
            """
def unshuffle(images, order):
    back = order.argsort().argsort()
    return images.flatten(2)[:, :, back].reshape(images.shape)
""",
            r"shuffled the pixels once more",
        ),
        "channels flattened too": (
            """
def unshuffle(images, order):
    return images.flatten(1)[:, order.argsort()].reshape(images.shape)
""",
            r"RuntimeError: shape|RuntimeError",
        ),
        "written where it should be read": (
            """
def unshuffle(images, order):
    flat = images.flatten(2)
    result = torch.empty_like(flat)
    for place, origin in enumerate(order.argsort().tolist()):
        result[:, :, origin] = flat[:, :, place]
    return result.reshape(images.shape)
""",
            r"shuffled the pixels once more",
        ),
        "rows shuffled": (
            """
def unshuffle(images, order):
    h = images.shape[2]
    rows = order[order < h].argsort()
    return images[:, :, rows]
""",
            r"as shuffled as they went in",
        ),
    },
    "model_size": {
        "no bias": (
            """
def model_size(shape, layers):
    num_parameters = 0
    for kind, *sizes in layers:
        if kind == "conv":
            c_out, k, s, p = sizes
            c, h, w = shape
            num_parameters += c_out * c * k * k
            shape = (c_out, (h + 2 * p - k) // s + 1, (w + 2 * p - k) // s + 1)
        elif kind == "pool":
            c, h, w = shape
            shape = (c, h // sizes[0], w // sizes[0])
        else:
            num_parameters += sizes[0] * math.prod(shape)
            shape = (sizes[0],)
    return shape, num_parameters
""",
            r"expected 608 parameters, got 600: each kernel has a bias",
        ),
        "one channel per kernel": (
            """
def model_size(shape, layers):
    num_parameters = 0
    for kind, *sizes in layers:
        if kind == "conv":
            c_out, k, s, p = sizes
            c, h, w = shape
            num_parameters += c_out * (k * k + 1)
            shape = (c_out, (h + 2 * p - k) // s + 1, (w + 2 * p - k) // s + 1)
        elif kind == "pool":
            c, h, w = shape
            shape = (c, h // sizes[0], w // sizes[0])
        else:
            num_parameters += sizes[0] * (math.prod(shape) + 1)
            shape = (sizes[0],)
    return shape, num_parameters
""",
            r"got 208: each kernel covers all input channels",
        ),
        "weights at every place": (
            """
def model_size(shape, layers):
    num_parameters = 0
    for kind, *sizes in layers:
        if kind == "conv":
            c_out, k, s, p = sizes
            c, h, w = shape
            shape = (c_out, (h + 2 * p - k) // s + 1, (w + 2 * p - k) // s + 1)
            num_parameters += math.prod(shape) * (c * k * k + 1)
        elif kind == "pool":
            c, h, w = shape
            shape = (c, h // sizes[0], w // sizes[0])
        else:
            num_parameters += sizes[0] * (math.prod(shape) + 1)
            shape = (sizes[0],)
    return shape, num_parameters
""",
            r"does not depend on the size of the image",
        ),
        "padding on one side": (
            """
def model_size(shape, layers):
    num_parameters = 0
    for kind, *sizes in layers:
        if kind == "conv":
            c_out, k, s, p = sizes
            c, h, w = shape
            num_parameters += c_out * (c * k * k + 1)
            shape = (c_out, (h + p - k) // s + 1, (w + p - k) // s + 1)
        elif kind == "pool":
            c, h, w = shape
            shape = (c, h // sizes[0], w // sizes[0])
        else:
            num_parameters += sizes[0] * (math.prod(shape) + 1)
            shape = (sizes[0],)
    return shape, num_parameters
""",
            r"\(8, 32, 30\), got \(8, 31, 29\)\. Padding adds p pixels on both sides",
        ),
        "stride before the difference": (
            """
def model_size(shape, layers):
    num_parameters = 0
    for kind, *sizes in layers:
        if kind == "conv":
            c_out, k, s, p = sizes
            c, h, w = shape
            num_parameters += c_out * (c * k * k + 1)
            shape = (c_out, (h + 2 * p - k + 1) // s, (w + 2 * p - k + 1) // s)
        elif kind == "pool":
            c, h, w = shape
            shape = (c, h // sizes[0], w // sizes[0])
        else:
            num_parameters += sizes[0] * (math.prod(shape) + 1)
            shape = (sizes[0],)
    return shape, num_parameters
""",
            r"\(4, 16, 16\), got \(4, 16, 15\)\. The stride divides n \+ 2p - k",
        ),
        "pooling rounded up": (
            """
def model_size(shape, layers):
    num_parameters = 0
    for kind, *sizes in layers:
        if kind == "conv":
            c_out, k, s, p = sizes
            c, h, w = shape
            num_parameters += c_out * (c * k * k + 1)
            shape = (c_out, (h + 2 * p - k) // s + 1, (w + 2 * p - k) // s + 1)
        elif kind == "pool":
            c, h, w = shape
            shape = (c, math.ceil(h / sizes[0]), math.ceil(w / sizes[0]))
        else:
            num_parameters += sizes[0] * (math.prod(shape) + 1)
            shape = (sizes[0],)
    return shape, num_parameters
""",
            r"got \(8, 8, 7\)\. A window that is not filled is left out",
        ),
        "channels of the image in every layer": (
            """
def model_size(shape, layers):
    num_parameters, c_in = 0, shape[0]
    for kind, *sizes in layers:
        if kind == "conv":
            c_out, k, s, p = sizes
            c, h, w = shape
            num_parameters += c_out * (c_in * k * k + 1)
            shape = (c_out, (h + 2 * p - k) // s + 1, (w + 2 * p - k) // s + 1)
        elif kind == "pool":
            c, h, w = shape
            shape = (c, h // sizes[0], w // sizes[0])
        else:
            num_parameters += sizes[0] * (math.prod(shape) + 1)
            shape = (sizes[0],)
    return shape, num_parameters
""",
            r"expected 297 parameters, got 252\. The second layer's input has 4",
        ),
        "windows of two": (
            """
def model_size(shape, layers):
    num_parameters = 0
    for kind, *sizes in layers:
        if kind == "conv":
            c_out, k, s, p = sizes
            c, h, w = shape
            num_parameters += c_out * (c * k * k + 1)
            shape = (c_out, (h + 2 * p - k) // s + 1, (w + 2 * p - k) // s + 1)
        elif kind == "pool":
            c, h, w = shape
            shape = (c, h // 2, w // 2)
        else:
            num_parameters += sizes[0] * (math.prod(shape) + 1)
            shape = (sizes[0],)
    return shape, num_parameters
""",
            r"'pool', 3.* got \(8, 7, 6\)\. Windows may have any size",
        ),
        "windows that overlap": (
            """
def model_size(shape, layers):
    num_parameters = 0
    for kind, *sizes in layers:
        if kind == "conv":
            c_out, k, s, p = sizes
            c, h, w = shape
            num_parameters += c_out * (c * k * k + 1)
            shape = (c_out, (h + 2 * p - k) // s + 1, (w + 2 * p - k) // s + 1)
        elif kind == "pool":
            c, h, w = shape
            shape = (c, h - sizes[0] + 1, w - sizes[0] + 1)
        else:
            num_parameters += sizes[0] * (math.prod(shape) + 1)
            shape = (sizes[0],)
    return shape, num_parameters
""",
            r"got \(8, 14, 12\)\. .*the next one begins where one ends",
        ),
        "a bias for each input channel": (
            """
def model_size(shape, layers):
    num_parameters = 0
    for kind, *sizes in layers:
        if kind == "conv":
            c_out, k, s, p = sizes
            c, h, w = shape
            num_parameters += c_out * c * (k * k + 1)
            shape = (c_out, (h + 2 * p - k) // s + 1, (w + 2 * p - k) // s + 1)
        elif kind == "pool":
            c, h, w = shape
            shape = (c, h // sizes[0], w // sizes[0])
        else:
            num_parameters += sizes[0] * (math.prod(shape) + 1)
            shape = (sizes[0],)
    return shape, num_parameters
""",
            r"got 624: each kernel has one bias",
        ),
        "pooling with weights": (
            """
def model_size(shape, layers):
    num_parameters = 0
    for kind, *sizes in layers:
        if kind == "conv":
            c_out, k, s, p = sizes
            c, h, w = shape
            num_parameters += c_out * (c * k * k + 1)
            shape = (c_out, (h + 2 * p - k) // s + 1, (w + 2 * p - k) // s + 1)
        elif kind == "pool":
            c, h, w = shape
            num_parameters += c * sizes[0] ** 2
            shape = (c, h // sizes[0], w // sizes[0])
        else:
            num_parameters += sizes[0] * (math.prod(shape) + 1)
            shape = (sizes[0],)
    return shape, num_parameters
""",
            r"expected 0 parameters, got 32\. .*pooling has no parameters",
        ),
        "linear without biases": (
            """
def model_size(shape, layers):
    num_parameters = 0
    for kind, *sizes in layers:
        if kind == "conv":
            c_out, k, s, p = sizes
            c, h, w = shape
            num_parameters += c_out * (c * k * k + 1)
            shape = (c_out, (h + 2 * p - k) // s + 1, (w + 2 * p - k) // s + 1)
        elif kind == "pool":
            c, h, w = shape
            shape = (c, h // sizes[0], w // sizes[0])
        else:
            num_parameters += sizes[0] * math.prod(shape)
            shape = (sizes[0],)
    return shape, num_parameters
""",
            r"expected 970 parameters, got 960\. .*one bias per output",
        ),
        "a number as a shape": (
            """
def model_size(shape, layers):
    num_parameters = 0
    for kind, *sizes in layers:
        if kind == "conv":
            c_out, k, s, p = sizes
            c, h, w = shape
            num_parameters += c_out * (c * k * k + 1)
            shape = (c_out, (h + 2 * p - k) // s + 1, (w + 2 * p - k) // s + 1)
        elif kind == "pool":
            c, h, w = shape
            shape = (c, h // sizes[0], w // sizes[0])
        else:
            num_parameters += sizes[0] * (math.prod(shape) + 1)
            shape = sizes[0]
    return shape, num_parameters
""",
            r"expected the shape \(10,\), got 10 \(int\)",
        ),
        "the image behind every layer": (
            """
def model_size(shape, layers):
    num_parameters, start = 0, shape
    for kind, *sizes in layers:
        if kind == "conv":
            c_out, k, s, p = sizes
            c, h, w = shape
            num_parameters += c_out * (c * k * k + 1)
            shape = (c_out, (h + 2 * p - k) // s + 1, (w + 2 * p - k) // s + 1)
        elif kind == "pool":
            c, h, w = shape
            shape = (c, h // sizes[0], w // sizes[0])
        else:
            num_parameters += sizes[0] * (math.prod(start) + 1)
            shape = (sizes[0],)
    return shape, num_parameters
""",
            r"expected 330 parameters, got 1290\. The linear layer's input is what pooling has left",
        ),
        "two layers taken for granted (hidden)": (
            """
def model_size(shape, layers):
    num_parameters = 0
    for kind, *sizes in layers[:2]:
        if kind == "conv":
            c_out, k, s, p = sizes
            c, h, w = shape
            num_parameters += c_out * (c * k * k + 1)
            shape = (c_out, (h + 2 * p - k) // s + 1, (w + 2 * p - k) // s + 1)
        elif kind == "pool":
            c, h, w = shape
            shape = (c, h // sizes[0], w // sizes[0])
        else:
            num_parameters += sizes[0] * (math.prod(shape) + 1)
            shape = (sizes[0],)
    return shape, num_parameters
""",
            r"on \(\d+, \d+, \d+\): expected \(",
        ),
    },
    "correlate": {
        "ready-made": (
            """
def correlate(x, W, b, stride=1, padding=0):
    return torch.conv2d(x[None], W, b, stride, padding)[0]
""",
            r"uses `conv2d`, which this exercise does without",
        ),
        "kernel turned around": (
            """
def correlate(x, W, b, stride=1, padding=0):
    x, W, k = F.pad(x, (padding,) * 4), W.flip(2, 3), W.shape[-1]
    windows = x.unfold(1, k, stride).unfold(2, k, stride)
    return torch.einsum("chwij,ocij->ohw", windows, W) + b[:, None, None]
""",
            r"turn the kernel around",
        ),
        "no bias": (
            """
def correlate(x, W, b, stride=1, padding=0):
    x, k = F.pad(x, (padding,) * 4), W.shape[-1]
    windows = x.unfold(1, k, stride).unfold(2, k, stride)
    return torch.einsum("chwij,ocij->ohw", windows, W)
""",
            r"bias is not added",
        ),
        "one window too many": (
            """
def correlate(x, W, b, stride=1, padding=0):
    x, k = F.pad(x, (padding,) * 4), W.shape[-1]
    x = F.pad(x, (0, k - 1, 0, k - 1))
    windows = x.unfold(1, k, stride).unfold(2, k, stride)
    return torch.einsum("chwij,ocij->ohw", windows, W) + b[:, None, None]
""",
            r"\(1, 2, 2\), but has \(1, 3, 3\)\. A window of 2 pixels fits",
        ),
        "mean over the channels": (
            """
def correlate(x, W, b, stride=1, padding=0):
    x, k = F.pad(x, (padding,) * 4), W.shape[-1]
    windows = x.unfold(1, k, stride).unfold(2, k, stride)
    z = torch.einsum("chwij,ocij->ohw", windows, W) / len(x)
    return z + b[:, None, None]
""",
            r"mean over the input channels: add them up",
        ),
        "first channel only": (
            """
def correlate(x, W, b, stride=1, padding=0):
    x, k = F.pad(x, (padding,) * 4), W.shape[-1]
    windows = x[0].unfold(0, k, stride).unfold(1, k, stride)
    z = torch.einsum("hwij,oij->ohw", windows, W[:, 0])
    return z + b[:, None, None]
""",
            r"two kernels on three channels: .*products of all input channels",
        ),
        "stride ignored": (
            """
def correlate(x, W, b, stride=1, padding=0):
    x, k = F.pad(x, (padding,) * 4), W.shape[-1]
    windows = x.unfold(1, k, 1).unfold(2, k, 1)
    return torch.einsum("chwij,ocij->ohw", windows, W) + b[:, None, None]
""",
            r"stride 2, padding 0 must have the shape .*the stride makes",
        ),
        "padding on one side": (
            """
def correlate(x, W, b, stride=1, padding=0):
    x, k = F.pad(x, (padding, 0, padding, 0)), W.shape[-1]
    windows = x.unfold(1, k, stride).unfold(2, k, stride)
    return torch.einsum("chwij,ocij->ohw", windows, W) + b[:, None, None]
""",
            r"stride 1, padding 1 must have the shape .*on both sides",
        ),
        "frame of the border's pixels": (
            """
def correlate(x, W, b, stride=1, padding=0):
    x, k = F.pad(x[None], (padding,) * 4, mode="replicate")[0], W.shape[-1]
    windows = x.unfold(1, k, stride).unfold(2, k, stride)
    return torch.einsum("chwij,ocij->ohw", windows, W) + b[:, None, None]
""",
            r"stride 1, padding 1: .*frame of zeros",
        ),
        "square images only": (
            """
def correlate(x, W, b, stride=1, padding=0):
    x, k = F.pad(x, (padding,) * 4), W.shape[-1]
    size = (x.shape[1] - k) // stride + 1
    z = torch.empty(len(W), size, size, dtype=x.dtype)
    for i in range(size):
        for j in range(size):
            top, left = i * stride, j * stride
            window = x[:, top : top + k, left : left + k]
            z[:, i, j] = (W * window).sum(dim=(1, 2, 3)) + b
    return z
""",
            r"3 × 6 pixels, .*Height and width of an image may differ",
        ),
        "kernel transposed": (
            """
def correlate(x, W, b, stride=1, padding=0):
    x, k = F.pad(x, (padding,) * 4), W.shape[-1]
    windows = x.unfold(1, k, stride).unfold(2, k, stride)
    return torch.einsum("chwij,ocji->ohw", windows, W) + b[:, None, None]
""",
            r"rows and columns of the kernel have changed places",
        ),
        "bias for each channel": (
            """
def correlate(x, W, b, stride=1, padding=0):
    x, k = F.pad(x, (padding,) * 4), W.shape[-1]
    windows = x.unfold(1, k, stride).unfold(2, k, stride)
    z = torch.einsum("chwij,ocij->ohw", windows, W)
    return z + len(x) * b[:, None, None]
""",
            r"bias is added once for each input channel",
        ),
        "windows beside each other": (
            """
def correlate(x, W, b, stride=1, padding=0):
    x, k = F.pad(x, (padding,) * 4), W.shape[-1]
    height = (x.shape[1] - k) // stride + 1
    width = (x.shape[2] - k) // stride + 1
    z = torch.empty(len(W), height, width, dtype=x.dtype)
    for i in range(height):
        for j in range(width):
            window = x[:, i : i + k, j : j + k]
            z[:, i, j] = (W * window).sum(dim=(1, 2, 3)) + b
    return z
""",
            r"stride 2, padding 1: .*starts at row i·s",
        ),
        "result padded": (
            """
def correlate(x, W, b, stride=1, padding=0):
    k = W.shape[-1]
    windows = x.unfold(1, k, stride).unfold(2, k, stride)
    z = torch.einsum("chwij,ocij->ohw", windows, W) + b[:, None, None]
    return F.pad(z, (padding,) * 4)
""",
            r"stride 1, padding 1: .*frame of zeros",
        ),
        "kernels of two taken for granted (hidden)": (
            """
def correlate(x, W, b, stride=1, padding=0):
    x = F.pad(x, (padding,) * 4)
    windows = x.unfold(1, 2, stride).unfold(2, 2, stride)
    return torch.einsum("chwij,ocij->ohw", windows, W[..., :2, :2]) + b[:, None, None]
""",
            r"RuntimeError|random kernels of size \d",
        ),
    },
    "predict": {
        "as published": (
            """
def predict(state, statistics, images, batch_size):
    return published_predict(state, statistics, images, batch_size)
""",
            r"the images are not normalized by the statistics that are given",
        ),
        "statistics of the batch": (
            """
def predict(state, statistics, images, batch_size):
    model = small_cnn()
    model.load_state_dict(state)
    model.eval()
    answers = []
    for X in images.split(batch_size):
        mu = X.mean(dim=(0, 2, 3), keepdim=True)
        sigma = X.std(dim=(0, 2, 3), keepdim=True)
        X = (X - mu) / sigma
        answers.append(model(X).argmax(dim=1))
    return torch.cat(answers)
""",
            r"the images are not normalized by the statistics that are given",
        ),
        "statistics of the new images": (
            """
def predict(state, statistics, images, batch_size):
    model = small_cnn()
    model.load_state_dict(state)
    model.eval()
    mu = images.mean(dim=(0, 2, 3), keepdim=True)
    sigma = images.std(dim=(0, 2, 3), keepdim=True)
    answers = []
    for X in images.split(batch_size):
        X = (X - mu) / sigma
        answers.append(model(X).argmax(dim=1))
    return torch.cat(answers)
""",
            r"the images are not normalized by the statistics that are given",
        ),
        "not normalized": (
            """
def predict(state, statistics, images, batch_size):
    model = small_cnn()
    model.load_state_dict(state)
    model.eval()
    mu, sigma = (v[:, None, None] for v in statistics)
    answers = []
    for X in images.split(batch_size):
        X = X
        answers.append(model(X).argmax(dim=1))
    return torch.cat(answers)
""",
            r"the images are not normalized by the statistics that are given",
        ),
        "divided by the variance": (
            """
def predict(state, statistics, images, batch_size):
    model = small_cnn()
    model.load_state_dict(state)
    model.eval()
    mu, sigma = (v[:, None, None] for v in statistics)
    answers = []
    for X in images.split(batch_size):
        X = (X - mu) / sigma**2
        answers.append(model(X).argmax(dim=1))
    return torch.cat(answers)
""",
            r"the images are not normalized by the statistics that are given",
        ),
        "in training mode": (
            """
def predict(state, statistics, images, batch_size):
    model = small_cnn()
    model.load_state_dict(state)
    mu, sigma = (v[:, None, None] for v in statistics)
    answers = []
    for X in images.split(batch_size):
        X = (X - mu) / sigma
        answers.append(model(X).argmax(dim=1))
    return torch.cat(answers)
""",
            r"batch normalization does not use what it has learned",
        ),
        "mode set after the answers": (
            """
def predict(state, statistics, images, batch_size):
    model = small_cnn()
    model.load_state_dict(state)
    mu, sigma = (v[:, None, None] for v in statistics)
    answers = []
    for X in images.split(batch_size):
        X = (X - mu) / sigma
        answers.append(model(X).argmax(dim=1))
    model.eval()
    return torch.cat(answers)
""",
            r"batch normalization does not use what it has learned",
        ),
        "no gradients taken for evaluation": (
            """
def predict(state, statistics, images, batch_size):
    model = small_cnn()
    model.load_state_dict(state)
    mu, sigma = (v[:, None, None] for v in statistics)
    torch.set_grad_enabled(False)
    answers = []
    for X in images.split(batch_size):
        X = (X - mu) / sigma
        answers.append(model(X).argmax(dim=1))
    torch.set_grad_enabled(True)
    return torch.cat(answers)
""",
            r"batch normalization does not use what it has learned",
        ),
        "still mirrored": (
            """
def predict(state, statistics, images, batch_size):
    model = small_cnn()
    model.load_state_dict(state)
    model.eval()
    mu, sigma = (v[:, None, None] for v in statistics)
    answers = []
    for X in images.split(batch_size):
        X = (X - mu) / sigma
        mirror = torch.rand(len(X), 1, 1, 1) < 0.5
        X = torch.where(mirror, X.flip(3), X)
        answers.append(model(X).argmax(dim=1))
    return torch.cat(answers)
""",
            r"the answers are not those to the images as they are",
        ),
        "all mirrored": (
            """
def predict(state, statistics, images, batch_size):
    model = small_cnn()
    model.load_state_dict(state)
    model.eval()
    mu, sigma = (v[:, None, None] for v in statistics)
    answers = []
    for X in images.split(batch_size):
        X = (X - mu) / sigma
        X = X.flip(3)
        answers.append(model(X).argmax(dim=1))
    return torch.cat(answers)
""",
            r"the answers are not those to the images as they are",
        ),
        "mean of image and mirror image": (
            """
def predict(state, statistics, images, batch_size):
    model = small_cnn()
    model.load_state_dict(state)
    model.eval()
    mu, sigma = (v[:, None, None] for v in statistics)
    answers = []
    for X in images.split(batch_size):
        X = (X - mu) / sigma
        answers.append((model(X) + model(X.flip(3))).argmax(dim=1))
    return torch.cat(answers)
""",
            r"the answers are not those to the images as they are",
        ),
        "in place": (
            """
def predict(state, statistics, images, batch_size):
    model = small_cnn().eval()
    model.load_state_dict(state)
    mu, sigma = (v[:, None, None] for v in statistics)
    images -= mu
    images /= sigma
    return model(images).argmax(dim=1)
""",
            r"your function changes the state or the images",
        ),
        "the short batch left out": (
            """
def predict(state, statistics, images, batch_size):
    model = small_cnn()
    model.load_state_dict(state)
    model.eval()
    mu, sigma = (v[:, None, None] for v in statistics)
    answers = []
    for X in images.split(batch_size)[: len(images) // batch_size]:
        X = (X - mu) / sigma
        answers.append(model(X).argmax(dim=1))
    return torch.cat(answers)
""",
            r"must have the shape \(90,\), but has \(80,\)",
        ),
        "logits": (
            """
def predict(state, statistics, images, batch_size):
    model = small_cnn()
    model.load_state_dict(state)
    model.eval()
    mu, sigma = (v[:, None, None] for v in statistics)
    answers = []
    for X in images.split(batch_size):
        X = (X - mu) / sigma
        answers.append(model(X))
    return torch.cat(answers)
""",
            r"must have the shape \(90,\), but has \(90, 3\)",
        ),
        "three batches taken for granted (hidden)": (
            """
def predict(state, statistics, images, batch_size):
    model = small_cnn()
    model.load_state_dict(state)
    model.eval()
    mu, sigma = (v[:, None, None] for v in statistics)
    answers = []
    for X in images.split(batch_size)[:3]:
        X = (X - mu) / sigma
        answers.append(model(X).argmax(dim=1))
    return torch.cat(answers)
""",
            r"must have the shape \(90,\)",
        ),
    },
    "compact": {
        "one layer on fewer pixels": (
            """
def compact(X, y):
    model = nn.Sequential(nn.AvgPool2d(4), nn.Flatten(), nn.Linear(49, 10))
    optimizer = torch.optim.Adam(model.parameters(), lr=0.05)
    for _ in range(60):
        optimizer.zero_grad()
        F.cross_entropy(model(X), y).backward()
        optimizer.step()
    return model
""",
            r"(7|8)\d\.\d % of 2,000 new images are right",
        ),
        "never trained": (
            """
def compact(X, y):
    return nn.Sequential(nn.AvgPool2d(4), nn.Flatten(), nn.Linear(49, 10))
""",
            r"\d\.\d % of 2,000 new images are right",
        ),
        "one layer on all pixels": (
            """
def compact(X, y):
    return nn.Sequential(nn.Flatten(), nn.Linear(784, 10))
""",
            r"your network has 7,850 numbers in its state_dict",
        ),
        "normalizations not counted": (
            """
def compact(X, y):
    return nn.Sequential(
        nn.AvgPool2d(2), nn.BatchNorm2d(1), nn.Flatten(), nn.Linear(196, 10),
        nn.BatchNorm1d(10),
    )
""",
            r"your network has 2,016 numbers in its state_dict",
        ),
        "layers without a bias only": (
            """
def compact(X, y):
    return nn.Sequential(
        nn.Conv2d(1, 16, 5, stride=2, bias=False), nn.ReLU(), nn.MaxPool2d(3),
        nn.Flatten(), nn.Linear(256, 10, bias=False),
    )
""",
            r"your network has 2,960 numbers in its state_dict",
        ),
        "a function": (
            """
def compact(X, y):
    means = torch.stack([X[y == k].mean(dim=0).flatten() for k in range(10)])
    return lambda images: -torch.cdist(images.flatten(1), means)
""",
            r"expected a network, an nn\.Module, got",
        ),
        "still in training": (
            """
def compact(X, y):
    return nn.Sequential(
        nn.AvgPool2d(4), nn.Flatten(), nn.BatchNorm1d(49), nn.Linear(49, 10)
    )
""",
            r"other logits: return it after `eval\(\)`",
        ),
        "the numbers alone": (
            """
def compact(X, y):
    return nn.Linear(49, 10).state_dict()
""",
            r"expected a network, an nn\.Module, got",
        ),
        "classes": (
            """
class Classes(nn.Module):
    def __init__(self):
        super().__init__()
        self.layer = nn.Linear(49, 10)

    def forward(self, X):
        X = F.avg_pool2d(X, 4).flatten(1)
        return self.layer(X).argmax(dim=1)

def compact(X, y):
    return Classes()
""",
            r"must have the shape \(2000, 10\), but has \(2000,\)",
        ),
        "more images than the budget": (
            """
def compact(X, y):
    X, y = digits(0, 10000)
    return nn.Sequential(nn.AvgPool2d(4), nn.Flatten(), nn.Linear(49, 10))
""",
            r"your answer uses `read_idx`",
        ),
        "a thousand images taken for granted (hidden)": (
            """
def compact(X, y):
    model = nn.Sequential(
        nn.AvgPool2d(2), nn.Conv2d(1, 8, 3), nn.BatchNorm2d(8), nn.ReLU(),
        nn.MaxPool2d(2), nn.Conv2d(8, 15, 3), nn.BatchNorm2d(15), nn.ReLU(),
        nn.MaxPool2d(2), nn.Flatten(), nn.Linear(60, 10),
    )
    optimizer = torch.optim.Adam(model.parameters(), lr=0.01)
    batches = X.view(20, 50, 1, 28, 28), y.view(20, 50)
    for epoch in range(8):
        optimizer.param_groups[0]["lr"] = 0.01 if epoch < 6 else 0.002
        for images, labels in zip(*batches):
            optimizer.zero_grad()
            F.cross_entropy(model(images), labels).backward()
            optimizer.step()
    return model.eval()
""",
            r"your code raised RuntimeError",
        ),
    },
}

BELIEFS = {
    "random_flip": {
        "one coin for all": "Believes that one draw serves the whole batch.",
        "upside down": "Counts dimensions from 1, or takes dimension 2 for the width.",
        "turned": "Believes that mirroring an image reverses both of its dimensions.",
        "channels reversed": "Believes that channels come last, as in image files.",
        "in place": (
            "Believes that the batch belongs to the function and may be changed."
        ),
        "the others": "Believes that a large coin means yes.",
        "batch reversed": (
            "Reverses the batch as well, and overlooks that images then change places."
        ),
        "mirrored ones only": "Believes that only what has changed is to be returned.",
        "always one half": "Takes the usual probability for part of the formula.",
        "equal coins as well": "Believes that below includes the bound itself.",
        "all of them": "Mends the direction of the mirror and forgets the coins.",
        "rows and columns exchanged": (
            "Takes the transposed image for the mirrored one."
        ),
        "three images taken for granted (hidden)": (
            "Believes that a batch has the size of the example."
        ),
    },
    "channel_statistics": {
        "mean of the batch means": (
            "Believes that the mean of means is the mean of all."
        ),
        "deviation within the images": (
            "Believes that the spread of all pixels is that within an image."
        ),
        "within the images, divided by n": (
            "Mends the divisor and keeps the mean of the images' spreads."
        ),
        "one number for all channels": "Believes that one mean serves all channels.",
        "one number per pixel": (
            "Believes that only the images are averaged, as in a mean image."
        ),
        "variance": "Mixes up variance and standard deviation.",
        "divided by n - 1": (
            "Believes that a standard deviation always divides by n - 1."
        ),
        "mean of the batches' deviations": (
            "Believes that deviations are averaged as means are."
        ),
        "height left out": "Believes that the number of pixels is images times width.",
        "mean not subtracted": (
            "Believes that the root of the mean square is the deviation."
        ),
        "mean distance": "Takes the word deviation literally, as a mean distance.",
        "divided by the images": (
            "Believes that a mean always divides by the number of examples."
        ),
        "pixels of all channels": (
            "Believes that the number of values in a batch is that of its pixels."
        ),
        "two batches taken for granted (hidden)": (
            "Believes that there are as many batches as in the example."
        ),
    },
    "unshuffle": {
        "shuffled again": "Believes that an order undoes itself.",
        "nothing done": "Believes that sorting the order is enough to undo it.",
        "in place": (
            "Believes that the images belong to the function and may be changed."
        ),
        "width before height": (
            "Believes that width comes before height, as in screen sizes."
        ),
        "reversed": "Believes that the way back is the same list, backward.",
        "left flat": "Believes that a list of pixels is an image.",
        "size of the example (hidden)": (
            "Believes that images have the size of the example."
        ),
        "sorted twice": (
            "Knows the trick with two argsorts, which gives ranks, and not the way "
            "back."
        ),
        "channels flattened too": (
            "Believes that an image is one row of numbers, as an MLP sees it."
        ),
        "written where it should be read": (
            "Turns the order around and the assignment as well, so that both cancel."
        ),
        "rows shuffled": "Believes that whole rows have changed places.",
    },
    "model_size": {
        "no bias": "Believes that a layer has no parameters but its weights.",
        "one channel per kernel": (
            "Believes that a kernel is a flat square, whatever the depth of its input."
        ),
        "weights at every place": (
            "Believes that each place of the image has weights of its own."
        ),
        "padding on one side": "Believes that padding by p pixels adds p pixels.",
        "stride before the difference": (
            "Believes that the 1 in the formula may be added before the division."
        ),
        "pooling rounded up": (
            "Believes that pixels that fill no window get a smaller one."
        ),
        "channels of the image in every layer": (
            "Believes that each convolution sees the colors of the image."
        ),
        "windows of two": "Believes that pooling halves an image, always.",
        "windows that overlap": (
            "Believes that a pooling window moves by one pixel, as a kernel does."
        ),
        "a bias for each input channel": (
            "Believes that each flat piece of a kernel has a bias of its own."
        ),
        "pooling with weights": "Believes that every layer learns something.",
        "linear without biases": "Believes that only convolutions have biases.",
        "a number as a shape": "Believes that a shape with one dimension is a number.",
        "the image behind every layer": (
            "Believes that a linear layer is connected with the pixels of the image."
        ),
        "two layers taken for granted (hidden)": (
            "Believes that a network has as many layers as in the example."
        ),
    },
    "correlate": {
        "ready-made": "Believes that any way to the right numbers will do.",
        "kernel turned around": (
            "Believes that networks compute the convolution of mathematics."
        ),
        "no bias": "Believes that a feature map is the sum of products alone.",
        "one window too many": "Believes that there are as many windows as pixels.",
        "mean over the channels": (
            "Believes that channels are averaged, as in a gray image."
        ),
        "first channel only": "Believes that a kernel looks at one channel.",
        "stride ignored": "Believes that a window always moves by one pixel.",
        "padding on one side": "Believes that padding by p pixels adds p pixels.",
        "frame of the border's pixels": (
            "Believes that padding repeats the border of the image."
        ),
        "square images only": "Believes that images are square.",
        "kernel transposed": "Mixes up the two indices of a kernel.",
        "bias for each channel": (
            "Believes that each channel adds a result with a bias of its own."
        ),
        "windows beside each other": (
            "Believes that the stride only makes the output smaller."
        ),
        "result padded": "Believes that padding enlarges the output.",
        "kernels of two taken for granted (hidden)": (
            "Believes that kernels have the size of the example."
        ),
    },
    "predict": {
        "as published": "Believes that a program that runs is right.",
        "statistics of the batch": (
            "Believes that every batch is to have mean 0 and deviation 1."
        ),
        "statistics of the new images": (
            "Believes that new images are normalized by themselves, if by all of them."
        ),
        "not normalized": "Believes that only training needs normalized images.",
        "divided by the variance": "Takes the deviation for the root of what divides.",
        "in training mode": (
            "Believes that a network that isn't trained is in evaluation mode."
        ),
        "mode set after the answers": "Believes that the mode belongs to the result.",
        "no gradients taken for evaluation": (
            "Believes that switching gradients off switches to evaluation."
        ),
        "still mirrored": "Believes that images are to look as they did in training.",
        "all mirrored": "Mends the chance and not the mirror.",
        "mean of image and mirror image": (
            "Believes that an answer to the mirror image is one to the image."
        ),
        "in place": "Believes that the images belong to the function.",
        "the short batch left out": "Believes that a batch is full or worth nothing.",
        "logits": "Takes the logits for the answers.",
        "three batches taken for granted (hidden)": (
            "Believes that there are as many batches as in the example."
        ),
    },
    "compact": {
        "one layer on fewer pixels": "Believes that few numbers leave one layer only.",
        "never trained": "Believes that the network is trained by whoever gets it.",
        "one layer on all pixels": "Believes that one layer is small in any case.",
        "normalizations not counted": (
            "Believes that means and variances that are kept cost nothing."
        ),
        "layers without a bias only": "Believes that biases are most of the numbers.",
        "a function": "Believes that whatever answers is a network.",
        "still in training": (
            "Believes that a network knows when its training is over."
        ),
        "the numbers alone": "Takes the weights for the network.",
        "classes": "Believes that a network answers with classes.",
        "more images than the budget": (
            "Believes that what lies on the disk may be used as well."
        ),
        "a thousand images taken for granted (hidden)": (
            "Believes that there are as many images as in the example."
        ),
    },
}

UNUSUAL = {
    "random_flip": {
        "image by image": """
def random_flip(images, coins, p=0.5):
    result = []
    for image, coin in zip(images, coins):
        result.append(image.flip(-1) if coin < p else image)
    return torch.stack(result)
""",
        "a copy in which some are exchanged": """
def random_flip(images, coins, p=0.5):
    result = images.clone()
    some = torch.nonzero(coins < p).flatten()
    result[some] = torch.fliplr(images[some].permute(2, 3, 0, 1)).permute(2, 3, 0, 1)
    return result
""",
        "NumPy, with a helper in another cell": (
            """
import numpy as np

def random_flip(images, coins, p=0.5):
    pixels = images.numpy()
    chosen = (coins.numpy() < np.float32(p)).reshape(-1, 1, 1, 1)
    return torch.from_numpy(np.where(chosen, mirrored(pixels), pixels))
""",
            [
                """
def mirrored(pixels):
    return pixels[:, :, :, ::-1]
""",
            ],
        ),
    },
    "channel_statistics": {
        "all batches at once": """
def channel_statistics(batches):
    rows = torch.cat([X.transpose(0, 1).flatten(1) for X in batches], dim=1)
    return rows.mean(1), rows.std(1, correction=0)
""",
        "means and deviations put together": """
def channel_statistics(batches):
    n, mean, square = 0, 0.0, 0.0
    for X in batches:
        X = X.double()
        m = X.shape[0] * X.shape[2] * X.shape[3]
        new = X.mean((0, 2, 3))
        gap = new - mean
        square = square + X.var((0, 2, 3), correction=0) * m + gap**2 * n * m / (n + m)
        mean, n = mean + gap * m / (n + m), n + m
    return [mean, (square / n).sqrt()]
""",
        "einsum": """
def channel_statistics(batches):
    size = sum(X.numel() // X.shape[1] for X in batches)
    mu = sum(torch.einsum("nchw->c", X) for X in batches) / size
    centered = [X - mu.view(1, -1, 1, 1) for X in batches]
    return mu, (sum(torch.einsum("nchw,nchw->c", C, C) for C in centered) / size) ** 0.5
""",
    },
    "unshuffle": {
        "writing in place of reading": """
def unshuffle(images, order):
    flat = images.flatten(2)
    result = torch.empty_like(flat)
    result[:, :, order] = flat
    return result.view_as(images)
""",
        "pixel by pixel": """
def unshuffle(images, order):
    b, c, h, w = images.shape
    result = torch.zeros(b, c, h, w, dtype=images.dtype)
    for place, origin in enumerate(order.tolist()):
        pixel = images[:, :, place // w, place % w]
        result[:, :, origin // w, origin % w] = pixel
    return result
""",
        "a matrix of zeros and ones": """
def unshuffle(images, order):
    swap = torch.eye(len(order), dtype=torch.float64)[order]
    flat = images.double().flatten(2)
    return (flat @ swap).reshape(images.shape)
""",
        "scatter": """
def unshuffle(images, order):
    flat = images.flatten(2)
    back = flat.new_zeros(flat.shape)
    return back.scatter(2, order.expand_as(flat), flat).unflatten(2, images.shape[2:])
""",
    },
    "model_size": {
        "a real network": """
def model_size(shape, layers):
    modules, x = [], torch.zeros(1, *shape)
    for kind, *sizes in layers:
        if kind == "conv":
            c_out, k, s, p = sizes
            modules.append(nn.Conv2d(x.shape[1], c_out, k, s, p))
        elif kind == "pool":
            modules.append(nn.MaxPool2d(sizes[0]))
        else:
            modules += [nn.Flatten(), nn.Linear(x[0].numel(), sizes[0])]
        for module in modules[-2:] if kind == "linear" else modules[-1:]:
            x = module(x)
    count = sum(p.numel() for m in modules for p in m.parameters())
    return tuple(x.shape[1:]), count
""",
        "recursion": """
def model_size(shape, layers):
    if not layers:
        return shape, 0
    (kind, *sizes), *rest = layers
    match kind:
        case "conv":
            c_out, k, s, p = sizes
            out = [c_out, *(1 + (n + p + p - k) // s for n in shape[1:])]
            count = c_out + c_out * shape[0] * k**2
        case "pool":
            out, count = [shape[0], *(n // sizes[0] for n in shape[1:])], 0
        case "linear":
            out, count = sizes, sizes[0] + sizes[0] * math.prod(shape)
    end, others = model_size(tuple(out), rest)
    return end, count + others
""",
        "helpers in another cell": (
            """
def model_size(shape, layers):
    total = 0
    for layer in layers:
        shape, count = LAYERS[layer[0]](shape, *layer[1:])
        total += count
    return list(shape), total
""",
            [
                """
def conv(shape, c_out, k, s, p):
    c, *sizes = shape
    windows = [len(range(0, n + 2 * p - k + 1, s)) for n in sizes]
    return (c_out, *windows), c_out * (c * k**2 + 1)


def pool(shape, k):
    c, h, w = shape
    return (c, int(h / k), int(w / k)), 0


def linear(shape, outputs):
    inputs = 1
    for n in shape:
        inputs *= n
    return (outputs,), (inputs + 1) * outputs


LAYERS = {"conv": conv, "pool": pool, "linear": linear}
""",
            ],
        ),
    },
    "correlate": {
        "windows by unfold and einsum": """
def correlate(x, W, b, stride=1, padding=0):
    x, k = F.pad(x, (padding,) * 4), W.shape[-1]
    windows = x.unfold(1, k, stride).unfold(2, k, stride)
    return torch.einsum("chwij,ocij->ohw", windows, W) + b[:, None, None]
""",
        "shifted images added up": """
def correlate(x, W, b, stride=1, padding=0):
    c_out, c_in, k, _ = W.shape
    c, h, w = x.shape
    framed = torch.zeros(c, h + 2 * padding, w + 2 * padding, dtype=x.dtype)
    framed[:, padding : padding + h, padding : padding + w] = x
    height = (framed.shape[1] - k) // stride + 1
    width = (framed.shape[2] - k) // stride + 1
    z = b.view(-1, 1, 1).expand(c_out, height, width).clone()
    for i in range(k):
        for j in range(k):
            rows = slice(i, i + stride * (height - 1) + 1, stride)
            columns = slice(j, j + stride * (width - 1) + 1, stride)
            z += torch.tensordot(W[:, :, i, j], framed[:, rows, columns], dims=1)
    return z
""",
        "a matrix product": """
def correlate(x, W, b, stride=1, padding=0):
    k = W.shape[-1]
    columns = F.unfold(x[None], k, padding=padding, stride=stride)[0]
    z = W.flatten(1) @ columns + b[:, None]
    width = (x.shape[2] + 2 * padding - k) // stride + 1
    return z.view(len(W), -1, width)
""",
        "NumPy, in 64 bits": """
import numpy as np

def correlate(x, W, b, stride=1, padding=0):
    x, W, b = (t.numpy().astype(np.float64) for t in (x, W, b))
    x = np.pad(x, ((0, 0), (padding, padding), (padding, padding)))
    k = W.shape[2]
    windows = np.lib.stride_tricks.sliding_window_view(x, (k, k), axis=(1, 2))
    windows = windows[:, ::stride, ::stride]
    z = np.tensordot(W, windows, axes=([1, 2, 3], [0, 3, 4])) + b[:, None, None]
    return torch.from_numpy(z)
""",
    },
    "predict": {
        "one by one, without gradients": """
@torch.no_grad()
def predict(state, statistics, images, batch_size):
    model = small_cnn().train(False)
    model.load_state_dict(state)
    mean, deviation = (v.reshape(1, 3, 1, 1) for v in statistics)
    found = [model((x[None] - mean) / deviation)[0] for x in images]
    return torch.tensor([int(z.argmax()) for z in found])
""",
        "normalization as a part of the first kernels, in 64 bits": """
def predict(state, statistics, images, batch_size):
    s = {name: value.double() for name, value in state.items()}
    mu, sigma = (v.double() for v in statistics)
    W = s["0.weight"] / sigma[:, None, None]
    b = s["0.bias"] - (W * mu[:, None, None]).sum(dim=(1, 2, 3))
    scale = s["1.weight"] / (s["1.running_var"] + 1e-5).sqrt()
    W, b = W * scale[:, None, None, None], (b - s["1.running_mean"]) * scale
    b = b + s["1.bias"]
    answers = torch.empty(0, dtype=torch.int32)
    for X in images.double().split(batch_size):
        maps = F.conv2d(X, W, b)
        maps = maps.unfold(2, 2, 2).unfold(3, 2, 2).amax(dim=(4, 5)).clamp(min=0)
        Z = torch.einsum("nf,kf->nk", maps.flatten(1), s["5.weight"]) + s["5.bias"]
        answers = torch.cat([answers, Z.topk(1).indices[:, 0].int()])
    return answers
""",
    },
    "compact": {
        "a class, with a convolution that moves by two pixels": """
class Small(nn.Module):
    def __init__(self):
        super().__init__()
        self.first = nn.Conv2d(1, 8, 5, stride=2)
        self.second = nn.Conv2d(8, 14, 3, bias=False)
        self.norm = nn.BatchNorm2d(14)
        self.last = nn.Linear(14 * 4, 10)

    def forward(self, X):
        H = F.max_pool2d(self.first(X).relu(), 2)
        H = F.max_pool2d(self.norm(self.second(H)).relu(), 2)
        return self.last(H.flatten(1))

def compact(X, y):
    model = Small()
    steps = 20 * 8
    optimizer = torch.optim.AdamW(model.parameters())
    rates = torch.optim.lr_scheduler.OneCycleLR(optimizer, 0.02, steps)
    for _ in range(steps):
        index = torch.randint(len(X), (50,))
        moved = F.pad(X[index], (1, 1, 1, 1))
        top, left = torch.randint(3, (2,)).tolist()
        moved = moved[:, :, top : top + 28, left : left + 28]
        optimizer.zero_grad()
        F.cross_entropy(model(moved), y[index]).backward()
        optimizer.step()
        rates.step()
    return model.eval()
""",
        "weights in a list, trained without a module": """
class Network(nn.Module):
    def __init__(self, parameters):
        super().__init__()
        self.list = nn.ParameterList(parameters)

    def forward(self, X):
        W, b, V, c, U, d = self.list
        H = F.max_pool2d(F.conv2d(F.avg_pool2d(X, 2), W, b).relu(), 2)
        H = F.max_pool2d(F.conv2d(H, V, c).relu(), 2)
        return H.flatten(1) @ U + d

def compact(X, y):
    shapes = [(8, 1, 3, 3), (8,), (16, 8, 3, 3), (16,), (64, 10), (10,)]
    scales = [0.5, 0, 0.17, 0, 0.18, 0]
    start = [scale * torch.randn(s) for s, scale in zip(shapes, scales)]
    network, Y = Network(start), F.one_hot(y, 10)
    averages = [torch.zeros(s) for s in shapes]
    for epoch in range(12):
        for index in torch.randperm(len(X)).split(50):
            down, right = torch.randint(-1, 2, (2,)).tolist()
            moved = X[index].roll((down, right), (2, 3))
            log_P = network(moved).log_softmax(dim=1)
            loss = -(Y[index] * log_P).sum() / len(index)
            grads = torch.autograd.grad(loss, list(network.list))
            for w, v, g in zip(network.list, averages, grads):
                v.mul_(0.9).add_(g)
                w.data -= (0.05 if epoch < 9 else 0.01) * v
    return network
""",
    },
}

EQUIVALENT = {
    "channel_statistics": {
        "total, squares, count = (0.0, 0.0, 0) => total, squares, count = (0.0, 0, 0.0)": (
            "A sum may begin with 0 or 0.0."
        ),
        "squares = squares + (X ** 2).sum(dim=(0, 2, 3)) / count += X[:, 0].numel() => count += X[:, 0].numel() / squares = squares + (X ** 2).sum(dim=(0, 2, 3))": (
            "The two statements have nothing to do with each other."
        ),
        "total = total + X.sum(dim=(0, 2, 3)) => total = total + X.sum(dim=(0, -2, 3))": (
            "X has four dimensions, so 2 and -2 are the same one."
        ),
        "squares = squares + (X ** 2).sum(dim=(0, 2, 3)) => squares = squares + (X ** 2).sum(dim=(0, -2, 3))": (
            "X has four dimensions, so 2 and -2 are the same one."
        ),
        "count += X[:, 0].numel() => count += X[:, -1].numel()": (
            "All channels have equally many pixels."
        ),
    },
    "unshuffle": {
        "return images.flatten(2)[:, :, back].reshape(images.shape) => return images.flatten(-2)[:, :, back].reshape(images.shape)": (
            "The images have four dimensions, so 2 and -2 are the same one."
        ),
    },
    "model_size": {
        "num_parameters += c_out * (c * k * k + 1) / shape = (c_out, (h + 2 * p - k) // s + 1, (w + 2 * p - k) // s + 1) => shape = (c_out, (h + 2 * p - k) // s + 1, (w + 2 * p - k) // s + 1) / num_parameters += c_out * (c * k * k + 1)": (
            "The number of parameters is computed from c, not from the shape."
        ),
        "num_parameters += sizes[0] * (math.prod(shape) + 1) => num_parameters += sizes[-1] * (math.prod(shape) + 1)": (
            "The list has one element, which is the first and the last."
        ),
        "shape = (sizes[0],) => shape = (sizes[-1],)": (
            "The list has one element, which is the first and the last."
        ),
        "shape = (c, h // sizes[0], w // sizes[0]) => shape = (c, h // sizes[-1], w // sizes[0])": (
            "The list has one element, which is the first and the last."
        ),
        "shape = (c, h // sizes[0], w // sizes[0]) => shape = (c, h // sizes[0], w // sizes[-1])": (
            "The list has one element, which is the first and the last."
        ),
    },
    "correlate": {
        "z = torch.empty(len(W), height, width, dtype=x.dtype) => z = torch.empty(len(W), height, width)": (
            "A result may have 32 bits."
        ),
        "k = W.shape[-1] => k = W.shape[-2]": ("Kernels are square."),
        "z[:, i, j] = (W * window).sum(dim=(1, 2, 3)) + b => z[:, i, j] = (W * window).sum(dim=(1, -2, 3)) + b": (
            "The products have four dimensions, so 2 and -2 are the same one."
        ),
    },
    "predict": {
        "model.load_state_dict(state) / model.eval() => model.eval() / model.load_state_dict(state)": (
            "A state holds no mode."
        ),
        "model.eval() / mu, sigma = (values[:, None, None] for values in statistics) => mu, sigma = (values[:, None, None] for values in statistics) / model.eval()": (
            "Neither uses the other."
        ),
        "answers.append(model((X - mu) / sigma).argmax(dim=1)) => answers.append(model((X - mu) / sigma).argmax(dim=-1))": (
            "Logits have two dimensions, so 1 and -1 are the same one."
        ),
    },
}

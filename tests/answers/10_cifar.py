"""Wrong answers to exercise set 10: what a learner may write, and what it is told.

WRONG[exercise][mistake] is the answer cell and a pattern of the check's message. A
mistake whose name ends in "(hidden)" passes the checks that learners see.
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
        "always one half (hidden)": (
            """
def random_flip(images, coins, p=0.5):
    mirror = (coins < 0.5)[:, None, None, None]
    return torch.where(mirror, images.flip(3), images)
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
        "height left out (hidden)": (
            """
def channel_statistics(batches):
    count = sum(len(X) * X.shape[3] for X in batches)
    mu = sum(X.sum(dim=(0, 2, 3)) for X in batches) / count
    squares = sum((X**2).sum(dim=(0, 2, 3)) for X in batches) / count
    return mu, (squares - mu**2).sqrt()
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
        "windows of two (hidden)": (
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
            r"'pool', 3.* expected \(",
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
        "square images only (hidden)": (
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
            r"random kernels of size \d on",
        ),
    },
}

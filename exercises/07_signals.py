# %% [markdown]
# [![Open in Colab](https://colab.research.google.com/assets/colab-badge.svg)](https://colab.research.google.com/github/neural-notebooks/course/blob/clean/exercises/07_signals.ipynb)

# %% [markdown]
# # Exercises 7: Signals in deep networks
#
# Practice for [lesson 7](../notebooks/07_signals.ipynb). You choose
# weights that keep twenty layers alive, by a formula and by measuring, cut
# gradients that are too long, mend a skip connection, and make twenty plain
# layers read digits.
#
# - First run the two code cells below. Then write each answer into the cell
#   that starts with `# exercise:`, in place of `raise NotImplementedError`,
#   and run that cell.
# - Run the check cell below it. It says ✓ and your points or, in words, what
#   is wrong. Try as often as you like.
# - Each exercise has three hints. Each says more than the one before; the
#   third opens when a check has failed twice; of written answers, at once.
# - The last cell shows your points and what is still open. In a class, what
#   you hand in is checked once more, with other inputs.
#
# **Time:** about 90 minutes in all. None of the exercises needs the answer to
# another. $Z$ is what an activation receives and $H$ what it returns, and a
# layer computes $Z = XW + b$.

# %% [markdown] tags=["author", "course-setup"]
# In Colab, run this cell first; elsewhere it does nothing.

# %% jupyter={"source_hidden": true} tags=["author", "course-setup"]
import os
import subprocess
import sys
from importlib.util import find_spec

if "google.colab" in sys.modules and not find_spec("course_utils"):
    home = "git+https://github.com/neural-notebooks/course"
    source = os.environ.get("COURSE_SOURCE", home)
    pip = [sys.executable, "-m", "pip", "install", "--quiet", source]
    if subprocess.run(pip).returncode:
        remedy = "Check the network, then run this cell again."
        raise RuntimeError(f"{source} could not be installed. {remedy}")

# %%
import math

import torch
from torch.nn import functional as F

from course_utils import checks
from course_utils.datasets import mnist

checks.begin(
    {
        "initialize": 3,
        "rescale": 3,
        "clip": 2,
        "skipping": 2,
        "train_deep": 3,
    },
    written={"explain_healthy_activations": 3},
)

# %% [markdown]
# ## 7.1 Starting weights for a leaky ReLU
#
# 3 points · ★★★ · about 15 minutes · practices
# [How large?](../notebooks/07_signals.ipynb#How-large?)
#
# He's weights suit ReLU, which lets no negative number pass. A leaky ReLU
# multiplies them by a slope $s$, and that adds to the mean square of its
# output. Go through the lesson's argument again: which variance of the weights
# keeps $\operatorname{Var}(z)$ the same from layer to layer? Then write
# `initialize(n_in, n_out, slope, seed)`, which draws the weights from a
# *uniform* distribution, between $-a$ and $a$.
#
# - `n_in`, `n_out`: how many inputs and units the layer has
# - `slope`: $s$; 0 is ReLU, 1 is no activation
# - `seed`: a number; the same seed gives the same weights, another seed others
# - returns $W$ $(n_\text{in} \times n_\text{out})$, float32
#
# With `slope=0` the variance is He's $2 / n_\text{in}$, with `slope=1` it is
# $1 / n_\text{in}$. A uniform distribution between $-a$ and $a$ has the
# variance $a^2 / 3$.
#
# <details><summary>Hint 1</summary>
#
# Half of the $z$ are positive and pass; the other half are multiplied by $s$,
# their squares by $s^2$. What is $\operatorname{E}[h^2]$, as a multiple of
# $\operatorname{Var}(z)$?
# </details>
#
# <details><summary>Hint 2</summary>
#
# $\operatorname{E}[h^2] = \frac{1 + s^2}{2} \operatorname{Var}(z)$. As with
# He's weights, $n_\text{in} \operatorname{Var}(w)$ has to make up for the
# factor. Then solve $a^2 / 3 = \operatorname{Var}(w)$ for $a$.
# </details>
#
# <details><summary>Hint 3</summary>
#
# It opens after two failed checks. Then run `checks.hint("initialize")` in a cell of
# your own.
# </details>


# %% nbgrader={"grade": false, "grade_id": "initialize", "locked": false, "schema_version": 3, "solution": true, "task": false} tags=["raises-exception"]
# exercise: initialize
def initialize(n_in, n_out, slope, seed):
    """Uniform weights (n_in, n_out) for a layer of leaky ReLUs."""
    # write your answer here, in place of the next line
    raise NotImplementedError


# %% nbgrader={"grade": true, "grade_id": "initialize-check", "locked": true, "points": 3, "schema_version": 3, "solution": false, "task": false} tags=["raises-exception"]
with checks.exercise("initialize"):
    W = initialize(400, 100, 0.0, 0)
    checks.expect_shape(
        W, (400, 100), "W for 400 inputs and 100 units",
        hint="A row for each input, as Z = XW wants it.",
    )  # fmt: skip
    checks.expect(
        checks.equal(W, initialize(400, 100, 0.0, 0)),
        "the same seed gives other weights the second time.",
    )
    checks.expect(
        not checks.equal(W, initialize(400, 100, 0.0, 1)),
        "seed 1 gives the same weights as seed 0.",
    )
    for drawn, hint in ((W, "unit"), (W.T, "input")):
        checks.expect(
            not (drawn == drawn[:, :1]).all(),
            f"every {hint} has the same weights: draw a number for each entry "
            "of the matrix.",
        )
    with checks.part("ReLU", 2):
        checks.expect(
            W.mean().abs() < W.std() / 5,
            f"expected weights with mean 0, got {W.mean():.3f}: torch.rand "
            "draws from 0 to 1, not from -1 to 1.",
        )
        found = W.var().item() * 400
        for mistake, message in [
            (2 / 3, "the bound a is not the standard deviation: it is larger "
             "by a factor √3, since the variance is a²/3."),
            (1.0, "this is the variance for no activation: ReLU removes half "
             "of the mean square, and He makes up for it."),
            (1 / 3, "this is PyTorch's default."),
            (0.5, "your weights reach half as far as they should: between "
             "-a and a lie 2a, not a."),
            (8.0, "you divide by the number of units instead of that of "
            "inputs."),
            (1.6, "this is Xavier's 2 / (n_in + n_out), which suits tanh."),
            (2 * 2 / 400, "you use the variance where its square root "
            "belongs."),
            (2 * 2 / 400 / 3, "you use the variance where its square root "
             "belongs."),
            (2 * 6 / 400, "you use the variance where its square root "
            "belongs."),
        ]:  # fmt: skip
            checks.expect(
                abs(found / mistake - 1) > 0.06,
                f"expected n_in Var(w) = 2 for ReLU, got {found:.3g}: "
                f"{message}",
            )
        checks.expect_close(
            found, 2, "n_in Var(w) for slope=0", rtol=0.05,
            hint="For ReLU it is He's variance, 2 / n_in.",
        )  # fmt: skip
        top, a = W.abs().max().item(), math.sqrt(6 / 400)
        checks.expect(
            0.98 * a < top < 1.001 * a,
            f"the variance is right, but the largest weight is {top:.3f}, "
            f"where a uniform distribution ends at {a:.3f}. Draw with "
            "torch.rand, not torch.randn.",
        )
    with checks.part("any slope", 1):
        found = initialize(400, 100, 0.5, 0).var().item() * 400
        for mistake, message in [
            (2.0, "the slope has no effect."),
            (4 / 3, "neither 1 + s nor 1/2 + s² is right. The slope "
             "multiplies half of the numbers, so half of the squares are "
             "multiplied by s²."),
            (8 / 9, "you use (1 + s)². Add the squares, not the numbers."),
            (2.5, "a leak lets more pass, so the weights must be smaller: "
             "divide by 1 + s²."),
            (2 * 1.25**2, "a leak lets more pass, so the weights must be "
             "smaller: divide by 1 + s²."),
        ]:  # fmt: skip
            checks.expect(
                abs(found / mistake - 1) > 0.06,
                f"expected n_in Var(w) = 1.6 for slope=0.5, got {found:.3g}: "
                f"{message}",
            )
        checks.expect_close(found, 1.6, "n_in Var(w) for "
        "slope=0.5", rtol=0.05)

# %% [markdown]
# ## 7.2 Let the data choose the scale
#
# 3 points · ★★★ · about 15 minutes · practices
# [Twenty layers, five initializations](../notebooks/07_signals.ipynb#Twenty-layers,-five-initializations)
#
# Formulas for starting weights assume a certain activation and independent
# inputs. You can do without a formula: send a batch through, layer by layer,
# and multiply each layer's weights by the one number that makes the standard
# deviation of its $Z$ equal to 1. Write `rescale(X, weights)` for a network
# without biases, $H_0 = X$, $Z_l = H_{l-1} W_l$, $H_l = \max(0, Z_l)$.
#
# - `X` $(n \times p)$: a batch of inputs
# - `weights`: a list of any number of matrices; each has as many rows as the
#   one before has columns. They stay as they are.
# - returns a list of as many matrices of the same shapes, each a multiple of
#   the given one. In the network with these weights the standard deviation over
#   all entries of $Z_l$ is 1, for every $l$.
#
# <details><summary>Hint 1</summary>
#
# If you multiply $W_1$ by 3, what happens to $Z_1$ and its standard deviation?
# And to the input of the second layer?
# </details>
#
# <details><summary>Hint 2</summary>
#
# Dividing $W_l$ by the standard deviation of $Z_l$ makes it 1. Measure $Z_l$
# with the inputs that the rescaled layers before it send, not the old ones.
# </details>
#
# <details><summary>Hint 3</summary>
#
# It opens after two failed checks. Then run `checks.hint("rescale")` in a cell of
# your own.
# </details>


# %% nbgrader={"grade": false, "grade_id": "rescale", "locked": false, "schema_version": 3, "solution": true, "task": false} tags=["raises-exception"]
# exercise: rescale
def rescale(X, weights):
    """Multiples of the weights, so that each layer's Z has the std 1."""
    # write your answer here, in place of the next line
    raise NotImplementedError


# %% nbgrader={"grade": true, "grade_id": "rescale-check", "locked": true, "points": 3, "schema_version": 3, "solution": false, "task": false} tags=["raises-exception"]
with checks.exercise("rescale"):
    generator = torch.Generator().manual_seed(0)
    X = torch.randn(60, 5, generator=generator)
    weights = [
        scale * torch.randn(p, q, generator=generator)
        for scale, p, q in [(0.1, 5, 6), (4.0, 6, 7), (0.5, 7, 3)]
    ]
    given = [W.clone() for W in weights]
    result = rescale(X.clone(), given)
    checks.expect(
        isinstance(result, list | tuple) and len(result) == 3,
        "expected a list of 3 matrices, got "
        f"{checks.describe_value(result)}.",
    )
    unchanged = all(map(checks.equal, given, weights))
    checks.expect(
        unchanged,
        "your function changes the weights it is given: `W /= …` works in "
        "place; `W / …` makes a new tensor.",
    )
    for i, (W, old) in enumerate(zip(result, weights, strict=True), start=1):
        checks.expect_shape(W, old.shape, f"the new weights of layer {i}")
        factors = W / old
        checks.expect(
            factors.max() - factors.min() < 1e-3 * factors.abs().max(),
            f"layer {i} must be one multiple of its weights, but yours are "
            f"multiplied by numbers from {factors.min():.3g} to "
            f"{factors.max():.3g}: take one standard deviation over all "
            "entries of Z.",
        )

    def stds(weights, activation, measure=torch.std):
        H, found = X, []
        for W in weights:
            Z = H @ W.to(H)
            found.append(measure(Z))
            H = activation(Z)
        return torch.stack(found)

    ones, found = torch.ones(3), stds(result, torch.relu)
    linear = stds(result, torch.clone)
    roots = stds(result, torch.relu, lambda Z: (Z**2).mean() ** 0.5)
    before = [s / o for s, o in zip(result, weights, strict=True)]
    before = torch.stack([factor.mean() for factor in before])
    old_stds = stds(weights, torch.relu)
    first = 1 / old_stds[0]
    behind_relu = (torch.relu(X) @ weights[0]).std()
    for wrong, message in [
        (checks.same(before, ones), "the weights are returned unchanged."),
        (checks.same(linear, ones, atol=0.02), "there is no ReLU between "
         "your layers: it changes what the next one receives."),
        (checks.same(before[0], first**2, rtol=0.02), "you divide by the "
         "variance. Dividing weights by c divides the standard deviation by "
         "c."),
        (checks.same(before, 1 / old_stds, rtol=0.02), "the first layer is "
         "right. The later ones are measured with the inputs that the old "
         "weights send: go on with the rescaled ones."),
        (checks.same(result[0].std(), 1, rtol=0.02), "the standard "
         "deviation of the weights is 1; that of Z should be."),
        (checks.same(torch.relu(X @ result[0].to(X)).std(), 1, rtol=0.02),
         "the standard deviation of H is 1; that of Z, before the ReLU, "
         "should be."),
        (checks.same(before[0], old_stds[0], rtol=0.02), "you multiply by "
         "the standard deviation. Divide by it."),
        (checks.same(before[0], 1 / behind_relu, rtol=0.02), "there is no "
         "ReLU in front of the first layer: it receives X as it is."),
        (checks.same(roots, ones, atol=0.02), "the root of the mean square "
         "of Z is 1. A standard deviation has the mean subtracted first."),
    ]:  # fmt: skip
        checks.expect(not wrong, message)
    checks.expect_close(
        found, ones, "the standard deviations of Z in 3 layers", atol=0.02
    )

# %% [markdown]
# ## 7.3 No step too long: clipping
#
# 2 points · ★☆☆ · about 10 minutes · practices
# [When it explodes: clipping](../notebooks/07_signals.ipynb#When-it-explodes:-clipping)
#
# A single steep place can throw the weights out of the valley. So many trainings
# limit the length of the gradient: all gradients of the model together are one
# long vector, and if its norm exceeds a limit, the whole vector is scaled down
# to it. Write `clip(grads, max_norm)` without `torch.nn.utils`;
# `torch.linalg` and `norm` are allowed.
#
# - `grads`: a list of tensors of any shapes, one for each parameter; they stay
#   as they are
# - `max_norm`: the limit, a positive number
# - returns a list of as many tensors of the same shapes, and the norm before
#   clipping, a number
#
# `clip([torch.tensor([3.0]), torch.tensor([[4.0]])], 1.0)` gives `[0.6]`,
# `[[0.8]]` and the norm 5.
#
# <details><summary>Hint 1</summary>
#
# The norm is the root of the sum of all squares, over all tensors. Which one
# number are all of them multiplied by?
# </details>
#
# <details><summary>Hint 2</summary>
#
# The factor is `max_norm / norm` if the norm is too large, else 1. That is the
# smaller of two numbers.
# </details>
#
# <details><summary>Hint 3</summary>
#
# It opens after two failed checks. Then run `checks.hint("clip")` in a cell of
# your own.
# </details>


# %% nbgrader={"grade": false, "grade_id": "clip", "locked": false, "schema_version": 3, "solution": true, "task": false} tags=["raises-exception"]
# exercise: clip
def clip(grads, max_norm):
    """The gradients, scaled down to a joint norm of at most max_norm; norm."""
    # write your answer here, in place of the next line
    raise NotImplementedError


# %% nbgrader={"grade": true, "grade_id": "clip-check", "locked": true, "points": 2, "schema_version": 3, "solution": false, "task": false} tags=["raises-exception"]
with checks.exercise(
    "clip",
    without=[
        f"torch.nn.utils.clip_grad.{name}"
        for name in (
            "clip_grad_norm_", "clip_grads_with_norm_", "get_total_norm",
            "_get_total_norm", "_clip_grads_with_norm_",
        )
    ],
    instead="the root of the sum of all squares",
):  # fmt: skip
    grads = [torch.tensor([[3.0, 0.0], [0.0, -6.0]]), torch.tensor([2.0, 0])]
    given = [g.clone() for g in grads]
    result = clip(given, 3.5)
    checks.expect(
        isinstance(result, tuple | list)
        and len(result) == 2
        and isinstance(result[0], tuple | list)
        and len(result[0]) == 2,
        "expected a list of 2 tensors and a number, got "
        f"{checks.describe_value(result)}.",
    )
    clipped, norm = result
    checks.expect(
        all(map(checks.equal, given, grads)),
        "your function changes the gradients it is given: `g *= …` works in "
        "place; `factor * g` makes a new tensor.",
    )
    for i in (0, 1):
        checks.expect_shape(clipped[i], grads[i].shape, f"gradient {i}")
    norm = float(norm)
    for mistake, message in [
        (49.0, "that is its square."),
        (3.5, "that is the norm after clipping; return the one before."),
        (45**0.5 + 2, "the norms of parts don't add up: add the squares, then "
         "take the root."),
        (11.0, "the norm is not the sum of absolute values."),
        (40**0.5, "`torch.linalg.norm(g, 2)` of a matrix is another norm; "
         "without the 2 it is the root of the sum of squares."),
    ]:  # fmt: skip
        checks.expect(
            not math.isclose(norm, mistake, rel_tol=1e-4),
            f"expected the norm 7, got {norm:.4g}: {message}",
        )
    checks.expect_close(norm, 7, "the norm of the gradients")
    first, second = clipped
    checks.expect(
        not checks.same(first, grads[0].clamp(-3.5, 3.5)),
        "you limit each number by itself. That turns the direction: scale all "
        "by the same factor.",
    )
    checks.expect(
        not checks.same(second, grads[1]),
        "you limit each tensor by itself. That turns the direction: scale all "
        "by the same factor, from their joint norm.",
    )
    checks.expect_close(first, grads[0] / 2, "the first gradient, clipped,")
    checks.expect_close(second, grads[1] / 2, "the second gradient, clipped,")
    clipped, norm = clip(grads, 10.0)
    checks.expect(
        not checks.same(clipped[0], grads[0] * 10 / 7),
        "a norm of 7 is below the limit of 10, and you scale it up to 10. "
        "Shorter gradients stay as they are.",
    )
    for got, g in zip(clipped, grads, strict=True):
        checks.expect_close(got, g, "a gradient below the limit")
    clipped, norm = clip([torch.zeros(3)], 1.0)
    checks.expect_close(
        clipped[0], [0, 0, 0], "a gradient of zeros",
        hint="Its norm is 0: don't divide by it.",
    )  # fmt: skip

# %% [markdown]
# ## 7.4 Find and mend: a skip that isn't one
#
# 2 points · ★★☆ · about 10 minutes · practices
# [Skip connections: a 1 in every factor](../notebooks/07_signals.ipynb#Skip-connections:-a-1-in-every-factor)
#
# A network with skip connections passes on what it gets, plus a little more. So
# that the sum doesn't grow with the depth $L$, what each of its layers adds is
# divided by $\sqrt L$:
#
# $$Z_l = Z_{l-1} + \frac{1}{\sqrt L} \max(0, Z_{l-1})\, W_l .$$
#
# A student writes it down like this:


# %%
def handed_in(Z, weights):
    for W in weights:
        Z = torch.relu(Z)
        Z = Z + Z @ W / len(weights)
    return Z


Z = torch.tensor([[1.0, -2.0]], requires_grad=True)
out = handed_in(Z, [torch.zeros(2, 2)] * 5)
out.sum().backward()
print("out:", out.tolist(), " gradient:", Z.grad.tolist())

# %% [markdown]
# With weights of 0 the layers should be idle: $Z$ comes out as it went in, and
# the gradient of each entry is 1. Find the two mistakes and write
# `skipping(Z, weights)`.
#
# - `Z` $(n \times q)$: a batch; it stays as it is
# - `weights`: a list of any number of matrices, $q \times q$
# - returns $Z_L$ $(n \times q)$
#
# <details><summary>Hint 1</summary>
#
# Which $Z$ does the sum contain after the line with `relu`?
# </details>
#
# <details><summary>Hint 2</summary>
#
# What is added must be computed from $\max(0, Z)$, and added to $Z$ itself.
# Then compare the divisor with the formula.
# </details>
#
# <details><summary>Hint 3</summary>
#
# It opens after two failed checks. Then run `checks.hint("skipping")` in a cell of
# your own.
# </details>


# %% nbgrader={"grade": false, "grade_id": "skipping", "locked": false, "schema_version": 3, "solution": true, "task": false} tags=["raises-exception"]
# exercise: skipping
def skipping(Z, weights):
    """Z after all layers with skip connections, of the shape of Z."""
    # write your answer here, in place of the next line
    raise NotImplementedError


# %% nbgrader={"grade": true, "grade_id": "skipping-check", "locked": true, "points": 2, "schema_version": 3, "solution": false, "task": false} tags=["raises-exception"]
with checks.exercise("skipping"):
    Z = torch.tensor([[1.0, -2.0], [3.0, 0.5], [-1.0, 2.0]])
    given = Z.clone()
    idle = skipping(given, [torch.zeros(2, 2)] * 5)
    checks.expect_shape(idle, (3, 2), "Z after 5 layers")
    checks.expect(
        not checks.same(idle, torch.relu(Z)),
        "with weights of 0, negative entries come out as 0: the sum must "
        "contain Z as it came in, not behind the ReLU.",
    )
    checks.expect(
        not checks.same(idle, torch.zeros(3, 2)),
        "with weights of 0, nothing comes out: Z itself is not in the sum.",
    )
    checks.expect(
        not checks.same(idle, Z / 5**2.5),
        "with weights of 0, Z gets smaller: divide only what is added to it, "
        "not the sum.",
    )
    checks.expect_close(idle, Z, "Z after 5 layers with weights of 0")
    ones = [torch.eye(2)] * 4
    result = skipping(given, ones)
    checks.expect(
        checks.equal(given, Z),
        "your function changes the tensor it is given: `Z += …` works in "
        "place; `Z = Z + …` makes a new tensor.",
    )
    for factor, message in [
        (1.25, "you divide what is added by L = 4, not by √L = 2."),
        (2.0, "what is added is not divided by √L."),
        (1.0, "only the last layer adds something, or none."),
        (1 + 0.5**0.5, "you divide by the root of the width, 2, not of the "
         "number of layers, 4."),
        (1.9375**0.25, "each layer adds to the Z that it gets; yours add to "
         "the first one."),
    ]:  # fmt: skip
        wrong = torch.where(Z > 0, Z * factor**4, Z)
        checks.expect(not checks.same(result, wrong), message)
    checks.expect(
        not checks.same(result, Z * 1.5**4),
        "there is no ReLU in what is added: negative entries must not grow.",
    )
    wanted = torch.where(Z > 0, Z * 1.5**4, Z)
    checks.expect_close(result, wanted, "Z after 4 layers of unit matrices")
    W = torch.tensor([[0.0, -1.0], [0.0, 0.0]])
    result = skipping(given, [W] * 4)
    for added, message in [
        (torch.relu(Z @ W), "the ReLU stands before the product with W, not "
         "behind it."),
        (torch.relu(Z) @ W.T, "you multiply by W.T, where the formula has W."),
    ]:  # fmt: skip
        checks.expect(not checks.same(result, Z + 2 * added), message)
    checks.expect_close(
        result, Z + 2 * torch.relu(Z) @ W,
        "Z after 4 layers with W = [[0, -1], [0, 0]]",
    )  # fmt: skip

# %% [markdown]
# ## 7.5 Challenge: twenty plain layers
#
# 3 points · ★★★ · about 30 minutes · practices
# [Is a good start enough?](../notebooks/07_signals.ipynb#Is-a-good-start-enough?)
#
# With skip connections thirty layers learn. How far do you get without them?
# Here is the network, and the images to try your ideas with: digits of
# 14 × 14 pixels, each the mean of four.


# %%
def deep_network(X, layers):
    """Logits (n, 10) of a plain network: ReLUs between the layers."""
    (W, b), *others = layers
    Z = X @ W + b
    for W, b in others:
        Z = torch.relu(Z) @ W + b
    return Z


def small_digits(first, last):
    """Images (n, 196) and labels (n,), from the smaller file of MNIST."""
    names = ("t10k-images-idx3-ubyte", "t10k-labels-idx1-ubyte")
    images, labels = (
        torch.tensor(mnist.read_idx(path, mnist.MNIST_MD5[path.stem]))
        for path in (mnist.MNIST_FOLDER / f"{name}.xz" for name in names)
    )
    generator = torch.Generator().manual_seed(0)
    some = torch.randperm(10000, generator=generator)[first:last]
    images = F.avg_pool2d(images[some][:, None] / 255, 2)
    return images.flatten(1), labels[some].long()


X_few, y_few = small_digits(0, 1000)
X_other, y_other = small_digits(1000, 3000)
generator = torch.Generator().manual_seed(0)
default = []
for p in [196] + [32] * 19:  # each as nn.Linear draws its weights
    W = 2 * torch.rand(p, 32, generator=generator) - 1
    default.append((W / math.sqrt(p), torch.zeros(32)))
for depth in (1, 2, 10, 20):
    Z = deep_network(X_few, default[:depth])
    print(f"Z of layer {depth:2}, from image to image: {Z.std(dim=0).mean():.0e}")

# %% [markdown]
# With PyTorch's weights, little is left of the images after ten layers, and
# nothing after twenty. Write `train_deep(X, y)`, which chooses better weights
# and trains them. Train on `X_few`, `y_few`, and see in a cell of your own how
# many of `X_other` it gets right.
#
# - `X` $(n \times 196)$, `y` $(n,)$: about 1,000 images, with values from 0 to
#   1, and their labels; both stay as they are
# - returns the layers: a list of at least 20 pairs of weights $W$, with a row
#   for each input, and biases $b$, with no more than 30,000 numbers in all,
#   for `deep_network`
#
# **Budget:** nothing but these images, and 15 seconds on one core for a call.
# The start, the widths, the rate, the epochs, and what is minimized are
# yours. Thirty layers with PyTorch's weights stay near 11 %. You get a point
# for each of 40 %, 70 % and 84 % of about 2,000 other images. The check calls
# your function once and says in brackets how long that took. What you hand in
# in a class is called twice and stopped after a minute in all; the second
# time, other images are drawn and the ten digits change their labels. There,
# 1.5 percentage points less are enough, since chance has its say.
#
# <details><summary>Hint 1</summary>
#
# Measure the standard deviation of $Z$ in each layer before the training.
# Which start holds it level behind ReLUs? Some epochs of Adam then reach the
# first mark, and mostly the second.
# </details>
#
# <details><summary>Hint 2</summary>
#
# He's weights keep the *size* of a signal and lose the differences between
# images: each layer mixes all of its units. A network of two layers
# has no such trouble, and gets nearly 90 % right. What would the other eighteen have
# to do to be no worse?
# </details>
#
# <details><summary>Hint 3</summary>
#
# It opens after two failed checks. Then run `checks.hint("train_deep")` in a cell of
# your own.
# </details>


# %% nbgrader={"grade": false, "grade_id": "train_deep", "locked": false, "schema_version": 3, "solution": true, "task": false} tags=["raises-exception"]
# exercise: train_deep
def train_deep(X, y):
    """Twenty pairs (W, b) that have learned from n images and labels."""
    # write your answer here, in place of the next line
    raise NotImplementedError


# %% nbgrader={"grade": true, "grade_id": "train_deep-check", "locked": true, "points": 3, "schema_version": 3, "solution": false, "task": false} tags=["raises-exception"]
with checks.exercise(
    "train_deep",
    without=["course_utils.data.load", "course_utils.datasets.mnist.read_idx"],
    instead="the images that your function is given",
    seconds=60,
):
    names = ("t10k-images-idx3-ubyte", "t10k-labels-idx1-ubyte")
    generator = torch.Generator().manual_seed(0)
    others = torch.randperm(10000, generator=generator)[3000:]
    X, y = (
        torch.tensor(mnist.read_idx(path, mnist.MNIST_MD5[path.stem]))[others]
        for path in (mnist.MNIST_FOLDER / f"{name}.xz" for name in names)
    )
    X, y = F.avg_pool2d(X[:, None] / 255, 2).flatten(1), y.long()

    def percent_right(layers, X, y):
        Z = X
        for i, (W, b) in enumerate(layers):
            Z = (Z.clamp(min=0) if i else Z) @ W.to(Z) + b.to(Z)
        return 100 * (Z.argmax(dim=1) == y).double().mean().item()

    def expect_layers(layers):
        checks.expect(
            isinstance(layers, list | tuple)
            and all(isinstance(f, list | tuple) for f in layers)
            and all(len(layer) == 2 for layer in layers),
            "expected a list of pairs (W, b), got "
            f"{checks.describe_value(layers)}.",
        )
        checks.expect(
            len(layers) >= 20,
            f"expected at least 20 layers, got {len(layers)}.",
        )
        width = 196
        for i, (W, b) in enumerate(layers, start=1):
            checks.expect_shape(
                W, (width, -1), f"W of layer {i}",
                hint="It has a row for each number that the layer gets; "
                "the weight of nn.Linear is the transpose.",
            )  # fmt: skip
            width = W.shape[1]
            checks.expect_shape(b, (width,), f"b of layer {i}")
        checks.expect(
            width == 10,
            f"the last layer has {width} units: expected one for each of 10 "
            "classes.",
        )
        checks.expect(
            all(p.isfinite().all() for layer in layers for p in layer),
            "some weights are nan or infinite. Are the steps too long?",
        )
        count = sum(W.numel() + b.numel() for W, b in layers)
        checks.expect(
            count <= 30000,
            f"your layers have {count:,} weights and biases; the budget is "
            "30,000.",
        )

    order = torch.randperm(7000)
    seen, unseen = order[:1000], order[1000:3000]
    given = X[seen], y[seen]
    layers = train_deep(*given)
    checks.expect(
        checks.equal(given[0], X[seen]) and checks.equal(given[1], y[seen]),
        "your function changes the images or the labels it is given.",
    )
    expect_layers(layers)
    right = percent_right(layers, X[unseen], y[unseen])
    with checks.part("40 %", 1):
        checks.expect(
            right >= 40,
            f"{right:.1f} % of 2,000 new images are right: print the loss of "
            "each epoch. If it stays at 2.3, no signal comes through.",
        )
    with checks.part("70 %", 1):
        checks.expect(
            right >= 70, f"{right:.1f} % of 2,000 new images are right."
        )
    with checks.part("84 %", 1):
        checks.expect(
            right >= 84, f"{right:.1f} % of 2,000 new images are right."
        )

# %% [markdown]
# ## 7.6 Explain: healthy activations
#
# 3 points · ★★☆ · about 10 minutes · practices
# [Twenty layers, five initializations](../notebooks/07_signals.ipynb#Twenty-layers,-five-initializations)
#
# A colleague builds twenty layers of 256 tanh units and draws the weights with
# a standard deviation of 0.2. To see whether anything vanishes or explodes, she
# prints the standard deviation of $H$: it is about 0.85 in every layer from the
# second to the twentieth. "Steady as a rock. The initialization is fine."
#
# In training the loss jumps wildly. She finds that the gradient $\partial L /
# \partial Z$ in layer 1 is about 400 times as large as in layer 20.
#
# - What does a standard deviation of 0.85 say about the units, when tanh can't
#   exceed 1?
# - The slope of tanh is at most 1. How can the gradient grow on its way back
#   all the same?
# - Which standard deviation would you choose for the weights, and what would
#   you print besides?
#
# <details><summary>Hint 1</summary>
#
# Where are numbers between $-1$ and 1, if their mean is 0 and their standard
# deviation 0.85? Try a few on paper.
# </details>
#
# <details><summary>Hint 2</summary>
#
# From one layer to the layer before, the gradient is multiplied by two things.
# The slope is one of them.
# </details>
#
# <details><summary>Hint 3</summary>
#
# A sum of 256 products with weights of variance $0.2^2$ has about
# $256 \cdot 0.2^2$ times the variance of a term. What would it have to be
# instead of 10?
# </details>

# %% [markdown] nbgrader={"grade": true, "grade_id": "explain_healthy_activations", "locked": false, "points": 3, "schema_version": 3, "solution": true, "task": false}
# *Write your answer here: two to five sentences.*

# %% [markdown]
# ## Put together
#
# Once `initialize`, `rescale`, `clip` and `skipping` pass, run this cell. It
# trains twenty layers, and only your functions decide what happens in them:
# the weights are drawn by `initialize` and scaled by `rescale`, signals pass
# through `skipping`, and steps are limited by `clip`. Beside it, the same
# network learns without skips.

# %%
if checks.passed("initialize", "rescale", "clip", "skipping"):
    drawn = [initialize(196, 32, 0.0, 0)]
    drawn += [initialize(32, 32, 0.0, layer) for layer in range(1, 20)]
    for name in ("with skips", "without"):
        scaled = rescale(X_few, drawn)
        first, *hidden = (W.float().clone() for W in scaled)
        weights = [first, *hidden, torch.zeros(32, 10)]
        for W in weights:
            W.requires_grad_()
        for step in range(100):
            index = torch.arange(50 * step, 50 * step + 50) % len(X_few)
            Z = X_few[index] @ first
            if name == "with skips":
                Z = skipping(Z, hidden)
            else:
                for W in hidden:
                    Z = torch.relu(Z) @ W
            loss = F.cross_entropy(torch.relu(Z) @ weights[-1], y_few[index])
            grads = torch.autograd.grad(loss, weights)
            grads, _ = clip(list(grads), 1.0)
            with torch.no_grad():
                for W, grad in zip(weights, grads, strict=True):
                    W -= 0.2 * grad
        print(f"twenty layers {name}: the last loss is {loss:.2f}")
else:
    print("Nothing yet: the exercises named above have to pass first.")

# %% [markdown]
# ## Your points
#
# Run this cell at any time.

# %%
checks.scoreboard()

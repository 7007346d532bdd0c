"""Right answers in unusual surroundings, which pass in a notebook and in a class alike.

RIGHT[what is unusual] is the exercise of set 2, its answer cell, and the cells of the
student's own that stand above it.
"""

BY_HAND = """
def softmax(Z, temperature=1.0):
    exp_Z = ((Z - Z.amax(dim=1, keepdim=True)) / temperature).exp()
    return exp_Z / exp_Z.sum(dim=1, keepdim=True)
"""
WITH_NUMPY = """
def softmax(Z, temperature=1.0):
    exp_Z = np.exp((Z.numpy() - Z.numpy().max(axis=1, keepdims=True)) / temperature)
    return torch.from_numpy(exp_Z / exp_Z.sum(axis=1, keepdims=True))
"""
SCALED = """
def softmax(Z, temperature=1.0):
    exp_Z = scaled(Z, temperature).exp()
    return exp_Z / exp_Z.sum(dim=1, keepdim=True)
"""
SCALE = """
def scaled(Z, temperature):
    return (Z - Z.amax(dim=1, keepdim=True)) / temperature
"""
RIGHT = {
    "writes to stderr": (
        "softmax",
        f"import sys\nprint('loading', file=sys.stderr)\n{BY_HAND}",
        [],
    ),
    "a timed cell with a command and a warning": (
        "softmax",
        f"%%time\nimport warnings\n!true\nwarnings.warn('slow')\n{BY_HAND}",
        [],
    ),
    "a question": ("softmax", f"torch.softmax?\n{BY_HAND}", []),
    "a command's output": ("softmax", f"files = !ls\n{BY_HAND}", []),
    "a timed line": (
        "softmax",
        f"{BY_HAND}\n%timeit -n 1 -r 1 softmax(torch.ones(1, 2))\n"
        "%time P = softmax(torch.ones(1, 2))\nassert P.sum() == 1\n",
        [],
    ),
    "await": (
        "softmax",
        f"import asyncio\nawait asyncio.sleep(0)\n{BY_HAND}",
        [],
    ),
    "the notebook's shell": (
        "softmax",
        "get_ipython().run_line_magic('matplotlib', 'inline')\n"
        f"display('softmax')\n{BY_HAND}",
        [],
    ),
    "a line that begins with %": (
        "softmax",
        "def softmax(Z, temperature=1.0):\n    n = (len(Z)\n    % 1)\n"
        "    exp_Z = ((Z - Z.amax(1, keepdim=True)) / temperature).exp() + n\n"
        "    return exp_Z / exp_Z.sum(1, keepdim=True)\n",
        [],
    ),
    "indented": (
        "softmax",
        "\n".join(f"    {line}" for line in BY_HAND.splitlines()),
        [],
    ),
    "an import in another cell": ("softmax", WITH_NUMPY, ["import numpy as np"]),
    "a star import in another cell": (
        "softmax",
        WITH_NUMPY.replace("np.exp", "exp"),
        ["from numpy import *"],
    ),
    "a helper in another cell": ("softmax", SCALED, [SCALE]),
    "a helper of a helper": (
        "softmax",
        SCALED,
        [
            "def largest(Z):\n    return Z.amax(dim=1, keepdim=True)",
            "def scaled(Z, temperature):\n    return (Z - largest(Z)) / temperature",
        ],
    ),
    "a constant in another cell": (
        "softmax",
        BY_HAND.replace("dim=1", "dim=CLASSES"),
        ["ROWS, CLASSES = 0, 1"],
    ),
    "a helper whose cell stops afterwards": (
        "softmax",
        SCALED,
        [f"{SCALE}\nscaled(None, 1.0)"],
    ),
    "a helper written twice": (
        "softmax",
        SCALED,
        ["def scaled(Z, temperature):\n    return Z", SCALE],
    ),
}

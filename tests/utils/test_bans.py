"""What an exercise does without is noticed, by whatever name an answer calls it."""

import pytest
import torch
from cells import run_cell

from course_utils import checks
from course_utils.checks import exercises

SET_UP = "import torch\nfrom torch.nn import functional as F\nfrom course_utils import checks"
CHECK = """\
with checks.exercise("answer", without={names}, instead="`exp` and `sum`"):
    given = torch.tensor([[1.0, 2.0], [3.0, 5.0]])
    checks.expect_close(answer(given), {expected})
"""
SOFTMAX = (["softmax", "scipy.special.softmax"], "torch.softmax(given, dim=1)")
DERIVATIVE = (["autograd"], "2 * given")
NORM = (["torch.nn.utils.clip_grad.clip_grad_norm_"], "given / given.norm()")
LOGARITHM = (["logaddexp", "numpy.logaddexp"], "torch.logaddexp(given, 0 * given)")


@pytest.fixture
def told(capsys):
    """Check an answer cell; return what the check raised."""
    exercises.begin({"answer": 1})

    def told(answer, names, expected):
        namespace = {"__name__": "__main__"}
        assert run_cell(SET_UP, namespace, "set-up")[0] == ""
        assert run_cell(answer, namespace, "answer")[0] == ""
        check = CHECK.format(names=names, expected=expected)
        return run_cell(check, namespace, "check")[0]

    yield told
    exercises.begin({})


READY_MADE = {
    "a function": "def answer(Z):\n    return torch.softmax(Z, 1)",
    "a method": "def answer(Z):\n    return Z.softmax(1)",
    "functional": "def answer(Z):\n    return F.softmax(Z, dim=1)",
    "special": "def answer(Z):\n    return torch.special.softmax(Z, 1)",
    "private": "def answer(Z):\n    return torch._softmax(Z, 1, False)",
    "operator": "def answer(Z):\n    return torch.ops.aten.softmax(Z, 1)",
    "module": "def answer(Z):\n    return torch.nn.Softmax(dim=1)(Z)",
    "module, made before": "answer = torch.nn.Softmax(dim=1)",
    "alias": "sm = torch.softmax\ndef answer(Z):\n    return sm(Z, 1)",
    "from import": "from torch import softmax as sm\ndef answer(Z):\n    return sm(Z, 1)",
    "getattr": "def answer(Z):\n    return getattr(torch, 'soft' + 'max')(Z, 1)",
    "partial": "from functools import partial\nanswer = partial(torch.softmax, dim=1)",
    "default": "def answer(Z, f=torch.softmax):\n    return f(Z, 1)",
    "map": "def answer(Z):\n    return next(map(torch.softmax, [Z], [1]))",
    "kept to itself": "def answer(Z):\n    try:\n        torch.softmax(Z, 1)\n"
    "    except BaseException:\n        return Z.exp() / Z.exp().sum(1, keepdim=True)",
    "scipy": "from scipy import special\n"
    "def answer(Z):\n    return torch.from_numpy(special.softmax(Z.numpy(), axis=1))",
    "scipy, late": "def answer(Z):\n    from scipy.special import softmax\n"
    "    return torch.from_numpy(softmax(Z.numpy(), axis=1))",
    "scipy, alias": "from scipy.special import softmax as sm\n"
    "def answer(Z):\n    return torch.from_numpy(sm(Z.numpy(), axis=1))",
}
LEAF = "    Z = Z.clone().requires_grad_()\n"
AUTOGRAD = {
    "backward": f"def answer(Z):\n{LEAF}    (Z**2).sum().backward()\n    return Z.grad",
    "autograd.backward": f"def answer(Z):\n{LEAF}"
    "    torch.autograd.backward((Z**2).sum())\n    return Z.grad",
    "grad": "from torch.autograd import grad\n"
    f"def answer(Z):\n{LEAF}    return grad((Z**2).sum(), Z)[0]",
    "func.grad": "answer = torch.func.grad(lambda Z: (Z**2).sum())",
    "forward": "def answer(Z):\n"
    "    return torch.func.jvp(lambda Z: Z**2, (Z,), (torch.ones_like(Z),))[1]",
    "jacobian": "def answer(Z):\n    return torch.autograd.functional.jacobian("
    "lambda Z: (Z**2).sum(), Z)",
}
CLIPPED = {
    "utils": "def answer(Z):\n    p = torch.zeros_like(Z)\n    p.grad = Z.clone()\n"
    "    torch.nn.utils.clip_grad_norm_([p], 1.0)\n    return p.grad",
    "alias": "from torch.nn.utils import clip_grad_norm_ as clip\n"
    "def answer(Z):\n    p = torch.zeros_like(Z)\n    p.grad = Z.clone()\n"
    "    clip([p], 1.0)\n    return p.grad",
}
UFUNC = {
    "numpy": "import numpy as np\n"
    "def answer(Z):\n    return torch.from_numpy(np.logaddexp(Z.numpy(), 0))",
    "numpy, alias": "from numpy import logaddexp as la\n"
    "def answer(Z):\n    return torch.from_numpy(la(Z.numpy(), 0))",
}


@pytest.mark.parametrize("answer", READY_MADE.values(), ids=READY_MADE)
def test_a_ready_made_function_is_noticed_by_any_name(told, answer):
    assert told(answer, *SOFTMAX) == (
        "CheckFailed: answer: your answer uses `softmax`, which this exercise does "
        "without. Use `exp` and `sum`."
    )


@pytest.mark.parametrize("answer", AUTOGRAD.values(), ids=AUTOGRAD)
def test_derivatives_by_autograd_are_noticed(told, answer):
    assert "your answer uses autograd, which" in told(answer, *DERIVATIVE)


@pytest.mark.parametrize("answer", CLIPPED.values(), ids=CLIPPED)
def test_a_function_written_in_python_is_noticed(told, answer):
    assert "your answer uses `clip_grad_norm_`, which" in told(answer, *NORM)


@pytest.mark.parametrize("answer", UFUNC.values(), ids=UFUNC)
def test_a_compiled_function_of_another_library_is_noticed(told, answer):
    assert "your answer uses `logaddexp`, which" in told(answer, *LOGARITHM)


def test_what_is_written_by_hand_passes_beside_checks_that_use_the_ready_made(told):
    by_hand = "def answer(Z):\n    return Z.exp() / Z.exp().sum(1, keepdim=True)"
    assert told(by_hand, *SOFTMAX) == ""
    assert told("def answer(Z):\n    return 2 * Z", ["autograd"], (
        "torch.autograd.functional.jacobian(lambda Z: (Z**2).sum(), given)"
    )) == ""  # fmt: skip


def test_afterwards_everything_can_be_used_again(told):
    import numpy as np

    before = np.logaddexp
    for names, expected in (SOFTMAX, DERIVATIVE, LOGARITHM):
        told("def answer(Z):\n    return Z", names, expected)
    assert np.logaddexp is before
    Z = torch.ones(2, requires_grad=True)
    Z.softmax(0).sum().backward()


def test_another_exercise_may_use_what_this_one_does_without(told):
    _, expected = SOFTMAX
    assert told(READY_MADE["a function"], [], expected) == ""
    assert checks.passed("answer")

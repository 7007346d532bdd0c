"""Checks: they pass what is right, and say in words what is not."""

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays
from IPython.core.interactiveshell import InteractiveShell
from traitlets.config import Config

from course_utils import checks
from course_utils.checks import CheckFailed


def failure(check, *args, **options):
    """The message with which a check fails."""
    with pytest.raises(CheckFailed) as caught:
        check(*args, **options)
    return str(caught.value)


# --- expect ---------------------------------------------------------------------------


@pytest.mark.parametrize("true", [True, torch.tensor(True), np.bool_(True)])
def test_expect_passes_what_holds(true):
    checks.expect(true, "unused")


@pytest.mark.parametrize("false", [False, torch.tensor(False), np.bool_(False)])
def test_expect_fails_with_its_message(false):
    message = "expected at least 92.5 %, got 91.0 %: train longer."
    assert failure(checks.expect, false, message) == message


def test_a_failed_check_is_an_assertion_error():
    with pytest.raises(AssertionError):
        checks.expect(False, "no")


# --- expect_shape -------------------------------------------------------------------------


@pytest.mark.parametrize("shape", [(3, 4), [3, 4], (-1, 4), (3, -1), (-1, -1)])
def test_expect_shape_passes_what_fits(shape):
    checks.expect_shape(torch.zeros(3, 4), shape)


def test_an_array_is_no_tensor():
    message = failure(checks.expect_shape, np.zeros(3), (3,), "softmax of 3 logits,")
    assert message == (
        "softmax of 3 logits: expected a torch tensor, got a NumPy array. "
        "`torch.from_numpy` makes one of it."
    )


def test_a_scalar_has_the_shape_of_no_dimensions():
    checks.expect_shape(torch.tensor(1.0), ())


@pytest.mark.parametrize(
    ("wanted", "in_words"),
    [
        ((3, 4), "(3, 4)"), ((4, 3, 1), "(4, 3, 1)"), ((4,), "(4,)"), ((), "()"),
        ((-1,), "(any,)"), ((-1, 4), "(any, 4)"),
    ],
)  # fmt: skip
def test_expect_shape_names_both_shapes(wanted, in_words):
    message = failure(checks.expect_shape, torch.zeros(4, 3), wanted, "the logits")
    assert message == f"the logits must have the shape {in_words}, but has (4, 3)."


def test_a_function_without_return_is_recognized():
    message = failure(checks.expect_shape, None, (2,), "softmax(z)")
    assert message == (
        "softmax(z) must be a tensor of shape (2,), but it is None "
        "(does the function return something?)."
    )


def test_what_has_no_shape_is_named_with_its_type():
    message = failure(checks.expect_shape, [1, 2], (2,))
    assert message.endswith("but it is [1, 2] (list).")


# --- expect_close ------------------------------------------------------------------------------

numbers = arrays.arrays(
    np.float64,
    arrays.array_shapes(min_dims=0, max_dims=3, max_side=4),
    elements=st.floats(-100, 100),
)


@given(numbers, st.floats(-1e-3, 1e-3))
@settings(deadline=None)
def test_expect_close_agrees_with_numpy(expected, change):
    got = expected + change * np.linspace(0, 1, expected.size).reshape(expected.shape)
    try:
        np.testing.assert_allclose(got, expected, rtol=1e-5, atol=1e-6)
    except AssertionError:
        failure(checks.expect_close, got, expected)
    else:
        checks.expect_close(got, expected)


@pytest.mark.parametrize(
    "got",
    [
        torch.tensor([1.0, 2.0]),
        torch.tensor([1.0, 2.0], requires_grad=True),
        torch.tensor([1, 2]),
        torch.tensor([1.0, 2.0], dtype=torch.bfloat16),
        np.array([1.0, 2.0], dtype=np.float32),
        [1, 2.0],
        (torch.tensor(1.0, requires_grad=True), 2),
    ],
)
def test_numbers_of_any_kind_are_compared(got):
    checks.expect_close(got, [1, 2])
    assert "index 1: expected 3, got 2" in failure(checks.expect_close, got, [1, 3])


def test_a_wrong_number_is_shown_beside_the_right_one():
    message = failure(checks.expect_close, 0.25, 0.5, "the loss", hint="Divide by n.")
    assert message == "the loss: expected 0.5, got 0.25. Divide by n."


def test_a_wrong_array_is_summed_up():
    got = torch.zeros(100, 50)
    got[3, 7] = got[4, 8] = 1.5
    message = failure(checks.expect_close, got, torch.zeros(100, 50), "W.grad")
    assert message == (
        "W.grad: 2 of 5,000 values differ, the first at index (3, 7): "
        "expected 0, got 1.5."
    )


def test_numbers_that_round_alike_are_told_apart():
    message = failure(checks.expect_close, 1.00000001, 1.0, rtol=0, atol=0)
    assert message == "the result: expected 1, got 1.0000000099999999."


def test_the_tolerance_is_relative_to_what_is_expected():
    checks.expect_close(100.0, 110.0, rtol=0.1, atol=0)
    failure(checks.expect_close, 110.0, 100.0 - 1e-9, rtol=0.1, atol=0)


def test_a_comma_at_the_end_of_a_name_gives_way_to_the_colon():
    assert failure(checks.expect_close, 1, 2, "f of 3 rows, k=2,").startswith(
        "f of 3 rows, k=2: expected 2"
    )


def test_another_shape_is_not_broadcast():
    message = failure(checks.expect_close, torch.zeros(3, 1), torch.zeros(3), "y_hat")
    assert message == "y_hat must have the shape (3,), but has (3, 1)."


def test_nan_is_no_number_and_equals_only_nan():
    checks.expect_close([np.nan, 1], [np.nan, 1])
    assert "got nan" in failure(checks.expect_close, np.nan, 1.0)
    assert "got 1" in failure(checks.expect_close, 1.0, np.nan)
    checks.expect_close(np.inf, np.inf)
    assert "got -inf" in failure(checks.expect_close, -np.inf, np.inf)


@pytest.mark.parametrize(
    ("value", "words"),
    [
        (None, "None (does the function return something?)"),
        ("0.5", "'0.5' (str)"),
        ([[1, 2], [3]], "(list)"),
        (1j, "1j (complex)"),
        (torch.zeros(2, dtype=torch.complex64), "of shape (2,)"),
        (len, "(builtin_function_or_method)"),
        ([None, 1], "None"),
    ],
)
def test_what_is_no_number_is_named(value, words):
    message = failure(checks.expect_close, value, 0.5, "softmax(z)")
    assert message.startswith("softmax(z) must hold numbers, but is ")
    assert words in message


@pytest.mark.parametrize(
    "value", [list(range(10_000)), "x" * 10_000, {i: i for i in range(999)}]
)
def test_no_message_is_a_wall_of_numbers(value):
    for message in (
        failure(checks.expect_shape, value, (3,)),
        failure(checks.expect_close, value, torch.zeros(3)),
    ):
        assert len(message) < 160
        assert "\n" not in message


def test_a_large_tensor_is_described_by_its_shape():
    assert checks.describe_value(torch.zeros(50, 50)) == "a Tensor of shape (50, 50)"


# --- in a notebook --------------------------------------------------------------------------------------


def test_a_notebook_shows_the_message_alone(capsys, tmp_path, monkeypatch):
    monkeypatch.setenv("IPYTHONDIR", str(tmp_path))
    shell = InteractiveShell(config=Config(HistoryManager={"enabled": False}))
    shell.run_cell(
        "from course_utils import checks\n"
        "checks.expect_close(0.25, 0.5, 'the loss', hint='Divide by n.')"
    )
    out = capsys.readouterr().out
    assert out.strip() == "✗ the loss: expected 0.5, got 0.25. Divide by n."


# --- whatever the type of the numbers -------------------------------------------------

TYPES = [torch.float64, torch.float32, torch.float16, torch.bfloat16, torch.int32]


@pytest.mark.parametrize("dtype", TYPES, ids=str)
def test_numbers_of_any_type_are_compared_by_value(dtype):
    got, other = torch.tensor([1, 2]).to(dtype), torch.tensor([1.0, 2.0])
    assert checks.same(got, other)
    assert checks.equal(got, other)
    assert not checks.same(got, other + 1)
    assert not checks.equal(got, other + 1e-6)
    checks.expect_equal(got, other)
    with pytest.raises(
        checks.CheckFailed, match="1 of 2 values differs, that at index 1: "
    ):
        checks.expect_equal(got, [1, 3])


def test_results_of_other_shapes_are_not_the_same():
    assert not checks.same(torch.ones(1, 2), torch.ones(2))
    assert not checks.equal(torch.ones(2), torch.ones(()))


def test_whole_numbers_may_have_any_number_of_bits():
    assert checks.is_whole(torch.tensor([1], dtype=torch.int32))
    assert not checks.is_whole(torch.tensor([1.0]))
    assert not checks.is_whole([1])

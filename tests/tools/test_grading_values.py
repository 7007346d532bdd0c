"""Values between checker and sandbox: sent whole, received with distrust."""

import json
import math
import socket
import struct
import time

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from course_tools.grading.sandbox import protocol
from course_tools.grading.sandbox.raised import as_exception
from course_tools.grading.sandbox.serialization import (
    MAX_DEPTH,
    Decoder,
    Encoder,
    contents,
)
from course_utils.checks.exercises import CheckFailed


def sent(value):
    """A value after it has been sent, the JSON included."""
    body = bytearray()
    node = json.loads(json.dumps(Encoder(body).node(value)))
    return Decoder(bytes(body)).value(node)


def same(a, b):
    """Whether two values are alike in type, shape, dtype and content."""
    if isinstance(a, torch.Tensor):
        return (
            a.dtype == b.dtype
            and a.shape == b.shape
            and a.requires_grad == b.requires_grad
            and a.is_leaf == b.is_leaf
            and torch.equal(a.isnan(), b.isnan())
            and torch.equal(a[~a.isnan()], b[~b.isnan()])
        )
    if isinstance(a, np.ndarray | np.generic):
        return (
            type(a) is type(b)
            and a.dtype == b.dtype
            and np.array_equal(a, b, equal_nan=a.dtype.kind in "fc")
        )
    if isinstance(a, dict):
        return list(a) == list(b) and all(same(a[k], b[k]) for k in a)
    if isinstance(a, list | tuple):
        return (
            type(a) is type(b)
            and len(a) == len(b)
            and all(same(x, y) for x, y in zip(a, b, strict=True))
        )
    if isinstance(a, float) and math.isnan(a):
        return isinstance(b, float) and math.isnan(b)
    return type(a) is type(b) and a == b


plain = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.complex_numbers(
        allow_nan=False) | st.text(st.characters(codec="utf-8")) | st.binary(),
    lambda inner: st.lists(inner, max_size=4)
    | st.tuples(inner, inner)
    | st.dictionaries(st.text(st.characters(codec="utf-8")) | st.integers(), inner),
    max_leaves=12,
)  # fmt: skip


@given(plain)
@settings(max_examples=60, deadline=None)
def test_plain_values_arrive_as_they_are(value):
    assert same(value, sent(value))


@pytest.mark.parametrize(
    "value",
    [
        torch.randn(3, 4), torch.randn(3, 4).T, torch.randn(2, 3, 4).permute(2, 0, 1),
        torch.randn(3, 4)[:, ::2], torch.tensor(3.5), torch.zeros(0, 3),
        torch.tensor([math.nan, math.inf, -0.0]), torch.arange(5), torch.ones(()).bool(),
        torch.randn(4).to(torch.bfloat16), torch.randn(2, 2, dtype=torch.complex64),
        torch.randn(3, 2, dtype=torch.complex128).conj(), torch.ones(2).expand(3, 2),
        torch.arange(6.0).reshape(3, 2)[1:2, 1],
        torch.randn(3, requires_grad=True), torch.randn(3, requires_grad=True) * 2,
        torch.eye(2) > 0, np.float32(1.5), np.int64(-3), np.arange(6.0).reshape(2, 3).T,
        np.array([True, False]), np.array([1, 2], ">i4").astype("<i4"), {1, 2}, "\ud800",
        frozenset({1}), range(2, 9, 3), torch.float16, torch.Size((2, 3)), 2**200, [],
    ],
    ids=lambda value: type(value).__name__,
)  # fmt: skip
def test_tensors_arrays_and_others_arrive_as_they_are(value):
    if isinstance(value, torch.Tensor) and value.is_conj():
        value = value.resolve_conj()
    assert same(value, sent(value))


def test_a_transposed_matrix_arrives_transposed():
    got = sent(torch.randn(3, 4).T)
    assert not got.is_contiguous()
    with pytest.raises(RuntimeError, match="view"):
        got.view(-1)


def test_what_is_shared_stays_shared_and_cycles_are_no_problem():
    shared = torch.ones(2)
    rows = [shared, shared]
    rows.append(rows)
    got = sent(rows)
    assert got[0] is got[1]
    assert got[2] is got


def test_subclasses_arrive_as_what_they_are_made_of():
    class Number(float):
        def __eq__(self, other):
            return True

        __hash__ = None

    class Items(list):
        def __eq__(self, other):
            return True

        __hash__ = None

    got = sent([Number(2.5), Items([1]), torch.nn.Parameter(torch.ones(2))])
    assert [type(item) for item in got] == [float, list, torch.Tensor]
    assert got[0] != 3


@pytest.mark.parametrize(
    "value", [print, object(), torch.nn.ReLU(), type, iter([]), np.array([print])]
)
def test_anything_else_is_refused(value):
    with pytest.raises(protocol.WireError, match="can't be sent by value"):
        sent([value])


def test_too_large_too_deep_too_long():
    with pytest.raises(protocol.WireError, match="64 MB"):
        sent(torch.zeros(1).expand(10**12))
    with pytest.raises(protocol.WireError, match="bits"):
        sent(1 << 10_000)
    value = []
    for _ in range(MAX_DEPTH + 5):
        value = [value]
    with pytest.raises(protocol.WireError, match="levels deep"):
        sent(value)


@pytest.mark.parametrize("last", [range(150_000), [0] * 150_000, {1: [0] * 90_000}])
def test_what_is_shared_counts_as_often_as_it_is_there(last):
    assert len(sent([last])) == 1
    with pytest.raises(protocol.WireError, match="200,000 parts"):
        sent([last, last, last] if isinstance(last, dict) else [last, last])


@pytest.mark.parametrize(
    "node",
    [
        {}, {"t": "pickle"}, {"t": "tensor"}, {"t": []}, {"t": "same", "n": 0},
        {"t": "same", "n": -1}, {"t": "list", "v": 7}, {"t": "dict", "v": [[1]]}, [1],
        {"t": "dict", "v": [[{"t": "list", "v": []}, 1]]}, {"t": "int", "v": "zz"},
        {"t": "int", "v": "f" * 100_000}, {"t": "bytes", "at": [0, 99]},
        {"t": "bytes", "at": [-8, 8]}, {"t": "dtype", "v": "object"},
        {"t": "handle", "h": 0}, {"t": "complex", "v": ["x", 1]},
        {"t": "range", "v": [0, 1, 0]}, {"t": "size", "v": ["x"]},
        {"t": "tensor", "dtype": "float32", "shape": [2**40, 2**40], "order": [0, 1],
         "grad": 0, "at": [0, 8]},
        {"t": "tensor", "dtype": "float32", "shape": [-1], "order": [0], "grad": 0,
         "at": [0, 8]},
        {"t": "tensor", "dtype": "float32", "shape": [2], "order": [1], "grad": 0,
         "at": [0, 8]},
        {"t": "tensor", "dtype": "float32", "shape": [True], "order": [0], "grad": 0,
         "at": [0, 4]},
        {"t": "array", "dtype": "O", "shape": [1], "at": [0, 8]},
        {"t": "array", "dtype": "<f8,<f8", "shape": [1], "at": [0, 8]},
        {"t": "array", "dtype": "<U2", "shape": [1], "at": [0, 8]},
        {"t": "array", "dtype": "<f8", "shape": [0, 2**62], "at": [0, 0]},
        {"t": "list", "v": [0] * 300_000},
        {"t": "set", "v": [i * (2**61 - 1) for i in range(100_000)]},
        {"t": "frozenset", "v": [i * (2**61 - 1) for i in range(100_000)]},
        {"t": "dict", "v": [[i * (2**61 - 1), 0] for i in range(100_000)]},
    ],
    ids=lambda node: str(node)[:60],
)  # fmt: skip
def test_malformed_nodes_are_refused(node):
    with pytest.raises(protocol.WireError):
        Decoder(bytes(8)).value(node)


def test_a_forged_truth_value_is_true_or_false():
    for kind in ("tensor", "array"):
        node = {"t": kind, "dtype": "bool" if kind == "tensor" else "|b1", "grad": 0,
                "shape": [3], "order": [0], "at": [0, 3]}  # fmt: skip
        value = Decoder(b"\x00\x02\xff").value(node)
        assert value.tolist() == [False, True, True]
        assert (
            bytes(value.view(torch.uint8) if kind == "tensor" else value) == b"\0\1\1"
        )


def changed_here(arguments, act):
    """What a caller's arguments look like after `act` has changed their copies."""
    body, reply = bytearray(), bytearray()
    encoder = Encoder(body)
    decoder = Decoder(body)
    copies = decoder.value(encoder.node(arguments))
    known = list(decoder.objects)
    before = contents(known, None)
    act(*copies)
    after = contents(known, None)
    told = Encoder(reply, None, known)
    nodes = [
        (n, told.content(known[n])) for n in range(len(known)) if before[n] != after[n]
    ]
    receiver = Decoder(reply, None, encoder.objects)
    for number, node in json.loads(json.dumps(nodes)):
        receiver.update(number, node)
    return len(nodes)


def test_changes_in_place_reach_the_caller():
    Z = torch.arange(6.0).reshape(2, 3)
    part, array = Z[:1], np.ones(3)
    assert changed_here((part, array), lambda a, b: (a.mul_(2), b.fill(7))) == 2
    assert Z.tolist() == [[0, 2, 4], [3, 4, 5]]
    assert array.tolist() == [7, 7, 7]


def test_changed_containers_reach_the_caller_and_keep_their_parts():
    W, b = torch.ones(2), torch.zeros(2)
    weights, state = [W, b], {"w": W}

    def act(weights, state):
        weights.pop()
        weights.append([1, weights])
        state["w"].add_(1)
        state["new"] = torch.ones(1)

    assert changed_here((weights, state), act) == 3
    assert weights[0] is W is state["w"]
    assert weights[1][0] == 1
    assert weights[1][1] is weights
    assert W.tolist() == [2, 2]
    assert state["new"].tolist() == [1]


def test_nothing_is_told_when_nothing_changes():
    Z, nested = torch.randn(3), [{"a": [1, {2}]}, np.ones(2)]
    assert changed_here((Z, nested), lambda *_: None) == 0


@pytest.mark.parametrize(
    ("number", "node"),
    [(5, 1), (-1, 1), ("0", 1), (True, 1), (0, 1), (0, {"t": "list", "v": []}),
     (1, {"t": "dict", "v": []})],
)  # fmt: skip
def test_forged_changes_are_refused(number, node):
    with pytest.raises(protocol.WireError):
        Decoder(b"", None, [torch.ones(2), [1]]).update(number, node)


# --- errors ---------------------------------------------------------------------------


@pytest.mark.parametrize("kind", ["StopIteration", "StopAsyncIteration"])
def test_an_error_of_an_answer_does_not_end_a_loop_of_the_check(kind):
    error = as_exception({"type": kind, "builtin": True, "words": "", "message": ""})

    def answer(_):
        raise error

    with pytest.raises(CheckFailed, match=f"your code raised {kind}"):
        list(map(answer, [1, 2]))


def test_an_error_of_an_answer_is_one_of_its_type():
    told = {"type": "KeyError", "builtin": True, "message": "k", "words": "k"}
    assert isinstance(as_exception(told), KeyError)
    assert not isinstance(as_exception(told | {"builtin": False}), KeyError)


# --- messages -------------------------------------------------------------------------


@pytest.fixture
def ends():
    a, b = socket.socketpair()
    with a, b:
        yield a, b


def test_messages_arrive(ends):
    protocol.send(ends[0], {"a": [1, "ü"]}, b"raw")
    assert protocol.receive(ends[1]) == ({"a": [1, "ü"]}, b"raw")


@pytest.mark.parametrize(
    "data",
    [
        struct.pack("<IQ", 2**32 - 1, 0), struct.pack("<IQ", 2, 2**63),
        struct.pack("<IQ", 2, 0) + b"\xff\xff", struct.pack("<IQ", 3, 0) + b"abc",
        struct.pack("<IQ", 100_000, 0) + b"[" * 100_000,
    ],
)  # fmt: skip
def test_what_is_no_message_is_refused(ends, data):
    ends[0].sendall(data)
    with pytest.raises(protocol.WireError):
        protocol.receive(ends[1])


def test_a_message_that_stops_is_given_up_at_the_deadline(ends):
    ends[0].sendall(struct.pack("<IQ", 100, 0) + b"{")
    with pytest.raises(TimeoutError):
        protocol.receive(ends[1], protocol.until(time.monotonic() + 0.05))
    ends[0].close()
    with pytest.raises(protocol.Closed):
        protocol.receive(ends[1])


def test_text_is_made_fit_to_be_shown():
    assert protocol.clipped("a\x1b[2J\ud800\nb") == "a\ufffd[2J\ufffd\nb"
    assert len(protocol.clipped("x" * 10_000)) == protocol.MAX_TEXT + 1

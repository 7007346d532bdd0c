"""Values in a form without code: as nodes of a JSON header, and raw bytes.

Numbers, strings, tensors, arrays, and containers of them are sent by value. What can't
be sent by value stays where it is, and a handle is sent: a number, a type's name, a
short text.
"""

from collections.abc import Callable
from typing import Any

import numpy as np
import torch
from torch import Tensor

from course_tools.grading.sandbox.protocol import MAX_BODY, WireError, clipped

MAX_DEPTH = 60
MAX_NODES = 200_000
# Keys can be chosen so that each is compared with all others.
MAX_KEYS = 10_000
MAX_INT_BITS = 4_096

DTYPES = {
    str(dtype).removeprefix("torch."): dtype
    for dtype in (
        torch.float64, torch.float32, torch.float16, torch.bfloat16,
        torch.complex64, torch.complex128, torch.bool,
        torch.uint8, torch.int8, torch.int16, torch.int32, torch.int64,
    )
}  # fmt: skip
DTYPE_NAMES = {dtype: name for name, dtype in DTYPES.items()}
ARRAY_KINDS = "biufc"
ARRAY_DTYPES = {
    dtype.str
    for dtype in map(np.dtype, np.typecodes["All"])
    if dtype.kind in ARRAY_KINDS and dtype.itemsize <= 16
}


class Encoder:
    """Turns values into nodes of a header, with their raw bytes in a body.

    Lists, dictionaries, sets, tensors and arrays are numbered in the order in which
    they are met. One that is met again is sent as its number, so what the values
    share, the copies share, too.

    Args:
        body: where raw bytes go; several encoders may fill the same.
        handle: makes the node for a value that can't be sent; None: that is an error.
        known: objects that the other side has already, by number.
    """

    def __init__(
        self,
        body: bytearray,
        handle: Callable[[Any], dict] | None = None,
        known: list[Any] | None = None,
    ):
        self.body, self.handle = body, handle
        self.objects: list[Any] = list(known or ())
        self._numbers = {id(value): n for n, value in enumerate(self.objects)}

    def node(self, value: Any, depth: int = 0) -> Any:
        """Return the node of a value.

        Args:
            value: anything.
            depth: how many containers it lies in.

        Raises:
            WireError: it can't be sent, or is too deep or too large.
        """
        if value is None or isinstance(value, bool):
            return value
        if isinstance(value, int):
            value = int(value)
            if value.bit_length() > MAX_INT_BITS:
                raise WireError(f"a number of {value.bit_length():,} bits is too large")
            return value if value.bit_length() < 64 else {"t": "int", "v": hex(value)}
        if isinstance(value, np.generic) and value.dtype.kind in ARRAY_KINDS:
            return self._array("number", np.asarray(value))
        if isinstance(value, float):
            return float(value)
        if isinstance(value, str):
            return str(value)
        if isinstance(value, complex):
            return {"t": "complex", "v": [value.real, value.imag]}
        if isinstance(value, bytes | bytearray):
            return {"t": "bytes", "at": self._store(bytes(value))}
        if isinstance(value, torch.dtype) and value in DTYPE_NAMES:
            return {"t": "dtype", "v": DTYPE_NAMES[value]}
        if isinstance(value, torch.device):
            return {"t": "device"}
        if isinstance(value, range) and len(value) < MAX_NODES:
            return {"t": "range", "v": [value.start, value.stop, value.step]}
        if depth > MAX_DEPTH:
            raise WireError(f"a value is nested more than {MAX_DEPTH} levels deep")
        if isinstance(value, tuple | frozenset):
            kind = "size" if isinstance(value, torch.Size) else "tuple"
            kind = "frozenset" if isinstance(value, frozenset) else kind
            return {"t": kind, "v": [self.node(item, depth + 1) for item in value]}
        if not self._is_numbered(value):
            if self.handle is None:
                raise WireError(f"a {type(value).__name__} can't be sent by value")
            return self.handle(value)
        if id(value) in self._numbers:
            return {"t": "same", "n": self._numbers[id(value)]}
        self._numbers[id(value)] = len(self.objects)
        self.objects.append(value)
        return self.content(value, depth)

    def content(self, value: Any, depth: int = 0) -> dict:
        """Return the node that tells what a numbered object holds now."""
        if isinstance(value, Tensor):
            return self._tensor(value)
        if isinstance(value, np.ndarray):
            return self._array("array", value)
        if isinstance(value, dict):
            pairs = [[self.node(x, depth + 1) for x in pair] for pair in value.items()]
            return {"t": "dict", "v": pairs}
        kind = "list" if isinstance(value, list) else "set"
        return {"t": kind, "v": [self.node(item, depth + 1) for item in value]}

    @staticmethod
    def _is_numbered(value: Any) -> bool:
        if isinstance(value, Tensor):
            return (
                value.layout == torch.strided
                and not value.is_meta
                and value.dtype in DTYPE_NAMES
            )
        if isinstance(value, np.ndarray):
            return value.dtype.kind in ARRAY_KINDS
        return isinstance(value, list | dict | set)

    def _tensor(self, value: Tensor) -> dict:
        plain = value.detach()
        self._make_room(plain.numel() * plain.element_size())
        plain = plain.cpu().resolve_conj().resolve_neg()
        order = list(range(plain.ndim))
        if not plain.is_contiguous():
            # A transposed matrix arrives transposed: `view` fails there as it does here.
            by_stride = sorted(order, key=plain.stride, reverse=True)
            if plain.permute(by_stride).is_contiguous():
                order = by_stride
        # The stride of a dimension of 1, such as 501, would make `view` fail.
        data = plain.permute(order).contiguous().as_strided((plain.numel(),), (1,))
        grad = 0 if not value.requires_grad else 1 if value.is_leaf else 2
        return {
            "t": "tensor",
            "dtype": DTYPE_NAMES[plain.dtype],
            "shape": [plain.shape[d] for d in order],
            "order": order,
            "grad": grad,
            "at": self._store(data.view(torch.uint8).numpy().tobytes()),
        }

    def _array(self, kind: str, value: np.ndarray) -> dict:
        self._make_room(value.nbytes)
        native = value.astype(value.dtype.newbyteorder("<"), copy=False)
        return {
            "t": kind,
            "dtype": native.dtype.str,
            "shape": list(native.shape),
            "at": self._store(native.tobytes()),
        }

    def _make_room(self, size: int) -> None:
        if len(self.body) + size > MAX_BODY:
            raise WireError(
                f"values of more than {MAX_BODY // 2**20} MB are too large to be sent"
            )

    def _store(self, data: bytes) -> list[int]:
        self._make_room(len(data))
        start = len(self.body)
        self.body += data
        return [start, len(data)]


class Decoder:
    """Turns nodes back into values; trusts nothing about them.

    Args:
        body: the bytes that the nodes point into.
        handle: makes a value for the node of a handle; None: that is an error.
        known: objects that both sides have, by number.
    """

    def __init__(
        self,
        body: bytes | bytearray,
        handle: Callable[[dict], Any] | None = None,
        known: list[Any] | None = None,
    ):
        self.body, self.handle = body, handle
        self.objects: list[Any] = list(known or ())
        # By number, how many parts an object has, those that it shares counted again:
        # a list of two times a list of two times … is short, and yet without end.
        self._parts: dict[int, int] = {}
        self._nodes = 0

    def value(self, node: Any) -> Any:
        """Return the value of a node.

        Args:
            node: part of a header.

        Raises:
            WireError: it is malformed.
        """
        return self._guarded(node)

    def _guarded(self, node: Any, register: bool = True) -> Any:
        # A known object that has changed keeps its number, so its copy gets none.
        try:
            return self._value(node, 0, register)
        except WireError:
            raise
        except (
            ValueError, TypeError, KeyError, IndexError, AttributeError,
            OverflowError, RuntimeError, MemoryError, RecursionError,
        ) as error:  # fmt: skip
            raise WireError(
                f"a value is malformed: {clipped(str(error), 200)}"
            ) from None

    def update(self, number: Any, node: Any) -> None:
        """Change a known object in place into what a node says.

        Args:
            number: of the object.
            node: its content now.

        Raises:
            WireError: node and object don't fit.
        """
        if type(number) is not int or not 0 <= number < len(self.objects):
            raise WireError(f"there is no object {number!r} to change")
        old, new = self.objects[number], self._guarded(node, register=False)
        if isinstance(old, Tensor) and isinstance(new, Tensor):
            fits = old.shape == new.shape and old.dtype == new.dtype
            if fits:
                old.data.copy_(new.detach())
            else:
                old.data = new.detach()
        elif isinstance(old, np.ndarray) and isinstance(new, np.ndarray):
            if old.shape != new.shape or not old.flags.writeable:
                raise WireError("an array has changed its shape")
            old[...] = new
        elif isinstance(old, list) and type(new) is list:
            old[:] = new
        elif isinstance(old, dict | set) and type(new) in (dict, set):
            old.clear()
            old.update(new)
        else:
            raise WireError("an object has changed its type")

    def _value(self, node: Any, depth: int, register: bool = True) -> Any:
        self._count(1)
        if depth > MAX_DEPTH + 2:
            raise WireError("a value has too many levels")
        if node is None or isinstance(node, bool | int | float | str):
            return node
        kind = node["t"]
        if kind in ("tensor", "array"):
            value = getattr(self, f"_{kind}")(node)
            if register:
                self.objects.append(value)
            return value
        if kind in ("list", "dict", "set"):
            return self._container(kind, node["v"], depth, register)
        if kind in ("tuple", "size", "frozenset"):
            if kind == "frozenset" and len(node["v"]) > MAX_KEYS:
                raise WireError(f"a set has more than {MAX_KEYS:,} keys")
            items = [self._value(item, depth + 1) for item in node["v"]]
            return {"tuple": tuple, "size": torch.Size, "frozenset": frozenset}[kind](
                items
            )
        if kind == "same":
            if type(node["n"]) is not int or node["n"] < 0:
                raise WireError("a reference is malformed")
            self._count(self._parts.get(node["n"], 0))
            return self.objects[node["n"]]
        if kind == "int":
            if len(node["v"]) > MAX_INT_BITS // 4 + 3:
                raise WireError("a number is too large")
            return int(node["v"], 16)
        if kind == "complex":
            real, imaginary = node["v"]
            return complex(float(real), float(imaginary))
        if kind == "bytes":
            return bytes(self._slice(node["at"]))
        if kind == "number":
            return self._array(node)[()]
        if kind == "dtype":
            return DTYPES[node["v"]]
        if kind == "device":
            return torch.device("cpu")
        if kind == "range":
            start, stop, step = node["v"]
            value = range(start, stop, step)
            self._count(len(value))
            return value
        if kind == "handle" and self.handle is not None:
            return self.handle(node)
        raise WireError("a value is of an unknown kind")

    def _container(self, kind: str, items: list, depth: int, register: bool) -> Any:
        if kind != "list" and len(items) > MAX_KEYS:
            raise WireError(f"a {kind} has more than {MAX_KEYS:,} keys")
        value: Any = {"list": list, "dict": dict, "set": set}[kind]()
        number, before = len(self.objects), self._nodes
        if register:
            self.objects.append(value)
        if kind == "dict":
            for key, item in items:
                key = self._value(key, depth + 1)
                value[key] = self._value(item, depth + 1)
        else:
            add = value.append if kind == "list" else value.add
            for item in items:
                add(self._value(item, depth + 1))
        if register:
            self._parts[number] = self._nodes - before
        return value

    def _count(self, parts: int) -> None:
        self._nodes += parts
        if self._nodes > MAX_NODES:
            raise WireError(f"a value has more than {MAX_NODES:,} parts")

    def _slice(self, at: Any) -> memoryview:
        start, size = at
        inside = type(start) is int and type(size) is int and min(start, size) >= 0
        if not inside or start + size > len(self.body):
            raise WireError("a value lies outside its message")
        return memoryview(self.body)[start : start + size]

    def _sized(self, node: dict, item_size: int) -> tuple[list[int], memoryview]:
        data, shape, count = self._slice(node["at"]), node["shape"], 1
        if len(shape) > 32 or any(type(n) is not int or n < 0 for n in shape):
            raise WireError("a shape is malformed")
        for n in shape:
            count *= n
        if count * item_size != len(data) or max(shape, default=0) > 2**40:
            raise WireError("a shape does not fit its data")
        return shape, data

    def _tensor(self, node: dict) -> Tensor:
        dtype, order = DTYPES[node["dtype"]], node["order"]
        item_size = torch.empty((), dtype=dtype).element_size()
        shape, data = self._sized(node, item_size)
        if sorted(order) != list(range(len(shape))):
            raise WireError("an order of dimensions is malformed")
        if dtype == torch.bool:
            # Any byte but 0 and 1 would be neither true nor false to torch.
            flat = torch.from_numpy(np.frombuffer(data, np.uint8) != 0)
        elif len(data):
            flat = torch.frombuffer(bytearray(data), dtype=dtype)
        else:
            flat = torch.empty(0, dtype=dtype)
        inverse = [order.index(d) for d in range(len(order))]
        value = flat.reshape(shape).permute(inverse)
        grad = node["grad"]
        if grad and (dtype.is_floating_point or dtype.is_complex):
            value = value.requires_grad_()
            # The result of an operation may be changed in place, a leaf may not.
            value = value if grad == 1 else value * 1
        return value

    def _array(self, node: dict) -> np.ndarray:
        if node["dtype"] not in ARRAY_DTYPES:
            raise WireError("a type of numbers is unknown")
        dtype = np.dtype(node["dtype"])
        shape, data = self._sized(node, dtype.itemsize)
        if dtype.kind == "b":
            return (np.frombuffer(data, np.uint8) != 0).reshape(shape)
        return np.frombuffer(bytearray(data), dtype).reshape(shape)


def contents(objects: list[Any], handle: Callable[[Any], dict]) -> list[tuple]:
    """Return, for each object of a decoder, what tells whether it changes later.

    Args:
        objects: in the order of their numbers.
        handle: as for `Encoder`.
    """
    states = []
    encoder = Encoder(bytearray(), handle, known=objects)
    for value in objects:
        start = len(encoder.body)
        node = encoder.content(value)
        node.pop("at", None)
        states.append((node, bytes(encoder.body[start:])))
    return states

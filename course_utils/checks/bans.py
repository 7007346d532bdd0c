"""What an exercise asks to write by hand: its ready-made form is watched for.

PyTorch tells a `TorchFunctionMode` of each of its functions and methods that is
called, whatever name it goes by: an alias, `getattr`, `from … import`, a
`functools.partial` and the module `nn.Softmax` all end in the same function. Functions
of Python alone, such as those of autograd, get other code meanwhile, which an alias
shares. A call from the check cell itself is the check's own business.
"""

import functools
import importlib
import sys
import types
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any

from torch.overrides import TorchFunctionMode

# What `without=["autograd"]` stands for: all that computes derivatives ends in these.
AUTOGRAD = (
    "torch.autograd.graph._engine_run_backward",
    "torch.autograd.forward_ad.make_dual",
)


class Used(AssertionError):
    """An answer has called what its exercise does without.

    Args:
        name: as in the list of the exercise.
    """

    def __init__(self, name: str):
        super().__init__(name)
        self.name = name


class Watch:
    """Notes each use of what is banned, and raises `Used`.

    Args:
        names: of functions. A name without a dot stands for all functions and methods
            of PyTorch with this name, in place or not, and for the modules that call
            them; one with dots for that function of that library; "autograd" for all
            that computes derivatives.
        check_cell: the file name of the cell whose own calls don't count; "" if every
            call counts.

    Attributes:
        used: the first that was called; "" if none was.
    """

    def __init__(self, names: Sequence[str], check_cell: str = ""):
        self.check_cell, self.used = check_cell, ""
        self.operations = {n for n in names if "." not in n} - {"autograd"}
        self.functions: dict[types.FunctionType, str] = {}
        self.objects: dict[int, tuple[Any, str]] = {}
        for name in names:
            if name == "autograd" or "." in name:
                for path in AUTOGRAD if name == "autograd" else [name]:
                    self._find(path, name)

    def _find(self, path: str, name: str) -> None:
        """Look a function up; a library that isn't there can't be used."""
        module, _, attribute = path.rpartition(".")
        try:  # an answer may import it later
            found = getattr(importlib.import_module(module), attribute)
        except (ImportError, AttributeError):
            return
        while hasattr(found, "__wrapped__"):
            found = found.__wrapped__
        if isinstance(found, types.FunctionType) and not found.__closure__:
            self.functions[found] = name
        else:  # without code that can be exchanged: only its names can be watched
            self.objects[id(found)] = (found, name)

    def operation(self, function: Any) -> str:
        """Return which banned operation a function of PyTorch is, or ""."""
        name = getattr(function, "__name__", "")
        name = name.removeprefix("special_").strip("_")
        return name if name in self.operations else ""

    def note(self, name: str) -> None:
        """Raise `Used`, unless the check itself has called `name`."""
        frame = sys._getframe(1)
        while self.check_cell and frame:
            if frame.f_globals.get("__name__") == "__main__":
                if frame.f_code.co_filename == self.check_cell:
                    return
                break
            frame = frame.f_back
        self.used = self.used or name
        raise Used(name)

    def watching(self, value: Any, name: str) -> Any:
        """Return a function that is noted when it is called, in place of `value`."""

        @functools.wraps(value, updated=())
        def watched(*arguments: Any, **named: Any) -> Any:
            self.note(name)
            return value(*arguments, **named)

        return watched

    @contextmanager
    def exchanged(self) -> Iterator[None]:
        """Give banned functions of Python code that notes each call.

        So a function is noticed under whatever name and in whatever thread, and all
        others run as fast as ever.
        """
        parts = ("__code__", "__defaults__", "__kwdefaults__")
        before = {f: [getattr(f, p) for p in parts] for f in self.functions}
        for function, name in self.functions.items():
            same = types.FunctionType(
                function.__code__, function.__globals__, function.__name__,
                function.__defaults__,
            )  # fmt: skip
            same.__kwdefaults__ = function.__kwdefaults__
            _set(function, parts, [_calling(self.watching(same, name)), None, None])
        try:
            yield
        finally:
            for function, values in before.items():
                _set(function, parts, values)

    @contextmanager
    def replaced(self, variables: dict[str, Any], called: set[str]) -> Iterator[None]:
        """Put watched functions in place of compiled ones of other libraries.

        A ready-made function or module under the name of an answer has no frame of
        the answer's to be recognized by, so it gets one.

        Args:
            variables: of the notebook.
            called: those that the check cell uses.
        """
        modules = [n.rpartition(".")[0] for _, n in self.objects.values()]
        undo: list[tuple[dict, str, Any]] = []
        for home in [variables, *(vars(sys.modules[n]) for n in modules)]:
            for key, value in list(home.items()):
                made = None
                if found := self.objects.get(id(value)):
                    made = self.watching(*found)
                elif home is variables and key in called and _ready_made(value):
                    made = _framed(value)
                if made:
                    undo.append((home, key, value))
                    home[key] = made
        try:
            yield
        finally:
            for home, key, value in undo:
                # A check may have given the name another meaning.
                if home is not variables or hasattr(home.get(key), "__wrapped__"):
                    home[key] = value


class _Mode(TorchFunctionMode):
    def __init__(self, watch: Watch):
        super().__init__()
        self.watch = watch

    def __torch_function__(
        self, func: Any, types: Any, args: Any = (), kwargs: Any = None
    ) -> Any:
        if name := self.watch.operation(func):
            self.watch.note(name)
        return func(*args, **(kwargs or {}))


def _set(function: types.FunctionType, parts: Sequence[str], values: list) -> None:
    for part, value in zip(parts, values, strict=True):
        setattr(function, part, value)


def _calling(value: Any) -> types.CodeType:
    """Return code that passes all arguments on to `value`, which is a constant of it."""

    def code(*arguments: Any, **named: Any) -> Any:
        called: Any = "value"
        return called(*arguments, **named)

    constants = code.__code__.co_consts
    return code.__code__.replace(
        co_consts=tuple(value if c == "value" else c for c in constants)
    )


FRAME = compile("lambda *a, **k: value(*a, **k)", "<answer>", "eval")


def _framed(value: Any) -> Any:
    """Return a function as an answer cell would define it, which calls `value`."""
    made = eval(FRAME, {"__name__": "__main__", "value": value})
    made.__wrapped__ = value
    return made


def _ready_made(value: Any) -> bool:
    """Whether something that can be called was not written in a cell."""
    if not callable(value) or isinstance(value, type):
        return False
    if isinstance(value, types.FunctionType):
        return value.__globals__.get("__name__") != "__main__"
    return type(value).__module__ != "__main__"


def _names(code: types.CodeType) -> set[str]:
    """The names that a cell uses, also inside functions."""
    inside = [_names(c) for c in code.co_consts if isinstance(c, types.CodeType)]
    return set(code.co_names).union(*inside)


@contextmanager
def watched(
    names: Sequence[str],
    variables: dict[str, Any],
    check: types.CodeType | None = None,
) -> Iterator[Watch]:
    """Watch for banned functions, as a `with` block; without names, do nothing.

    Args:
        names: as in `Watch`.
        variables: of the notebook, which may hold a banned function by another name.
        check: the cell whose own calls don't count; None if every call counts.
    """
    watch = Watch(names, check.co_filename if check else "")
    if not names:
        yield watch
        return
    called = _names(check) if check else set()
    with watch.exchanged(), watch.replaced(variables, called), _Mode(watch):
        yield watch

"""Cells as a notebook understands them: magics, `!` and `?`, and `await` at top level.

IPython's own transformer turns a cell into Python, in which magics are calls of
`get_ipython()`. Here those calls do no harm and little else: what a magic wraps is
executed, so that a timed definition defines; system commands are not.
"""

import ast
import asyncio
import dis
import inspect
import linecache
import types
from collections.abc import Callable, Iterator
from typing import Any

from IPython.core.inputtransformer2 import TransformerManager

from course_tools.grading.sandbox import protocol

# What they wrap is executed in a notebook, with the names it defines.
TRANSPARENT = ("time", "capture", "prun", "memit", "mprun")
GLOBAL_LOADS = ("LOAD_NAME", "LOAD_GLOBAL", "LOAD_CLASSDEREF")


class Shell:
    """What `get_ipython()` returns.

    Args:
        namespace: the variables of the notebook.
    """

    def __init__(self, namespace: dict[str, Any]):
        self.user_ns = namespace

    def run_line_magic(self, name: str, line: str, *_: Any, **__: Any) -> Any:
        """Execute what `%time` and the like wrap; return its value, if it has one."""
        if name not in TRANSPARENT or not line.strip():
            return None
        try:
            return eval(compile(line.strip(), "<magic>", "eval"), self.user_ns)
        except SyntaxError:
            execute(line, "<magic>", self.user_ns)
        return None

    def run_cell_magic(self, name: str, _: str, cell: str) -> None:
        """Execute what `%%time` and the like wrap."""
        if name in TRANSPARENT:
            title = inspect.stack()[1].filename
            execute("\n" + cell, title, self.user_ns)

    def getoutput(self, *_: Any, **__: Any) -> list[str]:
        """Return the output of a command: none, since none is started."""
        return []

    def __getattr__(self, name: str) -> Callable:
        if name.startswith("__"):
            raise AttributeError(name)
        return lambda *_, **__: None


def prepare(namespace: dict[str, Any]) -> None:
    """Give variables what every notebook has.

    Args:
        namespace: the variables.
    """
    shell = Shell(namespace)
    namespace["get_ipython"] = lambda: shell
    namespace["display"] = lambda *_, **__: None


def compiled(source: str, title: str) -> types.CodeType:
    """Return the code of a cell.

    Args:
        source: the cell.
        title: stands for its file name.

    Raises:
        SyntaxError: a notebook would not understand it either.
    """
    flags = ast.PyCF_ALLOW_TOP_LEVEL_AWAIT
    try:  # what is Python already, IPython leaves as it is
        return compile(source, title, "exec", flags)
    except SyntaxError:
        python = TransformerManager().transform_cell(source)
    return compile(python, title, "exec", flags)


def execute(source: str, title: str, namespace: dict[str, Any]) -> None:
    """Execute a cell.

    Args:
        source: the cell.
        title: stands for its file name.
        namespace: its variables.
    """
    source = protocol.without_empty_lines(source)
    lines = source.splitlines(keepends=True)
    linecache.cache[title] = (len(source), None, lines, title)
    code = compiled(source, title)
    if code.co_flags & inspect.CO_COROUTINE:
        asyncio.run(eval(code, namespace))
    else:
        exec(code, namespace)


def names_used(source: str) -> set[str]:
    """Return the variables of the notebook that a cell reads; none if it can't run.

    Args:
        source: the cell.
    """
    try:
        code = compiled(source, "<names>")
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return set()
    return set(_loaded(code))


def _loaded(code: types.CodeType) -> Iterator[str]:
    for instruction in dis.get_instructions(code):
        if instruction.opname in GLOBAL_LOADS:
            yield instruction.argval
    for constant in code.co_consts:
        if isinstance(constant, types.CodeType):
            yield from _loaded(constant)

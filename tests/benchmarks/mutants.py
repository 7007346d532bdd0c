"""How many small changes of a right answer its check notices.

    python tests/benchmarks/mutants.py [--jobs 2] [02 …]

Each answer of the keys is changed in one place at a time: another operator, axis,
constant or sign, two arguments or statements exchanged, one left out. A change that
alters what the function does has to fail its check. Those that alter nothing which the
prompt asks for are kept in `EQUIVALENT` of `tests/answers`, each with the reason.
Challenges are left out: with other numbers they are other right answers, and their marks
say how good each is.
"""

import argparse
import ast
import multiprocessing
import resource
import signal
import sys
import warnings
from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1]))

import cells
import torch
from grading import classes

SECONDS, BYTES = 20, 12 * 2**30  # for one check
CHALLENGE = 60  # seconds that checks of challenges allow, and no others
OPERATORS = {
    ast.Add: (ast.Sub,),
    ast.Sub: (ast.Add,),
    ast.Mult: (ast.Div,),
    ast.Div: (ast.Mult,),
    ast.FloorDiv: (ast.Div, ast.Mult),
    ast.Mod: (ast.FloorDiv,),
    ast.Pow: (ast.Mult,),
    ast.BitAnd: (ast.BitOr,),
    ast.BitOr: (ast.BitAnd,),
    ast.And: (ast.Or,),
    ast.Or: (ast.And,),
    ast.Lt: (ast.LtE, ast.Gt),
    ast.LtE: (ast.Lt, ast.GtE),
    ast.Gt: (ast.GtE, ast.Lt),
    ast.GtE: (ast.Gt, ast.LtE),
    ast.Eq: (ast.NotEq,),
    ast.NotEq: (ast.Eq,),
    ast.In: (ast.NotIn,),
    ast.NotIn: (ast.In,),
    ast.Is: (ast.IsNot,),
    ast.IsNot: (ast.Is,),
}
OTHERS = {
    "mean": "sum", "sum": "mean", "max": "min", "min": "max", "amax": "amin",
    "amin": "amax", "argmax": "argmin", "argmin": "argmax", "any": "all",
    "all": "any", "exp": "log", "log": "exp", "cos": "sin", "sin": "cos",
    "sqrt": "square", "square": "sqrt", "std": "var", "var": "std",
    "zeros": "ones", "ones": "zeros", "zeros_like": "ones_like",
    "ones_like": "zeros_like", "rand": "randn", "floor": "ceil", "ceil": "floor",
    "append": "extend", "stdev": "pstdev",
}  # fmt: skip


def replacements(node: ast.AST) -> Iterator[ast.AST | None]:
    """What may stand in place of a part of an expression or statement."""
    match node:
        case ast.operator() | ast.cmpop() | ast.boolop():
            yield from (other() for other in OPERATORS.get(type(node), ()))
        case ast.BinOp(left=left, right=right):
            yield from (left, right)
        case ast.UnaryOp(operand=operand):
            yield operand
        case ast.BoolOp(values=values):
            yield from values
        case ast.Constant(value=bool() as value):
            yield ast.Constant(not value)
        case ast.Constant(value=int() | float() as value):
            yield from map(ast.Constant, (value + 1, value - 1))
            if value:
                yield ast.UnaryOp(ast.USub(), ast.Constant(value))
        case ast.Call():
            yield from other_calls(node)
        case ast.Attribute(value=value, attr=name):
            if name in OTHERS:
                yield ast.Attribute(value, OTHERS[name])
            if not is_module(value):
                yield value
        case ast.Name(id=name):
            if name in OTHERS:
                yield ast.Name(OTHERS[name])
        case ast.Tuple(elts=parts, ctx=ast.Load()):
            for i in range(len(parts) - 1):
                yield ast.Tuple(exchanged(parts, i))
        case ast.Slice(lower=lower, upper=upper, step=step):
            for i, bound in enumerate((lower, upper, step)):
                if bound:
                    bounds = [lower, upper, step]
                    bounds[i] = None
                    yield ast.Slice(*bounds)
        case ast.IfExp(test=test, body=body, orelse=orelse):
            yield from (body, orelse, ast.IfExp(test, orelse, body))
        case ast.If(test=test, body=body, orelse=orelse):
            for other in (ast.UnaryOp(ast.Not(), test), *map(ast.Constant, (0, 1))):
                yield ast.If(other, body, orelse)
        case ast.AugAssign(target=target, value=value):
            yield ast.Assign([target], value, lineno=0)
        case ast.Break():
            yield ast.Continue()
        case ast.Continue():
            yield ast.Break()


def other_calls(node: ast.Call) -> Iterator[ast.AST]:
    """A call left out, or with other arguments."""
    function, arguments = node.func, node.args
    if isinstance(function, ast.Attribute) and not is_module(function.value):
        yield function.value
    elif arguments:
        yield arguments[0]
    for i in range(len(arguments) - 1):
        yield ast.Call(function, exchanged(arguments, i), node.keywords)
    for i in range(1, len(arguments)):
        yield ast.Call(function, arguments[:i] + arguments[i + 1 :], node.keywords)
    for keyword in node.keywords:
        others = [k for k in node.keywords if k is not keyword]
        yield ast.Call(function, arguments, others)


def exchanged(parts: list, i: int) -> list:
    """A list with the elements i and i + 1 exchanged."""
    return [*parts[:i], parts[i + 1], parts[i], *parts[i + 2 :]]


def is_module(node: ast.AST) -> bool:
    """Whether a name, such as `torch.linalg`, is that of a module."""
    while isinstance(node, ast.Attribute):
        node = node.value
    return isinstance(node, ast.Name) and node.id in sys.modules | {"F": 0, "np": 0}


def other_statements(block: list[ast.stmt]) -> Iterator[list[ast.stmt]]:
    """A block without one of its statements, or with two of them exchanged."""
    for i, statement in enumerate(block):
        if not is_docstring(statement):
            yield [*block[:i], *block[i + 1 :]] or [ast.Pass()]
    for i, (first, second) in enumerate(pairwise(block)):
        if not is_docstring(first) and not independent(first, second):
            yield exchanged(block, i)


def is_docstring(statement: ast.stmt) -> bool:
    """Whether a statement is a string alone."""
    return isinstance(statement, ast.Expr) and isinstance(statement.value, ast.Constant)


def independent(first: ast.stmt, second: ast.stmt) -> bool:
    """Whether the order of two statements can't matter: assignments to other names."""
    if not isinstance(first, ast.Assign) or not isinstance(second, ast.Assign):
        return isinstance(first, ast.FunctionDef) or isinstance(second, ast.FunctionDef)
    used, set_by = [], []
    for statement in (first, second):
        names = [n for n in ast.walk(statement) if isinstance(n, ast.Name)]
        used.append({n.id for n in names})
        inside = [n for t in statement.targets for n in ast.walk(t)]
        set_by.append({n.id for n in inside if isinstance(n, ast.Name)})
    return not (set_by[0] & used[1] or set_by[1] & used[0])


def mutants(source: str) -> dict[str, str]:
    """The answers that are one change away.

    Args:
        source: an answer cell.

    Returns:
        By what has changed, as "old line => new line": the whole cell.
    """
    tree, found = ast.parse(source), {}
    before = ast.unparse(tree)
    sources = {before}

    def note() -> None:
        text = ast.unparse(tree)
        if text not in sources:
            sources.add(text)
            what, number = difference(before, text), 1
            while what in found:
                number += 1
                what = f"{difference(before, text)} ({number})"
            found[what] = text

    for node in list(ast.walk(tree)):
        for field, value in list(ast.iter_fields(node)):
            if isinstance(value, ast.AST):
                if is_set_of_dimensions(node):
                    continue
                for new in replacements(value):
                    setattr(node, field, new)
                    note()
                setattr(node, field, value)
            if not isinstance(value, list):
                continue
            for i, part in enumerate(value):
                if isinstance(part, ast.AST) and not is_title(part):
                    for new in replacements(part):
                        value[i] = new
                        note()
                    value[i] = part
            if node is not tree and value and isinstance(value[0], ast.stmt):
                for block in other_statements(value):
                    setattr(node, field, block)
                    note()
                setattr(node, field, value)
    return found


def is_set_of_dimensions(node: ast.AST) -> bool:
    """Whether a node is `dim=(…)`, where the order says nothing."""
    return (
        isinstance(node, ast.keyword)
        and node.arg == "dim"
        and isinstance(node.value, ast.Tuple)
    )


def is_title(node: ast.AST) -> bool:
    """Whether a node is a docstring."""
    return isinstance(node, ast.stmt) and is_docstring(node)


def difference(before: str, after: str) -> str:
    """The lines in which two sources differ, as "old => new"."""
    old, new = before.splitlines(), after.splitlines()
    while old and new and old[0] == new[0]:
        del old[0], new[0]
    while old and new and old[-1] == new[-1]:
        del old[-1], new[-1]
    old, new = (" / ".join(map(str.strip, lines)) for lines in (old, new))
    return f"{old} => {new}".strip()


class TooLong(BaseException):
    """A check takes longer than its time. No check mistakes it for a wrong answer."""


def too_long(number: int, frame: object) -> None:
    """What happens when the time of a check is over."""
    raise TooLong


def begin() -> None:
    """Prepare a process that runs checks."""
    warnings.filterwarnings("ignore")
    torch.set_num_threads(1)
    resource.setrlimit(resource.RLIMIT_AS, (BYTES, BYTES))
    signal.signal(signal.SIGPROF, too_long)


def told(job: tuple[Path, str, str]) -> str:
    """Return what the check of an answer says; "" if it passes."""
    path, name, source = job
    signal.setitimer(signal.ITIMER_PROF, SECONDS)
    try:
        return cells.check_answer(path, name, f"# exercise: {name}\n{source}\n")
    except AssertionError as error:  # the cell itself stops
        return f"AssertionError: {error}"
    except TooLong:
        return f"takes more than {SECONDS} s"
    finally:
        signal.setitimer(signal.ITIMER_PROF, 0)


def survivors(path: Path, name: str, pool: multiprocessing.Pool) -> tuple[int, list]:
    """Return how many mutants an exercise has, and which of them pass its check."""
    source = classes.right_answers(path)[name]
    found = mutants(source)
    jobs = [(path, name, text) for text in found.values()]
    results = pool.map(told, jobs, chunksize=4)
    passing = [what for what, said in zip(found, results, strict=True) if not said]
    return len(found), passing


def main(given: list[str] | None = None) -> int:
    """Print the table, and what survives; the status is 1 below 98 %.

    Args:
        given: the arguments; those of the command by default.
    """
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--jobs", type=int, default=1)
    parser.add_argument("--only", default="", help="name of an exercise")
    parser.add_argument("sets", nargs="*", help="numbers of sets; all by default")
    arguments = parser.parse_args(given)
    warnings.filterwarnings("ignore")
    torch.set_num_threads(1)  # threads don't survive in the processes made below
    total = caught = 0
    print(f"{'exercise':32} mutants  no change  caught  survived", flush=True)
    for path in classes.KEYS:
        if arguments.sets and path.stem[:2] not in arguments.sets:
            continue
        cells.checked(path)  # once, before processes are made
        known = classes.kept(path.stem).get("EQUIVALENT", {})
        with multiprocessing.get_context("fork").Pool(arguments.jobs, begin) as pool:
            for exercise in cells.exercises(path):
                name = exercise.name
                if not exercise.autograded or exercise.seconds >= CHALLENGE:
                    continue
                if arguments.only not in ("", name):
                    continue
                count, passing = survivors(path, name, pool)
                same = set(passing) & set(known.get(name, {}))
                left = [what for what in passing if what not in same]
                changed = count - len(same)
                total, caught = total + changed, caught + changed - len(left)
                print(
                    f"{path.stem[:2]} {name:29} {count:7} {len(same):10} "
                    f"{changed - len(left):7} {len(left):9}",
                    flush=True,
                )
                for what in left:
                    print(f"    {what}", flush=True)
                for what in set(known.get(name, {})) - same:
                    print(f"    caught or gone, but kept as no change: {what}")
    share = caught / max(total, 1)
    print(f"{caught} of {total} that change something are caught: {share:.1%}")
    return int(share < 0.98)


if __name__ == "__main__":
    sys.exit(main())

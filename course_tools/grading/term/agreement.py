"""Answers that agree once formatting and names are taken away, for a person to judge.

An answer is parsed, within limits, and never run. What agrees with the key, with what
students are given, or with what many in the class wrote says nothing and is left out.
What remains is weighed by how unusual it is in this class.
"""

import ast
import math
import re
import warnings
from collections import Counter, defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations

import numpy as np

from course_tools.keys import HIDDEN, Exercise
from course_utils.progress import track

# Of what is compared at all. Answers are a hundred times shorter.
MAX_CHARACTERS = 20_000
MAX_DEPTH = 50
MAX_HEIGHT = 200
# Of a class, beyond which an answer is a usual one; at least so many students.
COMMON_SHARE, COMMON_STUDENTS = 0.05, 3
MIN_WORDS = 8
SHUFFLES = 200
OPEN, CLOSE = "([{", ")]}"
KEY_MARKS = re.compile(r"^ *### (?:BEGIN|END)[ ]SOLUTION\n?", re.M)
NAMED = (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef, ast.ExceptHandler)
Group = tuple[str, str]  # set and exercise


@dataclass(frozen=True)
class Shared:
    """An unusual answer that several students have handed in.

    Attributes:
        group: set and exercise.
        text: the answer without formatting, comments and names of the student's own.
        students: who.
        surprise: -log2 of the share of the class, in bits.
        letters: the pairs, in the order of names, who have it letter by letter.
    """

    group: Group
    text: str
    students: tuple[str, ...]
    surprise: float
    letters: frozenset[tuple[str, str]]


@dataclass(frozen=True)
class Pair:
    """Two students with unusual answers in common.

    Attributes:
        students: both.
        shared: what they have in common, the most unusual first.
        surprise: the sum over these answers, in bits.
        by_chance: how many pairs reach that sum, on average, when each exercise's
            answers are dealt out to the class at random.
    """

    students: tuple[str, str]
    shared: tuple[Shared, ...]
    surprise: float
    by_chance: float


def normalized(source: str) -> str:
    """Return an answer without comments, docstrings, annotations and own names.

    Names that the answer itself defines are numbered in the order in which a walk
    through the syntax tree meets them; those of libraries stay.

    Args:
        source: what somebody has written, Python or not.

    Returns:
        Python again; "" for what is no Python, longer than 20,000 characters, or nested
        more than 50 brackets or blocks or 200 expressions deep.
    """
    if len(source) > MAX_CHARACTERS or _depth(source) > MAX_DEPTH:
        return ""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # such as odd escapes in strings
            tree = ast.parse(source)
        if _height(tree) > MAX_HEIGHT:
            return ""
        _rename(tree)
        return ast.unparse(tree)
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return ""


def _height(tree: ast.AST) -> int:
    """Count the levels of a syntax tree, which may be too many for recursion."""
    levels, nodes = 0, [tree]
    while nodes:
        levels += 1
        nodes = [child for node in nodes for child in ast.iter_child_nodes(node)]
    return levels


def _depth(source: str) -> int:
    """The deepest nesting of brackets, as far as letters tell."""
    depth = deepest = 0
    for letter in source:
        if letter in OPEN:
            depth += 1
            deepest = max(deepest, depth)
        elif letter in CLOSE:
            depth = max(0, depth - 1)
    return deepest


def _rename(tree: ast.Module) -> None:
    """Take out of a tree what differs between copies of the same answer."""
    own: dict[str, str] = {}
    nodes = list(ast.walk(tree))
    for node in nodes:
        if isinstance(node, NAMED) and node.name:
            own.setdefault(node.name, f"v{len(own)}")
        elif isinstance(node, ast.arg):
            own.setdefault(node.arg, f"v{len(own)}")
        elif isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store):
            own.setdefault(node.id, f"v{len(own)}")
    for node in nodes:
        if isinstance(node, NAMED) and node.name:
            node.name = own[node.name]
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            node.returns = None
        elif isinstance(node, ast.arg):
            node.arg, node.annotation = own[node.arg], None
        elif isinstance(node, ast.Name):
            node.id = own.get(node.id, node.id)
        for body in ("body", "orelse", "finalbody"):
            statements = getattr(node, body, None)
            if isinstance(statements, list):
                kept = [s for s in statements if not _is_text(s)]
                setattr(node, body, kept or [ast.Pass()] * (body == "body"))


def _is_text(statement: ast.stmt) -> bool:
    """Whether a statement is a docstring, or any other text that nothing reads."""
    value = statement.value if isinstance(statement, ast.Expr) else None
    return isinstance(value, ast.Constant) and isinstance(value.value, str)


def words(text: str) -> str:
    """Return a written answer as words in small letters; "" if it has fewer than 8."""
    found = re.findall(r"\w+", text[:MAX_CHARACTERS].casefold())
    return " ".join(found) if len(found) >= MIN_WORDS else ""


def given(exercise: Exercise) -> set[str]:
    """Return, normalized, what an answer may agree with because it is no student's.

    Args:
        exercise: of the key.
    """
    answer = KEY_MARKS.sub("", exercise.answer)
    if not exercise.autograded:
        return {words(answer.partition("**Rubric**")[0])}
    cells = [answer, *exercise.setup, HIDDEN.sub("", exercise.check)]
    return {normalized(cell) for cell in cells}


def shared_answers(
    answers: Mapping[Group, Mapping[str, str]],
    excluded: Mapping[Group, Collection[str]],
    written: Collection[Group] = (),
) -> list[Shared]:
    """Return the unusual answers that more than one student has handed in.

    Args:
        answers: by set and exercise and by student, as handed in.
        excluded: by set and exercise, normalized, what does not count.
        written: sets and exercises that are answered in words. So is, in effect,
            whatever is no Python.
    """
    found = []
    for group in track(answers, "comparing answers"):
        by_student = answers[group]
        read = words if group in written else lambda a: normalized(a) or words(a)
        texts = {student: read(answer) for student, answer in by_student.items()}
        holders = defaultdict(list)
        for student, text in texts.items():
            if text and text not in excluded.get(group, ()):
                holders[text].append(student)
        usual = max(COMMON_STUDENTS, COMMON_SHARE * len(by_student))
        for text, students in holders.items():
            if 2 <= len(students) <= usual:
                students = tuple(sorted(students, key=str.casefold))
                letters = {
                    (a, b)
                    for a, b in combinations(students, 2)
                    if by_student[a].strip() == by_student[b].strip()
                }
                surprise = math.log2(len(by_student) / len(students))
                found.append(
                    Shared(group, text, students, surprise, frozenset(letters))
                )
    return found


def pairs(
    shared: Sequence[Shared], classes: Mapping[Group, Sequence[str]], seed: int = 0
) -> list[Pair]:
    """Return the pairs who have unusual answers in common, the most unusual first.

    Args:
        shared: what `shared_answers` has returned.
        classes: by set and exercise, who has answered it.
        seed: of the shuffles that tell what chance alone does.
    """
    common: dict[tuple[str, str], list[Shared]] = defaultdict(list)
    for answer in shared:
        for pair in combinations(answer.students, 2):
            common[pair].append(answer)
    sums = {pair: sum(a.surprise for a in answers) for pair, answers in common.items()}
    chance = _chance(shared, classes, seed)
    return [
        Pair(
            pair,
            tuple(sorted(common[pair], key=lambda answer: -answer.surprise)),
            total,
            sum(len(run) - np.searchsorted(run, total - 1e-9) for run in chance)
            / SHUFFLES,
        )
        for pair, total in sorted(sums.items(), key=lambda item: (-item[1], item[0]))
    ]


def _chance(
    shared: Sequence[Shared], classes: Mapping[Group, Sequence[str]], seed: int
) -> list[np.ndarray]:
    """The sorted sums of all pairs in each of many classes with answers dealt anew."""
    generator = np.random.default_rng(seed)
    by_group: dict[Group, list[Shared]] = defaultdict(list)
    for answer in shared:
        by_group[answer.group].append(answer)
    runs = []
    for _ in range(SHUFFLES):
        sums: Counter[tuple[str, str]] = Counter()
        for group, answers in by_group.items():
            dealt = iter(generator.permutation(np.array(classes[group], dtype=object)))
            for answer in answers:
                holders = sorted(next(dealt) for _ in answer.students)
                for pair in combinations(holders, 2):
                    sums[pair] += answer.surprise
        runs.append(np.sort(list(sums.values())))
    return runs

"""Tables of a term: students' totals, exercises, misconceptions, hints."""

import json
import math
import re
from collections import Counter
from collections.abc import Mapping, Sequence

import numpy as np
import pandas as pd
from scipy import stats

from course_tools.authoring.misconceptions import Catalogue
from course_tools.grading.grader import Outcome
from course_tools.grading.term.grades import Graded

# Fewer students say nothing about how an exercise sorts them.
ENOUGH = 10
# A check tells strong from weak students poorly if its correlation is surely below.
POOR = 0.2
FELL = 0.3
OTHER = "another message"
SCOREBOARD = re.compile(r"Third hints that you opened: (\d{1,4})\.")
BOARD = re.compile(r"\d of \d+ points")
HINT_CELL = re.compile(r"""checks\.hint\(\s*["']([\w-]+)["']""")


def students_table(
    sets: Sequence[Graded], weights: Mapping[str, float]
) -> pd.DataFrame:
    """Return a row for each student: the share of each set, the total, a remark.

    A set that was not handed in or could not be graded counts as 0 in the total, one
    that a student is excused from does not count; NaN if none does. The
    remark says who stopped, and whose last set is far below what they reached
    before, each compared with the class.

    Args:
        sets: in the order of the course.
        weights: by set; they sum to 1.
    """
    shares = pd.DataFrame({graded.name: graded.total for graded in sets})
    shares = shares.loc[sorted(shares.index, key=str.casefold)]
    table = shares.copy()
    counts = pd.DataFrame({g.name: ~shares.index.isin(g.excused) for g in sets})
    counts = counts.set_index(shares.index) * pd.Series(weights)
    reached = (shares.fillna(0) * counts).sum(axis=1)
    table["total"] = reached / counts.sum(axis=1).replace(0, math.nan)
    above = shares - shares.mean()
    labels = {graded.name: graded.label for graded in sets}
    table["remark"] = [
        _remark(row[[g.name for g in sets if student not in g.excused]].rename(labels))
        for student, row in above.iterrows()
    ]
    table.index.name = "student"
    return table


def _remark(above: pd.Series) -> str:
    """What is worth a talk, of one student's shares less those of the class."""
    handed = above.dropna()
    if len(handed) and above.isna().iloc[-1]:
        return f"nothing since set {handed.index[-1]}"
    if len(handed) > 1 and handed.iloc[-1] - handed.iloc[:-1].mean() < -FELL:
        return f"far below the sets before in set {handed.index[-1]}"
    return ""


def exercises_table(sets: Sequence[Graded]) -> pd.DataFrame:
    """Return a row for each exercise: how hard it was, and how it sorts students.

    `mean` is the mean share of its points, with a 95 % interval (Student's t).
    `discrimination` is the correlation of that share with the share of all other
    points of the set: the item-rest correlation, for an exercise without parts the
    point-biserial one; NaN where fewer than ten students or no differences allow none.
    Its interval is Fisher's.

    Args:
        sets: in the order of the course.
    """
    rows = []
    for graded in sets:
        points = graded.shares * pd.Series(graded.possible)
        for name, possible in graded.possible.items():
            share = graded.shares[name].dropna()
            n = len(share)
            if n == 0:
                continue
            others = points.drop(columns=name).loc[share.index]
            # Written answers that nobody has read count on neither side.
            rest = others.sum(axis=1) / (
                others.notna() * pd.Series(graded.possible).drop(name)
            ).sum(axis=1)
            r, r_low, r_high = _correlation(share.to_numpy(), rest.to_numpy())
            half = stats.t.ppf(0.975, n - 1) * share.sem() if n > 1 else math.nan
            rows.append({
                "set": graded.name, "exercise": name, "points": possible,
                "students": n, "mean": share.mean(),
                "mean_low": max(0.0, share.mean() - half),
                "mean_high": min(1.0, share.mean() + half),
                "discrimination": r, "discrimination_low": r_low,
                "discrimination_high": r_high, "remark": _quality(r_high),
            })  # fmt: skip
    return pd.DataFrame(rows)


def _correlation(share: np.ndarray, rest: np.ndarray) -> tuple[float, float, float]:
    """Pearson's correlation and its 95 % interval."""
    known = np.isfinite(rest)
    share, rest = share[known], rest[known]
    if len(share) < ENOUGH or not share.std() or not rest.std():
        return math.nan, math.nan, math.nan
    found = stats.pearsonr(share, rest)
    interval = found.confidence_interval()
    return float(found.statistic), float(interval.low), float(interval.high)


def _quality(high: float) -> str:
    if high < 0:
        return "the weaker do better: look at prompt and check"
    return "hardly tells strong from weak" if high < POOR else ""


def misconceptions_table(
    sets: Sequence[Graded], catalogue: Catalogue
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Return what students got wrong, by name, and what no name is known for.

    A message that fits several mistakes is counted once, under all their names.

    Args:
        sets: in the order of the course.
        catalogue: what `course_tools.authoring.misconceptions.catalogue` returns.

    Returns:
        Two tables with the most frequent first. A student counts once in each row.
    """
    named, other = [], []
    for graded in sets:
        entries = catalogue.get(graded.name, {})
        for name in graded.possible:
            found, unknown = _counts(graded, name, entries.get(name, []))
            answered = sum(
                name in results and results[name].outcome != "missing"
                for results in graded.results.values()
            )
            for kinds, count in found.items():
                known = [entries[name][kind] for kind in kinds]
                named.append({
                    "set": graded.name, "exercise": name,
                    "mistake": " or ".join(entry["what"] for entry in known),
                    "students": count, "answered": answered,
                    "belief": " Or: ".join(e["belief"] for e in known if e["belief"]),
                    "section": known[0]["section"],
                })  # fmt: skip
            other += [
                {"set": graded.name, "exercise": name, "message": m, "students": count}
                for m, count in unknown.items()
            ]
    columns = [
        "set",
        "exercise",
        "mistake",
        "students",
        "answered",
        "belief",
        "section",
    ]
    tables = (
        pd.DataFrame(named, columns=columns),
        pd.DataFrame(other, columns=["set", "exercise", "message", "students"]),
    )
    first, second = (
        t.sort_values("students", ascending=False, kind="stable") for t in tables
    )
    return first, second


def _counts(
    graded: Graded, name: str, entries: Sequence[dict]
) -> tuple[Counter[tuple[int, ...]], Counter[str]]:
    """How many students made which mistakes (numbers of entries), or had which message."""
    patterns = [(re.compile(e["message"]), e["hidden"]) for e in entries]
    found: Counter[tuple[int, ...]] = Counter()
    unknown: Counter[str] = Counter()
    for results in graded.results.values():
        kinds, strange = set(), set()
        for message, hidden in _messages(results.get(name)):
            fits = tuple(
                number
                for number, (pattern, of_hidden) in enumerate(patterns)
                if of_hidden == hidden and pattern.search(message)
            )
            (kinds if fits else strange).add(fits or _plain(message))
        found.update(kinds)
        unknown.update(strange)
    return found, unknown


def _messages(result: Outcome | None) -> set[tuple[str, bool]]:
    """What a check said, of each part that failed, and whether only a hidden one did."""
    if result is None or result.outcome in ("passed", "missing"):
        return set()
    parts = {(part.message, part.hidden) for part in result.parts if part.message}
    return parts or {(result.message, result.hidden)}


def _plain(message: str) -> str:
    """A message without what differs between students: their code, and numbers."""
    message = re.sub(r"`[^`]*`", "`…`", " ".join(message.split())[:300])
    return re.sub(r"-?\d[\d.,]*(e[-+]?\d+)?", "#", message) or OTHER


# --- hints ----------------------------------------------------------------------------


def hints_in(content: bytes) -> tuple[int | None, frozenset[str]]:
    """Return the third hints that a notebook shows as opened.

    Args:
        content: of an .ipynb; anything else shows none.

    Returns:
        The number that its scoreboard tells; None if it shows no scoreboard, and a
        scoreboard without a number tells 0. And the exercises whose hint a cell shows.
    """
    try:
        cells = json.loads(content)["cells"]
        outputs = [(str(c["source"]), str(c.get("outputs"))) for c in cells]
    except (ValueError, RecursionError, KeyError, TypeError, AttributeError):
        return None, frozenset()
    boards = [
        o for source, o in outputs if "checks.scoreboard()" in source and " of " in o
    ]
    told = [int(n) for board in boards for n in SCOREBOARD.findall(board)[:1]]
    shown = {
        name
        for source, output in outputs
        if "Hint 3." in output
        for name in HINT_CELL.findall(source)
    }
    return (max(told, default=0) if boards else None), frozenset(shown)


def hints_table(
    found: Mapping[str, Sequence[tuple[int | None, frozenset[str]]]],
) -> pd.DataFrame:
    """Return a row for each set: notebooks, those with a scoreboard, hints it tells.

    Args:
        found: by set, what `hints_in` has returned for each notebook.
    """
    rows = []
    for name, notebooks in found.items():
        told = [count for count, _ in notebooks if count is not None]
        shown = Counter(
            exercise for _, exercises in notebooks for exercise in exercises
        )
        rows.append({
            "set": name, "notebooks": len(notebooks), "scoreboards": len(told),
            "opened": sum(told), "students_with_hints": sum(map(bool, told)),
            "most": ", ".join(f"{n} ({count})" for n, count in shown.most_common(3)),
        })  # fmt: skip
    return pd.DataFrame(rows)

"""What the terminal shows after a run: means, what fails most and why, a histogram."""

from collections import Counter
from collections.abc import Sequence
from statistics import mean

from course_tools.grading.gradebook.rows import ANSWERED, NOT_HANDED_IN, Row, number
from course_tools.grading.grader import Outcome
from course_tools.grading.submissions.answers import Key

BARS = 10
BAR_WIDTH = 40
MAX_NAMES = 20


def summary(key: Key, rows: Sequence[Row]) -> list[str]:
    """Return lines for the terminal: means, what fails most and why, a histogram."""
    graded = [row for row in rows if not row.problem]
    absent = [row.student for row in rows if row.problem == NOT_HANDED_IN]
    lines = [
        f"not graded: {r.student}: {r.problem}"
        for r in rows
        if r.problem not in ("", NOT_HANDED_IN)
    ]
    if absent:
        more = f" and {len(absent) - MAX_NAMES} more" if len(absent) > MAX_NAMES else ""
        names = ", ".join(absent[:MAX_NAMES])
        lines.append(f"not handed in: {len(absent)} students: {names}{more}")
    if not graded:
        return lines
    possible = sum(e.points for e in key.autograded)
    width = max(len(e.name) for e in key.autograded)
    lines += [
        "",
        f"{'exercise':{width}}  mean of  passed  partly  failed  other  missing",
    ]
    for e in key.autograded:
        outcomes = Counter(row.results[e.name].outcome for row in graded)
        points = mean(row.results[e.name].points for row in graded)
        other = outcomes["crashed"] + outcomes["timed out"]
        lines.append(
            f"{e.name:{width}}  {points:4.2f} {e.points:2}  {outcomes['passed']:6}  "
            f"{outcomes['partly']:6}  {outcomes['failed']:6}  {other:5}  {outcomes['missing']:7}"
        )
    names = [e.name for e in key.autograded]
    totals = [number(row.total(names)) for row in graded]
    lines.append(
        f"{'total':{width}}  {mean(totals):4.1f} {possible:2}  "
        f"({len(graded)} students, from {min(totals):g} to {max(totals):g})"
    )
    for e in key.written:
        answered = sum(row.written.get(e.name) == ANSWERED for row in graded)
        lines.append(
            f"{e.name}: {answered} written answers to read, {e.points} points each"
        )
    lines += ["", *_most_failed(key, graded), "", *_histogram(totals, possible)]
    return lines


def _most_failed(key: Key, graded: Sequence[Row]) -> list[str]:
    failures = {
        e.name: Counter(
            _kind_of(row.results[e.name])
            for row in graded
            if row.results[e.name].outcome not in ("passed", "missing")
        )
        for e in key.autograded
    }
    worst = sorted(failures, key=lambda name: -failures[name].total())[:3]
    lines = []
    for name in worst:
        if not failures[name]:
            continue
        lines.append(f"{name}: {failures[name].total()} did not pass")
        for message, count in failures[name].most_common(3):
            short = message if len(message) <= 100 else message[:97] + "..."
            lines.append(f"  {count:3} × {short}")
    return lines or ["No check failed."]


def _kind_of(result: Outcome) -> str:
    """The message up to the numbers that differ from run to run."""
    if result.hidden and result.outcome in ("failed", "partly"):
        return "only the hidden checks failed"
    return " ".join(result.message.split())


def _histogram(totals: Sequence[float], possible: int) -> list[str]:
    # A person can enter more points than there are.
    totals = [min(max(total, 0), possible) for total in totals]
    step = max(1, -(-(possible + 1) // BARS))
    counts = [
        sum(start <= total < start + step for total in totals)
        for start in range(0, possible + 1, step)
    ]
    lines = ["points   students"]
    for index, count in enumerate(counts):
        start = index * step
        last = min(start + step - 1, possible)
        label = f"{start}" if last == start else f"{start}–{last}"
        bar = "█" * round(count * BAR_WIDTH / max(max(counts), BAR_WIDTH))
        lines.append(
            f"{label:>7}  {bar or ('▏' if count else '')} {count or ''}".rstrip()
        )
    return lines

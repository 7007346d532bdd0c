"""A page of feedback for each student, in which nothing that a student wrote can run."""

import re
from collections.abc import Mapping, Sequence
from html import escape
from types import MappingProxyType

from course_tools.grading.gradebook.rows import (
    ANSWERED,
    GRADE,
    NOT_HANDED_IN,
    TOTAL,
    Row,
    number,
)
from course_tools.grading.grader import Outcome
from course_tools.grading.submissions.answers import Key, Submission

MAX_SHOWN = 20_000
# Of 255 that file systems allow; what is being written has a longer name.
MAX_NAME_BYTES = 180
SYMBOLS = {"passed": "✓", "missing": "–"}
# From here on, a hidden check's message tells what it expects.
TELLING = re.compile(
    r"([\d,]+ of [\d,]+ values )?\b(expected|got|must|should|differ|off by|instead)\b.*",
    re.I | re.S,
)
RESERVED = re.compile(r"^(con|prn|aux|nul|com\d|lpt\d)$", re.I)
STYLE = """
body { font: 16px/1.5 system-ui, sans-serif; max-width: 46rem; margin: 2rem auto;
       padding: 0 1rem; color: #1b1f24; background: #fff; }
h2 { margin: 2rem 0 .3rem; font-size: 1.15rem; }
pre { background: #f4f5f7; padding: .8rem; overflow-x: auto; font-size: 14px; }
p.why { border-left: 4px solid #8a5a00; padding-left: .8rem; white-space: pre-wrap; }
p.passed { border-color: #1a6b3c; }
p.said { border-left: 4px solid #24569c; padding-left: .8rem; white-space: pre-wrap; }
table { border-collapse: collapse; } td, th { padding: .15rem .8rem .15rem 0;
        text-align: left; }
"""


def file_names(
    students: Sequence[str], earlier: Mapping[str, str] = MappingProxyType({})
) -> dict[str, str]:
    """Return the name of each student's page: safe everywhere, no two alike.

    Args:
        students: who.
        earlier: by student, names that are in use; they stay.
    """
    names = {s: earlier[s] for s in students if s in earlier}
    used = {name.casefold() for name in names.values()}
    for student in students:
        if student in names:
            continue
        stem = re.sub(r"[^\w .@-]", "_", student).strip(" .")
        # By bytes, of which some characters have four.
        stem = stem.encode()[:MAX_NAME_BYTES].decode(errors="ignore") or "unnamed"
        stem = f"{stem}_" if RESERVED.match(stem) else stem
        name, number = stem, 2
        while f"{name}.html".casefold() in used:
            name, number = f"{stem}-{number}", number + 1
        names[student] = f"{name}.html"
        used.add(names[student].casefold())
    return names


def page(key: Key, row: Row, submission: Submission | None) -> str:
    """Return the page of one student, as HTML."""
    possible = sum(e.points for e in key.autograded if not row.is_excused(e.name))
    parts = [
        "<!DOCTYPE html>",
        '<html lang="en"><head><meta charset="utf-8">',
        '<meta http-equiv="Content-Security-Policy" '
        "content=\"default-src 'none'; style-src 'unsafe-inline'\">",
        '<meta name="viewport" content="width=device-width">',
        f"<title>{escape(key.name)}: {escape(row.student)}</title>",
        f"<style>{STYLE}</style></head><body>",
        f"<h1>{escape(key.name)}</h1>",
        f"<p>{escape(row.student)} · {escape(row.file)}</p>",
    ]
    if row.problem:
        told = f"Your file could not be graded: {row.problem}."
        told = "You have not handed in." if row.problem == NOT_HANDED_IN else told
        parts += [f'<p class="why">{escape(told)}</p>', *_by_hand(key, row)]
        return "\n".join([*parts, "</body></html>\n"])
    by_hand = sum(e.points for e in key.written if not row.is_excused(e.name))
    more = f", and up to {by_hand} more for what a person reads" if by_hand else ""
    read = [row.points(e.name) for e in key.written if not row.is_excused(e.name)]
    if any(read) and not row.unread():
        more = (
            f", and {sum(map(number, read)):g} of {by_hand} for what a person has read"
        )
    total = row.total([e.name for e in key.autograded]) or "0"
    parts.append(f"<p><strong>{escape(total)} of {possible} points</strong>{more}.</p>")
    parts += _by_hand(key, row)
    for exercise in key.exercises:
        answer = submission.answers.get(exercise.name) if submission else None
        points = row.points(exercise.name)
        shown = f"{points} of {exercise.points}" if points else "no points yet"
        result = row.results.get(exercise.name)
        if exercise.autograded and result:
            symbol = SYMBOLS.get(result.outcome, "✗")
            title = f"{symbol} {exercise.name}: {result.outcome}, {shown}"
            passed = " passed" if result.outcome == "passed" else ""
            told = for_students(result)
            if result.outcome == "partly":
                told = "Some of it is right."
            text = f'<p class="why{passed}">{escape(told)}</p>{_parts(result)}'
            if exercise.name in row.given:
                text += "<p>A person has entered the points.</p>"
        else:
            state = row.written.get(exercise.name, "")
            limit = f"up to {exercise.points}"
            title = f"– {exercise.name}: {shown if points else limit}"
            told = "A person will read this answer." if state == ANSWERED else state
            told = "A person has read this answer." if points else told
            text = f'<p class="why">{escape(told)}</p>'
        parts += [f"<h2>{escape(title)}</h2>", text, *_said(row, exercise.name)]
        note = answer.note if answer else ""
        if exercise.autograded:
            note = result.note
        if note:
            parts.append(f"<p>Your answer was {escape(note)}.</p>")
        if answer and answer.source and not answer.problem:
            source = answer.source
            if len(source) > MAX_SHOWN:
                source = source[:MAX_SHOWN] + "\n…"
            parts.append(f"<pre>{escape(_visible_controls(source))}</pre>")
    return "\n".join([*parts, "</body></html>\n"])


def _by_hand(key: Key, row: Row) -> list[str]:
    """What a person has decided about the whole, and what being late costs."""
    parts = []
    if TOTAL in row.excused:
        parts.append("You are excused from this set.")
    if row.late_by:
        cost = f" That costs {row.deducted(key):g} points." if row.late else ""
        when = f", at {row.submitted}" if row.submitted else ""
        parts.append(f"Handed in late{when} ({row.late_by}).{cost}")
    if row.attempt:
        parts.append(f"This is attempt {row.attempt}.")
    for name, points in row.bonus.items():
        what = "Penalty" if points.startswith("-") else "Bonus"
        where = "" if name in (TOTAL, GRADE) else f" for {name}"
        parts.append(f"{what}{where}: {points} points.")
    grade = row.grade(key)
    if grade and not row.unread():
        parts.append(f"In all: {grade} of {row.possible(key)} points.")
    parts = [f"<p>{escape(part)}</p>" for part in parts]
    known = {exercise.name for exercise in key.exercises}
    others = [name for name in row.comments if name not in known or row.problem]
    return parts + [line for name in others for line in _said(row, name)]


def _said(row: Row, exercise: str) -> list[str]:
    """What a person tells a student about an exercise."""
    told = []
    if exercise in row.excused and exercise not in (TOTAL, GRADE):
        told.append("<p>This does not count for you.</p>")
    if exercise in row.comments:
        told.append(f'<p class="said">{escape(row.comments[exercise])}</p>')
    return told


def _parts(result: Outcome) -> str:
    """The properties that a check tells apart, as a table."""
    if not result.parts:
        return ""
    rows = [
        f"<tr><td>{'✗' if part.message else '✓'}</td><td>{escape(part.name)}</td>"
        f"<td>{part.reached} of {part.points}</td>"
        f"<td>{escape(_reason(part.message, part.hidden))}</td></tr>"
        for part in result.parts
    ]
    return "\n".join(
        ["<table><tr><th></th><th>what</th><th>points</th><th></th></tr>", *rows,
         "</table>"]
    )  # fmt: skip


def _reason(message: str, hidden: bool) -> str:
    if not message:
        return ""
    return for_students(Outcome("failed", message=message, hidden=hidden))


def for_students(result: Outcome) -> str:
    """Return the reason of a result as students may read it."""
    if result.outcome == "partly":
        missing = [part for part in result.parts if part.message]
        reasons = [f"{p.name}: {_reason(p.message, p.hidden)}" for p in missing]
        return "Some of it is right. " + " ".join(reasons)
    if result.outcome == "passed":
        return "All checks pass."
    if not result.hidden:
        message = result.message or result.outcome
        return message[0].upper() + message[1:]
    if result.outcome != "failed":
        return f"With other inputs than those you see: {result.message}"
    if result.message.startswith("your code raised"):
        return f"With other inputs than those you see, {result.message}"
    case = TELLING.sub("", result.message).strip(" :,;")
    if not case or case == result.message.strip():
        return "The checks that you see pass. A check with other inputs does not."
    return f"The checks that you see pass. A check with other inputs does not: {case}."


def _visible_controls(text: str) -> str:
    text = "".join(c if c.isprintable() or c in "\n\t" else "\ufffd" for c in text)
    return text.encode("utf-8", "replace").decode("utf-8")

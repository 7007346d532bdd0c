"""The two pages of the report, from its tables."""

from collections.abc import Mapping, Sequence
from pathlib import Path

import pandas as pd
from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup

from course_tools.authoring.misconceptions import with_code
from course_tools.grading.grader import Outcome
from course_tools.grading.term import agreement, analysis, figures
from course_tools.grading.term.grades import Graded

TALK, MISTAKES, LONGEST = 5, 3, 30
ENVIRONMENT = Environment(
    loader=FileSystemLoader(Path(__file__).parent),
    autoescape=True,
    undefined=StrictUndefined,
)
ENVIRONMENT.filters["with_code"] = lambda text: Markup(with_code(text))


def term_page(
    sets: Sequence[Graded],
    weights: Mapping[str, float],
    tables: Mapping[str, pd.DataFrame],
    notices: Sequence[str],
) -> str:
    """Return the page about the term, as HTML with its figures inside.

    Args:
        sets: in the order of the course.
        weights: by set.
        tables: by name, "students", "exercises", "misconceptions", "messages" and
            "hints", the last one empty if nothing is known.
        notices: what a reader should know first.
    """
    labels = {graded.name: graded.label for graded in sets}
    students, exercises = tables["students"], tables["exercises"]
    hardest = exercises.sort_values("mean", kind="stable").index[:TALK].tolist()
    shares = students[[graded.name for graded in sets]]
    drawn = {
        "totals": figures.totals(students["total"]),
        "progress": figures.progress(shares, list(labels.values())),
        "exercises": figures.exercises(exercises, hardest),
    }
    return ENVIRONMENT.get_template("term.html").render(
        sets=[
            {"label": g.label, "weight": weights[g.name], "graded": g.total.count()}
            for g in sets
        ],
        students=[
            {"student": student, "shares": list(shares.loc[student]),
             "line": Markup(figures.sparkline(list(shares.loc[student]))),
             "total": row["total"], "remark": row["remark"]}
            for student, row in students.iterrows()
        ],
        median=students["total"].median(),
        notices=notices,
        talk=[_talk(exercises.loc[row], labels, tables) for row in hardest],
        figures={name: Markup(svg) for name, svg in drawn.items()},
        exercises=_rows(exercises, labels),
        enough=analysis.ENOUGH - 1,
        misconceptions=_rows(tables["misconceptions"].head(LONGEST), labels),
        hints=_rows(tables["hints"], labels),
    )  # fmt: skip


def _rows(table: pd.DataFrame, labels: Mapping[str, str]) -> list[dict]:
    return [row | {"label": labels[row["set"]]} for row in table.to_dict("records")]


def _talk(
    row: pd.Series, labels: Mapping[str, str], tables: Mapping[str, pd.DataFrame]
) -> dict:
    """What the page says about an exercise to talk about."""
    mistakes, others = (
        table[(table["set"] == row["set"]) & (table["exercise"] == row["exercise"])]
        .head(MISTAKES)
        .to_dict("records")
        for table in (tables["misconceptions"], tables["messages"])
    )
    return {
        "exercise": row["exercise"], "label": labels[row["set"]], "mean": row["mean"],
        "low": row["mean_low"], "high": row["mean_high"], "students": row["students"],
        "section": mistakes[0]["section"] if mistakes else "",
        "mistakes": mistakes, "others": others[: MISTAKES - len(mistakes)],
    }  # fmt: skip


def agreement_page(
    pairs: Sequence[agreement.Pair],
    results: Mapping[str, Mapping[str, Mapping[str, Outcome]]],
) -> str:
    """Return the page about answers that agree, as HTML.

    Args:
        pairs: all of them; those that chance explains are only counted.
        results: by set, student and exercise.
    """
    unusual = [pair for pair in pairs if pair.by_chance < 1]
    answers = list(dict.fromkeys(a for pair in unusual for a in pair.shared))
    return ENVIRONMENT.get_template("agreement.html").render(
        pairs=unusual,
        rest=len(pairs) - len(unusual),
        answers=answers,
        number={answer: number for number, answer in enumerate(answers, 1)},
        wrong={answer: _is_wrong(answer, results) for answer in answers},
        common_percent=f"{100 * agreement.COMMON_SHARE:g}",
        common_students=agreement.COMMON_STUDENTS,
        shuffles=agreement.SHUFFLES,
    )


def _is_wrong(
    answer: agreement.Shared,
    results: Mapping[str, Mapping[str, Mapping[str, Outcome]]],
) -> bool:
    """Whether no student passed with an answer."""
    name, exercise = answer.group
    found = [results[name].get(s, {}).get(exercise) for s in answer.students]
    return all(result and result.outcome != "passed" for result in found)

"""`course report`: what it says is what the grades say; nobody is named who need not be."""

import csv
import json
import re
import shutil
from collections import Counter
from itertools import pairwise

import numpy as np
import pandas as pd
import pytest
from bs4 import BeautifulSoup
from grading import classes, term
from grading.small_class import SmallClass
from scipy import stats

from course_tools.__main__ import main
from course_tools.authoring.misconceptions import catalogue, with_code
from course_tools.grading.term import analysis, codes
from course_tools.grading.term.grades import read_weights
from course_tools.project import UserError

STUDENTS = 80


@pytest.fixture(scope="module")
def made(tmp_path_factory):
    """Grades of three sets, and the report on them."""
    top = tmp_path_factory.mktemp("term")
    grades = [term.grade(top / stem, stem, STUDENTS) for stem in term.SETS]
    words = ["report", *map(str, grades), "--out", str(top / "report")]
    assert main([*words, "--weights", "02=1", "6=1", "regularization=2"]) == 0
    return top, grades


def table(top, name, report="report"):
    return pd.read_csv(top / report / f"{name}.csv", encoding="utf-8-sig")


def stored(folder):
    return json.loads((folder / "grades.json").read_text(encoding="utf-8"))


def test_totals_are_the_weighted_shares_of_the_points_in_the_tables_of_grades(made):
    top, grades = made
    expected = {}
    for folder, weight in zip(grades, (0.25, 0.25, 0.5), strict=True):
        with open(folder / "grades.csv", encoding="utf-8-sig", newline="") as file:
            for row in csv.DictReader(file):
                cells = {c: v for c, v in row.items() if c.startswith("total (")}
                # Written answers have been read in the first set alone.
                if folder == grades[0]:
                    cells |= {c: v for c, v in row.items() if c.endswith(", by hand)")}
                possible = sum(int(re.search(r"\((\d+)", c)[1]) for c in cells)
                share = sum(float(v or 0) for v in cells.values()) / possible
                name = row["student"]
                expected[name] = expected.get(name, 0) + weight * share
    found = table(top, "students").set_index("student")["total"]
    assert found.to_dict() == pytest.approx(expected, abs=1e-4)


def test_discrimination_is_the_point_biserial_correlation_with_the_rest(made):
    top, grades = made
    results = [s["results"] for s in stored(grades[1])["students"] if s["results"]]
    names = [n for n in results[0] if not any(r[n]["parts"] for r in results)]
    assert len(names) > 1
    found = table(top, "exercises").set_index(["set", "exercise"])
    for name in names:
        right = [r[name]["outcome"] == "passed" for r in results]
        rest = [sum(v["points"] for n, v in r.items() if n != name) for r in results]
        row = found.loc[term.SETS[1], name]
        assert row["discrimination"] == pytest.approx(
            stats.pointbiserialr(right, rest).statistic, abs=1e-4
        )
        assert row["mean"] == pytest.approx(np.mean(right), abs=1e-4)
        assert row["students"] == len(results)


def test_nothing_is_said_about_exercises_that_sort_nobody():
    share = np.arange(20) / 20
    for few in (share[:9], np.ones(20)):
        assert np.isnan(analysis._correlation(few, share[: len(few)])).all()


def test_misconceptions_are_counted_by_the_words_of_checks(made):
    top, grades = made
    known = catalogue(classes.ROOT)[term.SETS[2]]["penalty"]
    counts = Counter()
    for student in stored(grades[2])["students"]:
        result = student["results"].get("penalty", {"message": "", "hidden": False})
        names = [
            entry["what"]
            for entry in known
            if result["message"]
            and result["outcome"] != "missing"
            and entry["hidden"] == result["hidden"]
            and re.search(entry["message"], result["message"])
        ]
        counts[" or ".join(names)] += 1
    del counts[""]
    found = table(top, "misconceptions")
    found = found[(found["set"] == term.SETS[2]) & (found["exercise"] == "penalty")]
    assert dict(zip(found["mistake"], found["students"], strict=True)) == counts
    assert found["belief"].notna().all() and found["section"].notna().all()


def test_the_file_of_misconceptions_holds_every_wrong_answer():
    known = catalogue(classes.ROOT)
    assert list(known) == [path.stem for path in classes.KEYS]
    for stem, exercises in known.items():
        assert {n: len(entries) for n, entries in exercises.items()} == {
            n: len(mistakes) for n, mistakes in classes.wrong_answers(stem).items()
        }
        assert all(e["section"] for entries in exercises.values() for e in entries)


def test_code_in_words_of_checks_is_set_as_code_and_nothing_else_is_html():
    text = with_code("use `a < b`, not <i>")
    assert text == "use <code>a &lt; b</code>, not &lt;i&gt;"


def test_the_page_can_be_read_without_seeing_it_and_loads_nothing(made):
    text = (made[0] / "report" / "index.html").read_text(encoding="utf-8")
    page = BeautifulSoup(text, "html.parser")
    levels = [int(tag.name[1]) for tag in page.find_all(re.compile("^h[1-6]$"))]
    assert levels[0] == 1 and levels.count(1) == 1
    assert all(after - before <= 1 for before, after in pairwise(levels))
    drawn = page.select("figure svg")
    assert len(drawn) == 3
    assert all(s["role"] == "img" and len(s["aria-label"]) > 50 for s in drawn)
    assert all(r["tabindex"] == "0" and r["aria-label"] for r in page.select(".table"))
    assert all(cell.get("scope") for cell in page.find_all("th"))
    ids = [tag["id"] for tag in page.select("[id]")]
    assert len(set(ids)) == len(ids)
    assert not page.select("script, link, img, iframe, style style")
    outside = re.findall(r'(?:src|href)="(?!#)', text.replace("xlink:", ""))
    assert not outside
    assert "Not available" in page.find("h2", string="Hints").find_next("p").text


def test_the_page_names_what_is_missing(made):
    notes = BeautifulSoup(
        (made[0] / "report" / "index.html").read_text(encoding="utf-8"), "html.parser"
    ).select(".notes li")
    said = " ".join(note.text for note in notes)
    assert "Set 2 softmax regression: 2 could not be graded" in said
    assert "written answers have no points yet" in said
    assert f"6 of {STUDENTS} students are not in every set" in said


def test_without_names_only_a_folder_of_its_own_tells_who_is_who(made, tmp_path):
    top, grades = made
    out = tmp_path / "shown"
    shutil.copytree(top / "report", out)
    (out / "agreement.html").write_text("Student 001 and Student 002")
    words = ["report", str(grades[0]), "--out", str(out), "--anonymous"]
    assert main(words) == 0
    for path in out.iterdir():
        assert "Student 0" not in path.read_text(encoding="utf-8"), path
    kept = tmp_path / "shown-names"
    assert kept.stat().st_mode & 0o077 == 0
    with open(kept / "names.csv", encoding="utf-8-sig", newline="") as file:
        names = {row["code"]: row["student"] for row in csv.DictReader(file)}
    found = table(tmp_path, "students", "shown").set_index("student")
    assert sorted(found.index) == list(found.index) and set(found.index) == set(names)
    plain = table(top, "students").set_index("student")
    for code, name in names.items():
        same = found.loc[code, term.SETS[0]], plain.loc[name, term.SETS[0]]
        assert same[0] == same[1] or np.isnan(same).all()


def test_codes_stay_and_another_key_gives_others(tmp_path):
    first = codes.codes(["Ada", "Zoë"], tmp_path / "a")
    assert codes.codes(["Zoë", "Ada", "Emmy"], tmp_path / "a").items() >= first.items()
    assert not set(codes.codes(["Ada", "Zoë"], tmp_path / "b").values()) & {
        *first.values()
    }
    (tmp_path / "a" / "secret.key").write_text("none")
    with pytest.raises(UserError, match="is no key"):
        codes.codes(["Ada"], tmp_path / "a")


def test_weights_come_from_words_or_a_file(tmp_path):
    sets = ["02_softmax_regression", "11_project"]
    file = tmp_path / "weights.csv"
    file.write_text("set,weight\n02,60\nproject,20\n")
    expected = {sets[0]: 0.75, sets[1]: 0.25}
    assert read_weights([str(file)], sets) == expected
    assert read_weights(["2=3", "11_project=1"], sets) == expected
    assert read_weights([], sets) == {sets[0]: 0.5, sets[1]: 0.5}


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["02=1"], "says nothing about 11_project"),
        (["03=1", "02=1"], "fits none of the sets"),
        (["02=-1", "11=1"], "no number from 0 up"),
        (["02=x", "11=1"], "no number from 0 up"),
        (["02=0", "11=0"], "all weights are 0"),
        (["nowhere.csv"], "can't be read"),
    ],
)
def test_weights_that_make_no_sense_are_refused(words, said):
    with pytest.raises(UserError, match=said):
        read_weights(words, ["02_softmax_regression", "11_project"])


def test_hints_are_read_from_the_outputs_of_a_notebook():
    def notebook(*cells):
        made = [{"source": s, "outputs": [{"text": o}]} for s, o in cells]
        return json.dumps({"cells": made}).encode()

    board = ("checks.scoreboard()", "3 of 14 points. To do: 2.")
    more = "3 of 14 points.\nThird hints that you opened: 2. They cost no points."
    opened = ('checks.hint("softmax")', "**Hint 3.** Subtract.")
    closed = ("checks.hint('predict')", "Hint 3 of predict opens when its check")
    assert analysis.hints_in(notebook(board)) == (0, frozenset())
    assert analysis.hints_in(notebook((board[0], more), opened, closed)) == (
        2,
        frozenset({"softmax"}),
    )
    # Not what a scoreboard can have shown.
    many = more.replace("2.", f"{'9' * 5_000}.")
    assert analysis.hints_in(notebook((board[0], many))) == (0, frozenset())
    for none in (notebook(("print(1)", more)), b"{", b"[" * 100_000, b'{"cells": 3}'):
        assert analysis.hints_in(none) == (None, frozenset())


def test_two_students_of_one_name_are_not_made_one(made, tmp_path, capsys):
    folder = shutil.copytree(made[1][0], tmp_path / "grades")
    lines = (folder / "grades.csv").read_text(encoding="utf-8-sig").splitlines()
    lines[2] = lines[2].replace("Student 002,", "Student 001,")
    (folder / "grades.csv").write_text("\n".join(lines), encoding="utf-8")
    assert main(["report", str(folder), "--out", str(tmp_path / "out")]) == 2
    assert "are called Student 001" in capsys.readouterr().err


def test_a_set_in_which_nobody_is_graded_is_refused(made, tmp_path, capsys):
    kept = stored(made[1][0])
    for student in kept["students"]:
        student |= {"results": {}, "given": {}}
    (tmp_path / "grades.json").write_text(json.dumps(kept), encoding="utf-8")
    assert main(["report", str(tmp_path), "--out", str(tmp_path / "out")]) == 2
    assert "nobody has been graded" in capsys.readouterr().err


def test_a_folder_without_grades_is_refused_with_its_name(tmp_path, capsys):
    assert main(["report", str(tmp_path), "--out", str(tmp_path / "out")]) == 2
    assert "Name a folder that `course grade` has written" in capsys.readouterr().err


def test_what_a_person_has_decided_counts_as_in_the_grades(tmp_path, monkeypatch):
    group = SmallClass(tmp_path, monkeypatch)
    people = ["ada", "ben", "cy", "dan", "eva"]
    lines = [f"{n},{name},{name}@x.org" for n, name in enumerate(people, 1)]
    roster = group.roster("\n".join(["id,name,email", *lines]))
    for name in people[:4]:
        group.hand_in(name, one=1)
    assert group.grade(*roster, "--due", "2020-01-01", "--late", "10% per week") == 0
    # Since then, with the address in place of the name.
    for name in people[:4]:
        who = {"student": f"{name}@x.org"}
        group.adjust(who | {"exercise": "why", "points": "4"})
        group.adjust(
            who | {"exercise": "late", "excused": "" if name == "ada" else "y"}
        )
    group.adjust(
        {"student": "ada@x.org", "bonus": "2.5"},
        {"student": "ben@x.org", "exercise": "one", "excused": "yes"},
        {"student": "cy@x.org", "excused": "yes"},
        {"student": "dan@x.org", "exercise": "grade", "points": "4.5"},
    )
    words = ["report", str(group.out), "--keys", str(tmp_path)]
    words += ["--submissions", str(tmp_path / "in"), "--out", str(tmp_path / "report")]
    assert main(words) == 0
    found = table(tmp_path, "students").set_index("student")
    assert group.grade() == 0
    grades = group.stored()
    assert set(found.index) == set(grades)
    for name, row in grades.items():
        share = row["grade"] / row["possible"] if row["grade"] is not None else np.nan
        assert found.loc[name, "02_topic"] == pytest.approx(
            share, abs=1e-4, nan_ok=True
        )
    # To be excused from all sets is no 0.
    assert np.isnan(found.loc["cy 3", "total"]) and found.loc["eva 5", "total"] == 0
    text = (tmp_path / "report" / "index.html").read_text("utf-8")
    assert "1 not handed in" in text and "1 excused" in text
    assert "could not be graded." not in text.partition("<h2")[0]
    assert table(tmp_path, "hints")["notebooks"].tolist() == [4]


def test_of_several_attempts_the_answers_that_were_graded_are_compared(
    tmp_path, monkeypatch
):
    group = SmallClass(tmp_path, monkeypatch)
    text = "alpha bravo charlie delta echo foxtrot golf hotel"
    for place, two, why in (
        ("ada/1", 3, text),
        ("ada/2", 1, "other"),
        ("ben", 2, text),
    ):
        path = group.hand_in(f"{place}/02_topic", two=two)
        path.write_text(path.read_text().replace("An answer.", why))
    for name in ("cy", "dan"):
        group.hand_in(f"{name}/02_topic", two=1)
    assert group.grade("--attempts", "best") == 0
    words = ["report", str(group.out), "--keys", str(tmp_path)]
    words += ["--submissions", str(tmp_path / "in"), "--out", str(tmp_path / "report")]
    assert main(words) == 0
    found = table(tmp_path, "agreement")
    assert ["ada", "ben", "why"] in found[
        ["student", "other", "exercises"]
    ].values.tolist()

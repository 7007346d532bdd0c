"""When something was handed in, what being late costs, and which attempt counts."""

import os
import zipfile
from datetime import datetime

import pytest
from grading.small_class import SmallClass
from grading.standin import StandIn

from course_tools.grading.lms.late import read_lateness, read_moment
from course_tools.project import UserError

DUE = "2026-11-30 23:59"
RULE = "10% per day, at most 50%"


@pytest.fixture
def group(tmp_path, monkeypatch):
    """A small class that has handed in nothing yet."""
    return SmallClass(tmp_path, monkeypatch)


@pytest.mark.parametrize(
    ("rule", "submitted", "share", "words"),
    [
        (RULE, "2026-11-30 23:59", 0, ""),
        (RULE, "2026-12-01 00:00", 0.1, "1 minute"),
        (RULE, "2026-12-01 23:59", 0.1, "1 day"),
        (RULE, "2026-12-02 00:00", 0.2, "1 day 1 minute"),
        (RULE, "2026-12-04 22:59", 0.4, "3 days 23 hours"),
        (RULE, "2027-01-01 00:00", 0.5, "31 days 1 minute"),
        ("2,5 % per hour", "2026-12-01 03:00", 0.1, "3 hours 1 minute"),
        ("60% a week", "2026-12-08 00:00", 1, "7 days 1 minute"),
        (None, "2026-12-01 00:00", 0, "1 minute"),
    ],
)
def test_each_unit_that_has_begun_costs_its_share(rule, submitted, share, words):
    found = read_lateness(DUE, rule).of(submitted, None)
    assert found == (pytest.approx(share), words)


def test_a_date_alone_means_its_last_minute():
    assert read_lateness("2026-11-30", None) == read_lateness(DUE, None)
    assert read_lateness(None, None).of("2030-01-01 00:00", True) == (0, "")


@pytest.mark.parametrize(
    ("due", "rule", "message"),
    [
        ("tomorrow", None, "--due 'tomorrow' is no date and time"),
        (DUE, "10 points a day", "--late '10 points a day' can't be understood"),
        (DUE, "10% per month", "can't be understood"),
        (None, RULE, "needs --due"),
    ],
)
def test_what_can_not_be_understood_is_said(due, rule, message):
    with pytest.raises(UserError, match=message):
        read_lateness(due, rule)


def test_moments_of_rosters():
    for text in (
        "Monday, 30 November 2026, 11:10 PM", "Monday, November 30, 2026, 11:10 PM",
        "2026-11-30 23:10", "2026-11-30T23:10:59",
    ):  # fmt: skip
        assert read_moment(text) == "2026-11-30 23:10"
    assert read_moment("-") == read_moment("") == ""
    for text in (
        "Montag, 30. Novembre 2026", "3/4/2026 10:00", "31. 12. 2026", "1", "23:10",
        "30 November, 11:10 PM", "November 2026",
    ):  # fmt: skip
        with pytest.raises(UserError, match="Export it with English"):
            read_moment(text)


def times(group):
    return {s: (r["submitted"], r["clock"]) for s, r in group.stored().items()}


def test_the_time_of_a_file_counts_where_no_platform_says_more(group, capsys):
    for name, day in (("Ada", 30), ("Ben", 28)):
        moment = datetime(2026, 11, day, 12, 0).timestamp()
        os.utime(group.hand_in(name), (moment, moment))
    assert group.grade("--due", "2026-11-28 13:00", "--late", RULE) == 0
    assert times(group) == {
        "Ada": ("2026-11-30 12:00", "the date of the file"),
        "Ben": ("2026-11-28 12:00", "the date of the file"),
    }
    # Two days have begun: 20 % of all 9 points.
    assert [row["grade"] for row in group.rows().values()] == ["3.2", "5"]
    assert group.rows()["Ada"]["total"] == "5"
    told = capsys.readouterr().out
    assert "due 2026-11-28 13:00: 1 late; times 2 by the date of the file" in told
    assert "Each day costs 10 % of all points, at most 50 %" in told
    assert "1 day 23 hours" in group.page("Ada")
    assert group.grade() == 0  # what was said before still holds
    assert group.rows()["Ada"]["grade"] == "3.2"
    assert group.grade("--late", "") == 0
    assert group.rows()["Ada"]["grade"] == "5"
    group.adjust({"student": "Ada", "exercise": "late", "excused": "yes"})
    assert group.grade("--late", RULE) == group.grade("--due", "") == 0
    assert group.rows()["Ada"]["grade"] == "5"


def test_a_deadline_that_moves_is_told_with_how_many_it_moves_for(group, capsys):
    """Sections may have deadlines of their own, and the last one said is kept."""
    for name in ("Ada", "Ben"):
        group.hand_in(name)
    assert group.grade("--due", "2026-11-28 13:00") == 0
    capsys.readouterr()
    assert group.grade() == 0
    assert "was due" not in capsys.readouterr().out
    assert group.grade("--due", "2026-11-29 13:00") == 0
    told = capsys.readouterr().out
    assert "due 2026-11-29 13:00" in told
    assert "for 2 students it was due 2026-11-28 13:00 before" in told


def test_being_late_never_costs_more_than_was_reached(group):
    os.utime(group.hand_in("Ada", one=1, two=0), (2e9, 2e9))
    assert group.grade("--due", DUE, "--late", RULE) == 0
    assert group.rows()["Ada"]["grade"] == "0"
    assert "2 written" not in group.rows()["Ada"]["status"]


def test_a_zip_has_times_of_its_own_but_for_those_of_platforms(group):
    source = group.hand_in("Ada").read_text()
    for name, entries in (
        ("plain.zip", ["ada.py"]),
        ("moodle.zip", ["Ada_4_assignsubmission_file_/x.py"]),
        ("canvas.zip", ["ada_LATE_4_5_x.py", "ben_5_6_x.py"]),
    ):
        with zipfile.ZipFile(group.top / name, "w") as archive:
            for entry in entries:
                info = zipfile.ZipInfo(entry, (2026, 12, 1, 9, 30, 0))
                archive.writestr(info, source)
    options = ("--due", DUE, "--late", RULE)
    for name in ("plain.zip", "moodle.zip", "canvas.zip"):
        assert group.grade(*options, source=name) == 0
    assert times(group)["ada"] == ("2026-12-01 09:30", "the date of the file")
    stored = group.stored()
    assert [stored[s]["late"] for s in ("ada", "Ada 4", "ada 4", "ben 5")] == [
        0.1, 0, 0.1, 0
    ]  # fmt: skip
    rows = group.rows()
    assert "handed in: unknown" in rows["Ada 4"]["status"]
    assert (
        "handed in: late (by Canvas); counted as 1 day late" in rows["ada 4"]["status"]
    )
    assert "handed in: in time (by Canvas)" in rows["ben 5"]["status"]


def test_the_time_in_a_roster_counts_first(group):
    group.hand_in("Ada_1_assignsubmission_file_/x")
    roster = group.roster(
        'id,name,submitted\n1,Ada,"Tuesday, 1 December 2026, 9:05 AM"\n2,Ben,-\n'
    )
    assert group.grade(*roster, "--due", DUE, "--late", RULE) == 0
    assert times(group)["Ada 1"] == ("2026-12-01 09:05", "the roster")
    assert "9 hours 6 minutes late: -0.9 points" in group.rows()["Ada 1"]["status"]


@pytest.mark.parametrize("attempts", ["latest", "best"])
def test_of_several_attempts_the_latest_or_the_best_counts(
    group, capsys, monkeypatch, attempts
):
    group.hand_in("ann_7_20_x-1", one=2, two=3)
    group.hand_in("ann_7_21_x-2", one=1, two=0)
    group.hand_in("ann_7_19_x", one=0, two=0)
    group.hand_in("bob/try 9/x", one=1, two=3)
    group.hand_in("bob/try 10/x", one=1, two=1)
    group.hand_in("cy/x")
    assert group.grade("--attempts", attempts) == 0
    rows, told = group.rows(), capsys.readouterr().out
    totals = [row["total"] for row in rows.values()]
    place = {"latest": "3 of 3, the latest", "best": "2 of 3, the best"}[attempts]
    assert totals == {"latest": ["1", "2", "5"], "best": ["5", "4", "5"]}[attempts]
    assert f"attempt {place}" in rows["ann 7"]["status"]
    assert f"This is attempt {place}." in group.page("ann 7")
    assert f"several attempts: 2 of 3 students; the {attempts} counts" in told
    monkeypatch.delattr(StandIn, "grade")  # nothing is graded again
    assert group.grade("--attempts", attempts) == 0
    assert [row["total"] for row in group.rows().values()] == totals
    assert "3 students, 3 of them as graded before" in capsys.readouterr().out


def test_the_best_attempt_is_best_after_what_being_late_costs(group):
    for name, two, day in (("ada/1/x", 2, 29), ("ada/2/x", 3, 3)):
        moment = datetime(2026, 11 if day > 9 else 12, day, 12, 0).timestamp()
        os.utime(group.hand_in(name, two=two), (moment, moment))
    assert group.grade("--attempts", "best", "--due", DUE, "--late", RULE) == 0
    assert group.rows()["ada"]["file"] == "ada/1/x.py"


def test_without_being_asked_only_numbered_attempts_are_taken_for_some(group):
    group.hand_in("ann_7_20_x-1")
    group.hand_in("ann_7_21_x-2", one=1)
    group.hand_in("bob/try 1/x")
    group.hand_in("bob/try 2/x", one=1)
    assert group.grade() == 0
    rows = group.rows()
    assert rows["ann 7"]["total"] == "4"
    assert rows["bob"]["status"].endswith("keep one, or say --attempts latest or best")


def test_times_that_nobody_asked_for_are_not_read(group, capsys):
    group.hand_in("Ada")
    words = group.roster("id,name,submitted\n1,Ada,3/4/2026 10:00\n")
    assert group.grade(*words) == 0
    assert group.grade("--due", DUE) == 2
    assert "Export it with English" in capsys.readouterr().err

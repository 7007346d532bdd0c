"""adjustments.csv: the instructor's file, which the program only adds rows to."""

from urllib.parse import parse_qsl, urlencode

import pytest
from grading.small_class import SmallClass
from grading.standin import StandIn


@pytest.fixture
def group(tmp_path, monkeypatch):
    """A small class that has been graded once."""
    made = SmallClass(tmp_path, monkeypatch)
    made.hand_in("Ada")
    made.hand_in("Ben", one=0)
    assert made.grade() == 0
    return made


def file_of(group):
    return group.out / "adjustments.csv"


def test_it_asks_once_for_each_answer_that_is_to_be_read(group):
    asked = [(r["student"], r["exercise"]) for r in group.table("adjustments.csv")]
    assert asked == [("Ada", "why"), ("Ben", "why")]
    before = file_of(group).read_bytes()
    assert group.grade() == 0
    assert file_of(group).read_bytes() == before


@pytest.mark.parametrize("delimiter", [",", ";", "\t"])
@pytest.mark.parametrize("newline", ["\n", "\r\n"])
def test_rows_are_added_at_the_end_and_nothing_else_changes(group, delimiter, newline):
    lines = [
        "exercise,own notes,student,points", 'why,"a; b",Ben,"2,5"', ",,,", "one,,Ada,1"
    ]  # fmt: skip
    lines = [line.replace(",", delimiter) for line in lines]
    lines[1] = lines[1].replace(f'2{delimiter}5"', '2,5"')
    before = newline.join(lines).encode()
    file_of(group).write_bytes(before)
    group.hand_in("Cy")
    assert group.grade() == group.grade() == 0
    after = file_of(group).read_bytes()
    added = [f"why{delimiter}{delimiter}{s}{delimiter}{newline}" for s in ("Ada", "Cy")]
    assert after == before + newline.encode() + "".join(added).encode()
    rows = group.rows()
    assert (rows["Ben"]["why"], rows["Ada"]["one"]) == ("2,5", "1")


def test_points_bonus_comment_and_excuse_count_everywhere(group):
    group.adjust(
        {
            "student": "Ada",
            "exercise": "why",
            "points": "3",
            "comment": "1 < 2: see <b>",
        },
        {"student": "Ada", "exercise": "two", "points": "1"},
        {"student": "Ada", "exercise": "", "bonus": "-1.5", "comment": "Too long."},
        {"student": "Ben", "exercise": "one", "excused": "yes"},
        {"student": "Ben", "exercise": "why", "points": "4", "bonus": "0.5"},
    )
    assert group.grade() == 0
    rows, stored = group.rows(), group.stored()
    # Ada: 2 + 1 of the checks, 3 for the answer, and 1.5 less.
    assert [rows["Ada"][n] for n in ("two", "total", "why", "grade")] == [
        "1", "3", "3", "4.5"
    ]  # fmt: skip
    assert (stored["Ada"]["grade"], stored["Ada"]["possible"]) == (4.5, 9)
    # Ben: 3, 4 and 0.5, and what he is excused from is neither reached nor possible.
    assert [rows["Ben"][n] for n in ("total", "grade")] == ["3", "7.5"]
    assert (stored["Ben"]["grade"], stored["Ben"]["possible"]) == (7.5, 7)
    page = group.page("Ada")
    assert "1 &lt; 2: see &lt;b&gt;" in page
    assert "Too long." in page
    assert "Penalty: -1.5 points." in page
    assert "In all: 4.5 of 9 points." in page
    assert "3 of 5 points</strong>, and 3 of 4 for what a person has read." in page
    assert "This does not count for you." in group.page("Ben")
    assert "In all: 7.5 of 7 points." in group.page("Ben")


def test_the_last_cell_of_an_exercise_that_is_not_empty_counts(group):
    for points, comment in (("1", "first"), ("", "second"), ("3", ""), ("", "")):
        group.adjust(
            {"student": "Ada", "exercise": "why", "points": points, "comment": comment}
        )
    assert group.grade() == 0
    assert group.rows()["Ada"]["why"] == "3"
    assert "second" in group.page("Ada")
    group.adjust({"student": "Ada", "exercise": "why", "points": "as checked"})
    assert group.grade() == 0
    assert group.rows()["Ada"]["why"] == ""


def test_what_is_entered_in_grades_goes_on_to_it_and_can_be_taken_back(group, capsys):
    group.enter("Ada", one="1", why="see me")
    assert group.grade() == 0
    assert "entered in grades.csv: 2 points" in capsys.readouterr().out
    added = [(r["exercise"], r["points"]) for r in group.table("adjustments.csv")[2:]]
    assert added == [("one", "1"), ("why", "see me")]
    group.enter("Ada", one="", why="4")
    assert group.grade() == 0
    assert [group.rows()["Ada"][n] for n in ("one", "why")] == ["2", "4"]
    # What stands in grades.csv since the last run is no new entry.
    text = file_of(group).read_text("utf-8")
    file_of(group).write_text(text.replace("Ada,why,4", "Ada,why,3"), "utf-8")
    assert group.grade() == 0
    assert group.rows()["Ada"]["why"] == "3"


def test_points_of_a_table_of_before_are_carried_over(group):
    """As the course wrote it when grades.csv was the only file for entries."""
    group.enter("Ada", one="1", total="4.5", comment="private", student="Ada L.")
    group.enter("Ben", why=" 2,5")
    rows = group.table("grades.csv")
    for row in rows:
        record = dict(parse_qsl(row["record"], keep_blank_values=True))
        del record["grade"], row["grade (9)"]
        row["record"] = urlencode(record)
        row["mine"] = "=B2"
    group.write(rows)
    file_of(group).unlink()
    for _ in range(2):
        assert group.grade() == 0
        carried = {
            (r["student"], r["exercise"]): r["points"]
            for r in group.table("adjustments.csv")
            if r["points"]
        }
        assert carried == {
            ("Ada", "one"): "1", ("Ada", "total"): "4.5", ("Ben", "why"): "2,5"
        }  # fmt: skip
        ada = group.rows()["Ada L."]
        assert (ada["comment"], ada["mine"]) == ("private", "=B2")
        assert "private" not in group.page("Ada")
        assert ada["total"] == "4.5"


def test_a_file_that_is_gone_comes_back(group, capsys):
    group.adjust(
        {"student": "Ada", "exercise": "why", "points": "3", "bonus": "1"},
        {"student": "Ada", "comment": "Well done."},
        {"student": "Ben", "exercise": "late", "excused": "yes"},
    )
    assert group.grade() == 0
    for also in ("", "grades.csv"):
        file_of(group).unlink()
        (group.out / also).unlink() if also else None
        assert group.grade() == 0
        assert group.rows()["Ada"]["grade"] == "9"
        assert "Well done." in group.page("Ada")
        assert group.stored()["Ben"]["excused"] == ["late"]


def test_a_row_that_a_person_deletes_counts_no_more_and_is_kept_aside(group, capsys):
    before = file_of(group).read_bytes()
    group.adjust({"student": "Ada", "exercise": "one", "points": "0"})
    with_row = file_of(group).read_bytes()
    assert group.grade() == group.grade() == 0
    assert group.rows()["Ada"]["one"] == "0"
    file_of(group).write_bytes(before)
    assert group.grade() == 0
    assert "no longer in adjustments.csv: Ada one 0." in capsys.readouterr().out
    assert group.rows()["Ada"]["one"] == "2"
    kept = [p.read_bytes() for p in (group.out / "backups").glob("adjustments-*.csv")]
    assert with_row in kept


def test_a_number_that_a_spreadsheet_has_changed_is_known_by_its_page(group, capsys):
    group.hand_in("0012345")
    group.hand_in("12345")
    assert group.grade() == 0
    text = file_of(group).read_text("utf-8").replace("0012345,why,", "12345,why,1")
    file_of(group).write_text(text, "utf-8")
    assert group.grade() == 0
    assert [group.rows()[n]["why"] for n in ("0012345", "12345")] == ["1", ""]
    group.adjust({"student": "12345", "exercise": "one", "points": "1"})
    assert group.grade() == 2
    assert "may be that of 0012345 or 12345. Enter the page" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("row", "message"),
    [
        ({"student": "Ada", "bonus": "two"}, "has the bonus 'two'. Enter a number"),
        (
            {"student": "Ada", "excused": "perhaps"},
            "excused 'perhaps'. Enter yes or no",
        ),
        ({"exercise": "one", "points": "1"}, "row 4 of"),
    ],
)
def test_a_row_that_is_not_clear_stops_the_run_before_anything_changes(
    group, capsys, row, message
):
    group.adjust(row)
    before = {p: p.read_bytes() for p in group.out.rglob("*") if p.is_file()}
    assert group.grade() == 2
    assert message in capsys.readouterr().err
    assert before == {p: p.read_bytes() for p in group.out.rglob("*") if p.is_file()}


def test_what_a_person_changes_during_a_run_stays(group, monkeypatch):
    grade = StandIn.grade

    def grade_and_adjust(self, submission):
        group.adjust({"student": "Ada", "exercise": "why", "points": "2"})
        return grade(self, submission)

    monkeypatch.setattr(StandIn, "grade", grade_and_adjust)
    group.hand_in("Cy")
    assert group.grade() == 0
    assert group.rows()["Ada"]["why"] == "2"
    added = [(r["student"], r["points"]) for r in group.table("adjustments.csv")[2:]]
    assert added == [("Ada", "2"), ("Cy", "")]


def test_points_below_0_are_not_given_back_for_being_in_time(group):
    group.adjust(
        {"student": "Ada", "exercise": "total", "points": "-5", "bonus": "7"},
        {"student": "Ada", "exercise": "why", "points": "0"},
    )
    assert group.grade() == 0
    assert group.rows()["Ada"]["grade"] == "2"


def test_who_is_excused_from_the_grade_is_excused_from_all(group):
    group.adjust({"student": "Ada", "exercise": "grade", "excused": "yes"})
    assert group.grade() == 0
    assert group.stored()["Ada"]["grade"] is None
    assert "You are excused from this set." in group.page("Ada")


def test_an_excuse_from_what_the_key_does_not_have_is_told(group, capsys):
    group.adjust({"student": "Ada", "exercise": "tow", "excused": "yes"})
    assert group.grade() == 0
    assert "the key has no exercise tow" in capsys.readouterr().out


def test_a_quote_that_is_not_closed_hides_no_rows(group, capsys):
    before = file_of(group).read_bytes()
    open_ = b'Ada,why,4,,,"well done,,\r\nBen,why,3,,,,,\r\n'
    file_of(group).write_bytes(before + open_)
    assert group.grade() == 2
    assert "adjustments.csv is no CSV" in capsys.readouterr().err
    assert file_of(group).read_bytes() == before + open_

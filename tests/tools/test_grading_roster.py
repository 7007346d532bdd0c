"""Who is in the class, and what goes back to Canvas and Moodle.

Canvas and Moodle are stood in for by what their documentation and their importers say
that they need: `Canvas` and `Moodle` below know nothing of the course.
"""

import csv
import io
import re
import zipfile

import nbformat
import pytest
from grading import classes
from grading.small_class import SmallClass
from grading.standin import WRITTEN

from course_tools.grading import command
from course_tools.grading.lms.roster import Roster
from course_tools.project import UserError

CANVAS = """\
Student,ID,SIS User ID,SIS Login ID,Section,Set 1 (70),Set 2 (71),Set 12 (72),Final Score
,,,,,Manual Posting,,,
    Points Possible,,,,,5,18.0,5,(read only)
"Doe, Jane",101,0012345,jane@x.org,A,4,,,50
"Öz, Zoë",102,0012346,zoe@x.org,A and B,4,7,,50
"Lee, Ann Mary",103,0012347,lee@x.org,A,4,,,50
"Doe, John",104,,john@x.org,B,,,,0
"Student, Test",105,,f1a2,A,,,,
"""
MOODLE = """\
Identifier,Full name,ID number,Email address,Status,Grade,Maximum Grade,\
Grade can be changed,Last modified (submission),Last modified (grade),Feedback comments
Participant 4711,Jane Doe,0012345,jane@x.org,Submitted for grading,,100.00,Yes,\
"Monday, 30 November 2026, 11:10 PM",-,
Participant 4712,Zoë Öz,0012346,zoe@x.org,Submitted for grading,55.00,100.00,Yes,\
"Tuesday, 1 December 2026, 9:05 AM","Monday, 30 November 2026, 1:00 PM",<p>Old</p>
Participant 4713,Ann Lee,,lee@x.org,No submission,,100.00,Yes,-,-,
"""
PARTICIPANTS = """\
First name,Last name,ID number,Email address,Groups
Jane,Doe,0012345,jane@x.org,A
Zoë,Öz,0012346,zoe@x.org,B
"""
PLAIN = "email;name;id\njane@x.org;Jane Doe;0012345\nzoe@x.org;Zoë Öz;0012346\n"


@pytest.fixture
def group(tmp_path, monkeypatch):
    """A small class that has handed in nothing yet."""
    return SmallClass(tmp_path, monkeypatch)


# --- the platforms --------------------------------------------------------------------


class Canvas:
    """Imports a gradebook, and a zip of feedback, as Canvas does.

    Args:
        text: its own export.
    """

    def __init__(self, text):
        self.header, *self.rows = csv.reader(io.StringIO(text))

    def import_grades(self, path):
        """By the number of a student, the grade of the one assignment; and its points."""
        header, points, *rows = csv.reader(io.StringIO(path.read_text("utf-8")))
        last = header.index("Section")
        assert header[: last + 1] == self.header[: last + 1]
        (assignment,) = header[last + 1 :]
        assert "Points Possible" in points[0]
        known = {row[1] for row in self.rows if row[1]}
        assert {row[1] for row in rows} <= known
        return assignment, float(points[-1]), {row[1]: row[-1] for row in rows}

    @staticmethod
    def import_feedback(path):
        """By the numbers of student and file, the content."""
        pages = {}
        with zipfile.ZipFile(path) as archive:
            for name in archive.namelist():
                parts = [part for part in name.split("_") if part != "LATE"]
                numbers = [part for part in parts if re.fullmatch(r"\d+", part)]
                pages[tuple(numbers[:2])] = archive.read(name).decode()
        return pages


class Moodle:
    """Imports a grading worksheet, and a zip of feedback, as Moodle does."""

    @staticmethod
    def import_grades(path, header):
        """By the number of a participant, the new grade and comment."""
        names, *rows = csv.reader(io.StringIO(path.read_text("utf-8")))
        assert names == header
        imported = {}
        for row in (dict(zip(names, row, strict=True)) for row in rows):
            number = row["Identifier"].removeprefix("Participant ")
            grade = row["Grade"]
            if grade:
                assert 0 <= float(grade) <= float(row["Maximum Grade"])
            imported[number] = (grade, row["Feedback comments"])
        return imported

    @staticmethod
    def import_feedback(path):
        """By the number of a participant, the name and content of the file."""
        pages = {}
        with zipfile.ZipFile(path) as archive:
            for entry in archive.namelist():
                first, *rest = entry.split("/")
                _, number, kind, plugin, *inside = first.split("_", 4)
                assert (kind, plugin) == ("assignsubmission", "file")
                name = "/".join([*inside, *rest]).strip("/")
                pages[number] = (name, archive.read(entry).decode())
        return pages


# --- whose it is ----------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "key", "names"),
    [
        (CANVAS, "Jane Doe 101", ("doejane 101", "0012345", "12345", "jane@x.org",
         "jane", "JANE", "Jane Doe", "doe, jane", "Doe Jane", "jane_doe", "janedoe")),
        (CANVAS, "Zoë Öz 102", ("özzoë 102", "Zoe Oz", "zoe.oz", "öz, zoë", "102")),
        (CANVAS, "Ann Mary Lee 103", ("leeannmary 103", "Ann Mary Lee", "lee")),
        (MOODLE, "Jane Doe 0012345", ("Jane Doe 4711", "Participant 4711", "12345")),
        (MOODLE, "Ann Lee", ("lee@x.org", "Lee, Ann", "Ann Lee 4713")),
        (PARTICIPANTS, "Zoë Öz 0012346", ("Zoë Öz 4712", "zoe@x.org", "12346")),
        (PLAIN, "Jane Doe 0012345", ("doejane 101", "Jane Doe 0012345", "12345")),
    ],
)  # fmt: skip
def test_a_student_is_known_by_id_address_or_name(group, text, key, names):
    roster = Roster(group.roster(text)[1])
    assert {name: roster.called(name) for name in (*names, key)} == dict.fromkeys(
        (*names, key), key
    )


def test_moodle_numbers_hand_ins_and_students_keep_their_names(group):
    """Its identifier of a student is another for each assignment."""
    before = MOODLE + "".join(
        f"Participant {n},Al Bo,,{n}@x.org,,,9,Yes,-,-,\n" for n in (1, 2)
    )
    later = re.sub(r"(?<=pant )\d+", lambda found: str(int(found[0]) + 1), before)
    first, second = (Roster(group.roster(text)[1]) for text in (before, later))
    assert list(first.people) == list(second.people)
    assert list(second.people)[-2:] == ["Al Bo 1@x.org", "Al Bo 2@x.org"]
    assert first.called("Al Bo 2") == "Al Bo 2@x.org"
    assert second.called("Al Bo 2") == "Al Bo 1@x.org"
    assert second.called("Al Bo") == "Al Bo"


def test_a_group_with_the_number_of_a_student_is_not_that_student(group):
    roster = Roster(group.roster(MOODLE)[1])
    assert roster.called("Group A 4711") == "Group A 4711"


def test_a_number_of_canvas_that_is_not_in_the_roster_is_nobody_of_it(group):
    roster = Roster(group.roster(CANVAS)[1])
    # Another Jane Doe; somebody whose number is that of Jane Doe in another system.
    for name in ("doejane 999", "roeeve 12345"):
        assert roster.called(name) == name
    assert roster.called("Jane Doe 12345") == "Jane Doe 101"


def test_who_may_be_several_or_nobody_stays_as_called(group):
    twins = "id,name,email\n1,Al Bo,a@x.org\n2,Al Bo,b@x.org\n3,Cy,cy@x.org\n"
    roster = Roster(group.roster(twins)[1])
    assert list(roster.people) == ["Al Bo 1", "Al Bo 2", "Cy 3"]
    for name in ("Al Bo", "Bo, Al", "albo 77", "Eve", "team 1", "", "4"):
        assert roster.called(name) == name
    assert roster.called("a@x.org") == "Al Bo 1"


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("who,mark\nAda,1\n", "names nobody: its columns are who, mark. Export it"),
        ("id,name\n1,Ada\n1,Ada\n", "has Ada 1 in rows 2 and 3. Delete one"),
        ("name,email\nAda,a@x.org,more\n", "more cells than there are columns"),
    ],
)
def test_a_roster_that_is_not_clear_is_refused(group, text, message):
    with pytest.raises(UserError, match=re.escape(message)):
        Roster(group.roster(text)[1])
    with pytest.raises(UserError, match="can't be read: No such"):
        Roster(group.top / "none.csv")


# --- Canvas ---------------------------------------------------------------------------


def test_grades_and_feedback_for_canvas(group, capsys):
    group.hand_in("doejane_101_9001_02_topic", one=2, two=3)
    group.hand_in("özzoë_LATE_102_9002_02_topic", one=1, two=0)
    group.hand_in("spamegg_999_9003_02_topic")
    roster = group.roster(CANVAS)
    assert group.grade(*roster) == 0
    told = capsys.readouterr().out
    assert "not handed in: 2 students: Ann Mary Lee 103, John Doe 104" in told
    assert re.search(r"not in .*class.csv.*\n +spamegg 999: spamegg_999_9003_", told)
    assert (
        "for whom Canvas keeps what it has: 2 × answers to read, 2 × not handed in"
        in told
    )
    rows = group.rows()
    assert set(rows) == {
        "Jane Doe 101", "Zoë Öz 102", "Ann Mary Lee 103", "John Doe 104", "spamegg 999"
    }  # fmt: skip
    assert rows["John Doe 104"]["status"] == "not handed in"
    assert "You have not handed in." in group.page("John Doe 104")
    canvas, file = Canvas(CANVAS), group.out / "grades-canvas.csv"
    assert canvas.import_grades(file) == (
        "Set 2 (71)", 18, {}
    )  # fmt: skip
    group.adjust(
        {"student": "Jane Doe 101", "exercise": "why", "points": "2.5"},
        {"student": "zoe@x.org", "exercise": "why", "excused": "yes"},
        {"student": "Ann Mary Lee 103", "exercise": "grade", "points": "9"},
        {"student": "John Doe 104", "excused": "yes"},
    )
    assert group.grade() == 0  # the roster of before
    assert "9 points as 18" in capsys.readouterr().out
    # 7.5 of 9, 1 of the 5 that are left, 9 of 9.
    assert canvas.import_grades(file)[2] == {
        "101": "15", "102": "3.6", "103": "18", "104": "EX"
    }  # fmt: skip
    pages = canvas.import_feedback(group.out / "feedback-canvas.zip")
    assert set(pages) == {("101", "9001"), ("102", "9002"), ("999", "9003")}
    assert "In all: 1 of 5 points." in pages["102", "9002"]


def test_feedback_on_a_notebook_is_a_notebook(group, tmp_path):
    made = classes.notebook()
    for cell in made["cells"]:
        cell["source"] = WRITTEN.partition("\n")[2] + "\n\n</pre><script>x</script>"
        cell["metadata"] = {"nbgrader": {"grade_id": "why", "solution": True}}
    made["cells"] = made["cells"][:1]
    made["cells"][0]["cell_type"] = "markdown"
    classes.write(group.top / "in" / "doejane_101_9001_02_topic.ipynb", made)
    assert group.grade() == 0
    (text,) = Canvas.import_feedback(group.out / "feedback-canvas.zip").values()
    notebook = nbformat.reads(text, as_version=4)
    nbformat.validate(notebook)
    (cell,) = notebook.cells
    assert "<script" not in cell.source
    assert "\n\n" not in cell.source


@pytest.mark.parametrize(
    ("columns", "options", "meant"),
    [
        ("Quiz 2 (7),Topic (8)", (), "Topic (8)"),
        ("Set 02 (7),Set 12 (8)", (), "Set 02 (7)"),
        ("Homework (7)", (), "Homework (7)"),
        ("Homework (7),Essay (8)", (), "02_topic"),
        ("Set 2 (7),Quiz 2 (8)", ("--assignment", "quiz 2"), "Quiz 2 (8)"),
        ("Set 2 (7),Quiz 2 (8)", ("--assignment", "7"), "Set 2 (7)"),
    ],
)
def test_the_column_of_canvas_that_is_meant(group, columns, options, meant):
    text = f"Student,ID,SIS Login ID,Section,{columns}\nAda,1,ada,A,,\n"
    text = text if "," in columns else text.replace("A,,", "A,")
    group.hand_in("ada_1_2_02_topic")
    assert group.grade(*group.roster(text), *options) == 0
    assert Canvas(text).import_grades(group.out / "grades-canvas.csv")[0] == meant


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ((), "has 2 columns for 02_topic. Give --assignment one of: Set 2 (7), Quiz 2"),
        (("--assignment", "Set 3"), "has no columns for Set 3"),
    ],
)
def test_a_column_that_is_not_clear_is_asked_for_first(group, capsys, options, message):
    text = "Student,ID,SIS Login ID,Section,Set 2 (7),Quiz 2 (8)\nAda,1,ada,A,,\n"
    group.hand_in("ada_1_2_02_topic")
    assert group.grade(*group.roster(text), *options) == 2
    assert message in capsys.readouterr().err
    assert not group.out.exists()


# --- Moodle ---------------------------------------------------------------------------


def test_grades_and_feedback_for_moodle(group, capsys):
    for name in (
        "Jane Doe_4711_assignsubmission_file_",
        "Zoë Öz_4712_assignsubmission_file",
    ):
        group.hand_in(f"{name}/my answers")
    assert group.grade(*group.roster(MOODLE)) == 0
    group.adjust(
        {"student": "Jane Doe 4711", "exercise": "why", "points": "4", "bonus": "2",
         "comment": "a < b\nindeed"},
    )  # fmt: skip
    assert group.grade() == 0
    assert "9 points as 100" in capsys.readouterr().out
    (header, *before) = csv.reader(io.StringIO(MOODLE))
    # Of the others, one has an answer to be read, and one has not handed in.
    imported = Moodle.import_grades(group.out / "grades-moodle.csv", header)
    assert imported == {
        "4711": ("100", "<p>why: a &lt; b<br>indeed</p>"),  # 11 of 9 is no grade there
    }
    # By these, Moodle sees whether somebody has graded in the meantime.
    (after,) = group.table("grades-moodle.csv")
    times = header.index("Last modified (grade)")
    assert after["Last modified (grade)"] == before[0][times] == "-"
    pages = Moodle.import_feedback(group.out / "feedback-moodle.zip")
    assert {number: name for number, (name, _) in pages.items()} == {
        "4711": "feedback.html", "4712": "feedback.html"
    }  # fmt: skip
    assert "Jane Doe 0012345" in pages["4711"][1]


def test_a_list_of_participants_gets_grades_to_be_imported_by_address(group):
    group.hand_in("jane")
    assert group.grade(*group.roster(PARTICIPANTS)) == 0
    group.adjust({"student": "jane", "exercise": "why", "points": "1"})
    assert group.grade() == 0
    (row,) = group.table("grades-moodle.csv")
    assert (row["Email address"], row["02_topic"]) == ("jane@x.org", "6")


# --- one run after another ------------------------------------------------------------


def test_rows_of_before_get_the_names_of_the_roster(group):
    group.hand_in("jane")
    group.hand_in("0012346")
    assert group.grade() == 0
    group.enter("jane", why="3", comment="kept")
    group.adjust({"student": "0012346", "exercise": "why", "points": "1"})
    assert group.grade(*group.roster(PLAIN)) == group.grade() == 0
    rows = group.rows()
    assert set(rows) == {"Jane Doe 0012345", "Zoë Öz 0012346"}
    jane, zoe = rows.values()
    assert (jane["why"], jane["comment"], zoe["why"]) == ("3", "kept", "1")


def test_who_hands_in_later_has_one_row(group, capsys):
    group.hand_in("zoe")
    assert group.grade(*group.roster(PLAIN)) == 0
    assert group.rows()["Jane Doe 0012345"]["status"] == "not handed in"
    group.hand_in("jane")
    assert group.grade() == 0
    assert group.rows()["Jane Doe 0012345"]["total"] == "5"
    assert len(group.rows()) == 2
    assert "not handed in" not in capsys.readouterr().out.split("Marks:")[-2]


def test_an_empty_text_takes_the_roster_back(group, capsys):
    group.hand_in("zoe")
    assert group.grade(*group.roster(PLAIN)) == 0
    assert (group.out / "roster.csv").exists()
    assert group.grade("--roster", "") == 0
    assert not (group.out / "roster.csv").exists()
    group.hand_in("stranger")
    capsys.readouterr()
    assert group.grade() == 0
    assert "roster.csv" not in capsys.readouterr().out


def test_a_roster_is_kept_by_a_run_that_is_interrupted(group, monkeypatch):
    group.hand_in("zoe")
    with monkeypatch.context() as stopping:
        stopping.setattr(command, "as_completed", interrupted)
        assert group.grade(*group.roster(PLAIN)) == 130
    assert group.grade() == 0
    assert set(group.rows()) == {"Zoë Öz 0012346", "Jane Doe 0012345"}


def interrupted(waiting):
    raise KeyboardInterrupt


def test_files_that_belong_to_one_student_are_taken_together(group):
    group.hand_in("jane")
    group.hand_in("0012345", one=1)
    assert group.grade(*group.roster(PLAIN)) == 0
    status = group.rows()["Jane Doe 0012345"]["status"]
    assert "there are 2 notebooks (0012345.py, jane.py); keep one" in status


def test_what_is_not_settled_takes_no_grade_away_from_a_platform(group, capsys):
    for name in ("doejane_101_7_x", "ozzoe_102_8_x", "leeannmary_103_9_x"):
        group.hand_in(name)
    assert group.grade(*group.roster(CANVAS)) == 0
    group.hand_in("doejane_101_7_x").write_text("nothing", "utf-8")
    group.hand_in("ozzoe_102_8_x").write_bytes(b"\xff")
    group.adjust(
        {"student": "Jane Doe 101", "exercise": "why", "points": "three"},
        {"student": "Zoë Öz 102", "exercise": "why", "points": "3"},
        {"student": "Ann Mary Lee 103", "exercise": "why", "points": "3"},
    )
    assert group.grade() == 0
    canvas = Canvas(CANVAS)
    assert canvas.import_grades(group.out / "grades-canvas.csv")[2] == {"103": "16"}
    told = capsys.readouterr().out
    assert "1 × points that are no number" in told
    assert "1 × not graded" in told
    # A person may decide about all of it.
    group.adjust(
        {"student": "Jane Doe 101", "exercise": "why", "points": "2"},
        {"student": "Zoë Öz 102", "exercise": "total", "points": "5"},
    )
    assert group.grade() == 0
    _, _, grades = canvas.import_grades(group.out / "grades-canvas.csv")
    assert grades["102"] == "16"


def test_results_stay_where_a_roster_makes_one_of_two_rows(group):
    group.hand_in("ann@x.org")
    group.hand_in("Cy")
    both = "id,name\n1,Zoe Öz\n"
    assert group.grade(*group.roster(both)) == 0
    before = group.stored()
    assert before["Zoe Öz 1"]["problem"] == "not handed in"
    (group.top / "in" / "ann@x.org.py").unlink()
    assert group.grade(*group.roster("id,name,email\n1,Zoe Öz,ann@x.org\n")) == 0
    stored = group.stored()
    assert set(stored) == {"Cy", "Zoe Öz 1"}
    assert stored["Zoe Öz 1"]["results"] == before["ann@x.org"]["results"]
    assert stored["Zoe Öz 1"]["file"] == "ann@x.org.py"

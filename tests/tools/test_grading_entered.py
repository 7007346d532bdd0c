"""What a person has entered into the table, and the folder that it is in."""

import csv
import errno
import io
import json
import os
import subprocess
from contextlib import contextmanager

import pytest
from filelock import FileLock
from grading import standin
from grading.standin import BROKEN, FAILS, StandIn, write_answers, write_key

from course_tools.grading import command
from course_tools.grading.gradebook import folder as folders
from course_tools.grading.gradebook.entered import plain_cell

POINTS = {"one": 2, "two": 3, "why": 4}


class Class:
    """A small class: its key, its folder, and its table."""

    def __init__(self, top):
        self.top, self.key, self.out = top, top / "set.py", top / "out"
        self.table_file = self.out / "grades.csv"
        write_key(self.key, POINTS)
        self.hand_in("Ada", "Ben", "Cy")

    def hand_in(self, *students, section="in", **answers):
        for student in students:
            given = {"one": 1, "two": 1} | answers
            write_answers(self.top / section / f"{student}.py", **given)

    def grade(self, section="in", *options):
        folder = self.top / section
        return standin.grade(folder, "--key", self.key, "--out", self.out, *options)

    def lines(self):
        text = self.table_file.read_bytes().decode("utf-8-sig")
        return list(csv.DictReader(io.StringIO(text, newline="")))

    def rows(self):
        return {line["student"]: line for line in self.lines()}

    def write(self, lines, delimiter=","):
        text = io.StringIO()
        writer = csv.DictWriter(text, lines[0], delimiter=delimiter)
        writer.writeheader()
        writer.writerows(lines)
        self.table_file.write_bytes(text.getvalue().encode())

    def enter(self, who, delimiter=",", **cells):
        """Change cells, by the first word of their columns."""
        lines = self.lines()
        (line,) = [line for line in lines if line["student"] == who]
        for name in line:
            line[name] = cells.get(name.split(" (")[0], line[name])
        self.write(lines, delimiter)

    def points(self, student, name):
        row = self.rows()[student]
        return next(row[c] for c in row if c.split(" (")[0] == name)


@pytest.fixture
def group(tmp_path):
    """A small class that has been graded once."""
    made = Class(tmp_path)
    assert made.grade() == 0
    return made


# --- nothing is lost ------------------------------------------------------------------


@pytest.mark.parametrize("delimiter", [",", ";", "\t"])
def test_points_entered_by_hand_stay(group, delimiter):
    group.enter("Ben", delimiter, why="2,5")
    group.hand_in("Dan")
    assert group.grade() == 0
    points = {student: group.points(student, "why") for student in group.rows()}
    assert points == {"Ada": "", "Ben": "2,5", "Cy": "", "Dan": ""}


def test_a_key_that_is_wrong_changes_nothing(group, capsys):
    group.enter("Ada", why="3")
    before = {p: p.read_bytes() for p in group.out.rglob("*") if p.is_file()}
    write_key(group.key, POINTS, BROKEN)
    assert group.grade() == 2
    assert "Mend the key first." in capsys.readouterr().err
    assert before == {p: p.read_bytes() for p in group.out.rglob("*") if p.is_file()}


def test_every_save_of_a_regrade_has_every_row(group, monkeypatch):
    group.enter("Cy", why="3", comment="late")
    write_key(group.key, POINTS, "mended")
    saves = []

    def save(folder):
        real(folder)
        saves.append({row["student"]: row for row in group.lines()})

    real = folders.Folder.save
    monkeypatch.setattr(folders.Folder, "save", save)
    monkeypatch.setattr(command, "SAVE_SECONDS", 0)
    assert group.grade() == 0
    assert len(saves) > 3
    for rows in saves:
        assert set(rows) == {"Ada", "Ben", "Cy"}
        assert (rows["Cy"]["why (4, by hand)"], rows["Cy"]["comment"]) == ("3", "late")
    first = [row["status"] for row in saves[0].values()]
    assert sum("the checks changed" in status for status in first) == 2
    assert not any("changed" in row["status"] for row in saves[-1].values())


def test_other_points_than_those_of_the_checks_stay(group):
    checked = group.points("Ada", "one"), group.points("Ada", "two")
    other = "2" if checked[0] == "0" else "0"
    group.enter("Ada", one=other)
    group.enter("Ben", total="4.5")
    for state in ("right", "mended", "mended again"):
        write_key(group.key, POINTS, state)
        assert group.grade() == 0
        assert group.points("Ada", "one") == other
        total = int(other) + int(group.points("Ada", "two"))
        assert group.points("Ada", "total") == str(total)
        assert group.points("Ben", "total") == "4.5"
        assert f"entered by hand: one {other}" in group.rows()["Ada"]["status"]
    page = (group.out / "feedback" / "Ada.html").read_text("utf-8")
    assert f"{other} of 2" in page
    assert "A person has entered the points." in page
    write_key(group.key, POINTS)
    group.enter("Ada", one="")
    assert group.grade() == 0
    assert (group.points("Ada", "one"), group.points("Ada", "two")) == checked


def test_points_that_the_checks_come_to_agree_with_stay_a_persons(group):
    group.enter("Ada", one="2")
    for state in range(8):
        write_key(group.key, POINTS, state)
        assert group.grade() == 0
        assert group.points("Ada", "one") == "2"


def test_names_comments_and_columns_stay(group):
    lines = group.lines()
    for line in lines:
        line["late"] = "=B2" if line["student"] == "Ben" else ""
    lines[0] |= {"student": "Ada L.", "comment": 'well; "done"\r\nso far'}
    group.write(lines)
    for _ in range(2):
        group.hand_in("Dan")
        assert group.grade() == 0
        rows = group.rows()
        assert set(rows) == {"Ada L.", "Ben", "Cy", "Dan"}
        assert rows["Ada L."]["comment"] == 'well; "done"\r\nso far'
        assert rows["Ben"]["late"] == "=B2"
    assert (group.out / "feedback" / "Ada.html").exists()


def test_changed_points_of_a_written_exercise_keep_what_was_entered(group, capsys):
    group.enter("Ben", why="3.5")
    write_key(group.key, POINTS | {"why": 5})
    assert group.grade() == 0
    assert group.rows()["Ben"]["why (5, by hand)"] == "3.5"
    told = capsys.readouterr().out
    assert "why has 5 points now and had 4. Look at the points entered for 1" in told


def test_points_of_an_exercise_that_is_gone_are_kept_aside(group, capsys):
    group.enter("Ben", why="3.5")
    write_key(group.key, {"one": 2, "two": 3})
    for _ in range(2):
        assert group.grade() == 0
        assert group.rows()["Ben"]["why (not in the key)"] == "3.5"
        assert "the key has no exercise why. The points" in capsys.readouterr().out
    write_key(group.key, POINTS)
    assert group.grade() == 0
    assert group.rows()["Ben"]["why (4, by hand)"] == "3.5"


def test_a_row_that_a_person_has_added_stays(group):
    lines = group.lines()
    paper = dict.fromkeys(lines[0], "") | {"student": "on paper", "total (5)": "4"}
    group.write([*lines, paper])
    for _ in range(2):
        assert group.grade() == 0
        assert group.rows()["on paper"]["total (5)"] == "4"


def test_rows_that_have_vanished_come_back(group, capsys):
    group.enter("Ben", why="3")
    assert group.grade() == 0
    group.write([line for line in group.lines() if line["student"] != "Ben"])
    group.grade()
    assert "no longer in grades.csv: Ben. They are back" in capsys.readouterr().out
    assert group.points("Ben", "why") == "3"
    group.table_file.unlink()
    group.grade()
    assert "grades.csv was gone." in capsys.readouterr().out
    assert group.points("Ben", "why") == "3"


def test_one_section_after_another(group):
    group.enter("Ben", why="3")
    group.hand_in("Eve", section="b")
    assert group.grade("b") == 0
    group.enter("Eve", why="1")
    assert group.grade() == group.grade("b") == 0
    entered = {student: group.points(student, "why") for student in group.rows()}
    assert entered == {"Ada": "", "Ben": "3", "Cy": "", "Eve": "1"}
    assert {row["status"] for row in group.lines()} == {
        row["status"] for row in group.lines() if row["student"] != "Eve"
    }


def test_what_is_entered_during_a_run_stays(group, monkeypatch):
    real = StandIn.grade

    def grade(self, submission):
        if submission.student == "Ben":
            group.enter("Ada", why="2")
        return real(self, submission)

    monkeypatch.setattr(StandIn, "grade", grade)
    write_key(group.key, POINTS, "mended")
    assert group.grade() == 0
    assert group.points("Ada", "why") == "2"


def test_the_table_before_each_run_is_kept_with_a_number(group):
    tables = []
    for points in ("1", "2", "3"):
        group.enter("Ada", why=points)
        tables.append(group.table_file.read_bytes())
        assert group.grade() == 0
    kept = [group.out / "backups" / f"grades-{n}.csv" for n in (1, 2, 3)]
    assert [path.read_bytes() for path in kept] == tables
    assert group.grade() == group.grade() == 0
    assert len(list((group.out / "backups").glob("grades-*.csv"))) == 4
    json.loads((group.out / "backups" / "grades-4.json").read_text("utf-8"))


# --- whose points these are -----------------------------------------------------------


def test_a_number_that_a_spreadsheet_has_changed_is_recognized(tmp_path):
    group = Class(tmp_path)
    group.hand_in("0012345", "12345", "123456789012")
    group.grade()
    group.enter("0012345", why="1", student="12345")
    lines = group.lines()
    for line in lines:
        if line["student"] == "123456789012":
            line |= {"student": "1.23457E+11", "why (4, by hand)": "3"}
    group.write(lines)
    assert group.grade() == 0
    entered = {student: group.points(student, "why") for student in group.rows()}
    assert entered == {
        "0012345": "1", "12345": "", "123456789012": "3", "Ada": "", "Ben": "", "Cy": ""
    }  # fmt: skip


def without_record(group, **renamed):
    lines = group.lines()
    for line in lines:
        del line["record"]
        line["student"] = renamed.get(line["student"], line["student"])
    group.write(lines)


def test_a_table_without_records_is_compared_with_the_last_run(tmp_path, capsys):
    group = Class(tmp_path)
    group.hand_in("0012345", "=Eve")
    group.grade()
    group.enter("0012345", why="1", two="2.5")
    group.enter("'=Eve", why="2")
    without_record(group, **{"0012345": "12345"})
    assert group.grade() == 0
    assert set(group.rows()) == {"0012345", "'=Eve", "Ada", "Ben", "Cy"}
    assert group.points("0012345", "why") == "1"
    assert group.points("0012345", "two") == "2.5"
    assert group.points("'=Eve", "why") == "2"
    assert "by hand" not in group.rows()["Ada"]["status"]
    group.hand_in("012345")
    group.grade()
    before = group.table_file.read_bytes()
    without_record(group, **{"0012345": "12345"})
    assert group.grade() == 2
    assert "the row of 12345 is that of 0012345 or 012345" in capsys.readouterr().err
    assert group.table_file.read_bytes() != before


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (lambda t: t.replace("Ben,", "Bén,").encode("latin-1"), "Save it as CSV in UTF-8"),
        (lambda t: t + t.splitlines()[-1].replace(",4,", ",3,"), ""),
        (lambda t: t + t.splitlines()[2].replace("Ben,", "Benny,"), "two rows for Ben"),
        (lambda t: t.replace("comment,", "comment,comment,", 1), "two columns for comment"),
        (lambda t: t.replace("comment,", "two (2),", 1), "two columns for two"),
        (lambda t: t.replace("student,", "who,", 1), "no column 'student'"),
        (lambda t: t + "Dan" + ",1" * 30, "more cells than there are columns"),
        (lambda t: t + ",1,1", "has no student"),
        (lambda t: "", "no column 'student'"),
        (lambda t: t + '"' + "x" * 200_000, "is no CSV"),
    ],
)  # fmt: skip
def test_a_table_that_is_not_clear_is_refused_and_left(group, capsys, change, message):
    text = group.table_file.read_bytes().decode("utf-8-sig")
    changed = change(text)
    changed = changed if isinstance(changed, bytes) else changed.encode()
    group.table_file.write_bytes(changed)
    if message:
        assert group.grade() == 2
        told = capsys.readouterr().err
        assert message in told
        assert "Traceback" not in told
        assert group.table_file.read_bytes() == changed
    else:  # the same row twice is no doubt
        assert group.grade() == 0


def test_results_that_cannot_be_read_are_left(group, capsys):
    (group.out / "grades.json").write_text("{")
    before = group.table_file.read_bytes()
    assert group.grade() == 2
    assert "grades.json can't be read" in capsys.readouterr().err
    assert group.table_file.read_bytes() == before
    (group.out / "grades.json").unlink()
    assert group.grade() == 0


@pytest.mark.parametrize("text", ["=1+1", "+1", "-1", "@x", "\t=1", "\uff1d1"])
def test_no_cell_of_the_table_is_a_formula(text):
    assert plain_cell(text) == f"'{text.strip()}"
    assert plain_cell(f"a;{text.strip()}") == f"a;'{text.strip()}"
    assert plain_cell(f"a {text.strip()}; b") == f"a {text.strip()}; b"


# --- what fails -----------------------------------------------------------------------


def test_a_row_whose_grading_failed_is_graded_next_time(group, capsys):
    group.enter("Ben", why="3", one="1")
    group.hand_in("Ben", two=f"2 {FAILS}")
    for _ in range(2):
        assert group.grade() == 1
        told = capsys.readouterr().out
        assert "The grading of 1 students failed: Ben. Run the same command" in told
        status = group.rows()["Ben"]["status"]
        assert "grading it failed: OSError: a worker was killed" in status
        assert (group.points("Ben", "why"), group.points("Ben", "one")) == ("3", "1")
        stored = json.loads((group.out / "grades.json").read_text("utf-8"))
        assert [s["digest"] for s in stored["students"] if s["student"] == "Ben"] == [
            ""
        ]
    group.hand_in("Ben")
    assert group.grade() == 0
    assert group.rows()["Ben"]["status"].startswith("graded")


def test_two_runs_into_one_folder_do_not_meet(group, capsys):
    before = group.table_file.read_bytes()
    with FileLock(group.out / ".lock"):
        assert group.grade() == 2
    told = capsys.readouterr().err
    assert "another `course grade` is writing to" in told
    assert "or give --out another folder" in told
    assert group.table_file.read_bytes() == before
    assert group.grade() == 0


@contextmanager
def mounted(folder, options):
    """A file system of its own at a folder, as only root can have it."""
    folder.mkdir()
    command = ["mount", "-t", "tmpfs", "-o", options, "tmpfs", str(folder)]
    if os.geteuid() or subprocess.run(command, capture_output=True).returncode:
        pytest.skip("a file system of its own takes root")
    try:
        yield
    finally:
        subprocess.run(["umount", str(folder)], check=True)


def test_a_disk_that_is_full_costs_nothing_that_was_saved(tmp_path, capsys):
    group = Class(tmp_path)
    with mounted(group.out, "size=256k"):
        assert group.grade() == 0
        group.enter("Ada", why="3")
        with (group.out / "filler").open("wb", buffering=0) as file:
            while True:
                try:
                    file.write(bytes(4096))
                except OSError as error:
                    assert error.errno == errno.ENOSPC
                    break
        before = group.table_file.read_bytes()
        write_key(group.key, POINTS, "mended")
        assert group.grade() == 2
        told = capsys.readouterr().err
        assert "No space left on device. Free some space there, and run" in told
        assert len(told.strip().splitlines()) == 1
        assert group.table_file.read_bytes() == before
        (group.out / "filler").unlink()
        assert group.grade() == 0
        assert group.points("Ada", "why") == "3"


def test_no_space_for_what_is_written(group, capsys, monkeypatch):
    def full(file):
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    group.enter("Ada", why="3")
    before = group.table_file.read_bytes()
    with monkeypatch.context() as patch:
        patch.setattr(os, "fsync", full)
        assert group.grade() == 2
    assert "Free some space there, and run" in capsys.readouterr().err
    assert group.table_file.read_bytes() == before
    assert group.grade() == 0
    assert group.points("Ada", "why") == "3"


def test_a_folder_that_cannot_be_written_to_is_named(tmp_path, capsys):
    group = Class(tmp_path)
    with mounted(group.out, "ro"):
        assert group.grade() == 2
        told = capsys.readouterr().err
        assert f"{group.out}" in told
        assert "Read-only file system. Name a folder that you can write to" in told
        assert len(told.strip().splitlines()) == 1


def test_a_folder_that_is_a_file_or_has_none_above_it(tmp_path, capsys):
    group = Class(tmp_path)
    group.out.write_text("")
    assert group.grade() == 2
    assert "Name a folder, and run" in capsys.readouterr().err
    group.out = group.out / "deeper"
    assert group.grade() == 2
    assert "Name a folder, and run" in capsys.readouterr().err
    group.out = tmp_path / "new" / "deeper"
    group.table_file = group.out / "grades.csv"
    assert group.grade() == 0
    assert len(group.rows()) == 3


def test_a_folder_that_vanishes_during_a_run_is_named(group, capsys, monkeypatch):
    real = StandIn.grade

    def grade(self, submission):
        (group.out / "feedback").rename(group.top / "elsewhere")
        monkeypatch.setattr(StandIn, "grade", real)
        return real(self, submission)

    monkeypatch.setattr(StandIn, "grade", grade)
    group.hand_in("Dan")
    assert group.grade() == 2
    assert "Put the folder back, and run" in capsys.readouterr().err
    assert group.grade() == 0
    assert (group.out / "feedback" / "Dan.html").exists()


@pytest.mark.parametrize("name", ["李" * 80, "😀" * 60, "x" * 240])
def test_a_long_name_stops_nobody(group, name):
    group.hand_in(name)
    assert group.grade() == group.grade() == 0
    assert len(group.rows()) == 4
    assert len(list((group.out / "feedback").glob("*.html"))) == 4


# --- what the status says -------------------------------------------------------------


def test_a_wrong_set_is_called_by_its_name(group):
    write_key(group.top / "other.py", {"three": 1, "four": 1, "five": 1})
    group.hand_in("Dan", one=1, two=1, three=3)
    write_answers(group.top / "in" / "Eve.py", three=1, four=1, five=1)
    (group.top / "in" / "Flo.py").write_text("# %%\n# exercise: seven\nseven = 1\n")
    assert group.grade() == 0
    rows = group.rows()
    assert rows["Dan"]["status"].startswith("graded")
    assert rows["Eve"]["status"] == "not graded: it is the set other, not set"
    assert "none of its exercises (seven) are those of set" in rows["Flo"]["status"]


def test_the_status_says_what_is_missing(group):
    (group.top / "in" / "Dan.py").write_text("# %%\none = 1\n")
    assert group.grade() == 0
    status = group.rows()["Dan"]["status"]
    assert status.endswith("missing: two; not answered: why")

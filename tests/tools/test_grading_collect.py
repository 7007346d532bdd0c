"""What learning platforms hand over, and what zip files can hold."""

import io
import json
import os
import stat
import unicodedata
import zipfile
from functools import partial

import pytest
from grading import classes

from course_tools.grading.submissions.collect import collect
from course_tools.grading.submissions.sets import answers_in
from course_tools.project import UserError

NAME = "02_softmax_regression"
NOTEBOOK = json.dumps(classes.notebook())


def write(folder, *names):
    for name in names:
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(NOTEBOOK)


def zipped(path, *entries):
    """A zip; an entry is a name, or a name or ZipInfo with its content."""
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for entry in entries:
            name, content = entry if isinstance(entry, tuple) else (entry, NOTEBOOK)
            archive.writestr(name, content)
    return path


def rows(source):
    return {h.student: h for h in collect(source, NAME)}


def problems(source):
    return {student: h.problem for student, h in rows(source).items()}


def test_a_folder_of_notebooks_with_any_names(tmp_path):
    write(
        tmp_path, "Jane Doe.ipynb", "Søren Ærø.ipynb", "李雷.ipynb", "x.py", "notes.txt"
    )
    write(tmp_path, ".ipynb_checkpoints/Jane Doe-checkpoint.ipynb", "._Jane Doe.ipynb")
    assert problems(tmp_path) == {"Jane Doe": "", "Søren Ærø": "", "x": "", "李雷": ""}


def test_a_folder_for_each_student(tmp_path):
    write(tmp_path, f"ada/{NAME}.ipynb", f"ben/work/{NAME}.ipynb", "ben/other.ipynb")
    write(tmp_path, f"cy/{NAME}.ipynb", f"cy/{NAME}.py", "dan/report.pdf")
    found = rows(tmp_path)
    assert found["ada"].file == f"ada/{NAME}.ipynb"
    assert found["ben"].file == f"ben/work/{NAME}.ipynb"
    assert found["cy"].file == f"cy/{NAME}.ipynb"
    assert "no notebook among its files (dan/report.pdf)" in found["dan"].problem


def test_the_tree_of_nbgrader(tmp_path):
    write(
        tmp_path, f"submitted/ada/sets/{NAME}.ipynb", f"submitted/ben/sets/{NAME}.ipynb"
    )
    write(tmp_path, "submitted/ada/sets/03_mlp.ipynb", f"source/sets/{NAME}.ipynb")
    assert problems(tmp_path) == {"ada": "", "ben": ""}


def test_several_notebooks_of_which_none_is_meant_are_named(tmp_path):
    write(tmp_path, "ada/draft.ipynb", "ada/final.ipynb", "ben/mine.ipynb")
    found = problems(tmp_path)
    assert found["ada"] == (
        "there are 2 notebooks (ada/draft.ipynb, ada/final.ipynb); keep one"
    )
    assert found["ben"] == ""


ANSWERS = partial(answers_in, classes.key())


def chosen(folder):
    """By student, the file that counts or the problem, with the answers compared."""
    return {h.student: h.problem or h.file for h in collect(folder, NAME, ANSWERS)}


@pytest.mark.parametrize(
    "copy", [f"{NAME} (1)", f"{NAME}-Copy1", f"{NAME} copy 2", f"Copy of {NAME}"]
)
def test_of_a_notebook_and_its_copy_the_one_with_all_answers_counts(tmp_path, copy):
    right = classes.right_answers()
    some = classes.notebook(softmax=right["softmax"])
    more = classes.notebook(softmax=right["softmax"], one_hot=right["one_hot"])
    other = classes.notebook(softmax="def softmax(Z, temperature=1.0): return Z")
    for student, original, copied in (
        ("untouched", classes.notebook(), some),
        ("fresh", some, classes.notebook()),
        ("more", some, more),
        ("same", some, some),
    ):
        classes.write(tmp_path / student / f"{NAME}.ipynb", original)
        classes.write(tmp_path / student / f"{copy}.ipynb", copied)
    classes.write(tmp_path / "both" / f"{NAME}.ipynb", some)
    classes.write(tmp_path / "both" / f"{copy}.ipynb", other)
    found = chosen(tmp_path)
    assert found["untouched"] == f"untouched/{copy}.ipynb"
    assert found["fresh"] == f"fresh/{NAME}.ipynb"
    assert found["more"] == f"more/{copy}.ipynb"
    assert found["same"].startswith("same/")
    if copy.endswith("(1)"):  # a number that platforms and browsers count up
        assert found["both"] == f"both/{copy}.ipynb"
    else:
        assert "there are 2 notebooks" in found["both"]
        assert f"both/{NAME}.ipynb" in found["both"]
        assert f"both/{copy}.ipynb" in found["both"]


def test_in_a_course_that_is_handed_in_whole_the_exercises_count(tmp_path):
    for folder in ("exercises", "notebooks", "solutions"):
        for end in ("ipynb", "py"):
            file = classes.ROOT / folder / f"{NAME}.{end}"
            copied = tmp_path / "ada" / "course" / folder / file.name
            copied.parent.mkdir(parents=True, exist_ok=True)
            copied.write_bytes(file.read_bytes())
    write(tmp_path, "ada/course/exercises/03_mlp.ipynb", "ada/course/setup.py")
    place = f"ada/course/exercises/{NAME}.ipynb"
    assert chosen(tmp_path) == {"ada": place}
    classes.write(tmp_path / "ada" / f"{NAME}.ipynb", classes.solved())
    assert chosen(tmp_path) == {"ada": f"ada/{NAME}.ipynb"}
    classes.write(tmp_path / place, classes.solved(softmax="def softmax(): 1"))
    assert f"(ada/{NAME}.ipynb, {place}); keep one" in chosen(tmp_path)["ada"]


def test_a_folder_called_submitted_hides_nothing_beside_it(tmp_path):
    write(tmp_path, "ada.ipynb", f"ben/{NAME}.ipynb", "submitted/cy.ipynb")
    write(tmp_path, f"submitted/dan/sets/{NAME}.ipynb", "nbgrader_config.py")
    assert problems(tmp_path) == {"ada": "", "ben": "", "cy": "", "dan": ""}


def test_names_that_are_long_or_alike_are_kept_apart(tmp_path):
    long, wide, smiling = "x" * 130, "李" * 80, "😀" * 60
    names = [f"{long}a", f"{long}b", wide, smiling, "Zoe\u0301", "a\x1b", "a\x07"]
    for name in names:
        write(tmp_path, f"{name}/{NAME}.ipynb")
    found = rows(tmp_path)
    assert len(found) == len(names)
    assert {"Zoé", wide, smiling} < set(found)
    assert all(len(student) <= 121 for student in found)
    assert set(found) == set(rows(tmp_path))


def test_a_key_is_found_by_its_name_in_either_form_of_unicode(tmp_path):
    forms = [unicodedata.normalize(form, "Übung é") for form in ("NFC", "NFD")]
    for index in (0, 1):
        folder = tmp_path / f"{index}"
        write(folder, f"ada/{forms[index]}.ipynb", "ada/other.ipynb")
        (found,) = collect(folder, forms[1 - index])
        assert not found.problem


def test_a_zip_of_canvas(tmp_path):
    found = rows(zipped(
        tmp_path / "submissions.zip",
        f"doejane_123456_7890123_{NAME}.ipynb",
        f"leeann_LATE_123457_7890124_{NAME}-1.ipynb",
        f"leeann_123457_7890120_{NAME}.ipynb",
        f"leeann_LATE_123457_7890199_{NAME}-2.ipynb",
        "paulo_123458_7890125_my answers.pdf",
    ))  # fmt: skip
    assert set(found) == {"doejane 123456", "leeann 123457", "paulo 123458"}
    assert found["leeann 123457"].file == f"leeann_LATE_123457_7890199_{NAME}-2.ipynb"
    assert "no notebook" in found["paulo 123458"].problem


def test_a_zip_of_moodle(tmp_path):
    found = problems(zipped(
        tmp_path / "moodle.zip",
        f"Jane Doe_4711_assignsubmission_file_/{NAME}.ipynb",
        "Zoë Öz_4712_assignsubmission_file_/my answers.ipynb",
        f"Bo_4713_assignsubmission_file_{NAME}.ipynb",
        "Al_4714_assignsubmission_onlinetext_/onlinetext.html",
    ))  # fmt: skip
    assert found.pop("Al 4714").startswith("there is no notebook")
    assert found == {"Jane Doe 4711": "", "Zoë Öz 4712": "", "Bo 4713": ""}


def test_folders_of_moodle_belong_to_the_same_student_with_or_without_a_dash(tmp_path):
    for dash in ("", "_"):
        zip_ = zipped(
            tmp_path / f"a{dash}.zip",
            f"Jane Doe_4711_assignsubmission_file{dash}/{NAME}.ipynb",
            f"Bo_4713_assignsubmission_file{dash}/{NAME}.ipynb",
        )
        assert problems(zip_) == {"Jane Doe 4711": "", "Bo 4713": ""}


def test_nobody_can_hand_in_for_another(tmp_path):
    forged = (
        f"ben/submitted/ada/{NAME}.ipynb", f"cy/ada_12_34_{NAME}.ipynb",
        f"dan/Ada_12_assignsubmission_file_/{NAME}.ipynb",
    )  # fmt: skip
    names = {"ada": "", "ben": "", "cy": "", "dan": ""}
    write(tmp_path / "a", f"ada/{NAME}.ipynb", *forged)
    assert problems(tmp_path / "a") == names
    write(tmp_path / "b" / "submitted", f"ada/{NAME}.ipynb", *forged)
    assert problems(tmp_path / "b") == names
    assert problems(zipped(tmp_path / "a.zip", f"ada/{NAME}.ipynb", *forged)) == names
    tree = [f"submitted/{name}" for name in (f"ada/x/{NAME}.ipynb", *forged)]
    zip_ = zipped(tmp_path / "b.zip", *tree, f"source/x/{NAME}.ipynb")
    assert problems(zip_) == names | {"source": ""}


def test_a_zip_of_one_folder(tmp_path):
    zip_ = zipped(tmp_path / "a.zip", "class/ada.ipynb", "class/ben.ipynb", "a.txt")
    assert set(rows(zip_)) == {"ada", "ben"}
    zip_ = zipped(tmp_path / "b.zip", f"all/ada/{NAME}.ipynb", f"all/ben/{NAME}.ipynb")
    assert set(rows(zip_)) == {"ada", "ben"}
    zip_ = zipped(tmp_path / "c.zip", f"ada/{NAME}.ipynb", "__MACOSX/ada/._x.ipynb")
    assert set(rows(zip_)) == {"ada"}
    moodle = "hw/{}_assignsubmission_file_/x.ipynb"
    zip_ = zipped(tmp_path / "d.zip", moodle.format("Al_1"), moodle.format("Bo_2"))
    assert set(rows(zip_)) == {"Al 1", "Bo 2"}


def test_names_in_a_zip_that_does_not_say_its_encoding(tmp_path):
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w") as archive:
        archive.writestr("Søren.ipynb", NOTEBOOK)
    # Take the mark "this name is UTF-8" away, in both headers.
    data = bytearray(file.getvalue())
    local, central = data.find(b"PK\x03\x04"), data.find(b"PK\x01\x02")
    data[local + 7] &= ~0x08
    data[central + 9] &= ~0x08
    (tmp_path / "a.zip").write_bytes(data)
    assert set(rows(tmp_path / "a.zip")) == {"Søren"}


def test_a_hostile_zip_costs_the_rows_it_spoils(tmp_path):
    link = zipfile.ZipInfo("linked.ipynb")
    link.external_attr = (stat.S_IFLNK | 0o777) << 16
    bomb = b"0" * 19_000_000
    zip_ = zipped(
        tmp_path / "a.zip", "ada.ipynb", ("../evil.ipynb", NOTEBOOK),
        ("/etc/rooted.ipynb", NOTEBOOK), ("C:/windows.ipynb", NOTEBOOK),
        ("a/../../up.ipynb", NOTEBOOK), (link, "/etc/passwd"),
        ("bomb.ipynb", bomb), ("huge.ipynb", bomb + bomb),
    )  # fmt: skip
    found = problems(zip_)
    assert found.pop("ada") == ""
    assert "symbolic link" in found.pop("linked")
    assert "zip bomb" in found.pop("bomb")
    assert "36 MB" in found.pop("huge")
    assert len(found) == 4
    assert set(found.values()) == {"its path leaves the folder of the submissions"}
    assert sorted(os.listdir(tmp_path)) == ["a.zip"]


@pytest.mark.parametrize("name", ["ada\0.ipynb", "\0.ipynb", "ada/\0x.ipynb"])
def test_an_entry_of_a_zip_with_nul_in_its_name_has_a_row(tmp_path, name):
    zip_ = zipped(tmp_path / "a.zip", "ben.ipynb", name.replace("\0", "@"))
    changed = name.replace("\0", "@").encode()
    zip_.write_bytes(zip_.read_bytes().replace(changed, name.encode()))
    found = problems(zip_)
    assert found.pop("ben") == ""
    assert list(found.values()) == ["its name in the zip holds a NUL character"]


def test_a_zip_whose_sizes_lie_or_whose_data_is_broken(tmp_path):
    zip_ = zipped(tmp_path / "a.zip", "ada.ipynb", "ben.ipynb")
    data = bytearray(zip_.read_bytes())
    middle = data.find(b"ben.ipynb") + 200
    data[middle : middle + 50] = bytes(50)
    zip_.write_bytes(data)
    found = problems(zip_)
    assert found["ada"] == ""
    assert "its entry in the zip is broken" in found["ben"]
    data = bytearray(
        zipped(tmp_path / "b.zip", ("ada.ipynb", b"0" * 10**6)).read_bytes()
    )
    central = data.find(b"PK\x01\x02")
    data[central + 24 : central + 28] = (10).to_bytes(4, "little")
    (tmp_path / "b.zip").write_bytes(data)
    assert rows(tmp_path / "b.zip")["ada"].content in (b"", b"0" * 10)


def test_links_in_a_folder_are_not_followed(tmp_path):
    outside = tmp_path / "outside"
    write(outside, "secret.ipynb", "deep/secret.ipynb")
    inside = tmp_path / "in"
    write(inside, "ada.ipynb")
    (inside / "ben.ipynb").symlink_to(outside / "secret.ipynb")
    (inside / "cy").symlink_to(outside)
    (inside / "dan.ipynb").symlink_to(tmp_path / "nowhere")
    os.mkfifo(inside / "eve.ipynb")
    found = problems(inside)
    assert found["ada"] == ""
    assert "no regular file" in found["eve"]
    for student in ("ben", "cy", "dan"):
        assert "symbolic link" in found[student]


def test_names_that_are_no_text_or_command_a_terminal(tmp_path):
    write(tmp_path, "\x1b[2Jevil\nname.ipynb", f"{'long' * 40}.ipynb")
    with open(os.fsencode(tmp_path) + b"/latin-\xe9.ipynb", "w") as file:
        file.write(NOTEBOOK)
    found = rows(tmp_path)
    for student, handed in found.items():
        json.dumps([student, handed.file], ensure_ascii=False).encode("utf-8")
        assert "\x1b" not in student + handed.file
        assert len(student) <= 121
        assert handed.content == NOTEBOOK.encode()
    assert len(found) == 3


def test_nothing_to_grade_is_said_so(tmp_path):
    with pytest.raises(UserError, match="holds no notebooks"):
        rows(tmp_path)
    with pytest.raises(UserError, match="does not exist"):
        rows(tmp_path / "none")
    (tmp_path / "a.zip").write_text("no zip")
    with pytest.raises(UserError, match="can't be opened as a zip"):
        rows(tmp_path / "a.zip")


# --- names that claim to be somebody else's -------------------------------------------


def test_what_canvas_writes_before_a_name_says_whose_a_file_is(tmp_path):
    forged = "roeeve_8_9_Jane Doe_1_assignsubmission_file_x.ipynb"
    write(tmp_path, "doejane_1_2_x.ipynb", forged)
    found = rows(tmp_path)
    assert set(found) == {"doejane 1", "roeeve 8"}
    assert found["roeeve 8"].file == forged


def test_a_name_as_of_canvas_in_a_folder_of_a_student_hides_no_time(tmp_path):
    write(tmp_path, f"ada/{NAME}.ipynb", f"eve/ada_1_2_{NAME}.ipynb")
    late = tmp_path / f"eve/ada_1_2_{NAME}.ipynb"
    os.utime(late, (86_400 * 20_000, 86_400 * 20_000))
    found = rows(tmp_path)
    assert set(found) == {"ada", "eve"}
    assert found["eve"].modified.startswith("2024-10-0")
    assert found["eve"].late is None


def test_numbers_and_times_that_are_none_cost_nobody_a_mark(tmp_path):
    odd = zipfile.ZipInfo(f"ada/{NAME}.ipynb", (2026, 0, 31, 31, 63, 60))
    names = [f"ben/{n}/{NAME}.ipynb" for n in ("9" * 5_000, "10", "9")]
    source = zipped(tmp_path / "in.zip", (odd, NOTEBOOK), *names)
    found = {h.student: h for h in collect(source, NAME, attempts="latest")}
    assert found["ada"].modified == ""
    assert found["ben"].file.startswith("ben/9999") and found["ben"].attempts == 3

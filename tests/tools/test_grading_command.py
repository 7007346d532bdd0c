"""`course grade` as instructors meet it: files, feedback, going on, stopping."""

import csv
import json
import os
import re
import shutil
import signal
import socket
import subprocess
import sys
import threading
from concurrent.futures import ThreadPoolExecutor

import pytest
from grading import classes

from course_tools.__main__ import main
from course_tools.grading.gradebook import digest, feedback
from course_tools.grading.gradebook.feedback import file_names, for_students, page
from course_tools.grading.gradebook.rows import Row
from course_tools.grading.gradebook.summary import summary
from course_tools.grading.grader import Grader, Limits, Outcome
from course_tools.grading.sandbox import launch
from course_tools.grading.submissions.answers import Answer, Submission, read_key
from course_tools.project import UserError

KEY = classes.key()
EVIL = (
    "def softmax(Z, temperature=1.0):\n"
    "    raise ValueError('</pre><script>alert(1)</script>')\n"
)
HIDDEN = classes.wrong_answers("02_softmax_regression")["softmax"][
    "temperature rounded (hidden)"
][0]


def grade(folder, out, *options):
    """Run the command in this process."""
    words = ["grade", str(folder), "--key", str(classes.SET_2), "--out", str(out)]
    trusted = [] if classes.strong_modes() else ["--trusted"]
    return main([*words, *trusted, *options])


@pytest.fixture(scope="module")
def graded(tmp_path_factory):
    """A class of five, graded once: the folder, the results, and what was printed."""
    top = tmp_path_factory.mktemp("class")
    folder, out = top / "in", top / "out"
    classes.write(folder / "Søren Ærø.ipynb", classes.solved())
    classes.write(folder / "=cmd|calc.ipynb", classes.solved(softmax=EVIL))
    classes.write(folder / "hidden.ipynb", classes.solved(softmax=HIDDEN))
    classes.write(folder / "untouched.ipynb", classes.notebook())
    (folder / "broken.ipynb").write_text("{")
    done = subprocess.run(
        [sys.executable, "-m", "course_tools", "grade", str(folder), "--out", str(out),
         "--key", str(classes.SET_2), "--jobs", "1",
         *([] if classes.strong_modes() else ["--trusted"])],
        capture_output=True, text=True,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    return folder, out, done.stdout


def rows_of(out):
    text = (out / "grades.csv").read_text(encoding="utf-8-sig")
    return {row["student"]: row for row in csv.DictReader(text.splitlines())}


def test_the_table_has_a_row_for_each_student(graded):
    rows = rows_of(graded[1])
    assert [rows[s]["total (17)"] for s in
            ("Søren Ærø", "'=cmd|calc", "hidden", "untouched", "broken")] == [
        "17", "15", "16", "0", ""]  # fmt: skip
    assert rows["hidden"]["softmax (2)"] == "1"
    assert "partly: softmax (✗ probabilities)" in rows["hidden"]["status"]
    assert rows["Søren Ærø"]["status"] == "graded; 1 written to read"
    assert rows["untouched"]["status"] == (
        f"graded; missing: {', '.join(e.name for e in KEY.autograded)}; "
        "not answered: explain_scaled_logits"
    )
    assert rows["broken"]["status"] == (
        "not graded: it is not a notebook: its JSON is broken"
    )
    modes = {row["isolation"] for row in rows.values()}
    assert modes == {(classes.strong_modes() or ["none"])[0]}


def test_the_reasons_are_stored(graded):
    stored = json.loads((graded[1] / "grades.json").read_text(encoding="utf-8"))
    students = {s["student"]: s for s in stored["students"]}
    assert stored["isolation"] in launch.MODES
    assert stored["exercises"]["gradients"] == 3
    assert stored["written"] == {"explain_scaled_logits": 3}
    softmax = students["hidden"]["results"]["softmax"]
    assert (softmax["outcome"], softmax["hidden"]) == ("partly", True)
    assert "at temperature 0.5" in softmax["message"]
    assert students["Søren Ærø"]["written"] == {"explain_scaled_logits": "answered"}
    for student in students.values():
        for result in student["results"].values():
            assert result["outcome"] in (
                "passed", "partly", "failed", "crashed", "timed out", "missing",
            )  # fmt: skip


def test_the_terminal_shows_mode_means_reasons_and_a_histogram(graded):
    printed = graded[2]
    assert printed.startswith("isolation: ")
    assert "not graded: broken: it is not a notebook: its JSON is broken" in printed
    assert re.search(r"^softmax +0\.75 +2 +1 +1 +1 +0 +1$", printed, re.M), printed
    assert re.search(r"^softmax: 2 did not pass$", printed, re.M)
    assert "explain_scaled_logits: 3 written answers to read, 3 points each" in printed
    assert "1 × only the hidden checks failed" in printed
    assert re.search(r"^ +16–17  .+ 2$", printed, re.M)
    assert "5 students, 0 of them as graded before" in printed


def read_page(out, student):
    return (out / "feedback" / f"{student}.html").read_text(encoding="utf-8")


def test_nothing_of_a_student_can_run_in_a_feedback_page(graded):
    text = read_page(graded[1], "_cmd_calc")
    assert "<script" not in text
    assert "&lt;script&gt;alert(1)&lt;/script&gt;" in text
    assert "default-src &#x27;none&#x27;" in text or "default-src 'none'" in text
    assert "✗ softmax: failed, 0 of 2" in text
    assert "Your code raised ValueError" in text


def test_a_feedback_page_hides_hidden_checks(graded):
    text = read_page(graded[1], "hidden")
    softmax = text[text.index("softmax: partly") : text.index("predict: ")]
    assert "The checks that you see pass. A check with other inputs does not" in softmax
    for page_text in (text, read_page(graded[1], "Søren Ærø")):
        assert "HIDDEN" not in page_text
        assert "expected" not in page_text
        assert "torch.randint(2, 20" not in page_text
        assert "Rubric" not in page_text


def test_the_page_of_a_file_that_could_not_be_read_says_so(graded):
    assert "its JSON is broken" in read_page(graded[1], "broken")


def test_running_again_grades_what_is_new_or_changed(graded, capsys):
    folder, out, _ = graded
    before = rows_of(out)
    classes.write(folder / "new.ipynb", classes.solved())
    classes.write(folder / "untouched.ipynb", classes.notebook(one_hot="x = 1\n"))
    assert grade(folder, out) == 0
    assert "6 students, 3 of them as graded before" in capsys.readouterr().out
    after = rows_of(out)
    assert after["new"]["total (17)"] == "17"
    untouched = after.pop("untouched")["status"]
    assert untouched.startswith("graded; missing: softmax, predict, ")
    assert "one_hot" not in untouched
    assert {s: after[s] for s in before if s != "untouched"} == {
        s: row for s, row in before.items() if s != "untouched"
    }


def test_a_submission_is_not_imported_in_place_of_a_module_of_python(tmp_path):
    folder, mark = tmp_path / "in", tmp_path / "mark"
    folder.mkdir()
    for name in ("profile", "pdb", "random", "uuid", "json", "torch", "course_utils"):
        (folder / f"{name}.py").write_text(f"open({str(mark)!r}, 'w').close()\n")
    # As the installed `course` does, Python itself looks in its own folders only.
    words = [sys.executable, "-P", "-m", "course_tools", "grade", "."]
    words += ["--key", str(classes.SET_2), "--out", str(tmp_path / "out")]
    words += [] if classes.strong_modes() else ["--trusted"]
    done = subprocess.run(words, cwd=folder, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    assert not mark.exists()
    assert {row["total (17)"] for row in rows_of(tmp_path / "out").values()} == {"0"}


def test_stopping_keeps_what_is_finished(tmp_path):
    folder, out = tmp_path / "in", tmp_path / "out"
    for n in range(8):
        classes.write(folder / f"{n}.ipynb", classes.solved())
    slow = "import time\ndef softmax(Z, temperature=1.0): time.sleep(99)\n"
    classes.write(folder / "zz.ipynb", classes.solved(softmax=slow))
    process = subprocess.Popen(
        [sys.executable, "-u", "-m", "course_tools", "grade", str(folder), "--out",
         str(out), "--key", str(classes.SET_2), "--jobs", "1", "--seconds", "60",
         *([] if classes.strong_modes() else ["--trusted"])],
        stdout=subprocess.PIPE, text=True, start_new_session=True,
    )  # fmt: skip
    pages = out / "feedback"
    ended = threading.Event()
    while not (pages / "7.html").exists() and process.poll() is None:
        ended.wait(0.05)
    os.kill(process.pid, signal.SIGINT)
    printed, _ = process.communicate(timeout=60)
    assert process.returncode == 130, printed
    assert "Stopped. Run the same command again" in printed
    assert set(rows_of(out)) == {f"{n}" for n in range(8)}


def test_stopping_waits_for_no_process_that_outlives_what_forked_it(monkeypatch):
    grader, asked, kept = Grader("none"), threading.Event(), []

    def ask(key):
        ours, theirs = socket.socketpair()
        kept.append(theirs)  # nobody will ever write to it
        asked.set()
        return ours, socket.socketpair()[0]

    monkeypatch.setattr(grader, "check_key", lambda key: None)
    monkeypatch.setattr(grader, "_ensure_running", lambda: None)
    monkeypatch.setattr(grader, "_ask_checker", ask)
    grader._tried[classes.key().digest] = []
    with ThreadPoolExecutor(1) as pool:
        running = pool.submit(grader.grade, classes.key(), classes.submission())
        assert asked.wait(5)
        monkeypatch.undo()
        grader.close()
        with pytest.raises(UserError, match="has been stopped"):
            running.result(timeout=10)


def test_an_answer_cannot_be_inside_what_the_sandbox_shows(tmp_path):
    with pytest.raises(launch.UserError, match="which answers can read"):
        launch.refuse_visible([launch.PACKAGES[0] / "grading"])
    launch.refuse_visible([classes.SET_2, tmp_path])


def test_what_can_be_wrong_with_the_command_is_said(tmp_path, capsys):
    lesson = classes.ROOT / "notebooks" / "02_softmax_regression.py"
    assert main(["grade", str(tmp_path), "--key", str(lesson)]) == 2
    assert "it is no key" in capsys.readouterr().err
    assert grade(tmp_path / "none", tmp_path / "out") == 2
    assert "does not exist" in capsys.readouterr().err


SMALL_KEY = """\
# %%
from course_utils import checks
checks.begin({"double": 1})

# %% nbgrader={"grade_id": "double", "grade": false, "solution": true}
# exercise: double
def double(x):
    ### BEGIN SOLUTION
    return 2 * x
    ### END SOLUTION

# %% nbgrader={"grade_id": "double-check", "grade": true, "points": 1}
with checks.exercise("double"):
    checks.expect(double(2) == 4, "twice 2 is 4.")
"""


def test_mending_a_check_of_the_key_gives_new_marks(tmp_path, capsys):
    key, out = tmp_path / "key.py", tmp_path / "out"
    (tmp_path / "in").mkdir()
    (tmp_path / "in" / "Ada.py").write_text("def double(x):\n    return x * x\n")
    words = ["grade", str(tmp_path / "in"), "--key", str(key), "--out", str(out)]
    words += [] if classes.strong_modes() else ["--trusted"]
    for number, points in ((2, "1"), (3, "0")):
        check = f"checks.expect(double({number}) == {2 * number}"
        key.write_text(SMALL_KEY.replace("checks.expect(double(2) == 4", check))
        assert main(words) == 0
        assert "0 of them as graded before" in capsys.readouterr().out
        assert rows_of(out)["Ada"]["double (1)"] == points


def test_results_of_another_set_are_not_overwritten(graded, capsys):
    folder, out, _ = graded
    key = classes.ROOT / "solutions" / "03_mlp.py"
    trusted = [] if classes.strong_modes() else ["--trusted"]
    words = ["grade", str(folder), "--key", str(key), "--out", str(out)]
    assert main([*words, *trusted]) == 2
    assert "holds the grades of 02_softmax_regression" in capsys.readouterr().err
    assert "Søren Ærø" in rows_of(out)


def test_students_who_are_gone_stay_in_the_table(graded, tmp_path, capsys):
    folder, out, _ = graded
    shutil.copytree(folder, tmp_path / "in")
    shutil.copytree(out, tmp_path / "out")
    (tmp_path / "in" / "hidden.ipynb").unlink()
    before = rows_of(tmp_path / "out")
    assert grade(tmp_path / "in", tmp_path / "out") == 0
    told = capsys.readouterr().out
    assert "not among these submissions: hidden. Their rows stay." in told
    assert rows_of(tmp_path / "out") == before


@pytest.fixture
def copied_course(tmp_path, monkeypatch):
    """Both packages in a folder where they can be edited, and a checksum of marks."""
    packages = {n: tmp_path / path.name for n, path in digest.PACKAGES.items()}
    for name, path in digest.PACKAGES.items():
        ignored = shutil.ignore_patterns("files", "__pycache__")
        shutil.copytree(path, packages[name], ignore=ignored)
    monkeypatch.setattr(digest, "PACKAGES", packages)

    def checksum(key=KEY):
        digest.rules_digest.cache_clear()
        return digest.digest(key, classes.submission(), "none", Limits())

    yield checksum
    digest.rules_digest.cache_clear()


def test_what_decides_marks_gives_new_ones_and_nothing_else(copied_course, tmp_path):
    first = copied_course()
    for name in (
        "course_tools/authoring/readme.py",
        "course_tools/grading/command.py",
        "course_tools/grading/gradebook/feedback.py",
        "course_utils/plotting/curves.py",
        "course_utils/training.py",
    ):
        path = tmp_path / name
        path.write_bytes(path.read_bytes() + b"# mended\n")
        assert copied_course() == first, name
    seen = {first}
    for name in (
        "course_utils/checks/compare.py",
        "course_utils/checks/exercises.py",
        "course_utils/data.py",  # which this key imports
        "course_tools/grading/grader.py",
        "course_tools/grading/sandbox/forkserver.py",
        "course_tools/grading/sandbox/proxies.py",
        "course_tools/grading/sandbox/serialization.py",
        "course_tools/grading/sandbox/worker.py",
    ):
        path = tmp_path / name
        path.write_bytes(path.read_bytes() + b"# mended\n")
        assert copied_course() not in seen, name
        seen.add(copied_course())


def test_the_versions_of_libraries_decide_marks(copied_course, monkeypatch):
    first = copied_course()
    monkeypatch.setattr(digest, "version", lambda name: "1.0")
    assert copied_course() != first


def test_the_prose_of_a_key_decides_no_marks(copied_course, tmp_path):
    path = tmp_path / classes.SET_2.name
    text = classes.SET_2.read_text("utf-8")
    path.write_text(text.replace("finds the lesson's model", "finds our model"))
    assert path.read_text("utf-8") != text
    first = copied_course()
    assert copied_course(read_key(path)) == first
    path.write_text(text.replace('"points": 2', '"points": 4', 1))
    assert copied_course(read_key(path)) != first


def test_all_that_runs_answers_and_checks_is_in_the_checksum():
    words = (
        f"import sys, importlib; [importlib.import_module(m) for m in {digest.ROOTS}]"
    )
    words += "; print(*(m for m in sys.modules if m.startswith('course_')))"
    done = subprocess.run(
        [sys.executable, "-c", words], capture_output=True, text=True, check=True
    )
    loaded = {m for m in done.stdout.split() if not m.startswith("course_utils._")}
    assert "course_tools.grading.sandbox.proxies" in loaded
    assert loaded <= set(digest.imported(digest.ROOTS))


# --- parts ----------------------------------------------------------------------------


def test_names_of_pages_are_safe_and_differ():
    students = ["Jane", "jane", "../../etc", "a/b", "CON", ".", "", "x" * 300, "李雷"]
    students += ["李" * 80, "李" * 81, "😀" * 60]
    names = file_names(students)
    assert names["Jane"] == "Jane.html"
    assert names["jane"] == "jane-2.html"
    assert names["李雷"] == "李雷.html"
    assert len({n.casefold() for n in names.values()}) == len(students)
    for name in names.values():
        assert re.fullmatch(r"[\w -][\w .@-]*\.html", name)
        assert len(os.fsencode(name)) < 200
        assert name.split(".")[0].lower() != "con"


def test_a_page_keeps_its_name_when_others_come():
    names = file_names(["jane"])
    assert file_names(["JANE", "Jane", "jane"], names)["jane"] == "jane.html"


def failed(message, hidden=True):
    return for_students(Outcome("failed", message=message, hidden=hidden))


def test_what_students_may_read_of_a_hidden_check():
    assert failed("softmax of 3 × 4 random logits: 12 of 12 values differ, the first at "
                  "index (0, 0): expected 0.5, got 1.").endswith(
        "does not: softmax of 3 × 4 random logits.")  # fmt: skip
    generic = "The checks that you see pass. A check with other inputs does not."
    assert failed("expected 14 for 2-3, got 5.") == generic
    assert failed("the bias is 0.75 here") == generic
    assert failed("expected 4, got 3", hidden=False) == "Expected 4, got 3"


def row_of(*outcomes, student="Ada"):
    results = {
        e.name: Outcome(
            o, e.points if o == "passed" else 0, "why" if o != "passed" else ""
        )
        for e, o in zip(KEY.autograded, outcomes, strict=True)
    }
    return Row(student, "a.ipynb", results=results, feedback="Ada.html")


def test_a_class_without_anyone_and_one_in_which_all_pass():
    assert summary(KEY, [Row("Ada", "a", "it is empty")]) == [
        "not graded: Ada: it is empty"
    ]
    text = "\n".join(summary(KEY, [row_of(*["passed"] * 7)]))
    assert "No check failed." in text
    assert "17.0 17" in text


def test_a_page_shows_text_of_any_kind_as_text():
    row = row_of("failed", *["passed"] * 6)
    row.student = "<b>Ada</b>"
    row.written = {"explain_scaled_logits": "answered"}
    answers = {e.name: Answer("x = '\x1b[2J\ud800<img src=x>'") for e in KEY.exercises}
    text = page(KEY, row, Submission("Ada", answers))
    text.encode("utf-8")
    assert "<img" not in text
    assert "<b>" not in text
    assert "\x1b" not in text
    assert "A person will read this answer." in text
    assert feedback.STYLE in text

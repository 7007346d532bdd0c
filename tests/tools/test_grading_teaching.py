"""Marks in nbgrader's gradebook, and grading on a Dask cluster."""

import json
import os
import shutil
import sys
from pathlib import Path

import nbformat
import pytest
from distributed import LocalCluster
from grading import classes
from nbconvert.filters import markdown2html
from nbgrader.api import Gradebook
from nbgrader.apps import NbGraderAPI
from nbgrader.preprocessors import SaveCells
from traitlets.config import Config

from course_tools.__main__ import main
from course_tools.grading.gradebook.nbgrader import export
from course_tools.grading.gradebook.rows import Row
from course_tools.grading.grader import Outcome
from course_tools.grading.submissions.answers import Answer, Submission
from course_tools.project import UserError

KEY = classes.key()
WRITTEN = "explain_scaled_logits"
pytestmark = pytest.mark.filterwarnings("ignore::sqlalchemy.exc.SAWarning")


def class_of(*students):
    """Rows and submissions as a run of the command has them."""
    rows, submissions = [], {}
    for student in students:
        results = {
            e.name: Outcome("passed", e.points) if e.name != "softmax"
            else Outcome("failed", 0, "the temperature has no effect.")
            for e in KEY.autograded
        }  # fmt: skip
        row = Row(student, "x.ipynb", results=results, written={WRITTEN: "answered"})
        row.feedback = f"{student}.html"
        rows.append(row)
        submissions[student] = Submission(
            student,
            {e.name: Answer("<script>alert(1)</script>") for e in KEY.exercises},
        )
    return rows, submissions


@pytest.fixture(scope="module")
def empty(tmp_path_factory):
    """A gradebook with nothing in it. Making one takes nbgrader seconds."""
    path = tmp_path_factory.mktemp("empty") / "gradebook.db"
    with pytest.MonkeyPatch.context() as patch:
        # nbgrader calls `alembic`, which is installed beside this Python.
        patch.setenv("PATH", str(Path(sys.executable).parent), prepend=os.pathsep)
        Gradebook(f"sqlite:///{path}").close()
    return path


@pytest.fixture
def gradebook(tmp_path, empty):
    """Exports to a gradebook, and opens it."""
    shutil.copy(empty, tmp_path)

    def put(rows, submissions):
        export(tmp_path / "gradebook.db", KEY, rows, submissions, classes.SET_2)
        return Gradebook(f"sqlite:///{tmp_path / 'gradebook.db'}")

    return put


def test_marks_are_put_into_a_new_gradebook(gradebook, tmp_path):
    (tmp_path / "gradebook.db").unlink()
    rows, submissions = class_of("ada", "ben")
    rows.append(Row("cy", "", "it is empty"))
    with gradebook(rows, submissions) as book:
        ada = book.find_submission(KEY.name, "ada")
        assert ada.score == 15
        assert ada.max_score == 20
        assert ada.needs_manual_grade
        grade = book.find_grade(WRITTEN, KEY.name, KEY.name, "ada")
        assert (grade.auto_score, grade.needs_manual_grade) == (None, True)
        comment = book.find_comment("softmax", KEY.name, KEY.name, "ada")
        assert comment.auto_comment == "The temperature has no effect."
        assert [s.id for s in book.students] == ["ada", "ben"]


def test_neither_comments_nor_notebooks_tell_what_a_hidden_check_expects(
    gradebook, tmp_path
):
    rows, submissions = class_of("ada")
    message = "softmax of random logits: expected 0.25, got 0.5."
    rows[0].results["softmax"] = Outcome("failed", 0, message, hidden=True)
    with gradebook(rows, submissions) as book:
        comment = book.find_comment("softmax", KEY.name, KEY.name, "ada")
        assert "A check with other inputs does not" in comment.auto_comment
        assert "0.25" not in comment.auto_comment
    path = tmp_path / "autograded" / "ada" / KEY.name / f"{KEY.name}.ipynb"
    text = path.read_text(encoding="utf-8")
    assert "A check with other inputs does not" in text
    assert "0.25" not in text
    assert "HIDDEN" not in text


def test_a_message_is_text_on_the_pages_that_nbgrader_makes(gradebook):
    rows, submissions = class_of("ada")
    message = "your code raised X: </p><img src=x onerror=alert(1)> [a](javascript:b)"
    rows[0].results["softmax"] = Outcome("failed", 0, message)
    with gradebook(rows, submissions) as book:
        comment = book.find_comment("softmax", KEY.name, KEY.name, "ada")
        html = markdown2html(comment.comment)
    assert "&lt;img src=x onerror=alert(1)&gt; [a](javascript:b)" in html
    assert "<img" not in html


def test_half_a_pair_of_surrogates_stops_nobody(gradebook, tmp_path):
    rows, submissions = class_of("ada", "ben")
    rows[0].results["softmax"] = Outcome("failed", 0, "got '\ud800'.")
    submissions["ada"].answers["softmax"] = Answer("x = '\ud800'")
    submissions["ada"].answers[WRITTEN] = Answer("half: \udfff")
    with gradebook(rows, submissions) as book:
        comment = book.find_comment("softmax", KEY.name, KEY.name, "ada").auto_comment
        assert comment == "Got '?'."
        assert [s.id for s in book.students] == ["ada", "ben"]
    path = tmp_path / "autograded" / "ada" / KEY.name / f"{KEY.name}.ipynb"
    assert "half: ?" in path.read_text(encoding="utf-8")


def test_a_gradebook_that_cannot_be_opened_is_named(tmp_path):
    rows, submissions = class_of("ada")
    (tmp_path / "gradebook.db").mkdir()
    with pytest.raises(UserError, match=r"gradebook\.db can't be read or written"):
        export(tmp_path / "gradebook.db", KEY, rows, submissions, classes.SET_2)
    (tmp_path / "file").touch()
    with pytest.raises(UserError, match="Name a folder, and run"):
        export(tmp_path / "file" / "a.db", KEY, rows, submissions, classes.SET_2)


def test_points_given_by_hand_stay_when_marks_are_put_in_again(gradebook):
    with gradebook(*class_of("ada")) as book:
        grade = book.find_grade(WRITTEN, KEY.name, KEY.name, "ada")
        grade.manual_score, grade.needs_manual_grade = 2, False
        book.db.commit()
    with gradebook(*class_of("ada")) as book:
        assert book.find_submission(KEY.name, "ada").score == 17
        assert not book.find_submission(KEY.name, "ada").needs_manual_grade


def test_formgrader_lists_the_submission_and_finds_its_notebook(gradebook, tmp_path):
    gradebook(*class_of("ada")).close()
    config = Config()
    config.CourseDirectory.root = str(tmp_path)
    api = NbGraderAPI(config=config)
    (submission,) = api.get_notebook_submissions(KEY.name, KEY.name)
    assert submission["student"] == "ada"
    assert submission["score"] == 15
    assert submission["needs_manual_grade"]
    assert api.get_autograded_students(KEY.name) == {"ada"}
    path = tmp_path / "autograded" / "ada" / KEY.name / f"{KEY.name}.ipynb"
    notebook = nbformat.read(path, as_version=4)
    nbformat.validate(notebook)
    _, written = (c for c in notebook.cells if c.cell_type == "markdown")
    # Formgrader would show HTML in Markdown as HTML.
    assert written.source == "```text\n<script>alert(1)</script>\n```"


def test_an_assignment_that_nbgrader_has_made_is_used(gradebook, tmp_path):
    source = nbformat.read(classes.SET_2.with_suffix(".ipynb"), as_version=4)
    url = f"sqlite:///{tmp_path / 'gradebook.db'}"
    with Gradebook(url) as book:
        book.add_assignment("week 2")
    resources = {
        "nbgrader": {"notebook": KEY.name, "assignment": "week 2", "db_url": url}
    }
    SaveCells().preprocess(source, resources)
    with gradebook(*class_of("ada")) as book:
        assert [a.name for a in book.assignments] == ["week 2"]
        assert book.find_submission("week 2", "ada").score == 15


def test_a_gradebook_with_other_cells_is_left_alone(gradebook, tmp_path):
    with Gradebook(f"sqlite:///{tmp_path / 'gradebook.db'}") as book:
        book.add_assignment("sets")
        book.add_notebook(KEY.name, "sets")
        book.add_grade_cell("other", KEY.name, "sets", max_score=1, cell_type="code")
    with pytest.raises(UserError, match=r"\['other'\]"):
        gradebook(*class_of("ada"))


def test_a_cluster_of_processes_gives_the_same_marks(tmp_path, capsys):
    folder, out = tmp_path / "in", tmp_path / "out"
    zero = "def softmax(Z, temperature=1.0):\n    return Z * 0\n"
    classes.write(folder / "ada.ipynb", classes.solved())
    classes.write(folder / "ben.ipynb", classes.solved(softmax=zero))
    classes.write(folder / "cy.ipynb", classes.notebook())
    (folder / "dan.ipynb").write_text("{")
    half = "def softmax(Z, temperature=1.0):\n    return '\ud800'\n"
    classes.write(folder / "eve.ipynb", classes.solved(softmax=half))
    with LocalCluster(
        n_workers=2, threads_per_worker=1, processes=True, dashboard_address=None
    ) as cluster:
        words = ["grade", str(folder), "--key", str(classes.SET_2), "--out", str(out)]
        trusted = [] if classes.strong_modes() else ["--trusted"]
        options = ["--scheduler", cluster.scheduler_address]
        assert main([*words, *options, *trusted]) == 0
    stored = json.loads((out / "grades.json").read_text(encoding="utf-8"))
    totals = {s["student"]: s["total"] for s in stored["students"]}
    assert totals.pop("eve") < 17
    assert totals == {"ada": 17, "ben": 15, "cy": 0, "dan": 0}
    assert stored["isolation"] == (classes.strong_modes() or ["none"])[0]
    assert "5 students" in capsys.readouterr().out


def test_a_cluster_that_does_not_answer_is_named(tmp_path, monkeypatch, capsys):
    monkeypatch.setattr("course_tools.grading.dask_cluster.CONNECT_SECONDS", 0.5)
    classes.write(tmp_path / "ada.ipynb", classes.notebook())
    status = main(
        ["grade", str(tmp_path), "--key", str(classes.SET_2), "--scheduler",
         "tcp://127.0.0.1:9"]
    )  # fmt: skip
    assert status == 2
    assert "no Dask scheduler answers at tcp://127.0.0.1:9" in capsys.readouterr().err

"""The learner's desk: what is put there, what stays, and what it says of progress."""

import json
import re
from datetime import date, timedelta
from pathlib import Path

import nbformat
import pytest

from course_tools import files
from course_tools.__main__ import main
from course_tools.authoring import pairs
from course_tools.desk import delivery, progress, review, update, welcome

ROOT = Path(__file__).parents[2]
LESSON = """\
# %% [markdown]
# [![Open in Colab](https://colab.research.google.com/badge)](https://x)

# %% [markdown]
# # 1. First
#
# See [set 1](../exercises/01_first.ipynb) and [a word](glossary.md#word).

# %% tags=["author", "course-setup"]
SETUP = 1

# %% [markdown]
# ## Second section
#
# Text.

# %%
x = 1

# %%
y = 2

# %% tags=["author"]
assert x

# %% [markdown]
# ## Questions to check yourself
#
# <details><summary>What is
# **this**?</summary>
#
# A [thing](glossary.md#thing),
# of course.
#
# And more.
# </details>
#
# ## Exercises and further reading
#
# <details><summary>no question</summary> of these </details>
"""
SET = """\
# %% [markdown]
# # Exercises 1
#
# Practice for [lesson 1](../notebooks/01_first.ipynb#Second-section).

# %% nbgrader={"grade": false, "grade_id": "f", "solution": true}
# exercise: f

# %% nbgrader={"grade": true, "grade_id": "f-check", "points": 2, "solution": false}
check()

# %% [markdown] nbgrader={"grade": true, "grade_id": "why", "points": 3, "solution": true}
# *Write.*
"""
NAMES = ["01_first.ipynb", "01b_exercises.ipynb", "glossary.md"]


@pytest.fixture
def course(checkout, write_lesson):
    """A checkout with a lesson, its set and a glossary; returns its folder."""
    write_lesson(LESSON)
    write_lesson(SET, "exercises/01_first.py")
    (checkout / "notebooks/glossary.md").write_text(
        "# Glossary\n\n## word\n\nmeaning\n"
    )
    assert main(["pairs"]) == 0
    return checkout


@pytest.fixture
def desk(course):
    return course / delivery.FOLDER


def edit_lesson(course, old, new):
    path = course / "notebooks/01_first.py"
    path.write_text(path.read_text().replace(old, new))
    pairs.rebuild(path)


def write_in(path, index, source=None, count=None, text=""):
    """Do to a cell what a learner does: write, run, save."""
    notebook = nbformat.read(path, 4)
    cell = notebook.cells[index]
    cell.source = cell.source if source is None else source
    if cell.cell_type == "code":
        cell.execution_count = count
        if text:
            cell.outputs = [nbformat.v4.new_output("stream", text=text)]
    nbformat.write(notebook, path)


def done(deliveries):
    return [d.done for d in deliveries]


def test_a_new_desk_has_everything_in_order(course, desk):
    assert [d.name for d in delivery.deliver(course, desk)] == NAMES
    assert sorted(p.name for p in desk.iterdir() if p.is_file()) == NAMES


def test_a_lesson_comes_without_outputs_badge_and_what_is_for_authors(course, desk):
    stored = course / "notebooks/01_first.ipynb"
    write_in(stored, 4, count=3, text="out")
    delivery.deliver(course, desk)
    notebook = nbformat.read(desk / NAMES[0], 4)
    sources = [c.source for c in notebook.cells if c.cell_type == "code"]
    assert sources == ["x = 1", "y = 2"]
    assert not any(c.get("outputs") for c in notebook.cells)
    assert "Open in Colab" not in str(notebook)
    assert "made_from" not in str(notebook.metadata)


def test_links_lead_to_what_lies_beside(course, desk):
    delivery.deliver(course, desk)
    text = "".join((desk / name).read_text() for name in NAMES)
    links = set(re.findall(r"\]\(([^)#\"]+)", text))
    assert links == {"01b_exercises.ipynb", "glossary.md", "01_first.ipynb"}


def test_every_link_of_the_course_leads_to_a_file_on_the_desk():
    contents = delivery.contents(ROOT)
    links = {
        link
        for text in contents.values()
        for link in re.findall(r"\]\((?!https?:)([^)#\s]+)", text)
        if link.endswith((".ipynb", ".md"))
    }
    assert len(links) > 10
    assert links <= contents.keys()


def test_what_nobody_has_touched_is_replaced(course, desk):
    delivery.deliver(course, desk)
    assert done(delivery.deliver(course, desk)) == ["same"] * 3
    edit_lesson(course, "Text.", "Better text.")
    lesson, *others = delivery.deliver(course, desk)
    assert (lesson.done, lesson.sections) == ("replaced", ("Second section",))
    assert done(others) == ["same", "same"]
    assert "Better text." in (desk / NAMES[0]).read_text()


@pytest.mark.parametrize(
    "touch",
    [
        {"index": 2, "source": "x = 'mine'"},
        {"index": 2, "count": 1},
        {"index": 1, "source": "## Second section\n\nmy note"},
    ],
    ids=["changed", "run", "noted"],
)
def test_what_a_learner_has_touched_stays_and_the_newer_lies_beside(
    course, desk, touch
):
    delivery.deliver(course, desk)
    path = desk / NAMES[0]
    write_in(path, **touch)
    mine = path.read_bytes()
    edit_lesson(course, "Text.", "Better text.")
    lesson = delivery.deliver(course, desk)[0]
    assert (lesson.done, lesson.beside) == ("beside", "01_first_new2.ipynb")
    assert lesson.sections == ("Second section",)
    assert path.read_bytes() == mine
    assert "Better text." in (desk / lesson.beside).read_text()
    assert done(delivery.deliver(course, desk)) == ["same"] * 3
    # The next one takes the place of the newer one, unless that was touched too.
    edit_lesson(course, "Better text.", "Best text.")
    assert delivery.deliver(course, desk)[0].beside == "01_first_new2.ipynb"
    write_in(desk / "01_first_new2.ipynb", 2, count=4)
    edit_lesson(course, "Best text.", "Last text.")
    assert delivery.deliver(course, desk)[0].beside == "01_first_new3.ipynb"
    assert path.read_bytes() == mine


def test_opening_and_saving_is_not_touching(course, desk):
    delivery.deliver(course, desk)
    notebook = nbformat.read(desk / NAMES[0], 4)
    notebook.metadata["language_info"] = {"name": "python", "version": "3.11.9"}
    nbformat.write(notebook, desk / NAMES[0])
    edit_lesson(course, "Text.", "Better text.")
    assert delivery.deliver(course, desk)[0].done == "replaced"


def test_a_file_that_was_moved_away_comes_back(course, desk):
    delivery.deliver(course, desk)
    write_in(desk / NAMES[0], 2, source="x = 'mine'")
    (desk / NAMES[0]).rename(desk / "mine.ipynb")
    assert done(delivery.deliver(course, desk)) == ["new", "same", "same"]
    assert "mine" in (desk / "mine.ipynb").read_text()


@pytest.mark.parametrize("record", ["", "{", "{}"], ids=["gone", "damaged", "empty"])
def test_without_a_record_everything_that_differs_counts_as_the_learners(
    course, desk, record
):
    delivery.deliver(course, desk)
    write_in(desk / NAMES[0], 2, source="x = 'mine'")
    mine = (desk / NAMES[0]).read_bytes()
    (desk / ".course/delivered.json").write_text(record)
    assert done(delivery.deliver(course, desk)) == ["beside", "same", "same"]
    assert (desk / NAMES[0]).read_bytes() == mine


def test_a_damaged_notebook_is_the_learners(course, desk):
    delivery.deliver(course, desk)
    (desk / NAMES[0]).write_text("not a notebook")
    edit_lesson(course, "Text.", "Better text.")
    assert delivery.deliver(course, desk)[0].done == "beside"
    assert (desk / NAMES[0]).read_text() == "not a notebook"
    assert progress.progress(desk)[0].title == "01_first"


@pytest.mark.parametrize("writes", range(6))
def test_an_interrupted_delivery_is_made_up_for(course, desk, monkeypatch, writes):
    delivery.deliver(course, desk)
    write_in(desk / NAMES[1], 1, source="# exercise: f\nmine")
    mine = (desk / NAMES[1]).read_bytes()
    edit_lesson(course, "Text.", "Better text.")
    set_source = course / "exercises/01_first.py"
    set_source.write_text(SET.replace("Exercises 1", "Exercises one"))
    pairs.rebuild(set_source)
    left = writes

    def write(path, content):
        nonlocal left
        if left == 0:
            raise KeyboardInterrupt
        left -= 1
        files.write_atomically(path, content)

    monkeypatch.setattr(delivery, "write_atomically", write)
    try:
        delivery.deliver(course, desk)
    except KeyboardInterrupt:
        monkeypatch.setattr(delivery, "write_atomically", files.write_atomically)
        delivery.deliver(course, desk)
    assert "Better text." in (desk / NAMES[0]).read_text()
    assert (desk / NAMES[1]).read_bytes() == mine
    assert sorted(p.name for p in desk.glob("*.*") if p.is_file()) == sorted(
        [*NAMES, "01b_exercises_new2.ipynb"]
    )
    assert done(delivery.deliver(course, desk)) == ["same"] * 3


def test_a_folder_that_cannot_be_written_is_told_in_a_sentence(course, capsys):
    (course / delivery.FOLDER).write_text("a file in its place")
    assert main(["update"]) == 2
    error = capsys.readouterr().err
    assert "my-course can't be written" in error and "Traceback" not in error


def test_update_says_what_is_new(course, desk, capsys):
    assert main(["update"]) == 0
    assert "Your desk is my-course" in capsys.readouterr().out
    assert main(["update"]) == 0
    assert "has the newest" in capsys.readouterr().out
    write_in(desk / NAMES[0], 2, count=1)
    edit_lesson(course, "Text.", "Better text.")
    assert main(["update"]) == 0
    said = capsys.readouterr().out
    assert "yours stays, the newer one is 01_first_new2.ipynb" in said
    assert "Second section" in said
    assert "New since last time" in (desk / welcome.NAME).read_text()


def test_progress_is_read_from_what_was_saved(course, desk):
    update.bring(course, desk)
    (found,) = progress.progress(desk)
    assert (found.title, found.share, found.points, found.possible) == (
        "1. First", 0.0, 0, 2,
    )  # fmt: skip
    assert found.exercises == "01b_exercises.ipynb" and found.written
    write_in(desk / NAMES[0], 2, count=1)
    assert progress.progress(desk)[0].share == 0.5
    write_in(desk / NAMES[0], 3, count=2)
    write_in(desk / NAMES[1], 2, count=1, text="✓ f: passed, 2 of 2 points.\n")
    (found,) = progress.progress(desk)
    assert found.finished and found.points == 2


def test_the_words_that_a_check_prints_are_those_that_are_read(capsys):
    from course_utils import checks

    checks.begin({"f": 2})
    with checks.exercise("f"):
        pass
    assert progress.REACHED.findall(capsys.readouterr().out) == [("f", "2")]
    with checks.exercise("f"):
        with checks.part("right", 1):
            pass
        with checks.part("wrong", 1):
            checks.expect(False, "This is wrong.")
    assert progress.REACHED.findall(capsys.readouterr().out) == [("f", "1")]


@pytest.mark.parametrize(
    ("run", "passed", "says"),
    [
        (0, False, r"\*\*Begin with\*\* \[lesson 1\. First\]\(01_first\.ipynb\)"),
        (1, False, r"\*\*Go on with\*\* \[lesson 1\. First\]"),
        (2, False, r"\*\*Practice:\*\*.*01b_exercises\.ipynb\), 0 of 2 points"),
        (2, True, "worked through everything"),
    ],
)
def test_the_welcome_page_says_what_comes_next(course, desk, run, passed, says):
    update.bring(course, desk)
    for index in range(run):
        write_in(desk / NAMES[0], 2 + index, count=1)
    if passed:
        write_in(desk / NAMES[1], 2, count=1, text="✓ f: passed, 2 of 2 points.\n")
    update.bring(course, desk)
    assert re.search(says, (desk / welcome.NAME).read_text())


TODAY = date(2026, 3, 1)


def asked(number):
    return [review.Question("1. First", f"Question {n}?", "yes") for n in range(number)]


def test_questions_are_those_of_lessons_worked_through(course, desk):
    update.bring(course, desk)
    assert review.questions(desk) == []
    for index in (2, 3):
        write_in(desk / NAMES[0], index, count=1)
    (question,) = review.questions(desk)
    assert question.text == "What is this?"
    assert question.answer == "A thing, of course.\n\nAnd more."


def test_every_lesson_has_questions_that_review_finds(tmp_path):
    for name, text in delivery.contents(ROOT).items():
        if re.match(r"\d\d_", name) and name != "11_project.ipynb":
            sections = review.SECTION.findall(
                "\n\n".join(
                    c.source
                    for c in nbformat.reads(text, 4).cells
                    if c.cell_type == "markdown"
                )
            )
            found = [q for s in sections for q in review.QUESTION.findall(s)]
            assert len(found) >= 3, name


def test_at_most_five_a_day_the_longest_due_first(tmp_path):
    memory = review.Memory(tmp_path, TODAY)
    questions = asked(9)
    assert memory.due(questions) == questions[:5]
    for question in questions[:5]:
        memory.note(question, question is not questions[3])
    assert review.Memory(tmp_path, TODAY).due(questions) == []
    tomorrow = review.Memory(tmp_path, TODAY + timedelta(days=1))
    assert tomorrow.due(questions) == questions[:5]


def test_what_is_known_returns_after_longer_and_longer(tmp_path):
    (question,), day, waits = asked(1), TODAY, []
    for was_known in [True, True, True, False, True, True]:
        due = review.Memory(tmp_path, day).note(question, was_known)
        waits.append((due - day).days)
        day = due
    assert waits == [1, 3, 7, 1, 1, 3]


def test_review_asks_and_keeps_each_answer(course, desk, monkeypatch, capsys):
    update.bring(course, desk)
    for index in (2, 3):
        write_in(desk / NAMES[0], index, count=1)
    answers = iter(["my answer", "perhaps", "y"])
    monkeypatch.setattr(review.ask, "__defaults__", (lambda _: next(answers),))
    assert main(["review"]) == 0
    said = capsys.readouterr().out
    assert said.index("What is this?") < said.index("A thing, of course.")
    assert "1 question, 1 known" in said
    (kept,) = json.loads((desk / ".course/review.json").read_text()).values()
    assert kept["times"] == 1
    assert main(["review"]) == 0
    assert "Nothing more for today." in capsys.readouterr().out


def test_a_formula_is_shown_as_a_terminal_can(capsys):
    said = "$X^\\top \\partial L$ is $1 - 2/\\sqrt\\kappa$, $5 \\cdot \\sqrt{t}$"
    review.ask(review.Question("1. First", said, "yes"), lambda _: "y")
    assert "Xᵀ ∂L is 1 - 2/√κ, 5 · √t" in capsys.readouterr().out


def test_review_can_be_stopped_and_keeps_what_was_answered(desk, course, monkeypatch):
    update.bring(course, desk)
    for index in (2, 3):
        write_in(desk / NAMES[0], index, count=1)

    def stop(_):
        raise EOFError

    monkeypatch.setattr(review.ask, "__defaults__", (stop,))
    assert main(["review"]) == 0
    assert not (desk / ".course/review.json").exists()


def test_review_without_a_desk_or_with_a_damaged_memory_says_what_to_do(
    course, desk, capsys
):
    assert main(["review"]) == 2
    assert "Start with `course lab`" in capsys.readouterr().err
    update.bring(course, desk)
    (desk / ".course/review.json").write_text("{")
    assert main(["review"]) == 2
    assert "review.json is damaged. Delete it" in capsys.readouterr().err

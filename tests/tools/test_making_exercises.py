"""`course exercises`: sets made from their keys."""

import json
from base64 import b64decode

import pytest

from course_tools.__main__ import main
from course_tools.authoring import colab, pairs
from course_tools.authoring.exercises import (
    exercise_files,
    find_exercises,
)
from course_tools.project import UserError

SOLUTION = """\
    ### BEGIN SOLUTION
    return x + x
    ### END SOLUTION
"""
ANSWER = f"""\
# %% nbgrader={{"grade": false, "grade_id": "double", "locked": false, \
"schema_version": 3, "solution": true, "task": false}} tags=["raises-exception"]
# exercise: double
def double(x):
{SOLUTION}

"""
CHECK = """\
# %% nbgrader={"grade": true, "grade_id": "double-check", "locked": true, \
"points": 2, "schema_version": 3, "solution": false, "task": false} \
tags=["raises-exception"]
with checks.exercise("double"):
    checks.expect(double(3) == 6, "double(3) must be 6")
    ### BEGIN HIDDEN TESTS
    checks.expect(double(-4) == -8, "double(-4) must be -8")
    ### END HIDDEN TESTS

"""
WRITTEN = """\
# %% [markdown] nbgrader={"grade": true, "grade_id": "explain", "locked": false, \
"points": 3, "schema_version": 3, "solution": true, "task": false}
# ### BEGIN SOLUTION
# Adding a number to itself doubles it.
#
# **Rubric**
#
# - 3 points: mentions the sum.
# ### END SOLUTION

"""
KEY = f"""\
# %% [markdown]
# # Exercises 1: Doubling (solutions)

# %%
from course_utils import checks

checks.begin({{"double": 2}}, written={{"explain": 3}})


{ANSWER}{CHECK}{WRITTEN}# %%
checks.scoreboard()
"""


@pytest.fixture
def write_key(write_lesson):
    def write(text=KEY, name="01_first"):
        return write_lesson(text, f"solutions/{name}.py")

    return write


@pytest.fixture
def checkout_with_set(checkout, write_key):
    """A checkout with one key and the set made from it."""
    write_key()
    main(["stamp"])
    main(["exercises"])
    return checkout


def contents(folder):
    return {p.name: p.read_bytes() for p in folder.iterdir() if p.is_file()}


# --- making a set ---------------------------------------------------------------------


def test_answers_hidden_checks_and_rubrics_are_taken_out(checkout_with_set):
    text = (checkout_with_set / "exercises/01_first.py").read_text("utf-8")
    for secret in ("x + x", "-8", "Rubric", "mentions", "BEGIN", "END", "solutions"):
        assert secret not in text
    for kept in ("def double(x):", "raise NotImplementedError", "must be 6"):
        assert kept in text
    assert "# exercise: double\n" in text
    assert "*Write your answer here" in text


def test_in_colab_a_set_opens_itself(checkout_with_set):
    notebook = json.loads((checkout_with_set / "exercises/01_first.ipynb").read_text())
    assert "/exercises/01_first.ipynb" in "".join(notebook["cells"][0]["source"])


def test_a_set_is_a_pair_in_step_and_stamped(checkout_with_set):
    assert pairs.out_of_step(checkout_with_set) == []
    assert colab.unstamped(checkout_with_set) == []


def test_making_a_set_again_changes_no_byte(checkout_with_set, capsys):
    folder = checkout_with_set / "exercises"
    before = contents(folder)
    capsys.readouterr()
    assert main(["exercises"]) == 0
    assert contents(folder) == before
    assert "made" not in capsys.readouterr().out


def test_edits_of_a_set_that_exist_nowhere_else_are_not_overwritten(checkout_with_set):
    path = checkout_with_set / "exercises/01_first.ipynb"
    text = path.read_text("utf-8").replace("raise NotImplementedError", "return 2 * x")
    path.write_text(text, "utf-8")
    assert main(["exercises"]) == 2
    assert path.read_text("utf-8") == text


def test_a_key_with_a_mistake_does_not_keep_others_from_being_made(
    checkout, write_key, capsys
):
    write_key(KEY.replace("### END SOLUTION", ""), "01_broken")
    write_key(name="02_good")
    assert main(["exercises"]) == 1
    assert (checkout / "exercises/02_good.ipynb").exists()
    assert "solutions/01_broken.py" in capsys.readouterr().err


HINTS = """\
# %% [markdown]
# ## 1.1 Double
#
# <details><summary>Hint 2</summary>
#
# Twice.
# </details>
#
# <details><summary>Hint 3</summary>
#
# Add the number to itself.
# </details>

"""


def test_the_third_hint_is_kept_elsewhere(checkout, write_key):
    write_key(KEY.replace(ANSWER, HINTS + ANSWER))
    main(["exercises"])
    text = (checkout / "exercises/01_first.py").read_text("utf-8")
    assert "Twice." in text
    assert "itself" not in text
    assert '`checks.hint("double")`' in text
    stored = json.loads((checkout / "course_utils/checks/hints.json").read_text())
    assert list(stored) == ["01_first"]
    hint = b64decode(stored["01_first"]["double"]).decode()
    assert hint == "Add the number to itself."
    (checkout / "course_utils/checks/hints.json").write_text("{}")
    assert main(["exercises", "--check"]) == 1


def test_hints_of_a_written_exercise_stay(checkout, write_key):
    write_key(KEY.replace(WRITTEN, HINTS + WRITTEN))
    main(["exercises"])
    assert "itself" in (checkout / "exercises/01_first.py").read_text("utf-8")
    assert not (checkout / "course_utils").exists()


PARTS = """\
    with checks.part("positive", 1):
        checks.expect(double(3) == 6, "double(3) must be 6")
"""


@pytest.mark.parametrize(
    ("parts", "message"),
    [
        (PARTS, r"parts of double are {'positive': 1}, but it has 2 points"),
        (
            "    ### BEGIN HIDDEN TESTS\n"
            + PARTS.replace("1", "2")
            + "    ### END HIDDEN TESTS\n",
            "students don't see the part 'positive'",
        ),
    ],
)
def test_parts_have_the_points_of_their_exercise(
    parts, message, checkout, write_key, capsys
):
    visible = '    checks.expect(double(3) == 6, "double(3) must be 6")\n'
    write_key(KEY.replace(visible, parts))
    assert main(["exercises"]) == 1
    assert message in capsys.readouterr().err


# --- checking -------------------------------------------------------------------------


def test_check_passes_what_was_made(checkout_with_set):
    assert main(["exercises", "--check"]) == 0


@pytest.mark.parametrize("name", ["01_first.py", "01_first.ipynb"])
@pytest.mark.parametrize("change", ["edited", "missing"])
def test_check_names_a_file_that_differs(checkout_with_set, name, change, capsys):
    path = checkout_with_set / "exercises" / name
    if change == "edited":
        text = path.read_text("utf-8").replace("must be 6", "must be six")
        path.write_text(text, "utf-8")
    else:
        path.unlink()
    assert main(["exercises", "--check"]) == 1
    assert f"exercises/{name}: not what the keys generate" in capsys.readouterr().err


def test_check_names_a_set_without_key(checkout_with_set, capsys):
    (checkout_with_set / "exercises/07_old.py").write_text("# %%\n", "utf-8")
    assert main(["exercises", "--check"]) == 1
    assert "exercises/07_old.py: there is no key for it" in capsys.readouterr().err


def test_check_changes_nothing(checkout, write_key):
    write_key()
    assert main(["exercises", "--check"]) == 1
    assert contents(checkout / "exercises") == {}


def test_without_keys_there_is_nothing_to_make(checkout, capsys):
    assert main(["exercises"]) == 2
    assert "solutions holds no keys" in capsys.readouterr().err


# --- mistakes in a key ----------------------------------------------------------------


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ("# exercise: double\n", "", "must start with the line `# exercise: double`"),
        (CHECK, "", r"no check cell follows the answer cells \['double'\]"),
        (ANSWER, "", "check cell 'double-check' has no answer cell 'double' above"),
        ('"double": 2', '"double": 1', "declares .*'double': 1.* metadata has .*2"),
        ('"points": 3', '"points": 4', "declares .*'explain': 3.* metadata has .*4"),
        ("    ### END SOLUTION", "", "no end solution"),
        ("    ### END HIDDEN TESTS", "", "No end hidden tests"),
        (
            SOLUTION,
            "    return x + x\n",
            "must start with the line .*outside the BEGIN",
        ),
        ("(solutions)", "\n# **Rubric**", "rubric would reach the students"),
        ("(solutions)", "\n# BEGIN SOLUTION\n# END SOLUTION", "non-solution cell"),
        ('"schema_version": 3, ', "", "nbgrader says: Outdated schema version"),
        ('"locked": true, ', "", "nbgrader says: 'locked' is a required property"),
        ('"grade_id": "explain"', '"grade_id": "double"', "Duplicate grade id: double"),
    ],
)
def test_a_mistake_in_a_key_is_named(checkout, write_key, old, new, message):
    assert old in KEY
    path = write_key(KEY.replace(old, new))
    with pytest.raises(UserError, match=message) as caught:
        exercise_files(path, checkout)
    assert str(caught.value).startswith("solutions/01_first.py: ")


def test_a_set_lists_its_exercises(write_key):
    path = write_key()
    double, explain = find_exercises(pairs.read_source(path), path)
    assert (double.name, double.points, double.autograded) == ("double", 2, True)
    assert (explain.name, explain.points, explain.autograded) == ("explain", 3, False)
    assert double.answer.startswith("# exercise: double\n")
    assert "HIDDEN" in double.check and "HIDDEN" not in double.visible
    assert double.names == ("double",)
    assert "doubles it" in explain.answer and explain.check == ""

"""What README.md says can be done, can be done."""

import re
from pathlib import Path

import pytest
import torch
from torch import nn

from course_utils import readme
from course_utils.__main__ import COMMANDS
from course_utils.project import UserError

ROOT = Path(__file__).parents[1]
TEXT = (ROOT / "README.md").read_text(encoding="utf-8")
LESSON = """\
# %% [markdown]
# # 1. First
#
# **The question of this lesson:** what is
# this? After it you can tell. **Time:** about 5 minutes.
"""
README = f"before\n{readme.BEGIN}\nold\n{readme.END}\nafter\n"


def test_the_table_of_lessons_is_up_to_date():
    assert readme.written(ROOT) == TEXT


def test_its_commands_exist():
    courses = set(re.findall(r"^course (\w+)|bin/course (\w+)", TEXT, re.MULTILINE))
    names = {name for pair in courses for name in pair if name}
    assert names and names <= set(COMMANDS)
    targets = set(re.findall(r"^make (\w+)", TEXT, re.MULTILINE))
    makefile = (ROOT / "Makefile").read_text(encoding="utf-8")
    assert targets == {"lab", "test"}
    assert all(f"\n{target}:" in makefile for target in targets)


def test_its_links_lead_somewhere():
    links = re.findall(r"\]\((?!https?:)([^)#]+)", TEXT)
    assert links
    assert [link for link in links if not (ROOT / link).exists()] == []


def test_its_code_runs():
    (code,) = re.findall(r"```python\n(.+?)```", TEXT, re.DOTALL)
    model = nn.Sequential(nn.Flatten(), nn.Linear(784, 10))
    optimizer = torch.optim.Adam(model.parameters())
    names = {"model": model, "optimizer": optimizer}
    exec(code.replace("epochs=5", "epochs=1"), names)
    assert names["result"].accuracy > 0.8


def test_a_new_lesson_enters_the_table(checkout, write_lesson):
    write_lesson(LESSON)
    (checkout / "README.md").write_text(README, encoding="utf-8")
    text = readme.written(checkout)
    assert "[1. First](notebooks/01_first.ipynb) | What is this? | 5 minutes" in text
    assert text.endswith("\nafter\n") and "old" not in text


@pytest.mark.parametrize("what", ["question", "time"])
def test_a_lesson_that_lacks_a_part_of_its_opening_is_named(
    checkout, write_lesson, what
):
    word = {"question": "question of", "time": "Time"}[what]
    write_lesson(LESSON.replace(word, "thing"))
    (checkout / "README.md").write_text(README, encoding="utf-8")
    with pytest.raises(UserError, match=rf"01_first.py does not say its {what}"):
        readme.written(checkout)


def test_a_readme_without_a_place_for_the_table_is_refused(checkout):
    (checkout / "README.md").write_text("nothing", encoding="utf-8")
    with pytest.raises(UserError, match="needs the lines"):
        readme.written(checkout)

"""What README.md says can be done, can be done."""

import json
import re
from pathlib import Path

import demo_class
import nbformat
import numpy as np
import pytest
import torch
from grading import classes
from PIL import Image
from torch import nn

from course_tools.__main__ import COMMANDS, main
from course_tools.authoring import readme
from course_tools.authoring.author_cells import RESULT
from course_tools.project import UserError

ROOT = Path(__file__).parents[2]
TEXT = (ROOT / "README.md").read_text(encoding="utf-8")
LESSON = """\
# %% [markdown]
# # 1. First
#
# **The question of this lesson:** what is
# this? After it you can tell. **Time:** about 5 minutes.
"""
PLACES = [f"{readme.begin(part)}\nold\n{readme.end(part)}" for part in readme.PARTS]
README = "\n".join(["before", *PLACES, "after\n"])


def test_its_tables_are_up_to_date():
    assert readme.written(ROOT) == TEXT


def test_its_picture_shows_what_the_lessons_store():
    stored = np.asarray(Image.open(ROOT / readme.PICTURE).convert("RGB"), float)
    drawn = np.asarray(readme.picture(ROOT), float)
    assert stored.shape == drawn.shape
    assert np.abs(stored - drawn).mean() < 1  # of 255: releases of Pillow differ
    assert re.search(rf"!\[[^]]{{40,}}\]\({readme.PICTURE}\)", TEXT)


@pytest.mark.parametrize(
    "path", sorted((ROOT / "notebooks").glob("*.ipynb")), ids=lambda path: path.stem
)
def test_a_lesson_stands_in_the_table_with_what_its_stored_run_took(path):
    taken = json.loads(path.read_text(encoding="utf-8"))["metadata"]["course"]
    (row,) = re.findall(rf"^\| \[[^]]+\]\(notebooks/{path.name}\).*$", TEXT, re.M)
    seconds, gigabytes = re.search(r"\| (\d+) s, ([\d.]+) GB \|", row).groups()
    assert abs(int(seconds) - taken["seconds"]) <= 0.5
    assert abs(float(gigabytes) * 1000 - taken["peak_mb"]) <= 50


RESULTS = [
    (path.stem, result)
    for path in sorted((ROOT / "notebooks").glob("*.ipynb"))
    for result in readme.stored_results(path)
]


def test_the_results_are_those_of_the_lessons_that_train_for_one():
    lessons = [int(stem[:2]) for stem, _ in RESULTS]
    assert lessons == [2, 3, 3, *5 * [4], 9, 9, *4 * [10]]


@pytest.mark.parametrize(
    ("stem", "result"), RESULTS, ids=[result["task"] for _, result in RESULTS]
)
def test_a_result_stands_in_the_table_as_the_lesson_printed_it(stem, result):
    row = rf"^\| {re.escape(result['task'])} \| {re.escape(result['published'])} \| "
    (ours,) = re.findall(rf"{row}([\d.]+) %", TEXT, re.M)
    cells = json.loads((ROOT / f"notebooks/{stem}.ipynb").read_text("utf-8"))["cells"]
    printed = " ".join(
        "".join(output.get("text") or output["data"].get("text/plain", ""))
        for cell in cells
        for output in cell.get("outputs", [])
        if RESULT not in output.get("data", {})
    )
    digits = len(ours.partition(".")[2])
    numbers = map(float, re.findall(r"\d+\.\d+", printed))
    assert ours in {f"{number:.{digits}f}" for number in numbers}


def test_results_come_in_the_order_of_lessons_and_cells(checkout, write_lesson):
    numbers = {"published": "–", "images": None, "interval": None, "seconds": None}
    for name, tasks in {"02_second": "c", "01_first": "ab"}.items():
        write_lesson(LESSON, f"notebooks/{name}.py")
        notebook = nbformat.v4.new_notebook()
        for task in tasks:
            data = {RESULT: {"task": task, "accuracy": 0.5, **numbers}}
            output = nbformat.v4.new_output("display_data", data=data)
            cell = nbformat.v4.new_code_cell("", outputs=[output])
            notebook.cells.append(cell)
        nbformat.write(notebook, checkout / f"notebooks/{name}.ipynb")
    table = readme.result_table(checkout)
    assert [row.split(" | ") for row in table.splitlines()[2:]] == [
        ["| a", "–", "50.0 %", "[1](notebooks/01_first.ipynb) |"],
        ["| b", "–", "50.0 %", "[1](notebooks/01_first.ipynb) |"],
        ["| c", "–", "50.0 %", "[2](notebooks/02_second.ipynb) |"],
    ]


def test_a_lesson_that_is_not_there_has_no_picture(checkout):
    with pytest.raises(UserError, match="draws on lesson 01, and it is not there"):
        readme.picture(checkout)


def test_its_commands_exist():
    courses = set(re.findall(r"^course (\w+)|bin/course (\w+)", TEXT, re.MULTILINE))
    names = {name for pair in courses for name in pair if name}
    assert names and names <= set(COMMANDS)
    targets = set(re.findall(r"^make (\w+)", TEXT, re.MULTILINE))
    makefile = (ROOT / "Makefile").read_text(encoding="utf-8")
    assert targets == {"lab", "test", "bench"}
    assert all(f"\n{target}:" in makefile for target in targets)


def test_its_links_lead_somewhere():
    links = re.findall(r"\]\((?!https?:)([^)#]+)", TEXT)
    assert links
    assert [link for link in links if not (ROOT / link).exists()] == []


def test_the_message_it_quotes_is_one_of_the_checks():
    (quoted,) = re.findall(r"what is wrong, such as \"(.+?)\"", TEXT, re.DOTALL)
    key = (ROOT / "solutions" / "02_softmax_regression.py").read_text(encoding="utf-8")
    assert " ".join(quoted.split()) in re.sub(r'"\n\s+"', "", key)


def test_its_output_of_the_grader_is_what_the_made_up_class_gets(tmp_path, capsys):
    demo_class.hand_in(tmp_path / "submissions")
    words = ["grade", str(tmp_path / "submissions"), "--out", str(tmp_path / "grades")]
    words += ["--key", str(ROOT / "solutions" / "02_softmax_regression.py")]
    words += [] if classes.strong_modes() else ["--trusted"]
    assert main(words) == 0
    table = r"^exercise +mean of.+?^total[^\n]+$"
    printed = re.search(table, capsys.readouterr().out, re.M | re.S)[0]
    assert re.search(table, TEXT, re.M | re.S)[0] == printed


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
    assert "[1. First](notebooks/01_first.ipynb) | What is this? | not yet run" in text
    assert text.endswith("\nafter\n") and "old" not in text


def test_a_lesson_without_a_question_in_its_opening_is_named(checkout, write_lesson):
    write_lesson(LESSON.replace("question of", "thing"))
    (checkout / "README.md").write_text(README, encoding="utf-8")
    with pytest.raises(UserError, match=r"01_first.py does not say its question"):
        readme.written(checkout)


def test_a_readme_without_a_place_for_the_table_is_refused(checkout):
    (checkout / "README.md").write_text("nothing", encoding="utf-8")
    with pytest.raises(UserError, match="needs the lines"):
        readme.written(checkout)

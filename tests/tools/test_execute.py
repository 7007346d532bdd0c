"""`course run`: lessons executed, their outputs and measurements stored."""

import json
import re
import signal
import subprocess
import sys
import textwrap
from contextlib import suppress

import jupytext
import nbformat
import psutil
import pytest
from nbformat.v4 import new_code_cell, new_notebook, new_output

from course_tools.__main__ import main
from course_tools.authoring import execute, outputs
from course_tools.authoring.memory import peak_megabytes
from course_tools.project import UserError

LESSON = """\
# %% [markdown]
# # Title

# %%
import os
import sys

print("before", end=" ")
print("and after")
sys.executable

# %%
for step in range(3):
    print(f"\\rstep {step}", end="")
print()
os.path.basename(os.getcwd())

# %%
block = bytearray(os.urandom(1000)) * 200_000
len(block)

# %% tags=["raises-exception"]
1 / 0
"""


def stored(path):
    return nbformat.read(path.with_suffix(".ipynb"), as_version=4)


@pytest.fixture(scope="module")
def executed(tmp_path_factory):
    """A lesson that `course run 1` has executed, and what the command printed."""
    root = tmp_path_factory.mktemp("course")
    (root / "notebooks").mkdir()
    path = root / "notebooks/01_first.py"
    path.write_text(LESSON)
    settings = (execute.Path(__file__).parents[2] / "pyproject.toml").read_text()
    (root / "pyproject.toml").write_text(settings)
    line = [sys.executable, "-m", "course_tools", "run", "1"]
    result = subprocess.run(line, cwd=root, capture_output=True, text=True)
    assert result.returncode == 0, result.stderr
    return path, result.stdout


def test_outputs_are_stored(executed):
    first, second, third, _ = [
        c for c in stored(executed[0]).cells if c.cell_type == "code"
    ]
    assert first.outputs[0].text == "before and after\n"
    assert first.outputs[1].data["text/plain"] == repr(sys.executable)
    assert second.outputs[0].text == "step 2\n"
    assert third.outputs[0].data["text/plain"] == "200000000"


def test_the_kernel_works_in_the_lessons_folder(executed):
    assert stored(executed[0]).cells[2].outputs[1].data["text/plain"] == "'notebooks'"


def test_a_cell_that_is_meant_to_raise_does_not_stop_the_lesson(executed):
    assert stored(executed[0]).cells[-1].outputs[0].ename == "ZeroDivisionError"


def test_cells_are_counted_from_one_and_carry_no_times(executed):
    code = [c for c in stored(executed[0]).cells if c.cell_type == "code"]
    assert [c.execution_count for c in code] == [1, 2, 3, 4]
    assert all("execution" not in c.metadata for c in code)


def test_measurements_are_in_both_files(executed):
    path, _ = executed
    in_script = jupytext.read(path).metadata["course"]
    in_notebook = dict(stored(path).metadata["course"])
    del in_notebook["made_from"]
    assert in_script == in_notebook
    assert set(in_script) == {"seconds", "peak_mb", "python", "torch"}
    assert in_script["seconds"] == round(in_script["seconds"], 1) > 0
    # The lesson holds 200 MB at once; a bare kernel has some tens.
    assert 200 < in_script["peak_mb"] < 500


def test_only_the_header_of_the_script_changes(executed):
    text = executed[0].read_text()
    header = re.match(r"# ---\n(#.*\n)*?# ---\n\n", text)
    assert text[header.end() :] == LESSON


def test_the_table_has_the_figures_of_the_lesson(executed):
    path, printed = executed
    heading, row = [line.split() for line in printed.splitlines()[-2:]]
    assert heading == ["lesson", "cells", "seconds", "peak", "MB", "size", "kB"]
    course = stored(path).metadata.course
    kilobytes = path.with_suffix(".ipynb").stat().st_size / 1000
    assert row[:4] == ["01_first", "4", str(course.seconds), str(course.peak_mb)]
    assert float(row[4]) == pytest.approx(kilobytes, abs=1)


def test_progress_names_the_lesson(executed):
    assert "01_first: 100%" in executed[1]


def test_an_executed_pair_is_in_step(executed, monkeypatch):
    monkeypatch.chdir(executed[0].parents[1])
    assert main(["pairs", "--check"]) == 0


FAILING = """\
# %%
def inverse(a):
    return 1 / a

# %%
x = 3
inverse(0)

# %%
raise SystemExit("not reached")
"""


def test_the_first_error_stops_the_run_and_stores_nothing(write_lesson, capsys):
    path = write_lesson(FAILING)
    main(["pairs"])
    before = path.read_bytes(), path.with_suffix(".ipynb").read_bytes()
    assert main(["run", "1"]) == 1
    report = capsys.readouterr().err
    assert "notebooks/01_first.py, cell 2, line 7" in report
    assert "ZeroDivisionError: division by zero" in report
    assert "> inverse(0)" in report
    assert "line 2, in inverse(a)" in report
    assert "not reached" not in report
    assert (path.read_bytes(), path.with_suffix(".ipynb").read_bytes()) == before


@pytest.mark.parametrize(
    ("source", "says"),
    [
        ("import time\ntime.sleep(60)", "longer than the time limit"),
        ("import os\nos._exit(1)", "the kernel died"),
        ("x = (1,\ny = 2", "SyntaxError"),
    ],
)
def test_a_cell_that_cannot_end_is_reported(write_lesson, source, says):
    path = write_lesson(f"# %%\n{source}\n")
    with pytest.raises(execute.LessonFailed, match=says):
        execute.execute(path, time_limit=3)


def test_check_and_exercises_store_nothing(write_lesson, capsys):
    lesson = write_lesson("# %%\nprint('ran')\n")
    exercise = write_lesson("# %%\nprint('ran')\n", "exercises/01_first.py")
    main(["pairs"])
    files = [p.with_suffix(s) for p in (lesson, exercise) for s in (".py", ".ipynb")]
    before = [path.read_bytes() for path in files]
    assert main(["run", "--check", "1"]) == 0
    assert main(["run", "exercises/01_first.ipynb"]) == 0
    assert [path.read_bytes() for path in files] == before
    assert capsys.readouterr().out.count("peak MB") == 2


def test_a_script_edited_during_the_run_keeps_its_edits(write_lesson, capsys):
    path = write_lesson("# %%\nopen('01_first.py', 'a').write('# edited\\n')\n")
    assert main(["run", "1"]) == 2
    assert "edited while it ran" in capsys.readouterr().err
    assert path.read_text().endswith("# edited\n")
    assert not path.with_suffix(".ipynb").exists()


def test_a_notebook_edited_itself_is_not_overwritten(write_lesson, capsys):
    path = write_lesson("# %%\nx = 1\n")
    main(["pairs"])
    notebook = stored(path)
    notebook.cells[0].source = "x = 'mine'"
    nbformat.write(notebook, path.with_suffix(".ipynb"))
    assert main(["run", "1"]) == 2
    assert stored(path).cells[0].source == "x = 'mine'"


@pytest.mark.skipif(sys.platform == "win32", reason="no SIGINT for one process")
def heed_interrupts():
    # A shell makes what it runs in the background deaf to Ctrl-C.
    signal.signal(signal.SIGINT, signal.default_int_handler)


def test_an_interrupt_ends_the_kernel_and_leaves_the_pair(write_lesson, checkout):
    path = write_lesson(
        "# %%\nimport os, pathlib, time\n"
        "pathlib.Path('new').write_text(str(os.getpid()))\n"
        "os.rename('new', 'pid')\ntime.sleep(600)\n"
    )
    main(["pairs"])
    before = path.read_bytes(), path.with_suffix(".ipynb").read_bytes()
    run = subprocess.Popen(
        [sys.executable, "-m", "course_tools", "run", "1"],
        stderr=subprocess.PIPE,
        text=True,
        preexec_fn=None if sys.platform == "win32" else heed_interrupts,
    )
    started = path.with_name("pid")
    while not started.exists():
        assert run.poll() is None
        with suppress(subprocess.TimeoutExpired):
            run.wait(0.1)
    kernel = psutil.Process(int(started.read_text()))
    run.send_signal(signal.SIGINT)
    _, errors = run.communicate()
    assert run.returncode == 130
    assert errors == "Stopped.\n"
    psutil.wait_procs([kernel], timeout=10)
    assert not kernel.is_running()
    assert (path.read_bytes(), path.with_suffix(".ipynb").read_bytes()) == before
    assert {p.name for p in path.parent.iterdir()} == {
        "01_first.py",
        "01_first.ipynb",
        "pid",
    }


@pytest.fixture
def lessons(write_lesson):
    names = ["03_mlp", "05_backpropagation", "07_regularization", "08_cifar"]
    return {n: write_lesson("# %%\nx = 1\n", f"notebooks/{n}.py") for n in names}


@pytest.mark.parametrize(
    ("name", "means"),
    [
        ("3", "03_mlp"),
        ("03", "03_mlp"),
        ("mlp", "03_mlp"),
        ("backprop", "05_backpropagation"),
        ("08_cifar", "08_cifar"),
        ("08_cifar.ipynb", "08_cifar"),
        ("notebooks/07_regularization.py", "07_regularization"),
    ],
)
def test_a_lesson_is_found_by_number_topic_or_file(lessons, checkout, name, means):
    assert execute.find_lesson(name, checkout) == lessons[means].resolve()


@pytest.mark.parametrize(
    ("name", "says"),
    [
        ("9", "'9' is no lesson.*03_mlp, 05_back"),
        ("rnn", "'rnn' is no lesson"),
        ("ar", "'ar' means several lessons.*07_regularization, 08_cifar"),
        ("notebooks/09_rnn.py", "is no lesson"),
    ],
)
def test_other_names_are_refused_with_the_choice(lessons, checkout, name, says):
    with pytest.raises(UserError, match=says):
        execute.find_lesson(name, checkout)


def test_a_time_limit_must_be_positive(lessons, capsys):
    assert main(["run", "3", "--time-limit", "0"]) == 2
    assert "--time-limit is 0" in capsys.readouterr().err


def text_output(text, name="stdout"):
    return new_output("stream", name=name, text=text)


@pytest.mark.parametrize(
    ("texts", "expected"),
    [
        (["a\n", "b\n"], ["a\nb\n"]),
        (["\r 0%", "\r 50%", "\r100%\n", "done\n"], ["100%\ndone\n"]),
        (["one\r\ntwo\r\n"], ["one\ntwo\n"]),
        (["bar\r", "   \r"], []),
        (["\x1b[1mbold\x1b[0m\n"], ["\x1b[1mbold\x1b[0m\n"]),
    ],
)
def test_streams_hold_what_a_terminal_shows_in_the_end(texts, expected):
    cell = new_code_cell("x", outputs=[text_output(text) for text in texts])
    outputs.normalize_outputs(new_notebook(cells=[cell]))
    assert [output.text for output in cell.outputs] == expected


def test_different_streams_and_results_stay_apart():
    cell = new_code_cell(
        "x",
        outputs=[
            text_output("a"),
            text_output("b", "stderr"),
            new_output("display_data", data={"text/plain": "c"}),
            text_output("d"),
        ],
    )
    outputs.normalize_outputs(new_notebook(cells=[cell]))
    assert [o.get("text") for o in cell.outputs] == ["a", "b", None, "d"]


@pytest.mark.parametrize("veiled", [False, True])
def test_of_an_explorable_all_but_the_live_widget_is_stored(veiled):
    stays = {
        "text/plain": "A picture.",
        "application/vnd.course.explorable+json": {"name": "x", "args": {}},
    } | ({} if veiled else {"image/png": "QUJD"})
    metadata = {} if veiled else {"image/png": {"alt": "A picture."}}
    view = {outputs.WIDGET: {"model_id": "1"}}
    shown = new_output("display_data", data=stays | view, metadata=metadata)
    notebook = new_notebook(cells=[new_code_cell("x", outputs=[shown])])
    outputs.normalize_outputs(notebook)
    (output,) = notebook.cells[0].outputs
    assert output.data == stays
    assert output.metadata == metadata


def test_live_widgets_are_dropped_and_pictures_kept():
    picture = new_output(
        "display_data",
        data={"image/png": "AAAA", "text/plain": "<Figure>"},
        metadata={"image/png": {"alt": "a line"}},
    )
    widget = new_output(
        "display_data",
        data={outputs.WIDGET: {"model_id": "1"}, "text/plain": "IntSlider(value=1)"},
    )
    cell = new_code_cell("x", outputs=[widget, picture])
    notebook = new_notebook(cells=[cell], metadata={"widgets": {"state": {}}})
    outputs.normalize_outputs(notebook)
    assert cell.outputs == [picture]
    assert "widgets" not in notebook.metadata


def test_counts_are_dense_whatever_the_kernel_counted():
    cells = [
        new_code_cell("a", execution_count=4),
        new_code_cell(""),
        new_code_cell(
            "b",
            execution_count=9,
            outputs=[
                new_output("execute_result", {"text/plain": "1"}, execution_count=9)
            ],
        ),
    ]
    outputs.normalize_outputs(new_notebook(cells=cells))
    assert [cell.execution_count for cell in cells] == [1, None, 2]
    assert cells[2].outputs[0].execution_count == 2


def test_peak_memory_remembers_what_was_freed():
    code = textwrap.dedent(
        """
        import json
        from course_tools.authoring.memory import peak_megabytes
        before = peak_megabytes()
        block = bytearray(b"x") * 300_000_000
        del block
        print(json.dumps([before, peak_megabytes()]))
        """
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, check=True)
    before, after = json.loads(done.stdout)
    assert 290 <= after - before <= 310


def test_peak_memory_is_at_least_what_is_in_use():
    in_use = psutil.Process().memory_info().rss / 1e6
    assert peak_megabytes() >= round(in_use) - 1

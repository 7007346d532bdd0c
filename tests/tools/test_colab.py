"""The badge and the set-up cell: stamped everywhere, and doing what they say."""

import os
import subprocess
import sys
import sysconfig
import tomllib
import zipfile
from pathlib import Path

import jupytext
import nbformat
import pytest
from nbformat.v4 import new_output

from course_tools.__main__ import main
from course_tools.authoring import colab

LESSON = """\
# %% [markdown]
# # Title
#
# What you will be able to do.

# %% [markdown]
# ## First section

# %%
print("hello")
"""
COLAB = "https://colab.research.google.com/github/"


def cells(path):
    return jupytext.read(path, fmt="py:percent").cells


def run_setup(folder, in_colab=True, **environment):
    """Run the set-up cell in a Python that finds no packages but those in `folder`."""
    site_packages = sysconfig.get_path("purelib", vars={"base": str(folder / "new")})
    Path(site_packages).mkdir(parents=True, exist_ok=True)
    code = "import sys, types\n"
    if in_colab:
        code += 'sys.modules["google.colab"] = types.ModuleType("google.colab")\n'
    code += colab.setup_text("owner/name")
    code += "\nprint('course_utils' in sys.modules, end=' ')"
    code += "\nprint(find_spec('course_utils') is not None)"
    return subprocess.run(
        [sys.executable, "-S", "-c", code],
        cwd=folder,
        env={
            **os.environ,
            "PYTHONPATH": site_packages,
            "PIP_PREFIX": str(folder / "new"),
            "PIP_NO_INDEX": "1",
            "PIP_DISABLE_PIP_VERSION_CHECK": "1",
            **environment,
        },
        capture_output=True,
        text=True,
    )


@pytest.fixture
def wheel(tmp_path, request):
    """A package with the course's dependencies, built without a build tool."""
    settings = tomllib.loads((request.config.rootpath / "pyproject.toml").read_text())
    needs = [f"Requires-Dist: {n}" for n in settings["project"]["dependencies"]]
    head = ["Metadata-Version: 2.1", "Name: pretended", "Version: 1"]
    path = tmp_path / "pretended-1-py3-none-any.whl"
    files = {
        "course_utils/__init__.py": "",
        "pretended-1.dist-info/METADATA": "\n".join([*head, *needs, ""]),
        "pretended-1.dist-info/WHEEL": "Wheel-Version: 1.0\nTag: py3-none-any\n",
    }
    record = "".join(f"{name},,\n" for name in files)
    with zipfile.ZipFile(path, "w") as archive:
        for name, text in files.items():
            archive.writestr(name, text)
        archive.writestr("pretended-1.dist-info/RECORD", record)
    return path


def test_a_lesson_without_badge_and_setup_cell_gets_them(write_lesson):
    path = write_lesson(LESSON, "notebooks/03_mlp.py")
    assert main(["stamp", "owner/name"]) == 0
    badge, title, sentence, setup, section, code = cells(path)
    assert f"{COLAB}owner/name/blob/clean/notebooks/03_mlp.ipynb" in badge.source
    assert title.source.startswith("# Title")
    assert sentence.source == colab.SETUP_SENTENCE
    assert "https://github.com/owner/name" in setup.source
    assert setup.metadata["tags"] == ["author", "course-setup"]
    assert setup.metadata["jupyter"] == {"source_hidden": True}
    assert sentence.metadata["tags"] == ["author", "course-setup"]
    assert (section.source, code.source) == ("## First section", 'print("hello")')


def test_a_notebook_that_starts_with_code_gets_them_too(write_lesson):
    path = write_lesson("# %%\nx = 1\n")
    main(["stamp", "owner/name"])
    kinds = [cell.cell_type for cell in cells(path)]
    assert kinds == ["markdown", "markdown", "code", "code"]


def test_a_setup_cell_further_down_stays_there_and_is_folded(write_lesson):
    path = write_lesson(LESSON + '\n# %% tags=["course-setup"]\nold = 1\n')
    main(["stamp", "owner/name"])
    *before, setup = cells(path)
    assert [cell.cell_type for cell in before] == 3 * ["markdown"] + ["code"]
    assert setup.source == colab.setup_text("owner/name")
    assert setup.metadata["tags"] == ["author", "course-setup"]
    assert setup.metadata["jupyter"] == {"source_hidden": True}


def test_badges_of_all_folders_lead_to_their_own_notebook(write_lesson):
    # Lessons and exercises on the branch that pyproject.toml sets, the key on main.
    branches = {"notebooks": "clean", "exercises": "clean", "solutions": "main"}
    for folder, branch in branches.items():
        path = write_lesson(LESSON, f"{folder}/03_mlp.py")
        main(["stamp", "owner/name"])
        assert f"/blob/{branch}/{folder}/03_mlp.ipynb)" in cells(path)[0].source


def test_stamping_again_changes_nothing(write_lesson, checkout):
    write_lesson(LESSON)
    main(["stamp", "owner/name"])
    files = {p: p.read_bytes() for p in checkout.rglob("*") if p.is_file()}
    assert main(["stamp"]) == 0
    assert {p: p.read_bytes() for p in checkout.rglob("*") if p.is_file()} == files


def test_another_name_changes_only_badge_and_setup_cell(write_lesson):
    path = write_lesson(LESSON)
    main(["stamp", "owner/name"])
    text = path.read_text().replace(colab.SETUP_SENTENCE, "An author's sentence.")
    path.write_text(text)
    main(["stamp", "other/course-2.0"])
    assert path.read_text() == text.replace("owner/name", "other/course-2.0")
    assert "owner" not in path.with_suffix(".ipynb").read_text()


def test_stamping_keeps_outputs_and_the_pair_in_step(write_lesson):
    path = write_lesson(LESSON)
    main(["stamp", "owner/name"])
    notebook = nbformat.read(path.with_suffix(".ipynb"), as_version=4)
    code = [cell for cell in notebook.cells if cell.cell_type == "code"]
    for count, cell in enumerate(code, start=1):
        cell.execution_count = count
    code[1].outputs = [new_output("stream", text="hello\n")]
    nbformat.write(notebook, path.with_suffix(".ipynb"))
    main(["stamp", "other/name"])
    assert main(["pairs", "--check"]) == 0
    notebook = nbformat.read(path.with_suffix(".ipynb"), as_version=4)
    code = [cell for cell in notebook.cells if cell.cell_type == "code"]
    assert [cell.execution_count for cell in code] == [1, 2]
    assert code[1].outputs[0].text == "hello\n"


def test_the_name_is_set_in_pyproject_and_nothing_else_there(checkout):
    before = (checkout / "pyproject.toml").read_text()
    old = tomllib.loads(before)["tool"]["course"]["repository"]
    main(["stamp", "owner/name"])
    after = (checkout / "pyproject.toml").read_text()
    assert after == before.replace(f'"{old}"', '"owner/name"') != before


def test_a_course_section_without_the_setting_gets_it(checkout, capsys):
    (checkout / "pyproject.toml").write_text("[tool.course]\n\n[tool.jupytext]\n")
    assert main(["stamp"]) == 2
    assert "course stamp OWNER/NAME" in capsys.readouterr().err
    assert main(["stamp", "owner/name"]) == 0
    settings = tomllib.loads((checkout / "pyproject.toml").read_text())
    assert settings["tool"]["course"] == {"repository": "owner/name"}


@pytest.mark.parametrize("name", ["course", "a/b/c", "https://github.com/a/b", "a/ b"])
def test_other_forms_of_name_are_refused(write_lesson, capsys, name):
    path = write_lesson(LESSON)
    assert main(["stamp", name]) == 2
    assert repr(name) in capsys.readouterr().err
    assert path.read_text() == LESSON


def test_nothing_is_stamped_where_edits_would_be_lost(write_lesson, checkout, capsys):
    write_lesson(LESSON, "notebooks/01_first.py")
    edited = write_lesson(LESSON, "notebooks/02_second.py").with_suffix(".ipynb")
    main(["pairs"])
    edited.write_text(edited.read_text().replace("hello", "mine"))
    files = {p: p.read_bytes() for p in checkout.rglob("*") if p.is_file()}
    assert main(["stamp", "owner/name"]) == 2
    assert "02_second.ipynb was edited itself" in capsys.readouterr().err
    assert {p: p.read_bytes() for p in checkout.rglob("*") if p.is_file()} == files


@pytest.mark.parametrize(
    ("old", "new"), [("blob/clean", "blob/dev"), ("git+https", "git+http")]
)
def test_check_names_the_notebook_that_disagrees(write_lesson, capsys, old, new):
    write_lesson(LESSON, "notebooks/01_first.py")
    path = write_lesson(LESSON, "notebooks/02_second.py")
    main(["stamp", "owner/name"])
    assert main(["stamp", "--check"]) == 0
    text = path.read_text().replace(old, new)
    path.write_text(text)
    capsys.readouterr()
    assert main(["stamp", "--check"]) == 1
    report = capsys.readouterr().err
    assert "notebooks/02_second.py" in report
    assert "01_first" not in report
    assert path.read_text() == text


def test_the_setup_cell_is_short():
    lines = colab.setup_text("neural-notebooks/course").splitlines()
    assert len(lines) <= 12
    assert max(map(len, lines)) <= 78


def test_the_setup_cell_installs_nothing_outside_colab(tmp_path):
    done = run_setup(tmp_path, in_colab=False, COURSE_SOURCE="/not/there")
    assert (done.returncode, done.stdout, done.stderr) == (0, "False False\n", "")


def test_in_colab_the_setup_cell_installs_the_course_and_no_other_package(
    tmp_path, wheel
):
    # Without an index pip could not replace torch or numpy, and would fail.
    done = run_setup(tmp_path, COURSE_SOURCE=str(wheel))
    assert (done.returncode, done.stdout) == (0, "False True\n"), done.stderr
    found = sysconfig.get_path("purelib", vars={"base": str(tmp_path / "new")})
    assert {*os.listdir(found)} - {"__pycache__"} == {
        "course_utils",
        "pretended-1.dist-info",
    }


def test_in_colab_the_setup_cell_does_nothing_the_second_time(tmp_path, wheel):
    run_setup(tmp_path, COURSE_SOURCE=str(wheel))
    again = run_setup(tmp_path, COURSE_SOURCE="/not/there")
    assert (again.returncode, again.stdout, again.stderr) == (0, "False True\n", "")


def test_without_a_network_the_setup_cell_says_what_to_do(tmp_path):
    done = run_setup(tmp_path, COURSE_SOURCE="git+file:///not/there")
    assert done.returncode != 0
    last = done.stderr.strip().splitlines()[-1]
    assert "git+file:///not/there could not be installed" in last
    assert "Check the network, then run this cell again" in last


def test_the_clean_notebooks_have_a_setup_cell_and_nothing_else_for_authors(
    write_lesson, checkout, tmp_path
):
    path = write_lesson(
        f'{LESSON}\n# %% tags=["author"]\nassert True\n', "notebooks/03_mlp.py"
    )
    main(["stamp", "owner/name"])
    stored = path.with_suffix(".ipynb")
    notebook = nbformat.read(stored, 4)
    notebook.cells[-2].outputs = [new_output("stream", text="hello\n")]
    nbformat.write(notebook, stored)
    for name in ("notebooks/glossary.md", "LICENSE"):
        (checkout / name).write_text("words")
    folder = tmp_path / "for Colab"
    assert main(["clean", str(folder)]) == 0
    written = nbformat.read(folder / "notebooks" / "03_mlp.ipynb", 4)
    sources = [cell.source for cell in written.cells]
    assert colab.setup_text("owner/name") in sources
    assert "assert True" not in sources
    assert [c.outputs for c in written.cells if c.cell_type == "code"] == [[], []]
    assert (folder / "notebooks" / "glossary.md").read_text() == "words"
    assert main(["clean", str(folder)]) == 2  # not into a folder that holds something

"""The `course` command as a whole: help, errors, exit status."""

import importlib.metadata
import os
import subprocess
import sys
from pathlib import Path

import pytest

from course_tools import files, project
from course_tools.__main__ import COMMANDS, main
from course_tools.project import UserError

ROOT = Path(__file__).parents[2]


def python(*words, **settings):
    line = [sys.executable, *words]
    return subprocess.run(line, capture_output=True, text=True, **settings)


def loaded_after(code):
    """Return the modules that are loaded once a fresh Python has run `code`."""
    done = python("-c", f"import sys\n{code}\nprint(*sys.modules, file=sys.stderr)")
    return set(done.stderr.split())


def test_importing_the_package_loads_no_torch():
    assert not {"torch", "numpy", "matplotlib"} & loaded_after("import course_utils")


def test_help_loads_nothing_slow():
    code = (
        "from course_tools.__main__ import main\n"
        "try: main(['--help'])\nexcept SystemExit: pass"
    )
    found = loaded_after(code)
    assert "course_tools.project" in found
    assert not {"torch", "jupytext", "nbformat", "nbclient", "psutil"} & found


def test_help_names_every_subcommand():
    done = python("-m", "course_tools", "--help")
    assert done.returncode == 0
    for name, (_, description) in COMMANDS.items():
        assert name in done.stdout
        assert description in done.stdout


@pytest.mark.parametrize("name", COMMANDS)
def test_each_subcommand_explains_itself(name, capsys):
    with pytest.raises(SystemExit) as end:
        main([name, "--help"])
    assert end.value.code == 0
    assert f"usage: course {name}" in capsys.readouterr().out


def test_a_subcommand_that_a_class_did_not_get_says_so(monkeypatch, capsys):
    monkeypatch.setitem(COMMANDS, "grade", ("course_tools.left_out.command", "grade"))
    with pytest.raises(SystemExit) as end:
        main(["grade", "submissions"])
    assert end.value.code == 2
    assert "this copy of the course has no `course grade`" in capsys.readouterr().err


def test_a_missing_package_is_not_taken_for_a_missing_subcommand(monkeypatch):
    monkeypatch.delitem(sys.modules, "course_tools.doctor", raising=False)
    monkeypatch.setitem(sys.modules, "psutil", None)
    with pytest.raises(ModuleNotFoundError, match="psutil"):
        main(["doctor"])


def test_the_console_script_is_this_command():
    (entry,) = importlib.metadata.entry_points(group="console_scripts", name="course")
    assert entry.load() is main


@pytest.mark.parametrize(
    "words", [[], ["walk"], ["pairs", "--chek"], ["pairs", "03"], ["lab", "--help=1"]]
)
def test_wrong_use_is_told_in_a_line_with_status_2(words, capsys):
    with pytest.raises(SystemExit) as end:
        main(words)
    assert end.value.code == 2
    assert "error:" in capsys.readouterr().err.splitlines()[-1]


def test_a_users_error_is_one_line_without_traceback(checkout):
    done = python("-m", "course_tools", "run", "99", cwd=checkout)
    assert done.returncode == 2
    assert done.stdout == ""
    assert done.stderr.startswith("course: '99' is no lesson.")
    assert len(done.stderr.splitlines()) == 1


def test_settings_that_are_no_toml_are_a_users_error(checkout, capsys):
    (checkout / "pyproject.toml").write_text("[tool.course\n")
    assert main(["pairs"]) == 2
    assert "pyproject.toml is no valid TOML" in capsys.readouterr().err


def test_the_checkout_is_found_from_a_folder_inside_it(checkout):
    inside = checkout / "notebooks" / "deeper"
    inside.mkdir()
    assert project.find_root(inside) == checkout.resolve()


def test_elsewhere_the_checkout_of_the_package_is_used(tmp_path, request):
    assert project.find_root(tmp_path) == request.config.rootpath


def test_without_any_checkout_the_error_says_where_to_go(tmp_path, monkeypatch):
    monkeypatch.setattr(project, "__file__", str(tmp_path / "lib/course_utils/x.py"))
    with pytest.raises(UserError, match="Change into your copy of the course"):
        project.find_root(tmp_path)


def test_a_written_file_has_the_usual_permissions(tmp_path):
    usual, ours = tmp_path / "usual", tmp_path / "ours"
    usual.write_text("x")
    files.write_atomically(ours, "grün\n")
    assert ours.read_bytes() == "grün\n".encode()
    assert os.stat(ours).st_mode == os.stat(usual).st_mode


@pytest.mark.skipif(sys.platform == "win32", reason="open files cannot be replaced")
def test_who_is_reading_a_file_while_it_is_replaced_sees_the_old_one(tmp_path):
    path = tmp_path / "file"
    path.write_text("old\n" * 3)
    with path.open() as reader:
        reader.readline()
        files.write_atomically(path, "new\n" * 3)
        assert reader.read() == "old\n" * 2
    assert path.read_text() == "new\n" * 3

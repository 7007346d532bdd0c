"""`course lab`, and a learner's work in the JupyterLab that it starts."""

import json
import os
import re
import signal
import socket
import subprocess
import sys
import urllib.request

import nbformat
import pytest

from course_tools import lab
from course_tools.__main__ import main
from course_tools.authoring import pairs

LESSON = """\
# ---
# jupyter:
#   course:
#     seconds: 1.5
# ---

# %% [markdown]
# # Title

# %% tags=["course-setup"]
x = 1


# %%
def f():
    return x


# %% nbgrader={"grade": false, "grade_id": "softmax", "solution": true}
f()
"""
DAY = 86_400


class Server:
    """A JupyterLab that `course lab` has started on a course in `folder`."""

    def __init__(self, folder):
        self.notebook = folder / lab.FIRST_LESSON
        self.script = self.notebook.with_suffix(".py")
        self.script.parent.mkdir()
        project = pairs.Path(__file__).parents[2] / "pyproject.toml"
        (folder / "pyproject.toml").write_text(project.read_text())
        self.reset()
        environment = {k: v for k, v in os.environ.items() if not k.endswith("DISPLAY")}
        environment |= {f"JUPYTER_{k}_DIR": str(folder) for k in ("RUNTIME", "CONFIG")}
        self.process = subprocess.Popen(
            [sys.executable, "-m", "course_tools", "lab", "--no-browser"],
            cwd=folder,
            env=environment,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )
        self.printed = []
        for line in self.process.stdout:
            self.printed.append(line)
            if "Ctrl-C" in line:
                break
        found = re.search(r"(http\S+/)lab/tree/(\S+)\?token=(\S+)", self.text())
        assert found, self.text()
        self.url, self.path, self.token = found.groups()

    def text(self):
        return "".join(self.printed)

    def reset(self):
        self.script.write_text(LESSON)
        self.notebook.unlink(missing_ok=True)
        pairs.rebuild(self.script)

    def ask(self, path, body=None):
        """Send a request as JupyterLab's page does."""
        request = urllib.request.Request(
            f"{self.url}api/contents/notebooks/{path}",
            data=None if body is None else json.dumps(body).encode(),
            headers={"Authorization": f"token {self.token}"},
            method="GET" if body is None else "PUT",
        )
        with urllib.request.urlopen(request) as reply:
            return json.load(reply)

    def open(self, path):
        return self.ask(f"{path.name}?type=notebook&content=1")["content"]

    def save(self, path, content):
        """Save as JupyterLab does, which notes kernel and language in what it saves."""
        content["metadata"]["kernelspec"] = dict(pairs.KERNELSPEC)
        content["metadata"]["language_info"] = {"name": "python", "version": "3.11.9"}
        self.ask(path.name, {"type": "notebook", "content": content})


@pytest.fixture(scope="module")
def running(tmp_path_factory):
    server = Server(tmp_path_factory.mktemp("course"))
    yield server
    server.process.terminate()
    server.process.communicate()


@pytest.fixture
def server(running):
    running.reset()
    return running


def test_the_last_lines_say_where_lesson_1_is_and_how_to_stop(server):
    assert server.path == "notebooks/01_data_visualization.ipynb"
    assert re.search(r"\n    http\S+\n\n.*Ctrl-C.*\n$", server.text())
    assert len(server.printed) < 12


def test_the_address_opens_lesson_1(server):
    address = server.text().split()
    address = next(word for word in address if word.startswith("http"))
    with urllib.request.urlopen(address) as page:
        assert page.status == 200
        text = page.read().decode()
    assert "JupyterLab" in text
    settings = re.search(r'id="jupyter-config-data"[^>]*>(.+?)</script>', text, re.S)[1]
    assert json.loads(settings)["news"] == {"disabled": True}  # nothing is asked first


# After `git clone` either file of a pair may be the older one, by any amount.
@pytest.mark.parametrize("script_age", [-DAY, 0, DAY])
def test_a_pair_opens_and_saves_whichever_file_is_older(server, script_age):
    time = server.notebook.stat().st_mtime
    os.utime(server.script, (time - script_age, time - script_age))
    content = server.open(server.notebook)
    content["cells"][1]["source"] = "x = 'learner'"
    server.save(server.notebook, content)
    reopened = server.open(server.notebook)
    assert reopened["cells"][1]["source"] == "x = 'learner'"
    assert server.script.read_text() == LESSON


@pytest.mark.parametrize("script_age", [-DAY, 0, DAY])
def test_edits_from_another_editor_survive(server, script_age):
    notebook = nbformat.read(server.notebook, as_version=4)
    notebook.cells[1].source = "x = 'from Colab'"
    nbformat.write(notebook, server.notebook)
    time = server.notebook.stat().st_mtime
    os.utime(server.script, (time - script_age, time - script_age))
    content = server.open(server.notebook)
    assert content["cells"][1]["source"] == "x = 'from Colab'"


def test_saving_keeps_cell_ids_and_the_graded_cells_metadata(server):
    before = nbformat.read(server.notebook, as_version=4)
    server.save(server.notebook, server.open(server.notebook))
    after = nbformat.read(server.notebook, as_version=4)
    assert [cell.id for cell in after.cells] == [cell.id for cell in before.cells]
    assert after.cells[3].metadata == before.cells[3].metadata


def test_a_lesson_that_was_opened_and_saved_is_no_edited_lesson(server, monkeypatch):
    server.save(server.notebook, server.open(server.notebook))
    monkeypatch.chdir(server.script.parents[1])
    assert main(["pairs"]) == 0


def test_a_script_opened_as_a_notebook_is_saved_unchanged(server):
    content = server.open(server.script)
    assert [cell["cell_type"] for cell in content["cells"]] == ["markdown"] + 3 * [
        "code"
    ]
    for cell in content["cells"]:
        cell["metadata"]["trusted"] = True
    server.save(server.script, content)
    assert server.script.read_text() == LESSON


@pytest.mark.skipif(sys.platform == "win32", reason="no SIGINT for one process")
def test_ctrl_c_ends_server_and_command(tmp_path):
    server = Server(tmp_path)
    port = int(re.search(r":(\d+)/", server.url)[1])
    server.process.send_signal(signal.SIGINT)
    rest, _ = server.process.communicate()
    assert server.process.returncode == 0
    assert "Traceback" not in rest
    with pytest.raises(ConnectionRefusedError):
        socket.create_connection(("localhost", port))


@pytest.mark.parametrize(
    ("platform", "environment", "opens"),
    [
        ("linux", {}, False),
        ("linux", {"DISPLAY": ""}, False),
        ("linux", {"DISPLAY": ":0"}, True),
        ("linux", {"WAYLAND_DISPLAY": "wayland-0"}, True),
        ("darwin", {}, True),
        ("win32", {}, True),
    ],
)
def test_a_browser_is_opened_where_there_is_a_display(
    tmp_path, monkeypatch, platform, environment, opens
):
    monkeypatch.setattr(sys, "platform", platform)
    line = lab.jupyter_command(tmp_path, [], environment)
    assert ("--no-browser" not in line) == opens


@pytest.mark.parametrize("user", [0, 1000])
def test_root_is_allowed(tmp_path, monkeypatch, user):
    monkeypatch.setattr(os, "geteuid", lambda: user, raising=False)
    line = lab.jupyter_command(tmp_path, [], {})
    assert ("--allow-root" in line) == (user == 0)


def test_further_arguments_come_last_and_win(tmp_path):
    line = lab.jupyter_command(tmp_path, ["--port=9000", "--debug"], {})
    assert line[-2:] == ["--port=9000", "--debug"]
    assert not any("log_level" in word for word in line)


def test_the_command_hands_further_arguments_on(write_lesson, monkeypatch):
    write_lesson(LESSON, lab.FIRST_LESSON.replace(".ipynb", ".py"))
    main(["pairs"])
    lines = []

    def start(line, env):
        lines.append(line)
        raise KeyboardInterrupt

    monkeypatch.setattr(subprocess, "Popen", start)
    assert main(["lab", "--port", "9000", "--debug"]) == 130
    assert lines[0][-3:] == ["--port", "9000", "--debug"]


def test_a_missing_first_lesson_is_reported(checkout, capsys):
    assert main(["lab"]) == 2
    assert "01_data_visualization.ipynb is missing" in capsys.readouterr().err

"""`course lab`, and a learner's work in the JupyterLab that it starts."""

import io
import json
import os
import re
import signal
import socket
import subprocess
import sys
import urllib.request
from pathlib import Path

import nbformat
import pytest

from course_tools import lab
from course_tools.__main__ import main
from course_tools.authoring import pairs
from course_tools.desk import delivery, welcome

FIRST_LESSON = "notebooks/01_data_visualization.ipynb"

LESSON = """\
# %% [markdown]
# # Title

# %%
x = 1


# %% nbgrader={"grade": false, "grade_id": "softmax", "solution": true}
x + 1
"""


class Server:
    """A JupyterLab that `course lab` has started on a course in `folder`."""

    def __init__(self, folder):
        self.desk = folder / delivery.FOLDER
        self.notebook = self.desk / "01_data_visualization.ipynb"
        script = folder / FIRST_LESSON.replace(".ipynb", ".py")
        script.parent.mkdir()
        project = Path(__file__).parents[2] / "pyproject.toml"
        (folder / "pyproject.toml").write_text(project.read_text())
        script.write_text(LESSON)
        pairs.rebuild(script)
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

    def ask(self, path, body=None):
        """Send a request as JupyterLab's page does."""
        request = urllib.request.Request(
            f"{self.url}api/contents/{path}",
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
def server(tmp_path_factory):
    server = Server(tmp_path_factory.mktemp("course"))
    yield server
    server.process.terminate()
    server.process.communicate()


def test_the_last_lines_say_where_the_desk_is_and_how_to_stop(server):
    assert server.path == welcome.NAME
    assert re.search(r"\n    http\S+\n\n.*Ctrl-C.*\n$", server.text())
    assert len(server.printed) < 12


def test_the_address_opens_the_desk_without_menus_for_teachers(server):
    address = server.text().split()
    address = next(word for word in address if word.startswith("http"))
    with urllib.request.urlopen(address) as page:
        assert page.status == 200
        text = page.read().decode()
    assert "JupyterLab" in text
    settings = re.search(r'id="jupyter-config-data"[^>]*>(.+?)</script>', text, re.S)[1]
    settings = json.loads(settings)
    assert settings["news"] == {"disabled": True}  # nothing is asked first
    assert "@jupyter/nbgrader" in settings["disabledExtensions"]


def test_what_jupyterlab_does_on_the_desk_is_set(server):
    for name, wanted in lab.SETTINGS.items():
        request = f"{server.url}lab/api/settings/{name}?token={server.token}"
        with urllib.request.urlopen(request) as reply:
            schema = json.load(reply)["schema"]["properties"]
        assert {key: schema[key]["default"] for key in wanted} == wanted


def test_a_notebook_opens_and_saves_and_nothing_appears_beside_it(server):
    before = sorted(server.desk.glob("[!.]*"))
    content = server.open(server.notebook)
    content["cells"][1]["source"] = "x = 'learner'"
    server.save(server.notebook, content)
    assert server.open(server.notebook)["cells"][1]["source"] == "x = 'learner'"
    assert sorted(server.desk.glob("[!.]*")) == before


def test_saving_keeps_cell_ids_and_the_graded_cells_metadata(server):
    before = nbformat.read(server.notebook, as_version=4)
    server.save(server.notebook, server.open(server.notebook))
    after = nbformat.read(server.notebook, as_version=4)
    assert [cell.id for cell in after.cells] == [cell.id for cell in before.cells]
    assert after.cells[2].metadata == before.cells[2].metadata


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


def test_what_was_open_elsewhere_is_not_opened_on_the_desk(tmp_path):
    line = lab.jupyter_command(tmp_path, [], {})
    assert any(w.startswith(f"--LabApp.workspaces_dir={tmp_path}") for w in line)


def test_further_arguments_come_last_and_win(tmp_path):
    line = lab.jupyter_command(tmp_path, ["--port=9000", "--debug"], {})
    assert line[-2:] == ["--port=9000", "--debug"]
    assert not any("log_level" in word for word in line)


def test_the_command_hands_further_arguments_on(write_lesson, monkeypatch):
    write_lesson(LESSON, FIRST_LESSON.replace(".ipynb", ".py"))
    main(["pairs"])
    lines = []

    def start(line, **_):
        lines.append(line)
        raise KeyboardInterrupt

    monkeypatch.setattr(subprocess, "Popen", start)
    assert main(["lab", "--port", "9000", "--debug"]) == 130
    assert lines[0][-3:] == ["--port", "9000", "--debug"]


def test_a_course_without_lessons_is_reported(checkout, capsys):
    assert main(["lab"]) == 2
    assert "holds no lessons" in capsys.readouterr().err


@pytest.mark.parametrize("noise", ["[IPKernelApp] WARNING | Kernel is", ""])
def test_what_kernels_say_of_themselves_is_not_passed_on(capsys, noise):
    lab._pass_on(io.StringIO(f"{noise}\n[E] disk full\n"))
    said = capsys.readouterr().err
    assert "disk full" in said and "Kernel is" not in said

"""Which build of PyTorch is installed: by what the machine has and what TORCH says."""

import functools
import http.server
import os
import shutil
import subprocess
import sys
import threading
import venv
import zipfile
from pathlib import Path

import pip
import pytest

from course_tools import install

ROOT = Path(__file__).parents[2]


def wheel(folder, name, version):
    """A package with nothing in it, on a page of an index in `folder`."""
    place = folder / name
    place.mkdir(parents=True)
    file = place / f"{name}-{version}-py3-none-any.whl"
    info = f"{name}-{version}.dist-info"
    with zipfile.ZipFile(file, "w") as archive:
        archive.writestr(f"{name}.py", "")
        archive.writestr(
            f"{info}/METADATA",
            f"Metadata-Version: 2.1\nName: {name}\nVersion: {version}\n",
        )
        archive.writestr(
            f"{info}/WHEEL",
            "Wheel-Version: 1.0\nTag: py3-none-any\nRoot-Is-Purelib: true\n",
        )
        archive.writestr(f"{info}/RECORD", "")
    (place / "index.html").write_text(f'<a href="{file.name}">{file.name}</a>')


@pytest.fixture
def served(tmp_path):
    """Two indexes, PyTorch's own and another; their address, and how to end it."""
    for build in ("cpu", "cuda"):
        for name in ("torch", "torchvision"):
            wheel(tmp_path / "indexes" / build, name, f"9.0+{build}")

    class Quiet(http.server.SimpleHTTPRequestHandler):
        def log_message(self, *_):
            pass

    handler = functools.partial(Quiet, directory=str(tmp_path / "indexes"))
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    server.server_close()


@pytest.fixture
def course(tmp_path):
    """A course whose learners need PyTorch and no more."""
    folder = tmp_path / "course"
    (folder / "course_tools").mkdir(parents=True)
    for name in ("__init__.py", "install.py"):
        shutil.copy(ROOT / "course_tools" / name, folder / "course_tools")
    (folder / "requirements.txt").write_text("torch>=2.9  # large\ntorchvision>=0.24\n")
    return folder


def installed(course, served, own="cpu", torch="", path=os.environ["PATH"]):
    """Install into a new environment; what it printed, and the builds found there."""
    # Its pip is the one of the tests, which takes no time to install.
    venv.create(course / "new", symlinks=sys.platform != "win32")
    (course / "pip").mkdir(exist_ok=True)
    if not (course / "pip" / "pip").exists():
        shutil.copytree(Path(pip.__file__).parent, course / "pip" / "pip")
    environment = {k: v for k, v in os.environ.items() if not k.startswith("PIP_")}
    environment |= {
        "PIP_CONFIG_FILE": os.devnull,
        "PIP_INDEX_URL": f"{served}/cuda",
        "PYTHONPATH": str(course / "pip"),
        "TORCH_INDEX": f"{served}/{own}",
        "TORCH": torch,
        "PATH": path,
    }
    folder = "Scripts" if sys.platform == "win32" else "bin"
    done = subprocess.run(
        [course / "new" / folder / "python", "-m", "course_tools.install"],
        cwd=course,
        env=environment,
        capture_output=True,
        text=True,
    )
    builds = {p.name.split("+")[1][:4] for p in course.glob("new/**/torch*.dist-info")}
    return done, builds


needs_no_gpu = pytest.mark.skipif(
    install.NVIDIA.exists() or sys.platform != "linux",
    reason="only on Linux without a GPU is there a choice to make",
)


@needs_no_gpu
def test_without_a_gpu_it_is_the_build_for_the_cpu(course, served):
    done, builds = installed(course, served)
    assert (done.returncode, builds) == (0, {"cpu."}), done.stderr


@needs_no_gpu
def test_where_pytorchs_index_does_not_answer_it_is_what_pip_finds(course, served):
    done, builds = installed(course, served, own="nothing-here")
    assert (done.returncode, builds) == (0, {"cuda"}), done.stderr
    assert "can't be reached" in done.stdout


@pytest.mark.parametrize("torch", ["cuda", "default"])
def test_torch_decides(course, served, torch):
    done, builds = installed(course, served, torch=torch)
    assert (done.returncode, builds) == (0, {"cuda"}), done.stderr


def test_what_was_asked_for_and_cannot_be_had_is_said(course, served):
    done, builds = installed(course, served, own="nothing-here", torch="cpu")
    assert (done.returncode, builds) == (1, set())
    assert "leave TORCH out" in done.stderr
    done, _ = installed(course, served, torch="gpu")
    assert "TORCH=gpu is not known. Give one of cpu, cuda, default." in done.stderr


def test_a_gpu_takes_what_pip_finds(monkeypatch):
    monkeypatch.setattr(install, "NVIDIA", Path(__file__))
    assert install.build_of_torch("", "http://127.0.0.1:9") == "default"


@pytest.mark.skipif(sys.platform == "win32", reason="the stand-in is a shell script")
def test_uv_installs_where_it_is(course, served, tmp_path):
    programs = tmp_path / "programs"
    programs.mkdir()
    uv = programs / "uv"
    uv.write_text(f'#!/bin/sh\necho "$*" >> {tmp_path}/asked\n')
    uv.chmod(0o755)
    path = f"{programs}{os.pathsep}{os.environ['PATH']}"
    done, _ = installed(course, served, torch="cpu", path=path)
    assert done.returncode == 0
    first, second = (tmp_path / "asked").read_text().splitlines()
    assert first.startswith(f"pip install --python {course}")
    assert first.endswith("torch>=2.9 torchvision>=0.24")
    assert second.endswith("requirements.txt")


def test_all_brings_what_authors_and_instructors_need():
    (command,) = install.commands(ROOT, True, "default", "")
    assert command[-2:] == ["-e", f"{ROOT}[all]"]

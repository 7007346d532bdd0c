"""`course doctor` finds what is wrong with a machine, and says how to mend it."""

import importlib.metadata
import json
import shutil
import sys
import tempfile
from collections import namedtuple
from functools import partial

import psutil
import pytest
import torch

from course_tools import doctor
from course_tools.__main__ import main
from course_tools.project import UserError
from course_utils import data
from course_utils.datasets import download, mnist


def only(findings):
    (finding,) = findings
    return finding


@pytest.fixture
def versions(monkeypatch):
    """Pretend other versions than the installed ones; None is not installed."""
    pretended = {}
    real = importlib.metadata.version

    def version(name):
        found = pretended[name] if name in pretended else real(name)
        if found is None:
            raise importlib.metadata.PackageNotFoundError(name)
        return found

    monkeypatch.setattr(importlib.metadata, "version", version)
    return pretended


@pytest.fixture
def elsewhere(monkeypatch):
    """The package is installed, and no checkout is near."""

    def find_root():
        raise UserError("no checkout")

    monkeypatch.setattr(doctor, "find_root", find_root)


def test_a_machine_that_runs_these_tests_is_ready(capsys):
    assert main(["doctor"]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert lines[-1] == "This machine is ready."
    assert {line.split()[0] for line in lines[:-2]} <= {"OK", "WARN"}
    subjects = {line.split()[1] for line in lines[:-2]}
    assert subjects >= {"Python", "packages", "PyTorch", "device", "disk", "memory"}
    assert subjects >= {"MNIST", "CIFAR-10", "kernel", "folder"}


def test_one_failure_decides_the_exit_status_and_the_rest_is_still_told(
    monkeypatch, capsys
):
    usage = namedtuple("usage", "total used free")
    monkeypatch.setattr(shutil, "disk_usage", lambda path: usage(9e9, 8.7e9, 0.3e9))
    assert main(["doctor"]) == 1
    printed = capsys.readouterr().out
    assert "FAIL  disk         0.3 GB free for" in printed
    assert "1 GB needed" in printed
    assert "OK    MNIST" in printed


def test_a_warning_is_no_failure(monkeypatch, capsys):
    memory = namedtuple("memory", "available")
    monkeypatch.setattr(psutil, "virtual_memory", lambda: memory(0.9e9))
    assert main(["doctor"]) == 0
    assert "WARN  memory       0.9 GB available, 2 GB" in capsys.readouterr().out


def test_where_files_do_not_last_it_says_so(monkeypatch):
    for variable in doctor.PLACES:
        monkeypatch.delenv(variable, raising=False)
    assert list(doctor.check_place()) == []
    monkeypatch.setenv("COLAB_RELEASE_TAG", "release-colab_20260101")
    assert "save copies in Drive" in only(doctor.check_place()).found


def test_an_old_python(monkeypatch):
    monkeypatch.setattr(sys, "version_info", (3, 10, 4, "final", 0))
    monkeypatch.setattr("platform.python_version", lambda: "3.10.4")
    finding = only(doctor.check_python())
    assert finding.status == "FAIL"
    assert "3.10.4" in finding.found
    assert "3.11 or later" in finding.found


@pytest.mark.parametrize("name", ["numpy", "torch", "jupyterlab"])
def test_an_old_package(versions, name):
    versions[name] = "0.1.2"
    finding = only(doctor.check_packages())
    assert (finding.status, finding.subject) == ("FAIL", name)
    assert finding.found.startswith("0.1.2 found, >=")
    assert f'pip install --upgrade "{name}>=' in finding.found


def test_a_missing_package_that_lessons_need(versions):
    versions["torch"] = None
    finding = only(doctor.check_packages())
    assert (finding.status, finding.subject) == ("FAIL", "torch")
    assert finding.found.startswith("not installed")
    assert "-m pip install" in finding.found


def test_what_only_instructors_need_is_no_fault_of_a_learners_machine(versions):
    versions["nbgrader"] = None
    assert only(doctor.check_packages()).status == "OK"
    found = {finding.subject: finding for finding in doctor.check_extras()}
    assert {finding.status for finding in found.values()} == {"OK"}
    assert "without nbgrader" in found["teach"].found
    assert "course-utils[teach]" in found["teach"].found
    assert found["site"].found == "the site is possible"


@pytest.mark.parametrize("version", ["99.0", "99.0.dev1+cu130", "99.0rc1"])
def test_newer_releases_and_builds_of_packages_are_welcome(versions, version):
    versions["torch"] = version
    assert only(doctor.check_packages()).status == "OK"


def test_outside_a_checkout_packages_only_have_to_be_there(versions, elsewhere):
    versions["numpy"] = "0.1"
    assert only(doctor.check_packages()).status == "OK"
    versions["numpy"] = None
    assert only(doctor.check_packages()).subject == "numpy"


def test_a_torch_that_cannot_be_imported_stops_no_other_check(monkeypatch):
    monkeypatch.setitem(sys.modules, "torch", None)
    found = {finding.subject: finding for finding in doctor.examine()}
    assert found["torch"].status == "FAIL"
    assert "pip install -r requirements.txt" in found["torch"].found
    assert found["memory"].subject in found
    assert found["folder"].status == "OK"


def test_a_torch_that_computes_nonsense(monkeypatch):
    monkeypatch.setattr(torch, "ones", torch.zeros)
    finding = only(doctor.check_torch())
    assert finding.status == "FAIL"
    assert torch.__version__ in finding.found
    assert "--force-reinstall torch" in finding.found


def test_the_device_is_named_with_its_threads():
    device = next(f for f in doctor.check_torch() if f.subject == "device")
    assert device.found.startswith(data.best_device().type)
    assert f"{torch.get_num_threads()} threads" in device.found


def damaged(folder, name, damage):
    shutil.copytree(mnist.MNIST_FOLDER, folder)
    damage(folder / name)
    return partial(mnist.load_mnist, folder)


def truncate(path):
    path.write_bytes(path.read_bytes()[:1000])


@pytest.mark.parametrize(
    ("damage", "says"),
    [(truncate, "truncated"), (lambda path: path.unlink(), "missing")],
)
def test_damaged_digits(tmp_path, monkeypatch, damage, says):
    name = "t10k-labels-idx1-ubyte.xz"
    load = damaged(tmp_path / "mnist", name, damage)
    monkeypatch.setattr(data, "load_mnist", load)
    finding = only(doctor.check_mnist())
    assert finding.status == "FAIL"
    assert name in finding.found
    assert says in finding.found
    assert "Restore it" in finding.found


@pytest.fixture
def empty_cache(tmp_path, monkeypatch):
    monkeypatch.delenv("COURSE_DATA", raising=False)
    monkeypatch.setattr(download, "cache_dir", lambda: tmp_path / "cache")
    return tmp_path / "cache"


def test_without_cifar10_lesson_8_is_explained(empty_cache):
    finding = only(doctor.check_cifar10())
    assert finding.status == "WARN"
    assert "lesson 10 will download it" in finding.found


def test_cifar10_in_the_cache(empty_cache):
    (empty_cache / "cifar-10-batches-py").mkdir(parents=True)
    finding = only(doctor.check_cifar10())
    assert finding.status == "OK"
    assert str(empty_cache) in finding.found


def test_a_course_data_folder_that_does_not_exist(empty_cache, monkeypatch):
    monkeypatch.setenv("COURSE_DATA", "/not/there")
    finding = only(doctor.check_cifar10())
    assert finding.status == "WARN"
    assert "/not/there" in finding.found


def test_the_disk_of_a_cache_folder_yet_to_be_made_is_looked_at(empty_cache):
    finding = only(doctor.check_disk())
    assert finding.status in ("OK", "FAIL")
    assert str(empty_cache) in finding.found
    assert not empty_cache.exists()


def test_no_kernel(monkeypatch):
    from jupyter_client import kernelspec

    def missing(self, name):
        raise kernelspec.NoSuchKernel(name)

    monkeypatch.setattr(kernelspec.KernelSpecManager, "get_kernel_spec", missing)
    finding = only(doctor.check_kernel())
    assert finding.status == "FAIL"
    assert "ipykernel install" in finding.found


@pytest.mark.parametrize(
    ("program", "status"),
    [
        ("python", "OK"),
        (sys.executable, "OK"),
        ("/another/place/bin/python3", "WARN"),
    ],
)
def test_the_python_behind_the_kernel(tmp_path, monkeypatch, program, status):
    folder = tmp_path / "kernels" / "python3"
    folder.mkdir(parents=True)
    spec = {"argv": [program, "-m", "ipykernel_launcher"], "display_name": "Python 3"}
    (folder / "kernel.json").write_text(json.dumps(spec))
    monkeypatch.setenv("JUPYTER_PATH", str(tmp_path))
    finding = only(doctor.check_kernel())
    assert finding.status == status
    assert (program if status == "WARN" else sys.executable) in finding.found


def test_a_folder_that_cannot_be_written(monkeypatch, request):
    def refuse(dir):
        raise PermissionError(13, "Permission denied", str(dir))

    monkeypatch.setattr(tempfile, "TemporaryFile", refuse)
    finding = only(doctor.check_folder())
    assert finding.status == "FAIL"
    assert f"{request.config.rootpath / 'notebooks'} cannot be" in finding.found
    assert "Permission denied" in finding.found


def test_outside_a_checkout_the_current_folder_is_looked_at(
    tmp_path, monkeypatch, elsewhere
):
    monkeypatch.chdir(tmp_path)
    finding = only(doctor.check_folder())
    assert finding == ("OK", "folder", f"{tmp_path} can be written")
    assert list(tmp_path.iterdir()) == []

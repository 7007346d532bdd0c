"""Is this machine ready for the course? One line of answer for each question."""

import argparse
import importlib.metadata
import os
import platform
import shutil
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import NamedTuple

import psutil
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name
from packaging.version import Version

from course_tools.project import UserError, find_root

DISTRIBUTION = "course-utils"
MINIMUM_PYTHON = (3, 11)
GIGABYTE = 10**9
FREE_DISK_GB = 1
# The heaviest lesson needs less than 1.5 GB; a browser wants some as well.
FREE_MEMORY_GB = 2
# Lessons need these besides the package's own dependencies.
LESSON_EXTRAS = ("lab",)
# And this is what else the course can do, with the extra that it takes.
OTHER_EXTRAS = {"teach": "grading", "authoring": "writing lessons", "site": "the site"}


class Finding(NamedTuple):
    """The answer to one question.

    Attributes:
        status: "OK", "WARN" for what is unusual but does no harm, or "FAIL".
        subject: what was looked at.
        found: what was found; with a remedy if it is not as it should be.
    """

    status: str
    subject: str
    found: str


def check_python() -> Iterator[Finding]:
    """Look at the version of Python."""
    found = f"{platform.python_version()} at {sys.executable}"
    if sys.version_info < MINIMUM_PYTHON:
        wanted = ".".join(map(str, MINIMUM_PYTHON))
        yield Finding(
            "FAIL",
            "Python",
            f"{found}. The course needs {wanted} or later: install it, then make the "
            "virtual environment again with it.",
        )
    else:
        yield Finding("OK", "Python", found)


# Where the course is opened without being installed: by an environment variable.
PLACES = {
    "COLAB_RELEASE_TAG": "Colab. Files vanish with the session: save copies in Drive",
    "KAGGLE_KERNEL_RUN_TYPE": "Kaggle. Turn Internet on in the settings of the notebook",
    "BINDER_SERVICE_HOST": "Binder. Files vanish with the session: download yours",
    "CODESPACES": "a codespace. Files stay as long as it does",
    "REMOTE_CONTAINERS": "a development container",
}


def check_place() -> Iterator[Finding]:
    """Say where this runs, if that is not a machine of one's own."""
    for variable, place in PLACES.items():
        if os.environ.get(variable):
            yield Finding("OK", "place", place)


def check_packages() -> Iterator[Finding]:
    """Look for the packages that lessons need."""
    wanted = needed_packages()
    wrong = 0
    for requirement in wanted:
        if found := _wrong_with(requirement):
            wrong += 1
            pip = f'Run `{sys.executable} -m pip install --upgrade "{requirement}"`.'
            yield Finding("FAIL", requirement.name, f"{found}. {pip}")
    if not wrong:
        bounds = "recent enough" if any(r.specifier for r in wanted) else "there"
        yield Finding("OK", "packages", f"all {len(wanted)} are {bounds}")


def check_extras() -> Iterator[Finding]:
    """Say what else can be done here, besides working through lessons."""
    for extra, what in OTHER_EXTRAS.items():
        missing = [r.name for r in _declared(extra) if _wrong_with(r)]
        found = f"{what} is possible"
        if missing:
            found = (
                f"lessons run, {what} does not without {', '.join(missing)}: "
                f'`{sys.executable} -m pip install "{DISTRIBUTION}[{extra}]"`'
            )
        yield Finding("OK", extra, found)


def _wrong_with(requirement: Requirement) -> str:
    """What keeps an installed package from meeting a requirement; "" if nothing."""
    try:
        version = importlib.metadata.version(requirement.name)
    except importlib.metadata.PackageNotFoundError:
        return "not installed"
    if requirement.specifier.contains(Version(version), prereleases=True):
        return ""
    return f"{version} found, {requirement.specifier} needed"


def _declared(*extras: str) -> list[Requirement]:
    """What the installed package declares for any of these extras, its own aside."""
    declared = map(Requirement, importlib.metadata.requires(DISTRIBUTION) or [])
    return [
        r
        for r in declared
        if canonicalize_name(r.name) != DISTRIBUTION
        and any(r.marker is None or r.marker.evaluate({"extra": e}) for e in extras)
        and (r.marker is not None or "" in extras)
    ]


def needed_packages() -> list[Requirement]:
    """List what lessons need.

    In a checkout these are the lines of requirements.txt, with lower bounds.
    Elsewhere they are what the installed package declares, without bounds.
    """
    try:
        path = find_root() / "requirements.txt"
    except UserError:
        names = {canonicalize_name(r.name) for r in _declared("", *LESSON_EXTRAS)}
        return [Requirement(name) for name in sorted(names)]
    lines = [
        line.partition("#")[0].strip()
        for line in path.read_text(encoding="utf-8").splitlines()
    ]
    return [Requirement(line) for line in lines if line and not line.startswith("-")]


def check_torch() -> Iterator[Finding]:
    """Take one gradient on the device that lessons will use."""
    import torch

    from course_utils.data import best_device

    device = best_device()
    X = torch.ones(64, 64, device=device, requires_grad=True)
    (X @ X).sum().backward()
    # The sum of all entries of X X has the derivative 64 + 64 with respect to each
    # entry of X when all of them are 1.
    if not torch.equal(X.grad.cpu(), torch.full((64, 64), 128.0)):
        yield Finding(
            "FAIL",
            "PyTorch",
            f"{torch.__version__} computes a wrong gradient on {device}. Reinstall it: "
            f"`{sys.executable} -m pip install --force-reinstall torch`.",
        )
        return
    yield Finding("OK", "PyTorch", f"{torch.__version__}, gradients are right")
    name = torch.cuda.get_device_name() if device.type == "cuda" else _processor()
    threads = torch.get_num_threads()
    yield Finding("OK", "device", f"{device.type} ({name}), {threads} threads")


def _processor() -> str:
    cpuinfo = Path("/proc/cpuinfo")
    if cpuinfo.exists():
        for line in cpuinfo.read_text(encoding="utf-8").splitlines():
            if line.startswith("model name"):
                return line.partition(":")[2].strip()
    return platform.processor() or platform.machine()


def check_disk() -> Iterator[Finding]:
    """Look at the free space where downloaded data goes."""
    from course_utils.datasets.download import cache_dir

    folder = cache_dir()
    existing = next(path for path in (folder, *folder.parents) if path.exists())
    free = shutil.disk_usage(existing).free / GIGABYTE
    if free < FREE_DISK_GB:
        yield Finding(
            "FAIL",
            "disk",
            f"{free:.1f} GB free for {folder}, {FREE_DISK_GB} GB needed. Delete what "
            "you no longer need there.",
        )
    else:
        yield Finding("OK", "disk", f"{free:.0f} GB free for {folder}")


def check_memory() -> Iterator[Finding]:
    """Look at the memory that is available now."""
    free = psutil.virtual_memory().available / GIGABYTE
    if free < FREE_MEMORY_GB:
        yield Finding(
            "WARN",
            "memory",
            f"{free:.1f} GB available, {FREE_MEMORY_GB} GB recommended. Close other "
            "programs, and shut down notebooks you have finished.",
        )
    else:
        yield Finding("OK", "memory", f"{free:.1f} GB available")


def check_mnist() -> Iterator[Finding]:
    """Load the built-in digits, which compares their checksums."""
    from course_utils import data
    from course_utils.datasets.base import DataError

    start = time.perf_counter()
    try:
        splits = data.load("mnist")
    except DataError as error:
        yield Finding("FAIL", "MNIST", str(error))
        return
    seconds = time.perf_counter() - start
    images = len(splits.train) + len(splits.valid) + len(splits.test)
    found = f"{images:,} images, checksums right, loaded in {seconds:.1f} s"
    yield Finding("OK", "MNIST", found)


def check_cifar10() -> Iterator[Finding]:
    """Look whether lesson 10 will have to download its images."""
    from course_utils.datasets.base import DataError
    from course_utils.datasets.cifar10 import locate

    try:
        folder = locate()
    except DataError as error:
        yield Finding("WARN", "CIFAR-10", str(error))
        return
    if folder is None:
        missing = "not here; lesson 10 will download it or use the built-in shapes"
        yield Finding("WARN", "CIFAR-10", missing)
    else:
        yield Finding("OK", "CIFAR-10", f"in {folder}")


def check_kernel() -> Iterator[Finding]:
    """Look for the Jupyter kernel that notebooks ask for."""
    from jupyter_client.kernelspec import KernelSpecManager, NoSuchKernel

    register = f"{sys.executable} -m ipykernel install --sys-prefix"
    try:
        spec = KernelSpecManager().get_kernel_spec("python3")
    except NoSuchKernel:
        yield Finding(
            "FAIL",
            "kernel",
            f"Jupyter knows no kernel named python3. Run `{register}`.",
        )
        return
    # Jupyter takes a bare "python" for the Python it runs in. Links are not resolved:
    # those of two virtual environments may lead to the same file.
    program = Path(spec.argv[0])
    if program.name == str(program) or program.parent == Path(sys.executable).parent:
        yield Finding("OK", "kernel", f"python3 is {sys.executable}")
    else:
        yield Finding(
            "WARN",
            "kernel",
            f"python3 is another Python, {program}, not {sys.executable}. If lessons "
            f"do not find their packages, run `{register}`.",
        )


def check_folder() -> Iterator[Finding]:
    """Look whether notebooks can be saved."""
    try:
        folder = find_root() / "notebooks"
    except UserError:
        folder = Path.cwd()
    try:
        with tempfile.TemporaryFile(dir=folder):
            yield Finding("OK", "folder", f"{folder} can be written")
    except OSError as error:
        yield Finding(
            "FAIL",
            "folder",
            f"{folder} cannot be written: {error.strerror}. Copy the course to a "
            "folder of your own.",
        )


CHECKS: tuple[Callable[[], Iterator[Finding]], ...] = (
    check_python,
    check_place,
    check_packages,
    check_torch,
    check_disk,
    check_memory,
    check_mnist,
    check_cifar10,
    check_kernel,
    check_folder,
    check_extras,
)


def examine() -> Iterator[Finding]:
    """Answer all questions, one after another.

    A check that cannot be carried out, because a package is missing or broken, is
    itself a finding.
    """
    for check in CHECKS:
        try:
            yield from check()
        except Exception as error:  # whatever broke, the other answers are wanted
            subject = check.__name__.removeprefix("check_")
            reason = f"{type(error).__name__}: {error}"
            yield Finding(
                "FAIL",
                subject,
                f"could not be checked: {reason}. Install the course again: "
                f"`{sys.executable} -m pip install -r requirements.txt`.",
            )


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the options of `course doctor`: it has none."""


def command(arguments: argparse.Namespace) -> int:
    """Carry out `course doctor`."""
    failures = 0
    for finding in examine():
        failures += finding.status == "FAIL"
        print(f"{finding.status:5} {finding.subject:12} {finding.found}", flush=True)
    if failures:
        print(f"\n{failures} of these would stop a lesson. Mend them, then run again.")
        return 1
    print("\nThis machine is ready.")
    return 0

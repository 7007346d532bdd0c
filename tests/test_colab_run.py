"""A notebook opened in Colab: the set-up cell installs the course, all cells run.

Colab is imitated: a folder that holds the notebook alone; a Python environment
with the packages that Colab comes with, and no others; `google.colab`, loaded
before the first cell; a git repository to install from. pip is kept from any
index, so these tests need no network and no package can be replaced.
"""

import importlib.metadata
import json
import os
import re
import shutil
import subprocess
import sys
import venv
from pathlib import Path

import nbformat
import pytest
from nbclient import NotebookClient
from nbclient.exceptions import CellExecutionError
from packaging.requirements import Requirement

from course_tools.authoring import pairs

ROOT = Path(__file__).parents[1]
# What the course may use: Colab comes with it, or the set-up cell fetches it.
PACKAGES = [
    *("torch", "torchvision", "numpy", "pandas", "scipy", "scikit-learn"),
    *("matplotlib", "seaborn", "tqdm", "psutil", "platformdirs", "pooch"),
    *(
        "requests",
        "urllib3",
        "filelock",
        "packaging",
        "ipykernel",
        "ipywidgets",
        "anywidget",
    ),
    *("matplotlib-inline", "pip", "setuptools"),
]
FOR_INSTRUCTORS = ("nbgrader", "jupytext", "nbformat", "nbclient", "dask", "pytest")
UNREACHABLE = {"https_proxy": "http://127.0.0.1:9", "http_proxy": "http://127.0.0.1:9"}


def with_dependencies(names):
    """The installed distributions of these names, and all that they need."""
    found, seen, waiting = {}, set(), [Requirement(name) for name in names]
    while waiting:
        wanted = waiting.pop()
        if str(wanted) in seen:
            continue
        seen.add(str(wanted))
        try:
            found[wanted.name] = importlib.metadata.distribution(wanted.name)
        except importlib.metadata.PackageNotFoundError:
            continue  # an optional part that is not installed
        extras = ["", *wanted.extras]
        for line in found[wanted.name].requires or []:
            needed = Requirement(line)
            marker = needed.marker
            if not marker or any(marker.evaluate({"extra": e}) for e in extras):
                waiting.append(needed)
    return found.values()


class Colab:
    """A Python environment like Colab's, and a repository of the course."""

    def __init__(self, folder):
        self.folder = folder
        self.environment = folder / "python"
        venv.create(self.environment, symlinks=True)
        self.python = self.environment / "bin" / "python"
        (self.packages,) = self.environment.glob("lib/python*/site-packages")
        (self.packages / "google" / "colab").mkdir(parents=True)
        (self.packages / "google" / "colab" / "__init__.py").touch()
        for distribution in with_dependencies(PACKAGES):
            self._link(distribution)
        self.repository = self._make_repository()
        self._make_kernel()
        self.source = f"git+file://{self.repository}"

    def _link(self, distribution):
        home = Path(distribution.locate_file("")).resolve()
        for name in {file.parts[0] for file in distribution.files or []}:
            target = self.packages / name
            if name in ("..", "__pycache__", "google") or target.exists():
                continue
            target.symlink_to(home / name)

    def _make_repository(self):
        """The course as it lies here, committed or not, as a git repository."""
        repository = self.folder / "repository"
        leave = shutil.ignore_patterns("__pycache__", ".ipynb_checkpoints", "drafts")
        for name in ("course_tools", "course_utils", "notebooks", "exercises"):
            shutil.copytree(ROOT / name, repository / name, ignore=leave)
        for name in ("pyproject.toml", "README.md", "LICENSE"):
            shutil.copy(ROOT / name, repository)
        git = ["git", "-C", repository, "-c", "user.name=a", "-c", "user.email=a@b"]
        for words in (["init", "-q"], ["add", "-A"], ["commit", "-q", "-m", "all"]):
            subprocess.run([*git, *words], check=True)
        return repository

    def _make_kernel(self):
        startup = self.folder / "ipython" / "profile_default" / "startup"
        startup.mkdir(parents=True)
        (startup / "colab.py").write_text("import google.colab\n")
        (self.folder / "kernels" / "colab").mkdir(parents=True)
        specification = {
            "argv": [
                str(self.python),
                *["-m", "ipykernel_launcher", "-f", "{connection_file}"],
            ],
            "display_name": "Colab",
            "language": "python",
        }
        text = json.dumps(specification)
        (self.folder / "kernels" / "colab" / "kernel.json").write_text(text)

    def variables(self, **others):
        """Environment variables for a Python of this environment."""
        own = ("COURSE_", "PIP_")
        kept = {k: v for k, v in os.environ.items() if not k.startswith(own)}
        return kept | {
            "IPYTHONDIR": str(self.folder / "ipython"),
            "JUPYTER_PATH": str(self.folder),
            "PYTHONPATH": "",
            "PYTHONNOUSERSITE": "1",
            "PIP_CONFIG_FILE": os.devnull,
            "PIP_NO_INDEX": "1",
            # Else pip would fetch setuptools to build the course with.
            "PIP_NO_BUILD_ISOLATION": "0",
            "PIP_DISABLE_PIP_VERSION_CHECK": "1",
            "GIT_TERMINAL_PROMPT": "0",
            **others,
        }

    def run(self, notebook, **variables):
        """Execute a notebook in a new kernel, in a folder that holds nothing else."""
        folder = self.folder / "content"
        shutil.rmtree(folder, ignore_errors=True)
        folder.mkdir()
        nbformat.write(notebook, folder / "notebook.ipynb")
        client = NotebookClient(
            notebook,
            kernel_name="colab",
            timeout=300,
            resources={"metadata": {"path": str(folder)}},
        )
        with pytest.MonkeyPatch.context() as patch:
            patch.setenv("JUPYTER_PATH", str(self.folder))
            client.execute(env=self.variables(**variables))
        return notebook

    def ask(self, code):
        """What `code` prints in a Python of this environment."""
        done = subprocess.run(
            [self.python, "-c", code],
            cwd=self.folder,
            env=self.variables(),
            capture_output=True,
            text=True,
        )
        assert done.returncode == 0, done.stderr
        return done.stdout

    def installed(self):
        """Name and version of every package."""
        return set(json.loads(self.ask(LIST_PACKAGES)))

    def files(self, *names):
        """Path, size and time of each file of these packages."""
        return {
            path: (path.stat().st_size, path.stat().st_mtime_ns)
            for name in names
            for path in (self.packages / name).rglob("*")
            if path.suffix != ".pyc" and path.is_file()
        }


LIST_PACKAGES = """
import importlib.metadata, json
print(json.dumps([f"{d.name} {d.version}" for d in importlib.metadata.distributions()]))
"""


def read(place):
    """A notebook of the course without its outputs."""
    notebook = nbformat.read(ROOT / place, as_version=4)
    for cell in notebook.cells:
        if cell.cell_type == "code":
            cell.outputs, cell.execution_count = [], None
    return notebook


def setup_cell(notebook):
    """Where the set-up cell of a notebook is."""
    (index,) = [
        index
        for index, cell in enumerate(notebook.cells)
        if cell.cell_type == "code" and pairs.SETUP_TAG in cell.metadata.get("tags", [])
    ]
    return index


def only_setup(place="notebooks/01_data_visualization.ipynb"):
    """A notebook that ends with its set-up cell."""
    notebook = read(place)
    del notebook.cells[setup_cell(notebook) + 1 :]
    return notebook


def images(notebook):
    """The number of figures that a notebook shows."""
    outputs = [o for c in notebook.cells for o in c.get("outputs", [])]
    return sum("image/png" in output.get("data", {}) for output in outputs)


pytestmark = pytest.mark.skipif(
    sys.platform == "win32" or shutil.which("git") is None,
    reason="Colab runs on Linux; its imitation needs symbolic links and git",
)


@pytest.fixture(scope="module")
def colab(tmp_path_factory):
    return Colab(tmp_path_factory.mktemp("colab"))


@pytest.fixture(scope="module")
def new_colab(tmp_path_factory):
    """Where the course never gets installed."""
    return Colab(tmp_path_factory.mktemp("new"))


@pytest.fixture(scope="module")
def lesson(colab):
    """Lesson 1, run to its first figure, set-up cell twice; before and after it."""
    before = colab.installed(), colab.files("torch", "numpy")
    place = "notebooks/01_data_visualization.ipynb"
    notebook, stored = read(place), nbformat.read(ROOT / place, 4)
    shown = [bool(images(nbformat.v4.new_notebook(cells=[c]))) for c in stored.cells]
    del notebook.cells[shown.index(True) + 1 :]
    index = setup_cell(notebook)
    again = nbformat.v4.new_code_cell(notebook.cells[index].source)
    notebook.cells.insert(index + 1, again)
    colab.run(notebook, COURSE_SOURCE=colab.source)
    return notebook, before, (colab.installed(), colab.files("torch", "numpy"))


def test_the_environment_has_what_colab_has_and_not_the_course(new_colab):
    names = {package.split()[0].lower() for package in new_colab.installed()}
    assert {"torch", "torchvision", "numpy"} <= names
    assert not {"course-utils", "course_utils", *FOR_INSTRUCTORS} & names
    look = f"""
from importlib.util import find_spec
print([name for name in {("course_utils", *FOR_INSTRUCTORS)} if find_spec(name)])
"""
    assert new_colab.ask(look) == "[]\n"


@pytest.mark.parametrize(
    "variables",
    [{"COURSE_SOURCE": "git+file:///not/there"}, UNREACHABLE],
    ids=["wrong source", "no network"],
)
def test_where_nothing_can_be_installed_the_error_says_what_to_do(new_colab, variables):
    with pytest.raises(CellExecutionError) as error:
        new_colab.run(only_setup(), **variables)
    assert error.value.ename == "RuntimeError"
    source = variables.get("COURSE_SOURCE", "git+https://github.com/")
    assert error.value.evalue.startswith(source)
    assert error.value.evalue.endswith(
        "could not be installed. Check the network, then run this cell again."
    )


def test_the_setup_cell_installs_the_course_and_nothing_else(lesson):
    _, (before, _), (after, _) = lesson
    new = {package.split()[0].replace("_", "-") for package in after - before}
    assert (new, before - after) == ({"course-utils"}, set())


def test_torch_and_numpy_stay_as_they_were(lesson):
    _, (_, before), (_, after) = lesson
    assert len(before) > 1000
    assert before == after


def test_lesson_1_runs_to_its_first_figure(lesson):
    notebook, _, _ = lesson
    code = [cell for cell in notebook.cells if cell.cell_type == "code"]
    assert all(cell.execution_count for cell in code)
    assert images(notebook) == 1


def test_the_setup_cell_prints_nothing_and_may_run_again(lesson):
    notebook, _, _ = lesson
    index = setup_cell(notebook)
    assert notebook.cells[index].outputs == notebook.cells[index + 1].outputs == []


def test_in_a_new_kernel_the_setup_cell_leaves_the_course_as_it_is(colab, lesson):
    before = colab.files("course_utils")
    assert before
    colab.run(only_setup(), COURSE_SOURCE="git+file:///not/there")
    assert colab.files("course_utils") == before


def test_an_exercise_set_runs_to_its_end(colab, lesson):
    notebook = read("exercises/02_softmax_regression.ipynb")
    colab.run(notebook, COURSE_SOURCE=colab.source)
    board = notebook.cells[-1].outputs[0].text
    assert "– one_hot " in board and "To do: 7." in board
    raised = [
        cell
        for cell in notebook.cells
        if any(o.output_type == "error" for o in cell.get("outputs", []))
    ]
    assert len(raised) == 7
    for cell in raised:
        assert "not answered yet" in "".join(cell.outputs[0].traceback)


def test_every_import_of_every_notebook_works_without_instructors_packages(
    colab, lesson
):
    imports = {
        line
        for path in pairs.find_sources(ROOT, ["notebooks", "exercises"])
        for line in path.read_text(encoding="utf-8").splitlines()
        if re.match(r"(from|import) ", line) and not line.endswith("(")
    }
    assert "from course_utils import checks, data" in imports
    code = "\n".join([*sorted(imports), "import course_utils", "print(course_utils)"])
    assert str(colab.packages) in colab.ask(code)

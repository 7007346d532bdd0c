"""CI here and on GitHub: the same command, what it installs, when it runs."""

import os
import re
import shutil
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest
import yaml

ROOT = Path(__file__).parents[1]
SCRIPT = ROOT / ".ci" / "run"
TOOLS = ("bash", "cat", "dirname")


@pytest.fixture(scope="module")
def workflow():
    text = (ROOT / ".github/workflows/tests.yml").read_text(encoding="utf-8")
    # The parser takes the word `on` for a truth value.
    return yaml.safe_load(re.sub(r"^on:", "'on':", text, flags=re.MULTILINE))


def commands(job):
    return [line for s in job["steps"] for line in s.get("run", "").splitlines()]


def test_github_runs_the_same_command(workflow):
    job = workflow["jobs"]["course"]
    assert job["runs-on"] == "ubuntu-latest"
    assert commands(job)[-1] == "bash .ci/run"
    assert SCRIPT.exists()


def test_it_runs_for_each_change_and_each_week(workflow):
    assert {"push", "pull_request", "schedule"} <= set(workflow["on"])
    (entry,) = workflow["on"]["schedule"]
    minute, hour, day, month, weekday = entry["cron"].split()
    assert minute.isdigit() and hour.isdigit() and weekday.isdigit()
    assert (day, month) == ("*", "*")


def test_the_weekly_run_takes_the_newest_releases(workflow):
    steps = workflow["jobs"]["course"]["steps"]
    (step,) = [s for s in steps if "--upgrade" in s.get("run", "")]
    assert step["if"] == "github.event_name == 'schedule'"
    assert '--upgrade-strategy eager -r requirements.txt -e ".[all]"' in step["run"]
    # What the Makefile looks for; without them, `make test` would install again.
    assert step["run"].splitlines()[-1] == "touch .venv/ready .venv/all"
    makefile = (ROOT / "Makefile").read_text(encoding="utf-8")
    assert "$(VENV)/ready:" in makefile and "$(VENV)/all: $(VENV)/ready" in makefile


def test_helpers_and_tools_are_tested_on_every_system_with_the_oldest_and_newest_python(
    workflow,
):
    project = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]
    named = "Programming Language :: Python :: 3."
    stated = [int(c.removeprefix(named)) for c in project["classifiers"] if named in c]
    assert project["requires-python"] == f">=3.{min(stated)}"
    job = workflow["jobs"]["helpers"]
    assert job["strategy"]["matrix"] == {
        "os": ["ubuntu-latest", "windows-latest", "macos-latest"],
        "python": [f"3.{min(stated)}", f"3.{max(stated)}"],
    }
    assert job["runs-on"] == "${{ matrix.os }}"
    assert {"python-version": "${{ matrix.python }}"} in [
        step.get("with") for step in job["steps"]
    ]


def test_they_run_what_make_check_runs(workflow):
    makefile = (ROOT / "Makefile").read_text(encoding="utf-8")
    (selected,) = re.findall(r'-m ("not .+")', makefile)
    assert commands(workflow["jobs"]["helpers"])[-1] == f"pytest tests -m {selected}"


@pytest.fixture
def machine(tmp_path):
    """Run .ci/run where only the given programs exist; return its calls.

    Each program is a script that notes what it was called with. apt-get fails as
    often as `failures` says, then provides what it is asked for.
    """

    def run(user, failures=0, has=()):
        programs = tmp_path / "bin"
        programs.mkdir()
        for tool in TOOLS:
            (programs / tool).symlink_to(shutil.which(tool))
        log, tries = tmp_path / "log", tmp_path / "tries"
        log.touch()
        tries.touch()
        provide = "\n".join(
            f"echo '#!{programs}/bash' > {programs}/{name}; "
            f"{shutil.which('chmod')} +x {programs}/{name}"
            for name in ("chromium", "bwrap", "node")
        )
        scripts = {
            "id": f"echo {user}",
            "make": f'echo "make $* COURSE_CI=$COURSE_CI" >> {log}',
            "apt-get": f"""echo "apt-get $*" >> {log}
case "$*" in *update*) exit 0;; esac
echo x >> {tries}
test "$(cat {tries} | {shutil.which("wc")} -l)" -gt {failures} || exit 100
{provide}""",
        } | {name: f'echo "{name} $*" >> {log}' for name in has}
        for name, text in scripts.items():
            path = programs / name
            path.write_text(f"#!{programs}/bash\n{text}\n")
            path.chmod(0o755)
        done = subprocess.run(
            [shutil.which("bash"), SCRIPT],
            env={"PATH": str(programs)},
            capture_output=True,
            text=True,
        )
        assert done.returncode == 0, done.stderr
        return log.read_text().splitlines()

    return run


on_unix = pytest.mark.skipif(sys.platform == "win32", reason=".ci/run needs a shell")
INSTALL = "apt-get -qq install -y --no-install-recommends chromium bubblewrap nodejs"
UPDATE = "apt-get -qq update"
READY = "make .venv/all COURSE_CI=1"
TEST = "make test COURSE_CI=1"


@on_unix
def test_on_debian_root_installs_what_the_tests_need(machine):
    assert machine(user=0) == [UPDATE, INSTALL, READY, TEST]


@on_unix
def test_an_installation_that_fails_is_tried_again(machine):
    assert machine(user=0, failures=2) == 3 * [UPDATE, INSTALL] + [READY, TEST]


@on_unix
def test_tests_that_need_what_cannot_be_installed_are_left_to_fail(machine):
    assert machine(user=0, failures=9)[-1] == TEST


@on_unix
def test_what_is_there_is_not_installed_again(machine):
    assert machine(user=0, has=["chromium", "bwrap", "node"]) == [READY, TEST]


@on_unix
def test_a_user_who_may_not_install_runs_the_tests(machine):
    assert machine(user=1000) == [READY, TEST]


@on_unix
def test_the_network_is_cut_where_the_system_allows_it(machine):
    *before, last = machine(user=1000, has=["unshare"])
    assert before == [READY, "unshare --net true"]
    assert last == "unshare --net .venv/bin/python tests/offline.py make test"


@on_unix
def test_it_can_be_called_from_anywhere():
    assert os.access(SCRIPT, os.R_OK)
    text = SCRIPT.read_text(encoding="utf-8")
    assert 'cd "$(dirname "$0")/.."' in text
    assert text.rstrip().splitlines()[-1] == "make test"

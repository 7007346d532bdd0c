"""How long a class takes: `course grade` against `nbgrader autograde`.

    python tests/benchmarks/grade_speed.py [--students 60 1000] [--nbgrader 60]

The same submissions to set 2 are graded by both, each from its command line and with
everything that belongs to it: the start of Python, of PyTorch and of the sandbox. They
hold right, wrong, missing and untouched answers in a fixed mixture. nbgrader gets the
first few only; its seconds per submission are what is compared.

Both have to give the same marks, but for exercises that call another which is wrong:
nbgrader charges them as well, and `course grade` checks them with the key's function in
its place. They are counted, and left out of the comparison.

What a class of one takes is the start-up, in which both cores import PyTorch, one for
the checks and one for the answers. Submissions per second are told without it. Median
and 99th percentile are of the seconds from handing a submission to the grader until
its results are there. Memory is that of all processes together, what they share counted
once (PSS), looked at once a second. Answers are isolated, in all runs.

The last runs are on a Dask cluster of two workers on this machine: the first with their
start-up, the second without. What the client and the workers take is in their seconds;
the memory of workers is not in the table.
"""

import argparse
import contextlib
import csv
import json
import os
import random
import runpy
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from copy import deepcopy
from pathlib import Path

import psutil

ROOT = Path(__file__).parents[2]
NAME = "02_softmax_regression"
KEY = ROOT / "solutions" / f"{NAME}.py"
GOAL = 10  # times as fast as nbgrader
GOAL_PER_SECOND = 6  # on two cores, after start-up
GOAL_SECOND_CORE = 1.8
GOAL_MEMORY = 1.1  # of the largest class, by that of the smallest
# Grades, and notes how long each submission took.
TIMED = """
import json, sys, threading, time
from pathlib import Path
from course_tools.__main__ import main
from course_tools.grading.grader import Grader

grade, seconds = Grader.grade, []

def timed(self, key, submission):
    start = time.perf_counter()
    try:
        return grade(self, key, submission)
    finally:
        seconds.append(time.perf_counter() - start)

Grader.grade = timed
status = main(sys.argv[2:])
Path(sys.argv[1]).write_text(json.dumps(seconds))
sys.exit(status)
"""


def make_class(folder, students):
    """Write submissions in nbgrader's layout, most answers right."""
    load = lambda place: json.loads((ROOT / place / f"{NAME}.ipynb").read_text("utf-8"))  # noqa: E731
    exercises, key = load("exercises"), load("solutions")
    wrong = runpy.run_path(str(ROOT / "tests" / "answers" / f"{NAME}.py"))["WRONG"]
    right = {
        c["metadata"]["nbgrader"]["grade_id"]: c["source"]
        for c in key["cells"]
        if c["metadata"].get("nbgrader", {}).get("solution")
    }
    draw = random.Random(0)
    for number in range(students):
        notebook = deepcopy(exercises)
        for cell in notebook["cells"]:
            nbgrader = cell["metadata"].get("nbgrader", {})
            name, luck = nbgrader.get("grade_id"), draw.random()
            if not nbgrader.get("solution") or luck < 0.05:
                continue
            cell["source"] = right[name]
            if name in wrong and luck < 0.25:
                source, _ = draw.choice(sorted(wrong[name].values()))
                cell["source"] = f"# exercise: {name}\n{source.strip()}\n"
        path = folder / "submitted" / f"student{number:04}" / "sets" / f"{NAME}.ipynb"
        path.parent.mkdir(parents=True)
        path.write_text(json.dumps(notebook), encoding="utf-8")


def run(words, folder):
    """Run a command; return its seconds, and the most memory it had, in MB."""
    environment = dict(os.environ, OMP_NUM_THREADS="1")
    environment["PATH"] = (
        f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
    )
    start = time.perf_counter()
    process = subprocess.Popen(
        [sys.executable, *words],
        cwd=folder,
        env=environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )
    peak, ended = [0.0], threading.Event()
    watch = threading.Thread(target=_watch, args=(process.pid, peak, ended))
    watch.start()
    printed, _ = process.communicate()
    seconds = time.perf_counter() - start
    ended.set()
    watch.join()
    if process.returncode:
        sys.exit(f"{' '.join(words)}:\n{printed}")
    return seconds, peak[0]


def _watch(pid, peak, ended):
    while not ended.wait(1.0):
        total = 0
        with contextlib.suppress(psutil.NoSuchProcess):
            top = psutil.Process(pid)
            for process in (top, *top.children(recursive=True)):
                with contextlib.suppress(psutil.Error, OSError):
                    total += process.memory_full_info().pss
        peak[0] = max(peak[0], total / 2**20)


def grade(folder, submissions, out, *options):
    """Grade with the command; return seconds, memory in MB, seconds of each."""
    (folder / "timed.py").write_text(TIMED, encoding="utf-8")
    words = ["timed.py", f"{out}.json", "grade", submissions, "--key", str(KEY)]
    (folder / out).parent.mkdir(parents=True, exist_ok=True)
    seconds, memory = run([*words, "--out", out, *options], folder)
    return seconds, memory, json.loads((folder / f"{out}.json").read_text())


def our_marks(folder):
    """By student and exercise, the points in grades.csv."""
    text = (folder / "grades.csv").read_text(encoding="utf-8-sig")
    return {
        row["student"]: {
            column.split(" (")[0]: float(points)
            for column, points in row.items()
            if column.endswith(")") and "hand" not in column and "total" not in column
        }
        for row in csv.DictReader(text.splitlines())
    }


def checked_with_the_key(folder):
    """The students and exercises for which a function of the key stood in."""
    stored = json.loads((folder / "grades.json").read_text(encoding="utf-8"))
    return {
        (row["student"], name)
        for row in stored["students"]
        for name, result in row["results"].items()
        if "in place of the one handed in" in result["note"]
    }


def nbgrader_marks(folder):
    """By student and exercise, the points in nbgrader's gradebook."""
    from nbgrader.api import Gradebook

    with Gradebook(f"sqlite:///{folder / 'gradebook.db'}") as gradebook:
        return {
            submission.student.id: {
                grade.name.removesuffix("-check"): grade.auto_score
                for notebook in submission.notebooks
                for grade in notebook.grades
                if grade.cell_type == "code"
            }
            for submission in gradebook.assignment_submissions("sets")
        }


def grade_with_nbgrader(folder, students):
    """Autograde the first students; return the seconds and the memory in MB."""
    source = folder / "source" / "sets"
    source.mkdir(parents=True)
    (source / f"{NAME}.ipynb").write_bytes(KEY.with_suffix(".ipynb").read_bytes())
    run(["-m", "nbgrader", "generate_assignment", "sets", "--force"], folder)
    wanted = [f"student{n:04}" for n in range(students)]
    with contextlib.suppress(FileExistsError):
        os.rename(folder / "submitted", folder / "all")
    for student in wanted:
        (folder / "submitted").mkdir(exist_ok=True)
        os.rename(folder / "all" / student, folder / "submitted" / student)
    return run(["-m", "nbgrader", "autograde", "sets"], folder)


def measure(folder, students, jobs, start):
    """Grade a class; print a line and return what it took."""
    out = f"out-{students}-{jobs}"
    seconds, memory, each = grade(
        folder, f"{students}/submitted", out, "--jobs", str(jobs)
    )
    # Of a handful, on a busy machine, the start-up may seem longer than all of it.
    rate = students / (seconds - start) if seconds > start else float("nan")
    percentiles = statistics.quantiles(each, n=100) if len(each) > 1 else each * 99
    row(
        f"course grade --jobs {jobs}", students, seconds, f"{rate:.1f}",
        f"{statistics.median(each):.2f}", f"{percentiles[98]:.2f}", memory,
    )  # fmt: skip
    return seconds, rate, memory


def measure_dask(folder, students, workers):
    """Grade a class twice on a cluster of this machine; print a line for each."""
    from distributed import LocalCluster

    os.environ["OMP_NUM_THREADS"] = "1"
    with LocalCluster(
        n_workers=workers, threads_per_worker=1, dashboard_address=None
    ) as cluster:
        options = ["--scheduler", cluster.scheduler_address]
        for what in ("first", "again"):
            out = f"dask-{what}"
            seconds, _, _ = grade(folder, f"{students}/submitted", out, *options)
            rate = f"{students / seconds:.1f}"
            row(f"{workers} Dask workers, {what}", students, seconds, rate, "", "", 0)


def row(what, students, seconds, rate, median, last, memory):
    """Print a line of the table."""
    print(
        f"| {what:22} | {students:5} | {seconds:7.1f} | {rate:>6} | {median:>6} | "
        f"{last:>6} | {f'{memory:,.0f}' if memory else '':>6} |",
        flush=True,
    )


def compare(folder, students, theirs):
    """Make sure that marks are those of nbgrader; say what differs by design."""
    mine = our_marks(folder / f"out-{students}-1")
    stood_in = checked_with_the_key(folder / f"out-{students}-1")
    different = [
        (student, name, mine[student][name], points)
        for student, marks in theirs.items()
        for name, points in marks.items()
        if mine[student][name] != points and (student, name) not in stood_in
    ]
    by_design = [
        (student, name)
        for student, name in sorted(stood_in)
        if student in theirs and mine[student][name] != theirs[student][name]
    ]
    print(f"marks of {len(theirs)} students: {len(different)} differ {different[:3]}")
    print(
        f"by design, {len(by_design)} more: they call another exercise that is wrong, "
        f"in {sorted({name for _, name in by_design})}"
    )
    return not different


def main():
    """Measure, compare the marks, and print a table."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--students", type=int, nargs="+", default=[60, 1000])
    parser.add_argument("--nbgrader", type=int, default=60, help="0 leaves it out")
    parser.add_argument("--dask", type=int, default=2, help="workers; 0: no cluster")
    arguments = parser.parse_args()
    sizes = sorted(arguments.students)
    small, few = sizes[0], min(sizes[0], arguments.nbgrader)
    print(f"{NAME}; {os.cpu_count()} cores; answers isolated")
    goals = {}
    with tempfile.TemporaryDirectory() as place:
        folder = Path(place)
        for size in sizes:
            make_class(folder / str(size), size)
        make_class(folder / "one", 1)
        start = min(
            grade(folder, "one/submitted", f"one/{n}", "--jobs", "1")[0]
            for n in range(3)
        )
        print(f"start-up, a class of one: {start:.1f} s\n")
        print(
            "|                        | class | seconds | per s  | median | 99th   | MB     |"
        )
        print("| --- | ---: | ---: | ---: | ---: | ---: | ---: |")
        ours = {
            (size, jobs): measure(folder, size, jobs, start)
            for size in sizes
            for jobs in (1, 2)
        }
        for size in sizes:
            same = [our_marks(folder / f"out-{size}-{jobs}") for jobs in (1, 2)]
            assert same[0] == same[1], "marks depend on the number of jobs"
        if arguments.dask:
            measure_dask(folder, small, arguments.dask)
        if few:
            seconds, memory = grade_with_nbgrader(folder / str(small), few)
            rate = f"{few / seconds:.2f}"
            row("nbgrader autograde", few, seconds, rate, "", "", memory)
            print()
            theirs = nbgrader_marks(folder / str(small))
            goals["the same marks as nbgrader"] = compare(folder, small, theirs)
            ratio = (seconds / few) / (ours[small, 2][0] / small)
            goals[f"{ratio:.0f} times as fast as nbgrader ({GOAL})"] = ratio >= GOAL
    for size in sizes:
        (one, slow, _), (two, fast, _) = ours[size, 1], ours[size, 2]
        print(f"{size}: the second core is worth {one / two:.2f}, {fast / slow:.2f} "
              "without start-up")  # fmt: skip
    large = sizes[-1]
    _, rate, most = ours[large, 2]
    core, grown = rate / ours[large, 1][1], most / ours[small, 2][2]
    goals[f"{rate:.1f} per second ({GOAL_PER_SECOND})"] = rate >= GOAL_PER_SECOND
    goals[f"second core {core:.2f} ({GOAL_SECOND_CORE})"] = core >= GOAL_SECOND_CORE
    goals[f"memory of {large} by that of {small}: {grown:.2f} ({GOAL_MEMORY})"] = (
        grown <= GOAL_MEMORY
    )
    for goal, met in goals.items():
        print(f"{'✓' if met else '✗'} {goal}")


if __name__ == "__main__":
    main()

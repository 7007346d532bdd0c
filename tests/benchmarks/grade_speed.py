"""How long a class takes: `course grade` against `nbgrader autograde`.

    python tests/benchmarks/grade_speed.py [--students 60] [--nbgrader 60]

The same submissions to set 2 are graded by both, each from its command line and with
everything that belongs to it: the start of Python, of PyTorch and of the sandbox. They
hold right, wrong, missing and untouched answers in a fixed mixture. nbgrader may be
given the first few only; its seconds per submission are what is compared.

Both have to give the same marks, but for exercises that call another which is wrong:
nbgrader charges them as well, and `course grade` checks them with the key's function in
its place. They are counted, and left out of the comparison.

What a class of one takes is the start-up, in which both cores import PyTorch, one for
the checks and one for the answers. What a second core is worth is told with and
without it.
"""

import argparse
import contextlib
import csv
import json
import os
import random
import runpy
import subprocess
import sys
import tempfile
import time
from copy import deepcopy
from pathlib import Path

ROOT = Path(__file__).parents[2]
NAME = "02_softmax_regression"
KEY = ROOT / "solutions" / f"{NAME}.py"
GOAL = 10


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
        path = folder / "submitted" / f"student{number:03}" / "sets" / f"{NAME}.ipynb"
        path.parent.mkdir(parents=True)
        path.write_text(json.dumps(notebook), encoding="utf-8")


def run(words, folder):
    """Run a command; return how long it took."""
    start = time.perf_counter()
    environment = dict(os.environ, OMP_NUM_THREADS="1")
    environment["PATH"] = (
        f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
    )
    done = subprocess.run(
        [sys.executable, "-m", *words],
        cwd=folder,
        env=environment,
        capture_output=True,
        text=True,
    )
    if done.returncode:
        sys.exit(f"{' '.join(words)}:\n{done.stdout}{done.stderr}")
    return time.perf_counter() - start


def grade(folder, submissions, out, jobs):
    """Grade with the command; return how long it took."""
    words = ["course_tools", "grade", submissions, "--key", str(KEY)]
    return run([*words, "--out", out, "--jobs", str(jobs)], folder)


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
    """Autograde the first students; return the seconds for each."""
    source = folder / "source" / "sets"
    source.mkdir(parents=True)
    (source / f"{NAME}.ipynb").write_bytes(KEY.with_suffix(".ipynb").read_bytes())
    run(["nbgrader", "generate_assignment", "sets", "--force"], folder)
    wanted = [f"student{n:03}" for n in range(students)]
    with contextlib.suppress(FileExistsError):
        os.rename(folder / "submitted", folder / "all")
    for student in wanted:
        (folder / "submitted").mkdir(exist_ok=True)
        os.rename(folder / "all" / student, folder / "submitted" / student)
    return run(["nbgrader", "autograde", "sets"], folder)


def main():
    """Measure, compare the marks, and print a table."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--students", type=int, default=60)
    parser.add_argument("--nbgrader", type=int, default=60)
    arguments = parser.parse_args()
    students, few = arguments.students, min(arguments.students, arguments.nbgrader)
    print(f"{students} submissions to {NAME}; {os.cpu_count()} cores")
    with tempfile.TemporaryDirectory() as place:
        folder = Path(place)
        make_class(folder, students)
        make_class(folder / "one", 1)
        start = min(grade(folder, "one/submitted", f"one/{n}", 1) for n in range(2))
        print(f"start-up, a class of one: {start:6.1f} s")
        ours = {}
        for jobs in (1, 2):
            ours[jobs] = grade(folder, "submitted", f"out{jobs}", jobs)
            print(
                f"course grade --jobs {jobs}:      {ours[jobs]:6.1f} s, "
                f"{ours[jobs] / students:.2f} s per submission",
                flush=True,
            )
        mine = our_marks(folder / "out1")
        stood_in = checked_with_the_key(folder / "out1")
        assert mine == our_marks(folder / "out2"), "marks depend on the number of jobs"
        seconds = grade_with_nbgrader(folder, few)
        print(
            f"nbgrader autograde:        {seconds:6.1f} s for {few}, "
            f"{seconds / few:.2f} s per submission"
        )
        theirs = nbgrader_marks(folder)
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
    for jobs, measured in ours.items():
        ratio = (seconds / few) / (measured / students)
        print(f"--jobs {jobs}: {ratio:.0f} times as fast as nbgrader (goal: {GOAL})")
    without = (ours[1] - start) / (ours[2] - start)
    print(
        f"second core: {ours[1] / ours[2]:.2f} times as fast, {without:.2f} times "
        "without start-up"
    )
    assert not different
    assert (seconds / few) / (ours[2] / students) >= GOAL


if __name__ == "__main__":
    main()

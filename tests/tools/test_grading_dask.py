"""Grading on Dask: workers that are killed or come late, and two schedulers at once.

What workers do is played here by tasks without PyTorch. That they grade as one machine
does is a test of its own, in test_grading_teaching.py.
"""

import json
import os
import signal
import sys
import threading
import time
from pathlib import Path

import cloudpickle
import pytest
from distributed import LocalCluster
from grading import classes

from course_tools.__main__ import main
from course_tools.grading import dask_cluster
from course_tools.grading.grader import Limits
from course_tools.grading.submissions.answers import Answer, Submission

KEY = classes.key()
NAMES = [exercise.name for exercise in KEY.autograded]
FIRST = NAMES[0]
# Workers can't import this file.
cloudpickle.register_pickle_by_value(sys.modules[__name__])


def note(folder, student, *_):
    """Stands for grading: notes who has graded whom; 1 point for every second student."""
    with open(Path(folder) / f"{os.getpid()}.txt", "a") as log:
        log.write(f"{student}\n")
    time.sleep(0.05)
    result = {"outcome": "passed", "points": int(student) % 2}
    return dict.fromkeys(NAMES, result)


@pytest.fixture
def noted(tmp_path, monkeypatch):
    """The folder of notes, with whom each worker has graded."""
    folder = tmp_path / "notes"
    folder.mkdir()
    place = str(folder)
    monkeypatch.setattr(
        dask_cluster,
        "grade_on_worker",
        lambda key, limits, mode, student, *_: note(place, student),
    )
    monkeypatch.setattr(dask_cluster, "check_key_on_worker", lambda *_: None)
    return folder


def notes(folder):
    """By process, whom it has graded."""
    return {p.stem: p.read_text().split() for p in folder.glob("*.txt")}


def wait_for(condition):
    until = time.monotonic() + 60
    while not condition() and time.monotonic() < until:
        time.sleep(0.02)


def test_whatever_becomes_of_workers_each_student_is_graded_once(noted, tmp_path):
    students = [str(n) for n in range(60)]
    for student in students:
        classes.write(tmp_path / "in" / f"{student}.ipynb", classes.notebook())
    options = {"threads_per_worker": 1, "processes": True, "dashboard_address": None}
    with LocalCluster(n_workers=1, **options) as cluster:

        def disturb():
            wait_for(lambda: len(notes(noted)) == 1)
            cluster.scale(2)  # one comes late, and gets work
            wait_for(lambda: len(notes(noted)) == 2)
            for worker in list(cluster.workers.values()):  # all are lost at once
                os.kill(worker.pid, signal.SIGKILL)

        thread = threading.Thread(target=disturb)
        thread.start()
        words = ["grade", str(tmp_path / "in"), "--out", str(tmp_path / "out")]
        words += ["--key", str(classes.SET_2), "--trusted"]
        status = main([*words, "--scheduler", cluster.scheduler_address])
        thread.join()
    assert status == 0
    done = notes(noted)
    assert len(done) > 2
    assert {student for names in done.values() for student in names} == set(students)
    rows = json.loads((tmp_path / "out/grades.json").read_text("utf-8"))["students"]
    found = [(row["student"], row["results"][FIRST]["points"]) for row in rows]
    assert sorted(found) == sorted((s, int(s) % 2) for s in students)


def test_two_schedulers_each_grade_their_own_class(noted):
    options = {"n_workers": 1, "processes": False, "dashboard_address": ":0"}
    with LocalCluster(**options) as one, LocalCluster(**options) as other:
        addresses = [c.scheduler_address for c in (one, other)]
        connect = [
            dask_cluster.connected(address, KEY, Limits(), True)
            for address in addresses
        ]
        with connect[0] as (first, _), connect[1] as (second, _):
            waiting = {}
            for number in range(20):
                grading = (first, second)[number % 2]
                submission = Submission(str(number), {FIRST: Answer("x")})
                waiting[number] = grading.grade(submission)
            for number, future in waiting.items():
                assert future.result(timeout=30)[FIRST].points == number % 2
                assert future.task.client.scheduler.address == addresses[number % 2]
    (names,) = notes(noted).values()
    assert sorted(names) == sorted(map(str, range(20)))

"""A made-up class over a term: python tests/grading/term.py FOLDER [STUDENTS]

Grades as `course grade` leaves them, without any answer being run, and notebooks. Some
have copied: student 2 from student 1 in all sets, with other names.
"""

import random
import re
import sys
from pathlib import Path

if __name__ == "__main__":
    sys.path.insert(0, str(Path(__file__).parents[1]))

import numpy as np
from grading import classes

from course_tools.authoring.misconceptions import catalogue
from course_tools.grading.gradebook.folder import Folder
from course_tools.grading.gradebook.rows import ANSWERED, Row
from course_tools.grading.grader import Limits, Outcome
from course_utils.points import Part

SETS = ("02_softmax_regression", "06_backprop", "09_regularization")
COPIED = {2: 1, 12: 11, 22: 21}
SPARE = "\n# {0}\nspare = {0}\n"


def message(entry):
    """Words that a check may say to a mistake; "" if its pattern is no plain text."""
    text = re.sub(r"\\d\+?", "3", entry["message"].partition("|")[0])
    text = re.sub(r"\\(.)", r"\1", text.replace(".*", " … "))
    return text if re.search(entry["message"], text) else ""


def results(key, ability, chance, mistakes):
    """What checks found in the answers of one student."""
    found = {}
    for number, exercise in enumerate(key.autograded):
        # The third exercise of a set is luck.
        slope = 0 if number == 2 else 1.6
        right = 1 / (1 + np.exp(-slope * (ability + 1.2 - 0.5 * number)))
        known = [e for e in mistakes[exercise.name] if message(e)]
        if chance.random() < right:
            found[exercise.name] = Outcome("passed", exercise.points)
        elif chance.random() < 0.1:
            found[exercise.name] = Outcome("missing", message="not answered.")
        else:
            weights = [1 / (1 + place) for place in range(len(known))]
            (entry,) = chance.choices(known, weights)
            parts = [Part(n, p) for n, p in exercise.parts]
            for part in parts[: chance.randint(1, 2)]:
                part.message, part.hidden = message(entry), entry["hidden"]
            points = sum(part.reached for part in parts)
            found[exercise.name] = Outcome(
                "partly" if points else "failed", points, message(entry),
                entry["hidden"], parts=parts,
            )  # fmt: skip
    return found


def renamed(source):
    """An answer with other names of its own, and another layout."""
    for name in ("exp_Z", "loss", "grad", "logits", "shift", "total", "batch", "out"):
        source = re.sub(rf"\b{name}\b", f"my_{name}", source)
    return source.replace("\n\n", "\n# mine\n\n")


def answers(key, stem, outcomes, chance):
    """Sources that fit the results of one student."""
    right = classes.right_answers(classes.ROOT / "solutions" / f"{stem}.py")
    kept = classes.wrong_answers(stem)
    made = {}
    for exercise in key.autograded:
        name, outcome = exercise.name, outcomes[exercise.name].outcome
        if outcome == "missing":
            continue
        source = right[name]
        if outcome != "passed":
            source = f"# exercise: {name}{chance.choice(list(kept[name].values()))[0]}"
        if chance.random() < 0.8:
            source += SPARE.format(chance.randrange(400))
        made[name] = source
    return made


def grade(folder, stem, number=300, seed=0, notebooks=None):
    """Write the grades of one set, and what was handed in."""
    path = classes.ROOT / "solutions" / f"{stem}.py"
    key, mistakes = classes.key(path), catalogue(classes.ROOT)[stem]
    place = SETS.index(stem)
    abilities = np.random.default_rng(seed).normal(size=number)
    rows, sources = {}, {}
    for student in range(1, number + 1):
        chance = random.Random(f"{seed} {stem} {student}")
        name = f"Student {student:03}"
        if student % 40 == 7 + place:
            continue
        row = Row(name, f"{name}.ipynb")
        if student % 75 == 5 + place:
            row.problem = "it is not a notebook: its JSON is broken"
        else:
            row.results = results(key, abilities[student - 1], chance, mistakes)
            row.written = {e.name: ANSWERED for e in key.written}
            if place == 0:
                row.given = {e.name: f"{chance.randint(0, 3)}" for e in key.written}
            sources[student] = answers(key, stem, row.results, chance)
        rows[name] = row
    with Folder(folder, key, "bubblewrap", Limits()) as kept:
        kept.rows = rows
        kept.save()
    for student, made in sources.items() if notebooks else ():
        if COPIED.get(student) in sources:
            copied = sources[COPIED[student]].items()
            made = {name: renamed(source) for name, source in copied}
        notebook = classes.notebook(path, **made)
        told = (
            f"{student % 3} of 14 points.\nThird hints that you opened: {student % 3}."
        )
        notebook["cells"][-1]["outputs"] = [{"output_type": "stream", "text": [told]}]
        classes.write(notebooks / f"Student {student:03}.ipynb", notebook)
    return folder


if __name__ == "__main__":
    top, number = Path(sys.argv[1]), int((*sys.argv, 300)[2])
    for stem in SETS:
        grade(top / "grades" / stem, stem, number, notebooks=top / "in" / stem)

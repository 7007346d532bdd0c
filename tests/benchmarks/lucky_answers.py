"""How much marks depend on the inputs that a check happens to draw.

    python tests/benchmarks/lucky_answers.py [--draws 200] [02 …]

The inputs of an exercise are drawn from a seed of its own, the same everywhere. Here
every wrong answer of `tests/answers` is checked with other draws, and every answer of
the keys as well: what is wrong has to fail with each of them, what is right to pass.
An answer whose check ends before it has drawn anything needs no other draws.
"""

import argparse
import random
import sys
import warnings
from contextlib import contextmanager
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1]))

import cells
import numpy as np
import torch
from grading import classes

from course_utils.checks import exercises

seeded = exercises.seeded
drew = False  # whether the last check has drawn a random number


def states():
    """Where the three random number generators stand."""
    _, keys, position, *_ = np.random.get_state()  # noqa: NPY002
    torchs = torch.default_generator.get_state().numpy().tobytes()
    return torchs, keys.tobytes(), position, random.getstate()


@contextmanager
def noticed(name):
    """`exercises.seeded`, which also notes whether something was drawn."""
    global drew
    with seeded(name):
        before = states()
        try:
            yield
        finally:
            drew = states() != before


def passes(path, name, source, draws):
    """Return in which of the draws an answer passes the complete check."""
    global drew
    found = []
    for exercises.draw in range(1, draws + 1):
        drew = False
        if not cells.check_answer(path, name, source):
            found.append(exercises.draw)
        if not drew:  # with every other draw it is the same
            found *= draws
            break
    exercises.draw = 0
    return found


def main():
    """Print what passes by luck, and what fails by it; the number is the status."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--draws", type=int, default=200)
    parser.add_argument("sets", nargs="*", help="numbers of sets; all by default")
    arguments = parser.parse_args()
    warnings.filterwarnings("ignore")
    exercises.seeded = noticed
    counted, drawn, lucky = 0, 0, 0
    for path in classes.KEYS:
        if arguments.sets and path.stem[:2] not in arguments.sets:
            continue
        right = classes.right_answers(path)
        for name, mistakes in classes.wrong_answers(path.stem).items():
            answers = {"the key": right[name]} | {m: w[0] for m, w in mistakes.items()}
            for mistake, source in answers.items():
                found = len(passes(path, name, source, arguments.draws))
                counted += 1
                drawn += drew
                is_key = mistake == "the key"
                if found != (arguments.draws if is_key else 0):
                    lucky += 1
                    print(f"{path.stem} {name}: {mistake}: passes {found}", flush=True)
    print(
        f"{counted} answers, of which {drawn} meet {arguments.draws} draws each: "
        f"{lucky} depend on them."
    )
    return min(lucky, 1)


if __name__ == "__main__":
    sys.exit(main())

"""How much marks depend on the inputs that a check happens to draw.

    python tests/benchmarks/lucky_answers.py [--draws 200] [02 …]

The inputs of an exercise are drawn from a seed of its own, the same everywhere. Here
every wrong answer of `tests/answers` is checked with other draws, and every answer of
the keys as well: what is wrong has to fail with each of them, what is right to pass.
"""

import argparse
import sys
import warnings
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1]))

import cells
from grading import classes

from course_utils.checks import exercises


def passes(path, name, source, draws):
    """Return in which of the draws an answer passes the complete check."""
    found = []
    for exercises.draw in range(1, draws + 1):
        if not cells.check_answer(path, name, source):
            found.append(exercises.draw)
    exercises.draw = 0
    return found


def main():
    """Print what passes by luck, and what fails by it; the number is the status."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--draws", type=int, default=200)
    parser.add_argument("sets", nargs="*", help="numbers of sets; all by default")
    arguments = parser.parse_args()
    warnings.filterwarnings("ignore")
    counted, lucky = 0, 0
    for path in classes.KEYS:
        if arguments.sets and path.stem[:2] not in arguments.sets:
            continue
        right = classes.right_answers(path)
        for name, mistakes in classes.wrong_answers(path.stem).items():
            answers = {"the key": right[name]} | {m: w[0] for m, w in mistakes.items()}
            for mistake, source in answers.items():
                counted += 1
                found = len(passes(path, name, source, arguments.draws))
                is_key = mistake == "the key"
                if found != (arguments.draws if is_key else 0):
                    lucky += 1
                    print(f"{path.stem} {name}: {mistake}: passes {found}", flush=True)
    print(f"{counted} answers, {arguments.draws} draws each: {lucky} depend on them.")
    return min(lucky, 1)


if __name__ == "__main__":
    sys.exit(main())

"""A made-up class, to try `course grade` on: python tests/demo_class.py FOLDER

Twenty-four notebooks of exercise set 2, as they may come back: most with some answers
right and some wrong in a usual way, a few complete, one untouched, one unreadable.
"""

import random
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent))

from grading.classes import SET_2, notebook, solved, write, wrong_answers

STUDENTS = (
    "Ada", "Alan", "Barbara", "Claude", "Donald", "Edsger", "Emmy", "Fei-Fei",
    "Frances", "Geoffrey", "Grace", "Hedy", "Jeannette", "Joan", "John", "Katherine",
    "Lotfi", "Margaret", "Radia", "Sofia", "Timnit", "Yann", "Yoshua", "Zoë",
)  # fmt: skip
SHARE_WRONG = 0.25


def hand_in(folder: Path, seed: int = 0) -> None:
    """Write the class's notebooks into a folder, one per student."""
    chance = random.Random(seed)
    *most, untouched, unreadable = STUDENTS
    for student in most:
        wrong = {
            exercise: chance.choice(list(mistakes.values()))[0].strip("\n")
            for exercise, mistakes in wrong_answers(SET_2.stem).items()
            if chance.random() < SHARE_WRONG
        }
        write(folder / f"{student}.ipynb", solved(**wrong))
    write(folder / f"{untouched}.ipynb", notebook())
    (folder / f"{unreadable}.ipynb").write_text("{}", encoding="utf-8")


if __name__ == "__main__":
    hand_in(Path(sys.argv[1]))

"""The page that the desk opens with: where you are, what is done, what comes next."""

from collections.abc import Sequence
from pathlib import Path

from course_tools.desk.delivery import GLOSSARY, Delivery
from course_tools.desk.progress import Standing
from course_tools.files import write_atomically

NAME = "00_welcome.md"
BAR = 10


def write_welcome(
    desk: Path, lessons: Sequence[Standing], deliveries: Sequence[Delivery], due: int
) -> None:
    """Write the page; it is the desk's own and made afresh each time.

    Args:
        desk: the folder.
        lessons: how far each is.
        deliveries: what has just been brought.
        due: how many questions `course review` has for today.
    """
    text = "\n\n".join(
        [
            "# Neural networks, from pixels to CIFAR-10",
            *_next(lessons, due),
            _table(lessons),
            *news(deliveries),
            "This folder is yours. Write into the notebooks, add cells, break things: "
            "what you have changed is never overwritten. To start a notebook over, "
            "rename or delete yours and start the desk again: a fresh one appears. "
            f"Words you have forgotten are in the [glossary]({GLOSSARY}).",
            "This page is made when the desk is started, from the notebooks as you "
            "saved them last.",
        ]
    )
    write_atomically(desk / NAME, text + "\n")


def news(deliveries: Sequence[Delivery]) -> list[str]:
    """Return, in Markdown, what has changed on a desk that was there before.

    Args:
        deliveries: what became of each file.
    """
    new = [d for d in deliveries if d.done != "same"]
    if not new or len(new) == len(deliveries):
        return []  # nothing, or everything: a new desk
    lines = []
    for delivery in new:
        what = {
            "new": "is new",
            "replaced": "has changed",
            "beside": f"has changed; yours stays, the newer one is "
            f"[{delivery.beside}]({delivery.beside})",
        }[delivery.done]
        where = ", ".join(
            f"*{heading}*" for heading in delivery.sections[:6] if heading
        )
        more = len(delivery.sections) - 6
        where += f" and {more} more sections" if more > 0 else ""
        where = f", in {where}" if where else ""
        lines.append(f"- [{delivery.name}]({delivery.name}) {what}{where}.")
    return ["## New since last time", "\n".join(lines)]


def _next(lessons: Sequence[Standing], due: int) -> list[str]:
    lines = []
    for lesson in lessons:
        if not lesson.worked_through:
            word = "Go on with" if lesson.share else "Begin with"
            lines.append(f"**{word}** [lesson {lesson.title}]({lesson.lesson}).")
            break
        if lesson.points < lesson.possible:
            lines.append(
                f"**Practice:** the [exercises of lesson {lesson.title}]"
                f"({lesson.exercises}), {lesson.points} of {lesson.possible} points."
            )
    else:
        if not lines:
            lines.append("You have worked through everything.")
    if due:
        unit = "question" if due == 1 else "questions"
        lines.append(
            f"**Remember:** {due} {unit} from lessons you know wait for you. In a "
            "terminal (File > New > Terminal): `course review`."
        )
    return lines


def _table(lessons: Sequence[Standing]) -> str:
    lines = ["| lesson | done | exercises | points |", "| --- | --- | --- | --- |"]
    for lesson in lessons:
        number = lesson.title.partition(".")[0]
        exercises = f"[set {number}]({lesson.exercises})" if lesson.exercises else ""
        points = f"{lesson.points} of {lesson.possible}" if lesson.possible else ""
        points += " and written answers" if points and lesson.written else ""
        lines.append(
            f"| [{lesson.title}]({lesson.lesson}) | {_bar(lesson.share)} "
            f"| {exercises} | {points} |"
        )
    return "\n".join(lines)


def _bar(share: float) -> str:
    """Such as "■■■□□□□□□□ 30 %", legible without color."""
    full = int(BAR * share)
    return f"{'■' * full}{'□' * (BAR - full)} {100 * share:.0f} %"

"""What cells for authors call: seconds that are promised, results for README.md."""

import os
from collections.abc import Sequence

from course_utils.checks import CheckFailed
from course_utils.uncertainty import accuracy_interval, mean_interval

# `course readme` finds results under this MIME type in stored outputs.
RESULT = "application/vnd.course.result+json"
STRICT_TIMES = "COURSE_STRICT_TIMES"


def report(
    task: str,
    accuracy: float | Sequence[float],
    *,
    images: int | None = None,
    seconds: float | None = None,
    published: str = "–",
) -> None:
    """Note a result of this lesson for the table in README.md.

    In a notebook it is an output with a line of text and, for `course readme`, the
    numbers as JSON.

    Args:
        task: what was trained, on what.
        accuracy: share of right answers on the test images, 0 to 1; of several
            trainings that differ by chance, all of them.
        images: how many test images, for Wilson's interval of one accuracy. Of
            several accuracies, the interval is that of their mean.
        seconds: of the training.
        published: what others report, as text.

    Raises:
        ValueError: one accuracy without `images`; see also `accuracy_interval` and
            `mean_interval`.
    """
    if isinstance(accuracy, Sequence):
        found = mean_interval(accuracy)
    elif images is None:
        raise ValueError("say on how many test images the accuracy was measured.")
    else:
        found = accuracy_interval(round(accuracy * images), images)
    result = {
        "task": task,
        "published": published,
        "accuracy": round(found.value, 6),
        "interval": [round(found.low, 6), round(found.high, 6)],
        "images": images,
        "seconds": None if seconds is None else round(float(seconds), 1),
    }
    from IPython.display import display

    text = f"{task}: {result_text(result)}"
    display({RESULT: result, "text/plain": text}, raw=True)


def result_text(result: dict) -> str:
    """Return a result in words: accuracy, interval, seconds, where they are known.

    Args:
        result: as `report` stores it.
    """
    # One image more or less is a hundredth of a percent of 10,000.
    digits = 2 if result["images"] else 1
    text = f"{100 * result['accuracy']:.{digits}f} %"
    if result["interval"]:
        low, high = (100 * bound for bound in result["interval"])
        text += f" ({low:.1f} to {high:.1f})"
    if result["seconds"] is not None:
        text += f", {result['seconds']:.0f} s"
    return text


def expect_seconds(seconds: float, at_most: float, name: str) -> None:
    """Report how long something took, beside what it takes on two CPU cores.

    A slow computer is no mistake, so more seconds are reported and nothing
    else, unless the environment variable COURSE_STRICT_TIMES is set: then, on
    a machine known to be fast enough, they fail the check.

    Args:
        seconds: measured.
        at_most: what is promised on two cores without a GPU.
        name: what took the time.
    """
    promise = (
        f"{name}: {seconds:.1f} s (promised on two CPU cores: at most {at_most:g} s)"
    )
    if seconds > at_most and os.environ.get(STRICT_TIMES):
        raise CheckFailed(promise)
    print(promise)

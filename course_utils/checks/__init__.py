"""What check cells call, and the exercises that learners see."""

from course_utils.checks.compare import (
    describe_value,
    expect,
    expect_close,
    expect_seconds,
    expect_shape,
)
from course_utils.checks.exercises import (
    CheckFailed,
    begin,
    exercise,
    passed,
    scoreboard,
)
from course_utils.checks.guesses import Prediction, predict, predictions
from course_utils.checks.results import report

__all__ = [
    "CheckFailed",
    "Prediction",
    "begin",
    "describe_value",
    "exercise",
    "expect",
    "expect_close",
    "expect_seconds",
    "expect_shape",
    "passed",
    "predict",
    "predictions",
    "report",
    "scoreboard",
]

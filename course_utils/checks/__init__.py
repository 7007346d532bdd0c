"""What check cells call, and the exercises that learners see."""

from course_utils.checks.compare import (
    describe_value,
    equal,
    expect,
    expect_close,
    expect_equal,
    expect_shape,
    is_whole,
    same,
)
from course_utils.checks.exercises import (
    CheckFailed,
    begin,
    exercise,
    part,
    passed,
    scoreboard,
)
from course_utils.checks.guesses import Prediction, predict, predictions
from course_utils.checks.hints import hint
from course_utils.checks.trials import expect_accepted, expect_rejected

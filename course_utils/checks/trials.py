"""Tests that learners write: they have to accept what is right, and only that.

A test is a function that gets an implementation, calls it, and raises an error, such as
that of a failed `assert`, if something is wrong.
"""

from collections.abc import Callable
from typing import Any

from course_utils.checks import bans
from course_utils.checks.exercises import CheckFailed

Test = Callable[[Callable[..., Any]], Any]


def _complaint(test: Test, implementation: Callable[..., Any]) -> str | None:
    """What a test says against an implementation; None if it accepts it."""
    try:
        test(implementation)
    except bans.Used:
        raise
    except Exception as error:
        if isinstance(error, NotImplementedError) and not any(error.args):
            raise  # the test is not written yet
        text = str(error.args[0]) if error.args else ""
        return text.partition("\n")[0] or type(error).__name__
    return None


def expect_accepted(test: Test, implementation: Callable[..., Any], what: str) -> None:
    """Fail if a learner's test rejects something right.

    Args:
        test: the learner's.
        implementation: what it is given, right.
        what: what is right about it, such as "an implementation with a loop".
    """
    complaint = _complaint(test, implementation)
    if complaint is not None:
        raise CheckFailed(
            f"your test rejects {what}, which is right. It said: {complaint[:120]}"
        )


def expect_rejected(test: Test, implementation: Callable[..., Any], what: str) -> None:
    """Fail if a learner's test accepts something wrong.

    Args:
        test: the learner's.
        implementation: what it is given, wrong.
        what: what is wrong about it, such as "one that leaves out the last batch".
    """
    if _complaint(test, implementation) is None:
        raise CheckFailed(
            f"your test accepts {what}. Which inputs would show it? Raise an error, "
            "for example by `assert`, where the result is not what it has to be."
        )

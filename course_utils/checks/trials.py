"""Tests that learners write: they have to accept what is right, and only that.

A test is a function that gets an implementation, calls it, and raises an error, such as
that of a failed `assert`, if something is wrong.
"""

from collections.abc import Callable
from typing import Any

from course_utils.checks import bans
from course_utils.checks.exercises import CheckFailed

Test = Callable[[Callable[..., Any]], Any]
# What a test stops with that has a mistake of its own.
BUGS = (AttributeError, LookupError, NameError, RuntimeError, TypeError)


def _stopped_by(test: Test, implementation: Callable[..., Any]) -> Exception | None:
    """The error with which a test rejects an implementation; None if it accepts it."""
    try:
        test(implementation)
    except Exception as error:
        unwritten = isinstance(error, NotImplementedError) and not any(error.args)
        if unwritten or isinstance(error, bans.Used):
            raise
        return error
    return None


def expect_accepted(test: Test, implementation: Callable[..., Any], what: str) -> None:
    """Fail if a learner's test rejects something right.

    Args:
        test: the learner's.
        implementation: what it is given, right.
        what: what is right about it, such as "an implementation with a loop".
    """
    error = _stopped_by(test, implementation)
    if isinstance(error, BUGS):
        raise error
    if error is not None:
        text = str((*error.args, "")[0]).partition("\n")[0] or type(error).__name__
        raise CheckFailed(
            f"your test rejects {what}, which is right. It said: {text[:120]}"
        )


def expect_rejected(test: Test, implementation: Callable[..., Any], what: str) -> None:
    """Fail if a learner's test accepts something wrong.

    Args:
        test: the learner's.
        implementation: what it is given, wrong.
        what: what is wrong about it, such as "one that leaves out the last batch".
    """
    if _stopped_by(test, implementation) is None:
        raise CheckFailed(
            f"your test accepts {what}. Which inputs would show it? Raise an error, "
            "for example by `assert`, where the result is not what it has to be."
        )

"""When something was handed in, what says so, and what being late costs."""

import re
from dataclasses import dataclass
from datetime import datetime, timedelta
from math import ceil

from dateutil import parser

from course_tools.grading.submissions.collect import FORM
from course_tools.project import UserError

UNITS = {"hour": timedelta(hours=1), "day": timedelta(days=1), "week": timedelta(7)}
RULE = re.compile(
    r"^\s*(?P<rate>\d+(?:[.,]\d+)?) ?% (?:per|a|each) (?P<unit>hour|day|week)"
    r"(?:,? (?:at most|up to) (?P<most>\d+(?:[.,]\d+)?) ?%)?\s*$"
)
DEFAULTS = datetime(2000, 1, 1), datetime(2001, 2, 2)
# 3/4/2026 is in March here and in April there.
AMBIGUOUS = re.compile(r"^\s*\d{1,2}[./-]\s*\d{1,2}[./-]")


@dataclass(frozen=True)
class Lateness:
    """What being late costs.

    Attributes:
        due: the last moment in local time; None if there is none.
        rate: the share of all points for each `unit` that has begun.
        unit: "hour", "day" or "week".
        most: the share that is taken at most.
    """

    due: datetime | None = None
    rate: float = 0.0
    unit: str = "day"
    most: float = 1.0

    def of(self, submitted: str, marked: bool | None) -> tuple[float, str]:
        """Return the share of the points that is taken, and how late it is in words.

        Args:
            submitted: when it was handed in, as `FORM`; "" if nobody knows.
            marked: whether the platform has marked it as late; None if it marks none.
        """
        if self.due is None:
            return 0.0, ""
        if submitted:
            delay = datetime.strptime(submitted, FORM) - self.due
            if delay <= timedelta():
                return 0.0, ""
            count, words = ceil(delay / UNITS[self.unit]), _words(delay)
        elif marked:
            # Canvas says that it was late, and not how late.
            count, words = 1, f"counted as 1 {self.unit}"
        else:
            return 0.0, ""
        return min(count * self.rate, self.most), words


def read_lateness(due: str | None, rule: str | None) -> Lateness:
    """Return what `--due` and `--late` say.

    Args:
        due: "2026-11-30 23:59" in local time; a date alone means its last minute.
        rule: "10% per day, at most 50%".

    Raises:
        UserError: they can't be understood, or there is a rule but no date.
    """
    if not due:
        if rule:
            raise UserError(f'--late {rule!r} needs --due, such as "2026-11-30 23:59".')
        return Lateness()
    try:
        moment = datetime.fromisoformat(due.strip())
    except ValueError:
        raise UserError(
            f'--due {due!r} is no date and time. Write it as "2026-11-30 23:59".'
        ) from None
    if moment.tzinfo:
        moment = moment.astimezone().replace(tzinfo=None)
    if len(due.strip()) <= len("2026-11-30"):
        moment = moment.replace(hour=23, minute=59)
    if not rule:
        return Lateness(moment)
    match = RULE.match(rule)
    if not match:
        raise UserError(
            f"--late {rule!r} can't be understood. Write it as "
            '"10% per day, at most 50%".'
        )
    rate, most = (
        float(text.replace(",", ".")) / 100
        for text in (match["rate"], match["most"] or "100")
    )
    return Lateness(moment, rate, match["unit"], most)


def read_moment(text: str) -> str:
    """Return a moment of a roster as `FORM`; "" if there is none.

    Args:
        text: such as "Monday, 30 November 2026, 11:10 PM", or in ISO form.

    Raises:
        UserError: it is not empty and no moment.
    """
    if text.strip() in ("", "-"):
        return ""
    try:
        if AMBIGUOUS.match(text):
            raise ValueError
        # What a text leaves out would be that of today.
        moment, other = (parser.parse(text, default=day) for day in DEFAULTS)
        if moment != other:
            raise ValueError
    except (ValueError, OverflowError):
        raise UserError(
            f"the roster has {text!r} as the time of handing in. Export it with "
            "English as your language, or write 2026-11-30 23:10."
        ) from None
    if moment.tzinfo:
        moment = moment.astimezone().replace(tzinfo=None)
    return moment.strftime(FORM)


def _words(delay: timedelta) -> str:
    """How long, in days and hours, or in minutes."""
    hours, minutes = divmod(int(delay.total_seconds()) // 60, 60)
    parts = [(hours // 24, "day"), (hours % 24, "hour"), (minutes, "minute")]
    told = [f"{n} {word}{'s' if n > 1 else ''}" for n, word in parts if n]
    return " ".join(told[:2])

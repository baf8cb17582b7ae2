"""When a report that is not in is asked for: before its last day, and after it. Pure.

Days are counted as the government works. Each reminder of a last day is given once; a last day that moves is another.
"""

from dataclasses import dataclass
from datetime import date, timedelta

from indicators.periods import HolidayTest, add_business_days, business_days

DUE, OVERDUE = "ReportDue", "ReportOverdue"
# Business days before the last one: enough to ask departments for figures, and enough to have them signed off.
BEFORE = (3, 10)
# Overdue is said on the first business day after, then weekly: a report that is forgotten takes a day, one that waits
# for somebody a week. After the fourth the month is over; who did not answer to four mails does not to a fifth, and the
# board of who has reported still shows it.
EVERY, TIMES = 5, 4
# From the second time on not to those at work on it alone: what waits for somebody the responsible can help with.
RESPONSIBLE_FROM = 2
# Nobody sets a day for the answer to a return. Within a week it is not asked for: the return itself was just told.
ANSWER_WITHIN = 5


@dataclass(frozen=True)
class Step:
    """`number`: how many business days before; or for which time it is said that it is overdue."""

    kind: str
    number: int


def step(last_day: date, today: date, is_holiday: HolidayTest) -> Step | None:
    """Which reminder of a last day it is time for. What nobody could say on its own day is said later, as long as
    nothing else is to be said instead."""
    if today <= last_day:
        left = business_days(today, last_day, is_holiday)
        return next((Step(DUE, number) for number in BEFORE if left <= number), None)
    number = -(-business_days(last_day, today, is_holiday) // EVERY)
    return Step(OVERDUE, number) if 1 <= number <= TIMES else None


def steps(today: date, is_holiday: HolidayTest) -> dict[date, Step]:
    """By last day: all reminders it is time for on a business day."""
    first = add_business_days(today, -EVERY * TIMES, is_holiday)
    last = add_business_days(today, max(BEFORE), is_holiday)
    found = ((day, step(day, today, is_holiday)) for day in _days(first, last))
    return {day: what for day, what in found if what is not None}


def answer_by(returned_on: date, is_holiday: HolidayTest) -> date:
    """The last day for the answer to a return."""
    return add_business_days(returned_on, ANSWER_WITHIN, is_holiday)


def answers(today: date, is_holiday: HolidayTest) -> dict[date, date]:
    """By day of return: the last day for the answer, as far back as `steps` has something to say of it."""
    first = add_business_days(today, -EVERY * TIMES - ANSWER_WITHIN, is_holiday)
    return {day: answer_by(day, is_holiday) for day in _days(first, today)}


def counted_from(last_day: date, returned_on: date | None, is_holiday: HolidayTest) -> date:
    """The day after which a report is overdue: its last day, or that for the answer to its return if it is later."""
    return max(last_day, answer_by(returned_on, is_holiday)) if returned_on else last_day


def _days(first: date, last: date) -> list[date]:
    return [first + timedelta(days=n) for n in range((last - first).days + 1)]

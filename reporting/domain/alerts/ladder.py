"""段階的な連絡: who is told when nobody answers, and when it is said again. Counted in business days."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from itertools import pairwise

from indicators import periods
from indicators.periods import HolidayTest, add_business_days
from reporting.domain.alerts.life import Life, State
from reporting.domain.errors import LadderInvalid

# 担当者, 課室長, 所管府省, CSTI事務局: the business days after the first on which each is told.
DAYS = (0, 5, 10, 15)
LEVELS = range(len(DAYS))
AGAIN_AFTER = {"off_track": 10, "at_risk": 20}
FURTHEST = 250  # business days: nobody sets a ladder that ends in a year's time


@dataclass(frozen=True)
class Due:
    """What a business day asks for. `level`: the highest that is told now, None where none is added; `again`: those
    already told are told once more."""

    level: int | None = None
    again: bool = False


def due_today(life: Life, *, passed: int, passed_before: int, days: Sequence[int], reachable: Sequence[bool]) -> Due:
    """What is due of an alert, `passed` business days after its first one; `passed_before` at the last look.
    `reachable`: by level, whether anybody there can be told. Only while it fires: where somebody has answered nobody is
    told again, and nobody above them.

    A level at which nobody can be told passes on at once: the next is told without waiting for its day.
    """
    if life.state is not State.FIRING or passed < 0:
        return Due()
    level = life.told_level
    if life.severity == "off_track":
        level = max([level, *(n for n in LEVELS if days[n] <= passed)])
    while level < LEVELS[-1] and not reachable[level]:
        level += 1
    every = AGAIN_AFTER[life.severity]
    again = passed // every > max(passed_before, 0) // every
    return Due(level=level if level > life.told_level else None, again=again)


def business_days(since: date, until: date, is_holiday: HolidayTest) -> int:
    """How many business days lie after `since`, up to `until`; -1 where that is before."""
    return -1 if until < since else periods.business_days(since, until, is_holiday)


def told_on(days: Sequence[int], clock_from: date, level: int, is_holiday: HolidayTest) -> date:
    """The business day on which a level is told, if nobody answers until then."""
    return add_business_days(clock_from, days[level], is_holiday)


def first_level(reachable: Sequence[bool]) -> int:
    """The level that is told first: an empty one passes on at once."""
    return next((level for level in LEVELS if reachable[level]), LEVELS[0])


def refuse_days(days: Sequence[int]) -> None:
    """Raises LadderInvalid unless they are the days of all levels, from 0 on, none before the one below it."""
    rises = all(a <= b for a, b in pairwise(days))
    if len(days) != len(DAYS) or not rises or days[0] != 0 or days[-1] > FURTHEST:
        raise LadderInvalid()

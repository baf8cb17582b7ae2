"""Reporting periods and their dates: which periods there are, when they open, fall due, turn late and lock.

A fiscal year is named for the calendar year it begins in: FY2026 is 1 April 2026 to 31 March 2027. Dates are inclusive.
Moments are aware datetimes, decided in Asia/Tokyo; "now" and the holidays are passed in, nothing here reads a clock.
The calendar is plan data (`reporting_calendar` of the plan file) and is passed in too.
"""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from enum import StrEnum
from functools import total_ordering
from typing import Final
from zoneinfo import ZoneInfo

JST: Final = ZoneInfo("Asia/Tokyo")
FIRST_YEAR: Final = 2000
LAST_YEAR: Final = 2100
_LONGEST_CLOSURE_DAYS: Final = 60

HolidayTest = Callable[[date], bool]


class PeriodError(ValueError):
    """There is no such reporting period, calendar rule or moment."""


class Grain(StrEnum):
    YEAR = "FY"
    HALF = "H"
    QUARTER = "Q"
    MONTH = "M"

    @property
    def months(self) -> int:
        return _MONTHS[self]

    @property
    def per_year(self) -> int:
        return 12 // self.months


_MONTHS: Final = {Grain.YEAR: 12, Grain.HALF: 6, Grain.QUARTER: 3, Grain.MONTH: 1}
_YEAR_CODE: Final = re.compile(r"FY([0-9]{4})(?:([HQ])([0-9]))?")
_MONTH_CODE: Final = re.compile(r"([0-9]{4})-([0-9]{2})")


@total_ordering
@dataclass(frozen=True, slots=True)
class Period:
    """One reporting period; `number` is 1 for a year, 1-2 for halves, 1-4 for quarters, the calendar month for months.

    Raises PeriodError for a number that does not exist or a fiscal year outside 2000..2100.
    Ordered by the last day; of two that end together the narrower comes first, so a year follows its fourth quarter.
    """

    fiscal_year: int
    grain: Grain
    number: int = 1

    def __post_init__(self) -> None:
        if not FIRST_YEAR <= self.fiscal_year <= LAST_YEAR:
            raise PeriodError(f"fiscal year {self.fiscal_year} is outside {FIRST_YEAR}..{LAST_YEAR}")
        if not 1 <= self.number <= self.grain.per_year:
            raise PeriodError(f"a fiscal year has no {self.grain.name.lower()} number {self.number}")

    @classmethod
    def parse(cls, code: str) -> "Period":
        """Read "FY2026", "FY2026H1", "FY2026Q1" or "2026-07"; exactly these spellings. Raises PeriodError."""
        if found := _YEAR_CODE.fullmatch(code):
            year, letter, number = found.groups()
            return cls(int(year), Grain(letter), int(number)) if letter else cls(int(year), Grain.YEAR)
        if found := _MONTH_CODE.fullmatch(code):
            year, month = int(found[1]), int(found[2])
            return cls(year if month >= 4 else year - 1, Grain.MONTH, month)
        raise PeriodError(f"not a period: {code!r}")

    @property
    def code(self) -> str:
        if self.grain is Grain.MONTH:
            return f"{self.starts_on:%Y-%m}"
        return f"FY{self.fiscal_year}" + (f"{self.grain}{self.number}" if self.grain is not Grain.YEAR else "")

    def __str__(self) -> str:
        return self.code

    @property
    def _place(self) -> int:
        """How many periods of this grain lie before it in its fiscal year: April is 0, March 11."""
        return (self.number - 4) % 12 if self.grain is Grain.MONTH else self.number - 1

    @classmethod
    def _at(cls, fiscal_year: int, grain: Grain, place: int) -> "Period":
        year, place = fiscal_year + place // grain.per_year, place % grain.per_year
        return cls(year, grain, (place + 3) % 12 + 1 if grain is Grain.MONTH else place + 1)

    @property
    def starts_on(self) -> date:
        return _first_of_month(self.fiscal_year, 3 + self._place * self.grain.months)

    @property
    def ends_on(self) -> date:
        return _first_of_month(self.fiscal_year, 3 + (self._place + 1) * self.grain.months) - timedelta(days=1)

    @property
    def final(self) -> bool:
        """True for a fiscal year: its report is the final one; shorter periods are provisional."""
        return self.grain is Grain.YEAR

    @property
    def year(self) -> "Period":
        """The fiscal year this period belongs to; a fiscal year gives itself."""
        return Period(self.fiscal_year, Grain.YEAR)

    def previous(self) -> "Period":
        """The period of the same grain just before. Raises PeriodError before FY2000."""
        return self._at(self.fiscal_year, self.grain, self._place - 1)

    def same_last_year(self) -> "Period":
        """The same period one fiscal year earlier. Raises PeriodError before FY2000."""
        return Period(self.fiscal_year - 1, self.grain, self.number)

    def contains(self, other: "Period") -> bool:
        """Whether every day of `other` is a day of this period; a period contains itself."""
        return self.starts_on <= other.starts_on and other.ends_on <= self.ends_on

    def __lt__(self, other: object) -> bool:
        if not isinstance(other, Period):
            return NotImplemented
        return (self.ends_on, self.grain.months) < (other.ends_on, other.grain.months)


class Frequency(StrEnum):
    """How often an assignment reports within a fiscal year."""

    MONTHLY = "monthly"
    QUARTERLY = "quarterly"
    HALF_YEARLY = "half_yearly"
    YEARLY = "yearly"

    @property
    def grain(self) -> Grain:
        return _GRAINS[self]

    @staticmethod
    def slower_of(a: "Frequency", b: "Frequency") -> "Frequency":
        return max(a, b, key=lambda frequency: frequency.grain.months)


_GRAINS: Final = {
    Frequency.MONTHLY: Grain.MONTH,
    Frequency.QUARTERLY: Grain.QUARTER,
    Frequency.HALF_YEARLY: Grain.HALF,
    Frequency.YEARLY: Grain.YEAR,
}


def reporting_periods(frequency: Frequency, first_year: int, last_year: int) -> list[Period]:
    """The periods of fiscal years first_year..last_year (inclusive), in order: each sub-period, and each year itself.

    Raises PeriodError for years outside 2000..2100 or in the wrong order.
    """
    if last_year < first_year:
        raise PeriodError(f"the last year {last_year} is before the first, {first_year}")
    grains = {frequency.grain, Grain.YEAR}
    years = range(first_year, last_year + 1)
    return sorted(Period(year, grain, number) for year in years for grain in grains for number in _numbers(grain))


@dataclass(frozen=True, slots=True)
class CalendarRule:
    """When one kind of period opens and falls due: (month, day), each the first such day after the period has ended.

    Raises PeriodError for a day that some year lacks, 29 February included.
    """

    opens: tuple[int, int]
    due: tuple[int, int]

    def __post_init__(self) -> None:
        for month, day in (self.opens, self.due):
            try:
                date(2001, month, day)
            except ValueError as error:
                raise PeriodError(f"no such day in every year: {month:02}-{day:02}") from error


Calendar = Mapping[tuple[Grain, int], CalendarRule]

# The plan file's `reporting_calendar` (its basis: assumed). It is silent on halves and months, so these are assumed
# as well: a half goes with its last quarter, a month falls due on the 15th of the next.
DEFAULT_CALENDAR: Final[Calendar] = {
    (Grain.QUARTER, 1): CalendarRule(opens=(7, 1), due=(8, 15)),
    (Grain.QUARTER, 2): CalendarRule(opens=(10, 1), due=(11, 15)),
    (Grain.QUARTER, 3): CalendarRule(opens=(1, 4), due=(2, 15)),
    (Grain.QUARTER, 4): CalendarRule(opens=(4, 1), due=(5, 15)),
    (Grain.HALF, 1): CalendarRule(opens=(10, 1), due=(11, 15)),
    (Grain.HALF, 2): CalendarRule(opens=(4, 1), due=(5, 15)),
    (Grain.YEAR, 1): CalendarRule(opens=(4, 1), due=(6, 30)),
    **{(Grain.MONTH, month): CalendarRule((month % 12 + 1, 1), (month % 12 + 1, 15)) for month in range(1, 13)},
}


def opens_on(period: Period, calendar: Calendar) -> date:
    """The first day on which the period can be reported. Raises PeriodError when the calendar has no rule for it."""
    return _first_after(period.ends_on, _rule(period.grain, period.number, calendar).opens)


def due_on(period: Period, calendar: Calendar, is_holiday: HolidayTest) -> date:
    """The last day of the time allowed: the calendar's day, or the next business day when that is a holiday."""
    return _due(period.ends_on, _rule(period.grain, period.number, calendar), is_holiday)


def deadline_at(period: Period, calendar: Calendar, is_holiday: HolidayTest) -> datetime:
    """The first moment that is too late: 00:00 in Asia/Tokyo of the day after `due_on`."""
    return midnight(due_on(period, calendar, is_holiday) + timedelta(days=1))


def is_late(period: Period, calendar: Calendar, is_holiday: HolidayTest, now: datetime) -> bool:
    """Whether a report arriving at `now` (aware) is late. Late reports are still accepted until the period locks."""
    return _aware(now) >= deadline_at(period, calendar, is_holiday)


def locks_at(period: Period, calendar: Calendar, is_holiday: HolidayTest) -> datetime:
    """The first moment the period takes no more reports: the deadline of the final report of the next fiscal year.

    This is our reading of the plan file's `revision_window` ("until the FY+1 final is accepted"): acceptance falls on
    another day for every assignment, while the deadline is one day that everybody can know in advance.
    """
    next_year_ends_on = period.year.ends_on.replace(year=period.fiscal_year + 2)
    return midnight(_due(next_year_ends_on, _rule(Grain.YEAR, 1, calendar), is_holiday) + timedelta(days=1))


def is_open(period: Period, calendar: Calendar, is_holiday: HolidayTest, now: datetime) -> bool:
    """Whether the period takes reports at `now` (aware): from 00:00 JST of `opens_on`, until it locks."""
    return midnight(opens_on(period, calendar)) <= _aware(now) < locks_at(period, calendar, is_holiday)


def add_business_days(day: date, n: int, is_holiday: HolidayTest) -> date:
    """The n-th business day after `day`, or before it when n is negative; `day` itself, holiday or not, when n is 0.

    Raises PeriodError when `is_holiday` names no business day within 60 days.
    """
    step = timedelta(days=1 if n > 0 else -1)
    for _ in range(abs(n)):
        day = _business_day(day + step, step, is_holiday)
    return day


def business_day_from(day: date, is_holiday: HolidayTest) -> date:
    """`day`, or the next business day when it is a holiday. Raises PeriodError when there is none within 60 days."""
    return _business_day(day, timedelta(days=1), is_holiday)


def business_days(after: date, until: date, is_holiday: HolidayTest) -> int:
    """How many there are after one day, up to and with another; 0 where that is before."""
    return sum(not is_holiday(after + timedelta(days=n)) for n in range(1, (until - after).days + 1))


def _business_day(day: date, step: timedelta, is_holiday: HolidayTest) -> date:
    for _ in range(_LONGEST_CLOSURE_DAYS):
        if not is_holiday(day):
            return day
        day += step
    raise PeriodError(f"no business day within {_LONGEST_CLOSURE_DAYS} days of {day}")


def _due(ended_on: date, rule: CalendarRule, is_holiday: HolidayTest) -> date:
    return business_day_from(_first_after(ended_on, rule.due), is_holiday)


def _rule(grain: Grain, number: int, calendar: Calendar) -> CalendarRule:
    try:
        return calendar[grain, number]
    except KeyError:
        raise PeriodError(f"the calendar has no rule for {grain.name.lower()} number {number}") from None


def _first_after(day: date, month_and_day: tuple[int, int]) -> date:
    this_year = date(day.year, *month_and_day)
    return this_year if this_year > day else date(day.year + 1, *month_and_day)


def _numbers(grain: Grain) -> range:
    return range(1, grain.per_year + 1)


def fiscal_year_of(day: date) -> int:
    """January to March belong to the year before."""
    return day.year if day.month >= 4 else day.year - 1


def _first_of_month(year: int, months_after_january: int) -> date:
    return date(year + months_after_january // 12, months_after_january % 12 + 1, 1)


def midnight(day: date) -> datetime:
    return datetime.combine(day, time(), tzinfo=JST)


def _aware(now: datetime) -> datetime:
    if now.utcoffset() is None:
        raise PeriodError("a moment without a time zone")
    return now

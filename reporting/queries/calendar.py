"""When periods open, fall due and lock."""

from functools import lru_cache

from indicators import periods
from indicators.holidays_jp import is_government_holiday
from indicators.periods import DEFAULT_CALENDAR, Frequency, Period
from reporting.domain.report import Window


@lru_cache(maxsize=1024)
def window(period: Period) -> Window:
    """The window of a period by the plan's calendar: when it opens, is late, locks (aware, Asia/Tokyo)."""
    return Window(
        period=period,
        opens=periods.midnight(periods.opens_on(period, DEFAULT_CALENDAR)),
        deadline=periods.deadline_at(period, DEFAULT_CALENDAR, is_government_holiday),
        locks=periods.locks_at(period, DEFAULT_CALENDAR, is_government_holiday),
    )


@lru_cache(maxsize=16)
def periods_of(frequency: str, first_year: int, last_year: int) -> tuple[Period, ...]:
    return tuple(periods.reporting_periods(Frequency(frequency), first_year, last_year))

"""行政機関の休日: the days on which the Japanese government is closed (Act No. 91 of 1988, Article 1)."""

from datetime import date, timedelta
from functools import lru_cache

from holidays.countries.japan import Japan

from indicators.periods import fiscal_year_of


class HolidaysUnknown(ValueError):
    """The national holidays of that year are not known to the installed `holidays` library."""


def known_until() -> date:
    """The last day whose holidays the installed library knows."""
    return date(Japan.end_year, 12, 31)


def unknown_from(today: date, known: date | None = None) -> date | None:
    """The first day whose holidays nobody knows, when it lies in this or the coming fiscal year; else None."""
    known = known or known_until()
    year = fiscal_year_of(today)
    return known + timedelta(days=1) if known < date(year + 2, 3, 31) else None


def is_government_holiday(day: date) -> bool:
    """Whether `day` is a Saturday, a Sunday, a national holiday (substitutes included) or in 29 December..3 January.

    Raises HolidaysUnknown outside the years the library covers, rather than calling a holiday a business day.
    """
    return (
        day.weekday() >= 5
        or (day.month, day.day) >= (12, 29)
        or (day.month, day.day) <= (1, 3)
        or day in _national_holidays(day.year)
    )


@lru_cache(maxsize=128)
def _national_holidays(year: int) -> frozenset[date]:
    # A frozen set per year: the library's own calendar grows while it is asked, and threads share this one.
    if not Japan.start_year <= year <= Japan.end_year:
        raise HolidaysUnknown(f"national holidays of {year} are not known")
    return frozenset(Japan(years=year, expand=False))

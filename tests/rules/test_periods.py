from datetime import UTC, date, datetime, timedelta, timezone

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from indicators.holidays_jp import HolidaysUnknown, is_government_holiday
from indicators.periods import (
    DEFAULT_CALENDAR,
    CalendarRule,
    Frequency,
    Grain,
    Period,
    PeriodError,
    add_business_days,
    deadline_at,
    due_on,
    is_late,
    is_open,
    locks_at,
    opens_on,
    reporting_periods,
)

JST = timezone(timedelta(hours=9))
SECOND = timedelta(seconds=1)
GRAINS = st.sampled_from(Grain)
PERIODS = GRAINS.flatmap(
    lambda grain: st.builds(Period, st.integers(2001, 2090), st.just(grain), st.integers(1, grain.per_year))
)


def due(code: str) -> date:
    return due_on(Period.parse(code), DEFAULT_CALENDAR, is_government_holiday)


@pytest.mark.parametrize(
    ("code", "starts", "ends"),
    [
        ("FY2026", date(2026, 4, 1), date(2027, 3, 31)),
        ("FY2026H1", date(2026, 4, 1), date(2026, 9, 30)),
        ("FY2026H2", date(2026, 10, 1), date(2027, 3, 31)),
        ("FY2026Q1", date(2026, 4, 1), date(2026, 6, 30)),
        ("FY2026Q4", date(2027, 1, 1), date(2027, 3, 31)),
        ("2026-07", date(2026, 7, 1), date(2026, 7, 31)),
        ("2028-02", date(2028, 2, 1), date(2028, 2, 29)),
        ("2027-02", date(2027, 2, 1), date(2027, 2, 28)),
        ("2026-12", date(2026, 12, 1), date(2026, 12, 31)),
    ],
)
def test_a_period_has_its_days_by_the_april_fiscal_year(code: str, starts: date, ends: date) -> None:
    period = Period.parse(code)
    assert (period.code, period.starts_on, period.ends_on) == (code, starts, ends)


def test_january_to_march_belong_to_the_fiscal_year_before() -> None:
    assert Period.parse("2027-03").year == Period.parse("FY2026")
    assert Period.parse("2027-04").year == Period.parse("FY2027")


@pytest.mark.parametrize(
    "code",
    ["", "2026", "FY26", "FY2026Q5", "FY2026Q0", "FY2026H3", "FY2026FY1", "FY2026M1", "2026-13", "2026-00", "2026-7",
     "fy2026", "FY2026 ", "FY2026\n", "FY２０２６", "FY٢٠٢٦", "FY1999", "FY2101", "2000-03", "2101-04", "FY2026Q1Q2"],
)  # fmt: skip
def test_anything_else_is_not_a_period(code: str) -> None:
    with pytest.raises(PeriodError):
        Period.parse(code)


@settings(max_examples=40)
@given(PERIODS)
def test_a_code_is_read_back_as_the_same_period(period: Period) -> None:
    assert Period.parse(period.code) == period


@settings(max_examples=40)
@given(PERIODS)
def test_the_previous_period_ends_on_the_day_before_and_last_years_is_the_same_one(period: Period) -> None:
    assert period.previous().ends_on == period.starts_on - timedelta(days=1)
    assert period.previous() < period
    same = period.same_last_year()
    assert (same.starts_on.month, same.starts_on.year) == (period.starts_on.month, period.starts_on.year - 1)


def test_there_is_nothing_before_fy2000() -> None:
    with pytest.raises(PeriodError):
        Period.parse("FY2000Q1").previous()


@settings(max_examples=40)
@given(PERIODS, PERIODS)
def test_periods_are_in_one_total_order(a: Period, b: Period) -> None:
    assert (a < b) + (a == b) + (a > b) == 1


def test_the_fiscal_year_comes_after_the_periods_that_end_with_it_and_is_the_only_final_one() -> None:
    ending = sorted(map(Period.parse, ["FY2026", "FY2026H2", "2027-03", "FY2026Q4", "2027-04"]))
    assert [period.code for period in ending] == ["2027-03", "FY2026Q4", "FY2026H2", "FY2026", "2027-04"]
    assert [period.final for period in ending] == [False, False, False, True, False]


def test_a_half_contains_its_quarters_and_months_and_itself_only() -> None:
    half = Period.parse("FY2026H2")
    codes = ["FY2026H2", "FY2026Q3", "FY2026Q4", "2027-03", "FY2026", "FY2026Q2", "2027-04", "FY2027Q4"]
    assert {code for code in codes if half.contains(Period.parse(code))} == {
        "FY2026H2",
        "FY2026Q3",
        "FY2026Q4",
        "2027-03",
    }


@pytest.mark.parametrize(
    ("frequency", "per_year"), [("monthly", 13), ("quarterly", 5), ("half_yearly", 3), ("yearly", 1)]
)
def test_every_frequency_ends_its_year_with_the_final_report(frequency: str, per_year: int) -> None:
    periods = reporting_periods(Frequency(frequency), 2026, 2030)
    assert len(periods) == 5 * per_year
    assert periods[per_year - 1] == Period.parse("FY2026")
    assert periods == sorted(periods)


def test_reporting_years_in_the_wrong_order_are_refused() -> None:
    with pytest.raises(PeriodError):
        reporting_periods(Frequency.YEARLY, 2030, 2026)


def test_the_slower_of_two_frequencies_reports_less_often() -> None:
    assert Frequency.slower_of(Frequency.MONTHLY, Frequency.QUARTERLY) is Frequency.QUARTERLY
    assert Frequency.slower_of(Frequency.YEARLY, Frequency.HALF_YEARLY) is Frequency.YEARLY


@pytest.mark.parametrize(
    ("code", "opens", "falls_due"),
    [
        ("FY2026Q1", date(2026, 7, 1), date(2026, 8, 17)),  # 15 August 2026 is a Saturday
        ("FY2026Q2", date(2026, 10, 1), date(2026, 11, 16)),  # a Sunday
        ("FY2026Q3", date(2027, 1, 4), date(2027, 2, 15)),
        ("FY2026Q4", date(2027, 4, 1), date(2027, 5, 17)),  # a Saturday
        ("FY2026", date(2027, 4, 1), date(2027, 6, 30)),
        ("FY2026H1", date(2026, 10, 1), date(2026, 11, 16)),
        ("FY2026H2", date(2027, 4, 1), date(2027, 5, 17)),
        ("2026-12", date(2027, 1, 1), date(2027, 1, 15)),
        ("2027-03", date(2027, 4, 1), date(2027, 4, 15)),
    ],
)
def test_a_period_opens_and_falls_due_by_the_plan_calendar(code: str, opens: date, falls_due: date) -> None:
    assert (opens_on(Period.parse(code), DEFAULT_CALENDAR), due(code)) == (opens, falls_due)


def test_a_calendar_day_inside_the_period_means_the_one_after_it() -> None:
    calendar = {(Grain.QUARTER, 1): CalendarRule(opens=(6, 30), due=(6, 1))}
    assert opens_on(Period.parse("FY2026Q1"), calendar) == date(2027, 6, 30)
    assert due_on(Period.parse("FY2026Q1"), calendar, is_government_holiday) == date(2027, 6, 1)


@pytest.mark.parametrize(
    ("rule_day", "moved_to"),
    [((12, 29), date(2027, 1, 4)), ((5, 2), date(2027, 5, 6)), ((9, 19), date(2026, 9, 24))],
    ids=["new year", "golden week", "silver week with a citizens' holiday"],
)
def test_a_due_date_on_a_holiday_moves_past_the_whole_closure(rule_day: tuple[int, int], moved_to: date) -> None:
    period = Period.parse("FY2026Q1" if rule_day != (5, 2) else "FY2026Q4")
    calendar = {(Grain.QUARTER, period.number): CalendarRule(opens=(7, 1), due=rule_day)}
    assert due_on(period, calendar, is_government_holiday) == moved_to


def test_the_deadline_day_ends_at_midnight_in_tokyo() -> None:
    period = Period.parse("FY2026Q1")
    deadline = deadline_at(period, DEFAULT_CALENDAR, is_government_holiday)
    assert deadline == datetime(2026, 8, 17, 15, 0, tzinfo=UTC) == datetime(2026, 8, 18, tzinfo=JST)
    assert not is_late(period, DEFAULT_CALENDAR, is_government_holiday, deadline - SECOND)
    assert is_late(period, DEFAULT_CALENDAR, is_government_holiday, deadline)


def test_a_year_opens_on_1_april_in_tokyo_which_is_still_31_march_in_utc() -> None:
    period, opening = Period.parse("FY2026"), datetime(2027, 3, 31, 15, 0, tzinfo=UTC)
    assert not is_open(period, DEFAULT_CALENDAR, is_government_holiday, opening - SECOND)
    assert is_open(period, DEFAULT_CALENDAR, is_government_holiday, opening)


@pytest.mark.parametrize("code", ["FY2026", "FY2026Q1", "2027-03"])
def test_every_period_of_a_year_locks_at_the_deadline_of_next_years_final_report(code: str) -> None:
    period = Period.parse(code)
    lock = locks_at(period, DEFAULT_CALENDAR, is_government_holiday)
    assert lock == deadline_at(Period.parse("FY2027"), DEFAULT_CALENDAR, is_government_holiday)
    assert lock == datetime(2028, 7, 1, tzinfo=JST)
    assert is_open(period, DEFAULT_CALENDAR, is_government_holiday, lock - SECOND)
    assert not is_open(period, DEFAULT_CALENDAR, is_government_holiday, lock)


def test_a_moment_without_a_zone_is_refused() -> None:
    with pytest.raises(PeriodError):
        is_late(Period.parse("FY2026"), DEFAULT_CALENDAR, is_government_holiday, datetime(2027, 7, 1))  # noqa: DTZ001


def test_a_calendar_without_the_rule_or_with_29_february_is_refused() -> None:
    with pytest.raises(PeriodError):
        opens_on(Period.parse("FY2026"), {})
    with pytest.raises(PeriodError):
        CalendarRule(opens=(2, 29), due=(3, 1))


@pytest.mark.parametrize(
    ("day", "n", "expected"),
    [
        (date(2026, 12, 25), 1, date(2026, 12, 28)),
        (date(2026, 12, 28), 1, date(2027, 1, 4)),
        (date(2026, 8, 17), -3, date(2026, 8, 12)),
        (date(2026, 8, 17), -10, date(2026, 7, 31)),
        (date(2026, 8, 17), 5, date(2026, 8, 24)),
        (date(2026, 8, 15), 0, date(2026, 8, 15)),
        (date(2028, 2, 28), 1, date(2028, 2, 29)),
    ],
)
def test_business_days_are_counted_both_ways_over_closures(day: date, n: int, expected: date) -> None:
    assert add_business_days(day, n, is_government_holiday) == expected


def test_a_holiday_table_that_never_ends_is_refused_instead_of_looping() -> None:
    with pytest.raises(PeriodError):
        add_business_days(date(2026, 4, 1), 1, lambda day: True)


def test_the_government_is_closed_on_weekends_national_holidays_and_at_new_year() -> None:
    closed = [date(2026, 8, 15), date(2026, 8, 16), date(2026, 8, 11), date(2026, 9, 22), date(2027, 3, 22),
              date(2026, 12, 29), date(2026, 12, 31), date(2027, 1, 1), date(2025, 1, 3), date(2028, 1, 10),
              date(2028, 5, 3)]  # fmt: skip
    working = [date(2026, 12, 28), date(2027, 1, 4), date(2026, 8, 17), date(2028, 2, 29), date(2027, 3, 31)]
    assert [day for day in closed if not is_government_holiday(day)] == []
    assert [day for day in working if is_government_holiday(day)] == []


def test_a_year_whose_holidays_are_unknown_is_refused_not_called_working() -> None:
    with pytest.raises(HolidaysUnknown):
        is_government_holiday(date(2100, 7, 1))

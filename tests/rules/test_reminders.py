"""When a report that is not in is asked for: business days before its last day, and after it."""

from datetime import date, timedelta

import pytest

from indicators.holidays_jp import is_government_holiday
from indicators.periods import add_business_days, business_days
from reporting.domain.reminders import (
    DUE,
    OVERDUE,
    Step,
    answer_by,
    answers,
    counted_from,
    step,
    steps,
)

AUGUST = date(2026, 8, 17)  # a Monday, the last day of FY2026Q1
DUE_IN_10, DUE_IN_3 = Step(DUE, 10), Step(DUE, 3)


def day(text: str) -> date:
    return date.fromisoformat(text)


def told(last_day: date, *, first: date | None = None) -> list[tuple[str, Step]]:
    """Each step on the business day on which it is said first, of a system that looks every day."""
    found: dict[Step, str] = {}
    today = first or last_day - timedelta(days=60)
    while today < last_day + timedelta(days=90):
        if not is_government_holiday(today) and (now := step(last_day, today, is_government_holiday)):
            found.setdefault(now, today.isoformat())
        today += timedelta(days=1)
    return [(said_on, what) for what, said_on in found.items()]


def overdue(*days: str) -> list[tuple[str, Step]]:
    return [(text, Step(OVERDUE, number)) for number, text in enumerate(days, 1)]


def test_a_report_is_asked_for_twice_before_its_day_and_four_times_after_it() -> None:
    assert told(AUGUST) == [
        ("2026-07-31", DUE_IN_10),  # between them lies the Mountain Day, 11 August
        ("2026-08-12", DUE_IN_3),
        *overdue("2026-08-18", "2026-08-25", "2026-09-01", "2026-09-08"),
    ]


def test_days_are_counted_over_the_end_of_the_year() -> None:
    assert told(day("2027-01-08")) == [  # a Friday; the offices are closed from 29 December to 3 January
        ("2026-12-21", DUE_IN_10),
        ("2027-01-05", DUE_IN_3),
        *overdue("2027-01-12", "2027-01-19", "2027-01-26", "2027-02-02"),  # the 11th is a holiday
    ]


def test_days_are_counted_over_the_golden_week() -> None:
    assert told(day("2026-05-15"))[:2] == [("2026-04-27", DUE_IN_10), ("2026-05-12", DUE_IN_3)]
    assert [text for text, _ in told(day("2026-04-28"))[2:]] == ["2026-04-30", "2026-05-12", "2026-05-19", "2026-05-26"]


def test_what_could_not_be_said_on_its_day_is_said_later_unless_something_else_is() -> None:
    assert told(AUGUST, first=day("2026-08-04"))[:2] == [("2026-08-04", DUE_IN_10), ("2026-08-12", DUE_IN_3)]
    assert told(AUGUST, first=day("2026-08-13"))[:2] == [("2026-08-13", DUE_IN_3), *overdue("2026-08-18")]
    assert told(AUGUST, first=day("2026-09-14")) == [("2026-09-14", Step(OVERDUE, 4))]
    assert told(AUGUST, first=day("2026-09-15")) == []


@pytest.mark.parametrize(
    ("today", "expected"),
    [("2026-07-30", None), ("2026-08-17", DUE_IN_3), ("2026-08-18", Step(OVERDUE, 1)), ("2026-09-15", None)],
)
def test_the_last_day_itself_is_before_and_after_a_month_nothing_is_said(today: str, expected: Step | None) -> None:
    assert step(AUGUST, day(today), is_government_holiday) == expected


def test_a_day_added_to_the_holidays_moves_what_is_counted_over_it() -> None:
    def closed(on: date) -> bool:
        return on == date(2026, 8, 13) or is_government_holiday(on)

    assert business_days(day("2026-08-10"), AUGUST, is_government_holiday) == 4
    assert step(AUGUST, day("2026-08-10"), is_government_holiday) == DUE_IN_10
    assert step(AUGUST, day("2026-08-10"), closed) == DUE_IN_3


@pytest.mark.parametrize("today", ["2026-08-18", "2026-12-28", "2027-01-04", "2026-05-07", "2026-04-30"])
def test_all_steps_of_a_day_are_those_of_each_last_day(today: str) -> None:
    found = steps(day(today), is_government_holiday)
    near = [day(today) + timedelta(days=n) for n in range(-80, 80)]
    assert found == {d: s for d in near if not is_government_holiday(d) or d in found
                     if (s := step(d, day(today), is_government_holiday))}  # fmt: skip


def test_an_answer_to_a_return_has_a_week_or_until_the_reports_own_day() -> None:
    closed = is_government_holiday
    assert counted_from(AUGUST, None, closed) == AUGUST
    assert counted_from(AUGUST, day("2026-08-05"), closed) == AUGUST
    assert counted_from(AUGUST, day("2026-08-14"), closed) == day("2026-08-21")
    assert counted_from(AUGUST, day("2026-12-28"), closed) == day("2027-01-08")
    assert counted_from(AUGUST, day("2026-10-10"), closed) == day("2026-10-19")  # returned on a Saturday


@pytest.mark.parametrize("today", ["2026-08-18", "2027-01-04", "2026-05-07"])
def test_returns_are_looked_at_as_far_back_as_anything_is_said_of_them(today: str) -> None:
    now = day(today)
    known = answers(now, is_government_holiday)
    assert max(known) == now
    earliest = min(steps(now, is_government_holiday))
    for n in range(1, 60):
        assert answer_by(min(known) - timedelta(days=n), is_government_holiday) < earliest
    assert add_business_days(min(known), 5, is_government_holiday) == known[min(known)]

"""Deadlines of one agency: given what was granted, when CSTI acts, then a fact or a refusal by name."""

from datetime import date, datetime

import pytest

from indicators.holidays_jp import is_government_holiday
from indicators.periods import JST, Period
from reporting.domain import deadline as rules
from reporting.domain import errors
from reporting.domain.deadline import Change, Kind, Window, applying, with_changes
from reporting.queries.calendar import holiday_test, window

Q1 = window(Period.parse("FY2026Q1"))  # due Monday 17 August 2026, locks with the deadline of FY2027: 30 June 2028
MINE, OTHER = "JST.P1.A1", "JST.P1.A1.M2"
JULY = datetime(2026, 7, 20, 9, tzinfo=JST)
AFTER_THE_LOCK = datetime(2028, 8, 1, 9, tzinfo=JST)


def at(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=JST)


def extended(until: str, assignment: str | None = None) -> Change:
    return Change(Kind.EXTENDED, date.fromisoformat(until), assignment)


def reopened(until: str, assignment: str | None = None) -> Change:
    return Change(Kind.REOPENED, date.fromisoformat(until), assignment)


def of(assignment: str, *granted: Change) -> Window:
    return with_changes(Q1, applying(granted, assignment), is_government_holiday)


def extend(
    until: str, *granted: Change, now: datetime = JULY, assignment: str | None = None, reason: str = "水害"
) -> rules.Decided:
    return rules.extend(
        Q1, granted, assignment=assignment, until=date.fromisoformat(until), reason=reason, now=now,
        is_holiday=is_government_holiday,
    )  # fmt: skip


def reopen(until: str, *granted: Change, now: datetime = AFTER_THE_LOCK, reason: str = "誤記") -> rules.Decided:
    return rules.reopen(
        Q1, granted, assignment=None, until=date.fromisoformat(until), reason=reason, now=now,
        is_holiday=is_government_holiday,
    )  # fmt: skip


def test_an_extension_moves_the_deadline_and_nothing_else() -> None:
    decided = extend("2026-08-31")
    assert (decided.type, decided.data) == ("DeadlineExtended", {"assignment": None, "until": "2026-08-31"})
    window = of(MINE, extended("2026-08-31"))
    assert (window.due_on, window.deadline) == (date(2026, 8, 31), at("2026-09-01 00:00"))
    assert (window.opens, window.locks) == (Q1.opens, Q1.locks)
    assert window.extension == extended("2026-08-31")


def test_a_last_day_on_which_the_government_is_closed_moves_to_the_next_business_day_and_says_what_was_asked() -> None:
    assert extend("2026-09-19").data == {"assignment": None, "until": "2026-09-24", "asked": "2026-09-19"}


def test_a_day_closed_after_an_extension_was_granted_moves_its_last_day_too() -> None:
    closed = holiday_test({date(2026, 8, 31)})
    assert with_changes(Q1, [extended("2026-08-31")], closed).due_on == date(2026, 9, 1)


def test_an_extension_of_one_assignment_is_for_no_other() -> None:
    granted = extended("2026-08-31", MINE)
    assert of(MINE, granted).due_on == date(2026, 8, 31)
    assert of(OTHER, granted) == Q1


@pytest.mark.parametrize("turn", [1, -1])
def test_of_all_that_applies_the_latest_day_holds(turn: int) -> None:
    granted = [extended("2026-08-31"), extended("2026-09-15", MINE), extended("2026-08-20", OTHER)][::turn]
    assert of(MINE, *granted).due_on == date(2026, 9, 15)
    assert of(OTHER, *granted).due_on == date(2026, 8, 31)


@pytest.mark.parametrize("until", ["2026-08-17", "2026-08-15", "2026-07-25"])
def test_no_extension_is_to_a_day_before_the_deadline_or_to_it(until: str) -> None:
    with pytest.raises(errors.NotYetLater):
        extend(until)


def test_a_second_extension_is_later_than_the_first() -> None:
    with pytest.raises(errors.NotYetLater) as refused:
        extend("2026-08-28", extended("2026-08-31"))
    assert refused.value.params["last"] == "2026-08-31"
    assert extend("2026-09-01", extended("2026-08-31")).data["until"] == "2026-09-01"


def test_one_assignment_may_have_longer_than_the_rest_but_not_shorter() -> None:
    with pytest.raises(errors.NotYetLater):
        extend("2026-08-28", extended("2026-08-31"), assignment=MINE)
    assert extend("2026-09-02", extended("2026-08-31"), assignment=MINE).data["assignment"] == MINE
    assert extend("2026-08-28", extended("2026-08-31", MINE), assignment=OTHER).type == "DeadlineExtended"


def test_an_overdue_period_may_be_extended_from_today_on() -> None:
    now = at("2026-08-25 10:00")
    assert extend("2026-08-25", now=now).type == "DeadlineExtended"
    with pytest.raises(errors.DayPassed):
        extend("2026-08-24", now=now)


def test_a_deadline_is_never_after_the_lock() -> None:
    now = at("2028-06-01 10:00")
    assert extend("2028-06-30", now=now).type == "DeadlineExtended"
    with pytest.raises(errors.AfterTheLock):
        extend("2028-07-03", now=now)
    with pytest.raises(errors.AfterTheLock):
        extend("2028-08-10", now=AFTER_THE_LOCK)


def test_who_mistypes_the_year_is_told() -> None:
    with pytest.raises(errors.DayTooFar):
        extend("2206-08-31")
    with pytest.raises(errors.DayTooFar):
        extend("9999-12-31")


@pytest.mark.parametrize("reason", ["", "  ", "　\n"])
def test_nothing_moves_without_a_reason(reason: str) -> None:
    with pytest.raises(errors.ReasonMissing):
        extend("2026-08-31", reason=reason)
    with pytest.raises(errors.ReasonMissing):
        reopen("2028-08-31", reason=reason)
    with pytest.raises(errors.ReasonMissing):
        rules.withdraw([extended("2026-08-31")], assignment=None, kind=Kind.EXTENDED, reason=reason)


def test_a_locked_period_is_reopened_until_a_day_and_what_comes_in_is_late() -> None:
    decided = reopen("2028-08-31")
    assert (decided.type, decided.data) == ("PeriodReopened", {"assignment": None, "until": "2028-08-31"})
    window = of(MINE, reopened("2028-08-31"))
    assert (window.locks, window.last_day) == (at("2028-09-01 00:00"), date(2028, 8, 31))
    assert window.deadline == Q1.deadline
    assert window.reopening == reopened("2028-08-31")


def test_what_is_not_locked_is_not_reopened() -> None:
    with pytest.raises(errors.NotLocked):
        reopen("2028-08-31", now=at("2028-06-30 23:59"))
    assert reopen("2028-08-31", now=at("2028-07-01 00:00")).type == "PeriodReopened"


def test_a_reopening_may_be_made_longer_and_a_second_one_follows_when_it_has_ended() -> None:
    with pytest.raises(errors.NotYetLater):
        reopen("2028-08-30", reopened("2028-08-31"))
    assert reopen("2028-09-29", reopened("2028-08-31")).data["until"] == "2028-09-29"
    assert reopen("2028-12-01", reopened("2028-08-31"), now=at("2028-11-01 10:00")).type == "PeriodReopened"


def test_in_a_reopened_period_the_deadline_too_may_be_moved_up_to_its_end() -> None:
    assert extend("2028-08-31", reopened("2028-08-31"), now=AFTER_THE_LOCK).type == "DeadlineExtended"
    with pytest.raises(errors.AfterTheLock):
        extend("2028-09-01", reopened("2028-08-31"), now=AFTER_THE_LOCK)


def test_what_was_granted_is_withdrawn_in_its_kind_and_for_whom_it_was() -> None:
    granted = [extended("2026-08-31"), extended("2026-09-15", MINE)]
    decided = rules.withdraw(granted, assignment=MINE, kind=Kind.EXTENDED, reason="不要となった")
    assert (decided.type, decided.data) == ("ExtensionWithdrawn", {"assignment": MINE})
    for assignment, kind in ((OTHER, Kind.EXTENDED), (None, Kind.REOPENED), (MINE, Kind.REOPENED)):
        with pytest.raises(errors.NothingGranted):
            rules.withdraw(granted, assignment=assignment, kind=kind, reason="不要")


def test_a_day_is_added_to_the_holidays_once_and_only_a_business_day() -> None:
    day = date(2026, 8, 17)
    decided = rules.add_holiday(day, reason="臨時の休日", now=JULY, is_holiday=is_government_holiday)
    assert (decided.type, decided.data) == ("HolidayAdded", {"day": "2026-08-17"})
    for already in (date(2026, 8, 15), date(2026, 8, 11), date(2026, 12, 30)):
        with pytest.raises(errors.AlreadyHoliday):
            rules.add_holiday(already, reason="臨時の休日", now=JULY, is_holiday=is_government_holiday)
    with pytest.raises(errors.AlreadyHoliday):
        rules.add_holiday(day, reason="臨時の休日", now=JULY, is_holiday=holiday_test({day}))


def test_days_that_have_passed_stay_what_they_were() -> None:
    day = date(2026, 7, 17)
    with pytest.raises(errors.DayPassed):
        rules.add_holiday(day, reason="臨時の休日", now=JULY, is_holiday=is_government_holiday)
    with pytest.raises(errors.DayPassed):
        rules.remove_holiday(day, {day}, reason="取消し", now=JULY)
    assert (
        rules.remove_holiday(date(2026, 8, 17), {date(2026, 8, 17)}, reason="取消し", now=JULY).type == "HolidayRemoved"
    )
    with pytest.raises(errors.NothingGranted):
        rules.remove_holiday(date(2026, 8, 18), {date(2026, 8, 17)}, reason="取消し", now=JULY)

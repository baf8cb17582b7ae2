"""Deadlines of one agency: what moves them, who may be late until when. No database, no clock.

An extension moves the last day of a period; a reopening opens a period that has locked, until a day. Each is granted
to all of an agency's reports of a period, or to one assignment's; of those that apply the latest day holds. A last
day on which the government is closed moves to the next business day, like every other.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from enum import StrEnum
from typing import Any

from indicators.periods import JST, HolidayTest, Period, business_day_from, midnight
from reporting.domain.errors import (
    AfterTheLock,
    AlreadyHoliday,
    DayPassed,
    DayTooFar,
    NothingGranted,
    NotLocked,
    NotYetLater,
    ReasonMissing,
)

FURTHEST = timedelta(days=366)


class Kind(StrEnum):
    EXTENDED = "extended"
    REOPENED = "reopened"


@dataclass(frozen=True)
class Change:
    """What was granted and is in force. `assignment`: the only one it is for, None for all of the agency's. `reason`
    stands beside its event."""

    kind: Kind
    until: date
    assignment: str | None = None
    reason: str = ""


def last_day_before(deadline: datetime) -> date:
    """The last day of the time allowed, of a deadline that is the midnight after it."""
    return (deadline.astimezone(JST) - timedelta(days=1)).date()


@dataclass(frozen=True)
class Window:
    """When a period may be reported on: from `opens`, late from `deadline`, never from `locks` on. All aware.

    `extension` and `reopening`: what was granted to the agency, where it moved the deadline or the lock.
    """

    period: Period
    opens: datetime
    deadline: datetime
    locks: datetime
    extension: Change | None = None
    reopening: Change | None = None

    @property
    def due_on(self) -> date:
        """The last day of the time allowed."""
        return last_day_before(self.deadline)

    @property
    def locks_on(self) -> date:
        """The first day on which nothing is taken any more."""
        return self.locks.astimezone(JST).date()

    @property
    def last_day(self) -> date:
        """The last day on which anything is taken at all."""
        return self.locks_on - timedelta(days=1)


@dataclass(frozen=True)
class Decided:
    """An event to append: its type and the data the rule decided."""

    type: str
    data: dict[str, Any]


def with_changes(plan: Window, changes: Iterable[Change], is_holiday: HolidayTest) -> Window:
    """The window of one assignment: the plan's, moved by those of `changes` that apply to it (the caller chooses)."""
    window = plan
    for change in sorted(changes, key=lambda change: (change.until, change.assignment or "")):
        ends = _end_of(change.until, is_holiday)
        if change.kind is Kind.EXTENDED and ends > window.deadline:
            window = replace(window, deadline=ends, extension=change)
        if change.kind is Kind.REOPENED and ends > window.locks:
            window = replace(window, locks=ends, reopening=change)
    return window


def applying(changes: Iterable[Change], assignment: str | None) -> list[Change]:
    """The changes that hold for an assignment; None: those for all of the agency's."""
    return [change for change in changes if change.assignment in (None, assignment)]


def extend(
    plan: Window,
    changes: Sequence[Change],
    *,
    assignment: str | None,
    until: date,
    reason: str,
    now: datetime,
    is_holiday: HolidayTest,
) -> Decided:
    """The deadline moves to the end of `until`, or of the next business day. Raises a Refusal.

    A day before the one that holds is no extension: to shorten one, withdraw it first. After the lock a period is
    reopened instead.
    """
    window = with_changes(plan, applying(changes, assignment), is_holiday)
    day = _day(until, reason, now, is_holiday)
    if midnight(day + timedelta(days=1)) > window.locks:
        raise AfterTheLock(last=window.last_day.isoformat())
    if midnight(day + timedelta(days=1)) <= window.deadline:
        raise NotYetLater(last=window.due_on.isoformat())
    return Decided("DeadlineExtended", _data(assignment, until, day))


def reopen(
    plan: Window,
    changes: Sequence[Change],
    *,
    assignment: str | None,
    until: date,
    reason: str,
    now: datetime,
    is_holiday: HolidayTest,
) -> Decided:
    """A locked period takes reports again until the end of `until`, or a reopening in force lasts longer. What comes
    in is late all the same. Raises a Refusal."""
    window = with_changes(plan, applying(changes, assignment), is_holiday)
    day = _day(until, reason, now, is_holiday)
    if now < plan.locks:
        raise NotLocked(last=plan.last_day.isoformat())
    if midnight(day + timedelta(days=1)) <= window.locks:
        raise NotYetLater(last=window.last_day.isoformat())
    return Decided("PeriodReopened", _data(assignment, until, day))


def withdraw(changes: Sequence[Change], *, assignment: str | None, kind: Kind, reason: str) -> Decided:
    """What was granted ends: what the plan says, or what else was granted, holds again. Reports that came in meanwhile
    stay as they are. Raises a Refusal."""
    if not reason.strip():
        raise ReasonMissing()
    if not any(change.kind is kind and change.assignment == assignment for change in changes):
        raise NothingGranted()
    type_ = "ExtensionWithdrawn" if kind is Kind.EXTENDED else "ReopeningWithdrawn"
    return Decided(type_, {"assignment": assignment})


def add_holiday(day: date, *, reason: str, now: datetime, is_holiday: HolidayTest) -> Decided:
    """A day on which the government is closed and which the library does not know. Raises a Refusal."""
    _in_reach(day, reason, now, 2 * FURTHEST)
    if is_holiday(day):
        raise AlreadyHoliday(day=day.isoformat())
    return Decided("HolidayAdded", {"day": day.isoformat()})


def remove_holiday(day: date, added: Iterable[date], *, reason: str, now: datetime) -> Decided:
    """An added day is a business day again; not once it has passed, for deadlines have gone by it. Raises a Refusal."""
    _in_reach(day, reason, now, 2 * FURTHEST)
    if day not in added:
        raise NothingGranted()
    return Decided("HolidayRemoved", {"day": day.isoformat()})


def _end_of(day: date, is_holiday: HolidayTest) -> datetime:
    return midnight(business_day_from(day, is_holiday) + timedelta(days=1))


def _day(until: date, reason: str, now: datetime, is_holiday: HolidayTest) -> date:
    _in_reach(until, reason, now, FURTHEST)
    return business_day_from(until, is_holiday)


def _in_reach(day: date, reason: str, now: datetime, furthest: timedelta) -> None:
    if not reason.strip():
        raise ReasonMissing()
    today = now.astimezone(JST).date()
    if day < today:
        raise DayPassed(day=day.isoformat())
    if day > today + furthest:
        raise DayTooFar(day=day.isoformat(), last=(today + furthest).isoformat())


def _data(assignment: str | None, asked: date, day: date) -> dict[str, Any]:
    moved = {"asked": asked.isoformat()} if asked != day else {}
    return {"assignment": assignment, "until": day.isoformat(), **moved}

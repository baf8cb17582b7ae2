"""What moves deadlines: extensions, reopenings, and days added to the holidays."""

from collections.abc import Callable, Sequence
from datetime import date, datetime

from agencies import access
from agencies.access import Actor, Deed
from indicators.models import Assignment
from indicators.periods import Period
from reporting import event_store
from reporting.commands.once import Once
from reporting.commands.opening import command
from reporting.commands.texts import Texts
from reporting.domain import deadline as rules
from reporting.domain.deadline import Change, Decided, Kind
from reporting.domain.errors import NotAllowed, NotFound, StaleVersion
from reporting.domain.events import HOLIDAYS_STREAM, deadline_stream
from reporting.event_store import NewEvent, Recorded, StaleStream
from reporting.models import AddedHoliday, DeadlineChange
from reporting.projections import deadlines as projection
from reporting.queries import forms
from reporting.queries.calendar import Calendar, calendar_of


def extend_deadline(
    *,
    actor: Actor,
    agency: str,
    period: str,
    assignment: str | None = None,
    until: date,
    reason: str,
    now: datetime,
    once: Once | None = None,
) -> Recorded:
    """Give an agency until the end of `until`, for all its reports of the period or one assignment's. Raises a
    Refusal."""

    def decide(calendar: Calendar, when: Period, changes: Sequence[Change]) -> Decided:
        return rules.extend(
            calendar.plan(when), changes, assignment=assignment, until=until, reason=reason, now=now,
            is_holiday=calendar.is_holiday,
        )  # fmt: skip

    return _change(actor, agency, period, assignment, reason, now, once, decide)


def reopen_period(
    *,
    actor: Actor,
    agency: str,
    period: str,
    assignment: str | None = None,
    until: date,
    reason: str,
    now: datetime,
    once: Once | None = None,
) -> Recorded:
    """Let an agency report on a locked period until the end of `until`. Raises a Refusal."""

    def decide(calendar: Calendar, when: Period, changes: Sequence[Change]) -> Decided:
        return rules.reopen(
            calendar.plan(when), changes, assignment=assignment, until=until, reason=reason, now=now,
            is_holiday=calendar.is_holiday,
        )  # fmt: skip

    return _change(actor, agency, period, assignment, reason, now, once, decide)


def withdraw_change(
    *,
    actor: Actor,
    agency: str,
    period: str,
    kind: Kind,
    assignment: str | None = None,
    reason: str,
    now: datetime,
    once: Once | None = None,
) -> Recorded:
    """Take an extension or a reopening back. Raises a Refusal."""

    def decide(calendar: Calendar, when: Period, changes: Sequence[Change]) -> Decided:
        return rules.withdraw(changes, assignment=assignment, kind=kind, reason=reason)

    return _change(actor, agency, period, assignment, reason, now, once, decide)


def add_holiday(*, actor: Actor, day: date, reason: str, now: datetime, once: Once | None = None) -> Recorded:
    """The government is closed on that day too: deadlines that fall on it move. Raises a Refusal."""
    return _holiday(
        actor, reason, now, once,
        lambda calendar: rules.add_holiday(day, reason=reason, now=now, is_holiday=calendar.is_holiday),
    )  # fmt: skip


def remove_holiday(*, actor: Actor, day: date, reason: str, now: datetime, once: Once | None = None) -> Recorded:
    """An added day is a business day after all. Raises a Refusal."""
    return _holiday(
        actor, reason, now, once, lambda calendar: rules.remove_holiday(day, calendar.added, reason=reason, now=now)
    )


def _change(
    actor: Actor,
    agency: str,
    period: str,
    assignment: str | None,
    reason: str,
    now: datetime,
    once: Once | None,
    decide: Callable[[Calendar, Period, Sequence[Change]], Decided],
) -> Recorded:
    if not actor.may(Deed.SET_DEADLINE):
        raise NotAllowed()
    with command(actor, once) as done:
        when = _reported(actor, agency, period, assignment)
        stream = deadline_stream(agency, when.code)
        version = _version(stream)
        list(DeadlineChange.objects.select_for_update().filter(to_position=None, agency=agency, period=when.code))
        calendar = calendar_of(agencies=[agency], period=when.code)
        decided = decide(calendar, when, calendar.changes(agency, when))
        data = {"agency": agency, "period": when.code, **decided.data}
        return done(_record(actor, stream, version, Decided(decided.type, data), reason, agency, now))


def _holiday(
    actor: Actor, reason: str, now: datetime, once: Once | None, decide: Callable[[Calendar], Decided]
) -> Recorded:
    if not actor.may(Deed.OPERATE):
        raise NotAllowed()
    with command(actor, once) as done:
        version = _version(HOLIDAYS_STREAM)
        list(AddedHoliday.objects.select_for_update().filter(to_position=None))
        decided = decide(calendar_of(agencies=[]))
        return done(_record(actor, HOLIDAYS_STREAM, version, decided, reason, None, now))


def _record(
    actor: Actor, stream: str, version: int, decided: Decided, reason: str, agency: str | None, now: datetime
) -> Recorded:
    texts = Texts({"reason": reason}, agency)
    event = NewEvent(
        stream=stream,
        type=decided.type,
        data=decided.data | {"texts": texts.commitments()},
        meta=actor.as_meta(),
        occurred_at=now,
    )
    try:
        recorded = event_store.append([event], {stream: version})[0]
    except StaleStream as error:
        raise StaleVersion() from error
    texts.keep(event.event_id)
    projection.apply(event, recorded)
    return recorded


def _version(stream: str) -> int:
    """Of the last event: who decides on the same at once is told to look again."""
    return max((event.version for event in event_store.stream(stream)), default=0)


def _reported(actor: Actor, agency: str, period: str, assignment: str | None) -> Period:
    """The period, if the agency (or that assignment of it) reports on it; else there is no such thing."""
    rows = access.visible(Assignment.objects.filter(to_position=None, agency=agency), actor).select_related(
        "node__plan"
    )
    if assignment is not None:
        rows = rows.filter(id=assignment)
    # All assignments of one frequency have the same periods.
    for row in rows.order_by("frequency").distinct("frequency"):
        if found := forms.period_of(row, period):
            return found
    raise NotFound()

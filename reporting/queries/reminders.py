"""What may have to be asked for, and whether what was asked for is still not in."""

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import date, datetime

from agencies.models import in_force
from indicators.models import Assignment, Plan
from indicators.periods import JST, Period, midnight
from reporting.domain.deadline import Kind
from reporting.domain.reminders import counted_from
from reporting.models import Reminder, Report, Status
from reporting.queries.calendar import Calendar, calendar_of, periods_of

IN = (Status.SUBMITTED, Status.APPROVED)


def periods_near(calendar: Calendar, days: Collection[date], returns: Collection[date], now: datetime) -> list[Period]:
    """The periods, of those that take reports, of which a report may have its last day on one of the days, or have been
    returned on one of the others. In a context that sees all. Three queries."""
    plan = Plan.objects.filter(in_force()).first()
    if plan is None:
        return []
    frequencies = Assignment.objects.filter(in_force()).order_by().values_list("frequency", flat=True).distinct()
    returned = Report.objects.filter(status=Status.RETURNED, decided_at__gte=midnight(min(returns)))
    moved = {code for (_agency, code), changes in calendar.granted.items() for c in changes if c.kind is Kind.EXTENDED}
    moved |= set(returned.order_by().values_list("period", flat=True).distinct())

    def is_near(period: Period) -> bool:
        when = calendar.plan(period)
        return when.opens <= now < when.locks and (when.due_on in days or period.code in moved)

    every = {p for frequency in frequencies for p in periods_of(frequency, plan.first_year, plan.last_year)}
    return sorted(period for period in every if is_near(period))


@dataclass(frozen=True)
class Open:
    """How it is with a report that is not in."""

    last_day: date
    returned_on: date | None


def still_open(reminders: Iterable[Reminder]) -> dict[int, Open]:
    """Of those whose report is still expected and not in, and still has the day it was asked for by: how it is. In a
    context that sees all. At most four queries."""
    rows = list(reminders)
    calendar = calendar_of(agencies={row.agency_id for row in rows}, as_of=None)
    expected = Assignment.objects.filter(in_force(), pk__in={row.assignment_id for row in rows})
    assigned = set(expected.values_list("pk", flat=True))
    reports = Report.objects.in_bulk({row.report_id for row in rows})
    found = {}
    for row in rows:
        report = reports.get(row.report_id)
        if row.assignment_id not in assigned or (report is not None and report.status in IN):
            continue
        returned = report is not None and report.status == Status.RETURNED and report.decided_at
        how = Open(
            calendar.of(row.agency_id, row.assignment_id, Period.parse(row.period)).due_on,
            returned.astimezone(JST).date() if returned else None,
        )
        if counted_from(how.last_day, how.returned_on, calendar.is_holiday) == row.due_on:
            found[row.pk] = how
    return found

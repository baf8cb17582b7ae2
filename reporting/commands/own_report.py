"""How every command about a report finds it, and locks it: its row is the lock of its stream, and of what is beside."""

from datetime import datetime

from agencies import access
from agencies.access import Actor, Deed
from indicators.models import Assignment
from indicators.periods import Period
from reporting.domain.attachments import NotWritable
from reporting.domain.errors import NotAllowed, NotFound
from reporting.domain.events import report_stream
from reporting.domain.report import Fact, may_be_drafted
from reporting.event_store import NewEvent
from reporting.models import Report, Status
from reporting.queries import forms


def must(actor: Actor, *deeds: Deed) -> None:
    """At least one of the deeds is the actor's."""
    if not any(actor.may(deed) for deed in deeds):
        raise NotAllowed()


def assignment_of(actor: Actor, assignment: str) -> Assignment:
    """One's own agency's only: whoever sees more may still not report for others."""
    rows = access.visible(Assignment.objects.filter(to_position__isnull=True), actor)
    found = rows.filter(id=assignment, agency=actor.agency).select_related("node").first()
    if found is None:
        raise NotFound()
    return found


def period_of(assignment: Assignment, code: str) -> Period:
    period = forms.period_of(assignment, code)
    if period is None:
        raise NotFound()
    return period


def locked(assignment: Assignment, period: Period) -> Report:
    """The report's row, made if need be, and locked: it is the lock of its stream."""
    key = f"{assignment.id}@{period.code}"
    Report.objects.bulk_create(
        [Report(id=key, assignment=assignment, agency_id=assignment.agency_id, period=period.code, status=Status.OPEN)],
        ignore_conflicts=True,
    )
    return Report.objects.select_for_update().get(id=key)


def lock_to_write(actor: Actor, assignment: str, period: str) -> Report:
    """One's own agency's report, while nothing of it waits."""
    assigned = assignment_of(actor, assignment)
    report = locked(assigned, period_of(assigned, period))
    if not may_be_drafted(forms.state_of(report)):
        raise NotWritable()
    return report


def event_of(report: Report, fact: Fact, actor: Actor, now: datetime, stream: str = "") -> NewEvent:
    """What was decided, as it goes into the report's stream, or another."""
    return NewEvent(
        stream=stream or report_stream(report.assignment_id, report.period),
        type=fact.type,
        data={"assignment": report.assignment_id, "agency": report.agency_id, "period": report.period, **fact.data},
        meta=actor.as_meta(),
        occurred_at=now,
    )


def lock_existing(actor: Actor, report: str) -> Report:
    rows = access.visible(Report.objects.all(), actor)
    found = rows.select_for_update().filter(id=report).first()
    if found is None:
        raise NotFound()
    return found

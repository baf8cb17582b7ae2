"""What a reporter has to do: the reports that are due; and how one report stands and what happened to it."""

from dataclasses import dataclass
from datetime import date, datetime, timedelta

from agencies import access
from agencies.access import Actor
from agencies.models import in_force
from indicators.models import Assignment, PlanNode
from indicators.periods import JST, Period
from reporting.domain.deadline import Window
from reporting.domain.desk import Todo
from reporting.domain.events import report_stream, review_stream
from reporting.models import Event, Figure, Report, ReportState, Status
from reporting.queries.calendar import calendar_of, periods_of
from reporting.queries.redactions import Words, words_of

SOON = timedelta(days=10)


@dataclass(frozen=True)
class Duty:
    """One report of one's agency."""

    assignment: Assignment
    node: PlanNode
    period: Period
    todo: Todo
    due_on: date
    days_left: int
    report: Report | None
    window: Window

    @property
    def days_late(self) -> int:
        return -self.days_left


def duties(actor: Actor, now: datetime, *, as_of: int | None = None) -> dict[Todo, list[Duty]]:
    """All reports of the actor's agency whose period is open, by what to do next, soonest first. Three queries."""
    assignments = access.visible(Assignment.objects.filter(in_force(as_of)), actor)
    mine = list(assignments.filter(agency=actor.agency).select_related("node__plan").order_by("node__order"))
    states = access.visible(ReportState.objects.filter(in_force(as_of), agency=actor.agency), actor)
    reports = [state.as_report() for state in states.select_related("report")]
    written = {(report.assignment_id, report.period): report for report in reports}
    calendar = calendar_of(agencies=[actor.agency], as_of=as_of)
    found: dict[Todo, list[Duty]] = {todo: [] for todo in Todo}
    for assignment in mine:
        plan = assignment.node.plan
        for period in periods_of(assignment.frequency, plan.first_year, plan.last_year):
            when = calendar.of(assignment.agency_id, assignment.id, period)
            report = written.get((assignment.id, period.code))
            if now < when.opens or (report is None and now >= when.locks):
                continue
            todo = _todo(report, when.deadline, now)
            days_left = (when.due_on - now.astimezone(JST).date()).days
            found[todo].append(Duty(assignment, assignment.node, period, todo, when.due_on, days_left, report, when))
    for rows in found.values():
        rows.sort(key=lambda duty: (duty.due_on, duty.node.order))
    found[Todo.DONE].reverse()
    return found


def _todo(report: Report | None, deadline: datetime, now: datetime) -> Todo:
    status = report.status if report else Status.OPEN
    if status == Status.RETURNED:
        return Todo.RETURNED
    if status == Status.SUBMITTED:
        return Todo.WAITING
    if status == Status.APPROVED:
        return Todo.DONE
    if now >= deadline:
        return Todo.OVERDUE
    return Todo.DUE_SOON if deadline - now <= SOON else Todo.DUE


def figures_in_force(report: Report, *, as_of: int | None = None) -> dict[str, Figure]:
    """Its approved figures, by the question they answer; of technology domains none."""
    rows = Figure.objects.filter(in_force(as_of), report=report.id, approved=True, domain__isnull=True)
    return {f"{row.indicator_id}/{row.component}" if row.component else row.indicator_id: row for row in rows}


@dataclass(frozen=True)
class Told:
    """One event of a report's story with the words said."""

    event: Event
    texts: list[Words]


def story(report: Report, *, as_of: int | None = None) -> list[Told]:
    """The report's events, and what its reviewers said among themselves, newest first, with every comment and
    narrative: kept for good."""
    streams = [of(report.assignment_id, report.period) for of in (report_stream, review_stream)]
    rows = Event.objects.filter(stream__in=streams)
    if as_of is not None:
        rows = rows.filter(position__lte=as_of)
    events = list(rows.order_by("-position"))
    words = words_of(event.event_id for event in events)
    return [Told(event, words.get(event.event_id, [])) for event in events]


def find_assignment(actor: Actor, assignment: str, *, as_of: int | None = None) -> Assignment | None:
    rows = access.visible(Assignment.objects.filter(in_force(as_of)), actor)
    return rows.filter(id=assignment).select_related("node", "agency", "node__plan").first()


def find_report(actor: Actor, report: str, *, as_of: int | None = None) -> Report | None:
    """The report as it stands, or stood then. To be shown, never saved."""
    states = access.visible(ReportState.objects.filter(in_force(as_of), report=report), actor)
    state = states.select_related("report__assignment__node", "report__agency").first()
    return state.as_report() if state else None

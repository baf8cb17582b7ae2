"""A reporter's desk: what is to be done, by what to do next, with who is on it."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from enum import StrEnum

from agencies import access
from agencies.access import Actor
from indicators.periods import midnight
from reporting.domain.desk import TimeLeft, Todo, time_left, urgency
from reporting.domain.events import report_stream
from reporting.models import Charge, DraftField, Event
from reporting.queries import inquiries, work
from reporting.queries.charges import in_charge
from reporting.queries.inquiries import Errand, Progress
from reporting.queries.redactions import Words, words_of
from reporting.queries.work import Duty


class Whose(StrEnum):
    """Which duties of the agency are shown."""

    MINE = "mine"
    UNIT = "unit"
    ALL = "all"


@dataclass(frozen=True)
class Typing:
    """Who last typed into a report's draft, and when."""

    name: str
    at: datetime


@dataclass(frozen=True)
class Row:
    """One duty as the desk shows it. `asks`: the first comment of the return, where it was returned."""

    duty: Duty
    deadline: datetime
    left: TimeLeft
    charge: Charge | None
    typing: Typing | None
    asks: Words | None
    inquiries: Progress | None

    @property
    def today(self) -> bool:
        return self.left.kind in ("minutes", "hours")


@dataclass(frozen=True)
class Desk:
    """`todo`: what to do now, by what to do next. `counts` by Todo, and "today" among them. `nobodys`: duties not done
    that nobody is in charge of, whichever are shown. `errands`: what is asked of the actor's unit."""

    whose: Whose
    todo: list[Row] = field(default_factory=list)
    overdue: list[Row] = field(default_factory=list)
    waiting: list[Row] = field(default_factory=list)
    done: list[Row] = field(default_factory=list)
    counts: dict[str, int] = field(default_factory=dict)
    nobodys: int = 0
    errands: list[Errand] = field(default_factory=list)


def my_desk(actor: Actor, now: datetime, whose: Whose | None = None, *, as_of: int | None = None) -> Desk:
    """The desk of a reporter. Without `whose`: theirs when they are in charge of something, else all of the agency's.
    Drafts, inquiries and who is in charge are of now, whatever `as_of` says of the reports. At most 11 queries."""
    found = work.duties(actor, now, as_of=as_of)
    charges = in_charge(actor)
    whose = whose or (Whose.MINE if any(c.person_id == actor.person_id for c in charges.values()) else Whose.ALL)
    shown = {
        todo: [duty for duty in duties if _shown(charges.get(duty.assignment.id), actor, whose)]
        for todo, duties in found.items()
    }
    typing = _typing(actor)
    asks = _asked_for(shown.get(Todo.RETURNED, []))
    shared = inquiries.progress(actor, now)

    def rows(*todos: Todo) -> list[Row]:
        made = [
            Row(
                duty=duty,
                deadline=deadline,
                left=time_left(deadline, now),
                charge=charges.get(duty.assignment.id),
                typing=typing.get(f"{duty.assignment.id}@{duty.period.code}"),
                asks=asks.get(f"{duty.assignment.id}@{duty.period.code}"),
                inquiries=shared.get((duty.assignment.id, duty.period.code)),
            )
            for todo in todos
            for duty in shown.get(todo, [])
            for deadline in [_deadline(duty.due_on)]
        ]
        return sorted(made, key=lambda row: (*urgency(row.duty.todo, row.deadline, now), row.duty.node.order))

    todo, overdue = rows(Todo.RETURNED, Todo.DUE_SOON, Todo.DUE), rows(Todo.OVERDUE)
    unfinished = [duty for key in (Todo.RETURNED, Todo.DUE_SOON, Todo.DUE, Todo.OVERDUE) for duty in found.get(key, [])]
    return Desk(
        whose=whose,
        todo=todo,
        overdue=overdue,
        waiting=rows(Todo.WAITING),
        done=list(reversed(rows(Todo.DONE))),
        counts={"today": sum(row.today for row in todo)} | {str(key): len(duties) for key, duties in shown.items()},
        nobodys=sum(duty.assignment.id not in charges for duty in unfinished),
        errands=inquiries.errands(actor, now),
    )


def _shown(charge: Charge | None, actor: Actor, whose: Whose) -> bool:
    if whose is Whose.ALL:
        return True
    if charge is None:
        return False
    return charge.person_id == actor.person_id if whose is Whose.MINE else charge.unit_id == actor.unit_id


def _deadline(due_on: date) -> datetime:
    return midnight(due_on + timedelta(days=1))


def _typing(actor: Actor) -> dict[str, Typing]:
    """By report: the last to type into its draft. One query."""
    rows = access.visible(DraftField.objects.filter(agency=actor.agency), actor)
    newest = rows.order_by("draft", "-at", "-version").distinct("draft").select_related("by")
    return {row.draft_id: Typing(str(row.by), row.at) for row in newest}


def _asked_for(returned: Iterable[Duty]) -> dict[str, Words]:
    """By report: the first words of its last return, those for the whole before those for a figure. Two queries."""
    reports = {report_stream(d.assignment.id, d.period.code): f"{d.assignment.id}@{d.period.code}" for d in returned}
    events = Event.objects.filter(
        stream__in=list(reports), type__in=["ReportReturned", "CorrectionReturned", "CorrectionAsked"]
    )
    newest = events.order_by("stream", "-version").distinct("stream").values_list("event_id", "stream")
    streams = dict(newest)
    said = words_of(streams)
    return {reports[stream]: said[event_id][0] for event_id, stream in streams.items() if said.get(event_id)}

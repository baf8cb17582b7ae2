"""What needs a decision or an act of the reader, in their role: how many of each. And up to where they have looked."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from django.db.models import Func, Q, QuerySet, Subquery

from agencies import access
from agencies.access import Actor, Deed
from agencies.models import in_force
from indicators.models import TargetProposal
from indicators.periods import HolidayTest
from reporting.domain.alerts.life import State, unanswered_since
from reporting.models import (
    Alert,
    DeskVisit,
    MailHold,
    Preparation,
    Redaction,
    Report,
    ReportState,
    Silence,
    StandingOverride,
    Status,
)
from reporting.queries.alerting.listing import decides_holds
from reporting.queries.alerting.waiting import TO_ANSWER

SOON = timedelta(days=14)  # before an override ends
# Whose an alert is, is who answers for it.
OF = {"plans": "responsible", "alerts": "responsible", "overdue": "responsible"}
PROMISED = (State.ACKNOWLEDGED.value, State.PLAN_SUBMITTED.value, State.IN_ACTION.value)


@dataclass(frozen=True)
class Visit:
    """「ここまで確認した」: up to which position the reader has said to have looked, and when."""

    position: int
    at: datetime


def to_decide(*, actor: Actor, today: date, is_holiday: HolidayTest) -> Mapping[str, Subquery]:
    """How many of each, the most pressing first, as parts of one query; only what this actor may do. Of now."""
    found: dict[str, QuerySet[Any]] = {}
    if actor.may(Deed.SUBMIT):
        found["returned"] = Report.objects.filter(agency=actor.agency, status=Status.RETURNED)
    if actor.may(Deed.RELEASE):
        found["prepared"] = Preparation.objects.filter(agency=actor.agency, state=Preparation.State.PREPARED)
    if actor.may(Deed.DECIDE):
        found["reports"] = ReportState.objects.filter(in_force(None), status=Status.SUBMITTED)
    if actor.may(Deed.DECIDE_PLAN):
        found["plans"] = Alert.objects.filter(state=State.PLAN_SUBMITTED)
    if actor.may(Deed.ANSWER_ALERT):
        found["alerts"] = Alert.objects.filter(responsible=actor.agency, state__in=TO_ANSWER)
    unanswered = Q(state=State.FIRING, clock_from__lte=unanswered_since(today, is_holiday))
    found["overdue"] = Alert.objects.filter(unanswered | Q(state__in=PROMISED, due_on__lt=today))
    if actor.may(Deed.ACCEPT_TARGET):
        found["proposals"] = TargetProposal.objects.filter(in_force(None))
    if actor.may(Deed.OVERRIDE):
        found["overrides"] = StandingOverride.objects.filter(in_force(None), until__lte=today + SOON)
    if actor.may(Deed.APPROVE_SILENCE):
        waiting = Silence.objects.filter(ended_at=None, until__gte=today, waits=True)
        found["silences"] = waiting.exclude(asked_by=actor.person_id)
    if actor.may(Deed.REDACT):
        found["erasures"] = Redaction.objects.filter(state=Redaction.State.PROPOSED)
    counts = {name: _count(access.visible(rows, actor, OF.get(name, "agency"))) for name, rows in found.items()}
    if decides_holds(actor):
        counts["holds"] = _count(MailHold.objects.filter(decision=""))
    return counts


def visited(*, actor: Actor) -> Mapping[str, Subquery]:
    """Up to where this person has looked, and when: parts of the same query. Nobody sees another's."""
    newest = access.own(DeskVisit.objects.order_by("-pk"), actor)
    return {"visited": Subquery(newest.values("position")[:1]), "visited_at": Subquery(newest.values("at")[:1])}


def _count(rows: QuerySet[Any]) -> Subquery:
    return Subquery(rows.order_by().annotate(n=Func("pk", function="count")).values("n"))

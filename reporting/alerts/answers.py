"""What people answered to alerts is told: that one was acknowledged to those who were told of it, a plan to CSTI's
secretariat, what became of it to whoever submitted it."""

from collections.abc import Sequence

from reporting.alerts.lag import keep, telling, thing_of
from reporting.domain.alerts.telling import Kind
from reporting.models import ActionPlan, Alert, CurrentEvent, Telling
from reporting.queries.alerting.ladders import ladders, secretariat
from reporting.queries.alerting.readers import To

DECIDED = {"ActionPlanReturned": Kind.PLAN_RETURNED, "ActionPlanAccepted": Kind.PLAN_ACCEPTED}
READ = frozenset({"AlertAcknowledged", "ActionPlanSubmitted", *DECIDED})


def tell(page: Sequence[CurrentEvent]) -> None:
    """A constant number of queries, but for the people who submitted plans."""
    events = [event for event in page if event.type in READ]
    if not events:
        return
    rows = Alert.objects.in_bulk([event.data["alert"] for event in events])
    rungs = ladders(row.responsible_id for row in rows.values())
    csti = secretariat()
    tellings = []
    for event in events:
        row = rows[event.data["alert"]]
        if event.type == "AlertAcknowledged":
            kind, to = Kind.ACKNOWLEDGED, _told_of(row, event.data["seq"])
        elif event.type == "ActionPlanSubmitted":
            kind, to = Kind.PLAN_SUBMITTED, [one.to for one in csti]
        else:
            kind = DECIDED[event.type]
            to = [*(one.to for one in rungs[row.responsible_id].levels[0]), *_submitter(row, event)]
        said = {"by": str(event.meta.get("actor", "")), "period": row.period}
        tellings += [
            telling(thing_of(event.data), kind, event.position, event.occurred_at, one, row, 0, said)
            for one in dict.fromkeys(to)
        ]
    keep(tellings)


def _told_of(row: Alert, seq: int) -> list[To]:
    told = Telling.objects.filter(alert=row, seq=seq).order_by("agency", "unit", "person")
    found = told.values_list("agency", "unit", "person").distinct()
    return [To(*whom) for whom in found]


def _submitter(row: Alert, event: CurrentEvent) -> list[To]:
    plans = ActionPlan.objects.filter(alert=row, number=event.data["plan"])
    return [To(row.responsible_id, None, person) for person in plans.values_list("submitted_by", flat=True)]

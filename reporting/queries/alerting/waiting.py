"""What waits for an actor: alerts that their agency is to answer, plans and silences that CSTI is to decide about."""

from datetime import date
from typing import Any

from django.db.models import CharField, Count, Exists, OuterRef, Q, QuerySet, Value

from agencies import access
from agencies.access import Actor, Deed
from reporting.domain.alerts.life import State
from reporting.models import Alert, Silence
from reporting.queries.notices import unread_notices

# To be acknowledged, or a plan is to be submitted by a day.
TO_ANSWER = (State.FIRING.value, State.ACKNOWLEDGED.value)


def in_sight(actor: Actor) -> QuerySet[Alert]:
    """The alerts whose responsible agency this actor may see. A national one is not everybody's."""
    return access.visible(Alert.objects.all(), actor, "responsible")


def silences_in_force(today: date) -> QuerySet[Silence]:
    """Of the alert outside: those in force, or that wait for a second person."""
    return Silence.objects.filter(alert=OuterRef("pk"), ended_at=None, until__gte=today)


def waits_for(actor: Actor, today: date) -> Q:
    """Which alerts wait for an act of this actor."""
    waits = Q(pk__in=[])
    if actor.may(Deed.ANSWER_ALERT):
        waits |= Q(responsible=actor.agency, state__in=TO_ANSWER)
    if actor.may(Deed.DECIDE_PLAN):
        waits |= Q(state=State.PLAN_SUBMITTED.value)
    if actor.may(Deed.APPROVE_SILENCE):
        asked = silences_in_force(today).filter(waits=True).exclude(asked_by=actor.person_id)
        waits |= Q(Exists(asked))
    return waits


def badges(actor: Actor, today: date) -> dict[str, int]:
    """How many notices are unread and how many alerts wait for this actor. One query, for it is asked on every page."""
    alerts = in_sight(actor).filter(waits_for(actor, today)) if actor.may(Deed.SEE_DESK) else Alert.objects.none()
    return dict(_counted(alerts, "alerts").union(_counted(unread_notices(actor), "notices"), all=True))


def _counted(rows: QuerySet[Any], name: str) -> QuerySet[Any, tuple[str, int]]:
    of = rows.order_by().annotate(of=Value(name, CharField())).values("of")
    found: QuerySet[Any, tuple[str, int]] = of.annotate(n=Count("pk")).values_list("of", "n")
    return found

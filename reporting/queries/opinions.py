"""意見: what agencies say to the explanation of a standing, and what CSTI answers. Ordinary rows, kept for good."""

from datetime import datetime

from agencies import access
from agencies.access import Actor, Deed
from agencies.models import in_force
from indicators.models import AssignedIndicator, IndicatorDefinition
from reporting.models import Opinion, Standing


def opinions_on(*, actor: Actor, position: int, now: datetime, as_of: int | None = None) -> list[Opinion]:
    """What was said on the standing at that position, agency by agency, oldest first: to an agency its own. One query;
    of the past what had been said by then."""
    rows = Opinion.objects.filter(position=position).select_related("agency").order_by("agency", "id")
    if as_of is not None:
        rows = rows.filter(at__lte=now)
    return list(access.visible(rows, actor))


def may_speak(actor: Actor, standing: Standing) -> bool:
    """Whether this person's agency may give its opinion: it contributes to what is judged there, or is responsible for
    it. On the standing of one agency, that agency alone and the ministry responsible."""
    if not actor.may(Deed.GIVE_OPINION):
        return False
    if standing.agency_id not in (None, actor.agency) and standing.agency_id not in actor.agencies:
        return False
    responsible = IndicatorDefinition.objects.filter(in_force(None), responsible=actor.agency)
    if responsible.filter(indicator=standing.indicator_id).exists():
        return True
    if standing.agency_id not in (None, actor.agency):
        return False
    entered = AssignedIndicator.objects.filter(in_force(None), agency=actor.agency, indicator=standing.indicator_id)
    return access.visible(entered, actor).exists()


def waiting(actor: Actor) -> list[Opinion]:
    """The last word of each agency on a standing where it is the agency's: what CSTI may answer, oldest first."""
    rows = Opinion.objects.order_by("event_id", "agency_id", "-id").distinct("event_id", "agency_id")
    last = access.visible(rows.select_related("agency", "indicator"), actor)
    return sorted((row for row in last if not row.from_csti), key=lambda row: row.id)

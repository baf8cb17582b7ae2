"""Questions and answers between an agency and CSTI: ordinary rows, kept for good."""

from collections import defaultdict
from collections.abc import Collection

from agencies import access
from agencies.access import Actor
from agencies.models import in_force
from indicators.models import AssignedIndicator
from reporting.models import ThreadMessage

Threads = dict[str, list[ThreadMessage]]


def threads_of(actor: Actor, agency: str, indicators: Collection[str]) -> Threads:
    """By indicator what was asked and answered, oldest first. One query; empty where the actor may not see."""
    found: Threads = defaultdict(list)
    rows = ThreadMessage.objects.filter(agency=agency, indicator__in=indicators).order_by("id")
    for row in access.visible(rows, actor):
        found[row.indicator_id].append(row)
    return dict(found)


def about(actor: Actor, agency: str, indicator: str) -> AssignedIndicator | None:
    """Where this agency enters this indicator; None when it does not, or the actor may not see it."""
    rows = access.visible(AssignedIndicator.objects.filter(in_force(None)), actor)
    return rows.filter(agency=agency, indicator=indicator).select_related("agency", "indicator").first()


def waiting(actor: Actor) -> list[ThreadMessage]:
    """The last word of each thread in which it is the agency's: what CSTI has to answer, oldest first."""
    rows = ThreadMessage.objects.order_by("agency_id", "indicator_id", "-id").distinct("agency_id", "indicator_id")
    last = access.visible(rows.select_related("agency", "indicator"), actor)
    return sorted((row for row in last if not row.from_csti), key=lambda row: row.id)

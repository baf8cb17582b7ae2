"""The newest events that touched an indicator: its definition, its targets, its standings, the reports with a figure
of it. And where it was used: the editions and meeting papers that tell of it."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db.models import QuerySet

from agencies import access
from agencies.access import Actor
from indicators.models import IndicatorDefinition, Milestone, Target, TargetProposal
from reporting.domain.events import report_of
from reporting.models import Edition, Event, Figure, Standing, StandingOverride
from reporting.queries import event_names
from reporting.queries.desk.front import Freshness, freshness
from reporting.queries.desk.indicator_agencies import defined_then
from reporting.queries.editions import published_with
from reporting.queries.papers import Told, used_in

NEWEST = 20
# What carries the position of an event in which it came to be.
OF_AGENCIES = (Figure, Target, Milestone, Standing, StandingOverride, TargetProposal)


@dataclass(frozen=True)
class EventLine:
    event: Event
    about: str  # in words
    report: str | None  # where there is a story of it


@dataclass(frozen=True)
class EventsPage:
    definition: IndicatorDefinition
    events: tuple[EventLine, ...]
    editions: tuple[Edition, ...]
    papers: tuple[Told, ...]
    freshness: Freshness


def events_page(*, actor: Actor, code: str, now: datetime, as_of: int | None = None) -> EventsPage | None:
    """None for an indicator that is not there. Of agencies' events those the actor may see. At most
    thirteen queries."""
    definition = defined_then(code=code, as_of=as_of)
    if definition is None:
        return None
    positions = _newest(IndicatorDefinition.objects.filter(indicator=code), as_of).union(
        *(_newest(access.visible(model.objects.filter(indicator=code), actor), as_of) for model in OF_AGENCIES)
    )
    newest = list(positions.order_by("-from_position")[:NEWEST])
    events = list(access.visible(Event.objects.filter(position__in=newest), actor).order_by("-position"))
    streams = event_names.streams_shown(event.stream for event in events)
    return EventsPage(
        definition=definition,
        events=tuple(EventLine(event, streams[event.stream], report_of(event.stream)) for event in events),
        editions=tuple(published_with(indicator=code, as_of=as_of)),
        papers=tuple(used_in(actor=actor, indicator=code, as_of=as_of)),
        freshness=freshness(actor=actor, now=now, as_of=as_of),
    )


def _newest(rows: QuerySet[Any], as_of: int | None) -> QuerySet[Any, int]:
    """Of one kind never more are asked for than are shown of all."""
    if as_of is not None:
        rows = rows.filter(from_position__lte=as_of)
    return rows.order_by("-from_position").values_list("from_position", flat=True).distinct()[:NEWEST]

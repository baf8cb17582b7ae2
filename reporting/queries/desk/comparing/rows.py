"""The rows that were true at some time between two positions, each with the event that made it so."""

from collections.abc import Iterable
from typing import Any, Protocol, TypeVar
from uuid import UUID

from django.db import connection
from django.db.models import OuterRef, Q, Subquery
from django.db.models.functions import JSONObject
from django.utils.dateparse import parse_datetime

from agencies.access import Actor, Scope
from reporting.models import Event
from reporting.queries.desk.comparing.told import By

Row = TypeVar("Row", bound="Lasting")
NAMED = 20  # events of one figure; of the others it is told how many there are

# The events between which approved figures of an indicator and year were opened or closed, the newest of each.
CAUSES = """
WITH touched AS (
    SELECT indicator_id, year_period, from_position AS position FROM reporting_figure
    WHERE approved AND indicator_id = ANY (%(indicators)s)
        AND from_position > %(first)s AND from_position <= %(last)s AND (%(all)s OR agency_id = ANY (%(mine)s))
    UNION
    SELECT indicator_id, year_period, to_position FROM reporting_figure
    WHERE approved AND indicator_id = ANY (%(indicators)s)
        AND to_position > %(first)s AND to_position <= %(last)s AND (%(all)s OR agency_id = ANY (%(mine)s))
), placed AS (
    SELECT *, row_number() OVER w AS place, count(*) OVER (PARTITION BY indicator_id, year_period) AS number
    FROM touched WINDOW w AS (PARTITION BY indicator_id, year_period ORDER BY position DESC)
)
SELECT indicator_id, year_period, number, e.position, e.type, e.occurred_at, e.agency
FROM placed p JOIN event e ON e.position = p.position WHERE place <= %(named)s ORDER BY e.position DESC
"""


class Lasting(Protocol):
    from_position: Any
    to_position: Any


def between(first: int, last: int) -> Q:
    """True at `first` or becoming so up to `last`."""
    lasting = Q(to_position__isnull=True) | Q(to_position__gt=first)
    return lasting & Q(from_position__lte=last)


def at(rows: Iterable[Row], position: int) -> list[Row]:
    """Of such rows those true at one of the two ends."""
    return [r for r in rows if r.from_position <= position and (r.to_position is None or r.to_position > position)]


def made_by(column: str = "from_position") -> Subquery:
    """The event at the row's position, to be read along with it."""
    event = Event.objects.filter(position=OuterRef(column))
    said = JSONObject(position="position", type="type", at="occurred_at", id="event_id")
    return Subquery(event.values(said=said)[:1])


def as_by(said: Any, *, standing: bool = False) -> tuple[By, ...]:
    """What `made_by` has read: nothing of an event the reader may not see."""
    if said is None:
        return ()
    event_id = UUID(said["id"]) if standing else None
    return (By(said["position"], said["type"], parse_datetime(said["at"]), standing=event_id),)


def causes(
    actor: Actor, indicators: list[str], first: int, last: int
) -> dict[tuple[str, str], tuple[tuple[By, ...], int]]:
    """By indicator and fiscal year: the newest events that the actor may see, and how many more there are."""
    asked: dict[str, Any] = {
        "indicators": indicators, "first": first, "last": last, "named": NAMED,
        "all": actor.scope is Scope.ALL, "mine": sorted(actor.agencies),
    }  # fmt: skip
    found: dict[tuple[str, str], tuple[tuple[By, ...], int]] = {}
    with connection.cursor() as cursor:
        cursor.execute(CAUSES, asked)
        for indicator, year, number, *event in cursor.fetchall():
            named, _ = found.get((indicator, year), ((), 0))
            named = (*named, By(event[0], event[1], event[2], event[3] or ""))
            found[indicator, year] = named, number - len(named)
    return found

"""How fresh each national figure is, and whether something of it moved since a place of the log."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime

from agencies import access
from agencies.access import Actor
from indicators.periods import JST
from reporting.queries.as_of import HEAD

# Of each indicator the newest approved figure, by its index, and no look at the others; then what moved, of which there
# is little. Whose figure it was is not told.
BEAT = """
WITH newest AS MATERIALIZED (
    SELECT code, (
        SELECT f.from_position FROM reporting_figure f
        WHERE f.indicator_id = code AND f.approved AND f.from_position <= %(upto)s
        ORDER BY f.from_position DESC LIMIT 1
    ) AS position
    FROM unnest(%(indicators)s::text[]) code
), closed AS (
    SELECT DISTINCT indicator_id FROM reporting_figure
    WHERE approved AND to_position > %(since)s AND to_position <= %(upto)s
), aimed AS (
    SELECT indicator_id FROM indicators_target
    WHERE agency_id IS NULL AND from_position > %(since)s AND from_position <= %(upto)s
    UNION
    SELECT indicator_id FROM indicators_milestone
    WHERE agency_id IS NULL AND from_position > %(since)s AND from_position <= %(upto)s
), defined AS (
    SELECT indicator_id FROM indicators_indicatordefinition
    WHERE from_position > %(since)s AND from_position <= %(upto)s
), stood AS (
    SELECT s.indicator_id, coalesce(o.cls, s.cls) AS cls
    FROM reporting_standing s LEFT JOIN reporting_standingoverride o
        ON o.indicator_id = s.indicator_id AND o.agency_id IS NULL AND o.domain_id IS NULL
        AND o.from_position <= %(since)s AND (o.to_position IS NULL OR o.to_position > %(since)s)
    WHERE s.agency_id IS NULL AND s.domain_id IS NULL
        AND s.from_position <= %(since)s AND (s.to_position IS NULL OR s.to_position > %(since)s)
)
SELECT n.code, (SELECT e.occurred_at FROM event e WHERE e.position = n.position),
    coalesce(n.position > %(since)s, false) OR n.code IN (SELECT indicator_id FROM closed),
    n.code IN (SELECT indicator_id FROM aimed), n.code IN (SELECT indicator_id FROM defined),
    (SELECT cls FROM stood WHERE stood.indicator_id = n.code)
FROM newest n
"""


@dataclass(frozen=True)
class Pulse:
    """`days`: since the newest approved figure, None without one. What moved since position `since`: `figures`,
    `target` (or a milestone), `definition`; `stood`: the class that was shown then, of all domains together."""

    since: int | None = None
    days: int | None = None
    figures: bool = False
    target: bool = False
    definition: bool = False
    stood: str | None = None


STILL = Pulse()


def pulses(
    *, actor: Actor, indicators: Iterable[str], now: datetime, since: int | None = None, as_of: int | None = None
) -> Mapping[str, Pulse]:
    """By indicator, of the nation. One query, over all agencies' figures, of which it tells none."""
    upto = HEAD if as_of is None else as_of
    asked = {"indicators": list(indicators), "since": HEAD if since is None else since, "upto": upto}
    today = now.astimezone(JST).date()
    return {
        code: Pulse(since, None if at is None else (today - at.astimezone(JST).date()).days, *moved)
        for code, at, *moved in access.count(actor, BEAT, asked)
    }

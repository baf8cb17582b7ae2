"""Looking for events: newest first, page by page, in a log of millions, without ever counting or skipping rows."""

from dataclasses import dataclass
from datetime import datetime

from django.db import connection
from django.db.models import F, Lookup, Value

from agencies import access
from agencies.access import Actor
from reporting.models import Event, LogHead

PAGE = 50
# What has no index is looked for in so many events at a time (about a fifth of a second), then one is asked to go on.
REACH = 500_000

# The log is dense and recorded_at never goes back, so the place of a moment is found by halving: some 22 probes of the
# primary key, and no index on the time, which every append would have to keep.
RECORDED_BEFORE = """
WITH RECURSIVE halving (low, high) AS (
    SELECT 0::bigint, (SELECT position FROM log_head)
    UNION ALL
    SELECT CASE WHEN e.recorded_at < %(moment)s THEN e.position ELSE low END,
           CASE WHEN e.recorded_at < %(moment)s THEN high ELSE e.position - 1 END
    FROM halving JOIN event e ON e.position = (low + high + 1) / 2
    WHERE low < high
)
SELECT low FROM halving ORDER BY high - low LIMIT 1
"""


class Begins(Lookup):
    """`stream ^@ 'report/JST.'`: no wildcards, and under row-level security it can use an index, which LIKE cannot,
    because it leaks nothing. Of (stream, version) when the database sorts by code point; else it is a scan."""

    lookup_name = "begins"

    def as_sql(self, compiler, connection):  # type: ignore[no-untyped-def]
        left, left_params = self.process_lhs(compiler, connection)
        right, right_params = self.process_rhs(compiler, connection)
        return f"{left} ^@ {right}", [*left_params, *right_params]


@dataclass(frozen=True)
class Search:
    """What is looked for; every part that is given narrows. Times are aware: from this on, before that."""

    stream: str = ""
    beginning: bool = False  # `stream` is how the name begins, not all of it
    type: str = ""
    actor: str = ""  # part of the name the log has for who did it
    person: int | None = None
    agency: str = ""
    recorded_from: datetime | None = None
    recorded_before: datetime | None = None
    occurred_from: datetime | None = None
    occurred_before: datetime | None = None
    first: int | None = None  # positions, both inclusive
    last: int | None = None

    @property
    def reads_all(self) -> bool:
        """Whether something is asked that no index answers."""
        moments = self.occurred_from or self.occurred_before
        return bool(self.actor or self.person is not None or self.agency or moments)


@dataclass(frozen=True)
class Found:
    """One page, newest first. `searched_to`: the oldest position looked at; `older`: look before this position for
    more, None at the end."""

    events: list[Event]
    searched_from: int
    searched_to: int
    older: int | None


def find(*, actor: Actor, search: Search, before: int | None = None, reach: int = REACH) -> Found:
    """The newest events that match, before a position. At most four queries, each of bounded work."""
    low, high = _range(search, before)
    floor = max(low, high - reach + 1) if search.reads_all else low
    rows = access.visible(Event.objects.filter(position__gte=floor, position__lte=high), actor)
    if search.stream:
        named = Begins(F("stream"), Value(search.stream)) if search.beginning else None
        rows = rows.filter(named) if named else rows.filter(stream=search.stream)
    exact = {"type": search.type, "agency": search.agency}
    rows = rows.filter(**{name: value for name, value in exact.items() if value})
    if search.person is not None:
        rows = rows.filter(meta__person=search.person)
    if search.actor:
        rows = rows.filter(meta__actor__icontains=search.actor)
    if search.occurred_from:
        rows = rows.filter(occurred_at__gte=search.occurred_from)
    if search.occurred_before:
        rows = rows.filter(occurred_at__lt=search.occurred_before)
    events = list(rows.defer("data", "hash").order_by("-position")[: PAGE + 1])
    if len(events) > PAGE:
        return Found(events[:PAGE], high, events[PAGE - 1].position, events[PAGE - 1].position)
    return Found(events, high, floor, floor if floor > low else None)


def recorded_before(moment: datetime) -> int:
    """How many events were recorded before the moment. For an actor who sees the whole log."""
    with connection.cursor() as cursor:
        cursor.execute(RECORDED_BEFORE, {"moment": moment})
        row = cursor.fetchone()
    return int(row[0])


def _range(search: Search, before: int | None) -> tuple[int, int]:
    """The positions to look at, both inclusive; the first is above the second when there are none."""
    low, high = max(search.first or 1, 1), LogHead.objects.get().position
    if search.recorded_from:
        low = max(low, recorded_before(search.recorded_from) + 1)
    if search.recorded_before:
        high = min(high, recorded_before(search.recorded_before))
    if search.last is not None:
        high = min(high, search.last)
    if before is not None:
        high = min(high, before - 1)
    return low, high

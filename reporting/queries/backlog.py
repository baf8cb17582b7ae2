"""What is still to be done between the log and what is shown: events to read, cells to compute, and for how long."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from django.conf import settings
from django.db.models import Count, Min
from django.db.models.functions import Now

from reporting.event_store import head
from reporting.models import Event, Follower, TouchedCell
from reporting.models.log import LogHead

ROLLUPS = "rollups"
SHOWN = 50  # failing cells
COUNTED = 1_000_000  # cells, above which nobody needs the number


@dataclass(frozen=True)
class Backlog:
    """`events` that the rollups have not read, `cells` they have not computed; `seconds`: how long the oldest of both
    has been waiting. `failing`: the cells that cannot be computed, which are no backlog: they wait for somebody."""

    events: int
    cells: int
    seconds: int
    failing: tuple[TouchedCell, ...]
    failing_cells: int

    @property
    def late(self) -> bool:
        return self.seconds > settings.STUCK_SECONDS


def rollup_backlog(*, now: datetime) -> Backlog:
    """Seven queries. `now` is the database's idea of the time. In a context that sees all."""
    log, at = head(), Follower.objects.filter(name=ROLLUPS).values_list("position", flat=True).first() or 0
    waiting = TouchedCell.objects.filter(tries=0)
    oldest = waiting.order_by("position").values_list("touched_at", flat=True).first()
    failing = TouchedCell.objects.filter(tries__gt=0).order_by("touched_at", "pk")
    return Backlog(
        events=max(log.position - at, 0),
        cells=waiting[:COUNTED].count(),
        seconds=max(seconds_since(oldest, now), unread_seconds(log, at, now)),
        failing=tuple(failing[:SHOWN]),
        failing_cells=failing.count(),
    )


def unread_seconds(log: LogHead, at: int, now: datetime) -> int:
    """How long the first event after position `at` has been waiting to be read. In a sample the events' times are those
    replayed, and say nothing of it."""
    first = Event.objects.filter(position=at + 1).values_list("recorded_at", flat=True).first()
    return 0 if log.sample else seconds_since(first, now)


def seconds_since(moment: datetime | None, now: datetime) -> int:
    return max(int((now - moment).total_seconds()), 0) if moment else 0


def failing_indicators() -> dict[str, str]:
    """Why cells of an indicator cannot be computed, by indicator. One query."""
    rows = TouchedCell.objects.filter(tries__gt=0).values("indicator").annotate(cells=Count("pk"), error=Min("error"))
    return {row["indicator"]: f"{row['cells']} cells: {row['error']}" for row in rows}


def long_open() -> dict[str, str]:
    """Cells that could be computed and have been open for longer than STUCK_SECONDS, and events unread for as long:
    what workers do in seconds. Empty when there are none."""
    limit = timedelta(seconds=settings.STUCK_SECONDS)
    stuck: dict[str, str] = {}
    # The oldest by its position, which an index finds: it is, or is nearly, the one open longest.
    waiting = TouchedCell.objects.filter(tries=0).annotate(now=Now()).order_by("position")
    if (oldest := waiting.first()) and oldest.now - oldest.touched_at > limit:
        stuck["cells"] = f"{waiting[:COUNTED].count()} cells; the oldest, {oldest}, since {oldest.touched_at:%FT%T%z}"
    followers = Follower.objects.filter(name__in=(ROLLUPS, "alerts"), stopped_at=None).annotate(now=Now())
    log = head()
    for follower in followers:
        if (waits := unread_seconds(log, follower.position, follower.now)) > settings.STUCK_SECONDS:
            stuck[follower.name] = f"{log.position - follower.position} events not read, the first for {waits} seconds"
    return stuck


def long_stopped() -> dict[str, str]:
    """Followers and steps of the clock that have met the same trouble for longer than STUCK_SECONDS."""
    limit = timedelta(seconds=settings.STUCK_SECONDS)
    rows = Follower.objects.exclude(error="").filter(stopped_at__lt=Now() - limit)
    return dict(rows.values_list("name", "error"))

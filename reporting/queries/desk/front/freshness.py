"""Up to which position of the log the numbers of a page stand."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db.models import Func, QuerySet, Subquery
from django.db.models.functions import Now as DatabaseNow

from agencies import access
from agencies.access import Actor
from reporting.models import Follower, LogHead, TouchedCell
from reporting.queries.backlog import seconds_since

LATE = 5  # seconds: who waits for less need not be told


@dataclass(frozen=True)
class Freshness:
    """Up to which position of the log the numbers stand, how much is still to be counted, and how many seconds that has
    been waiting at least. `failing`: how many cells cannot be computed; their numbers are those of before."""

    position: int
    head: int
    recorded_at: datetime
    stopped: bool
    seconds: int = 0
    failing: int = 0

    @property
    def backlog(self) -> int:
        return self.head - self.position

    @property
    def late(self) -> bool:
        return bool(self.backlog) and self.seconds > LATE


def freshness(*, actor: Actor, now: datetime, as_of: int | None = None) -> Freshness:
    """One query: the head of the log, how far the rollups' follower is, and the oldest cell still to be computed. What
    was asked as of a position stands for it exactly.

    A cell that cannot be computed is told beside: it would hold the position of all the others for ever.
    """
    if as_of is not None:
        return Freshness(position=as_of, head=as_of, recorded_at=now, stopped=False)
    return fresh(head_row(actor=actor).get())


def head_row(*, actor: Actor) -> QuerySet[Any]:
    """The head of the log with what `fresh` needs, as it is now; a page may ask for more in the same row."""
    touched = access.visible(TouchedCell.objects.all(), actor)
    oldest = touched.filter(tries=0).order_by("position")
    failing = touched.filter(tries__gt=0).order_by().annotate(n=Func("pk", function="count")).values("n")
    follower = Follower.objects.filter(name="rollups")
    return LogHead.objects.annotate(
        oldest=Subquery(oldest.values("position")[:1]),
        touched_at=Subquery(oldest.values("touched_at")[:1]),
        failing=Subquery(failing),
        at=Subquery(follower.values("position")),
        error=Subquery(follower.values("error")),
        now=DatabaseNow(),
    )


def fresh(row: Any) -> Freshness:
    """From a row of `head_row`."""
    at = row.at or 0
    stands_for = at if row.oldest is None else min(at, row.oldest - 1)
    # When the newest event came; the first that is unread is older. In a sample its time is the one replayed.
    unread_since = row.recorded_at if at < row.position and not row.sample else None
    seconds = max(seconds_since(row.touched_at, row.now), seconds_since(unread_since, row.now))
    return Freshness(stands_for, row.position, row.recorded_at, bool(row.error), seconds, row.failing or 0)

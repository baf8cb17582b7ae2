"""The past that is asked about: every query takes `as_of`, a position of the log; None is now."""

from dataclasses import dataclass
from datetime import datetime

from django.db.models import Subquery

from indicators.periods import JST
from reporting.domain.as_of import read_as_of
from reporting.domain.errors import FutureAsOf
from reporting.event_store import heads
from reporting.models import LogHead, TreeHead

HEAD = 2**62  # before which every position lies


@dataclass(frozen=True)
class AsOf:
    """When a question is about. `text` as it was asked, for links; `position` for queries, None for now; `moment` is
    the time to judge by and to show."""

    text: str
    position: int | None
    moment: datetime


def find_as_of(*, text: str, now: datetime) -> AsOf:
    """The place a person means by a position, a day or a time; "" is now. The answer for a time never changes later:
    it is what was sealed by then. Raises BadAsOf, FutureAsOf.

    Ask in a transaction of your own, before the one that reads: a snapshot taken earlier than the lock that sealing
    holds would not see the head that has just been sealed.
    """
    if not text.strip():
        return AsOf("", None, now)
    said = read_as_of(text, now)
    if isinstance(said, datetime):
        return AsOf(text, heads.position_at(said), said)
    covering = TreeHead.objects.filter(size__gte=said).order_by("size")
    newest = LogHead.objects.annotate(sealed_at=Subquery(covering.values("sealed_at")[:1])).get()
    if said > newest.position:
        raise FutureAsOf(text=text)
    return AsOf(text, said, min(newest.sealed_at or now, now))


def sealed_now(*, now: datetime) -> AsOf:
    """Of now, what has been sealed, so that it can be asked for again for ever; `text` is what gives the same then. One
    query, in a transaction of its own as for `find_as_of`."""
    newest = TreeHead.objects.order_by("-size")
    row = LogHead.objects.annotate(
        size=Subquery(newest.values("size")[:1]), at=Subquery(newest.values("sealed_at")[:1])
    )
    found = row.get()
    position = found.position if found.size is None else found.size
    # Judged by now. As of the position alone it would be by when that was sealed, which in a demo is the same.
    by_position = found.at is None or found.at >= now
    return AsOf(str(position) if by_position else now.astimezone(JST).isoformat(), position, now)

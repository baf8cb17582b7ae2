"""The past that is asked about: every query takes `as_of`, a position of the log; None is now."""

from dataclasses import dataclass
from datetime import datetime

from reporting.domain.as_of import read_as_of
from reporting.domain.errors import FutureAsOf
from reporting.event_store import head, heads


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
    if said > head().position:
        raise FutureAsOf(text=text)
    return AsOf(text, said, min(heads.sealed_at(said) or now, now))

"""Followers: what is built from the log, page by page, each from its own checkpoint."""

from collections.abc import Callable, Mapping, Sequence

from django.db import transaction
from django.db.models.functions import Now

from reporting.event_store.events import UnknownEvent
from reporting.models.log import CurrentEvent, Event, Follower, LogHead

Page = Sequence[CurrentEvent]


def head() -> LogHead:
    """The newest position of the log, and its time."""
    return LogHead.objects.get()


def stream(name: str) -> list[Event]:
    """One stream in order of version."""
    return list(Event.objects.filter(stream=name).order_by("version"))


def follow_page(
    name: str, apply: Callable[[Page], None], size: int = 500, *, known: Mapping[str, int] | None = None
) -> int | None:
    """Apply the next page to follower `name` and advance its checkpoint, in the caller's transaction.

    Returns the number of events applied; None when another process is at it. If `apply` raises, the checkpoint has
    not moved: the follower meets the same event again, loudly (see `stopped`).

    `known` maps every type to the version that `apply` understands. The page ends before an event of any other; when
    there is nothing before it, UnknownEvent is raised.
    """
    Follower.objects.get_or_create(name=name)
    mine = Follower.objects.select_for_update(skip_locked=True).filter(name=name).first()
    if mine is None:
        return None
    page = list(CurrentEvent.objects.filter(position__gt=mine.position).order_by("position")[:size])
    if known is not None:
        page = _known_part(page, known)
    if page:
        apply(page)
        Follower.objects.filter(name=name).update(position=page[-1].position, error="", stopped_at=None)
    return len(page)


def _known_part(page: list[CurrentEvent], known: Mapping[str, int]) -> list[CurrentEvent]:
    for i, event in enumerate(page):
        # Either side may be the older one: the database does not lift the event, or lifts it past what the code knows.
        if event.data is None or known.get(event.type) != event.schema_version:
            if i == 0:
                raise UnknownEvent(event.position, event.type, event.written_version)
            return page[:i]
    return page


def stopped(name: str, error: Exception) -> None:
    """Write down why follower `name` stands still, where operators see it, and since when."""
    with transaction.atomic():
        # On its first page a follower has no row yet: the one it made went with its transaction.
        Follower.objects.get_or_create(name=name)
        Follower.objects.filter(name=name, stopped_at=None).update(stopped_at=Now())
        Follower.objects.filter(name=name).update(error=f"{type(error).__name__}: {error}"[:2000])


def going(name: str) -> None:
    """Follower `name` is at work again: what it had stopped for is over."""
    Follower.objects.filter(name=name).exclude(error="").update(error="", stopped_at=None)


def backlog(name: str) -> int:
    """How many events follower `name` has not seen yet."""
    at = Follower.objects.filter(name=name).values_list("position", flat=True).first() or 0
    return head().position - at

"""Followers: what is built from the log, page by page, each from its own checkpoint."""

from collections.abc import Callable, Sequence

from django.db import transaction

from reporting.models.log import Event, Follower, LogHead

Page = Sequence[Event]


def head() -> LogHead:
    """The newest position of the log, and its time."""
    return LogHead.objects.get()


def stream(name: str) -> list[Event]:
    """One stream in order of version."""
    return list(Event.objects.filter(stream=name).order_by("version"))


def follow_page(name: str, apply: Callable[[Page], None], size: int = 500) -> int:
    """Apply the next page to follower `name` and advance its checkpoint, in the caller's transaction.

    Returns the number of events applied; 0 also when another process is at it. If `apply` raises, the checkpoint has
    not moved: the follower meets the same event again, loudly (see `stopped`).
    """
    Follower.objects.get_or_create(name=name)
    mine = Follower.objects.select_for_update(skip_locked=True).filter(name=name).first()
    if mine is None:
        return 0
    page = list(Event.objects.filter(position__gt=mine.position).order_by("position")[:size])
    if page:
        apply(page)
        Follower.objects.filter(name=name).update(position=page[-1].position, error="")
    return len(page)


def stopped(name: str, error: Exception) -> None:
    """Write down why follower `name` stands still, where operators see it."""
    with transaction.atomic():
        # On its first page a follower has no row yet: the one it made went with its transaction.
        Follower.objects.update_or_create(name=name, defaults={"error": f"{type(error).__name__}: {error}"[:2000]})


def going(name: str) -> None:
    """Follower `name` is at work again: what it had stopped for is over."""
    Follower.objects.filter(name=name).exclude(error="").update(error="")


def backlog(name: str) -> int:
    """How many events follower `name` has not seen yet."""
    at = Follower.objects.filter(name=name).values_list("position", flat=True).first() or 0
    return head().position - at

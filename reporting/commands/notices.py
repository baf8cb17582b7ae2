"""Marking as read what one has been told. It is nobody else's business, and no fact."""

from datetime import datetime

from agencies import access
from agencies.access import Actor
from reporting.commands.once import Once
from reporting.commands.opening import command
from reporting.domain.errors import NotAllowed, NotFound
from reporting.models import Notice


def read_notices(*, actor: Actor, notice: int | None = None, now: datetime, once: Once | None = None) -> int:
    """Mark one's own notice as read, or all of them. Gives how many were unread. Raises a Refusal."""
    if actor.person_id is None or not actor.deeds:
        raise NotAllowed()
    with command(actor, once) as done:
        mine = access.visible(Notice.objects.filter(person=actor.person_id), actor)
        if notice is not None:
            mine = mine.filter(pk=notice)
            if not mine.exists():
                raise NotFound()
        return done(mine.filter(read_at=None).update(read_at=now))

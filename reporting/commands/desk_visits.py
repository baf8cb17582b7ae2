"""Saying up to where one has looked at the desk. It is nobody else's business, and no fact."""

from datetime import datetime

from agencies import access
from agencies.access import Actor, Deed
from reporting.commands.once import Once
from reporting.commands.opening import command
from reporting.commands.own_report import must
from reporting.domain.errors import FutureAsOf
from reporting.models import DeskVisit, LogHead


def say_seen(*, actor: Actor, position: int, now: datetime, once: Once | None = None) -> DeskVisit:
    """Changes up to this position are no news any more. Said of the same or of an earlier place again, nothing is
    added: what one has seen, one has seen. Raises a Refusal."""
    must(actor, Deed.SEE_DESK)
    assert actor.person_id is not None, "visits are people's"
    with command(actor, once) as done:
        if not 0 <= position <= LogHead.objects.get().position:
            raise FutureAsOf(text=str(position)[:40])
        newest = access.own(DeskVisit.objects.order_by("-pk"), actor).first()
        if newest is None or newest.position < position:
            newest = DeskVisit.objects.create(person_id=actor.person_id, position=position, at=now)
        return done(newest)

"""An agency asks about one of its indicators, CSTI answers; either may go on."""

from datetime import datetime

from agencies.access import Actor, Deed
from reporting.commands.once import Once
from reporting.commands.opening import command
from reporting.domain.entries import TEXT_LIMIT
from reporting.domain.errors import DraftFieldInvalid, MessageMissing, NotAllowed, NotFound
from reporting.models import ThreadMessage
from reporting.queries.threads import about

CSTI = (Deed.DECIDE, Deed.ACCEPT_TARGET)


def say(
    *, actor: Actor, agency: str, indicator: str, period: str, text: str, now: datetime, once: Once | None = None
) -> ThreadMessage:
    """One message in the thread of an agency's indicator. Raises a Refusal."""
    from_csti = any(actor.may(deed) for deed in CSTI)
    if not from_csti and not actor.may(Deed.SUBMIT):
        raise NotAllowed()
    with command(actor, once) as done:
        # A ministry sees the threads of its agencies; it speaks in its own.
        if not about(actor, agency, indicator) or not (from_csti or agency == actor.agency):
            raise NotFound()
        if not text.strip():
            raise MessageMissing()
        if len(text) > TEXT_LIMIT or "\x00" in text:
            raise DraftFieldInvalid(names=indicator, limit=f"{TEXT_LIMIT:,}")
        assert actor.person_id is not None, "threads are people's"
        return done(
            ThreadMessage.objects.create(
                agency_id=agency,
                indicator_id=indicator,
                period=period,
                from_csti=from_csti,
                text=text.strip(),
                person_id=actor.person_id,
                name=actor.name,
                at=now,
            )
        )

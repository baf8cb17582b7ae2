"""意見: an agency answers the explanation of a standing, CSTI replies; either may go on."""

from datetime import datetime
from uuid import UUID

from agencies import access
from agencies.access import Actor, Deed
from reporting.commands.once import Once
from reporting.commands.opening import command
from reporting.domain.entries import TEXT_LIMIT
from reporting.domain.errors import DraftFieldInvalid, MessageMissing, NotAllowed, NotFound, NothingToAnswer
from reporting.models import Opinion
from reporting.queries.opinions import may_speak
from reporting.queries.standings import find_standing

CSTI = (Deed.DECIDE, Deed.ACCEPT_TARGET)


def give_opinion(
    *, actor: Actor, standing: UUID, agency: str, text: str, now: datetime, once: Once | None = None
) -> Opinion:
    """One message on the standing of that event: an agency's own opinion, or CSTI's reply to that agency's. Raises a
    Refusal."""
    from_csti = any(actor.may(deed) for deed in CSTI)
    if not from_csti and not actor.may(Deed.GIVE_OPINION):
        raise NotAllowed()
    with command(actor, once) as done:
        found = find_standing(actor, standing)
        if found is None:
            raise NotFound()
        if from_csti:
            rows = Opinion.objects.filter(event_id=standing, agency=agency)
            if not access.visible(rows, actor).exists():
                raise NothingToAnswer()
        elif agency != actor.agency or not may_speak(actor, found):
            # Its ministry reads an agency's opinion and gives its own.
            raise NotFound()
        if not text.strip():
            raise MessageMissing()
        if len(text) > TEXT_LIMIT or "\x00" in text:
            raise DraftFieldInvalid(names=found.indicator_id, limit=f"{TEXT_LIMIT:,}")
        assert actor.person_id is not None, "opinions are people's"
        return done(
            Opinion.objects.create(
                agency_id=agency,
                indicator_id=found.indicator_id,
                position=found.from_position,
                event_id=standing,
                from_csti=from_csti,
                text=text.strip(),
                person_id=actor.person_id,
                name=actor.name,
                at=now,
            )
        )

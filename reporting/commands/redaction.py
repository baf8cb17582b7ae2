"""Erasing a text that stands beside an event: one person asks, another of another unit confirms."""

from datetime import datetime
from uuid import UUID

from django.db import connection

from agencies import access
from agencies.access import Actor, Deed
from reporting import event_store
from reporting.commands.once import Once
from reporting.commands.opening import command
from reporting.commands.texts import Texts
from reporting.domain import redaction as rules
from reporting.domain.errors import NotAllowed, NotFound, RedactionWaiting
from reporting.domain.events import redaction_stream
from reporting.domain.report import Fact
from reporting.event_store import NewEvent, Recorded, StaleStream, new_event_id
from reporting.models import EventText, Redaction
from reporting.projections import redactions as projection
from reporting.queries import forms
from reporting.queries.redactions import state_of


def propose_redaction(
    *, actor: Actor, event_id: UUID, field: str, reason: str, now: datetime, once: Once | None = None
) -> UUID:
    """Ask for the text of that event and field to be erased. Returns the proposal's id. Raises a Refusal."""
    _must(actor)
    with command(actor, once) as done:
        text = access.visible(EventText.objects.filter(event_id=event_id, field=field), actor).first()
        if text is None:
            raise NotFound()
        state = state_of(event_id, field)
        # The proposal is named by its event.
        proposal = new_event_id()
        fact = rules.propose(state, proposal=str(proposal), reason=reason)
        try:
            _record(actor, text, fact, state.version, now, reason, proposal)
        except StaleStream as error:
            raise RedactionWaiting() from error
        return done(proposal)


def redact_text(*, actor: Actor, proposal: UUID, now: datetime, once: Once | None = None) -> Recorded:
    """A second person confirms: with this event the text and its salt are erased, and nothing brings them back."""
    _must(actor)
    with command(actor, once) as done:
        text = _locked(actor, proposal)
        state = state_of(text.event_id, text.field)
        fact = rules.confirm(state, proposal=str(proposal), who=forms.who(actor))
        recorded = _record(actor, text, fact, state.version, now)
        # The text's row is changed under the log's lock, but waits for nobody: only this function changes texts, and
        # the redaction's row has been locked before.
        with connection.cursor() as cursor:
            cursor.execute("SELECT redact_text(%s)", [recorded.event_id])
        return done(recorded)


def decline_redaction(
    *, actor: Actor, proposal: UUID, reason: str, now: datetime, once: Once | None = None
) -> Recorded:
    """The text stays, for a reason."""
    _must(actor)
    with command(actor, once) as done:
        text = _locked(actor, proposal)
        state = state_of(text.event_id, text.field)
        fact = rules.decline(state, proposal=str(proposal), reason=reason)
        return done(_record(actor, text, fact, state.version, now, reason))


def _record(
    actor: Actor, text: EventText, fact: Fact, version: int, now: datetime, reason: str = "", id_: UUID | None = None
) -> Recorded:
    """A reason stands beside its event too, and can be erased like any other text."""
    reasons = Texts({"reason": reason}, text.agency_id)
    about = {"event_id": str(text.event_id), "field": text.field, "agency": text.agency_id}
    event = NewEvent(
        stream=redaction_stream(text.event_id, text.field),
        type=fact.type,
        data=about | fact.data | ({"texts": reasons.commitments()} if reason else {}),
        meta=actor.as_meta(),
        occurred_at=now,
        event_id=id_ or new_event_id(),
    )
    recorded = event_store.append([event], {event.stream: version})[0]
    reasons.keep(event.event_id)
    projection.apply(event, recorded)
    return recorded


def _must(actor: Actor) -> None:
    if not actor.may(Deed.REDACT):
        raise NotAllowed()


def _locked(actor: Actor, proposal: UUID) -> EventText:
    """The text a proposal is about. The proposal's row is the lock of its stream from now on."""
    row = access.visible(Redaction.objects.all(), actor).select_for_update().filter(id=proposal).first()
    if row is None:
        raise NotFound()
    return access.visible(EventText.objects.filter(event_id=row.event_id, field=row.field), actor).get()

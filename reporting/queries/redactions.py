"""What people said beside the events, what stands where a text was erased, and who asks for one to be."""

from collections.abc import Iterable
from dataclasses import dataclass
from functools import reduce
from uuid import UUID

from django.utils.translation import gettext

from agencies import access
from agencies.access import Actor
from indicators.periods import JST
from reporting import event_store
from reporting.domain import redaction as rules
from reporting.domain.events import redaction_stream
from reporting.domain.redaction import RedactionState
from reporting.models import Event, EventText, Redaction
from reporting.queries.forms import who


@dataclass(frozen=True)
class Words:
    """A text as it is shown: what was said, or the mark that stands where it was."""

    event_id: UUID
    field: str
    text: str
    erased: bool


@dataclass(frozen=True)
class Asked:
    """A request with the event and the text it is about. `own`: of the actor or a unit of theirs, who may not confirm
    it. `reasons` are those of the asking and of the declining."""

    redaction: Redaction
    about: Event | None
    words: Words | None
    reasons: list[Words]
    own: bool


def state_of(event_id: UUID, field: str) -> RedactionState:
    """What the log says about erasing one text."""
    events = event_store.stream(redaction_stream(event_id, field))
    return reduce(lambda state, e: rules.evolve(state, e.type, e.data, e.meta), events, RedactionState())


def words_of(event_ids: Iterable[UUID]) -> dict[UUID, list[Words]]:
    """The texts beside events, by field. One query; two more where something has been erased."""
    rows = list(EventText.objects.filter(event_id__in=list(event_ids)).order_by("field"))
    marks = _marks({row.event_id for row in rows if row.redacted_by})
    found: dict[UUID, list[Words]] = {}
    for row in rows:
        erased = row.redacted_by is not None
        text = marks.get((row.event_id, row.field), gettext("(erased)")) if erased else row.text
        found.setdefault(row.event_id, []).append(Words(row.event_id, row.field, text, erased))
    return found


def _marks(event_ids: set[UUID]) -> dict[tuple[UUID, str], str]:
    """What is shown where a text was: when it was erased and why, unless the reason has been erased itself."""
    if not event_ids:
        return {}
    done = list(Redaction.objects.filter(event_id__in=event_ids, state=Redaction.State.REDACTED))
    beside = EventText.objects.filter(event_id__in=[row.id for row in done], field="reason")
    reasons = dict(beside.values_list("event_id", "text"))
    marks = {}
    for row in done:
        assert row.decided_at is not None
        said = {"day": row.decided_at.astimezone(JST).date().isoformat(), "reason": reasons.get(row.id, "")}
        words = gettext("(erased on %(day)s: %(reason)s)") if said["reason"] else gettext("(erased on %(day)s)")
        marks[row.event_id, row.field] = words % said
    return marks


def requests(*, actor: Actor, waiting: bool, limit: int = 100) -> list[Asked]:
    """Requests to erase a text: those that wait, oldest first, or those decided, newest first."""
    rows = access.visible(Redaction.objects.all(), actor)
    if waiting:
        return _asked(actor, rows.filter(state=Redaction.State.PROPOSED).order_by("proposed_at")[:limit])
    return _asked(actor, rows.exclude(state=Redaction.State.PROPOSED).order_by("-decided_at")[:limit])


def request(*, actor: Actor, proposal: UUID) -> Asked | None:
    return next(iter(_asked(actor, access.visible(Redaction.objects.filter(id=proposal), actor))), None)


def words_at(*, actor: Actor, event_id: UUID, field: str) -> Words | None:
    """One text, if the actor may see it."""
    if not access.visible(EventText.objects.filter(event_id=event_id, field=field), actor).exists():
        return None
    return next(words for words in words_of([event_id])[event_id] if words.field == field)


def event_of(*, actor: Actor, event_id: UUID) -> Event | None:
    return access.visible(Event.objects.filter(event_id=event_id), actor).first()


def _asked(actor: Actor, found: Iterable[Redaction]) -> list[Asked]:
    rows = list(found)
    events = access.visible(Event.objects.filter(event_id__in=[row.event_id for row in rows]), actor)
    about = {event.event_id: event for event in events}
    beside = [id_ for row in rows for id_ in (row.event_id, row.id, row.decided_event) if id_]
    words = words_of(beside)
    me = who(actor)
    return [
        Asked(
            redaction=row,
            about=about.get(row.event_id),
            words=next((w for w in words.get(row.event_id, ()) if w.field == row.field), None),
            reasons=[w for id_ in (row.id, row.decided_event) if id_ for w in words.get(id_, ())],
            own=rules.is_own(RedactionState(proposed_by=row.proposed_by_id, proposed_unit=row.proposed_unit_id), me),
        )
        for row in rows
    ]

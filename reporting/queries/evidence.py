"""One event with everything that speaks for it: its texts against their commitments, its content against its hash."""

import hashlib
from collections.abc import Iterable
from dataclasses import dataclass
from uuid import UUID

from agencies import access
from agencies.access import Actor
from reporting.event_store import NewEvent
from reporting.event_store.hashing import event_hash
from reporting.models import Event, EventText


@dataclass(frozen=True)
class Said:
    """A text beside an event. `commitment`: hex, as the event holds it, None when it holds none; `text`: None when it
    has been erased, or is not there at all; `holds`: whether all is as the event commits to, None once erased."""

    field: str
    commitment: str | None
    text: str | None
    holds: bool | None


@dataclass(frozen=True)
class Opened:
    """`hash` and `computed` are hex; `computed` is empty when the content has no canonical form."""

    event: Event
    texts: list[Said]
    previous: Event | None  # of the same stream
    following: Event | None
    hash: str
    computed: str

    @property
    def hash_holds(self) -> bool:
        return self.hash == self.computed


def open_event(*, actor: Actor, position: int) -> Opened | None:
    """The event at that position; None where there is none, or none that this actor may see. Three queries."""
    event = access.visible(Event.objects.filter(position=position), actor).first()
    if event is None:
        return None
    near = access.visible(Event.objects.filter(stream=event.stream), actor)
    near = near.filter(version__in=[event.version - 1, event.version + 1])
    beside = {other.version: other for other in near.defer("data", "hash")}
    return Opened(
        event=event,
        texts=said_in([event])[event.event_id],
        previous=beside.get(event.version - 1),
        following=beside.get(event.version + 1),
        hash=bytes(event.hash).hex(),
        computed=_computed(event),
    )


def said_in(events: Iterable[Event]) -> dict[UUID, list[Said]]:
    """The texts of each event, with whether they are the ones it committed to. One query."""
    events = list(events)
    rows = {
        (row.event_id, row.field): row for row in EventText.objects.filter(event_id__in=[e.event_id for e in events])
    }
    found = {}
    for event in events:
        commitments = event.data.get("texts") or {}
        # A text that was put beside the event afterwards has no commitment in it, and is shown as that.
        fields = sorted(set(commitments) | {field for event_id, field in rows if event_id == event.event_id})
        found[event.event_id] = [
            _said(field, commitments.get(field), rows.get((event.event_id, field))) for field in fields
        ]
    return found


def _said(field: str, commitment: str | None, row: EventText | None) -> Said:
    if row is None:  # an erased text leaves its row behind: this one was lost, or taken
        return Said(field, commitment, None, False)
    if not row.salt:
        return Said(field, commitment, None, None)
    computed = hashlib.sha256(bytes(row.salt) + row.text.encode()).hexdigest()
    return Said(field, commitment, row.text, commitment == computed)


def _computed(event: Event) -> str:
    try:
        return event_hash(
            NewEvent(
                stream=event.stream,
                type=event.type,
                data=event.data,
                meta=event.meta,
                occurred_at=event.occurred_at,
                schema_version=event.schema_version,
                event_id=event.event_id,
            )
        ).hex()
    except ValueError:  # a float, or a number no canonical form holds: it cannot have been appended by us
        return ""

"""What leaves the log as JSON: events, heads, keys. Offline verifiers read it, so the format is fixed for good."""

from typing import Any
from uuid import UUID

import rfc8785

from reporting.event_store.events import NewEvent
from reporting.event_store.hashing import event_hash
from reporting.event_store.keys import moment
from reporting.models.heads import LogKey, TreeHead
from reporting.models.log import Event

Record = dict[str, Any]


def canonical(record: Record) -> bytes:
    """RFC 8785: the same bytes wherever it is written, mailed or stamped."""
    return rfc8785.dumps(record)


def event_record(event: Event) -> Record:
    """An event with its hash. Texts are not in it: the event holds their salted commitments."""
    return {
        "kind": "event",
        "position": event.position,
        "stream": event.stream,
        "version": event.version,
        "event_id": str(event.event_id),
        "type": event.type,
        "schema_version": event.schema_version,
        "data": event.data,
        "meta": event.meta,
        "occurred_at": moment(event.occurred_at),
        "recorded_at": moment(event.recorded_at),
        "hash": bytes(event.hash).hex(),
    }


def is_intact(event: Event) -> bool:
    """Whether the event still is what its hash says."""
    stored = NewEvent(
        stream=event.stream,
        type=event.type,
        data=event.data,
        meta=event.meta,
        occurred_at=event.occurred_at,
        schema_version=event.schema_version,
        event_id=event.event_id,
    )
    try:
        return event_hash(stored) == bytes(event.hash)
    except ValueError:  # a float, or a number that no canonical form holds: we have never appended that
        return False


def head_record(head: TreeHead, log: UUID) -> Record:
    return {
        "kind": "head",
        "key": head.key_id,
        "log": str(log),
        "root": bytes(head.root).hex(),
        "sealed_at": moment(head.sealed_at),
        "size": head.size,
        "signature": bytes(head.signature).hex(),
    }


def key_record(key: LogKey) -> Record:
    return {
        "kind": "key",
        "key": key.key,
        "public": bytes(key.public).hex(),
        "endorsed_by": key.endorsed_by_id,
        "endorsement": bytes(key.endorsement).hex() if key.endorsement else None,
    }


def key_records() -> list[Record]:
    """All keys of this log, each after the one that endorses it."""
    keys = {key.key: key for key in LogKey.objects.all()}

    def endorsements(key: LogKey) -> int:
        return 1 + endorsements(keys[key.endorsed_by_id]) if key.endorsed_by_id else 0

    return [key_record(key) for key in sorted(keys.values(), key=endorsements)]

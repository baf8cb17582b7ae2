"""What an event commits to: SHA-256 of its RFC 8785 form."""

import hashlib
from typing import Any

import rfc8785

from reporting.event_store.events import NewEvent


class FloatInEvent(ValueError):
    """A float in an event's data: quantities are strings, for ever exact."""


def event_hash(event: NewEvent) -> bytes:
    """32 bytes over stream, event_id, type, schema_version, data, meta and occurred_at. Raises FloatInEvent."""
    content: dict[str, Any] = {
        "stream": event.stream,
        "event_id": str(event.event_id),
        "type": event.type,
        "schema_version": event.schema_version,
        "data": event.data,
        "meta": event.meta,
        "occurred_at": event.occurred_at.isoformat(timespec="microseconds"),
    }
    _refuse_floats(content)
    return hashlib.sha256(rfc8785.dumps(content)).digest()


def _refuse_floats(value: Any) -> None:
    if isinstance(value, float):
        raise FloatInEvent(repr(value))
    if isinstance(value, dict):
        for inner in value.values():
            _refuse_floats(inner)
    elif isinstance(value, (list, tuple)):
        for inner in value:
            _refuse_floats(inner)

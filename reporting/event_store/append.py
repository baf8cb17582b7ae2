"""The only write of a fact."""

import hashlib
import json
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime

import orjson
import psycopg
from django.db import DEFAULT_DB_ALIAS, connections
from django.dispatch import Signal
from psycopg import Cursor

from reporting.event_store.events import EventIdReused, NewEvent, Recorded, StaleStream
from reporting.event_store.hashing import canonical_event

# Sent after the commit of an append. The one signal of the project; it wakes the followers.
appended = Signal()

APPEND = "SELECT first_position, recorded, before::json, repeated FROM append_events(%s::jsonb, %s::jsonb)"


def append(events: Sequence[NewEvent], expected: Mapping[str, int] | None = None) -> list[Recorded]:
    """Append all events, of any streams: all or none. In the caller's transaction, or, outside one, in its own, which
    is then a single round trip.

    `expected` maps a stream to the version it must have (0: no stream yet); a stream left out may have any.
    Takes the log's lock until the transaction ends, so do all reading and deciding before.
    Raises StaleStream, EventIdReused, FloatInEvent.
    """
    if not events:
        return []
    if len(events) > 1 and len({e.event_id for e in events}) < len(events):
        raise EventIdReused("event id twice in one append")
    mine = {e.stream for e in events}
    versions = {stream: version for stream, version in (expected or {}).items() if stream in mine}
    # Django's `connection` looks for the thread's own at each touch; an append is short enough for that to count.
    database = connections[DEFAULT_DB_ALIAS]
    if database.connection is None:
        database.ensure_connection()
    # psycopg's own cursor and not Django's, which would have the statement parsed and planned anew each time.
    cursor = Cursor(database.connection)
    try:
        cursor.execute(APPEND, (_batch(events), orjson.dumps(versions).decode()), prepare=True)
    except psycopg.Error as error:
        if named := _named(error):
            raise named from error
        with database.wrap_database_errors:
            raise
    [(first, at, before, repeated)] = cursor.fetchall()
    database.on_commit(_tell, robust=True)
    if repeated:
        times = [datetime.fromisoformat(text).astimezone(UTC) for text in repeated["recorded_at"]]
        return [
            Recorded(event.event_id, event.stream, position, version, recorded_at, True)
            for event, position, version, recorded_at in zip(
                events, repeated["positions"], repeated["versions"], times, strict=True
            )
        ]
    versions |= before or {}
    at = at.astimezone(UTC)
    recorded = []
    for position, event in enumerate(events, first):
        stream = event.stream
        versions[stream] = version = versions[stream] + 1
        recorded.append(Recorded(event.event_id, stream, position, version, at, False))
    return recorded


def _tell() -> None:
    appended.send(sender=None)


def _batch(events: Sequence[NewEvent]) -> str:
    """The events as one JSON document: the canonical form that is hashed, with the hash beside it."""
    return (b"[" + b",".join(map(document, events)) + b"]").decode()


def document(event: NewEvent) -> bytes:
    """One event as append_events() takes it."""
    text = canonical_event(event)
    return b'{"hash":"%b",%b' % (hashlib.sha256(text).hexdigest().encode(), text[1:])


def _named(error: psycopg.Error) -> Exception | None:
    if error.sqlstate == "SH001":
        detail = json.loads(error.diag.message_detail or "{}")
        return StaleStream(detail["stream"], detail["expected"], detail["actual"])
    if error.sqlstate == "SH002":
        return EventIdReused(str(error))
    return None

"""The only write of a fact."""

import hashlib
import json
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime

import orjson
from django.db import connection, transaction
from django.dispatch import Signal
from psycopg import Cursor, errors
from psycopg.types.json import Jsonb

from reporting.event_store.events import EventIdReused, NewEvent, Recorded, StaleStream
from reporting.event_store.hashing import canonical_event

# Sent after the commit of an append. The one signal of the project; it wakes the followers.
appended = Signal()

APPEND = "SELECT append_events(%s, %s)"


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
    expected = {stream: version for stream, version in (expected or {}).items() if stream in mine}
    connection.ensure_connection()
    # psycopg's own cursor and not Django's, which would have the statement parsed and planned anew each time.
    with connection.wrap_database_errors, Cursor(connection.connection) as cursor:
        try:
            cursor.execute(APPEND, [Jsonb(_batch(events), bytes), Jsonb(expected, orjson.dumps)], prepare=True)
            answer = cursor.fetchall()[0][0]
        except errors.DatabaseError as error:
            if named := _named(error):
                raise named from error
            raise
    transaction.on_commit(lambda: appended.send(sender=None), robust=True)
    times = [datetime.fromisoformat(text).astimezone(UTC) for text in answer["recorded_at"]]
    if not answer["repeated"]:
        times *= len(events)  # recorded together
    return [
        Recorded(event.event_id, event.stream, position, version, recorded_at, answer["repeated"])
        for event, position, version, recorded_at in zip(
            events, answer["positions"], answer["versions"], times, strict=True
        )
    ]


def _batch(events: Sequence[NewEvent]) -> bytes:
    """The events as one JSON document: the canonical form that is hashed, with the hash beside it."""
    return b"[" + b",".join(map(document, events)) + b"]"


def document(event: NewEvent) -> bytes:
    """One event as append_events() takes it."""
    text = canonical_event(event)
    return b'{"hash":"%b",%b' % (hashlib.sha256(text).hexdigest().encode(), text[1:])


def _named(error: errors.DatabaseError) -> Exception | None:
    if error.sqlstate == "SH001":
        detail = json.loads(error.diag.message_detail or "{}")
        return StaleStream(detail["stream"], detail["expected"], detail["actual"])
    if error.sqlstate == "SH002":
        return EventIdReused(str(error))
    return None

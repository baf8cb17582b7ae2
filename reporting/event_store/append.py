"""The only write of a fact."""

import json
from collections.abc import Mapping, Sequence
from typing import Any

from django.db import DatabaseError, connection, transaction
from django.dispatch import Signal
from psycopg.types.json import Jsonb

from reporting.event_store.events import EventIdReused, NewEvent, Recorded, StaleStream
from reporting.event_store.hashing import event_hash

# Sent after the commit of an append. The one signal of the project; it wakes the followers.
appended = Signal()

APPEND = """
SELECT event_id, stream, "position", version, recorded_at, repeated
FROM append_events(%s::uuid[], %s::text[], %s::text[], %s::smallint[], %s::jsonb[], %s::jsonb[],
                   %s::timestamptz[], %s::bytea[], %s::integer[])
ORDER BY "position"
"""


def append(events: Sequence[NewEvent], expected: Mapping[str, int] | None = None) -> list[Recorded]:
    """Append all events, of any streams, in the caller's transaction: all or none.

    `expected` maps a stream to the version it must have (0: no stream yet); a stream left out may have any.
    Takes the log's lock until the transaction ends, so do all reading and deciding before.
    Raises StaleStream, EventIdReused, FloatInEvent.
    """
    if not events:
        return []
    if not connection.in_atomic_block:
        raise transaction.TransactionManagementError("append() belongs in the transaction of its command")
    expected = expected or {}
    columns: list[Any] = [
        [e.event_id for e in events],
        [e.stream for e in events],
        [e.type for e in events],
        [e.schema_version for e in events],
        [Jsonb(e.data) for e in events],
        [Jsonb(e.meta) for e in events],
        [e.occurred_at for e in events],
        [event_hash(e) for e in events],
        [expected.get(e.stream) for e in events],
    ]
    try:
        with connection.cursor() as cursor:
            cursor.execute(APPEND, columns)
            recorded = [Recorded(*row) for row in cursor.fetchall()]
    except DatabaseError as error:
        if named := _named(error):
            raise named from error
        raise
    transaction.on_commit(lambda: appended.send(sender=None), robust=True)
    return recorded


def _named(error: DatabaseError) -> Exception | None:
    cause = error.__cause__
    state = getattr(cause, "sqlstate", None)
    if state == "SH001":
        detail = json.loads(cause.diag.message_detail)  # type: ignore[union-attr]
        return StaleStream(detail["stream"], detail["expected"], detail["actual"])
    if state == "SH002":
        return EventIdReused(str(cause))
    return None

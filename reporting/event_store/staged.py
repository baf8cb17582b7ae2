"""A great many events at once: COPY'd into a table beside the log, then appended from there by the log's own function.

For loads only, on the owner's connection: the staging table is nobody else's, unlogged, and guarded by nothing.
"""

from collections.abc import Iterable, Iterator
from uuid import UUID

import psycopg
from psycopg import sql
from psycopg.types.json import Jsonb

from reporting.event_store.events import NewEvent
from reporting.event_store.hashing import event_hash

Connection = psycopg.Connection[tuple[object, ...]]

CREATE = """
CREATE UNLOGGED TABLE {staging} (
    event_id uuid, stream text, type text, schema_version smallint, data jsonb, meta jsonb, occurred_at timestamptz,
    hash bytea
)
"""
# The one order of the staged events; event ids are in the order of time.
NUMBER = """
CREATE UNLOGGED TABLE {ordered} AS SELECT row_number() OVER (ORDER BY occurred_at, event_id) AS n, * FROM {staging}
"""
INDEX = "CREATE UNIQUE INDEX ON {ordered} (n)"

APPEND = """
SELECT count(*) FILTER (WHERE NOT a.repeated)
FROM (
    SELECT array_agg(event_id ORDER BY n) AS event_ids, array_agg(stream ORDER BY n) AS streams,
        array_agg(type ORDER BY n) AS types, array_agg(schema_version ORDER BY n) AS schema_versions,
        array_agg(data ORDER BY n) AS datas, array_agg(meta ORDER BY n) AS metas,
        array_agg(occurred_at ORDER BY n) AS occurred_ats, array_agg(hash ORDER BY n) AS hashes,
        array_agg(NULL::integer) AS expected
    FROM {ordered} WHERE n BETWEEN %s AND %s
) s CROSS JOIN LATERAL append_events(s.event_ids, s.streams, s.types, s.schema_versions, s.datas, s.metas,
                                     s.occurred_ats, s.hashes, s.expected) a
WHERE s.event_ids IS NOT NULL
"""


class Staging:
    """One staging table of schema `schema`. Every method commits nothing itself."""

    def __init__(self, schema: str) -> None:
        self._names = {"staging": sql.Identifier(schema, "staged"), "ordered": sql.Identifier(schema, "ordered")}

    def _run(self, connection: Connection, statement: str, *values: object) -> psycopg.Cursor[tuple[object, ...]]:
        return connection.execute(sql.SQL(statement).format(**self._names), values)

    def clear(self, connection: Connection) -> None:
        for table in ("staging", "ordered"):
            self._run(connection, f"DROP TABLE IF EXISTS {{{table}}}")
        self._run(connection, CREATE)

    def fill(self, connection: Connection, events: Iterable[NewEvent]) -> int:
        """Hash and COPY. Returns their number. May run in several processes at once."""
        number = 0
        statement = sql.SQL("COPY {staging} FROM STDIN").format(**self._names)
        with connection.cursor() as cursor, cursor.copy(statement) as copy:
            for e in events:
                copy.write_row(
                    (e.event_id, e.stream, e.type, e.schema_version, Jsonb(e.data), Jsonb(e.meta), e.occurred_at,
                     event_hash(e))
                )  # fmt: skip
                number += 1
        return number

    def number(self, connection: Connection) -> int:
        """Settle the order. Returns how many events there are."""
        self._run(connection, NUMBER)
        self._run(connection, INDEX)
        row = self._run(connection, "SELECT count(*) FROM {ordered}").fetchone()
        assert row is not None
        return int(str(row[0]))

    def append(self, connection: Connection, first: int, last: int) -> int:
        """Append the events numbered first to last, through append_events(). Returns how many were new.

        The same batch again is answered as the first time, and adds nothing.
        """
        row = self._run(connection, APPEND, first, last).fetchone()
        assert row is not None
        return int(str(row[0]))


def batches(number: int, size: int) -> Iterator[tuple[int, int]]:
    """1..number in ranges of `size`, ends included."""
    for first in range(1, number + 1, size):
        yield first, min(first + size - 1, number)


def dated_event_id(at_ms: int, dice: int) -> UUID:
    """A UUIDv7 of that time whose random part is `dice` (74 bits are taken): the same events have the same ids."""
    return UUID(int=(at_ms << 80) | (7 << 76) | ((dice >> 62 & 0xFFF) << 64) | (2 << 62) | (dice & (1 << 62) - 1))

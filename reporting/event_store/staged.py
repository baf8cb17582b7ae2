"""A great many events at once: COPY'd into a table beside the log, then appended from there by the log's own function.

For loads only, on the owner's connection: the staging table is nobody else's, unlogged, and guarded by nothing.
"""

from collections.abc import Iterable, Iterator
from uuid import UUID

import psycopg
from psycopg import sql

from reporting.event_store.append import document
from reporting.event_store.events import NewEvent

Connection = psycopg.Connection[tuple[object, ...]]

CREATE = "CREATE UNLOGGED TABLE {staging} (occurred_at timestamptz, event_id uuid, document jsonb)"
# The one order of the staged events; event ids are in the order of time.
NUMBER = """
CREATE UNLOGGED TABLE {ordered} AS
SELECT row_number() OVER (ORDER BY occurred_at, event_id) AS n, document FROM {staging}
"""
INDEX = "CREATE UNIQUE INDEX ON {ordered} (n)"
APPEND = """
SELECT (append_events(batch, '{{}}')).repeated FROM (
    SELECT jsonb_agg(document ORDER BY n) AS batch FROM {ordered} WHERE n BETWEEN %s AND %s
) b
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
                copy.write_row((e.occurred_at, e.event_id, document(e).decode()))
                number += 1
        return number

    def number(self, connection: Connection) -> int:
        """Settle the order. Returns how many events there are."""
        self._run(connection, NUMBER)
        self._run(connection, INDEX)
        row = self._run(connection, "SELECT count(*) FROM {ordered}").fetchone()
        assert row is not None
        return int(str(row[0]))

    def append(self, connection: Connection, first: int, last: int) -> None:
        """Append the events numbered first to last, through append_events(). The same batch again adds nothing."""
        self._run(connection, APPEND, first, last)


def batches(number: int, size: int) -> Iterator[tuple[int, int]]:
    """1..number in ranges of `size`, ends included."""
    for first in range(1, number + 1, size):
        yield first, min(first + size - 1, number)


def dated_event_id(at_ms: int, dice: int) -> UUID:
    """A UUIDv7 of that time whose random part is `dice` (74 bits are taken): the same events have the same ids."""
    return UUID(int=(at_ms << 80) | (7 << 76) | ((dice >> 62 & 0xFFF) << 64) | (2 << 62) | (dice & (1 << 62) - 1))

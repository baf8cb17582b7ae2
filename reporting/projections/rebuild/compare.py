"""Where the live tables and those beside them differ: by digests that do not depend on the order of rows."""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from psycopg import sql

from reporting.projections.rebuild.beside import Connection
from reporting.projections.rebuild.tables import SCHEMA, Table

Key = tuple[Any, ...]

DIGESTS = """
SELECT {by} count(*), coalesce(sum(hash_record_extended(ROW({columns}), 0)), 0)
FROM {table} t WHERE {among} {grouped}
"""


@dataclass(frozen=True)
class Digest:
    """Of a whole table: how many rows, and the sum of their hashes."""

    rows: int
    sum: int

    def __str__(self) -> str:
        return f"{self.rows:,} rows {self.sum % 2**64:016x}"


@dataclass(frozen=True)
class Difference:
    """The rows of one table that are not what the log says, by their keys."""

    table: str
    buckets: tuple[str, ...]
    keys: tuple[Key, ...]

    def __str__(self) -> str:
        first = ", ".join("/".join(map(str, key)) for key in self.keys[:5])
        more = f" and {len(self.keys) - 5:,} more" if len(self.keys) > 5 else ""
        return f"{self.table} differs in {len(self.keys):,} ({', '.join(self.buckets[:10])}): {first}{more}"


def columns(table: Table, at: int | None) -> sql.Composable:
    """What is compared. `at`: with live rows as they stood at a position."""
    found: list[sql.Composable] = []
    for name in table.compared:
        column: sql.Composable = sql.Identifier("t", name)
        if at is not None and table.temporal and name == "to_position":
            column = sql.SQL("CASE WHEN t.to_position <= {} THEN t.to_position END").format(sql.Literal(at))
        found.append(column)
    return sql.SQL(", ").join(found)


def digests(
    connection: Connection, schema: str, table: Table, by: Sequence[str], at: int | None = None,
    among: sql.Composable | None = None,
) -> dict[Key, tuple[int, int]]:  # fmt: skip
    """By the columns `by`: the number of rows and the sum of their hashes."""
    names = [sql.Identifier("t", name) for name in by]
    conditions = [among] if among else []
    if at is not None and table.temporal:
        conditions.append(sql.SQL("t.from_position <= {}").format(sql.Literal(at)))
    query = sql.SQL(DIGESTS).format(
        by=sql.SQL("").join(sql.SQL("{}, ").format(name) for name in names),
        grouped=sql.SQL("GROUP BY {}").format(sql.SQL(", ").join(names)) if names else sql.SQL(""),
        columns=columns(table, at),
        table=sql.Identifier(schema, table.name),
        among=sql.SQL(" AND ").join(conditions) if conditions else sql.SQL("true"),
    )
    return {tuple(row[:-2]): (row[-2], int(row[-1])) for row in connection.execute(query)}


def differing(connection: Connection, table: Table, at: int) -> tuple[set[Key], Digest, Digest]:
    """The keys of rows that may differ, as the live table stood at `at`; and the digests of live and beside.

    First bucket by bucket, then by key in the buckets that differ. What happened after `at` may be among them.
    """
    by = [table.bucket or table.key[0]]
    live, made = digests(connection, "public", table, by, at), digests(connection, SCHEMA, table, by)
    buckets = [key[0] for key in live.keys() | made.keys() if live.get(key) != made.get(key)]
    keys: set[Key] = set()
    if buckets:
        among = sql.SQL("t.{} = ANY ({})").format(sql.Identifier(by[0]), sql.Literal(buckets))
        keys = _unequal(
            digests(connection, "public", table, table.key, at, among),
            digests(connection, SCHEMA, table, table.key, None, among),
        )
    return keys, _whole(live.values()), _whole(made.values())


def confirmed(connection: Connection, table: Table, keys: Collection[Key] | None) -> Difference | None:
    """Which of these keys (None: all) differ as the tables stand now."""
    if keys is not None and not keys:
        return None
    if keys is None and digests(connection, "public", table, ()) == digests(connection, SCHEMA, table, ()):
        return None
    among = None if keys is None else among_keys(table, list(keys))
    wrong = _unequal(
        digests(connection, "public", table, table.key, None, among),
        digests(connection, SCHEMA, table, table.key, None, among),
    )
    if not wrong:
        return None
    found = sorted(wrong, key=str)
    return Difference(table.name, tuple(sorted(_buckets(connection, table, found))), tuple(found))


def among_keys(table: Table, keys: list[Key]) -> sql.Composable:
    """The rows of these keys: all columns of a key are texts or uuids, and never null."""
    lists = [sql.Literal([str(key[i]) for key in keys]) for i in range(len(table.key))]
    names = [sql.SQL("t.{}::text").format(sql.Identifier(name)) for name in table.key]
    # The first column by itself as well, for which there is an index.
    return sql.SQL("{} = ANY ({}::text[]) AND ({}) IN (SELECT * FROM unnest({}))").format(
        names[0],
        lists[0],
        sql.SQL(", ").join(names),
        sql.SQL(", ").join(sql.SQL("{}::text[]").format(part) for part in lists),
    )


def _buckets(connection: Connection, table: Table, keys: list[Key]) -> set[str]:
    column, among = sql.Identifier("t", table.bucket or table.key[0]), among_keys(table, keys)
    query = sql.SQL("SELECT DISTINCT {}::text FROM {} t WHERE {}")
    return {
        row[0]
        for schema in ("public", SCHEMA)
        for row in connection.execute(query.format(column, sql.Identifier(schema, table.name), among))
    }


def _unequal(one: dict[Key, tuple[int, int]], other: dict[Key, tuple[int, int]]) -> set[Key]:
    return {key for key in one.keys() | other.keys() if one.get(key) != other.get(key)}


def _whole(found: Iterable[tuple[int, int]]) -> Digest:
    pairs = list(found)
    return Digest(sum(rows for rows, _ in pairs), sum(digest for _, digest in pairs))

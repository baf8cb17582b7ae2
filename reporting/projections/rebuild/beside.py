"""The schema beside the live tables: made, filled chunk by chunk, gone at the end.

Each chunk is a transaction that also writes its row into `progress`; a rebuild that was killed goes on after the last.
The tables are unlogged: a crash of the server empties them and the progress together.
"""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import psycopg
from django.db import connection as run_time
from django.db import connections
from psycopg import sql

from agencies.access import FOLLOWER_ROLE, following
from reporting.projections.rebuild.tables import FOLLOWED, PARTS, SCHEMA

LOCK = 7307020265  # one rebuild at a time
CHUNK = 50_000  # positions of the log, and ten times as many as there are events of the plan
LOG_LOCK = 7307020261  # as append_events() takes it

PROGRESS = """
CREATE TABLE IF NOT EXISTS {schema}.progress (
    step text, number bigint, events bigint, at timestamptz DEFAULT clock_timestamp(), PRIMARY KEY (step, number)
)
"""

Connection = psycopg.Connection[Any]


class AlreadyRunning(Exception):
    """Another rebuild is going on."""


@dataclass(frozen=True)
class Run:
    """`position`: up to where the log is folded in chunks. `at`: up to where the tables beside stand, once they are
    built. `resumed`: an earlier start of it was broken off."""

    position: int
    at: int
    chunk: int
    resumed: bool


def owner_address() -> dict[str, Any]:
    """The owner's database, for connections of one's own."""
    s = connections["owner"].settings_dict
    given = {"dbname": s["NAME"], "user": s["USER"], "password": s["PASSWORD"], "host": s["HOST"], "port": s["PORT"]}
    return {name: value for name, value in given.items() if value}


@contextmanager
def owner(*, path: str = f"{SCHEMA}, public") -> Iterator[Connection]:
    """A connection of the owner that sees every agency; tables beside come before the live ones of the same name."""
    with psycopg.connect(**owner_address(), autocommit=True) as connection:
        connection.execute("SELECT set_config('app.scope', 'all', false), set_config('search_path', %s, false)", [path])
        connection.execute("SET lock_timeout = '30s'")
        yield connection


@contextmanager
def beside() -> Iterator[None]:
    """A follower's transaction, with Django's models on the tables beside the live ones."""
    with following(), run_time.cursor() as cursor:
        cursor.execute("SELECT set_config('search_path', %s, true)", [f"{SCHEMA}, public"])
        cursor.execute("SET LOCAL statement_timeout = 0")
        yield


@contextmanager
def only_one(connection: Connection) -> Iterator[None]:
    """Hold the lock of rebuilds. Raises AlreadyRunning."""
    row = connection.execute("SELECT pg_try_advisory_lock(%s)", [LOCK]).fetchone()
    if row is None or not row[0]:
        raise AlreadyRunning("another rebuild is running")
    try:
        yield
    finally:
        # The server notices a closed connection a little later than the next rebuild may begin.
        if not connection.closed:
            connection.execute("SELECT pg_advisory_unlock(%s)", [LOCK])


def start(connection: Connection, parts: Sequence[str], chunk: int = CHUNK) -> Run:
    """Make the tables at the present head of the log, or find those of a rebuild of the same parts."""
    # With the columns, for a release in between may have changed them.
    wanted = "; ".join(f"{table.name} {table.columns}" for part in parts for table in PARTS[part])
    exists = connection.execute("SELECT to_regclass(%s)", [f"{SCHEMA}.run"]).fetchone()
    if exists and exists[0]:
        row = connection.execute("SELECT position, at, chunk FROM rebuild.run WHERE parts = %s", [wanted]).fetchone()
        if row:
            return Run(row[0], row[1], row[2], resumed=True)
    drop(connection)
    with connection.transaction():
        position = position_of(connection)
        _make(connection, parts, position)
        connection.execute("INSERT INTO rebuild.run VALUES (%s, %s, 0, %s)", [wanted, position, chunk])
    return Run(position, 0, chunk, resumed=False)


def position_of(connection: Connection) -> int:
    """The head of the log."""
    row = connection.execute("SELECT position FROM public.log_head").fetchone()
    assert row is not None
    return int(row[0])


def drop(connection: Connection) -> None:
    connection.execute("DROP SCHEMA IF EXISTS rebuild CASCADE")


def _make(connection: Connection, parts: Sequence[str], position: int) -> None:
    connection.execute("CREATE SCHEMA rebuild")
    connection.execute("CREATE UNLOGGED TABLE rebuild.run (parts text, position bigint, at bigint, chunk bigint)")
    connection.execute(PROGRESS.format(schema=SCHEMA).replace("TABLE", "UNLOGGED TABLE").encode())

    def run(statement: str, table: str) -> None:
        names = {"new": sql.Identifier(SCHEMA, table), "live": sql.Identifier("public", table)}
        connection.execute(sql.SQL(statement).format(**names))

    for part in parts:
        for table in PARTS[part]:
            if part == "plan":  # folded by Django, which needs what it looks rows up by
                run("CREATE UNLOGGED TABLE {new} (LIKE {live} INCLUDING ALL)", table.name)
                continue
            run("CREATE UNLOGGED TABLE {new} (LIKE {live})", table.name)  # filled in one go, indexed after
            if table.numbered:
                run("ALTER TABLE {new} DROP COLUMN id", table.name)
    if "rollups" in parts:
        for name in FOLLOWED:
            run("CREATE UNLOGGED TABLE {new} (LIKE {live} INCLUDING ALL)", name)
        connection.execute(
            "INSERT INTO rebuild.reporting_follower (name, position, error) VALUES ('rollups', %s, '')", [position]
        )
    # Followers see every agency anyhow; nobody else may look in here, where no row-level security is.
    follower = sql.Identifier(FOLLOWER_ROLE)
    connection.execute(sql.SQL("GRANT USAGE ON SCHEMA rebuild TO {}").format(follower))
    connection.execute(
        sql.SQL("GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA rebuild TO {}").format(follower)
    )


def done(connection: Connection, step: str, schema: str = SCHEMA) -> set[int]:
    """The numbers of the chunks of a step that are in."""
    table = sql.Identifier(schema, "progress")
    rows = connection.execute(sql.SQL("SELECT number FROM {} WHERE step = %s").format(table), [step])
    return {row[0] for row in rows}


def mark(connection: Connection, step: str, number: int, events: int, schema: str = SCHEMA) -> None:
    """In the transaction of the chunk."""
    table = sql.Identifier(schema, "progress")
    connection.execute(
        sql.SQL("INSERT INTO {} (step, number, events) VALUES (%s, %s, %s)").format(table), [step, number, events]
    )

"""Real databases for tests: a template made once per process, and a copy of it for every test.

Every commit is real, nothing is rolled back or flushed, and no trigger is ever switched off: the log would refuse it.
"""

import io
import os
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from urllib.parse import urlsplit

import psycopg
from django.core.management import call_command
from django.db import connections
from psycopg import sql

from tests.cast import Cast, lay_foundation

OWNER_URL = "DATABASE_OWNER_URL"
RUN_TIME_URL = "DATABASE_URL"
SUPERUSER_URL = "DATABASE_SUPERUSER_URL"  # only where the servers are our own

# Of locks, those in one's own database: another test may wait for a lock of the same name in another.
HERE = "database = (SELECT oid FROM pg_database WHERE datname = current_database())"
END_SESSIONS = "SELECT pg_terminate_backend(pid, 10000) FROM pg_stat_activity WHERE datname = %s"


class Server:
    """Makes and drops databases, connected as their owner to the database that DATABASE_OWNER_URL names."""

    def __init__(self, *, pooled: bool = False) -> None:
        self._pooled = pooled
        self._admin = psycopg.connect(os.environ[OWNER_URL], autocommit=True)
        # Only a superuser may end the sessions of another role, which a worker that was killed may have left.
        dropping = os.environ.get(SUPERUSER_URL) or os.environ[OWNER_URL]
        self._dropping = psycopg.connect(dropping, autocommit=True)
        self._copies = 0
        # A drop waits for the server's checkpoint, and the next test need not.
        self._aside = ThreadPoolExecutor(1, thread_name_prefix="drop")
        self._drops: list[Future[None]] = []

    def close(self) -> None:
        self._aside.shutdown()
        for drop in self._drops:
            drop.result()
        self._admin.close()
        self._dropping.close()

    def create(self, name: str, template: str = "template0") -> None:
        if self._pooled:  # PgBouncer keeps its sessions open, and a database that is copied must have none
            self._dropping.execute(END_SESSIONS, [template])
        # FILE_COPY: a quarter of the time of WAL_LOG for a database of this size.
        self._run(self._admin, "CREATE DATABASE {} TEMPLATE {} STRATEGY FILE_COPY", name, template)

    def has(self, name: str) -> bool:
        return self._admin.execute("SELECT FROM pg_database WHERE datname = %s", [name]).fetchone() is not None

    @contextmanager
    def alone(self) -> Iterator[None]:
        """No other process of the tests is in here."""
        self._admin.execute("SELECT pg_advisory_lock(20260401)")
        try:
            yield
        finally:
            self._admin.execute("SELECT pg_advisory_unlock(20260401)")

    def drop(self, name: str) -> None:
        self._run(self._dropping, "DROP DATABASE IF EXISTS {} WITH (FORCE)", name)

    @contextmanager
    def copy(self, template: str) -> Iterator[str]:
        """A fresh database, which Django's two connections point at until the end."""
        self._copies += 1
        name = f"{template}_{self._copies}"
        self.create(name, template)
        try:
            with pointing_at(name):
                yield name
        finally:
            self._drops.append(self._aside.submit(self.drop, name))

    def _run(self, connection: "psycopg.Connection[tuple[object, ...]]", statement: str, *names: str) -> None:
        connection.execute(sql.SQL(statement).format(*map(sql.Identifier, names)))  # type: ignore[arg-type]


def connect(url: str, name: str, *, autocommit: bool = True) -> "psycopg.Connection[tuple[object, ...]]":
    """A connection of its own to the test's database, beside Django's."""
    return psycopg.connect(os.environ[url], dbname=name, autocommit=autocommit)


def address(url: str, name: str) -> str:
    """The address as other processes are given it, naming the test's database."""
    return urlsplit(os.environ[url])._replace(path=f"/{name}").geturl()


@contextmanager
def pointing_at(name: str) -> Iterator[None]:
    """Django's connections, in this thread and in threads to come, are of this database; closed at the end."""
    before = {alias: connections.settings[alias]["NAME"] for alias in connections}
    for alias in connections:
        connections.settings[alias]["NAME"] = name
    try:
        yield
    finally:
        close_connections()
        for alias, old in before.items():
            connections.settings[alias]["NAME"] = old


def close_connections() -> None:
    connections.close_all()
    connections["default"].close_pool()


def build_template(server: Server, name: str) -> None:
    """Migrated by the owner, granted (so far it is kept as `bare(name)`), with the shipped plan and the cast."""
    server.drop(bare(name))
    try:
        server.create(bare(name))
        with pointing_at(bare(name)):
            call_command("migrate", database="owner", interactive=False, verbosity=0)
            call_command("apply_grants", stdout=io.StringIO())
        server.create(name, bare(name))
        with pointing_at(name):
            lay_foundation()
    except BaseException:
        server.drop(name)
        raise


def bare(template: str) -> str:
    """The name of the database with an empty log that a template was made of."""
    return f"{template}_bare"


class Scenes:
    """Databases in which something has happened already: made by the first test that begins there, copied for all."""

    def __init__(self, server: Server, template: str) -> None:
        self._server, self._template = server, template
        self._made: dict[tuple[str, str], str] = {}

    def of(self, done: Callable[[Cast], None] | None = None) -> str:
        """The name of a database in which that was done after the foundation."""
        if done is None:
            return self._template
        key = done.__module__, done.__qualname__
        if key not in self._made:
            name = f"{self._template}_scene_{len(self._made)}"
            self._server.create(name, self._template)
            self._made[key] = name
            with pointing_at(name):
                done(Cast())
        return self._made[key]

    def close(self) -> None:
        for name in self._made.values():
            self._server.drop(name)

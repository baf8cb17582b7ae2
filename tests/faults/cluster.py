"""A PostgreSQL server of the test's own, to be stopped, killed, backed up and filled: never the one all tests share."""

import os
import shutil
import subprocess
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import quote, urlsplit

import psycopg
from django.db import connections

from deploy.devstack import programs
from deploy.devstack.servers import ROLES, SETTINGS, SUPERUSER
from tests.acts import eventually
from tests.databases import OWNER_URL, RUN_TIME_URL, SUPERUSER_URL, close_connections
from tests.unprivileged import environment, give, is_another_user, unprivileged

DATABASE = "shinchoku"


class Cluster:
    """Its folder, and its server when it runs. Settings are a demo's: what is committed is on the disk."""

    def __init__(self, folder: Path, disk: str = "") -> None:
        self.folder = folder
        self.data = folder / "data"
        self.small_disk = folder / "disk"
        self._disk = f"{self.small_disk}={disk}" if disk else ""
        self._server: subprocess.Popen[bytes] | None = None
        self.bin = programs.postgres_folder(folder / "programs" if is_another_user() else None)
        give(folder)
        self.make(self.small_disk)

    def initialise(self) -> None:
        self.run(
            "initdb", "-D", self.data, "-U", SUPERUSER, "-A", "trust", "--encoding=UTF8", "--locale-provider=builtin",
            "--builtin-locale=C.UTF-8", "--locale=C", "--data-checksums", "--no-sync",
        )  # fmt: skip

    def make(self, folder: Path) -> None:
        """A folder into which PostgreSQL may write."""
        folder.mkdir()
        give(folder)

    def start(self, **more: str) -> None:
        options = SETTINGS | {"unix_socket_directories": str(self.folder)} | more
        command = [self.bin / "postgres", "-D", self.data, *(f"--{name}={value}" for name, value in options.items())]
        with (self.folder / "log").open("ab") as log:
            self._server = subprocess.Popen(
                unprivileged(*command, with_us=True, disk=self._disk), env=environment(), stdout=log, stderr=log
            )
        try:
            eventually(self._is_ready, "PostgreSQL", 60)
        except AssertionError as error:
            raise AssertionError((self.folder / "log").read_text()) from error

    def stop(self, mode: str = "fast") -> None:
        if self._server is not None and self._server.poll() is None:
            self.run("pg_ctl", "stop", "-D", self.data, "-m", mode, "-W")
            self._server.wait()

    def run(self, program: str, *arguments: str | Path) -> None:
        """One of PostgreSQL's programs, to its end."""
        command = unprivileged(self.bin / program, *arguments)
        at_us = environment() | {"PGHOST": str(self.folder)}
        done = subprocess.run(command, capture_output=True, text=True, check=False, env=at_us)
        assert done.returncode == 0, (command, done.stderr)

    def restore(self, dump: Path) -> None:
        """The roles, and the database from the dump."""
        self.run("psql", "-X", "-q", "-v", "ON_ERROR_STOP=1", "-U", SUPERUSER, "-d", "postgres", "-f", ROLES)
        self.run("createdb", "-U", SUPERUSER, "-O", "shinchoku_owner", "-T", "template0", DATABASE)
        # In one transaction, so that ids of transactions stay below those of any server that made its log by commands.
        self.run("pg_restore", "-U", SUPERUSER, "-d", DATABASE, "--single-transaction", dump)

    def url(self, role: str) -> str:
        return f"postgres://{role}@/{DATABASE}?host={quote(str(self.folder), safe='')}"

    @property
    def environment(self) -> dict[str, str]:
        return {
            RUN_TIME_URL: self.url("shinchoku_app"),
            OWNER_URL: self.url("shinchoku_owner"),
            SUPERUSER_URL: self.url(SUPERUSER),
        }

    def superuser(self) -> "psycopg.Connection[tuple[object, ...]]":
        return psycopg.connect(self.url(SUPERUSER), autocommit=True)

    def _is_ready(self) -> bool:
        assert self._server is not None
        assert self._server.poll() is None, (self.folder / "log").read_text()
        try:
            with psycopg.connect(self.url(SUPERUSER), dbname="postgres"):
                return True
        except psycopg.OperationalError:
            return False


@contextmanager
def cluster(disk: str = "") -> Iterator[Cluster]:
    """A cluster that runs and is empty. `disk`: mount a disk of that size at its `small_disk`."""
    folder = Path(tempfile.mkdtemp(prefix="pg-"))  # short: a socket's path has a limit
    made = Cluster(folder, disk)
    try:
        made.initialise()
        made.start()
        yield made
    finally:
        made.stop("immediate")
        shutil.rmtree(folder)


def dump(database: str, target: Path) -> Path:
    """What pg_dump makes of a database of the shared server."""
    url = urlsplit(os.environ[SUPERUSER_URL])
    bin_folder = programs.postgres_folder(None)
    close_connections()
    command = [bin_folder / "pg_dump", "-Fc", "-f", target, "-d", url._replace(path=f"/{database}").geturl()]
    subprocess.run(command, check=True)
    return target


@contextmanager
def django_at(cluster: Cluster) -> Iterator[None]:
    """Django's connections are of this cluster."""
    before: Mapping[str, tuple[str, str]] = {
        alias: (connections.settings[alias]["HOST"], connections.settings[alias]["NAME"]) for alias in connections
    }
    close_connections()
    for alias in connections:
        connections.settings[alias] |= {"HOST": str(cluster.folder), "NAME": DATABASE}
    try:
        yield
    finally:
        close_connections()
        for alias, (host, name) in before.items():
            connections.settings[alias] |= {"HOST": host, "NAME": name}

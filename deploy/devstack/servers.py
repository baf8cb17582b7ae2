"""PostgreSQL and Valkey: their command lines, and when they are ready. Unix sockets only, nothing listens on a port."""

import os
import shutil
import signal
import socket
import subprocess
import time
from pathlib import Path
from urllib.parse import quote

from deploy.devstack import programs
from deploy.devstack.identity import Identity
from deploy.devstack.places import Places
from deploy.devstack.state import is_alive
from deploy.devstack.supervisor import Child, Supervisor, Trouble

SUPERUSER = "shinchoku_super"
ROLES = Path(__file__).parent.parent / "roles.sql"

# After roles.sql, in one psql: the database if it is missing, and who may do what in it.
CREATE_DATABASE = """
SELECT 'CREATE DATABASE shinchoku OWNER shinchoku_owner'
 WHERE NOT EXISTS (SELECT FROM pg_database WHERE datname = 'shinchoku') \\gexec
\\connect shinchoku
REVOKE CONNECT, TEMPORARY ON DATABASE shinchoku FROM PUBLIC;
GRANT CONNECT ON DATABASE shinchoku TO shinchoku_app;
REVOKE CREATE ON SCHEMA public FROM PUBLIC;
GRANT ALL ON SCHEMA public TO shinchoku_owner;
"""
SETTINGS = {"listen_addresses": "", "unix_socket_permissions": "0700", "max_connections": "200", "timezone": "UTC"}
# For tests: a crash may lose the cluster.
CARELESS = {"fsync": "off", "synchronous_commit": "off", "full_page_writes": "off"}


class Servers:
    """`throwaway`: the cluster is made anew and loses its last writes in a crash, unless it is `durable`."""

    def __init__(
        self,
        supervisor: Supervisor,
        places: Places,
        identity: Identity,
        *,
        throwaway: bool,
        durable: bool = False,
    ) -> None:
        self.supervisor = supervisor
        self.places = places
        self.identity = identity
        self.throwaway = throwaway
        self.careless = throwaway and not durable
        self.redis_socket = places.sockets / "redis.sock"

    def start(self) -> None:
        bin_folder = programs.postgres_folder(self.places.binaries)
        self._make_cluster(bin_folder)
        self._start_postgres(bin_folder)
        self._make_database(bin_folder)
        self._start_redis()

    def database_url(self, role: str) -> str:
        return f"postgres://{role}@/shinchoku?host={quote(str(self.places.postgres_sockets), safe='')}"

    @property
    def redis_url(self) -> str:
        return f"unix://{self.redis_socket}"

    def _make_cluster(self, bin_folder: Path) -> None:
        cluster = self.places.cluster
        if self.throwaway:
            self.places.discard_cluster()
        if cluster.exists():
            _check_version(cluster, bin_folder)
            return
        # Made beside its place and renamed, so that a half-made one is never taken for a whole one.
        unfinished = cluster.with_name("postgres.unfinished")
        shutil.rmtree(unfinished, ignore_errors=True)
        unfinished.mkdir(mode=0o700)
        uid = getattr(self.identity, "uid", -1)
        os.chown(unfinished, uid, -1)
        command = [bin_folder / "initdb", "-D", unfinished, "-U", SUPERUSER, "-A", "trust", "--auth-host=reject"]
        # No ICU in the wheel, and C.UTF-8 may be missing from the machine's own locales: the builtin provider.
        command += ["--encoding=UTF8", "--locale-provider=builtin", "--builtin-locale=C.UTF-8", "--locale=C"]
        command += ["--data-checksums", *(["--no-sync"] if self.throwaway else [])]
        self.supervisor.say("making a PostgreSQL cluster")
        self.supervisor.step("initdb", [str(part) for part in command], cwd=unfinished, identity=self.identity)
        unfinished.rename(cluster)

    def _start_postgres(self, bin_folder: Path) -> None:
        cluster = self.places.cluster
        _clear_foreign_pid(cluster)
        self.supervisor.say("starting PostgreSQL")
        settings = SETTINGS | (CARELESS if self.careless else {})
        settings["unix_socket_directories"] = str(self.places.postgres_sockets)
        command = [str(bin_folder / "postgres"), "-D", str(cluster)]
        for name, value in settings.items():
            command += ["-c", f"{name}={value}"]
        deadline = time.monotonic() + 15
        while not self._postgres_started(command):
            # Sessions of a server that was killed are about to notice it; until then the data is theirs.
            if time.monotonic() > deadline:
                raise Trouble(f"sessions of an old PostgreSQL still use {cluster}")
            self.supervisor.pause(0.5)

    def _postgres_started(self, command: list[str]) -> bool:
        cluster = self.places.cluster
        child = self.supervisor.start(
            "postgres",
            command,
            cwd=cluster,
            identity=self.identity,
            # "Fast": SIGTERM would wait for clients to go.
            stop_signal=signal.SIGINT,
            death_signal=signal.SIGINT,
            server=True,
        )
        try:
            self.supervisor.until(lambda: _postgres_ready(cluster, child), "PostgreSQL", 120)
        except Trouble:
            if child.running or "is still in use" not in "".join(_read_lines(self.places.logs / "postgres.log")):
                raise
            self.supervisor.forget(child)
            return False
        return True

    def _make_database(self, bin_folder: Path) -> None:
        script = self.places.run / "database.sql"
        script.write_text(CREATE_DATABASE, encoding="utf-8")
        command = [bin_folder / "psql", "-X", "-q", "-v", "ON_ERROR_STOP=1", "-h", self.places.postgres_sockets]
        command += ["-U", SUPERUSER, "-d", "postgres", "-f", ROLES, "-f", script]
        self.supervisor.step("roles", [str(part) for part in command], cwd=self.places.run)

    def _start_redis(self) -> None:
        program = programs.redis_server()
        self.supervisor.say("starting Valkey" if "valkey" in program.name else f"starting {program.name}")
        # Nothing is kept: PostgreSQL is the only truth, and Valkey and Redis cannot read each other's files.
        options = ["--port", "0", "--unixsocketperm", "700", "--appendonly", "no", "--maxmemory-policy", "noeviction"]
        options += ["--save", "", "--dir", str(self.places.run), "--unixsocket", str(self.redis_socket)]
        self.supervisor.start("valkey", [str(program), *options], cwd=self.places.run, server=True)
        self.supervisor.until(lambda: _redis_ready(self.redis_socket), "Valkey", 30)


def _postgres_ready(cluster: Path, child: Child) -> bool:
    """What pg_ctl looks at: the eighth line of postmaster.pid."""
    lines = _read_lines(cluster / "postmaster.pid")
    return len(lines) >= 8 and lines[0] == str(child.process.pid) and lines[7].strip() == "ready"


def _redis_ready(path: Path) -> bool:
    try:
        with socket.socket(socket.AF_UNIX) as connection:
            connection.settimeout(2)
            connection.connect(str(path))
            connection.sendall(b"PING\r\n")
            return connection.recv(7) == b"+PONG\r\n"
    except OSError:
        return False


def _check_version(cluster: Path, bin_folder: Path) -> None:
    made_by = "".join(_read_lines(cluster / "PG_VERSION"))
    said = subprocess.run([bin_folder / "postgres", "--version"], capture_output=True, text=True, check=True).stdout
    if f" {made_by}." not in said:
        raise Trouble(
            f"the data in {cluster} was made by PostgreSQL {made_by}, this is {said.strip()}; "
            "`make reset` throws the data away"
        )


def _clear_foreign_pid(cluster: Path) -> None:
    """We hold the lock, so a postmaster.pid is from a stack that was killed. Its number may be another process's now.

    A dead one's file stays: in it PostgreSQL finds the memory of sessions that are not yet gone.
    """
    lines = _read_lines(cluster / "postmaster.pid")
    if not lines or not lines[0].isdigit() or not is_alive(int(lines[0])):
        return
    pid = int(lines[0])
    if str(cluster) not in _command_line(pid):
        (cluster / "postmaster.pid").unlink(missing_ok=True)
        return
    # Neither parent-death signal nor guardian ended it. Two servers must not share the data.
    deadline = time.monotonic() + 20
    while is_alive(pid):
        if time.monotonic() > deadline:
            raise Trouble(f"an old PostgreSQL (pid {pid}) still runs on {cluster} and does not stop")
        os.kill(pid, signal.SIGINT)
        time.sleep(0.2)


def _command_line(pid: int) -> str:
    try:
        return Path(f"/proc/{pid}/cmdline").read_text(encoding="utf-8", errors="replace")
    except OSError:  # macOS
        command = ["ps", "-ww", "-o", "command=", "-p", str(pid)]
        return subprocess.run(command, capture_output=True, text=True, check=False).stdout


def _read_lines(path: Path) -> list[str]:
    try:
        return path.read_text(encoding="utf-8").splitlines()
    except OSError:
        return []

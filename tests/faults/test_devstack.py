"""The supervisor of `make demo`, for real: PostgreSQL, Valkey and one tiny web service in a folder of its own."""

import json
import os
import signal
import socket
import stat
import subprocess
import sys
import time
import urllib.parse
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import psycopg
import pytest
import redis

from deploy.devstack import environment
from deploy.devstack.state import live_environment

CHECKOUT = Path(__file__).resolve().parents[2]
pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="looks for processes in /proc")

SERVICE = """
import http.server, os, subprocess, sys

class Healthy(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        self.send_response(200)
        self.end_headers()

    def log_message(self, *_):
        pass

# A grandchild, as gunicorn and Celery have: it must not outlive a killed supervisor either.
subprocess.Popen([sys.executable, "-c", "import time; time.sleep(600)"])
http.server.ThreadingHTTPServer(("127.0.0.1", int(os.environ["PORT"])), Healthy).serve_forever()
"""

DRIVER = """
import sys
from pathlib import Path
from deploy.devstack.plan import Plan, Service, Step
from deploy.devstack.stack import up
from deploy.devstack.supervisor import Trouble

plan = Plan(
    before=(Step("look around", "{python} --version"),),
    services=(Service("tiny", "{python} service.py"),),
    ready_path="/healthz/",
    after=(),
)
try:
    sys.exit(up(Path.cwd(), plan))
except Trouble as problem:
    sys.exit(f"devstack: {problem}")
"""

RESET = "import pathlib, sys; from deploy.devstack.stack import reset; reset(pathlib.Path(sys.argv[1]))"


@dataclass
class Demo:
    """A folder with a demo of its own, and whatever was started in it."""

    root: Path
    port: int
    supervisors: list["subprocess.Popen[bytes]"]

    @property
    def output(self) -> Path:
        return self.root / "output"

    def launch(self, **environment: str) -> "subprocess.Popen[bytes]":
        """What `make test` gave us names its own servers; these tests start others."""
        clean = {name: os.environ[name] for name in ("PATH", "HOME", "PG_BINDIR", "TMPDIR") if name in os.environ}
        clean |= {"PORT": str(self.port), "PYTHONPATH": str(CHECKOUT)} | environment
        with self.output.open("wb") as output:
            process = subprocess.Popen(
                [sys.executable, "driver.py"], cwd=self.root, env=clean, stdout=output, stderr=output
            )
        self.supervisors.append(process)
        return process

    def start(self) -> "subprocess.Popen[bytes]":
        process = self.launch()
        eventually(lambda: "ready: http" in self.said() or process.poll() is not None, "a start")
        assert process.poll() is None, self.said()
        return process

    def refused(self, **environment: str) -> str:
        process = self.launch(**environment)
        assert process.wait(timeout=20) == 1
        return self.said()

    def said(self) -> str:
        return self.output.read_text(encoding="utf-8")

    def processes(self) -> list[str]:
        """Every process that works in our folder or names it, whoever its parent is now."""
        found = []
        for entry in Path("/proc").iterdir():
            try:
                words = (entry / "cmdline").read_text(encoding="utf-8", errors="replace")
                place = os.readlink(entry / "cwd")
            except OSError:
                continue
            if str(self.root) in place or str(self.root) in words:
                found.append(f"{entry.name} {words}")
        return found

    def environment(self) -> dict[str, str]:
        found = live_environment(self.root)
        assert found is not None
        return found

    def query(self, sql: str, role: str = "OWNER_") -> list[tuple[object, ...]]:
        address = self.environment()[f"DATABASE_{role}URL"]
        with psycopg.connect(address) as connection:
            cursor = connection.execute(sql.encode())
            return cursor.fetchall() if cursor.description else []


def eventually(true: Callable[[], bool], what: str, seconds: float = 20) -> None:
    deadline = time.monotonic() + seconds
    while not true():
        assert time.monotonic() < deadline, f"waited {seconds:.0f} s in vain for {what}"
        time.sleep(0.02)


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


@pytest.fixture
def demo(tmp_path: Path) -> Iterator[Demo]:
    (tmp_path / "driver.py").write_text(DRIVER, encoding="utf-8")
    (tmp_path / "service.py").write_text(SERVICE, encoding="utf-8")
    demo = Demo(root=tmp_path, port=free_port(), supervisors=[])
    yield demo
    for process in demo.supervisors:
        process.terminate()
        process.wait(timeout=30)
    eventually(lambda: not demo.processes(), "the processes to go")
    # 40 MB that pytest would keep, and a folder in /tmp when a killed one had to go there.
    subprocess.run([sys.executable, "-c", RESET, str(tmp_path)], cwd=CHECKOUT, check=True)


def test_a_demo_starts_answers_and_leaves_nothing_running_when_asked_to_stop(demo: Demo) -> None:
    assert live_environment(demo.root) is None
    supervisor = demo.start()

    assert demo.query("SELECT current_user", role="OWNER_") == [("shinchoku_owner",)]
    assert demo.query("SELECT current_user", role="") == [("shinchoku_app",)]
    client = redis.Redis(unix_socket_path=urllib.parse.urlsplit(demo.environment()["REDIS_URL"]).path)
    with client:
        assert client.ping()
    assert len(demo.processes()) > 5

    supervisor.send_signal(signal.SIGTERM)
    assert supervisor.wait(timeout=20) == 0
    assert demo.processes() == []
    assert live_environment(demo.root) is None


def test_the_application_owns_nothing_and_becomes_a_follower_only_on_purpose(demo: Demo) -> None:
    demo.start()
    with pytest.raises(psycopg.errors.InsufficientPrivilege):
        demo.query("CREATE TABLE mine (id int)", role="")
    with pytest.raises(psycopg.errors.InsufficientPrivilege):
        demo.query("SET ROLE shinchoku_owner", role="")
    assert demo.query("SELECT pg_has_role('shinchoku_app', 'shinchoku_follower', 'USAGE')") == [(False,)]
    assert demo.query("SELECT pg_has_role('shinchoku_app', 'shinchoku_follower', 'SET')") == [(True,)]
    attributes = "rolsuper, rolcreaterole, rolbypassrls, rolcreatedb, rolcanlogin"
    wanted = [
        ("shinchoku_app", False, False, False, False, True),
        ("shinchoku_follower", False, False, False, False, False),
        ("shinchoku_owner", False, False, False, True, True),
    ]
    found = demo.query(
        f"SELECT rolname, {attributes} FROM pg_roles WHERE rolname LIKE 'shinchoku%'"
        " AND rolname <> 'shinchoku_super' ORDER BY rolname"
    )
    assert found == wanted


def test_a_second_demo_a_taken_port_and_half_an_address_are_refused_in_plain_words(demo: Demo) -> None:
    missing = demo.refused(DATABASE_URL="postgres://elsewhere/x")
    assert "DATABASE_URL is set, but DATABASE_OWNER_URL, REDIS_URL is not" in missing
    with socket.create_server(("127.0.0.1", demo.port)):
        assert f"port {demo.port} is taken: PORT={demo.port + 1} make demo" in demo.refused()

    first = demo.start()
    assert f"a demo is already running (pid {first.pid}); stop it with `make stop`" in demo.refused()
    assert first.poll() is None
    assert demo.query("SELECT 1") == [(1,)]


def test_after_kill_9_of_the_supervisor_nothing_is_left_and_the_next_start_has_the_data(demo: Demo) -> None:
    supervisor = demo.start()
    demo.query("CREATE TABLE kept AS SELECT 42 AS answer")

    supervisor.kill()
    supervisor.wait()
    assert live_environment(demo.root) is None, "a dead supervisor's address must not be handed out"
    # At once: the start itself has to wait for what is still going.
    demo.start()
    assert demo.query("SELECT answer FROM kept") == [(42,)]

    demo.supervisors[-1].kill()
    demo.supervisors[-1].wait()
    eventually(lambda: not demo.processes(), "the processes of a killed supervisor to go")


def test_a_pid_file_whose_number_is_another_process_now_does_not_stop_the_next_start(demo: Demo) -> None:
    supervisor = demo.start()
    supervisor.kill()
    supervisor.wait()
    eventually(lambda: not demo.processes(), "the processes of a killed supervisor to go")
    pid_files = list(demo.root.glob(".devstack/demo/postgres"))
    if not pid_files:
        pytest.skip("another user's cluster lies elsewhere")
    (pid_files[0] / "postmaster.pid").write_text(f"{os.getpid()}\n", encoding="utf-8")
    demo.start()


def test_when_a_service_dies_the_demo_stops_and_names_it(demo: Demo) -> None:
    supervisor = demo.start()
    service = next(words for words in demo.processes() if "service.py" in words)
    os.kill(int(service.split()[0]), signal.SIGKILL)
    assert supervisor.wait(timeout=20) == 1
    assert "tiny has stopped by itself (signal SIGKILL)" in demo.said()
    assert demo.processes() == []


def test_a_lock_without_a_live_holder_is_no_demo(tmp_path: Path) -> None:
    folder = tmp_path / ".devstack" / "demo"
    folder.mkdir(parents=True)
    (folder / "lock").write_text(str(os.getpid()), encoding="utf-8")
    (folder / "environment.json").write_text(json.dumps({"PORT": "1"}), encoding="utf-8")
    assert live_environment(tmp_path) is None


def test_the_signing_key_is_made_once_for_its_owner_only_and_one_that_was_given_is_left_alone(tmp_path: Path) -> None:
    file = tmp_path / "signing-key.pem"
    for _ in range(2):
        assert environment.signing_key(file, {}) == {"SIGNING_KEY_FILE": str(file)}
        made = file.read_text()
        assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert file.read_text() == made
    for given in ({"SIGNING_KEY": "00"}, {"SIGNING_KEY_FILE": "/elsewhere"}):
        assert environment.signing_key(tmp_path / "other", given) == {}
    assert not (tmp_path / "other").exists()

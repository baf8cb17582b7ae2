"""Redis may die or freeze at any moment, and a worker be killed in its work: the only effect is lateness.

Real processes: a Valkey of the test's own, a worker, a beat that sweeps every two seconds, and a process that submits
with the settings of the web.
"""

import os
import shutil
import signal
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from concurrent.futures import TimeoutError as NotInTime
from pathlib import Path

import psycopg
import pytest

from deploy.devstack.programs import redis_server
from reporting.models import Rollup, TouchedCell
from tests.acts import PATIENCE, Aside, eventually, reading, submit
from tests.cast import Cast
from tests.databases import HERE, OWNER_URL, RUN_TIME_URL, address
from tests.storage.oracle import differences

Process = subprocess.Popen[str]
ROOT = Path(__file__).resolve().parents[2]
# A publish to a frozen Redis is given up after two seconds; whoever answers sooner has not waited for it.
NORMAL = 1.5

SUBMITTER = """
import sys, django
answers, sys.stdout = sys.stdout, sys.stderr  # what the application logs is no answer
django.setup()
from reporting.tasks import look_now
from tests.acts import submit
from tests.cast import Cast

hanako = Cast().hanako
print("ready", file=answers, flush=True)
for line in sys.stdin:
    try:
        if line.strip() == "publish":
            look_now.apply_async(retry=False)
        else:
            period, value = line.split()
            submit(hanako, "JST.P1.A1", period, {"IND-02": value})
        print("done", file=answers, flush=True)
    except Exception as error:
        print(type(error).__name__, file=answers, flush=True)
"""


class Stack:
    """Processes of this test; each in a group of its own, so that a kill takes its children and nobody else's."""

    def __init__(self, database: str, folder: Path) -> None:
        self.folder = folder
        self.socket = folder / "redis.sock"
        self.processes: list[Process] = []
        self.aside = Aside()
        self.environment = os.environ | {
            RUN_TIME_URL: address(RUN_TIME_URL, database),
            OWNER_URL: address(OWNER_URL, database),
            "REDIS_URL": f"unix://{self.socket}",
            "SWEEP_SECONDS": "2",
        }

    def start(self, *command: str) -> Process:
        with (self.folder / "log").open("a") as log:
            process = subprocess.Popen(
                command, cwd=ROOT, env=self.environment, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=log,
                text=True, start_new_session=True,
            )  # fmt: skip
        self.processes.append(process)
        return process

    def redis(self) -> Process:
        process = self.start(
            str(redis_server()), "--port", "0", "--unixsocket", str(self.socket), "--save", "", "--appendonly", "no",
            "--dir", str(self.folder),
        )  # fmt: skip
        eventually(self.socket.exists, "Valkey's socket", 10)
        return process

    def celery(self, *options: str) -> Process:
        return self.start(sys.executable, "-m", "celery", "-A", "config", *options)

    def worker(self) -> Process:
        return self.celery("worker", "--concurrency", "1", "--without-gossip", "--without-mingle")

    def beat(self) -> Process:
        return self.celery("beat", "--pidfile=", "-s", str(self.folder / "schedule"))

    def submitter(self) -> Process:
        process = self.start(sys.executable, "-c", SUBMITTER)
        assert self.answer(process, 30) == "ready"
        return process

    def ask(self, process: Process, request: str, seconds: float = 30) -> str:
        assert process.stdin is not None
        process.stdin.write(f"{request}\n")
        process.stdin.flush()
        return self.answer(process, seconds)

    def answer(self, process: Process, seconds: float) -> str:
        assert process.stdout is not None
        line: str = self.aside.start(process.stdout.readline).result(seconds)
        return line.strip()

    def kill(self, process: Process) -> None:
        os.killpg(process.pid, signal.SIGKILL)
        process.wait()

    def end(self) -> None:
        for process in self.processes:
            if process.poll() is None:
                os.killpg(process.pid, signal.SIGCONT)
                self.kill(process)
        with self.aside:
            pass
        for process in self.processes:
            for pipe in (process.stdin, process.stdout):
                if pipe is not None:
                    pipe.close()


@pytest.fixture
def stack(cast: Cast, database: str) -> Iterator[Stack]:
    folder = Path(tempfile.mkdtemp(prefix="redis-"))  # short: a socket's path has a limit
    stack = Stack(database, folder)
    yield stack
    stack.end()
    shutil.rmtree(folder)


def shown(period: str, value: int) -> bool:
    """The national number of the period, of what waits for approval, is right."""
    with reading():
        return Rollup.objects.filter(
            indicator="IND-02", period=period, scope="nation", pending_value=value, domain=None
        ).exists()


def test_14_redis_killed_in_the_middle_of_the_work_makes_nobody_wait_and_loses_nothing(stack: Stack) -> None:
    redis = stack.redis()
    stack.worker()
    stack.beat()
    web = stack.submitter()
    assert stack.ask(web, "FY2026Q1 100") == "done"
    eventually(lambda: shown("FY2026Q1", 100), "the first rollup")

    stack.kill(redis)
    assert stack.ask(web, "FY2026Q2 200", NORMAL) == "done"
    assert stack.ask(web, "FY2026Q3 300", NORMAL) == "done"
    assert not shown("FY2026Q2", 200)

    stack.socket.unlink()
    stack.redis()  # empty: whatever was queued is gone
    assert stack.ask(web, "FY2026Q4 400", NORMAL) == "done"
    eventually(lambda: shown("FY2026", 1_000), "the rollup after Redis came back")
    assert differences() == {}


def test_14_redis_frozen_makes_nobody_wait_and_loses_nothing(stack: Stack) -> None:
    redis = stack.redis()
    stack.worker()
    stack.beat()
    web = stack.submitter()
    assert stack.ask(web, "FY2026Q1 100") == "done"
    eventually(lambda: shown("FY2026Q1", 100), "the first rollup")

    redis.send_signal(signal.SIGSTOP)
    for quarter, value in (("FY2026Q2", "200"), ("FY2026Q3", "300"), ("FY2026Q4", "400")):
        assert stack.ask(web, f"{quarter} {value}", NORMAL) == "done"
    # The control: to publish by itself would have taken longer.
    with pytest.raises(NotInTime):
        stack.ask(web, "publish", NORMAL)

    redis.send_signal(signal.SIGCONT)
    eventually(lambda: shown("FY2026", 1_000), "the rollup after Redis thawed")
    assert differences() == {}


def test_14_the_work_of_a_worker_killed_in_the_middle_of_it_is_done_by_the_next(
    stack: Stack, cast: Cast, database: str, superuser: psycopg.Connection[tuple[object, ...]]
) -> None:
    blocked = f"SELECT count(*) FROM pg_locks WHERE {HERE} AND NOT granted AND relation = 'reporting_rollup'::regclass"
    stack.redis()
    stack.beat()
    submit(cast.hanako, "JST.P1.A1", "FY2026Q1", {"IND-02": "100"})
    superuser.autocommit = False
    superuser.execute("LOCK TABLE reporting_rollup IN SHARE MODE")  # whoever writes a rollup now stands still
    worker = stack.worker()
    eventually(lambda: superuser.execute(blocked).fetchone() == (1,), "a worker in the middle of its work", PATIENCE)
    stack.kill(worker)
    superuser.rollback()
    assert not shown("FY2026Q1", 100)
    with reading():
        assert TouchedCell.objects.exists()  # claimed by the one killed, and still there

    stack.worker()
    eventually(lambda: shown("FY2026Q1", 100), "the rollup by the next worker")
    assert differences() == {}

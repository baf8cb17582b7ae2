"""The whole thing as it runs for people: web server, worker, beat and an SMTP server, as processes of their own."""

import os
import select
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from tests.databases import OWNER_URL, RUN_TIME_URL, address

PATIENCE = 60.0
ROOT = Path(__file__).resolve().parents[2]


@dataclass(frozen=True)
class Running:
    url: str
    mails: Path


@contextmanager
def running(database: str, clock: datetime, folder: Path) -> Iterator[Running]:
    """Everything up against `database`, the business clock standing at `clock`; everything down at the end."""
    web, smtp = _free_port(), _free_port()
    mails = folder / "mails"
    mails.mkdir()
    environment = os.environ | {
        RUN_TIME_URL: address(RUN_TIME_URL, database),
        OWNER_URL: address(OWNER_URL, database),
        "DEMO": "1",
        "BUSINESS_CLOCK": clock.isoformat(),
        "EMAIL_HOST": "127.0.0.1",
        "EMAIL_PORT": str(smtp),
        "PORT": str(web),
        "MAIL_SINK_DIR": str(mails),
        "EVIDENCE_DIR": str(folder / "evidence"),
        "SWEEP_SECONDS": "2",
        "PYTHONWARNINGS": "default",
    }
    commands = {
        "mails": ["-m", "deploy.mailsink", "--port", str(smtp), "--dir", str(mails)],
        "web": [
            "-m", "gunicorn", "config.wsgi:application", "--bind", f"127.0.0.1:{web}", "--worker-class", "gthread",
            "--threads", "4", "--no-control-socket", "--worker-tmp-dir", str(folder),
        ],
        "worker": ["-m", "celery", "-A", "config", "worker", "--concurrency", "1", "--without-gossip"],
        "beat": ["-m", "celery", "-A", "config", "beat", "--pidfile=", "-s", str(folder / "schedule")],
    }  # fmt: skip
    processes = []
    logs = [(folder / f"{name}.log").open("wb") for name in commands]
    try:
        for command, log in zip(commands.values(), logs, strict=True):
            processes.append(
                subprocess.Popen(
                    [sys.executable, *command],
                    cwd=ROOT,
                    env=environment,
                    stdout=log,
                    stderr=log,
                    start_new_session=True,
                )
            )
        _wait_for(f"http://127.0.0.1:{web}/healthz/", folder / "web.log")
        yield Running(f"http://127.0.0.1:{web}", mails)
    finally:
        for process in processes:
            process.send_signal(signal.SIGTERM)
        for process in processes:
            try:
                process.wait(timeout=15)
            except subprocess.TimeoutExpired:
                os.killpg(process.pid, signal.SIGKILL)
                process.wait()
        for log in logs:
            log.close()


def _free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as free:
        return int(free.getsockname()[1])


def _wait_for(url: str, log: Path) -> None:
    until = time.monotonic() + PATIENCE
    while time.monotonic() < until:
        try:
            with urllib.request.urlopen(url, timeout=5) as answer:
                if answer.status == 200:
                    return
        except (urllib.error.URLError, OSError):
            # Not up yet: the next try blocks in connect or answers at once.
            select_nothing(0.05)
    raise AssertionError(f"{url} did not answer in {PATIENCE} s:\n{log.read_text()[-4000:]}")


def select_nothing(seconds: float) -> None:
    """Wait a moment between two looks at something another process does."""
    select.select([], [], [], seconds)

"""A machine posts to the real web server while Redis is dead, and while it is frozen: 201 in normal time."""

import json
import os
import signal
import socket
import sys
import time
import urllib.error
import urllib.request
import uuid

import pytest
from knox.models import AuthToken

from agencies.models import Person
from tests.acts import eventually
from tests.faults.test_redis import Stack, shown, stack

__all__ = ["stack"]

# A request that waited for Redis would wait for its two-second time-out at least.
NORMAL = 1.8


class Web:
    def __init__(self, stack: Stack) -> None:
        with socket.create_server(("127.0.0.1", 0)) as free:
            self.port = free.getsockname()[1]
        stack.environment |= {"DEMO": "1", "BUSINESS_CLOCK": "2027-04-10T10:00:00+09:00"}
        stack.start(
            sys.executable, "-m", "gunicorn", "config.wsgi:application", "--bind", f"127.0.0.1:{self.port}",
            "--worker-class", "gthread", "--threads", "2", "--no-control-socket",
        )  # fmt: skip
        _, self.token = AuthToken.objects.create(Person.objects.get(username="hanako"))
        eventually(self.answers, "the web server", 30)
        self.submit("FY2026Q1", "100")  # the first request loads what the others need

    def answers(self) -> bool:
        try:
            with urllib.request.urlopen(f"http://127.0.0.1:{self.port}/healthz/", timeout=5) as answer:
                return bool(answer.status == 200)
        except (urllib.error.URLError, OSError):
            return False

    def submit(self, period: str, value: str) -> tuple[int, float]:
        """Status, and seconds until the answer."""
        body = {"assignment": "JST.P1.A1", "period": period, "figures": {"IND-02": {"value": value}}}
        request = urllib.request.Request(
            f"http://127.0.0.1:{self.port}/api/v1/reports/",
            json.dumps(body).encode(),
            {
                "Authorization": f"Token {self.token}",
                "Content-Type": "application/json",
                "Idempotency-Key": str(uuid.uuid4()),
            },
        )
        begin = time.monotonic()
        with urllib.request.urlopen(request, timeout=30) as answer:
            return answer.status, time.monotonic() - begin


@pytest.mark.parametrize("fault", ["killed", "frozen"])
def test_14_the_answer_is_201_in_normal_time_and_the_rollup_is_right_after_redis_is_back(
    stack: Stack, fault: str
) -> None:
    redis = stack.redis()
    stack.worker()
    stack.beat()
    web = Web(stack)
    eventually(lambda: shown("FY2026Q1", 100), "the first rollup")

    if fault == "killed":
        stack.kill(redis)
    else:
        os.kill(redis.pid, signal.SIGSTOP)
    for period, value in (("FY2026Q2", "200"), ("FY2026Q3", "300")):
        status, seconds = web.submit(period, value)
        assert status == 201
        assert seconds < NORMAL

    if fault == "killed":
        stack.socket.unlink(missing_ok=True)
        stack.redis()
    else:
        os.kill(redis.pid, signal.SIGCONT)
    eventually(lambda: shown("FY2026Q2", 200) and shown("FY2026Q3", 300), "the rollups after Redis is back", 60)

"""`make bench ARGS="pipeline --size 800x20x100"`: from an approved report to the number of the nation.

A country is loaded through the log, and everything is computed from it by workers as they run in production: Celery
processes on the real Redis-protocol server, a gunicorn that answers by HTTP. What is measured is what somebody sees.
"""

import http.client
import io
import os
import random
import re
import signal
import statistics
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from django.contrib.auth.hashers import make_password
from django.core.management import call_command
from django.utils import timezone

from agencies import access
from agencies.models import Person
from reporting import event_store
from reporting.commands import reports
from reporting.models import Figure, Report, Rollup, Status
from reporting.projections import rollups
from reporting.queries.rollups import yearly, years_of
from reporting.queries.rollups_at import CELL, NUMBERS
from reporting.tasks import catch_up_rollups
from tests.benchmarks.measure import percentile
from tests.cast import SYSTEM
from tests.databases import (
    OWNER_URL,
    RUN_TIME_URL,
    SUPERUSER_URL,
    Server,
    address,
    close_connections,
    connect,
    pointing_at,
)
from tests.faults.test_redis import ROOT
from tests.journeys.running import _free_port, _wait_for

Say = Callable[[str, float, str, float | None, int], None]
PASSWORD = "correct-horse-battery"
# Of every cell as if the log had just been read for the first time.
OPEN_ALL = f"""
INSERT INTO reporting_touchedcell ({", ".join(CELL)}, position, latest)
SELECT {", ".join(CELL)}, position, position FROM reporting_rollup
"""
NUMBERS_ONLY = ", ".join((*CELL, *NUMBERS))
DIGEST = f"""
SELECT count(*), md5(string_agg(h, '' ORDER BY h)) FROM (
    SELECT md5(ROW({NUMBERS_ONLY})::text) AS h FROM reporting_rollup
) r
"""
SHOWN = re.compile(r"position ([\d,]+) of the log", re.ASCII)


def measure(server: Server, size: str, number: int, say: Say) -> None:
    """Everything of the list on a database of this size; what one report costs also on those of a tenth of it: of the
    measures, which is what "a tenth of the data" means to a report, and of the agencies, of which a national number is
    made: it is counted from all of them, whatever the log holds."""
    agencies, quarters, measures = map(int, size.split("x"))
    sizes = {
        "tenth_of_measures": (agencies, max(measures // 10, 1)),
        "tenth_of_agencies": (max(agencies // 10, 1), measures),
        "whole": (agencies, measures),
    }
    costs = {}
    for which, (some, of_measures) in sizes.items():
        with loaded(server, some, quarters, of_measures) as name:
            if which == "whole":
                whole(name, number, say)
            costs[which] = cost(name, min(number, 100))
    for what, unit, factor in (("seconds", "ms", 1000), ("buffers", "buffers", 1), ("rows", "rows", 1)):
        for which, found in costs.items():
            ratio = costs["whole"][what] / found[what] if which != "whole" else None
            say(f"report_cost_{what}_{which}", found[what] * factor, unit, ratio, min(number, 100))


def whole(name: str, number: int, say: Say) -> None:
    full(name, say)
    visible(name, number, say)
    past(say)


@contextmanager
def loaded(server: Server, agencies: int, quarters: int, measures: int) -> Iterator[str]:
    """A database with that country, which Django points at; with somebody who can sign in."""
    name = f"shinchoku_pipeline_{os.getpid()}_{agencies}_{measures}"
    server.create(name)
    try:
        with pointing_at(name):
            call_command("migrate", database="owner", interactive=False, verbosity=0)
            call_command("apply_grants", stdout=io.StringIO())
            call_command("load_scale", agencies=agencies, quarters=quarters, measures=measures, stdout=sys.stderr)
            with access.acting(SYSTEM):
                Person.objects.filter(username__in=("scale-cao", "scale-sc0001")).update(
                    password=make_password(PASSWORD), is_staff=True
                )
            with connect(SUPERUSER_URL, name) as superuser:
                superuser.execute("UPDATE log_head SET sample = ''")  # its clock is the real one from here on
                superuser.execute("VACUUM ANALYZE")
            yield name
    finally:
        close_connections()
        server.drop(name)


# --- the first full rollup, by one, two and four workers ------------------------------------------------------------


def full(name: str, say: Say) -> None:
    digests = {}
    for workers in (1, 2, 4):
        with connect(SUPERUSER_URL, name) as superuser:
            superuser.execute("TRUNCATE reporting_touchedcell")
            superuser.execute(OPEN_ALL.encode())
            superuser.execute("UPDATE reporting_rollup SET value = NULL, expected = -1")  # nothing is right by chance
            superuser.execute("VACUUM ANALYZE reporting_rollup, reporting_touchedcell")
            cells = superuser.execute("SELECT count(*) FROM reporting_touchedcell").fetchone()[0]  # type: ignore[index]
        took, peaks = computing(name, workers)
        with connect(SUPERUSER_URL, name) as superuser:
            digests[workers] = superuser.execute(DIGEST.encode()).fetchone()
            left = superuser.execute("SELECT count(*) FROM reporting_touchedcell").fetchone()
        assert left == (0,), left
        if workers == 1:
            first = took
            say("first_full_rollup", took, "s", None, cells)
        say(f"rollup_throughput_{workers}_workers", cells / took, "cells/s", first / took, cells)
        say(f"worker_peak_memory_{workers}_workers", max(peaks), "MiB", None, workers)
    assert len(set(digests.values())) == 1, digests
    say("identical_digests", len(digests), "runs", None, cells)


COMPUTE = """
import os, sys
import django
django.setup()
from django.db import connection
from reporting.tasks import catch_up_rollups
from tests.benchmarks.pipeline import peak
connection.ensure_connection()
print("ready", flush=True)
sys.stdin.readline()
catch_up_rollups()
print(peak("self"), flush=True)
os._exit(0)
"""


def computing(name: str, workers: int) -> tuple[float, list[int]]:
    """That many processes, each doing what a worker does, until nothing is open. The seconds from the moment on which
    all were ready, and the most memory each has held."""
    processes = [
        subprocess.Popen(
            [sys.executable, "-c", COMPUTE], cwd=ROOT, env=environment(name), stdin=subprocess.PIPE,
            stdout=subprocess.PIPE, text=True,
        )
        for _ in range(workers)
    ]  # fmt: skip
    for process in processes:
        assert process.stdout is not None
        assert process.stdout.readline() == "ready\n"
    began = time.perf_counter()
    for process in processes:
        assert process.stdin is not None
        process.stdin.write("go\n")
        process.stdin.flush()
    answers = [process.stdout.readline() for process in processes if process.stdout]
    took = time.perf_counter() - began
    for process in processes:
        process.communicate()
    return took, [int(answer) for answer in answers]


def peak(pid: int | str) -> int:
    """The most memory a process has held, in MiB."""
    status = Path(f"/proc/{pid}/status").read_text()
    return int(status.partition("VmHWM:")[2].split()[0]) // 1024


# --- approved, and seen ---------------------------------------------------------------------------------------------


def visible(name: str, number: int, say: Say) -> None:
    """From the commit of an approval to the answer of a fresh HTTP request with the nation's number in it."""
    with TemporaryDirectory() as folder, ExitStack() as stack:
        web = _free_port()
        variables = environment(name)
        for command in (
            ["-m", "gunicorn", "config.wsgi:application", "--bind", f"127.0.0.1:{web}", "--worker-class", "gthread",
             "--threads", "4", "--no-control-socket", "--worker-tmp-dir", folder],
            ["-m", "celery", "-A", "config", "worker", "--concurrency", "2", "--without-gossip", "--without-mingle"],
            ["-m", "celery", "-A", "config", "beat", "--pidfile=", "-s", f"{folder}/schedule"],
        ):  # fmt: skip
            stack.enter_context(process(command, variables, Path(folder) / f"{command[1]}.log"))
        _wait_for(f"http://127.0.0.1:{web}/healthz/", Path(folder) / "gunicorn.log")
        desk = Desk(web)
        desk.sign_in("scale-sc0001")
        wait_until_caught_up()
        waits = approvals(number)
        took: list[float] = []
        seconds_of_a_read: list[float] = []
        for report, version, indicator in waits:
            position = approve(report, version)
            committed = time.perf_counter()
            while True:
                asked = time.perf_counter()
                stands_for = desk.stands_for(indicator)
                answered = time.perf_counter()
                seconds_of_a_read.append(answered - asked)
                if stands_for >= position:
                    break
            took.append(answered - committed)
        for label, share in {"p50": 0.5, "p95": 0.95, "p99": 0.99}.items():
            say(f"approval_to_http_read_{label}", percentile(took, share) * 1000, "ms", None, len(took))
            value = percentile(seconds_of_a_read, share) * 1000
            say(f"of_it_one_read_{label}", value, "ms", None, len(seconds_of_a_read))


class Desk:
    """Somebody at the desk, over one connection."""

    def __init__(self, port: int) -> None:
        self._http = http.client.HTTPConnection("127.0.0.1", port, timeout=30)
        self._cookies: dict[str, str] = {}

    def sign_in(self, name: str) -> None:
        self._ask("GET", "/sign-in/")
        token = self._cookies["csrftoken"]
        body = f"username={name}&password={PASSWORD}&csrfmiddlewaretoken={token}"
        status, _ = self._ask("POST", "/sign-in/", body)
        assert status == 302, status

    def stands_for(self, indicator: str) -> int:
        """The position that the page of an indicator, with the nation's number, says it stands for."""
        status, page = self._ask("GET", f"/desk/indicators/{indicator}/")
        assert status == 200, status
        found = SHOWN.search(page)
        assert found, page[:2000]
        return int(found[1].replace(",", ""))

    def _ask(self, method: str, path: str, body: str = "") -> tuple[int, str]:
        cookies = "; ".join(f"{name}={value}" for name, value in self._cookies.items())
        headers = {"Cookie": cookies, "Accept-Language": "en"}
        if body:
            headers |= {"Content-Type": "application/x-www-form-urlencoded"}
        self._http.request(method, path, body or None, headers)
        answer = self._http.getresponse()
        text = answer.read().decode()
        for cookie in answer.headers.get_all("Set-Cookie") or ():
            name, _, value = cookie.partition(";")[0].partition("=")
            self._cookies[name] = value
        return answer.status, text


def approvals(number: int) -> list[tuple[str, int, str]]:
    """Reports that wait, of as many agencies and indicators as there are."""
    with access.reading(SYSTEM):
        rows = list(Report.objects.filter(status=Status.SUBMITTED, id__startswith="SC").order_by("pk")
                    .values_list("pk", "version"))  # fmt: skip
        chosen = random.Random(5).sample(rows, min(number, len(rows)))
        of = dict(Figure.objects.filter(report__in=[pk for pk, _ in chosen]).values_list("report", "indicator"))
    return [(pk, version, of[pk]) for pk, version in chosen]


def approve(report: str, version: int) -> int:
    """As the reviewer, through the command, with the bell that it rings."""
    reviewer = access.actor_for(Person.objects.get(username="scale-cao"))
    return reports.approve_report(actor=reviewer, report=report, seen_version=version, now=timezone.now()).position


def wait_until_caught_up() -> None:
    while True:
        with access.following():
            if rollups.caught_up() is not None:
                return
        time.sleep(0.1)


# --- what one more report costs -------------------------------------------------------------------------------------


def cost(name: str, number: int) -> dict[str, float]:
    """Medians of reading and computing one approval: seconds, rows and buffers that the server touched."""
    catch_up_rollups()
    seconds, rows, buffers = [], [], []
    with connect(SUPERUSER_URL, name) as superuser:
        for turn, (report, version, _) in enumerate(approvals(number)):
            approve(report, version)
            if turn % 2:
                began = time.perf_counter()
                catch_up_rollups()
                seconds.append(time.perf_counter() - began)
                continue
            close_connections()  # a session tells what it has counted when it ends
            before = touched(superuser)
            catch_up_rollups()
            close_connections()
            after = touched(superuser)
            rows.append(after[0] - before[0])
            buffers.append(after[1] - before[1])
    return {
        "seconds": statistics.median(seconds), "rows": statistics.median(rows), "buffers": statistics.median(buffers),
    }  # fmt: skip


def touched(superuser: Any) -> tuple[int, int]:
    superuser.execute("SELECT pg_stat_force_next_flush()")
    superuser.execute("SELECT pg_stat_clear_snapshot()")
    row = superuser.execute(
        "SELECT tup_returned + tup_fetched, blks_hit + blks_read FROM pg_stat_database"
        " WHERE datname = current_database()"
    ).fetchone()
    return int(row[0]), int(row[1])


# --- the past -------------------------------------------------------------------------------------------------------


def past(say: Say, number: int = 20) -> None:
    """The nation's yearly number of one indicator, and of all, as of positions at random."""
    dice, last = random.Random(6), event_store.head().position
    with access.reading(SYSTEM):
        codes = sorted(set(Rollup.objects.filter(scope="nation").values_list("indicator", flat=True)))
    for what in ("one", "all"):
        took = []
        for position in [dice.randint(1, last) for _ in range(number)]:
            indicators = [dice.choice(codes)] if what == "one" else codes
            began = time.perf_counter()
            with access.reading(SYSTEM, at_one_moment=True):
                yearly(actor=SYSTEM, indicators=indicators, years=years_of(2026, 2030), as_of=position)
            took.append(time.perf_counter() - began)
        say(f"as_of_{what}_p50", percentile(took, 0.5) * 1000, "ms", None, number)
        say(f"as_of_{what}_worst", max(took) * 1000, "ms", None, number)


# --- processes ------------------------------------------------------------------------------------------------------


def environment(name: str) -> dict[str, str]:
    return os.environ | {
        RUN_TIME_URL: address(RUN_TIME_URL, name), OWNER_URL: address(OWNER_URL, name), "LOG_LEVEL": "WARNING",
    }  # fmt: skip


@contextmanager
def process(command: list[str], variables: dict[str, str], log: Path) -> Iterator[None]:
    with log.open("wb") as into:
        started = subprocess.Popen(
            [sys.executable, *command], cwd=ROOT, env=variables, stdout=into, stderr=into, start_new_session=True
        )
        try:
            yield
        finally:
            started.send_signal(signal.SIGTERM)
            try:
                started.wait(15)
            except subprocess.TimeoutExpired:
                os.killpg(started.pid, signal.SIGKILL)
                started.wait()

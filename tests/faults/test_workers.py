"""Workers at the cells: as many as there are come to what one comes to, and of one that is killed nothing stays."""

import os
import signal
import sys
from collections.abc import Callable

import psycopg
import pytest
import redis
from django.db import connection

from agencies import access
from reporting.models import TouchedCell
from reporting.projections import rollups
from reporting.queries.rollups_at import CELL, NUMBERS
from tests.acts import eventually, reading
from tests.cast import Cast
from tests.databases import HERE, SUPERUSER_URL, Server, close_connections, connect
from tests.faults.following import GATE, compute_in_pages, search_and_stop
from tests.faults.test_followers_killed import SESSIONS, STOPPED
from tests.faults.test_redis import Stack, stack
from tests.processes import Crew
from tests.storage.oracle import differences
from tests.storage.scenes import until
from tests.storage.test_open_cells import failing, read, too_large
from tests.storage.test_rollups import live

__all__ = ["stack"]

Superuser = psycopg.Connection[tuple[object, ...]]
DIGEST = f"""
SELECT count(*), md5(string_agg(r::text, E'\\n' ORDER BY r::text))
FROM (SELECT {", ".join((*CELL, *NUMBERS))}, position FROM reporting_rollup) r
"""
STANDS_STILL = f"SELECT count(*) FROM pg_locks WHERE {HERE} AND NOT granted AND relation = 'reporting_rollup'::regclass"
PUBLISH = """
import django
django.setup()
from reporting.tasks import compute_rollups
for _ in range({}):
    compute_rollups.apply_async(retry=False)
"""


def digest() -> tuple[object, ...]:
    with reading(), connection.cursor() as cursor:
        cursor.execute(DIGEST)
        return tuple(cursor.fetchone())


def killed_at(crew: Crew, superuser: Superuser, job: Callable[[], None]) -> None:
    """At the gate before which the job stops."""
    superuser.execute("SELECT pg_advisory_lock(%s)", [GATE])
    [pid] = crew.start((job, {}))
    until(superuser, STOPPED, 1)
    os.kill(pid, signal.SIGKILL)
    assert [end.signal for end in crew.ends()] == [signal.SIGKILL]
    superuser.execute("SELECT pg_advisory_unlock(%s)", [GATE])
    until(superuser, SESSIONS, 0)


def open_cells() -> int:
    with reading():
        return TouchedCell.objects.count()


def test_two_to_four_workers_at_once_come_to_what_one_comes_to(server: Server, database: str, cast: Cast) -> None:
    live(cast, 31, 80)
    too_large(cast)
    read()
    cells = open_cells()
    digests, shares = {}, {}
    close_connections()
    for workers in (1, 2, 4):
        with server.copy(database) as copy, Crew(copy) as crew:
            shares[workers] = crew.run(*[(compute_in_pages, {"size": 7})] * workers)
            digests[workers] = digest()
            put_aside = len(failing())
        assert put_aside == 4  # of the agency, its kind, its ministry and the nation
        # Who finds a cell that fails lets go of its page and takes it again: in between another may have it too.
        assert sum(shares[workers]) >= cells
    assert digests[1][0] == cells - put_aside
    assert digests[2] == digests[4] == digests[1]


def test_a_worker_killed_in_the_middle_of_its_cells_leaves_them_to_the_others_at_once(
    database: str, cast: Cast, superuser: Superuser
) -> None:
    live(cast, 32, 60)
    read()
    cells = open_cells()
    with connect(SUPERUSER_URL, database, autocommit=False) as blocker, Crew(database) as crew:
        blocker.execute("LOCK TABLE reporting_rollup IN SHARE MODE")  # whoever writes a rollup now stands still
        [pid] = crew.start((compute_in_pages, {"size": 500}))
        until(superuser, STANDS_STILL, 1)
        with access.following():
            assert rollups.claim(500, newest=True).ids == []  # all are its own
        os.kill(pid, signal.SIGKILL)
        assert [end.signal for end in crew.ends()] == [signal.SIGKILL]
        blocker.rollback()
        until(superuser, SESSIONS, 0)
    assert open_cells() == cells
    assert compute_in_pages(500) == cells
    assert differences() == {}


def test_a_worker_killed_while_it_looks_for_the_cell_that_fails_has_put_nothing_aside(
    database: str, cast: Cast, superuser: Superuser
) -> None:
    live(cast, 33, 60)
    too_large(cast)
    read()
    cells = open_cells()
    with Crew(database) as crew:
        killed_at(crew, superuser, search_and_stop)
    assert (open_cells(), failing()) == (cells, [])
    compute_in_pages(500)
    assert open_cells() == len(failing()) == 4


@pytest.fixture
def backlog(cast: Cast) -> int:
    """Cells that somebody has read from the log, and told nobody."""
    live(cast, 34, 60)
    read()
    return open_cells()


def publish(stack: Stack, times: int) -> None:
    assert stack.start(sys.executable, "-c", PUBLISH.format(times)).wait() == 0


def queued(stack: Stack, queue: str = "rollups") -> int:
    with redis.Redis(unix_socket_path=str(stack.socket)) as client:
        return int(client.llen(queue))  # type: ignore[arg-type]


def test_calls_for_help_doubled_and_late_have_one_effect(stack: Stack, backlog: int) -> None:
    stack.redis()
    publish(stack, 12)
    assert (queued(stack), queued(stack, "celery")) == (12, 0)  # in a queue of their own
    stack.worker()
    stack.worker()
    eventually(lambda: open_cells() == 0 and queued(stack) == 0, "the cells by whoever was called")
    assert differences() == {}
    made = digest()
    publish(stack, 12)
    eventually(lambda: queued(stack) == 0, "the late calls to be taken")
    assert (open_cells(), digest()) == (0, made)


def test_calls_for_help_that_are_lost_are_made_good_by_the_sweep(stack: Stack, backlog: int) -> None:
    stack.redis()
    publish(stack, 3)
    with redis.Redis(unix_socket_path=str(stack.socket)) as client:
        client.flushall()
    stack.worker()
    stack.beat()
    eventually(lambda: open_cells() == 0, "the cells that nobody was called for")
    assert differences() == {}

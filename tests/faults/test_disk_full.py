"""The disk of the log is full: an append is refused and nothing of it is there; with room again, it goes in."""

import contextlib
import itertools
import secrets
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import psycopg
import pytest
from django.db import OperationalError

from agencies import access
from reporting import event_store
from reporting.domain.errors import Busy
from reporting.models import Event
from tests.acts import append, event, reading, submit
from tests.cast import Cast
from tests.faults import following
from tests.faults.cluster import Cluster, cluster, django_at, dump
from tests.storage import jobs
from tests.storage.oracle import differences

# With its indexes; the rest of the database, and what is written ahead, lie on the disk that has room.
MOVE_THE_LOG = """
ALTER TABLE event SET TABLESPACE small;
ALTER INDEX event_pkey SET TABLESPACE small;
ALTER INDEX event_event_id_key SET TABLESPACE small;
ALTER INDEX event_stream_version_key SET TABLESPACE small;
CREATE TABLE ballast (text text) TABLESPACE small;
ALTER TABLE ballast ALTER text SET STORAGE PLAIN;
"""


@pytest.fixture
def own(django_db_setup: str, django_db_blocker: Any, tmp_path: Path) -> Iterator[Cluster]:
    with cluster(disk="16m") as own:
        own.restore(dump(django_db_setup, tmp_path / "dump"))
        with own.superuser() as superuser:
            superuser.execute(f"CREATE TABLESPACE small LOCATION '{own.small_disk}'".encode())
            superuser.execute(MOVE_THE_LOG)
            superuser.execute(jobs.LEDGER)
        with django_db_blocker.unblock(), django_at(own):
            yield own


def fill(superuser: "psycopg.Connection[tuple[object, ...]]") -> None:
    with contextlib.suppress(psycopg.errors.DiskFull):
        while True:
            superuser.execute("INSERT INTO ballast SELECT repeat('x', 4000) FROM generate_series(1, 100)")


def append_until_refused() -> int:
    """One small event at a time, until the room in the last pages of the table and its indexes is used up. How many
    went in. Their streams lie on both sides of the report's and have shorter names: what leaves no room in the pages of
    an index for them leaves none for it."""
    done, refused_running = 0, 0
    for side in itertools.cycle(("P", "R")):
        try:
            append(event(f"report/JST.P1.A1/FY2026{side}"))
            done, refused_running = done + 1, 0
        except OperationalError as error:
            assert "No space left on device" in str(error)  # noqa: PT017 - which of the appends it is, is not known
            refused_running += 1
        if refused_running == 20:
            break
    return done


def test_16_with_its_disk_full_the_log_refuses_and_stays_whole_and_with_room_again_it_goes_on(own: Cluster) -> None:
    cast = Cast()
    with reading():
        before = event_store.head().position
    with own.superuser() as superuser:
        fill(superuser)
        taken = append_until_refused()
        with pytest.raises(Busy):
            submit(cast.hanako, "JST.P1.A1", "FY2026Q1", {"IND-02": "350"})
        with access.following():
            assert event_store.head().position == before + taken
            assert Event.objects.count() == before + taken
        superuser.execute("DROP TABLE ballast")
        superuser.execute("CHECKPOINT")
    assert append(event("a", text=secrets.token_hex()), event("b"))[0].position == before + taken + 1
    assert submit(cast.hanako, "JST.P1.A1", "FY2026Q1", {"IND-02": "350"}).position == before + taken + 3
    with reading():
        assert list(Event.objects.values_list("position", flat=True)) == list(range(1, before + taken + 4))
    following.catch_up()
    assert differences() == {}

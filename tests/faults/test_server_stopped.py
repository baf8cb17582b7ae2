"""The server stops at once in the middle of the work of four writers. What it had answered for is there; the rest is
there whole or not at all, and the same events sent again settle which."""

import random
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from reporting.event_store import NewEvent
from reporting.event_store.hashing import event_hash
from reporting.models import Event
from tests.acts import append, event, eventually, reading
from tests.databases import close_connections
from tests.faults.cluster import Cluster, cluster, django_at, dump
from tests.processes import Crew
from tests.storage import jobs


@pytest.fixture
def own(server: Any, django_db_setup: str, django_db_blocker: Any, tmp_path: Path) -> Iterator[Cluster]:
    with cluster() as own:
        own.restore(dump(django_db_setup, tmp_path / "dump"))
        with django_db_blocker.unblock(), django_at(own):
            yield own


def log() -> list[Event]:
    with reading():
        return list(Event.objects.order_by("position"))


@pytest.mark.parametrize("stops", [2, pytest.param(25, marks=pytest.mark.long)])
def test_13_what_was_acknowledged_before_an_immediate_stop_is_there_after_it(
    own: Cluster, tmp_path: Path, stops: int
) -> None:
    dice = random.Random(13)
    acknowledged, in_doubt, stored = 0, 0, 0
    for round_ in range(stops):
        folder = tmp_path / str(round_)
        folder.mkdir()
        with Crew("shinchoku", own.environment) as crew:
            crew.start(*[(jobs.append_until_the_end, {"folder": str(folder), "writer": w}) for w in range(4)])
            enough = dice.randint(3, 30)
            eventually(lambda n=enough, f=folder: jobs.least_written(f, 4) >= n, "four writers at work")
            own.stop("immediate")
            ends = crew.ends()
        assert not [end for end in ends if end.error], ends  # each was told that the server is gone, by an exception
        close_connections()  # as at the end of every request; the pool looks at what it lends
        own.start()

        after = log()
        assert [e.position for e in after] == list(range(1, len(after) + 1))
        known = {str(e.event_id): e for e in after}
        for end in ends:
            for ids, positions in end.answer["acknowledged"]:
                assert [(known[i].position, known[i].version) for i in ids] == [tuple(p) for p in positions]
                acknowledged += len(ids)
            ids = end.answer["in_doubt"]
            assert len(set(ids) & set(known)) in (0, len(ids))
            in_doubt, stored = in_doubt + 1, stored + (ids[0] in known)
            settled = append(*jobs.batch(ids))
            assert {r.repeated for r in settled} == {ids[0] in known}
            assert append(*jobs.batch(ids)) == [replace(r, repeated=True) for r in settled]
    for e in log():
        new = NewEvent(e.stream, e.type, e.data, e.meta, e.occurred_at, e.schema_version, e.event_id)
        assert bytes(e.hash) == event_hash(new)
    print(f"{stops} stops, {acknowledged} events acknowledged; of {in_doubt} appends in doubt {stored} were stored")


def test_13_control_with_commits_answered_before_they_are_on_the_disk_what_was_acknowledged_would_be_lost(
    own: Cluster,
) -> None:
    """What `synchronous_commit = off` leaves to a background writer, which comes by every ten seconds; it may come at
    the wrong moment, but not each time."""
    for _ in range(20):
        own.stop()
        close_connections()
        own.start(synchronous_commit="off", wal_writer_delay="10s")
        [acknowledged] = append(event("a"))
        own.stop("immediate")
        close_connections()
        own.start()
        with reading():
            if not Event.objects.filter(event_id=acknowledged.event_id).exists():
                return
    pytest.fail("what was acknowledged was there each time")

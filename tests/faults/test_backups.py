"""15: a log brought back from a dump, or to a moment in the past, goes on where it ends, and followers with it."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from deploy.devstack.servers import SUPERUSER
from reporting import event_store
from reporting.models import Event
from reporting.projections import rollups
from reporting.tasks import catch_up_rollups
from tests.acts import append, approve, event, eventually, reading, submit
from tests.cast import Cast
from tests.databases import SUPERUSER_URL, connect
from tests.faults import following
from tests.faults.cluster import Cluster, cluster, django_at, dump
from tests.faults.test_followers_killed import end_state
from tests.storage import jobs
from tests.storage.oracle import differences

NEWEST_ID = "SELECT pg_current_xact_id()::text::bigint"
ROWS = "SELECT * FROM event ORDER BY position"


@pytest.fixture
def written(database: str, cast: Cast) -> str:
    """A log that one follower has read, and another to its middle."""
    with connect(SUPERUSER_URL, database) as superuser:
        superuser.execute(jobs.LEDGER)
    submit(cast.hanako, "JST.P1.A1", "FY2026Q1", {"IND-02": "100"})
    jobs.follow_ledger("ledger", 10)
    catch_up_rollups()
    approve(cast.ichiro, "JST.P1.A1@FY2026Q1")
    return database


def head() -> int:
    with reading():
        return event_store.head().position


def goes_on(cast: Cast) -> None:
    """The next event has the next position, and every follower sees it, and all that it had not seen before."""
    before = head()
    assert submit(cast.taro, "JSPS.P1.A1", "FY2026Q1", {"IND-02": "200"}).position == before + 1
    assert append(event("a"))[0].position == before + 2
    with reading():
        assert list(Event.objects.values_list("position", flat=True)) == list(range(1, before + 3))
    following.catch_up(50)
    assert [position for _, position, _, _ in end_state()["ledger"]] == list(range(1, before + 3))
    assert differences() == {}


def test_15_a_dump_restored_into_a_fresh_cluster_goes_on_where_it_ended(
    written: str, cast: Cast, tmp_path: Path
) -> None:
    with connect(SUPERUSER_URL, written) as superuser:
        rows = superuser.execute(ROWS).fetchall()
        [[id_here]] = superuser.execute(NEWEST_ID).fetchall()
    with cluster() as fresh:
        fresh.restore(dump(written, tmp_path / "dump"))
        with fresh.superuser() as there:
            assert there.execute(ROWS).fetchall() == rows
            [[id_there]] = there.execute(NEWEST_ID).fetchall()
            assert int(id_there) < int(id_here)  # what goes by the ids of transactions would see nothing for long
        with django_at(fresh):
            with reading():
                assert event_store.backlog("ledger") == len(rows) - 10
                assert event_store.backlog(rollups.NAME) == 1
            goes_on(cast)


def test_15_control_read_by_the_ids_of_transactions_a_restored_log_would_end_before_its_first_event(
    written: str, tmp_path: Path
) -> None:
    """As stores read that keep each event's id and go up to the oldest open transaction."""
    seen = "SELECT count(*) FROM by_id WHERE id < pg_snapshot_xmin(pg_current_snapshot())"
    with connect(SUPERUSER_URL, written) as superuser:
        superuser.execute("CREATE TABLE by_id AS SELECT position, pg_current_xact_id() AS id FROM event")
        # not at once: the databases of other tests are made and dropped in transactions too
        eventually(lambda: superuser.execute(seen).fetchone() == (head(),), "all events are older than what is open")
    with cluster() as fresh:
        fresh.restore(dump(written, tmp_path / "dump"))
        with fresh.superuser() as there:
            assert there.execute(seen).fetchone() == (0,)


@pytest.fixture
def archived(written: str, tmp_path: Path) -> Iterator[Cluster]:
    """A cluster with the log in it, that keeps its write-ahead log in `archive`."""
    with cluster() as own:
        archive = own.folder / "archive"
        own.make(archive)
        own.stop()
        own.start(wal_level="replica", archive_mode="on", archive_command=f"cp %p {archive}/%f")
        own.restore(dump(written, tmp_path / "dump"))
        yield own


def test_15_a_log_brought_back_to_a_moment_holds_what_was_committed_by_then_and_goes_on(
    archived: Cluster, cast: Cast
) -> None:
    archive, base = archived.folder / "archive", archived.folder / "base"
    archived.run("pg_basebackup", "-U", SUPERUSER, "-D", base, "-X", "none", "--checkpoint=fast", "--no-sync")
    with django_at(archived), archived.superuser() as clock:
        kept = [submit(cast.hanako, "JST.P1.A1", "FY2026Q2", {"IND-02": "110"}), *append(event("kept"))]
        jobs.follow_ledger("ledger", 7)
        [[moment]] = clock.execute("SELECT clock_timestamp()::text").fetchall()
        lost = append(event("lost"), event("lost"))
        jobs.follow_ledger("ledger", 5)
        clock.execute("SELECT pg_switch_wal()")
        rows = clock.execute(ROWS).fetchall()
    archived.stop()  # and archives what is left
    archived.data = base
    (base / "recovery.signal").touch()
    archived.start(
        restore_command=f"cp {archive}/%f %p", recovery_target_time=str(moment), recovery_target_action="promote"
    )
    with django_at(archived):
        with archived.superuser() as there:
            while there.execute("SELECT pg_is_in_recovery()").fetchone() != (False,):
                pass
            assert there.execute(ROWS).fetchall() == rows[: -len(lost)]
        assert head() == kept[-1].position
        with reading():
            assert event_store.backlog("ledger") == head() - 17  # the checkpoint of that moment, not of the one after
        goes_on(cast)

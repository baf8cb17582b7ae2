"""A writer that holds its transaction open hides nothing from a follower: positions become visible in their order."""

import threading

import psycopg
import pytest
from django.db import connection, transaction

from agencies import access
from agencies.models import Agency
from reporting import event_store
from reporting.event_store import StaleStream, follow_page
from reporting.models import Event, Follower
from tests.acts import PATIENCE, Aside, append, event
from tests.cast import SYSTEM
from tests.databases import RUN_TIME_URL, SUPERUSER_URL, connect
from tests.storage.scenes import (
    LOCK,
    NEXT_OF_A_SEQUENCE,
    TAKE_THE_LOCK,
    OpenWriter,
    Superuser,
    edited,
    follow,
    held_open,
    until,
    until_waiting,
)


def numbered_by_a_sequence(superuser: Superuser) -> None:
    superuser.execute("CREATE SEQUENCE identity START 1000000")
    superuser.execute("GRANT ALL ON SEQUENCE identity TO PUBLIC")
    edited(superuser, LOCK, NEXT_OF_A_SEQUENCE)


def test_01_the_event_of_a_slow_writer_is_neither_lost_nor_overtaken(database: str, superuser: Superuser) -> None:
    assert follow() == []
    with Aside() as aside, held_open(aside, "slow") as commit:
        quick = aside.start(lambda: append(event("quick")))
        until_waiting(superuser)  # the quick writer queues behind the slow one
        assert follow() == []
        commit()
        quick.result(PATIENCE)
    assert follow() == ["slow", "quick"]
    assert follow() == []


def test_02_three_writers_and_a_reader_between_them_lose_nothing(database: str, superuser: Superuser) -> None:
    follow()
    seen: list[str] = []
    with Aside() as aside:
        with held_open(aside, "first") as commit:
            second = aside.start(lambda: append(event("second")))
            until_waiting(superuser)
            third = aside.start(lambda: append(event("third"), event("third")))
            until_waiting(superuser, 2)
            seen += follow()
            commit()
        second.result(PATIENCE)
        seen += follow()
        third.result(PATIENCE)
    seen += follow()
    assert sorted(seen) == ["first", "second", "third", "third"]


def test_02_a_writer_that_appends_twice_around_another_loses_it_nothing(database: str, superuser: Superuser) -> None:
    follow()
    with Aside() as aside:
        with access.acting(SYSTEM):
            event_store.append([event("a1")])
            between = aside.start(lambda: append(event("b")))
            until_waiting(superuser)
            event_store.append([event("a2")])
        between.result(PATIENCE)
    assert follow() == ["a1", "a2", "b"]


def test_02_control_up_to_the_newest_position_below_the_oldest_open_transaction_one_would_be_lost(
    database: str, superuser: Superuser
) -> None:
    """Reading by position up to a horizon made of transaction ids, as some stores do, jumps over what is in between."""
    numbered_by_a_sequence(superuser)
    horizon = """
        SELECT max(position) FROM event WHERE xmin::text::bigint < pg_snapshot_xmin(pg_current_snapshot())::text::bigint
    """
    with Aside() as aside, access.acting(SYSTEM):
        [first] = event_store.append([event("a1")])
        second = OpenWriter(aside, [event("b")])
        [third] = event_store.append([event("a2")])
        try:
            transaction.on_commit(lambda: until(superuser, horizon, third.position))
        finally:
            transaction.on_commit(second.commit)
    assert first.position < second.recorded[0].position < third.position  # below the horizon, and not there to be read


def inverted(superuser: Superuser) -> None:
    """A transaction that takes its id first, by an ordinary write, and appends last."""
    with Aside() as aside, access.acting(SYSTEM):
        Agency.objects.filter(code="JST").update(name_en="Japan Science and Technology Agency")
        aside.start(lambda: append(event("one", number="1"))).result(PATIENCE)
        event_store.append([event("one", number="2")])


def test_03_a_stream_is_never_read_in_another_order_than_its_versions(database: str, superuser: Superuser) -> None:
    inverted(superuser)
    with access.following():
        events = list(Event.objects.filter(stream="one").order_by("position"))
    assert [(e.version, e.data["number"]) for e in events] == [(1, "1"), (2, "2")]


def test_03_control_in_the_order_of_transaction_ids_the_second_version_would_come_first(
    database: str, superuser: Superuser
) -> None:
    inverted(superuser)
    by_id = "SELECT version FROM event WHERE stream = 'one' ORDER BY xmin::text::bigint"
    assert superuser.execute(by_id).fetchall() == [(2,), (1,)]


def test_04_an_open_reader_and_open_writers_here_and_in_another_database_stop_no_follower(
    database: str, superuser: Superuser
) -> None:
    """Nor do they stop a writer: what they hold back is every snapshot's xmin, which nothing here goes by."""
    with (
        connect(RUN_TIME_URL, database, autocommit=False) as idle,
        connect(RUN_TIME_URL, database, autocommit=False) as writing,
        connect(SUPERUSER_URL, "postgres", autocommit=False) as elsewhere,
    ):
        idle.execute("SELECT set_config('app.scope', 'all', true)")
        idle.execute("SELECT count(*) FROM event")
        writing.execute("SELECT pg_current_xact_id()")
        elsewhere.execute("SELECT pg_current_xact_id()")
        append(event("a"))
        held_back = "SELECT min(e.xmin::text::bigint) >= pg_snapshot_xmin(pg_current_snapshot())::text::bigint"
        assert superuser.execute(f"{held_back} FROM event e WHERE stream = 'a'".encode()).fetchone() == (True,)
        assert "a" in follow()


def test_04_who_idles_in_a_transaction_is_ended_by_the_server_and_holds_the_log_no_longer(database: str) -> None:
    """There is no alarm for one that idles; there is a bound on how long it can."""
    with access.reading(SYSTEM), connection.cursor() as cursor:
        cursor.execute("SHOW idle_in_transaction_session_timeout")
        assert cursor.fetchone() == ("30s",)
    with connect(RUN_TIME_URL, database, autocommit=False) as idle:
        idle.execute("SET LOCAL idle_in_transaction_session_timeout = '300ms'")
        idle.execute(TAKE_THE_LOCK)
        assert append(event("a"))  # waits for the lock, and shorter than its own two seconds
        with pytest.raises(psycopg.errors.IdleInTransactionSessionTimeout):
            idle.execute("SELECT 1")


def test_a_follower_that_fails_meets_the_same_event_again(database: str) -> None:
    def fail(page: event_store.follow.Page) -> None:
        raise ZeroDivisionError

    follow()
    append(event("poison"))
    with pytest.raises(ZeroDivisionError), access.following():
        follow_page("test", fail)
    with access.following():
        assert event_store.backlog("test") == 1
        event_store.stopped("test", ZeroDivisionError("here"))
        assert Follower.objects.get(name="test").error == "ZeroDivisionError: here"
    assert follow() == ["poison"]
    with access.following():
        assert Follower.objects.get(name="test").error == ""


def test_a_follower_that_fails_on_its_very_first_page_says_why_too(database: str) -> None:
    with access.following():
        event_store.stopped("newborn", ZeroDivisionError("here"))
        assert Follower.objects.get(name="newborn").error == "ZeroDivisionError: here"


def test_08_two_followers_of_one_name_share_the_work_and_apply_each_event_once(database: str) -> None:
    follow()
    append(event("a"))
    at_it, may_finish = threading.Event(), threading.Event()
    applied: list[int] = []

    def slowly(page: event_store.follow.Page) -> None:
        applied.extend(e.position for e in page)
        at_it.set()
        assert may_finish.wait(PATIENCE)

    def first() -> None:
        with access.following():
            follow_page("test", slowly)

    with Aside() as aside:
        running = aside.start(first)
        assert at_it.wait(PATIENCE)
        assert follow() == []  # the other is at it
        may_finish.set()
        running.result(PATIENCE)
    assert len(applied) == 1
    assert follow() == []


def test_01_control_numbered_by_a_sequence_and_without_the_lock_the_slow_event_would_be_lost(
    database: str, superuser: Superuser
) -> None:
    """The control: the way of most event tables loses the event in the very scenario above."""
    follow()
    numbered_by_a_sequence(superuser)
    with Aside() as aside, held_open(aside, "slow") as commit:
        aside.start(lambda: append(event("quick"))).result(PATIENCE)
        assert follow() == ["quick"]
        commit()
    assert follow() == []  # "slow" is in the log, below the checkpoint, and nobody will ever see it
    assert superuser.execute("SELECT count(*) FROM event WHERE stream = 'slow'").fetchone() == (1,)


def test_01_control_without_the_lock_alone_writers_of_a_stream_collide_loudly(
    database: str, superuser: Superuser
) -> None:
    """The second line of defence: the head's row keeps positions in order, and a version given twice is refused."""
    edited(superuser, LOCK)
    with Aside() as aside, held_open(aside, "slow") as commit:
        quick = aside.start(lambda: append(event("slow")))
        until_waiting(superuser)
        commit()
        error = quick.exception(PATIENCE)
    assert error is not None
    assert not isinstance(error, StaleStream)
    assert "event_stream_version_key" in str(error)

"""A writer that holds its transaction open hides nothing from a follower: positions become visible in their order."""

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import psycopg
import pytest

from agencies import access
from reporting import event_store
from reporting.event_store import StaleStream, follow_page
from reporting.models import Event, Follower
from tests.acts import PATIENCE, Aside, append, event
from tests.cast import SYSTEM
from tests.databases import RUN_TIME_URL, connect

Superuser = psycopg.Connection[tuple[object, ...]]
WAITS_FOR_A_LOCK = """
SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'
"""


@contextmanager
def held_open(aside: Aside, stream: str) -> Iterator[Callable[[], None]]:
    """A writer that has appended to `stream` and does not commit until told to."""
    appended, may_commit = threading.Event(), threading.Event()

    def write() -> None:
        with access.acting(SYSTEM):
            event_store.append([event(stream)])
            appended.set()
            assert may_commit.wait(PATIENCE)

    future = aside.start(write)
    assert appended.wait(PATIENCE)

    def commit() -> None:
        may_commit.set()
        future.result(PATIENCE)

    try:
        yield commit
    finally:
        may_commit.set()


def until_waiting(superuser: Superuser, number: int = 1) -> None:
    """Until that many sessions queue for a lock; each look is a round trip to the server."""
    deadline = threading.Timer(PATIENCE, superuser.cancel)
    deadline.start()
    while superuser.execute(WAITS_FOR_A_LOCK).fetchone() != (number,):
        pass
    deadline.cancel()


def follow() -> list[str]:
    """What a follower finds new in the streams of these tests."""
    seen: list[str] = []

    def apply(page: event_store.follow.Page) -> None:
        seen.extend(e.stream for e in page if e.type == "Happened")

    with access.following():
        while follow_page("test", apply):
            pass
    return seen


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


def test_03_a_stream_is_never_read_in_another_order_than_its_versions(database: str) -> None:
    """A transaction that has begun, read and written first, but appends last, comes last."""
    with Aside() as aside, access.acting(SYSTEM):
        list(Event.objects.filter(stream="one"))  # an older snapshot is taken and let go
        aside.start(lambda: append(event("one", number="1"))).result(PATIENCE)
        event_store.append([event("one", number="2")])
    with access.following():
        events = list(Event.objects.filter(stream="one").order_by("position"))
    assert [(e.version, e.data["number"]) for e in events] == [(1, "1"), (2, "2")]


def test_04_an_open_reader_and_an_open_transaction_elsewhere_stop_no_follower(database: str) -> None:
    with connect(RUN_TIME_URL, database, autocommit=False) as idle:
        idle.execute("SELECT set_config('app.scope', 'all', true)")
        idle.execute("SELECT count(*) FROM event")
        idle.execute("SELECT pg_current_xact_id()")  # it holds back every snapshot's xmin
        append(event("a"))
        assert "a" in follow()


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


def edited(superuser: Superuser, *changes: tuple[str, str]) -> None:
    """Replace append_events by a copy with the changes made in it."""
    row = superuser.execute("SELECT pg_get_functiondef('append_events'::regproc)").fetchone()
    assert row is not None
    body = str(row[0])
    for old, new in changes:
        assert old in body
        body = body.replace(old, new)
    superuser.execute(body.encode())


LOCK = ("PERFORM pg_advisory_xact_lock(7307020261);", "")


def test_01_control_numbered_by_a_sequence_and_without_the_lock_the_slow_event_would_be_lost(
    database: str, superuser: Superuser
) -> None:
    """The control: the way of most event tables loses the event in the very scenario above."""
    follow()
    superuser.execute("CREATE SEQUENCE identity START 1000000")
    superuser.execute("GRANT ALL ON SEQUENCE identity TO PUBLIC")
    edited(superuser, LOCK, ("head.position + n.i", "nextval('identity')"), ("UPDATE log_head SET", "--"))
    with Aside() as aside, held_open(aside, "slow") as commit:
        aside.start(lambda: append(event("quick"))).result(PATIENCE)
        assert follow() == ["quick"]
        commit()
    assert follow() == []  # "slow" is in the log, below the checkpoint, and nobody will ever see it
    assert superuser.execute("SELECT count(*) FROM event WHERE stream = 'slow'").fetchone() == (1,)


def test_01_control_without_the_lock_alone_writers_collide_loudly(database: str, superuser: Superuser) -> None:
    """The second line of defence: a position given twice is refused, never silently skipped."""
    edited(superuser, LOCK)
    with Aside() as aside, held_open(aside, "slow") as commit:
        quick = aside.start(lambda: append(event("quick")))
        until_waiting(superuser)
        commit()
        error = quick.exception(PATIENCE)
    assert error is not None
    assert not isinstance(error, StaleStream)
    assert "event_pkey" in str(error)

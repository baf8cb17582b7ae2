"""Many processes at the log at once. The small numbers are for every day, the large ones for `make crash`."""

from collections import Counter
from collections.abc import Callable
from concurrent.futures import Future
from dataclasses import replace
from threading import Barrier

import pytest
from django.db import DatabaseError
from django.db.models import QuerySet

from agencies import access
from reporting import event_store
from reporting.event_store import Recorded
from reporting.models import Event
from tests.acts import PATIENCE, Aside, all_at_once, append, event, reading
from tests.cast import SYSTEM
from tests.databases import SUPERUSER_URL, connect
from tests.processes import Crew
from tests.storage import jobs
from tests.storage.scenes import LOCK, Superuser, edited, until_waiting

NO_VERSION_CHECK = ("IF stale IS NOT NULL THEN", "IF false THEN")
NO_LOOK_FOR_THE_ID = ("IF known THEN", "IF false THEN")


def often(small: int, large: int) -> list[object]:
    return [small, pytest.param(large, marks=pytest.mark.long)]


def head() -> int:
    with reading():
        return event_store.head().position


def is_dense() -> bool:
    with reading():
        return list(Event.objects.values_list("position", flat=True)) == list(range(1, head() + 1))


@pytest.mark.parametrize("times", often(8, 1000))
def test_05_of_eight_processes_at_one_stream_exactly_one_wins_each_version(database: str, times: int) -> None:
    with Crew(database) as crew:
        answers = crew.run(*[(jobs.compete, {"stream": "a", "times": times})] * 8)
    versions = sorted(version for answer in answers for version in answer["won"])
    told = [pair for answer in answers for pair in answer["told"]]
    assert versions == list(range(1, len(versions) + 1))
    assert len(versions) + len(told) == 8 * times
    assert all(expected < actual for expected, actual in told)  # nobody was told of a version it knew
    assert is_dense()
    with reading():
        stream = event_store.stream("a")
    assert [e.version for e in stream] == versions
    assert [e.position for e in stream] == sorted(e.position for e in stream)
    print(f"{len(versions)} of {8 * times} won")


def test_05_control_without_the_comparison_every_one_of_them_would_win(database: str, superuser: Superuser) -> None:
    edited(superuser, NO_VERSION_CHECK)
    answers = all_at_once([lambda: append(event("a"), expected={"a": 0})[0]] * 8)
    assert all(isinstance(answer, Recorded) for answer in answers)


@pytest.mark.parametrize("times", often(5, 500))
def test_06_processes_that_write_the_same_streams_in_opposite_orders_all_get_through(database: str, times: int) -> None:
    before = head()
    there, back = {"streams": ["a", "b", "c"], "times": times}, {"streams": ["c", "b", "a"], "times": times}
    with Crew(database) as crew:
        answers = crew.run(*[(jobs.append_many, there), (jobs.append_many, back)] * 2)
    positions = [told["position"] for answer in answers for told in answer]
    assert sorted(positions) == list(range(before + 1, before + 1 + 4 * 3 * times))
    for answer in answers:  # no event of another between the three of a batch
        for i in range(0, len(answer), 3):
            assert [told["position"] - answer[i]["position"] for told in answer[i : i + 3]] == [0, 1, 2]


def crossed(superuser: Superuser) -> list[Exception | None]:
    """One writes a, and when another has begun with b, b; the other then writes a. How each of the two ended."""

    def both(first: str, second: str, in_between: Callable[[], None]) -> None:
        with access.acting(SYSTEM):
            event_store.append([event(first)])
            in_between()
            event_store.append([event(second)])

    def begin_the_other() -> None:
        others.append(aside.start(lambda: both("b", "a", lambda: None)))
        until_waiting(superuser)

    others: list[Future[None]] = []
    with Aside() as aside:
        one = aside.start(lambda: both("a", "b", begin_the_other))
        return [one.exception(PATIENCE), others[0].exception(PATIENCE)]


def test_06_transactions_that_append_in_opposite_orders_wait_for_each_other_and_do_not_deadlock(
    database: str, superuser: Superuser
) -> None:
    before = head()
    assert crossed(superuser) == [None, None]
    with reading():
        added = Event.objects.filter(position__gt=before).order_by("position").values_list("stream", flat=True)
        assert list(added) == ["a", "b", "b", "a"]


def test_06_control_with_a_lock_per_stream_they_would_deadlock(database: str, superuser: Superuser) -> None:
    of_each_stream = "PERFORM pg_advisory_xact_lock(hashtext(n ->> 'stream')) FROM jsonb_array_elements(batch) AS n;"
    edited(superuser, (LOCK[0], of_each_stream))
    assert any("deadlock detected" in str(error) for error in crossed(superuser))


@pytest.mark.parametrize("times", often(5, 125))
def test_07_the_same_events_sent_by_eight_processes_are_stored_once_and_answered_alike(
    database: str, times: int
) -> None:
    before = head()
    ids = [str(event_store.new_event_id()) for _ in range(8)]
    with Crew(database) as crew:
        answers = crew.run(*[(jobs.send_all, {"stream": "a", "ids": ids, "times": times})] * 8)
    told = [told for answer in answers for told in answer]
    assert len(told) == 8 * 8 * times
    assert len({tuple(t.values()) for t in told}) == 8
    assert head() == before + 8
    assert is_dense()


def test_07_control_without_looking_for_the_id_the_second_would_be_an_error(
    database: str, superuser: Superuser
) -> None:
    """And not a second event: the ids are unique."""
    edited(superuser, NO_LOOK_FOR_THE_ID)
    new = event("a")
    append(new)
    with pytest.raises(DatabaseError, match="event_event_id_key"):
        append(replace(new))


@pytest.mark.parametrize("times", often(10, 500))
def test_08_four_writers_and_five_followers_at_once_apply_each_event_once_and_in_order(
    database: str, times: int
) -> None:
    end = head() + 4 * 2 * times
    with connect(SUPERUSER_URL, database) as superuser:
        superuser.execute(jobs.LEDGER)
        writers = [(jobs.append_many, {"streams": [f"s{n}", "all"], "times": times}) for n in range(4)]
        followers = [
            (jobs.follow_until, {"name": name, "size": size, "position": end})
            for name, size in (("one", 7), ("one", 3), ("one", 50), ("two", 5), ("two", 100))
        ]
        with Crew(database) as crew:
            crew.run(*writers, *followers)
        assert is_dense()
        assert head() == end
        for name in ("one", "two"):
            # in the order in which they were applied: never back, never twice, none left out
            applied = superuser.execute("SELECT position FROM ledger WHERE follower = %s ORDER BY applied", [name])
            assert [position for (position,) in applied] == list(range(1, end + 1))


def test_08_control_without_the_lock_on_its_checkpoint_two_of_a_follower_would_apply_the_same_events(
    database: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(QuerySet, "select_for_update", lambda rows, **_: rows)
    with connect(SUPERUSER_URL, database) as superuser:
        superuser.execute(jobs.LEDGER)
        jobs.follow_ledger("one", 1)
        both_have_read = Barrier(2, timeout=PATIENCE)

        def apply(page: event_store.follow.Page) -> None:
            both_have_read.wait()
            jobs.keep_ledger("one", page)

        def follow() -> None:
            with access.following():
                event_store.follow_page("one", apply, 1)

        assert all_at_once([follow] * 2) == [None, None]
        found = superuser.execute("SELECT position FROM ledger WHERE follower = 'one'").fetchall()
    assert max(Counter(found).values()) == 2

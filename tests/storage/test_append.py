"""The one write of a fact: where it comes to stand, and when it is refused."""

import uuid
from dataclasses import replace

import psycopg
import pytest
from django.db import DatabaseError, connection, transaction

from agencies import access
from reporting import event_store
from reporting.event_store import EventIdReused, Recorded, StaleStream
from reporting.event_store.hashing import FloatInEvent, event_hash
from reporting.models import Event
from tests.acts import all_at_once, append, at, event, reading
from tests.cast import SYSTEM
from tests.databases import OWNER_URL, connect

Superuser = psycopg.Connection[tuple[object, ...]]


def head() -> int:
    with reading():
        return event_store.head().position


def count() -> int:
    with reading():
        return Event.objects.count()


def test_positions_have_no_gap_from_the_first_event_on(database: str) -> None:
    append(event("a"), event("b"), event("a"))
    with reading():
        assert list(Event.objects.values_list("position", flat=True)) == list(range(1, head() + 1))


def test_an_event_is_read_back_as_it_was_written_with_its_hash(database: str) -> None:
    new = event("a", "Happened", meta={"actor": "花子"}, name="挑戦", amount="12.50", agency="JST")
    [recorded] = append(new)
    with reading():
        stored = Event.objects.get(position=recorded.position)
    assert (stored.stream, stored.version, stored.event_id) == ("a", 1, new.event_id)
    assert (stored.data, stored.meta, stored.occurred_at) == (new.data, new.meta, new.occurred_at)
    assert bytes(stored.hash) == event_hash(new)
    assert stored.agency == "JST"
    assert stored.recorded_at == recorded.recorded_at


def test_versions_count_within_each_stream_and_positions_over_all(database: str) -> None:
    before = head()
    recorded = append(event("a"), event("b"), event("a"), event("b"), event("a"))
    assert [(r.stream, r.version) for r in recorded] == [("a", 1), ("b", 1), ("a", 2), ("b", 2), ("a", 3)]
    assert [r.position for r in recorded] == list(range(before + 1, before + 6))


def test_the_exact_version_is_accepted_and_any_other_is_told_the_true_one(database: str) -> None:
    append(event("a"), event("a"), expected={"a": 0})
    append(event("a"), expected={"a": 2})
    with pytest.raises(StaleStream) as refused:
        append(event("a"), expected={"a": 2})
    assert (refused.value.stream, refused.value.expected, refused.value.actual) == ("a", 2, 3)


def test_a_stream_expected_to_be_new_must_be_new(database: str) -> None:
    append(event("a"), expected={"a": 0})
    with pytest.raises(StaleStream) as refused:
        append(event("a"), expected={"a": 0})
    assert refused.value.actual == 1


def test_without_an_expectation_any_version_is_accepted(database: str) -> None:
    append(event("a"))
    assert append(event("a"))[0].version == 2


def test_06_one_stale_stream_among_many_writes_none_of_them(database: str) -> None:
    append(event("c"))
    before = count()
    with pytest.raises(StaleStream):
        append(event("a"), event("b"), event("c"), expected={"a": 0, "c": 0})
    assert count() == before == head()


def test_07_the_same_event_again_gets_the_first_answer_and_writes_nothing(database: str) -> None:
    new = event("a", agency="JST")
    [first] = append(new, expected={"a": 0})
    before = head()
    # The expectation no longer holds, and the request is another one: it is the same fact all the same.
    again = replace(new, meta={"request": "second"}, occurred_at=at("2026-07-01 12:01"))
    assert append(again, expected={"a": 0}) == [replace(first, repeated=True)]
    assert head() == before


def test_07_the_same_event_id_with_another_content_is_refused(database: str) -> None:
    new = event("a", value="1")
    append(new)
    before = count()
    for other in (
        replace(new, data={"value": "2"}), replace(new, stream="b"), replace(new, type="Other"),
        replace(new, meta={"actor": "Taro"}), replace(new, schema_version=2),
    ):  # fmt: skip
        with pytest.raises(EventIdReused):
            append(other)
    assert count() == before


def test_07_a_batch_that_is_half_known_is_refused_whole(database: str) -> None:
    known = event("a")
    append(known)
    before = count()
    with pytest.raises(EventIdReused):
        append(known, event("b"))
    assert count() == before


def test_07_one_event_twice_in_a_batch_is_refused_before_anything_is_written(database: str) -> None:
    twice, before = event("a"), count()
    with pytest.raises(EventIdReused):
        append(twice, event("b"), twice)
    assert count() == before


def test_07_eight_callers_with_the_same_event_are_answered_alike_and_one_is_stored(database: str) -> None:
    new = event("a")
    before = head()
    answers = all_at_once([lambda: append(new)[0]] * 8)
    assert {(a.position, a.version) for a in answers} == {(before + 1, 1)}
    assert sorted(a.repeated for a in answers) == [False] + [True] * 7
    assert head() == before + 1


def test_05_of_eight_writers_expecting_the_same_version_exactly_one_wins_each_time(database: str) -> None:
    for version in range(5):
        answers = all_at_once([lambda v=version: append(event("a"), expected={"a": v})[0] for _ in range(8)])
        winners = [a for a in answers if isinstance(a, Recorded)]
        losers = [a for a in answers if isinstance(a, StaleStream)]
        assert (len(winners), len(losers)) == (1, 7), answers
        assert winners[0].version == version + 1
        assert {loser.actual for loser in losers} == {version + 1}


def test_06_writers_of_the_same_streams_in_opposite_orders_do_not_deadlock(database: str) -> None:
    def write(*streams: str) -> list[Recorded]:
        recorded: list[Recorded] = []
        for _ in range(10):
            recorded += append(*(event(stream) for stream in streams))
        return recorded

    before = head()
    answers = all_at_once([lambda: write("a", "b"), lambda: write("b", "a")] * 2)
    positions = sorted(recorded.position for answer in answers for recorded in answer)
    assert positions == list(range(before + 1, before + 81))


def test_a_transaction_that_rolls_back_leaves_no_event_and_no_gap(database: str) -> None:
    before = head()

    def append_and_fail() -> None:
        with access.acting(SYSTEM):
            event_store.append([event("a")])
            raise RuntimeError

    with pytest.raises(RuntimeError):
        append_and_fail()
    assert append(event("a"))[0].position == before + 1


def test_an_append_outside_a_transaction_is_one_of_its_own(database: str) -> None:
    [first] = event_store.append([event("a")])
    with connect(OWNER_URL, database) as other:
        assert other.execute("SELECT position FROM log_head").fetchone() == (first.position,)


@pytest.mark.parametrize("level", ["REPEATABLE READ", "SERIALIZABLE"])
def test_a_snapshot_older_than_the_lock_is_refused(database: str, level: str) -> None:
    with transaction.atomic():
        connection.cursor().execute(f"SET TRANSACTION ISOLATION LEVEL {level}")
        with pytest.raises(DatabaseError, match="append_events needs READ COMMITTED"):
            event_store.append([event("a")])


def test_a_float_never_reaches_the_log(database: str) -> None:
    before = head()
    with pytest.raises(FloatInEvent):
        append(event("a", value=1.5))
    assert head() == before


def test_recorded_at_never_goes_back(database: str, superuser: Superuser) -> None:
    superuser.execute("UPDATE log_head SET recorded_at = now() + interval '1 hour'")
    with reading():
        ahead = event_store.head().recorded_at
    assert append(event("a"))[0].recorded_at == ahead


def test_recorded_at_is_the_databases_clock_and_not_the_business_time(database: str, superuser: Superuser) -> None:
    [[before]] = superuser.execute("SELECT clock_timestamp()").fetchall()
    [recorded] = append(event("a"))
    [[after]] = superuser.execute("SELECT clock_timestamp()").fetchall()
    assert before < recorded.recorded_at < after  # type: ignore[operator]


def test_in_a_sample_log_recorded_at_is_the_replayed_time(database: str, superuser: Superuser) -> None:
    superuser.execute("UPDATE log_head SET sample = 'replayed', recorded_at = '2026-06-01'")
    new = event("a")
    assert append(new)[0].recorded_at == new.occurred_at
    # and it still never goes back
    assert append(replace(event("a"), occurred_at=at("2026-06-15 00:00")))[0].recorded_at == new.occurred_at


def test_an_append_leaves_the_callers_scope_as_it_was(database: str) -> None:
    with access.acting(SYSTEM), connection.cursor() as cursor:
        event_store.append([event("a")])
        cursor.execute("SELECT current_setting('app.scope')")
        assert cursor.fetchone() == ("all",)


def test_ids_are_made_in_the_order_of_time() -> None:
    ids = [event_store.new_event_id() for _ in range(100)]
    assert ids == sorted(ids)
    assert {i.version for i in ids} == {7}
    assert isinstance(ids[0], uuid.UUID)

"""17: whatever is appended, repeated, rolled back, followed or broken off, and in whatever order: the log is a Python
list in the order of commit, and what a follower has made is the fold of the list up to its checkpoint."""

from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import Any

import pytest
from django.db import DatabaseError, OperationalError, connection
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, precondition, rule

from agencies import access
from reporting import event_store
from reporting.event_store import EventIdReused, NewEvent, StaleStream, follow_page
from reporting.event_store.hashing import event_hash
from reporting.models import Event
from tests.acts import PATIENCE, Aside, append, event, reading
from tests.cast import SYSTEM
from tests.databases import SUPERUSER_URL, Server, bare, connect
from tests.storage import jobs
from tests.storage.scenes import LOCK, OpenWriter, RolledBack, edited, play_out, until_waiting
from tests.storage.test_many_at_once import NO_LOOK_FOR_THE_ID, NO_VERSION_CHECK

STREAMS = st.lists(st.sampled_from("abc"), min_size=1, max_size=4)
# What is expected of each stream of a batch, if it is in it.
EXPECTATIONS = st.fixed_dictionaries({stream: st.sampled_from(["exact", "new", "any", "wrong"]) for stream in "abc"})
FOLLOWERS = st.sampled_from(["one", "two"])
PAGES = st.integers(1, 7)


class Model:
    """The log as a list."""

    def __init__(self) -> None:
        self.events: list[NewEvent] = []

    def version(self, stream: str) -> int:
        return sum(e.stream == stream for e in self.events)

    def append(self, events: Sequence[NewEvent], expected: dict[str, int]) -> dict[str, int] | list[Any]:
        """Position, version and whether it was known of each event, in the order of the batch; or the stale streams."""
        known = [e.event_id for e in self.events]
        if all(e.event_id in known for e in events):
            return [(p, self.row(p)[2], True) for p in (known.index(e.event_id) + 1 for e in events)]
        if stale := {s: self.version(s) for s, v in expected.items() if self.version(s) != v}:
            return stale
        first = len(self.events) + 1
        self.events += events
        return [(p, self.row(p)[2], False) for p in range(first, len(self.events) + 1)]

    def row(self, position: int) -> tuple[int, str, int]:
        stream = self.events[position - 1].stream
        return position, stream, sum(e.stream == stream for e in self.events[:position])


def machine(server: Server, template: str) -> type[RuleBasedStateMachine]:
    class History(RuleBasedStateMachine):
        def __init__(self) -> None:
            super().__init__()
            self.copy = server.copy(template)
            name = self.copy.__enter__()
            self.superuser = connect(SUPERUSER_URL, name)
            self.model = Model()
            self.checkpoints = {"one": 0, "two": 0}
            self.number = 0

        def teardown(self) -> None:
            try:
                self.the_log_is_the_list()
                while self.model.events[self.checkpoints["two"] :]:
                    self.follow("two", 7)
            finally:
                self.superuser.close()
                self.copy.__exit__(None, None, None)

        # --- writing

        @rule(streams=STREAMS, kinds=EXPECTATIONS)
        def append(self, streams: list[str], kinds: dict[str, str]) -> None:
            events, expected = self.new(streams), self.expected(streams, kinds)
            self.compare(self.model.append(events, expected), self.attempt(events, expected))

        @rule(streams=STREAMS, more=STREAMS, kinds=EXPECTATIONS)
        def append_twice_in_one_transaction(self, streams: list[str], more: list[str], kinds: dict[str, str]) -> None:
            """If the second is refused, the first is nothing either."""
            before, first, second = list(self.model.events), self.new(streams), self.new(more)
            self.model.append(first, {})
            expected = self.expected(more, kinds)
            predicted = self.model.append(second, expected)
            if isinstance(predicted, dict):
                self.model.events = before

            def both() -> list[event_store.Recorded]:
                with access.acting(SYSTEM):
                    event_store.append(first)
                    return event_store.append(second, expected)

            self.compare(predicted, outcome(both))

        @rule(streams=STREAMS)
        def roll_back(self, streams: list[str]) -> None:
            with Aside() as aside:
                OpenWriter(aside, self.new(streams)).roll_back()

        @rule(streams=STREAMS, others=STREAMS, kinds=EXPECTATIONS, commits=st.booleans(), the_same=st.booleans())
        def two_at_once(
            self, streams: list[str], others: list[str], kinds: dict[str, str], *, commits: bool, the_same: bool
        ) -> None:
            """The second waits for the first, whose end decides what the second meets."""
            events = self.new(streams)
            expected = {} if the_same else self.expected(others, kinds)
            with Aside() as aside:
                first = OpenWriter(aside, events)
                try:
                    later = events if the_same else self.new(others)
                    second = aside.start(lambda: self.attempt(later, expected))
                    until_waiting(self.superuser)
                    if commits:
                        first.commit()
                        self.model.append(events, {})
                    else:
                        first.roll_back()
                finally:
                    first.let_go()
                self.compare(self.model.append(later, expected), second.result(PATIENCE))

        @precondition(lambda self: self.model.events)
        @rule(data=st.data(), kinds=EXPECTATIONS)
        def repeat(self, data: st.DataObject, kinds: dict[str, str]) -> None:
            """Known events, of one append or of several; what is expected of their streams no longer matters."""
            known = st.integers(0, len(self.model.events) - 1)
            chosen = data.draw(st.lists(known, min_size=1, max_size=3, unique=True))
            events = [replace(self.model.events[i], meta={"request": "again"}) for i in chosen]
            expected = self.expected([e.stream for e in events], kinds)
            self.compare(self.model.append(events, expected), self.attempt(events, expected))

        @precondition(lambda self: self.model.events)
        @rule(data=st.data(), half=st.booleans())
        def reuse_an_id(self, data: st.DataObject, *, half: bool) -> None:
            """For another content, or in a batch that is half known."""
            known = data.draw(st.sampled_from(self.model.events))
            events = [known, *self.new(["a"])] if half else [replace(known, data={"number": "another"})]
            with pytest.raises(EventIdReused):
                append(*events)

        # --- following

        @rule(name=FOLLOWERS, size=PAGES)
        def follow(self, name: str, size: int) -> None:
            applied = jobs.follow_ledger(name, size)
            assert applied == min(size, len(self.model.events) - self.checkpoints[name])
            self.checkpoints[name] += applied
            self.a_follower_is_the_fold_up_to_its_checkpoint(name)

        @rule(name=FOLLOWERS, size=PAGES)
        def break_off(self, name: str, size: int) -> None:
            """A follower fails after it has written: nothing of it stays."""

            def apply(page: event_store.follow.Page) -> None:
                jobs.keep_ledger(name, page)
                raise RolledBack

            if self.checkpoints[name] < len(self.model.events):
                with pytest.raises(RolledBack), access.following():
                    follow_page(name, apply, size)
            self.a_follower_is_the_fold_up_to_its_checkpoint(name)

        @rule(name=FOLLOWERS, size=PAGES)
        def crash(self, name: str, size: int) -> None:
            """The session of a follower ends after it has written, as when its process dies."""

            def apply(page: event_store.follow.Page) -> None:
                jobs.keep_ledger(name, page)
                with connection.cursor() as cursor:
                    cursor.execute("SELECT pg_backend_pid()")
                    self.superuser.execute("SELECT pg_terminate_backend(%s, 10000)", cursor.fetchone())
                    cursor.execute("SELECT 1")

            if self.checkpoints[name] < len(self.model.events):
                with pytest.raises(OperationalError), access.following():
                    follow_page(name, apply, size)
                connection.close()
            self.a_follower_is_the_fold_up_to_its_checkpoint(name)

        @rule(name=FOLLOWERS, size=PAGES)
        def rebuild(self, name: str, size: int) -> None:
            """What a follower has made is thrown away, and made again from the first event."""
            self.superuser.execute("DELETE FROM ledger WHERE follower = %s", [name])
            self.superuser.execute("DELETE FROM reporting_follower WHERE name = %s", [name])
            self.checkpoints[name] = 0
            while self.checkpoints[name] < len(self.model.events):
                self.follow(name, size)

        # --- comparing

        def new(self, streams: list[str]) -> list[NewEvent]:
            self.number += len(streams)
            return [event(stream, number=str(self.number - i)) for i, stream in enumerate(streams)]

        def expected(self, streams: list[str], kinds: dict[str, str]) -> dict[str, int]:
            of_kind = {"new": lambda _: 0, "exact": self.model.version, "wrong": lambda s: self.model.version(s) + 1}
            return {s: of_kind[kinds[s]](s) for s in set(streams) if kinds[s] != "any"}

        def attempt(self, events: list[NewEvent], expected: dict[str, int]) -> Any:
            return outcome(lambda: append(*events, expected=expected))

        def compare(self, predicted: Any, got: Any) -> None:
            if isinstance(predicted, dict):  # any one of the stale streams is named, with its true version
                assert isinstance(got, StaleStream), got
                assert predicted[got.stream] == got.actual
            else:
                assert got == predicted

        def the_log_is_the_list(self) -> None:
            with reading():
                log = list(Event.objects.order_by("position"))
            rows = [self.model.row(p) for p in range(1, len(self.model.events) + 1)]
            assert [(e.position, e.stream, e.version) for e in log] == rows
            assert [(e.event_id, e.data, bytes(e.hash)) for e in log] == [
                (e.event_id, e.data, event_hash(e)) for e in self.model.events
            ]
            assert [e.recorded_at for e in log] == sorted(e.recorded_at for e in log)

        def a_follower_is_the_fold_up_to_its_checkpoint(self, name: str) -> None:
            made = self.superuser.execute(
                "SELECT position, stream, version FROM ledger WHERE follower = %s ORDER BY applied", [name]
            )
            assert made.fetchall() == [self.model.row(p) for p in range(1, self.checkpoints[name] + 1)]

    return History


def outcome(act: Any) -> Any:
    try:
        return [(r.position, r.version, r.repeated) for r in act()]
    except StaleStream as stale:
        return stale


@pytest.fixture
def empty(server: Server, django_db_setup: str, django_db_blocker: Any) -> Iterator[str]:
    """A template whose log is empty: migrated and granted, without a plan."""
    name = f"{django_db_setup}_empty"
    with django_db_blocker.unblock():
        server.create(name, bare(django_db_setup))
        with connect(SUPERUSER_URL, name) as superuser:
            superuser.execute(jobs.LEDGER)
        yield name
        server.drop(name)


def play(server: Server, template: str, examples: int) -> None:
    play_out(machine(server, template), examples, 25)


@pytest.mark.parametrize("examples", [12, pytest.param(200, marks=pytest.mark.long)])
def test_17_the_log_is_a_list_and_a_follower_the_fold_of_its_beginning(
    server: Server, empty: str, examples: int
) -> None:
    play(server, empty, examples)


@pytest.mark.parametrize(
    "change", [LOCK, NO_VERSION_CHECK, NO_LOOK_FOR_THE_ID], ids=["no lock", "no comparison", "no look for the id"]
)
def test_17_control_an_append_function_with_a_line_taken_out_is_found_out(
    server: Server, empty: str, change: tuple[str, str]
) -> None:
    with connect(SUPERUSER_URL, empty) as superuser:
        edited(superuser, change)
    with pytest.raises((AssertionError, DatabaseError, ExceptionGroup)):
        play(server, empty, 20)

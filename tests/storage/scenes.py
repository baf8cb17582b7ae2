"""Scenes of the log's tests: a writer that holds its transaction open, sessions that wait, a function made worse."""

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import hypothesis
import psycopg
from hypothesis.stateful import RuleBasedStateMachine, run_state_machine_as_test

from agencies import access
from reporting import event_store
from reporting.event_store import NewEvent, Recorded, follow_page
from tests.acts import PATIENCE, Aside, event
from tests.cast import SYSTEM

Superuser = psycopg.Connection[tuple[object, ...]]
WAITS_FOR_A_LOCK = """
SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'
"""
LOCK = ("done := pg_advisory_xact_lock(7307020261) IS NOT NULL;", "")
NEXT_OF_A_SEQUENCE = (  # for appends of one event
    """    UPDATE log_head SET
            position = log_head.position + size,
            recorded_at = greatest(log_head.recorded_at, CASE sample WHEN '' THEN clock_timestamp() ELSE newest END)
        RETURNING * INTO head;
""",
    "SELECT true, nextval('identity'), clock_timestamp(), '' INTO head;",
)
TAKE_THE_LOCK = "SELECT pg_advisory_xact_lock(7307020261)"


def play_out(machine: type[RuleBasedStateMachine], examples: int, steps: int) -> None:
    """The same examples every time, in a copy of the database each, without looking for a smaller one."""
    run_state_machine_as_test(
        machine,
        settings=hypothesis.settings(
            max_examples=examples,
            stateful_step_count=steps,
            deadline=None,
            derandomize=True,
            database=None,
            suppress_health_check=list(hypothesis.HealthCheck),
            phases=[hypothesis.Phase.generate],
        ),
    )


class OpenWriter:
    """Has appended and does not end its transaction until told to."""

    def __init__(self, aside: Aside, events: list[NewEvent]) -> None:
        self.recorded: list[Recorded] = []
        self._appended, self._may_go_on, self._keep = threading.Event(), threading.Event(), True

        def write() -> None:
            with access.acting(SYSTEM):
                self.recorded = event_store.append(events)
                self._appended.set()
                assert self._may_go_on.wait(PATIENCE)
                if not self._keep:
                    raise RolledBack

        self._future = aside.start(write)
        assert self._appended.wait(PATIENCE)

    def commit(self) -> None:
        self._may_go_on.set()
        self._future.result(PATIENCE)

    def roll_back(self) -> None:
        self._keep = False
        self._may_go_on.set()
        assert isinstance(self._future.exception(PATIENCE), RolledBack)

    def let_go(self) -> None:
        self._may_go_on.set()


class RolledBack(Exception):
    """What a writer raises that is to write nothing."""


@contextmanager
def held_open(aside: Aside, *streams: str) -> Iterator[Callable[[], None]]:
    """A writer that has appended to the streams; gives what makes it commit."""
    writer = OpenWriter(aside, [event(stream) for stream in streams])
    try:
        yield writer.commit
    finally:
        writer.let_go()


def until(superuser: Superuser, query: str, answer: object) -> None:
    """Until the query has that answer; each look is a round trip to the server, and patience has an end."""
    deadline = threading.Timer(PATIENCE, superuser.cancel)
    deadline.start()
    while superuser.execute(query.encode()).fetchone() != (answer,):
        pass
    deadline.cancel()


def until_waiting(superuser: Superuser, number: int = 1) -> None:
    """Until that many sessions queue for a lock."""
    until(superuser, WAITS_FOR_A_LOCK, number)


def follow(name: str = "test", size: int = 500) -> list[str]:
    """What a follower finds new in the streams of these tests."""
    seen: list[str] = []

    def apply(page: event_store.follow.Page) -> None:
        seen.extend(e.stream for e in page if e.type == "Happened")

    with access.following():
        while follow_page(name, apply, size):
            pass
    return seen


def edited(superuser: Superuser, *changes: tuple[str, str]) -> None:
    """Replace append_events by a copy with the changes made in it."""
    row = superuser.execute("SELECT pg_get_functiondef('append_events'::regproc)").fetchone()
    assert row is not None
    body = str(row[0])
    for old, new in changes:
        assert old in body
        body = body.replace(old, new)
    superuser.execute(body.encode())

"""16: whatever the server will not do in time or at all, nothing is half-written, the person is told so, and the same
command given again goes through."""

import time
import uuid
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from django.db import connection, connections
from django.test import Client
from knox.models import AuthToken
from pytest_django import Settings

from agencies.models import Person
from reporting import event_store
from reporting.domain.errors import Busy
from reporting.models import Event, EventText, Figure, Report
from tests.acts import PATIENCE, Aside, in_time, reading, submit, withdraw
from tests.cast import Cast
from tests.databases import OWNER_URL, SUPERUSER_URL, close_connections, connect
from tests.storage.scenes import TAKE_THE_LOCK, Superuser, until_waiting

# Raised where the event is written: after the report's row was made and locked, and before its figures.
FAILS = """
CREATE FUNCTION fail() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN RAISE EXCEPTION 'by the test' USING ERRCODE = '{}'; END $$;
CREATE TRIGGER fails BEFORE INSERT ON event FOR EACH ROW EXECUTE FUNCTION fail();
"""
REFUSALS = {
    "serialization_failure": "40001", "deadlock_detected": "40P01", "lock_not_available": "55P03",
    "query_canceled": "57014", "disk_full": "53100", "admin_shutdown": "57P01", "too_many_connections": "53300",
    "idle_in_transaction_session_timeout": "25P03", "out_of_memory": "53200", "io_error": "58030",
}  # fmt: skip


def state() -> dict[str, Any]:
    with reading():
        counted = {model.__name__: model.objects.count() for model in (Event, EventText, Report, Figure)}
        return counted | {"head": event_store.head().position}


def submitted(cast: Cast) -> Any:
    return submit(cast.hanako, "JST.P1.A1", "FY2026Q1", {"IND-02": "350"}, summary="順調")


def is_refused_then_goes_through(cast: Cast, put_right: Callable[[], object]) -> None:
    before = state()
    with pytest.raises(Busy):
        submitted(cast)
    assert state() == before
    put_right()
    assert submitted(cast).position == before["head"] + 1


@contextmanager
def the_log_held(database: str) -> Iterator[Callable[[], None]]:
    """By somebody who does not let go. Gives what makes them let go."""
    with connect(SUPERUSER_URL, database, autocommit=False) as holder:
        holder.execute(TAKE_THE_LOCK)
        yield holder.rollback


@contextmanager
def settings_of_sessions(options: str) -> Iterator[None]:
    default = connections.settings["default"]["OPTIONS"]
    before = default["options"]
    close_connections()
    default["options"] = options
    try:
        yield
    finally:
        close_connections()
        default["options"] = before


@pytest.mark.parametrize("name", REFUSALS)
def test_16_an_error_in_the_append_is_busy_and_nothing_is_written(database: str, cast: Cast, name: str) -> None:
    with connect(OWNER_URL, database) as owner:
        owner.execute(FAILS.format(REFUSALS[name]).encode())
        is_refused_then_goes_through(cast, lambda: owner.execute("DROP TRIGGER fails ON event"))


def test_16_control_with_what_comes_before_committed_by_itself_half_a_command_would_stay(
    database: str, cast: Cast, monkeypatch: Any
) -> None:
    append = event_store.append

    def commit_and_append(*arguments: Any) -> Any:
        connection.connection.commit()  # past Django, which believes the transaction to be open
        return append(*arguments)

    before = state()
    with connect(OWNER_URL, database) as owner:
        owner.execute(FAILS.format(REFUSALS["disk_full"]).encode())
        monkeypatch.setattr(event_store, "append", commit_and_append)
        with pytest.raises(Busy):
            submitted(cast)
    after = state()
    assert (after["Event"], after["Report"]) == (before["Event"], before["Report"] + 1)


def test_16_whoever_waits_too_long_for_the_log_is_told_and_may_come_again(database: str, cast: Cast) -> None:
    with the_log_held(database) as let_go:
        begin = time.monotonic()
        is_refused_then_goes_through(cast, let_go)
        assert time.monotonic() - begin < 4  # lock_timeout is two seconds


def test_16_control_without_the_limit_they_would_wait_as_long_as_the_log_is_held(
    database: str, cast: Cast, superuser: Superuser
) -> None:
    with settings_of_sessions("-c lock_timeout=0"), Aside() as aside, the_log_held(database) as let_go:
        command = aside.start(lambda: submitted(cast))
        until_waiting(superuser)
        superuser.execute("SELECT pg_sleep(2.5)")  # more than the limit there is
        assert not command.done()
        let_go()
        assert command.result(PATIENCE)


def test_16_a_statement_that_takes_too_long_is_ended(database: str, cast: Cast) -> None:
    with settings_of_sessions("-c statement_timeout=300ms"), the_log_held(database) as let_go:
        is_refused_then_goes_through(cast, let_go)


def test_16_a_transaction_that_idles_too_long_is_ended(database: str, cast: Cast, monkeypatch: Any) -> None:
    """A command that froze before it appended: the server has let go of its locks, and it is told so when it wakes."""
    append = event_store.append

    def freeze(*arguments: Any) -> Any:
        time.sleep(0.5)
        return append(*arguments)

    with settings_of_sessions("-c idle_in_transaction_session_timeout=200ms"):
        monkeypatch.setattr(event_store, "append", freeze)
        is_refused_then_goes_through(cast, monkeypatch.undo)


def test_16_of_two_that_deadlock_the_command_is_told_and_may_come_again(
    database: str, cast: Cast, superuser: Superuser
) -> None:
    """Somebody with a transaction by hand, in an order no command has: first the log, then a report."""
    submitted(cast)
    before = state()
    with connect(SUPERUSER_URL, database, autocommit=False) as by_hand, Aside() as aside:
        by_hand.execute("SET deadlock_timeout = '1min'")  # so that it is never the one to be ended
        by_hand.execute(TAKE_THE_LOCK)
        command = aside.start(lambda: withdrawn(cast))
        until_waiting(superuser)  # it has locked its report, and waits for the log
        by_hand.execute("UPDATE reporting_report SET late = late WHERE id = 'JST.P1.A1@FY2026Q1'")
        assert isinstance(command.exception(), Busy)
        assert "deadlock detected" in str(command.exception().__cause__)
        by_hand.rollback()
    assert state() == before
    assert withdrawn(cast).position == before["head"] + 1


def withdrawn(cast: Cast) -> Any:
    return withdraw(cast.hanako, "JST.P1.A1@FY2026Q1")


def test_16_a_machine_is_answered_503_and_when_to_come_again(database: str, cast: Cast, settings: Settings) -> None:
    settings.BUSINESS_CLOCK = in_time("FY2026Q1")
    _, token = AuthToken.objects.create(Person.objects.get(username="hanako"))
    headers = {"authorization": f"Token {token}", "idempotency-key": str(uuid.uuid4())}
    client = Client(headers=headers, raise_request_exception=False)
    report = {"assignment": "JST.P1.A1", "period": "FY2026Q1", "figures": {"IND-02": {"value": "350"}}}
    with the_log_held(database) as let_go:
        answer = client.post("/api/v1/reports/", report, content_type="application/json")
        assert (answer.status_code, answer.json()["code"]) == (503, "busy")
        assert answer.headers["Retry-After"] == "60"
        let_go()
    assert client.post("/api/v1/reports/", report, content_type="application/json").status_code == 201

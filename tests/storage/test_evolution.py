"""Events of every version ever written read as today's; what is not known stops a follower at exactly that event."""

import io
import json
import re
from pathlib import Path
from typing import Any

import pytest
from django.core.management import call_command
from django.db import connection

from agencies import access
from reporting import event_store
from reporting.domain.events import EVENTS
from reporting.event_store import UnknownEvent
from reporting.models import CurrentEvent, Event, Follower, OutboxMail
from reporting.projections import rollups
from reporting.tasks import look_now
from tests.acts import append, event, put_in_force, reading, submit, withdraw
from tests.cast import Cast
from tests.databases import OWNER_URL, connect

GOLDEN = Path(__file__).parent.parent / "golden"
SQL = Path(event_store.__file__).parent.parent / "migrations" / "sql" / "event_current.sql"
EVERY = [(type_, version) for type_, latest in EVENTS.items() for version in range(1, latest + 1)]


def golden(type_: str, version: int) -> dict[str, Any]:
    found: dict[str, Any] = json.loads((GOLDEN / f"{type_}.v{version}.json").read_text(encoding="utf-8"))
    return found


def lifted(type_: str, version: int, data: Any) -> Any:
    with reading(), connection.cursor() as cursor:
        cursor.execute("SELECT upcast_event(%s, %s::smallint, %s)", [type_, version, json.dumps(data)])
        [answer] = cursor.fetchone()
        return None if answer is None else json.loads(answer)


def evolve(name: str, *, known: dict[str, int] | None = None, size: int = 500) -> list[CurrentEvent]:
    """One page of a follower of the test's own."""
    seen: list[CurrentEvent] = []
    with access.following():
        event_store.follow_page(name, seen.extend, size, known=known)
    return seen


def at(name: str) -> int:
    with reading():
        return Follower.objects.get(name=name).position


@pytest.fixture
def second_version(database: str) -> None:
    """A migration of the future: ReportWithdrawn says why, from its version 2 on."""
    text = SQL.read_text(encoding="utf-8")
    step = """WHEN 1 THEN data || '{"why": "not said"}' WHEN 2 THEN data END"""
    text, one = re.subn(r"(WHEN 'ReportWithdrawn' THEN CASE schema_version) WHEN 1 THEN data END", rf"\1 {step}", text)
    text, two = re.subn(r"WHEN '' THEN 0::smallint", "WHEN 'ReportWithdrawn' THEN 2::smallint", text)
    assert (one, two) == (1, 1)
    with connect(OWNER_URL, database) as owner:
        owner.execute(text.encode())


def test_20_there_is_a_golden_file_for_every_type_and_version_and_for_no_other() -> None:
    assert {file.name for file in GOLDEN.glob("*.json")} == {f"{type_}.v{version}.json" for type_, version in EVERY}


@pytest.mark.parametrize(("type_", "version"), EVERY)
def test_20_what_was_written_reads_as_its_golden_file_says(database: str, type_: str, version: int) -> None:
    file = golden(type_, version)
    assert lifted(type_, version, file["written"]) == file["reads"]
    assert lifted(type_, EVENTS[type_], file["reads"]) == file["reads"]  # what reads as today stays as it is


def test_20_the_database_knows_every_type_and_version_of_the_registry_and_no_other(database: str) -> None:
    branches = re.findall(r"WHEN '(\w+)' THEN CASE schema_version(.*?) END", SQL.read_text(encoding="utf-8"))
    in_sql = {(type_, int(version)) for type_, steps in branches for version in re.findall(r"WHEN (\d+)", steps)}
    assert in_sql == set(EVERY)
    for type_, latest in EVENTS.items():
        assert lifted(type_, latest + 1, {}) is None
        assert lifted(type_, 0, {}) is None
    assert lifted("Happened", 1, {}) is None
    with reading(), connection.cursor() as cursor:
        cursor.execute("SELECT t, current_version(t) FROM unnest(%s::text[]) AS t", [list(EVENTS)])
        assert dict(cursor.fetchall()) == EVENTS


def test_20_what_is_written_today_has_the_shape_of_its_golden_file(cast: Cast) -> None:
    """An event that gained or lost a field without a new version would be seen here."""
    put_in_force(cast.ichiro, cast.hanako, "JST.P1.A1", "FY2026Q1", {"IND-02": "350"})
    # Absent where there is nothing to say: no target was proposed, nothing is checked, nothing was asked about.
    optional = {"TargetSet": {"proposal"}, "IndicatorDefined": {"checks"}, "ReportSubmitted": {"warnings"}}
    with reading():
        written = list(Event.objects.all())
    assert len({e.type for e in written}) > 10
    for e in written:
        shape = set(golden(e.type, e.schema_version)["written"])
        assert set(e.data) ^ shape <= optional.get(e.type, set()), e


def test_events_of_an_older_version_read_as_the_newest_and_the_log_keeps_what_was_written(
    cast: Cast, second_version: None
) -> None:
    submit(cast.hanako, "JST.P1.A1", "FY2026Q1", {"IND-02": "350"})
    withdraw(cast.hanako, "JST.P1.A1@FY2026Q1")
    with reading():
        now = CurrentEvent.objects.get(type="ReportWithdrawn")
        raw = Event.objects.get(type="ReportWithdrawn")
    assert (now.schema_version, now.written_version, now.data["why"]) == (2, 1, "not said")
    assert (raw.schema_version, "why" in raw.data) == (1, False)
    assert now in evolve("new", known=EVENTS | {"ReportWithdrawn": 2}, size=10_000)


def test_code_older_than_the_database_stops_at_the_event_it_would_misread(cast: Cast, second_version: None) -> None:
    submit(cast.hanako, "JST.P1.A1", "FY2026Q1", {"IND-02": "350"})
    position = withdraw(cast.hanako, "JST.P1.A1@FY2026Q1").position
    assert [e.position for e in evolve("old", known=EVENTS, size=10_000)] == list(range(1, position))
    with pytest.raises(UnknownEvent):
        evolve("old", known=EVENTS)
    assert at("old") == position - 1


def test_a_database_older_than_the_code_stops_it_too(cast: Cast) -> None:
    submit(cast.hanako, "JST.P1.A1", "FY2026Q1", {"IND-02": "350"})
    newer = EVENTS | {"ReportSubmitted": 2}
    assert evolve("new", known=newer, size=10_000)[-1].type != "ReportSubmitted"
    with pytest.raises(UnknownEvent):
        evolve("new", known=newer)


@pytest.mark.parametrize(("type_", "version"), [("Happened", 1), ("ReportApproved", 9)])
def test_a_follower_stops_at_exactly_the_event_it_does_not_know(cast: Cast, type_: str, version: int) -> None:
    submit(cast.hanako, "JST.P1.A1", "FY2026Q1", {"IND-02": "350"})
    stranger = event("test/1", type_, agency="JST")
    object.__setattr__(stranger, "schema_version", version)
    [unknown] = append(stranger)
    submit(cast.taro, "JSPS.P1.A1", "FY2026Q1", {"IND-02": "1"})
    look_now()
    look_now()  # a second look finds it in the same place
    with reading():
        found = Follower.objects.get(name=rollups.NAME)
        assert found.position == unknown.position - 1  # what came before is applied
        for name in ("rollups", "alerts"):
            error = Follower.objects.get(name=name).error
            assert f"position {unknown.position}" in error
            assert f"{type_} of version {version}" in error
    said = io.StringIO()
    call_command("summary", stdout=said)
    assert f"follower rollups has stopped: UnknownEvent: the event at position {unknown.position}" in said.getvalue()


def test_one_follower_that_stops_keeps_no_other_from_its_work(cast: Cast) -> None:
    """The mails still go out, and commands still work."""
    append(event())
    look_now()
    submit(cast.hanako, "JST.P1.A1", "FY2026Q1", {"IND-02": "350"})
    seen = []
    while page := evolve("tolerant"):
        seen += page
    with reading():
        assert len(seen) == event_store.head().position
        assert not OutboxMail.objects.filter(state="sending").exists()
        assert not Follower.objects.filter(name="mails").exclude(error="").exists()


def test_a_stopped_follower_goes_on_when_the_event_is_known(cast: Cast, database: str) -> None:
    [unknown] = append(event())
    look_now()
    text = SQL.read_text(encoding="utf-8")
    branch = "WHEN 'Happened' THEN CASE schema_version WHEN 1 THEN data END\n    WHEN 'AgencyAssigned'"
    with connect(OWNER_URL, database) as owner:
        owner.execute(text.replace("WHEN 'AgencyAssigned'", branch, 1).encode())
    assert [e.type for e in evolve("other", known=EVENTS | {"Happened": 1}, size=10_000)][-1] == "Happened"
    assert at("other") == unknown.position

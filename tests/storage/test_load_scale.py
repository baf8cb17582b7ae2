"""A made-up country of any size goes in through the log, and all that is built from it follows from the log."""

import hashlib
import io
import os
from typing import Any

import psycopg
import pytest
from django.core.management import CommandError, call_command

from agencies.models import Membership, Role
from reporting import event_store
from reporting.event_store import NewEvent
from reporting.event_store.hashing import event_hash
from reporting.management import scale
from reporting.management.commands.load_scale import QUARTERS, _measures
from reporting.models import Event, EventText, Figure, Follower, OutboxMail, Report
from tests.acts import reading
from tests.check_as_of import check
from tests.storage.oracle import differences
from tests.storage.test_rebuild import rebuild

Superuser = psycopg.Connection[tuple[Any, ...]]
SIZE = {"agencies": 3, "quarters": 3, "measures": 8}
LARGE = os.environ.get("SCALE", "40x20x50")  # agencies x quarters x measures, for `make crash ARGS="-k made_up"`


@pytest.fixture
def sample(superuser: Superuser) -> None:
    """The test's database as one that was made a sample before its first event."""
    superuser.execute("UPDATE log_head SET sample = 'replayed'")


def load(**options: int) -> str:
    said = io.StringIO()
    call_command("load_scale", stdout=said, **{**SIZE, "workers": 1, **options})
    return said.getvalue()


def reports() -> list[Event]:
    with reading():
        return list(Event.objects.filter(stream__startswith="report/").order_by("position"))


def test_a_log_with_real_events_is_refused(database: str) -> None:
    before = event_store.head().position
    with pytest.raises(CommandError, match="this log holds real events"):
        load()
    assert event_store.head().position == before


def test_what_is_loaded_went_through_the_log_and_is_what_is_shown(sample: None) -> None:
    said = load()
    assert "3 measures" not in said
    assert "8 measures, 3 agencies, 24 assignments" in said
    events = reports()
    assert {"ReportSubmitted", "ReportApproved"} <= {e.type for e in events}
    for e in events:
        new = NewEvent(e.stream, e.type, e.data, e.meta, e.occurred_at, e.schema_version, e.event_id)
        assert event_hash(new) == bytes(e.hash)
    assert [e.occurred_at for e in events] == sorted(e.occurred_at for e in events)
    with reading():
        assert Report.objects.count() > 50
        assert set(Figure.objects.values_list("answer", flat=True)) >= {"value", "nothing"}
        assert Membership.objects.filter(role=Role.REPORTER, person__username="scale-sc0001").exists()
        assert event_store.head().sample == "replayed"
    assert differences() == {}
    assert "no difference" in rebuild(check=True)


def test_texts_stand_beside_their_events_with_the_commitments_kept(sample: None) -> None:
    load(quarters=4)
    with reading():
        texts = {(t.event_id, t.field): hashlib.sha256(bytes(t.salt) + t.text.encode()).hexdigest()
                 for t in EventText.objects.all()}  # fmt: skip
    said = {(e.event_id, field): commitment for e in reports() for field, commitment in e.data.get("texts", {}).items()}
    assert said
    assert said == texts


def test_the_same_seed_gives_the_same_reports_whoever_makes_them(sample: None) -> None:
    load(workers=2)
    events = reports()
    metas = {e.meta["agency"]: e.meta for e in events}
    measures = _measures(8)
    again: set[object] = set()
    for number, quarter in enumerate(QUARTERS[:3]):
        reporters = [scale.Reporter(code, metas[code]) for code in ("SC0001", "SC0002", "SC0003")]
        part = scale.Part(1, quarter, number == 2, reporters, measures, metas["CAO"])
        again |= {e.event_id for e in scale.events_of(part, [])}
    assert {e.event_id for e in events} == again


def test_more_measures_than_the_plan_has_are_adopted(sample: None) -> None:
    said = load(agencies=1, quarters=1, measures=75)
    assert "75 measures, 1 agencies, 75 assignments" in said
    assert differences() == {}


def test_broken_off_it_goes_on_and_run_again_it_adds_nothing(sample: None, superuser: Superuser) -> None:
    load()
    before, numbers = event_store.head().position, len(reports())
    with reading():
        figures = Figure.objects.count()
    # As if it had been killed after the last batch of the last quarter, before that was written down.
    superuser.execute("DELETE FROM scale.progress WHERE step = 'log' AND number = 2")
    load()
    assert (event_store.head().position, len(reports())) == (before, numbers)
    with reading():
        assert Figure.objects.count() == figures
    with pytest.raises(CommandError, match="a load of another size"):
        load(agencies=4)


def test_nobody_is_told_of_what_was_loaded(sample: None) -> None:
    load()
    with reading():
        assert not OutboxMail.objects.exists()
        head = event_store.head().position
        assert set(Follower.objects.values_list("position", flat=True)) == {head}


@pytest.mark.parametrize("size", ["6x8x8", pytest.param(LARGE, marks=pytest.mark.long)])
def test_18_national_figures_of_a_made_up_country_as_of_200_positions_are_the_fold_of_its_events(
    sample: None, size: str, capsys: pytest.CaptureFixture[str]
) -> None:
    load(**dict(zip(SIZE, map(int, size.split("x")), strict=True)))
    said: list[str] = []
    found = check(positions=200, seed=18, say=said.append)
    with capsys.disabled():
        print(
            f"\n{size}: {event_store.head().position:,} events, {found.cells:,} national cells at {found.positions}"
            f" positions: {found.differ} differ; the slowest question took {found.slowest:.2f} s"
        )
    assert (found.positions, found.differ) == (200, 0), said
    assert found.cells > 3_000

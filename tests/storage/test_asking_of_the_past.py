"""What people are shown when they ask of the past: by whom, of which report, on which page."""

from collections.abc import Sequence
from importlib import import_module
from typing import Any

import psycopg
import pytest
from django.db import connection
from pytest_django import Settings

from agencies import access
from agencies.access import Actor
from indicators.periods import Frequency, Period, reporting_periods
from reporting import event_store
from reporting.models import Figure, ReportState
from reporting.queries import desk, review_queue, work
from reporting.queries.rollups import yearly
from reporting.queries.rollups_at import GIVEN, YEAR, given
from reporting.tasks import look_now
from tests.acts import (
    PATIENCE,
    Aside,
    append,
    approve,
    at,
    event,
    put_in_force,
    reading,
    row_of,
    submit,
    withdraw,
)
from tests.cast import Cast
from tests.databases import OWNER_URL, connect
from tests.storage.test_rollups import live

LATER = at("2027-05-01 10:00")


def test_an_agency_is_shown_past_sums_of_all_and_nothing_else_of_others(cast: Cast) -> None:
    put_in_force(cast.ichiro, cast.taro, "JSPS.P1.A1", "FY2026Q1", {"IND-02": "1,400"})
    put_in_force(cast.ichiro, cast.hanako, "JST.P1.A1", "FY2026Q1", {"IND-02": "350"})
    submit(cast.taro, "JSPS.P1.A1", "FY2026Q2", {"IND-02": "50"})
    position = event_store.head().position
    put_in_force(cast.ichiro, cast.hanako, "JST.P1.A1", "FY2026Q2", {"IND-02": "1"})

    def rows(actor: Actor) -> dict[str | None, tuple[Any, Any]]:
        with access.reading(actor):
            found = yearly(
                actor=actor, indicators=["IND-02"], years=["FY2026"], agencies=["JST", "JSPS"], parts=True,
                as_of=position,
            )  # fmt: skip
            assert not Figure.objects.filter(agency="JSPS").exists() or actor.scope is access.Scope.ALL
        return {row.agency_id: (row.value, row.pending_value) for row in found}

    assert rows(cast.ichiro) == {None: (1_750, 1_800), "JSPS": (1_400, 1_450), "JST": (350, 350)}
    assert rows(cast.hanako) == {None: (1_750, 1_750), "JST": (350, 350)}  # what waits is between JSPS and CSTI
    assert rows(access.NOBODY) == {}


def test_reports_queue_and_story_are_those_of_then(cast: Cast) -> None:
    report = "JST.P1.A1@FY2026Q1"
    submitted = submit(cast.hanako, "JST.P1.A1", "FY2026Q1", {"IND-02": "350"}).position
    withdrawn = withdraw(cast.hanako, report).position
    again = submit(cast.hanako, "JST.P1.A1", "FY2026Q1", {"IND-02": "360"}).position
    approved = approve(cast.ichiro, report).position

    def stood(position: int | None) -> tuple[str | None, int, list[str]]:
        with access.reading(cast.ichiro):
            found = work.find_report(cast.ichiro, report, as_of=position)
            waiting = review_queue.queue(cast.ichiro, LATER, as_of=position).rows
            told = work.story(found, as_of=position) if found else []
        return found and found.status, len(waiting), [t.event.type.removeprefix("Report") for t in told]

    assert stood(submitted - 1) == (None, 0, [])
    assert stood(submitted) == ("submitted", 1, ["Submitted"])
    assert stood(withdrawn) == ("withdrawn", 0, ["Withdrawn", "Submitted"])
    assert stood(again) == ("submitted", 1, ["Submitted", "Withdrawn", "Submitted"])
    assert stood(None) == stood(approved) == ("approved", 0, ["Approved", "Submitted", "Withdrawn", "Submitted"])
    assert row_of(report).status == "approved"  # the row that is locked says the same
    with access.reading(cast.taro):
        assert work.find_report(cast.taro, report, as_of=again) is None


def test_asked_as_of_the_head_a_page_says_what_it_says_now(cast: Cast, settings: Settings) -> None:
    settings.BUSINESS_CLOCK = LATER
    live(cast, 77, 60)
    look_now()
    look_now()  # standings are events too
    head = event_store.head().position
    for actor in (cast.ichiro, cast.hanako):
        with access.reading(actor, at_one_moment=True):
            now, then = (desk.front_page(actor=actor, now=LATER, as_of=as_of) for as_of in (None, head))
            assert now is not None
            assert then is not None
            assert seen(now.headlines) == seen(then.headlines)
            assert [p.standings for p in now.pillars] == [p.standings for p in then.pillars]
            assert (now.freshness.position, then.freshness.position) == (head, head)
            for code in ("IND-02", "P1.A1.M2", "IND-06"):
                pages = [desk.indicator_page(actor=actor, code=code, now=LATER, as_of=as_of) for as_of in (None, head)]
                told = [page and (seen([page.figure, *page.domains]), page.missing, page.history, [
                    (a.severity, a.opened_at, a.responsible) for a in page.alerts
                ], [[r.value for r in a.rollups] for a in page.agencies]) for page in pages]  # fmt: skip
                assert told[0] == told[1]
                assert told[0] is not None
            measures = [
                desk.measure_page(actor=actor, code="P1.A1.M2", now=LATER, as_of=as_of) for as_of in (None, head)
            ]
            assert measures[0] is not None
            assert measures[1] is not None
            assert seen(measures[0].figures) == seen(measures[1].figures)


def seen(figures: Sequence[Any]) -> list[Any]:
    return [(f.indicator.code, f.cls, f.newest, f.later, [(r.year, r.flow, r.value, r.with_pending) for r in f.rows])
            for f in figures]  # fmt: skip


def test_states_of_a_log_of_before_are_filled_in_as_they_would_have_been_written(
    database: str, cast: Cast, superuser: Any
) -> None:
    live(cast, 21, 120)
    names = ", ".join(f.column for f in ReportState._meta.concrete_fields if f.name != "id")
    ask = f"SELECT {names} FROM reporting_reportstate ORDER BY report_id, version"
    written = superuser.execute(ask).fetchall()
    assert {row[names.split(", ").index("status")] for row in written} >= {"submitted", "approved", "returned"}
    superuser.execute("TRUNCATE reporting_reportstate")
    for column, default in (("approved_version", "0"), ("approved_name", "''"), ("corrected", "false")):  # are later
        superuser.execute(f"ALTER TABLE reporting_reportstate ALTER COLUMN {column} SET DEFAULT {default}")
    with connect(OWNER_URL, database, autocommit=False) as owner:  # as a migration does
        owner.execute(import_module("reporting.migrations.0005_report_states").FILL)
    superuser.execute("SET session_replication_role = replica")  # the guard did not know the columns yet
    fill = import_module("reporting.migrations.0024_corrections_and_reopening").FILL
    superuser.execute(fill.format(table="reporting_reportstate"))
    assert superuser.execute(ask).fetchall() == written


def test_a_state_is_only_ever_closed(cast: Cast, superuser: Any) -> None:
    submit(cast.hanako, "JST.P1.A1", "FY2026Q1", {"IND-02": "350"})
    for statement in ("UPDATE reporting_reportstate SET status = 'approved'", "DELETE FROM reporting_reportstate"):
        with pytest.raises(psycopg.errors.RaiseException, match="Cannot"):
            superuser.execute(statement)


def test_the_fiscal_year_of_a_period_is_that_of_the_rules(database: str) -> None:
    """The SQL knows which year a period lies in; so do the rules."""
    periods = [p for f in Frequency for p in reporting_periods(f, 2026, 2028)]
    periods += [Period.parse(f"{year}-{month:02}") for year in (2026, 2027) for month in range(1, 13)]
    codes = [period.code for period in periods]
    nothing = [None] * len(codes)
    columns = [["IND-02"] * len(codes), codes, ["nation"] * len(codes), nothing, nothing, nothing, nothing]
    with reading(), connection.cursor() as cursor:
        cursor.execute(f"SELECT c.period, {YEAR} FROM ({GIVEN}) c", given(columns, 1))
        assert dict(cursor.fetchall()) == {period.code: period.year.code for period in periods}


def test_an_answer_of_several_queries_stands_for_one_position(cast: Cast) -> None:
    def positions(*, at_one_moment: bool) -> list[int]:
        with Aside() as aside, access.reading(cast.ichiro, at_one_moment=at_one_moment):
            first = event_store.head().position
            aside.start(lambda: append(event("test/1", "Happened"))).result(PATIENCE)
            return [first, event_store.head().position]

    first, second = positions(at_one_moment=True)
    assert first == second
    first, second = positions(at_one_moment=False)  # the control
    assert first < second

"""What was known at a position of the log is asked of the tables, and is what its events come to, for good."""

import random
import re
from collections.abc import Callable, Sequence
from dataclasses import fields
from datetime import datetime, timedelta
from importlib import import_module
from typing import Any

import psycopg
import pytest
from django.db import connection
from pytest_django import Settings

from agencies import access
from agencies.access import Actor
from agencies.models import in_force
from indicators.models import Target
from indicators.periods import Frequency, Period, reporting_periods
from reporting import event_store
from reporting.commands.plan import load_plan, register_agencies
from reporting.event_store import heads
from reporting.management.commands.load_plan import SHIPPED
from reporting.models import Figure, ReportState, Standing
from reporting.queries import desk, work
from reporting.queries.as_of import find_as_of
from reporting.queries.rollups import yearly
from reporting.queries.rollups_at import CELL, GIVEN, NUMBERS, YEAR, cells_of, given, rollups_of
from reporting.tasks import catch_up_rollups, look_now, seal_log
from tests.acts import PATIENCE, Aside, approve, at, eventually, put_in_force, reading, row_of, submit, withdraw
from tests.cast import SYSTEM, Cast
from tests.storage.fold import Fold, State, folds
from tests.storage.oracle import Cell, Numbers, Oracle, shown
from tests.storage.test_rollups import live

LATER = at("2027-05-01 10:00")
TEXT = SHIPPED.read_text(encoding="utf-8")
EVERY_CELL = rollups_of(cells_of("SELECT * FROM reporting_figure"))


def cells_at(position: int) -> dict[Cell, Numbers]:
    """Every rollup as of a position, as the product counts it."""
    with access.following(), connection.cursor() as cursor:
        cursor.execute(EVERY_CELL, {"position": position})
        width = len(CELL)
        answer = {}
        for row in cursor.fetchall():
            numbers = dict(zip(NUMBERS, row[width:], strict=True))
            answer[Cell(*row[:width])] = Numbers(**{field.name: numbers[field.name] for field in fields(Numbers)})
    return answer


def states_at(position: int | None) -> dict[str, State]:
    with reading():
        return {
            s.report_id: State(s.status, s.version, s.submitted_version, s.submitted_name, s.late, s.decided_name)
            for s in ReportState.objects.filter(in_force(position))
        }


def targets_at(position: int | None) -> dict[tuple[Any, ...], tuple[Any, int]]:
    with reading():
        rows = Target.objects.filter(in_force(position))
        return {(t.indicator_id, t.agency_id, t.domain_id, t.component): (t.value, t.year) for t in rows}


def standings_at(position: int | None) -> dict[tuple[Any, ...], str]:
    with reading():
        rows = Standing.objects.filter(in_force(position))
        return {(s.indicator_id, s.agency_id, s.domain_id): s.cls for s in rows}


Answer = tuple[Any, ...]


def answer_at(position: int) -> Answer:
    return cells_at(position), states_at(position), targets_at(position), standings_at(position)


def folded(fold: Fold) -> Answer:
    return Oracle(fold.facts).cells(), dict(fold.states), dict(fold.targets), dict(fold.standings)


class Plan:
    """The plan file, changed passage by passage."""

    def __init__(self) -> None:
        self.text = TEXT

    def change(self, pattern: str, new: str) -> None:
        self.text, changed = re.subn(pattern, new, self.text, count=1, flags=re.DOTALL)
        assert changed
        load_plan(actor=SYSTEM, text=self.text, file="plan7.yaml", reason="見直し", now=LATER)


def newcomer(number: int) -> None:
    agency = {"code": f"NEW-{number}", "name_ja": "新", "name_en": "New", "kind": "university", "supervisors": ["MEXT"],
              "corporate_number": "", "groups": ["UNIV", "TOKUTEI"][: 1 + number % 2]}  # fmt: skip
    register_agencies(actor=SYSTEM, agencies=[agency], now=LATER)


CHANGES: Sequence[Callable[[Plan], None]] = (
    lambda plan: plan.change(r"(- id: JST\n(?:  .*?\n)*?  supervisors:\n  )- MEXT\n", r"\1- METI\n"),
    lambda plan: newcomer(1),
    lambda plan: plan.change(r"(- id: P1\.A1\.M2\n.*?aggregation: )sum_of_flows\n", r"\1stock_latest_sum\n"),
    lambda plan: plan.change(r"(- id: JST\n(?:  .*?\n)*?  supervisors:\n  )- METI\n", r"\1- MEXT\n"),
    lambda plan: newcomer(2),
    lambda plan: plan.change(r"(- id: IND-02\n.*?target:\n.*?value: )\d+", r"\g<1>19000"),
)


def history(cast: Cast, seed: int) -> dict[int, dict[Cell, Numbers]]:
    """Reports at random, returned, withdrawn, sent again, approved; the plan, the groups and the definitions changing
    in between. Gives what the live tables showed at the positions they stood at."""
    dice, plan, seen = random.Random(seed), Plan(), {}
    for step, change in enumerate(CHANGES):
        live(cast, seed * 100 + step, dice.randrange(10, 40))
        change(plan)
        live(cast, seed * 100 + 50 + step, dice.randrange(5, 20))
        if dice.random() < 0.5:
            look_now()  # judged too
        else:
            catch_up_rollups()
        if event_store.backlog("rollups") == 0:
            with reading():
                seen[event_store.head().position] = shown()
    return seen


@pytest.mark.parametrize("seed", [1, 2])
def test_18_as_of_any_position_is_the_fold_of_the_first_events_and_what_the_live_tables_showed(
    cast: Cast, settings: Settings, seed: int
) -> None:
    settings.BUSINESS_CLOCK = LATER
    first = event_store.head().position
    seen = history(cast, seed)
    assert len(seen) >= 3
    head = event_store.head().position
    dice = random.Random(seed)
    positions = sorted({*seen, head, first, 1, *dice.sample(range(first + 1, head), 25)})
    answers = {}
    with reading():
        for fold in folds(positions):
            answers[fold.position] = folded(fold)
    for position in positions:
        assert answer_at(position) == answers[position], position
    for position, showed in seen.items():
        assert cells_at(position) == showed
    assert (states_at(None), targets_at(None), standings_at(None)) == answers[head][1:]
    assert len({len(cells) for cells, *_ in answers.values()}) > 10, "a history in which much happens"

    live(cast, seed * 100 + 99, 40)  # and the past stays what it was
    newcomer(3)
    for position in positions[:: max(1, len(positions) // 5)]:
        assert answer_at(position) == answers[position], position


def test_18_a_time_is_the_position_that_was_sealed_by_then_for_good(cast: Cast) -> None:
    sealed: list[tuple[datetime, int]] = []
    for quarter in range(1, 5):
        submit(cast.hanako, "JST.P1.A1", f"FY2026Q{quarter}", {"IND-02": str(quarter)})
        if quarter != 2:  # two at once
            seal_log()
            newest = heads.newest()
            assert newest is not None
            sealed.append((newest.sealed_at, newest.size))
    dice = random.Random(18)
    first, last = sealed[0][0], sealed[-1][0]
    times = [moment for moment, _ in sealed]
    times += [moment - timedelta(microseconds=1) for moment in times]
    times += [first + dice.random() * (last - first) for _ in range(20)]
    now = last + timedelta(hours=1)
    asked = {moment: find_as_of(text=moment.isoformat(), now=now) for moment in times}
    for moment, found in asked.items():
        assert found.position == max((size for at_, size in sealed if at_ <= moment), default=0)
        assert found.moment == moment
    assert set(answer_at(asked[last].position or 0)[1]) == {f"JST.P1.A1@FY2026Q{n}" for n in range(1, 5)}
    submit(cast.taro, "JSPS.P1.A1", "FY2026Q1", {"IND-02": "1"})
    seal_log()
    assert {moment: find_as_of(text=moment.isoformat(), now=now) for moment in times} == asked


def test_a_time_asked_while_someone_seals_waits_for_what_they_seal(cast: Cast) -> None:
    """Else the same time would be answered otherwise a moment later."""
    submit(cast.hanako, "JST.P1.A1", "FY2026Q1", {"IND-02": "1"})
    with Aside() as aside:
        with access.following():
            head = heads.seal()
            assert head is not None
            now = head.sealed_at + timedelta(hours=1)
            asked = aside.start(lambda: find_as_of(text=head.sealed_at.isoformat(), now=now))
            eventually(lambda: _waits_for(heads.LOCK), "the one who asks waits")
        assert asked.result(PATIENCE).position == head.size


def _waits_for(lock: int) -> bool:
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT EXISTS (SELECT FROM pg_locks WHERE locktype = 'advisory' AND NOT granted AND objid = %s)",
            [lock & 0xFFFFFFFF],
        )
        return bool(cursor.fetchone()[0])


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
            waiting = work.queue(cast.ichiro, LATER, as_of=position)
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
            assert [p.counts for p in now.pillars] == [p.counts for p in then.pillars]
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


def test_states_of_a_log_of_before_are_filled_in_as_they_would_have_been_written(cast: Cast, superuser: Any) -> None:
    live(cast, 21, 120)
    names = ", ".join(f.column for f in ReportState._meta.concrete_fields if f.name != "id")
    ask = f"SELECT {names} FROM reporting_reportstate ORDER BY report_id, version"
    written = superuser.execute(ask).fetchall()
    assert {row[names.split(", ").index("status")] for row in written} >= {"submitted", "approved", "returned"}
    superuser.execute("TRUNCATE reporting_reportstate")
    with superuser.transaction():
        superuser.execute(import_module("reporting.migrations.0005_report_states").FILL)
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
    columns = [["IND-02"] * len(codes), codes, ["nation"] * len(codes), nothing, nothing, nothing]
    with reading(), connection.cursor() as cursor:
        cursor.execute(f"SELECT c.period, {YEAR} FROM ({GIVEN}) c", given(columns, 1))
        assert dict(cursor.fetchall()) == {period.code: period.year.code for period in periods}

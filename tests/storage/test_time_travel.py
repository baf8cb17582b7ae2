"""What was known at a position of the log is asked of the tables, and is what its events come to, for good."""

import io
import random
import re
from collections.abc import Callable, Sequence
from dataclasses import fields
from datetime import datetime, timedelta
from typing import Any

import pytest
from django.core.management import call_command
from django.db import connection
from pytest_django import DjangoDbBlocker, Settings

from agencies import access
from agencies.models import in_force
from deploy.devstack.plan import BUSINESS_CLOCK
from indicators.models import Indicator, Target
from reporting import event_store
from reporting.commands.plan import definitions, load_plan, register_agencies
from reporting.commands.plan.appending import append, plan_event
from reporting.domain import events as names
from reporting.event_store import heads
from reporting.management.commands.load_plan import SHIPPED
from reporting.models import ReportState, Standing
from reporting.projections import cuts
from reporting.queries.as_of import find_as_of
from reporting.queries.rollups import yearly, years_of
from reporting.queries.rollups_at import CELL, NUMBERS, cells_of, rollups_of
from reporting.tasks import catch_up_rollups, look_now, seal_log
from tests.acts import PATIENCE, Aside, at, eventually, reading, submit
from tests.cast import SYSTEM, Cast
from tests.check_as_of import check
from tests.databases import HERE, Server, pointing_at
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


def years_at(position: int) -> dict[Cell, Numbers]:
    """The nation's fiscal years as a page asks for them."""
    with access.reading(SYSTEM):
        codes = list(Indicator.objects.values_list("code", flat=True))
        rows = yearly(actor=SYSTEM, indicators=codes, years=years_of(2020, 2030), parts=True, as_of=position)
        return {
            Cell(r.indicator_id, r.period, r.scope, None, r.domain_id, r.component): Numbers(
                **{field.name: getattr(r, field.name) for field in fields(Numbers)}
            )
            for r in rows
        }


Answer = tuple[Any, ...]


def answer_at(position: int) -> Answer:
    return cells_at(position), states_at(position), targets_at(position), standings_at(position)


def folded(fold: Fold) -> Answer:
    return Oracle(fold.facts).cells(), dict(fold.states), dict(fold.targets), dict(fold.standings)


class Plan:
    """The plan file, changed passage by passage."""

    def __init__(self) -> None:
        self.text = TEXT

    def write(self, pattern: str, new: str) -> None:
        self.text, changed = re.subn(pattern, new, self.text, count=1, flags=re.DOTALL)
        assert changed

    def change(self, pattern: str, new: str) -> None:
        self.write(pattern, new)
        load_plan(actor=SYSTEM, text=self.text, file="plan7.yaml", reason="見直し", now=LATER)


def newcomer(number: int) -> None:
    agency = {"code": f"NEW-{number}", "name_ja": "新", "name_en": "New", "kind": "university", "supervisors": ["MEXT"],
              "corporate_number": "", "groups": ["UNIV", "TOKUTEI"][: 1 + number % 2]}  # fmt: skip
    register_agencies(actor=SYSTEM, agencies=[agency], now=LATER)


def count_otherwise(plan: Plan) -> None:
    """No plan file does this while figures are in force; a log from before that rule may have it."""
    plan.write(r"(- id: P1\.A1\.M2\n.*?aggregation: )sum_of_flows\n", r"\1stock_latest_sum\n")
    with access.acting(SYSTEM):
        said = definitions.newest(["P1.A1.M2"])["P1.A1.M2"] | {"aggregation": "stock_latest_sum"}
        stream = names.indicator_stream("P1.A1.M2")
        append([plan_event(stream, "IndicatorDefined", said, SYSTEM, LATER, {"load": True, "key": "P1.A1.M2"})])


CHANGES: Sequence[Callable[[Plan], None]] = (
    lambda plan: plan.change(r"(- id: JST\n(?:  .*?\n)*?  supervisors:\n  )- MEXT\n", r"\1- METI\n"),
    lambda plan: newcomer(1),
    count_otherwise,
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


@pytest.mark.parametrize("seed", [1, *(pytest.param(seed, marks=pytest.mark.long) for seed in range(2, 6))])
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
    cut_at = sorted(dice.sample(range(first, head), 4))
    for last, position in zip([0, *cut_at], cut_at, strict=False):
        with access.following():
            cuts.cut_at(position, last=last)
    for position in positions:  # before the first cut from all figures, after it from what has happened since
        nation = {c: n for c, n in answers[position][0].items() if c.scope == "nation" and len(c.period) == 6}
        assert years_at(position) == nation, (position, cut_at)
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
        waits = f"SELECT FROM pg_locks WHERE {HERE} AND locktype = 'advisory' AND NOT granted AND objid = %s"
        cursor.execute(f"SELECT EXISTS ({waits})", [lock & 0xFFFFFFFF])
        return bool(cursor.fetchone()[0])


def test_18_control_the_check_of_a_whole_database_finds_a_figure_that_is_not_what_the_log_says(
    cast: Cast, superuser: Any
) -> None:
    live(cast, 31, 60)
    said: list[str] = []
    found = check(positions=300, seed=31, scopes="all", say=said.append)
    assert (found.differ, found.positions) == (0, 300)
    assert found.cells > 20
    superuser.execute("SET session_replication_role = replica")
    superuser.execute("UPDATE reporting_figure SET value = value + 1 WHERE value IS NOT NULL AND denominator IS NULL")
    assert check(positions=300, seed=31, say=said.append).differ > 0
    assert any("DIFFERS at" in line for line in said)


@pytest.mark.long
def test_18_national_figures_of_the_demo_as_of_200_positions_are_the_fold_of_its_events(
    server: Server, django_db_setup: str, django_db_blocker: DjangoDbBlocker, settings: Settings
) -> None:
    settings.DEMO, settings.BUSINESS_CLOCK = True, datetime.fromisoformat(BUSINESS_CLOCK)
    name = f"{django_db_setup}_sample"
    server.create(name)
    try:
        with pointing_at(name), django_db_blocker.unblock():
            call_command("migrate", database="owner", interactive=False, verbosity=0)
            call_command("apply_grants", stdout=io.StringIO())
            call_command("load_sample", inline=True, stdout=io.StringIO())
            found = check(positions=200, seed=18, scopes="all")
    finally:
        server.drop(name)
    assert (found.positions, found.differ) == (200, 0)
    assert found.cells > 20_000

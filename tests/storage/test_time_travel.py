"""What was known at a position of the log is asked of the tables, and is what its events come to, for good."""

import random
import re
from collections.abc import Callable, Sequence
from dataclasses import fields
from typing import Any

import pytest
from django.db import connection
from pytest_django import Settings

from agencies import access
from agencies.models import in_force
from indicators.models import Target
from reporting import event_store
from reporting.commands.plan import load_plan, register_agencies
from reporting.management.commands.load_plan import SHIPPED
from reporting.models import ReportState, Standing
from reporting.queries.rollups_at import CELL, NUMBERS, cells_of, rollups_of
from reporting.tasks import catch_up_rollups, look_now
from tests.acts import at, reading
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

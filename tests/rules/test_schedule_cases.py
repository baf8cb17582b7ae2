"""Earned schedule and the agencies' grades, worked out by hand; each row says how."""

from decimal import Decimal
from fractions import Fraction
from typing import Any

import pytest

from indicators.agency_grade import grade
from indicators.earned_schedule import PlanError, earned_schedule, schedule
from indicators.trajectory import Ramp, TrajectoryError

D, F = Decimal, Fraction
PLAN = [10, 30, 60, 100]

EARNED: list[tuple[str, list[Any], Any, int | None, Any]] = [
    # how; plan; earned; planned duration; ES
    ("nothing", PLAN, 0, None, 0),
    ("less than nothing (taken back)", PLAN, -5, None, 0),
    ("half of the first period", PLAN, 5, None, F(1, 2)),
    ("just the first", PLAN, 10, None, 1),
    ("1 + 10/20", PLAN, 20, None, F(3, 2)),
    ("just the second", PLAN, 30, None, 2),
    ("2 + 15/30", PLAN, 45, None, F(5, 2)),
    ("3 + 39/40", PLAN, 99, None, F(159, 40)),
    ("finished", PLAN, 100, None, 4),
    ("more than planned is capped", PLAN, 150, None, 4),
    ("a decimal: 2 + 0.3/30", PLAN, D("30.3"), None, D("2.01")),
    ("a flat stretch: its later end", [10, 10, 20], 10, None, 2),
    ("before a flat stretch", [10, 10, 20], 5, None, F(1, 2)),
    ("after it: 2 + 5/10", [10, 10, 20], 15, None, F(5, 2)),
    ("nothing planned at first, nothing done: on plan", [0, 10], 0, None, 1),
    ("1 + 5/10", [0, 10], 5, None, F(3, 2)),
    ("the plan ends where it comes to its total", [10, 20, 20, 20], 20, None, 2),
    ("a longer duration asked for: the later end of the flat", [10, 20, 20, 20], 20, 4, 4),
    ("a shorter one caps", PLAN, 100, 3, 3),
    ("one period", [8], 2, None, F(1, 4)),
]  # fmt: skip


@pytest.mark.parametrize(("how", "plan", "earned", "duration", "es"), EARNED, ids=[row[0] for row in EARNED])
def test_what_is_earned_stands_at_a_time_of_the_plan(
    how: str, plan: list[Any], earned: Any, duration: int | None, es: Any
) -> None:
    assert earned_schedule(plan, earned, planned_duration=duration) == F(es)


SCHEDULES: list[tuple[str, Any, Any, Any, Any, Any, Any, Any]] = [
    # how; earned; actual time; SV(t), SPI(t), SPI, IEAC(t), TSPI, of the plan 10, 30, 60, 100
    ("on plan", 30, 2, 0, 1, 1, 4, 1),
    ("half a period ahead: 2.5 of 2; 45/30; 4/1.25; 1.5/2", 45, 2, F(1, 2), F(5, 4), F(3, 2), F(16, 5), F(3, 4)),
    ("one behind: 2 of 3; 30/60; 4*3/2; 2/1", 30, 3, -1, F(2, 3), F(1, 2), 6, 2),
    ("a period and a half gone, plan 20: 1/1.5; 10/20; 4*1.5; 3/2.5", 10, F(3, 2), F(-1, 2), F(2, 3), F(1, 2), 6,
     F(6, 5)),
    ("nothing earned has no end in sight", 0, 1, -1, 0, 0, None, F(4, 3)),
    ("at the start: nothing to compare with", 0, 0, 0, None, None, None, 1),
    ("ahead before the start", 5, 0, F(1, 2), None, None, None, F(7, 8)),
    ("finished early: nothing left to do", 100, 3, 1, F(4, 3), F(5, 3), 3, 0),
    ("at the planned end: no time left", 60, 4, -1, F(3, 4), F(3, 5), F(16, 3), None),
    ("late: SPI is 1, SPI(t) 4/5", 100, 5, -1, F(4, 5), 1, 5, None),
    ("over-fulfilled: SPI beyond 1, ES is not", 120, 4, 0, 1, F(6, 5), 4, None),
]  # fmt: skip


@pytest.mark.parametrize("row", SCHEDULES, ids=[row[0] for row in SCHEDULES])
def test_a_schedule_is_as_worked_out(row: tuple[Any, ...]) -> None:
    _, earned, now, sv_t, spi_t, spi, ieac_t, tspi = row
    found = schedule(PLAN, earned, now)
    assert (found.sv_t, found.spi_t, found.spi, found.ieac_t, found.tspi) == (sv_t, spi_t, spi, ieac_t, tspi)
    assert found.es == now + sv_t


def test_a_schedule_keeps_to_the_duration_it_is_given() -> None:
    """The plan 10, 20, 20, 20 over three periods instead of two: 20 is earned at 3, half a period ahead of 2.5."""
    found = schedule([10, 20, 20, 20], 20, F(5, 2), planned_duration=3)
    assert (found.es, found.sv_t, found.spi_t, found.ieac_t, found.tspi) == (3, F(1, 2), F(6, 5), F(5, 2), 0)


def test_9200_people_stand_where_the_plan_stood_after_1_9_years() -> None:
    """The same by the trajectory's own inverse: 「計画上1.9年目の水準（0.1年の遅れ）」."""
    ramp = Ramp(start_flow=F(3623), years=5, target=F(30_000))
    found = schedule([ramp.expected(F(year)) for year in range(1, 6)], 9200, 2)
    assert found.es == ramp.reached_at(F(9200))
    assert (round(float(found.es), 2), round(float(found.sv_t), 2)) == (1.92, -0.08)


NO_TOTAL = "a running total that falls, or comes to nothing"


@pytest.mark.parametrize(
    ("what", "plan", "duration", "words"),
    [
        ("no plan", [], None, NO_TOTAL),
        ("a plan of nothing", [0, 0], None, NO_TOTAL),
        ("a falling plan", [10, 5, 20], None, NO_TOTAL),
        ("a plan that begins below zero", [-1, 5], None, NO_TOTAL),
        ("no periods", PLAN, 0, "0 periods, of a plan of 4"),
        ("more periods than the plan has", PLAN, 5, "5 periods, of a plan of 4"),
    ],
)
def test_what_is_no_plan_of_a_running_total_is_refused(
    what: str, plan: list[Any], duration: int | None, words: str
) -> None:
    with pytest.raises(PlanError) as refused:
        earned_schedule(plan, 1, planned_duration=duration)
    assert str(refused.value) == words


def test_a_float_is_refused() -> None:
    with pytest.raises(TrajectoryError):
        earned_schedule(PLAN, 0.5)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("percent", "expected"),
    [
        (1000, "S_or_A"), (120, "S_or_A"), (D("119.999"), "B"), (100, "B"), (F(29999, 300), "C"), (80, "C"),
        (D("79.999"), "D"), (0, "D"), (-10, "D"),
    ],
)  # fmt: skip
def test_a_grade_begins_at_its_edge(percent: Any, expected: str) -> None:
    assert grade(percent) == expected

from decimal import Decimal
from fractions import Fraction

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from indicators.trajectory import Linear, Milestones, Ramp, TrajectoryError, cumulative_linear, exact, trajectory_from

IND_03 = Ramp(start_flow=Fraction(3623), years=5, target=Fraction(30_000))
RESEARCH_TIME = {"shape": "linear", "from_time": 2022, "from_value": "32.2", "to_time": 2030, "to_value": "50"}
RANK = {"shape": "rank", "from_time": 2022, "from_value": 13, "to_time": 2030, "to_value": 3}
AMOUNTS = st.fractions(min_value=0, max_value=10**6, max_denominator=50)


def test_a_straight_line_is_exact_where_floats_are_not() -> None:
    line = trajectory_from(RESEARCH_TIME)
    assert line.expected(Fraction(2026)) == Fraction("41.1")
    assert line.expected(Fraction("2026.25")) == Fraction("41.65625")


def test_before_its_start_and_after_its_end_a_trajectory_stands_still() -> None:
    line = trajectory_from(RESEARCH_TIME)
    assert line.expected(Fraction(2000)) == Fraction("32.2")
    assert line.expected(Fraction(2040)) == 50
    assert IND_03.expected(Fraction(-1)) == 0
    assert IND_03.expected(Fraction(9)) == 30_000


def test_the_ramp_from_3623_sums_to_30000_and_never_compares_the_two() -> None:
    flows = [IND_03.flow(year) for year in range(1, 6)]
    assert [round(float(flow), 2) for flow in flows] == [4415.33, 5207.67, 6000.0, 6792.33, 7584.67]
    assert sum(flows) == 30_000
    assert IND_03.flow(2) - IND_03.flow(1) == Fraction(2377, 3)
    assert IND_03.expected(Fraction(5)) == 30_000


def test_the_ramp_of_research_investment_sums_to_180_trillion() -> None:
    ramp = trajectory_from({"shape": "ramp", "start_flow": "20400000", "years": 5, "target": "180000000"})
    assert ramp.expected(Fraction(5)) == 180_000_000
    assert ramp.expected(Fraction(1)) == 25_600_000


def test_a_quarter_of_a_window_is_a_quarter_of_its_years_flow() -> None:
    assert IND_03.expected(Fraction(5, 4)) == IND_03.flow(1) + IND_03.flow(2) / 4
    assert cumulative_linear(Fraction(60_000_000), 5).expected(Fraction(1, 4)) == 3_000_000


@pytest.mark.parametrize(("year", "allowed"), [(2022, 13), (2023, 12), (2025, 10), (2027, 7), (2029, 5), (2030, 3)])
def test_the_allowed_rank_is_the_line_rounded_up(year: int, allowed: int) -> None:
    assert trajectory_from(RANK).expected(Fraction(year)) == allowed


def test_a_rank_becomes_due_when_the_line_reaches_it() -> None:
    assert trajectory_from(RANK).reached_at(Fraction(8)) == 2026


def test_milestones_are_joined_by_straight_lines() -> None:
    plan = trajectory_from({"shape": "milestones", "points": [[2024, "100"], [2026, "110"], [2030, "190"]]})
    assert [plan.expected(Fraction(t)) for t in (2023, 2025, 2026, 2028, 2031)] == [100, 105, 110, 150, 190]


def test_a_stage_plan_asks_for_each_stage_from_its_own_time_on() -> None:
    plan = trajectory_from({"shape": "milestones", "points": [[2026, 1], [2028, 3]], "stepped": True})
    times = [Fraction(2025), Fraction("2025.99"), Fraction(2026), Fraction("2027.99"), Fraction(2028), Fraction(2035)]
    assert [plan.expected(t) for t in times] == [0, 0, 1, 1, 3, 3]
    assert [plan.reached_at(Fraction(stage)) for stage in (0, 1, 2, 3, 4)] == [None, 2026, 2026, 2028, 2028]


@pytest.mark.parametrize(
    ("planned", "earned", "expected"),
    [
        ([10, 30, 60, 80, 100], 45, "2.5"),
        ([10, 20, 30, 40, 50, 60, 70, 80, 90, 100, 100, 100, 100, 100, 100], 91, "9.1"),
        ([10, 30, 60, 100], 0, "0"),
        ([10, 30, 60, 100], 5, "0.5"),
        ([10, 30, 60, 100], 30, "2"),
        ([10, 30, 60, 100], 80, "3.5"),
        ([10, 30, 60, 100], 100, "4"),
        ([10, 30, 60, 100], 120, "4"),
        ([100 * n for n in range(1, 21)], 1330, "13.3"),
    ],
)
def test_the_inverse_gives_the_published_earned_schedule(planned: list[int], earned: int, expected: str) -> None:
    totals = [0, *planned]
    plan = Milestones(tuple((Fraction(t), Fraction(total)) for t, total in enumerate(totals)))
    assert plan.reached_at(Fraction(earned)) == Fraction(expected)


def test_on_a_flat_stretch_the_later_end_counts_as_earned() -> None:
    plan = Milestones(tuple((Fraction(t), Fraction(y)) for t, y in [(0, 0), (1, 10), (3, 10), (4, 20)]))
    assert plan.reached_at(Fraction(10)) == 3


def test_a_plan_that_turns_or_never_moves_has_no_inverse() -> None:
    turning = Milestones(tuple((Fraction(t), Fraction(y)) for t, y in [(0, 0), (1, 10), (2, 5)]))
    flat = Linear(Fraction(0), Fraction(40), Fraction(4), Fraction(40))
    assert turning.reached_at(Fraction(7)) is None
    assert flat.reached_at(Fraction(40)) is None


def test_a_falling_line_is_inverted_too() -> None:
    line = Linear(Fraction(0), Fraction(40), Fraction(10), Fraction(20))
    assert [line.reached_at(Fraction(y)) for y in (50, 40, 30, 20, 10)] == [0, 0, 5, 10, 10]


@settings(max_examples=50)
@given(AMOUNTS, AMOUNTS, st.fractions(min_value=0, max_value=5, max_denominator=12))
def test_what_is_expected_at_a_time_is_earned_at_that_time(start: Fraction, growth: Fraction, t: Fraction) -> None:
    ramp = Ramp(start + 1, 5, 5 * (start + 1) + 15 * growth)
    assert ramp.reached_at(ramp.expected(t)) == t
    line = Linear(Fraction(0), start, Fraction(5), -growth - 1)
    assert line.reached_at(line.expected(t)) == t


@pytest.mark.parametrize(
    "definition",
    [
        {},
        {"shape": "geometric"},
        {"shape": "exponential"},
        {"shape": ["linear"]},
        {**RESEARCH_TIME, "to_value": 50.0},
        {**RESEARCH_TIME, "to_value": True},
        {**RESEARCH_TIME, "to_value": None},
        {**RESEARCH_TIME, "to_value": "1/3"},
        {**RESEARCH_TIME, "to_value": "1e5"},
        {**RESEARCH_TIME, "to_value": "٥"},
        {**RESEARCH_TIME, "to_value": Decimal("NaN")},
        {**RESEARCH_TIME, "to_time": 2022},
        {**RESEARCH_TIME, "slope": 1},
        {key: value for key, value in RESEARCH_TIME.items() if key != "to_value"},
        {"shape": "ramp", "start_flow": 10, "years": 0, "target": 100},
        {"shape": "ramp", "start_flow": 10, "years": "2.5", "target": 100},
        {"shape": "ramp", "start_flow": 10, "years": 10**9, "target": 100},
        {"shape": "ramp", "start_flow": 100, "years": 5, "target": 100},
        {"shape": "cumulative_linear", "years": 5, "target": 0},
        {"shape": "milestones", "points": [[2024, 1]]},
        {"shape": "milestones", "points": [[2024, 1], [2024, 2]]},
        {"shape": "milestones", "points": "2024"},
        {"shape": "milestones", "points": [[2024, 1], "ab"]},
        {"shape": "milestones", "points": [[2024, 1], [2025, 2, 3]]},
        {"shape": "milestones", "points": [[2024, 3], [2025, 2]], "stepped": True},
        {"shape": "milestones", "points": [[2024, 1], [2025, 2]], "stepped": "yes"},
        {**RESEARCH_TIME, "stepped": True},
    ],
    ids=str,
)
def test_a_definition_that_cannot_be_computed_exactly_is_refused(definition: dict[str, object]) -> None:
    with pytest.raises(TrajectoryError):
        trajectory_from(definition)


def test_exact_numbers_are_exact() -> None:
    assert exact("0.1") + exact(Decimal("0.2")) == Fraction(3, 10)
    assert exact("-1.5") == Fraction(-3, 2)

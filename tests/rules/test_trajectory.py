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


FOUR = "needs exactly from_time, from_value, to_time, to_value"
BAND = {"shape": "band", "low": 45, "high": 55, "from_time": 2025, "to_time": 2030}
GROWTH = {"shape": "geometric", "from_time": 2024, "from_value": 100, "to_time": 2030, "to_value": 400}
INVESTMENT = {"shape": "ramp", "start_flow": 10, "years": 5, "target": 100}


@pytest.mark.parametrize(
    ("definition", "refusal"),
    [
        ({}, "unknown shape: None"),
        ({"shape": "exponential"}, "unknown shape: 'exponential'"),
        ({"shape": ["linear"]}, "unknown shape: ['linear']"),
        ({"shape": "geometric"}, f"geometric {FOUR}"),
        ({**RESEARCH_TIME, "slope": 1}, f"linear {FOUR}"),
        ({**RESEARCH_TIME, "stepped": True}, f"linear {FOUR}"),
        ({key: value for key, value in RESEARCH_TIME.items() if key != "to_value"}, f"linear {FOUR}"),
        ({**BAND, "interim": []}, "band needs exactly from_time, high, low, to_time"),
        ({**RESEARCH_TIME, "to_value": 50.0}, "not an exact number: 50.0"),
        ({**RESEARCH_TIME, "to_value": True}, "not an exact number: True"),
        ({**RESEARCH_TIME, "to_value": None}, "not an exact number: None"),
        ({**RESEARCH_TIME, "to_value": "1/3"}, "not a decimal number: '1/3'"),
        ({**RESEARCH_TIME, "to_value": "1e5"}, "not a decimal number: '1e5'"),
        ({**RESEARCH_TIME, "to_value": "٥"}, "not a decimal number: '٥'"),
        ({**RESEARCH_TIME, "to_value": "x" * 50}, f"not a decimal number: '{'x' * 40}'"),
        ({**RESEARCH_TIME, "to_value": Decimal("NaN")}, "not a finite number: NaN"),
        ({**RESEARCH_TIME, "to_time": 2022}, "the target is not later than the baseline"),
        ({**RESEARCH_TIME, "interim": [[2030, 45]]}, "the points are not in order of time"),
        ({**GROWTH, "to_time": 2024}, "the target is not later than the baseline"),
        ({**GROWTH, "from_value": 0}, "geometric growth needs values above zero"),
        ({**GROWTH, "interim": [[2026, -1]]}, "geometric growth needs values above zero"),
        ({**BAND, "low": 56}, "the band's high end is below its low end"),
        ({**BAND, "to_time": 2025}, "the band ends before it begins"),
        ({**INVESTMENT, "years": 0}, "a window of 0 years is outside 1..50"),
        ({**INVESTMENT, "years": 51}, "a window of 51 years is outside 1..50"),
        ({**INVESTMENT, "years": 10**9}, "a window of 1000000000 years is outside 1..50"),
        ({**INVESTMENT, "years": "2.5"}, "a window of part of a year"),
        ({**INVESTMENT, "start_flow": 100}, "a ramp with a yearly flow below zero"),
        ({**INVESTMENT, "start_flow": -1}, "a ramp with a yearly flow below zero"),
        ({**INVESTMENT, "start_flow": 0, "target": 0}, "a ramp with a yearly flow below zero"),
        ({**INVESTMENT, "interim": [["2.5", 40]]}, "an interim total stands at the end of a year"),
        ({**INVESTMENT, "interim": [[5, 40]]}, "the points are not in order of time"),
        ({"shape": "cumulative_linear", "years": 5, "target": 0}, "a ramp with a yearly flow below zero"),
        ({"shape": "milestones", "points": [[2024, 1]]}, "too few points"),
        ({"shape": "milestones", "points": [], "stepped": True}, "too few points"),
        ({"shape": "milestones", "points": [[2024, 1], [2024, 2]]}, "the points are not in order of time"),
        ({"shape": "milestones", "points": "2024"}, "points are a list of [time, value]"),
        ({"shape": "milestones", "points": 2024}, "points are a list of [time, value]"),
        ({"shape": "milestones", "points": [[2024, 1], "ab"]}, "a point is [time, value]"),
        ({"shape": "milestones", "points": [[2024, 1], 2025]}, "a point is [time, value]"),
        ({"shape": "milestones", "points": [[2024, 1], [2025, 2, 3]]}, "a point is [time, value]"),
        ({"shape": "milestones", "points": [[2024, 3], [2025, 2]], "stepped": True}, "a stage plan only rises"),
        ({"shape": "milestones", "points": [[2024, 3], [2025, 3]], "stepped": True}, "a stage plan only rises"),
        ({"shape": "milestones", "points": [[2024, 1], [2025, 2]], "stepped": "yes"}, "stepped is true or false"),
    ],
    ids=str,
)
def test_a_definition_that_cannot_be_computed_exactly_is_refused_by_name(
    definition: dict[str, object], refusal: str
) -> None:
    with pytest.raises(TrajectoryError) as refused:
        trajectory_from(definition)
    assert str(refused.value) == refusal


def test_what_lies_just_within_the_bounds_is_a_trajectory() -> None:
    one_year = trajectory_from({"shape": "ramp", "start_flow": 0, "years": 1, "target": 1})
    assert (one_year.starts_at, one_year.ends_at, one_year.expected(Fraction(1, 2))) == (0, 1, Fraction(1, 2))
    assert trajectory_from({"shape": "cumulative_linear", "years": 50, "target": 100}).expected(Fraction(49)) == 98
    # 0.5 in 2024, doubled in 2026
    assert trajectory_from({**GROWTH, "from_value": "0.5", "to_value": 4}).expected(Fraction(2026)) == 1
    exactly = trajectory_from({**BAND, "low": 55})
    assert (exactly.starts_at, exactly.ends_at) == (2025, 2030)
    one_stage = trajectory_from({"shape": "milestones", "points": [[2026, 1]], "stepped": True})
    assert (one_stage.starts_at, one_stage.ends_at) == (2026, 2026)


def test_of_a_band_the_middle_is_shown_and_no_time_is_earned() -> None:
    band = trajectory_from(BAND)
    assert [band.expected(Fraction(t)) for t in (2020, 2027, 2040)] == [50, 50, 50]
    assert band.reached_at(Fraction(50)) is None


def test_through_an_interim_target_each_stretch_has_the_shape() -> None:
    line = trajectory_from({**RESEARCH_TIME, "interim": [[2026, "33.2"]]})
    assert [line.expected(Fraction(t)) for t in (2024, 2026, 2028)] == [
        Fraction("32.7"),
        Fraction("33.2"),
        Fraction("41.6"),
    ]
    growth = trajectory_from({**GROWTH, "interim": [[2026, 100], [2028, 1600]], "to_value": 6400})
    assert [growth.expected(Fraction(t)) for t in (2025, 2027, 2029)] == [100, 400, 3200]
    even = trajectory_from({"shape": "cumulative_linear", "years": 5, "target": 100, "interim": [["2", 10]]})
    assert [even.expected(Fraction(t)) for t in (0, 1, 2, 3)] == [0, 5, 10, 40]
    # 30 in three years are 10 a year, as before; 50 more in two are 20 and 30
    ramp = trajectory_from({**INVESTMENT, "target": 80, "interim": [[3, 30]]})
    assert [ramp.expected(Fraction(t)) for t in range(6)] == [0, 10, 20, 30, 50, 80]


def test_growth_stands_exactly_at_its_own_points() -> None:
    """Fifteen digits are for what lies between them."""
    long = "1234567890.0123456789"
    growth = trajectory_from({**GROWTH, "from_value": long, "interim": [[2027, "2" + long]], "to_value": "3" + long})
    values = [growth.expected(Fraction(t)) for t in (2020, 2024, 2027, 2030, 2031)]
    assert values == [Fraction(long), Fraction(long), Fraction("2" + long), Fraction("3" + long), Fraction("3" + long)]


def test_growth_comes_to_a_value_at_its_time() -> None:
    growth = trajectory_from({**GROWTH, "to_value": 1600})  # doubled every year and a half
    assert [growth.reached_at(Fraction(y)) for y in (50, 100, 200, 400, 1600, 2000)] == [
        2024, 2024, Fraction("2025.5"), 2027, 2030, 2030,
    ]  # fmt: skip
    slow_start = trajectory_from({**GROWTH, "interim": [[2028, 200]]})
    assert [slow_start.reached_at(Fraction(y)) for y in (200, 400)] == [2028, 2030]
    falling = trajectory_from({**GROWTH, "to_value": 25})
    assert falling.reached_at(Fraction(50)) == 2027
    assert trajectory_from({**GROWTH, "to_value": 100}).reached_at(Fraction(100)) is None


def test_exact_numbers_are_exact() -> None:
    assert exact("0.1") + exact(Decimal("0.2")) == Fraction(3, 10)
    assert exact("-1.5") == Fraction(-3, 2)

"""A young series is not judged by its noise, a pace is held against what is needed, and a trend is carried on."""

from decimal import Decimal
from fractions import Fraction
from math import ceil
from typing import Any

import pytest

from indicators.assessment import Direction, Evidence, Outlook, Point, SeriesKind, assess
from indicators.assessment.outlook import Ahead, course_ahead, outlook_of
from indicators.trajectory import Band, Geometric, Linear, Milestones, Ramp, cumulative_linear, exact, trajectory_from

# IND-04: 15,744 doctorates in FY2024, 20,000 in FY2030; 709.33 a year; noise 1 %, so σ is 157.44.
DOCTORATES = Linear(Fraction(2024), Fraction(15_744), Fraction(2030), Fraction(20_000))
LONG_STAYS = Ramp(start_flow=Fraction(3623), years=5, target=Fraction(30_000))


def doctorates(observed: Any, year: int, **changes: Any) -> Evidence:
    facts: dict[str, Any] = {
        "kind": SeriesKind.LEVEL, "direction": Direction.UP, "baseline": Point(2024, 15_744),
        "target": Point(2030, 20_000), "trajectory": DOCTORATES, "observed": observed, "observed_at": year,
        "started": True, "noise_sigma": Decimal("0.01"),
    }  # fmt: skip
    return Evidence(**(facts | changes))


def stays(*flows: Any, **changes: Any) -> Evidence:
    facts: dict[str, Any] = {
        "kind": SeriesKind.CUMULATIVE, "direction": Direction.UP, "baseline": None, "target": Point(5, 30_000),
        "trajectory": LONG_STAYS, "observed": sum(exact(flow) for flow in flows), "observed_at": len(flows),
        "history": tuple(Point(year, flow) for year, flow in enumerate(flows, start=1)), "started": True,
        "noise_sigma": Decimal("0.03"),
    }  # fmt: skip
    return Evidence(**(facts | changes))


def judged(evidence: Evidence) -> tuple[str, str]:
    found = assess(evidence)
    return found.cls.value, found.reason


def outlook(evidence: Evidence) -> Outlook:
    found = assess(evidence).outlook
    assert found is not None
    return found


# --- the guard: in FY2026, 17,162.67 are expected, 1,418.67 more than in FY2024 ---


@pytest.mark.parametrize(
    ("observed", "expected"),
    [
        (17_163, ("on_track", "attainment_from_095")),
        (17_092, ("on_track", "attainment_from_095")),  # attainment 0.9502
        (17_091, ("on_track", "within_noise")),  # 0.9495, 0.46 σ short
        (17_006, ("on_track", "within_noise")),  # 156.7 short: 0.995 σ
        (17_005, ("at_risk", "attainment_below_095")),  # 157.7 short: 1.001 σ
        (16_904, ("at_risk", "attainment_below_095")),  # 258.7 short: 1.643 σ
        (16_600, ("at_risk", "attainment_below_095")),  # 0.603
        (16_595, ("off_track", "attainment_below_060")),  # 0.5998, and 3.6 σ
    ],
)
def test_in_the_first_two_years_a_shortfall_within_the_noise_is_no_lag(
    observed: int, expected: tuple[str, str]
) -> None:
    assert judged(doctorates(observed, 2026)) == expected


def test_what_the_guard_has_changed_is_said() -> None:
    assert assess(doctorates(17_050, 2026)).unguarded == "at_risk"
    assert assess(doctorates(17_163, 2026)).unguarded is None
    assert assess(doctorates(16_595, 2026)).unguarded is None


def test_the_guard_ends_after_two_years() -> None:
    # 709.33 × 3 = 2,128 in FY2027; 107 short are 0.68 σ, attainment 0.9497
    assert judged(doctorates(17_765, 2027)) == ("at_risk", "attainment_below_095")


@pytest.mark.parametrize(
    ("sigma", "expected"),
    [
        ("0.04", ("at_risk", "within_noise")),  # 0.9 σ: at worst at risk, for less than 60 % of the way was gone
        ("0.03", ("at_risk", "within_noise")),  # 1.2 σ
        ("0.02", ("off_track", "attainment_below_060")),  # 1.8 σ
        ("0", ("off_track", "attainment_below_060")),  # without noise there is nothing to guard against
    ],
)
def test_less_than_60_percent_within_the_noise_is_at_worst_at_risk(sigma: str, expected: tuple[str, str]) -> None:
    # 850 of 1,418.67 is 0.599; 568.67 short of a baseline of 15,744
    assert judged(doctorates(16_594, 2026, noise_sigma=Decimal(sigma))) == expected


def test_on_the_edge_of_the_noise_a_shortfall_is_a_lag() -> None:
    planned = DOCTORATES.expected(Fraction(2026))
    assert judged(doctorates(planned - Fraction("157.44"), 2026)) == ("at_risk", "attainment_below_095")  # 1 σ
    # 1.645 σ, and less than 60 % of the way
    sigma = (planned - 16_594) / (Fraction("1.645") * 15_744)
    assert judged(doctorates(16_594, 2026, noise_sigma=sigma)) == ("off_track", "attainment_below_060")


def test_the_guard_softens_no_reversal() -> None:
    line = Linear(Fraction(2024), Fraction(1000), Fraction(2030), Fraction(1006))
    changes = {"baseline": Point(2024, 1000), "target": Point(2030, 1006), "trajectory": line}
    assert judged(doctorates(989, 2026, **changes)) == ("off_track", "reversal")
    assert judged(doctorates(990, 2026, **changes)) == ("at_risk", "within_noise")


def test_the_noise_of_a_running_total_is_a_share_of_what_is_expected() -> None:
    # 4,415.33 are expected of the first year: 3 % are 132.46
    assert judged(stays(4285)) == ("on_track", "attainment_from_095")
    assert assess(stays(4283)).noise == (LONG_STAYS.flow(1) - 4283) / (Fraction(3, 100) * LONG_STAYS.flow(1))
    assert judged(stays(4180)) == ("at_risk", "attainment_below_095")  # 1.78 σ, 0.947
    assert judged(stays(4190, noise_sigma=Decimal("0.06"))) == ("on_track", "within_noise")  # 0.949, 0.85 σ


# --- how clear of an edge a value is ---


@pytest.mark.parametrize(
    ("attainment", "if_better", "if_worse"),
    [("1.01", "on_track", "on_track"), ("0.99", "on_track", "at_risk"), ("0.93", "on_track", "at_risk"),
     ("0.89", "at_risk", "at_risk"), ("0.64", "at_risk", "off_track"), ("0.57", "at_risk", "off_track"),
     ("0.54", "off_track", "off_track")],
)  # fmt: skip
def test_five_hundredths_of_the_planned_progress_make_a_value_clear_of_an_edge(
    attainment: str, if_better: str, if_worse: str
) -> None:
    found = assess(doctorates(15_744 + 2128 * Fraction(attainment), 2027))
    assert (found.if_better, found.if_worse) == (if_better, if_worse)


def test_one_place_makes_a_rank_clear_of_an_edge() -> None:
    line = trajectory_from({"shape": "rank", "from_time": 2022, "from_value": 13, "to_time": 2030, "to_value": 3})
    changes = {"kind": SeriesKind.RANK, "direction": Direction.DOWN, "baseline": Point(2022, 13),
               "target": Point(2030, 3), "trajectory": line}  # fmt: skip
    found = {rank: assess(doctorates(rank, 2027, **changes)) for rank in (6, 7, 8, 9, 10, 11)}  # 7 are allowed
    assert [found[rank].if_better for rank in found] == [
        "on_track", "on_track", "on_track", "at_risk", "at_risk", "off_track",
    ]  # fmt: skip
    assert [found[rank].if_worse for rank in found] == [
        "on_track", "at_risk", "at_risk", "off_track", "off_track", "off_track",
    ]  # fmt: skip


def test_for_less_is_better_the_margin_goes_the_other_way() -> None:
    line = Linear(Fraction(2024), Fraction(40), Fraction(2030), Fraction(20))
    changes = {"direction": Direction.DOWN, "baseline": Point(2024, 40), "target": Point(2030, 20), "trajectory": line}
    near = assess(doctorates(Fraction("30.7"), 2027, **changes))  # 9.3 of 10
    assert (near.cls, near.if_better, near.if_worse) == ("at_risk", "on_track", "at_risk")


# --- pace and outlook ---


def test_with_two_values_the_pace_is_their_difference_and_the_forecast_has_no_interval() -> None:
    found = outlook(doctorates(17_163, 2026))
    assert (found.pace, found.points) == (Fraction(1419, 2), 2)
    assert found.pace_index == Fraction(1419, 2) / Fraction(20_000 - 17_163, 4)
    assert found.reference_only
    assert (found.low, found.share_high) == (None, None)
    assert found.at_target == 17_163 + 4 * Fraction(1419, 2)
    # 0.9 + 0.81 + 0.729 + 0.6561 of a year's change
    assert round(float(found.damped or 0), 3) == round(17_163 + 3.0951 * 709.5, 3)


def test_a_falling_trend_has_a_pace_below_zero_and_an_index_below_zero() -> None:
    found = outlook(doctorates(15_600, 2026))
    assert found.pace == -72
    assert found.pace_index is not None
    assert found.pace_index < 0


def test_where_less_is_better_a_fall_is_a_pace_that_counts() -> None:
    line = Linear(Fraction(2024), Fraction(40), Fraction(2030), Fraction(20))
    changes = {"direction": Direction.DOWN, "baseline": Point(2024, 40), "target": Point(2030, 20), "trajectory": line}
    found = outlook(doctorates(32, 2026, **changes))
    assert (found.pace, found.pace_index) == (-4, Fraction(4, 3))
    assert found.at_target == 16
    assert found.share == Fraction(24, 20)


def test_good_years_that_are_slowing_down_are_at_risk_by_their_forecast() -> None:
    history = tuple(Point(year, value) for year, value in [(2025, 18_000), (2026, 18_100), (2027, 18_200)])
    slowing = doctorates(18_480, 2028, history=history, noise_sigma=Decimal("0.001"))
    found = assess(slowing)
    assert found.attainment is not None
    assert found.attainment >= Fraction(95, 100)
    assert found.outlook is not None
    assert found.outlook.share_high is not None
    assert (found.cls.value, found.reason) == ("at_risk", "forecast_below_095")
    assert found.outlook.share_high < Fraction(95, 100)
    # one odd year of it is not enough: it has to be seen again
    assert found.if_better == "on_track"


def test_a_forecast_that_ends_just_on_the_edge_is_on_track() -> None:
    """Of what is planned 95 % every year, and no noise: the interval is one number, 95 % of the way."""
    yearly = Fraction(4256, 6) * Fraction(95, 100)
    history = tuple(Point(2024 + n, 15_744 + n * yearly) for n in (1, 2, 3))
    found = assess(doctorates(15_744 + 4 * yearly, 2028, history=history, noise_sigma=0))
    assert found.outlook is not None
    assert found.outlook.share_high == Fraction(95, 100)
    assert (found.cls.value, found.reason) == ("on_track", "attainment_from_095")


def test_good_years_on_their_line_are_on_track_by_their_forecast_too() -> None:
    history = tuple(Point(year, DOCTORATES.expected(Fraction(year))) for year in (2025, 2026, 2027))
    steady = assess(doctorates(DOCTORATES.expected(Fraction(2028)), 2028, history=history))
    assert steady.outlook is not None
    assert (steady.cls, steady.outlook.share, steady.outlook.points) == ("on_track", 1, 5)


def test_only_the_newest_values_make_the_pace() -> None:
    history = tuple(Point(2014 + n, 10 * n) for n in range(11))
    found = outlook(doctorates(17_163, 2026, history=(*history, Point(2025, 16_450)), pace_window=3))
    assert found.points == 3


def test_a_running_total_is_carried_on_by_its_flows_and_so_a_ramp_ends_at_its_target() -> None:
    flows = [LONG_STAYS.flow(year) for year in (1, 2)]
    found = outlook(stays(*flows))
    assert found.at_target is not None
    assert round(float(found.at_target), 3) == 30_000
    assert round(float(found.pace), 3) == 5207.667  # the flow of a year, as the trend has it
    assert round(float(found.share or 0), 9) == 1


def test_four_years_of_a_running_total_have_an_interval() -> None:
    found = outlook(stays(*(LONG_STAYS.flow(year) for year in (1, 2, 3, 4))))
    assert found.low is not None
    assert found.high is not None
    assert found.low < 30_000 < found.high
    assert assess(stays(*(LONG_STAYS.flow(year) for year in (1, 2, 3, 4)))).cls == "on_track"


def test_one_year_alone_and_a_lower_bound_and_an_old_value_have_no_outlook() -> None:
    assert assess(stays(4415)).outlook is None
    assert assess(stays(4415, 5208, lower_bound=True, coverage=Fraction(9, 10))).outlook is None
    assert assess(doctorates(17_163, 2026, age_in_periods=1)).outlook is None


def test_after_the_targets_time_there_is_nothing_left_to_forecast() -> None:
    late = doctorates(19_000, 2030, history=(Point(2029, 18_900),))
    # 15,744, 18,900 and 19,000: the middle one of the slopes 100, 542.67 and 631.2
    assert outlook(late) == Outlook(pace=Fraction(1628, 3), points=3)


def test_less_than_a_year_before_the_end_no_years_flow_is_left_to_forecast() -> None:
    near = stays(5000, 5000, 5000, 7000, observed_at=Fraction("4.5"))
    # slopes 0, 0, 0, 666.67, 1,000 and 2,000: 333.33; less that, the flows are 4,666.67, 4,333.33, 4,000 and 5,666.67
    pace = 4500 + 4 * Fraction(1000, 3)
    assert outlook(near) == Outlook(pace=pace, points=4, pace_index=pace / (8000 * 2))


def test_a_flow_that_dwindles_ends_at_nothing() -> None:
    found = outlook(stays(4000, 2000))
    # 0 in the third year, and no less in the next ones; slowed down, 200 in the third
    assert (found.at_target, found.damped) == (6000, 6200)


def test_a_level_without_a_baseline_goes_by_the_years_it_has() -> None:
    alone = doctorates(17_163, 2026, baseline=None, history=(Point(2025, 16_500),))
    found = outlook_of(alone, origin=Fraction(16_000), observed=Fraction(17_163), needed=None)
    assert found is not None
    assert (found.pace, found.points, found.pace_index) == (663, 2, None)
    assert outlook_of(doctorates(1, 2026, target=None), origin=Fraction(0), observed=Fraction(1), needed=None) is None


def test_a_pace_may_be_that_of_two_years() -> None:
    assert outlook(doctorates(17_163, 2026, history=(Point(2025, 16_500),), pace_window=2)).pace == 663


def test_a_natural_limit_cuts_the_forecast() -> None:
    line = Linear(Fraction(2024), Fraction(60), Fraction(2030), Fraction(90))
    changes = {"baseline": Point(2024, 60), "target": Point(2030, 90), "trajectory": line}
    assert outlook(doctorates(80, 2026, **changes)).at_target == 120
    assert outlook(doctorates(80, 2026, natural_limit=100, **changes)).at_target == 100
    assert outlook(doctorates(70, 2026, natural_limit=100, **changes)).at_target == 90
    line = Linear(Fraction(2024), Fraction(60), Fraction(2030), Fraction(10))
    changes = {"baseline": Point(2024, 60), "target": Point(2030, 10), "trajectory": line, "direction": Direction.DOWN}
    assert outlook(doctorates(30, 2026, **changes)).at_target == -30
    assert outlook(doctorates(30, 2026, natural_limit=0, **changes)).at_target == 0
    assert outlook(doctorates(50, 2026, natural_limit=0, **changes)).at_target == 30


@pytest.mark.parametrize(("direction", "end"), [(Direction.UP, "60"), (Direction.UP, "59.5"), (Direction.DOWN, "60"),
                                                (Direction.DOWN, "60.5")])  # fmt: skip
def test_of_a_target_that_asks_for_no_movement_a_forecast_is_no_share(direction: Direction, end: str) -> None:
    line = Linear(Fraction(2024), Fraction(60), Fraction(2030), Fraction(end))
    changes = {"baseline": Point(2024, 60), "target": Point(2030, Fraction(end)), "trajectory": line}
    found = outlook(doctorates(61, 2026, direction=direction, **changes))
    assert (found.at_target, found.share, found.share_damped) == (63, None, None)


# --- other shapes ---


def test_in_a_band_a_value_is_well_wherever_it_lies_and_outside_by_how_far() -> None:
    band = Band(Fraction(45), Fraction(55), Fraction(2025), Fraction(2030))

    def found(value: str, year: int = 2027, **changes: Any) -> tuple[str, str]:
        facts = {"kind": SeriesKind.BAND, "baseline": None, "target": Point(2030, 50), "trajectory": band}
        return judged(doctorates(Fraction(value), year, **(facts | changes)))

    assert found("45") == found("50") == found("55") == ("achieved", "within_band")
    assert found("55", 2030) == ("achieved", "band_kept")
    assert found("55.55") == ("at_risk", "near_band")  # 1 % of 55
    assert found("44.55") == ("at_risk", "near_band")
    assert found("55.56") == ("off_track", "outside_band")
    assert found("44.54") == ("off_track", "outside_band")
    assert found("57", tolerance=Decimal("0.04")) == ("achieved", "within_band")
    assert assess(doctorates(60, 2027, kind=SeriesKind.BAND, target=Point(2030, 50), trajectory=band)).shortfall == 5


def test_geometric_growth_asks_for_less_at_first_and_more_in_the_end() -> None:
    growth = Geometric(Fraction(2024), Fraction(100), Fraction(2030), Fraction(400))
    line = Linear(Fraction(2024), Fraction(100), Fraction(2030), Fraction(400))
    assert round(float(growth.expected(Fraction(2027))), 9) == 200
    assert line.expected(Fraction(2027)) == 250
    changes = {"baseline": Point(2024, 100), "target": Point(2030, 400)}
    assert judged(doctorates(200, 2027, trajectory=growth, **changes))[0] == "on_track"
    assert judged(doctorates(200, 2027, trajectory=line, **changes))[0] == "at_risk"


def test_research_time_of_40_percent_is_0_984_by_growth_where_it_is_0_876_on_the_line() -> None:
    growth = Geometric(Fraction(2022), Fraction("32.2"), Fraction(2030), Fraction(50))
    changes = {"baseline": Point(2022, Decimal("32.2")), "target": Point(2030, 50), "trajectory": growth}
    found = assess(doctorates(40, 2026, **changes))
    assert round(float(growth.expected(Fraction(2026))), 2) == 40.12
    assert round(float(found.attainment or 0), 3) == 0.984


def test_an_interim_target_is_what_is_expected_on_the_way() -> None:
    slow_start = Linear(
        Fraction(2024), Fraction(100), Fraction(2030), Fraction(200), ((Fraction(2028), Fraction(120)),)
    )  # fmt: skip
    changes = {"baseline": Point(2024, 100), "target": Point(2030, 200)}
    assert judged(doctorates(110, 2026, trajectory=slow_start, **changes))[0] == "on_track"
    assert judged(doctorates(120, 2029, trajectory=slow_start, **changes)) == ("off_track", "attainment_below_060")


def test_a_level_may_be_planned_in_steps() -> None:
    steps = Milestones(
        ((Fraction(2024), Fraction(100)), (Fraction(2028), Fraction(150)), (Fraction(2030), Fraction(200))), True
    )
    changes = {"baseline": Point(2024, 100), "target": Point(2030, 200), "trajectory": steps}
    assert judged(doctorates(100, 2027, **changes)) == ("on_track", "on_flat_plan")
    assert judged(doctorates(148, 2028, **changes)) == ("on_track", "attainment_from_095")
    assert judged(doctorates(129, 2028, **changes)) == ("off_track", "attainment_below_060")


def test_totals_with_an_interim_total() -> None:
    even = cumulative_linear(Fraction(30_000), 5, ((Fraction(3), Fraction(12_000)),))
    assert judged(stays(4000, 4000, trajectory=even))[0] == "on_track"
    ramp = Ramp(Fraction(3623), 5, Fraction(30_000), ((Fraction(3), Fraction(12_000)),))
    assert sum(ramp.flows) == 30_000
    assert sum(ramp.flows[:3]) == 12_000
    assert ramp.flow(4) > ramp.flow(3)


def test_of_another_population_at_worst_at_risk_is_said() -> None:
    assert judged(doctorates(15_800, 2028)) == ("off_track", "attainment_below_060")
    assert judged(doctorates(15_800, 2028, composition_changed=True)) == ("at_risk", "composition_changed")
    assert judged(doctorates(18_700, 2028, composition_changed=True))[0] == "on_track"


@pytest.mark.parametrize(
    "evidence",
    [
        doctorates(17_800, 2028, history=(Point(2025, 16_400), Point(2026, 17_100), Point(2027, 17_300))),
        doctorates(17_800, 2028, target=Point(Fraction(4061, 2), 20_500)),
        stays(4000, 4500, 5200, 5900),
    ],
)
def test_the_way_ahead_ends_where_the_outlook_is(evidence: Evidence) -> None:
    found, course = outlook(evidence), course_ahead(evidence)
    [*_, last] = course
    assert evidence.target is not None
    assert found.at_target is not None
    assert last == Ahead(exact(evidence.target.time), found.at_target, found.low, found.high)
    years = list(range(int(evidence.observed_at) + 1, ceil(last.time)))
    assert [step.time for step in course[:-1]] == years
    assert found.reference_only == (last.low is None)


def test_the_nearer_the_surer() -> None:
    points = (Point(2025, 16_400), Point(2026, 17_100), Point(2027, 17_300))
    widths = [step.high - step.low for step in course_ahead(doctorates(17_800, 2028, history=points))]  # type: ignore[operator]
    assert widths == sorted(widths)
    assert len(widths) == 2


@pytest.mark.parametrize(
    "evidence",
    [
        doctorates(None, 2026),
        doctorates(17_000, 2026, target=None),
        doctorates(17_000, 2026, age_in_periods=1),
        doctorates(20_000, 2030),
        stays(4000, 4500, lower_bound=True),
        stays(4000),
    ],
)
def test_where_there_is_no_outlook_nothing_is_ahead(evidence: Evidence) -> None:
    assert course_ahead(evidence) == ()

from decimal import Decimal
from fractions import Fraction
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from indicators.assessment import METHOD_VERSION, Direction, Evidence, EvidenceError, Point, SeriesKind, assess
from indicators.trajectory import Linear, Milestones, Ramp, Rank, TrajectoryError, cumulative_linear, exact

LONG_STAYS = Ramp(start_flow=Fraction(3623), years=5, target=Fraction(30_000))
SHARES = "coverage is a share of 1; noise and tolerance are not negative"


def level(y0: object, end_value: object, observed: Any, **changes: Any) -> Evidence:
    """A level from 2024 to 2030, judged at FY2027: half way."""
    start, end = exact(y0), exact(end_value)
    facts: dict[str, Any] = {
        "kind": SeriesKind.LEVEL,
        "direction": Direction.UP if end >= start else Direction.DOWN,
        "baseline": Point(2024, start),
        "target": Point(2030, end),
        "trajectory": Linear(Fraction(2024), start, Fraction(2030), end),
        "observed": observed,
        "observed_at": 2027,
        "started": True,
    }
    return Evidence(**(facts | changes))


def total(observed: Any, years: Any = 2, **changes: Any) -> Evidence:
    facts: dict[str, Any] = {
        "kind": SeriesKind.CUMULATIVE,
        "direction": Direction.UP,
        "baseline": Point(2023, 3623),
        "target": Point(5, 30_000),
        "trajectory": LONG_STAYS,
        "observed": observed,
        "observed_at": years,
        "started": True,
    }
    return Evidence(**(facts | changes))


def rank(observed: int, year: int) -> Evidence:
    line = Rank(Fraction(2022), Fraction(13), Fraction(2030), Fraction(3))
    return level(13, 3, observed, kind=SeriesKind.RANK, trajectory=line, baseline=Point(2022, 13), observed_at=year)


def stage(observed: int, t: object, **changes: Any) -> Evidence:
    plan = Milestones(
        ((Fraction(2026), Fraction(1)), (Fraction(2028), Fraction(3)), (Fraction(2030), Fraction(4))), True
    )
    facts = {"kind": SeriesKind.STAGE, "trajectory": plan, "baseline": None, "observed_at": exact(t)}
    return level(0, 4, observed, **(facts | changes))


def judged(evidence: Evidence) -> tuple[str, str]:
    assessment = assess(evidence)
    return assessment.cls.value, assessment.reason


def test_9200_people_after_two_years_are_on_track_on_the_ramp_and_at_risk_on_the_straight_line() -> None:
    ramp = assess(total(9200))
    straight = assess(total(9200, trajectory=cumulative_linear(Fraction(30_000), 5)))
    assert (round(float(ramp.attainment or 0), 3), ramp.cls) == (0.956, "on_track")
    assert (round(float(straight.attainment or 0), 3), straight.cls) == (0.767, "at_risk")


def test_the_yearly_baseline_flow_is_never_compared_with_the_five_year_target() -> None:
    with_baseline, without = assess(total(3623, 1)), assess(total(3623, 1, baseline=None))
    assert with_baseline == without
    assert with_baseline.cls == "at_risk"
    assert with_baseline.attainment == Fraction(3623) / LONG_STAYS.flow(1)


def test_research_time_of_40_percent_in_fy2026_is_0_876_on_the_line() -> None:
    line = Linear(Fraction(2022), Fraction("32.2"), Fraction(2030), Fraction(50))
    seen = level("32.2", 50, Decimal(40), baseline=Point(2022, Decimal("32.2")), trajectory=line, observed_at=2026)
    assessment = assess(seen)
    assert (assessment.cls, round(float(assessment.attainment or 0), 3)) == ("at_risk", 0.876)
    assert assessment.expected == Fraction("41.1")
    assert assessment.shortfall == Fraction("1.1")
    assert assessment.needed_pace == Fraction("2.5")
    assert assessment.elapsed_years == 4
    assert round(float(assessment.earned_years or 0), 2) == 3.51


@pytest.mark.parametrize(
    ("value", "year", "expected"),
    [(10, 2025, ("on_track", "rank_within_allowed")), (11, 2025, ("at_risk", "rank_above_allowed")),
     (12, 2025, ("at_risk", "rank_above_allowed")), (13, 2025, ("off_track", "rank_far_above_allowed")),
     (7, 2027, ("on_track", "rank_within_allowed")), (9, 2027, ("at_risk", "rank_above_allowed")),
     (10, 2027, ("off_track", "rank_far_above_allowed")), (3, 2027, ("achieved", "target_met_to_be_kept")),
     (1, 2030, ("achieved", "target_met")), (13, 2022, ("not_started", "not_after_baseline")),
     (4, 2030, ("at_risk", "rank_above_allowed"))],
)  # fmt: skip
def test_a_rank_is_judged_by_the_allowed_rank(value: int, year: int, expected: tuple[str, str]) -> None:
    assert judged(rank(value, year)) == expected


def test_a_rank_has_no_attainment_and_no_pace() -> None:
    assessment = assess(rank(9, 2027))
    assert assessment.expected == 7
    assert assessment.shortfall == 2
    assert (assessment.attainment, assessment.needed_pace) == (None, None)


@pytest.mark.parametrize(
    ("observed", "cls"),
    [(20, "achieved"), (19, "achieved"), (30, "on_track"), ("30.5", "on_track"), ("30.51", "at_risk"), (34, "at_risk"),
     ("34.1", "off_track"), (40, "off_track"), (45, "off_track")],
)  # fmt: skip
def test_lower_is_better_from_40_to_20_is_judged_the_right_way_round(observed: object, cls: str) -> None:
    assert judged(level(40, 20, exact(observed)))[0] == cls


@settings(max_examples=60)
@given(st.integers(-500, 1500).filter(bool), st.integers(2020, 2032))
def test_a_mirrored_series_gets_the_same_class_and_attainment(observed: int, year: int) -> None:
    up = assess(level(100, 200, observed, observed_at=year))
    down = assess(level(-100, -200, -observed, observed_at=year))
    assert (up.cls, up.reason, up.attainment, up.shortfall) == (down.cls, down.reason, down.attainment, down.shortfall)


@settings(max_examples=60)
@given(st.integers(0, 300), st.integers(0, 50), st.integers(2025, 2030))
def test_a_better_value_is_never_judged_worse(observed: int, more: int, year: int) -> None:
    order = ["off_track", "at_risk", "on_track", "achieved"]
    worse, better = (assess(level(100, 200, value, observed_at=year)).cls for value in (observed, observed + more))
    assert order.index(worse) <= order.index(better)


@pytest.mark.parametrize(
    ("attainment", "cls", "reason"),
    [("0.5999", "off_track", "attainment_below_060"), ("0.6", "at_risk", "attainment_below_095"),
     ("0.895", "at_risk", "attainment_below_095"), ("0.9499", "at_risk", "attainment_below_095"),
     ("0.95", "on_track", "attainment_from_095"), ("1.5", "on_track", "attainment_from_095")],
)  # fmt: skip
def test_every_attainment_belongs_to_a_class_and_the_edges_to_the_better_one(
    attainment: str, cls: str, reason: str
) -> None:
    assert judged(level(100, 200, 100 + 50 * Fraction(attainment))) == (cls, reason)


def test_the_reversal_needs_more_than_the_noise() -> None:
    assert judged(level(100, 200, 98)) == ("off_track", "attainment_below_060")
    assert judged(level(100, 200, Fraction("97.99"))) == ("off_track", "reversal")
    assert judged(level(40, 20, 41)) == ("off_track", "reversal")


def test_zero_is_a_value_and_a_missing_value_is_not_zero() -> None:
    assert judged(level(100, 200, Decimal(0))) == ("off_track", "reversal")
    assert judged(level(10, 0, 0)) == ("achieved", "target_met_to_be_kept")
    missing = assess(level(100, 200, None))
    assert (missing.reason, missing.shortfall) == ("value_missing", None)
    assert missing.expected == 150


def test_without_a_target_nothing_is_judged() -> None:
    assert judged(level(100, 200, 150, target=None, trajectory=None)) == ("no_target", "no_target")
    assert judged(level(100, 200, None, target=None, started=False))[0] == "no_target"


def test_before_the_first_due_date_nothing_has_started_even_without_a_value() -> None:
    assert judged(level(100, 200, None, started=False)) == ("not_started", "before_first_due_date")
    assert judged(level(100, 200, 100, observed_at=2024)) == ("not_started", "not_after_baseline")
    assert judged(total(0, 0)) == ("not_started", "not_after_baseline")


@pytest.mark.parametrize(
    ("changes", "reason"),
    [({"baseline": None}, "baseline_missing"), ({"trajectory": None}, "trajectory_missing"),
     ({"coverage": Fraction("0.7999")}, "coverage_below_080"), ({"age_in_periods": 3}, "value_too_old")],
)  # fmt: skip
def test_what_cannot_be_judged_says_why(changes: dict[str, Any], reason: str) -> None:
    assert judged(level(100, 200, 250, **changes)) == ("unknown", reason)


def test_coverage_of_80_percent_and_a_value_two_periods_old_are_enough() -> None:
    assert judged(level(100, 200, 150, coverage=Fraction("0.8"), age_in_periods=2))[0] == "on_track"


def test_achieved_allows_the_tolerance_of_a_rounded_target_in_both_directions() -> None:
    rounded = Fraction("0.025")
    assert judged(level(6500, 13_000, 12_675, tolerance=rounded)) == ("achieved", "target_met_to_be_kept")
    assert judged(level(6500, 13_000, 12_674, tolerance=rounded))[0] == "on_track"
    assert judged(level(40, 20, Fraction("20.5"), tolerance=rounded))[0] == "achieved"
    assert judged(level(40, 20, Fraction("20.6"), tolerance=rounded, observed_at=2030))[0] == "on_track"
    assert judged(level(-40, -20, Fraction("-20.5"), tolerance=rounded))[0] == "achieved"


def test_achieved_before_the_target_year_is_still_to_be_kept() -> None:
    assert judged(level(100, 200, 200)) == ("achieved", "target_met_to_be_kept")
    assert judged(level(100, 200, 200, observed_at=2030)) == ("achieved", "target_met")
    assert judged(total(30_000, 3)) == ("achieved", "target_met")


def test_a_target_that_only_keeps_the_baseline_has_no_attainment_and_no_division_by_zero() -> None:
    kept, slipped, lost = (assess(level(50, 50, Fraction(value))) for value in ("50", "49.5", "48.9"))
    assert (kept.cls, kept.attainment) == ("achieved", None)
    assert (slipped.cls, slipped.reason, slipped.attainment) == ("at_risk", "below_flat_plan", None)
    assert (lost.cls, lost.reason) == ("off_track", "reversal")


def test_a_floor_below_the_baseline_never_turns_a_fall_into_progress() -> None:
    floor = {"direction": Direction.UP, "noise_sigma": Fraction("0.5")}
    assert judged(level(100, 90, 92, **floor))[0] == "achieved"
    assert judged(level(100, 90, 85, **floor)) == ("at_risk", "below_flat_plan")


def test_a_plan_that_starts_flat_asks_for_nothing_yet() -> None:
    late = Milestones(tuple((Fraction(t), Fraction(y)) for t, y in [(2024, 100), (2028, 100), (2030, 200)]))
    assert judged(level(100, 200, 100, trajectory=late)) == ("on_track", "on_flat_plan")
    assert judged(level(100, 200, 99, trajectory=late)) == ("at_risk", "below_flat_plan")


def test_zero_and_negative_baselines_are_judged_like_others() -> None:
    assert judged(level(0, 100, 50))[0] == "on_track"
    assert judged(level(-100, 100, 0))[0] == "on_track"
    assert judged(level(0, 100, Fraction("-0.1"))) == ("off_track", "reversal")


@pytest.mark.parametrize(
    ("observed", "coverage", "expected"),
    [
        (9200, "0.5", ("on_track", "attainment_from_095")),  # the truth can only be better
        (30_000, "0.5", ("achieved", "target_met")),
        (4000, "0.5", ("unknown", "lower_bound")),
        (4000, "0.7999", ("unknown", "lower_bound")),
        (8600, "0.9", ("unknown", "lower_bound")),  # 0.894, but 0.993 with the missing tenth
        (8000, "0.9", ("at_risk", "attainment_below_095")),  # 0.831, and still 0.924
        (5500, "0.9", ("at_risk", "attainment_below_095")),  # 0.572, but 0.635
        (4000, "0.9", ("off_track", "attainment_below_060")),
        (4000, "0.8", ("off_track", "attainment_below_060")),  # 0.416, and 0.520
        (4000, "1", ("off_track", "attainment_below_060")),
        (4000, "0", ("unknown", "lower_bound")),
    ],
)
def test_a_lower_bound_may_improve_a_class_but_not_worsen_it(
    observed: int, coverage: str, expected: tuple[str, str]
) -> None:
    assert judged(total(observed, lower_bound=True, coverage=Fraction(coverage))) == expected


def test_a_running_total_says_what_is_left_to_do() -> None:
    assessment = assess(total(9200))
    planned_rest = 30_000 - LONG_STAYS.expected(Fraction(2))
    assert assessment.needed_pace == Fraction(30_000 - 9200, 3)
    assert assessment.to_complete == Fraction(30_000 - 9200) / planned_rest
    assert assess(total(9200, lower_bound=True)).lower_bound
    assert assessment.elapsed_years == 2
    assert round(float(assessment.earned_years or 0), 2) == 1.92


def test_at_the_end_of_its_window_there_is_nothing_planned_to_hold_what_is_left_against() -> None:
    assert assess(total(29_000, 5)).to_complete is None
    # of four, one is planned for the last year, and two are left
    four = cumulative_linear(Fraction(4), 4)
    assert assess(total(2, 3, trajectory=four, target=Point(4, 4))).to_complete == 2


def test_more_than_the_target_is_not_capped_but_its_earned_years_are() -> None:
    assessment = assess(total(36_000, 4))
    assert assessment.shortfall == LONG_STAYS.expected(Fraction(4)) - 36_000
    assert assessment.earned_years == 5
    assert assessment.needed_pace == 0


@pytest.mark.parametrize(
    ("observed", "t", "expected"),
    [(0, "2025.9", ("on_track", "stage_on_plan")), (1, "2026", ("on_track", "stage_on_plan")),
     (0, "2026", ("at_risk", "stage_behind")), (0, "2026.2", ("at_risk", "stage_behind")),
     (0, Fraction(2026 * 365 + 90, 365), ("at_risk", "stage_behind")),
     (0, "2026.25", ("off_track", "stage_overdue_90_days")), (2, "2028", ("at_risk", "stage_behind")),
     (1, "2028", ("off_track", "stages_behind")), (4, "2028", ("achieved", "target_met_to_be_kept")),
     (4, "2030", ("achieved", "target_met"))],
)  # fmt: skip
def test_a_stage_below_its_plan_is_judged_by_steps_and_days(
    observed: int, t: Fraction | str, expected: tuple[str, str]
) -> None:
    assert judged(stage(observed, t)) == expected


@pytest.mark.parametrize(
    ("make", "refusal"),
    [
        (lambda: total(1, direction=Direction.DOWN), "a cumulative cannot go down to its target"),
        (lambda: level(13, 3, 5, kind=SeriesKind.RANK, direction=Direction.UP), "a rank cannot go up to its target"),
        (lambda: level(100, 200, 150, lower_bound=True), "only a running total can be a lower bound"),
        (lambda: level(100, 200, 150, coverage=Fraction(101, 100)), SHARES),
        (lambda: level(100, 200, 150, coverage=-1), SHARES),
        (lambda: level(100, 200, 150, noise_sigma=-1), SHARES),
        (lambda: level(100, 200, 150, tolerance=-1), SHARES),
        (lambda: level(100, 200, 150, trajectory=LONG_STAYS), "a level is not judged by a Ramp"),
        (
            lambda: total(1, trajectory=Linear(Fraction(0), Fraction(0), Fraction(5), Fraction(30_000))),
            "a cumulative is not judged by a Linear",
        ),
        (lambda: level(13, 3, 5, trajectory=rank(5, 2027).trajectory), "a level is not judged by a Rank"),
        (
            lambda: stage(1, 2026, trajectory=Milestones(((Fraction(0), Fraction(0)), (Fraction(1), Fraction(1))))),
            "a stage is not judged by a Milestones",
        ),
        (lambda: level(100, 200, 150, pace_window=1), "a pace needs two points"),
        (lambda: level(100, 200, 150, history=(Point(2026, 1), Point(2025, 1))), "the history is not in order of time"),
        (lambda: level(100, 200, 150, history=(Point(2025, 1), Point(2025, 2))), "the history is not in order of time"),
    ],
)
def test_evidence_that_contradicts_itself_is_refused_by_name(make: Any, refusal: str) -> None:
    with pytest.raises(EvidenceError) as refused:
        make()
    assert str(refused.value) == refusal


def test_what_cannot_be_judged_is_that_for_a_better_and_for_a_worse_value_too() -> None:
    for evidence in (level(100, 200, None), level(100, 200, 150, started=False), level(100, 200, 150, target=None)):
        found = assess(evidence)
        assert (found.if_better, found.if_worse) == (found.cls, found.cls)
    assert judged(level(100, 200, None)) == ("unknown", "value_missing")


def test_a_float_is_refused_wherever_it_comes_in() -> None:
    with pytest.raises(TrajectoryError):
        level(100, 200, 150.0)
    with pytest.raises(TrajectoryError):
        level(100, 200, 150, observed_at=2027.0)
    with pytest.raises(TrajectoryError):
        level(100, 200, 150, natural_limit=100.0)
    with pytest.raises(TrajectoryError):
        Point(2024, 0.1)  # type: ignore[arg-type]
    with pytest.raises(TrajectoryError):
        Point(2024.5, 1)  # type: ignore[arg-type]


def test_an_assessment_names_its_method_and_its_thresholds() -> None:
    assessment = assess(level(100, 200, 150))
    assert assessment.method_version == METHOD_VERSION == 2
    assert assessment.table.name == "B1_level"
    assert dict(assessment.table.edges) == {"on_track_from": Fraction("0.95"), "off_track_below": Fraction("0.6")}

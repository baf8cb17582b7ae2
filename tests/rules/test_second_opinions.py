"""The growth-rate method, earned schedule and the agencies' grades, held against what others publish for them."""

from collections import Counter
from decimal import Decimal
from fractions import Fraction
from itertools import accumulate
from typing import Any

from hypothesis import assume, given, settings
from hypothesis import strategies as st

from indicators.agency_grade import Grade, grade
from indicators.cagr_ratio import (
    ProgressClass,
    SecondOpinion,
    Why,
    class_of_score,
    mean_score,
    ratio_score,
    second_opinion,
)
from indicators.earned_schedule import earned_schedule, schedule
from reporting.queries.second_opinion_words import CLASSES, REASONS
from tests.rules import published
from tests.rules.published import agrees


@published.of("cagr_ratio_open_sdg", "cagr_no_target_open_sdg")
def test_the_growth_rate_method_gives_the_published_class_ratio_and_score(row: dict[str, Any]) -> None:
    given = row["inputs"]
    base = (given["base_year"], given["base_value"])
    found = second_opinion(
        base,
        None if given["target"] is None else (given["target_year"], given["target"]),
        [base, (given["current_year"], given["current_value"])][given["base_year"] == given["current_year"] :],
        higher_is_better=given["direction"] == "up",
        natural_limit=given["natural_limit"],
    )
    assert found.cls == row["expected"]["class"]
    for name in {"ratio", "score"} & row["expected"].keys():
        if not (name == "ratio" and row["expected"]["ratio"] is None):
            assert agrees(row, getattr(found, name), row["expected"][name]), name


@published.of("score_mean_open_sdg")
def test_several_series_have_the_published_mean(row: dict[str, Any]) -> None:
    without = [SecondOpinion(cls=ProgressClass.NOT_AVAILABLE, why=Why.NO_DATA)] * row["inputs"]["null_series_ignored"]
    scored = [SecondOpinion(cls=class_of_score(s), why=Why.GROWTH, score=s) for s in row["inputs"]["scores"]]
    cls, score = mean_score(without + scored)
    assert cls == row["expected"]["class"]
    assert agrees(row, score, row["expected"]["score"])


@published.of("score_transform_open_sdg")
def test_ratios_are_scored_as_published(row: dict[str, Any]) -> None:
    assert agrees(row, [ratio_score(Decimal(ratio)) for ratio in row["inputs"]["ratio"]], row["expected"]["score"])
    assert class_of_score(Decimal(1)) == row["expected"]["class_of_score_plus_1"]


@published.of("earned_schedule")
def test_the_schedule_is_the_published_one(row: dict[str, Any]) -> None:
    given, expected = row["inputs"], row["expected"]
    if isinstance(given["earned"], list):
        assert agrees(row, [earned_schedule(given["planned_cumulative"], e) for e in given["earned"]], expected["es"])
        return
    found = schedule(
        given["planned_cumulative"],
        given["earned"],
        given["actual_time"],
        planned_duration=given.get("planned_duration"),
    )
    for name in expected:
        assert agrees(row, getattr(found, name), expected[name]), name


@published.of("incorporated_agency_grade")
def test_achievements_have_the_published_grades(row: dict[str, Any]) -> None:
    assert [grade(percent) for percent in row["inputs"]["achievement_percent"]] == row["expected"]["grade"]


def test_no_published_result_is_left_out() -> None:
    here = {"cagr_ratio_open_sdg": 15, "cagr_no_target_open_sdg": 1, "score_mean_open_sdg": 1}
    here |= {"score_transform_open_sdg": 1, "earned_schedule": 4, "incorporated_agency_grade": 1}
    in_test_statistics = {"theil_sen": 2, "holt_linear": 1, "individuals_chart": 1}
    assert Counter(row["method"] for row in published.ROWS) == here | in_test_statistics


def test_every_class_and_reason_of_the_growth_rate_method_has_its_words() -> None:
    assert set(CLASSES) == set(ProgressClass)
    assert set(REASONS) == set(Why)


POSITIVE = st.integers(1, 99_999).map(lambda n: Decimal(n) / 100)
few = settings(max_examples=20, deadline=None)


@few
@given(POSITIVE, POSITIVE, POSITIVE, st.booleans(), st.booleans())
def test_the_growth_rate_method_sees_the_same_in_the_mirror(
    base: Decimal, target: Decimal, value: Decimal, up: bool, with_target: bool
) -> None:
    aim = (2030, target) if with_target else None
    seen = second_opinion((2020, base), aim, [(2024, value)], higher_is_better=up)
    aim = (2030, -target) if with_target else None
    mirrored = second_opinion((2020, -base), aim, [(2024, -value)], higher_is_better=not up)
    assert (seen.cls, seen.why, seen.ratio, seen.score) == (mirrored.cls, mirrored.why, mirrored.ratio, mirrored.score)


@few
@given(POSITIVE, POSITIVE, POSITIVE, st.booleans(), st.sampled_from([10, Decimal("0.01")]), st.integers(-900, 900))
def test_the_growth_rate_method_follows_a_change_of_unit_and_a_shift_of_time(
    base: Decimal, target: Decimal, value: Decimal, up: bool, factor: Decimal, years: int
) -> None:
    seen = second_opinion((2020, base), (2030, target), [(2024, value)], higher_is_better=up)
    moved = second_opinion(
        (2020 + years, factor * base),
        (2030 + years, factor * target),
        [(2024 + years, factor * value)],
        higher_is_better=up,
    )
    assert (seen.cls, seen.why, seen.ratio, seen.score) == (moved.cls, moved.why, moved.ratio, moved.score)


BEST_FIRST = [cls for cls in ProgressClass if cls is not ProgressClass.NOT_AVAILABLE]


@few
@given(POSITIVE, POSITIVE, POSITIVE, POSITIVE, st.booleans(), st.booleans())
def test_a_better_value_is_never_of_a_worse_class(
    base: Decimal, target: Decimal, value: Decimal, more: Decimal, up: bool, with_target: bool
) -> None:
    aim = (2030, target) if with_target else None
    worse, better = sorted((value, value + more), reverse=not up)
    found = [second_opinion((2020, base), aim, [(2024, y)], higher_is_better=up) for y in (worse, better)]
    assert BEST_FIRST.index(found[0].cls) >= BEST_FIRST.index(found[1].cls)
    if found[0].score is not None and found[1].score is not None:
        # The published coefficients are rounded: where two pieces meet, the upper one begins a hair lower.
        assert found[0].score <= found[1].score + Decimal("0.0001")


PLANS = st.lists(st.integers(1, 500), min_size=1, max_size=6).map(lambda flows: list(accumulate(flows)))


@few
@given(PLANS, st.integers(0, 3000), st.integers(0, 500), st.integers(1, 50))
def test_more_earned_is_never_earlier_in_the_plan_whatever_the_unit(
    plan: list[int], earned: int, more: int, factor: int
) -> None:
    es = earned_schedule(plan, earned)
    assert 0 <= es <= earned_schedule(plan, earned + more) <= len(plan)
    assert earned_schedule([factor * total for total in plan], factor * earned) == es


@few
@given(PLANS, st.fractions(0, 1))
def test_what_the_plan_holds_for_a_time_is_earned_at_that_time(plan: list[int], share: Fraction) -> None:
    now = share * len(plan)
    assume(now > 0)
    whole = min(int(now), len(plan) - 1)
    before = plan[whole - 1] if whole else 0
    planned = before + (plan[whole] - before) * (now - whole)
    found = schedule(plan, planned, now)
    assert (found.es, found.sv_t, found.spi_t, found.spi, found.ieac_t) == (now, 0, 1, 1, len(plan))


@few
@given(st.fractions(-50, 300), st.fractions(0, 100))
def test_a_higher_achievement_never_has_a_lower_grade(percent: Fraction, more: Fraction) -> None:
    order = list(Grade)
    assert order.index(grade(percent + more)) <= order.index(grade(percent))

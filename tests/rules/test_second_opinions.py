"""The growth-rate method, earned schedule and the agencies' grades, held against what others publish for them."""

from collections import Counter
from decimal import Decimal
from typing import Any

from indicators.agency_grade import grade
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

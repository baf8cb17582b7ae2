"""The growth-rate method worked out by hand. The rates are whole: 100 in 2020 to 400 in 2022 is 100 % a year."""

from decimal import Decimal, localcontext
from fractions import Fraction
from typing import Any

import pytest

from indicators.cagr_ratio import (
    ProgressClass,
    SecondOpinion,
    Why,
    class_of_score,
    limit_factor,
    mean_score,
    second_opinion,
)
from indicators.trajectory import TrajectoryError

D, F = Decimal, Fraction
UP, DOWN = True, False

TOWARDS: list[tuple[str, Any, Any, tuple[Any, Any], bool, str, str, str]] = [
    # how; base in 2020; target; newest; direction; class, R, score
    ("100 % a year of 100 %", 100, (2022, 400), (2021, 200), UP, "on_track", "1", "2.8572"),
    ("just 95 %", 100, (2022, 400), (2021, 195), UP, "on_track", "0.95", "2.500055"),
    ("90 %", 100, (2022, 400), (2021, 190), UP, "acceleration_needed", "0.9", "2.14291"),
    ("just below 95 %", 100, (2022, 400), (2021, D("194.999")), UP, "acceleration_needed", "0.94999", "2.499983571"),
    ("just 60 %", 100, (2022, 400), (2021, 160), UP, "acceleration_needed", "0.6", "0.00004"),
    ("just below 60 %", 100, (2022, 400), (2021, D("159.999")), UP, "limited", "0.59999", "-0.000021667"),
    ("half", 100, (2022, 400), (2021, 150), UP, "limited", "0.5", "-0.41665"),
    ("no change", 100, (2022, 400), (2021, 100), UP, "limited", "0", "-2.5"),
    ("away by a tenth", 100, (2022, 400), (2021, 90), UP, "deterioration", "-0.1", "-2.91667"),
    ("far away: no score below -5", 100, (2022, 400), (2021, 30), UP, "deterioration", "-0.7", "-5"),
    ("to nothing", 100, (2022, 400), (2021, 0), UP, "deterioration", "-1", "-5"),
    ("faster than needed: no score above 5", 100, (2022, 400), (2021, 250), UP, "on_track", "1.5", "5"),
    ("the target itself", 100, (2022, 400), (2021, 400), UP, "target_achieved", "3", "5"),
    ("beyond it", 100, (2022, 400), (2021, 500), UP, "target_achieved", "4", "5"),
    ("10 % a year over two years, of 10 %", 100, (2024, D("146.41")), (2022, 121), UP, "on_track", "1", "2.8572"),
    ("50 % a year over two years, of 200 %", 100, (2021, 300), (2022, 225), UP, "limited", "0.25", "-1.458325"),
    ("down: half a year of half a year", 400, (2022, 100), (2021, 200), DOWN, "on_track", "1", "2.8572"),
    ("down 45 %", 400, (2022, 100), (2021, 220), DOWN, "acceleration_needed", "0.9", "2.14291"),
    ("down 25 %", 400, (2022, 100), (2021, 300), DOWN, "limited", "0.5", "-0.41665"),
    ("down by nothing", 400, (2022, 100), (2021, 400), DOWN, "limited", "0", "-2.5"),
    ("up where down is wanted", 400, (2022, 100), (2021, 420), DOWN, "deterioration", "-0.1", "-2.91667"),
    ("down to the target", 400, (2022, 100), (2021, 100), DOWN, "target_achieved", "1.5", "5"),
    ("the target is on the other side: better than it already", 100, (2022, 25), (2021, 90), UP, "target_achieved",
     "-0.2", "5"),
    ("below zero, up: halved a year of halved", -100, (2022, -25), (2021, -50), UP, "on_track", "1", "2.8572"),
    ("below zero, up: 40 % of 50 %", -100, (2022, -25), (2021, -60), UP, "acceleration_needed", "0.8", "1.42862"),
    ("below zero, falling further", -100, (2022, -25), (2021, -110), UP, "deterioration", "-0.2", "-3.33334"),
    ("below zero, down: doubled a year", -100, (2022, -400), (2021, -200), DOWN, "on_track", "1", "2.8572"),
    ("a base of 0 is .001: doubled", 0, (2022, D("0.004")), (2021, D("0.002")), UP, "on_track", "1", "2.8572"),
    ("a target of 0 is .001: 90 % a year", 1, (2023, 0), (2021, D("0.1")), DOWN, "on_track", "1", "2.8572"),
    ("45 % of these", 1, (2023, 0), (2021, D("0.55")), DOWN, "limited", "0.5", "-0.41665"),
    ("nothing is better than .001", 1, (2023, 0), (2021, 0), DOWN, "target_achieved", "1.11111111111", "5"),
]  # fmt: skip


@pytest.mark.parametrize("row", TOWARDS, ids=[row[0] for row in TOWARDS])
def test_towards_a_target(row: tuple[Any, ...]) -> None:
    _, base, target, newest, up, cls, ratio, score = row
    found = second_opinion((2020, base), target, [(2020, base), newest], higher_is_better=up)
    assert found.cls == cls
    assert found.why == ("target_met" if cls == "target_achieved" else "ratio")
    assert (found.ratio, found.score) == (D(ratio), D(score))
    assert (found.base, found.current) == ((2020, base), newest)


WITHOUT: list[tuple[str, Any, Any, bool, Any, str, str, str]] = [
    # how; base in 2020; value in 2021; direction; natural limit; class, G, score
    ("2 %", 100, 102, UP, None, "on_track", "0.02", "5"),
    ("3 %", 100, 103, UP, None, "on_track", "0.03", "5"),
    ("just 1.5 %", 100, D("101.5"), UP, None, "on_track", "0.015", "2.5"),
    ("1 %", 100, 101, UP, None, "acceleration_needed", "0.01", "1.25"),
    ("just 0.5 %", 100, D("100.5"), UP, None, "acceleration_needed", "0.005", "0"),
    ("0.25 %", 100, D("100.25"), UP, None, "limited", "0.0025", "-1.25"),
    ("no change", 100, 100, UP, None, "limited", "0", "-2.5"),
    ("- 1 %", 100, 99, UP, None, "deterioration", "-0.01", "-3.75"),
    ("- 2 %", 100, 98, UP, None, "deterioration", "-0.02", "-5"),
    ("- 3 %", 100, 97, UP, None, "deterioration", "-0.03", "-5"),
    ("1.5 % down where that is wanted", 100, D("98.5"), DOWN, None, "on_track", "0.015", "2.5"),
    ("1 % up where down is wanted", 100, 101, DOWN, None, "deterioration", "-0.01", "-3.75"),
    ("below zero: -99 is better than -100", -100, -99, UP, None, "acceleration_needed", "0.01", "1.25"),
    ("at the limit, kept", 100, 100, UP, 100, "on_track", "0", "5"),
    ("at the limit, and lost", 100, 99, UP, 100, "deterioration", "-0.01", "-3.75"),
    ("half way to the limit 1.44 % is enough: 1.5 % * .95393", 50, D("50.72"), UP, 100, "on_track", "0.0144",
     "2.5477244826"),
    ("1.43 % is not", 50, D("50.715"), UP, 100, "acceleration_needed", "0.0143", "2.49765695841"),
    ("0.48 % of 0.477 % is", 50, D("50.24"), UP, 100, "acceleration_needed", "0.0048", "0.00795449655"),
    ("0.47 % is not", 50, D("50.235"), UP, 100, "limited", "0.0047", "-0.0365"),
    ("far above a lowest limit nothing changes", 40, D("39.6"), DOWN, 20, "acceleration_needed", "0.01", "1.25"),
    ("a lowest limit of 0 changes nothing", 10, D("9.9"), DOWN, 0, "acceleration_needed", "0.01", "1.25"),
]  # fmt: skip


@pytest.mark.parametrize("row", WITHOUT, ids=[row[0] for row in WITHOUT])
def test_without_a_target(row: tuple[Any, ...]) -> None:
    _, base, value, up, limit, cls, growth, score = row
    found = second_opinion((2020, base), None, [(2021, value)], higher_is_better=up, natural_limit=limit)
    assert (found.cls, found.ratio) == (cls, D(growth))
    assert found.score is not None
    assert abs(found.score - D(score)) < D("0.0001")
    assert found.why == ("base_is_limit" if limit == base else "growth")
    assert (found.limit_factor is None) is (limit is None)
    assert (found.base, found.current) == ((2020, base), (2021, value))
    assert abs(found.growth or 0) == abs(D(growth))
    assert found.needed is None


FACTORS = [
    ("at a highest limit", 100, 100, "0"),
    ("half way: 1 - .5**4.44, .5**4.44 = 1/21.706", 50, 100, "0.95393"),
    ("nine tenths: 1 - .9**4.44 = 1 - .62638", 90, 100, "0.37362"),
    ("at nothing", 0, 100, "1"),
    ("at a lowest limit", 20, 20, "0"),
    ("as far above a lowest one as 50 is below 100", 30, 20, "0.95393"),
    ("as far as 90 is below 100", 22, 20, "0.37362"),
    ("twice a lowest limit", 40, 20, "1"),
    ("two and a half times", 50, 20, "1"),
    ("beyond twice", 1000, 20, "1"),
    ("a limit of nothing", 7, 0, "1"),
    ("nothing at a limit of nothing", 0, 0, "1"),
    ("below zero the sizes count", -50, -100, "0.95393"),
]


@pytest.mark.parametrize(("how", "base", "limit", "factor"), FACTORS, ids=[row[0] for row in FACTORS])
def test_near_a_limit_less_growth_is_asked_for(how: str, base: Any, limit: Any, factor: str) -> None:
    assert round(limit_factor(base, limit), 5) == D(factor)


UNABLE: list[tuple[str, Any, Any, list[tuple[Any, Any]], str, str]] = [
    # how; baseline; target; points; class; why
    ("nothing at all", None, (2030, 10), [], "not_available", "no_data"),
    ("no value since the base", (2020, 1), (2030, 10), [], "not_available", "no_data"),
    ("one value, no base", None, (2030, 10), [(2021, 1)], "not_available", "less_than_a_year"),
    ("half a year", (2020, 1), (2030, 10), [(F(4041, 2), 2)], "not_available", "less_than_a_year"),
    ("half a year without a target", (2020, 1), None, [(F(4041, 2), 2)], "not_available", "less_than_a_year"),
    ("half a year, but there", (2020, 1), (2030, 2), [(F(4041, 2), 2)], "target_achieved", "target_met"),
    ("a loss after a gain", (2020, 1), (2030, 10), [(2021, -1)], "not_available", "both_signs"),
    ("a gain after a loss, no target", (2020, -1), None, [(2021, 1)], "not_available", "both_signs"),
    ("a target of the other sign", (2020, -1), (2030, 10), [(2021, -2)], "not_available", "both_signs"),
    ("a target at the base's time", (2020, 1), (2020, 10), [(2021, 2)], "not_available", "target_not_later"),
    ("a target before it", (2020, 1), (2019, 10), [(2021, 2)], "not_available", "target_not_later"),
    ("the base is the target, and lost", (2020, 10), (2030, 10), [(2021, 9)], "deterioration", "base_is_target"),
    ("the base is the target, and kept", (2020, 10), (2030, 10), [(2021, 10)], "target_achieved", "target_met"),
]


@pytest.mark.parametrize("row", UNABLE, ids=[row[0] for row in UNABLE])
def test_where_there_is_no_ratio(row: tuple[Any, ...]) -> None:
    _, baseline, target, points, cls, why = row
    found = second_opinion(baseline, target, points, higher_is_better=True)
    assert (found.cls, found.why) == (cls, why)
    assert found.score == {"not_available": None, "deterioration": -5, "target_achieved": 5}[cls]
    assert found.ratio is None
    if why != "no_data":
        assert (found.base, found.current) == (baseline or points[0], points[-1])


BASES: list[tuple[str, Any, list[tuple[Any, Any]], Any, Any]] = [
    ("the baseline", (2015, 5), [(2016, 6), (2020, 9)], None, (2015, 5)),
    ("the baseline, whatever the year asked for", (2015, 5), [(2016, 6), (2020, 9)], 2016, (2015, 5)),
    ("the first value, in any order", None, [(2020, 9), (2016, 6)], None, (2016, 6)),
    ("the value of the year", None, [(2014, 1), (2015, 5), (2020, 9)], 2015, (2015, 5)),
    ("the next year with a value", None, [(2014, 1), (2017, 7), (2020, 9)], 2015, (2017, 7)),
    ("none from that year on", None, [(2014, 1)], 2015, None),
]


@pytest.mark.parametrize(("how", "baseline", "points", "year", "base"), BASES, ids=[row[0] for row in BASES])
def test_the_base_is(how: str, baseline: Any, points: list[tuple[Any, Any]], year: Any, base: Any) -> None:
    found = second_opinion(baseline, None, points, higher_is_better=True, base_year=year)
    assert found.base == base
    assert found.current == (None if base is None else (2020, 9))


@pytest.mark.parametrize(
    ("score", "cls"),
    [
        ("5", "on_track"), ("2.5", "on_track"), ("2.4999", "acceleration_needed"), ("0", "acceleration_needed"),
        ("-0.0001", "limited"), ("-2.5", "limited"), ("-2.5001", "deterioration"), ("-5", "deterioration"),
    ],
)  # fmt: skip
def test_a_score_is_of_the_class_it_reaches(score: str, cls: str) -> None:
    assert class_of_score(D(score)) == cls


def opinion(score: str | None, cls: ProgressClass = ProgressClass.ON_TRACK) -> SecondOpinion:
    return SecondOpinion(cls=cls, why=Why.RATIO, score=None if score is None else D(score))


MET = opinion("5", ProgressClass.TARGET_ACHIEVED)


@pytest.mark.parametrize(
    ("how", "opinions", "expected"),
    [
        ("none", [], ("not_available", None)),
        ("none with a score", [opinion(None)], ("not_available", None)),
        ("all achieved", [MET, MET], ("target_achieved", 5)),
        ("all that have a score", [MET, opinion(None)], ("target_achieved", 5)),
        ("5 alone is not achieved", [MET, opinion("5")], ("on_track", 5)),
        ("(5 - 3)/2", [MET, opinion("-3")], ("acceleration_needed", 1)),
        ("thirds", [opinion("1"), opinion("0"), opinion("0")], ("acceleration_needed", D("0.333333333333"))),
    ],
)
def test_several_series_together(how: str, opinions: list[SecondOpinion], expected: Any) -> None:
    assert mean_score(opinions) == expected


def test_the_two_growth_rates_are_told_without_direction() -> None:
    found = second_opinion((2020, 400), (2022, 100), [(2021, 300)], higher_is_better=False)
    assert (found.growth, found.needed, found.method) == (D("-0.25"), D("-0.5"), "cagr_ratio")


def test_how_exactly_the_caller_reckons_does_not_matter() -> None:
    """Decimals take their precision from the thread they are in; a judgement must not."""

    def opinions() -> list[SecondOpinion]:
        towards = second_opinion((2020, 3), (2030, 7), [(2024, D("3.5"))], higher_is_better=True)
        without = second_opinion((2020, 3), None, [(2024, D("3.1"))], higher_is_better=True, natural_limit=7)
        return [towards, without]

    usual, factor, mean = opinions(), limit_factor(3, 7), mean_score(opinions())
    with localcontext(prec=5):
        assert (opinions(), limit_factor(3, 7), mean_score(opinions())) == (usual, factor, mean)


def test_a_float_is_refused() -> None:
    with pytest.raises(TrajectoryError):
        second_opinion((2020, 1), None, [(2021, 0.5)], higher_is_better=True)  # type: ignore[list-item]

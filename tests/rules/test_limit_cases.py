"""Control limits and outliers worked out by hand, or printed in the NIST/SEMATECH e-Handbook of Statistical Methods."""

from decimal import Decimal
from fractions import Fraction
from typing import Any

import pytest

from indicators.statistics import TooFewPoints, TwoAtOneTime, ewma, ewma_limits, individuals_chart, outlier

D, F = Decimal, Fraction

# NIST 6.3.2.4: z0 = 50, s = 2.0539, λ = 0.3; the values and their moving averages as printed.
NIST_VALUES = "52.0 47.0 53.0 49.3 50.1 47.0 51.0 50.1 51.2 50.5 49.6 47.6 49.9 51.3 47.8 51.2 52.6 52.4 53.6 52.1"
NIST_EWMA = (
    "50.60 49.52 50.56 50.18 50.16 49.21 49.75 49.85 50.26 50.33 50.11 49.36 49.52 50.05 49.38 49.92 50.73 51.23 "
    "51.94 51.99"
)


def test_the_moving_averages_and_limits_are_those_of_nist() -> None:
    averages = ewma([D(value) for value in NIST_VALUES.split()], 50)
    assert [f"{float(z):.2f}" for z in averages] == NIST_EWMA.split()
    limits = ewma_limits(50, D("2.0539"))
    # Printed from a rounded root: 47.4115 and 52.5884.
    assert (round(limits.limits.low, 3), round(limits.limits.high, 3)) == (D("47.412"), D("52.588"))
    assert {limits.limits.place(z) for z in averages} == {"within_limits"}


EWMAS: list[tuple[str, Any, Any, Any, str, str, str]] = [
    # how; centre, s, weight; low, centre, high
    ("weight 1 is the single value: ± 3s", 10, 2, 1, "4", "10", "16"),
    ("weight 2/5: √(.4/1.6) = 1/2", 10, 2, F(2, 5), "7", "10", "13"),
    ("weight 1/5: √(.2/1.8) = 1/3", 0, 1, F(1, 5), "-1", "0", "1"),
    ("no noise", 5, 0, F(3, 10), "5", "5", "5"),
    ("weight 3/10: √(3/17) = .4200840", 0, 1, F(3, 10), "-1.26025208", "0", "1.26025208"),
]


@pytest.mark.parametrize(("how", "centre", "s", "weight", "low", "middle", "high"), EWMAS, ids=[r[0] for r in EWMAS])
def test_limits_of_a_moving_average(
    how: str, centre: Any, s: Any, weight: Any, low: str, middle: str, high: str
) -> None:
    found = ewma_limits(centre, s, weight)
    assert [str(limit) for limit in found.limits] == [low, middle, high]
    assert found.weight == weight


@pytest.mark.parametrize("weight", [0, -1, D("1.01")])
def test_a_weight_is_above_0_and_at_most_1(weight: Any) -> None:
    with pytest.raises(ValueError, match="outside"):
        ewma_limits(0, 1, weight)


AVERAGES: list[tuple[str, list[Any], Any, Any, list[Any]]] = [
    ("weight 1 is the value", [3, 7], 0, 1, [3, 7]),
    ("weight 1/2: 5, then 2.5 + 5", [10, 10], 0, F(1, 2), [5, F(15, 2)]),
    ("weight 3/10 by itself: 3, then 2.1", [10, 0], 0, None, [3, F(21, 10)]),
    ("nothing", [], 4, None, []),
]


@pytest.mark.parametrize(("how", "values", "start", "weight", "expected"), AVERAGES, ids=[r[0] for r in AVERAGES])
def test_moving_averages(how: str, values: list[Any], start: Any, weight: Any, expected: list[Any]) -> None:
    assert ewma(values, start, *([] if weight is None else [weight])) == expected


CHARTS: list[tuple[str, list[Any], list[str], str]] = [
    # how; values; low, centre, high; mean moving range
    ("constant", [5, 5, 5], ["5", "5", "5"], "0"),
    ("range 1: 1.5 ± 3/1.128", [1, 2], ["-1.15957447", "1.5", "4.15957447"], "1"),
    ("falling is a range too", [2, 1], ["-1.15957447", "1.5", "4.15957447"], "1"),
    ("ranges 2 1 2: 11.5 ± 5/1.128", [10, 12, 11, 13], ["7.06737589", "11.5", "15.9326241"], "1.66666667"),
    ("range 1.128: ± 3", [0, D("1.128")], ["-2.436", "0.564", "3.564"], "1.128"),
]


@pytest.mark.parametrize(("how", "values", "limits", "moving_range"), CHARTS, ids=[row[0] for row in CHARTS])
def test_an_individuals_chart(how: str, values: list[Any], limits: list[str], moving_range: str) -> None:
    chart = individuals_chart(values)
    assert [str(limit) for limit in chart.limits] == limits
    assert str(chart.moving_range) == moving_range


@pytest.mark.parametrize(
    ("value", "place"),
    [(5, "within_limits"), (D("5.000001"), "above_limit"), (D("4.999999"), "below_limit"), (None, "unknown")],
)
def test_a_value_on_a_limit_is_within_it(value: Any, place: str) -> None:
    assert individuals_chart([5, 5, 5]).limits.place(value) == place


def test_no_chart_from_one_value() -> None:
    with pytest.raises(TooFewPoints, match="1 values where 2 are needed"):
        individuals_chart([1])


RISING = [(x, 10 + x) for x in range(6)]  # 16 is expected next
ZIGZAG = [(x, (-1) ** x) for x in range(14)]  # slope 0, rests ± 1: MAD 1, so 4 is allowed; s 1.4826
# Slope 0, and no line but 0: of nineteen rests ten are 1 or more, so MAD 1 and s 1.4826 again. The moving average of
# four values of 3 is 3 * (1 - .7**4) = 2.28 (and what is left of the wave), its limit 3 * 1.4826 * √(3/17) = 1.868.
WAVE = [(x, (0, 1, 0, -1)[x % 4]) for x in range(16)]
DRIFTING = [*WAVE, (16, 3), (17, 3), (18, 3)]

# Ten points: slope 0, median and line -1, rests 2 2 0 -1 -1 0 -1 -1 4 3, MAD 1. Their moving average is at 1.463185 in
# the end, its limit 1.868450: a new rest r is outside from .3 r > 1.868450 - .7 * 1.463185 on, r > 2.8141.
TEN = list(enumerate([1, 1, -1, -2, -2, -1, -2, -2, 3, 2]))

OUTLIERS: list[tuple[str, list[tuple[Any, Any]], tuple[Any, Any], Any, str]] = [
    ("five points are too few", RISING[:5], (6, 1000), 0, "too_few_points"),
    ("none at all", [], (6, 1000), 0, "too_few_points"),
    ("on a perfect line", RISING, (6, 16), 0, "within_limits"),
    ("beside a perfect line, no noise known", RISING, (6, D("16.001")), 0, "far_from_line"),
    ("2 % of 16 are .32, times 4/1.4826 = .8633: inside", RISING, (6, D("16.86")), D("0.02"), "within_limits"),
    ("outside above", RISING, (6, D("16.87")), D("0.02"), "far_from_line"),
    ("inside below", RISING, (6, D("15.14")), D("0.02"), "within_limits"),
    ("outside below", RISING, (6, D("15.13")), D("0.02"), "far_from_line"),
    ("the noise is of what is expected, whatever its sign", [(x, -y) for x, y in RISING], (6, D("-16.86")),
     D("0.02"), "within_limits"),
    ("where the line goes, not where it was: 20 after a gap", RISING, (10, 20), 0, "within_limits"),
    ("4 MAD from the line is not beyond", ZIGZAG, (14, 4), 0, "within_limits"),
    ("beyond 4 MAD", ZIGZAG, (14, D("4.001")), 0, "far_from_line"),
    ("beyond below", ZIGZAG, (14, D("-4.001")), 0, "far_from_line"),
    ("noise that hides it", ZIGZAG, (14, D("4.001")), 1, "far_from_line"),
    ("ten points have a moving average", TEN, (10, D("1.815")), 0, "outside_ewma_limits"),
    ("within by a hair", TEN, (10, D("1.814")), 0, "within_limits"),
    ("nine have none", TEN[1:], (10, D("1.815")), 0, "within_limits"),
    ("a little off for the fourth time", DRIFTING, (19, 3), 0, "outside_ewma_limits"),
    ("and back", DRIFTING, (19, 0), 0, "within_limits"),
    ("a little off on the other side", [(x, -y) for x, y in DRIFTING], (19, -3), 0, "outside_ewma_limits"),
]  # fmt: skip


@pytest.mark.parametrize(("how", "points", "new", "sigma", "reason"), OUTLIERS, ids=[row[0] for row in OUTLIERS])
def test_an_outlier(how: str, points: list[tuple[Any, Any]], new: tuple[Any, Any], sigma: Any, reason: str) -> None:
    found = outlier(points, new, sigma=sigma)
    assert found.reason == reason
    assert found.suspicious is (reason in ("far_from_line", "outside_ewma_limits"))


def test_an_outlier_says_what_was_expected_and_how_far_off_is_usual() -> None:
    found = outlier(RISING, (6, 20), sigma=D("0.02"))
    assert (found.expected, found.allowed) == (16, D("0.863348172"))
    assert outlier([], (6, 20)).expected is None


def test_without_a_known_noise_there_is_none() -> None:
    assert outlier(RISING, (6, 20)).allowed == 0


def test_a_second_value_for_a_time_is_no_outlier_but_a_contradiction() -> None:
    with pytest.raises(TwoAtOneTime, match="two values at 5"):
        outlier(RISING, (5, 15))

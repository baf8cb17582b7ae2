"""Lines, paces and forecasts worked out by hand; each row says how."""

from decimal import Decimal, localcontext
from fractions import Fraction
from math import isclose, sqrt
from typing import Any

import pytest

from indicators.statistics import (
    NothingAhead,
    SeriesError,
    TooFewPoints,
    TwoAtOneTime,
    forecast,
    holt,
    recent_pace,
    theil_sen,
)
from indicators.statistics.series import deviation, rounded
from indicators.trajectory import TrajectoryError

D, F = Decimal, Fraction
SQUARES = [(x, x * x) for x in range(7)]

LINES: list[tuple[str, list[tuple[Any, Any]], Any, Any, Any]] = [
    # how; points; slope; separate and joint intercept
    ("two points: 4/2; 3 - 2*1", [(0, 1), (2, 5)], 2, 1, 1),
    ("IND-02's way: 6500 in 6 years", [(2024, 6500), (2030, 13000)], F(3250, 3), F(-6558500, 3), F(-6558500, 3)),
    ("slopes 1, 5.5, 10; 10 - 5.5; rests 0, 4.5, 0", [(0, 0), (1, 10), (2, 11)], F(11, 2), F(9, 2), 0),
    ("a wild middle: slopes -98, 1, 100; rests 0, 99, 0", [(0, 0), (1, 100), (2, 2)], 1, 1, 0),
    ("a wild last: six slopes of 1 among ten", [(0, 0), (1, 1), (2, 2), (3, 3), (4, 100)], 1, 0, 0),
    ("two wild of five break it: (24.5 + 25)/2", [(0, 0), (1, 1), (2, 2), (3, 50), (4, 100)], F(99, 4), F(-95, 2),
     F(-95, 4)),
    ("level", [(0, 5), (1, 5), (2, 5)], 0, 5, 5),
    ("falling", [(0, 10), (1, 8), (2, 6)], -2, 10, 10),
    ("half years", [(0, 0), (F(1, 2), 1), (F(3, 2), 3)], 2, 0, 0),
    ("slopes 1 2 3 3 4 5; 2.5 - 3*1.5; rests 0 -2 -2 0", [(0, 0), (1, 1), (2, 4), (3, 9)], 3, -2, -1),
    ("2024 and 2025 missing: 2 a year all the same", [(2022, 30), (2023, 32), (2026, 38)], 2, -4014, -4014),
    ("in any order", [(2, 6), (0, 10), (1, 8)], -2, 10, 10),
    ("slopes 0.8 1.15 1.5", [(2022, D("32.2")), (2023, D("33.0")), (2024, D("34.5"))], D("1.15"), D("-2293.45"),
     D("-2293.1")),
    ("below zero", [(0, -3), (1, -1), (2, 1)], 2, -3, -3),
    ("ranks: slopes 0 1/2 1 4/3 3/2 3", [(2017, 9), (2018, 10), (2019, 10), (2020, 13)], F(7, 6), F(-28139, 12),
     F(-28131, 12)),
    ("million yen: 9.5, 9.75, 10 million a year", [(1, 9_000_000), (2, 18_500_000), (3, 28_500_000)], 9_750_000,
     -1_000_000, -750_000),
]  # fmt: skip


@pytest.mark.parametrize(("how", "points", "slope", "separate", "joint"), LINES, ids=[row[0] for row in LINES])
def test_a_line_is_as_worked_out(
    how: str, points: list[tuple[Any, Any]], slope: Any, separate: Any, joint: Any
) -> None:
    line = theil_sen(points)
    assert (line.slope, line.intercept_separate, line.intercept_joint) == (F(slope), F(separate), F(joint))
    assert line.points == len(points)


SLOPES: list[tuple[str, list[tuple[Any, Any]], float, Any, Any]] = [
    # N slopes, C = z*sqrt(variance); ranks (N - C)/2 and (N + C)/2 + 1, rounded
    ("three points tell nothing of the slope's range", SQUARES[:3], 0.8, None, None),
    ("n = 4: N 6, C 1.2816*sqrt(26/3) = 3.77: ranks 1 and 6", SQUARES[:4], 0.8, 1, 5),
    ("n = 5: N 10, C 1.2816*sqrt(50/3) = 5.23: ranks 2 and 9", SQUARES[:5], 0.8, 2, 6),
    ("n = 6: N 15, C 1.2816*sqrt(85/3) = 6.82: ranks 4 and 12", SQUARES[:6], 0.8, 3, 7),
    ("n = 7: N 21, C 1.2816*sqrt(133/3) = 8.53: ranks 6 and 16", SQUARES, 0.8, 4, 8),
    ("n = 7 at 95 %: C 1.9600*sqrt(133/3) = 13.05: ranks 4 and 18", SQUARES, 0.95, 3, 9),
    ("n = 7 at 76.5 %: C 1.1876*sqrt(133/3) = 7.91: ranks 7 and 15", SQUARES, 0.765, 5, 7),
    ("n = 7 at 50 %: C 0.6745*sqrt(133/3) = 4.49: ranks 8 and 14", SQUARES, 0.5, 5, 7),
    ("a tie of three: C 1.2816*sqrt(13) = 4.62: ranks 3 and 8", [(0, 0), (1, 1), (2, 1), (3, 1), (4, 5)], 0.8, 0,
     F(4, 3)),
    ("all tied: no variance, ranks 5 and 6 of ten zeros", [(x, 1) for x in range(5)], 0.8, 0, 0),
    ("99.9 %: more ranks than there are slopes", SQUARES[:4], 0.999, 1, 5),
]  # fmt: skip


@pytest.mark.parametrize(("how", "points", "confidence", "low", "high"), SLOPES, ids=[row[0] for row in SLOPES])
def test_the_slope_lies_between_the_ranks(
    how: str, points: list[tuple[Any, Any]], confidence: float, low: Any, high: Any
) -> None:
    line = theil_sen(points, confidence)
    assert (line.low, line.high) == (low, high)


PACES: list[tuple[str, list[tuple[Any, Any]], int, str | None]] = [
    ("nothing seen", [], 5, None),
    ("one point has no pace", [(2026, 7)], 5, None),
    ("the difference of two", [(2026, 7), (2027, 10)], 5, "3"),
    ("over the years between them", [(2026, 7), (2029, 10)], 5, "1"),
    ("a third", [(2026, 0), (2029, 1)], 5, "0.333333333"),
    ("two thirds, rounded up", [(2026, 0), (2029, 2)], 5, "0.666666667"),
    ("quarters: 1 in a quarter is 4 a year", [(F(0), 0), (F(1, 4), 1)], 5, "4"),
    ("backwards", [(2026, 7), (2027, 5)], 5, "-2"),
    ("only the last five count", [(2020, 1000), (2021, 0), (2022, 1), (2023, 2), (2024, 3), (2025, 4)], 5, "1"),
    ("the last two: 16 less 9", SQUARES[:5], 2, "7"),
    ("the last three: slopes 5, 6, 7", SQUARES[:5], 3, "6"),
    ("a wider window than the series", SQUARES[:4], 9, "3"),
    ("in any order", [(2027, 10), (2026, 7)], 2, "3"),
    ("large: no exponent", [(0, 0), (1, 1_234_567_890_123)], 5, "1234567890000"),
    ("a billionth is not lost", [(0, 0), (1, D("0.000000001"))], 5, "1E-9"),
]


@pytest.mark.parametrize(("how", "points", "window", "pace"), PACES, ids=[row[0] for row in PACES])
def test_the_recent_pace_is_as_worked_out(
    how: str, points: list[tuple[Any, Any]], window: int, pace: str | None
) -> None:
    found = recent_pace(points, window)
    assert (None if found is None else str(found)) == pace


# Student's t at 0.90, from the printed tables.
T = {2: 1.885618083, 3: 1.637744354, 4: 1.533206274, 5: 1.475884049, 6: 1.439755747, 8: 1.396815310}
ON_A_LINE = [(x, x) for x in range(4)]
BENT = [(0, 0), (1, 2), (2, 1), (3, 3)]  # slopes -1 .5 .5 1 2 2; rests 0 1.25 -.5 .75: y = .375 + .75x

FORECASTS: list[tuple[str, list[tuple[Any, Any]], Any, dict[str, Any], Any, Any, tuple[int, float, float] | None]] = [
    # how; points; at; what else is given; value; damped; (freedom, s, 1 + 1/n + (at - mean)²/Sxx) of the half width
    ("two points: 参考", [(2026, 10), (2027, 12)], 2030, {}, 18, D("16.878"), None),
    ("three points: 参考", [(0, 0), (1, 10), (2, 11)], 3, {}, D("16.5"), D("15.95"), None),
    ("a perfect line: s is the noise, 2 % of 3", ON_A_LINE, 5, {"floor_value": 3}, 5, D("4.71"), (2, 0.06, 3.7)),
    ("the same, half a year on", ON_A_LINE, D("3.5"), {"floor_value": 3}, D("3.5"), D("3.45"), (2, 0.06, 2.05)),
    ("one and a half: .9 + .5*.81", ON_A_LINE, D("4.5"), {"floor_value": 3}, D("4.5"), D("4.305"), (2, 0.06, 3.05)),
    ("two and a quarter: 1.71 + .25*.729", ON_A_LINE, D("5.25"), {"floor_value": 3}, D("5.25"), D("4.89225"),
     (2, 0.06, 1.25 + 3.75**2 / 5)),
    ("no noise known: no width", ON_A_LINE, 5, {"sigma": 0}, 5, D("4.71"), (2, 0, 3.7)),
    ("MAD .625: s = 1.4826*.625", BENT, 4, {"floor_value": 3}, D("3.375"), D("3.3"), (2, 0.926625, 2.5)),
    ("noise above the scatter: 50 % of 3", BENT, 4, {"sigma": D("0.5"), "floor_value": 3}, D("3.375"), D("3.3"),
     (2, 1.5, 2.5)),
    ("the floor's sign does not count", BENT, 4, {"sigma": D("0.5"), "floor_value": -3}, D("3.375"), D("3.3"),
     (2, 1.5, 2.5)),
    ("five points: three degrees of freedom", [(x, 2 * x) for x in range(5)], 6, {"floor_value": 50}, 12, D("11.42"),
     (3, 1, 2.8)),
    ("six: four", [(x, 2 * x) for x in range(6)], 7, {"floor_value": 50}, 14, D("13.42"),
     (4, 1, 7 / 6 + 4.5**2 / 17.5)),
    ("ten: eight; a year on", [(x, 5) for x in range(10)], 10, {"floor_value": 50}, 5, 5,
     (8, 1, 1.1 + 5.5**2 / 82.5)),
    ("a wild fourth of five moves nothing", [(0, 0), (1, 1), (2, 2), (3, 30), (4, 4)], 6, {"floor_value": 50}, 6,
     D("5.71"), (3, 1, 2.8)),
    ("falling", [(x, 10 - x) for x in range(4)], 5, {"floor_value": 3}, 5, D("5.29"), (2, 0.06, 3.7)),
    ("fiscal years: 6500 + 1000 a year", [(2024 + x, 6500 + 1000 * x) for x in range(4)], 2030,
     {"sigma": D("0.03"), "floor_value": 9500}, 12500, 11939, (2, 285, 1.25 + 4.5**2 / 5)),
    ("φ = 1 is the line itself", ON_A_LINE, 5, {"floor_value": 3, "damping": 1}, 5, 5, (2, 0.06, 3.7)),
    ("φ = 0 stays where it is", ON_A_LINE, 5, {"floor_value": 3, "damping": 0}, 5, 3, (2, 0.06, 3.7)),
    ("φ = 1/2: .5 + .25", ON_A_LINE, 5, {"floor_value": 3, "damping": F(1, 2)}, 5, D("3.75"), (2, 0.06, 3.7)),
    ("no damped variant", ON_A_LINE, 5, {"floor_value": 3, "damping": None}, 5, None, (2, 0.06, 3.7)),
]  # fmt: skip


@pytest.mark.parametrize(
    ("how", "points", "at", "given", "value", "damped", "width"), FORECASTS, ids=[row[0] for row in FORECASTS]
)
def test_a_forecast_is_as_worked_out(
    how: str,
    points: list[tuple[Any, Any]],
    at: Any,
    given: dict[str, Any],
    value: Any,
    damped: Any,
    width: tuple[int, float, float] | None,
) -> None:
    found = forecast(points, at, **({"sigma": D("0.02"), "floor_value": 0} | given))
    assert (found.value, found.damped) == (value, damped)
    assert found.reference_only is (width is None)
    assert not found.clipped
    assert found.points == len(points)
    if width is None:
        assert (found.low, found.high) == (None, None)
        return
    freedom, spread, widening = width
    half = T[freedom] * spread * sqrt(widening)
    assert found.low is not None
    assert found.high is not None
    assert isclose(found.spread, spread, rel_tol=1e-8)
    assert isclose(found.low, float(value) - half, rel_tol=1e-7)
    assert isclose(found.high, float(value) + half, rel_tol=1e-7)


def test_a_forecast_says_what_it_was_computed_from() -> None:
    found = forecast(BENT, 4, sigma=D("0.02"), floor_value=3)
    assert (found.slope, found.last_fitted, found.spread) == (D("0.75"), D("2.625"), D("0.926625"))
    assert [str(number) for number in (found.low, found.high)] == ["0.612338014", "6.13766199"]


CLIPPED: list[tuple[str, dict[str, Any], str, str, str, str, bool]] = [
    # limits; low, value, high, damped, clipped
    ("none", {}, "95.56", "101", "106.44", "100.71", False),
    ("a share ends at 100", {"highest": 100}, "95.56", "100", "100", "100", True),
    ("a floor that is far", {"lowest": 0}, "95.56", "101", "106.44", "100.71", False),
    ("a floor in the interval", {"lowest": 98}, "98", "101", "106.44", "100.71", True),
    ("a floor above all of it", {"lowest": 110}, "110", "110", "110", "110", True),
    ("a ceiling that only the upper end reaches", {"highest": 105}, "95.56", "101", "105", "100.71", True),
    ("between both", {"lowest": 96, "highest": 100}, "96", "100", "100", "100", True),
]


@pytest.mark.parametrize(
    ("how", "limits", "low", "value", "high", "damped", "clipped"), CLIPPED, ids=[row[0] for row in CLIPPED]
)
def test_natural_limits_cut_the_forecast(
    how: str, limits: dict[str, Any], low: str, value: str, high: str, damped: str, clipped: bool
) -> None:
    # 96 + x, two years ahead of 99: 101; s = 1.5, half width 1.885618 * 1.5 * √3.7 = 5.4406; damped 99 + 1.71
    found = forecast([(x, 96 + x) for x in range(4)], 5, sigma=D("0.015"), floor_value=100, **limits)
    assert found.low is not None
    assert found.high is not None
    shown = [round(number, 2) for number in (found.low, found.value, found.high)]
    assert shown == [D(low), D(value), D(high)]
    assert round(found.damped or D(0), 2) == D(damped)
    assert found.clipped is clipped


HOLTS: list[tuple[str, list[Any], dict[str, Any], list[str]]] = [
    ("believing only the newest: level 2, change 1", [1, 2], {"alpha": 1, "beta": 1}, ["3", "4"]),
    ("never learning: 1 + 1 + 1, then on", [1, 2], {"alpha": 0, "beta": 0}, ["4", "5"]),
    ("damped by half, never learning: 1.75 + .125", [1, 2], {"alpha": 0, "beta": 0, "phi": F(1, 2)},
     ["1.875", "1.9375"]),
    ("half and half: levels 1, 2.25; changes 1.5, 1.375", [0, 2], {"alpha": F(1, 2), "beta": F(1, 2)}, ["3.625", "5"]),
    ("constant stays constant", [7, 7, 7], {"alpha": F(1, 2), "beta": F(1, 2)}, ["7", "7"]),
    ("without a trend: simple smoothing, (10 + 20)/2", [10, 20], {"alpha": F(1, 2), "beta": 0, "trend": 0},
     ["15", "15"]),
    ("from a given level: 20, 15, 12.5", [10, 10], {"alpha": F(1, 2), "beta": 0, "trend": 0, "level": 20},
     ["12.5", "12.5"]),
    ("damping in the level too: 1.5 and 1, then 2.5 and .5", [1, 3], {"alpha": F(1, 2), "beta": 0, "phi": F(1, 2)},
     ["2.75", "2.875"]),
]  # fmt: skip


@pytest.mark.parametrize(("how", "values", "given", "expected"), HOLTS, ids=[row[0] for row in HOLTS])
def test_holts_forecast_is_as_worked_out(
    how: str, values: list[Any], given: dict[str, Any], expected: list[str]
) -> None:
    assert [str(value) for value in holt(values, horizon=2, **given)] == expected


@pytest.mark.parametrize(
    ("how", "number", "shown"),
    [
        ("nine digits", F(1, 3), "0.333333333"),
        ("rounded, not cut", F(2, 3), "0.666666667"),
        ("half to even below", F(2000000005, 10), "200000000"),
        ("half to even above", F(2000000015, 10), "200000002"),
        ("no trailing zeros", F(5, 2), "2.5"),
        ("no exponent", F(1200), "1200"),
        ("none above a trillion", F(123456789012345), "123456789000000"),
        ("nothing", F(0), "0"),
        ("below zero", F(-1, 7), "-0.142857143"),
    ],
)
def test_a_result_has_nine_digits_however_the_caller_reckons(how: str, number: F, shown: str) -> None:
    with localcontext(prec=3):
        assert str(rounded(number)) == shown


def test_the_deviation_is_from_the_median() -> None:
    assert deviation([F(1), F(2), F(4)]) == 1


REFUSED: list[tuple[str, Any, type[Exception], str]] = [
    ("no line through one point", lambda: theil_sen([(1, 1)]), TooFewPoints, "1 points where 2 are needed"),
    ("no line through none", lambda: theil_sen([]), TooFewPoints, "0 points"),
    ("two values of one year", lambda: theil_sen([(1, 1), (1, 2), (2, 3)]), TwoAtOneTime, "two values at 1"),
    ("nor said twice alike", lambda: theil_sen([(1, 1), (1, 1)]), TwoAtOneTime, "two values at 1"),
    ("a pace of two values of one year", lambda: recent_pace([(1, 1), (1, 2)]), TwoAtOneTime, "two values at 1"),
    ("a window of one", lambda: recent_pace([(1, 1), (2, 2)], 1), ValueError, "window of 1"),
    ("a float", lambda: theil_sen([(1, 1), (2, 0.5)]), TrajectoryError, "not an exact number"),
    ("the past", lambda: forecast(BENT, 2, sigma=0, floor_value=0), NothingAhead, "2 is not after 3"),
    ("the present", lambda: forecast(BENT, 3, sigma=0, floor_value=0), NothingAhead, "3 is not after 3"),
    ("a forecast from one", lambda: forecast([(1, 1)], 2, sigma=0, floor_value=0), TooFewPoints, "1 points"),
    ("Holt from one", lambda: holt([1], alpha=1, beta=1, horizon=1), TooFewPoints, "1 values where 2 are needed"),
]


@pytest.mark.parametrize(("what", "act", "error", "words"), REFUSED, ids=[row[0] for row in REFUSED])
def test_what_cannot_be_computed_is_refused_by_name(what: str, act: Any, error: type[Exception], words: str) -> None:
    with pytest.raises(error, match=words):
        act()
    assert issubclass(error, SeriesError | TrajectoryError) or error is ValueError

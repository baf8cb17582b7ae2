"""Trends, forecasts and limits of short series, held against published results and against SciPy."""

import subprocess
import sys
from decimal import Decimal
from fractions import Fraction
from math import isclose
from typing import Any

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from indicators.statistics import (
    Forecast,
    NothingAhead,
    forecast,
    forecast_sum,
    holt,
    individuals_chart,
    outlier,
    recent_pace,
    theil_sen,
)
from tests.rules import published
from tests.rules.published import agrees


@published.of("theil_sen")
def test_the_robust_line_is_the_published_one(row: dict[str, Any]) -> None:
    xs, ys = row["inputs"]["x"], row["inputs"]["y"]
    points = [(x, y) for x, y in zip(xs, ys, strict=True) if y is not None]
    line = theil_sen(points, float(row["inputs"].get("confidence", "0.80")))
    for name, expected in row["expected"].items():
        assert agrees(row, getattr(line, name), expected), name


@published.of("holt_linear")
def test_holts_forecast_is_the_published_one(row: dict[str, Any]) -> None:
    given = row["inputs"]
    found = holt(given["y"], alpha=given["alpha"], beta=given["beta"], phi=given["phi"], horizon=given["horizon"])
    assert agrees(row, found, row["expected"]["forecast"])


@published.of("individuals_chart")
def test_the_individuals_chart_is_the_published_one(row: dict[str, Any]) -> None:
    chart, expected = individuals_chart(row["inputs"]["baseline"]), row["expected"]
    assert agrees(row, chart.limits.centre, expected["center"])
    assert agrees(row, chart.moving_range, expected["mr_bar"])
    assert agrees(row, [chart.limits.low, chart.limits.high], [expected["lcl"], expected["ucl"]])
    assert [chart.limits.place(value) for value in row["inputs"]["new"]] == expected["new_status"]


def test_nothing_heavy_is_loaded_before_a_quantile_is_asked_for() -> None:
    program = "import indicators.statistics, sys; sys.exit('scipy' in sys.modules or 'numpy' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", program], check=False).returncode == 0


# Few digits, as figures have: what is checked is the arithmetic, not how far floats reach.
VALUES = st.integers(-9999, 9999).map(lambda n: Decimal(n) / 100)
FACTORS = st.sampled_from([Fraction(1, 7), Fraction(1, 2), Fraction(3), Fraction(1000)])
Series = list[tuple[int, Decimal]]


def series(at_least: int, at_most: int = 8) -> st.SearchStrategy[Series]:
    """Values of some of the years 0..11, in order of time."""
    years = st.sets(st.integers(0, 11), min_size=at_least, max_size=at_most).map(sorted)
    return years.flatmap(lambda xs: st.tuples(*([VALUES] * len(xs))).map(lambda ys: list(zip(xs, ys, strict=True))))


few = settings(max_examples=20, deadline=None)


@pytest.mark.long
@settings(max_examples=500, deadline=None)
@given(series(4))
def test_the_line_is_that_of_scipy(points: Series) -> None:
    from scipy.stats import theilslopes  # the import alone takes longer than all other tests of this file

    xs, ys = zip(*((float(x), float(y)) for x, y in points), strict=True)
    for method in ("separate", "joint"):
        ours, theirs = theil_sen(points, 0.80), theilslopes(ys, xs, alpha=0.80, method=method)
        intercept = ours.intercept_separate if method == "separate" else ours.intercept_joint
        found = (ours.slope, intercept, ours.low, ours.high)
        for mine, other in zip(found, theirs, strict=True):
            assert mine is not None
            assert isclose(mine, other, rel_tol=1e-9, abs_tol=1e-9)


@few
@given(series(2), VALUES, FACTORS, st.integers(-3000, 3000))
def test_a_line_follows_a_shift_and_a_change_of_unit(
    points: Series, shift: Decimal, factor: Fraction, years: int
) -> None:
    line = theil_sen(points)
    moved = theil_sen([(x + years, factor * Fraction(y) + Fraction(shift)) for x, y in points])
    assert moved.slope == factor * line.slope
    assert moved.intercept_joint == factor * line.intercept_joint + Fraction(shift) - moved.slope * years
    assert moved.intercept_separate == factor * line.intercept_separate + Fraction(shift) - moved.slope * years
    assert (moved.low is None) == (line.low is None)
    if line.low is not None and line.high is not None:
        assert (moved.low, moved.high) == (factor * line.low, factor * line.high)


@few
@given(series(5), st.data())
def test_one_wild_value_among_five_cannot_move_the_slope_beyond_those_of_the_others(
    points: Series, data: st.DataObject
) -> None:
    wild = data.draw(st.integers(0, len(points) - 1))
    others = [point for place, point in enumerate(points) if place != wild]
    slopes = [theil_sen([a, b]).slope for place, a in enumerate(others) for b in others[:place]]
    thrown = [*others, (points[wild][0], Decimal(10) ** 9)]
    assert min(slopes) <= theil_sen(thrown).slope <= max(slopes)


def mirrored(found: Forecast) -> tuple[Decimal | None, ...]:
    return tuple(None if number is None else -number for number in (found.value, found.damped, found.high, found.low))


@few
@given(series(2), st.integers(12, 20), VALUES)
def test_a_forecast_knows_no_direction(points: Series, at: int, limit: Decimal) -> None:
    up = forecast(points, at, sigma=Decimal("0.02"), floor_value=50, highest=limit)
    down = forecast([(x, -y) for x, y in points], at, sigma=Decimal("0.02"), floor_value=50, lowest=-limit)
    assert (down.value, down.damped, down.low, down.high) == mirrored(up)
    assert down.clipped is up.clipped


@few
@given(series(2), st.integers(12, 20), st.integers(-3000, 3000), st.sampled_from([10, 1000, Decimal("0.01")]))
def test_a_forecast_follows_a_shift_of_time_and_a_change_of_unit(
    points: Series, at: int, years: int, factor: Decimal
) -> None:
    found = forecast(points, at, sigma=Decimal("0.02"), floor_value=50)
    moved = forecast(
        [(x + years, factor * y) for x, y in points], at + years, sigma=Decimal("0.02"), floor_value=factor * 50
    )
    for mine, other in ((moved.value, found.value), (moved.low, found.low), (moved.high, found.high)):
        assert (mine is None) == (other is None)
        if mine is not None and other is not None:
            assert mine == factor * other  # powers of ten: the same nine digits


def test_what_two_years_will_add_is_forecast_together() -> None:
    """The line rises by 792.17 a year and stands at 6,792.08 in the fourth: 7,584.25 and 8,376.42, and slowed down
    7,505.03 and 8,146.69. 3 % of 6,792 are 203.76; t is 1.885618; √(2 + 2²/4 + (2.5 + 3.5)²/5) is 3.193744."""
    flows = [(1, 4415), (2, 5208), (3, 6000), (4, 6792)]
    assert forecast_sum(flows, [6, 5], sigma=Decimal("0.03"), floor_value=6792) == Forecast(
        value=Decimal("15960.6667"), damped=Decimal("15651.7217"), low=Decimal("14733.587"),
        high=Decimal("17187.7463"), reference_only=False, clipped=False, slope=Decimal("792.166667"),
        last_fitted=Decimal("6792.08333"), spread=Decimal("203.76"), points=4,
    )  # fmt: skip


def test_no_year_to_come_adds_less_than_the_lowest_there_is() -> None:
    """By the line they would add 0 and −100, and slowed down 10 and −71; 30.11 on either side."""
    dwindling = [(1, 400), (2, 300), (3, 200), (4, 100)]
    found = forecast_sum(dwindling, [5, 6], sigma=Decimal("0.05"), floor_value=100, lowest=15)
    assert found == Forecast(
        value=Decimal(30), damped=Decimal(30), low=Decimal(30), high=Decimal("60.1109061"), reference_only=False,
        clipped=True, slope=Decimal(-100), last_fitted=Decimal(100), spread=Decimal(5), points=4,
    )  # fmt: skip
    short = forecast_sum(dwindling[2:], [5], sigma=Decimal("0.05"), floor_value=100, lowest=15)
    assert (short.value, short.low, short.high, short.reference_only) == (15, None, None, True)


@pytest.mark.parametrize("ahead", [[], [4], [5, 4]], ids=str)
def test_a_sum_of_years_that_are_not_ahead_is_refused(ahead: list[int]) -> None:
    with pytest.raises(NothingAhead) as refused:
        forecast_sum([(3, 200), (4, 100)], ahead, sigma=0, floor_value=0)
    assert str(refused.value) == "not after 4"


@few
@given(series(4), st.integers(12, 18))
def test_further_ahead_and_surer_is_wider(points: Series, at: int) -> None:
    def width(at: int, confidence: float = 0.80, sigma: str = "0.02") -> Decimal:
        found = forecast(points, at, sigma=Decimal(sigma), floor_value=50, confidence=confidence)
        assert found.low is not None
        assert found.high is not None
        assert found.low <= found.value <= found.high
        return found.high - found.low

    assert width(at) < width(at + 1)
    assert width(at) < width(at, 0.95)
    assert width(at) <= width(at, sigma="0.04")


@few
@given(series(2), st.integers(12, 20), st.integers(1, 9999))
def test_a_better_last_value_never_forecasts_less(points: Series, at: int, more: int) -> None:
    better = [*points[:-1], (points[-1][0], points[-1][1] + more)]
    before, after = (forecast(p, at, sigma=0, floor_value=0) for p in (points, better))
    assert before.value <= after.value
    assert (recent_pace(points) or 0) <= (recent_pace(better) or 0)


@few
@given(series(2), st.integers(12, 20))
def test_the_damped_line_lies_between_standing_still_and_going_on(points: Series, at: int) -> None:
    found = forecast(points, at, sigma=0, floor_value=0)
    assert found.damped is not None
    low, high = sorted((found.last_fitted, found.value))
    assert low <= found.damped <= high


@few
@given(series(6), VALUES)
def test_an_outlier_is_one_in_the_mirror_too(points: Series, value: Decimal) -> None:
    assume(points[-1][0] < 12)
    seen = outlier(points, (12, value), sigma=Decimal("0.02"))
    mirrored = outlier([(x, -y) for x, y in points], (12, -value), sigma=Decimal("0.02"))
    assert (seen.reason, seen.allowed) == (mirrored.reason, mirrored.allowed)

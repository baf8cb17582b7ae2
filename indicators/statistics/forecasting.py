"""Where a trend ends: the Theil–Sen line carried on, its interval, and the same line losing its pace."""

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction
from typing import Final

from indicators.statistics.robust import POINTS_FOR_INTERVAL, Line, theil_sen
from indicators.statistics.series import (
    MAD_TO_SIGMA,
    ExactPoints,
    NothingAhead,
    Points,
    TooFewPoints,
    deviation,
    in_order,
    mean,
    rounded,
    square_root,
    student_quantile,
)
from indicators.trajectory import Exact, exact

# φ: of a year's change, this much is expected of the next year. The cautious reading of a trend.
DAMPING: Final = Fraction(9, 10)


@dataclass(frozen=True, slots=True, kw_only=True)
class Forecast:
    """What the trend comes to at a time, and what it was computed from. Nine significant digits.

    `low` and `high` hold the value with the given confidence; None when `reference_only` (参考): fewer than four points
    tell a direction, not how sure it is. `damped` is the cautious variant; None when no damping was asked for.
    `clipped`: a natural limit cut the value or an end of its interval; what was cut is not kept.
    """

    value: Decimal
    damped: Decimal | None
    low: Decimal | None
    high: Decimal | None
    reference_only: bool
    clipped: bool
    slope: Decimal
    last_fitted: Decimal
    spread: Decimal
    points: int


def forecast(
    points: Points,
    at: Exact,
    *,
    sigma: Exact,
    floor_value: Exact,
    confidence: float = 0.80,
    damping: Exact | None = DAMPING,
    lowest: Exact | None = None,
    highest: Exact | None = None,
) -> Forecast:
    """The value at `at`, which is after the last point, from at least two points.

    value       last fitted + slope·(at − last time)
    damped      last fitted + slope·(φ + φ² + … + φ^h), h years ahead; of a part of a year the same part of its term
    half width  t((1 + confidence)/2, n − 2) · s · √(1 + 1/n + (at − t̄)²/Sxx), from four points on
    s           max(1.4826·MAD of the residuals, sigma·|floor_value|): points that happen to lie on one line prove
                nothing beyond the noise that the indicator is known to have

    `lowest` and `highest` are the indicator's natural limits: a share ends at 100.
    Raises NothingAhead, TooFewPoints, TwoAtOneTime, or TrajectoryError for a float.
    """
    series, ahead = in_order(points, at_least=2), exact(at)
    last = series[-1][0]
    if ahead <= last:
        raise NothingAhead(f"{ahead} is not after {last}")
    line = theil_sen(series)
    spread = _spread(series, line, exact(sigma) * abs(exact(floor_value)))
    value, fitted = line.at(ahead), line.at(last)
    ends: tuple[Fraction, ...] = ()
    if len(series) >= POINTS_FOR_INTERVAL:
        half = student_quantile((1 + confidence) / 2, len(series) - 2) * spread * _widening(series, ahead)
        ends = (value - half, value + half)
    damped = None if damping is None else fitted + line.slope * _damped_years(ahead - last, exact(damping))
    floor, ceiling = None if lowest is None else exact(lowest), None if highest is None else exact(highest)

    def within(number: Fraction) -> Fraction:
        number = number if ceiling is None else min(number, ceiling)
        return number if floor is None else max(number, floor)

    return Forecast(
        value=rounded(within(value)),
        damped=None if damped is None else rounded(within(damped)),
        low=rounded(within(ends[0])) if ends else None,
        high=rounded(within(ends[1])) if ends else None,
        reference_only=not ends,
        clipped=any(within(number) != number for number in (value, *ends)),
        slope=rounded(line.slope),
        last_fitted=rounded(fitted),
        spread=rounded(spread),
        points=len(series),
    )


def forecast_sum(
    points: Points,
    ahead: Sequence[Exact],
    *,
    sigma: Exact,
    floor_value: Exact,
    confidence: float = 0.80,
    damping: Exact = DAMPING,
    lowest: Exact | None = None,
) -> Forecast:
    """The sum of the values at the times `ahead`, all after the last point: what yearly flows will add to a total.

    As `forecast`, with half width t · s · √(m + m²/n + (Σ(at − t̄))²/Sxx) for m times: the noises of m values are their
    own, but the line's height and slope err for all of them together. `lowest` holds for each value, and for the low
    end of the interval as many times as there are values.
    """
    series, times = in_order(points, at_least=2), sorted(exact(time) for time in ahead)
    last = series[-1][0]
    if not times or times[0] <= last:
        raise NothingAhead(f"not after {last}")
    line = theil_sen(series)
    spread = _spread(series, line, exact(sigma) * abs(exact(floor_value)))
    fitted, floor, m = line.at(last), None if lowest is None else exact(lowest), len(times)

    def within(number: Fraction, values: int = 1) -> Fraction:
        return number if floor is None else max(number, floor * values)

    value = sum((within(line.at(time)) for time in times), Fraction(0))
    slowed = [fitted + line.slope * _damped_years(time - last, exact(damping)) for time in times]
    ends: tuple[Fraction, ...] = ()
    if len(series) >= POINTS_FOR_INTERVAL:
        middle = mean([time for time, _ in series])
        around = sum((time - middle) ** 2 for time, _ in series)
        away = sum((time - middle for time in times), Fraction(0))
        widening = square_root(m + Fraction(m * m, len(series)) + away**2 / around)
        half = student_quantile((1 + confidence) / 2, len(series) - 2) * spread * widening
        ends = (value - half, value + half)
    return Forecast(
        value=rounded(value),
        damped=rounded(sum((within(number) for number in slowed), Fraction(0))),
        low=rounded(within(ends[0], m)) if ends else None,
        high=rounded(ends[1]) if ends else None,
        reference_only=not ends,
        clipped=any(within(line.at(time)) != line.at(time) for time in times),
        slope=rounded(line.slope),
        last_fitted=rounded(fitted),
        spread=rounded(spread),
        points=len(series),
    )


def holt(
    values: Sequence[Exact], *, alpha: Exact, beta: Exact, horizon: int, phi: Exact = 1, level: Exact | None = None,
    trend: Exact | None = None,
) -> list[Decimal]:  # fmt: skip
    """The next `horizon` values by Holt's linear method, damped by `phi`; evenly spaced values, at least two.

    l = αy + (1 − α)(l + φb), b = β(l − l′) + (1 − β)φb, ŷ(h) = l + b(φ + … + φ^h). Where they are not given, level and
    trend before the first value are that value and the first change. Raises TooFewPoints.
    """
    if len(values) < 2:
        raise TooFewPoints(f"{len(values)} values where 2 are needed")
    y = [exact(value) for value in values]
    a, b, damping = exact(alpha), exact(beta), exact(phi)
    at = y[0] if level is None else exact(level)
    change = y[1] - y[0] if trend is None else exact(trend)
    for value in y:
        before = at
        at = a * value + (1 - a) * (before + damping * change)
        change = b * (at - before) + (1 - b) * damping * change
    return [rounded(at + change * _damped_years(Fraction(h), damping)) for h in range(1, horizon + 1)]


def _spread(series: ExactPoints, line: Line, noise: Fraction) -> Fraction:
    return max(MAD_TO_SIGMA * deviation([y - line.at(x) for x, y in series]), noise)


def _widening(series: ExactPoints, at: Fraction) -> Fraction:
    """√(1 + 1/n + (at − t̄)²/Sxx): the noise of the new value, of the line's height, and of its slope."""
    times = [time for time, _ in series]
    middle = mean(times)
    return square_root(1 + Fraction(1, len(times)) + (at - middle) ** 2 / sum((time - middle) ** 2 for time in times))


def _damped_years(years: Fraction, damping: Fraction) -> Fraction:
    """φ + φ² + … + φ^h, and of the part of a year that is left over the same part of its term."""
    whole = int(years)
    terms = sum((damping**k for k in range(1, whole + 1)), Fraction(0))
    return terms + (years - whole) * damping ** (whole + 1)

"""Is this value like those before it? Control limits and the check for outliers: about data quality, not about status.

An outlier is accepted like any other value; it only has to be confirmed, and counts as provisional until it is.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum
from fractions import Fraction
from itertools import accumulate, pairwise
from typing import Final, NamedTuple

from indicators.statistics.robust import theil_sen
from indicators.statistics.series import (
    MAD_TO_SIGMA,
    Points,
    TooFewPoints,
    deviation,
    in_order,
    mean,
    rounded,
    square_root,
)
from indicators.trajectory import Exact, exact

# d₂ for ranges of two: the mean moving range is this many standard deviations of a normal distribution.
RANGE_TO_SIGMA: Final = Fraction("1.128")
LIMIT_SIGMAS: Final = 3
EWMA_WEIGHT: Final = Fraction(3, 10)

OUTLIER_MADS: Final = 4
# The line has two numbers of its own: with five points three are left, from which no usual distance can be seen.
POINTS_FOR_LINE: Final = 6
POINTS_FOR_EWMA: Final = 10


class Place(StrEnum):
    """Where a value lies. A missing one is unknown, not zero."""

    ABOVE_LIMIT = "above_limit"
    BELOW_LIMIT = "below_limit"
    WITHIN_LIMITS = "within_limits"
    UNKNOWN = "unknown"


class Limits(NamedTuple):
    low: Decimal
    centre: Decimal
    high: Decimal

    def place(self, value: Exact | None) -> Place:
        """A value on a limit is within it."""
        if value is None:
            return Place.UNKNOWN
        seen = exact(value)
        if seen > exact(self.high):
            return Place.ABOVE_LIMIT
        return Place.BELOW_LIMIT if seen < exact(self.low) else Place.WITHIN_LIMITS


@dataclass(frozen=True, slots=True)
class IndividualsChart:
    """Limits from how much a value usually differs from the one before it."""

    limits: Limits
    moving_range: Decimal


@dataclass(frozen=True, slots=True)
class EwmaLimits:
    """Limits of an exponentially weighted moving average, and the weight of its newest value."""

    limits: Limits
    weight: Fraction


def individuals_chart(baseline: Sequence[Exact]) -> IndividualsChart:
    """mean ± 3·(mean moving range)/1.128, of at least two values in order of time. Raises TooFewPoints."""
    values = [exact(value) for value in baseline]
    if len(values) < 2:
        raise TooFewPoints(f"{len(values)} values where 2 are needed")
    moving_range = mean([abs(later - earlier) for earlier, later in pairwise(values)])
    return IndividualsChart(_limits(mean(values), moving_range / RANGE_TO_SIGMA), rounded(moving_range))


def ewma(values: Sequence[Exact], start: Exact, weight: Exact = EWMA_WEIGHT) -> list[Fraction]:
    """The moving average after each value: z = λ·y + (1 − λ)·z′, from `start`."""
    share = exact(weight)
    steps = accumulate((exact(v) for v in values), lambda z, y: share * y + (1 - share) * z, initial=exact(start))
    return list(steps)[1:]


def ewma_limits(centre: Exact, deviation: Exact, weight: Exact = EWMA_WEIGHT) -> EwmaLimits:
    """centre ± 3·s·√(λ/(2 − λ)), s the standard deviation of single values; 0 < λ ≤ 1."""
    share = exact(weight)
    if not 0 < share <= 1:
        raise ValueError(f"a weight of {share} is outside 0..1")
    return EwmaLimits(_limits(exact(centre), exact(deviation) * square_root(share / (2 - share))), share)


class OutlierReason(StrEnum):
    TOO_FEW_POINTS = "too_few_points"
    WITHIN_LIMITS = "within_limits"
    FAR_FROM_LINE = "far_from_line"
    OUTSIDE_EWMA_LIMITS = "outside_ewma_limits"


@dataclass(frozen=True, slots=True, kw_only=True)
class OutlierCheck:
    """`suspicious`: to be confirmed, for `reason`.

    `expected` is the line's value, `allowed` how far off is usual; None with too few points to tell.
    """

    suspicious: bool
    reason: OutlierReason
    expected: Decimal | None = None
    allowed: Decimal | None = None


def outlier(points: Points, new: tuple[Exact, Exact], *, sigma: Exact = 0) -> OutlierCheck:
    """Whether the new point is unlike `points`, which came before it.

    From six points on, it is when it lies more than 4 MAD from their robust line. From ten on, also when the moving
    average of the distances from the line, this one included, leaves its limits: several values, each a little off. The
    distances and not the values, or every trend would leave them. A MAD counts as no less than the noise `sigma`
    (relative to the line's value) stands for, or the first value off a perfect line would be an outlier.
    Raises TwoAtOneTime, or TrajectoryError for a float.
    """
    series = in_order(points, at_least=0)
    in_order([*series, new], at_least=0)  # refuses a second value for a time there is one of
    if len(series) < POINTS_FOR_LINE:
        return OutlierCheck(suspicious=False, reason=OutlierReason.TOO_FEW_POINTS)
    line = theil_sen(series)
    expected = line.at(exact(new[0]))
    distances = [y - line.at(x) for x, y in series]
    spread = max(MAD_TO_SIGMA * deviation(distances), exact(sigma) * abs(expected))
    allowed, distance = OUTLIER_MADS * spread / MAD_TO_SIGMA, exact(new[1]) - expected
    reason = OutlierReason.WITHIN_LIMITS
    if abs(distance) > allowed:
        reason = OutlierReason.FAR_FROM_LINE
    elif len(series) >= POINTS_FOR_EWMA:
        limits = ewma_limits(0, spread).limits
        if limits.place(ewma([*distances, distance], 0)[-1]) is not Place.WITHIN_LIMITS:
            reason = OutlierReason.OUTSIDE_EWMA_LIMITS
    return OutlierCheck(
        suspicious=reason is not OutlierReason.WITHIN_LIMITS,
        reason=reason,
        expected=rounded(expected),
        allowed=rounded(allowed),
    )


def _limits(centre: Fraction, sigma: Fraction) -> Limits:
    away = LIMIT_SIGMAS * sigma
    return Limits(rounded(centre - away), rounded(centre), rounded(centre + away))

"""What all of them share: points in order of time, medians, quantiles, and numbers that are the same everywhere."""

import statistics
from collections.abc import Iterable, Sequence
from decimal import ROUND_HALF_EVEN, Context, Decimal
from fractions import Fraction
from functools import cache
from itertools import pairwise
from typing import Final

from indicators.trajectory import Exact, exact

Points = Sequence[tuple[Exact, Exact]]
ExactPoints = tuple[tuple[Fraction, Fraction], ...]

# A result enters the digest of a judgement, which any machine must be able to compute again. Roots and quantiles are
# not rational, and the last bits of a quantile differ between processors and versions of the library; nine digits do
# not, and are more than any indicator is known to.
SIGNIFICANT: Final = 9
_RESULT: Final = Context(prec=SIGNIFICANT, rounding=ROUND_HALF_EVEN)
_QUANTILE: Final = Context(prec=12, rounding=ROUND_HALF_EVEN)
_WORK: Final = Context(prec=40, rounding=ROUND_HALF_EVEN)

# A normal distribution's standard deviation is this many times its median absolute deviation.
MAD_TO_SIGMA: Final = Fraction("1.4826")


class SeriesError(ValueError):
    """This series does not have what is asked of it."""


class TooFewPoints(SeriesError):
    """The series has fewer points than this needs."""


class TwoAtOneTime(SeriesError):
    """Two points of one series stand at the same time; which of them counts must be decided before."""


class NothingAhead(SeriesError):
    """The time to be forecast is not after the last point."""


def in_order(points: Points, *, at_least: int) -> ExactPoints:
    """The points by time. Raises TooFewPoints, TwoAtOneTime, or TrajectoryError for a float."""
    ordered = tuple(sorted((exact(time), exact(value)) for time, value in points))
    for earlier, later in pairwise(ordered):
        if earlier[0] == later[0]:
            raise TwoAtOneTime(f"two values at {earlier[0]}")
    if len(ordered) < at_least:
        raise TooFewPoints(f"{len(ordered)} points where {at_least} are needed")
    return ordered


def median(values: Iterable[Fraction]) -> Fraction:
    return Fraction(statistics.median(values))


def mean(values: Sequence[Fraction]) -> Fraction:
    return sum(values, Fraction(0)) / len(values)


def deviation(values: Sequence[Fraction]) -> Fraction:
    """The median absolute deviation from the median (MAD)."""
    centre = median(values)
    return median(abs(value - centre) for value in values)


def rounded(number: Fraction) -> Decimal:
    """The number as it is shown, stored and digested: nine significant digits, without trailing zeros or exponent."""
    digits = _RESULT.divide(Decimal(number.numerator), Decimal(number.denominator)).normalize(_RESULT)
    return Decimal(f"{digits:f}")


def square_root(number: Fraction) -> Fraction:
    """To forty digits: Decimal's root is the same on every machine."""
    return Fraction(_WORK.sqrt(_WORK.divide(Decimal(number.numerator), Decimal(number.denominator))))


def normal_quantile(probability: float) -> Fraction:
    return Fraction(_QUANTILE.create_decimal_from_float(statistics.NormalDist().inv_cdf(probability)))


@cache
def student_quantile(probability: float, freedom: int) -> Fraction:
    # Not at the top: it takes most of a second, which only a process that forecasts should pay.
    from scipy.special import stdtrit

    return Fraction(_QUANTILE.create_decimal_from_float(float(stdtrit(freedom, probability))))

"""Theil–Sen: the median of the slopes between all pairs of points. One wild value among five does not move it far.

Computed exactly, as the points are exact; `scipy.stats.theilslopes` gives the same to the last bits, at the price of
two seconds and 80 MB for its import, and the tests hold the two side by side.
"""

from collections import Counter
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction
from itertools import combinations
from typing import Final

from indicators.statistics.series import Points, in_order, median, normal_quantile, rounded, square_root

WINDOW: Final = 5

# With fewer, the interval of ranks is all slopes there are: it would look like knowledge and be none.
POINTS_FOR_INTERVAL: Final = 4


@dataclass(frozen=True, slots=True)
class Line:
    """A robust line through a series, exact.

    `intercept_separate` is median(y) − slope·median(x); `intercept_joint` is median(y − slope·x), with which half of
    the points lie above the line and half below. `low` and `high` bound the slope; None below four points.
    """

    slope: Fraction
    intercept_separate: Fraction
    intercept_joint: Fraction
    low: Fraction | None
    high: Fraction | None
    points: int

    def at(self, time: Fraction) -> Fraction:
        """The value on the line with the joint intercept.

        The separate one draws the line of a rising series through its middle point, whatever that point is: one wild
        value there would carry the line away, which is what this line is used against.
        """
        return self.intercept_joint + self.slope * time


def theil_sen(points: Points, confidence: float = 0.80) -> Line:
    """The robust line. At least two points; raises TooFewPoints, TwoAtOneTime, or TrajectoryError for a float."""
    series = in_order(points, at_least=2)
    times, values = [time for time, _ in series], [value for _, value in series]
    slopes = sorted((y2 - y1) / (x2 - x1) for (x1, y1), (x2, y2) in combinations(series, 2))
    slope = median(slopes)
    low, high = _slope_interval(slopes, values, confidence)
    return Line(
        slope=slope,
        intercept_separate=median(values) - slope * median(times),
        intercept_joint=median(y - slope * x for x, y in series),
        low=low,
        high=high,
        points=len(series),
    )


def recent_pace(points: Points, window: int = WINDOW) -> Decimal | None:
    """The change per unit of time over the last points, at most `window`; None with fewer than two.

    With two points it is their difference over the time between them.
    """
    if window < 2:
        raise ValueError(f"no pace can be seen in a window of {window}")
    recent = in_order(points, at_least=0)[-window:]
    return rounded(theil_sen(recent).slope) if len(recent) >= 2 else None


def _slope_interval(
    slopes: list[Fraction], values: list[Fraction], confidence: float
) -> tuple[Fraction, Fraction] | tuple[None, None]:
    """Sen 1968: the slopes at the ranks (N ∓ C) / 2, C = z·√Var of Kendall's S, which ties in the values lessen."""
    n = len(values)
    if n < POINTS_FOR_INTERVAL:
        return None, None
    tied = sum(k * (k - 1) * (2 * k + 5) for k in Counter(values).values())
    variance = Fraction(n * (n - 1) * (2 * n + 5) - tied, 18)
    spread = normal_quantile((1 + confidence) / 2) * square_root(variance)
    below, above = round((len(slopes) - spread) / 2), round((len(slopes) + spread) / 2)
    return slopes[max(below - 1, 0)], slopes[min(above, len(slopes) - 1)]

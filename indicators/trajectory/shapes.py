"""The shapes a plan may have. Each knows where it stands at a time, and when it stands at a value."""

import math
from dataclasses import dataclass
from decimal import ROUND_HALF_EVEN, Context, Decimal
from fractions import Fraction
from itertools import pairwise
from operator import ge, le
from typing import Final

from indicators.trajectory.exact import TrajectoryError

MAX_YEARS: Final = 50
Points = tuple[tuple[Fraction, Fraction], ...]
# Of the decimals' arithmetic every digit is laid down by rule, of the processor's it is not.
_PRECISE: Final = Context(prec=40, rounding=ROUND_HALF_EVEN)
_SHOWN: Final = Context(prec=15, rounding=ROUND_HALF_EVEN)


@dataclass(frozen=True, slots=True)
class Milestones:
    """The values planned at certain times, in order of time: (time, value)."""

    points: Points
    stepped: bool = False

    def __post_init__(self) -> None:
        if len(self.points) < (1 if self.stepped else 2):
            raise TrajectoryError("too few points")
        _check_order(self.points)
        if self.stepped and any(later[1] <= earlier[1] for earlier, later in pairwise(self.points)):
            raise TrajectoryError("a stage plan only rises")

    @property
    def starts_at(self) -> Fraction:
        return self.points[0][0]

    @property
    def ends_at(self) -> Fraction:
        return self.points[-1][0]

    def expected(self, t: Fraction) -> Fraction:
        """E(t). A stage plan expects 0 before its first point, and a point's stage from its own time on."""
        if self.stepped:
            return max((value for time, value in self.points if time <= t), default=Fraction(0))
        before, after, t = _stretch(self.points, t)
        return _on_line(before, after, t)

    def reached_at(self, value: Fraction) -> Fraction | None:
        """The time this value is planned for; of a stage plan, of the highest stage reached. None unless monotone."""
        if self.stepped:
            return max((time for time, stage in self.points if stage <= value), default=None)
        found = _reaches(self.points, value)
        if found is None or isinstance(found, Fraction):
            return found
        before, after = found
        return _on_line((before[1], before[0]), (after[1], after[0]), value)


@dataclass(frozen=True, slots=True)
class Linear:
    """A straight line from the baseline to the target, or through interim targets."""

    from_time: Fraction
    from_value: Fraction
    to_time: Fraction
    to_value: Fraction
    interim: Points = ()

    def __post_init__(self) -> None:
        if self.to_time <= self.from_time:
            raise TrajectoryError("the target is not later than the baseline")
        _check_order(self.points)

    @property
    def points(self) -> Points:
        return ((self.from_time, self.from_value), *self.interim, (self.to_time, self.to_value))

    @property
    def starts_at(self) -> Fraction:
        return self.from_time

    @property
    def ends_at(self) -> Fraction:
        return self.to_time

    def expected(self, t: Fraction) -> Fraction:
        return Milestones(self.points).expected(t)

    def reached_at(self, value: Fraction) -> Fraction | None:
        return Milestones(self.points).reached_at(value)


@dataclass(frozen=True, slots=True)
class Rank(Linear):
    """A straight line on the rank, rounded up to the allowed rank. `reached_at` is when a rank becomes due."""

    def expected(self, t: Fraction) -> Fraction:
        return Fraction(math.ceil(Milestones(self.points).expected(t)))


@dataclass(frozen=True, slots=True)
class Geometric(Linear):
    """The same growth every year. Nothing grows from zero, nor past it."""

    def __post_init__(self) -> None:
        Linear.__post_init__(self)
        if any(value <= 0 for _, value in self.points):
            raise TrajectoryError("geometric growth needs values above zero")

    def expected(self, t: Fraction) -> Fraction:
        before, after, t = _stretch(self.points, t)
        share = (t - before[0]) / (after[0] - before[0])
        if share in (0, 1):
            return after[1] if share else before[1]
        power = _PRECISE.exp(_PRECISE.multiply(_log(after[1] / before[1]), _decimal(share)))
        return Fraction(_SHOWN.plus(_PRECISE.multiply(_decimal(before[1]), power)))

    def reached_at(self, value: Fraction) -> Fraction | None:
        found = _reaches(self.points, value)
        if found is None or isinstance(found, Fraction):
            return found
        before, after = found
        share = _SHOWN.divide(_log(value / before[1]), _log(after[1] / before[1]))
        return before[0] + (after[0] - before[0]) * Fraction(share)


@dataclass(frozen=True, slots=True)
class Ramp:
    """A running total whose yearly flows grow evenly from the flow of the year before the window, up to the target, or
    to each interim total: (whole years since the window began, total)."""

    start_flow: Fraction
    years: int
    target: Fraction
    interim: Points = ()

    def __post_init__(self) -> None:
        _check_window(self.years)
        _check_order(self.totals)
        if any(time.denominator != 1 for time, _ in self.interim):
            raise TrajectoryError("an interim total stands at the end of a year")
        if min(self.start_flow, *self.flows) < 0 or self.target <= 0:
            raise TrajectoryError("a ramp with a yearly flow below zero")

    @property
    def totals(self) -> Points:
        return ((Fraction(0), Fraction(0)), *self.interim, (Fraction(self.years), self.target))

    @property
    def starts_at(self) -> Fraction:
        return Fraction(0)

    @property
    def ends_at(self) -> Fraction:
        return Fraction(self.years)

    @property
    def flows(self) -> list[Fraction]:
        """The flow planned for each year of the window."""
        flows, flow = [], self.start_flow
        for before, after in pairwise(self.totals):
            years = int(after[0] - before[0])
            # δ, the growth of the yearly flow from one year to the next
            step = (after[1] - before[1] - years * flow) / Fraction(years * (years + 1), 2)
            flows += [flow + k * step for k in range(1, years + 1)]
            flow = flows[-1]
        return flows

    def flow(self, year: int) -> Fraction:
        """The flow planned for the window's year 1..n."""
        return self.flows[year - 1]

    def expected(self, t: Fraction) -> Fraction:
        return self._by_year.expected(t)

    def reached_at(self, value: Fraction) -> Fraction | None:
        return self._by_year.reached_at(value)

    @property
    def _by_year(self) -> Milestones:
        flows = self.flows
        return Milestones(
            tuple((Fraction(year), sum(flows[:year], Fraction(0))) for year in range(self.years + 1))
        )  # fmt: skip


def cumulative_linear(target: Fraction, years: int, interim: Points = ()) -> Ramp | Milestones:
    """A running total that grows evenly: a ramp without a slope; with interim totals, evenly up to each."""
    _check_window(years)
    if interim:
        return Milestones(((Fraction(0), Fraction(0)), *interim, (Fraction(years), target)))
    return Ramp(start_flow=target / years, years=years, target=target)


@dataclass(frozen=True, slots=True)
class Band:
    """To be kept between two values, both allowed, from one time to another."""

    low: Fraction
    high: Fraction
    from_time: Fraction
    to_time: Fraction

    def __post_init__(self) -> None:
        if self.high < self.low:
            raise TrajectoryError("the band's high end is below its low end")
        if self.to_time <= self.from_time:
            raise TrajectoryError("the band ends before it begins")

    @property
    def starts_at(self) -> Fraction:
        return self.from_time

    @property
    def ends_at(self) -> Fraction:
        return self.to_time

    def expected(self, t: Fraction) -> Fraction:
        """The middle, whatever the time: a place for a picture. What is asked for is `nearest`."""
        return (self.low + self.high) / 2

    def nearest(self, value: Fraction) -> Fraction:
        """The value in the band that is nearest to this one; itself where it lies within."""
        return min(max(value, self.low), self.high)

    def reached_at(self, value: Fraction) -> Fraction | None:
        return None


Trajectory = Linear | Geometric | Rank | Ramp | Milestones | Band


def _check_window(years: int) -> None:
    if not 1 <= years <= MAX_YEARS:
        raise TrajectoryError(f"a window of {years} years is outside 1..{MAX_YEARS}")


def _check_order(points: Points) -> None:
    if any(later[0] <= earlier[0] for earlier, later in pairwise(points)):
        raise TrajectoryError("the points are not in order of time")


def _stretch(
    points: Points, t: Fraction
) -> tuple[tuple[Fraction, Fraction], tuple[Fraction, Fraction], Fraction]:  # fmt: skip
    """The two points `t` lies between, and `t`, kept between the first and the last."""
    t = min(max(t, points[0][0]), points[-1][0])
    before, after = next(pair for pair in pairwise(points) if t <= pair[1][0])
    return before, after, t


def _reaches(
    points: Points, value: Fraction
) -> tuple[tuple[Fraction, Fraction], tuple[Fraction, Fraction]] | Fraction | None:
    """The stretch in which a plan that only rises, or only falls, comes to `value`; the time, at a point's own value or
    outside of all; None of a plan that turns or never moves."""
    steps = [later[1] - earlier[1] for earlier, later in pairwise(points)]
    rising, falling = any(step > 0 for step in steps), any(step < 0 for step in steps)
    if rising is falling:
        return None
    has_come_to = ge if rising else le
    for before, after in reversed(list(pairwise(points))):
        if has_come_to(value, after[1]):
            return after[0]
        if has_come_to(value, before[1]):
            return before, after
    return points[0][0]


def _on_line(a: tuple[Fraction, Fraction], b: tuple[Fraction, Fraction], x: Fraction) -> Fraction:
    return a[1] + (b[1] - a[1]) * (x - a[0]) / (b[0] - a[0])


def _decimal(value: Fraction) -> Decimal:
    return _PRECISE.divide(Decimal(value.numerator), Decimal(value.denominator))


def _log(value: Fraction) -> Decimal:
    return _PRECISE.ln(_decimal(value))

"""What was to be expected by now: the trajectory of an indicator from its baseline to its target, and its inverse.

Everything is exact (Fraction). The time axis is years: the value of fiscal year N stands at t = N, a three-year window
at its middle. Cumulative shapes (ramp, cumulative_linear) use the years elapsed since the window began, 0..n, so a
quarter is 1/4. Before its start a trajectory holds its first value, after its end its last.

| shape             | E(t)                                                                                     |
|-------------------|------------------------------------------------------------------------------------------|
| linear            | straight line between (t0, y0) and (T, yT)                                               |
| ramp              | total of yearly flows f0 + kδ, k = 1..n, δ such that they sum to the target; even within |
|                   | a year                                                                                   |
| cumulative_linear | target × elapsed / n                                                                     |
| rank              | the allowed rank: the straight line, rounded up                                          |
| milestones        | straight lines through the points; `stepped`: each point's value from its time on        |

`reached_at(value)` is the earned schedule: the time at which the plan stands where `value` stands, kept between start
and end; on a flat stretch the later end; None where the shape has no such time.
"""

import math
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction
from itertools import pairwise
from typing import Final

MAX_YEARS: Final = 50
Exact = Fraction | Decimal | int
_DECIMAL_TEXT: Final = re.compile(r"-?[0-9]{1,20}(?:\.[0-9]{1,20})?")


class TrajectoryError(ValueError):
    """The definition of a trajectory is not one we can compute exactly."""


def exact(value: object) -> Fraction:
    """`value` as a Fraction: an int, Fraction, finite Decimal, or decimal text ("3623", "-1.5").

    Raises TrajectoryError for a float, a boolean and anything else: what was rounded once cannot be exact again.
    """
    if isinstance(value, bool) or not isinstance(value, int | Fraction | Decimal | str):
        raise TrajectoryError(f"not an exact number: {value!r}")
    if isinstance(value, str) and not _DECIMAL_TEXT.fullmatch(value):
        raise TrajectoryError(f"not a decimal number: {value[:40]!r}")
    if isinstance(value, Decimal) and not value.is_finite():
        raise TrajectoryError(f"not a finite number: {value}")
    return Fraction(value)


@dataclass(frozen=True, slots=True)
class Milestones:
    """The values planned at certain times, in order of time: (time, value)."""

    points: tuple[tuple[Fraction, Fraction], ...]
    stepped: bool = False

    def __post_init__(self) -> None:
        if len(self.points) < (1 if self.stepped else 2):
            raise TrajectoryError("too few points")
        if any(later[0] <= earlier[0] for earlier, later in pairwise(self.points)):
            raise TrajectoryError("the points are not in order of time")
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
        t = min(max(t, self.starts_at), self.ends_at)
        before, after = next(pair for pair in pairwise(self.points) if t <= pair[1][0])
        return _on_line(before, after, t)

    def reached_at(self, value: Fraction) -> Fraction | None:
        """The time this value is planned for; of a stage plan, of the highest stage reached. None unless monotone."""
        if self.stepped:
            return max((time for time, stage in self.points if stage <= value), default=None)
        steps = [later[1] - earlier[1] for earlier, later in pairwise(self.points)]
        rising, falling = any(step > 0 for step in steps), any(step < 0 for step in steps)
        if rising is falling:
            return None
        sign = 1 if rising else -1
        for before, after in reversed(list(pairwise(self.points))):
            if sign * value >= sign * after[1]:
                return after[0]
            if sign * value >= sign * before[1]:
                return _on_line((before[1], before[0]), (after[1], after[0]), value)
        return self.starts_at


@dataclass(frozen=True, slots=True)
class Linear:
    """A straight line from the baseline to the target."""

    from_time: Fraction
    from_value: Fraction
    to_time: Fraction
    to_value: Fraction

    def __post_init__(self) -> None:
        if self.to_time <= self.from_time:
            raise TrajectoryError("the target is not later than the baseline")

    @property
    def starts_at(self) -> Fraction:
        return self.from_time

    @property
    def ends_at(self) -> Fraction:
        return self.to_time

    def expected(self, t: Fraction) -> Fraction:
        return self._line.expected(t)

    def reached_at(self, value: Fraction) -> Fraction | None:
        return self._line.reached_at(value)

    @property
    def _line(self) -> Milestones:
        return Milestones(((self.from_time, self.from_value), (self.to_time, self.to_value)))


@dataclass(frozen=True, slots=True)
class Rank(Linear):
    """A straight line on the rank, rounded up to the allowed rank. `reached_at` is when a rank becomes due."""

    def expected(self, t: Fraction) -> Fraction:
        return Fraction(math.ceil(self._line.expected(t)))


@dataclass(frozen=True, slots=True)
class Ramp:
    """A running total whose yearly flows grow evenly from the flow of the year before the window, up to the target."""

    start_flow: Fraction
    years: int
    target: Fraction

    def __post_init__(self) -> None:
        _check_window(self.years)
        if min(self.start_flow, self.flow(self.years)) < 0 or self.target <= 0:
            raise TrajectoryError("a ramp with a yearly flow below zero")

    @property
    def starts_at(self) -> Fraction:
        return Fraction(0)

    @property
    def ends_at(self) -> Fraction:
        return Fraction(self.years)

    @property
    def step(self) -> Fraction:
        """δ, the growth of the yearly flow from one year to the next."""
        return (self.target - self.years * self.start_flow) / Fraction(self.years * (self.years + 1), 2)

    def flow(self, year: int) -> Fraction:
        """The flow planned for the window's year 1..n."""
        return self.start_flow + year * self.step

    def expected(self, t: Fraction) -> Fraction:
        return self._totals.expected(t)

    def reached_at(self, value: Fraction) -> Fraction | None:
        return self._totals.reached_at(value)

    @property
    def _totals(self) -> Milestones:
        flows = [self.flow(year) for year in range(1, self.years + 1)]
        return Milestones(tuple((Fraction(year), sum(flows[:year], Fraction(0))) for year in range(self.years + 1)))


@dataclass(frozen=True, slots=True)
class Geometric(Linear):
    """The same growth every year from the baseline to the target; both above zero. To 30 digits."""

    def __post_init__(self) -> None:
        Linear.__post_init__(self)
        if self.from_value <= 0 or self.to_value <= 0:
            raise TrajectoryError("growth by a factor needs a baseline and a target above zero")

    def expected(self, t: Fraction) -> Fraction:
        t = min(max(t, self.from_time), self.to_time)
        if t in (self.from_time, self.to_time):
            return self._line.expected(t)
        share = (t - self.from_time) / (self.to_time - self.from_time)
        growth, power = (
            Decimal(x.numerator) / Decimal(x.denominator) for x in (self.to_value / self.from_value, share)
        )
        return self.from_value * Fraction(growth**power)

    def reached_at(self, value: Fraction) -> Fraction | None:
        return None


@dataclass(frozen=True, slots=True)
class Band:
    """To stay between two values."""

    low: Fraction
    high: Fraction
    from_time: Fraction
    to_time: Fraction

    def __post_init__(self) -> None:
        if self.low >= self.high or self.to_time <= self.from_time:
            raise TrajectoryError("a band ends above and after where it begins")

    @property
    def starts_at(self) -> Fraction:
        return self.from_time

    @property
    def ends_at(self) -> Fraction:
        return self.to_time

    def expected(self, t: Fraction) -> Fraction:
        return self.low

    def reached_at(self, value: Fraction) -> Fraction | None:
        return None


@dataclass(frozen=True, slots=True)
class Through:
    """A path in parts, each from one interim target to the next."""

    parts: tuple["Linear | Milestones", ...]

    @property
    def starts_at(self) -> Fraction:
        return self.parts[0].starts_at

    @property
    def ends_at(self) -> Fraction:
        return self.parts[-1].ends_at

    def expected(self, t: Fraction) -> Fraction:
        return next((part for part in self.parts if t <= part.ends_at), self.parts[-1]).expected(t)

    def reached_at(self, value: Fraction) -> Fraction | None:
        return None


def cumulative_linear(target: Fraction, years: int) -> Ramp:
    """A running total that grows evenly: a ramp without a slope."""
    _check_window(years)
    return Ramp(start_flow=target / years, years=years, target=target)


Trajectory = Linear | Rank | Ramp | Milestones | Band | Through

_LINE_KEYS: Final = ("from_time", "from_value", "to_time", "to_value")
_KEYS: Final[Mapping[str, frozenset[str]]] = {
    "linear": frozenset(_LINE_KEYS),
    "geometric": frozenset(_LINE_KEYS),
    "band": frozenset({"low", "high", "from_time", "to_time"}),
    "rank": frozenset(_LINE_KEYS),
    "ramp": frozenset({"start_flow", "years", "target"}),
    "cumulative_linear": frozenset({"years", "target"}),
    "milestones": frozenset({"points"}),
}


def trajectory_from(definition: Mapping[str, object]) -> Trajectory:
    """The trajectory of a stored definition: `shape` and exactly the keys of that shape; numbers as in `exact`.

    linear, rank: from_time, from_value, to_time, to_value. ramp: start_flow, years, target. cumulative_linear: years,
    target. milestones: points, a list of [time, value], and if wanted stepped (a stage plan), true or false.
    Raises TrajectoryError for an unknown shape, a missing or unknown key, a number that is not exact.
    """
    shape = definition.get("shape")
    keys = _KEYS.get(shape) if isinstance(shape, str) else None
    if keys is None:
        raise TrajectoryError(f"unknown shape: {shape!r}")
    optional = "stepped" if shape == "milestones" else "interim"
    if definition.keys() - {"shape", optional} != keys or (shape == "band" and "interim" in definition):
        raise TrajectoryError(f"{shape} needs exactly {', '.join(sorted(keys))}")
    if shape == "milestones":
        stepped = definition.get("stepped", False)
        if not isinstance(stepped, bool):
            raise TrajectoryError("stepped is true or false")
        return Milestones(_points(definition["points"]), stepped)
    numbers = {key: exact(definition[key]) for key in keys}
    if shape == "band":
        return Band(**numbers)
    interim = _points(definition.get("interim", ()))
    if "years" not in keys:
        line = {"rank": Rank, "geometric": Geometric}.get(str(shape), Linear)
        ends = [(numbers["from_time"], numbers["from_value"]), *interim, (numbers["to_time"], numbers["to_value"])]
        parts = tuple(line(*before, *after) for before, after in pairwise(ends))
        return Through(parts) if interim else parts[0]
    if numbers["years"].denominator != 1:
        raise TrajectoryError("a window of part of a year")
    years = int(numbers["years"])
    if interim:
        return Milestones(((Fraction(0), Fraction(0)), *interim, (Fraction(years), numbers["target"])))
    if shape == "cumulative_linear":
        return cumulative_linear(numbers["target"], years)
    return Ramp(numbers["start_flow"], years, numbers["target"])


def _check_window(years: int) -> None:
    if not 1 <= years <= MAX_YEARS:
        raise TrajectoryError(f"a window of {years} years is outside 1..{MAX_YEARS}")


def _points(given: object) -> tuple[tuple[Fraction, Fraction], ...]:
    if not isinstance(given, Sequence) or isinstance(given, str):
        raise TrajectoryError("points are a list of [time, value]")
    points = []
    for point in given:
        if not isinstance(point, Sequence) or isinstance(point, str) or len(point) != 2:
            raise TrajectoryError("a point is [time, value]")
        points.append((exact(point[0]), exact(point[1])))
    return tuple(points)


def _on_line(a: tuple[Fraction, Fraction], b: tuple[Fraction, Fraction], x: Fraction) -> Fraction:
    return a[1] + (b[1] - a[1]) * (x - a[0]) / (b[0] - a[0])

"""`make detection`: how well lags are found. Simulated series of known pace, judged as real ones; a table in Markdown.

Each series follows its plan at a pace of 1.0, 0.8 or 0.5 of what is planned, disturbed by the noise that the plan gives
its indicator, and is judged at the end of each of the plan's five years, by what was known then.
"""

import argparse
import random
import statistics
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction
from itertools import pairwise
from typing import Any, Final

from indicators.assessment import METHOD_VERSION, Direction, Point, SeriesKind
from indicators.trajectory import Linear, Ramp, Rank, Trajectory
from reporting.domain.evaluation import evaluate, exact_text

YEARS: Final = 5
PACES: Final = (Fraction(1), Fraction(4, 5), Fraction(1, 2))
SERIES: Final = 1500
# The plan gives the rank no noise: half a place.
RANK_NOISE: Final = 0.5


@dataclass(frozen=True, kw_only=True)
class Shape:
    """A target of the shipped plan, as its judgement needs it. `judged_at`: the times its five values stand for."""

    name: str
    kind: SeriesKind
    trajectory: Trajectory
    baseline: Point | None
    target: Point
    sigma: Fraction
    decimals: int
    judged_at: tuple[Fraction, ...]
    tolerance: Fraction = Fraction(0)

    @property
    def direction(self) -> Direction:
        return Direction.DOWN if self.kind is SeriesKind.RANK else Direction.UP


@dataclass(frozen=True)
class Series:
    """One simulated indicator: its values in order of time, each known from its time on."""

    shape: Shape
    points: tuple[tuple[Fraction, Decimal], ...]

    def known_at(self, time: Fraction) -> tuple[tuple[Fraction, Decimal], ...]:
        return tuple(point for point in self.points if point[0] <= time)


# The official class after each of the five years.
JudgeYears = Callable[[Series], Sequence[str]]


def _level(name: str, baseline: tuple[int, str], target: str, sigma: str, decimals: int, tolerance: str = "0") -> Shape:
    start, y0, end = Fraction(baseline[0]), Fraction(baseline[1]), Fraction(target)
    return Shape(
        name=name,
        kind=SeriesKind.LEVEL,
        trajectory=Linear(start, y0, Fraction(2030), end),
        baseline=Point(start, y0),
        target=Point(2030, end),
        sigma=Fraction(sigma),
        decimals=decimals,
        judged_at=tuple(Fraction(2026 + year) for year in range(YEARS)),
        tolerance=Fraction(tolerance),
    )


def _total(name: str, trajectory: Ramp, sigma: str) -> Shape:
    return Shape(
        name=name,
        kind=SeriesKind.CUMULATIVE,
        trajectory=trajectory,
        baseline=None,
        target=Point(YEARS, trajectory.target),
        sigma=Fraction(sigma),
        decimals=0,
        judged_at=tuple(Fraction(year) for year in range(1, YEARS + 1)),
    )


SHAPES: Final = (
    _level("IND-02", (2024, "6500"), "13000", "0.03", 0, "0.025"),
    _level("IND-04", (2024, "15744"), "20000", "0.01", 0),
    _level("IND-05", (2022, "32.2"), "50", "0.02", 1),
    _total("IND-03", Ramp(start_flow=Fraction(3623), years=YEARS, target=Fraction(30_000)), "0.03"),
    _total("IND-06", Ramp(Fraction(12_000_000), YEARS, Fraction(60_000_000)), "0.02"),
    Shape(
        name="IND-01",
        kind=SeriesKind.RANK,
        trajectory=Rank(Fraction(2022), Fraction(13), Fraction(2030), Fraction(3)),
        baseline=Point(2022, 13),
        target=Point(2030, 3),
        sigma=Fraction(0),
        decimals=0,
        # What is published in a year describes the window around the year three before.
        judged_at=tuple(Fraction(2023 + year) for year in range(YEARS)),
    ),
)


def simulated(shape: Shape, pace: Fraction, number: int) -> Iterator[Series]:
    """The same series on every machine: each shape and pace has a seed of its own."""
    noise = random.Random(f"{shape.name} at {pace}")
    for _ in range(number):
        yield Series(shape, tuple(_values(shape, pace, noise)))


def _values(shape: Shape, pace: Fraction, noise: random.Random) -> Iterator[tuple[Fraction, Decimal]]:
    if shape.kind is SeriesKind.CUMULATIVE:
        total = 0.0
        for before, time in pairwise((Fraction(0), *shape.judged_at)):
            flow = shape.trajectory.expected(time) - shape.trajectory.expected(before)
            total += float(pace * flow) * (1 + noise.gauss(0, float(shape.sigma)))
            yield time, _reported(total, shape)
        return
    assert shape.baseline is not None
    start, y0, end = Fraction(shape.baseline.time), Fraction(shape.baseline.value), Fraction(shape.target.value)
    years = Fraction(shape.target.time) - start
    yield start, _reported(float(y0), shape)
    time = start + 1
    while time <= shape.judged_at[-1]:
        true = float(y0 + pace * (end - y0) * (time - start) / years)
        rank = shape.kind is SeriesKind.RANK
        disturbed = true + noise.gauss(0, RANK_NOISE) if rank else true * (1 + noise.gauss(0, float(shape.sigma)))
        yield time, _reported(max(disturbed, 1.0) if rank else disturbed, shape)
        time += 1


def _reported(number: float, shape: Shape) -> Decimal:
    return Decimal(f"{number:.{shape.decimals}f}")


def officially(series: Series) -> list[str]:
    """The official standing after each year, as the product judges."""
    return list(evaluate(inputs_of(series)).by_period.values())


def by_each_period_alone(series: Series) -> list[str]:
    """The class of each year by itself: no memory. What the fold is worth is the difference."""
    return [str(period.found.cls) for period in evaluate(inputs_of(series)).periods]


def inputs_of(series: Series) -> dict[str, Any]:
    """The series as the product's judgement takes it: of years before the first report it knows the baseline only."""
    shape, values = series.shape, dict(series.points)
    total = shape.kind is SeriesKind.CUMULATIVE
    rows, before = [], Decimal(0)
    for year, time in enumerate(shape.judged_at):
        value = values[time]
        row: dict[str, Any] = {
            "period": f"FY{2026 + year}", "time": exact_text(time), "started": True, "observed": exact_text(value),
            "coverage": "1", "lower_bound": False, "provisional": False, "age": 0, "denominator": None,
        }  # fmt: skip
        rows.append(row | ({"flow": exact_text(value - before)} if total else {}))
        before = value
    return {
        "method": METHOD_VERSION, "kind": str(shape.kind), "direction": str(shape.direction),
        "sigma": exact_text(shape.sigma), "tolerance": exact_text(shape.tolerance), "pace_window": 5,
        "natural_limit": None, "target": _at(shape.target), "trajectory": _definition(shape.trajectory),
        "baseline": None if total or shape.baseline is None else _at(shape.baseline), "periods": rows,
    }  # fmt: skip


def _at(point: Point) -> dict[str, str]:
    return {"time": exact_text(point.time), "value": exact_text(point.value)}


def _definition(path: Trajectory) -> dict[str, Any]:
    if isinstance(path, Ramp):
        start, target = exact_text(path.start_flow), exact_text(path.target)
        return {"shape": "ramp", "start_flow": start, "years": path.years, "target": target}
    assert isinstance(path, Linear)
    names = ("from_time", "from_value", "to_time", "to_value")
    shape = "rank" if isinstance(path, Rank) else "linear"
    return {"shape": shape, **{name: exact_text(getattr(path, name)) for name in names}}


@dataclass(frozen=True, kw_only=True)
class Quality:
    """How one shape was judged at one pace.

    A delay: so many years after the first judgement half of the series were found; None: fewer than half ever were.
    """

    shape: str
    pace: Fraction
    off_track: Fraction  # share of all judgements
    ever_off_track: Fraction  # share of series
    years_to_at_risk: int | None
    years_to_off_track: int | None
    changes: float  # of standing in five years, per series


def quality(shape: Shape, pace: Fraction, judge_years: JudgeYears, number: int = SERIES) -> Quality:
    judged = [judge_years(series) for series in simulated(shape, pace, number)]
    off_track = [classes.count("off_track") for classes in judged]
    return Quality(
        shape=shape.name,
        pace=pace,
        off_track=Fraction(sum(off_track), number * YEARS),
        ever_off_track=Fraction(sum(count > 0 for count in off_track), number),
        years_to_at_risk=_median_delay(judged, ("at_risk", "off_track")),
        years_to_off_track=_median_delay(judged, ("off_track",)),
        changes=statistics.fmean(sum(a != b for a, b in pairwise(classes)) for classes in judged),
    )


def _median_delay(judged: Sequence[Sequence[str]], alarms: tuple[str, ...]) -> int | None:
    never = YEARS  # after every year there is
    delays = [next((year for year, cls in enumerate(classes) if cls in alarms), never) for classes in judged]
    median = statistics.median_low(delays)
    return None if median == never else median


def table(judge_years: JudgeYears, number: int = SERIES) -> list[Quality]:
    return [quality(shape, pace, judge_years, number) for shape in SHAPES for pace in PACES]


def as_markdown(rows: Sequence[Quality]) -> str:
    lines = [
        "| like | true pace | 遅れ, of judgements | ever, of series | years to 要注意 | to 遅れ | changes in 5 years |",
        "|---|---|---|---|---|---|---|",
    ]
    for row in rows:
        delays = ["never" if d is None else str(d) for d in (row.years_to_at_risk, row.years_to_off_track)]
        shares = [f"{float(share):.1%}" for share in (row.off_track, row.ever_off_track)]
        lines.append(f"| {row.shape} | {float(row.pace)} | {' | '.join(shares + delays)} | {row.changes:.2f} |")
    return "\n".join(lines)


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--series", type=int, default=SERIES, help="of each shape and pace")
    print(as_markdown(table(officially, parser.parse_args().series)))

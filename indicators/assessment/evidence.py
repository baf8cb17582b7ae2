"""What a judgement may know."""

from dataclasses import dataclass
from enum import StrEnum
from fractions import Fraction

from indicators.trajectory import Band, Geometric, Linear, Milestones, Ramp, Rank, Trajectory
from indicators.trajectory.exact import Exact, exact


class StandingClass(StrEnum):
    NO_TARGET = "no_target"
    UNKNOWN = "unknown"
    NOT_STARTED = "not_started"
    ACHIEVED = "achieved"
    ON_TRACK = "on_track"
    AT_RISK = "at_risk"
    OFF_TRACK = "off_track"


class Direction(StrEnum):
    UP = "up"
    DOWN = "down"


class SeriesKind(StrEnum):
    LEVEL = "level"
    CUMULATIVE = "cumulative"
    RANK = "rank"
    STAGE = "stage"
    BAND = "band"


class EvidenceError(ValueError):
    """The evidence contradicts itself; it must be put right in the plan data, not judged."""


@dataclass(frozen=True, slots=True)
class Point:
    """A value and the time it stands for, in years (see indicators.trajectory for the time axis)."""

    time: Exact
    value: Exact

    def __post_init__(self) -> None:
        exact(self.time)
        exact(self.value)


@dataclass(frozen=True, slots=True, kw_only=True)
class Evidence:
    """All that one judgement may know, in the units of the trajectory. For a running total `observed` is the total so
    far, and times are years since its window began (its baseline, a yearly flow, is not used).

    `observed_at` is the time the period stands for, needed also when `observed` is None (missing is not zero).
    `noise_sigma` and `tolerance` are relative (0.02 is 2 %). `started` is False before the first due date.
    `age_in_periods` counts reporting periods since the value was to be expected.
    `history` are the accepted values of whole years, in order of time: of a level the earlier ones, of a running total
    the yearly flows that it is the sum of, each at the end of its year. `natural_limit` is a value that cannot be
    passed (100 of a percentage). `composition_changed`: the denominator is another than the year before, by more than
    20 %.
    Raises EvidenceError, or TrajectoryError for a float.
    """

    kind: SeriesKind
    direction: Direction
    baseline: Point | None
    target: Point | None
    trajectory: Trajectory | None
    observed: Exact | None
    observed_at: Exact
    started: bool
    coverage: Exact = Fraction(1)
    lower_bound: bool = False
    noise_sigma: Exact = Fraction(2, 100)
    tolerance: Exact = Fraction(0)
    age_in_periods: int = 0
    history: tuple[Point, ...] = ()
    pace_window: int = 5
    natural_limit: Exact | None = None
    composition_changed: bool = False

    def __post_init__(self) -> None:
        exact(self.observed_at)
        if self.observed is not None:
            exact(self.observed)
        if self.natural_limit is not None:
            exact(self.natural_limit)
        if not 0 <= exact(self.coverage) <= 1 or exact(self.noise_sigma) < 0 or exact(self.tolerance) < 0:
            raise EvidenceError("coverage is a share of 1; noise and tolerance are not negative")
        if self.kind is not SeriesKind.LEVEL and (self.direction is Direction.DOWN) != (self.kind is SeriesKind.RANK):
            raise EvidenceError(f"a {self.kind} cannot go {self.direction} to its target")
        if self.lower_bound and self.kind is not SeriesKind.CUMULATIVE:
            raise EvidenceError("only a running total can be a lower bound")
        if self.trajectory is not None and self.kind not in judged_by(self.trajectory):
            raise EvidenceError(f"a {self.kind} is not judged by a {type(self.trajectory).__name__}")
        times = [exact(point.time) for point in self.history]
        if times != sorted(set(times)):
            raise EvidenceError("the history is not in order of time")
        if self.pace_window < 2:
            raise EvidenceError("a pace needs two points")


def judged_by(trajectory: Trajectory) -> set[SeriesKind]:
    """The kinds of series that a trajectory can judge."""
    if isinstance(trajectory, Milestones):
        return {SeriesKind.LEVEL, SeriesKind.STAGE if trajectory.stepped else SeriesKind.CUMULATIVE}
    kinds: dict[type[Trajectory], SeriesKind] = {
        Rank: SeriesKind.RANK, Linear: SeriesKind.LEVEL, Geometric: SeriesKind.LEVEL, Ramp: SeriesKind.CUMULATIVE,
        Band: SeriesKind.BAND,
    }  # fmt: skip
    return {kinds[type(trajectory)]}

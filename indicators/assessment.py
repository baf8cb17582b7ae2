"""The judgement of one period: expected value, attainment and class, from evidence alone.

Levels, running totals, ranks and stages (B1..B4 of the judgement method). The first row that holds wins:

| # | condition                                                                             | class       |
|---|---------------------------------------------------------------------------------------|-------------|
| 0 | no target                                                                             | no_target   |
| 1 | before the first due date                                                             | not_started |
| 2 | no trajectory, baseline (level, rank) or value; > 2 periods old; coverage < 80 %      | unknown     |
| 3 | t not after the baseline (running total: not after the start of its window)           | not_started |
| 4 | target met, less the tolerance                                                        | achieved    |
| 5 | level beyond the baseline in the wrong direction by more than 1 σ                     | off_track   |
| 6 | attainment < 0.60; rank > allowed + 2; stage 2 below, or overdue by > 90 days         | off_track   |
| 7 | attainment < 0.95; rank > allowed; stage 1 below                                      | at_risk     |
| 8 | else                                                                                  | on_track    |

Attainment is (y − y0) / (E − y0) for a level, in either direction, and C / E for a running total. Where the plan asks
for no movement (E = y0, or behind it) there is none: such a level is on_track at E or better, else at_risk.

A running total with a part missing is a lower bound: the truth can only be higher. Good news stands whatever the
coverage; bad news stands only with 80 % coverage and if it would still be bad with the missing part filled in
proportionally (C / coverage); else it is unknown. Coverage then covers the whole window, not the last period.
"""

from dataclasses import dataclass
from enum import StrEnum
from fractions import Fraction
from typing import Final, NamedTuple

from indicators.trajectory import Exact, Linear, Milestones, Ramp, Rank, Trajectory, exact

METHOD_VERSION: Final = 1

ON_TRACK_FROM: Final = Fraction(95, 100)
OFF_TRACK_BELOW: Final = Fraction(60, 100)
COVERAGE_FROM: Final = Fraction(80, 100)
OLDEST_PERIODS: Final = 2
RANK_MARGIN: Final = 2
STAGES_OFF_TRACK: Final = 2
OVERDUE_YEARS: Final = Fraction(90, 365)


class StandingClass(StrEnum):
    NO_TARGET = "no_target"
    UNKNOWN = "unknown"
    NOT_STARTED = "not_started"
    ACHIEVED = "achieved"
    ON_TRACK = "on_track"
    AT_RISK = "at_risk"
    OFF_TRACK = "off_track"


_GOOD: Final = (StandingClass.ACHIEVED, StandingClass.ON_TRACK)
Verdict = tuple[StandingClass, str]


class Direction(StrEnum):
    UP = "up"
    DOWN = "down"


class SeriesKind(StrEnum):
    LEVEL = "level"
    CUMULATIVE = "cumulative"
    RANK = "rank"
    STAGE = "stage"


class EvidenceError(ValueError):
    """The evidence contradicts itself; it must be put right in the plan data, not judged."""


@dataclass(frozen=True, slots=True)
class Point:
    """A value and the time it stands for, in years (see trajectory.py for the time axis)."""

    time: Exact
    value: Exact

    def __post_init__(self) -> None:
        exact(self.time)
        exact(self.value)


class ThresholdTable(NamedTuple):
    """The edges one kind of series is judged by; `name` is the method's name in the plan data."""

    name: str
    edges: tuple[tuple[str, Fraction], ...]


_RATIO: Final = (("on_track_from", ON_TRACK_FROM), ("off_track_below", OFF_TRACK_BELOW))
_STAGES: Final = (("off_track_stages", Fraction(STAGES_OFF_TRACK)), ("off_track_overdue_years", OVERDUE_YEARS))
TABLES: Final = {
    SeriesKind.LEVEL: ThresholdTable("B1_level", _RATIO),
    SeriesKind.CUMULATIVE: ThresholdTable("B2_cumulative", _RATIO),
    SeriesKind.RANK: ThresholdTable("B3_rank", (("off_track_above_allowed", Fraction(RANK_MARGIN)),)),
    SeriesKind.STAGE: ThresholdTable("B4_stage", _STAGES),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Evidence:
    """All that one judgement may know, in the units of the trajectory. For a running total `observed` is the total so
    far, and times are years since its window began (its baseline, a yearly flow, is not used).

    `observed_at` is the time the period stands for, needed also when `observed` is None (missing is not zero).
    `noise_sigma` and `tolerance` are relative (0.02 is 2 %). `started` is False before the first due date.
    `age_in_periods` counts reporting periods since the value was to be expected.
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

    def __post_init__(self) -> None:
        exact(self.observed_at)
        if self.observed is not None:
            exact(self.observed)
        if not 0 <= exact(self.coverage) <= 1 or exact(self.noise_sigma) < 0 or exact(self.tolerance) < 0:
            raise EvidenceError("coverage is a share of 1; noise and tolerance are not negative")
        if self.kind is not SeriesKind.LEVEL and (self.direction is Direction.DOWN) != (self.kind is SeriesKind.RANK):
            raise EvidenceError(f"a {self.kind} cannot go {self.direction} to its target")
        if self.lower_bound and self.kind is not SeriesKind.CUMULATIVE:
            raise EvidenceError("only a running total can be a lower bound")
        if self.trajectory is not None and self.kind not in _judged_by(self.trajectory):
            raise EvidenceError(f"a {self.kind} is not judged by a {type(self.trajectory).__name__}")


def _judged_by(trajectory: Trajectory) -> set[SeriesKind]:
    if isinstance(trajectory, Milestones):
        return {SeriesKind.STAGE, SeriesKind.LEVEL} if trajectory.stepped else {SeriesKind.LEVEL, SeriesKind.CUMULATIVE}
    if not isinstance(trajectory, Linear | Ramp) or type(trajectory) not in (Rank, Linear, Ramp):
        return set(SeriesKind)
    return {{Rank: SeriesKind.RANK, Linear: SeriesKind.LEVEL, Ramp: SeriesKind.CUMULATIVE}[type(trajectory)]}


@dataclass(frozen=True, slots=True, kw_only=True)
class Assessment:
    """The class of one period and how it came about. Numbers are exact; None where there is no such number.

    `shortfall` is how far `observed` is behind `expected`, positive when behind, in the indicator's unit.
    `needed_pace` is the change per year needed from now to the target; `to_complete` that pace over the planned one.
    `elapsed_years` and `earned_years` count from the trajectory's start: where we are, and where the plan stood here.
    """

    cls: StandingClass
    reason: str
    table: ThresholdTable
    expected: Fraction | None = None
    attainment: Fraction | None = None
    shortfall: Fraction | None = None
    needed_pace: Fraction | None = None
    to_complete: Fraction | None = None
    elapsed_years: Fraction | None = None
    earned_years: Fraction | None = None
    lower_bound: bool = False
    method_version: int = METHOD_VERSION


def assess(evidence: Evidence) -> Assessment:
    """Judge one period by the table above. Never refuses: what cannot be judged is `unknown`, with the reason."""
    table = TABLES[evidence.kind]
    if evidence.target is None:
        return Assessment(cls=StandingClass.NO_TARGET, reason="no_target", table=table)
    if not evidence.started:
        return Assessment(cls=StandingClass.NOT_STARTED, reason="before_first_due_date", table=table)
    if evidence.trajectory is None:
        return Assessment(cls=StandingClass.UNKNOWN, reason="trajectory_missing", table=table)
    if evidence.baseline is None and evidence.kind in (SeriesKind.LEVEL, SeriesKind.RANK):
        return Assessment(cls=StandingClass.UNKNOWN, reason="baseline_missing", table=table)
    t = exact(evidence.observed_at)
    expected = evidence.trajectory.expected(t)
    if evidence.observed is None:
        return Assessment(cls=StandingClass.UNKNOWN, reason="value_missing", table=table, expected=expected)
    # A running total counts from nothing at the start of its window, whatever the yearly flow was before.
    window_start = Point(evidence.trajectory.starts_at, 0) if evidence.kind is SeriesKind.CUMULATIVE else None
    series = _Series(evidence, evidence.trajectory, evidence.target, window_start or evidence.baseline, t, expected)
    y = exact(evidence.observed)
    cls, reason = series.verdict(y)
    earned = evidence.trajectory.reached_at(y)
    return Assessment(
        cls=cls,
        reason=reason,
        table=table,
        expected=expected,
        attainment=series.attainment(y),
        shortfall=series.sign * (expected - y),
        needed_pace=series.needed_pace(y),
        to_complete=series.to_complete(y),
        elapsed_years=t - evidence.trajectory.starts_at,
        earned_years=None if earned is None else earned - evidence.trajectory.starts_at,
        lower_bound=evidence.lower_bound,
    )


@dataclass(frozen=True, slots=True)
class _Series:
    """A series that has what its judgement needs, at one time."""

    evidence: Evidence
    trajectory: Trajectory
    target: Point
    origin: Point | None
    t: Fraction
    expected: Fraction

    @property
    def sign(self) -> int:
        return 1 if self.evidence.direction is Direction.UP else -1

    def verdict(self, y: Fraction) -> Verdict:
        """Rows 2 (what is left of it) to 8."""
        evidence, coverage = self.evidence, exact(self.evidence.coverage)
        if evidence.age_in_periods > OLDEST_PERIODS:
            return StandingClass.UNKNOWN, "value_too_old"
        if coverage < COVERAGE_FROM and not evidence.lower_bound:
            return StandingClass.UNKNOWN, "coverage_below_080"
        if self.origin is not None and self.t <= exact(self.origin.time):
            return StandingClass.NOT_STARTED, "not_after_baseline"
        verdict = self._judged(y)
        if not evidence.lower_bound or verdict[0] in _GOOD:
            return verdict
        filled = self._judged(y / coverage) if coverage >= COVERAGE_FROM else None
        return filled if filled and filled[0] not in _GOOD else (StandingClass.UNKNOWN, "lower_bound")

    def attainment(self, y: Fraction) -> Fraction | None:
        """The share of the planned way that is behind us; None where the plan asks for no movement, and for steps."""
        if self.origin is None or self.evidence.kind not in (SeriesKind.LEVEL, SeriesKind.CUMULATIVE):
            return None
        y0 = exact(self.origin.value)
        planned = self.sign * (self.expected - y0)
        return self.sign * (y - y0) / planned if planned > 0 else None

    def needed_pace(self, y: Fraction) -> Fraction | None:
        years = exact(self.target.time) - self.t
        if years <= 0 or self.evidence.kind not in (SeriesKind.LEVEL, SeriesKind.CUMULATIVE):
            return None
        return self.sign * self._remaining(y) / years

    def to_complete(self, y: Fraction) -> Fraction | None:
        planned = exact(self.target.value) - self.expected
        if planned <= 0 or self.evidence.kind is not SeriesKind.CUMULATIVE:
            return None
        return self._remaining(y) / planned

    def _remaining(self, y: Fraction) -> Fraction:
        return max(Fraction(0), self.sign * (exact(self.target.value) - y))

    def _judged(self, y: Fraction) -> Verdict:
        target = exact(self.target.value)
        if self.sign * y >= self.sign * target - exact(self.evidence.tolerance) * abs(target):
            to_be_kept = self.t < exact(self.target.time) and self.evidence.kind is not SeriesKind.CUMULATIVE
            return StandingClass.ACHIEVED, "target_met_to_be_kept" if to_be_kept else "target_met"
        if self.evidence.kind is SeriesKind.RANK:
            return self._judged_rank(y)
        if isinstance(self.trajectory, Milestones) and self.trajectory.stepped:
            return self._judged_stage(y, self.trajectory)
        return self._judged_ratio(y)

    def _judged_ratio(self, y: Fraction) -> Verdict:
        y0 = exact(self.origin.value) if self.origin else Fraction(0)
        if self.sign * (y - y0) < -exact(self.evidence.noise_sigma) * abs(y0):
            return StandingClass.OFF_TRACK, "reversal"
        attainment = self.attainment(y)
        if attainment is None:
            reached = self.sign * y >= self.sign * self.expected
            return (StandingClass.ON_TRACK, "on_flat_plan") if reached else (StandingClass.AT_RISK, "below_flat_plan")
        if attainment < OFF_TRACK_BELOW:
            return StandingClass.OFF_TRACK, "attainment_below_060"
        if attainment < ON_TRACK_FROM:
            return StandingClass.AT_RISK, "attainment_below_095"
        return StandingClass.ON_TRACK, "attainment_from_095"

    def _judged_rank(self, rank: Fraction) -> Verdict:
        if rank <= self.expected:
            return StandingClass.ON_TRACK, "rank_within_allowed"
        if rank <= self.expected + RANK_MARGIN:
            return StandingClass.AT_RISK, "rank_above_allowed"
        return StandingClass.OFF_TRACK, "rank_far_above_allowed"

    def _judged_stage(self, stage: Fraction, plan: Milestones) -> Verdict:
        missed = [time for time, planned in plan.points if time <= self.t and planned > stage]
        if not missed:
            return StandingClass.ON_TRACK, "stage_on_plan"
        if self.expected - stage >= STAGES_OFF_TRACK:
            return StandingClass.OFF_TRACK, "stages_behind"
        if self.t - min(missed) > OVERDUE_YEARS:
            return StandingClass.OFF_TRACK, "stage_overdue_90_days"
        return StandingClass.AT_RISK, "stage_behind"

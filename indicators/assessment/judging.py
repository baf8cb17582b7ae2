"""From evidence to the class of one period: the table of this package, row by row."""

from dataclasses import dataclass, replace
from fractions import Fraction
from typing import Final

from indicators.assessment.evidence import Evidence, Point, SeriesKind, StandingClass
from indicators.assessment.outlook import Outlook, outlook_of
from indicators.assessment.thresholds import (
    CLEAR_BY,
    CLEAR_PLACES,
    COVERAGE_FROM,
    GUARDED_YEARS,
    METHOD_VERSION,
    NEAR_NOISE,
    OFF_TRACK_BELOW,
    OLDEST_PERIODS,
    ON_TRACK_FROM,
    OVERDUE_YEARS,
    RANK_MARGIN,
    STAGES_OFF_TRACK,
    TABLES,
    WITHIN_NOISE,
    ThresholdTable,
)
from indicators.trajectory import Band, Milestones, Trajectory, exact

_GOOD: Final = (StandingClass.ACHIEVED, StandingClass.ON_TRACK)
_MEASURED: Final = (SeriesKind.LEVEL, SeriesKind.CUMULATIVE)
Verdict = tuple[StandingClass, str]


@dataclass(frozen=True, slots=True, kw_only=True)
class Assessment:
    """The class of one period and how it came about. Numbers are exact; None where there is no such number.

    `shortfall` is how far `observed` is behind `expected`, positive when behind, in the indicator's unit; `noise` the
    same in σ. `needed_pace` is the change per year needed from now to the target; `to_complete` that pace over the
    planned one. `elapsed_years` and `earned_years` count from the trajectory's start: where we are, and where the plan
    stood here. `if_better` and `if_worse` are the classes of a value that is better, or worse, by what is needed to be
    clear of an edge: the official standing goes at once only as far as these agree. `unguarded` is the class without
    the guard against noise, where that made a difference.
    """

    cls: StandingClass
    reason: str
    table: ThresholdTable
    if_better: StandingClass
    if_worse: StandingClass
    unguarded: StandingClass | None = None
    expected: Fraction | None = None
    attainment: Fraction | None = None
    shortfall: Fraction | None = None
    noise: Fraction | None = None
    needed_pace: Fraction | None = None
    to_complete: Fraction | None = None
    elapsed_years: Fraction | None = None
    earned_years: Fraction | None = None
    outlook: Outlook | None = None
    lower_bound: bool = False
    method_version: int = METHOD_VERSION


def assess(evidence: Evidence) -> Assessment:
    """Judge one period by the table. Never refuses: what cannot be judged is `unknown`, with the reason."""
    table = TABLES[evidence.kind]

    def outside(cls: StandingClass, reason: str, expected: Fraction | None = None) -> Assessment:
        return Assessment(cls=cls, reason=reason, table=table, if_better=cls, if_worse=cls, expected=expected)

    if evidence.target is None:
        return outside(StandingClass.NO_TARGET, "no_target")
    if not evidence.started:
        return outside(StandingClass.NOT_STARTED, "before_first_due_date")
    if evidence.trajectory is None:
        return outside(StandingClass.UNKNOWN, "trajectory_missing")
    if evidence.baseline is None and evidence.kind in (SeriesKind.LEVEL, SeriesKind.RANK):
        return outside(StandingClass.UNKNOWN, "baseline_missing")
    t = exact(evidence.observed_at)
    expected = evidence.trajectory.expected(t)
    if evidence.observed is None:
        return outside(StandingClass.UNKNOWN, "value_missing", expected)
    # A running total counts from nothing at the start of its window, whatever the yearly flow was before.
    window_start = Point(evidence.trajectory.starts_at, 0) if evidence.kind is SeriesKind.CUMULATIVE else None
    y = exact(evidence.observed)
    if isinstance(evidence.trajectory, Band):
        expected = evidence.trajectory.nearest(y)
    series = _Series(evidence, evidence.trajectory, evidence.target, window_start or evidence.baseline, t, expected)
    cls, reason = series.verdict(y)
    unguarded = replace(series, guarded=False).verdict(y)[0]
    outlook = series.outlook(y)
    margin = series.margin
    if_better, if_worse = (series.verdict(y + by)[0] for by in (margin, -margin))
    if cls is StandingClass.ON_TRACK and outlook and _misses(outlook):
        cls, reason = StandingClass.AT_RISK, "forecast_below_095"
    earned = evidence.trajectory.reached_at(y)
    return Assessment(
        cls=cls,
        reason=reason,
        table=table,
        if_better=if_better,
        if_worse=if_worse,
        unguarded=unguarded if unguarded is not series.verdict(y)[0] else None,
        expected=expected,
        attainment=series.attainment(y),
        shortfall=series.shortfall(y),
        noise=series.noise(y),
        needed_pace=series.needed_pace(y),
        to_complete=series.to_complete(y),
        elapsed_years=t - evidence.trajectory.starts_at,
        earned_years=None if earned is None else earned - evidence.trajectory.starts_at,
        outlook=outlook,
        lower_bound=evidence.lower_bound,
    )


def _misses(outlook: Outlook) -> bool:
    return outlook.share_high is not None and outlook.share_high < ON_TRACK_FROM


@dataclass(frozen=True, slots=True)
class _Series:
    """A series that has what its judgement needs, at one time."""

    evidence: Evidence
    trajectory: Trajectory
    target: Point
    origin: Point | None
    t: Fraction
    expected: Fraction
    guarded: bool = True

    @property
    def sign(self) -> int:
        return 1 if self.evidence.direction.value == "up" else -1

    @property
    def sigma(self) -> Fraction:
        return exact(self.evidence.noise_sigma)

    @property
    def y0(self) -> Fraction:
        return exact(self.origin.value) if self.origin else Fraction(0)

    def verdict(self, y: Fraction) -> Verdict:
        """Rows 2 (what is left of it) to 7, and 9."""
        evidence, coverage = self.evidence, exact(self.evidence.coverage)
        if evidence.age_in_periods > OLDEST_PERIODS:
            return StandingClass.UNKNOWN, "value_too_old"
        if coverage < COVERAGE_FROM and not evidence.lower_bound:
            return StandingClass.UNKNOWN, "coverage_below_080"
        if self.origin is not None and self.t <= exact(self.origin.time):
            return StandingClass.NOT_STARTED, "not_after_baseline"
        verdict = self._judged(y)
        if not evidence.lower_bound or verdict[0] in _GOOD:
            return self._of_one_population(verdict)
        filled = self._judged(y / coverage) if coverage >= COVERAGE_FROM else None
        return filled if filled and filled[0] not in _GOOD else (StandingClass.UNKNOWN, "lower_bound")

    def attainment(self, y: Fraction) -> Fraction | None:
        """The share of the planned way that is behind us; None where the plan asks for no movement, and for steps."""
        if self.origin is None or self.evidence.kind not in _MEASURED:
            return None
        planned = self._planned
        return self.sign * (y - self.y0) / planned if planned > 0 else None

    def shortfall(self, y: Fraction) -> Fraction:
        if self.evidence.kind is SeriesKind.BAND:
            return abs(self.expected - y)
        return self.sign * (self.expected - y)

    def noise(self, y: Fraction) -> Fraction | None:
        """The shortfall in σ of the baseline; of a running total, which starts from nothing, of what is expected."""
        if self.evidence.kind not in _MEASURED:
            return None
        size = self.sigma * abs(self.expected if self.evidence.kind is SeriesKind.CUMULATIVE else self.y0)
        return self.shortfall(y) / size if size else None

    def needed_pace(self, y: Fraction) -> Fraction | None:
        years = exact(self.target.time) - self.t
        if years <= 0 or self.evidence.kind not in _MEASURED:
            return None
        return self.sign * self._remaining(y) / years

    def to_complete(self, y: Fraction) -> Fraction | None:
        planned = exact(self.target.value) - self.expected
        if planned <= 0 or self.evidence.kind is not SeriesKind.CUMULATIVE:
            return None
        return self._remaining(y) / planned

    def outlook(self, y: Fraction) -> Outlook | None:
        # Of a lower bound nobody knows the pace, and an old value has none of today.
        if self.evidence.kind not in _MEASURED or self.evidence.lower_bound or self.evidence.age_in_periods:
            return None
        return outlook_of(self.evidence, origin=self.y0, observed=y, needed=self.needed_pace(y))

    @property
    def margin(self) -> Fraction:
        """By how much a value has to be better to be clear of an edge, in the indicator's unit and direction."""
        match self.evidence.kind:
            case SeriesKind.LEVEL | SeriesKind.CUMULATIVE:
                planned = self._planned
                return self.sign * (CLEAR_BY * planned if planned > 0 else self.sigma * abs(self.y0))
            case SeriesKind.RANK:
                return Fraction(self.sign * CLEAR_PLACES)
            case _:
                return Fraction(0)  # a stage is a fact; a band has its own margin

    @property
    def _planned(self) -> Fraction:
        return self.sign * (self.expected - self.y0)

    def _remaining(self, y: Fraction) -> Fraction:
        return max(Fraction(0), self.sign * (exact(self.target.value) - y))

    def _of_one_population(self, verdict: Verdict) -> Verdict:
        if self.evidence.composition_changed and verdict[0] is StandingClass.OFF_TRACK:
            return StandingClass.AT_RISK, "composition_changed"
        return verdict

    def _judged(self, y: Fraction) -> Verdict:
        if isinstance(self.trajectory, Band):
            return self._judged_band(y, self.trajectory)
        target = exact(self.target.value)
        if self.sign * y >= self.sign * target - exact(self.evidence.tolerance) * abs(target):
            to_be_kept = self.t < exact(self.target.time) and self.evidence.kind is not SeriesKind.CUMULATIVE
            return StandingClass.ACHIEVED, "target_met_to_be_kept" if to_be_kept else "target_met"
        if self.evidence.kind is SeriesKind.RANK:
            return self._judged_rank(y)
        if self.evidence.kind is SeriesKind.STAGE and isinstance(self.trajectory, Milestones):
            return self._judged_stage(y, self.trajectory)
        return self._judged_ratio(y)

    def _judged_ratio(self, y: Fraction) -> Verdict:
        if self.sign * (y - self.y0) < -self.sigma * abs(self.y0):
            return StandingClass.OFF_TRACK, "reversal"
        attainment = self.attainment(y)
        if attainment is None:
            reached = self.sign * y >= self.sign * self.expected
            return (StandingClass.ON_TRACK, "on_flat_plan") if reached else (StandingClass.AT_RISK, "below_flat_plan")
        if attainment >= ON_TRACK_FROM:
            return StandingClass.ON_TRACK, "attainment_from_095"
        little = attainment < OFF_TRACK_BELOW
        noise = self.noise(y)
        if self.guarded and noise is not None and self._young and noise < NEAR_NOISE:
            if noise < WITHIN_NOISE and not little:
                return StandingClass.ON_TRACK, "within_noise"
            return StandingClass.AT_RISK, "within_noise" if little else "attainment_below_095"
        if little:
            return StandingClass.OFF_TRACK, "attainment_below_060"
        return StandingClass.AT_RISK, "attainment_below_095"

    @property
    def _young(self) -> bool:
        return self.origin is not None and self.t - exact(self.origin.time) <= GUARDED_YEARS

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

    def _judged_band(self, y: Fraction, band: Band) -> Verdict:
        """Both ends of the band are within it, widened by the tolerance."""
        nearest = band.nearest(y)
        outside = abs(y - nearest)
        if outside <= exact(self.evidence.tolerance) * abs(nearest):
            kept_to_the_end = self.t >= band.ends_at
            return StandingClass.ACHIEVED, "band_kept" if kept_to_the_end else "within_band"
        if outside <= self.sigma * abs(nearest):
            return StandingClass.AT_RISK, "near_band"
        return StandingClass.OFF_TRACK, "outside_band"

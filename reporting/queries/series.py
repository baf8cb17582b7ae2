"""What the judgement of one target needs, read from targets and rollups."""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from decimal import Decimal
from fractions import Fraction
from typing import Any

from agencies import access
from agencies.access import Actor
from agencies.models import in_force
from indicators.assessment import Direction, Evidence, Point, SeriesKind
from indicators.models import AssignedIndicator, IndicatorDefinition, Milestone, Plan, Target
from indicators.periods import JST, Period
from indicators.trajectory import Trajectory, TrajectoryError, trajectory_from
from reporting.models import Rollup
from reporting.queries.calendar import Calendar, calendar_of
from reporting.queries.rollups import yearly, years_of

Key = tuple[str, str | None, str | None]  # indicator, agency (None: the nation), domain (None: all)


@dataclass(frozen=True)
class Series:
    """A target with the yearly rollups at its scope. `target` is None for a plan of milestones."""

    key: Key
    definition: IndicatorDefinition
    target: Target | None
    milestones: tuple[Milestone, ...]
    years: dict[int, Rollup]
    first_year: int
    plan_ends: int
    calendar: Calendar = field(default_factory=Calendar)
    assignment: str | None = None  # of an agency: where it enters the indicator

    @property
    def last_year(self) -> int:
        """Judged to the year of the target, and not for ever after it."""
        return self.target.year if self.target else self.plan_ends


def all_series(*, actor: Actor, indicators: Iterable[str] | None = None, as_of: int | None = None) -> list[Series]:
    """Every target and milestone plan in force, with its yearly rollups: a constant number of queries."""
    only: dict[str, Any] = {} if indicators is None else {"indicator__in": list(indicators)}
    targets = Target.objects.filter(in_force(as_of), component__isnull=True, **only).order_by("indicator__order")
    milestones: dict[Key, list[Milestone]] = defaultdict(list)
    milestone_rows = Milestone.objects.filter(in_force(as_of), **only).order_by("due_on", "stage")
    for row in access.visible(milestone_rows, actor):
        milestones[row.indicator_id, row.agency_id, row.domain_id].append(row)
    by_key: dict[Key, Target | None] = {
        (t.indicator_id, t.agency_id, t.domain_id): t for t in access.visible(targets, actor)
    }
    by_key |= {key: None for key in milestones if key not in by_key}
    codes = {key[0] for key in by_key}
    definitions = {
        d.indicator_id: d
        for d in IndicatorDefinition.objects.filter(in_force(as_of), indicator__in=codes).select_related("indicator")
    }
    first_year, last_year = Plan.objects.filter(in_force(as_of)).values_list("first_year", "last_year").first() or (
        0,
        0,
    )
    years: dict[Key, dict[int, Rollup]] = defaultdict(dict)
    for rollup in yearly(
        actor=actor,
        indicators=codes,
        years=years_of(first_year, last_year),
        agencies={agency for _, agency, _ in by_key if agency},
        parts=True,
        as_of=as_of,
    ):
        if rollup.component is None:
            years[rollup.indicator_id, rollup.agency_id, rollup.domain_id][int(rollup.period[2:])] = rollup
    agencies = {agency for _, agency, _ in by_key if agency}
    calendar = calendar_of(agencies=agencies, as_of=as_of)
    entries = AssignedIndicator.objects.filter(in_force(as_of), indicator__in=codes, agency__in=agencies)
    entered = {(entry.indicator_id, entry.agency_id): entry.assignment_id for entry in entries}
    return [
        Series(
            key, definitions[key[0]], target, tuple(milestones[key]), years[key], first_year, last_year, calendar,
            entered.get((key[0], key[1] or "")),
        )
        for key, target in by_key.items()
    ]  # fmt: skip


def trajectory_of(series: Series) -> Trajectory | None:
    """The path the target or the milestones ask for; None when there is none: then nothing is judged.

    Levels and ranks run over fiscal years, running totals over years since the window began.
    """
    try:
        if series.target is not None:
            return path_to(series.target, series.first_year)
        start: list[list[Fraction | int]] = [[year_of(date(series.first_year, 4, 1)), 0]]
        points = start + [[_due(m), m.stage] for m in series.milestones]
        return trajectory_from({"shape": "milestones", "points": points, "stepped": True})
    except TrajectoryError:
        return None


def path_to(target: Target, first_year: int) -> Trajectory | None:
    """The path to a target; None without a baseline where one is needed. Raises TrajectoryError if there is none."""
    shape = target.trajectory.get("shape", "linear")
    if target.kind == "cumulative":
        years = target.year - (target.window_from or first_year) + 1
        if shape == "ramp":
            start = Decimal(target.trajectory["flow_before_window"])
            return trajectory_from({"shape": "ramp", "start_flow": start, "years": years, "target": target.value})
        return trajectory_from({"shape": "cumulative_linear", "years": years, "target": target.value})
    if target.baseline_value is None or target.baseline_year is None:
        return None
    return trajectory_from(
        {
            "shape": "rank" if target.kind == "rank" else "linear",
            "from_time": target.baseline_year,
            "from_value": target.baseline_value,
            "to_time": Decimal(target.year),
            "to_value": target.value,
        }
    )


def judged_year(series: Series, now: datetime) -> int | None:
    """The fiscal year to judge by: the latest whose final report was due by now, or that is complete already."""
    years = [
        year
        for year in range(series.first_year, series.last_year + 1)
        if now >= _final_deadline(series, year) or _complete(series.years.get(year))
    ]
    return max(years, default=None)


def _final_deadline(series: Series, year: int) -> datetime:
    """The nation's is the plan's; an agency's own is what it was granted."""
    period, agency = Period.parse(f"FY{year}"), series.key[1]
    calendar = series.calendar
    window = calendar.of(agency, series.assignment, period) if agency else calendar.plan(period)
    return window.deadline


def evidence_of(series: Series, now: datetime) -> tuple[Evidence, int | None]:
    """The evidence of the newest judgeable year, and that year."""
    year = judged_year(series, now)
    target, definition = series.target, series.definition
    kind = SeriesKind(target.kind) if target else SeriesKind.STAGE
    started = year is not None
    year_or_first = series.first_year if year is None else year
    rollup = series.years.get(year_or_first)
    age = 0
    if kind is not SeriesKind.CUMULATIVE and (rollup is None or rollup.value is None):
        older = [y for y, r in series.years.items() if y < year_or_first and r.value is not None]
        if older and started:
            rollup, age = series.years[max(older)], year_or_first - max(older)
            year_or_first = max(older)
    observed: Decimal | None = rollup.value if rollup else None
    coverage = _coverage(rollup)
    lower_bound = False
    time = Fraction(year_or_first + definition.observation_offset_years)
    if kind is SeriesKind.STAGE:
        # A stage is reached when it is reported, not at the end of a year: the newest answer counts.
        newest = max((y for y, r in series.years.items() if r.value is not None), default=year_or_first)
        rollup, age = series.years.get(newest), 0
        observed = rollup.value if rollup else None
        today = now.astimezone(JST).date()
        started = bool(series.milestones) and (rollup is not None or today > series.milestones[0].due_on)
        coverage = _answered(rollup)  # a stage is one answer, not a sum over the year
        time = year_of(today)
    if kind is SeriesKind.CUMULATIVE and target is not None:
        begin = target.window_from or series.first_year
        window_years = [series.years.get(y) for y in range(begin, year_or_first + 1)]
        values = [r.value for r in window_years if r is not None and r.value is not None]
        observed = sum(values, Decimal(0)) if values else None
        coverage = sum((_coverage(r) for r in window_years), Fraction(0)) / max(len(window_years), 1)
        lower_bound = coverage < 1
        time = Fraction(year_or_first + 1 - begin)
    path = trajectory_of(series)
    goal = None
    if target is not None:
        at = target.year - (target.window_from or series.first_year) + 1 if target.kind == "cumulative" else target.year
        goal = Point(Decimal(at), target.value)
    elif series.milestones:
        last = series.milestones[-1]
        goal = Point(_due(last), Decimal(last.stage))
    baseline = None
    if target is not None and target.baseline_value is not None and target.baseline_year is not None:
        baseline = Point(target.baseline_year, target.baseline_value)
    evidence = Evidence(
        kind=kind,
        direction=Direction.UP if definition.higher_is_better else Direction.DOWN,
        baseline=None if kind is SeriesKind.CUMULATIVE else baseline,
        target=goal,
        trajectory=path,
        observed=observed,
        observed_at=time,
        started=started,
        coverage=coverage,
        lower_bound=lower_bound,
        noise_sigma=definition.noise_sigma if definition.noise_sigma is not None else Decimal("0.02"),
        tolerance=definition.tolerance,
        age_in_periods=age,
    )
    return evidence, year


def _complete(rollup: Rollup | None) -> bool:
    return rollup is not None and rollup.final and rollup.expected > 0


def _coverage(rollup: Rollup | None) -> Fraction:
    """The share of the baseline weight expected whose approved answer covers the whole year; weights are equal where
    the plan is silent. Half a year of everybody is no coverage of the year."""
    return Fraction(0) if rollup is None else rollup.coverage


def _answered(rollup: Rollup | None) -> Fraction:
    return (
        Fraction(min(rollup.answered, rollup.expected), rollup.expected) if rollup and rollup.expected else Fraction(0)
    )


def _due(milestone: Milestone) -> Fraction:
    """When a milestone is missed: its day is to the end."""
    return year_of(milestone.due_on + timedelta(days=1))


def year_of(day: date) -> Fraction:
    """A day on the axis of years: 1 April 2026 at 2026."""
    start = date(day.year if day.month >= 4 else day.year - 1, 4, 1)
    return start.year + Fraction((day - start).days, (start.replace(year=start.year + 1) - start).days)

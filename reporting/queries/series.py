"""What the judgement of one target needs, read from targets and rollups."""

from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from decimal import Decimal
from fractions import Fraction
from typing import Any

from agencies import access
from agencies.access import Actor
from agencies.models import in_force
from indicators.assessment import METHOD_VERSION, Direction, SeriesKind
from indicators.assessment.thresholds import COVERAGE_FROM
from indicators.models import AssignedIndicator, IndicatorDefinition, Milestone, Plan, Target
from indicators.periods import JST, Period, fiscal_year_of
from indicators.target_path import Aim, definition_of
from indicators.trajectory import Trajectory, TrajectoryError, trajectory_from
from reporting.domain.evaluation import exact_text
from reporting.models import Rollup
from reporting.queries.calendar import Calendar, calendar_of
from reporting.queries.rollups import yearly, years_of

DEFAULT_SIGMA = Decimal("0.02")  # 仮定, where the plan says nothing

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


def all_series(
    *,
    actor: Actor,
    indicators: Iterable[str] | None = None,
    as_of: int | None = None,
    assumed: Sequence[str] = (),
) -> list[Series]:
    """Every target and milestone plan in force, with its yearly rollups: a constant number of queries. `assumed` as in
    reporting.queries.rollups."""
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
        assumed=assumed,
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
        definition = path_definition(series)
        return trajectory_from(definition) if definition else None
    except TrajectoryError:
        return None


def path_definition(series: Series) -> dict[str, Any] | None:
    """The same as `trajectory_from` reads it."""
    if series.target is not None:
        return definition_of(aim_of(series.target, series.first_year))
    start: list[list[Fraction | int]] = [[year_of(date(series.first_year, 4, 1)), 0]]
    points = start + [[_due(m), m.stage] for m in series.milestones]
    return {"shape": "milestones", "points": points, "stepped": True} if series.milestones else None


def path_to(target: Target, first_year: int) -> Trajectory | None:
    """The path to a target; None without a baseline where one is needed. Raises TrajectoryError if there is none."""
    definition = definition_of(aim_of(target, first_year))
    return trajectory_from(definition) if definition else None


def aim_of(target: Target, first_year: int) -> Aim:
    return Aim(
        kind=target.kind, year=target.year, value=target.value, trajectory=target.trajectory, first_year=first_year,
        window_from=target.window_from, baseline_value=target.baseline_value, baseline_year=target.baseline_year,
    )  # fmt: skip


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


def inputs_of(series: Series, now: datetime) -> tuple[dict[str, Any], int | None]:
    """What the judgement of a series goes by, as reporting.domain.evaluation takes it, and the year it is of."""
    year = judged_year(series, now)
    target, definition = series.target, series.definition
    kind = kind_of(series)
    higher = definition.higher_is_better or kind is SeriesKind.BAND
    baseline = None
    if target is not None and target.baseline_value is not None and target.baseline_year is not None:
        baseline = _at(target.baseline_year, target.baseline_value)
    sigma = definition.noise_sigma if definition.noise_sigma is not None else DEFAULT_SIGMA
    inputs = {
        "method": METHOD_VERSION,
        "kind": str(kind),
        "direction": str(Direction.UP if higher else Direction.DOWN),
        "sigma": exact_text(sigma),
        "tolerance": exact_text(definition.tolerance),
        "pace_window": definition.pace_window,
        "natural_limit": None if definition.natural_limit is None else exact_text(definition.natural_limit),
        "target": _goal(series),
        "baseline": None if kind is SeriesKind.CUMULATIVE else baseline,
        "trajectory": _as_text(path_definition(series)) if trajectory_of(series) else None,
        "periods": _PERIODS[kind](series, year, now),
    }
    return inputs, year


def kind_of(series: Series) -> SeriesKind:
    if series.target is None:
        return SeriesKind.STAGE
    if series.target.trajectory.get("shape") == "band":
        return SeriesKind.BAND
    return SeriesKind(series.target.kind)


def _goal(series: Series) -> dict[str, str] | None:
    target = series.target
    if target is not None:
        begin = target.window_from or series.first_year
        return _at(target.year - begin + 1 if target.kind == "cumulative" else target.year, target.value)
    if not series.milestones:
        return None
    last = series.milestones[-1]
    return _at(_due(last), last.stage)


def _values(series: Series, year: int | None, now: datetime) -> list[dict[str, Any]]:
    """Of levels, ranks and bands: each year's own value, or the newest before it, with its age."""
    offset = series.definition.observation_offset_years
    rows = []
    for of_year in range(series.first_year, (series.first_year if year is None else year) + 1):
        rollup, age = series.years.get(of_year), 0
        if (rollup is None or rollup.value is None) and year is not None:
            older = [y for y, r in series.years.items() if y < of_year and r.value is not None]
            if older:
                rollup, age = series.years[max(older)], of_year - max(older)
        row = _period(of_year, of_year - age + offset, rollup, started=year is not None)
        rows.append(row | {"age": age, "denominator": _text(rollup.denominator if rollup else None)})
    return rows


def _totals(series: Series, year: int | None, now: datetime) -> list[dict[str, Any]]:
    """Of running totals: the sum of the window's years so far, and the year's own flow."""
    begin = (series.target.window_from if series.target else None) or series.first_year
    rows = []
    for of_year in range(begin, max(begin, series.first_year if year is None else year) + 1):
        window = [series.years.get(y) for y in range(begin, of_year + 1)]
        values = [r.value for r in window if r is not None and r.value is not None]
        coverage = sum((_coverage(r) for r in window), Fraction(0)) / len(window)
        row = _period(of_year, of_year + 1 - begin, series.years.get(of_year), started=year is not None)
        flow = row["observed"]
        rows.append(
            row
            | {
                "observed": _text(sum(values, Decimal(0)) if values else None), "flow": flow,
                "coverage": exact_text(coverage), "lower_bound": coverage < 1,
            }
        )  # fmt: skip
    return rows


def _stages(series: Series, year: int | None, now: datetime) -> list[dict[str, Any]]:
    """A stage is reached when it is reported, not at the end of a year: the newest answer counts, today."""
    reported = [y for y, r in series.years.items() if r.value is not None]
    newest = max(reported, default=series.first_year if year is None else year)
    rollup = series.years.get(newest)
    today = now.astimezone(JST).date()
    started = bool(series.milestones) and (rollup is not None or today > series.milestones[0].due_on)
    of_year = series.first_year if year is None else year
    row = _period(of_year, year_of(today), rollup, started=started)
    # A stage is one answer, not a sum over the year.
    return [row | {"coverage": exact_text(_answered(rollup)), "provisional": False}]


_PERIODS: dict[SeriesKind, Callable[[Series, int | None, datetime], list[dict[str, Any]]]] = {
    SeriesKind.LEVEL: _values,
    SeriesKind.RANK: _values,
    SeriesKind.BAND: _values,
    SeriesKind.CUMULATIVE: _totals,
    SeriesKind.STAGE: _stages,
}


def _period(of_year: int, time: Fraction | int, rollup: Rollup | None, *, started: bool) -> dict[str, Any]:
    return {
        "period": f"FY{of_year}", "time": exact_text(time), "started": started,
        "observed": _text(rollup.value if rollup else None), "coverage": exact_text(_coverage(rollup)),
        "lower_bound": False, "provisional": _provisional(rollup), "age": 0,
    }  # fmt: skip


def _provisional(rollup: Rollup | None) -> bool:
    """速報: too few have given the year's own figure, and the value is what its quarters and halves come to."""
    if rollup is None or not rollup.expected_weight:
        return False
    return Fraction(rollup.final_weight) / Fraction(rollup.expected_weight) < COVERAGE_FROM


def _at(time: Fraction | Decimal | int, value: Decimal | int) -> dict[str, str]:
    return {"time": exact_text(time), "value": exact_text(value)}


def _text(value: Decimal | None) -> str | None:
    return None if value is None else exact_text(value)


def _as_text(definition: Any) -> Any:
    """A trajectory's definition with its numbers as the inputs write them."""
    if isinstance(definition, dict):
        return {name: _as_text(part) for name, part in definition.items()}
    if isinstance(definition, list | tuple):
        return [_as_text(part) for part in definition]
    return definition if isinstance(definition, str | bool | None) else exact_text(definition)


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
    start = date(fiscal_year_of(day), 4, 1)
    return start.year + Fraction((day - start).days, (start.replace(year=start.year + 1) - start).days)

"""Where a figure should be by the plan: the target beside a field of the form, and what is expected by its period."""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction

from django.db.models import Q

from agencies import access
from agencies.access import Actor
from agencies.models import in_force
from indicators.models import IndicatorDefinition, Milestone, Plan, Target
from indicators.periods import Period
from indicators.quantities import unit_named
from indicators.trajectory import TrajectoryError
from reporting.queries.desk.target_words import target_shown
from reporting.queries.series import Key, Series, trajectory_of, year_of
from reporting.queries.shown import quantity_shown


@dataclass(frozen=True)
class Path:
    """In words, with their unit. `national`: the nation's target, for want of one of the agency's own."""

    target: str
    target_year: int
    expected: str
    national: bool


def paths(
    *, actor: Actor, definitions: Iterable[IndicatorDefinition], plan: Plan, period: Period, as_of: int | None = None
) -> dict[str, Path]:
    """By indicator the agency's own path, else the nation's; none where there is no target. Two queries."""
    by_code = {row.indicator_id: row for row in definitions}
    mine = Q(agency__isnull=True) | Q(agency=actor.agency)
    all_of_one = {"indicator__in": list(by_code), "domain__isnull": True}
    targets = Target.objects.filter(in_force(as_of), mine, component__isnull=True, **all_of_one)
    milestones = Milestone.objects.filter(in_force(as_of), mine, **all_of_one).order_by("due_on", "stage")
    stages: dict[Key, list[Milestone]] = defaultdict(list)
    for row in access.visible(milestones, actor):
        stages[row.indicator_id, row.agency_id, None].append(row)
    by_key: dict[Key, Target | None] = dict.fromkeys(stages)
    by_key |= {(row.indicator_id, row.agency_id, None): row for row in access.visible(targets, actor)}
    found: dict[str, Path] = {}
    # The agency's own come last and take the place of the nation's.
    for key in sorted(by_key, key=lambda key: key[1] is not None):
        definition = by_code[key[0]]
        series = Series(key, definition, by_key[key], tuple(stages[key]), {}, plan.first_year, plan.last_year)
        if path := _path(series, period):
            found[key[0]] = path
    return found


def _path(series: Series, period: Period) -> Path | None:
    unit = unit_named(series.definition.unit)
    trajectory = trajectory_of(series)
    try:
        expected = trajectory.expected(_time(series, period)) if trajectory else None
    except TrajectoryError:
        expected = None
    if series.target is not None:
        shown, year = target_shown(series.target, unit), series.target.year
    elif series.milestones:
        shown = quantity_shown(Decimal(series.milestones[-1].stage), unit)
        year = series.milestones[-1].due_on.year
    else:
        return None
    return Path(
        target=shown,
        target_year=year,
        expected=quantity_shown(expected, unit),
        national=series.key[1] is None,
    )


def _time(series: Series, period: Period) -> Fraction:
    """The end of the period on the axis of the series: levels stand at their fiscal year, running totals at the years
    since their window began, stages at the day."""
    if series.target is None:
        return year_of(period.ends_on)
    if series.target.kind == "cumulative":
        years = period.fiscal_year - (series.target.window_from or series.first_year)
        return years + Fraction((period.ends_on.month - 4) % 12 + 1, 12)
    return Fraction(period.fiscal_year + series.definition.observation_offset_years)

"""The rows that the desk's pages about indicators are made of."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from django.db.models import QuerySet

from agencies import access
from agencies.access import Actor
from agencies.models import in_force
from indicators.models import IndicatorDefinition, Milestone, Plan, Target
from reporting.models import Rollup, Standing, StandingOverride
from reporting.queries import overrides
from reporting.queries.calendar import Calendar, added_days
from reporting.queries.desk.target_history import History, told, up_to, were_in_force
from reporting.queries.rollups import yearly, years_of

STAGED = ("stages_0_4", "binary_all")


@dataclass(frozen=True)
class Loaded:
    """The rows the desk reads about indicators, in five queries, and of one indicator in six. Standings are of all
    domains in any case. `overrides` are those in force; of one indicator also the past ones, and those of agencies.
    `history`: of one indicator, what its targets and its definition were before."""

    plan: Plan
    definitions: Sequence[IndicatorDefinition]
    targets: list[Target]
    milestones: list[Milestone]
    standings: list[Standing]
    all_standings: list[Standing]  # of one indicator in the past, those of agencies too
    overrides: list[StandingOverride]
    rollups: list[Rollup]
    calendar: Calendar  # of the nation: days added to the holidays
    history: History = field(default_factory=History)


def load(*, actor: Actor, plan: Plan, as_of: int | None = None) -> Loaded:
    """All indicators, for the nation and in all domains together: targets, standings in force, yearly figures."""
    rows = IndicatorDefinition.objects.filter(in_force(as_of)).annotate(added=added_days(as_of=as_of))
    rows = rows.select_related("indicator", "responsible")
    definitions = list(rows.order_by("indicator__order", "indicator__code"))
    return _load(actor, plan, definitions, as_of, all_of_one=False)


def load_one(*, actor: Actor, indicator: str, as_of: int | None = None, nation_only: bool = False) -> Loaded | None:
    """One indicator with its domains, components, past standings and history, and the yearly figures of the actor's
    agencies. Two queries more. `nation_only`: without the history and the agencies."""
    rows = (
        up_to(IndicatorDefinition.objects.filter(indicator=indicator), as_of)
        .annotate(added=added_days(as_of=as_of))
        .select_related("indicator__node__plan", "indicator__node__parent__parent", "responsible")
        .order_by("from_position")
    )
    definitions = list(rows)
    in_force_then = were_in_force(definitions, as_of)
    if not in_force_then:
        return None
    loaded = _load(
        actor, in_force_then[0].indicator.node.plan, in_force_then, as_of, all_of_one=True,
        agencies=() if nation_only else actor.agencies,
    )  # fmt: skip
    then = replace(
        loaded,
        targets=were_in_force(loaded.targets, as_of),
        milestones=were_in_force(loaded.milestones, as_of),
    )
    if nation_only:
        return then
    history = told(actor=actor, targets=loaded.targets, milestones=loaded.milestones, definitions=definitions)
    return replace(then, history=history)


def _load(
    actor: Actor,
    plan: Plan,
    definitions: Sequence[IndicatorDefinition],
    as_of: int | None,
    *,
    all_of_one: bool,
    agencies: Iterable[str] = (),
) -> Loaded:
    codes = [d.indicator_id for d in definitions]
    only: dict[str, Any] = {"indicator__in": codes, "agency__isnull": True}
    if not all_of_one:
        only["domain__isnull"] = True
    # Of one indicator those of before as well.
    targets = up_to(Target.objects.filter(**only), as_of).select_related("domain")
    milestones = up_to(Milestone.objects.filter(**only), as_of).order_by("due_on", "stage")
    standings = Standing.objects.filter(indicator__in=codes).select_related("domain", "agency")
    standings = standings.annotate(event_id=overrides.event_id_of_standing())
    if not all_of_one or as_of is None:
        # Of the past those of agencies too: from them the alerts of then are told.
        standings = standings.filter(agency__isnull=True)
    if not all_of_one:
        targets, standings = targets.filter(component__isnull=True), standings.filter(in_force(as_of))
        standings = overrides.with_override(standings, as_of=as_of)
        targets, milestones = targets.filter(in_force(as_of)), milestones.filter(in_force(as_of))
    standings_then = _as_they_were(access.visible(standings, actor), as_of)
    return Loaded(
        plan=plan,
        definitions=definitions,
        targets=list(access.visible(targets, actor)),
        # Only where there are stages is it asked for them, for a page may not ask too often.
        milestones=list(access.visible(milestones, actor)) if any(d.aggregation in STAGED for d in definitions) else [],
        standings=[standing for standing in standings_then if standing.agency_id is None],
        all_standings=standings_then,
        overrides=overrides.overrides(actor=actor, as_of=as_of, indicator__in=codes)
        if all_of_one
        else [row for row in map(overrides.beside, standings_then) if row],
        rollups=yearly(
            actor=actor,
            indicators=codes,
            years=years_of(plan.first_year, plan.last_year),
            agencies=agencies,
            parts=all_of_one,
            as_of=as_of,
        ),
        # Read with the definitions, for a page may not ask too often.
        calendar=Calendar(frozenset(day for d in definitions[:1] for day in getattr(d, "added", ()))),
    )


def _as_they_were(standings: QuerySet[Standing], as_of: int | None) -> list[Standing]:
    """The standings up to then; of the one in force then nobody knew yet where it would end."""
    if as_of is None:
        return list(standings)
    then = list(standings.filter(from_position__lte=as_of))
    for standing in then:
        if standing.to_position is not None and standing.to_position > as_of:
            standing.to_position = None
    return then

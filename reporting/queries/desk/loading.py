"""The rows that the desk's pages about indicators are made of."""

from dataclasses import dataclass
from typing import Any

from django.db.models import Q

from agencies import access
from agencies.access import Actor, Scope
from indicators.models import IndicatorDefinition, Milestone, Plan, Target
from reporting.models import Rollup, Standing

# An outside statistic may describe years before the one it is reported in; its reports go on after the plan.
YEARS_AFTER_THE_PLAN = 3


@dataclass(frozen=True)
class Loaded:
    """The rows the desk reads about indicators, in five queries. Standings are of all domains in any case."""

    plan: Plan
    definitions: list[IndicatorDefinition]
    targets: list[Target]
    milestones: list[Milestone]
    standings: list[Standing]
    rollups: list[Rollup]


def load(*, actor: Actor, plan: Plan) -> Loaded:
    """All indicators, for the nation and in all domains together: targets, standings in force, yearly figures."""
    rows = IndicatorDefinition.objects.filter(to_position__isnull=True).select_related("indicator", "responsible")
    definitions = list(rows.order_by("indicator__order", "indicator__code"))
    only = {"agency__isnull": True, "domain__isnull": True}
    cells = Q(scope="nation", component__isnull=True, domain__isnull=True)
    return _load(actor, plan, definitions, only, cells, now_only=True)


def load_one(*, actor: Actor, indicator: str) -> Loaded | None:
    """One indicator with its domains, components and past standings, and the yearly figures of the actor's agencies."""
    definition = (
        IndicatorDefinition.objects.filter(to_position__isnull=True, indicator=indicator)
        .select_related("indicator__node__plan", "indicator__node__parent__parent", "responsible")
        .first()
    )
    if definition is None:
        return None
    cells = Q(scope="nation") | Q(scope="agency", agency__in=sorted(actor.agencies))
    only = {"agency__isnull": True}
    return _load(actor, definition.indicator.node.plan, [definition], only, cells, now_only=False)


def _load(
    actor: Actor, plan: Plan, definitions: list[IndicatorDefinition], only: dict[str, bool], cells: Q, *, now_only: bool
) -> Loaded:
    of: dict[str, Any] = {"indicator__in": [d.indicator_id for d in definitions]}
    targets = Target.objects.filter(to_position__isnull=True, **of, **only).select_related("domain")
    milestones = Milestone.objects.filter(to_position__isnull=True, **of, **only).order_by("due_on", "stage")
    standings = Standing.objects.filter(agency__isnull=True, **of).select_related("domain")
    if now_only:
        targets, standings = targets.filter(component__isnull=True), standings.filter(to_position__isnull=True)
    # Periods by name and not by pattern, so that the unique index finds these few rows among all agencies'.
    periods = [f"FY{y}" for y in range(plan.first_year, plan.last_year + YEARS_AFTER_THE_PLAN + 1)]
    rollups = Rollup.objects.filter(cells, period__in=periods, **of).select_related("domain", "agency")
    return Loaded(
        plan=plan,
        definitions=definitions,
        targets=list(access.visible(targets, actor)),
        milestones=list(access.visible(milestones, actor)),
        standings=list(access.visible(standings, actor)),
        rollups=_without_what_waits(list(access.visible(rollups, actor)), actor),
    )


def _without_what_waits(rollups: list[Rollup], actor: Actor) -> list[Rollup]:
    """What waits for approval is between an agency and CSTI: of a nation of few, others could read it off."""
    if actor.scope is not Scope.ALL:
        for rollup in rollups:
            if rollup.agency_id not in actor.agencies:
                rollup.pending_value, rollup.pending = rollup.value, 0
    return rollups

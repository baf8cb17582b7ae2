"""One agency on one page: its reports, and its own figures year by year with their targets and standings."""

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime

from agencies import access
from agencies.access import Actor, Scope
from agencies.models import Agency, in_force
from indicators.models import AssignedIndicator, IndicatorDefinition, Plan, Target
from reporting.domain.desk import Todo
from reporting.models import Rollup, Standing, StandingOverride
from reporting.queries import overrides
from reporting.queries.desk.front import Freshness, freshness
from reporting.queries.overrides import shown_of
from reporting.queries.rollups import yearly
from reporting.queries.work import Duty, duties


@dataclass(frozen=True)
class OwnIndicator:
    """An indicator that the agency enters. `years`: its own rollups by fiscal year; `target` and `standing` its own,
    most agencies having none."""

    definition: IndicatorDefinition
    years: Mapping[int, Rollup]
    target: Target | None
    standing: Standing | None
    by_hand: StandingOverride | None

    @property
    def cls(self) -> str:
        if self.standing is not None:
            return shown_of(self.standing, self.by_hand).cls
        return "no_target" if self.target is None else "not_judged"


@dataclass(frozen=True)
class AgencyPage:
    agency: Agency
    plan: Plan
    reports: Mapping[Todo, list[Duty]]
    indicators: tuple[OwnIndicator, ...]
    freshness: Freshness


def agency_page(*, actor: Actor, agency: str, now: datetime, as_of: int | None = None) -> AgencyPage | None:
    """None for an agency that is not there or not this actor's to see, and before there is a plan. At most 13
    queries."""
    plan = Plan.objects.filter(in_force(as_of)).first()
    row = Agency.objects.filter(pk=agency).first() if may_see_agency(actor, agency) else None
    if row is None or plan is None:
        return None
    entries = AssignedIndicator.objects.filter(in_force(as_of), agency=agency)
    codes = list(access.visible(entries, actor).values_list("indicator", flat=True))
    only = {"indicator__in": codes, "agency": agency, "domain__isnull": True}
    targets = Target.objects.filter(in_force(as_of), component__isnull=True, **only)
    standings = overrides.with_override(Standing.objects.filter(in_force(as_of), **only), as_of=as_of)
    wanted = {target.indicator_id: target for target in access.visible(targets, actor)}
    stands = {standing.indicator_id: standing for standing in access.visible(standings, actor)}
    years: dict[str, dict[int, Rollup]] = defaultdict(dict)
    periods = [f"FY{year}" for year in range(plan.first_year, plan.last_year + 1)]
    for rollup in yearly(actor=actor, indicators=codes, years=periods, agencies=[agency], as_of=as_of):
        if rollup.scope == "agency" and rollup.agency_id == agency:
            years[rollup.indicator_id][int(rollup.period[2:])] = rollup
    definitions = IndicatorDefinition.objects.filter(in_force(as_of), indicator__in=codes).select_related("indicator")
    return AgencyPage(
        agency=row,
        plan=plan,
        # As at the desk of the agency's own people, with no more to be seen than this actor sees.
        reports=duties(replace(actor, agency=agency), now, as_of=as_of),
        indicators=tuple(
            OwnIndicator(
                definition,
                years[definition.indicator_id],
                wanted.get(definition.indicator_id),
                (standing := stands.get(definition.indicator_id)),
                overrides.beside(standing) if standing else None,
            )
            for definition in definitions.order_by("indicator__order", "indicator")
        ),
        freshness=freshness(actor=actor, now=now, as_of=as_of),
    )


def may_see_agency(actor: Actor, agency: str) -> bool:
    """Whether what is one agency's alone may be shown to this actor."""
    return actor.scope is Scope.ALL or (actor.scope is Scope.AGENCIES and agency in actor.agencies)

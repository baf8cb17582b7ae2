"""Rollups to show: the live ones now, and those of any position of the past, counted from the figures of then."""

from collections.abc import Iterable, Sequence

from django.db.models import Q, prefetch_related_objects

from agencies import access
from agencies.access import Actor, Scope
from reporting.models import Rollup
from reporting.queries.rollups_at import CELL, NUMBERS, cells_of, rollups_of

# What the live table holds of the cells asked for, at %(position)s.
PAST = rollups_of(
    "SELECT * FROM ("  # noqa: S608
    + cells_of(
        "SELECT * FROM reporting_figure"
        " WHERE indicator_id = ANY (%(indicators)s) AND year_period = ANY (%(years)s)"
        " AND (%(parts)s OR domain_id IS NULL AND component IS NULL)"
    )
    + ") c WHERE c.period = ANY (%(years)s)"
    " AND (c.scope = 'nation' OR c.scope = 'agency' AND c.agency_id = ANY (%(agencies)s))"
)

# An outside statistic may describe years before the one it is reported in; its reports go on after the plan.
YEARS_AFTER_THE_PLAN = 3


def years_of(first_year: int, last_year: int) -> list[str]:
    """The fiscal years that a plan of these years has figures of."""
    return [f"FY{year}" for year in range(first_year, last_year + YEARS_AFTER_THE_PLAN + 1)]


def yearly(
    *,
    actor: Actor,
    indicators: Iterable[str],
    years: Sequence[str],
    agencies: Iterable[str] = (),
    parts: bool = False,
    as_of: int | None = None,
) -> list[Rollup]:
    """The nation's cells of fiscal years ("FY2026"), and those of `agencies` that the actor may see; `parts`: of
    technology domains and components too. What waits for approval is shown to whom it concerns."""
    # Periods by name and not by pattern, so that the unique index finds these few rows among all agencies'.
    cells = Q(scope="nation") | Q(scope="agency", agency__in=sorted(agencies))
    if not parts:
        cells &= Q(domain__isnull=True, component__isnull=True)
    if as_of is None:
        live = Rollup.objects.filter(cells, period__in=years, indicator__in=list(indicators))
        rows = list(access.visible(live.select_related("domain", "agency"), actor))
    else:
        rows = _past(actor, list(indicators), years, agencies, parts, as_of)
    return _without_what_waits(rows, actor)


def _past(
    actor: Actor, indicators: list[str], years: Sequence[str], agencies: Iterable[str], parts: bool, as_of: int
) -> list[Rollup]:
    mine = [agency for agency in agencies if actor.scope is Scope.ALL or agency in actor.agencies]
    asked = {
        "indicators": indicators, "years": list(years), "agencies": mine, "parts": parts, "position": as_of
    }  # fmt: skip
    found = access.count(actor, PAST, asked)
    rows = [Rollup(**dict(zip((*CELL, *NUMBERS), row, strict=True)), position=as_of) for row in found]
    prefetch_related_objects(rows, "domain", "agency")
    return rows


def _without_what_waits(rollups: list[Rollup], actor: Actor) -> list[Rollup]:
    """What waits for approval is between an agency and CSTI: of a nation of few, others could read it off."""
    if actor.scope is not Scope.ALL:
        for rollup in rollups:
            if rollup.agency_id not in actor.agencies:
                rollup.pending_value, rollup.pending = rollup.value, 0
    return rollups

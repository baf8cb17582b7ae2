"""Rollups to show: the live ones now, and those of any position of the past, counted from the figures of then."""

import json
from collections.abc import Iterable, Sequence
from typing import Any

from django.db import connection
from django.db.models import Q

from agencies import access
from agencies.access import Actor, Scope
from agencies.models import Agency
from indicators.models import Domain
from reporting.models import Rollup
from reporting.queries.rollups_at import CELL, NATION, NUMBERS, SINCE_NEWEST, cells_of, concluded, rollups_of

# The figures of what is asked for.
ASKED = """
    SELECT * FROM reporting_figure WHERE indicator_id = ANY (%(indicators)s) AND year_period = ANY (%(years)s)
        AND (%(parts)s OR domain_id IS NULL AND component IS NULL)
"""
# The cells that the live table held at %(position)s, of those asked for.
CELLS = f"""
    {NATION}
    UNION ALL
    SELECT * FROM ({cells_of(f"{ASKED} AND agency_id = ANY (%(agencies)s)")}) c
    WHERE c.scope = 'agency' AND c.period = ANY (%(years)s)
"""  # noqa: S608
OF_SOME, OF_MOST, IF_APPROVED = rollups_of(CELLS), rollups_of(CELLS, most=True), rollups_of(CELLS, assumed=True)
SINCE_A_CUT = concluded(SINCE_NEWEST)
MANY = 10  # indicators, from which on the figures are better read from end to end
FAR = 50_000  # events since a cut, from which on all figures are sooner counted

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
    assumed: Sequence[str] = (),
) -> list[Rollup]:
    """The nation's cells of fiscal years ("FY2026"), and those of `agencies` that the actor may see; `parts`: of
    technology domains and components too. What waits for approval is shown to whom it concerns. `assumed`: as they
    would be if these reports, which wait at `as_of`, were approved then; for who decides on them."""
    # Periods by name and not by pattern, so that the unique index finds these few rows among all agencies'.
    cells = Q(scope="nation") | Q(scope="agency", agency__in=sorted(agencies))
    if not parts:
        cells &= Q(domain__isnull=True, component__isnull=True)
    if as_of is None:
        live = Rollup.objects.filter(cells, period__in=years, indicator__in=list(indicators))
        rows = list(access.visible(live.select_related("domain", "agency"), actor))
    else:
        rows = _past(actor, list(indicators), years, agencies, parts, as_of, assumed)
    return without_what_waits(rows, actor)


def _past(
    actor: Actor,
    indicators: list[str],
    years: Sequence[str],
    agencies: Iterable[str],
    parts: bool,
    as_of: int,
    assumed: Sequence[str],
) -> list[Rollup]:
    mine = [agency for agency in agencies if actor.scope is Scope.ALL or agency in actor.agencies]
    asked = {
        "indicators": indicators, "years": list(years), "agencies": mine, "parts": parts, "position": as_of,
        "assumed": list(assumed),
    }  # fmt: skip
    statement = IF_APPROVED if assumed else OF_SOME if len(indicators) < MANY else OF_MOST
    of_the_nation = not (assumed or mine)
    found = access.count(actor, SINCE_A_CUT, asked | {"far": FAR}) if of_the_nation else []
    if not found and (as_of > FAR or not of_the_nation):  # no cut is near
        found = access.count(actor, statement, asked)
    return as_rollups(found, as_of=as_of, named=True)


def as_rollups(found: Iterable[Sequence[Any]], *, as_of: int, named: bool = False) -> list[Rollup]:
    """Rows of `rollups_of` at that position, as live ones. `named`: with their domains and agencies, by a query."""
    rows = [Rollup(**dict(zip((*CELL, *NUMBERS), row, strict=True)), position=as_of) for row in found]
    if named:
        _read_names(rows)
    return rows


NAMES = """
    SELECT to_jsonb(d)::text, NULL FROM indicators_domain d WHERE code = ANY (%(domains)s)
    UNION ALL SELECT NULL, to_jsonb(a)::text FROM agencies_agency a WHERE code = ANY (%(agencies)s)
"""


def _read_names(rows: Sequence[Rollup]) -> None:
    """Their domains and agencies in one query, for a page may not ask too often."""
    domains = {row.domain_id for row in rows if row.domain_id}
    agencies = {row.agency_id for row in rows if row.agency_id}
    if not domains and not agencies:
        return
    with connection.cursor() as cursor:
        cursor.execute(NAMES, {"domains": sorted(domains), "agencies": sorted(agencies)})
        found = [(json.loads(d) if d else None, json.loads(a) if a else None) for d, a in cursor.fetchall()]
    domain_of = {row["code"]: Domain(**row) for row, _ in found if row}
    agency_of = {row["code"]: Agency(**row) for _, row in found if row}
    for row in rows:
        row.domain, row.agency = domain_of.get(row.domain_id), agency_of.get(row.agency_id)


def without_what_waits(rollups: list[Rollup], actor: Actor) -> list[Rollup]:
    """What waits for approval is between an agency and CSTI: of a nation of few, others could read it off."""
    if actor.scope is not Scope.ALL:
        for rollup in rollups:
            if rollup.agency_id not in actor.agencies:
                rollup.pending_value, rollup.pending = rollup.value, 0
    return rollups

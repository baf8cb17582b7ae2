"""Who brings what to an indicator: the agencies year by year, and their sums by kind and by supervising ministry."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db.models import Q

from agencies import access
from agencies.access import Actor, Deed, Scope
from agencies.models import Agency, in_force
from indicators.models import AssignedIndicator, IndicatorDefinition
from indicators.periods import JST, Period, fiscal_year_of
from indicators.quantities import Unit, unit_named
from reporting.models import Rollup
from reporting.queries.calendar import window
from reporting.queries.desk.front import Freshness, freshness
from reporting.queries.rollups import ASKED, as_rollups, yearly, years_of
from reporting.queries.rollups_at import cells_of, rollups_of

PAGE = 100  # agencies

# The sums that the fiscal years of one indicator had at %(position)s: all of them, or of the reader's own ministry.
SUMS = rollups_of(f"""
    SELECT * FROM ({cells_of(ASKED)}) c
    WHERE c.period = ANY (%(years)s)
        AND (%(all)s AND c.scope = 'kind' OR c.scope = 'ministry' AND (%(all)s OR c.agency_id = ANY (%(mine)s)))
""")  # noqa: S608


@dataclass(frozen=True)
class Year:
    """What an agency has brought to a fiscal year. `state`: complete, part, waits, carried, missing, open (not due yet)
    or "" where nothing is expected."""

    year: int
    state: str
    rollup: Rollup | None


@dataclass(frozen=True)
class AgencyLine:
    agency: Agency
    years: tuple[Year, ...]


@dataclass(frozen=True)
class SumLine:
    """All agencies of a kind, or under a ministry."""

    scope: str
    kind: str
    agency: Agency | None
    years: tuple[Rollup | None, ...]


@dataclass(frozen=True)
class AgenciesPage:
    definition: IndicatorDefinition
    years: tuple[int, ...]
    nation: tuple[Rollup | None, ...]
    agencies: tuple[AgencyLine, ...]  # in the order of their codes: there is no ranking here
    kinds: tuple[SumLine, ...]
    ministries: tuple[SumLine, ...]
    sees_all: bool
    number: int
    page: int
    freshness: Freshness

    @property
    def unit(self) -> Unit:
        return unit_named(self.definition.unit)

    @property
    def pages(self) -> int:
        return max(-(-self.number // PAGE), 1)


def agencies_page(
    *, actor: Actor, code: str, now: datetime, as_of: int | None = None, page: int = 1
) -> AgenciesPage | None:
    """None for an indicator that is not there. Of agencies those the actor may see. Eight queries at most."""
    definition = defined_then(code=code, as_of=as_of)
    if definition is None:
        return None
    plan = definition.indicator.node.plan
    upto = max(fiscal_year_of(now.astimezone(JST).date()), plan.first_year)
    years = tuple(range(plan.first_year, min(plan.last_year, upto) + 1))
    entered = AssignedIndicator.objects.filter(in_force(as_of), indicator=code).select_related("agency")
    entries = list(access.visible(entered, actor).order_by("agency"))
    page = min(max(page, 1), max(-(-len(entries) // PAGE), 1))
    shown = entries[(page - 1) * PAGE : page * PAGE]
    rows = yearly(
        actor=actor, indicators=[code], years=years_of(plan.first_year, plan.last_year),
        agencies=[entry.agency_id for entry in shown], as_of=as_of,
    )  # fmt: skip
    cells = {(row.agency_id, int(row.period[2:])): row for row in rows}
    sums = _sums(actor, code, years_of(plan.first_year, plan.last_year), as_of)
    return AgenciesPage(
        definition=definition,
        years=years,
        nation=tuple(cells.get((None, year)) for year in years),
        agencies=tuple(
            AgencyLine(e.agency, tuple(_year(year, cells.get((e.agency_id, year)), now) for year in years))
            for e in shown
        ),
        kinds=_lines(sums, "kind", years),
        ministries=_lines(sums, "ministry", years),
        sees_all=actor.scope is Scope.ALL,
        number=len(entries),
        page=page,
        freshness=freshness(actor=actor, now=now, as_of=as_of),
    )


def defined_then(*, code: str, as_of: int | None) -> IndicatorDefinition | None:
    """With where it hangs in the plan."""
    rows = IndicatorDefinition.objects.filter(in_force(as_of), indicator=code)
    return rows.select_related("indicator__node__plan", "indicator__node__parent__parent").first()


def _year(year: int, rollup: Rollup | None, now: datetime) -> Year:
    if rollup is not None and rollup.complete:
        return Year(year, "complete", rollup)
    if rollup is not None and rollup.answered:
        return Year(year, "part", rollup)
    if rollup is not None and rollup.pending:
        return Year(year, "waits", rollup)
    if rollup is not None and rollup.carried:
        return Year(year, "carried", rollup)
    return Year(year, "missing" if now >= window(Period.parse(f"FY{year}")).deadline else "open", rollup)


def _sums(actor: Actor, code: str, years: Sequence[str], as_of: int | None) -> list[Rollup]:
    """A kind may be of one agency only, and what a ministry oversees is for who oversees it."""
    if not actor.may(Deed.SEE_BOARD):
        return []
    all_seen = actor.scope is Scope.ALL
    if as_of is None:
        wanted = Q(scope="ministry") if all_seen else Q(scope="ministry", agency__in=sorted(actor.agencies))
        if all_seen:
            wanted |= Q(scope="kind")
        live = Rollup.objects.filter(
            wanted, indicator=code, period__in=years, domain__isnull=True, component__isnull=True
        )
        return list(access.visible(live.select_related("agency"), actor))
    asked: dict[str, Any] = {
        "indicators": [code], "years": list(years), "parts": False, "position": as_of, "all": all_seen,
        "mine": sorted(actor.agencies),
    }  # fmt: skip
    found = access.count(actor, SUMS, asked)
    return as_rollups(found, as_of=as_of, named=True)


def _lines(sums: Sequence[Rollup], scope: str, years: Sequence[int]) -> tuple[SumLine, ...]:
    by_name: dict[str, dict[int, Rollup]] = {}
    for row in sums:
        if row.scope == scope:
            by_name.setdefault(row.agency_id or row.kind or "", {})[int(row.period[2:])] = row
    return tuple(_line(scope, name, cells, years) for name, cells in sorted(by_name.items()))


def _line(scope: str, name: str, cells: Mapping[int, Rollup], years: Sequence[int]) -> SumLine:
    some = next(iter(cells.values()))
    return SumLine(scope, name if scope == "kind" else "", some.agency, tuple(cells.get(year) for year in years))

"""What a correction moved: every figure and every standing that is another after it than before, old and new.

Both sides are counted from the log's tables as of the positions just before and at the event, so the answer is the same
for ever, whatever has happened since.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from agencies import access
from agencies.access import Actor, Scope
from agencies.models import Agency
from indicators.models import Domain, Indicator, IndicatorDefinition
from indicators.periods import Period
from indicators.quantities import Unit, unit_named
from reporting.domain.events import report_of
from reporting.models import Event, Figure, Rollup
from reporting.queries.effects import standings_of
from reporting.queries.rollups_at import CELL, GIVEN, NUMBERS, given, rollups_of
from reporting.queries.series import all_series

MOVES = ("CorrectionApproved", "ReportApproved", "ReportReopened")  # events by which figures in force become others
CELLS_THEN = rollups_of(GIVEN)
Cell = tuple[str, str, str, str | None, str | None, str | None, str | None]  # CELL
SCOPES = {"nation": 0, "ministry": 1, "kind": 2, "agency": 3}


@dataclass(frozen=True)
class Moved:
    """One figure of a scope and period, before and after; `agency`: of a scope that is one."""

    indicator: Indicator
    domain: Domain | None
    period: Period
    scope: str
    agency: Agency | None
    kind: str | None
    unit: Unit
    before: Decimal | None
    after: Decimal | None


@dataclass(frozen=True)
class Turned:
    """One official standing, as it comes out of the figures before and after; `agency` None: the nation's."""

    indicator: Indicator
    domain: Domain | None
    agency: Agency | None
    before: str | None
    after: str | None


@dataclass(frozen=True)
class Cascade:
    event: Event
    figures: tuple[Moved, ...]
    standings: tuple[Turned, ...]


def cascade_of(*, actor: Actor, report: str, version: int, now: datetime) -> Cascade | None:
    """What one event of a report moved, as far as the actor may see it: an agency its own figures and the nation's.
    None where there is no such event, or it is of a kind that moves nothing. A constant number of queries."""
    assignment, _, code = report.rpartition("@")
    rows = access.visible(Event.objects.filter(stream=f"report/{assignment}/{code}", version=version), actor)
    event = rows.filter(type__in=MOVES).first()
    if event is None or report_of(event.stream) != report:
        return None
    changed = Figure.objects.filter(report=report, approved=True)
    opened, closed = changed.filter(from_position=event.position), changed.filter(to_position=event.position)
    indicators = sorted({*opened.values_list("indicator", flat=True), *closed.values_list("indicator", flat=True)})
    agency = event.agency or ""
    columns = _cells(actor, indicators, agency, Period.parse(code).fiscal_year)
    before, after = (_counted(actor, columns, position) for position in (event.position - 1, event.position))
    definitions = IndicatorDefinition.objects.filter(to_position=None, indicator__in=indicators)
    units = {row.indicator_id: unit_named(row.unit) for row in definitions}
    named = {row.code: row for row in Indicator.objects.filter(code__in=indicators)}
    domains = {row.code: row for row in Domain.objects.all()}
    agencies = {
        row.code: row for row in Agency.objects.filter(code__in={*(cell[3] for cell in after), agency} - {None})
    }
    figures = [
        Moved(
            named[cell[0]], domains.get(cell[4] or ""), Period.parse(cell[1]), cell[2], agencies.get(cell[3] or ""),
            cell[6], units[cell[0]], before.get(cell), after[cell],
        )
        for cell in after
        if before.get(cell) != after[cell]
    ]  # fmt: skip
    figures.sort(key=lambda m: (m.period.fiscal_year, SCOPES[m.scope], m.period.code, m.indicator.order))
    turned = _turned(actor, indicators, agency, event.position, now, named, domains, agencies)
    return Cascade(event, tuple(figures), tuple(turned))


def _cells(actor: Actor, indicators: Sequence[str], agency: str, year: int) -> list[list[str | None]]:
    """The cells in which the agency's figures of that year or a later one may count, by columns."""
    rows = Rollup.objects.filter(indicator__in=indicators, component=None).exclude(
        scope="agency", agency__in=Agency.objects.exclude(code=agency)
    )
    if actor.scope is not Scope.ALL:
        rows = rows.filter(scope__in=["nation", "agency"])
    found = [row for row in access.visible(rows, actor).values_list(*CELL) if _year(row[1]) >= year]
    return [list(column) for column in zip(*found, strict=True)] if found else [[] for _ in CELL]


def _year(period: str) -> int:
    return Period.parse(period).fiscal_year


def _counted(actor: Actor, columns: Sequence[Sequence[str | None]], position: int) -> dict[Cell, Decimal | None]:
    rows = access.count(actor, CELLS_THEN, given(columns, position))
    value = len(CELL) + NUMBERS.index("value")
    return {row[: len(CELL)]: row[value] for row in rows}


def _turned(
    actor: Actor,
    indicators: Iterable[str],
    agency: str,
    position: int,
    now: datetime,
    named: dict[str, Indicator],
    domains: dict[str, Domain],
    agencies: dict[str, Agency],
) -> list[Turned]:
    of = list(indicators)
    old, new = (
        standings_of(all_series(actor=actor, indicators=of, as_of=then), now) for then in (position - 1, position)
    )
    return [
        Turned(named[key[0]], domains.get(key[2] or ""), agencies.get(key[1] or ""), old.get(key), new.get(key))
        for key in new
        if key[1] in (None, agency) and old.get(key) != new[key]
    ]

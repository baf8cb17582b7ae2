"""What a correction moved: every figure and every standing that is another after it than before, old and new.

Both sides are of the log's tables at the positions just before and at the event, and judged by the clock of then: the
answer is the same for ever, whatever has happened since.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from agencies import access
from agencies.access import Actor, Scope
from agencies.models import Agency, in_force
from indicators.models import Domain, Indicator, IndicatorDefinition
from indicators.periods import Period
from indicators.quantities import Unit, unit_named
from reporting.domain.events import report_stream
from reporting.models import Event, Figure
from reporting.queries.effects import standings_of
from reporting.queries.rollups_at import CELL, NUMBERS, cells_of, rollups_of
from reporting.queries.series import all_series

MOVES = ("CorrectionApproved", "ReportApproved", "ReportReopened")  # events by which figures in force become others
# The cells there were at %(position)s in which figures of these years count; of agencies the one that is named.
FIGURES = """
    SELECT * FROM reporting_figure
    WHERE indicator_id = ANY (%(indicators)s) AND year_period >= %(year)s AND component IS NULL
"""
CELLS = f"""
    SELECT c.* FROM ({cells_of(FIGURES)}) c
    WHERE c.scope = ANY (%(scopes)s) AND (c.scope <> 'agency' OR c.agency_id = %(agency)s)
"""  # noqa: S608
MOVED = rollups_of(CELLS)
Cell = tuple[str, str, str, str | None, str | None, str | None, str | None]  # CELL
SCOPES = ("nation", "ministry", "kind", "agency")


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


def cascade_of(*, actor: Actor, report: str, version: int) -> Cascade | None:
    """What one event of a report moved, as far as the actor may see it: an agency its own figures and the nation's.
    None where there is no such event, or it is of a kind that moves nothing. A constant number of queries."""
    assignment, _, code = report.rpartition("@")
    rows = access.visible(Event.objects.filter(stream=report_stream(assignment, code), version=version), actor)
    event = rows.filter(type__in=MOVES).first()
    if event is None:
        return None
    changed = Figure.objects.filter(report=report, approved=True)
    opened, closed = changed.filter(from_position=event.position), changed.filter(to_position=event.position)
    codes = sorted({*opened.values_list("indicator", flat=True), *closed.values_list("indicator", flat=True)})
    scopes = SCOPES if actor.scope is Scope.ALL else ("nation", "agency")
    figures, standings = _cascade(actor, event.position, event.occurred_at, codes, code, scopes, event.agency)
    return Cascade(event, figures, standings)


def national_moves(
    *, actor: Actor, position: int, at: datetime, indicators: Sequence[str], period: str
) -> tuple[tuple[Moved, ...], tuple[Turned, ...]]:
    """What the event at a position moved of the nation's figures and standings: for whoever may see those, though not
    the report that moved them. A constant number of queries."""
    return _cascade(actor, position, at, indicators, period, ("nation",), None)


def _cascade(
    actor: Actor,
    position: int,
    at: datetime,
    codes: Sequence[str],
    period: str,
    scopes: Sequence[str],
    agency: str | None,
) -> tuple[tuple[Moved, ...], tuple[Turned, ...]]:
    definitions = IndicatorDefinition.objects.filter(in_force(position), indicator__in=codes)
    of = {row.indicator_id: row for row in definitions.select_related("indicator")}
    domains = {row.code: row for row in Domain.objects.all()}
    agencies = {row.code: row for row in Agency.objects.all()}
    year = Period.parse(period).year.code
    before, after = (_counted(actor, codes, scopes, agency, year, then) for then in (position - 1, position))
    figures = [
        Moved(
            of[cell[0]].indicator, domains.get(cell[4] or ""), Period.parse(cell[1]), cell[2],
            agencies.get(cell[3] or ""), cell[6], unit_named(of[cell[0]].unit), before.get(cell), after[cell],
        )
        for cell in after
        if before.get(cell) != after[cell]
    ]  # fmt: skip
    figures.sort(key=lambda m: (m.period.fiscal_year, SCOPES.index(m.scope), m.period.code, m.indicator.order))
    was, became = (
        standings_of(all_series(actor=actor, indicators=codes, as_of=then), at) for then in (position - 1, position)
    )
    standings = [
        Turned(of[key[0]].indicator, domains.get(key[2] or ""), agencies.get(key[1] or ""), was.get(key), became[key])
        for key in became
        if key[1] in (None, agency) and was.get(key) != became[key]
    ]
    return tuple(figures), tuple(standings)


def _counted(
    actor: Actor, indicators: Sequence[str], scopes: Sequence[str], agency: str | None, year: str, position: int
) -> dict[Cell, Decimal | None]:
    asked = {
        "indicators": list(indicators), "year": year, "agency": agency, "scopes": list(scopes), "position": position,
    }  # fmt: skip
    value = len(CELL) + NUMBERS.index("value")
    return {row[: len(CELL)]: row[value] for row in access.count(actor, MOVED, asked)}

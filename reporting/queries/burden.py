"""How much an agency is asked for in a year: reports and figures; and when."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from agencies.access import Actor, Scope
from agencies.models import Agency, in_force
from indicators.models import Plan
from indicators.periods import JST, Frequency, Period, fiscal_year_of
from reporting.domain.deadline import Change, Window
from reporting.queries.at_once import rows_at_once
from reporting.queries.calendar import calendar_of, periods_of

# A row for each frequency of an agency's assignments. A figure is one field to fill in: a component is one, and each
# technology domain of a total beside it. `final`: asked for in the report of the year; `shorter`: in each
# period before.
LOADS = """
WITH asked AS MATERIALIZED (
    SELECT a.id, a.agency_id, a.frequency FROM indicators_assignment a
    WHERE {at_a} AND (%(agencies)s::text[] IS NULL OR a.agency_id = ANY (%(agencies)s))
), weight AS MATERIALIZED (
    SELECT d.indicator_id, greatest(jsonb_array_length(d.components), 1)
        * CASE WHEN d.by_domain AND d.aggregation <> 'ratio_of_sums'
               THEN 1 + (SELECT count(*) FROM indicators_domain o WHERE {at_o}) ELSE 1 END AS fields
    FROM indicators_indicatordefinition d WHERE {at_d}
), figures AS (
    SELECT a.agency_id, a.frequency, sum(w.fields) AS final,
        sum(w.fields) FILTER (WHERE e.frequency = a.frequency AND a.frequency <> 'yearly') AS shorter
    FROM indicators_assignedindicator e
    JOIN asked a ON a.id = e.assignment_id JOIN weight w USING (indicator_id)
    WHERE {at_e} GROUP BY 1, 2
)
SELECT r.agency_id, r.frequency, r.reports, coalesce(f.final, 0)::integer, coalesce(f.shorter, 0)::integer
FROM (SELECT agency_id, frequency, count(*) AS reports FROM asked GROUP BY 1, 2) r
LEFT JOIN figures f USING (agency_id, frequency)
ORDER BY 1, 2
"""


@dataclass(frozen=True)
class Load:
    """What the assignments of one frequency ask for: so many reports a period; so many figures in the final one of the
    year, and in each shorter one."""

    frequency: Frequency
    reports: int
    final: int
    shorter: int

    @property
    def reports_a_year(self) -> int:
        return self.reports * (1 + self._shorter_periods)

    @property
    def figures_a_year(self) -> int:
        return self.final + self.shorter * self._shorter_periods

    @property
    def _shorter_periods(self) -> int:
        return 0 if self.frequency is Frequency.YEARLY else self.frequency.grain.per_year


@dataclass(frozen=True)
class Burden:
    """Reports and figures an agency is asked for in a fiscal year. `heavy`: more than what should pass unnoticed."""

    agency: Agency
    loads: tuple[Load, ...]
    reports: int
    figures: int
    heavy: bool


@dataclass(frozen=True)
class Limits:
    """From how many reports, or figures, a year on an agency's burden is pointed out."""

    reports: int
    figures: int


def burdens(
    *, actor: Actor, limits: Limits, agencies: Sequence[str] | None = None, as_of: int | None = None
) -> list[Burden]:
    """The agencies the actor may see (or of those some), the most burdened first. Two queries."""
    loads = _loads(actor, agencies, as_of)
    names = Agency.objects.in_bulk(loads)
    found = [_burden(names[code], rows, limits) for code, rows in loads.items()]
    return sorted(found, key=lambda burden: (-burden.figures, -burden.reports, burden.agency.code))


def _burden(agency: Agency, rows: list[Load], limits: Limits) -> Burden:
    reports, figures = sum(row.reports_a_year for row in rows), sum(row.figures_a_year for row in rows)
    return Burden(agency, tuple(rows), reports, figures, reports >= limits.reports or figures >= limits.figures)


def _loads(actor: Actor, agencies: Sequence[str] | None, as_of: int | None) -> dict[str, list[Load]]:
    seen = None if actor.scope is Scope.ALL else sorted(actor.agencies)
    if agencies is not None:
        seen = [code for code in agencies if seen is None or code in seen]
    if actor.scope is Scope.NONE:
        seen = []
    query = LOADS.format(**{f"at_{table}": _at(table, as_of) for table in "adeo"})
    found: dict[str, list[Load]] = {}
    for agency, frequency, reports, final, shorter in rows_at_once(query, {"agencies": seen, "as_of": as_of}):
        found.setdefault(agency, []).append(Load(Frequency(frequency), reports, final, shorter))
    return found


def _at(table: str, as_of: int | None) -> str:
    if as_of is None:
        return f"{table}.to_position IS NULL"
    return f"{table}.from_position <= %(as_of)s AND ({table}.to_position IS NULL OR {table}.to_position > %(as_of)s)"


@dataclass(frozen=True)
class Planned:
    """One period on an agency's calendar. `granted`: what was granted for single assignments of it."""

    period: Period
    window: Window
    reports: int
    figures: int
    next_due: bool
    past: bool
    granted: tuple[Change, ...]


@dataclass(frozen=True)
class YearPlan:
    """What falls due at an agency in a fiscal year, in order."""

    agency: Agency
    year: int
    years: tuple[int, ...]
    burden: Burden | None
    periods: tuple[Planned, ...]


def year_plan(
    *, actor: Actor, agency: str, year: int | None, now: datetime, limits: Limits, as_of: int | None = None
) -> YearPlan | None:
    """The periods whose last day lies in fiscal year `year` (None: the present one). None for an agency that is not
    there, or that the actor may not see. Four queries."""
    today = now.astimezone(JST).date()
    if actor.scope is not Scope.ALL and agency not in actor.agencies:
        return None
    found = Agency.objects.filter(code=agency).first()
    plan = Plan.objects.filter(in_force(as_of)).first()
    if found is None or plan is None:
        return None
    years = tuple(range(plan.first_year, plan.last_year + 2))  # the last final report falls due a year later
    wanted = fiscal_year_of(today) if year is None else year
    wanted = min(max(wanted, years[0]), years[-1])
    loads = _loads(actor, [agency], as_of).get(agency, [])
    calendar = calendar_of(agencies=[agency], as_of=as_of)
    codes = {p for load in loads for p in periods_of(load.frequency, plan.first_year, plan.last_year)}
    windows = {period: calendar.of_agency(agency, period) for period in codes}
    ahead = [window.due_on for window in windows.values() if window.due_on >= today]
    next_due = min(ahead, default=None)
    rows = [
        Planned(
            period,
            window,
            sum(load.reports for load in loads if _asks(load, period)),
            sum(load.final if period.final else load.shorter for load in loads if _asks(load, period)),
            window.due_on == next_due,
            window.due_on < today,
            tuple(change for change in calendar.changes(agency, period) if change.assignment),
        )
        for period, window in windows.items()
        if fiscal_year_of(window.due_on) == wanted
    ]
    rows.sort(key=lambda row: (row.window.due_on, row.period))
    return YearPlan(found, wanted, years, _burden(found, loads, limits) if loads else None, tuple(rows))


def _asks(load: Load, period: Period) -> bool:
    return period.final or load.frequency.grain is period.grain

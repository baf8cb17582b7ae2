"""Who has reported and who has not: by period, by agency, by measure, or report by report."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from enum import StrEnum
from typing import Any

from agencies import access
from agencies.access import Actor, Scope
from agencies.models import Agency, in_force
from indicators.models import Assignment, Level, Plan, PlanNode
from indicators.periods import Frequency, Period, PeriodError
from reporting.domain.deadline import Kind, applying, last_day_before, with_changes
from reporting.queries.at_once import rows_at_once
from reporting.queries.calendar import Calendar, calendar_of, periods_of


class By(StrEnum):
    AGENCY = "agency"
    MEASURE = "measure"
    PERIOD = "period"
    REPORT = "report"


class Stand(StrEnum):
    """Where one expected report stands."""

    MISSING = "missing"  # its deadline has passed and nothing is in
    RETURNED = "returned"
    NOT_DUE = "not_due"
    SUBMITTED = "submitted"
    APPROVED = "approved"


PAGE = 50
# All reports that are expected, each with where it stands: set-based, for there may be a hundred thousand. An extension
# moves the deadline of an agency's reports, or of one assignment's.
EXPECTED = """
WITH period AS (
    SELECT * FROM unnest(%(codes)s::text[], %(frequencies)s::text[], %(deadlines)s::timestamptz[])
        AS p (code, frequency, deadline)
), moved AS (
    SELECT agency, period, assignment, max(ends) AS ends
    FROM unnest(%(moved_agencies)s::text[], %(moved_periods)s::text[], %(moved_assignments)s::text[],
                %(moved_ends)s::timestamptz[]) AS m (agency, period, assignment, ends)
    GROUP BY 1, 2, 3
), reported AS ({reported}), expected AS (
    SELECT a.id AS assignment, a.agency_id AS agency, a.node_id AS node, n."order", p.code AS period, s.late,
        s.submitted_at, s.decided_at, s.report, greatest(p.deadline, all_of_it.ends, of_one.ends) AS deadline,
        greatest(all_of_it.ends, of_one.ends) > p.deadline AS extended, s.status
    FROM indicators_assignment a
    JOIN indicators_plannode n ON n.code = a.node_id
    JOIN agencies_agency g ON g.code = a.agency_id
    JOIN period p ON p.frequency = '' OR p.frequency = a.frequency
    LEFT JOIN reported s ON s.assignment = a.id AND s.period = p.code
    LEFT JOIN moved all_of_it ON all_of_it.agency = a.agency_id AND all_of_it.period = p.code
        AND all_of_it.assignment IS NULL
    LEFT JOIN moved of_one ON of_one.assignment = a.id AND of_one.period = p.code
    WHERE {at_a} AND (%(agencies)s::text[] IS NULL OR a.agency_id = ANY (%(agencies)s))
        AND (%(pillar)s = '' OR a.node_id = %(pillar)s OR starts_with(a.node_id, %(pillar)s || '.'))
        AND (%(agency)s = '' OR g.code = upper(%(agency)s) OR g.name_ja ILIKE %(like)s OR g.name_en ILIKE %(like)s)
        AND (%(measure)s = '' OR a.node_id = %(measure)s)
), stands AS (
    SELECT *, CASE WHEN status IN ('approved', 'submitted', 'returned') THEN status
                   WHEN %(now)s >= deadline THEN 'missing' ELSE 'not_due' END AS stand
    FROM expected
)
"""
# Where reports stand now is in their own rows, where they stood in their states.
NOW = """
    SELECT r.id AS report, r.assignment_id AS assignment, r.period, r.status, r.late, r.submitted_at,
        r.decided_at
    FROM reporting_report r WHERE r.period = ANY (%(codes)s)
"""
THEN = """
    SELECT r.id AS report, r.assignment_id AS assignment, r.period, s.status, s.late, s.submitted_at,
        s.decided_at
    FROM reporting_report r JOIN reporting_reportstate s ON s.report_id = r.id
    WHERE r.period = ANY (%(codes)s)
        AND s.from_position <= %(as_of)s AND (s.to_position IS NULL OR s.to_position > %(as_of)s)
"""
COUNTS = """
SELECT {key}, count(*), count(*) FILTER (WHERE stand = 'approved'), count(*) FILTER (WHERE stand = 'submitted'),
    count(*) FILTER (WHERE stand = 'returned'), count(*) FILTER (WHERE stand = 'missing'),
    count(*) FILTER (WHERE stand = 'not_due'), count(*) FILTER (WHERE late AND stand IN ('approved', 'submitted')),
    count(*) FILTER (WHERE extended)
FROM stands GROUP BY 1
"""
KEYS = {By.AGENCY: "agency", By.MEASURE: "node", By.PERIOD: "period", By.REPORT: "''::text"}
REPORTS = """
SELECT assignment, agency, node, period, stand, coalesce(late, false), submitted_at, report, deadline,
    coalesce(extended, false), count(*) OVER ()
FROM stands WHERE %(stand)s = '' OR stand = %(stand)s
ORDER BY array_position(ARRAY['missing', 'returned', 'submitted', 'not_due', 'approved'], stand), deadline, agency,
    "order", period
LIMIT %(limit)s OFFSET %(offset)s
"""


@dataclass(frozen=True)
class Filter:
    """What of it is looked at. `period`: None for the one that opened last, "" for all of the fiscal year; of the
    others "" is all."""

    by: By = By.AGENCY
    year: int = 0
    period: str | None = None
    pillar: str = ""
    agency: str = ""  # its code, or part of its name
    measure: str = ""
    stand: str = ""
    page: int = 1


@dataclass(frozen=True)
class Counts:
    """How many reports are expected, and where they stand: each is one of approved, submitted, returned, missing and
    not_due. `late` and `extended` are said of some of them besides."""

    code: str
    name: Any  # of an agency or a node: its row; of a period: the Period
    expected: int
    approved: int
    submitted: int
    returned: int
    missing: int
    not_due: int
    late: int
    extended: int

    @property
    def reported(self) -> int:
        return self.approved + self.submitted

    @property
    def percent(self) -> int:
        """Coverage: what is in, of what is expected; rounded down, so that 100 means all."""
        return 100 * self.reported // self.expected if self.expected else 0


@dataclass(frozen=True)
class One:
    """One expected report."""

    assignment: str
    agency: Agency
    node: PlanNode
    period: Period
    stand: Stand
    late: bool
    submitted_at: datetime | None
    report: str | None
    deadline: datetime
    extended: bool

    @property
    def due_on(self) -> date:
        return last_day_before(self.deadline)


@dataclass(frozen=True)
class Board:
    """`total` is of all rows, `rows` are a page of them."""

    asked: Filter
    total: Counts
    rows: tuple[Counts, ...]
    reports: tuple[One, ...]
    number: int
    periods: tuple[Period, ...]  # to choose from
    years: tuple[int, ...]
    pillars: tuple[PlanNode, ...]

    @property
    def pages(self) -> int:
        return max(1, -(-self.number // PAGE))


def board(*, actor: Actor, asked: Filter, now: datetime, as_of: int | None = None) -> Board | None:
    """The board; None before there is a plan. Eight queries at most."""
    plan = Plan.objects.filter(in_force(as_of)).first()
    if plan is None:
        return None
    assignments = access.visible(Assignment.objects.filter(in_force(as_of)), actor)
    used = sorted(set(assignments.order_by().values_list("frequency", flat=True).distinct()))
    calendar = calendar_of(agencies=None if actor.scope is Scope.ALL else sorted(actor.agencies), as_of=as_of)
    every = sorted({p for frequency in used for p in periods_of(frequency, plan.first_year, plan.last_year)})
    years = tuple(range(plan.first_year, plan.last_year + 1))
    opened = [p for p in every if calendar.plan(p).opens <= now]
    # Of those that opened last together the shortest: it falls due first.
    newest = max(opened, key=lambda p: (calendar.plan(p).opens, -p.grain.months), default=None)
    year = asked.year if asked.year in years else newest.fiscal_year if newest else plan.first_year
    if asked.period is None:
        asked = replace(asked, period=newest.code if newest and not asked.year else "")
    of_year = tuple(period for period in every if period.fiscal_year == year)
    chosen = [period for period in of_year if period.code == asked.period] or of_year
    asked = replace(asked, year=year, period=chosen[0].code if len(chosen) == 1 else "")
    params = expected_params(asked, chosen, calendar, now, seen=_seen(actor), as_of=as_of)
    expected = expected_sql(as_of)
    rows = _counts(expected, asked.by, params)
    total = (
        Counts("", None, *(sum(numbers) for numbers in zip(*(row[1:] for row in rows), strict=True)))
        if rows
        else (Counts("", None, *[0] * 8))
    )
    reports: tuple[One, ...] = ()
    shown: tuple[Counts, ...] = ()
    if asked.by is By.REPORT:
        reports, number = _reports(expected, params)
    else:
        shown, number = _named(rows, asked, calendar), len(rows)
    pillars = PlanNode.objects.filter(in_force(as_of), level=Level.PILLAR).order_by("order")
    return Board(asked, total, shown, reports, number, of_year, years, tuple(pillars))


def read_filter(given: Any) -> Filter:
    """A filter from a query string's names. What is not known counts as not asked."""
    text = {name: str(given.get(name, "")).strip()[:100] for name in ("by", "year", "period", "pillar", "agency",
                                                                      "measure", "state", "page")}  # fmt: skip
    period: str | None = text["period"] if "period" in given else None
    try:
        Period.parse(period or "FY2026")
    except PeriodError:
        period = ""
    return Filter(
        by=By(text["by"]) if text["by"] in list(By) else By.AGENCY,
        year=_number(text["year"], 0),
        period=period,
        pillar=text["pillar"],
        agency=text["agency"],
        measure=text["measure"],
        stand=text["state"] if text["state"] in list(Stand) else "",
        page=max(1, _number(text["page"], 1)),
    )


def _number(text: str, otherwise: int) -> int:
    return int(text) if text.isascii() and text.isdigit() and len(text) < 7 else otherwise


def expected_sql(as_of: int | None = None) -> str:
    """The beginning of a query: `stands` are all reports that are expected."""
    return EXPECTED.format(at_a=_at("a", as_of), reported=NOW if as_of is None else THEN)


def expected_params(
    asked: Filter,
    chosen: Sequence[Period],
    calendar: Calendar,
    now: datetime,
    *,
    seen: Sequence[str] | None = None,
    as_of: int | None = None,
) -> dict[str, Any]:
    """Of EXPECTED. `seen`: the agencies that count, None for all."""
    frequencies = {frequency.grain: str(frequency) for frequency in Frequency}
    plan = [calendar.plan(period) for period in chosen]
    by_code = {period.code: period for period in chosen}
    moved = []
    for (agency, code), changes in calendar.granted.items():
        for change in changes:
            if change.kind is Kind.EXTENDED and code in by_code:
                alone = applying([change], change.assignment)
                window = with_changes(calendar.plan(by_code[code]), alone, calendar.is_holiday)
                moved.append((agency, code, change.assignment, window.deadline))
    return {
        "codes": [period.code for period in chosen],
        "frequencies": ["" if period.final else frequencies[period.grain] for period in chosen],
        "deadlines": [window.deadline for window in plan],
        "moved_agencies": [row[0] for row in moved],
        "moved_periods": [row[1] for row in moved],
        "moved_assignments": [row[2] for row in moved],
        "moved_ends": [row[3] for row in moved],
        "agencies": seen,
        "pillar": asked.pillar,
        "measure": asked.measure,
        "agency": asked.agency,
        "like": "%" + asked.agency.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_") + "%",
        "stand": asked.stand,
        "now": now,
        "as_of": as_of,
        "limit": PAGE,
        "offset": (asked.page - 1) * PAGE,
    }


def _seen(actor: Actor) -> list[str] | None:
    return None if actor.scope is Scope.ALL else sorted(actor.agencies) if actor.scope is Scope.AGENCIES else []


def _counts(expected: str, by: By, params: dict[str, Any]) -> list[tuple[Any, ...]]:
    return rows_at_once(expected + COUNTS.format(key=KEYS[by]), params)


def _named(rows: list[tuple[Any, ...]], asked: Filter, calendar: Calendar) -> tuple[Counts, ...]:
    """A page of the groups: the agencies that are most behind first, measures and periods in their own order."""
    if asked.by is By.PERIOD:
        periods = {row[0]: Period.parse(row[0]) for row in rows}
        rows.sort(key=lambda row: (calendar.plan(periods[row[0]]).deadline, periods[row[0]]))
        return tuple(Counts(row[0], periods[row[0]], *row[1:]) for row in rows)
    page = slice((asked.page - 1) * PAGE, asked.page * PAGE)
    if asked.by is By.AGENCY:
        rows.sort(key=lambda row: (-row[5], -row[4], row[0]))  # missing, returned
        agencies = Agency.objects.in_bulk([row[0] for row in rows[page]])
        return tuple(Counts(row[0], agencies[row[0]], *row[1:]) for row in rows[page])
    nodes = PlanNode.objects.in_bulk([row[0] for row in rows])
    rows.sort(key=lambda row: (nodes[row[0]].order, row[0]))
    return tuple(Counts(row[0], nodes[row[0]], *row[1:]) for row in rows[page])


def _reports(expected: str, params: dict[str, Any]) -> tuple[tuple[One, ...], int]:
    rows = rows_at_once(expected + REPORTS, params)
    agencies = Agency.objects.in_bulk({row[1] for row in rows})
    nodes = PlanNode.objects.in_bulk({row[2] for row in rows})
    found = tuple(
        One(row[0], agencies[row[1]], nodes[row[2]], Period.parse(row[3]), Stand(row[4]), row[5], row[6], row[7],
            row[8], row[9])
        for row in rows
    )  # fmt: skip
    return found, rows[0][10] if rows else 0


def _at(table: str, as_of: int | None) -> str:
    if as_of is None:
        return f"{table}.to_position IS NULL"
    return f"{table}.from_position <= %(as_of)s AND ({table}.to_position IS NULL OR {table}.to_position > %(as_of)s)"

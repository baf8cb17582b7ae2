"""Deadlines as CSTI looks at them: the agencies that report on a period, and what is granted to each."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from django.db.models import Count, Q

from agencies import access
from agencies.access import Actor
from agencies.models import Agency, in_force
from indicators.models import Assignment, Plan
from indicators.periods import Frequency, Period
from reporting.domain.deadline import Change, Window
from reporting.queries.calendar import Calendar, calendar_of, periods_of

PAGE = 50


@dataclass(frozen=True)
class Row:
    """One agency in a period. `changes`: what is granted to it, to all its reports or to one assignment's."""

    agency: Agency
    reports: int
    window: Window
    changes: tuple[Change, ...]


@dataclass(frozen=True)
class Deadlines:
    period: Period
    periods: tuple[Period, ...]
    plan: Window
    locked: bool
    agency: str
    rows: tuple[Row, ...]
    page: int
    pages: int


@dataclass(frozen=True)
class One:
    """One agency's period, to be changed. `plan`: what the calendar says; `window`: what holds for all its reports."""

    agency: Agency
    period: Period
    plan: Window
    window: Window
    locked: bool
    changes: tuple[tuple[Change, Window, Assignment | None], ...]
    assignments: tuple[Assignment, ...]


def deadlines_of(
    *, actor: Actor, period: str, agency: str, page: int, now: datetime, as_of: int | None = None
) -> Deadlines | None:
    """The agencies that report on a period ("" for what opened last), by code. None without a plan. Five queries."""
    plan = Plan.objects.filter(in_force(as_of)).first()
    if plan is None:
        return None
    rows = access.visible(Assignment.objects.filter(in_force(as_of)), actor)
    used = sorted(set(rows.order_by().values_list("frequency", flat=True).distinct()))
    calendar = calendar_of(agencies=None, as_of=as_of)
    every = sorted({p for frequency in used for p in periods_of(frequency, plan.first_year, plan.last_year)})
    opened = [p for p in every if calendar.plan(p).opens <= now] or every[:1]
    if not opened:
        return None
    newest = max(opened, key=lambda p: (calendar.plan(p).opens, -p.grain.months))
    when = next((p for p in every if p.code == period), newest)
    rows = rows.filter(_reported_in(when))
    if agency:
        like = Q(agency=agency.upper()) | Q(agency__name_ja__icontains=agency) | Q(agency__name_en__icontains=agency)
        rows = rows.filter(like)
    counted = dict(rows.order_by("agency").values_list("agency").annotate(n=Count("id")))
    pages = max(1, -(-len(counted) // PAGE))
    page = min(page, pages)
    codes = sorted(counted)[(page - 1) * PAGE : page * PAGE]
    names = Agency.objects.in_bulk(codes)
    return Deadlines(
        when, tuple(every), calendar.plan(when), now >= calendar.plan(when).locks, agency,
        tuple(
            Row(names[code], counted[code], calendar.of_agency(code, when), tuple(calendar.changes(code, when)))
            for code in codes
        ),
        page, pages,
    )  # fmt: skip


def deadline_of(*, actor: Actor, agency: str, period: str, now: datetime, as_of: int | None = None) -> One | None:
    """One agency's period; None where there is none, or none this actor may see. Four queries."""
    plan = Plan.objects.filter(in_force(as_of)).first()
    if plan is None:
        return None
    rows = access.visible(Assignment.objects.filter(in_force(as_of), agency=agency), actor)
    assignments = list(rows.select_related("node", "agency").order_by("node__order"))
    codes = {p.code: p for a in assignments for p in periods_of(a.frequency, plan.first_year, plan.last_year)}
    when = codes.get(period)
    if when is None:
        return None
    mine = [a for a in assignments if when.final or Frequency(a.frequency).grain is when.grain]
    calendar = calendar_of(agencies=[agency], period=when.code, as_of=as_of)
    window = calendar.of_agency(agency, when)
    return One(
        mine[0].agency, when, calendar.plan(when), window, now >= calendar.plan(when).locks,
        _shown(calendar, agency, when, mine), tuple(mine),
    )  # fmt: skip


def _shown(
    calendar: Calendar, agency: str, period: Period, mine: Sequence[Assignment]
) -> tuple[tuple[Change, Window, Assignment | None], ...]:
    by_id = {assignment.id: assignment for assignment in mine}
    changes = sorted(calendar.changes(agency, period), key=lambda change: (change.assignment or "", change.kind))
    return tuple(
        (change, calendar.of(agency, change.assignment, period), by_id.get(change.assignment or ""))
        for change in changes
    )


def _reported_in(period: Period) -> Q:
    if period.final:
        return Q()
    return Q(frequency__in=[str(frequency) for frequency in Frequency if frequency.grain is period.grain])

"""When periods open, fall due and lock: by the plan's calendar, by days added to the holidays, and for each agency by
what was granted to it."""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date
from functools import lru_cache

from django.contrib.postgres.expressions import ArraySubquery
from django.db.models import CharField, F, OuterRef, Q, QuerySet, Subquery, Value

from agencies import access
from agencies.access import Actor
from agencies.models import in_force
from indicators import periods
from indicators.holidays_jp import is_government_holiday
from indicators.models import Assignment
from indicators.periods import DEFAULT_CALENDAR, Frequency, HolidayTest, Period
from reporting.domain.deadline import Change, Kind, Window, applying, with_changes
from reporting.models import AddedHoliday, DeadlineChange, EventText

NONE_ADDED: frozenset[date] = frozenset()
HOLIDAY = "holiday"


@lru_cache(maxsize=1024)
def window(period: Period, added: frozenset[date] = NONE_ADDED) -> Window:
    """The window of a period by the plan's calendar, whatever was granted to anybody (aware, Asia/Tokyo)."""
    closed = holiday_test(added)
    return Window(
        period=period,
        opens=periods.midnight(periods.opens_on(period, DEFAULT_CALENDAR)),
        deadline=periods.deadline_at(period, DEFAULT_CALENDAR, closed),
        locks=periods.locks_at(period, DEFAULT_CALENDAR, closed),
    )


def holiday_test(added: Collection[date]) -> HolidayTest:
    """Whether the government is closed on a day, by law or by what was added."""
    return lambda day: day in added or is_government_holiday(day)


@lru_cache(maxsize=16)
def periods_of(frequency: str, first_year: int, last_year: int) -> tuple[Period, ...]:
    return tuple(periods.reporting_periods(Frequency(frequency), first_year, last_year))


@dataclass(frozen=True)
class Calendar:
    """What moves dates, read once: the days added to the holidays, and what was granted, by agency and period."""

    added: frozenset[date] = NONE_ADDED
    granted: Mapping[tuple[str, str], list[Change]] = field(default_factory=dict)

    @property
    def is_holiday(self) -> HolidayTest:
        return holiday_test(self.added)

    def plan(self, period: Period) -> Window:
        """By the plan alone."""
        return window(period, self.added)

    def of_agency(self, agency: str, period: Period) -> Window:
        """For all of an agency's reports of a period."""
        return self.of(agency, None, period)

    def of(self, agency: str, assignment: str | None, period: Period) -> Window:
        """For one assignment of an agency."""
        granted = self.granted.get((agency, period.code))
        if not granted:
            return self.plan(period)
        return with_changes(self.plan(period), applying(granted, assignment), self.is_holiday)

    def changes(self, agency: str, period: Period) -> list[Change]:
        return self.granted.get((agency, period.code), [])


def calendar_of(*, agencies: Iterable[str] | None, period: str | None = None, as_of: int | None = None) -> Calendar:
    """What moves the dates of these agencies (None: of all the transaction may see), in one query, for all periods or
    one. Read anew each time: what one process grants, all others know."""
    granted = DeadlineChange.objects.filter(in_force(as_of))
    if agencies is not None:
        granted = granted.filter(agency__in=list(agencies))
    if period is not None:
        granted = granted.filter(period=period)
    days = AddedHoliday.objects.filter(in_force(as_of)).values_list(
        Value(HOLIDAY, CharField()), "day", Value("", CharField()), Value("", CharField()), Value("", CharField()),
        Value("", CharField()),
    )  # fmt: skip
    rows = granted.annotate(said=reason_beside()).values_list(
        F("kind"), F("until"), F("agency_id"), F("period"), F("assignment_id"), F("said")
    )
    added: set[date] = set()
    found: dict[tuple[str, str], list[Change]] = {}
    for kind, day, agency, code, assignment, reason in rows.union(days, all=True):
        if kind == HOLIDAY:
            added.add(day)
        else:
            found.setdefault((agency, code), []).append(Change(Kind(kind), day, assignment, reason or ""))
    return Calendar(frozenset(added), found)


def window_of(assignment: Assignment, period: Period, *, as_of: int | None = None) -> Window:
    """The window of one report. One query."""
    calendar = calendar_of(agencies=[assignment.agency_id], period=period.code, as_of=as_of)
    return calendar.of(assignment.agency_id, assignment.id, period)


def added_days(*, as_of: int | None = None) -> ArraySubquery:
    """The days added to the holidays, to be read along with something else."""
    return ArraySubquery(AddedHoliday.objects.filter(in_force(as_of)).values("day"))


def reason_beside() -> Subquery:
    """The reason that stands beside a row's event; "" once it has been erased."""
    return Subquery(EventText.objects.filter(event_id=OuterRef("event_id"), field="reason").values("text")[:1])


def granted(
    actor: Actor, *, agency: str | None = None, period: str | None = None, as_of: int | None = None
) -> QuerySet[DeadlineChange]:
    """What is in force, with the reason as `said`: for those this actor may see."""
    rows = access.visible(DeadlineChange.objects.filter(in_force(as_of)), actor)
    wanted = Q(agency=agency) if agency else Q()
    wanted &= Q(period=period) if period else Q()
    return rows.filter(wanted).annotate(said=reason_beside()).order_by("agency", "period", "assignment", "kind")


def added_holidays(*, as_of: int | None = None) -> QuerySet[AddedHoliday]:
    """The days added to the holidays, with the reason as `said`, in order."""
    return AddedHoliday.objects.filter(in_force(as_of)).annotate(said=reason_beside()).order_by("day")

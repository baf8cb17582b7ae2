"""The list of alerts: narrowed, those that wait for the reader first; and what is asked of each by when."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any

from django.db.models import (
    Case,
    CharField,
    Count,
    Exists,
    F,
    IntegerField,
    OuterRef,
    Q,
    QuerySet,
    Subquery,
    Value,
    When,
)
from django.db.models.functions import Coalesce
from django.http import QueryDict
from django.utils.translation import gettext_noop as _

from agencies.access import Actor, Deed
from agencies.models import in_force
from indicators.models import Level, PlanNode
from indicators.periods import JST, HolidayTest
from reporting.domain.alerts.ladder import DAYS, LEVELS, told_on
from reporting.domain.alerts.life import OPEN, State, plan_until
from reporting.models import ActionPlan, Alert, Ladder, MailHold
from reporting.models.alerts import SEVERITIES
from reporting.queries.alerting.waiting import in_sight, silences_in_force, waits_for
from reporting.queries.calendar import calendar_of

PAGE = 50
OPEN_STATES = [state.value for state in OPEN]
STATES: Mapping[str, str] = {
    "open": _("Still open"),
    "mine": _("Waiting for me"),
    "recovered": _("Those that are over"),
    "all": _("All, also what is to be confirmed"),
}
ORDERS: Mapping[str, str] = {"worst": _("Worst first"), "newest": _("Newest first")}


@dataclass(frozen=True)
class Asked:
    """What the reader narrows by; anything odd is as if left out."""

    state: str = "open"
    severity: str = ""
    agency: str = ""
    indicator: str = ""
    pillar: str = ""
    order: str = "worst"
    page: int = 1

    @property
    def query(self) -> dict[str, str]:
        """All but the page, as it stands in an address."""
        usual = Asked()
        names = ("state", "severity", "agency", "indicator", "pillar", "order")
        return {name: getattr(self, name) for name in names if getattr(self, name) != getattr(usual, name)}


def read_asked(query: QueryDict | Mapping[str, str]) -> Asked:
    def one_of(name: str, known: Any, usual: str) -> str:
        text = query.get(name) or ""
        return text if text in known else usual

    def text(name: str, limit: int) -> str:
        return (query.get(name) or "").replace("\x00", "").strip()[:limit]  # which no column holds

    page = query.get("page") or ""
    return Asked(
        state=one_of("state", STATES, "open"),
        severity=one_of("severity", dict(SEVERITIES), ""),
        agency=text("agency", 100),
        indicator=text("indicator", 100),
        pillar=text("pillar", 32),
        order=one_of("order", ORDERS, "worst"),
        page=int(page) if page.isascii() and page.isdigit() and 0 < len(page) < 7 else 1,
    )


@dataclass(frozen=True)
class Next:
    """What is asked now, by when; and which level is told on which day if nobody answers."""

    asked: str  # a msgid
    by: date | None = None
    level: int | None = None
    told: date | None = None


ACKNOWLEDGE = _("Acknowledge it, and submit an action plan")
PLAN = _("Submit an action plan, to be accepted")
DECISION = _("CSTI accepts the action plan or returns it")
ACTION = _("Do what the action plan says")
NOTHING = _("Nothing")


def next_of(row: Alert, days: list[int] | tuple[int, ...], closed: HolidayTest) -> Next:
    """What the state of an alert asks for."""
    match State(row.state):
        case State.FIRING if row.clock_from is not None:
            by = plan_until(row.clock_from, closed)
            level = row.told_level + 1
            if row.severity != "off_track" or level not in LEVELS:
                return Next(ACKNOWLEDGE, by)
            return Next(ACKNOWLEDGE, by, level, told_on(days, row.clock_from, level, closed))
        case State.FIRING:
            return Next(ACKNOWLEDGE)
        case State.ACKNOWLEDGED:
            return Next(PLAN, row.due_on)
        case State.PLAN_SUBMITTED:
            return Next(DECISION, row.due_on)
        case State.IN_ACTION:
            return Next(ACTION, row.due_on)
    return Next(NOTHING)


@dataclass(frozen=True)
class Row:
    alert: Alert
    mine: bool
    silenced: bool
    silence_waits: bool
    plan: str  # the state of its newest plan, or ""
    next: Next
    overdue: bool


@dataclass(frozen=True)
class Page:
    """`counted`: by state of the filter, of all that is in sight."""

    asked: Asked
    rows: tuple[Row, ...]
    counted: Mapping[str, int]
    number: int
    pages: int
    pillars: tuple[PlanNode, ...]
    holds: tuple[MailHold, ...] = field(default=())

    @property
    def mine(self) -> tuple[Row, ...]:
        return tuple(row for row in self.rows if row.mine)

    @property
    def others(self) -> tuple[Row, ...]:
        return tuple(row for row in self.rows if not row.mine)


def listed(*, actor: Actor, now: datetime, asked: Asked) -> Page:
    """One page of fifty. Six queries, and one more where nothing is found."""
    today = now.astimezone(JST).date()
    waits = waits_for(actor, today)
    rows = in_sight(actor)
    counted = rows.aggregate(
        open=Count("pk", filter=Q(state__in=OPEN_STATES)),
        mine=Count("pk", filter=waits),
        recovered=Count("pk", filter=Q(state__in=[State.RESOLVED, State.CLOSED])),
        all=Count("pk"),
    )
    found = _narrowed(rows, asked, waits)
    found = annotated(found, today).annotate(mine=Case(When(waits, then=1), default=0, output_field=IntegerField()))
    narrowed = asked.severity or asked.agency or asked.indicator or asked.pillar
    number = found.count() if narrowed else counted[asked.state]
    pages = max(1, -(-number // PAGE))
    page = min(asked.page, pages)
    worst = [] if asked.order == "newest" else [Case(When(severity="off_track", then=0), default=1)]
    ordered = found.order_by("-mine", *worst, "-opened_at", "-pk")
    shown = list(ordered[(page - 1) * PAGE : page * PAGE])
    closed = calendar_of(agencies=[], as_of=None).is_holiday
    days = dict(Ladder.objects.filter(agency__in={row.responsible_id for row in shown}).values_list("agency", "days"))
    return Page(
        asked=Asked(**{**vars(asked), "page": page}),
        rows=tuple(_row(row, days.get(row.responsible_id, DAYS), closed, today) for row in shown),
        counted=counted,
        number=number,
        pages=pages,
        pillars=tuple(PlanNode.objects.filter(in_force(), level=Level.PILLAR).order_by("order")),
        holds=open_holds(),
    )


def open_holds() -> tuple[MailHold, ...]:
    """Why no mail of an alert goes now, if none does."""
    return tuple(MailHold.objects.filter(decision="").order_by("at"))


def annotated(rows: QuerySet[Alert], today: date) -> QuerySet[Any]:
    """With the newest plan's state as `plan_state`, and what keeps the mails back."""
    plans = ActionPlan.objects.filter(alert=OuterRef("pk")).order_by("-number").values("state")[:1]
    silent = silences_in_force(today)
    return rows.select_related("indicator", "agency", "domain", "responsible").annotate(
        plan_state=Coalesce(Subquery(plans), Value(""), output_field=CharField()),
        silenced=Exists(silent.filter(waits=False)),
        silence_waits=Exists(silent.filter(waits=True)),
    )


def _narrowed(rows: QuerySet[Alert], asked: Asked, waits: Q) -> QuerySet[Alert]:
    match asked.state:
        case "open":
            rows = rows.filter(state__in=OPEN_STATES)
        case "mine":
            rows = rows.filter(waits)
        case "recovered":
            rows = rows.filter(state__in=[State.RESOLVED, State.CLOSED])
    if asked.severity:
        rows = rows.filter(severity=asked.severity)
    if asked.agency:
        names = Q(responsible__name_ja__icontains=asked.agency) | Q(responsible__name_en__icontains=asked.agency)
        rows = rows.filter(names | Q(responsible__code__iexact=asked.agency))
    if asked.indicator:
        names = Q(indicator__name_ja__icontains=asked.indicator) | Q(indicator__name_en__icontains=asked.indicator)
        rows = rows.filter(names | Q(indicator__code__istartswith=asked.indicator))
    if asked.pillar:
        node = F("indicator__node_id")
        rows = rows.annotate(at=node).filter(Q(at=asked.pillar) | Q(at__startswith=f"{asked.pillar}."))
    return rows


def _row(row: Any, days: list[int] | tuple[int, ...], closed: HolidayTest, today: date) -> Row:
    return Row(
        alert=row,
        mine=bool(row.mine),
        silenced=row.silenced,
        silence_waits=row.silence_waits,
        plan=row.plan_state,
        next=(following := next_of(row, days, closed)),
        overdue=row.is_open and following.by is not None and following.by < today,
    )


def decides_holds(actor: Actor) -> bool:
    return actor.may(Deed.FREEZE_MAILS) or actor.may(Deed.OPERATE)

"""審査待ち: the reports that wait for a decision, oldest first, to be narrowed and gone through one by one."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime

from django.contrib.postgres.expressions import ArraySubquery
from django.db.models import BooleanField, CharField, Exists, F, Func, OuterRef, Q, QuerySet, Subquery, Value
from django.db.models.functions import Concat
from django.utils.translation import gettext_noop as _

from agencies import access
from agencies.access import Actor
from agencies.models import in_force
from indicators.models import Level, PlanNode
from reporting.domain.report import Named, is_own
from reporting.domain.report.reviewing import may_be_last
from reporting.models import Event, Report, ReportState, ReviewBegun, ReviewDuty, Status
from reporting.queries.forms import state_of, who
from reporting.queries.reviewers import named_for, posts_in_force

PAGE = 50
# A report is named after its agency, its place in the plan and its period: "JST.P1.A1@FY2026Q1". So many may wait that
# looking each up for these would count.
PERIOD = Func(F("report_id"), Value("@"), Value(2), function="split_part", output_field=CharField())
# Of each report that is shown: what the checks asked about, who has begun to review it, and whose turn it is, by id.
WARNINGS = Subquery(Event.objects.filter(event_id=OuterRef("submitted_event")).values("data__warnings"))
BEGUN_NAME = Subquery(
    ReviewBegun.objects.filter(report=OuterRef("report"), submission=OuterRef("submitted_version")).values("begun_name")
)
TURN = ArraySubquery(ReviewDuty.objects.filter(report=OuterRef("report")).values("person"))
FILTERS = ("pillar", "agency", "period", "flag", "whose", "duty")
FLAGS = {
    "warned": _("with warnings"),
    "correction": _("corrections"),
    "late": _("late"),
    "resubmitted": _("resubmitted"),
}
DUTY = {
    "mine": _("my turn"),
    "nobodys": _("nobody is named"),
}
WHOSE = {
    "nobodys": _("nobody has begun"),
    "mine": _("I have begun"),
    "others": _("another has begun"),
}


@dataclass(frozen=True)
class Asked:
    """What the queue is narrowed by; every part that is given narrows. `agency`: a code or part of a name; `whose`: by
    who has begun to review; `duty`: whose turn it is, a key of DUTY or a person's id."""

    pillar: str = ""
    agency: str = ""
    period: str = ""
    flag: str = ""
    whose: str = ""
    duty: str = ""
    page: int = 1


@dataclass(frozen=True)
class Waiting:
    """One report. `warnings`: how many answers were asked about by the checks; `own`: of the actor's own unit, which
    they may not decide; `begun_name`: who has begun to review it; `on_duty`: whose turn it is, by name; `named`: who
    decides on it at all; `may_end`: whether this actor may decide, and nobody after them."""

    report: Report
    node: PlanNode
    age_days: int
    resubmitted: bool
    own: bool
    warnings: int
    begun_name: str
    on_duty: tuple[str, ...]
    named: Named
    may_end: bool

    @property
    def quiet(self) -> bool:
        """Whether it may be approved together with others of its period."""
        return self.may_end and not (self.own or self.warnings or self.report.correcting)


@dataclass(frozen=True)
class Queue:
    asked: Asked
    rows: tuple[Waiting, ...]
    number: int
    pages: int
    pillars: tuple[PlanNode, ...]
    periods: tuple[str, ...]
    named: tuple[tuple[int, str], ...]


@dataclass(frozen=True)
class Neighbours:
    """The reports before and after one in the queue, by id, and how many wait in it."""

    before: str | None
    after: str | None
    number: int


def read_asked(said: Mapping[str, str]) -> Asked:
    """From the query of an address; what is not understood narrows nothing."""
    text = {name: said.get(name, "").strip()[:100] for name in (*FILTERS, "page")}
    page, duty = text["page"], text["duty"]
    return Asked(
        pillar=text["pillar"],
        agency=text["agency"],
        period=text["period"],
        flag=text["flag"] if text["flag"] in FLAGS else "",
        whose=text["whose"] if text["whose"] in WHOSE else "",
        duty=duty if duty in DUTY or _is_number(duty) else "",
        page=max(1, int(page)) if _is_number(page) else 1,
    )


def _is_number(text: str) -> bool:
    return text.isascii() and text.isdigit() and len(text) < 10


def queue(actor: Actor, now: datetime, asked: Asked = Asked(), *, as_of: int | None = None) -> Queue:
    """One page of what waits. Eight queries, nine where two decide, however much waits."""
    found = _narrowed(actor, asked, as_of)
    number = found.count()
    pages = max(1, -(-number // PAGE))
    asked = replace(asked, page=min(asked.page, pages))
    # Which they are is read off the index of what waits; what is shown of them is looked up for these few alone.
    ids = list(found.values_list("id", flat=True)[(asked.page - 1) * PAGE : asked.page * PAGE])
    shown = _in_order(access.visible(ReportState.objects.filter(id__in=ids), actor))
    shown = shown.annotate(warnings=WARNINGS, begun_name=BEGUN_NAME, turn=TURN)
    states = list(shown.select_related("report__assignment__node", "report__agency"))
    page = [state.as_report() for state in states]
    posts = posts_in_force(actor)
    people = {row.person_id: str(row.person) for row in posts}
    named = named_for(actor, page, posts)
    me = who(actor)
    waiting = access.visible(ReportState.objects.filter(in_force(as_of), status=Status.SUBMITTED), actor)
    return Queue(
        asked=asked,
        rows=tuple(
            Waiting(
                report=row,
                node=row.assignment.node,
                age_days=(now - row.submitted_at).days if row.submitted_at else 0,
                resubmitted=row.submitted_version > 1 and not row.correcting,
                own=is_own(state_of(row), me),
                warnings=len(state.warnings or ()),
                begun_name=state.begun_name or "",
                # Who was named or ended between two of these queries is shown the next time.
                on_duty=tuple(people[id_] for id_ in sorted(state.turn) if id_ in people),
                named=named[row.id],
                may_end=may_be_last(me, named[row.id]),
            )
            for state, row in zip(states, page, strict=True)
        ),
        number=number,
        pages=pages,
        pillars=tuple(PlanNode.objects.filter(in_force(as_of), level=Level.PILLAR).order_by("order")),
        periods=tuple(waiting.values_list(PERIOD, flat=True).order_by(PERIOD).distinct()),
        named=tuple(sorted(people.items())),
    )


def neighbours(actor: Actor, asked: Asked, report: Report) -> Neighbours:
    """Where one report stands in the queue, whether it still waits or not. Three queries."""
    found = _narrowed(actor, asked, None).exclude(report=report.id)
    at = report.submitted_at
    later = Q(submitted_at__gt=at) | Q(submitted_at=at, report_id__gt=report.id)
    after = found.filter(later).first()
    before = found.exclude(later).order_by("-submitted_at", "-report_id").first()
    return Neighbours(before.report_id if before else None, after.report_id if after else None, found.count())


def _narrowed(actor: Actor, asked: Asked, as_of: int | None) -> QuerySet[ReportState]:
    rows = access.visible(ReportState.objects.filter(in_force(as_of), status=Status.SUBMITTED), actor)
    if asked.pillar:
        # of what is in the pillar, and of the pillar itself
        rows = rows.filter(_begins(f".{asked.pillar}.") | _begins(f".{asked.pillar}@"))
    if asked.agency:
        named = Q(agency__name_ja__icontains=asked.agency) | Q(agency__name_en__icontains=asked.agency)
        rows = rows.filter(named | Q(agency__code__iexact=asked.agency))
    if asked.period:
        rows = rows.alias(period=PERIOD).filter(period=asked.period)
    match asked.flag:
        case "warned":
            submission = Event.objects.filter(event_id=OuterRef("submitted_event"), data__warnings__0__isnull=False)
            rows = rows.filter(Exists(submission))
        case "correction":
            rows = rows.filter(approved_version__gt=0)
        case "late":
            rows = rows.filter(late=True)
        case "resubmitted":
            rows = rows.filter(submitted_version__gt=1, approved_version=0)
    begun = ReviewBegun.objects.filter(report=OuterRef("report"), submission=OuterRef("submitted_version"))
    match asked.whose:
        case "mine":
            rows = rows.filter(Exists(begun.filter(begun_by=actor.person_id)))
        case "nobodys":
            rows = rows.exclude(Exists(begun))
        case "others":
            rows = rows.filter(Exists(begun.exclude(begun_by=actor.person_id)))
    duty = ReviewDuty.objects.filter(report=OuterRef("report"))
    if asked.duty == "nobodys":
        rows = rows.exclude(Exists(duty))
    elif asked.duty:
        rows = rows.filter(Exists(duty.filter(person=actor.person_id if asked.duty == "mine" else int(asked.duty))))
    return _in_order(rows)


def _begins(place: str) -> Q:
    beginning = Concat(F("agency_id"), Value(place))
    return Q(Func(F("report_id"), beginning, function="starts_with", output_field=BooleanField()))


def _in_order(rows: QuerySet[ReportState]) -> QuerySet[ReportState]:
    return rows.order_by("submitted_at", "report_id")

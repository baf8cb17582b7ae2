"""Before a report leaves its agency: what has been handed over, and how it differs from what was said before."""

from dataclasses import dataclass

from agencies import access
from agencies.access import Actor, Deed, Scope
from agencies.models import Agency, in_force
from indicators.models import Assignment, PlanNode
from indicators.periods import Period
from reporting.domain.entries import read_entries
from reporting.domain.report import Entry, field_of
from reporting.domain.sign_off import PREPARED, Prepared
from reporting.models import Figure, Preparation, Report, ReviewBegun, SignOffRule
from reporting.queries import forms
from reporting.queries.shown import exactly
from reporting.queries.story import change_shown


@dataclass(frozen=True)
class Compared:
    """One figure that waits for release. `since_period` and `since_submission` are differences with their signs; empty
    where there is nothing to compare, or no difference."""

    asked: forms.Asked
    shown: str
    reason: str
    domains: str
    before: str  # as the last submission of this very report had it
    since_period: str
    since_submission: str

    @property
    def changed(self) -> bool:
        return bool(self.before) and self.before != self.shown


@dataclass(frozen=True)
class HandedOver:
    preparation: Preparation
    node: PlanNode
    own: bool  # prepared by the one who looks


def is_wanted(agency: str) -> bool:
    """Whether the agency wants its reports released by a responsible person, now."""
    newest = SignOffRule.objects.filter(agency=agency).order_by("-id").first()
    return newest is not None and newest.wanted


def prepared_of(row: Preparation) -> Prepared:
    """The row as the rules see it."""
    return Prepared(
        state=row.state,
        number=row.number,
        person=row.prepared_by_id,
        unit=row.prepared_unit_id,
        name=row.prepared_name,
        at=row.prepared_at,
    )


def find_preparation(*, actor: Actor, report: str) -> Preparation | None:
    """What was handed over of a report: for its own agency's eyes, and no others."""
    if not (actor.may(Deed.SUBMIT) or actor.may(Deed.RELEASE)):
        return None
    rows = access.visible(Preparation.objects.filter(report=report), actor).filter(agency=actor.agency)
    return rows.select_related("report__assignment__node__plan", "agency").first()


def waiting(*, actor: Actor) -> list[HandedOver]:
    """What waits for the responsible person of one's own agency, oldest first."""
    if not actor.may(Deed.RELEASE):
        return []
    rows = access.visible(Preparation.objects.filter(state=PREPARED), actor).filter(agency=actor.agency)
    found = rows.select_related("report__assignment__node").order_by("prepared_at")
    return [HandedOver(row, row.report.assignment.node, row.prepared_by_id == actor.person_id) for row in found]


def agencies_and_wishes(*, actor: Actor) -> list[tuple[Agency, bool]]:
    """Who wants sign-off: one's own agency, or all that report for those who look after them. Two queries."""
    rows = Agency.objects.filter(code=actor.agency)
    if actor.scope is Scope.ALL:
        rows = Agency.objects.filter(code__in=Assignment.objects.filter(in_force()).values("agency"))
    newest = SignOffRule.objects.order_by("agency", "-id").distinct("agency")
    wishes = dict(newest.values_list("agency", "wanted"))
    return [(agency, wishes.get(agency.code, False)) for agency in rows.order_by("code")]


def compare(*, preparation: Preparation) -> list[Compared]:
    """Each figure beside the last period's and beside the last submission's."""
    report = preparation.report
    period = Period.parse(report.period)
    asked = forms.asked(report.assignment, period, as_of=None)
    entries = read_entries([each.question for each in asked], preparation.answers)
    last, _texts = forms.last_submission(report)
    before = {field_of(entry): entry for entry in last if entry.domain is None}
    figures = {
        (row.indicator_id, row.component): row
        for row in Figure.objects.filter(
            in_force(),
            agency=report.agency_id,
            period=period.previous().code,
            indicator__in=[each.question.indicator for each in asked],
            domain__isnull=True,
        ).order_by("approved")
    }
    now = {field_of(entry): entry for entry in entries if entry.domain is None}
    return [
        _compared(
            each,
            now.get(each.question.field),
            before.get(each.question.field),
            figures.get((each.question.indicator, each.question.component)),
            [e for e in entries if e.domain and e.indicator == each.question.indicator],
        )
        for each in asked
    ]


def begun(*, report: Report) -> ReviewBegun | None:
    """Whether a reviewer has begun with the submission that waits, and who."""
    return ReviewBegun.objects.filter(report=report.id, submission=report.submitted_version).first()


def _compared(
    asked: forms.Asked, now: Entry | None, last: Entry | None, previous: Figure | None, domains: list[Entry]
) -> Compared:
    unit = asked.question.unit

    def shown(entry: Entry | None) -> str:
        if entry is None:
            return ""
        if entry.value is None:
            return str(Figure(answer=entry.answer).get_answer_display())
        return exactly(entry.value, unit)

    value = now.value if now else None
    period_before = previous.value if previous else None
    submitted = last.value if last else None
    return Compared(
        asked=asked,
        shown=shown(now),
        reason=now.reason if now else "",
        domains=", ".join(f"{e.domain}: {exactly(e.value, unit)}" for e in domains if e.value is not None),
        before=shown(last),
        since_period="" if value is None or period_before is None else change_shown(period_before, value, unit),
        since_submission="" if value is None or submitted is None else change_shown(submitted, value, unit),
    )

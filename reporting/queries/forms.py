"""What a report asks, and what it said last time."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any
from uuid import UUID

from agencies import access
from agencies.access import Actor
from agencies.models import in_force
from indicators.models import AssignedIndicator, Assignment, Domain, IndicatorDefinition
from indicators.periods import Frequency, Period, PeriodError
from indicators.quantities import Unit, as_typed, format_quantity, unit_named
from reporting.domain import report as rules
from reporting.domain.entries import Question
from reporting.domain.report import Entry, ReportState, Who
from reporting.models import CurrentEvent, EventText, Figure, Report, Status
from reporting.queries.calendar import periods_of
from reporting.queries.shown import component_name, exactly


@dataclass(frozen=True)
class Asked:
    """A question with what a person needs beside it: the definition, last period's and last year's answers."""

    question: Question
    name_ja: str
    name_en: str
    component: Mapping[str, str]  # as the definition has it; empty for the whole
    definition: IndicatorDefinition
    previous: str
    last_year: str
    # The same in the reader's language, and last period's as it is typed.
    previous_shown: str = ""
    last_year_shown: str = ""
    typed_before: str = ""

    @property
    def component_shown(self) -> str:
        """In the reader's language; components of before these had names in both have one."""
        return component_name(self.component) if self.component else ""


def definitions(assignment: Assignment, period: Period, *, as_of: int | None = None) -> list[IndicatorDefinition]:
    """The definitions of the indicators this assignment enters in this period, in the plan's order.

    The final report of the fiscal year asks for all; a shorter period for those reported that often.
    """
    entries = AssignedIndicator.objects.filter(in_force(as_of), assignment=assignment)
    if not period.final:
        entries = entries.filter(frequency__in=[often for often in Frequency if often.grain is period.grain])
    rows = IndicatorDefinition.objects.filter(in_force(as_of), indicator__in=entries.values("indicator"))
    return sorted(rows.select_related("indicator"), key=lambda row: row.indicator.order)


def questions(assignment: Assignment, period: Period, *, as_of: int | None = None) -> list[Question]:
    """One per indicator, or per component where an indicator has some."""
    rows = definitions(assignment, period, as_of=as_of)
    domains = _domains(rows, as_of)
    return [question for row in rows for question in _questions_of(row, domains)]


def asked(assignment: Assignment, period: Period, *, as_of: int | None = None) -> list[Asked]:
    """The questions, each with its definition and the approved or waiting answers of before."""
    rows = definitions(assignment, period, as_of=as_of)
    domains = _domains(rows, as_of)
    before = {
        (f.period, f.indicator_id, f.component): f
        for f in Figure.objects.filter(
            in_force(as_of),
            agency=assignment.agency_id,
            indicator__in=[row.indicator_id for row in rows],
            period__in=[period.previous().code, period.same_last_year().code],
            domain__isnull=True,
        ).order_by("approved")
    }

    def said(when: Period, question: Question, shown: Callable[[Decimal, Unit], str]) -> str:
        figure = before.get((when.code, question.indicator, question.component))
        if figure is None:
            return ""
        return shown(figure.value, question.unit) if figure.value is not None else str(figure.get_answer_display())

    return [
        Asked(
            question=question,
            name_ja=row.indicator.name_ja,
            name_en=row.indicator.name_en,
            component=next((c for c in row.components if c["code"] == question.component), {}),
            definition=row,
            previous=said(period.previous(), question, format_quantity),
            last_year=said(period.same_last_year(), question, format_quantity),
            previous_shown=said(period.previous(), question, exactly),
            last_year_shown=said(period.same_last_year(), question, exactly),
            typed_before=said(period.previous(), question, as_typed),
        )
        for row in rows
        for question in _questions_of(row, domains)
    ]


def asked_by_name(fields: Iterable[str], *, as_of: int | None = None) -> dict[str, Asked]:
    """The questions of these names, without answers of before, for whoever may not see the assignment. In the plan's
    order; a name that asks for nothing any more is left out."""
    wanted = set(fields)
    rows = IndicatorDefinition.objects.filter(in_force(as_of), indicator__in={f.partition("/")[0] for f in wanted})
    found = sorted(rows.select_related("indicator"), key=lambda row: row.indicator.order)
    domains = _domains(found, as_of)
    return {
        question.field: Asked(
            question=question,
            name_ja=row.indicator.name_ja,
            name_en=row.indicator.name_en,
            component=next((c for c in row.components if c["code"] == question.component), {}),
            definition=row,
            previous="",
            last_year="",
        )
        for row in found
        for question in _questions_of(row, domains)
        if question.field in wanted
    }


def questions_for(actor: Actor, assignment: str, period: str, *, as_of: int | None = None) -> list[Asked] | None:
    """The questions of one's own report; None when there is no such assignment or period."""
    rows = access.visible(Assignment.objects.filter(in_force(as_of)), actor)
    found = rows.filter(id=assignment, agency=actor.agency).select_related("node__plan").first()
    when = found and period_of(found, period)
    return asked(found, when, as_of=as_of) if found and when else None


def period_of(assignment: Assignment, code: str) -> Period | None:
    """The period of that code, if the assignment reports on it."""
    try:
        period = Period.parse(code)
    except PeriodError:
        return None
    plan = assignment.node.plan
    return period if period in periods_of(assignment.frequency, plan.first_year, plan.last_year) else None


def who(actor: Actor) -> Who:
    """The actor as the rules see them."""
    return Who(person=actor.person_id, name=actor.name, unit=actor.unit_id, units=actor.units)


def state_of(report: Report) -> ReportState:
    """The row as the rules see it."""
    return ReportState(
        status=report.status,
        version=report.version,
        submitted_version=report.submitted_version,
        submitted_by=report.submitted_by_id,
        submitted_unit=report.submitted_unit_id,
        decided_name=report.decided_name,
        late=report.late,
        approved_version=report.approved_version,
        approved_name=report.approved_name,
        corrected=report.corrected,
    )


def state_with_content(report: Report) -> ReportState:
    """The state with the content of the last submission, by which an unchanged one is known."""
    state = state_of(report)
    if report.status not in (Status.SUBMITTED, Status.RETURNED, Status.APPROVED):
        return state
    return rules.with_content(state, rules.content_of(*last_submission(report)))


def last_submission(report: Report) -> tuple[list[Entry], dict[str, str]]:
    """The answers and words of the report's last submission, from the log; empty when there is none."""
    if report.submitted_event is None:
        return [], {}
    event = CurrentEvent.objects.get(event_id=report.submitted_event)
    beside = dict(EventText.objects.filter(event_id=event.event_id).values_list("field", "text"))
    texts = _content_texts(event.data, beside)
    return _entries(event.data, texts), texts


def entries_of(submission: Mapping[str, Any]) -> list[Entry]:
    """The answers of a submission's event, without their words."""
    return _entries(submission, {})


def _content_texts(submission: Mapping[str, Any], beside: Mapping[str, str]) -> dict[str, str]:
    """What was said in it. Which evidence stood with it, and not how it is called; when the agency decided, and why it
    corrects, is about the report, not in it."""
    about = ("evidence", "document_number", "correction")
    texts = {field: text for field, text in beside.items() if not field.startswith(about)}
    if attached := submission.get("evidence"):
        texts["evidence"] = " ".join(sorted(one["id"] for one in attached))
    return texts


def _entries(submission: Mapping[str, Any], texts: Mapping[str, str]) -> list[Entry]:
    entries = []
    for data in submission["figures"]:
        field = f"{data['indicator']}/{data['component']}" if data.get("component") else data["indicator"]
        entries.append(
            Entry(
                indicator=data["indicator"],
                answer=data["answer"],
                value=_number(data.get("value")),
                numerator=_number(data.get("numerator")),
                denominator=_number(data.get("denominator")),
                counted_elsewhere=_number(data.get("counted_elsewhere")) or Decimal(0),
                domain=data.get("domain"),
                component=data.get("component"),
                reason="" if data.get("domain") else texts.get(f"reason.{field}", ""),
                explanation="" if data.get("domain") else texts.get(f"explanation.{field}", ""),
                raw=data.get("raw", {}),
            )
        )
    return entries


def _number(text: str | None) -> Decimal | None:
    return None if text is None else Decimal(text)


def _domains(rows: list[IndicatorDefinition], as_of: int | None) -> tuple[str, ...]:
    if not any(row.by_domain for row in rows):
        return ()
    return tuple(Domain.objects.filter(in_force(as_of)).order_by("order").values_list("code", flat=True))


def _questions_of(row: IndicatorDefinition, domains: tuple[str, ...]) -> list[Question]:
    unit = unit_named(row.unit)
    ratio = row.aggregation == "ratio_of_sums"
    return [
        Question(
            indicator=row.indicator_id,
            unit=unit,
            component=component,
            is_ratio=ratio,
            # The parts of a ratio are plain counts (hours, papers, bodies); the definition says of what.
            ratio_unit=unit_named("件") if ratio else None,
            domains=domains if row.by_domain and not ratio else (),
        )
        for component in ([c["code"] for c in row.components] or [None])
    ]


def questions_of_many(assignments: Mapping[str, Period], *, as_of: int | None = None) -> dict[str, list[Question]]:
    """The questions of many reports, by assignment. Three queries, however many they are, and no model instances:
    there may be a hundred thousand."""
    entries = AssignedIndicator.objects.filter(in_force(as_of), assignment__in=list(assignments))
    codes: dict[str, set[str]] = {assignment: set() for assignment in assignments}
    for assignment, indicator, frequency in entries.values_list("assignment_id", "indicator_id", "frequency"):
        period = assignments[assignment]
        if period.final or Frequency(frequency).grain is period.grain:
            codes[assignment].add(indicator)
    # Asked by a subquery: a hundred thousand codes as parameters take more memory than all the answers.
    found = IndicatorDefinition.objects.filter(in_force(as_of), indicator__in=entries.values("indicator"))
    rows: list[Any] = list(
        found.order_by("indicator__order").values_list(
            "indicator_id", "unit", "aggregation", "components", "by_domain", named=True
        )
    )
    domains = _domains(rows, as_of)
    order = {row.indicator_id: place for place, row in enumerate(rows)}
    return {
        assignment: [
            question
            for place in sorted(order[code] for code in wanted if code in order)
            for question in _questions_of(rows[place], domains)
        ]
        for assignment, wanted in codes.items()
    }


def last_submissions(reports: Sequence[Report]) -> dict[str, tuple[list[Entry], dict[str, str]]]:
    """The last submissions of many reports, by report; of one that has none, nothing. Two queries."""
    by_event = {report.submitted_event: report.id for report in reports if report.submitted_event}
    texts: dict[UUID, dict[str, str]] = {}
    for event_id, field, text in EventText.objects.filter(event_id__in=list(by_event)).values_list(
        "event_id", "field", "text"
    ):
        texts.setdefault(event_id, {})[field] = text
    events = CurrentEvent.objects.filter(event_id__in=list(by_event)).values_list("event_id", "data")
    said = ((by_event[id_], data, _content_texts(data, texts.get(id_, {}))) for id_, data in events)
    return {report: (_entries(data, words), words) for report, data, words in said}

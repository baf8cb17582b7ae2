"""What departments of an agency are asked, and what they have answered."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from decimal import Decimal

from django.db.models import Count, Q, QuerySet

from agencies import access
from agencies.access import Actor
from agencies.models import Unit
from indicators.models import Assignment
from indicators.periods import JST, Period
from indicators.quantities import format_quantity, unit_named
from reporting.domain import inquiries as rules
from reporting.domain.entries import read_entries
from reporting.domain.errors import FigureInvalid
from reporting.models import Answer, AskedFigure, Inquiry
from reporting.queries import drafts, forms
from reporting.queries.drafts import Typed
from reporting.queries.forms import Asked

OPEN = Q(withdrawn_at__isnull=True)


@dataclass(frozen=True)
class Errand:
    """An inquiry as its unit sees it. `late`: not all answered, and its day is over."""

    inquiry: Inquiry
    figures: int
    answered: int
    days_left: int

    @property
    def done(self) -> bool:
        return self.answered >= self.figures

    @property
    def late(self) -> bool:
        return not self.done and self.days_left < 0

    @property
    def days_late(self) -> int:
        return -self.days_left


def errands(actor: Actor, now: datetime) -> list[Errand]:
    """What is asked of the actor's unit: what is not answered first, soonest first. One query."""
    rows = _of_my_unit(actor).filter(OPEN).select_related("node")
    rows = rows.annotate(asked=Count("figures"), said=Count("figures", filter=Q(figures__version__gt=0)))
    found = [Errand(row, row.asked, row.said, days_left(row, now)) for row in rows]
    return sorted(found, key=lambda errand: (errand.done, errand.inquiry.due_on, errand.inquiry.pk))


@dataclass(frozen=True)
class ToAnswer:
    """A figure asked of one's unit, with its question."""

    asked: Asked
    row: AskedFigure


def to_answer(actor: Actor, inquiry: int) -> tuple[Inquiry, list[ToAnswer]] | None:
    """An inquiry to the actor's own unit with its questions; None when there is none for this actor to see."""
    found = _of_my_unit(actor).filter(pk=inquiry).select_related("node", "agency").first()
    if found is None:
        return None
    rows = {row.field: row for row in found.figures.all()}
    asked = forms.asked_by_name(rows, as_of=None)
    return found, [
        ToAnswer(replace(question, previous=rows[name].previous, last_year=rows[name].last_year), rows[name])
        for name, question in asked.items()
    ]


@dataclass(frozen=True)
class Progress:
    """How far the inquiries about one report have come: departments asked, those that answered all, those late."""

    asked: int
    done: int
    late: int


def progress(actor: Actor, now: datetime) -> dict[tuple[str, str], Progress]:
    """By assignment and period, of the actor's agency. One query."""
    rows = access.visible(Inquiry.objects.filter(OPEN, agency=actor.agency), actor, unit_field="unit")
    counted = rows.annotate(n=Count("figures"), said=Count("figures", filter=Q(figures__version__gt=0)))
    today = now.astimezone(JST).date()
    found: dict[tuple[str, str], Progress] = {}
    for assignment, period, due_on, n, said in counted.values_list("assignment", "period", "due_on", "n", "said"):
        before = found.get((assignment, period), Progress(0, 0, 0))
        done = said >= n
        found[assignment, period] = Progress(
            before.asked + 1, before.done + done, before.late + (not done and due_on < today)
        )
    return found


@dataclass(frozen=True)
class Answered:
    """One unit's answer to one figure, as it is shown beside the others. `taken`: the draft says the same."""

    figure: AskedFigure
    shown: str
    readable: bool
    taken: bool


@dataclass(frozen=True)
class Side:
    """One figure with all its departments' answers side by side. `total`: their sum as typed, where one means
    something; `waiting`: units that have not answered. `draft`: what the report's draft holds, by name of its field."""

    asked: Asked
    answers: list[Answered]
    waiting: list[Inquiry]
    total: Mapping[str, str] | None
    total_shown: str
    total_taken: bool
    draft: Mapping[str, Typed] = field(default_factory=dict)
    draft_shown: str = ""

    @property
    def version(self) -> int:
        """Of all answers together: it grows with each."""
        return sum(answer.figure.version for answer in self.answers)


@dataclass(frozen=True)
class SharedOut:
    """The inquiries about one report, and what came of them. `asked`: all that the report asks."""

    asked: list[Asked]
    inquiries: list[Errand]
    sides: list[Side]


def shared_out(actor: Actor, assigned: Assignment, when: Period, now: datetime) -> SharedOut:
    """All open inquiries about one report of the actor's agency. A constant number of queries."""
    found = list(of_report(actor, assigned.id, when.code).select_related("unit").order_by("due_on", "unit_name"))
    given = AskedFigure.objects.filter(inquiry__in=[row.pk for row in found]).select_related("inquiry__unit")
    figures = list(given.order_by("inquiry__unit_name", "pk"))
    said = {row.pk: [f for f in figures if f.inquiry_id == row.pk] for row in found}
    inquiries = [
        Errand(row, len(said[row.pk]), sum(f.version > 0 for f in said[row.pk]), days_left(row, now)) for row in found
    ]
    draft = drafts.draft_of(actor, assigned.id, when.code)
    asked = forms.asked(assigned, when, as_of=None)
    wanted = {f.field for f in figures}
    sides = [
        _side(question, [f for f in figures if f.field == question.question.field], draft)
        for question in asked
        if question.question.field in wanted
    ]
    return SharedOut(asked, inquiries, sides)


def _side(asked: Asked, figures: list[AskedFigure], draft: Mapping[str, Typed]) -> Side:
    question = asked.question
    mine = {name: typed for name, typed in draft.items() if name.startswith(f"figure:{question.field}:")}
    answered = [f for f in figures if f.version]
    total = rules.summed(question, asked.definition.aggregation, [f.parts for f in answered])
    return Side(
        asked=asked,
        answers=[
            Answered(f, shown or str(f.parts), readable=bool(shown), taken=_taken(asked, f.parts, mine))
            for f in answered
            for shown in [said_in(asked, f.parts)]
        ],
        waiting=[f.inquiry for f in figures if not f.version],
        total=total,
        total_shown=said_in(asked, total) if total else "",
        total_taken=bool(total) and _taken(asked, total or {}, mine),
        draft=mine,
        draft_shown=said_in(asked, parts_of(mine)),
    )


def parts_of(draft: Mapping[str, Typed]) -> dict[str, str]:
    """One figure's fields of a draft as parts of an answer: what its kind of answer leaves aside is not among them."""
    parts = {name.rpartition(":")[2]: typed.text for name, typed in draft.items() if typed.text.strip()}
    if parts.get("answer", "value") != "value":
        return {name: text for name, text in parts.items() if name in ("answer", "reason")}
    return {name: text for name, text in parts.items() if name not in ("reason", "explanation")}


def days_left(inquiry: Inquiry, now: datetime) -> int:
    """Days of the calendar in Tokyo until the unit is to have answered; negative when that day is over."""
    return (inquiry.due_on - now.astimezone(JST).date()).days


def said_in(asked: Asked, parts: Mapping[str, str]) -> str:
    """An answer as people read it; nothing where there is none, or it cannot be read."""
    try:
        entries = read_entries([asked.question], {asked.question.field: dict(parts)})
    except FigureInvalid:
        return ""
    whole = next((e for e in entries if e.domain is None and e.component == asked.question.component), None)
    if whole is None:
        return ""
    if whole.value is None:
        return str(Answer(whole.answer).label)
    shown = format_quantity(whole.value, asked.question.unit)
    if whole.numerator is not None and whole.denominator is not None:
        return f"{shown}（{_plain(whole.numerator)}／{_plain(whole.denominator)}）"
    return shown


def units_to_ask(actor: Actor) -> list[Unit]:
    """The units of the actor's agency."""
    return list(access.visible(Unit.objects.filter(agency=actor.agency), actor).order_by("name_ja", "pk"))


def of_report(actor: Actor, assignment: str, period: str) -> QuerySet[Inquiry]:
    """The open inquiries about one report of the actor's agency."""
    rows = access.visible(Inquiry.objects.filter(OPEN, agency=actor.agency), actor, unit_field="unit")
    return rows.filter(assignment=assignment, period=period)


def listed(actor: Actor) -> list[tuple[Inquiry, list[AskedFigure]]]:
    """The open inquiries of the actor's agency that they may see, newest first, with their figures. Two queries."""
    rows = access.visible(Inquiry.objects.filter(OPEN, agency=actor.agency), actor, unit_field="unit")
    found = rows.prefetch_related("figures").order_by("-asked_at", "-pk")[:500]
    return [(row, sorted(row.figures.all(), key=lambda figure: figure.pk)) for row in found]


def _taken(asked: Asked, parts: Mapping[str, str], mine: Mapping[str, Typed]) -> bool:
    changes = rules.draft_changes(asked.question, parts)
    return bool(mine) and all(_text(mine, name) == text for name, text in changes.items())


def _text(draft: Mapping[str, Typed], name: str) -> str:
    return draft[name].text if name in draft else ""


def _plain(number: Decimal) -> str:
    return format_quantity(number, unit_named("件")).removesuffix("件")


def _of_my_unit(actor: Actor) -> QuerySet[Inquiry]:
    rows = access.visible(Inquiry.objects.filter(agency=actor.agency), actor, unit_field="unit")
    return rows.filter(unit=actor.unit_id)

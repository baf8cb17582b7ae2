"""What goes into a template: one row per figure that an agency is asked for in a period, with what is known already."""

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal

from agencies import access
from agencies.access import Actor
from agencies.models import Agency, in_force
from indicators.models import AssignedIndicator, Assignment, Domain, IndicatorDefinition, Plan
from indicators.periods import Grain, Period, PeriodError
from indicators.quantities import Unit, UnitKind, as_typed, show
from reporting.domain.entries import Question
from reporting.domain.report import Entry, field_of
from reporting.models import Answer, Figure, ReportState
from reporting.queries import forms
from reporting.queries.calendar import periods_of
from reporting.sheets.columns import ANSWERS, PARTS_OF_NARRATIVE, TEMPLATE_VERSION, Column, Key, unit_label
from reporting.sheets.template import Line, Template

SHOWN_ANSWER = {answer: word for word, answer in ANSWERS.items()}
GRAINS = {Grain.YEAR: "年度", Grain.HALF: "半期", Grain.QUARTER: "四半期", Grain.MONTH: "月"}
# The instruction sheet is Japanese like the columns it explains: it is part of the file format.
GUIDE = [
    ("使い方", "「実績」シートの黄色い欄に入力し、保存して「表計算ファイル」のページからアップロードしてください。"),
    ("", "オフラインで入力できます。アップロードしても、内容を確認して確定するまで何も提出されません。"),
    ("回答", "「値」「該当なし」「未測定」から選びます。値を入力したときは空欄でも構いません。"),
    ("該当なし・未測定", "「理由」に理由を入力してください。ゼロは「値」で 0 と入力します。"),
    ("値", "「単位」の列の単位で入力します。1,234、1.5万、全角数字も使えます。負の数は ▲5 または -5 とします。"),
    ("分子・分母", "割合の指標では、値の代わりに分子と分母を入力します。割合は自動で計算します。"),
    ("技術領域", "技術領域ごとの行には、値だけを入力します。合計の行を超えないようにしてください。"),
    ("他機関計上分", "他の機関と重複して数えているうち、他の機関が計上する分を入力します。"),
    ("記述", "「記述」シートに、進捗の概要、課題、今後の取組を入力します。"),
    ("空欄の報告", "何も入力していない報告（施策）は提出されません。入力する報告では、全指標に回答してください。"),
    ("数式", "数式の計算結果は値として読み取ります。セルは結合しないでください。マクロのあるファイルは使えません。"),
    ("列と行", "行の並べ替えや不要な行の削除は構いません。隠れている「キー」の列は変更しないでください。"),
    ("CSV", "同じ列の CSV（UTF-8、UTF-16、Shift_JIS）でも提出できます。"),
    ("", "CSV では = + - @ などで始まる文字列の前に ' を付けて出力し、読み取り時に除きます。"),
]  # fmt: skip


@dataclass(frozen=True)
class Choice:
    """A period for which an agency can have a template: how many reports and figures it asks for."""

    period: Period
    reports: int


def periods_for(actor: Actor, *, as_of: int | None = None) -> list[Choice]:
    """The periods of the agency's assignments, in their order."""
    plan = Plan.objects.filter(in_force(as_of)).first()
    if plan is None:
        return []
    mine = access.visible(Assignment.objects.filter(in_force(as_of), agency=actor.agency), actor)
    numbers: dict[Period, int] = {}
    for frequency in mine.values_list("frequency", flat=True):
        for period in periods_of(frequency, plan.first_year, plan.last_year):
            numbers[period] = numbers.get(period, 0) + 1
    return [Choice(period, number) for period, number in sorted(numbers.items())]


def asked_of(
    actor: Actor, period: Period, *, as_of: int | None = None
) -> tuple[list[Assignment], dict[str, list[Question]]]:
    """The assignments of the agency that report on the period, and what each asks. Four queries."""
    rows = access.visible(Assignment.objects.filter(in_force(as_of), agency=actor.agency), actor)
    found = rows.select_related("node__plan").order_by("node__order", "id")
    mine = [a for a in found if period in periods_of(a.frequency, a.node.plan.first_year, a.node.plan.last_year)]
    return mine, forms.questions_of_many({a.id: period for a in mine}, as_of=as_of)


def stamp_of(asked: Mapping[str, Sequence[Question]]) -> str:
    """What tells two contents of a template apart: changed whenever a row or a unit of it is."""
    lines = [
        f"{assignment}|{question.field}|{question.unit.name}|{question.is_ratio}|{','.join(question.domains)}"
        for assignment, questions in sorted(asked.items())
        for question in questions
    ]
    return hashlib.sha256("\n".join(lines).encode()).hexdigest()[:16]


def template(actor: Actor, code: str, *, as_of: int | None = None) -> Template | None:
    """The template of the actor's agency for a period, filled with what was said before; None without such a period."""
    try:
        period = Period.parse(code)
    except PeriodError:
        return None
    assignments, asked = asked_of(actor, period, as_of=as_of)
    if not assignments:
        return None
    states = ReportState.objects.filter(
        in_force(as_of), report__in=[f"{a.id}@{period.code}" for a in assignments]
    ).select_related("report")
    said = forms.last_submissions([state.as_report() for state in access.visible(states, actor)])
    codes = {question.indicator for questions in asked.values() for question in questions}
    defined = IndicatorDefinition.objects.filter(in_force(as_of), indicator__in=codes).select_related("indicator")
    definitions = {row.indicator_id: row for row in defined}
    before = _before(actor, period, codes, as_of)
    agency = Agency.objects.get(code=actor.agency)
    domains = {d.code: d.name_ja for d in Domain.objects.filter(in_force(as_of))}
    figures: list[Line] = []
    narrative: list[Line] = []
    for assignment in assignments:
        report = f"{assignment.id}@{period.code}"
        entries, texts = said.get(report, ([], {}))
        labels: dict[Column, str | Decimal] = {
            Column.NODE: assignment.node_id,
            Column.NODE_NAME: assignment.node.name_ja,
        }
        answers = {(field_of(e), e.domain or ""): e for e in entries}
        for question in asked[assignment.id]:
            definition = definitions[question.indicator]
            figures += _lines(report, labels, definition, question, answers, before, period, domains)
        narrative += [
            Line(
                Key(report, "narrative", part),
                labels | {Column.NAME: name},
                frozenset({"text"}),
                {"text": texts.get(f"narrative.{part}", "")},
            )
            for part, name in PARTS_OF_NARRATIVE.items()
        ]
    stamp = {
        "version": TEMPLATE_VERSION,
        "agency": agency.code,
        "period": period.code,
        "content": stamp_of(asked),
    }
    return Template(figures, narrative, _guide(agency, period), stamp)


def _guide(agency: Agency, period: Period) -> list[Sequence[str | int]]:
    return [
        ["進捗報告 様式"],
        ["機関", agency.name_ja],
        ["報告期間", period.code],
        ["年度（西暦）", period.fiscal_year],
        ["年度（和暦）", f"令和{period.fiscal_year - 2018}年度"],
        ["期", "通年" if period.final else f"第{period.number}{GRAINS[period.grain]}"],
        *[list(row) for row in GUIDE],
    ]


Before = dict[tuple[str, str, str | None, str | None], Figure]


def _before(
    actor: Actor,
    period: Period,
    codes: set[str],
    as_of: int | None,
) -> Before:
    rows = Figure.objects.filter(
        in_force(as_of),
        agency=actor.agency,
        indicator__in=codes,
        period__in=[period.previous().code, period.same_last_year().code],
    ).order_by("approved")
    return {(f.period, f.indicator_id, f.component, f.domain_id): f for f in access.visible(rows, actor)}


def _lines(
    report: str,
    labels: Mapping[Column, str | Decimal],
    definition: IndicatorDefinition,
    question: Question,
    answers: Mapping[tuple[str, str], Entry],
    before: Before,
    period: Period,
    domains: Mapping[str, str],
) -> list[Line]:
    """The row of a figure, and below it one for each technology domain it is asked for by."""
    component = next((c["name_ja"] for c in definition.components if c["code"] == question.component), "")
    numbers = {"numerator", "denominator"} if question.is_ratio else {"value"}
    if definition.aggregation.endswith("_dedup"):
        numbers.add("counted_elsewhere")
    lines = []
    for domain in ["", *question.domains]:
        row = dict(labels) | {
            Column.INDICATOR: question.indicator,
            Column.NAME: definition.indicator.name_ja,
            Column.COMPONENT: domains[domain] if domain else component,
            Column.UNIT: unit_label(question.unit.name),
            Column.DEFINITION: _definition(definition),
            Column.PREVIOUS: _said(before, period.previous(), question, domain),
            Column.LAST_YEAR: _said(before, period.same_last_year(), question, domain),
        }
        inputs = frozenset({"value"}) if domain else frozenset({"answer", "reason", "explanation"} | numbers)
        said = answer_of(answers.get((question.field, domain)), question)
        lines.append(Line(Key(report, question.field, domain), row, inputs, said))
    return lines


def _definition(definition: IndicatorDefinition) -> str:
    if definition.numerator and definition.denominator:
        return f"{definition.numerator} ÷ {definition.denominator}"
    return " ".join(definition.document_ja)


def _said(before: Before, period: Period, question: Question, domain: str) -> str | Decimal:
    figure = before.get((period.code, question.indicator, question.component, domain or None))
    if figure is None:
        return ""
    if figure.value is None:
        return SHOWN_ANSWER.get(figure.answer, "")
    return (
        as_typed(figure.value, question.unit)
        if question.unit.kind is UnitKind.RATING
        else show(figure.value, question.unit)
    )


def answer_of(entry: Entry | None, question: Question) -> dict[str, str]:
    """An answer as the parts that would give it again, quantities in the units shown."""
    if entry is None:
        return {}
    if entry.answer != Answer.VALUE:
        return {"answer": entry.answer, "reason": entry.reason}
    parts = {} if entry.domain else {"answer": entry.answer}
    numbers: dict[str, tuple[Decimal | None, Unit | None]] = {
        "value": (None if question.is_ratio else entry.value, question.unit),
        "numerator": (entry.numerator, question.ratio_unit),
        "denominator": (entry.denominator, question.ratio_unit),
        "counted_elsewhere": (entry.counted_elsewhere or None, question.unit),
    }
    return parts | {
        part: as_typed(number, unit) for part, (number, unit) in numbers.items() if number is not None and unit
    }


def once_asked(actor: Actor, *, as_of: int | None = None) -> set[tuple[str, str]]:
    """(assignment, indicator) of all that the agency is or has been asked for, so that what is asked no more is told
    from what never was."""
    rows = access.visible(AssignedIndicator.objects.filter(agency=actor.agency), actor)
    if as_of is not None:
        rows = rows.filter(from_position__lte=as_of)
    return set(rows.values_list("assignment_id", "indicator_id"))

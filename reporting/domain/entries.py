"""Raw answers, as typed in a form, sent to the API or read from a file, to entries. One parser for all doors. Pure."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Context, Decimal

from indicators.quantities import WHOLE_DIGITS, QuantityError, Unit, parse_quantity
from reporting.domain.errors import FigureInvalid
from reporting.domain.report import Asked, Entry

ANSWERS = ("value", "nothing", "not_measurable")
TEXT_LIMIT = 10_000
TEXTS = ("reason", "explanation")
TOO_LARGE = Decimal(10) ** WHOLE_DIGITS
WIDE = Context(prec=80)
OTHER = "other"  # その他・横断: no domain, and no figure of its own


@dataclass(frozen=True)
class Question:
    """One figure a report asks for. `field` is its name at every door: "IND-06" or "IND-06/former_basis"."""

    indicator: str
    unit: Unit
    component: str | None = None
    is_ratio: bool = False
    ratio_unit: Unit | None = None
    domains: tuple[str, ...] = ()

    @property
    def field(self) -> str:
        return f"{self.indicator}/{self.component}" if self.component else self.indicator

    @property
    def asked(self) -> Asked:
        return Asked(self.indicator, self.component)


class Problem(Exception):
    """One field that cannot be read; `reason` is the code of a message in reporting.problems."""

    def __init__(self, reason: str, raw: str = "") -> None:
        super().__init__(reason)
        self.reason, self.raw = reason, raw


def read_entries(questions: Sequence[Question], raw: Mapping[str, Mapping[str, str]]) -> list[Entry]:
    """All answers, or FigureInvalid with every problem (`read_answers`)."""
    entries, problems = read_answers(questions, raw)
    if problems:
        raise FigureInvalid(fields=", ".join(problems), problems=problems)
    return entries


def read_answers(
    questions: Sequence[Question], raw: Mapping[str, Mapping[str, str]]
) -> tuple[list[Entry], dict[str, str]]:
    """What can be read, and every problem: `problems` maps "field.part" to a reason code.

    `raw` maps a question's field to its parts: answer, value, numerator, denominator, counted_elsewhere, reason,
    explanation and domain.<code>; domain.other (その他・横断) is what the domains leave of the total, and is only
    compared with it. A question without any answer is left out: that it is missing is for the rule to say.
    """
    entries: list[Entry] = []
    problems: dict[str, str] = {}
    for question in questions:
        parts = {name: text for name, text in raw.get(question.field, {}).items() if text.strip()}
        allowed = _parts_of(question, parts.get("answer", "value"))
        problems |= {f"{question.field}.{name}": "unexpected" for name in parts if name not in allowed}
        problems |= {f"{question.field}.{name}": "control_character" for name in parts if "\x00" in parts[name]}
        if parts and not any(field.startswith(f"{question.field}.") for field in problems):
            entries += _read_one(question, parts, problems)
    known = {question.field for question in questions}
    problems |= {field: "unexpected" for field in raw if field not in known}
    totals = _totals(questions, entries)
    for total in totals:
        if total.value is not None and abs(total.value) >= TOO_LARGE:
            first = next(question for question in questions if question.indicator == total.indicator)
            problems[f"{first.field}.value"] = "too_many_digits"
    return entries + totals, problems


def _parts_of(question: Question, answer: str) -> set[str]:
    """What may be said of a question. Nothing else reaches the log, which forgets nothing."""
    if answer != "value":
        return {"answer", "reason"}
    numbers = {"numerator", "denominator"} if question.is_ratio else {"value", "counted_elsewhere"}
    domains = {f"domain.{code}" for code in (*question.domains, OTHER)} if question.domains else set()
    return {"answer", "reason", "explanation"} | numbers | domains


def _read_one(question: Question, parts: Mapping[str, str], problems: dict[str, str]) -> list[Entry]:
    answer = parts.get("answer", "value")
    if answer not in ANSWERS:
        problems[f"{question.field}.answer"] = "unknown_answer"
        return []
    reason, explanation = (parts.get(name, "").strip() for name in TEXTS)
    problems |= {f"{question.field}.{name}": "too_long" for name in TEXTS if len(parts.get(name, "")) > TEXT_LIMIT}
    if answer != "value":
        return [Entry(question.indicator, answer, component=question.component, reason=reason)]

    def number(part: str, unit: Unit) -> Decimal | None:
        if part not in parts:
            return None
        try:
            return parse_quantity(parts[part], unit)
        except QuantityError as error:
            problems[f"{question.field}.{part}"] = str(error.reason)
            return None

    before = len(problems)
    numerator = denominator = None
    if question.is_ratio:
        assert question.ratio_unit is not None
        numerator, denominator = number("numerator", question.ratio_unit), number("denominator", question.ratio_unit)
        for part, given in (("numerator", numerator), ("denominator", denominator)):
            if given is None and f"{question.field}.{part}" not in problems:
                problems[f"{question.field}.{part}"] = "missing"
        if denominator == 0:
            problems[f"{question.field}.denominator"] = "zero_denominator"
        if len(problems) > before or numerator is None or denominator is None:
            return []
        # Wide enough for any two quantities; the caller's own context may not be.
        exact = WIDE.divide(WIDE.multiply(Decimal(100), numerator), denominator)
        value: Decimal | None = exact.quantize(Decimal("0.000001"), context=WIDE)
        if value is not None and value >= TOO_LARGE:
            problems[f"{question.field}.numerator"] = "too_many_digits"
    else:
        value = number("value", question.unit)
    elsewhere = number("counted_elsewhere", question.unit) or Decimal(0)
    if value is None and f"{question.field}.value" not in problems:
        problems[f"{question.field}.value"] = "missing"
    if value is not None and elsewhere and elsewhere > value:
        problems[f"{question.field}.counted_elsewhere"] = "more_than_the_whole"
    by_domain = {code: number(f"domain.{code}", question.unit) for code in question.domains}
    inside = {code: part for code, part in by_domain.items() if part is not None}
    rest = number(f"domain.{OTHER}", question.unit) if question.domains else None
    if value is not None and inside and sum(inside.values()) > value:
        problems[f"{question.field}.value"] = "domains_exceed_total"
    elif value is not None and rest is not None and sum(inside.values()) + rest != value:
        problems[f"{question.field}.domain.{OTHER}"] = "domains_differ_from_total"
    if len(problems) > before or value is None:
        return []
    raw = {name: text for name, text in parts.items() if name not in ("answer", *TEXTS)}
    whole = Entry(
        question.indicator, "value", value, numerator, denominator, elsewhere, component=question.component, raw=raw,
        explanation=explanation,
    )  # fmt: skip
    return [whole] + [Entry(question.indicator, "value", part, domain=code) for code, part in inside.items()]


def _totals(questions: Sequence[Question], entries: Sequence[Entry]) -> list[Entry]:
    """Where an indicator is reported in components, the whole is their sum."""
    totals = []
    for indicator in dict.fromkeys(q.indicator for q in questions if q.component):
        asked = {q.component for q in questions if q.indicator == indicator}
        parts = [e for e in entries if e.indicator == indicator and e.component in asked]
        if len(parts) < len(asked):
            continue
        # "Nothing to report" adds nothing; with a part that cannot be measured, neither can the whole.
        answer = "value" if any(e.answer == "value" for e in parts) else "nothing"
        answer = "not_measurable" if any(e.answer == "not_measurable" for e in parts) else answer
        reason = next((e.reason for e in parts if e.answer == answer and e.reason), "")
        value = sum((e.value for e in parts if e.value is not None), Decimal(0)) if answer == "value" else None
        totals.append(Entry(indicator, answer, value, reason=reason))
    return totals

"""What does not fit: figures against each other, and against what was reported before. Pure.

The rules are plan data, kept with the indicator they are about:

| kind        | holds when                                                                                            |
|-------------|-------------------------------------------------------------------------------------------------------|
| at_most     | this figure is at most the other                                                                      |
| sum_of      | this figure is the sum of the others                                                                  |
| never_falls | this figure is at least that of the period before it, `within` the fiscal year or the plan            |
| share       | the numerator is at most the denominator                                                              |
| history     | this figure lies in the band that the approved figures of before suggest (`usual`)                    |

A finding stops the report, or asks for an explanation: history always asks, and so does a rule of the plan that says
`asks`, and whatever does not fit a figure of another report, which cannot be put right in this one. A figure that is
missing, "nothing to report" or "not measurable yet" is compared with nothing.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Context, Decimal, localcontext
from functools import lru_cache
from typing import Any, Final

from indicators.periods import Period
from reporting.domain.entries import Question
from reporting.domain.errors import ExplanationMissing, FigureInvalid
from reporting.domain.report import Entry, field_of

NEWEST: Final = 12  # earlier figures that the band is drawn from, at most
# The median absolute deviation of a normal distribution, times this, is its standard deviation.
_TO_SIGMA: Final = Decimal("1.4826")
PLAIN: Final = "numerator_above_denominator"  # its numbers are counts, not in the unit of the field
_STEP: Final = Decimal("0.000001")


@dataclass(frozen=True)
class Rule:
    """One rule of the plan about one indicator. `others` are fields: "IND-07" or "IND-06/former_basis"."""

    indicator: str
    kind: str
    others: tuple[str, ...] = ()
    within: str = "plan"
    asks: bool = False
    points: int = 0
    times: Decimal = Decimal(0)
    floor: Decimal = Decimal(0)
    least: Decimal = Decimal(0)

    @classmethod
    def of(cls, indicator: str, data: Mapping[str, Any]) -> "Rule":
        """As the indicator's definition holds it."""
        times, floor, least = (Decimal(data.get(name, 0)) for name in ("times", "floor", "least"))
        return cls(
            indicator, data["kind"], tuple(data.get("others", ())), data.get("within", "plan"), data.get("asks", False),
            data.get("points", 0), times, floor, least,
        )  # fmt: skip

    @property
    def indicators(self) -> set[str]:
        """All it speaks of."""
        return {self.indicator} | {other.partition("/")[0] for other in self.others}


@dataclass(frozen=True)
class Past:
    """A figure in force of the same agency and field; one that is not approved waits for a decision."""

    period: Period
    value: Decimal
    approved: bool


@dataclass(frozen=True)
class Finding:
    """What does not fit at one field. `numbers` are texts, in the unit in which figures are stored."""

    field: str
    code: str
    stops: bool
    numbers: Mapping[str, str]
    unit: str
    part: str = "value"

    def as_data(self) -> dict[str, Any]:
        """As it stands in the event, when it was explained."""
        return {"field": self.field, "code": self.code, "numbers": dict(self.numbers)}


@dataclass(frozen=True)
class Band:
    """What would be usual, and how many figures say so."""

    expected: Decimal
    low: Decimal
    high: Decimal
    points: int


def run(
    questions: Sequence[Question],
    entries: Sequence[Entry],
    rules: Iterable[Rule],
    past: Mapping[str, Sequence[Past]],
    period: Period,
) -> list[Finding]:
    """All that does not fit in one report, in the order of its questions. `past` is by field, of its agency only."""
    return _Report(questions, entries, past, period).findings(rules)


def refuse(
    questions: Sequence[Question], entries: Sequence[Entry], problems: Mapping[str, str], findings: Sequence[Finding]
) -> None:
    """Raises FigureInvalid with all that is wrong at once: what cannot be read, what stops, and with it what is missing
    or asked about. Where only figures are missing, or only explanations, that has a refusal of its own."""
    stops = {f"{finding.field}.{finding.part}": finding.code for finding in findings if finding.stops}
    asks = _unexplained(entries, findings)
    answered = {field_of(e) for e in entries}
    answered |= {q.field for q in questions if any(name.startswith(f"{q.field}.") for name in problems)}
    missing = {f"{q.field}.value": "missing" for q in questions if q.field not in answered}
    missing |= {f"{field_of(e)}.reason": "reason_missing" for e in entries if e.answer != "value" and not e.reason}
    if problems or stops or (asks and missing):
        everything = {**problems, **stops, **asks, **missing}
        raise FigureInvalid(fields=", ".join(everything), problems=everything, findings=list(findings))


def on_record(entries: Sequence[Entry], findings: Sequence[Finding]) -> dict[str, Any]:
    """What the event says of what was asked about: nothing where nothing was. Raises ExplanationMissing."""
    if asks := _unexplained(entries, findings):
        fields = ", ".join(name.removesuffix(".explanation") for name in asks)
        raise ExplanationMissing(fields=fields, problems=asks, findings=list(findings))
    return {"warnings": [finding.as_data() for finding in findings]} if findings else {}


def _unexplained(entries: Sequence[Entry], findings: Sequence[Finding]) -> dict[str, str]:
    explained = {field_of(e) for e in entries if e.explanation}
    asked = dict.fromkeys(finding.field for finding in findings if not finding.stops)
    return {f"{field}.explanation": "explanation_missing" for field in asked if field not in explained}


def usual(points: Sequence[tuple[int, Decimal]], at: int, rule: Rule) -> Band | None:
    """The band around the Theil–Sen line through `points` (place in time, value), continued to `at`.

    Half its width is the largest of `times` the spread of the residuals (1.4826 times their median absolute value),
    `floor` times what is expected, and `least`: a series that never moved alarms at nothing small. None below
    `points` figures.
    """
    points = sorted(points)[-NEWEST:]
    if len(points) < max(rule.points, 2):
        return None
    with localcontext(Context(prec=50)):
        slope = _median([(y2 - y1) / (x2 - x1) for i, (x1, y1) in enumerate(points) for x2, y2 in points[i + 1 :]])
        start = _median([y - slope * x for x, y in points])
        spread = _TO_SIGMA * _median([abs(y - start - slope * x) for x, y in points])
        expected = start + slope * at
        width = max(rule.times * spread, rule.floor * abs(expected), rule.least)
        low, high = expected - width, expected + width
        if min(y for _, y in points) >= 0:
            expected, low, high = max(expected, Decimal(0)), max(low, Decimal(0)), max(high, rule.least)
        return Band(expected.quantize(_STEP), low.quantize(_STEP), high.quantize(_STEP), len(points))


class _Report:
    def __init__(
        self,
        questions: Sequence[Question],
        entries: Sequence[Entry],
        past: Mapping[str, Sequence[Past]],
        period: Period,
    ) -> None:
        self.past, self.period = past, period
        self.units = {question.field: question.unit.name for question in questions}
        self.fields: dict[str, list[str]] = {}  # indicator -> the fields it is asked for in
        for question in questions:
            self.fields.setdefault(question.indicator, []).append(question.field)
        self.entries = {field_of(e): e for e in entries if e.domain is None and e.value is not None}
        self.values = {field: e.value for field, e in self.entries.items() if e.value is not None}

    def findings(self, rules: Iterable[Rule]) -> list[Finding]:
        found = [finding for rule in rules for finding in getattr(self, f"_{rule.kind}")(rule)]
        order = list(self.units)
        return sorted(found, key=lambda finding: order.index(finding.field))

    def _at_most(self, rule: Rule) -> Iterable[Finding]:
        other = rule.others[0]
        value, limit = self._value(rule.indicator), self._value(other)
        if value is None or limit is None or value <= limit:
            return
        here, there = self._shown_at(rule.indicator), self._shown_at(other)
        if here:
            yield self._finding(here, "more_than_other", rule, there, value=value, limit=limit, other=other)
        elif there:
            yield self._finding(there, "less_than_other", rule, here, value=limit, limit=value, other=rule.indicator)

    def _sum_of(self, rule: Rule) -> Iterable[Finding]:
        value, parts = self._value(rule.indicator), [self._value(other) for other in rule.others]
        whole = sum((part for part in parts if part is not None), Decimal(0))
        if value is None or None in parts or value == whole:
            return
        places = [self._shown_at(field) for field in (rule.indicator, *rule.others)]
        here = next((place for place in places if place), None)
        if here:
            names = " + ".join(rule.others)
            yield self._finding(here, "not_the_sum", rule, all(places), value=value, limit=whole, other=names)

    def _never_falls(self, rule: Rule) -> Iterable[Finding]:
        for field in self._own(rule):
            value = self.values[field]
            known = {}
            for past in sorted(self.past.get(field, ()), key=lambda p: p.approved):  # an approved one is what counts
                if rule.within == "plan" or past.period.fiscal_year == self.period.fiscal_year:
                    known[past.period] = past.value
            before = max((p for p in known if p < self.period), default=None)
            after = min((p for p in known if p > self.period), default=None)
            if before and value < known[before]:
                yield self._finding(
                    field, "fell_below_earlier", rule, True, value=value, limit=known[before], period=before
                )
            if after and value > known[after]:
                yield self._finding(field, "above_later", rule, False, value=value, limit=known[after], period=after)

    def _share(self, rule: Rule) -> Iterable[Finding]:
        for field in self._own(rule):
            numerator, denominator = self.entries[field].numerator, self.entries[field].denominator
            if numerator is not None and denominator is not None and numerator > denominator:
                yield self._finding(
                    field, PLAIN, rule, True,
                    unit="", part="numerator", value=numerator, limit=denominator,
                )  # fmt: skip

    def _history(self, rule: Rule) -> Iterable[Finding]:
        for field in self._own(rule):
            value = self.values[field]
            same = (p for p in self.past.get(field, ()) if p.approved and p.period.grain is self.period.grain)
            now = _place(self.period)
            points = [(place, p.value) for p in same if (place := _place(p.period)) < now]
            band = usual(points, now, rule)
            if band and not band.low <= value <= band.high:
                yield self._finding(
                    field, "outside_history", rule, False,
                    value=value, expected=band.expected, low=band.low, high=band.high, points=band.points,
                )  # fmt: skip

    def _own(self, rule: Rule) -> list[str]:
        """The fields of the rule's indicator that hold a number here: its components, where it has some."""
        return [field for field in self.fields.get(rule.indicator, ()) if field in self.entries]

    def _value(self, field: str) -> Decimal | None:
        """The figure of a field in this period: of this report, else of another of the agency."""
        if field in self.values:
            return self.values[field]
        there = [past for past in self.past.get(field, ()) if past.period == self.period]
        return max(there, key=lambda past: past.approved).value if there else None

    def _shown_at(self, field: str) -> str | None:
        """Where this report asks for the figure; for a total of components at the first of them."""
        if field not in self.entries:
            return None
        return field if field in self.units else next(iter(self.fields.get(field, ())), None)

    def _finding(
        self,
        field: str,
        code: str,
        rule: Rule,
        mendable: object,
        *,
        unit: str | None = None,
        part: str = "value",
        **numbers: object,
    ) -> Finding:
        return Finding(
            field=field,
            code=code,
            stops=bool(mendable) and not rule.asks,
            numbers={name: _text(number) for name, number in numbers.items()},
            unit=self.units[field] if unit is None else unit,
            part=part,
        )


@lru_cache(maxsize=1024)
def _place(period: Period) -> int:
    """Its place among the periods of its length."""
    return (period.starts_on.year * 12 + period.starts_on.month) // period.grain.months


def _median(values: Sequence[Decimal]) -> Decimal:
    ordered = sorted(values)
    half = len(ordered) // 2
    return ordered[half] if len(ordered) % 2 else (ordered[half - 1] + ordered[half]) / 2


def _text(number: object) -> str:
    return format(number.normalize(), "f") if isinstance(number, Decimal) else str(number)

"""What a rollup has to be, from figures in plain Python: one cell at a time, without the product's SQL."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, fields, replace
from decimal import Decimal
from fractions import Fraction

from agencies.models import AgencyProfile
from indicators.models import AssignedIndicator, IndicatorDefinition
from reporting.models import Figure, Rollup
from tests.acts import reading

LATEST = {
    "stock_latest_sum", "stock_latest_sum_dedup", "external_rank", "binary_all", "stages_0_4", "weighted_mean",
    "self_rating",
}  # fmt: skip
STOCKS = {"stock_latest_sum", "stock_latest_sum_dedup"}
SUMS = {"sum_of_flows", "sum_of_flows_dedup", "cumulative_sum", *STOCKS}


@dataclass(frozen=True)
class Cell:
    indicator: str
    period: str
    scope: str
    agency: str | None
    domain: str | None
    component: str | None
    kind: str | None = None


@dataclass(frozen=True)
class Numbers:
    value: Decimal | None
    numerator: Decimal | None
    denominator: Decimal | None
    expected: int
    expected_weight: Decimal
    answered: int
    with_value: int
    nothing: int
    not_measurable: int
    carried: int
    complete: int
    complete_weight: Decimal
    final_weight: Decimal
    lower_bound: bool
    pending_value: Decimal | None
    pending: int
    final: bool


def shown() -> dict[Cell, Numbers]:
    """What the rollup tables say."""
    return {
        Cell(r.indicator_id, r.period, r.scope, r.agency_id, r.domain_id, r.component, r.kind): Numbers(
            **{number.name: getattr(r, number.name) for number in fields(Numbers)}
        )
        for r in Rollup.objects.all()
    }


@dataclass
class Said:
    """One figure, as it stands in a table or as an event said it."""

    indicator_id: str
    agency_id: str
    period: str
    year_period: str
    domain_id: str | None
    component: str | None
    answer: str
    value: Decimal | None
    numerator: Decimal | None
    denominator: Decimal | None
    counted_elsewhere: Decimal
    approved: bool


Series = tuple[str, str, str | None, str | None]  # indicator, agency, domain, component


@dataclass
class Facts:
    """All that rollups follow from."""

    supervisors: dict[str, set[str]] = field(default_factory=dict)
    ministries: set[str] = field(default_factory=set)
    kinds: dict[str, str] = field(default_factory=dict)
    weights: dict[str, dict[str, str]] = field(default_factory=dict)  # by indicator, by agency
    aggregation: dict[str, str] = field(default_factory=dict)
    frequency: dict[tuple[str, str], str] = field(default_factory=dict)  # by indicator and agency
    figures: dict[Series, list[Said]] = field(default_factory=lambda: defaultdict(list))
    ever: set[Cell] = field(default_factory=set)  # every cell that has ever had a figure

    def homes(self, agency: str) -> list[tuple[str, str | None, str | None]]:
        """Where an agency's figures count."""
        ministries = self.supervisors[agency] | ({agency} & self.ministries)
        return [
            ("nation", None, None), ("agency", agency, None), ("kind", None, self.kinds[agency]),
            *(("ministry", ministry, None) for ministry in sorted(ministries)),
        ]  # fmt: skip

    def has_had(self, figure: Said | Figure) -> None:
        for period in {figure.period, figure.year_period}:
            for scope, agency, kind in self.homes(figure.agency_id):
                self.ever.add(
                    Cell(figure.indicator_id, period, scope, agency, figure.domain_id, figure.component, kind)
                )


def facts_of_tables() -> Facts:
    """Read once, inside a transaction that sees everything."""
    profiles = AgencyProfile.objects.filter(to_position=None)
    facts = Facts(
        supervisors={p.agency_id: set(p.supervisors) for p in profiles},
        ministries={p.agency_id for p in profiles if p.kind == "ministry"},
        kinds={p.agency_id: p.kind for p in profiles},
        weights=dict(IndicatorDefinition.objects.filter(to_position=None).values_list("indicator_id", "weights")),
        aggregation=dict(
            IndicatorDefinition.objects.filter(to_position=None).values_list("indicator_id", "aggregation")
        ),
        frequency={
            (e.indicator_id, e.agency_id): e.frequency for e in AssignedIndicator.objects.filter(to_position=None)
        },
    )
    names = [f.name for f in fields(Said)]
    for figure in Figure.objects.all():
        facts.has_had(figure)
        if figure.to_position is None:
            series = (figure.indicator_id, figure.agency_id, figure.domain_id, figure.component)
            facts.figures[series].append(Said(**{name: getattr(figure, name) for name in names}))
    return facts


class Oracle:
    """What cells come to by the facts."""

    def __init__(self, facts: Facts) -> None:
        self.facts = facts
        self.members_of: dict[tuple[str, str | None, str | None], list[str]] = defaultdict(list)
        for agency in facts.supervisors:
            for home in facts.homes(agency):
                self.members_of[home].append(agency)

    def cells(self) -> dict[Cell, Numbers]:
        return {cell: self.numbers(cell) for cell in self.facts.ever}

    def members(self, cell: Cell) -> list[str]:
        return self.members_of[cell.scope, cell.agency, cell.kind]

    def mine(self, cell: Cell, member: str) -> list[Said]:
        """An agency's figures in the cell's period and, in a year, in its parts."""
        figures = self.facts.figures.get((cell.indicator, member, cell.domain, cell.component), ())
        return [f for f in figures if cell.period in (f.period, f.year_period)]

    def numbers(self, cell: Cell) -> Numbers:
        members = self.members(cell)
        answers = {m: self.chosen(cell, m, pending=False) for m in members}
        carried = {m: [] if answers[m] else self.carried(cell, m, pending=False) for m in members}
        reckoned = {m: answers[m] or carried[m] for m in members}
        looked_at = {m: self.chosen(cell, m, pending=True) or self.before(cell, m, pending=True) for m in members}
        pending = {
            m: self.chosen(cell, m, pending=True) or self.carried(cell, m, pending=True) for m in members
        }  # fmt: skip
        expected = [m for m in members if self.is_expected(cell, m)]
        complete = [m for m in expected if answers[m] and self.is_complete(cell, m)]
        best = [self.best(rows) for rows in answers.values() if rows]
        rows = [row for chosen in answers.values() for row in chosen]
        value = self.total(cell, reckoned)
        return Numbers(
            value=value,
            numerator=added([r.numerator for rows in reckoned.values() for r in rows]),
            denominator=added([r.denominator for rows in reckoned.values() for r in rows]),
            expected=len(expected),
            expected_weight=sum((self.weight(cell, m) for m in expected), Decimal(0)),
            answered=len(best),
            with_value=best.count("value"),
            nothing=best.count("nothing"),
            not_measurable=best.count("not_measurable"),
            carried=sum(bool(chosen) for chosen in carried.values()),
            complete=len(complete),
            complete_weight=sum((self.weight(cell, m) for m in complete), Decimal(0)),
            final_weight=sum((self.weight(cell, m) for m in expected if self.is_final(cell, answers[m])), Decimal(0)),
            lower_bound=value is not None and self.facts.aggregation[cell.indicator] in SUMS
            and any(not self.is_there(cell, m, reckoned[m]) for m in expected),
            pending_value=self.total(cell, pending),
            pending=sum(any(not r.approved for r in chosen) for chosen in looked_at.values()),
            final=len(cell.period) == 6 and bool(rows) and all(r.period == cell.period for r in rows)
            and all(answers[m] for m in expected),
        )  # fmt: skip

    def is_final(self, cell: Cell, rows: Sequence[Said]) -> bool:
        """Whether the answer is the fiscal year's own figure."""
        return len(cell.period) == 6 and any(row.period == cell.period for row in rows)

    def weight(self, cell: Cell, member: str) -> Decimal:
        return Decimal(self.facts.weights.get(cell.indicator, {}).get(member, "1"))

    def best(self, rows: Sequence[Said]) -> str:
        said = {row.answer for row in rows}
        return "value" if "value" in said else "nothing" if "nothing" in said else "not_measurable"

    def is_there(self, cell: Cell, member: str, reckoned: Sequence[Said]) -> bool:
        """Whether nothing of the agency is missing in a sum: of a stock, its newest level is all there is."""
        if self.facts.aggregation[cell.indicator] in STOCKS:
            return any(row.answer != "not_measurable" for row in reckoned)
        return self.is_complete(cell, member)

    def carried(self, cell: Cell, member: str, *, pending: bool) -> list[Said]:
        """What stands in for an agency that has not answered: its value of the period before."""
        return [row for row in self.before(cell, member, pending=pending) if row.answer == "value"]

    def before(self, cell: Cell, member: str, *, pending: bool) -> list[Said]:
        """What an agency that has not answered said in the period before."""
        if self.facts.aggregation[cell.indicator] not in STOCKS or not self.is_expected(cell, member):
            return []
        for period in periods_before(cell.period):
            rows = self.chosen(replace(cell, period=period), member, pending=pending)
            own = any(row.period == period for row in rows)
            if rows and (own or period == periods_before(cell.period)[-1]):
                return rows
        return []

    def is_complete(self, cell: Cell, member: str) -> bool:
        """Whether what is approved covers the whole period: the year's own answer, or all its parts."""
        mine = [f for f in self.mine(cell, member) if f.approved]
        own = [f for f in mine if f.period == cell.period]
        if own:
            return own[0].answer != "not_measurable"
        needed = {"quarterly": 4, "half_yearly": 2, "monthly": 12}.get(
            self.facts.frequency.get((cell.indicator, member), ""), 1
        )
        return sum(f.answer != "not_measurable" for f in mine) >= needed

    def is_expected(self, cell: Cell, member: str) -> bool:
        frequency = self.facts.frequency.get((cell.indicator, member))
        if frequency is None:
            return False
        if "Q" in cell.period:
            return frequency == "quarterly"
        if "-" in cell.period:
            return frequency == "monthly"
        return frequency == "half_yearly" if "H" in cell.period else True

    def chosen(self, cell: Cell, member: str, *, pending: bool) -> list[Said]:
        """An agency's figures that count in the cell: the year's own before its parts, the waiting before the old."""
        rows = [f for f in self.mine(cell, member) if f.approved or pending]
        newest: dict[str, Said] = {}
        for f in sorted(rows, key=lambda f: not f.approved):  # a waiting one after, and over, the approved one
            newest[f.period] = f
        if cell.period in newest:
            return [newest[cell.period]]
        if newest and self.facts.aggregation[cell.indicator] in LATEST:
            said = [period for period, f in newest.items() if f.answer != "not_measurable"]
            return [newest[max(said or newest)]]
        return list(newest.values())

    def total(self, cell: Cell, by_member: Mapping[str, Sequence[Said]]) -> Decimal | None:
        kind = self.facts.aggregation[cell.indicator]
        rows = [row for chosen in by_member.values() for row in chosen]
        values = [r.value for r in rows if r.value is not None]
        if kind == "ratio_of_sums":
            numerator, denominator = added([r.numerator for r in rows]), added([r.denominator for r in rows])
            if numerator is None or not denominator:
                return None
            return rounded(Fraction(numerator) * 100 / Fraction(denominator))
        if not values:
            return None
        if kind == "weighted_mean":
            weighed = [
                (Fraction(self.weight(cell, m)), Fraction(r.value))
                for m, chosen in by_member.items() for r in chosen if r.value is not None
            ]  # fmt: skip
            return rounded(Fraction(sum(w * x for w, x in weighed)) / sum(w for w, _ in weighed))
        if kind in ("stages_0_4", "binary_all", "self_rating"):
            return min(values)
        if kind == "external_rank":
            return max(values)
        elsewhere = sum(r.counted_elsewhere for r in rows if r.value is not None) if kind.endswith("_dedup") else 0
        return sum(values, Decimal(0)) - elsewhere


def rounded(exact: Fraction) -> Decimal:
    """Half up at the sixth decimal."""
    return Decimal((2 * exact.numerator * 10**6 + exact.denominator) // (2 * exact.denominator)).scaleb(-6)


def periods_before(period: str) -> list[str]:
    """Of which periods an agency that has not answered may carry its value over; the one of the two that decides comes
    first: the year before, then its last part."""
    year = int(period[2:6] if period.startswith("FY") else period[:4])
    if len(period) == 6:
        return [f"FY{year - 1}"]
    if "-" in period:
        month = int(period[5:])
        before = f"{year}-{month - 1:02}" if month > 1 else f"{year - 1}-12"
        return [f"FY{year - 1}", before] if month == 4 else [before]
    letter, number = period[6], int(period[7])
    if number > 1:
        return [f"{period[:7]}{number - 1}"]
    return [f"FY{year - 1}", f"FY{year - 1}{letter}{4 if letter == 'Q' else 2}"]


def added(numbers: Sequence[Decimal | None]) -> Decimal | None:
    given = [number for number in numbers if number is not None]
    return sum(given, Decimal(0)) if given else None


def differences() -> dict[Cell, tuple[Numbers | None, Numbers | None]]:
    """Cell by cell, what is shown and what it has to be, where they are not the same."""
    with reading():
        is_shown, oracle = shown(), Oracle(facts_of_tables())
        has_to_be = oracle.cells() | {cell: oracle.numbers(cell) for cell in is_shown}
    return {
        cell: (is_shown.get(cell), has_to_be.get(cell))
        for cell in is_shown.keys() | has_to_be.keys()
        if is_shown.get(cell) != has_to_be.get(cell)
    }

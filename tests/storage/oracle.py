"""What a rollup has to be, from figures in plain Python: one cell at a time, without the product's SQL."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field, fields
from decimal import ROUND_HALF_UP, Decimal

from agencies.models import AgencyProfile
from indicators.models import AssignedIndicator, IndicatorDefinition
from reporting.models import Figure, Rollup
from tests.acts import reading

LATEST = {"stock_latest_sum", "stock_latest_sum_dedup", "external_rank", "binary_all", "stages_0_4", "self_rating"}


@dataclass(frozen=True)
class Cell:
    indicator: str
    period: str
    scope: str
    agency: str | None
    domain: str | None
    component: str | None


@dataclass(frozen=True)
class Numbers:
    value: Decimal | None
    numerator: Decimal | None
    denominator: Decimal | None
    expected: int
    answered: int
    with_value: int
    complete: int
    pending_value: Decimal | None
    pending: int
    final: bool


def shown() -> dict[Cell, Numbers]:
    """What the rollup tables say."""
    return {
        Cell(r.indicator_id, r.period, r.scope, r.agency_id, r.domain_id, r.component): Numbers(
            r.value,
            r.numerator,
            r.denominator,
            r.expected,
            r.answered,
            r.with_value,
            r.complete,
            r.pending_value,
            r.pending,
            r.final,
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
    aggregation: dict[str, str] = field(default_factory=dict)
    frequency: dict[tuple[str, str], str] = field(default_factory=dict)  # by indicator and agency
    figures: dict[Series, list[Said]] = field(default_factory=lambda: defaultdict(list))
    ever: set[Cell] = field(default_factory=set)  # every cell that has ever had a figure

    def homes(self, agency: str) -> list[tuple[str, str | None]]:
        """Where an agency's figures count."""
        ministries = self.supervisors[agency] | ({agency} & self.ministries)
        return [("nation", None), ("agency", agency), *(("ministry", ministry) for ministry in sorted(ministries))]

    def has_had(self, figure: Said | Figure) -> None:
        for period in {figure.period, figure.year_period}:
            for scope, agency in self.homes(figure.agency_id):
                self.ever.add(Cell(figure.indicator_id, period, scope, agency, figure.domain_id, figure.component))


def facts_of_tables() -> Facts:
    """Read once, inside a transaction that sees everything."""
    profiles = AgencyProfile.objects.filter(to_position=None)
    facts = Facts(
        supervisors={p.agency_id: set(p.supervisors) for p in profiles},
        ministries={p.agency_id for p in profiles if p.kind == "ministry"},
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
        self.members_of: dict[tuple[str, str | None], list[str]] = defaultdict(list)
        for agency in facts.supervisors:
            for home in facts.homes(agency):
                self.members_of[home].append(agency)

    def cells(self) -> dict[Cell, Numbers]:
        return {cell: self.numbers(cell) for cell in self.facts.ever}

    def members(self, cell: Cell) -> list[str]:
        return self.members_of[cell.scope, cell.agency]

    def mine(self, cell: Cell, member: str) -> list[Said]:
        """An agency's figures in the cell's period and, in a year, in its parts."""
        figures = self.facts.figures.get((cell.indicator, member, cell.domain, cell.component), ())
        return [f for f in figures if cell.period in (f.period, f.year_period)]

    def numbers(self, cell: Cell) -> Numbers:
        members = self.members(cell)
        approved = {m: rows for m in members if (rows := self.chosen(cell, m, pending=False))}
        pending = {m: rows for m in members if (rows := self.chosen(cell, m, pending=True))}
        expected = sum(self.is_expected(cell, m) for m in members)
        rows = [row for chosen in approved.values() for row in chosen]
        return Numbers(
            value=self.total(cell, rows),
            numerator=added([r.numerator for r in rows]),
            denominator=added([r.denominator for r in rows]),
            expected=expected,
            answered=len(approved),
            with_value=sum(any(r.answer == "value" for r in chosen) for chosen in approved.values()),
            complete=sum(self.is_complete(cell, m) for m in approved),
            pending_value=self.total(cell, [row for chosen in pending.values() for row in chosen]),
            pending=sum(any(not r.approved for r in chosen) for chosen in pending.values()),
            final=len(cell.period) == 6 and bool(rows) and all(r.period == cell.period for r in rows)
            and len(approved) >= expected,
        )  # fmt: skip

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

    def total(self, cell: Cell, rows: Sequence[Said]) -> Decimal | None:
        kind = self.facts.aggregation[cell.indicator]
        values = [r.value for r in rows if r.value is not None]
        if kind == "ratio_of_sums":
            numerator, denominator = added([r.numerator for r in rows]), added([r.denominator for r in rows])
            if numerator is None or not denominator:
                return None
            return (100 * numerator / denominator).quantize(Decimal("0.000001"), ROUND_HALF_UP)
        if not values:
            return None
        if kind in ("stages_0_4", "binary_all", "self_rating"):
            return min(values)
        if kind == "external_rank":
            return max(values)
        elsewhere = sum(r.counted_elsewhere for r in rows if r.value is not None) if kind.endswith("_dedup") else 0
        return sum(values, Decimal(0)) - elsewhere


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

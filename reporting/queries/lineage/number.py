"""One number: what it is, how it is computed, what it is made of, and what is not in it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from decimal import Decimal
from typing import Any

from agencies import access
from agencies.access import Actor, Scope
from agencies.models import Agency, in_force
from indicators.aggregation import KINDS, Combined, Kind, Share, added, combine, share_of, value_of
from indicators.models import AssignedIndicator, Domain, IndicatorDefinition
from indicators.periods import Frequency, Period
from indicators.quantities import Unit, unit_named
from reporting.domain.lineage import COUNTING, Place, placed
from reporting.models import Figure, Rollup
from reporting.queries.desk.front import Freshness, freshness
from reporting.queries.desk.indicator_agencies import defined_then
from reporting.queries.lineage.cells import members, rollups
from reporting.queries.lineage.figures import Story, as_answer, figures_behind, stories
from reporting.queries.lineage.which import Which, may_see
from reporting.queries.rollups import years_of

PAGE = 50  # agencies whose figures are listed at once


@dataclass(frozen=True)
class Row:
    """One figure of an agency, whether it counts or why it does not, and its story."""

    figure: Figure
    place: Place
    story: Story | None = None

    @property
    def counts(self) -> bool:
        return self.place in COUNTING


@dataclass(frozen=True)
class Contribution:
    """What one agency brings to one cell."""

    agency: Agency
    which: Which  # its own number
    share: Share
    amount: Decimal | None
    with_waiting: Decimal | None
    rows: tuple[Row, ...]


@dataclass(frozen=True)
class Part:
    """One cell of the number: the only one, or of a total one fiscal year. `combined`: of all the shares the actor may
    see, by the plain rules, and not by the SQL that the rollup was computed with."""

    which: Which
    rollup: Rollup | None
    contributions: tuple[Contribution, ...]
    combined: Combined
    with_waiting: Decimal | None  # the same as if what waits were approved
    missing: tuple[Agency, ...]
    in_part: tuple[Agency, ...]  # whose answer does not cover the whole period

    @property
    def amount(self) -> Decimal | None:
        return self.rollup.value if self.rollup else None


@dataclass(frozen=True)
class NumberPage:
    which: Which
    definition: IndicatorDefinition
    agency: Agency | None
    domain: Domain | None
    component: Mapping[str, str] | None
    parts: tuple[Part, ...]
    sees_all: bool  # every agency in it; else the actor's own only
    number: int  # of agencies and years listed
    page: int
    freshness: Freshness

    @property
    def kind(self) -> Kind:
        return KINDS[self.definition.aggregation]

    @property
    def unit(self) -> Unit:
        return unit_named(self.definition.unit)

    @property
    def total(self) -> bool:
        return self.which.since is not None

    @property
    def rollup(self) -> Rollup | None:
        """Of a total that of its last year."""
        return self.parts[-1].rollup

    @property
    def value(self) -> Decimal | None:
        return added(part.amount for part in self.parts)

    @property
    def with_pending(self) -> Decimal | None:
        return added(part.rollup.pending_value for part in self.parts if part.rollup)

    @property
    def pending(self) -> int:
        return sum(part.rollup.pending for part in self.parts if part.rollup)

    @property
    def whole(self) -> bool:
        """Nobody who is expected is missing, and every figure listed is counted."""
        lacking = (part.missing or part.in_part or (part.rollup and part.rollup.missing) for part in self.parts)
        return not any(lacking) and not any(self.left_out.values())

    @property
    def shown(self) -> Decimal | None:
        """What stands on the pages that lead here: nothing approved is shown as what waits, and marked."""
        return self.with_pending if self.value is None else self.value

    @property
    def final(self) -> bool:
        return all(part.rollup is not None and part.rollup.final for part in self.parts)

    @property
    def lower_bound(self) -> bool:
        return any(part.rollup is not None and part.rollup.lower_bound for part in self.parts)

    @property
    def folded(self) -> Decimal | None:
        """What the figures listed come to: those approved, or where none is those that wait."""
        if self.value is None:
            return added(part.with_waiting for part in self.parts)
        return added(part.combined.value for part in self.parts)

    @property
    def agrees(self) -> bool:
        """Whether they come to the number; where not, it is being counted again."""
        return self.folded == self.shown

    @property
    def pages(self) -> int:
        return max(-(-self.number // PAGE), 1)

    @property
    def left_out(self) -> dict[Place, int]:
        """How many of the figures listed do not count, by why."""
        rows = [row for part in self.parts for c in part.contributions for row in c.rows if not row.counts]
        return {place: sum(row.place is place for row in rows) for place in Place if place not in COUNTING}


def number_page(
    *, actor: Actor, which: Which, now: datetime, as_of: int | None = None, page: int = 1
) -> NumberPage | None:
    """None for what is not there, or not this actor's to see. Ten queries at most."""
    if not may_see(actor, which):
        return None
    definition = defined_then(code=which.indicator, as_of=as_of)
    if definition is None:
        return None
    component = next((c for c in definition.components if c["code"] == which.component), None)
    domain = Domain.objects.filter(pk=which.domain).first() if which.domain else None
    agency = Agency.objects.filter(pk=which.agency).first() if which.agency else None
    named = ((which.component, component), (which.domain, domain), (which.agency, agency))
    plan = definition.indicator.node.plan
    years = years_of(plan.first_year, plan.last_year)
    if any(code and not found for code, found in named) or any(p.year.code not in years for p in which.periods):
        return None
    theirs = members(which=which, as_of=as_of)
    found = rollups(actor=actor, which=which, as_of=as_of)
    if not found and which.kind and not theirs:
        return None  # no agency is of such a kind
    figures = figures_behind(actor=actor, which=which, kind=KINDS[definition.aggregation], members=theirs, as_of=as_of)
    entries = _entered(actor, which, theirs, as_of)
    parts = [_part(which, period, definition, found.get(period.code), figures, entries) for period in which.periods]
    parts, number, page = _one_page(parts, page)
    told = stories(
        actor=actor,
        figures=[row.figure for part in parts for c in part.contributions for row in c.rows],
    )
    return NumberPage(
        which=which,
        definition=definition,
        agency=agency,
        domain=domain,
        component=component,
        parts=tuple(_told(part, told) for part in parts),
        sees_all=actor.scope is Scope.ALL or (theirs is not None and theirs <= actor.agencies),
        number=number,
        page=page,
        freshness=freshness(actor=actor, now=now, as_of=as_of),
    )


def _entered(actor: Actor, which: Which, theirs: set[str] | None, as_of: int | None) -> dict[str, AssignedIndicator]:
    rows = AssignedIndicator.objects.filter(in_force(as_of), indicator=which.indicator)
    if theirs is not None:
        rows = rows.filter(agency__in=theirs)
    return {row.agency_id: row for row in access.visible(rows.select_related("agency"), actor).order_by("agency")}


def _part(
    which: Which,
    period: Period,
    definition: IndicatorDefinition,
    rollup: Rollup | None,
    figures: Mapping[str, Sequence[Figure]],
    entries: Mapping[str, AssignedIndicator],
) -> Part:
    kind = KINDS[definition.aggregation]
    contributions, shares, waiting = list[Contribution](), list[Share](), list[Share]()
    for code in sorted({*figures, *entries}):
        mine, entry = figures.get(code, ()), entries.get(code)
        frequency = Frequency(entry.frequency) if entry else None
        weight = Decimal(definition.weights.get(code, "1"))
        by_answer = {id(answer := as_answer(figure)): (figure, answer) for figure in mine}
        answers = [answer for _figure, answer in by_answer.values()]
        reckon: dict[str, Any] = {"frequency": frequency, "weight": weight}
        share = share_of(kind, period, code, answers, **reckon)
        shares.append(share)
        waits = any(not answer.approved for answer in answers)
        waiting.append(share_of(kind, period, code, answers, **reckon, with_waiting=True) if waits else share)
        # What counts first: that is what is looked for.
        found = placed(kind, period, answers, frequency=frequency)
        rows = sorted((Row(by_answer[id(p.answer)][0], p.place) for p in found), key=lambda row: not row.counts)
        if rows:
            own = Which(which.indicator, period, None, "agency", code, None, which.domain, which.component)
            contributions.append(
                Contribution(
                    rows[0].figure.agency,
                    own,
                    share,
                    value_of(kind, [share]),
                    value_of(kind, waiting[-1:]),
                    tuple(rows),
                )
            )
    there = {share.agency for share in shares if share.answer or share.carried}
    expected = [share for share in shares if share.expected and share.agency in entries]
    return Part(
        which=Which(
            which.indicator, period, None, which.scope, which.agency, which.kind, which.domain, which.component
        ),
        rollup=rollup,
        contributions=tuple(contributions),
        combined=combine(kind, period, shares),
        with_waiting=value_of(kind, waiting),
        missing=tuple(entries[s.agency].agency for s in expected if s.agency not in there),
        in_part=tuple(entries[s.agency].agency for s in expected if s.answer and not s.complete),
    )  # fmt: skip


def _one_page(parts: Sequence[Part], page: int) -> tuple[list[Part], int, int]:
    """Of all that is listed one page: how much there is, and which page that is. The parts themselves all stay."""
    number = sum(len(part.contributions) for part in parts)
    page = min(max(page, 1), max(-(-number // PAGE), 1))
    first, found = (page - 1) * PAGE, list[Part]()
    for part in parts:
        found.append(replace(part, contributions=part.contributions[max(first, 0) : max(first + PAGE, 0)]))
        first -= len(part.contributions)
    return found, number, page


def _told(part: Part, told: Mapping[int, Story]) -> Part:
    return replace(
        part,
        contributions=tuple(
            replace(c, rows=tuple(replace(row, story=told.get(row.figure.pk)) for row in c.rows))
            for c in part.contributions
        ),
    )

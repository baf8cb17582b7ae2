"""What approving reports would do to the nation's figures and standings, told before it is done. Nothing is written:
the figures are counted as if what waits were approved, and judged as the clock would judge them.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from agencies.access import Actor, Scope
from agencies.models import in_force
from indicators.assessment import EvidenceError
from indicators.models import Domain, Indicator, IndicatorDefinition
from indicators.quantities import Unit, unit_named
from indicators.trajectory import TrajectoryError
from reporting.domain.evaluation import evaluate
from reporting.event_store import head
from reporting.models import Figure, Rollup
from reporting.queries.rollups import yearly
from reporting.queries.series import Key, Series, all_series, inputs_of

Cell = tuple[str, str | None, str]  # indicator, domain, fiscal year


@dataclass(frozen=True)
class Effect:
    """One national figure of a fiscal year, as it is and as it would be; with the official standing of its target,
    where it has one. `answered` of `expected` agencies, then."""

    indicator: Indicator
    domain: Domain | None
    year: str
    unit: Unit
    now: Decimal | None
    then: Decimal | None
    answered: int
    expected: int
    standing_now: str | None
    standing_then: str | None

    @property
    def turns(self) -> bool:
        """Whether the standing would become another."""
        return self.standing_then is not None and self.standing_now != self.standing_then


def effects_of(*, actor: Actor, reports: Sequence[str], now: datetime) -> list[Effect]:
    """What approving these reports, which wait, would change in the nation's figures, by the plan's order. Only for who
    sees every agency. A constant number of queries, whatever the number of reports."""
    if actor.scope is not Scope.ALL or not reports:
        return []
    waiting = Figure.objects.filter(in_force(), report__in=list(reports), approved=False)
    touched = set(waiting.values_list("indicator_id", "year_period"))
    indicators = sorted({indicator for indicator, _ in touched})
    years = sorted({year for _, year in touched})
    # Both sides at one position and by one statement: what is live may be seconds behind, and would be told as theirs.
    position = head().position
    before, after = (
        _cells(yearly(actor=actor, indicators=indicators, years=years, parts=True, as_of=position, assumed=these))
        for these in ((), reports)
    )
    official, would_be = (
        standings_of(all_series(actor=actor, indicators=indicators, as_of=position, assumed=these), now)
        for these in ((), reports)
    )
    definitions = IndicatorDefinition.objects.filter(in_force(), indicator__in=indicators).select_related("indicator")
    ordered = {row.indicator_id: row for row in definitions.order_by("indicator__order")}
    order = list(ordered)
    found = []
    for cell in sorted(after, key=lambda c: (order.index(c[0]), c[1] or "", c[2])):
        old, new = before.get(cell), after[cell]
        if (cell[0], cell[2]) not in touched or (old is not None and _same(old, new)):
            continue
        definition, key = ordered[cell[0]], (cell[0], None, cell[1])
        found.append(
            Effect(
                indicator=definition.indicator,
                domain=new.domain,
                year=cell[2],
                unit=unit_named(definition.unit),
                now=old.value if old else None,
                then=new.value,
                answered=new.answered,
                expected=new.expected,
                standing_now=official.get(key),
                standing_then=would_be.get(key),
            )
        )
    return found


def _cells(rollups: Sequence[Rollup]) -> dict[Cell, Rollup]:
    return {(r.indicator_id, r.domain_id, r.period): r for r in rollups if r.scope == "nation" and r.component is None}


def _same(old: Rollup, new: Rollup) -> bool:
    return (old.value, old.answered) == (new.value, new.answered)


def standings_of(series: Sequence[Series], now: datetime) -> dict[Key, str]:
    """The official standing of each target, as the clock would find it now; of one that cannot be judged, nothing."""
    found = {}
    for one in series:
        try:
            inputs, _ = inputs_of(one, now)
            found[one.key] = evaluate(inputs).official.cls
        except (EvidenceError, TrajectoryError):
            continue
    return found

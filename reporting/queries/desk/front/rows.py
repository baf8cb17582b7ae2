"""The measures of the plan with what tracks them, by area and pillar; and what of them is told upwards."""

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Protocol

from indicators.models import PlanNode
from reporting.domain.comparison import Turn
from reporting.domain.distribution import Distribution, distribution
from reporting.domain.trend import Way
from reporting.queries.desk.front.groups import Lead
from reporting.queries.desk.national import National


class OfAGroup(Protocol):
    @property
    def node_id(self) -> str: ...
    @property
    def indicators(self) -> Sequence[str]: ...


@dataclass(frozen=True)
class MeasureRow:
    node: PlanNode
    figures: tuple[National, ...]
    linked: bool  # tracked by a headline indicator and not by one of its own
    leads: tuple[Lead, ...]
    domains: tuple[tuple[str, int], ...]  # how many technology domains are off track or at risk


@dataclass(frozen=True)
class Summary:
    """Of some measures, each indicator once. Classes are counted and never averaged; reports that are in are counted,
    the figures in them never added. `oldest`: of what has figures, the longest that nothing new was approved, in
    days."""

    standings: Distribution
    by_hand: int
    better: int
    flat: int
    worse: int
    answered: int
    expected: int
    oldest: int | None
    changed: int
    alarming: tuple[National, ...]
    fell: tuple[National, ...]

    @property
    def with_trend(self) -> int:
        return self.better + self.flat + self.worse


@dataclass(frozen=True)
class AreaPart:
    node: PlanNode
    rows: tuple[MeasureRow, ...]

    @cached_property
    def summary(self) -> Summary:
        return summary_of(self.rows)

    @property
    def standings(self) -> Distribution:
        return self.summary.standings


@dataclass(frozen=True)
class PillarPart:
    node: PlanNode
    areas: tuple[AreaPart, ...]

    @property
    def rows(self) -> list[MeasureRow]:
        return [row for area in self.areas for row in area.rows]

    @cached_property
    def summary(self) -> Summary:
        return summary_of(self.rows)

    @property
    def standings(self) -> Distribution:
        return self.summary.standings

    @property
    def total(self) -> int:
        return sum(len(area.rows) for area in self.areas)


def summary_of(rows: Sequence[MeasureRow]) -> Summary:
    figures = {figure.indicator.code: figure for row in rows for figure in row.figures}.values()
    ways = Counter(figure.trend.way for figure in figures)
    days = [figure.pulse.days for figure in figures if figure.pulse.days is not None]
    newest = [value for figure in figures if (value := figure.newest or figure.later) is not None]
    return Summary(
        standings=of_rows(rows),
        by_hand=sum(row.figures[0].by_hand is not None for row in rows if row.figures),
        better=ways[Way.BETTER],
        flat=ways[Way.FLAT],
        worse=ways[Way.WORSE],
        answered=sum(value.answered for value in newest),
        expected=sum(value.expected for value in newest),
        oldest=max(days, default=None),
        changed=sum(figure.changed for figure in figures),
        alarming=tuple(figure for figure in figures if figure.alarming),
        fell=tuple(figure for figure in figures if figure.turn is Turn.FELL),
    )


def of_rows(rows: Iterable[MeasureRow]) -> Distribution:
    """Of measures: each by the first of what tracks it, once. One that nothing tracks has no target."""
    return distribution(row.figures[0].cls if row.figures else "no_target" for row in rows)


def figures_of(
    measure: PlanNode, figures: Sequence[National], to_groups: Sequence[OfAGroup]
) -> tuple[tuple[National, ...], bool]:
    """What tracks a measure, and whether that is a headline indicator for want of one of its own.

    A headline indicator hangs at an area. It tracks the measure that its groups are to report it under; one that no
    group reports, the measure of its area that is left.
    """
    own = tuple(f for f in figures if f.indicator.node_id == measure.code and not f.indicator.headline)
    if own:
        return own, False
    by_measure = {(g.node_id, code) for g in to_groups for code in g.indicators}
    grouped = {code for _, code in by_measure}
    headlines = [f for f in figures if f.indicator.headline]
    named = [f for f in headlines if (measure.code, f.indicator.code) in by_measure]
    left = [f for f in headlines if f.indicator.node_id == measure.parent_id and f.indicator.code not in grouped]
    return tuple(named or left), True

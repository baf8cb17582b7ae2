"""CSTI's front page: what needs attention, the headline indicators, the measures by pillar, and as of when.

Areas, pillars, programmes and technology domains are shown by how many stand where (reporting.domain.distribution).
"""

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from django.db.models import Func, Subquery
from django.db.models.functions import Now as DatabaseNow

from agencies import access
from agencies.access import Actor
from agencies.models import Agency, in_force
from indicators.models import Assignment, Domain, GroupAssignment, Level, Plan, PlanNode, Programme
from reporting.domain.distribution import Distribution, distribution
from reporting.models import Follower, LogHead, Standing, TouchedCell
from reporting.queries.backlog import seconds_since
from reporting.queries.desk.loading import load
from reporting.queries.desk.national import National, nationals
from reporting.queries.overrides import in_force_by_scope, scope_of, shown_of

ATTENTION = {"off_track": 0, "at_risk": 1, "unknown": 2}


LATE = 5  # seconds: who waits for less need not be told


@dataclass(frozen=True)
class Freshness:
    """Up to which position of the log the numbers stand, how much is still to be counted, and how many seconds that has
    been waiting at least. `failing`: how many cells cannot be computed; their numbers are those of before."""

    position: int
    head: int
    recorded_at: datetime
    stopped: bool
    seconds: int = 0
    failing: int = 0

    @property
    def backlog(self) -> int:
        return self.head - self.position

    @property
    def late(self) -> bool:
        return bool(self.backlog) and self.seconds > LATE


@dataclass(frozen=True)
class MeasureRow:
    node: PlanNode
    figures: tuple[National, ...]
    linked: bool  # tracked by a headline indicator and not by one of its own
    leads: tuple[Agency, ...]
    domains: tuple[tuple[str, int], ...]  # how many technology domains are off track or at risk


@dataclass(frozen=True)
class AreaPart:
    node: PlanNode
    rows: tuple[MeasureRow, ...]

    @property
    def standings(self) -> Distribution:
        return of_rows(self.rows)


@dataclass(frozen=True)
class PillarPart:
    node: PlanNode
    areas: tuple[AreaPart, ...]

    @property
    def standings(self) -> Distribution:
        return of_rows(row for area in self.areas for row in area.rows)

    @property
    def by_hand(self) -> int:
        """Of how many the standing that is counted was set by hand."""
        return sum(row.figures[0].by_hand is not None for area in self.areas for row in area.rows if row.figures)

    @property
    def total(self) -> int:
        return sum(len(area.rows) for area in self.areas)

    @property
    def alarming(self) -> bool:
        return any(figure.alarming for area in self.areas for row in area.rows for figure in row.figures)


@dataclass(frozen=True)
class FrontPage:
    plan: Plan
    headlines: tuple[National, ...]
    attention: tuple[National, ...]
    pillars: tuple[PillarPart, ...]
    programmes: tuple[tuple[Programme, Distribution], ...]
    domains: tuple[tuple[Domain, Distribution], ...]
    freshness: Freshness

    @property
    def standings(self) -> Distribution:
        """Of the headline indicators: the plan's."""
        return distribution(figure.cls for figure in self.headlines)

    @property
    def by_hand(self) -> int:
        return sum(figure.by_hand is not None for figure in self.headlines)

    @property
    def measures(self) -> int:
        return sum(pillar.total for pillar in self.pillars)


def front_page(*, actor: Actor, now: datetime, as_of: int | None = None) -> FrontPage | None:
    """All of it; None before a plan has been loaded. Ten queries, whatever the number of agencies.

    `now` is the time to judge by: with `as_of` the time of that position.
    """
    nodes = list(PlanNode.objects.filter(in_force(as_of)).select_related("plan").order_by("order"))
    if not nodes:
        return None
    plan = nodes[0].plan
    loaded = load(actor=actor, plan=plan, as_of=as_of)
    figures = nationals(loaded, now=now)
    by_hand = in_force_by_scope(loaded.overrides)
    in_domains = Counter(
        (s.indicator_id, shown_of(s, by_hand.get(scope_of(s))).cls) for s in loaded.standings if s.domain_id
    )
    headlines = tuple(f for f in figures if f.indicator.headline)
    to_groups = groups(as_of=as_of)
    leads = _leads(actor, to_groups, as_of)

    def measure(node: PlanNode) -> MeasureRow:
        followed, linked = figures_of(node, figures, to_groups)
        codes = [] if linked else [f.indicator.code for f in followed]
        domains = [(cls, n) for cls in ATTENTION if (n := sum(in_domains[code, cls] for code in codes))]
        return MeasureRow(node, followed, linked, tuple(leads.get(node.code, ())), tuple(domains))

    children: dict[str, list[PlanNode]] = defaultdict(list)
    for node in nodes:
        children[node.parent_id or ""].append(node)
    pillars = tuple(
        PillarPart(
            pillar,
            tuple(
                AreaPart(area, tuple(measure(m) for m in children[area.code] if m.level == Level.MEASURE))
                for area in children[pillar.code]
                if area.level == Level.AREA
            ),
        )
        for pillar in nodes
        if pillar.level == Level.PILLAR
    )
    attention = sorted(
        (f for f in figures if f.alarming or (f.indicator.headline and f.cls == "unknown")),
        key=lambda f: (not f.indicator.headline, ATTENTION[f.cls], f.indicator.order, f.indicator.code),
    )
    rows = [row for pillar in pillars for area in pillar.areas for row in area.rows]
    return FrontPage(
        plan,
        headlines,
        tuple(attention),
        pillars,
        programmes=_of_programmes(rows, as_of),
        domains=_of_domains(loaded.standings),
        freshness=freshness(actor=actor, now=now, as_of=as_of),
    )


def of_rows(rows: Iterable[MeasureRow]) -> Distribution:
    """Of measures: each by the first of what tracks it, once. One that nothing tracks has no target."""
    return distribution(row.figures[0].cls if row.figures else "no_target" for row in rows)


def _of_programmes(rows: Sequence[MeasureRow], as_of: int | None) -> tuple[tuple[Programme, Distribution], ...]:
    """By programme, the measures it serves; a measure served by several is counted with each."""
    serves: Mapping[str, list[MeasureRow]] = defaultdict(list)
    for row in rows:
        for code in row.node.programmes:
            serves[code].append(row)
    found = Programme.objects.filter(in_force(as_of), code__in=serves).order_by("code")
    return tuple((programme, of_rows(serves[programme.code])) for programme in found)


def _of_domains(standings: Sequence[Standing]) -> tuple[tuple[Domain, Distribution], ...]:
    """By technology domain, the indicators that are judged in it. Without a target there nothing stands in it."""
    stands: Mapping[Domain, list[str]] = defaultdict(list)
    for standing in standings:
        if standing.domain is not None:
            stands[standing.domain].append(standing.cls)
    return tuple((domain, distribution(stands[domain])) for domain in sorted(stands, key=lambda d: d.order))


def freshness(*, actor: Actor, now: datetime, as_of: int | None = None) -> Freshness:
    """One query: the head of the log, how far the rollups' follower is, and the oldest cell still to be computed. What
    was asked as of a position stands for it exactly.

    A cell that cannot be computed is told beside: it would hold the position of all the others for ever.
    """
    if as_of is not None:
        return Freshness(position=as_of, head=as_of, recorded_at=now, stopped=False)
    touched = access.visible(TouchedCell.objects.all(), actor)
    oldest = touched.filter(tries=0).order_by("position")
    failing = touched.filter(tries__gt=0).order_by().annotate(n=Func("pk", function="count")).values("n")
    follower = Follower.objects.filter(name="rollups")
    row = LogHead.objects.annotate(
        oldest=Subquery(oldest.values("position")[:1]),
        touched_at=Subquery(oldest.values("touched_at")[:1]),
        failing=Subquery(failing),
        at=Subquery(follower.values("position")),
        error=Subquery(follower.values("error")),
        now=DatabaseNow(),
    ).get()
    at = row.at or 0
    stands_for = at if row.oldest is None else min(at, row.oldest - 1)
    # When the newest event came; the first that is unread is older. In a sample its time is the one replayed.
    unread_since = row.recorded_at if at < row.position and not row.sample else None
    seconds = max(seconds_since(row.touched_at, row.now), seconds_since(unread_since, row.now))
    return Freshness(stands_for, row.position, row.recorded_at, bool(row.error), seconds, row.failing or 0)


def groups(*, as_of: int | None = None) -> list[GroupAssignment]:
    """What the plan assigns to groups (universities, ministries ...): the plan itself, which everybody may see."""
    return list(GroupAssignment.objects.filter(in_force(as_of)).select_related("group").order_by("group"))


def figures_of(
    measure: PlanNode, figures: Sequence[National], to_groups: Sequence[GroupAssignment]
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


def _leads(actor: Actor, to_groups: Sequence[GroupAssignment], as_of: int | None) -> dict[str, list[Agency]]:
    """The lead agencies of a measure; a leading group is named as such and not member by member."""
    rows = Assignment.objects.filter(in_force(as_of), role="lead", via_group="").select_related("agency")
    leads: dict[str, list[Agency]] = defaultdict(list)
    for row in access.visible(rows, actor).order_by("agency"):
        leads[row.node_id].append(row.agency)
    for assignment in to_groups:
        if assignment.role == "lead":
            leads[assignment.node_id].append(assignment.group)
    return leads

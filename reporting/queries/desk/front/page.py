"""The front page: all of the plan at one time, narrowed, with what moved since a place of the log."""

from collections import Counter, defaultdict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from agencies.access import Actor
from agencies.models import in_force
from indicators.models import Domain, Level, Plan, PlanNode
from indicators.periods import JST
from reporting.domain.comparison import Turn, must_be_before
from reporting.domain.distribution import Distribution, distribution
from reporting.models import Standing
from reporting.queries.desk.front.asked import STANDINGS, Asked, Choice, Narrowing, narrowed_to
from reporting.queries.desk.front.decisions import Visit, to_decide, visited
from reporting.queries.desk.front.freshness import Freshness, fresh, freshness, head_row
from reporting.queries.desk.front.groups import Charge, Named, who_leads
from reporting.queries.desk.front.rows import AreaPart, MeasureRow, PillarPart, figures_of, of_rows
from reporting.queries.desk.loading import load
from reporting.queries.desk.national import National, nationals
from reporting.queries.desk.pulse import STILL, pulses
from reporting.queries.overrides import in_force_by_scope, scope_of, shown_of
from reporting.queries.shown import class_shown, kind_shown, name_shown

ATTENTION = {"off_track": 0, "at_risk": 1, "unknown": 2}


@dataclass(frozen=True)
class FrontPage:
    """`decisions`: how many of what wait for the reader, those there are; none are told of the past, nor a visit.
    `since`: the place of the log since which the changes are told."""

    plan: Plan
    headlines: tuple[National, ...]
    attention: tuple[National, ...]
    pillars: tuple[PillarPart, ...]
    programmes: tuple[tuple[Named, Distribution], ...]
    domains: tuple[tuple[Domain, Distribution], ...]
    freshness: Freshness
    narrowing: Narrowing
    figures: tuple[National, ...] = ()  # all that is not narrowed away
    decisions: tuple[tuple[str, int], ...] = ()
    visit: Visit | None = None
    since: int | None = None

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

    @property
    def turned(self) -> list[National]:
        """Whose standing is another than at `since`: what fell first."""
        found = [figure for figure in self.figures if figure.turn]
        return sorted(found, key=lambda f: (list(Turn).index(f.turn or Turn.OUTSIDE), f.indicator.order))

    @property
    def fell(self) -> int:
        return sum(figure.turn is Turn.FELL for figure in self.figures)

    @property
    def moved(self) -> Mapping[str, int]:
        """Of how many indicators something moved since."""
        return {
            "figures": sum(figure.pulse.figures for figure in self.figures),
            "targets": sum(figure.pulse.target for figure in self.figures),
            "definitions": sum(figure.pulse.definition for figure in self.figures),
        }


def front_page(
    *, actor: Actor, now: datetime, as_of: int | None = None, asked: Asked | None = None, since: int | None = None
) -> FrontPage | None:
    """All of it, or what is left of it; None before a plan has been loaded. Nine queries, whatever the number of
    agencies. Raises InvertedTimes.

    `now` is the time to judge by: with `as_of` the time of that position. Without `since` it is where the reader has
    said to have looked up to.
    """
    nodes = list(PlanNode.objects.filter(in_force(as_of)).select_related("plan").order_by("order"))
    if not nodes:
        return None
    plan = nodes[0].plan
    loaded = load(actor=actor, plan=plan, as_of=as_of)
    decisions: dict[str, int] = {}
    visit = None
    if as_of is None:
        counts = to_decide(actor=actor, today=now.astimezone(JST).date(), is_holiday=loaded.calendar.is_holiday)
        head = head_row(actor=actor).annotate(**counts, **visited(actor=actor)).get()
        stands = fresh(head)
        decisions = {name: n for name in counts if (n := getattr(head, name))}
        visit = None if head.visited is None else Visit(head.visited, head.visited_at)
        since = since if since is not None or visit is None else visit.position
    else:
        stands = freshness(actor=actor, now=now, as_of=as_of)
        if since is not None:
            must_be_before(since, as_of, said=(str(since), str(as_of)))
    beats = pulses(
        actor=actor, indicators=[d.indicator_id for d in loaded.definitions], now=now, since=since, as_of=as_of
    )
    figures = [replace(f, pulse=beats.get(f.indicator.code, STILL)) for f in nationals(loaded, now=now)]
    charge = who_leads(actor=actor, as_of=as_of)
    by_hand = in_force_by_scope(loaded.overrides)
    judged_in = {(s.indicator_id, s.domain_id) for s in loaded.standings if s.domain_id}
    in_domains = Counter(
        (s.indicator_id, shown_of(s, by_hand.get(scope_of(s))).cls) for s in loaded.standings if s.domain_id
    )
    domains = {s.domain for s in loaded.standings if s.domain is not None}
    narrowing = narrowed_to(asked or Asked(), _choices(nodes, figures, charge, domains))
    left = narrowing.asked

    def may_stay(figure: National) -> bool:
        return (
            left.ministry in ("", figure.definition.responsible_id)
            and left.standing in ("", figure.cls)
            and (not left.domain or (figure.indicator.code, left.domain) in judged_in)
        )

    def measure(node: PlanNode) -> MeasureRow:
        followed, linked = figures_of(node, figures, charge.to_groups)
        codes = [] if linked else [f.indicator.code for f in followed]
        in_attention = [(cls, n) for cls in ATTENTION if (n := sum(in_domains[code, cls] for code in codes))]
        return MeasureRow(node, followed, linked, tuple(charge.leads.get(node.code, ())), tuple(in_attention))

    def stays(row: MeasureRow) -> bool:
        if left.programme and left.programme not in row.node.programmes:
            return False
        if left.kind and left.kind not in {lead.kind for lead in row.leads}:
            return False
        if row.figures:
            return any(map(may_stay, row.figures))
        return not (left.ministry or left.domain) and left.standing in ("", "no_target")

    pillars = _tree(nodes, measure, stays, left.pillar)
    rows = [row for pillar in pillars for row in pillar.rows]
    tracking = {figure.indicator.code for row in rows for figure in row.figures}
    of_the_pillar = _beneath(nodes, left.pillar)
    figures = [
        f
        for f in figures
        if may_stay(f)
        and (not left.pillar or f.indicator.node_id in of_the_pillar)
        and (not left.of_measures or f.indicator.code in tracking)
    ]
    headlines = tuple(f for f in figures if f.indicator.headline)
    attention = sorted(
        (f for f in figures if f.alarming or (f.indicator.headline and f.cls == "unknown")),
        key=lambda f: (not f.indicator.headline, ATTENTION[f.cls], f.indicator.order, f.indicator.code),
    )
    return FrontPage(
        plan,
        headlines,
        tuple(attention),
        pillars,
        programmes=_of_programmes(rows, charge),
        domains=_of_domains(loaded.standings),
        freshness=stands,
        narrowing=narrowing,
        figures=tuple(figures),
        decisions=tuple(decisions.items()),
        visit=visit,
        since=since,
    )


def _tree(
    nodes: Sequence[PlanNode],
    measure: Callable[[PlanNode], MeasureRow],
    stays: Callable[[MeasureRow], bool],
    pillar: str,
) -> tuple[PillarPart, ...]:
    """The pillars with their areas and measures; without those in which nothing stays."""
    children: dict[str, list[PlanNode]] = defaultdict(list)
    for node in nodes:
        children[node.parent_id or ""].append(node)

    def area(node: PlanNode) -> AreaPart:
        rows = (measure(child) for child in children[node.code] if child.level == Level.MEASURE)
        return AreaPart(node, tuple(row for row in rows if stays(row)))

    found = (
        PillarPart(node, tuple(part for n in children[node.code] if n.level == Level.AREA if (part := area(n)).rows))
        for node in nodes
        if node.level == Level.PILLAR and pillar in ("", node.code)
    )
    return tuple(part for part in found if part.areas)


def _beneath(nodes: Sequence[PlanNode], code: str) -> set[str]:
    """A node with all that hangs under it. Parents come before their children in the plan's order of levels."""
    found = {code}
    parents = {node.code: node.parent_id for node in nodes}
    return found | {child for child, parent in parents.items() if parent == code or parents.get(parent or "") == code}


def _choices(
    nodes: Sequence[PlanNode], figures: Sequence[National], charge: Charge, domains: set[Domain]
) -> Mapping[str, Sequence[Choice]]:
    """What there is to narrow by, in the plan's own order or by code."""
    serving = {code for node in nodes for code in node.programmes}
    ministries = {figure.responsible for figure in figures if figure.responsible is not None}
    kinds = {lead.kind for leads in charge.leads.values() for lead in leads if lead.kind}
    return {
        "pillar": [(n.code, f"{n.code} {name_shown(n)}") for n in nodes if n.level == Level.PILLAR],
        "domain": [(d.code, name_shown(d)) for d in sorted(domains, key=lambda d: d.order)],
        "programme": [(p.code, name_shown(p)) for p in charge.programmes.values() if p.code in serving],
        "ministry": [(a.code, name_shown(a)) for a in sorted(ministries, key=lambda a: a.code)],
        "kind": [(kind, kind_shown(kind)) for kind in sorted(kinds)],
        "standing": [(cls, class_shown(cls)) for cls in STANDINGS],
    }


def _of_programmes(rows: Sequence[MeasureRow], charge: Charge) -> tuple[tuple[Named, Distribution], ...]:
    """By programme, the measures it serves; a measure served by several is counted with each."""
    serves: dict[str, list[MeasureRow]] = defaultdict(list)
    for row in rows:
        for code in row.node.programmes:
            serves[code].append(row)
    return tuple((programme, of_rows(serves[code])) for code, programme in charge.programmes.items() if serves[code])


def _of_domains(standings: Sequence[Standing]) -> tuple[tuple[Domain, Distribution], ...]:
    """By technology domain, the indicators that are judged in it. Without a target there nothing stands in it."""
    stands: dict[Domain, list[str]] = defaultdict(list)
    for standing in standings:
        if standing.domain is not None:
            stands[standing.domain].append(standing.cls)
    return tuple((domain, distribution(stands[domain])) for domain in sorted(stands, key=lambda d: d.order))

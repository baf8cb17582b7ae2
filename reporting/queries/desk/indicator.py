"""One indicator: its definition, its figures year by year, why it stands where it does, and since when."""

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from django.db.models import Exists, OuterRef

from agencies import access
from agencies.access import Actor
from agencies.models import Agency
from indicators.models import AssignedIndicator, PlanNode, Target
from reporting.models import Alert, Rollup, Standing
from reporting.queries.charts import ChartData
from reporting.queries.desk.chart_data import chart_data
from reporting.queries.desk.explanation import Explanation
from reporting.queries.desk.front import Freshness, freshness
from reporting.queries.desk.loading import Loaded, load_one
from reporting.queries.desk.national import National, nationals


@dataclass(frozen=True)
class HistoryRow:
    standing: Standing
    previous: str  # "" when it was the first

    @property
    def reason(self) -> str:
        return str(self.standing.evidence.get("reason", ""))


@dataclass(frozen=True)
class Component:
    name_ja: str
    target: Target | None
    total: Decimal | None  # up to the judged year
    newest: Rollup | None


@dataclass(frozen=True)
class AgencyRow:
    agency: Agency
    rollups: tuple[Rollup, ...]


@dataclass(frozen=True)
class IndicatorPage:
    figure: National
    nodes: tuple[PlanNode, ...]  # from the pillar down to where the indicator hangs
    explanation: Explanation | None
    history: tuple[HistoryRow, ...]
    components: tuple[Component, ...]
    domains: tuple[National, ...]
    alerts: tuple[Alert, ...]
    agencies: tuple[AgencyRow, ...]
    missing: tuple[Agency, ...]
    freshness: Freshness

    @property
    def restated(self) -> bool:
        """The newest figures give another class than the official one, which follows at the next judgement."""
        found = self.figure.found
        return found is not None and self.figure.standing is not None and str(found.cls) != self.figure.standing.cls


def indicator_page(*, actor: Actor, code: str, now: datetime) -> IndicatorPage | None:
    """None for an indicator that is not there. Eight queries."""
    loaded = load_one(actor=actor, indicator=code)
    if loaded is None:
        return None
    figure, *domains = nationals(loaded, now=now)
    alerts = Alert.objects.filter(indicator=code, resolved_at__isnull=True).select_related("responsible", "domain")
    return IndicatorPage(
        figure=figure,
        nodes=_way_to(figure.indicator.node),
        explanation=Explanation(figure.evidence, figure.found, figure.unit)
        if figure.evidence and figure.found
        else None,
        history=_history([s for s in loaded.standings if s.domain_id is None]),
        components=_components(loaded, figure),
        domains=tuple(domains),
        alerts=tuple(access.visible(alerts, actor).order_by("opened_at", "pk")),
        agencies=_agencies(loaded),
        missing=_missing(actor, figure),
        freshness=freshness(actor),
    )


def chart_of(*, actor: Actor, code: str, now: datetime) -> ChartData | None:
    """The chart of an indicator, in the active language. Five queries."""
    loaded = load_one(actor=actor, indicator=code)
    return chart_data(nationals(loaded, now=now)[0]) if loaded else None


def _way_to(node: PlanNode) -> tuple[PlanNode, ...]:
    way = [node]
    while way[0].parent is not None and len(way) < 3:
        way.insert(0, way[0].parent)
    return tuple(n for n in way if n.level != "plan")


def _history(standings: list[Standing]) -> tuple[HistoryRow, ...]:
    """Newest first."""
    in_order = sorted(standings, key=lambda s: s.from_position)
    before = ["", *(s.cls for s in in_order)]
    return tuple(reversed([HistoryRow(s, b) for s, b in zip(in_order, before, strict=False)]))


def _components(loaded: Loaded, figure: National) -> tuple[Component, ...]:
    targets = {t.component: t for t in loaded.targets if t.component and t.domain_id is None}
    upto = f"FY{figure.judged or 0}"
    found = []
    for component in figure.definition.components:
        rows = sorted(
            (
                r
                for r in loaded.rollups
                if r.scope == "nation" and r.domain_id is None and r.component == component["code"]
            ),
            key=lambda r: r.period,
        )
        values = [r.value for r in rows if r.value is not None and r.period <= upto]
        newest = max((r for r in rows if r.value is not None), key=lambda r: r.period, default=None)
        total = sum(values, Decimal(0)) if values else None
        found.append(Component(component["name_ja"], targets.get(component["code"]), total, newest))
    return tuple(found)


def _agencies(loaded: Loaded) -> tuple[AgencyRow, ...]:
    """The actor's own agencies in the order of their codes: there is no ranking of agencies here."""
    rows: dict[str, list[Rollup]] = {}
    for rollup in sorted(loaded.rollups, key=lambda r: r.period):
        if rollup.scope == "agency" and rollup.agency_id and rollup.domain_id is None and rollup.component is None:
            rows.setdefault(rollup.agency_id, []).append(rollup)
    return tuple(AgencyRow(mine[0].agency, tuple(mine)) for _, mine in sorted(rows.items()) if mine[0].agency)


def _missing(actor: Actor, figure: National) -> tuple[Agency, ...]:
    """Who is expected in the judged year and has no approved answer, among those the actor may see."""
    if figure.judged is None:
        return ()
    answered = Rollup.objects.filter(
        indicator=OuterRef("indicator"), period=f"FY{figure.judged}", scope="agency", agency=OuterRef("agency"),
        answered__gt=0,
    )  # fmt: skip
    entries = AssignedIndicator.objects.filter(to_position__isnull=True, indicator=figure.indicator)
    rows = access.visible(entries, actor).filter(~Exists(answered)).select_related("agency").order_by("agency")
    return tuple(row.agency for row in rows)

"""One indicator: its definition, its figures year by year, why it stands where it does, and since when."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from decimal import Decimal
from itertools import groupby
from typing import Any

from django.db.models import Exists, OuterRef, Subquery

from agencies import access
from agencies.access import Actor, Scope
from agencies.models import Agency, in_force
from indicators.models import AssignedIndicator, PlanNode, Target
from reporting.domain.evaluation import explained
from reporting.domain.overrides import Span, shown_spans, time_in_class
from reporting.models import IS_OPEN, ActionPlan, Alert, Figure, Opinion, Rollup, Standing, StandingOverride
from reporting.queries.alerts import open_alerts
from reporting.queries.charts import ChartData
from reporting.queries.desk.chart_data import chart_data
from reporting.queries.desk.front import Freshness, freshness
from reporting.queries.desk.loading import Loaded, load_one
from reporting.queries.desk.national import National, nationals
from reporting.queries.desk.target_history import History, Revision
from reporting.queries.opinions import opinions_on
from reporting.queries.shown import component_name
from reporting.queries.standings.explanation import Explanation


@dataclass(frozen=True)
class HistoryRow:
    standing: Standing
    previous: str  # "" when it was the first
    lasted: timedelta  # until the next one, or until now

    @property
    def reason(self) -> str:
        return str(self.standing.evidence.get("reason", ""))


@dataclass(frozen=True)
class Component:
    name: str
    target: Target | None
    total: Decimal | None  # up to the judged year
    newest: Rollup | None
    inside: bool = False  # part of the component above it
    code: str = ""  # "" for what is the sum of those below it
    since: str = ""  # the fiscal years of the total
    upto: str = ""


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
    spent: tuple[tuple[str, int], ...]  # days in each class, as it was shown
    overrides: tuple[StandingOverride, ...]  # of all domains together, past ones too, newest first
    opinions: tuple[Opinion, ...]  # on the standing in force
    components: tuple[Component, ...]
    domains: tuple[National, ...]
    alerts: tuple[Alert, ...]
    agencies: tuple[AgencyRow, ...]
    own_alerts: frozenset[int]  # of these the reader may see all
    freshness: Freshness
    changed: History  # what targets, milestones and the definition were before

    @property
    def revisions(self) -> tuple[Revision, ...]:
        """Of the national target, newest first."""
        return self.changed.of(None, None)

    @property
    def others(self) -> tuple[Revision, ...]:
        """Of the targets of parts and domains."""
        return tuple(r for r in self.changed.revisions if r not in self.revisions)

    @property
    def mark(self) -> str:
        return self.changed.mark(self.figure.target)

    @property
    def missing(self) -> int:
        """How many of those expected in the judged year have no approved answer; who, is asked of `missing_in`."""
        rollup = self.figure.series.years.get(self.figure.judged or 0)
        return rollup.missing if rollup else 0

    @property
    def restated(self) -> bool:
        """The newest figures give another class than the official one, which follows at the next judgement."""
        now, standing = self.figure.evaluation, self.figure.standing
        return now is not None and standing is not None and now.official.cls != standing.cls


def indicator_page(*, actor: Actor, code: str, now: datetime, as_of: int | None = None) -> IndicatorPage | None:
    """None for an indicator that is not there. Ten queries."""
    loaded = load_one(actor=actor, indicator=code, as_of=as_of)
    if loaded is None:
        return None
    figure, *domains = nationals(loaded, now=now)
    position = figure.standing.from_position if figure.standing else 0  # no event is there
    course = sorted((s for s in loaded.standings if s.domain_id is None), key=lambda s: s.from_position)
    by_hand = [o for o in loaded.overrides if o.agency_id is None and o.domain_id is None]
    return IndicatorPage(
        figure=figure,
        nodes=_way_to(figure.indicator.node),
        explanation=_explained(figure),
        history=_history(course, now),
        spent=_spent(course, by_hand, now),
        overrides=tuple(reversed(by_hand)),
        opinions=tuple(opinions_on(actor=actor, position=position, now=now, as_of=as_of)),
        components=_components(loaded, figure),
        domains=tuple(domains),
        alerts=(alerts := tuple(_alerts(actor, loaded, as_of))),
        own_alerts=frozenset(row.pk for row in alerts if row.pk and _is_own(actor, row)),
        agencies=_agencies(loaded),
        freshness=freshness(actor=actor, now=now, as_of=as_of),
        changed=loaded.history,
    )


def _explained(figure: National) -> Explanation | None:
    """By the newest figures: the official standing follows them at the next judgement."""
    if figure.evaluation is None or figure.inputs is None:
        return None
    return Explanation(explained(figure.evaluation, figure.inputs), figure.unit)


def chart_of(*, actor: Actor, code: str, now: datetime, as_of: int | None = None) -> ChartData | None:
    """The chart of an indicator, in the active language. Seven queries."""
    loaded = load_one(actor=actor, indicator=code, as_of=as_of)
    return chart_data(nationals(loaded, now=now)[0], loaded.history.of(None, None)) if loaded else None


def _way_to(node: PlanNode) -> tuple[PlanNode, ...]:
    way = [node]
    while way[0].parent is not None and len(way) < 3:
        way.insert(0, way[0].parent)
    return tuple(n for n in way if n.level != "plan")


def _history(course: list[Standing], now: datetime) -> tuple[HistoryRow, ...]:
    """Newest first."""
    before = ["", *(s.cls for s in course)]
    ends = [s.since for s in course[1:]] + [now]
    rows = [HistoryRow(s, b, max(end - s.since, timedelta())) for s, b, end in zip(course, before, ends, strict=False)]
    return tuple(reversed(rows))


def _spent(course: list[Standing], by_hand: list[StandingOverride], now: datetime) -> tuple[tuple[str, int], ...]:
    spans = shown_spans(
        [(s.since, s.cls) for s in course], [Span(o.cls, o.set_at, o.ended_at, by_hand=True) for o in by_hand]
    )
    return tuple((cls, lasted.days) for cls, lasted in time_in_class(spans, now).items())


def _components(loaded: Loaded, figure: National) -> tuple[Component, ...]:
    """The parts of the indicator. Parts of a part (its budgets) stand below it, which is their sum: it has the target,
    and no figures of its own."""
    targets = {t.component: t for t in loaded.targets if t.component and t.domain_id is None}
    upto = f"FY{figure.judged or 0}"
    found: list[Component] = []
    for of, grouped in groupby(figure.definition.components, key=lambda part: part.get("of_code", "")):
        parts = [_component(loaded, component, targets, upto) for component in grouped]
        if of:
            totals = [part.total for part in parts if part.total is not None]
            name = component_name(next(c for c in figure.definition.components if c.get("of_code") == of), "of_")
            found.append(Component(name, targets.get(of), sum(totals, Decimal(0)) if totals else None, None))
        found += [replace(part, inside=bool(of)) for part in parts]
    return tuple(found)


def _component(loaded: Loaded, component: Mapping[str, str], targets: Mapping[Any, Target], upto: str) -> Component:
    rows = sorted(
        (r for r in loaded.rollups if r.scope == "nation" and r.domain_id is None and r.component == component["code"]),
        key=lambda r: r.period,
    )
    values = [r.value for r in rows if r.value is not None and r.period <= upto]
    newest = max((r for r in rows if r.value is not None), key=lambda r: r.period, default=None)
    total = sum(values, Decimal(0)) if values else None
    summed = [r.period for r in rows if r.value is not None and r.period <= upto] or [""]
    return Component(
        component_name(component), targets.get(component["code"]), total, newest,
        code=component["code"], since=summed[0], upto=summed[-1],
    )  # fmt: skip


def _agencies(loaded: Loaded) -> tuple[AgencyRow, ...]:
    """The actor's own agencies in the order of their codes: there is no ranking of agencies here."""
    rows: dict[str, list[Rollup]] = {}
    for rollup in sorted(loaded.rollups, key=lambda r: r.period):
        if rollup.scope == "agency" and rollup.agency_id and rollup.domain_id is None and rollup.component is None:
            rows.setdefault(rollup.agency_id, []).append(rollup)
    return tuple(AgencyRow(mine[0].agency, tuple(mine)) for _, mine in sorted(rows.items()) if mine[0].agency)


def _alerts(actor: Actor, loaded: Loaded, as_of: int | None) -> list[Alert]:
    """Open ones, the nation's and those of the actor's own agencies, oldest first."""
    [definition] = loaded.definitions
    if as_of is None:
        rows = Alert.objects.filter(IS_OPEN, indicator=definition.indicator_id)
        plans = ActionPlan.objects.filter(alert=OuterRef("pk")).order_by("-number").values("state")[:1]
        rows = rows.select_related("responsible", "domain").annotate(plan_state=Subquery(plans))
        return list(access.visible(rows, actor).order_by("opened_at", "position"))
    found = open_alerts(
        standings=loaded.all_standings,
        overrides=loaded.overrides,
        upto=as_of,
        responsible={definition.indicator_id: definition.responsible},
    )
    return sorted(found, key=lambda alert: (alert.opened_at, alert.position))


def _is_own(actor: Actor, alert: Alert) -> bool:
    """As `access.visible` narrows the pages of alerts: by who is responsible."""
    return actor.scope is Scope.ALL or alert.responsible_id in actor.agencies


def missing_in(*, actor: Actor, figure: National, as_of: int | None = None) -> tuple[Agency, ...]:
    """Who is expected in the judged year and has no approved answer, among those the actor may see. One query."""
    if figure.judged is None:
        return ()
    answered = Figure.objects.filter(
        in_force(as_of), approved=True, indicator=OuterRef("indicator"), year_period=f"FY{figure.judged}",
        agency=OuterRef("agency"),
    )  # fmt: skip
    entries = AssignedIndicator.objects.filter(in_force(as_of), indicator=figure.indicator)
    rows = access.visible(entries, actor).filter(~Exists(answered)).select_related("agency").order_by("agency")
    return tuple(row.agency for row in rows)

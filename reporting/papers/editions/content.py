"""What an edition says: of the public indicators the nation's approved numbers, and nothing of anybody else."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from decimal import Decimal
from fractions import Fraction
from typing import Any

from django.conf import settings
from django.utils import translation

from agencies.access import Actor, Scope
from agencies.models import in_force
from indicators.models import Plan, PlanNode
from indicators.periods import JST
from indicators.quantities import show
from reporting.domain.editions import published_of
from reporting.event_store import heads
from reporting.event_store.records import Record, head_record, key_records
from reporting.models import Edition, LogHead, TreeHead
from reporting.queries.charts import ChartData
from reporting.queries.desk.chart_data import chart_data
from reporting.queries.desk.loading import load
from reporting.queries.desk.national import National, YearRow, nationals
from reporting.queries.shown import rounded

LANGUAGES = ("ja", "en")
# Of no agency: to it row-level security shows the nation's rows only, and nothing that waits for approval.
READER = Actor(person_id=None, name="editions", role="system", scope=Scope.AGENCIES)


@dataclass(frozen=True)
class Entry:
    """A public indicator, with its chart by language."""

    figure: National
    charts: Mapping[str, ChartData]

    @property
    def code(self) -> str:
        return self.figure.indicator.code

    @property
    def rows(self) -> tuple[YearRow, ...]:
        """The years with an approved value."""
        return tuple(row for row in self.figure.rows if row.value is not None)

    @property
    def target_is_ranged(self) -> bool:
        return self.figure.target is not None and self.figure.target.trajectory.get("shape") == "band"


@dataclass(frozen=True)
class Content:
    edition: Edition
    plan: Plan
    parts: tuple[PlanNode, ...]
    entries: tuple[Entry, ...]
    not_public: int
    sample: bool
    head: Record
    keys: tuple[Record, ...]

    @property
    def data(self) -> dict[str, Any]:
        """As data.json says it: numbers are text, in the unit that is named."""
        edition = self.edition
        return {
            "$schema": "schema.json",
            "format": 1,
            "edition": {
                "number": edition.number,
                "title": {"ja": edition.title_ja, "en": edition.title_en},
                "note": edition.note,
                "position": edition.position,
                "moment": edition.moment.astimezone(JST).isoformat(),
                "log": self.head["log"],
                "sample": self.sample,
            },
            "plan": {
                "code": self.plan.code,
                "name": {"ja": self.plan.name_ja, "en": self.plan.name_en},
                "first_year": self.plan.first_year,
                "last_year": self.plan.last_year,
                "parts": [
                    {"code": node.code, "level": node.level, "parent": node.parent_id,
                     "name": {"ja": node.name_ja, "en": node.name_en}}
                    for node in self.parts
                ],
            },
            "indicators": [_indicator(entry) for entry in self.entries],
            "not_public": self.not_public,
        }  # fmt: skip

    @property
    def numbers(self) -> dict[str, Any]:
        """What may later turn out to have been corrected, by indicator."""
        return {entry.code: numbers_of(entry.figure) for entry in self.entries}


def gather(*, edition: Edition) -> Content:
    """In a reading transaction of READER. Raises NotSealed when no head covers the cut."""
    upto = edition.position
    plan = Plan.objects.get(in_force(upto))
    loaded = load(actor=READER, plan=plan, as_of=upto)
    public = set(published_of(edition.disclosure))
    found = nationals(
        replace(loaded, definitions=[d for d in loaded.definitions if d.indicator_id in public]), now=edition.moment
    )
    entries = []
    for figure in found:
        charts = {}
        for language in LANGUAGES:
            with translation.override(language):
                charts[language] = chart_data(figure)
        entries.append(Entry(figure, charts))
    head = TreeHead.objects.filter(size__gte=upto).order_by("size").first()
    if head is None:
        raise heads.NotSealed(f"no head covers the cut at {upto}")
    return Content(
        edition=edition,
        plan=plan,
        parts=tuple(PlanNode.objects.filter(in_force(upto)).exclude(level="plan").order_by("order")),
        entries=tuple(entries),
        not_public=len(loaded.definitions) - len(entries),
        sample=settings.DEMO or bool(LogHead.objects.get().sample),
        head=head_record(head, heads.log_id()),
        keys=tuple(key_records()),
    )


def numbers_of(figure: National) -> dict[str, Any]:
    """The target, the standing and the value of each final year of an indicator, as text; what is provisional moves,
    and that is no correction. A standing is of its period: that of a later one is no correction either."""
    indicator, target, standing = figure.indicator, figure.target, figure.standing
    judged = figure.cls not in ("no_target", "not_judged") and standing is not None
    return {
        "name": {"ja": indicator.name_ja, "en": indicator.name_en},
        "unit": figure.unit.name,
        "target": "" if target is None else f"{typed(target.value, figure)} (FY{target.year})",
        "standing": figure.cls if judged else "",
        "period": standing.period if judged and standing else "",
        "values": {
            str(row.year): typed(row.value, figure) for row in figure.rows if row.value is not None and row.final
        },
    }


def numbers_now(codes: Collection[str], now: datetime) -> dict[str, dict[str, Any]]:
    """The same of these indicators as they are now. In a reading transaction of READER."""
    plan = Plan.objects.filter(in_force()).first()
    if plan is None:
        return {}
    loaded = load(actor=READER, plan=plan)
    definitions = [d for d in loaded.definitions if d.indicator_id in codes]
    return {f.indicator.code: numbers_of(f) for f in nationals(replace(loaded, definitions=definitions), now=now)}


def typed(value: Decimal | None, figure: National) -> str | None:
    """A stored value in the unit that is named, all its digits."""
    return None if value is None else format(show(value, figure.unit), "f")


def _indicator(entry: Entry) -> dict[str, Any]:
    figure = entry.figure
    indicator, definition, target, standing = figure.indicator, figure.definition, figure.target, figure.standing
    judged = figure.cls not in ("no_target", "not_judged") and standing is not None
    return {
        "code": indicator.code,
        "name": {"ja": indicator.name_ja, "en": indicator.name_en},
        "part": indicator.node_id,
        "unit": figure.unit.name,
        "higher_is_better": definition.higher_is_better,
        "level": definition.logic_level,
        "aggregation": definition.aggregation,
        "source": {"ja": definition.source.get("ja") or "", "en": definition.source.get("en") or ""},
        "decision": {
            "ja": definition.decision.get("title_ja") or "", "en": definition.decision.get("title_en") or "",
        },
        "responsible": None if definition.responsible is None else {
            "ja": definition.responsible.name_ja, "en": definition.responsible.name_en,
        },
        "assumed": list(definition.assumed),
        "target": None if target is None else {
            "kind": target.kind,
            "value": typed(target.value, figure),
            "year": target.year,
            "approximate": target.approximate,
            "window_from": target.window_from,
            "baseline": typed(target.baseline_value, figure),
            "baseline_period": target.baseline_period,
            "interim": [
                {"year": step["year"], "value": typed(Decimal(step["value"]), figure)}
                for step in target.trajectory.get("interim", ())
            ],
            "assumed": list(target.assumed),
        },
        "standing": None if not judged or standing is None else {
            "class": figure.cls,
            "period": standing.period,
            "by_hand": figure.by_hand is not None,
            "computed": standing.cls,
        },
        "values": [_year(row, figure) for row in entry.rows],
    }  # fmt: skip


def _year(row: YearRow, figure: National) -> dict[str, Any]:
    rollup = row.rollup
    assert rollup is not None
    path = None if row.target_path is None else row.target_path / Fraction(figure.unit.shown_in)
    return {
        "year": row.year,
        "value": typed(row.value, figure),
        "of_the_year": typed(row.flow, figure),
        "expected": None if path is None else rounded(path, 6).replace(",", ""),
        "attainment_percent": None if row.attainment is None else rounded(row.attainment * 100, 1).replace(",", ""),
        "final": row.final,
        "lower_bound": rollup.lower_bound,
        "agencies_expected": rollup.expected,
        "agencies_answered": rollup.answered,
        "agencies_carried": rollup.carried,
    }

"""All standings at a time, narrowed; on a page, as records and as a table for a spreadsheet."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any

from django.db.models import Count, OuterRef, Q, QuerySet, Subquery
from django.utils.translation import gettext

from agencies import access
from agencies.access import Actor
from agencies.models import in_force
from indicators.models import IndicatorDefinition, Level, PlanNode
from indicators.quantities import unit_named
from reporting.domain.standing import NAMES
from reporting.models import Standing, StandingOverride
from reporting.queries.overrides import overrides_in_force, scope_of, shown_of, with_what_is_shown
from reporting.queries.shown import name_shown, period_shown
from reporting.queries.standings.explanation import Explanation
from reporting.queries.words import reason_words

PAGE = 100
NATION = "nation"
COUNTED = ("off_track", "at_risk", "on_track", "achieved", "unknown", "not_started")


@dataclass(frozen=True)
class Asked:
    """What the list is narrowed by; every part that is given narrows. `agency`: a code, part of a name, or "nation"."""

    cls: str = ""
    pillar: str = ""
    agency: str = ""
    indicator: str = ""
    overridden: bool = False
    page: int = 1


@dataclass(frozen=True)
class Row:
    """One standing in force. `override`: what a person has set in its place."""

    standing: Standing
    override: StandingOverride | None

    @property
    def event_id(self) -> Any:
        return getattr(self.standing, "event_id", None)

    @property
    def cls(self) -> str:
        return shown_of(self.standing, self.override).cls

    @property
    def reason(self) -> str:
        return str(self.standing.evidence.get("reason", ""))


@dataclass(frozen=True)
class Page:
    asked: Asked
    rows: tuple[Row, ...]
    counts: tuple[tuple[str, int], ...]  # by the class that is shown, the worst first
    number: int
    overridden: int
    pages: int
    pillars: tuple[PlanNode, ...]


def read_asked(said: Mapping[str, str]) -> Asked:
    """From the query of an address; what is not understood narrows nothing."""
    page, cls = said.get("page", ""), said.get("class", "")
    return Asked(
        cls=cls if cls in COUNTED else "",
        pillar=said.get("pillar", "").strip()[:32],
        agency=said.get("agency", "").strip()[:100],
        indicator=said.get("indicator", "").strip()[:32],
        overridden=said.get("overridden", "") in ("1", "true", "on"),
        page=max(1, int(page)) if page.isascii() and page.isdigit() and len(page) < 7 else 1,
    )


def listed(*, actor: Actor, asked: Asked, as_of: int | None = None) -> Page:
    """One page of the standings in force then, by indicator. Four queries."""
    found = _narrowed(actor, asked, as_of)
    counted = found.order_by().values("shown_cls").annotate(n=Count("pk"), set_by_hand=Count("override_cls"))
    by_cls = {row["shown_cls"]: (row["n"], row["set_by_hand"]) for row in counted}
    number = sum(n for n, _ in by_cls.values())
    pages = max(1, -(-number // PAGE))
    asked = replace(asked, page=min(asked.page, pages))
    pillars = PlanNode.objects.filter(in_force(as_of), level=Level.PILLAR).order_by("order")
    return Page(
        asked=asked,
        rows=tuple(_rows(actor, found[(asked.page - 1) * PAGE : asked.page * PAGE], as_of)),
        counts=tuple((cls, by_cls[cls][0]) for cls in COUNTED if cls in by_cls),
        number=number,
        overridden=sum(n for _, n in by_cls.values()),
        pages=pages,
        pillars=tuple(pillars),
    )


def records(*, actor: Actor, asked: Asked, as_of: int | None = None) -> list[dict[str, Any]]:
    """All standings asked for, as the API and the JSON file have them. Two queries."""
    return [record(row) for row in _rows(actor, _narrowed(actor, asked, as_of), as_of)]


def record(row: Row) -> dict[str, Any]:
    standing, override = row.standing, row.override
    return {
        "id": row.event_id,
        "indicator": standing.indicator_id,
        "agency": standing.agency_id,
        "domain": standing.domain_id,
        "standing": row.cls,
        "computed": standing.cls,
        "override": override_record(override) if override else None,
        "period": standing.period,
        "since": standing.since,
        "evidence": standing.evidence,
    }


def override_record(row: StandingOverride) -> dict[str, Any]:
    return {
        "id": row.event_id,
        "class": row.cls,
        "until": row.until,
        "set_at": row.set_at,
        "set_by": row.name,
        "reason": getattr(row, "said", None) or "",
    }


def sheet(*, actor: Actor, asked: Asked, as_of: int | None = None) -> list[list[str]]:
    """The same as a table with a header, in the active language."""
    header = [
        gettext("Indicator"), gettext("Name"), gettext("Agency"), gettext("Technology domain"), gettext("Standing"),
        gettext("Computed standing"), gettext("Set by hand by"), gettext("Set by hand until"),
        gettext("Reason of the standing set by hand"), gettext("Period"), gettext("Since"), gettext("Why"),
        gettext("Explanation of the standing"), gettext("Id of the standing"),
    ]  # fmt: skip
    return [header, *_lines(_rows(actor, _narrowed(actor, asked, as_of), as_of))]


def _lines(rows: Iterator[Row]) -> Iterator[list[str]]:
    for row in rows:
        standing, override = row.standing, row.override
        yield [
            standing.indicator_id,
            name_shown(standing.indicator),
            name_shown(standing.agency) if standing.agency else gettext("Nation"),
            name_shown(standing.domain),
            gettext(NAMES[row.cls]),
            gettext(NAMES[standing.cls]),
            override.name if override else "",
            override.until.isoformat() if override else "",
            (getattr(override, "said", None) or gettext("(erased)")) if override else "",
            period_shown(standing.period) if standing.period else "",
            standing.since.isoformat(),
            gettext(reason_words(row.reason)) if row.reason else "",
            " / ".join(f"{name}: {text}" for name, text in _why(row).lines()),
            str(row.event_id),
        ]


def _why(row: Row) -> Explanation:
    return Explanation(row.standing.evidence, unit_named(row.standing.unit))  # type: ignore[attr-defined] # annotated


def _narrowed(actor: Actor, asked: Asked, as_of: int | None) -> QuerySet[Any]:
    seen = access.visible(Standing.objects.filter(in_force(as_of)), actor)
    rows: QuerySet[Any] = with_what_is_shown(seen, as_of=as_of).select_related("indicator", "agency", "domain")
    defined = IndicatorDefinition.objects.filter(in_force(as_of), indicator=OuterRef("indicator"))
    rows = rows.annotate(unit=Subquery(defined.values("unit")[:1]))
    if asked.cls:
        rows = rows.filter(shown_cls=asked.cls)
    if asked.overridden:
        rows = rows.filter(override_cls__isnull=False)
    if asked.indicator:
        rows = rows.filter(indicator=asked.indicator)
    if asked.pillar:
        node = "indicator__node"
        of = (f"{node}", f"{node}__parent", f"{node}__parent__parent")
        rows = rows.filter(Q(**{of[0]: asked.pillar}) | Q(**{of[1]: asked.pillar}) | Q(**{of[2]: asked.pillar}))
    if asked.agency == NATION:
        rows = rows.filter(agency__isnull=True)
    elif asked.agency:
        said = asked.agency
        rows = rows.filter(
            Q(agency=said.upper()) | Q(agency__name_ja__icontains=said) | Q(agency__name_en__icontains=said)
        )
    return rows.order_by("indicator__order", "indicator", "agency", "domain")


def _rows(actor: Actor, rows: QuerySet[Any], as_of: int | None) -> Iterator[Row]:
    by_hand = overrides_in_force(actor=actor, as_of=as_of)
    return (Row(standing, by_hand.get(scope_of(standing))) for standing in rows)

"""A target in words: what it asks for, by which path, and what a revision of it changed."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from django.utils.translation import gettext
from django.utils.translation import gettext_noop as _

from indicators.models import IndicatorDefinition, Milestone, Target
from indicators.quantities import Unit, unit_named
from indicators.target_marks import Mark
from reporting.queries.shown import (
    AGGREGATIONS,
    SHAPES,
    name_shown,
    period_shown,
    quantity_shown,
    rounded,
    unit_shown,
)
from reporting.queries.words import MARKS


@dataclass(frozen=True)
class Change:
    """One thing that is said differently. Empty: was not, or is no longer, said."""

    name: str
    old: str
    new: str


@dataclass(frozen=True)
class Both:
    """A name in both languages."""

    name_ja: str
    name_en: str


def target_shown(target: Target, unit: Unit) -> str:
    """ "900件", "about 13,000 projects", "550件～650件"."""
    if target.trajectory.get("shape") == "band":
        ends = (quantity_shown(Decimal(target.trajectory[end]), unit) for end in ("low", "high"))
        return gettext("%(low)s to %(high)s") % dict(zip(("low", "high"), ends, strict=True))
    value = quantity_shown(target.value, unit)
    return gettext("about %(value)s") % {"value": value} if target.approximate else value


def years_shown(target: Target) -> str:
    """By when, or of a running total from when to when."""
    if target.kind == "cumulative" and target.window_from:
        years = {"from": period_shown(f"FY{target.window_from}"), "to": period_shown(f"FY{target.year}")}
        return gettext("%(from)s to %(to)s, total") % years
    return period_shown(f"FY{target.year}")


def baseline_shown(target: Target, unit: Unit) -> str:
    if target.baseline_value is None:
        return ""
    when = period_shown(target.baseline_period) if target.baseline_period else ""
    if not when and target.baseline_year is not None:
        when = rounded(target.baseline_year, 1)
    return (
        f"{quantity_shown(target.baseline_value, unit)} ({when})"
        if when
        else quantity_shown(target.baseline_value, unit)
    )


def shape_of(target: Target) -> str:
    """The name under SHAPES of the path to it."""
    shape = str(target.trajectory.get("shape", "linear"))
    if target.kind == "cumulative" and shape == "linear":
        return "cumulative"
    if target.kind == "rank":
        return "rank"
    return "steps" if shape == "milestones" and target.trajectory.get("stepped") else shape


def shape_shown(target: Target) -> str:
    shape = shape_of(target)
    return gettext(SHAPES.get(shape, shape))


def interim_shown(target: Target, unit: Unit) -> str:
    """ "2027年度 650件、2028年度 700件"."""
    steps = target.trajectory.get("interim", ())
    return gettext(", ").join(
        f"{period_shown('FY' + str(step['year']))} {quantity_shown(Decimal(step['value']), unit)}" for step in steps
    )


def flow_shown(target: Target, unit: Unit) -> str:
    flow = target.trajectory.get("flow_before_window")
    return "" if flow is None else quantity_shown(Decimal(flow), unit)


def mark_shown(mark: Mark | None) -> str:
    return gettext(MARKS[mark]) if mark and mark is not Mark.NONE else ""


def target_changes(before: Target | None, after: Target, unit_before: Unit, unit: Unit) -> list[Change]:
    """What `after` says that `before` did not; all of it of a first one."""
    said: dict[str, tuple[Callable[[Target, Unit], str], str]] = {
        "value": (target_shown, gettext("Target")),
        "year": (lambda target, unit: years_shown(target), gettext("By when")),
        "baseline": (baseline_shown, gettext("Baseline")),
        "shape": (lambda target, unit: shape_shown(target), gettext("Trajectory")),
        "interim": (interim_shown, gettext("Interim targets")),
        "flow": (flow_shown, gettext("Yearly flow before the window")),
    }
    found = []
    for show, name in said.values():
        old, new = show(before, unit_before) if before else "", show(after, unit)
        if old != new:
            found.append(Change(name, old, new))
    return found


def milestone_changes(before: Milestone | None, after: Milestone) -> list[Change]:
    old = before.due_on.isoformat() if before else ""
    return [Change(gettext("Due"), old, after.due_on.isoformat())]


def definition_changes(before: IndicatorDefinition | None, after: IndicatorDefinition) -> list[Change]:
    found = []
    for name, show in DEFINITION.items():
        old, new = show(before) if before else "", show(after)
        if old != new:
            found.append(Change(gettext(name), old, new))
    return found


def source_shown(definition: IndicatorDefinition) -> str:
    """Whose statistic it is; what no statistic gives is reported by the agencies."""
    return _in_language(definition.source, "ja", "en") or gettext("Reports of the agencies")


def decision_shown(definition: IndicatorDefinition) -> str:
    """The decision that set it, with its day, or with the document we have of it."""
    decision = definition.decision
    title = _in_language(decision, "title_ja", "title_en")
    if not title:
        return ""
    if day := decision.get("decided_on"):
        return gettext("%(title)s (decided on %(day)s)") % {"title": title, "day": day}
    # The document has a Japanese name only; in English its day says which.
    if document := _in_language(decision, "document_ja", "document_date"):
        return gettext("%(title)s (from: %(document)s)") % {"title": title, "document": document}
    return title


def share_typed(number: Decimal | None) -> str:
    """A share as it is typed: 0.025 as 2.5."""
    return "" if number is None else format((number * 100).normalize(), "f")


def _percent(number: Decimal | None) -> str:
    return "" if number is None else f"{share_typed(number)}%"


def _in_language(said: Mapping[str, Any], japanese: str, english: str) -> str:
    return name_shown(Both(said.get(japanese) or "", said.get(english) or "")) if said else ""


def _limit(definition: IndicatorDefinition) -> str:
    limit = definition.natural_limit
    return "" if limit is None else quantity_shown(limit, unit_named(definition.unit))


# What the marks 仮定 of a definition are about.
ASSUMED = {
    "indicator": _("what is measured"),
    "judgement": _("the numbers of judgement"),
    "responsible": _("the responsible ministry"),
    "reporting": _("how often it is reported"),
    "trajectory": _("the trajectory"),
    "source": _("the source"),
    "decision": _("the decision that set it"),
    "disclosure": _("who may be told its figures"),
}
DISCLOSED = {"public": _("Public"), "ministries": _("Ministries concerned only"), "closed": _("Not public")}
DEFINITION: dict[str, Callable[[IndicatorDefinition], str]] = {
    _("Unit"): lambda d: unit_shown(unit_named(d.unit)),
    _("Aggregation"): lambda d: gettext(AGGREGATIONS.get(d.aggregation, d.aggregation)),
    _("Source"): source_shown,
    _("Decision that set it"): decision_shown,
    _("Responsible ministry"): lambda d: name_shown(d.responsible),
    _("Usual trajectory"): lambda d: gettext(SHAPES.get(d.trajectory.get("shape", ""), "")),
    _("Noise σ"): lambda d: _percent(d.noise_sigma),
    _("Tolerance"): lambda d: _percent(d.tolerance),
    _("Points of the recent pace"): lambda d: str(d.pace_window),
    _("Natural limit"): _limit,
    _("Disclosure"): lambda d: gettext(DISCLOSED.get(d.disclosure, d.disclosure)),
    _("Our assumption"): lambda d: gettext(", ").join(gettext(ASSUMED.get(name, name)) for name in d.assumed),
}

"""CSTI changes what an indicator is: how it is judged, whose statistic it is, what set it, who answers for it."""

from collections.abc import Iterable, Mapping
from datetime import date, datetime
from typing import Any

from agencies.access import Actor, Deed
from agencies.models import Agency
from indicators.aggregation import KINDS
from indicators.definitions import (
    DISCLOSURES,
    MARKS,
    OF_THE_FIGURES,
    Decision,
    DefinitionError,
    check_judgement,
    checks_that_still_fit,
    still_assumed,
)
from indicators.models import IndicatorDefinition, Milestone, Target
from indicators.quantities import QuantityError, UnitError, parse_quantity, unit_named
from indicators.target_path import SHAPES
from reporting.commands.once import Once
from reporting.commands.opening import command, no_report_meanwhile, one_at_a_time
from reporting.commands.plan.appending import append, plan_event
from reporting.domain import events as names
from reporting.domain.errors import (
    DefinitionChanged,
    DefinitionUnchanged,
    FigureInvalid,
    FiguresInForce,
    NotAllowed,
    NotFound,
    ReasonMissing,
    TargetsInForce,
)
from reporting.models import CurrentEvent, Figure

# What a change may name, each as text. σ and the tolerance in percent, the natural limit in the indicator's unit.
NUMBERS = ("noise_sigma", "tolerance", "pace_window", "natural_limit")
DECISION = {
    "decision_ja": "title_ja", "decision_en": "title_en", "decided_on": "decided_on", "document_ja": "document_ja",
    "document_date": "document_date",
}  # fmt: skip
SOURCE = {"source_ja": "ja", "source_en": "en"}
FIELDS = frozenset(
    {
        *NUMBERS,
        *DECISION,
        *SOURCE,
        *OF_THE_FIGURES,
        "responsible",
        "disclosure",
        "shape",
        "numerator",
        "denominator",
        "confirms",
    }
)
LONGEST = 200


def redefine_indicator(
    *, actor: Actor, indicator: str, changes: Mapping[str, str], reason: str, now: datetime, seen: int | None = None,
    once: Once | None = None,
) -> int:  # fmt: skip
    """CSTI changes an indicator's definition, from this event on. Returns its position.

    `changes`: only what changes, as typed, under the names of FIELDS; `confirms` names marks 仮定 that fall away, with
    spaces between. `seen`: the position of the definition that was looked at, refused when another is in force since.
    """
    if not actor.may(Deed.DEFINE_INDICATOR):
        raise NotAllowed()
    if not reason.strip():
        raise ReasonMissing()
    with command(actor, once) as done:
        one_at_a_time()
        row = IndicatorDefinition.objects.filter(indicator=indicator, to_position__isnull=True).first()
        if row is None:
            raise NotFound()
        if seen is not None and seen != row.from_position:
            raise DefinitionChanged()
        before = newest([indicator])[indicator]
        after = _changed(before, changes)
        if after == before:
            raise DefinitionUnchanged()
        check_use(before, after)
        data = {**after, "reason": reason.strip()}
        append([plan_event(names.indicator_stream(indicator), "IndicatorDefined", data, actor, now)])
        return done(IndicatorDefinition.objects.get(indicator=indicator, to_position__isnull=True).from_position)


def newest(indicators: Iterable[str]) -> dict[str, dict[str, Any]]:
    """What the newest event says of each indicator, without its reason."""
    streams = [names.indicator_stream(code) for code in indicators]
    rows = CurrentEvent.objects.filter(stream__in=streams, type="IndicatorDefined").order_by("position")
    return {row.data["code"]: {**row.data, "reason": ""} for row in rows}


def check_use(before: Mapping[str, Any], after: Mapping[str, Any]) -> None:
    """Figures and targets are numbers in a unit. Raises FiguresInForce, TargetsInForce."""
    if all(before[name] == after[name] for name in OF_THE_FIGURES):
        return
    code = before["code"]
    figures = Figure.objects.filter(indicator=code, to_position__isnull=True)
    # Looked at twice, so that a refusal holds nobody up.
    if number := figures.count():
        raise FiguresInForce(indicator=code, number=number)
    no_report_meanwhile()
    if number := figures.count():
        raise FiguresInForce(indicator=code, number=number)
    kinds = {unit_named(said["unit"]).kind for said in (before, after)}
    in_force: dict[str, Any] = {"indicator": code, "to_position__isnull": True}
    if len(kinds) > 1 and (Target.objects.filter(**in_force).exists() or Milestone.objects.filter(**in_force).exists()):
        raise TargetsInForce(indicator=code)


def _changed(before: Mapping[str, Any], changes: Mapping[str, str]) -> dict[str, Any]:
    """The definition with the changes. Raises FigureInvalid with every problem."""
    after, problems = dict(before), dict.fromkeys(changes.keys() - FIELDS, "unexpected")
    typed = {name: text.strip() for name, text in changes.items() if name in FIELDS}
    problems |= {name: "too_long" for name, text in typed.items() if len(text) > LONGEST}
    if (unit := typed.get("unit")) is not None:
        try:
            unit_named(unit)
            after["unit"] = unit
        except UnitError:
            problems["unit"] = "unknown_unit"
    for name in typed.keys() & {*NUMBERS}:
        try:
            after[name] = _number(name, typed[name], after["unit"])
        except QuantityError as error:
            problems[name] = str(error.reason)
    choices = {
        "aggregation": (frozenset(KINDS), "unknown_aggregation"),
        "shape": (SHAPES, "unknown_shape"),
        "disclosure": (frozenset(DISCLOSURES), "unknown_disclosure"),
        "responsible": (_ministries() if "responsible" in typed else frozenset(), "unknown_agency"),
    }
    for name, (known, problem) in choices.items():
        if name in typed and typed[name] not in known:
            problems[name] = problem
        elif name in typed:
            after |= {"trajectory": {"shape": typed[name]}} if name == "shape" else {name: typed[name]}
    after |= {name: typed[name] for name in ("numerator", "denominator") if name in typed}
    if texts := {part: typed[name] for name, part in SOURCE.items() if name in typed}:
        source = {"ja": "", "en": "", **before["source"], **texts}
        after["source"] = source if any(source.values()) else {}
    after["decision"] = _decision(before["decision"], typed, problems)
    try:
        check_judgement(after)
    except DefinitionError as error:
        problems.setdefault(error.field, error.reason)
    if problems:
        raise FigureInvalid(fields=", ".join(sorted(problems)), problems=problems)
    by_field = ("responsible", "source", "decision", "trajectory", "disclosure")
    decided = {MARKS[name] for name in by_field if after[name] != before[name]}
    after["assumed"] = still_assumed(list(before["assumed"]), decided | set(typed.get("confirms", "").split()))
    if "checks" in before:
        after["checks"] = checks_that_still_fit(before["checks"], unit_named(after["unit"]).kind, after["aggregation"])
    return after


def _number(name: str, text: str, unit: str) -> str | int | None:
    if not text and name in ("noise_sigma", "natural_limit"):
        return None
    if name == "pace_window":
        window = parse_quantity(text, unit_named("件"))
        return int(window) if window == int(window) else 0  # of which there is none
    if name == "natural_limit":
        return format(parse_quantity(text, unit_named(unit)).normalize(), "f")
    return format((parse_quantity(text, unit_named("%")) / 100).normalize(), "f")


def _decision(before: Mapping[str, Any], typed: Mapping[str, str], problems: dict[str, str]) -> dict[str, Any]:
    said = {part: typed[name] for name, part in DECISION.items() if name in typed}
    if not said:
        return dict(before)
    decision = {**Decision("").as_data(), **before, **said}
    for name in ("decided_on", "document_date"):
        try:
            decision[name] = date.fromisoformat(decision[name]).isoformat() if decision[name] else None
        except ValueError:
            problems[name] = "not_a_day"
    if not any(decision.values()):
        return {}
    if not decision["title_ja"]:
        problems["decision_ja"] = "missing"
    return decision


def _ministries() -> frozenset[str]:
    """Who may be responsible: any agency. A group is nobody, and reads no mail."""
    rows = Agency.objects.filter(profiles__to_position__isnull=True).exclude(profiles__kind="group")
    return frozenset(rows.values_list("code", flat=True))

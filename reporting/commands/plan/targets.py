"""Targets and milestones: a lead proposes, CSTI accepts or declines."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

from agencies import access
from agencies.access import Actor, Deed
from indicators.models import (
    AssignedIndicator,
    Domain,
    Indicator,
    IndicatorDefinition,
    Milestone,
    Plan,
    Target,
    TargetProposal,
)
from indicators.quantities import QuantityError, parse_quantity, unit_named
from indicators.target_path import Aim, PathError, check_path
from reporting.commands.once import Once
from reporting.commands.opening import command
from reporting.commands.plan.appending import append, plan_event
from reporting.domain import events as names
from reporting.domain.errors import (
    FigureInvalid,
    NoSuchStage,
    NotAllowed,
    NoTargetToRevise,
    NotByDomain,
    NotFound,
    NoTrajectory,
    ProposalClosed,
    ReasonMissing,
    TargetExists,
    TargetMoved,
    YearsCrossed,
)
from reporting.event_store import new_event_id

KINDS = {"cumulative_sum": "cumulative", "external_rank": "rank"}  # of target, by aggregation; else a level


@dataclass(frozen=True)
class TargetDraft:
    """What is proposed, as typed: for the nation; for one's own agency when `agency` is given; in one domain when
    `domain` is. Values in the indicator's unit; the baseline where the trajectory begins.

    `shape` is one of indicators.target_path: empty, it is the indicator's, or that of the target that is revised.
    `interim` are (fiscal year, value) through which the path goes; `low` and `high` the ends of a band, whose value is
    the end it must not fall through; `flow_before` the yearly flow before a ramp. What a revision leaves out (None,
    empty) stays.
    """

    indicator: str
    year: int
    value: str
    reason: str
    agency: str | None = None
    domain: str | None = None
    baseline: str = ""
    baseline_year: int | None = None
    sample: bool = False
    shape: str = ""
    interim: Sequence[tuple[int, str]] | None = None
    stepped: bool = False
    low: str = ""
    high: str = ""
    flow_before: str = ""


def set_target(*, actor: Actor, draft: TargetDraft, now: datetime, once: Once | None = None) -> UUID:
    """A first target is proposed; it is in force when CSTI has accepted it. Returns the proposal's id. The nation's by
    its lead, an agency's by whoever reports the indicator there."""
    _must(actor, Deed.PROPOSE_TARGET)
    with command(actor, once) as done:
        return done(_propose_target(actor, draft, now, revises=False))


def revise_target(*, actor: Actor, draft: TargetDraft, now: datetime, once: Once | None = None) -> UUID:
    """Another value or another path is proposed for a target that is in force, with a reason."""
    _must(actor, Deed.PROPOSE_TARGET)
    with command(actor, once) as done:
        return done(_propose_target(actor, draft, now, revises=True))


def _propose_target(actor: Actor, draft: TargetDraft, now: datetime, *, revises: bool) -> UUID:
    definition = _definition(draft.indicator)
    before = _target({"indicator": draft.indicator, "agency": draft.agency, "domain": draft.domain})
    plan = Plan.objects.get()
    if not 2000 <= draft.year <= 2100 or (draft.baseline_year and draft.baseline_year >= draft.year):
        raise YearsCrossed()
    content = {
        "type": "target", "indicator": draft.indicator, "agency": draft.agency, "domain": draft.domain,
        "component": None, "year": draft.year, "reason": draft.reason.strip(),
        "kind": KINDS.get(definition.aggregation, "level"), **_numbers(draft, definition, before if revises else None),
        "sample": draft.sample, "revises": revises, "replaces": before.from_position if before else None,
    }  # fmt: skip
    _may_propose(actor, definition, content)
    exists = before is not None
    if exists != revises:
        raise TargetExists() if exists else NoTargetToRevise()
    _must_lead_somewhere(content, plan)
    return _propose(actor, definition, content, now)


def _numbers(draft: TargetDraft, definition: IndicatorDefinition, before: Target | None) -> dict[str, Any]:
    """Value, baseline and path, as they stand in the log. Raises FigureInvalid with every problem."""
    unit, problems = unit_named(definition.unit), dict[str, str]()

    def read(field: str, text: str) -> str | None:
        try:
            return format(parse_quantity(text, unit), "f")
        except QuantityError as error:
            problems[field] = str(error.reason)
            return None

    kept = before.trajectory if before else {}
    shape = draft.shape or str(kept.get("shape") or _usual_shape(definition))
    path: dict[str, Any] = {"shape": shape}
    value = draft.value
    if shape == "band":
        path |= {
            end: read(end, typed) if typed else kept.get(end)
            for end, typed in (("low", draft.low), ("high", draft.high))
        }
        value = path["low" if definition.higher_is_better else "high"]
    if shape == "ramp":
        path["flow_before_window"] = (
            read("flow_before", draft.flow_before) if draft.flow_before else kept.get("flow_before_window")
        )
    if shape == "milestones":
        path["stepped"] = draft.stepped
    interim = (
        kept.get("interim", []) if draft.interim is None
        else [{"year": year, "value": read(f"interim.{i}", text)} for i, (year, text) in enumerate(draft.interim)]
    )  # fmt: skip
    path |= {"interim": interim} if interim else {}
    found: dict[str, Any] = {"trajectory": path}
    # The end of a band is stored already.
    found["value"] = value if shape == "band" else read("value", value)
    found["baseline_value"] = read("baseline", draft.baseline) if draft.baseline else None
    found["baseline_year"] = str(draft.baseline_year) if draft.baseline_year else None
    if before is not None and not draft.baseline and not draft.baseline_year:
        found["baseline_value"] = _text(before.baseline_value)
        found["baseline_year"] = _text(before.baseline_year)
    if problems:
        raise FigureInvalid(fields=", ".join(problems), problems=problems)
    return found


def _usual_shape(definition: IndicatorDefinition) -> str:
    """The indicator's own, where it needs nothing more than a baseline."""
    shape = str(definition.trajectory.get("shape", "linear"))
    return shape if shape in ("linear", "geometric", "rank") else "linear"


def _text(number: Decimal | None) -> str | None:
    return None if number is None else format(number.normalize(), "f")


def schedule_milestone(
    *, actor: Actor, indicator: str, stage: int, due_on: date, reason: str, now: datetime, agency: str | None = None,
    domain: str | None = None, sample: bool = False, once: Once | None = None,
) -> UUID:  # fmt: skip
    """The day by which a stage is to be reached is proposed."""
    _must(actor, Deed.PROPOSE_TARGET)
    with command(actor, once) as done:
        definition = _definition(indicator)
        if definition.aggregation not in ("stages_0_4", "binary_all"):
            raise NoSuchStage(indicator=indicator, stage=stage)
        if not 1 <= stage <= (1 if definition.aggregation == "binary_all" else 4):
            raise NoSuchStage(indicator=indicator, stage=stage)
        before = _milestone({"indicator": indicator, "agency": agency, "domain": domain, "stage": stage})
        content = {
            "type": "milestone", "indicator": indicator, "agency": agency, "domain": domain, "stage": stage,
            "due_on": due_on.isoformat(), "reason": reason.strip(), "sample": sample,
            "replaces": before.from_position if before else None,
        }  # fmt: skip
        _may_propose(actor, definition, content)
        return done(_propose(actor, definition, content, now))


def accept_target(*, actor: Actor, proposal: UUID, now: datetime, once: Once | None = None) -> int:
    """CSTI accepts a proposal: it is in force from this event on."""
    _must(actor, Deed.ACCEPT_TARGET)
    with command(actor, once) as done:
        row = _proposal(actor, proposal)
        # Two proposals for one target are decided one after the other. Reports point at the row: no key is locked.
        Indicator.objects.select_for_update(no_key=True).get(code=row.indicator_id)
        content = dict(row.content)
        is_milestone, sample = content.pop("type") == "milestone", content.pop("sample")
        before: Target | Milestone | None = _milestone(content) if is_milestone else _target(content)
        revises = content.pop("revises", False)
        # What was in force when it was proposed may have changed since.
        if not is_milestone and revises != (before is not None):
            raise NoTargetToRevise() if revises else TargetExists()
        if content.pop("replaces", before and before.from_position) != (before and before.from_position):
            raise TargetMoved()
        data = content | {"proposal": str(row.id), "source": "sample" if sample else "proposal"}
        stream = names.target_stream(row.indicator_id, content["agency"])
        if is_milestone:
            return done(append([plan_event(stream, "MilestoneScheduled", data, actor, now)]))
        plan = Plan.objects.get()
        data |= {
            "approximate": False, "window_from": plan.first_year if content["kind"] == "cumulative" else None,
            "baseline_period": f"FY{content['baseline_year']}" if content["baseline_year"] else "",
            "baseline_kind": "level", "assumed": ["value", "year", "baseline"] if sample else [],
            # Proposed before there were others, it is the straight line.
            "trajectory": content.get("trajectory", {"shape": "linear"}),
        }  # fmt: skip
        if revises and isinstance(before, Target) and _text(before.baseline_year) == content["baseline_year"]:
            data |= {"baseline_period": before.baseline_period, "baseline_kind": before.baseline_kind}
        _must_lead_somewhere(data, plan)
        type_ = "TargetRevised" if revises else "TargetSet"
        return done(append([plan_event(stream, type_, data, actor, now)]))


def decline_target(*, actor: Actor, proposal: UUID, reason: str, now: datetime, once: Once | None = None) -> int:
    """CSTI declines a proposal, with a reason."""
    _must(actor, Deed.ACCEPT_TARGET)
    if not reason.strip():
        raise ReasonMissing()
    with command(actor, once) as done:
        row = _proposal(actor, proposal)
        stream = names.target_stream(row.indicator_id, row.content["agency"])
        data = {"proposal": str(row.id), "agency": row.agency_id, "reason": reason.strip()}
        return done(append([plan_event(stream, "TargetProposalDeclined", data, actor, now)]))


def _may_propose(actor: Actor, definition: IndicatorDefinition, content: Mapping[str, Any]) -> None:
    """For itself whoever reports the indicator; for the nation its lead. Raises a Refusal."""
    if not content["reason"]:
        raise ReasonMissing()
    if content["domain"] and not definition.by_domain:
        raise NotByDomain(indicator=definition.indicator_id)
    if content["domain"] and not Domain.objects.filter(code=content["domain"]).exists():
        raise NotFound()
    if content["agency"] and content["agency"] != actor.agency:
        raise NotFound()
    mine = access.visible(AssignedIndicator.objects.filter(to_position__isnull=True), actor)
    mine = mine.filter(agency=actor.agency, indicator=definition.indicator_id)
    if content["agency"] is None:
        mine = mine.filter(assignment__role="lead", assignment__to_position__isnull=True)
    if not mine.exists():
        raise NotAllowed()


def _propose(actor: Actor, definition: IndicatorDefinition, content: dict[str, Any], now: datetime) -> UUID:
    proposal = new_event_id()
    data = {"proposal": str(proposal), "agency": actor.agency, "content": content}
    stream = names.target_stream(definition.indicator_id, content["agency"])
    append([plan_event(stream, "TargetProposed", data, actor, now)])
    return proposal


def _target(content: Mapping[str, Any]) -> Target | None:
    """The target in force that a proposal would take the place of."""
    return Target.objects.filter(to_position__isnull=True, component__isnull=True, **_scope(content)).first()


def _milestone(content: Mapping[str, Any]) -> Milestone | None:
    return Milestone.objects.filter(to_position__isnull=True, stage=content["stage"], **_scope(content)).first()


def _scope(content: Mapping[str, Any]) -> dict[str, Any]:
    return {f"{name}_id": content[name] for name in ("indicator", "agency", "domain")}


def _must_lead_somewhere(data: Mapping[str, Any], plan: Plan) -> None:
    """A target no trajectory can reach would be judged by nothing for ever. Raises FigureInvalid, NoTrajectory."""
    names_of_numbers = ("value", "baseline_value", "baseline_year")
    numbers = {name: None if data[name] is None else Decimal(data[name]) for name in names_of_numbers}
    aim = Aim(
        kind=data["kind"], year=data["year"], value=numbers["value"] or Decimal(0), first_year=plan.first_year,
        trajectory=data.get("trajectory", {"shape": "linear"}), baseline_value=numbers["baseline_value"],
        baseline_year=numbers["baseline_year"],
    )  # fmt: skip
    try:
        check_path(aim)
    except PathError as error:
        if error.reason == "no_path":
            raise NoTrajectory() from error
        field = error.field if error.place is None else f"{error.field}.{error.place}"
        raise FigureInvalid(fields=field, problems={field: error.reason}) from error


def _must(actor: Actor, deed: Deed) -> None:
    if not actor.may(deed):
        raise NotAllowed()


def _definition(indicator: str) -> IndicatorDefinition:
    found = IndicatorDefinition.objects.filter(indicator=indicator, to_position__isnull=True).first()
    if found is None:
        raise NotFound()
    return found


def _proposal(actor: Actor, proposal: UUID) -> TargetProposal:
    row = access.visible(TargetProposal.objects.all(), actor).select_for_update().filter(id=proposal).first()
    if row is None:
        raise NotFound()
    if row.to_position is not None:
        raise ProposalClosed(outcome=row.outcome)
    return row

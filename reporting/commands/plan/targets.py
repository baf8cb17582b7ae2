"""Targets and milestones: a lead proposes, CSTI accepts or declines."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

from agencies import access
from agencies.access import Actor, Deed
from indicators.models import Assignment, IndicatorDefinition, Plan, Target, TargetProposal
from indicators.quantities import QuantityError, parse_quantity, unit_named
from indicators.trajectory import TrajectoryError
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
    YearsCrossed,
)
from reporting.event_store import new_event_id
from reporting.queries.series import path_to


@dataclass(frozen=True)
class TargetDraft:
    """What a lead proposes, as typed: for the nation; for its own agency when `agency` is given; in one domain when
    `domain` is. Values in the indicator's unit; the baseline where the trajectory begins."""

    indicator: str
    year: int
    value: str
    reason: str
    agency: str | None = None
    domain: str | None = None
    baseline: str = ""
    baseline_year: int | None = None
    sample: bool = False


def set_target(*, actor: Actor, draft: TargetDraft, now: datetime, once: Once | None = None) -> UUID:
    """The lead proposes a first target; it is in force when CSTI has accepted it. Returns the proposal's id."""
    _must(actor, Deed.PROPOSE_TARGET)
    with command(actor, once) as done:
        return done(_propose_target(actor, draft, now, revises=False))


def revise_target(*, actor: Actor, draft: TargetDraft, now: datetime, once: Once | None = None) -> UUID:
    """The lead proposes another value for a target that is in force."""
    _must(actor, Deed.PROPOSE_TARGET)
    with command(actor, once) as done:
        return done(_propose_target(actor, draft, now, revises=True))


def _propose_target(actor: Actor, draft: TargetDraft, now: datetime, *, revises: bool) -> UUID:
    definition = _definition(draft.indicator)
    unit = unit_named(definition.unit)
    try:
        value = parse_quantity(draft.value, unit)
        baseline = parse_quantity(draft.baseline, unit) if draft.baseline else None
    except QuantityError as error:
        field = "value" if error.raw == draft.value else "baseline"
        raise FigureInvalid(fields=field, problems={field: str(error.reason)}) from error
    if not 2000 <= draft.year <= 2100 or (draft.baseline_year and draft.baseline_year >= draft.year):
        raise YearsCrossed()
    content = {
        "type": "target", "indicator": draft.indicator, "agency": draft.agency, "domain": draft.domain,
        "component": None, "year": draft.year, "value": format(value, "f"), "reason": draft.reason.strip(),
        "kind": {"cumulative_sum": "cumulative", "external_rank": "rank"}.get(definition.aggregation, "level"),
        "baseline_value": None if baseline is None else format(baseline, "f"),
        "baseline_year": str(draft.baseline_year) if draft.baseline_year else None,
        "sample": draft.sample, "revises": revises,
    }  # fmt: skip
    return _propose(actor, definition, content, now)


def schedule_milestone(
    *, actor: Actor, indicator: str, stage: int, due_on: date, reason: str, now: datetime, agency: str | None = None,
    domain: str | None = None, sample: bool = False, once: Once | None = None,
) -> UUID:  # fmt: skip
    """The lead proposes the day by which a stage is to be reached."""
    _must(actor, Deed.PROPOSE_TARGET)
    with command(actor, once) as done:
        definition = _definition(indicator)
        if definition.aggregation not in ("stages_0_4", "binary_all"):
            raise NoSuchStage(indicator=indicator, stage=stage)
        if not 1 <= stage <= (1 if definition.aggregation == "binary_all" else 4):
            raise NoSuchStage(indicator=indicator, stage=stage)
        content = {
            "type": "milestone", "indicator": indicator, "agency": agency, "domain": domain, "stage": stage,
            "due_on": due_on.isoformat(), "reason": reason.strip(), "sample": sample,
        }  # fmt: skip
        return done(_propose(actor, definition, content, now))


def accept_target(*, actor: Actor, proposal: UUID, now: datetime, once: Once | None = None) -> int:
    """CSTI accepts a proposal: it is in force from this event on."""
    _must(actor, Deed.ACCEPT_TARGET)
    with command(actor, once) as done:
        row = _proposal(actor, proposal)
        content = dict(row.content)
        is_milestone, sample = content.pop("type") == "milestone", content.pop("sample")
        data = content | {"proposal": str(row.id), "source": "sample" if sample else "proposal"}
        stream = names.target_stream(row.indicator_id, content["agency"])
        if is_milestone:
            return done(append([plan_event(stream, "MilestoneScheduled", data, actor, now)]))
        # What was in force when it was proposed may have changed since.
        if data["revises"] != _is_set(content):
            raise NoTargetToRevise() if data["revises"] else TargetExists()
        type_ = "TargetRevised" if data.pop("revises") else "TargetSet"
        plan = Plan.objects.get()
        data |= {
            "approximate": False, "window_from": plan.first_year if content["kind"] == "cumulative" else None,
            "baseline_period": f"FY{content['baseline_year']}" if content["baseline_year"] else "",
            "baseline_kind": "level", "trajectory": {"shape": "linear"},
            "assumed": ["value", "year", "baseline"] if sample else [],
        }  # fmt: skip
        _must_lead_somewhere(data, plan.first_year)
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


def _propose(actor: Actor, definition: IndicatorDefinition, content: dict[str, Any], now: datetime) -> UUID:
    if not content["reason"]:
        raise ReasonMissing()
    if content["domain"] and not definition.by_domain:
        raise NotByDomain(indicator=definition.indicator_id)
    if content["agency"] and content["agency"] != actor.agency:
        raise NotFound()
    leads = access.visible(Assignment.objects.filter(to_position__isnull=True, role="lead"), actor)
    if not leads.filter(agency=actor.agency, entries__indicator=definition.indicator_id).exists():
        raise NotAllowed()
    if "revises" in content:
        exists = _is_set(content)
        if exists != content["revises"]:
            raise TargetExists() if exists else NoTargetToRevise()
    proposal = new_event_id()
    data = {"proposal": str(proposal), "agency": actor.agency, "content": content}
    stream = names.target_stream(definition.indicator_id, content["agency"])
    append([plan_event(stream, "TargetProposed", data, actor, now)])
    return proposal


def _is_set(content: Mapping[str, Any]) -> bool:
    scope = {f"{name}_id": content[name] for name in ("indicator", "agency", "domain")}
    return Target.objects.filter(to_position__isnull=True, component__isnull=True, **scope).exists()


def _must_lead_somewhere(data: Mapping[str, Any], first_year: int) -> None:
    """A target no trajectory can reach would be judged by nothing for ever."""
    names_of_numbers = ("value", "baseline_value", "baseline_year")
    numbers = {name: None if data[name] is None else Decimal(data[name]) for name in names_of_numbers}
    fields = {name: data[name] for name in ("kind", "year", "window_from", "trajectory")}
    try:
        path_to(Target(**fields, **numbers), first_year)
    except TrajectoryError as error:
        raise NoTrajectory() from error


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

"""The plan goes in as events: from a file, by proposals of leads that CSTI accepts, by members joining groups."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

from agencies import access
from agencies.access import Actor, Deed
from agencies.models import AgencyProfile
from indicators import plan_file
from indicators.models import Assignment, GroupAssignment, IndicatorDefinition, Plan, Target, TargetProposal
from indicators.plan_file import Fact, PlanFileError
from indicators.quantities import QuantityError, parse_quantity, unit_named
from indicators.trajectory import TrajectoryError
from reporting import event_store
from reporting.commands.once import Once
from reporting.commands.opening import command, one_at_a_time
from reporting.domain import events as names
from reporting.domain.errors import (
    BadPlanFile,
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
from reporting.event_store import NewEvent, new_event_id
from reporting.models import CurrentEvent
from reporting.projections import plan as projection
from reporting.queries.series import path_to


def load_plan(*, actor: Actor, text: str, file: str, reason: str, now: datetime) -> int:
    """Load a plan file whole. Returns the number of events; 0 when the log says all of it already.

    What the file now says differently becomes an event with `reason`; a target a `TargetRevised`.
    Raises BadPlanFile (nothing loaded), ReasonMissing.
    """
    try:
        facts = plan_file.facts_of(text)
    except PlanFileError as error:
        raise BadPlanFile(line=error.line, file=file, reason=error.reason) from error
    with command(actor):
        one_at_a_time()
        said = _said_by_the_log()
        changed = [fact for fact in facts if said.get((fact.type, fact.key)) != fact.data]
        revised = [fact for fact in changed if (fact.type, fact.key) in said]
        if revised and not reason.strip():
            raise BadPlanFile(
                line=revised[0].line, file=file, reason=f"{revised[0].key} changes what is in force; give --reason"
            )
        plan = next(fact.key for fact in facts if fact.type == "PlanAdopted")
        return _append([_event(fact, plan, actor, now, reason if fact in revised else "") for fact in changed])


def register_agencies(*, actor: Actor, agencies: Sequence[Mapping[str, Any]], now: datetime) -> int:
    """Register agencies (code, names, kind, supervisors, groups) and let them join their groups, each once.

    A joining member gets an assignment for every one its group has.
    """
    with command(actor):
        one_at_a_time()
        known = set(AgencyProfile.objects.filter(to_position__isnull=True).values_list("agency_id", flat=True))
        new = [a for a in agencies if a["code"] not in known]
        events = []
        for agency in new:
            data = {name: value for name, value in agency.items() if name != "groups"}
            events.append(_new(names.agency_stream(agency["code"]), "AgencyRegistered", data, actor, now))
        for agency in new:
            for group in agency.get("groups", ()):
                data = {"group": group, "member": agency["code"]}
                events.append(_new(names.agency_stream(group), "GroupJoined", data, actor, now))
        events += [
            _new(names.assignment_stream(data["id"]), "AgencyAssigned", data, actor, now)
            for agency in new
            for data in _expanded(agency["code"], agency["kind"], agency.get("groups", ()))
        ]
        return _append(events)


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
            return done(_append([_new(stream, "MilestoneScheduled", data, actor, now)]))
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
        return done(_append([_new(stream, type_, data, actor, now)]))


def decline_target(*, actor: Actor, proposal: UUID, reason: str, now: datetime, once: Once | None = None) -> int:
    """CSTI declines a proposal, with a reason."""
    _must(actor, Deed.ACCEPT_TARGET)
    if not reason.strip():
        raise ReasonMissing()
    with command(actor, once) as done:
        row = _proposal(actor, proposal)
        stream = names.target_stream(row.indicator_id, row.content["agency"])
        data = {"proposal": str(row.id), "agency": row.agency_id, "reason": reason.strip()}
        return done(_append([_new(stream, "TargetProposalDeclined", data, actor, now)]))


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
    _append([_new(stream, "TargetProposed", data, actor, now)])
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


def _said_by_the_log() -> dict[tuple[str, str], Mapping[str, Any]]:
    """What earlier loads of the plan said of each thing. Targets set by proposals are not the file's to take back."""
    said = {}
    for event in CurrentEvent.objects.filter(meta__load=True).order_by("position"):
        type_ = "TargetSet" if event.type == "TargetRevised" else event.type
        said[type_, event.meta["key"]] = {**event.data, "reason": ""} if type_ == "TargetSet" else event.data
    return said


def _event(fact: Fact, plan: str, actor: Actor, now: datetime, reason: str) -> NewEvent:
    data, type_ = dict(fact.data), fact.type
    match type_:
        case "AgencyRegistered" | "GroupJoined":
            stream = names.agency_stream(str(data.get("group") or data["code"]))
        case "IndicatorDefined":
            stream = names.indicator_stream(fact.key)
        case "AgencyAssigned" | "GroupAssigned":
            stream = names.assignment_stream(fact.key)
        case "TargetSet":
            stream = names.target_stream(data["indicator"], data["agency"])
            if reason:
                type_, data["reason"] = "TargetRevised", reason
        case _:
            stream = names.plan_stream(plan)
    meta = {"load": True, "key": fact.key} | ({"reason": reason} if reason else {})
    return _new(stream, type_, data, actor, now, meta)


def _new(
    stream: str, type_: str, data: Mapping[str, Any], actor: Actor, now: datetime, meta: Mapping[str, Any] | None = None
) -> NewEvent:
    return NewEvent(
        stream=stream,
        type=type_,
        data=data,
        meta=actor.as_meta() | dict(meta or {}),
        occurred_at=now,
        schema_version=names.EVENTS[type_],
    )


def _append(events: Sequence[NewEvent]) -> int:
    projection.apply(events, event_store.append(events))
    return len(events)


def _expanded(member: str, kind: str, groups: Iterable[str]) -> list[dict[str, Any]]:
    """The assignments a member has by its groups: one per node, the indicators of all its groups together."""
    usual = Plan.objects.get().source["default_frequency"].get(kind, "yearly")
    own = dict(IndicatorDefinition.objects.filter(to_position__isnull=True).values_list("indicator_id", "frequency"))
    by_node: dict[str, dict[str, Any]] = {}
    for template in GroupAssignment.objects.filter(group__in=list(groups), to_position__isnull=True).order_by("id"):
        wanted = by_node.setdefault(
            template.node_id,
            {"role": template.role, "via_group": template.group_id, "assumed": template.assumed, "indicators": []},
        )
        wanted["indicators"] += [code for code in template.indicators if code not in wanted["indicators"]]
    return [
        plan_file.assignment_data(agency=member, node=node, usual=usual, own=own, **wanted)
        for node, wanted in by_node.items()
    ]

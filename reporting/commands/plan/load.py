"""The plan goes in as events: from a file; agencies are registered and join groups."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any

from agencies.access import Actor
from agencies.models import AgencyProfile
from indicators import plan_file
from indicators.models import GroupAssignment, IndicatorDefinition, Plan
from indicators.plan_file import Fact, PlanFileError
from reporting.commands.opening import command, one_at_a_time
from reporting.commands.plan import definitions
from reporting.commands.plan.appending import append, plan_event
from reporting.domain import events as names
from reporting.domain.errors import BadPlanFile, FiguresInForce, TargetsInForce
from reporting.event_store import NewEvent
from reporting.models import CurrentEvent


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
        _check_definitions([fact for fact in revised if fact.type == "IndicatorDefined"], said, file)
        plan = next(fact.key for fact in facts if fact.type == "PlanAdopted")
        return append([_event(fact, plan, actor, now, reason if fact in revised else "") for fact in changed])


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
            events.append(plan_event(names.agency_stream(agency["code"]), "AgencyRegistered", data, actor, now))
        for agency in new:
            for group in agency.get("groups", ()):
                data = {"group": group, "member": agency["code"]}
                events.append(plan_event(names.agency_stream(group), "GroupJoined", data, actor, now))
        events += [
            plan_event(names.assignment_stream(data["id"]), "AgencyAssigned", data, actor, now)
            for agency in new
            for data in _expanded(agency["code"], agency["kind"], agency.get("groups", ()))
        ]
        return append(events)


def _check_definitions(facts: Sequence[Fact], said: Mapping[tuple[str, str], Mapping[str, Any]], file: str) -> None:
    """A file does not take back what CSTI has redefined since, nor change the unit under figures. Raises
    BadPlanFile."""
    if not facts:
        return
    in_force = definitions.newest([fact.key for fact in facts])
    for fact in facts:
        before, now = said[fact.type, fact.key], in_force[fact.key]
        undone = sorted(k for k in now if k != "reason" and now[k] not in (before.get(k), fact.data.get(k)))
        if undone:
            reason = f"{fact.key} was redefined since: write what is in force of {', '.join(undone)}"
            raise BadPlanFile(line=fact.line, file=file, reason=reason)
        try:
            definitions.check_use(now, fact.data)
        except (FiguresInForce, TargetsInForce) as refusal:
            raise BadPlanFile(line=fact.line, file=file, reason=str(refusal).rstrip(".")) from refusal


def _said_by_the_log() -> dict[tuple[str, str], Mapping[str, Any]]:
    """What earlier loads of the plan said of each thing. Targets set by proposals are not the file's to take back."""
    said: dict[tuple[str, str], Mapping[str, Any]] = {}
    for event in CurrentEvent.objects.filter(meta__load=True).order_by("position"):
        type_ = "TargetSet" if event.type == "TargetRevised" else event.type
        apart = {"reason": ""} if "reason" in event.data else {}
        said[type_, event.meta["key"]] = {**event.data, **apart}
    return said


def _event(fact: Fact, plan: str, actor: Actor, now: datetime, reason: str) -> NewEvent:
    data, type_ = dict(fact.data), fact.type
    match type_:
        case "AgencyRegistered" | "GroupJoined":
            stream = names.agency_stream(str(data.get("group") or data["code"]))
        case "IndicatorDefined":
            stream = names.indicator_stream(fact.key)
            data["reason"] = reason
        case "AgencyAssigned" | "GroupAssigned":
            stream = names.assignment_stream(fact.key)
        case "TargetSet":
            stream = names.target_stream(data["indicator"], data["agency"])
            if reason:
                type_, data["reason"] = "TargetRevised", reason
        case _:
            stream = names.plan_stream(plan)
    meta = {"load": True, "key": fact.key} | ({"reason": reason} if reason else {})
    return plan_event(stream, type_, data, actor, now, meta)


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

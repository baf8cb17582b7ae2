"""The plan as the log says it is: folds plan events into the read models of `agencies` and `indicators`.

Written in the transaction of the append, because the next command reads them. Each handler meets a fact and never
refuses it. A row is never changed, only closed at a position and followed by another.
"""

from collections.abc import Callable, Iterable, Iterator, Sequence
from itertools import groupby
from typing import Any

from django.db.models import Model

from agencies.models import Agency, AgencyProfile, GroupMember, Temporal, in_force
from indicators.models import (
    AssignedIndicator,
    Assignment,
    Domain,
    GroupAssignment,
    Indicator,
    IndicatorDefinition,
    Milestone,
    Plan,
    PlanNode,
    Programme,
    Target,
    TargetProposal,
)
from reporting.event_store import NewEvent, Recorded

Data = dict[str, Any]


def apply(events: Sequence[NewEvent], recorded: Sequence[Recorded]) -> None:
    """Fold freshly appended plan events, in order."""
    position = {r.event_id: r.position for r in recorded}
    fold((event.type, dict(event.data), position[event.event_id]) for event in events)


def fold(facts: Iterable[tuple[str, Data, int]]) -> None:
    """Fold (type, data, position) in order. Assignments come by the ten thousand: a run of them is folded as one."""
    for together, run in groupby(facts, key=lambda fact: fact[0] == "AgencyAssigned"):
        if together:
            _agencies_assigned([(data, position) for _, data, position in run])
            continue
        for type_, data, position in run:
            HANDLERS[type_](data, position)


def succeed(model: type[Temporal], keys: Data, values: Data, position: int) -> None:
    """Close the row in force for `keys` and open the next, at `position`."""
    model._default_manager.filter(in_force(), **keys).update(to_position=position)
    model._default_manager.create(**keys, **values, from_position=position)


def _identity(model: type[Model], key: str, data: Data, position: int) -> None:
    _labelled(model, {key: data.pop(key)}, data, from_position=position)


def _labelled(model: type[Model], keys: Data, labels: Data, **when_new: int) -> None:
    """Rows others point at keep their key; their labels follow the newest event. Two statements, where
    update_or_create makes six: nobody else writes, for whoever appends holds the log's lock."""
    if not model._default_manager.filter(**keys).update(**labels):
        model._default_manager.create(**keys, **labels, **when_new)


def _agency_registered(data: Data, position: int) -> None:
    profile = {"kind": data.pop("kind"), "supervisors": data.pop("supervisors")}
    code = data.pop("code")
    _labelled(Agency, {"code": code}, data)
    succeed(AgencyProfile, {"agency_id": code}, profile, position)


def _group_joined(data: Data, position: int) -> None:
    succeed(GroupMember, {"group_id": data["group"], "member_id": data["member"]}, {}, position)


def _plan_adopted(data: Data, position: int) -> None:
    data["source"] = {**data["source"], "default_frequency": data.pop("default_frequency")}
    _identity(Plan, "code", data, position)


def _node_adopted(data: Data, position: int) -> None:
    data["plan_id"], data["parent_id"] = data.pop("plan"), data.pop("parent")
    _identity(PlanNode, "code", data, position)


def _indicator_defined(data: Data, position: int) -> None:
    code = data.pop("code")
    identity = {name: data.pop(name) for name in ("headline", "name_ja", "name_en", "order")}
    _labelled(Indicator, {"code": code}, {**identity, "node_id": data.pop("node")})
    data["responsible_id"] = data.pop("responsible")
    succeed(IndicatorDefinition, {"indicator_id": code}, data, position)


def _agencies_assigned(run: Sequence[tuple[Data, int]]) -> None:
    for _, rows in groupby(_without_twins(run), key=lambda row: row[0]):
        assignments, entries = [], []
        for _batch, data, position in rows:
            row = Assignment(
                id=data["id"], agency_id=data["agency"], node_id=data["node"], role=data["role"],
                frequency=data["frequency"], via_group=data["via_group"], assumed=data["assumed"],
                from_position=position,
            )  # fmt: skip
            assignments.append(row)
            entries += [
                AssignedIndicator(
                    assignment_id=row.id, agency_id=row.agency_id, indicator_id=entry["indicator"],
                    frequency=entry["frequency"], from_position=position,
                )
                for entry in data["indicators"]
            ]  # fmt: skip
        Assignment.objects.bulk_create(
            assignments,
            update_conflicts=True,
            unique_fields=["id"],
            update_fields=["agency", "node", "role", "frequency", "via_group", "assumed"],
        )
        next_one = {(e.indicator_id, e.agency_id): e.from_position for e in entries}
        before = AssignedIndicator.objects.filter(
            in_force(), agency__in={e.agency_id for e in entries}, indicator__in={e.indicator_id for e in entries}
        )
        for old in before:
            closed_at = next_one.get((old.indicator_id, old.agency_id))
            if closed_at is not None:
                AssignedIndicator.objects.filter(pk=old.pk).update(to_position=closed_at)
        AssignedIndicator.objects.bulk_create(entries)


def _without_twins(run: Sequence[tuple[Data, int]]) -> Iterator[tuple[int, Data, int]]:
    """Numbers the run in batches within which no assignment, and no indicator of an agency, comes twice."""
    batch, seen = 0, set[tuple[str, ...]]()
    for data, position in run:
        keys = {(data["id"],)} | {(entry["indicator"], data["agency"]) for entry in data["indicators"]}
        if seen & keys or len(seen) > 5_000:
            batch, seen = batch + 1, set()
        seen |= keys
        yield batch, data, position


def _group_assigned(data: Data, position: int) -> None:
    data["group_id"], data["node_id"] = data.pop("group"), data.pop("node")
    _identity(GroupAssignment, "id", data, position)


def _scope(data: Data) -> Data:
    return {f"{name}_id": data.pop(name) for name in ("indicator", "agency", "domain")}


def _target_set(data: Data, position: int) -> None:
    _close_proposal(data.pop("proposal", None), "accepted", position)
    data["sample"] = data.pop("source") == "sample"
    keys = {**_scope(data), "component": data.pop("component")}
    succeed(Target, keys, data, position)


def _milestone_scheduled(data: Data, position: int) -> None:
    _close_proposal(data.pop("proposal", None), "accepted", position)
    data["sample"] = data.pop("source") == "sample"
    succeed(Milestone, {**_scope(data), "stage": data.pop("stage")}, data, position)


def _target_proposed(data: Data, position: int) -> None:
    TargetProposal.objects.create(
        id=data["proposal"],
        indicator_id=data["content"]["indicator"],
        agency_id=data["agency"],
        content=data["content"],
        from_position=position,
    )


def _proposal_declined(data: Data, position: int) -> None:
    _close_proposal(data["proposal"], "declined", position)


def _close_proposal(proposal: str | None, outcome: str, position: int) -> None:
    if proposal:
        TargetProposal.objects.filter(in_force(), id=proposal).update(outcome=outcome, to_position=position)


HANDLERS: dict[str, Callable[[Data, int], None]] = {
    "PlanAdopted": _plan_adopted,
    "PlanNodeAdopted": _node_adopted,
    "DomainAdopted": lambda data, position: _identity(Domain, "code", data, position),
    "ProgrammeAdopted": lambda data, position: _identity(Programme, "code", data, position),
    "AgencyRegistered": _agency_registered,
    "GroupJoined": _group_joined,
    "IndicatorDefined": _indicator_defined,
    "GroupAssigned": _group_assigned,
    "TargetProposed": _target_proposed,
    "TargetProposalDeclined": _proposal_declined,
    "TargetSet": _target_set,
    "TargetRevised": _target_set,
    "MilestoneScheduled": _milestone_scheduled,
}

EVENTS = frozenset(HANDLERS) | {"AgencyAssigned"}

"""Targets and milestones as pages and the API show them: all indicators, one with its history, one proposal."""

from collections import Counter, defaultdict
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any
from uuid import UUID

from agencies import access
from agencies.access import Actor, Deed
from agencies.models import Agency, AgencyProfile, in_force
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
from indicators.quantities import Unit, unit_named
from indicators.target_marks import Mark
from reporting.models import Event
from reporting.queries.desk.target_history import History, told, up_to, were_in_force
from reporting.queries.desk.target_words import Change, mark_shown, milestone_changes, target_changes, target_shown
from reporting.queries.target_marks import marks_of


@dataclass(frozen=True)
class Shown:
    """A target in force, in words."""

    target: Target
    unit: Unit
    mark: Mark

    @property
    def value(self) -> str:
        return target_shown(self.target, self.unit)

    @property
    def mark_shown(self) -> str:
        return mark_shown(self.mark)


@dataclass(frozen=True)
class Proposal:
    """What is proposed beside what is in force. `declined`: why, of one that was."""

    row: TargetProposal
    before: Target | Milestone | None
    unit: Unit
    declined: str = ""

    @property
    def target(self) -> Target | None:
        return None if self.row.content["type"] == "milestone" else as_target(self.row.content)

    @property
    def milestone(self) -> Milestone | None:
        return as_milestone(self.row.content) if self.row.content["type"] == "milestone" else None

    @property
    def open(self) -> bool:
        return self.row.to_position is None

    @property
    def moved(self) -> bool:
        """What it would take the place of is no longer what it was proposed against."""
        said = self.row.content.get("replaces", 0)
        return self.open and said != 0 and said != (self.before.from_position if self.before else None)

    @property
    def changes(self) -> list[Change]:
        if (target := self.target) is not None:
            before = self.before if isinstance(self.before, Target) else None
            return target_changes(before, target, self.unit, self.unit)
        milestone = self.milestone
        assert milestone is not None
        return milestone_changes(self.before if isinstance(self.before, Milestone) else None, milestone)


@dataclass(frozen=True)
class Listed:
    """One indicator of the list. `leads`, `reports`: whether the actor may propose for the nation, for itself."""

    definition: IndicatorDefinition
    targets: tuple[Shown, ...]
    milestones: tuple[Milestone, ...]
    proposals: int
    leads: bool
    reports: bool

    @property
    def indicator(self) -> Indicator:
        return self.definition.indicator


@dataclass(frozen=True)
class IndicatorTargets:
    """One indicator with everything that was ever wanted of it."""

    definition: IndicatorDefinition
    plan: Plan
    targets: tuple[Shown, ...]
    milestones: tuple[Milestone, ...]
    proposals: tuple[Proposal, ...]
    history: History
    domains: tuple[Domain, ...]  # of which a target may be proposed
    leads: bool
    reports: bool

    @property
    def unit(self) -> Unit:
        return unit_named(self.definition.unit)

    @property
    def staged(self) -> bool:
        return self.definition.aggregation in ("stages_0_4", "binary_all")

    @property
    def open(self) -> list[Proposal]:
        return [proposal for proposal in self.proposals if proposal.open]

    @property
    def decided(self) -> list[Proposal]:
        return [proposal for proposal in self.proposals if not proposal.open]


def as_target(content: Mapping[str, Any]) -> Target:
    """A proposed target as the row it would become. To be shown, never saved."""

    def number(name: str) -> Decimal | None:
        return None if content.get(name) is None else Decimal(content[name])

    return Target(
        indicator_id=content["indicator"], agency_id=content["agency"], domain_id=content["domain"],
        kind=content["kind"], year=content["year"], value=Decimal(content["value"]),
        baseline_value=number("baseline_value"), baseline_year=number("baseline_year"),
        baseline_period=f"FY{content['baseline_year']}" if content.get("baseline_year") else "",
        trajectory=content.get("trajectory", {"shape": "linear"}), reason=content["reason"],
    )  # fmt: skip


def as_milestone(content: Mapping[str, Any]) -> Milestone:
    return Milestone(
        indicator_id=content["indicator"], agency_id=content["agency"], domain_id=content["domain"],
        stage=content["stage"], due_on=date.fromisoformat(content["due_on"]), reason=content["reason"],
    )  # fmt: skip


def listed(*, actor: Actor, only_open: bool = False, as_of: int | None = None) -> list[Listed]:
    """Every indicator in the plan's order, with what is wanted of it by the nation, of domains, and of the actor's
    agencies. Six queries."""
    definitions = IndicatorDefinition.objects.filter(in_force(as_of)).select_related("indicator", "responsible")
    targets: dict[str, list[Target]] = defaultdict(list)
    rows = Target.objects.filter(in_force(as_of), component__isnull=True).select_related("agency", "domain")
    for target in access.visible(rows, actor).order_by("agency", "domain"):
        targets[target.indicator_id].append(target)
    milestones: dict[str, list[Milestone]] = defaultdict(list)
    steps = Milestone.objects.filter(in_force(as_of)).select_related("agency", "domain").order_by("due_on", "stage")
    for milestone in access.visible(steps, actor):
        milestones[milestone.indicator_id].append(milestone)
    proposed = access.visible(TargetProposal.objects.filter(in_force(as_of)), actor)
    waiting = Counter(proposed.values_list("indicator_id", flat=True))
    mine = _mine(actor, as_of=as_of)
    marks = marks_of(actor=actor, targets=[target for of_one in targets.values() for target in of_one])
    return [
        Listed(
            definition=row,
            targets=tuple(Shown(t, unit_named(row.unit), marks[t.pk]) for t in targets[row.indicator_id]),
            milestones=tuple(milestones[row.indicator_id]),
            proposals=waiting[row.indicator_id],
            leads="lead" in mine.get(row.indicator_id, ()),
            reports=row.indicator_id in mine,
        )
        for row in definitions.order_by("indicator__order", "indicator__code")
        if not only_open or waiting[row.indicator_id]
    ]


def indicator_targets(*, actor: Actor, code: str, as_of: int | None = None) -> IndicatorTargets | None:
    """One indicator; None when it is not there. Ten queries."""
    definitions = list(
        up_to(IndicatorDefinition.objects.filter(indicator=code), as_of)
        .select_related("indicator__node__plan", "responsible")
        .order_by("from_position")
    )
    if not definitions:
        return None
    rows = up_to(Target.objects.filter(indicator=code), as_of).select_related("agency", "domain")
    targets = list(access.visible(rows, actor))
    steps = up_to(Milestone.objects.filter(indicator=code), as_of).select_related("agency", "domain")
    milestones = list(access.visible(steps, actor).order_by("due_on", "stage"))
    # What was in force is told before: it forgets where the rows of then have ended.
    definition = were_in_force(definitions, as_of)[-1]
    now_in_force, steps_in_force = were_in_force(targets, as_of), were_in_force(milestones, as_of)
    history = told(actor=actor, targets=targets, milestones=milestones, definitions=definitions)
    marks = {revision.target.pk: revision.mark for revision in history.revisions}
    unit = unit_named(definition.unit)
    roles = _mine(actor, code, as_of=as_of).get(code, set())
    domains = Domain.objects.filter(in_force(as_of)) if definition.by_domain else Domain.objects.none()
    in_order = sorted(now_in_force, key=lambda t: (t.agency_id or "", t.domain_id or "", t.component or ""))
    return IndicatorTargets(
        definition=definition,
        plan=definition.indicator.node.plan,
        targets=tuple(Shown(target, unit, marks[target.pk]) for target in in_order),
        milestones=tuple(steps_in_force),
        proposals=_proposals(actor, code, unit, targets, milestones, as_of),
        history=history,
        domains=tuple(domains),
        leads="lead" in roles,
        reports=bool(roles),
    )


def find_proposal(
    *, actor: Actor, proposal: UUID, as_of: int | None = None
) -> tuple[Proposal, IndicatorTargets] | None:
    """One proposal with its indicator; None when there is none the actor may see."""
    rows = access.visible(up_to(TargetProposal.objects.filter(id=proposal), as_of), actor)
    code = rows.values_list("indicator_id", flat=True).first()
    page = indicator_targets(actor=actor, code=code, as_of=as_of) if code else None
    found = [p for p in page.proposals if p.row.id == proposal] if page else []
    return (found[0], page) if found and page else None


def proposals(*, actor: Actor, as_of: int | None = None) -> list[TargetProposal]:
    """Those open, oldest first: all for CSTI, one's own agency's for others. One query."""
    rows = TargetProposal.objects.filter(in_force(as_of)).select_related("indicator", "agency")
    return list(access.visible(rows, actor).order_by("from_position"))


def who_may_be_responsible(*, as_of: int | None = None) -> list[Agency]:
    """Any agency but a group, which reads no mail. One query."""
    named = AgencyProfile.objects.filter(in_force(as_of)).exclude(kind="group").select_related("agency")
    return [profile.agency for profile in named.order_by("agency")]


def _proposals(
    actor: Actor, code: str, unit: Unit, targets: list[Target], milestones: list[Milestone], as_of: int | None
) -> tuple[Proposal, ...]:
    """Newest first, with why the declined ones were declined."""
    rows = up_to(TargetProposal.objects.filter(indicator=code), as_of).select_related("agency")
    found = list(access.visible(rows, actor).order_by("-from_position"))
    for row in found:
        if as_of is not None and row.to_position is not None and row.to_position > as_of:
            row.to_position, row.outcome = None, ""
    ends = [row.to_position for row in found if row.outcome == "declined" and row.to_position]
    reasons = {
        event.position: event.data.get("reason", "")
        for event in access.visible(Event.objects.filter(position__in=ends), actor)
    }
    in_force_now: dict[tuple[Any, ...], Target | Milestone] = {
        (t.agency_id, t.domain_id): t for t in were_in_force(targets, None) if t.component is None
    }
    in_force_now |= {(m.agency_id, m.domain_id, m.stage): m for m in were_in_force(milestones, None)}
    ever: dict[tuple[str, int], Target | Milestone] = {("target", t.from_position): t for t in targets}
    ever |= {("milestone", m.from_position): m for m in milestones}

    def before(row: TargetProposal) -> Target | Milestone | None:
        """What an open one would take the place of; of one that was decided, what it was proposed against."""
        content = row.content
        if row.to_position is not None:
            return ever.get((content["type"], content.get("replaces") or 0))
        scope = (content["agency"], content["domain"])
        return in_force_now.get((*scope, content["stage"]) if content["type"] == "milestone" else scope)

    return tuple(Proposal(row, before(row), unit, reasons.get(row.to_position or 0, "")) for row in found)


def _mine(actor: Actor, code: str | None = None, *, as_of: int | None) -> dict[str, set[str]]:
    """By indicator the roles in which the actor's agency reports it; nothing for who may not propose."""
    if not actor.may(Deed.PROPOSE_TARGET):
        return {}
    rows = AssignedIndicator.objects.filter(in_force(as_of), agency=actor.agency)
    rows = rows.filter(indicator=code) if code else rows
    roles: dict[str, set[str]] = defaultdict(set)
    for indicator, role in access.visible(rows, actor).values_list("indicator_id", "assignment__role"):
        roles[indicator].add(role)
    return dict(roles)

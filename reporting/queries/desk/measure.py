"""One measure: its words in the plan, who is assigned, what tracks it, its milestones."""

from dataclasses import dataclass
from datetime import date, datetime

from agencies import access
from agencies.access import Actor, Scope
from agencies.models import in_force
from indicators.models import Assignment, GroupAssignment, Level, Milestone, PlanNode, Programme
from reporting.queries.desk.front import Freshness, figures_of, freshness, groups
from reporting.queries.desk.loading import load
from reporting.queries.desk.national import National, nationals
from reporting.queries.shown import quantity_shown


@dataclass(frozen=True)
class MilestoneRow:
    milestone: Milestone
    reached: bool
    overdue: bool
    stage: str


@dataclass(frozen=True)
class MeasurePage:
    node: PlanNode
    programmes: tuple[Programme, ...]
    assignments: tuple[Assignment, ...]
    groups: tuple[GroupAssignment, ...]
    only_own: bool  # an agency sees its own assignments only
    figures: tuple[National, ...]
    linked: bool
    milestones: tuple[MilestoneRow, ...]
    freshness: Freshness


def measure_page(*, actor: Actor, code: str, now: datetime, as_of: int | None = None) -> MeasurePage | None:
    """None for a measure that is not there. Ten queries."""
    node = (
        PlanNode.objects.filter(in_force(as_of), code=code, level=Level.MEASURE)
        .select_related("plan", "parent__parent")
        .first()
    )
    if node is None:
        return None
    programmes = {p.code: p for p in Programme.objects.filter(in_force(as_of), code__in=node.programmes)}
    assignments = Assignment.objects.filter(in_force(as_of), node=node, via_group="").select_related("agency")
    to_groups = groups(as_of=as_of)
    followed, linked = figures_of(node, nationals(load(actor=actor, plan=node.plan, as_of=as_of), now=now), to_groups)
    return MeasurePage(
        node=node,
        programmes=tuple(programmes[c] for c in node.programmes if c in programmes),
        assignments=tuple(sorted(access.visible(assignments, actor), key=lambda a: (a.role != "lead", a.agency_id))),
        groups=tuple(
            sorted((g for g in to_groups if g.node_id == node.code), key=lambda g: (g.role != "lead", g.group_id))
        ),
        only_own=actor.scope is not Scope.ALL,
        figures=followed,
        linked=linked,
        milestones=tuple(row for f in followed for row in _milestones(f, now.date())),
        freshness=freshness(actor=actor, now=now, as_of=as_of),
    )


def _milestones(figure: National, today: date) -> list[MilestoneRow]:
    newest = figure.newest
    stage = newest.approved if newest and newest.approved is not None else -1
    return [
        MilestoneRow(m, stage >= m.stage, stage < m.stage and m.due_on < today, quantity_shown(m.stage, figure.unit))
        for m in figure.milestones
    ]

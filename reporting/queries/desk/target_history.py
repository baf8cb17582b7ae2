"""What each target, milestone and definition was before: from rows that are never changed, and the events that made
them."""

from collections.abc import Callable, Hashable, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import pairwise
from typing import TypeVar

from django.db.models import OuterRef, QuerySet, Subquery
from django.db.models.fields.json import KT

from agencies import access
from agencies.access import Actor
from agencies.models import Agency, Temporal
from indicators.models import IndicatorDefinition, Milestone, Target
from indicators.quantities import Unit, unit_named
from indicators.target_marks import Mark
from reporting.models import Event
from reporting.queries.desk.target_words import (
    Both,
    Change,
    definition_changes,
    mark_shown,
    milestone_changes,
    target_changes,
    target_shown,
)
from reporting.queries.shown import name_shown
from reporting.queries.target_marks import marks_of

Row = TypeVar("Row", bound=Temporal)
Told = TypeVar("Told")


@dataclass(frozen=True)
class Who:
    """Who made a row so, and when. Nothing is known of an event the reader may not see."""

    at: datetime | None = None
    name: str = ""
    agency: str = ""
    position: int = 0
    type: str = ""


@dataclass(frozen=True)
class Revision:
    """A target as it was set or revised."""

    target: Target
    before: Target | None
    who: Who
    mark: Mark
    unit: Unit
    unit_before: Unit

    @property
    def in_force(self) -> bool:
        return self.target.to_position is None

    @property
    def shown(self) -> str:
        return target_shown(self.target, self.unit)

    @property
    def reason(self) -> str:
        return self.target.reason

    @property
    def mark_shown(self) -> str:
        return mark_shown(self.mark)

    @property
    def changes(self) -> list[Change]:
        return target_changes(self.before, self.target, self.unit_before, self.unit)


@dataclass(frozen=True)
class MilestoneMove:
    """A stage's day as it was set or moved."""

    milestone: Milestone
    before: Milestone | None
    who: Who

    @property
    def in_force(self) -> bool:
        return self.milestone.to_position is None

    @property
    def reason(self) -> str:
        return self.milestone.reason

    @property
    def changes(self) -> list[Change]:
        return milestone_changes(self.before, self.milestone)


@dataclass(frozen=True)
class DefinitionChange:
    definition: IndicatorDefinition
    before: IndicatorDefinition | None
    who: Who

    @property
    def reason(self) -> str:
        return self.definition.reason

    @property
    def changes(self) -> list[Change]:
        return definition_changes(self.before, self.definition)


@dataclass(frozen=True)
class History:
    """Newest first, those in force before what they took the place of."""

    revisions: tuple[Revision, ...] = ()
    moves: tuple[MilestoneMove, ...] = ()
    definitions: tuple[DefinitionChange, ...] = ()

    def of(self, agency: str | None, domain: str | None, component: str | None = None) -> tuple[Revision, ...]:
        """The revisions at one scope."""
        scope = (agency, domain, component)
        return tuple(r for r in self.revisions if _scope(r.target) == scope)

    @property
    def redefined(self) -> tuple[DefinitionChange, ...]:
        """Those that changed something that is shown, but for the first."""
        return tuple(change for change in self.definitions if change.before is not None and change.changes)

    def mark(self, target: Target | None) -> str:
        """The words of a target's mark; "" without one."""
        marks = [r.mark for r in self.revisions if target is not None and r.target.pk == target.pk]
        return mark_shown(marks[0]) if marks else ""


def told(
    *, actor: Actor, targets: Sequence[Target], milestones: Sequence[Milestone],
    definitions: Sequence[IndicatorDefinition],
) -> History:  # fmt: skip
    """The history of these rows, which hold all that was ever in force of what they are about. Two queries."""
    rows: list[Temporal] = [*targets, *milestones, *definitions]
    who = _who(actor, [row.from_position for row in rows])
    marks = marks_of(actor=actor, targets=targets)
    by_code: dict[str, list[IndicatorDefinition]] = {}
    for row in sorted(definitions, key=lambda row: row.from_position):
        by_code.setdefault(row.indicator_id, []).append(row)

    def unit(target: Target) -> Unit:
        """Of the definition in force when the target was set."""
        known = by_code[target.indicator_id]
        then = [row for row in known if row.from_position <= target.from_position]
        return unit_named((then or known)[-1 if then else 0].unit)

    return History(
        revisions=_in_pairs(
            targets, _scope_of_indicator,
            lambda before, row: Revision(
                row, before, who(row), marks.get(row.pk, Mark.NONE), unit(row), unit(before or row)
            ),
        ),
        moves=_in_pairs(
            milestones, lambda m: (m.indicator_id, m.agency_id, m.domain_id, m.stage),
            lambda before, row: MilestoneMove(row, before, who(row)),
        ),
        definitions=_in_pairs(
            definitions, lambda d: d.indicator_id, lambda before, row: DefinitionChange(row, before, who(row))
        ),
    )  # fmt: skip


def were_in_force(rows: Sequence[Row], as_of: int | None) -> list[Row]:
    """Those true now, or at a position; and of these nobody knew then where they would end."""
    if as_of is None:
        return [row for row in rows if row.to_position is None]
    found = [row for row in rows if row.to_position is None or row.to_position > as_of]
    for row in found:
        row.to_position = None
    return found


def up_to(rows: QuerySet[Row], as_of: int | None) -> QuerySet[Row]:
    """All there ever were, or had been by then."""
    return rows if as_of is None else rows.filter(from_position__lte=as_of)


def _in_pairs(
    rows: Sequence[Row], scope: Callable[[Row], Hashable], made: Callable[[Row | None, Row], Told]
) -> tuple[Told, ...]:
    """Each row with the one of its scope that it took the place of; newest first."""
    by_scope: dict[Hashable, list[Row]] = {}
    for row in sorted(rows, key=lambda row: row.from_position):
        by_scope.setdefault(scope(row), []).append(row)
    pairs = [(before, row) for of_one in by_scope.values() for before, row in pairwise([None, *of_one]) if row]
    return tuple(made(before, row) for before, row in sorted(pairs, key=lambda pair: -pair[1].from_position))


def _scope(target: Target) -> tuple[str | None, str | None, str | None]:
    return target.agency_id, target.domain_id, target.component


def _scope_of_indicator(target: Target) -> Hashable:
    return (target.indicator_id, *_scope(target))


def _who(actor: Actor, positions: Sequence[int]) -> Callable[[Temporal], Who]:
    """By the position from which a row is true."""
    agency = Agency.objects.filter(code=OuterRef("acting"))
    events = (
        access.visible(Event.objects.filter(position__in=set(positions)), actor)
        .annotate(acting=KT("meta__agency"))
        .annotate(acting_ja=Subquery(agency.values("name_ja")), acting_en=Subquery(agency.values("name_en")))
        .values_list("position", "occurred_at", "meta", "type", "acting_ja", "acting_en")
    )
    known = {
        position: Who(at, meta.get("actor") or "", name_shown(Both(ja or "", en or "")), position, type_)
        for position, at, meta, type_, ja, en in events
    }
    return lambda row: known.get(row.from_position, Who(position=row.from_position))

"""The ladder of an agency as a reader may see it: units and people of their own agencies by name, of others that they
are told."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from agencies import access
from agencies.access import Actor, Deed, Scope
from agencies.models import Agency, Membership, Unit
from reporting.domain.alerts.ladder import LEVELS
from reporting.models import LadderContact
from reporting.queries.alerting.ladders import MINISTRY, SECRETARIAT, Recipient, Rungs, ladders


@dataclass(frozen=True)
class Level:
    """`told` by name; `others`: agencies whose contacts the reader may not see; `unseen`: nor some of those that are
    named; `csti`: its secretariat is told."""

    number: int
    day: int  # business days after the first
    told: tuple[Recipient, ...]
    others: tuple[Agency, ...] = ()
    unseen: bool = False
    csti: bool = False
    reachable: bool = True
    told_with: int = 0  # business days: where those right below cannot be told, it is on the day of the first of them

    @property
    def label(self) -> str:
        return str(LadderContact.Level(self.number).label)

    @property
    def empty(self) -> bool:
        return not (self.told or self.others or self.unseen or self.csti)


@dataclass(frozen=True)
class LadderPage:
    agency: Agency
    levels: tuple[Level, ...]
    set_at: datetime | None
    set_name: str
    chosen: Mapping[int, frozenset[str]]  # by level: "unit:3", "person:5", as they are named
    units: tuple[Unit, ...]  # who may be named
    people: tuple[Membership, ...]
    may_set: bool


def may_set(actor: Actor, agency: str) -> bool:
    return actor.may(Deed.SET_LADDER) or (actor.may(Deed.SET_OWN_LADDER) and actor.agency == agency)


def ladder_page(*, actor: Actor, agency: str) -> LadderPage | None:
    """None for an agency that is not there or not this actor's to see. At most seven queries."""
    row = access.visible(Agency.objects.filter(pk=agency).select_related("ladder"), actor, "pk").first()
    if row is None:
        return None
    set_ = getattr(row, "ladder", None)
    rungs = ladders([agency])[agency]
    may = may_set(actor, agency)
    of = may_be_named_of(agency, rungs) if may else ()
    units = access.visible(Unit.objects.filter(agency__in=of), actor).select_related("agency")
    works = access.visible(Membership.objects.filter(agency__in=of, ended_on=None), actor)
    people = works.filter(person__is_active=True).select_related("person", "unit", "agency")
    one_each = {p.person_id: p for p in reversed(people.order_by("agency", "unit", "pk"))} if may else {}
    return LadderPage(
        agency=row,
        levels=levels_seen(actor, rungs),
        set_at=set_.set_at if set_ else None,
        set_name=set_.set_name if set_ else "",
        chosen=rungs.chosen,
        units=tuple(units.order_by("agency", "code")) if may else (),
        people=tuple(reversed(one_each.values())),
        may_set=may,
    )


def levels_seen(actor: Actor, rungs: Rungs) -> tuple[Level, ...]:
    """What of it this actor sees."""
    above = tuple(row for row in rungs.above if actor.scope is not Scope.ALL and row.pk not in actor.agencies)
    found: list[Level] = []
    for number in LEVELS:
        told, unseen = tuple(rungs.levels[number]), number in rungs.unseen
        named = unseen and not told
        others = above if number == MINISTRY and not named else ()
        csti = number == SECRETARIAT and actor.scope is not Scope.ALL and not named and not told
        reachable = rungs.reachable[number] or unseen or bool(others) or csti
        below = found[-1] if found else None
        day = below.told_with if below and not below.reachable else rungs.days[number]
        found.append(Level(number, rungs.days[number], told, others, unseen, csti, reachable, day))
    return tuple(found)


def may_be_named_of(agency: str, rungs: Rungs) -> Sequence[str]:
    """Whose units and people may be told of an agency's alerts: its own, those of the ministries above it, and CSTI's.
    One agency's figures are for no other."""
    return sorted({agency, *(row.pk for row in rungs.above), *rungs.csti})

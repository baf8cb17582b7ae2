"""Who is told: by level of the ladder of whoever is responsible. Named contacts first; where none is named, the usual
ones. Looked up for many agencies at once, in a follower's transaction, which sees all, or in a reader's, which sees the
units and people of their own agencies."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import chain

from django.db.models import OuterRef, Subquery

from agencies.models import Agency, AgencyProfile, Membership, Role, Unit, in_force
from reporting.domain.alerts.ladder import DAYS, LEVELS
from reporting.models import LadderContact
from reporting.queries.alerting.responsible import units_of
from reporting.queries.delivery import reachable

OFFICER, HEAD, MINISTRY, SECRETARIAT = LEVELS


@dataclass(frozen=True)
class Recipient:
    """The shared address of a unit, or a person as a member of an agency."""

    agency: str
    address: str
    name_ja: str
    name_en: str
    unit: int | None = None
    person: int | None = None

    @property
    def key(self) -> tuple[int | None, int | None]:
        return self.unit, self.person


@dataclass(frozen=True)
class Rungs:
    """The ladder of one agency: who is told at each level, after how many business days."""

    days: Sequence[int]
    levels: Sequence[Sequence[Recipient]]
    reached: frozenset[str]  # addresses that take mails
    supervisors: Sequence[str] = ()
    unseen: Collection[int] = ()  # levels with named contacts that are not there for whoever looks

    @property
    def reachable(self) -> list[bool]:
        return [any(to.address in self.reached for to in level) for level in self.levels]


def ladders(agencies: Iterable[str]) -> dict[str, Rungs]:
    """By agency. A constant number of queries."""
    wanted = sorted(set(agencies))
    above = AgencyProfile.objects.filter(in_force(), agency=OuterRef("pk")).values("supervisors")[:1]
    rows = Agency.objects.filter(pk__in=wanted).annotate(above=Subquery(above))
    days: dict[str, Sequence[int]] = {}
    supervisors: dict[str, list[str]] = {}
    for agency, set_days, codes in rows.values_list("pk", "ladder__days", "above"):
        days[agency] = set_days or DAYS
        supervisors[agency] = [code for code in codes or () if code != agency]
    named, unseen = _named(wanted)
    units = units_of({*wanted, *chain.from_iterable(supervisors.values())})
    heads, csti = _heads(wanted), secretariat()
    found: dict[str, list[list[Recipient]]] = {}
    for agency in wanted:
        usual: dict[int, list[Recipient]] = {
            OFFICER: [_unit(unit) for unit in units[agency]],
            HEAD: heads.get(agency, []),
            MINISTRY: [_unit(unit) for code in supervisors.get(agency, ()) for unit in units.get(code, ())],
            SECRETARIAT: csti,
        }
        found[agency] = [named.get((agency, level)) or usual[level] for level in LEVELS]
    everybody = {to.address for levels in found.values() for level in levels for to in level}
    reached = frozenset(reachable(everybody))
    return {
        agency: Rungs(
            days.get(agency, DAYS),
            levels,
            reached,
            supervisors.get(agency, ()),
            frozenset(level for of, level in unseen if of == agency),
        )
        for agency, levels in found.items()
    }


Place = tuple[str, int]  # agency, level


def _named(agencies: Sequence[str]) -> tuple[Mapping[Place, list[Recipient]], set[Place]]:
    """Units with an address, then people who still work somewhere, as members of where they began first; and where
    somebody is named who is not seen."""
    works = Membership.objects.filter(ended_on=None, person=OuterRef("person")).order_by("pk").values("agency")[:1]
    rows = LadderContact.objects.filter(agency__in=agencies).annotate(works=Subquery(works)).order_by("pk")
    units: dict[Place, list[Recipient]] = {}
    people: dict[Place, list[Recipient]] = {}
    unseen: set[Place] = set()
    for agency, level, unit, of, email, ja, en, person, name, username, address, active, at in rows.values_list(
        "agency", "level", "unit", "unit__agency", "unit__email", "unit__name_ja", "unit__name_en",
        "person", "person__name", "person__username", "person__email", "person__is_active", "works",
    ):  # fmt: skip
        if of is None and at is None:
            unseen.add((agency, level))
        elif unit is not None and email:
            units.setdefault((agency, level), []).append(Recipient(of, email, ja, en, unit=unit))
        elif person is not None and active and address and at:
            called = name or username
            people.setdefault((agency, level), []).append(Recipient(at, address, called, called, person=person))
    return {place: units.get(place, []) + people.get(place, []) for place in [*units, *people]}, unseen


def _heads(agencies: Sequence[str]) -> dict[str, list[Recipient]]:
    """Who signs off for an agency."""
    held = Membership.objects.filter(ended_on=None, role=Role.RESPONSIBLE, agency__in=agencies, person__is_active=True)
    rows = held.exclude(person__email="").order_by("pk")
    found: dict[str, list[Recipient]] = {}
    for agency, person, name, username, email in rows.values_list(
        "agency", "person", "person__name", "person__username", "person__email"
    ):
        to = Recipient(agency, email, name or username, name or username, person=person)
        if to not in found.setdefault(agency, []):
            found[agency].append(to)
    return found


def secretariat() -> list[Recipient]:
    """The units of CSTI's secretariat. To them goes what is answered, too."""
    at = Membership.objects.filter(role=Role.SECRETARIAT, ended_on=None)
    return [_unit(unit) for unit in Unit.objects.filter(pk__in=at.values("unit")).exclude(email="").order_by("pk")]


def _unit(unit: Unit) -> Recipient:
    return Recipient(unit.agency_id, unit.email, unit.name_ja, unit.name_en, unit=unit.pk)

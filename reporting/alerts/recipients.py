"""Who is told: by level of the ladder of whoever is responsible. Named contacts first; where none is named, the usual
ones. Looked up for many agencies at once."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from agencies.models import AgencyProfile, Membership, Person, Role, Unit, in_force
from reporting.alerts.responsible import units_of
from reporting.domain.alerts.ladder import DAYS, LEVELS
from reporting.models import Ladder, LadderContact
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

    @property
    def reachable(self) -> list[bool]:
        return [any(to.address in self.reached for to in level) for level in self.levels]


def ladders(agencies: Iterable[str]) -> dict[str, Rungs]:
    """By agency. A constant number of queries."""
    wanted = sorted(set(agencies))
    days = dict(Ladder.objects.filter(agency__in=wanted).values_list("agency", "days"))
    named = _named(wanted)
    supervisors = {
        agency: [code for code in above if code != agency]
        for agency, above in AgencyProfile.objects.filter(in_force(), agency__in=wanted).values_list(
            "agency", "supervisors"
        )
    }
    units = units_of({*wanted, *(code for above in supervisors.values() for code in above)})
    heads, csti = _heads(wanted), secretariat()
    found: dict[str, list[list[Recipient]]] = {}
    for agency in wanted:
        usual: dict[int, list[Recipient]] = {
            OFFICER: [_unit(unit) for unit in units[agency]],
            HEAD: heads.get(agency, []),
            MINISTRY: [_unit(unit) for code in supervisors.get(agency, []) for unit in units.get(code, [])],
            SECRETARIAT: csti,
        }
        found[agency] = [named.get((agency, level)) or usual[level] for level in LEVELS]
    everybody = {to.address for levels in found.values() for level in levels for to in level}
    reached = frozenset(reachable(everybody))
    return {agency: Rungs(days.get(agency, DAYS), levels, reached) for agency, levels in found.items()}


def _named(agencies: Sequence[str]) -> Mapping[tuple[str, int], list[Recipient]]:
    rows = LadderContact.objects.filter(agency__in=agencies).order_by("pk")
    found: dict[tuple[str, int], list[Recipient]] = {}
    for row in rows.filter(unit__isnull=False).select_related("unit"):
        assert row.unit is not None
        if row.unit.email:
            found.setdefault((row.agency_id, row.level), []).append(_unit(row.unit))
    people = list(rows.filter(person__isnull=False).values_list("agency", "level", "person"))
    works = _works({person for _agency, _level, person in people})
    for agency, level, person in people:
        found.setdefault((agency, level), []).extend(works.get(person, [])[:1])
    return {place: told for place, told in found.items() if told}


def _works(people: Iterable[int], role: str = "") -> dict[int, list[Recipient]]:
    """By person, as a member of each agency where they work."""
    held = Membership.objects.filter(ended_on=None, **({"role": role} if role else {"person__in": list(people)}))
    rows = list(held.order_by("pk").values_list("person", "agency").distinct())
    who = Person.objects.filter(pk__in={person for person, _ in rows}, is_active=True).exclude(email="")
    known = {pk: (name or username, email) for pk, name, username, email in who.values_list(
        "pk", "name", "username", "email"
    )}  # fmt: skip
    found: dict[int, list[Recipient]] = {}
    for person, agency in dict.fromkeys(rows):
        if person in known:
            name, email = known[person]
            found.setdefault(person, []).append(Recipient(agency, email, name, name, person=person))
    return found


def _heads(agencies: Sequence[str]) -> dict[str, list[Recipient]]:
    """Who signs off for an agency."""
    found: dict[str, list[Recipient]] = {}
    for told in _works((), role=Role.RESPONSIBLE).values():
        for to in told:
            if to.agency in agencies:
                found.setdefault(to.agency, []).append(to)
    return found


def secretariat() -> list[Recipient]:
    """The units of CSTI's secretariat. To them goes what is answered, too."""
    at = Membership.objects.filter(role=Role.SECRETARIAT, ended_on=None)
    return [_unit(unit) for unit in Unit.objects.filter(pk__in=at.values("unit")).exclude(email="").order_by("pk")]


def _unit(unit: Unit) -> Recipient:
    return Recipient(unit.agency_id, unit.email, unit.name_ja, unit.name_en, unit=unit.pk)

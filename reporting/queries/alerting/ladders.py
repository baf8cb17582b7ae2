"""Who is told: by level of the ladder of whoever is responsible. Named contacts first; where none is named, the usual
ones. Looked up for many agencies at once, in a follower's transaction, which sees all, or in a reader's, which sees the
units and people of their own agencies."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from django.contrib.postgres.expressions import ArraySubquery
from django.db.models import F, Func, OuterRef, Q, Subquery

from agencies.models import Agency, AgencyProfile, Membership, Role, Unit, in_force
from reporting.domain.alerts.ladder import DAYS, LEVELS
from reporting.models import LadderContact
from reporting.queries.alerting.readers import To
from reporting.queries.alerting.responsible import units_of
from reporting.queries.delivery import but_for, take_none

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
    def to(self) -> To:
        return To(self.agency, self.unit, self.person)


@dataclass(frozen=True)
class Rungs:
    """The ladder of one agency: who is told at each level, after how many business days."""

    days: Sequence[int]
    levels: Sequence[Sequence[Recipient]]
    reached: frozenset[str]  # addresses that take mails
    above: Sequence[Agency] = ()  # who supervises it
    csti: Collection[str] = ()  # the agencies of CSTI's secretariat
    chosen: Mapping[int, frozenset[str]] = field(default_factory=dict)  # by level who is named: "unit:3", "person:5"
    unseen: Collection[int] = ()  # levels with named contacts that are not there for whoever looks

    @property
    def reachable(self) -> list[bool]:
        return [any(to.address in self.reached for to in level) for level in self.levels]


def ladders(agencies: Iterable[str]) -> dict[str, Rungs]:
    """By agency. Four queries."""
    wanted = sorted(set(agencies))
    days, above, gone = _agencies(wanted)
    named = _Named(wanted)
    units = units_of({*wanted, *(row.pk for rows in above.values() for row in rows)})
    heads, csti = _by_role(wanted)
    found: dict[str, list[list[Recipient]]] = {}
    for agency in wanted:
        usual: dict[int, list[Recipient]] = {
            OFFICER: [_unit(unit) for unit in units[agency]],
            HEAD: heads.get(agency, []),
            MINISTRY: [_unit(unit) for row in above.get(agency, ()) for unit in units.get(row.pk, ())],
            SECRETARIAT: csti,
        }
        found[agency] = [named.told(agency, level) or usual[level] for level in LEVELS]
    reached = frozenset(but_for((to.address for levels in found.values() for level in levels for to in level), gone))
    return {
        agency: Rungs(
            days=days.get(agency, DAYS),
            levels=levels,
            reached=reached,
            above=above.get(agency, ()),
            csti=frozenset(to.agency for to in csti),
            chosen={level: frozenset(named.keys.get((agency, level), ())) for level in LEVELS},
            unseen=frozenset(level for of, level in named.unseen if of == agency),
        )
        for agency, levels in found.items()
    }


def _agencies(wanted: Sequence[str]) -> tuple[dict[str, Sequence[int]], dict[str, list[Agency]], list[str]]:
    """By agency its days, where it has some of its own, and who supervises it; and the addresses that take no mails,
    which are few, read along with them."""
    profiles = AgencyProfile.objects.filter(in_force())
    above = profiles.filter(agency__in=wanted).annotate(one=Func(F("supervisors"), function="unnest")).values("one")
    codes = profiles.filter(agency=OuterRef("pk")).values("supervisors")[:1]
    rows = Agency.objects.filter(Q(pk__in=wanted) | Q(pk__in=above)).annotate(
        codes=Subquery(codes), days=F("ladder__days"), gone=ArraySubquery(take_none().values("address"))
    )
    known = {row.pk: row for row in rows}
    return (
        {agency: known[agency].days or DAYS for agency in wanted if agency in known},
        {
            agency: [known[code] for code in known[agency].codes or () if code != agency and code in known]
            for agency in wanted
            if agency in known
        },
        next((row.gone for row in rows), []),
    )


Place = tuple[str, int]  # agency, level


class _Named:
    """Who is named. One query. Units with an address, then people who still work somewhere, as members of where they
    began first."""

    def __init__(self, agencies: Sequence[str]) -> None:
        works = Membership.objects.filter(ended_on=None, person=OuterRef("person")).order_by("pk").values("agency")[:1]
        rows = LadderContact.objects.filter(agency__in=agencies).annotate(works=Subquery(works)).order_by("pk")
        self.units: dict[Place, list[Recipient]] = {}
        self.people: dict[Place, list[Recipient]] = {}
        self.keys: dict[Place, list[str]] = {}
        self.unseen: set[Place] = set()
        for agency, level, unit, of, email, ja, en, person, name, username, address, active, at in rows.values_list(
            "agency", "level", "unit", "unit__agency", "unit__email", "unit__name_ja", "unit__name_en",
            "person", "person__name", "person__username", "person__email", "person__is_active", "works",
        ):  # fmt: skip
            place, called = (agency, level), name or username
            self.keys.setdefault(place, []).append(f"unit:{unit}" if unit else f"person:{person}")
            if of is None and at is None:
                self.unseen.add(place)
            elif unit is not None and email:
                self.units.setdefault(place, []).append(Recipient(of, email, ja, en, unit=unit))
            elif person is not None and active and address and at:
                self.people.setdefault(place, []).append(Recipient(at, address, called, called, person=person))

    def told(self, agency: str, level: int) -> list[Recipient]:
        place = agency, level
        return self.units.get(place, []) + self.people.get(place, [])


CSTI = Q(role=Role.SECRETARIAT)


def _by_role(agencies: Sequence[str]) -> tuple[dict[str, list[Recipient]], list[Recipient]]:
    """Who signs off for each agency; the units of CSTI's secretariat."""
    signs = Q(role=Role.RESPONSIBLE, agency__in=agencies, person__is_active=True) & ~Q(person__email="")
    rows = Membership.objects.filter(signs | (CSTI & ~Q(unit__email="")), ended_on=None).order_by("pk")
    heads: dict[str, list[Recipient]] = {}
    csti: dict[int, Recipient] = {}
    for role, agency, person, name, username, address, unit, email, ja, en in rows.values_list(
        "role", "agency", "person", "person__name", "person__username", "person__email", "unit", "unit__email",
        "unit__name_ja", "unit__name_en",
    ):  # fmt: skip
        if role == Role.SECRETARIAT:
            csti[unit] = Recipient(agency, email, ja, en, unit=unit)
        else:
            to = Recipient(agency, address, name or username, name or username, person=person)
            if to not in heads.setdefault(agency, []):
                heads[agency].append(to)
    return heads, [csti[unit] for unit in sorted(csti)]


def secretariat() -> list[Recipient]:
    """The units of CSTI's secretariat. To them goes what is answered, too."""
    return _by_role(())[1]


def _unit(unit: Unit) -> Recipient:
    return Recipient(unit.agency_id, unit.email, unit.name_ja, unit.name_en, unit=unit.pk)

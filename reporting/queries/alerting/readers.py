"""Who reads what is for a recipient, in which language, and how often they want it. In a follower's transaction, or a
reader's, who sees the choices of their own agencies."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import date
from typing import NamedTuple

from django.db.models import Exists, OuterRef

from agencies.models import Membership, Person, Unit
from reporting.domain.alerts.telling import GROUPS, USUAL, Frequency, Kind, Preference
from reporting.models import MailChoice, MailReader


class To(NamedTuple):
    """A unit's shared address, or a person as a member of an agency."""

    agency: str
    unit: int | None
    person: int | None


@dataclass(frozen=True)
class Reader:
    """Who reads what is for a recipient: themself, or their deputy. Without an address there is nobody."""

    address: str
    name_ja: str
    name_en: str
    language: str
    person: int | None


Choices = Mapping[tuple[To, str], Preference]


def choices(agencies: Collection[str] | None = None) -> Choices:
    """What recipients have chosen, by group of things; of those agencies, or of all. One query."""
    rows = MailChoice.objects.all() if agencies is None else MailChoice.objects.filter(agency__in=agencies)
    return {
        (To(row.agency_id, row.unit_id, row.person_id), row.group): Preference(Frequency(row.frequency), row.at_least)
        for row in rows
    }


def preference_of(chosen: Choices, to: To, kind: Kind) -> Preference:
    group = GROUPS.get(kind)
    if group is None:
        return Preference(Frequency.IMMEDIATE)
    return chosen.get((to, group.value), Preference(USUAL[group]))


def readers_of(recipients: Collection[To], today: date) -> dict[To, Reader]:
    """Three queries."""
    chosen = {To(row.agency_id, row.unit_id, row.person_id): row for row in MailReader.objects.all()}
    deputies = {
        to: row.deputy_id
        for to, row in chosen.items()
        if row.deputy_from is not None and row.deputy_until is not None and row.deputy_from <= today <= row.deputy_until
    }
    units = Unit.objects.in_bulk([to.unit for to in recipients if to.unit is not None])
    asked = {to.person for to in recipients} | set(deputies.values())
    works = Membership.objects.filter(person=OuterRef("pk"), ended_on=None)
    able = Person.objects.filter(Exists(works), pk__in=[one for one in asked if one is not None], is_active=True)
    people = {
        pk: (name or username, email)
        for pk, name, username, email in able.values_list("pk", "name", "username", "email")
    }
    found = {}
    for to in recipients:
        language = chosen[to].language if to in chosen else MailReader.Language.BOTH.value
        deputy = deputies.get(to)
        person = deputy if deputy in people and people[deputy][1] else to.person
        if person is not None:
            name, address = people.get(person, ("", ""))
            found[to] = Reader(address, name, name, language, person)
        else:
            unit = units[to.unit or 0]
            found[to] = Reader(unit.email, unit.name_ja, unit.name_en, language, None)
    return found

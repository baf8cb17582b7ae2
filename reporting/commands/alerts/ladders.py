"""Who is told of an agency's alerts at which level, and after how many business days."""

from collections.abc import Mapping, Sequence

from django.db.models import Q
from django.db.models.functions import Now

from agencies import access
from agencies.access import Actor
from agencies.models import Agency, Membership, Unit
from reporting.commands.once import Once
from reporting.commands.opening import command
from reporting.domain.alerts.ladder import LEVELS, refuse_days
from reporting.domain.errors import ContactUnknown, NotAllowed, NotFound
from reporting.models import Ladder, LadderContact
from reporting.queries.alerting.ladder_page import may_be_named_of, may_set
from reporting.queries.alerting.ladders import ladders


def set_ladder(
    *,
    actor: Actor,
    agency: str,
    days: Sequence[int],
    units: Mapping[int, Sequence[int]],
    people: Mapping[int, Sequence[int]],
    once: Once | None = None,
) -> None:
    """By level its business days, units and people; a level without any is told as usual. Contacts are of the agency
    itself, of a ministry above it, or of CSTI. Who is named there and is not this actor's to see stays named. Raises a
    Refusal."""
    if not may_set(actor, agency):
        raise NotAllowed()
    refuse_days(days)
    with command(actor, once) as done:
        if not access.visible(Agency.objects.filter(pk=agency), actor, "pk").exists():
            raise NotFound()
        of = may_be_named_of(agency, ladders([agency])[agency])
        named_units = {unit for level in LEVELS for unit in units.get(level, ())}
        named_people = {person for level in LEVELS for person in people.get(level, ())}
        seen_units = access.visible(Unit.objects.all(), actor)
        if seen_units.filter(pk__in=named_units, agency__in=of).count() != len(named_units):
            raise ContactUnknown()
        works = access.visible(Membership.objects.filter(ended_on=None), actor)
        there = works.filter(person__in=named_people, agency__in=of)
        if len(set(there.values_list("person", flat=True))) != len(named_people):
            raise ContactUnknown()
        Ladder.objects.update_or_create(
            agency_id=agency, defaults={"days": list(days), "set_name": actor.name, "set_at": Now()}
        )
        colleagues = access.visible(Membership.objects.all(), actor)
        in_sight = Q(unit__in=seen_units.values("pk")) | Q(person__in=colleagues.values("person"))
        LadderContact.objects.filter(in_sight, agency=agency).delete()
        LadderContact.objects.bulk_create(
            [LadderContact(agency_id=agency, level=n, unit_id=unit) for n in LEVELS for unit in units.get(n, ())]
            + [LadderContact(agency_id=agency, level=n, person_id=who) for n in LEVELS for who in people.get(n, ())]
        )
        done(None)

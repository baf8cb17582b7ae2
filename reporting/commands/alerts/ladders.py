"""Who is told of an agency's alerts at which level, and after how many business days."""

from collections.abc import Mapping, Sequence

from agencies import access
from agencies.access import Actor, Deed
from agencies.models import Agency, Membership, Unit
from reporting.commands.opening import command
from reporting.domain.alerts.ladder import LEVELS, refuse_days
from reporting.domain.errors import ContactUnknown, NotAllowed, NotFound
from reporting.models import Ladder, LadderContact


def set_ladder(
    *,
    actor: Actor,
    agency: str,
    days: Sequence[int],
    units: Mapping[int, Sequence[int]],
    people: Mapping[int, Sequence[int]],
) -> None:
    """By level its business days, units and people; a level without any is told as usual. Contacts are of the agency
    itself, of a ministry above it, or of CSTI. Raises a Refusal."""
    if not (actor.may(Deed.SET_LADDER) or (actor.may(Deed.SET_OWN_LADDER) and actor.agency == agency)):
        raise NotAllowed()
    refuse_days(days)
    with command(actor) as done:
        if not access.visible(Agency.objects.filter(pk=agency), actor, "pk").exists():
            raise NotFound()
        named_units = {unit for level in LEVELS for unit in units.get(level, ())}
        named_people = {person for level in LEVELS for person in people.get(level, ())}
        if Unit.objects.filter(pk__in=named_units).count() != len(named_units):
            raise ContactUnknown()
        works = Membership.objects.filter(person__in=named_people, ended_on=None)
        if len(set(works.values_list("person", flat=True))) != len(named_people):
            raise ContactUnknown()
        Ladder.objects.update_or_create(agency_id=agency, defaults={"days": list(days), "set_name": actor.name})
        LadderContact.objects.filter(agency=agency).delete()
        LadderContact.objects.bulk_create(
            [LadderContact(agency_id=agency, level=n, unit_id=unit) for n in LEVELS for unit in units.get(n, ())]
            + [LadderContact(agency_id=agency, level=n, person_id=who) for n in LEVELS for who in people.get(n, ())]
        )
        done(None)

"""What one is told by mail, and what one's unit is: as it was chosen, or as it usually is."""

from collections.abc import Mapping
from dataclasses import dataclass

from agencies import access
from agencies.access import Actor
from agencies.models import Membership, Unit
from reporting.domain.alerts.telling import USUAL, Frequency, Group, Preference
from reporting.models import MailChoice, MailReader


@dataclass(frozen=True)
class Chosen:
    """Of oneself, or of one's unit (`unit` is not None)."""

    unit: Unit | None
    choices: Mapping[str, Preference]  # by group
    reader: MailReader

    @property
    def kept(self) -> bool:
        return self.reader.pk is not None


@dataclass(frozen=True)
class SettingsPage:
    mine: Chosen
    units: Chosen | None
    colleagues: tuple[Membership, ...]  # who may read in one's place


def settings_page(*, actor: Actor) -> SettingsPage:
    """Four queries."""
    mine = {"agency": actor.agency, "person": actor.person_id}
    ours = {"agency": actor.agency, "unit": actor.unit_id}
    choices = [*access.visible(MailChoice.objects.filter(**mine) | MailChoice.objects.filter(**ours), actor)]
    readers = [*access.visible(MailReader.objects.filter(**mine) | MailReader.objects.filter(**ours), actor)]
    unit = access.visible(Unit.objects.filter(pk=actor.unit_id or 0), actor).first()
    works = access.visible(Membership.objects.filter(agency=actor.agency, ended_on=None), actor)
    works = works.filter(person__is_active=True).exclude(person=actor.person_id)
    one_each = {row.person_id: row for row in works.select_related("person", "unit").order_by("unit", "pk")}

    def chosen(of: Unit | None) -> Chosen:
        pk = of.pk if of else None
        found = {row.group: Preference(Frequency(row.frequency), row.at_least) for row in choices if row.unit_id == pk}
        usual = {group.value: Preference(USUAL[group]) for group in Group}
        reader = next((row for row in readers if row.unit_id == pk), None)
        return Chosen(of, usual | found, reader or MailReader())

    return SettingsPage(chosen(None), chosen(unit) if unit else None, tuple(one_each.values()))

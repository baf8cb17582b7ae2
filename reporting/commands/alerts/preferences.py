"""What a recipient wants to be told by mail, how often, in which language; and who reads it while they are away."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from agencies import access
from agencies.access import Actor, Deed
from agencies.models import Membership, Unit
from reporting.commands.once import Once
from reporting.commands.opening import command
from reporting.domain.errors import DeputyInvalid, MailMandatory, NotAllowed, NotFound
from reporting.models import MailChoice, MailReader


@dataclass(frozen=True)
class Choice:
    frequency: str
    at_least: str = "at_risk"


def set_mail_choices(
    *,
    actor: Actor,
    unit: int | None,
    choices: Mapping[str, Choice],
    language: str,
    deputy: int | None = None,
    deputy_from: date | None = None,
    deputy_until: date | None = None,
    once: Once | None = None,
) -> None:
    """For oneself (`unit` None) as a member of the agency one acts for, or for the shared address of one's own unit.
    Raises a Refusal."""
    if not actor.may(Deed.SEE_DESK):
        raise NotAllowed()  # who answers for a department is told of no alert
    if actor.person_id is None or not actor.agency or (unit is not None and unit != actor.unit_id):
        raise NotFound()
    _must_be_known(choices, language)
    dates = (deputy_from, deputy_until)
    if (deputy is None) != (None in dates) or (deputy is None and any(dates)):
        raise DeputyInvalid()
    if deputy is not None and (unit is not None or deputy == actor.person_id or deputy_from > deputy_until):  # type: ignore[operator]
        raise DeputyInvalid()
    to: dict[str, Any] = {"agency_id": actor.agency, "unit_id": unit, "person_id": None if unit else actor.person_id}
    with command(actor, once) as done:
        if unit is not None and not access.visible(Unit.objects.filter(pk=unit), actor).exists():
            raise NotFound()
        colleague = Membership.objects.filter(person=deputy, agency=actor.agency, ended_on=None)
        if deputy is not None and not access.visible(colleague, actor).exists():
            raise DeputyInvalid()
        for group, choice in choices.items():
            MailChoice.objects.update_or_create(
                **to, group=group, defaults={"frequency": choice.frequency, "at_least": choice.at_least}
            )
        reader = {
            "language": language, "deputy_id": deputy, "deputy_from": deputy_from, "deputy_until": deputy_until,
        }  # fmt: skip
        MailReader.objects.update_or_create(**to, defaults=reader)
        done(None)


def _must_be_known(choices: Mapping[str, Choice], language: str) -> None:
    known = all(
        group in MailChoice.Of.values
        and choice.frequency in MailChoice.Often.values
        and choice.at_least in ("at_risk", "off_track")
        for group, choice in choices.items()
    )
    if not known or language not in MailReader.Language.values:
        raise MailMandatory()

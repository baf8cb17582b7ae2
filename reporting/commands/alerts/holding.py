"""Deciding about mails that are held back, and holding them back."""

from datetime import datetime

from agencies.access import Actor, Deed
from reporting.commands.once import Once
from reporting.commands.opening import command
from reporting.commands.texts import Texts
from reporting.domain.errors import FreezeInForce, HoldDecided, NotAllowed, NotFound, ReasonMissing
from reporting.models import MailHold

Why, Decision = MailHold.Why, MailHold.Decision
# A storm is for administrators to judge; a freeze is the secretariat's own.
WHO = {Why.STORM: (Deed.OPERATE, Deed.FREEZE_MAILS), Why.FREEZE: (Deed.FREEZE_MAILS,)}


def freeze_mails(*, actor: Actor, reason: str, now: datetime, once: Once | None = None) -> MailHold:
    """No mail of an alert goes until somebody ends it. Raises a Refusal."""
    if not actor.may(Deed.FREEZE_MAILS):
        raise NotAllowed()
    if not reason.strip():
        raise ReasonMissing()
    Texts({"reason": reason}, None)  # is refused like any other text
    with command(actor, once) as done:
        said = {"at": now, "reason": reason.strip(), "name": actor.name}
        hold, new = MailHold.objects.get_or_create(why=Why.FREEZE, decision="", defaults=said)
        if not new:
            raise FreezeInForce()
        return done(hold)


def decide_about_hold(*, actor: Actor, hold: int, release: bool, now: datetime, once: Once | None = None) -> None:
    """What has waited goes out, or is not told at all. Raises a Refusal."""
    with command(actor, once) as done:
        row = MailHold.objects.filter(pk=hold).first() if actor.may(Deed.SEE_LOG) else None
        if row is None:
            raise NotFound()
        if not any(actor.may(deed) for deed in WHO[Why(row.why)]):
            raise NotAllowed()
        decided = MailHold.objects.filter(pk=hold, decision="").update(
            decision=Decision.RELEASED if release else Decision.DISCARDED, decided_at=now, decided_name=actor.name
        )
        if not decided:
            raise HoldDecided()
        done(None)

"""What operators decide about mails: one in trouble is sent again, has arrived, or is left; an address that took none
is written to again; a paused sender goes on."""

from datetime import datetime

from django.db.models import F
from django.db.models.functions import Now

from agencies import access
from agencies.access import Actor, Deed
from reporting.commands.once import Once
from reporting.commands.opening import command
from reporting.domain.delivery import Decision, Unwanted, decide
from reporting.domain.errors import AddressNotSuppressed, NotAllowed, NotFound, SenderNotPaused
from reporting.models import MailAttempt, MailSender, OutboxMail, SuppressedAddress
from reporting.queries.delivery import generation


def decide_about_mail(
    *, actor: Actor, mail: int, decision: Decision, sure: bool = False, now: datetime, once: Once | None = None
) -> None:
    """Say what becomes of a mail that failed or is in doubt. Sent again, it is tried like a new one, and looked at like
    one right before; its doubts stay with it. Raises a Refusal."""
    _must(actor)
    with command(actor, once) as done:
        row = access.visible(OutboxMail.objects.filter(pk=mail), actor).select_for_update(of=("self",)).first()
        if row is None:
            raise NotFound()
        OutboxMail.objects.filter(pk=row.pk).update(
            state=decide(decision, state=row.state, sure=sure), **_changes(decision)
        )
        MailAttempt.objects.create(
            mail=row, agency_id=row.agency_id, began_at=now, ended=decision.value, address=row.address, name=actor.name
        )
        done(None)


def resume_sending(*, actor: Actor, once: Once | None = None) -> None:
    """Let a paused sender go on from this database. Before it sends anything, what the ledger knows becomes sent."""
    _must(actor)
    with command(actor, once) as done:
        resumed = MailSender.objects.filter(paused_at__isnull=False).update(
            paused_at=None, generation=generation(), resumed_at=Now(), resumed_name=actor.name, reconciled=False
        )
        if not resumed:
            raise SenderNotPaused()
        done(None)


def lift_suppression(*, actor: Actor, suppression: int, once: Once | None = None) -> None:
    """Write to the address again. What came back of mails sent before counts no more."""
    _must(actor)
    with command(actor, once) as done:
        rows = access.visible(SuppressedAddress.objects.filter(pk=suppression), actor)
        if not rows.exists():
            raise NotFound()
        if not rows.filter(lifted_at=None).update(lifted_at=Now(), lifted_name=actor.name):
            raise AddressNotSuppressed()
        done(None)


def _changes(decision: Decision) -> dict[str, object]:
    if decision is Decision.AGAIN:
        return {"due_at": Now(), "attempts": 0, "first_tried_at": None, "reason": ""}
    if decision is Decision.ARRIVED:
        return {"sent_at": F("handed_over_at")}
    return {"reason": Unwanted.LEFT}


def _must(actor: Actor) -> None:
    if not actor.may(Deed.OPERATE):
        raise NotAllowed()

"""Whether mails may be sent at all. Of a database restored from a backup nobody knows what was sent since."""

from datetime import datetime

import structlog
from django.db.models import Q
from django.db.models.functions import Now

from reporting.alerts.outbox.ledger import Ledger
from reporting.models import MailAttempt, MailSender, OutboxMail
from reporting.queries.delivery import generation

log = structlog.get_logger()

State, Ended, Reason = OutboxMail.State, MailAttempt.Ended, MailSender.Reason
MANY = 1000


def is_open() -> bool:
    """Whether a mail may be sent from this database. In another than the sender knows, it pauses."""
    sender = MailSender.objects.first()
    if sender is None:
        return True  # it has sent nothing yet
    if sender.paused_at is None and sender.generation != (here := generation()):
        pause(Reason.RESTORED, f"{sender.generation} → {here}")
        return False
    return sender.paused_at is None and sender.reconciled


def remember() -> None:
    """From this database mails are sent: the first time that is written down."""
    MailSender.objects.get_or_create(pk=1, defaults={"generation": generation()})


def pause(reason: MailSender.Reason, detail: str) -> None:
    """Until an operator resumes it. Who comes second changes nothing."""
    changes = {"paused_at": Now(), "reason": reason, "detail": detail}
    if MailSender.objects.filter(paused_at=None).update(**changes):
        log.error("mails are paused", reason=reason.value, detail=detail)


def resumed_after(moment: datetime) -> bool:
    """Whether an operator has let the sender go on since then, and so knows of it."""
    return MailSender.objects.filter(resumed_at__gte=moment).exists()


def reconcile(ledger: Ledger) -> None:
    """What the ledger knows to be sent, and the database holds to be in doubt, becomes sent; once after the sender was
    resumed also what it holds to be unsent. In a transaction of its own."""
    rows = OutboxMail.objects.filter(state=State.UNCERTAIN)
    waits = MailSender.objects.filter(paused_at=None, reconciled=False)
    if waits.select_for_update(skip_locked=True).exists():
        unsent = OutboxMail.objects.exclude(state__in=[State.SENT, State.CANCELLED])
        rows = unsent.filter(~Q(state=State.SENDING) | Q(lease_until__lt=Now()))
        waits.update(reconciled=True)
    known = ledger.known()
    for mail in rows.select_for_update(skip_locked=True).order_by("pk").iterator(MANY):
        if (sent_at := known.get(mail.key)) is not None:
            found_sent(mail, sent_at)


def found_sent(mail: OutboxMail, sent_at: datetime) -> None:
    """The ledger's word is better than the database's: it was written when the server had accepted the mail."""
    OutboxMail.objects.filter(pk=mail.pk).update(
        state=State.SENT, sent_at=sent_at, error="", lease_token=None, lease_until=None
    )
    MailAttempt.objects.create(
        mail=mail, agency_id=mail.agency_id, began_at=sent_at, ended=Ended.KNOWN, address=mail.address
    )

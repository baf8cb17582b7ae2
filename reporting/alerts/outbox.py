"""Sends mails from their rows: claim under a lease, commit, send, mark. Never inside the claiming transaction."""

import smtplib
import uuid
from datetime import timedelta
from email.utils import format_datetime

import structlog
from django.conf import settings
from django.core.mail import EmailMessage, get_connection
from django.db.models import F, Q
from django.db.models.functions import Now

from agencies import access
from reporting.models import OutboxMail

log = structlog.get_logger()

LEASE = timedelta(minutes=5)
RETRY_AFTER = [timedelta(minutes=m) for m in (1, 5, 30, 120, 720)]
State = OutboxMail.State


def send_due(limit: int = 200) -> int:
    """Send up to `limit` mails that are due. Returns how many were accepted by the server. A server that does not
    answer ends the round: the others would only wait for it too.

    Two senders never take the same row; a mail whose sender died is taken again when its lease is over.
    """
    sent = 0
    for _ in range(limit):
        mail = _claim()
        if mail is None:
            break
        try:
            sent += _send(mail)
        except ServerAway:
            break
        except MailRefused:
            continue
    return sent


def _claim() -> OutboxMail | None:
    with access.following():
        due = Q(state=State.QUEUED, due_at__lte=Now()) | Q(state=State.SENDING, lease_until__lt=Now())
        mail = OutboxMail.objects.select_for_update(skip_locked=True).filter(due).order_by("due_at").first()
        if mail is None:
            return None
        mail.lease_token = uuid.uuid4()
        OutboxMail.objects.filter(pk=mail.pk).update(
            state=State.SENDING, lease_token=mail.lease_token, lease_until=Now() + LEASE, attempts=F("attempts") + 1
        )
        mail.attempts += 1
        return mail


class ServerAway(Exception):
    """The mail server cannot be reached."""


class MailRefused(Exception):
    """The server, or we, would not take this mail."""


def _send(mail: OutboxMail) -> bool:
    domain = settings.DEFAULT_FROM_EMAIL.rpartition("@")[2].rstrip(">")
    message = EmailMessage(
        subject=mail.subject,
        body=mail.body,
        to=[mail.address],
        # The id follows from the row, so that a mail sent twice in doubt is known to be the same. Half the key: with
        # the whole of it the header is folded, and its first line empty.
        headers={
            "Message-ID": f"<{mail.key[:32]}@{domain}>",
            "Date": format_datetime(mail.business_time),
            "Auto-Submitted": "auto-generated",
        },
    )
    try:
        message.connection = get_connection()
        message.send()
    except (smtplib.SMTPException, OSError, ValueError) as error:
        _failed(mail, error)
        away = isinstance(error, smtplib.SMTPConnectError | smtplib.SMTPServerDisconnected) or (
            isinstance(error, OSError) and not isinstance(error, smtplib.SMTPException)
        )
        raise (ServerAway if away else MailRefused) from error
    return _finish(mail, state=State.SENT, sent_at=Now(), error="")


def _failed(mail: OutboxMail, error: Exception) -> None:
    # 4xx is "not now" (greylisting), 5xx "never".
    codes = [code for code, _ in error.recipients.values()] if isinstance(error, smtplib.SMTPRecipientsRefused) else []
    refused = isinstance(error, ValueError) or (bool(codes) and min(codes) >= 500)
    log.warning("mail not sent", mail=mail.pk, attempt=mail.attempts, error=type(error).__name__)
    if refused or mail.attempts > len(RETRY_AFTER):
        _finish(mail, state=State.FAILED, error=str(error)[:2000])
    else:
        _finish(mail, state=State.QUEUED, due_at=Now() + RETRY_AFTER[mail.attempts - 1], error=str(error)[:2000])


def _finish(mail: OutboxMail, **changes: object) -> bool:
    """Only the holder of the lease may say what became of a mail."""
    with access.following():
        mine = OutboxMail.objects.filter(pk=mail.pk, lease_token=mail.lease_token)
        return mine.update(lease_token=None, lease_until=None, **changes) == 1

"""Takes in what servers report of mails that were sent: by a provider's webhook, a notification, or at once.

The mail is known by its Message-ID, so who does not know that can say nothing. The same report changes nothing a second
time, and none depends on another having come before.
"""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

import structlog
from django.db import connection
from django.db.models import F, Max
from django.db.models.functions import Coalesce, Lower, Now

from agencies import access
from reporting.domain.bounces import WEEK, CameBack, Suppression, follows
from reporting.models import MailAttempt, OutboxMail, SuppressedAddress

log = structlog.get_logger()

LOCK = 7307020281
State, Ended = OutboxMail.State, MailAttempt.Ended


@dataclass(frozen=True)
class Report:
    """`mail`: what stands before the @ of its Message-ID. `by`: who reports; `event`: their number for it, if any."""

    mail: str
    what: CameBack
    at: datetime
    recipient: str = ""
    status: str = ""
    said: str = ""
    by: str = ""
    event: str = ""


def take(reports: Sequence[Report], *, now: datetime) -> int:
    """Keep them with their mails, and what follows for their addresses. Returns how many are of mails of ours; one that
    was taken before is among them."""
    with access.following():
        _one_at_a_time()
        return sum(_take(report, now) for report in reports)


def refuse(mail: OutboxMail, said: str) -> None:
    """The server has said at once, and for good, that there is no such address."""
    with access.following():
        _one_at_a_time()
        _suppress(mail, mail.address.lower(), Suppression(CameBack.BOUNCED), said)


def _one_at_a_time() -> None:
    """Three bounces at once must not each be the second."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(%s)", [LOCK])


def _take(report: Report, now: datetime) -> bool:
    mail = OutboxMail.objects.select_for_update().filter(key__startswith=report.mail).first() if report.mail else None
    if mail is None or (mail.first_tried_at is None and mail.sent_at is None):
        log.warning("a report on no mail of ours", by=report.by, what=report.what.value)
        return False
    if MailAttempt.objects.filter(report_key=(key := _key(mail, report))).exists():
        return True
    at, address = min(report.at, now), _address(mail, report)
    MailAttempt.objects.create(
        mail=mail, agency_id=mail.agency_id, began_at=at, ended=report.what.value, address=address,
        server=report.by[:200], said=f"{report.status} {report.said}".strip()[:2000], report_key=key,
    )  # fmt: skip
    _note(mail, report.what, at)
    sent_at = mail.handed_over_at or mail.sent_at or now
    suppression = follows(
        report.what, at=at, sent_at=sent_at, before=_before(mail, address, at), lifted_at=_lifted_at(address)
    )
    if suppression is not None:
        _suppress(mail, address, suppression, report.said or report.status)
    return True


def _key(mail: OutboxMail, report: Report) -> str:
    """By the reporter's number; else one of each status of a mail is enough."""
    same = f"{report.by}|{report.event}" if report.event else f"{report.what}|{report.status}"
    return hashlib.sha256(f"{mail.pk}|{same}".encode()).hexdigest()


def _address(mail: OutboxMail, report: Report) -> str:
    """Where the mail went: the recipient reported, if we ever sent it there; else where we sent it last."""
    tried = MailAttempt.objects.filter(mail=mail).values_list("address", flat=True)
    known = {address.lower() for address in (mail.address, *tried)}
    return report.recipient.lower() if report.recipient.lower() in known else mail.address.lower()


def _note(mail: OutboxMail, what: CameBack, at: datetime) -> None:
    """Whatever is reported of a mail in doubt, it had left, and is not to be sent again."""
    changes: dict[str, object] = {}
    if what is CameBack.DELIVERED:
        changes["delivered_at"] = at
    if what in (CameBack.BOUNCED, CameBack.BOUNCED_FOR_NOW):
        changes["bounced_at"] = at
    if mail.doubts and mail.state in (State.UNCERTAIN, State.QUEUED):
        changes |= {"state": State.SENT, "sent_at": Coalesce(F("handed_over_at"), Now()), "error": ""}
    OutboxMail.objects.filter(pk=mail.pk).update(**changes) if changes else None


def _before(mail: OutboxMail, address: str, at: datetime) -> list[datetime]:
    """When other mails to it bounced for now, about that time, each once; only those sent since it was last lifted."""
    near = MailAttempt.objects.annotate(small=Lower("address")).filter(
        small=address, ended=Ended.BOUNCED_FOR_NOW, began_at__range=(at - WEEK, at + WEEK)
    )
    if (lifted_at := _lifted_at(address)) is not None:
        near = near.annotate(left=Coalesce("mail__handed_over_at", "mail__sent_at")).filter(left__gt=lifted_at)
    return list(near.exclude(mail=mail).values("mail").annotate(last=Max("began_at")).values_list("last", flat=True))


def _lifted_at(address: str) -> datetime | None:
    """When a person last did."""
    lifted = SuppressedAddress.objects.filter(address=address).exclude(lifted_name="")
    last: datetime | None = lifted.aggregate(last=Max("lifted_at"))["last"]
    return last


def _suppress(mail: OutboxMail, address: str, wanted: Suppression, said: str) -> None:
    """At most one is in force, not counting a complaint: what is for good stays, what ends makes room."""
    complaint = wanted.why is CameBack.COMPLAINED
    rows = SuppressedAddress.objects.filter(address=address, lifted_at=None)
    known = (rows.filter if complaint else rows.exclude)(why=CameBack.COMPLAINED).first()
    if known is not None:
        if known.until is None or (wanted.until is not None and wanted.until <= known.until):
            return
        SuppressedAddress.objects.filter(pk=known.pk).update(lifted_at=Now())
    SuppressedAddress.objects.create(
        address=address, agency_id=mail.agency_id, mail=mail, why=wanted.why.value, said=said[:2000], until=wanted.until
    )
    log.warning("address suppressed", mail=mail.pk, why=wanted.why.value)

"""Once a day the newest head is mailed to each of WITNESS_EMAILS: outside, where nobody here can change it."""

import hashlib
from datetime import datetime

from django.conf import settings
from django.db import connection
from django.template.loader import render_to_string
from django.utils import timezone, translation
from django.utils.translation import gettext

from agencies import access
from indicators.periods import JST
from reporting.event_store import heads
from reporting.event_store.records import canonical, head_record
from reporting.models import Edition, OutboxMail, TreeHead

# The row count decides who of several processes writes the mail.
CLAIM = "INSERT INTO head_witness (day, kind, address, size) VALUES (%s, 'mail', %s, %s) ON CONFLICT DO NOTHING"


def queue_mails(now: datetime) -> int:
    """Queue today's mail for each witness who has none yet. Today is the business day in Tokyo. Returns how many."""
    day, queued = now.astimezone(JST).date(), 0
    for address in settings.WITNESS_EMAILS:
        with access.following(), connection.cursor() as cursor:
            head = heads.newest()
            if head is None:
                return 0
            cursor.execute(CLAIM, [day, address, head.size])
            if cursor.rowcount:
                _queue(f"witness|{day}|{address}", address, _write(head), now)
                queued += 1
    return queued


def queue_edition_mails(now: datetime) -> int:
    """The head that covers a publication goes to each witness as soon as there is one, and does not wait for the day's
    mail. Returns how many mails were queued."""
    queued = 0
    with access.following():
        head = heads.newest()
        size = head.size if head else 0
        waiting = Edition.objects.filter(
            state=Edition.State.PUBLISHED, witnessed=False, published_position__lte=size
        ).select_for_update(skip_locked=True)
        for edition in waiting.order_by("number"):
            assert head is not None
            written = _write(head)
            for address in settings.WITNESS_EMAILS:
                _queue(f"witness|edition {edition.number}|{address}", address, written, now)
                queued += 1
            Edition.objects.filter(number=edition.number).update(witnessed=True)
    return queued


def _queue(key: str, address: str, written: tuple[str, str], now: datetime) -> None:
    subject, body = written
    OutboxMail.objects.create(
        key=hashlib.sha256(key.encode()).hexdigest(),
        kind=OutboxMail.Kind.WITNESS,
        mandatory=True,
        address=address,
        subject=subject,
        body=body,
        due_at=timezone.now(),
        business_time=now,
    )


def _write(head: TreeHead) -> tuple[str, str]:
    """Subject and text: Japanese first, English second, the head itself in a line of its own at the end."""
    context = {
        "size": head.size,
        "sealed_at": head.sealed_at.astimezone(JST),
        "site": settings.SITE_URL,
        "sample": settings.DEMO,
    }
    parts, subject = [], ""
    for language in ("ja", "en"):
        with translation.override(language):
            parts.append(render_to_string("reporting/mails/witness.txt", context).strip())
            subject = subject or gettext("[Shinchoku] Please keep: seal over %(size)s records") % context
    line = canonical(head_record(head, heads.log_id())).decode()
    return " ".join(subject.split()), "\n\n".join([*parts, line]) + "\n"

"""Mails of the tests: rows as others queue them, what became of them, and a clock that is moved for them."""

from hashlib import sha256
from typing import Any

from django.db import connection

from agencies import access
from reporting.models import MailAttempt, OutboxMail
from tests.acts import at, reading

FINAL = {"sent", "failed", "uncertain", "cancelled"}


def queue(number: int = 1, **more: Any) -> list[int]:
    """Rows with the fields that each must have, to a…, b… of one domain. Their numbers."""
    with access.following():
        first = OutboxMail.objects.count()
        rows = [
            OutboxMail(
                **{
                    "key": sha256(f"test|{first + n}".encode()).hexdigest(),
                    "address": f"to-{first + n}@a.example",
                    "subject": f"第{first + n}号",
                    "body": "本文\n.点で始まる行\n",
                    "due_at": at("2026-04-01 09:00"),
                    "business_time": at("2026-04-01 09:00"),
                    **more,
                }
            )
            for n in range(number)
        ]
        return [row.pk for row in OutboxMail.objects.bulk_create(rows)]


def mails() -> list[OutboxMail]:
    with reading():
        return list(OutboxMail.objects.order_by("pk"))


def states() -> list[str]:
    return [mail.state for mail in mails()]


def tries(mail: int) -> list[str]:
    """How each try ended, in their order."""
    with reading():
        return list(MailAttempt.objects.filter(mail=mail).order_by("pk").values_list("ended", flat=True))


def later() -> None:
    """Time passes for what waits: due now, or its lease has run out."""
    with access.following(), connection.cursor() as cursor:
        cursor.execute("UPDATE reporting_outboxmail SET due_at = now() - interval '1 second' WHERE state = 'queued'")
        cursor.execute("UPDATE reporting_outboxmail SET lease_until = now() - interval '1 s' WHERE state = 'sending'")

"""`manage.py take_bounce`: takes in what a mail server returns, one mail from standard input, as its pipe gives it.

Exit codes as mail servers know them: 0 taken in, 65 no delivery status notification on a mail of ours, and nothing was
changed, 75 the database is not there, try again.
"""

import sys
from datetime import datetime
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.db import InternalError, OperationalError
from django.utils import timezone

from reporting import alerts
from reporting.domain.status_notification import LARGEST, NotANotification, Notified, read

NO_NOTIFICATION, TRY_AGAIN = 65, 75


class Command(BaseCommand):
    help = "Take in a delivery status notification (RFC 3464) from standard input."

    def handle(self, *args: Any, **options: Any) -> None:
        # To the end, though not all is kept: a server that is not heard out takes the mail for undelivered.
        raw = sys.stdin.buffer.read(LARGEST + 1)
        while sys.stdin.buffer.read(LARGEST):
            pass
        try:
            notified = read(raw)
        except NotANotification as error:
            raise CommandError(f"nothing was changed: {error}", returncode=NO_NOTIFICATION) from error
        now = timezone.now()
        reports = [_report(one, now) for one in notified]
        try:
            taken = alerts.take_reports(reports, now=now)
        except (OperationalError, InternalError) as error:
            raise CommandError(f"nothing was changed: {error}", returncode=TRY_AGAIN) from error
        if taken < len(reports):
            raise CommandError("nothing was changed: of no mail of ours", returncode=NO_NOTIFICATION)
        self.stdout.write(f"{taken} taken in")


def _report(one: Notified, now: datetime) -> alerts.Report:
    return alerts.Report(
        mail=one.mail, what=one.what, at=now, recipient=one.recipient, status=one.status, said=one.said,
        by=one.server or "DSN",
    )  # fmt: skip

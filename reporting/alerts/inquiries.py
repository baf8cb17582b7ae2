"""A department is told by mail what it is asked: once an inquiry, to its shared address, in Japanese and English."""

import hashlib
from datetime import datetime

from django.conf import settings
from django.db.models.functions import Now
from django.template.loader import render_to_string
from django.utils import translation
from django.utils.translation import gettext

from agencies import access
from reporting.models import Inquiry, OutboxMail


def queue_inquiry_mails(now: datetime, limit: int = 200) -> int:
    """Queue the mails of inquiries that have none. Returns how many. May run twice or at once; a unit without an
    address has none, as its reporter was told when asking."""
    with access.following():
        waiting = Inquiry.objects.filter(told_at__isnull=True, withdrawn_at__isnull=True).exclude(unit__email="")
        rows = list(
            waiting.select_for_update(skip_locked=True, of=("self",), no_key=True)
            .select_related("unit", "node")
            .order_by("asked_at")[:limit]
        )
        OutboxMail.objects.bulk_create([_mail(row, now) for row in rows], ignore_conflicts=True)
        Inquiry.objects.filter(pk__in=[row.pk for row in rows]).update(told_at=Now())
    return len(rows)


def _mail(row: Inquiry, now: datetime) -> OutboxMail:
    parts, subject = [], ""
    for language in ("ja", "en"):
        with translation.override(language):
            context = {
                "unit": row.unit.name_ja if language == "ja" else row.unit.name_en,
                "name": row.node.name_ja,
                "period": row.period,
                "due_on": row.due_on.isoformat(),
                "asked_by": row.asked_name,
                "note": row.note,
                "url": f"{settings.SITE_URL}/admin/inquiries/{row.pk}/",
                "sample": settings.DEMO,
            }
            parts.append(render_to_string("reporting/mails/inquiry.txt", context).strip())
            subject = subject or gettext("[Shinchoku] Internal inquiry: %(name)s (answer by %(due_on)s)") % context
    return OutboxMail(
        key=hashlib.sha256(f"inquiry|{row.pk}".encode()).hexdigest(),
        kind=OutboxMail.Kind.INQUIRY,
        inquiry=row,
        agency_id=row.agency_id,
        unit=row.unit,
        address=row.unit.email,
        subject=" ".join(subject.split())[:300],
        body="\n\n".join(parts) + "\n",
        due_at=Now(),
        business_time=now,
    )

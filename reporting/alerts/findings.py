"""What operators are told of once, and not again before it was right in between."""

import hashlib
from collections.abc import Mapping, Sequence
from datetime import datetime

from django.conf import settings
from django.template.loader import render_to_string
from django.utils import timezone, translation

from agencies.models import Membership, Role, Unit
from reporting.models import Finding, OutboxMail


def open_findings(kind: Finding.Kind) -> dict[str, Finding]:
    """By what they are about."""
    return {finding.key: finding for finding in Finding.objects.filter(kind=kind, resolved_at=None)}


def settle(kind: Finding.Kind, found: Mapping[str, str], now: datetime) -> list[Finding]:
    """Close the open findings that are not found any more, open those that were not open. Returns the new ones."""
    known = open_findings(kind)
    gone = [finding.pk for key, finding in known.items() if key not in found]
    if gone:
        Finding.objects.filter(pk__in=gone).update(resolved_at=now)
    new = [Finding(kind=kind, key=key, detail=found[key], found_at=now) for key in sorted(found.keys() - known.keys())]
    return Finding.objects.bulk_create(new)


def tell(findings: Sequence[Finding], now: datetime, *, subject: str, template: str, **more: object) -> None:
    """One mail to each unit of operators, in Japanese and English. `more`: what its template says beside them."""
    operators = Membership.objects.filter(role=Role.OPERATOR, ended_on=None)
    for unit in Unit.objects.filter(pk__in=operators.values("unit")).exclude(email=""):
        written, body = _written(
            subject, template, {"findings": findings, "unit": unit, "sample": settings.DEMO, **more}
        )
        OutboxMail.objects.create(
            key=hashlib.sha256(f"finding|{findings[0].pk}|{unit.pk}".encode()).hexdigest(),
            kind=OutboxMail.Kind.FINDING,
            role=Role.OPERATOR,
            mandatory=True,
            agency_id=unit.agency_id,
            unit=unit,
            address=unit.email,
            subject=written,
            body=body,
            due_at=timezone.now(),
            business_time=now,
        )


def _written(subject: str, template: str, context: Mapping[str, object]) -> tuple[str, str]:
    """Subject and text: Japanese first, English second."""
    parts, subjects = [], []
    for language in ("ja", "en"):
        with translation.override(language):
            admin = f"{settings.SITE_URL}/admin/reporting"
            urls = {
                "url": f"{admin}/finding/",
                "log_url": f"{settings.SITE_URL}/admin/log/",
                "mails_url": f"{admin}/outboxmail/",
                "holds_url": f"{settings.SITE_URL}/admin/alerts/holds/",
                "addresses_url": f"{settings.SITE_URL}/admin/mails/addresses/",
            }
            parts.append(render_to_string(template, {**context, **urls}).strip())
            subjects.append(translation.gettext(subject))
    return subjects[0], "\n\n".join(parts) + "\n"

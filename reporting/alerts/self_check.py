"""The self-check's findings: told to operators once, open until they are right again. It repairs nothing."""

import hashlib
import random
from collections.abc import Mapping
from datetime import datetime

import structlog
from django.conf import settings
from django.template.loader import render_to_string
from django.utils import timezone, translation
from django.utils.translation import gettext

from agencies.models import Membership, Role, Unit
from reporting.models import Finding, OutboxMail
from reporting.projections.self_check import some_cells, some_reports, wrong_cells, wrong_reports

log = structlog.get_logger()
SAMPLE = 50  # cells, and as many reports


def self_check(*, now: datetime, dice: random.Random, sample: int = SAMPLE) -> list[Finding]:
    """Compute a sample again, and whatever was wrong before. Returns the new findings. In a follower's transaction."""
    looks = {
        Finding.Kind.ROLLUP: (some_cells, wrong_cells),
        Finding.Kind.REPORT: (some_reports, wrong_reports),
    }
    new: list[Finding] = []
    for kind, (some, wrong) in looks.items():
        open_ = {finding.key: finding for finding in Finding.objects.filter(kind=kind, resolved_at=None)}
        found = wrong(sorted({*open_, *some(sample, dice)}))
        right_again = [finding.pk for key, finding in open_.items() if key not in found]
        Finding.objects.filter(pk__in=right_again).update(resolved_at=now)
        for key in sorted(found.keys() - open_.keys()):
            new.append(Finding.objects.create(kind=kind, key=key, detail=found[key], found_at=now))
    if new:
        log.error("self-check found what does not follow from the log", findings=[str(finding) for finding in new])
        _tell(new, now)
    return new


def _tell(findings: list[Finding], now: datetime) -> None:
    """One mail to each unit of operators."""
    operators = Membership.objects.filter(role=Role.OPERATOR, ended_on=None)
    for unit in Unit.objects.filter(pk__in=operators.values("unit")).exclude(email=""):
        subject, body = _written({"findings": findings, "unit": unit, "sample": settings.DEMO})
        OutboxMail.objects.create(
            key=hashlib.sha256(f"finding|{findings[0].pk}|{unit.pk}".encode()).hexdigest(),
            agency_id=unit.agency_id,
            unit=unit,
            address=unit.email,
            subject=subject,
            body=body,
            due_at=timezone.now(),
            business_time=now,
        )


def _written(context: Mapping[str, object]) -> tuple[str, str]:
    """Subject and text: Japanese first, English second."""
    parts, subjects = [], []
    for language in ("ja", "en"):
        with translation.override(language):
            url = f"{settings.SITE_URL}/admin/reporting/finding/"
            parts.append(render_to_string("reporting/mails/finding.txt", {**context, "url": url}).strip())
            subjects.append(gettext("[Shinchoku] The self-check found numbers that do not follow from the log"))
    return subjects[0], "\n\n".join(parts) + "\n"

"""Work that stands still: cells that cannot be computed or wait for too long, followers that have stopped. Operators
are told once, and once more only when it happens again."""

from datetime import datetime

import structlog
from django.utils.translation import gettext_noop

from reporting.alerts.findings import settle, tell
from reporting.models import Finding
from reporting.queries.backlog import failing_indicators, long_open, long_stopped

log = structlog.get_logger()


def tell_of_stuck_work(*, now: datetime) -> list[Finding]:
    """Look for it. Returns the new findings. In a follower's transaction."""
    found = {
        Finding.Kind.FAILING: failing_indicators(),
        Finding.Kind.STUCK: long_open(),
        Finding.Kind.STOPPED: long_stopped(),
    }
    new = [finding for kind, told in found.items() for finding in settle(kind, told, now)]
    if new:
        log.error("work stands still", findings=[f"{finding}: {finding.detail}" for finding in new])
        subject = gettext_noop("[Shinchoku] Work stands still")
        tell(new, now, subject=subject, template="reporting/mails/stuck.txt")
    return new

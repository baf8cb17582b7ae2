"""The self-check's findings: told to operators once, open until they are right again. It repairs nothing."""

import random
from datetime import datetime

import structlog
from django.utils.translation import gettext_noop

from reporting.alerts.findings import open_findings, settle, tell
from reporting.models import Finding
from reporting.projections.self_check import (
    some_cells,
    some_cuts,
    some_reports,
    wrong_cells,
    wrong_cuts,
    wrong_reports,
)

log = structlog.get_logger()
SAMPLE = 50  # cells, and as many reports


def self_check(*, now: datetime, dice: random.Random, sample: int = SAMPLE) -> list[Finding]:
    """Compute a sample again, and whatever was wrong before. Returns the new findings. In a follower's transaction."""
    looks = {
        Finding.Kind.ROLLUP: (some_cells, wrong_cells),
        Finding.Kind.REPORT: (some_reports, wrong_reports),
        Finding.Kind.CUT: (some_cuts, wrong_cuts),
    }
    new: list[Finding] = []
    for kind, (some, wrong) in looks.items():
        new += settle(kind, wrong(sorted({*open_findings(kind), *some(sample, dice)})), now)
    if new:
        log.error("self-check found what does not follow from the log", findings=[str(finding) for finding in new])
        subject = gettext_noop("[Shinchoku] The self-check found numbers that do not follow from the log")
        tell(new, now, subject=subject, template="reporting/mails/finding.txt")
    return new

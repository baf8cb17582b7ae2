"""The rules of a report's life: a command and a state in, a fact or a refusal out. No database, no clock.

open ── submit ─▶ submitted ── approve ─▶ approved ── reopen ─▶ submitted …
  ▲                │  │  ▲
  └── (withdrawn) ◀┘  └─ return ─▶ returned ── submit ─▶ submitted …

A correction (訂正) takes an approved report through the same states once more, by events of its own names. What was
approved stays in force until the correction is: `approved_version` says so.

approved ── submit, with a reason ─▶ submitted ── approve ─▶ approved
approved ── ask for a correction ──▶ returned      submitted, returned ── withdraw ─▶ approved

Where a pillar wants two levels, one reviewer endorses what waits and then the chief approves it: `reviewing`.
"""

from reporting.domain.report.content import content_of, field_of, numbers_of, with_content
from reporting.domain.report.deciding import approve, ask_for_correction, endorse, reopen, send_back
from reporting.domain.report.reviewing import NO_ONE_NAMED, Endorsed, Named
from reporting.domain.report.state import (
    APPROVED,
    OPEN,
    RETURNED,
    SUBMITTED,
    WITHDRAWN,
    Asked,
    Entry,
    Fact,
    ReportState,
    Who,
    evolve,
    is_own,
    may_be_drafted,
    may_be_written,
)
from reporting.domain.report.submitting import submit, withdraw

__all__ = [
    "APPROVED",
    "NO_ONE_NAMED",
    "OPEN",
    "RETURNED",
    "SUBMITTED",
    "WITHDRAWN",
    "Asked",
    "Endorsed",
    "Entry",
    "Fact",
    "Named",
    "ReportState",
    "Who",
    "approve",
    "ask_for_correction",
    "content_of",
    "endorse",
    "evolve",
    "field_of",
    "is_own",
    "may_be_drafted",
    "may_be_written",
    "numbers_of",
    "reopen",
    "send_back",
    "submit",
    "with_content",
    "withdraw",
]

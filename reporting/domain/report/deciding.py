"""What CSTI does with a report."""

from collections.abc import Mapping

from reporting.domain.errors import (
    AlreadyDecided,
    CommentMissing,
    CorrectedBefore,
    NotApproved,
    NothingToDecide,
    OwnReport,
    ReopeningReasonMissing,
    StaleVersion,
)
from reporting.domain.report.state import APPROVED, RETURNED, SUBMITTED, Fact, ReportState, Who, is_own


def approve(state: ReportState, *, seen_version: int, who: Who) -> Fact:
    """CSTI approves the submission it has seen, and no other."""
    must_wait(state, seen_version)
    _four_eyes(state, who)
    return Fact("CorrectionApproved" if state.correcting else "ReportApproved", {"submission": state.submitted_version})


def send_back(state: ReportState, *, seen_version: int, who: Who, comments: Mapping[str, str]) -> Fact:
    """CSTI returns the submission with comments: for the whole under "", per figure under its indicator."""
    must_wait(state, seen_version)
    _four_eyes(state, who)
    _must_say_why(comments)
    return Fact("CorrectionReturned" if state.correcting else "ReportReturned", {"submission": state.submitted_version})


def ask_for_correction(state: ReportState, *, seen_version: int, comments: Mapping[str, str]) -> Fact:
    """CSTI asks the agency to correct what it has approved, with comments as in a return. It decides nothing: what was
    approved stays in force."""
    _must_be_approved(state, seen_version)
    _must_say_why(comments)
    return Fact("CorrectionAsked", {"submission": state.approved_version})


def reopen(state: ReportState, *, seen_version: int, who: Who, reason: str) -> Fact:
    """An approval is undone: the submission waits for a decision again, and its figures are no longer in force. Not of
    a correction, before which others were in force: that is corrected again."""
    _must_be_approved(state, seen_version)
    if state.corrected:
        raise CorrectedBefore()
    _four_eyes(state, who)
    if not reason.strip():
        raise ReopeningReasonMissing()
    return Fact("ReportReopened", {"submission": state.approved_version})


def must_wait(state: ReportState, seen_version: int) -> None:
    if state.status in (APPROVED, RETURNED):
        raise AlreadyDecided(name=state.decided_name)
    if state.status != SUBMITTED:
        raise NothingToDecide()
    must_be_seen(state, seen_version)


def _must_be_approved(state: ReportState, seen_version: int) -> None:
    if state.status != APPROVED:
        raise NotApproved()
    must_be_seen(state, seen_version)


def must_be_seen(state: ReportState, seen_version: int) -> None:
    if seen_version != state.version:
        raise StaleVersion()


def _must_say_why(comments: Mapping[str, str]) -> None:
    if not any(text.strip() for text in comments.values()):
        raise CommentMissing()


def _four_eyes(state: ReportState, who: Who) -> None:
    if is_own(state, who):
        raise OwnReport()

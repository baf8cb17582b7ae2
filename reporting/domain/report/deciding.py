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
from reporting.domain.report.reviewing import (
    NO_ONE_NAMED,
    Named,
    must_be_chief,
    must_be_last,
    must_be_named,
    must_endorse,
)
from reporting.domain.report.state import APPROVED, RETURNED, SUBMITTED, Fact, ReportState, Who, is_own


def approve(state: ReportState, *, seen_version: int, who: Who, named: Named = NO_ONE_NAMED) -> Fact:
    """CSTI approves the submission it has seen, and no other; where two decide, the chief what another has endorsed."""
    must_wait(state, seen_version)
    _must_be_free(state, who, named)
    must_be_last(who, named)
    return Fact("CorrectionApproved" if state.correcting else "ReportApproved", {"submission": state.submitted_version})


def endorse(state: ReportState, *, seen_version: int, who: Who, named: Named) -> Fact:
    """The first of two levels: a reviewer has nothing against the submission they have seen, and passes it on to the
    chief. It decides nothing: the fact belongs to no report's stream."""
    must_wait(state, seen_version)
    _must_be_free(state, who, named)
    must_endorse(named)
    return Fact("SubmissionEndorsed", {"submission": state.submitted_version, "seen": seen_version})


def send_back(
    state: ReportState, *, seen_version: int, who: Who, comments: Mapping[str, str], named: Named = NO_ONE_NAMED
) -> Fact:
    """CSTI returns the submission with comments: for the whole under "", per figure under its indicator. At either
    level."""
    must_wait(state, seen_version)
    _must_be_free(state, who, named)
    _must_say_why(comments)
    return Fact("CorrectionReturned" if state.correcting else "ReportReturned", {"submission": state.submitted_version})


def ask_for_correction(state: ReportState, *, seen_version: int, comments: Mapping[str, str]) -> Fact:
    """CSTI asks the agency to correct what it has approved, with comments as in a return. It decides nothing: what was
    approved stays in force."""
    _must_be_approved(state, seen_version)
    _must_say_why(comments)
    return Fact("CorrectionAsked", {"submission": state.approved_version})


def reopen(state: ReportState, *, seen_version: int, who: Who, reason: str, named: Named = NO_ONE_NAMED) -> Fact:
    """An approval is undone: the submission waits for a decision again, and its figures are no longer in force. Not of
    a correction, before which others were in force: that is corrected again."""
    _must_be_approved(state, seen_version)
    if state.corrected:
        raise CorrectedBefore()
    _must_be_free(state, who, named)
    must_be_chief(who, named)
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


def _must_be_free(state: ReportState, who: Who, named: Named) -> None:
    _four_eyes(state, who)
    must_be_named(who, named)


def _four_eyes(state: ReportState, who: Who) -> None:
    if is_own(state, who):
        raise OwnReport()

"""What the agency does with its report."""

from collections.abc import Mapping, Sequence
from datetime import datetime

from reporting.domain.deadline import Window
from reporting.domain.errors import (
    AlreadyDecided,
    CorrectionReasonMissing,
    FiguresMissing,
    FigureUnexpected,
    NotApproved,
    NothingChanged,
    PeriodLocked,
    PeriodNotOpen,
    ReasonMissing,
    StaleVersion,
)
from reporting.domain.report.content import content_of, named
from reporting.domain.report.deciding import must_be_seen, must_wait
from reporting.domain.report.state import APPROVED, RETURNED, SUBMITTED, Asked, Entry, Fact, ReportState


def submit(
    state: ReportState,
    entries: Sequence[Entry],
    texts: Mapping[str, str],
    *,
    asked: Sequence[Asked],
    window: Window,
    now: datetime,
    correction: str = "",
) -> Fact:
    """A report is submitted, late after its deadline; with the reason of a `correction`, an approved one is corrected,
    whenever that is found to be needed. Raises a Refusal."""
    corrects = state.approved_version > 0
    if state.status == APPROVED and not correction.strip():
        raise AlreadyDecided(name=state.decided_name)
    if state.status == SUBMITTED:
        raise NothingChanged() if state.content == content_of(entries, texts) else StaleVersion()
    if corrects and not correction.strip():
        raise CorrectionReasonMissing()
    if not corrects and correction.strip():
        raise NotApproved()
    if now < window.opens:
        raise PeriodNotOpen(period=window.period.code, opens=window.opens.date().isoformat())
    # What CSTI has returned may be answered after the lock: it was in before. So was what is corrected.
    if now >= window.locks and state.status != RETURNED and not corrects:
        raise PeriodLocked(period=window.period.code, locked=window.locks.date().isoformat())
    answered = {Asked(e.indicator, e.component) for e in entries if e.domain is None}
    if missing := sorted(set(asked) - answered):
        raise FiguresMissing(missing=", ".join(named(a) for a in missing))
    wanted = {a.indicator for a in asked}
    if unexpected := sorted({e.indicator for e in entries} - wanted):
        raise FigureUnexpected(unexpected=", ".join(unexpected))
    if any(e.answer != "value" and not e.reason.strip() for e in entries):
        raise ReasonMissing()
    if state.status in (RETURNED, APPROVED) and state.content == content_of(entries, texts):
        raise NothingChanged()
    return Fact(
        "CorrectionSubmitted" if corrects else "ReportSubmitted",
        {"figures": [e.as_data() for e in entries], "late": state.late if corrects else now >= window.deadline},
    )


def withdraw(state: ReportState, *, seen_version: int, window: Window, now: datetime) -> Fact:
    """The agency takes a report back before a decision; not after the lock, for it could not be sent again. A
    correction can be given up until it is approved, though it was returned or asked for."""
    if state.correcting:
        must_be_seen(state, seen_version)
        return Fact("CorrectionWithdrawn", {"submission": state.submitted_version})
    must_wait(state, seen_version)
    if now >= window.locks:
        raise PeriodLocked(period=window.period.code, locked=window.locks.date().isoformat())
    return Fact("ReportWithdrawn", {"submission": state.submitted_version})

"""Approving many reports at once, with guard rails: only what needs no second look. Pure."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from reporting.domain.errors import Refusal, gettext_noop
from reporting.domain.report import NO_ONE_NAMED, SUBMITTED, Named, ReportState, Who, is_own
from reporting.domain.report.reviewing import may_be_last

MOST = 100


@dataclass(frozen=True)
class Candidate:
    """One report that is to be approved with others. `warnings`: how many answers the checks asked about;
    `prepared_own`: it was prepared in a unit of the reviewer's, though another released it."""

    report: str
    period: str
    state: ReportState
    warnings: int = 0
    prepared_own: bool = False
    named: Named = NO_ONE_NAMED


WHY = {
    "not_waiting": gettext_noop("does not wait for a decision any more"),
    "changed": gettext_noop("was changed after you looked at it"),
    "own": gettext_noop("is of your own unit"),
    "another": gettext_noop("is for another reviewer to decide"),
    "correction": gettext_noop("is a correction"),
    "warned": gettext_noop("has warnings"),
    "other_period": gettext_noop("is of another period than the first"),
}


class NotTogether(Refusal):
    """`problems`: by report, a code of WHY."""

    code = "not_together"
    message = gettext_noop(
        "Nothing was approved: some of these reports need a look of their own (%(reports)s). Leave them out, and "
        "decide on each by itself."
    )


class NothingChosen(Refusal):
    code, status = "nothing_chosen", 400
    message = gettext_noop("Choose at least one report, and at most %(most)s.")


def problem_of(one: Candidate, *, period: str, seen_version: int, who: Who) -> str | None:
    """Why a report is not approved together with others of `period`; None when it may be."""
    if one.state.status != SUBMITTED:
        return "not_waiting"
    if one.state.version != seen_version:
        return "changed"
    if is_own(one.state, who) or one.prepared_own:
        return "own"
    if not may_be_last(who, one.named):
        return "another"
    if one.state.correcting:
        return "correction"
    if one.warnings:
        return "warned"
    return None if one.period == period else "other_period"


def must_be_a_few(number: int) -> None:
    """Asked before any of them is looked up."""
    if not 0 < number <= MOST:
        raise NothingChosen(most=MOST)


def approve_together(candidates: Sequence[Candidate], *, seen: Mapping[str, int], who: Who) -> None:
    """All of them or none. Raises NotTogether, which names every one that is in the way."""
    period = candidates[0].period
    found = {one.report: problem_of(one, period=period, seen_version=seen[one.report], who=who) for one in candidates}
    if problems := {report: code for report, code in found.items() if code}:
        raise NotTogether(reports=", ".join(sorted(problems)), problems=problems)

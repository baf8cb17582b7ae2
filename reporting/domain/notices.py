"""Who is told what happens to a report. Pure."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum


class Whom(StrEnum):
    AGENCY = "agency"  # the unit's shared address, and all who worked on it
    TURN = "turn"  # whose turn it is; with nobody named, the shared addresses of those who review
    REVIEWERS = "reviewers"  # who has begun or endorsed it


BOTH = frozenset({Whom.AGENCY, Whom.REVIEWERS})
TOLD: Mapping[str, frozenset[Whom]] = {
    "ReportSubmitted": frozenset({Whom.AGENCY, Whom.TURN}),
    "CorrectionSubmitted": frozenset({Whom.AGENCY, Whom.TURN}),
    "ReportWithdrawn": BOTH,
    "CorrectionWithdrawn": BOTH,
    "SubmissionEndorsed": frozenset({Whom.TURN}),
    "ReportReturned": BOTH,
    "CorrectionReturned": BOTH,
    "ReportApproved": BOTH,
    "CorrectionApproved": BOTH,
    "CorrectionAsked": BOTH,
    "ReportReopened": frozenset({Whom.AGENCY, Whom.TURN, Whom.REVIEWERS}),
}
FIGURES_MOVED = "FiguresMoved"  # to the ministries responsible for the indicators a correction changed
# What is older when it is read tells nobody: a sample that is replayed, a log that is read again.
NEWS = timedelta(days=7)
# Of several within this time one mail is written.
PAUSE = timedelta(minutes=10)


@dataclass(frozen=True)
class Concerned:
    """Everybody whom one report concerns: people by id, units by id."""

    worked_on: frozenset[int] = frozenset()
    unit: int | None = None
    turn: frozenset[int] = frozenset()
    begun: frozenset[int] = frozenset()
    review_units: frozenset[int] = frozenset()


def is_news(occurred_at: datetime, now: datetime) -> bool:
    return now - occurred_at <= NEWS


def people_told(kind: str, who: Concerned, *, by: int | None) -> set[int]:
    """Everybody once, but for the one who did it."""
    whom = TOLD[kind]
    told = set(who.worked_on) if Whom.AGENCY in whom else set()
    told |= who.turn if Whom.TURN in whom else set()
    told |= who.begun if Whom.REVIEWERS in whom else set()
    return told - {by}


def units_told(kind: str, who: Concerned) -> set[int]:
    """The agency's shared address; those of the reviewers where it is nobody's turn in particular."""
    whom = TOLD[kind]
    told = {who.unit} if Whom.AGENCY in whom and who.unit is not None else set()
    return told | (set(who.review_units) if Whom.TURN in whom and not who.turn else set())


def changed(before: Iterable[tuple[object, ...]], after: Iterable[tuple[object, ...]]) -> set[str]:
    """The indicators of which a figure is another: each figure begins with its indicator."""
    return {str(figure[0]) for figure in set(before) ^ set(after)}

"""The rules of a report's life: a command and a state in, a fact or a refusal out. No database, no clock.

open ── submit ─▶ submitted ── approve ─▶ approved ── reopen ─▶ submitted …
  ▲                │  │  ▲
  └── (withdrawn) ◀┘  └─ return ─▶ returned ── submit ─▶ submitted …

A correction (訂正) takes an approved report through the same states once more, by events of its own names. What was
approved stays in force until the correction is: `approved_version` says so.

approved ── submit, with a reason ─▶ submitted ── approve ─▶ approved
approved ── ask for a correction ──▶ returned      submitted, returned ── withdraw ─▶ approved
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from decimal import Decimal
from typing import Any

from reporting.domain.deadline import Window
from reporting.domain.errors import (
    AlreadyDecided,
    CommentMissing,
    CorrectedBefore,
    CorrectionReasonMissing,
    FiguresMissing,
    FigureUnexpected,
    NotApproved,
    NothingChanged,
    NothingToDecide,
    OwnReport,
    PeriodLocked,
    PeriodNotOpen,
    ReasonMissing,
    ReopeningReasonMissing,
    StaleVersion,
)

OPEN, SUBMITTED, WITHDRAWN, RETURNED, APPROVED = "open", "submitted", "withdrawn", "returned", "approved"


@dataclass(frozen=True)
class Who:
    """Who acts: for four eyes all units of the person count, in whatever role."""

    person: int | None
    name: str
    unit: int | None
    units: frozenset[int] = frozenset()


@dataclass(frozen=True, order=True)
class Asked:
    """A figure the report asks for: an indicator, in a component where it has some."""

    indicator: str
    component: str | None = None


@dataclass(frozen=True)
class Entry:
    """An answer to one question. `answer` is value, nothing or not_measurable; the last two carry a reason."""

    indicator: str
    answer: str
    value: Decimal | None = None
    numerator: Decimal | None = None
    denominator: Decimal | None = None
    counted_elsewhere: Decimal = Decimal(0)
    domain: str | None = None
    component: str | None = None
    reason: str = ""
    explanation: str = ""  # of what a check asked about
    raw: Mapping[str, str] = field(default_factory=dict)

    def as_data(self) -> dict[str, Any]:
        """As it stands in the event: quantities are strings; reason and explanation are text and stand beside it."""
        numbers = {
            "value": self.value,
            "numerator": self.numerator,
            "denominator": self.denominator,
            "counted_elsewhere": self.counted_elsewhere or None,
        }
        data: dict[str, Any] = {"indicator": self.indicator, "answer": self.answer}
        data |= {name: format(number, "f") for name, number in numbers.items() if number is not None}
        data |= {"domain": self.domain} if self.domain else {}
        data |= {"component": self.component} if self.component else {}
        data |= {"raw": dict(self.raw)} if self.raw else {}
        return data


@dataclass(frozen=True)
class ReportState:
    """What is known of a report: the fold of its stream, and what its row holds."""

    status: str = OPEN
    version: int = 0
    submitted_version: int = 0
    submitted_by: int | None = None
    submitted_unit: int | None = None
    decided_name: str = ""
    late: bool = False
    approved_version: int = 0  # of the submission in force; 0: none is
    # Whose it was, known while a stream is folded: of what is shown, which it may be again, the row says so.
    approved_by: int | None = field(default=None, compare=False)
    approved_unit: int | None = field(default=None, compare=False)
    approved_name: str = ""
    corrected: bool = False  # what is in force is a correction
    content: Any = None  # figures and texts of the last submission, or of the one in force: an unchanged one is refused

    @property
    def correcting(self) -> bool:
        """Whether a correction is under way, or has been asked for."""
        return self.approved_version > 0 and self.status != APPROVED


@dataclass(frozen=True)
class Fact:
    """An event to append: its type and the data the rule decided."""

    type: str
    data: dict[str, Any]


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
        raise FiguresMissing(missing=", ".join(_named(a) for a in missing))
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
        _must_be_seen(state, seen_version)
        return Fact("CorrectionWithdrawn", {"submission": state.submitted_version})
    _must_wait(state, seen_version)
    if now >= window.locks:
        raise PeriodLocked(period=window.period.code, locked=window.locks.date().isoformat())
    return Fact("ReportWithdrawn", {"submission": state.submitted_version})


def approve(state: ReportState, *, seen_version: int, who: Who) -> Fact:
    """CSTI approves the submission it has seen, and no other."""
    _must_wait(state, seen_version)
    _four_eyes(state, who)
    return Fact("CorrectionApproved" if state.correcting else "ReportApproved", {"submission": state.submitted_version})


def send_back(state: ReportState, *, seen_version: int, who: Who, comments: Mapping[str, str]) -> Fact:
    """CSTI returns the submission with comments: for the whole under "", per figure under its indicator."""
    _must_wait(state, seen_version)
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


def evolve(state: ReportState, type_: str, data: Mapping[str, Any], meta: Mapping[str, Any]) -> ReportState:
    """The state after one more event. Facts are never refused."""
    state = replace(state, version=state.version + 1)
    actor = str(meta.get("actor", ""))
    match type_:
        case "ReportSubmitted" | "CorrectionSubmitted":
            return replace(
                state,
                status=SUBMITTED,
                submitted_version=state.version,
                submitted_by=meta.get("person"),
                submitted_unit=meta.get("unit"),
                decided_name="",
                late=bool(data.get("late")),
            )
        case "ReportWithdrawn":
            return replace(state, status=WITHDRAWN)
        case "CorrectionWithdrawn":
            # What is in force is what the report shows again.
            return replace(
                state,
                status=APPROVED,
                decided_name=state.approved_name,
                submitted_version=state.approved_version,
                submitted_by=state.approved_by,
                submitted_unit=state.approved_unit,
            )
        case "ReportReturned" | "CorrectionReturned" | "CorrectionAsked":
            return replace(state, status=RETURNED, decided_name=actor)
        case "ReportApproved" | "CorrectionApproved":
            return replace(
                state,
                status=APPROVED,
                decided_name=actor,
                approved_version=state.submitted_version,
                approved_by=state.submitted_by,
                approved_unit=state.submitted_unit,
                approved_name=actor,
                corrected=type_ == "CorrectionApproved",
            )
        case "ReportReopened":
            return replace(state, status=SUBMITTED, decided_name="", approved_version=0, approved_name="")
        case _:
            return state


def content_of(entries: Sequence[Entry], texts: Mapping[str, str]) -> Any:
    """What makes two submissions the same: the answers and the words, not how a number was typed."""
    figures = sorted(
        (
            e.indicator,
            e.domain or "",
            e.component or "",
            e.answer,
            _plain(e.value),
            _plain(e.numerator),
            _plain(e.denominator),
            _plain(e.counted_elsewhere),
            e.reason.strip(),
        )
        for e in entries
    )
    return [figures, sorted((name, text.strip()) for name, text in texts.items() if text.strip())]


def numbers_of(entries: Sequence[Entry]) -> dict[str, list[Any]]:
    """What each question was answered, technology domains among it, to tell what changed: all but the words."""
    found: dict[str, list[Any]] = {}
    for indicator, domain, component, *numbers, _reason in content_of(entries, {})[0]:
        found.setdefault(_named(Asked(indicator, component)), []).append((domain, *numbers))
    return found


def with_content(state: ReportState, content: Any) -> ReportState:
    return replace(state, content=content)


def field_of(entry: Entry) -> str:
    """The name of an entry's question at every door."""
    return _named(Asked(entry.indicator, entry.component))


def _plain(number: Decimal | None) -> str:
    return "" if number is None else format(number.normalize(), "f")


def _named(asked: Asked) -> str:
    return f"{asked.indicator}/{asked.component}" if asked.component else asked.indicator


def _must_wait(state: ReportState, seen_version: int) -> None:
    if state.status in (APPROVED, RETURNED):
        raise AlreadyDecided(name=state.decided_name)
    if state.status != SUBMITTED:
        raise NothingToDecide()
    _must_be_seen(state, seen_version)


def _must_be_approved(state: ReportState, seen_version: int) -> None:
    if state.status != APPROVED:
        raise NotApproved()
    _must_be_seen(state, seen_version)


def _must_be_seen(state: ReportState, seen_version: int) -> None:
    if seen_version != state.version:
        raise StaleVersion()


def _must_say_why(comments: Mapping[str, str]) -> None:
    if not any(text.strip() for text in comments.values()):
        raise CommentMissing()


def is_own(state: ReportState, who: Who) -> bool:
    """Whether the submission is of this person, or of any unit of theirs, in whatever role."""
    same_person = who.person is not None and who.person == state.submitted_by
    same_unit = state.submitted_unit is not None and state.submitted_unit in (who.units | {who.unit})
    return same_person or same_unit


def may_be_written(state: ReportState) -> bool:
    """Whether the agency may submit: nothing of it waits or has been approved."""
    return state.status in (OPEN, WITHDRAWN, RETURNED)


def may_be_drafted(state: ReportState) -> bool:
    """Whether something of it may be typed: of an approved one, its correction."""
    return may_be_written(state) or state.status == APPROVED


def _four_eyes(state: ReportState, who: Who) -> None:
    if is_own(state, who):
        raise OwnReport()

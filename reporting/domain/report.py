"""The rules of a report's life: a command and a state in, a fact or a refusal out. No database, no clock.

open ── submit ─▶ submitted ── approve ─▶ approved
  ▲                │  │  ▲
  └── (withdrawn) ◀┘  └─ return ─▶ returned ── submit ─▶ submitted …
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
    FiguresMissing,
    FigureUnexpected,
    NothingChanged,
    NothingToDecide,
    OwnReport,
    PeriodLocked,
    PeriodNotOpen,
    ReasonMissing,
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
    content: Any = None  # figures and texts of the last submission, to refuse an unchanged one after a return


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
) -> Fact:
    """A report is submitted, late after its deadline. Raises a Refusal."""
    if state.status == APPROVED:
        raise AlreadyDecided(name=state.decided_name)
    if state.status == SUBMITTED:
        raise NothingChanged() if state.content == content_of(entries, texts) else StaleVersion()
    if now < window.opens:
        raise PeriodNotOpen(period=window.period.code, opens=window.opens.date().isoformat())
    # What CSTI has returned may be answered after the lock: it was in before.
    if now >= window.locks and state.status != RETURNED:
        raise PeriodLocked(period=window.period.code, locked=window.locks.date().isoformat())
    answered = {Asked(e.indicator, e.component) for e in entries if e.domain is None}
    if missing := sorted(set(asked) - answered):
        raise FiguresMissing(missing=", ".join(_named(a) for a in missing))
    wanted = {a.indicator for a in asked}
    if unexpected := sorted({e.indicator for e in entries} - wanted):
        raise FigureUnexpected(unexpected=", ".join(unexpected))
    if any(e.answer != "value" and not e.reason.strip() for e in entries):
        raise ReasonMissing()
    if state.status == RETURNED and state.content == content_of(entries, texts):
        raise NothingChanged()
    return Fact(
        "ReportSubmitted",
        {"figures": [e.as_data() for e in entries], "late": now >= window.deadline},
    )


def withdraw(state: ReportState, *, seen_version: int, window: Window, now: datetime) -> Fact:
    """The agency takes a report back before a decision; not after the lock, for it could not be sent again."""
    _must_wait(state, seen_version)
    if now >= window.locks:
        raise PeriodLocked(period=window.period.code, locked=window.locks.date().isoformat())
    return Fact("ReportWithdrawn", {"submission": state.submitted_version})


def approve(state: ReportState, *, seen_version: int, who: Who) -> Fact:
    """CSTI approves the submission it has seen, and no other."""
    _must_wait(state, seen_version)
    _four_eyes(state, who)
    return Fact("ReportApproved", {"submission": state.submitted_version})


def send_back(state: ReportState, *, seen_version: int, who: Who, comments: Mapping[str, str]) -> Fact:
    """CSTI returns the submission with comments: for the whole under "", per figure under its indicator."""
    _must_wait(state, seen_version)
    _four_eyes(state, who)
    if not any(text.strip() for text in comments.values()):
        raise CommentMissing()
    return Fact("ReportReturned", {"submission": state.submitted_version})


def evolve(state: ReportState, type_: str, data: Mapping[str, Any], meta: Mapping[str, Any]) -> ReportState:
    """The state after one more event. Facts are never refused."""
    state = replace(state, version=state.version + 1)
    match type_:
        case "ReportSubmitted":
            return replace(
                state,
                status=SUBMITTED,
                submitted_version=state.version,
                submitted_by=meta.get("person"),
                submitted_unit=meta.get("unit"),
                decided_name="",
            )
        case "ReportWithdrawn":
            return replace(state, status=WITHDRAWN)
        case "ReportReturned":
            return replace(state, status=RETURNED, decided_name=str(meta.get("actor", "")))
        case "ReportApproved":
            return replace(state, status=APPROVED, decided_name=str(meta.get("actor", "")))
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
    if seen_version != state.version:
        raise StaleVersion()


def is_own(state: ReportState, who: Who) -> bool:
    """Whether the submission is of this person, or of any unit of theirs, in whatever role."""
    same_person = who.person is not None and who.person == state.submitted_by
    same_unit = state.submitted_unit is not None and state.submitted_unit in (who.units | {who.unit})
    return same_person or same_unit


def may_be_written(state: ReportState) -> bool:
    """Whether the agency may submit: nothing of it waits or has been approved."""
    return state.status in (OPEN, WITHDRAWN, RETURNED)


def _four_eyes(state: ReportState, who: Who) -> None:
    if is_own(state, who):
        raise OwnReport()

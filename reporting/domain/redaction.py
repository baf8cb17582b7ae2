"""Erasing a text takes two people of two units and a reason. What is erased is words; numbers are corrected instead.

none ── propose ─▶ proposed ── confirm, by another ─▶ redacted
  ▲                   │
  └──── decline ──────┘
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

from reporting.domain.errors import AlreadyRedacted, OwnRedaction, ReasonMissing, RedactionClosed, RedactionWaiting
from reporting.domain.report import Fact, Who

NONE, PROPOSED, REDACTED = "none", "proposed", "redacted"


@dataclass(frozen=True)
class RedactionState:
    """What is known about erasing one text: the fold of its stream."""

    status: str = NONE
    version: int = 0
    proposal: str = ""
    proposed_by: int | None = None
    proposed_unit: int | None = None


def propose(state: RedactionState, *, proposal: str, reason: str) -> Fact:
    """Someone asks for a text to be erased, and says why. Raises a Refusal."""
    if state.status == REDACTED:
        raise AlreadyRedacted()
    if state.status == PROPOSED:
        raise RedactionWaiting()
    if not reason.strip():
        raise ReasonMissing()
    return Fact("RedactionProposed", {"proposal": proposal})


def confirm(state: RedactionState, *, proposal: str, who: Who) -> Fact:
    """A second person of another unit agrees: with this fact the text may be erased, and is."""
    _must_wait(state, proposal)
    if is_own(state, who):
        raise OwnRedaction()
    return Fact("TextRedacted", {"proposal": proposal})


def decline(state: RedactionState, *, proposal: str, reason: str) -> Fact:
    """The text stays. Also for the one who asked, to take it back."""
    _must_wait(state, proposal)
    if not reason.strip():
        raise ReasonMissing()
    return Fact("RedactionDeclined", {"proposal": proposal})


def evolve(state: RedactionState, type_: str, data: Mapping[str, Any], meta: Mapping[str, Any]) -> RedactionState:
    """The state after one more event. Facts are never refused."""
    state = replace(state, version=state.version + 1)
    match type_:
        case "RedactionProposed":
            return replace(
                state,
                status=PROPOSED,
                proposal=data["proposal"],
                proposed_by=meta.get("person"),
                proposed_unit=meta.get("unit"),
            )
        case "RedactionDeclined":
            return RedactionState(version=state.version)
        case "TextRedacted":
            return replace(state, status=REDACTED)
        case _:
            return state


def is_own(state: RedactionState, who: Who) -> bool:
    """Whether this person, or any unit of theirs, asked. One without a person or a unit is nobody's second."""
    if who.person is None or state.proposed_by is None or who.person == state.proposed_by:
        return True
    return state.proposed_unit is None or who.unit is None or state.proposed_unit in (who.units | {who.unit})


def _must_wait(state: RedactionState, proposal: str) -> None:
    if state.status == REDACTED:
        raise AlreadyRedacted()
    if state.status != PROPOSED or state.proposal != proposal:
        raise RedactionClosed()

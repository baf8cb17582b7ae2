"""The rules inside an agency, before a report leaves it, and until when it can be taken back. Pure.

prepared ── release ─▶ a submission
   │  └── send back ─▶ sent back ── prepare ─▶ prepared …
   └── take back, or any change ─▶ taken back ── prepare ─▶ prepared …
"""

from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from indicators.periods import JST
from reporting.domain.errors import CommentMissing, Refusal, StaleVersion, gettext_noop
from reporting.domain.report import Who

PREPARED, SENT_BACK, TAKEN_BACK = "prepared", "sent_back", "taken_back"
NUMBER_LIMIT = 100


class SignOffWanted(Refusal):
    code = "sign_off_wanted"
    message = gettext_noop(
        "Your agency wants a responsible person to release its reports. Hand this one over to them instead."
    )


class SignOffNotWanted(Refusal):
    code = "sign_off_not_wanted"
    message = gettext_noop("Your agency does not ask for a sign-off. Submit the report to CSTI.")


class NothingPrepared(Refusal):
    code = "nothing_prepared"
    message = gettext_noop(
        "This report is not waiting for sign-off. It was taken back, changed, sent back or submitted."
    )


class OwnPreparation(Refusal):
    code, status = "own_preparation", 403
    message = gettext_noop("Nobody releases what they have prepared themselves. Another responsible person must do it.")


class ReviewHasBegun(Refusal):
    code = "review_has_begun"
    message = gettext_noop(
        "%(name)s began to review this report at %(at)s, so it can no longer be taken back. Ask CSTI to return it."
    )


class BadRuling(Refusal):
    code, status = "bad_ruling", 400
    message = gettext_noop(
        "The date of the decision must be a day from 2000 on and not later than today, like 2026-07-10; "
        "the document number has at most 100 characters."
    )


@dataclass(frozen=True)
class Ruling:
    """決裁: when the agency decided that the report may go, and under which number. Apart from when it was recorded."""

    decided_on: date | None = None
    document_number: str = ""

    def as_data(self) -> dict[str, str]:
        return {"decided_on": self.decided_on.isoformat()} if self.decided_on else {}

    @property
    def texts(self) -> dict[str, str]:
        """A number can name people: it stands beside the event."""
        return {"document_number": self.document_number} if self.document_number.strip() else {}


NO_RULING = Ruling()


@dataclass(frozen=True)
class Prepared:
    """What has been handed over. `number` counts the handings-over of one report."""

    state: str
    number: int
    person: int
    unit: int
    name: str
    at: datetime


def read_ruling(decided_on: str, document_number: str) -> Ruling:
    """As typed. Raises BadRuling."""
    text = decided_on.strip()
    try:
        return Ruling(date.fromisoformat(text) if text else None, document_number.strip())
    except ValueError:
        raise BadRuling() from None


def check_ruling(ruling: Ruling, now: datetime) -> None:
    """Raises BadRuling."""
    day = ruling.decided_on
    if day and not date(2000, 1, 1) <= day <= now.astimezone(JST).date():
        raise BadRuling()
    if len(ruling.document_number) > NUMBER_LIMIT or any(ord(c) < 32 for c in ruling.document_number):
        raise BadRuling()


def release(prepared: Prepared | None, *, seen_number: int, who: Who) -> dict[str, Any]:
    """What the submission says about its sign-off: who prepared it, who released it. The preparation must be the one
    that was seen, and another person's: whatever else both may be."""
    found = _waiting(prepared, seen_number)
    if who.person is None or who.person == found.person:
        raise OwnPreparation()
    return {
        "sign_off": {
            "prepared": {
                "person": found.person,
                "unit": found.unit,
                "actor": found.name,
                "at": found.at.astimezone(JST).isoformat(),
            },
            "released": {"person": who.person, "unit": who.unit, "actor": who.name},
        }
    }


def send_back(prepared: Prepared | None, *, seen_number: int, comment: str) -> None:
    """To whoever prepared it, with a comment."""
    _waiting(prepared, seen_number)
    if not comment.strip():
        raise CommentMissing()


def take_back(prepared: Prepared | None, *, seen_number: int) -> None:
    _waiting(prepared, seen_number)


def prepared_own(data: dict[str, Any], who: Who) -> bool:
    """Whether a submission was prepared by this person, or in any unit of theirs: CSTI's four eyes look at both."""
    by = (data.get("sign_off") or {}).get("prepared")
    if by is None:
        return False
    return (who.person is not None and by["person"] == who.person) or by["unit"] in (who.units | {who.unit})


def _waiting(prepared: Prepared | None, seen_number: int) -> Prepared:
    if prepared is None or prepared.state != PREPARED:
        raise NothingPrepared()
    if prepared.number != seen_number:
        raise StaleVersion()
    return prepared

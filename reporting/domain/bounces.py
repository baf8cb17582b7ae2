"""What comes back: that a mail was delivered, bounced or was complained of, and what follows for its address."""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

# RFC 3463: class, subject, detail. Not a part of an IP address.
STATUS = re.compile(r"(?<![\d.])([245]\.\d{1,3}\.\d{1,3})(?!\.?\d)")
# These speak of the mail or of us who send it: its content, a policy, the sender's address. Suppressed for them, all
# addresses would be gone after one mistake in our own set-up.
NOT_OF_THE_ADDRESS = re.compile(r"5\.([67]\.\d+|1\.[78])$")
TOO_OFTEN = 3
WEEK = timedelta(days=7)


class CameBack(StrEnum):
    DELIVERED = "delivered"
    BOUNCED = "bounced"  # for good
    BOUNCED_FOR_NOW = "bounced_now"
    COMPLAINED = "complained"


def status_in(said: str) -> str:
    """The enhanced status code in what a server said; empty if there is none."""
    found = STATUS.search(said)
    return found[1] if found else ""


def is_of_the_address(status: str) -> bool:
    """Whether a refusal with that status says that there is no such address."""
    return status.startswith("5.1.") and not NOT_OF_THE_ADDRESS.match(status)


def bounced(status: str) -> CameBack:
    """What a bounce with that status is. For good only when it says so itself."""
    if status.startswith("5.") and not NOT_OF_THE_ADDRESS.match(status):
        return CameBack.BOUNCED
    return CameBack.BOUNCED_FOR_NOW


@dataclass(frozen=True)
class Suppression:
    """An address is written to no more, or, after a complaint, sent no digests; until a time, or until it is lifted."""

    why: CameBack
    until: datetime | None = None


def follows(
    what: CameBack, *, at: datetime, sent_at: datetime, before: Iterable[datetime], lifted_at: datetime | None
) -> Suppression | None:
    """What follows from one report, in whatever order reports come in.

    `sent_at`: when the mail it is about was; `before`: when other mails to the address, sent since it was last lifted,
    bounced for now; `lifted_at`: when an operator last said to go on. What was sent before that counts no more.
    """
    if what is CameBack.DELIVERED or (lifted_at is not None and sent_at <= lifted_at):
        return None
    if what is not CameBack.BOUNCED_FOR_NOW:
        return Suppression(what)
    times = sorted([*before, at])
    often = [last for first, last in zip(times, times[TOO_OFTEN - 1 :], strict=False) if last - first <= WEEK]
    return Suppression(what, until=often[-1] + WEEK) if often else None

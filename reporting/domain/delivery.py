"""What becomes of a mail: when it is tried again, when it is in doubt, when it is not wanted any more."""

from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum

from reporting.domain.errors import DoubtNotConfirmed, MailNotInTrouble

# After the first try, the second …: five more, within fifteen hours.
RETRY_AFTER = tuple(timedelta(minutes=minutes) for minutes in (1, 5, 30, 120, 720))


class Outcome(StrEnum):
    """How one try to hand a mail to the server ended. All but the first and the last are provably not accepted."""

    ACCEPTED = "accepted"
    NOT_REACHED = "not_reached"  # no server, or one that takes nothing from us: the other mails would fare alike
    REFUSED_FOR_NOW = "for_now"
    REFUSED = "refused"  # this mail, for good
    DIED = "died"  # the sender, before it handed anything over
    IN_DOUBT = "in_doubt"  # the content went out, or may have, and no answer came


@dataclass(frozen=True)
class Next:
    """The state a mail takes, and how long it waits when it is queued again. `doubts`: how often it was in doubt."""

    state: str
    wait: timedelta | None = None
    doubts: int = 0


def after(outcome: Outcome, *, attempts: int, mandatory: bool, doubts: int) -> Next:
    """What follows from the `attempts`-th try. In doubt a mandatory mail is sent once more, by itself and with the same
    Message-ID; any other waits for a person. What was in doubt before has never provably failed."""
    if outcome is Outcome.ACCEPTED:
        return Next("sent", doubts=doubts)
    if outcome is Outcome.IN_DOUBT:
        if mandatory and not doubts:
            return Next("queued", RETRY_AFTER[0], doubts=1)
        return Next("uncertain", doubts=doubts + 1)
    if outcome is Outcome.REFUSED or attempts > len(RETRY_AFTER):
        return Next("uncertain" if doubts else "failed", doubts=doubts)
    wait = timedelta() if outcome is Outcome.DIED else RETRY_AFTER[attempts - 1]
    return Next("queued", wait, doubts=doubts)


class Decision(StrEnum):
    """What a person may say of a mail in trouble."""

    AGAIN = "again"
    ARRIVED = "arrived"
    LEFT = "left"


DECIDED_OF = {
    Decision.AGAIN: ("failed", "uncertain"),
    Decision.ARRIVED: ("uncertain",),
    Decision.LEFT: ("failed", "uncertain"),
}


def decide(decision: Decision, *, state: str, sure: bool) -> str:
    """The state that follows. To send again what may have arrived, one must be sure. Raises a Refusal."""
    if state not in DECIDED_OF[decision]:
        raise MailNotInTrouble()
    if decision is Decision.AGAIN and state == "uncertain" and not sure:
        raise DoubtNotConfirmed()
    return {Decision.AGAIN: "queued", Decision.ARRIVED: "sent", Decision.LEFT: "cancelled"}[decision]


class Unwanted(StrEnum):
    """Why a mail is cancelled before it leaves."""

    NO_ADDRESS = "no_address"
    NOBODY_IN_ROLE = "nobody_in_role"
    RESOLVED = "resolved"
    SUPERSEDED = "superseded"
    WITHDRAWN = "withdrawn"
    LEFT = "left"  # a person has said so
    SUPPRESSED = "suppressed"  # the address takes no mail


@dataclass(frozen=True)
class Looked:
    """What holds right before a mail leaves. `address`: that of the unit or person at this moment, the mail's own when
    it goes to neither; `role_held`: somebody in the unit, or the person, still has the role the mail is for, or at
    least works there; `resolved` and `superseded`: all the mail tells is over, or some of it, and another will tell the
    rest; `withdrawn`: nobody asks any more for what it asks; `suppressed`: the address takes no mail, or no such."""

    address: str
    role_held: bool = True
    resolved: bool = False
    superseded: bool = False
    suppressed: bool = False
    withdrawn: bool = False


def unwanted(looked: Looked) -> Unwanted | None:
    """The reason not to send it any more, if there is one."""
    if not looked.address:
        return Unwanted.NO_ADDRESS
    if not looked.role_held:
        return Unwanted.NOBODY_IN_ROLE
    if looked.resolved:
        return Unwanted.RESOLVED
    if looked.withdrawn:
        return Unwanted.WITHDRAWN
    if looked.superseded:
        return Unwanted.SUPERSEDED
    return Unwanted.SUPPRESSED if looked.suppressed else None

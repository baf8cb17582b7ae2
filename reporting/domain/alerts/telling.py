"""Whether, and when, a recipient is told something by mail; and the reason when not. Decided right before a mail is
written, and kept."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum

from indicators.periods import HolidayTest, business_day_from
from reporting.domain.alerts.life import Life, State


class Kind(StrEnum):
    FIRED = "fired"
    REOPENED = "reopened"
    WORSE = "worse"
    AGAIN = "again"
    ESCALATED = "escalated"
    ACKNOWLEDGED = "acknowledged"
    PLAN_SUBMITTED = "plan_submitted"
    PLAN_RETURNED = "plan_returned"
    PLAN_ACCEPTED = "plan_accepted"
    LAPSED = "lapsed"
    ACTION_OVERDUE = "action_overdue"
    RESOLVED = "resolved"
    BY_HAND = "by_hand"
    HAND_ENDED = "hand_ended"
    PENDING = "pending"  # the newest period is worse, which the next has to confirm
    LATE = "late"  # a past period comes out otherwise; today's standing stays
    UNJUDGEABLE = "unjudgeable"  # figures are missing, or too old


class Group(StrEnum):
    """What a recipient may choose for."""

    LAG = "lag"
    ANSWERS = "answers"
    RECOVERED = "recovered"
    NOTES = "notes"


class Frequency(StrEnum):
    IMMEDIATE = "immediate"
    DAILY = "daily"
    WEEKLY = "weekly"
    MONTHLY = "monthly"
    NEVER = "never"


MANDATORY = frozenset({Kind.ESCALATED, Kind.PLAN_RETURNED, Kind.LAPSED, Kind.ACTION_OVERDUE})
GROUPS: Mapping[Kind, Group] = {
    Kind.FIRED: Group.LAG,
    Kind.REOPENED: Group.LAG,
    Kind.WORSE: Group.LAG,
    Kind.AGAIN: Group.LAG,
    Kind.BY_HAND: Group.LAG,
    Kind.HAND_ENDED: Group.LAG,
    Kind.ACKNOWLEDGED: Group.ANSWERS,
    Kind.PLAN_SUBMITTED: Group.ANSWERS,
    Kind.PLAN_ACCEPTED: Group.ANSWERS,
    Kind.RESOLVED: Group.RECOVERED,
    Kind.PENDING: Group.NOTES,
    Kind.LATE: Group.NOTES,
    Kind.UNJUDGEABLE: Group.NOTES,
}
USUAL = {Group.LAG: Frequency.IMMEDIATE, Group.ANSWERS: Frequency.IMMEDIATE, Group.RECOVERED: Frequency.IMMEDIATE,
         Group.NOTES: Frequency.WEEKLY}  # fmt: skip


@dataclass(frozen=True)
class Preference:
    """What a recipient has chosen for a group. `at_least`: the severity below which nothing is told."""

    frequency: Frequency
    at_least: str = "at_risk"


class Decision(StrEnum):
    """What became of telling one recipient one thing."""

    WAITING = "waiting"  # for its round, its digest, or the end of a hold
    MAILED = "mailed"
    OVER = "over"
    SUPERSEDED = "superseded"
    UNTOLD = "untold"  # that it is over is told to those who were told of it
    SILENCED = "silenced"
    INHIBITED = "inhibited"
    ASKED_FOR = "asked_for"  # the report that is missing is being asked for itself
    FROZEN = "frozen"
    STORM = "storm"
    DECLINED = "declined"
    UNREACHABLE = "unreachable"


@dataclass(frozen=True)
class Seen:
    """What holds when a round is written. `newer`: another thing waits to be told to the same recipient of the same
    alert; `told_before`: they have been told of this alert since it began; `overdue`: a report that is missing in it is
    overdue, and is being asked for."""

    life: Life | None  # None: about no alert
    newer: bool = False
    told_before: bool = False
    silenced: bool = False
    inhibited: bool = False
    overdue: bool = False
    reachable: bool = True


def not_told(kind: Kind, seq: int, severity: str, preference: Preference, seen: Seen) -> Decision | None:
    """Why a thing is not told, or None: it is."""
    if is_over(kind, seq, seen.life):
        return Decision.OVER
    if seen.newer:
        return Decision.SUPERSEDED
    if kind is Kind.RESOLVED and not seen.told_before:
        return Decision.UNTOLD
    if seen.silenced:
        return Decision.SILENCED
    if seen.inhibited:
        return Decision.INHIBITED
    if kind is Kind.UNJUDGEABLE and seen.overdue:
        return Decision.ASKED_FOR
    if kind not in MANDATORY and _declined(severity, preference):
        return Decision.DECLINED
    return None if seen.reachable else Decision.UNREACHABLE


def is_over(kind: Kind, seq: int, life: Life | None) -> bool:
    """What was to be told does not hold any more."""
    if life is None:
        return False
    if kind is Kind.RESOLVED:
        return life.state is not State.RESOLVED
    if kind is Kind.PENDING:
        return life.state is not State.PENDING
    if kind in (Kind.AGAIN, Kind.ESCALATED, Kind.LAPSED, Kind.ACTION_OVERDUE):
        return life.state is not State.FIRING or seq != life.seq
    if kind is Kind.PLAN_SUBMITTED:
        return life.state is not State.PLAN_SUBMITTED
    if kind in (Kind.FIRED, Kind.REOPENED, Kind.WORSE, Kind.BY_HAND, Kind.HAND_ENDED):
        return not life.is_open
    return False


def _declined(severity: str, preference: Preference) -> bool:
    if preference.frequency is Frequency.NEVER:
        return True
    return preference.at_least == "off_track" and severity == "at_risk"


def goes_today(kind: Kind, preference: Preference, today: date, is_holiday: HolidayTest) -> bool:
    """Whether this business day is one on which it may go."""
    if kind in MANDATORY or preference.frequency is Frequency.IMMEDIATE:
        return True
    return is_digest_day(preference.frequency, today, is_holiday)


def is_digest_day(frequency: Frequency, today: date, is_holiday: HolidayTest) -> bool:
    """Daily ones go on each business day; weekly on Monday and monthly on the first, or the next business day."""
    match frequency:
        case Frequency.DAILY | Frequency.IMMEDIATE:
            return not is_holiday(today)
        case Frequency.WEEKLY:
            return business_day_from(today - timedelta(days=today.weekday()), is_holiday) == today
        case Frequency.MONTHLY:
            return business_day_from(today.replace(day=1), is_holiday) == today
        case Frequency.NEVER:
            return False


# --- storms ---

STORM_ABOVE = 0.3  # of all series that are judged
STORM_FROM = 10  # series: of three, one that falls behind is no storm


def is_storm(changed: int, judged: int) -> bool:
    """Whether so much has moved in one round that a bad import or formula is likelier than so much lag."""
    return changed >= STORM_FROM and changed > STORM_ABOVE * judged

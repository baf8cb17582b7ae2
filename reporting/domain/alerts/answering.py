"""What people may say to an alert: acknowledge it, submit a plan, return or accept one; keep it silent for a time."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from enum import StrEnum

from reporting.domain.alerts.life import Life, State
from reporting.domain.errors import (
    ActionMissing,
    AlertMovedOn,
    AlertNotOpen,
    CauseMissing,
    DayPassed,
    DayTooFar,
    DueDayOfActionMissing,
    EffectMissing,
    NoPlanWaits,
    OwnerMissing,
    OwnPlan,
    PlanWaits,
    ReasonMissing,
    SilencedAlready,
    SilenceNeedsAnother,
    SilenceNotWaiting,
)
from reporting.domain.report import Fact

REVIEW_WITHIN = timedelta(days=366)
SILENT_AT_MOST = timedelta(days=90)


class Cause(StrEnum):
    FUNDS = "funds"
    STAFF = "staff"
    RULES = "rules"
    OUTSIDE = "outside"
    MEASUREMENT = "measurement"


@dataclass(frozen=True)
class Plan:
    """An action plan as it is submitted. `expected`: by fiscal year, the value the indicator is to reach with it."""

    causes: Sequence[Cause]
    explanation: str
    action: str
    owner: str
    due_on: date | None
    expected: Mapping[int, Decimal]


def acknowledge(life: Life, *, seq: int, comment: str, review_on: date | None, today: date) -> Fact:
    """Somebody responsible has seen it and says when they look again. Raises a Refusal."""
    if life.state is not State.FIRING:
        raise AlertNotOpen() if not life.is_open else AlertMovedOn()
    if seq != life.seq:
        raise AlertMovedOn()
    if not comment.strip():
        raise ReasonMissing()
    _within(review_on, today, REVIEW_WITHIN)
    return Fact("AlertAcknowledged", {"seq": seq, "review_on": review_on.isoformat() if review_on else None})


def submit_plan(life: Life, plan: Plan, *, seq: int, number: int, today: date) -> Fact:
    """`number`: how many plans there will be with this one. Raises a Refusal."""
    if not life.is_open:
        raise AlertNotOpen()
    if seq != life.seq:
        raise AlertMovedOn()
    if life.state in (State.PLAN_SUBMITTED, State.IN_ACTION):
        raise PlanWaits()
    if not plan.causes:
        raise CauseMissing()
    if not plan.action.strip():
        raise ActionMissing()
    if not plan.owner.strip():
        raise OwnerMissing()
    if plan.due_on is None:
        raise DueDayOfActionMissing()
    _within(plan.due_on, today, 5 * REVIEW_WITHIN)
    if not plan.expected:
        raise EffectMissing()
    return Fact(
        "ActionPlanSubmitted",
        {
            "seq": seq,
            "plan": number,
            "causes": sorted({cause.value for cause in plan.causes}),
            "due_on": plan.due_on.isoformat(),
            "expected": {str(year): format(value, "f") for year, value in sorted(plan.expected.items())},
        },
    )


def decide_plan(life: Life, *, plan: int, newest: int, accept: bool, reason: str, own: bool) -> Fact:
    """The secretariat accepts a plan, or returns it with a reason. Raises a Refusal. `own`: whether a unit of whoever
    decides has submitted it."""
    if life.state is not State.PLAN_SUBMITTED or plan != newest:
        raise NoPlanWaits()
    if own:
        raise OwnPlan()
    if not accept and not reason.strip():
        raise ReasonMissing()
    return Fact("ActionPlanAccepted" if accept else "ActionPlanReturned", {"seq": life.seq, "plan": plan})


@dataclass(frozen=True)
class Silence:
    """One that is in force or waits for approval. `waits`: a second person has not agreed yet."""

    until: date
    waits: bool
    by: int | None  # the person who asked for it
    renewals: int = 0


def silence(
    life: Life, *, national: bool, before: Silence | None, renewals: int, until: date, reason: str, today: date
) -> Fact:
    """No mails of this alert until the end of a day, at most 90 from today. Raises a Refusal. `renewals`: how often it
    was silent before without a break of two weeks. What is off track for the nation, and a second renewal, begins when
    another person agrees."""
    if not life.is_open:
        raise AlertNotOpen()
    if before is not None:
        raise SilencedAlready(until=before.until.isoformat())
    if not reason.strip():
        raise ReasonMissing()
    _within(until, today, SILENT_AT_MOST)
    waits = renewals > 1 or (national and life.severity == "off_track")
    return Fact("AlertSilenced", {"until": until.isoformat(), "renewals": renewals, "waits": waits})


def approve_silence(silenced: Silence | None, *, by: int | None, today: date) -> Fact:
    """Raises a Refusal."""
    if silenced is None or not silenced.waits or silenced.until < today:
        raise SilenceNotWaiting()
    if by is None or by == silenced.by:
        raise SilenceNeedsAnother()
    return Fact("SilenceApproved", {})


def end_silence(silenced: Silence | None) -> Fact:
    """Raises a Refusal."""
    if silenced is None:
        raise SilenceNotWaiting()
    return Fact("SilenceEnded", {})


def _within(day: date | None, today: date, at_most: timedelta) -> None:
    if day is None:
        return
    if day < today:
        raise DayPassed(day=day.isoformat())
    if day > today + at_most:
        raise DayTooFar(day=day.isoformat(), last=(today + at_most).isoformat())

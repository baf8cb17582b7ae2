"""The life of an alert: what standings, people and days that pass make of it.

| from                         | what happens                                         | to                          |
|------------------------------|------------------------------------------------------|-----------------------------|
| –                            | a worse class is held, to be confirmed               | pending                     |
| pending                      | it is not confirmed                                  | dropped                     |
| –, pending                   | the standing becomes one that alarms                 | firing                      |
| any open                     | it gets worse                                        | firing, to be answered anew |
| firing                       | somebody responsible acknowledges                    | acknowledged                |
| firing, acknowledged         | an action plan is submitted                          | plan submitted              |
| plan submitted               | returned, accepted                                   | acknowledged, in action     |
| acknowledged, plan submitted | 20 business days without an accepted plan            | firing, to be answered anew |
| in action                    | the day by which the action was to be done is over   | firing, to be answered anew |
| any open                     | the standing is good                                 | resolved                    |
| resolved                     | worse again within two periods                       | firing, reopened            |
| resolved                     | two periods quiet                                    | closed                      |

"To be answered anew": `seq` is one more, and the days of escalation count from then. What a person says is of the seq
they saw; said of an earlier one it is on record and changes nothing. Nothing in the folds refuses: it has happened.
"""

from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from enum import StrEnum

from indicators.periods import HolidayTest, add_business_days
from reporting.domain.office_hours import may_go_at
from reporting.domain.overrides import is_worse

# An accepted plan is wanted within so many business days of the acknowledgement.
PLAN_WITHIN = 20
QUIET_PERIODS = 2


class State(StrEnum):
    PENDING = "pending"
    DROPPED = "dropped"
    FIRING = "firing"
    ACKNOWLEDGED = "acknowledged"
    PLAN_SUBMITTED = "plan_submitted"
    IN_ACTION = "in_action"
    RESOLVED = "resolved"
    CLOSED = "closed"


OPEN = frozenset({State.FIRING, State.ACKNOWLEDGED, State.PLAN_SUBMITTED, State.IN_ACTION})
ENDED = frozenset({State.DROPPED, State.CLOSED})


@dataclass(frozen=True)
class Life:
    """What an alert is in. `clock_from`: the business day from which escalation counts; `due_on`: the last day for an
    accepted plan, or for the action; `period`: the newest that was judged, `well_in` the one it was resolved in."""

    state: State
    severity: str
    seq: int = 1
    clock_from: date | None = None
    told_level: int = 0
    due_on: date | None = None
    reopened: int = 0
    period: str = ""
    well_in: str = ""

    @property
    def is_open(self) -> bool:
        return self.state in OPEN


def day_zero(at: datetime, is_holiday: HolidayTest) -> date:
    """The day on which the first mail about it may go."""
    return may_go_at(at, is_holiday).date()


def plan_until(since: date, is_holiday: HolidayTest) -> date:
    """The last day for an accepted plan, after that of the alert or of its acknowledgement."""
    return add_business_days(since, PLAN_WITHIN, is_holiday)


def unanswered_since(today: date, is_holiday: HolidayTest) -> date:
    """The newest day of an alert that should have been answered with an accepted plan before today."""
    day = today
    while plan_until(day, is_holiday) >= today:
        day -= timedelta(days=1)
    return day


def pending(cls: str, period: str) -> Life:
    return Life(State.PENDING, cls, seq=0, period=period)


def dropped(life: Life) -> Life:
    return replace(life, state=State.DROPPED)


def alarmed(life: Life | None, severity: str, *, period: str, on: date) -> tuple[Life, str]:
    """The standing alarms. Gives what follows, and what that was: fired, reopened, worse, better or same."""
    if life is None or life.state in ENDED or life.state is State.PENDING:
        return Life(State.FIRING, severity, clock_from=on, period=period), "fired"
    if life.state is State.RESOLVED:
        return replace(_anew(life, severity, on), reopened=life.reopened + 1, period=period, well_in=""), "reopened"
    if is_worse(severity, life.severity):
        return replace(_anew(life, severity, on), period=period), "worse"
    what = "same" if severity == life.severity else "better"
    return replace(life, severity=severity, period=period), what


def _anew(life: Life, severity: str, on: date) -> Life:
    return replace(
        life, state=State.FIRING, severity=severity, seq=life.seq + 1, clock_from=on, told_level=0, due_on=None
    )


def resolved(life: Life, *, period: str) -> Life:
    return replace(life, state=State.RESOLVED, period=period, well_in=period, due_on=None)


def quiet(life: Life, *, period: str) -> Life:
    """A period was judged and nothing alarms: closed, when it is the second since."""
    closes = life.state is State.RESOLVED and _years(life.well_in, period) >= QUIET_PERIODS
    return replace(life, period=period, state=State.CLOSED if closes else life.state)


def within_memory(life: Life, period: str) -> bool:
    """Whether what worsens in this period is the same alert again, or a new one."""
    return life.state is State.RESOLVED and _years(life.well_in, period) <= QUIET_PERIODS


def _years(before: str, after: str) -> int:
    """How many years lie between two judged periods ("FY2026"); 0 where one is not known."""
    if not (before[2:6].isdigit() and after[2:6].isdigit()):
        return 0
    return int(after[2:6]) - int(before[2:6])


# --- what people say, and days that pass ---


def acknowledged(life: Life, *, seq: int, on: date, is_holiday: HolidayTest) -> Life:
    if seq != life.seq or life.state is not State.FIRING:
        return life
    return replace(life, state=State.ACKNOWLEDGED, due_on=plan_until(on, is_holiday))


def plan_submitted(life: Life, *, seq: int, on: date, is_holiday: HolidayTest) -> Life:
    """Who submits a plan has acknowledged with it."""
    life = acknowledged(life, seq=seq, on=on, is_holiday=is_holiday)
    if seq != life.seq or life.state is not State.ACKNOWLEDGED:
        return life
    return replace(life, state=State.PLAN_SUBMITTED)


def plan_returned(life: Life, *, seq: int) -> Life:
    if seq != life.seq or life.state is not State.PLAN_SUBMITTED:
        return life
    return replace(life, state=State.ACKNOWLEDGED)


def plan_accepted(life: Life, *, seq: int, action_due_on: date) -> Life:
    if seq != life.seq or life.state is not State.PLAN_SUBMITTED:
        return life
    return replace(life, state=State.IN_ACTION, due_on=action_due_on)


def lapsed(life: Life, *, today: date) -> str | None:
    """The event type when a day by which something was due is over."""
    if life.due_on is None or today <= life.due_on:
        return None
    if life.state in (State.ACKNOWLEDGED, State.PLAN_SUBMITTED):
        return "AcknowledgementLapsed"
    return "ActionOverdue" if life.state is State.IN_ACTION else None


def fired_again(life: Life, *, on: date) -> Life:
    """After AcknowledgementLapsed or ActionOverdue."""
    return _anew(life, life.severity, on)

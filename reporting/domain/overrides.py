"""手動判定: a named person sets the class of an indicator at a scope, for a reason and until a day.

The computed standing goes on being judged beneath, by rules that know nothing of this one; what is shown is the class
that was set, and when it ends the computed one is shown again.

none ── set ─▶ in force ── the day ends, or withdrawn ─▶ none
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from indicators.periods import JST, midnight
from reporting.domain.errors import (
    ClassNotToBeSet,
    DayPassed,
    DayTooFar,
    NothingJudged,
    NothingOverridden,
    OverrideInForce,
    OwnIndicator,
    ReasonMissing,
    StandingMoved,
)
from reporting.domain.report import Fact
from reporting.domain.standing import ORDER, is_alarm

# What a person may set. That nothing has begun yet is a matter of the calendar.
CLASSES = ("achieved", "on_track", "at_risk", "off_track", "unknown")
GOOD = ("on_track", "achieved")


@dataclass(frozen=True)
class InForce:
    """What a person has set. `event`: the id of the StandingOverridden; `until`: the last day it is shown on."""

    event: str
    cls: str
    until: date

    @property
    def ends_at(self) -> datetime:
        """The midnight in Tokyo after the last day: from there on it is not shown any more."""
        return midnight(self.until + timedelta(days=1))


@dataclass(frozen=True)
class Shown:
    """The class that is shown, and the computed one beside it where a person has set another, or the same."""

    cls: str
    computed: str
    by_hand: bool


def shown_class(computed: str, override: str | None) -> Shown:
    """What every page, answer, count and mail shows: what a person has set while it is in force, else what was
    computed."""
    return Shown(override or computed, computed, override is not None)


def furthest(now: datetime) -> date:
    """The latest last day that can be given: the same day of the next year."""
    today = now.astimezone(JST).date()
    try:
        return today.replace(year=today.year + 1)
    except ValueError:  # the 29th of February
        return today.replace(year=today.year + 1, day=28)


def days_left(until: date, now: datetime) -> int:
    """How many days after today it is still shown on; 0 on its last day."""
    return (until - now.astimezone(JST).date()).days


def override(
    computed: str | None,
    in_force: InForce | None,
    *,
    looked_at: bool,
    cls: str,
    until: date,
    reason: str,
    own: bool,
    now: datetime,
) -> list[Fact]:
    """A person sets `cls` until the end of `until`. Raises a Refusal.

    `looked_at`: whether the standing they looked at is still the one in force; `own`: whether they, or a unit of
    theirs, report what is judged. What has run out and was not swept yet ends first.
    """
    if own:
        raise OwnIndicator()
    if computed is None:
        raise NothingJudged()
    if not looked_at:
        raise StandingMoved()
    if cls not in CLASSES:
        raise ClassNotToBeSet(classes=", ".join(CLASSES))
    if not reason.strip():
        raise ReasonMissing()
    last = furthest(now)
    if until < now.astimezone(JST).date():
        raise DayPassed(day=until.isoformat())
    if until > last:
        raise DayTooFar(day=until.isoformat(), last=last.isoformat())
    over = expire(computed, in_force, now=now)
    if in_force is not None and over is None:
        raise OverrideInForce(until=in_force.until.isoformat())
    set_ = Fact("StandingOverridden", {"class": cls, "computed": computed, "until": until.isoformat()})
    return [over, set_] if over else [set_]


def withdraw(computed: str, in_force: InForce | None, *, override: str, reason: str, own: bool) -> Fact:
    """The computed class is shown again, before the day. Raises a Refusal."""
    if in_force is None or in_force.event != override:
        raise NothingOverridden()
    if own:
        raise OwnIndicator()
    if not reason.strip():
        raise ReasonMissing()
    return Fact("OverrideWithdrawn", _ended(computed, in_force))


def expire(computed: str, in_force: InForce | None, *, now: datetime) -> Fact | None:
    """The day is over; None while it is not, or when there is nothing to end."""
    if in_force is None or now < in_force.ends_at:
        return None
    return Fact("OverrideExpired", _ended(computed, in_force))


def _ended(computed: str, in_force: InForce) -> dict[str, object]:
    return {
        "override": in_force.event, "class": in_force.cls, "until": in_force.until.isoformat(), "computed": computed,
    }  # fmt: skip


# --- Alerts ----------------------------------------------------------------------------------------------------------


def alarm_of(computed: str, override: str | None) -> str | None:
    """How bad an alert is: by the worse of what is computed and what a person has set; None where neither alarms.

    So a class that was set too kindly closes nothing, and one that was set sternly opens an alert.
    """
    alarms = [cls for cls in (computed, override) if cls and is_alarm(cls)]
    return max(alarms, key=ORDER.index, default=None)


def is_over(computed: str, override: str | None) -> bool:
    """Whether an alert is over: what is computed is good, and what a person has set is too. What cannot be judged is
    not thereby well."""
    return computed in GOOD and override in (None, *GOOD)


def is_worse(cls: str, before: str) -> bool:
    """Whether this class alarms more than the one shown before."""
    return is_alarm(cls) and (not is_alarm(before) or ORDER.index(cls) > ORDER.index(before))


# --- Time in each class ----------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Span:
    """A class from a moment until another. `until` is None for the last one: it holds still."""

    cls: str
    since: datetime
    until: datetime | None
    by_hand: bool = False


def shown_spans(computed: Sequence[tuple[datetime, str]], overrides: Sequence[Span]) -> list[Span]:
    """What was shown when: the computed classes in order, each from its moment on, with what people set laid over
    them. A class that follows itself is one span."""
    edges = sorted({at for at, _ in computed} | {t for o in overrides for t in (o.since, o.until) if t is not None})
    found: list[Span] = []
    for edge in edges:
        judged = [cls for at, cls in computed if at <= edge]
        if not judged:
            continue  # before the first judgement nothing is shown
        over = [o.cls for o in overrides if o.since <= edge and (o.until is None or edge < o.until)]
        shown = shown_class(judged[-1], over[-1] if over else None)
        if found and (found[-1].cls, found[-1].by_hand) == (shown.cls, shown.by_hand):
            continue
        if found:
            found[-1] = Span(found[-1].cls, found[-1].since, edge, found[-1].by_hand)
        found.append(Span(shown.cls, edge, None, shown.by_hand))
    return found


def time_in_class(spans: Iterable[Span], now: datetime) -> dict[str, timedelta]:
    """How long each class has been shown until now, the worst first."""
    spent: dict[str, timedelta] = {}
    for span in spans:
        lasted = max(min(span.until or now, now) - span.since, timedelta())
        spent[span.cls] = spent.get(span.cls, timedelta()) + lasted
    return dict(sorted(spent.items(), key=lambda item: -ORDER.index(item[0]) if item[0] in ORDER else 1))

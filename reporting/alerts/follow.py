"""The follower that turns standing events into alerts and queued mails, and what happens to reports into notices, in
one transaction with its checkpoint."""

import hashlib
from collections.abc import Mapping, Sequence
from datetime import datetime
from functools import partial
from typing import Any

from django.utils import timezone

from agencies.models import in_force
from reporting.alerts.mails import write_mail
from reporting.alerts.notices import tell
from reporting.alerts.responsible import responsible_for, units_of
from reporting.domain.events import EVENTS
from reporting.domain.office_hours import may_go_at
from reporting.domain.overrides import alarm_of, is_over, is_worse
from reporting.domain.standing import is_alarm
from reporting.event_store import follow_page
from reporting.models import AddedHoliday, Alert, CurrentEvent, OutboxMail, Standing, StandingOverride
from reporting.queries.calendar import holiday_test

NAME = "alerts"
STANDING_EVENTS = frozenset(
    {
        "IndicatorFirstJudged",
        "IndicatorFellBehind",
        "IndicatorRecovered",
        "IndicatorAchieved",
        "IndicatorBecameUnjudgeable",
    }
)
OVERRIDE_ENDS = frozenset({"OverrideExpired", "OverrideWithdrawn"})
OVERRIDE_EVENTS = OVERRIDE_ENDS | {"StandingOverridden"}


def read_page(*, now: datetime) -> int | None:
    """Fold the next page of events. Returns the number of events read; None when another worker is reading. In a
    follower's transaction."""
    return follow_page(NAME, partial(_apply, now=now), known=EVENTS)


def _apply(page: Sequence[CurrentEvent], now: datetime) -> None:
    for event in page:
        if event.type in STANDING_EVENTS or event.type in OVERRIDE_EVENTS:
            _fold(event, now)
    tell(page, now)


def _fold(event: CurrentEvent, now: datetime) -> None:
    data = event.data
    thing = {f"{name}_id": data[name] for name in ("indicator", "agency", "domain")}
    if Alert.objects.filter(position__gte=event.position, **thing).exists():
        return  # read before: a follower set back writes no second alert and no second mail
    computed, by_hand = _classes(event, thing)
    severity = alarm_of(computed, by_hand)
    open_alert = Alert.objects.filter(resolved_at__isnull=True, **thing).first()
    if severity is None:
        # What can no longer be judged is not thereby well: only a good standing resolves an alert.
        if open_alert and is_over(computed, by_hand):
            open_alert.resolved_at = open_alert.changed_at = event.occurred_at
            open_alert.position = event.position
            open_alert.save()
        return
    if open_alert is None:
        responsible = data["agency"] or responsible_for([data["indicator"]]).get(data["indicator"])
        if responsible is None:
            return
        worse = True
        alert = Alert.objects.create(
            **thing,
            severity=severity,
            responsible_id=responsible,
            opened_at=event.occurred_at,
            changed_at=event.occurred_at,
            position=event.position,
        )
    else:
        alert, worse = open_alert, is_worse(severity, open_alert.severity)
        alert.severity, alert.changed_at, alert.position = severity, event.occurred_at, event.position
        alert.save()
    if _is_told(event, computed, by_hand, worse):
        _queue(alert, event, computed, now)


def _classes(event: CurrentEvent, thing: Mapping[str, Any]) -> tuple[str, str | None]:
    """What was computed and what a person had set, once this event had happened. A person's act is written in the
    transaction of its append, so the tables know of it; that of another moment does not count."""
    set_by_hand = StandingOverride.objects.filter(in_force(event.position), **thing)
    by_hand = set_by_hand.values_list("cls", flat=True).first()
    if event.type in STANDING_EVENTS:
        return event.data["class"], by_hand
    beneath = Standing.objects.filter(in_force(event.position), **thing).values_list("cls", flat=True).first()
    return beneath or event.data["computed"], by_hand


def _is_told(event: CurrentEvent, computed: str, by_hand: str | None, worse: bool) -> bool:
    """Whether a mail goes out: only when what is shown gets worse. What is computed beneath a class set by hand is on
    record and tells nobody, until that ends."""
    if event.type in STANDING_EVENTS:
        return worse and by_hand is None
    if event.type in OVERRIDE_ENDS:
        return is_worse(computed, event.data["class"])
    return worse and is_alarm(event.data["class"])


def _queue(alert: Alert, event: CurrentEvent, computed: str, now: datetime) -> None:
    """To be sent while the offices are open; what has become well by then is not sent at all."""
    closed = holiday_test(frozenset(AddedHoliday.objects.filter(in_force()).values_list("day", flat=True)))
    # As long as the business clock has to go until then: the row waits by the database's.
    due_at = timezone.now() + (may_go_at(now, closed) - now)
    for unit in units_of([alert.responsible_id])[alert.responsible_id]:
        subject, body = write_mail(alert, event, unit, computed)
        key = hashlib.sha256(f"{alert.pk}|{event.position}|{unit.pk}".encode()).hexdigest()
        OutboxMail.objects.bulk_create(
            [
                OutboxMail(
                    key=key,
                    kind=OutboxMail.Kind.LAG,
                    alert=alert,
                    agency_id=unit.agency_id,
                    unit=unit,
                    address=unit.email,
                    subject=subject,
                    body=body,
                    due_at=due_at,
                    business_time=event.occurred_at,
                )
            ],
            ignore_conflicts=True,  # the key is unique: however often we look, one mail per change and recipient
        )

"""The follower that turns standing events into alerts and queued mails, in one transaction with its checkpoint."""

import hashlib
from collections.abc import Sequence

from django.utils import timezone

from agencies.models import Unit
from indicators.models import IndicatorDefinition
from reporting.alerts.mails import write_mail
from reporting.domain.events import EVENTS
from reporting.domain.standing import ORDER, is_alarm
from reporting.event_store import follow_page
from reporting.models import Alert, CurrentEvent, OutboxMail

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


def read_page() -> int | None:
    """Fold the next page of events. Returns the number of events read; None when another worker is reading. In a
    follower's transaction."""
    return follow_page(NAME, _apply, known=EVENTS)


def _apply(page: Sequence[CurrentEvent]) -> None:
    for event in page:
        if event.type in STANDING_EVENTS:
            _fold(event)


def _fold(event: CurrentEvent) -> None:
    data, cls = event.data, event.data["class"]
    thing = {f"{name}_id": data[name] for name in ("indicator", "agency", "domain")}
    if Alert.objects.filter(position__gte=event.position, **thing).exists():
        return  # read before: a follower set back writes no second alert and no second mail
    open_alert = Alert.objects.filter(resolved_at__isnull=True, **thing).first()
    if not is_alarm(cls):
        # What can no longer be judged is not thereby well: only a good standing resolves an alert.
        if open_alert and cls in ("on_track", "achieved"):
            open_alert.resolved_at = open_alert.changed_at = event.occurred_at
            open_alert.position = event.position
            open_alert.save()
        return
    if open_alert is None:
        responsible = data["agency"] or _responsible(data["indicator"])
        if responsible is None:
            return
        alert = Alert.objects.create(
            **thing,
            severity=cls,
            responsible_id=responsible,
            opened_at=event.occurred_at,
            changed_at=event.occurred_at,
            position=event.position,
        )
    else:
        alert, worse = open_alert, ORDER.index(cls) > ORDER.index(open_alert.severity)
        alert.severity, alert.changed_at, alert.position = cls, event.occurred_at, event.position
        alert.save()
        if not worse:
            return
    _queue(alert, event)


def _responsible(indicator: str) -> str | None:
    """責任府省 of an indicator: national lag goes there, never to a contributor."""
    rows = IndicatorDefinition.objects.filter(indicator=indicator, to_position__isnull=True)
    return rows.values_list("responsible_id", flat=True).first()


def _queue(alert: Alert, event: CurrentEvent) -> None:
    units = list(Unit.objects.filter(agency=alert.responsible_id).exclude(email=""))
    # Where no unit has been named for it, all are told: better too many than nobody.
    for unit in [unit for unit in units if unit.told_of_lag] or units:
        subject, body = write_mail(alert, event, unit)
        key = hashlib.sha256(f"{alert.pk}|{event.position}|{unit.pk}".encode()).hexdigest()
        OutboxMail.objects.bulk_create(
            [
                OutboxMail(
                    key=key,
                    alert=alert,
                    agency_id=unit.agency_id,
                    unit=unit,
                    address=unit.email,
                    subject=subject,
                    body=body,
                    due_at=timezone.now(),
                    business_time=event.occurred_at,
                )
            ],
            ignore_conflicts=True,  # the key is unique: however often we look, one mail per change and recipient
        )

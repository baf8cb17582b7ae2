"""What holds when a round is written, read for all that waits at once."""

from datetime import date, datetime, timedelta

from django.db.models import ExpressionWrapper, F, Q
from django.db.models.fields import BooleanField
from django.db.models.functions import Now

from agencies.models import in_force
from indicators.models import AssignedIndicator
from indicators.periods import midnight
from reporting.domain.alerts.telling import Decision, Kind, Preference, Seen
from reporting.domain.reminders import OVERDUE
from reporting.models import IS_OPEN, Alert, OutboxMail, Reminder, Silence, Telling
from reporting.queries.alerting.readers import To, choices, preference_of, readers_of
from reporting.queries.delivery import reachable
from reporting.queries.lives import life_of
from reporting.queries.reminders import still_open


def to_of(row: Telling | OutboxMail) -> To:
    assert row.agency_id is not None
    return To(row.agency_id, row.unit_id, row.person_id)


def waiting(now: datetime, wait: timedelta) -> dict[To, list[Telling]]:
    """What waits, by recipient, in order. `aged`: it has waited long enough for others to come along."""
    aged = ExpressionWrapper(Q(queued_at__lte=Now() - wait), BooleanField())
    rows = Telling.objects.filter(decision=Decision.WAITING, at__lte=now).annotate(aged=aged)
    found: dict[To, list[Telling]] = {}
    for row in rows.select_related("alert").order_by("pk"):
        found.setdefault(to_of(row), []).append(row)
    return found


def had_one(today: date) -> set[To]:
    """Who has had a mail of alerts on this business day, themself or by their deputy."""
    sent = OutboxMail.objects.filter(kind=OutboxMail.Kind.LAG, business_time__gte=midnight(today))
    told = Telling.objects.filter(mail__in=sent.exclude(state=OutboxMail.State.CANCELLED))
    return {To(*row) for row in told.values_list("agency", "unit", "person").distinct()}


class Known:
    """What is to be known of alerts and recipients; a constant number of queries, whatever waits."""

    def __init__(self, by_recipient: dict[To, list[Telling]], today: date) -> None:
        rows = [row for rows in by_recipient.values() for row in rows]
        self.alerts = {row.alert_id: row.alert for row in rows if row.alert is not None}
        self.silences = {
            alert: pk
            for pk, alert in Silence.objects.filter(
                alert__in=self.alerts, waits=False, ended_at=None, until__gte=today
            ).values_list("pk", "alert")
        }
        self.told = self._told()
        self.parents = self._parents({row.indicator_id for row in rows})
        self.overdue = _overdue({row.indicator_id for row in rows if row.kind == Kind.UNJUDGEABLE})
        self.readers = readers_of(by_recipient, today)
        self.reached = reachable({reader.address for reader in self.readers.values()})
        self.choices = choices()

    def _told(self) -> set[tuple[int, To]]:
        """Who has been told of an alert since it opened."""
        rows = Telling.objects.filter(alert__in=self.alerts, decision=Decision.MAILED, at__gte=F("alert__opened_at"))
        rows = rows.exclude(mail__state=OutboxMail.State.CANCELLED)
        found = rows.values_list("alert", "agency", "unit", "person").distinct()
        return {(alert, To(agency, unit, person)) for alert, agency, unit, person in found if alert is not None}

    def _parents(self, indicators: set[str]) -> dict[tuple[str, To], int]:
        """The open alerts of indicators that are off track as a whole, by who is told of them."""
        whole = Alert.objects.filter(IS_OPEN, indicator__in=indicators, agency=None, domain=None, severity="off_track")
        rows = Telling.objects.filter(alert__in=whole).values_list("alert", "indicator", "agency", "unit", "person")
        return {
            (indicator, To(agency, unit, person)): alert
            for alert, indicator, agency, unit, person in rows.distinct()
            if alert is not None
        }

    def preference(self, to: To, kind: Kind) -> Preference:
        return preference_of(self.choices, to, kind)

    def seen(self, to: To, row: Telling, newest: dict[int, int]) -> Seen:
        alert, overdue = row.alert, (row.indicator_id, row.scope_agency_id) in self.overdue
        if alert is None:
            return Seen(None, overdue=overdue, reachable=self._reachable(to))
        part = row.scope_agency_id is not None or row.scope_domain_id is not None
        return Seen(
            life_of(alert),
            newer=newest.get(alert.pk, row.pk) > row.pk,
            told_before=(alert.pk, to) in self.told,
            silenced=alert.pk in self.silences,
            inhibited=part and alert.severity == "at_risk" and (row.indicator_id, to) in self.parents,
            overdue=overdue,
            reachable=self._reachable(to),
        )

    def _reachable(self, to: To) -> bool:
        return self.readers[to].address in self.reached

    def why(self, to: To, row: Telling, decision: Decision) -> dict[str, int]:
        """What it was decided by."""
        if decision is Decision.SILENCED and row.alert_id in self.silences:
            return {"silence": self.silences[row.alert_id]}
        if decision is Decision.INHIBITED:
            return {"alert": self.parents[row.indicator_id, to]}
        return {}


def _overdue(indicators: set[str]) -> set[tuple[str, str | None]]:
    """Of these, by agency and for the nation, those of which a report is overdue and is being asked for."""
    if not indicators:
        return set()
    entered = AssignedIndicator.objects.filter(in_force(), indicator__in=indicators)
    of: dict[str, list[str]] = {}
    for assignment, indicator in entered.values_list("assignment", "indicator"):
        of.setdefault(assignment, []).append(indicator)
    reminders = list(Reminder.objects.filter(kind=OVERDUE, assignment__in=of))
    open_ = still_open(reminders)
    found = {(code, row.agency_id) for row in reminders if row.pk in open_ for code in of[row.assignment_id]}
    return {*found, *((code, None) for code, _agency in found)}

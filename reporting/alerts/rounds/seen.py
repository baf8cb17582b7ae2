"""What holds when a round is written, read for all that waits at once."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import NamedTuple

from django.db.models import Exists, ExpressionWrapper, F, OuterRef, Q
from django.db.models.fields import BooleanField
from django.db.models.functions import Now

from agencies.models import Membership, Person, Unit
from indicators.periods import midnight
from reporting.domain.alerts.telling import GROUPS, USUAL, Decision, Frequency, Kind, Preference, Seen
from reporting.models import IS_OPEN, Alert, MailChoice, MailReader, OutboxMail, Silence, Telling
from reporting.queries.delivery import reachable
from reporting.queries.lives import life_of


class To(NamedTuple):
    """A unit's shared address, or a person as a member of an agency."""

    agency: str
    unit: int | None
    person: int | None


@dataclass(frozen=True)
class Reader:
    """Who reads what is for a recipient: themself, or their deputy. Without an address there is nobody."""

    address: str
    name_ja: str
    name_en: str
    language: str
    person: int | None


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
    """Who has had a mail of alerts on this business day."""
    sent = OutboxMail.objects.filter(kind=OutboxMail.Kind.LAG, business_time__gte=midnight(today), agency__isnull=False)
    return {To(*row) for row in sent.exclude(state=OutboxMail.State.CANCELLED).values_list("agency", "unit", "person")}


class Known:
    """What is to be known of alerts and recipients; eight queries, whatever waits."""

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
        self.readers = _readers(by_recipient, today)
        self.reached = reachable({reader.address for reader in self.readers.values()})
        self.choices = {
            (To(row.agency_id, row.unit_id, row.person_id), row.group): Preference(
                Frequency(row.frequency), row.at_least
            )
            for row in MailChoice.objects.all()
        }

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
        group = GROUPS.get(kind)
        if group is None:
            return Preference(Frequency.IMMEDIATE)
        return self.choices.get((to, group.value), Preference(USUAL[group]))

    def seen(self, to: To, row: Telling, newest: dict[int, int]) -> Seen:
        alert = row.alert
        if alert is None:
            return Seen(None, reachable=self._reachable(to))
        part = row.scope_agency_id is not None or row.scope_domain_id is not None
        return Seen(
            life_of(alert),
            newer=newest.get(alert.pk, row.pk) > row.pk,
            told_before=(alert.pk, to) in self.told,
            silenced=alert.pk in self.silences,
            inhibited=part and alert.severity == "at_risk" and (row.indicator_id, to) in self.parents,
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


def _readers(recipients: Collection[To], today: date) -> dict[To, Reader]:
    chosen = {To(row.agency_id, row.unit_id, row.person_id): row for row in MailReader.objects.all()}
    deputies = {
        to: row.deputy_id
        for to, row in chosen.items()
        if row.deputy_from is not None and row.deputy_until is not None and row.deputy_from <= today <= row.deputy_until
    }
    units = Unit.objects.in_bulk([to.unit for to in recipients if to.unit is not None])
    asked = {to.person for to in recipients} | set(deputies.values())
    works = Membership.objects.filter(person=OuterRef("pk"), ended_on=None)
    able = Person.objects.filter(Exists(works), pk__in=[one for one in asked if one is not None], is_active=True)
    people = {
        pk: (name or username, email)
        for pk, name, username, email in able.values_list("pk", "name", "username", "email")
    }
    found = {}
    for to in recipients:
        language = chosen[to].language if to in chosen else MailReader.Language.BOTH.value
        deputy = deputies.get(to)
        person = deputy if deputy in people and people[deputy][1] else to.person
        if person is not None:
            name, address = people.get(person, ("", ""))
            found[to] = Reader(address, name, name, language, person)
        else:
            unit = units[to.unit or 0]
            found[to] = Reader(unit.email, unit.name_ja, unit.name_en, language, None)
    return found

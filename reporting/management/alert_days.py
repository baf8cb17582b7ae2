"""The business days of a replayed past: what nobody has answered is told again and passed on, mails are written in
their day, and the people of the sample answer some of it."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from typing import Any

from agencies import access
from agencies.access import Actor
from indicators.models import IndicatorDefinition
from indicators.periods import JST
from indicators.quantities import parse_quantity, unit_named
from reporting import alerts, event_store
from reporting.commands import alerts as commands
from reporting.domain.alerts.answering import Cause, Plan
from reporting.models import IS_OPEN, ActionPlan, Alert, MailHold, OutboxMail

TEN = time(10)


class AlertDays:
    """Passes the days in their order, each once."""

    def __init__(self, answers: Sequence[Mapping[str, Any]], actors: Mapping[str, Actor]) -> None:
        self.answers, self.actors = list(answers), actors
        with access.following():
            last = OutboxMail.objects.filter(kind=OutboxMail.Kind.LAG).order_by("-business_time").first()
        self.passed = last.business_time.astimezone(JST).date() if last else None

    def until(self, moment: datetime) -> None:
        """The days up to then; the first call only begins."""
        _read_the_log(moment)
        last = moment.astimezone(JST).date()
        since, self.passed = self.passed, last
        for day in _days(since, last):
            ten = datetime.combine(day, TEN, JST)
            if _anything():
                alerts.look_at_days(now=ten)
                alerts.send_round(now=ten, wait=timedelta())
                if self._release(datetime.combine(day, time(13), JST)):
                    alerts.send_round(now=datetime.combine(day, time(14), JST), wait=timedelta())
            self._answer(day)

    def _release(self, now: datetime) -> bool:
        """In the sample no file and no formula is wrong: who operates looks, and lets the mails go."""
        with access.following():
            hold = MailHold.objects.filter(why=MailHold.Why.STORM, decision="").first()
        if hold is not None:
            commands.decide_about_hold(actor=self.actors["operator"], hold=hold.pk, release=True, now=now)
        return hold is not None

    def _answer(self, day: date) -> None:
        for row in [row for row in self.answers if row["day"] <= day]:
            self.answers.remove(row)
            with access.reading(access.system("load_sample")):
                alert = Alert.objects.filter(IS_OPEN, indicator=row["indicator"], agency=None, domain=None).first()
            if alert is not None:
                self._act(row, alert, datetime.combine(day, time(15), JST))

    def _act(self, row: Mapping[str, Any], alert: Alert, now: datetime) -> None:
        actor = self.actors[row["user"]]
        if row["act"] == "acknowledge":
            commands.acknowledge_alert(
                actor=actor,
                alert=alert.pk,
                seq=alert.seq,
                comment=row["words"],
                review_on=None,
                now=now,
            )
        elif row["act"] == "plan":
            commands.submit_action_plan(actor=actor, alert=alert.pk, seq=alert.seq, plan=_plan(row), now=now)
        else:
            with access.reading(actor):
                number = ActionPlan.objects.filter(alert=alert).count()
            commands.decide_about_plan(
                actor=actor, alert=alert.pk, plan=number, accept=row["act"] == "accept", reason=row.get("words", ""),
                now=now,
            )  # fmt: skip


def _plan(row: Mapping[str, Any]) -> Plan:
    with access.reading(access.system("load_sample")):
        definition = IndicatorDefinition.objects.get(indicator=row["indicator"], to_position=None)
    unit = unit_named(definition.unit)
    expected: dict[int, Decimal] = {year: parse_quantity(text, unit) for year, text in row["expected"].items()}
    return Plan(
        causes=[Cause(cause) for cause in row["causes"]],
        explanation=row["words"],
        action=row["action"],
        owner=row["owner"],
        due_on=row["due_on"],
        expected=expected,
    )


def _read_the_log(now: datetime) -> None:
    """The worker reads it too; whoever comes first."""
    while event_store.backlog(alerts.NAME):
        with access.following():
            alerts.read_page(now=now)


def _anything() -> bool:
    with access.following():
        return Alert.objects.filter(IS_OPEN).exists()


def _days(since: date | None, last: date) -> Iterable[date]:
    if since is None:
        return []
    return [since + timedelta(days=n) for n in range(1, (last - since).days + 1)]

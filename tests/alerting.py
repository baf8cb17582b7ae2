"""Alerts in tests: the clock finds a class without the reports behind it, days pass, rounds are written."""

from collections.abc import Mapping
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest

from agencies import access
from agencies.access import Actor
from agencies.models import Person
from reporting import alerts, event_store
from reporting.commands import alerts as commands
from reporting.domain.alerts.answering import Cause, Plan
from reporting.domain.events import standing_stream
from reporting.event_store import NewEvent
from reporting.models import Alert, AlertChange, OutboxMail, Telling
from reporting.projections import standings
from tests.acts import at, reading
from tests.cast import PARTS, SYSTEM, Cast
from tests.standings import EVIDENCE

NOW = at("2027-07-01 10:00")  # a Thursday
TYPES = {
    "achieved": "IndicatorAchieved",
    "on_track": "IndicatorRecovered",
    "unknown": "IndicatorBecameUnjudgeable",
    "not_started": "IndicatorBecameUnjudgeable",
}


def finding(
    cls: str,
    previous: str | None = None,
    *,
    indicator: str = "IND-02",
    agency: str | None = None,
    domain: str | None = None,
    period: str = "FY2026",
    type_: str = "",
    now: datetime = NOW,
    held: Mapping[str, Any] | None = None,
) -> NewEvent:
    """What the clock says of a series."""
    kind = TYPES.get(cls, "IndicatorFellBehind") if previous else "IndicatorFirstJudged"
    data = {
        "indicator": indicator, "agency": agency, "domain": domain, "class": cls, "previous": previous,
        "period": period, "cause": "period", "restated": [], "since": now.isoformat(),
        "evidence": dict(EVIDENCE) | {"held": dict(held) if held else None},
    }  # fmt: skip
    stream = standing_stream(indicator, agency, domain)
    return NewEvent(stream, type_ or kind, data, {"actor": "clock"}, now, schema_version=2 if not type_ else 1)


def find(*events: NewEvent, now: datetime | None = None) -> None:
    """The clock has found these; the alerts follow."""
    with access.following():
        recorded = event_store.append(list(events))
        standings.apply(list(events), recorded)
    follow(now or events[-1].occurred_at)


def judged(cls: str, previous: str | None = None, **more: Any) -> None:
    find(finding(cls, previous, **more))


def follow(now: datetime = NOW) -> None:
    while True:
        with access.following():
            if not alerts.read_page(now=now):
                return


def pass_days(now: datetime, wait: timedelta = timedelta()) -> int:
    """A look at the days and a round, at this moment. Gives the number of mails."""
    follow(now)
    alerts.look_at_days(now=now)
    return alerts.send_round(now=now, wait=wait)


def rows() -> list[Alert]:
    with reading():
        return list(Alert.objects.order_by("pk"))


def only() -> Alert:
    [row] = rows()
    return row


def mails() -> list[OutboxMail]:
    with reading():
        return list(OutboxMail.objects.filter(kind="lag").order_by("pk"))


def mailed() -> list[str]:
    return [mail.address for mail in mails()]


def told(**narrowed: Any) -> list[tuple[str, str]]:
    """What was to be told, and what became of it."""
    with reading():
        return list(Telling.objects.filter(**narrowed).order_by("pk").values_list("kind", "decision"))


def history() -> list[str]:
    with reading():
        return list(AlertChange.objects.order_by("pk").values_list("what", flat=True))


def acknowledge(actor: Actor, row: Alert | None = None, *, seq: int | None = None, now: datetime = NOW) -> None:
    row = row or only()
    commands.acknowledge_alert(
        actor=actor, alert=row.pk, seq=seq or row.seq, comment="原因を調べています。", review_on=None, now=now
    )


def plan(**more: Any) -> Plan:
    usual: dict[str, Any] = {
        "causes": [Cause.STAFF],
        "explanation": "担当者の欠員",
        "action": "人員を二名増やす。",
        "owner": "研究振興課",
        "due_on": date(2027, 12, 31),
        "expected": {2027: Decimal(9000)},
    }
    return Plan(**usual | more)


def submit_plan(actor: Actor, row: Alert | None = None, *, now: datetime = NOW, **more: Any) -> None:
    row = row or only()
    commands.submit_action_plan(actor=actor, alert=row.pk, seq=row.seq, plan=plan(**more), now=now)


def decide(actor: Actor, *, accept: bool, number: int = 1, now: datetime = NOW) -> None:
    commands.decide_about_plan(
        actor=actor, alert=only().pk, plan=number, accept=accept, reason="" if accept else "期限が遅すぎます。", now=now
    )


@pytest.fixture
def addresses(cast: Cast) -> None:
    """People can be written to, too."""
    with access.acting(SYSTEM):
        for name, part in PARTS.items():
            Person.objects.filter(username=name).update(email=f"{name}@{part.agency.lower()}.example")

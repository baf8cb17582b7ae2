"""Right before a mail leaves it is asked once more whether it is wanted, and where it is to go."""

from collections.abc import Iterator
from typing import Any

import psycopg
import pytest
from pytest_django import Settings

from agencies import access
from agencies.models import Membership, Unit
from reporting import alerts
from reporting.commands.inquiries import withdraw_inquiry
from reporting.models import Alert, Telling
from tests.acts import PATIENCE, Aside, at, reading
from tests.cast import SYSTEM, Cast
from tests.departments import JULY, ask
from tests.mail_server import (
    MailServer,
    sending_to,
    usual,
)
from tests.mails import mails, queue, states, tries

Superuser = psycopg.Connection[tuple[Any, ...]]


@pytest.fixture
def post(database: str, settings: Settings) -> Iterator[MailServer]:
    with sending_to(settings) as post:
        yield post


DAY = at("2027-07-01 00:00")
OVER: dict[str, Any] = {"state": "resolved", "resolved_at": at("2027-07-02 00:00")}


def lag(cast: Cast, indicator: str = "IND-02", **more: Any) -> Alert:
    thing = {"indicator_id": indicator, "agency_id": "JST", "severity": "at_risk", "responsible_id": "JST"}
    with access.following():
        return Alert.objects.create(**thing, position=1, opened_at=DAY, changed_at=DAY, **more)


def queue_of(*told: Alert) -> int:
    """The mail that tells the unit of these alerts."""
    [mail] = queue(kind="lag", unit=unit(), agency_id="JST")
    with access.following():
        Telling.objects.bulk_create(
            Telling(
                alert=alert, indicator_id=alert.indicator_id, scope_agency_id="JST", kind="fired", turn=1, seq=1,
                severity="at_risk", agency_id="JST", unit=unit(), at=DAY, decision="mailed", mail_id=mail,
            )
            for alert in told
        )  # fmt: skip
    return mail


def unit(code: str = "planning") -> Unit:
    with reading():
        return Unit.objects.get(code=code, agency="JST")


def cancelled() -> list[tuple[str, str]]:
    return [(mail.state, mail.reason) for mail in mails()]


def test_a_mail_goes_to_the_address_the_unit_has_by_then(cast: Cast, post: MailServer) -> None:
    queue(unit=unit(), agency_id="JST", address="old@jst.example")
    with access.acting(SYSTEM):
        Unit.objects.filter(pk=unit().pk).update(email="new@jst.example")
    assert alerts.send_due() == 1
    assert post.recipients() == ["new@jst.example"]
    assert mails()[0].address == "new@jst.example"


def test_a_unit_that_has_no_address_any_more_is_written_to_no_more(cast: Cast, post: MailServer) -> None:
    queue(unit=unit(), agency_id="JST")
    with access.acting(SYSTEM):
        Unit.objects.filter(pk=unit().pk).update(email="")
    assert alerts.send_due() == 0
    assert (cancelled(), post.seen) == ([("cancelled", "no_address")], [])


def test_what_is_for_a_role_goes_only_where_somebody_has_it(cast: Cast, post: MailServer) -> None:
    queue(unit=unit(), agency_id="JST", role="reporter")
    queue(unit=unit(), agency_id="JST", role="reporter")
    assert alerts.send_due(1) == 1
    with access.acting(SYSTEM):
        Membership.objects.filter(unit=unit(), role="reporter").update(ended_on="2027-07-01")
    assert alerts.send_due() == 0
    assert cancelled() == [("sent", ""), ("cancelled", "nobody_in_role")]


def test_lag_that_is_over_is_not_mailed(cast: Cast, post: MailServer) -> None:
    queue_of(lag(cast, **OVER))
    queue_of(lag(cast, "IND-03"))
    assert alerts.send_due() == 1
    assert cancelled() == [("cancelled", "resolved"), ("sent", "")]


def test_what_was_to_be_told_with_a_lag_that_is_over_waits_for_another_mail(cast: Cast, post: MailServer) -> None:
    queue_of(lag(cast, **OVER), lag(cast, "IND-03"))
    assert alerts.send_due() == 0
    assert cancelled() == [("cancelled", "superseded")]
    with reading():
        told = Telling.objects.order_by("pk").values_list("decision", "mail")
        assert list(told) == [("over", None), ("waiting", None)]


@pytest.mark.parametrize("change", ["nobody there", "moved", "over"])
def test_what_changes_while_the_server_is_spoken_to_counts_before_the_content(
    cast: Cast, post: MailServer, change: str
) -> None:
    alert = lag(cast)
    mail = queue_of(alert)

    def in_between() -> None:
        if change == "over":
            with access.following():
                Alert.objects.filter(pk=alert.pk).update(**OVER)
        else:
            with access.acting(SYSTEM):
                Unit.objects.filter(pk=unit().pk).update(email="" if change == "nobody there" else "new@jst.example")

    with Aside() as aside:

        def behaviour(step: str, whom: str) -> str:
            if step == "DATA":
                post.behaviour = usual
                aside.start(in_between).result(PATIENCE)
            return usual(step, whom)

        post.behaviour = behaviour
        sent = alerts.send_due()
    if change == "moved":
        assert (sent, post.recipients()) == (1, ["new@jst.example"])
    else:
        assert (sent, post.mails) == (0, [])
        assert (states(), tries(mail)) == (["cancelled"], ["unwanted"])


def test_mails_of_a_sample_are_sent_as_in_their_day(cast: Cast, post: MailServer, superuser: Superuser) -> None:
    queue_of(lag(cast, **OVER))
    superuser.execute("UPDATE log_head SET sample = 'replaying'")
    assert alerts.send_due() == 1


@pytest.mark.parametrize("when", ["before", "meanwhile"])
def test_an_inquiry_that_was_withdrawn_is_not_mailed(cast: Cast, post: MailServer, when: str) -> None:
    [inquiry] = ask(cast.hanako, "JST.P1.A1", "FY2026Q1", unit().pk)
    assert alerts.queue_inquiry_mails(JULY) == 1

    def withdraw() -> None:
        withdraw_inquiry(actor=cast.hanako, inquiry=inquiry, now=JULY)

    if when == "before":
        withdraw()
        assert alerts.send_due() == 0
    else:
        with Aside() as aside:

            def behaviour(step: str, whom: str) -> str:
                if step == "DATA":
                    post.behaviour = usual
                    aside.start(withdraw).result(PATIENCE)
                return usual(step, whom)

            post.behaviour = behaviour
            assert alerts.send_due() == 0
    assert (cancelled(), post.mails) == ([("cancelled", "withdrawn")], [])


def test_an_inquiry_that_stands_is_mailed(cast: Cast, post: MailServer) -> None:
    one, other = (ask(cast.hanako, "JST.P1.A1", period, unit().pk)[0] for period in ("FY2026Q1", "FY2026Q2"))
    assert alerts.queue_inquiry_mails(JULY) == 2
    withdraw_inquiry(actor=cast.hanako, inquiry=other, now=JULY)
    assert alerts.send_due() == 1
    assert [mail.inquiry_id for mail in mails() if mail.state == "sent"] == [one]

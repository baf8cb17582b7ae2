"""Right before a mail leaves it is asked once more whether it is wanted, and where it is to go."""

from collections.abc import Iterator
from typing import Any

import psycopg
import pytest
from pytest_django import Settings

from agencies import access
from agencies.models import Membership, Unit
from reporting import alerts
from reporting.models import Alert
from tests.acts import PATIENCE, Aside, at, reading
from tests.cast import SYSTEM, Cast
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


def lag(cast: Cast, **more: Any) -> Alert:
    day = at("2027-07-01 00:00")
    thing = {"indicator_id": "IND-02", "agency_id": "JST", "severity": "at_risk", "responsible_id": "JST"}
    with access.following():
        return Alert.objects.create(**thing, position=1, opened_at=day, changed_at=day, **more)


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


def test_a_lag_that_is_over_or_told_anew_is_not_mailed(cast: Cast, post: MailServer) -> None:
    over, open_ = lag(cast, resolved_at=at("2027-07-02 00:00")), lag(cast)
    for alert in (over, open_, open_):
        queue(kind="lag", alert=alert, unit=unit(), agency_id="JST")
    assert alerts.send_due() == 1
    assert cancelled() == [("cancelled", "resolved"), ("cancelled", "superseded"), ("sent", "")]


@pytest.mark.parametrize("change", ["nobody there", "moved", "over"])
def test_what_changes_while_the_server_is_spoken_to_counts_before_the_content(
    cast: Cast, post: MailServer, change: str
) -> None:
    alert = lag(cast)
    [mail] = queue(kind="lag", alert=alert, unit=unit(), agency_id="JST")

    def in_between() -> None:
        if change == "over":
            with access.following():
                Alert.objects.filter(pk=alert.pk).update(resolved_at=at("2027-07-02 00:00"))
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
    queue(kind="lag", alert=lag(cast, resolved_at=at("2027-07-02 00:00")), unit=unit(), agency_id="JST")
    superuser.execute("UPDATE log_head SET sample = 'replaying'")
    assert alerts.send_due() == 1

"""What servers report of a mail is kept with it once, and what follows for its address is in force from then on."""

from collections.abc import Iterator
from datetime import datetime, timedelta
from itertools import permutations
from threading import Barrier

import psycopg
import pytest
from django.db import connection
from django.db.utils import DatabaseError
from django.utils import timezone
from pytest_django import Settings

from agencies import access
from agencies.models import Unit
from reporting import alerts
from reporting.alerts import Report
from reporting.commands.delivery import lift_suppression
from reporting.domain.bounces import CameBack
from reporting.models import OutboxMail, SuppressedAddress
from reporting.queries.delivery import reachable, unreachable_addresses
from tests.acts import PATIENCE, all_at_once, reading
from tests.cast import SYSTEM, Cast
from tests.mail_server import KEEP_AND_CLOSE, MailServer, sending_to, usual
from tests.mails import later, mails, queue, states, tries

Superuser = psycopg.Connection[tuple[object, ...]]
ADDRESS = "planning@jst.example"
DAY = timedelta(days=1)


@pytest.fixture
def post(cast: Cast, settings: Settings) -> Iterator[MailServer]:
    with sending_to(settings) as post:
        yield post


def sent(number: int = 1, **more: object) -> list[OutboxMail]:
    """Mails to one address, which have left."""
    numbers = queue(number, **({"address": ADDRESS} | more))
    alerts.send_due()
    return [mail for mail in mails() if mail.pk in numbers]


def report(mail: OutboxMail, what: CameBack = CameBack.BOUNCED, at: datetime | None = None, **more: str) -> Report:
    return Report(mail.key[:32], what, at or timezone.now(), **more)


def take(*reports: Report) -> int:
    return alerts.take_reports(reports, now=timezone.now())


def in_force() -> list[tuple[str, str]]:
    with reading():
        rows = SuppressedAddress.objects.filter(lifted_at=None).order_by("pk")
        return [(row.address, row.why) for row in rows]


def can_be_reached(*addresses: str) -> set[str]:
    with access.following():
        return reachable(addresses)


def test_a_bounce_is_kept_with_its_mail_once_and_the_next_mail_to_the_address_is_cancelled(post: MailServer) -> None:
    [mail] = sent(agency_id="JST")
    for _ in range(3):
        assert take(report(mail, status="5.1.1", said="no such user")) == 1
    assert tries(mail.pk) == ["accepted", "bounced"]
    [row] = mails()
    assert (row.state, row.bounced_at is not None, row.shown_state) == ("sent", True, "不達")
    assert in_force() == [(ADDRESS, "bounced")]
    assert can_be_reached(ADDRESS, ADDRESS.upper(), "other@jst.example", "") == {"other@jst.example"}
    queue(1, address=ADDRESS.title())
    queue(1, address="other@jst.example")
    assert alerts.send_due() == 1
    assert [(one.state, one.reason) for one in mails()[1:]] == [("cancelled", "suppressed"), ("sent", "")]


def test_what_can_be_reached_is_one_query(post: MailServer) -> None:
    [mail] = sent()
    take(report(mail))
    with access.following():
        before = len(connection.queries_log)
        connection.force_debug_cursor = True
        try:
            reachable([f"a{number}@b.example" for number in range(50)])
        finally:
            connection.force_debug_cursor = False
        assert len(connection.queries_log) - before == 1


def test_reports_with_a_number_of_the_provider_are_known_by_it(post: MailServer) -> None:
    mail, other = sent(2)
    take(report(other, CameBack.BOUNCED_FOR_NOW))
    for event in ("1", "2", "1", "3"):
        take(report(mail, CameBack.BOUNCED_FOR_NOW, by="postmark", event=event))
    assert tries(mail.pk) == ["accepted", *["bounced_now"] * 3]
    assert in_force() == []  # of one mail they count once


def test_three_mails_that_bounce_for_now_within_seven_days_suppress_the_address_for_seven(
    post: MailServer, superuser: Superuser
) -> None:
    one, two, three = sent(3)
    now = timezone.now()
    take(report(one, CameBack.BOUNCED_FOR_NOW, now - 6 * DAY))
    take(report(two, CameBack.BOUNCED_FOR_NOW, now - 3 * DAY))
    assert in_force() == []
    take(report(three, CameBack.BOUNCED_FOR_NOW, now))
    assert in_force() == [(ADDRESS, "bounced_now")]
    with reading():
        assert SuppressedAddress.objects.get().until == now + 7 * DAY
    queue(1, address=ADDRESS)
    assert alerts.send_due() == 0
    superuser.execute("ALTER TABLE reporting_suppressedaddress DISABLE TRIGGER USER")
    superuser.execute("UPDATE reporting_suppressedaddress SET until = now() - interval '1 second'")
    queue(1, address=ADDRESS)
    assert alerts.send_due() == 1


def test_three_at_once_are_three(post: MailServer) -> None:
    addresses = [f"{number}@jst.example" for number in range(20)]
    three_each = [sent(3, address=address) for address in addresses]
    together = Barrier(3, timeout=PATIENCE)

    def one_each(number: int) -> None:
        for three in three_each:
            together.wait()
            take(report(three[number], CameBack.BOUNCED_FOR_NOW))

    all_at_once([lambda number=number: one_each(number) for number in range(3)])
    assert sorted(in_force()) == sorted((address, "bounced_now") for address in addresses)


@pytest.mark.parametrize("order", list(permutations(["delivered", "bounced", "bounced_now", "complained"])))
def test_in_whatever_order_reports_come_the_end_is_the_same(post: MailServer, order: list[str]) -> None:
    [mail] = sent()
    for what in order:
        take(report(mail, CameBack(what)))
    [row] = mails()
    assert (row.delivered_at is not None, row.bounced_at is not None, row.shown_state) == (True, True, "不達")
    assert sorted(in_force()) == [(ADDRESS, "bounced"), (ADDRESS, "complained")]


def test_who_has_complained_is_sent_no_digests_and_everything_else(post: MailServer) -> None:
    [mail] = sent()
    take(report(mail, CameBack.COMPLAINED))
    assert can_be_reached(ADDRESS) == {ADDRESS}
    queue(1, address=ADDRESS, digest=True)
    queue(1, address=ADDRESS, kind="lag")
    assert alerts.send_due() == 1
    assert states() == ["sent", "cancelled", "sent"]


def test_a_bounce_for_good_takes_the_place_of_one_for_now(post: MailServer) -> None:
    *three, last = sent(4)
    take(*[report(mail, CameBack.BOUNCED_FOR_NOW) for mail in three])
    take(report(last))
    assert in_force() == [(ADDRESS, "bounced")]


def test_lifted_the_address_is_written_to_and_what_was_sent_before_counts_no_more(post: MailServer, cast: Cast) -> None:
    one, two, three = sent(3)
    take(report(one))
    with reading():
        [row] = SuppressedAddress.objects.all()
    lift_suppression(actor=cast.misao, suppression=row.pk)
    take(report(two), *[report(mail, CameBack.BOUNCED_FOR_NOW, status=f"4.0.{mail.pk}") for mail in (one, two, three)])
    assert in_force() == []
    [new] = sent()
    assert new.state == "sent"
    take(report(new, CameBack.BOUNCED_FOR_NOW))
    assert in_force() == []
    take(report(new))
    assert in_force() == [(ADDRESS, "bounced")]


# --- what is reported of a mail in doubt ---


@pytest.mark.parametrize("what", ["delivered", "bounced"])
def test_a_report_on_a_mail_in_doubt_ends_the_doubt(post: MailServer, what: str) -> None:
    post.says("dot", KEEP_AND_CLOSE)
    [mandatory] = sent(mandatory=True)
    post.behaviour = usual
    assert (mandatory.state, mandatory.doubts) == ("queued", 1)  # to be sent once more
    take(report(mandatory, CameBack(what)))
    later()
    assert alerts.send_due() == 0
    assert (states(), len(post.mails)) == (["sent"], 1)


# --- what the server says at once ---


def test_an_address_that_is_refused_at_once_has_bounced(post: MailServer) -> None:
    post.says("RCPT", "550 5.1.1 <planning@jst.example>: no such user")
    [mail] = sent()
    assert mail.state == "failed"
    assert in_force() == [(ADDRESS, "bounced")]
    post.behaviour = usual
    queue(1, address=ADDRESS)
    assert alerts.send_due() == 0


@pytest.mark.parametrize(
    ("step", "answer"),
    [
        ("RCPT", "550 no"),
        ("RCPT", "550 5.7.1 not from you"),
        ("RCPT", "450 4.1.1 not now"),
        ("RCPT", "550 5.1.8 your domain is none"),
        ("DATA", "550 5.1.1 too late"),
        ("dot", "550 5.1.1 too late"),
    ],
)
def test_no_other_refusal_suppresses_anything(post: MailServer, step: str, answer: str) -> None:
    post.says(step, answer)
    sent()
    assert in_force() == []


# --- who may say so ---


def test_a_report_on_no_mail_of_ours_or_on_one_that_never_left_changes_nothing(post: MailServer) -> None:
    [waits] = queue(1, address=ADDRESS)
    [row] = mails()
    assert (
        take(report(row), Report("0" * 32, CameBack.BOUNCED, timezone.now()), Report("", CameBack.BOUNCED, row.due_at))
        == 0
    )
    assert (tries(waits), in_force()) == ([], [])


def test_the_address_is_one_the_mail_went_to_whatever_is_reported(post: MailServer) -> None:
    one, two = sent(2)
    take(report(one, recipient="victim@jst.example"))
    assert in_force() == [(ADDRESS, "bounced")]
    take(report(two, recipient=ADDRESS.upper()))
    assert in_force() == [(ADDRESS, "bounced")]


def test_a_time_that_is_still_to_come_is_now(post: MailServer) -> None:
    three = sent(3)
    take(*[report(mail, CameBack.BOUNCED_FOR_NOW, timezone.now() + 3000 * DAY) for mail in three])
    with reading():
        assert SuppressedAddress.objects.get().until < timezone.now() + 8 * DAY


# --- what operators are told of ---


def test_only_addresses_that_somebody_has_are_told_of(post: MailServer) -> None:
    with reading():
        unit = Unit.objects.get(code="planning", agency="JST")
    with access.acting(SYSTEM):
        Unit.objects.filter(pk=unit.pk).update(email=ADDRESS.title())
    mail, other = sent(), sent(address="somebody@b.example")
    take(report(mail[0], said="no such user"), report(other[0]))
    with access.following():
        assert unreachable_addresses() == {f"address:{ADDRESS}": f"{ADDRESS}: no such user"}
    with access.acting(SYSTEM):
        Unit.objects.filter(pk=unit.pk).update(email="new@jst.example")
    with access.following():
        assert unreachable_addresses() == {}


def test_a_suppression_is_only_ever_closed(post: MailServer, superuser: Superuser) -> None:
    [mail] = sent()
    take(report(mail))
    for change in ("DELETE FROM", "UPDATE"):
        rest = "" if change == "DELETE FROM" else " SET address = 'x@y.example'"
        with pytest.raises(psycopg.errors.RaiseException):
            superuser.execute(f"{change} reporting_suppressedaddress{rest}".encode())
        superuser.rollback()
    with pytest.raises(DatabaseError), access.acting(SYSTEM):
        SuppressedAddress.objects.update(until=timezone.now())
    assert in_force() == [(ADDRESS, "bounced")]


def test_at_most_one_is_in_force_whatever_the_code_does(post: MailServer) -> None:
    [mail] = sent()
    row = {"address": ADDRESS, "mail": mail, "why": "bounced"}
    with access.following():
        SuppressedAddress.objects.create(**row)
    with pytest.raises(DatabaseError), access.following():
        SuppressedAddress.objects.create(**row | {"why": "bounced_now"})


def test_what_strangers_write_is_kept_within_bounds(post: MailServer) -> None:
    [mail] = sent()
    take(report(mail, said="x" * 100_000, by="y" * 1000, event="z" * 1000))
    assert len(mails()) == 1
    with reading():
        assert len(SuppressedAddress.objects.get().said) <= 2000

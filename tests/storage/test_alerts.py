"""Lag becomes one alert and one mail to who is responsible."""

from collections.abc import Iterator
from datetime import date, datetime
from email import message_from_string, policy
from typing import Any

import psycopg
import pytest
from django.db import IntegrityError
from pytest_django import Settings

from agencies import access
from agencies.models import Unit
from reporting import alerts
from reporting.commands.deadlines import add_holiday
from reporting.commands.judge import judge
from reporting.models import Alert, OutboxMail
from reporting.tasks import catch_up_rollups, look_now
from tests.acts import all_at_once, at, put_in_force, reading
from tests.alerting import NOW, history, pass_days, rows, told
from tests.alerting import judged as found
from tests.cast import SYSTEM, Cast
from tests.mail_server import MailServer, sending_to

Superuser = psycopg.Connection[tuple[Any, ...]]


@pytest.fixture
def post(settings: Settings) -> Iterator[MailServer]:
    with sending_to(settings) as post:
        yield post


def follow(now: datetime = NOW) -> None:
    """The follower, and a round."""
    pass_days(now)


def judged(cls: str, previous: str | None = None, *, now: datetime = NOW, **more: Any) -> None:
    found(cls, previous, now=now, **more)
    follow(now)


def mails() -> list[OutboxMail]:
    with reading():
        return list(OutboxMail.objects.order_by("pk"))


def test_from_reports_to_the_mailbox_of_the_ministry_responsible(cast: Cast, post: MailServer) -> None:
    put_in_force(cast.ichiro, cast.taro, "JSPS.P1.A1", "FY2026", {"IND-02": "5,000"})
    put_in_force(cast.ichiro, cast.hanako, "JST.P1.A1", "FY2026", {"IND-02": "2,000"})
    catch_up_rollups()
    judge(now=NOW, indicators=["IND-02"])
    follow()
    [alert] = rows()
    assert (alert.severity, alert.responsible_id, alert.agency_id) == ("off_track", "MEXT", None)
    assert alerts.send_due() == 2
    # Both units of MEXT, and neither JST nor JSPS, whose figures these are.
    assert post.recipients() == ["policy@mext.example", "research@mext.example"]
    with access.reading(cast.jiro):
        assert {mail.state for mail in OutboxMail.objects.all()} == {"sent"}


def test_the_mail_speaks_japanese_and_names_no_contributors_figure(cast: Cast, post: MailServer) -> None:
    judged("off_track")
    alerts.send_due()
    message = message_from_string(post.mails[0][1], policy=policy.default)
    [mail] = [m for m in mails() if m.address == post.mails[0][0]]
    assert message["Message-ID"] == f"<{mail.key[:32]}@shinchoku.example>"
    assert f"\nMessage-ID: <{mail.key[:32]}@" in post.mails[0][1]  # on one line
    assert message["Auto-Submitted"] == "auto-generated"
    assert message["Subject"].strip() == mail.subject
    assert "挑戦的研究課題件数" in mail.subject
    body = message.get_body(("plain",)).get_content()
    assert "7,000" in body
    assert "JSPS" not in body
    assert f"/admin/alerts/{mail.alert_id}/" in body


@pytest.mark.parametrize(
    ("when", "too_early", "goes"),
    [
        ("2026-12-25 18:30", "2026-12-28 08:59", "2026-12-28 09:00"),
        ("2026-12-28 18:30", "2027-01-04 08:59", "2027-01-04 09:00"),
        ("2026-12-25 10:00", None, "2026-12-25 10:00"),
    ],
)
def test_what_is_found_at_night_or_on_a_holiday_is_told_when_the_offices_open(
    cast: Cast, post: MailServer, when: str, too_early: str | None, goes: str
) -> None:
    found("off_track", now=at(when))
    if too_early:
        assert (pass_days(at(when)), pass_days(at(too_early))) == (0, 0)
    assert (pass_days(at(goes)), alerts.send_due()) == (2, 2)


def test_a_day_added_to_the_holidays_is_one(cast: Cast, post: MailServer) -> None:
    add_holiday(actor=cast.misao, day=date(2027, 7, 1), reason="臨時閉庁", now=at("2027-06-01 10:00"))
    judged("off_track")
    assert alerts.send_due() == 0


def test_what_is_well_again_before_the_offices_open_is_not_told_at_all(cast: Cast, post: MailServer) -> None:
    judged("off_track", now=at("2027-07-01 20:00"))
    judged("on_track", "off_track", now=at("2027-07-01 21:00"))
    assert pass_days(at("2027-07-02 09:00")) == 0
    assert mails() == []
    assert told() == [("fired", "over")] * 2 + [("resolved", "untold")] * 2


def test_what_is_well_again_before_its_mail_leaves_is_cancelled(cast: Cast, post: MailServer) -> None:
    judged("off_track")
    found("on_track", "off_track")
    assert alerts.send_due() == 0
    assert {(mail.state, mail.reason) for mail in mails()} == {("cancelled", "resolved")}
    assert told() == [("fired", "over")] * 2 + [("resolved", "waiting")] * 2


def test_of_what_is_told_together_the_rest_is_told_when_one_is_well_again(cast: Cast, post: MailServer) -> None:
    found("off_track")
    judged("at_risk", indicator="IND-03")
    found("on_track", "off_track")
    assert alerts.send_due() == 0
    assert {(mail.state, mail.reason) for mail in mails()} == {("cancelled", "superseded")}
    assert (pass_days(NOW), alerts.send_due()) == (2, 2)
    links = [f"/admin/alerts/{row.pk}/" for row in rows()]
    assert [[link in mail.body for link in links] for mail in mails() if mail.state == "sent"] == [[False, True]] * 2


def test_one_alert_is_open_per_thing_and_the_database_sees_to_it(cast: Cast) -> None:
    judged("at_risk")
    [alert] = rows()
    alert.pk = None
    with pytest.raises(IntegrityError, match="one_open_alert_per_thing"), access.following():
        alert.save(force_insert=True)


def test_a_mail_is_written_only_when_it_gets_worse(cast: Cast) -> None:
    judged("at_risk")
    assert len(mails()) == 2  # one for each unit of MEXT
    judged("off_track", "at_risk", now=at("2027-07-02 10:00"))
    assert (len(rows()), len(mails())) == (1, 4)
    judged("at_risk", "off_track", now=at("2027-07-05 10:00"))  # better, though not well
    assert (rows()[0].severity, rows()[0].resolved_at, len(mails())) == ("at_risk", None, 4)
    judged("off_track", "at_risk", now=at("2027-07-06 10:00"))
    assert len(mails()) == 6


def test_only_a_good_standing_resolves_an_alert(cast: Cast) -> None:
    judged("off_track")
    judged("unknown", "off_track")
    assert rows()[0].resolved_at is None
    judged("on_track", "unknown", now=at("2028-07-03 10:00"))
    assert rows()[0].resolved_at == at("2028-07-03 10:00")


@pytest.mark.parametrize("cls", ["on_track", "achieved", "unknown", "not_started"])
def test_what_is_no_lag_is_no_alert(cast: Cast, cls: str) -> None:
    judged(cls)
    assert (rows(), mails()) == ([], [])


def test_lag_behind_an_agencys_own_target_goes_to_that_agency(cast: Cast) -> None:
    judged("off_track", agency="JST")
    assert [(m.address, m.agency_id) for m in mails()] == [("planning@jst.example", "JST")]
    with access.reading(cast.taro):
        assert not Alert.objects.exists()


def test_reading_the_log_again_writes_no_second_alert_and_no_second_mail(cast: Cast, superuser: Superuser) -> None:
    for cls, previous in (
        ("at_risk", None),
        ("off_track", "at_risk"),
        ("on_track", "off_track"),
        ("at_risk", "on_track"),
    ):
        judged(cls, previous)

    def everything() -> list[Any]:
        return [[vars(alert) | {"_state": None} for alert in rows()], mails(), told(), history()]

    before = everything()
    assert [len(each) for each in before] == [1, 2, 8, 4]
    superuser.execute("UPDATE reporting_follower SET position = 0 WHERE name = 'alerts'")
    follow()
    assert everything() == before


def test_a_unit_without_an_address_is_left_out(cast: Cast) -> None:
    with access.acting(SYSTEM):
        Unit.objects.filter(agency="MEXT", code="research").update(email="")
    judged("off_track")
    assert [m.address for m in mails()] == ["policy@mext.example"]


def test_look_now_does_everything_and_twice_changes_nothing(cast: Cast, post: MailServer, settings: Settings) -> None:
    settings.BUSINESS_CLOCK = NOW
    put_in_force(cast.ichiro, cast.taro, "JSPS.P1.A1", "FY2026", {"IND-02": "5,000"})
    put_in_force(cast.ichiro, cast.hanako, "JST.P1.A1", "FY2026", {"IND-02": "2,000"})
    look_now()
    assert [alert.indicator_id for alert in rows()] == ["IND-02"]
    sent, head = post.recipients(), len(post.mails)
    told = ["planning@jst.example", "programmes@jsps.example", "review@cao.example", "second-review@cao.example"]
    assert sent == sorted(["policy@mext.example", "research@mext.example", *told])
    look_now()
    all_at_once([look_now] * 3)
    assert len(post.mails) == head
    assert len(rows()) == 1

"""What comes back of a mail, by a provider's webhook or a mail server's notification, to who can act on it."""

import hashlib
import hmac
import json
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from pytest_django import Settings

from agencies import access
from agencies.models import Unit
from reporting import alerts
from reporting.models import Finding, MailAttempt, OutboxMail, SuppressedAddress
from reporting.tasks import look_for_stuck_work, look_now
from tests.acts import reading
from tests.cast import SYSTEM
from tests.databases import RUN_TIME_URL, address
from tests.journeys.conftest import Browser
from tests.journeys.test_api import Machine
from tests.mails import mails, queue, states, tries
from tests.provider import SECRET, Provider, event, notification, report, sending_by

ROOT = Path(__file__).resolve().parents[2]
ADDRESS = "planning@jst.example"


@pytest.fixture
def provider(cast: object, settings: Settings, monkeypatch: pytest.MonkeyPatch) -> Iterator[Provider]:
    with reading():
        unit = Unit.objects.get(code="planning", agency="JST")
    with access.acting(SYSTEM):
        Unit.objects.filter(pk=unit.pk).update(email=ADDRESS)
    with sending_by(settings, monkeypatch) as provider:
        yield provider


def sent(**more: Any) -> OutboxMail:
    """A mail to JST's planning unit, which has left."""
    with reading():
        unit = Unit.objects.get(code="planning", agency="JST")
    [number] = queue(unit=unit, agency_id="JST", **more)
    alerts.send_due()
    return next(mail for mail in mails() if mail.pk == number)


def suppressed() -> list[tuple[str, str]]:
    with reading():
        return list(SuppressedAddress.objects.filter(lifted_at=None).order_by("pk").values_list("address", "why"))


def everything() -> tuple[int, int, list[str]]:
    with reading():
        return MailAttempt.objects.count(), SuppressedAddress.objects.count(), states()


# --- from the provider to the operator, and back ---


def test_a_bounce_is_told_to_operators_the_next_mail_is_cancelled_and_lifted_it_goes_again(
    provider: Provider, sign_in: type[Browser]
) -> None:
    mail, misao = sent(), sign_in("misao")
    assert report(event(mail)) == 200
    look_for_stuck_work()
    look_for_stuck_work()
    look_now()
    [told] = [row for row in mails() if row.kind == "finding"]
    assert (told.subject, told.state) == ("【進捗】届かない宛先があります", "sent")
    assert f"{ADDRESS}: smtp;550 5.1.1 no such user" in told.body
    assert "/admin/mails/addresses/" in told.body
    assert "take no mail" in told.body
    page = misao.get(f"/admin/mails/{mail.pk}/").content.decode()
    assert "不達" in page
    assert "550 5.1.1 no such user" in page
    assert "不達" in misao.get("/admin/reporting/outboxmail/").content.decode()
    assert str(mail) in misao.get("/admin/reporting/outboxmail/?bounced_at__isempty=0").content.decode()
    next_one = sent()
    assert (next_one.state, next_one.reason) == ("cancelled", "suppressed")
    assert "宛先がメールを受け取らない" in misao.get(f"/admin/mails/{next_one.pk}/").content.decode()
    page = misao.get("/admin/mails/addresses/").content.decode()
    assert ADDRESS in page
    assert "送信を再開する" in page
    with reading():
        [row] = SuppressedAddress.objects.all()
    assert misao.post("/admin/mails/addresses/", {"lift": row.pk}).status_code == 302
    again = misao.post("/admin/mails/addresses/", {"lift": row.pk})
    assert again.status_code == 409
    assert "既に再開されています" in again.content.decode()
    assert sent().state == "sent"
    look_for_stuck_work()
    with reading():
        assert not Finding.objects.filter(kind="mail", resolved_at=None).exists()
    page = misao.get("/admin/mails/addresses/").content.decode()
    assert "misao" in page
    assert "送信を停止している宛先はありません" in page


def test_another_address_is_written_to_at_once(provider: Provider) -> None:
    report(event(sent()))
    with access.acting(SYSTEM):
        Unit.objects.filter(email=ADDRESS).update(email="new@jst.example")
    with reading():
        unit = Unit.objects.get(email="new@jst.example")
    queue(unit=unit, agency_id="JST")
    assert alerts.send_due() == 1
    assert provider.mails[-1]["To"] == "new@jst.example"


def test_when_it_is_the_operators_own_address_the_page_and_who_else_is_told_say_so(
    provider: Provider, sign_in: type[Browser]
) -> None:
    with access.acting(SYSTEM):
        Unit.objects.filter(memberships__role="operator").update(email="systems@cao.example")
    with reading():
        unit = Unit.objects.get(email="systems@cao.example")
    [mail] = queue(unit=unit, agency_id="CAO", kind="finding")
    alerts.send_due()
    report(event(mails()[0]))
    look_for_stuck_work()
    look_now()
    [told] = [row for row in mails() if row.pk != mail]
    assert (told.state, told.reason) == ("cancelled", "suppressed")
    assert "systems@cao.example は運用担当への連絡先です" in told.body
    assert "障害の知らせもここには届きません" in sign_in("misao").get("/admin/mails/addresses/").content.decode()
    assert "滞留中の処理: 1" in sign_in("misao").get("/admin/reporting/report/").content.decode()


@pytest.mark.parametrize("name", ["ichiro", "fumiko", "kyoko", "hanako", "jiro"])
def test_nobody_but_operators_lifts(provider: Provider, sign_in: type[Browser], name: str) -> None:
    report(event(sent()))
    with reading():
        [row] = SuppressedAddress.objects.all()
    assert sign_in(name).post("/admin/mails/addresses/", {"lift": row.pk}).status_code == 403
    assert Machine(name).post(f"/addresses/{row.pk}/lift/", {}).status_code == 403
    assert suppressed() == [(ADDRESS, "bounced")]


def test_looking_changes_nothing_and_what_is_not_there_is_not_found(provider: Provider, sign_in: type[Browser]) -> None:
    report(event(sent()))
    with reading():
        [row] = SuppressedAddress.objects.all()
    misao = sign_in("misao")
    assert misao.get(f"/admin/mails/addresses/?lift={row.pk}").status_code == 200
    for odd in ("", "x", "987654", "-1", "９", "1" * 30):
        assert misao.post("/admin/mails/addresses/", {"lift": odd}).status_code == 404
    assert suppressed() == [(ADDRESS, "bounced")]


def test_the_same_by_machine(provider: Provider) -> None:
    mail, misao, fumiko = sent(), Machine("misao"), Machine("fumiko")
    report(event(mail))
    told = fumiko.get(f"/mails/{mail.pk}/").json()
    assert told["bounced_at"]
    assert [one["ended"] for one in told["tries"]] == ["accepted", "bounced"]
    [row] = fumiko.get("/addresses/").json()
    assert (row["address"], row["why"], row["mail"], row["until"]) == (ADDRESS, "bounced", mail.pk, None)
    assert misao.post(f"/addresses/{row['id']}/lift/", {}, key="k" * 36).json() == {"lifted": row["id"]}
    assert misao.post(f"/addresses/{row['id']}/lift/", {}, key="k" * 36).json() == {"lifted": row["id"]}
    again = misao.post(f"/addresses/{row['id']}/lift/", {})
    assert (again.status_code, again.json()["code"]) == (409, "address_not_suppressed")
    assert misao.post("/addresses/987654/lift/", {}).status_code == 404
    assert fumiko.get("/addresses/").json() == []


@pytest.mark.parametrize("language", ["ja", "en"])
def test_the_page_is_in_one_language(provider: Provider, sign_in: type[Browser], language: str) -> None:
    report(event(sent()))
    misao = sign_in("misao")
    misao.post("/language/setlang/", {"language": language, "next": "/"})
    page = misao.get("/admin/mails/addresses/").content.decode()
    shown = page[page.index('<div class="sh">') :]
    for english, japanese in (("Write to it again", "送信を再開する"), ("until it is lifted", "解除されるまで")):
        assert (english in shown, japanese in shown) == ((language == "en"), (language == "ja"))


# --- who is believed ---


def test_who_does_not_know_the_password_changes_nothing(provider: Provider) -> None:
    bounce, before = event(sent()), everything()
    assert report(bounce, None) == 401
    assert report(bounce, "reports:another-long-password") == 403
    assert report(bounce, "") == 403
    assert everything() == before


def test_without_a_password_of_its_own_or_a_provider_there_is_no_such_page(
    provider: Provider, settings: Settings
) -> None:
    bounce, before = event(sent()), everything()
    assert report(bounce, provider="mailgun") == 404
    with_secret, settings.ANYMAIL = settings.ANYMAIL, settings.ANYMAIL | {"WEBHOOK_SECRET": ""}
    assert report(bounce) == 404
    settings.ANYMAIL, settings.EMAIL_BACKEND = with_secret, "django.core.mail.backends.smtp.EmailBackend"
    assert report(bounce) == 404
    assert report(bounce, provider="../admin") == 404
    assert everything() == before


def test_a_provider_s_signature_is_checked_as_well(provider: Provider, settings: Settings) -> None:
    mail = sent()
    settings.EMAIL_BACKEND = "anymail.backends.mailgun.EmailBackend"
    settings.ANYMAIL = {"WEBHOOK_SECRET": SECRET, "MAILGUN_WEBHOOK_SIGNING_KEY": "key", "MAILGUN_API_KEY": "other"}
    before = everything()
    assert report(mailgun(mail, "0" * 64), provider="mailgun") == 403
    assert report({"signature": {"token": "字", "timestamp": 1, "signature": 2}}, provider="mailgun") in (400, 403)
    assert everything() == before
    assert report(mailgun(mail, signed("t", "1775001600")), provider="mailgun") == 200
    assert suppressed() == [(ADDRESS, "bounced")]


def signed(token: str, timestamp: str) -> str:
    return hmac.new(b"key", f"{timestamp}{token}".encode(), hashlib.sha256).hexdigest()


def mailgun(mail: OutboxMail, signature: str) -> dict[str, Any]:
    """As Mailgun words it, which knows the Message-ID and not our name for it."""
    return {
        "signature": {"token": "t", "timestamp": "1775001600", "signature": signature},
        "event-data": {
            "event": "failed", "severity": "permanent", "timestamp": 1775001600.5, "recipient": mail.address,
            "message": {"headers": {"message-id": f"{mail.key[:32]}@shinchoku.example"}},
            "delivery-status": {"code": 550, "message": "5.1.1 no such user"}, "reason": "bounce",
        },
    }  # fmt: skip


def test_a_provider_that_is_not_set_up_whole_is_asked_to_come_again(provider: Provider, settings: Settings) -> None:
    settings.EMAIL_BACKEND = "anymail.backends.mailgun.EmailBackend"
    settings.ANYMAIL = {"WEBHOOK_SECRET": SECRET}
    assert report({}, provider="mailgun") == 503


# --- whatever it is, and however often ---


def test_a_report_that_comes_twice_counts_once(provider: Provider) -> None:
    mail = sent()
    for _ in range(3):
        assert report(event(mail, "Delivery")) == 200
        assert report(event(mail)) == 200
    assert tries(mail.pk) == ["accepted", "delivered", "bounced"]
    assert suppressed() == [(ADDRESS, "bounced")]


@pytest.mark.parametrize(
    ("more", "ended"),
    [
        ({"Type": "SoftBounce", "Details": "smtp;452 4.2.2 over quota"}, ["bounced_now"]),
        ({"Type": "Blocked", "Details": "550 5.7.1 spam"}, ["bounced_now"]),
        ({"Type": "BadEmailAddress"}, ["bounced"]),
        ({"Type": "Transient"}, []),
        ({"Type": "AutoResponder"}, []),
        ({"Type": "Unknown"}, []),
        ({"Details": None}, ["bounced_now"]),
    ],
)
def test_each_kind_of_bounce_is_what_it_is(provider: Provider, more: dict[str, Any], ended: list[str]) -> None:
    mail = sent()
    assert report(event(mail, **more)) == 200
    assert tries(mail.pk)[1:] == ended


def test_who_complains_is_sent_no_digests(provider: Provider) -> None:
    mail = sent()
    assert report(event(mail, "SpamComplaint")) == 200
    assert suppressed() == [(ADDRESS, "complained")]
    assert (sent(digest=True).state, sent().state) == ("cancelled", "sent")


HOSTILE: dict[str, Any] = {
    "ten megabytes": b"{" + b" " * 10_000_000 + b"}",
    "nothing": b"",
    "no JSON": b"{",
    "another encoding": '{"RecordType": "配"}'.encode("shift_jis"),
    "a list": [],
    "a number": 1,
    "null": None,
    "deep": b"[" * 100_000,
    "numbers for texts": {"RecordType": 1, "MessageID": 2, "Email": 3, "Metadata": 4},
    "lists for texts": {"RecordType": "Bounce", "Type": [], "ID": {}, "Metadata": []},
    "a time that is none": {"RecordType": "Delivery", "DeliveredAt": 5},
    "an inbound mail": {"FromFull": {}, "RecordType": "Inbound"},
}


@pytest.mark.parametrize("what", HOSTILE)
def test_a_body_that_is_no_report_is_no_report_and_changes_nothing(provider: Provider, what: str) -> None:
    sent()
    before = everything()
    assert report(HOSTILE[what]) in (200, 400, 413)
    assert everything() == before


@pytest.mark.parametrize(
    "more",
    [
        {"Details": "\x00\ud800" + "x" * 100_000, "ID": "\x00" * 5000},
        {"Email": "\x00@\ud800"},
        {"Email": {"a": 1}, "Details": ["5.1.1"]},
        {"BouncedAt": "9999-12-31T23:59:59Z"},
        {"BouncedAt": "2026-04-01T09:00:00"},
        {"BouncedAt": "yesterday"},
    ],
)
def test_odd_words_in_a_report_break_nothing(provider: Provider, more: dict[str, Any]) -> None:
    mail = sent()
    assert report(json.dumps(event(mail, **more)).encode()) == 200
    assert len(tries(mail.pk)) == 2


def test_reports_on_mails_that_are_none_of_ours_are_taken_and_forgotten(provider: Provider) -> None:
    mail = sent()
    before = everything()
    for metadata in ({}, {"mail": "x"}, {"mail": "0" * 32 + "@shinchoku.example"}, {"mail": "%"}, None):
        assert report(event(mail, Metadata=metadata)) in (200, 400)
    assert everything() == before


# --- by mail ---


def piped(raw: bytes, database: str) -> tuple[int, str, str]:
    """As a mail server runs the command. Its exit code, and what it said."""
    environment = os.environ | {RUN_TIME_URL: address(RUN_TIME_URL, database)}
    command = [sys.executable, "manage.py", "take_bounce"]
    done = subprocess.run(command, cwd=ROOT, input=raw, env=environment, capture_output=True, check=False)
    return done.returncode, done.stdout.decode(), done.stderr.decode()


def test_a_notification_that_a_mail_server_returns_is_taken_in_once(provider: Provider, database: str) -> None:
    mail = sent()
    for headers_only in (False, True):
        code, said, error = piped(notification(mail, headers_only=headers_only), database)
        assert (code, said) == (0, "1 taken in\n"), error
    assert tries(mail.pk) == ["accepted", "bounced"]
    assert suppressed() == [(ADDRESS, "bounced")]


def test_what_a_stranger_sends_there_changes_nothing_and_the_exit_code_says_so(
    provider: Provider, database: str
) -> None:
    mail = sent()
    before = everything()
    unknown = notification(mail).replace(mail.key[:32].encode(), b"0" * 32)
    for raw in (b"", b"\xff" * 10_000_000, b"Subject: x\n\nx", unknown):
        code, _, error = piped(raw, database)
        assert (code, "nothing was changed" in error, "Traceback" in error) == (65, True, False), error
    assert everything() == before


def test_without_the_database_the_mail_server_is_asked_to_come_again(provider: Provider) -> None:
    code, _, error = piped(notification(sent()), "nowhere")
    assert (code, "Traceback" in error) == (75, False), error

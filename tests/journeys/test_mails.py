"""Operators see each mail that may not have arrived, what was tried with it, and say what becomes of it."""

from collections.abc import Iterator

import psycopg
import pytest
from pytest_django import Settings

from agencies import access
from reporting import alerts
from reporting.commands.delivery import decide_about_mail
from reporting.domain.delivery import Decision
from reporting.domain.errors import NotAllowed
from reporting.models import Finding, MailSender
from reporting.tasks import look_for_stuck_work, look_now
from tests.acts import at, reading
from tests.cast import Cast
from tests.journeys.conftest import Browser
from tests.journeys.test_api import Machine
from tests.mail_server import KEEP_AND_CLOSE, MailServer, sending_to, usual
from tests.mails import later, mails, queue, states, tries

Superuser = psycopg.Connection[tuple[object, ...]]


@pytest.fixture
def smtp(cast: Cast, settings: Settings) -> Iterator[MailServer]:
    with sending_to(settings) as server:
        yield server


def in_doubt(smtp: MailServer, **more: object) -> int:
    [mail] = queue(**more)
    smtp.says("dot", KEEP_AND_CLOSE)
    alerts.send_due()
    smtp.behaviour = usual
    return mail


def findings() -> list[str]:
    with reading():
        return list(Finding.objects.filter(kind="mail", resolved_at=None).order_by("pk").values_list("key", flat=True))


def test_a_mail_in_doubt_is_told_within_the_minute_once_and_is_on_every_page_of_who_sees_the_log(
    smtp: MailServer, sign_in: type[Browser]
) -> None:
    mail = in_doubt(smtp)
    for _ in range(2):
        look_for_stuck_work()  # each minute
        look_now()
    assert findings() == [str(mail)]
    [told] = [row for row in mails() if row.kind == "finding"]
    assert (told.subject, told.state) == ("【進捗】届いていない可能性のあるメールがあります", "sent")
    assert "to-0@a.example" in told.body
    assert "滞留中の処理: 1" in sign_in("misao").get("/admin/reporting/report/").content.decode()


def test_when_the_mail_that_was_to_tell_of_it_fails_too_the_page_has_both_and_no_third_is_written(
    smtp: MailServer, sign_in: type[Browser]
) -> None:
    smtp.says("RCPT", "550 nobody here")
    queue()
    for _ in range(4):
        look_now()
        look_for_stuck_work()
        later()
    assert states() == ["failed", "failed"]
    assert len(findings()) == 2
    assert "滞留中の処理: 2" in sign_in("misao").get("/admin/reporting/report/").content.decode()


def test_what_the_server_said_at_each_try_is_on_the_mails_page(smtp: MailServer, sign_in: type[Browser]) -> None:
    [mail] = queue()
    smtp.says("RCPT", "451 greylisted, come back")
    alerts.send_due()
    later()
    smtp.says("RCPT", "550 no such mailbox")
    alerts.send_due()
    page = sign_in("fumiko").get(f"/admin/mails/{mail}/").content.decode()
    assert page.index("451 greylisted, come back") < page.rindex("550 no such mailbox")
    assert page.index("一時的に拒否") < page.index("恒久的に拒否")
    assert "送信失敗" in page
    assert 'name="do"' not in page  # an auditor decides nothing


def test_an_operator_sends_a_mail_in_doubt_again_when_sure(smtp: MailServer, sign_in: type[Browser]) -> None:
    mail, misao = in_doubt(smtp), sign_in("misao")
    answer = misao.post(f"/admin/mails/{mail}/", {"do": "again"})
    assert answer.status_code == 400
    assert "既に届いている可能性があります" in answer.content.decode()
    assert states() == ["uncertain"]
    assert misao.post(f"/admin/mails/{mail}/", {"do": "again", "sure": "on"}).status_code == 302
    assert alerts.send_due() == 1
    assert tries(mail) == ["in_doubt", "again", "accepted"]
    first, second = smtp.ids()
    assert first == second
    look_for_stuck_work()
    assert findings() == []
    page = misao.get(f"/admin/mails/{mail}/").content.decode()
    assert "misao" in page
    assert "再送を指示" in page


def test_an_operator_who_asked_says_that_a_mail_has_arrived(smtp: MailServer, sign_in: type[Browser]) -> None:
    mail, misao = in_doubt(smtp), sign_in("misao")
    misao.post(f"/admin/mails/{mail}/", {"do": "arrived"})
    assert (states(), tries(mail)) == (["sent"], ["in_doubt", "arrived"])
    [row] = mails()
    assert row.sent_at == row.handed_over_at
    answer = misao.post(f"/admin/mails/{mail}/", {"do": "again", "sure": "on"})
    assert answer.status_code == 409
    assert "決めることはもうありません" in answer.content.decode()
    assert alerts.send_due() == 0


def test_a_failed_mail_is_sent_again_or_left(smtp: MailServer, sign_in: type[Browser]) -> None:
    misao = sign_in("misao")
    smtp.says("RCPT", "550 nobody here")
    again, left = queue(2)
    alerts.send_due()
    smtp.behaviour = usual
    assert misao.post(f"/admin/mails/{again}/", {"do": "arrived"}).status_code == 409  # it has not, provably
    misao.post(f"/admin/mails/{again}/", {"do": "again"})
    misao.post(f"/admin/mails/{left}/", {"do": "left"})
    assert alerts.send_due() == 1
    assert states() == ["sent", "cancelled"]


@pytest.mark.parametrize("name", ["ichiro", "fumiko", "kyoko", "hanako", "jiro"])
def test_nobody_but_operators_decides(smtp: MailServer, cast: Cast, sign_in: type[Browser], name: str) -> None:
    mail = in_doubt(smtp)
    assert sign_in(name).post(f"/admin/mails/{mail}/", {"do": "arrived"}).status_code == 403
    assert sign_in(name).post("/admin/mails/").status_code == 403
    assert states() == ["uncertain"]
    with pytest.raises(NotAllowed):
        decide_about_mail(actor=getattr(cast, name), mail=mail, decision=Decision.ARRIVED, now=at("2027-07-01 00:00"))


def test_looking_changes_nothing(smtp: MailServer, sign_in: type[Browser]) -> None:
    mail = in_doubt(smtp)
    for path in (f"/admin/mails/{mail}/?do=arrived", "/admin/mails/", f"/admin/reporting/outboxmail/{mail}/change/"):
        assert sign_in("misao").get(path).status_code in (200, 302)
    assert states() == ["uncertain"]
    assert sign_in("misao").get("/admin/mails/999/").status_code == 404


def test_the_delivery_log_is_narrowed_by_state_kind_agency_and_time(
    smtp: MailServer, cast: Cast, sign_in: type[Browser]
) -> None:
    queue(subject="JSTへの照会", kind="inquiry", agency_id="JST")
    queue(subject="封印の通知", kind="witness", queued_at=at("2026-01-01 09:00"))
    alerts.send_due(1)
    misao = sign_in("misao")

    def listed(**narrowed: str) -> list[bool]:
        page = misao.get("/admin/reporting/outboxmail/", narrowed).content.decode()
        return [subject in page for subject in ("JSTへの照会", "封印の通知")]

    assert listed() == [True, True]
    assert listed(state__exact="queued") == [False, True]
    assert listed(kind__exact="inquiry") == [True, False]
    assert listed(agency__code__exact="JST") == [True, False]
    assert listed(queued_at__gte="2026-06-01 00:00:00+09:00") == [True, False]


def test_mails_that_wait_for_too_long_are_told_of(smtp: MailServer, superuser: Superuser) -> None:
    queue()
    smtp.says("BANNER", "421 closed")
    alerts.send_due()
    look_for_stuck_work()
    with reading():
        assert not Finding.objects.exists()
    superuser.execute(
        "UPDATE reporting_outboxmail SET first_tried_at = now() - interval '1 hour', due_at = now() + interval '1 hour'"
    )
    look_for_stuck_work()
    with reading():
        [finding] = Finding.objects.all()
    assert (finding.kind, finding.key) == ("stuck", "mails")


# --- paused ---


def test_a_paused_sender_says_so_everywhere_and_an_operator_lets_it_go_on(
    smtp: MailServer, cast: Cast, sign_in: type[Browser]
) -> None:
    queue(2)
    assert alerts.send_due(1) == 1
    with_another_name("another/00000002/1/1")
    assert alerts.send_due() == 0
    look_for_stuck_work()
    assert findings() == ["paused"]
    assert [mail.kind for mail in mails()] == ["other", "other"]  # no mail tells of it: none would go out
    fumiko, misao = sign_in("fumiko"), sign_in("misao")
    assert "メール送信を停止中" in fumiko.get("/admin/reporting/report/").content.decode()
    assert "メールの送信を停止しています" in fumiko.get("/admin/log/").content.decode()
    page = fumiko.get("/admin/mails/").content.decode()
    assert "バックアップからの復元" in page
    assert "メールの送信を再開する" not in page
    assert "メールの送信を再開する" in misao.get("/admin/mails/").content.decode()
    assert misao.post("/admin/mails/").status_code == 302
    assert alerts.send_due() == 1
    assert misao.post("/admin/mails/").status_code == 409
    look_for_stuck_work()
    assert findings() == []
    assert "最後の再開" in misao.get("/admin/mails/").content.decode()


def with_another_name(generation: str) -> None:
    """As if this database were another than the sender knows."""
    with access.following():
        MailSender.objects.update(generation=generation)


@pytest.mark.parametrize("language", ["ja", "en"])
def test_a_mails_page_is_in_one_language(smtp: MailServer, sign_in: type[Browser], language: str) -> None:
    mail, misao = in_doubt(smtp, subject="s", body="b"), sign_in("misao")
    misao.post("/language/setlang/", {"language": language, "next": "/"})
    page = misao.get(f"/admin/mails/{mail}/").content.decode()
    shown = page[page.index('<div class="sh">') : page.index('/outboxmail/">')]
    for english, japanese in (("Send again", "再送する"), ("What was tried", "送信の経過"), ("in doubt", "到達不明")):
        assert (english in shown, japanese in shown) == ((language == "en"), (language == "ja"))


def test_the_same_by_machine(smtp: MailServer) -> None:
    mail = in_doubt(smtp, kind="inquiry")
    fumiko, misao = Machine("fumiko"), Machine("misao")
    [row] = fumiko.get("/mails/?state=uncertain&kind=inquiry").json()
    assert (row["id"], row["state"], row["address"]) == (mail, "uncertain", "to-0@a.example")
    assert fumiko.get("/mails/?state=sent").json() == []
    assert fumiko.get(f"/mails/?before={mail}").json() == []
    assert fumiko.get("/mails/?state=lost").status_code == 400
    told = fumiko.get(f"/mails/{mail}/").json()
    assert [one["ended"] for one in told["tries"]] == ["in_doubt"]
    assert told["body"].startswith("本文")
    assert fumiko.post(f"/mails/{mail}/decide/", {"decision": "arrived"}).status_code == 403
    refused = misao.post(f"/mails/{mail}/decide/", {"decision": "again"})
    assert (refused.status_code, refused.json()["code"]) == (400, "doubt_not_confirmed")
    assert misao.post(f"/mails/{mail}/decide/", {"decision": "arrived"}).status_code == 200
    assert states() == ["sent"]
    assert fumiko.get("/sending/").json()["states"]["sent"] == 1
    assert Machine("hanako").get("/mails/").status_code == 403
    with access.following():
        MailSender.objects.update(paused_at=at("2026-08-01 10:00"), reason="restored")
    assert fumiko.get("/sending/").json()["why"] == "restored"
    assert fumiko.post("/sending/resume/", {}).status_code == 403
    assert misao.post("/sending/resume/", {}).json() == {"paused": False}
    assert fumiko.get("/sending/").json()["paused"] is False

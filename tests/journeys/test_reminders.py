"""A report that is not in is asked for: on the page of every day, by mail and by machine, until it is in."""

import re
from collections.abc import Callable
from datetime import date, datetime, timedelta
from typing import Any

import pytest
from django.test import Client
from knox.models import AuthToken

from agencies import access
from agencies.models import Person, Role
from indicators.models import Assignment
from reporting import alerts, tasks
from reporting.commands.charges import put_in_charge
from reporting.commands.deadlines import extend_deadline
from reporting.models import Notice, OutboxMail
from tests.acts import all_at_once, approve, at, reading, send_back, submit
from tests.cast import SYSTEM, Cast
from tests.departments import person
from tests.journeys.conftest import Browser, Post

SetClock = Callable[[datetime], None]
P1, Q1 = "JST.P1.A1", "FY2026Q1"
SECOND, LATE = at("2026-08-12 10:00"), at("2026-08-18 10:00")
PAGE = f"/admin/reports/{P1}/{Q1}/"


@pytest.fixture
def one_report(cast: Cast) -> str:
    """Of JST's reports of FY2026Q1 only one is Kenji's; the others are Hanako's. Gives Kenji's address."""
    kenji = person("kenji", "JST", "research", Role.REPORTER)
    put_in_charge(actor=cast.hanako, people={P1: kenji.person_id}, now=at("2026-07-01 10:00"))
    others = _others(cast)
    put_in_charge(actor=cast.hanako, people=dict.fromkeys(others, cast.hanako.person_id), now=at("2026-07-01 10:00"))
    with access.acting(SYSTEM):
        Person.objects.filter(username="kenji").update(email="kenji@people.example")
    return "kenji@people.example"


def _others(cast: Cast) -> list[str]:
    with access.reading(cast.hanako):
        return sorted(set(Assignment.objects.filter(agency="JST").values_list("pk", flat=True)) - {P1})


def day(moment: datetime, set_clock: SetClock) -> None:
    """The clock comes by, and the mails go out."""
    set_clock(moment)
    tasks.remind()
    alerts.send_due()


def texts_to(post: Post, address: str) -> list[str]:
    return [mail["Subject"].strip() for mail in post.mails if mail["To"] == address]


def test_from_day_to_day_a_report_is_asked_for_until_it_is_overdue_for_a_month(
    one_report: str, cast: Cast, post: Post, sign_in: type[Browser], set_clock: SetClock
) -> None:
    said: dict[str, list[str]] = {}
    moment = at("2026-07-29 10:00")
    while moment < at("2026-09-16 10:00"):
        before = len(texts_to(post, one_report))
        day(moment, set_clock)
        if new := texts_to(post, one_report)[before:]:
            said[f"{moment:%m-%d}"] = new
        moment += timedelta(days=1)
    name = "新たな研究領域の継続的な創造（2026年度 第1四半期）"
    due, overdue = f"[進捗] 提出期限 2026-08-17：{name}", f"[進捗] 提出期限を過ぎています：{name}"
    assert said == {
        "07-31": [due], "08-12": [due], "08-18": [overdue], "08-25": [overdue], "09-01": [overdue], "09-08": [overdue],
    }  # fmt: skip
    first = next(mail for mail in post.mails if mail["To"] == one_report).get_content()
    assert "期限 2026-08-17（残り10営業日）" in first
    assert "Due on 2026-08-17: 10 business days are left." in first
    assert PAGE in first
    last = [mail for mail in post.mails if mail["To"] == one_report][-1].get_content()
    assert "期限 2026-08-17（16営業日超過）" in last
    assert "期限を過ぎていても提出できます" in last
    page = sign_in("kenji").get("/admin/notices/").content.decode()
    assert "未読6件" in page
    assert page.count("報告の期限を過ぎています") == 4
    assert page.count("報告の期限が近づいています") == 2
    assert "期限 2026-08-17" in page
    with access.following():
        newest = Notice.objects.filter(person__username="kenji").latest("pk")
    assert sign_in("kenji").post("/admin/notices/", {"open": newest.pk}).headers["Location"] == PAGE
    english = Client(headers={"accept-language": "en"})
    english.force_login(Person.objects.get(username="kenji"))
    assert "A report is overdue" in english.get("/admin/notices/").content.decode()
    # By the second time those responsible are told as well.
    assert "未読0件" not in sign_in("tomoko").get("/admin/notices/").content.decode()


def test_the_same_by_machine(one_report: str, set_clock: SetClock, post: Post) -> None:
    day(LATE, set_clock)
    _, token = AuthToken.objects.create(Person.objects.get(username="kenji"))
    client = Client(headers={"authorization": f"Token {token}", "accept-language": "ja"})
    found = client.get("/api/v1/notices/").json()
    [notice] = found["notices"]
    assert found["unread"] == 1
    expected: dict[str, Any] = {
        "kind": "ReportOverdue", "words": "報告の期限を過ぎています", "report": f"{P1}@{Q1}", "due_on": "2026-08-17",
        "time": 1, "path": PAGE, "by": "",
    }  # fmt: skip
    assert {name: notice[name] for name in expected} == expected


def test_who_submits_in_time_hears_nothing(one_report: str, cast: Cast, set_clock: SetClock, post: Post) -> None:
    submit(cast.hanako, P1, Q1, {"IND-02": "350"}, now=at("2026-07-20 10:00"))
    approve(cast.ichiro, f"{P1}@{Q1}", now=at("2026-07-21 10:00"))
    for moment in (at("2026-07-31 10:00"), SECOND, LATE, at("2026-08-25 10:00")):
        day(moment, set_clock)
    assert texts_to(post, one_report) == []
    assert texts_to(post, "research@jst.example") == []


def test_all_that_one_has_to_do_is_one_mail(one_report: str, set_clock: SetClock, post: Post) -> None:
    reminded(SECOND, set_clock)
    tasks.look_now()  # which writes the mails of what has happened, not of this
    assert texts_to(post, "planning@jst.example") == []
    day(SECOND, set_clock)
    [subject] = texts_to(post, "planning@jst.example")
    assert subject == "[進捗] 提出期限が近い報告が26件あります（2026-08-17〜）"
    tasks.remind()
    tasks.look_now()
    assert len(texts_to(post, "planning@jst.example")) == 1


def test_a_reminder_of_what_was_returned_says_so(one_report: str, cast: Cast, set_clock: SetClock, post: Post) -> None:
    submit(cast.hanako, P1, Q1, {"IND-02": "350"}, now=at("2026-07-20 10:00"))
    send_back(cast.ichiro, f"{P1}@{Q1}", now=at("2026-09-01 10:00"))
    day(at("2026-09-09 10:00"), set_clock)
    [mail] = [mail for mail in post.mails if mail["To"] == one_report]
    assert "2026-09-01に差し戻され、6営業日のあいだ再提出されていません。" in mail.get_content()
    assert "Returned on 2026-09-01, and not submitted again for 6 business days." in mail.get_content()


# --- what is over before the mail leaves


def reminded(moment: datetime, set_clock: SetClock) -> None:
    """Notices, and no mail yet."""
    set_clock(moment)
    assert alerts.remind(now=moment)


def mail_to(address: str) -> list[OutboxMail]:
    with reading():
        return list(OutboxMail.objects.filter(address=address))


def test_what_is_in_before_its_mail_is_written_is_not_mailed(
    one_report: str, cast: Cast, set_clock: SetClock, post: Post
) -> None:
    reminded(SECOND, set_clock)
    submit(cast.hanako, P1, Q1, {"IND-02": "350"}, now=SECOND)
    tasks.remind()
    assert mail_to(one_report) == []
    with access.following():
        assert not Notice.objects.filter(reminder__isnull=False, mailed_at=None).exists()


def test_what_has_another_day_before_its_mail_is_written_is_not_mailed(
    one_report: str, cast: Cast, set_clock: SetClock, post: Post
) -> None:
    reminded(SECOND, set_clock)
    extend_deadline(
        actor=cast.kyoko, agency="JST", period=Q1, assignment=P1, until=date(2026, 8, 31), reason="災害", now=SECOND
    )
    tasks.remind()
    assert mail_to(one_report) == []


def test_what_is_in_before_its_mail_leaves_is_not_sent(
    one_report: str, cast: Cast, set_clock: SetClock, post: Post
) -> None:
    set_clock(LATE)
    tasks.remind()
    submit(cast.hanako, P1, Q1, {"IND-02": "350"}, now=LATE)
    alerts.send_due()
    assert texts_to(post, one_report) == []
    assert [(mail.state, mail.reason) for mail in mail_to(one_report)] == [("cancelled", "resolved")]


def test_a_mail_of_which_something_is_still_open_is_sent(
    one_report: str, cast: Cast, set_clock: SetClock, post: Post
) -> None:
    set_clock(LATE)
    tasks.remind()
    submit(cast.hanako, "JST.P1.A1.M2", Q1, {"P1.A1.M2": "5"}, now=LATE)
    alerts.send_due()
    assert texts_to(post, "planning@jst.example") == ["[進捗] 提出期限を過ぎた報告が26件あります"]


def test_only_what_is_overdue_must_be_told(one_report: str, set_clock: SetClock, post: Post) -> None:
    day(SECOND, set_clock)
    day(LATE, set_clock)
    assert [mail.mandatory for mail in mail_to(one_report)] == [False, True]


def test_what_could_not_be_mailed_in_office_hours_waits_for_the_next_day_and_tells_the_days_of_then(
    one_report: str, set_clock: SetClock, post: Post
) -> None:
    reminded(SECOND, set_clock)
    day(at("2026-08-12 18:00"), set_clock)
    assert texts_to(post, one_report) == []
    day(at("2026-08-13 09:00"), set_clock)
    [mail] = [mail for mail in post.mails if mail["To"] == one_report]
    assert "残り2営業日" in mail.get_content()


def test_who_was_told_too_late_of_an_earlier_one_is_told_once(one_report: str, set_clock: SetClock, post: Post) -> None:
    reminded(SECOND, set_clock)
    day(LATE, set_clock)
    [mail] = [mail for mail in post.mails if mail["To"] == one_report]
    assert mail.get_content().count(PAGE) == 2  # in two languages


def test_another_s_reminder_is_as_if_it_were_not_there(
    one_report: str, cast: Cast, set_clock: SetClock, post: Post, sign_in: type[Browser]
) -> None:
    day(SECOND, set_clock)
    with access.following():
        notice = Notice.objects.get(person__username="kenji")
    assert sign_in("taro").post("/admin/notices/", {"open": notice.pk}).status_code == 404
    with access.reading(cast.taro):
        assert not Notice.objects.filter(reminder__assignment=P1).exists()


def test_two_who_write_the_mails_at_once_write_one_each(one_report: str, set_clock: SetClock, post: Post) -> None:
    reminded(SECOND, set_clock)
    with reading():
        before = OutboxMail.objects.count()
    done = all_at_once([lambda: alerts.queue_reminder_mails(now=SECOND)] * 2)
    assert min(done) == 0
    assert len(mail_to(one_report)) == 1
    with reading():
        rows = OutboxMail.objects.filter(kind="reminder")
        assert rows.count() == rows.values("address").distinct().count() > before


def test_notices_of_one_round_stand_in_the_order_of_the_plan(
    one_report: str, set_clock: SetClock, post: Post, sign_in: type[Browser]
) -> None:
    reminded(SECOND, set_clock)
    page = sign_in("hanako").get("/admin/notices/").content.decode()
    shown = re.findall(r'<span class="sh-code">(P[0-9][^<]*)</span>', page)
    assert len(shown) == 26
    assert shown == sorted(shown)

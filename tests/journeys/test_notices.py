"""What happens to a report is told to all whom it concerns, in the application and by mail, naming who did it."""

import json
import uuid
from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from typing import Any

import psycopg
import pytest
from django.db import connection
from django.db.models.functions import Now
from django.test import Client
from django.test.utils import CaptureQueriesContext
from knox.models import AuthToken

from agencies import access
from agencies.models import Membership, Person, Role
from reporting import alerts
from reporting.commands import reports
from reporting.commands.drafts import save_fields
from reporting.commands.reviewers import name_reviewer
from reporting.domain.notices import PAUSE
from reporting.models import Follower, Notice, OutboxMail
from reporting.tasks import look_now
from tests.acts import approve, at, reading, send_back, submit
from tests.cast import SYSTEM, Cast
from tests.departments import person
from tests.journeys.conftest import Browser, Post

Superuser = psycopg.Connection[tuple[object, ...]]
REPORT = "JST.P1.A1@FY2026Q1"
JULY, NEXT = at("2026-07-10 10:00"), at("2026-07-11 10:00")
CORRECTED = {"assignment": "JST.P1.A1", "period": "FY2026Q1", "answers": {"IND-02": {"value": "340"}}, "narrative": {}}


@pytest.fixture(autouse=True)
def in_july(set_clock: Callable[[datetime], None]) -> None:
    set_clock(NEXT)


def told(name: str) -> list[str]:
    with access.following():
        rows = Notice.objects.filter(person__username=name).order_by("position", "kind")
        return list(rows.values_list("kind", flat=True))


def units_told() -> list[tuple[str, str]]:
    with access.following():
        rows = Notice.objects.filter(unit__isnull=False).order_by("position", "unit__email")
        return list(rows.values_list("unit__email", "kind"))


def by_mail(name: str) -> str:
    """From now on this person has an address."""
    address = f"{name}@people.example"
    with access.acting(SYSTEM):
        Person.objects.filter(username=name).update(email=address)
    return address


def a_while_later() -> None:
    """Longer than the pause between two mails to the same."""
    with access.following():
        Notice.objects.filter(mailed_at__isnull=False).update(mailed_at=Now() - PAUSE - timedelta(seconds=1))


def mails() -> Iterator[OutboxMail]:
    with reading():
        yield from OutboxMail.objects.filter(subject__startswith="[進捗]", alert=None).order_by("pk")


# --- who is told


def test_a_submission_is_told_to_the_unit_to_all_who_worked_on_it_and_to_whose_turn_it_is(cast: Cast) -> None:
    person("kenji", "JST", "planning", Role.REPORTER)
    name_reviewer(actor=cast.kyoko, post="reviewer", node="P1", person=cast.ichiro.person_id or 0, now=JULY)
    typed = {"figure:IND-02:value": ("350", 0)}
    kenji = access.actor_for(Person.objects.get(username="kenji"))
    save_fields(actor=kenji, assignment="JST.P1.A1", period="FY2026Q1", changes=typed, now=JULY)
    submit(cast.hanako, "JST.P1.A1", "FY2026Q1", {"IND-02": "350"}, now=JULY)
    look_now()
    assert told("kenji") == ["ReportSubmitted"]
    assert told("ichiro") == ["ReportSubmitted"]
    assert told("hanako") == told("saburo") == told("taro") == []
    assert units_told() == [("planning@jst.example", "ReportSubmitted")]


def test_with_nobody_named_the_units_of_all_who_review_are_told(cast: Cast) -> None:
    submit(cast.hanako, "JST.P1.A1", "FY2026Q1", {"IND-02": "350"}, now=JULY)
    look_now()
    assert [address for address, _ in units_told()] == [
        "planning@jst.example", "review@cao.example", "second-review@cao.example"
    ]  # fmt: skip


def test_a_decision_is_told_to_who_worked_on_it_and_names_who_decided(
    cast: Cast, post: Post, sign_in: type[Browser]
) -> None:
    address = by_mail("hanako")
    submit(cast.hanako, "JST.P1.A1", "FY2026Q1", {"IND-02": "350"}, now=JULY)
    look_now()
    send_back(cast.ichiro, REPORT, now=NEXT, comment="秘密の指摘")
    look_now()
    [mail] = [mail for mail in post.mails if mail["To"] == address]
    assert (
        mail["Subject"].strip() == "[進捗] 報告が差し戻されました：新たな研究領域の継続的な創造（2026年度 第1四半期）"
    )
    text = mail.get_content()
    assert "Ichiro" in text
    assert "/admin/reports/JST.P1.A1/FY2026Q1/" in text
    assert "A report was returned" in text
    assert "秘密の指摘" not in text  # what is erased on the page, no mail gives back
    page = sign_in("hanako").get("/admin/notices/").content.decode()
    assert "報告が差し戻されました" in page
    assert "Ichiro" in page
    assert "未読1件" in page


def test_a_correction_that_is_asked_for_is_told(cast: Cast) -> None:
    submit(cast.hanako, "JST.P1.A1", "FY2026Q1", {"IND-02": "350"}, now=JULY)
    approve(cast.ichiro, REPORT, now=NEXT)
    reports.ask_for_correction(actor=cast.ichiro, report=REPORT, seen_version=2, comments={"": "桁"}, now=NEXT)
    look_now()
    assert told("hanako") == ["ReportApproved", "CorrectionAsked"]


def test_who_left_or_went_to_another_agency_is_told_no_more(cast: Cast) -> None:
    submit(cast.hanako, "JST.P1.A1", "FY2026Q1", {"IND-02": "350"}, now=JULY)
    with access.acting(SYSTEM):
        Membership.objects.filter(person=cast.hanako.person_id).update(ended_on=JULY.date())
    approve(cast.ichiro, REPORT, now=NEXT)
    look_now()
    assert told("hanako") == []


def test_who_leaves_before_the_mail_is_written_gets_none(cast: Cast, post: Post) -> None:
    address = by_mail("hanako")
    submit(cast.hanako, "JST.P1.A1", "FY2026Q1", {"IND-02": "350"}, now=JULY)
    approve(cast.ichiro, REPORT, now=NEXT)
    with access.following():
        while alerts.read_page(now=NEXT):
            pass
    assert told("hanako") == ["ReportApproved"]
    with access.acting(SYSTEM):
        Membership.objects.filter(person=cast.hanako.person_id).update(ended_on=JULY.date())
    look_now()
    assert address not in [mail["To"] for mail in post.mails]
    with reading():
        assert not OutboxMail.objects.filter(address=address).exists()


def test_who_leaves_after_the_mail_was_queued_gets_none_either(cast: Cast, post: Post) -> None:
    address = by_mail("hanako")
    submit(cast.hanako, "JST.P1.A1", "FY2026Q1", {"IND-02": "350"}, now=JULY)
    approve(cast.ichiro, REPORT, now=NEXT)
    with access.following():
        while alerts.read_page(now=NEXT):
            pass
    alerts.queue_notice_mails(now=NEXT)
    with access.acting(SYSTEM):
        Membership.objects.filter(person=cast.hanako.person_id).update(ended_on=JULY.date())
    look_now()
    assert address not in [mail["To"] for mail in post.mails]
    with reading():
        assert OutboxMail.objects.get(address=address).state == "cancelled"


def test_a_mail_goes_to_the_address_one_has_when_it_is_sent(cast: Cast, post: Post) -> None:
    by_mail("hanako")
    submit(cast.hanako, "JST.P1.A1", "FY2026Q1", {"IND-02": "350"}, now=JULY)
    approve(cast.ichiro, REPORT, now=NEXT)
    with access.following():
        while alerts.read_page(now=NEXT):
            pass
    alerts.queue_notice_mails(now=NEXT)
    with access.acting(SYSTEM):
        Person.objects.filter(username="hanako").update(email="new@people.example")
    look_now()
    assert "new@people.example" in [mail["To"] for mail in post.mails]


def test_an_endorsement_is_told_to_the_chief(cast: Cast) -> None:
    name_reviewer(actor=cast.kyoko, post="chief", node="P1", person=cast.saburo.person_id or 0, now=JULY)
    submit(cast.hanako, "JST.P1.A1", "FY2026Q1", {"IND-02": "350"}, now=JULY)
    look_now()
    reports.endorse_report(actor=cast.ichiro, report=REPORT, seen_version=1, now=NEXT)
    look_now()
    assert told("saburo") == ["SubmissionEndorsed"]
    assert told("hanako") == []


# --- what a correction moved


def test_who_is_responsible_for_an_indicator_is_told_what_a_correction_moved(
    cast: Cast, post: Post, sign_in: type[Browser]
) -> None:
    submit(cast.hanako, "JST.P1.A1", "FY2026Q1", {"IND-02": "350"}, now=JULY)
    approve(cast.ichiro, REPORT, now=JULY)
    reports.submit_report(actor=cast.hanako, correction="桁の誤り", now=NEXT, **CORRECTED)
    approve(cast.ichiro, REPORT, now=NEXT)
    look_now()
    assert told("jiro") == ["FiguresMoved"]
    with access.following():
        notice = Notice.objects.get(person__username="jiro")
    page = sign_in("jiro").get(f"/admin/notices/moved/{notice.position}/").content.decode()
    assert "350件" in page
    assert "340件" in page
    assert "JST" not in page.partition("<main")[2]
    [mail] = [mail for mail in post.mails if "policy@mext" in mail["To"]]
    assert f"/admin/notices/moved/{notice.position}/" in mail.get_content()
    assert "JST" not in mail.get_content()
    assert "340" not in mail.get_content()
    assert sign_in("taro").get(f"/admin/notices/moved/{notice.position}/").status_code == 404


def test_a_correction_that_leaves_every_number_as_it_was_moves_nothing(cast: Cast) -> None:
    submit(cast.hanako, "JST.P1.A1", "FY2026Q1", {"IND-02": "350"}, now=JULY)
    approve(cast.ichiro, REPORT, now=JULY)
    same = CORRECTED | {"answers": {"IND-02": {"value": "350"}}, "narrative": {"summary": "書き直した。"}}
    reports.submit_report(actor=cast.hanako, correction="文言", now=NEXT, **same)
    approve(cast.ichiro, REPORT, now=NEXT)
    look_now()
    assert told("jiro") == []


# --- once, and not too much


def test_what_is_old_when_it_is_read_tells_nobody(cast: Cast, set_clock: Callable[[datetime], None]) -> None:
    submit(cast.hanako, "JST.P1.A1", "FY2026Q1", {"IND-02": "350"}, now=JULY)
    set_clock(JULY + timedelta(days=8))
    look_now()
    assert units_told() == []


def test_a_follower_set_back_tells_nobody_twice(cast: Cast) -> None:
    submit(cast.hanako, "JST.P1.A1", "FY2026Q1", {"IND-02": "350"}, now=JULY)
    look_now()
    before, written = units_told(), len(list(mails()))
    with access.following():
        Follower.objects.filter(name=alerts.NAME).update(position=0)
    look_now()
    assert units_told() == before
    assert len(list(mails())) == written
    with access.following():
        assert Follower.objects.get(name=alerts.NAME).error == ""  # it has read all of it again


def test_what_comes_together_is_one_mail(cast: Cast, post: Post, set_clock: Callable[[datetime], None]) -> None:
    april = at("2027-04-10 10:00")
    for period in ("FY2026Q1", "FY2026Q2", "FY2026Q3"):
        submit(cast.hanako, "JST.P1.A1", period, {"IND-02": "350"}, now=april)
    set_clock(april)
    look_now()
    [mail] = [mail for mail in post.mails if mail["To"] == "planning@jst.example"]
    assert mail["Subject"] == "[進捗] お知らせ3件"


def test_soon_after_a_mail_the_next_waits(cast: Cast, post: Post) -> None:
    submit(cast.hanako, "JST.P1.A1", "FY2026Q1", {"IND-02": "350"}, now=JULY)
    look_now()
    send_back(cast.ichiro, REPORT, now=NEXT)
    submit(cast.hanako, "JST.P1.A1", "FY2026Q1", {"IND-02": "340"}, now=NEXT)
    look_now()
    assert len([mail for mail in post.mails if mail["To"] == "planning@jst.example"]) == 1
    a_while_later()
    look_now()
    second = [mail for mail in post.mails if mail["To"] == "planning@jst.example"][1:]
    assert [mail["Subject"] for mail in second] == ["[進捗] お知らせ2件"]
    assert second[0].get_content().count("/admin/reports/JST.P1.A1/FY2026Q1/") == 4  # two, in two languages
    a_while_later()
    look_now()
    assert len([mail for mail in post.mails if mail["To"] == "planning@jst.example"]) == 2


def test_the_notices_of_many_events_take_as_many_queries_as_of_few(cast: Cast) -> None:
    def queries() -> int:
        with access.following(), CaptureQueriesContext(connection) as captured:
            assert alerts.read_page(now=at("2027-04-11 10:00"))
        return len(captured)

    look_now()
    submit(cast.hanako, "JST.P1.A1", "FY2026Q1", {"IND-02": "350"}, now=at("2027-04-10 10:00"))
    one = queries()
    for period in ("FY2026Q2", "FY2026Q3", "FY2026Q4"):
        submit(cast.hanako, "JST.P1.A1", period, {"IND-02": "350"}, now=at("2027-04-10 10:00"))
        submit(cast.taro, "JSPS.P1.A1", period, {"IND-02": "1,500"}, now=at("2027-04-10 10:00"))
    assert queries() == one


# --- the list


def test_a_notice_is_opened_by_a_click_which_marks_it_and_only_it(cast: Cast, sign_in: type[Browser]) -> None:
    submit(cast.hanako, "JST.P1.A1", "FY2026Q1", {"IND-02": "350"}, now=JULY)
    send_back(cast.ichiro, REPORT, now=NEXT)
    submit(cast.hanako, "JST.P1.A1", "FY2026Q1", {"IND-02": "340"}, now=NEXT)
    approve(cast.ichiro, REPORT, now=NEXT)
    look_now()
    hanako = sign_in("hanako")
    with access.following():
        first, _second = Notice.objects.filter(person__username="hanako").order_by("position")
    answer = hanako.post("/admin/notices/", {"open": first.pk})
    assert answer.headers["Location"] == "/admin/reports/JST.P1.A1/FY2026Q1/"
    with access.following():
        assert [row.read_at for row in Notice.objects.filter(person__username="hanako").order_by("position")] == [
            NEXT,
            None,
        ]
    hanako.get("/admin/notices/")
    assert "未読1件" in hanako.get("/admin/notices/").content.decode()
    assert hanako.post("/admin/notices/", {}).status_code == 302
    assert "未読0件" in hanako.get("/admin/notices/").content.decode()


def test_a_reviewer_comes_from_a_notice_to_the_review(cast: Cast, sign_in: type[Browser]) -> None:
    name_reviewer(actor=cast.kyoko, post="reviewer", node="P1", person=cast.ichiro.person_id or 0, now=JULY)
    submit(cast.hanako, "JST.P1.A1", "FY2026Q1", {"IND-02": "350"}, now=JULY)
    look_now()
    with access.following():
        notice = Notice.objects.get(person__username="ichiro")
    answer = sign_in("ichiro").post("/admin/notices/", {"open": notice.pk})
    assert answer.headers["Location"] == f"/admin/review/{REPORT}/"


def test_another_s_notice_is_as_if_it_were_not_there(cast: Cast, sign_in: type[Browser]) -> None:
    submit(cast.hanako, "JST.P1.A1", "FY2026Q1", {"IND-02": "350"}, now=JULY)
    approve(cast.ichiro, REPORT, now=NEXT)
    look_now()
    with access.following():
        notice = Notice.objects.get(person__username="hanako")
    for name in ("taro", "tomoko", "ichiro", "misao"):
        assert sign_in(name).post("/admin/notices/", {"open": notice.pk}).status_code == 404
        assert sign_in(name).post("/admin/notices/", {"open": "½"}).status_code == 404
    for actor in (cast.taro, cast.ichiro, cast.tomoko):
        with access.reading(actor):
            assert not Notice.objects.exists()  # the bare table: row-level security, no gate of Python's
    with access.reading(cast.hanako):
        assert Notice.objects.get() == notice


def test_with_row_level_security_off_the_gate_alone_still_hides(
    cast: Cast, sign_in: type[Browser], superuser: Superuser
) -> None:
    submit(cast.hanako, "JST.P1.A1", "FY2026Q1", {"IND-02": "350"}, now=JULY)
    approve(cast.ichiro, REPORT, now=NEXT)
    look_now()
    superuser.execute("ALTER TABLE reporting_notice DISABLE ROW LEVEL SECURITY")
    with access.following():
        notice = Notice.objects.get(person__username="hanako")
    for name in ("taro", "tomoko", "ichiro"):
        assert "未読0件" in sign_in(name).get("/admin/notices/").content.decode()
        assert sign_in(name).post("/admin/notices/", {"open": notice.pk}).status_code == 404
    assert "未読1件" in sign_in("hanako").get("/admin/notices/").content.decode()


def test_the_same_by_machine(cast: Cast) -> None:
    submit(cast.hanako, "JST.P1.A1", "FY2026Q1", {"IND-02": "350"}, now=JULY)
    approve(cast.ichiro, REPORT, now=NEXT)
    look_now()
    _, token = AuthToken.objects.create(Person.objects.get(username="hanako"))
    client = Client(headers={"authorization": f"Token {token}", "accept-language": "ja"})
    found = client.get("/api/v1/notices/").json()
    assert (found["unread"], found["notices"][0]["words"]) == (1, "報告が承認されました")
    assert found["notices"][0]["path"] == "/admin/reports/JST.P1.A1/FY2026Q1/"

    def read(body: dict[str, Any]) -> Any:
        key = {"idempotency-key": str(uuid.uuid4())}
        return client.post("/api/v1/notices/", json.dumps(body), content_type="application/json", headers=key)

    assert read({"notice": found["notices"][0]["id"]}).json() == {"read": 1}
    assert read({}).json() == {"read": 0}
    assert read({"notice": 987654}).status_code == 404

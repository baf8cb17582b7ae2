"""In by the pages, out by the desk and by a mail: what the product is for, end to end."""

import re
from collections.abc import Callable
from datetime import datetime
from typing import Any

from django.test import Client

from agencies import access
from reporting.models import Alert, Report, Rollup, Standing
from reporting.tasks import look_now
from tests.acts import at
from tests.cast import SYSTEM, Cast
from tests.journeys.conftest import Browser, Post

JULY = at("2027-07-05 10:00")  # the final reports of FY2026 were due on 30 June 2027
SetClock = Callable[[datetime], None]


def report(browser: Browser, assignment: str, value: str) -> None:
    page = browser.get(f"/admin/reports/{assignment}/FY2026/")
    assert page.status_code == 200
    answer = browser.post(
        f"/admin/reports/{assignment}/FY2026/",
        {
            "figure:IND-02:answer": "value",
            "figure:IND-02:value": value,
            "narrative:summary": "計画どおり進めた。",
            "do": "submit",
        },
    )
    assert answer.status_code == 302, answer.content.decode()


def approve_all(browser: Browser) -> None:
    with access.reading(SYSTEM):
        waiting = list(Report.objects.filter(status="submitted"))
    for row in waiting:
        page = browser.get(f"/admin/review/{row.id}/")
        assert row.agency_id in row.id
        assert "承認する" in page.content.decode()
        answer = browser.post(f"/admin/review/{row.id}/", {"seen_version": row.version, "do": "approve"})
        assert answer.status_code == 302, answer.content.decode()


def test_reports_that_fall_short_flag_a_lag_and_a_mail_tells_the_responsible_ministry(
    sign_in: type[Browser], cast: Cast, post: Post, set_clock: SetClock
) -> None:
    set_clock(JULY)
    report(sign_in("taro"), "JSPS.P1.A1", "5,900")
    report(sign_in("hanako"), "JST.P1.A1", "１，５００")  # full-width, as people type
    look_now()
    with access.reading(SYSTEM):
        before = Rollup.objects.get(indicator="IND-02", period="FY2026", scope="nation", domain=None)
        assert (before.value, before.pending_value) == (None, 7400)

    approve_all(sign_in("ichiro"))
    look_now()

    with access.reading(SYSTEM):
        after = Rollup.objects.get(indicator="IND-02", period="FY2026", scope="nation", domain=None)
        assert (after.value, after.answered, after.expected) == (7400, 2, 2)
        standing = Standing.objects.get(indicator="IND-02", agency=None, domain=None, to_position=None)
        assert standing.cls == "off_track"
        assert Alert.objects.get(indicator="IND-02", state="firing").responsible_id == "MEXT"
    about = [mail for mail in post.mails if "挑戦的研究課題件数" in str(mail["subject"])]
    assert {mail["to"] for mail in about} == {"policy@mext.example", "research@mext.example"}
    words = about[0].get_body(("plain",)).get_content()
    assert "7,400件" in words
    assert "遅れ" in words

    desk = sign_in("kyoko").get("/desk/").content.decode()
    assert "7,400" in desk
    assert "遅れ" in desk


def test_a_returned_report_shows_its_comment_and_can_be_sent_again(
    sign_in: type[Browser], cast: Cast, set_clock: SetClock
) -> None:
    set_clock(JULY)
    taro, ichiro = sign_in("taro"), sign_in("ichiro")
    report(taro, "JSPS.P1.A1", "5,900")
    path = "/admin/review/JSPS.P1.A1@FY2026/"
    without = ichiro.post(path, {"seen_version": 1, "do": "return", "comment:": " "})
    assert without.status_code == 400
    assert "コメントを1つ以上" in without.content.decode()
    assert (
        ichiro.post(path, {"seen_version": 1, "do": "return", "comment:": "内訳を示してください。"}).status_code == 302
    )

    page = taro.get("/admin/reports/JSPS.P1.A1/FY2026/").content.decode()
    assert "内訳を示してください。" in page
    assert 'value="5,900"' in page  # nothing typed is lost
    report(taro, "JSPS.P1.A1", "5,950")
    assert "内訳を示してください。" in ichiro.get(path).content.decode()  # the thread stays


def test_bad_numbers_come_back_beside_their_fields_with_what_was_typed(
    sign_in: type[Browser], set_clock: SetClock
) -> None:
    set_clock(JULY)
    answer = sign_in("taro").post(
        "/admin/reports/JSPS.P1.A1/FY2026/",
        {
            "figure:IND-02:answer": "value",
            "figure:IND-02:value": "だいたい千",
            "narrative:summary": "下書き",
            "do": "submit",
        },
    )
    words = answer.content.decode()
    assert answer.status_code == 400
    assert 'value="だいたい千"' in words
    assert "下書き" in words
    assert "数値ではありません" in words
    with access.reading(SYSTEM):
        assert not Report.objects.filter(status="submitted").exists()


def test_a_missing_figure_is_named_and_nothing_is_stored(sign_in: type[Browser], set_clock: SetClock) -> None:
    set_clock(JULY)
    answer = sign_in("taro").post(
        "/admin/reports/JSPS.P1.A1/FY2026/", {"figure:IND-02:answer": "value", "do": "submit"}
    )
    assert answer.status_code == 400
    assert "回答のない報告値があります" in answer.content.decode()


def test_another_agency_s_report_and_one_that_does_not_exist_answer_alike(
    sign_in: type[Browser], set_clock: SetClock
) -> None:
    set_clock(JULY)
    hanako = sign_in("hanako")
    theirs = hanako.get("/admin/reports/JSPS.P1.A1/FY2026/")
    nobodys = hanako.get("/admin/reports/XXXX.P1.A1/FY2026/")
    assert theirs.status_code == nobodys.status_code == 404
    assert without_token(theirs) == without_token(nobodys)


def without_token(answer: Any) -> str:
    """A page without what is drawn anew for every answer, and without the address that was asked for."""
    page = answer.content.decode().replace(answer.request["PATH_INFO"], "")
    return re.sub(r'name="csrfmiddlewaretoken" value="[^"]+"', "", page)


def test_nobody_signed_in_is_sent_to_sign_in(database: str) -> None:
    for path in ("/", "/desk/", "/admin/", "/admin/reports/", "/admin/review/"):
        answer = Client().get(path)
        assert (answer.status_code, answer.headers["location"].split("?")[0]) in {
            (302, "/sign-in/"),
            (302, "/admin/login/"),
        }, path

"""In by the page or by machine, out on the agency's desk, form, calendar and CSTI's board; and nobody else's."""

import io
import re
from collections.abc import Callable
from datetime import datetime

import pytest
from django.core.checks import run_checks
from django.core.management import call_command

from reporting.models import DeadlineChange
from tests.acts import at, put_in_force, reading, send_back, submit
from tests.cast import Cast
from tests.journeys.conftest import Browser
from tests.journeys.test_api import Machine
from tests.journeys.test_queries import queries

SetClock = Callable[[datetime], None]
NOW = at("2026-08-25 10:00")  # Q1 was due on the 17th
LOCKED = at("2028-08-01 10:00")
PAGE, FORM = "/admin/deadlines/JST/FY2026Q1/", "/admin/reports/JST.P1.A1/FY2026Q1/"
EXTEND = {"do": "extend", "until": "2026-08-31", "reason": "水害のため", "assignment": ""}


def text(page: str) -> str:
    """A page's words, without its marks and white space."""
    return re.sub(r"\s+", "", re.sub(r"<[^>]+>", "", page))


def said(browser: Browser, path: str, status: int = 200) -> str:
    answer = browser.get(path)
    assert answer.status_code == status, answer.content.decode()
    return text(answer.content.decode())


def test_an_extension_is_seen_by_its_agency_and_makes_it_be_in_time(
    cast: Cast, sign_in: type[Browser], set_clock: SetClock
) -> None:
    set_clock(NOW)
    hanako, kyoko = sign_in("hanako"), sign_in("kyoko")
    assert "2026-08-17" in said(hanako, FORM)
    assert 'href="/admin/deadlines/JST/FY2026Q1/"' in kyoko.get("/admin/deadlines/?period=FY2026Q1").content.decode()
    answer = kyoko.post(PAGE, EXTEND, follow=True)
    assert "期限を延長しました" in answer.content.decode()
    assert "水害のため" in answer.content.decode()
    for path in (FORM, "/admin/reports/", "/admin/calendar/?year=2026"):
        page = said(hanako, path)
        assert "期限延長2026-08-31まで" in page, path
        assert "理由：水害のため" in page, path
    submit(cast.hanako, "JST.P1.A1", "FY2026Q1", {"IND-02": "350"}, now=NOW)
    assert "期限後" not in said(hanako, FORM)
    other = sign_in("taro")
    for path in ("/admin/reports/", "/admin/calendar/?year=2026", "/admin/reports/JSPS.P1.A1/FY2026Q1/"):
        assert "水害" not in said(other, path)
    assert kyoko.post(PAGE, {"do": "withdraw-extended", "reason": "不要", "assignment": ""}).status_code == 302
    assert "水害" not in said(hanako, "/admin/reports/")


def test_a_locked_report_says_why_and_who_can_open_it_and_opens_when_they_do(
    cast: Cast, sign_in: type[Browser], set_clock: SetClock
) -> None:
    set_clock(LOCKED)
    hanako, ichiro = sign_in("hanako"), sign_in("ichiro")
    page = hanako.get(FORM).content.decode()
    assert "2028-06-30で受付を終了し" in page
    assert "CSTI事務局または審査担当" in page
    assert 'value="submit"' not in page
    body = {"figure:IND-02:answer": "value", "figure:IND-02:value": "350", "do": "submit", "seen_version": "0"}
    refused = hanako.post(FORM, body)
    assert refused.status_code == 409
    assert 'value="350"' in refused.content.decode()  # nothing typed is lost
    assert "提出期限" in ichiro.get(PAGE).content.decode()
    early = ichiro.post(PAGE, EXTEND | {"until": "2028-08-31"})
    assert early.status_code == 409  # a locked period is reopened, not extended
    assert ichiro.post(PAGE, EXTEND | {"do": "reopen", "until": "2028-08-31"}).status_code == 302
    page = hanako.get(FORM).content.decode()
    assert "受付再開" in page
    assert "2028-08-31まで" in page
    assert hanako.post(FORM, body).status_code == 302


@pytest.mark.parametrize(
    ("given", "status", "words"),
    [
        ({"until": ""}, 400, "日付を2026-08-31のように"),
        ({"until": "2026-02-30"}, 400, "日付として読めません"),
        ({"until": "x" * 5_000}, 400, "日付として読めません"),
        ({"until": "2026-08-24"}, 400, "過ぎています"),
        ({"until": "9999-12-31"}, 400, "先の日付すぎます"),
        ({"until": "0001-01-01"}, 400, "過ぎています"),
        ({"reason": " "}, 400, "理由"),
        ({"reason": "a\x00b"}, 400, ""),
        ({"reason": "長" * 10_001}, 400, ""),
        ({"do": "reopen"}, 409, "まだ締め切られていません"),
        ({"do": "withdraw-extended"}, 409, "取り消せるものがありません"),
    ],
)
def test_what_cannot_be_is_refused_with_what_to_do_and_what_was_typed(
    cast: Cast, sign_in: type[Browser], set_clock: SetClock, given: dict[str, str], status: int, words: str
) -> None:
    set_clock(NOW)
    answer = sign_in("kyoko").post(PAGE, EXTEND | given)
    page = answer.content.decode()
    assert answer.status_code == status
    assert words in page
    assert 'role="alert"' in page
    if "reason" not in given:
        assert "水害のため" in page
    with reading():
        assert not DeadlineChange.objects.exists()


def test_a_day_on_which_the_government_is_closed_becomes_the_next_business_day(
    cast: Cast, sign_in: type[Browser], set_clock: SetClock
) -> None:
    set_clock(NOW)
    kyoko = sign_in("kyoko")
    assert kyoko.post(PAGE, EXTEND | {"until": "2026-09-19"}).status_code == 302
    assert "2026-09-24まで" in said(kyoko, PAGE)


@pytest.mark.parametrize("name", ["hanako", "taro", "jiro", "fumiko", "misao"])
def test_the_pages_of_deadlines_are_csti_s(cast: Cast, sign_in: type[Browser], set_clock: SetClock, name: str) -> None:
    set_clock(NOW)
    browser = sign_in(name)
    for path in ("/admin/deadlines/", PAGE):
        assert browser.get(path).status_code == 403
        assert browser.post(path, EXTEND).status_code == 403
    assert "/admin/deadlines/" not in browser.get("/admin/calendar/").content.decode()
    with reading():
        assert not DeadlineChange.objects.exists()


@pytest.mark.parametrize(
    "path", ["NOBODY/FY2026Q1/", "JST/FY2026H1/", "JST/x/", "JST/FY2099Q1/", "%00/FY2026Q1/", "JST/%27/"]
)
def test_what_nobody_reports_on_is_not_found(
    cast: Cast, sign_in: type[Browser], set_clock: SetClock, path: str
) -> None:
    set_clock(NOW)
    kyoko = sign_in("kyoko")
    assert kyoko.get(f"/admin/deadlines/{path}").status_code in (400, 404)
    assert kyoko.post(f"/admin/deadlines/{path}", EXTEND).status_code in (400, 404)


def test_a_get_changes_nothing(cast: Cast, sign_in: type[Browser], set_clock: SetClock) -> None:
    set_clock(NOW)
    kyoko = sign_in("kyoko")
    kyoko.get(PAGE, EXTEND)
    kyoko.get("/admin/holidays/", {"do": "add", "day": "2026-09-01", "reason": "x"})
    with reading():
        assert not DeadlineChange.objects.exists()


def test_by_machine_csti_extends_reopens_and_withdraws(cast: Cast, set_clock: SetClock) -> None:
    set_clock(NOW)
    kyoko, hanako, taro = Machine("kyoko"), Machine("hanako"), Machine("taro")
    body = {"agency": "JST", "period": "FY2026Q1", "until": "2026-08-31", "reason": "水害のため"}
    answer = kyoko.post("/deadlines/extend/", body, key="k1")
    assert answer.status_code == 201, answer.content
    again = kyoko.post("/deadlines/extend/", body, key="k1")
    assert (again.status_code, again.content) == (201, answer.content)
    [change] = hanako.get("/deadlines/?agency=JST").json()
    assert (change["until"], change["reason"], change["kind"]) == ("2026-08-31", "水害のため", "extended")
    [duty] = [
        d for d in hanako.get("/assignments/").json() if (d["assignment"], d["period"]) == ("JST.P1.A1", "FY2026Q1")
    ]
    assert (duty["due_on"], duty["todo"]) == ("2026-08-31", "due_soon")
    assert duty["granted"][0]["reason"] == "水害のため"
    assert hanako.get(f"/deadlines/?as_of={answer.json()['position'] - 1}").status_code in (200, 400)
    assert taro.get("/deadlines/").json() == taro.get("/deadlines/?agency=JST").json() == []
    for who in (hanako, taro):
        assert who.post("/deadlines/extend/", body).status_code == 403
        assert who.post("/deadlines/reopen/", body).status_code == 403
        assert who.post("/deadlines/withdraw/", body | {"kind": "extended"}).status_code == 403
    refused = kyoko.post("/deadlines/reopen/", body)
    assert (refused.status_code, refused.json()["code"]) == (409, "not_locked")
    assert kyoko.post("/deadlines/extend/", body | {"agency": "NOBODY"}).status_code == 404
    for bad in ({}, body | {"until": "x"}, body | {"reason": ""}, body | {"until": None}):
        assert kyoko.post("/deadlines/extend/", bad).status_code == 400
    done = kyoko.post("/deadlines/withdraw/", {k: v for k, v in body.items() if k != "until"} | {"kind": "extended"})
    assert done.status_code == 200, done.content
    assert hanako.get("/deadlines/").json() == []


def test_operators_add_holidays_by_page_and_by_machine(cast: Cast, sign_in: type[Browser], set_clock: SetClock) -> None:
    set_clock(at("2026-07-20 10:00"))
    misao, hanako = sign_in("misao"), sign_in("hanako")
    assert misao.post("/admin/holidays/", {"do": "add", "day": "2026-08-17", "reason": ""}).status_code == 400
    answer = misao.post("/admin/holidays/", {"do": "add", "day": "2026-08-17", "reason": "臨時の休日"}, follow=True)
    assert "2026-08-17" in answer.content.decode()
    assert "臨時の休日" in answer.content.decode()
    assert "2026-08-18" in said(hanako, FORM)
    assert misao.post("/admin/holidays/", {"do": "add", "day": "2026-08-11", "reason": "山の日"}).status_code == 409
    machine = Machine("misao")
    assert machine.get("/holidays/").json() == [{"day": "2026-08-17", "reason": "臨時の休日"}]
    assert machine.post("/holidays/2026-08-17/remove/", {"reason": "取りやめ"}).status_code == 200
    assert machine.post("/holidays/x/remove/", {"reason": "取りやめ"}).status_code == 400
    assert machine.post("/holidays/", {"day": "2026-08-17", "reason": "やはり"}).status_code == 201
    for name in ("hanako", "kyoko", "ichiro", "jiro", "fumiko"):
        assert sign_in(name).get("/admin/holidays/").status_code == 403
        assert Machine(name).post("/holidays/", {"day": "2026-09-01", "reason": "x"}).status_code == 403


def test_an_agency_sees_its_own_year_and_no_other_s(cast: Cast, sign_in: type[Browser], set_clock: SetClock) -> None:
    set_clock(NOW)
    hanako = sign_in("hanako")
    page = said(hanako, "/admin/calendar/")
    assert "2026年度第1四半期" in page
    assert "2026年度第2四半期次の期限" in page
    assert "2026-11-16" in page  # the 15th is a Sunday
    assert "2027-06-30" in said(hanako, "/admin/calendar/?year=2027")
    for odd in ("x", "-1", "9999", "1900", "２０２６", "%00"):
        assert hanako.get(f"/admin/calendar/?year={odd}").status_code in (200, 400)
    assert hanako.get("/admin/calendar/JST/").status_code == 200
    assert hanako.get("/admin/calendar/JSPS/").status_code == hanako.get("/admin/calendar/NOBODY/").status_code == 404
    assert Machine("hanako").get("/calendar/?agency=JSPS").status_code == 404
    assert Machine("hanako").get("/calendar/?agency=NOBODY").status_code == 404
    own = Machine("hanako").get("/calendar/?year=2026").json()
    assert [row["due_on"] for row in own["periods"]] == ["2026-08-17", "2026-11-16", "2027-02-15"]
    assert [row["next_due"] for row in own["periods"]] == [False, True, False]
    assert sign_in("jiro").get("/admin/calendar/JST/").status_code == 200  # its ministry
    assert sign_in("jiro").get("/admin/calendar/METI/").status_code == 404
    assert sign_in("ichiro").get("/admin/calendar/METI/").status_code == 200


def test_the_burden_is_pointed_out_from_a_mark_on(
    cast: Cast, sign_in: type[Browser], set_clock: SetClock, settings: object
) -> None:
    set_clock(NOW)
    ichiro = sign_in("ichiro")
    rows = {row["agency"]: row for row in Machine("ichiro").get("/burden/").json()}
    settings.HEAVY_REPORTS_A_YEAR = rows["JST"]["reports_a_year"]  # type: ignore[attr-defined]
    settings.HEAVY_FIGURES_A_YEAR = 10**6  # type: ignore[attr-defined]
    assert "負担が目安" in said(ichiro, "/admin/calendar/JST/")
    assert "負担大" in said(ichiro, "/admin/burden/")
    settings.HEAVY_REPORTS_A_YEAR = 10**6  # type: ignore[attr-defined]
    assert "負担が目安" not in said(ichiro, "/admin/calendar/JST/")
    assert {row["agency"] for row in Machine("jiro").get("/burden/").json()} == set(rows) & cast.jiro.agencies
    assert sign_in("hanako").get("/admin/burden/").status_code == 403
    assert Machine("hanako").get("/burden/").status_code == 403


def test_the_board_counts_who_has_reported_and_who_has_not(
    cast: Cast, sign_in: type[Browser], set_clock: SetClock
) -> None:
    set_clock(NOW)
    put_in_force(cast.ichiro, cast.hanako, "JST.P1.A1", "FY2026Q1", {"IND-02": "350"})
    submit(cast.hanako, "JST.P1.A1.M2", "FY2026Q1", {"P1.A1.M2": "150"}, now=at("2026-08-20 10:00"))
    submit(cast.taro, "JSPS.P1.A1", "FY2026Q1", {"IND-02": "1,400"})
    send_back(cast.ichiro, "JSPS.P1.A1@FY2026Q1")
    ichiro = Machine("ichiro")
    board = ichiro.get("/board/?period=FY2026Q1").json()
    rows = {row["code"]: row for row in board["rows"]}
    jst = rows["JST"]
    assert (jst["approved"], jst["submitted"], jst["returned"], jst["late"]) == (1, 1, 0, 1)
    assert jst["missing"] == jst["expected"] - 2
    assert rows["JSPS"]["returned"] == 1
    total = board["total"]
    parts = ("approved", "submitted", "returned", "missing", "not_due")
    assert total["expected"] == sum(total[part] for part in parts)
    by_measure = {r["code"]: r for r in ichiro.get("/board/?by=measure&period=FY2026Q1").json()["rows"]}
    assert (by_measure["P1.A1"]["approved"], by_measure["P1.A1"]["returned"]) == (1, 1)
    by_period = ichiro.get("/board/?by=period&year=2026&period=").json()["rows"]
    assert [r["code"] for r in by_period][:2] == ["FY2026Q1", "FY2026Q2"]
    assert by_period[1]["not_due"] == by_period[1]["expected"]

    sign_in("kyoko").post(PAGE, EXTEND)
    after = {row["code"]: row for row in ichiro.get("/board/?period=FY2026Q1").json()["rows"]}["JST"]
    assert (after["missing"], after["not_due"]) == (0, jst["missing"])
    assert after["extended"] == after["expected"]

    found = ichiro.get("/board/?by=report&period=FY2026Q1&agency=JST&state=approved").json()["reports"]
    assert [(r["assignment"], r["due_on"]) for r in found] == [("JST.P1.A1", "2026-08-31")]
    pillar = ichiro.get("/board/?by=measure&period=FY2026Q1&pillar=P1").json()["rows"]
    assert pillar
    assert all(row["code"].split(".")[0] == "P1" for row in pillar)
    page = said(sign_in("ichiro"), "/admin/board/?period=FY2026Q1")
    assert "提出率" in page


def test_a_ministry_s_board_is_of_its_own_agencies_and_an_agency_has_none(
    cast: Cast, sign_in: type[Browser], set_clock: SetClock
) -> None:
    set_clock(NOW)
    board = Machine("jiro").get("/board/?period=FY2026Q1").json()
    assert {row["code"] for row in board["rows"]} <= cast.jiro.agencies
    assert Machine("jiro").get("/board/?by=report&period=FY2026Q1&agency=METI").json()["reports"] == []
    assert sign_in("hanako").get("/admin/board/").status_code == 403
    assert Machine("hanako").get("/board/").status_code == 403
    assert "/admin/board/" not in sign_in("hanako").get("/admin/reports/").content.decode()


def test_the_board_answers_for_the_past(cast: Cast, set_clock: SetClock) -> None:
    set_clock(NOW)
    first = submit(cast.hanako, "JST.P1.A1", "FY2026Q1", {"IND-02": "350"}).position
    put_in_force(cast.ichiro, cast.hanako, "JST.P1.A1.M2", "FY2026Q1", {"P1.A1.M2": "150"})

    def jst(as_of: object) -> tuple[int, int]:
        rows = Machine("ichiro").get(f"/board/?period=FY2026Q1&as_of={as_of}").json()["rows"]
        row = next(r for r in rows if r["code"] == "JST")
        return row["submitted"], row["approved"]

    assert [jst(first - 1), jst(first), jst("")] == [(0, 0), (1, 0), (1, 1)]


@pytest.mark.parametrize(
    "query",
    ["by=x", "by=report&page=99999", "page=-1", "year=abc", "period=%27", "agency=%25", "agency=%27", "pillar=%27--",
     "measure=%5C", "state=x", "as_of=gestern", "by=report&state=missing&page=2", "by=period&page=3", "year=1900"],
)  # fmt: skip
def test_odd_filters_of_the_board_are_survived(
    cast: Cast, sign_in: type[Browser], set_clock: SetClock, query: str
) -> None:
    set_clock(NOW)
    assert sign_in("ichiro").get(f"/admin/board/?{query}").status_code in (200, 400)
    assert Machine("ichiro").get(f"/board/?{query}").status_code in (200, 400)


PAGES = [
    *(f"/admin/board/?by={by}&period=FY2026Q1" for by in ("agency", "measure", "period", "report")),
    "/admin/board/?period=&year=2026", "/admin/burden/", "/admin/deadlines/?period=FY2026Q1", PAGE,
    "/admin/calendar/JST/",
]  # fmt: skip


def test_these_pages_ask_as_often_with_much_data_as_with_little(
    cast: Cast, sign_in: type[Browser], set_clock: SetClock
) -> None:
    set_clock(NOW)
    kyoko = sign_in("kyoko")
    submit(cast.hanako, "JST.P1.A1", "FY2026Q1", {"IND-02": "350"})
    kyoko.post("/admin/deadlines/METI/FY2026Q1/", EXTEND)
    few = {path: queries(kyoko, path) for path in PAGES}
    for agency in ("JST", "JSPS"):
        assert kyoko.post(f"/admin/deadlines/{agency}/FY2026Q1/", EXTEND).status_code == 302
    put_in_force(cast.ichiro, cast.hanako, "JST.P1.A1.M2", "FY2026Q1", {"P1.A1.M2": "150"})
    submit(cast.taro, "JSPS.P1.A1", "FY2026Q1", {"IND-02": "1,400"})
    assert {path: queries(kyoko, path) for path in PAGES} == few
    assert max(few.values()) <= 15, few


def test_operators_are_warned_in_every_header_and_by_the_system_check_when_holidays_will_not_be_known(
    cast: Cast, sign_in: type[Browser], set_clock: SetClock
) -> None:
    set_clock(at("2098-03-31 10:00"))
    assert not [m for m in run_checks() if m.id == "reporting.W001"]
    set_clock(at("2098-04-01 00:00"))
    [warning] = [m for m in run_checks() if m.id == "reporting.W001"]
    assert "2100-01-01" in str(warning)
    assert "2100-01-01以降の祝日が未収録です" in sign_in("misao").get("/admin/holidays/").content.decode()
    assert "祝日が未収録" not in sign_in("hanako").get("/admin/calendar/").content.decode()
    told = io.StringIO()
    call_command("summary", stdout=told)
    assert "national holidays are not known from 2100-01-01 on" in told.getvalue()

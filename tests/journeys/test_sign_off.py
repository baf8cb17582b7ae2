"""A report on its way out of an agency, at the pages and by machine."""

from collections.abc import Callable
from datetime import datetime
from typing import Any

import pytest

from agencies import access
from reporting.commands.sign_off import set_sign_off
from reporting.models import Preparation, Report
from tests.acts import at, reading, row_of, submit
from tests.cast import Cast
from tests.journeys.conftest import Browser
from tests.journeys.test_api import SUBMISSION, Machine

NOW = at("2026-07-10 10:00")
PAGE, REPORT = "/admin/reports/JST.P1.A1/FY2026Q1/", "JST.P1.A1@FY2026Q1"
RELEASE = f"/admin/sign-off/{REPORT}/"


@pytest.fixture(autouse=True)
def _in_july(set_clock: Callable[[datetime], None]) -> None:
    set_clock(NOW)


def typed(value: str, do: str = "prepare", **more: str) -> dict[str, Any]:
    return {
        "figure:IND-02:answer": "value",
        "figure:IND-02:value": value,
        "narrative:summary": "順調",
        "do": do,
        **more,
    }


def test_from_the_reporter_by_the_responsible_person_to_csti(sign_in: type[Browser], cast: Cast) -> None:
    hanako, tomoko = sign_in("hanako"), sign_in("tomoko")
    assert 'value="submit"' in hanako.get(PAGE).content.decode()
    assert tomoko.get("/", follow=True).redirect_chain[-1][0] == "/admin/sign-off/"
    assert tomoko.post("/admin/sign-off/agencies/JST/", {"wanted": "yes"}).status_code == 302
    form = hanako.get(PAGE).content.decode()
    assert 'value="prepare"' in form
    assert 'value="submit"' not in form
    assert hanako.post(PAGE, typed("350", "submit")).status_code == 409
    wrong = hanako.post(PAGE, typed("たくさん"))
    assert wrong.status_code == 400
    assert "たくさん" in wrong.content.decode()
    assert hanako.post(PAGE, typed("350", decided_on="2026-07-09", document_number="科振第12号")).status_code == 302
    waits = hanako.get(PAGE).content.decode()
    for said in ("責任者の確認待ち", 'value="take-back"', 'value="350"'):
        assert said in waits
    assert f'href="{RELEASE}"' in tomoko.get("/admin/sign-off/").content.decode()
    shown = tomoko.get(RELEASE).content.decode()
    for said in ("350", "Hanako", "順調", "2026-07-09", "科振第12号"):
        assert said in shown
    assert tomoko.post(RELEASE, {"do": "send-back", "seen_number": "1", "comment": ""}).status_code == 400
    assert tomoko.post(RELEASE, {"do": "send-back", "seen_number": "1", "comment": "内訳を"}).status_code == 302
    back = hanako.get(PAGE).content.decode()
    assert "責任者が差戻し" in back
    assert "内訳を" in back
    assert 'value="350"' in back
    hanako.post(PAGE, typed("360"))
    stale = tomoko.post(RELEASE, {"do": "release", "seen_number": "1"})
    assert stale.status_code == 409
    bad = tomoko.post(RELEASE, {"do": "release", "seen_number": "2", "decided_on": "2099-01-01"})
    assert bad.status_code == 400
    said = {"do": "release", "seen_number": "2", "decided_on": "2026-07-10", "document_number": "科振第13号"}
    assert tomoko.post(RELEASE, said).status_code == 302
    review = sign_in("ichiro").get(f"/admin/review/{REPORT}/").content.decode()
    for words in ("作成：Hanako", "Tomoko", "2026-07-10", "科振第13号"):
        assert words in review
    assert tomoko.get(RELEASE).status_code == 404


def test_the_reporter_takes_it_back_changes_it_and_the_old_one_cannot_be_released(
    sign_in: type[Browser], cast: Cast
) -> None:
    set_sign_off(actor=cast.kyoko, agency="JST", wanted=True, now=NOW)
    hanako, tomoko = sign_in("hanako"), sign_in("tomoko")
    hanako.post(PAGE, typed("350"))
    assert hanako.post(PAGE, {"do": "take-back", "seen_number": "1"}).status_code == 302
    assert "引き戻し済み" in hanako.get(PAGE).content.decode()
    assert tomoko.post(RELEASE, {"do": "release", "seen_number": "1"}).status_code == 409
    with reading():
        assert not Report.objects.exclude(status="open").exists()


def test_who_sees_a_report_before_it_leaves(sign_in: type[Browser], cast: Cast) -> None:
    set_sign_off(actor=cast.kyoko, agency="JST", wanted=True, now=NOW)
    sign_in("hanako").post(PAGE, typed("350"))
    missing = "/admin/sign-off/JST.P9.A9@FY2026Q1/"
    for name in ("taro", "ichiro", "fumiko", "jiro", "hanako"):
        assert sign_in(name).get(RELEASE).status_code == sign_in(name).get(missing).status_code == 403, name
        assert Machine(name).get(f"/preparations/{REPORT}/").status_code == (200 if name == "hanako" else 404)
    assert sign_in("tomoko").get(missing).status_code == 404
    for name, path in (("ichiro", f"/admin/review/{REPORT}/"), ("fumiko", f"/admin/story/{REPORT}/")):
        assert sign_in(name).get(path).status_code == 404


def test_one_click_takes_a_submission_back_until_a_reviewer_has_begun(sign_in: type[Browser], cast: Cast) -> None:
    submit(cast.hanako, "JST.P1.A1", "FY2026Q1", {"IND-02": "350"}, now=NOW)
    hanako, ichiro = sign_in("hanako"), sign_in("ichiro")
    review = f"/admin/review/{REPORT}/"
    assert 'value="begin"' in ichiro.get(review).content.decode()
    assert 'value="withdraw"' in hanako.get(PAGE).content.decode()
    begun = ichiro.post(review, {"do": "begin", "seen_version": "1", "comment:": "書きかけ"})
    assert begun.status_code == 200
    assert "書きかけ" in begun.content.decode()
    page = hanako.get(PAGE).content.decode()
    assert 'value="withdraw"' not in page
    assert "Ichiroが審査を始めたため、取り下げできません" in page
    refused = hanako.post(PAGE, {"do": "withdraw", "seen_version": "1"})
    assert refused.status_code == 409
    assert "差戻しを依頼" in refused.content.decode()
    assert row_of(REPORT).status == "submitted"


def test_machines_do_the_same(cast: Cast) -> None:
    hanako, tomoko, ichiro = Machine("hanako"), Machine("tomoko"), Machine("ichiro")
    assert tomoko.post("/sign-off/", {"agency": "JST", "wanted": True}).json() == {"agency": "JST", "wanted": True}
    assert tomoko.get("/sign-off/").json() == [{"agency": "JST", "wanted": True}]
    assert len(Machine("kyoko").get("/sign-off/").json()) > 20
    assert hanako.post("/reports/", SUBMISSION).json()["code"] == "sign_off_wanted"
    assert hanako.get("/preparations/").status_code == 403
    body = SUBMISSION | {"decided_on": "2026-07-09", "document_number": "科振第12号"}
    prepared = hanako.post("/preparations/", body, key="once")
    assert (prepared.status_code, prepared.json()["number"]) == (201, 1)
    assert hanako.post("/preparations/", body, key="once").json() == prepared.json()
    [waiting] = tomoko.get("/preparations/").json()
    assert waiting["report"] == REPORT
    shown = tomoko.get(f"/preparations/{REPORT}/").json()
    assert (shown["document_number"], shown["figures"][0]["now"]) == ("科振第12号", "350件")
    back = tomoko.post(f"/preparations/{REPORT}/return/", {"seen_number": 1, "comment": "内訳を"})
    assert back.status_code == 200
    assert hanako.get(f"/preparations/{REPORT}/").json()["comment"] == "内訳を"
    hanako.post("/preparations/", body)
    assert hanako.post(f"/preparations/{REPORT}/withdraw/", {"seen_number": 2}).status_code == 200
    hanako.post("/preparations/", body)
    assert hanako.post(f"/preparations/{REPORT}/release/", {"seen_number": 3}).status_code == 403
    released = tomoko.post(f"/preparations/{REPORT}/release/", {"seen_number": 3}, key="go")
    assert released.status_code == 201
    assert tomoko.post(f"/preparations/{REPORT}/release/", {"seen_number": 3}, key="go").json() == released.json()
    with access.following():
        assert not Preparation.objects.exists()
    assert ichiro.post(f"/reports/{REPORT}/begin-review/", {"seen_version": 1}).status_code == 200
    late = hanako.post(f"/reports/{REPORT}/withdraw/", {"seen_version": 1})
    assert (late.status_code, late.json()["code"]) == (409, "review_has_begun")


def test_the_pages_ask_as_often_with_many_as_with_one(sign_in: type[Browser], cast: Cast) -> None:
    from tests.journeys.test_queries import queries

    set_sign_off(actor=cast.kyoko, agency="JST", wanted=True, now=NOW)
    hanako, tomoko = sign_in("hanako"), sign_in("tomoko")
    hanako.post(PAGE, typed("350"))
    few = queries(tomoko, "/admin/sign-off/")
    pages = {page: queries(tomoko, page) for page in (RELEASE, f"{PAGE}evidence/")}
    for url in ("https://a.example/", "https://b.example/"):
        hanako.post(f"{PAGE}evidence/", {"url": url})
    hanako.post("/admin/reports/JST.P1.A2.M1/FY2026Q1/", {"figure:IND-03:value": "140", "do": "prepare"})
    hanako.post(PAGE, typed("351"))
    assert queries(tomoko, "/admin/sign-off/") == few <= 15
    assert {page: queries(tomoko, page) for page in pages} == pages
    assert max(pages.values()) <= 20, pages

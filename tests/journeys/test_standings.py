"""A standing set by page is marked on every page and in the API until it ends; agencies answer a standing and see their
own; all standings at a time, and out as a file."""

import csv
import io
import uuid
from collections.abc import Callable
from datetime import datetime
from typing import Any

import pytest
from django.db import DatabaseError
from django.db.models import QuerySet

from agencies import access
from reporting import event_store
from reporting.commands.overrides import expire_overrides
from reporting.models import Opinion
from reporting.queries.desk import front_page
from reporting.sheets.delimited import shown as without_apostrophe
from tests.acts import at, put_in_force
from tests.cast import SYSTEM, Cast
from tests.journeys.conftest import Browser
from tests.journeys.test_api import Machine
from tests.journeys.test_queries import queries
from tests.standings import NOW, judged, overrides, set_by_hand

MARK = "手動判定"
REASON = "年度途中の制度変更のため"


@pytest.fixture(autouse=True)
def july(set_clock: Callable[[datetime], None], cast: Cast) -> None:
    set_clock(NOW)


def text(browser: Browser, path: str, status: int = 200) -> str:
    answer = browser.get(path)
    assert answer.status_code == status, (path, answer.status_code)
    return answer.content.decode()


def form(standing: uuid.UUID) -> str:
    return f"/admin/standings/{standing}/override/"


# --- Set by hand ---


def test_set_by_page_it_is_marked_everywhere_and_withdrawn_by_page(sign_in: type[Browser], cast: Cast) -> None:
    standing = judged("off_track")
    kyoko, hanako, fumiko = sign_in("kyoko"), sign_in("hanako"), sign_in("fumiko")
    assert form(standing) in text(kyoko, f"/desk/standings/{standing}/")
    assert form(standing) not in text(fumiko, f"/desk/standings/{standing}/")
    assert "算定による判定" in text(kyoko, form(standing))
    sent = {"class": "at_risk", "until": "2027-09-30", "reason": REASON}
    assert kyoko.post(form(standing), sent).status_code == 302
    # Who, why, until when and the computed one, on every page, for an agency too.
    for path in ("/desk/", "/desk/indicators/IND-02/", f"/desk/standings/{standing}/", "/desk/standings/"):
        for browser in (kyoko, hanako, fumiko):
            page = text(browser, path)
            for words in (MARK, "Kyoko", REASON, "2027年9月30日", "算定による判定"):
                assert words in page, (path, words)
    assert MARK in text(kyoko, "/admin/reporting/standing/")
    assert "期限まであと87日" in text(fumiko, "/desk/overrides/")
    [row] = Machine("hanako").get("/standings/?indicator=IND-02").json()
    assert (row["standing"], row["computed"], row["id"]) == ("at_risk", "off_track", str(standing))
    by_hand = row["override"]
    assert (by_hand["class"], by_hand["set_by"], by_hand["until"]) == ("at_risk", "Kyoko", "2027-09-30")
    assert by_hand["reason"] == REASON
    [row_] = overrides()
    assert kyoko.post(f"/admin/overrides/{row_.event_id}/", {"reason": ""}).status_code == 400
    assert kyoko.post(f"/admin/overrides/{row_.event_id}/", {"reason": "解消"}).status_code == 302
    assert MARK not in text(hanako, "/desk/")
    listed = text(fumiko, "/desk/overrides/")
    assert "解消" in listed
    assert "Kyokoが取消し" in listed


def test_where_a_measure_is_followed_by_it_it_is_marked_too(sign_in: type[Browser], cast: Cast) -> None:
    with access.reading(cast.ichiro):
        front = front_page(actor=cast.ichiro, now=NOW)
    assert front is not None
    rows = [row for pillar in front.pillars for area in pillar.areas for row in area.rows]
    code, headline = next((row.node.code, row.figures[0].indicator.code) for row in rows if row.linked and row.figures)
    set_by_hand(cast.kyoko, judged("off_track", indicator=headline))
    page = text(sign_in("ichiro"), f"/desk/measures/{code}/")
    assert MARK in page
    assert REASON in page


def test_when_its_day_is_over_the_computed_one_is_shown_again(
    sign_in: type[Browser], cast: Cast, set_clock: Callable[[datetime], None]
) -> None:
    standing = judged("off_track")
    recorded = set_by_hand(cast.kyoko, standing)
    midnight = at("2027-10-01 00:00")
    set_clock(midnight)
    assert expire_overrides(now=midnight) == 1
    hanako = sign_in("hanako")
    assert MARK not in text(hanako, "/desk/")
    assert "期限到来" in text(sign_in("fumiko"), "/desk/overrides/")
    then = text(hanako, f"/desk/indicators/IND-02/?as_of={recorded.position}")
    assert REASON in then  # and the past is what was shown then
    assert "有効なもの" in text(sign_in("fumiko"), f"/desk/overrides/?as_of={recorded.position}")
    [one] = Machine("fumiko").get("/overrides/").json()
    assert (one["in_force"], one["ended"], one["ended_by"]) == (False, "OverrideExpired", "clock")


@pytest.mark.parametrize(
    ("sent", "field"),
    [
        ({"class": "at_risk", "until": "", "reason": "理由"}, "until"),
        ({"class": "at_risk", "until": "2027-13-01", "reason": "理由"}, "until"),
        ({"class": "at_risk", "until": "2027-07-04", "reason": "理由"}, "until"),
        ({"class": "at_risk", "until": "2028-07-06", "reason": "理由"}, "until"),
        ({"class": "at_risk", "until": "2027-09-30", "reason": " "}, "reason"),
        ({"class": "not_started", "until": "2027-09-30", "reason": "理由"}, "class"),
    ],
)
def test_what_is_refused_is_said_beside_its_field_and_nothing_typed_is_lost(
    sign_in: type[Browser], sent: dict[str, str], field: str
) -> None:
    standing = judged("off_track")
    answer = sign_in("kyoko").post(form(standing), sent)
    page = answer.content.decode()
    assert answer.status_code == 400
    assert f'id="{field}-problem"' in page
    assert sent["reason"].strip() in page
    assert overrides() == []


@pytest.mark.parametrize("name", ["ichiro", "fumiko", "hanako", "jiro"])
def test_nobody_else_comes_to_the_form(sign_in: type[Browser], name: str) -> None:
    standing = judged("off_track")
    browser = sign_in(name)
    assert browser.get(form(standing)).status_code == 403
    assert browser.post(form(standing), {"class": "on_track"}).status_code == 403
    body = {"class": "on_track", "until": "2027-09-30", "reason": "x"}
    answer = Machine(name).post(f"/standings/{standing}/override/", body)
    assert (answer.status_code, answer.json()["code"]) == (403, "not_allowed")
    assert overrides() == []


def test_the_list_is_for_csti_and_auditors(sign_in: type[Browser]) -> None:
    for name, status in (("kyoko", 200), ("fumiko", 200), ("ichiro", 200), ("hanako", 403), ("jiro", 403)):
        assert sign_in(name).get("/desk/overrides/").status_code == status
        assert Machine(name).get("/overrides/").status_code == status


# --- One standing ---


def test_a_standing_shows_all_that_made_it(sign_in: type[Browser], cast: Cast) -> None:
    put_in_force(cast.ichiro, cast.hanako, "JST.P1.A1", "FY2026", {"IND-02": "2,000"})
    first = judged("at_risk", when=at("2027-07-01 00:00"))
    standing = judged("off_track", "at_risk")
    page = text(sign_in("fumiko"), f"/desk/standings/{standing}/")
    for words in (
        "÷", "7,000", "8,666.667", "23.1%", "95%", "60%", f"/desk/standings/{first}/", "JST.P1.A1@FY2026",
        f"{standing}", "改善計画", "4日", "/admin/log/",
    ):  # fmt: skip
        assert words in page, words
    assert "日本学術振興会" in page  # left out: has no approved answer
    old = text(sign_in("fumiko"), f"/desk/standings/{first}/")
    assert "最新の判定" in old
    one = Machine("fumiko").get(f"/standings/{standing}/").json()
    assert (one["standing"], one["previous"], one["period"], one["plan"]) == ("off_track", "at_risk", "FY2026", None)
    assert one["reports"] == ["JST.P1.A1@FY2026"]
    assert one["left_out"] == ["JSPS"]
    assert one["days_shown"] == {"off_track": 0, "at_risk": 4}
    assert [turn["days"] for turn in one["history"]] == [0, 4]
    assert one["formula_with_numbers"].endswith("= 23.1%")


def test_an_agency_sees_of_a_national_standing_its_own_reports_only(sign_in: type[Browser], cast: Cast) -> None:
    put_in_force(cast.ichiro, cast.hanako, "JST.P1.A1", "FY2026", {"IND-02": "2,000"})
    put_in_force(cast.ichiro, cast.taro, "JSPS.P1.A1", "FY2026", {"IND-02": "5,000"})
    standing = judged("off_track")
    page = text(sign_in("taro"), f"/desk/standings/{standing}/")
    assert "JSPS.P1.A1@FY2026" in page
    assert "JST.P1.A1@FY2026" not in page
    assert Machine("taro").get(f"/standings/{standing}/").json()["reports"] == ["JSPS.P1.A1@FY2026"]


def test_another_agency_s_standing_and_a_missing_one_answer_alike(sign_in: type[Browser], cast: Cast) -> None:
    theirs = judged("off_track", agency="JST")
    recorded = set_by_hand(cast.kyoko, theirs)
    taro, hanako = sign_in("taro"), sign_in("hanako")
    assert hanako.get(f"/desk/standings/{theirs}/").status_code == 200
    nothing = uuid.uuid4()
    for path in ("/desk/standings/{}/", "/admin/opinions/{}/JSPS/", "/admin/opinions/{}/JST/"):
        assert taro.get(path.format(theirs)).status_code == taro.get(path.format(nothing)).status_code == 404
        body = {"text": "x"}
        if path.startswith("/admin"):
            assert taro.post(path.format(theirs), body).status_code == 404
    answers = [Machine("taro").get(f"/standings/{id_}/") for id_ in (theirs, nothing)]
    assert [a.status_code for a in answers] == [404, 404]
    assert answers[0].json() == answers[1].json()
    assert "JST" not in {row["agency"] for row in Machine("taro").get("/standings/").json()}
    for path in (
        "/desk/standings/",
        "/desk/standings.csv",
        "/desk/standings.json",
        "/desk/",
        "/desk/indicators/IND-02/",
    ):
        assert REASON not in text(taro, path)
    # An event of the same stream that is no standing is none of them.
    assert sign_in("fumiko").get(f"/desk/standings/{recorded.event_id}/").status_code == 404


# --- Opinions ---


def test_an_agency_s_opinion_is_seen_by_csti_which_replies_and_by_no_other_agency(
    sign_in: type[Browser], cast: Cast
) -> None:
    standing = judged("off_track")
    path = f"/admin/opinions/{standing}/JST/"
    hanako, taro, ichiro = sign_in("hanako"), sign_in("taro"), sign_in("ichiro")
    assert path in text(hanako, f"/desk/standings/{standing}/")
    assert hanako.post(path, {"text": "公募の時期が遅れたためです。"}).status_code == 302
    assert "公募の時期" in text(ichiro, "/admin/opinions/")
    assert ichiro.post(path, {"text": "次期に確認します。"}).status_code == 302
    assert "公募の時期" not in text(ichiro, "/admin/opinions/")
    for browser in (hanako, ichiro, sign_in("tomoko"), sign_in("fumiko"), sign_in("jiro")):
        for page in (f"/desk/standings/{standing}/", "/desk/indicators/IND-02/"):
            html = text(browser, page)
            assert html.index("公募の時期") < html.index("次期に確認します")
    for page in (f"/desk/standings/{standing}/", "/desk/indicators/IND-02/"):
        assert "公募の時期" not in text(taro, page)
    assert taro.get(path).status_code == 404
    said = Machine("hanako").get(f"/standings/{standing}/").json()["opinions"]
    assert [(one["agency"], one["from_csti"]) for one in said] == [("JST", False), ("JST", True)]
    assert Machine("taro").get(f"/standings/{standing}/").json()["opinions"] == []


def test_the_ministry_responsible_gives_its_own_opinion_and_not_its_agency_s(sign_in: type[Browser]) -> None:
    standing = judged("off_track")
    jiro = sign_in("jiro")  # MEXT is responsible for IND-02
    assert jiro.post(f"/admin/opinions/{standing}/MEXT/", {"text": "所管府省としての見解"}).status_code == 302
    assert jiro.post(f"/admin/opinions/{standing}/JST/", {"text": "x"}).status_code == 404
    assert "所管府省としての見解" not in text(sign_in("hanako"), f"/desk/standings/{standing}/")


def test_who_has_nothing_to_do_with_it_has_no_opinion(sign_in: type[Browser]) -> None:
    standing = judged("off_track")
    gyoko = sign_in("gyoko")  # METI neither reports IND-02 nor is responsible for it
    assert "/admin/opinions/" not in text(gyoko, f"/desk/standings/{standing}/")
    assert gyoko.get(f"/admin/opinions/{standing}/METI/").status_code == 404
    assert gyoko.post(f"/admin/opinions/{standing}/METI/", {"text": "x"}).status_code == 404
    for name in ("fumiko", "misao"):
        assert sign_in(name).post(f"/admin/opinions/{standing}/JST/", {"text": "x"}).status_code == 403


def test_csti_replies_and_does_not_begin(sign_in: type[Browser]) -> None:
    standing = judged("off_track")
    answer = Machine("ichiro").post(f"/standings/{standing}/opinions/", {"agency": "JST", "text": "いかがですか"})
    assert (answer.status_code, answer.json()["code"]) == (409, "nothing_to_answer")
    assert sign_in("ichiro").get(f"/admin/opinions/{standing}/JST/").status_code == 404


@pytest.mark.parametrize("said", ["", " \r\n ", "x" * 10_001, "a\x00b"])
def test_what_is_empty_or_too_long_is_refused_in_words(sign_in: type[Browser], said: str) -> None:
    standing = judged("off_track")
    assert sign_in("hanako").post(f"/admin/opinions/{standing}/JST/", {"text": said}).status_code == 400


@pytest.mark.parametrize("change", [lambda rows: rows.update(text="x"), lambda rows: rows.delete()])
def test_what_was_said_is_not_changed_any_more(
    sign_in: type[Browser], change: Callable[[QuerySet[Opinion]], object]
) -> None:
    standing = judged("off_track")
    sign_in("hanako").post(f"/admin/opinions/{standing}/JST/", {"text": "意見"})
    with pytest.raises(DatabaseError, match="permission denied"), access.acting(SYSTEM):
        change(Opinion.objects.all())


def test_of_the_past_nothing_said_later_is_shown(sign_in: type[Browser], set_clock: Callable[..., None]) -> None:
    standing = judged("off_track")
    position = event_store.head().position
    set_clock(at("2027-08-01 10:00"))
    hanako = sign_in("hanako")
    hanako.post(f"/admin/opinions/{standing}/JST/", {"text": "公募の時期が遅れた"})
    assert "公募の時期" in text(hanako, f"/desk/standings/{standing}/")
    set_clock(NOW)
    assert "公募の時期" not in text(hanako, f"/desk/standings/{standing}/?as_of={position}")


# --- All at a time, and out ---


def test_all_standings_at_a_time_are_narrowed_and_go_out_as_files(sign_in: type[Browser], cast: Cast) -> None:
    judged("off_track", indicator="IND-03")
    judged("on_track", agency="JST")
    set_by_hand(cast.kyoko, judged("off_track"), "on_track")
    fumiko = sign_in("fumiko")
    position = event_store.head().position
    judged("achieved", "off_track", indicator="IND-03")

    def out(query: str) -> set[tuple[str, str, str | None]]:
        rows = fumiko.get(f"/desk/standings.json?{query}").json()
        return {(row["indicator"], row["standing"], row["agency"]) for row in rows}

    everything = {("IND-02", "on_track", None), ("IND-02", "on_track", "JST"), ("IND-03", "achieved", None)}
    assert out("") == everything
    assert out("class=on_track") == everything - {("IND-03", "achieved", None)}
    assert out("overridden=1") == {("IND-02", "on_track", None)}
    assert out("agency=nation") == everything - {("IND-02", "on_track", "JST")}
    assert out("agency=jst") == {("IND-02", "on_track", "JST")}
    assert out("pillar=P1") == everything
    assert out("pillar=P2") == set()
    assert ("IND-03", "off_track", None) in out(f"as_of={position}")
    assert Machine("fumiko").get("/standings/?class=on_track&agency=nation").json()[0]["indicator"] == "IND-02"
    file = fumiko.get("/desk/standings.csv?overridden=1")
    assert file["Content-Type"].startswith("text/csv")
    header, line = csv.reader(io.StringIO(file.content.decode("utf-8-sig")))
    cells = dict(zip(header, line, strict=True))
    assert (cells["判定"], cells["算定による判定"], cells["手動判定の期限"]) == ("順調", "遅れ", "2027-09-30")
    assert cells["手動判定の理由"] == REASON


def test_no_text_of_the_file_is_a_formula(sign_in: type[Browser], cast: Cast) -> None:
    standing = judged("off_track")
    evil = '=HYPERLINK("https://evil.example","x")'
    sign_in("kyoko").post(form(standing), {"class": "at_risk", "until": "2027-09-30", "reason": evil})
    file = sign_in("fumiko").get("/desk/standings.csv").content.decode("utf-8-sig")
    cells = [cell for line in csv.reader(io.StringIO(file)) for cell in line]
    assert evil not in cells
    assert evil in [without_apostrophe(cell) for cell in cells]


@pytest.mark.parametrize("query", ["class=x", "pillar='%20OR%201=1", "agency=%25", "page=99999999999", "page=-1"])
def test_what_is_not_understood_narrows_nothing_and_breaks_nothing(sign_in: type[Browser], query: str) -> None:
    judged("off_track")
    assert sign_in("fumiko").get(f"/desk/standings/?{query}").status_code == 200


def test_a_page_asks_as_often_with_many_standings_as_with_one(sign_in: type[Browser], cast: Cast) -> None:
    standing = judged("off_track")
    fumiko = sign_in("fumiko")
    paths = ["/desk/standings/", f"/desk/standings/{standing}/", "/desk/overrides/", "/desk/standings.json"]
    few = {path: queries(fumiko, path) for path in paths}
    set_by_hand(cast.kyoko, standing)
    for code in ("IND-03", "IND-04", "IND-05"):
        set_by_hand(cast.kyoko, judged("off_track", indicator=code))
        judged("at_risk", "off_track", indicator=code)
    many: dict[str, Any] = {path: queries(fumiko, path) for path in paths}
    assert max(many.values()) <= 15, many
    assert {path: many[path] - few[path] for path in paths if path != "/desk/overrides/"} == dict.fromkeys(
        [path for path in paths if path != "/desk/overrides/"], 0
    )

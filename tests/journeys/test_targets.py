"""A target's way through the pages: proposed by who reports it, accepted by CSTI, revised, and told for ever after."""

import html
import re
from collections.abc import Callable
from datetime import datetime
from uuid import UUID

import pytest

from agencies import access
from indicators.models import IndicatorDefinition, Target, TargetProposal
from reporting import event_store
from reporting.queries.desk import chart_of
from tests.acts import at, put_in_force, reading, submit
from tests.cast import Cast
from tests.journeys.conftest import Browser
from tests.journeys.test_api import Machine

SetClock = Callable[[datetime], None]
NOW = at("2026-08-03 10:00")
FORM = {
    "agency": "", "domain": "", "value": "900", "year": "2030", "baseline": "600", "baseline_year": "2024",
    "shape": "linear", "reason": "採択を増やす",
}  # fmt: skip
PAGE = "/admin/targets/P1.A1.M2/"


@pytest.fixture(autouse=True)
def today(cast: Cast, set_clock: SetClock) -> None:
    set_clock(NOW)


def text(browser: Browser, path: str, status: int = 200) -> str:
    answer = browser.get(path)
    assert answer.status_code == status, path
    body = re.sub(r"<(script|style|template)\b.*?</\1>", " ", answer.content.decode(), flags=re.DOTALL)
    return " ".join(html.unescape(re.sub(r"<[^>]+>", " ", body)).split())


def proposed(browser: Browser, **form: str) -> str:
    """The address of the proposal."""
    answer = browser.post(f"{PAGE}propose/", FORM | form)
    assert answer.status_code == 302, answer.content.decode()
    return str(answer.headers["Location"])


def accepted(sign_in: type[Browser], **form: str) -> str:
    address = proposed(sign_in("hanako"), **form)
    assert sign_in("kyoko").post(address, {"do": "accept"}).status_code == 302
    return address


def in_force(indicator: str = "P1.A1.M2") -> Target:
    with reading():
        return Target.objects.get(indicator=indicator, agency=None, domain=None, component=None, to_position=None)


def test_the_lead_proposes_csti_sees_old_and_new_and_accepts(sign_in: type[Browser]) -> None:
    hanako, kyoko = sign_in("hanako"), sign_in("kyoko")
    assert "主担当" in text(hanako, "/admin/targets/")
    interim = {"interim.0.year": "R9", "interim.0": "６５０", "shape": "linear"}
    address = proposed(hanako, **interim)
    assert 'value="accept"' not in hanako.get(address).content.decode()
    assert 'value="accept"' in kyoko.get(address).content.decode()
    assert "1件の提案が判断を待っています" in text(kyoko, "/admin/targets/?waiting=1")
    shown = text(kyoko, address)
    assert "900件" in shown
    assert "2027年度 650件" in shown
    assert "採択を増やす" in shown
    assert kyoko.post(address, {"do": "accept"}).status_code == 302
    assert in_force().trajectory == {"shape": "linear", "interim": [{"year": 2027, "value": "650"}]}
    again = kyoko.post(address, {"do": "accept"})
    assert again.status_code == 409


def test_a_revision_begins_with_what_is_in_force_and_says_what_it_changes(sign_in: type[Browser]) -> None:
    accepted(sign_in, **{"interim.0.year": "2027", "interim.0": "650"})
    hanako = sign_in("hanako")
    page = hanako.get(f"{PAGE}propose/?agency=&domain=").content.decode()
    for field, value in (("value", "900"), ("interim.0.year", "2027"), ("interim.0", "650"), ("baseline", "600")):
        assert re.search(rf'name="{re.escape(field)}" value="{value}"', page), field
    address = proposed(hanako, revises="1", value="950", shape="geometric", reason="上方修正")
    shown = text(sign_in("kyoko"), address)
    assert "900件 → 950件" in shown
    assert "直線 → 毎年同じ率の伸び" in shown
    assert "2027年度 650件 → –" in shown  # the form was sent without them
    sign_in("kyoko").post(address, {"do": "accept"})
    assert in_force().trajectory == {"shape": "geometric"}
    assert "900件 → 950件" in text(hanako, address)  # what it changed, when it has been changed too


def test_a_decline_needs_a_reason_and_the_agency_reads_it(sign_in: type[Browser]) -> None:
    hanako, ichiro = sign_in("hanako"), sign_in("ichiro")
    address = proposed(hanako)
    refused = ichiro.post(address, {"do": "decline", "reason": " "})
    assert (refused.status_code, "理由を" in refused.content.decode()) == (400, True)
    assert ichiro.post(address, {"do": "decline", "reason": "根拠を示してください"}).status_code == 302
    assert "根拠を示してください" in text(hanako, PAGE)
    assert "却下" in text(hanako, address)


@pytest.mark.parametrize(
    ("form", "field", "words"),
    [
        ({"value": "たくさん"}, "value", "数値ではありません"),
        ({"shape": "geometric", "baseline": "0"}, "baseline", "0より大きい値"),
        ({"interim.0.year": "2031", "interim.0": "950"}, "interim.0", "目標の年度より前"),
        ({"interim.0.year": "いつか", "interim.0": "950"}, "interim.0.year", "年度"),
        ({"reason": ""}, "reason", "理由を"),
        ({"year": ""}, "year", "値を入力"),
    ],
)
def test_what_cannot_be_is_said_beside_its_field_and_nothing_typed_is_lost(
    sign_in: type[Browser], form: dict[str, str], field: str, words: str
) -> None:
    answer = sign_in("hanako").post(f"{PAGE}propose/", FORM | {"reason": "残るべき理由"} | form)
    page = answer.content.decode()
    assert answer.status_code == 400
    beside = re.search(rf'id="field-{field.replace(".", "-")}-problem">([^<]*)', page)
    assert beside is not None, page
    assert words in beside[1]
    assert form.get("reason", "残るべき理由") in page
    assert f"修正が必要な値があります：{field}" not in page
    with reading():
        assert not TargetProposal.objects.exists()


@pytest.mark.parametrize("who", ["taro", "midori", "kyoko", "jiro"])
def test_who_does_not_report_an_indicator_has_no_form_for_it(who: str, sign_in: type[Browser]) -> None:
    browser = sign_in(who)
    assert browser.get(f"{PAGE}propose/").status_code in (403, 404)
    assert browser.post(f"{PAGE}propose/", FORM).status_code in (403, 404)
    with reading():
        assert not TargetProposal.objects.exists()


def test_an_agency_proposes_for_itself_and_another_agency_sees_nothing_of_it(sign_in: type[Browser]) -> None:
    hanako = sign_in("hanako")
    own = FORM | {"agency": "JST", "value": "3,111", "baseline": "1,400"}
    assert hanako.get("/admin/targets/IND-02/propose/").status_code == 404  # JSPS leads it
    assert hanako.get("/admin/targets/IND-02/propose/?agency=JSPS").status_code == 404
    assert hanako.get("/admin/targets/IND-02/propose/?agency=JST").status_code == 200
    address = str(hanako.post("/admin/targets/IND-02/propose/", own).headers["Location"])
    taro, jiro = sign_in("taro"), sign_in("jiro")
    assert taro.get(address).status_code == 404
    assert taro.post(address, {"do": "accept"}).status_code == 404
    assert jiro.get(address).status_code == 200  # the ministry sees what its agencies propose
    assert "3,111" not in text(taro, "/admin/targets/IND-02/")
    sign_in("kyoko").post(address, {"do": "accept"})
    assert "3,111" not in text(taro, "/admin/targets/IND-02/")
    assert "3,111" in text(hanako, "/admin/targets/IND-02/")


def test_a_milestone_is_proposed_on_its_own_page(sign_in: type[Browser]) -> None:
    hoko, page = sign_in("hoko"), "/admin/targets/P1.A5.M4/milestone/"
    assert hoko.get(page).status_code == 200
    form = {"agency": "", "stage": "2", "due_on": "2027-06-30", "reason": "指針の改定"}
    assert "日付" in hoko.post(page, form | {"due_on": "そのうち"}).content.decode()
    address = str(hoko.post(page, form).headers["Location"])
    sign_in("kyoko").post(address, {"do": "accept"})
    assert "2027-06-30" in text(hoko, "/admin/targets/P1.A5.M4/")
    assert "2027-06-30" in text(sign_in("ichiro"), "/admin/targets/")


def test_the_indicators_page_tells_each_revision_with_day_person_reason_and_difference(
    sign_in: type[Browser], set_clock: SetClock, cast: Cast
) -> None:
    accepted(sign_in)
    between = event_store.head().position
    set_clock(at("2027-05-10 10:00"))
    accepted(sign_in, revises="1", value="950", reason="上方修正")
    for who in ("ichiro", "hanako", "taro"):
        shown = text(sign_in(who), "/desk/indicators/P1.A1.M2/")
        assert "目標の変遷" in shown
        assert "900件 → 950件" in shown
        assert "上方修正" in shown
        assert "Kyoko 内閣府" in shown
        assert "2027年5月10日" in shown
        assert "より淡く細かい破線" in shown  # what the chart says by its lines
    then = text(sign_in("ichiro"), f"/desk/indicators/P1.A1.M2/?as_of={between}")
    assert "950件" not in then
    assert "900件" in then
    with access.reading(cast.ichiro):
        now = chart_of(actor=cast.ichiro, code="P1.A1.M2", now=at("2027-05-10 10:00"))
        before = chart_of(actor=cast.ichiro, code="P1.A1.M2", now=at("2027-05-10 10:00"), as_of=between)
    assert now is not None
    assert before is not None
    [earlier] = now.earlier
    assert earlier.target == (2030.0, 900.0)
    assert earlier.label == "2027-05-10までの目標"
    assert len(earlier.path) > 2
    assert before.earlier == ()


def test_the_chart_is_drawn_with_what_was_wanted_before_and_without_a_break(sign_in: type[Browser]) -> None:
    browser = sign_in("ichiro")
    plain = browser.get("/desk/charts/P1.A1.M2.svg").content
    accepted(sign_in)
    once = browser.get("/desk/charts/P1.A1.M2.svg").content
    accepted(sign_in, revises="1", shape="band", low="700", high="800", value="", reason="範囲に")
    twice = browser.get("/desk/charts/P1.A1.M2.svg").content
    assert len({plain, once, twice}) == 3
    assert b"#8f8f93" in twice
    assert b"#8f8f93" not in once
    assert "700件～800件" in text(browser, "/desk/indicators/P1.A1.M2/")


def test_a_target_set_after_its_result_is_marked_wherever_it_is_shown(sign_in: type[Browser], cast: Cast) -> None:
    put_in_force(cast.ichiro, cast.hanako, "JST.P1.A1.M2", "FY2026Q1", {"P1.A1.M2": "150"})
    accepted(sign_in, year="2026", baseline_year="2024")
    for path in ("/desk/indicators/P1.A1.M2/", "/admin/targets/", PAGE):
        assert "実績の判明後に設定" in text(sign_in("taro"), path), path
    [mark] = [t["mark"] for t in Machine("taro").get("/targets/").json() if t["indicator"] == "P1.A1.M2"]
    assert mark == "set_after_result"


def test_the_secretariat_redefines_and_the_page_tells_old_and_new(sign_in: type[Browser]) -> None:
    kyoko, page = sign_in("kyoko"), "/admin/targets/IND-04/definition/"
    form = dict(
        re.findall(r'type="hidden" name="(was\.[a-z_]+|seen)" value="([^"]*)"', kyoko.get(page).content.decode())
    )
    form |= {name.removeprefix("was."): value for name, value in form.items() if name.startswith("was.")}
    nothing = kyoko.post(page, form | {"reason": "理由"})
    assert (nothing.status_code, "何も変わりません" in nothing.content.decode()) == (400, True)
    wrong = kyoko.post(page, form | {"noise_sigma": "0", "reason": "理由"})
    assert (wrong.status_code, "百分率" in wrong.content.decode()) == (400, True)
    changed = form | {
        "noise_sigma": "1.5",
        "source_ja": "学校基本調査",
        "confirms": "judgement",
        "reason": "実績による",
    }
    assert kyoko.post(page, changed).status_code == 302
    with reading():
        row = IndicatorDefinition.objects.get(indicator="IND-04", to_position=None)
    assert (str(row.noise_sigma), row.source["ja"], "judgement" in row.assumed) == ("0.0150", "学校基本調査", False)
    for browser, path in ((kyoko, "/admin/targets/IND-04/"), (sign_in("hanako"), "/desk/indicators/IND-04/")):
        shown = text(browser, path)
        assert "1% → 1.5%" in shown
        assert "各機関の報告 → 学校基本調査" in shown
        assert "実績による" in shown
    assert kyoko.post(page, changed).status_code == 409  # the form began with what is no longer in force
    for who in ("hanako", "ichiro", "fumiko"):
        assert sign_in(who).get(page).status_code == 403
        assert sign_in(who).post(page, changed).status_code == 403


def test_a_figure_is_shown_with_the_definition_of_its_time(sign_in: type[Browser], cast: Cast) -> None:
    submit(cast.hanako, "JST.P1.A1", "FY2026Q1", {"IND-02": "350"})
    before = event_store.head().position
    form = "/admin/reports/JST.P1.A1/FY2026Q1/"
    for path in ("/desk/indicators/IND-02/", form):
        assert "第7期科学技術・イノベーション基本計画（出所：" in text(sign_in("hanako"), path)
    redefined = {"changes": {"source_ja": "業務実績報告", "source_en": "Business report"}, "reason": "出典を明示"}
    assert Machine("kyoko").post("/indicators/IND-02/redefine/", redefined).status_code == 200
    hanako = sign_in("hanako")
    assert "出典 業務実績報告" in text(hanako, "/desk/indicators/IND-02/")
    assert "業務実績報告" not in text(hanako, f"/desk/indicators/IND-02/?as_of={before}")
    assert "出典：業務実績報告" in text(hanako, form)
    story = text(hanako, "/admin/story/JST.P1.A1@FY2026Q1/")
    assert "出典：各機関の報告" in story  # as it was when the report was sent
    assert "業務実績報告" not in story


def test_both_languages(sign_in: type[Browser], cast: Cast) -> None:
    accepted(sign_in)
    accepted(sign_in, revises="1", value="950", reason="上方修正")
    ichiro = sign_in("ichiro")
    assert "対象 変更内容" in text(ichiro, PAGE)
    ichiro.post("/language/setlang/", {"language": "en", "next": "/"})
    for path in (PAGE, "/desk/indicators/P1.A1.M2/"):
        shown = text(ichiro, path)
        assert "900 cases → 950 cases" in shown
        assert "What was wanted, and since when" in shown
    assert "目標の変遷" not in text(ichiro, PAGE)


# --- By machine ------------------------------------------------------------------------------------------------------


def test_by_machine_a_path_is_proposed_and_told_with_its_past(cast: Cast) -> None:
    hanako, kyoko = Machine("hanako"), Machine("kyoko")
    body = {
        "indicator": "P1.A1.M2", "year": "令和12年度", "value": "900", "reason": "採択", "baseline": "600",
        "baseline_year": 2024, "shape": "geometric", "interim": [{"year": 2027, "value": "650"}],
    }  # fmt: skip
    first = hanako.post("/targets/", body)
    assert first.status_code == 201, first.content
    assert kyoko.post(f"/proposals/{UUID(first.json()['proposal'])}/accept/", {}).status_code == 200
    before = event_store.head().position
    wrong = hanako.post("/targets/", body | {"interim": [{"year": 2031, "value": "1"}], "revises": True})
    assert (wrong.status_code, set(wrong.json()["fields"])) == (400, {"interim.0"})
    revision = hanako.post("/targets/", {**body, "value": "950", "interim": [], "revises": True, "reason": "改定"})
    kyoko.post(f"/proposals/{revision.json()['proposal']}/accept/", {})
    told = kyoko.get("/indicators/P1.A1.M2/").json()
    assert [(t["value"], t["trajectory"]) for t in told["revisions"]] == [
        ("950", {"shape": "geometric"}),
        ("900", {"shape": "geometric", "interim": [{"year": 2027, "value": "650"}]}),
    ]
    assert told["revisions"][0]["since"] == told["revisions"][1]["until"]
    [then] = kyoko.get(f"/indicators/P1.A1.M2/?as_of={before}").json()["targets"]
    assert (then["value"], then["until"]) == ("900", None)


def test_by_machine_a_definition_is_changed_by_the_secretariat_only(cast: Cast) -> None:
    kyoko = Machine("kyoko")
    seen = kyoko.get("/indicators/IND-04/").json()["definition"]["since"]
    body = {"changes": {"noise_sigma": "1.5"}, "reason": "実績による", "seen": seen}
    assert Machine("ichiro").post("/indicators/IND-04/redefine/", body).status_code == 403
    assert kyoko.post("/indicators/IND-99/redefine/", {**body, "seen": 1}).status_code == 404
    assert kyoko.post("/indicators/IND-04/redefine/", body).status_code == 200
    late = kyoko.post("/indicators/IND-04/redefine/", {**body, "changes": {"noise_sigma": "2"}})
    assert (late.status_code, late.json()["code"]) == (409, "definition_changed")
    told = kyoko.get("/indicators/IND-04/").json()
    assert [d["noise_sigma"] for d in told["definitions"]] == ["0.015", "0.01"]
    put_in_force(cast.ichiro, cast.hanako, "JST.P1.A1", "FY2026Q1", {"IND-02": "350"})
    refused = kyoko.post("/indicators/IND-02/redefine/", {"changes": {"unit": "人"}, "reason": "誤り"})
    assert (refused.status_code, refused.json()["code"]) == (409, "figures_in_force")


def test_by_machine_too_nobody_sees_another_agencys_targets(cast: Cast) -> None:
    hanako = Machine("hanako")
    own = {"indicator": "IND-02", "year": 2030, "value": "3,111", "reason": "当機関の分", "agency": "JST",
           "baseline": "1,400", "baseline_year": 2024}  # fmt: skip
    proposal = hanako.post("/targets/", own).json()["proposal"]
    Machine("kyoko").post(f"/proposals/{proposal}/accept/", {})
    for machine, sees in ((hanako, True), (Machine("taro"), False), (Machine("jiro"), True)):
        listed = {t["agency"] for t in machine.get("/targets/").json() if t["indicator"] == "IND-02"}
        one = {t["agency"] for t in machine.get("/indicators/IND-02/").json()["revisions"]}
        assert ("JST" in listed, "JST" in one) == (sees, sees)

"""Alerts as people see them, and act on them in place: at the web admin's pages."""

from collections.abc import Callable
from datetime import date, datetime, timedelta
from typing import Any

import pytest

from agencies import access
from agencies.models import Membership, Role
from indicators.models import Indicator
from reporting.alerts import look_at_days, send_round
from reporting.commands.alerts import set_ladder, silence_alert
from reporting.models import ActionPlan, Alert, AlertChange, LadderContact, MailChoice, MailHold, Silence, Telling
from tests.acts import at, reading
from tests.cast import Cast
from tests.departments import person, unit_of
from tests.journeys.conftest import Browser
from tests.journeys.test_queries import queries
from tests.standings import NOW, follow, judged

PLAN = {
    "do": "plan", "seq": "1", "causes": ["staff", "funds"], "explanation": "審査員の不足",
    "action": "公募を年2回にする", "owner": "企画課", "due_on": "2028-03-31",
    "expected.2027": "８，０００", "expected.2028": "9,000",
}  # fmt: skip


@pytest.fixture(autouse=True)
def now(set_clock: Callable[[datetime], None]) -> None:
    set_clock(NOW)


@pytest.fixture
def of_jst(cast: Cast) -> int:
    """JST is behind a target of its own."""
    judged("off_track", agency="JST")
    return newest().pk


@pytest.fixture
def of_mext(cast: Cast) -> int:
    """The nation is behind, for which MEXT is responsible."""
    judged("off_track")
    return newest().pk


def newest() -> Alert:
    with reading():
        return Alert.objects.latest("pk")


def state(alert: int) -> tuple[str, int]:
    with reading():
        row = Alert.objects.get(pk=alert)
    return row.state, row.seq


def page(browser: Browser, path: str, status: int = 200) -> str:
    answer = browser.get(path)
    assert answer.status_code == status, (path, answer.status_code)
    return answer.content.decode()


def post(browser: Browser, alert: int, **said: Any) -> Any:
    return browser.post(f"/admin/alerts/{alert}/", said)


# --- the list


def test_an_agency_sees_what_it_answers_for_a_ministry_also_those_below_and_csti_all(
    cast: Cast, of_jst: int, of_mext: int, sign_in: type[Browser]
) -> None:
    def links(name: str) -> list[bool]:
        text = page(sign_in(name), "/admin/alerts/")
        return [f'href="/admin/alerts/{alert}/"' in text for alert in (of_jst, of_mext)]

    assert links("hanako") == [True, False]
    assert links("taro") == [False, False]
    assert links("shingo") == [False, True]
    assert links("jiro") == [True, True]
    assert links("kyoko") == links("fumiko") == links("misao") == links("ichiro") == [True, True]


def test_what_waits_for_me_stands_first_and_is_counted_in_the_navigation(
    cast: Cast, of_jst: int, sign_in: type[Browser]
) -> None:
    hanako, kyoko = sign_in("hanako"), sign_in("kyoko")
    assert "いま対応するもの" in page(hanako, "/admin/alerts/")
    assert "いま対応するもの" not in page(kyoko, "/admin/alerts/")
    assert "対応を待つものはありません" in page(kyoko, "/admin/alerts/?state=mine")
    assert post(hanako, of_jst, **PLAN).status_code == 302
    assert "いま対応するもの" in page(kyoko, "/admin/alerts/")
    assert f'href="/admin/alerts/{of_jst}/"' in page(kyoko, "/admin/alerts/?state=mine")
    assert "いま対応するもの" not in page(hanako, "/admin/alerts/")


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("severity=off_track", True),
        ("severity=at_risk", False),
        ("agency=jst", True),
        ("agency=科学技術振興", True),
        ("agency=JSPS", False),
        ("indicator=IND-02", True),
        ("indicator=IND-03", False),
        ("pillar=P1", True),
        ("pillar=P2", False),
        ("state=recovered", False),
        ("state=all&order=newest&page=9", True),
        ("state=½&severity=½&order=½&page=½", True),
    ],
)
def test_the_list_is_narrowed(cast: Cast, of_jst: int, sign_in: type[Browser], query: str, found: bool) -> None:
    text = page(sign_in("kyoko"), f"/admin/alerts/?{query}")
    assert (f'href="/admin/alerts/{of_jst}/"' in text) is found


def test_the_list_says_what_is_asked_by_when_and_who_is_told_next(
    cast: Cast, of_jst: int, sign_in: type[Browser]
) -> None:
    text = page(sign_in("hanako"), "/admin/alerts/")
    assert "2027-08-03まで" in text  # 20 business days from 5 July, with 海の日 between
    assert "2027-07-12" in text  # the head of division, after five


# --- one alert


def test_the_alert_says_how_far_it_is_why_and_who_is_told_next(cast: Cast, of_jst: int, sign_in: type[Browser]) -> None:
    text = page(sign_in("hanako"), f"/admin/alerts/{of_jst}/")
    for words in ("7,000", "8,667", "遅れ", "未対応", "JST planning", "2027-07-12", "文部科学省"):
        assert words in text, words
    assert "planning@mext" not in text


def test_another_agency_s_alert_and_one_that_is_not_there_are_alike(
    cast: Cast, of_mext: int, sign_in: type[Browser]
) -> None:
    taro = sign_in("taro")
    for path in (f"/admin/alerts/{of_mext}/", "/admin/alerts/987654/"):
        for answer in (taro.get(path), taro.get(path + "chart/"), taro.post(path, {"do": "acknowledge"})):
            assert answer.status_code == 404
    assert state(of_mext) == ("firing", 1)
    person("kiku", "MEXT", "archive", Role.CONTRIBUTOR)
    kiku = sign_in("kiku")
    for path in ("", f"{of_mext}/", "settings/", "told/", "holds/", "ladder/MEXT/"):
        assert kiku.get(f"/admin/alerts/{path}").status_code == 403


def test_an_agency_acknowledges_in_place(cast: Cast, of_jst: int, sign_in: type[Browser]) -> None:
    hanako = sign_in("hanako")
    said = {"do": "acknowledge", "seq": "1", "comment": "公募の遅れによる", "review_on": "2027-09-01"}
    assert post(hanako, of_jst, **said).status_code == 302
    assert state(of_jst) == ("acknowledged", 1)
    text = page(hanako, f"/admin/alerts/{of_jst}/")
    assert "公募の遅れによる" in text
    assert "2027-09-01" in text
    assert 'value="acknowledge"' not in text
    again = post(hanako, of_jst, **said)
    assert again.status_code == 409
    assert "このアラートは" in again.content.decode()
    with reading():
        assert AlertChange.objects.filter(alert=of_jst, what="acknowledged").count() == 1


@pytest.mark.parametrize(
    ("said", "status", "beside"),
    [
        ({"comment": " "}, 400, "comment-problem"),
        ({"review_on": "2027-07-01"}, 400, "review_on-problem"),
        ({"review_on": "あした"}, 400, "review_on-problem"),
        ({"seq": "7"}, 409, ""),
        ({"seq": "½"}, 409, ""),
    ],
)
def test_what_was_typed_is_never_lost_to_an_error(
    cast: Cast, of_jst: int, sign_in: type[Browser], said: dict[str, str], status: int, beside: str
) -> None:
    full = {"do": "acknowledge", "seq": "1", "comment": "公募の遅れによる", "review_on": "2027-09-01"}
    answer = post(sign_in("hanako"), of_jst, **(full | said))
    text = answer.content.decode()
    assert answer.status_code == status
    assert 'role="alert"' in text
    if "comment" not in said:
        assert "公募の遅れによる" in text
    if beside:
        assert f'id="{beside}"' in text
    assert state(of_jst) == ("firing", 1)


def test_a_plan_is_submitted_returned_with_a_reason_submitted_again_and_accepted(
    cast: Cast, of_jst: int, sign_in: type[Browser]
) -> None:
    hanako, kyoko = sign_in("hanako"), sign_in("kyoko")
    assert post(hanako, of_jst, **PLAN).status_code == 302
    with reading():
        plan = ActionPlan.objects.get(alert=of_jst)
    assert (plan.causes, plan.expected) == (["funds", "staff"], {"2027": "8000", "2028": "9000"})
    text = page(kyoko, f"/admin/alerts/{of_jst}/")
    for words in ("公募を年2回にする", "企画課", "審査員の不足", "8,000"):
        assert words in text, words
    assert post(kyoko, of_jst, do="return", plan="1", decision=" ").status_code == 400
    assert post(kyoko, of_jst, do="return", plan="1", decision="効果の根拠を示してください").status_code == 302
    assert post(kyoko, of_jst, do="accept", plan="1").status_code == 409
    text = page(hanako, f"/admin/alerts/{of_jst}/")
    assert "効果の根拠を示してください" in text
    assert post(hanako, of_jst, **PLAN).status_code == 302
    assert post(kyoko, of_jst, do="accept", plan="2", decision="").status_code == 302
    assert state(of_jst) == ("in_action", 1)
    assert "2028-03-31まで" in page(hanako, "/admin/alerts/")


@pytest.mark.parametrize(
    ("said", "beside"),
    [
        ({"causes": []}, "causes-problem"),
        ({"action": ""}, "action-problem"),
        ({"owner": ""}, "owner-problem"),
        ({"due_on": ""}, "due_on-problem"),
        ({"due_on": "2020-01-01"}, "due_on-problem"),
        ({"expected.2027": "", "expected.2028": ""}, "expected-problem"),
        ({"expected.2027": "たくさん"}, "field-expected-2027-problem"),
    ],
)
def test_a_plan_that_misses_something_is_refused_beside_its_field_and_stays_typed(
    cast: Cast, of_jst: int, sign_in: type[Browser], said: dict[str, Any], beside: str
) -> None:
    answer = post(sign_in("hanako"), of_jst, **(PLAN | said))
    text = answer.content.decode()
    assert answer.status_code == 400
    assert f'id="{beside}"' in text
    assert "審査員の不足" in text
    assert state(of_jst) == ("firing", 1)


def test_who_may_not_act_is_offered_nothing_and_refused(cast: Cast, of_jst: int, sign_in: type[Browser]) -> None:
    post(sign_in("hanako"), of_jst, **PLAN)
    for name in ("jiro", "ichiro", "fumiko", "misao"):
        browser = sign_in(name)
        text = page(browser, f"/admin/alerts/{of_jst}/")
        for do in ("acknowledge", "plan", "accept", "return", "silence", "agree", "end"):
            assert f'name="do" value="{do}"' not in text, (name, do)
        for said in (
            PLAN | {"do": "acknowledge", "comment": "x"},
            PLAN,
            {"do": "accept", "plan": "1"},
            {"do": "return", "plan": "1", "decision": "x"},
            {"do": "silence", "until": "2027-08-01", "why_silent": "x"},
            {"do": "agree"},
            {"do": "end"},
        ):
            assert post(browser, of_jst, **said).status_code in (403, 409), (name, said)
        assert browser.post(f"/admin/alerts/{of_jst}/", {"do": "nothing"}).status_code == 404
    assert state(of_jst) == ("plan_submitted", 1)


def test_nobody_decides_on_a_plan_of_their_own_unit(cast: Cast, of_jst: int, sign_in: type[Browser]) -> None:
    post(sign_in("hanako"), of_jst, **PLAN)
    both = {"person_id": person("futari", "CAO", "coordination", Role.SECRETARIAT).person_id, "role": Role.REPORTER}
    unit = unit_of("JST", "planning")
    with access.acting(cast.system):
        Membership.objects.create(**both, unit_id=unit, agency_id="JST")
    futari = sign_in("futari")
    assert 'value="accept"' not in page(futari, f"/admin/alerts/{of_jst}/")
    assert post(futari, of_jst, do="accept", plan="1").status_code == 403


def test_mails_are_kept_back_by_who_is_responsible_and_of_the_nation_when_another_agrees(
    cast: Cast, of_jst: int, of_mext: int, sign_in: type[Browser]
) -> None:
    hanako, shingo, kyoko = sign_in("hanako"), sign_in("shingo"), sign_in("kyoko")
    said = {"do": "silence", "until": "2027-08-31", "why_silent": "制度改正を待つ"}
    assert post(hanako, of_jst, **said).status_code == 302
    assert "制度改正を待つ" in page(hanako, f"/admin/alerts/{of_jst}/")
    assert post(hanako, of_jst, **said).status_code == 409
    assert post(hanako, of_jst, do="end").status_code == 302
    assert post(shingo, of_mext, **said).status_code == 302
    with reading():
        assert Silence.objects.get(alert=of_mext).waits
    assert 'value="agree"' not in page(shingo, f"/admin/alerts/{of_mext}/")
    assert f'href="/admin/alerts/{of_mext}/"' in page(kyoko, "/admin/alerts/?state=mine")
    assert post(kyoko, of_mext, do="agree").status_code == 302
    with reading():
        assert not Silence.objects.get(alert=of_mext).waits
    assert "メール停止中" in page(shingo, "/admin/alerts/")
    for bad in ({"until": ""}, {"until": "2030-01-01"}, {"why_silent": ""}):
        answer = post(hanako, of_jst, **(said | bad))
        assert answer.status_code == 400, bad
        assert "-problem" in answer.content.decode()


# --- the rest


def test_why_a_mail_arrived_or_did_not_is_said(cast: Cast, of_jst: int, sign_in: type[Browser]) -> None:
    silence_alert(actor=cast.hanako, alert=of_jst, until=date(2027, 8, 1), reason="x", now=NOW)
    hanako, kyoko, taro = sign_in("hanako"), sign_in("kyoko"), sign_in("taro")
    send_round(now=NOW, wait=timedelta())
    with reading():
        assert Telling.objects.get(alert=of_jst).decision == "silenced"
    text = page(hanako, "/admin/alerts/told/")
    assert "IND-02" in text
    assert f'href="/admin/alerts/{of_jst}/#silence"' in text
    assert "IND-02" in page(kyoko, "/admin/alerts/told/?whose=all&to=jst&became=not")
    assert "IND-02" not in page(kyoko, "/admin/alerts/told/?whose=all&to=JSPS")
    assert "IND-02" not in page(kyoko, "/admin/alerts/told/")
    assert "IND-02" not in page(taro, "/admin/alerts/told/?whose=all&to=jst")


def test_a_mail_says_what_it_tells(cast: Cast, of_jst: int, sign_in: type[Browser]) -> None:
    assert send_round(now=NOW, wait=timedelta()) == 1
    with reading():
        mail = Telling.objects.get(alert=of_jst).mail_id
    assert f'href="/admin/alerts/{of_jst}/"' in page(sign_in("kyoko"), f"/admin/mails/{mail}/")
    assert f'href="/admin/mails/{mail}/"' in page(sign_in("kyoko"), f"/admin/alerts/{of_jst}/")
    text = page(sign_in("hanako"), f"/admin/alerts/{of_jst}/")
    assert f'href="/admin/mails/{mail}/"' not in text
    assert "送信待ち" in text


def settings(**more: str) -> dict[str, str]:
    usual = {f"{g}.often": "weekly" for g in ("lag", "answers", "recovered", "notes")}
    usual |= {f"{g}.from": "off_track" for g in ("lag", "answers", "recovered", "notes")}
    return usual | {"for": "mine", "language": "ja", "deputy": "", "deputy_from": "", "deputy_until": ""} | more


def test_one_chooses_what_one_is_told_for_oneself_and_for_one_s_unit(cast: Cast, sign_in: type[Browser]) -> None:
    hanako = sign_in("hanako")
    deputy = {"deputy": str(cast.tomoko.person_id), "deputy_from": "2027-07-01", "deputy_until": "2027-07-31"}
    assert hanako.post("/admin/alerts/settings/", settings(**deputy)).status_code == 302
    assert hanako.post("/admin/alerts/settings/", settings(**{"for": "ours"})).status_code == 302
    with reading():
        assert set(MailChoice.objects.values_list("unit", "person", "frequency")) == {
            (None, cast.hanako.person_id, "weekly"), (cast.hanako.unit_id, None, "weekly"),
        }  # fmt: skip
    text = page(hanako, "/admin/alerts/settings/")
    assert 'value="2027-07-31"' in text
    assert "停止できません" in text


@pytest.mark.parametrize(
    "bad",
    [
        {"lag.often": "sometimes"},
        {"language": "fr"},
        {"deputy": "987654", "deputy_from": "2027-07-01", "deputy_until": "2027-07-02"},
        {"deputy_from": "2027-07-01"},
        {"deputy_until": "あす"},
    ],
)
def test_odd_choices_are_refused_and_stay_typed(cast: Cast, sign_in: type[Browser], bad: dict[str, str]) -> None:
    answer = sign_in("hanako").post("/admin/alerts/settings/", settings(**({"notes.often": "monthly"} | bad)))
    assert answer.status_code == 400
    assert '<option value="monthly" selected>' in answer.content.decode()
    with reading():
        assert not MailChoice.objects.exists()


def test_the_preview_says_who_would_be_told_when_and_who_would_not(cast: Cast, sign_in: type[Browser]) -> None:
    shingo = sign_in("shingo")
    shingo.post("/admin/alerts/settings/", settings(**{"for": "ours", "lag.often": "never"}))
    with access.following():
        MailHold.objects.create(why="freeze", at=NOW, reason="計画の改定", name="Kyoko")
    text = page(shingo, "/admin/alerts/settings/?indicator=IND-02")
    preview = text[text.index('id="preview"') :]
    assert "policy@mext.example" in preview
    assert "2027-07-05" in preview
    assert "受信しない設定" in preview
    assert "計画の改定" in preview
    assert "IND-02" not in page(sign_in("taro"), "/admin/alerts/settings/?indicator=IND-02")


def test_the_ladder_of_an_agency_is_set_by_its_responsible_person_and_by_csti(
    cast: Cast, of_jst: int, sign_in: type[Browser]
) -> None:
    hanako, tomoko, kyoko, taro = (sign_in(name) for name in ("hanako", "tomoko", "kyoko", "taro"))
    said = {"days.0": "0", "days.1": "3", "days.2": "6", "days.3": "9", "told.1": [f"person:{cast.tomoko.person_id}"]}
    assert 'name="days.1"' not in page(hanako, "/admin/alerts/ladder/JST/")
    assert hanako.post("/admin/alerts/ladder/JST/", said).status_code == 403
    assert taro.get("/admin/alerts/ladder/JST/").status_code == 404
    assert taro.post("/admin/alerts/ladder/JST/", said).status_code == 404
    assert tomoko.post("/admin/alerts/ladder/JST/", said).status_code == 302
    assert "2027-07-08" in page(hanako, f"/admin/alerts/{of_jst}/")
    for bad in ({"days.1": "x"}, {"days.2": "1"}, {"told.1": ["person:987654"]}, {"told.1": ["unit:½"]}):
        answer = tomoko.post("/admin/alerts/ladder/JST/", said | bad)
        assert answer.status_code == 400, bad
    mext = unit_of("MEXT", "policy")
    assert kyoko.post("/admin/alerts/ladder/JST/", said | {"told.2": [f"unit:{mext}"]}).status_code == 302
    assert "MEXT policy" not in page(tomoko, "/admin/alerts/ladder/JST/")
    assert tomoko.post("/admin/alerts/ladder/JST/", said).status_code == 302
    with reading():  # whom she does not see stays named
        assert LadderContact.objects.filter(agency="JST", unit=mext).exists()


def test_no_other_agency_s_people_are_named_on_a_ladder(cast: Cast, sign_in: type[Browser]) -> None:
    said = {"days.0": "0", "days.1": "5", "days.2": "10", "days.3": "15"}
    kyoko = sign_in("kyoko")
    for key in (f"unit:{unit_of('JSPS', 'programmes')}", f"person:{cast.taro.person_id}"):
        assert kyoko.post("/admin/alerts/ladder/JST/", said | {"told.1": [key]}).status_code == 400
    with pytest.raises(Exception, match="Choose units"):
        set_ladder(
            actor=cast.kyoko, agency="JST", days=[0, 5, 10, 15], units={0: [unit_of("JSPS", "programmes")]}, people={}
        )


def test_mails_are_frozen_and_let_go_by_the_secretariat(cast: Cast, of_jst: int, sign_in: type[Browser]) -> None:
    kyoko, misao, hanako, fumiko = (sign_in(name) for name in ("kyoko", "misao", "hanako", "fumiko"))
    assert hanako.get("/admin/alerts/holds/").status_code == 403
    assert misao.post("/admin/alerts/holds/", {"do": "freeze", "reason": "x"}).status_code == 403
    assert kyoko.post("/admin/alerts/holds/", {"do": "freeze", "reason": ""}).status_code == 400
    assert kyoko.post("/admin/alerts/holds/", {"do": "freeze", "reason": "計画の改定"}).status_code == 302
    assert "計画の改定" in page(hanako, "/admin/alerts/")
    with reading():
        hold = MailHold.objects.get()
    assert fumiko.post("/admin/alerts/holds/", {"do": "release", "hold": str(hold.pk)}).status_code == 403
    assert misao.post("/admin/alerts/holds/", {"do": "release", "hold": str(hold.pk)}).status_code == 403
    assert kyoko.post("/admin/alerts/holds/", {"do": "release", "hold": "987654"}).status_code == 404
    assert kyoko.post("/admin/alerts/holds/", {"do": "release", "hold": str(hold.pk)}).status_code == 302
    assert kyoko.post("/admin/alerts/holds/", {"do": "release", "hold": str(hold.pk)}).status_code == 409
    assert "計画の改定" not in page(hanako, "/admin/alerts/")


def test_a_storm_shows_what_changed_to_who_decides(
    cast: Cast, of_jst: int, of_mext: int, sign_in: type[Browser]
) -> None:
    with access.following():
        hold = MailHold.objects.create(why="storm", at=NOW, changed=12, judged=30)
    misao = sign_in("misao")
    assert "12/30" in page(misao, "/admin/alerts/")
    text = page(misao, "/admin/alerts/holds/")
    assert "IND-02" in text
    assert misao.post("/admin/alerts/holds/", {"do": "discard", "hold": str(hold.pk)}).status_code == 302
    with reading():
        assert MailHold.objects.get().decision == "discarded"


def test_the_desk_s_page_of_the_indicator_leads_to_its_alert_where_one_may_see_it(
    cast: Cast, of_mext: int, sign_in: type[Browser]
) -> None:
    link = f'href="/admin/alerts/{of_mext}/"'
    assert link in page(sign_in("shingo"), "/desk/indicators/IND-02/")
    assert link not in page(sign_in("taro"), "/desk/indicators/IND-02/")


# --- how often the database is asked


@pytest.mark.parametrize("name", ["hanako", "jiro", "kyoko"])
def test_the_pages_ask_as_often_of_sixty_alerts_as_of_two(
    cast: Cast, of_jst: int, sign_in: type[Browser], name: str
) -> None:
    judged("at_risk", agency="JST", indicator="IND-03")
    pages = ["/admin/alerts/", "/admin/alerts/?state=all&indicator=IND", f"/admin/alerts/{of_jst}/",
             "/admin/alerts/told/", "/admin/alerts/settings/", "/admin/alerts/ladder/JST/"]  # fmt: skip
    pages += ["/admin/alerts/holds/", "/admin/alerts/told/?whose=all&to=jst"] if name == "kyoko" else []
    browser = sign_in(name)
    few = {path: queries(browser, path) for path in pages}
    with reading():
        codes = list(Indicator.objects.exclude(pk__in=["IND-02", "IND-03"]).values_list("pk", flat=True)[:58])
    for code in codes:
        judged("off_track", agency="JST", indicator=code)
    look_at_days(now=at("2027-07-20 10:00"))
    follow()
    many = {path: queries(browser, path) for path in pages}
    assert many == few
    assert {path: n for path, n in few.items() if n > 15} == {}

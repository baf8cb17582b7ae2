"""The page of one number: how it is computed, what it is made of, what is not in it, and who may see that."""

import json
import re
from collections.abc import Callable
from datetime import datetime

import pytest
from django.test import override_settings

from reporting.models import Event
from reporting.queries.lineage import number as lineage
from reporting.tasks import look_now
from tests.acts import at, put_in_force, reading, submit
from tests.cast import Cast
from tests.journeys.conftest import Browser
from tests.journeys.test_api import Machine

NOW = at("2027-07-20 10:00")
NATION = "/desk/numbers/IND-02/FY2026/"
PAGES = [NATION, "/desk/indicators/IND-02/agencies/", "/desk/indicators/IND-02/events/", "/desk/indicators/IND-02/"]


def two_agencies(cast: Cast) -> None:
    """JST has reported quarters and the year, JSPS one quarter and another that waits."""
    with override_settings(BUSINESS_CLOCK=NOW):
        for quarter, value in zip("12", ("100", "110"), strict=True):
            put_in_force(cast.ichiro, cast.hanako, "JST.P1.A1", f"FY2026Q{quarter}", {"IND-02": value})
        put_in_force(cast.ichiro, cast.hanako, "JST.P1.A1", "FY2026", {"IND-02": "457"})
        put_in_force(cast.ichiro, cast.taro, "JSPS.P1.A1", "FY2026Q1", {"IND-02": "1,400"})
        submit(cast.taro, "JSPS.P1.A1", "FY2026Q2", {"IND-02": "98,765"})
        look_now()


pytestmark = pytest.mark.after(done=two_agencies)


@pytest.fixture(autouse=True)
def _now(set_clock: Callable[[datetime], None]) -> None:
    set_clock(NOW)


def page(browser: Browser, path: str, status: int = 200) -> str:
    answer = browser.get(path)
    assert answer.status_code == status, (path, answer.content.decode()[-3000:])
    return answer.content.decode()


def words(text: str) -> str:
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", text[text.index("<main") :]))


def test_a_number_says_how_it_is_computed_and_what_is_in_it_and_what_is_not(sign_in: type[Browser]) -> None:
    text = page(sign_in("ichiro"), NATION)
    said = words(text)
    assert "1,400 + 457 = 1,857件" in said
    assert "計算すると1,857件となり、上の値に一致します" in said
    assert "98,765件 算入せず：承認待ち" in said
    assert "100件 算入せず：年度の値に置き換え済み" in said
    assert "457件 算入" in said
    assert re.findall(r'data-place="(\w+)"', text) == [
        "counts", "waits", "counts", "year_counts", "year_counts",
    ]  # of each agency what counts comes first  # fmt: skip
    with reading():
        approval = Event.objects.get(stream="report/JST.P1.A1/FY2026", type="ReportApproved")
    assert f'data-event="{approval.position}" href="/admin/log/{approval.position}/"' in text
    assert f'href="/admin/receipts/JST.P1.A1@FY2026/{approval.version}/"' in text.replace("%40", "@")


def test_where_nothing_is_left_out_the_page_says_so(sign_in: type[Browser]) -> None:
    ichiro, whole = sign_in("ichiro"), "提出すべき機関はすべて提出済みで"
    assert whole in words(page(ichiro, "/desk/numbers/IND-02/FY2026Q1/"))
    assert whole not in words(page(ichiro, "/desk/numbers/IND-02/FY2026Q2/"))
    assert whole not in words(page(ichiro, NATION))


def test_an_agency_finds_its_own_part_the_counts_and_the_reason_why_not_the_rest(sign_in: type[Browser]) -> None:
    hanako = sign_in("hanako")
    said = words(page(hanako, NATION))
    assert "1,857件" in said
    assert "2/2機関" in said
    assert "457件 算入" in said
    assert "自機関の数値だけです" in said
    for path in PAGES:
        for query in ("", f"?as_of={_head()}"):
            text = page(hanako, path + query)
            for theirs in ("98,765", "98765", "100,622", "1,400", "JSPS.P1.A1", "Taro"):
                assert theirs not in text, (path, theirs)
    assert page(hanako, f"{NATION}?agency=JST")


@pytest.mark.parametrize(
    "query", ["agency=JSPS", "agency=NONE", "kind=funding_agency", "scope=ministry&agency=MEXT", "domain=D99"]
)
def test_what_is_not_an_agencys_to_see_is_as_if_it_were_not_there(sign_in: type[Browser], query: str) -> None:
    page(sign_in("hanako"), f"{NATION}?{query}", 404)
    assert Machine("hanako").get(f"/numbers/IND-02/FY2026/?{query}").status_code == 404


def test_a_ministry_sees_what_it_oversees_and_a_kind_only_who_sees_all(sign_in: type[Browser]) -> None:
    jiro, ichiro = sign_in("jiro"), sign_in("ichiro")
    assert "1,400 + 457 = 1,857件" in words(page(jiro, f"{NATION}?scope=ministry&agency=MEXT"))
    assert "1,400 + 457 = 1,857件" in words(page(ichiro, f"{NATION}?kind=funding_agency"))
    page(jiro, f"{NATION}?kind=funding_agency", 404)
    page(jiro, f"{NATION}?scope=ministry&agency=METI", 404)
    for query in ("", f"?as_of={_head()}"):
        sums = words(page(jiro, PAGES[1] + query))
        assert "文部科学省 1,857件" in sums
        assert "資金配分機関" not in sums
        sums = words(page(ichiro, PAGES[1] + query))
        assert "資金配分機関 1,857件" in sums
        assert "文部科学省 1,857件" in sums
        assert "国立研究開発法人科学技術振興機構 JST 457件 報告済み" in sums
        assert "独立行政法人日本学術振興会 JSPS 1,400件 一部のみ" in sums


@pytest.mark.parametrize(
    "path",
    [
        "IND-02/FY2026Q9/", "IND-02/x/", "IND-02/FY2026/?scope=galaxy", "IND-02/FY2026/?scope=ministry",
        "IND-02/FY2026/?agency=JST&kind=ministry", "IND-02/FY2026/?since=FY2027", "IND-02/FY2026/?since=FY2026Q1",
        f"IND-02/FY2026/?domain={'9' * 500}", "IND-02/FY2026/?component=a%0Ab", "IND-02/FY2026Q1/?since=FY2026",
        f"IND-02/FY2026/?agency={'%F0%9F%98%80' * 80}",
    ],
)  # fmt: skip
def test_an_address_that_names_no_number_is_refused_in_a_sentence(sign_in: type[Browser], path: str) -> None:
    assert "この番地の示す数値はありません" in page(sign_in("ichiro"), f"/desk/numbers/{path}", 400)
    answer = Machine("ichiro").get(f"/numbers/{path}")
    assert (answer.status_code, answer.json()["code"]) == (400, "no_such_number")


@pytest.mark.parametrize(
    "path",
    [
        "numbers/IND-99/FY2026/", "numbers/IND-02/FY2000/", "numbers/IND-02/FY2099/", "numbers/%00/FY2026/",
        "numbers/IND-02/%00/", "numbers/IND-02/FY2026/?domain=%00", "numbers/IND-02/FY2026/?agency=%00",
        "numbers/IND-02/FY2026/?component=none", "numbers/IND-02/FY2026/?kind=none", "numbers/' OR 1=1/FY2026/",
        "indicators/IND-99/agencies/", "indicators/%00/events/", "numbers/IND-02/FY2026/?as_of=x",
    ],
)  # fmt: skip
def test_an_odd_address_is_not_found_or_refused(sign_in: type[Browser], path: str) -> None:
    for name in ("hanako", "ichiro"):
        assert sign_in(name).get(f"/desk/{path}").status_code in (400, 404)


def test_an_odd_page_is_the_first_or_the_last(sign_in: type[Browser]) -> None:
    for asked in ("0", "-1", "x", "99999", "9" * 5000, "²"):
        assert "1,857件" in page(sign_in("ichiro"), f"{NATION}?page={asked}")


def test_a_machine_is_told_the_same(cast: Cast) -> None:
    answer = Machine("ichiro").get("/numbers/IND-02/FY2026/")
    assert answer.status_code == 200, answer.content
    found = answer.json()
    assert (found["value"], found["folded"], found["whole"], found["pages"]) == ("1857", "1857", True, 1)
    [part] = found["parts"]
    assert (part["rollup"]["lower_bound"], part["rollup"]["pending"]) == (True, 1)
    by_agency = {mine["agency"]: mine for mine in part["agencies"]}
    assert [(f["period"], f["value"], f["place"]) for f in by_agency["JST"]["figures"]] == [
        ("FY2026", "457", "counts"), ("FY2026Q1", "100", "year_counts"), ("FY2026Q2", "110", "year_counts"),
    ]  # fmt: skip
    story = by_agency["JST"]["figures"][0]["story"]
    assert (story["submitted"]["by"], story["approved"]["by"]) == ("Hanako", "Ichiro")
    assert story["approved"]["position"] == story["submitted"]["position"] + 1
    assert by_agency["JSPS"]["figures"][1]["story"]["approved"] is None
    own = Machine("hanako").get("/numbers/IND-02/FY2026/").json()
    assert (own["value"], own["whole"], own["formula"]) == ("1857", False, "")
    assert [mine["agency"] for mine in own["parts"][0]["agencies"]] == ["JST"]
    assert "98765" not in json.dumps(own)


def test_of_very_many_agencies_some_are_listed_at_once_and_all_are_counted(
    sign_in: type[Browser], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(lineage, "PAGE", 1)
    first, second = (words(page(sign_in("ichiro"), f"{NATION}?page={n}")) for n in (1, 2))
    for said in (first, second):
        assert "計算すると1,857件となり、上の値に一致します" in said
        assert "1,400 + 457" not in said
    assert "独立行政法人日本学術振興会 1,400件" in first
    assert "国立研究開発法人科学技術振興機構 457件" not in first
    assert "国立研究開発法人科学技術振興機構 457件" in second


def test_another_time_is_asked_of_the_same_number(sign_in: type[Browser]) -> None:
    text = page(sign_in("ichiro"), f"{NATION}?agency=JST&as_of={_head()}")
    assert '<input type="hidden" name="agency" value="JST">' in text
    assert f'href="{NATION}?agency=JST">現在に戻る' in text


def test_the_newest_events_of_an_indicator_are_told_and_of_agencies_its_own(sign_in: type[Browser]) -> None:
    text = page(sign_in("ichiro"), PAGES[2])
    assert 'href="/admin/log/?stream=standing/IND-02/&amp;how=begins"' in text
    positions = [int(number) for number in re.findall(r'href="/admin/log/(\d+)/"', text)]
    assert positions == sorted(positions, reverse=True)
    with reading():
        approval = Event.objects.get(stream="report/JSPS.P1.A1/FY2026Q1", type="ReportApproved").position
        definition = Event.objects.get(stream="indicator/IND-02").position
    assert {approval, definition} <= set(positions)
    assert "JST.P1.A1" in page(sign_in("hanako"), PAGES[2])


def test_where_nothing_is_approved_what_waits_is_shown_and_said(cast: Cast, sign_in: type[Browser]) -> None:
    submit(cast.hanako, "JST.P1.A1", "FY2027Q1", {"IND-02": "77"}, now=NOW)
    look_now()
    ichiro = sign_in("ichiro")
    said = words(page(ichiro, "/desk/numbers/IND-02/FY2027/"))
    assert "審査待ちを含む値 77件 速報" in said
    assert "承認待ちの数値から計算すると77件となり、上の値に一致します" in said
    assert "77件" not in words(page(sign_in("taro"), "/desk/numbers/IND-02/FY2027/"))


def _head() -> int:
    with reading():
        return Event.objects.order_by("-position").values_list("position", flat=True)[0]

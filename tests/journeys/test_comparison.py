"""Two times beside each other: what moved, from what to what, by which events, and nothing else."""

import csv
import io
import re
from collections.abc import Callable
from datetime import date, datetime
from html import unescape

import pytest
from django.test import override_settings

from agencies import access
from reporting.commands import plan as plans
from reporting.commands import reports
from reporting.models import Event, Standing
from reporting.tasks import catch_up_rollups, look_now
from tests.acts import approve, at, put_in_force, reading, submit
from tests.alerting import judged
from tests.cast import SYSTEM, Cast
from tests.journeys.conftest import Browser
from tests.journeys.test_queries import queries
from tests.standings import set_by_hand

FEBRUARY, NOW = at("2027-02-01 10:00"), at("2027-09-01 10:00")
COMPARE = "/desk/compare/"
KINDS = ("standings", "figures", "targets", "definitions", "alerts")


def aim(cast: Cast, value: str, now: datetime) -> None:
    draft = plans.TargetDraft("P1.A1.M2", 2030, value, "改定の理由", baseline="600", baseline_year=2024)
    propose = plans.set_target if value == "900" else plans.revise_target
    plans.accept_target(actor=cast.kyoko, proposal=propose(actor=cast.hanako, draft=draft, now=now), now=now)


def one_of_each_moved(cast: Cast) -> None:
    """After IND-02 was found on track: a figure is corrected, a target and a definition are revised, the standing
    falls. What another agency has submitted waits, and moves nothing."""
    with override_settings(BUSINESS_CLOCK=FEBRUARY):
        put_in_force(cast.ichiro, cast.hanako, "JST.P1.A1", "FY2026Q1", {"IND-02": "350"})
        put_in_force(cast.ichiro, cast.taro, "JSPS.P1.A2.M1", "FY2026Q1", {"IND-03": "280"})
        aim(cast, "900", FEBRUARY)
        look_now()
    judged("on_track", now=at("2027-03-01 10:00"))
    with override_settings(BUSINESS_CLOCK=FEBRUARY):
        submit(cast.taro, "JSPS.P1.A1", "FY2026Q1", {"IND-02": "1,400"})
        reports.submit_report(
            actor=cast.hanako, assignment="JST.P1.A1", period="FY2026Q1", answers={"IND-02": {"value": "340"}},
            narrative={}, now=FEBRUARY, correction="二重に数えていた。",
        )  # fmt: skip
        approve(cast.ichiro, "JST.P1.A1@FY2026Q1", now=FEBRUARY)
        aim(cast, "950", FEBRUARY)
        plans.redefine_indicator(
            actor=cast.kyoko, indicator="IND-05", changes={"tolerance": "2"}, reason="見直し", now=FEBRUARY
        )
        catch_up_rollups()
    judged("off_track", "on_track", now=at("2027-07-01 10:00"))


pytestmark = pytest.mark.after(done=one_of_each_moved)


@pytest.fixture(autouse=True)
def in_september(set_clock: Callable[[datetime], None]) -> None:
    set_clock(NOW)


@pytest.fixture
def earlier(cast: Cast) -> int:
    """The position at which IND-02 was on track."""
    with reading():
        return Standing.objects.get(indicator="IND-02", agency=None, domain=None, cls="on_track").from_position


def page(browser: Browser, query: str, status: int = 200) -> str:
    answer = browser.get(f"{COMPARE}?{query}")
    assert answer.status_code == status, answer.content.decode()[-2000:]
    return answer.content.decode()


def section(html: str, name: str) -> str:
    """The words of one section, with the addresses of its links."""
    found = re.search(rf'<section aria-labelledby="{name}">.*?</section>', html, flags=re.DOTALL)
    words = re.sub(r'<a[^>]* href="([^"]+)"[^>]*>', r" \1 ", found[0] if found else "")
    return re.sub(r"\s+", " ", unescape(re.sub(r"<[^>]+>", " ", words)))


def numbers(html: str) -> dict[str, int]:
    """How many moved of each kind, as told at the top."""
    return {kind: int(re.search(rf'href="#{kind}">[^<]*<b>(\d+)', html)[1]) for kind in KINDS}  # type: ignore[index]


def position_of(type_: str, stream: str) -> int:
    with access.reading(SYSTEM):
        return Event.objects.filter(type=type_, stream__startswith=stream).latest("position").position


def test_each_that_moved_is_told_with_its_events_and_nothing_else_is(
    earlier: int, cast: Cast, sign_in: type[Browser]
) -> None:
    html = page(sign_in("kyoko"), f"from={earlier}")
    assert numbers(html) == dict.fromkeys(KINDS, 1)

    figure = section(html, "figures")
    assert re.search(r"IND-02 .* 2026年度 350件 → 340件 −10件", figure)
    assert f"/admin/log/{position_of('CorrectionApproved', 'report/JST.P1.A1/')}/ 訂正の承認" in figure
    assert "JSPS" not in figure

    target = section(html, "targets")
    assert re.search(r"P1\.A1\.M2 .*目標： 900件 → 950件", target)
    assert f"/admin/log/{position_of('TargetRevised', 'target/P1.A1.M2/')}/" in target
    assert "改定の理由" in target

    standing = section(html, "standings")
    assert re.search(r"IND-02 .*○ 順調 → × 遅れ 悪化", standing)
    assert len(re.findall(r"/desk/standings/[0-9a-f-]{36}/ ", standing)) == 1

    assert re.search(r"IND-05 .*許容", section(html, "definitions"))
    assert "見直し" in section(html, "definitions")
    assert f"/admin/log/{position_of('IndicatorFellBehind', 'standing/IND-02/')}/" in section(html, "alerts")


def test_it_is_the_same_as_a_table(earlier: int, cast: Cast, sign_in: type[Browser]) -> None:
    answer = sign_in("kyoko").get(f"/desk/compare.csv?from={earlier}")
    assert answer.headers["Content-Type"] == "text/csv; charset=utf-8"
    header, *rows = csv.reader(io.StringIO(answer.content.decode("utf-8-sig")))
    assert [row[0] for row in rows] == ["判定", "全国値", "目標", "定義", "アラート"]
    by_kind = {row[0]: dict(zip(header, row, strict=True)) for row in rows}
    correction = position_of("CorrectionApproved", "report/JST.P1.A1/")
    figure = by_kind["全国値"]
    assert (figure["指標"], figure["以前"], figure["以後"]) == ("IND-02", "350件", "340件")
    assert figure["イベント（記録の位置）"] == str(correction)
    assert (by_kind["目標"]["以前"], by_kind["目標"]["以後"]) == ("900件", "950件")
    assert (by_kind["判定"]["以前"], by_kind["判定"]["以後"]) == ("順調", "遅れ")


def test_an_agency_is_told_of_its_own_events_and_of_no_other_agencys(
    earlier: int, cast: Cast, sign_in: type[Browser]
) -> None:
    """The national figure is everybody's; who moved it is not."""
    own, other = (page(sign_in(name), f"from={earlier}") for name in ("hanako", "taro"))
    for html in (own, other):
        assert "350件 → 340件" in section(html, "figures")
        assert "/admin/log/" not in html
    assert "訂正の承認" in section(own, "figures")
    assert "閲覧できないイベントによります" in section(other, "figures")
    assert "JST" not in section(other, "figures")
    assert numbers(own)["alerts"] == numbers(other)["alerts"] == 0, "an alert is told to who is responsible"
    assert numbers(page(sign_in("jiro"), f"from={earlier}"))["alerts"] == 1
    table = sign_in("taro").get(f"/desk/compare.csv?from={earlier}").content.decode()
    assert str(position_of("CorrectionApproved", "report/JST.P1.A1/")) not in table


def test_any_two_places_can_be_compared(earlier: int, cast: Cast, sign_in: type[Browser]) -> None:
    kyoko = sign_in("kyoko")
    correction = position_of("CorrectionApproved", "report/JST.P1.A1/")
    between = page(kyoko, f"from={correction - 1}&to={correction}")
    assert numbers(between) == dict.fromkeys(KINDS, 0) | {"figures": 1}
    assert numbers(page(kyoko, f"from={correction - 1}&as_of={correction}")) == numbers(between)
    still = page(kyoko, f"from={correction}&to={correction}")
    assert "変わっていません" in still
    assert numbers(page(kyoko, f"from={earlier}&to=now")) == dict.fromkeys(KINDS, 1)


def test_a_standing_set_by_hand_is_a_move_by_its_own_event(earlier: int, cast: Cast, sign_in: type[Browser]) -> None:
    with reading():
        standing = Standing.objects.get(indicator="IND-02", agency=None, domain=None, to_position=None)
        event_id = Event.objects.get(position=standing.from_position).event_id
    recorded = set_by_hand(cast.kyoko, event_id, "at_risk", date(2027, 12, 31), now=NOW)
    html = page(sign_in("fumiko"), f"from={recorded.position - 1}")
    assert re.search(r"× 遅れ → △ 要注意 改善 手動判定", section(html, "standings"))
    assert f"/admin/log/{recorded.position}/" in section(html, "standings")
    assert "判定" in section(html, "standings")


@pytest.mark.parametrize("query", ["from=500&to=400", "from=2027-08-31&to=5"])
def test_inverted_times_are_refused_in_a_sentence(cast: Cast, sign_in: type[Browser], query: str) -> None:
    kyoko = sign_in("kyoko")
    assert "もう一方の時点より前にしてください" in page(kyoko, query, 400)
    assert kyoko.get(f"/desk/compare.csv?{query}").status_code == 400


def test_without_a_time_one_is_asked_for(cast: Cast, sign_in: type[Browser]) -> None:
    assert "比較する日を選んでください" in page(sign_in("kyoko"), "")
    assert sign_in("kyoko").get("/desk/compare.csv").status_code == 404


def test_it_asks_as_often_however_much_moved(earlier: int, cast: Cast, sign_in: type[Browser]) -> None:
    for name in ("kyoko", "hanako"):
        browser = sign_in(name)
        few = queries(browser, f"{COMPARE}?from={earlier}&to={earlier + 1}")
        assert few == queries(browser, f"{COMPARE}?from=1&to=500") <= 15
        assert queries(browser, f"{COMPARE}?from=1") <= few

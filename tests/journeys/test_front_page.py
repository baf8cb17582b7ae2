"""The front page: what waits for whom, what moved since one last looked, and what it is narrowed to."""

import re
from collections.abc import Callable
from datetime import datetime
from html import unescape

import psycopg
import pytest
from django.db import DatabaseError, connection
from django.test import override_settings

from agencies import access
from reporting import event_store
from reporting.commands import plan as plans
from reporting.commands.desk_visits import say_seen
from reporting.domain.errors import FutureAsOf
from reporting.models import DeskVisit
from reporting.tasks import catch_up_rollups, look_now
from tests.acts import at, put_in_force, send_back, submit
from tests.alerting import judged
from tests.cast import Cast
from tests.journeys.conftest import Browser
from tests.journeys.test_queries import queries

NOW = at("2027-09-01 10:00")
FRONT, SEEN = "/desk/", "/desk/seen/"
LAG = "挑戦的研究課題件数"  # IND-02


def some_of_everything(cast: Cast) -> None:
    """A report waits, another was returned; a target is proposed; then three fall behind, and nobody has answered."""
    put_in_force(cast.ichiro, cast.hanako, "JST.P1.A1", "FY2026Q1", {"IND-02": "350"})
    submit(cast.hanako, "JST.P1.A2.M1", "FY2026Q1", {"IND-03": "140"})
    submit(cast.taro, "JSPS.P1.A2.M1", "FY2026Q1", {"IND-03": "280"})
    send_back(cast.ichiro, "JST.P1.A2.M1@FY2026Q1")
    draft = plans.TargetDraft("P1.A1.M2", 2030, "900", "提案", baseline="600", baseline_year=2024)
    plans.set_target(actor=cast.hanako, draft=draft, now=at("2027-02-01 10:00"))
    with override_settings(BUSINESS_CLOCK=at("2027-02-01 10:00")):
        look_now()
    judged("on_track", now=at("2027-06-01 10:00"))
    judged("off_track", "on_track")
    judged("at_risk", indicator="IND-03", domain="D12")
    judged("off_track", indicator="IND-04")
    catch_up_rollups()


pytestmark = pytest.mark.after(done=some_of_everything)


@pytest.fixture(autouse=True)
def in_september(set_clock: Callable[[datetime], None]) -> None:
    set_clock(NOW)


def shown(browser: Browser, path: str = FRONT, status: int = 200) -> str:
    answer = browser.get(path)
    assert answer.status_code == status, answer.content.decode()[-2000:]
    return re.sub(r"\s+", " ", unescape(re.sub(r"<[^>]+>", " ", answer.content.decode())))


def part(page: str, begin: str, end: str) -> str:
    return page.partition(begin)[2].partition(end)[0]


def decisions(browser: Browser) -> str:
    return part(shown(browser), "判断が必要なもの", "変わったこと")


def test_what_needs_a_decision_is_what_this_role_may_do(cast: Cast, sign_in: type[Browser]) -> None:
    reviewer, secretariat, reporter, other, ministry, auditor = (
        decisions(sign_in(name)) for name in ("ichiro", "kyoko", "hanako", "taro", "jiro", "fumiko")
    )
    assert "1 審査を待つ報告" in reviewer
    assert "審査を待つ報告" not in secretariat + reporter + ministry + auditor
    assert "1 提案中の目標" in secretariat
    assert "1 差し戻された報告" in reporter
    assert "差し戻された報告" not in other + reviewer
    assert "3 所属機関が回答するアラート" in ministry
    assert "期日を過ぎたアラート" in secretariat
    assert "期日を過ぎたアラート" not in other
    assert "自分" not in auditor


def test_every_decision_leads_to_where_it_is_taken(cast: Cast, sign_in: type[Browser]) -> None:
    for name in ("ichiro", "kyoko", "hanako", "jiro", "misao"):
        browser = sign_in(name)
        listed = part(browser.get(FRONT).content.decode(), 'class="decisions"', "</ul>")
        for address in re.findall(r'href="(/[^"]+)"', listed):
            assert browser.get(unescape(address)).status_code == 200, (name, address)


def test_what_moved_since_a_day_is_told_and_marked(cast: Cast, sign_in: type[Browser]) -> None:
    kyoko = sign_in("kyoko")
    before = event_store.head().position
    assert "うち悪化 1" in shown(kyoko, f"{FRONT}?since={before - 3}"), "of three that are behind one was on track then"
    judged("achieved", "off_track", now=at("2027-08-31 10:00"))
    changes = part(shown(kyoko, f"{FRONT}?since={before}"), "変わったこと", "単年度")
    assert re.search(rf"× 遅れ → ◎ 達成 改善 {LAG}", changes)
    assert "変わった判定 1" in changes
    assert "値が承認・訂正された指標 0" in changes
    assert "変更：判定" in shown(kyoko, f"{FRONT}?since={before}")
    assert "変更：" not in shown(kyoko, f"{FRONT}?since={event_store.head().position}")
    assert "うち悪化" not in shown(kyoko, f"{FRONT}?since={before - 3}")


def test_who_says_to_have_looked_up_to_here_is_told_what_came_after(cast: Cast, sign_in: type[Browser]) -> None:
    kyoko, ichiro = sign_in("kyoko"), sign_in("ichiro")
    assert "下のボタンで確認済みにすると" in shown(kyoko)
    position = re.search(r'name="position" value="(\d+)"', kyoko.get(FRONT).content.decode())
    assert position
    assert kyoko.post(SEEN, {"position": position[1], "next": FRONT}).headers["Location"] == FRONT
    page = shown(kyoko)
    assert f"記録の位置{position[1]}まで確認したことを記録しました" in page
    assert "前回の確認（2027年9月1日10:00）以降" in page
    put_in_force(cast.ichiro, cast.taro, "JSPS.P1.A1", "FY2026Q1", {"IND-02": "1,400"})
    catch_up_rollups()
    page = shown(kyoko)
    assert "値が承認・訂正された指標 1" in page
    assert "変更：報告値" in page
    assert "下のボタンで確認済みにすると" in shown(ichiro), "a visit is its person's"


def test_looking_changes_nothing_and_only_a_place_that_is_there_can_be_seen(cast: Cast, sign_in: type[Browser]) -> None:
    kyoko = sign_in("kyoko")
    head = event_store.head().position
    kyoko.get(FRONT)
    assert kyoko.get(SEEN).status_code == 405
    for odd in ("", "-1", "x", "²", "9" * 400, str(head + 1)):
        kyoko.post(SEEN, {"position": odd})
        assert "まだ来ていません" in shown(kyoko), odd
    for away in ("https://example.com/", "//example.com/", "/\\example.com", "/admin/", ""):
        assert kyoko.post(SEEN, {"position": str(head), "next": away}).headers["Location"] == FRONT
    with access.reading(cast.kyoko):
        assert DeskVisit.objects.count() == 1, "said again, nothing is added"
    say_seen(actor=cast.kyoko, position=1, now=NOW)
    with access.reading(cast.kyoko):
        assert [row.position for row in DeskVisit.objects.all()] == [head]
    with pytest.raises(FutureAsOf):
        say_seen(actor=cast.kyoko, position=head + 1, now=NOW)


def test_nobody_sees_or_writes_anothers_visit_even_without_the_gate(cast: Cast) -> None:
    say_seen(actor=cast.kyoko, position=5, now=NOW)
    with access.reading(cast.misao):
        assert not DeskVisit.objects.exists()
    with pytest.raises(DatabaseError) as refused, access.acting(cast.misao):
        DeskVisit.objects.create(person_id=cast.kyoko.person_id, position=6, at=NOW)
    assert isinstance(refused.value.__cause__, psycopg.errors.InsufficientPrivilege)
    with pytest.raises(DatabaseError), access.acting(cast.kyoko), connection.cursor() as cursor:
        cursor.execute("UPDATE reporting_deskvisit SET position = 1")


def test_the_past_tells_no_decisions_and_no_visit(cast: Cast, sign_in: type[Browser]) -> None:
    kyoko = sign_in("kyoko")
    say_seen(actor=cast.kyoko, position=5, now=NOW)
    position = event_store.head().position
    page = shown(kyoko, f"{FRONT}?as_of={position}")
    assert "対応待ちの件数は、現在についてだけ表示します" in page
    assert "提案中の目標" not in page
    assert "ここまで確認した" not in page
    assert "前回の確認" not in page
    assert "悪化" in part(shown(kyoko, f"{FRONT}?as_of={position}&since={position - 3}"), "変わったこと", "単年度")
    refused = shown(kyoko, f"{FRONT}?as_of={position - 3}&since={position}", 400)
    assert "比較する時点は、もう一方の時点より前にしてください" in refused


def links(browser: Browser, path: str) -> set[str]:
    return set(re.findall(r'href="/desk/(?:measures|pillars)/([^"/]+)/', browser.get(path).content.decode()))


def test_filters_narrow_together_and_say_so_with_a_way_back(cast: Cast, sign_in: type[Browser]) -> None:
    kyoko = sign_in("kyoko")
    assert links(kyoko, FRONT) == {"P1", "P2", "P3", "P4", "P5", "P6"}
    assert links(kyoko, f"{FRONT}?standing=off_track") == {"P1", "P1.A3.M2"}
    assert {code[:2] for code in links(kyoko, f"{FRONT}?pillar=P2")} == {"P2"}
    assert links(kyoko, f"{FRONT}?pillar=P2&standing=off_track") == set()
    assert links(kyoko, f"{FRONT}?domain=D12") == {"P1", "P1.A2.M1"}
    assert links(kyoko, f"{FRONT}?ministry=MEXT&standing=off_track") == {"P1", "P1.A3.M2"}
    by_kind = {kind: links(kyoko, f"{FRONT}?kind={kind}") for kind in ("funding_agency", "ministry")}
    assert [kind for kind, found in by_kind.items() if "P1.A1.M2" in found] == ["funding_agency"]  # JST leads it
    assert [kind for kind, found in by_kind.items() if "P1.A4.M1" in found] == ["ministry"]  # MEXT does
    page = kyoko.get(f"{FRONT}?pillar=P1&standing=off_track&since=5").content.decode()
    assert 'href="/desk/?standing=off_track&amp;since=5"' in page, "the pillar can be taken away alone"
    assert 'href="/desk/?pillar=P1&amp;since=5"' in page
    assert 'href="/desk/pillars/P1/?standing=off_track&amp;since=5"' in page, "links keep the filter"
    assert "この絞り込みに合う施策はありません" in shown(kyoko, f"{FRONT}?pillar=P2&standing=off_track")
    assert "順位付けではありません" in shown(kyoko)


def test_a_page_of_a_pillar_shows_its_measures_and_no_others(cast: Cast, sign_in: type[Browser]) -> None:
    kyoko = sign_in("kyoko")
    page = kyoko.get("/desk/pillars/P1/").content.decode()
    codes = set(re.findall(r'href="/desk/measures/([^"/]+)/', page))
    assert {code[:3] for code in codes} == {"P1."}
    assert len(codes) == 22
    assert links(kyoko, "/desk/pillars/P1/?standing=off_track") == {"P1", "P1.A3.M2"}
    for unknown in ("P9", "P1.A1", "x" * 100, "'"):
        assert kyoko.get(f"/desk/pillars/{unknown}/").status_code == 404


@pytest.mark.parametrize("asked", ["pillar=P99", "domain='", "kind=" + "9" * 500, "standing=DROP", "programme=㍿"])
def test_what_there_is_none_of_narrows_nothing_and_is_said(cast: Cast, sign_in: type[Browser], asked: str) -> None:
    page = shown(sign_in("kyoko"), f"{FRONT}?{asked}")
    assert "この条件では絞り込んでいません" in page
    assert LAG in page


@pytest.mark.parametrize("since", ["gestern", "1" + "0" * 400, "2099-01-01", "99999999", "2027-02-30", "-1", "%00"])
def test_no_such_time_is_said_in_words(cast: Cast, sign_in: type[Browser], since: str) -> None:
    shown(sign_in("kyoko"), f"{FRONT}?since={since}", 400)
    shown(sign_in("kyoko"), f"/desk/compare/?from=2027-01-31&to={since}", 400)


def test_an_agency_sees_no_other_agencys_and_whatever_is_asked_the_page_asks_little(
    cast: Cast, sign_in: type[Browser]
) -> None:
    hanako, kyoko = sign_in("hanako"), sign_in("kyoko")
    for path in (FRONT, f"{FRONT}?kind=funding_agency", "/desk/pillars/P1/"):
        page = shown(hanako, path)
        assert "日本学術振興会" not in page
        assert "日本学術振興会" in shown(kyoko, path) or path == FRONT
    for browser in (hanako, kyoko):
        for path in (FRONT, f"{FRONT}?since=2027-01-31", f"{FRONT}?since=5&as_of=2027-08-31", "/desk/pillars/P1/"):
            assert queries(browser, path) <= 15, path

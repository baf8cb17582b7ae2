"""A reviewer's day in a real browser: forty reports by the keyboard, a return answered, a correction, ten at once."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect

from agencies import access
from reporting.models import Event, Report
from tests.acts import approve, at, in_time, put_in_force, reading, submit, version_of, withdraw
from tests.cast import SYSTEM, Cast
from tests.journeys.running import Running, running
from tests.journeys.test_browser import (
    Person,
    browser_context_args,
    browser_type_launch_args,
    playwright_s_loop_is_no_danger,
    pytestmark,
)

__all__ = ["browser_context_args", "browser_type_launch_args", "playwright_s_loop_is_no_danger", "pytestmark"]
QUARTERS = [f"FY{year}Q{quarter}" for year in range(2026, 2031) for quarter in range(1, 5)]
REPORT = "JST.P1.A1@FY2026Q1"
HALF = "FY2026H2"
NINE = ["P1.A7.M1", "P2.A2.M2", "P2.A2.M4", "P2.A2.M5", "P3.A1.M1", "P3.A1.M3", "P3.A2.M5", "P4.A1.M2", "P4.A2.M1"]
ODD = f"CAO.P1.A5.M4@{HALF}"


@pytest.fixture
def site(cast: Cast, database: str, tmp_path: Path) -> Iterator[Running]:
    with running(database, at("2031-08-01 10:00"), tmp_path) as site:
        yield site


def forty_wait(cast: Cast) -> None:
    for period in QUARTERS:
        submit(cast.hanako, "JST.P1.A1", period, {"IND-02": "350"}, now=in_time(period))
        submit(cast.hanako, "JST.P1.A2.M1", period, {"IND-03": "30"}, now=in_time(period))


def ten_of_one_period_wait(cast: Cast) -> None:
    """Of the tenth a smaller number than that of the half year before would be asked about."""
    put_in_force(cast.ichiro, cast.hoko, "CAO.P1.A5.M4", "FY2026H1", {"P1.A5.M4": "2"})
    submit(cast.hoko, "CAO.P1.A5.M4", HALF, {"P1.A5.M4": "2"})
    for node in NINE:
        submit(cast.gyoko, f"METI.{node}", HALF, {node: {"answer": "nothing", "reason": "該当する取組なし"}})


def statuses(period: str = "") -> list[str]:
    with reading():
        return sorted(Report.objects.filter(period__startswith=period).values_list("status", flat=True))


@pytest.mark.after(done=forty_wait)
def test_forty_reports_are_gone_through_by_the_keyboard_without_going_back_to_the_list(
    browser: Browser, site: Running
) -> None:
    ichiro = Person(browser, site, "ichiro")
    page = ichiro.go("/admin/review/")
    expect(page.get_by_text("審査待ちの報告は40件です。")).to_be_visible()
    page.keyboard.press("n")
    for left in range(39, -1, -1):
        if left:
            expect(page.get_by_role("link", name=f"審査待ち一覧へ（ほかに{left}件）")).to_be_visible()
        page.keyboard.press("a")
        expect(page.get_by_role("button", name="承認する")).to_be_focused()
        page.keyboard.press("Enter")
        expect(page.get_by_text("承認しました").first).to_be_visible()
    expect(page.get_by_text("審査待ちはありません").first).to_be_visible()
    assert set(statuses()) == {"approved"}
    with access.reading(SYSTEM):
        assert Event.objects.filter(type="ReportApproved").count() == 40
    assert not [c for c in ichiro.complaints if "favicon" not in c]


def test_a_report_is_returned_answered_and_approved_with_all_that_was_said_in_sight(
    browser: Browser, site: Running, cast: Cast
) -> None:
    submit(cast.hanako, "JST.P1.A1", "FY2026Q1", {"IND-02": "350"}, summary="計画どおり進めた。")
    ichiro, hanako = Person(browser, site, "ichiro"), Person(browser, site, "hanako")
    page = ichiro.go(f"/admin/review/{REPORT}/")
    page.get_by_label("この値へのコメント").fill("採択の件数ではありませんか。")
    page.get_by_role("button", name="コメントを付けて差し戻す").click()
    expect(page.get_by_text("差し戻しました")).to_be_visible()

    page = hanako.go("/admin/reports/JST.P1.A1/FY2026Q1/")
    expect(page.get_by_text("採択の件数ではありませんか。").first).to_be_visible()
    page.get_by_label("値", exact=True).last.fill("340")
    page.get_by_role("button", name="CSTIに提出する").click()
    expect(page.get_by_text("報告を提出しました")).to_be_visible()

    page = ichiro.go(f"/admin/review/{REPORT}/")
    for words in ("採択の件数ではありませんか。", "前回の提出", "350件", "340件", "変更あり", "差戻し"):
        expect(page.get_by_text(words).first).to_be_visible()
    page.get_by_role("button", name="承認する").click()
    expect(page.get_by_text("承認しました")).to_be_visible()


def test_a_correction_is_seen_with_what_it_would_move_and_afterwards_with_what_it_moved(
    browser: Browser, site: Running, cast: Cast
) -> None:
    submit(cast.hanako, "JST.P1.A1", "FY2026Q1", {"IND-02": "350"})
    approve(cast.ichiro, REPORT)
    wait_for_the_number(Person(browser, site, "kyoko").page, site, "350")
    ichiro, hanako = Person(browser, site, "ichiro"), Person(browser, site, "hanako")
    page = hanako.go("/admin/reports/JST.P1.A1/FY2026Q1/")
    page.get_by_role("link", name="この報告を訂正する").click()
    page.get_by_label("値", exact=True).last.fill("340")
    page.get_by_label("訂正の理由（必須）").fill("二重に数えていた。")
    page.get_by_role("button", name="訂正をCSTIに提出する").click()
    expect(page.get_by_text("訂正を提出しました")).to_be_visible()

    page = ichiro.go(f"/admin/review/{REPORT}/")
    for words in ("二重に数えていた。", "有効な値", "承認した場合の全国値への影響"):
        expect(page.get_by_text(words).first).to_be_visible()
    effects = page.locator("section", has_text="承認した場合の全国値への影響")
    expect(effects).to_contain_text("350件")
    expect(effects).to_contain_text("340件")
    page.get_by_role("button", name="承認する").click()
    expect(page.get_by_text("承認しました")).to_be_visible()

    page = ichiro.go(f"/admin/story/{REPORT}/")
    page.get_by_role("link", name="これによって動いたすべての値と判定").click()
    expect(page.locator("table")).to_contain_text("全国")
    expect(page.locator("table")).to_contain_text("350件")
    expect(page.locator("table")).to_contain_text("340件")
    for width in (1280, 390):
        page.set_viewport_size({"width": width, "height": 900})
        assert page.evaluate("document.documentElement.scrollWidth") <= width


@pytest.mark.after(done=ten_of_one_period_wait)
def test_of_ten_of_one_period_one_with_a_warning_keeps_all_from_being_approved_and_nine_go_through_without_it(
    browser: Browser, site: Running, cast: Cast
) -> None:
    """The tenth gets its warning under the reviewer, who has all ten before them; then it is put among the others by
    hand, as no page of ours does."""
    ichiro = Person(browser, site, "ichiro")
    page = ichiro.go(f"/admin/review/?period={HALF}")
    expect(page.get_by_role("checkbox")).to_have_count(10)
    for box in page.get_by_role("checkbox").all():
        box.check()
    page.get_by_role("button", name="選んだ報告をまとめて承認…").click()
    bookmark = page.url
    expect(page.get_by_role("button", name="この10件を承認する")).to_be_visible()

    withdraw(cast.hoko, ODD)
    fallen = {"P1.A5.M4": {"value": "1", "explanation": "案を差し戻したため"}}
    submit(cast.hoko, "CAO.P1.A5.M4", HALF, fallen)
    page.get_by_role("button", name="この10件を承認する").click()
    alert, left = page.get_by_role("alert"), page.locator("section", has_text="除外：個別に見る必要のある報告")
    expect(alert).to_contain_text("1件も承認していません")
    expect(alert.get_by_role("listitem")).to_have_text([f"{ODD} 表示した後に変更されています"])
    expect(left.get_by_role("listitem")).to_have_count(1)
    expect(left).to_contain_text("注意の表示があります")
    assert statuses(HALF) == ["submitted"] * 10

    one_more = "(one, said) => one.after(Object.assign(one.cloneNode(), {value: said}))"
    page.locator('input[name="seen"]').first.evaluate(one_more, f"{ODD} {version_of(ODD)}")
    page.get_by_role("button", name="この9件を承認する").click()
    expect(alert.get_by_role("listitem")).to_have_text([f"{ODD} 注意の表示があります"])
    assert statuses(HALF) == ["submitted"] * 10

    page.get_by_role("button", name="この9件を承認する").click()
    expect(page.get_by_text("9件を承認しました。")).to_be_visible()
    assert statuses(HALF) == ["approved"] * 9 + ["submitted"]
    with access.reading(SYSTEM):
        decisions = list(Event.objects.filter(type="ReportApproved", stream__endswith=f"/{HALF}"))
        assert len({decision.stream for decision in decisions}) == len(decisions) == 9
        assert {decision.meta["actor"] for decision in decisions} == {"Ichiro"}
        assert f"report/{ODD.replace('@', '/')}" not in {decision.stream for decision in decisions}

    page.goto(bookmark)
    expect(page.get_by_text("まとめて承認できる報告はありません")).to_be_visible()
    page = ichiro.go(f"/admin/review/?period={HALF}")
    expect(page.get_by_text("審査待ちの報告は1件です。")).to_be_visible()
    expect(page.get_by_role("checkbox")).to_have_count(0)
    assert not [c for c in ichiro.complaints if "favicon" not in c and "409" not in c]


@pytest.mark.after(done=ten_of_one_period_wait)
def test_filters_are_named_found_again_and_deleted(browser: Browser, site: Running) -> None:
    ichiro = Person(browser, site, "ichiro")
    page = ichiro.go("/admin/review/")
    page.get_by_label("柱", exact=True).select_option("P2")
    page.get_by_role("button", name="表示", exact=True).click()
    page.get_by_text("絞り込みの保存・削除").click()
    page.get_by_label("この絞り込みの名前").fill("第2柱・警告あり")
    page.get_by_role("button", name="絞り込みを保存").click()
    expect(page.get_by_text("絞り込み「第2柱・警告あり」を保存しました")).to_be_visible()
    page = ichiro.go("/admin/review/")
    expect(page.get_by_text("審査待ちの報告は10件です。")).to_be_visible()
    page.get_by_role("link", name="第2柱・警告あり").click()
    expect(page.get_by_text("審査待ちの報告は3件です。")).to_be_visible()
    for width in (390, 1280):
        page.set_viewport_size({"width": width, "height": 900})
        assert page.evaluate("document.documentElement.scrollWidth") <= width
    page.get_by_text("絞り込みの保存・削除").click()
    page.get_by_role("button", name="「第2柱・警告あり」を削除").click()
    expect(page.get_by_text("絞り込みを削除しました")).to_be_visible()
    expect(page.get_by_text("審査待ちの報告は3件です。")).to_be_visible()
    expect(page.get_by_role("link", name="第2柱・警告あり")).to_have_count(0)
    assert not [c for c in ichiro.complaints if "favicon" not in c]


def wait_for_the_number(page: Page, site: Running, shown: str) -> None:
    for _ in range(60):  # the workers are seconds behind
        page.goto(f"{site.url}/desk/indicators/IND-02/")
        if shown in page.content():
            return
        page.wait_for_timeout(500)
    raise AssertionError(f"{shown} is not shown")

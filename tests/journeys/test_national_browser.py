"""A minister's secretary at a real browser, by keyboard alone and on a telephone too: what waits, what moved, why."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, expect

from reporting.commands.judge import judge
from reporting.models import Standing
from reporting.tasks import catch_up_rollups
from tests.acts import at, put_in_force, reading
from tests.alerting import follow, judged
from tests.cast import Cast
from tests.journeys.running import Running, running
from tests.journeys.test_browser import (
    Person,
    browser_context_args,
    browser_type_launch_args,
    playwright_s_loop_is_no_danger,
    pytestmark,
)

__all__ = ["browser_context_args", "browser_type_launch_args", "playwright_s_loop_is_no_danger", "pytestmark"]
NOW = at("2027-09-01 10:00")


@pytest.fixture
def site(cast: Cast, database: str, tmp_path: Path) -> Iterator[Running]:
    put_in_force(cast.ichiro, cast.taro, "JSPS.P1.A1", "FY2026", {"IND-02": "5,900"})
    put_in_force(cast.ichiro, cast.hanako, "JST.P1.A1", "FY2026", {"IND-02": "1,500"})
    judged("on_track", now=at("2027-06-01 10:00"))
    catch_up_rollups()
    judge(now=at("2027-07-05 10:00"))
    follow(at("2027-07-05 10:00"))
    with running(database, NOW, tmp_path) as site:
        yield site


@pytest.mark.parametrize("width", [1280, 390])
def test_from_what_waits_to_the_event_that_moved_it(browser: Browser, site: Running, width: int) -> None:
    with reading():
        before = Standing.objects.get(indicator="IND-02", agency=None, domain=None, cls="on_track").from_position
    kyoko = Person(browser, site, "kyoko")
    kyoko.page.set_viewport_size({"width": width, "height": 900})
    page = kyoko.go(f"/desk/?since={before}")
    expect(page.locator(".decisions").get_by_text("期日を過ぎたアラート")).to_be_visible()
    expect(page.locator(".decisions").get_by_text("前回から悪化した判定")).to_be_visible()
    assert page.evaluate("document.documentElement.scrollWidth") <= width

    page.get_by_role("link", name="どのイベントで変わったかを見る").focus()
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", name="2時点の比較")).to_be_visible()
    expect(page.locator('section[aria-labelledby="standings"]').get_by_text("悪化", exact=True).first).to_be_visible()
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    page.locator('section[aria-labelledby="standings"] a[href^="/desk/standings/"]').first.click()
    expect(page.get_by_role("heading", name="判定の理由")).to_be_visible()

    page = kyoko.go("/desk/")
    page.get_by_role("button", name="ここまで確認した").focus()
    page.keyboard.press("Enter")
    expect(page.get_by_text("まで確認したことを記録しました")).to_be_visible()
    page.get_by_text("責任府省・機関の種類・判定で絞り込む").click()
    page.get_by_label("柱", exact=True).select_option("P1")
    page.get_by_role("button", name="表示", exact=True).click()
    expect(page.get_by_text("絞り込み中")).to_be_visible()
    page.get_by_role("link", name="この条件を外す").first.click()
    expect(page.get_by_text("絞り込み中")).to_have_count(0)
    page.get_by_role("link", name="知の基盤としての").first.click()
    expect(page.get_by_role("heading", name="P1.A1 ")).to_be_visible()
    assert page.evaluate("document.documentElement.scrollWidth") <= width

"""A minister's secretary at a real browser, by keyboard alone and on a telephone too: what waits, what moved, why."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, expect

from reporting import event_store
from tests.acts import at
from tests.alerting import judged
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
    judged("on_track", now=at("2027-06-01 10:00"))
    judged("off_track", "on_track")
    with running(database, NOW, tmp_path) as site:
        yield site


@pytest.mark.parametrize("width", [1280, 390])
def test_from_what_waits_to_the_event_that_moved_it(browser: Browser, site: Running, width: int) -> None:
    before = event_store.head().position - 1
    kyoko = Person(browser, site, "kyoko")
    kyoko.page.set_viewport_size({"width": width, "height": 900})
    page = kyoko.go(f"/desk/?since={before}")
    expect(page.locator(".decisions").get_by_text("期日を過ぎたアラート")).to_be_visible()
    expect(page.locator(".decisions").get_by_text("前回から悪化した判定")).to_be_visible()
    assert page.evaluate("document.documentElement.scrollWidth") <= width

    page.get_by_role("link", name="どのイベントで変わったかを見る").focus()
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", name="2時点の比較")).to_be_visible()
    expect(page.locator('section[aria-labelledby="standings"]').get_by_text("悪化", exact=True)).to_be_visible()
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    page.locator('section[aria-labelledby="standings"] a[href^="/desk/standings/"]').click()
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

"""An alert is acknowledged and a plan submitted by the keyboard alone, and accepted, at a real browser."""

from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect

from reporting.models import Alert
from tests.acts import at, reading
from tests.cast import Cast
from tests.journeys.running import Running, running
from tests.journeys.test_browser import (
    Person,
    browser_context_args,
    browser_type_launch_args,
    playwright_s_loop_is_no_danger,
    pytestmark,
)
from tests.standings import judged

__all__ = ["browser_context_args", "browser_type_launch_args", "playwright_s_loop_is_no_danger", "pytestmark"]
NAMELESS = """() => [...document.querySelectorAll('.sh input:not([type=hidden]), .sh select, .sh textarea')]
    .filter((field) => !field.labels?.length && !field.getAttribute('aria-label')).map((field) => field.outerHTML)"""
TWICE = """() => { const ids = [...document.querySelectorAll('[id]')].map((one) => one.id);
    return ids.filter((id, n) => ids.indexOf(id) !== n); }"""
LEVELS = """() => [...document.querySelectorAll('.sh :is(h2, h3, h4)')].map((one) => Number(one.tagName[1]))"""


@pytest.fixture
def site(cast: Cast, database: str, tmp_path: Path) -> Iterator[Running]:
    judged("off_track", agency="JST")
    with running(database, at("2027-07-05 11:00"), tmp_path) as site:
        yield site


def state() -> str:
    with reading():
        return Alert.objects.get(agency="JST").state


def is_sound(page: Page, width: int) -> None:
    """Each field has a name, no id stands twice, no heading skips a level, and nothing is wider than the screen."""
    assert page.evaluate(NAMELESS) == []
    assert page.evaluate(TWICE) == []
    levels = [2, *page.evaluate(LEVELS)]
    assert all(after <= before + 1 for before, after in pairwise(levels)), levels
    assert page.evaluate("document.documentElement.scrollWidth") <= width


def typed(page: Page, name: str, text: str) -> None:
    """Gone to by Tab, so that whoever has no mouse gets there."""
    for _ in range(80):
        page.keyboard.press("Tab")
        if page.evaluate("document.activeElement.name") == name:
            break
    expect(page.locator(f'[name="{name}"]')).to_be_focused()
    page.keyboard.type(text)


@pytest.mark.parametrize("width", [1280, 390])
def test_an_alert_is_answered_by_the_keyboard_alone(browser: Browser, site: Running, width: int) -> None:
    hanako, kyoko = Person(browser, site, "hanako"), Person(browser, site, "kyoko")
    for person in (hanako, kyoko):
        person.page.set_viewport_size({"width": width, "height": 900})
    page = hanako.go("/admin/alerts/")
    expect(page.get_by_role("heading", name="いま対応するもの")).to_be_visible()
    is_sound(page, width)
    page.get_by_role("link", name="挑戦的研究課題件数").press("Enter")

    page.get_by_role("link", name="確認済みにする").press("Enter")
    typed(page, "comment", "公募の遅れによる。")
    page.get_by_role("button", name="確認済みにする").press("Enter")
    expect(page.get_by_text("上の段階への連絡は止まります")).to_be_visible()
    assert state() == "acknowledged"

    page.get_by_role("button", name="改善計画を提出する").press("Enter")
    alert = page.locator('.sh [role="alert"]')
    expect(alert).to_contain_text("原因を1つ以上選んでください")
    alert.get_by_role("link").press("Enter")
    expect(page.locator("#causes")).to_be_focused()
    is_sound(page, width)
    page.get_by_label("人員").press("Space")
    typed(page, "action", "公募を年2回にする。")
    typed(page, "owner", "企画課")
    page.get_by_label("期限").fill("2028-03-31")
    typed(page, "expected.2027", "８，０００")
    page.get_by_role("button", name="改善計画を提出する").press("Enter")
    expect(page.get_by_text("改善計画をCSTI事務局に提出しました")).to_be_visible()
    assert state() == "plan_submitted"
    is_sound(page, width)

    page = kyoko.go("/admin/alerts/?state=mine")
    page.get_by_role("link", name="挑戦的研究課題件数").press("Enter")
    expect(page.get_by_text("公募を年2回にする。")).to_be_visible()
    is_sound(page, width)
    page.get_by_role("button", name="承認する").press("Enter")
    expect(page.get_by_text("改善計画が承認されました")).to_be_visible()
    assert state() == "in_action"
    for path in ("told/?whose=all", "settings/", "ladder/JST/", "holds/"):
        is_sound(kyoko.go(f"/admin/alerts/{path}"), width)
    refused = "the server responded with a status of 400"  # of the empty plan, above
    assert not [c for one in (hanako, kyoko) for c in one.complaints if "favicon" not in c and refused not in c]

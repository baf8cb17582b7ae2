"""A target proposed, accepted, revised and looked back at in a real browser, on a telephone too."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect

from reporting.commands import plan as plans
from tests.acts import at
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
NOW = at("2026-08-03 10:00")


@pytest.fixture
def site(cast: Cast, database: str, tmp_path: Path) -> Iterator[Running]:
    with running(database, NOW, tmp_path) as site:
        yield site


@pytest.mark.parametrize("width", [1280, 390])
def test_a_revision_is_proposed_accepted_and_seen_beside_what_it_took_the_place_of(
    browser: Browser, site: Running, cast: Cast, width: int
) -> None:
    draft = plans.TargetDraft("P1.A1.M2", 2030, "900", "採択を増やす", baseline="600", baseline_year=2024)
    proposal = plans.set_target(actor=cast.hanako, draft=draft, now=NOW)
    plans.accept_target(actor=cast.kyoko, proposal=proposal, now=NOW)

    def fits(page: Page) -> Page:
        assert page.evaluate("document.documentElement.scrollWidth") <= width, page.url
        return page

    hanako, kyoko = (Person(browser, site, name) for name in ("hanako", "kyoko"))
    for person in (hanako, kyoko):
        person.page.set_viewport_size({"width": width, "height": 900})
    fits(hanako.go("/admin/targets/P1.A1.M2/"))
    page = hanako.go("/admin/targets/P1.A1.M2/propose/?agency=&domain=")
    expect(page.get_by_label("目標値（件）")).to_have_value("900")
    page.get_by_label("目標値（件）").fill("千")
    page.get_by_label("値（件）", exact=True).first.fill("７５０")
    page.get_by_label("年度", exact=True).first.fill("R9")
    page.get_by_label("理由").fill("公募の拡大にあわせて")
    fits(page).get_by_role("button", name="提案する").click()
    expect(page.get_by_label("目標値（件）")).to_have_attribute("aria-invalid", "true")
    expect(page.get_by_label("理由")).to_have_value("公募の拡大にあわせて")
    page.get_by_label("目標値（件）").fill("1,000")
    fits(page).get_by_role("button", name="提案する").click()
    expect(page.get_by_text("2027年度 750件").first).to_be_visible()

    page = fits(kyoko.go("/admin/targets/?waiting=1"))
    page.locator('a[href$="#proposals"]').click()
    fits(page).locator('a[href^="/admin/proposals/"]').first.click()
    expect(fits(page).get_by_text("900件 →")).to_be_visible()
    page.get_by_role("button", name="承認する").click()
    expect(page.get_by_text("承認しました")).to_be_visible()
    fits(kyoko.go("/admin/targets/P1.A1.M2/"))

    page = kyoko.go("/admin/targets/P1.A1.M2/definition/")
    page.get_by_label("ばらつき σ（%）").fill("3")
    page.get_by_label("理由").fill("過去の変動による")
    fits(page).get_by_role("button", name="定義を変更").click()
    expect(page.get_by_text("定義を変更しました")).to_be_visible()

    page = fits(kyoko.go("/desk/indicators/P1.A1.M2/"))
    expect(page.get_by_role("heading", name="目標の変遷")).to_be_visible()
    expect(page.get_by_text("900件 →")).to_be_visible()
    chart = page.locator("figure img")
    assert chart.evaluate("image => image.complete && image.naturalWidth > 0")
    complaints = [c for person in (hanako, kyoko) for c in person.complaints if "favicon" not in c]
    assert [c for c in complaints if "400 (Bad Request)" not in c] == []  # the one that was provoked

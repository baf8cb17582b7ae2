"""The last evening at a real browser: what to do first is on top, by keyboard alone, on a telephone too."""

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from playwright.sync_api import Browser, expect

from indicators.periods import Period
from reporting.commands.drafts import save_fields
from reporting.queries.calendar import window
from tests.acts import at, send_back, submit
from tests.cast import Cast
from tests.departments import answer, ask, contributors, unit_of
from tests.journeys.running import Running, running
from tests.journeys.test_browser import (
    Person,
    browser_context_args,
    browser_type_launch_args,
    playwright_s_loop_is_no_danger,
    pytestmark,
)

__all__ = ["browser_context_args", "browser_type_launch_args", "playwright_s_loop_is_no_danger", "pytestmark"]
ELEVEN_PM = window(Period.parse("FY2026Q1")).deadline - timedelta(hours=1)


@pytest.fixture
def site(cast: Cast, database: str, tmp_path: Path) -> Iterator[Running]:
    with running(database, ELEVEN_PM, tmp_path) as site:
        yield site


@pytest.mark.parametrize("width", [1280, 390])
def test_at_eleven_on_the_last_evening_one_click_leads_to_what_must_be_done_tonight(
    browser: Browser, site: Running, cast: Cast, width: int
) -> None:
    kiku, _ume = contributors()
    submit(cast.hanako, "JST.P1.A2.M1", "FY2026Q1", {"IND-03": "140"}, now=at("2026-07-20 10:00"))
    send_back(cast.ichiro, "JST.P1.A2.M1@FY2026Q1", "17領域の内訳を示してください。", now=at("2026-07-22 10:00"))
    changes = {"figure:IND-02:value": ("350", 0)}
    save_fields(actor=cast.hanako, assignment="JST.P1.A1", period="FY2026Q1", changes=changes, now=ELEVEN_PM)
    one, _other = ask(
        cast.hanako, "JST.P1.A1", "FY2026Q1", unit_of("JST", "engineering"), unit_of("JST", "medicine"),
        now=at("2026-07-21 10:00"),
    )  # fmt: skip
    answer(kiku, one, "200")

    hanako = Person(browser, site, "hanako")
    hanako.page.set_viewport_size({"width": width, "height": 900})
    page = hanako.go("/admin/reports/")
    first = page.locator(".sh-lead a")
    expect(first).to_be_visible()
    expect(page.locator(".sh-lead")).to_contain_text("本日締切・あと1時間")
    expect(page.get_by_text("CSTIから： 17領域の内訳を示してください。")).to_be_visible()
    expect(page.get_by_text("所内照会：2課室中1課室が回答済み")).to_be_visible()
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    first.focus()
    page.keyboard.press("Enter")
    expect(page.get_by_role("button", name="CSTIに提出する")).to_be_visible()

    page = hanako.go("/admin/reports/JST.P1.A1/FY2026Q1/departments/")
    expect(page.get_by_text("未回答", exact=False).first).to_be_visible()
    page.get_by_role("radio", name="JST engineering").focus()
    page.keyboard.press("Space")
    page.get_by_role("button", name="選んだ回答を下書きに取り込む").focus()
    page.keyboard.press("Enter")
    expect(page.get_by_text("回答を報告の下書きに取り込みました")).to_be_visible()
    expect(page.get_by_text("下書きに取込み済み")).to_be_visible()
    for path in ("/admin/reports/JST.P1.A1/FY2026Q1/departments/", "/admin/charges/", "/admin/handover/"):
        assert hanako.go(path).evaluate("document.documentElement.scrollWidth") <= width, path
    theirs = Person(browser, site, "ume")
    theirs.page.set_viewport_size({"width": width, "height": 900})
    page = theirs.go("/admin/reports/")
    page.locator('a[href^="/admin/inquiries/"]').click()
    page.get_by_label("値", exact=True).last.fill("150")
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    page.get_by_role("button", name="回答を送る").click()
    expect(page.get_by_text("回答を送りました")).to_be_visible()
    assert [c for p in (hanako, theirs) for c in p.complaints if "favicon" not in c] == []

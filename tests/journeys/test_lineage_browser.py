"""From a number on the front page to a receipt in two clicks, by keyboard, on a telephone too."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from django.test import override_settings
from playwright.sync_api import Browser, expect

from reporting.tasks import look_now
from tests.acts import at, put_in_force
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
NOW = at("2027-07-20 10:00")


@pytest.fixture
def site(cast: Cast, database: str, tmp_path: Path) -> Iterator[Running]:
    with override_settings(BUSINESS_CLOCK=NOW):
        put_in_force(cast.ichiro, cast.hanako, "JST.P1.A1", "FY2026", {"IND-02": "457"})
        put_in_force(cast.ichiro, cast.taro, "JSPS.P1.A1", "FY2026", {"IND-02": "1,400"})
        look_now()
    with running(database, NOW, tmp_path) as site:
        yield site


@pytest.mark.parametrize("width", [1280, 390])
def test_two_clicks_lead_from_a_national_number_to_the_receipt_of_its_report(
    browser: Browser, site: Running, width: int
) -> None:
    ichiro = Person(browser, site, "ichiro")
    ichiro.page.set_viewport_size({"width": width, "height": 900})
    page = ichiro.go("/desk/")
    number = page.get_by_role("link", name="1,857件（2026年度）の内訳").first
    expect(number).to_have_text("1,857件")
    number.focus()
    page.keyboard.press("Enter")  # the first
    page.wait_for_url("**/desk/numbers/IND-02/FY2026/")
    expect(page.get_by_text("計算すると1,857件となり、上の値に一致します")).to_be_visible()
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    page.locator("tr.in-number a[data-receipt]").last.click()  # the second
    page.wait_for_url("**/admin/receipts/**")
    expect(page.get_by_role("heading", name="受領証").first).to_be_visible()
    expect(page.get_by_text("Ichiro", exact=True).first).to_be_visible()
    for path in ("/desk/indicators/IND-02/agencies/", "/desk/indicators/IND-02/events/", "/desk/indicators/IND-02/"):
        assert ichiro.go(path).evaluate("document.documentElement.scrollWidth") <= width, path
    assert [c for c in ichiro.complaints if "favicon" not in c] == []

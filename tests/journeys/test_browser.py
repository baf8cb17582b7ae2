"""The first light, walked in a real browser against real processes."""

import os
import re
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.acts import at
from tests.cast import PASSWORD, Cast
from tests.journeys.running import Running, running

CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
pytestmark = [
    pytest.mark.browser,
    pytest.mark.skipif(CHROMIUM is None, reason="no Chromium here (Debian: apt-get install chromium)"),
]
JULY = at("2027-07-05 10:00")  # the final reports of FY2026 were due on 30 June 2027


@pytest.fixture(scope="session", autouse=True)
def playwright_s_loop_is_no_danger() -> None:
    """Playwright keeps an event loop in this thread, and Django would refuse the tests' own database work beside it."""
    os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"] = "true"


@pytest.fixture(scope="session")
def browser_type_launch_args() -> dict[str, Any]:
    quiet = ["--disable-background-networking", "--disable-component-update", "--disable-sync", "--disable-quic"]
    return {"executable_path": CHROMIUM, "args": ["--no-sandbox", "--disable-gpu", "--no-first-run", *quiet]}


@pytest.fixture(scope="session")
def browser_context_args() -> dict[str, Any]:
    return {"locale": "ja-JP", "viewport": {"width": 1280, "height": 900}}


@pytest.fixture
def site(cast: Cast, database: str, tmp_path: Path) -> Iterator[Running]:
    with running(database, JULY, tmp_path) as site:
        yield site


class Person:
    """Someone at their own browser."""

    def __init__(self, browser: Browser, site: Running, name: str) -> None:
        self.page: Page = browser.new_context(locale="ja-JP", viewport={"width": 1280, "height": 900}).new_page()
        self.complaints: list[str] = []
        self.page.on("console", lambda m: self.complaints.append(m.text) if m.type == "error" else None)
        self.page.on("pageerror", lambda error: self.complaints.append(str(error)))
        self.site = site
        self.go("/sign-in/")
        self.page.get_by_label("利用者名").fill(name)
        self.page.get_by_label("パスワード").fill(PASSWORD)
        self.page.get_by_role("button", name="サインイン").click()
        expect(self.page).not_to_have_url(re.compile("/sign-in/"))

    def go(self, path: str) -> Page:
        self.page.goto(self.site.url + path)
        return self.page


def report(person: Person, assignment: str, value: str) -> None:
    page = person.go("/admin/reports/")
    page.locator("summary", has_text="期限超過").click()
    page.locator(f'a[href="/admin/reports/{assignment}/FY2026/"]').click()
    page.get_by_label("値", exact=True).last.fill(value)
    page.get_by_label("進捗の概要").fill("計画に沿って進めた。")
    page.get_by_role("button", name="CSTIに提出する").click()
    expect(page.get_by_text("報告を提出しました")).to_be_visible()


def test_a_report_is_submitted_and_approved_the_number_changes_a_lag_is_flagged_a_mail_names_it(
    browser: Browser, site: Running
) -> None:
    kyoko = Person(browser, site, "kyoko")
    expect(kyoko.go("/desk/").get_by_text("挑戦的研究課題件数").first).to_be_visible()
    assert "7,400" not in kyoko.page.content()

    taro, hanako = Person(browser, site, "taro"), Person(browser, site, "hanako")
    report(taro, "JSPS.P1.A1", "5,900")
    report(hanako, "JST.P1.A1", "１，５００")

    ichiro = Person(browser, site, "ichiro")
    for _ in range(2):
        page = ichiro.go("/admin/review/")
        page.locator('a[href^="/admin/review/J"]').first.click()
        page.get_by_role("button", name="承認する").click()
        expect(page.get_by_text("承認しました")).to_be_visible()

    page = kyoko.page
    for _ in range(60):  # the workers are seconds behind
        page = kyoko.go("/desk/indicators/IND-02/")
        if "7,400" in page.content() and "遅れ" in page.content():
            break
        page.wait_for_timeout(500)
    expect(page.get_by_text("7,400").first).to_be_visible()
    expect(page.get_by_text("遅れ").first).to_be_visible()

    for _ in range(60):
        found = list(site.mails.glob("*.eml"))
        if found:
            break
        page.wait_for_timeout(500)
    fumiko = Person(browser, site, "fumiko")
    expect(fumiko.go("/desk/mails/").get_by_text("挑戦的研究課題件数").first).to_be_visible()
    assert not [c for p in (kyoko, taro, hanako, ichiro, fumiko) for c in p.complaints if "favicon" not in c]


@pytest.mark.parametrize("width", [1280, 390])
def test_no_page_is_wider_than_its_screen_or_breaks_its_security_policy(
    browser: Browser, site: Running, width: int
) -> None:
    pages = {
        "hanako": ["/admin/reports/", "/admin/reports/JST.P1.A1/FY2026/", "/desk/", "/admin/reporting/report/"],
        "ichiro": ["/admin/review/", "/desk/", "/desk/indicators/IND-03/", "/desk/measures/P1.A1.M1/",
                   "/admin/log/", "/admin/log/1/", "/desk/mails/"],
    }  # fmt: skip
    for name, paths in pages.items():
        person = Person(browser, site, name)
        person.page.set_viewport_size({"width": width, "height": 900})
        for path in paths:
            page = person.go(path)
            assert page.evaluate("document.documentElement.scrollWidth") <= width, path
        assert person.complaints == []

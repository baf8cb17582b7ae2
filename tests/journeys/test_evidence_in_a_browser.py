"""A report with its evidence leaves an agency by the responsible person, in real browsers, with a scanner at work."""

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, FilePayload, expect

from tests.acts import at, eventually
from tests.cast import Cast
from tests.evidence import PDF
from tests.journeys.running import Running, running
from tests.journeys.test_browser import (
    Person,
    browser_context_args,
    browser_type_launch_args,
    playwright_s_loop_is_no_danger,
    pytestmark,
)

__all__ = ["browser_context_args", "browser_type_launch_args", "playwright_s_loop_is_no_danger", "pytestmark"]
PAGE = "/admin/reports/JST.P1.A1/FY2026Q1/"
NAME = "<img src=x onerror=alert(1)>根拠.pdf"


@pytest.fixture
def site(cast: Cast, database: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Running]:
    scanner = tmp_path / "scanner"
    scanner.write_text('#!/bin/sh\ngrep -q EICAR-STANDARD "$1" && exit 1\nexit 0\n')
    scanner.chmod(0o700)
    monkeypatch.setenv("VIRUS_SCANNER", str(scanner))
    with running(database, at("2026-07-10 10:00"), tmp_path) as site:
        yield site


def test_a_file_waits_for_the_scanner_and_a_report_for_the_responsible_person(browser: Browser, site: Running) -> None:
    tomoko, hanako, ichiro = (Person(browser, site, name) for name in ("tomoko", "hanako", "ichiro"))
    tomoko.go("/admin/sign-off/").get_by_role("button", name="必要にする").click()

    page = hanako.go(f"{PAGE}evidence/")
    page.get_by_label("ファイル", exact=True).set_input_files(FilePayload(name=NAME, mimeType="text/html", buffer=PDF))
    assert page.locator('input[type="text"][value*="根拠"], input[type="url"][value*="根拠"]').count() == 0
    page.get_by_role("button", name="このファイルを添付").click()
    expect(page.get_by_text(NAME).first).to_be_visible()
    eventually(lambda: hanako.go(f"{PAGE}evidence/").get_by_role("link", name=NAME).count() == 1, "scanned")
    expect(page.get_by_text("ウイルス検査済み")).to_be_visible()

    hanako.go(PAGE)
    page.get_by_label("値", exact=True).last.fill("350")
    page.get_by_label("文書番号").fill("科振第12号")
    page.get_by_role("button", name="責任者に回付する").click()
    expect(page.get_by_text("責任者に回付しました")).to_be_visible()

    chief = tomoko.go("/admin/sign-off/")
    chief.locator(".sh-table a").first.click()
    expect(chief.get_by_text(NAME)).to_be_visible()
    chief.get_by_role("button", name="確認してCSTIへ提出").click()
    expect(chief.get_by_text("CSTIへ提出しました")).to_be_visible()

    review = ichiro.go("/admin/review/JST.P1.A1@FY2026Q1/")
    with review.expect_download() as download:
        review.get_by_role("link", name=NAME).click()
    assert Path(download.value.path()).read_bytes() == PDF
    review.get_by_role("button", name="審査を始める").click()
    expect(review.get_by_text(re.compile("Ichiroが審査を始めました"))).to_be_visible()

    expect(hanako.go(PAGE).get_by_text("取り下げできません")).to_be_visible()
    for person in (tomoko, hanako, ichiro):
        person.page.set_viewport_size({"width": 390, "height": 844})
        assert person.page.evaluate("document.documentElement.scrollWidth") <= 390
        assert person.complaints == []

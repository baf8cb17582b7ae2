"""An edition in a real browser, by the real worker: drafted by one, published by another, read by anybody."""

import hashlib
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, expect

from reporting.models import EditionFile
from reporting.tasks import catch_up_rollups, seal_log
from tests.acts import at, eventually, reading
from tests.cast import Cast
from tests.editions import NATION, a_year
from tests.journeys.running import Running, running
from tests.journeys.test_browser import (
    Person,
    browser_context_args,
    browser_type_launch_args,
    playwright_s_loop_is_no_danger,
    pytestmark,
)

__all__ = ["browser_context_args", "browser_type_launch_args", "playwright_s_loop_is_no_danger", "pytestmark"]


@pytest.fixture
def site(cast: Cast, database: str, tmp_path: Path) -> Iterator[Running]:
    a_year(cast)
    catch_up_rollups()
    seal_log()
    with running(database, at("2027-07-05 10:00"), tmp_path) as site:
        yield site


def made() -> bool:
    with reading():
        return EditionFile.objects.exists()


def test_an_edition_is_drafted_made_published_and_downloaded(browser: Browser, site: Running) -> None:
    kyoko = Person(browser, site, "kyoko")
    page = kyoko.go("/admin/editions/")
    page.get_by_label("表題（日本語）").fill("令和8年度 年次確定版")
    page.get_by_label("表題（英語）").fill("Annual edition FY2026")
    page.get_by_label("注記（一緒に公表されます）").fill("初めての確定版です。")
    page.get_by_role("button", name="案を作成する").click()
    expect(page.get_by_text("ファイルを作成しています。1分ほどしてから")).to_be_visible()
    eventually(made, "the worker makes the files", 120)
    page.reload()
    expect(page.get_by_text("公表待ち")).to_be_visible()
    expect(page.get_by_role("button", name="この確定版を公表する")).to_be_disabled()  # her own

    ichiro = Person(browser, site, "ichiro")
    page = ichiro.go("/admin/editions/1/")
    expect(page.get_by_text("載せない指標：")).to_be_visible()
    page.get_by_role("button", name="この確定版を公表する").click()
    expect(page.get_by_text("公表しました。今後はだれでも")).to_be_visible()

    context = browser.new_context(base_url=site.url, locale="ja-JP", viewport={"width": 390, "height": 844})
    anybody, refused = context.new_page(), []
    anybody.on("console", lambda said: refused.append(f"{said.text} {said.location}") if said.type == "error" else None)
    anybody.goto("/editions/")
    expect(anybody.get_by_text("見本データです")).to_be_visible()
    anybody.get_by_role("link", name="令和8年度 年次確定版").click()
    anybody.get_by_role("link", name="挑戦的研究課題件数").click()
    expect(anybody.get_by_role("cell", name=f"{NATION}件")).to_be_visible()
    drawn = anybody.get_by_role("img").evaluate("image => image.complete && image.naturalWidth > 0")
    assert drawn
    assert anybody.evaluate("document.documentElement.scrollWidth <= window.innerWidth")
    anybody.get_by_role("link", name="令和8年度 年次確定版").click()
    with anybody.expect_download() as download:
        anybody.get_by_role("link", name="数値（CSV）").click()
    assert download.value.suggested_filename == "edition-1-data.csv"
    with reading():
        digest = EditionFile.objects.get(name="data.csv").sha256
    assert hashlib.sha256(download.value.path().read_bytes()).hexdigest() == digest
    anybody.get_by_role("link", name="English").click()
    expect(anybody.get_by_role("heading", name="Annual edition FY2026")).to_be_visible()
    assert not [said for said in refused if "favicon" not in said]
    assert not context.cookies()
    context.close()

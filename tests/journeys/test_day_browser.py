"""A reporter's day in a real browser: the round trip of a spreadsheet, and how many clicks twelve figures cost."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, FilePayload, Page, expect

from reporting.models import Figure, Report
from tests.acts import approve, at, reading, submit
from tests.cast import Cast
from tests.journeys.running import Running, running
from tests.journeys.test_browser import (
    Person,
    browser_context_args,
    browser_type_launch_args,
    playwright_s_loop_is_no_danger,
    pytestmark,
)
from tests.journeys.test_spreadsheets import KINDS_OF_FILE, Twelve
from tests.questions import ask_for
from tests.storage.test_uploads import Filled

__all__ = ["browser_context_args", "browser_type_launch_args", "playwright_s_loop_is_no_danger", "pytestmark"]
HOME = "JST.P6.A3.M4"
# Counted in the page, by what the browser itself says that a person did.
COUNT = """for (const kind of ["click", "keydown"]) addEventListener(kind, event => {
    if (event.isTrusted && (kind == "keydown" || event.detail)) did(kind);
}, true);"""


@pytest.fixture
def site(cast: Cast, database: str, tmp_path: Path) -> Iterator[Running]:
    with running(database, at("2026-10-05 10:00"), tmp_path) as site:
        yield site


class Counted:
    """What a person does with hand and keys from here on, on every page of theirs."""

    def __init__(self, page: Page) -> None:
        self.click = self.keydown = 0
        page.expose_function("did", self._did)
        page.add_init_script(COUNT)

    def _did(self, kind: str) -> None:
        setattr(self, kind, getattr(self, kind) + 1)


def problems(page: Page) -> dict[str, str]:
    """Cell → what is said of it, in the sheet of the figures."""
    rows = [row.locator("td").all_inner_texts() for row in page.locator("#problems + table tbody tr").all()]
    return {row[1].strip(): row[2] for row in rows if row[0].strip() == "実績"}


def sent(page: Page, content: bytes) -> None:
    page.get_by_role("link", name="表計算ファイル").first.click()
    page.get_by_label("ファイル（XLSX または CSV）").set_input_files(
        FilePayload(name="報告.xlsx", mimeType=KINDS_OF_FILE["xlsx"], buffer=content)
    )
    page.get_by_role("button", name="ファイルを確認する").click()
    expect(page.get_by_text("報告.xlsx").first).to_be_visible()


@pytest.mark.parametrize("width", [1280, 390])
def test_a_template_comes_back_with_twelve_errors_is_corrected_confirmed_and_the_same_again_changes_nothing(
    browser: Browser, site: Running, width: int
) -> None:
    hanako = Person(browser, site, "hanako")
    page = hanako.go("/admin/reports/")
    page.get_by_role("link", name="表計算ファイル").first.click()
    with page.expect_download() as download:
        page.locator('a[href="/admin/sheets/FY2026Q2.xlsx"]').click()
    filled = Filled(Path(download.value.path()).read_bytes())
    planted = Twelve(filled)
    sent(page, filled.saved())
    page.set_viewport_size({"width": width, "height": 844})
    found = problems(page)
    assert {cell for cell, said in planted.wrong.items() if said in found.get(cell, "")} == set(planted.wrong), found
    expect(page.get_by_role("button", name="確定して提出する")).to_have_count(0)
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    with reading():
        assert not Report.objects.exists()

    planted.correct()
    page.set_viewport_size({"width": 1280, "height": 844})
    sent(page, filled.saved())
    page.set_viewport_size({"width": width, "height": 844})
    assert problems(page) == {}
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    page.get_by_role("button", name="確定して提出する").click()
    expect(page.get_by_text("件の報告を提出しました")).to_be_visible()
    with reading():
        before = Figure.objects.count()
    assert before >= 12

    page.set_viewport_size({"width": 1280, "height": 844})
    sent(page, filled.saved())
    expect(page.get_by_text("変更はありません")).to_be_visible()
    expect(page.get_by_role("button", name="確定して提出する")).to_have_count(0)
    with reading():
        assert Figure.objects.count() == before
    assert [c for c in hanako.complaints if "favicon" not in c] == []


@pytest.fixture
def twelve(cast: Cast) -> list[str]:
    """A report of twelve figures, eight counted anew each quarter and four that stand until they change; the quarter
    before is approved."""
    codes = [f"N{number:03}" for number in range(12)]
    fields = ask_for(HOME, codes, ["件"] * 12, lasting=codes[8:])
    submit(cast.hanako, HOME, "FY2026Q1", dict.fromkeys(fields, "340"))
    approve(cast.ichiro, f"{HOME}@FY2026Q1")
    return fields


def test_twelve_figures_by_the_form_are_fourteen_clicks_and_three_digits_each(
    twelve: list[str], browser: Browser, site: Running
) -> None:
    hanako = Person(browser, site, "hanako")
    page = hanako.go("/admin/reports/")
    did = Counted(page)
    page.reload()
    page.locator(f'a[href="/admin/reports/{HOME}/FY2026Q2/"]').first.click()
    for field in twelve[:8]:
        number = page.locator(f'[name="figure:{field}:value"]')
        expect(page.locator(f'[data-figure="{field}"]').get_by_text("340件")).to_be_visible()  # beside it
        number.click()
        number.press_sequentially("350")
    for field in twelve[8:]:
        page.locator(f'[data-figure="{field}"]').get_by_role("button", name="前期と同じ").click()
    page.get_by_role("button", name="CSTIに提出する").click()
    expect(page.get_by_text("報告を提出しました")).to_be_visible()
    assert (did.click, did.keydown) == (14, 24)
    with reading():
        values = Figure.objects.filter(report=f"{HOME}@FY2026Q2").values_list("indicator_id", "value")
        assert dict(values) == dict.fromkeys(twelve[:8], 350) | dict.fromkeys(twelve[8:], 340)


def test_twelve_figures_by_a_spreadsheet_are_five_clicks_beside_the_cells(
    twelve: list[str], browser: Browser, site: Running
) -> None:
    hanako = Person(browser, site, "hanako")
    page = hanako.go("/admin/reports/")
    did = Counted(page)
    page.reload()
    page.get_by_role("link", name="表計算ファイル").first.click()
    with page.expect_download() as download:
        page.locator('a[href="/admin/sheets/FY2026Q2.xlsx"]').click()
    filled = Filled(Path(download.value.path()).read_bytes())
    for field in twelve:
        filled.put(f"{HOME}@FY2026Q2|{field}|", "値", 350)
    with page.expect_file_chooser() as chooser:
        page.get_by_label("ファイル（XLSX または CSV）").click()
    chooser.value.set_files(FilePayload(name="報告.xlsx", mimeType=KINDS_OF_FILE["xlsx"], buffer=filled.saved()))
    page.get_by_role("button", name="ファイルを確認する").click()
    page.get_by_role("button", name="確定して提出する").click()
    expect(page.get_by_text("1 件の報告を提出しました")).to_be_visible()
    assert (did.click, did.keydown) == (5, 0)
    with reading():
        assert Figure.objects.filter(report=f"{HOME}@FY2026Q2", value=350).count() == 12
